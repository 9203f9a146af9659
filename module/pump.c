// SPDX-License-Identifier: GPL-2.0
/*
 * Octets between a parked socket and its target.
 *
 * One worker for each connection moves them both ways: what the target has
 * received goes to the socket's receive queue, what the peer has acknowledged
 * leaves its write queue, what is unsent is given to the target. It runs when
 * the target has something to say, and when the lock of the socket is released
 * after something changed: every system call ends so. What an application writes
 * by itself it gives to the target by itself.
 *
 * The socket keeps each octet until the peer has acknowledged it, so the
 * target is given references, by sequence number.
 */

#include "pump.h"

#include <net/tcp.h>
#include "conn.h"
#include "events.h"
#include "forward.h"
#include "lock.h"
#include "path.h"
#include "queues.h"
#include "route.h"
#include "target.h"
#include "tcpstate.h"
#include "terminate.h"

/* The longest time that corking holds data back, as with TCP itself */
#define HOLD_MAX	(HZ / 5)

void chimney_pump_kick(struct chimney_conn *conn)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);

	chimney_object_get(&conn->obj);
	if (mod_delayed_work(t->wq, &conn->pump, 0))
		chimney_object_put(&conn->obj);	/* it was pending, and had one */
}

/* Unless it is to run anyway, and then looks for itself. */
static void kick_later(struct chimney_conn *conn, unsigned long delay)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);

	chimney_object_get(&conn->obj);
	if (!queue_delayed_work(t->wq, &conn->pump, delay))
		chimney_object_put(&conn->obj);
}

/*
 * Who is to stop the connection does not wait until the target returns from a call, which
 * may be an application's: it looks again when that is over.
 */
static void post_unlock(struct chimney_conn *conn)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);

	mutex_unlock(&conn->post);
	smp_mb();	/* pairs with chimney_conn_stop() */
	if (READ_ONCE(conn->obj.closing))
		queue_work(t->wq, &t->submit);
}

/* ---- from the target to the socket ---------------------------------------- */

int chimney_pump_room(const struct chimney_conn *conn)
{
	const struct sock *sk = conn->sk;

	return READ_ONCE(sk->sk_rcvbuf) - atomic_read(&sk->sk_rmem_alloc) -
	       READ_ONCE(conn->rxq_octets);
}

static void receive_one(struct sock *sk, struct sk_buff *skb)
{
	struct chimney_seg seg = *chimney_seg(skb);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct tcp_sock *tp = tcp_sk(sk);

	memset(skb->cb, 0, sizeof(skb->cb));
	cb->seq = seg.seq;
	cb->end_seq = seg.end_seq;
	cb->tcp_flags = TCPHDR_ACK;
	skb->dev = NULL;
	chimney_queues_own(sk, skb);
	__skb_queue_tail(&sk->sk_receive_queue, skb);
	WRITE_ONCE(tp->rcv_nxt, seg.end_seq);
	tp->bytes_received += seg.end_seq - seg.seq;
}

void chimney_pump_receive(struct chimney_conn *conn)
{
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff_head queue;
	struct sk_buff *skb;

	sock_owned_by_me(sk);
	__skb_queue_head_init(&queue);
	spin_lock_bh(&conn->lock);
	skb_queue_splice_tail_init(&conn->rxq, &queue);
	WRITE_ONCE(conn->rxq_octets, 0);
	spin_unlock_bh(&conn->lock);

	if (!chimney_park_lives(sk)) {
		__skb_queue_purge(&queue);
		return;
	}
	if (skb_queue_empty(&queue))
		return;
	while ((skb = __skb_dequeue(&queue)))
		receive_one(sk, skb);
	tp->rcv_wup = tp->rcv_nxt;
	inet_csk(sk)->icsk_ack.lrcvtime = tcp_jiffies32;
	if (!sock_flag(sk, SOCK_DEAD) &&
	    tcp_epollin_ready(sk, READ_ONCE(sk->sk_rcvlowat)))
		sk->sk_data_ready(sk);
}

/*
 * Once there is more room than the target knows of, by so much that it is worth
 * speaking of; or any, if it has little and the application waits for more than
 * there is.
 */
