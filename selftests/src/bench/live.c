// SPDX-License-Identifier: GPL-2.0
/*
 * Live connections: what it costs to hand one over and to take it back, with whatever is
 * in its queues, and what else one could do; and what it costs that the link falls.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/repair.h"
#include "bench.h"
#include "conns.h"

/*
 * So many go together that what each takes is told, and not what it takes to ask and to
 * wake who does it; and so often that it does not matter who was woken first.
 */
#define TOGETHER	256
#define TIMES		16

struct queued {
	unsigned int skbs;
	size_t size;
	char name[32];
};

static struct queued parse(char **args)
{
	struct queued q = { strtoul(args[0], NULL, 10), strtoul(args[1], NULL, 10), "" };

	snprintf(q.name, sizeof(q.name), "%ux%zu", q.skbs, q.size);
	return q;
}

static void of_each(const char *figure, const struct queued *q, struct rounds *r)
{
	result(figure, q->name, q->skbs * q->size, rounds_median(r) / TOGETHER,
	       "instructions/connection");
}

void bench_live(char **args)
{
	struct queued q = parse(args);
	struct rounds there = { 0 }, back = { 0 };
	struct conns c;
	int i;

	conns_make(&c, TOGETHER, q.skbs, q.size);
	for (i = 0; i < TIMES; i++) {
		measure_begin("live-offload");
		target_offload(&c);
		rounds_add(&there, measure_end());
		measure_begin("live-terminate");
		target_terminate();
		rounds_add(&back, measure_end());
	}
	conns_close(&c);
	of_each("live-offload", &q, &there);
	of_each("live-terminate", &q, &back);
}

void bench_repair(char **args)
{
	struct queued q = parse(args);
	struct rounds took = { 0 };
	struct repair r = { 0 };
	struct conns c;
	int i, err;

	conns_make(&c, TOGETHER, q.skbs, q.size);
	/* Its room has been touched before. */
	for (i = -1; i < TOGETHER; i++) {
		if (!i)
			measure_begin("repair");
		err = repair_dump(c.fd[LEFT][i < 0 ? 0 : i], &r);
		if (!err && i >= 0) {
			close(c.fd[LEFT][i]);
			err = repair_restore(&r, &c.fd[LEFT][i]);
		}
		if (err)
			give_up("%s: %s", r.failed, strerror(-err));
	}
	rounds_add(&took, measure_end());
	of_each("repair", &q, &took);
	repair_free(&r);
	conns_close(&c);
}

void bench_reconnect(char **args)
{
	struct queued q = { 0, 0, "-" };
	struct rounds took = { 0 };
	struct conns c;

	conns_open(&c, TOGETHER);
	measure_begin("reconnect");
	conns_close(&c);
	conns_open(&c, TOGETHER);
	rounds_add(&took, measure_end());
	of_each("reconnect", &q, &took);
	conns_close(&c);
}

/* Few are measured more often than many. */
static int rounds(uint64_t n)
{
	return n >= 10000 ? 4 : n >= 100 ? 16 : 64;
}

static void of_all(const char *figure, uint64_t n, struct rounds *r)
{
	result(figure, "-", n, rounds_median(r) / n, "instructions/connection");
}

void bench_linkdown(char **args)
{
	uint64_t n = strtoull(args[0], NULL, 10);
	struct rounds there = { 0 }, back = { 0 };
	struct conns c;
	int i;

	conns_make(&c, n, 0, 0);
	for (i = 0; i < rounds(n); i++) {
		measure_begin("many-offload");
		target_offload(&c);
		rounds_add(&there, measure_end());
		measure_begin("linkdown");
		link_set(target_device(), 0);
		target_until("neighs", 0);
		rounds_add(&back, measure_end());
		link_set(target_device(), 1);
	}
	conns_close(&c);
	of_all("many-offload", n, &there);
	of_all("linkdown", n, &back);
}

static void run(char *const argv[])
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(127);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		give_up("%s fails", argv[0]);
}

void bench_kill(char **args)
{
	char *const ss[] = { "ss", "-HKtn", "state", "established", NULL };
	uint64_t n = strtoull(args[0], NULL, 10);
	struct rounds took = { 0 };
	struct conns c;
	int i;

	/* What it needs is loaded and at hand. */
	run(ss);
	for (i = 0; i < rounds(n); i++) {
		conns_make(&c, n, 0, 0);
		measure_begin("kill");
		run(ss);
		rounds_add(&took, measure_end());
		conns_close(&c);
	}
	of_all("kill", n, &took);
}
