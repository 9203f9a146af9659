// SPDX-License-Identifier: GPL-2.0
/* Offloading a connection, and what becomes of it */
#include <errno.h>
#include <linux/genetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "../../../include/net/chimney_names.h"
#include "../common/nl.h"
#include "options.h"

static struct nl nl;
static uint32_t ifindex;
static char refusal[256];

static const struct {
	unsigned int number;
	const char *name;
} reasons[] = { CHIMNEY_REASON_NAMES };

static const char *reason_name(unsigned int number)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].number == number)
			return reasons[i].name;
	return "?";
}

bool nic_begin(void)
{
	int err;

	if (!place_enter(LEFT))
		return false;
	ifindex = if_nametoindex(place.dev[LEFT]);
	err = nl_open(&nl);
	return !err || wrong("netlink: %s", strerror(-err));
}

/* ---- asking -------------------------------------------------------------- */

/* Of one object: what a request is answered, or what the journal has */
struct told {
	uint64_t id;
	int err;
	uint32_t reason;
	char why[200];
};

static void take_why(struct told *t, const struct nlattr *why)
{
	if (why)
		snprintf(t->why, sizeof(t->why), "%s", mnl_attr_get_str(why));
}

static int take_answer(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *r[CHIMNEY_A_RESULT_MAX + 1];
	const struct nlattr *attr;
	struct told *t = arg;

	mnl_attr_for_each(attr, msg, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) != CHIMNEY_A_REQUEST_RESULT)
			continue;
		nl_nested(attr, r, CHIMNEY_A_RESULT_MAX);
		t->id = nl_u64(r[CHIMNEY_A_RESULT_ID]);
		t->err = (int)nl_u32(r[CHIMNEY_A_RESULT_ERRNO]);
		take_why(t, r[CHIMNEY_A_RESULT_WHY]);
	}
	return MNL_CB_OK;
}

static void put_end(struct nlmsghdr *req, const union end *end, int addr, int port)
{
	const void *octets;
	size_t n;

	octets = end_addr(end, &n);
	mnl_attr_put(req, addr, n, octets);
	mnl_attr_put_u16(req, port, end->in.sin_port);
}

static int ask_offload(struct conn *c, struct told *t)
{
	struct nlmsghdr *req = nl_begin(&nl, CHIMNEY_CMD_OFFLOAD);
	struct nlattr *nest;

	memset(t, 0, sizeof(*t));
	mnl_attr_put_u32(req, CHIMNEY_A_REQUEST_IFINDEX, ifindex);
	nest = mnl_attr_nest_start(req, CHIMNEY_A_REQUEST_MATCH);
	put_end(req, &c->end[LEFT], CHIMNEY_A_MATCH_SADDR, CHIMNEY_A_MATCH_SPORT);
	put_end(req, &c->end[RIGHT], CHIMNEY_A_MATCH_DADDR, CHIMNEY_A_MATCH_DPORT);
	mnl_attr_nest_end(req, nest);
	return nl_talk(&nl, req, take_answer, t);
}

static int take_state(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a[CHIMNEY_A_OBJECT_MAX + 1];

	nl_attrs(msg, a, CHIMNEY_A_OBJECT_MAX);
	*(int *)arg = nl_u32(a[CHIMNEY_A_OBJECT_STATE]);
	return MNL_CB_OK;
}

/* -1: there is no such object, or not any more */
static int state_of(const struct conn *c)
{
	struct nlmsghdr *req;
	int state = -1;

	if (!c->id)
		return -1;
	req = nl_begin(&nl, CHIMNEY_CMD_OBJECT_GET);
	mnl_attr_put_u64(req, CHIMNEY_A_OBJECT_ID, c->id);
	return nl_talk(&nl, req, take_state, &state) ? -1 : state;
}

static int take_entry(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a[CHIMNEY_A_ENTRY_MAX + 1];
	struct told *t = arg;

	nl_attrs(msg, a, CHIMNEY_A_ENTRY_MAX);
	if (nl_u32(a[CHIMNEY_A_ENTRY_NOTE]) != CHIMNEY_NOTE_CHANGE)
		return MNL_CB_OK;
	take_why(t, a[CHIMNEY_A_ENTRY_WHY]);
	if (nl_u32(a[CHIMNEY_A_ENTRY_TO]) == CHIMNEY_STATE_UPLOADING)
		t->reason = nl_u32(a[CHIMNEY_A_ENTRY_REASON]);
	return MNL_CB_OK;
}

