/* SPDX-License-Identifier: GPL-2.0 */
/* What a target can be told to do wrong with the host's requests. */
#ifndef _CHIMNEY_TARGET_FAULTS_H
#define _CHIMNEY_TARGET_FAULTS_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <net/chimney.h>

struct dentry;

/**
 * struct target_faults - the faults of a target, all off to begin with
 * @lock: the driver's own, under which it carries requests out and completes
 *        them
 * @run: the driver carries out requests that were kept; with @lock
 * @dir: their folder in debugfs
 * @fail: status with which requests fail, by operation; ok: they do not
 * @nth: only each so-maniest request fails; 0: each
 * @seen: requests seen since, by operation
 * @layer: of which layer requests fail and hang; above CHIMNEY_TYPE_MAX: of any
 * @hang: requests are kept, by operation
 * @hung: the requests kept; @lock
 * @has_hung: some were, since all was forgotten; @lock
 * @stall_ms: each request takes so long, within the call
 * @complete_twice: each answer is given twice
 * @complete_wrong: before each answer comes one to a request that never was
 * @complete_stale: before each answer comes the last one again
 * @last: the last answer
 * @corrupt: what is wrong with each state that is given back
 * @vanished: the driver's own too: the device is gone without a word, for good;
 *            every request is kept
 *
 * Knobs are written and read at once; @seen and @last are under @lock.
 */
struct target_faults {
	struct mutex		*lock;
	void			(*run)(struct target_faults *f,
				       struct list_head *reqs);
	struct dentry		*dir;
	enum chimney_status	fail[CHIMNEY_OP_NUM];
	u32			nth[CHIMNEY_OP_NUM];
	u32			seen[CHIMNEY_OP_NUM];
	unsigned int		layer;
	bool			hang[CHIMNEY_OP_NUM];
	struct list_head	hung;
	bool			has_hung;
	u32			stall_ms;
	bool			complete_twice;
	bool			complete_wrong;
	bool			complete_stale;
	struct chimney_done	last;
	unsigned int		corrupt;
	bool			*vanished;
};

void target_faults_init(struct target_faults *f, struct mutex *lock,
			bool *vanished,
			void (*run)(struct target_faults *f,
				    struct list_head *reqs));
/* Makes the knobs; and takes them away, before the target leaves. */
void target_faults_add(struct target_faults *f, struct dentry *parent);
void target_faults_remove(struct target_faults *f);
/* The host takes its requests back, those that hang too. */
void target_faults_forget(struct target_faults *f);

/*
 * All three with the lock. Is the request kept? Then it is ours. May take its
 * time, and sleep.
 */
bool target_fault_hangs(struct target_faults *f, struct chimney_req *req);
/* CHIMNEY_STATUS_OK: it is carried out; else it fails like that. */
enum chimney_status target_fault_status(struct target_faults *f,
					const struct chimney_req *req);
/* chimney_complete(), and what goes with it. */
int target_fault_complete(struct target_faults *f, struct chimney_target *t,
			  const struct chimney_done *done);

/* What is wrong with a state that is given back. */
void target_fault_corrupt(const struct target_faults *f,
			  struct chimney_tcp_state *st);

#endif /* _CHIMNEY_TARGET_FAULTS_H */
