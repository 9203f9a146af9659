// SPDX-License-Identifier: GPL-2.0
/*
 * bench FIGURE ARGUMENT...: measures one figure, for the scripts of bench/, which set
 * the scene.
 *
 * A line for each result: "result", figure, variant, size, cost of one, unit.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static const struct {
	const char *name, *args;
	int n;
	void (*run)(char **args);
} figures[] = {
	{ "objects", "flat|mixed|deep N", 2, bench_objects },
	{ "routes", "DEVICE N", 2, bench_routes },
	{ "conntrack", "N", 1, bench_conntrack },
	{ "routes-dump", "DEVICE N", 2, bench_routes_dump },
	{ "victims", "N", 1, bench_victims },
	{ "rules", "N", 1, bench_rules },
	{ "dump", "N", 1, bench_dump },
	{ "live", "SKBS SIZE", 2, bench_live },
	{ "repair", "SKBS SIZE", 2, bench_repair },
	{ "reconnect", "", 0, bench_reconnect },
	{ "linkdown", "N", 1, bench_linkdown },
	{ "kill", "N", 1, bench_kill },
	{ "offloaded", "send|receive|ask SIZE", 2, bench_offloaded },
	{ "hosted", "send|receive|ask SIZE VARIANT PID", 4, bench_hosted },
};

#define FIGURES		(sizeof(figures) / sizeof(figures[0]))

void give_up(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("bench: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

void result(const char *figure, const char *variant, uint64_t size, double cost,
	    const char *unit)
{
	printf("result %s %s %llu %.1f %s\n", figure, variant,
	       (unsigned long long)size, cost, unit);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < FIGURES; i++)
		if (argc == figures[i].n + 2 && !strcmp(argv[1], figures[i].name)) {
			figures[i].run(argv + 2);
			return 0;
		}
	fputs("usage:\n", stderr);
	for (i = 0; i < FIGURES; i++)
		fprintf(stderr, "\tbench %s %s\n", figures[i].name,
			figures[i].args);
	return 2;
}
