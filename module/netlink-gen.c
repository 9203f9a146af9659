// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	netlink/specs/chimney.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink-gen.h"

#include <uapi/linux/chimney.h>

/* Common nested types */
const struct nla_policy chimney_admission_rule_nl_policy[CHIMNEY_A_ADMISSION_RULE_HITS + 1] = {
	[CHIMNEY_A_ADMISSION_RULE_VERDICT] = NLA_POLICY_MAX(NLA_U32, 1),
	[CHIMNEY_A_ADMISSION_RULE_SADDR] = { .type = NLA_BINARY, },
	[CHIMNEY_A_ADMISSION_RULE_SADDR_LEN] = NLA_POLICY_MAX(NLA_U32, 128),
	[CHIMNEY_A_ADMISSION_RULE_DADDR] = { .type = NLA_BINARY, },
	[CHIMNEY_A_ADMISSION_RULE_DADDR_LEN] = NLA_POLICY_MAX(NLA_U32, 128),
	[CHIMNEY_A_ADMISSION_RULE_SPORT_MIN] = { .type = NLA_U16, },
	[CHIMNEY_A_ADMISSION_RULE_SPORT_MAX] = { .type = NLA_U16, },
	[CHIMNEY_A_ADMISSION_RULE_DPORT_MIN] = { .type = NLA_U16, },
	[CHIMNEY_A_ADMISSION_RULE_DPORT_MAX] = { .type = NLA_U16, },
	[CHIMNEY_A_ADMISSION_RULE_DEV] = { .type = NLA_NUL_STRING, .len = 15, },
	[CHIMNEY_A_ADMISSION_RULE_UID_MIN] = { .type = NLA_U32, },
	[CHIMNEY_A_ADMISSION_RULE_UID_MAX] = { .type = NLA_U32, },
	[CHIMNEY_A_ADMISSION_RULE_CGROUP] = { .type = NLA_U64, },
	[CHIMNEY_A_ADMISSION_RULE_SO_PRIORITY_MIN] = { .type = NLA_U32, },
	[CHIMNEY_A_ADMISSION_RULE_SO_PRIORITY_MAX] = { .type = NLA_U32, },
	[CHIMNEY_A_ADMISSION_RULE_MARK] = { .type = NLA_U32, },
	[CHIMNEY_A_ADMISSION_RULE_MARK_MASK] = { .type = NLA_U32, },
	[CHIMNEY_A_ADMISSION_RULE_MIN_OCTETS] = { .type = NLA_U64, },
	[CHIMNEY_A_ADMISSION_RULE_MIN_AGE_MS] = { .type = NLA_U32, },
	[CHIMNEY_A_ADMISSION_RULE_PRIORITY] = { .type = NLA_U32, },
	[CHIMNEY_A_ADMISSION_RULE_PRIORITY_CAP] = { .type = NLA_U32, },
	[CHIMNEY_A_ADMISSION_RULE_NUMBER] = { .type = NLA_U32, },
	[CHIMNEY_A_ADMISSION_RULE_HITS] = { .type = NLA_U64, },
};

const struct nla_policy chimney_match_nl_policy[CHIMNEY_A_MATCH_MTU + 1] = {
	[CHIMNEY_A_MATCH_SADDR] = { .type = NLA_BINARY, },
	[CHIMNEY_A_MATCH_DADDR] = { .type = NLA_BINARY, },
	[CHIMNEY_A_MATCH_SPORT] = { .type = NLA_U16, },
	[CHIMNEY_A_MATCH_DPORT] = { .type = NLA_U16, },
	[CHIMNEY_A_MATCH_NEXTHOP] = { .type = NLA_BINARY, },
	[CHIMNEY_A_MATCH_VLAN] = { .type = NLA_U16, },
	[CHIMNEY_A_MATCH_MTU] = { .type = NLA_U32, },
};

const struct nla_policy chimney_rule_nl_policy[CHIMNEY_A_RULE_HOLD_MS + 1] = {
	[CHIMNEY_A_RULE_REASON] = NLA_POLICY_MAX(NLA_U32, 47),
	[CHIMNEY_A_RULE_ACTION] = NLA_POLICY_MAX(NLA_U32, 4),
	[CHIMNEY_A_RULE_HOLD_MS] = { .type = NLA_U32, },
};

