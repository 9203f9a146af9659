// SPDX-License-Identifier: GPL-2.0
/*
 * TCP state between a socket and the form in which it crosses the driver
 * interface.
 *
 * The same three functions serve both directions and both sides: the host
 * reads its socket at initiate and writes it at terminate; a target whose
 * engine is a Linux socket does the reverse. Queues belong to the callers,
 * since they lie differently on the two sides.
 */
#include <linux/module.h>
#include <linux/string.h>
#include <net/addrconf.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/tcp.h>
#include "addr.h"
#include "tcpstate.h"

static_assert(CHIMNEY_CA_PRIV == ICSK_CA_PRIV_SIZE);
static_assert(sizeof_field(struct chimney_tcp_state, ca_name) ==
	      TCP_CA_NAME_MAX);

/* Ages beyond this tell nothing more, and fit in milliseconds. */
#define CHIMNEY_AGE_MAX		(7 * 24 * 60 * 60 * HZ)
/* The peer's timestamp was never taken. */
#define CHIMNEY_AGE_NONE	U32_MAX

static const char *const chimney_tcp_ca[] = {
	"bbr", "bic", "cubic", "dctcp", "highspeed", "htcp", "hybla",
	"illinois", "reno", "scalable", "vegas", "veno", "westwood", "yeah",
};

bool chimney_tcp_ca_travels(const struct tcp_congestion_ops *ca)
{
	/* A BPF program may have taken one of the names. */
	return ca->owner != BPF_MODULE_OWNER &&
	       match_string(chimney_tcp_ca, ARRAY_SIZE(chimney_tcp_ca),
			    ca->name) >= 0;
}

/* As tcp_set_ca_state(), which modules cannot reach. */
void chimney_tcp_ca_open(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);

	if (icsk->icsk_ca_ops->set_state)
		icsk->icsk_ca_ops->set_state(sk, TCP_CA_Open);
	icsk->icsk_ca_state = TCP_CA_Open;
}

static u32 chimney_tcp_age_ms(u32 stamp)
{
	s32 age = tcp_jiffies32 - stamp;

	return jiffies_to_msecs(clamp(age, 0, CHIMNEY_AGE_MAX));
}

static u32 chimney_tcp_stamp(u32 age_ms)
{
	return tcp_jiffies32 - msecs_to_jiffies(age_ms);
}

/* What is left of a timer, in microseconds. */
static s64 chimney_tcp_left(unsigned long expires)
{
	long left = expires - jiffies;

	return left > 0 ? (s64)jiffies_to_usecs(left) : 0;
}

/*
 * The retransmission timer's place may be taken by a tail loss probe or a
 * reordering timeout, which stay behind; then the retransmission is due one
 * timeout after the oldest segment was sent.
 */
static s64 chimney_tcp_retransmit_left(struct sock *sk)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	const struct sk_buff *skb = tcp_rtx_queue_head(sk);
	s64 due;

	if (icsk->icsk_pending == ICSK_TIME_RETRANS)
		return chimney_tcp_left(icsk->icsk_timeout);
	if (!skb)
		return CHIMNEY_TIMER_OFF;
	due = tcp_skb_timestamp_us(skb) + jiffies_to_usecs(icsk->icsk_rto) -
	      tcp_clock_us();
	return clamp_t(s64, due, 0, jiffies_to_usecs(icsk->icsk_rto));
}

static void chimney_tcp_read_timers(struct sock *sk,
				    struct chimney_tcp_state *st)
{
	const struct timer_list *alive = tcp_sock_keepalive_timer(sk);
	struct inet_connection_sock *icsk = inet_csk(sk);

	st->keepalive_delta = CHIMNEY_TIMER_OFF;
	st->retransmit_delta = CHIMNEY_TIMER_OFF;
	st->probe_delta = CHIMNEY_TIMER_OFF;

