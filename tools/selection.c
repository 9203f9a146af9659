// SPDX-License-Identifier: GPL-2.0
/* Which objects offload and terminate are about: words, and attributes. */

#include "selection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libmnl/libmnl.h>
#include "addr.h"
#include "chimney.h"
#include "parse.h"
#include "pid.h"
#include "words.h"

static void *grow(void *array, size_t n, size_t size)
{
	/* Twice as much at every power of two */
	if (n & (n - 1) || (n && n < 8))
		return array;
	array = realloc(array, (n ? 2 * n : 8) * size);
	if (!array) {
		complain("out of memory");
		exit(FAILED);
	}
	return array;
}

void add_match(struct selection *s, const struct match *m)
{
	s->match = grow(s->match, s->matches, sizeof(*s->match));
	s->match[s->matches++] = *m;
}

static void add_id(struct selection *s, uint64_t id)
{
	s->id = grow(s->id, s->ids, sizeof(*s->id));
	s->id[s->ids++] = id;
}

void free_selection(struct selection *s)
{
	free(s->match);
	free(s->id);
}

/* ---- words ------------------------------------------------------------- */

/*
 * Each takes the word after its name; false: it is not what it should be.
 */
static bool take_src(struct selection *s, const char *word)
{
	s->filter.has |= HAS_SADDR;
	if (parse_addr(word, &s->filter.saddr))
		return true;
	s->filter.has |= HAS_SPORT;
	return parse_end(word, &s->filter.saddr, &s->filter.sport);
}

static bool take_dst(struct selection *s, const char *word)
{
	s->filter.has |= HAS_DADDR;
	if (parse_addr(word, &s->filter.daddr))
		return true;
	s->filter.has |= HAS_DPORT;
	return parse_end(word, &s->filter.daddr, &s->filter.dport);
}

static bool take_sport(struct selection *s, const char *word)
{
	s->filter.has |= HAS_SPORT;
	return parse_port(word, &s->filter.sport);
}

static bool take_dport(struct selection *s, const char *word)
{
	s->filter.has |= HAS_DPORT;
	return parse_port(word, &s->filter.dport);
}

static bool take_id(struct selection *s, const char *word)
{
	uint64_t id;

	if (!parse_u64(word, &id))
		return false;
	add_id(s, id);
	return true;
}

static bool take_priority(struct selection *s, const char *word)
{
	s->has_priority = true;
	return parse_u32(word, &s->priority);
}

static bool take_nexthop(struct selection *s, const char *word)
{
	s->made_up = true;
	return parse_addr(word, &s->nexthop);
}

static bool take_vlan(struct selection *s, const char *word)
{
	s->made_up = true;
	return parse_u32(word, &s->vlan) && s->vlan && s->vlan < 4095;
}

static bool take_mtu(struct selection *s, const char *word)
{
	s->made_up = true;
	return parse_u32(word, &s->mtu) && s->mtu;
}

/* Who may say a word */
#define OFFLOAD		1
#define TERMINATE	2

static const struct word {
	const char	*name;
	unsigned int	who;
	bool		(*take)(struct selection *s, const char *word);
	const char	*wants;
} words[] = {
	{ "src", OFFLOAD | TERMINATE, take_src,
	  "an address, or ADDR:PORT, [ADDR]:PORT for IPv6" },
	{ "dst", OFFLOAD | TERMINATE, take_dst,
	  "an address, or ADDR:PORT, [ADDR]:PORT for IPv6" },
	{ "sport", OFFLOAD | TERMINATE, take_sport, "a port, 1 to 65535" },
	{ "dport", OFFLOAD | TERMINATE, take_dport, "a port, 1 to 65535" },
	{ "id", TERMINATE, take_id, "the number of an object" },
	{ "priority", OFFLOAD, take_priority, "a number" },
	{ "nexthop", OFFLOAD, take_nexthop, "an address" },
	{ "vlan", OFFLOAD, take_vlan, "a VLAN id, 1 to 4094" },
	{ "mtu", OFFLOAD, take_mtu, "a number of octets" },
	{ NULL, 0, NULL, NULL },
};

static const struct word *find_word(const char *name, unsigned int who)
{
	const struct word *w;

	for (w = words; w->name; w++) {
		if (w->who & who && !strcmp(w->name, name))
			return w;
	}
	return NULL;
}

static int take_tuple(struct selection *s, char **argv)
{
	struct match m = { .has = HAS_TUPLE };

	if (!parse_end(argv[0], &m.saddr, &m.sport))
		return usage("'%s' means nothing here", argv[0]);
	if (!argv[1] || !parse_end(argv[1], &m.daddr, &m.dport))
		return usage("'%s' wants the peer's %s to follow", argv[0],
			     addr_is_ipv4(&m.saddr) ? "ADDR:PORT" :
						      "[ADDR]:PORT");
	if (!addr_same_protocol(&m.saddr, &m.daddr))
		return usage_protocols(argv[0], argv[1]);
	add_match(s, &m);
	return DONE;
}

