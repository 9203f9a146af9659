// SPDX-License-Identifier: GPL-2.0
/* Path objects, layer 3. */

#include "path.h"

#include <linux/slab.h>
#include <net/dst.h>
#include "admit.h"
#include "neigh.h"
#include "tree.h"

struct chimney_path *chimney_path_find(struct chimney_neigh *neigh,
				       __be32 saddr, __be32 daddr, u32 mtu)
{
	struct chimney_object *obj;

	lockdep_assert_held(&neigh->obj.tree->lock);
	list_for_each_entry(obj, &neigh->obj.dependents, sibling) {
		struct chimney_path *path = chimney_path(obj);

		if (path->saddr == saddr && path->daddr == daddr &&
		    path->mtu == mtu)
			return path;
	}
	return NULL;
}

struct chimney_path *chimney_path_create(struct chimney_tree *tree,
					 __be32 saddr, __be32 daddr,
					 const struct chimney_route *r)
{
	struct chimney_path *path = kzalloc(sizeof(*path), GFP_KERNEL);

	if (!path)
		return NULL;
	chimney_object_init(&path->obj, tree, CHIMNEY_TYPE_PATH);
	path->saddr = saddr;
	path->daddr = daddr;
	path->mtu = r->mtu;
	path->flow = r->flow;
	if (r->dst) {
		dst_hold(r->dst);
		path->dst = r->dst;
	}
	return path;
}

void chimney_path_snapshot(struct chimney_path *path)
{
	struct chimney_path_state *st = &path->obj.req.path;

	memset(st, 0, sizeof(*st));
	st->saddr = path->saddr;
	st->daddr = path->daddr;
	st->mtu = path->mtu;
}

void chimney_path_free(struct chimney_path *path)
{
	dst_release(path->dst);
	kfree_rcu(path, obj.rcu);
}
