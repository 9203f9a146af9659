/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	netlink/specs/chimney.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_CHIMNEY_GEN_H
#define _LINUX_CHIMNEY_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/chimney.h>

/* Common nested types */
extern const struct nla_policy chimney_admission_rule_nl_policy[CHIMNEY_A_ADMISSION_RULE_HITS + 1];
extern const struct nla_policy chimney_match_nl_policy[CHIMNEY_A_MATCH_MTU + 1];
extern const struct nla_policy chimney_rule_nl_policy[CHIMNEY_A_RULE_HOLD_MS + 1];
extern const struct nla_policy chimney_settings_nl_policy[CHIMNEY_A_SETTINGS_REST_MS + 1];

extern const struct nla_policy chimney_target_get_nl_policy[CHIMNEY_A_TARGET_DEFAULTS + 1];

extern const struct nla_policy chimney_target_set_nl_policy[CHIMNEY_A_TARGET_DEFAULTS + 1];

extern const struct nla_policy chimney_object_get_nl_policy[CHIMNEY_A_OBJECT_TYPE + 1];

extern const struct nla_policy chimney_stats_get_nl_policy[CHIMNEY_A_STATS_IFINDEX + 1];

extern const struct nla_policy chimney_journal_get_nl_policy[CHIMNEY_A_ENTRY_ID + 1];

extern const struct nla_policy chimney_offload_nl_policy[CHIMNEY_A_REQUEST_PRIORITY + 1];

extern const struct nla_policy chimney_terminate_nl_policy[CHIMNEY_A_REQUEST_IF_UNUSED + 1];

extern const struct nla_policy chimney_check_nl_policy[CHIMNEY_A_CHECK_IFINDEX + 1];

extern const struct nla_policy chimney_target_reset_nl_policy[CHIMNEY_A_TARGET_IFINDEX + 1];

extern const struct nla_policy chimney_query_nl_policy[CHIMNEY_A_QUERY_ID + 1];

extern const struct nla_policy chimney_rules_set_nl_policy[CHIMNEY_A_RULES_DEFAULT + 1];

extern const struct nla_policy chimney_rules_get_nl_policy[CHIMNEY_A_RULES_NUMBER + 1];

extern const struct nla_policy chimney_try_nl_policy[CHIMNEY_A_TRIAL_DPORT + 1];

/* Ops table for chimney */
extern const struct genl_ops chimney_nl_ops[13];

int chimney_nl_target_get_doit(struct sk_buff *skb, struct genl_info *info);
int chimney_nl_target_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int chimney_nl_target_set_doit(struct sk_buff *skb, struct genl_info *info);
int chimney_nl_object_get_doit(struct sk_buff *skb, struct genl_info *info);
int chimney_nl_object_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int chimney_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int chimney_nl_stats_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int chimney_nl_journal_get_doit(struct sk_buff *skb, struct genl_info *info);
int chimney_nl_journal_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int chimney_nl_offload_doit(struct sk_buff *skb, struct genl_info *info);
int chimney_nl_terminate_doit(struct sk_buff *skb, struct genl_info *info);
int chimney_nl_check_doit(struct sk_buff *skb, struct genl_info *info);
int chimney_nl_target_reset_doit(struct sk_buff *skb, struct genl_info *info);
int chimney_nl_query_doit(struct sk_buff *skb, struct genl_info *info);
int chimney_nl_rules_set_doit(struct sk_buff *skb, struct genl_info *info);
int chimney_nl_rules_get_doit(struct sk_buff *skb, struct genl_info *info);
int chimney_nl_rules_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int chimney_nl_try_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	CHIMNEY_NLGRP_EVENTS,
};

extern const struct genl_multicast_group chimney_nl_mcgrps[1];

#endif /* _LINUX_CHIMNEY_GEN_H */
