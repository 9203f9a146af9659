// SPDX-License-Identifier: GPL-2.0
/* chimney history: what happened, when, why, and how long it took. */

#include <stdio.h>
#include "chimney.h"
#include "entry.h"
#include "nl.h"
#include "output.h"
#include "words.h"

static int take_entry(struct json_object *msg, void *arg)
{
	return json_object_array_add(arg, msg);
}

static int compare_times(const void *a, const void *b)
{
	uint64_t x = number_of(*(struct json_object *const *)a, "at_ns");
	uint64_t y = number_of(*(struct json_object *const *)b, "at_ns");

	return x < y ? -1 : x > y;
}

int verb_history(int argc, char **argv)
{
	struct json_object *entries = json_object_new_array();
	struct nlmsghdr *request;
	struct words w;
	struct nl nl;
	int status;
	size_t i;

	status = take_words(&w, "dev id last", argv);
	if (status)
		return status;
	if (!nl_open(&nl))
		return FAILED;
	request = nl_request(&nl, CHIMNEY_CMD_JOURNAL_GET, true, 64);
	if (w.ifindex)
		mnl_attr_put_u32(request, CHIMNEY_A_ENTRY_IFINDEX, w.ifindex);
	if (w.id)
		mnl_attr_put_u64(request, CHIMNEY_A_ENTRY_ID, w.id);
	status = nl_talk(&nl, request, 0, take_entry, entries) ? FAILED : DONE;

	/* Each target has its own journal: in the order of what happened. */
	json_object_array_sort(entries, compare_times);
	if (w.last && length_of(entries) > w.last)
		json_object_array_del_idx(entries, 0,
					  length_of(entries) - w.last);
	if (options.json)
		print_json(entries);
	for (i = 0; i < length_of(entries) && !options.json; i++)
		print_entry(json_object_array_get_idx(entries, i));
	json_object_put(entries);
	nl_close(&nl);
	return status;
}
