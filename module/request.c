// SPDX-License-Identifier: GPL-2.0
/*
 * What administrators ask for: offload and settings; and what every request
 * needs, its results and complaints. Terminate is in selection.c.
 */

#include "request.h"

#include <linux/if_vlan.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/sock.h>
#include "addr.h"
#include "admit.h"
#include "candidate.h"
#include "forward.h"
#include "route.h"
#include "selection.h"
#include "target.h"

int chimney_complain(struct netlink_ext_ack *extack, const struct nlattr *attr,
		     int err, const char *text)
{
	if (extack) {
		extack->_msg = text;
		NL_SET_BAD_ATTR(extack, attr);
	}
	return err;
}

struct chimney_result *chimney_result_new(struct chimney_request *r)
{
	struct chimney_result *res = kzalloc(sizeof(*res), GFP_KERNEL_ACCOUNT);

	if (res)
		list_add_tail(&res->list, &r->results);
	return res;
}

void chimney_result_drop(struct chimney_result *res)
{
	list_del(&res->list);
	kfree(res);
}

void chimney_request_free(struct chimney_request *r)
{
	struct chimney_result *res, *next;

	list_for_each_entry_safe(res, next, &r->results, list)
		chimney_result_drop(res);
}

bool chimney_match_one(const struct chimney_match *m)
{
	return (m->fields & CHIMNEY_MATCH_TUPLE) == CHIMNEY_MATCH_TUPLE;
}

static bool made_up(const struct chimney_match *m)
{
	return m->fields & CHIMNEY_MATCH_MADE_UP;
}

bool chimney_match_key(const struct chimney_match *m,
		       const struct chimney_key *key)
{
	u32 f = m->fields;

	return (!(f & CHIMNEY_MATCH(SADDR)) ||
		ipv6_addr_equal(&m->key.saddr, &key->saddr)) &&
	       (!(f & CHIMNEY_MATCH(DADDR)) ||
		ipv6_addr_equal(&m->key.daddr, &key->daddr)) &&
	       (!(f & CHIMNEY_MATCH(SPORT)) || m->key.sport == key->sport) &&
	       (!(f & CHIMNEY_MATCH(DPORT)) || m->key.dport == key->dport);
}

/* Nothing else is chosen: all of the device, or all there is. */
bool chimney_request_whole(const struct chimney_request *r)
{
	return !r->matches && !r->choices;
}

/* What no request may be, whatever it asks for. */
int chimney_request_check(const struct chimney_request *r)
{
	struct chimney_target *t;

	if (r->all && !chimney_request_whole(r))
		return chimney_complain(r->extack, NULL, -EINVAL,
					"all leaves nothing to choose: leave out all, or match and id");
	if (!r->all && !r->ifindex && chimney_request_whole(r))
		return chimney_complain(r->extack, NULL, -EINVAL,
					"nothing is chosen: give match, id, ifindex or all");
	if (!r->ifindex)
		return 0;
	t = chimney_target_get(r->net, r->ifindex);
	if (!t)
		return chimney_complain(r->extack, r->ifindex_attr, -ENODEV,
					"ifindex is of no offload target: chimney target lists those there are");
	chimney_target_put(t);
	return 0;
}

/**
 * struct part - the connections of a request that go to one target
 * @list: place in &struct offload.parts
 * @t: the target, referenced
 * @in: the initiation
 */
struct part {
	struct list_head		list;
	struct chimney_target		*t;
	struct chimney_initiation	*in;
};

/**
 * struct offload - a request to offload, under way
 * @r: the request
 * @parts: one for each target
 * @sk: the socket of each match that names one, referenced
 * @filters: there are matches that name none
 */
struct offload {
	struct chimney_request	*r;
	struct list_head	parts;
	struct sock		**sk;
	bool			filters;
};

/* Takes over the caller's reference on @t. */
static struct part *find_part(struct offload *o, struct chimney_target *t)
{
	struct part *p;

	list_for_each_entry(p, &o->parts, list) {
		if (p->t == t) {
			chimney_target_put(t);
			return p;
		}
	}
	p = kzalloc(sizeof(*p), GFP_KERNEL_ACCOUNT);
	if (!p)
		goto err_target;
	p->in = chimney_initiation_create(t);
	if (!p->in)
		goto err_part;
	p->t = t;
	list_add_tail(&p->list, &o->parts);
	return p;

err_part:
	kfree(p);
err_target:
	chimney_target_put(t);
	return NULL;
}

static void start(struct offload *o)
{
	struct part *p, *next;

	list_for_each_entry_safe(p, next, &o->parts, list) {
		chimney_initiation_start(p->in);
		chimney_target_put(p->t);
		kfree(p);
	}
}

