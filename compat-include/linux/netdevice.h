/* SPDX-License-Identifier: GPL-2.0 */
/* Where the hooks of traffic control hang on a device, and how XDP is run. */
#ifndef _CHIMNEY_COMPAT_LINUX_NETDEVICE_H
#define _CHIMNEY_COMPAT_LINUX_NETDEVICE_H

#include <linux/version.h>
#include_next <linux/netdevice.h>

static inline bool dev_has_tc_hooks(const struct net_device *dev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#ifdef CONFIG_NET_CLS_ACT
	if (rcu_access_pointer(dev->miniq_ingress))
		return true;
#endif
#ifdef CONFIG_NET_EGRESS
	if (rcu_access_pointer(dev->miniq_egress))
		return true;
#endif
#else
#ifdef CONFIG_NET_XGRESS
	if (rcu_access_pointer(dev->tcx_ingress) ||
	    rcu_access_pointer(dev->tcx_egress))
		return true;
#endif
#endif
	return false;
}

/* A packet may be replaced by the program's run from 6.9 on. */
static inline int do_xdp_generic_skb(struct bpf_prog *prog, struct sk_buff **skb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
	return do_xdp_generic(prog, *skb);
#else
	return do_xdp_generic(prog, skb);
#endif
}

/* A device says what it can do with XDP from 6.3 on. */
static inline void netdev_set_xdp_basic(struct net_device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	dev->xdp_features = NETDEV_XDP_ACT_BASIC;
#endif
}

#endif /* _CHIMNEY_COMPAT_LINUX_NETDEVICE_H */
