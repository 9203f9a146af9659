// SPDX-License-Identifier: GPL-2.0
/* Stand-ins until the faces land; delete this file then. */
#include "netlink.h"
#include "sysfs.h"
#include "trace.h"
void chimney_netlink_show(struct chimney_target *t, const struct chimney_entry *e, u64 missed) { }
int chimney_netlink_init(void) { return 0; }
void chimney_netlink_exit(void) { }
int chimney_sysfs_add(struct chimney_target *t) { return 0; }
void chimney_sysfs_del(struct chimney_target *t) { }
void chimney_trace(const struct chimney_target *t, const struct chimney_entry *e) { }
