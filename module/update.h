/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Update, query and invalidate: what is asked of a target about an object that
 * stays offloaded.
 *
 * Asking marks the object; the worker that submits terminates submits these as
 * well, before them, and as soon as nothing else is in flight on the object. So
 * equal wishes are merged, others are deferred, and none needs memory. The rule
 * of failure: if the target cannot, the object is terminated.
 */
#ifndef _CHIMNEY_UPDATE_H
#define _CHIMNEY_UPDATE_H

#include <net/chimney.h>

struct chimney_conn;
struct chimney_object;
struct chimney_target;

/*
 * Under the tree's lock: the target is to be asked for @op, CHIMNEY_OP_UPDATE
 * or CHIMNEY_OP_INVALIDATE. What an update tells is read when it is submitted.
 * Context: any but hard interrupt.
 */
void chimney_update_ask(struct chimney_object *obj, enum chimney_op op);

/*
 * Ask the target for the state of @conn, and wait for the answer within the
 * deadline. Several that ask at once share one query. Context: process. 0, with
 * @st filled in; -ENOENT: it is not offloaded (any more); -EIO: the target
 * could not tell, and the connection is being terminated; -EOPNOTSUPP: its driver
 * answers none; -ETIMEDOUT: the target is in quarantine, and the connection lost;
 * -EINTR; -ENOMEM.
 */
int chimney_update_query(struct chimney_conn *conn,
			 struct chimney_tcp_state *st);

/*
 * The same without waiting, where the target can be asked: the parked socket shows
 * the answer when it comes. Not more often than once a second. Context: any but hard interrupt.
 */
void chimney_update_look(struct chimney_conn *conn);

/* Under the tree's lock: the target has answered. */
void chimney_update_done(struct chimney_object *obj,
			 const struct chimney_done *done);
/* Under the tree's lock: @obj leaves the tree, with all that was wished of it. */
void chimney_update_forget(struct chimney_object *obj);
/* Submits what is wished and may go. Context: process; the submitting worker. */
void chimney_update_submit(struct chimney_target *t);

#endif /* _CHIMNEY_UPDATE_H */
