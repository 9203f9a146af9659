/* SPDX-License-Identifier: GPL-2.0 */
/*
 * chimsim.ko, a simulated NIC: what its parts know of each other.
 *
 * A device (struct chimsim_dev, on the bus "chimsim") has one or more ports.
 * A port (struct chimsim_port) is one Ethernet netdev; two ports that are
 * linked form a wire. Each port is an offload target of its own.
 *
 *	bus.c		the bus and its four files, by which users make things
 *	device.c	life of a device
 *	port.c		life of a port: netdev, NAPI, transmit and receive
 *	wire.c		what lies between two ports: link, rings, loss, reordering
 *	ethtool.c	counters and settings, for ethtool
 *	attr.c		the files of a port in sysfs
 *
 * Lock order, outermost first:
 *
 *	chimsim_devs_lock (device.c), a mutex: which devices there are
 *	RTNL: who is linked to whom, the state of the media, carrier
 *	[the lock of the netdev's transmit queue]
 *	chimsim_tx.lock, a spinlock: the sending half of a wire
 *	chimsim_ring.lock, a spinlock: the receiving half, always the peer's
 *
 * Nothing is ever delivered with any of them held: the sender puts a frame in
 * the ring of the receiver, whose NAPI takes it out. So the locks of a sending
 * socket and those of the receiving one never meet.
 */
#ifndef _CHIMSIM_H
#define _CHIMSIM_H

#include <linux/device.h>
#include <linux/netdevice.h>
#include <linux/prandom.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/u64_stats_sync.h>

#define CHIMSIM_NAME		"chimsim"

#define CHIMSIM_ID_MAX		65535
#define CHIMSIM_PORTS_MAX	16

#define CHIMSIM_MTU_MAX		9600

/* Frames in a ring before the peer's transmit queue is stopped. */
#define CHIMSIM_RING_DEFAULT	256
#define CHIMSIM_RING_MIN	16
#define CHIMSIM_RING_MAX	4096

/* Loss and reordering are given in frames out of this many. */
#define CHIMSIM_ODDS		10000

struct chimsim_offload;
struct chimsim_port;

/**
 * enum chimsim_stat - counters of a port
 * @CHIMSIM_RX_PACKETS: frames received, those for the engine included
 * @CHIMSIM_RX_BYTES: their octets, from the Ethernet header on
 * @CHIMSIM_RX_DROPPED: frames that were received and found no memory
 * @CHIMSIM_RX_TOO_LONG: frames dropped since they exceed the port's MTU
 * @CHIMSIM_TX_PACKETS: frames put on the wire, those of the engine included
 * @CHIMSIM_TX_BYTES: their octets
 * @CHIMSIM_TX_DROPPED: frames that could not be put on the wire
 * @CHIMSIM_ENGINE_RX_PACKETS: of the frames received, those that were steered
 *                             to the on-board engine
 * @CHIMSIM_ENGINE_RX_BYTES: their octets
 * @CHIMSIM_ENGINE_TX_PACKETS: of the frames sent, those the engine has built
 * @CHIMSIM_ENGINE_TX_BYTES: their octets
 * @CHIMSIM_ENGINE_TX_DROPPED: frames of the engine that could not be put on
 *                             the wire
 * @CHIMSIM_ENGINE_RX_PAYLOAD: octets of payload that engines have handed to
 *                             the host
 * @CHIMSIM_ENGINE_TX_PAYLOAD: octets of payload that engines have sent,
 *                             retransmissions not counted
 * @CHIMSIM_WIRE_LOST: frames sent that the wire lost on purpose
 * @CHIMSIM_WIRE_REORDERED: frames sent that the wire held back on purpose
 * @CHIMSIM_WIRE_CUT: frames sent that were on the wire as it was cut
 * @CHIMSIM_STAT_MAX: how many there are
 *
 * The wire carries a super-frame (TSO) in one piece; here it counts as one.
 * Between two ports A and B that are linked, and quiet, for each direction:
 * A's tx_packets = B's rx_packets + rx_dropped + rx_too_long + A's wire_lost +
 * wire_cut.
 */
enum chimsim_stat {
	CHIMSIM_RX_PACKETS,
	CHIMSIM_RX_BYTES,
	CHIMSIM_RX_DROPPED,
	CHIMSIM_RX_TOO_LONG,
	CHIMSIM_TX_PACKETS,
	CHIMSIM_TX_BYTES,
	CHIMSIM_TX_DROPPED,
	CHIMSIM_ENGINE_RX_PACKETS,
	CHIMSIM_ENGINE_RX_BYTES,
	CHIMSIM_ENGINE_TX_PACKETS,
	CHIMSIM_ENGINE_TX_BYTES,
	CHIMSIM_ENGINE_TX_DROPPED,
	CHIMSIM_ENGINE_RX_PAYLOAD,
	CHIMSIM_ENGINE_TX_PAYLOAD,
	CHIMSIM_WIRE_LOST,
	CHIMSIM_WIRE_REORDERED,
	CHIMSIM_WIRE_CUT,
	CHIMSIM_STAT_MAX,
};

