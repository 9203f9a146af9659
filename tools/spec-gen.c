// SPDX-License-Identifier: GPL-2.0
/*
 * What messages of the netlink family look like. Generated from
 * netlink/specs/chimney.yaml, do not edit.
 */
#include <stddef.h>
#include <linux/chimney.h>
#include "spec.h"

static const struct spec_name type_names[] = {
	{ 0, "neigh",
	  "layer 2, a next hop" },
	{ 1, "path",
	  "layer 3, addresses and an MTU; depends on a neighbor" },
	{ 2, "conn",
	  "layer 4, a TCP connection; depends on a path" },
	{ 0, NULL, NULL },
};

static const struct spec_name state_names[] = {
	{ 0, "inhost",
	  "the host's stack has it" },
	{ 1, "offloading",
	  "on its way to the target" },
	{ 2, "offloaded",
	  "the target has it" },
	{ 3, "uploading",
	  "on its way back" },
	{ 4, "invalid",
	  "the target has it and must not send" },
	{ 5, "quarantined",
	  "the target hangs; its handle is not used again" },
	{ 0, NULL, NULL },
};

static const struct spec_name status_names[] = {
	{ 0, "ok",
	  "done" },
	{ 1, "failure",
	  "failed; at terminate, the state is lost" },
	{ 2, "no-conn",
	  "the target has no room for a connection" },
	{ 3, "no-path",
	  "the target has no room for a path" },
	{ 4, "no-neigh",
	  "the target has no room for a neighbor" },
	{ 5, "no-buffer",
	  "the target is out of buffers" },
	{ 6, "rejected",
	  "not a good candidate, says the target" },
	{ 7, "not-attempted",
	  "a parent failed" },
	{ 8, "not-admitted",
	  "the host's admission said no" },
	{ 9, "busy",
	  "the socket or a parent was busy for too long" },
	{ 10, "cancelled",
	  "ended by the host before it began" },
	{ 11, "timeout",
	  "the target did not answer within its deadline" },
	{ 12, "no-memory",
	  "the host is out of memory" },
	{ 0, NULL, NULL },
};

static const struct spec_name reason_names[] = {
	{ 0, "none",
	  "no reason yet" },
	{ 1, "low-activity",
	  "(target) too little traffic" },
	{ 2, "high-drop-rate",
	  "(target) too many drops" },
	{ 3, "small-io",
	  "(target) too small reads and writes" },
	{ 4, "no-buffer-preposting",
	  "(target) the application posts no buffers" },
	{ 5, "urgent-data",
	  "(target) urgent data came or was sent" },
	{ 6, "high-fragmentation",
	  "(target) too many IP fragments" },
	{ 7, "high-out-of-order",
	  "(target) too many segments out of order" },
	{ 8, "timeout-expired",
	  "(target) a retransmission or keepalive limit was reached" },
	{ 9, "invalid-state",
	  "(target) a state it depends on is invalid" },
	{ 10, "upload-requested",
	  "(target) wants it back, unspecified" },
	{ 11, "hardware-failure",
	  "(target) hardware failed" },
	{ 12, "administrator",
	  "asked for by an administrator" },
	{ 13, "carrier-lost",
	  "the link lost its medium" },
	{ 14, "admin-down",
	  "the link was set down" },
	{ 15, "pause",
	  "the device pauses" },
	{ 16, "upload-all",
	  "the target wants everything back" },
	{ 17, "idle",
	  "nothing depends on it any more" },
	{ 18, "closing",
	  "the application shuts down or closes the connection" },
	{ 19, "peer-fin",
	  "the peer closed its direction" },
	{ 20, "peer-reset",
	  "the peer reset the connection" },
	{ 21, "socket-destroyed",
	  "an administrator destroyed the socket" },
	{ 22, "socket-option",
	  "a socket option was set that the target cannot follow" },
	{ 23, "neigh-changed",
	  "the neighbor's address changed" },
	{ 24, "neigh-unreachable",
	  "the neighbor does not answer" },
	{ 25, "route-changed",
	  "the route leads elsewhere" },
	{ 26, "device-removed",
	  "the device or its driver goes away" },
	{ 27, "netns-exit",
	  "the network namespace goes away" },
	{ 28, "power",
	  "the machine suspends" },
	{ 29, "initiate-failed",
	  "the target could not take it over" },
	{ 30, "deadline",
	  "the target did not answer in time" },
	{ 31, "misbehaviour",
	  "the target broke the rules of the driver interface" },
	{ 32, "reset",
	  "the target is about to be reset" },
	{ 33, "update-failed",
	  "the target could not take over what has changed" },
	{ 34, "query-failed",
	  "the target could not tell its state, or told one that cannot be" },
	{ 35, "invalidate-failed",
	  "the target could not be kept from sending" },
	{ 36, "displaced",
	  "a connection of higher priority took its place" },
	{ 37, "inactive",
	  "the host counted too little traffic" },
	{ 38, "capacity",
	  "the target can hold fewer than it did" },
	{ 39, "offload-paused",
	  "the target takes no new offloads for a while" },
	{ 40, "memory-pressure",
	  "the host is short of memory" },
	{ 41, "enslaved",
	  "the device became a port of a bridge or a bond" },
	{ 42, "filter-attached",
	  "an XDP program or tc filters were attached to the device" },
	{ 43, "promiscuous",
	  "the device is to receive what others are sent" },
	{ 44, "address-removed",
	  "the host's address was removed" },
	{ 45, "redirected",
	  "a router named another next hop" },
	{ 46, "pmtu-changed",
	  "the path's MTU changed" },
	{ 47, "extension-header",
	  "a packet came with IPv6 extension headers, which are the host's to look at" },
	{ 0, NULL, NULL },
};

