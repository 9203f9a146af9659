/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses of layer 3. Within the module all are of IPv6; those of IPv4 stand in
 * their mapped form (RFC 4291, 2.5.5.2). Users see either as what it is.
 */
#ifndef _CHIMNEY_ADDR_H
#define _CHIMNEY_ADDR_H

#include <linux/in6.h>
#include <net/ipv6.h>

struct netlink_ext_ack;
struct nlattr;
struct sk_buff;
struct sock;

/* Is it one of IPv4? */
static inline bool chimney_addr_v4(const struct in6_addr *addr)
{
	return ipv6_addr_v4mapped(addr);
}

/* The IPv4 address that a mapped one stands for */
static inline __be32 chimney_addr_in(const struct in6_addr *addr)
{
	return addr->s6_addr32[3];
}

/* Does a TCP socket use IPv4, whatever its own family? */
bool chimney_addr_sock_v4(const struct sock *sk);
/* The two addresses of a connected TCP socket */
void chimney_addr_sock(const struct sock *sk, struct in6_addr *saddr,
		       struct in6_addr *daddr);

/* An attribute of 4 or 16 octets. Return: as nla_put() */
int chimney_addr_put(struct sk_buff *msg, int attrtype,
		     const struct in6_addr *addr);
/*
 * Takes the address of an attribute, or leaves @addr as it is if there is none.
 * Return: 0, or -EINVAL with a complaint
 */
int chimney_addr_take(const struct nlattr *attr, struct in6_addr *addr,
		      struct netlink_ext_ack *extack);
/* The same for the two ends of something, which are of one protocol. */
int chimney_addr_take_ends(const struct nlattr *sattr, struct in6_addr *saddr,
			   const struct nlattr *dattr, struct in6_addr *daddr,
			   struct netlink_ext_ack *extack);

/*
 * An address and a port as a struct sockaddr of the right family, for printing by
 * %pISpc
 */
void chimney_addr_sockaddr(struct sockaddr_in6 *sa, const struct in6_addr *addr,
			   __be16 port);

/* Is @addr in the prefix of @len bits, of its own protocol? */
bool chimney_addr_within(const struct in6_addr *addr,
			 const struct in6_addr *prefix, unsigned int len);
/* Are all bits beyond @len zero? */
bool chimney_addr_is_prefix(const struct in6_addr *addr, unsigned int len);

#endif /* _CHIMNEY_ADDR_H */
