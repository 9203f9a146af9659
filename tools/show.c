// SPDX-License-Identifier: GPL-2.0
/* chimney show: the tree of each target, drawn as one. */

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "chimney.h"
#include "nl.h"
#include "output.h"
#include "show.h"
#include "words.h"

/* ---- the tree ---------------------------------------------------------- */

/* What depends on an object is a member of it, with this name. */
static const char *below(struct json_object *obj)
{
	const char *type = text_of(obj, "type");

	if (!strcmp(type, "neigh"))
		return "paths";
	return strcmp(type, "path") ? NULL : "conns";
}

static int compare_ids(const void *a, const void *b)
{
	uint64_t x = number_of(*(struct json_object *const *)a, "id");
	uint64_t y = number_of(*(struct json_object *const *)b, "id");

	return x < y ? -1 : x > y;
}

static struct json_object *find_id(struct json_object *objects, uint64_t id)
{
	struct json_object *key = json_object_new_object(), *found;

	json_object_object_add(key, "id", json_object_new_uint64(id));
	found = json_object_array_bsearch(key, objects, compare_ids);
	json_object_put(key);
	return found;
}

static struct json_object *find_target(struct json_object *targets,
				       uint64_t ifindex)
{
	size_t i;

	for (i = 0; i < length_of(targets); i++) {
		struct json_object *t = json_object_array_get_idx(targets, i);

		if (number_of(t, "ifindex") == ifindex)
			return t;
	}
	return NULL;
}

/*
 * The list that an object belongs to. One without a parent is a neighbor, or
 * waits for its place in the tree. NULL: its target came while we asked.
 */
static struct json_object *place_of(struct json_object *obj,
				    struct json_object *targets,
				    struct json_object *objects)
{
	struct json_object *t, *parent = NULL;

	if (number_of(obj, "parent"))
		parent = find_id(objects, number_of(obj, "parent"));
	if (parent && below(parent))
		return member_of(parent, below(parent));
	t = find_target(targets, number_of(obj, "ifindex"));
	if (!t)
		return NULL;
	return member_of(t, strcmp(text_of(obj, "type"), "neigh") ? "waiting" :
								    "tree");
}

static void plant(struct json_object *targets, struct json_object *objects)
{
	size_t i;

	json_object_array_sort(objects, compare_ids);
	for (i = 0; i < length_of(targets); i++) {
		struct json_object *t = json_object_array_get_idx(targets, i);

		json_object_object_add(t, "tree", json_object_new_array());
		json_object_object_add(t, "waiting", json_object_new_array());
	}
	for (i = 0; i < length_of(objects); i++) {
		struct json_object *obj = json_object_array_get_idx(objects, i);

		if (below(obj))
			json_object_object_add(obj, below(obj),
					       json_object_new_array());
	}
	for (i = 0; i < length_of(objects); i++) {
		struct json_object *obj = json_object_array_get_idx(objects, i);
		struct json_object *list = place_of(obj, targets, objects);

		if (list)
			json_object_array_add(list, json_object_get(obj));
	}
}

/* ---- text -------------------------------------------------------------- */

/**
 * struct branches - how a tree is drawn
 * @fork: before one that others follow
 * @last: before the last one
 * @trunk: below one that others follow
 * @air: below the last one
 */
struct branches {
	const char	*fork;
	const char	*last;
	const char	*trunk;
	const char	*air;
};

static const struct branches ascii = { "|- ", "`- ", "|  ", "   " };
static const struct branches utf8 = { "├─ ", "└─ ", "│  ", "   " };
static const struct branches *branches = &ascii;

static void print_why(struct json_object *obj)
{
	if (strcmp(text_of(obj, "status"), "ok"))
		printf(", last operation: %s", text_of(obj, "status"));
	if (*text_of(obj, "why"))
		printf(" (%s)", text_of(obj, "why"));
	if (strcmp(text_of(obj, "reason"), "none"))
		printf(", reason %s", text_of(obj, "reason"));
}

static void print_neigh(struct json_object *obj)
{
	if (*text_of(obj, "lladdr"))
		printf(" lladdr %s", text_of(obj, "lladdr"));
	if (number_of(obj, "vlan"))
		printf(" vlan %s", text_of(obj, "vlan"));
	printf(" %s, %s", text_of(obj, "state"),
	       show_count(number_of(obj, "refcount"), "path"));
}