static const struct spec_name action_names[] = {
	{ 0, "terminate",
	  "terminate at once" },
	{ 1, "hold",
	  "wait, look again, and terminate if it still holds" },
	{ 2, "ignore",
	  "leave everything offloaded" },
	{ 3, "keep",
	  "the cause has ended within the hold; leave everything offloaded" },
	{ 4, "update",
	  "tell the target what has changed; leave everything offloaded" },
	{ 0, NULL, NULL },
};

static const struct spec_name target_state_names[] = {
	{ 0, "ready",
	  "takes offloads" },
	{ 1, "paused",
	  "takes no new offloads until it resumes" },
	{ 2, "quarantined",
	  "hangs; takes nothing until it is reset" },
	{ 3, "leaving",
	  "is being removed" },
	{ 0, NULL, NULL },
};

static const struct spec_name note_names[] = {
	{ 0, "change",
	  "an object went from one state to another" },
	{ 1, "decision",
	  "the policy decided upon a cause" },
	{ 2, "refusal",
	  "a connection was not offloaded, and no object made for it" },
	{ 0, NULL, NULL },
};

static const struct spec_name decider_names[] = {
	{ 0, "must",
	  "nothing could be chosen" },
	{ 1, "setting",
	  "the setting of the reason" },
	{ 2, "administrator",
	  "an administrator asked for it" },
	{ 3, "rule",
	  "a rule of admission" },
	{ 4, "admission",
	  "what the socket is, or is used for" },
	{ 5, "closed",
	  "the target took no new offloads" },
	{ 6, "limit",
	  "the target was full" },
	{ 0, NULL, NULL },
};

static const struct spec_name admission_names[] = {
	{ 0, "manual",
	  "an administrator, connection by connection" },
	{ 1, "auto",
	  "the rules of the network namespace" },
	{ 0, NULL, NULL },
};

static const struct spec_name verdict_names[] = {
	{ 0, "never",
	  "it stays in the host" },
	{ 1, "offload",
	  "it is offloaded" },
	{ 0, NULL, NULL },
};

static const struct spec_name cap_names[] = {
	{ 1, "detached",
	  "takes connections without a socket, made up for tests of the tree" },
	{ 0, NULL, NULL },
};

const struct spec_enum spec_enums[] = {
	{ "type", type_names },
	{ "state", state_names },
	{ "status", status_names },
	{ "reason", reason_names },
	{ "action", action_names },
	{ "target-state", target_state_names },
	{ "note", note_names },
	{ "decider", decider_names },
	{ "admission", admission_names },
	{ "verdict", verdict_names },
	{ "cap", cap_names },
	{ NULL, NULL },
};

static const struct spec_attr rule_attrs[] = {
	[CHIMNEY_A_RULE_REASON] = {
		.name = "reason",
		.kind = SPEC_U32,
		.names = reason_names,
	},
	[CHIMNEY_A_RULE_ACTION] = {
		.name = "action",
		.kind = SPEC_U32,
		.names = action_names,
	},
	[CHIMNEY_A_RULE_HOLD_MS] = {
		.name = "hold_ms",
		.kind = SPEC_U32,
	},
};

const struct spec_set rule_set = {
	.name = "rule",
	.max = CHIMNEY_A_RULE_MAX,
	.attrs = rule_attrs,
};

