// SPDX-License-Identifier: GPL-2.0
/*
 * The host's socket while its connection is away.
 *
 * A parked socket must never send, never time out, and never see a segment.
 * It is in state ESTABLISHED with nothing in flight and a window of zero, so
 * that TCP itself holds everything back: snd_una is where the write queue
 * begins, and a window of zero admits no octet behind it. Its timers are off,
 * and the retransmission timer's place is taken, so that none is armed. What
 * is sent nevertheless (an ACK, a reset) is dropped by its address family
 * operations, see override.c.
 */

#include "park.h"

#include <net/ipv6.h>
#include <net/tcp.h>
#include "addr.h"
#include "conn.h"
#include "conntrack.h"
#include "override.h"
#include "path.h"
#include "pump.h"
#include "queues.h"
#include "route.h"
#include "tcpstate.h"

/* No timer of TCP's, so that its handlers do nothing; but not none either. */
#define PARKED_TIMER	0x80
/* So wide that no read makes it necessary to announce a wider one. */
#define PARKED_WINDOW	(1U << 30)

/* FNV-1a, of words: two that differ in one word have different ones. */
static u64 mix(u64 hash, u32 word)
{
	return (hash ^ word) * 0x100000001b3ULL;
}

/* The class and the time to live of packets; and where that is more, its label */
static u64 layer3_options(u64 hash, const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);
	const struct ipv6_pinfo *np;

	if (chimney_addr_sock_v4(sk)) {
		hash = mix(hash, (inet->tos & ~INET_ECN_MASK) |
				 (u16)inet->uc_ttl << 8);
		return mix(hash, inet->min_ttl << 8 | inet->pmtudisc);
	}
	np = inet6_sk(sk);
	hash = mix(hash, (np->tclass & ~INET_ECN_MASK) | (u16)np->hop_limit << 8);
	hash = mix(hash, (__force u32)np->flow_label);
	return mix(hash, ipv6_sock_autoflowlabel(sk) << 16 |
			 np->min_hopcount << 8 | np->pmtudisc);
}

/*
 * Options that change how segments look, and that the target was told of or
 * does not know. Some are set without any lock: the pump looks again.
 */
static u64 fingerprint(const struct sock *sk)
{
	unsigned long pacing = READ_ONCE(sk->sk_max_pacing_rate);
	unsigned long filter = (unsigned long)rcu_access_pointer(sk->sk_filter);
	u64 hash = 0xcbf29ce484222325ULL;

	hash = mix(hash, READ_ONCE(sk->sk_bound_dev_if));
	hash = mix(hash, READ_ONCE(sk->sk_mark));
	hash = mix(hash, READ_ONCE(sk->sk_priority));
	hash = mix(hash, READ_ONCE(sk->sk_tsflags));
	hash = mix(hash, sock_flag(sk, SOCK_KEEPOPEN) |
			 sock_flag(sk, SOCK_TXTIME) << 1 |
			 sock_flag(sk, SOCK_LOCALROUTE) << 2 |
			 sock_flag(sk, SOCK_MEMALLOC) << 3 |
			 sock_flag(sk, SOCK_RCVTSTAMP) << 4);
	hash = mix(hash, lower_32_bits(pacing));
	hash = mix(hash, upper_32_bits(pacing));
	hash = mix(hash, lower_32_bits(filter));
	hash = mix(hash, upper_32_bits(filter));
	return layer3_options(hash, sk);
}

/* What an application may have made of it by itself meanwhile is another one. */
bool chimney_park_lives(const struct sock *sk)
{
	return (1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_FIN_WAIT1);
}

enum chimney_reason chimney_park_changed(const struct chimney_conn *conn)
{
	struct sock *sk = conn->sk;

	if (sk->sk_state != TCP_ESTABLISHED || sock_flag(sk, SOCK_DEAD) ||
	    sk->sk_shutdown)
		return CHIMNEY_REASON_CLOSING;
	if (tcp_sk(sk)->snd_up != conn->parked.snd_up)
		return CHIMNEY_REASON_URGENT_DATA;
	/* The target knows only of a receive buffer that grows. */
	if (fingerprint(sk) != conn->parked.options ||
	    READ_ONCE(sk->sk_rcvbuf) < conn->parked.rcvbuf)
		return CHIMNEY_REASON_SOCKET_OPTION;
	return CHIMNEY_REASON_NONE;
}

