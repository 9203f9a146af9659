// SPDX-License-Identifier: GPL-2.0
/* Sockets by 4-tuple, all sockets of a namespace, and where they lead. */

#include "admit.h"

#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <net/arp.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/l3mdev.h>
#include <net/neighbour.h>
#include <net/route.h>
#include <net/tcp.h>
#include <linux/rtnetlink.h>
#include "conn.h"

/* A socket that speaks IPv4, whatever its own family. */
static bool over_ipv4(const struct sock *sk)
{
	return sk->sk_family == AF_INET ||
	       (sk->sk_family == AF_INET6 &&
		ipv6_addr_v4mapped(&sk->sk_v6_daddr));
}

void chimney_admit_key(const struct sock *sk, struct chimney_key *key)
{
	const struct inet_sock *inet = inet_sk(sk);

	memset(key, 0, sizeof(*key));
	key->net = sock_net(sk);
	key->saddr = inet->inet_rcv_saddr;
	key->daddr = inet->inet_daddr;
	key->sport = inet->inet_sport;
	key->dport = inet->inet_dport;
}

static struct sock *find_on(const struct chimney_key *key, int ifindex)
{
	struct sock *sk;

	sk = __inet_lookup_established(key->net,
				       key->net->ipv4.tcp_death_row.hashinfo,
				       key->daddr, key->dport, key->saddr,
				       ntohs(key->sport), ifindex, 0);
	if (sk && !sk_fullsock(sk)) {
		sock_gen_put(sk);
		sk = NULL;
	}
	return sk;
}

struct sock *chimney_admit_find(const struct chimney_key *key)
{
	struct net_device *dev;
	struct sock *sk;

	rcu_read_lock();
	sk = find_on(key, 0);
	if (!sk) {
		/* It may be bound to a device. */
		for_each_netdev_rcu(key->net, dev) {
			sk = find_on(key, dev->ifindex);
			if (sk)
				break;
		}
	}
	rcu_read_unlock();
	return sk;
}

#define WALK_BATCH	32

/*
 * Collects established sockets of a hash chain, after the first @skip of them.
 * Returns how many.
 */
static unsigned int collect(struct net *net, struct inet_hashinfo *info,
			    unsigned int slot, unsigned int skip,
			    struct sock *batch[WALK_BATCH])
{
	spinlock_t *lock = inet_ehash_lockp(info, slot);
	struct hlist_nulls_node *node;
	unsigned int n = 0;
	struct sock *sk;

	spin_lock_bh(lock);
	sk_nulls_for_each(sk, node, &info->ehash[slot].chain) {
		if (!net_eq(sock_net(sk), net) ||
		    sk->sk_state != TCP_ESTABLISHED || !over_ipv4(sk))
			continue;
		if (skip) {
			skip--;
			continue;
		}
		if (n == WALK_BATCH)
			break;
		sock_hold(sk);
		batch[n++] = sk;
	}
	spin_unlock_bh(lock);
	return n;
}

/* One chain; sockets that come or go meanwhile may be seen twice or not. */
static int walk_chain(struct net *net, struct inet_hashinfo *info,
		      unsigned int slot,
		      int (*found)(struct sock *sk, void *arg), void *arg)
{
	struct sock *batch[WALK_BATCH];
	unsigned int i, n, seen = 0;
	int err = 0;

	do {
		n = collect(net, info, slot, seen, batch);
		seen += n;
		for (i = 0; i < n; i++) {
			if (!err)
				err = found(batch[i], arg);
			sock_put(batch[i]);
		}
	} while (!err && n == WALK_BATCH);
	return err;
}

int chimney_admit_walk(struct net *net,
		       int (*found)(struct sock *sk, void *arg), void *arg)
{
	struct inet_hashinfo *info = net->ipv4.tcp_death_row.hashinfo;
	unsigned int slot;
	int err = 0;

	might_sleep();
	for (slot = 0; slot <= info->ehash_mask && !err; slot++) {
		if (!hlist_nulls_empty(&info->ehash[slot].chain))
			err = walk_chain(net, info, slot, found, arg);
		cond_resched();
	}
	return err;
}