/**
 * struct chimsim_stats - a CPU's share of a port's counters
 * @v: the counters; written with softirqs off
 * @syncp: makes them readable in one piece on 32 bit
 */
struct chimsim_stats {
	u64_stats_t		v[CHIMSIM_STAT_MAX];
	struct u64_stats_sync	syncp;
};

/**
 * struct chimsim_ring - frames on their way into a port
 * @lock: protects all below; softirqs off
 * @frames: the frames, oldest first
 * @size: fill at which the peer's transmit queue is stopped
 * @open: the wire is up: frames may be added
 */
struct chimsim_ring {
	spinlock_t		lock;
	struct sk_buff_head	frames;
	unsigned int		size;
	bool			open;
};

/**
 * struct chimsim_tx - the sending half of a wire, and what it does to frames
 * @lock: protects all below; softirqs off
 * @rnd: random numbers; two draws for each frame while @loss or @reorder is
 *       set, so that equal frames meet an equal fate with an equal seed
 * @seed: what @rnd was last seeded with
 * @loss: frames lost, out of CHIMSIM_ODDS
 * @reorder: frames held back behind later ones, out of CHIMSIM_ODDS
 * @held: the frame that is held back now
 * @behind: frames that are still to pass before @held
 * @release: lets @held go if nothing passes it
 */
struct chimsim_tx {
	spinlock_t		lock;
	struct rnd_state	rnd;
	u32			seed;
	u32			loss;
	u32			reorder;
	struct sk_buff		*held;
	unsigned int		behind;
	struct timer_list	release;
};

/**
 * struct chimsim_port - one port
 * @dev: its place in sysfs; owns the port's memory
 * @cdev: the device it belongs to; the port's @dev holds a reference to it
 * @index: which of the device's ports it is
 * @netdev: its netdev, from before @dev is visible until after it is gone
 * @peer: the port at the other end of the wire, or NULL; written under RTNL,
 *        read under RCU too. Holds no reference: a port that goes is unlinked,
 *        and freed a grace period later.
 * @media_up: the cable is plugged in; RTNL
 * @admin_up: the netdev is up; RTNL
 * @live: carrier: linked, and both ends plugged in and up; RTNL
 * @vanished: gone without a word: what is sent from here or to here is lost
 * @napi: receives from @ring
 * @ring: frames to be received
 * @tx: frames to be sent
 * @stats: counters
 * @offload: what the offload target keeps for this port, from
 *           chimsim_offload_attach() to chimsim_offload_detach()
 * @xdp: the program that sees what goes up to the stack; written under RTNL, read
 *       under RCU
 * @tc_blocks: blocks of filters that are bound to it; RTNL
 */
struct chimsim_port {
	struct device			dev;
	struct chimsim_dev		*cdev;
	unsigned int			index;
	struct net_device		*netdev;
	struct chimsim_port __rcu	*peer;
	bool				media_up;
	bool				admin_up;
	bool				live;
	bool				vanished;
	struct napi_struct		napi;
	struct chimsim_ring		ring;
	struct chimsim_tx		tx;
	struct chimsim_stats __percpu	*stats;
	struct chimsim_offload		*offload;
	struct bpf_prog __rcu		*xdp;
	unsigned int			tc_blocks;
};

/**
 * struct chimsim_dev - one device
 * @dev: its place on the bus; owns the device's memory
 * @id: its number, as given by the user
 * @nports: how many ports it has
 * @ports: the ports; there as long as the device can be found
 */
struct chimsim_dev {
	struct device		dev;
	unsigned int		id;
	unsigned int		nports;
	struct chimsim_port	*ports[];
};

static inline struct chimsim_port *to_chimsim_port(struct device *dev)
{
	return container_of(dev, struct chimsim_port, dev);
}

static inline struct chimsim_dev *to_chimsim_dev(struct device *dev)
{
	return container_of(dev, struct chimsim_dev, dev);
}

/**
 * chimsim_netdev_port - the port that a netdev belongs to
 * @netdev: a netdev for which chimsim_is_port() is true
 *
 * Return: the port.
 */
static inline struct chimsim_port *chimsim_netdev_port(struct net_device *netdev)
{
	return *(struct chimsim_port **)netdev_priv(netdev);
}

/* bus.c */
extern struct bus_type chimsim_bus;
int chimsim_bus_init(void);
void chimsim_bus_exit(void);

/* device.c */
int chimsim_dev_new(unsigned int id, unsigned int nports, struct net *net);
int chimsim_dev_del(unsigned int id);
void chimsim_dev_del_all(void);

/* port.c */
struct chimsim_port *chimsim_port_new(struct chimsim_dev *cdev,
				      unsigned int index, struct net *net);
void chimsim_port_del(struct chimsim_port *port);
bool chimsim_is_port(const struct net_device *netdev);
int chimsim_port_xmit_engine(struct chimsim_port *port, struct sk_buff *skb);

