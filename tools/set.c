// SPDX-License-Identifier: GPL-2.0
/* chimney set: settings of a target. */

#include <string.h>
#include "chimney.h"
#include "decode.h"
#include "nl.h"
#include "parse.h"
#include "words.h"

/* "terminate", "ignore", "hold TIME". Returns the words it took, 0: usage. */
static int put_rule(struct nlmsghdr *request, uint16_t attr, char **argv)
{
	const struct spec_name *action = by_name("action", argv[0]);
	struct nlattr *nest;
	uint32_t ms;
	int words = 1;

	if (!action) {
		usage("'%s' is no rule: terminate, ignore or hold TIME", argv[0]);
		return 0;
	}
	nest = mnl_attr_nest_start(request, attr);
	mnl_attr_put_u32(request, CHIMNEY_A_RULE_ACTION, action->value);
	if (action->value == CHIMNEY_ACTION_HOLD) {
		if (!argv[1] || !parse_time(argv[1], 1, &ms)) {
			usage("hold wants a time: a number and ms, s or m");
			return 0;
		}
		mnl_attr_put_u32(request, CHIMNEY_A_RULE_HOLD_MS, ms);
		words++;
	}
	mnl_attr_nest_end(request, nest);
	return words;
}

static int put_time(struct nlmsghdr *request, uint16_t attr, char **argv)
{
	uint32_t ms;

	if (!parse_time(argv[0], 1, &ms)) {
		usage("'%s' is no time: a number and ms, s or m", argv[0]);
		return 0;
	}
	mnl_attr_put_u32(request, attr, ms);
	return 1;
}

static int put_size(struct nlmsghdr *request, uint16_t attr, char **argv)
{
	uint32_t octets;

	if (!parse_size(argv[0], &octets)) {
		usage("'%s' is no size: octets, or a number and k or m", argv[0]);
		return 0;
	}
	mnl_attr_put_u32(request, attr, octets);
	return 1;
}

static int put_number(struct nlmsghdr *request, uint16_t attr, char **argv)
{
	uint32_t number;

	if (!parse_u32(argv[0], &number)) {
		usage("'%s' is no number", argv[0]);
		return 0;
	}
	mnl_attr_put_u32(request, attr, number);
	return 1;
}

static const struct setting {
	const char	*name;
	uint16_t	attr;
	int		(*put)(struct nlmsghdr *request, uint16_t attr,
			       char **argv);
} settings[] = {
	{ "link-down", CHIMNEY_A_SETTINGS_LINK_DOWN, put_rule },
	{ "pause", CHIMNEY_A_SETTINGS_PAUSE, put_rule },
	{ "initiate-within", CHIMNEY_A_SETTINGS_INITIATE_MS, put_time },
	{ "terminate-within", CHIMNEY_A_SETTINGS_TERMINATE_MS, put_time },
	{ "update-within", CHIMNEY_A_SETTINGS_UPDATE_MS, put_time },
	{ "divert-max", CHIMNEY_A_SETTINGS_DIVERT_MAX, put_size },
	{ "max-conns", CHIMNEY_A_SETTINGS_MAX_CONNS, put_number },
	{ "max-history", CHIMNEY_A_SETTINGS_MAX_HISTORY, put_number },
	{ NULL, 0, NULL },
};

static int put_setting(struct nlmsghdr *request, char **argv)
{
	const struct setting *s;

	for (s = settings; s->name; s++) {
		if (strcmp(s->name, argv[0]))
			continue;
		if (argv[1])
			return s->put(request, s->attr, argv + 1);
		usage("'%s' wants a value", argv[0]);
		return 0;
	}
	usage("there is no setting '%s'", argv[0]);
	return 0;
}

/* Each setting once: this is room enough for many more. */
#define ROOM	4096

static int put_settings(struct nlmsghdr *request, char **argv)
{
	struct nlattr *nest = mnl_attr_nest_start(request,
						  CHIMNEY_A_TARGET_SETTINGS);
	unsigned int n = 0;
	int words;

	while (*argv) {
		words = put_setting(request, argv);
		if (!words)
			return USAGE;
		if (++n > MNL_ARRAY_SIZE(settings))
			return usage("a setting is named more than once");
		argv += words + 1;
	}
	mnl_attr_nest_end(request, nest);
	return DONE;
}

int verb_set(int argc, char **argv)
{
	struct nlmsghdr *request;
	unsigned int ifindex;
	struct nl nl;
	int status;

	if (argc < 3 || strcmp(argv[0], "dev"))
		return usage("set wants dev DEV, then settings and values");
	ifindex = take_dev(argv[1]);
	if (!ifindex)
		return FAILED;
	if (!nl_open(&nl))
		return FAILED;
	request = nl_request(&nl, CHIMNEY_CMD_TARGET_SET, false, ROOM);
	mnl_attr_put_u32(request, CHIMNEY_A_TARGET_IFINDEX, ifindex);
	status = put_settings(request, argv + 2);
	if (status == DONE && nl_talk(&nl, request, 0, NULL, NULL))
		status = FAILED;
	nl_close(&nl);
	return status;
}
