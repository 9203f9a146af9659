/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one place that decides when an offload ends. Events report a cause and a
 * scope; the policy turns them into an action.
 */
#ifndef _CHIMNEY_POLICY_H
#define _CHIMNEY_POLICY_H

#include <linux/workqueue.h>
#include <net/chimney.h>

struct chimney_conn;
struct chimney_object;
struct chimney_target;

/**
 * struct chimney_rule - what to do upon a cause
 * @action: terminate, hold or ignore
 * @hold_ms: how long to hold, in milliseconds, 1..CHIMNEY_HOLD_MAX_MS
 */
struct chimney_rule {
	enum chimney_action	action;
	u32			hold_ms;
};

#define CHIMNEY_HOLD_MAX_MS	(60 * 60 * 1000)
#define CHIMNEY_DEADLINE_MIN_MS	100
#define CHIMNEY_DEADLINE_MAX_MS	(10 * 60 * 1000)
#define CHIMNEY_CONNS_MAX	(16 * 1024 * 1024)
#define CHIMNEY_DIVERT_MIN	(64 * 1024)
#define CHIMNEY_DIVERT_MAX	(64 * 1024 * 1024)

/**
 * enum chimney_cause - what may hold of a target for a while
 * @CHIMNEY_CAUSE_LINK: its link is down
 * @CHIMNEY_CAUSE_PAUSE: it is paused
 * @CHIMNEY_CAUSE_NUM: number of causes
 */
enum chimney_cause {
	CHIMNEY_CAUSE_LINK,
	CHIMNEY_CAUSE_PAUSE,
	CHIMNEY_CAUSE_NUM,
};

/**
 * struct chimney_settings - what administrators set, per target
 * @rule: what to do, by cause
 * @initiate_ms: deadline of an initiate
 * @terminate_ms: deadline of a terminate
 * @divert_max: octets that may wait in a connection's divert queue,
 *              CHIMNEY_DIVERT_MIN..CHIMNEY_DIVERT_MAX
 * @update_ms: deadline of an update, a query, or an invalidate
 * @max_conns: most connection objects that there may be, 1..CHIMNEY_CONNS_MAX
 * @max_history: entries that the journal keeps,
 *               CHIMNEY_JOURNAL_MIN..CHIMNEY_JOURNAL_MAX
 *
 * The deadlines are milliseconds from the submission of the request,
 * CHIMNEY_DEADLINE_MIN_MS..CHIMNEY_DEADLINE_MAX_MS.
 */
struct chimney_settings {
	struct chimney_rule	rule[CHIMNEY_CAUSE_NUM];
	u32			initiate_ms;
	u32			terminate_ms;
	u32			divert_max;
	u32			update_ms;
	u32			max_conns;
	u32			max_history;
};

/**
 * struct chimney_policy - the policy's memory of a target
 * @since: reason for which a cause holds at present, by cause;
 *         CHIMNEY_REASON_NONE: it does not hold. Under &chimney_tree.lock.
 * @hold: ends the hold of a cause
 */
struct chimney_policy {
	enum chimney_reason	since[CHIMNEY_CAUSE_NUM];
	struct delayed_work	hold[CHIMNEY_CAUSE_NUM];
};

void chimney_policy_init(struct chimney_target *t);
void chimney_policy_exit(struct chimney_target *t);

/*
 * A cause begins to hold, for @reason, or, with CHIMNEY_REASON_NONE, ends.
 * Told twice, it counts once. Context: any but hard interrupt.
 */
void chimney_policy_cause(struct chimney_target *t, enum chimney_cause cause,
			  enum chimney_reason reason);
/* The same, with the tree's lock. */
void chimney_policy_cause_locked(struct chimney_target *t,
				 enum chimney_cause cause,
				 enum chimney_reason reason);
/*
 * Something happened that leaves no choice: terminate the scope.
 * @obj: what it happened to; NULL: all of @t
 */
void chimney_policy_must(struct chimney_target *t, struct chimney_object *obj,
			 enum chimney_reason reason);
/* The address of a neighbor has changed: the target is told. */
void chimney_policy_changed(struct chimney_target *t,
			    struct chimney_object *obj);
/*
 * @obj leads nowhere any more: the target is to stop sending over it at once,
 * and what depends on it is terminated.
 */
void chimney_policy_invalid(struct chimney_target *t,
			    struct chimney_object *obj,
			    enum chimney_reason reason);
/* The target asks for one connection. */
void chimney_policy_asked(struct chimney_conn *conn, enum chimney_reason reason);

/* Does a cause hold at present? Needs no lock. */
bool chimney_policy_holds(struct chimney_target *t, enum chimney_cause cause);

/* The machine is about to sleep, or is awake again: nothing is offloaded then. */
void chimney_policy_sleep(bool asleep);

/* May @t take new offloads now? NULL: yes; else why not. */
const char *chimney_policy_closed(struct chimney_target *t);

#endif /* _CHIMNEY_POLICY_H */