	if (sock_flag(sk, SOCK_KEEPOPEN) && timer_pending(alive))
		st->keepalive_delta = chimney_tcp_left(alive->expires);
	if (icsk->icsk_pending == ICSK_TIME_PROBE0)
		st->probe_delta = chimney_tcp_left(icsk->icsk_timeout);
	else
		st->retransmit_delta = chimney_tcp_retransmit_left(sk);
}

static u32 chimney_tcp_read_flags(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 flags = 0;

	if (tp->rx_opt.tstamp_ok)
		flags |= CHIMNEY_TCP_TIMESTAMPS;
	if (tp->rx_opt.sack_ok)
		flags |= CHIMNEY_TCP_SACK;
	if (tp->rx_opt.wscale_ok)
		flags |= CHIMNEY_TCP_WSCALE;
	if (tcp_sock_usec_ts(tp))
		flags |= CHIMNEY_TCP_USEC_TS;
	if (sock_flag(sk, SOCK_KEEPOPEN))
		flags |= CHIMNEY_TCP_KEEPALIVE;
	if (tp->nonagle & TCP_NAGLE_OFF)
		flags |= CHIMNEY_TCP_NODELAY;
	if (tp->nonagle & TCP_NAGLE_CORK)
		flags |= CHIMNEY_TCP_CORK;
	if (tp->thin_lto)
		flags |= CHIMNEY_TCP_LINEAR;
	return flags;
}

static void chimney_tcp_read_const(struct sock *sk,
				   struct chimney_tcp_state *st)
{
	const struct inet_sock *inet = inet_sk(sk);
	const struct tcp_sock *tp = tcp_sk(sk);

	st->flags = chimney_tcp_read_flags(sk);
	chimney_addr_sock(sk, &st->saddr, &st->daddr);
	st->sport = inet->inet_sport;
	st->dport = inet->inet_dport;
	st->snd_wscale = tp->rx_opt.snd_wscale;
	st->rcv_wscale = tp->rx_opt.rcv_wscale;
	st->mss_clamp = tp->rx_opt.mss_clamp;
	st->advmss = tp->advmss;
	st->ts_offset = tp->tsoffset;
}

static void chimney_tcp_read_ipv4(struct sock *sk,
				  struct chimney_tcp_state *st)
{
	const struct dst_entry *dst = __sk_dst_get(sk);
	const struct inet_sock *inet = inet_sk(sk);
	int ttl = inet->uc_ttl;

	if (ttl < 0 && dst)
		ttl = ip4_dst_hoplimit(dst);
	else if (ttl < 0)
		ttl = READ_ONCE(sock_net(sk)->ipv4.sysctl_ip_default_ttl);
	st->tos = inet->tos & ~INET_ECN_MASK;
	st->ttl = ttl;
}

/* By ip6_make_flowlabel(), which wants to see a segment: all have this hash. */
static u32 chimney_tcp_flowlabel(const struct sock *sk)
{
	struct sk_buff segment = { .hash = sk->sk_txhash, .l4_hash = 1 };

	return ntohl(ip6_make_flowlabel(sock_net(sk), &segment,
					inet6_sk(sk)->flow_label,
					ipv6_sock_autoflowlabel(sk), NULL));
}

static void chimney_tcp_read_ipv6(struct sock *sk,
				  struct chimney_tcp_state *st)
{
	struct dst_entry *dst = __sk_dst_get(sk);
	const struct ipv6_pinfo *np = inet6_sk(sk);
	int limit = np->hop_limit;

	if (limit < 0 && dst)
		limit = ip6_dst_hoplimit(dst);
	else if (limit < 0)
		limit = READ_ONCE(sock_net(sk)->ipv6.devconf_all->hop_limit);
	st->tos = np->tclass & ~INET_ECN_MASK;
	st->ttl = limit;
	st->flowlabel = chimney_tcp_flowlabel(sk);
}