bool chimney_park_shrank(struct chimney_conn *conn)
{
	struct sock *sk = conn->sk;
	const struct dst_entry *dst = __sk_dst_get(sk);
	u32 pmtu = inet_csk(sk)->icsk_pmtu_cookie;
	bool shrank;

	sock_owned_by_me(sk);
	/* The MTU of a route that went with its device says nothing. */
	shrank = dst && dst->obsolete != DST_OBSOLETE_DEAD &&
		 pmtu < conn->parked.pmtu;
	if (shrank)
		conn->parked.pmtu = pmtu;
	return shrank;
}

/*
 * What the target is told differs from what the socket has. Nagle's algorithm
 * and corking are the pump's, since applications switch them all the time. A
 * reduction of the congestion window that is under way is complete.
 */
static void adjust_state(const struct sock *sk, struct chimney_tcp_state *st)
{
	st->flags &= ~CHIMNEY_TCP_CORK;
	st->flags |= CHIMNEY_TCP_NODELAY;
	if (inet_csk(sk)->icsk_ca_state == TCP_CA_CWR)
		st->cwnd = min(st->cwnd, st->ssthresh);
}

static void stop_sending(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb;

	chimney_queues_unsend(sk);
	chimney_tcp_ca_open(sk);
	tp->undo_marker = 0;
	tp->undo_retrans = -1;
	tp->tlp_high_seq = 0;
	tp->retrans_stamp = 0;
	tp->high_seq = tp->snd_nxt;
	tp->rack.advanced = 0;
	icsk->icsk_retransmits = 0;
	icsk->icsk_backoff = 0;
	icsk->icsk_probes_out = 0;
	icsk->icsk_mtup.probe_size = 0;

	tcp_clear_xmit_timers(sk);
	icsk->icsk_timeout = jiffies;
	icsk->icsk_pending = PARKED_TIMER;

	tp->snd_wnd = 0;
	tp->pred_flags = 0;
	skb = tcp_send_head(sk);
	if (skb)
		tp->snd_una = TCP_SKB_CB(skb)->seq;
	tp->snd_up = tp->snd_una;
}

/* Reading must not make it announce windows. */
static void stop_receiving(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->compressed_ack = 0;
	tp->dup_ack_counter = 0;
	tp->rcv_wup = tp->rcv_nxt;
	tp->rcv_wnd = PARKED_WINDOW;
	/* Without one the receive buffer never grows, and segments tell no more. */
	if (!tp->rcv_rtt_est.rtt_us)
		tp->rcv_rtt_est.rtt_us = tp->srtt_us;
}

/* Pages given by reference could be changed under the target's eyes. */
static void stop_scatter(struct chimney_conn *conn)
{
	struct sock *sk = conn->sk;

	conn->parked.sg = !!(sk->sk_route_caps & NETIF_F_SG);
	sk->sk_route_caps &= ~NETIF_F_SG;
}

static void begin(struct chimney_conn *conn)
{
	struct chimney_tcp_state *st = &conn->tcp;
	struct chimney_parked *parked = &conn->parked;
	const struct sock *sk = conn->sk;

	spin_lock_bh(&conn->lock);
	conn->snd_una = st->snd_una;
	conn->snd_nxt = st->snd_nxt;
	conn->offered = st->snd_nxt;
	conn->rcv_nxt = st->rcv_nxt;
	st->rcvroom = max(chimney_pump_room(conn), 0);
	WRITE_ONCE(conn->room_told, st->rcvroom);
	WRITE_ONCE(conn->rx_refused, false);
	spin_unlock_bh(&conn->lock);
	conn->posted = st->snd_nxt;	/* nobody posts yet */

	parked->since = jiffies;
	parked->options = fingerprint(sk);
	parked->rcvbuf = READ_ONCE(sk->sk_rcvbuf);
	parked->pmtu = inet_csk(sk)->icsk_pmtu_cookie;
	parked->ssthresh = tcp_sk(sk)->snd_ssthresh;
	parked->snd_una = st->snd_una;
	parked->snd_up = tcp_sk(sk)->snd_up;
	parked->sml = st->snd_una;
	parked->held = 0;
	parked->asked = false;
	parked->tx_full = false;
	parked->active = true;
}

/*
 * Who writes to a socket whose route went with its device gets the least segment
 * size that there is, until a segment finds the new route. Now segments will not
 * look for one: the size grows to that of the path, as tcp_sync_mss() does it,
 * which is not exported. One that is being probed for is left alone.
 */