static bool wants_credit(const struct chimney_conn *conn)
{
	struct sock *sk = conn->sk;
	int told = READ_ONCE(conn->rx_refused) ? -1 :
						 READ_ONCE(conn->room_told);
	int more = chimney_pump_room(conn) - told;
	int part = READ_ONCE(sk->sk_rcvbuf) / 4;

	return more >= part ||
	       (more > 0 && told < part &&
		!tcp_epollin_ready(sk, READ_ONCE(sk->sk_rcvlowat)));
}

static void credit(struct chimney_conn *conn)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);
	int room;

	lockdep_assert_held(&conn->post);
	if (!wants_credit(conn))
		return;
	spin_lock_bh(&conn->lock);
	room = max(chimney_pump_room(conn), 0);
	WRITE_ONCE(conn->room_told, room);
	WRITE_ONCE(conn->rx_refused, false);
	spin_unlock_bh(&conn->lock);
	t->ops->credit(t, conn->obj.id, room);
}

/* ---- from the socket to the target ---------------------------------------- */

/*
 * The send buffer grows with what is in flight, as it does in the stack, which
 * doubles what it takes to keep the congestion window full.
 */
static void expand_sndbuf(struct sock *sk, u32 flight)
{
	int most = READ_ONCE(sock_net(sk)->ipv4.sysctl_tcp_wmem[2]);
	u64 want = 4ULL * flight;	/* twice, and as much for overhead */

	if (sk->sk_userlocks & SOCK_SNDBUF_LOCK || tcp_under_memory_pressure(sk))
		return;
	if (want > sk->sk_sndbuf)
		WRITE_ONCE(sk->sk_sndbuf, min_t(u64, want, most));
}

void chimney_pump_acked(struct chimney_conn *conn)
{
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);
	u32 una, nxt, begin;
	struct sk_buff *skb;
	bool urgent;

	sock_owned_by_me(sk);
	spin_lock_bh(&conn->lock);
	una = conn->snd_una;
	nxt = conn->snd_nxt;
	spin_unlock_bh(&conn->lock);
	if (!chimney_park_lives(sk))
		return;

	while ((skb = tcp_send_head(sk))) {
		if (!skb->len || after(TCP_SKB_CB(skb)->end_seq, una))
			break;
		tcp_unlink_write_queue(skb, sk);
		tcp_wmem_free_skb(sk, skb);
	}

	/*
	 * Not @una, if that lies within an skb: a window of zero holds back
	 * only what begins at snd_una.
	 */
	begin = skb ? TCP_SKB_CB(skb)->seq : una;
	if (conn->parked.snd_una == una && tp->snd_una == begin &&
	    tp->snd_nxt == nxt)
		return;
	urgent = tp->snd_up != conn->parked.snd_up;
	tp->bytes_acked += una - conn->parked.snd_una;
	conn->parked.snd_una = una;
	tp->snd_una = begin;
	WRITE_ONCE(tp->snd_nxt, nxt);
	if (!urgent) {
		tp->snd_up = begin;
		conn->parked.snd_up = begin;
	}
	tp->rcv_tstamp = tcp_jiffies32;

	expand_sndbuf(sk, nxt - una);
	smp_mb();	/* pairs with tcp_poll(), as in tcp_check_space() */
	if (sk->sk_socket && test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		sk->sk_write_space(sk);
}

/*
 * Up to where data is to be given to the target. The last, incomplete segment
 * is held back while the application says that more is to come, and by Nagle's
 * algorithm (RFC 896, in Minshall's form) while a small one is on its way. The
 * target sends what it is given at once.
 */
static u32 post_limit(struct chimney_conn *conn)
{
	struct chimney_parked *parked = &conn->parked;
	const struct tcp_sock *tp = tcp_sk(conn->sk);
	u32 end = tp->write_seq;
	u32 rest = (end - conn->posted) % max(conn->tcp.mss_cache, 1U);
	bool corked, nagle;

	corked = tp->nonagle & TCP_NAGLE_CORK || before(tp->pushed_seq, end);
	nagle = !(tp->nonagle & TCP_NAGLE_OFF) &&
		after(parked->sml, READ_ONCE(conn->snd_una));
	if (!rest || !(corked || nagle) || tp->nonagle & TCP_NAGLE_PUSH) {
		parked->held = 0;
		return end;
	}
	if (corked && !parked->held)
		parked->held = jiffies ?: 1;
	else if (corked && time_after_eq(jiffies, parked->held + HOLD_MAX))
		return end;	/* until it is posted, see post() */
	return end - rest;
}

