// SPDX-License-Identifier: GPL-2.0
/*
 * A connection's engine: a TCP socket of the kernel that nobody but the NIC
 * knows of. It is never bound and in no hash table; its segments come from
 * steer.c, and what it sends leaves through engine_tx.c. So the simulated NIC
 * has congestion control, SACK and all else from the kernel.
 *
 * The engine lives in ESTABLISHED and nowhere else. FIN, RST and urgent data
 * never get to it: without a bind bucket it could not go through TIME_WAIT. Its
 * end is written to its state directly, so that neither FIN nor RST is sent and
 * the counters of connections stay true: it is the host that counts them.
 */
#include <linux/net.h>
#include <linux/slab.h>
#include <net/chimney_tcp.h>
#include <net/net_namespace.h>
#include <net/tcp.h>
#include "offload.h"

static void set_state(struct sock *sk, int state)
{
	/* Pairs with inet_sk_state_load(), in who looks without the lock. */
	smp_store_release(&sk->sk_state, state);
}

/* Retransmission, probes or keepalive ran out. Runs with the socket locked. */
static void engine_state_change(struct sock *sk)
{
	struct chimsim_conn *conn = sk->sk_user_data;

	if (!conn || conn->died || sk->sk_state != TCP_CLOSE)
		return;
	conn->died = true;
	/* The kernel counted the end of a connection that the host has still. */
	TCP_INC_STATS(sock_net(sk), TCP_MIB_CURRESTAB);
	TCP_DEC_STATS(sock_net(sk), TCP_MIB_ESTABRESETS);

	chimsim_engine_drain(conn);
	chimsim_engine_report(conn);
	chimsim_offload_event(conn, CHIMNEY_EVENT_DEAD,
			      READ_ONCE(sk->sk_err) ?: ETIMEDOUT);
}

static int engine_create(struct chimsim_conn *conn,
			 const struct chimney_tcp_state *st)
{
	int family = chimsim_family(&st->saddr);
	struct net *net;
	int err;

	if (!chimsim_engine_af_ops(family))
		return -EAFNOSUPPORT;
	rcu_read_lock();
	net = maybe_get_net(dev_net(conn->obj.off->port->netdev));
	rcu_read_unlock();
	if (!net)
		return -ENODEV;

	/* A socket of the kernel holds no reference to its namespace. */
	err = sock_create_kern(net, family, SOCK_STREAM, IPPROTO_TCP,
			       &conn->sock);
	if (err) {
		put_net(net);
		return err;
	}
	conn->net = net;
	conn->sk = conn->sock->sk;
	return 0;
}

/* What the socket would have learnt from its route */
static void engine_set_caps(struct sock *sk, const struct net_device *netdev)
{
	sk->sk_route_caps = netdev->features;
	sk->sk_gso_type = sk->sk_family == AF_INET ? SKB_GSO_TCPV4 :
						     SKB_GSO_TCPV6;
	/* No more than the length field of an IP header can say. */
	sk->sk_gso_max_size = min(READ_ONCE(netdev->gso_max_size),
				  GSO_LEGACY_MAX_SIZE) - (MAX_TCP_HEADER + 1);
	sk->sk_gso_max_segs = max_t(u32, READ_ONCE(netdev->gso_max_segs), 1);
}

/* The window that was announced must fit, whatever the host's buffer is. */
static void engine_set_rcvbuf(struct sock *sk, u32 rcvbuf)
{
	u32 promised = tcp_receive_window(tcp_sk(sk));
	u32 size = clamp_t(u32, rcvbuf, SOCK_MIN_RCVBUF, INT_MAX / 2);

	while (size < INT_MAX / 2 && tcp_win_from_space(sk, size) < promised)
		size += max(size / 8, 4096U);
	WRITE_ONCE(sk->sk_rcvbuf, size);
}

/**
 * chimsim_engine_room - the host has so much room for what is received
 * @conn: the connection, its socket locked
 * @room: octets; below zero if the host has taken more than it has room for
 *
 * The window follows it, as if both had one buffer, by the stack's own rules:
 * see __tcp_select_window() for the sixteenth. It is bound by what clamps a
 * window, and not by the buffer, since all that was promised has to be taken.
 */
