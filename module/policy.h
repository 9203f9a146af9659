/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one place that decides when an offload ends. Events report a cause and a
 * scope; the policy turns them into an action.
 */
#ifndef _CHIMNEY_POLICY_H
#define _CHIMNEY_POLICY_H

#include <linux/rbtree.h>
#include <linux/workqueue.h>
#include <net/chimney.h>
#include "activity.h"
#include "hold.h"

struct chimney_conn;
struct chimney_object;
struct chimney_target;

/* Reasons are bits of an u64. */
static_assert(CHIMNEY_REASON_MAX < 64);

/**
 * struct chimney_policy - the policy's memory of a target
 * @causes: reasons that hold of the target at present, as bits; read without
 *          the lock
 * @cause: the hold of each
 * @holds: all that wait, of the target and of its objects
 * @timer: comes when the first of them is over
 * @order: connections by their worth, see victim.h
 * @places: connections that have a place at the target, or are about to be given
 *          one
 * @going: those among them that are closing
 * @coming: connections that found room and have no place yet
 * @kept: places that are kept for connections that displace others
 * @failures: connections that it failed to take, one after another
 * @rests: rests one after another
 * @rests_until: it is given nothing by itself before; read without the lock
 *
 * Protected by &chimney_tree.lock.
 */
struct chimney_policy {
	u64			causes;
	struct chimney_hold	cause[CHIMNEY_REASON_MAX + 1];
	struct timerqueue_head	holds;
	struct delayed_work	timer;
	struct rb_root_cached	order;
	unsigned int		places;
	unsigned int		going;
	unsigned int		coming;
	unsigned int		kept;
	unsigned int		failures;
	unsigned int		rests;
	ktime_t			rests_until;
};

void chimney_policy_init(struct chimney_target *t);
void chimney_policy_exit(struct chimney_target *t);

/*
 * A reason begins to hold of all of @t, or holds no more. Told twice, it counts
 * once. Context: any but hard interrupt.
 */
void chimney_policy_cause(struct chimney_target *t, enum chimney_reason reason,
			  bool holds);
/* The same, with the tree's lock. */
void chimney_policy_cause_locked(struct chimney_target *t,
				 enum chimney_reason reason, bool holds);
/* Does it hold at present? Needs no lock. */
bool chimney_policy_holds(struct chimney_target *t, enum chimney_reason reason);

/*
 * The same of one object, and of what depends on it. What it is about may end
 * before the object does, which chimney_policy_over() tells.
 */
void chimney_policy_object(struct chimney_target *t, struct chimney_object *obj,
			   enum chimney_reason reason);
void chimney_policy_object_locked(struct chimney_target *t,
				  struct chimney_object *obj,
				  enum chimney_reason reason);
void chimney_policy_over(struct chimney_target *t, struct chimney_object *obj,
			 enum chimney_reason reason);
void chimney_policy_over_locked(struct chimney_target *t,
				struct chimney_object *obj,
				enum chimney_reason reason);

/*
 * Something happened that leaves no choice: terminate the scope.
 * @obj: what it happened to; NULL: all of @t
 */
void chimney_policy_must(struct chimney_target *t, struct chimney_object *obj,
			 enum chimney_reason reason);
/* The address of a neighbor has changed: the target is told. */
void chimney_policy_changed(struct chimney_target *t,
			    struct chimney_object *obj);
/* The target asks for one connection, for a reason of its own. */
void chimney_policy_asked(struct chimney_conn *conn, enum chimney_reason reason);
/* The target may hold more or fewer connections than before. */
void chimney_policy_capacity(struct chimney_target *t);
/* Terminates as many as @n of least worth; returns how many. */
unsigned int chimney_policy_evict(struct chimney_target *t, unsigned int n,
				  enum chimney_reason reason);
/* Under the tree's lock: a terminate was asked for past the policy. */
void chimney_policy_count(struct chimney_target *t, enum chimney_reason reason);

/* Is @t full, with no connection of a lower priority? Takes the tree's lock. */
bool chimney_policy_hopeless(struct chimney_target *t, u32 priority);

/* ---- places; with the tree's lock ---- */

/*
 * Finds room for a connection that is to be offloaded: a place that is free, or
 * that of the connection of least worth, if @conn has a higher priority; that one
 * is displaced. False: there is neither.
 */
bool chimney_policy_room(struct chimney_conn *conn);
/* Does @conn wait for the place that is kept for it? */
bool chimney_policy_waits(struct chimney_conn *conn);
/* Gives @conn a place. False: what is left is kept for others. */
bool chimney_policy_place(struct chimney_conn *conn);

/*
 * With the tree's lock: an object is offloaded, takes part in a terminate, leaves
 * the tree (or never came to stand in it).
 */
void chimney_policy_offloaded(struct chimney_object *obj);
void chimney_policy_closing(struct chimney_object *obj);
void chimney_policy_left(struct chimney_object *obj);

/*
 * With the tree's lock: how an initiate of a connection ended. A target that
 * fails again and again rests.
 */
void chimney_policy_outcome(struct chimney_conn *conn,
			    enum chimney_status status);

/* Until when it rests; needs no lock. */
ktime_t chimney_policy_rests(struct chimney_target *t);

/* The machine is about to sleep, or is awake again: nothing is offloaded then. */
void chimney_policy_sleep(bool asleep);

/* May @t take new offloads now? NULL: yes; else why not. */
const char *chimney_policy_closed(struct chimney_target *t);

#endif /* _CHIMNEY_POLICY_H */
