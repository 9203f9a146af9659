// SPDX-License-Identifier: GPL-2.0
/* chimney monitor: what happens, as it happens. JSON: an object a line. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include "chimney.h"
#include "entry.h"
#include "nl.h"
#include "output.h"
#include "words.h"

static int take_event(struct json_object *msg, void *arg)
{
	const struct words *w = arg;

	if ((!w->ifindex || number_of(msg, "ifindex") == w->ifindex) &&
	    (!w->id || number_of(msg, "id") == w->id)) {
		if (options.json)
			print_json(msg);
		else
			print_entry(msg);
		fflush(stdout);
	}
	json_object_put(msg);
	return 0;
}

static void print_lost(void)
{
	if (options.json)
		puts("{\"lost\":true}");
	else
		puts("Some events came faster than they were read, and are lost; chimney history has them.");
	fflush(stdout);
}

int verb_monitor(int argc, char **argv)
{
	struct words w;
	struct nl nl;
	int ret;

	ret = take_words(&w, "dev id", argv);
	if (ret)
		return ret;
	if (!nl_open(&nl))
		return FAILED;
	if (!nl_subscribe(&nl)) {
		nl_close(&nl);
		return FAILED;
	}
	if (!options.json)
		fputs("Listening; interrupt to end.\n", stderr);
	while (!ferror(stdout)) {
		ret = nl_events(&nl, -1, take_event, &w);
		if (ret == -ENOBUFS)
			print_lost();
		else if (ret)
			break;
	}
	nl_close(&nl);
	return FAILED;
}
