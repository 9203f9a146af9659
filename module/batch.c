// SPDX-License-Identifier: GPL-2.0
/* Requests on their way to a target and back: submission, completion, deadline. */

#include "batch.h"

#include "conn.h"
#include "initiate.h"
#include "target.h"
#include "terminate.h"

void chimney_batch_init(struct chimney_batch *b, struct chimney_target *t,
			enum chimney_op op)
{
	b->id = atomic64_inc_return(&t->batches);
	b->op = op;
	b->n = 0;
	INIT_LIST_HEAD(&b->reqs);
}

void chimney_batch_add(struct chimney_batch *b, struct chimney_object *obj)
{
	struct chimney_target *t = chimney_object_target(obj);
	struct chimney_req *req = &obj->req;
	bool initiate = b->op == CHIMNEY_OP_INITIATE;

	lockdep_assert_held(&obj->tree->lock);
	req->batch = b->id;
	req->handle = obj->id;
	req->parent = obj->parent ? obj->parent->id : 0;
	req->op = b->op;
	req->type = obj->type;
	req->reason = obj->reason;
	list_add_tail(&req->list, &b->reqs);
	b->n++;

	obj->deadline = jiffies + msecs_to_jiffies(initiate ?
				READ_ONCE(t->settings.initiate_ms) :
				READ_ONCE(t->settings.terminate_ms));
	list_move_tail(&obj->due, &obj->tree->flight);
	chimney_object_set_state(obj, initiate ? CHIMNEY_STATE_OFFLOADING :
						 CHIMNEY_STATE_UPLOADING);
}

void chimney_batch_submit(struct chimney_batch *b, struct chimney_target *t)
{
	might_sleep();
	if (!b->n)
		return;
	/* First the watchdog: the target may complete within the call. */
	mod_delayed_work(t->wq, &t->watchdog, 1);
	if (b->op == CHIMNEY_OP_INITIATE)
		t->ops->initiate(t, b);
	else
		t->ops->terminate(t, b);
}

/* The operation that is in flight on @obj, if its state says that there is one. */
static bool in_flight(const struct chimney_object *obj, enum chimney_op op)
{
	switch (op) {
	case CHIMNEY_OP_INITIATE:
		return obj->state == CHIMNEY_STATE_OFFLOADING;
	case CHIMNEY_OP_TERMINATE:
		return obj->state == CHIMNEY_STATE_UPLOADING;
	default:
		return false;
	}
}

/*
 * An answer to a request that is not in flight any more. If it is in
 * quarantine, the target has come round: it gives the object free, once. What
 * it has taken over so late is not wanted, and it has to be told.
 */
static int complete_late(struct chimney_target *t,
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

int chimney_complete(struct chimney_target *t, const struct chimney_done *done)
{
	struct chimney_object *obj = chimney_tree_find(&t->tree, done->handle);
	int err = 0;

	/* A parent in quarantine is in the index as long as others need it. */
	if (!obj || READ_ONCE(obj->state) == CHIMNEY_STATE_QUARANTINED) {
		if (obj)
			chimney_object_put(obj);
		return complete_late(t, done);
	}

	spin_lock_bh(&t->tree.lock);
	if (list_empty(&obj->due) || !in_flight(obj, done->op) ||
	    done->status > CHIMNEY_STATUS_MAX) {
		chimney_count(&t->stats, CHIMNEY_COUNT_BAD_COMPLETION);
		err = -EPROTO;
	} else {
		list_del_init(&obj->due);
		if (done->op == CHIMNEY_OP_INITIATE)
			chimney_initiate_done(obj, done->status);
		else
			chimney_terminate_done(obj, done);
		wake_up_all(&t->tree.wait);
	}
	spin_unlock_bh(&t->tree.lock);
	chimney_object_put(obj);
	return err;
}
EXPORT_SYMBOL_GPL(chimney_complete);

/*
 * The target did not answer in time. The object leaves the tree, so that what
 * it depends on can go, and is kept because the target may still use its
 * request. A connection's state is not coming back: its application is told.
 */
static void overdue(struct chimney_object *obj)
{
	struct chimney_tree *tree = obj->tree;
	struct chimney_stats *stats = &chimney_object_target(obj)->stats;
	struct chimney_object *above;

	lockdep_assert_held(&tree->lock);
	chimney_object_get(obj);	/* the quarantine's */
	for (above = obj->parent; above; above = above->parent)
		above->stuck = true;
	obj->closing = true;
	obj->reason = CHIMNEY_REASON_DEADLINE;
	obj->status = CHIMNEY_STATUS_TIMEOUT;
	list_del_init(&obj->due);

	if (obj->type == CHIMNEY_TYPE_CONN) {
		struct chimney_conn *conn = chimney_conn(obj);

		chimney_count(stats, CHIMNEY_COUNT_LOST);
		if (obj->req.op == CHIMNEY_OP_INITIATE)
			atomic64_inc(&stats->initiated[obj->status]);
		conn->lost = ETIMEDOUT;
		chimney_terminate_return(conn);
	} else {
		chimney_object_set_state(obj, CHIMNEY_STATE_QUARANTINED);
		if (chimney_object_unused(obj))
			chimney_terminate_leave(obj);
	}
	list_add_tail(&obj->due, &tree->quarantine);
}

void chimney_batch_watchdog(struct work_struct *work)
{
	struct chimney_target *t = container_of(to_delayed_work(work),
						struct chimney_target, watchdog);
	struct chimney_tree *tree = &t->tree;
	struct chimney_object *obj, *next;
	unsigned long least = ULONG_MAX;
	bool hangs = false;

	spin_lock_bh(&tree->lock);
	list_for_each_entry_safe(obj, next, &tree->flight, due) {
		long left = obj->deadline - jiffies;

		if (left <= 0) {
			overdue(obj);
			hangs = true;
		} else if (left < least) {
			least = left;
		}
	}
	if (hangs && t->state != CHIMNEY_TARGET_LEAVING)
		t->state = CHIMNEY_TARGET_QUARANTINED;
	spin_unlock_bh(&tree->lock);

	if (hangs)
		wake_up_all(&tree->wait);
	if (least != ULONG_MAX)
		queue_delayed_work(t->wq, &t->watchdog, least);
}

/* For a target that goes: whatever it has not answered is overdue now. */
void chimney_batch_give_up(struct chimney_target *t)
{
	struct chimney_object *obj;

	spin_lock_bh(&t->tree.lock);
	list_for_each_entry(obj, &t->tree.flight, due)
		obj->deadline = jiffies;
	spin_unlock_bh(&t->tree.lock);
	mod_delayed_work(t->wq, &t->watchdog, 0);
	flush_delayed_work(&t->watchdog);
}

/* The target has forgotten everything: what was in quarantine is free. */
void chimney_batch_forget(struct chimney_target *t)
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
