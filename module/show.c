// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink messages that show something: targets, objects, counters, entries of
 * the journal, and the check of a tree.
 */

#include "show.h"

#include "addr.h"
#include "conn.h"
#include "neigh.h"
#include "path.h"
#include "reasons.h"
#include "request.h"
#include "target.h"

/* How many faults of a tree are told one by one */
#define MAX_FAULTS	16

static void *begin(struct sk_buff *msg, const struct chimney_asker *a)
{
	return genlmsg_put(msg, a->portid, a->seq, &chimney_nl_family,
			   a->flags, a->cmd);
}

/* Ends a message, or takes it back if something of it found no room. */
static int end(struct sk_buff *msg, void *hdr, bool fits)
{
	if (!fits) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

static bool put_dev(struct sk_buff *msg, const struct net_device *dev,
		    int ifindex, int ifname)
{
	char name[IFNAMSIZ];

	/* The name may change meanwhile, but it is always terminated. */
	strscpy(name, dev->name, sizeof(name));
	return !nla_put_u32(msg, ifindex, dev->ifindex) &&
	       !nla_put_string(msg, ifname, name);
}

static bool put_rule(struct sk_buff *msg, enum chimney_reason reason,
		     const struct chimney_rule *rule)
{
	struct nlattr *nest = nla_nest_start(msg, CHIMNEY_A_SETTINGS_RULE);
	enum chimney_action action = READ_ONCE(rule->action);

	if (!nest || nla_put_u32(msg, CHIMNEY_A_RULE_REASON, reason) ||
	    nla_put_u32(msg, CHIMNEY_A_RULE_ACTION, action))
		return false;
	if (action == CHIMNEY_ACTION_HOLD &&
	    nla_put_u32(msg, CHIMNEY_A_RULE_HOLD_MS, READ_ONCE(rule->hold_ms)))
		return false;
	nla_nest_end(msg, nest);
	return true;
}

/* Of the reasons those that leave a choice. */
static bool put_settings(struct sk_buff *msg, struct chimney_settings *s)
{
	struct nlattr *nest = nla_nest_start(msg, CHIMNEY_A_TARGET_SETTINGS);
	enum chimney_setting n;
	unsigned int reason;

	if (!nest)
		return false;
	for (reason = 0; reason <= CHIMNEY_REASON_MAX; reason++) {
		if (chimney_reasons[reason].choices &&
		    !put_rule(msg, reason, &s->rule[reason]))
			return false;
	}
	for (n = 0; n < CHIMNEY_SET_NUM; n++) {
		if (nla_put_u32(msg, CHIMNEY_SET_ATTR(n),
				READ_ONCE(*chimney_setting_number(s, n))))
			return false;
	}
	nla_nest_end(msg, nest);
	return true;
}

int chimney_show_defaults(struct sk_buff *msg, struct net *net,
			  const struct chimney_asker *a)
{
	void *hdr = begin(msg, a);

	if (!hdr)
		return -EMSGSIZE;
	return end(msg, hdr,
		   put_settings(msg, chimney_settings_defaults(net)) &&
		   !nla_put_flag(msg, CHIMNEY_A_TARGET_DEFAULTS));
}

static bool put_limit(struct sk_buff *msg, int attr, u32 limit)
{
	return !limit || !nla_put_u32(msg, attr, limit);
}

int chimney_show_target(struct sk_buff *msg, struct chimney_target *t,
			const struct chimney_asker *a)
{
	const char *closed = chimney_policy_closed(t);
	u32 count[CHIMNEY_TYPE_MAX + 1];
	enum chimney_target_state state;
	struct chimney_caps caps;
	void *hdr;

	spin_lock_bh(&t->tree.lock);
	memcpy(count, t->tree.count, sizeof(count));
	state = t->state;
	caps = t->caps;
	spin_unlock_bh(&t->tree.lock);

	hdr = begin(msg, a);
	if (!hdr)
		return -EMSGSIZE;
	return end(msg, hdr,
		   put_dev(msg, t->dev, CHIMNEY_A_TARGET_IFINDEX,
			   CHIMNEY_A_TARGET_IFNAME) &&
		   !nla_put_string(msg, CHIMNEY_A_TARGET_KIND, t->ops->name) &&
		   !nla_put_u32(msg, CHIMNEY_A_TARGET_STATE, state) &&
		   !(closed && nla_put_string(msg, CHIMNEY_A_TARGET_CLOSED,
					      closed)) &&
		   !nla_put_u32(msg, CHIMNEY_A_TARGET_CAPS, caps.flags) &&
		   !nla_put_u32(msg, CHIMNEY_A_TARGET_NEIGHS,
				count[CHIMNEY_TYPE_NEIGH]) &&
		   !nla_put_u32(msg, CHIMNEY_A_TARGET_PATHS,
				count[CHIMNEY_TYPE_PATH]) &&
		   !nla_put_u32(msg, CHIMNEY_A_TARGET_CONNS,
				count[CHIMNEY_TYPE_CONN]) &&
		   put_limit(msg, CHIMNEY_A_TARGET_MAX_NEIGHS,
			     caps.max[CHIMNEY_TYPE_NEIGH]) &&
		   put_limit(msg, CHIMNEY_A_TARGET_MAX_PATHS,
			     caps.max[CHIMNEY_TYPE_PATH]) &&
		   put_limit(msg, CHIMNEY_A_TARGET_MAX_CONNS,
			     caps.max[CHIMNEY_TYPE_CONN]) &&
		   put_settings(msg, &t->settings));
}

static bool put_u64(struct sk_buff *msg, int attr, u64 value)
{
	return !nla_put_u64_64bit(msg, attr, value, CHIMNEY_A_OBJECT_PAD);
}

static bool put_neigh(struct sk_buff *msg, const struct chimney_neigh *neigh)
{
	return !chimney_addr_put(msg, CHIMNEY_A_OBJECT_NEXTHOP, &neigh->nexthop) &&
	       !(neigh->vlan && nla_put_u16(msg, CHIMNEY_A_OBJECT_VLAN,
					    neigh->vlan)) &&
	       !(neigh->n && nla_put(msg, CHIMNEY_A_OBJECT_LLADDR, ETH_ALEN,
				     neigh->ha));
}

static bool put_path(struct sk_buff *msg, const struct chimney_path *path)
{
	return !chimney_addr_put(msg, CHIMNEY_A_OBJECT_SADDR, &path->saddr) &&
	       !chimney_addr_put(msg, CHIMNEY_A_OBJECT_DADDR, &path->daddr) &&
	       !nla_put_u32(msg, CHIMNEY_A_OBJECT_MTU, path->mtu);
}

static bool put_conn(struct sk_buff *msg, const struct chimney_conn *conn)
{
	const struct chimney_key *key = &conn->key;

	return !chimney_addr_put(msg, CHIMNEY_A_OBJECT_SADDR, &key->saddr) &&
	       !chimney_addr_put(msg, CHIMNEY_A_OBJECT_DADDR, &key->daddr) &&
	       !nla_put_be16(msg, CHIMNEY_A_OBJECT_SPORT, key->sport) &&
	       !nla_put_be16(msg, CHIMNEY_A_OBJECT_DPORT, key->dport) &&
	       (!conn->cookie ||
		put_u64(msg, CHIMNEY_A_OBJECT_COOKIE, conn->cookie)) &&
	       !nla_put_u32(msg, CHIMNEY_A_OBJECT_PRIORITY, conn->origin.priority) &&
	       put_u64(msg, CHIMNEY_A_OBJECT_TX_OCTETS,
		       atomic64_read(&conn->tx_octets)) &&
	       put_u64(msg, CHIMNEY_A_OBJECT_RX_OCTETS,
		       atomic64_read(&conn->rx_octets)) &&
	       !nla_put_u32(msg, CHIMNEY_A_OBJECT_FORWARDED,
			    atomic_read(&conn->forwarded)) &&
	       !nla_put_u32(msg, CHIMNEY_A_OBJECT_DIVERTED,
			    atomic_read(&conn->diverted)) &&
	       !nla_put_u32(msg, CHIMNEY_A_OBJECT_DIVERT_DROPS,
			    atomic_read(&conn->divert_drops)) &&
	       !(conn->origin.automatic &&
		 nla_put_u32(msg, CHIMNEY_A_OBJECT_RULE, conn->origin.rule)) &&
	       put_u64(msg, CHIMNEY_A_OBJECT_WINDOW_OCTETS,
		       conn->window_octets);
}

/* The one that is over first. */
static bool put_hold(struct sk_buff *msg, const struct chimney_object *obj)
{
	const struct chimney_hold *h = &obj->hold[CHIMNEY_HOLD_CAUSE];
	const struct chimney_hold *other = &obj->hold[CHIMNEY_HOLD_ASKED];

	if (h->reason == CHIMNEY_REASON_NONE ||
	    (other->reason != CHIMNEY_REASON_NONE &&
	     ktime_before(other->node.expires, h->node.expires)))
		h = other;
	return h->reason == CHIMNEY_REASON_NONE ||
	       (!nla_put_u32(msg, CHIMNEY_A_OBJECT_HELD, h->reason) &&
		!nla_put_u32(msg, CHIMNEY_A_OBJECT_HELD_MS,
			     chimney_hold_left(h)));
}

static bool put_layer(struct sk_buff *msg, struct chimney_object *obj)
{
	switch (obj->type) {
	case CHIMNEY_TYPE_NEIGH:
		return put_neigh(msg, chimney_neigh(obj));
	case CHIMNEY_TYPE_PATH:
		return put_path(msg, chimney_path(obj));
	default:
		return put_conn(msg, chimney_conn(obj));
	}
}

/* What all layers have. */
static bool put_object(struct sk_buff *msg, const struct chimney_object *obj)
{
	u64 age = ktime_to_ns(ktime_sub(ktime_get_boottime(), obj->changed));

	lockdep_assert_held(&obj->tree->lock);
	return put_u64(msg, CHIMNEY_A_OBJECT_ID, obj->id) &&
	       !nla_put_u32(msg, CHIMNEY_A_OBJECT_TYPE, obj->type) &&
	       (!obj->parent ||
		put_u64(msg, CHIMNEY_A_OBJECT_PARENT, obj->parent->id)) &&
	       !nla_put_u32(msg, CHIMNEY_A_OBJECT_STATE, obj->state) &&
	       !(obj->closing && nla_put_flag(msg, CHIMNEY_A_OBJECT_CLOSING)) &&
	       !nla_put_u32(msg, CHIMNEY_A_OBJECT_REFCOUNT, obj->refcount) &&
	       !nla_put_u32(msg, CHIMNEY_A_OBJECT_REASON, obj->reason) &&
	       !nla_put_u32(msg, CHIMNEY_A_OBJECT_STATUS, obj->status) &&
	       !(obj->why && nla_put_string(msg, CHIMNEY_A_OBJECT_WHY,
					    obj->why)) &&
	       put_u64(msg, CHIMNEY_A_OBJECT_AGE_NS, age) &&
	       put_u64(msg, CHIMNEY_A_OBJECT_TOOK_NS, obj->took);
}

int chimney_show_object(struct sk_buff *msg, struct chimney_target *t,
			struct chimney_object *obj, const struct chimney_asker *a)
{
	void *hdr = begin(msg, a);
	bool fits;

	if (!hdr)
		return -EMSGSIZE;
	fits = !nla_put_u32(msg, CHIMNEY_A_OBJECT_IFINDEX, t->dev->ifindex);
	spin_lock_bh(&t->tree.lock);
	fits = fits && put_object(msg, obj) && put_layer(msg, obj) &&
	       put_hold(msg, obj);
	spin_unlock_bh(&t->tree.lock);
	return end(msg, hdr, fits);
}

static bool put_counter(struct sk_buff *msg, const char *name, u64 value)
{
	struct nlattr *nest = nla_nest_start(msg, CHIMNEY_A_STATS_COUNTER);

	if (!nest || nla_put_string(msg, CHIMNEY_A_COUNTER_NAME, name) ||
	    nla_put_u64_64bit(msg, CHIMNEY_A_COUNTER_VALUE, value,
			      CHIMNEY_A_COUNTER_PAD))
		return false;
	nla_nest_end(msg, nest);
	return true;
}

/* Those that are zero are left out. */
static bool put_tallies(struct sk_buff *msg, int attr, int key,
			const atomic64_t *count, unsigned int n)
{
	struct nlattr *nest;
	unsigned int i;
	u64 value;

	for (i = 0; i < n; i++) {
		value = atomic64_read(&count[i]);
		if (!value)
			continue;
		nest = nla_nest_start(msg, attr);
		if (!nest || nla_put_u32(msg, key, i) ||
		    nla_put_u64_64bit(msg, CHIMNEY_A_TALLY_COUNT, value,
				      CHIMNEY_A_TALLY_PAD))
			return false;
		nla_nest_end(msg, nest);
	}
	return true;
}

/* Those that are zero are left out. */
static bool put_spans(struct sk_buff *msg, const struct chimney_stats *s)
{
	struct nlattr *nest;
	unsigned int i;
	u64 count;

	for (i = 0; i < CHIMNEY_SPANS; i++) {
		count = atomic64_read(&s->span[i]);
		if (!count)
			continue;
		nest = nla_nest_start(msg, CHIMNEY_A_STATS_TERMINATE_TIMES);
		if (!nest ||
		    nla_put_u64_64bit(msg, CHIMNEY_A_SPAN_BELOW_NS,
				      chimney_stats_span_end(i),
				      CHIMNEY_A_SPAN_PAD) ||
		    nla_put_u64_64bit(msg, CHIMNEY_A_SPAN_COUNT, count,
				      CHIMNEY_A_SPAN_PAD))
			return false;
		nla_nest_end(msg, nest);
	}
	return true;
}

/* How often each reason was given, and what came of it. */
static bool put_reasons(struct sk_buff *msg, const struct chimney_stats *s)
{
	const struct {
		int			attr;
		const atomic64_t	*count;
	} tallies[] = {
		{ CHIMNEY_A_STATS_TERMINATED, s->terminated },
		{ CHIMNEY_A_STATS_ASKED, s->asked },
		{ CHIMNEY_A_STATS_HELD, s->held },
		{ CHIMNEY_A_STATS_HONOURED, s->honoured },
		{ CHIMNEY_A_STATS_REFUSED, s->refused },
		{ CHIMNEY_A_STATS_FAILED, s->failed },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tallies); i++) {
		if (!put_tallies(msg, tallies[i].attr, CHIMNEY_A_TALLY_REASON,
				 tallies[i].count, CHIMNEY_REASON_MAX + 1))
			return false;
	}
	return true;
}

