// SPDX-License-Identifier: GPL-2.0
/* Rules of admission: reading, checking and matching them. */

#include "rules.h"

#include <linux/cgroup.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "addr.h"
#include "candidate.h"
#include "classify.h"
#include "netlink-gen.h"
#include "request.h"

#define FIELD(name)	BIT(CHIMNEY_A_ADMISSION_RULE_##name)

/**
 * struct ruleset - the rules of a network namespace, as they were set
 * @rcu: defers the free until who reads them is through
 * @fallback: what becomes of what no rule matches
 * @generation: see chimney_rules_generation(); const once they are in force
 * @n: how many
 * @hits: how often each decided, the default first
 * @classes: the rules, sorted, so that the one that counts is found
 * @rule: the rules
 *
 * Const, but for the hits.
 */
struct ruleset {
	struct rcu_head			rcu;
	enum chimney_verdict		fallback;
	u32				generation;
	u32				n;
	atomic64_t			*hits;
	struct chimney_classes		*classes;
	struct chimney_admit_rule	rule[];
};

/**
 * struct rules_net - of a network namespace
 * @rules: its rules; replaced under rules_lock
 */
struct rules_net {
	struct ruleset __rcu	*rules;
};

static unsigned int rules_net_id;
static DEFINE_MUTEX(rules_lock);

static struct rules_net *rules_of(struct net *net)
{
	return net_generic(net, rules_net_id);
}

static struct ruleset *ruleset_alloc(u32 n)
{
	struct ruleset *rs = kvzalloc(struct_size(rs, rule, n),
				      GFP_KERNEL_ACCOUNT);

	if (!rs)
		return NULL;
	rs->n = n;
	rs->hits = kvcalloc(n + 1, sizeof(*rs->hits), GFP_KERNEL_ACCOUNT);
	if (!rs->hits) {
		kvfree(rs);
		return NULL;
	}
	return rs;
}

static void ruleset_free(struct ruleset *rs)
{
	chimney_classes_free(rs->classes);
	kvfree(rs->hits);
	kvfree(rs);
}

/* ---- matching ----------------------------------------------------------- */

static bool within(u32 value, u32 least, u32 most)
{
	return value >= least && value <= most;
}

/* Was the socket made in the control group, or below it? */
static bool below_cgroup(const struct sock *sk, u64 id)
{
#ifdef CONFIG_SOCK_CGROUP_DATA
	struct cgroup *cgrp = sock_cgroup_ptr((struct sock_cgroup_data *)
					      &sk->sk_cgrp_data);
	int level;

	for (level = 0; level <= cgrp->level; level++) {
		if (cgroup_id(cgroup_ancestor(cgrp, level)) == id)
			return true;
	}
#endif
	return false;
}

static bool match_ends(const struct chimney_admit_rule *a,
		       const struct chimney_subject *s)
{
	return (!(a->fields & FIELD(SADDR)) ||
		chimney_addr_within(&s->saddr, &a->saddr, a->saddr_len)) &&
	       (!(a->fields & FIELD(DADDR)) ||
		chimney_addr_within(&s->daddr, &a->daddr, a->daddr_len)) &&
	       (!(a->fields & FIELD(SPORT_MIN)) ||
		within(s->sport, a->sport[0], a->sport[1])) &&
	       (!(a->fields & FIELD(DPORT_MIN)) ||
		within(s->dport, a->dport[0], a->dport[1]));
}

static bool match_socket(const struct chimney_admit_rule *a,
			 const struct chimney_subject *s)
{
	return (!(a->fields & FIELD(UID_MIN)) ||
		within(s->uid, a->uid[0], a->uid[1])) &&
	       (!(a->fields & FIELD(SO_PRIORITY_MIN)) ||
		within(s->so_priority, a->so_priority[0], a->so_priority[1])) &&
	       !((s->mark ^ a->mark) & a->mark_mask) &&
	       (!(a->fields & FIELD(CGROUP)) || below_cgroup(s->sk, a->cgroup));
}

static bool match(const struct chimney_admit_rule *a, const struct chimney_subject *s)
{
	return match_ends(a, s) &&
	       (!(a->fields & FIELD(DEV)) || !strcmp(a->dev, s->dev)) &&
	       match_socket(a, s);
}

static void describe(struct chimney_subject *s, const struct sock *sk,
		     const struct net_device *dev)
{
	s->sk = sk;
	chimney_addr_sock(sk, &s->saddr, &s->daddr);
	s->sport = ntohs(inet_sk(sk)->inet_sport);
	s->dport = ntohs(inet_sk(sk)->inet_dport);
	s->uid = from_kuid_munged(sock_net(sk)->user_ns, READ_ONCE(sk->sk_uid));
	s->so_priority = READ_ONCE(sk->sk_priority);
	s->mark = READ_ONCE(sk->sk_mark);
	strscpy(s->dev, dev->name, sizeof(s->dev));
}

