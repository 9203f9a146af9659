// SPDX-License-Identifier: GPL-2.0
/*
 * Life of a port, and its face to the network stack: one Ethernet netdev with
 * one queue each way, NAPI, checksum and segmentation offload, as real NICs
 * have them.
 *
 * What a port sends is put in the ring of the port at the other end of its
 * wire (wire.c). What it receives is made to look as if it came from a wire:
 * it forgets the socket, route, mark and connection tracking of its sender,
 * which may be in another network namespace.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <net/gso.h>

#include "chimsim.h"

#define CHIMSIM_FEATURES	(NETIF_F_SG | NETIF_F_FRAGLIST | \
				 NETIF_F_HIGHDMA | NETIF_F_HW_CSUM | \
				 NETIF_F_RXCSUM | NETIF_F_ALL_TSO | \
				 NETIF_F_GSO_SOFTWARE)

static int chimsim_open(struct net_device *netdev)
{
	struct chimsim_port *port = chimsim_netdev_port(netdev);

	napi_enable(&port->napi);
	netif_start_queue(netdev);
	port->admin_up = true;
	chimsim_wire_update(port);
	return 0;
}

static int chimsim_stop(struct net_device *netdev)
{
	struct chimsim_port *port = chimsim_netdev_port(netdev);

	port->admin_up = false;
	/* Closes the ring: nothing is there to be received any more. */
	chimsim_wire_update(port);
	netif_stop_queue(netdev);
	napi_disable(&port->napi);
	return 0;
}

static netdev_tx_t chimsim_start_xmit(struct sk_buff *skb,
				      struct net_device *netdev)
{
	skb_tx_timestamp(skb);
	chimsim_wire_xmit(chimsim_netdev_port(netdev), skb, false);
	return NETDEV_TX_OK;
}

/**
 * chimsim_port_xmit_engine - send a frame that the on-board engine has built
 * @port: the port
 * @skb: the frame, complete from its MAC header on, which is at its data, with
 *       a VLAN tag in place if it has one; network header and protocol set.
 *       May be a super-frame, and leave its checksum to be completed
 *       (CHECKSUM_PARTIAL). May belong to a socket; it does so until the other
 *       end has received it. Taken in every case.
 *
 * Packet taps on the port see the frame. It passes no queueing discipline and
 * no hook of the stack.
 *
 * Context: process or softirq; locks of the sending socket may be held.
 * Return: NET_XMIT_SUCCESS, or NET_XMIT_DROP if the link is down or the ring
 * of the other end full of the engine's frames.
 */
int chimsim_port_xmit_engine(struct chimsim_port *port, struct sk_buff *skb)
{
	int err;

	skb->dev = port->netdev;

	local_bh_disable();
	if (dev_nit_active(port->netdev))
		dev_queue_xmit_nit(skb, port->netdev);
	err = chimsim_wire_xmit(port, skb, true);
	local_bh_enable();

	return err ? NET_XMIT_DROP : NET_XMIT_SUCCESS;
}

/*
 * Shows a frame that the engine has taken to the packet taps on this port.
 * The stack does that only for what it gets itself.
 */
static void chimsim_tap(struct chimsim_port *port, struct sk_buff *skb)
{
	struct net_device *netdev = port->netdev;
	struct packet_type *tap;

	skb->skb_iif = netdev->ifindex;
	skb_reset_mac_len(skb);

	list_for_each_entry_rcu(tap, &netdev->ptype_all, list) {
		skb_get(skb);
		tap->func(skb, netdev, tap, netdev);
	}
}

/*
 * The stack finds the headers of a frame itself, but not those of a super-frame, which
 * it may pass on as it is: there the checksum that is to be made tells where TCP's is.
 */
static void chimsim_set_headers(struct sk_buff *skb)
{
	skb_reset_network_header(skb);
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		skb_set_transport_header(skb, skb_checksum_start_offset(skb));
	else
		skb_reset_transport_header(skb);
}

