/* SPDX-License-Identifier: GPL-2.0 */
/* What a target can be told to do wrong. */
#ifndef _CHIMSIM_FAULTS_H
#define _CHIMSIM_FAULTS_H

#include <linux/list.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/chimney.h>

struct chimsim_conn;
struct chimsim_offload;
struct dentry;

/**
 * struct chimsim_faults - the faults of a target, all off to begin with
 * @dir: their folder in debugfs
 * @fail: status with which requests fail, by operation; ok: they do not
 * @nth: only each so-maniest request fails; 0: each
 * @seen: requests seen since, by operation
 * @layer: of which layer requests fail and hang; above CHIMNEY_TYPE_MAX: of any
 * @hang: requests are kept, by operation
 * @hung: the requests kept; &chimsim_offload.lock
 * @complete_twice: each answer is given twice
 * @complete_wrong: before each answer comes one to a request that never was
 * @complete_stale: before each answer comes the last one again
 * @last: the last answer
 * @corrupt: what is wrong with each state that is given back
 * @reorder: each so-maniest skb received is offered out of its place first
 * @received: skbs offered since
 * @ack_beyond: reports begin with a lie
 * @flap_ms: how often the link goes off and on, 0: it does not
 * @flap: makes it
 *
 * Knobs are written and read at once; @seen and @last are under
 * &chimsim_offload.lock, @received only picks.
 */
struct chimsim_faults {
	struct dentry		*dir;
	enum chimney_status	fail[CHIMNEY_OP_NUM];
	u32			nth[CHIMNEY_OP_NUM];
	u32			seen[CHIMNEY_OP_NUM];
	unsigned int		layer;
	bool			hang[CHIMNEY_OP_NUM];
	struct list_head	hung;
	bool			complete_twice;
	bool			complete_wrong;
	bool			complete_stale;
	struct chimney_done	last;
	unsigned int		corrupt;
	u32			reorder;
	u32			received;
	bool			ack_beyond;
	u32			flap_ms;
	struct delayed_work	flap;
};

void chimsim_faults_init(struct chimsim_offload *off);
/* Makes the knobs; and takes them away, before the target leaves. */
void chimsim_faults_add(struct chimsim_offload *off);
void chimsim_faults_remove(struct chimsim_offload *off);
/* The host takes its requests back, those that hang too. With the lock. */
void chimsim_faults_forget(struct chimsim_offload *off);

/* All three with &chimsim_offload.lock. Is the request kept? Then it is ours. */
bool chimsim_fault_hangs(struct chimsim_offload *off, struct chimney_req *req);
/* CHIMNEY_STATUS_OK: it is carried out; else it fails like that. */
enum chimney_status chimsim_fault_status(struct chimsim_offload *off,
					 const struct chimney_req *req);
/* Gives an answer, and what goes with it. */
int chimsim_fault_complete(struct chimsim_offload *off,
			   const struct chimney_done *done);

/* What is wrong with a state that is given back. */
void chimsim_fault_corrupt(struct chimsim_conn *conn);
/* Before @skb is offered to the host: something else in its place. */
void chimsim_fault_received(struct chimsim_conn *conn, struct sk_buff *skb);
/* Before the true report. */
void chimsim_fault_acked(struct chimsim_conn *conn);

#endif /* _CHIMSIM_FAULTS_H */