const struct nla_policy chimney_settings_nl_policy[CHIMNEY_A_SETTINGS_REST_MS + 1] = {
	[CHIMNEY_A_SETTINGS_RULE] = NLA_POLICY_NESTED(chimney_rule_nl_policy),
	[CHIMNEY_A_SETTINGS_INITIATE_MS] = { .type = NLA_U32, },
	[CHIMNEY_A_SETTINGS_TERMINATE_MS] = { .type = NLA_U32, },
	[CHIMNEY_A_SETTINGS_DIVERT_MAX] = { .type = NLA_U32, },
	[CHIMNEY_A_SETTINGS_UPDATE_MS] = { .type = NLA_U32, },
	[CHIMNEY_A_SETTINGS_MAX_CONNS] = { .type = NLA_U32, },
	[CHIMNEY_A_SETTINGS_MAX_HISTORY] = { .type = NLA_U32, },
	[CHIMNEY_A_SETTINGS_WINDOW_MS] = { .type = NLA_U32, },
	[CHIMNEY_A_SETTINGS_MIN_SENT] = { .type = NLA_U32, },
	[CHIMNEY_A_SETTINGS_MIN_RECEIVED] = { .type = NLA_U32, },
	[CHIMNEY_A_SETTINGS_HYSTERESIS] = { .type = NLA_U32, },
	[CHIMNEY_A_SETTINGS_MIN_STAY_MS] = { .type = NLA_U32, },
	[CHIMNEY_A_SETTINGS_ADMISSION] = NLA_POLICY_MAX(NLA_U32, 1),
	[CHIMNEY_A_SETTINGS_BACKOFF_MS] = { .type = NLA_U32, },
	[CHIMNEY_A_SETTINGS_BACKOFF_MAX_MS] = { .type = NLA_U32, },
	[CHIMNEY_A_SETTINGS_BACKOFF_DECAY_MS] = { .type = NLA_U32, },
	[CHIMNEY_A_SETTINGS_REST_FAILURES] = { .type = NLA_U32, },
	[CHIMNEY_A_SETTINGS_REST_MS] = { .type = NLA_U32, },
};

