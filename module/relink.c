// SPDX-License-Identifier: GPL-2.0
/* A path that leads over another next hop. */

#include "relink.h"

#include "batch.h"
#include "neigh.h"
#include "path.h"
#include "route.h"
#include "target.h"
#include "terminate.h"
#include "update.h"

/* A pin keeps an object from being taken for unused; it holds a reference. */
static void pin(struct chimney_object *obj)
{
	lockdep_assert_held(&obj->tree->lock);
	chimney_object_get(obj);
	obj->pins++;
}

static void unpin(struct chimney_object *obj)
{
	lockdep_assert_held(&obj->tree->lock);
	obj->pins--;
	chimney_terminate_consider(obj);
	chimney_object_put(obj);
}

bool chimney_relink_pending(const struct chimney_path *path)
{
	return path->next || path->left;
}

/* ---- the new neighbor --------------------------------------------------- */

/* Nobody else brings it to the target: a batch of its own does. */
static void add_alone(struct chimney_batch *b, struct chimney_neigh *neigh)
{
	if (neigh->obj.state != CHIMNEY_STATE_INHOST || neigh->obj.owner ||
	    neigh->obj.closing)
		return;
	chimney_neigh_snapshot(neigh);
	chimney_batch_add(b, &neigh->obj);
}

/* The path waits for @neigh; what else it waited for it does no more. */
static void wait_for(struct chimney_target *t, struct chimney_path *path,
		     struct chimney_neigh *neigh, enum chimney_reason reason)
{
	if (path->next == neigh)
		return;
	pin(&neigh->obj);
	if (path->next)
		unpin(&path->next->obj);
	path->next = neigh;
	path->next_for = reason;
	chimney_journal_decision(t, &path->obj, reason, CHIMNEY_ACTION_UPDATE, 0);
	chimney_update_ask(&path->obj, CHIMNEY_OP_UPDATE);
}

static bool movable(const struct chimney_path *path)
{
	const struct chimney_object *obj = &path->obj;

	return obj->linked && !obj->closing && !path->left &&
	       obj->state == CHIMNEY_STATE_OFFLOADED;
}

/*
 * One that pauses keeps what it has, and has to follow with it. One that hangs is
 * given nothing more, but terminates.
 */
static int serves(const struct chimney_target *t)
{
	switch (t->state) {
	case CHIMNEY_TARGET_READY:
	case CHIMNEY_TARGET_PAUSED:
		return 0;
	default:
		return -EBUSY;
	}
}

int chimney_relink(struct chimney_target *t, struct chimney_path *path,
		   const struct chimney_route *r, enum chimney_reason reason)
{
	struct chimney_neigh *neigh, *spare;
	struct chimney_batch b;
	int err;

	spare = chimney_neigh_create(&t->tree, &r->nexthop, r->vlan, r->n);
	if (!spare)
		return -ENOMEM;
	if (chimney_tree_add(&spare->obj)) {
		chimney_object_put(&spare->obj);
		return -ENOMEM;
	}
	chimney_batch_init(&b, t, CHIMNEY_OP_INITIATE);
	spin_lock_bh(&t->tree.lock);
	neigh = chimney_neigh_find(&t->tree, &r->nexthop, r->vlan);
	err = serves(t);
	if (!err && movable(path) && !(neigh && neigh->obj.closing)) {
		if (!neigh) {
			neigh = spare;
			spare = NULL;
			chimney_tree_link(&neigh->obj, NULL);
			chimney_object_put(&neigh->obj);	/* the tree's now */
		}
		wait_for(t, path, neigh, reason);
		add_alone(&b, neigh);
	}
	if (spare)
		chimney_tree_drop(&spare->obj);
	spin_unlock_bh(&t->tree.lock);
	if (spare)
		chimney_object_put(&spare->obj);
	chimney_batch_submit(&b, t);
	return err;
}

/* ---- the path ----------------------------------------------------------- */

static bool failed(const struct chimney_object *neigh)
{
	return neigh->closing || !neigh->linked ||
	       neigh->state == CHIMNEY_STATE_QUARANTINED;
}

/* What it was to lead over does not come: it ends. */
static void give_up(struct chimney_target *t, struct chimney_path *path)
{
	enum chimney_reason reason = path->next_for;

	chimney_object_get(&path->obj);
	chimney_relink_forget(path);
	if (!path->obj.closing) {
		chimney_policy_count(t, reason);
		chimney_journal_decision(t, &path->obj, reason,
					 CHIMNEY_ACTION_TERMINATE, 0);
	}
	chimney_terminate_mark(&path->obj, reason);
	chimney_object_put(&path->obj);
}

/* Each may take others off the list, which is why it is not walked. */
void chimney_relink_review(struct chimney_target *t)
{
	struct chimney_object *obj;
	struct chimney_path *path;
	LIST_HEAD(todo);

	lockdep_assert_held(&t->tree.lock);
	list_splice_init(&t->tree.asks, &todo);
	while ((obj = list_first_entry_or_null(&todo, struct chimney_object,
					       ask))) {
		list_move_tail(&obj->ask, &t->tree.asks);
		path = obj->type == CHIMNEY_TYPE_PATH ? chimney_path(obj) : NULL;
		if (path && path->next && failed(&path->next->obj))
			give_up(t, path);
	}
}

bool chimney_relink_switch(struct chimney_path *path)
{
	struct chimney_neigh *next = path->next;
	struct chimney_object *obj = &path->obj;

	lockdep_assert_held(&obj->tree->lock);
	if (!next)
		return true;
	if (next->obj.state != CHIMNEY_STATE_OFFLOADED)
		return false;
	/* The path's own reference on what it left is the pin's from now on. */
	path->left = chimney_neigh(obj->parent);
	path->left->obj.pins++;
	chimney_tree_move(obj, &next->obj);
	next->obj.stuck |= obj->stuck;
	path->next = NULL;
	unpin(&next->obj);
	return true;
}

void chimney_relink_done(struct chimney_path *path)
{
	struct chimney_neigh *left = path->left;

	if (!left)
		return;
	path->left = NULL;
	unpin(&left->obj);
}

void chimney_relink_cancel(struct chimney_path *path)
{
	struct chimney_neigh *next = path->next;

	if (!next)
		return;
	path->next = NULL;
	unpin(&next->obj);
}

void chimney_relink_forget(struct chimney_path *path)
{
	chimney_relink_done(path);
	chimney_relink_cancel(path);
}
