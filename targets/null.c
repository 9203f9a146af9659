// SPDX-License-Identifier: GPL-2.0
/*
 * chimnull.ko: the smallest offload target, built on <net/chimney.h> alone.
 *
 * It completes everything at once and carries nothing: it remembers the state
 * it was given, and gives the same back. A connection that is offloaded to it
 * stands still until it is terminated, unless it is given a peer (traffic.h). It is
 * the example for driver authors, a means to test the tree without sockets and without
 * a wire, and one to measure what is the host's share of an offload.
 *
 * Each device is a netdev "chimnullN" of its own; module parameters say how many
 * there are, and how many connections each takes.
 */

#include <linux/debugfs.h>
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <net/chimney.h>
#include "common/faults.h"
#include "traffic.h"

static unsigned int devices = 1;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices, "how many devices (1 to 8)");

static unsigned int max_conns;
module_param(max_conns, uint, 0444);
MODULE_PARM_DESC(max_conns, "how many connections each takes; 0: no limit");

#define MAX_DEVICES	8

/**
 * struct null - a device
 * @dev: its netdev
 * @t: the target; set before the first request is carried out
 * @entries: what is offloaded, by handle
 * @conns: how many of them are connections
 * @lock: protects @entries and what is in them
 * @faults: what it does wrong on purpose, for tests
 * @vanished: see &target_faults.vanished
 * @peer: enum traffic_peer
 * @dir: its folder in debugfs
 */
struct null {
	struct net_device	*dev;
	struct chimney_target	*t;
	struct xarray		entries;
	unsigned int		conns;
	struct mutex		lock;
	struct target_faults	faults;
	bool			vanished;
	u32			peer;
	struct dentry		*dir;
};

/**
 * struct entry - an object that is offloaded
 * @handle: names it
 * @type: its layer
 * @parent: what it depends on, or NULL
 * @dependents: how many depend on it
 * @tcp: state of a connection
 * @ooo: what it received out of order
 * @traffic: a connection's peer
 */
struct entry {
	u64			handle;
	enum chimney_type	type;
	struct entry		*parent;
	unsigned int		dependents;
	struct chimney_tcp_state tcp;
	struct sk_buff_head	ooo;
	struct traffic		traffic;
};

static struct null *nulls[MAX_DEVICES];
static struct dentry *debug_dir;

/* Takes one object over. It has its parent, or the parent failed before it. */
static enum chimney_status take(struct null *null, struct chimney_req *req)
{
	struct entry *parent = NULL, *e;

	if (req->parent) {
		parent = xa_load(&null->entries, req->parent);
		if (!parent)
			return CHIMNEY_STATUS_NOT_ATTEMPTED;
	}
	if (req->type == CHIMNEY_TYPE_CONN && max_conns &&
	    null->conns >= max_conns)
		return CHIMNEY_STATUS_NO_CONN;
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return CHIMNEY_STATUS_NO_BUFFER;
	e->handle = req->handle;
	e->type = req->type;
	e->parent = parent;
	__skb_queue_head_init(&e->ooo);
	if (xa_err(xa_store(&null->entries, e->handle, e, GFP_KERNEL))) {
		kfree(e);
		return CHIMNEY_STATUS_NO_BUFFER;
	}
	if (req->type == CHIMNEY_TYPE_CONN) {
		null->conns++;
		e->tcp = *req->tcp;
		traffic_begin(&e->traffic, null->t, e->handle, &e->tcp);
		/*
		 * Success means that the skbs are ours. The host has its own
		 * copy of what was sent; what came out of order goes back.
		 */
		__skb_queue_purge(&req->sent);
		skb_queue_splice_init(&req->ooo, &e->ooo);
	}
	if (parent)
		parent->dependents++;
	return CHIMNEY_STATUS_OK;
}

/* Takes an entry out, if nothing depends on it. */
static struct entry *take_out(struct null *null, u64 handle)
{
	struct entry *e = xa_load(&null->entries, handle);

	if (!e || e->dependents)
		return NULL;
	xa_erase(&null->entries, handle);
	if (e->type == CHIMNEY_TYPE_CONN)
		null->conns--;
	if (e->parent)
		e->parent->dependents--;
	return e;
}

static void entry_free(struct entry *e)
{
	if (e)
		__skb_queue_purge(&e->ooo);
	kfree(e);
}

/* After its answer a request is the host's again. */
static int answer(struct null *null, u64 handle, enum chimney_op op,
		  enum chimney_status status, struct entry *e)
{
	struct chimney_done done = {
		.handle = handle,
		.op = op,
		.status = e || op == CHIMNEY_OP_INITIATE ?
			status : CHIMNEY_STATUS_FAILURE,
		.tcp = e ? &e->tcp : NULL,
		.ooo = e && op == CHIMNEY_OP_TERMINATE ? &e->ooo : NULL,
	};

