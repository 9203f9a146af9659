// SPDX-License-Identifier: GPL-2.0
/*
 * How long the processor was busy: the time since it was started, without that in which
 * it was idle, both to the nanosecond, as /proc/timer_list has them. An interrupt that
 * ends an idle time is work.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

/*
 * An instruction that does nothing, but that a profiler outside of the machine knows
 * (bench/profiler.c): between the two it counts. Of the figure that BENCH_PROFILE names.
 */
#define MARK(n)		asm volatile("nopl 0x4348494" #n "(%rax)")

#define TEXT_MAX	65536

/*
 * After so long nothing is left to do: grace periods have passed, workers have run, and
 * what waited for both to be freed is free, which the kernel lets wait for five seconds.
 */
#define SETTLE_MS	6000

static uint64_t begun, overhead;
static bool marking;

/* The number behind @name, which stands once in the text of a machine with one CPU */
static uint64_t number(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	if (!at)
		give_up("/proc/timer_list has no \"%s\"", name);
	at += strlen(name);
	at += strspn(at, " :");
	return strtoull(at, NULL, 10);
}

static uint64_t busy(void)
{
	static char text[TEXT_MAX];
	size_t n = 0;
	ssize_t more;
	int fd;

	fd = open("/proc/timer_list", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		give_up("cannot open /proc/timer_list");
	while ((more = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += more;
	close(fd);
	text[n] = '\0';
	return number(text, "now at ") - number(text, ".idle_sleeptime") -
	       number(text, ".iowait_sleeptime");
}

void nap_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

/*
 * What the machine does by itself in the time that is added to each measurement: twice
 * about the same, and no more than that
 */
static uint64_t idle_cost(void)
{
	uint64_t last = UINT64_MAX, now, before;
	int tries;

	for (tries = 0; tries < 20; tries++) {
		before = busy();
		nap_ms(SETTLE_MS);
		now = busy() - before;
		if (now <= last + last / 8 && last <= now + now / 8)
			return now < last ? now : last;
		last = now;
	}
	give_up("the machine does not come to rest");
}

void measure_begin(const char *figure)
{
	const char *chosen = getenv("BENCH_PROFILE");

	nap_ms(SETTLE_MS);
	overhead = idle_cost();
	marking = chosen && !strcmp(chosen, figure);
	begun = busy();
	if (marking)
		MARK(1);
}

uint64_t measure_end(void)
{
	uint64_t took;

	nap_ms(SETTLE_MS);
	if (marking)
		MARK(2);
	took = busy() - begun;
	return took > overhead ? took - overhead : 0;
}

/* ---- rounds -------------------------------------------------------------- */

void rounds_add(struct rounds *r, uint64_t took)
{
	if (r->n == ROUNDS_MAX)
		give_up("more than %d rounds", ROUNDS_MAX);
	r->took[r->n++] = took;
	if (getenv("BENCH_ROUNDS"))
		fprintf(stderr, "round %llu\n", (unsigned long long)took);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

double rounds_median(struct rounds *r)
{
	qsort(r->took, r->n, sizeof(r->took[0]), compare);
	return (r->took[(r->n - 1) / 2] + r->took[r->n / 2]) / 2.0;
}
