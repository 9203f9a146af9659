// SPDX-License-Identifier: GPL-2.0
/* chimney rules: the rules of admission, in the words that a policy file has. */

#include "rules.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "addr.h"
#include "chimney.h"
#include "decode.h"
#include "nl.h"
#include "output.h"
#include "parse.h"

/* ---- from words --------------------------------------------------------- */

/* "N" or "N-M", each no more than @most */
static bool parse_range(const char *text, uint32_t most, uint32_t range[2])
{
	char copy[32], *dash;

	if (strlen(text) >= sizeof(copy))
		return false;
	snprintf(copy, sizeof(copy), "%s", text);
	dash = strchr(copy, '-');
	if (dash)
		*dash++ = '\0';
	return parse_u32(copy, &range[0]) &&
	       parse_u32(dash ? dash : copy, &range[1]) &&
	       range[0] <= most && range[1] <= most;
}

static bool put_u32_range(struct nlmsghdr *request, uint16_t attr,
			  const char *text)
{
	uint32_t range[2];

	if (!parse_range(text, UINT32_MAX, range))
		return false;
	mnl_attr_put_u32(request, attr, range[0]);
	mnl_attr_put_u32(request, attr + 1, range[1]);
	return true;
}

static bool put_ports(struct nlmsghdr *request, uint16_t attr, const char *text)
{
	uint32_t range[2];

	if (!parse_range(text, UINT16_MAX, range))
		return false;
	mnl_attr_put_u16(request, attr, range[0]);
	mnl_attr_put_u16(request, attr + 1, range[1]);
	return true;
}

/*
 * "ADDR" or "ADDR/LEN". One of IPv4 that is written as of IPv6, ::ffff:10.0.0.0/104,
 * has 96 bits that the kernel does not count.
 */
static bool put_prefix(struct nlmsghdr *request, uint16_t attr, const char *text)
{
	char copy[ADDR_TEXT + 8], *slash;
	uint32_t len, before = 0, most;
	struct in6_addr addr;

	if (strlen(text) >= sizeof(copy))
		return false;
	snprintf(copy, sizeof(copy), "%s", text);
	slash = strchr(copy, '/');
	if (slash)
		*slash++ = '\0';
	if (!parse_addr(copy, &addr))
		return false;
	most = strchr(copy, ':') ? 128 : 32;
	if (addr_is_ipv4(&addr))
		before = most - 32;
	len = most;
	if (slash && (!parse_u32(slash, &len) || len < before))
		return false;
	put_addr(request, attr, &addr);
	mnl_attr_put_u32(request, attr + 1, len - before);
	return true;
}

static bool put_dev(struct nlmsghdr *request, uint16_t attr, const char *text)
{
	if (!*text || strlen(text) > 15)
		return false;
	mnl_attr_put_strz(request, attr, text);
	return true;
}

/* A path below the mount point, or the number that it has there */
static bool put_cgroup(struct nlmsghdr *request, uint16_t attr, const char *text)
{
	char path[4096];
	struct stat st;
	uint64_t id;

	if (!parse_u64(text, &id)) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", text);
		if (stat(path, &st) || !S_ISDIR(st.st_mode))
			return false;
		id = st.st_ino;
	}
	mnl_attr_put_u64(request, attr, id);
	return true;
}

/* "MARK" or "MARK/MASK", as tc and iptables write them */
static bool put_mark(struct nlmsghdr *request, uint16_t attr, const char *text)
{
	unsigned long mark, mask = UINT32_MAX;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	mark = strtoul(text, &end, 0);
	if (*end == '/') {
		if (!isdigit((unsigned char)end[1]))
			return false;
		mask = strtoul(end + 1, &end, 0);
	}
	if (*end || mark > UINT32_MAX || mask > UINT32_MAX)
		return false;
	mnl_attr_put_u32(request, attr, mark);
	mnl_attr_put_u32(request, attr + 1, mask);
	return true;
}

static bool put_octets(struct nlmsghdr *request, uint16_t attr, const char *text)
{
	uint64_t octets;
	uint32_t size;

	if (!parse_u64(text, &octets)) {
		if (!parse_size(text, &size))
			return false;
		octets = size;
	}
	mnl_attr_put_u64(request, attr, octets);
	return true;
}

static bool put_age(struct nlmsghdr *request, uint16_t attr, const char *text)
{
	uint32_t ms;

	if (!parse_time(text, 1, &ms))
		return false;
	mnl_attr_put_u32(request, attr, ms);
	return true;
}

static bool put_number(struct nlmsghdr *request, uint16_t attr, const char *text)
{
	uint32_t number;

	if (!parse_u32(text, &number))
		return false;
	mnl_attr_put_u32(request, attr, number);
	return true;
}

#define A(name)	CHIMNEY_A_ADMISSION_RULE_##name

static const struct term {
	const char	*word;
	uint16_t	attr;
	bool		(*put)(struct nlmsghdr *request, uint16_t attr,
			       const char *text);
	const char	*wants;
} terms[] = {
	{ "from", A(SADDR), put_prefix, "ADDR or ADDR/LEN, the host's" },
	{ "to", A(DADDR), put_prefix, "ADDR or ADDR/LEN, the peer's" },
	{ "sport", A(SPORT_MIN), put_ports, "PORT or PORT-PORT, the host's" },
	{ "dport", A(DPORT_MIN), put_ports, "PORT or PORT-PORT, the peer's" },
	{ "dev", A(DEV), put_dev, "the name of a device" },
	{ "uid", A(UID_MIN), put_u32_range, "UID or UID-UID" },
	{ "cgroup", A(CGROUP), put_cgroup,
	  "a folder below /sys/fs/cgroup that is there, or its number" },
	{ "so-priority", A(SO_PRIORITY_MIN), put_u32_range, "N or N-N" },
	{ "mark", A(MARK), put_mark, "MARK or MARK/MASK" },
	{ "min-octets", A(MIN_OCTETS), put_octets, "octets, or a number and k or m" },
	{ "min-age-ms", A(MIN_AGE_MS), put_age, "a number and ms, s or m" },
	{ "priority", A(PRIORITY), put_number, "a number" },
	{ "priority-cap", A(PRIORITY_CAP), put_number, "a number" },
	{ NULL, 0, NULL, NULL },
};

