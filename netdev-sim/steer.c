// SPDX-License-Identifier: GPL-2.0
/*
 * Which frames go to an engine: those of a connection in the table, that are
 * plain. What is odd (fragments, IP options, extension headers) goes up the
 * ordinary way; the host forwards what turns out to be the connection's.
 *
 * A frame that is taken gets what the stack would have done to it on its way
 * from the device to the socket.
 */
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>
#include "offload.h"

static_assert(sizeof(struct chimsim_key) == 2 * sizeof(struct in6_addr) +
					    2 * sizeof(__be16) + sizeof(u32));

const struct rhashtable_params chimsim_steer_params = {
	.key_len = sizeof(struct chimsim_key),
	.key_offset = offsetof(struct chimsim_conn, key),
	.head_offset = offsetof(struct chimsim_conn, steer),
	.automatic_shrinking = true,
};

/* As a listener to the backlog of a socket would have it */
static unsigned int backlog_limit(const struct sock *sk)
{
	u64 limit = 2 * (u64)READ_ONCE(sk->sk_rcvbuf) +
		    READ_ONCE(sk->sk_sndbuf) / 2 + 64 * 1024;

	return min_t(u64, limit, UINT_MAX);
}

static bool is_ipv4(const struct sk_buff *skb)
{
	return ip_hdr(skb)->version == 4;
}

static void fill_cb(struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	memset(skb->cb, 0, sizeof(skb->cb));
	cb->seq = ntohl(th->seq);
	cb->end_seq = cb->seq + th->syn + th->fin + skb->len - th->doff * 4;
	cb->ack_seq = ntohl(th->ack_seq);
	cb->tcp_flags = tcp_flag_byte(th);
	cb->ip_dsfield = is_ipv4(skb) ? ipv4_get_dsfield(ip_hdr(skb)) :
					ipv6_get_dsfield(ipv6_hdr(skb));
	cb->has_rxtstamp = skb->tstamp || skb_hwtstamps(skb)->hwtstamp;
}

/* Octets before the TCP header; 0: there is none, or not all of the segment. */
static unsigned int ip_length(const struct sk_buff *skb)
{
	__be16 fragment;
	u8 next;
	int len;

	if (is_ipv4(skb))
		return ip_hdrlen(skb);
	next = ipv6_hdr(skb)->nexthdr;
	len = ipv6_skip_exthdr(skb, sizeof(struct ipv6hdr), &next, &fragment);
	return len > 0 && next == IPPROTO_TCP && !fragment ? len : 0;
}

/*
 * Data goes from the IP header to the TCP header, if there is a whole one and
 * the packet is of the protocol that the engine speaks.
 */