static bool put_time(struct sk_buff *msg, int attr, const atomic64_t *ns)
{
	return !nla_put_u64_64bit(msg, attr, atomic64_read(ns),
				  CHIMNEY_A_STATS_PAD);
}

int chimney_show_stats(struct sk_buff *msg, struct chimney_target *t,
		       const struct chimney_asker *a)
{
	const struct chimney_stats *s = &t->stats;
	void *hdr = begin(msg, a);
	bool fits;
	int i;

	if (!hdr)
		return -EMSGSIZE;
	fits = put_dev(msg, t->dev, CHIMNEY_A_STATS_IFINDEX,
		       CHIMNEY_A_STATS_IFNAME);
	for (i = 0; i < CHIMNEY_COUNT_NUM && fits; i++)
		fits = put_counter(msg, chimney_counter_names[i],
				   atomic64_read(&s->count[i]));
	return end(msg, hdr, fits &&
		   put_tallies(msg, CHIMNEY_A_STATS_INITIATED,
			       CHIMNEY_A_TALLY_STATUS, s->initiated,
			       ARRAY_SIZE(s->initiated)) &&
		   put_reasons(msg, s) && put_spans(msg, s) &&
		   put_time(msg, CHIMNEY_A_STATS_INITIATE_NS,
			    &s->initiate_ns) &&
		   put_time(msg, CHIMNEY_A_STATS_INITIATE_MAX_NS,
			    &s->initiate_max_ns) &&
		   put_time(msg, CHIMNEY_A_STATS_TERMINATE_NS,
			    &s->terminate_ns) &&
		   put_time(msg, CHIMNEY_A_STATS_TERMINATE_MAX_NS,
			    &s->terminate_max_ns));
}