static void chimney_tcp_read_cached(struct sock *sk,
				    struct chimney_tcp_state *st)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	const struct tcp_sock *tp = tcp_sk(sk);

	if (chimney_addr_sock_v4(sk))
		chimney_tcp_read_ipv4(sk, st);
	else
		chimney_tcp_read_ipv6(sk, st);
	strscpy(st->ca_name, icsk->icsk_ca_ops->name, sizeof(st->ca_name));
	st->rcvbuf = READ_ONCE(sk->sk_rcvbuf);
	st->sndbuf = READ_ONCE(sk->sk_sndbuf);
	st->keepalive_time = keepalive_time_when(tp) / HZ;
	st->keepalive_intvl = keepalive_intvl_when(tp) / HZ;
	st->keepalive_probes = keepalive_probes(tp);
	st->user_timeout_ms = READ_ONCE(icsk->icsk_user_timeout);
	st->rto_min = tcp_rto_min_us(sk);
	st->delack_max = jiffies_to_usecs(icsk->icsk_delack_max);
	st->max_pacing_rate = READ_ONCE(sk->sk_max_pacing_rate);
	st->txhash = sk->sk_txhash;
	st->priority = READ_ONCE(sk->sk_priority);
	st->mark = READ_ONCE(sk->sk_mark);
	st->scaling_ratio = tcp_sock_scaling_ratio(tp);
}

static void chimney_tcp_read_rx(const struct sock *sk,
				struct chimney_tcp_state *st)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	const struct tcp_sock *tp = tcp_sk(sk);

	st->rcv_nxt = tp->rcv_nxt;
	st->rcv_wup = tp->rcv_wup;
	st->rcv_wnd = tp->rcv_wnd;
	st->rcv_ssthresh = tp->rcv_ssthresh;
	st->window_clamp = tp->window_clamp;
	st->ts_recent = tp->rx_opt.ts_recent;
	st->ts_recent_age = CHIMNEY_AGE_NONE;
	if (tp->rx_opt.ts_recent_stamp)
		st->ts_recent_age = min_t(time64_t, CHIMNEY_AGE_NONE - 1,
					  ktime_get_seconds() -
					  tp->rx_opt.ts_recent_stamp);
	/* Keepalive counts from whichever came last, data or ACK. */
	st->last_rcvd_age_ms =
		min(chimney_tcp_age_ms(icsk->icsk_ack.lrcvtime),
		    chimney_tcp_age_ms(tp->rcv_tstamp));
	st->ecn_flags = tp->ecn_flags;
	st->rcv_mss = icsk->icsk_ack.rcv_mss;
	st->ato = jiffies_to_usecs(icsk->icsk_ack.ato);
}

static void chimney_tcp_read_tx(const struct sock *sk,
				struct chimney_tcp_state *st)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	const struct tcp_sock *tp = tcp_sk(sk);

	st->snd_una = tp->snd_una;
	st->snd_nxt = tp->snd_nxt;
	st->snd_wnd = tp->snd_wnd;
	st->max_window = tp->max_window;
	st->snd_wl1 = tp->snd_wl1;
	st->cwnd = tcp_snd_cwnd(tp);
	st->ssthresh = tp->snd_ssthresh;
	st->prior_cwnd = tp->prior_cwnd;
	st->srtt = tp->srtt_us;
	st->mdev = tp->mdev_us;
	st->mdev_max = tp->mdev_max_us;
	st->rttvar = tp->rttvar_us;
	st->rtt_seq = tp->rtt_seq;
	st->rto = jiffies_to_usecs(icsk->icsk_rto);
	st->min_rtt = tcp_min_rtt(tp);
	st->mss_cache = tp->mss_cache;
	st->pmtu_cookie = icsk->icsk_pmtu_cookie;
	if (icsk->icsk_mtup.enabled) {
		st->mtup_low = icsk->icsk_mtup.search_low;
		st->mtup_high = icsk->icsk_mtup.search_high;
	}
	st->reordering = tp->reordering;
	st->last_sent_age_ms = chimney_tcp_age_ms(tp->lsndtime);
	st->backoff = icsk->icsk_backoff;
	st->retransmits = icsk->icsk_retransmits;
	st->probes_out = icsk->icsk_probes_out;
	if (icsk->icsk_ca_initialized &&
	    chimney_tcp_ca_travels(icsk->icsk_ca_ops)) {
		st->flags |= CHIMNEY_TCP_CA_PRIV;
		memcpy(st->ca_priv, icsk->icsk_ca_priv, sizeof(st->ca_priv));
	}
}

