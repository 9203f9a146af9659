// SPDX-License-Identifier: GPL-2.0
/* What administrators set: ranges, defaults, and how it is changed. */

#include "settings.h"

#include <linux/mutex.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "candidate.h"
#include "reasons.h"
#include "request.h"
#include "target.h"

/**
 * struct number - a setting that is a number
 * @offset: in struct chimney_settings
 * @least: least value
 * @most: greatest value
 * @value: unless it is set
 * @text: what to say of any other
 */
struct number {
	size_t		offset;
	u32		least;
	u32		most;
	u32		value;
	const char	*text;
};

#define NUMBER(_field, _name, _least, _most, _value)			\
	{								\
		.offset = offsetof(struct chimney_settings, _field),	\
		.least = (_least), .most = (_most), .value = (_value),	\
		.text = _name " is out of range: " #_least " to " #_most, \
	}

/* Ranges are plain numbers, since the texts name them. */
static const struct number numbers[CHIMNEY_SET_NUM] = {
	[CHIMNEY_SET_INITIATE_MS] =
		NUMBER(initiate_ms, "initiate-ms", 100, 600000, 10000),
	[CHIMNEY_SET_TERMINATE_MS] =
		NUMBER(terminate_ms, "terminate-ms", 100, 600000, 10000),
	[CHIMNEY_SET_DIVERT_MAX] =
		NUMBER(divert_max, "divert-max", 65536, 67108864, 4194304),
	[CHIMNEY_SET_UPDATE_MS] =
		NUMBER(update_ms, "update-ms", 100, 600000, 10000),
	[CHIMNEY_SET_MAX_CONNS] =
		NUMBER(max_conns, "max-conns", 1, 16777216, 65536),
	[CHIMNEY_SET_MAX_HISTORY] =
		NUMBER(max_history, "max-history", 64, 1048576,
		       CHIMNEY_JOURNAL_SIZE),
	[CHIMNEY_SET_WINDOW_MS] =
		NUMBER(window_ms, "window-ms", 100, 3600000, 10000),
	[CHIMNEY_SET_MIN_SENT] =
		NUMBER(min_sent, "min-sent", 0, 1073741824, 0),
	[CHIMNEY_SET_MIN_RECEIVED] =
		NUMBER(min_received, "min-received", 0, 1073741824, 0),
	[CHIMNEY_SET_HYSTERESIS] =
		NUMBER(hysteresis, "hysteresis", 0, 1000, 25),
	[CHIMNEY_SET_MIN_STAY_MS] =
		NUMBER(min_stay_ms, "min-stay-ms", 0, 86400000, 5000),
	[CHIMNEY_SET_ADMISSION] =
		NUMBER(admission, "admission", 0, 1, CHIMNEY_ADMISSION_MANUAL),
	[CHIMNEY_SET_BACKOFF_MS] =
		NUMBER(backoff_ms, "backoff-ms", 10, 3600000, 1000),
	[CHIMNEY_SET_BACKOFF_MAX_MS] =
		NUMBER(backoff_max_ms, "backoff-max-ms", 10, 86400000, 600000),
	[CHIMNEY_SET_BACKOFF_DECAY_MS] =
		NUMBER(backoff_decay_ms, "backoff-decay-ms", 100, 86400000,
		       60000),
	[CHIMNEY_SET_REST_FAILURES] =
		NUMBER(rest_failures, "rest-failures", 0, 1000000, 8),
	[CHIMNEY_SET_REST_MS] =
		NUMBER(rest_ms, "rest-ms", 10, 86400000, 30000),
};

static_assert(CHIMNEY_JOURNAL_MIN == 64);
static_assert(CHIMNEY_JOURNAL_MAX == 1048576);
static_assert(CHIMNEY_HOLD_MAX_MS == 3600000);
static_assert(CHIMNEY_SET_ATTR(CHIMNEY_SET_NUM - 1) == CHIMNEY_A_SETTINGS_MAX);

static unsigned int settings_net_id;

/* One who changes settings at a time, so that two that depend agree. */
static DEFINE_MUTEX(settings_lock);

u32 *chimney_setting_number(struct chimney_settings *s, enum chimney_setting n)
{
	return (void *)s + numbers[n].offset;
}

static int check_rule(const struct chimney_rule *rule, enum chimney_reason reason,
		      const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (!chimney_reason_may(reason, rule->action))
		return chimney_complain(extack, attr, -EINVAL,
					chimney_reasons[reason].refusal);
	if (rule->action == CHIMNEY_ACTION_HOLD &&
	    (!rule->hold_ms || rule->hold_ms > CHIMNEY_HOLD_MAX_MS))
		return chimney_complain(extack, attr, -EINVAL,
					"hold-ms is out of range: 1 to 3600000");
	return 0;
}

static int check_number(struct chimney_change *c, enum chimney_setting n,
			struct netlink_ext_ack *extack)
{
	u32 value = *chimney_setting_number(&c->want, n);

	if (value >= numbers[n].least && value <= numbers[n].most)
		return 0;
	return chimney_complain(extack, c->number_attr[n], -EINVAL,
				numbers[n].text);
}

