// SPDX-License-Identifier: GPL-2.0
/*
 * Segments of offloaded connections that reach the host.
 *
 * A target steers the frames of its connections to itself, but not all come
 * that way: fragments, frames with IP options, frames that arrive on another
 * port, and those that lay in a queue when the connection was offloaded. And
 * while a connection is on its way to or from the target, all of its segments
 * come here.
 *
 * A hook behind all others on the way to a local socket catches them in every
 * network namespace. They wait in the connection's divert queue until the pump
 * forwards them to the target, or until the socket is back; then they go on
 * where they were stopped. Without any offload the hook costs a look at a counter.
 *
 * Fragments are gathered before the hook: those of IPv4 are anyway; for those of IPv6
 * the kernel is asked to, or they would be put together behind it.
 */

#include "forward.h"

#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/rhashtable.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>
#include <net/netns/generic.h>
#include <net/tcp.h>
#include "conn.h"
#include "pump.h"
#include "target.h"
#include "terminate.h"

/*
 * Connections in the table. Not a static key: those change the kernel's code,
 * which is slow where sockets are locked, and not safe on emulated processors.
 */
static atomic_t in_use = ATOMIC_INIT(0);
static struct rhashtable table;
/*
 * It does not shrink: connections come and go by the hundred, and to make it anew each time
 * would cost as much as all else about them.
 */
static const struct rhashtable_params params = {
	.key_len		= sizeof(struct chimney_key),
	.key_offset		= offsetof(struct chimney_conn, key),
	.head_offset		= offsetof(struct chimney_conn, node),
};

/**
 * struct forward_net - of a network namespace
 * @gather: has fragments of IPv6 gathered before the hook, as those of IPv4 are; set
 *          once that is so, with
 * @ungather: which ends it. Both refer to a module. Under gather_lock
 */
struct forward_net {
	typeof(nf_defrag_ipv6_enable)	*gather;
	typeof(nf_defrag_ipv6_disable)	*ungather;
};

static unsigned int net_id;
static DEFINE_MUTEX(gather_lock);

/* Where a caught segment goes on; the same for all that come by one hook. */
typedef int okfn_t(struct net *net, struct sock *sk, struct sk_buff *skb);
static okfn_t *go_on_v4;
static okfn_t *go_on_v6;

static okfn_t **go_on(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IPV6) ? &go_on_v6 : &go_on_v4;
}

int chimney_forward_add(struct chimney_conn *conn)
{
	int err;

	conn->steer = CHIMNEY_STEER_DIVERT;
	err = rhashtable_lookup_insert_fast(&table, &conn->node, params);
	if (!err)
		atomic_inc(&in_use);
	return err;
}

/* Whoever found it before may still look at it, under RCU. */
static void del(struct chimney_conn *conn)
{
	if (!rhashtable_remove_fast(&table, &conn->node, params))
		atomic_dec(&in_use);
}

/**
 * struct segment - what is to be known of a packet whose data is at the IP header
 * @th: its TCP header, in the packet or in
 * @buf: this
 * @extended: IPv6 extension headers stand before it
 */
struct segment {
	const struct tcphdr	*th;
	struct tcphdr		buf;
	bool			extended;
};

/* A fragment has a TCP header if it is the first. */
static bool look_v6(const struct sk_buff *skb, struct segment *s)
{
	u8 next = ipv6_hdr(skb)->nexthdr;
	int at = sizeof(struct ipv6hdr);
	__be16 frag_off;

	s->extended = next != IPPROTO_TCP;
	if (s->extended)
		at = ipv6_skip_exthdr(skb, at, &next, &frag_off);
	if (at < 0 || next != IPPROTO_TCP)
		return false;
	s->th = skb_header_pointer(skb, at, sizeof(s->buf), &s->buf);
	return s->th;
}

static bool look_v4(const struct sk_buff *skb, struct segment *s)
{
	const struct iphdr *iph = ip_hdr(skb);

	s->extended = false;
	if (iph->protocol != IPPROTO_TCP)
		return false;
	s->th = skb_header_pointer(skb, iph->ihl * 4, sizeof(s->buf), &s->buf);
	return s->th;
}

static bool look(const struct sk_buff *skb, struct segment *s)
{
	return skb->protocol == htons(ETH_P_IPV6) ? look_v6(skb, s) :
						    look_v4(skb, s);
}

/*
 * What the socket itself has to see. What stands in extension headers is looked
 * at behind our hook, by the host alone.
 */
static bool wants_handover(const struct chimney_conn *conn,
			   struct sk_buff *skb, enum chimney_reason *reason)
{
	const struct tcphdr *th;
	struct segment s;
	u32 seq, window;

	if (!look(skb, &s))
		return false;
	th = s.th;
	if (!s.extended && (th->syn || !(th->fin || th->rst || th->urg)))
		return false;

