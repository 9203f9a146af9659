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
	__be32	nexthop;
	u16	vlan;
	u32	mtu;
};

/* A set of connections of one target, to be offloaded together. */
struct chimney_initiation *chimney_initiation_create(struct chimney_target *t);
/*
 * Adds a connection. @sk: its socket (own reference is taken); NULL: @made_up
 * says where it leads. Returns the object's id, 0 and @err/@why set if refused:
 * what was refused is simply not part of the set.
 */
u64 chimney_initiation_add(struct chimney_initiation *in,
			   const struct chimney_key *key, struct sock *sk,
			   const struct chimney_detached *made_up,
			   u32 priority, int *err, const char **why);
/*
 * Start it, or, if nothing was added, drop it. What becomes of each connection
 * is told by its changes of state.
 */
void chimney_initiation_start(struct chimney_initiation *in);

int chimney_initiate_init(void);
void chimney_initiate_exit(void);

#endif /* _CHIMNEY_INITIATE_H */
