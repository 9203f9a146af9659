/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Initiate: a set of connections and what the tree lacks for them, in one
 * batch, parents first.
 */
#ifndef _CHIMNEY_INITIATE_H
#define _CHIMNEY_INITIATE_H

#include <linux/list.h>
#include <net/chimney.h>
#include "conn.h"

struct chimney_initiation;

/**
 * struct chimney_detached - a connection made up for tests of the tree
 * @nexthop: next hop
 * @vlan: VLAN id
 * @mtu: path MTU
 */
struct chimney_detached {
	struct in6_addr	nexthop;
	u16		vlan;
	u32		mtu;
};

struct chimney_route;

/*
 * A set of connections of one target, to be offloaded together. NULL: no
 * memory.
 */
struct chimney_initiation *chimney_initiation_create(struct chimney_target *t);
/*
 * Adds a connection. @sk: its socket, on which the object takes its own
 * reference, and @route where its packets go; or, without a socket, @made_up.
 * Nothing is locked: the admission that counts comes when the initiation runs.
 * Returns 0, with @id set to the object's id; -ENOMEM; -ENOSPC: the target has
 * max-conns connections, and none of lower priority. What is automatic does not
 * ask more of a target than it says it can hold either.
 */
int chimney_initiation_add(struct chimney_initiation *in,
			   const struct chimney_key *key, struct sock *sk,
			   const struct chimney_route *route,
			   const struct chimney_detached *made_up,
			   const struct chimney_origin *origin, u64 *id);
/*
 * Start it, or, if nothing was added, drop it. What becomes of each connection
 * is told by its changes of state in the journal.
 */
void chimney_initiation_start(struct chimney_initiation *in);

/* Under the tree's lock: the target has answered. */
void chimney_initiate_done(struct chimney_object *obj,
			   enum chimney_status status);

#endif /* _CHIMNEY_INITIATE_H */
