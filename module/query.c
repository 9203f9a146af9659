// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink requests that look and change nothing: one thing, or a dump of many.
 * Any user may ask what there is, and sees what is in the own network namespace;
 * the journal, which tells what was, and the check are for who may change it.
 */

#include "query.h"

#include <linux/sizes.h>
#include <net/sock.h>
#include "netlink-gen.h"
#include "request.h"
#include "show.h"
#include "target.h"
#include "update.h"

struct chimney_target *chimney_query_target(struct genl_info *info,
					    int attr)
{
	struct chimney_target *t;

	if (!info->attrs[attr])
		return ERR_PTR(chimney_complain(info->extack, NULL, -EINVAL,
						"ifindex is missing: name a target by its netdev"));
	t = chimney_target_get(genl_info_net(info),
			       nla_get_u32(info->attrs[attr]));
	if (!t)
		return ERR_PTR(chimney_complain(info->extack, info->attrs[attr],
						-ENODEV,
						"ifindex is of no offload target: chimney target lists those there are"));
	return t;
}

/* ---- one thing --------------------------------------------------------- */

/* Room for all counters and settings of a target, each of them at work */
#define TARGET_SIZE	SZ_16K

static void asker(struct chimney_asker *a, struct genl_info *info)
{
	a->portid = info->snd_portid;
	a->seq = info->snd_seq;
	a->flags = 0;
	a->cmd = info->genlhdr->cmd;
}

static int reply(struct genl_info *info, struct sk_buff *msg, int err)
{
	if (!err)
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return err;
}

/* What @show says of the target that the request names. */
static int reply_target(struct genl_info *info, int attr,
			int (*show)(struct sk_buff *msg,
				    struct chimney_target *t,
				    const struct chimney_asker *a))
{
	struct chimney_target *t = chimney_query_target(info, attr);
	struct chimney_asker a;
	struct sk_buff *msg;
	int err = -ENOMEM;

	if (IS_ERR(t))
		return PTR_ERR(t);
	asker(&a, info);
	msg = genlmsg_new(TARGET_SIZE, GFP_KERNEL);
	if (msg)
		err = show(msg, t, &a);
	chimney_target_put(t);
	return reply(info, msg, err);
}

static int reply_defaults(struct genl_info *info)
{
	struct chimney_asker a;
	struct sk_buff *msg;
	int err = -ENOMEM;

	if (info->attrs[CHIMNEY_A_TARGET_IFINDEX])
		return chimney_complain(info->extack,
					info->attrs[CHIMNEY_A_TARGET_IFINDEX],
					-EINVAL,
					"defaults are of no device: leave out ifindex, or defaults");
	asker(&a, info);
	msg = genlmsg_new(TARGET_SIZE, GFP_KERNEL);
	if (msg)
		err = chimney_show_defaults(msg, genl_info_net(info), &a);
	return reply(info, msg, err);
}

int chimney_nl_target_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	if (info->attrs[CHIMNEY_A_TARGET_DEFAULTS])
		return reply_defaults(info);
	return reply_target(info, CHIMNEY_A_TARGET_IFINDEX,
			    chimney_show_target);
}

int chimney_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return reply_target(info, CHIMNEY_A_STATS_IFINDEX, chimney_show_stats);
}

int chimney_nl_check_doit(struct sk_buff *skb, struct genl_info *info)
{
	return reply_target(info, CHIMNEY_A_CHECK_IFINDEX, chimney_show_check);
}

/*
 * Finds an object in any target of the namespace. Sets @t, looked up; the
 * object has a reference of its own.
 */
static struct chimney_object *find_object(struct net *net, u64 id,
					  struct chimney_target **t)
{
	struct chimney_object *obj;
	u32 target = 0;

	while ((*t = chimney_target_next(net, target))) {
		target = (*t)->id;
		obj = chimney_tree_find(&(*t)->tree, id);
		if (obj)
			return obj;
		chimney_target_put(*t);
	}
	return NULL;
}

int chimney_nl_object_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *id = info->attrs[CHIMNEY_A_OBJECT_ID];
	struct chimney_object *obj;
	struct chimney_target *t;
	struct chimney_asker a;
	struct sk_buff *msg;
	int err = -ENOMEM;

	if (!id)
		return chimney_complain(info->extack, NULL, -EINVAL,
					"id is missing: name an object, or ask for a dump");
	obj = find_object(genl_info_net(info), nla_get_u64(id), &t);
	if (!obj)
		return chimney_complain(info->extack, id, -ENOENT,
					"there is no object with this id: chimney show lists those there are");
	asker(&a, info);
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (msg)
		err = chimney_show_object(msg, t, obj, &a);
	chimney_object_put(obj);
	chimney_target_put(t);
	return reply(info, msg, err);
}

