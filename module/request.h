/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What administrators ask for, however they ask: offload, terminate, set.
 * Netlink and sysfs both come here, so that both have the same effect.
 *
 * A request is looked at as a whole before anything is done: one that names
 * something that is not there, or is wrong in any other way, changes nothing.
 */
#ifndef _CHIMNEY_REQUEST_H
#define _CHIMNEY_REQUEST_H

#include <linux/netlink.h>
#include "conn.h"
#include "initiate.h"
#include "policy.h"

struct chimney_target;

/* Fields of a match, as bits; named by the numbers of their attributes */
#define CHIMNEY_MATCH(field)	BIT(CHIMNEY_A_MATCH_##field)
/* All of them name one connection */
#define CHIMNEY_MATCH_TUPLE	(CHIMNEY_MATCH(SADDR) | CHIMNEY_MATCH(DADDR) | \
				 CHIMNEY_MATCH(SPORT) | CHIMNEY_MATCH(DPORT))
/* Any of them makes a connection up */
#define CHIMNEY_MATCH_MADE_UP	(CHIMNEY_MATCH(NEXTHOP) | \
				 CHIMNEY_MATCH(VLAN) | CHIMNEY_MATCH(MTU))

/**
 * struct chimney_match - which connections
 * @attr: where it comes from, for complaints; NULL: not from netlink
 * @fields: the fields that count, CHIMNEY_MATCH() bits
 * @key: addresses and ports
 * @made_up: where a connection leads that is made up
 */
struct chimney_match {
	const struct nlattr	*attr;
	u32			fields;
	struct chimney_key	key;
	struct chimney_detached	made_up;
};

/**
 * struct chimney_choice - an object that was chosen by its id
 * @attr: where it comes from, for complaints; NULL: not from netlink
 * @id: the id
 */
struct chimney_choice {
	const struct nlattr	*attr;
	u64			id;
};

#define CHIMNEY_RESULT_DEPENDENTS	16

/**
 * struct chimney_result - what became of one object of a request
 * @list: place in &chimney_request.results
 * @ifindex: netdev of its target, 0: there is none
 * @id: the object, 0: there is none
 * @type: its layer
 * @nexthop: (neighbor) next hop
 * @key: (path) addresses; (connection) addresses and ports
 * @err: 0: accepted; else why not, a negative errno
 * @why: why not, for a person; a constant string
 * @dependent: what depends on it, if that is why; the first few
 * @n: how many
 */
struct chimney_result {
	struct list_head	list;
	int			ifindex;
	u64			id;
	enum chimney_type	type;
	struct in6_addr		nexthop;
	struct chimney_key	key;
	int			err;
	const char		*why;
	u64			dependent[CHIMNEY_RESULT_DEPENDENTS];
	unsigned int		n;
};

/**
 * struct chimney_request - a request to move connections, and its answer
 * @net: network namespace of the one who asks; nothing outside it is touched
 * @extack: takes complaints; may be NULL
 * @ifindex: of this target alone, 0: of any
 * @ifindex_attr: where that comes from, for complaints
 * @all: everything
 * @if_unused: (terminate) only if nothing depends on any of the objects
 * @origin: (offload) who asks; if automatic, one that is gone is no complaint
 * @match: the matches
 * @matches: how many
 * @choice: (terminate) the objects
 * @choices: how many
 * @results: (answer) struct chimney_result by @list, freed by
 *           chimney_request_free()
 * @accepted: (answer) how many were accepted
 * @refused: (answer) how many were refused
 *
 * One that is zero but for @net and @results is a request for nothing.
 */
struct chimney_request {
	struct net		*net;
	struct netlink_ext_ack	*extack;
	int			ifindex;
	const struct nlattr	*ifindex_attr;
	bool			all;
	bool			if_unused;
	struct chimney_origin	origin;
	struct chimney_match	*match;
	unsigned int		matches;
	struct chimney_choice	*choice;
	unsigned int		choices;

	struct list_head	results;
	unsigned int		accepted;
	unsigned int		refused;
};

/*
 * Hand connections over to their targets. Returns once all is under way; what
 * becomes of each connection is told by its changes of state.
 *
 * Context: process, may sleep. Return: 0, results say more; -EINVAL, -ENODEV,
 * -ENOENT, -EOPNOTSUPP with a complaint, nothing changed; -ENOMEM, and what was
 * accepted until then is under way.
 */
int chimney_request_offload(struct chimney_request *r);

/*
 * Take objects back, with all that depends on them; each is a result.
 *
 * Context: process, may sleep. Return: 0, results say more; -EINVAL, -ENODEV,
 * -ENOENT, -ENOMEM with a complaint, nothing changed; -EBUSY with the results
 * that say why, nothing changed.
 */
int chimney_request_terminate(struct chimney_request *r);

void chimney_request_free(struct chimney_request *r);

/*
 * Complain: @text, a constant string that says what is wrong and what to do, and
 * the attribute that it is about. Returns @err.
 */
int chimney_complain(struct netlink_ext_ack *extack, const struct nlattr *attr,
		     int err, const char *text);

#endif /* _CHIMNEY_REQUEST_H */
