// SPDX-License-Identifier: GPL-2.0
/*
 * chimspoil.ko: the null target, and one module parameter more, which makes its
 * tree wrong on purpose, so that the tree's checker can be seen to notice.
 *
 *	echo 'WHAT ID [ARG]' >/sys/module/chimspoil/parameters/spoil
 *	echo undo >/sys/module/chimspoil/parameters/spoil
 *	echo leak >/sys/module/chimspoil/parameters/spoil
 *
 * One thing is wrong at a time. Nothing else may be asked of the target until
 * it is undone: it looks into the tree by what is private to chimney.ko, and
 * what it leaves there only a check can stand.
 */

#include "../../module/target.h"
#include "../../targets/null.c"

/**
 * struct before - how an object was before it was made wrong
 * @obj: the object; NULL if nothing is wrong now
 * @prev: what came before it among its siblings
 * @parent: see &chimney_object
 * @state: see &chimney_object
 * @linked: see &chimney_object
 * @closing: see &chimney_object
 * @wanted: see &chimney_object
 * @refcount: see &chimney_object
 * @count: the tree's count of its layer
 */
struct before {
	struct chimney_object	*obj;
	struct list_head	*prev;
	struct chimney_object	*parent;
	enum chimney_state	state;
	bool			linked;
	bool			closing;
	unsigned int		wanted;
	unsigned int		refcount;
	unsigned int		count;
};

/* Under the tree's lock, as all that follows */
static struct before before;

static void skew_parent(struct chimney_object *obj, u64 arg,
			struct chimney_object *other)
{
	obj->parent = other;
}

static void skew_linked(struct chimney_object *obj, u64 arg,
			struct chimney_object *other)
{
	WRITE_ONCE(obj->linked, false);
}

static void skew_closing(struct chimney_object *obj, u64 arg,
			 struct chimney_object *other)
{
	obj->closing = true;
}

static void skew_state(struct chimney_object *obj, u64 arg,
		       struct chimney_object *other)
{
	obj->state = arg;
}

static void skew_wanted(struct chimney_object *obj, u64 arg,
			struct chimney_object *other)
{
	obj->wanted ^= 1;
}

static void skew_refcount(struct chimney_object *obj, u64 arg,
			  struct chimney_object *other)
{
	obj->refcount++;
}

static void skew_count(struct chimney_object *obj, u64 arg,
		       struct chimney_object *other)
{
	obj->tree->count[obj->type]++;
}

/*
 * Its place in the index is another one's, which must be younger: who walks the
 * index goes by the ids he finds. It replaces: no memory is needed.
 */
static void skew_index(struct chimney_object *obj, u64 arg,
		       struct chimney_object *other)
{
	if (other)
		xa_store_bh(&obj->tree->objects, obj->id, other, GFP_ATOMIC);
}

/* It stands among another one's dependents, and still has its own parent. */
static void skew_list(struct chimney_object *obj, u64 arg,
		      struct chimney_object *other)
{
	if (other)
		list_move_tail(&obj->sibling, &other->dependents);
}

static const struct skew {
	const char *name;
	void (*skew)(struct chimney_object *obj, u64 arg,
		     struct chimney_object *other);
} skews[] = {
	{ "parent",	skew_parent },		/* ARG: id; 0: none */
	{ "linked",	skew_linked },
	{ "closing",	skew_closing },
	{ "state",	skew_state },		/* ARG: enum chimney_state */
	{ "wanted",	skew_wanted },
	{ "refcount",	skew_refcount },
	{ "count",	skew_count },
	{ "index",	skew_index },		/* ARG: id */
	{ "list",	skew_list },		/* ARG: id */
};

static void remember(struct chimney_object *obj)
{
	before = (struct before) {
		.obj = obj,
		.prev = obj->sibling.prev,
		.parent = obj->parent,
		.state = obj->state,
		.linked = obj->linked,
		.closing = obj->closing,
		.wanted = obj->wanted,
		.refcount = obj->refcount,
		.count = obj->tree->count[obj->type],
	};
}

/* Whatever was made wrong, all of it is put back. */
static int undo(void)
{
	struct chimney_object *obj = before.obj;

	if (!obj)
		return -ENOENT;
	obj->parent = before.parent;
	obj->state = before.state;
	WRITE_ONCE(obj->linked, before.linked);
	obj->closing = before.closing;
	obj->wanted = before.wanted;
	obj->refcount = before.refcount;
	obj->tree->count[obj->type] = before.count;
	list_move(&obj->sibling, before.prev);
	xa_store_bh(&obj->tree->objects, obj->id, obj, GFP_ATOMIC);
	before.obj = NULL;
	return 0;
}

/* What is linked stays as long as the tree's lock is held. */
static struct chimney_object *linked(struct chimney_tree *tree, u64 id)
{
	struct chimney_object *obj = xa_load(&tree->objects, id);

	return obj && obj->linked ? obj : NULL;
}

static int spoil(struct chimney_tree *tree, const char *what, u64 id, u64 arg)
{
	struct chimney_object *obj = linked(tree, id);
	int i;

	if (!strcmp(what, "undo"))
		return undo();
	if (!obj)
		return -ENOENT;
	if (before.obj)
		return -EBUSY;
	for (i = 0; i < ARRAY_SIZE(skews); i++) {
		if (!strcmp(what, skews[i].name)) {
			remember(obj);
			skews[i].skew(obj, arg, linked(tree, arg));
			return 0;
		}
	}
	return -EINVAL;
}

/* Memory that nobody knows of, for the kernel's leak scan */
static int leak(void)
{
	void *lost = kmalloc(128, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(lost);
	return lost ? 0 : -ENOMEM;
}

static int spoil_set(const char *val, const struct kernel_param *kp)
{
	struct null *null = nulls[0];
	u64 id = 0, arg = 0;
	char what[16];
	int err;

	/* Parameters that come with the module come before its devices. */
	if (!null || !null->t)
		return -ENODEV;
	if (sscanf(val, "%15s %llu %llu", what, &id, &arg) < 1)
		return -EINVAL;
	if (!strcmp(what, "leak"))
		return leak();
	spin_lock_bh(&null->t->tree.lock);
	err = spoil(&null->t->tree, what, id, arg);
	spin_unlock_bh(&null->t->tree.lock);
	return err;
}

static const struct kernel_param_ops spoil_ops = {
	.set = spoil_set,
};
module_param_cb(spoil, &spoil_ops, NULL, 0200);
MODULE_PARM_DESC(spoil, "make the first device's tree wrong: WHAT ID [ARG], undo, or leak");