/* Passes a frame on, to the engine or the stack. */
static void chimsim_deliver(struct chimsim_port *port, struct sk_buff *skb)
{
	struct net_device *netdev = port->netdev;
	unsigned int len = skb->len;
	struct sk_buff *tap = NULL;

	skb->protocol = eth_type_trans(skb, netdev);
	if (skb->protocol == htons(ETH_P_8021Q) &&
	    netdev->features & NETIF_F_HW_VLAN_CTAG_RX) {
		skb = skb_vlan_untag(skb);
		if (!skb) {
			chimsim_stat_inc(port, CHIMSIM_RX_DROPPED);
			return;
		}
	}
	chimsim_set_headers(skb);

	if (unlikely(!list_empty(&netdev->ptype_all)))
		tap = skb_clone(skb, GFP_ATOMIC);
	if (!chimsim_steer(port, skb)) {
		/* The clone goes first: GRO wants the frame for itself. */
		consume_skb(tap);
		skb = chimsim_xdp_run(port, skb);
		if (skb)
			napi_gro_receive(&port->napi, skb);
		return;
	}
	chimsim_stat_inc(port, CHIMSIM_ENGINE_RX_PACKETS);
	chimsim_stat_add(port, CHIMSIM_ENGINE_RX_BYTES, len);
	if (tap)
		chimsim_tap(port, tap);
	consume_skb(tap);
}

/*
 * A port that does not look at checksums cannot take frames without: what
 * the sender left to the wire is done here, and super-frames, which have but
 * one checksum, become real frames. Returns a list, or NULL.
 */
static struct sk_buff *chimsim_complete(struct sk_buff *skb)
{
	struct sk_buff *segs;

	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return skb;
	if (!skb_is_gso(skb)) {
		if (!skb_checksum_help(skb))
			return skb;
		goto err_free;
	}
	segs = skb_gso_segment(skb, NETIF_F_SG | NETIF_F_HIGHDMA);
	if (IS_ERR_OR_NULL(segs))
		goto err_free;
	consume_skb(skb);
	return segs;

err_free:
	kfree_skb(skb);
	return NULL;
}

/* Makes a frame forget where it came from. */
static int chimsim_scrub(struct sk_buff *skb)
{
	/* It has left the sender's NIC: its socket may send the next one. */
	skb_orphan(skb);
	if (unlikely(skb_orphan_frags_rx(skb, GFP_ATOMIC)))
		return -ENOMEM;
	if (unlikely(!pskb_may_pull(skb, ETH_HLEN)))
		return -ENOMEM;
	/*
	 * The sender's TCP keeps a clone to retransmit from. GRO merges frames
	 * by moving their fragments, which it would take from the clone, too.
	 */
	if (skb_unclone(skb, GFP_ATOMIC))
		return -ENOMEM;
	/*
	 * The sender's socket is charged by rules of its own, an ACK with 2 octets; here
	 * it lies in a buffer of the receiver, who may merge it with others.
	 */
	skb->truesize = max_t(unsigned int, skb->truesize,
			      SKB_TRUESIZE(skb_end_offset(skb)) + skb->data_len);

	/* true: as if to another namespace. A wire tells nothing. */
	skb_scrub_packet(skb, true);
	skb->priority = 0;
	skb_clear_hash(skb);
	skb_set_queue_mapping(skb, 0);
	skb_reset_mac_header(skb);

	/*
	 * What the sender's stack knew of the checksum is not known here,
	 * except that one which was never computed is not wrong.
	 */
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		skb->ip_summed = CHECKSUM_NONE;
	skb->csum_valid = 0;
	return 0;
}

/* A VLAN tag comes on top of the MTU, here as on most NICs. */
static bool chimsim_fits(const struct chimsim_port *port,
			 const struct sk_buff *skb)
{
	unsigned int max = READ_ONCE(port->netdev->mtu) + VLAN_ETH_HLEN;

	if (skb_is_gso(skb))
		return skb_gso_validate_mac_len(skb, max);
	return skb->len <= max;
}

static void chimsim_receive(struct chimsim_port *port, struct sk_buff *skb)
{
	unsigned int len = skb->len;
	struct sk_buff *next;

	if (unlikely(chimsim_scrub(skb))) {
		chimsim_stat_inc(port, CHIMSIM_RX_DROPPED);
		kfree_skb(skb);
		return;
	}
	if (unlikely(!chimsim_fits(port, skb))) {
		chimsim_stat_inc(port, CHIMSIM_RX_TOO_LONG);
		kfree_skb(skb);
		return;
	}
	/* An XDP program sees real frames, too. */
	if (!(port->netdev->features & NETIF_F_RXCSUM) ||
	    rcu_access_pointer(port->xdp)) {
		skb = chimsim_complete(skb);
		if (unlikely(!skb)) {
			chimsim_stat_inc(port, CHIMSIM_RX_DROPPED);
			return;
		}
	}

	chimsim_stat_inc(port, CHIMSIM_RX_PACKETS);
	chimsim_stat_add(port, CHIMSIM_RX_BYTES, len);
	skb_list_walk_safe(skb, skb, next) {
		skb_mark_not_on_list(skb);
		chimsim_deliver(port, skb);
	}
}

