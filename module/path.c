// SPDX-License-Identifier: GPL-2.0
/* Path objects, layer 3. */

#include "path.h"

#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/ipv6.h>
#include "neigh.h"
#include "route.h"
#include "tree.h"

struct chimney_path *chimney_path_find(struct chimney_neigh *neigh,
				       const struct in6_addr *saddr,
				       const struct in6_addr *daddr, u32 mtu)
{
	struct chimney_object *obj;

	lockdep_assert_held(&neigh->obj.tree->lock);
	list_for_each_entry(obj, &neigh->obj.dependents, sibling) {
		struct chimney_path *path = chimney_path(obj);

		if (path->mtu == mtu &&
		    ipv6_addr_equal(&path->saddr, saddr) &&
		    ipv6_addr_equal(&path->daddr, daddr))
			return path;
	}
	return NULL;
}

struct chimney_path *chimney_path_create(struct chimney_tree *tree,
					 const struct in6_addr *saddr,
					 const struct in6_addr *daddr,
					 const struct chimney_route *r)
{
	struct chimney_path *path = kzalloc(sizeof(*path), GFP_KERNEL);

	if (!path)
		return NULL;
	chimney_object_init(&path->obj, tree, CHIMNEY_TYPE_PATH);
	path->saddr = *saddr;
	path->daddr = *daddr;
	path->mtu = r->mtu;
	path->flow = r->flow;
	if (r->dst) {
		dst_hold(r->dst);
		path->dst = r->dst;
		path->cookie = r->cookie;
		path->home = chimney_path_home(path, dev_net(r->dev));
	}
	return path;
}

/* One that is being looked for elsewhere (DAD) is in use as well. */
bool chimney_path_home(const struct chimney_path *path, struct net *net)
{
	const struct net_device *dev = NULL;

	if (__ipv6_addr_needs_scope_id(ipv6_addr_type(&path->saddr)))
		dev = path->dst->dev;
	return ipv6_chk_addr_and_flags(net, &path->saddr, dev, false, 0, 0);
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
