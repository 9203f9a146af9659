// SPDX-License-Identifier: GPL-2.0
/* What the tree is: asking the kernel, and what it must never have done. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

int ifindex[TARGETS];
static struct nl nl;

void world_open(char **names)
{
	int err = nl_open(&nl), t;

	if (err)
		give_up("no chimney netlink family: %s", strerror(-err));
	for (t = 0; t < TARGETS; t++) {
		ifindex[t] = if_nametoindex(names[t]);
		if (!ifindex[t])
			give_up("no device %s", names[t]);
	}
}

static int target_of(uint32_t index)
{
	int t;

	for (t = 0; t < TARGETS; t++)
		if (ifindex[t] == (int)index)
			return t;
	return -1;
}

/* Of IPv4 or IPv6, by its length */
static struct in6_addr address(const struct nlattr *attr)
{
	struct in6_addr a = {};

	if (!attr)
		return a;
	switch (mnl_attr_get_payload_len(attr)) {
	case 4:
		a.s6_addr32[2] = htonl(0xffff);
		memcpy(&a.s6_addr32[3], mnl_attr_get_payload(attr), 4);
		return a;
	case 16:
		memcpy(&a, mnl_attr_get_payload(attr), 16);
		if (!IN6_IS_ADDR_V4MAPPED(&a))
			return a;
		give_up("an address of IPv4 has 16 octets");
	default:
		give_up("an address has %u octets",
			mnl_attr_get_payload_len(attr));
	}
}

static void put_address(struct nlmsghdr *req, uint16_t attr, struct in6_addr a)
{
	if (IN6_IS_ADDR_V4MAPPED(&a))
		mnl_attr_put(req, attr, 4, &a.s6_addr32[3]);
	else
		mnl_attr_put(req, attr, 16, &a);
}

/* ---- objects ------------------------------------------------------------- */

struct objects {
	struct object *o;
	size_t n;
};

static int take_object(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a[CHIMNEY_A_OBJECT_MAX + 1];
	struct objects *all = arg;
	struct object *o = &all->o[all->n];

	nl_attrs(msg, a, CHIMNEY_A_OBJECT_MAX);
	o->target = target_of(nl_u32(a[CHIMNEY_A_OBJECT_IFINDEX]));
	if (o->target < 0)
		return MNL_CB_OK;
	if (++all->n == OBJECTS)
		give_up("more objects than there can be");
	o->id = nl_u64(a[CHIMNEY_A_OBJECT_ID]);
	o->parent = nl_u64(a[CHIMNEY_A_OBJECT_PARENT]);
	o->type = nl_u32(a[CHIMNEY_A_OBJECT_TYPE]);
	o->state = nl_u32(a[CHIMNEY_A_OBJECT_STATE]);
	o->closing = a[CHIMNEY_A_OBJECT_CLOSING];
	o->refcount = nl_u32(a[CHIMNEY_A_OBJECT_REFCOUNT]);
	o->priority = nl_u32(a[CHIMNEY_A_OBJECT_PRIORITY]);
	o->mtu = nl_u32(a[CHIMNEY_A_OBJECT_MTU]);
	o->nexthop = address(a[CHIMNEY_A_OBJECT_NEXTHOP]);
	o->vlan = nl_u16(a[CHIMNEY_A_OBJECT_VLAN]);
	o->saddr = address(a[CHIMNEY_A_OBJECT_SADDR]);
	o->daddr = address(a[CHIMNEY_A_OBJECT_DADDR]);
	o->sport = ntohs(nl_u16(a[CHIMNEY_A_OBJECT_SPORT]));
	o->dport = ntohs(nl_u16(a[CHIMNEY_A_OBJECT_DPORT]));
	return MNL_CB_OK;
}

size_t world_dump(struct object *o)
{
	struct objects all = { .o = o };
	int err;

	err = nl_talk(&nl, nl_begin_dump(&nl, CHIMNEY_CMD_OBJECT_GET),
		      take_object, &all);
	if (err)
		give_up("cannot list the objects: %s", strerror(-err));
	return all.n;
}

