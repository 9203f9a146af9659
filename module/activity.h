/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who sends and receives how much: octets are counted in windows, one after
 * another, the same for all connections of a target.
 *
 * Only what moves is looked at: a connection is watched from the first octet of
 * a window on, until a whole window has passed without one. So one that does
 * nothing costs nothing, and if none does anything there is no timer.
 */
#ifndef _CHIMNEY_ACTIVITY_H
#define _CHIMNEY_ACTIVITY_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/workqueue.h>

struct chimney_conn;
struct chimney_target;

/**
 * struct chimney_activity - what is watched of a target
 * @watched: connections that moved something, or may be found inactive yet, by
 *           &chimney_conn.watch. Under &chimney_tree.lock.
 * @tick: the end of a window; runs while anything is watched
 */
struct chimney_activity {
	struct list_head	watched;
	struct delayed_work	tick;
};

void chimney_activity_init(struct chimney_target *t);
void chimney_activity_exit(struct chimney_target *t);

/* A connection is offloaded, or leaves. With the tree's lock. */
void chimney_activity_add(struct chimney_conn *conn);
void chimney_activity_remove(struct chimney_conn *conn);

/*
 * Octets of @conn have moved. Cheap if it is watched already, which it is after
 * the first of a window. Context: any but hard interrupt, without the tree's
 * lock.
 */
void chimney_activity_moved(struct chimney_conn *conn);

/*
 * What counts as too little has been set anew: all are looked at once, whoever
 * was found active enough before. Context: process.
 */
void chimney_activity_review(struct chimney_target *t);

#endif /* _CHIMNEY_ACTIVITY_H */
