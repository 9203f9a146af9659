// SPDX-License-Identifier: GPL-2.0
/* Entries of the journal, as monitor and history print them. */

#include "entry.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include "decode.h"
#include "output.h"

#define NS	1000000000ULL

static uint64_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

/* The journal counts from the boot; people want the time of day. */
static void print_time(uint64_t at)
{
	uint64_t wall = now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME) + at;
	time_t seconds = wall / NS;
	struct tm tm;

	localtime_r(&seconds, &tm);
	printf("%02d:%02d:%02d.%06llu ", tm.tm_hour, tm.tm_min, tm.tm_sec,
	       (unsigned long long)(wall % NS / 1000));
}

static void print_reason(struct json_object *entry)
{
	const char *reason = text_of(entry, "reason");
	const struct spec_name *n = by_name("reason", reason);

	printf("%s", reason);
	if (n && *n->doc && strcmp(reason, "none"))
		printf(" (%s)", n->doc);
}

static void print_decision(struct json_object *entry)
{
	printf("decision: ");
	print_reason(entry);
	printf(" -> %s", text_of(entry, "action"));
	if (member_of(entry, "hold_ms"))
		printf(" %s", show_time(number_of(entry, "hold_ms") * 1000000));
	if (member_of(entry, "other"))
		printf(" for conn %s", text_of(entry, "other"));
	if (number_of(entry, "count") > 1)
		printf(" (%s)", show_count(number_of(entry, "count"),
					   "connection"));
}

/* No object was made for it, so that it has no name but its ends. */
static void print_refusal(struct json_object *entry)
{
	printf("%s not offloaded: ", object_name(entry));
	if (member_of(entry, "rule"))
		printf("rule %s: ", text_of(entry, "rule"));
	printf("%s", text_of(entry, "why"));
}

static void print_change(struct json_object *entry)
{
	const char *status = text_of(entry, "status");

	printf("%s -> %s", text_of(entry, "from"), text_of(entry, "to"));
	if (number_of(entry, "took_ns"))
		printf(" after %s", show_time(number_of(entry, "took_ns")));
	if (strcmp(text_of(entry, "reason"), "none")) {
		printf(", reason ");
		print_reason(entry);
	}
	if (strcmp(status, "ok"))
		printf(", %s", status);
	if (*text_of(entry, "why"))
		printf(": %s", text_of(entry, "why"));
}

void print_entry(struct json_object *entry)
{
	print_time(number_of(entry, "at_ns"));
	printf("%s ", text_of(entry, "ifname"));
	if (member_of(entry, "id"))
		printf("%s ", object_name(entry));
	if (!strcmp(text_of(entry, "note"), "decision"))
		print_decision(entry);
	else if (!strcmp(text_of(entry, "note"), "refusal"))
		print_refusal(entry);
	else
		print_change(entry);
	putchar('\n');
}
