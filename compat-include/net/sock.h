/* SPDX-License-Identifier: GPL-2.0 */
/* Where a protocol's ioctl leaves its answer changed in 6.5. */
#ifndef _CHIMNEY_COMPAT_NET_SOCK_H
#define _CHIMNEY_COMPAT_NET_SOCK_H

#include <linux/uaccess.h>
#include <linux/version.h>
#include_next <net/sock.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define sk_ioctl_arg	unsigned long

static inline int sk_ioctl_answer(sk_ioctl_arg arg, int answer)
{
	return put_user(answer, (int __user *)arg);
}
#else
#define sk_ioctl_arg	int *

static inline int sk_ioctl_answer(sk_ioctl_arg arg, int answer)
{
	*arg = answer;
	return 0;
}
#endif

#endif /* _CHIMNEY_COMPAT_NET_SOCK_H */