static int chimsim_poll(struct napi_struct *napi, int budget)
{
	struct chimsim_port *port = container_of(napi, struct chimsim_port,
						 napi);
	struct sk_buff *skb;
	int done = 0;

	rcu_read_lock();
	while (done < budget && (skb = chimsim_wire_receive(port))) {
		chimsim_receive(port, skb);
		done++;
	}
	chimsim_wire_resume(port);
	rcu_read_unlock();

	if (done < budget)
		napi_complete_done(napi, done);
	return done;
}

/* All that is on the wire is received; the stack sorts out what is not its. */
static void chimsim_set_rx_mode(struct net_device *netdev)
{
}

/**
 * chimsim_stats_read - add up a port's counters
 * @port: the port
 * @sum: where to
 */
void chimsim_stats_read(struct chimsim_port *port, u64 sum[CHIMSIM_STAT_MAX])
{
	u64 v[CHIMSIM_STAT_MAX];
	unsigned int start;
	int cpu, i;

	memset(sum, 0, sizeof(v));
	for_each_possible_cpu(cpu) {
		struct chimsim_stats *s = per_cpu_ptr(port->stats, cpu);

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			for (i = 0; i < CHIMSIM_STAT_MAX; i++)
				v[i] = u64_stats_read(&s->v[i]);
		} while (u64_stats_fetch_retry(&s->syncp, start));
		for (i = 0; i < CHIMSIM_STAT_MAX; i++)
			sum[i] += v[i];
	}
}

static void chimsim_get_stats64(struct net_device *netdev,
				struct rtnl_link_stats64 *stats)
{
	u64 sum[CHIMSIM_STAT_MAX];

	chimsim_stats_read(chimsim_netdev_port(netdev), sum);
	stats->rx_packets = sum[CHIMSIM_RX_PACKETS];
	stats->rx_bytes = sum[CHIMSIM_RX_BYTES];
	stats->rx_dropped = sum[CHIMSIM_RX_DROPPED];
	stats->rx_length_errors = sum[CHIMSIM_RX_TOO_LONG];
	stats->rx_errors = stats->rx_length_errors;
	stats->tx_packets = sum[CHIMSIM_TX_PACKETS];
	stats->tx_bytes = sum[CHIMSIM_TX_BYTES];
	stats->tx_dropped = sum[CHIMSIM_TX_DROPPED];
}

static const struct net_device_ops chimsim_netdev_ops = {
	.ndo_open		= chimsim_open,
	.ndo_stop		= chimsim_stop,
	.ndo_start_xmit		= chimsim_start_xmit,
	.ndo_set_rx_mode	= chimsim_set_rx_mode,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_get_stats64	= chimsim_get_stats64,
	.ndo_bpf		= chimsim_bpf,
	.ndo_setup_tc		= chimsim_setup_tc,
	.ndo_change_rx_flags	= chimsim_change_rx_flags,
};

/**
 * chimsim_is_port - is a netdev one of ours?
 * @netdev: any netdev
 *
 * Return: whether it is.
 */
bool chimsim_is_port(const struct net_device *netdev)
{
	return netdev->netdev_ops == &chimsim_netdev_ops;
}

/* A name and an address that tell which port it is: chs1p0, 02:63:00:01:00:00 */
static struct net_device *chimsim_netdev_new(struct chimsim_port *port,
					     struct net *net)
{
	u8 addr[ETH_ALEN] = { 0x02, 'c', port->cdev->id >> 8, port->cdev->id,
			      0, port->index };
	struct net_device *netdev;
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), "chs%up%u", port->cdev->id, port->index);
	netdev = alloc_netdev(sizeof(struct chimsim_port *), name,
			      NET_NAME_PREDICTABLE, ether_setup);
	if (!netdev)
		return NULL;

	*(struct chimsim_port **)netdev_priv(netdev) = port;
	dev_net_set(netdev, net);
	SET_NETDEV_DEV(netdev, &port->dev);
	netdev->dev_port = port->index;
	netdev->netdev_ops = &chimsim_netdev_ops;
	netdev->ethtool_ops = &chimsim_ethtool_ops;
	eth_hw_addr_set(netdev, addr);
	netdev->min_mtu = ETH_MIN_MTU;
	netdev->max_mtu = CHIMSIM_MTU_MAX;

	netdev->features = CHIMSIM_FEATURES | NETIF_F_HW_VLAN_CTAG_RX;
	netdev->hw_features = netdev->features;
	netdev->hw_enc_features = CHIMSIM_FEATURES;
	netdev->vlan_features = CHIMSIM_FEATURES;

	/* Frames are queued by their own list pointers: they must not be shared. */
	netdev->priv_flags &= ~IFF_TX_SKB_SHARING;
	netdev->priv_flags |= IFF_UNICAST_FLT | IFF_LIVE_ADDR_CHANGE;
	/* The locks of the wire are not safe against hard interrupts. */
	netdev->priv_flags |= IFF_DISABLE_NETPOLL;

	netdev_set_xdp_basic(netdev);
	netif_napi_add(netdev, &port->napi, chimsim_poll);
	netif_carrier_off(netdev);
	return netdev;
}

