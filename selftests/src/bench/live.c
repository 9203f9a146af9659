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
 * wake who does it.
 */
#define TOGETHER	64

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

static void of_each(const char *figure, const struct queued *q, uint64_t took)
{
	result(figure, q->name, q->skbs * q->size, (double)took / TOGETHER,
	       "instructions/connection");
}

void bench_live(char **args)
{
	struct queued q = parse(args);
	struct conns c;

	conns_make(&c, TOGETHER, q.skbs, q.size);
	measure_begin("live-offload");
	target_offload(&c);
	of_each("live-offload", &q, measure_end());
	measure_begin("live-terminate");
	target_terminate();
	of_each("live-terminate", &q, measure_end());
	conns_close(&c);
}

void bench_repair(char **args)
{
	struct queued q = parse(args);
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
	of_each("repair", &q, measure_end());
	repair_free(&r);
	conns_close(&c);
}

void bench_reconnect(char **args)
{
	struct queued q = { 0, 0, "-" };
	struct conns c;

	conns_open(&c, TOGETHER);
	measure_begin("reconnect");
	conns_close(&c);
	conns_open(&c, TOGETHER);
	of_each("reconnect", &q, measure_end());
	conns_close(&c);
}

void bench_linkdown(char **args)
{
	uint64_t n = strtoull(args[0], NULL, 10);
	struct conns c;

	conns_make(&c, n, 0, 0);
	measure_begin("many-offload");
	target_offload(&c);
	result("many-offload", "-", n, (double)measure_end() / n,
	       "instructions/connection");
	measure_begin("linkdown");
	link_set(target_device(), 0);
	target_until("neighs", 0);
	result("linkdown", "-", n, (double)measure_end() / n,
	       "instructions/connection");
	link_set(target_device(), 1);
	conns_close(&c);
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
	char *ss[] = { "ss", "-HKtn", "state", "established", NULL };
	uint64_t n = strtoull(args[0], NULL, 10);
	struct conns c;

	/* What it needs is loaded and at hand. */
	run(ss);
	conns_make(&c, n, 0, 0);
	measure_begin("kill");
	run(ss);
	result("kill", "-", n, (double)measure_end() / n,
	       "instructions/connection");
	conns_close(&c);
}
