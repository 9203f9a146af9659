// SPDX-License-Identifier: GPL-2.0
/*
 * gap [-r RATE] FILE - copies stdin to stdout, not faster than so many octets
 * a second, and writes to FILE how many there were and the longest time between
 * two of them. Behind a program that receives, it sees what a user would see.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MS	1000000ULL
#define SECOND	(1000 * MS)

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

static void sleep_until(uint64_t when)
{
	struct timespec ts = { when / SECOND, when % SECOND };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static void die(const char *what)
{
	fprintf(stderr, "gap: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void write_all(const char *buf, size_t len)
{
	ssize_t n;

	for (; len; buf += n, len -= n) {
		n = write(STDOUT_FILENO, buf, len);
		if (n < 0)
			die("write");
	}
}

static void report(const char *file, uint64_t octets, uint64_t longest)
{
	FILE *f = fopen(file, "w");

	if (!f)
		die(file);
	fprintf(f, "octets=%" PRIu64 " gap_ms=%" PRIu64 "\n", octets,
		(uint64_t)(longest / MS));
	fclose(f);
}

int main(int argc, char **argv)
{
	uint64_t rate = 0, octets = 0, longest = 0, last = 0, due = 0, at;
	static char buf[16384];
	ssize_t n;
	int o;

	while ((o = getopt(argc, argv, "r:")) != -1) {
		if (o != 'r')
			return 2;
		rate = strtoull(optarg, NULL, 0);
	}
	if (argc - optind != 1) {
		fputs("usage: gap [-r RATE] FILE\n", stderr);
		return 2;
	}
	for (;;) {
		at = now();
		if (rate && due > at) {
			sleep_until(due);
			/* Its own pauses are not the network's. */
			last += due - at;
			at = due;
		}
		n = read(STDIN_FILENO, buf, sizeof(buf));
		if (n < 0)
			die("read");
		if (!n)
			break;
		if (last && now() - last > longest)
			longest = now() - last;
		last = now();
		write_all(buf, n);
		octets += n;
		if (rate)
			due = (due > at ? due : at) + n * SECOND / rate;
	}
	report(argv[optind], octets, longest);
	return 0;
}
