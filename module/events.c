// SPDX-License-Identifier: GPL-2.0
/* What happens around a target becomes a cause and a scope; no decisions here. */

#include "events.h"

#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/inetdevice.h>
#include <linux/suspend.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include <net/fib_notifier.h>
#include <net/ndisc.h>
#include <net/neighbour.h>
#include <net/netevent.h>
#include <net/netns/generic.h>
#include <net/route.h>
#include "addr.h"
#include "candidate.h"
#include "neigh.h"
#include "path.h"
#include "relink.h"
#include "route.h"
#include "target.h"
#include "terminate.h"
#include "update.h"

/**
 * struct events_net - of a network namespace
 * @net: that
 * @fib_nb: hears of its routes
 */
struct events_net {
	struct net		*net;
	struct notifier_block	fib_nb;
};

static unsigned int events_net_id;

#define SWEEP_INTERVAL	(2 * HZ)
#define KICK_DELAY	(HZ / 50)

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

/* Something is to be said of each neighbor behind @dev. */
static void each_neigh(struct net_device *dev, enum chimney_reason reason,
		       void (*say)(struct chimney_target *t,
				   struct chimney_object *obj,
				   enum chimney_reason reason))
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
			say(t, found, reason);
			chimney_object_put(found);
		}
	} while (found);
	chimney_target_put(t);
}

/* Is this the upper device of a port, which takes all that its ports receive? */
static bool takes_ports(const struct net_device *upper)
{
	return netif_is_bridge_master(upper) || netif_is_lag_master(upper) ||
	       netif_is_ovs_master(upper);
}

void chimney_events_upper(struct chimney_target *t)
{
	struct net_device *upper;

	/* A notifier that tells of a change waits here, and has the last word. */
	rtnl_lock();
	upper = netdev_master_upper_dev_get(t->dev);
	chimney_policy_cause(t, CHIMNEY_REASON_ENSLAVED,
			     upper && takes_ports(upper));
	rtnl_unlock();
}

static void on_upper(struct net_device *dev,
		     const struct netdev_notifier_changeupper_info *info)
{
	struct chimney_target *t;

	if (!info->master || !takes_ports(info->upper_dev))
		return;
	/* What a VLAN receives is the bridge's, and what it sent nobody's. */
	if (is_vlan_dev(dev)) {
		each_neigh(dev, CHIMNEY_REASON_ENSLAVED,
			   info->linking ? chimney_policy_object :
					   chimney_policy_over);
		return;
	}
	t = chimney_target_get_by_dev(dev);
	if (!t)
		return;
	chimney_policy_cause(t, CHIMNEY_REASON_ENSLAVED, info->linking);
	chimney_target_put(t);
}

static int on_netdev(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct chimney_target *t;

	if (event == NETDEV_CHANGEUPPER)
		on_upper(dev, ptr);

	/* It is the source address of frames, which a target cannot change. */
	if (event == NETDEV_CHANGEADDR)
		each_neigh(dev, CHIMNEY_REASON_NEIGH_CHANGED,
			   chimney_policy_must);
	/* A VLAN goes: its neighbours hold it. */
	if (event == NETDEV_UNREGISTER && is_vlan_dev(dev))
		each_neigh(dev, CHIMNEY_REASON_DEVICE_REMOVED,
			   chimney_policy_must);

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
	case NETDEV_REGISTER:
		/* It came from another network namespace. */
		chimney_candidate_moved();
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

	if (!neigh) {
		/* A path may wait for it to be found. */
		if (READ_ONCE(n->nud_state) & NUD_VALID)
			chimney_events_kick(t);
		return;
	}
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
	if (event != NETEVENT_NEIGH_UPDATE ||
	    (n->tbl != &arp_tbl && n->tbl != &nd_tbl))
		return NOTIFY_DONE;
	t = target_below(n->dev);
	if (t) {
		neigh_changed(t, n);
		chimney_target_put(t);
	}
	return NOTIFY_DONE;
}

/**
 * struct way - where a path's route leads now
 * @route: that, with references; its target is the path's own
 * @reason: CHIMNEY_REASON_NONE: it leads somewhere that the path can follow;
 *          else why it cannot
 * @redirected: a router has said so
 * @later: the next hop is being looked for
 */
struct way {
	struct chimney_route	route;
	enum chimney_reason	reason;
	bool			redirected;
	bool			later;
};

/*
 * Its source address was the host's, and is no more. Routes over IPv6 stay good then,
 * and are found; of IPv4, only where there is none the address is to be looked at.
 */
static bool homeless(struct net *net, const struct chimney_path *path, bool route)
{
	if (!chimney_addr_v4(&path->saddr))
		return path->home && !chimney_path_home(path, net);
	return !route && inet_addr_type(net, chimney_addr_in(&path->saddr)) !=
			 RTN_LOCAL;
}

