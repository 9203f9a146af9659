// SPDX-License-Identifier: GPL-2.0
/*
 * Initiate: a set of connections and what the tree lacks for them, in one
 * batch, parents first.
 *
 * Each initiation is a worker of its own, so that a socket whose lock is held
 * for long delays only those that asked for it together. It goes in waves: a
 * connection takes part in a wave once its neighbor and path are offloaded, or
 * are this initiation's own to offload. The others wait until that is so.
 */

#include "initiate.h"

#include <linux/slab.h>
#include <net/dst.h>
#include <net/neighbour.h>
#include "attach.h"
#include "batch.h"
#include "candidate.h"
#include "neigh.h"
#include "path.h"
#include "route.h"
#include "target.h"
#include "terminate.h"

/* For how long, in all, a wave waits for the locks of its sockets */
#define SENT_MAX	(HZ / 20)
#define LOCK_MAX	(HZ / 5)
/* From one expedited grace period of a target to the next */
#define EXPEDITED_MIN	(HZ / 100 ?: 1)

/**
 * enum stage - how far a connection is
 * @WAITING: a parent is not ready; not in this wave
 * @CHOSEN: in this wave
 * @DIVERTED: and its segments wait
 * @PARKED: and its socket is parked
 */
enum stage { WAITING, CHOSEN, DIVERTED, PARKED };

/**
 * struct candidate - a connection of an initiation
 * @list: place in &chimney_initiation.all
 * @conn: the object; the candidate's reference
 * @route: where it leads; references on the route and the kernel's neighbour
 * @stage: how far it is
 */
struct candidate {
	struct list_head	list;
	struct chimney_conn	*conn;
	struct chimney_route	route;
	enum stage		stage;
};

/**
 * struct chimney_initiation - connections to be offloaded together
 * @t: their target, referenced
 * @all: the candidates that are not settled
 * @work: the worker
 * @deadline: until when it waits for parents (jiffies)
 */
struct chimney_initiation {
	struct chimney_target	*t;
	struct list_head	all;
	struct work_struct	work;
	unsigned long		deadline;
};

static void candidate_free(struct candidate *c)
{
	list_del(&c->list);
	chimney_object_put(&c->conn->obj);
	if (c->route.dst)
		dst_release(c->route.dst);
	if (c->route.n)
		neigh_release(c->route.n);
	kfree(c);
}

/* It stays in the host. Its segments were not diverted. */
static void refuse(struct candidate *c, enum chimney_status status,
		   const char *why)
{
	struct chimney_object *obj = &c->conn->obj;
	struct chimney_tree *tree = obj->tree;
	struct chimney_stats *stats = &chimney_object_target(obj)->stats;

	spin_lock_bh(&tree->lock);
	obj->closing = true;
	obj->status = status;
	obj->why = why;
	if (obj->reason == CHIMNEY_REASON_NONE)
		obj->reason = CHIMNEY_REASON_INITIATE_FAILED;
	/* It is there yet; this is for the journal. */
	if (!c->conn->origin.automatic || chimney_candidate_news(c->conn->sk, why))
		chimney_object_set_state(obj, CHIMNEY_STATE_INHOST);
	if (obj->linked) {
		chimney_terminate_leave(obj);
	} else {
		chimney_policy_left(obj);
		chimney_tree_drop(obj);
	}
	WRITE_ONCE(c->conn->home, true);
	spin_unlock_bh(&tree->lock);

	chimney_count(stats, CHIMNEY_COUNT_REFUSED);
	atomic64_inc(&stats->initiated[status]);
	chimney_tree_wake(tree);
	chimney_candidate_home(c->conn, false);
	candidate_free(c);
}

/* Its segments wait, or it is parked, but the request is not going out after all. */
static void send_home(struct candidate *c, enum chimney_status status,
		      const char *why)
{
	struct chimney_object *obj = &c->conn->obj;

	lockdep_assert_held(&obj->tree->lock);
	obj->closing = true;
	obj->status = status;
	obj->why = why;
	if (obj->reason == CHIMNEY_REASON_NONE)
		obj->reason = CHIMNEY_REASON_INITIATE_FAILED;
	atomic64_inc(&chimney_object_target(obj)->stats.initiated[obj->status]);
	chimney_terminate_return(c->conn);
}

