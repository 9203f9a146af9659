/* SPDX-License-Identifier: GPL-2.0 */
/* Neighbor objects, layer 2: one next hop of a target. */
#ifndef _CHIMNEY_NEIGH_H
#define _CHIMNEY_NEIGH_H

#include <linux/in6.h>
#include "object.h"

struct neighbour;

/**
 * struct chimney_neigh - a neighbor object
 * @obj: the node
 * @nexthop: its address
 * @vlan: VLAN id, 0 for none
 * @ha: its hardware address as the target knows it
 * @n: the kernel's neighbour, held; NULL if made up (CHIMNEY_CAP_DETACHED), and
 *     once the object has left the tree: it keeps a device, which may have to go.
 *     Replaced by the sweep when the kernel has made a new one; protected by
 *     the tree's lock
 */
struct chimney_neigh {
	struct chimney_object	obj;
	struct in6_addr		nexthop;
	u16			vlan;
	u8			ha[ETH_ALEN];
	struct neighbour	*n;
};

static inline struct chimney_neigh *chimney_neigh(struct chimney_object *obj)
{
	return container_of(obj, struct chimney_neigh, obj);
}

/* The neighbor object of a next hop, or NULL. Call with the tree's lock. */
struct chimney_neigh *chimney_neigh_find(struct chimney_tree *tree,
					 const struct in6_addr *nexthop,
					 u16 vlan);
/* A new one, not linked. Takes its own reference on @n. NULL: no memory. */
struct chimney_neigh *chimney_neigh_create(struct chimney_tree *tree,
					   const struct in6_addr *nexthop,
					   u16 vlan, struct neighbour *n);
/* Fills in the request's state from the kernel's neighbour. */
void chimney_neigh_snapshot(struct chimney_neigh *neigh);
/* Has its address changed since the target was told? */
bool chimney_neigh_moved(struct chimney_neigh *neigh);
/* Shows, or no longer shows, "offload" in ip neigh. */
void chimney_neigh_mark(struct chimney_neigh *neigh, bool offloaded);
/* With the tree's lock: it leaves the tree. */
void chimney_neigh_forget(struct chimney_neigh *neigh);
void chimney_neigh_free(struct chimney_neigh *neigh);

#endif /* _CHIMNEY_NEIGH_H */
