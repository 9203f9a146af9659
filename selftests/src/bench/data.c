// SPDX-License-Identifier: GPL-2.0
/*
 * What data costs: to send it, to receive it, and to ask and be answered. Of a connection
 * that is offloaded all that is counted is the host's, since its target's peer is not
 * there; of one in the host's stack the left end is, by the time of the tasks that work
 * for it: the program, and the one that receives for its NIC.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "conns.h"

/* In all; of small messages fewer */
#define TOTAL		(8 << 20)
#define MESSAGES	16384

enum kind { SEND, RECEIVE, ASK };

static const struct {
	const char *name, *unit;
} kinds[] = {
	[SEND] = { "send", "instructions/MB" },
	[RECEIVE] = { "receive", "instructions/MB" },
	[ASK] = { "ask", "instructions/request" },
};

#define KINDS		(sizeof(kinds) / sizeof(kinds[0]))

struct job {
	enum kind kind;
	size_t size;
	uint64_t messages;
};

static uint8_t octets[1 << 16];

static struct job parse(char **args)
{
	struct job j = { .size = strtoul(args[1], NULL, 10) };

	while (j.kind < KINDS && strcmp(kinds[j.kind].name, args[0]))
		j.kind++;
	if (j.kind == KINDS || !j.size || j.size > sizeof(octets))
		give_up("no messages \"%s\" of %s octets", args[0], args[1]);
	j.messages = TOTAL / j.size < MESSAGES ? TOTAL / j.size : MESSAGES;
	if (j.kind == ASK)
		j.messages = j.messages < 1000 ? j.messages : 1000;
	return j;
}

static void told(const char *figure, const struct job *j, const char *variant,
		 uint64_t took)
{
	double cost = took;
	char name[64];

	if (j->kind == ASK)
		cost /= j->messages;
	else
		cost = cost * (1 << 20) / (j->messages * j->size);
	snprintf(name, sizeof(name), "%s-%s", kinds[j->kind].name, figure);
	result(name, variant, j->size, cost, kinds[j->kind].unit);
}

/* ---- an end -------------------------------------------------------------- */

static void give(int fd, size_t n)
{
	if (send(fd, octets, n, MSG_NOSIGNAL) != (ssize_t)n)
		give_up("cannot send: %s", strerror(errno));
}

static void take(int fd, uint64_t n)
{
	ssize_t got;

	while (n) {
		got = recv(fd, octets, n < sizeof(octets) ? n : sizeof(octets), 0);
		if (got <= 0)
			give_up("cannot receive: %s", got ? strerror(errno) : "the end");
		n -= got;
	}
}

/* A message is read by as many calls as it takes, and no more than one at a time. */
static void use(int fd, const struct job *j)
{
	uint64_t i;

	for (i = 0; i < j->messages; i++) {
		if (j->kind != RECEIVE)
			give(fd, j->size);
		if (j->kind != SEND)
			take(fd, j->size);
	}
}

/* ---- offloaded ----------------------------------------------------------- */

static void write_file(const char *path, uint64_t value)
{
	char text[32];
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		give_up("%s: %s", path, strerror(errno));
	close(fd);
}

static void knob(const char *name, uint64_t value)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/chimnull/%s/%s",
		 target_device(), name);
	write_file(path, value);
}

void bench_offloaded(char **args)
{
	struct job j = parse(args);
	char figure[64];
	struct conns c;

	conns_make(&c, 1, 0, 0);
	knob("peer", j.kind == ASK ? 2 : 1);
	target_offload(&c);
	snprintf(figure, sizeof(figure), "%s-offloaded", kinds[j.kind].name);
	measure_begin(figure);
	if (j.kind == RECEIVE)
		knob("feed", j.messages * j.size);
	use(c.fd[LEFT][0], &j);
	told("offloaded", &j, "-", measure_end());
	knob("peer", 0);
	target_terminate();
	conns_close(&c);
}

/* ---- in the host --------------------------------------------------------- */

/* The peer: what the left end sends it takes, and the other way round */
static void answer(int fd, const struct job *j)
{
	uint64_t i;

	for (i = 0; i < j->messages; i++) {
		if (j->kind != RECEIVE)
			take(fd, j->size);
		if (j->kind != SEND)
			give(fd, j->size);
	}
}

/* Nanoseconds that a task ran */
static uint64_t ran(const char *task)
{
	unsigned long long ns = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/schedstat", task);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%llu", &ns) != 1)
		give_up("%s: %s", path, strerror(errno));
	fclose(f);
	return ns;
}

void bench_hosted(char **args)
{
	struct job j = parse(args);
	char figure[64];
	struct conns c;
	uint64_t before;
	pid_t peer;

	conns_open(&c, 1);
	/* args[3]: the task that receives for the left NIC */
	snprintf(figure, sizeof(figure), "%s-hosted", kinds[j.kind].name);
	peer = fork();
	if (!peer) {
		answer(c.fd[RIGHT][0], &j);
		nap_ms(1000);
		_exit(0);
	}
	nap_ms(100);
	before = ran("self") + ran(args[3]);
	use(c.fd[LEFT][0], &j);
	nap_ms(500);
	told("hosted", &j, args[2], ran("self") + ran(args[3]) - before);
	waitpid(peer, NULL, 0);
	conns_close(&c);
}