static void chimsim_port_release(struct device *dev)
{
	struct chimsim_port *port = to_chimsim_port(dev);

	free_percpu(port->stats);
	put_device(&port->cdev->dev);
	kfree(port);
}

static const struct device_type chimsim_port_type = {
	.name		= "chimsim_port",
	.release	= chimsim_port_release,
};

static struct chimsim_port *chimsim_port_alloc(struct chimsim_dev *cdev,
					       unsigned int index)
{
	struct chimsim_port *port;

	port = kzalloc(sizeof(*port), GFP_KERNEL);
	if (!port)
		return NULL;
	port->stats = netdev_alloc_pcpu_stats(struct chimsim_stats);
	if (!port->stats) {
		kfree(port);
		return NULL;
	}

	port->index = index;
	port->cdev = cdev;
	get_device(&cdev->dev);		/* put by chimsim_port_release() */
	chimsim_wire_init(port);

	device_initialize(&port->dev);
	port->dev.type = &chimsim_port_type;
	port->dev.parent = &cdev->dev;
	return port;
}

/**
 * chimsim_port_new - make a port
 * @cdev: the device to which it belongs
 * @index: which of the device's ports it is
 * @net: where its netdev is to be
 *
 * The port's files in sysfs come last and go first: who writes to one finds
 * the port whole.
 *
 * Context: process; chimsim_devs_lock held.
 * Return: the port, or ERR_PTR: -EEXIST if the netdev's name is taken, or what
 * registering it or attaching the offload target came up with.
 */
struct chimsim_port *chimsim_port_new(struct chimsim_dev *cdev,
				      unsigned int index, struct net *net)
{
	struct chimsim_port *port;
	int err;

	port = chimsim_port_alloc(cdev, index);
	if (!port)
		return ERR_PTR(-ENOMEM);
	err = dev_set_name(&port->dev, "port%u", index);
	if (err)
		goto err_put_port;

	err = -ENOMEM;
	port->netdev = chimsim_netdev_new(port, net);
	if (!port->netdev)
		goto err_put_port;
	err = device_add(&port->dev);
	if (err)
		goto err_free_netdev;
	err = register_netdev(port->netdev);
	if (err)
		goto err_device_del;
	err = chimsim_offload_attach(port);
	if (err)
		goto err_unregister_netdev;
	err = device_add_groups(&port->dev, chimsim_port_groups);
	if (err)
		goto err_offload_detach;
	return port;

err_offload_detach:
	chimsim_offload_detach(port);
err_unregister_netdev:
	rtnl_lock();
	chimsim_wire_unlink(port);
	unregister_netdevice(port->netdev);
	rtnl_unlock();
	chimsim_wire_exit(port);
err_device_del:
	device_del(&port->dev);
err_free_netdev:
	free_netdev(port->netdev);
err_put_port:
	put_device(&port->dev);
	return ERR_PTR(err);
}

/**
 * chimsim_port_del - remove a port
 * @port: the port
 *
 * Traffic may be running. Senders at the other end of the wire see the port
 * under RCU: unregister_netdevice() waits for them.
 *
 * Context: process; chimsim_devs_lock held.
 */
void chimsim_port_del(struct chimsim_port *port)
{
	device_remove_groups(&port->dev, chimsim_port_groups);
	chimsim_offload_detach(port);

	rtnl_lock();
	chimsim_wire_unlink(port);
	unregister_netdevice(port->netdev);
	rtnl_unlock();
	chimsim_wire_exit(port);

	device_del(&port->dev);
	free_netdev(port->netdev);
	put_device(&port->dev);
}
