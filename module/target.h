/* SPDX-License-Identifier: GPL-2.0 */
/* Offload targets: their registration, settings and life. */
#ifndef _CHIMNEY_TARGET_H
#define _CHIMNEY_TARGET_H

#include <linux/kobject.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>
#include "journal.h"
#include "policy.h"
#include "settings.h"
#include "stats.h"
#include "tree.h"

/**
 * struct chimney_target - a registered target
 * @list: place in the list of targets; under chimney_targets_lock
 * @id: number of the target, from 1, in the order of registration
 * @kref: one of the registration, of each object, initiation and user
 * @users: those that found it by a lookup and may use @dev; unregistering waits
 *         for them
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
 * @activity: whose traffic is watched
 * @stats: counters
 * @journal: what happened, newest last
 * @wq: its own queue, with a rescuer: what is queued here runs without memory,
 *      waits for nothing but moments, and one target's slowness delays no
 *      other's
 * @initiate_wq: where initiations run, which wait for each other's parents
 * @free: ends the life of the target, outside of @wq
 * @submit: submits what is ready for terminate
 * @watchdog: looks for overdue requests
 * @sweep: looks for routes and neighbors that changed
 * @kicked: and is to look soon
 * @batches: number of the last batch
 * @initiations: initiations that have not ended
 * @next_expedited: before that (jiffies) their grace periods are ordinary ones
 * @gone: the registration has ended; @dev is not to be used any more. Under
 *        &chimney_tree.lock
 * @conns: connection objects there are, in the tree or not
 * @unstopped: connections of which &chimney_conn.unstopped is set
 * @patient: connections are stopped even if that has to wait, see
 *           chimney_conn_stop(): the driver leaves or is reset
 * @resetting: is being reset; under &chimney_tree.lock
 * @returning: connections that left the tree and whose sockets are not free yet
 */
struct chimney_target {
	struct list_head	list;
	u32			id;
	struct kref		kref;
	atomic_t		users;
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
	struct chimney_activity	activity;
	struct chimney_stats	stats;
	struct chimney_journal	journal;
	struct workqueue_struct	*wq;
	struct workqueue_struct	*initiate_wq;
	struct work_struct	free;
	struct work_struct	submit;
	struct delayed_work	watchdog;
	struct delayed_work	sweep;
	unsigned long		kicked;
	atomic64_t		batches;
	atomic_t		initiations;
	unsigned long		next_expedited;
	atomic_t		conns;
	atomic_t		unstopped;
	atomic_t		returning;
	bool			patient;
	bool			resetting;
	bool			gone;
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
/*
 * The target in @net (NULL: anywhere) with the least number above @id; takes a
 * reference.
 */
struct chimney_target *chimney_target_next(struct net *net, u32 id);
/* Gives back what the three above took. */
void chimney_target_put(struct chimney_target *t);

/*
 * References of what outlives the registration: they keep the memory and @wq,
 * not @dev.
 */
void chimney_target_hold(struct chimney_target *t);
void chimney_target_unhold(struct chimney_target *t);

/*
 * For every target of @net (NULL: of all), with a reference that lasts for the
 * call. Context: process.
 */
void chimney_target_each(struct net *net,
			 void (*what)(struct chimney_target *t, void *arg),
			 void *arg);

/* No new offloads, or offloads again (what is there goes on). */
void chimney_target_pause(struct chimney_target *t, bool pause);
/* Takes over new capabilities; NULL: none. */
void chimney_target_caps(struct chimney_target *t,
			 const struct chimney_caps *caps);
/*
 * Waits until nothing is offloaded any more, but not longer than the deadlines
 * allow; for chimney_target_each(). Context: process.
 */
void chimney_target_drain(struct chimney_target *t, void *arg);

int chimney_target_init(void);
/* Waits until the last target is freed, which its last connection home is. */
void chimney_target_exit(void);

#endif /* _CHIMNEY_TARGET_H */
