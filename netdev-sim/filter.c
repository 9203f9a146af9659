// SPDX-License-Identifier: GPL-2.0
/*
 * What looks at a port's frames: native XDP programs, which run on what goes up to
 * the stack; filters of traffic control, which the stack runs, and of which the
 * driver hears; and promiscuity. Frames of the engine pass all of them by, so the
 * host is told.
 */
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <net/flow_offload.h>
#include <net/pkt_cls.h>

#include "chimsim.h"

/* What is bound to the ports, and removed from them; RTNL */
static LIST_HEAD(chimsim_ingress_cbs);
static LIST_HEAD(chimsim_egress_cbs);

/* Filters begin or end to be there, whatever of either kind there is. */
static void chimsim_filters_changed(struct chimsim_port *port, bool before)
{
	bool after = chimsim_filtered(port);

	ASSERT_RTNL();
	if (before != after)
		chimsim_offload_filter(port, after);
}

bool chimsim_filtered(const struct chimsim_port *port)
{
	return rcu_access_pointer(port->xdp) || port->tc_blocks;
}

static int chimsim_xdp_set(struct chimsim_port *port, struct bpf_prog *prog)
{
	bool before = chimsim_filtered(port);
	struct bpf_prog *old;

	old = rcu_replace_pointer(port->xdp, prog, rtnl_is_locked());
	chimsim_filters_changed(port, before);
	if (old)
		bpf_prog_put(old);
	return 0;
}

int chimsim_bpf(struct net_device *netdev, struct netdev_bpf *bpf)
{
	switch (bpf->command) {
	case XDP_SETUP_PROG:
		return chimsim_xdp_set(chimsim_netdev_port(netdev), bpf->prog);
	default:
		return -EINVAL;
	}
}

struct sk_buff *chimsim_xdp_run(struct chimsim_port *port, struct sk_buff *skb)
{
	struct bpf_prog *prog = rcu_dereference(port->xdp);

	if (!prog || do_xdp_generic_skb(prog, &skb) == XDP_PASS)
		return skb;
	return NULL;
}

/* The port filters nothing itself: the stack does. */
static int chimsim_block_cb(enum tc_setup_type type, void *type_data,
			    void *cb_priv)
{
	return -EOPNOTSUPP;
}

static int chimsim_setup_block(struct chimsim_port *port,
			       struct flow_block_offload *f)
{
	bool before = chimsim_filtered(port);
	struct list_head *cbs;
	int err;

	if (f->binder_type == FLOW_BLOCK_BINDER_TYPE_CLSACT_INGRESS)
		cbs = &chimsim_ingress_cbs;
	else if (f->binder_type == FLOW_BLOCK_BINDER_TYPE_CLSACT_EGRESS)
		cbs = &chimsim_egress_cbs;
	else	/* queueing disciplines have blocks for their own classes, too */
		return -EOPNOTSUPP;
	err = flow_block_cb_setup_simple(f, cbs, chimsim_block_cb, port, port,
					 false);
	if (err)
		return err;
	if (f->command == FLOW_BLOCK_BIND)
		port->tc_blocks++;
	else
		port->tc_blocks--;
	chimsim_filters_changed(port, before);
	return 0;
}

int chimsim_setup_tc(struct net_device *netdev, enum tc_setup_type type,
		     void *type_data)
{
	if (type != TC_SETUP_BLOCK)
		return -EOPNOTSUPP;
	return chimsim_setup_block(chimsim_netdev_port(netdev), type_data);
}

void chimsim_change_rx_flags(struct net_device *netdev, int change)
{
	if (change & IFF_PROMISC)
		chimsim_offload_promisc(chimsim_netdev_port(netdev),
					netdev->flags & IFF_PROMISC);
}
