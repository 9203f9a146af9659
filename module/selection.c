// SPDX-License-Identifier: GPL-2.0
/*
 * What administrators ask for: terminate. The objects are selected first, then
 * asked for one after the other, so that a request that is wrong in any part
 * changes nothing.
 */

#include "selection.h"

#include "neigh.h"
#include "path.h"
#include "target.h"
#include "terminate.h"

/**
 * struct selection - a request to terminate, under way
 * @r: the request
 * @chosen: the objects it chose, by id, each with a reference; not those that
 *          come along because they depend on them
 */
struct selection {
	struct chimney_request	*r;
	struct xarray		chosen;
};

static struct chimney_target *next_target(const struct selection *s, u32 id)
{
	struct chimney_target *t;

	while ((t = chimney_target_next(s->r->net, id))) {
		if (!s->r->ifindex || t->dev->ifindex == s->r->ifindex)
			return t;
		id = t->id;
		chimney_target_put(t);
	}
	return NULL;
}

/*
 * For every target that the request may touch, until @what returns other than
 * 0, which is returned.
 */
static int each_target(struct selection *s,
		       int (*what)(struct selection *s,
				   struct chimney_target *t, const void *arg),
		       const void *arg)
{
	struct chimney_target *t;
	int ret = 0;
	u32 id = 0;

	while (!ret && (t = next_target(s, id))) {
		id = t->id;
		ret = what(s, t, arg);
		chimney_target_put(t);
	}
	return ret;
}

/* Takes over the caller's reference on @obj. Chosen twice counts once. */
static int choose(struct selection *s, struct chimney_object *obj)
{
	int err = xa_insert(&s->chosen, obj->id, obj, GFP_KERNEL_ACCOUNT);

	if (err)
		chimney_object_put(obj);
	return err == -EBUSY ? 0 : err;
}

static void selection_free(struct selection *s)
{
	struct chimney_object *obj;
	unsigned long id;

	xa_for_each(&s->chosen, id, obj)
		chimney_object_put(obj);
	xa_destroy(&s->chosen);
}

/* 1: found */
static int choose_id(struct selection *s, struct chimney_target *t,
		     const void *arg)
{
	const struct chimney_choice *choice = arg;
	struct chimney_object *obj = chimney_tree_find(&t->tree, choice->id);

	return obj ? choose(s, obj) ? : 1 : 0;
}

static int choose_ids(struct selection *s)
{
	struct chimney_request *r = s->r;
	unsigned int i;
	int ret;

	for (i = 0; i < r->choices; i++) {
		ret = each_target(s, choose_id, &r->choice[i]);
		if (ret < 0)
			return ret;
		if (!ret)
			return chimney_complain(r->extack, r->choice[i].attr,
						-ENOENT,
						"there is no object with this id: chimney show lists those there are");
	}
	return 0;
}

/**
 * struct search - for connections
 * @match: what they are like
 * @found: how many were found
 */
struct search {
	const struct chimney_match	*match;
	unsigned int			*found;
};

static int choose_matching(struct selection *s, struct chimney_target *t,
			   const void *arg)
{
	const struct search *search = arg;
	struct chimney_object *obj;
	int err = 0;
	u64 id = 0;

	while (!err && (obj = chimney_tree_next(&t->tree, id))) {
		id = obj->id;
		if (obj->type == CHIMNEY_TYPE_CONN &&
		    chimney_match_key(search->match, &chimney_conn(obj)->key)) {
			++*search->found;
			err = choose(s, obj);
		} else {
			chimney_object_put(obj);
		}
		cond_resched();
	}
	return err;
}

static int choose_matches(struct selection *s)
{
	struct chimney_request *r = s->r;
	unsigned int i;
	int err;

	for (i = 0; i < r->matches; i++) {
		const struct chimney_match *m = &r->match[i];
		unsigned int found = 0;
		struct search search = { .match = m, .found = &found };

		if (m->fields & CHIMNEY_MATCH_MADE_UP)
			return chimney_complain(r->extack, m->attr, -EINVAL,
						"nexthop, vlan and mtu choose nothing: give addresses and ports");
		err = each_target(s, choose_matching, &search);
		if (err)
			return err;
		if (!found && chimney_match_one(m))
			return chimney_complain(r->extack, m->attr, -ENOENT,
						"this connection is not offloaded: chimney show lists those that are");
	}
	return 0;
}

/* Those without a parent bring all others along. */
static int choose_top(struct selection *s, struct chimney_target *t,
		      const void *arg)
{
	struct chimney_object *obj;
	int err = 0;
	u64 id = 0;

	while (!err && (obj = chimney_tree_next(&t->tree, id))) {
		id = obj->id;
		if (!READ_ONCE(obj->parent))
			err = choose(s, obj);
		else
			chimney_object_put(obj);
		cond_resched();
	}
	return err;
}

