// SPDX-License-Identifier: GPL-2.0
/*
 * Objects alone: no sockets, and a target that says yes at once. They go as routes do,
 * when the link falls.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/nl.h"
#include "bench.h"

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
static const char *device;

/* ---- waiting ------------------------------------------------------------- */

static uint64_t statistic(const char *name)
{
	char path[256], text[64] = "";
	int fd;

	snprintf(path, sizeof(path), "/sys/class/net/%s/chimney/%s", device, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		give_up("cannot read %s: %s", path, strerror(errno));
	close(fd);
	return strtoull(text, NULL, 10);
}

/* Neighbors are the last to leave. */
static void until(const char *name, uint64_t value)
{
	unsigned int tries = 0;

	while (statistic(name) != value) {
		if (tries++ > 1000)
			give_up("%s is %llu, and does not become %llu", name,
				(unsigned long long)statistic(name),
				(unsigned long long)value);
		nap_ms(200);
	}
}

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

static void offload(const struct shape *s, uint64_t n)
{
	uint64_t i = 0, end;
	struct nlmsghdr *req;
	int err;

	while (i < n) {
		end = i + AT_ONCE < n ? i + AT_ONCE : n;
		req = nl_begin(&nl, CHIMNEY_CMD_OFFLOAD);
		mnl_attr_put_u32(req, CHIMNEY_A_REQUEST_IFINDEX,
				 if_nametoindex(device));
		for (; i < end; i++)
			put_conn(req, s, i);
		err = nl_talk(&nl, req, NULL, NULL);
		if (err)
			give_up("cannot offload: %s: %s", strerror(-err), nl.text);
	}
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
	const struct shape *s = shapes;
	uint64_t n = strtoull(args[2], NULL, 10), conns, before;
	int err = nl_open(&nl);

	device = args[0];
	while (s->name && strcmp(s->name, args[1]))
		s++;
	if (err || !if_nametoindex(device) || !s->name)
		give_up("no chimney, no device %s, or no shape %s", device, args[1]);
	conns = connections(s, n);
	before = statistic("initiated/ok");
	measure_begin();
	offload(s, conns);
	until("initiated/ok", before + conns);
	result("objects-offload", s->name, n, (double)measure_end() / n,
	       "instructions/object");
	measure_begin();
	link_set(device, 0);
	until("neighs", 0);
	result("objects-terminate", s->name, n, (double)measure_end() / n,
	       "instructions/object");
	link_set(device, 1);
}
