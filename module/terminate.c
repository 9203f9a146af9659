// SPDX-License-Identifier: GPL-2.0
/*
 * Terminate: asked for over a closure, done dependents first.
 *
 * An object is submitted when it is closing, offloaded, and nothing depends on
 * it. Whatever may make that true calls chimney_terminate_consider(): the
 * request itself, the completion of an initiate that was in flight when the
 * request came, and the last dependent's leaving. So requests are merged and
 * deferred by marking alone, and cost no memory.
 */

#include "terminate.h"

#include "batch.h"
#include "candidate.h"
#include "conn.h"
#include "neigh.h"
#include "path.h"
#include "relink.h"
#include "neigh.h"
#include "target.h"
#include "update.h"

void chimney_terminate_consider(struct chimney_object *obj)
{
	struct chimney_target *t = chimney_object_target(obj);

	lockdep_assert_held(&obj->tree->lock);
	if (!obj->linked || !chimney_object_unused(obj))
		return;

	switch (obj->state) {
	case CHIMNEY_STATE_OFFLOADED:
	case CHIMNEY_STATE_INVALID:
		if (!obj->closing) {
			if (obj->type == CHIMNEY_TYPE_CONN)
				return;
			/* A parent that serves no purpose any more. */
			obj->closing = true;
			obj->reason = CHIMNEY_REASON_IDLE;
			obj->asked = ktime_get_boottime();
		}
		/* An update is in flight: its answer comes here again. */
		if (!list_empty(&obj->due))
			break;
		if (obj->stuck) {
			obj->reason = CHIMNEY_REASON_DEADLINE;
			obj->status = CHIMNEY_STATUS_TIMEOUT;
			chimney_object_set_state(obj,
						 CHIMNEY_STATE_QUARANTINED);
			chimney_terminate_leave(obj);
		} else {
			list_add_tail(&obj->due, &obj->tree->ready);
			queue_work(t->wq, &t->submit);
		}
		break;
	case CHIMNEY_STATE_INHOST:
		/* The target has nothing of it to give back. */
		if (obj->type == CHIMNEY_TYPE_CONN)
			return;
		if (!obj->req.batch) {	/* never submitted: not told yet */
			obj->status = CHIMNEY_STATUS_CANCELLED;
			chimney_object_set_state(obj, CHIMNEY_STATE_INHOST);
		}
		chimney_terminate_leave(obj);
		break;
	case CHIMNEY_STATE_QUARANTINED:
		chimney_terminate_leave(obj);
		break;
	default:
		break;
	}
}

void chimney_terminate_leave(struct chimney_object *obj)
{
	struct chimney_object *parent = obj->parent;

	chimney_policy_left(obj);
	if (obj->type == CHIMNEY_TYPE_PATH)
		chimney_relink_forget(chimney_path(obj));
	if (obj->type == CHIMNEY_TYPE_NEIGH)
		chimney_neigh_forget(chimney_neigh(obj));
	chimney_tree_unlink(obj);
	if (parent)
		chimney_terminate_consider(parent);
}

void chimney_terminate_dependents(struct chimney_object *obj,
				  enum chimney_reason reason)
{
	struct chimney_object *dep, *next;

	list_for_each_entry_safe(dep, next, &obj->dependents, sibling)
		chimney_terminate_mark(dep, reason);
}

/*
 * Three layers, so the depth is bounded. What the target never had leaves at
 * once, and may take @obj along.
 */
void chimney_terminate_mark(struct chimney_object *obj, enum chimney_reason reason)
{
	chimney_object_get(obj);
	if (!obj->closing) {
		obj->closing = true;
		obj->reason = reason;
		obj->asked = ktime_get_boottime();
		chimney_policy_closing(obj);
	}
	chimney_terminate_dependents(obj, reason);
	chimney_terminate_consider(obj);
	if (obj->pins)		/* a path waits for it, which it is to do no more */
		queue_work(chimney_object_target(obj)->wq,
			   &chimney_object_target(obj)->submit);
	chimney_object_put(obj);
}

int chimney_terminate(struct chimney_object *obj, enum chimney_reason reason,
		      bool if_unused)
{
	struct chimney_tree *tree = obj->tree;
	int err = 0;

	spin_lock_bh(&tree->lock);
	if (!obj->linked && (obj->closing || obj->state != CHIMNEY_STATE_INHOST))
		err = -ENOENT;
	else if (if_unused && !chimney_object_unused(obj))
		err = -EBUSY;
	else if (obj->closing)
		err = -EALREADY;
	/* What came to depend on it before it was closing comes along too. */
	if (!err)
		chimney_policy_count(chimney_object_target(obj), reason);
	if (!err || err == -EALREADY)
		chimney_terminate_mark(obj, reason);
	spin_unlock_bh(&tree->lock);
	chimney_tree_wake(tree);	/* an initiation may wait with it */
	return err;
}

/*
 * By the index too, not only by the links: it knows those connections that are
 * not linked yet.
 */
void chimney_terminate_all(struct chimney_target *t, enum chimney_reason reason)
{
	struct chimney_tree *tree = &t->tree;
	struct chimney_object *obj, *next;
	unsigned long id;

	lockdep_assert_held(&tree->lock);
	list_for_each_entry_safe(obj, next, &tree->neighs, sibling)
		chimney_terminate_mark(obj, reason);

	rcu_read_lock();
	xa_for_each(&tree->objects, id, obj) {
		if (!obj->linked && obj->type == CHIMNEY_TYPE_CONN &&
		    chimney_object_get_unless_zero(obj)) {
			chimney_terminate_mark(obj, reason);
			chimney_object_put(obj);
		}
	}
	rcu_read_unlock();
	chimney_tree_wake(tree);
}

