// SPDX-License-Identifier: GPL-2.0
/*
 * What lies between two ports: the link, which may be cut; the ring of the
 * receiver, which holds frames until its NAPI takes them; and the accidents
 * that tests want to happen to frames, lost or late.
 *
 * Both are made here and not by a queueing discipline, since the frames of the
 * on-board engine pass none: what the stack sends and what the engine sends
 * meet the same wire.
 *
 * The wire has back-pressure, as a real NIC has: when the ring is full, the
 * transmit queue of the sender is stopped until the receiver has made room,
 * and a frame is taken from its socket's account only as it leaves the ring,
 * so that TCP small queues work. The engine has no transmit queue to stop; it
 * is bounded by the account of its sockets, and may fill the ring to
 * CHIMSIM_ENGINE_FILL times its size before its frames are dropped.
 */
#include <linux/jiffies.h>
#include <linux/rtnetlink.h>

#include "chimsim.h"

#define CHIMSIM_ENGINE_FILL	4

/*
 * A frame that is held back lets so many others pass: enough for the third
 * duplicate acknowledgment (RFC 5681, section 3.2). If none come, it goes on
 * after a time that is short against a retransmission timeout.
 */
#define CHIMSIM_HELD_BEHIND	3
#define CHIMSIM_HELD_JIFFIES	msecs_to_jiffies(10)

/**
 * enum chimsim_fate - what becomes of a frame on the wire
 * @CHIMSIM_PASSES: it arrives
 * @CHIMSIM_IS_LOST: it does not
 * @CHIMSIM_IS_HELD: it arrives behind others that come after it
 */
enum chimsim_fate {
	CHIMSIM_PASSES,
	CHIMSIM_IS_LOST,
	CHIMSIM_IS_HELD,
};

/*
 * Both draws are made whatever comes of the first, so that frames keep their
 * fate with regard to loss when the odds of reordering are changed.
 */
static enum chimsim_fate chimsim_tx_fate(struct chimsim_tx *tx)
{
	u32 loss, reorder;

	lockdep_assert_held(&tx->lock);

	if (!tx->loss && !tx->reorder)
		return CHIMSIM_PASSES;
	loss = prandom_u32_state(&tx->rnd) % CHIMSIM_ODDS;
	reorder = prandom_u32_state(&tx->rnd) % CHIMSIM_ODDS;
	if (loss < tx->loss)
		return CHIMSIM_IS_LOST;
	if (reorder < tx->reorder && !tx->held)
		return CHIMSIM_IS_HELD;
	return CHIMSIM_PASSES;
}

/* Adds a frame to the ring of @peer, and stops the queue that feeds it. */
static void chimsim_ring_add(struct chimsim_port *port,
			     struct chimsim_port *peer, struct sk_buff *skb)
{
	struct chimsim_ring *ring = &peer->ring;

	lockdep_assert_held(&ring->lock);

	__skb_queue_tail(&ring->frames, skb);
	if (skb_queue_len(&ring->frames) >= ring->size)
		netif_stop_queue(port->netdev);
}

static int chimsim_ring_room(const struct chimsim_port *port,
			     const struct chimsim_port *peer, bool engine)
{
	const struct chimsim_ring *ring = &peer->ring;

	lockdep_assert_held(&ring->lock);

	/* It may be linked to another by now, whose queue is not @port's. */
	if (!ring->open || rcu_access_pointer(peer->peer) != port)
		return -ENETDOWN;
	if (engine &&
	    skb_queue_len(&ring->frames) >= ring->size * CHIMSIM_ENGINE_FILL)
		return -ENOBUFS;
	return 0;
}

/*
 * Decides on one frame. Returns 0 if the wire has taken it, and sets *@skb to
 * NULL, unless it is the caller's to free: that is not done here, since the
 * frame's owner may be called back and send.
 */