static int take_pid(struct selection *s, const char *word, bool offloaded)
{
	uint32_t pid;

	if (!parse_u32(word, &pid) || !pid)
		return usage("'%s' is no process id", word);
	return add_process(s, pid, offloaded) ? DONE : FAILED;
}

/* Takes one thing; *@n becomes the number of words it took. */
static int take_one(struct selection *s, char **argv, unsigned int who, int *n)
{
	const struct word *w = find_word(argv[0], who);
	bool dev = !strcmp(argv[0], "dev"), pid = !strcmp(argv[0], "pid");

	*n = 1;
	if (!strcmp(argv[0], "all")) {
		s->all = true;
		return DONE;
	}
	if (who == TERMINATE && take_id(s, argv[0]))
		return DONE;
	*n = 2;
	if (!w && !dev && !pid)
		return take_tuple(s, argv);
	if (!argv[1])
		return usage("'%s' wants something to follow", argv[0]);
	if (pid)
		return take_pid(s, argv[1], who == TERMINATE);
	if (dev) {
		s->ifindex = take_dev(argv[1]);
		return s->ifindex ? DONE : FAILED;
	}
	if (!w->take(s, argv[1]))
		return usage("'%s': %s wants %s", argv[1], w->name, w->wants);
	return DONE;
}

/* Things that do not go together, before the kernel is asked. */
static int look_at(const struct selection *s)
{
	bool some = s->matches || s->filter.has || s->ids;
	const struct match *f = &s->filter;

	if (!some && !s->all && !s->ifindex)
		return usage("nothing is chosen: name connections, say what they are like, or say all");
	if (some && s->all)
		return usage("all leaves nothing to choose");
	if (s->made_up && (!s->matches || !s->ifindex ||
			   IN6_IS_ADDR_UNSPECIFIED(&s->nexthop)))
		return usage("connections made up want ADDR:PORT ADDR:PORT, nexthop and dev");
	if (f->has & HAS_SADDR && f->has & HAS_DADDR &&
	    !addr_same_protocol(&f->saddr, &f->daddr))
		return usage("src and dst are of different protocols, IPv4 and IPv6: no connection is like that");
	return DONE;
}

int take_selection(struct selection *s, char **argv, bool offload)
{
	int n, status;

	memset(s, 0, sizeof(*s));
	while (*argv) {
		status = take_one(s, argv, offload ? OFFLOAD : TERMINATE, &n);
		if (status)
			return status;
		argv += n;
	}
	return look_at(s);
}

/* ---- attributes -------------------------------------------------------- */

/* A match has at most three addresses, of 20 octets each, and four numbers of 8. */
#define MATCH_ROOM	96
#define ID_ROOM		16

size_t selection_room(const struct selection *s)
{
	return (s->matches + 1) * MATCH_ROOM + s->ids * ID_ROOM + 64;
}

static void put_match(struct nlmsghdr *request, const struct match *m,
		      const struct selection *made_up)
{
	struct nlattr *nest = mnl_attr_nest_start(request,
						  CHIMNEY_A_REQUEST_MATCH);

	if (m->has & HAS_SADDR)
		put_addr(request, CHIMNEY_A_MATCH_SADDR, &m->saddr);
	if (m->has & HAS_DADDR)
		put_addr(request, CHIMNEY_A_MATCH_DADDR, &m->daddr);
	if (m->has & HAS_SPORT)
		mnl_attr_put_u16(request, CHIMNEY_A_MATCH_SPORT, m->sport);
	if (m->has & HAS_DPORT)
		mnl_attr_put_u16(request, CHIMNEY_A_MATCH_DPORT, m->dport);
	if (made_up)
		put_addr(request, CHIMNEY_A_MATCH_NEXTHOP, &made_up->nexthop);
	if (made_up && made_up->vlan)
		mnl_attr_put_u16(request, CHIMNEY_A_MATCH_VLAN, made_up->vlan);
	if (made_up && made_up->mtu)
		mnl_attr_put_u32(request, CHIMNEY_A_MATCH_MTU, made_up->mtu);
	mnl_attr_nest_end(request, nest);
}

void put_selection(struct nlmsghdr *request, const struct selection *s)
{
	size_t i;

	if (s->ifindex)
		mnl_attr_put_u32(request, CHIMNEY_A_REQUEST_IFINDEX,
				 s->ifindex);
	for (i = 0; i < s->matches; i++)
		put_match(request, &s->match[i], s->made_up ? s : NULL);
	if (s->filter.has)
		put_match(request, &s->filter, NULL);
	for (i = 0; i < s->ids; i++)
		mnl_attr_put_u64(request, CHIMNEY_A_REQUEST_ID, s->id[i]);
	if (s->all)
		mnl_attr_put(request, CHIMNEY_A_REQUEST_ALL, 0, NULL);
	if (s->has_priority)
		mnl_attr_put_u32(request, CHIMNEY_A_REQUEST_PRIORITY,
				 s->priority);
	if (options.if_unused)
		mnl_attr_put(request, CHIMNEY_A_REQUEST_IF_UNUSED, 0, NULL);
}