static const char *no_answer(int err)
{
	switch (err) {
	case -EINVAL:
		return "this object is no connection: only connections have variables to ask for";
	case -ENOENT:
		return "the connection is not offloaded, or not any more";
	case -EOPNOTSUPP:
		return "the target's driver answers no queries";
	case -ETIMEDOUT:
		return "the target did not answer in time: it is in quarantine, and the connection is lost";
	case -EIO:
		return "the target could not tell: the connection is being terminated";
	case -EINTR:
		return "interrupted";
	default:
		return "out of memory";
	}
}

/* A connection's variables, from the target. The answer may take its deadline. */
int chimney_nl_query_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *id = info->attrs[CHIMNEY_A_QUERY_ID];
	struct chimney_tcp_state st;
	struct chimney_object *obj;
	struct chimney_target *t;
	struct chimney_asker a;
	struct sk_buff *msg;
	int err;

	if (!id)
		return chimney_complain(info->extack, NULL, -EINVAL,
					"id is missing: name a connection, as chimney show lists them");
	obj = find_object(genl_info_net(info), nla_get_u64(id), &t);
	if (!obj)
		return chimney_complain(info->extack, id, -ENOENT,
					"there is no object with this id: chimney show lists those there are");
	err = obj->type == CHIMNEY_TYPE_CONN ?
	      chimney_update_query(chimney_conn(obj), &st) : -EINVAL;
	msg = err ? NULL : genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (msg) {
		asker(&a, info);
		err = reply(info, msg,
			    chimney_show_tcp(msg, t, obj->id, &st, &a));
	} else if (!err) {
		err = -ENOMEM;
	} else {
		chimney_complain(info->extack, id, err, no_answer(err));
	}
	chimney_object_put(obj);
	chimney_target_put(t);
	return err;
}

int chimney_nl_journal_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *seq = info->attrs[CHIMNEY_A_ENTRY_SEQ];
	struct chimney_asker a;
	struct chimney_target *t;
	struct chimney_entry e;
	struct sk_buff *msg;
	u64 wanted;
	int err;

	if (!seq)
		return chimney_complain(info->extack, NULL, -EINVAL,
					"seq is missing: name an entry, or ask for a dump");
	t = chimney_query_target(info, CHIMNEY_A_ENTRY_IFINDEX);
	if (IS_ERR(t))
		return PTR_ERR(t);
	wanted = nla_get_u64(seq);
	if (!wanted || !chimney_journal_read(&t->journal, wanted - 1, &e) ||
	    e.seq != wanted) {
		chimney_target_put(t);
		return chimney_complain(info->extack, seq, -ENOENT,
					"the journal has no such entry, or not any more");
	}
	asker(&a, info);
	err = -ENOMEM;
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (msg)
		err = chimney_show_entry(msg, t->dev, &e, &a);
	chimney_target_put(t);
	return reply(info, msg, err);
}

/* ---- many -------------------------------------------------------------- */

static u8 command(const struct nlmsghdr *nlh)
{
	return ((const struct genlmsghdr *)nlmsg_data(nlh))->cmd;
}

/**
 * struct cursor - where a dump goes on; zero to begin with
 * @target: the target it is at, or was at last
 * @inside: it is not through with that target
 * @begun: the request was looked at
 * @at: the last object or entry of that target that was shown
 * @until: (journal) its last entry when the dump came to it; a dump does not
 *         run after what is being written
 */
struct cursor {
	u32	target;
	bool	inside;
	bool	begun;
	u64	at;
	u64	until;
};

static_assert(sizeof(struct cursor) <=
	      sizeof_field(struct netlink_callback, ctx));

/**
 * struct dump - a dump under way
 * @msg: takes the messages
 * @attrs: attributes of the request
 * @ifindex: the attribute that names a target
 * @c: where it is
 * @a: who asks
 */
struct dump {
	struct sk_buff		*msg;
	struct nlattr		**attrs;
	int			ifindex;
	struct cursor		*c;
	struct chimney_asker	a;
};

/* Shows what is left of a target. 0: all of it, -EMSGSIZE: go on later. */
typedef int (*dump_target_t)(struct dump *d, struct chimney_target *t);

