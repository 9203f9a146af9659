// SPDX-License-Identifier: GPL-2.0
/* Neighbor objects, layer 2. */

#include "neigh.h"

#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/neighbour.h>
#include "target.h"

struct chimney_neigh *chimney_neigh_find(struct chimney_tree *tree,
					 const struct in6_addr *nexthop,
					 u16 vlan)
{
	struct chimney_object *obj;

	lockdep_assert_held(&tree->lock);
	list_for_each_entry(obj, &tree->neighs, sibling) {
		struct chimney_neigh *neigh = chimney_neigh(obj);

		if (ipv6_addr_equal(&neigh->nexthop, nexthop) &&
		    neigh->vlan == vlan)
			return neigh;
	}
	return NULL;
}

/* One that is yet to be resolved has none; what was known may be right. */
static void learn_address(struct chimney_neigh *neigh)
{
	u8 ha[MAX_ADDR_LEN];

	if (!(READ_ONCE(neigh->n->nud_state) & NUD_VALID))
		return;
	neigh_ha_snapshot(ha, neigh->n, neigh->n->dev);
	ether_addr_copy(neigh->ha, ha);
}

struct chimney_neigh *chimney_neigh_create(struct chimney_tree *tree,
					   const struct in6_addr *nexthop,
					   u16 vlan, struct neighbour *n)
{
	struct chimney_neigh *neigh = kzalloc(sizeof(*neigh), GFP_KERNEL);

	if (!neigh)
		return NULL;
	chimney_object_init(&neigh->obj, tree, CHIMNEY_TYPE_NEIGH);
	neigh->nexthop = *nexthop;
	neigh->vlan = vlan;
	if (n) {
		neigh->n = neigh_clone(n);
		learn_address(neigh);
	}
	return neigh;
}

void chimney_neigh_snapshot(struct chimney_neigh *neigh)
{
	struct chimney_neigh_state *st = &neigh->obj.req.neigh;
	struct net_device *dev = chimney_object_target(&neigh->obj)->dev;

	memset(st, 0, sizeof(*st));
	st->nexthop = neigh->nexthop;
	st->vlan = neigh->vlan;
	if (!neigh->n) {
		ether_addr_copy(st->src, dev->dev_addr);
		return;
	}
	/* A VLAN device may have an address of its own. */
	ether_addr_copy(st->src, neigh->n->dev->dev_addr);
	learn_address(neigh);
	ether_addr_copy(st->dst, neigh->ha);
	st->host_reach_ms = jiffies_to_msecs(jiffies - neigh->n->confirmed);
}

bool chimney_neigh_moved(struct chimney_neigh *neigh)
{
	struct chimney_tree *tree = neigh->obj.tree;
	u8 ha[MAX_ADDR_LEN];
	bool moved = false;

	spin_lock_bh(&tree->lock);
	if (neigh->n) {
		neigh_ha_snapshot(ha, neigh->n, neigh->n->dev);
		moved = !ether_addr_equal(ha, neigh->ha);
	}
	spin_unlock_bh(&tree->lock);
	return moved;
}

void chimney_neigh_mark(struct chimney_neigh *neigh, bool offloaded)
{
	struct neighbour *n = neigh->n;

	if (!n)
		return;
	write_lock_bh(&n->lock);
	if (offloaded)
		n->flags |= NTF_OFFLOADED;
	else
		n->flags &= ~NTF_OFFLOADED;
	write_unlock_bh(&n->lock);
}

/* The kernel's neighbour of a handle, held, or NULL. */
static struct neighbour *current_neigh(struct chimney_target *t, u64 handle)
{
	struct chimney_object *obj = chimney_tree_find(&t->tree, handle);
	struct neighbour *n = NULL;

	if (!obj)
		return NULL;
	spin_lock_bh(&t->tree.lock);
	if (obj->type == CHIMNEY_TYPE_NEIGH && obj->linked &&
	    obj->state != CHIMNEY_STATE_INHOST && chimney_neigh(obj)->n)
		n = neigh_clone(chimney_neigh(obj)->n);
	spin_unlock_bh(&t->tree.lock);
	chimney_object_put(obj);
	return n;
}

/* What the NIC has heard the host has heard as well. */
static void confirm(struct neighbour *n, u32 nic_ms)
{
	unsigned long heard = jiffies - msecs_to_jiffies(nic_ms);

	if (nic_ms < jiffies_to_msecs(n->parms->reachable_time) &&
	    time_after(heard, READ_ONCE(n->confirmed)))
		WRITE_ONCE(n->confirmed, heard);
}

int chimney_neigh_reachable(struct chimney_target *t, u64 handle, u32 nic_ms,
			    u32 *host_ms)
{
	struct neighbour *n = current_neigh(t, handle);

	if (!n) {
		chimney_count(&t->stats, CHIMNEY_COUNT_BAD_HANDLE);
		return -ENOENT;
	}
	confirm(n, nic_ms);
	*host_ms = 0;
	if (READ_ONCE(n->nud_state) & NUD_CONNECTED)
		*host_ms = max(jiffies_to_msecs(jiffies - READ_ONCE(n->confirmed)),
			       1U);
	else	/* no answer to this makes it unreachable, which is an event */
		neigh_event_send(n, NULL);
	neigh_release(n);
	return 0;
}
EXPORT_SYMBOL_GPL(chimney_neigh_reachable);

void chimney_neigh_forget(struct chimney_neigh *neigh)
{
	struct neighbour *n = neigh->n;

	lockdep_assert_held(&neigh->obj.tree->lock);
	if (!n)
		return;
	chimney_neigh_mark(neigh, false);
	neigh->n = NULL;
	neigh_release(n);
}

void chimney_neigh_free(struct chimney_neigh *neigh)
{
	if (neigh->n)		/* it never came to stand in the tree */
		neigh_release(neigh->n);
	kfree_rcu(neigh, obj.rcu);
}