/* wire.c */
void chimsim_wire_init(struct chimsim_port *port);
void chimsim_wire_exit(struct chimsim_port *port);
int chimsim_wire_link(struct chimsim_port *a, struct chimsim_port *b);
int chimsim_wire_unlink(struct chimsim_port *port);
void chimsim_wire_update(struct chimsim_port *port);
int chimsim_wire_xmit(struct chimsim_port *port, struct sk_buff *skb,
		      bool engine);
struct sk_buff *chimsim_wire_receive(struct chimsim_port *port);
void chimsim_wire_resume(struct chimsim_port *port);

/* ethtool.c */
extern const struct ethtool_ops chimsim_ethtool_ops;

/* attr.c */
extern const struct attribute_group *chimsim_port_groups[];

/**
 * chimsim_stat_add - add to one of a port's counters
 * @port: the port
 * @stat: which
 * @n: how much
 *
 * Context: softirqs off.
 */
static inline void chimsim_stat_add(struct chimsim_port *port,
				    enum chimsim_stat stat, unsigned long n)
{
	struct chimsim_stats *s = this_cpu_ptr(port->stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_add(&s->v[stat], n);
	u64_stats_update_end(&s->syncp);
}

static inline void chimsim_stat_inc(struct chimsim_port *port,
				    enum chimsim_stat stat)
{
	chimsim_stat_add(port, stat, 1);
}

void chimsim_stats_read(struct chimsim_port *port, u64 sum[CHIMSIM_STAT_MAX]);

/*
 * What the port asks of the offload target (target.c, steer.c); its own parts
 * are in offload.h.
 */

/**
 * chimsim_offload_attach - a port has come: make it an offload target
 * @port: the port; its netdev is registered, its files in sysfs are not there
 *
 * Context: process; chimsim_devs_lock held, RTNL not.
 * Return: 0, or a negative errno: the port is not made then.
 */
int chimsim_offload_attach(struct chimsim_port *port);

/**
 * chimsim_offload_detach - a port is about to go: it is no target any more
 * @port: the port; its netdev still works, its files in sysfs are gone
 *
 * Afterwards chimsim_steer() must not take frames any more, and
 * chimsim_port_xmit_engine() must not be called any more.
 *
 * Context: process; chimsim_devs_lock held, RTNL not.
 */
void chimsim_offload_detach(struct chimsim_port *port);

/**
 * chimsim_offload_link - a port has got or lost its link
 * @port: the port
 * @up: it has got it
 *
 * Called also before chimsim_offload_attach() and after
 * chimsim_offload_detach().
 *
 * Context: process; RTNL held.
 */
void chimsim_offload_link(struct chimsim_port *port, bool up);

/**
 * chimsim_offload_filter - filters were attached to a port, or are gone
 * @port: the port
 * @on: there are some
 *
 * Context: process; RTNL held.
 */
void chimsim_offload_filter(struct chimsim_port *port, bool on);

/**
 * chimsim_offload_promisc - a port is promiscuous from now on, or no more
 * @port: the port
 * @on: it is
 *
 * Context: process; RTNL held.
 */
void chimsim_offload_promisc(struct chimsim_port *port, bool on);

/* Operations of the netdev, see filter.c. Context: process; RTNL held. */
int chimsim_bpf(struct net_device *netdev, struct netdev_bpf *bpf);
int chimsim_setup_tc(struct net_device *netdev, enum tc_setup_type type,
		     void *type_data);
void chimsim_change_rx_flags(struct net_device *netdev, int change);

/* Are there filters, of XDP or of traffic control? Context: RTNL held. */
bool chimsim_filtered(const struct chimsim_port *port);

/*
 * Runs the XDP program, if there is one, on a frame that goes up to the stack;
 * NULL: it was dropped or sent elsewhere. Context: softirq, under RCU.
 */
struct sk_buff *chimsim_xdp_run(struct chimsim_port *port, struct sk_buff *skb);

/**
 * chimsim_steer - is a frame for the on-board engine?
 * @port: the port that has received it
 * @skb: the frame: it belongs to no socket, is scrubbed of all that it carried
 *       with it in its sender's stack, and is as eth_type_trans() leaves it
 *       (data is at the network header, which is set; the MAC header is set;
 *       pkt_type and protocol say for whom and what it is). A VLAN tag is in
 *       skb->vlan_tci unless the user has turned stripping off. ip_summed is
 *       CHECKSUM_NONE (nobody has looked) or CHECKSUM_PARTIAL (it never left
 *       this machine; right by construction). It may be a super-frame.
 *
 * Called also before chimsim_offload_attach() and after
 * chimsim_offload_detach().
 *
 * Context: softirq (the port's NAPI), under RCU.
 * Return: true if the frame was taken, then it belongs to the engine.
 */
bool chimsim_steer(struct chimsim_port *port, struct sk_buff *skb);

#endif /* _CHIMSIM_H */
