/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/chimney.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_CHIMNEY_H
#define _UAPI_LINUX_CHIMNEY_H

#define CHIMNEY_GENL_NAME	"chimney"
#define CHIMNEY_GENL_VERSION	1

/**
 * enum chimney_type - Layer of an object in the offload tree
 */
enum chimney_type {
	CHIMNEY_TYPE_NEIGH,
	CHIMNEY_TYPE_PATH,
	CHIMNEY_TYPE_CONN,

	/* private: */
	__CHIMNEY_TYPE_MAX,
	CHIMNEY_TYPE_MAX = (__CHIMNEY_TYPE_MAX - 1)
};

/**
 * enum chimney_state - State of an object
 * @CHIMNEY_STATE_INHOST: the host's stack has it
 * @CHIMNEY_STATE_OFFLOADING: on its way to the target
 * @CHIMNEY_STATE_OFFLOADED: the target has it
 * @CHIMNEY_STATE_UPLOADING: on its way back
 * @CHIMNEY_STATE_INVALID: the target has it and must not send
 * @CHIMNEY_STATE_QUARANTINED: the target hangs; its handle is not used again
 */
enum chimney_state {
	CHIMNEY_STATE_INHOST,
	CHIMNEY_STATE_OFFLOADING,
	CHIMNEY_STATE_OFFLOADED,
	CHIMNEY_STATE_UPLOADING,
	CHIMNEY_STATE_INVALID,
	CHIMNEY_STATE_QUARANTINED,

	/* private: */
	__CHIMNEY_STATE_MAX,
	CHIMNEY_STATE_MAX = (__CHIMNEY_STATE_MAX - 1)
};

/**
 * enum chimney_status - How an operation on an object ended
 * @CHIMNEY_STATUS_OK: done
 * @CHIMNEY_STATUS_FAILURE: failed; at terminate, the state is lost
 * @CHIMNEY_STATUS_NO_CONN: the target has no room for a connection
 * @CHIMNEY_STATUS_NO_PATH: the target has no room for a path
 * @CHIMNEY_STATUS_NO_NEIGH: the target has no room for a neighbor
 * @CHIMNEY_STATUS_NO_BUFFER: the target is out of buffers
 * @CHIMNEY_STATUS_REJECTED: not a good candidate, says the target
 * @CHIMNEY_STATUS_NOT_ATTEMPTED: a parent failed
 * @CHIMNEY_STATUS_NOT_ADMITTED: the host's admission said no
 * @CHIMNEY_STATUS_BUSY: the socket or a parent was busy for too long
 * @CHIMNEY_STATUS_CANCELLED: ended by the host before it began
 * @CHIMNEY_STATUS_TIMEOUT: the target did not answer within its deadline
 * @CHIMNEY_STATUS_NO_MEMORY: the host is out of memory
 */
enum chimney_status {
	CHIMNEY_STATUS_OK,
	CHIMNEY_STATUS_FAILURE,
	CHIMNEY_STATUS_NO_CONN,
	CHIMNEY_STATUS_NO_PATH,
	CHIMNEY_STATUS_NO_NEIGH,
	CHIMNEY_STATUS_NO_BUFFER,
	CHIMNEY_STATUS_REJECTED,
	CHIMNEY_STATUS_NOT_ATTEMPTED,
	CHIMNEY_STATUS_NOT_ADMITTED,
	CHIMNEY_STATUS_BUSY,
	CHIMNEY_STATUS_CANCELLED,
	CHIMNEY_STATUS_TIMEOUT,
	CHIMNEY_STATUS_NO_MEMORY,

	/* private: */
	__CHIMNEY_STATUS_MAX,
	CHIMNEY_STATUS_MAX = (__CHIMNEY_STATUS_MAX - 1)
};

/**
 * enum chimney_reason - Why something happened to an object
 * @CHIMNEY_REASON_NONE: no reason yet
 * @CHIMNEY_REASON_LOW_ACTIVITY: (target) too little traffic
 * @CHIMNEY_REASON_HIGH_DROP_RATE: (target) too many drops
 * @CHIMNEY_REASON_SMALL_IO: (target) too small reads and writes
 * @CHIMNEY_REASON_NO_BUFFER_PREPOSTING: (target) the application posts no
 *   buffers
 * @CHIMNEY_REASON_URGENT_DATA: (target) urgent data came or was sent
 * @CHIMNEY_REASON_HIGH_FRAGMENTATION: (target) too many IP fragments
 * @CHIMNEY_REASON_HIGH_OUT_OF_ORDER: (target) too many segments out of order
 * @CHIMNEY_REASON_TIMEOUT_EXPIRED: (target) a retransmission or keepalive
 *   limit was reached
 * @CHIMNEY_REASON_INVALID_STATE: (target) a state it depends on is invalid
 * @CHIMNEY_REASON_UPLOAD_REQUESTED: (target) wants it back, unspecified
 * @CHIMNEY_REASON_HARDWARE_FAILURE: (target) hardware failed
 * @CHIMNEY_REASON_ADMINISTRATOR: asked for by an administrator
 * @CHIMNEY_REASON_CARRIER_LOST: the link lost its medium
 * @CHIMNEY_REASON_ADMIN_DOWN: the link was set down
 * @CHIMNEY_REASON_PAUSE: the device pauses
 * @CHIMNEY_REASON_UPLOAD_ALL: the target wants everything back
 * @CHIMNEY_REASON_IDLE: nothing depends on it any more
 * @CHIMNEY_REASON_CLOSING: the application shuts down or closes the connection
 * @CHIMNEY_REASON_PEER_FIN: the peer closed its direction
 * @CHIMNEY_REASON_PEER_RESET: the peer reset the connection
 * @CHIMNEY_REASON_SOCKET_DESTROYED: an administrator destroyed the socket
 * @CHIMNEY_REASON_SOCKET_OPTION: a socket option was set that the target
 *   cannot follow
 * @CHIMNEY_REASON_NEIGH_CHANGED: the neighbor's address changed
 * @CHIMNEY_REASON_NEIGH_UNREACHABLE: the neighbor does not answer
 * @CHIMNEY_REASON_ROUTE_CHANGED: the route leads elsewhere, or its MTU changed
 * @CHIMNEY_REASON_DEVICE_REMOVED: the device or its driver goes away
 * @CHIMNEY_REASON_NETNS_EXIT: the network namespace goes away
 * @CHIMNEY_REASON_POWER: the machine suspends
 * @CHIMNEY_REASON_INITIATE_FAILED: the target could not take it over
 * @CHIMNEY_REASON_DEADLINE: the target did not answer in time
 * @CHIMNEY_REASON_MISBEHAVIOUR: the target broke the rules of the driver
 *   interface
 */
