// SPDX-License-Identifier: GPL-2.0
/*
 * A port as an offload target: its life, and the host's requests on their way.
 *
 * A request is carried out and completed when the delay of its operation is
 * over: at once, within the call, if there is none. But a terminate takes its
 * connections from their engines at once, whatever the delay: from then on
 * their frames go up the ordinary way.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include "offload.h"

/* What a NIC can hold unless told otherwise */
#define MAX_NEIGHS	1024
#define MAX_PATHS	4096
#define MAX_CONNS	16384

/**
 * struct chimsim_job - a batch whose time has not come
 * @list: place in &chimsim_offload.jobs
 * @work: comes when it has
 * @off: the target
 * @op: what is requested
 * @forget: they are the host's again: not to be touched
 * @reqs: requests that are left
 */
struct chimsim_job {
	struct list_head	list;
	struct delayed_work	work;
	struct chimsim_offload	*off;
	enum chimney_op		op;
	bool			forget;
	struct list_head	reqs;
};

void chimsim_offload_caps(struct chimsim_offload *off,
			  struct chimney_caps *caps)
{
	unsigned int type;

	memset(caps, 0, sizeof(*caps));
	for (type = 0; type <= CHIMNEY_TYPE_MAX; type++)
		caps->max[type] = READ_ONCE(off->max[type]);
}

int chimsim_offload_event(struct chimsim_conn *conn, enum chimney_event event,
			  u32 arg)
{
	const struct chimsim_entry entry = {
		.kind = CHIMSIM_ENTRY_EVENT,
		.what = event,
		.type = CHIMNEY_TYPE_CONN,
		.handle = conn->obj.handle,
		.arg = arg,
	};
	struct chimsim_offload *off = conn->obj.off;

	if (chimsim_silent(conn))
		return -ENODEV;
	/* There is too much of it, and it decides nothing. */
	if (event != CHIMNEY_EVENT_SEND_SPACE)
		chimsim_journal_add(&off->journal, &entry);
	return chimney_event(off->target, conn->obj.handle, event, arg);
}

void chimsim_offload_dev_event(struct chimsim_offload *off,
			       enum chimney_dev_event event)
{
	const struct chimsim_entry entry = {
		.kind = CHIMSIM_ENTRY_DEV_EVENT,
		.what = event,
	};
	struct chimney_caps caps;

	chimsim_offload_caps(off, &caps);
	chimsim_journal_add(&off->journal, &entry);
	chimney_dev_event(off->target, event,
			  event == CHIMNEY_DEV_CAPS ||
			  event == CHIMNEY_DEV_OFFLOAD_RESUME ? &caps : NULL);
}

/* Returns what the host said to it. */
static int complete_request(struct chimsim_offload *off, u64 handle,
			    enum chimney_op op, enum chimney_status status,
			    struct chimsim_conn *conn)
{
	struct chimney_done done = {
		.handle = handle,
		.op = op,
		.status = status,
	};

	if (conn && status == CHIMNEY_STATUS_OK) {
		done.tcp = &conn->state;
		if (op == CHIMNEY_OP_TERMINATE)
			done.ooo = &conn->ooo;
	}
	/* First: with the completion the host may submit the next request. */
	chimsim_referee_complete(&off->ref, handle, op, status);
	return target_fault_complete(&off->faults.requests, off->target,
				     &done);
}

/* Time has passed between the stop of the engine and the host's return. */
static void age_state(struct chimsim_conn *conn)
{
	s64 us = ktime_us_delta(ktime_get(), conn->stopped);
	struct chimney_tcp_state *st = &conn->state;
	s64 *deltas[] = {
		&st->keepalive_delta, &st->retransmit_delta, &st->probe_delta,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(deltas); i++)
		if (*deltas[i] != CHIMNEY_TIMER_OFF)
			*deltas[i] = max_t(s64, *deltas[i] - us, 0);
	st->last_sent_age_ms += div_s64(us, USEC_PER_MSEC);
	st->last_rcvd_age_ms += div_s64(us, USEC_PER_MSEC);
}

