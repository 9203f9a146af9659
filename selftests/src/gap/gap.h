/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CHIMNEY_GAP_H
#define CHIMNEY_GAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/end.h"

#define MS		1000000ULL
#define SECOND		(1000 * MS)
#define OCTETS_MAX	4096

/* Connections to be made, and what each end sends on each: @octets every @every ns */
struct ticks {
	union end end;
	bool server;
	unsigned int connections;
	uint64_t every;
	size_t octets;
};

#define WRITERS_MAX	4

/* A connection that several use at once, threads or processes */
struct crowd {
	union end end;
	bool server, processes;
	unsigned int writers;
};

uint64_t now(void);
void sleep_until(uint64_t when);
void die(const char *what) __attribute__((noreturn));

/* Until SIGTERM, or until the other end stops. Returns the exit status. */
int ticks(const struct ticks *t);
int crowd(const struct crowd *c);

#endif /* CHIMNEY_GAP_H */
