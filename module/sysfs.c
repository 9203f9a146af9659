// SPDX-License-Identifier: GPL-2.0
/*
 * A target's folder in sysfs, "chimney" below its netdev: what it is, what is
 * set, what was counted; and writes that offload, terminate and set, which do
 * what the same requests do over netlink.
 *
 * A write that is refused says why in the kernel log, since sysfs has no other
 * place for it.
 */

#include "sysfs.h"

#include <linux/inet.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/trace_events.h>
#include <net/chimney_names.h>
#include <net/net_namespace.h>
#include "addr.h"
#include "quarantine.h"
#include "reasons.h"
#include "request.h"
#include "target.h"

/**
 * struct entry - a file
 * @attr: its name and mode
 * @show: reads it
 * @store: writes it; @text is terminated, without a newline at its end
 * @n: which one of its kind
 */
struct entry {
	struct attribute	attr;
	ssize_t			(*show)(struct chimney_target *t,
					const struct entry *e, char *buf);
	int			(*store)(struct chimney_target *t,
					 const struct entry *e, char *text,
					 struct netlink_ext_ack *extack);
	int			n;
};

#define ENTRY_RO(_var, _name, _show, _n)				\
	static struct entry _var = {				\
		.attr = { .name = _name, .mode = 0444 },		\
		.show = _show, .n = _n,					\
	}
#define ENTRY_WO(_var, _name, _store)					\
	static struct entry _var = {				\
		.attr = { .name = _name, .mode = 0200 },		\
		.store = _store,					\
	}
#define ENTRY_RW(_var, _name, _show, _store, _n)			\
	static struct entry _var = {				\
		.attr = { .name = _name, .mode = 0644 },		\
		.show = _show, .store = _store, .n = _n,		\
	}

static const struct trace_print_flags state_names[] = {
	CHIMNEY_TARGET_STATE_NAMES
};

static const struct trace_print_flags action_names[] = {
	CHIMNEY_ACTION_NAMES
};

static const struct trace_print_flags admission_names[] = {
	CHIMNEY_ADMISSION_NAMES
};

static const struct trace_print_flags status_names[] = {
	CHIMNEY_STATUS_NAMES
};

static const struct trace_print_flags reason_names[] = {
	CHIMNEY_REASON_NAMES
};

/* ---- what it is -------------------------------------------------------- */

static ssize_t show_kind(struct chimney_target *t, const struct entry *e,
			 char *buf)
{
	return sysfs_emit(buf, "%s\n", t->ops->name);
}

static ssize_t show_state(struct chimney_target *t, const struct entry *e,
			  char *buf)
{
	return sysfs_emit(buf, "%s\n", state_names[READ_ONCE(t->state)].name);
}

/* Empty if it takes new offloads. */
static ssize_t show_closed(struct chimney_target *t, const struct entry *e,
			   char *buf)
{
	return sysfs_emit(buf, "%s\n", chimney_policy_closed(t) ? : "");
}

static ssize_t show_count(struct chimney_target *t, const struct entry *e,
			  char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(t->tree.count[e->n]));
}

/* 0: not known */
static ssize_t show_max(struct chimney_target *t, const struct entry *e,
			char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(t->caps.max[e->n]));
}

ENTRY_RO(kind, "kind", show_kind, 0);
ENTRY_RO(state, "state", show_state, 0);
ENTRY_RO(closed, "closed", show_closed, 0);
ENTRY_RO(neighs, "neighs", show_count, CHIMNEY_TYPE_NEIGH);
ENTRY_RO(paths, "paths", show_count, CHIMNEY_TYPE_PATH);
ENTRY_RO(conns, "conns", show_count, CHIMNEY_TYPE_CONN);
ENTRY_RO(max_neighs, "max_neighs", show_max, CHIMNEY_TYPE_NEIGH);
ENTRY_RO(max_paths, "max_paths", show_max, CHIMNEY_TYPE_PATH);
ENTRY_RO(max_conns, "max_conns", show_max, CHIMNEY_TYPE_CONN);

/* ---- offload and terminate --------------------------------------------- */

/* "ADDRESS:PORT", an IPv6 address in brackets */
static bool parse_end(const char *text, struct in6_addr *addr, __be16 *port)
{
	const char *at;
	__be32 in;
	u16 number;

	if (*text == '[') {
		if (!in6_pton(text + 1, -1, addr->s6_addr, ']', &at) ||
		    *at++ != ']')
			return false;
	} else {
		if (!in4_pton(text, -1, (u8 *)&in, ':', &at))
			return false;
		ipv6_addr_set_v4mapped(in, addr);
	}
	if (*at != ':' || kstrtou16(at + 1, 10, &number))
		return false;
	*port = htons(number);
	return true;
}

