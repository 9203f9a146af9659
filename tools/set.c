// SPDX-License-Identifier: GPL-2.0
/* chimney set: settings of a target, or the defaults of those to come. */

#include <stdlib.h>
#include <string.h>
#include "chimney.h"
#include "decode.h"
#include "nl.h"
#include "parse.h"
#include "set.h"
#include "words.h"

/* "terminate", "ignore", "hold TIME". Returns the words it took, 0: usage. */
static int put_rule(struct nlmsghdr *request, uint32_t reason, char **argv)
{
	const struct spec_name *action = by_name("action", argv[0]);
	struct nlattr *nest;
	uint32_t ms;
	int words = 1;

	if (!action || action->value > CHIMNEY_ACTION_IGNORE) {
		usage("'%s' is no rule: terminate, ignore or hold TIME", argv[0]);
		return 0;
	}
	nest = mnl_attr_nest_start(request, CHIMNEY_A_SETTINGS_RULE);
	mnl_attr_put_u32(request, CHIMNEY_A_RULE_REASON, reason);
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

static int put_admission(struct nlmsghdr *request, uint16_t attr, char **argv)
{
	const struct spec_name *admission = by_name("admission", argv[0]);

	if (!admission) {
		usage("'%s' is no admission: manual or auto", argv[0]);
		return 0;
	}
	mnl_attr_put_u32(request, attr, admission->value);
	return 1;
}

static const struct setting {
	const char	*name;
	uint16_t	attr;
	int		(*put)(struct nlmsghdr *request, uint16_t attr,
			       char **argv);
} settings[] = {
	{ "initiate-ms", CHIMNEY_A_SETTINGS_INITIATE_MS, put_time },
	{ "terminate-ms", CHIMNEY_A_SETTINGS_TERMINATE_MS, put_time },
	{ "update-ms", CHIMNEY_A_SETTINGS_UPDATE_MS, put_time },
	{ "divert-max", CHIMNEY_A_SETTINGS_DIVERT_MAX, put_size },
	{ "max-conns", CHIMNEY_A_SETTINGS_MAX_CONNS, put_number },
	{ "max-history", CHIMNEY_A_SETTINGS_MAX_HISTORY, put_number },
	{ "window-ms", CHIMNEY_A_SETTINGS_WINDOW_MS, put_time },
	{ "min-sent", CHIMNEY_A_SETTINGS_MIN_SENT, put_size },
	{ "min-received", CHIMNEY_A_SETTINGS_MIN_RECEIVED, put_size },
	{ "hysteresis", CHIMNEY_A_SETTINGS_HYSTERESIS, put_number },
	{ "min-stay-ms", CHIMNEY_A_SETTINGS_MIN_STAY_MS, put_time },
	{ "admission", CHIMNEY_A_SETTINGS_ADMISSION, put_admission },
	{ "backoff-ms", CHIMNEY_A_SETTINGS_BACKOFF_MS, put_time },
	{ "backoff-max-ms", CHIMNEY_A_SETTINGS_BACKOFF_MAX_MS, put_time },
	{ "backoff-decay-ms", CHIMNEY_A_SETTINGS_BACKOFF_DECAY_MS, put_time },
	{ "rest-failures", CHIMNEY_A_SETTINGS_REST_FAILURES, put_number },
	{ "rest-ms", CHIMNEY_A_SETTINGS_REST_MS, put_time },
	{ NULL, 0, NULL },
};

static int put_setting(struct nlmsghdr *request, char **argv)
{
	const struct spec_name *reason = by_name("reason", argv[0]);
	const struct setting *s;

	for (s = settings; s->name && strcmp(s->name, argv[0]); s++)
		;
	if (!s->name && !reason) {
		usage("there is no setting and no reason '%s'", argv[0]);
		return 0;
	}
	if (!argv[1]) {
		usage("'%s' wants a value", argv[0]);
		return 0;
	}
	return s->name ? s->put(request, s->attr, argv + 1) :
			 put_rule(request, reason->value, argv + 1);
}

/* Each setting once: this is room enough for many more. */
#define ROOM	8192
#define MOST	100

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
		if (++n > MOST)
			return usage("a setting is named more than once");
		argv += words + 1;
	}
	mnl_attr_nest_end(request, nest);
	return DONE;
}

/* "dev DEV" or "default"; returns the words it took, 0: usage, -1: failed. */
static int put_scope(struct nlmsghdr *request, char **argv)
{
	unsigned int ifindex;

	if (!strcmp(argv[0], "default")) {
		mnl_attr_put(request, CHIMNEY_A_TARGET_DEFAULTS, 0, NULL);
		return 1;
	}
	if (strcmp(argv[0], "dev") || !argv[1])
		return 0;
	ifindex = take_dev(argv[1]);
	if (!ifindex)
		return -1;
	mnl_attr_put_u32(request, CHIMNEY_A_TARGET_IFINDEX, ifindex);
	return 2;
}

struct nlmsghdr *set_request(struct nl *nl, char **argv, int *status)
{
	struct nlmsghdr *request = nl_request(nl, CHIMNEY_CMD_TARGET_SET, false,
					      ROOM);
	int words = *argv ? put_scope(request, argv) : 0;

	if (words < 0)
		*status = FAILED;
	else if (!words || !argv[words])
		*status = usage("set wants dev DEV, or default, then settings and values");
	else
		*status = put_settings(request, argv + words);
	if (*status == DONE)
		return request;
	free(request);
	return NULL;
}

int verb_set(int argc, char **argv)
{
	struct nlmsghdr *request;
	struct nl nl;
	int status;

	if (!nl_open(&nl))
		return FAILED;
	request = set_request(&nl, argv, &status);
	if (request && nl_talk(&nl, request, 0, NULL, NULL))
		status = FAILED;
	nl_close(&nl);
	return status;
}
