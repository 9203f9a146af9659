// SPDX-License-Identifier: GPL-2.0
/* chimney stats: counters of the targets. */

#include <stdio.h>
#include <string.h>
#include "chimney.h"
#include "nl.h"
#include "output.h"
#include "words.h"

static void print_tallies(const char *what, struct json_object *list,
			  const char *key)
{
	size_t i;

	for (i = 0; i < length_of(list); i++) {
		struct json_object *t = json_object_array_get_idx(list, i);

		printf("   %-10s %-20s %s\n", what, text_of(t, key),
		       text_of(t, "count"));
	}
}

static uint64_t sum(struct json_object *list)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < length_of(list); i++)
		n += number_of(json_object_array_get_idx(list, i), "count");
	return n;
}

static void print_times(struct json_object *s, const char *what,
			const char *total, const char *max, uint64_t n)
{
	if (n)
		printf("   %-10s %s on average, %s at most\n", what,
		       show_time(number_of(s, total) / n),
		       show_time(number_of(s, max)));
}

static uint64_t count_of(struct json_object *list, const char *reason)
{
	size_t i;

	for (i = 0; i < length_of(list); i++) {
		struct json_object *t = json_object_array_get_idx(list, i);

		if (!strcmp(text_of(t, "reason"), reason))
			return number_of(t, "count");
	}
	return 0;
}

/* What came of each reason that was ever given */
static void print_reasons(struct json_object *s)
{
	static const char *const what[] = {
		"held", "honoured", "refused", "terminated", "failed",
	};
	struct json_object *list = member_of(s, "asked");
	size_t i, j;

	for (i = 0; i < length_of(list); i++) {
		struct json_object *t = json_object_array_get_idx(list, i);
		const char *reason = text_of(t, "reason");

		printf("   %-20s asked %s", reason, text_of(t, "count"));
		for (j = 0; j < sizeof(what) / sizeof(what[0]); j++) {
			uint64_t n = count_of(member_of(s, what[j]), reason);

			if (n)
				printf(", %s %llu", what[j],
				       (unsigned long long)n);
		}
		putchar('\n');
	}
}

/* The time below which so many of a hundred lie */
static uint64_t percentile(struct json_object *spans, unsigned int percent)
{
	uint64_t want = (sum(spans) * percent + 99) / 100, seen = 0;
	size_t i;

	for (i = 0; i < length_of(spans); i++) {
		struct json_object *span = json_object_array_get_idx(spans, i);

		seen += number_of(span, "count");
		if (seen >= want)
			return number_of(span, "below_ns");
	}
	return 0;
}

static void print_spans(struct json_object *s)
{
	struct json_object *spans = member_of(s, "terminate_times");

	if (!length_of(spans))
		return;
	printf("   %-10s half below %s", "", show_time(percentile(spans, 50)));
	printf(", 99 %% below %s\n", show_time(percentile(spans, 99)));
}

static uint64_t count_ok(struct json_object *list)
{
	size_t i;

	for (i = 0; i < length_of(list); i++) {
		struct json_object *t = json_object_array_get_idx(list, i);

		if (text_of(t, "status")[0] == 'o')
			return number_of(t, "count");
	}
	return 0;
}

static void print_stats(struct json_object *s)
{
	struct json_object *list = member_of(s, "counter");
	size_t i;

	printf("%s:\n", text_of(s, "ifname"));
	print_tallies("initiated", member_of(s, "initiated"), "status");
	print_times(s, "", "initiate_ns", "initiate_max_ns",
		    count_ok(member_of(s, "initiated")));
	print_tallies("terminated", member_of(s, "terminated"), "reason");
	print_times(s, "", "terminate_ns", "terminate_max_ns",
		    sum(member_of(s, "terminated")));
	print_spans(s);
	print_reasons(s);
	for (i = 0; i < length_of(list); i++) {
		struct json_object *c = json_object_array_get_idx(list, i);

		printf("   %-31s %s\n", text_of(c, "name"),
		       text_of(c, "value"));
	}
}

int verb_stats(int argc, char **argv)
{
	struct json_object *stats;
	struct words w;
	struct nl nl;
	int status;
	size_t i;

	status = take_words(&w, "dev", argv);
	if (status)
		return status;
	if (!nl_open(&nl))
		return FAILED;
	stats = nl_dump(&nl, CHIMNEY_CMD_STATS_GET, w.ifindex);
	if (stats && options.json)
		print_json(stats);
	for (i = 0; i < length_of(stats) && !options.json; i++)
		print_stats(json_object_array_get_idx(stats, i));
	status = stats ? DONE : FAILED;
	json_object_put(stats);
	nl_close(&nl);
	return status;
}
