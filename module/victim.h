/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who goes first when not all can stay: the connections of a target in order of
 * their worth. The least has the lowest priority, among those the least octets
 * in the last completed window, among those it has been offloaded the longest.
 */
#ifndef _CHIMNEY_VICTIM_H
#define _CHIMNEY_VICTIM_H

#include <linux/rbtree.h>
#include <linux/types.h>

struct chimney_conn;
struct chimney_target;

/*
 * All with the tree's lock, all in O(log n) of the connections offloaded. A
 * connection stands in the order while it is offloaded and not closing.
 */
void chimney_victim_add(struct chimney_conn *conn);
void chimney_victim_remove(struct chimney_conn *conn);
/* Its last window is completed: @octets in it. */
void chimney_victim_window(struct chimney_conn *conn, u64 octets);

/* The one of least worth, or NULL. */
struct chimney_conn *chimney_victim_first(struct chimney_target *t);

#endif /* _CHIMNEY_VICTIM_H */
