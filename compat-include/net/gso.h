/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Segmentation in software has had a header of its own since 6.5.
 */
#ifndef _CHIMNEY_COMPAT_NET_GSO_H
#define _CHIMNEY_COMPAT_NET_GSO_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include_next <net/gso.h>
#else
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#endif

#endif /* _CHIMNEY_COMPAT_NET_GSO_H */
