// SPDX-License-Identifier: GPL-2.0
/*
 * What the tree must be. Connections alone are stored: a path is there as long
 * as a connection needs it, a neighbor as long as a path does.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "tree.h"

/*
 * Two neighbors differ in nothing but their VLAN, two paths in nothing but
 * their MTU, two connections in nothing but a port: each must be told apart.
 * And what is of IPv6 has the last 32 bits of what is of IPv4: neighbors 0 and 2
 * differ in nothing else, nor do the last paths of neighbor 3.
 */
static struct in6_addr address(bool ipv6, uint32_t number)
{
	struct in6_addr a = {};

	if (ipv6)
		a.s6_addr32[0] = htonl(0xfd090000);
	else
		a.s6_addr32[2] = htonl(0xffff);
	a.s6_addr32[3] = htonl(number);
	return a;
}

/* Over a next hop with an IPv6 address there are paths of both protocols. */
static bool neigh_is_ipv6(struct place p)
{
	return p.neigh != 2;
}

static bool path_is_ipv6(struct place p)
{
	static const bool ipv6[NEIGHS][PATHS] = {
		{ true, true, true, true },
		{ false, false, true, true },
		{ false, false, false, false },
		{ true, true, false, true },
	};

	return ipv6[p.neigh][p.path];
}

struct in6_addr place_nexthop(struct place p)
{
	return address(neigh_is_ipv6(p), 0x0a090001 + (p.neigh == 3));
}

uint16_t place_vlan(struct place p)
{
	return p.neigh == 1 ? 100 : 0;
}

struct in6_addr place_saddr(struct place p)
{
	return address(path_is_ipv6(p), p.path == 3 && p.neigh != 3 ?
					0x0a010002 : 0x0a010001);
}

struct in6_addr place_daddr(struct place p)
{
	return address(path_is_ipv6(p), 0x0a020001 + (p.neigh << 8) +
					(p.path < 2 ? 0 : 2));
}

uint32_t place_mtu(struct place p)
{
	return p.path == 1 ? 9000 : 1500;
}

uint16_t place_sport(struct place p)
{
	/* Different on each path: the same 4-tuple is the same connection. */
	return 1000 + p.path * CONNS + (p.conn & 2);
}

uint16_t place_dport(struct place p)
{
	return 80 + (p.conn & 1);
}

struct conn *model_conn(struct model *m, struct place p)
{
	return &m->conn[p.target][p.neigh][p.path][p.conn];
}

unsigned int model_path_count(const struct model *m, struct place p)
{
	unsigned int n = 0;
	int c;

	for (c = 0; c < CONNS; c++)
		n += !!m->conn[p.target][p.neigh][p.path][c].id;
	return n;
}

unsigned int model_neigh_count(const struct model *m, struct place p)
{
	unsigned int n = 0;

	for (p.path = 0; p.path < PATHS; p.path++)
		n += !!model_path_count(m, p);
	return n;
}

/* Does something keep it that was there when last looked at? */
static bool path_is_kept(const struct model *m, struct place p)
{
	for (p.conn = 0; p.conn < CONNS; p.conn++)
		if (m->conn[p.target][p.neigh][p.path][p.conn].old)
			return true;
	return false;
}

static bool neigh_is_kept(const struct model *m, struct place p)
{
	for (p.path = 0; p.path < PATHS; p.path++)
		if (path_is_kept(m, p))
			return true;
	return false;
}

void model_remove(struct model *m, struct place p)
{
	memset(model_conn(m, p), 0, sizeof(struct conn));
	if (!path_is_kept(m, p))
		m->path[p.target][p.neigh][p.path].was_empty = true;
	if (!neigh_is_kept(m, p))
		m->neigh[p.target][p.neigh].was_empty = true;
}

void model_remove_path(struct model *m, struct place p)
{
	for (p.conn = 0; p.conn < CONNS; p.conn++)
		model_remove(m, p);
	m->path[p.target][p.neigh][p.path].must_go = true;
}

void model_remove_neigh(struct model *m, struct place p)
{
	for (p.path = 0; p.path < PATHS; p.path++)
		model_remove_path(m, p);
	m->neigh[p.target][p.neigh].must_go = true;
}

static bool same_addr(struct in6_addr a, struct in6_addr b)
{
	return !memcmp(&a, &b, sizeof(a));
}

bool model_place(const struct object *o, struct place *p)
{
	p->target = o->target;
	for (p->neigh = 0; p->neigh < NEIGHS; p->neigh++) {
		p->path = 0;
		p->conn = 0;
		if (o->type == CHIMNEY_TYPE_NEIGH) {
			if (same_addr(place_nexthop(*p), o->nexthop) &&
			    place_vlan(*p) == o->vlan)
				return true;
			continue;
		}
		for (; p->path < PATHS; p->path++) {
			if (!same_addr(place_saddr(*p), o->saddr) ||
			    !same_addr(place_daddr(*p), o->daddr))
				continue;
			p->conn = 0;
			if (o->type == CHIMNEY_TYPE_PATH) {
				if (place_mtu(*p) == o->mtu)
					return true;
				continue;
			}
			for (; p->conn < CONNS; p->conn++)
				if (place_sport(*p) == o->sport &&
				    place_dport(*p) == o->dport)
					return true;
		}
	}
	return false;
}

static char wrong[256];

#define WRONG(...)						\
	do {							\
		snprintf(wrong, sizeof(wrong), __VA_ARGS__);	\
		return wrong;					\
	} while (0)

/* What the objects say, sorted by place */
struct seen {
	const struct object *conn[TARGETS][NEIGHS][PATHS][CONNS];
	const struct object *path[TARGETS][NEIGHS][PATHS];
	const struct object *neigh[TARGETS][NEIGHS];
};