static int chimsim_tx_frame(struct chimsim_port *port,
			    struct chimsim_port *peer, struct sk_buff **skb,
			    bool engine)
{
	struct chimsim_ring *ring = &peer->ring;
	struct chimsim_tx *tx = &port->tx;
	int err;

	spin_lock(&tx->lock);
	spin_lock(&ring->lock);

	err = chimsim_ring_room(port, peer, engine);
	if (err)
		goto out_unlock;

	switch (chimsim_tx_fate(tx)) {
	case CHIMSIM_IS_LOST:
		chimsim_stat_inc(port, CHIMSIM_WIRE_LOST);
		goto out_unlock;
	case CHIMSIM_IS_HELD:
		chimsim_stat_inc(port, CHIMSIM_WIRE_REORDERED);
		tx->held = *skb;
		tx->behind = CHIMSIM_HELD_BEHIND;
		mod_timer(&tx->release, jiffies + CHIMSIM_HELD_JIFFIES);
		break;
	case CHIMSIM_PASSES:
		chimsim_ring_add(port, peer, *skb);
		if (tx->held && !--tx->behind) {
			chimsim_ring_add(port, peer, tx->held);
			tx->held = NULL;
		}
		break;
	}
	*skb = NULL;

out_unlock:
	spin_unlock(&ring->lock);
	spin_unlock(&tx->lock);
	return err;
}

/**
 * chimsim_wire_xmit - put a frame on the wire
 * @port: the port that sends it
 * @skb: the frame, MAC header at its data; taken in every case
 * @engine: it comes from the on-board engine, not from the stack
 *
 * Context: softirqs off.
 * Return: 0; -ENETDOWN if the link is down; -ENOBUFS if the ring is full,
 * which happens to the engine only.
 */
int chimsim_wire_xmit(struct chimsim_port *port, struct sk_buff *skb,
		      bool engine)
{
	struct chimsim_port *peer;
	unsigned int len = skb->len;
	int err = -ENETDOWN;

	rcu_read_lock();
	peer = rcu_dereference(port->peer);
	if (peer && !READ_ONCE(port->vanished) && !READ_ONCE(peer->vanished))
		err = chimsim_tx_frame(port, peer, &skb, engine);
	if (err) {
		chimsim_stat_inc(port, CHIMSIM_TX_DROPPED);
		if (engine)
			chimsim_stat_inc(port, CHIMSIM_ENGINE_TX_DROPPED);
	} else {
		chimsim_stat_inc(port, CHIMSIM_TX_PACKETS);
		chimsim_stat_add(port, CHIMSIM_TX_BYTES, len);
		if (engine) {
			chimsim_stat_inc(port, CHIMSIM_ENGINE_TX_PACKETS);
			chimsim_stat_add(port, CHIMSIM_ENGINE_TX_BYTES, len);
		}
		napi_schedule(&peer->napi);
	}
	rcu_read_unlock();
	kfree_skb(skb);
	return err;
}

/* Nothing has passed the frame that is held back: it goes on now. */
static void chimsim_tx_release(struct timer_list *timer)
{
	struct chimsim_tx *tx = from_timer(tx, timer, release);
	struct chimsim_port *port = container_of(tx, struct chimsim_port, tx);
	struct chimsim_port *peer;

	rcu_read_lock();
	spin_lock(&tx->lock);
	/* A wire that is cut takes its held frame with it. */
	peer = rcu_dereference(port->peer);
	if (tx->held && peer) {
		spin_lock(&peer->ring.lock);
		chimsim_ring_add(port, peer, tx->held);
		spin_unlock(&peer->ring.lock);
		tx->held = NULL;
		napi_schedule(&peer->napi);
	}
	spin_unlock(&tx->lock);
	rcu_read_unlock();
}

/**
 * chimsim_wire_receive - take the next frame off the wire
 * @port: the port that receives it
 *
 * Context: the port's NAPI.
 * Return: the frame, still its sender's, or NULL if there is none.
 */
struct sk_buff *chimsim_wire_receive(struct chimsim_port *port)
{
	struct sk_buff *skb;

	spin_lock(&port->ring.lock);
	skb = __skb_dequeue(&port->ring.frames);
	spin_unlock(&port->ring.lock);
	return skb;
}

/**
 * chimsim_wire_resume - let the sender go on if there is room again
 * @port: the port that has received
 *
 * The queue is stopped and woken under the lock of the ring, with the fill
 * that justifies it: no wake-up is missed.
 *
 * Context: the port's NAPI.
 */
void chimsim_wire_resume(struct chimsim_port *port)
{
	struct chimsim_ring *ring = &port->ring;
	struct chimsim_port *peer;

	rcu_read_lock();
	peer = rcu_dereference(port->peer);
	if (peer && netif_queue_stopped(peer->netdev)) {
		spin_lock(&ring->lock);
		if (skb_queue_len(&ring->frames) <= ring->size / 2)
			netif_wake_queue(peer->netdev);
		spin_unlock(&ring->lock);
	}
	rcu_read_unlock();
}