/* What chimney history shows */
static void read_journal(const struct conn *c, struct told *t)
{
	struct nlmsghdr *req = nl_begin_dump(&nl, CHIMNEY_CMD_JOURNAL_GET);

	memset(t, 0, sizeof(*t));
	mnl_attr_put_u32(req, CHIMNEY_A_ENTRY_IFINDEX, ifindex);
	mnl_attr_put_u64(req, CHIMNEY_A_ENTRY_ID, c->id);
	nl_talk(&nl, req, take_entry, t);
}

/* ---- there --------------------------------------------------------------- */

static bool goes(struct conn *c, struct told *t)
{
	uint64_t end = patience();
	int state, err;

	err = ask_offload(c, t);
	if (err)
		return wrong("offload: %s: %s", strerror(-err), nl.text);
	if (t->err)
		return false;
	c->id = t->id;
	while ((state = state_of(c)) != CHIMNEY_STATE_OFFLOADED) {
		if (state < 0) {
			read_journal(c, t);
			return false;
		}
		if (!nap_until(end))
			return wrong("it is in state %d, and stays there", state);
	}
	return true;
}

bool nic_offload(struct conn *c, const char **why)
{
	uint64_t end = patience();
	struct told t;

	if (why)
		*why = NULL;
	while (!goes(c, &t)) {
		if (strstr(t.why, "try again") && nap_until(end))
			continue;
		snprintf(refusal, sizeof(refusal), "%s", t.why);
		if (why && *refusal)
			*why = refusal;
		else
			wrong("not offloaded: %s", refusal);
		return false;
	}
	return true;
}

bool nic_has(struct conn *c)
{
	struct told t;

	if (state_of(c) == CHIMNEY_STATE_OFFLOADED)
		return true;
	read_journal(c, &t);
	return wrong("it is not offloaded any more: %s", reason_name(t.reason));
}

/* ---- and back ------------------------------------------------------------ */

bool nic_came_home(struct conn *c, const char *reason)
{
	uint64_t end = patience();
	struct told t;

	while (state_of(c) >= 0) {
		if (!nap_until(end))
			return wrong("it does not come home");
	}
	read_journal(c, &t);
	return !strcmp(reason_name(t.reason), reason) ||
	       wrong("it came home for %s, not %s", reason_name(t.reason), reason);
}

bool nic_terminate(struct conn *c)
{
	struct nlmsghdr *req = nl_begin(&nl, CHIMNEY_CMD_TERMINATE);
	int err;

	mnl_attr_put_u64(req, CHIMNEY_A_REQUEST_ID, c->id);
	err = nl_talk(&nl, req, NULL, NULL);
	if (err && err != -ENOENT)
		return wrong("terminate: %s: %s", strerror(-err), nl.text);
	return nic_came_home(c, "administrator");
}

/* ---- meanwhile ----------------------------------------------------------- */

static void take_tcp(const struct nlattr *nest, struct nic_state *s)
{
	const struct nlattr *a[CHIMNEY_A_TCP_MAX + 1];

	nl_nested(nest, a, CHIMNEY_A_TCP_MAX);
	s->rcv_wnd = nl_u32(a[CHIMNEY_A_TCP_RCV_WND]);
	s->snd_wnd = nl_u32(a[CHIMNEY_A_TCP_SND_WND]);
	s->cwnd = nl_u32(a[CHIMNEY_A_TCP_CWND]);
	s->ssthresh = nl_u32(a[CHIMNEY_A_TCP_SSTHRESH]);
	s->mss = nl_u32(a[CHIMNEY_A_TCP_MSS]);
	s->rtt_us = nl_u32(a[CHIMNEY_A_TCP_SRTT_US]);
	s->rttvar_us = nl_u32(a[CHIMNEY_A_TCP_RTTVAR_US]);
	s->rto_us = nl_u32(a[CHIMNEY_A_TCP_RTO_US]);
	if (a[CHIMNEY_A_TCP_CONGESTION])
		snprintf(s->congestion, sizeof(s->congestion), "%s",
			 mnl_attr_get_str(a[CHIMNEY_A_TCP_CONGESTION]));
}

static int take_query(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a[CHIMNEY_A_QUERY_MAX + 1];

	nl_attrs(msg, a, CHIMNEY_A_QUERY_MAX);
	if (a[CHIMNEY_A_QUERY_TCP])
		take_tcp(a[CHIMNEY_A_QUERY_TCP], arg);
	return MNL_CB_OK;
}

bool nic_query(struct conn *c, struct nic_state *state)
{
	struct nlmsghdr *req = nl_begin(&nl, CHIMNEY_CMD_QUERY);
	int err;

	memset(state, 0, sizeof(*state));
	mnl_attr_put_u64(req, CHIMNEY_A_QUERY_ID, c->id);
	err = nl_talk(&nl, req, take_query, state);
	return !err || wrong("query: %s: %s", strerror(-err), nl.text);
}
