/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tree: a random walk over the offload tree, against a model. What its parts
 * share: main.c draws operations, model.c says what the tree must be, world.c
 * asks the kernel what it is.
 */
#ifndef CHIMNEY_TREE_TEST_H
#define CHIMNEY_TREE_TEST_H

#include <stdbool.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/nl.h"

/* The connections there can be: so many of each on the one above it */
#define TARGETS	2
#define NEIGHS	4
#define PATHS	4
#define CONNS	4

/* A place in the model. A path is the place of its first connection, ... */
struct place {
	int target, neigh, path, conn;
};

/**
 * struct conn - a connection of the model
 * @id: its object, as the kernel named it; 0: it is not offloaded
 * @old: it was offloaded before the present chain of operations, or is not any
 *       more; what is younger may still be on its way
 * @maybe: was it caught by a terminate or not? Both would be right.
 * @priority: as asked for
 */
struct conn {
	uint64_t id;
	bool old;
	bool maybe;
	uint32_t priority;
};

/**
 * struct parent - a path or a neighbor of the model
 * @id: its object, if it was there when last looked at; 0: it was not
 * @was_empty: nothing depended on it for a while, it may have gone and come
 * @must_go: a terminate took it along: if it is there again, then anew
 */
struct parent {
	uint64_t id;
	bool was_empty;
	bool must_go;
};

struct model {
	struct conn conn[TARGETS][NEIGHS][PATHS][CONNS];
	struct parent path[TARGETS][NEIGHS][PATHS];
	struct parent neigh[TARGETS][NEIGHS];
	uint64_t highest;	/* no object had a higher id when last looked */
};

/* An object as the kernel tells of it */
struct object {
	uint64_t id, parent;
	int target;
	uint32_t type, state, refcount, priority, mtu;
	struct in6_addr nexthop, saddr, daddr;	/* of IPv4 mapped ones */
	uint16_t vlan, sport, dport;
	bool closing;
};

#define OBJECTS	(TARGETS * NEIGHS * PATHS * (CONNS + 2) * 2)

/* What a chain of operations did to which objects, for the log */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Print what went wrong and end. */
void give_up(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/* model.c */
struct conn *model_conn(struct model *m, struct place p);
unsigned int model_path_count(const struct model *m, struct place p);
unsigned int model_neigh_count(const struct model *m, struct place p);
/* A connection has gone; a path or a neighbor was taken along. */
void model_remove(struct model *m, struct place p);
void model_remove_path(struct model *m, struct place p);
void model_remove_neigh(struct model *m, struct place p);
/* The place of an object; false: it has none. */
bool model_place(const struct object *o, struct place *p);
/*
 * Is the tree what it must be? NULL: yes, and the model has learned the ids of
 * paths and neighbors; else what is wrong (it may just not be so yet).
 */
const char *model_compare(struct model *m, const struct object *o, size_t n);

/* How connections of a place look; addresses as in &struct object */
struct in6_addr place_nexthop(struct place p);
uint16_t place_vlan(struct place p);
struct in6_addr place_saddr(struct place p);
struct in6_addr place_daddr(struct place p);
uint32_t place_mtu(struct place p);
uint16_t place_sport(struct place p);
uint16_t place_dport(struct place p);

/* world.c */
extern int ifindex[TARGETS];
void world_open(char **names);
size_t world_dump(struct object *o);
/* The tree's own check, of all targets */
void world_check(void);
/* What the journals of some targets say since the last call */
void world_journal(const struct object *o, size_t n, unsigned int targets);
void world_skip_journal(void);
uint64_t world_entries(void);

/**
 * struct answer - to a request
 * @err: 0 or a negative errno
 * @accepted: objects accepted
 * @refused: objects refused
 * @n: how many results follow
 * @id: object of each
 * @error: errno of each
 * @why: what was said of the last that was refused
 * @dependents: dependents named in all
 * @conn: place of each, if it is a connection (target < 0: it is not)
 */
struct answer {
	int err;
	uint32_t accepted, refused;
	size_t n;
	uint64_t id[OBJECTS];
	uint32_t error[OBJECTS];
	char why[128];
	uint32_t dependents;
	struct place conn[OBJECTS];
};

/* Requests: begin, add, send */
void request_begin(uint8_t cmd);
void request_target(int target);
void request_conn(struct place p);
void request_filter_dport(uint16_t port);
void request_id(uint64_t id);
void request_flag(uint16_t attr);
void request_priority(uint32_t priority);
void request_send(struct answer *a);
const char *request_text(void);

#endif /* CHIMNEY_TREE_TEST_H */
