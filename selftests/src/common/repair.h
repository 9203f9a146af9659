/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A checkpoint of a TCP socket, as CRIU makes it (TCP_REPAIR): all that makes up the
 * connection is read, the socket is closed without a word, and a new one is made of it.
 */
#ifndef CHIMNEY_REPAIR_H
#define CHIMNEY_REPAIR_H

#include <linux/tcp.h>
#include <stdint.h>

#include "end.h"

#define REPAIR_ROOM	(4 << 20)

/**
 * struct repair - a socket at rest
 * @end: its own end, and the peer's
 * @info: its state
 * @window: both windows
 * @seq: where each of its queues ends, by TCP_RECV_QUEUE and TCP_SEND_QUEUE
 * @octets: what is in them; REPAIR_ROOM each
 * @n: how many octets that are
 * @unsent: how many of the send queue's were not sent yet
 * @mss: the peer's
 * @stamp: the clock of its timestamps
 * @failed: what failed
 */
struct repair {
	union end end[2];
	struct tcp_info info;
	struct tcp_repair_window window;
	uint32_t seq[TCP_QUEUES_NR];
	uint8_t *octets[TCP_QUEUES_NR];
	int n[TCP_QUEUES_NR];
	int unsent;
	int mss;
	int stamp;
	const char *failed;
};

/*
 * Puts the socket into repair mode, and reads it. 0, or a negative errno, as what
 * follows; -EMSGSIZE if its queues are larger than REPAIR_ROOM.
 */
int repair_dump(int fd, struct repair *r);

/*
 * Makes a new socket of it, in *@fd, in the network namespace of whoever calls. The old
 * one has to be closed before, in repair mode.
 */
int repair_restore(struct repair *r, int *fd);

void repair_free(struct repair *r);

#endif /* CHIMNEY_REPAIR_H */
