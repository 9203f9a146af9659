/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Holds: terminates that wait for their cause to end. Each is embedded in what
 * it is about, so that holding needs no memory and outlives nothing; those of a
 * target stand in one queue, ordered by when they are over.
 */
#ifndef _CHIMNEY_HOLD_H
#define _CHIMNEY_HOLD_H

#include <linux/timerqueue.h>
#include <net/chimney.h>

struct chimney_object;
struct chimney_target;

/**
 * struct chimney_hold - a terminate that waits
 * @node: place in &chimney_policy.holds
 * @obj: what is to be terminated; NULL: what the reason says of the target
 * @reason: why; CHIMNEY_REASON_NONE: nothing waits
 *
 * Protected by &chimney_tree.lock.
 */
struct chimney_hold {
	struct timerqueue_node	node;
	struct chimney_object	*obj;
	enum chimney_reason	reason;
};

void chimney_hold_init(struct chimney_hold *h, struct chimney_object *obj);

/*
 * All with the tree's lock. Of two reasons the one counts whose hold is over
 * first. chimney_hold_end() tells whether anything waited.
 */
void chimney_hold_begin(struct chimney_target *t, struct chimney_hold *h,
			enum chimney_reason reason, u32 ms);
bool chimney_hold_end(struct chimney_target *t, struct chimney_hold *h);
/* Takes the next that is over out of the queue; NULL: there is none. */
struct chimney_hold *chimney_hold_next(struct chimney_target *t);
/* Milliseconds that are left, 0 if nothing waits. */
u32 chimney_hold_left(const struct chimney_hold *h);

#endif /* _CHIMNEY_HOLD_H */
