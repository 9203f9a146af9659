/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The referee: checks each request of the host against the rules of the driver
 * interface. It keeps books of its own, so that it depends neither on the host
 * nor on the target's table.
 */
#ifndef _CHIMSIM_REFEREE_H
#define _CHIMSIM_REFEREE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/xarray.h>
#include <net/chimney.h>

struct chimsim_journal;
struct seq_file;

/**
 * enum chimsim_rule - what the host must not do
 * @CHIMSIM_RULE_DEPENDENTS: terminate what something depends on
 * @CHIMSIM_RULE_PARENT: initiate under a parent that is not offloaded, is on
 *                       its way back, or is of the wrong layer
 * @CHIMSIM_RULE_IN_FLIGHT: a request on an object that has one in flight
 * @CHIMSIM_RULE_UNKNOWN: a handle that was never initiated
 * @CHIMSIM_RULE_STALE: a handle whose object was given back
 * @CHIMSIM_RULE_REUSED: initiate with a handle that was used before
 * @CHIMSIM_RULE_TYPE: a request that takes an object for another layer's
 * @CHIMSIM_RULE_AFTER_TERMINATE: send, forward, caught_up, credit or reset of a
 *                                connection after its terminate was submitted
 * @CHIMSIM_RULE_EARLY: one of these before the initiate was completed
 * @CHIMSIM_RULE_CONCURRENT: two of these at the same time, or a terminate
 *                           submitted while one runs
 * @CHIMSIM_RULE_GAP: a send that does not begin where the last one ended
 * @CHIMSIM_RULE_BATCH: a batch that does not agree with itself
 * @CHIMSIM_RULE_STATE: an initiate whose state cannot be, or does not agree with
 *                      its queues or with the addresses of its path
 * @CHIMSIM_RULE_REASON: a terminate without a reason
 * @CHIMSIM_RULE_STRAY: a frame was to be sent for a connection whose path or
 *                      neighbor is gone
 * @CHIMSIM_RULE_NUM: how many there are
 */
enum chimsim_rule {
	CHIMSIM_RULE_DEPENDENTS,
	CHIMSIM_RULE_PARENT,
	CHIMSIM_RULE_IN_FLIGHT,
	CHIMSIM_RULE_UNKNOWN,
	CHIMSIM_RULE_STALE,
	CHIMSIM_RULE_REUSED,
	CHIMSIM_RULE_TYPE,
	CHIMSIM_RULE_AFTER_TERMINATE,
	CHIMSIM_RULE_EARLY,
	CHIMSIM_RULE_CONCURRENT,
	CHIMSIM_RULE_GAP,
	CHIMSIM_RULE_BATCH,
	CHIMSIM_RULE_STATE,
	CHIMSIM_RULE_REASON,
	CHIMSIM_RULE_STRAY,
	CHIMSIM_RULE_NUM,
};

/**
 * struct chimsim_referee - the books of one target
 * @objects: struct chimsim_record by handle. Its lock, softirqs off, protects
 *           what the records say, @retired and @nretired too.
 * @retired: records of objects that were given back, oldest first; they tell a
 *           stale handle from an unknown one
 * @nretired: how many
 * @violations: count of each
 * @name: whose books, for messages; NULL: say nothing
 * @journal: where requests are logged; NULL: nowhere
 */
struct chimsim_referee {
	struct xarray		objects;
	struct list_head	retired;
	unsigned int		nretired;
	atomic_t		violations[CHIMSIM_RULE_NUM];
	const char		*name;
	struct chimsim_journal	*journal;
};

/**
 * struct chimsim_play - a per-connection operation, from begin to end
 * @handle: the connection
 * @counted: its record has noted that an operation runs
 */
struct chimsim_play {
	u64	handle;
	bool	counted;
};

void chimsim_referee_init(struct chimsim_referee *ref, const char *name,
			  struct chimsim_journal *journal);
/* The board is restarted: what it had is gone. */
void chimsim_referee_restart(struct chimsim_referee *ref);
void chimsim_referee_destroy(struct chimsim_referee *ref);

/* A batch was submitted. Context: process. */
void chimsim_referee_submit(struct chimsim_referee *ref,
			    const struct chimney_batch *b);
/* A request is about to be completed. Context: any but hard interrupt. */
void chimsim_referee_complete(struct chimsim_referee *ref, u64 handle,
			      enum chimney_op op, enum chimney_status status);

/*
 * Around &chimney_ops.send, forward, caught_up, credit and reset. A send says where it
 * begins (@seq) and how much was taken (@taken), the others pass NULL and 0.
 */
void chimsim_referee_begin(struct chimsim_referee *ref,
			   struct chimsim_play *play, u64 handle,
			   const u32 *seq);
void chimsim_referee_end(struct chimsim_referee *ref,
			 const struct chimsim_play *play, u32 taken);

/* A rule was broken. Context: any. */
void chimsim_referee_violation(struct chimsim_referee *ref,
			       enum chimsim_rule rule, u64 handle);
unsigned int chimsim_referee_total(const struct chimsim_referee *ref);
void chimsim_referee_clear(struct chimsim_referee *ref);
/* One line for each rule: its name and how often it was broken. */
void chimsim_referee_show(struct seq_file *s, const struct chimsim_referee *ref);

#endif /* _CHIMSIM_REFEREE_H */