static void describe(struct chimney_result *res, struct chimney_object *obj,
		     int ifindex)
{
	res->ifindex = ifindex;
	res->id = obj->id;
	res->type = obj->type;
	switch (obj->type) {
	case CHIMNEY_TYPE_NEIGH:
		res->nexthop = chimney_neigh(obj)->nexthop;
		break;
	case CHIMNEY_TYPE_PATH:
		res->key.saddr = chimney_path(obj)->saddr;
		res->key.daddr = chimney_path(obj)->daddr;
		break;
	default:
		res->key = chimney_conn(obj)->key;
		break;
	}
}

/* Is it chosen, or does it depend on something that is? */
static bool comes_along(struct selection *s, struct chimney_object *obj)
{
	struct chimney_tree *tree = obj->tree;
	bool found = false;

	spin_lock_bh(&tree->lock);
	for (; obj && !found; obj = obj->parent)
		found = xa_load(&s->chosen, obj->id) == obj;
	spin_unlock_bh(&tree->lock);
	return found;
}

/* Lists all that will go. */
static int list_all(struct selection *s, struct chimney_target *t,
		    const void *arg)
{
	struct chimney_result *res;
	struct chimney_object *obj;
	int err = 0;
	u64 id = 0;

	while (!err && (obj = chimney_tree_next(&t->tree, id))) {
		id = obj->id;
		if (comes_along(s, obj)) {
			res = chimney_result_new(s->r);
			if (res)
				describe(res, obj, t->dev->ifindex);
			else
				err = -ENOMEM;
		}
		chimney_object_put(obj);
		cond_resched();
	}
	return err;
}

/* Notes in @res what depends on @obj; false: nothing does. */
static bool list_dependents(struct chimney_result *res,
			    struct chimney_object *obj)
{
	struct chimney_object *dep;
	bool busy;

	spin_lock_bh(&obj->tree->lock);
	busy = !chimney_object_unused(obj);
	list_for_each_entry(dep, &obj->dependents, sibling) {
		if (res->n == CHIMNEY_RESULT_DEPENDENTS)
			break;
		res->dependent[res->n++] = dep->id;
	}
	spin_unlock_bh(&obj->tree->lock);
	return busy;
}

/* Lists the objects chosen in @t that something depends on. */
static int list_busy(struct selection *s, struct chimney_target *t,
		     const void *arg)
{
	struct chimney_result *res;
	struct chimney_object *obj;
	unsigned long id;

	xa_for_each(&s->chosen, id, obj) {
		if (chimney_object_target(obj) != t)
			continue;
		res = chimney_result_new(s->r);
		if (!res)
			return -ENOMEM;
		describe(res, obj, t->dev->ifindex);
		if (!list_dependents(res, obj)) {
			chimney_result_drop(res);
			continue;
		}
		res->err = -EBUSY;
		res->why = "other objects depend on it";
		s->r->refused++;
	}
	return 0;
}

static int select_all(struct selection *s)
{
	struct chimney_request *r = s->r;
	int err;

	if (chimney_request_whole(r))
		err = each_target(s, choose_top, NULL);
	else
		err = choose_ids(s) ? : choose_matches(s);
	if (!err && r->if_unused)
		err = each_target(s, list_busy, NULL);
	if (err)
		return err;
	if (r->refused)
		return chimney_complain(r->extack, NULL, -EBUSY,
					"other objects depend on it: terminate those first, or leave out if-unused");
	return each_target(s, list_all, NULL);
}

/*
 * What was asked for already, or is gone, is as it should be. What got a
 * dependent since it was looked at stays.
 */
static void ask(struct chimney_request *r, struct chimney_object *obj)
{
	struct chimney_result *res;

	if (chimney_terminate(obj, CHIMNEY_REASON_ADMINISTRATOR,
			      r->if_unused) != -EBUSY)
		return;
	list_for_each_entry(res, &r->results, list) {
		if (res->id != obj->id)
			continue;
		res->err = -EBUSY;
		res->why = "other objects depend on it";
		list_dependents(res, obj);
	}
}

int chimney_request_terminate(struct chimney_request *r)
{
	struct selection s = { .r = r };
	struct chimney_result *res;
	struct chimney_object *obj;
	unsigned long id;
	int err;

	err = chimney_request_check(r);
	if (err)
		return err;
	if (r->if_unused && chimney_request_whole(r))
		return chimney_complain(r->extack, NULL, -EINVAL,
					"if-unused goes with id or match, not with all of a target");

	xa_init(&s.chosen);
	err = select_all(&s);
	if (!err) {
		xa_for_each(&s.chosen, id, obj)
			ask(r, obj);
		list_for_each_entry(res, &r->results, list) {
			if (res->err)
				r->refused++;
			else
				r->accepted++;
		}
	}
	selection_free(&s);
	return err;
}