enum chimney_reason {
	CHIMNEY_REASON_NONE,
	CHIMNEY_REASON_LOW_ACTIVITY,
	CHIMNEY_REASON_HIGH_DROP_RATE,
	CHIMNEY_REASON_SMALL_IO,
	CHIMNEY_REASON_NO_BUFFER_PREPOSTING,
	CHIMNEY_REASON_URGENT_DATA,
	CHIMNEY_REASON_HIGH_FRAGMENTATION,
	CHIMNEY_REASON_HIGH_OUT_OF_ORDER,
	CHIMNEY_REASON_TIMEOUT_EXPIRED,
	CHIMNEY_REASON_INVALID_STATE,
	CHIMNEY_REASON_UPLOAD_REQUESTED,
	CHIMNEY_REASON_HARDWARE_FAILURE,
	CHIMNEY_REASON_ADMINISTRATOR,
	CHIMNEY_REASON_CARRIER_LOST,
	CHIMNEY_REASON_ADMIN_DOWN,
	CHIMNEY_REASON_PAUSE,
	CHIMNEY_REASON_UPLOAD_ALL,
	CHIMNEY_REASON_IDLE,
	CHIMNEY_REASON_CLOSING,
	CHIMNEY_REASON_PEER_FIN,
	CHIMNEY_REASON_PEER_RESET,
	CHIMNEY_REASON_SOCKET_DESTROYED,
	CHIMNEY_REASON_SOCKET_OPTION,
	CHIMNEY_REASON_NEIGH_CHANGED,
	CHIMNEY_REASON_NEIGH_UNREACHABLE,
	CHIMNEY_REASON_ROUTE_CHANGED,
	CHIMNEY_REASON_DEVICE_REMOVED,
	CHIMNEY_REASON_NETNS_EXIT,
	CHIMNEY_REASON_POWER,
	CHIMNEY_REASON_INITIATE_FAILED,
	CHIMNEY_REASON_DEADLINE,
	CHIMNEY_REASON_MISBEHAVIOUR,

	/* private: */
	__CHIMNEY_REASON_MAX,
	CHIMNEY_REASON_MAX = (__CHIMNEY_REASON_MAX - 1)
};

/**
 * enum chimney_action - What the host does upon an event
 * @CHIMNEY_ACTION_TERMINATE: terminate at once
 * @CHIMNEY_ACTION_HOLD: wait, look again, and terminate if it still holds
 * @CHIMNEY_ACTION_IGNORE: leave everything offloaded
 */
enum chimney_action {
	CHIMNEY_ACTION_TERMINATE,
	CHIMNEY_ACTION_HOLD,
	CHIMNEY_ACTION_IGNORE,

	/* private: */
	__CHIMNEY_ACTION_MAX,
	CHIMNEY_ACTION_MAX = (__CHIMNEY_ACTION_MAX - 1)
};

/**
 * enum chimney_target_state - What a target is ready for
 * @CHIMNEY_TARGET_READY: takes offloads
 * @CHIMNEY_TARGET_PAUSED: takes no new offloads until it resumes
 * @CHIMNEY_TARGET_QUARANTINED: hangs; takes nothing until it is reset
 * @CHIMNEY_TARGET_LEAVING: is being removed
 */
enum chimney_target_state {
	CHIMNEY_TARGET_READY,
	CHIMNEY_TARGET_PAUSED,
	CHIMNEY_TARGET_QUARANTINED,
	CHIMNEY_TARGET_LEAVING,

	/* private: */
	__CHIMNEY_TARGET_MAX,
	CHIMNEY_TARGET_MAX = (__CHIMNEY_TARGET_MAX - 1)
};

enum {
	CHIMNEY_A_TARGET_IFINDEX = 1,

	__CHIMNEY_A_TARGET_MAX
};
#define CHIMNEY_A_TARGET_MAX (__CHIMNEY_A_TARGET_MAX - 1)

enum {
	CHIMNEY_CMD_TARGET_GET = 1,

	__CHIMNEY_CMD_MAX
};
#define CHIMNEY_CMD_MAX (__CHIMNEY_CMD_MAX - 1)

#endif /* _UAPI_LINUX_CHIMNEY_H */
