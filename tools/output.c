// SPDX-License-Identifier: GPL-2.0
/* Printing: JSON as it is, and text that is made from the same JSON. */

#include "output.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include "addr.h"
#include "chimney.h"

struct json_object *member_of(struct json_object *obj, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(obj, key, &value);
	return value;
}

const char *text_of(struct json_object *obj, const char *key)
{
	struct json_object *value = member_of(obj, key);

	return value ? json_object_get_string(value) : "";
}

uint64_t number_of(struct json_object *obj, const char *key)
{
	struct json_object *value = member_of(obj, key);

	return value ? json_object_get_uint64(value) : 0;
}

bool truth_of(struct json_object *obj, const char *key)
{
	struct json_object *value = member_of(obj, key);

	return value && json_object_get_boolean(value);
}

size_t length_of(struct json_object *list)
{
	return list ? json_object_array_length(list) : 0;
}

void print_json(struct json_object *obj)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (options.pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	puts(json_object_to_json_string_ext(obj, flags));
}

static char *next_buffer(size_t *size)
{
	static char buffers[8][160];
	static unsigned int last;

	*size = sizeof(buffers[0]);
	return buffers[last++ % 8];
}

const char *show_time(uint64_t ns)
{
	static const struct {
		uint64_t	unit;
		const char	*name;
	} units[] = {
		{ 60 * 1000000000ULL, "min" },
		{ 1000000000, "s" },
		{ 1000000, "ms" },
		{ 1000, "µs" },
		{ 1, "ns" },
	};
	unsigned int i = 0;
	size_t size;
	char *text = next_buffer(&size);

	while (units[i].unit > 1 && ns < units[i].unit)
		i++;
	if (ns % units[i].unit == 0)
		snprintf(text, size, "%llu %s",
			 (unsigned long long)(ns / units[i].unit),
			 units[i].name);
	else
		snprintf(text, size, "%.*f %s", ns / units[i].unit < 10 ? 2 : 1,
			 (double)ns / units[i].unit, units[i].name);
	return text;
}

const char *show_size(uint64_t octets)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = octets;
	unsigned int i = 0;
	size_t size;
	char *text = next_buffer(&size);

	while (value >= 1024 && i < 4) {
		value /= 1024;
		i++;
	}
	if (value == (uint64_t)value)
		snprintf(text, size, "%llu %s", (unsigned long long)value,
			 units[i]);
	else
		snprintf(text, size, "%.1f %s", value, units[i]);
	return text;
}

const char *show_count(uint64_t n, const char *what)
{
	size_t size;
	char *text = next_buffer(&size);

	snprintf(text, size, "%llu %s%s", (unsigned long long)n, what,
		 n == 1 ? "" : "s");
	return text;
}

/*
 * An end of a connection: the parts that are there, an address of IPv6 in brackets
 * where a port follows.
 */
static void end_name(char *text, size_t size, struct json_object *obj,
		     const char *addr, const char *port)
{
	const char *a = text_of(obj, addr), *p = text_of(obj, port);
	bool brackets = strchr(a, ':') && *p;

	snprintf(text, size, "%s%s%s%s%s", brackets ? "[" : "", *a ? a : "*",
		 brackets ? "]" : "", *p ? ":" : "", p);
}

void match_name(char *text, size_t size, struct json_object *match)
{
	char host[END_TEXT], peer[END_TEXT];

	end_name(host, sizeof(host), match, "saddr", "sport");
	end_name(peer, sizeof(peer), match, "daddr", "dport");
	snprintf(text, size, "%s %s", host, peer);
}

const char *object_name(struct json_object *obj)
{
	const char *type = text_of(obj, "type");
	uint64_t id = number_of(obj, "id");
	char number[32] = "", who[ENDS_TEXT];
	size_t size;
	char *text = next_buffer(&size);

	if (id)
		snprintf(number, sizeof(number), " %llu",
			 (unsigned long long)id);
	if (!strcmp(type, "neigh"))
		snprintf(who, sizeof(who), "%s", text_of(obj, "nexthop"));
	else
		match_name(who, sizeof(who), obj);
	snprintf(text, size, "%s%s %s", type, number, who);
	return text;
}

const char *dev_name(unsigned int ifindex)
{
	size_t size;
	char *text = next_buffer(&size);

	if (!if_indextoname(ifindex, text))
		snprintf(text, size, "#%u", ifindex);
	return text;
}

void print_members(struct json_object *obj)
{
	struct json_object_iterator it = json_object_iter_begin(obj);
	struct json_object_iterator end = json_object_iter_end(obj);
	const char *sep = "";

	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		struct json_object *value = json_object_iter_peek_value(&it);

		if (json_object_is_type(value, json_type_array) ||
		    json_object_is_type(value, json_type_object))
			continue;
		printf("%s%s %s", sep, json_object_iter_peek_name(&it),
		       json_object_get_string(value));
		sep = " ";
	}
}
