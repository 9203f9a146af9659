// SPDX-License-Identifier: GPL-2.0
/*
 * gap [-r RATE] FILE - copies stdin to stdout, not faster than so many octets
 * a second, and writes to FILE how many there were and the longest time between
 * two of them. Behind a program that receives, it sees what a user would see.
 *
 * gap -l|-c ADDRESS:PORT [-n CONNECTIONS] [-e MS] [-o OCTETS] - both ends of
 * connections on which something comes all the time, see ticks.c.
 *
 * gap -l|-c ADDRESS:PORT -w WRITERS [-p] - both ends of a connection that several
 * threads (-p: processes) use at once, see crowd.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gap.h"

uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

void sleep_until(uint64_t when)
{
	struct timespec ts = { when / SECOND, when % SECOND };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

void die(const char *what)
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

static int copy(const char *file, uint64_t rate)
{
	uint64_t octets = 0, longest = 0, last = 0, due = 0, at;
	static char buf[16384];
	ssize_t n;

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
	report(file, octets, longest);
	return 0;
}

static int usage(void)
{
	fputs("usage: gap [-r RATE] FILE\n"
	      "       gap -l|-c ADDRESS:PORT [-n CONNECTIONS] [-e MS] [-o OCTETS]\n"
	      "       gap -l|-c ADDRESS:PORT -w WRITERS [-p]\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct ticks t = { .connections = 1, .every = 5 * MS, .octets = 200 };
	struct crowd c = {};
	const char *end = NULL;
	uint64_t rate = 0;
	int o;

	while ((o = getopt(argc, argv, "r:l:c:n:e:o:w:p")) != -1) {
		switch (o) {
		case 'r': rate = strtoull(optarg, NULL, 0); break;
		case 'l':
		case 'c':
			t.server = o == 'l';
			c.server = o == 'l';
			end = optarg;
			break;
		case 'n': t.connections = strtoul(optarg, NULL, 0); break;
		case 'e': t.every = strtoul(optarg, NULL, 0) * MS; break;
		case 'o': t.octets = strtoul(optarg, NULL, 0); break;
		case 'w': c.writers = strtoul(optarg, NULL, 0); break;
		case 'p': c.processes = true; break;
		default: return usage();
		}
	}
	if (argc - optind != !end)
		return usage();
	if (!end)
		return copy(argv[optind], rate);
	if (!end_parse(&t.end, end) || !t.connections || !t.every || !t.octets ||
	    t.octets > OCTETS_MAX || c.writers > WRITERS_MAX)
		return usage();
	if (!c.writers)
		return ticks(&t);
	c.end = t.end;
	return crowd(&c);
}
