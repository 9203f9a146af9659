// SPDX-License-Identifier: GPL-2.0
/* Holds: terminates that wait for their cause to end. */

#include "hold.h"

#include <linux/ktime.h>
#include "target.h"

void chimney_hold_init(struct chimney_hold *h, struct chimney_object *obj)
{
	timerqueue_init(&h->node);
	h->obj = obj;
	h->reason = CHIMNEY_REASON_NONE;
}

/* Has the worker come when the first is over. */
static void arm(struct chimney_target *t)
{
	struct timerqueue_node *first = timerqueue_getnext(&t->policy.holds);
	s64 ns;

	if (!first)
		return;
	ns = max_t(s64, ktime_to_ns(ktime_sub(first->expires, ktime_get())), 0);
	mod_delayed_work(t->wq, &t->policy.timer, nsecs_to_jiffies(ns) + 1);
}

void chimney_hold_begin(struct chimney_target *t, struct chimney_hold *h,
			enum chimney_reason reason, u32 ms)
{
	ktime_t expires = ktime_add_ms(ktime_get(), ms);

	lockdep_assert_held(&t->tree.lock);
	if (h->reason != CHIMNEY_REASON_NONE &&
	    !ktime_before(expires, h->node.expires))
		return;
	chimney_hold_end(t, h);
	h->reason = reason;
	h->node.expires = expires;
	if (timerqueue_add(&t->policy.holds, &h->node))
		arm(t);
}

bool chimney_hold_end(struct chimney_target *t, struct chimney_hold *h)
{
	lockdep_assert_held(&t->tree.lock);
	if (h->reason == CHIMNEY_REASON_NONE)
		return false;
	/* The worker may come for nothing. */
	timerqueue_del(&t->policy.holds, &h->node);
	h->reason = CHIMNEY_REASON_NONE;
	return true;
}

struct chimney_hold *chimney_hold_next(struct chimney_target *t)
{
	struct timerqueue_node *first = timerqueue_getnext(&t->policy.holds);

	lockdep_assert_held(&t->tree.lock);
	if (!first)
		return NULL;
	if (ktime_after(first->expires, ktime_get())) {
		arm(t);
		return NULL;
	}
	timerqueue_del(&t->policy.holds, first);
	return container_of(first, struct chimney_hold, node);
}

u32 chimney_hold_left(const struct chimney_hold *h)
{
	s64 ms;

	if (h->reason == CHIMNEY_REASON_NONE)
		return 0;
	ms = ktime_ms_delta(h->node.expires, ktime_get());
	return max_t(s64, ms, 0);
}
