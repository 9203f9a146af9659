// SPDX-License-Identifier: GPL-2.0
/*
 * chimney policy: all that is set in a network namespace, as a file: the defaults,
 * the settings of each target, the rules of admission. What "save" writes "load"
 * reads; either all of a file holds afterwards, or all that held before.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "chimney.h"
#include "decode.h"
#include "nl.h"
#include "output.h"
#include "rules.h"
#include "set.h"

#define WORDS_MAX	256
#define LINES_MAX	20000

/* ---- save --------------------------------------------------------------- */

static void save_rules_for_reasons(FILE *out, struct json_object *set)
{
	struct json_object *rules = member_of(set, "rule");
	size_t i;

	for (i = 0; i < length_of(rules); i++) {
		struct json_object *r = json_object_array_get_idx(rules, i);

		fprintf(out, " %s %s", text_of(r, "reason"),
			text_of(r, "action"));
		if (member_of(r, "hold_ms"))
			fprintf(out, " %s", text_of(r, "hold_ms"));
	}
}

static void save_settings(FILE *out, const char *scope, struct json_object *set)
{
	const char *at;

	fprintf(out, "set %s", scope);
	json_object_object_foreach(set, key, value) {
		if (!strcmp(key, "rule"))
			continue;
		fputc(' ', out);
		for (at = key; *at; at++)
			fputc(*at == '_' ? '-' : *at, out);
		fprintf(out, " %s", json_object_get_string(value));
	}
	save_rules_for_reasons(out, set);
	fputc('\n', out);
}

static bool save_defaults(struct nl *nl, FILE *out)
{
	struct nlmsghdr *request = nl_request(nl, CHIMNEY_CMD_TARGET_GET, false,
					      64);
	struct json_object *d;

	mnl_attr_put(request, CHIMNEY_A_TARGET_DEFAULTS, 0, NULL);
	d = nl_get(nl, request, 0);
	if (!d)
		return false;
	save_settings(out, "default", member_of(d, "settings"));
	json_object_put(d);
	return true;
}

static bool save_targets(struct nl *nl, FILE *out)
{
	struct json_object *targets = nl_dump(nl, CHIMNEY_CMD_TARGET_GET, 0);
	char scope[64];
	size_t i;

	for (i = 0; i < length_of(targets); i++) {
		struct json_object *t = json_object_array_get_idx(targets, i);

		snprintf(scope, sizeof(scope), "dev %s", text_of(t, "ifname"));
		save_settings(out, scope, member_of(t, "settings"));
	}
	json_object_put(targets);
	return targets;
}

static bool save_rules(struct nl *nl, FILE *out)
{
	struct json_object *rules = nl_dump(nl, CHIMNEY_CMD_RULES_GET, 0);
	struct json_object *rule;
	size_t i;

	for (i = 0; i < length_of(rules); i++) {
		rule = member_of(json_object_array_get_idx(rules, i), "rule");
		print_rule_words(out, json_object_array_get_idx(rule, 0));
		fputc('\n', out);
	}
	json_object_put(rules);
	return rules;
}

static bool save(struct nl *nl, FILE *out)
{
	fputs("# The policy of a network namespace, for chimney policy load\n", out);
	return save_defaults(nl, out) && save_targets(nl, out) &&
	       save_rules(nl, out);
}

/* ---- load --------------------------------------------------------------- */

/**
 * struct policy - a file that was read
 * @sets: requests to set something, in their order
 * @nsets: how many
 * @rules: the request that replaces the rules; NULL: the file has none
 * @has_default: it says what becomes of what no rule matches
 */
struct policy {
	struct nlmsghdr	**sets;
	size_t		nsets;
	struct nlmsghdr	*rules;
	bool		has_default;
};

static void policy_free(struct policy *p)
{
	size_t i;

	for (i = 0; i < p->nsets; i++)
		free(p->sets[i]);
	free(p->sets);
	free(p->rules);
}

/*
 * Returns the number of words, or -1: too many. What begins with # is a comment; a
 * device may have one in its name.
 */
static int split(char *line, char **words)
{
	char *word, *rest = NULL;
	int n = 0;

	for (word = strtok_r(line, " \t\n", &rest); word && *word != '#';
	     word = strtok_r(NULL, " \t\n", &rest)) {
		if (n == WORDS_MAX)
			return -1;
		words[n++] = word;
	}
	words[n] = NULL;
	return n;
}

static bool take_default(struct policy *p, char **words, int n)
{
	const struct spec_name *verdict = n == 2 ? by_name("verdict", words[1]) :
						   NULL;

	if (!verdict || p->has_default) {
		usage(p->has_default ? "default is said twice" :
		      "default wants offload or never");
		return false;
	}
	p->has_default = true;
	mnl_attr_put_u32(p->rules, CHIMNEY_A_RULES_DEFAULT, verdict->value);
	return true;
}

