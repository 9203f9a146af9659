// SPDX-License-Identifier: GPL-2.0
/*
 * mover -n PAIRS [options] DEVICE - hands the connections of a device over and
 * takes them back, at random moments, until so many have gone both ways, in so
 * many rounds at least.
 *
 * Run in the network namespace of the device. Each round offloads connections
 * and terminates again, either some, drawn at random, or all; by connection,
 * path, neighbor or device. The moments are random too, and some are none at
 * all, so that a terminate meets an initiate, and the other way round. Pairs
 * are counted by the kernel: connections that were offloaded and came back.
 *
 * The last line on stdout is the report. Exit status: 0, or 1 if it was not
 * done in time or the tree is faulty, 2 for usage.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common/nl.h"
#include "../common/pattern.h"

#define CONNS	512
#define OBJECTS	2048

/*
 * As in /proc/net/tcp and tcp6: @size octets of address (4 or 16) in network order,
 * the port in the host's
 */
struct tuple {
	size_t size;
	uint32_t saddr[4], daddr[4];
	unsigned int sport, dport;
};

struct stats {
	uint64_t pairs;		/* connections that came back */
	uint64_t offloaded;	/* connections that were taken over */
	uint64_t failed;	/* that were not, for whatever reason */
	uint64_t initiate_max, terminate_max, initiate_sum, terminate_sum;
	uint64_t lost;
};

struct objects {
	uint64_t id[OBJECTS];
	size_t n;
	bool moving;		/* some are on their way */
};

static struct nl nl;
static int device;
static uint64_t random_state;
static struct tuple tuples[CONNS];
static struct objects objects;
static unsigned long rounds, refused, answers;
static volatile sig_atomic_t stopping;

static uint32_t draw(uint32_t n)
{
	return (pattern_mix(++random_state) >> 16) % n;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static void fail(const char *what, int err)
{
	fprintf(stderr, "mover: %s: %s%s%s\n", what, strerror(-err),
		nl.text[0] ? ": " : "", nl.text);
	exit(1);
}

static void nap(unsigned int us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&ts, NULL);
}

/* A moment: often short, now and then none, now and then long */
static void pause_for(unsigned int longest)
{
	uint32_t r = draw(8);

	if (r)
		nap(draw(r == 7 ? longest * 1000 : longest * 200));
}

/* ---- what there is ------------------------------------------------------- */

static bool parse_tcp(const char *line, struct tuple *t, unsigned int *state)
{
	t->size = sizeof(t->saddr[0]);
	return sscanf(line, " %*d: %8X:%4X %8X:%4X %2X", &t->saddr[0], &t->sport,
		      &t->daddr[0], &t->dport, state) == 5;
}

/* Those of IPv4 that a socket of IPv6 has are named as it names them. */
static bool parse_tcp6(const char *line, struct tuple *t, unsigned int *state)
{
	uint32_t *s = t->saddr, *d = t->daddr;

	t->size = sizeof(t->saddr);
	return sscanf(line, " %*d: %8X%8X%8X%8X:%4X %8X%8X%8X%8X:%4X %2X",
		      &s[0], &s[1], &s[2], &s[3], &t->sport, &d[0], &d[1], &d[2],
		      &d[3], &t->dport, state) == 11;
}

/* Adds those of a list to the @n that were read before. */
static unsigned int read_list(unsigned int n, const char *path,
			      bool (*parse)(const char *line, struct tuple *t,
					    unsigned int *state))
{
	FILE *f = fopen(path, "r");
	unsigned int state;
	char line[256];

	if (!f)
		fail(path, -errno);
	while (n < CONNS && fgets(line, sizeof(line), f)) {
		if (parse(line, &tuples[n], &state) && state == 1)
			n++;
	}
	fclose(f);
	return n;
}

static unsigned int read_connections(void)
{
	unsigned int n = read_list(0, "/proc/net/tcp", parse_tcp);

	return access("/proc/net/tcp6", F_OK) ? n :
	       read_list(n, "/proc/net/tcp6", parse_tcp6);
}

static int take_object(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a[CHIMNEY_A_OBJECT_MAX + 1];

	nl_attrs(msg, a, CHIMNEY_A_OBJECT_MAX);
	if (objects.n < OBJECTS) {
		objects.id[objects.n++] = nl_u64(a[CHIMNEY_A_OBJECT_ID]);
		if (nl_u32(a[CHIMNEY_A_OBJECT_STATE]) != CHIMNEY_STATE_OFFLOADED)
			objects.moving = true;
	}
	return MNL_CB_OK;
}

static void read_objects(void)
{
	struct nlmsghdr *req = nl_begin_dump(&nl, CHIMNEY_CMD_OBJECT_GET);
	int err;

	objects.n = 0;
	objects.moving = false;
	mnl_attr_put_u32(req, CHIMNEY_A_OBJECT_IFINDEX, device);
	err = nl_talk(&nl, req, take_object, NULL);
	if (err)
		fail("cannot list the objects", err);
}

