// SPDX-License-Identifier: GPL-2.0
/*
 * What each reason leaves to choose. docs/policy.md tells the same for users.
 *
 * Those of the target's own that the original calls mandatory leave nothing:
 * the target no longer carries the connection. The others of the target's are
 * wishes.
 */

#include "reasons.h"

static const char no_longer[] =
	"this reason cannot be held or ignored: the target no longer carries the connection, only terminate is possible";
static const char nothing_left[] =
	"this reason leaves no choice: what it is about cannot stay offloaded, only terminate is possible";
static const char wrong_way[] =
	"this reason cannot be ignored: the target would go on sending the wrong way; terminate or hold";
static const char somebody_waits[] =
	"this reason cannot be held: what it is for would wait as long; terminate or ignore";

#define MANDATORY	{ .refusal = no_longer }
#define MUST		{ .refusal = nothing_left }
#define WISH		{ .choices = CHIMNEY_MAY_ALL }
#define LASTS(_text, ...) \
	{ .choices = CHIMNEY_MAY_ALL, .closed = (_text), ##__VA_ARGS__ }
#define LEADS_WRONG	{ .choices = CHIMNEY_MAY_HOLD, .refusal = wrong_way }

const struct chimney_reason_info chimney_reasons[CHIMNEY_REASON_MAX + 1] = {
	[CHIMNEY_REASON_NONE]			= MUST,
	[CHIMNEY_REASON_LOW_ACTIVITY]		= WISH,
	[CHIMNEY_REASON_HIGH_DROP_RATE]		= WISH,
	[CHIMNEY_REASON_SMALL_IO]		= WISH,
	[CHIMNEY_REASON_NO_BUFFER_PREPOSTING]	= WISH,
	[CHIMNEY_REASON_URGENT_DATA]		= MANDATORY,
	[CHIMNEY_REASON_HIGH_FRAGMENTATION]	= WISH,
	[CHIMNEY_REASON_HIGH_OUT_OF_ORDER]	= WISH,
	[CHIMNEY_REASON_TIMEOUT_EXPIRED]	= MANDATORY,
	[CHIMNEY_REASON_INVALID_STATE]		= MANDATORY,
	[CHIMNEY_REASON_UPLOAD_REQUESTED]	= MANDATORY,
	[CHIMNEY_REASON_HARDWARE_FAILURE]	= MANDATORY,
	[CHIMNEY_REASON_ADMINISTRATOR]		= MUST,
	[CHIMNEY_REASON_CARRIER_LOST] =
		LASTS("the link is down", .closes = true),
	[CHIMNEY_REASON_ADMIN_DOWN] =
		LASTS("the link is down", .closes = true),
	[CHIMNEY_REASON_PAUSE] =
		LASTS("the device pauses", .closes = true),
	[CHIMNEY_REASON_UPLOAD_ALL]		= MUST,
	[CHIMNEY_REASON_IDLE]			= MUST,
	[CHIMNEY_REASON_CLOSING]		= MUST,
	[CHIMNEY_REASON_PEER_FIN]		= MUST,
	[CHIMNEY_REASON_PEER_RESET]		= MUST,
	[CHIMNEY_REASON_SOCKET_DESTROYED]	= MUST,
	[CHIMNEY_REASON_SOCKET_OPTION]		= MUST,
	[CHIMNEY_REASON_NEIGH_CHANGED]		= MUST,
	[CHIMNEY_REASON_NEIGH_UNREACHABLE]	= LEADS_WRONG,
	[CHIMNEY_REASON_ROUTE_CHANGED]		= LEADS_WRONG,
	[CHIMNEY_REASON_DEVICE_REMOVED]		= MUST,
	[CHIMNEY_REASON_NETNS_EXIT]		= MUST,
	[CHIMNEY_REASON_POWER]			= MUST,
	[CHIMNEY_REASON_INITIATE_FAILED]	= MUST,
	[CHIMNEY_REASON_DEADLINE]		= MUST,
	[CHIMNEY_REASON_MISBEHAVIOUR]		= MUST,
	[CHIMNEY_REASON_RESET]			= MUST,
	[CHIMNEY_REASON_UPDATE_FAILED]		= MUST,
	[CHIMNEY_REASON_QUERY_FAILED]		= MUST,
	[CHIMNEY_REASON_INVALIDATE_FAILED]	= MUST,
	[CHIMNEY_REASON_DISPLACED] = {
		.choices = CHIMNEY_MAY_IGNORE, .refusal = somebody_waits,
	},
	[CHIMNEY_REASON_INACTIVE]		= WISH,
	[CHIMNEY_REASON_CAPACITY]		= WISH,
	[CHIMNEY_REASON_OFFLOAD_PAUSED] =
		LASTS("the target has paused offloading", .closes = true,
		      .ignored = true),
	/* Any reclaim asks, not only one in distress: who wants it says so. */
	[CHIMNEY_REASON_MEMORY_PRESSURE] = {
		.choices = CHIMNEY_MAY_IGNORE, .ignored = true,
		.refusal = somebody_waits,
	},
	[CHIMNEY_REASON_ENSLAVED] =
		LASTS("the device is a port of a bridge or a bond"),
	[CHIMNEY_REASON_FILTER_ATTACHED] =
		LASTS("an XDP program or tc filters are attached to the device"),
	/* Whoever listens sees what is offloaded, too. */
	[CHIMNEY_REASON_PROMISCUOUS] =
		LASTS("the device receives what others are sent", .ignored = true),
	[CHIMNEY_REASON_ADDRESS_REMOVED]	= WISH,
	[CHIMNEY_REASON_REDIRECTED]		= LEADS_WRONG,
	[CHIMNEY_REASON_PMTU_CHANGED]		= MUST,
	[CHIMNEY_REASON_EXTENSION_HEADER]	= MUST,
};

bool chimney_reason_may(enum chimney_reason reason, enum chimney_action action)
{
	switch (action) {
	case CHIMNEY_ACTION_TERMINATE:
		return true;
	case CHIMNEY_ACTION_HOLD:
		return chimney_reasons[reason].choices & CHIMNEY_MAY_HOLD;
	case CHIMNEY_ACTION_IGNORE:
		return chimney_reasons[reason].choices & CHIMNEY_MAY_IGNORE;
	default:
		return false;
	}
}

enum chimney_decider chimney_reason_decider(enum chimney_reason reason)
{
	if (reason == CHIMNEY_REASON_ADMINISTRATOR)
		return CHIMNEY_BY_ADMINISTRATOR;
	return chimney_reasons[reason].choices ? CHIMNEY_BY_SETTING :
						 CHIMNEY_BY_MUST;
}
