// SPDX-License-Identifier: GPL-2.0
/* The settings of a target: their ranges, and how they are changed. */

#include "request.h"
#include "target.h"

/**
 * struct setting_range - of a setting
 * @least: least value
 * @most: greatest value
 * @text: what to say of any other
 */
struct setting_range {
	u32		least;
	u32		most;
	const char	*text;
};

static const struct setting_range ranges[CHIMNEY_SET_NUM] = {
	[CHIMNEY_SET_LINK_DOWN] = {
		1, CHIMNEY_HOLD_MAX_MS,
		"link-down: hold-ms is out of range: 1 to 3600000",
	},
	[CHIMNEY_SET_PAUSE] = {
		1, CHIMNEY_HOLD_MAX_MS,
		"pause: hold-ms is out of range: 1 to 3600000",
	},
	[CHIMNEY_SET_INITIATE_MS] = {
		CHIMNEY_DEADLINE_MIN_MS, CHIMNEY_DEADLINE_MAX_MS,
		"initiate-ms is out of range: 100 to 600000",
	},
	[CHIMNEY_SET_TERMINATE_MS] = {
		CHIMNEY_DEADLINE_MIN_MS, CHIMNEY_DEADLINE_MAX_MS,
		"terminate-ms is out of range: 100 to 600000",
	},
	[CHIMNEY_SET_DIVERT_MAX] = {
		CHIMNEY_DIVERT_MIN, CHIMNEY_DIVERT_MAX,
		"divert-max is out of range: 65536 to 67108864",
	},
	[CHIMNEY_SET_UPDATE_MS] = {
		CHIMNEY_DEADLINE_MIN_MS, CHIMNEY_DEADLINE_MAX_MS,
		"update-ms is out of range: 100 to 600000",
	},
	[CHIMNEY_SET_MAX_CONNS] = {
		1, CHIMNEY_CONNS_MAX,
		"max-conns is out of range: 1 to 16777216",
	},
	[CHIMNEY_SET_MAX_HISTORY] = {
		CHIMNEY_JOURNAL_MIN, CHIMNEY_JOURNAL_MAX,
		"max-history is out of range: 64 to 1048576",
	},
};

/* The texts name the limits. */
static_assert(CHIMNEY_HOLD_MAX_MS == 3600000);
static_assert(CHIMNEY_DEADLINE_MIN_MS == 100);
static_assert(CHIMNEY_DEADLINE_MAX_MS == 600000);
static_assert(CHIMNEY_CONNS_MAX == 16777216);
static_assert(CHIMNEY_JOURNAL_MIN == 64);
static_assert(CHIMNEY_JOURNAL_MAX == 1048576);
static_assert(CHIMNEY_DIVERT_MIN == 65536);
static_assert(CHIMNEY_DIVERT_MAX == 67108864);

u32 *chimney_setting_number(struct chimney_settings *s, enum chimney_setting n)
{
	switch (n) {
	case CHIMNEY_SET_INITIATE_MS:
		return &s->initiate_ms;
	case CHIMNEY_SET_TERMINATE_MS:
		return &s->terminate_ms;
	case CHIMNEY_SET_DIVERT_MAX:
		return &s->divert_max;
	case CHIMNEY_SET_UPDATE_MS:
		return &s->update_ms;
	case CHIMNEY_SET_MAX_CONNS:
		return &s->max_conns;
	case CHIMNEY_SET_MAX_HISTORY:
		return &s->max_history;
	default:
		return NULL;
	}
}

struct chimney_rule *chimney_setting_rule(struct chimney_settings *s,
					  enum chimney_setting n)
{
	switch (n) {
	case CHIMNEY_SET_LINK_DOWN:
		return &s->rule[CHIMNEY_CAUSE_LINK];
	case CHIMNEY_SET_PAUSE:
		return &s->rule[CHIMNEY_CAUSE_PAUSE];
	default:
		return NULL;
	}
}

static bool setting_fits(const struct chimney_change *c, enum chimney_setting n)
{
	struct chimney_settings want = c->want;
	const struct chimney_rule *rule = chimney_setting_rule(&want, n);
	u32 value;

	if (rule && rule->action != CHIMNEY_ACTION_HOLD)
		return true;
	value = rule ? rule->hold_ms : *chimney_setting_number(&want, n);
	return value >= ranges[n].least && value <= ranges[n].most;
}

static void change(struct chimney_settings *s, const struct chimney_change *c,
		   enum chimney_setting n)
{
	struct chimney_settings want = c->want;
	struct chimney_rule *rule = chimney_setting_rule(s, n);

	if (!rule) {
		WRITE_ONCE(*chimney_setting_number(s, n),
			   *chimney_setting_number(&want, n));
		return;
	}
	if (chimney_setting_rule(&want, n)->action == CHIMNEY_ACTION_HOLD)
		WRITE_ONCE(rule->hold_ms, chimney_setting_rule(&want, n)->hold_ms);
	WRITE_ONCE(rule->action, chimney_setting_rule(&want, n)->action);
}

static int change_all(struct chimney_target *t, const struct chimney_change *c,
		      struct netlink_ext_ack *extack)
{
	enum chimney_setting n;
	int err;

	/* First, since it alone may fail. */
	if (c->mask & BIT(CHIMNEY_SET_MAX_HISTORY)) {
		n = CHIMNEY_SET_MAX_HISTORY;
		err = chimney_journal_resize(&t->journal, c->want.max_history);
		if (err)
			return chimney_complain(extack, c->attr[n], err,
						"there is no memory for so long a history");
	}
	for (n = 0; n < CHIMNEY_SET_NUM; n++) {
		if (c->mask & BIT(n))
			change(&t->settings, c, n);
	}
	return 0;
}

int chimney_request_set(struct chimney_target *t,
			const struct chimney_change *c,
			struct netlink_ext_ack *extack)
{
	/* The journal is as long as the setting says, whoever else sets it. */
	static DEFINE_MUTEX(lock);
	enum chimney_setting n;
	int err;

	for (n = 0; n < CHIMNEY_SET_NUM; n++) {
		if (c->mask & BIT(n) && !setting_fits(c, n))
			return chimney_complain(extack, c->attr[n], -EINVAL,
						ranges[n].text);
	}
	mutex_lock(&lock);
	err = change_all(t, c, extack);
	mutex_unlock(&lock);
	return err;
}
