// SPDX-License-Identifier: GPL-2.0
/* Ends of connections, from words and to words */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "end.h"

#define HOST	80

bool end_set(union end *end, const char *host, const char *port)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	struct addrinfo *ai;

	memset(end, 0, sizeof(*end));
	if (getaddrinfo(host, port, &hints, &ai))
		return false;
	memcpy(end, ai->ai_addr, ai->ai_addrlen);
	freeaddrinfo(ai);
	return true;
}

bool end_parse(union end *end, const char *text)
{
	const char *port = strrchr(text, ':');
	char host[HOST];
	size_t len = port ? port - text : 0;

	if (!len || len >= sizeof(host))
		return false;
	/* An address with colons stands in brackets. */
	if (*text == '[') {
		if (len < 3 || text[len - 1] != ']')
			return false;
		text++;
		len -= 2;
	} else if (memchr(text, ':', len)) {
		return false;
	}
	memcpy(host, text, len);
	host[len] = '\0';
	return end_set(end, host, port + 1);
}

socklen_t end_size(const union end *end)
{
	return end->sa.sa_family == AF_INET6 ? sizeof(end->in6) :
					       sizeof(end->in);
}

const void *end_addr(const union end *end, size_t *n)
{
	if (end->sa.sa_family == AF_INET6) {
		*n = sizeof(end->in6.sin6_addr);
		return &end->in6.sin6_addr;
	}
	*n = sizeof(end->in.sin_addr);
	return &end->in.sin_addr;
}

void end_name(const union end *end, char name[END_NAME])
{
	char host[INET6_ADDRSTRLEN];
	const uint8_t *addr;
	size_t n;

	addr = end_addr(end, &n);
	if (n == 16 && IN6_IS_ADDR_V4MAPPED(&end->in6.sin6_addr)) {
		addr += 12;
		n = 4;
	}
	/* The port has the same place in both kinds. */
	inet_ntop(n == 16 ? AF_INET6 : AF_INET, addr, host, sizeof(host));
	snprintf(name, END_NAME, n == 16 ? "[%s]:%u" : "%s:%u", host,
		 ntohs(end->in.sin_port));
}
