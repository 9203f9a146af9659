// SPDX-License-Identifier: GPL-2.0
/* Addresses of layer 3. */

#include "addr.h"

#include <linux/in.h>
#include <net/inet_sock.h>
#include <net/netlink.h>
#include "request.h"

bool chimney_addr_sock_v4(const struct sock *sk)
{
	return sk->sk_family == AF_INET ||
	       (sk->sk_family == AF_INET6 &&
		ipv6_addr_v4mapped(&sk->sk_v6_daddr));
}

void chimney_addr_sock(const struct sock *sk, struct in6_addr *saddr,
		       struct in6_addr *daddr)
{
	if (chimney_addr_sock_v4(sk)) {
		ipv6_addr_set_v4mapped(inet_sk(sk)->inet_rcv_saddr, saddr);
		ipv6_addr_set_v4mapped(inet_sk(sk)->inet_daddr, daddr);
	} else {
		*saddr = sk->sk_v6_rcv_saddr;
		*daddr = sk->sk_v6_daddr;
	}
}

int chimney_addr_put(struct sk_buff *msg, int attrtype,
		     const struct in6_addr *addr)
{
	if (chimney_addr_v4(addr))
		return nla_put_in_addr(msg, attrtype, chimney_addr_in(addr));
	return nla_put_in6_addr(msg, attrtype, addr);
}

int chimney_addr_take(const struct nlattr *attr, struct in6_addr *addr,
		      struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	switch (nla_len(attr)) {
	case sizeof(struct in_addr):
		ipv6_addr_set_v4mapped(nla_get_in_addr(attr), addr);
		return 0;
	case sizeof(*addr):
		*addr = nla_get_in6_addr(attr);
		return 0;
	default:
		return chimney_complain(extack, attr, -EINVAL,
					"an address has 4 octets (IPv4) or 16 (IPv6)");
	}
}

int chimney_addr_take_ends(const struct nlattr *sattr, struct in6_addr *saddr,
			   const struct nlattr *dattr, struct in6_addr *daddr,
			   struct netlink_ext_ack *extack)
{
	int err;

	err = chimney_addr_take(sattr, saddr, extack) ?:
	      chimney_addr_take(dattr, daddr, extack);
	if (!err && sattr && dattr &&
	    chimney_addr_v4(saddr) != chimney_addr_v4(daddr))
		return chimney_complain(extack, dattr, -EINVAL,
					"saddr and daddr are of different protocols, IPv4 and IPv6");
	return err;
}

void chimney_addr_sockaddr(struct sockaddr_in6 *sa, const struct in6_addr *addr,
			   __be16 port)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)sa;

	memset(sa, 0, sizeof(*sa));
	if (chimney_addr_v4(addr)) {
		sin->sin_family = AF_INET;
		sin->sin_addr.s_addr = chimney_addr_in(addr);
		sin->sin_port = port;
	} else {
		sa->sin6_family = AF_INET6;
		sa->sin6_addr = *addr;
		sa->sin6_port = port;
	}
}

/* Of a mapped address the first 96 bits are the same in all. */
static unsigned int bits_before(const struct in6_addr *addr)
{
	return chimney_addr_v4(addr) ? 128 - 32 : 0;
}

bool chimney_addr_within(const struct in6_addr *addr,
			 const struct in6_addr *prefix, unsigned int len)
{
	return chimney_addr_v4(addr) == chimney_addr_v4(prefix) &&
	       ipv6_prefix_equal(addr, prefix, bits_before(prefix) + len);
}

bool chimney_addr_is_prefix(const struct in6_addr *addr, unsigned int len)
{
	struct in6_addr prefix;

	ipv6_addr_prefix(&prefix, addr, bits_before(addr) + len);
	return ipv6_addr_equal(&prefix, addr);
}
