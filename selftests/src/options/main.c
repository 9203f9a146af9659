// SPDX-License-Identifier: GPL-2.0
/*
 * options LEFT-NETNS LEFT-DEVICE LEFT-ADDRESS LEFT-PORT
 *	   RIGHT-NETNS RIGHT-DEVICE RIGHT-ADDRESS RIGHT-PORT
 * - does to a connection that is offloaded, and to a twin that is not, the same
 * things, and compares what comes of it
 *
 * It holds both ends of both connections. PORT is the folder of a simulated
 * NIC's port in sysfs. It obeys a line at a time from standard input:
 *
 *	row LEVEL OPTION KIND BEFORE WHILE AFTER NEUTRAL stays|home
 *			set an option before, during and after an offload, and see
 *			whether the connection stays with the NIC, see matrix.c
 *	works WHAT	an option does what it is for, see works.c
 *	lossy WHAT	the same, on a wire that loses everything, see lossy.c
 *	headers		options show on the frames, see tap.c
 *	congestion NAME	that algorithm goes along
 *	queues		what waits to be received, to be sent, to be acknowledged
 *	learn		TCP_INFO is taken of both connections in a state of rest
 *	info WHAT getsockopt|ss
 *			what was learnt is true, see info.c
 *	cycles		counters never go backwards
 *	repair		the connection is dumped and restored, see repair.c
 *
 * It answers each with "ok" and what there is to say, "skip: " and what is not
 * there, or "not ok: " and what is wrong. It ends when its input does. Exit status:
 * 0, 1 if it cannot begin, 2 usage.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "options.h"

static char complaint[400], said[256];
static bool skip;

bool wrong(const char *format, ...)
{
	va_list args;

	if (*complaint)
		return false;
	va_start(args, format);
	vsnprintf(complaint, sizeof(complaint), format, args);
	va_end(args);
	return false;
}

static void say(const char *format, va_list args)
{
	vsnprintf(said, sizeof(said), format, args);
}

bool skipped(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	skip = true;
	return true;
}

bool answer(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return true;
}

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

uint64_t in_ms(unsigned int ms)
{
	return now_ms() + ms;
}

uint64_t patience(void)
{
	const char *slow = getenv("CHIMNEY_SLOW");

	return in_ms(PATIENCE_MS * (slow && *slow ? atoi(slow) : 1));
}

bool nap_until(uint64_t end)
{
	const struct timespec moment = { 0, 2000000 };

	if (now_ms() >= end)
		return false;
	nanosleep(&moment, NULL);
	return true;
}

static bool obey(char *line)
{
	char *verb = strsep(&line, " ");

	if (!strcmp(verb, "row"))
		return matrix_row(line);
	if (!strcmp(verb, "works"))
		return works(line);
	if (!strcmp(verb, "lossy"))
		return lossy(line);
	if (!strcmp(verb, "headers"))
		return tap_headers();
	if (!strcmp(verb, "congestion"))
		return congestion(line);
	if (!strcmp(verb, "queues"))
		return queues_check();
	if (!strcmp(verb, "learn"))
		return info_learn();
	if (!strcmp(verb, "info")) {
		char *what = strsep(&line, " ");

		return info_check(what, line);
	}
	if (!strcmp(verb, "cycles"))
		return info_cycles();
	if (!strcmp(verb, "repair"))
		return repair();
	return wrong("what is '%s'?", verb);
}

static void take(int side, char **words)
{
	place.netns[side] = words[0];
	place.dev[side] = words[1];
	place.host[side] = words[2];
	place.port[side] = words[3];
}

int main(int argc, char **argv)
{
	char line[1024];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 9) {
		fputs("usage: options LEFT-NETNS LEFT-DEVICE LEFT-ADDRESS LEFT-PORT RIGHT-NETNS RIGHT-DEVICE RIGHT-ADDRESS RIGHT-PORT\n",
		      stderr);
		return 2;
	}
	take(LEFT, argv + 1);
	take(RIGHT, argv + 5);
	if (!place_begin() || !nic_begin() || !info_begin()) {
		printf("not ok: %s\n", complaint);
		return 1;
	}
	puts("ok");
	while (fgets(line, sizeof(line), stdin)) {
		bool ok;

		line[strcspn(line, "\n")] = '\0';
		*complaint = *said = '\0';
		skip = false;
		ok = obey(line);
		if (!ok || *complaint)
			printf("not ok: %s\n", *complaint ? complaint : "?");
		else if (skip)
			printf("skip: %s\n", said);
		else
			printf("ok%s%s\n", *said ? " " : "", said);
	}
	return 0;
}
