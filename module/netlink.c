// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: requests that change something, and events. What
 * only looks is in query.c; policies and the table of operations are generated
 * from netlink/specs/chimney.yaml.
 */

#include "netlink.h"

#include <linux/sizes.h>
#include <linux/slab.h>
#include "addr.h"
#include "netlink-gen.h"
#include "quarantine.h"
#include "query.h"
#include "request.h"
#include "show.h"
#include "target.h"

struct genl_family chimney_nl_family __ro_after_init = {
	.name		= CHIMNEY_GENL_NAME,
	.version	= CHIMNEY_GENL_VERSION,
	.module		= THIS_MODULE,
	.netnsok	= true,
	.parallel_ops	= true,
	.ops		= chimney_nl_ops,
	.n_ops		= ARRAY_SIZE(chimney_nl_ops),
	.mcgrps		= chimney_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(chimney_nl_mcgrps),
};

/* What one message of an answer holds; what does not fit goes into the next. */
#define ANSWER_SIZE	SZ_8K

/* ---- settings ---------------------------------------------------------- */

static int parse_rule(const struct nlattr *attr, struct chimney_change *c,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CHIMNEY_A_RULE_MAX + 1];
	struct chimney_rule *rule;
	const struct nlattr *hold;
	u32 reason;
	int err;

	err = nla_parse_nested(tb, CHIMNEY_A_RULE_MAX, attr,
			       chimney_rule_nl_policy, extack);
	if (err)
		return err;
	if (!tb[CHIMNEY_A_RULE_REASON])
		return chimney_complain(extack, attr, -EINVAL,
					"reason is missing: name what the rule is for");
	reason = nla_get_u32(tb[CHIMNEY_A_RULE_REASON]);
	if (c->reasons & BIT_ULL(reason))
		return chimney_complain(extack, attr, -EINVAL,
					"reason is named more than once");
	if (!tb[CHIMNEY_A_RULE_ACTION])
		return chimney_complain(extack, attr, -EINVAL,
					"action is missing: terminate, hold or ignore");
	rule = &c->want.rule[reason];
	rule->action = nla_get_u32(tb[CHIMNEY_A_RULE_ACTION]);
	if (rule->action > CHIMNEY_ACTION_IGNORE)
		return chimney_complain(extack, attr, -EINVAL,
					"this action cannot be set: terminate, hold or ignore");
	hold = tb[CHIMNEY_A_RULE_HOLD_MS];
	if (rule->action == CHIMNEY_ACTION_HOLD && !hold)
		return chimney_complain(extack, attr, -EINVAL,
					"hold-ms is missing: action hold wants to know how long");
	if (rule->action != CHIMNEY_ACTION_HOLD && hold)
		return chimney_complain(extack, hold, -EINVAL,
					"hold-ms goes with action hold alone: leave it out");
	if (hold)
		rule->hold_ms = nla_get_u32(hold);
	c->reasons |= BIT_ULL(reason);
	c->reason_attr[reason] = attr;
	return 0;
}

static_assert(CHIMNEY_SET_ATTR(0) == CHIMNEY_A_SETTINGS_INITIATE_MS);
static_assert(CHIMNEY_SET_ATTR(CHIMNEY_SET_MAX_HISTORY) == CHIMNEY_A_SETTINGS_MAX_HISTORY);
static_assert(CHIMNEY_SET_ATTR(CHIMNEY_SET_MIN_STAY_MS) == CHIMNEY_A_SETTINGS_MIN_STAY_MS);

static int parse_settings(const struct nlattr *attr, struct chimney_change *c,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CHIMNEY_A_SETTINGS_MAX + 1];
	const struct nlattr *rule;
	enum chimney_setting n;
	int rem, err;

	err = nla_parse_nested(tb, CHIMNEY_A_SETTINGS_MAX, attr,
			       chimney_settings_nl_policy, extack);
	if (err)
		return err;
	for (n = 0; n < CHIMNEY_SET_NUM; n++) {
		c->number_attr[n] = tb[CHIMNEY_SET_ATTR(n)];
		if (!c->number_attr[n])
			continue;
		c->numbers |= BIT(n);
		*chimney_setting_number(&c->want, n) =
			nla_get_u32(c->number_attr[n]);
	}
	nla_for_each_nested(rule, attr, rem) {
		if (nla_type(rule) != CHIMNEY_A_SETTINGS_RULE)
			continue;
		err = parse_rule(rule, c, extack);
		if (err)
			return err;
	}
	if (!c->numbers && !c->reasons)
		return chimney_complain(extack, attr, -EINVAL,
					"settings is empty: name what to change");
	return 0;
}

