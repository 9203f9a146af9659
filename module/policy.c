// SPDX-License-Identifier: GPL-2.0
/*
 * The one place that decides when an offload ends. Every decision is in the
 * journal.
 */

#include "policy.h"

#include "conn.h"
#include "reasons.h"
#include "target.h"
#include "terminate.h"
#include "update.h"
#include "victim.h"

/* The machine is about to sleep. */
static bool asleep;

/* ---- decisions ---------------------------------------------------------- */

static enum chimney_action action_for(const struct chimney_target *t,
				      enum chimney_reason reason)
{
	return READ_ONCE(t->settings.rule[reason].action);
}

static void note(struct chimney_target *t, struct chimney_object *obj,
		 enum chimney_reason reason, enum chimney_action action, u32 ms)
{
	struct chimney_stats *s = &t->stats;

	chimney_journal_decision(t, obj, reason, action, ms);
	switch (action) {
	case CHIMNEY_ACTION_TERMINATE:
		atomic64_inc(&s->honoured[reason]);
		break;
	case CHIMNEY_ACTION_HOLD:
		atomic64_inc(&s->held[reason]);
		break;
	case CHIMNEY_ACTION_IGNORE:
		atomic64_inc(&s->refused[reason]);
		break;
	default:
		break;
	}
}

/* Connections that have a place and are not about to lose it. */
static unsigned int staying(const struct chimney_target *t)
{
	return t->policy.places - t->policy.going;
}

static unsigned int excess(const struct chimney_target *t)
{
	u32 max = t->caps.max[CHIMNEY_TYPE_CONN];

	return max && staying(t) > max ? staying(t) - max : 0;
}

static unsigned int evict(struct chimney_target *t, unsigned int n,
			  enum chimney_reason reason)
{
	struct chimney_conn *conn;
	unsigned int i;

	for (i = 0; i < n; i++) {
		conn = chimney_victim_first(t);
		if (!conn)
			break;
		chimney_terminate_mark(&conn->obj, reason);
	}
	chimney_tree_wake(&t->tree);
	return i;
}

/* @obj: NULL: what the reason says of the target */
static void terminate(struct chimney_target *t, struct chimney_object *obj,
		      enum chimney_reason reason)
{
	if (obj && !obj->linked && (obj->closing ||
				    obj->state != CHIMNEY_STATE_INHOST))
		return;		/* it is home, or on its way */
	note(t, obj, reason, CHIMNEY_ACTION_TERMINATE, 0);
	if (!obj && reason == CHIMNEY_REASON_CAPACITY) {
		evict(t, excess(t), reason);
	} else if (!obj) {
		chimney_terminate_all(t, reason);
	} else {
		/* First the ban, then those who go: so they are submitted. */
		if (reason == CHIMNEY_REASON_NEIGH_UNREACHABLE &&
		    !obj->closing && t->ops->invalidate)
			chimney_update_ask(obj, CHIMNEY_OP_INVALIDATE);
		chimney_terminate_mark(obj, reason);
		chimney_tree_wake(&t->tree);
	}
}

/* What is set for the reason is done. */
static void decide(struct chimney_target *t, struct chimney_object *obj,
		   struct chimney_hold *hold, enum chimney_reason reason)
{
	enum chimney_action action = action_for(t, reason);
	u32 ms;

	lockdep_assert_held(&t->tree.lock);
	switch (action) {
	case CHIMNEY_ACTION_HOLD:
		ms = READ_ONCE(t->settings.rule[reason].hold_ms);
		note(t, obj, reason, action, ms);
		chimney_hold_begin(t, hold, reason, ms);
		break;
	case CHIMNEY_ACTION_IGNORE:
		note(t, obj, reason, action, 0);
		break;
	default:
		terminate(t, obj, reason);
		break;
	}
}