static void chimney_tcp_read_counters(const struct sock *sk,
				      struct chimney_tcp_state *st)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	st->bytes_acked = tp->bytes_acked;
	st->bytes_received = tp->bytes_received;
	st->bytes_sent = tp->bytes_sent;
	st->bytes_retrans = tp->bytes_retrans;
	st->segs_in = tp->segs_in;
	st->segs_out = tp->segs_out;
	st->data_segs_in = tp->data_segs_in;
	st->data_segs_out = tp->data_segs_out;
	st->delivered = tp->delivered;
	st->delivered_ce = tp->delivered_ce;
	st->total_retrans = tp->total_retrans;
}

/* Documented in <net/chimney_tcp.h>, as are those below. */
void chimney_tcp_read(struct sock *sk, struct chimney_tcp_state *st)
{
	memset(st, 0, sizeof(*st));
	chimney_tcp_read_const(sk, st);
	chimney_tcp_read_cached(sk, st);
	chimney_tcp_read_rx(sk, st);
	chimney_tcp_read_tx(sk, st);
	chimney_tcp_read_counters(sk, st);
	chimney_tcp_read_timers(sk, st);
}
EXPORT_SYMBOL_GPL(chimney_tcp_read);

static void chimney_tcp_write_rx(struct sock *sk,
				 const struct chimney_tcp_state *st)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);

	WRITE_ONCE(tp->rcv_nxt, st->rcv_nxt);
	tp->rcv_wup = st->rcv_wup;
	tp->rcv_wnd = st->rcv_wnd;
	tp->rcv_ssthresh = st->rcv_ssthresh;
	tp->rx_opt.ts_recent = st->ts_recent;
	tp->rx_opt.ts_recent_stamp = 0;
	if (st->ts_recent_age != CHIMNEY_AGE_NONE)
		tp->rx_opt.ts_recent_stamp =
			max_t(time64_t, ktime_get_seconds() - st->ts_recent_age,
			      1);
	tp->rcv_tstamp = chimney_tcp_stamp(st->last_rcvd_age_ms);
	icsk->icsk_ack.lrcvtime = tp->rcv_tstamp;
	icsk->icsk_ack.rcv_mss = st->rcv_mss;
	icsk->icsk_ack.ato = min_t(unsigned long, usecs_to_jiffies(st->ato),
				   TCP_DELACK_MAX);
	tp->ecn_flags = st->ecn_flags;
	tp->urg_data = 0;
	/* The fast path's prediction is made from the window; it comes back
	 * with the next segment.
	 */
	tp->pred_flags = 0;
}

static void chimney_tcp_write_tx(struct sock *sk,
				 const struct chimney_tcp_state *st)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);

	tp->snd_una = st->snd_una;
	tp->snd_up = st->snd_una;
	tp->snd_wnd = st->snd_wnd;
	tp->max_window = st->max_window;
	/* The peer's next segment may well be one that moves the window. */
	tp->snd_wl1 = before(st->rcv_nxt, st->snd_wl1) ? st->rcv_nxt :
							 st->snd_wl1;
	tp->mss_cache = st->mss_cache;
	icsk->icsk_pmtu_cookie = st->pmtu_cookie;
	icsk->icsk_mtup.probe_size = 0;
	icsk->icsk_mtup.enabled = !!st->mtup_low;
	icsk->icsk_mtup.search_low = st->mtup_low;
	icsk->icsk_mtup.search_high = st->mtup_high;
	if (!st->mtup_low)
		icsk->icsk_mtup.search_high = st->pmtu_cookie;
	tp->reordering = st->reordering;
	tp->lsndtime = chimney_tcp_stamp(st->last_sent_age_ms);
}

