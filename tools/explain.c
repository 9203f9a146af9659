// SPDX-License-Identifier: GPL-2.0
/*
 * chimney explain: why a connection is offloaded or not, in a sentence or two.
 *
 * Made of what the kernel tells anyone who asks: the object, if there is one, and
 * what the journals say of the connection, the newest entry first.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "addr.h"
#include "chimney.h"
#include "decode.h"
#include "nl.h"
#include "output.h"
#include "parse.h"
#include "try.h"

/**
 * struct story - what is known of a connection
 * @name: "10.0.0.1:22 10.0.0.2:3456"
 * @id: of its newest object, 0: it has none that is remembered
 * @object: that, if it is there yet, else NULL
 * @path: id of the path that it depends on, 0: unknown
 * @neigh: id of the neighbor that this depends on, 0: unknown
 * @entries: all entries of the journals
 * @brought: the newest entry that says that it went to the target, or NULL
 * @ended: that says that it was taken back, or NULL
 * @home: that it came home, or stayed there, or NULL
 * @refused: that it was refused, or NULL
 * @decision: the decision about @ended, or NULL
 * @hold: the hold that came before @decision; of one that is offloaded the one it is
 *        in; or NULL
 * @ignored: the newest decision that let it stay, or NULL
 * @trial: what would become of it now, or NULL
 */
struct story {
	char			name[ENDS_TEXT];
	uint64_t		id;
	struct json_object	*object;
	uint64_t		path;
	uint64_t		neigh;
	struct json_object	*entries;
	struct json_object	*brought;
	struct json_object	*ended;
	struct json_object	*home;
	struct json_object	*refused;
	struct json_object	*decision;
	struct json_object	*hold;
	struct json_object	*ignored;
	struct json_object	*trial;
};

static bool is(struct json_object *obj, const char *key, const char *value)
{
	return !strcmp(text_of(obj, key), value);
}

static const char *ago(struct json_object *entry)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return show_time(ts.tv_sec * 1000000000ULL + ts.tv_nsec -
			 number_of(entry, "at_ns"));
}

/* ---- what is known ------------------------------------------------------ */

static bool about(const struct story *s, struct json_object *entry)
{
	char name[ENDS_TEXT];

	if (!is(entry, "type", "conn"))
		return false;
	match_name(name, sizeof(name), entry);
	return !strcmp(name, s->name);
}

static bool newer(struct json_object *a, struct json_object *b)
{
	return a && (!b || number_of(a, "at_ns") > number_of(b, "at_ns"));
}

static void keep_newest(struct json_object **newest, struct json_object *entry)
{
	if (!newer(*newest, entry))
		*newest = entry;
}

static void take_own(struct story *s, struct json_object *e)
{
	if (is(e, "note", "refusal"))
		keep_newest(&s->refused, e);
	else if (is(e, "to", "offloading"))
		keep_newest(&s->brought, e);
	else if (is(e, "to", "uploading"))
		keep_newest(&s->ended, e);
	else if (is(e, "to", "inhost"))
		keep_newest(&s->home, e);
}

static bool same_member(struct json_object *a, struct json_object *b,
			const char *key)
{
	return !strcmp(text_of(a, key), text_of(b, key));
}

/*
 * Is a decision about it, or about what it depends on? @of: the object, or what
 * the journal says of it. Which neighbor one had that is gone is not known.
 */
static bool concerns(const struct story *s, struct json_object *decision,
		     struct json_object *of)
{
	/* Entries name the netdev, objects number it. */
	if (member_of(of, "ifname") ? !same_member(decision, of, "ifname") :
	    !is(decision, "ifname", dev_name(number_of(of, "ifindex"))))
		return false;
	if (is(decision, "type", "conn"))
		return number_of(decision, "id") == number_of(of, "id");
	if (is(decision, "type", "path"))
		return s->path ? number_of(decision, "id") == s->path :
				 same_member(decision, of, "saddr") &&
				 same_member(decision, of, "daddr");
	if (is(decision, "type", "neigh"))
		return !s->neigh || number_of(decision, "id") == s->neigh;
	return true;
}

/* Of two decisions: are they about the same cause? */
static bool same_cause(struct json_object *a, struct json_object *b)
{
	return same_member(a, b, "ifname") && same_member(a, b, "reason") &&
	       same_member(a, b, "id");
}