static void hold(struct chimney_conn *conn)
{
	unsigned long since = conn->parked.held;
	long left;

	if (!since)
		return;
	left = since + HOLD_MAX - jiffies;
	kick_later(conn, max(left, 1L));
}

static struct sk_buff *first_unposted(const struct chimney_conn *conn)
{
	struct sk_buff_head *queue = &conn->sk->sk_write_queue;
	struct sk_buff *skb, *first = NULL;

	skb_queue_reverse_walk(queue, skb) {
		if (!after(TCP_SKB_CB(skb)->seq + skb->len, conn->posted))
			break;
		first = skb;
	}
	return first;
}

/* Gives what lies in @skb before @limit. false: the target took less. */
static bool post_one(struct chimney_conn *conn, struct sk_buff *skb, u32 limit)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);
	u32 mss = max(conn->tcp.mss_cache, 1U);
	u32 seq = conn->posted;
	u32 offset = seq - TCP_SKB_CB(skb)->seq;
	u32 len = min(skb->len - offset, limit - seq);
	int taken;

	/* Octets are missing: somebody took them from the queue. */
	if (WARN_ON_ONCE(before(seq, TCP_SKB_CB(skb)->seq))) {
		chimney_terminate(&conn->obj, CHIMNEY_REASON_MISBEHAVIOUR,
				  false);
		return false;
	}
	/* The target may refer to its pages: nothing is appended any more. */
	TCP_SKB_CB(skb)->eor = 1;
	WRITE_ONCE(conn->offered, seq + len);
	tcp_skb_tsorted_save(skb) {
		taken = t->ops->send(t, conn->obj.id, seq, skb, offset, len,
				     before(seq + len, limit));
	} tcp_skb_tsorted_restore(skb);

	if (taken < 0 || taken > len) {
		/* It should have the connection, and does not know it. */
		chimney_count(&t->stats, CHIMNEY_COUNT_BAD_DATA);
		chimney_terminate(&conn->obj, CHIMNEY_REASON_MISBEHAVIOUR,
				  false);
		taken = clamp_t(int, taken, 0, len);
	}
	WRITE_ONCE(conn->posted, seq + taken);
	WRITE_ONCE(conn->offered, seq + taken);
	if (taken % mss)
		conn->parked.sml = seq + taken;
	atomic64_add(taken, &conn->tx_octets);
	chimney_count_add(&t->stats, CHIMNEY_COUNT_TX_OCTETS, taken);
	return taken == len;
}

static void post(struct chimney_conn *conn)
{
	u32 limit = post_limit(conn);
	struct sk_buff *skb = first_unposted(conn);

	lockdep_assert_held(&conn->post);
	conn->parked.tx_full = false;
	while (skb && before(conn->posted, limit)) {
		/*
		 * A call that began before the socket was parked may still bring
		 * the application's own pages (MSG_ZEROCOPY).
		 */
		if (skb_zcopy(skb)) {
			chimney_terminate(&conn->obj,
					  CHIMNEY_REASON_SOCKET_OPTION, false);
			break;
		}
		if (!post_one(conn, skb, limit)) {
			conn->parked.tx_full = true;
			break;
		}
		if (skb_queue_is_last(&conn->sk->sk_write_queue, skb))
			break;
		skb = skb_queue_next(&conn->sk->sk_write_queue, skb);
	}
	if (conn->posted == tcp_sk(conn->sk)->write_seq)
		conn->parked.held = 0;
	hold(conn);
}

/* ---- when ------------------------------------------------------------------ */

/* Has something happened that ends the offload? Then it is asked for. */
static bool ask(struct chimney_conn *conn)
{
	enum chimney_reason reason = chimney_park_changed(conn);

	if (reason == CHIMNEY_REASON_NONE)
		return false;
	if (!conn->parked.asked) {
		conn->parked.asked = true;
		chimney_terminate(&conn->obj, reason, false);
	}
	return true;
}

