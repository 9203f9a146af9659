/* SPDX-License-Identifier: GPL-2.0 */
/* The flags of IPv6 sockets became bits of struct inet_sock by and by. */
#ifndef _CHIMNEY_COMPAT_NET_IPV6_H
#define _CHIMNEY_COMPAT_NET_IPV6_H

#include <linux/version.h>
#include_next <net/ipv6.h>

#if !IS_ENABLED(CONFIG_IPV6)
#error "chimney needs a kernel with IPv6 (CONFIG_IPV6)"
#endif

/* Does a socket that was given no flow label get one by its hash? */
static inline bool ipv6_sock_autoflowlabel(const struct sock *sk)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
	if (inet6_sk(sk)->autoflowlabel_set)
		return inet6_sk(sk)->autoflowlabel;
#else
	if (inet6_test_bit(AUTOFLOWLABEL_SET, sk))
		return inet6_test_bit(AUTOFLOWLABEL, sk);
#endif
	return ip6_default_np_autolabel(sock_net(sk));
}

#endif /* _CHIMNEY_COMPAT_NET_IPV6_H */
