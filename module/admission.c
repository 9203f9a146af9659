// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink requests about the rules of admission: replace them, show them, and try
 * what would become of a connection.
 */

#include <net/genetlink.h>
#include <net/sock.h>
#include "addr.h"
#include "admit.h"
#include "candidate.h"
#include "lock.h"
#include "netlink-gen.h"
#include "override.h"
#include "request.h"
#include "route.h"
#include "rules.h"
#include "show.h"
#include "target.h"

/* ---- rules -------------------------------------------------------------- */

int chimney_nl_rules_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *fallback = info->attrs[CHIMNEY_A_RULES_DEFAULT];

	return chimney_rules_set(genl_info_net(info),
				 nlmsg_attrdata(info->nlhdr, GENL_HDRLEN),
				 nlmsg_attrlen(info->nlhdr, GENL_HDRLEN),
				 fallback ? nla_get_u32(fallback) :
					    CHIMNEY_VERDICT_NEVER,
				 info->extack);
}

#define HAS(name)	(a->fields & BIT(CHIMNEY_A_ADMISSION_RULE_##name))
#define U32(name, value) \
	(!HAS(name) || !nla_put_u32(msg, CHIMNEY_A_ADMISSION_RULE_##name, value))
#define U16(name, value) \
	(!HAS(name) || !nla_put_u16(msg, CHIMNEY_A_ADMISSION_RULE_##name, value))
#define U64(name, value) \
	(!HAS(name) || !nla_put_u64_64bit(msg, \
			CHIMNEY_A_ADMISSION_RULE_##name, value, \
			CHIMNEY_A_ADMISSION_RULE_PAD))
#define ADDR(name, value) \
	(!HAS(name) || !chimney_addr_put(msg, \
			CHIMNEY_A_ADMISSION_RULE_##name, value))

static bool put_rule(struct sk_buff *msg, const struct chimney_admit_rule *a,
		     u32 number, u64 hits)
{
	struct nlattr *nest = nla_nest_start(msg, CHIMNEY_A_RULES_RULE);

	if (!nest || !U32(VERDICT, a->verdict) || !ADDR(SADDR, &a->saddr) ||
	    !U32(SADDR_LEN, a->saddr_len) || !ADDR(DADDR, &a->daddr) ||
	    !U32(DADDR_LEN, a->daddr_len) ||
	    !U16(SPORT_MIN, a->sport[0]) || !U16(SPORT_MAX, a->sport[1]) ||
	    !U16(DPORT_MIN, a->dport[0]) || !U16(DPORT_MAX, a->dport[1]) ||
	    (HAS(DEV) && nla_put_string(msg, CHIMNEY_A_ADMISSION_RULE_DEV,
					a->dev)) ||
	    !U32(UID_MIN, a->uid[0]) || !U32(UID_MAX, a->uid[1]) ||
	    !U64(CGROUP, a->cgroup) ||
	    !U32(SO_PRIORITY_MIN, a->so_priority[0]) ||
	    !U32(SO_PRIORITY_MAX, a->so_priority[1]) ||
	    !U32(MARK, a->mark) || !U32(MARK_MASK, a->mark_mask) ||
	    !U64(MIN_OCTETS, a->min_octets) ||
	    !U32(MIN_AGE_MS, a->min_age_ms) || !U32(PRIORITY, a->priority) ||
	    !U32(PRIORITY_CAP, a->priority) ||
	    nla_put_u32(msg, CHIMNEY_A_ADMISSION_RULE_NUMBER, number) ||
	    nla_put_u64_64bit(msg, CHIMNEY_A_ADMISSION_RULE_HITS, hits,
			      CHIMNEY_A_ADMISSION_RULE_PAD))
		return false;
	nla_nest_end(msg, nest);
	return true;
}

static int show_rule(struct sk_buff *msg, const struct chimney_admit_rule *a,
		     u32 number, u64 hits, const struct chimney_asker *asker,
		     struct netlink_callback *cb)
{
	void *hdr = genlmsg_put(msg, asker->portid, asker->seq,
				&chimney_nl_family, asker->flags, asker->cmd);

	if (!hdr)
		return -EMSGSIZE;
	if (cb)
		genl_dump_check_consistent(cb, hdr);
	if (!put_rule(msg, a, number, hits)) {
		genlmsg_cancel(msg, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return 0;
}

static int reply(struct genl_info *info, struct sk_buff *msg, int err)
{
	if (!err)
		return genlmsg_reply(msg, info);
	nlmsg_free(msg);
	return err;
}

static void answers(struct chimney_asker *a, const struct genl_info *info)
{
	a->portid = info->snd_portid;
	a->seq = info->snd_seq;
	a->flags = 0;
	a->cmd = info->genlhdr->cmd;
}

int chimney_nl_rules_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *number = info->attrs[CHIMNEY_A_RULES_NUMBER];
	struct chimney_admit_rule a;
	struct chimney_asker asker;
	struct sk_buff *msg;
	u64 hits;

	if (!number)
		return chimney_complain(info->extack, NULL, -EINVAL,
					"number is missing: name a rule, or ask for a dump");
	if (!chimney_rules_read(genl_info_net(info), nla_get_u32(number), &a,
				&hits))
		return chimney_complain(info->extack, number, -ENOENT,
					"there is no rule of this number: chimney rules lists those there are");
	answers(&asker, info);
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	return reply(info, msg, show_rule(msg, &a, nla_get_u32(number), hits,
					  &asker, NULL));
}

/*
 * The number of the rule that comes next is kept between two parts, counted from
 * the end of the list as 0 for the default. Where the list is replaced meanwhile, the
 * message says that the dump was interrupted.
 */
int chimney_nl_rules_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	const struct genlmsghdr *genl = nlmsg_data(cb->nlh);
	const struct chimney_asker asker = {
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.flags = NLM_F_MULTI,
		.cmd = genl->cmd,
	};
	struct net *net = sock_net(msg->sk);
	struct chimney_admit_rule a;
	long *shown = &cb->args[0];
	u64 hits;

	cb->seq = chimney_rules_generation(net);
	for (; *shown >= 0; ++*shown) {
		u32 number = *shown + 1;

		if (!chimney_rules_read(net, number, &a, &hits)) {
			number = 0;
			chimney_rules_read(net, 0, &a, &hits);
		}
		if (show_rule(msg, &a, number, hits, &asker, cb))
			return msg->len;
		if (!number) {
			*shown = -1;
			break;
		}
	}
	return msg->len;
}

/* ---- try ---------------------------------------------------------------- */

/**
 * struct trial - what would become of a connection
 * @t: its target, or NULL
 * @why: what stands against it beside the rules, or NULL
 * @j: what the rules say
 * @p: what is known of it
 * @known: it is a candidate, so that @p counts
 */
struct trial {
	struct chimney_target	*t;
	const char		*why;
	struct chimney_judgment	j;
	struct chimney_prospect	p;
	bool			known;
};

/* What the socket itself has against it; that of a busy one is not known. */
static const char *ask_socket(struct sock *sk)
{
	const char *why;

	if (!chimney_lock_sock(sk, jiffies + HZ / 5))
		return "its application keeps the socket locked; try again";
	why = chimney_admit(sk);
	release_sock(sk);
	return why;
}

/* What is automatic does not ask for what an administrator may. */
static const char *ask_automatic(const struct trial *trial)
{
	struct chimney_target *t = trial->t;

	if (READ_ONCE(t->settings.admission) != CHIMNEY_ADMISSION_AUTO)
		return NULL;
	if (ktime_before(ktime_get(), chimney_policy_rests(t)))
		return "the target rests, since it failed several times in a row";
	if (chimney_policy_hopeless(t, trial->j.priority))
		return "the target is full, with connections of no lower priority";
	return NULL;
}

static void try_socket(struct trial *trial, struct sock *sk)
{
	struct chimney_route route;

	trial->known = chimney_candidate_prospect(sk, &trial->p);
	trial->why = chimney_route_sock(sk, &route);
	if (trial->why)
		return;
	trial->t = chimney_target_get_by_dev(route.dev);
	if (!trial->t) {
		trial->why = "its device is no offload target";
	} else {
		chimney_rules_judge(sk, trial->t->dev, &trial->j);
		trial->why = ask_socket(sk) ?: chimney_policy_closed(trial->t) ?:
			     ask_automatic(trial);
	}
	chimney_route_put(&route);
}

static bool put_judgment(struct sk_buff *msg, const struct trial *trial)
{
	const struct chimney_judgment *j = &trial->j;
	const struct chimney_target *t = trial->t;

	return !nla_put_u32(msg, CHIMNEY_A_TRIAL_IFINDEX, t->dev->ifindex) &&
	       !nla_put_u32(msg, CHIMNEY_A_TRIAL_ADMISSION,
			    READ_ONCE(t->settings.admission)) &&
	       !nla_put_u32(msg, CHIMNEY_A_TRIAL_VERDICT, j->verdict) &&
	       !nla_put_u32(msg, CHIMNEY_A_TRIAL_RULE, j->rule) &&
	       !nla_put_u32(msg, CHIMNEY_A_TRIAL_PRIORITY, j->priority) &&
	       !nla_put_u64_64bit(msg, CHIMNEY_A_TRIAL_MIN_OCTETS,
				  j->min_octets, CHIMNEY_A_TRIAL_PAD) &&
	       !nla_put_u32(msg, CHIMNEY_A_TRIAL_MIN_AGE_MS, j->min_age_ms);
}

static bool put_prospect(struct sk_buff *msg, const struct chimney_prospect *p)
{
	return !nla_put_u64_64bit(msg, CHIMNEY_A_TRIAL_OCTETS, p->octets,
				  CHIMNEY_A_TRIAL_PAD) &&
	       !nla_put_u32(msg, CHIMNEY_A_TRIAL_AGE_MS, p->age_ms) &&
	       !nla_put_u32(msg, CHIMNEY_A_TRIAL_BACKOFF_MS, p->backoff_ms);
}

static int answer_trial(struct genl_info *info, const struct trial *trial)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &chimney_nl_family, 0,
				info->genlhdr->cmd);
	if (!hdr || (trial->t && !put_judgment(msg, trial)) ||
	    (trial->known && !put_prospect(msg, &trial->p)) ||
	    (trial->why && nla_put_string(msg, CHIMNEY_A_TRIAL_WHY,
					  trial->why)))
		return reply(info, msg, -EMSGSIZE);
	genlmsg_end(msg, hdr);
	return reply(info, msg, 0);
}

int chimney_nl_try_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct chimney_key key = { .net = genl_info_net(info) };
	struct trial trial = {};
	struct sock *sk;
	int err;

	if (!info->attrs[CHIMNEY_A_TRIAL_SADDR] ||
	    !info->attrs[CHIMNEY_A_TRIAL_DADDR] ||
	    !info->attrs[CHIMNEY_A_TRIAL_SPORT] ||
	    !info->attrs[CHIMNEY_A_TRIAL_DPORT])
		return chimney_complain(info->extack, NULL, -EINVAL,
					"try wants saddr, daddr, sport and dport: the two ends of a connection");
	err = chimney_addr_take_ends(info->attrs[CHIMNEY_A_TRIAL_SADDR],
				     &key.saddr,
				     info->attrs[CHIMNEY_A_TRIAL_DADDR],
				     &key.daddr, info->extack);
	if (err)
		return err;
	key.sport = nla_get_be16(info->attrs[CHIMNEY_A_TRIAL_SPORT]);
	key.dport = nla_get_be16(info->attrs[CHIMNEY_A_TRIAL_DPORT]);
	sk = chimney_admit_find(&key);
	if (!sk)
		return chimney_complain(info->extack, NULL, -ENOENT,
					"there is no such established TCP connection: ss -t lists those there are");
	try_socket(&trial, sk);
	err = answer_trial(info, &trial);
	if (trial.t)
		chimney_target_put(trial.t);
	sock_put(sk);
	return err;
}
