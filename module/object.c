// SPDX-License-Identifier: GPL-2.0
/* One node of the offload tree: its life and its state. */

#include "object.h"

#include <linux/atomic.h>
#include "conn.h"
#include "journal.h"
#include "neigh.h"
#include "path.h"
#include "target.h"

static atomic64_t last_id = ATOMIC64_INIT(0);

void chimney_object_init(struct chimney_object *obj, struct chimney_tree *tree,
			 enum chimney_type type)
{
	obj->id = atomic64_inc_return(&last_id);
	obj->type = type;
	obj->tree = tree;
	kref_init(&obj->kref);
	chimney_target_hold(chimney_tree_target(tree));
	INIT_LIST_HEAD(&obj->dependents);
	INIT_LIST_HEAD(&obj->sibling);
	INIT_LIST_HEAD(&obj->due);
	INIT_LIST_HEAD(&obj->ask);
	chimney_hold_init(&obj->hold[CHIMNEY_HOLD_CAUSE], obj);
	chimney_hold_init(&obj->hold[CHIMNEY_HOLD_ASKED], obj);
	obj->op = CHIMNEY_OP_NUM;
	INIT_LIST_HEAD(&obj->req.list);
	skb_queue_head_init(&obj->req.sent);
	skb_queue_head_init(&obj->req.ooo);
	obj->changed = ktime_get_boottime();
	obj->asked = obj->changed;
}

static void release(struct kref *kref)
{
	struct chimney_object *obj = container_of(kref, struct chimney_object,
						  kref);
	struct chimney_target *t = chimney_object_target(obj);

	/* Whatever fails, nothing is freed while something depends on it. */
	WARN_ON(obj->linked || !chimney_object_unused(obj));
	WARN_ON(!list_empty(&obj->due));
	WARN_ON(obj->hold[CHIMNEY_HOLD_CAUSE].reason ||
		obj->hold[CHIMNEY_HOLD_ASKED].reason);

	switch (obj->type) {
	case CHIMNEY_TYPE_NEIGH:
		chimney_neigh_free(chimney_neigh(obj));
		break;
	case CHIMNEY_TYPE_PATH:
		chimney_path_free(chimney_path(obj));
		break;
	default:
		chimney_conn_free(chimney_conn(obj));
		break;
	}
	chimney_target_unhold(t);
}

void chimney_object_get(struct chimney_object *obj)
{
	kref_get(&obj->kref);
}

/* For lookups under RCU: the object may be on its way out. */
bool chimney_object_get_unless_zero(struct chimney_object *obj)
{
	return kref_get_unless_zero(&obj->kref);
}

void chimney_object_put(struct chimney_object *obj)
{
	kref_put(&obj->kref, release);
}

/* The one place where a state changes, so that every change is in the journal. */
void chimney_object_set_state(struct chimney_object *obj,
			      enum chimney_state state)
{
	enum chimney_state from = obj->state;

	lockdep_assert_held(&obj->tree->lock);
	obj->state = state;
	obj->changed = ktime_get_boottime();
	obj->took = ktime_to_ns(ktime_sub(obj->changed, obj->asked));
	chimney_journal_change(obj, from);
}
