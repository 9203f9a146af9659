// SPDX-License-Identifier: GPL-2.0
/*
 * rows KEY... - reads JSON and prints a line for each object in it, at whatever
 * depth, that has the first key: its values, with blanks between them.
 *
 *   KEY[,KEY...][=DEFAULT]   the value of the first of these keys that it has,
 *                            else the default, "-"
 *
 * What comes first in the text comes first, an object before what is in it. It
 * is not jq, which in an emulated machine takes half a second to begin.
 *
 * Exit status: 0, or 2 if that was no JSON, or none, or not all of it, or no key
 * was named.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <json-c/json.h>

/* A member by the name of @len octets; NULL: there is none. */
static struct json_object *member(struct json_object *o, const char *name,
				  size_t len)
{
	struct json_object *value = NULL;
	char key[64];

	snprintf(key, sizeof(key), "%.*s", (int)len, name);
	json_object_object_get_ex(o, key, &value);
	return value;
}

/* What a column of the command line says of an object; NULL: it has none */
static const char *value_of(struct json_object *o, const char *column)
{
	size_t len = strcspn(column, "=");
	const char *end = column + len, *key = column;

	while (key < end) {
		size_t n = strcspn(key, ",=");
		struct json_object *value = member(o, key, n);

		if (value)
			return json_object_get_string(value);
		key += n + 1;
	}
	return *end ? end + 1 : "-";
}

static void print_row(struct json_object *o, char **columns)
{
	char **c;

	for (c = columns; *c; c++)
		printf("%s%s", c == columns ? "" : " ", value_of(o, *c));
	putchar('\n');
}

static void walk(struct json_object *o, char **columns)
{
	size_t i;

	if (json_object_is_type(o, json_type_array)) {
		for (i = 0; i < json_object_array_length(o); i++)
			walk(json_object_array_get_idx(o, i), columns);
	} else if (json_object_is_type(o, json_type_object)) {
		if (member(o, columns[0], strcspn(columns[0], ",=")))
			print_row(o, columns);
		json_object_object_foreach(o, name, value) {
			(void)name;
			walk(value, columns);
		}
	}
}

/* Is there nothing but space, and nothing was begun before? */
static bool blank(const char *text, size_t n, bool begun)
{
	return !begun && strspn(text, "\n\r\t ") >= n;
}

int main(int argc, char **argv)
{
	struct json_tokener *parser = json_tokener_new();
	static char text[(1 << 16) + 1];	/* the last one stays 0 */
	enum json_tokener_error err = json_tokener_continue;
	bool unfinished = false;
	unsigned long documents = 0;
	struct json_object *o;
	ssize_t n;
	int at;

	if (argc < 2) {
		fputs("usage: rows KEY[,KEY...][=DEFAULT]...\n", stderr);
		return 2;
	}
	/* One document after the other, as a monitor prints them */
	while ((n = read(0, text, sizeof(text) - 1)) > 0) {
		for (at = 0; at < n; at += json_tokener_get_parse_end(parser)) {
			o = json_tokener_parse_ex(parser, text + at, n - at);
			err = json_tokener_get_error(parser);
			unfinished = err == json_tokener_continue &&
				     !blank(text + at, n - at, unfinished);
			if (err == json_tokener_continue)
				break;
			if (err != json_tokener_success) {
				fprintf(stderr, "rows: %s\n",
					json_tokener_error_desc(err));
				return 2;
			}
			documents++;
			unfinished = false;
			walk(o, argv + 1);
			json_object_put(o);
		}
		fflush(stdout);
	}
	json_tokener_free(parser);
	if (!documents || unfinished) {
		fputs("rows: the JSON ends too early\n", stderr);
		return 2;
	}
	return 0;
}