static int change_settings(struct genl_info *info, struct chimney_change *c)
{
	struct chimney_target *t;
	int err;

	if (info->attrs[CHIMNEY_A_TARGET_DEFAULTS]) {
		if (info->attrs[CHIMNEY_A_TARGET_IFINDEX])
			return chimney_complain(info->extack,
						info->attrs[CHIMNEY_A_TARGET_IFINDEX],
						-EINVAL,
						"defaults are of no device: leave out ifindex, or defaults");
		return chimney_settings_change_defaults(genl_info_net(info), c,
							info->extack);
	}
	t = chimney_query_target(info, CHIMNEY_A_TARGET_IFINDEX);
	if (IS_ERR(t))
		return PTR_ERR(t);
	err = chimney_settings_change(t, c, info->extack);
	chimney_target_put(t);
	return err;
}

int chimney_nl_target_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *settings = info->attrs[CHIMNEY_A_TARGET_SETTINGS];
	struct chimney_change *c;
	int err;

	if (!settings)
		return chimney_complain(info->extack, NULL, -EINVAL,
					"settings is missing: name what to change");
	c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	if (!c)
		return -ENOMEM;
	err = parse_settings(settings, c, info->extack);
	if (!err)
		err = change_settings(info, c);
	kfree(c);
	return err;
}

int chimney_nl_target_reset_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct chimney_target *t;
	int err;

	t = chimney_query_target(info, CHIMNEY_A_TARGET_IFINDEX);
	if (IS_ERR(t))
		return PTR_ERR(t);
	err = chimney_quarantine_end(t, info->extack);
	chimney_target_put(t);
	return err;
}

/* ---- offload and terminate --------------------------------------------- */

/* Counts the attributes of a type, most of which may be there more than once. */
static unsigned int count_attrs(struct genl_info *info, int type)
{
	const struct nlattr *attr;
	unsigned int n = 0;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		n += nla_type(attr) == type;
	return n;
}

static int parse_match(struct chimney_match *m, const struct nlattr *attr,
		       const struct chimney_request *r)
{
	struct nlattr *tb[CHIMNEY_A_MATCH_MAX + 1];
	int i, err;

	err = nla_parse_nested(tb, CHIMNEY_A_MATCH_MAX, attr,
			       chimney_match_nl_policy, r->extack);
	if (err)
		return err;
	m->attr = attr;
	m->key.net = r->net;
	m->made_up.mtu = ETH_DATA_LEN;
	for (i = 1; i <= CHIMNEY_A_MATCH_MAX; i++)
		m->fields |= tb[i] ? BIT(i) : 0;
	if (tb[CHIMNEY_A_MATCH_SPORT])
		m->key.sport = nla_get_be16(tb[CHIMNEY_A_MATCH_SPORT]);
	if (tb[CHIMNEY_A_MATCH_DPORT])
		m->key.dport = nla_get_be16(tb[CHIMNEY_A_MATCH_DPORT]);
	if (tb[CHIMNEY_A_MATCH_VLAN])
		m->made_up.vlan = nla_get_u16(tb[CHIMNEY_A_MATCH_VLAN]);
	if (tb[CHIMNEY_A_MATCH_MTU])
		m->made_up.mtu = nla_get_u32(tb[CHIMNEY_A_MATCH_MTU]);
	if (!m->fields)
		return chimney_complain(r->extack, attr, -EINVAL,
					"match is empty: name an address or a port, or use all");
	err = chimney_addr_take_ends(tb[CHIMNEY_A_MATCH_SADDR], &m->key.saddr,
				     tb[CHIMNEY_A_MATCH_DADDR], &m->key.daddr,
				     r->extack);
	return err ?: chimney_addr_take(tb[CHIMNEY_A_MATCH_NEXTHOP],
					&m->made_up.nexthop, r->extack);
}

