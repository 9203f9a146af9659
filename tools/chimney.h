/* SPDX-License-Identifier: GPL-2.0 */
/* What the verbs of the tool share. */
#ifndef CHIMNEY_TOOL_H
#define CHIMNEY_TOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <json-c/json.h>
#include <linux/chimney.h>

/* Exit statuses */
enum {
	DONE = 0,	/* all of it */
	FAILED = 1,	/* some or all of it was not done */
	USAGE = 2,	/* the command makes no sense */
};

/**
 * struct options - of the command line
 * @json: print JSON
 * @pretty: and indent it
 * @details: (text) print all there is
 * @no_wait: do not wait for what was asked for
 * @timeout_ms: wait no longer than that
 * @if_unused: terminate only what nothing depends on
 */
struct options {
	bool		json;
	bool		pretty;
	bool		details;
	bool		no_wait;
	unsigned int	timeout_ms;
	bool		if_unused;
};

extern struct options options;

/**
 * struct verb - a verb
 * @name: as it is typed; a beginning of it does as well
 * @run: does it; @argv are the words after the verb, ends with NULL
 * @words: what may follow
 * @help: what it does
 */
struct verb {
	const char	*name;
	int		(*run)(int argc, char **argv);
	const char	*words;
	const char	*help;
};

int verb_show(int argc, char **argv);
int verb_target(int argc, char **argv);
int verb_offload(int argc, char **argv);
int verb_terminate(int argc, char **argv);
int verb_set(int argc, char **argv);
int verb_stats(int argc, char **argv);
int verb_monitor(int argc, char **argv);
int verb_history(int argc, char **argv);
int verb_explain(int argc, char **argv);
int verb_policy(int argc, char **argv);
int verb_rules(int argc, char **argv);
int verb_try(int argc, char **argv);
int verb_query(int argc, char **argv);
int verb_check(int argc, char **argv);

/* Says what is wrong, on standard error. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same of the command line; returns USAGE. */
int usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* CHIMNEY_TOOL_H */
