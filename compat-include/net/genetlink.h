/* SPDX-License-Identifier: GPL-2.0 */
/* Where a dump finds the attributes of its request moved in 6.6. */
#ifndef _CHIMNEY_COMPAT_NET_GENETLINK_H
#define _CHIMNEY_COMPAT_NET_GENETLINK_H

#include <linux/version.h>
#include_next <net/genetlink.h>

static inline struct nlattr **genl_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
	return genl_dumpit_info(cb)->attrs;
#else
	return genl_info_dump(cb)->attrs;
#endif
}

#endif /* _CHIMNEY_COMPAT_NET_GENETLINK_H */