static u32 priority_of(const struct chimney_admit_rule *a,
		       const struct chimney_subject *s)
{
	if (a->fields & FIELD(PRIORITY_CAP))
		return min(s->so_priority, a->priority);
	return a->priority;
}

void chimney_rules_judge(const struct sock *sk, const struct net_device *dev,
			 struct chimney_judgment *j)
{
	const struct chimney_admit_rule *a;
	struct chimney_subject s;
	struct ruleset *rs;

	memset(j, 0, sizeof(*j));
	describe(&s, sk, dev);
	rcu_read_lock();
	rs = rcu_dereference(rules_of(sock_net(sk))->rules);
	j->generation = rs->generation;
	j->verdict = rs->fallback;
	j->rule = chimney_classes_find(rs->classes, &s, match);
	if (j->rule) {
		a = &rs->rule[j->rule - 1];
		j->verdict = a->verdict;
		j->priority = priority_of(a, &s);
		j->min_octets = a->min_octets;
		j->min_age_ms = a->min_age_ms;
	}
	rcu_read_unlock();
}

void chimney_rules_hit(struct net *net, const struct chimney_judgment *j)
{
	struct ruleset *rs;

	rcu_read_lock();
	rs = rcu_dereference(rules_of(net)->rules);
	if (rs->generation == j->generation)
		atomic64_inc(&rs->hits[j->rule]);
	rcu_read_unlock();
}

/* ---- checking ----------------------------------------------------------- */

static const char *check_range(u32 least, u32 most, const char *text)
{
	return least > most ? text : NULL;
}

/* @beyond: the complaint about bits that do not count */
static const char *check_prefix(bool given, const struct in6_addr *addr,
				unsigned int len, const char *too_long,
				const char *beyond)
{
	if (!given)
		return NULL;
	if (len > (chimney_addr_v4(addr) ? 32 : 128))
		return too_long;
	return chimney_addr_is_prefix(addr, len) ? NULL : beyond;
}

/* What cannot be meant; NULL: it can. */
static const char *check_rule(const struct chimney_admit_rule *a)
{
	const u32 needs_offload = FIELD(MIN_OCTETS) | FIELD(MIN_AGE_MS) |
				  FIELD(PRIORITY) | FIELD(PRIORITY_CAP);
	const char *bad = NULL;

	if (!(a->fields & FIELD(VERDICT)))
		return "verdict is missing: offload or never";
	if (a->verdict != CHIMNEY_VERDICT_OFFLOAD && a->fields & needs_offload)
		return "min-octets, min-age-ms, priority and priority-cap go with verdict offload alone";
	if (a->fields & FIELD(PRIORITY) && a->fields & FIELD(PRIORITY_CAP))
		return "priority and priority-cap exclude each other: a number, or SO_PRIORITY up to a cap";
	if (a->min_age_ms > 24 * 60 * 60 * MSEC_PER_SEC)
		return "min-age-ms is out of range: 0 to 86400000";
	if (a->fields & FIELD(SADDR) && a->fields & FIELD(DADDR) &&
	    chimney_addr_v4(&a->saddr) != chimney_addr_v4(&a->daddr))
		return "saddr and daddr are of different protocols, IPv4 and IPv6: it would never match";
	bad = bad ?: check_prefix(a->fields & FIELD(SADDR), &a->saddr,
				  a->saddr_len,
				  "saddr-len of an IPv4 prefix is at most 32",
				  "saddr has bits beyond saddr-len: clear them, or make it longer");
	bad = bad ?: check_prefix(a->fields & FIELD(DADDR), &a->daddr,
				  a->daddr_len,
				  "daddr-len of an IPv4 prefix is at most 32",
				  "daddr has bits beyond daddr-len: clear them, or make it longer");
	bad = bad ?: check_range(a->sport[0], a->sport[1],
				 "sport-min is greater than sport-max");
	bad = bad ?: check_range(a->dport[0], a->dport[1],
				 "dport-min is greater than dport-max");
	bad = bad ?: check_range(a->uid[0], a->uid[1],
				 "uid-min is greater than uid-max");
	bad = bad ?: check_range(a->so_priority[0], a->so_priority[1],
				 "so-priority-min is greater than so-priority-max");
	if (!bad && a->mark & ~a->mark_mask)
		bad = "mark has bits that mark-mask lacks: it would never match";
	return bad;
}

