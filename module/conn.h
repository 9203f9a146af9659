/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connection objects, layer 4: one TCP connection and, but for connections
 * made up for tests, the host's socket of it.
 *
 * The rest of the module reaches sockets through this file alone. The way of a
 * socket, each step being one function of conn.c:
 *
 *	chimney_conn_divert()	admitted; its segments wait
 *	  one grace period for all that travel together
 *	chimney_conn_park()	admitted again; ULP slot taken; state read; stopped
 *	  what it sent leaves the device, chimney_conn_sent()
 *	  the request goes to the target and comes back
 *	chimney_conn_live()	the target has it: pump, forward
 *	chimney_conn_stop()	nothing is given to the target any more
 *	  the request goes to the target and comes back
 *	chimney_conn_return()	queues the way home: state written, segments
 *				that waited replayed, the socket free again
 *
 * Once it is diverted, every way ends in chimney_conn_return().
 */
#ifndef _CHIMNEY_CONN_H
#define _CHIMNEY_CONN_H

#include <linux/in6.h>
#include <linux/mutex.h>
#include <linux/rhashtable-types.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include "object.h"
#include "park.h"

struct chimney_target;
struct net;
struct sock;

/**
 * struct chimney_key - names a connection in a machine; hashed as it stands
 * @net: network namespace of the socket
 * @saddr: host's address
 * @daddr: peer's address
 * @sport: host's port
 * @dport: peer's port
 * @scope: link that the addresses are of, if they are of one link (IPv6), else 0
 *
 * It has no holes: it is hashed octet by octet.
 */
struct chimney_key {
	struct net	*net;
	struct in6_addr	saddr, daddr;
	__be16		sport, dport;
	u32		scope;
};

/**
 * enum chimney_steer - what becomes of a segment that reaches the host
 * @CHIMNEY_STEER_HOST: the socket gets it
 * @CHIMNEY_STEER_DIVERT: it waits in the divert queue
 * @CHIMNEY_STEER_TARGET: it waits there for the pump, which forwards it
 */
enum chimney_steer {
	CHIMNEY_STEER_HOST,
	CHIMNEY_STEER_DIVERT,
	CHIMNEY_STEER_TARGET,
};

/**
 * struct chimney_origin - who had a connection offloaded
 * @automatic: the rules of admission did, else an administrator
 * @rule: (automatic) number of the rule, 0: the default
 * @priority: the higher, the longer it stays offloaded
 */
struct chimney_origin {
	bool	automatic;
	u32	rule;
	u32	priority;
};

/**
 * struct chimney_conn - a connection object
 * @obj: the node
 * @key: its 4-tuple
 * @sk: the host's socket, held; NULL if made up (CHIMNEY_CAP_DETACHED)
 * @cookie: the socket's cookie, as ss shows it; 0 without a socket
 * @tcp: its state, as last given to or taken from the target. Protected by
 *       the operation in flight, and by the socket's lock where none is.
 * @node: place in the forwarder's table; published from claim to return
 * @origin: who had it offloaded; const
 * @tracked: how long its entry in connection tracking would have stayed when it
 *           left (jiffies); 0: it has none. Its worker's own, as is
 * @strict: directions in which that looked at windows, as bits
 *
 * @worth: place in &chimney_policy.order, while it is offloaded. With what
 *         follows, up to @watched, under &chimney_tree.lock.
 * @watch: place in &chimney_activity.watched
 * @window_octets: octets moved in the last completed window, both ways
 * @window_tx: @tx_octets at its end
 * @window_rx: @rx_octets at its end
 * @fresh: it was not offloaded yet when the present window began
 * @inactive: was found so, and not active since
 * @wishes: reasons for which the target has asked for it, as bits
 * @coming: found room, and has no place yet
 * @displaces: a place is kept for it, which another has to leave
 * @placed: has a place at the target, or is about to be given one
 * @going: and is about to lose it
 * @watched: is watched, or not to be; read without the lock
 *
 * @lock: protects what follows, up to @rx_refused
 * @steer: what becomes of segments that reach the host
 * @handover: a segment with FIN, RST or URG waits: forward nothing from here
 *            on, the socket has to see it
 * @divert: segments that wait for the target or for the socket, oldest first
 * @divert_octets: payload and headers in @divert
 * @rxq: payload from the target that the socket has not got yet
 *
 * @rxq_octets: true size of what is in @rxq; read without @lock
 * @snd_una: what the target says the peer has; read without @lock
 * @snd_nxt: what the target says it has sent
 * @rcv_nxt: next octet the target is to hand up
 * @room_told: octets of room that the target can know of, below zero if it
 *             overdraws; read without @lock
 * @rx_refused: the target has something that was refused for want of room
 * @ooo: what the target gave back that was received out of order
 *
 * @post: held around the target's per-connection operations, so that none
 *        comes after a terminate
 * @posted: next octet to give to the target; written under @post
 * @offered: sequence number after the last octet that the target may have
 *           seen; written under @post
 * @live: the target takes per-connection operations. Set under @lock, cleared
 *        under @lock and @post: who holds @post and sees it set may call them.
 * @caught_up: all that waited when it was offloaded has been forwarded; &post
 * @unstopped: it is lost while it is @live: the way home stops it, and who lets
 *             go of the target waits for that; see quarantine.c
 * @given_back: the target gave the state back, it is in @tcp. By the operation
 *              in flight.
 *
 * @parked: what park.c took from the socket and has to give back; under the
 *          socket's lock
 * @lost: errno for the application if the state does not come back; 0: unpark
 * @pump: moves octets both ways, see pump.c. Holds a reference on the object
 *        while it is pending.
 * @back: the way home, see chimney_conn_return(); comes again as long as the
 *        socket's lock is not to be had
 * @questions: those who wait for its state, see update.c; under
 *             &chimney_tree.lock
 * @looked: when it was last asked for the sake of who looks by ss (jiffies); under
 *          &chimney_tree.lock
 * @told: what the target said last when it was asked for its state, to be shown by
 *        the parked socket; NULL: that is shown already. Under @lock
 * @home: the socket is free again (or was never taken). Waited for with
 *        &chimney_tree.wait.
 *
 * @tx_octets: payload given to the target while offloaded
 * @rx_octets: payload taken from the target while offloaded
 * @forwarded: segments forwarded to the target
 * @diverted: segments that ever waited in the divert queue
 * @divert_drops: segments dropped because the divert queue was full; TCP
 *                sends them again
 */
