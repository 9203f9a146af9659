// SPDX-License-Identifier: GPL-2.0
/* chimney target: the NICs that take offloads, and what is set for them. */

#include <stdio.h>
#include <string.h>
#include "chimney.h"
#include "nl.h"
#include "output.h"
#include "show.h"
#include "words.h"

static void print_rule(const char *name, struct json_object *rule)
{
	printf("   %s %s", name, text_of(rule, "action"));
	if (member_of(rule, "hold_ms"))
		printf(" %s", show_time(number_of(rule, "hold_ms") * 1000000));
	putchar('\n');
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
	struct json_object *set = member_of(t, "settings");

	print_target_line(t);
	print_caps(member_of(t, "caps"));
	print_rule("link-down", member_of(set, "link_down"));
	print_rule("pause", member_of(set, "pause"));
	printf("   initiate-within %s\n",
	       show_time(number_of(set, "initiate_ms") * 1000000));
	printf("   terminate-within %s\n",
	       show_time(number_of(set, "terminate_ms") * 1000000));
	printf("   update-within %s\n",
	       show_time(number_of(set, "update_ms") * 1000000));
	printf("   divert-max %s\n", show_size(number_of(set, "divert_max")));
	printf("   max-conns %s\n", text_of(set, "max_conns"));
	printf("   max-history %s\n", text_of(set, "max_history"));
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
