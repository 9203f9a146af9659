// SPDX-License-Identifier: GPL-2.0
/* The tree of a target: index, links, and the check of its invariants. */

#include "tree.h"

#include "update.h"

void chimney_tree_init(struct chimney_tree *tree)
{
	spin_lock_init(&tree->lock);
	xa_init_flags(&tree->objects, XA_FLAGS_LOCK_BH);
	INIT_LIST_HEAD(&tree->neighs);
	INIT_LIST_HEAD(&tree->ready);
	INIT_LIST_HEAD(&tree->asks);
	INIT_LIST_HEAD(&tree->flight);
	INIT_LIST_HEAD(&tree->quarantine);
	init_waitqueue_head(&tree->wait);
}

void chimney_tree_destroy(struct chimney_tree *tree)
{
	WARN_ON(!list_empty(&tree->neighs) || !list_empty(&tree->ready) ||
		!list_empty(&tree->asks));
	WARN_ON(!list_empty(&tree->flight) || !list_empty(&tree->quarantine));
	xa_destroy(&tree->objects);
}

/* The index holds no reference: an object leaves it before its last one goes. */
int chimney_tree_add(struct chimney_object *obj)
{
	return xa_insert_bh(&obj->tree->objects, obj->id, obj, GFP_KERNEL);
}

void chimney_tree_drop(struct chimney_object *obj)
{
	WARN_ON(obj->linked);
	xa_erase_bh(&obj->tree->objects, obj->id);
}

/* The tree takes a reference on @obj, and @obj takes one on @parent. */
void chimney_tree_link(struct chimney_object *obj,
		       struct chimney_object *parent)
{
	struct chimney_tree *tree = obj->tree;

	lockdep_assert_held(&tree->lock);
	WARN_ON(obj->linked || (parent && (!parent->linked || parent->closing)));

	chimney_object_get(obj);
	WRITE_ONCE(obj->linked, true);
	obj->parent = parent;
	if (parent) {
		chimney_object_get(parent);
		list_add_tail(&obj->sibling, &parent->dependents);
		parent->refcount++;
	} else {
		list_add_tail(&obj->sibling, &tree->neighs);
	}
	tree->count[obj->type]++;
}

/*
 * Takes @obj out. Nothing may depend on it. Whether the parent may go now is
 * for the caller to consider, before it drops its lock.
 */
void chimney_tree_move(struct chimney_object *obj, struct chimney_object *parent)
{
	lockdep_assert_held(&obj->tree->lock);
	WARN_ON(!obj->linked || !parent->linked || !obj->parent->refcount);

	obj->parent->refcount--;
	chimney_object_get(parent);
	list_move_tail(&obj->sibling, &parent->dependents);
	parent->refcount++;
	obj->parent = parent;
}

void chimney_tree_unlink(struct chimney_object *obj)
{
	struct chimney_tree *tree = obj->tree;
	struct chimney_object *parent = obj->parent;

	lockdep_assert_held(&tree->lock);
	WARN_ON(!obj->linked || !chimney_object_unused(obj));

	chimney_update_forget(obj);
	xa_erase_bh(&tree->objects, obj->id);
	tree->count[obj->type]--;
	list_del_init(&obj->sibling);
	WRITE_ONCE(obj->linked, false);
	obj->parent = NULL;
	if (parent) {
		WARN_ON(!parent->refcount);
		parent->refcount--;
		chimney_object_put(parent);
	}
	chimney_tree_wake(tree);
	chimney_object_put(obj);
}

bool chimney_tree_empty(struct chimney_tree *tree)
{
	bool empty = true;
	int i;

	spin_lock_bh(&tree->lock);
	for (i = 0; i <= CHIMNEY_TYPE_MAX; i++)
		empty &= !tree->count[i];
	spin_unlock_bh(&tree->lock);
	return empty;
}

/*
 * A path or neighbor that was made in advance is nobody's business until it is
 * linked: it may never be, and nobody may ask for its end.
 */
static bool visible(const struct chimney_object *obj)
{
	return obj->type == CHIMNEY_TYPE_CONN || READ_ONCE(obj->linked);
}

struct chimney_object *chimney_tree_find(struct chimney_tree *tree, u64 id)
{
	struct chimney_object *obj;

	rcu_read_lock();
	obj = xa_load(&tree->objects, id);
	if (obj && (!visible(obj) || !chimney_object_get_unless_zero(obj)))
		obj = NULL;
	rcu_read_unlock();
	return obj;
}

struct chimney_object *chimney_tree_next(struct chimney_tree *tree, u64 id)
{
	unsigned long index = id;
	struct chimney_object *obj;

	rcu_read_lock();
	do {
		obj = xa_find_after(&tree->objects, &index, ULONG_MAX,
				    XA_PRESENT);
	} while (obj && (!visible(obj) || !chimney_object_get_unless_zero(obj)));
	rcu_read_unlock();
	return obj;
}