/* The attributes that may be there more than once. */
static int parse_lists(struct chimney_request *r, struct genl_info *info)
{
	const struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		switch (nla_type(attr)) {
		case CHIMNEY_A_REQUEST_MATCH:
			err = parse_match(&r->match[r->matches], attr, r);
			if (err)
				return err;
			r->matches++;
			break;
		case CHIMNEY_A_REQUEST_ID:
			r->choice[r->choices].attr = attr;
			r->choice[r->choices].id = nla_get_u64(attr);
			r->choices++;
			break;
		}
	}
	return 0;
}

static void free_request(struct chimney_request *r)
{
	chimney_request_free(r);
	kvfree(r->match);
	kvfree(r->choice);
}

static int parse_request(struct chimney_request *r, struct genl_info *info)
{
	const struct nlattr *attr;

	INIT_LIST_HEAD(&r->results);
	r->net = genl_info_net(info);
	r->extack = info->extack;
	attr = info->attrs[CHIMNEY_A_REQUEST_IFINDEX];
	if (attr) {
		r->ifindex = nla_get_u32(attr);
		r->ifindex_attr = attr;
	}
	/* Each command has attributes up to its own last one, and no others. */
	attr = info->genlhdr->cmd == CHIMNEY_CMD_OFFLOAD ?
	       info->attrs[CHIMNEY_A_REQUEST_PRIORITY] : NULL;
	if (attr)
		r->origin.priority = nla_get_u32(attr);
	r->all = nla_get_flag(info->attrs[CHIMNEY_A_REQUEST_ALL]);
	r->if_unused = nla_get_flag(info->attrs[CHIMNEY_A_REQUEST_IF_UNUSED]);

	r->match = kvcalloc(count_attrs(info, CHIMNEY_A_REQUEST_MATCH) + 1,
			    sizeof(*r->match), GFP_KERNEL_ACCOUNT);
	r->choice = kvcalloc(count_attrs(info, CHIMNEY_A_REQUEST_ID) + 1,
			     sizeof(*r->choice), GFP_KERNEL_ACCOUNT);
	if (!r->match || !r->choice)
		return -ENOMEM;
	return parse_lists(r, info);
}

static bool put_key(struct sk_buff *msg, const struct chimney_result *res)
{
	if (res->type == CHIMNEY_TYPE_NEIGH)
		return !chimney_addr_put(msg, CHIMNEY_A_RESULT_NEXTHOP,
					 &res->nexthop);
	if (chimney_addr_put(msg, CHIMNEY_A_RESULT_SADDR, &res->key.saddr) ||
	    chimney_addr_put(msg, CHIMNEY_A_RESULT_DADDR, &res->key.daddr))
		return false;
	return res->type != CHIMNEY_TYPE_CONN ||
	       (!nla_put_be16(msg, CHIMNEY_A_RESULT_SPORT, res->key.sport) &&
		!nla_put_be16(msg, CHIMNEY_A_RESULT_DPORT, res->key.dport));
}

static bool put_refusal(struct sk_buff *msg, const struct chimney_result *res)
{
	unsigned int i;

	if (!res->err)
		return true;
	if (nla_put_u32(msg, CHIMNEY_A_RESULT_ERRNO, -res->err) ||
	    nla_put_string(msg, CHIMNEY_A_RESULT_WHY, res->why))
		return false;
	for (i = 0; i < res->n; i++) {
		if (nla_put_u64_64bit(msg, CHIMNEY_A_RESULT_DEPENDENT,
				      res->dependent[i], CHIMNEY_A_RESULT_PAD))
			return false;
	}
	return true;
}

static bool put_result(struct sk_buff *msg, const struct chimney_result *res)
{
	struct nlattr *nest = nla_nest_start(msg, CHIMNEY_A_REQUEST_RESULT);

	if (!nest)
		return false;
	if ((res->ifindex &&
	     nla_put_u32(msg, CHIMNEY_A_RESULT_IFINDEX, res->ifindex)) ||
	    (res->id && nla_put_u64_64bit(msg, CHIMNEY_A_RESULT_ID, res->id,
					  CHIMNEY_A_RESULT_PAD)) ||
	    nla_put_u32(msg, CHIMNEY_A_RESULT_TYPE, res->type) ||
	    !put_key(msg, res) || !put_refusal(msg, res)) {
		nla_nest_cancel(msg, nest);
		return false;
	}
	nla_nest_end(msg, nest);
	return true;
}

