/* SPDX-License-Identifier: GPL-2.0 */
/* What a port can be told to do wrong with octets and its link. */
#ifndef _CHIMSIM_FAULTS_H
#define _CHIMSIM_FAULTS_H

#include <linux/skbuff.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "../targets/common/faults.h"

struct chimsim_conn;
struct chimsim_offload;

/**
 * struct chimsim_faults - the faults of a port, all off to begin with
 * @requests: those with requests and answers
 * @reorder: each so-maniest skb received is offered out of its place first
 * @received: skbs offered since; it only picks
 * @ack_beyond: reports begin with a lie
 * @hold_send: whether a call with send data is, or is to be, held
 * @let_go: where it waits
 * @flap_ms: how often the link goes off and on, 0: it does not
 * @flap: makes it
 *
 * Knobs are written and read at once.
 */
struct chimsim_faults {
	struct target_faults	requests;
	u32			reorder;
	u32			received;
	bool			ack_beyond;
	u32			hold_send;
	wait_queue_head_t	let_go;
	u32			flap_ms;
	struct delayed_work	flap;
};

void chimsim_faults_init(struct chimsim_offload *off);
/* Makes the knobs; and takes them away, before the target leaves. */
void chimsim_faults_add(struct chimsim_offload *off);
void chimsim_faults_remove(struct chimsim_offload *off);

/* Before @skb is offered to the host: something else in its place. */
void chimsim_fault_received(struct chimsim_conn *conn, struct sk_buff *skb);
/* Within a call that brings send data. Process context, no lock of the port's. */
void chimsim_fault_send(struct chimsim_offload *off);
/* Before the true report. */
void chimsim_fault_acked(struct chimsim_conn *conn);

#endif /* _CHIMSIM_FAULTS_H */
