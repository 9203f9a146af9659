// SPDX-License-Identifier: GPL-2.0
/*
 * The words that users read and write for the numbers of the driver interface:
 * those of netlink/specs/chimney.yaml.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/string.h>
#include "names.h"

static const char * const op_names[] = {
	[CHIMNEY_OP_INITIATE] = "initiate",
	[CHIMNEY_OP_TERMINATE] = "terminate",
	[CHIMNEY_OP_UPDATE] = "update",
	[CHIMNEY_OP_QUERY] = "query",
	[CHIMNEY_OP_INVALIDATE] = "invalidate",
};

static_assert(ARRAY_SIZE(op_names) == CHIMNEY_OP_NUM);

static const char * const type_names[] = {
	[CHIMNEY_TYPE_NEIGH] = "neigh",
	[CHIMNEY_TYPE_PATH] = "path",
	[CHIMNEY_TYPE_CONN] = "conn",
};

static_assert(ARRAY_SIZE(type_names) == CHIMNEY_TYPE_MAX + 1);

static const char * const status_names[] = {
	[CHIMNEY_STATUS_OK] = "ok",
	[CHIMNEY_STATUS_FAILURE] = "failure",
	[CHIMNEY_STATUS_NO_CONN] = "no-conn",
	[CHIMNEY_STATUS_NO_PATH] = "no-path",
	[CHIMNEY_STATUS_NO_NEIGH] = "no-neigh",
	[CHIMNEY_STATUS_NO_BUFFER] = "no-buffer",
	[CHIMNEY_STATUS_REJECTED] = "rejected",
	[CHIMNEY_STATUS_NOT_ATTEMPTED] = "not-attempted",
	[CHIMNEY_STATUS_NOT_ADMITTED] = "not-admitted",
	[CHIMNEY_STATUS_BUSY] = "busy",
	[CHIMNEY_STATUS_CANCELLED] = "cancelled",
	[CHIMNEY_STATUS_TIMEOUT] = "timeout",
	[CHIMNEY_STATUS_NO_MEMORY] = "no-memory",
};

static_assert(ARRAY_SIZE(status_names) == CHIMNEY_STATUS_MAX + 1);

static const char * const reason_names[] = {
	[CHIMNEY_REASON_NONE] = "none",
	[CHIMNEY_REASON_LOW_ACTIVITY] = "low-activity",
	[CHIMNEY_REASON_HIGH_DROP_RATE] = "high-drop-rate",
	[CHIMNEY_REASON_SMALL_IO] = "small-io",
	[CHIMNEY_REASON_NO_BUFFER_PREPOSTING] = "no-buffer-preposting",
	[CHIMNEY_REASON_URGENT_DATA] = "urgent-data",
	[CHIMNEY_REASON_HIGH_FRAGMENTATION] = "high-fragmentation",
	[CHIMNEY_REASON_HIGH_OUT_OF_ORDER] = "high-out-of-order",
	[CHIMNEY_REASON_TIMEOUT_EXPIRED] = "timeout-expired",
	[CHIMNEY_REASON_INVALID_STATE] = "invalid-state",
	[CHIMNEY_REASON_UPLOAD_REQUESTED] = "upload-requested",
	[CHIMNEY_REASON_HARDWARE_FAILURE] = "hardware-failure",
	[CHIMNEY_REASON_ADMINISTRATOR] = "administrator",
	[CHIMNEY_REASON_CARRIER_LOST] = "carrier-lost",
	[CHIMNEY_REASON_ADMIN_DOWN] = "admin-down",
	[CHIMNEY_REASON_PAUSE] = "pause",
	[CHIMNEY_REASON_UPLOAD_ALL] = "upload-all",
	[CHIMNEY_REASON_IDLE] = "idle",
	[CHIMNEY_REASON_CLOSING] = "closing",
	[CHIMNEY_REASON_PEER_FIN] = "peer-fin",
	[CHIMNEY_REASON_PEER_RESET] = "peer-reset",
	[CHIMNEY_REASON_SOCKET_DESTROYED] = "socket-destroyed",
	[CHIMNEY_REASON_SOCKET_OPTION] = "socket-option",
	[CHIMNEY_REASON_NEIGH_CHANGED] = "neigh-changed",
	[CHIMNEY_REASON_NEIGH_UNREACHABLE] = "neigh-unreachable",
	[CHIMNEY_REASON_ROUTE_CHANGED] = "route-changed",
	[CHIMNEY_REASON_DEVICE_REMOVED] = "device-removed",
	[CHIMNEY_REASON_NETNS_EXIT] = "netns-exit",
	[CHIMNEY_REASON_POWER] = "power",
	[CHIMNEY_REASON_INITIATE_FAILED] = "initiate-failed",
	[CHIMNEY_REASON_DEADLINE] = "deadline",
	[CHIMNEY_REASON_MISBEHAVIOUR] = "misbehaviour",
	[CHIMNEY_REASON_RESET] = "reset",
	[CHIMNEY_REASON_UPDATE_FAILED] = "update-failed",
	[CHIMNEY_REASON_QUERY_FAILED] = "query-failed",
	[CHIMNEY_REASON_INVALIDATE_FAILED] = "invalidate-failed",
	[CHIMNEY_REASON_DISPLACED] = "displaced",
	[CHIMNEY_REASON_INACTIVE] = "inactive",
	[CHIMNEY_REASON_CAPACITY] = "capacity",
	[CHIMNEY_REASON_OFFLOAD_PAUSED] = "offload-paused",
	[CHIMNEY_REASON_MEMORY_PRESSURE] = "memory-pressure",
	[CHIMNEY_REASON_ENSLAVED] = "enslaved",
	[CHIMNEY_REASON_FILTER_ATTACHED] = "filter-attached",
	[CHIMNEY_REASON_PROMISCUOUS] = "promiscuous",
	[CHIMNEY_REASON_ADDRESS_REMOVED] = "address-removed",
	[CHIMNEY_REASON_REDIRECTED] = "redirected",
	[CHIMNEY_REASON_PMTU_CHANGED] = "pmtu-changed",
	[CHIMNEY_REASON_EXTENSION_HEADER] = "extension-header",
};

static_assert(ARRAY_SIZE(reason_names) == CHIMNEY_REASON_MAX + 1);

static const char * const event_names[] = {
	[CHIMNEY_EVENT_SEND_SPACE] = "send-space",
	[CHIMNEY_EVENT_DISCONNECT] = "disconnect",
	[CHIMNEY_EVENT_ABORT] = "abort",
	[CHIMNEY_EVENT_RETRIEVE] = "retrieve",
	[CHIMNEY_EVENT_DEAD] = "dead",
};

static const char * const dev_event_names[] = {
	[CHIMNEY_DEV_LINK_DOWN] = "link-down",
	[CHIMNEY_DEV_LINK_UP] = "link-up",
	[CHIMNEY_DEV_PAUSE] = "pause",
	[CHIMNEY_DEV_RESTART] = "restart",
	[CHIMNEY_DEV_UPLOAD_ALL] = "upload-all",
	[CHIMNEY_DEV_OFFLOAD_PAUSE] = "offload-pause",
	[CHIMNEY_DEV_OFFLOAD_RESUME] = "offload-resume",
	[CHIMNEY_DEV_CAPS] = "caps",
	[CHIMNEY_DEV_FILTER] = "filter",
	[CHIMNEY_DEV_FILTER_GONE] = "filter-gone",
	[CHIMNEY_DEV_PROMISC] = "promisc",
	[CHIMNEY_DEV_PROMISC_GONE] = "promisc-gone",
};

static const char *name_of(const char * const *names, unsigned int n,
			   unsigned int i)
{
	return i < n && names[i] ? names[i] : "?";
}

const char *target_op_name(unsigned int op)
{
	return name_of(op_names, ARRAY_SIZE(op_names), op);
}

const char *target_type_name(unsigned int type)
{
	return name_of(type_names, ARRAY_SIZE(type_names), type);
}

const char *target_status_name(unsigned int status)
{
	return name_of(status_names, ARRAY_SIZE(status_names), status);
}

const char *target_reason_name(unsigned int reason)
{
	return name_of(reason_names, ARRAY_SIZE(reason_names), reason);
}

const char *target_event_name(unsigned int event)
{
	return name_of(event_names, ARRAY_SIZE(event_names), event);
}

const char *target_dev_event_name(unsigned int event)
{
	return name_of(dev_event_names, ARRAY_SIZE(dev_event_names), event);
}

int target_op_parse(const char *word)
{
	return match_string(op_names, ARRAY_SIZE(op_names), word);
}

int target_type_parse(const char *word)
{
	return match_string(type_names, ARRAY_SIZE(type_names), word);
}

int target_status_parse(const char *word)
{
	return match_string(status_names, ARRAY_SIZE(status_names), word);
}

int target_reason_parse(const char *word)
{
	u8 number;

	if (!kstrtou8(word, 10, &number))
		return number <= CHIMNEY_REASON_MAX ? number : -EINVAL;
	return match_string(reason_names, ARRAY_SIZE(reason_names), word);
}