	return target_fault_complete(&null->faults, null->t, &done);
}

static void initiate(struct null *null, struct chimney_req *req,
		     enum chimney_status status)
{
	u64 handle = req->handle;

	if (status == CHIMNEY_STATUS_OK)
		status = take(null, req);
	/* Late, what was taken over is not wanted any more. */
	if (answer(null, handle, CHIMNEY_OP_INITIATE, status, NULL))
		entry_free(take_out(null, handle));
}

static void terminate(struct null *null, u64 handle, enum chimney_status status)
{
	struct entry *e = take_out(null, handle);

	if (e)
		target_fault_corrupt(&null->faults, &e->tcp);
	answer(null, handle, CHIMNEY_OP_TERMINATE, status, e);
	entry_free(e);
}

/* Of all that an update may tell, a path's neighbor is all that is kept here. */
static enum chimney_status relink(struct null *null,
				  const struct chimney_req *req)
{
	struct entry *e = xa_load(&null->entries, req->handle);
	struct entry *parent = xa_load(&null->entries, req->parent);

	if (!e || e->type != CHIMNEY_TYPE_PATH)
		return CHIMNEY_STATUS_OK;
	if (!parent || parent->type != CHIMNEY_TYPE_NEIGH)
		return CHIMNEY_STATUS_FAILURE;
	parent->dependents++;
	e->parent->dependents--;
	e->parent = parent;
	return CHIMNEY_STATUS_OK;
}

static void carry_out(struct null *null, struct chimney_req *req)
{
	enum chimney_status status;

	if (target_fault_hangs(&null->faults, req))
		return;
	status = target_fault_status(&null->faults, req);
	switch (req->op) {
	case CHIMNEY_OP_INITIATE:
		initiate(null, req, status);
		break;
	case CHIMNEY_OP_TERMINATE:
		terminate(null, req->handle, status);
		break;
	case CHIMNEY_OP_UPDATE:
		if (status == CHIMNEY_STATUS_OK)
			status = relink(null, req);
		answer(null, req->handle, req->op, status,
		       xa_load(&null->entries, req->handle));
		break;
	default:	/* there is nothing to stop or to work out */
		answer(null, req->handle, req->op, status,
		       xa_load(&null->entries, req->handle));
		break;
	}
}

static void carry_out_all(struct null *null, struct list_head *reqs)
{
	struct chimney_req *req, *next;

	list_for_each_entry_safe(req, next, reqs, list) {
		list_del_init(&req->list);
		carry_out(null, req);
	}
}

static void run_hung(struct target_faults *f, struct list_head *reqs)
{
	carry_out_all(container_of(f, struct null, faults), reqs);
}

/* All five operations; everything is complete when it returns. */
static void null_batch(struct chimney_target *t, struct chimney_batch *b)
{
	struct null *null = chimney_priv(t);

	mutex_lock(&null->lock);
	null->t = t;	/* it may come before chimney_register() has returned */
	carry_out_all(null, &b->reqs);
	mutex_unlock(&null->lock);
}

/* Without a peer there is no room: the octets wait in the host's socket. */
static int null_send(struct chimney_target *t, u64 handle, u32 seq,
		     struct sk_buff *skb, unsigned int offset,
		     unsigned int len, bool more)
{
	struct null *null = chimney_priv(t);
	struct entry *e = xa_load(&null->entries, handle);

	if (!e)
		return -ENOTCONN;
	return traffic_send(&e->traffic, READ_ONCE(null->peer), seq, len);
}

/* As if lost on the wire: the peer sends it again when the host is back. */
static void null_forward(struct chimney_target *t, u64 handle,
			 struct sk_buff *skb)
{
	kfree_skb(skb);
}

/* No terminate of the connection is submitted while the host gives credit. */
static void null_credit(struct chimney_target *t, u64 handle, u32 room)
{
	struct null *null = chimney_priv(t);
	struct entry *e = xa_load(&null->entries, handle);

	if (e)
		traffic_credit(&e->traffic);
}

static void null_reset(struct chimney_target *t, u64 handle)
{
}

static void forget_all(struct null *null)
{
	unsigned long handle;
	struct entry *e;

	mutex_lock(&null->lock);
	target_faults_forget(&null->faults);
	xa_for_each(&null->entries, handle, e) {
		xa_erase(&null->entries, handle);
		entry_free(e);
	}
	null->conns = 0;
	mutex_unlock(&null->lock);
}