static struct json_object *entry_at(const struct story *s, size_t i)
{
	return json_object_array_get_idx(s->entries, i);
}

/* The decision about the cause of @than that came before it, or NULL. */
static struct json_object *decision_before(const struct story *s,
					   struct json_object *than)
{
	struct json_object *found = NULL;
	size_t i;

	for (i = 0; i < length_of(s->entries); i++) {
		struct json_object *e = entry_at(s, i);

		if (is(e, "note", "decision") && same_cause(e, than) &&
		    number_of(e, "seq") < number_of(than, "seq"))
			keep_newest(&found, e);
	}
	return found;
}

/* Of the decisions for the reason the last one before the end. */
static void find_decision(struct story *s)
{
	struct json_object *before;
	size_t i;

	for (i = 0; i < length_of(s->entries); i++) {
		struct json_object *e = entry_at(s, i);

		if (is(e, "note", "decision") && is(e, "action", "terminate") &&
		    same_member(e, s->ended, "reason") &&
		    concerns(s, e, s->ended) &&
		    number_of(e, "seq") < number_of(s->ended, "seq"))
			keep_newest(&s->decision, e);
	}
	before = s->decision ? decision_before(s, s->decision) : NULL;
	if (before && is(before, "action", "hold"))
		s->hold = before;
}

/* What was decided since it is offloaded, without an end */
static void find_present(struct story *s)
{
	size_t i;

	for (i = 0; i < length_of(s->entries); i++) {
		struct json_object *e = entry_at(s, i);

		if (!is(e, "note", "decision") || !concerns(s, e, s->object))
			continue;
		/* What went before tells nothing: a cause may hold since then. */
		if (is(e, "action", "hold"))
			keep_newest(&s->hold, e);
		else if (s->hold && same_cause(s->hold, e))
			s->hold = NULL;
		if (is(e, "action", "ignore") && newer(e, s->brought))
			keep_newest(&s->ignored, e);
	}
}

static uint64_t parent_of(struct json_object *objects, uint64_t ifindex,
			  uint64_t id)
{
	size_t i;

	for (i = 0; i < length_of(objects); i++) {
		struct json_object *o = json_object_array_get_idx(objects, i);

		if (number_of(o, "id") == id && number_of(o, "ifindex") == ifindex)
			return number_of(o, "parent");
	}
	return 0;
}

static void find_object(struct story *s, struct json_object *objects)
{
	size_t i;

	for (i = 0; i < length_of(objects); i++) {
		struct json_object *o = json_object_array_get_idx(objects, i);
		bool same = s->id ? number_of(o, "id") == s->id : about(s, o);

		if (same && is(o, "type", "conn"))
			s->object = o;
	}
	if (!s->object)
		return;
	s->path = number_of(s->object, "parent");
	s->neigh = parent_of(objects, number_of(s->object, "ifindex"), s->path);
}

/* An id tells of an object that may be gone: the journal knows whose it was. */
static bool find_name(struct story *s)
{
	struct json_object *of = s->object;
	size_t i;

	for (i = 0; i < length_of(s->entries) && !of; i++) {
		struct json_object *e = json_object_array_get_idx(s->entries, i);

		if (is(e, "type", "conn") && number_of(e, "id") == s->id)
			of = e;
	}
	if (!of)
		return false;
	match_name(s->name, sizeof(s->name), of);
	return true;
}

static void read_entries(struct story *s)
{
	size_t i;

	for (i = 0; i < length_of(s->entries); i++) {
		struct json_object *e = json_object_array_get_idx(s->entries, i);

		if (about(s, e))
			take_own(s, e);
	}
	/* How it came home counts with how that began. */
	if (!newer(s->home, s->ended))
		s->home = s->ended ? NULL : s->home;
	if (s->object)
		find_present(s);
	else if (s->ended)
		find_decision(s);
}

/* ---- what is said ------------------------------------------------------- */

/* "carrier-lost (the link lost its medium)" */
static void say_reason(FILE *out, struct json_object *entry)
{
	const struct spec_name *n = by_name("reason", text_of(entry, "reason"));

	fprintf(out, "%s", text_of(entry, "reason"));
	if (n && *n->doc)
		fprintf(out, " (%s)", n->doc);
}

/* What the setting was when it decided */
static void say_setting(FILE *out, struct json_object *decision)
{
	fprintf(out, "the setting \"%s %s", text_of(decision, "reason"),
		text_of(decision, "action"));
	if (member_of(decision, "hold_ms"))
		fprintf(out, " %s",
			show_time(number_of(decision, "hold_ms") * 1000000));
	fprintf(out, "\"");
}