	/* In the window, as widely as it may be: the socket will be exact. */
	seq = ntohl(th->seq);
	window = max(conn->tcp.window_clamp, conn->tcp.rcv_wnd) + U16_MAX;
	if (before(seq + skb->len, conn->rcv_nxt) ||
	    after(seq, conn->rcv_nxt + window))
		return false;
	*reason = s.extended ? CHIMNEY_REASON_EXTENSION_HEADER :
		  th->rst ? CHIMNEY_REASON_PEER_RESET :
		  th->fin ? CHIMNEY_REASON_PEER_FIN :
			    CHIMNEY_REASON_URGENT_DATA;
	return true;
}

static void count_drop(struct chimney_conn *conn)
{
	atomic_inc(&conn->divert_drops);
	chimney_count(&chimney_object_target(&conn->obj)->stats,
		      CHIMNEY_COUNT_DIVERT_DROPS);
}

/* A packet on its own feet: it may wait for seconds. */
static bool detach(struct sk_buff *skb)
{
	skb_orphan(skb);
	if (!skb_dst(skb))
		return true;
	return skb_dst_force(skb);
}

/*
 * Queues a packet, whose data begins at the IP header. false: it is not for
 * us, but for the socket. Otherwise it is ours.
 */
static bool catch(struct chimney_conn *conn, struct sk_buff *skb)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);
	bool full, kick;

	spin_lock_bh(&conn->lock);
	if (conn->steer == CHIMNEY_STEER_HOST) {
		spin_unlock_bh(&conn->lock);
		return false;
	}
	full = conn->divert_octets + skb->len >
	       READ_ONCE(t->settings.divert_max);
	if (!full && detach(skb)) {
		skb->dev = NULL;	/* it may go meanwhile; see reinject() */
		__skb_queue_tail(&conn->divert, skb);
		conn->divert_octets += skb->len;
		skb = NULL;
	}
	kick = conn->steer == CHIMNEY_STEER_TARGET && !conn->handover;
	spin_unlock_bh(&conn->lock);

	if (skb) {
		count_drop(conn);
		kfree_skb(skb);
		return true;
	}
	atomic_inc(&conn->diverted);
	chimney_count(&t->stats, CHIMNEY_COUNT_DIVERTED);
	if (kick)
		chimney_pump_kick(conn);
	return true;
}

static void take_addresses(struct chimney_key *key, const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IPV6)) {
		key->saddr = ipv6_hdr(skb)->daddr;
		key->daddr = ipv6_hdr(skb)->saddr;
		if (__ipv6_addr_needs_scope_id(ipv6_addr_type(&key->daddr)))
			key->scope = skb->dev->ifindex;
	} else {
		ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, &key->saddr);
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &key->daddr);
	}
}

static unsigned int hook(void *priv, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	struct chimney_key key = { .net = state->net };
	unsigned int verdict = NF_ACCEPT;
	struct chimney_conn *conn;
	struct segment s;

	if (!atomic_read(&in_use) || !look(skb, &s))
		return NF_ACCEPT;
	take_addresses(&key, skb);
	key.sport = s.th->dest;
	key.dport = s.th->source;

	rcu_read_lock();
	conn = rhashtable_lookup(&table, &key, params);
	if (conn && chimney_object_get_unless_zero(&conn->obj)) {
		WRITE_ONCE(*go_on(skb), state->okfn);
		if (catch(conn, skb))
			verdict = NF_STOLEN;
		chimney_object_put(&conn->obj);
	}
	rcu_read_unlock();
	return verdict;
}

/*
 * Back to what it was when it came up from the IP layer. TCP has taken its
 * device away and moved the IP layer's control block. Its route, too, which IPv6
 * cannot do without, nor get anew: as if it had been lost on its way.
 */
void chimney_forward_stray(struct chimney_conn *conn, struct sk_buff *skb)
{
	bool caught = false;

	rcu_read_lock();
	if (skb->protocol == htons(ETH_P_IP) && READ_ONCE(go_on_v4)) {
		__skb_push(skb, skb->data - skb_network_header(skb));
		memmove(IPCB(skb), &TCP_SKB_CB(skb)->header.h4,
			sizeof(struct inet_skb_parm));
		skb_dst_drop(skb);
		skb->dev = dev_get_by_index_rcu(conn->key.net, skb->skb_iif);
		caught = skb->dev && catch(conn, skb);
	}
	if (!caught) {
		count_drop(conn);
		kfree_skb(skb);
	}
	rcu_read_unlock();
}

static struct sk_buff *next_for_target(struct chimney_conn *conn,
				       enum chimney_reason *reason)
{
	struct sk_buff *skb = NULL;

