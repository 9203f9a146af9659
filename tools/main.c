// SPDX-License-Identifier: GPL-2.0
/* The tool: options, and a table of verbs. */

#include "chimney.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "parse.h"

struct options options = { .timeout_ms = 60000 };

static const struct verb verbs[] = {
	{ "show", verb_show, "[dev DEV]",
	  "the tree: neighbors, paths, connections" },
	{ "target", verb_target, "[show | reset] [dev DEV] | default",
	  "the NICs that take offloads, and their settings; end a quarantine" },
	{ "offload", verb_offload, "SELECTION [priority N]",
	  "hand connections over to their NIC" },
	{ "terminate", verb_terminate, "{ ID... | SELECTION }",
	  "take connections back, or paths and neighbors with them" },
	{ "set", verb_set, "{ dev DEV | default } { SETTING VALUE | REASON RULE } ...",
	  "change settings of a target, or the defaults" },
	{ "stats", verb_stats, "[dev DEV]",
	  "counters of the targets" },
	{ "monitor", verb_monitor, "[dev DEV] [id ID]",
	  "what happens, as it happens" },
	{ "history", verb_history, "[dev DEV] [id ID] [last N]",
	  "what happened, when and why" },
	{ "explain", verb_explain, "{ ID | ADDR:PORT ADDR:PORT }",
	  "why a connection is offloaded, or not" },
	{ "policy", verb_policy, "[save | load FILE | check FILE]",
	  "all that is set, as a file" },
	{ "rules", verb_rules, "",
	  "the rules of admission, and how often each decided" },
	{ "try", verb_try, "ADDR:PORT ADDR:PORT",
	  "what would become of a connection" },
	{ "query", verb_query, "ID...",
	  "ask the NIC for the variables of connections" },
	{ "check", verb_check, "[dev DEV]",
	  "check the trees' invariants" },
	{ NULL, NULL, NULL, NULL },
};

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("chimney: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

int usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("chimney: ", stderr);
	vfprintf(stderr, format, args);
	fputs("\nSee chimney help, or chimney(8).\n", stderr);
	va_end(args);
	return USAGE;
}

static void help(FILE *out)
{
	const struct verb *v;

	fputs("Usage: chimney [OPTIONS] VERB [WORDS]\n\nVerbs:\n", out);
	for (v = verbs; v->name; v++)
		fprintf(out, "  %-9s %-28s %s\n", v->name, v->words, v->help);
	fputs("\nSELECTION:\n"
	      "  ADDR:PORT ADDR:PORT ...      connections: the host's end, the peer's end;\n"
	      "                               of IPv6: [ADDR]:PORT [ADDR]:PORT\n"
	      "  pid PID                      the connections of a process\n"
	      "  [src ADDR] [dst ADDR] [sport PORT] [dport PORT] [dev DEV]\n"
	      "                               connections that are like this\n"
	      "  all                          everything in this network namespace\n"
	      "\nSETTING VALUE:\n"
	      "  initiate-ms TIME, terminate-ms TIME, update-ms TIME,\n"
	      "  divert-max SIZE, max-conns NUMBER, max-history NUMBER,\n"
	      "  window-ms TIME, min-sent SIZE, min-received SIZE, hysteresis PERCENT,\n"
	      "  min-stay-ms TIME, admission { manual | auto }, backoff-ms TIME,\n"
	      "  backoff-max-ms TIME, backoff-decay-ms TIME, rest-failures NUMBER,\n"
	      "  rest-ms TIME\n"
	      "REASON RULE:\n"
	      "  a reason (carrier-lost, pause, ...) and terminate, ignore or hold TIME\n"
	      "\nOptions:\n"
	      "  -j, --json      print JSON          -p, --pretty   and indent it\n"
	      "  -d, --details   print all there is  -V, --version  -h, --help\n"
	      "  -n, --netns NAME  as in that network namespace\n"
	      "  --no-wait       do not wait for the NIC\n"
	      "  --timeout SECONDS  wait no longer than that (60)\n"
	      "  --if-unused     terminate only what nothing depends on\n"
	      "\nExit status: 0 all done, 1 some or all failed, 2 usage.\n", out);
}

static const struct verb *find_verb(const char *name)
{
	const struct verb *v;

	for (v = verbs; v->name; v++) {
		if (!strncmp(v->name, name, strlen(name)))
			return v;
	}
	return NULL;
}

/* One that ip netns knows. Only the network is another, unlike ip netns exec. */
static int enter_netns(const char *name)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = strchr(name, '/') ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return usage("there is no network namespace '%s': ip netns lists them",
			     name);
	if (setns(fd, CLONE_NEWNET)) {
		complain("cannot enter the network namespace '%s': %s", name,
			 strerror(errno));
		close(fd);
		return FAILED;
	}
	close(fd);
	return -1;
}

enum {
	OPT_NO_WAIT = 256,
	OPT_TIMEOUT,
	OPT_IF_UNUSED,
};

static const struct option long_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "pretty", no_argument, NULL, 'p' },
	{ "details", no_argument, NULL, 'd' },
	{ "netns", required_argument, NULL, 'n' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ "no-wait", no_argument, NULL, OPT_NO_WAIT },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "if-unused", no_argument, NULL, OPT_IF_UNUSED },
	{ NULL, 0, NULL, 0 },
};

/* -1: go on; else leave with this status. */
static int take_option(int c)
{
	switch (c) {
	case 'j':
		options.json = true;
		return -1;
	case 'p':
		options.pretty = true;
		return -1;
	case 'd':
		options.details = true;
		return -1;
	case 'n':
		return enter_netns(optarg);
	case 'V':
		puts("chimney " CHIMNEY_VERSION);
		return DONE;
	case 'h':
		help(stdout);
		return DONE;
	case OPT_NO_WAIT:
		options.no_wait = true;
		return -1;
	case OPT_TIMEOUT:
		if (!parse_time(optarg, 1000, &options.timeout_ms))
			return usage("'%s' is no time to wait: say seconds, or a number and ms, s or m",
				     optarg);
		return -1;
	case OPT_IF_UNUSED:
		options.if_unused = true;
		return -1;
	default:
		return USAGE;	/* getopt has said why */
	}
}

int main(int argc, char **argv)
{
	const struct verb *v;
	int c, status;

	while ((c = getopt_long(argc, argv, "jpdn:Vh", long_options,
				NULL)) != -1) {
		status = take_option(c);
		if (status >= 0)
			return status;
	}
	argc -= optind;
	argv += optind;
	if (!argc)
		return verb_show(0, argv);
	if (!strcmp(argv[0], "help")) {
		help(stdout);
		return DONE;
	}
	v = find_verb(argv[0]);
	if (!v)
		return usage("there is no verb '%s'", argv[0]);
	return v->run(argc - 1, argv + 1);
}
