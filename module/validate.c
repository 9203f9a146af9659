// SPDX-License-Identifier: GPL-2.0
/*
 * What a target says of a connection's state: can it be?
 *
 * A state that cannot be is a lost one. What is not looked at here does no harm
 * whatever it is: it is bounded where it is written to the socket (tcpstate.c,
 * park.c: timers, backoff, ssthresh, round trip times, the age of the timestamp, the
 * delayed ACK's estimate), is measured anew with the next round trip (min_rtt, rtt_seq), is
 * the socket's own and not taken back (window_clamp, options), or only counts.
 *
 * A lie that could be true is not found: the peer's clock may have run as far as
 * ts_recent says.
 */

#include "validate.h"

#include <net/ipv6.h>
#include <net/tcp.h>
#include "conn.h"

/* RFC 7323, 2.2: a window of 16 bits, shifted by at most 14 */
#define WINDOW_MAX	((u32)U16_MAX << TCP_MAX_WSCALE)
/* The least that Linux sends, from which time stamps are taken off */
#define MSS_MIN		(TCP_MIN_SND_MSS - TCPOLEN_TSTAMP_ALIGNED)
/* What the stack raises a tiny one to, whatever the peer said */
#define MSS_FLOOR	68
/* The greatest MSS with its headers, of a search */
#define MTU_MAX		(U16_MAX + sizeof(struct ipv6hdr) + sizeof(struct tcphdr))
/* More segments than that do not fit into a window. */
#define CWND_MAX	(WINDOW_MAX / MSS_MIN)
/* RFC 6298, 2.5, as the stack has it; no round trip is worth waiting longer. */
#define RTO_MAX_US	((u32)(TCP_RTO_MAX / HZ) * USEC_PER_SEC)
/* The stack itself goes as far as tcp_max_reordering, 300 by default. */
#define REORDERING_MAX	U16_MAX
/* For so long the order of two time stamps is sure. */
#define CLOCK_SURE	(30 * 60 * HZ)
/* RFC 3168 bits of struct tcp_sock */
#define ECN_FLAGS	(TCP_ECN_OK | TCP_ECN_QUEUE_CWR | TCP_ECN_DEMAND_CWR | \
			 TCP_ECN_SEEN)

static bool windows_fit(const struct chimney_tcp_state *st)
{
	return st->rcv_wnd <= WINDOW_MAX && st->snd_wnd <= WINDOW_MAX &&
	       st->max_window <= WINDOW_MAX &&
	       !after(st->rcv_wup, st->rcv_nxt) &&
	       st->rcv_nxt - st->rcv_wup <= WINDOW_MAX &&
	       /* Out of order at most: a later one shuts the window for ever. */
	       !after(st->snd_wl1, st->rcv_nxt + WINDOW_MAX);
}

static bool congestion_fits(const struct chimney_conn *conn,
			    const struct chimney_tcp_state *st)
{
	if (!st->cwnd || st->cwnd > CWND_MAX)
		return false;
	/* An administrator may have set it to anything. */
	return st->reordering == conn->tcp.reordering ||
	       (st->reordering && st->reordering <= REORDERING_MAX);
}

static bool delta_fits(s64 us)
{
	return us >= CHIMNEY_TIMER_OFF && us <= RTO_MAX_US;
}

static bool timers_fit(const struct chimney_conn *conn,
		       const struct chimney_tcp_state *st)
{
	const struct net *net = sock_net(conn->sk);
	u8 probes = max_t(u8, READ_ONCE(net->ipv4.sysctl_tcp_retries2),
			  conn->tcp.keepalive_probes);

	return st->rto && st->rto <= RTO_MAX_US &&
	       /* Then it has given up, unless only time counts (keepalive). */
	       (st->probes_out <= probes || conn->tcp.user_timeout_ms) &&
	       st->keepalive_delta >= CHIMNEY_TIMER_OFF &&
	       delta_fits(st->retransmit_delta) && delta_fits(st->probe_delta);
}