/*
 * Is the parent with the target, or may this initiation bring it there? One that
 * another initiation had to leave behind may be taken over.
 */
static bool ready_parent(const struct chimney_object *obj,
			 const struct chimney_initiation *in)
{
	lockdep_assert_held(&obj->tree->lock);
	return obj->state == CHIMNEY_STATE_OFFLOADED ||
	       (obj->state == CHIMNEY_STATE_INHOST &&
		(!obj->owner || obj->owner == in));
}

static bool ready_parents(const struct chimney_object *obj,
			  const struct chimney_initiation *in)
{
	return ready_parent(obj->parent, in) &&
	       ready_parent(obj->parent->parent, in);
}

/* Those that the target lacks go with this wave, and with no other. */
static void own_parents(struct chimney_object *obj,
			const struct chimney_initiation *in)
{
	lockdep_assert_held(&obj->tree->lock);
	for (obj = obj->parent; obj; obj = obj->parent) {
		if (obj->state == CHIMNEY_STATE_INHOST)
			obj->owner = in;
	}
}

/* After a wave: what it did not bring to the target others may. */
static void disown(const struct chimney_initiation *in)
{
	struct chimney_tree *tree = &in->t->tree;
	struct chimney_object *neigh, *path;

	spin_lock_bh(&tree->lock);
	list_for_each_entry(neigh, &tree->neighs, sibling) {
		if (neigh->owner == in)
			neigh->owner = NULL;
		list_for_each_entry(path, &neigh->dependents, sibling) {
			if (path->owner == in)
				path->owner = NULL;
		}
	}
	spin_unlock_bh(&tree->lock);
	chimney_tree_wake(tree);
}

/* What is to become of a candidate now, and why, if it stays in the host. */
static enum chimney_status verdict(struct candidate *c, const char **why)
{
	struct chimney_object *obj = &c->conn->obj;

	*why = chimney_policy_closed(chimney_object_target(obj));
	if (*why)
		return CHIMNEY_STATUS_CANCELLED;
	if (READ_ONCE(obj->closing)) {
		*why = "it was terminated before it was offloaded";
		return CHIMNEY_STATUS_CANCELLED;
	}
	if (obj->parent &&
	    (obj->parent->closing || obj->parent->parent->closing)) {
		*why = "its path or neighbor could not be offloaded";
		return CHIMNEY_STATUS_NOT_ATTEMPTED;
	}
	return CHIMNEY_STATUS_OK;
}

/* Its parents are ready, and there is a place for it. */
static bool ready(const struct candidate *c, const struct chimney_initiation *in)
{
	return ready_parents(&c->conn->obj, in) && !chimney_policy_waits(c->conn);
}

/* Takes part in this wave, if there is a place for it. */
static enum chimney_status take_place(struct candidate *c,
				      const struct chimney_initiation *in,
				      const char **why)
{
	if (!chimney_policy_place(c->conn)) {
		*why = "the target is full, and what gets free is kept for connections of higher priority";
		return CHIMNEY_STATUS_NO_CONN;
	}
	own_parents(&c->conn->obj, in);
	c->stage = CHOSEN;
	return CHIMNEY_STATUS_OK;
}

/*
 * Sorts the candidates: refuses what cannot be, links what can be linked, and
 * chooses what has its parents. Returns how many were chosen.
 */
static unsigned int choose(struct chimney_initiation *in)
{
	struct chimney_tree *tree = &in->t->tree;
	struct candidate *c, *next;
	enum chimney_status status;
	unsigned int n = 0;
	const char *why;
	int err;

	list_for_each_entry_safe(c, next, &in->all, list) {
		err = chimney_attach(c->conn, &c->route);
		if (err == -ENOMEM) {
			refuse(c, CHIMNEY_STATUS_NO_MEMORY, "out of memory");
			continue;
		}
		spin_lock_bh(&tree->lock);
		status = verdict(c, &why);
		if (status == CHIMNEY_STATUS_OK && !err && ready(c, in))
			status = take_place(c, in, &why);
		n += c->stage == CHOSEN;
		spin_unlock_bh(&tree->lock);
		if (status != CHIMNEY_STATUS_OK)
			refuse(c, status, why);
	}
	return n;
}

