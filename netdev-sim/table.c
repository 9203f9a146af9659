// SPDX-License-Identifier: GPL-2.0
/*
 * The target's table of what is offloaded to it: neighbors, paths and
 * connections by handle, each linked to what it depends on.
 *
 * The target trusts the host as far as a NIC would: what is given back in the
 * wrong order is given back all the same. An object that others depend on
 * stays in memory as long as they do, marked as gone, so that a frame to be
 * built from it is noticed rather than built.
 */
#include <linux/etherdevice.h>
#include <linux/slab.h>
#include "offload.h"

static const struct rhashtable_params objects_params = {
	.key_len = sizeof_field(struct chimsim_object, handle),
	.key_offset = offsetof(struct chimsim_object, handle),
	.head_offset = offsetof(struct chimsim_object, node),
	.automatic_shrinking = true,
};

static const size_t sizes[] = {
	[CHIMNEY_TYPE_NEIGH] = sizeof(struct chimsim_neigh),
	[CHIMNEY_TYPE_PATH] = sizeof(struct chimsim_path),
	[CHIMNEY_TYPE_CONN] = sizeof(struct chimsim_conn),
};

static const enum chimney_status full[] = {
	[CHIMNEY_TYPE_NEIGH] = CHIMNEY_STATUS_NO_NEIGH,
	[CHIMNEY_TYPE_PATH] = CHIMNEY_STATUS_NO_PATH,
	[CHIMNEY_TYPE_CONN] = CHIMNEY_STATUS_NO_CONN,
};

int chimsim_table_init(struct chimsim_offload *off)
{
	int err;

	err = rhashtable_init(&off->objects, &objects_params);
	if (err)
		return err;
	err = rhashtable_init(&off->steers, &chimsim_steer_params);
	if (err)
		rhashtable_destroy(&off->objects);
	return err;
}

void chimsim_object_put(struct chimsim_object *obj)
{
	struct chimsim_object *parent;

	while (obj && refcount_dec_and_test(&obj->ref)) {
		parent = rcu_dereference_protected(obj->parent, true);
		if (obj->type == CHIMNEY_TYPE_CONN)
			chimsim_engine_exit(to_chimsim_conn(obj));
		/* Its address is looked at under RCU by who finds it. */
		kfree_rcu(obj, rcu);
		obj = parent;
	}
}

struct chimsim_object *chimsim_table_find(struct chimsim_offload *off,
					  u64 handle)
{
	lockdep_assert_held(&off->lock);
	return rhashtable_lookup_fast(&off->objects, &handle, objects_params);
}

struct chimsim_conn *chimsim_table_get_conn(struct chimsim_offload *off,
					    u64 handle)
{
	struct chimsim_object *obj;

	rcu_read_lock();
	obj = rhashtable_lookup(&off->objects, &handle, objects_params);
	if (obj && (obj->type != CHIMNEY_TYPE_CONN ||
		    !refcount_inc_not_zero(&obj->ref)))
		obj = NULL;
	rcu_read_unlock();
	return obj ? to_chimsim_conn(obj) : NULL;
}

/*
 * Connections are collected first, since who visits them locks sockets. Those
 * that come meanwhile are missed: they came after the question.
 */
