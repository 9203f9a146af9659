/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Quarantine: a target that does not answer in time, what it has not answered,
 * and the reset that ends it.
 */
#ifndef _CHIMNEY_QUARANTINE_H
#define _CHIMNEY_QUARANTINE_H

#include <net/chimney.h>
#include "object.h"

struct chimney_target;
struct netlink_ext_ack;

/*
 * Under the tree's lock: the request of @obj is overdue. The object leaves the
 * tree, and the quarantine keeps it.
 */
void chimney_quarantine_add(struct chimney_object *obj);
/*
 * An answer to a request that is in flight no more. 0: it was in quarantine,
 * and is free. -ENOENT: it was not, or the target has taken over what nobody
 * wants any more.
 */
int chimney_quarantine_answer(struct chimney_target *t,
			      const struct chimney_done *done);
/*
 * Whatever the target has not answered is overdue now; so is what can be
 * submitted only then. Context: process.
 */
void chimney_quarantine_all(struct chimney_target *t);
/* It has forgotten everything: what was in quarantine is free. */
void chimney_quarantine_forget(struct chimney_target *t);

/*
 * Reset a target that is in quarantine. What it carries yet comes home within
 * its deadlines, or is lost. Context: process, may sleep. 0; -EINVAL: it is
 * not in quarantine; -EOPNOTSUPP: its driver cannot; -EBUSY: it is being reset;
 * or what the driver says, and the target stays in quarantine.
 */
int chimney_quarantine_end(struct chimney_target *t,
			   struct netlink_ext_ack *extack);

#endif /* _CHIMNEY_QUARANTINE_H */
