// SPDX-License-Identifier: GPL-2.0
/* Where packets go: route, next hop and device. */

#include "route.h"

#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/l3mdev.h>
#include <net/neighbour.h>
#include <net/route.h>
#include <net/tcp.h>
#include "addr.h"

static bool dst_v4(const struct dst_entry *dst)
{
	return dst->ops->family == AF_INET;
}

static bool to_host_v4(const struct rtable *rt)
{
	return rt->rt_type == RTN_UNICAST &&
	       !(rt->rt_flags & (RTCF_LOCAL | RTCF_MULTICAST | RTCF_BROADCAST));
}

static bool to_host_v6(const struct rt6_info *rt)
{
	return !(rt->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST | RTF_REJECT));
}

static const char *check_route(const struct dst_entry *dst)
{
	const struct net_device *dev = dst->dev;

	if (dst_v4(dst) ? !to_host_v4((const struct rtable *)dst) :
			  !to_host_v6((const struct rt6_info *)dst))
		return "its route is not to another host";
	if (dst_xfrm(dst))
		return "its route is protected by IPsec";
	if (dst->lwtstate)
		return "its route leads into a tunnel";
	if (netif_is_l3_master(dev) || netif_is_l3_slave(dev))
		return "its route belongs to a VRF";
	if (dev->type != ARPHRD_ETHER)
		return "its route does not lead to an Ethernet device";
	return NULL;
}

/* Programs on the device would not see its frames any more. */
static const char *check_dev(struct net_device *dev)
{
	if (dev_has_tc_hooks(dev))
		return "its device has tc filters (clsact, ingress or tcx)";
	if (dev_xdp_prog_count(dev))
		return "its device has an XDP program";
	if (netif_is_bridge_port(dev) || netif_is_lag_port(dev) ||
	    netif_is_ovs_port(dev))
		return "its device is a port of a bridge or a bond";
	return NULL;
}

static const char *below_vlan(struct chimney_route *r)
{
	struct net_device *dev = r->dst->dev;

	r->vlan = 0;
	if (is_vlan_dev(dev)) {
		if (vlan_dev_vlan_proto(dev) != htons(ETH_P_8021Q))
			return "its VLAN is not of IEEE 802.1Q";
		r->vlan = vlan_dev_vlan_id(dev);
		/* Not vlan_dev_real_dev(), which is the lowest of all. */
		dev = vlan_dev_priv(dev)->real_dev;
		if (is_vlan_dev(dev))
			return "its VLAN lies within another VLAN";
	}
	r->dev = dev;
	return NULL;
}

/* IPv4 may be routed over a next hop with an IPv6 address (RFC 8950). */
static void find_nexthop(struct chimney_route *r, const struct in6_addr *daddr)
{
	const struct rtable *rt = (const struct rtable *)r->dst;

	if (!dst_v4(r->dst))
		r->nexthop = *rt6_nexthop((const struct rt6_info *)r->dst, daddr);
	else if (rt->rt_gw_family == AF_INET6)
		r->nexthop = rt->rt_gw6;
	else
		ipv6_addr_set_v4mapped(rt_nexthop(rt, chimney_addr_in(daddr)),
				       &r->nexthop);
}

static const char *valid_neigh(struct chimney_route *r,
			       const struct in6_addr *daddr)
{
	const void *addr = &r->nexthop;

	find_nexthop(r, daddr);
	if (!dst_v4(r->dst) && chimney_addr_v4(&r->nexthop))
		return "its next hop has an IPv4 address (RFC 4798)";
	if (chimney_addr_v4(&r->nexthop))
		addr = &r->nexthop.s6_addr32[3];
	r->n = dst_neigh_lookup(r->dst, addr);
	if (IS_ERR_OR_NULL(r->n)) {
		r->n = NULL;
		return "its next hop cannot be resolved";
	}
	neigh_event_send(r->n, NULL);
	if (!(READ_ONCE(r->n->nud_state) & NUD_VALID))
		return "its next hop is not resolved yet; try again";
	return NULL;
}

/* As ip_queue_xmit() looks it up */
static void flow_v4(struct sock *sk, struct flowi4 *flow)
{
	const struct inet_sock *inet = inet_sk(sk);

	flowi4_init_output(flow, READ_ONCE(sk->sk_bound_dev_if),
			   READ_ONCE(sk->sk_mark), ip_sock_rt_tos(sk),
			   RT_SCOPE_UNIVERSE, sk->sk_protocol,
			   inet_sk_flowi_flags(sk), inet->inet_daddr,
			   inet->inet_saddr, inet->inet_dport, inet->inet_sport,
			   sock_net_uid(sock_net(sk), sk));
}