/*
 * One message: results from @from on, as many as fit, at least one. Returns the
 * first that is not in it, or ERR_PTR.
 */
static struct list_head *answer_results(const struct chimney_request *r,
					struct list_head *from,
					struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(ANSWER_SIZE, GFP_KERNEL);
	struct list_head *next = from;
	void *hdr;
	int err;

	if (!msg)
		return ERR_PTR(-ENOMEM);
	hdr = genlmsg_put_reply(msg, info, &chimney_nl_family, 0,
				info->genlhdr->cmd);
	if (!hdr)
		goto err_msg;
	while (next != &r->results &&
	       put_result(msg, list_entry(next, struct chimney_result, list)))
		next = next->next;
	if (next == from)
		goto err_msg;
	genlmsg_end(msg, hdr);
	err = genlmsg_reply(msg, info);
	return err ? ERR_PTR(err) : next;

err_msg:
	nlmsg_free(msg);
	return ERR_PTR(-EMSGSIZE);
}

static void answer_sums(const struct chimney_request *r, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *hdr;

	if (!msg)
		return;
	hdr = genlmsg_put_reply(msg, info, &chimney_nl_family, 0,
				info->genlhdr->cmd);
	if (!hdr ||
	    nla_put_u32(msg, CHIMNEY_A_REQUEST_ACCEPTED, r->accepted) ||
	    nla_put_u32(msg, CHIMNEY_A_REQUEST_REFUSED, r->refused)) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, hdr);
	genlmsg_reply(msg, info);
}

/*
 * What is done is done: an answer that cannot be told undoes nothing. One
 * without the sums at its end is not complete.
 */
static void answer(const struct chimney_request *r, struct genl_info *info)
{
	struct list_head *next = r->results.next;

	while (next != &r->results) {
		next = answer_results(r, next, info);
		if (IS_ERR(next))
			return;
	}
	answer_sums(r, info);
}

static int handle_request(struct genl_info *info,
			  int (*handle)(struct chimney_request *r))
{
	struct chimney_request r = {};
	int err;

	err = parse_request(&r, info);
	if (!err)
		err = handle(&r);
	if (!err || !list_empty(&r.results))
		answer(&r, info);
	free_request(&r);
	return err;
}

int chimney_nl_offload_doit(struct sk_buff *skb, struct genl_info *info)
{
	return handle_request(info, chimney_request_offload);
}

int chimney_nl_terminate_doit(struct sk_buff *skb, struct genl_info *info)
{
	return handle_request(info, chimney_request_terminate);
}

/* ---- events ------------------------------------------------------------ */

/* The netdev of a target whose registration may end, held; or NULL. */
static struct net_device *hold_dev(struct chimney_target *t)
{
	struct net_device *dev = NULL;

	spin_lock_bh(&t->tree.lock);
	if (!t->gone) {
		dev = t->dev;
		dev_hold(dev);
	}
	spin_unlock_bh(&t->tree.lock);
	return dev;
}

static int tell(const struct net_device *dev, const struct chimney_entry *e)
{
	static const struct chimney_asker everyone = {
		.cmd = CHIMNEY_CMD_EVENT,
	};
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int err;

	if (!msg)
		return -ENOMEM;
	err = chimney_show_entry(msg, dev, e, &everyone);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_multicast_netns(&chimney_nl_family, dev_net(dev), msg, 0,
				CHIMNEY_NLGRP_EVENTS, GFP_KERNEL);
	return 0;
}

void chimney_netlink_show(struct chimney_target *t,
			  const struct chimney_entry *e, u64 missed)
{
	struct net_device *dev = hold_dev(t);

	if (!dev)
		return;
	if (genl_has_listeners(&chimney_nl_family, dev_net(dev),
			       CHIMNEY_NLGRP_EVENTS) &&
	    (tell(dev, e) || missed))
		genl_set_err(&chimney_nl_family, dev_net(dev), 0,
			     CHIMNEY_NLGRP_EVENTS, -ENOBUFS);
	dev_put(dev);
}

int __init chimney_netlink_init(void)
{
	return genl_register_family(&chimney_nl_family);
}

void chimney_netlink_exit(void)
{
	genl_unregister_family(&chimney_nl_family);
}