void chimsim_engine_room(struct chimsim_conn *conn, int room)
{
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);
	u32 bound = 0;

	if (room > conn->rcvbuf) {	/* it has grown, and with it the clamp */
		conn->rcvbuf = room;
		conn->window_clamp = ~0;
		engine_set_rcvbuf(sk, room);
	}
	conn->rcvroom = room;
	if (room >= conn->rcvbuf / 16)
		bound = min_t(u32, tcp_win_from_space(sk, room),
			      conn->window_clamp);
	conn->rcv_ssthresh = max(conn->rcv_ssthresh, tp->rcv_ssthresh);
	WRITE_ONCE(tp->window_clamp, bound);
	tp->rcv_ssthresh = min(conn->rcv_ssthresh, bound);
}

static void engine_load_room(struct chimsim_conn *conn,
			     const struct chimney_tcp_state *st)
{
	struct sock *sk = conn->sk;

	conn->rcvbuf = clamp_t(u32, st->rcvbuf, SOCK_MIN_RCVBUF, INT_MAX / 2);
	conn->rcv_ssthresh = st->rcv_ssthresh;
	conn->window_clamp = ~0;
	/* The stack itself may leave it one segment below the buffer. */
	if (st->window_clamp + st->advmss <
	    tcp_win_from_space(sk, conn->rcvbuf))
		conn->window_clamp = st->window_clamp;
	engine_set_rcvbuf(sk, st->rcvbuf);
	chimsim_engine_room(conn, min_t(u32, st->rcvroom, conn->rcvbuf));
}

/* Its state, without the bounds that are the host's own. */
static void engine_read(struct chimsim_conn *conn)
{
	struct chimney_tcp_state *st = &conn->state;

	chimney_tcp_read(conn->sk, st);
	st->ttl = conn->ttl;
	st->flowlabel = conn->flowlabel;
	st->rcv_ssthresh = max(st->rcv_ssthresh, conn->rcv_ssthresh);
	st->window_clamp = min_t(u32, conn->window_clamp,
				 tcp_win_from_space(conn->sk, conn->rcvbuf));
}

static void engine_hook(struct chimsim_conn *conn)
{
	struct sock *sk = conn->sk;

	sk->sk_user_data = conn;
	sk->sk_backlog_rcv = chimsim_engine_rcv;
	sk->sk_state_change = engine_state_change;
	inet_csk(sk)->icsk_af_ops = chimsim_engine_af_ops(sk->sk_family);
	conn->sock->state = SS_CONNECTED;
}

static void engine_unhook(struct chimsim_conn *conn)
{
	struct sock *sk = conn->sk;

	sk->sk_user_data = NULL;
	sk->sk_backlog_rcv = sk->sk_prot->backlog_rcv;
}

/*
 * What was sent before is posted as already sent, in the manner of a restored
 * checkpoint: it goes to the retransmission queue and not to the wire.
 */
static int engine_post_sent(struct chimsim_conn *conn, struct chimney_req *req)
{
	unsigned int room = READ_ONCE(conn->obj.off->max_sent);
	struct sock *sk = conn->sk;
	bool probing = inet_csk(sk)->icsk_mtup.enabled;
	struct tcp_sock *tp = tcp_sk(sk);
	struct rb_node *node;
	struct sk_buff *skb;
	int err = 0, ret;

	WRITE_ONCE(sk->sk_sndbuf, INT_MAX / 2);
	inet_csk(sk)->icsk_mtup.enabled = false;
	tp->repair_queue = TCP_SEND_QUEUE;
	tp->repair = 1;
	skb_queue_walk(&req->sent, skb) {
		ret = skb_send_sock_locked(sk, skb, 0, min(skb->len, room));
		if (ret != skb->len) {
			err = -ENOBUFS;
			break;
		}
		room -= ret;
	}
	tp->repair = 0;
	tp->repair_queue = TCP_NO_QUEUE;
	inet_csk(sk)->icsk_mtup.enabled = probing;
	if (err)
		return err;
	if (tp->snd_nxt != req->tcp->snd_nxt || tp->write_seq != tp->snd_nxt)
		return -EPROTO;

	/* When it was sent is not known: no round trip is measured by it. */
	for (node = rb_first(&sk->tcp_rtx_queue); node; node = rb_next(node))
		TCP_SKB_CB(rb_to_skb(node))->sacked |= TCPCB_REPAIRED;
	return 0;
}

