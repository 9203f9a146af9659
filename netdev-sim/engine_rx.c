// SPDX-License-Identifier: GPL-2.0
/*
 * From the wire to the host: each segment is looked at before the engine gets
 * it, and after the engine had it the host is told what came of it.
 *
 * A FIN, a RST or urgent data that counts ends the offload: the segment and all
 * that follow are passed up the ordinary way, and the host, which is told,
 * takes the connection back and lets its own stack see them. One that does not
 * count, being outside the window or blindly guessed, goes to the engine, which
 * drops or challenges it (RFC 5961): it must not be enough to end an offload.
 */
#include <net/tcp.h>
#include "offload.h"

/* Does a RST end the connection? As RFC 5961, section 3.2, and its SACK rule. */
static bool rst_counts(const struct tcp_sock *tp, const struct sk_buff *skb)
{
	const struct tcp_sack_block *sack = tp->selective_acks;
	u32 seq = TCP_SKB_CB(skb)->seq;
	u32 highest;
	int i;

	if (seq == tp->rcv_nxt)
		return true;
	if (!tcp_is_sack(tp) || !tp->rx_opt.num_sacks)
		return false;
	highest = sack[0].end_seq;
	for (i = 1; i < tp->rx_opt.num_sacks; i++)
		if (after(sack[i].end_seq, highest))
			highest = sack[i].end_seq;
	return seq == highest && !after(seq, tp->rcv_nxt +
					tcp_receive_window(tp));
}

/* RFC 7323, section 5.3 */
static bool paws_ok(struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_options_received opt = {
		.tstamp_ok = tp->rx_opt.tstamp_ok,
		.ts_recent = tp->rx_opt.ts_recent,
		.ts_recent_stamp = tp->rx_opt.ts_recent_stamp,
	};

	tcp_parse_options(sock_net(sk), skb, &opt, 1, NULL);
	return !opt.saw_tstamp || tcp_paws_check(&opt, TCP_PAWS_WINDOW);
}

/*
 * Would the engine act on a FIN or an urgent pointer? The checks are those that
 * it would make first, or laxer: what fails here it drops.
 */
static bool segment_counts(struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	const struct tcphdr *th = tcp_hdr(skb);
	const struct tcp_sock *tp = tcp_sk(sk);

	if (before(cb->end_seq, tp->rcv_wup) ||
	    after(cb->seq, tp->rcv_nxt + tcp_receive_window(tp)))
		return false;
	if (!th->ack || after(cb->ack_seq, tp->snd_nxt) ||
	    before(cb->ack_seq, tp->snd_una - tp->max_window))
		return false;
	if (th->urg)
		return true;
	/* A FIN before rcv_nxt would be one that was handled before. */
	return after(cb->end_seq, tp->rcv_nxt) && paws_ok(sk, skb);
}

/* What the host is to be told of a segment; false: nothing, the engine has it. */
static bool ends_offload(struct sock *sk, struct sk_buff *skb,
			 enum chimney_event *event, u32 *arg)
{
	const struct tcphdr *th = tcp_hdr(skb);

	*arg = 0;
	if (likely(!th->rst && !th->fin && !th->urg))
		return false;
	if (tcp_checksum_complete(skb))
		return false;
	if (th->rst) {
		*event = CHIMNEY_EVENT_ABORT;
		return rst_counts(tcp_sk(sk), skb);
	}
	if (th->syn || !segment_counts(sk, skb))
		return false;
	if (th->urg) {
		*event = CHIMNEY_EVENT_RETRIEVE;
		*arg = CHIMNEY_REASON_URGENT_DATA;
	} else {
		*event = CHIMNEY_EVENT_DISCONNECT;
	}
	return true;
}

/**
 * chimsim_engine_rcv - a segment for an engine
 * @sk: the engine, locked
 * @skb: the segment, data at the TCP header, control block filled in
 *
 * The engine's sk_backlog_rcv: called for each segment, whether it had to wait
 * or not.
 *
 * Return: 0
 */
