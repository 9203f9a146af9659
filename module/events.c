// SPDX-License-Identifier: GPL-2.0
/* What happens around a target becomes a cause and a scope; no decisions here. */

#include "events.h"

#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/suspend.h>
#include <net/neighbour.h>
#include <net/netevent.h>
#include <net/route.h>
#include "neigh.h"
#include "path.h"
#include "target.h"
#include "terminate.h"

#define SWEEP_INTERVAL	(2 * HZ)

void chimney_events_link(struct chimney_target *t)
{
	bool up, carrier;

	/* Looked at under the lock, so that of two the later is the last word. */
	spin_lock_bh(&t->tree.lock);
	up = READ_ONCE(t->dev->flags) & IFF_UP;
	carrier = netif_carrier_ok(t->dev);
	chimney_policy_cause_locked(t, CHIMNEY_REASON_ADMIN_DOWN, !up);
	/* The medium of a device that is down counts for nothing. */
	chimney_policy_cause_locked(t, CHIMNEY_REASON_CARRIER_LOST,
				    up && !carrier);
	spin_unlock_bh(&t->tree.lock);
}

/* The target knows before its netdev does. */
static void carrier_lost(struct chimney_target *t)
{
	spin_lock_bh(&t->tree.lock);
	if (!chimney_policy_holds(t, CHIMNEY_REASON_ADMIN_DOWN))
		chimney_policy_cause_locked(t, CHIMNEY_REASON_CARRIER_LOST,
					    true);
	spin_unlock_bh(&t->tree.lock);
}

static void going_down(struct chimney_target *t)
{
	spin_lock_bh(&t->tree.lock);
	chimney_policy_cause_locked(t, CHIMNEY_REASON_ADMIN_DOWN, true);
	chimney_policy_cause_locked(t, CHIMNEY_REASON_CARRIER_LOST, false);
	spin_unlock_bh(&t->tree.lock);
}

static bool link_down(struct chimney_target *t)
{
	return chimney_policy_holds(t, CHIMNEY_REASON_ADMIN_DOWN) ||
	       chimney_policy_holds(t, CHIMNEY_REASON_CARRIER_LOST);
}

/* The target below a device, which may be a VLAN on top of it. */
static struct chimney_target *target_below(struct net_device *dev)
{
	if (is_vlan_dev(dev))
		dev = vlan_dev_real_dev(dev);
	return chimney_target_get_by_dev(dev);
}

/* Each neighbor behind @dev must go. */
static void end_neighs(struct net_device *dev, enum chimney_reason reason)
{
	struct chimney_target *t = target_below(dev);
	struct chimney_object *obj, *found;
	u64 id = 0;

	if (!t)
		return;
	do {
		found = NULL;
		spin_lock_bh(&t->tree.lock);
		list_for_each_entry(obj, &t->tree.neighs, sibling) {
			const struct neighbour *n = chimney_neigh(obj)->n;

			if (n && n->dev == dev && obj->id > id &&
			    (!found || obj->id < found->id))
				found = obj;
		}
		if (found) {
			id = found->id;
			chimney_object_get(found);
		}
		spin_unlock_bh(&t->tree.lock);
		if (found) {
			chimney_policy_must(t, found, reason);
			chimney_object_put(found);
		}
	} while (found);
	chimney_target_put(t);
}

static int on_netdev(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct chimney_target *t;

	/* It is the source address of frames, which a target cannot change. */
	if (event == NETDEV_CHANGEADDR)
		end_neighs(dev, CHIMNEY_REASON_NEIGH_CHANGED);
	/* A VLAN goes: its neighbours hold it. */
	if (event == NETDEV_UNREGISTER && is_vlan_dev(dev))
		end_neighs(dev, CHIMNEY_REASON_DEVICE_REMOVED);

	t = chimney_target_get_by_dev(dev);
	if (!t)
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_GOING_DOWN:
		going_down(t);
		break;
	case NETDEV_DOWN:
	case NETDEV_UP:
	case NETDEV_CHANGE:
		chimney_events_link(t);
		break;
	case NETDEV_UNREGISTER:
		/* Also when it moves to another network namespace. */
		chimney_policy_must(t, NULL, CHIMNEY_REASON_DEVICE_REMOVED);
		break;
	}
	chimney_target_put(t);
	return NOTIFY_DONE;
}