static bool put_who(struct sk_buff *msg, const struct chimney_entry *e)
{
	if ((e->id && nla_put_u64_64bit(msg, CHIMNEY_A_ENTRY_ID, e->id,
					CHIMNEY_A_ENTRY_PAD)) ||
	    nla_put_u32(msg, CHIMNEY_A_ENTRY_TYPE, e->type))
		return false;
	if (e->type == CHIMNEY_TYPE_NEIGH)
		return !chimney_addr_put(msg, CHIMNEY_A_ENTRY_NEXTHOP,
					 &e->saddr) &&
		       !(e->vlan && nla_put_u16(msg, CHIMNEY_A_ENTRY_VLAN,
						e->vlan));
	if (chimney_addr_put(msg, CHIMNEY_A_ENTRY_SADDR, &e->saddr) ||
	    chimney_addr_put(msg, CHIMNEY_A_ENTRY_DADDR, &e->daddr))
		return false;
	return e->type != CHIMNEY_TYPE_CONN ||
	       (!nla_put_be16(msg, CHIMNEY_A_ENTRY_SPORT, e->sport) &&
		!nla_put_be16(msg, CHIMNEY_A_ENTRY_DPORT, e->dport));
}

static bool put_change(struct sk_buff *msg, const struct chimney_entry *e)
{
	return !nla_put_u32(msg, CHIMNEY_A_ENTRY_FROM, e->from) &&
	       !nla_put_u32(msg, CHIMNEY_A_ENTRY_TO, e->to) &&
	       !nla_put_u32(msg, CHIMNEY_A_ENTRY_STATUS, e->status) &&
	       !(e->why && nla_put_string(msg, CHIMNEY_A_ENTRY_WHY, e->why)) &&
	       !nla_put_u64_64bit(msg, CHIMNEY_A_ENTRY_TOOK_NS, e->took,
				  CHIMNEY_A_ENTRY_PAD);
}

