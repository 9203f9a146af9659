// SPDX-License-Identifier: GPL-2.0
/* What happened on a target, in a ring of fixed size. */

#include "journal.h"

#include <linux/slab.h>
#include "conn.h"
#include "neigh.h"
#include "netlink.h"
#include "path.h"
#include "target.h"
#include "trace.h"

static void show(struct work_struct *work)
{
	struct chimney_journal *j = container_of(work, struct chimney_journal,
						 show);
	struct chimney_target *t = container_of(j, struct chimney_target,
						journal);
	struct chimney_entry e;

	while (chimney_journal_read(j, j->shown, &e)) {
		chimney_netlink_show(t, &e, e.seq - j->shown - 1);
		j->shown = e.seq;
	}
}

int chimney_journal_init(struct chimney_journal *j)
{
	j->ring = kvcalloc(CHIMNEY_JOURNAL_SIZE, sizeof(*j->ring), GFP_KERNEL);
	if (!j->ring)
		return -ENOMEM;
	spin_lock_init(&j->lock);
	INIT_WORK(&j->show, show);
	return 0;
}

void chimney_journal_exit(struct chimney_journal *j)
{
	cancel_work_sync(&j->show);
	kvfree(j->ring);
}

/* Who it is about, so that an entry can be read when the object is gone. */
static void describe(struct chimney_entry *e, struct chimney_object *obj)
{
	e->id = obj->id;
	e->type = obj->type;
	switch (obj->type) {
	case CHIMNEY_TYPE_NEIGH:
		e->saddr = chimney_neigh(obj)->nexthop;
		e->vlan = chimney_neigh(obj)->vlan;
		break;
	case CHIMNEY_TYPE_PATH:
		e->saddr = chimney_path(obj)->saddr;
		e->daddr = chimney_path(obj)->daddr;
		break;
	default:
		e->saddr = chimney_conn(obj)->key.saddr;
		e->daddr = chimney_conn(obj)->key.daddr;
		e->sport = chimney_conn(obj)->key.sport;
		e->dport = chimney_conn(obj)->key.dport;
		break;
	}
}

static void enter(struct chimney_target *t, struct chimney_entry *e)
{
	struct chimney_journal *j = &t->journal;

	e->at = ktime_get_boottime();
	spin_lock_bh(&j->lock);
	e->seq = ++j->last;
	j->ring[e->seq % CHIMNEY_JOURNAL_SIZE] = *e;
	spin_unlock_bh(&j->lock);
	chimney_trace(t, e);
	queue_work(t->wq, &j->show);
}

void chimney_journal_change(struct chimney_object *obj, enum chimney_state from)
{
	struct chimney_entry e = {
		.note = CHIMNEY_NOTE_CHANGE,
		.from = from,
		.to = obj->state,
		.reason = obj->reason,
		.status = obj->status,
		.why = obj->why,
		.took = obj->took,
	};

	lockdep_assert_held(&obj->tree->lock);
	describe(&e, obj);
	enter(chimney_object_target(obj), &e);
}

void chimney_journal_decision(struct chimney_target *t,
			      struct chimney_object *obj,
			      enum chimney_reason reason,
			      enum chimney_action action, u32 hold_ms)
{
	struct chimney_entry e = {
		.note = CHIMNEY_NOTE_DECISION,
		.reason = reason,
		.action = action,
		.hold_ms = hold_ms,
	};

	lockdep_assert_held(&t->tree.lock);
	if (obj)
		describe(&e, obj);
	enter(t, &e);
}

bool chimney_journal_read(struct chimney_journal *j, u64 seq,
			  struct chimney_entry *e)
{
	bool found = false;

	spin_lock_bh(&j->lock);
	if (seq < j->last) {
		seq++;
		if (j->last - seq >= CHIMNEY_JOURNAL_SIZE)
			seq = j->last - CHIMNEY_JOURNAL_SIZE + 1;
		*e = j->ring[seq % CHIMNEY_JOURNAL_SIZE];
		found = true;
	}
	spin_unlock_bh(&j->lock);
	return found;
}
