// SPDX-License-Identifier: GPL-2.0
/*
 * A port as ethtool sees it: all its counters, the engine's among them, and
 * the size of its ring.
 */
#include <linux/ethtool.h>

#include "chimsim.h"

static const char chimsim_stat_names[CHIMSIM_STAT_MAX][ETH_GSTRING_LEN] = {
	[CHIMSIM_RX_PACKETS]		= "rx_packets",
	[CHIMSIM_RX_BYTES]		= "rx_bytes",
	[CHIMSIM_RX_DROPPED]		= "rx_dropped",
	[CHIMSIM_RX_TOO_LONG]		= "rx_too_long",
	[CHIMSIM_TX_PACKETS]		= "tx_packets",
	[CHIMSIM_TX_BYTES]		= "tx_bytes",
	[CHIMSIM_TX_DROPPED]		= "tx_dropped",
	[CHIMSIM_ENGINE_RX_PACKETS]	= "engine_rx_packets",
	[CHIMSIM_ENGINE_RX_BYTES]	= "engine_rx_bytes",
	[CHIMSIM_ENGINE_TX_PACKETS]	= "engine_tx_packets",
	[CHIMSIM_ENGINE_TX_BYTES]	= "engine_tx_bytes",
	[CHIMSIM_ENGINE_TX_DROPPED]	= "engine_tx_dropped",
	[CHIMSIM_ENGINE_RX_PAYLOAD]	= "engine_rx_payload",
	[CHIMSIM_ENGINE_TX_PAYLOAD]	= "engine_tx_payload",
	[CHIMSIM_WIRE_LOST]		= "wire_lost",
	[CHIMSIM_WIRE_REORDERED]	= "wire_reordered",
	[CHIMSIM_WIRE_CUT]		= "wire_cut",
};

static int chimsim_get_sset_count(struct net_device *netdev, int sset)
{
	return sset == ETH_SS_STATS ? CHIMSIM_STAT_MAX : -EOPNOTSUPP;
}

static void chimsim_get_strings(struct net_device *netdev, u32 sset, u8 *data)
{
	if (sset == ETH_SS_STATS)
		memcpy(data, chimsim_stat_names, sizeof(chimsim_stat_names));
}

static void chimsim_get_ethtool_stats(struct net_device *netdev,
				      struct ethtool_stats *stats, u64 *data)
{
	chimsim_stats_read(chimsim_netdev_port(netdev), data);
}

static void chimsim_get_drvinfo(struct net_device *netdev,
				struct ethtool_drvinfo *info)
{
	struct chimsim_port *port = chimsim_netdev_port(netdev);

	strscpy(info->driver, CHIMSIM_NAME, sizeof(info->driver));
	strscpy(info->bus_info, dev_name(&port->cdev->dev),
		sizeof(info->bus_info));
}

/* The wire has no speed; bridges want one, to weigh a port. */
static int chimsim_get_link_ksettings(struct net_device *netdev,
				      struct ethtool_link_ksettings *cmd)
{
	bool up = netif_carrier_ok(netdev);

	cmd->base.speed = up ? SPEED_10000 : SPEED_UNKNOWN;
	cmd->base.duplex = up ? DUPLEX_FULL : DUPLEX_UNKNOWN;
	cmd->base.port = PORT_OTHER;
	cmd->base.autoneg = AUTONEG_DISABLE;
	return 0;
}

static void chimsim_get_ringparam(struct net_device *netdev,
				  struct ethtool_ringparam *param,
				  struct kernel_ethtool_ringparam *kparam,
				  struct netlink_ext_ack *extack)
{
	struct chimsim_ring *ring = &chimsim_netdev_port(netdev)->ring;

	param->rx_max_pending = CHIMSIM_RING_MAX;
	param->rx_pending = READ_ONCE(ring->size);
}

static int chimsim_set_ringparam(struct net_device *netdev,
				 struct ethtool_ringparam *param,
				 struct kernel_ethtool_ringparam *kparam,
				 struct netlink_ext_ack *extack)
{
	struct chimsim_port *port = chimsim_netdev_port(netdev);

	if (param->rx_pending < CHIMSIM_RING_MIN) {
		NL_SET_ERR_MSG(extack, "rx ring: at least 16 entries are needed");
		return -EINVAL;
	}
	spin_lock_bh(&port->ring.lock);
	WRITE_ONCE(port->ring.size, param->rx_pending);
	spin_unlock_bh(&port->ring.lock);

	/* A sender that waits for the old size to drain needs to look again. */
	local_bh_disable();
	napi_schedule(&port->napi);
	local_bh_enable();
	return 0;
}

const struct ethtool_ops chimsim_ethtool_ops = {
	.get_drvinfo		= chimsim_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_link_ksettings	= chimsim_get_link_ksettings,
	.get_ringparam		= chimsim_get_ringparam,
	.set_ringparam		= chimsim_set_ringparam,
	.get_sset_count		= chimsim_get_sset_count,
	.get_strings		= chimsim_get_strings,
	.get_ethtool_stats	= chimsim_get_ethtool_stats,
	.get_ts_info		= ethtool_op_get_ts_info,
};