static const struct spec_attr settings_attrs[] = {
	[CHIMNEY_A_SETTINGS_RULE] = {
		.name = "rule",
		.kind = SPEC_NEST,
		.multi = true,
		.nest = &rule_set,
	},
	[CHIMNEY_A_SETTINGS_INITIATE_MS] = {
		.name = "initiate_ms",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_SETTINGS_TERMINATE_MS] = {
		.name = "terminate_ms",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_SETTINGS_DIVERT_MAX] = {
		.name = "divert_max",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_SETTINGS_UPDATE_MS] = {
		.name = "update_ms",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_SETTINGS_MAX_CONNS] = {
		.name = "max_conns",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_SETTINGS_MAX_HISTORY] = {
		.name = "max_history",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_SETTINGS_WINDOW_MS] = {
		.name = "window_ms",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_SETTINGS_MIN_SENT] = {
		.name = "min_sent",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_SETTINGS_MIN_RECEIVED] = {
		.name = "min_received",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_SETTINGS_HYSTERESIS] = {
		.name = "hysteresis",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_SETTINGS_MIN_STAY_MS] = {
		.name = "min_stay_ms",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_SETTINGS_ADMISSION] = {
		.name = "admission",
		.kind = SPEC_U32,
		.names = admission_names,
	},
	[CHIMNEY_A_SETTINGS_BACKOFF_MS] = {
		.name = "backoff_ms",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_SETTINGS_BACKOFF_MAX_MS] = {
		.name = "backoff_max_ms",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_SETTINGS_BACKOFF_DECAY_MS] = {
		.name = "backoff_decay_ms",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_SETTINGS_REST_FAILURES] = {
		.name = "rest_failures",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_SETTINGS_REST_MS] = {
		.name = "rest_ms",
		.kind = SPEC_U32,
	},
};

const struct spec_set settings_set = {
	.name = "settings",
	.max = CHIMNEY_A_SETTINGS_MAX,
	.attrs = settings_attrs,
};

static const struct spec_attr target_attrs[] = {
	[CHIMNEY_A_TARGET_IFINDEX] = {
		.name = "ifindex",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TARGET_IFNAME] = {
		.name = "ifname",
		.kind = SPEC_STRING,
	},
	[CHIMNEY_A_TARGET_KIND] = {
		.name = "kind",
		.kind = SPEC_STRING,
	},
	[CHIMNEY_A_TARGET_STATE] = {
		.name = "state",
		.kind = SPEC_U32,
		.names = target_state_names,
	},
	[CHIMNEY_A_TARGET_CLOSED] = {
		.name = "closed",
		.kind = SPEC_STRING,
	},
	[CHIMNEY_A_TARGET_CAPS] = {
		.name = "caps",
		.kind = SPEC_U32,
		.names = cap_names,
		.flags = true,
	},
	[CHIMNEY_A_TARGET_NEIGHS] = {
		.name = "neighs",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TARGET_PATHS] = {
		.name = "paths",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TARGET_CONNS] = {
		.name = "conns",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TARGET_MAX_NEIGHS] = {
		.name = "max_neighs",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TARGET_MAX_PATHS] = {
		.name = "max_paths",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TARGET_MAX_CONNS] = {
		.name = "max_conns",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TARGET_SETTINGS] = {
		.name = "settings",
		.kind = SPEC_NEST,
		.nest = &settings_set,
	},
	[CHIMNEY_A_TARGET_DEFAULTS] = {
		.name = "defaults",
		.kind = SPEC_FLAG,
	},
};

const struct spec_set target_set = {
	.name = "target",
	.max = CHIMNEY_A_TARGET_MAX,
	.attrs = target_attrs,
};

static const struct spec_attr object_attrs[] = {
	[CHIMNEY_A_OBJECT_PAD] = {
		.name = "pad",
		.kind = SPEC_PAD,
	},
	[CHIMNEY_A_OBJECT_IFINDEX] = {
		.name = "ifindex",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_OBJECT_ID] = {
		.name = "id",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_OBJECT_TYPE] = {
		.name = "type",
		.kind = SPEC_U32,
		.names = type_names,
	},
	[CHIMNEY_A_OBJECT_PARENT] = {
		.name = "parent",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_OBJECT_STATE] = {
		.name = "state",
		.kind = SPEC_U32,
		.names = state_names,
	},
	[CHIMNEY_A_OBJECT_CLOSING] = {
		.name = "closing",
		.kind = SPEC_FLAG,
	},
	[CHIMNEY_A_OBJECT_REFCOUNT] = {
		.name = "refcount",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_OBJECT_REASON] = {
		.name = "reason",
		.kind = SPEC_U32,
		.names = reason_names,
	},
	[CHIMNEY_A_OBJECT_STATUS] = {
		.name = "status",
		.kind = SPEC_U32,
		.names = status_names,
	},
	[CHIMNEY_A_OBJECT_WHY] = {
		.name = "why",
		.kind = SPEC_STRING,
	},
	[CHIMNEY_A_OBJECT_AGE_NS] = {
		.name = "age_ns",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_OBJECT_TOOK_NS] = {
		.name = "took_ns",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_OBJECT_NEXTHOP] = {
		.name = "nexthop",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_OBJECT_VLAN] = {
		.name = "vlan",
		.kind = SPEC_U16,
	},
	[CHIMNEY_A_OBJECT_LLADDR] = {
		.name = "lladdr",
		.kind = SPEC_BINARY,
		.hint = SPEC_MAC,
	},
	[CHIMNEY_A_OBJECT_SADDR] = {
		.name = "saddr",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_OBJECT_DADDR] = {
		.name = "daddr",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_OBJECT_MTU] = {
		.name = "mtu",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_OBJECT_SPORT] = {
		.name = "sport",
		.kind = SPEC_U16,
		.big_endian = true,
	},
	[CHIMNEY_A_OBJECT_DPORT] = {
		.name = "dport",
		.kind = SPEC_U16,
		.big_endian = true,
	},
	[CHIMNEY_A_OBJECT_COOKIE] = {
		.name = "cookie",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_OBJECT_PRIORITY] = {
		.name = "priority",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_OBJECT_TX_OCTETS] = {
		.name = "tx_octets",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_OBJECT_RX_OCTETS] = {
		.name = "rx_octets",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_OBJECT_FORWARDED] = {
		.name = "forwarded",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_OBJECT_DIVERTED] = {
		.name = "diverted",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_OBJECT_DIVERT_DROPS] = {
		.name = "divert_drops",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_OBJECT_HELD] = {
		.name = "held",
		.kind = SPEC_U32,
		.names = reason_names,
	},
	[CHIMNEY_A_OBJECT_HELD_MS] = {
		.name = "held_ms",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_OBJECT_RULE] = {
		.name = "rule",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_OBJECT_WINDOW_OCTETS] = {
		.name = "window_octets",
		.kind = SPEC_U64,
	},
};

