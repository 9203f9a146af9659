// SPDX-License-Identifier: GPL-2.0
/* chimney check: are the trees as they must be? */

#include <errno.h>
#include <stdio.h>
#include "chimney.h"
#include "decode.h"
#include "nl.h"
#include "output.h"
#include "words.h"

static int take_check(struct json_object *msg, void *arg)
{
	json_object_array_add(arg, msg);
	return 0;
}

/* A target that went away meanwhile has no tree to be wrong. */
static bool check_target(struct nl *nl, unsigned int ifindex,
			 struct json_object *checks)
{
	struct nlmsghdr *request = nl_request(nl, CHIMNEY_CMD_CHECK, false, 64);
	int err;

	mnl_attr_put_u32(request, CHIMNEY_A_CHECK_IFINDEX, ifindex);
	err = nl_talk(nl, request, -ENODEV, take_check, checks);
	return !err || err == -ENODEV;
}

static void print_check(struct json_object *c)
{
	struct json_object *list = member_of(c, "fault");
	size_t i;

	printf("%s: %s, %s\n", text_of(c, "ifname"),
	       show_count(number_of(c, "objects"), "object"),
	       show_count(number_of(c, "faults"), "fault"));
	for (i = 0; i < length_of(list); i++) {
		struct json_object *f = json_object_array_get_idx(list, i);

		printf("   %s: %s\n", text_of(f, "id"), text_of(f, "what"));
	}
}

int verb_check(int argc, char **argv)
{
	struct json_object *targets, *checks = json_object_new_array();
	uint64_t faults = 0;
	bool done = true;
	struct words w;
	struct nl nl;
	int status;
	size_t i;

	status = take_words(&w, "dev", argv);
	if (status)
		return status;
	if (!nl_open(&nl))
		return FAILED;
	targets = nl_dump(&nl, CHIMNEY_CMD_TARGET_GET, w.ifindex);
	for (i = 0; i < length_of(targets) && done; i++)
		done = check_target(&nl,
				    number_of(json_object_array_get_idx(targets, i),
					      "ifindex"),
				    checks);
	for (i = 0; i < length_of(checks); i++) {
		struct json_object *c = json_object_array_get_idx(checks, i);

		faults += number_of(c, "faults");
		if (!options.json)
			print_check(c);
	}
	if (options.json)
		print_json(checks);
	status = targets && done && !faults ? DONE : FAILED;
	json_object_put(targets);
	json_object_put(checks);
	nl_close(&nl);
	return status;
}
