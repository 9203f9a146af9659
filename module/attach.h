/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connection's place in the tree: below its path, that below its neighbor. What the
 * tree lacks of them is made.
 */
#ifndef _CHIMNEY_ATTACH_H
#define _CHIMNEY_ATTACH_H

#include <linux/types.h>

struct chimney_conn;
struct chimney_route;

/*
 * Links @conn where @r leads, if it is not linked. 0; -ENOMEM; -EAGAIN: a parent is on
 * its way out and takes no dependents, wait. Context: process.
 */
int chimney_attach(struct chimney_conn *conn, const struct chimney_route *r);

/* With the tree's lock: is there no parent of that kind? */
bool chimney_attachable(const struct chimney_conn *conn,
			const struct chimney_route *r);

#endif /* _CHIMNEY_ATTACH_H */
