// SPDX-License-Identifier: GPL-2.0
/*
 * TCP's queues of a host socket: taken apart when it is parked, put together
 * again when it comes home.
 *
 * Nothing here is done by pointers kept across an unlock: applications append
 * to the write queue all the time, and the kernel merges small skbs of it.
 */

#include "queues.h"

#include <net/chimney.h>
#include <net/tcp.h>

/* The control block that crosses the interface begins like that of TCP. */
static_assert(offsetof(struct chimney_seg, seq) ==
	      offsetof(struct tcp_skb_cb, seq));
static_assert(offsetof(struct chimney_seg, end_seq) ==
	      offsetof(struct tcp_skb_cb, end_seq));

static struct sk_buff *copy_one(struct sock *sk, struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct chimney_seg *seg;
	struct sk_buff *copy;
	u32 acked = 0;

	/* TCP keeps links where others keep a route. */
	tcp_skb_tsorted_save(skb) {
		copy = skb_clone(skb, GFP_KERNEL);
	} tcp_skb_tsorted_restore(skb);
	if (!copy)
		return NULL;
	copy->dev = NULL;	/* a link in the tree, in the original */

	if (before(cb->seq, tcp_sk(sk)->snd_una))
		acked = tcp_sk(sk)->snd_una - cb->seq;
	if (acked && !pskb_pull(copy, acked)) {
		kfree_skb(copy);
		return NULL;
	}
	seg = chimney_seg(copy);
	seg->seq = cb->seq + acked;
	seg->end_seq = cb->end_seq;
	return copy;
}

int chimney_queues_copy_sent(struct sock *sk, struct sk_buff_head *sent)
{
	struct sk_buff *skb, *copy;

	sock_owned_by_me(sk);
	skb_rbtree_walk(skb, &sk->tcp_rtx_queue) {
		/* It may lie there still, though all of it has been acknowledged. */
		if (!after(TCP_SKB_CB(skb)->end_seq, tcp_sk(sk)->snd_una))
			continue;
		copy = copy_one(sk, skb);
		if (!copy) {
			__skb_queue_purge(sent);
			return -ENOMEM;
		}
		__skb_queue_tail(sent, copy);
	}
	return 0;
}

/* Of a segment that joins another, the stack does not look what it covers. */
static void drop_covered(struct tcp_sock *tp, struct sk_buff *skb)
{
	struct rb_node *prev = rb_prev(&skb->rbnode);

	if (tp->ooo_last_skb == skb)
		tp->ooo_last_skb = prev ? rb_to_skb(prev) : NULL;
	rb_erase(&skb->rbnode, &tp->out_of_order_queue);
	kfree_skb(skb);
}

int chimney_queues_trim_ooo(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb, *following;
	u32 next = tp->rcv_nxt;

	sock_owned_by_me(sk);
	skb = skb_rb_first(&tp->out_of_order_queue);
	for (; skb; skb = following) {
		struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

		following = skb_rb_next(skb);
		if (!after(cb->end_seq, next)) {
			drop_covered(tp, skb);
			continue;
		}
		if (before(cb->seq, next)) {
			if (!pskb_pull(skb, next - cb->seq))
				return -ENOMEM;
			cb->seq = next;
		}
		next = cb->end_seq;
	}
	return 0;
}

void chimney_queues_take_ooo(struct sock *sk, struct sk_buff_head *ooo)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct rb_node *p;

	sock_owned_by_me(sk);
	while ((p = rb_first(&tp->out_of_order_queue))) {
		struct sk_buff *skb = rb_to_skb(p);

		rb_erase(p, &tp->out_of_order_queue);
		skb->dev = NULL;
		skb_orphan(skb);
		skb_dst_drop(skb);
		__skb_queue_tail(ooo, skb);
	}
	tp->ooo_last_skb = NULL;
	tp->rx_opt.num_sacks = 0;
	tp->rx_opt.dsack = 0;
}