/* As inet6_csk_xmit() does */
static void flow_v6(struct sock *sk, struct flowi6 *flow)
{
	const struct inet_sock *inet = inet_sk(sk);
	const struct ipv6_pinfo *np = inet6_sk(sk);

	flow->flowi6_proto = sk->sk_protocol;
	flow->flowi6_oif = READ_ONCE(sk->sk_bound_dev_if);
	flow->flowi6_mark = READ_ONCE(sk->sk_mark);
	flow->flowi6_uid = sock_net_uid(sock_net(sk), sk);
	flow->saddr = np->saddr;
	flow->daddr = sk->sk_v6_daddr;
	flow->flowlabel = READ_ONCE(np->flow_label);
	flow->fl6_sport = inet->inet_sport;
	flow->fl6_dport = inet->inet_dport;
}

/* The lookup writes to the flow. */
static struct dst_entry *lookup(struct net *net, struct flowi flow, bool v4)
{
	struct dst_entry *dst;
	struct rtable *rt;

	if (v4) {
		rt = ip_route_output_key(net, &flow.u.ip4);
		return IS_ERR(rt) ? NULL : &rt->dst;
	}
	dst = ip6_dst_lookup_flow(net, NULL, &flow.u.ip6, NULL);
	if (IS_ERR(dst))
		return NULL;
	/* Where the source address is given it takes the device for a wish. */
	if (flow.u.ip6.flowi6_oif && flow.u.ip6.flowi6_oif != dst->dev->ifindex) {
		dst_release(dst);
		return NULL;
	}
	return dst;
}

u32 chimney_route_cookie(const struct sock *sk)
{
	return chimney_addr_sock_v4(sk) ? 0 : inet6_sk(sk)->dst_cookie;
}

static u32 cookie_of(const struct dst_entry *dst)
{
	return dst_v4(dst) ? 0 : rt6_get_cookie((const struct rt6_info *)dst);
}

/*
 * The route in use, or a new one if that is obsolete; held. The socket is not
 * locked: whoever has it locked may keep it so for as long as a page fault
 * takes, and a request must not wait for that.
 */
static struct dst_entry *current_route(struct sock *sk,
				       const struct flowi *flow)
{
	struct dst_entry *dst = sk_dst_get(sk);

	if (dst && dst_check(dst, chimney_route_cookie(sk)))
		return dst;
	dst_release(dst);
	return lookup(sock_net(sk), *flow, chimney_addr_sock_v4(sk));
}

static const char *fill_dev(struct chimney_route *r)
{
	r->cookie = cookie_of(r->dst);
	return check_route(r->dst) ?: below_vlan(r);
}

/* The MTU is known even if the next hop is not yet. */
static const char *fill_neigh(struct chimney_route *r,
			      const struct in6_addr *daddr)
{
	r->mtu = dst_mtu(r->dst);
	if (!dst_v4(r->dst) && r->mtu < IPV6_MIN_MTU)
		return "its path MTU is less than IPv6 wants, 1280";
	return valid_neigh(r, daddr);
}

/* What is attached to a VLAN device above the target's. */
static const char *check_upper(const struct chimney_route *r)
{
	return r->dst->dev != r->dev ? check_dev(r->dst->dev) : NULL;
}

const char *chimney_route_sock(struct sock *sk, struct chimney_route *r)
{
	struct in6_addr saddr, daddr;
	const char *why;

	memset(r, 0, sizeof(*r));
	chimney_addr_sock(sk, &saddr, &daddr);
	if (chimney_addr_v4(&daddr))
		flow_v4(sk, &r->flow.u.ip4);
	else
		flow_v6(sk, &r->flow.u.ip6);
	r->dst = current_route(sk, &r->flow);
	if (!r->dst)
		return "there is no route to its peer";
	/* The device first: behind one that is a port nothing gets resolved. */
	why = fill_dev(r) ?: check_upper(r) ?: check_dev(r->dev) ?:
	      fill_neigh(r, &daddr);
	if (why)
		chimney_route_put(r);
	return why;
}

const char *chimney_route_look(struct net *net, const struct flowi *flow,
			       const struct in6_addr *daddr,
			       struct chimney_route *r)
{
	memset(r, 0, sizeof(*r));
	r->flow = *flow;
	r->dst = lookup(net, *flow, chimney_addr_v4(daddr));
	if (!r->dst)
		return "there is no route to its peer";
	return fill_dev(r) ?: check_upper(r) ?: fill_neigh(r, daddr);
}

bool chimney_route_redirected(const struct chimney_route *r)
{
	if (!r->dst)
		return false;
	if (dst_v4(r->dst))
		return ((struct rtable *)r->dst)->rt_flags & RTCF_REDIRECTED;
	return ((struct rt6_info *)r->dst)->rt6i_flags & RTF_DYNAMIC;
}

void chimney_route_give(struct sock *sk, struct dst_entry *dst)
{
	sock_owned_by_me(sk);
	if (dst_v4(dst))
		sk_setup_caps(sk, dst);
	else
		ip6_dst_store(sk, dst, NULL, NULL);
}

void chimney_route_put(struct chimney_route *r)
{
	if (r->n)
		neigh_release(r->n);
	dst_release(r->dst);
	memset(r, 0, sizeof(*r));
}