/* The newest first, as RFC 2018 wants it; which that is, is not known. */
static void engine_set_sacks(struct tcp_sock *tp)
{
	struct tcp_sack_block *sack = tp->selective_acks;
	struct rb_node *node;
	int n = 0;

	for (node = rb_last(&tp->out_of_order_queue); node;
	     node = rb_prev(node)) {
		const struct tcp_skb_cb *cb = TCP_SKB_CB(rb_to_skb(node));

		if (n && sack[n - 1].start_seq == cb->end_seq) {
			sack[n - 1].start_seq = cb->seq;
			continue;
		}
		if (n == ARRAY_SIZE(tp->selective_acks))
			break;
		sack[n].start_seq = cb->seq;
		sack[n++].end_seq = cb->end_seq;
	}
	tp->rx_opt.num_sacks = tcp_is_sack(tp) ? n : 0;
}

static int engine_reserve_ooo(struct sock *sk, struct chimney_req *req)
{
	struct sk_buff *skb;
	u32 size = 0;

	skb_queue_walk(&req->ooo, skb)
		size += skb->truesize;
	if (!size)
		return 0;
	return sk_rmem_schedule(sk, skb_peek(&req->ooo), size) ? 0 : -ENOBUFS;
}

/* Reserved for before: this cannot fail. */
static void engine_take_ooo(struct sock *sk, struct chimney_req *req)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct rb_node **place, *parent = NULL;
	struct chimney_seg seg;
	struct sk_buff *skb;

	place = &tp->out_of_order_queue.rb_node;
	while ((skb = __skb_dequeue(&req->ooo)) != NULL) {
		seg = *chimney_seg(skb);
		skb->dev = NULL;
		memset(skb->cb, 0, sizeof(skb->cb));
		TCP_SKB_CB(skb)->seq = seg.seq;
		TCP_SKB_CB(skb)->end_seq = seg.end_seq;
		TCP_SKB_CB(skb)->tcp_flags = TCPHDR_ACK;
		/* Ascending: nothing is to the right of the last, ever. */
		rb_link_node(&skb->rbnode, parent, place);
		rb_insert_color(&skb->rbnode, &tp->out_of_order_queue);
		parent = &skb->rbnode;
		place = &parent->rb_right;
		skb_set_owner_r(skb, sk);
		tp->ooo_last_skb = skb;
	}
	engine_set_sacks(tp);
}

static unsigned long delta_jiffies(s64 us)
{
	return us > 0 ? max(usecs_to_jiffies(min_t(s64, us, UINT_MAX)), 1UL) :
			1;
}

/* Posting has started a timer of its own if anything is in flight. */
static void engine_start_timers(struct sock *sk,
				const struct chimney_tcp_state *st)
{
	unsigned long when = inet_csk(sk)->icsk_rto;

	if (tcp_sk(sk)->packets_out) {
		if (st->retransmit_delta != CHIMNEY_TIMER_OFF)
			when = delta_jiffies(st->retransmit_delta);
		inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, when,
					  TCP_RTO_MAX);
	} else if (st->probe_delta != CHIMNEY_TIMER_OFF) {
		when = delta_jiffies(st->probe_delta);
		inet_csk_reset_xmit_timer(sk, ICSK_TIME_PROBE0, when,
					  TCP_RTO_MAX);
	}
	if (st->keepalive_delta != CHIMNEY_TIMER_OFF) {
		when = delta_jiffies(st->keepalive_delta);
		inet_csk_reset_keepalive_timer(sk, when);
	}
}