static bool put_decision(struct sk_buff *msg, const struct chimney_entry *e)
{
	return !nla_put_u32(msg, CHIMNEY_A_ENTRY_ACTION, e->action) &&
	       !(e->action == CHIMNEY_ACTION_HOLD &&
		 nla_put_u32(msg, CHIMNEY_A_ENTRY_HOLD_MS, e->hold_ms)) &&
	       !nla_put_u32(msg, CHIMNEY_A_ENTRY_COUNT, e->count);
}

static bool put_note(struct sk_buff *msg, const struct chimney_entry *e)
{
	switch (e->note) {
	case CHIMNEY_NOTE_CHANGE:
		return put_change(msg, e);
	case CHIMNEY_NOTE_DECISION:
		return put_decision(msg, e);
	default:
		return !nla_put_string(msg, CHIMNEY_A_ENTRY_WHY, e->why);
	}
}

/* What decided. */
static bool put_decider(struct sk_buff *msg, const struct chimney_entry *e)
{
	return !nla_put_u32(msg, CHIMNEY_A_ENTRY_BY, e->by) &&
	       !(e->automatic &&
		 nla_put_u32(msg, CHIMNEY_A_ENTRY_RULE, e->rule)) &&
	       !(e->other && nla_put_u64_64bit(msg, CHIMNEY_A_ENTRY_OTHER,
					       e->other, CHIMNEY_A_ENTRY_PAD));
}

