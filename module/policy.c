// SPDX-License-Identifier: GPL-2.0
/*
 * The one place that decides when an offload ends. Every decision is in the
 * journal.
 */

#include "policy.h"

#include "conn.h"
#include "target.h"
#include "terminate.h"
#include "update.h"

/* The machine is about to sleep. */
static bool asleep;

static void act(struct chimney_target *t, enum chimney_cause cause,
		enum chimney_reason reason)
{
	const struct chimney_rule *rule = &t->settings.rule[cause];
	enum chimney_action action = READ_ONCE(rule->action);
	u32 ms = action == CHIMNEY_ACTION_HOLD ? READ_ONCE(rule->hold_ms) : 0;

	lockdep_assert_held(&t->tree.lock);
	chimney_journal_decision(t, NULL, reason, action, ms);
	switch (action) {
	case CHIMNEY_ACTION_TERMINATE:
		chimney_terminate_all(t, reason);
		break;
	case CHIMNEY_ACTION_HOLD:
		mod_delayed_work(t->wq, &t->policy.hold[cause],
				 msecs_to_jiffies(ms));
		break;
	default:
		break;
	}
}

void chimney_policy_cause_locked(struct chimney_target *t,
				 enum chimney_cause cause,
				 enum chimney_reason reason)
{
	struct chimney_policy *p = &t->policy;
	bool held;

	lockdep_assert_held(&t->tree.lock);
	held = p->since[cause] != CHIMNEY_REASON_NONE;
	if (held && reason == CHIMNEY_REASON_NONE) {
		p->since[cause] = CHIMNEY_REASON_NONE;
		if (cancel_delayed_work(&p->hold[cause]))
			chimney_count(&t->stats, CHIMNEY_COUNT_HOLDS_KEPT);
	} else if (!held && reason != CHIMNEY_REASON_NONE) {
		p->since[cause] = reason;
		chimney_count(&t->stats, CHIMNEY_COUNT_CAUSES);
		act(t, cause, reason);
	}
}

void chimney_policy_cause(struct chimney_target *t, enum chimney_cause cause,
			  enum chimney_reason reason)
{
	spin_lock_bh(&t->tree.lock);
	chimney_policy_cause_locked(t, cause, reason);
	spin_unlock_bh(&t->tree.lock);
}

/* The hold is over. If the cause still holds, it is terminate now. */
static void hold_over(struct chimney_target *t, enum chimney_cause cause)
{
	enum chimney_reason reason;

	spin_lock_bh(&t->tree.lock);
	reason = t->policy.since[cause];
	if (reason != CHIMNEY_REASON_NONE) {
		chimney_journal_decision(t, NULL, reason, CHIMNEY_ACTION_TERMINATE, 0);
		chimney_terminate_all(t, reason);
	}
	spin_unlock_bh(&t->tree.lock);
}

static void link_hold_over(struct work_struct *work)
{
	hold_over(container_of(to_delayed_work(work), struct chimney_target,
			       policy.hold[CHIMNEY_CAUSE_LINK]),
		  CHIMNEY_CAUSE_LINK);
}

static void pause_hold_over(struct work_struct *work)
{
	hold_over(container_of(to_delayed_work(work), struct chimney_target,
			       policy.hold[CHIMNEY_CAUSE_PAUSE]),
		  CHIMNEY_CAUSE_PAUSE);
}

void chimney_policy_must(struct chimney_target *t, struct chimney_object *obj,
			 enum chimney_reason reason)
{
	spin_lock_bh(&t->tree.lock);
	chimney_journal_decision(t, obj, reason, CHIMNEY_ACTION_TERMINATE, 0);
	if (!obj)
		chimney_terminate_all(t, reason);
	spin_unlock_bh(&t->tree.lock);
	if (obj)
		chimney_terminate(obj, reason, false);
}

void chimney_policy_changed(struct chimney_target *t,
			    struct chimney_object *obj)
{
	spin_lock_bh(&t->tree.lock);
	if (!obj->closing)
		chimney_update_ask(obj, CHIMNEY_OP_UPDATE);
	spin_unlock_bh(&t->tree.lock);
}

void chimney_policy_invalid(struct chimney_target *t,
			    struct chimney_object *obj,
			    enum chimney_reason reason)
{
	spin_lock_bh(&t->tree.lock);
	/* First the ban, then those who go: in this order they are submitted. */
	if (!obj->closing && t->ops->invalidate)
		chimney_update_ask(obj, CHIMNEY_OP_INVALIDATE);
	spin_unlock_bh(&t->tree.lock);
	chimney_policy_must(t, obj, reason);
}

/* For now every request of a target is granted. */
void chimney_policy_asked(struct chimney_conn *conn, enum chimney_reason reason)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);

	atomic64_inc(&t->stats.asked[reason]);
	chimney_policy_must(t, &conn->obj, reason);
}

bool chimney_policy_holds(struct chimney_target *t, enum chimney_cause cause)
{
	return READ_ONCE(t->policy.since[cause]) != CHIMNEY_REASON_NONE;
}

void chimney_policy_sleep(bool sleep)
{
	WRITE_ONCE(asleep, sleep);
}

const char *chimney_policy_closed(struct chimney_target *t)
{
	switch (READ_ONCE(t->state)) {
	case CHIMNEY_TARGET_PAUSED:
		return "the target has paused offloading";
	case CHIMNEY_TARGET_QUARANTINED:
		return "the target hangs and is in quarantine";
	case CHIMNEY_TARGET_LEAVING:
		return "the target is being removed";
	default:
		break;
	}
	if (chimney_policy_holds(t, CHIMNEY_CAUSE_LINK))
		return "the link is down";
	if (chimney_policy_holds(t, CHIMNEY_CAUSE_PAUSE))
		return "the device pauses";
	if (READ_ONCE(asleep))
		return "the machine is about to sleep";
	return NULL;
}

void chimney_policy_init(struct chimney_target *t)
{
	int i;

	for (i = 0; i < CHIMNEY_CAUSE_NUM; i++) {
		t->settings.rule[i].action = CHIMNEY_ACTION_TERMINATE;
		t->settings.rule[i].hold_ms = 1000;
	}
	t->settings.initiate_ms = 10 * MSEC_PER_SEC;
	t->settings.terminate_ms = 10 * MSEC_PER_SEC;
	t->settings.divert_max = 4 * 1024 * 1024;
	t->settings.update_ms = 10 * MSEC_PER_SEC;
	t->settings.max_conns = 64 * 1024;
	t->settings.max_history = CHIMNEY_JOURNAL_SIZE;
	INIT_DELAYED_WORK(&t->policy.hold[CHIMNEY_CAUSE_LINK], link_hold_over);
	INIT_DELAYED_WORK(&t->policy.hold[CHIMNEY_CAUSE_PAUSE],
			  pause_hold_over);
}

void chimney_policy_exit(struct chimney_target *t)
{
	int i;

	for (i = 0; i < CHIMNEY_CAUSE_NUM; i++)
		cancel_delayed_work_sync(&t->policy.hold[i]);
}
