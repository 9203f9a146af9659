/* SPDX-License-Identifier: GPL-2.0 */
/* Offload targets: their registration, settings and life. */
#ifndef _CHIMNEY_TARGET_H
#define _CHIMNEY_TARGET_H

#include <linux/kobject.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>
#include "journal.h"
#include "policy.h"
#include "stats.h"
#include "tree.h"

/**
 * struct chimney_target - a registered target
 * @list: place in the list of targets; under chimney_targets_lock
 * @kref: one of the registration, one of each object, of each user
 * @kobj: its folder in sysfs, below its netdev
 * @dev: its netdev, held until the registration ends
 * @dev_tracker: tracks that reference
 * @ops: the driver's operations; const
 * @priv: the driver's pointer; const
 * @caps: capabilities; under &chimney_tree.lock
 * @state: what it is ready for; under &chimney_tree.lock
 * @tree: its objects
 * @settings: what administrators set; each field read and written at once
 * @policy: the policy's memory of it
 * @stats: counters
 * @journal: what happened, newest last
 * @wq: its own queue, with a rescuer: what is queued here runs without memory,
 *      and one target's slowness delays no other's
 * @submit: submits what is ready for terminate
 * @watchdog: looks for overdue requests
 * @sweep: looks for routes and neighbors that changed
 * @batches: number of the last batch
 */
struct chimney_target {
	struct list_head	list;
	struct kref		kref;
	struct kobject		kobj;
	struct net_device	*dev;
	netdevice_tracker	dev_tracker;
	const struct chimney_ops *ops;
	void			*priv;
	struct chimney_caps	caps;
	enum chimney_target_state state;
	struct chimney_tree	tree;
	struct chimney_settings	settings;
	struct chimney_policy	policy;
	struct chimney_stats	stats;
	struct chimney_journal	journal;
	struct workqueue_struct	*wq;
	struct work_struct	submit;
	struct delayed_work	watchdog;
	struct delayed_work	sweep;
	atomic64_t		batches;
};

static inline struct chimney_target *chimney_tree_target(struct chimney_tree *tree)
{
	return container_of(tree, struct chimney_target, tree);
}

static inline struct chimney_target *chimney_object_target(struct chimney_object *obj)
{
	return chimney_tree_target(obj->tree);
}

/* Of a netdev; takes a reference. NULL: it is no target. */
struct chimney_target *chimney_target_get_by_dev(const struct net_device *dev);
/* Of an ifindex in @net; takes a reference. */
struct chimney_target *chimney_target_get(struct net *net, int ifindex);
/* The target in @net with the least ifindex above @ifindex; takes a reference. */
struct chimney_target *chimney_target_next(struct net *net, int ifindex);
void chimney_target_put(struct chimney_target *t);

/* Nothing more is offloaded to it, until it is reset. */
void chimney_target_quarantine(struct chimney_target *t);

int chimney_target_init(void);
void chimney_target_exit(void);

#endif /* _CHIMNEY_TARGET_H */