static void run_initiate(struct chimsim_offload *off, struct chimney_req *req)
{
	enum chimney_status status = chimsim_table_initiate(off, req);
	struct chimsim_object *obj;
	u64 handle = req->handle;
	int err;

	err = complete_request(off, handle, CHIMNEY_OP_INITIATE, status, NULL);
	/* The host has given up waiting for it: then it is nobody's. */
	if (!err || status != CHIMNEY_STATUS_OK)
		return;
	obj = chimsim_table_find(off, handle);
	if (obj->type == CHIMNEY_TYPE_CONN)
		chimsim_engine_forget(to_chimsim_conn(obj));
	chimsim_table_remove(off, obj);
}

static void run_terminate(struct chimsim_offload *off, u64 handle,
			  enum chimney_status status)
{
	struct chimsim_object *obj = chimsim_table_find(off, handle);
	struct chimsim_conn *conn = NULL;

	if (!obj) {
		complete_request(off, handle, CHIMNEY_OP_TERMINATE,
				 CHIMNEY_STATUS_FAILURE, NULL);
		return;
	}
	refcount_inc(&obj->ref);
	if (obj->type == CHIMNEY_TYPE_CONN) {
		conn = to_chimsim_conn(obj);
		age_state(conn);
		target_fault_corrupt(&off->faults.requests, &conn->state);
		if (conn->lost)
			status = CHIMNEY_STATUS_FAILURE;
	}
	/* Before it is completed: then there must be room for another. */
	chimsim_table_remove(off, obj);
	complete_request(off, handle, CHIMNEY_OP_TERMINATE, status, conn);
	chimsim_object_put(obj);
}

static void run_query(struct chimsim_offload *off, u64 handle)
{
	struct chimsim_object *obj = chimsim_table_find(off, handle);
	struct chimsim_conn *conn = NULL;

	if (obj && obj->type == CHIMNEY_TYPE_CONN) {
		conn = to_chimsim_conn(obj);
		chimsim_engine_query(conn);
	}
	complete_request(off, handle, CHIMNEY_OP_QUERY,
			 obj ? CHIMNEY_STATUS_OK : CHIMNEY_STATUS_FAILURE,
			 conn);
}

/* Carries out and completes one request, which is the host's from then on. */
static void run_request(struct chimsim_offload *off, struct chimney_req *req)
{
	enum chimney_status status;
	u64 handle = req->handle;

	lockdep_assert_held(&off->lock);
	if (target_fault_hangs(&off->faults.requests, req))
		return;
	status = target_fault_status(&off->faults.requests, req);
	if (status != CHIMNEY_STATUS_OK && req->op != CHIMNEY_OP_TERMINATE) {
		complete_request(off, handle, req->op, status, NULL);
		return;
	}
	switch (req->op) {
	case CHIMNEY_OP_INITIATE:
		run_initiate(off, req);
		break;
	case CHIMNEY_OP_TERMINATE:
		run_terminate(off, handle, status);
		break;
	case CHIMNEY_OP_UPDATE:
		status = chimsim_table_update(off, req);
		complete_request(off, handle, CHIMNEY_OP_UPDATE, status, NULL);
		break;
	case CHIMNEY_OP_QUERY:
		run_query(off, handle);
		break;
	default:
		status = chimsim_table_invalidate(off, req);
		complete_request(off, handle, req->op, status, NULL);
		break;
	}
}

void chimsim_offload_run(struct chimsim_offload *off, struct list_head *reqs)
{
	struct chimney_req *req, *next;

	list_for_each_entry_safe(req, next, reqs, list) {
		list_del_init(&req->list);
		run_request(off, req);
	}
}

