/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An end of a connection, as users write it: "10.77.0.2:5000", "[fd77::2]:5000",
 * "[fe80::2%eth0]:5000".
 */
#ifndef CHIMNEY_END_H
#define CHIMNEY_END_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

union end {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* false: that is no end, no address, no port. */
bool end_parse(union end *end, const char *text);
/* @port: NULL for none */
bool end_set(union end *end, const char *host, const char *port);

socklen_t end_size(const union end *end);
/* The octets of its address, *@n of them */
const void *end_addr(const union end *end, size_t *n);

/*
 * As the tool has it, which knows no scopes, and calls an IPv4 address one whatever
 * the socket's family.
 */
#define END_NAME	64
void end_name(const union end *end, char name[END_NAME]);

#endif /* CHIMNEY_END_H */
