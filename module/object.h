/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One node of the offload tree: what neighbor, path and connection have in
 * common. The tree that it stands in is in tree.h, with the lock order.
 */
#ifndef _CHIMNEY_OBJECT_H
#define _CHIMNEY_OBJECT_H

#include <linux/kref.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <net/chimney.h>
#include "hold.h"

struct chimney_tree;

/**
 * enum chimney_hold_kind - what holds of an object are about
 * @CHIMNEY_HOLD_CAUSE: something that may end before the hold does
 * @CHIMNEY_HOLD_ASKED: a wish of the target, which does not
 * @CHIMNEY_HOLD_NUM: how many there are
 */
enum chimney_hold_kind {
	CHIMNEY_HOLD_CAUSE,
	CHIMNEY_HOLD_ASKED,
	CHIMNEY_HOLD_NUM,
};

/**
 * struct chimney_object - one node of the offload tree
 * @id: number of the object, given out once; it is the handle that the target
 *      knows, and the id that users see
 * @type: layer
 * @tree: the tree it belongs to for all its life; holds its target
 * @kref: references: one of the tree while linked, one of each dependent on
 *        its parent, one of whoever looks at it without the tree's lock
 * @rcu: defers the free until lookups under RCU are over
 * @state: see enum chimney_state
 * @op: operation that is in flight; CHIMNEY_OP_NUM: none
 * @given: the target has the request: before, nothing can be its answer
 * @linked: stands in the tree
 * @owner: (in the host) the initiation that will submit it; compared, never
 *         followed
 * @closing: in a requested closure, or failed: takes no new dependents, and is
 *           terminated as soon as it may be
 * @stuck: something that depended on it is in quarantine: for the target it
 *         is in use still, so that it cannot be given back before a reset
 * @parent: what it depends on; NULL for a neighbor, and before it is linked
 * @dependents: what depends on it, linked by @sibling
 * @sibling: its place among the dependents of @parent (a neighbor: among the
 *           neighbors of the tree)
 * @refcount: count of dependents. Kept apart from the list on purpose: an
 *            object goes only if both say that nothing depends on it, and
 *            chimney_tree_check() compares them.
 * @pins: what else keeps it from being unused, see relink.c; each holds a reference
 * @reason: why it was last moved
 * @status: how its last operation ended
 * @why: what a person should know of @status, or NULL; a constant string
 * @changed: when @state last changed
 * @took: how long the last completed operation took, from the request of it
 *        (not from its submission) to its end
 * @asked: when the operation under way was asked for
 * @deadline: when the request in flight is overdue (jiffies)
 * @due: place in &chimney_tree.ready (closing, nothing depends on it, waits to
 *       be submitted) or &chimney_tree.flight (a request is with the target);
 *       one operation at a time, so never both
 * @wanted: what is to be asked of the target beside, bits by enum chimney_op;
 *          see update.c
 * @ask: place in &chimney_tree.asks, while anything is wanted
 * @causes: reasons that hold of it at present, as bits; see policy.c
 * @hold: terminates that wait for them to end
 * @other: the object for the sake of which it is terminated, 0: none
 * @req: the request. Embedded, so that terminating needs no memory; while the
 *       object is in flight it is the target's.
 *
 * All but @id, @type, @tree and @kref are protected by &chimney_tree.lock;
 * @req by the operation in flight.
 */
struct chimney_object {
	u64			id;
	enum chimney_type	type;
	struct chimney_tree	*tree;
	struct kref		kref;
	struct rcu_head		rcu;

	enum chimney_state	state;
	enum chimney_op		op;
	bool			given;
	bool			linked;
	bool			closing;
	bool			stuck;
	const void		*owner;
	struct chimney_object	*parent;
	struct list_head	dependents;
	struct list_head	sibling;
	unsigned int		refcount;
	unsigned int		pins;

	enum chimney_reason	reason;
	enum chimney_status	status;
	const char		*why;
	ktime_t			changed;
	ktime_t			asked;
	u64			took;
	unsigned long		deadline;
	struct list_head	due;
	unsigned int		wanted;
	struct list_head	ask;
	u64			causes;
	struct chimney_hold	hold[CHIMNEY_HOLD_NUM];
	u64			other;
	struct chimney_req	req;
};

void chimney_object_init(struct chimney_object *obj, struct chimney_tree *tree,
			 enum chimney_type type);
void chimney_object_get(struct chimney_object *obj);
bool chimney_object_get_unless_zero(struct chimney_object *obj);
void chimney_object_put(struct chimney_object *obj);

void chimney_object_set_state(struct chimney_object *obj,
			      enum chimney_state state);

/* Nothing depends on it, nor is about to: both the count and the list say so. */
static inline bool chimney_object_unused(const struct chimney_object *obj)
{
	return !obj->refcount && list_empty(&obj->dependents) && !obj->pins;
}

#endif /* _CHIMNEY_OBJECT_H */
