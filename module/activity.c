// SPDX-License-Identifier: GPL-2.0
/* Who sends and receives how much, in windows. */

#include "activity.h"

#include "conn.h"
#include "policy.h"
#include "target.h"
#include "victim.h"

/* Connections that are looked at while others wait for the tree's lock */
#define AT_ONCE	256

static void arm(struct chimney_target *t)
{
	/* Unless a window is under way. */
	queue_delayed_work(t->wq, &t->activity.tick,
			   msecs_to_jiffies(READ_ONCE(t->settings.window_ms)));
}

static void watch(struct chimney_conn *conn)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);

	lockdep_assert_held(&t->tree.lock);
	if (!list_empty(&conn->watch))
		return;
	list_add_tail(&conn->watch, &t->activity.watched);
	WRITE_ONCE(conn->watched, true);
	arm(t);
}

/* Unless it moves at this very moment; see chimney_activity_moved(). */
static void unwatch(struct chimney_conn *conn)
{
	list_del_init(&conn->watch);
	WRITE_ONCE(conn->watched, false);
	smp_mb();	/* pairs with chimney_activity_moved() */
	if (atomic64_read(&conn->tx_octets) != conn->window_tx ||
	    atomic64_read(&conn->rx_octets) != conn->window_rx)
		watch(conn);
}

void chimney_activity_add(struct chimney_conn *conn)
{
	conn->fresh = true;
	watch(conn);
}

void chimney_activity_remove(struct chimney_conn *conn)
{
	lockdep_assert_held(&conn->obj.tree->lock);
	/* Stays marked as watched: nobody is to watch it any more. */
	list_del_init(&conn->watch);
	WRITE_ONCE(conn->watched, true);
}

void chimney_activity_moved(struct chimney_conn *conn)
{
	struct chimney_tree *tree = conn->obj.tree;

	smp_mb__after_atomic();	/* the octets are counted; pairs with unwatch() */
	if (READ_ONCE(conn->watched))
		return;
	spin_lock_bh(&tree->lock);
	if (!conn->watched)
		watch(conn);
	spin_unlock_bh(&tree->lock);
}

void chimney_activity_review(struct chimney_target *t)
{
	struct chimney_object *obj;
	u64 id = 0;

	while ((obj = chimney_tree_next(&t->tree, id))) {
		id = obj->id;
		if (obj->type == CHIMNEY_TYPE_CONN) {
			spin_lock_bh(&t->tree.lock);
			if (!chimney_conn(obj)->watched)
				watch(chimney_conn(obj));
			spin_unlock_bh(&t->tree.lock);
		}
		chimney_object_put(obj);
		cond_resched();
	}
	mod_delayed_work(t->wq, &t->activity.tick,
			 msecs_to_jiffies(READ_ONCE(t->settings.window_ms)));
}

/* ---- the end of a window ------------------------------------------------ */

/**
 * struct marks - what counts as active
 * @sent: octets sent within a window, 0: no number counts
 * @received: octets received
 * @more: percent that are wanted of one that was found inactive
 */
struct marks {
	u32	sent;
	u32	received;
	u32	more;
};

static bool none(const struct marks *m)
{
	return !m->sent && !m->received;
}

static bool reaches(u64 octets, u32 mark, u32 percent)
{
	return mark && octets * 100 >= (u64)mark * percent;
}

/* One direction is enough: a download hardly sends, an upload hardly receives. */
static bool active(const struct chimney_conn *conn, const struct marks *m,
		   u64 sent, u64 received)
{
	u32 percent = conn->inactive ? 100 + m->more : 100;

	return none(m) || reaches(sent, m->sent, percent) ||
	       reaches(received, m->received, percent);
}

/* Has it been offloaded for so long that it may be found inactive? */
static bool settled(struct chimney_target *t, const struct chimney_conn *conn)
{
	s64 ms = ktime_ms_delta(ktime_get_boottime(), conn->obj.changed);

	return ms >= READ_ONCE(t->settings.min_stay_ms);
}

/* Judges its window, and whether the next one will tell anything new. */
static void judge(struct chimney_target *t, struct chimney_conn *conn,
		  const struct marks *m)
{
	u64 sent = atomic64_read(&conn->tx_octets);
	u64 received = atomic64_read(&conn->rx_octets);
	u64 tx = sent - conn->window_tx, rx = received - conn->window_rx;
	bool waits = false;

	conn->window_tx = sent;
	conn->window_rx = received;
	if (conn->fresh) {	/* not a whole window */
		conn->fresh = false;
		return;
	}
	chimney_victim_window(conn, tx + rx);
	if (active(conn, m, tx, rx)) {
		if (conn->inactive)
			chimney_policy_over_locked(t, &conn->obj,
						   CHIMNEY_REASON_INACTIVE);
		conn->inactive = false;
	} else if (!conn->inactive) {
		waits = !settled(t, conn);
		if (!waits) {
			conn->inactive = true;
			chimney_policy_object_locked(t, &conn->obj,
						     CHIMNEY_REASON_INACTIVE);
		}
	}
	/* Active by its last window, but may not be by the next. */
	if (tx + rx || waits || list_empty(&conn->watch))
		return;
	if (conn->inactive || none(m))
		unwatch(conn);
}

/* Moves at most AT_ONCE from @todo, which it empties bit by bit, to @watched. */
static bool judge_some(struct chimney_target *t, struct list_head *todo,
		       const struct marks *m)
{
	struct chimney_conn *conn;
	unsigned int n = 0;

	lockdep_assert_held(&t->tree.lock);
	while (!list_empty(todo) && n++ < AT_ONCE) {
		conn = list_first_entry(todo, struct chimney_conn, watch);
		list_move_tail(&conn->watch, &t->activity.watched);
		judge(t, conn, m);
	}
	return !list_empty(todo);
}

static void tick(struct work_struct *work)
{
	struct chimney_target *t = container_of(to_delayed_work(work),
						struct chimney_target,
						activity.tick);
	const struct marks m = {
		.sent = READ_ONCE(t->settings.min_sent),
		.received = READ_ONCE(t->settings.min_received),
		.more = READ_ONCE(t->settings.hysteresis),
	};
	LIST_HEAD(todo);
	bool more;

	spin_lock_bh(&t->tree.lock);
	list_splice_init(&t->activity.watched, &todo);
	do {
		more = judge_some(t, &todo, &m);
		spin_unlock_bh(&t->tree.lock);
		cond_resched();
		spin_lock_bh(&t->tree.lock);
	} while (more);
	if (!list_empty(&t->activity.watched))
		arm(t);
	spin_unlock_bh(&t->tree.lock);
}

void chimney_activity_init(struct chimney_target *t)
{
	INIT_LIST_HEAD(&t->activity.watched);
	INIT_DELAYED_WORK(&t->activity.tick, tick);
}

void chimney_activity_exit(struct chimney_target *t)
{
	cancel_delayed_work_sync(&t->activity.tick);
}