static bool pull_ip(const struct sock *sk, struct sk_buff *skb)
{
	unsigned int len;

	if (is_ipv4(skb) != (sk->sk_family == AF_INET))
		return false;
	len = ip_length(skb);
	if (!len || !pskb_may_pull(skb, len + sizeof(struct tcphdr)))
		return false;
	/*
	 * A device's sum of all octets is the same without an IPv4 header, which
	 * adds nothing. Whether the host took IPv6's out is not known.
	 */
	if (!is_ipv4(skb) && skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	__skb_pull(skb, len);
	skb_reset_transport_header(skb);
	if (tcp_hdr(skb)->doff >= sizeof(struct tcphdr) / 4 &&
	    pskb_may_pull(skb, tcp_hdrlen(skb)))
		return true;
	__skb_push(skb, len);
	return false;
}

static void unpull_ip(struct sk_buff *skb)
{
	__skb_push(skb, skb->data - skb_network_header(skb));
	memset(skb->cb, 0, sizeof(skb->cb));
}

void chimsim_steer_pass_up(struct chimsim_conn *conn, struct sk_buff *skb)
{
	unpull_ip(skb);
	skb->dev = conn->obj.off->port->netdev;
	skb->protocol = is_ipv4(skb) ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	/* The stack is entered anew: who calls may hold the engine's lock. */
	netif_rx(skb);
}

static __wsum compute_pseudo(struct sk_buff *skb, int proto)
{
	return is_ipv4(skb) ? inet_compute_pseudo(skb, proto) :
			      ip6_compute_pseudo(skb, proto);
}

bool chimsim_steer_input(struct chimsim_conn *conn, struct sk_buff *skb,
			 bool forwarded)
{
	struct sock *sk = conn->sk;
	bool taken = true;

	if (!pull_ip(sk, skb))
		return false;
	/*
	 * A wrong one ends here: passed up, it could look to the host like
	 * something that ends the offload.
	 */
	if (skb_checksum_init(skb, IPPROTO_TCP, compute_pseudo)) {
		__TCP_INC_STATS(conn->net, TCP_MIB_CSUMERRORS);
		__TCP_INC_STATS(conn->net, TCP_MIB_INERRS);
		kfree_skb(skb);
		return true;
	}

	bh_lock_sock_nested(sk);
	if (!conn->active || conn->diverting) {
		unpull_ip(skb);
		taken = false;
		goto out;
	}
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	/* It shares its place with what orders out-of-order segments. */
	skb->dev = NULL;
	fill_cb(skb);
	__TCP_INC_STATS(conn->net, TCP_MIB_INSEGS);
	tcp_segs_in(tcp_sk(sk), skb);
	if (conn->holding && !forwarded &&
	    skb_queue_len(&conn->held) < CHIMSIM_HOLD_MAX)
		__skb_queue_tail(&conn->held, skb);
	else if (!sock_owned_by_user(sk))
		sk->sk_backlog_rcv(sk, skb);
	else if (sk_add_backlog(sk, skb, backlog_limit(sk)))
		kfree_skb(skb);
out:
	bh_unlock_sock(sk);
	return taken;
}

static unsigned int plain_length4(struct sk_buff *skb)
{
	const struct iphdr *iph;
	unsigned int len;

	if (!pskb_may_pull(skb, sizeof(*iph) + sizeof(struct tcphdr)))
		return 0;
	iph = ip_hdr(skb);
	if (iph->version != 4 || iph->ihl != sizeof(*iph) / 4 ||
	    iph->protocol != IPPROTO_TCP || ip_is_fragment(iph))
		return 0;
	len = iph_totlen(skb, iph);
	if (len > skb->len || len < sizeof(*iph) + sizeof(struct tcphdr) ||
	    ip_fast_csum(iph, iph->ihl))
		return 0;
	return len;
}

static unsigned int plain_length6(struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h;
	unsigned int len;

	if (!pskb_may_pull(skb, sizeof(*ip6h) + sizeof(struct tcphdr)))
		return 0;
	ip6h = ipv6_hdr(skb);
	/* A mapped address stands for IPv4, and not on the wire. */
	if (ip6h->version != 6 || ip6h->nexthdr != IPPROTO_TCP ||
	    ipv6_addr_v4mapped(&ip6h->saddr))
		return 0;
	/* One that is too long for it says 0, and is not plain. */
	len = sizeof(*ip6h) + ntohs(ip6h->payload_len);
	if (len > skb->len || len < sizeof(*ip6h) + sizeof(struct tcphdr))
		return 0;
	return len;
}

/* The packet's length, if it is a plain one; else 0. */
static unsigned int plain_length(struct sk_buff *skb)
{
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		return plain_length4(skb);
	case htons(ETH_P_IPV6):
		return plain_length6(skb);
	default:
		return 0;
	}
}

/* Of a plain packet */
static struct chimsim_conn *lookup(struct chimsim_offload *off,
				   const struct sk_buff *skb)
{
	struct chimsim_key key = {
		.vlan = skb_vlan_tag_present(skb) ? skb_vlan_tag_get_id(skb) :
						    0,
	};
	const struct tcphdr *th;

	if (is_ipv4(skb)) {
		ipv6_addr_set_v4mapped(ip_hdr(skb)->daddr, &key.saddr);
		ipv6_addr_set_v4mapped(ip_hdr(skb)->saddr, &key.daddr);
		th = (const struct tcphdr *)(ip_hdr(skb) + 1);
	} else {
		key.saddr = ipv6_hdr(skb)->daddr;
		key.daddr = ipv6_hdr(skb)->saddr;
		th = (const struct tcphdr *)(ipv6_hdr(skb) + 1);
	}
	key.sport = th->dest;
	key.dport = th->source;
	return rhashtable_lookup(&off->steers, &key, chimsim_steer_params);
}

/* Documented in chimsim.h */
bool chimsim_steer(struct chimsim_port *port, struct sk_buff *skb)
{
	struct chimsim_offload *off;
	struct chimsim_conn *conn;
	unsigned int len;

	/* Pairs with the release in chimsim_offload_attach(). */
	off = smp_load_acquire(&port->offload);
	if (!off || !atomic_read(&off->nsteers))
		return false;
	if (skb->pkt_type != PACKET_HOST || skb_shared(skb) ||
	    (skb_vlan_tag_present(skb) &&
	     skb->vlan_proto != htons(ETH_P_8021Q)))
		return false;
	len = plain_length(skb);
	if (!len)
		return false;
	conn = lookup(off, skb);
	if (!conn || READ_ONCE(conn->diverting) ||
	    !net_eq(conn->net, dev_net(port->netdev)))
		return false;
	/* Padding of the frame is not payload. */
	if (pskb_trim_rcsum(skb, len))
		return false;
	return chimsim_steer_input(conn, skb, false);
}
