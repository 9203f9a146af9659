/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family: what users ask for, and what they are told. */
#ifndef _CHIMNEY_NETLINK_H
#define _CHIMNEY_NETLINK_H

#include <linux/types.h>

struct chimney_entry;
struct chimney_target;

/*
 * Tells the listeners in the target's network namespace of an entry of its
 * journal. @missed: entries that were overwritten before they could be told;
 * listeners get ENOBUFS then, so that they know. Context: process.
 */
void chimney_netlink_show(struct chimney_target *t,
			  const struct chimney_entry *e, u64 missed);

int chimney_netlink_init(void);
void chimney_netlink_exit(void);

#endif /* _CHIMNEY_NETLINK_H */
