/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's socket while its connection is away: parked, not replaced.
 * Applications go on using it; its timers are off, its send window is shut, and
 * what it would send is dropped.
 */
#ifndef _CHIMNEY_PARK_H
#define _CHIMNEY_PARK_H

#include <net/chimney.h>

struct chimney_conn;
struct chimney_kind;
struct sk_buff;
struct sock;

/**
 * struct chimney_parked - what was taken from a socket, to be given back
 * @claimed: the ULP slot is ours
 * @active: the socket is parked
 * @pumping: the pump holds the socket; its own release rings no doorbell
 * @asked: its terminate was asked for; once is enough
 * @sg: NETIF_F_SG was set in the features of its route
 * @tx_full: the target took less than it was offered, and will say when there
 *           is room
 * @kind: what its operations were, and are to be again; NULL: they are
 * @backlog_rcv: what handles its backlog
 * @since: when it was parked (jiffies)
 * @options: fingerprint of the options that the target cannot follow; a change
 *           ends the offload
 * @rcvbuf: its receive buffer; less of it ends the offload
 * @pmtu: path MTU that its MSS was made from; a change ends the offload
 * @ssthresh: its slow start threshold, which who writes after a pause would change
 * @snd_una: what the peer has acknowledged, and was counted as such
 * @snd_up: urgent pointer; a change ends the offload
 * @sml: sequence number after the last small segment given to the target
 * @held: since when the last, incomplete segment is held back (jiffies), 0 if
 *        none is
 *
 * Protected by the socket's lock.
 */
struct chimney_parked {
	bool		claimed;
	bool		active;
	bool		pumping;
	bool		asked;
	bool		sg;
	bool		tx_full;
	const struct chimney_kind *kind;
	int		(*backlog_rcv)(struct sock *sk, struct sk_buff *skb);
	unsigned long	since;
	u64		options;
	int		rcvbuf;
	u32		pmtu;
	u32		ssthresh;
	u32		snd_una;
	u32		snd_up;
	u32		sml;
	unsigned long	held;
};

/* All with the socket locked. */

/*
 * Reads the state into @tcp and the queues into the request, and stops the
 * socket. 0 or -ENOMEM, and then nothing has changed.
 */
int chimney_park(struct chimney_conn *conn);
/* The socket goes on with the state in @tcp. Needs no memory. */
void chimney_unpark(struct chimney_conn *conn);
/* The socket is closed and its state is lost: only its operations come back. */
void chimney_unpark_dead(struct chimney_conn *conn);
/* Is it still the connection that was parked, open or on its way to the end? */
bool chimney_park_lives(const struct sock *sk);
/*
 * Has an ICMP message made its path MTU smaller since it was last asked? With the
 * socket locked.
 */
bool chimney_park_shrank(struct chimney_conn *conn);
/*
 * Has something happened to a parked socket that ends its offload? With the
 * socket's spinlock at least.
 */
enum chimney_reason chimney_park_changed(const struct chimney_conn *conn);

#endif /* _CHIMNEY_PARK_H */