/* Returns of how many sockets segments wait. */
static unsigned int divert_chosen(struct chimney_initiation *in)
{
	unsigned long until = jiffies + LOCK_MAX;
	struct candidate *c, *next;
	unsigned int n = 0;
	const char *why;
	int err;

	list_for_each_entry_safe(c, next, &in->all, list) {
		if (c->stage != CHOSEN)
			continue;
		err = c->conn->sk ? chimney_conn_divert(c->conn, until, &why) :
				    0;
		if (err) {
			refuse(c, err == -EBUSY ? CHIMNEY_STATUS_BUSY :
						  CHIMNEY_STATUS_NOT_ADMITTED,
			       why);
			continue;
		}
		c->stage = DIVERTED;
		n += !!c->conn->sk;
	}
	return n;
}

static void park_diverted(struct chimney_initiation *in)
{
	unsigned long until = jiffies + LOCK_MAX;
	struct candidate *c, *next;
	const char *why;
	int err;

	list_for_each_entry_safe(c, next, &in->all, list) {
		if (c->stage != DIVERTED)
			continue;
		err = c->conn->sk ? chimney_conn_park(c->conn, until, &why) : 0;
		if (!err) {
			c->stage = PARKED;
			continue;
		}
		spin_lock_bh(&in->t->tree.lock);
		send_home(c, err == -EBUSY ? CHIMNEY_STATUS_BUSY :
					     CHIMNEY_STATUS_NOT_ADMITTED, why);
		spin_unlock_bh(&in->t->tree.lock);
		chimney_count(&in->t->stats, CHIMNEY_COUNT_REFUSED);
		candidate_free(c);
	}
}

/*
 * What the host has sent may wait on its way to the device yet, where the target's
 * frames would overtake it. Long it waits only where the device does not send.
 */
static void wait_sent(struct chimney_initiation *in)
{
	unsigned long until = jiffies + SENT_MAX;
	struct candidate *c;

	list_for_each_entry(c, &in->all, list) {
		while (c->stage == PARKED && !chimney_conn_sent(c->conn) &&
		       time_before(jiffies, until))
			usleep_range(50, 200);
	}
}

/*
 * Segments that passed the forwarder before it knew are done then. Those that come
 * meanwhile wait, which is not to last a tenth of a timeout; but an expedited grace
 * period interrupts all processors, and who opens connections can cause waves.
 */
static void pass_grace_period(struct chimney_target *t)
{
	unsigned long next = READ_ONCE(t->next_expedited);

	if (time_before(jiffies, next)) {
		synchronize_net();
		return;
	}
	WRITE_ONCE(t->next_expedited, jiffies + EXPEDITED_MIN);
	synchronize_rcu_expedited();
}

/*
 * Socket work of a wave. Segments of the diverted wait meanwhile, so nobody may
 * keep the others waiting by keeping the lock of a socket of his.
 */
static void take_sockets(struct chimney_initiation *in)
{
	if (divert_chosen(in))
		pass_grace_period(in->t);
	park_diverted(in);
	wait_sent(in);
}

/* Adds what the tree has above @obj and the target has not, topmost first. */
static void add_with_parents(struct chimney_batch *b,
			     struct chimney_object *obj)
{
	if (obj->parent && obj->parent->state == CHIMNEY_STATE_INHOST)
		add_with_parents(b, obj->parent);
	if (obj->type == CHIMNEY_TYPE_NEIGH)
		chimney_neigh_snapshot(chimney_neigh(obj));
	else if (obj->type == CHIMNEY_TYPE_PATH)
		chimney_path_snapshot(chimney_path(obj));
	else
		obj->req.tcp = &chimney_conn(obj)->tcp;
	chimney_batch_add(b, obj);
}