/* Carries out as many as @max, 0 for all. */
static void run_requests(struct chimsim_offload *off, struct list_head *reqs,
			 unsigned int max)
{
	struct chimney_req *req, *next;
	unsigned int n = 0;

	mutex_lock(&off->lock);
	list_for_each_entry_safe(req, next, reqs, list) {
		if (max && n++ == max)
			break;
		list_del_init(&req->list);
		run_request(off, req);
	}
	mutex_unlock(&off->lock);
}

/* For a target that leaves nothing waits: the host is told within its call. */
static void job_queue(struct chimsim_job *job)
{
	struct chimsim_offload *off = job->off;
	unsigned int delay = off->leaving ? 0 : off->delay[job->op];

	lockdep_assert_held(&off->jobs_lock);
	queue_delayed_work(off->wq, &job->work, msecs_to_jiffies(delay));
}

static void job_work(struct work_struct *work)
{
	struct chimsim_job *job = container_of(to_delayed_work(work),
					       struct chimsim_job, work);
	struct chimsim_offload *off = job->off;
	bool done;

	if (!READ_ONCE(job->forget))
		run_requests(off, &job->reqs, READ_ONCE(off->split));

	spin_lock(&off->jobs_lock);
	done = job->forget || list_empty(&job->reqs);
	if (done) {
		list_del(&job->list);
		if (list_empty(&off->jobs))
			wake_up_all(&off->idle);
	} else {
		job_queue(job);
	}
	spin_unlock(&off->jobs_lock);
	if (done)
		kfree(job);
}

/* Leaves the batch to a job, if it has to wait and there is memory for one. */
static bool delay_batch(struct chimsim_offload *off, struct chimney_batch *b)
{
	struct chimsim_job *job;
	bool leaving;

	if (!READ_ONCE(off->delay[b->op]) || list_empty(&b->reqs) ||
	    READ_ONCE(off->port->vanished))
		return false;
	job = kmalloc(sizeof(*job), GFP_KERNEL);
	if (!job)
		return false;
	INIT_DELAYED_WORK(&job->work, job_work);
	INIT_LIST_HEAD(&job->reqs);
	job->off = off;
	job->forget = false;
	job->op = b->op;

	spin_lock(&off->jobs_lock);
	leaving = off->leaving;
	if (!leaving) {
		list_splice_init(&b->reqs, &job->reqs);
		list_add_tail(&job->list, &off->jobs);
		job_queue(job);
	}
	spin_unlock(&off->jobs_lock);
	if (leaving)
		kfree(job);
	return !leaving;
}

static bool jobs_idle(struct chimsim_offload *off)
{
	bool idle;

	spin_lock(&off->jobs_lock);
	idle = list_empty(&off->jobs);
	spin_unlock(&off->jobs_lock);
	return idle;
}

/* What waits for this operation's delay waits anew; all, if @off leaves. */
static void jobs_requeue(struct chimsim_offload *off, enum chimney_op op)
{
	struct chimsim_job *job;

	lockdep_assert_held(&off->jobs_lock);
	/* One that runs is not touched: it may be about to free itself. */
	list_for_each_entry(job, &off->jobs, list) {
		if (!READ_ONCE(job->forget) &&
		    (off->leaving || job->op == op) &&
		    cancel_delayed_work(&job->work))
			job_queue(job);
	}
}

/*
 * No delays any more: the host is about to take everything back, and may not
 * wait as long as a delay can be.
 */
static void jobs_hurry(struct chimsim_offload *off)
{
	spin_lock(&off->jobs_lock);
	off->leaving = true;
	jobs_requeue(off, 0);
	spin_unlock(&off->jobs_lock);
	wait_event(off->idle, jobs_idle(off));
}

void chimsim_offload_delay(struct chimsim_offload *off, enum chimney_op op,
			   unsigned int ms)
{
	spin_lock(&off->jobs_lock);
	WRITE_ONCE(off->delay[op], ms);
	jobs_requeue(off, op);
	spin_unlock(&off->jobs_lock);
}

