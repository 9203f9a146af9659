// SPDX-License-Identifier: GPL-2.0
/*
 * victims [-s SEED] [-n ROUNDS] [-c CAPACITY] [-w] DEV: who has to go when a
 * full target is to take connections of higher priority, against a model.
 *
 * Each round offloads a few made-up connections of one random priority, or
 * terminates one that is there, and then compares who is offloaded with the
 * model: a full target takes one more only in the place of the one of lowest
 * priority, among those the one offloaded the longest, and only if that is lower.
 *
 * Priorities know no protocols: each request is of another kind, IPv4, IPv6, or
 * IPv4 over a next hop with an IPv6 address.
 *
 * -w: the model is wrong on purpose (the youngest goes), so that a test can see
 * that this program notices.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common/nl.h"

#define CAPACITY_MAX	4096
#define AT_ONCE		4
#define PRIORITIES	6
#define PATIENCE_MS	20000

/**
 * struct member - a connection that the model has offloaded
 * @id: its object
 * @priority: its priority
 */
struct member {
	uint64_t id;
	uint32_t priority;
};

static struct nl nl;
static unsigned int seed, capacity = 64, rounds = 200, round_now;
static uint32_t ifindex;
static bool wrong;

/* In the order of ids, which is that of their offload */
static struct member members[CAPACITY_MAX + AT_ONCE];
static unsigned int nmembers, displaced, refused;

static void __attribute__((noreturn, format(printf, 1, 2)))
give_up(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "victims: seed %u, round %u: ", seed, round_now);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

/* xorshift: the same everywhere */
static uint32_t next_random(uint32_t below)
{
	static uint32_t state;

	if (!state)
		state = seed * 2654435761u | 1;
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

/* ---- the model ----------------------------------------------------------- */

static void model_remove(unsigned int i)
{
	memmove(&members[i], &members[i + 1],
		(--nmembers - i) * sizeof(members[0]));
}

static unsigned int model_least(void)
{
	unsigned int i, least = 0;

	for (i = 1; i < nmembers; i++)
		if (members[i].priority < members[least].priority ||
		    (wrong && members[i].priority == members[least].priority))
			least = i;
	return least;
}

/*
 * Is one of @priority taken, when @coming were taken with it, which are not
 * offloaded yet and cannot be displaced?
 */
static bool model_take(uint32_t priority, unsigned int coming)
{
	unsigned int least;

	if (nmembers + coming < capacity)
		return true;
	if (!nmembers)
		return false;
	least = model_least();
	if (members[least].priority >= priority)
		return false;
	model_remove(least);
	displaced++;
	return true;
}

/* ---- the kernel ---------------------------------------------------------- */

/**
 * struct answer - to a request to offload
 * @id: of each that was accepted
 * @n: how many
 * @refused: how many were not
 */
struct answer {
	uint64_t id[AT_ONCE];
	unsigned int n;
	unsigned int refused;
};

static int take_answer(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *r[CHIMNEY_A_RESULT_MAX + 1];
	const struct nlattr *attr;
	struct answer *a = arg;

	mnl_attr_for_each(attr, msg, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) != CHIMNEY_A_REQUEST_RESULT)
			continue;
		nl_nested(attr, r, CHIMNEY_A_RESULT_MAX);
		if (r[CHIMNEY_A_RESULT_ERRNO])
			a->refused++;
		else
			a->id[a->n++] = nl_u64(r[CHIMNEY_A_RESULT_ID]);
	}
	return MNL_CB_OK;
}

/* What the connections of a request have in common; a %u is their number. */
static const struct kind {
	const char *saddr, *daddr, *nexthop;
} kinds[] = {
	{ "10.0.0.1", "10.1.0.%u", "10.0.0.254" },
	{ "fd00::1", "fd01::%x", "fd00::254" },
	{ "10.0.0.1", "10.2.0.%u", "fd00::254" },
};

static void put_addr(struct nlmsghdr *req, uint16_t attr, const char *text)
{
	unsigned char octets[16];

	if (inet_pton(AF_INET, text, octets) == 1)
		mnl_attr_put(req, attr, 4, octets);
	else if (inet_pton(AF_INET6, text, octets) == 1)
		mnl_attr_put(req, attr, 16, octets);
	else
		give_up("'%s' is no address", text);
}

static void put_conn(struct nlmsghdr *req, const struct kind *k, uint32_t peer)
{
	struct nlattr *match = mnl_attr_nest_start(req, CHIMNEY_A_REQUEST_MATCH);
	char daddr[32];

	snprintf(daddr, sizeof(daddr), k->daddr, peer / 60000);
	put_addr(req, CHIMNEY_A_MATCH_SADDR, k->saddr);
	put_addr(req, CHIMNEY_A_MATCH_DADDR, daddr);
	mnl_attr_put_u16(req, CHIMNEY_A_MATCH_SPORT, htons(22));
	mnl_attr_put_u16(req, CHIMNEY_A_MATCH_DPORT, htons(1 + peer % 60000));
	put_addr(req, CHIMNEY_A_MATCH_NEXTHOP, k->nexthop);
	mnl_attr_nest_end(req, match);
}

