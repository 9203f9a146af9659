// SPDX-License-Identifier: GPL-2.0
/* chimney target: the NICs that take offloads, and what is set for them. */

#include <stdio.h>
#include <string.h>
#include "chimney.h"
#include "nl.h"
#include "output.h"
#include "show.h"
#include "words.h"

/* What is not terminated at once, or, for who wants all, everything. */
static void print_rules(struct json_object *rules)
{
	size_t i;

	for (i = 0; i < length_of(rules); i++) {
		struct json_object *rule = json_object_array_get_idx(rules, i);
		const char *action = text_of(rule, "action");

		if (!options.details && !strcmp(action, "terminate"))
			continue;
		printf("   %s %s", text_of(rule, "reason"), action);
		if (member_of(rule, "hold_ms"))
			printf(" %s",
			       show_time(number_of(rule, "hold_ms") * 1000000));
		putchar('\n');
	}
}

static bool ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && !strcmp(text + len - n, end);
}

/* As "chimney set" takes it */
static void print_setting(const char *key, struct json_object *value)
{
	const char *at;

	printf("   ");
	for (at = key; *at; at++)
		putchar(*at == '_' ? '-' : *at);
	if (ends_in(key, "_ms"))
		printf(" %s\n", show_time(json_object_get_uint64(value) * 1000000));
	else if (!strcmp(key, "divert_max") || !strncmp(key, "min_", 4))
		printf(" %s\n", show_size(json_object_get_uint64(value)));
	else
		printf(" %s\n", json_object_get_string(value));
}

static void print_settings(struct json_object *set)
{
	print_rules(member_of(set, "rule"));
	json_object_object_foreach(set, key, value) {
		if (strcmp(key, "rule"))
			print_setting(key, value);
	}
}

static void print_caps(struct json_object *caps)
{
	size_t i;

	for (i = 0; i < length_of(caps); i++)
		printf("%s%s", i ? " " : "   can ",
		       json_object_get_string(json_object_array_get_idx(caps,
									i)));
	if (i)
		putchar('\n');
}

static void print_target(struct json_object *t)
{
	print_target_line(t);
	print_caps(member_of(t, "caps"));
	print_settings(member_of(t, "settings"));
}

static int show_defaults(void)
{
	struct nlmsghdr *request;
	struct json_object *d;
	struct nl nl;

	if (!nl_open(&nl))
		return FAILED;
	request = nl_request(&nl, CHIMNEY_CMD_TARGET_GET, false, 64);
	mnl_attr_put(request, CHIMNEY_A_TARGET_DEFAULTS, 0, NULL);
	d = nl_get(&nl, request, 0);
	nl_close(&nl);
	if (!d)
		return FAILED;
	if (options.json)
		print_json(d);
	else
		print_settings(member_of(d, "settings"));
	json_object_put(d);
	return DONE;
}

static int reset(char **argv)
{
	struct nlmsghdr *request;
	struct words w;
	struct nl nl;
	int status;

	status = take_words(&w, "dev", argv);
	if (status)
		return status;
	if (!w.ifindex)
		return usage("target reset wants dev DEV");
	if (!nl_open(&nl))
		return FAILED;
	request = nl_request(&nl, CHIMNEY_CMD_TARGET_RESET, false, 64);
	mnl_attr_put_u32(request, CHIMNEY_A_TARGET_IFINDEX, w.ifindex);
	status = nl_talk(&nl, request, 0, NULL, NULL) ? FAILED : DONE;
	nl_close(&nl);
	return status;
}

int verb_target(int argc, char **argv)
{
	struct json_object *targets;
	struct words w;
	struct nl nl;
	int status;
	size_t i;

	if (argc && !strcmp(argv[0], "stats"))
		return verb_stats(argc - 1, argv + 1);
	if (argc && !strcmp(argv[0], "reset"))
		return reset(argv + 1);
	if (argc && !strcmp(argv[0], "default"))
		return argc > 1 ? usage("target default wants no more") :
				  show_defaults();
	if (argc && (!strcmp(argv[0], "show") || !strcmp(argv[0], "list")))
		argv++;
	status = take_words(&w, "dev", argv);
	if (status)
		return status;
	if (!nl_open(&nl))
		return FAILED;
	targets = nl_dump(&nl, CHIMNEY_CMD_TARGET_GET, w.ifindex);
	if (targets && options.json)
		print_json(targets);
	for (i = 0; i < length_of(targets) && !options.json; i++)
		print_target(json_object_array_get_idx(targets, i));
	status = targets ? DONE : FAILED;
	json_object_put(targets);
	nl_close(&nl);
	return status;
}