/* The neighbor object of @n, referenced, or NULL. */
static struct chimney_neigh *find_neigh(struct chimney_target *t,
					const struct neighbour *n)
{
	struct chimney_neigh *found = NULL;
	struct chimney_object *obj;

	spin_lock_bh(&t->tree.lock);
	list_for_each_entry(obj, &t->tree.neighs, sibling) {
		if (chimney_neigh(obj)->n == n) {
			found = chimney_neigh(obj);
			chimney_object_get(obj);
			break;
		}
	}
	spin_unlock_bh(&t->tree.lock);
	return found;
}

static void neigh_changed(struct chimney_target *t, struct neighbour *n)
{
	struct chimney_neigh *neigh = find_neigh(t, n);

	if (!neigh)
		return;
	if (!(READ_ONCE(n->nud_state) & NUD_VALID)) {
		chimney_policy_object(t, &neigh->obj,
				      CHIMNEY_REASON_NEIGH_UNREACHABLE);
	} else {
		chimney_policy_over(t, &neigh->obj,
				    CHIMNEY_REASON_NEIGH_UNREACHABLE);
		if (chimney_neigh_moved(neigh))
			chimney_policy_changed(t, &neigh->obj);
	}
	chimney_object_put(&neigh->obj);
}

static int on_netevent(struct notifier_block *nb, unsigned long event,
		       void *ptr)
{
	struct neighbour *n = ptr;
	struct chimney_target *t;

	/* Redirects make the route obsolete; the sweep sees that. */
	if (event != NETEVENT_NEIGH_UPDATE || n->tbl != &arp_tbl)
		return NOTIFY_DONE;
	t = target_below(n->dev);
	if (t) {
		neigh_changed(t, n);
		chimney_target_put(t);
	}
	return NOTIFY_DONE;
}

/*
 * Does the route still lead where the path goes? Then the path gets the fresh
 * one; else the reason why it must go.
 */
static enum chimney_reason revalidate(struct chimney_target *t,
				      struct chimney_path *path,
				      const struct chimney_neigh *neigh)
{
	struct flowi4 fl4 = path->flow;	/* the lookup writes to it */
	struct dst_entry *old = NULL;
	struct rtable *rt;
	bool same;

	rt = ip_route_output_key(dev_net(t->dev), &fl4);
	if (IS_ERR(rt))
		return CHIMNEY_REASON_ROUTE_CHANGED;
	same = rt->dst.dev == neigh->n->dev &&
	       rt_nexthop(rt, path->daddr) == neigh->nexthop &&
	       dst_mtu(&rt->dst) == path->mtu;
	if (!same) {
		ip_rt_put(rt);
		return CHIMNEY_REASON_ROUTE_CHANGED;
	}
	spin_lock_bh(&t->tree.lock);
	old = path->dst;
	path->dst = &rt->dst;
	spin_unlock_bh(&t->tree.lock);
	dst_release(old);
	return CHIMNEY_REASON_NONE;
}

/*
 * The kernel forgets its neighbours when a link goes down, and makes new ones.
 * The object gets the new one, to hear of what becomes of it.
 */
static void renew(struct chimney_target *t, struct chimney_neigh *neigh)
{
	struct neighbour *old = neigh->n;
	struct neighbour *n;

	if (!READ_ONCE(old->dead))
		return;
	n = neigh_create(&arp_tbl, &neigh->nexthop, old->dev);
	if (IS_ERR(n))
		return;		/* the next sweep may have more luck */
	spin_lock_bh(&t->tree.lock);
	neigh->n = n;
	if (neigh->obj.state == CHIMNEY_STATE_OFFLOADED)
		chimney_neigh_mark(neigh, true);
	spin_unlock_bh(&t->tree.lock);
	neigh_release(old);
	/* Otherwise it is yet to be resolved, which is an event. */
	if (READ_ONCE(n->nud_state) & NUD_VALID)
		neigh_changed(t, n);
}