static int engine_load(struct chimsim_conn *conn, struct chimney_req *req)
{
	const struct chimney_tcp_state *st = req->tcp;
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);
	int err;

	err = chimney_tcp_write_const(sk, st);
	if (err)
		return err;
	engine_set_caps(sk, conn->obj.off->port->netdev);
	WRITE_ONCE(tp->write_seq, st->snd_una);
	WRITE_ONCE(tp->snd_nxt, st->snd_una);
	tp->pushed_seq = st->snd_una;
	tp->snd_sml = st->snd_una;
	tp->notsent_lowat = UINT_MAX;	/* that is the host's to keep */
	WRITE_ONCE(tp->copied_seq, st->rcv_nxt);
	chimney_tcp_write(sk, st);
	engine_load_room(conn, st);

	/* From here on it would send. */
	engine_hook(conn);
	set_state(sk, TCP_ESTABLISHED);
	err = engine_post_sent(conn, req);
	if (!err)
		err = engine_reserve_ooo(sk, req);
	return err;
}

static int engine_publish(struct chimsim_conn *conn,
			  const struct chimney_req *req)
{
	struct chimsim_offload *off = conn->obj.off;
	struct chimsim_object *path, *neigh;
	int err;

	path = rcu_dereference_protected(conn->obj.parent,
					 lockdep_is_held(&off->lock));
	neigh = rcu_dereference_protected(path->parent,
					  lockdep_is_held(&off->lock));
	conn->key.saddr = req->tcp->saddr;
	conn->key.daddr = req->tcp->daddr;
	conn->key.sport = req->tcp->sport;
	conn->key.dport = req->tcp->dport;
	conn->key.vlan = to_chimsim_neigh(neigh)->state.vlan;
	err = rhashtable_lookup_insert_fast(&off->steers, &conn->steer,
					    chimsim_steer_params);
	if (!err) {
		conn->steered = true;
		atomic_inc(&off->nsteers);
	}
	return err;
}

static void engine_activate(struct chimsim_conn *conn, struct chimney_req *req)
{
	struct sock *sk = conn->sk;

	engine_take_ooo(sk, req);
	conn->una = tcp_sk(sk)->snd_una;
	conn->nxt = tcp_sk(sk)->snd_nxt;
	conn->tx_high = conn->nxt;
	chimsim_engine_size(conn);
	engine_start_timers(sk, req->tcp);

	spin_lock_bh(&sk->sk_lock.slock);
	conn->active = true;
	conn->holding = true;
	spin_unlock_bh(&sk->sk_lock.slock);
	schedule_delayed_work(&conn->retry, msecs_to_jiffies(CHIMSIM_HOLD_MS));
}

/* Ends it, without a word to the peer. */
static void engine_kill(struct chimsim_conn *conn)
{
	struct sock *sk = conn->sk;

	tcp_clear_xmit_timers(sk);
	engine_unhook(conn);
	set_state(sk, TCP_CLOSE);
}

/* How a start ended, for the host. Rejected: another try would end alike. */
static enum chimney_status engine_status(int err)
{
	switch (err) {
	case 0:
		return CHIMNEY_STATUS_OK;
	case -EAFNOSUPPORT:
	case -EEXIST:
	case -ENOENT:
	case -EPROTO:
		return CHIMNEY_STATUS_REJECTED;
	default:
		return CHIMNEY_STATUS_NO_BUFFER;
	}
}

enum chimney_status chimsim_engine_start(struct chimsim_conn *conn,
					 struct chimney_req *req)
{
	int err;

	if (!req->tcp)
		return CHIMNEY_STATUS_REJECTED;
	conn->ttl = req->tcp->ttl;
	conn->flowlabel = req->tcp->flowlabel;
	conn->ip_id = get_random_u16();
	err = engine_create(conn, req->tcp);
	if (err)
		return engine_status(err);

	lock_sock(conn->sk);
	err = engine_load(conn, req);
	if (!err)
		err = engine_publish(conn, req);
	if (!err)
		engine_activate(conn, req);
	else
		engine_kill(conn);
	release_sock(conn->sk);

	/* Copies were posted; what was received out of order was taken. */
	if (!err)
		__skb_queue_purge(&req->sent);
	return engine_status(err);
}

/*
 * The stack does not trim segments that overlap, but the host is to get each
 * octet once. A piece that cannot be trimmed for want of memory is dropped; the
 * peer sends it again after its timeout.
 */
static bool ooo_trim(struct sk_buff *skb, u32 at)
{
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	u32 overlap;

	if (!before(cb->seq, at))
		return true;
	overlap = at - cb->seq;
	if (overlap >= skb->len || !pskb_pull(skb, overlap))
		return false;
	cb->seq = at;
	return true;
}

