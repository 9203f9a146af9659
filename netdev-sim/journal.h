/* SPDX-License-Identifier: GPL-2.0 */
/* What the offload target was asked and what it said, for tests to read. */
#ifndef _CHIMSIM_JOURNAL_H
#define _CHIMSIM_JOURNAL_H

#include <linux/ktime.h>
#include <linux/spinlock.h>
#include <net/chimney.h>

struct seq_file;
struct seq_operations;

/* Entries kept; the oldest make room for new ones. */
#define CHIMSIM_JOURNAL_SIZE	16384

/**
 * enum chimsim_entry_kind - what an entry tells of
 * @CHIMSIM_ENTRY_REQUEST: a request of the host
 * @CHIMSIM_ENTRY_RESET: the host had a RST sent
 * @CHIMSIM_ENTRY_EVENT: something the target said of a connection
 * @CHIMSIM_ENTRY_DEV_EVENT: something the target said of itself
 */
enum chimsim_entry_kind {
	CHIMSIM_ENTRY_REQUEST,
	CHIMSIM_ENTRY_RESET,
	CHIMSIM_ENTRY_EVENT,
	CHIMSIM_ENTRY_DEV_EVENT,
};

/**
 * struct chimsim_entry - one entry
 * @number: counts entries from 1, never repeated
 * @at: when the request came, or the event was said
 * @completed: when the request was completed, 0 if not yet
 * @handle: the object, 0 for none
 * @parent: its parent, 0 for none
 * @batch: the host's number of the batch, 0 for none
 * @arg: reason of a request; of an event, what goes with it
 * @kind: what this tells of
 * @what: the operation or the event
 * @type: layer of the object
 * @status: how the request ended
 */
struct chimsim_entry {
	u64		number;
	ktime_t		at;
	ktime_t		completed;
	u64		handle;
	u64		parent;
	u64		batch;
	u32		arg;
	u8		kind;
	u8		what;
	u8		type;
	u8		status;
};

/**
 * struct chimsim_journal - the log
 * @lock: protects all below; softirqs off
 * @entries: a ring of CHIMSIM_JOURNAL_SIZE
 * @last: number of the newest entry
 * @first: number of the oldest entry that is shown
 */
struct chimsim_journal {
	spinlock_t		lock;
	struct chimsim_entry	*entries;
	u64			last;
	u64			first;
};

int chimsim_journal_init(struct chimsim_journal *j);
void chimsim_journal_destroy(struct chimsim_journal *j);
void chimsim_journal_clear(struct chimsim_journal *j);

/* Adds an entry, fills in its number and time; returns the number. */
u64 chimsim_journal_add(struct chimsim_journal *j,
			const struct chimsim_entry *entry);
/* Says how the request of an entry ended, if the entry is still there. */
void chimsim_journal_complete(struct chimsim_journal *j, u64 number,
			      enum chimney_status status);

/* For a seq_file whose private data is the journal. */
extern const struct seq_operations chimsim_journal_seq;

#endif /* _CHIMSIM_JOURNAL_H */
