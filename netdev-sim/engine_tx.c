// SPDX-License-Identifier: GPL-2.0
/*
 * From the host to the wire: payload the host gives goes into the engine, and
 * the engine's segments get their IP and Ethernet headers here, made from the
 * path and the neighbor in the target's table and from nothing else. No route
 * is looked up, ever. So a path or neighbor that was taken from under a live
 * connection shows: its frames cannot be built.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/net.h>
#include <net/ip.h>
#include <net/tcp.h>
#include "offload.h"

/* Least octets of send data an engine holds */
#define SNDBUF_MIN	65536
#define SNDBUF_MAX	(4 << 20)

/* Copied from the kernel's own, except for what looks at routes. */
static struct inet_connection_sock_af_ops ipv4_ops __ro_after_init;
static struct inet_connection_sock_af_ops ipv6_ops __ro_after_init;

const struct inet_connection_sock_af_ops *chimsim_engine_af_ops(int family)
{
	const struct inet_connection_sock_af_ops *ops =
		family == AF_INET ? &ipv4_ops : &ipv6_ops;

	return ops->queue_xmit ? ops : NULL;
}

static void push_ipv4(struct chimsim_conn *conn,
		      const struct chimsim_path *path, struct sk_buff *skb)
{
	struct iphdr *iph = skb_push(skb, sizeof(*iph));

	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	/* Bits of congestion notification are the engine's, as it goes. */
	iph->tos = inet_sk(conn->sk)->tos;
	iph->tot_len = htons(skb->len);
	iph->id = htons(conn->ip_id);
	iph->frag_off = htons(IP_DF);
	iph->ttl = conn->ttl;
	iph->protocol = IPPROTO_TCP;
	iph->saddr = path->saddr.s6_addr32[3];
	iph->daddr = path->daddr.s6_addr32[3];
	ip_send_check(iph);
	conn->ip_id += max_t(u16, skb_shinfo(skb)->gso_segs, 1);
}

static void push_ipv6(struct chimsim_conn *conn,
		      const struct chimsim_path *path, struct sk_buff *skb)
{
	unsigned int len = skb->len;
	struct ipv6hdr *ip6h = skb_push(skb, sizeof(*ip6h));

	/* The bits of congestion notification: the same, but kept here. */
	ip6_flow_hdr(ip6h, inet6_sk(conn->sk)->tclass,
		     htonl(conn->flowlabel) & IPV6_FLOWLABEL_MASK);
	/* It fits, even of a super-frame: see engine_set_caps(). */
	ip6h->payload_len = htons(len);
	ip6h->nexthdr = IPPROTO_TCP;
	ip6h->hop_limit = conn->ttl;
	ip6h->saddr = path->saddr;
	ip6h->daddr = path->daddr;
}

/* Layer 3, of the protocol that the engine speaks. Returns its EtherType. */
static __be16 push_ip(struct chimsim_conn *conn,
		      const struct chimsim_path *path, struct sk_buff *skb)
{
	bool ipv4 = conn->sk->sk_family == AF_INET;

	if (ipv4)
		push_ipv4(conn, path, skb);
	else
		push_ipv6(conn, path, skb);
	skb_reset_network_header(skb);
	return ipv4 ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
}

/* Layer 2. @type: what it carries */
static void push_ethernet(struct chimsim_neigh *neigh, struct sk_buff *skb,
			  __be16 type)
{
	struct vlan_ethhdr *veth;
	struct ethhdr *eth;

	spin_lock_bh(&neigh->lock);
	if (neigh->state.vlan) {
		veth = skb_push(skb, sizeof(*veth));
		veth->h_vlan_proto = htons(ETH_P_8021Q);
		veth->h_vlan_TCI = htons(neigh->state.vlan);
		veth->h_vlan_encapsulated_proto = type;
		skb->protocol = htons(ETH_P_8021Q);
		eth = (struct ethhdr *)veth;
	} else {
		eth = skb_push(skb, sizeof(*eth));
		eth->h_proto = type;
		skb->protocol = type;
	}
	ether_addr_copy(eth->h_source, neigh->state.src);
	ether_addr_copy(eth->h_dest, neigh->state.dst);
	spin_unlock_bh(&neigh->lock);
	skb_reset_mac_header(skb);
}

