// SPDX-License-Identifier: GPL-2.0
/*
 * The files of a port in /sys/bus/chimsim/devices/chimsimID/portN/. They stay
 * there wherever the port's netdev goes:
 *
 *	link	"up" or "down": the cable is plugged in, or not. Either end
 *		that is unplugged takes carrier from both; what is on the wire
 *		is lost.
 *	peer	the port at the other end, "chimsim1/port0", or "none"
 *	loss	frames sent by this port that the wire loses, 0 to 10000, out
 *		of 10000
 *	reorder	frames sent by this port that the wire holds back behind the
 *		three that follow, 0 to 10000, out of 10000; one at a time
 *	seed	of the random numbers behind loss and reorder; writing it
 *		starts their series over
 *	stats/	the port's counters, as ethtool shows them
 *
 * A super-frame (TSO) shares one fate: switch TSO off for the odds to apply to
 * each segment.
 */
#include <linux/rtnetlink.h>

#include "chimsim.h"
#include "offload.h"

static ssize_t link_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct chimsim_port *port = to_chimsim_port(dev);

	return sysfs_emit(buf, "%s\n",
			  READ_ONCE(port->media_up) ? "up" : "down");
}

static ssize_t link_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	struct chimsim_port *port = to_chimsim_port(dev);
	bool up;

	if (sysfs_streq(buf, "up"))
		up = true;
	else if (sysfs_streq(buf, "down"))
		up = false;
	else
		return -EINVAL;

	rtnl_lock();
	WRITE_ONCE(port->media_up, up);
	chimsim_wire_update(port);
	rtnl_unlock();
	return count;
}
static DEVICE_ATTR_RW(link);

static ssize_t peer_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct chimsim_port *port = to_chimsim_port(dev);
	struct chimsim_port *peer;
	ssize_t len;

	rtnl_lock();
	peer = rtnl_dereference(port->peer);
	if (peer)
		len = sysfs_emit(buf, "%s/%s\n", dev_name(&peer->cdev->dev),
				 dev_name(&peer->dev));
	else
		len = sysfs_emit(buf, "none\n");
	rtnl_unlock();
	return len;
}
static DEVICE_ATTR_RO(peer);

/* Sets one of the odds of a port's sending half. */
static ssize_t chimsim_odds_store(struct chimsim_tx *tx, u32 *odds,
				  const char *buf, size_t count)
{
	u32 value;
	int err;

	err = kstrtou32(buf, 0, &value);
	if (err)
		return err;
	if (value > CHIMSIM_ODDS)
		return -ERANGE;

	spin_lock_bh(&tx->lock);
	WRITE_ONCE(*odds, value);
	spin_unlock_bh(&tx->lock);
	return count;
}

static ssize_t loss_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_chimsim_port(dev)->tx.loss));
}

static ssize_t loss_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	struct chimsim_tx *tx = &to_chimsim_port(dev)->tx;

	return chimsim_odds_store(tx, &tx->loss, buf, count);
}
static DEVICE_ATTR_RW(loss);

static ssize_t reorder_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  READ_ONCE(to_chimsim_port(dev)->tx.reorder));
}

static ssize_t reorder_store(struct device *dev, struct device_attribute *attr,
			     const char *buf, size_t count)
{
	struct chimsim_tx *tx = &to_chimsim_port(dev)->tx;

	return chimsim_odds_store(tx, &tx->reorder, buf, count);
}
static DEVICE_ATTR_RW(reorder);

static ssize_t seed_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_chimsim_port(dev)->tx.seed));
}

static ssize_t seed_store(struct device *dev, struct device_attribute *attr,
			  const char *buf, size_t count)
{
	struct chimsim_tx *tx = &to_chimsim_port(dev)->tx;
	u32 seed;
	int err;

	err = kstrtou32(buf, 0, &seed);
	if (err)
		return err;

	spin_lock_bh(&tx->lock);
	WRITE_ONCE(tx->seed, seed);
	prandom_seed_state(&tx->rnd, seed);
	spin_unlock_bh(&tx->lock);
	return count;
}
static DEVICE_ATTR_RW(seed);

static struct attribute *chimsim_port_attrs[] = {
	&dev_attr_link.attr,
	&dev_attr_peer.attr,
	&dev_attr_loss.attr,
	&dev_attr_reorder.attr,
	&dev_attr_seed.attr,
	NULL,
};