int chimney_terminate_wait(struct chimney_conn *conn,
			   enum chimney_reason reason)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);
	unsigned int ms = READ_ONCE(t->settings.initiate_ms) +
			  READ_ONCE(t->settings.terminate_ms) + MSEC_PER_SEC;

	might_sleep();
	chimney_terminate(&conn->obj, reason, false);
	if (!wait_event_timeout(t->tree.wait, READ_ONCE(conn->home),
				msecs_to_jiffies(ms)))
		return -ETIMEDOUT;
	return 0;
}

/*
 * Takes what is ready and has it in flight before the lock is dropped, so that
 * nothing can be added below it. Connections are stopped in between: they are off
 * every list that others look at, but closing, with no change possible but this
 * one. One that the target is just called for, maybe by an application that is kept
 * from running, is left for the next time, and whoever made the call sees to that.
 */
static void submit_ready(struct chimney_target *t)
{
	struct chimney_tree *tree = &t->tree;
	struct chimney_object *obj, *next;
	struct chimney_batch b;
	LIST_HEAD(ready);
	LIST_HEAD(busy);

	spin_lock_bh(&tree->lock);
	list_splice_init(&tree->ready, &ready);
	spin_unlock_bh(&tree->lock);

	/* Stays OFFLOADED and closing meanwhile: nobody else moves it. */
	list_for_each_entry_safe(obj, next, &ready, due) {
		if (obj->type == CHIMNEY_TYPE_CONN &&
		    !chimney_conn_stop(chimney_conn(obj), READ_ONCE(t->patient)))
			list_move_tail(&obj->due, &busy);
	}

	chimney_batch_init(&b, t, CHIMNEY_OP_TERMINATE);
	spin_lock_bh(&tree->lock);
	list_splice(&busy, &tree->ready);
	list_for_each_entry_safe(obj, next, &ready, due) {
		if (obj->type == CHIMNEY_TYPE_NEIGH)
			chimney_neigh_mark(chimney_neigh(obj), false);
		chimney_batch_add(&b, obj);
	}
	spin_unlock_bh(&tree->lock);
	chimney_batch_submit(&b, t);
}

void chimney_terminate_submit(struct work_struct *work)
{
	struct chimney_target *t = container_of(work, struct chimney_target,
						submit);

	chimney_update_submit(t);
	submit_ready(t);
}

/*
 * A failed terminate means that the state is lost; so does one that cannot be.
 * Either way the object leaves the tree, so that its parents can go.
 */
void chimney_terminate_done(struct chimney_object *obj,
			    const struct chimney_done *done)
{
	struct chimney_stats *stats = &chimney_object_target(obj)->stats;
	struct chimney_conn *conn;

	lockdep_assert_held(&obj->tree->lock);
	obj->status = done->status == CHIMNEY_STATUS_OK ?
		      CHIMNEY_STATUS_OK : CHIMNEY_STATUS_FAILURE;

	if (obj->type != CHIMNEY_TYPE_CONN) {
		chimney_object_set_state(obj, CHIMNEY_STATE_INHOST);
		chimney_terminate_leave(obj);
		return;
	}

	conn = chimney_conn(obj);
	if (obj->status == CHIMNEY_STATUS_OK &&
	    chimney_conn_take_state(conn, done)) {
		chimney_count(stats, CHIMNEY_COUNT_BAD_STATE);
		obj->status = CHIMNEY_STATUS_FAILURE;
	}
	if (obj->status != CHIMNEY_STATUS_OK) {
		chimney_count(stats, CHIMNEY_COUNT_LOST);
		atomic64_inc(&stats->failed[obj->reason]);
		if (!conn->lost)
			conn->lost = ECONNABORTED;
	}
	chimney_terminate_return(conn);
}

void chimney_terminate_return(struct chimney_conn *conn)
{
	atomic_inc(&chimney_object_target(&conn->obj)->returning);
	chimney_object_get(&conn->obj);	/* dropped in terminate_home() */
	chimney_terminate_leave(&conn->obj);
	chimney_conn_return(conn);
}

void chimney_terminate_home(struct chimney_conn *conn)
{
	struct chimney_object *obj = &conn->obj;
	struct chimney_tree *tree = obj->tree;
	struct chimney_target *t = chimney_object_target(obj);
	struct chimney_stats *stats = &t->stats;
	bool uploaded;

	spin_lock_bh(&tree->lock);
	uploaded = obj->state == CHIMNEY_STATE_UPLOADING;
	chimney_object_set_state(obj, CHIMNEY_STATE_INHOST);
	if (uploaded) {
		atomic64_inc(&stats->terminated[obj->reason]);
		chimney_stats_time(&stats->terminate_ns,
				   &stats->terminate_max_ns, obj->took);
		chimney_stats_span(stats, obj->took);
	}
	WRITE_ONCE(conn->home, true);
	spin_unlock_bh(&tree->lock);
	chimney_candidate_home(conn, uploaded);
	atomic_dec(&t->returning);
	chimney_tree_wake(tree);
	chimney_object_put(obj);
}