/* SACK blocks of what lies in the out of order queue, as many as TCP keeps. */
static void add_sack(struct tcp_sock *tp, u32 seq, u32 end_seq)
{
	struct tcp_sack_block *last;
	u8 n = tp->rx_opt.num_sacks;

	last = n ? &tp->selective_acks[n - 1] : NULL;
	if (last && last->end_seq == seq) {
		last->end_seq = end_seq;
	} else if (n < ARRAY_SIZE(tp->selective_acks)) {
		tp->selective_acks[n].start_seq = seq;
		tp->selective_acks[n].end_seq = end_seq;
		tp->rx_opt.num_sacks = n + 1;
	}
}

void chimney_queues_give_ooo(struct sock *sk, struct sk_buff_head *ooo)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct rb_node **p = &tp->out_of_order_queue.rb_node;
	struct rb_node *parent = NULL;
	struct sk_buff *skb;

	sock_owned_by_me(sk);
	if (WARN_ON_ONCE(*p)) {
		__skb_queue_purge(ooo);
		return;
	}
	while ((skb = __skb_dequeue(ooo))) {
		struct chimney_seg seg = *chimney_seg(skb);

		memset(skb->cb, 0, sizeof(skb->cb));
		TCP_SKB_CB(skb)->seq = seg.seq;
		TCP_SKB_CB(skb)->end_seq = seg.end_seq;
		TCP_SKB_CB(skb)->tcp_flags = TCPHDR_ACK;
		chimney_queues_own(sk, skb);

		/* They come in ascending order. */
		rb_link_node(&skb->rbnode, parent, p);
		rb_insert_color(&skb->rbnode, &tp->out_of_order_queue);
		parent = &skb->rbnode;
		p = &parent->rb_right;
		tp->ooo_last_skb = skb;
		if (tp->rx_opt.sack_ok)
			add_sack(tp, seg.seq, seg.end_seq);
	}
}

static void clear_flight(struct tcp_sock *tp)
{
	tp->packets_out = 0;
	tp->sacked_out = 0;
	tp->lost_out = 0;
	tp->retrans_out = 0;
	tp->highest_sack = NULL;
	tp->lost_skb_hint = NULL;
	tp->retransmit_skb_hint = NULL;
	tp->lost_cnt_hint = 0;
	INIT_LIST_HEAD(&tp->tsorted_sent_queue);
}

void chimney_queues_unsend(struct sock *sk)
{
	struct sk_buff *skb;

	sock_owned_by_me(sk);
	while ((skb = tcp_rtx_queue_tail(sk))) {
		list_del(&skb->tcp_tsorted_anchor);
		tcp_rtx_queue_unlink(skb, sk);
		INIT_LIST_HEAD(&skb->tcp_tsorted_anchor);
		skb->dev = NULL;
		TCP_SKB_CB(skb)->sacked = 0;
		TCP_SKB_CB(skb)->tcp_gso_segs = 0;
		TCP_SKB_CB(skb)->tcp_gso_size = 0;
		/* Copies refer to its pages: nothing may be appended to it. */
		TCP_SKB_CB(skb)->eor = 1;
		__skb_queue_head(&sk->sk_write_queue, skb);
	}
	clear_flight(tcp_sk(sk));
}

/*
 * Splits the skb at the head of the write queue after @len octets. A split
 * needs memory, and may fail.
 */
static bool split(struct sock *sk, struct sk_buff *skb, u32 len)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	unsigned int truesize = skb->truesize;
	struct sk_buff *rest;
	int moved;

	/* What lies before the pages has no place in the rest. */
	if (len < skb_headlen(skb))
		return false;
	rest = alloc_skb_fclone(MAX_TCP_HEADER, GFP_ATOMIC | __GFP_NOWARN);
	if (!rest)
		return false;
	if (!sk_wmem_schedule(sk, rest->truesize))
		goto err_rest;
	if (skb_cloned(skb) &&
	    pskb_expand_head(skb, 0, 0, GFP_ATOMIC | __GFP_NOWARN))
		goto err_rest;
	skb->truesize = truesize;	/* what the socket was charged */

	skb_reserve(rest, MAX_TCP_HEADER);
	rest->ip_summed = CHECKSUM_PARTIAL;
	INIT_LIST_HEAD(&rest->tcp_tsorted_anchor);
	sk_wmem_queued_add(sk, rest->truesize);
	sk_mem_charge(sk, rest->truesize);

	moved = skb->len - len;
	*TCP_SKB_CB(rest) = *cb;
	TCP_SKB_CB(rest)->seq = cb->seq + len;
	tcp_skb_pcount_set(rest, 0);	/* to be counted when it is sent */
	cb->end_seq = cb->seq + len;
	cb->tcp_flags &= ~(TCPHDR_FIN | TCPHDR_PSH);
	skb_split(skb, rest, len);
	moved = min_t(int, moved, skb->truesize - SKB_TRUESIZE(0));
	skb->truesize -= moved;
	rest->truesize += moved;
	__skb_queue_after(&sk->sk_write_queue, skb, rest);
	return true;