/* The cause of a hold has ended before the hold. */
static void keep(struct chimney_target *t, struct chimney_hold *hold,
		 enum chimney_reason reason)
{
	if (hold->reason != reason || !chimney_hold_end(t, hold))
		return;
	note(t, hold->obj, reason, CHIMNEY_ACTION_KEEP, 0);
	chimney_count(&t->stats, CHIMNEY_COUNT_HOLDS_KEPT);
}

/* A hold is over: what holds yet is terminated, unless it is ignored by now. */
static void hold_over(struct chimney_target *t, struct chimney_hold *hold)
{
	enum chimney_reason reason = hold->reason;

	hold->reason = CHIMNEY_REASON_NONE;
	if (action_for(t, reason) == CHIMNEY_ACTION_IGNORE)
		note(t, hold->obj, reason, CHIMNEY_ACTION_IGNORE, 0);
	else
		terminate(t, hold->obj, reason);
}

static void holds_over(struct work_struct *work)
{
	struct chimney_target *t = container_of(to_delayed_work(work),
						struct chimney_target,
						policy.timer);
	struct chimney_hold *hold;

	spin_lock_bh(&t->tree.lock);
	while ((hold = chimney_hold_next(t)))
		hold_over(t, hold);
	spin_unlock_bh(&t->tree.lock);
}

/* ---- of a target -------------------------------------------------------- */

void chimney_policy_cause_locked(struct chimney_target *t,
				 enum chimney_reason reason, bool holds)
{
	struct chimney_policy *p = &t->policy;
	bool held = p->causes & BIT_ULL(reason);

	lockdep_assert_held(&t->tree.lock);
	if (held == holds)
		return;
	WRITE_ONCE(p->causes, p->causes ^ BIT_ULL(reason));
	if (holds) {
		atomic64_inc(&t->stats.asked[reason]);
		chimney_count(&t->stats, CHIMNEY_COUNT_CAUSES);
		decide(t, NULL, &p->cause[reason], reason);
	} else {
		keep(t, &p->cause[reason], reason);
		chimney_tree_wake(&t->tree);
	}
}

void chimney_policy_cause(struct chimney_target *t, enum chimney_reason reason,
			  bool holds)
{
	spin_lock_bh(&t->tree.lock);
	chimney_policy_cause_locked(t, reason, holds);
	spin_unlock_bh(&t->tree.lock);
}

bool chimney_policy_holds(struct chimney_target *t, enum chimney_reason reason)
{
	return READ_ONCE(t->policy.causes) & BIT_ULL(reason);
}

/* More than it can hold by now, or fewer than before, have a place. */
static void review_capacity(struct chimney_target *t)
{
	const enum chimney_reason reason = CHIMNEY_REASON_CAPACITY;
	unsigned int n = excess(t);

	if (n && chimney_policy_holds(t, reason) &&
	    t->policy.cause[reason].reason == CHIMNEY_REASON_NONE)
		decide(t, NULL, &t->policy.cause[reason], reason);
	else
		chimney_policy_cause_locked(t, reason, n);
}

void chimney_policy_capacity(struct chimney_target *t)
{
	spin_lock_bh(&t->tree.lock);
	review_capacity(t);
	spin_unlock_bh(&t->tree.lock);
	chimney_tree_wake(&t->tree);	/* there may be room for who waits */
}

unsigned int chimney_policy_evict(struct chimney_target *t, unsigned int n,
				  enum chimney_reason reason)
{
	spin_lock_bh(&t->tree.lock);
	if (chimney_victim_first(t)) {
		atomic64_inc(&t->stats.asked[reason]);
		note(t, NULL, reason, CHIMNEY_ACTION_TERMINATE, 0);
		n = evict(t, n, reason);
	} else {
		n = 0;
	}
	spin_unlock_bh(&t->tree.lock);
	return n;
}

/* ---- of an object ------------------------------------------------------- */

void chimney_policy_object_locked(struct chimney_target *t,
				  struct chimney_object *obj,
				  enum chimney_reason reason)
{
	lockdep_assert_held(&t->tree.lock);
	if (obj->closing || !obj->linked || obj->causes & BIT_ULL(reason))
		return;
	obj->causes |= BIT_ULL(reason);
	atomic64_inc(&t->stats.asked[reason]);
	decide(t, obj, &obj->hold[CHIMNEY_HOLD_CAUSE], reason);
}

