// SPDX-License-Identifier: GPL-2.0
/* Addresses and ends of connections, as words and as attributes. */

#include "addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <libmnl/libmnl.h>
#include "chimney.h"
#include "parse.h"

/* ---- words ------------------------------------------------------------- */

static bool parse_ipv4(const char *text, struct in6_addr *addr)
{
	struct in_addr ipv4;

	return inet_pton(AF_INET, text, &ipv4) == 1 &&
	       take_addr(addr, &ipv4, sizeof(ipv4));
}

/* What stands in brackets is of IPv6. */
static bool parse_inside(const char *text, size_t len, struct in6_addr *addr)
{
	char copy[ADDR_TEXT];

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = 0;
	return inet_pton(AF_INET6, copy, addr) == 1;
}

bool parse_addr(const char *text, struct in6_addr *addr)
{
	size_t len = strlen(text);

	if (len > 2 && text[0] == '[' && text[len - 1] == ']')
		return parse_inside(text + 1, len - 2, addr);
	return parse_ipv4(text, addr) || inet_pton(AF_INET6, text, addr) == 1;
}

bool parse_end(const char *text, struct in6_addr *addr, in_port_t *port)
{
	const char *colon = strrchr(text, ':');
	char host[ADDR_TEXT + 2];
	size_t len = colon ? colon - text : 0;

	if (!colon || len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = 0;
	/* Without brackets nobody knows where the address ends. */
	if (*host == '[' ? !parse_addr(host, addr) : !parse_ipv4(host, addr))
		return false;
	return parse_port(colon, port);
}

void format_addr(char *text, size_t size, const struct in6_addr *addr)
{
	if (addr_is_ipv4(addr))
		inet_ntop(AF_INET, &addr->s6_addr32[3], text, size);
	else
		inet_ntop(AF_INET6, addr, text, size);
}

void format_end(char *text, size_t size, const struct in6_addr *addr,
		in_port_t port)
{
	char host[ADDR_TEXT];

	format_addr(host, sizeof(host), addr);
	snprintf(text, size, addr_is_ipv4(addr) ? "%s:%u" : "[%s]:%u", host,
		 ntohs(port));
}

int usage_protocols(const char *host, const char *peer)
{
	return usage("'%s' and '%s' are of different protocols: both ends of a connection are of IPv4, or both of IPv6",
		     host, peer);
}

/* ---- attributes -------------------------------------------------------- */

bool take_addr(struct in6_addr *addr, const void *octets, size_t len)
{
	if (len == sizeof(*addr)) {
		memcpy(addr, octets, len);
		return true;
	}
	if (len != sizeof(struct in_addr))
		return false;
	memset(addr, 0, sizeof(*addr));
	addr->s6_addr[10] = 0xff;
	addr->s6_addr[11] = 0xff;
	memcpy(&addr->s6_addr[12], octets, len);
	return true;
}

void put_addr(struct nlmsghdr *request, uint16_t attr,
	      const struct in6_addr *addr)
{
	if (addr_is_ipv4(addr))
		mnl_attr_put(request, attr, sizeof(struct in_addr),
			     &addr->s6_addr[12]);
	else
		mnl_attr_put(request, attr, sizeof(*addr), addr);
}