/* "ADDRESS:PORT ADDRESS:PORT", the host's end first */
static bool parse_tuple(char *text, struct chimney_match *m)
{
	char *peer = text;
	char *host = strsep(&peer, " ");

	if (!peer || !parse_end(host, &m->key.saddr, &m->key.sport) ||
	    !parse_end(peer, &m->key.daddr, &m->key.dport) ||
	    chimney_addr_v4(&m->key.saddr) != chimney_addr_v4(&m->key.daddr))
		return false;
	m->fields = CHIMNEY_MATCH_TUPLE;
	return true;
}

/* The first refusal, if nothing was accepted: a write has but one result. */
static int outcome(const struct chimney_request *r)
{
	const struct chimney_result *res;

	if (r->accepted)
		return 0;
	list_for_each_entry(res, &r->results, list) {
		if (res->err)
			return chimney_complain(r->extack, NULL, res->err,
						res->why);
	}
	return 0;
}

static int run(struct chimney_request *r, struct chimney_target *t,
	       struct netlink_ext_ack *extack,
	       int (*handle)(struct chimney_request *r))
{
	int err;

	INIT_LIST_HEAD(&r->results);
	r->net = dev_net(t->dev);
	r->ifindex = t->dev->ifindex;
	r->extack = extack;
	if (r->match)
		r->match->key.net = r->net;
	err = handle(r) ? : outcome(r);
	chimney_request_free(r);
	return err;
}

static int store_offload(struct chimney_target *t, const struct entry *e,
			 char *text, struct netlink_ext_ack *extack)
{
	struct chimney_match match = {};
	struct chimney_request r = {};

	if (!strcmp(text, "all")) {
		r.all = true;
	} else if (parse_tuple(text, &match)) {
		r.match = &match;
		r.matches = 1;
	} else {
		return chimney_complain(extack, NULL, -EINVAL,
					"offload takes ADDRESS:PORT ADDRESS:PORT (host, peer) or all");
	}
	return run(&r, t, extack, chimney_request_offload);
}

static int store_terminate(struct chimney_target *t, const struct entry *e,
			   char *text, struct netlink_ext_ack *extack)
{
	struct chimney_choice choice = {};
	struct chimney_match match = {};
	struct chimney_request r = {};

	if (!strcmp(text, "all")) {
		r.all = true;
	} else if (!kstrtou64(text, 10, &choice.id)) {
		r.choice = &choice;
		r.choices = 1;
	} else if (parse_tuple(text, &match)) {
		r.match = &match;
		r.matches = 1;
	} else {
		return chimney_complain(extack, NULL, -EINVAL,
					"terminate takes an id, ADDRESS:PORT ADDRESS:PORT (host, peer) or all");
	}
	return run(&r, t, extack, chimney_request_terminate);
}

ENTRY_WO(offload, "offload", store_offload);
static int store_reset(struct chimney_target *t, const struct entry *e,
		       char *text, struct netlink_ext_ack *extack)
{
	bool reset;

	if (kstrtobool(text, &reset) || !reset)
		return chimney_complain(extack, NULL, -EINVAL,
					"reset takes 1, and nothing else");
	return chimney_quarantine_end(t, extack);
}

ENTRY_WO(terminate, "terminate", store_terminate);
ENTRY_WO(reset, "reset", store_reset);

static struct attribute *target_attrs[] = {
	&kind.attr, &state.attr, &closed.attr,
	&neighs.attr, &paths.attr, &conns.attr,
	&max_neighs.attr, &max_paths.attr, &max_conns.attr,
	&offload.attr, &terminate.attr, &reset.attr, NULL,
};

/* ---- settings ---------------------------------------------------------- */

/* "terminate", "ignore" or "hold MS" */
static ssize_t show_rule(struct chimney_target *t, const struct entry *e,
			 char *buf)
{
	const struct chimney_rule *rule = &t->settings.rule[e->n];
	enum chimney_action action = READ_ONCE(rule->action);

	if (action == CHIMNEY_ACTION_HOLD)
		return sysfs_emit(buf, "hold %u\n", READ_ONCE(rule->hold_ms));
	return sysfs_emit(buf, "%s\n", action_names[action].name);
}

static bool parse_rule(char *text, struct chimney_rule *rule)
{
	char *rest = text;
	char *word = strsep(&rest, " ");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(action_names); i++) {
		if (strcmp(word, action_names[i].name))
			continue;
		rule->action = action_names[i].mask;
		if (rule->action == CHIMNEY_ACTION_HOLD)
			return rest && !kstrtou32(rest, 10, &rule->hold_ms);
		return !rest && rule->action <= CHIMNEY_ACTION_IGNORE;
	}
	return false;
}