static void engine_give_ooo(struct chimsim_conn *conn)
{
	struct tcp_sock *tp = tcp_sk(conn->sk);
	u32 at = tp->rcv_nxt, seq, end_seq;
	struct rb_node *node;
	struct sk_buff *skb;

	while ((node = rb_first(&tp->out_of_order_queue)) != NULL) {
		skb = rb_to_skb(node);
		rb_erase(node, &tp->out_of_order_queue);
		RB_CLEAR_NODE(&skb->rbnode);
		skb->next = NULL;
		skb->prev = NULL;
		skb->dev = NULL;
		skb_orphan(skb);
		if (!ooo_trim(skb, at)) {
			kfree_skb(skb);
			continue;
		}
		seq = TCP_SKB_CB(skb)->seq;
		end_seq = TCP_SKB_CB(skb)->end_seq;
		at = end_seq;
		memset(skb->cb, 0, sizeof(skb->cb));
		chimney_seg(skb)->seq = seq;
		chimney_seg(skb)->end_seq = end_seq;
		__skb_queue_tail(&conn->ooo, skb);
	}
	tp->ooo_last_skb = NULL;
	tp->rx_opt.num_sacks = 0;
}

static void engine_unpublish(struct chimsim_conn *conn)
{
	struct chimsim_offload *off = conn->obj.off;

	if (!conn->steered)
		return;
	rhashtable_remove_fast(&off->steers, &conn->steer,
			       chimsim_steer_params);
	conn->steered = false;
	atomic_dec(&off->nsteers);
}

/**
 * chimsim_engine_stop - take a connection from its engine
 * @conn: the connection
 *
 * Hands over what was received, leaves the state in @conn->state and what came
 * out of order in @conn->ooo. Does nothing the second time. Needs no memory.
 *
 * Context: process.
 */
void chimsim_engine_stop(struct chimsim_conn *conn)
{
	struct sock *sk = conn->sk;

	lock_sock(sk);
	if (!conn->active) {
		release_sock(sk);
		return;
	}
	/* From here on what is received is passed up: see steer.c. */
	spin_lock_bh(&sk->sk_lock.slock);
	conn->active = false;
	spin_unlock_bh(&sk->sk_lock.slock);
	engine_unpublish(conn);
	chimsim_engine_release_held(conn);
	sk_flush_backlog(sk);

	if (conn->obj.off->target && !chimsim_silent(conn)) {
		conn->final = true;
		chimsim_engine_drain(conn);
		chimsim_engine_report(conn);
	}
	if (inet_csk_ack_scheduled(sk) && sk->sk_state == TCP_ESTABLISHED &&
	    !chimsim_silent(conn))
		tcp_sock_send_ack(sk);
	engine_read(conn);
	conn->stopped = ktime_get();
	engine_give_ooo(conn);
	engine_kill(conn);
	release_sock(sk);
}

/**
 * chimsim_engine_forget - from now on neither host nor peer hears anything of it
 * @conn: the connection
 */
void chimsim_engine_forget(struct chimsim_conn *conn)
{
	if (!conn->sk)
		return;
	lock_sock(conn->sk);
	WRITE_ONCE(conn->forgotten, true);
	release_sock(conn->sk);
}

/**
 * chimsim_engine_query - read a connection's state, disturb nothing
 * @conn: the connection; the state is left in @conn->state
 */
void chimsim_engine_query(struct chimsim_conn *conn)
{
	lock_sock(conn->sk);
	if (conn->active)
		engine_read(conn);
	release_sock(conn->sk);
}

/* What goes into IP headers. The bits of congestion notification stay. */
static void engine_set_ip(struct chimsim_conn *conn,
			  const struct chimney_tcp_state *st)
{
	struct ipv6_pinfo *np = inet6_sk(conn->sk);
	struct inet_sock *inet = inet_sk(conn->sk);
	u8 tos = st->tos & ~INET_ECN_MASK;

	inet->tos = (inet->tos & INET_ECN_MASK) | tos;
	if (np)
		np->tclass = (np->tclass & INET_ECN_MASK) | tos;
	conn->ttl = st->ttl;
	conn->flowlabel = st->flowlabel;
}