void chimney_pump_doorbell(struct chimney_conn *conn)
{
	const struct tcp_sock *tp = tcp_sk(conn->sk);

	if (conn->parked.pumping) {
		conn->parked.pumping = false;
		return;
	}
	if (ask(conn))
		return;
	if (chimney_park_shrank(conn))
		chimney_events_kick(chimney_object_target(&conn->obj));
	if (!READ_ONCE(conn->live))
		return;
	if (wants_credit(conn)) {
		chimney_pump_kick(conn);
	} else if (tp->write_seq != conn->posted && !conn->parked.tx_full) {
		/* Only what is new rings: a full target says when it is not. */
		if (before(conn->posted, post_limit(conn)))
			chimney_pump_kick(conn);
		else
			hold(conn);
	}
}

/*
 * A socket that sends nothing looks for no route when its own is obsolete, and
 * routers' redirects are for the route that it has: it gets its path's.
 */
static void renew_route(struct chimney_conn *conn)
{
	struct chimney_tree *tree = conn->obj.tree;
	struct dst_entry *dst = NULL;
	struct sock *sk = conn->sk;
	u32 cookie = 0;

	if (__sk_dst_check(sk, chimney_route_cookie(sk)))
		return;
	spin_lock_bh(&tree->lock);
	if (conn->obj.parent && chimney_path(conn->obj.parent)->dst) {
		dst = dst_clone(chimney_path(conn->obj.parent)->dst);
		cookie = chimney_path(conn->obj.parent)->cookie;
	}
	spin_unlock_bh(&tree->lock);
	if (dst && dst_check(dst, cookie))
		chimney_route_give(sk, dst);
	else
		dst_release(dst);
}

static void show(struct chimney_conn *conn)
{
	struct chimney_tcp_state *told = NULL;

	spin_lock_bh(&conn->lock);
	swap(conn->told, told);
	spin_unlock_bh(&conn->lock);
	if (told)
		chimney_tcp_show(conn->sk, told);
	kfree(told);
}

static void pump(struct chimney_conn *conn)
{
	struct sock *sk = conn->sk;

	conn->parked.pumping = true;
	show(conn);
	renew_route(conn);
	sk->sk_route_caps &= ~NETIF_F_SG;	/* a new route sets it again */
	chimney_pump_receive(conn);
	chimney_pump_acked(conn);

	/* The target has to hear of it, and its other connections as well. */
	if (chimney_park_shrank(conn))
		chimney_events_kick(chimney_object_target(&conn->obj));
	mutex_lock(&conn->post);
	if (conn->live) {
		if (!ask(conn))
			post(conn);
		credit(conn);
	}
	post_unlock(conn);
	chimney_activity_moved(conn);
}

/* An application that must not block does not wait for the target either. */
void chimney_pump_send(struct chimney_conn *conn)
{
	sock_owned_by_me(conn->sk);
	if (!smp_load_acquire(&conn->live) || conn->parked.tx_full ||
	    !mutex_trylock(&conn->post))
		return;
	if (conn->live && !ask(conn))
		post(conn);
	post_unlock(conn);
	chimney_activity_moved(conn);
}

/*
 * Segments that wait do not wait for the socket's lock. Once the offload is to
 * end they are for the socket: the target may have passed them up itself.
 */
static void forward(struct chimney_conn *conn)
{
	mutex_lock(&conn->post);
	if (conn->live && !READ_ONCE(conn->obj.closing))
		chimney_forward_to_target(conn);
	post_unlock(conn);
}

void chimney_pump_work(struct work_struct *work)
{
	struct chimney_conn *conn = container_of(to_delayed_work(work),
						 struct chimney_conn, pump);
	struct sock *sk = conn->sk;

	forward(conn);
	if (chimney_lock_sock(sk, jiffies + CHIMNEY_LOCK_SPELL)) {
		if (conn->parked.active)
			pump(conn);
		release_sock(sk);
	} else {
		kick_later(conn, CHIMNEY_LOCK_RETRY);
	}
	chimney_object_put(&conn->obj);
}
