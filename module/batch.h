/* SPDX-License-Identifier: GPL-2.0 */
/* Requests on their way to a target and back: submission, completion, deadline. */
#ifndef _CHIMNEY_BATCH_H
#define _CHIMNEY_BATCH_H

#include <net/chimney.h>
#include "object.h"

struct chimney_target;

void chimney_batch_init(struct chimney_batch *b, struct chimney_target *t,
			enum chimney_op op);
/*
 * Adds an object, under the tree's lock: its state changes, its request is in
 * flight from now on.
 */
void chimney_batch_add(struct chimney_batch *b, struct chimney_object *obj);
/* Hands the batch to the target. Context: process, no locks. */
void chimney_batch_submit(struct chimney_batch *b, struct chimney_target *t);

/* The worker, &chimney_target.watchdog. */
void chimney_batch_watchdog(struct work_struct *work);

#endif /* _CHIMNEY_BATCH_H */