int chimsim_engine_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct chimsim_conn *conn = sk->sk_user_data;
	enum chimney_event event;
	u32 arg;

	if (!conn) {
		kfree_skb(skb);
		return 0;
	}
	if (conn->diverting || sk->sk_state != TCP_ESTABLISHED) {
		chimsim_steer_pass_up(conn, skb);
		return 0;
	}
	if (unlikely(ends_offload(sk, skb, &event, &arg))) {
		WRITE_ONCE(conn->diverting, true);
		chimsim_steer_pass_up(conn, skb);
		chimsim_offload_event(conn, event, arg);
		return 0;
	}
	conn->rx_segs += max_t(u16, skb_shinfo(skb)->gso_segs, 1);
	sk->sk_prot->backlog_rcv(sk, skb);
	chimsim_engine_drain(conn);
	chimsim_engine_report(conn);
	return 0;
}

/**
 * chimsim_engine_release_held - what was kept back is received
 * @conn: the connection, its socket locked
 *
 * What comes meanwhile waits in the backlog, as ever while the socket is locked.
 */
void chimsim_engine_release_held(struct chimsim_conn *conn)
{
	struct sock *sk = conn->sk;
	struct sk_buff *skb;

	do {
		spin_lock_bh(&sk->sk_lock.slock);
		skb = __skb_dequeue(&conn->held);
		if (!skb)
			conn->holding = false;
		spin_unlock_bh(&sk->sk_lock.slock);
		if (skb)
			sk->sk_backlog_rcv(sk, skb);
	} while (skb);
}

/**
 * chimsim_engine_caught_up - the host has forwarded all that it had before
 * @conn: the connection
 *
 * Context: process.
 */
void chimsim_engine_caught_up(struct chimsim_conn *conn)
{
	lock_sock(conn->sk);
	if (conn->active)
		chimsim_engine_release_held(conn);
	release_sock(conn->sk);
}

/*
 * The kernel's tcp_cleanup_rbuf() is not exported: tell the peer if what was
 * handed over makes an acknowledgment due or the window much wider.
 */
static void announce(struct chimsim_conn *conn)
{
	struct sock *sk = conn->sk;
	const struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	u32 now = tcp_receive_window(tp);
	bool ack = false;
	int room, least;

	if (inet_csk_ack_scheduled(sk))
		ack = tp->rcv_nxt - tp->rcv_wup > icsk->icsk_ack.rcv_mss ||
		      icsk->icsk_ack.pending & ICSK_ACK_PUSHED2 ||
		      (icsk->icsk_ack.pending & ICSK_ACK_PUSHED &&
		       !inet_csk_in_pingpong_mode(sk));
	if (!ack && 2 * now <= tp->window_clamp) {
		room = min_t(int, tcp_space(sk), tp->rcv_ssthresh);
		least = min_t(int, icsk->icsk_ack.rcv_mss,
			      tcp_win_from_space(sk, conn->rcvbuf));
		ack = room >= least && room / 2 >= now;
	}
	if (ack)
		tcp_sock_send_ack(sk);
}

/* What was handed over before, in part or as a whole, is cut off. */
static bool trim_head(struct sock *sk, struct sk_buff *skb)
{
	u32 done = tcp_sk(sk)->copied_seq - TCP_SKB_CB(skb)->seq;

	if (!done)
		return true;
	if (!pskb_pull(skb, done))
		return false;
	TCP_SKB_CB(skb)->seq += done;
	return true;
}