static bool sizes_fit(const struct chimney_conn *conn,
		      const struct chimney_tcp_state *st)
{
	/* The peer takes no larger segments than it said (RFC 9293, 3.7.1). */
	return st->mss_cache >= MSS_MIN &&
	       st->mss_cache <= max_t(u32, conn->tcp.mss_clamp, MSS_FLOOR) &&
	       st->rcv_mss &&
	       st->mtup_low <= MTU_MAX && st->mtup_high <= MTU_MAX;
}

/* What was agreed on with the peer does not change. */
static bool agreement_fits(const struct chimney_conn *conn,
			   const struct chimney_tcp_state *st)
{
	if (st->ecn_flags & ~ECN_FLAGS ||
	    (st->ecn_flags ^ conn->tcp.ecn_flags) & TCP_ECN_OK)
		return false;
	/*
	 * The peer's clock does not run backwards (RFC 7323, 5.4), but goes round:
	 * one of microseconds half way in 36 minutes. 0: none was taken yet.
	 */
	return !(conn->tcp.flags & CHIMNEY_TCP_TIMESTAMPS) ||
	       !conn->tcp.ts_recent ||
	       time_after(jiffies, conn->parked.since + CLOCK_SURE) ||
	       (s32)(st->ts_recent - conn->tcp.ts_recent) >= 0;
}

static bool fits(const struct chimney_conn *conn,
		 const struct chimney_tcp_state *st)
{
	lockdep_assert_held(&conn->lock);
	return windows_fit(st) && congestion_fits(conn, st) && timers_fit(conn, st) &&
	       sizes_fit(conn, st) && agreement_fits(conn, st);
}

/*
 * What was said before may have been overtaken, by no more than a window. Numbers
 * go round: each is compared with those of the host alone, and never by its sign.
 */
bool chimney_validate_sent(const struct chimney_conn *conn, u32 snd_una,
			   u32 snd_nxt)
{
	u32 least = conn->snd_una - WINDOW_MAX;

	lockdep_assert_held(&conn->lock);
	return between(snd_nxt, least, READ_ONCE(conn->offered)) &&
	       between(snd_una, least, snd_nxt);
}

bool chimney_validate_final(const struct chimney_conn *conn,
			    const struct chimney_tcp_state *st)
{
	return fits(conn, st) && st->rcv_nxt == conn->rcv_nxt &&
	       !after(conn->snd_nxt, conn->posted) &&
	       between(st->snd_nxt, conn->snd_nxt, conn->posted) &&
	       between(st->snd_una, conn->snd_una, st->snd_nxt);
}

bool chimney_validate_present(const struct chimney_conn *conn,
			      const struct chimney_tcp_state *st)
{
	u32 ahead = st->rcv_nxt - conn->rcv_nxt;

	return fits(conn, st) &&
	       (ahead <= WINDOW_MAX || -ahead <= WINDOW_MAX) &&
	       chimney_validate_sent(conn, st->snd_una, st->snd_nxt);
}

bool chimney_validate_made_up(const struct chimney_conn *conn,
			      const struct chimney_tcp_state *st)
{
	return st->rcv_nxt == conn->tcp.rcv_nxt &&
	       st->snd_una == conn->tcp.snd_una &&
	       st->snd_nxt == conn->tcp.snd_nxt;
}

/* Ascending, ahead of what came in order, within a window, and whole. */
bool chimney_validate_ooo(const struct chimney_conn *conn,
			  const struct sk_buff_head *ooo)
{
	u32 next = conn->rcv_nxt + 1;
	struct sk_buff *skb;

	lockdep_assert_held(&conn->lock);
	skb_queue_walk(ooo, skb) {
		const struct chimney_seg *seg = chimney_seg(skb);

		if (!skb->len || before(seg->seq, next) ||
		    seg->end_seq != seg->seq + skb->len ||
		    after(seg->end_seq, conn->rcv_nxt + WINDOW_MAX))
			return false;
		next = seg->end_seq;
	}
	return true;
}
