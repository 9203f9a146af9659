// SPDX-License-Identifier: GPL-2.0
/*
 * A connection's place in the tree.
 *
 * Parents are made before the tree's lock is taken, under which nothing may be
 * allocated, and only when they were not found; who comes second finds those of who
 * came first, and throws his away.
 */

#include "attach.h"

#include "conn.h"
#include "neigh.h"
#include "path.h"
#include "route.h"
#include "tree.h"

/**
 * struct parents - what a connection depends on: found in the tree, or made for it
 * @neigh: neighbor, or NULL
 * @path: path, or NULL
 */
struct parents {
	struct chimney_neigh	*neigh;
	struct chimney_path	*path;
};

static struct parents find_parents(const struct chimney_conn *conn,
				   const struct chimney_route *r)
{
	struct chimney_tree *tree = conn->obj.tree;
	struct parents p = {};

	lockdep_assert_held(&tree->lock);
	p.neigh = chimney_neigh_find(tree, &r->nexthop, r->vlan);
	if (p.neigh)
		p.path = chimney_path_find(p.neigh, &conn->key.saddr,
					   &conn->key.daddr, r->mtu);
	return p;
}

static bool takes_dependents(const struct parents *p)
{
	return !(p->neigh && p->neigh->obj.closing) &&
	       !(p->path && p->path->obj.closing);
}

bool chimney_attachable(const struct chimney_conn *conn,
			const struct chimney_route *r)
{
	struct parents p = find_parents(conn, r);

	return takes_dependents(&p);
}

static void link_new(struct chimney_object *obj, struct chimney_object *parent)
{
	chimney_tree_link(obj, parent);
	chimney_object_put(obj);	/* the tree has its own now */
}

/* Below those found, or else the spare ones. -ENOENT: these are wanted. */
static int attach(struct chimney_conn *conn, const struct chimney_route *r,
		  struct parents *spare)
{
	struct parents p = find_parents(conn, r);

	if (!takes_dependents(&p))
		return -EAGAIN;
	if ((!p.neigh && !spare->neigh) || (!p.path && !spare->path))
		return -ENOENT;
	/* A terminate of everything found the spares, by the index. */
	if ((!p.neigh && spare->neigh->obj.closing) ||
	    (!p.path && spare->path->obj.closing))
		return -EAGAIN;

	if (!p.neigh) {
		p.neigh = spare->neigh;
		spare->neigh = NULL;
		link_new(&p.neigh->obj, NULL);
	}
	if (!p.path) {
		p.path = spare->path;
		spare->path = NULL;
		link_new(&p.path->obj, &p.neigh->obj);
	}
	chimney_tree_link(&conn->obj, &p.path->obj);
	return 0;
}

static int try_attach(struct chimney_conn *conn, const struct chimney_route *r,
		      struct parents *spare)
{
	struct chimney_tree *tree = conn->obj.tree;
	int err = 0;

	spin_lock_bh(&tree->lock);
	if (!conn->obj.linked)
		err = attach(conn, r, spare);
	spin_unlock_bh(&tree->lock);
	return err;
}

static void drop(struct chimney_object *obj)
{
	chimney_tree_drop(obj);
	chimney_object_put(obj);
}

static int make_parents(struct parents *spare, const struct chimney_conn *conn,
			const struct chimney_route *r)
{
	struct chimney_tree *tree = conn->obj.tree;

	spare->neigh = chimney_neigh_create(tree, &r->nexthop, r->vlan, r->n);
	if (!spare->neigh)
		return -ENOMEM;
	if (chimney_tree_add(&spare->neigh->obj))
		goto err_neigh;
	spare->path = chimney_path_create(tree, &conn->key.saddr, &conn->key.daddr, r);
	if (!spare->path)
		goto err_index;
	if (chimney_tree_add(&spare->path->obj))
		goto err_path;
	return 0;

err_path:
	chimney_object_put(&spare->path->obj);
err_index:
	chimney_tree_drop(&spare->neigh->obj);
err_neigh:
	chimney_object_put(&spare->neigh->obj);
	spare->neigh = NULL;
	spare->path = NULL;
	return -ENOMEM;
}

int chimney_attach(struct chimney_conn *conn, const struct chimney_route *r)
{
	struct parents spare = {};
	int err;

	might_sleep();
	err = try_attach(conn, r, &spare);
	if (err != -ENOENT)
		return err;
	err = make_parents(&spare, conn, r);
	if (err)
		return err;
	err = try_attach(conn, r, &spare);
	if (spare.neigh)
		drop(&spare.neigh->obj);
	if (spare.path)
		drop(&spare.path->obj);
	return err;
}
