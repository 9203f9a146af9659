/* SPDX-License-Identifier: GPL-2.0 */
/* Which objects offload and terminate are about. */
#ifndef SELECTION_H
#define SELECTION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;

/* What a match has, as bits: see &struct match.has */
#define HAS_SADDR	1u
#define HAS_DADDR	2u
#define HAS_SPORT	4u
#define HAS_DPORT	8u
#define HAS_TUPLE	(HAS_SADDR | HAS_DADDR | HAS_SPORT | HAS_DPORT)

/**
 * struct match - a connection, or what connections are like
 * @has: which of the others count
 * @saddr: host's address
 * @daddr: peer's address
 * @sport: host's port
 * @dport: peer's port
 */
struct match {
	unsigned int	has;
	struct in6_addr	saddr;
	struct in6_addr	daddr;
	in_port_t	sport;
	in_port_t	dport;
};

/**
 * struct selection - what was chosen
 * @match: connections that are named
 * @matches: how many
 * @filter: what others are like; one filter, whose parts all have to fit
 * @id: objects
 * @ids: how many
 * @ifindex: of this netdev alone
 * @all: everything
 * @has_priority: @priority was said
 * @priority: of the connections
 * @made_up: the connections are made up, and lead to
 * @nexthop: this next hop, of either protocol,
 * @vlan: in this VLAN (0: none),
 * @mtu: with this MTU (0: the usual one)
 */
struct selection {
	struct match	*match;
	size_t		matches;
	struct match	filter;
	uint64_t	*id;
	size_t		ids;
	unsigned int	ifindex;
	bool		all;
	bool		has_priority;
	uint32_t	priority;
	bool		made_up;
	struct in6_addr	nexthop;
	uint32_t	vlan;
	uint32_t	mtu;
};

/*
 * Takes the words after "offload" (@offload) or "terminate". DONE, FAILED if
 * what they name is not there, USAGE; has complained then.
 */
int take_selection(struct selection *s, char **argv, bool offload);
void free_selection(struct selection *s);

/* Adds a match that names a connection. */
void add_match(struct selection *s, const struct match *m);

/* Room that put_selection() needs. */
size_t selection_room(const struct selection *s);
void put_selection(struct nlmsghdr *request, const struct selection *s);

#endif /* SELECTION_H */
