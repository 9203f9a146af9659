/* SPDX-License-Identifier: GPL-2.0 */
/* Which sockets there are, and may this one be offloaded; if not, why not. */
#ifndef _CHIMNEY_ADMIT_H
#define _CHIMNEY_ADMIT_H

#include <linux/types.h>
#include <net/flow.h>

struct chimney_key;
struct dst_entry;
struct neighbour;
struct net;
struct net_device;
struct sock;

/*
 * The established socket of a 4-tuple; takes a reference. NULL: there is none.
 */
struct sock *chimney_admit_find(const struct chimney_key *key);

/*
 * Calls @found for every established TCP socket over IPv4 of @net, with a
 * reference that lasts for the call; a non-zero return ends the walk and is
 * returned. Context: process, may sleep.
 */
int chimney_admit_walk(struct net *net,
		       int (*found)(struct sock *sk, void *arg), void *arg);

/* Fills in the key of a socket. */
void chimney_admit_key(const struct sock *sk, struct chimney_key *key);

/**
 * struct chimney_route - where a socket's packets go
 * @flow: what the route is chosen by: addresses, ports, mark and more
 * @dst: route, held
 * @n: next hop, held and valid
 * @dev: netdev of the target (below a VLAN device, if there is one); kept by
 *       the route
 * @nexthop: its address
 * @vlan: VLAN id, 0 for none
 * @mtu: path MTU
 */
struct chimney_route {
	struct flowi4		flow;
	struct dst_entry	*dst;
	struct neighbour	*n;
	struct net_device	*dev;
	__be32			nexthop;
	u16			vlan;
	u32			mtu;
};

/*
 * Where a socket's packets go; references are the caller's, to be given back
 * with chimney_route_put(). The socket is not locked. NULL: done; else why not.
 */
const char *chimney_admit_route(struct sock *sk, struct chimney_route *r);
/*
 * Where packets to @daddr go that are routed by @flow. Whatever is returned,
 * references are the caller's. What is attached to the target's device does not
 * count, it is the policy's to judge; a next hop that is known but not resolved yet is in
 * @r when it is refused for that.
 */
const char *chimney_admit_way(struct net *net, const struct flowi4 *flow,
			      __be32 daddr, struct chimney_route *r);
void chimney_route_put(struct chimney_route *r);

/*
 * May @sk be offloaded? Call with the socket locked. NULL: yes; else what
 * stands against it, for a person to read: it reads on after "not offloaded:".
 */
const char *chimney_admit(struct sock *sk);
/* The same for a socket that is claimed already. */
const char *chimney_admit_claimed(struct sock *sk);

#endif /* _CHIMNEY_ADMIT_H */