static uint64_t tally(const struct nlattr *nest, uint64_t *ok)
{
	const struct nlattr *t[CHIMNEY_A_TALLY_MAX + 1];
	uint64_t count;

	nl_nested(nest, t, CHIMNEY_A_TALLY_MAX);
	count = nl_u64(t[CHIMNEY_A_TALLY_COUNT]);
	if (ok && t[CHIMNEY_A_TALLY_STATUS] &&
	    nl_u32(t[CHIMNEY_A_TALLY_STATUS]) == CHIMNEY_STATUS_OK)
		*ok += count;
	return count;
}

static void take_counter(const struct nlattr *nest, struct stats *s)
{
	const struct nlattr *c[CHIMNEY_A_COUNTER_MAX + 1];

	nl_nested(nest, c, CHIMNEY_A_COUNTER_MAX);
	if (c[CHIMNEY_A_COUNTER_NAME] &&
	    !strcmp(mnl_attr_get_str(c[CHIMNEY_A_COUNTER_NAME]), "lost"))
		s->lost = nl_u64(c[CHIMNEY_A_COUNTER_VALUE]);
}

static int take_stats(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *attr;
	struct stats *s = arg;

	mnl_attr_for_each(attr, msg, 4 /* struct genlmsghdr */) {
		switch (mnl_attr_get_type(attr)) {
		case CHIMNEY_A_STATS_COUNTER:
			take_counter(attr, s);
			break;
		case CHIMNEY_A_STATS_INITIATED:
			s->failed += tally(attr, &s->offloaded);
			break;
		case CHIMNEY_A_STATS_TERMINATED:
			s->pairs += tally(attr, NULL);
			break;
		case CHIMNEY_A_STATS_INITIATE_NS:
			s->initiate_sum = mnl_attr_get_u64(attr);
			break;
		case CHIMNEY_A_STATS_INITIATE_MAX_NS:
			s->initiate_max = mnl_attr_get_u64(attr);
			break;
		case CHIMNEY_A_STATS_TERMINATE_NS:
			s->terminate_sum = mnl_attr_get_u64(attr);
			break;
		case CHIMNEY_A_STATS_TERMINATE_MAX_NS:
			s->terminate_max = mnl_attr_get_u64(attr);
			break;
		}
	}
	return MNL_CB_OK;
}

static void read_stats(struct stats *s)
{
	struct nlmsghdr *req = nl_begin(&nl, CHIMNEY_CMD_STATS_GET);
	int err;

	memset(s, 0, sizeof(*s));
	mnl_attr_put_u32(req, CHIMNEY_A_STATS_IFINDEX, device);
	err = nl_talk(&nl, req, take_stats, s);
	if (err)
		fail("cannot read the counters", err);
	s->failed -= s->offloaded;
}

static int take_check(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a[CHIMNEY_A_CHECK_MAX + 1];

	nl_attrs(msg, a, CHIMNEY_A_CHECK_MAX);
	if (a[CHIMNEY_A_CHECK_FAULTS])
		*(int *)arg = nl_u32(a[CHIMNEY_A_CHECK_FAULTS]);
	return MNL_CB_OK;
}

static void check_tree(void)
{
	struct nlmsghdr *req = nl_begin(&nl, CHIMNEY_CMD_CHECK);
	int faults = -1, err;

	mnl_attr_put_u32(req, CHIMNEY_A_CHECK_IFINDEX, device);
	err = nl_talk(&nl, req, take_check, &faults);
	if (err)
		fail("cannot check the tree", err);
	if (faults) {
		fprintf(stderr, "mover: the tree has %d faults\n", faults);
		exit(1);
	}
}

/* ---- moving -------------------------------------------------------------- */

static int take_answer(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a[CHIMNEY_A_REQUEST_MAX + 1];

	nl_attrs(msg, a, CHIMNEY_A_REQUEST_MAX);
	refused += nl_u32(a[CHIMNEY_A_REQUEST_REFUSED]);
	answers++;
	return MNL_CB_OK;
}

static void put_tuple(struct nlmsghdr *req, const struct tuple *t)
{
	struct nlattr *nest = mnl_attr_nest_start(req, CHIMNEY_A_REQUEST_MATCH);

	mnl_attr_put(req, CHIMNEY_A_MATCH_SADDR, t->size, t->saddr);
	mnl_attr_put(req, CHIMNEY_A_MATCH_DADDR, t->size, t->daddr);
	mnl_attr_put_u16(req, CHIMNEY_A_MATCH_SPORT, htons(t->sport));
	mnl_attr_put_u16(req, CHIMNEY_A_MATCH_DPORT, htons(t->dport));
	mnl_attr_nest_end(req, nest);
}

/* What has gone meanwhile is no error: the walk is random. */
static void ask(struct nlmsghdr *req, const char *what)
{
	int err = nl_talk(&nl, req, take_answer, NULL);

	if (err && err != -ENOENT)
		fail(what, err);
}

static void offload(unsigned int conns, unsigned int most)
{
	struct nlmsghdr *req = nl_begin(&nl, CHIMNEY_CMD_OFFLOAD);
	unsigned int n = 1 + draw(most), i;

	mnl_attr_put_u32(req, CHIMNEY_A_REQUEST_IFINDEX, device);
	if (draw(4) && n < conns)
		for (i = draw(conns); n--; i = (i + 1) % conns)
			put_tuple(req, &tuples[i]);
	ask(req, "offload");
}

