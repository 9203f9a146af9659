/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's socket while its connection is away: parked, not replaced.
 * Applications go on using it; its timers are off, its send window is shut, and
 * what it would send is dropped.
 */
#ifndef _CHIMNEY_PARK_H
#define _CHIMNEY_PARK_H

#include <linux/types.h>
#include <linux/netdev_features.h>

struct chimney_conn;
struct inet_connection_sock_af_ops;
struct net;
struct proto;
struct sk_buff;
struct sock;

/**
 * struct chimney_parked - what was taken from a socket, to be given back
 * @claimed: the ULP slot is ours
 * @active: the socket is parked
 * @pumping: the pump holds the socket; its own release rings no doorbell
 * @prot: the socket's protocol operations
 * @af_ops: the socket's address family operations
 * @backlog_rcv: what handles its backlog
 * @route_caps: features of its route
 * @options: fingerprint of the options that the target cannot follow, see
 *           park.c; a change ends the offload
 *
 * Protected by the socket's lock.
 */
struct chimney_parked {
	bool		claimed;
	bool		active;
	bool		pumping;
	struct proto	*prot;
	const struct inet_connection_sock_af_ops *af_ops;
	int		(*backlog_rcv)(struct sock *sk, struct sk_buff *skb);
	netdev_features_t route_caps;
	u32		options;
};

/* All with the socket locked. */
int chimney_park_claim(struct chimney_conn *conn);
void chimney_park_unclaim(struct chimney_conn *conn);
int chimney_park(struct chimney_conn *conn);
void chimney_unpark(struct chimney_conn *conn);

int chimney_park_init(void);
void chimney_park_exit(void);

#endif /* _CHIMNEY_PARK_H */