static bool take_line(struct policy *p, struct nl *nl, char **words, int n)
{
	struct nlmsghdr *request, **sets;
	int status;

	if (!strcmp(words[0], "set")) {
		request = set_request(nl, words + 1, &status);
		if (!request)
			return false;
		sets = realloc(p->sets, (p->nsets + 1) * sizeof(*p->sets));
		if (!sets) {
			free(request);
			complain("out of memory");
			return false;
		}
		p->sets = sets;
		p->sets[p->nsets++] = request;
		return true;
	}
	if (!p->rules)
		p->rules = nl_request(nl, CHIMNEY_CMD_RULES_SET, false,
				      LINES_MAX * RULE_ROOM);
	if (!strcmp(words[0], "default"))
		return take_default(p, words, n);
	return put_rule_words(p->rules, words);
}

/* @lenient: what cannot be set, as of a device that is gone, is left out */
static bool read_policy(struct policy *p, struct nl *nl, FILE *in,
			const char *name, bool lenient)
{
	char *words[WORDS_MAX + 1], *line = NULL;
	unsigned int number = 0;
	bool good = true;
	size_t size = 0;
	int n;

	while (good && getline(&line, &size, in) >= 0) {
		n = ++number > LINES_MAX ? -1 : split(line, words);
		good = n >= 0 && (!n || take_line(p, nl, words, n) || lenient);
	}
	if (good && ferror(in)) {
		complain("%s: cannot be read; nothing was changed", name);
		good = false;
	} else if (!good)
		complain("%s: line %u%s; nothing was changed", name, number,
			 number > LINES_MAX ? " is one too many" : "");
	free(line);
	return good;
}

static bool send_one(struct nl *nl, struct nlmsghdr **request)
{
	struct nlmsghdr *r = *request;

	*request = NULL;	/* it is nl_talk()'s */
	return !r || !nl_talk(nl, r, 0, NULL, NULL);
}

/*
 * First the rules: they are many, and all or none. @lenient: goes on after what
 * cannot be set. False: not all was set.
 */
static bool apply(struct policy *p, struct nl *nl, bool lenient)
{
	bool good = send_one(nl, &p->rules);
	size_t i;

	for (i = 0; i < p->nsets && (good || lenient); i++)
		good &= send_one(nl, &p->sets[i]);
	return good;
}

/* As it was before, from what save() wrote then. */
static void restore(struct nl *nl, char *text, size_t size)
{
	FILE *in = fmemopen(text, size, "r");
	struct policy p = {};

	if (!in || !read_policy(&p, nl, in, "the policy before", true) ||
	    !apply(&p, nl, true))
		complain("and not all that was set before could be set again: chimney policy shows what is set now");
	else
		complain("nothing was changed");
	policy_free(&p);
	if (in)
		fclose(in);
}

static int load(struct nl *nl, FILE *in, const char *name, bool for_good)
{
	struct policy p = {};
	char *before = NULL;
	size_t size = 0;
	int status = FAILED;
	FILE *out;

	if (!read_policy(&p, nl, in, name, false)) {
		policy_free(&p);
		return USAGE;
	}
	out = for_good ? open_memstream(&before, &size) : NULL;
	if (!for_good) {
		status = DONE;
	} else if (out && save(nl, out) && !fflush(out)) {
		if (apply(&p, nl, false))
			status = DONE;
		else
			restore(nl, before, size);
	}
	if (out)
		fclose(out);
	free(before);
	policy_free(&p);
	return status;
}

static int load_file(struct nl *nl, const char *name, bool for_good)
{
	FILE *in = strcmp(name, "-") ? fopen(name, "r") : stdin;
	int status;

	if (!in) {
		complain("%s: %s", name, strerror(errno));
		return FAILED;
	}
	status = load(nl, in, name, for_good);
	if (in != stdin)
		fclose(in);
	return status;
}

int verb_policy(int argc, char **argv)
{
	struct nl nl;
	int status;

	if (argc > 2 || (argc && strcmp(argv[0], "save") &&
			 (argc != 2 || (strcmp(argv[0], "load") &&
					strcmp(argv[0], "check")))) ||
	    (argc == 2 && !strcmp(argv[0], "save")))
		return usage("policy wants save, load FILE or check FILE");
	if (!nl_open(&nl))
		return FAILED;
	if (argc == 2)
		status = load_file(&nl, argv[1], !strcmp(argv[0], "load"));
	else
		status = save(&nl, stdout) ? DONE : FAILED;
	nl_close(&nl);
	return status;
}