int chimney_show_entry(struct sk_buff *msg, const struct net_device *dev,
		       const struct chimney_entry *e, const struct chimney_asker *a)
{
	void *hdr = begin(msg, a);

	if (!hdr)
		return -EMSGSIZE;
	return end(msg, hdr,
		   put_dev(msg, dev, CHIMNEY_A_ENTRY_IFINDEX,
			   CHIMNEY_A_ENTRY_IFNAME) &&
		   !nla_put_u64_64bit(msg, CHIMNEY_A_ENTRY_SEQ, e->seq,
				      CHIMNEY_A_ENTRY_PAD) &&
		   !nla_put_u64_64bit(msg, CHIMNEY_A_ENTRY_AT_NS,
				      ktime_to_ns(e->at),
				      CHIMNEY_A_ENTRY_PAD) &&
		   !nla_put_u32(msg, CHIMNEY_A_ENTRY_NOTE, e->note) &&
		   ((!e->id && e->note != CHIMNEY_NOTE_REFUSAL) ||
		    put_who(msg, e)) &&
		   !nla_put_u32(msg, CHIMNEY_A_ENTRY_REASON, e->reason) &&
		   put_note(msg, e) && put_decider(msg, e));
}

static bool put_fault(struct sk_buff *msg, const struct chimney_tree_fault *f)
{
	struct nlattr *nest = nla_nest_start(msg, CHIMNEY_A_CHECK_FAULT);

	if (!nest || nla_put_u64_64bit(msg, CHIMNEY_A_FAULT_ID, f->id,
				       CHIMNEY_A_FAULT_PAD) ||
	    nla_put_string(msg, CHIMNEY_A_FAULT_WHAT, f->what))
		return false;
	nla_nest_end(msg, nest);
	return true;
}