/*
 * @t: whose journal is to tell of it, NULL: it was not about a target. A made-up
 * connection, and one of another network namespace, is nobody's to explain; what
 * is automatic asks again and again, and is told of once.
 */
static int refuse(struct chimney_request *r, struct chimney_target *t,
		  const struct sock *sk, const struct chimney_key *key, int err,
		  enum chimney_decider by, const char *why)
{
	struct chimney_result *res = chimney_result_new(r);

	if (!res)
		return -ENOMEM;
	if (t && (!r->origin.automatic || chimney_candidate_news(sk, why)))
		chimney_journal_refusal(t, key, by, &r->origin, why);
	r->refused++;
	res->type = CHIMNEY_TYPE_CONN;
	res->key = *key;
	res->err = err;
	res->why = why;
	return 0;
}

/*
 * Takes over the caller's reference on @t. A target that takes no offloads at
 * present refuses what a filter finds as well: it was meant.
 */
static int accept(struct offload *o, struct chimney_target *t,
		  const struct chimney_key *key, struct sock *sk,
		  const struct chimney_route *route,
		  const struct chimney_detached *made_up)
{
	struct chimney_request *r = o->r;
	struct chimney_result *res;
	const char *why;
	struct part *p;
	int err;

	why = chimney_policy_closed(t);
	if (why) {
		err = refuse(r, t, sk, key, -EAGAIN, CHIMNEY_BY_CLOSED, why);
		chimney_target_put(t);
		return err;
	}
	p = find_part(o, t);
	if (!p)
		return -ENOMEM;
	res = chimney_result_new(r);
	if (!res)
		return -ENOMEM;
	err = chimney_initiation_add(p->in, key, sk, route, made_up,
				     &r->origin, &res->id);
	if (err) {
		chimney_result_drop(res);
		if (err == -ENOSPC)
			return refuse(r, p->t, sk, key, -ENOSPC,
				      CHIMNEY_BY_LIMIT,
				      "the target has max-conns connections already, or all it can hold, none of lower priority: raise that, or terminate some");
		return err;
	}
	r->accepted++;
	res->ifindex = p->t->dev->ifindex;
	res->type = CHIMNEY_TYPE_CONN;
	res->key = *key;
	return 0;
}

/*
 * The target of a route, with a reference. A device of another network
 * namespace (below a VLAN device of this one) is not ours to use.
 */
static struct chimney_target *route_target(const struct chimney_request *r,
					   const struct chimney_route *route,
					   const char **why)
{
	struct chimney_target *t = chimney_target_get_by_dev(route->dev);

	if (!t || !net_eq(dev_net(t->dev), r->net))
		*why = "its device is no offload target";
	else if (r->ifindex && t->dev->ifindex != r->ifindex)
		*why = "its packets leave by another device";
	else
		return t;
	if (t)
		chimney_target_put(t);
	return NULL;
}

/*
 * Do the packets of a socket that cannot be offloaded leave by a target that the
 * request is about? Then a filter that finds it means it. That target, with a
 * reference, or NULL.
 */
static struct chimney_target *leaves_by(const struct chimney_request *r,
					struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get(sk);
	struct chimney_route route = {};
	struct chimney_target *t;
	const char *why;

	if (!dst)
		return NULL;
	route.dev = is_vlan_dev(dst->dev) ? vlan_dev_real_dev(dst->dev) :
					    dst->dev;
	t = route_target(r, &route, &why);
	dst_release(dst);
	return t;
}

/* No target can have it; @why says why. */
static int refuse_socket(struct chimney_request *r, struct sock *sk,
			 const struct chimney_key *key, bool named,
			 const char *why)
{
	struct chimney_target *t = leaves_by(r, sk);
	int err = 0;

	if (named || t)
		err = refuse(r, t, sk, key, -EOPNOTSUPP, CHIMNEY_BY_ADMISSION,
			     why);
	if (t)
		chimney_target_put(t);
	return err;
}

/*
 * @named: the request names this very connection, so that it has to be told
 * why it is refused; one that a filter finds and that belongs to no target
 * was not meant.
 */
static int add_socket(struct offload *o, struct sock *sk, bool named)
{
	struct chimney_key key = {};
	struct chimney_route route;
	struct chimney_target *t;
	const char *why = NULL;
	int err = 0;

	chimney_admit_key(sk, &key);
	if (!chimney_addr_v4(&key.daddr))
		why = chimney_forward_ready(key.net);
	why = why ?: chimney_route_sock(sk, &route);
	if (why)
		return refuse_socket(o->r, sk, &key, named, why);
	t = route_target(o->r, &route, &why);
	if (t)
		err = accept(o, t, &key, sk, &route, NULL);
	else if (named)
		err = refuse(o->r, NULL, sk, &key, -EOPNOTSUPP,
			     CHIMNEY_BY_ADMISSION, why);
	chimney_route_put(&route);
	return err;
}