/* Payload of a segment whose TCP header is at its data */
static void count_segment(struct chimsim_conn *conn, const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	u32 len = skb->len - __tcp_hdrlen(th);
	u32 end = ntohl(th->seq) + len;
	u32 fresh = 0;

	conn->tx_segs += max_t(u16, skb_shinfo(skb)->gso_segs, 1);
	if (after(end, conn->tx_high)) {
		fresh = min(end - conn->tx_high, len);
		conn->tx_high = end;
	}
	conn->tx_payload += fresh;
	conn->tx_retrans += len - fresh;
	local_bh_disable();
	chimsim_stat_add(conn->obj.off->port, CHIMSIM_ENGINE_TX_PAYLOAD, fresh);
	local_bh_enable();
}

/*
 * Under RCU. Both layers, if both are there; NULL: nothing may be sent. What is
 * there stays there until the connection is gone, unless the host got it wrong.
 */
static struct chimsim_path *find_path(struct chimsim_conn *conn,
				      struct chimsim_neigh **neigh)
{
	struct chimsim_object *path, *next;

	path = rcu_dereference(conn->obj.parent);
	next = path ? rcu_dereference(path->parent) : NULL;
	if (!next || READ_ONCE(path->gone) || READ_ONCE(next->gone)) {
		chimsim_referee_violation(&conn->obj.off->ref,
					  CHIMSIM_RULE_STRAY,
					  conn->obj.handle);
		return NULL;
	}
	if (READ_ONCE(path->invalid) || READ_ONCE(next->invalid) ||
	    READ_ONCE(conn->obj.invalid))
		return NULL;
	*neigh = to_chimsim_neigh(next);
	return to_chimsim_path(path);
}

static int engine_queue_xmit(struct sock *sk, struct sk_buff *skb,
			     struct flowi *fl)
{
	struct chimsim_conn *conn = sk->sk_user_data;
	struct chimsim_neigh *neigh;
	struct chimsim_path *path;
	int ret = NET_XMIT_SUCCESS;
	__be16 type;

	if (!conn || skb_cow_head(skb, sizeof(struct ipv6hdr) + VLAN_ETH_HLEN)) {
		kfree_skb(skb);
		return ret;
	}

	rcu_read_lock();
	path = find_path(conn, &neigh);
	if (path) {
		skb->priority = READ_ONCE(sk->sk_priority);
		skb->mark = READ_ONCE(sk->sk_mark);
		count_segment(conn, skb);
		type = push_ip(conn, path, skb);
		push_ethernet(neigh, skb, type);
		/*
		 * What the wire does not take is lost in the network. TCP would
		 * take a local drop for a want of memory, and give up after a
		 * few tries half a second apart: too soon for a link that is
		 * down for a while.
		 */
		ret = chimsim_port_xmit_engine(conn->obj.off->port, skb);
		if (ret == NET_XMIT_DROP)
			ret = NET_XMIT_CN;
	} else {
		kfree_skb(skb);
	}
	rcu_read_unlock();
	return ret;
}

/* Asked for before a retransmission; the headers are always there. */
static int engine_rebuild_header(struct sock *sk)
{
	return 0;
}

static void engine_rx_dst_set(struct sock *sk, const struct sk_buff *skb)
{
}

static void engine_mtu_reduced(struct sock *sk)
{
}

/*
 * The kernel's own operations are not exported on every kernel, but every TCP
 * socket has them.
 */
static int copy_ops(int family, struct inet_connection_sock_af_ops *ops)
{
	struct socket *sock;
	int err;

	err = sock_create_kern(&init_net, family, SOCK_STREAM, IPPROTO_TCP,
			       &sock);
	if (err)
		return err;
	*ops = *inet_csk(sock->sk)->icsk_af_ops;
	ops->queue_xmit = engine_queue_xmit;
	ops->rebuild_header = engine_rebuild_header;
	ops->sk_rx_dst_set = engine_rx_dst_set;
	ops->mtu_reduced = engine_mtu_reduced;
	sock_release(sock);
	return 0;
}

int chimsim_engine_tx_init(void)
{
	int err = copy_ops(PF_INET, &ipv4_ops);

	if (err)
		return err;
	/* A kernel may have been told to do without IPv6. */
	err = copy_ops(PF_INET6, &ipv6_ops);
	return err == -EAFNOSUPPORT ? 0 : err;
}

/**
 * chimsim_engine_size - bound what the engine holds to what it can use
 * @conn: the connection, its socket locked
 *
 * The host keeps each octet until it is acknowledged, so what is here is there
 * too: about two windows are enough to keep the wire busy.
 */