static void stop_engines(struct chimsim_offload *off, struct chimney_batch *b)
{
	struct chimney_req *req;
	struct chimsim_conn *conn;

	list_for_each_entry(req, &b->reqs, list) {
		conn = chimsim_table_get_conn(off, req->handle);
		if (!conn)
			continue;
		chimsim_engine_stop(conn);
		chimsim_object_put(&conn->obj);
	}
}

static void offload_batch(struct chimney_target *t, struct chimney_batch *b)
{
	struct chimsim_offload *off = chimney_priv(t);

	/* It may come before chimney_register() has returned. */
	off->target = t;
	chimsim_referee_submit(&off->ref, b);
	if (b->op == CHIMNEY_OP_TERMINATE)
		stop_engines(off, b);
	if (!delay_batch(off, b))
		run_requests(off, &b->reqs, 0);
}

static int offload_send(struct chimney_target *t, u64 handle, u32 seq,
			struct sk_buff *skb, unsigned int offset,
			unsigned int len, bool more)
{
	struct chimsim_offload *off = chimney_priv(t);
	struct chimsim_play play;
	struct chimsim_conn *conn;
	int ret = -ENOENT;

	chimsim_referee_begin(&off->ref, &play, handle, &seq);
	chimsim_fault_send(off);
	conn = READ_ONCE(off->port->vanished) ? NULL :
		chimsim_table_get_conn(off, handle);
	if (conn) {
		ret = chimsim_engine_send(conn, seq, skb, offset, len, more);
		chimsim_object_put(&conn->obj);
	}
	chimsim_referee_end(&off->ref, &play, max(ret, 0));
	return ret;
}

/*
 * A call about a connection, before the eyes of the referee, begins and ends. In
 * between the connection is referenced; NULL: there is none.
 */
static struct chimsim_conn *call_begin(struct chimsim_offload *off,
				       struct chimsim_play *play, u64 handle)
{
	chimsim_referee_begin(&off->ref, play, handle, NULL);
	return chimsim_table_get_conn(off, handle);
}

static void call_end(struct chimsim_offload *off, struct chimsim_play *play,
		     struct chimsim_conn *conn)
{
	if (conn)
		chimsim_object_put(&conn->obj);
	chimsim_referee_end(&off->ref, play, 0);
}

static void offload_forward(struct chimney_target *t, u64 handle,
			    struct sk_buff *skb)
{
	struct chimsim_offload *off = chimney_priv(t);
	struct chimsim_play play;
	struct chimsim_conn *conn = call_begin(off, &play, handle);
	bool taken = false;

	if (conn) {
		rcu_read_lock_bh();
		taken = chimsim_steer_input(conn, skb, true);
		rcu_read_unlock_bh();
	}
	if (!taken)
		kfree_skb(skb);
	call_end(off, &play, conn);
}

static void offload_caught_up(struct chimney_target *t, u64 handle)
{
	struct chimsim_offload *off = chimney_priv(t);
	struct chimsim_play play;
	struct chimsim_conn *conn = call_begin(off, &play, handle);

	if (conn)
		chimsim_engine_caught_up(conn);
	call_end(off, &play, conn);
}

static void offload_credit(struct chimney_target *t, u64 handle, u32 room)
{
	struct chimsim_offload *off = chimney_priv(t);
	struct chimsim_play play;
	struct chimsim_conn *conn = call_begin(off, &play, handle);

	if (conn)
		chimsim_engine_credit(conn, room);
	call_end(off, &play, conn);
}

static void offload_reset(struct chimney_target *t, u64 handle)
{
	const struct chimsim_entry entry = {
		.kind = CHIMSIM_ENTRY_RESET,
		.type = CHIMNEY_TYPE_CONN,
		.handle = handle,
	};
	struct chimsim_offload *off = chimney_priv(t);
	struct chimsim_conn *conn;
	struct chimsim_play play;

	chimsim_journal_add(&off->journal, &entry);
	conn = call_begin(off, &play, handle);
	if (conn)
		chimsim_engine_reset(conn);
	call_end(off, &play, conn);
}