/* Who decided that it ends */
static void say_decider(FILE *out, const struct story *s)
{
	const char *by = text_of(s->ended, "by");

	if (!strcmp(by, "administrator"))
		fprintf(out, "an administrator asked for it");
	else if (!strcmp(by, "must"))
		fprintf(out, "which leaves no choice");
	else if (s->hold) {
		fprintf(out, "as ");
		say_setting(out, s->hold);
		fprintf(out, " says, and the cause did not end in time");
	} else if (s->decision) {
		fprintf(out, "as ");
		say_setting(out, s->decision);
		fprintf(out, " says");
	} else {
		fprintf(out, "as was set");
	}
	if (member_of(s->ended, "other"))
		fprintf(out, ", for the sake of conn %s",
			text_of(s->ended, "other"));
}

static void say_offloaded(FILE *out, const struct story *s)
{
	struct json_object *o = s->object;

	fprintf(out, "It is %s, for %s", text_of(o, "state"),
		show_time(number_of(o, "age_ns")));
	if (number_of(o, "rule"))
		fprintf(out, ": rule %s of admission chose it",
			text_of(o, "rule"));
	else if (member_of(o, "rule"))
		fprintf(out, ": the default of admission chose it");
	else if (s->brought)
		fprintf(out, ": an administrator asked for it");
	fprintf(out, ".");
	if (member_of(o, "held"))
		fprintf(out, " In %s it will be terminated for %s, unless the cause ends before.",
			show_time(number_of(o, "held_ms") * 1000000),
			text_of(o, "held"));
	else if (s->hold) {
		fprintf(out, " Since %s there is ", ago(s->hold));
		say_reason(out, s->hold);
		fprintf(out, ": as ");
		say_setting(out, s->hold);
		fprintf(out, " says it will be terminated, unless the cause ends before.");
	} else if (s->ignored) {
		fprintf(out, " %s ago there was ", ago(s->ignored));
		say_reason(out, s->ignored);
		fprintf(out, ", and ");
		say_setting(out, s->ignored);
		fprintf(out, " let it stay.");
	}
}

static void say_ended(FILE *out, const struct story *s)
{
	fprintf(out, "It is not offloaded: its offload ended %s ago for ",
		ago(s->ended));
	say_reason(out, s->ended);
	fprintf(out, ", ");
	say_decider(out, s);
	if (s->home && number_of(s->home, "took_ns"))
		fprintf(out, "; it took %s",
			show_time(number_of(s->home, "took_ns")));
	if (s->home && !is(s->home, "status", "ok"))
		fprintf(out, ", and its state was lost (%s)",
			text_of(s->home, "status"));
	fprintf(out, ".");
}

/* It was on its way, but never there. */
static void say_failed(FILE *out, const struct story *s)
{
	fprintf(out, "It is not offloaded: it was to be %s ago, but stayed in the host (%s%s%s).",
		ago(s->home), text_of(s->home, "status"),
		*text_of(s->home, "why") ? ": " : "", text_of(s->home, "why"));
}

static void say_refused(FILE *out, const struct story *s)
{
	fprintf(out, "It is not offloaded: it was asked for %s ago and refused, because %s",
		ago(s->refused), text_of(s->refused, "why"));
	if (member_of(s->refused, "rule"))
		fprintf(out, number_of(s->refused, "rule") ?
			" (rule %s)" : " (the default of admission)",
			text_of(s->refused, "rule"));
	fprintf(out, ".");
}

/* Never came to the target the last time */
static bool failed(const struct story *s)
{
	return s->home && newer(s->home, s->ended) &&
	       !is(s->home, "from", "uploading");
}

/* The entry that explains it, for JSON; NULL: nothing does. */
static struct json_object *cause(const struct story *s)
{
	if (s->object)
		return s->brought;
	if (newer(s->refused, s->home) && newer(s->refused, s->ended))
		return s->refused;
	return failed(s) ? s->home : s->ended;
}

static void say(FILE *out, const struct story *s)
{
	struct json_object *why = cause(s);

	if (s->object)
		say_offloaded(out, s);
	else if (!why)
		fprintf(out, "It is not offloaded, and no history tells of it.");
	else if (why == s->refused)
		say_refused(out, s);
	else if (why == s->home)
		say_failed(out, s);
	else
		say_ended(out, s);
	if (s->trial) {
		fprintf(out, " ");
		say_trial(out, s->trial);
	}
}

