// SPDX-License-Identifier: GPL-2.0
/*
 * Objects alone: no sockets, and a target that says yes at once. They go as routes do,
 * when the link falls.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "../common/nl.h"
#include "bench.h"
#include "conns.h"

/* As many fit into one message */
#define AT_ONCE		500

/**
 * struct shape - what depends on what
 * @name: what it is called
 * @conns_per_path: how many connections have a path together
 * @paths_per_neigh: how many paths a neighbor
 */
struct shape {
	const char *name;
	uint64_t conns_per_path, paths_per_neigh;
};

static const struct shape shapes[] = {
	{ "flat", UINT32_MAX, 1 },
	{ "mixed", 10, 4 },
	{ "deep", 1, 1 },
	{ NULL, 0, 0 }
};

static struct nl nl;
static uint32_t ifindex;

/* ---- requests ------------------------------------------------------------ */

static void put_conn(struct nlmsghdr *req, const struct shape *s, uint64_t i)
{
	struct nlattr *nest = mnl_attr_nest_start(req, CHIMNEY_A_REQUEST_MATCH);
	uint64_t path = i / s->conns_per_path, on_path = i % s->conns_per_path;
	uint64_t neigh = path / s->paths_per_neigh;

	mnl_attr_put_u32(req, CHIMNEY_A_MATCH_SADDR, htonl(0x0a000001));
	mnl_attr_put_u32(req, CHIMNEY_A_MATCH_DADDR, htonl(0x0b000000 + path));
	mnl_attr_put_u16(req, CHIMNEY_A_MATCH_SPORT, htons(1 + on_path % 60000));
	mnl_attr_put_u16(req, CHIMNEY_A_MATCH_DPORT, htons(1 + on_path / 60000));
	mnl_attr_put_u32(req, CHIMNEY_A_MATCH_NEXTHOP, htonl(0x0c000000 + neigh));
	mnl_attr_nest_end(req, nest);
}

/* @n of them from the @first on, that are worth @priority */
static void offload(const struct shape *s, uint64_t first, uint64_t n,
		    uint32_t priority)
{
	uint64_t i = first, last = first + n, end;
	struct nlmsghdr *req;
	int err;

	while (i < last) {
		end = i + AT_ONCE < last ? i + AT_ONCE : last;
		req = nl_begin(&nl, CHIMNEY_CMD_OFFLOAD);
		mnl_attr_put_u32(req, CHIMNEY_A_REQUEST_IFINDEX, ifindex);
		if (priority)
			mnl_attr_put_u32(req, CHIMNEY_A_REQUEST_PRIORITY, priority);
		for (; i < end; i++)
			put_conn(req, s, i);
		err = nl_talk(&nl, req, NULL, NULL);
		if (err)
			give_up("cannot offload: %s: %s", strerror(-err), nl.text);
	}
}

static void begin(void)
{
	ifindex = if_nametoindex(target_device());
	if (!ifindex || (!nl.sock && nl_open(&nl)))
		give_up("no chimney, or no device %s", target_device());
}

void objects_offload(uint64_t first, uint64_t n, uint32_t priority)
{
	begin();
	offload(&shapes[0], first, n, priority);
}

/* How many of so many objects are connections */
static uint64_t connections(const struct shape *s, uint64_t objects)
{
	if (s->conns_per_path >= objects)
		return objects - 2;
	return objects * s->conns_per_path * s->paths_per_neigh /
	       (s->conns_per_path * s->paths_per_neigh + s->paths_per_neigh + 1);
}

void bench_objects(char **args)
{
	uint64_t n = strtoull(args[1], NULL, 10), conns, before;
	const struct shape *s = shapes;

	begin();
	while (s->name && strcmp(s->name, args[0]))
		s++;
	if (!s->name)
		give_up("there is no shape %s", args[0]);
	conns = connections(s, n);
	before = target_number("initiated/ok");
	measure_begin("objects-offload");
	offload(s, 0, conns, 0);
	target_until("initiated/ok", before + conns);
	result("objects-offload", s->name, n, (double)measure_end() / n,
	       "instructions/object");
	measure_begin("objects-terminate");
	link_set(target_device(), 0);
	target_until("neighs", 0);
	result("objects-terminate", s->name, n, (double)measure_end() / n,
	       "instructions/object");
	link_set(target_device(), 1);
}