/* What waits is dropped: the host takes its requests back. */
static void jobs_drop(struct chimsim_offload *off)
{
	struct chimsim_job *job;

	spin_lock(&off->jobs_lock);
	list_for_each_entry(job, &off->jobs, list) {
		WRITE_ONCE(job->forget, true);
		if (cancel_delayed_work(&job->work))
			queue_delayed_work(off->wq, &job->work, 0);
	}
	spin_unlock(&off->jobs_lock);
	wait_event(off->idle, jobs_idle(off));
}

/*
 * The board is switched off and on again: nothing is known of what it carried.
 * Those that run at present come to their end before.
 */
static int offload_restart(struct chimney_target *t)
{
	struct chimsim_offload *off = chimney_priv(t);

	if (READ_ONCE(off->port->vanished))
		return -ENODEV;
	jobs_drop(off);
	mutex_lock(&off->lock);
	target_faults_forget(&off->faults.requests);
	chimsim_table_clear(off);
	mutex_unlock(&off->lock);
	chimsim_referee_restart(&off->ref);
	return 0;
}

static const struct chimney_ops offload_ops = {
	.version	= CHIMNEY_API_VERSION,
	.owner		= THIS_MODULE,
	.name		= CHIMSIM_NAME,
	.initiate	= offload_batch,
	.terminate	= offload_batch,
	.update		= offload_batch,
	.query		= offload_batch,
	.invalidate	= offload_batch,
	.send		= offload_send,
	.forward	= offload_forward,
	.caught_up	= offload_caught_up,
	.credit		= offload_credit,
	.reset		= offload_reset,
	.restart	= offload_restart,
};

/*
 * Connections that were given back: a frame may be on its way to one still,
 * found under RCU. One grace period for all that have come meanwhile.
 */
static void reap_work(struct work_struct *work)
{
	struct chimsim_offload *off = container_of(work, struct chimsim_offload,
						   reap);
	struct llist_node *dead = llist_del_all(&off->dead);
	struct chimsim_conn *conn, *next;

	if (!dead)
		return;
	synchronize_rcu();
	llist_for_each_entry_safe(conn, next, dead, dead_node)
		chimsim_object_put(&conn->obj);
}

static struct chimsim_offload *offload_alloc(struct chimsim_port *port)
{
	struct chimsim_offload *off;

	off = kzalloc(sizeof(*off), GFP_KERNEL);
	if (!off)
		return NULL;
	off->port = port;
	snprintf(off->name, sizeof(off->name), "%s/%s",
		 dev_name(&port->cdev->dev), dev_name(&port->dev));
	off->max[CHIMNEY_TYPE_NEIGH] = MAX_NEIGHS;
	off->max[CHIMNEY_TYPE_PATH] = MAX_PATHS;
	off->max[CHIMNEY_TYPE_CONN] = MAX_CONNS;
	off->max_sent = INT_MAX;
	mutex_init(&off->lock);
	init_llist_head(&off->dead);
	INIT_WORK(&off->reap, reap_work);
	spin_lock_init(&off->jobs_lock);
	INIT_LIST_HEAD(&off->jobs);
	init_waitqueue_head(&off->idle);
	chimsim_referee_init(&off->ref, off->name, &off->journal);
	chimsim_inject_init(&off->inject);
	chimsim_faults_init(off);
	return off;
}

static void offload_free(struct chimsim_offload *off)
{
	chimsim_table_destroy(off);
	flush_work(&off->reap);
	destroy_workqueue(off->wq);
	chimsim_journal_destroy(&off->journal);
	chimsim_inject_destroy(&off->inject);
	chimsim_referee_destroy(&off->ref);
	mutex_destroy(&off->lock);
	kfree(off);
}