void chimney_policy_object(struct chimney_target *t, struct chimney_object *obj,
			   enum chimney_reason reason)
{
	spin_lock_bh(&t->tree.lock);
	chimney_policy_object_locked(t, obj, reason);
	spin_unlock_bh(&t->tree.lock);
}

/* Another cause may have found the hold taken: it is held from now on. */
static void hold_other(struct chimney_target *t, struct chimney_object *obj)
{
	struct chimney_hold *hold = &obj->hold[CHIMNEY_HOLD_CAUSE];
	unsigned int reason;

	for (reason = 0; reason <= CHIMNEY_REASON_MAX; reason++) {
		if (obj->causes & BIT_ULL(reason) &&
		    action_for(t, reason) == CHIMNEY_ACTION_HOLD)
			chimney_hold_begin(t, hold, reason,
					   READ_ONCE(t->settings.rule[reason].hold_ms));
	}
}

void chimney_policy_over_locked(struct chimney_target *t,
				struct chimney_object *obj,
				enum chimney_reason reason)
{
	lockdep_assert_held(&t->tree.lock);
	if (!(obj->causes & BIT_ULL(reason)))
		return;
	obj->causes &= ~BIT_ULL(reason);
	keep(t, &obj->hold[CHIMNEY_HOLD_CAUSE], reason);
	if (obj->causes && !obj->closing && obj->linked)
		hold_other(t, obj);
}

void chimney_policy_over(struct chimney_target *t, struct chimney_object *obj,
			 enum chimney_reason reason)
{
	spin_lock_bh(&t->tree.lock);
	chimney_policy_over_locked(t, obj, reason);
	spin_unlock_bh(&t->tree.lock);
}

void chimney_policy_count(struct chimney_target *t, enum chimney_reason reason)
{
	atomic64_inc(&t->stats.asked[reason]);
	atomic64_inc(&t->stats.honoured[reason]);
}

void chimney_policy_must(struct chimney_target *t, struct chimney_object *obj,
			 enum chimney_reason reason)
{
	spin_lock_bh(&t->tree.lock);
	atomic64_inc(&t->stats.asked[reason]);
	terminate(t, obj, reason);
	spin_unlock_bh(&t->tree.lock);
}

void chimney_policy_changed(struct chimney_target *t,
			    struct chimney_object *obj)
{
	spin_lock_bh(&t->tree.lock);
	if (!obj->closing) {
		chimney_journal_decision(t, obj, CHIMNEY_REASON_NEIGH_CHANGED,
					 CHIMNEY_ACTION_UPDATE, 0);
		chimney_update_ask(obj, CHIMNEY_OP_UPDATE);
	}
	spin_unlock_bh(&t->tree.lock);
}

/*
 * A target may ask as often as it likes; it is decided once for each reason, or
 * anew if that is set to something else by now.
 */
void chimney_policy_asked(struct chimney_conn *conn, enum chimney_reason reason)
{
	struct chimney_object *obj = &conn->obj;
	struct chimney_target *t = chimney_object_target(obj);
	struct chimney_hold *hold = &obj->hold[CHIMNEY_HOLD_ASKED];
	bool again;

	atomic64_inc(&t->stats.asked[reason]);
	spin_lock_bh(&t->tree.lock);
	again = conn->wishes & BIT(reason) &&
		(action_for(t, reason) == CHIMNEY_ACTION_IGNORE ||
		 (action_for(t, reason) == CHIMNEY_ACTION_HOLD &&
		  hold->reason != CHIMNEY_REASON_NONE));
	if (!obj->closing && obj->linked && !again) {
		conn->wishes |= BIT(reason);
		decide(t, obj, hold, reason);
	}
	spin_unlock_bh(&t->tree.lock);
}

/* ---- places ------------------------------------------------------------- */

