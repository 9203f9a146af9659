// SPDX-License-Identifier: GPL-2.0
/*
 * Quarantine: a target that does not answer in time, what it has not answered,
 * and the reset that ends it.
 *
 * The target may use a request until it answers, however late that is, so the
 * request's object is kept until then; nothing else waits for it.
 */

#include "quarantine.h"

#include "batch.h"
#include "conn.h"
#include "neigh.h"
#include "path.h"
#include "policy.h"
#include "request.h"
#include "target.h"
#include "terminate.h"
#include "update.h"

/* A connection's state is not coming back: its application is told. */
static void lose(struct chimney_conn *conn)
{
	struct chimney_object *obj = &conn->obj;
	struct chimney_stats *stats = &chimney_object_target(obj)->stats;

	chimney_count(stats, CHIMNEY_COUNT_LOST);
	if (obj->req.op == CHIMNEY_OP_INITIATE)
		atomic64_inc(&stats->initiated[obj->status]);
	conn->lost = ETIMEDOUT;
	/* A query's deadline: octets move still. */
	if (conn->live) {
		conn->unstopped = true;
		atomic_inc(&chimney_object_target(obj)->unstopped);
	}
	chimney_terminate_return(conn);
}

/* What the target may think that @obj depends on it cannot be asked for any more. */
static void mark_stuck(struct chimney_object *obj)
{
	struct chimney_object *above;

	for (above = obj->parent; above; above = above->parent)
		above->stuck = true;
	/* Below which of the two a path is nobody knows. */
	for (; obj; obj = obj->parent) {
		if (obj->type == CHIMNEY_TYPE_PATH && chimney_path(obj)->left)
			chimney_path(obj)->left->obj.stuck = true;
	}
}

void chimney_quarantine_add(struct chimney_object *obj)
{
	struct chimney_tree *tree = obj->tree;

	lockdep_assert_held(&tree->lock);
	chimney_object_get(obj);	/* the quarantine's */
	mark_stuck(obj);
	obj->closing = true;
	obj->reason = CHIMNEY_REASON_DEADLINE;
	obj->status = CHIMNEY_STATUS_TIMEOUT;
	list_del_init(&obj->due);
	obj->op = CHIMNEY_OP_NUM;	/* what was in flight is in its request */
	chimney_count(&chimney_object_target(obj)->stats,
		      CHIMNEY_COUNT_OVERDUE);

	if (obj->type == CHIMNEY_TYPE_CONN) {
		lose(chimney_conn(obj));
	} else {
		chimney_object_set_state(obj, CHIMNEY_STATE_QUARANTINED);
		/* The target has them, and is to give them back. */
		chimney_terminate_dependents(obj, CHIMNEY_REASON_DEADLINE);
		if (obj->linked && chimney_object_unused(obj))
			chimney_terminate_leave(obj);
	}
	list_add_tail(&obj->due, &tree->quarantine);
}

int chimney_quarantine_answer(struct chimney_target *t,
			      const struct chimney_done *done)
{
	struct chimney_object *obj, *late = NULL;

	spin_lock_bh(&t->tree.lock);
	list_for_each_entry(obj, &t->tree.quarantine, due) {
		if (obj->id == done->handle && obj->req.op == done->op) {
			list_del_init(&obj->due);
			late = obj;
			break;
		}
	}
	spin_unlock_bh(&t->tree.lock);

	if (!late) {
		chimney_count(&t->stats, CHIMNEY_COUNT_BAD_HANDLE);
		return -ENOENT;
	}
	chimney_count(&t->stats, CHIMNEY_COUNT_LATE);
	chimney_object_put(late);
	if (done->op == CHIMNEY_OP_INITIATE &&
	    done->status == CHIMNEY_STATUS_OK)
		return -ENOENT;
	if (done->ooo)
		__skb_queue_purge(done->ooo);
	return 0;
}