/* ---- the tree's own check ------------------------------------------------ */

static int take_check(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a[CHIMNEY_A_CHECK_MAX + 1];
	const struct nlattr *f[CHIMNEY_A_FAULT_MAX + 1];

	nl_attrs(msg, a, CHIMNEY_A_CHECK_MAX);
	++*(unsigned int *)arg;
	if (!a[CHIMNEY_A_CHECK_FAULTS])
		give_up("the check says nothing");
	if (!nl_u32(a[CHIMNEY_A_CHECK_FAULTS]))
		return MNL_CB_OK;
	if (!a[CHIMNEY_A_CHECK_FAULT])
		give_up("the tree is faulty");
	nl_nested(a[CHIMNEY_A_CHECK_FAULT], f, CHIMNEY_A_FAULT_MAX);
	give_up("the tree is faulty: object %llu: %s",
		(unsigned long long)nl_u64(f[CHIMNEY_A_FAULT_ID]),
		f[CHIMNEY_A_FAULT_WHAT] ?
		mnl_attr_get_str(f[CHIMNEY_A_FAULT_WHAT]) : "?");
}

void world_check(void)
{
	struct nlmsghdr *req;
	unsigned int answers;
	int t, err;

	for (t = 0; t < TARGETS; t++) {
		answers = 0;
		req = nl_begin(&nl, CHIMNEY_CMD_CHECK);
		mnl_attr_put_u32(req, CHIMNEY_A_CHECK_IFINDEX, ifindex[t]);
		err = nl_talk(&nl, req, take_check, &answers);
		if (err || !answers)
			give_up("cannot check the tree: %s", strerror(-err));
	}
}

/* ---- the journal --------------------------------------------------------- */

/**
 * struct life - what the journal said of an object
 * @state: where it is
 * @parent: what it depends on, as far as a dump has told
 * @busy: dependents known that are not on their way back
 */
struct life {
	uint8_t state;
	uint64_t parent;
	unsigned int busy;
};

static struct life *lives;
static uint64_t nlives;
static uint64_t seen[TARGETS], entries;

static struct life *life(uint64_t id)
{
	uint64_t more = nlives;

	while (id >= more)
		more = more ? 2 * more : 4096;
	if (more > nlives) {
		lives = realloc(lives, more * sizeof(*lives));
		if (!lives)
			give_up("out of memory");
		memset(lives + nlives, 0, (more - nlives) * sizeof(*lives));
		nlives = more;
	}
	return &lives[id];
}

static bool legal(uint32_t from, uint32_t to)
{
	switch (from) {
	case CHIMNEY_STATE_INHOST:
		return to == CHIMNEY_STATE_OFFLOADING ||
		       to == CHIMNEY_STATE_INHOST;
	case CHIMNEY_STATE_OFFLOADING:
		return to == CHIMNEY_STATE_OFFLOADED ||
		       to == CHIMNEY_STATE_INHOST;
	case CHIMNEY_STATE_OFFLOADED:
		return to == CHIMNEY_STATE_UPLOADING;
	case CHIMNEY_STATE_UPLOADING:
		return to == CHIMNEY_STATE_INHOST;
	default:
		return false;
	}
}

/* Offloaded, and nobody has asked for it back */
static bool is_busy(uint32_t state)
{
	return state == CHIMNEY_STATE_OFFLOADED;
}