const struct spec_set object_set = {
	.name = "object",
	.max = CHIMNEY_A_OBJECT_MAX,
	.attrs = object_attrs,
};

static const struct spec_attr counter_attrs[] = {
	[CHIMNEY_A_COUNTER_PAD] = {
		.name = "pad",
		.kind = SPEC_PAD,
	},
	[CHIMNEY_A_COUNTER_NAME] = {
		.name = "name",
		.kind = SPEC_STRING,
	},
	[CHIMNEY_A_COUNTER_VALUE] = {
		.name = "value",
		.kind = SPEC_U64,
	},
};

const struct spec_set counter_set = {
	.name = "counter",
	.max = CHIMNEY_A_COUNTER_MAX,
	.attrs = counter_attrs,
};

static const struct spec_attr tally_attrs[] = {
	[CHIMNEY_A_TALLY_PAD] = {
		.name = "pad",
		.kind = SPEC_PAD,
	},
	[CHIMNEY_A_TALLY_STATUS] = {
		.name = "status",
		.kind = SPEC_U32,
		.names = status_names,
	},
	[CHIMNEY_A_TALLY_REASON] = {
		.name = "reason",
		.kind = SPEC_U32,
		.names = reason_names,
	},
	[CHIMNEY_A_TALLY_COUNT] = {
		.name = "count",
		.kind = SPEC_U64,
	},
};

const struct spec_set tally_set = {
	.name = "tally",
	.max = CHIMNEY_A_TALLY_MAX,
	.attrs = tally_attrs,
};

static const struct spec_attr span_attrs[] = {
	[CHIMNEY_A_SPAN_PAD] = {
		.name = "pad",
		.kind = SPEC_PAD,
	},
	[CHIMNEY_A_SPAN_BELOW_NS] = {
		.name = "below_ns",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_SPAN_COUNT] = {
		.name = "count",
		.kind = SPEC_U64,
	},
};

const struct spec_set span_set = {
	.name = "span",
	.max = CHIMNEY_A_SPAN_MAX,
	.attrs = span_attrs,
};