static void chimney_tcp_write_rtt(struct sock *sk,
				  const struct chimney_tcp_state *st)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);

	u32 most = jiffies_to_usecs(TCP_RTO_MAX);

	/* No timeout is worth more, whatever was measured: in their scales. */
	tp->srtt_us = min(st->srtt, most << 3);
	tp->mdev_us = min(st->mdev, most << 2);
	tp->mdev_max_us = min(st->mdev_max, most << 2);
	tp->rttvar_us = min(st->rttvar, most << 2);
	tp->rtt_seq = st->rtt_seq;
	icsk->icsk_rto = clamp_t(u32, usecs_to_jiffies(st->rto), 1,
				 TCP_RTO_MAX);
	minmax_reset(&tp->rtt_min, tcp_jiffies32, st->min_rtt);
}

/*
 * Recovery does not travel, only what it has found out: the peer's SACKs come
 * again, and what was lost is found again from them.
 */
static void chimney_tcp_write_recovery(struct sock *sk,
				       const struct chimney_tcp_state *st)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);

	/* What tcp_set_ca_state() does, which is not exported. */
	if (icsk->icsk_ca_ops->set_state)
		icsk->icsk_ca_ops->set_state(sk, TCP_CA_Open);
	icsk->icsk_ca_state = TCP_CA_Open;
	tp->high_seq = st->snd_nxt;
	tp->tlp_high_seq = 0;
	tp->undo_marker = 0;
	tp->undo_retrans = -1;
	tp->frto = 0;
	tp->is_sack_reneg = 0;
	tp->rack.advanced = 0;
	tp->prior_ssthresh = 0;

	/* The timeout, 64 bits wide, is shifted by it. */
	icsk->icsk_backoff = min_t(u8, st->backoff, 31);
	icsk->icsk_retransmits = st->retransmits;
	icsk->icsk_probes_out = st->probes_out;
	icsk->icsk_probes_tstamp = st->probes_out ? tcp_jiffies32 : 0;

	/* With retransmits, the stack asks since when: about the present
	 * timeout ago, since each doubled the last.
	 */
	tp->retrans_stamp = 0;
	if (st->retransmits)
		tp->retrans_stamp = (tcp_time_stamp_ts(tp) -
				     (u32)div_u64((u64)st->rto *
						  tcp_sock_ts_hz(tp),
						  USEC_PER_SEC)) ?: 1;
}

/* They count neither octets nor marks, of which they have missed some. */
static const char *const chimney_tcp_ca_patient[] = { "bbr", "cubic", "reno" };

/*
 * Is what the socket's congestion control remembers of the time before still of
 * use? Then it goes on where it was, unless the threshold says that there was
 * congestion meanwhile.
 */
static bool chimney_tcp_ca_remembers(const struct sock *sk,
				     const struct chimney_tcp_state *st)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);

	return icsk->icsk_ca_initialized &&
	       tcp_sk(sk)->snd_ssthresh == st->ssthresh &&
	       match_string(chimney_tcp_ca_patient,
			    ARRAY_SIZE(chimney_tcp_ca_patient),
			    icsk->icsk_ca_ops->name) >= 0;
}

static void chimney_tcp_write_ca(struct sock *sk,
				 const struct chimney_tcp_state *st)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	const struct tcp_congestion_ops *ca = icsk->icsk_ca_ops;
	struct tcp_sock *tp = tcp_sk(sk);
	bool travels = chimney_tcp_ca_travels(ca);

	if (!icsk->icsk_ca_initialized ||
	    (travels && !chimney_tcp_ca_remembers(sk, st))) {
		if (ca->init)
			ca->init(sk);
		icsk->icsk_ca_initialized = 1;
	}
	if (st->flags & CHIMNEY_TCP_CA_PRIV && travels &&
	    !strcmp(ca->name, st->ca_name))
		memcpy(icsk->icsk_ca_priv, st->ca_priv, sizeof(st->ca_priv));

	/* After init, which may set them. */
	tcp_snd_cwnd_set(tp, max(st->cwnd, 1U));
	tp->snd_ssthresh = st->ssthresh;
	tp->prior_cwnd = st->prior_cwnd;
	tp->snd_cwnd_stamp = tcp_jiffies32;
	tp->snd_cwnd_used = 0;
	tp->cwnd_usage_seq = st->snd_una;
}