/**
 * chimsim_engine_update - take over changed cached variables
 * @conn: the connection
 * @st: where they come from
 */
void chimsim_engine_update(struct chimsim_conn *conn,
			   const struct chimney_tcp_state *st)
{
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);

	lock_sock(sk);
	engine_load_room(conn, st);
	tp->nonagle = 0;
	if (st->flags & CHIMNEY_TCP_NODELAY)
		tp->nonagle |= TCP_NAGLE_OFF;
	if (st->flags & CHIMNEY_TCP_CORK)
		tp->nonagle |= TCP_NAGLE_CORK;
	tp->keepalive_time = st->keepalive_time * HZ;
	tp->keepalive_intvl = st->keepalive_intvl * HZ;
	tp->keepalive_probes = st->keepalive_probes;
	engine_set_ip(conn, st);
	sk->sk_priority = st->priority;
	sk->sk_mark = st->mark;
	sock_valbool_flag(sk, SOCK_KEEPOPEN,
			  st->flags & CHIMNEY_TCP_KEEPALIVE);
	if (conn->active && st->flags & CHIMNEY_TCP_KEEPALIVE)
		inet_csk_reset_keepalive_timer(sk, keepalive_time_when(tp));
	release_sock(sk);
}

/**
 * chimsim_engine_set_mtu - the path's MTU has changed
 * @conn: the connection
 * @mtu: the new one
 *
 * The segment size only shrinks: that it may grow again is found out by the
 * host, which then says so by giving the connection's state anew.
 */
void chimsim_engine_set_mtu(struct chimsim_conn *conn, u32 mtu)
{
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);
	u32 headers = inet_csk(sk)->icsk_af_ops->net_header_len +
		      tp->tcp_header_len;

	lock_sock(sk);
	if (mtu > headers && mtu < inet_csk(sk)->icsk_pmtu_cookie) {
		inet_csk(sk)->icsk_pmtu_cookie = mtu;
		tp->mss_cache = min(tp->mss_cache, mtu - headers);
	}
	release_sock(sk);
}

/**
 * chimsim_engine_release - the connection has left the table
 * @conn: the connection
 *
 * Its memory goes when nobody can be looking at it any more.
 */
void chimsim_engine_release(struct chimsim_conn *conn)
{
	struct chimsim_offload *off = conn->obj.off;

	if (conn->sk)
		chimsim_engine_stop(conn);
	refcount_inc(&conn->obj.ref);
	if (llist_add(&conn->dead_node, &off->dead))
		queue_work(off->wq, &off->reap);
}

/*
 * Something was short of memory and nothing will happen by itself: the host is
 * told to try again, or what was received is offered again. Or the host was silent
 * for too long.
 */
static void engine_retry(struct work_struct *work)
{
	struct chimsim_conn *conn = container_of(to_delayed_work(work),
						 struct chimsim_conn, retry);
	struct sock *sk = conn->sk;

	lock_sock(sk);
	if (conn->active) {
		chimsim_engine_release_held(conn);
		if (conn->starved) {
			conn->starved = false;
			chimsim_offload_event(conn, CHIMNEY_EVENT_SEND_SPACE,
					      0);
		}
		chimsim_engine_drain(conn);
		chimsim_engine_report(conn);
	}
	release_sock(sk);
}

/* A new entry of the table; there is no engine yet. */
void chimsim_engine_init(struct chimsim_conn *conn)
{
	INIT_DELAYED_WORK(&conn->retry, engine_retry);
	__skb_queue_head_init(&conn->held);
	__skb_queue_head_init(&conn->ooo);
}

/**
 * chimsim_engine_exit - nobody knows the connection any more
 * @conn: the connection; its engine, if there ever was one, is stopped
 *
 * Context: process.
 */
void chimsim_engine_exit(struct chimsim_conn *conn)
{
	cancel_delayed_work_sync(&conn->retry);
	__skb_queue_purge(&conn->held);
	__skb_queue_purge(&conn->ooo);
	if (conn->sock) {
		sock_release(conn->sock);
		put_net(conn->net);
	}
}
