/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of the numbers in linux/chimney.h, in the form of struct
 * trace_print_flags. Generated from netlink/specs/chimney.yaml, do not edit.
 */
#ifndef _NET_CHIMNEY_NAMES_H
#define _NET_CHIMNEY_NAMES_H

#define CHIMNEY_TYPE_NAMES \
	{ 0, "neigh" }, \
	{ 1, "path" }, \
	{ 2, "conn" }

#define CHIMNEY_STATE_NAMES \
	{ 0, "inhost" }, \
	{ 1, "offloading" }, \
	{ 2, "offloaded" }, \
	{ 3, "uploading" }, \
	{ 4, "invalid" }, \
	{ 5, "quarantined" }

#define CHIMNEY_STATUS_NAMES \
	{ 0, "ok" }, \
	{ 1, "failure" }, \
	{ 2, "no-conn" }, \
	{ 3, "no-path" }, \
	{ 4, "no-neigh" }, \
	{ 5, "no-buffer" }, \
	{ 6, "rejected" }, \
	{ 7, "not-attempted" }, \
	{ 8, "not-admitted" }, \
	{ 9, "busy" }, \
	{ 10, "cancelled" }, \
	{ 11, "timeout" }, \
	{ 12, "no-memory" }

#define CHIMNEY_REASON_NAMES \
	{ 0, "none" }, \
	{ 1, "low-activity" }, \
	{ 2, "high-drop-rate" }, \
	{ 3, "small-io" }, \
	{ 4, "no-buffer-preposting" }, \
	{ 5, "urgent-data" }, \
	{ 6, "high-fragmentation" }, \
	{ 7, "high-out-of-order" }, \
	{ 8, "timeout-expired" }, \
	{ 9, "invalid-state" }, \
	{ 10, "upload-requested" }, \
	{ 11, "hardware-failure" }, \
	{ 12, "administrator" }, \
	{ 13, "carrier-lost" }, \
	{ 14, "admin-down" }, \
	{ 15, "pause" }, \
	{ 16, "upload-all" }, \
	{ 17, "idle" }, \
	{ 18, "closing" }, \
	{ 19, "peer-fin" }, \
	{ 20, "peer-reset" }, \
	{ 21, "socket-destroyed" }, \
	{ 22, "socket-option" }, \
	{ 23, "neigh-changed" }, \
	{ 24, "neigh-unreachable" }, \
	{ 25, "route-changed" }, \
	{ 26, "device-removed" }, \
	{ 27, "netns-exit" }, \
	{ 28, "power" }, \
	{ 29, "initiate-failed" }, \
	{ 30, "deadline" }, \
	{ 31, "misbehaviour" }, \
	{ 32, "reset" }, \
	{ 33, "update-failed" }, \
	{ 34, "query-failed" }, \
	{ 35, "invalidate-failed" }, \
	{ 36, "displaced" }, \
	{ 37, "inactive" }, \
	{ 38, "capacity" }, \
	{ 39, "offload-paused" }, \
	{ 40, "memory-pressure" }, \
	{ 41, "enslaved" }, \
	{ 42, "filter-attached" }, \
	{ 43, "promiscuous" }, \
	{ 44, "address-removed" }, \
	{ 45, "redirected" }, \
	{ 46, "pmtu-changed" }, \
	{ 47, "extension-header" }

#define CHIMNEY_ACTION_NAMES \
	{ 0, "terminate" }, \
	{ 1, "hold" }, \
	{ 2, "ignore" }, \
	{ 3, "keep" }, \
	{ 4, "update" }

#define CHIMNEY_TARGET_STATE_NAMES \
	{ 0, "ready" }, \
	{ 1, "paused" }, \
	{ 2, "quarantined" }, \
	{ 3, "leaving" }

#define CHIMNEY_NOTE_NAMES \
	{ 0, "change" }, \
	{ 1, "decision" }, \
	{ 2, "refusal" }

#define CHIMNEY_DECIDER_NAMES \
	{ 0, "must" }, \
	{ 1, "setting" }, \
	{ 2, "administrator" }, \
	{ 3, "rule" }, \
	{ 4, "admission" }, \
	{ 5, "closed" }, \
	{ 6, "limit" }

#define CHIMNEY_ADMISSION_NAMES \
	{ 0, "manual" }, \
	{ 1, "auto" }

#define CHIMNEY_VERDICT_NAMES \
	{ 0, "never" }, \
	{ 1, "offload" }

#define CHIMNEY_CAP_NAMES \
	{ 1, "detached" }

#endif /* _NET_CHIMNEY_NAMES_H */