static void chimney_tcp_write_counters(struct sock *sk,
				       const struct chimney_tcp_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->bytes_acked = st->bytes_acked;
	tp->bytes_received = st->bytes_received;
	tp->bytes_sent = st->bytes_sent;
	tp->bytes_retrans = st->bytes_retrans;
	WRITE_ONCE(tp->segs_in, st->segs_in);
	tp->segs_out = st->segs_out;
	WRITE_ONCE(tp->data_segs_in, st->data_segs_in);
	tp->data_segs_out = st->data_segs_out;
	tp->delivered = st->delivered;
	tp->delivered_ce = st->delivered_ce;
	tp->total_retrans = st->total_retrans;
}

void chimney_tcp_write(struct sock *sk, const struct chimney_tcp_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->tcp_clock_cache = tcp_clock_ns();
	tp->tcp_mstamp = div_u64(tp->tcp_clock_cache, NSEC_PER_USEC);

	chimney_tcp_write_rx(sk, st);
	chimney_tcp_write_tx(sk, st);
	chimney_tcp_write_rtt(sk, st);
	/* Algorithms that begin anew remember what was delivered until then. */
	chimney_tcp_write_counters(sk, st);
	chimney_tcp_write_ca(sk, st);
	chimney_tcp_write_recovery(sk, st);
}
EXPORT_SYMBOL_GPL(chimney_tcp_write);

void chimney_tcp_show(struct sock *sk, const struct chimney_tcp_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u64 acked = tp->bytes_acked, received = tp->bytes_received;

	sock_owned_by_me(sk);
	chimney_tcp_write_rtt(sk, st);
	chimney_tcp_write_counters(sk, st);
	tp->bytes_acked = acked;
	tp->bytes_received = received;
	tcp_snd_cwnd_set(tp, max(st->cwnd, 1U));
	tp->snd_ssthresh = st->ssthresh;
	tp->reordering = st->reordering;
	tp->lsndtime = chimney_tcp_stamp(st->last_sent_age_ms);
	inet_csk(sk)->icsk_ack.rcv_mss = st->rcv_mss;
}

/*
 * By way of setsockopt, since nothing else that sets it can be reached from a
 * module. It takes the lock itself; a socket that nobody else knows of may be
 * unlocked for that.
 */
static int chimney_tcp_set_ca(struct sock *sk, const char *name)
{
	char buf[TCP_CA_NAME_MAX];
	int err;

	strscpy(buf, name, sizeof(buf));
	if (!strcmp(inet_csk(sk)->icsk_ca_ops->name, buf))
		return 0;

	release_sock(sk);
	err = sk->sk_prot->setsockopt(sk, SOL_TCP, TCP_CONGESTION,
				      KERNEL_SOCKPTR(buf), strlen(buf));
	lock_sock(sk);
	return err ? -ENOENT : 0;
}

static void chimney_tcp_write_opts(struct sock *sk,
				   const struct chimney_tcp_state *st)
{
	struct tcp_sock *tp = tcp_sk(sk);

	tp->rx_opt.tstamp_ok = !!(st->flags & CHIMNEY_TCP_TIMESTAMPS);
	tp->rx_opt.sack_ok = !!(st->flags & CHIMNEY_TCP_SACK);
	tp->rx_opt.wscale_ok = !!(st->flags & CHIMNEY_TCP_WSCALE);
	tp->rx_opt.snd_wscale = st->snd_wscale;
	tp->rx_opt.rcv_wscale = st->rcv_wscale;
	tp->rx_opt.mss_clamp = st->mss_clamp;
	tp->advmss = st->advmss;
	tp->tsoffset = st->ts_offset;
	tp->tcp_header_len = sizeof(struct tcphdr);
	if (tp->rx_opt.tstamp_ok)
		tp->tcp_header_len += TCPOLEN_TSTAMP_ALIGNED;
	tcp_sock_set_usec_ts(tp, st->flags & CHIMNEY_TCP_USEC_TS);
	tp->window_clamp = st->window_clamp;
	if (st->scaling_ratio)
		tcp_sock_set_scaling_ratio(tp, st->scaling_ratio);
	tp->nonagle = 0;
	if (st->flags & CHIMNEY_TCP_NODELAY)
		tp->nonagle |= TCP_NAGLE_OFF;
	if (st->flags & CHIMNEY_TCP_CORK)
		tp->nonagle |= TCP_NAGLE_CORK;
	tp->thin_lto = !!(st->flags & CHIMNEY_TCP_LINEAR);
}