static bool put_term(struct nlmsghdr *request, char **argv)
{
	const struct term *t;

	for (t = terms; t->word && strcmp(t->word, argv[0]); t++)
		;
	if (!t->word) {
		usage("'%s' is nothing that a rule can say", argv[0]);
		return false;
	}
	if (argv[1] && t->put(request, t->attr, argv[1]))
		return true;
	usage("%s wants %s%s%s%s", t->word, t->wants, argv[1] ? ", not '" : "",
	      argv[1] ? argv[1] : "", argv[1] ? "'" : "");
	return false;
}

bool put_rule_words(struct nlmsghdr *request, char **argv)
{
	const struct spec_name *verdict = by_name("verdict", argv[0]);
	uint32_t seen = 0;
	struct nlattr *nest;
	size_t i;

	if (!verdict) {
		usage("a rule begins with offload or never, not with '%s'",
		      argv[0]);
		return false;
	}
	nest = mnl_attr_nest_start(request, CHIMNEY_A_RULES_RULE);
	mnl_attr_put_u32(request, A(VERDICT), verdict->value);
	for (argv++; *argv; argv += 2) {
		for (i = 0; terms[i].word; i++) {
			if (strcmp(terms[i].word, *argv))
				continue;
			if (seen & 1U << i) {
				usage("'%s' is said twice in a rule", *argv);
				return false;
			}
			seen |= 1U << i;
		}
		if (!put_term(request, argv))
			return false;
	}
	mnl_attr_nest_end(request, nest);
	return true;
}

/* ---- to words ----------------------------------------------------------- */

static void print_range(FILE *out, const char *word, struct json_object *rule,
			const char *least, const char *most)
{
	if (!member_of(rule, least))
		return;
	fprintf(out, " %s %s", word, text_of(rule, least));
	if (number_of(rule, least) != number_of(rule, most))
		fprintf(out, "-%s", text_of(rule, most));
}

static void print_prefix(FILE *out, const char *word, struct json_object *rule,
			 const char *addr, const char *len)
{
	unsigned int all = strchr(text_of(rule, addr), ':') ? 128 : 32;

	if (!member_of(rule, addr))
		return;
	fprintf(out, " %s %s", word, text_of(rule, addr));
	if (number_of(rule, len) != all)
		fprintf(out, "/%s", text_of(rule, len));
}

static void print_plain(FILE *out, const char *word, struct json_object *rule,
			const char *key)
{
	if (member_of(rule, key))
		fprintf(out, " %s %s", word, text_of(rule, key));
}

void print_rule_words(FILE *out, struct json_object *rule)
{
	if (!number_of(rule, "number"))
		fprintf(out, "default ");
	fprintf(out, "%s", text_of(rule, "verdict"));
	print_prefix(out, "from", rule, "saddr", "saddr_len");
	print_prefix(out, "to", rule, "daddr", "daddr_len");
	print_range(out, "sport", rule, "sport_min", "sport_max");
	print_range(out, "dport", rule, "dport_min", "dport_max");
	print_plain(out, "dev", rule, "dev");
	print_range(out, "uid", rule, "uid_min", "uid_max");
	print_plain(out, "cgroup", rule, "cgroup");
	print_range(out, "so-priority", rule, "so_priority_min",
		    "so_priority_max");
	if (member_of(rule, "mark"))
		fprintf(out, " mark 0x%llx/0x%llx",
			(unsigned long long)number_of(rule, "mark"),
			(unsigned long long)number_of(rule, "mark_mask"));
	print_plain(out, "min-octets", rule, "min_octets");
	print_plain(out, "min-age-ms", rule, "min_age_ms");
	print_plain(out, "priority", rule, "priority");
	print_plain(out, "priority-cap", rule, "priority_cap");
}

/* Each answer has one rule, in a list of one. */
static struct json_object *unwrap(struct json_object *answers)
{
	struct json_object *rules, *rule;
	size_t i;

	if (!answers)
		return NULL;
	rules = json_object_new_array();
	for (i = 0; i < length_of(answers); i++) {
		rule = member_of(json_object_array_get_idx(answers, i), "rule");
		rule = json_object_array_get_idx(rule, 0);
		json_object_array_add(rules, json_object_get(rule));
	}
	json_object_put(answers);
	return rules;
}

int verb_rules(int argc, char **argv)
{
	struct json_object *rules;
	struct nl nl;
	size_t i;

	if (argc)
		return usage("rules wants no more: chimney policy load sets them");
	if (!nl_open(&nl))
		return FAILED;
	rules = unwrap(nl_dump(&nl, CHIMNEY_CMD_RULES_GET, 0));
	nl_close(&nl);
	if (rules && options.json)
		print_json(rules);
	for (i = 0; i < length_of(rules) && !options.json; i++) {
		struct json_object *rule = json_object_array_get_idx(rules, i);

		print_rule_words(stdout, rule);
		printf("  # %s", number_of(rule, "number") ? "rule " : "");
		if (number_of(rule, "number"))
			printf("%s, ", text_of(rule, "number"));
		printf("%s\n", show_count(number_of(rule, "hits"), "connection"));
	}
	json_object_put(rules);
	return rules ? DONE : FAILED;
}