static int store_rule(struct chimney_target *t, const struct entry *e,
		      char *text, struct netlink_ext_ack *extack)
{
	struct chimney_change *c;
	int err;

	c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	if (!c)
		return -ENOMEM;
	c->reasons = BIT_ULL(e->n);
	if (parse_rule(text, &c->want.rule[e->n]))
		err = chimney_settings_change(t, c, extack);
	else
		err = chimney_complain(extack, NULL, -EINVAL,
				       "a rule is terminate, ignore, or hold and milliseconds");
	kfree(c);
	return err;
}

static ssize_t show_number(struct chimney_target *t, const struct entry *e,
			   char *buf)
{
	u32 number = READ_ONCE(*chimney_setting_number(&t->settings, e->n));

	if (e->n == CHIMNEY_SET_ADMISSION)
		return sysfs_emit(buf, "%s\n", admission_names[number].name);
	return sysfs_emit(buf, "%u\n", number);
}

static bool parse_number(const char *text, int n, u32 *number)
{
	size_t i;

	if (n != CHIMNEY_SET_ADMISSION)
		return !kstrtou32(text, 10, number);
	for (i = 0; i < ARRAY_SIZE(admission_names); i++) {
		if (!strcmp(text, admission_names[i].name)) {
			*number = admission_names[i].mask;
			return true;
		}
	}
	return false;
}

static int store_number(struct chimney_target *t, const struct entry *e,
			char *text, struct netlink_ext_ack *extack)
{
	struct chimney_change *c;
	int err;

	c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	if (!c)
		return -ENOMEM;
	c->numbers = BIT(e->n);
	if (parse_number(text, e->n, chimney_setting_number(&c->want, e->n)))
		err = chimney_settings_change(t, c, extack);
	else
		err = chimney_complain(extack, NULL, -EINVAL,
				       e->n == CHIMNEY_SET_ADMISSION ?
				       "admission is manual or auto" :
				       "this setting takes a number");
	kfree(c);
	return err;
}

/* Named as over netlink, in the order of enum chimney_setting */
static const char *const setting_names[CHIMNEY_SET_NUM] = {
	"initiate-ms", "terminate-ms", "divert-max", "update-ms", "max-conns",
	"max-history", "window-ms", "min-sent", "min-received", "hysteresis",
	"min-stay-ms", "admission", "backoff-ms", "backoff-max-ms",
	"backoff-decay-ms", "rest-failures", "rest-ms",
};

/* Named by tables, so filled in when the module is loaded */
static struct entry numbers[CHIMNEY_SET_NUM];
static struct entry rules[ARRAY_SIZE(reason_names)];
static struct attribute *settings_attrs[CHIMNEY_SET_NUM + 1];
/* Of the reasons those that leave a choice */
static struct attribute *policy_attrs[ARRAY_SIZE(reason_names) + 1];

/* ---- counters ---------------------------------------------------------- */

static ssize_t show_counter(struct chimney_target *t, const struct entry *e,
			    char *buf)
{
	return sysfs_emit(buf, "%llu\n",
			  (u64)atomic64_read(&t->stats.count[e->n]));
}

/* Offset in struct chimney_stats, as the number of an entry */
static ssize_t show_number_at(struct chimney_target *t, const struct entry *e,
			 char *buf)
{
	const atomic64_t *ns = (void *)&t->stats + e->n;

	return sysfs_emit(buf, "%llu\n", (u64)atomic64_read(ns));
}

#define ENTRY_TIME(_name)						\
	ENTRY_RO(_name, #_name, show_number_at, offsetof(struct chimney_stats, _name))

ENTRY_TIME(initiate_ns);
ENTRY_TIME(initiate_max_ns);
ENTRY_TIME(terminate_ns);
ENTRY_TIME(terminate_max_ns);

/* Named by tables, so filled in when the module is loaded */
static struct entry counters[CHIMNEY_COUNT_NUM];
static struct attribute *stats_attrs[CHIMNEY_COUNT_NUM + 5] = {
	&initiate_ns.attr, &initiate_max_ns.attr,
	&terminate_ns.attr, &terminate_max_ns.attr,
};

/* A folder of files that count by status or by reason */
#define TALLY(_name, _names)						\
	static struct entry _name[ARRAY_SIZE(_names)];			\
	static struct attribute *_name##_attrs[ARRAY_SIZE(_names) + 1];	\
	static const struct attribute_group _name##_group = {		\
		.name = #_name, .attrs = _name##_attrs,			\
	}

TALLY(initiated, status_names);
TALLY(terminated, reason_names);
TALLY(asked, reason_names);
TALLY(held, reason_names);
TALLY(honoured, reason_names);
TALLY(refused, reason_names);
TALLY(failed, reason_names);

static void __init name_entry(struct entry *e, struct attribute **attr,
			      const char *name, int n,
			      ssize_t (*show)(struct chimney_target *t,
					      const struct entry *e, char *buf))
{
	e->attr.name = name;
	e->attr.mode = 0444;
	e->show = show;
	e->n = n;
	*attr = &e->attr;
}

