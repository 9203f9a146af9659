/* SPDX-License-Identifier: GPL-2.0 */
/* Path objects, layer 3: source, destination and MTU over one neighbor. */
#ifndef _CHIMNEY_PATH_H
#define _CHIMNEY_PATH_H

#include <net/flow.h>
#include "object.h"

struct chimney_neigh;
struct chimney_route;
struct dst_entry;
struct net;

/**
 * struct chimney_path - a path object
 * @obj: the node
 * @saddr: source address
 * @daddr: destination address
 * @mtu: path MTU, octets; protected by the tree's lock
 * @home: (IPv6) @saddr is an address of the host, and not one of a range that is
 *        routed to it; const
 * @next: the neighbor that it is to be relinked to, pinned, or NULL
 * @next_for: why
 * @left: the neighbor that it was relinked from, pinned until the target has
 *        answered, or NULL. These three by the tree's lock.
 * @astray: since when (jiffies) it leads over a next hop that does not answer, 0:
 *          it does not; the sweep's own
 * @flow: how to look for the route again: as for the first of its connections
 * @dst: the kernel's route, held; NULL if made up (CHIMNEY_CAP_DETACHED).
 *       Replaced by the sweep when the route changed but leads to the same
 *       place; protected by the tree's lock, as is
 * @cookie: tells whether it is still good
 */
struct chimney_path {
	struct chimney_object	obj;
	struct in6_addr		saddr;
	struct in6_addr		daddr;
	u32			mtu;
	bool			home;
	struct chimney_neigh	*next;
	enum chimney_reason	next_for;
	struct chimney_neigh	*left;
	unsigned long		astray;
	struct flowi		flow;
	struct dst_entry	*dst;
	u32			cookie;
};

static inline struct chimney_path *chimney_path(struct chimney_object *obj)
{
	return container_of(obj, struct chimney_path, obj);
}

/* The path over @neigh, or NULL. Call with the tree's lock. */
struct chimney_path *chimney_path_find(struct chimney_neigh *neigh,
				       const struct in6_addr *saddr,
				       const struct in6_addr *daddr, u32 mtu);
/* A new one, not linked. Takes its own reference on the route. NULL: no memory. */
struct chimney_path *chimney_path_create(struct chimney_tree *tree,
					 const struct in6_addr *saddr,
					 const struct in6_addr *daddr,
					 const struct chimney_route *r);
/* (IPv6) Is its source address one of the host's? */
bool chimney_path_home(const struct chimney_path *path, struct net *net);
/* Fills in the request's state. */
void chimney_path_snapshot(struct chimney_path *path);
void chimney_path_free(struct chimney_path *path);

#endif /* _CHIMNEY_PATH_H */