static void look_way(struct chimney_target *t, const struct chimney_path *path,
		     struct way *w)
{
	struct net *net = dev_net(t->dev);
	const char *why;

	memset(w, 0, sizeof(*w));
	why = chimney_route_look(net, &path->flow, &path->daddr,
				 &w->route);
	w->later = why && w->route.n;
	w->redirected = chimney_route_redirected(&w->route);
	if (homeless(net, path, !why || w->later))
		w->reason = CHIMNEY_REASON_ADDRESS_REMOVED;
	else if ((why && !w->later) || w->route.dev != t->dev)
		w->reason = CHIMNEY_REASON_ROUTE_CHANGED;
}

/* Of the reasons for which a path may lead wrong @reason holds, no other. */
static void tell(struct chimney_target *t, struct chimney_path *path,
		 enum chimney_reason reason)
{
	static const enum chimney_reason reasons[] = {
		CHIMNEY_REASON_ROUTE_CHANGED, CHIMNEY_REASON_REDIRECTED,
		CHIMNEY_REASON_ADDRESS_REMOVED,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (reasons[i] == reason)
			chimney_policy_object(t, &path->obj, reason);
		else
			chimney_policy_over(t, &path->obj, reasons[i]);
	}
}

/* The path goes on with the route, and with its MTU. */
static void follow(struct chimney_target *t, struct chimney_path *path,
		   struct chimney_route *r)
{
	spin_lock_bh(&t->tree.lock);
	swap(path->dst, r->dst);
	path->cookie = r->cookie;
	chimney_relink_cancel(path);
	if (path->mtu != r->mtu && path->obj.linked && !path->obj.closing) {
		path->mtu = r->mtu;
		chimney_journal_decision(t, &path->obj,
					 CHIMNEY_REASON_PMTU_CHANGED,
					 CHIMNEY_ACTION_UPDATE, 0);
		chimney_update_ask(&path->obj, CHIMNEY_OP_UPDATE);
	}
	spin_unlock_bh(&t->tree.lock);
}

/* For how long a next hop may keep quiet before its path counts as lost */
#define ASTRAY_MAX	(5 * HZ)

static bool astray(struct chimney_path *path)
{
	if (!path->astray)
		path->astray = jiffies ?: 1;
	return time_after(jiffies, path->astray + ASTRAY_MAX);
}

static void revalidate(struct chimney_target *t, struct chimney_path *path,
		       const struct chimney_neigh *neigh)
{
	enum chimney_reason reason;
	struct way w;

	look_way(t, path, &w);
	reason = w.redirected ? CHIMNEY_REASON_REDIRECTED :
				CHIMNEY_REASON_ROUTE_CHANGED;
	if (w.reason != CHIMNEY_REASON_NONE) {
		tell(t, path, w.reason);
	} else if (ipv6_addr_equal(&w.route.nexthop, &neigh->nexthop) &&
		   w.route.vlan == neigh->vlan) {
		path->astray = 0;
		follow(t, path, &w.route);
		tell(t, path, CHIMNEY_REASON_NONE);
	} else if (w.later) {
		if (astray(path))
			tell(t, path, reason);
	} else {
		path->astray = 0;
		tell(t, path, CHIMNEY_REASON_NONE);
		if (chimney_relink(t, path, &w.route, reason))
			tell(t, path, reason);
	}
	chimney_route_put(&w.route);
}

/*
 * The kernel forgets its neighbours when a link goes down, and makes new ones.
 * The object gets the new one, to hear of what becomes of it.
 */
static void renew(struct chimney_target *t, struct chimney_neigh *neigh,
		  struct neighbour *old)
{
	struct neighbour *n;

	n = neigh_create(old->tbl, old->primary_key, old->dev);
	if (IS_ERR(n))
		return;		/* the next sweep may have more luck */
	spin_lock_bh(&t->tree.lock);
	if (neigh->n == old) {	/* else it has left meanwhile */
		neigh->n = neigh_clone(n);
		neigh_release(old);
		if (neigh->obj.state == CHIMNEY_STATE_OFFLOADED)
			chimney_neigh_mark(neigh, true);
	}
	spin_unlock_bh(&t->tree.lock);
	/* Otherwise it is yet to be resolved, which is an event. */
	if (READ_ONCE(n->nud_state) & NUD_VALID)
		neigh_changed(t, n);
	neigh_release(n);
}