static int add_found(struct sock *sk, void *arg)
{
	struct offload *o = arg;
	struct chimney_request *r = o->r;
	struct chimney_key key = {};
	unsigned int i;

	if (signal_pending(current))
		return -EINTR;
	if (chimney_request_whole(r))
		return add_socket(o, sk, false);

	chimney_admit_key(sk, &key);
	for (i = 0; i < r->matches; i++) {
		if (!chimney_match_one(&r->match[i]) &&
		    chimney_match_key(&r->match[i], &key))
			return add_socket(o, sk, false);
	}
	return 0;
}

static int add_made_up(struct offload *o, const struct chimney_match *m)
{
	struct chimney_target *t = chimney_target_get(o->r->net, o->r->ifindex);

	if (!t)		/* it was there when the request was checked */
		return refuse(o->r, NULL, NULL, &m->key, -ENODEV,
			      CHIMNEY_BY_CLOSED, "the target is gone");
	return accept(o, t, &m->key, NULL, NULL, &m->made_up);
}

static int check_made_up(struct chimney_request *r,
			 const struct chimney_match *m)
{
	struct chimney_target *t;
	u32 caps;

	if (!chimney_match_one(m) || !(m->fields & CHIMNEY_MATCH(NEXTHOP)))
		return chimney_complain(r->extack, m->attr, -EINVAL,
					"a connection made up wants saddr, daddr, sport, dport and nexthop");
	if (m->made_up.vlan >= VLAN_VID_MASK)
		return chimney_complain(r->extack, m->attr, -EINVAL,
					"vlan is out of range: 0 to 4094");
	if (m->made_up.mtu < 68 || m->made_up.mtu > 65535)
		return chimney_complain(r->extack, m->attr, -EINVAL,
					"mtu is out of range: 68 to 65535");
	if (!chimney_addr_v4(&m->key.daddr) && m->made_up.mtu < IPV6_MIN_MTU)
		return chimney_complain(r->extack, m->attr, -EINVAL,
					"mtu is out of range: 1280 to 65535 over IPv6");
	if (!chimney_addr_v4(&m->key.daddr) &&
	    chimney_addr_v4(&m->made_up.nexthop))
		return chimney_complain(r->extack, m->attr, -EINVAL,
					"IPv6 is not routed over a next hop with an IPv4 address");
	t = r->ifindex ? chimney_target_get(r->net, r->ifindex) : NULL;
	if (!t)
		return chimney_complain(r->extack, m->attr, -EINVAL,
					"a connection made up wants ifindex, to say on which target");
	caps = READ_ONCE(t->caps.flags);
	chimney_target_put(t);
	if (!(caps & CHIMNEY_CAP_DETACHED))
		return chimney_complain(r->extack, m->attr, -EOPNOTSUPP,
					"this target takes no connections made up, only those of sockets");
	return 0;
}

/* Looks at every match, and finds the sockets of those that name one. */
static int check_matches(struct offload *o)
{
	struct chimney_request *r = o->r;
	unsigned int i;
	int err;

	for (i = 0; i < r->matches; i++) {
		const struct chimney_match *m = &r->match[i];

		if (made_up(m)) {
			err = check_made_up(r, m);
			if (err)
				return err;
		} else if (!chimney_match_one(m)) {
			o->filters = true;
		} else {
			o->sk[i] = chimney_admit_find(&m->key);
			if (!o->sk[i] && !r->origin.automatic)
				return chimney_complain(r->extack, m->attr, -ENOENT,
							"there is no such established TCP connection: ss -t lists those there are");
		}
	}
	return 0;
}

static int add_all(struct offload *o)
{
	struct chimney_request *r = o->r;
	unsigned int i;
	int err = 0;

	for (i = 0; i < r->matches && !err; i++) {
		if (made_up(&r->match[i]))
			err = add_made_up(o, &r->match[i]);
		else if (o->sk[i])
			err = add_socket(o, o->sk[i], true);
	}
	if (!err && (o->filters || chimney_request_whole(r)))
		err = chimney_admit_walk(r->net, add_found, o);
	return err;
}

int chimney_request_offload(struct chimney_request *r)
{
	struct offload o = { .r = r, .parts = LIST_HEAD_INIT(o.parts) };
	unsigned int i;
	int err;

	err = chimney_request_check(r);
	if (err)
		return err;
	o.sk = kvcalloc(r->matches + 1, sizeof(*o.sk), GFP_KERNEL_ACCOUNT);
	if (!o.sk)
		return -ENOMEM;
	err = check_matches(&o);
	if (!err)
		err = add_all(&o);
	start(&o);

	for (i = 0; i < r->matches; i++) {
		if (o.sk[i])
			sock_put(o.sk[i]);
	}
	kvfree(o.sk);
	return err;
}