static const struct spec_attr stats_attrs[] = {
	[CHIMNEY_A_STATS_PAD] = {
		.name = "pad",
		.kind = SPEC_PAD,
	},
	[CHIMNEY_A_STATS_IFINDEX] = {
		.name = "ifindex",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_STATS_IFNAME] = {
		.name = "ifname",
		.kind = SPEC_STRING,
	},
	[CHIMNEY_A_STATS_COUNTER] = {
		.name = "counter",
		.kind = SPEC_NEST,
		.multi = true,
		.nest = &counter_set,
	},
	[CHIMNEY_A_STATS_INITIATED] = {
		.name = "initiated",
		.kind = SPEC_NEST,
		.multi = true,
		.nest = &tally_set,
	},
	[CHIMNEY_A_STATS_TERMINATED] = {
		.name = "terminated",
		.kind = SPEC_NEST,
		.multi = true,
		.nest = &tally_set,
	},
	[CHIMNEY_A_STATS_ASKED] = {
		.name = "asked",
		.kind = SPEC_NEST,
		.multi = true,
		.nest = &tally_set,
	},
	[CHIMNEY_A_STATS_HELD] = {
		.name = "held",
		.kind = SPEC_NEST,
		.multi = true,
		.nest = &tally_set,
	},
	[CHIMNEY_A_STATS_HONOURED] = {
		.name = "honoured",
		.kind = SPEC_NEST,
		.multi = true,
		.nest = &tally_set,
	},
	[CHIMNEY_A_STATS_REFUSED] = {
		.name = "refused",
		.kind = SPEC_NEST,
		.multi = true,
		.nest = &tally_set,
	},
	[CHIMNEY_A_STATS_FAILED] = {
		.name = "failed",
		.kind = SPEC_NEST,
		.multi = true,
		.nest = &tally_set,
	},
	[CHIMNEY_A_STATS_TERMINATE_TIMES] = {
		.name = "terminate_times",
		.kind = SPEC_NEST,
		.multi = true,
		.nest = &span_set,
	},
	[CHIMNEY_A_STATS_INITIATE_NS] = {
		.name = "initiate_ns",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_STATS_INITIATE_MAX_NS] = {
		.name = "initiate_max_ns",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_STATS_TERMINATE_NS] = {
		.name = "terminate_ns",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_STATS_TERMINATE_MAX_NS] = {
		.name = "terminate_max_ns",
		.kind = SPEC_U64,
	},
};

const struct spec_set stats_set = {
	.name = "stats",
	.max = CHIMNEY_A_STATS_MAX,
	.attrs = stats_attrs,
};

static const struct spec_attr entry_attrs[] = {
	[CHIMNEY_A_ENTRY_PAD] = {
		.name = "pad",
		.kind = SPEC_PAD,
	},
	[CHIMNEY_A_ENTRY_IFINDEX] = {
		.name = "ifindex",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ENTRY_IFNAME] = {
		.name = "ifname",
		.kind = SPEC_STRING,
	},
	[CHIMNEY_A_ENTRY_SEQ] = {
		.name = "seq",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_ENTRY_AT_NS] = {
		.name = "at_ns",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_ENTRY_NOTE] = {
		.name = "note",
		.kind = SPEC_U32,
		.names = note_names,
	},
	[CHIMNEY_A_ENTRY_ID] = {
		.name = "id",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_ENTRY_TYPE] = {
		.name = "type",
		.kind = SPEC_U32,
		.names = type_names,
	},
	[CHIMNEY_A_ENTRY_FROM] = {
		.name = "from",
		.kind = SPEC_U32,
		.names = state_names,
	},
	[CHIMNEY_A_ENTRY_TO] = {
		.name = "to",
		.kind = SPEC_U32,
		.names = state_names,
	},
	[CHIMNEY_A_ENTRY_REASON] = {
		.name = "reason",
		.kind = SPEC_U32,
		.names = reason_names,
	},
	[CHIMNEY_A_ENTRY_STATUS] = {
		.name = "status",
		.kind = SPEC_U32,
		.names = status_names,
	},
	[CHIMNEY_A_ENTRY_WHY] = {
		.name = "why",
		.kind = SPEC_STRING,
	},
	[CHIMNEY_A_ENTRY_ACTION] = {
		.name = "action",
		.kind = SPEC_U32,
		.names = action_names,
	},
	[CHIMNEY_A_ENTRY_HOLD_MS] = {
		.name = "hold_ms",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ENTRY_TOOK_NS] = {
		.name = "took_ns",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_ENTRY_BY] = {
		.name = "by",
		.kind = SPEC_U32,
		.names = decider_names,
	},
	[CHIMNEY_A_ENTRY_RULE] = {
		.name = "rule",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ENTRY_OTHER] = {
		.name = "other",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_ENTRY_COUNT] = {
		.name = "count",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ENTRY_NEXTHOP] = {
		.name = "nexthop",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_ENTRY_VLAN] = {
		.name = "vlan",
		.kind = SPEC_U16,
	},
	[CHIMNEY_A_ENTRY_SADDR] = {
		.name = "saddr",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_ENTRY_DADDR] = {
		.name = "daddr",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_ENTRY_SPORT] = {
		.name = "sport",
		.kind = SPEC_U16,
		.big_endian = true,
	},
	[CHIMNEY_A_ENTRY_DPORT] = {
		.name = "dport",
		.kind = SPEC_U16,
		.big_endian = true,
	},
};

const struct spec_set entry_set = {
	.name = "entry",
	.max = CHIMNEY_A_ENTRY_MAX,
	.attrs = entry_attrs,
};