static const char *sort(struct seen *s, const struct object *o, size_t n)
{
	const struct object **slot;
	struct place p;

	memset(s, 0, sizeof(*s));
	for (; n--; o++) {
		if (!model_place(o, &p))
			WRONG("object %llu was never asked for",
			      (unsigned long long)o->id);
		if (o->type == CHIMNEY_TYPE_CONN)
			slot = &s->conn[p.target][p.neigh][p.path][p.conn];
		else if (o->type == CHIMNEY_TYPE_PATH)
			slot = &s->path[p.target][p.neigh][p.path];
		else
			slot = &s->neigh[p.target][p.neigh];
		if (*slot)
			WRONG("objects %llu and %llu are the same thing",
			      (unsigned long long)o->id,
			      (unsigned long long)(*slot)->id);
		*slot = o;
	}
	return NULL;
}

static const char *settled(const struct object *o, uint64_t parent,
			   unsigned int refcount)
{
	unsigned long long id = o->id;

	if (o->state != CHIMNEY_STATE_OFFLOADED || o->closing)
		WRONG("object %llu is in state %u%s", id, o->state,
		      o->closing ? ", closing" : "");
	if (o->parent != parent)
		WRONG("object %llu depends on %llu, not on %llu", id,
		      (unsigned long long)o->parent, (unsigned long long)parent);
	if (o->refcount != refcount)
		WRONG("object %llu counts %u dependents, not %u", id,
		      o->refcount, refcount);
	return NULL;
}

static const char *same(const struct parent *was, const struct object *o,
			uint64_t highest)
{
	unsigned long long id = o->id;

	if (was->id && o->id == was->id && !was->must_go)
		return NULL;
	if (was->id && o->id == was->id)
		WRONG("object %llu is there still, but was terminated", id);
	if (was->id && !was->must_go && !was->was_empty)
		WRONG("object %llu has taken the place of %llu, which had dependents",
		      id, (unsigned long long)was->id);
	if (o->id <= highest)
		WRONG("id %llu is given out again", id);
	return NULL;
}

static const char *compare_conns(struct model *m, struct seen *s,
				 struct place p, const struct object *path)
{
	const struct object *o;
	const char *bad;
	struct conn *c;

	for (p.conn = 0; p.conn < CONNS; p.conn++) {
		c = model_conn(m, p);
		o = s->conn[p.target][p.neigh][p.path][p.conn];
		if (!o && c->maybe)
			model_remove(m, p);
		else if (!o && c->id)
			WRONG("connection %llu is missing",
			      (unsigned long long)c->id);
		if (o && o->id != c->id)
			WRONG("object %llu should have gone",
			      (unsigned long long)o->id);
		if (!o)
			continue;
		bad = settled(o, path ? path->id : 0, 0);
		if (bad)
			return bad;
		if (o->priority != c->priority)
			WRONG("connection %llu has priority %u, not %u",
			      (unsigned long long)o->id, o->priority,
			      c->priority);
		c->maybe = false;
	}
	return NULL;
}

static const char *compare_parent(const struct parent *was,
				  const struct object *o, uint64_t parent,
				  unsigned int count, uint64_t highest)
{
	const char *bad;

	if (!count && o)
		WRONG("object %llu serves no purpose any more",
		      (unsigned long long)o->id);
	if (count && !o)
		WRONG("%u objects have nothing to depend on", count);
	if (!o)
		return NULL;
	bad = settled(o, parent, count);
	return bad ? bad : same(was, o, highest);
}

static const char *compare_neigh(struct model *m, struct seen *s,
				 struct place p)
{
	const struct object *neigh = s->neigh[p.target][p.neigh], *path;
	const char *bad;

	for (p.path = 0; p.path < PATHS; p.path++) {
		path = s->path[p.target][p.neigh][p.path];
		bad = compare_conns(m, s, p, path);
		if (!bad)
			bad = compare_parent(&m->path[p.target][p.neigh][p.path],
					     path, neigh ? neigh->id : 0,
					     model_path_count(m, p), m->highest);
		if (bad)
			return bad;
	}
	return compare_parent(&m->neigh[p.target][p.neigh], neigh, 0,
			      model_neigh_count(m, p), m->highest);
}

static void learn(struct parent *was, const struct object *o)
{
	was->id = o ? o->id : 0;
	was->was_empty = false;
	was->must_go = false;
}

static void learn_all(struct model *m, struct seen *s)
{
	struct place p;

	for (p.target = 0; p.target < TARGETS; p.target++)
		for (p.neigh = 0; p.neigh < NEIGHS; p.neigh++) {
			learn(&m->neigh[p.target][p.neigh],
			      s->neigh[p.target][p.neigh]);
			for (p.path = 0; p.path < PATHS; p.path++) {
				learn(&m->path[p.target][p.neigh][p.path],
				      s->path[p.target][p.neigh][p.path]);
				for (p.conn = 0; p.conn < CONNS; p.conn++)
					model_conn(m, p)->old =
						model_conn(m, p)->id;
			}
		}
}

const char *model_compare(struct model *m, const struct object *o, size_t n)
{
	/* What is undecided is decided only if all else is right. */
	struct model try = *m;
	const char *bad;
	struct seen s;
	struct place p;
	size_t i;

	bad = sort(&s, o, n);
	for (p.target = 0; p.target < TARGETS && !bad; p.target++)
		for (p.neigh = 0; p.neigh < NEIGHS && !bad; p.neigh++)
			bad = compare_neigh(&try, &s, p);
	if (bad)
		return bad;
	learn_all(&try, &s);
	for (i = 0; i < n; i++)
		if (o[i].id > try.highest)
			try.highest = o[i].id;
	*m = try;
	return NULL;
}
