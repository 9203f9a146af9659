/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A peer for connections of a target that has no wire: it takes all that it is sent,
 * answers with as much, or sends by itself. For who wants to know what the host's share
 * of a transfer costs.
 */
#ifndef _CHIMNEY_TARGET_TRAFFIC_H
#define _CHIMNEY_TARGET_TRAFFIC_H

#include <linux/spinlock.h>
#include <net/chimney.h>

/**
 * enum traffic_peer - what the peer does with what it is sent
 * @TRAFFIC_NONE: it has no room, ever
 * @TRAFFIC_SINK: it takes it, and acknowledges it now and then
 * @TRAFFIC_ECHO: it acknowledges it, and sends as much
 * @TRAFFIC_PEERS: how many kinds there are
 */
enum traffic_peer {
	TRAFFIC_NONE,
	TRAFFIC_SINK,
	TRAFFIC_ECHO,
	TRAFFIC_PEERS,
};

/**
 * struct traffic - the peer of one connection
 * @t: its target
 * @handle: names it
 * @st: its state; what is sent and received is written there
 * @lock: protects @owed and what is received
 * @owed: octets that the peer sends as soon as there is room
 * @writes: that were not acknowledged yet; of who sends
 */
struct traffic {
	struct chimney_target		*t;
	u64				handle;
	struct chimney_tcp_state	*st;
	spinlock_t			lock;
	u64				owed;
	unsigned int			writes;
};

/* 0, or -ENOMEM; and the end, after the last connection's */
int traffic_init(void);
void traffic_exit(void);

void traffic_begin(struct traffic *tr, struct chimney_target *t, u64 handle,
		   struct chimney_tcp_state *st);

/* As &chimney_ops.send; @peer does not change while something is sent. */
int traffic_send(struct traffic *tr, enum traffic_peer peer, u32 seq, unsigned int len);
/* As &chimney_ops.credit */
void traffic_credit(struct traffic *tr);
/* The peer sends @n octets, zeroes. Process context; the connection is not terminated. */
void traffic_feed(struct traffic *tr, u64 n);

#endif /* _CHIMNEY_TARGET_TRAFFIC_H */
