// SPDX-License-Identifier: GPL-2.0
/*
 * Update, query and invalidate: what is asked of a target about an object that
 * stays offloaded.
 */

#include "update.h"

#include <linux/slab.h>
#include "batch.h"
#include "conn.h"
#include "neigh.h"
#include "path.h"
#include "relink.h"
#include "target.h"
#include "terminate.h"

/**
 * struct chimney_question - somebody waits for a connection's state
 * @list: place in &chimney_conn.questions
 * @st: the answer
 * @err: 1: there is none yet; else what the one who asks is told
 *
 * Belongs to the one who asks; protected by the tree's lock.
 */
struct chimney_question {
	struct list_head		list;
	struct chimney_tcp_state	st;
	int				err;
};

/* However often ss looks, the target is not asked more often. */
#define LOOK_INTERVAL	HZ

static const enum chimney_reason failure_reason[CHIMNEY_OP_NUM] = {
	[CHIMNEY_OP_UPDATE] = CHIMNEY_REASON_UPDATE_FAILED,
	[CHIMNEY_OP_QUERY] = CHIMNEY_REASON_QUERY_FAILED,
	[CHIMNEY_OP_INVALIDATE] = CHIMNEY_REASON_INVALIDATE_FAILED,
};

static bool supported(const struct chimney_ops *ops, enum chimney_op op)
{
	switch (op) {
	case CHIMNEY_OP_UPDATE:
		return ops->update;
	case CHIMNEY_OP_QUERY:
		return ops->query;
	case CHIMNEY_OP_INVALIDATE:
		return ops->invalidate;
	default:
		return false;
	}
}

/* What the target cannot do ends the offload: the host's stack can. */
static void fail(struct chimney_object *obj, enum chimney_op op)
{
	struct chimney_target *t = chimney_object_target(obj);

	chimney_count(&t->stats, CHIMNEY_COUNT_OP_FAILED);
	if (!obj->closing)
		chimney_journal_decision(t, obj, failure_reason[op],
					 CHIMNEY_ACTION_TERMINATE, 0);
	chimney_terminate_mark(obj, failure_reason[op]);
}

static void wish(struct chimney_object *obj, enum chimney_op op)
{
	obj->wanted |= BIT(op);
	if (list_empty(&obj->ask))
		list_add_tail(&obj->ask, &obj->tree->asks);
	queue_work(chimney_object_target(obj)->wq,
		   &chimney_object_target(obj)->submit);
}

void chimney_update_ask(struct chimney_object *obj, enum chimney_op op)
{
	lockdep_assert_held(&obj->tree->lock);
	if (!obj->linked || obj->state == CHIMNEY_STATE_QUARANTINED)
		return;
	if (supported(chimney_object_target(obj)->ops, op))
		wish(obj, op);
	else
		fail(obj, op);
}

/* ---- query ------------------------------------------------------------- */

/* With an error, or with @st. */
static void answer(struct chimney_conn *conn, int err,
		   const struct chimney_tcp_state *st)
{
	struct chimney_question *q, *next;

	list_for_each_entry_safe(q, next, &conn->questions, list) {
		list_del_init(&q->list);
		if (!err)
			q->st = *st;
		WRITE_ONCE(q->err, err);
	}
	chimney_tree_wake(conn->obj.tree);
}

static int ask(struct chimney_conn *conn, struct chimney_question *q)
{
	struct chimney_object *obj = &conn->obj;
	int err = 0;

	spin_lock_bh(&obj->tree->lock);
	if (!obj->linked || obj->closing ||
	    obj->state != CHIMNEY_STATE_OFFLOADED)
		err = -ENOENT;
	else if (!supported(chimney_object_target(obj)->ops, CHIMNEY_OP_QUERY))
		err = -EOPNOTSUPP;
	else
		list_add_tail(&q->list, &conn->questions);
	if (!err)
		wish(obj, CHIMNEY_OP_QUERY);
	spin_unlock_bh(&obj->tree->lock);
	return err;
}

void chimney_update_look(struct chimney_conn *conn)
{
	struct chimney_object *obj = &conn->obj;

	spin_lock_bh(&obj->tree->lock);
	if (obj->linked && !obj->closing &&
	    obj->state == CHIMNEY_STATE_OFFLOADED &&
	    time_after(jiffies, conn->looked + LOOK_INTERVAL) &&
	    supported(chimney_object_target(obj)->ops, CHIMNEY_OP_QUERY)) {
		conn->looked = jiffies;
		wish(obj, CHIMNEY_OP_QUERY);
	}
	spin_unlock_bh(&obj->tree->lock);
}

int chimney_update_query(struct chimney_conn *conn,
			 struct chimney_tcp_state *st)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);
	struct chimney_question *q;
	int err;

	q = kzalloc(sizeof(*q), GFP_KERNEL_ACCOUNT);
	if (!q)
		return -ENOMEM;
	q->err = 1;
	err = ask(conn, q);
	if (err)
		goto out;
	/* The watchdog sees to it that there is an answer. */
	err = wait_event_killable(t->tree.wait, READ_ONCE(q->err) != 1);
	spin_lock_bh(&t->tree.lock);
	list_del(&q->list);
	spin_unlock_bh(&t->tree.lock);
	if (!err)
		err = q->err;
	else
		err = -EINTR;
	if (!err)
		*st = q->st;