#define NAME_TALLY(_name, _names)					\
	do {								\
		int i;							\
									\
		for (i = 0; i < ARRAY_SIZE(_names); i++)		\
			name_entry(&(_name)[i], &_name##_attrs[i],	\
				   (_names)[i].name,			\
				   offsetof(struct chimney_stats,	\
					    _name[i]), show_number_at);	\
	} while (0)

static void __init name_settings(void)
{
	struct attribute **attr = policy_attrs;
	int i;

	for (i = 0; i < CHIMNEY_SET_NUM; i++) {
		name_entry(&numbers[i], &settings_attrs[i], setting_names[i], i,
			   show_number);
		numbers[i].attr.mode = 0644;
		numbers[i].store = store_number;
	}
	for (i = 0; i < ARRAY_SIZE(reason_names); i++) {
		if (!chimney_reasons[i].choices)
			continue;
		name_entry(&rules[i], attr++, reason_names[i].name, i,
			   show_rule);
		rules[i].attr.mode = 0644;
		rules[i].store = store_rule;
	}
}

void __init chimney_sysfs_init(void)
{
	int i;

	for (i = 0; i < CHIMNEY_COUNT_NUM; i++)
		name_entry(&counters[i], &stats_attrs[i + 4],
			   chimney_counter_names[i], i, show_counter);
	NAME_TALLY(initiated, status_names);
	NAME_TALLY(terminated, reason_names);
	NAME_TALLY(asked, reason_names);
	NAME_TALLY(held, reason_names);
	NAME_TALLY(honoured, reason_names);
	NAME_TALLY(refused, reason_names);
	NAME_TALLY(failed, reason_names);
	name_settings();
}

/* ---- the folder -------------------------------------------------------- */

static const struct attribute_group target_group = { .attrs = target_attrs };
static const struct attribute_group settings_group = {
	.name = "settings", .attrs = settings_attrs,
};

static const struct attribute_group stats_group = {
	.name = "stats", .attrs = stats_attrs,
};

static const struct attribute_group policy_group = {
	.name = "policy", .attrs = policy_attrs,
};

static const struct attribute_group *groups[] = {
	&target_group, &settings_group, &policy_group, &stats_group,
	&initiated_group, &terminated_group, &asked_group, &held_group,
	&honoured_group, &refused_group, &failed_group, NULL,
};

static ssize_t show(struct kobject *kobj, struct attribute *attr, char *buf)
{
	const struct entry *e = container_of(attr, struct entry, attr);
	struct chimney_target *t = container_of(kobj, struct chimney_target,
						kobj);

	return e->show ? e->show(t, e, buf) : -EIO;
}

/* The longest thing to be written is a 4-tuple. */
#define MAX_TEXT	64

static ssize_t store(struct kobject *kobj, struct attribute *attr,
		     const char *buf, size_t len)
{
	const struct entry *e = container_of(attr, struct entry, attr);
	struct chimney_target *t = container_of(kobj, struct chimney_target,
						kobj);
	struct netlink_ext_ack extack = {};
	char text[MAX_TEXT];
	int err;

	if (!e->store)
		return -EIO;
	/* As over netlink: who opened the file is not enough. */
	if (!ns_capable(dev_net(t->dev)->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (strscpy(text, buf, sizeof(text)) < 0)
		err = chimney_complain(&extack, NULL, -EINVAL, "too long");
	else
		err = e->store(t, e, strim(text), &extack);
	if (!err)
		return len;
	if (extack._msg)
		netdev_info(t->dev, "chimney/%s: %s\n", e->attr.name,
			    extack._msg);
	return err;
}

static void release(struct kobject *kobj)
{
	chimney_target_unhold(container_of(kobj, struct chimney_target, kobj));
}

/* Files belong to the root of the network namespace, as the netdev's do. */
static void get_ownership(kobject_owned *kobj, kuid_t *uid, kgid_t *gid)
{
	const struct chimney_target *t = container_of(kobj,
						      struct chimney_target,
						      kobj);

	net_ns_get_ownership(dev_net(t->dev), uid, gid);
}

static const struct sysfs_ops ops = { .show = show, .store = store };

static const struct kobj_type ktype = {
	.release	= release,
	.sysfs_ops	= &ops,
	.default_groups	= groups,
	.get_ownership	= get_ownership,
};

int chimney_sysfs_add(struct chimney_target *t)
{
	int err;

	chimney_target_hold(t);		/* given back by release() */
	err = kobject_init_and_add(&t->kobj, &ktype, &t->dev->dev.kobj,
				   "chimney");
	if (err)
		kobject_put(&t->kobj);
	return err;
}

void chimney_sysfs_del(struct chimney_target *t)
{
	kobject_del(&t->kobj);
	kobject_put(&t->kobj);
}