	spin_lock_bh(&conn->lock);
	if (!conn->handover) {
		skb = skb_peek(&conn->divert);
		if (skb && wants_handover(conn, skb, reason)) {
			conn->handover = true;
			skb = NULL;
		}
	}
	if (skb) {
		__skb_unlink(skb, &conn->divert);
		conn->divert_octets -= skb->len;
	}
	spin_unlock_bh(&conn->lock);
	return skb;
}

void chimney_forward_to_target(struct chimney_conn *conn)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);
	enum chimney_reason reason = CHIMNEY_REASON_NONE;
	struct sk_buff *skb;

	lockdep_assert_held(&conn->post);
	while ((skb = next_for_target(conn, &reason))) {
		skb_dst_drop(skb);
		nf_reset_ct(skb);
		atomic_inc(&conn->forwarded);
		chimney_count(&t->stats, CHIMNEY_COUNT_FORWARDED);
		t->ops->forward(t, conn->obj.id, skb);
	}
	if (reason != CHIMNEY_REASON_NONE) {
		chimney_terminate(&conn->obj, reason, false);
	} else if (!conn->caught_up) {
		conn->caught_up = true;
		if (t->ops->caught_up)
			t->ops->caught_up(t, conn->obj.id);
	}
}

static struct sk_buff *next_for_host(struct chimney_conn *conn)
{
	struct sk_buff *skb;

	spin_lock_bh(&conn->lock);
	skb = __skb_dequeue(&conn->divert);
	if (skb)
		conn->divert_octets -= skb->len;
	else
		conn->steer = CHIMNEY_STEER_HOST;
	spin_unlock_bh(&conn->lock);
	return skb;
}

/* On where it was stopped, if the device that it came by is still there. */
static void reinject(struct chimney_conn *conn, struct sk_buff *skb)
{
	local_bh_disable();
	rcu_read_lock();
	skb->dev = dev_get_by_index_rcu(conn->key.net, skb->skb_iif);
	if (skb->dev) {
		READ_ONCE(*go_on(skb))(conn->key.net, NULL, skb);
	} else {
		count_drop(conn);
		kfree_skb(skb);
	}
	rcu_read_unlock();
	local_bh_enable();
}

void chimney_forward_to_host(struct chimney_conn *conn)
{
	struct sk_buff *skb;

	might_sleep();
	while ((skb = next_for_host(conn))) {
		reinject(conn, skb);
		cond_resched();
	}
	del(conn);
}

static const struct nf_hook_ops hooks[] = {
	{
		.hook		= hook,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= NF_IP_PRI_LAST,
	},
	{
		.hook		= hook,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= NF_IP6_PRI_LAST,
	},
};

#if IS_ENABLED(CONFIG_NF_DEFRAG_IPV6)
/* A module, which ours is not to depend on before it is needed. */
static bool find_gatherer(struct forward_net *fn)
{
	fn->gather = symbol_request(nf_defrag_ipv6_enable);
	if (!fn->gather)
		return false;
	fn->ungather = symbol_get(nf_defrag_ipv6_disable);
	if (fn->ungather)
		return true;
	symbol_put(nf_defrag_ipv6_enable);
	fn->gather = NULL;
	return false;
}

static void drop_gatherer(struct forward_net *fn)
{
	symbol_put(nf_defrag_ipv6_disable);
	symbol_put(nf_defrag_ipv6_enable);
	fn->gather = NULL;
	fn->ungather = NULL;
}
#else
static bool find_gatherer(struct forward_net *fn)
{
	return false;
}

static void drop_gatherer(struct forward_net *fn)
{
}
#endif

const char *chimney_forward_ready(struct net *net)
{
	struct forward_net *fn = net_generic(net, net_id);
	const char *why = NULL;

	might_sleep();
	mutex_lock(&gather_lock);
	if (!fn->gather) {
		if (!find_gatherer(fn)) {
			why = "fragments of IPv6 cannot be gathered: load nf_defrag_ipv6";
		} else if (fn->gather(net)) {
			drop_gatherer(fn);
			why = "fragments of IPv6 cannot be gathered; try again";
		}
	}
	mutex_unlock(&gather_lock);
	return why;
}

static int __net_init net_init(struct net *net)
{
	return nf_register_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}

static void __net_exit net_exit(struct net *net)
{
	struct forward_net *fn = net_generic(net, net_id);

	nf_unregister_net_hooks(net, hooks, ARRAY_SIZE(hooks));
	if (fn->gather) {	/* nobody offloads here any more */
		fn->ungather(net);
		drop_gatherer(fn);
	}
}

static struct pernet_operations pernet_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &net_id,
	.size = sizeof(struct forward_net),
};

int chimney_forward_init(void)
{
	int err;

	err = rhashtable_init(&table, &params);
	if (err)
		return err;
	err = register_pernet_subsys(&pernet_ops);
	if (err)
		rhashtable_destroy(&table);
	return err;
}

void chimney_forward_exit(void)
{
	unregister_pernet_subsys(&pernet_ops);
	rhashtable_destroy(&table);
}