/* If it is there yet, and not offloaded: what is to come. */
static void look_ahead(struct story *s, struct nl *nl)
{
	char host[64], peer[64], *ends[] = { host, peer };

	if (!s->object && sscanf(s->name, "%63s %63s", host, peer) == 2)
		s->trial = try_conn(nl, ends, -ENOENT);
}

static void add_members(struct json_object *to, struct json_object *from)
{
	static const char *const keys[] = {
		"ifname", "id", "at_ns", "reason", "by", "rule", "other",
		"status", "why",
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (member_of(from, keys[i]))
			json_object_object_add(to, keys[i],
					       json_object_get(member_of(from, keys[i])));
}

static struct json_object *as_json(const struct story *s, const char *text)
{
	struct json_object *out = json_object_new_object();
	struct json_object *why = cause(s);
	struct json_object *decision = s->hold ? s->hold : s->decision;

	json_object_object_add(out, "conn", json_object_new_string(s->name));
	json_object_object_add(out, "offloaded",
			       json_object_new_boolean(s->object &&
						       is(s->object, "state",
							  "offloaded")));
	json_object_object_add(out, "state",
			       json_object_new_string(s->object ?
						      text_of(s->object, "state") :
						      "inhost"));
	add_members(out, why);
	if (why && why == s->ended && decision) {
		json_object_object_add(out, "action",
				       json_object_get(member_of(decision, "action")));
		if (member_of(decision, "hold_ms"))
			json_object_object_add(out, "hold_ms",
					       json_object_get(member_of(decision, "hold_ms")));
	}
	if (why && why == s->ended && s->home && member_of(s->home, "took_ns"))
		json_object_object_add(out, "took_ns",
				       json_object_get(member_of(s->home, "took_ns")));
	if (s->trial)
		json_object_object_add(out, "trial", json_object_get(s->trial));
	json_object_object_add(out, "text", json_object_new_string(text));
	return out;
}

static int tell(const struct story *s)
{
	struct json_object *json;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return FAILED;
	say(out, s);
	fclose(out);
	if (options.json) {
		json = as_json(s, text);
		print_json(json);
		json_object_put(json);
	} else {
		printf("%s\n   %s\n", s->name, text);
	}
	free(text);
	return DONE;
}

/* "ID", or both ends. DONE, or USAGE: it has complained. */
static int take_conn(struct story *s, int argc, char **argv)
{
	char host[END_TEXT], peer[END_TEXT];
	struct in6_addr saddr, daddr;
	in_port_t sport, dport;

	if (argc == 1 && parse_u64(argv[0], &s->id) && s->id)
		return DONE;
	if (argc != 2 || !parse_end(argv[0], &saddr, &sport) ||
	    !parse_end(argv[1], &daddr, &dport))
		return usage("explain wants an id, or ADDR:PORT ADDR:PORT, [ADDR]:PORT for IPv6");
	if (!addr_same_protocol(&saddr, &daddr))
		return usage_protocols(argv[0], argv[1]);
	/* As the journals write it */
	format_end(host, sizeof(host), &saddr, sport);
	format_end(peer, sizeof(peer), &daddr, dport);
	snprintf(s->name, sizeof(s->name), "%s %s", host, peer);
	return DONE;
}

int verb_explain(int argc, char **argv)
{
	struct json_object *objects;
	struct story s = {};
	struct nl nl;
	int status;

	status = take_conn(&s, argc, argv);
	if (status)
		return status;
	if (!nl_open(&nl))
		return FAILED;
	status = FAILED;
	objects = nl_dump(&nl, CHIMNEY_CMD_OBJECT_GET, 0);
	s.entries = nl_dump(&nl, CHIMNEY_CMD_JOURNAL_GET, 0);
	if (objects && s.entries) {
		find_object(&s, objects);
		if (*s.name || find_name(&s)) {
			read_entries(&s);
			look_ahead(&s, &nl);
			status = tell(&s);
		} else {
			complain("there is no object %llu, and no history tells of one",
				 (unsigned long long)s.id);
		}
	}
	json_object_put(s.trial);
	json_object_put(objects);
	json_object_put(s.entries);
	nl_close(&nl);
	return status;
}