static void submit_wave(struct chimney_initiation *in)
{
	struct chimney_tree *tree = &in->t->tree;
	struct candidate *c, *next;
	struct chimney_batch b;
	const char *why;

	chimney_batch_init(&b, in->t, CHIMNEY_OP_INITIATE);
	spin_lock_bh(&tree->lock);
	list_for_each_entry(c, &in->all, list) {
		if (c->stage != PARKED)
			continue;
		if (verdict(c, &why) == CHIMNEY_STATUS_OK)
			add_with_parents(&b, &c->conn->obj);
		else
			send_home(c, CHIMNEY_STATUS_CANCELLED, why);
	}
	spin_unlock_bh(&tree->lock);

	list_for_each_entry_safe(c, next, &in->all, list) {
		if (c->stage == PARKED)
			candidate_free(c);
	}
	chimney_batch_submit(&b, in->t);
	disown(in);
}

/* Has something changed for a candidate that waits? */
static bool worth_another_wave(struct chimney_initiation *in)
{
	struct chimney_tree *tree = &in->t->tree;
	struct candidate *c;
	bool worth = false;
	const char *why;

	spin_lock_bh(&tree->lock);
	list_for_each_entry(c, &in->all, list) {
		if (verdict(c, &why) != CHIMNEY_STATUS_OK)
			worth = true;
		else if (c->conn->obj.linked)
			worth = ready(c, in);
		else
			worth = chimney_attachable(c->conn, &c->route);
		if (worth)
			break;
	}
	spin_unlock_bh(&tree->lock);
	return worth;
}

static void initiation_free(struct chimney_initiation *in)
{
	struct chimney_target *t = in->t;

	atomic_dec(&t->initiations);
	chimney_tree_wake(&t->tree);
	kfree(in);
	chimney_target_unhold(t);
}

static void initiation_work(struct work_struct *work)
{
	struct chimney_initiation *in = container_of(work,
						     struct chimney_initiation,
						     work);
	struct candidate *c, *next;

	while (!list_empty(&in->all)) {
		long left = in->deadline - jiffies;

		if (choose(in)) {
			take_sockets(in);
			submit_wave(in);
		} else if (left <= 0 ||
			   !wait_event_timeout(in->t->tree.wait,
					       worth_another_wave(in), left)) {
			break;
		}
	}
	list_for_each_entry_safe(c, next, &in->all, list)
		refuse(c, CHIMNEY_STATUS_BUSY,
		       "its path or neighbor was busy for too long; try again");
	disown(in);
	initiation_free(in);
}

struct chimney_initiation *chimney_initiation_create(struct chimney_target *t)
{
	struct chimney_initiation *in = kzalloc(sizeof(*in), GFP_KERNEL_ACCOUNT);

	if (!in)
		return NULL;
	chimney_target_hold(t);
	in->t = t;
	atomic_inc(&t->initiations);
	INIT_LIST_HEAD(&in->all);
	INIT_WORK(&in->work, initiation_work);
	in->deadline = jiffies +
		       msecs_to_jiffies(READ_ONCE(t->settings.initiate_ms));
	return in;
}

/*
 * What is set is a limit; what the target says is not the last word: without room
 * it is asked, but not again and again by what is automatic.
 */
static int make_room(struct chimney_target *t, struct chimney_conn *conn)
{
	bool over = atomic_read(&t->conns) > READ_ONCE(t->settings.max_conns);
	bool strict = over || conn->origin.automatic;
	bool room;

	spin_lock_bh(&t->tree.lock);
	room = chimney_policy_room(conn);
	/* Free places are not for the taking while too many are on their way. */
	if (over && !conn->displaces) {
		chimney_policy_left(&conn->obj);
		room = false;
	}
	spin_unlock_bh(&t->tree.lock);
	return strict && !room ? -ENOSPC : 0;
}