/* CHIMNEY_CMD_TARGET_GET - do */
const struct nla_policy chimney_target_get_nl_policy[CHIMNEY_A_TARGET_DEFAULTS + 1] = {
	[CHIMNEY_A_TARGET_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[CHIMNEY_A_TARGET_DEFAULTS] = { .type = NLA_FLAG, },
};

/* CHIMNEY_CMD_TARGET_SET - do */
const struct nla_policy chimney_target_set_nl_policy[CHIMNEY_A_TARGET_DEFAULTS + 1] = {
	[CHIMNEY_A_TARGET_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[CHIMNEY_A_TARGET_SETTINGS] = NLA_POLICY_NESTED(chimney_settings_nl_policy),
	[CHIMNEY_A_TARGET_DEFAULTS] = { .type = NLA_FLAG, },
};

/* CHIMNEY_CMD_OBJECT_GET - do */
const struct nla_policy chimney_object_get_nl_policy[CHIMNEY_A_OBJECT_TYPE + 1] = {
	[CHIMNEY_A_OBJECT_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[CHIMNEY_A_OBJECT_ID] = { .type = NLA_U64, },
	[CHIMNEY_A_OBJECT_TYPE] = NLA_POLICY_MAX(NLA_U32, 2),
};

/* CHIMNEY_CMD_STATS_GET - do */
const struct nla_policy chimney_stats_get_nl_policy[CHIMNEY_A_STATS_IFINDEX + 1] = {
	[CHIMNEY_A_STATS_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* CHIMNEY_CMD_JOURNAL_GET - do */
const struct nla_policy chimney_journal_get_nl_policy[CHIMNEY_A_ENTRY_ID + 1] = {
	[CHIMNEY_A_ENTRY_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[CHIMNEY_A_ENTRY_SEQ] = { .type = NLA_U64, },
	[CHIMNEY_A_ENTRY_ID] = { .type = NLA_U64, },
};

/* CHIMNEY_CMD_OFFLOAD - do */
const struct nla_policy chimney_offload_nl_policy[CHIMNEY_A_REQUEST_PRIORITY + 1] = {
	[CHIMNEY_A_REQUEST_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[CHIMNEY_A_REQUEST_MATCH] = NLA_POLICY_NESTED(chimney_match_nl_policy),
	[CHIMNEY_A_REQUEST_ALL] = { .type = NLA_FLAG, },
	[CHIMNEY_A_REQUEST_PRIORITY] = { .type = NLA_U32, },
};

/* CHIMNEY_CMD_TERMINATE - do */
const struct nla_policy chimney_terminate_nl_policy[CHIMNEY_A_REQUEST_IF_UNUSED + 1] = {
	[CHIMNEY_A_REQUEST_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[CHIMNEY_A_REQUEST_MATCH] = NLA_POLICY_NESTED(chimney_match_nl_policy),
	[CHIMNEY_A_REQUEST_ID] = { .type = NLA_U64, },
	[CHIMNEY_A_REQUEST_ALL] = { .type = NLA_FLAG, },
	[CHIMNEY_A_REQUEST_IF_UNUSED] = { .type = NLA_FLAG, },
};

/* CHIMNEY_CMD_CHECK - do */
const struct nla_policy chimney_check_nl_policy[CHIMNEY_A_CHECK_IFINDEX + 1] = {
	[CHIMNEY_A_CHECK_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* CHIMNEY_CMD_TARGET_RESET - do */
const struct nla_policy chimney_target_reset_nl_policy[CHIMNEY_A_TARGET_IFINDEX + 1] = {
	[CHIMNEY_A_TARGET_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* CHIMNEY_CMD_QUERY - do */
const struct nla_policy chimney_query_nl_policy[CHIMNEY_A_QUERY_ID + 1] = {
	[CHIMNEY_A_QUERY_ID] = { .type = NLA_U64, },
};

/* CHIMNEY_CMD_RULES_SET - do */
const struct nla_policy chimney_rules_set_nl_policy[CHIMNEY_A_RULES_DEFAULT + 1] = {
	[CHIMNEY_A_RULES_RULE] = NLA_POLICY_NESTED(chimney_admission_rule_nl_policy),
	[CHIMNEY_A_RULES_DEFAULT] = NLA_POLICY_MAX(NLA_U32, 1),
};

/* CHIMNEY_CMD_RULES_GET - do */
const struct nla_policy chimney_rules_get_nl_policy[CHIMNEY_A_RULES_NUMBER + 1] = {
	[CHIMNEY_A_RULES_NUMBER] = { .type = NLA_U32, },
};

/* CHIMNEY_CMD_TRY - do */
const struct nla_policy chimney_try_nl_policy[CHIMNEY_A_TRIAL_DPORT + 1] = {
	[CHIMNEY_A_TRIAL_SADDR] = { .type = NLA_BINARY, },
	[CHIMNEY_A_TRIAL_DADDR] = { .type = NLA_BINARY, },
	[CHIMNEY_A_TRIAL_SPORT] = { .type = NLA_U16, },
	[CHIMNEY_A_TRIAL_DPORT] = { .type = NLA_U16, },
};

/* Ops table for chimney */
const struct genl_ops chimney_nl_ops[13] = {
	{
		.cmd		= CHIMNEY_CMD_TARGET_GET,
		.doit		= chimney_nl_target_get_doit,
		.dumpit		= chimney_nl_target_get_dumpit,
		.policy		= chimney_target_get_nl_policy,
		.maxattr	= CHIMNEY_A_TARGET_DEFAULTS,
	},
	{
		.cmd		= CHIMNEY_CMD_TARGET_SET,
		.doit		= chimney_nl_target_set_doit,
		.policy		= chimney_target_set_nl_policy,
		.maxattr	= CHIMNEY_A_TARGET_DEFAULTS,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CHIMNEY_CMD_OBJECT_GET,
		.doit		= chimney_nl_object_get_doit,
		.dumpit		= chimney_nl_object_get_dumpit,
		.policy		= chimney_object_get_nl_policy,
		.maxattr	= CHIMNEY_A_OBJECT_TYPE,
	},
	{
		.cmd		= CHIMNEY_CMD_STATS_GET,
		.doit		= chimney_nl_stats_get_doit,
		.dumpit		= chimney_nl_stats_get_dumpit,
		.policy		= chimney_stats_get_nl_policy,
		.maxattr	= CHIMNEY_A_STATS_IFINDEX,
	},
	{
		.cmd		= CHIMNEY_CMD_JOURNAL_GET,
		.doit		= chimney_nl_journal_get_doit,
		.dumpit		= chimney_nl_journal_get_dumpit,
		.policy		= chimney_journal_get_nl_policy,
		.maxattr	= CHIMNEY_A_ENTRY_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CHIMNEY_CMD_OFFLOAD,
		.doit		= chimney_nl_offload_doit,
		.policy		= chimney_offload_nl_policy,
		.maxattr	= CHIMNEY_A_REQUEST_PRIORITY,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CHIMNEY_CMD_TERMINATE,
		.doit		= chimney_nl_terminate_doit,
		.policy		= chimney_terminate_nl_policy,
		.maxattr	= CHIMNEY_A_REQUEST_IF_UNUSED,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CHIMNEY_CMD_CHECK,
		.doit		= chimney_nl_check_doit,
		.policy		= chimney_check_nl_policy,
		.maxattr	= CHIMNEY_A_CHECK_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CHIMNEY_CMD_TARGET_RESET,
		.doit		= chimney_nl_target_reset_doit,
		.policy		= chimney_target_reset_nl_policy,
		.maxattr	= CHIMNEY_A_TARGET_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CHIMNEY_CMD_QUERY,
		.doit		= chimney_nl_query_doit,
		.policy		= chimney_query_nl_policy,
		.maxattr	= CHIMNEY_A_QUERY_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CHIMNEY_CMD_RULES_SET,
		.doit		= chimney_nl_rules_set_doit,
		.policy		= chimney_rules_set_nl_policy,
		.maxattr	= CHIMNEY_A_RULES_DEFAULT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= CHIMNEY_CMD_RULES_GET,
		.doit		= chimney_nl_rules_get_doit,
		.dumpit		= chimney_nl_rules_get_dumpit,
		.policy		= chimney_rules_get_nl_policy,
		.maxattr	= CHIMNEY_A_RULES_NUMBER,
	},
	{
		.cmd		= CHIMNEY_CMD_TRY,
		.doit		= chimney_nl_try_doit,
		.policy		= chimney_try_nl_policy,
		.maxattr	= CHIMNEY_A_TRIAL_DPORT,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};

const struct genl_multicast_group chimney_nl_mcgrps[] = {
	[CHIMNEY_NLGRP_EVENTS] = { "events", .flags = GENL_MCAST_CAP_NET_ADMIN, },
};
