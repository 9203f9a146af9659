// SPDX-License-Identifier: GPL-2.0
/*
 * What TCP_INFO, and ss, which asks another way, tell of a connection while it is
 * offloaded: the truth, and what they tell of the twin. Of octets and segments that is
 * known, since both have sent and received the same, one small message after the
 * other; of what the NIC measures it can be asked.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "options.h"

#define ESTABLISHED	1
/* Where the kernel puts what our headers have not got yet */
#define RCV_WND_AT	232

/* ---- asking -------------------------------------------------------------- */

static struct mnl_socket *diag;
static uint32_t diag_seq;

bool info_begin(void)
{
	if (!place_enter(LEFT))
		return false;
	diag = mnl_socket_open(NETLINK_SOCK_DIAG);
	return (diag && !mnl_socket_bind(diag, 0, MNL_SOCKET_AUTOPID)) ||
	       wrong("sock_diag: %s", strerror(errno));
}

static void take(struct info *i, const void *octets, size_t n)
{
	uint8_t all[1024] = {};

	memcpy(all, octets, n < sizeof(all) ? n : sizeof(all));
	memcpy(&i->tcp, all, sizeof(i->tcp));
	memcpy(&i->rcv_wnd, all + RCV_WND_AT, sizeof(i->rcv_wnd));
}

bool info_get(struct conn *c, int side, struct info *i)
{
	uint8_t octets[1024];
	socklen_t len = sizeof(octets);

	memset(i, 0, sizeof(*i));
	if (getsockopt(c->fd[side], IPPROTO_TCP, TCP_INFO, octets, &len))
		return wrong("%s: TCP_INFO: %s", c->name, strerror(errno));
	take(i, octets, len);
	return true;
}

static void put_addr(__be32 to[4], const union end *end)
{
	const void *octets;
	size_t n;

	octets = end_addr(end, &n);
	memcpy(to, octets, n);
}

static void put_request(struct nlmsghdr *msg, const struct conn *c)
{
	struct inet_diag_req_v2 *req;

	msg->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	msg->nlmsg_flags = NLM_F_REQUEST;
	msg->nlmsg_seq = ++diag_seq;
	req = mnl_nlmsg_put_extra_header(msg, sizeof(*req));
	req->sdiag_family = family;
	req->sdiag_protocol = IPPROTO_TCP;
	req->idiag_ext = 1 << (INET_DIAG_INFO - 1) | 1 << (INET_DIAG_CONG - 1);
	req->idiag_states = ~0U;
	put_addr(req->id.idiag_src, &c->end[LEFT]);
	put_addr(req->id.idiag_dst, &c->end[RIGHT]);
	req->id.idiag_sport = c->end[LEFT].in.sin_port;
	req->id.idiag_dport = c->end[RIGHT].in.sin_port;
	memset(req->id.idiag_cookie, 0xff, sizeof(req->id.idiag_cookie));
}

static int take_answer(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a;
	struct info *i = arg;

	mnl_attr_for_each(a, msg, sizeof(struct inet_diag_msg)) {
		if (mnl_attr_get_type(a) == INET_DIAG_INFO)
			take(i, mnl_attr_get_payload(a),
			     mnl_attr_get_payload_len(a));
		else if (mnl_attr_get_type(a) == INET_DIAG_CONG)
			snprintf(i->congestion, sizeof(i->congestion), "%s",
				 mnl_attr_get_str(a));
	}
	return MNL_CB_STOP;
}

bool info_diag(struct conn *c, struct info *i)
{
	char buf[8192];
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	ssize_t n;

	memset(i, 0, sizeof(*i));
	put_request(msg, c);
	if (mnl_socket_sendto(diag, msg, msg->nlmsg_len) < 0)
		return wrong("sock_diag: %s", strerror(errno));
	n = mnl_socket_recvfrom(diag, buf, sizeof(buf));
	if (n < 0 || mnl_cb_run(buf, n, diag_seq, 0, take_answer, i) < 0)
		return wrong("sock_diag: %s: %s", c->name, strerror(errno));
	return true;
}

/* ---- learning ------------------------------------------------------------ */

/**
 * struct lesson - what is known of a connection
 * @get: from TCP_INFO
 * @ss: from sock_diag
 * @since_ms: how long ago the last octets passed at most, when that was asked
 */
struct lesson {
	struct info get, ss;
	uint64_t since_ms;
};

static struct lesson lesson[2];	/* the twin's, that of the one that is offloaded */
static struct nic_state nic;

#define MESSAGES	5
#define LENGTH		700