static void change(uint64_t id, uint32_t from, uint32_t to, uint32_t status)
{
	struct life *l = life(id), *parent;

	if (l->state != from || !legal(from, to))
		give_up("journal: object %llu went from state %u to %u, it was in %u",
			(unsigned long long)id, from, to, l->state);
	if (from == CHIMNEY_STATE_UPLOADING && status != CHIMNEY_STATUS_OK)
		give_up("journal: the target did not want to give object %llu back",
			(unsigned long long)id);
	if (to == CHIMNEY_STATE_UPLOADING && l->busy)
		give_up("journal: object %llu was terminated while %u objects depended on it",
			(unsigned long long)id, l->busy);
	if (l->parent) {
		parent = life(l->parent);
		l = life(id);
		parent->busy += is_busy(to) - is_busy(from);
		if (to == CHIMNEY_STATE_OFFLOADED &&
		    parent->state != CHIMNEY_STATE_OFFLOADED)
			give_up("journal: object %llu was offloaded before its parent",
				(unsigned long long)id);
	}
	l->state = to;
}

static bool skipping;

static int take_entry(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a[CHIMNEY_A_ENTRY_MAX + 1];
	int target = *(int *)arg;
	uint64_t seq;

	nl_attrs(msg, a, CHIMNEY_A_ENTRY_MAX);
	seq = nl_u64(a[CHIMNEY_A_ENTRY_SEQ]);
	if (!skipping && seq != seen[target] + 1)
		give_up("journal: entry %llu follows %llu",
			(unsigned long long)seq,
			(unsigned long long)seen[target]);
	seen[target] = seq;
	entries += !skipping;
	if (nl_u32(a[CHIMNEY_A_ENTRY_NOTE]) != CHIMNEY_NOTE_CHANGE)
		return MNL_CB_OK;
	if (skipping)
		life(nl_u64(a[CHIMNEY_A_ENTRY_ID]))->state =
			nl_u32(a[CHIMNEY_A_ENTRY_TO]);
	else
		change(nl_u64(a[CHIMNEY_A_ENTRY_ID]),
		       nl_u32(a[CHIMNEY_A_ENTRY_FROM]),
		       nl_u32(a[CHIMNEY_A_ENTRY_TO]),
		       nl_u32(a[CHIMNEY_A_ENTRY_STATUS]));
	return MNL_CB_OK;
}

void world_journal(const struct object *o, size_t n, unsigned int targets)
{
	struct nlmsghdr *req;
	int t, err;

	for (t = 0; t < TARGETS; t++) {
		if (!(targets & 1 << t))
			continue;
		req = nl_begin_dump(&nl, CHIMNEY_CMD_JOURNAL_GET);
		mnl_attr_put_u32(req, CHIMNEY_A_ENTRY_IFINDEX, ifindex[t]);
		mnl_attr_put_u64(req, CHIMNEY_A_ENTRY_SEQ, seen[t]);
		err = nl_talk(&nl, req, take_entry, &t);
		if (err)
			give_up("cannot read the journal: %s", strerror(-err));
	}
	/* From here on it is known what depends on what. */
	for (; n--; o++) {
		if (!o->parent || life(o->id)->parent)
			continue;
		life(o->id)->parent = o->parent;
		life(o->parent)->busy += is_busy(life(o->id)->state);
	}
}

/*
 * What was before the walk is not judged, but remembered: a connection leaves
 * the tree before the journal tells that it is home.
 */
void world_skip_journal(void)
{
	skipping = true;
	world_journal(NULL, 0, ~0U);
	skipping = false;
}

uint64_t world_entries(void)
{
	return entries;
}

/* ---- requests ------------------------------------------------------------ */

static struct nlmsghdr *request;

void request_begin(uint8_t cmd)
{
	request = nl_begin(&nl, cmd);
}

void request_target(int target)
{
	mnl_attr_put_u32(request, CHIMNEY_A_REQUEST_IFINDEX, ifindex[target]);
}