static void chimney_tcp_write_ipv4(struct sock *sk,
				   const struct chimney_tcp_state *st)
{
	struct inet_sock *inet = inet_sk(sk);

	inet->inet_saddr = chimney_addr_in(&st->saddr);
	inet->inet_rcv_saddr = inet->inet_saddr;
	inet->inet_daddr = chimney_addr_in(&st->daddr);
	inet->tos = (inet->tos & INET_ECN_MASK) | st->tos;
	inet->uc_ttl = st->ttl;
}

static void chimney_tcp_write_ipv6(struct sock *sk,
				   const struct chimney_tcp_state *st)
{
	struct ipv6_pinfo *np = inet6_sk(sk);

	np->saddr = st->saddr;
	sk->sk_v6_rcv_saddr = st->saddr;
	sk->sk_v6_daddr = st->daddr;
	np->tclass = (np->tclass & INET_ECN_MASK) | st->tos;
	np->hop_limit = st->ttl;
	np->flow_label = htonl(st->flowlabel) & IPV6_FLOWLABEL_MASK;
}

static void chimney_tcp_write_sock(struct sock *sk,
				   const struct chimney_tcp_state *st)
{
	struct inet_sock *inet = inet_sk(sk);

	if (sk->sk_family == AF_INET6)
		chimney_tcp_write_ipv6(sk, st);
	else
		chimney_tcp_write_ipv4(sk, st);
	inet->inet_sport = st->sport;
	inet->inet_dport = st->dport;

	sk->sk_userlocks |= SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK;
	WRITE_ONCE(sk->sk_rcvbuf, clamp_t(u32, st->rcvbuf, SOCK_MIN_RCVBUF,
					  INT_MAX / 2));
	WRITE_ONCE(sk->sk_sndbuf, clamp_t(u32, st->sndbuf, SOCK_MIN_SNDBUF,
					  INT_MAX / 2));
	sk->sk_max_pacing_rate = st->max_pacing_rate;
	sk->sk_pacing_rate = min(sk->sk_pacing_rate, st->max_pacing_rate);
	if (st->max_pacing_rate != ~0UL)
		cmpxchg(&sk->sk_pacing_status, SK_PACING_NONE,
			SK_PACING_NEEDED);
	sk->sk_txhash = st->txhash;
	sk->sk_priority = st->priority;
	sk->sk_mark = st->mark;
}

int chimney_tcp_write_const(struct sock *sk, const struct chimney_tcp_state *st)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	int err;

	err = chimney_tcp_set_ca(sk, st->ca_name);
	if (err)
		return err;

	chimney_tcp_write_opts(sk, st);
	chimney_tcp_write_sock(sk, st);

	tp->keepalive_time = st->keepalive_time * HZ;
	tp->keepalive_intvl = st->keepalive_intvl * HZ;
	tp->keepalive_probes = st->keepalive_probes;
	sock_valbool_flag(sk, SOCK_KEEPOPEN,
			  st->flags & CHIMNEY_TCP_KEEPALIVE);
	icsk->icsk_user_timeout = st->user_timeout_ms;
	icsk->icsk_rto_min = usecs_to_jiffies(st->rto_min);
	icsk->icsk_delack_max = usecs_to_jiffies(st->delack_max);
	return 0;
}
EXPORT_SYMBOL_GPL(chimney_tcp_write_const);