static void sweep_path(struct chimney_target *t, struct chimney_path *path)
{
	enum chimney_reason reason = CHIMNEY_REASON_NONE;
	struct chimney_object *above;
	struct chimney_neigh *neigh;

	spin_lock_bh(&t->tree.lock);
	above = path->obj.linked ? path->obj.parent : NULL;
	if (above)
		chimney_object_get(above);
	spin_unlock_bh(&t->tree.lock);
	if (!above)
		return;

	neigh = chimney_neigh(above);
	if (path->dst && neigh->n) {
		/* A known path MTU shrinks in place. */
		if (!dst_check(path->dst, 0) || dst_mtu(path->dst) < path->mtu)
			reason = revalidate(t, path, neigh);
		renew(t, neigh);
		/* Engines send without it: keep the entry fresh for them. */
		neigh_event_send(neigh->n, NULL);
	}
	if (reason != CHIMNEY_REASON_NONE)
		chimney_policy_object(t, &path->obj, reason);
	else
		chimney_policy_over(t, &path->obj,
				    CHIMNEY_REASON_ROUTE_CHANGED);
	chimney_object_put(above);
}

/*
 * While the link is down its routes may be gone, and what becomes of its
 * offloads is the policy's to say; the sweep looks again when it is back.
 */
void chimney_events_sweep(struct work_struct *work)
{
	struct chimney_target *t = container_of(to_delayed_work(work),
						struct chimney_target, sweep);
	struct chimney_object *obj;
	u64 id = 0;

	while (!link_down(t) &&
	       (obj = chimney_tree_next(&t->tree, id))) {
		id = obj->id;
		if (obj->type == CHIMNEY_TYPE_PATH)
			sweep_path(t, chimney_path(obj));
		chimney_object_put(obj);
	}
	queue_delayed_work(t->wq, &t->sweep, SWEEP_INTERVAL);
}

void chimney_dev_event(struct chimney_target *t, enum chimney_dev_event event,
		       const struct chimney_caps *caps)
{
	switch (event) {
	case CHIMNEY_DEV_LINK_DOWN:
		carrier_lost(t);
		break;
	case CHIMNEY_DEV_LINK_UP:
		chimney_events_link(t);
		break;
	case CHIMNEY_DEV_PAUSE:
		chimney_policy_cause(t, CHIMNEY_REASON_PAUSE, true);
		break;
	case CHIMNEY_DEV_RESTART:
		chimney_policy_cause(t, CHIMNEY_REASON_PAUSE, false);
		break;
	case CHIMNEY_DEV_UPLOAD_ALL:
		chimney_target_pause(t, true);
		chimney_policy_must(t, NULL, CHIMNEY_REASON_UPLOAD_ALL);
		break;
	case CHIMNEY_DEV_OFFLOAD_PAUSE:
		chimney_target_pause(t, true);
		break;
	case CHIMNEY_DEV_OFFLOAD_RESUME:
		chimney_target_caps(t, caps);
		chimney_target_pause(t, false);
		break;
	case CHIMNEY_DEV_CAPS:
		chimney_target_caps(t, caps);
		break;
	default:
		chimney_count(&t->stats, CHIMNEY_COUNT_BAD_EVENT);
		break;
	}
}
EXPORT_SYMBOL_GPL(chimney_dev_event);

static void must_sleep(struct chimney_target *t, void *arg)
{
	chimney_policy_must(t, NULL, CHIMNEY_REASON_POWER);
}

/* Everything is uploaded before a device leaves full power. */
static int on_power(struct notifier_block *nb, unsigned long event, void *ptr)
{
	switch (event) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
		chimney_policy_sleep(true);
		chimney_target_each(NULL, must_sleep, NULL);
		chimney_target_each(NULL, chimney_target_drain, NULL);
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
		chimney_policy_sleep(false);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block netdev_nb = { .notifier_call = on_netdev };
static struct notifier_block netevent_nb = { .notifier_call = on_netevent };
static struct notifier_block power_nb = { .notifier_call = on_power };

int chimney_events_init(void)
{
	int err;

	err = register_netdevice_notifier(&netdev_nb);
	if (err)
		return err;
	err = register_netevent_notifier(&netevent_nb);
	if (err)
		goto err_netdev;
	err = register_pm_notifier(&power_nb);
	if (err)
		goto err_netevent;
	return 0;

err_netevent:
	unregister_netevent_notifier(&netevent_nb);
err_netdev:
	unregister_netdevice_notifier(&netdev_nb);
	return err;
}

void chimney_events_exit(void)
{
	unregister_pm_notifier(&power_nb);
	unregister_netevent_notifier(&netevent_nb);
	unregister_netdevice_notifier(&netdev_nb);
}