/* Each is acknowledged before the next: each is one segment. */
static bool message(struct conn *c, int side)
{
	return set_int(c, !side, IPPROTO_TCP, TCP_QUICKACK, 1) &&
	       conn_send(c, side, LENGTH) && conn_take_all(c, side) && conn_quiet(c);
}

static bool messages(struct conn *c)
{
	int n;

	for (n = 0; n < MESSAGES; n++)
		if (!message(c, LEFT) || !message(c, RIGHT))
			return false;
	return true;
}

/* What was last before the offload is longer ago than what comes now. */
static bool learn(struct conn *c)
{
	struct lesson *l = &lesson[c == &moved];
	uint64_t begun = now_ms();

	if (!messages(c) || !info_get(c, LEFT, &l->get) || !info_diag(c, &l->ss))
		return false;
	l->since_ms = now_ms() - begun;
	return true;
}

static bool learn_both(void)
{
	uint64_t pause;

	if (!pair_open() || !conn_each(messages) || !nic_offload(&moved, NULL))
		return false;
	for (pause = in_ms(400); nap_until(pause);)
		;
	return conn_each(learn) && nic_query(&moved, &nic) && nic_has(&moved);
}

static bool is_undisturbed(void)
{
	return !lesson[0].get.tcp.tcpi_total_retrans &&
	       !lesson[1].get.tcp.tcpi_total_retrans;
}

/* Once more if something was sent twice, by a machine that stood still. */
bool info_learn(void)
{
	int tries = 3;
	bool ok;

	do {
		ok = learn_both();
		pair_close();
	} while (ok && !is_undisturbed() && --tries);
	return ok && (tries || wrong("segments are sent again and again"));
}

/* ---- judging ------------------------------------------------------------- */

static bool equal(const char *field, uint64_t value, uint64_t should)
{
	return value == should || wrong("%s is %llu, not %llu", field,
					(unsigned long long)value,
					(unsigned long long)should);
}

#define SAME(field) equal(#field, i->tcp.tcpi_##field, other->tcp.tcpi_##field)

static bool judge_octets(const struct info *i, const struct info *other,
			 const struct lesson *l)
{
	return SAME(bytes_acked) && SAME(bytes_received) && SAME(bytes_sent) &&
	       SAME(bytes_retrans) && SAME(notsent_bytes) && SAME(unacked);
}

static bool judge_segments(const struct info *i, const struct info *other,
			   const struct lesson *l)
{
	return SAME(data_segs_out) && SAME(data_segs_in) && SAME(delivered) &&
	       SAME(delivered_ce) &&
	       equal("segs_out, if too few,",
		     i->tcp.tcpi_segs_out >= other->tcp.tcpi_data_segs_out, 1) &&
	       equal("segs_in, if too few,",
		     i->tcp.tcpi_segs_in >= other->tcp.tcpi_data_segs_in, 1);
}

static bool judge_constants(const struct info *i, const struct info *other,
			    const struct lesson *l)
{
	return equal("state", i->tcp.tcpi_state, ESTABLISHED) && SAME(ca_state) &&
	       SAME(options) && SAME(snd_wscale) && SAME(rcv_wscale) &&
	       SAME(snd_mss) && SAME(advmss) && SAME(pmtu) && SAME(reordering) &&
	       SAME(max_pacing_rate) && SAME(retransmits) && SAME(probes) &&
	       SAME(backoff) && SAME(sacked) && SAME(lost) && SAME(retrans) &&
	       SAME(total_retrans) && SAME(dsack_dups) &&
	       SAME(fastopen_client_fail) &&
	       equal("rcv_mss, if it cannot be,",
		     i->tcp.tcpi_rcv_mss >= 88 &&
		     i->tcp.tcpi_rcv_mss <= i->tcp.tcpi_advmss, 1);
}

/* The round trip time, and what follows from it, are the NIC's. */
static bool judge_path(const struct info *i, const struct info *other,
		       const struct lesson *l)
{
	return equal("rtt", i->tcp.tcpi_rtt, nic.rtt_us) &&
	       equal("rttvar", i->tcp.tcpi_rttvar, nic.rttvar_us) &&
	       equal("rto", i->tcp.tcpi_rto, nic.rto_us) &&
	       equal("snd_cwnd", i->tcp.tcpi_snd_cwnd, nic.cwnd) &&
	       equal("snd_ssthresh", i->tcp.tcpi_snd_ssthresh, nic.ssthresh) &&
	       equal("snd_mss", i->tcp.tcpi_snd_mss, nic.mss) &&
	       equal("rtt, if it is none,", i->tcp.tcpi_rtt > 0, 1) &&
	       equal("min_rtt, if it cannot be,",
		     i->tcp.tcpi_min_rtt > 0 &&
		     i->tcp.tcpi_min_rtt <= i->tcp.tcpi_rtt * 8, 1);
}

