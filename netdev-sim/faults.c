// SPDX-License-Identifier: GPL-2.0
/*
 * What a port can be told to do wrong with octets and its link: files in
 * faults/ of its folder in debugfs, beside those about requests that every
 * target of ours has (targets/common/faults.c).
 *
 *	reorder_received N  each Nth skb for the host is offered too early
 *	ack_beyond	each report first acknowledges what was never sent
 *	hold_send	1: the next call that brings send data does not return; 2: one
 *			does not; 0: it does, as it does by itself after a minute
 *	link_flap_ms	the medium goes off and on, this long each; 0: it does not
 *
 * A port that was told to vanish sends and receives nothing any more either.
 */
#include <linux/debugfs.h>
#include <linux/rtnetlink.h>
#include "offload.h"

/* ---- octets ------------------------------------------------------------------ */

void chimsim_fault_received(struct chimsim_conn *conn, struct sk_buff *skb)
{
	struct chimsim_faults *f = &conn->obj.off->faults;
	u32 nth = READ_ONCE(f->reorder);
	struct sk_buff *early;

	if (!nth || ++f->received % nth)
		return;
	early = skb_copy(skb, GFP_ATOMIC);
	if (!early)
		return;
	chimney_seg(early)->seq += 1;
	chimney_seg(early)->end_seq += 1;
	if (chimney_received(conn->obj.off->target, conn->obj.handle, early))
		kfree_skb(early);
}

void chimsim_fault_acked(struct chimsim_conn *conn)
{
	const struct chimsim_faults *f = &conn->obj.off->faults;

	if (READ_ONCE(f->ack_beyond))
		chimney_acked(conn->obj.off->target, conn->obj.handle,
			      conn->nxt + (1U << 30), conn->nxt + (1U << 30));
}

/* ---- calls --------------------------------------------------------------------- */

enum { HOLD_NONE, HOLD_NEXT, HOLD_ONE };

#define HOLD_MAX	(60 * HZ)

void chimsim_fault_send(struct chimsim_offload *off)
{
	struct chimsim_faults *f = &off->faults;

	if (likely(READ_ONCE(f->hold_send) != HOLD_NEXT) ||
	    cmpxchg(&f->hold_send, HOLD_NEXT, HOLD_ONE) != HOLD_NEXT)
		return;
	wait_event_interruptible_timeout(f->let_go,
					 READ_ONCE(f->hold_send) != HOLD_ONE,
					 HOLD_MAX);
	cmpxchg(&f->hold_send, HOLD_ONE, HOLD_NONE);
}

static void hold_send(struct chimsim_offload *off, u32 hold)
{
	WRITE_ONCE(off->faults.hold_send, hold);
	wake_up_all(&off->faults.let_go);
}

static int hold_set(void *data, u64 value)
{
	if (value > HOLD_NEXT)
		return -EINVAL;
	hold_send(data, value);
	return 0;
}

static int hold_get(void *data, u64 *value)
{
	struct chimsim_offload *off = data;

	*value = READ_ONCE(off->faults.hold_send);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(hold_fops, hold_get, hold_set, "%llu\n");

/* ---- the link ---------------------------------------------------------------- */

static void flap_work(struct work_struct *work)
{
	struct chimsim_offload *off = container_of(to_delayed_work(work),
						   struct chimsim_offload,
						   faults.flap);
	struct chimsim_port *port = off->port;
	u32 ms = READ_ONCE(off->faults.flap_ms);

	/* Who removes us may hold RTNL, and waits for this. */
	if (rtnl_trylock()) {
		WRITE_ONCE(port->media_up, ms ? !port->media_up : true);
		chimsim_wire_update(port);
		rtnl_unlock();
	} else {
		ms = ms ?: 1;
	}
	if (ms)
		schedule_delayed_work(&off->faults.flap, msecs_to_jiffies(ms));
}

/* ---- knobs ------------------------------------------------------------------- */

static int flap_set(void *data, u64 value)
{
	struct chimsim_offload *off = data;

	if (value > CHIMSIM_DELAY_MAX)
		return -EINVAL;
	/* One that does not flap may be off because its user wants it so. */
	if (!xchg(&off->faults.flap_ms, value) && !value)
		return 0;
	mod_delayed_work(system_wq, &off->faults.flap, 0);
	return 0;
}

static int flap_get(void *data, u64 *value)
{
	struct chimsim_offload *off = data;

	*value = READ_ONCE(off->faults.flap_ms);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(flap_fops, flap_get, flap_set, "%llu\n");

static int ack_beyond_set(void *data, u64 value)
{
	struct chimsim_offload *off = data;

	if (value > 1)
		return -EINVAL;
	WRITE_ONCE(off->faults.ack_beyond, value);
	return 0;
}

static int ack_beyond_get(void *data, u64 *value)
{
	struct chimsim_offload *off = data;

	*value = READ_ONCE(off->faults.ack_beyond);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(ack_beyond_fops, ack_beyond_get, ack_beyond_set,
			 "%llu\n");

void chimsim_faults_add(struct chimsim_offload *off)
{
	struct dentry *dir;

	if (!off->dir)
		return;		/* there are no files to put them beside */
	target_faults_add(&off->faults.requests, off->dir);
	dir = off->faults.requests.dir;
	debugfs_create_u32("reorder_received", 0600, dir, &off->faults.reorder);
	debugfs_create_file_unsafe("ack_beyond", 0600, dir, off,
				   &ack_beyond_fops);
	debugfs_create_file_unsafe("hold_send", 0600, dir, off, &hold_fops);
	debugfs_create_file_unsafe("link_flap_ms", 0600, dir, off, &flap_fops);
}

void chimsim_faults_remove(struct chimsim_offload *off)
{
	target_faults_remove(&off->faults.requests);
	hold_send(off, HOLD_NONE);
	WRITE_ONCE(off->faults.flap_ms, 0);
	cancel_delayed_work_sync(&off->faults.flap);
}

static void run_hung(struct target_faults *f, struct list_head *reqs)
{
	chimsim_offload_run(container_of(f, struct chimsim_offload,
					 faults.requests), reqs);
}

void chimsim_faults_init(struct chimsim_offload *off)
{
	target_faults_init(&off->faults.requests, &off->lock,
			   &off->port->vanished, run_hung);
	init_waitqueue_head(&off->faults.let_go);
	INIT_DELAYED_WORK(&off->faults.flap, flap_work);
}
