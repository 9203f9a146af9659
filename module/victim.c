// SPDX-License-Identifier: GPL-2.0
/* Who goes first when not all can stay. */

#include "victim.h"

#include "conn.h"
#include "target.h"

static bool less(struct rb_node *node, const struct rb_node *other)
{
	const struct chimney_conn *a = rb_entry(node, struct chimney_conn, worth);
	const struct chimney_conn *b = rb_entry(other, struct chimney_conn, worth);

	if (a->origin.priority != b->origin.priority)
		return a->origin.priority < b->origin.priority;
	if (a->window_octets != b->window_octets)
		return a->window_octets < b->window_octets;
	if (a->obj.changed != b->obj.changed)
		return ktime_before(a->obj.changed, b->obj.changed);
	return a->obj.id < b->obj.id;
}

static struct rb_root_cached *order(struct chimney_conn *conn)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);

	lockdep_assert_held(&t->tree.lock);
	return &t->policy.order;
}

void chimney_victim_add(struct chimney_conn *conn)
{
	if (RB_EMPTY_NODE(&conn->worth))
		rb_add_cached(&conn->worth, order(conn), less);
}

void chimney_victim_remove(struct chimney_conn *conn)
{
	if (RB_EMPTY_NODE(&conn->worth))
		return;
	rb_erase_cached(&conn->worth, order(conn));
	RB_CLEAR_NODE(&conn->worth);
}

void chimney_victim_window(struct chimney_conn *conn, u64 octets)
{
	bool placed = !RB_EMPTY_NODE(&conn->worth);

	if (conn->window_octets == octets)
		return;
	chimney_victim_remove(conn);
	conn->window_octets = octets;
	if (placed)
		chimney_victim_add(conn);
}

struct chimney_conn *chimney_victim_first(struct chimney_target *t)
{
	struct rb_node *first;

	lockdep_assert_held(&t->tree.lock);
	first = rb_first_cached(&t->policy.order);
	return first ? rb_entry(first, struct chimney_conn, worth) : NULL;
}