/* What is in flight now is overdue. */
static void give_up(struct chimney_target *t)
{
	struct chimney_object *obj;

	spin_lock_bh(&t->tree.lock);
	list_for_each_entry(obj, &t->tree.flight, due)
		obj->deadline = jiffies;
	spin_unlock_bh(&t->tree.lock);
	mod_delayed_work(t->wq, &t->watchdog, 0);
	flush_delayed_work(&t->watchdog);
}

/*
 * Everything is closing. As each layer leaves, by an answer or without, what it
 * depended on may be submitted: a round for each layer, and one more for each
 * answer that came between the two halves of a round. Many more than that would
 * be a tree that is broken.
 */
#define ROUNDS_MAX	64

void chimney_quarantine_all(struct chimney_target *t)
{
	int i;

	/* The driver leaves, or is reset: it has to return from all that it was called for. */
	WRITE_ONCE(t->patient, true);
	for (i = 0; i < ROUNDS_MAX; i++) {
		queue_work(t->wq, &t->submit);
		flush_work(&t->submit);
		if (chimney_tree_empty(&t->tree))
			break;
		give_up(t);
	}
	WARN_ON(i == ROUNDS_MAX);
	WRITE_ONCE(t->patient, false);
	/* The way home does not wait for a socket before it stops. */
	wait_event(t->tree.wait, !atomic_read(&t->unstopped));
}

void chimney_quarantine_forget(struct chimney_target *t)
{
	struct chimney_object *obj;

	spin_lock_bh(&t->tree.lock);
	while ((obj = list_first_entry_or_null(&t->tree.quarantine,
					       struct chimney_object, due))) {
		list_del_init(&obj->due);
		chimney_object_put(obj);
	}
	spin_unlock_bh(&t->tree.lock);
}

/* ---- reset ------------------------------------------------------------- */

/* One reset at a time, and of one that needs it. */
static int begin(struct chimney_target *t, struct netlink_ext_ack *extack)
{
	const char *why = NULL;
	int err = 0;

	spin_lock_bh(&t->tree.lock);
	if (t->resetting) {
		why = "the target is being reset already";
		err = -EBUSY;
	} else if (t->state != CHIMNEY_TARGET_QUARANTINED) {
		why = "the target is not in quarantine: there is nothing to reset";
		err = -EINVAL;
	} else if (!t->ops->restart) {
		why = "the target's driver cannot reset it: remove the device and add it again";
		err = -EOPNOTSUPP;
	} else {
		t->resetting = true;
	}
	spin_unlock_bh(&t->tree.lock);
	return err ? chimney_complain(extack, NULL, err, why) : 0;
}

/* It may have begun to leave meanwhile, and leaving is for good. */
static void end(struct chimney_target *t, bool well)
{
	spin_lock_bh(&t->tree.lock);
	t->resetting = false;
	if (well && t->state == CHIMNEY_TARGET_QUARANTINED)
		t->state = CHIMNEY_TARGET_READY;
	spin_unlock_bh(&t->tree.lock);
	chimney_tree_wake(&t->tree);
}

int chimney_quarantine_end(struct chimney_target *t,
			   struct netlink_ext_ack *extack)
{
	int err = begin(t, extack);

	if (err)
		return err;
	chimney_policy_must(t, NULL, CHIMNEY_REASON_RESET);
	chimney_target_drain(t, NULL);
	/* An initiation does not last: nothing can be offloaded now. */
	wait_event(t->tree.wait, !atomic_read(&t->initiations));
	chimney_quarantine_all(t);
	/* A relink of its own may be within initiate() still. */
	flush_work(&t->sweep.work);

	err = t->ops->restart(t);
	if (err) {
		chimney_complain(extack, NULL, err,
				 "the target's driver could not reset it: it stays in quarantine");
	} else {
		chimney_count(&t->stats, CHIMNEY_COUNT_RESETS);
		chimney_quarantine_forget(t);
		/* It is a new one, which does not pause. */
		chimney_policy_cause(t, CHIMNEY_REASON_PAUSE, false);
		chimney_policy_cause(t, CHIMNEY_REASON_OFFLOAD_PAUSED, false);
	}
	end(t, !err);
	return err;
}