static unsigned int limit(const struct chimney_target *t)
{
	unsigned int most = READ_ONCE(t->settings.max_conns);
	u32 max = t->caps.max[CHIMNEY_TYPE_CONN];

	return max ? min(max, most) : most;
}

static bool full(const struct chimney_target *t)
{
	const struct chimney_policy *p = &t->policy;

	return staying(t) + p->coming + p->kept >= limit(t);
}

bool chimney_policy_hopeless(struct chimney_target *t, u32 priority)
{
	struct chimney_conn *victim;
	bool hopeless;

	spin_lock_bh(&t->tree.lock);
	victim = chimney_victim_first(t);
	hopeless = full(t) && (!victim || victim->origin.priority >= priority);
	spin_unlock_bh(&t->tree.lock);
	return hopeless;
}

static bool displace(struct chimney_conn *conn)
{
	const enum chimney_reason reason = CHIMNEY_REASON_DISPLACED;
	struct chimney_target *t = chimney_object_target(&conn->obj);
	struct chimney_conn *victim = chimney_victim_first(t);

	if (!victim || victim->origin.priority >= conn->origin.priority)
		return false;
	atomic64_inc(&t->stats.asked[reason]);
	victim->obj.other = conn->obj.id;
	if (action_for(t, reason) == CHIMNEY_ACTION_IGNORE) {
		note(t, &victim->obj, reason, CHIMNEY_ACTION_IGNORE, 0);
		victim->obj.other = 0;
		return false;
	}
	terminate(t, &victim->obj, reason);
	conn->displaces = true;
	t->policy.kept++;
	return true;
}

bool chimney_policy_room(struct chimney_conn *conn)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);
	struct chimney_policy *p = &t->policy;

	lockdep_assert_held(&t->tree.lock);
	if (full(t))
		return displace(conn);
	conn->coming = true;
	p->coming++;
	return true;
}

/* What was kept for it is not any more. */
static void unkeep(struct chimney_conn *conn)
{
	struct chimney_policy *p = &chimney_object_target(&conn->obj)->policy;

	p->coming -= conn->coming;
	p->kept -= conn->displaces;
	conn->coming = false;
	conn->displaces = false;
}

bool chimney_policy_waits(struct chimney_conn *conn)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);

	lockdep_assert_held(&t->tree.lock);
	/* With nobody about to leave there is nothing to wait for. */
	return conn->displaces && t->policy.going &&
	       t->policy.places + t->policy.coming >= limit(t);
}

bool chimney_policy_place(struct chimney_conn *conn)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);
	struct chimney_policy *p = &t->policy;

	lockdep_assert_held(&t->tree.lock);
	if (conn->placed)
		return true;
	/* It found no room; the target may have the last word, but not here. */
	if (!conn->displaces && !conn->coming && p->kept)
		return false;
	unkeep(conn);
	conn->placed = true;
	p->places++;
	return true;
}

/* ---- the life of an object ---------------------------------------------- */

void chimney_policy_offloaded(struct chimney_object *obj)
{
	lockdep_assert_held(&obj->tree->lock);
	if (obj->type != CHIMNEY_TYPE_CONN || obj->closing)
		return;
	chimney_victim_add(chimney_conn(obj));
	chimney_activity_add(chimney_conn(obj));
	/* It was on its way when it was told that there is no room for it. */
	if (chimney_policy_holds(chimney_object_target(obj),
				 CHIMNEY_REASON_CAPACITY))
		review_capacity(chimney_object_target(obj));
}

void chimney_policy_closing(struct chimney_object *obj)
{
	struct chimney_target *t = chimney_object_target(obj);
	struct chimney_conn *conn;

	lockdep_assert_held(&t->tree.lock);
	chimney_hold_end(t, &obj->hold[CHIMNEY_HOLD_CAUSE]);
	chimney_hold_end(t, &obj->hold[CHIMNEY_HOLD_ASKED]);
	if (obj->type != CHIMNEY_TYPE_CONN)
		return;
	conn = chimney_conn(obj);
	chimney_victim_remove(conn);
	chimney_activity_remove(conn);
	if (conn->placed && !conn->going) {
		conn->going = true;
		t->policy.going++;
	}
}