static const struct attribute_group chimsim_port_group = {
	.attrs = chimsim_port_attrs,
};

/**
 * struct chimsim_stat_attr - a counter's file
 * @attr: the file
 * @stat: the counter
 */
struct chimsim_stat_attr {
	struct device_attribute	attr;
	enum chimsim_stat	stat;
};

static ssize_t chimsim_stat_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	const struct chimsim_stat_attr *sa =
		container_of(attr, struct chimsim_stat_attr, attr);
	u64 sum[CHIMSIM_STAT_MAX];

	chimsim_stats_read(to_chimsim_port(dev), sum);
	return sysfs_emit(buf, "%llu\n", sum[sa->stat]);
}

#define CHIMSIM_STAT_ATTR(_name, _stat)					\
	static struct chimsim_stat_attr chimsim_stat_##_name = {	\
		.attr = __ATTR(_name, 0444, chimsim_stat_show, NULL),	\
		.stat = _stat,						\
	}

CHIMSIM_STAT_ATTR(rx_packets, CHIMSIM_RX_PACKETS);
CHIMSIM_STAT_ATTR(rx_bytes, CHIMSIM_RX_BYTES);
CHIMSIM_STAT_ATTR(rx_dropped, CHIMSIM_RX_DROPPED);
CHIMSIM_STAT_ATTR(rx_too_long, CHIMSIM_RX_TOO_LONG);
CHIMSIM_STAT_ATTR(tx_packets, CHIMSIM_TX_PACKETS);
CHIMSIM_STAT_ATTR(tx_bytes, CHIMSIM_TX_BYTES);
CHIMSIM_STAT_ATTR(tx_dropped, CHIMSIM_TX_DROPPED);
CHIMSIM_STAT_ATTR(engine_rx_packets, CHIMSIM_ENGINE_RX_PACKETS);
CHIMSIM_STAT_ATTR(engine_rx_bytes, CHIMSIM_ENGINE_RX_BYTES);
CHIMSIM_STAT_ATTR(engine_tx_packets, CHIMSIM_ENGINE_TX_PACKETS);
CHIMSIM_STAT_ATTR(engine_tx_bytes, CHIMSIM_ENGINE_TX_BYTES);
CHIMSIM_STAT_ATTR(engine_tx_dropped, CHIMSIM_ENGINE_TX_DROPPED);
CHIMSIM_STAT_ATTR(engine_rx_payload, CHIMSIM_ENGINE_RX_PAYLOAD);
CHIMSIM_STAT_ATTR(engine_tx_payload, CHIMSIM_ENGINE_TX_PAYLOAD);
CHIMSIM_STAT_ATTR(wire_lost, CHIMSIM_WIRE_LOST);
CHIMSIM_STAT_ATTR(wire_reordered, CHIMSIM_WIRE_REORDERED);
CHIMSIM_STAT_ATTR(wire_cut, CHIMSIM_WIRE_CUT);

static struct attribute *chimsim_stat_attrs[] = {
	&chimsim_stat_rx_packets.attr.attr,
	&chimsim_stat_rx_bytes.attr.attr,
	&chimsim_stat_rx_dropped.attr.attr,
	&chimsim_stat_rx_too_long.attr.attr,
	&chimsim_stat_tx_packets.attr.attr,
	&chimsim_stat_tx_bytes.attr.attr,
	&chimsim_stat_tx_dropped.attr.attr,
	&chimsim_stat_engine_rx_packets.attr.attr,
	&chimsim_stat_engine_rx_bytes.attr.attr,
	&chimsim_stat_engine_tx_packets.attr.attr,
	&chimsim_stat_engine_tx_bytes.attr.attr,
	&chimsim_stat_engine_tx_dropped.attr.attr,
	&chimsim_stat_engine_rx_payload.attr.attr,
	&chimsim_stat_engine_tx_payload.attr.attr,
	&chimsim_stat_wire_lost.attr.attr,
	&chimsim_stat_wire_reordered.attr.attr,
	&chimsim_stat_wire_cut.attr.attr,
	NULL,
};

static const struct attribute_group chimsim_stat_group = {
	.name = "stats",
	.attrs = chimsim_stat_attrs,
};

const struct attribute_group *chimsim_port_groups[] = {
	&chimsim_port_group,
	&chimsim_stat_group,
	&chimsim_offload_group,
	NULL,
};