static const struct spec_attr match_attrs[] = {
	[CHIMNEY_A_MATCH_SADDR] = {
		.name = "saddr",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_MATCH_DADDR] = {
		.name = "daddr",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_MATCH_SPORT] = {
		.name = "sport",
		.kind = SPEC_U16,
		.big_endian = true,
	},
	[CHIMNEY_A_MATCH_DPORT] = {
		.name = "dport",
		.kind = SPEC_U16,
		.big_endian = true,
	},
	[CHIMNEY_A_MATCH_NEXTHOP] = {
		.name = "nexthop",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_MATCH_VLAN] = {
		.name = "vlan",
		.kind = SPEC_U16,
	},
	[CHIMNEY_A_MATCH_MTU] = {
		.name = "mtu",
		.kind = SPEC_U32,
	},
};

const struct spec_set match_set = {
	.name = "match",
	.max = CHIMNEY_A_MATCH_MAX,
	.attrs = match_attrs,
};

static const struct spec_attr result_attrs[] = {
	[CHIMNEY_A_RESULT_PAD] = {
		.name = "pad",
		.kind = SPEC_PAD,
	},
	[CHIMNEY_A_RESULT_IFINDEX] = {
		.name = "ifindex",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_RESULT_ID] = {
		.name = "id",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_RESULT_TYPE] = {
		.name = "type",
		.kind = SPEC_U32,
		.names = type_names,
	},
	[CHIMNEY_A_RESULT_SADDR] = {
		.name = "saddr",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_RESULT_DADDR] = {
		.name = "daddr",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_RESULT_SPORT] = {
		.name = "sport",
		.kind = SPEC_U16,
		.big_endian = true,
	},
	[CHIMNEY_A_RESULT_DPORT] = {
		.name = "dport",
		.kind = SPEC_U16,
		.big_endian = true,
	},
	[CHIMNEY_A_RESULT_NEXTHOP] = {
		.name = "nexthop",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_RESULT_ERRNO] = {
		.name = "errno",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_RESULT_WHY] = {
		.name = "why",
		.kind = SPEC_STRING,
	},
	[CHIMNEY_A_RESULT_DEPENDENT] = {
		.name = "dependent",
		.kind = SPEC_U64,
		.multi = true,
	},
};

const struct spec_set result_set = {
	.name = "result",
	.max = CHIMNEY_A_RESULT_MAX,
	.attrs = result_attrs,
};

static const struct spec_attr request_attrs[] = {
	[CHIMNEY_A_REQUEST_PAD] = {
		.name = "pad",
		.kind = SPEC_PAD,
	},
	[CHIMNEY_A_REQUEST_IFINDEX] = {
		.name = "ifindex",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_REQUEST_MATCH] = {
		.name = "match",
		.kind = SPEC_NEST,
		.multi = true,
		.nest = &match_set,
	},
	[CHIMNEY_A_REQUEST_ID] = {
		.name = "id",
		.kind = SPEC_U64,
		.multi = true,
	},
	[CHIMNEY_A_REQUEST_ALL] = {
		.name = "all",
		.kind = SPEC_FLAG,
	},
	[CHIMNEY_A_REQUEST_IF_UNUSED] = {
		.name = "if_unused",
		.kind = SPEC_FLAG,
	},
	[CHIMNEY_A_REQUEST_PRIORITY] = {
		.name = "priority",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_REQUEST_RESULT] = {
		.name = "result",
		.kind = SPEC_NEST,
		.multi = true,
		.nest = &result_set,
	},
	[CHIMNEY_A_REQUEST_ACCEPTED] = {
		.name = "accepted",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_REQUEST_REFUSED] = {
		.name = "refused",
		.kind = SPEC_U32,
	},
};

const struct spec_set request_set = {
	.name = "request",
	.max = CHIMNEY_A_REQUEST_MAX,
	.attrs = request_attrs,
};

static const struct spec_attr tcp_attrs[] = {
	[CHIMNEY_A_TCP_RCV_NXT] = {
		.name = "rcv_nxt",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TCP_RCV_WND] = {
		.name = "rcv_wnd",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TCP_SND_UNA] = {
		.name = "snd_una",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TCP_SND_NXT] = {
		.name = "snd_nxt",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TCP_SND_WND] = {
		.name = "snd_wnd",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TCP_CWND] = {
		.name = "cwnd",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TCP_SSTHRESH] = {
		.name = "ssthresh",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TCP_SRTT_US] = {
		.name = "srtt_us",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TCP_RTTVAR_US] = {
		.name = "rttvar_us",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TCP_RTO_US] = {
		.name = "rto_us",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TCP_MSS] = {
		.name = "mss",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TCP_RETRANSMITS] = {
		.name = "retransmits",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TCP_TOTAL_RETRANS] = {
		.name = "total_retrans",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TCP_CONGESTION] = {
		.name = "congestion",
		.kind = SPEC_STRING,
	},
};

const struct spec_set tcp_set = {
	.name = "tcp",
	.max = CHIMNEY_A_TCP_MAX,
	.attrs = tcp_attrs,
};