/**
 * struct check - a check under way
 * @seen: objects reached through the links, by layer
 * @faults: where to write faults
 * @max: how many fit there
 * @n: faults found
 */
struct check {
	unsigned int			seen[CHIMNEY_TYPE_MAX + 1];
	struct chimney_tree_fault	*faults;
	unsigned int			max;
	unsigned int			n;
};

static void expect(struct check *c, const struct chimney_object *obj,
		   bool holds, const char *what)
{
	if (holds)
		return;
	if (c->n < c->max) {
		c->faults[c->n].id = obj->id;
		c->faults[c->n].what = what;
	}
	c->n++;
}

/* The target has it, and has not been asked for it. */
static bool given(const struct chimney_object *obj)
{
	return obj->state == CHIMNEY_STATE_OFFLOADED ||
	       obj->state == CHIMNEY_STATE_INVALID;
}

static bool at_target(const struct chimney_object *obj)
{
	return given(obj) || obj->state == CHIMNEY_STATE_UPLOADING;
}

/* What must hold between an object and what it depends on. */
static void check_parent(struct check *c, struct chimney_object *obj)
{
	const struct chimney_object *parent = obj->parent;

	if (obj->type == CHIMNEY_TYPE_NEIGH) {
		expect(c, obj, !parent, "a neighbor depends on something");
		return;
	}
	expect(c, obj, parent, "linked without a parent");
	if (!parent)
		return;
	expect(c, obj, parent->linked, "its parent has left the tree");
	expect(c, obj, parent->type + 1 == obj->type,
	       "its parent is of the wrong layer");
	expect(c, obj, parent->state != CHIMNEY_STATE_UPLOADING ||
	       obj->state == CHIMNEY_STATE_QUARANTINED,
	       "its parent is being terminated before it");
	expect(c, obj, !at_target(obj) || at_target(parent) ||
	       parent->state == CHIMNEY_STATE_OFFLOADING ||
	       parent->state == CHIMNEY_STATE_QUARANTINED,
	       "offloaded over a parent that is not");
}

static void check_one(struct check *c, struct chimney_object *obj)
{
	struct chimney_object *dep;
	unsigned int n = 0;

	c->seen[obj->type]++;
	expect(c, obj, obj->linked, "in the tree but not linked");
	expect(c, obj, xa_load(&obj->tree->objects, obj->id) == obj,
	       "not in the index");
	check_parent(c, obj);

	list_for_each_entry(dep, &obj->dependents, sibling) {
		n++;
		expect(c, dep, dep->parent == obj,
		       "listed with a parent that is not its own");
	}
	expect(c, obj, n == obj->refcount,
	       "its count is not the number of its dependents");
	expect(c, obj, obj->type != CHIMNEY_TYPE_CONN || !n,
	       "a connection with dependents");
	expect(c, obj, obj->state != CHIMNEY_STATE_UPLOADING || !n,
	       "being terminated with dependents");
	expect(c, obj, obj->type == CHIMNEY_TYPE_CONN || n || obj->pins ||
	       obj->closing ||
	       obj->state != CHIMNEY_STATE_OFFLOADED,
	       "offloaded though nothing depends on it");
	expect(c, obj, (obj->state == CHIMNEY_STATE_OFFLOADING) ==
	       (obj->op == CHIMNEY_OP_INITIATE) &&
	       (obj->state == CHIMNEY_STATE_UPLOADING) ==
	       (obj->op == CHIMNEY_OP_TERMINATE),
	       "its state is not that of the operation in flight");
	expect(c, obj, list_empty(&obj->ask) == !obj->wanted,
	       "something is wanted of it, or not, and the list says otherwise");
	/* In quarantine it waits for a late answer, which may have come. */
	expect(c, obj, obj->state == CHIMNEY_STATE_QUARANTINED ||
	       list_empty(&obj->due) ==
	       !(obj->op != CHIMNEY_OP_NUM ||
		 (given(obj) && obj->closing && !n && !obj->pins)),
	       "waits where it should not, or not where it should");
}

static void check_below(struct check *c, struct list_head *siblings)
{
	struct chimney_object *obj;

	/* Three layers: the depth of the recursion is bounded. */
	list_for_each_entry(obj, siblings, sibling) {
		check_one(c, obj);
		if (obj->type < CHIMNEY_TYPE_CONN)
			check_below(c, &obj->dependents);
	}
}

unsigned int chimney_tree_check(struct chimney_tree *tree,
				struct chimney_tree_fault *faults,
				unsigned int max)
{
	static const char * const layer[] = {
		"the count of neighbors is wrong",
		"the count of paths is wrong",
		"the count of connections is wrong",
	};
	struct chimney_object none = {};
	struct check c = { .faults = faults, .max = max };
	int i;

	spin_lock_bh(&tree->lock);
	check_below(&c, &tree->neighs);
	for (i = 0; i <= CHIMNEY_TYPE_MAX; i++)
		expect(&c, &none, c.seen[i] == tree->count[i], layer[i]);
	spin_unlock_bh(&tree->lock);
	return c.n;
}
