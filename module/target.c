// SPDX-License-Identifier: GPL-2.0
/* Offload targets: their registration and life. */

#include "target.h"

#include <linux/slab.h>
#include "batch.h"
#include "candidate.h"
#include "events.h"
#include "quarantine.h"
#include "settings.h"
#include "sysfs.h"
#include "terminate.h"

/* Protects the list; nothing is taken under it. */
static DEFINE_SPINLOCK(chimney_targets_lock);
static LIST_HEAD(targets);

/* Ends targets, outside of their own queues. */
static struct workqueue_struct *free_wq;
/* Targets that are not freed yet. */
static atomic_t alive = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(alive_wait);

static void free_work(struct work_struct *work)
{
	struct chimney_target *t = container_of(work, struct chimney_target,
						free);

	chimney_journal_exit(&t->journal);
	destroy_workqueue(t->initiate_wq);
	destroy_workqueue(t->wq);
	chimney_tree_destroy(&t->tree);
	kfree(t);
	atomic_dec(&alive);
	wake_up_all(&alive_wait);
}

static void release(struct kref *kref)
{
	struct chimney_target *t = container_of(kref, struct chimney_target,
						kref);

	queue_work(free_wq, &t->free);
}

void chimney_target_hold(struct chimney_target *t)
{
	kref_get(&t->kref);
}

void chimney_target_unhold(struct chimney_target *t)
{
	kref_put(&t->kref, release);
}

static void get(struct chimney_target *t)
{
	chimney_target_hold(t);
	atomic_inc(&t->users);
}

void chimney_target_put(struct chimney_target *t)
{
	if (atomic_dec_and_test(&t->users))
		chimney_tree_wake(&t->tree);
	chimney_target_unhold(t);
}

struct chimney_target *chimney_target_get_by_dev(const struct net_device *dev)
{
	struct chimney_target *t, *found = NULL;

	spin_lock_bh(&chimney_targets_lock);
	list_for_each_entry(t, &targets, list) {
		if (t->dev == dev) {
			get(t);
			found = t;
			break;
		}
	}
	spin_unlock_bh(&chimney_targets_lock);
	return found;
}

struct chimney_target *chimney_target_get(struct net *net, int ifindex)
{
	struct chimney_target *t, *found = NULL;

	spin_lock_bh(&chimney_targets_lock);
	list_for_each_entry(t, &targets, list) {
		if (net_eq(dev_net(t->dev), net) && t->dev->ifindex == ifindex) {
			get(t);
			found = t;
			break;
		}
	}
	spin_unlock_bh(&chimney_targets_lock);
	return found;
}

/* The next of @net (NULL: of all), in the order of their numbers. */
struct chimney_target *chimney_target_next(struct net *net, u32 id)
{
	struct chimney_target *t, *found = NULL;

	spin_lock_bh(&chimney_targets_lock);
	list_for_each_entry(t, &targets, list) {
		if ((!net || net_eq(dev_net(t->dev), net)) && t->id > id &&
		    (!found || t->id < found->id))
			found = t;
	}
	if (found)
		get(found);
	spin_unlock_bh(&chimney_targets_lock);
	return found;
}

void chimney_target_each(struct net *net,
			 void (*what)(struct chimney_target *t, void *arg),
			 void *arg)
{
	struct chimney_target *t;
	u32 id = 0;

	while ((t = chimney_target_next(net, id))) {
		id = t->id;
		what(t, arg);
		chimney_target_put(t);
	}
}

void chimney_target_pause(struct chimney_target *t, bool pause)
{
	enum chimney_target_state from = pause ? CHIMNEY_TARGET_READY :
						 CHIMNEY_TARGET_PAUSED;

	spin_lock_bh(&t->tree.lock);
	if (t->state == from)
		t->state = pause ? CHIMNEY_TARGET_PAUSED : CHIMNEY_TARGET_READY;
	spin_unlock_bh(&t->tree.lock);
	chimney_tree_wake(&t->tree);
}

void chimney_target_caps(struct chimney_target *t,
			 const struct chimney_caps *caps)
{
	if (!caps)
		return;
	spin_lock_bh(&t->tree.lock);
	t->caps = *caps;
	spin_unlock_bh(&t->tree.lock);
	chimney_policy_capacity(t);
}

static bool drained(struct chimney_target *t)
{
	return !atomic_read(&t->initiations) && !atomic_read(&t->returning) &&
	       chimney_tree_empty(&t->tree);
}

void chimney_target_drain(struct chimney_target *t, void *arg)
{
	unsigned int ms = READ_ONCE(t->settings.initiate_ms) +
			  READ_ONCE(t->settings.terminate_ms) + MSEC_PER_SEC;

	wait_event_timeout(t->tree.wait, drained(t), msecs_to_jiffies(ms));
}

static bool complete_ops(const struct chimney_ops *ops)
{
	return ops->version == CHIMNEY_API_VERSION &&
	       ops->owner && ops->name && ops->initiate && ops->terminate &&
	       ops->send && ops->forward && ops->credit && ops->reset;
}