/* Opens the way from @peer to @port, or closes it and loses what is on it. */
static void chimsim_wire_open(struct chimsim_port *port,
			      struct chimsim_port *peer, bool open)
{
	struct sk_buff_head cut;
	struct sk_buff *held;

	__skb_queue_head_init(&cut);

	spin_lock_bh(&peer->tx.lock);
	spin_lock(&port->ring.lock);
	port->ring.open = open;
	if (!open) {
		skb_queue_splice_init(&port->ring.frames, &cut);
		held = peer->tx.held;
		peer->tx.held = NULL;
		if (held)
			__skb_queue_tail(&cut, held);
		chimsim_stat_add(peer, CHIMSIM_WIRE_CUT, skb_queue_len(&cut));
	}
	spin_unlock(&port->ring.lock);
	spin_unlock_bh(&peer->tx.lock);

	__skb_queue_purge(&cut);
	if (netif_running(peer->netdev))
		netif_wake_queue(peer->netdev);
}

static void chimsim_wire_set_carrier(struct chimsim_port *port, bool live)
{
	port->live = live;
	if (live)
		netif_carrier_on(port->netdev);
	else
		netif_carrier_off(port->netdev);
	chimsim_offload_link(port, live);
}

static void chimsim_wire_set_live(struct chimsim_port *port,
				  struct chimsim_port *peer, bool live)
{
	if (port->live == live)
		return;
	chimsim_wire_open(port, peer, live);
	chimsim_wire_open(peer, port, live);
	chimsim_wire_set_carrier(port, live);
	chimsim_wire_set_carrier(peer, live);
}

/**
 * chimsim_wire_update - see whether a wire is live, and make it so
 * @port: the port of which something has changed
 *
 * A wire is live, and both ends have carrier, if both are plugged in and up.
 *
 * Context: process; RTNL held.
 */
void chimsim_wire_update(struct chimsim_port *port)
{
	struct chimsim_port *peer = rtnl_dereference(port->peer);

	if (peer)
		chimsim_wire_set_live(port, peer,
				      port->media_up && port->admin_up &&
				      peer->media_up && peer->admin_up);
}

/**
 * chimsim_wire_link - make a wire between two ports
 * @a: a port
 * @b: another
 *
 * Context: process; RTNL held.
 * Return: 0; -EINVAL if they are the same; -EBUSY if one is linked already.
 */
int chimsim_wire_link(struct chimsim_port *a, struct chimsim_port *b)
{
	ASSERT_RTNL();

	if (a == b)
		return -EINVAL;
	if (rtnl_dereference(a->peer) || rtnl_dereference(b->peer))
		return -EBUSY;
	rcu_assign_pointer(a->peer, b);
	rcu_assign_pointer(b->peer, a);
	chimsim_wire_update(a);
	return 0;
}

/**
 * chimsim_wire_unlink - take away the wire of a port
 * @port: the port
 *
 * The peer may be in use by senders until a grace period has passed.
 *
 * Context: process; RTNL held.
 * Return: 0; -ENOTCONN if there is none.
 */
int chimsim_wire_unlink(struct chimsim_port *port)
{
	struct chimsim_port *peer = rtnl_dereference(port->peer);

	if (!peer)
		return -ENOTCONN;
	chimsim_wire_set_live(port, peer, false);
	RCU_INIT_POINTER(port->peer, NULL);
	RCU_INIT_POINTER(peer->peer, NULL);
	return 0;
}

/**
 * chimsim_wire_init - set up a port's end of a wire
 * @port: the port; not linked
 */
void chimsim_wire_init(struct chimsim_port *port)
{
	struct chimsim_ring *ring = &port->ring;
	struct chimsim_tx *tx = &port->tx;

	port->media_up = true;

	spin_lock_init(&ring->lock);
	__skb_queue_head_init(&ring->frames);
	ring->size = CHIMSIM_RING_DEFAULT;

	spin_lock_init(&tx->lock);
	tx->seed = 1;
	prandom_seed_state(&tx->rnd, tx->seed);
	timer_setup(&tx->release, chimsim_tx_release, 0);
}

/**
 * chimsim_wire_exit - the opposite
 * @port: the port; unlinked, a grace period ago
 *
 * Context: process, may sleep.
 */
void chimsim_wire_exit(struct chimsim_port *port)
{
	timer_shutdown_sync(&port->tx.release);
	WARN_ON_ONCE(port->tx.held || !skb_queue_empty(&port->ring.frames));
}