/* Those of a request share a path: they are offloaded in the order of their ids. */
static void offload(unsigned int n, uint32_t priority, struct answer *a)
{
	static uint32_t peer, requests;
	const struct kind *k = &kinds[requests++ % 3];
	struct nlmsghdr *req = nl_begin(&nl, CHIMNEY_CMD_OFFLOAD);
	unsigned int i;
	int err;

	mnl_attr_put_u32(req, CHIMNEY_A_REQUEST_IFINDEX, ifindex);
	mnl_attr_put_u32(req, CHIMNEY_A_REQUEST_PRIORITY, priority);
	for (i = 0; i < n; i++)
		put_conn(req, k, ++peer);
	memset(a, 0, sizeof(*a));
	err = nl_talk(&nl, req, take_answer, a);
	if (err)
		give_up("offload: %s: %s", strerror(-err), nl.text);
}

static void terminate(uint64_t id)
{
	struct nlmsghdr *req = nl_begin(&nl, CHIMNEY_CMD_TERMINATE);
	int err;

	mnl_attr_put_u64(req, CHIMNEY_A_REQUEST_ID, id);
	err = nl_talk(&nl, req, NULL, NULL);
	if (err)
		give_up("terminate: %s: %s", strerror(-err), nl.text);
}

/**
 * struct census - who is there
 * @m: the connections, in the order of ids
 * @n: how many
 * @moving: how many are on their way
 */
struct census {
	struct member m[CAPACITY_MAX + AT_ONCE];
	unsigned int n;
	unsigned int moving;
};

static int take_object(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a[CHIMNEY_A_OBJECT_MAX + 1];
	struct census *c = arg;

	nl_attrs(msg, a, CHIMNEY_A_OBJECT_MAX);
	if (nl_u32(a[CHIMNEY_A_OBJECT_IFINDEX]) != ifindex ||
	    nl_u32(a[CHIMNEY_A_OBJECT_TYPE]) != CHIMNEY_TYPE_CONN)
		return MNL_CB_OK;
	if (nl_u32(a[CHIMNEY_A_OBJECT_STATE]) != CHIMNEY_STATE_OFFLOADED ||
	    a[CHIMNEY_A_OBJECT_CLOSING])
		c->moving++;
	if (c->n < CAPACITY_MAX + AT_ONCE) {
		c->m[c->n].id = nl_u64(a[CHIMNEY_A_OBJECT_ID]);
		c->m[c->n].priority = nl_u32(a[CHIMNEY_A_OBJECT_PRIORITY]);
	}
	c->n++;
	return MNL_CB_OK;
}

static bool as_in_model(const struct census *c)
{
	return !c->moving && c->n == nmembers &&
	       !memcmp(c->m, members, nmembers * sizeof(members[0]));
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static void compare(void)
{
	static struct census c;
	uint64_t until = now_ms() + PATIENCE_MS;
	unsigned int i;
	int err;

	do {
		memset(&c, 0, sizeof(c));
		err = nl_talk(&nl, nl_begin_dump(&nl, CHIMNEY_CMD_OBJECT_GET),
			      take_object, &c);
		if (err)
			give_up("cannot list the objects: %s", strerror(-err));
		if (as_in_model(&c))
			return;
		/* Nothing moves any more: it stays as it is. */
		if (!c.moving && c.n <= capacity && now_ms() + PATIENCE_MS > until + 500)
			break;
		usleep(2000);
	} while (now_ms() < until);
	for (i = 0; i < c.n && i < nmembers; i++)
		if (c.m[i].id != members[i].id)
			break;
	give_up("not as in the model: %u are offloaded, %u on their way, wanted %u; the first other is %llu, wanted %llu",
		c.n, c.moving, nmembers,
		i < c.n ? (unsigned long long)c.m[i].id : 0,
		i < nmembers ? (unsigned long long)members[i].id : 0);
}

/* ---- rounds -------------------------------------------------------------- */

static void come(void)
{
	unsigned int n = 1 + next_random(AT_ONCE), i, taken = 0;
	uint32_t priority = next_random(PRIORITIES);
	struct answer a;

	offload(n, priority, &a);
	for (i = 0; i < n; i++)
		taken += model_take(priority, taken);
	if (a.n != taken)
		give_up("%u of %u of priority %u were accepted, wanted %u", a.n,
			n, priority, taken);
	refused += a.refused;
	for (i = 0; i < a.n; i++)
		members[nmembers++] = (struct member){ a.id[i], priority };
}

static void leave(void)
{
	unsigned int i = next_random(nmembers);

	terminate(members[i].id);
	model_remove(i);
}

int main(int argc, char **argv)
{
	int c, err;

	while ((c = getopt(argc, argv, "s:n:c:w")) != -1) {
		switch (c) {
		case 's':
			seed = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			rounds = strtoul(optarg, NULL, 0);
			break;
		case 'c':
			capacity = strtoul(optarg, NULL, 0);
			break;
		case 'w':
			wrong = true;
			break;
		default:
			return 2;
		}
	}
	if (optind != argc - 1 || !capacity || capacity > CAPACITY_MAX) {
		fprintf(stderr, "usage: victims [-s SEED] [-n ROUNDS] [-c CAPACITY] [-w] DEV\n");
		return 2;
	}
	ifindex = if_nametoindex(argv[optind]);
	err = ifindex ? nl_open(&nl) : -ENODEV;
	if (err)
		give_up("%s: %s", argv[optind], strerror(-err));
	for (round_now = 1; round_now <= rounds; round_now++) {
		if (nmembers && !next_random(8))
			leave();
		else
			come();
		compare();
	}
	printf("%u rounds, %u displaced, %u refused, %u in the end\n", rounds,
	       displaced, refused, nmembers);
	return 0;
}