static bool judge_windows(const struct info *i, const struct info *other,
			  const struct lesson *l)
{
	return equal("snd_wnd", i->tcp.tcpi_snd_wnd, nic.snd_wnd) &&
	       (!other->rcv_wnd || equal("rcv_wnd", i->rcv_wnd, nic.rcv_wnd));
}

static bool recent(const char *field, uint32_t ms, const struct lesson *l)
{
	return ms <= l->since_ms + 10 ||
	       wrong("%s is %u ms ago, though it was %llu at most", field, ms,
		     (unsigned long long)l->since_ms);
}

static bool judge_moments(const struct info *i, const struct info *other,
			  const struct lesson *l)
{
	return recent("last_data_sent", i->tcp.tcpi_last_data_sent, l) &&
	       recent("last_data_recv", i->tcp.tcpi_last_data_recv, l) &&
	       recent("last_ack_recv", i->tcp.tcpi_last_ack_recv, l);
}

static const struct {
	const char *name;
	bool (*judge)(const struct info *i, const struct info *other,
		      const struct lesson *l);
} judges[] = {
	{ "octets", judge_octets },
	{ "segments", judge_segments },
	{ "constants", judge_constants },
	{ "path", judge_path },
	{ "windows", judge_windows },
	{ "moments", judge_moments },
};

bool info_check(const char *what, const char *source)
{
	const bool ss = !strcmp(source, "ss");
	const struct info *other = ss ? &lesson[0].ss : &lesson[0].get;
	const struct info *i = ss ? &lesson[1].ss : &lesson[1].get;
	size_t n;

	for (n = 0; n < sizeof(judges) / sizeof(judges[0]); n++)
		if (!strcmp(what, judges[n].name))
			return judges[n].judge(i, other, &lesson[1]);
	return wrong("what is '%s'?", what);
}

/* ---- over and over ------------------------------------------------------- */

static struct info last;

static bool no_less(const char *field, uint64_t now, uint64_t before)
{
	return now >= before || wrong("%s went from %llu back to %llu", field,
				      (unsigned long long)before,
				      (unsigned long long)now);
}

#define GROWS(field) no_less(#field, now.tcp.tcpi_##field, last.tcp.tcpi_##field)

static bool sample(void)
{
	struct info now;
	bool ok;

	if (!info_get(&moved, LEFT, &now))
		return false;
	ok = GROWS(bytes_acked) && GROWS(bytes_received) && GROWS(bytes_sent) &&
	     GROWS(bytes_retrans) && GROWS(segs_out) && GROWS(segs_in) &&
	     GROWS(data_segs_out) && GROWS(data_segs_in) && GROWS(delivered) &&
	     GROWS(delivered_ce) &&
	     GROWS(total_retrans) && GROWS(busy_time);
	last = now;
	return ok;
}

/* Some octets each way, as they come */
static bool moves(struct conn *c)
{
	size_t n;
	int side;

	for (side = LEFT; side <= RIGHT; side++) {
		conn_push(c, side, 40000);
		/* The right one is slower than the left one sends. */
		n = side == LEFT ? 30000 : 65536;
		if (!conn_drain(c, side, &n))
			return false;
	}
	return sample();
}

static bool moves_often(void)
{
	int n;

	for (n = 0; n < 8; n++)
		if (!moves(&moved))
			return false;
	return true;
}

static bool adds_up(void)
{
	/* The SYN counts as one that was acknowledged. */
	return conn_take_all(&moved, LEFT) && conn_take_all(&moved, RIGHT) &&
	       conn_quiet(&moved) && sample() &&
	       equal("bytes_acked", last.tcp.tcpi_bytes_acked,
		     moved.sent[LEFT] + 1) &&
	       equal("bytes_received", last.tcp.tcpi_bytes_received,
		     moved.sent[RIGHT]) &&
	       equal("bytes_sent",
		     last.tcp.tcpi_bytes_sent - last.tcp.tcpi_bytes_retrans,
		     moved.sent[LEFT]);
}

bool info_cycles(void)
{
	bool ok = pair_open();
	int n;

	memset(&last, 0, sizeof(last));
	for (n = 0; ok && n < 10; n++)
		/* Now and then at once: what is in flight then is so still. */
		ok = (n % 2 || moves_often()) && nic_offload(&moved, NULL) &&
		     sample() && moves_often() && nic_terminate(&moved) &&
		     sample();
	ok = ok && adds_up();
	pair_close();
	return ok;
}