/* As it would be afterwards */
static u32 wanted(const struct chimney_settings *s, struct chimney_change *c,
		  enum chimney_setting n)
{
	return c->numbers & BIT(n) ? *chimney_setting_number(&c->want, n) :
		*chimney_setting_number((struct chimney_settings *)s, n);
}

static int check(const struct chimney_settings *s, struct chimney_change *c,
		 struct netlink_ext_ack *extack)
{
	enum chimney_setting n;
	unsigned int reason;
	int err;

	for (reason = 0; reason <= CHIMNEY_REASON_MAX; reason++) {
		if (!(c->reasons & BIT_ULL(reason)))
			continue;
		err = check_rule(&c->want.rule[reason], reason,
				 c->reason_attr[reason], extack);
		if (err)
			return err;
	}
	for (n = 0; n < CHIMNEY_SET_NUM; n++) {
		err = c->numbers & BIT(n) ? check_number(c, n, extack) : 0;
		if (err)
			return err;
	}
	if (wanted(s, c, CHIMNEY_SET_BACKOFF_MS) >
	    wanted(s, c, CHIMNEY_SET_BACKOFF_MAX_MS))
		return chimney_complain(extack, NULL, -EINVAL,
					"backoff-ms is more than backoff-max-ms: set both, or another");
	return 0;
}

static void change(struct chimney_settings *s, struct chimney_change *c)
{
	enum chimney_setting n;
	unsigned int reason;

	for (reason = 0; reason <= CHIMNEY_REASON_MAX; reason++) {
		const struct chimney_rule *want = &c->want.rule[reason];

		if (!(c->reasons & BIT_ULL(reason)))
			continue;
		if (want->action == CHIMNEY_ACTION_HOLD)
			WRITE_ONCE(s->rule[reason].hold_ms, want->hold_ms);
		/* Who reads hold finds its time. */
		smp_wmb();
		WRITE_ONCE(s->rule[reason].action, want->action);
	}
	for (n = 0; n < CHIMNEY_SET_NUM; n++) {
		if (c->numbers & BIT(n))
			WRITE_ONCE(*chimney_setting_number(s, n),
				   *chimney_setting_number(&c->want, n));
	}
}

#define ABOUT_ACTIVITY	(BIT(CHIMNEY_SET_WINDOW_MS) | \
			 BIT(CHIMNEY_SET_MIN_SENT) | \
			 BIT(CHIMNEY_SET_MIN_RECEIVED))

static int change_target(struct chimney_target *t, struct chimney_change *c,
			 struct netlink_ext_ack *extack)
{
	int err;

	err = check(&t->settings, c, extack);
	if (err)
		return err;
	/* First, since it alone may fail. */
	if (c->numbers & BIT(CHIMNEY_SET_MAX_HISTORY)) {
		err = chimney_journal_resize(&t->journal, c->want.max_history);
		if (err)
			return chimney_complain(extack,
						c->number_attr[CHIMNEY_SET_MAX_HISTORY],
						err,
						"there is no memory for so long a history");
	}
	change(&t->settings, c);
	if (c->numbers & ABOUT_ACTIVITY)
		chimney_activity_review(t);
	if (c->numbers & BIT(CHIMNEY_SET_ADMISSION))
		chimney_candidate_mode(dev_net(t->dev));
	return 0;
}

int chimney_settings_change(struct chimney_target *t, struct chimney_change *c,
			    struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&settings_lock);
	err = change_target(t, c, extack);
	mutex_unlock(&settings_lock);
	return err;
}

int chimney_settings_change_defaults(struct net *net, struct chimney_change *c,
				     struct netlink_ext_ack *extack)
{
	struct chimney_settings *s = chimney_settings_defaults(net);
	int err;

	mutex_lock(&settings_lock);
	err = check(s, c, extack);
	if (!err)
		change(s, c);
	mutex_unlock(&settings_lock);
	return err;
}

struct chimney_settings *chimney_settings_defaults(struct net *net)
{
	return net_generic(net, settings_net_id);
}

void chimney_settings_init(struct chimney_target *t)
{
	mutex_lock(&settings_lock);
	t->settings = *chimney_settings_defaults(dev_net(t->dev));
	mutex_unlock(&settings_lock);
}

static int __net_init net_init(struct net *net)
{
	struct chimney_settings *s = chimney_settings_defaults(net);
	enum chimney_setting n;
	unsigned int reason;

	for (reason = 0; reason <= CHIMNEY_REASON_MAX; reason++) {
		s->rule[reason].action = chimney_reasons[reason].ignored ?
					 CHIMNEY_ACTION_IGNORE :
					 CHIMNEY_ACTION_TERMINATE;
		s->rule[reason].hold_ms = MSEC_PER_SEC;
	}
	for (n = 0; n < CHIMNEY_SET_NUM; n++)
		*chimney_setting_number(s, n) = numbers[n].value;
	return 0;
}

static struct pernet_operations net_ops = {
	.init	= net_init,
	.id	= &settings_net_id,
	.size	= sizeof(struct chimney_settings),
};

int __init chimney_settings_register(void)
{
	return register_pernet_subsys(&net_ops);
}

void chimney_settings_unregister(void)
{
	unregister_pernet_subsys(&net_ops);
}