static const struct spec_attr query_attrs[] = {
	[CHIMNEY_A_QUERY_PAD] = {
		.name = "pad",
		.kind = SPEC_PAD,
	},
	[CHIMNEY_A_QUERY_IFINDEX] = {
		.name = "ifindex",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_QUERY_ID] = {
		.name = "id",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_QUERY_TCP] = {
		.name = "tcp",
		.kind = SPEC_NEST,
		.nest = &tcp_set,
	},
};

const struct spec_set query_set = {
	.name = "query",
	.max = CHIMNEY_A_QUERY_MAX,
	.attrs = query_attrs,
};

static const struct spec_attr admission_rule_attrs[] = {
	[CHIMNEY_A_ADMISSION_RULE_PAD] = {
		.name = "pad",
		.kind = SPEC_PAD,
	},
	[CHIMNEY_A_ADMISSION_RULE_VERDICT] = {
		.name = "verdict",
		.kind = SPEC_U32,
		.names = verdict_names,
	},
	[CHIMNEY_A_ADMISSION_RULE_SADDR] = {
		.name = "saddr",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_ADMISSION_RULE_SADDR_LEN] = {
		.name = "saddr_len",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ADMISSION_RULE_DADDR] = {
		.name = "daddr",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_ADMISSION_RULE_DADDR_LEN] = {
		.name = "daddr_len",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ADMISSION_RULE_SPORT_MIN] = {
		.name = "sport_min",
		.kind = SPEC_U16,
	},
	[CHIMNEY_A_ADMISSION_RULE_SPORT_MAX] = {
		.name = "sport_max",
		.kind = SPEC_U16,
	},
	[CHIMNEY_A_ADMISSION_RULE_DPORT_MIN] = {
		.name = "dport_min",
		.kind = SPEC_U16,
	},
	[CHIMNEY_A_ADMISSION_RULE_DPORT_MAX] = {
		.name = "dport_max",
		.kind = SPEC_U16,
	},
	[CHIMNEY_A_ADMISSION_RULE_DEV] = {
		.name = "dev",
		.kind = SPEC_STRING,
	},
	[CHIMNEY_A_ADMISSION_RULE_UID_MIN] = {
		.name = "uid_min",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ADMISSION_RULE_UID_MAX] = {
		.name = "uid_max",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ADMISSION_RULE_CGROUP] = {
		.name = "cgroup",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_ADMISSION_RULE_SO_PRIORITY_MIN] = {
		.name = "so_priority_min",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ADMISSION_RULE_SO_PRIORITY_MAX] = {
		.name = "so_priority_max",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ADMISSION_RULE_MARK] = {
		.name = "mark",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ADMISSION_RULE_MARK_MASK] = {
		.name = "mark_mask",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ADMISSION_RULE_MIN_OCTETS] = {
		.name = "min_octets",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_ADMISSION_RULE_MIN_AGE_MS] = {
		.name = "min_age_ms",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ADMISSION_RULE_PRIORITY] = {
		.name = "priority",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ADMISSION_RULE_PRIORITY_CAP] = {
		.name = "priority_cap",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ADMISSION_RULE_NUMBER] = {
		.name = "number",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_ADMISSION_RULE_HITS] = {
		.name = "hits",
		.kind = SPEC_U64,
	},
};

const struct spec_set admission_rule_set = {
	.name = "admission-rule",
	.max = CHIMNEY_A_ADMISSION_RULE_MAX,
	.attrs = admission_rule_attrs,
};

static const struct spec_attr rules_attrs[] = {
	[CHIMNEY_A_RULES_RULE] = {
		.name = "rule",
		.kind = SPEC_NEST,
		.multi = true,
		.nest = &admission_rule_set,
	},
	[CHIMNEY_A_RULES_DEFAULT] = {
		.name = "default",
		.kind = SPEC_U32,
		.names = verdict_names,
	},
	[CHIMNEY_A_RULES_NUMBER] = {
		.name = "number",
		.kind = SPEC_U32,
	},
};

const struct spec_set rules_set = {
	.name = "rules",
	.max = CHIMNEY_A_RULES_MAX,
	.attrs = rules_attrs,
};

