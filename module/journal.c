// SPDX-License-Identifier: GPL-2.0
/* What happened on a target, in a ring of the size that was set. */

#include "journal.h"

#include <linux/slab.h>
#include "conn.h"
#include "neigh.h"
#include "netlink.h"
#include "path.h"
#include "reasons.h"
#include "target.h"
#include "trace.h"

/* Entries that are copied while others wait */
#define COPY_MAX	256

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

int chimney_journal_init(struct chimney_journal *j, u32 size)
{
	j->first = 1;
	j->size = size;
	j->ring = kvcalloc(j->size, sizeof(*j->ring), GFP_KERNEL);
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

/* The oldest entry above @seq that is there; @seq is below the last. */
static u64 oldest(const struct chimney_journal *j, u64 seq)
{
	u64 n = max(seq + 1, j->first);

	lockdep_assert_held(&j->lock);
	return j->last - n >= j->size ? j->last - j->size + 1 : n;
}

/**
 * struct copy - entries on their way to another ring
 * @ring: that ring
 * @size: how many it keeps
 * @first: the oldest of those copied, behind which there is no gap; 0: none
 * @last: the newest of them
 */
struct copy {
	struct chimney_entry	*ring;
	u32			size;
	u64			first;
	u64			last;
};

static void copy_some(struct chimney_journal *j, struct copy *c)
{
	u64 n = oldest(j, c->last), end = min(n + COPY_MAX, j->last + 1);

	/* What was overwritten meanwhile leaves a gap. */
	if (!c->first || n != c->last + 1)
		c->first = n;
	for (; n < end; n++)
		c->ring[n % c->size] = j->ring[n % j->size];
	c->last = end - 1;
}

int chimney_journal_resize(struct chimney_journal *j, u32 size)
{
	struct copy c = { .size = size };

	c.ring = kvcalloc(size, sizeof(*c.ring), GFP_KERNEL_ACCOUNT);
	if (!c.ring)
		return -ENOMEM;
	spin_lock_bh(&j->lock);
	if (j->last > size)
		c.last = j->last - size;
	while (c.last < j->last) {
		copy_some(j, &c);
		/* Who has something to enter does not wait for all of it. */
		spin_unlock_bh(&j->lock);
		cond_resched();
		spin_lock_bh(&j->lock);
	}
	swap(j->ring, c.ring);
	j->size = size;
	j->first = c.first ?: 1;
	spin_unlock_bh(&j->lock);
	kvfree(c.ring);
	return 0;
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
	j->ring[e->seq % j->size] = *e;
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
		.by = chimney_reason_decider(obj->reason),
		.other = obj->other,
	};

	lockdep_assert_held(&obj->tree->lock);
	describe(&e, obj);
	/* On its way there: what brought it. */
	if (obj->reason == CHIMNEY_REASON_NONE &&
	    obj->type == CHIMNEY_TYPE_CONN) {
		e.automatic = chimney_conn(obj)->origin.automatic;
		e.rule = chimney_conn(obj)->origin.rule;
		e.by = e.automatic ? CHIMNEY_BY_RULE : CHIMNEY_BY_ADMINISTRATOR;
	}
	enter(chimney_object_target(obj), &e);
}

/* How many connections depend on it, or are it. */
static u32 connections(const struct chimney_object *obj)
{
	const struct chimney_object *path;
	u32 n = 0;

	if (obj->type == CHIMNEY_TYPE_CONN)
		return 1;
	if (obj->type == CHIMNEY_TYPE_PATH)
		return obj->refcount;
	list_for_each_entry(path, &obj->dependents, sibling)
		n += path->refcount;
	return n;
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
		.by = chimney_reason_decider(reason),
	};

	lockdep_assert_held(&t->tree.lock);
	if (obj) {
		describe(&e, obj);
		e.other = obj->other;
		e.count = connections(obj);
	} else {
		e.count = t->tree.count[CHIMNEY_TYPE_CONN];
	}
	enter(t, &e);
}

void chimney_journal_refusal(struct chimney_target *t,
			     const struct chimney_key *key,
			     enum chimney_decider by,
			     const struct chimney_origin *origin,
			     const char *why)
{
	struct chimney_entry e = {
		.note = CHIMNEY_NOTE_REFUSAL,
		.type = CHIMNEY_TYPE_CONN,
		.why = why,
		.by = by,
		.automatic = origin->automatic,
		.rule = origin->rule,
		.saddr = key->saddr,
		.daddr = key->daddr,
		.sport = key->sport,
		.dport = key->dport,
	};

	spin_lock_bh(&t->tree.lock);
	enter(t, &e);
	spin_unlock_bh(&t->tree.lock);
}

bool chimney_journal_read(struct chimney_journal *j, u64 seq,
			  struct chimney_entry *e)
{
	bool found = false;

	spin_lock_bh(&j->lock);
	if (seq < j->last) {
		seq = oldest(j, seq);
		*e = j->ring[seq % j->size];
		found = true;
	}
	spin_unlock_bh(&j->lock);
	return found;
}
