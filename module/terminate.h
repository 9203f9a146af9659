/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Terminate: asked for over a closure, done dependents first.
 *
 * Asking marks objects; a worker of the target submits what is marked and has
 * nothing that depends on it, all that is ready together. None of it needs
 * memory, and all of it may be asked for from any context but hard interrupt.
 */
#ifndef _CHIMNEY_TERMINATE_H
#define _CHIMNEY_TERMINATE_H

#include <net/chimney.h>

struct chimney_conn;
struct chimney_object;
struct chimney_target;
struct work_struct;

/*
 * Terminate an object with all that depends on it. With @if_unused only if
 * nothing does. 0; -EBUSY: something depends on it; -EALREADY: it was asked for
 * already, the requests are one now; -ENOENT: it has left the tree.
 */
int chimney_terminate(struct chimney_object *obj, enum chimney_reason reason,
		      bool if_unused);
/* Terminate everything of a target. */
void chimney_terminate_all(struct chimney_target *t, enum chimney_reason reason);
/*
 * Terminate a connection and wait until its socket is free again, but not
 * longer than the target's deadlines allow. Context: process, without the
 * socket's lock. 0, or -ETIMEDOUT.
 */
int chimney_terminate_wait(struct chimney_conn *conn,
			   enum chimney_reason reason);

/*
 * Under the tree's lock: @obj and what depends on it is to be terminated; or
 * only what depends on it.
 */
void chimney_terminate_mark(struct chimney_object *obj,
			    enum chimney_reason reason);
void chimney_terminate_dependents(struct chimney_object *obj,
				  enum chimney_reason reason);
/* Under the tree's lock: if @obj may go now, see that it goes. */
void chimney_terminate_consider(struct chimney_object *obj);
/* Under the tree's lock: @obj leaves the tree, its parent may go now. */
void chimney_terminate_leave(struct chimney_object *obj);
/* Under the tree's lock: the target has answered. */
void chimney_terminate_done(struct chimney_object *obj,
			    const struct chimney_done *done);
/*
 * Under the tree's lock: the target no longer has @conn, whose socket is
 * parked. It leaves the tree and goes home.
 */
void chimney_terminate_return(struct chimney_conn *conn);
/*
 * The socket of @conn is free again, or there is none. Ends the operation,
 * wakes who waits, and drops the reference that chimney_conn_return()
 * was given. Context: process.
 */
void chimney_terminate_home(struct chimney_conn *conn);

/* The worker, &chimney_target.submit. */
void chimney_terminate_submit(struct work_struct *work);

#endif /* _CHIMNEY_TERMINATE_H */