/* Some connections, a path, a neighbor, any combination, or all */
static void terminate(unsigned int most)
{
	struct nlmsghdr *req;
	unsigned int n = 1 + draw(most), i;
	bool all = !draw(3);

	if (!all) {
		read_objects();
		if (!objects.n)
			return;
	}
	req = nl_begin(&nl, CHIMNEY_CMD_TERMINATE);
	if (all) {
		mnl_attr_put_u32(req, CHIMNEY_A_REQUEST_IFINDEX, device);
		ask(req, "terminate");
		return;
	}
	if (n > objects.n)
		n = objects.n;
	for (i = draw(objects.n); n--; i = (i + 1) % objects.n)
		mnl_attr_put_u64(req, CHIMNEY_A_REQUEST_ID, objects.id[i]);
	ask(req, "terminate");
}

/*
 * Now and then what was asked for is to be done before the next is asked for:
 * else, on a slow machine, every offload would be ended before it began.
 */
static void let_it_happen(void)
{
	uint64_t until = now_ms() + 2000;

	if (!draw(4))
		return;
	do {
		nap(2000);
		read_objects();
	} while (objects.moving && now_ms() < until);
}

static bool come_home(uint64_t until)
{
	struct nlmsghdr *req;

	req = nl_begin(&nl, CHIMNEY_CMD_TERMINATE);
	mnl_attr_put_u32(req, CHIMNEY_A_REQUEST_IFINDEX, device);
	ask(req, "terminate");
	for (;;) {
		read_objects();
		if (!objects.n)
			return true;
		if (now_ms() > until)
			return false;
		nap(5000);
	}
}

static void on_signal(int signal)
{
	stopping = 1;
}

static void report(const char *name, const struct stats *was,
		   const struct stats *is, uint64_t ms)
{
	uint64_t pairs = is->pairs - was->pairs;
	uint64_t offloaded = is->offloaded - was->offloaded;

	printf("device=%s pairs=%llu rounds=%lu offloaded=%llu failed=%llu refused=%lu lost=%llu offload_us=%llu offload_max_us=%llu terminate_us=%llu terminate_max_us=%llu ms=%llu\n",
	       name, (unsigned long long)pairs, rounds,
	       (unsigned long long)offloaded,
	       (unsigned long long)(is->failed - was->failed), refused,
	       (unsigned long long)(is->lost - was->lost),
	       (unsigned long long)(offloaded ? (is->initiate_sum -
			was->initiate_sum) / offloaded / 1000 : 0),
	       (unsigned long long)is->initiate_max / 1000,
	       (unsigned long long)(pairs ? (is->terminate_sum -
			was->terminate_sum) / pairs / 1000 : 0),
	       (unsigned long long)is->terminate_max / 1000,
	       (unsigned long long)ms);
}

static void usage(void)
{
	fputs("usage: mover -n PAIRS [-r ROUNDS] [-s SEED] [-p MS longest pause] [-m N connections at once] [-t MS limit] DEVICE\n",
	      stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	unsigned int longest = 50, most = 40, conns;
	uint64_t seed = 1, limit = 60000, began, until;
	unsigned long pairs = 0, least = 1;
	struct stats was, is;
	bool home;
	int o, err;

	while ((o = getopt(argc, argv, "n:r:s:p:m:t:")) != -1) {
		switch (o) {
		case 'n': pairs = strtoul(optarg, NULL, 0); break;
		case 'r': least = strtoul(optarg, NULL, 0); break;
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 'p': longest = strtoul(optarg, NULL, 0); break;
		case 'm': most = strtoul(optarg, NULL, 0); break;
		case 't': limit = strtoull(optarg, NULL, 0); break;
		default: usage();
		}
	}
	if (argc - optind != 1 || !pairs || !most)
		usage();
	device = if_nametoindex(argv[optind]);
	if (!device)
		fail(argv[optind], -errno);
	err = nl_open(&nl);
	if (err)
		fail("no chimney netlink family", err);
	signal(SIGTERM, on_signal);
	random_state = pattern_mix(seed);
	began = now_ms();
	until = began + limit;
	read_stats(&was);
	is = was;
	while (!stopping && now_ms() < until &&
	       (is.pairs - was.pairs < pairs || rounds < least)) {
		conns = read_connections();
		if (conns)
			offload(conns, most);
		let_it_happen();
		pause_for(longest);
		terminate(most);
		let_it_happen();
		pause_for(longest);
		rounds++;
		check_tree();
		read_stats(&is);
	}
	home = come_home(now_ms() + 30000);
	read_stats(&is);
	report(argv[optind], &was, &is, now_ms() - began);
	if (!home)
		fprintf(stderr, "mover: %zu objects do not come home\n",
			objects.n);
	if (is.pairs - was.pairs < pairs && !stopping)
		fprintf(stderr, "mover: not done within %llu ms\n",
			(unsigned long long)limit);
	return !home || (is.pairs - was.pairs < pairs && !stopping);
}
