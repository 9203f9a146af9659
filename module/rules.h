/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rules of admission: which connections a target in automatic mode gets. Each
 * network namespace has an ordered list; the first rule that matches counts. A
 * list is never changed but replaced as a whole.
 */
#ifndef _CHIMNEY_RULES_H
#define _CHIMNEY_RULES_H

#include <linux/if.h>
#include <linux/in6.h>
#include <linux/types.h>
#include <net/chimney.h>

struct net;
struct net_device;
struct netlink_ext_ack;
struct nlattr;
struct sk_buff;
struct sock;

#define CHIMNEY_RULES_MAX	16384

/**
 * struct chimney_admit_rule - a rule of admission
 * @fields: what is given, bits by the numbers of the attributes; what is not
 *          matches anything
 * @verdict: what becomes of a connection that it matches
 * @saddr: host's prefix
 * @daddr: peer's prefix, of the same protocol
 * @saddr_len: bits of the host's prefix, as its own protocol counts them
 * @daddr_len: bits of the peer's
 * @sport: host's port, from and to
 * @dport: peer's port
 * @dev: name of the target's netdev
 * @uid: user the socket belongs to, as of the user namespace of the network
 *       namespace
 * @so_priority: SO_PRIORITY
 * @mark: SO_MARK, as far as
 * @mark_mask: says
 * @cgroup: control group that the socket was made in or below
 * @min_octets: (offload) octets it has to have moved
 * @min_age_ms: (offload) milliseconds it has to have been there
 * @priority: (offload) that it gets, or at most, with PRIORITY_CAP
 */
struct chimney_admit_rule {
	u32			fields;
	enum chimney_verdict	verdict;
	struct in6_addr		saddr, daddr;
	u8			saddr_len, daddr_len;
	u16			sport[2], dport[2];
	char			dev[IFNAMSIZ];
	u32			uid[2];
	u32			so_priority[2];
	u32			mark, mark_mask;
	u64			cgroup;
	u64			min_octets;
	u32			min_age_ms;
	u32			priority;
};

/**
 * struct chimney_judgment - what the rules say of a connection
 * @verdict: what becomes of it
 * @rule: number of the rule, 0: the default
 * @priority: that it gets
 * @min_octets: octets it has to have moved before
 * @min_age_ms: milliseconds it has to have been there
 * @generation: of these rules; others have another
 */
struct chimney_judgment {
	enum chimney_verdict	verdict;
	u32			rule;
	u32			priority;
	u64			min_octets;
	u32			min_age_ms;
	u32			generation;
};

/*
 * What the rules of its network namespace say of @sk, whose packets leave by
 * @dev. The socket need not be locked. Context: any.
 */
void chimney_rules_judge(const struct sock *sk, const struct net_device *dev,
			 struct chimney_judgment *j);
/* Counts a connection as decided by @j, unless the rules are others by now. */
void chimney_rules_hit(struct net *net, const struct chimney_judgment *j);

/*
 * Replace the rules of @net by those in the attributes of a request. Context:
 * process. Return: 0; -EINVAL, -E2BIG, -ENOMEM with a complaint, nothing changed.
 */
int chimney_rules_set(struct net *net, const struct nlattr *attrs, int len,
		      enum chimney_verdict fallback,
		      struct netlink_ext_ack *extack);

/*
 * Copies the rule of a number, 0 for the default, and how often it decided.
 * Context: process. false: there is none.
 */
bool chimney_rules_read(struct net *net, u32 number, struct chimney_admit_rule *a,
			u64 *hits);
/* How many rules there are in @net. */
u32 chimney_rules_count(struct net *net);
/* Which rules there are: never 0, another number for others. */
u32 chimney_rules_generation(struct net *net);

int chimney_rules_init(void);
void chimney_rules_exit(void);

#endif /* _CHIMNEY_RULES_H */