/* A driver registers a netdev once, and not while it unregisters it. */
static int check_new(const struct net_device *dev)
{
	struct chimney_target *t;
	int err = 0;

	spin_lock_bh(&chimney_targets_lock);
	list_for_each_entry(t, &targets, list) {
		if (t->dev == dev)
			err = -EEXIST;
	}
	spin_unlock_bh(&chimney_targets_lock);
	return dev->reg_state == NETREG_REGISTERED ? err : -ENODEV;
}

static void enlist(struct chimney_target *t)
{
	static u32 last_id;

	spin_lock_bh(&chimney_targets_lock);
	t->id = ++last_id;
	list_add_tail(&t->list, &targets);
	spin_unlock_bh(&chimney_targets_lock);
}

static void delist(struct chimney_target *t)
{
	spin_lock_bh(&chimney_targets_lock);
	list_del(&t->list);
	spin_unlock_bh(&chimney_targets_lock);
}

struct chimney_target *chimney_register(struct net_device *dev,
					const struct chimney_ops *ops,
					const struct chimney_caps *caps,
					void *priv)
{
	struct chimney_target *t;
	int err;

	if (!complete_ops(ops))
		return ERR_PTR(-EINVAL);
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return ERR_PTR(-ENOMEM);
	kref_init(&t->kref);
	t->dev = dev;
	t->ops = ops;
	t->priv = priv;
	t->caps = *caps;
	chimney_tree_init(&t->tree);
	chimney_policy_init(t);
	chimney_settings_init(t);
	INIT_WORK(&t->free, free_work);
	INIT_WORK(&t->submit, chimney_terminate_submit);
	t->next_expedited = jiffies;
	INIT_DELAYED_WORK(&t->watchdog, chimney_batch_watchdog);
	INIT_DELAYED_WORK(&t->sweep, chimney_events_sweep);

	err = chimney_journal_init(&t->journal, t->settings.max_history);
	if (err)
		goto err_free;
	err = -ENOMEM;
	t->wq = alloc_workqueue("chimney-%s", WQ_UNBOUND | WQ_MEM_RECLAIM,
				WQ_MAX_ACTIVE, dev->name);
	if (!t->wq)
		goto err_journal;
	t->initiate_wq = alloc_workqueue("chimney-%s-initiate", WQ_UNBOUND, 0,
					 dev->name);
	if (!t->initiate_wq)
		goto err_wq;
	netdev_hold(dev, &t->dev_tracker, GFP_KERNEL);
	err = check_new(dev);
	if (!err)
		err = chimney_sysfs_add(t);
	if (err)
		goto err_dev;

	/* From here on it can be found, and does not go by an error any more. */
	atomic_inc(&alive);
	enlist(t);
	queue_delayed_work(t->wq, &t->sweep, 0);
	chimney_events_link(t);
	chimney_events_upper(t);
	chimney_candidate_mode(dev_net(dev));
	return t;

err_dev:
	netdev_put(dev, &t->dev_tracker);
	destroy_workqueue(t->initiate_wq);
err_wq:
	destroy_workqueue(t->wq);
err_journal:
	chimney_journal_exit(&t->journal);
err_free:
	kfree(t);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(chimney_register);

/* Leaving is for good: no other state follows. */
static void leave(struct chimney_target *t)
{
	spin_lock_bh(&t->tree.lock);
	t->state = CHIMNEY_TARGET_LEAVING;
	spin_unlock_bh(&t->tree.lock);
}

void chimney_unregister(struct chimney_target *t)
{
	might_sleep();
	leave(t);
	chimney_policy_must(t, NULL, CHIMNEY_REASON_DEVICE_REMOVED);
	chimney_target_drain(t, NULL);

	/*
	 * Out of sight. Who found it before is within one call, and none that
	 * waits for us; nor does an initiation, once nothing can be offloaded.
	 */
	chimney_sysfs_del(t);
	delist(t);
	chimney_candidate_mode(dev_net(t->dev));
	wait_event(t->tree.wait, !atomic_read(&t->users) &&
				 !atomic_read(&t->initiations));
	chimney_quarantine_all(t);	/* too late now */
	chimney_policy_exit(t);
	cancel_delayed_work_sync(&t->sweep);
	cancel_delayed_work_sync(&t->watchdog);
	chimney_quarantine_forget(t);

	/* What listeners have not seen they see now: their netns is known yet. */
	flush_work(&t->journal.show);
	spin_lock_bh(&t->tree.lock);
	t->gone = true;
	spin_unlock_bh(&t->tree.lock);
	netdev_put(t->dev, &t->dev_tracker);
	chimney_target_unhold(t);
}
EXPORT_SYMBOL_GPL(chimney_unregister);

void *chimney_priv(const struct chimney_target *t)
{
	return t->priv;
}
EXPORT_SYMBOL_GPL(chimney_priv);

int chimney_target_init(void)
{
	free_wq = alloc_workqueue("chimney-free", WQ_UNBOUND, 0);
	return free_wq ? 0 : -ENOMEM;
}

/*
 * Drivers hold the module, and so does every parked socket: what is left here
 * is at most the tail of a connection's way home.
 */
void chimney_target_exit(void)
{
	wait_event(alive_wait, !atomic_read(&alive));
	destroy_workqueue(free_wq);
	rcu_barrier();
}
