/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happened on a target: every change of state and every decision, newest
 * last, in a ring of the size that was set. Writing needs no memory and takes no
 * time; a worker shows new entries to netlink listeners.
 */
#ifndef _CHIMNEY_JOURNAL_H
#define _CHIMNEY_JOURNAL_H

#include <linux/ktime.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <net/chimney.h>

/* Entries that a journal keeps unless told otherwise, at least and at most */
#define CHIMNEY_JOURNAL_SIZE	4096
#define CHIMNEY_JOURNAL_MIN	64
#define CHIMNEY_JOURNAL_MAX	(1024 * 1024)

struct chimney_key;
struct chimney_origin;
struct chimney_object;
struct chimney_target;

/**
 * struct chimney_entry - one entry
 * @seq: number of the entry, from 1, without gaps
 * @at: when (CLOCK_BOOTTIME)
 * @note: what it is about
 * @id: the object; 0: the target
 * @type: its layer
 * @from: (change) state before
 * @to: (change) state now
 * @reason: why
 * @status: (change) how the operation ended
 * @why: what a person should know of it, or NULL; a constant string
 * @by: what decided
 * @automatic: the rules of admission had it offloaded, or would have
 * @rule: (automatic) number of the rule, 0: the default
 * @other: the object for the sake of which it was decided, 0: none
 * @count: (decision) connections that it is about
 * @action: (decision) what is done
 * @hold_ms: (decision) for how long, if action is hold
 * @took: (change) nanoseconds since the operation was asked for
 * @vlan: (neighbor) VLAN id
 * @saddr: source; (neighbor) next hop
 * @daddr: destination
 * @sport: host's port
 * @dport: peer's port
 */
struct chimney_entry {
	u64			seq;
	ktime_t			at;
	enum chimney_note	note;
	u64			id;
	enum chimney_type	type;
	enum chimney_state	from, to;
	enum chimney_reason	reason;
	enum chimney_status	status;
	const char		*why;
	enum chimney_decider	by;
	bool			automatic;
	u32			rule;
	u64			other;
	u32			count;
	enum chimney_action	action;
	u32			hold_ms;
	u64			took;
	u16			vlan;
	struct in6_addr		saddr, daddr;
	__be16			sport, dport;
};

/**
 * struct chimney_journal - the ring of a target
 * @lock: protects all but @show and @shown; innermost of all
 * @first: number of the oldest entry that is kept, unless it was overwritten
 * @last: number of the newest entry
 * @shown: number of the newest entry that listeners saw; the worker's own
 * @ring: the entries; entry n lies at n modulo @size
 * @size: how many it keeps
 * @show: the worker
 */
struct chimney_journal {
	spinlock_t		lock;
	u64			first;
	u64			last;
	u64			shown;
	struct chimney_entry	*ring;
	u32			size;
	struct work_struct	show;
};

/* Keeps @size entries. Return: 0 or -ENOMEM. */
int chimney_journal_init(struct chimney_journal *j, u32 size);
void chimney_journal_exit(struct chimney_journal *j);
/*
 * Keeps so many entries from now on, and the newest of those there are. One
 * caller at a time. Context: process. Return: 0 or -ENOMEM: all is as it was.
 */
int chimney_journal_resize(struct chimney_journal *j, u32 size);

/* Under the tree's lock. */
void chimney_journal_change(struct chimney_object *obj, enum chimney_state from);
void chimney_journal_decision(struct chimney_target *t,
			      struct chimney_object *obj,
			      enum chimney_reason reason,
			      enum chimney_action action, u32 hold_ms);
/*
 * A connection stays in the host, and has no object. Takes the lock. Context:
 * any but hard interrupt.
 */
void chimney_journal_refusal(struct chimney_target *t,
			     const struct chimney_key *key,
			     enum chimney_decider by,
			     const struct chimney_origin *origin,
			     const char *why);

/*
 * Copies the oldest entry above @seq that is still there. false: there is none.
 */
bool chimney_journal_read(struct chimney_journal *j, u64 seq,
			  struct chimney_entry *e);

#endif /* _CHIMNEY_JOURNAL_H */
