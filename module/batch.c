// SPDX-License-Identifier: GPL-2.0
/* Requests on their way to a target and back: submission, completion, deadline. */

#include "batch.h"

#include "conn.h"
#include "initiate.h"
#include "quarantine.h"
#include "target.h"
#include "terminate.h"
#include "update.h"

void chimney_batch_init(struct chimney_batch *b, struct chimney_target *t,
			enum chimney_op op)
{
	b->id = atomic64_inc_return(&t->batches);
	b->op = op;
	b->n = 0;
	INIT_LIST_HEAD(&b->reqs);
}

static unsigned int time_limit(const struct chimney_target *t,
			       enum chimney_op op)
{
	switch (op) {
	case CHIMNEY_OP_INITIATE:
		return READ_ONCE(t->settings.initiate_ms);
	case CHIMNEY_OP_TERMINATE:
		return READ_ONCE(t->settings.terminate_ms);
	default:
		return READ_ONCE(t->settings.update_ms);
	}
}

void chimney_batch_add(struct chimney_batch *b, struct chimney_object *obj)
{
	struct chimney_target *t = chimney_object_target(obj);
	struct chimney_req *req = &obj->req;

	lockdep_assert_held(&obj->tree->lock);
	req->batch = b->id;
	req->handle = obj->id;
	req->parent = obj->parent ? obj->parent->id : 0;
	req->op = b->op;
	req->type = obj->type;
	req->reason = obj->reason;
	list_add_tail(&req->list, &b->reqs);
	b->n++;

	obj->op = b->op;
	obj->given = false;
	obj->deadline = jiffies + msecs_to_jiffies(time_limit(t, b->op));
	list_move_tail(&obj->due, &obj->tree->flight);
	if (b->op == CHIMNEY_OP_INITIATE)
		chimney_object_set_state(obj, CHIMNEY_STATE_OFFLOADING);
	else if (b->op == CHIMNEY_OP_TERMINATE)
		chimney_object_set_state(obj, CHIMNEY_STATE_UPLOADING);
}

/* Until here the requests are linked in a list of ours: nobody may end them. */
static void give(struct chimney_batch *b, struct chimney_target *t)
{
	struct chimney_req *req;

	spin_lock_bh(&t->tree.lock);
	list_for_each_entry(req, &b->reqs, list)
		container_of(req, struct chimney_object, req)->given = true;
	spin_unlock_bh(&t->tree.lock);
}

void chimney_batch_submit(struct chimney_batch *b, struct chimney_target *t)
{
	might_sleep();
	if (!b->n)
		return;
	/* First the watchdog: the target may complete within the call. */
	mod_delayed_work(t->wq, &t->watchdog, 1);
	give(b, t);
	switch (b->op) {
	case CHIMNEY_OP_INITIATE:
		t->ops->initiate(t, b);
		break;
	case CHIMNEY_OP_TERMINATE:
		t->ops->terminate(t, b);
		break;
	case CHIMNEY_OP_UPDATE:
		t->ops->update(t, b);
		break;
	case CHIMNEY_OP_QUERY:
		t->ops->query(t, b);
		break;
	default:
		t->ops->invalidate(t, b);
		break;
	}
}

static void take_answer(struct chimney_object *obj,
			const struct chimney_done *done)
{
	struct chimney_target *t = chimney_object_target(obj);

	list_del_init(&obj->due);
	obj->op = CHIMNEY_OP_NUM;
	switch (done->op) {
	case CHIMNEY_OP_INITIATE:
		chimney_initiate_done(obj, done->status);
		break;
	case CHIMNEY_OP_TERMINATE:
		chimney_terminate_done(obj, done);
		break;
	default:
		chimney_update_done(obj, done);
		break;
	}
	/* What was deferred meanwhile may go now. */
	if (obj->wanted)
		queue_work(t->wq, &t->submit);
	chimney_tree_wake(&t->tree);
}

int chimney_complete(struct chimney_target *t, const struct chimney_done *done)
{
	struct chimney_object *obj = chimney_tree_find(&t->tree, done->handle);
	int err = 0;

	/* A parent in quarantine is in the index as long as others need it. */
	if (!obj || READ_ONCE(obj->state) == CHIMNEY_STATE_QUARANTINED) {
		if (obj)
			chimney_object_put(obj);
		return chimney_quarantine_answer(t, done);
	}

	spin_lock_bh(&t->tree.lock);
	if (obj->op == CHIMNEY_OP_NUM &&
	    obj->status == CHIMNEY_STATUS_TIMEOUT) {
		/* The watchdog was faster than we with the lock. */
		spin_unlock_bh(&t->tree.lock);
		chimney_object_put(obj);
		return chimney_quarantine_answer(t, done);
	}
	if (obj->op == CHIMNEY_OP_NUM || !obj->given || obj->op != done->op ||
	    done->status > CHIMNEY_STATUS_MAX) {
		chimney_count(&t->stats, CHIMNEY_COUNT_BAD_COMPLETION);
		err = -EPROTO;
	} else {
		take_answer(obj, done);
	}
	spin_unlock_bh(&t->tree.lock);
	chimney_object_put(obj);
	return err;
}
EXPORT_SYMBOL_GPL(chimney_complete);

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
			chimney_quarantine_add(obj);
			hangs = true;
		} else if (left < least) {
			least = left;
		}
	}
	if (hangs && t->state != CHIMNEY_TARGET_LEAVING)
		t->state = CHIMNEY_TARGET_QUARANTINED;
	spin_unlock_bh(&tree->lock);

	if (hangs) {
		chimney_tree_wake(tree);
		/* A path may wait for what hangs: chimney_relink_review() */
		queue_work(t->wq, &t->submit);
	}
	if (least != ULONG_MAX)
		queue_delayed_work(t->wq, &t->watchdog, least);
}