void request_conn(struct place p)
{
	struct nlattr *nest = mnl_attr_nest_start(request,
						  CHIMNEY_A_REQUEST_MATCH);

	put_address(request, CHIMNEY_A_MATCH_SADDR, place_saddr(p));
	put_address(request, CHIMNEY_A_MATCH_DADDR, place_daddr(p));
	mnl_attr_put_u16(request, CHIMNEY_A_MATCH_SPORT, htons(place_sport(p)));
	mnl_attr_put_u16(request, CHIMNEY_A_MATCH_DPORT, htons(place_dport(p)));
	put_address(request, CHIMNEY_A_MATCH_NEXTHOP, place_nexthop(p));
	if (place_vlan(p))
		mnl_attr_put_u16(request, CHIMNEY_A_MATCH_VLAN, place_vlan(p));
	mnl_attr_put_u32(request, CHIMNEY_A_MATCH_MTU, place_mtu(p));
	mnl_attr_nest_end(request, nest);
}

void request_filter_dport(uint16_t port)
{
	struct nlattr *nest = mnl_attr_nest_start(request,
						  CHIMNEY_A_REQUEST_MATCH);

	mnl_attr_put_u16(request, CHIMNEY_A_MATCH_DPORT, htons(port));
	mnl_attr_nest_end(request, nest);
}

void request_id(uint64_t id)
{
	mnl_attr_put_u64(request, CHIMNEY_A_REQUEST_ID, id);
}

void request_flag(uint16_t attr)
{
	mnl_attr_put(request, attr, 0, NULL);
}

void request_priority(uint32_t priority)
{
	mnl_attr_put_u32(request, CHIMNEY_A_REQUEST_PRIORITY, priority);
}

static void take_result(const struct nlattr *nest, struct answer *a)
{
	const struct nlattr *r[CHIMNEY_A_RESULT_MAX + 1], *attr;
	struct object o = { .type = CHIMNEY_TYPE_CONN };
	struct place p;

	nl_nested(nest, r, CHIMNEY_A_RESULT_MAX);
	if (a->n == OBJECTS)
		give_up("more results than there can be");
	a->id[a->n] = nl_u64(r[CHIMNEY_A_RESULT_ID]);
	a->error[a->n] = nl_u32(r[CHIMNEY_A_RESULT_ERRNO]);
	if (r[CHIMNEY_A_RESULT_WHY])
		snprintf(a->why, sizeof(a->why), "%s",
			 mnl_attr_get_str(r[CHIMNEY_A_RESULT_WHY]));
	mnl_attr_for_each_nested(attr, nest)
		a->dependents += mnl_attr_get_type(attr) ==
				 CHIMNEY_A_RESULT_DEPENDENT;
	o.target = target_of(nl_u32(r[CHIMNEY_A_RESULT_IFINDEX]));
	o.saddr = address(r[CHIMNEY_A_RESULT_SADDR]);
	o.daddr = address(r[CHIMNEY_A_RESULT_DADDR]);
	o.sport = ntohs(nl_u16(r[CHIMNEY_A_RESULT_SPORT]));
	o.dport = ntohs(nl_u16(r[CHIMNEY_A_RESULT_DPORT]));
	if (nl_u32(r[CHIMNEY_A_RESULT_TYPE]) != CHIMNEY_TYPE_CONN ||
	    !model_place(&o, &p))
		p.target = -1;
	a->conn[a->n++] = p;
}

static int take_answer(const struct nlmsghdr *msg, void *arg)
{
	struct answer *a = arg;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, msg, 4 /* struct genlmsghdr */) {
		switch (mnl_attr_get_type(attr)) {
		case CHIMNEY_A_REQUEST_RESULT:
			take_result(attr, a);
			break;
		case CHIMNEY_A_REQUEST_ACCEPTED:
			a->accepted += nl_u32(attr);
			break;
		case CHIMNEY_A_REQUEST_REFUSED:
			a->refused += nl_u32(attr);
			break;
		}
	}
	return MNL_CB_OK;
}

void request_send(struct answer *a)
{
	memset(a, 0, sizeof(*a));
	a->err = nl_talk(&nl, request, take_answer, a);
}

const char *request_text(void)
{
	return nl.text;
}