struct chimney_conn {
	struct chimney_object	obj;
	struct chimney_key	key;
	struct sock		*sk;
	u64			cookie;
	struct chimney_tcp_state tcp;
	struct rhash_head	node;
	struct chimney_origin	origin;
	u32			tracked;
	u8			strict;

	struct rb_node		worth;
	struct list_head	watch;
	u64			window_octets;
	u64			window_tx;
	u64			window_rx;
	bool			fresh;
	bool			inactive;
	u16			wishes;
	bool			coming;
	bool			displaces;
	bool			placed;
	bool			going;
	bool			watched;

	spinlock_t		lock;
	enum chimney_steer	steer;
	bool			handover;
	struct sk_buff_head	divert;
	u32			divert_octets;
	struct sk_buff_head	rxq;
	u32			rxq_octets;
	u32			snd_una;
	u32			snd_nxt;
	u32			rcv_nxt;
	int			room_told;
	bool			rx_refused;
	struct sk_buff_head	ooo;

	struct mutex		post;
	u32			posted;
	u32			offered;
	bool			live;
	bool			caught_up;
	bool			unstopped;
	bool			given_back;

	struct chimney_parked	parked;
	int			lost;
	struct delayed_work	pump;
	struct delayed_work	back;
	struct list_head	questions;
	unsigned long		looked;
	struct chimney_tcp_state *told;
	bool			home;

	atomic64_t		tx_octets;
	atomic64_t		rx_octets;
	atomic_t		forwarded;
	atomic_t		diverted;
	atomic_t		divert_drops;
};

static inline struct chimney_conn *chimney_conn(struct chimney_object *obj)
{
	return container_of(obj, struct chimney_conn, obj);
}

/*
 * A new one, not linked, not diverted. Takes its own reference on @sk, which is
 * NULL for a connection that is made up. NULL: no memory.
 */
struct chimney_conn *chimney_conn_create(struct chimney_tree *tree,
					 const struct chimney_key *key,
					 struct sock *sk);
/* Last reference gone. Called by chimney_object_put() alone. */
void chimney_conn_free(struct chimney_conn *conn);

/*
 * Have the segments wait. Locks the socket, for which it waits until @until
 * (jiffies). 0, or a negative errno, -EBUSY if that is over, with @why set to what a
 * person can read.
 */
int chimney_conn_divert(struct chimney_conn *conn, unsigned long until,
			const char **why);
/*
 * After a grace period: take the ULP slot, read the state into @tcp, fill in the
 * request's queues and stop the socket. Locks the socket as above. On error the
 * segments still wait, and all else is as it was.
 */
int chimney_conn_park(struct chimney_conn *conn, unsigned long until,
		      const char **why);
/* Has all that it sent left the queues on the way to the device? Context: any. */
bool chimney_conn_sent(const struct chimney_conn *conn);
/*
 * The target has it: forward what waits, post what is unsent. Context: any but
 * hard interrupt, from under the tree's lock.
 */
void chimney_conn_live(struct chimney_conn *conn);
/*
 * Before terminate is submitted: divert segments and give nothing to the
 * target any more. If a per-connection operation is running, it is waited for by
 * who is patient; else the answer is false, nothing is changed, and when that
 * operation is over &chimney_target.submit runs. Context: process.
 */
bool chimney_conn_stop(struct chimney_conn *conn, bool patient);
/*
 * The target no longer has it, or never had. Queues the way home, with the
 * state in @tcp if the socket is parked, or with the error in @lost if that is
 * set. Needs a reference on the object, which chimney_terminate_home() consumes
 * at the end. Context: any but hard interrupt, from under the tree's lock.
 * Needs no memory.
 */
void chimney_conn_return(struct chimney_conn *conn);

/*
 * The target was asked, and said @st, which fits: the parked socket shows it soon.
 * Context: process or softirq.
 */
void chimney_conn_told(struct chimney_conn *conn,
		       const struct chimney_tcp_state *st);

/*
 * Copies what a target handed back at terminate, and empties @done->ooo.
 * -EPROTO: it cannot be. Context: as chimney_conn_return().
 */
int chimney_conn_take_state(struct chimney_conn *conn,
			    const struct chimney_done *done);

/*
 * Under the tree's lock: can it be that the connection, which stays offloaded,
 * is in the state @st?
 */
bool chimney_conn_fits(struct chimney_conn *conn,
		       const struct chimney_tcp_state *st);

int chimney_conn_init(void);
void chimney_conn_exit(void);

#endif /* _CHIMNEY_CONN_H */
