/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One tree per target: neighbor <- path <- connection.
 *
 * Lock order, outermost first. A lock may be taken with those above it held,
 * never the other way round:
 *
 *	RTNL (notifiers only; the host takes no socket lock under it)
 *	lock_sock() of a host socket
 *	chimney_conn.post, a mutex: its target's per-connection operations
 *	the target's own locks (the simulator: its engine socket's lock)
 *	chimney_tree.lock, a spinlock, softirqs off
 *	chimney_conn.lock, a spinlock, softirqs off
 *	chimney_journal.lock, a spinlock, softirqs off
 *
 * chimney_targets_lock (the list of targets) and the lock of the candidates
 * (candidate.c) stand alone: nothing is taken under them. The sk_callback_lock of a
 * host socket is taken under its lock alone, and under it the one that guards what is
 * known of mapped sockets (override.c). The settings' mutex and that of the candidates'
 * mode are outermost, and taken without RTNL. The target's operations are called with
 * no spinlock held, the upcalls may come with the target's own locks held.
 */
#ifndef _CHIMNEY_TREE_H
#define _CHIMNEY_TREE_H

#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include "object.h"

/**
 * struct chimney_tree - the objects of one target
 * @lock: protects the links, counts and states of all objects in it
 * @objects: every object that is in the tree or on its way there, by id; its
 *           own lock nests in @lock
 * @neighs: the neighbors, by &chimney_object.sibling
 * @ready: closing objects that nothing depends on, to be submitted
 * @asks: objects of which something is wanted beside, see update.c
 * @flight: objects with a request at the target, oldest first
 * @quarantine: objects whose request is overdue; not in the tree any more, and
 *              kept because the target may still hold the request. They own
 *              a reference each.
 * @count: objects linked, by layer
 * @wait: woken whenever an object leaves the tree or ends an operation
 */
struct chimney_tree {
	spinlock_t		lock;
	struct xarray		objects;
	struct list_head	neighs;
	struct list_head	ready;
	struct list_head	asks;
	struct list_head	flight;
	struct list_head	quarantine;
	unsigned int		count[CHIMNEY_TYPE_MAX + 1];
	wait_queue_head_t	wait;
};

void chimney_tree_init(struct chimney_tree *tree);
void chimney_tree_destroy(struct chimney_tree *tree);

/*
 * Into the index, so that users see it and linking needs no memory; and out
 * again if it was never linked. Context of chimney_tree_add(): process.
 */
int chimney_tree_add(struct chimney_object *obj);
void chimney_tree_drop(struct chimney_object *obj);

/*
 * Below @parent (NULL: a neighbor), and out of the tree and the index. Call
 * with the tree's lock.
 */
void chimney_tree_link(struct chimney_object *obj,
		       struct chimney_object *parent);
void chimney_tree_unlink(struct chimney_object *obj);
/*
 * From below its parent to below another; the reference on the one before is the
 * caller's then. Call with the tree's lock.
 */
void chimney_tree_move(struct chimney_object *obj,
		       struct chimney_object *parent);

/* Is nothing linked? */
bool chimney_tree_empty(struct chimney_tree *tree);

/*
 * By id; takes a reference. Context: any but hard interrupt.
 */
struct chimney_object *chimney_tree_find(struct chimney_tree *tree, u64 id);

/*
 * The object with the least id above @id, or NULL; takes a reference. For
 * dumps that go on where they stopped.
 */
struct chimney_object *chimney_tree_next(struct chimney_tree *tree, u64 id);

/**
 * struct chimney_tree_fault - what chimney_tree_check() found
 * @id: the object
 * @what: the invariant that does not hold
 */
struct chimney_tree_fault {
	u64		id;
	const char	*what;
};

/*
 * Checks every invariant of the tree. Returns the number of faults; writes the
 * first @max of them to @faults.
 */
unsigned int chimney_tree_check(struct chimney_tree *tree,
				struct chimney_tree_fault *faults,
				unsigned int max);

/**
 * chimney_tree_wake - something changed that somebody may wait for
 * @tree: the tree
 *
 * Rarely is there anybody.
 *
 * Context: any.
 */
static inline void chimney_tree_wake(struct chimney_tree *tree)
{
	if (wq_has_sleeper(&tree->wait))
		wake_up_all(&tree->wait);
}

#endif /* _CHIMNEY_TREE_H */
