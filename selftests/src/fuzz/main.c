// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz [-s SEED] [-t SECONDS] [-n CASES] [-j CALLERS] [-d DEV] [-c CASE]
 *	[-l FOLDER | FILE...]
 *
 * Sends requests of all kinds to the netlink family, or writes to and reads
 * the FILEs, or lets the simulated target with this FOLDER in debugfs lie.
 * Every case is made from the seed and its own number: -c repeats one alone,
 * whoever of the callers had it. What it takes from the live tree, such as ids,
 * may then be another: the octets are told too.
 *
 * Exit status: 0: every answer was one that may be; 1: one was not, and how to
 * repeat it is told; 2: it could not begin.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define CALLERS_MAX	64

static uint64_t state, seed = 1, number;
static const char *dev = "", *liar;

void random_begin(uint64_t s, uint64_t n)
{
	state = s * 0x9e3779b97f4a7c15ull ^ (n + 1) * 0xd1342543de82ef95ull;
}

/* splitmix64 */
uint64_t random_number(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

unsigned int below(unsigned int n)
{
	return random_number() % n;
}

bool once_in(unsigned int n)
{
	return !below(n);
}

uint64_t edgy(void)
{
	static const uint64_t edges[] = {
		0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff,
		0x80000000, 0xffffffff, 0x100000000, INT64_MAX, UINT64_MAX,
	};

	switch (below(3)) {
	case 0:		return below(8);
	case 1:		return random_number();
	default:	return edges[below(sizeof(edges) / sizeof(*edges))];
	}
}

bool errno_allowed(int err)
{
	static const int allowed[] = {
		EINVAL, ENODEV, ENOENT, EOPNOTSUPP, EBUSY, EMSGSIZE, ERANGE,
		EPERM, EALREADY,
		ENOSPC,		/* as many connections as are allowed */
	};
	unsigned int i;

	for (i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		if (err == allowed[i])
			return true;
	return false;
}

void complain(const char *what, int err, const void *octets, size_t len)
{
	const unsigned char *at = octets;
	size_t i;

	/* One write a line: callers do not mix. */
	char line[2 * 4096 + 1];

	for (i = 0; i < len && i < 4096; i++)
		sprintf(line + 2 * i, "%02x", at[i]);
	line[2 * i] = '\0';
	fprintf(stderr, "fuzz: %s, errno %d (%s)\nrepeat: -s %llu -c %llu%s%s\noctets: %s\n",
		what, err, strerror(err), (unsigned long long)seed,
		(unsigned long long)number, *dev ? " -d " : "", dev, line);
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* One caller: every @step-th case from @first on */
static int call(uint64_t first, uint64_t step, uint64_t last, time_t end,
		char **files, int n, struct tally *tallies, uint64_t *cases)
{
	bool good;

	if (!n && !liar && !netlink_open(dev))
		return 2;
	for (number = first; number <= last && now() < end; number += step) {
		random_begin(seed, number);
		good = liar ? liar_case(liar, dev, tallies) :
		       n ? files_case(files, n, tallies) :
			   netlink_case(tallies);
		++*cases;
		if (!good)
			return 1;
	}
	return 0;
}

static void show(const char *name, const struct tally *t, unsigned int step,
		 unsigned int callers)
{
	unsigned long sum[ERRNO_MAX] = {}, acks = 0;
	unsigned int i, e;

	for (i = 0; i < callers; i++, t += step) {
		acks += t->acks;
		for (e = 0; e < ERRNO_MAX; e++)
			sum[e] += t->errnos[e];
	}
	printf("%s: acks %lu", name, acks);
	for (e = 0; e < ERRNO_MAX; e++)
		if (sum[e])
			printf(", %s %lu", strerrorname_np(e), sum[e]);
	putchar('\n');
}

static int wait_callers(unsigned int callers)
{
	int status, worst = 0;

	while (callers--) {
		if (wait(&status) < 0)
			return 2;
		status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
		if (status > worst)
			worst = status;
	}
	return worst;
}

int main(int argc, char **argv)
{
	unsigned int callers = 1, seconds = 10, kinds, i;
	uint64_t first = 0, last = UINT64_MAX / 2, sum = 0, *cases;
	struct tally *tallies;
	const char *name;
	int opt, n, status;
	time_t end;

	while ((opt = getopt(argc, argv, "s:t:n:j:d:c:l:")) != -1) {
		switch (opt) {
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 't': seconds = atoi(optarg); break;
		case 'n': last = strtoull(optarg, NULL, 0) - 1; break;
		case 'j': callers = atoi(optarg); break;
		case 'd': dev = optarg; break;
		case 'c': first = last = strtoull(optarg, NULL, 0); break;
		case 'l': liar = optarg; break;
		default: return 2;
		}
	}
	if (!callers || callers > CALLERS_MAX)
		return 2;
	n = argc - optind;
	kinds = liar ? liar_kinds : n ? (unsigned int)n : netlink_kinds;
	tallies = mmap(NULL, sizeof(*tallies) * kinds * callers +
		       sizeof(*cases) * callers, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tallies == MAP_FAILED)
		return 2;
	cases = (void *)(tallies + kinds * callers);
	end = now() + seconds;
	/* One case is one caller's. */
	if (first == last)
		callers = 1;
	for (i = 0; i < callers; i++) {
		switch (fork()) {
		case -1:
			return 2;
		case 0:
			_exit(call(first + i, callers, last, end, argv + optind,
				   n, tallies + i * kinds, &cases[i]));
		}
	}
	status = wait_callers(callers);
	for (i = 0; i < callers; i++)
		sum += cases[i];
	printf("seed %llu cases %llu\n", (unsigned long long)seed,
	       (unsigned long long)sum);
	for (i = 0; i < kinds; i++) {
		name = liar ? liar_name(i) : n ? argv[optind + i] :
		       netlink_name(i);
		if (name)
			show(name, tallies + i, kinds, callers);
	}
	return status;
}
