/* SPDX-License-Identifier: GPL-2.0 */
/* Where packets go: route, next hop and device. */
#ifndef _CHIMNEY_ROUTE_H
#define _CHIMNEY_ROUTE_H

#include <linux/in6.h>
#include <linux/types.h>
#include <net/flow.h>

struct dst_entry;
struct neighbour;
struct net;
struct net_device;
struct sock;

/**
 * struct chimney_route - where a socket's packets go
 * @flow: what the route is chosen by: addresses, ports, mark and more
 * @dst: route, held
 * @cookie: tells dst_check() whether the route is still good
 * @n: next hop, held and valid
 * @dev: netdev of the target (below a VLAN device, if there is one); kept by
 *       the route
 * @nexthop: its address; may be of IPv6 where the packets are not
 * @vlan: VLAN id, 0 for none
 * @mtu: path MTU
 */
struct chimney_route {
	struct flowi		flow;
	struct dst_entry	*dst;
	u32			cookie;
	struct neighbour	*n;
	struct net_device	*dev;
	struct in6_addr		nexthop;
	u16			vlan;
	u32			mtu;
};

/*
 * Where a socket's packets go; references are the caller's, to be given back
 * with chimney_route_put(). The socket is not locked. NULL: done; else why not.
 */
const char *chimney_route_sock(struct sock *sk, struct chimney_route *r);
/*
 * Where packets to @daddr go that are routed by @flow. Whatever is returned,
 * references are the caller's. What is attached to the target's device does not
 * count, it is the policy's to judge; a next hop that is known but not resolved
 * yet is in @r when it is refused for that.
 */
const char *chimney_route_look(struct net *net, const struct flowi *flow,
			       const struct in6_addr *daddr,
			       struct chimney_route *r);
void chimney_route_put(struct chimney_route *r);

/* Has a router said that it leads elsewhere than the routing table says? */
bool chimney_route_redirected(const struct chimney_route *r);
/* By which a socket tells whether the route that it has is still good. */
u32 chimney_route_cookie(const struct sock *sk);
/* @dst is the socket's from now on, with its reference. Socket locked. */
void chimney_route_give(struct sock *sk, struct dst_entry *dst);

#endif /* _CHIMNEY_ROUTE_H */
