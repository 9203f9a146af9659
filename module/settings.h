/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What administrators set: of a target, and of a network namespace, where it is
 * what targets begin with that are registered in it from then on.
 */
#ifndef _CHIMNEY_SETTINGS_H
#define _CHIMNEY_SETTINGS_H

#include <linux/bits.h>
#include <net/chimney.h>

struct chimney_target;
struct net;
struct netlink_ext_ack;
struct nlattr;

/**
 * struct chimney_rule - what to do for a reason
 * @action: terminate, hold or ignore
 * @hold_ms: how long to hold, in milliseconds, 1..CHIMNEY_HOLD_MAX_MS
 */
struct chimney_rule {
	enum chimney_action	action;
	u32			hold_ms;
};

#define CHIMNEY_HOLD_MAX_MS	(60 * 60 * 1000)

/**
 * struct chimney_settings - what administrators set
 * @rule: what to do, by reason
 * @initiate_ms: deadline of an initiate, milliseconds from its submission
 * @terminate_ms: deadline of a terminate
 * @divert_max: octets that may wait in a connection's divert queue
 * @update_ms: deadline of an update, a query, or an invalidate
 * @max_conns: most connection objects that there may be
 * @max_history: entries that the journal keeps
 * @window_ms: milliseconds for which traffic is counted
 * @min_sent: octets sent within a window that make a connection active, 0: no
 *            number does
 * @min_received: octets received, likewise
 * @hysteresis: percent that are wanted beyond that of one found inactive
 * @min_stay_ms: milliseconds offloaded before one may be found inactive
 * @admission: enum chimney_admission: who chooses what is offloaded
 * @backoff_ms: (auto) milliseconds in the host after a first terminate
 * @backoff_max_ms: (auto) after many
 * @backoff_decay_ms: (auto) milliseconds that halve the count of terminates
 * @rest_failures: (auto) failures that make the target rest, 0: never
 * @rest_ms: (auto) milliseconds of rest
 *
 * Each field is read and written at once; ranges and defaults are in settings.c.
 */
struct chimney_settings {
	struct chimney_rule	rule[CHIMNEY_REASON_MAX + 1];
	u32			initiate_ms;
	u32			terminate_ms;
	u32			divert_max;
	u32			update_ms;
	u32			max_conns;
	u32			max_history;
	u32			window_ms;
	u32			min_sent;
	u32			min_received;
	u32			hysteresis;
	u32			min_stay_ms;
	u32			admission;
	u32			backoff_ms;
	u32			backoff_max_ms;
	u32			backoff_decay_ms;
	u32			rest_failures;
	u32			rest_ms;
};

/**
 * enum chimney_setting - the settings that are numbers, in the order of their
 *                        netlink attributes
 * @CHIMNEY_SET_INITIATE_MS: &chimney_settings.initiate_ms, and so on
 * @CHIMNEY_SET_TERMINATE_MS:
 * @CHIMNEY_SET_DIVERT_MAX:
 * @CHIMNEY_SET_UPDATE_MS:
 * @CHIMNEY_SET_MAX_CONNS:
 * @CHIMNEY_SET_MAX_HISTORY:
 * @CHIMNEY_SET_WINDOW_MS:
 * @CHIMNEY_SET_MIN_SENT:
 * @CHIMNEY_SET_MIN_RECEIVED:
 * @CHIMNEY_SET_HYSTERESIS:
 * @CHIMNEY_SET_MIN_STAY_MS:
 * @CHIMNEY_SET_ADMISSION:
 * @CHIMNEY_SET_BACKOFF_MS:
 * @CHIMNEY_SET_BACKOFF_MAX_MS:
 * @CHIMNEY_SET_BACKOFF_DECAY_MS:
 * @CHIMNEY_SET_REST_FAILURES:
 * @CHIMNEY_SET_REST_MS:
 * @CHIMNEY_SET_NUM: number of them
 */
enum chimney_setting {
	CHIMNEY_SET_INITIATE_MS,
	CHIMNEY_SET_TERMINATE_MS,
	CHIMNEY_SET_DIVERT_MAX,
	CHIMNEY_SET_UPDATE_MS,
	CHIMNEY_SET_MAX_CONNS,
	CHIMNEY_SET_MAX_HISTORY,
	CHIMNEY_SET_WINDOW_MS,
	CHIMNEY_SET_MIN_SENT,
	CHIMNEY_SET_MIN_RECEIVED,
	CHIMNEY_SET_HYSTERESIS,
	CHIMNEY_SET_MIN_STAY_MS,
	CHIMNEY_SET_ADMISSION,
	CHIMNEY_SET_BACKOFF_MS,
	CHIMNEY_SET_BACKOFF_MAX_MS,
	CHIMNEY_SET_BACKOFF_DECAY_MS,
	CHIMNEY_SET_REST_FAILURES,
	CHIMNEY_SET_REST_MS,
	CHIMNEY_SET_NUM,
};

/* The netlink attribute of a setting */
#define CHIMNEY_SET_ATTR(n)	((n) + CHIMNEY_A_SETTINGS_INITIATE_MS)

/**
 * struct chimney_change - settings to be changed
 * @reasons: the reasons for which something is to be set, as bits
 * @numbers: the numbers, as bits
 * @want: their values
 * @reason_attr: where each comes from, for complaints
 * @number_attr: the same
 */
struct chimney_change {
	u64			reasons;
	u32			numbers;
	struct chimney_settings	want;
	const struct nlattr	*reason_attr[CHIMNEY_REASON_MAX + 1];
	const struct nlattr	*number_attr[CHIMNEY_SET_NUM];
};

/* Where the value of a number lies */
u32 *chimney_setting_number(struct chimney_settings *s, enum chimney_setting n);

/*
 * Change settings, all or none; they hold from the next event on. Context:
 * process. Return: 0; -EINVAL, -ENOMEM with a complaint.
 */
int chimney_settings_change(struct chimney_target *t,
			    struct chimney_change *c,
			    struct netlink_ext_ack *extack);
/* The same of the defaults of @net. */
int chimney_settings_change_defaults(struct net *net,
				     struct chimney_change *c,
				     struct netlink_ext_ack *extack);

/* The defaults of @net; to be read field by field. */
struct chimney_settings *chimney_settings_defaults(struct net *net);
/* A target that is being registered gets those of its network namespace. */
void chimney_settings_init(struct chimney_target *t);

int chimney_settings_register(void);
void chimney_settings_unregister(void);

#endif /* _CHIMNEY_SETTINGS_H */