void chimsim_table_each_conn(struct chimsim_offload *off,
			     void (*visit)(struct chimsim_conn *conn,
					   void *arg),
			     void *arg)
{
	struct rhashtable_iter iter;
	struct chimsim_object *obj;
	struct chimsim_conn *conn;

	rhashtable_walk_enter(&off->objects, &iter);
	rhashtable_walk_start(&iter);
	while ((obj = rhashtable_walk_next(&iter)) != NULL) {
		if (IS_ERR(obj) || obj->type != CHIMNEY_TYPE_CONN ||
		    !refcount_inc_not_zero(&obj->ref))
			continue;
		conn = to_chimsim_conn(obj);
		rhashtable_walk_stop(&iter);
		visit(conn, arg);
		chimsim_object_put(obj);
		rhashtable_walk_start(&iter);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
}

static struct chimsim_object *object_new(struct chimsim_offload *off,
					 const struct chimney_req *req,
					 struct chimsim_object *parent)
{
	struct chimsim_object *obj = kzalloc(sizes[req->type], GFP_KERNEL);

	if (!obj)
		return NULL;
	obj->handle = req->handle;
	obj->type = req->type;
	obj->off = off;
	refcount_set(&obj->ref, 1);
	if (obj->type == CHIMNEY_TYPE_CONN)
		chimsim_engine_init(to_chimsim_conn(obj));
	if (parent) {
		refcount_inc(&parent->ref);
		RCU_INIT_POINTER(obj->parent, parent);
	}
	return obj;
}

static enum chimney_status object_load(struct chimsim_object *obj,
				       struct chimney_req *req)
{
	struct chimsim_neigh *neigh;
	struct chimsim_path *path;

	switch (obj->type) {
	case CHIMNEY_TYPE_NEIGH:
		neigh = to_chimsim_neigh(obj);
		spin_lock_init(&neigh->lock);
		neigh->state = req->neigh;
		return CHIMNEY_STATUS_OK;
	case CHIMNEY_TYPE_PATH:
		if (!chimsim_engine_af_ops(chimsim_family(&req->path.saddr)))
			return CHIMNEY_STATUS_REJECTED;
		path = to_chimsim_path(obj);
		path->saddr = req->path.saddr;
		path->daddr = req->path.daddr;
		path->mtu = req->path.mtu;
		return CHIMNEY_STATUS_OK;
	default:
		return chimsim_engine_start(to_chimsim_conn(obj), req);
	}
}

enum chimney_status chimsim_table_initiate(struct chimsim_offload *off,
					   struct chimney_req *req)
{
	struct chimsim_object *obj, *parent = NULL;
	enum chimney_status status;
	int err;

	if (req->type > CHIMNEY_TYPE_MAX || !req->handle)
		return CHIMNEY_STATUS_REJECTED;
	if (req->type != CHIMNEY_TYPE_NEIGH) {
		parent = chimsim_table_find(off, req->parent);
		if (!parent || parent->type + 1 != req->type)
			return CHIMNEY_STATUS_NOT_ATTEMPTED;
	}
	if (off->count[req->type] >= off->max[req->type])
		return full[req->type];

	obj = object_new(off, req, parent);
	if (!obj)
		return CHIMNEY_STATUS_NO_BUFFER;
	err = rhashtable_lookup_insert_fast(&off->objects, &obj->node,
					    objects_params);
	if (err) {
		chimsim_object_put(obj);
		return err == -EEXIST ? CHIMNEY_STATUS_FAILURE :
					CHIMNEY_STATUS_NO_BUFFER;
	}
	off->count[req->type]++;

	status = object_load(obj, req);
	if (status != CHIMNEY_STATUS_OK)
		chimsim_table_remove(off, obj);
	return status;
}

void chimsim_table_remove(struct chimsim_offload *off,
			  struct chimsim_object *obj)
{
	lockdep_assert_held(&off->lock);
	WRITE_ONCE(obj->gone, true);
	off->count[obj->type]--;
	rhashtable_remove_fast(&off->objects, &obj->node, objects_params);
	if (obj->type == CHIMNEY_TYPE_CONN)
		chimsim_engine_release(to_chimsim_conn(obj));
	chimsim_object_put(obj);
}

/* Any entry; NULL: there is none. */
static struct chimsim_object *first_object(struct chimsim_offload *off)
{
	struct rhashtable_iter iter;
	struct chimsim_object *obj;

	rhashtable_walk_enter(&off->objects, &iter);
	rhashtable_walk_start(&iter);
	do {	/* while it is resized the walk begins anew */
		obj = rhashtable_walk_next(&iter);
	} while (IS_ERR(obj));
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return obj;
}

/* One by one: a walk that goes on after a removal may miss entries. */
void chimsim_table_clear(struct chimsim_offload *off)
{
	struct chimsim_object *obj;

	lockdep_assert_held(&off->lock);
	while ((obj = first_object(off)) != NULL) {
		if (obj->type == CHIMNEY_TYPE_CONN)
			chimsim_engine_forget(to_chimsim_conn(obj));
		chimsim_table_remove(off, obj);
	}
}

/**
 * struct change - what is to change about connections
 * @obj: of those that depend on it
 * @mtu: their new path MTU, in octets
 */
struct change {
	const struct chimsim_object	*obj;
	u32				mtu;
};

static bool depends_on(struct chimsim_conn *conn,
		       const struct chimsim_object *obj)
{
	struct chimsim_object *at = &conn->obj;

	/* Links change under the table's lock, which the caller holds. */
	while (at && at != obj)
		at = rcu_dereference_protected(at->parent, true);
	return at;
}

static void change_mtu(struct chimsim_conn *conn, void *arg)
{
	const struct change *change = arg;

	if (depends_on(conn, change->obj))
		chimsim_engine_set_mtu(conn, change->mtu);
}

/* A path may be led to another neighbor. */
static bool path_relink(struct chimsim_offload *off, struct chimsim_object *obj,
			u64 handle)
{
	struct chimsim_object *old, *parent;

	old = rcu_dereference_protected(obj->parent,
					lockdep_is_held(&off->lock));
	if (!handle || (old && old->handle == handle))
		return true;
	parent = chimsim_table_find(off, handle);
	if (!parent || parent->type != CHIMNEY_TYPE_NEIGH)
		return false;
	refcount_inc(&parent->ref);
	rcu_assign_pointer(obj->parent, parent);
	chimsim_object_put(old);
	return true;
}

static enum chimney_status path_update(struct chimsim_offload *off,
				       struct chimsim_object *obj,
				       const struct chimney_req *req)
{
	struct chimsim_path *path = to_chimsim_path(obj);
	struct change change = { .obj = obj, .mtu = req->path.mtu };

	if (!path_relink(off, obj, req->parent))
		return CHIMNEY_STATUS_FAILURE;
	if (path->mtu != req->path.mtu) {
		WRITE_ONCE(path->mtu, req->path.mtu);
		chimsim_table_each_conn(off, change_mtu, &change);
	}
	return CHIMNEY_STATUS_OK;
}

enum chimney_status chimsim_table_update(struct chimsim_offload *off,
					 const struct chimney_req *req)
{
	struct chimsim_object *obj = chimsim_table_find(off, req->handle);
	struct chimsim_neigh *neigh;

	if (!obj || obj->type != req->type)
		return CHIMNEY_STATUS_FAILURE;

	switch (obj->type) {
	case CHIMNEY_TYPE_NEIGH:
		neigh = to_chimsim_neigh(obj);
		spin_lock_bh(&neigh->lock);
		ether_addr_copy(neigh->state.dst, req->neigh.dst);
		neigh->state.host_reach_ms = req->neigh.host_reach_ms;
		spin_unlock_bh(&neigh->lock);
		return CHIMNEY_STATUS_OK;
	case CHIMNEY_TYPE_PATH:
		return path_update(off, obj, req);
	default:
		if (!req->tcp)
			return CHIMNEY_STATUS_FAILURE;
		chimsim_engine_update(to_chimsim_conn(obj), req->tcp);
		return CHIMNEY_STATUS_OK;
	}
}

static void retrieve_invalid(struct chimsim_conn *conn, void *arg)
{
	if (depends_on(conn, arg))
		chimsim_offload_event(conn, CHIMNEY_EVENT_RETRIEVE,
				      CHIMNEY_REASON_INVALID_STATE);
}

enum chimney_status chimsim_table_invalidate(struct chimsim_offload *off,
					     const struct chimney_req *req)
{
	struct chimsim_object *obj = chimsim_table_find(off, req->handle);

	if (!obj || obj->type != req->type)
		return CHIMNEY_STATUS_FAILURE;
	WRITE_ONCE(obj->invalid, true);
	chimsim_table_each_conn(off, retrieve_invalid, obj);
	return CHIMNEY_STATUS_OK;
}

static void drop_left(void *ptr, void *arg)
{
	struct chimsim_object *obj = ptr;

	WRITE_ONCE(obj->gone, true);
	if (obj->type == CHIMNEY_TYPE_CONN) {
		chimsim_engine_stop(to_chimsim_conn(obj));
		chimsim_engine_release(to_chimsim_conn(obj));
	}
	chimsim_object_put(obj);
}

/* What the host never gave back (it may have given up on us) goes too. */
void chimsim_table_destroy(struct chimsim_offload *off)
{
	rhashtable_free_and_destroy(&off->objects, drop_left, NULL);
	rhashtable_destroy(&off->steers);
}
