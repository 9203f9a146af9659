/* SPDX-License-Identifier: GPL-2.0 */
/* A target's folder in sysfs, "chimney" below its netdev. */
#ifndef _CHIMNEY_SYSFS_H
#define _CHIMNEY_SYSFS_H

struct chimney_target;

/*
 * The folder appears, and disappears. In between it holds a reference on the
 * target. chimney_sysfs_del() waits for reads and writes that are under way:
 * call it before what they may wait for ends, and without locks that they take
 * (RTNL is not one of them). Context: process.
 */
int chimney_sysfs_add(struct chimney_target *t);
void chimney_sysfs_del(struct chimney_target *t);

void chimney_sysfs_init(void);

#endif /* _CHIMNEY_SYSFS_H */