static bool wanted(const struct dump *d, const struct chimney_target *t)
{
	const struct nlattr *ifindex = d->attrs[d->ifindex];

	return !ifindex || nla_get_u32(ifindex) == t->dev->ifindex;
}

/* A target that is named has to be there when the dump begins. */
static int look(struct dump *d, struct net *net, struct netlink_ext_ack *extack)
{
	const struct nlattr *ifindex = d->attrs[d->ifindex];
	struct chimney_target *t;

	d->c->begun = true;
	if (!ifindex)
		return 0;
	t = chimney_target_get(net, nla_get_u32(ifindex));
	if (!t)
		return chimney_complain(extack, ifindex, -ENODEV,
					"ifindex is of no offload target: chimney target lists those there are");
	chimney_target_put(t);
	return 0;
}

/*
 * In the order of the targets' numbers, so that one that comes or goes between
 * two parts of the dump makes it neither repeat nor omit another.
 */
static int dump(struct sk_buff *msg, struct netlink_callback *cb, int ifindex,
		dump_target_t dump_target)
{
	struct dump d = {
		.msg = msg,
		.attrs = genl_dump_attrs(cb),
		.ifindex = ifindex,
		.c = (struct cursor *)cb->ctx,
		.a = {
			.portid = NETLINK_CB(cb->skb).portid,
			.seq = cb->nlh->nlmsg_seq,
			.flags = NLM_F_MULTI,
			.cmd = command(cb->nlh),
		},
	};
	struct net *net = sock_net(msg->sk);
	struct cursor *c = d.c;
	struct chimney_target *t;
	int err;

	err = c->begun ? 0 : look(&d, net, cb->extack);
	while (!err && (t = chimney_target_next(net, c->target - c->inside))) {
		if (!c->inside || t->id != c->target) {
			c->at = 0;
			c->until = READ_ONCE(t->journal.last);
		}
		c->target = t->id;
		c->inside = true;
		if (wanted(&d, t))
			err = dump_target(&d, t);
		if (!err)
			c->inside = false;
		chimney_target_put(t);
	}
	return err == -EMSGSIZE && msg->len ? msg->len : err;
}

static int dump_target(struct dump *d, struct chimney_target *t)
{
	return chimney_show_target(d->msg, t, &d->a);
}

static int dump_stats(struct dump *d, struct chimney_target *t)
{
	return chimney_show_stats(d->msg, t, &d->a);
}

static bool wanted_object(const struct dump *d, const struct chimney_object *o)
{
	const struct nlattr *type = d->attrs[CHIMNEY_A_OBJECT_TYPE];
	const struct nlattr *id = d->attrs[CHIMNEY_A_OBJECT_ID];

	return (!type || nla_get_u32(type) == o->type) &&
	       (!id || nla_get_u64(id) == o->id);
}

static int dump_objects(struct dump *d, struct chimney_target *t)
{
	struct chimney_object *obj;
	int err = 0;

	while (!err && (obj = chimney_tree_next(&t->tree, d->c->at))) {
		if (wanted_object(d, obj))
			err = chimney_show_object(d->msg, t, obj, &d->a);
		if (!err)
			d->c->at = obj->id;
		chimney_object_put(obj);
	}
	return err;
}

static int dump_journal(struct dump *d, struct chimney_target *t)
{
	const struct nlattr *seq = d->attrs[CHIMNEY_A_ENTRY_SEQ];
	const struct nlattr *id = d->attrs[CHIMNEY_A_ENTRY_ID];
	struct chimney_entry e;
	int err = 0;

	if (!d->c->at && seq)
		d->c->at = nla_get_u64(seq);
	while (!err && d->c->at < d->c->until &&
	       chimney_journal_read(&t->journal, d->c->at, &e)) {
		if (!id || nla_get_u64(id) == e.id)
			err = chimney_show_entry(d->msg, t->dev, &e, &d->a);
		if (!err)
			d->c->at = e.seq;
	}
	return err;
}

int chimney_nl_target_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	return dump(skb, cb, CHIMNEY_A_TARGET_IFINDEX, dump_target);
}

int chimney_nl_object_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	return dump(skb, cb, CHIMNEY_A_OBJECT_IFINDEX, dump_objects);
}

int chimney_nl_stats_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	return dump(skb, cb, CHIMNEY_A_STATS_IFINDEX, dump_stats);
}

int chimney_nl_journal_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb)
{
	return dump(skb, cb, CHIMNEY_A_ENTRY_IFINDEX, dump_journal);
}