void chimsim_engine_size(struct chimsim_conn *conn)
{
	const struct tcp_sock *tp = tcp_sk(conn->sk);
	u64 window = (u64)tcp_snd_cwnd(tp) * tp->mss_cache;

	WRITE_ONCE(conn->sk->sk_sndbuf,
		   clamp_t(u64, 2 * window, SNDBUF_MIN, SNDBUF_MAX));
}

/* Whatever is held back for company goes, as soon as the socket is released. */
static void push_on_release(struct sock *sk)
{
	if (!tcp_send_head(sk))
		return;
	if (!test_and_set_bit(TCP_TSQ_DEFERRED, &sk->sk_tsq_flags))
		sock_hold(sk);		/* put by tcp_release_cb() */
}

static int send_locked(struct chimsim_conn *conn, struct sk_buff *skb,
		       unsigned int offset, unsigned int len, bool more)
{
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);
	u8 nonagle = tp->nonagle;
	int taken;

	chimsim_engine_size(conn);
	/* Not corked for longer than this call: the host may not come again. */
	if (more)
		tp->nonagle |= TCP_NAGLE_CORK;
	taken = skb_send_sock_locked(sk, skb, offset, len);
	tp->nonagle = nonagle;
	taken = max(taken, 0);

	if (taken < len) {
		conn->starved = true;
		/*
		 * A full buffer empties as the peer acknowledges, and is then
		 * reported. For want of memory nothing happens by itself.
		 */
		if (sk_stream_memory_free(sk))
			schedule_delayed_work(&conn->retry,
					      msecs_to_jiffies(CHIMSIM_RETRY_MS));
	}
	if (!more || taken < len)
		push_on_release(sk);
	return taken;
}

/**
 * chimsim_engine_send - take send data
 * @conn: the connection
 * @seq: sequence number of the first octet
 * @skb: the data; the host's, only read
 * @offset: where in @skb it begins
 * @len: octets
 * @more: further data follows at once
 *
 * Context: process.
 * Return: octets taken; -ENOTCONN if the engine does not have the connection;
 * -EPROTO if @seq is not what comes next.
 */
int chimsim_engine_send(struct chimsim_conn *conn, u32 seq,
			struct sk_buff *skb, unsigned int offset,
			unsigned int len, bool more)
{
	struct sock *sk = conn->sk;
	int ret;

	lock_sock(sk);
	if (!conn->active || conn->died)
		ret = -ENOTCONN;
	else if (seq != tcp_sk(sk)->write_seq)
		ret = -EPROTO;
	else if (conn->diverting)
		ret = 0;	/* the host is about to take it back */
	else
		ret = send_locked(conn, skb, offset, len, more);
	if (ret > 0)
		chimsim_engine_report(conn);
	release_sock(sk);
	return ret;
}

/**
 * chimsim_engine_reset - send a RST to the peer
 * @conn: the connection
 *
 * RFC 9293, section 3.10.7.4: it is acceptable if its sequence number is the
 * peer's next; without loss that is what was sent last.
 *
 * Context: process.
 */
void chimsim_engine_reset(struct chimsim_conn *conn)
{
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcphdr *th;
	struct sk_buff *skb;

	skb = alloc_skb(MAX_TCP_HEADER, GFP_KERNEL);
	if (!skb)
		return;		/* the peer finds out by itself, later */
	skb_reserve(skb, MAX_TCP_HEADER);

	lock_sock(sk);
	if (!conn->active) {
		release_sock(sk);
		kfree_skb(skb);
		return;
	}
	th = skb_push(skb, sizeof(*th));
	skb_reset_transport_header(skb);
	memset(th, 0, sizeof(*th));
	th->source = inet_sk(sk)->inet_sport;
	th->dest = inet_sk(sk)->inet_dport;
	th->seq = htonl(before(tcp_wnd_end(tp), tp->snd_nxt) ?
			tcp_wnd_end(tp) : tp->snd_nxt);
	th->ack_seq = htonl(tp->rcv_nxt);
	th->doff = sizeof(*th) / 4;
	th->rst = 1;
	th->ack = 1;
	skb->ip_summed = CHECKSUM_PARTIAL;
	inet_csk(sk)->icsk_af_ops->send_check(sk, skb);
	engine_queue_xmit(sk, skb, NULL);
	release_sock(sk);
}