/* Matches whatever comes, so that what stands behind it is never looked at. */
static bool matches_all(const struct chimney_admit_rule *a)
{
	const u32 says = FIELD(VERDICT) | FIELD(MIN_OCTETS) | FIELD(MIN_AGE_MS) |
			 FIELD(PRIORITY) | FIELD(PRIORITY_CAP);

	return !(a->fields & ~says);
}

/* ---- reading ------------------------------------------------------------ */

/* Both ends of a range, or both parts of something: neither goes alone. */
static const char *pair_missing(u32 fields)
{
	static const struct {
		u32		one, other;
		const char	*text;
	} pairs[] = {
		{ FIELD(SADDR), FIELD(SADDR_LEN), "saddr and saddr-len go together" },
		{ FIELD(DADDR), FIELD(DADDR_LEN), "daddr and daddr-len go together" },
		{ FIELD(SPORT_MIN), FIELD(SPORT_MAX), "sport-min and sport-max go together" },
		{ FIELD(DPORT_MIN), FIELD(DPORT_MAX), "dport-min and dport-max go together" },
		{ FIELD(UID_MIN), FIELD(UID_MAX), "uid-min and uid-max go together" },
		{ FIELD(SO_PRIORITY_MIN), FIELD(SO_PRIORITY_MAX),
		  "so-priority-min and so-priority-max go together" },
		{ FIELD(MARK), FIELD(MARK_MASK), "mark and mark-mask go together" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (!(fields & pairs[i].one) != !(fields & pairs[i].other))
			return pairs[i].text;
	}
	return NULL;
}

static u32 u32_of(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static u16 u16_of(const struct nlattr *attr)
{
	return attr ? nla_get_u16(attr) : 0;
}

#define A(name)	tb[CHIMNEY_A_ADMISSION_RULE_##name]

static void take_rule(struct chimney_admit_rule *a, struct nlattr **tb)
{
	a->verdict = u32_of(A(VERDICT));
	a->saddr_len = u32_of(A(SADDR_LEN));	/* at most 128, says the spec */
	a->daddr_len = u32_of(A(DADDR_LEN));
	a->sport[0] = u16_of(A(SPORT_MIN));
	a->sport[1] = u16_of(A(SPORT_MAX));
	a->dport[0] = u16_of(A(DPORT_MIN));
	a->dport[1] = u16_of(A(DPORT_MAX));
	if (A(DEV))
		nla_strscpy(a->dev, A(DEV), sizeof(a->dev));
	a->uid[0] = u32_of(A(UID_MIN));
	a->uid[1] = u32_of(A(UID_MAX));
	a->cgroup = A(CGROUP) ? nla_get_u64(A(CGROUP)) : 0;
	a->so_priority[0] = u32_of(A(SO_PRIORITY_MIN));
	a->so_priority[1] = u32_of(A(SO_PRIORITY_MAX));
	a->mark = u32_of(A(MARK));
	a->mark_mask = u32_of(A(MARK_MASK));
	a->min_octets = A(MIN_OCTETS) ? nla_get_u64(A(MIN_OCTETS)) : 0;
	a->min_age_ms = u32_of(A(MIN_AGE_MS));
	a->priority = A(PRIORITY_CAP) ? u32_of(A(PRIORITY_CAP)) :
					u32_of(A(PRIORITY));
}

static int parse_rule(struct chimney_admit_rule *a, const struct nlattr *attr,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CHIMNEY_A_ADMISSION_RULE_MAX + 1];
	const char *bad;
	int i, err;

	err = nla_parse_nested(tb, CHIMNEY_A_ADMISSION_RULE_MAX, attr,
			       chimney_admission_rule_nl_policy, extack);
	if (err)
		return err;
	for (i = 1; i <= CHIMNEY_A_ADMISSION_RULE_MAX; i++)
		a->fields |= tb[i] ? BIT(i) : 0;
	if (a->fields & (FIELD(NUMBER) | FIELD(HITS)))
		return chimney_complain(extack, attr, -EINVAL,
					"number and hits are shown, not set: leave them out");
	err = chimney_addr_take(tb[CHIMNEY_A_ADMISSION_RULE_SADDR], &a->saddr,
				extack) ?:
	      chimney_addr_take(tb[CHIMNEY_A_ADMISSION_RULE_DADDR], &a->daddr,
				extack);
	if (err)
		return err;
	bad = pair_missing(a->fields);
	if (!bad) {
		take_rule(a, tb);
		bad = check_rule(a);
	}
	return bad ? chimney_complain(extack, attr, -EINVAL, bad) : 0;
}

static int parse_rules(struct ruleset *rs, const struct nlattr *attrs, int len,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	u32 i = 0;
	int rem, err;

	nla_for_each_attr(attr, attrs, len, rem) {
		if (nla_type(attr) != CHIMNEY_A_RULES_RULE)
			continue;
		if (i && matches_all(&rs->rule[i - 1]))
			return chimney_complain(extack, attr, -EINVAL,
						"the rule before it matches everything: this one would never count");
		err = parse_rule(&rs->rule[i++], attr, extack);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static u32 count_rules(const struct nlattr *attrs, int len)
{
	const struct nlattr *attr;
	u32 n = 0;
	int rem;

	nla_for_each_attr(attr, attrs, len, rem)
		n += nla_type(attr) == CHIMNEY_A_RULES_RULE;
	return n;
}

static void ruleset_free_rcu(struct rcu_head *rcu)
{
	ruleset_free(container_of(rcu, struct ruleset, rcu));
}

static void replace(struct net *net, struct ruleset *rs)
{
	struct ruleset *old;

	mutex_lock(&rules_lock);
	rs->generation = chimney_rules_generation(net) + 1 ?: 1;
	old = rcu_replace_pointer(rules_of(net)->rules, rs,
				  lockdep_is_held(&rules_lock));
	mutex_unlock(&rules_lock);
	call_rcu(&old->rcu, ruleset_free_rcu);
	chimney_candidate_review(net);
}

static int sort_rules(struct ruleset *rs, struct netlink_ext_ack *extack)
{
	rs->classes = chimney_classes_make(rs->rule, rs->n);
	return rs->classes ? 0 :
	       chimney_complain(extack, NULL, -ENOMEM,
				"there is no memory for so many rules");
}

int chimney_rules_set(struct net *net, const struct nlattr *attrs, int len,
		      enum chimney_verdict fallback,
		      struct netlink_ext_ack *extack)
{
	u32 n = count_rules(attrs, len);
	struct ruleset *rs;
	int err;

	if (n > CHIMNEY_RULES_MAX)
		return chimney_complain(extack, NULL, -E2BIG,
					"there are too many rules: 16384 are the most");
	rs = ruleset_alloc(n);
	if (!rs)
		return chimney_complain(extack, NULL, -ENOMEM,
					"there is no memory for so many rules");
	rs->fallback = fallback;
	err = parse_rules(rs, attrs, len, extack) ?: sort_rules(rs, extack);
	if (err)
		ruleset_free(rs);
	else
		replace(net, rs);
	return err;
}

static_assert(CHIMNEY_RULES_MAX == 16384);	/* the text names it */

bool chimney_rules_read(struct net *net, u32 number, struct chimney_admit_rule *a,
			u64 *hits)
{
	struct ruleset *rs;
	bool found;

	rcu_read_lock();
	rs = rcu_dereference(rules_of(net)->rules);
	found = number <= rs->n;
	if (found && number)
		*a = rs->rule[number - 1];
	else
		*a = (struct chimney_admit_rule) {
			.fields = FIELD(VERDICT), .verdict = rs->fallback,
		};
	if (found)
		*hits = atomic64_read(&rs->hits[number]);
	rcu_read_unlock();
	return found;
}

u32 chimney_rules_count(struct net *net)
{
	u32 n;

	rcu_read_lock();
	n = rcu_dereference(rules_of(net)->rules)->n;
	rcu_read_unlock();
	return n;
}

u32 chimney_rules_generation(struct net *net)
{
	u32 generation;

	rcu_read_lock();
	generation = rcu_dereference(rules_of(net)->rules)->generation;
	rcu_read_unlock();
	return generation;
}

/* Nothing is offloaded by itself unless a rule says so. */
static int __net_init net_init(struct net *net)
{
	struct ruleset *rs = ruleset_alloc(0);

	if (!rs)
		return -ENOMEM;
	if (sort_rules(rs, NULL)) {
		ruleset_free(rs);
		return -ENOMEM;
	}
	rs->fallback = CHIMNEY_VERDICT_NEVER;
	rs->generation = 1;
	RCU_INIT_POINTER(rules_of(net)->rules, rs);
	return 0;
}

static void __net_exit net_exit(struct net *net)
{
	ruleset_free(rcu_dereference_raw(rules_of(net)->rules));
}

static struct pernet_operations net_ops = {
	.init	= net_init,
	.exit	= net_exit,
	.id	= &rules_net_id,
	.size	= sizeof(struct rules_net),
};

int __init chimney_rules_init(void)
{
	return register_pernet_subsys(&net_ops);
}

void chimney_rules_exit(void)
{
	unregister_pernet_subsys(&net_ops);
	rcu_barrier();
}