static void print_path(struct json_object *obj)
{
	printf(" mtu %s %s, %s", text_of(obj, "mtu"), text_of(obj, "state"),
	       show_count(number_of(obj, "refcount"), "connection"));
}

static void print_conn(struct json_object *obj)
{
	printf(" %s for %s, out %s, in %s", text_of(obj, "state"),
	       show_time(number_of(obj, "age_ns")),
	       show_size(number_of(obj, "tx_octets")),
	       show_size(number_of(obj, "rx_octets")));
	if (number_of(obj, "priority"))
		printf(", priority %s", text_of(obj, "priority"));
}

static void print_object(struct json_object *obj)
{
	const char *type = text_of(obj, "type");

	if (options.details) {
		print_members(obj);
		return;
	}
	printf("%s", object_name(obj));
	if (!strcmp(type, "neigh"))
		print_neigh(obj);
	else if (!strcmp(type, "path"))
		print_path(obj);
	else
		print_conn(obj);
	if (truth_of(obj, "closing"))
		printf(", closing");
	print_why(obj);
}

static void print_tree(struct json_object *list, const char *indent)
{
	size_t i, n = length_of(list);
	char deeper[64];

	for (i = 0; i < n; i++) {
		struct json_object *obj = json_object_array_get_idx(list, i);
		bool last = i + 1 == n;

		printf("%s%s", indent, last ? branches->last : branches->fork);
		print_object(obj);
		putchar('\n');
		snprintf(deeper, sizeof(deeper), "%s%s", indent,
			 last ? branches->air : branches->trunk);
		if (below(obj))
			print_tree(member_of(obj, below(obj)), deeper);
	}
}

static const char *share(struct json_object *t, const char *count,
			 const char *limit, const char *what)
{
	static char text[3][64];
	static unsigned int last;
	char *at = text[last++ % 3];

	if (member_of(t, limit))
		snprintf(at, sizeof(text[0]), "%s of %s",
			 show_count(number_of(t, count), what),
			 text_of(t, limit));
	else
		snprintf(at, sizeof(text[0]), "%s",
			 show_count(number_of(t, count), what));
	return at;
}

void print_target_line(struct json_object *t)
{
	printf("%s: %s %s", text_of(t, "ifname"), text_of(t, "kind"),
	       text_of(t, "state"));
	printf(", %s, %s, %s\n",
	       share(t, "neighs", "max_neighs", "neighbor"),
	       share(t, "paths", "max_paths", "path"),
	       share(t, "conns", "max_conns", "connection"));
	if (*text_of(t, "closed"))
		printf("   takes no new offloads: %s\n", text_of(t, "closed"));
}

static void print_targets(struct json_object *targets)
{
	struct json_object *waiting;
	size_t i, k;

	setlocale(LC_CTYPE, "");
	if (!strcmp(nl_langinfo(CODESET), "UTF-8"))
		branches = &utf8;
	for (i = 0; i < length_of(targets); i++) {
		struct json_object *t = json_object_array_get_idx(targets, i);

		print_target_line(t);
		print_tree(member_of(t, "tree"), "");
		waiting = member_of(t, "waiting");
		for (k = 0; k < length_of(waiting); k++) {
			printf("   waiting: ");
			print_object(json_object_array_get_idx(waiting, k));
			putchar('\n');
		}
	}
	if (!length_of(targets))
		puts("There is no offload target in this network namespace.");
}

int verb_show(int argc, char **argv)
{
	struct json_object *targets, *objects = NULL;
	int status = FAILED;
	struct words w;
	struct nl nl;

	status = take_words(&w, "dev", argv);
	if (status)
		return status;
	if (!nl_open(&nl))
		return FAILED;
	status = FAILED;
	targets = nl_dump(&nl, CHIMNEY_CMD_TARGET_GET, w.ifindex);
	if (targets)
		objects = nl_dump(&nl, CHIMNEY_CMD_OBJECT_GET, w.ifindex);
	if (objects) {
		plant(targets, objects);
		if (options.json)
			print_json(targets);
		else
			print_targets(targets);
		status = DONE;
	}
	json_object_put(objects);
	json_object_put(targets);
	nl_close(&nl);
	return status;
}
