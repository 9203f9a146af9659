// SPDX-License-Identifier: GPL-2.0
/*
 * A target that lies: one line, one upcall to the host, with any values.
 *
 *	complete HANDLE OP STATUS [state]
 *	received HANDLE SEQ LEN
 *	acked HANDLE UNA NXT
 *	event HANDLE EVENT ARG
 *	dev-event EVENT
 *	reachable HANDLE NIC_MS: its answer is in the kernel log
 *
 * All are numbers. The write fails with what the host returns. A completion
 * with "state" brings one of zeroes along.
 *
 * A lie may break every rule but one: what the host is told to be complete is
 * the host's again, and the target must not hold it then. So a completion that
 * could be true is refused with -EBUSY: anything but initiate of what the table
 * has, and initiate of what it has not.
 */
#include <linux/kernel.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "offload.h"
#include "upcall.h"

#define NUMBERS_MAX	3

/* Most octets that can be received at once */
#define LEN_MAX		65535

static bool could_be_true(struct chimsim_offload *off, u64 handle,
			  enum chimney_op op)
{
	bool there;

	lockdep_assert_held(&off->lock);
	there = chimsim_table_find(off, handle);
	return op < CHIMNEY_OP_NUM && there == (op != CHIMNEY_OP_INITIATE);
}

/* With the lock nothing changes between the look and the lie. */
static int upcall_complete(struct chimsim_offload *off, const u64 *number,
			   bool with_state)
{
	struct chimney_done done = {
		.handle = number[0],
		.op = number[1],
		.status = number[2],
	};
	struct chimney_tcp_state *st = NULL;
	int err = -EBUSY;

	if (with_state) {
		st = kzalloc(sizeof(*st), GFP_KERNEL);
		if (!st)
			return -ENOMEM;
		done.tcp = st;
	}
	mutex_lock(&off->lock);
	if (!could_be_true(off, done.handle, done.op))
		err = chimney_complete(off->target, &done);
	mutex_unlock(&off->lock);
	kfree(st);
	return err;
}

static int upcall_received(struct chimsim_offload *off, u64 handle, u32 seq,
			   u64 len)
{
	struct sk_buff *skb;
	int err;

	if (len > LEN_MAX)
		return -EINVAL;
	skb = alloc_skb(len, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	skb_put_zero(skb, len);
	chimney_seg(skb)->seq = seq;
	chimney_seg(skb)->end_seq = seq + len;
	err = chimney_received(off->target, handle, skb);
	if (err)
		kfree_skb(skb);
	return err;
}

static int upcall_dev_event(struct chimsim_offload *off, unsigned int event)
{
	struct chimney_caps caps;

	chimsim_offload_caps(off, &caps);
	chimney_dev_event(off->target, event,
			  event == CHIMNEY_DEV_CAPS ||
			  event == CHIMNEY_DEV_OFFLOAD_RESUME ? &caps : NULL);
	return 0;
}

/* Returns what the host says: when it last heard of the neighbor. */
static int upcall_reachable(struct chimsim_offload *off, u64 handle, u32 nic_ms)
{
	u32 host_ms;
	int err;

	err = chimney_neigh_reachable(off->target, handle, nic_ms, &host_ms);
	if (err)
		return err;
	pr_info("chimsim: %s: neighbor %llu: the host heard of it %u ms ago\n",
		off->name, handle, host_ms);
	return 0;
}

/* Returns how many numbers there were, all of the rest of the line. */
static int parse_numbers(char *line, u64 *number)
{
	char *word;
	int n = 0;

	while ((word = strsep(&line, " ")) != NULL) {
		if (n == NUMBERS_MAX || kstrtou64(word, 0, &number[n]))
			return -EINVAL;
		n++;
	}
	return n;
}

int chimsim_upcall_line(struct chimsim_offload *off, char *line)
{
	char *rest = strim(line);
	const char *what = strsep(&rest, " ");
	u64 number[NUMBERS_MAX] = {};
	bool with_state;
	char *state;
	int n;

	state = rest ? strstr(rest, " state") : NULL;
	with_state = state && !state[strlen(" state")];
	if (with_state)
		*state = '\0';
	n = parse_numbers(rest, number);
	if (!strcmp(what, "reachable") && n == 2)
		return upcall_reachable(off, number[0], number[1]);
	if (!strcmp(what, "dev-event") && n == 1)
		return upcall_dev_event(off, number[0]);
	if (n != NUMBERS_MAX)
		return -EINVAL;
	if (!strcmp(what, "complete"))
		return upcall_complete(off, number, with_state);
	if (!strcmp(what, "received"))
		return upcall_received(off, number[0], number[1], number[2]);
	if (!strcmp(what, "acked"))
		return chimney_acked(off->target, number[0], number[1],
				     number[2]);
	if (!strcmp(what, "event"))
		return chimney_event(off->target, number[0], number[1],
				     number[2]);
	return -EINVAL;
}
