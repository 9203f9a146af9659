/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses and ends of connections, as words and as attributes. All are of IPv6
 * here; those of IPv4 stand in their mapped form, ::ffff:a.b.c.d, as in the kernel.
 */
#ifndef ADDR_H
#define ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;

/* Room for an address as text, and for an end: brackets, colon, port */
#define ADDR_TEXT	INET6_ADDRSTRLEN
#define END_TEXT	(ADDR_TEXT + 8)
/* And for both ends of a connection, with a blank between them */
#define ENDS_TEXT	(2 * END_TEXT)

static inline bool addr_is_ipv4(const struct in6_addr *addr)
{
	return IN6_IS_ADDR_V4MAPPED(addr);
}

static inline bool addr_same(const struct in6_addr *a, const struct in6_addr *b)
{
	return IN6_ARE_ADDR_EQUAL(a, b);
}

/* Are both of IPv4, or both of IPv6, like the two ends of a connection? */
static inline bool addr_same_protocol(const struct in6_addr *a,
				      const struct in6_addr *b)
{
	return addr_is_ipv4(a) == addr_is_ipv4(b);
}

/* "10.0.0.1", "2001:db8::1", "[2001:db8::1]". false: it is none. */
bool parse_addr(const char *text, struct in6_addr *addr);
/* "10.0.0.1:22", "[2001:db8::1]:22"; the port in network order. */
bool parse_end(const char *text, struct in6_addr *addr, in_port_t *port);

/* As parse_addr() and parse_end() take them; @size is ADDR_TEXT or END_TEXT. */
void format_addr(char *text, size_t size, const struct in6_addr *addr);
void format_end(char *text, size_t size, const struct in6_addr *addr,
		in_port_t port);

/* An attribute: 4 octets or 16. false: it has another length. */
bool take_addr(struct in6_addr *addr, const void *octets, size_t len);
void put_addr(struct nlmsghdr *request, uint16_t attr,
	      const struct in6_addr *addr);

/* Complains that two ends, as they were typed, are not of one protocol. */
int usage_protocols(const char *host, const char *peer);

#endif /* ADDR_H */