err_rest:
	kfree_skb(rest);
	return false;
}

/*
 * What is left of an skb that the peer has in part. The stack cuts the rest off
 * when it sends it again, and counts its segments anew, but does not tell
 * packets_out: so they are counted without it from the beginning.
 */
static u32 left_of(const struct tcp_sock *tp, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 acked = before(cb->seq, tp->snd_una) ? tp->snd_una - cb->seq : 0;

	return acked < skb->len ? skb->len - acked : 1;
}

static void resend_one(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);
	struct rb_node **p = &sk->tcp_rtx_queue.rb_node;
	struct rb_node *parent = NULL;
	u32 mss = max(tp->mss_cache, 1U);
	u32 left = left_of(tp, skb);

	tcp_unlink_write_queue(skb, sk);
	cb->tcp_gso_size = left > mss ? mss : 0;
	tcp_skb_pcount_set(skb, DIV_ROUND_UP(left, mss));
	/*
	 * When it was sent is not known any more: no round trip is measured
	 * by it, and for the order among segments lost this moment will do.
	 */
	cb->sacked = TCPCB_REPAIRED;
	memset(&cb->tx, 0, sizeof(cb->tx));
	skb->skb_mstamp_ns = tp->tcp_clock_cache;

	while (*p) {
		parent = *p;
		p = &parent->rb_right;
	}
	rb_link_node(&skb->rbnode, parent, p);
	rb_insert_color(&skb->rbnode, &sk->tcp_rtx_queue);
	list_add_tail(&skb->tcp_tsorted_anchor, &tp->tsorted_sent_queue);
	if (!tp->highest_sack)
		tp->highest_sack = skb;
	tp->packets_out += tcp_skb_pcount(skb);
}

void chimney_queues_resend(struct sock *sk, u32 snd_nxt)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb;

	sock_owned_by_me(sk);
	clear_flight(tp);
	while ((skb = tcp_send_head(sk))) {
		const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

		if (!before(cb->seq, snd_nxt))
			break;
		/*
		 * If it cannot be split, the whole of it counts as sent, and
		 * what was not will be found lost. So does a FIN that was
		 * tacked on; the stack does the same for want of memory.
		 */
		if (after(cb->end_seq, snd_nxt) &&
		    (snd_nxt - cb->seq >= skb->len ||
		     !split(sk, skb, snd_nxt - cb->seq)))
			snd_nxt = cb->end_seq;
		if (after(cb->end_seq, tp->snd_una)) {
			resend_one(sk, skb);
		} else {
			/*
			 * The beginning of one that was split, and the peer has
			 * it. In flight it would be in the way of probes: sent
			 * again, it is an empty segment, which none answers.
			 */
			tcp_unlink_write_queue(skb, sk);
			tcp_wmem_free_skb(sk, skb);
		}
	}
	WRITE_ONCE(tp->snd_nxt, snd_nxt);
	tp->high_seq = snd_nxt;

	skb_queue_walk(&sk->sk_write_queue, skb)
		TCP_SKB_CB(skb)->eor = 0;
}

void chimney_queues_own(struct sock *sk, struct sk_buff *skb)
{
	if (!sk_rmem_schedule(sk, skb, skb->truesize)) {
		/*
		 * A stream's send memory is never refused beyond its send
		 * buffer; what is too much goes back right below.
		 */
		int size = max_t(int, skb->truesize, READ_ONCE(sk->sk_sndbuf));

		__sk_mem_schedule(sk, size, SK_MEM_SEND);
		skb_set_owner_r(skb, sk);
		sk_mem_reclaim(sk);
		return;
	}
	skb_set_owner_r(skb, sk);
}