static void sweep_path(struct chimney_target *t, struct chimney_path *path)
{
	struct chimney_object *above;
	struct neighbour *n = NULL;
	bool pending;

	spin_lock_bh(&t->tree.lock);
	above = path->obj.linked ? path->obj.parent : NULL;
	pending = chimney_relink_pending(path);
	if (above) {
		chimney_object_get(above);
		n = chimney_neigh(above)->n;
	}
	if (n)
		neigh_hold(n);
	spin_unlock_bh(&t->tree.lock);
	if (!above)
		return;

	if (path->dst && n) {
		/* A known path MTU changes in place. */
		if (pending || path->astray || path->obj.causes ||
		    !dst_check(path->dst, path->cookie) ||
		    dst_mtu(path->dst) != path->mtu ||
		    homeless(dev_net(t->dev), path, true))
			revalidate(t, path, chimney_neigh(above));
		if (READ_ONCE(n->dead))
			renew(t, chimney_neigh(above), n);
		else	/* engines send without it: it is kept fresh for them */
			neigh_event_send(n, NULL);
	}
	if (n)
		neigh_release(n);
	chimney_object_put(above);
}

/* Soon, so that what comes in a row is looked at once. */
void chimney_events_kick(struct chimney_target *t)
{
	if (!test_and_set_bit(0, &t->kicked))
		mod_delayed_work(t->wq, &t->sweep, KICK_DELAY);
}

static void kick(struct chimney_target *t, void *arg)
{
	chimney_events_kick(t);
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

	clear_bit(0, &t->kicked);
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
		chimney_policy_cause(t, CHIMNEY_REASON_OFFLOAD_PAUSED, true);
		break;
	case CHIMNEY_DEV_OFFLOAD_RESUME:
		chimney_target_caps(t, caps);
		chimney_target_pause(t, false);
		chimney_policy_cause(t, CHIMNEY_REASON_OFFLOAD_PAUSED, false);
		break;
	case CHIMNEY_DEV_CAPS:
		chimney_target_caps(t, caps);
		break;
	case CHIMNEY_DEV_FILTER:
	case CHIMNEY_DEV_FILTER_GONE:
		chimney_policy_cause(t, CHIMNEY_REASON_FILTER_ATTACHED,
				     event == CHIMNEY_DEV_FILTER);
		break;
	case CHIMNEY_DEV_PROMISC:
	case CHIMNEY_DEV_PROMISC_GONE:
		chimney_policy_cause(t, CHIMNEY_REASON_PROMISCUOUS,
				     event == CHIMNEY_DEV_PROMISC);
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

/* Routes have changed: every path of the namespace is looked at soon. */
static int on_fib(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct fib_notifier_info *info = ptr;
	struct events_net *en = container_of(nb, struct events_net, fib_nb);

	if (info->family == AF_INET || info->family == AF_INET6)
		chimney_target_each(en->net, kick, NULL);
	return NOTIFY_DONE;
}

/* So it is when an address comes or goes. */
static int on_address(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct in_ifaddr *ifa = ptr;

	chimney_target_each(dev_net(ifa->ifa_dev->dev), kick, NULL);
	return NOTIFY_DONE;
}

static int on_address6(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;

	chimney_target_each(dev_net(ifa->idev->dev), kick, NULL);
	return NOTIFY_DONE;
}

static int __net_init net_init(struct net *net)
{
	struct events_net *en = net_generic(net, events_net_id);

	en->net = net;
	en->fib_nb.notifier_call = on_fib;
	return register_fib_notifier(net, &en->fib_nb, NULL, NULL);
}

static void __net_exit net_exit(struct net *net)
{
	struct events_net *en = net_generic(net, events_net_id);

	unregister_fib_notifier(net, &en->fib_nb);
}

static struct pernet_operations net_ops = {
	.init	= net_init,
	.exit	= net_exit,
	.id	= &events_net_id,
	.size	= sizeof(struct events_net),
};

static struct notifier_block address_nb = { .notifier_call = on_address };
static struct notifier_block address6_nb = { .notifier_call = on_address6 };
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
	err = register_inetaddr_notifier(&address_nb);
	if (err)
		goto err_power;
	err = register_inet6addr_notifier(&address6_nb);
	if (err)
		goto err_address;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_address6;
	return 0;

err_address6:
	unregister_inet6addr_notifier(&address6_nb);
err_address:
	unregister_inetaddr_notifier(&address_nb);
err_power:
	unregister_pm_notifier(&power_nb);
err_netevent:
	unregister_netevent_notifier(&netevent_nb);
err_netdev:
	unregister_netdevice_notifier(&netdev_nb);
	return err;
}

void chimney_events_exit(void)
{
	unregister_pernet_subsys(&net_ops);
	unregister_inet6addr_notifier(&address6_nb);
	unregister_inetaddr_notifier(&address_nb);
	unregister_pm_notifier(&power_nb);
	unregister_netevent_notifier(&netevent_nb);
	unregister_netdevice_notifier(&netdev_nb);
}