int chimney_show_check(struct sk_buff *msg, struct chimney_target *t,
		       const struct chimney_asker *a)
{
	struct chimney_tree_fault fault[MAX_FAULTS];
	u32 faults, objects = 0;
	void *hdr;
	bool fits;
	int i;

	faults = chimney_tree_check(&t->tree, fault, MAX_FAULTS);
	for (i = 0; i <= CHIMNEY_TYPE_MAX; i++)
		objects += READ_ONCE(t->tree.count[i]);

	hdr = begin(msg, a);
	if (!hdr)
		return -EMSGSIZE;
	fits = put_dev(msg, t->dev, CHIMNEY_A_CHECK_IFINDEX,
		       CHIMNEY_A_CHECK_IFNAME) &&
	       !nla_put_u32(msg, CHIMNEY_A_CHECK_OBJECTS, objects) &&
	       !nla_put_u32(msg, CHIMNEY_A_CHECK_FAULTS, faults);
	for (i = 0; i < min_t(u32, faults, MAX_FAULTS) && fits; i++)
		fits = put_fault(msg, &fault[i]);
	return end(msg, hdr, fits);
}

static bool put_tcp(struct sk_buff *msg, const struct chimney_tcp_state *st)
{
	const struct {
		int	attr;
		u32	value;
	} numbers[] = {
		{ CHIMNEY_A_TCP_RCV_NXT, st->rcv_nxt },
		{ CHIMNEY_A_TCP_RCV_WND, st->rcv_wnd },
		{ CHIMNEY_A_TCP_SND_UNA, st->snd_una },
		{ CHIMNEY_A_TCP_SND_NXT, st->snd_nxt },
		{ CHIMNEY_A_TCP_SND_WND, st->snd_wnd },
		{ CHIMNEY_A_TCP_CWND, st->cwnd },
		{ CHIMNEY_A_TCP_SSTHRESH, st->ssthresh },
		{ CHIMNEY_A_TCP_SRTT_US, st->srtt >> 3 },
		{ CHIMNEY_A_TCP_RTTVAR_US, st->mdev >> 2 },
		{ CHIMNEY_A_TCP_RTO_US, st->rto },
		{ CHIMNEY_A_TCP_MSS, st->mss_cache },
		{ CHIMNEY_A_TCP_RETRANSMITS, st->retransmits },
		{ CHIMNEY_A_TCP_TOTAL_RETRANS, st->total_retrans },
	};
	struct nlattr *nest = nla_nest_start(msg, CHIMNEY_A_QUERY_TCP);
	char name[sizeof(st->ca_name)];
	unsigned int i;

	if (!nest)
		return false;
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (nla_put_u32(msg, numbers[i].attr, numbers[i].value))
			return false;
	/* The target's own text: it may have no end. */
	strscpy(name, st->ca_name, sizeof(name));
	if (nla_put_string(msg, CHIMNEY_A_TCP_CONGESTION, name))
		return false;
	nla_nest_end(msg, nest);
	return true;
}

int chimney_show_tcp(struct sk_buff *msg, struct chimney_target *t, u64 id,
		     const struct chimney_tcp_state *st,
		     const struct chimney_asker *a)
{
	void *hdr = begin(msg, a);

	if (!hdr)
		return -EMSGSIZE;
	return end(msg, hdr,
		   !nla_put_u32(msg, CHIMNEY_A_QUERY_IFINDEX,
				t->dev->ifindex) &&
		   !nla_put_u64_64bit(msg, CHIMNEY_A_QUERY_ID, id,
				      CHIMNEY_A_QUERY_PAD) &&
		   put_tcp(msg, st));
}