static const char *check_route(const struct rtable *rt)
{
	const struct dst_entry *dst = &rt->dst;
	const struct net_device *dev = dst->dev;

	if (rt->rt_type != RTN_UNICAST ||
	    rt->rt_flags & (RTCF_LOCAL | RTCF_MULTICAST | RTCF_BROADCAST))
		return "its route is not to another host";
	if (dst_xfrm(dst))
		return "its route is protected by IPsec";
	if (dst->lwtstate)
		return "its route leads into a tunnel";
	if (rt->rt_gw_family == AF_INET6)
		return "its next hop has an IPv6 address";
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

static const char *valid_neigh(struct chimney_route *r, __be32 daddr)
{
	const struct rtable *rt = (const struct rtable *)r->dst;

	r->nexthop = rt_nexthop(rt, daddr);
	r->n = dst_neigh_lookup(r->dst, &r->nexthop);
	if (IS_ERR_OR_NULL(r->n)) {
		r->n = NULL;
		return "its next hop cannot be resolved";
	}
	neigh_event_send(r->n, NULL);
	if (!(READ_ONCE(r->n->nud_state) & NUD_VALID))
		return "its next hop is not resolved yet; try again";
	return NULL;
}

/*
 * The route in use, or a new one if that is obsolete; held. The socket is not
 * locked: whoever has it locked may keep it so for as long as a page fault
 * takes, and a request must not wait for that.
 */
static struct dst_entry *current_route(struct sock *sk,
				       const struct flowi4 *flow)
{
	struct dst_entry *dst = sk_dst_get(sk);
	struct flowi4 fl4 = *flow;	/* the lookup writes to it */
	struct rtable *rt;

	if (dst && dst_check(dst, 0))
		return dst;
	dst_release(dst);
	rt = ip_route_output_key(sock_net(sk), &fl4);
	return IS_ERR(rt) ? NULL : &rt->dst;
}

/* As ip_queue_xmit() looks it up */
static void route_flow(struct sock *sk, struct flowi4 *flow)
{
	const struct inet_sock *inet = inet_sk(sk);

	flowi4_init_output(flow, READ_ONCE(sk->sk_bound_dev_if),
			   READ_ONCE(sk->sk_mark), ip_sock_rt_tos(sk),
			   RT_SCOPE_UNIVERSE, sk->sk_protocol,
			   inet_sk_flowi_flags(sk), inet->inet_daddr,
			   inet->inet_saddr, inet->inet_dport, inet->inet_sport,
			   sock_net_uid(sock_net(sk), sk));
}

static const char *fill_dev(struct chimney_route *r)
{
	return check_route((const struct rtable *)r->dst) ?: below_vlan(r);
}

/* The MTU is known even if the next hop is not yet. */
static const char *fill_neigh(struct chimney_route *r, __be32 daddr)
{
	r->mtu = dst_mtu(r->dst);
	return valid_neigh(r, daddr);
}

/* What is attached to a VLAN device above the target's. */
static const char *check_upper(const struct chimney_route *r)
{
	return r->dst->dev != r->dev ? check_dev(r->dst->dev) : NULL;
}

const char *chimney_admit_route(struct sock *sk, struct chimney_route *r)
{
	const char *why;

	memset(r, 0, sizeof(*r));
	if (!over_ipv4(sk))
		return "it does not use IPv4";
	route_flow(sk, &r->flow);
	r->dst = current_route(sk, &r->flow);
	if (!r->dst)
		return "there is no route to its peer";
	/* The device first: behind one that is a port nothing gets resolved. */
	why = fill_dev(r) ?: check_upper(r) ?: check_dev(r->dev) ?:
	      fill_neigh(r, inet_sk(sk)->inet_daddr);
	if (why)
		chimney_route_put(r);
	return why;
}

const char *chimney_admit_way(struct net *net, const struct flowi4 *flow,
			      __be32 daddr, struct chimney_route *r)
{
	struct flowi4 fl4 = *flow;	/* the lookup writes to it */
	struct rtable *rt;

	memset(r, 0, sizeof(*r));
	r->flow = *flow;
	rt = ip_route_output_key(net, &fl4);
	if (IS_ERR(rt))
		return "there is no route to its peer";
	r->dst = &rt->dst;
	return fill_dev(r) ?: check_upper(r) ?: fill_neigh(r, daddr);
}

void chimney_route_put(struct chimney_route *r)
{
	if (r->n)
		neigh_release(r->n);
	dst_release(r->dst);
	memset(r, 0, sizeof(*r));
}