int chimney_initiation_add(struct chimney_initiation *in,
			   const struct chimney_key *key, struct sock *sk,
			   const struct chimney_route *route,
			   const struct chimney_detached *made_up,
			   const struct chimney_origin *origin, u64 *id)
{
	struct candidate *c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	struct chimney_conn *conn;
	int err = -ENOMEM;

	if (!c)
		return -ENOMEM;
	conn = chimney_conn_create(&in->t->tree, key, sk);
	if (!conn)
		goto err_candidate;
	conn->origin = *origin;
	c->conn = conn;
	if (route) {
		c->route = *route;
		dst_hold(route->dst);
		neigh_clone(route->n);
	} else {
		c->route.nexthop = made_up->nexthop;
		c->route.vlan = made_up->vlan;
		c->route.mtu = made_up->mtu;
	}
	INIT_LIST_HEAD(&c->list);
	if (chimney_tree_add(&conn->obj))
		goto err_conn;
	err = make_room(in->t, conn);
	if (err)
		goto err_index;
	list_add_tail(&c->list, &in->all);
	*id = conn->obj.id;
	return 0;

err_index:
	chimney_tree_drop(&conn->obj);
err_conn:
	candidate_free(c);
	return err;
err_candidate:
	kfree(c);
	return -ENOMEM;
}

void chimney_initiation_start(struct chimney_initiation *in)
{
	if (list_empty(&in->all))
		initiation_free(in);
	else
		queue_work(in->t->initiate_wq, &in->work);
}

static void failed(struct chimney_object *obj, enum chimney_status status)
{
	obj->closing = true;	/* takes no dependents any more */
	obj->status = status;
	if (obj->reason == CHIMNEY_REASON_NONE)
		obj->reason = CHIMNEY_REASON_INITIATE_FAILED;

	if (obj->type == CHIMNEY_TYPE_CONN) {
		chimney_terminate_return(chimney_conn(obj));
	} else {
		chimney_object_set_state(obj, CHIMNEY_STATE_INHOST);
		chimney_terminate_consider(obj);
		queue_work(chimney_object_target(obj)->wq,
			   &chimney_object_target(obj)->submit);
	}
}

static void succeeded(struct chimney_object *obj)
{
	struct chimney_stats *stats = &chimney_object_target(obj)->stats;

	obj->status = CHIMNEY_STATUS_OK;
	chimney_object_set_state(obj, CHIMNEY_STATE_OFFLOADED);
	switch (obj->type) {
	case CHIMNEY_TYPE_NEIGH:
		chimney_neigh_mark(chimney_neigh(obj), true);
		/* A path may wait for it, to be relinked. */
		queue_work(chimney_object_target(obj)->wq,
			   &chimney_object_target(obj)->submit);
		break;
	case CHIMNEY_TYPE_CONN:
		chimney_stats_time(&stats->initiate_ns,
				   &stats->initiate_max_ns, obj->took);
		chimney_conn_live(chimney_conn(obj));
		break;
	default:
		break;
	}
	chimney_policy_offloaded(obj);
	/* A terminate may have been asked for meanwhile. */
	chimney_terminate_consider(obj);
}

void chimney_initiate_done(struct chimney_object *obj,
			   enum chimney_status status)
{
	struct chimney_stats *stats = &chimney_object_target(obj)->stats;

	lockdep_assert_held(&obj->tree->lock);
	if (obj->type == CHIMNEY_TYPE_CONN) {
		atomic64_inc(&stats->initiated[status]);
		chimney_policy_outcome(chimney_conn(obj), status);
	}
	if (status != CHIMNEY_STATUS_OK) {
		failed(obj, status);
		return;
	}
	if (obj->parent && obj->parent->state != CHIMNEY_STATE_OFFLOADED &&
	    !obj->closing) {
		/* Over a parent that the target says it does not have. */
		chimney_count(stats, CHIMNEY_COUNT_BAD_COMPLETION);
		obj->closing = true;
		obj->reason = CHIMNEY_REASON_MISBEHAVIOUR;
	}
	succeeded(obj);
}