void chimney_policy_left(struct chimney_object *obj)
{
	struct chimney_target *t = chimney_object_target(obj);
	struct chimney_conn *conn;

	chimney_policy_closing(obj);
	if (obj->type != CHIMNEY_TYPE_CONN)
		return;
	conn = chimney_conn(obj);
	unkeep(conn);
	if (conn->placed) {
		conn->placed = false;
		conn->going = false;
		t->policy.places--;
		t->policy.going--;
		/* There may be room for the others by now. */
		if (!excess(t))
			chimney_policy_cause_locked(t, CHIMNEY_REASON_CAPACITY,
						    false);
	}
}

/*
 * The target could not, though nobody stopped it. That it is full is no failure,
 * but one that is full without having said how much it can hold is left alone by
 * what is automatic.
 */
static bool failure(const struct chimney_conn *conn, enum chimney_status status)
{
	return (status == CHIMNEY_STATUS_NO_CONN && conn->origin.automatic) ||
	       status == CHIMNEY_STATUS_FAILURE ||
	       status == CHIMNEY_STATUS_NO_BUFFER ||
	       status == CHIMNEY_STATUS_REJECTED ||
	       status == CHIMNEY_STATUS_TIMEOUT;
}

void chimney_policy_outcome(struct chimney_conn *conn,
			    enum chimney_status status)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);
	u64 most = READ_ONCE(t->settings.backoff_max_ms);
	u64 ms = READ_ONCE(t->settings.rest_ms);
	u32 enough = READ_ONCE(t->settings.rest_failures);
	struct chimney_policy *p = &t->policy;

	lockdep_assert_held(&t->tree.lock);
	if (status == CHIMNEY_STATUS_OK) {
		p->failures = 0;
		p->rests = 0;
	} else if (failure(conn, status) && enough && ++p->failures >= enough) {
		ms = min(ms << min(p->rests, 31U), max(ms, most));
		WRITE_ONCE(p->rests_until, ktime_add_ms(ktime_get(), ms));
		p->failures = 0;
		p->rests++;
		chimney_count(&t->stats, CHIMNEY_COUNT_RESTS);
	}
}

/* One that is not to rest by now rests no more. */
ktime_t chimney_policy_rests(struct chimney_target *t)
{
	return READ_ONCE(t->settings.rest_failures) ?
	       READ_ONCE(t->policy.rests_until) : 0;
}

/* ---- may it offload ----------------------------------------------------- */

void chimney_policy_sleep(bool sleep)
{
	WRITE_ONCE(asleep, sleep);
}

static const char *closed_by_cause(struct chimney_target *t)
{
	u64 causes = READ_ONCE(t->policy.causes);
	const struct chimney_reason_info *info;
	unsigned int reason;

	for (reason = 0; causes >> reason; reason++) {
		info = &chimney_reasons[reason];
		if (causes & BIT_ULL(reason) && info->closed &&
		    (info->closes ||
		     action_for(t, reason) != CHIMNEY_ACTION_IGNORE))
			return info->closed;
	}
	return NULL;
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
	if (READ_ONCE(asleep))
		return "the machine is about to sleep";
	return closed_by_cause(t);
}

void chimney_policy_init(struct chimney_target *t)
{
	struct chimney_policy *p = &t->policy;
	int i;

	for (i = 0; i <= CHIMNEY_REASON_MAX; i++)
		chimney_hold_init(&p->cause[i], NULL);
	timerqueue_init_head(&p->holds);
	INIT_DELAYED_WORK(&p->timer, holds_over);
	p->order = RB_ROOT_CACHED;
	chimney_activity_init(t);
}

void chimney_policy_exit(struct chimney_target *t)
{
	cancel_delayed_work_sync(&t->policy.timer);
	chimney_activity_exit(t);
}