static void sync_mss(const struct chimney_conn *conn)
{
	int mtu = chimney_path(conn->obj.parent)->mtu;
	struct sock *sk = conn->sk;
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	int options = tp->tcp_header_len - sizeof(struct tcphdr);
	int mss;

	__sk_dst_check(sk, chimney_route_cookie(sk));
	if (icsk->icsk_mtup.enabled || icsk->icsk_pmtu_cookie >= mtu)
		return;
	mss = min(mtu - tcp_mss_to_mtu(sk, 0), tp->rx_opt.mss_clamp - options);
	mss = tcp_bound_to_half_wnd(tp, mss);
	if (mss <= tp->mss_cache)
		return;
	icsk->icsk_pmtu_cookie = mtu;
	tp->mss_cache = mss;
}

int chimney_park(struct chimney_conn *conn)
{
	struct chimney_req *req = &conn->obj.req;
	struct sock *sk = conn->sk;
	int err;

	sock_owned_by_me(sk);
	sync_mss(conn);
	if (inet_csk_ack_scheduled(sk))
		tcp_sock_send_ack(sk);
	err = chimney_queues_trim_ooo(sk);
	if (err)
		return err;
	err = chimney_queues_copy_sent(sk, &req->sent);
	if (err)
		return err;

	chimney_tcp_read(sk, &conn->tcp);
	adjust_state(sk, &conn->tcp);
	chimney_queues_take_ooo(sk, &req->ooo);
	stop_sending(sk);
	stop_receiving(sk);
	stop_scatter(conn);
	chimney_override_park(conn);
	begin(conn);
	return 0;
}

static void restore_ops(struct chimney_conn *conn)
{
	struct sock *sk = conn->sk;

	conn->parked.active = false;
	chimney_override_unpark(conn);
	if (conn->parked.sg)
		sk->sk_route_caps |= NETIF_F_SG;
	inet_csk(sk)->icsk_pending = 0;
}

static unsigned long timer_jiffies(s64 us, unsigned long otherwise)
{
	if (us < 0)
		return otherwise;
	return clamp_t(s64, div_u64(us, USEC_PER_SEC / HZ), TCP_TIMEOUT_MIN,
		       TCP_RTO_MAX);
}

static void start_timers(struct sock *sk, const struct chimney_tcp_state *st)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	unsigned long when;
	s64 left;

	if (tp->packets_out) {
		when = timer_jiffies(st->retransmit_delta, icsk->icsk_rto);
		inet_csk_reset_xmit_timer(sk, ICSK_TIME_RETRANS, when,
					  TCP_RTO_MAX);
	} else if (tcp_send_head(sk)) {
		/* If the window is open, sending replaces it at once. */
		when = timer_jiffies(st->probe_delta,
				     tcp_probe0_when(sk, TCP_RTO_MAX));
		inet_csk_reset_xmit_timer(sk, ICSK_TIME_PROBE0, when,
					  TCP_RTO_MAX);
	}
	if (sock_flag(sk, SOCK_KEEPOPEN)) {
		left = st->keepalive_delta;
		when = left < 0 ? keepalive_time_when(tp) :
		       min_t(s64, div_u64(left, USEC_PER_SEC / HZ),
			     keepalive_time_when(tp));
		inet_csk_reset_keepalive_timer(sk, max(when, 1UL));
	}
}

/*
 * Has release_sock() send what is unsent, as if memory for it had become free
 * in the queues below: pushing it by the means of an application would undo
 * what the application has corked.
 */
static void push_on_release(struct sock *sk)
{
	if (!tcp_send_head(sk))
		return;
	if (!test_and_set_bit(TCP_TSQ_DEFERRED, &sk->sk_tsq_flags))
		sock_hold(sk);
}

void chimney_unpark(struct chimney_conn *conn)
{
	const struct chimney_tcp_state *st = &conn->tcp;
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);
	u32 snd_up = tp->snd_up;
	bool urgent = snd_up != conn->parked.snd_up;

	sock_owned_by_me(sk);
	restore_ops(conn);
	if (!chimney_park_lives(sk))
		return;

	tp->snd_ssthresh = conn->parked.ssthresh;
	chimney_tcp_write(sk, st);
	/* So little that no window opens cannot be: see __tcp_select_window(). */
	tp->rcv_ssthresh = min(max(tp->rcv_ssthresh, 4U * tp->advmss),
			       tp->window_clamp);
	if (urgent)
		tp->snd_up = snd_up;
	chimney_queues_resend(sk, st->snd_nxt);
	chimney_queues_give_ooo(sk, &conn->ooo);
	start_timers(sk, st);

	/*
	 * The target's delayed ACK, if it had one, and the true window, should what the
	 * target said last be lost with its link. It also finds the socket's route.
	 */
	tcp_sock_send_ack(sk);
	push_on_release(sk);
}

void chimney_unpark_dead(struct chimney_conn *conn)
{
	sock_owned_by_me(conn->sk);
	restore_ops(conn);
}