static const struct spec_attr trial_attrs[] = {
	[CHIMNEY_A_TRIAL_PAD] = {
		.name = "pad",
		.kind = SPEC_PAD,
	},
	[CHIMNEY_A_TRIAL_SADDR] = {
		.name = "saddr",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_TRIAL_DADDR] = {
		.name = "daddr",
		.kind = SPEC_BINARY,
		.hint = SPEC_IPV4,
	},
	[CHIMNEY_A_TRIAL_SPORT] = {
		.name = "sport",
		.kind = SPEC_U16,
		.big_endian = true,
	},
	[CHIMNEY_A_TRIAL_DPORT] = {
		.name = "dport",
		.kind = SPEC_U16,
		.big_endian = true,
	},
	[CHIMNEY_A_TRIAL_IFINDEX] = {
		.name = "ifindex",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TRIAL_ADMISSION] = {
		.name = "admission",
		.kind = SPEC_U32,
		.names = admission_names,
	},
	[CHIMNEY_A_TRIAL_VERDICT] = {
		.name = "verdict",
		.kind = SPEC_U32,
		.names = verdict_names,
	},
	[CHIMNEY_A_TRIAL_RULE] = {
		.name = "rule",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TRIAL_PRIORITY] = {
		.name = "priority",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TRIAL_OCTETS] = {
		.name = "octets",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_TRIAL_MIN_OCTETS] = {
		.name = "min_octets",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_TRIAL_AGE_MS] = {
		.name = "age_ms",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TRIAL_MIN_AGE_MS] = {
		.name = "min_age_ms",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TRIAL_BACKOFF_MS] = {
		.name = "backoff_ms",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_TRIAL_WHY] = {
		.name = "why",
		.kind = SPEC_STRING,
	},
};

const struct spec_set trial_set = {
	.name = "trial",
	.max = CHIMNEY_A_TRIAL_MAX,
	.attrs = trial_attrs,
};

static const struct spec_attr fault_attrs[] = {
	[CHIMNEY_A_FAULT_PAD] = {
		.name = "pad",
		.kind = SPEC_PAD,
	},
	[CHIMNEY_A_FAULT_ID] = {
		.name = "id",
		.kind = SPEC_U64,
	},
	[CHIMNEY_A_FAULT_WHAT] = {
		.name = "what",
		.kind = SPEC_STRING,
	},
};

const struct spec_set fault_set = {
	.name = "fault",
	.max = CHIMNEY_A_FAULT_MAX,
	.attrs = fault_attrs,
};

static const struct spec_attr check_attrs[] = {
	[CHIMNEY_A_CHECK_IFINDEX] = {
		.name = "ifindex",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_CHECK_IFNAME] = {
		.name = "ifname",
		.kind = SPEC_STRING,
	},
	[CHIMNEY_A_CHECK_OBJECTS] = {
		.name = "objects",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_CHECK_FAULTS] = {
		.name = "faults",
		.kind = SPEC_U32,
	},
	[CHIMNEY_A_CHECK_FAULT] = {
		.name = "fault",
		.kind = SPEC_NEST,
		.multi = true,
		.nest = &fault_set,
	},
};

const struct spec_set check_set = {
	.name = "check",
	.max = CHIMNEY_A_CHECK_MAX,
	.attrs = check_attrs,
};

const struct spec_set *const spec_ops[CHIMNEY_CMD_MAX + 1] = {
	[CHIMNEY_CMD_TARGET_GET] = &target_set,
	[CHIMNEY_CMD_TARGET_SET] = &target_set,
	[CHIMNEY_CMD_OBJECT_GET] = &object_set,
	[CHIMNEY_CMD_STATS_GET] = &stats_set,
	[CHIMNEY_CMD_JOURNAL_GET] = &entry_set,
	[CHIMNEY_CMD_OFFLOAD] = &request_set,
	[CHIMNEY_CMD_TERMINATE] = &request_set,
	[CHIMNEY_CMD_CHECK] = &check_set,
	[CHIMNEY_CMD_EVENT] = &entry_set,
	[CHIMNEY_CMD_TARGET_RESET] = &target_set,
	[CHIMNEY_CMD_QUERY] = &query_set,
	[CHIMNEY_CMD_RULES_SET] = &rules_set,
	[CHIMNEY_CMD_RULES_GET] = &rules_set,
	[CHIMNEY_CMD_TRY] = &trial_set,
};

const char *const spec_verbs[CHIMNEY_CMD_MAX + 1] = {
	[CHIMNEY_CMD_TARGET_GET] = "target-get",
	[CHIMNEY_CMD_TARGET_SET] = "target-set",
	[CHIMNEY_CMD_OBJECT_GET] = "object-get",
	[CHIMNEY_CMD_STATS_GET] = "stats-get",
	[CHIMNEY_CMD_JOURNAL_GET] = "journal-get",
	[CHIMNEY_CMD_OFFLOAD] = "offload",
	[CHIMNEY_CMD_TERMINATE] = "terminate",
	[CHIMNEY_CMD_CHECK] = "check",
	[CHIMNEY_CMD_EVENT] = "event",
	[CHIMNEY_CMD_TARGET_RESET] = "target-reset",
	[CHIMNEY_CMD_QUERY] = "query",
	[CHIMNEY_CMD_RULES_SET] = "rules-set",
	[CHIMNEY_CMD_RULES_GET] = "rules-get",
	[CHIMNEY_CMD_TRY] = "try",
};
