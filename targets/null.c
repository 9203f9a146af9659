// SPDX-License-Identifier: GPL-2.0
/*
 * chimnull.ko: the smallest offload target, built on <net/chimney.h> alone.
 *
 * It completes everything at once and carries nothing: it remembers the state
 * it was given, and gives the same back. A connection that is offloaded to it
 * stands still until it is terminated. It is the example for driver authors,
 * and a means to test the tree without sockets and without a wire.
 *
 * Each device is a netdev "chimnullN" of its own; the module parameter says how
 * many.
 */

#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <net/chimney.h>

static unsigned int devices = 1;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices, "how many devices (1 to 8)");

#define MAX_DEVICES	8

/**
 * struct null - a device
 * @dev: its netdev
 * @t: the target; NULL before it is registered
 * @entries: what is offloaded, by handle
 * @lock: protects @entries and what is in them
 */
struct null {
	struct net_device	*dev;
	struct chimney_target	*t;
	struct xarray		entries;
	struct mutex		lock;
};

/**
 * struct entry - an object that is offloaded
 * @handle: names it
 * @parent: what it depends on, or NULL
 * @dependents: how many depend on it
 * @tcp: state of a connection
 * @ooo: what it received out of order
 */
struct entry {
	u64			handle;
	struct entry		*parent;
	unsigned int		dependents;
	struct chimney_tcp_state tcp;
	struct sk_buff_head	ooo;
};

static struct null *nulls[MAX_DEVICES];

/* Takes one object over. It has its parent, or the parent failed before it. */
static enum chimney_status take(struct null *null, struct chimney_req *req)
{
	struct entry *parent = NULL, *e;

	if (req->parent) {
		parent = xa_load(&null->entries, req->parent);
		if (!parent)
			return CHIMNEY_STATUS_NOT_ATTEMPTED;
	}
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return CHIMNEY_STATUS_NO_BUFFER;
	e->handle = req->handle;
	e->parent = parent;
	__skb_queue_head_init(&e->ooo);
	if (xa_err(xa_store(&null->entries, e->handle, e, GFP_KERNEL))) {
		kfree(e);
		return CHIMNEY_STATUS_NO_BUFFER;
	}
	if (req->type == CHIMNEY_TYPE_CONN) {
		e->tcp = *req->tcp;
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
	struct entry *e;

	mutex_lock(&null->lock);
	e = xa_load(&null->entries, handle);
	if (e && e->dependents)
		e = NULL;
	if (e) {
		xa_erase(&null->entries, handle);
		if (e->parent)
			e->parent->dependents--;
	}
	mutex_unlock(&null->lock);
	return e;
}

static void entry_free(struct entry *e)
{
	if (e)
		__skb_queue_purge(&e->ooo);
	kfree(e);
}

static void null_initiate(struct chimney_target *t, struct chimney_batch *b)
{
	struct null *null = chimney_priv(t);
	struct chimney_req *req, *next;

	list_for_each_entry_safe(req, next, &b->reqs, list) {
		struct chimney_done done = {
			.handle = req->handle,
			.op = CHIMNEY_OP_INITIATE,
		};

		list_del_init(&req->list);
		mutex_lock(&null->lock);
		done.status = take(null, req);
		mutex_unlock(&null->lock);
		/* The request is the host's again; late, it is not wanted. */
		if (chimney_complete(t, &done))
			entry_free(take_out(null, done.handle));
	}
}

static void give_back(struct chimney_target *t, u64 handle)
{
	struct chimney_done done = {
		.handle = handle,
		.op = CHIMNEY_OP_TERMINATE,
		.status = CHIMNEY_STATUS_FAILURE,
	};
	struct entry *e = take_out(chimney_priv(t), handle);

	if (e) {
		done.ooo = &e->ooo;
		done.status = CHIMNEY_STATUS_OK;
		done.tcp = &e->tcp;
	}
	chimney_complete(t, &done);
	entry_free(e);
}

static void null_terminate(struct chimney_target *t, struct chimney_batch *b)
{
	struct chimney_req *req, *next;

	list_for_each_entry_safe(req, next, &b->reqs, list) {
		list_del_init(&req->list);
		give_back(t, req->handle);
	}
}

/* No room, and none to come: the octets wait in the host's socket. */
static int null_send(struct chimney_target *t, u64 handle, u32 seq,
		     struct sk_buff *skb, unsigned int offset,
		     unsigned int len, bool more)
{
	return 0;
}

/* As if lost on the wire: the peer sends it again when the host is back. */
static void null_forward(struct chimney_target *t, u64 handle,
			 struct sk_buff *skb)
{
	kfree_skb(skb);
}

static void null_credit(struct chimney_target *t, u64 handle, u32 room)
{
}

static void null_reset(struct chimney_target *t, u64 handle)
{
}

/* All is forgotten. No request is kept here, so there is none to drop. */
static int null_restart(struct chimney_target *t)
{
	struct null *null = chimney_priv(t);
	unsigned long handle;
	struct entry *e;

	mutex_lock(&null->lock);
	xa_for_each(&null->entries, handle, e) {
		xa_erase(&null->entries, handle);
		entry_free(e);
	}
	mutex_unlock(&null->lock);
	return 0;
}

static const struct chimney_ops null_ops = {
	.version	= CHIMNEY_API_VERSION,
	.owner		= THIS_MODULE,
	.name		= "chimnull",
	.initiate	= null_initiate,
	.terminate	= null_terminate,
	.send		= null_send,
	.forward	= null_forward,
	.credit		= null_credit,
	.reset		= null_reset,
	.restart	= null_restart,
};

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
	if (null->t)
		chimney_unregister(null->t);
	unregister_netdev(null->dev);
	WARN_ON(!xa_empty(&null->entries));
	xa_destroy(&null->entries);
	free_netdev(null->dev);
}

static struct null *null_create(void)
{
	struct chimney_caps caps = { .flags = CHIMNEY_CAP_DETACHED };
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
	err = register_netdev(dev);
	if (err) {
		free_netdev(dev);
		return ERR_PTR(err);
	}
	null->t = chimney_register(dev, &null_ops, &caps, null);
	if (IS_ERR(null->t)) {
		err = PTR_ERR(null->t);
		null->t = NULL;
		null_destroy(null);
		return ERR_PTR(err);
	}
	return null;
}

static void null_exit(void)
{
	int i;

	for (i = 0; i < MAX_DEVICES; i++) {
		if (nulls[i])
			null_destroy(nulls[i]);
	}
}

static int __init null_init(void)
{
	unsigned int i;

	if (!devices || devices > MAX_DEVICES)
		return -EINVAL;
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