static void announce(struct chimsim_offload *off, bool on)
{
	rtnl_lock();
	off->announce = on;
	/* What was there before. */
	if (on && chimsim_filtered(off->port))
		chimsim_offload_filter(off->port, true);
	if (on && off->port->netdev->flags & IFF_PROMISC)
		chimsim_offload_promisc(off->port, true);
	rtnl_unlock();
}

int chimsim_offload_attach(struct chimsim_port *port)
{
	struct chimsim_offload *off = offload_alloc(port);
	struct chimney_target *target;
	struct chimney_caps caps;
	int err = -ENOMEM;

	if (!off)
		return -ENOMEM;
	err = chimsim_journal_init(&off->journal);
	if (err)
		goto err_free;
	err = -ENOMEM;
	off->wq = alloc_workqueue("chimsim/%u/%u", WQ_UNBOUND, 0,
				  port->cdev->id, port->index);
	if (!off->wq)
		goto err_journal;
	err = chimsim_table_init(off);
	if (err)
		goto err_wq;

	/*
	 * Frames are steered from here on, though there is nowhere to yet.
	 * Pairs with the acquire in chimsim_steer().
	 */
	smp_store_release(&port->offload, off);
	chimsim_offload_caps(off, &caps);
	target = chimney_register(port->netdev, &offload_ops, &caps, off);
	if (IS_ERR(target)) {
		err = PTR_ERR(target);
		goto err_unpublish;
	}
	off->target = target;
	announce(off, true);
	chimsim_probe_add(off);
	chimsim_faults_add(off);
	return 0;

err_unpublish:
	WRITE_ONCE(port->offload, NULL);
	synchronize_net();
	offload_free(off);
	return err;
err_wq:
	destroy_workqueue(off->wq);
err_journal:
	chimsim_journal_destroy(&off->journal);
err_free:
	kfree(off);
	return err;
}

void chimsim_offload_detach(struct chimsim_port *port)
{
	struct chimsim_offload *off = port->offload;

	announce(off, false);
	/* First, so that nobody lets a request go that is the host's again. */
	chimsim_faults_remove(off);
	chimsim_probe_hush(off);
	jobs_hurry(off);
	chimney_unregister(off->target);
	off->target = NULL;
	target_faults_forget(&off->faults.requests);
	chimsim_probe_remove(off);
	rtnl_lock();	/* chimsim_offload_link() reads it */
	WRITE_ONCE(port->offload, NULL);
	rtnl_unlock();
	synchronize_net();
	offload_free(off);
}

void chimsim_offload_link(struct chimsim_port *port, bool up)
{
	struct chimsim_offload *off = port->offload;

	ASSERT_RTNL();
	if (off && off->announce)
		chimsim_offload_dev_event(off, up ? CHIMNEY_DEV_LINK_UP :
						    CHIMNEY_DEV_LINK_DOWN);
}

void chimsim_offload_filter(struct chimsim_port *port, bool on)
{
	struct chimsim_offload *off = port->offload;

	ASSERT_RTNL();
	if (off && off->announce)
		chimsim_offload_dev_event(off, on ? CHIMNEY_DEV_FILTER :
						    CHIMNEY_DEV_FILTER_GONE);
}

void chimsim_offload_promisc(struct chimsim_port *port, bool on)
{
	struct chimsim_offload *off = port->offload;

	ASSERT_RTNL();
	if (off && off->announce)
		chimsim_offload_dev_event(off, on ? CHIMNEY_DEV_PROMISC :
						    CHIMNEY_DEV_PROMISC_GONE);
}

int chimsim_offload_init(void)
{
	int err = chimsim_engine_tx_init();

	if (!err)
		chimsim_probe_init();
	return err;
}

void chimsim_offload_exit(void)
{
	chimsim_probe_exit();
}