/* All is forgotten, and the requests that hang are the host's again. */
static int null_restart(struct chimney_target *t)
{
	struct null *null = chimney_priv(t);

	if (READ_ONCE(null->vanished))
		return -ENODEV;
	forget_all(null);
	return 0;
}

static const struct chimney_ops null_ops = {
	.version	= CHIMNEY_API_VERSION,
	.owner		= THIS_MODULE,
	.name		= "chimnull",
	.initiate	= null_batch,
	.terminate	= null_batch,
	.update		= null_batch,
	.query		= null_batch,
	.invalidate	= null_batch,
	.send		= null_send,
	.forward	= null_forward,
	.credit		= null_credit,
	.reset		= null_reset,
	.restart	= null_restart,
};

/* ---- knobs of the peer ----------------------------------------------------- */

static int peer_get(void *data, u64 *value)
{
	const struct null *null = data;

	*value = READ_ONCE(null->peer);
	return 0;
}

static int peer_set(void *data, u64 value)
{
	struct null *null = data;

	if (value >= TRAFFIC_PEERS)
		return -EINVAL;
	WRITE_ONCE(null->peer, value);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(peer_fops, peer_get, peer_set, "%llu\n");

/* So many octets to each connection */
static int feed_set(void *data, u64 value)
{
	struct null *null = data;
	unsigned long handle;
	struct entry *e;

	mutex_lock(&null->lock);
	xa_for_each(&null->entries, handle, e) {
		if (e->type == CHIMNEY_TYPE_CONN)
			traffic_feed(&e->traffic, value);
	}
	mutex_unlock(&null->lock);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(feed_fops, NULL, feed_set, "%llu\n");

/* ---- devices ----------------------------------------------------------------- */

static netdev_tx_t null_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev_kfree_skb(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops null_netdev_ops = {
	.ndo_start_xmit		= null_xmit,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
};

static void null_setup(struct net_device *dev)
{
	ether_setup(dev);
	eth_hw_addr_random(dev);
	dev->netdev_ops = &null_netdev_ops;
	dev->flags |= IFF_NOARP;
}

static void null_destroy(struct null *null)
{
	if (null->t) {
		/* First, so that nothing is answered that is the host's again. */
		target_faults_remove(&null->faults);
		debugfs_remove(null->dir);
		chimney_unregister(null->t);
		/* All was given back, unless a test kept it from that. */
		WARN_ON(!null->faults.has_hung && !xa_empty(&null->entries));
		forget_all(null);
	}
	unregister_netdev(null->dev);
	xa_destroy(&null->entries);
	free_netdev(null->dev);
}

static struct null *null_create(void)
{
	struct chimney_caps caps = {
		.flags = CHIMNEY_CAP_DETACHED,
		.max[CHIMNEY_TYPE_CONN] = max_conns,
	};
	struct chimney_target *t;
	struct net_device *dev;
	struct null *null;
	int err = -ENOMEM;

	dev = alloc_netdev(sizeof(*null), "chimnull%d", NET_NAME_ENUM,
			   null_setup);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	null = netdev_priv(dev);
	null->dev = dev;
	mutex_init(&null->lock);
	xa_init(&null->entries);
	target_faults_init(&null->faults, &null->lock, &null->vanished,
			   run_hung);
	err = register_netdev(dev);
	if (err) {
		free_netdev(dev);
		return ERR_PTR(err);
	}
	t = chimney_register(dev, &null_ops, &caps, null);
	if (IS_ERR(t)) {
		null_destroy(null);
		return ERR_CAST(t);
	}
	null->t = t;
	null->dir = debugfs_create_dir(dev->name, debug_dir);
	target_faults_add(&null->faults, null->dir);
	debugfs_create_file("peer", 0600, null->dir, null, &peer_fops);
	debugfs_create_file("feed", 0200, null->dir, null, &feed_fops);
	return null;
}

static void null_exit(void)
{
	int i;

	for (i = 0; i < MAX_DEVICES; i++) {
		if (nulls[i])
			null_destroy(nulls[i]);
	}
	debugfs_remove(debug_dir);
	traffic_exit();
}

static int __init null_init(void)
{
	unsigned int i;
	int err;

	if (!devices || devices > MAX_DEVICES)
		return -EINVAL;
	err = traffic_init();
	if (err)
		return err;
	debug_dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	for (i = 0; i < devices; i++) {
		struct null *null = null_create();

		if (IS_ERR(null)) {
			null_exit();
			return PTR_ERR(null);
		}
		nulls[i] = null;
	}
	return 0;
}

module_init(null_init);
module_exit(null_exit);
MODULE_DESCRIPTION("TCP chimney offload: a target that does nothing");
MODULE_LICENSE("GPL");
MODULE_VERSION(CHIMNEY_VERSION);