/* Gives one skb to the host; if refused it is the engine's again. */
static int hand_over(struct chimsim_conn *conn, struct sk_buff *skb)
{
	u32 seq = TCP_SKB_CB(skb)->seq, end_seq = seq + skb->len;
	struct sock *sk = conn->sk;
	u32 truesize = skb->truesize;
	u32 len = skb->len;
	int err;

	__skb_unlink(skb, &sk->sk_receive_queue);
	skb_orphan(skb);
	/* Both lie at the start of the control block, but are not the same. */
	chimney_seg(skb)->seq = seq;
	chimney_seg(skb)->end_seq = end_seq;
	chimsim_fault_received(conn, skb);
	err = chimney_received(conn->obj.off->target, conn->obj.handle, skb);
	if (err) {
		TCP_SKB_CB(skb)->seq = seq;
		TCP_SKB_CB(skb)->end_seq = end_seq;
		__skb_queue_head(&sk->sk_receive_queue, skb);
		skb_set_owner_r(skb, sk);
		/* The host does not know of it: its stack shall answer. */
		if (err == -ENOENT)
			WRITE_ONCE(conn->diverting, true);
		return err;
	}
	WRITE_ONCE(tcp_sk(sk)->copied_seq, end_seq);
	chimsim_engine_room(conn, conn->rcvroom - (int)truesize);
	conn->rx_payload += len;
	local_bh_disable();
	chimsim_stat_add(conn->obj.off->port, CHIMSIM_ENGINE_RX_PAYLOAD, len);
	local_bh_enable();
	return 0;
}

/**
 * chimsim_engine_drain - give the host what was received in order
 * @conn: the connection, its socket locked
 *
 * What the host refuses stays, and the peer sees the window close, until the
 * host gives credit. The last time everything is taken; octets that could not
 * be handed over even then make the connection's state a lost one.
 */
void chimsim_engine_drain(struct chimsim_conn *conn)
{
	struct sock *sk = conn->sk;
	struct sk_buff *skb;
	bool moved = false;

	/* The stack sets the clamp anew when it measures segments. */
	chimsim_engine_room(conn, conn->rcvroom);
	if (chimsim_silent(conn) || (conn->full && !conn->final))
		return;
	while ((skb = skb_peek(&sk->sk_receive_queue)) != NULL) {
		if (!after(TCP_SKB_CB(skb)->end_seq,
			   tcp_sk(sk)->copied_seq)) {
			__skb_unlink(skb, &sk->sk_receive_queue);
			__kfree_skb(skb);
			continue;
		}
		if (!trim_head(sk, skb)) {
			schedule_delayed_work(&conn->retry,
					      msecs_to_jiffies(CHIMSIM_RETRY_MS));
			break;
		}
		if (hand_over(conn, skb)) {
			conn->full = true;
			chimsim_engine_room(conn, 0);
			break;
		}
		moved = true;
	}
	if (conn->final)
		conn->lost = !skb_queue_empty(&sk->sk_receive_queue);
	else if (moved && sk->sk_state == TCP_ESTABLISHED)
		announce(conn);
}

/**
 * chimsim_engine_report - tell the host what was sent and acknowledged
 * @conn: the connection, its socket locked
 */
void chimsim_engine_report(struct chimsim_conn *conn)
{
	const struct tcp_sock *tp = tcp_sk(conn->sk);

	if (chimsim_silent(conn))
		return;
	if (tp->snd_una != conn->una || tp->snd_nxt != conn->nxt) {
		conn->una = tp->snd_una;
		conn->nxt = tp->snd_nxt;
		chimsim_fault_acked(conn);
		chimney_acked(conn->obj.off->target, conn->obj.handle,
			      conn->una, conn->nxt);
	}
	if (!conn->starved || conn->final)
		return;
	chimsim_engine_size(conn);
	if (sk_stream_is_writeable(conn->sk)) {
		conn->starved = false;
		chimsim_offload_event(conn, CHIMNEY_EVENT_SEND_SPACE, 0);
	}
}

/**
 * chimsim_engine_credit - the host has room again
 * @conn: the connection
 * @room: how many octets
 *
 * Context: process.
 */
void chimsim_engine_credit(struct chimsim_conn *conn, u32 room)
{
	lock_sock(conn->sk);
	conn->full = false;
	if (conn->active) {
		chimsim_engine_room(conn, min_t(u32, room, INT_MAX / 2));
		chimsim_engine_drain(conn);
		/* A window that was shut before may open, with nothing to drain. */
		if (!conn->full && conn->sk->sk_state == TCP_ESTABLISHED)
			announce(conn);
	}
	release_sock(conn->sk);
}