out:
	kfree(q);
	return err;
}

/* ---- to the target and back -------------------------------------------- */

static void fill(struct chimney_object *obj, enum chimney_op op)
{
	if (op != CHIMNEY_OP_UPDATE)
		return;
	if (obj->type == CHIMNEY_TYPE_NEIGH)
		chimney_neigh_snapshot(chimney_neigh(obj));
	else if (obj->type == CHIMNEY_TYPE_PATH)
		chimney_path_snapshot(chimney_path(obj));
}

/* One that is about to leave needs no update, and nobody asks about it. */
static bool outdated(const struct chimney_object *obj, enum chimney_op op)
{
	return obj->closing && op != CHIMNEY_OP_INVALIDATE;
}

/* A path that is to have another neighbor gets it now, if that is there. */
static bool relinked(struct chimney_object *obj, enum chimney_op op)
{
	return op != CHIMNEY_OP_UPDATE || obj->type != CHIMNEY_TYPE_PATH ||
	       chimney_relink_switch(chimney_path(obj));
}

static void collect(struct chimney_batch *b, struct chimney_target *t)
{
	struct chimney_object *obj, *next;

	lockdep_assert_held(&t->tree.lock);
	list_for_each_entry_safe(obj, next, &t->tree.asks, ask) {
		if (!(obj->wanted & BIT(b->op)))
			continue;
		if (!outdated(obj, b->op)) {
			/* Deferred: whatever is in flight comes first. */
			if (obj->state != CHIMNEY_STATE_OFFLOADED ||
			    !list_empty(&obj->due) || !relinked(obj, b->op))
				continue;
			fill(obj, b->op);
			chimney_batch_add(b, obj);
		}
		obj->wanted &= ~BIT(b->op);
		if (!obj->wanted)
			list_del_init(&obj->ask);
	}
}

void chimney_update_submit(struct chimney_target *t)
{
	/* What must not send any more goes first. */
	static const enum chimney_op ops[] = {
		CHIMNEY_OP_INVALIDATE, CHIMNEY_OP_UPDATE, CHIMNEY_OP_QUERY,
	};
	struct chimney_batch b;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		chimney_batch_init(&b, t, ops[i]);
		spin_lock_bh(&t->tree.lock);
		chimney_relink_review(t);
		collect(&b, t);
		spin_unlock_bh(&t->tree.lock);
		chimney_batch_submit(&b, t);
	}
}

static bool told(struct chimney_object *obj, const struct chimney_done *done)
{
	struct chimney_conn *conn;

	if (done->op != CHIMNEY_OP_QUERY)
		return true;
	conn = chimney_conn(obj);
	if (!done->tcp || !chimney_conn_fits(conn, done->tcp)) {
		chimney_count(&chimney_object_target(obj)->stats,
			      CHIMNEY_COUNT_BAD_STATE);
		return false;
	}
	answer(conn, 0, done->tcp);
	chimney_conn_told(conn, done->tcp);
	return true;
}

void chimney_update_done(struct chimney_object *obj,
			 const struct chimney_done *done)
{
	static const enum chimney_counter counter[CHIMNEY_OP_NUM] = {
		[CHIMNEY_OP_UPDATE] = CHIMNEY_COUNT_UPDATES,
		[CHIMNEY_OP_QUERY] = CHIMNEY_COUNT_QUERIES,
		[CHIMNEY_OP_INVALIDATE] = CHIMNEY_COUNT_INVALIDATES,
	};

	lockdep_assert_held(&obj->tree->lock);
	if (done->status != CHIMNEY_STATUS_OK || !told(obj, done)) {
		if (done->op == CHIMNEY_OP_QUERY)
			answer(chimney_conn(obj), -EIO, NULL);
		fail(obj, done->op);
	} else {
		chimney_count(&chimney_object_target(obj)->stats,
			      counter[done->op]);
		if (done->op == CHIMNEY_OP_UPDATE &&
		    obj->type == CHIMNEY_TYPE_PATH)
			chimney_relink_done(chimney_path(obj));
		if (done->op == CHIMNEY_OP_INVALIDATE)
			chimney_object_set_state(obj, CHIMNEY_STATE_INVALID);
	}
	/* A terminate may have waited for this. */
	chimney_terminate_consider(obj);
}

void chimney_update_forget(struct chimney_object *obj)
{
	lockdep_assert_held(&obj->tree->lock);
	obj->wanted = 0;
	list_del_init(&obj->ask);
	if (obj->type == CHIMNEY_TYPE_CONN)
		answer(chimney_conn(obj),
		       obj->status == CHIMNEY_STATUS_TIMEOUT ? -ETIMEDOUT :
							       -ENOENT, NULL);
}
