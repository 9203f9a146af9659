/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What things cost, in instructions: in a machine whose time is the count of them, one
 * in each nanosecond.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

void __attribute__((noreturn, format(printf, 1, 2)))
give_up(const char *format, ...);

/* ---- clock.c ------------------------------------------------------------- */

/*
 * begin() ... end(): how many instructions the machine has spent in between, whoever
 * spent them; what it does by itself while it is idle, and asking, are taken off. Not
 * nested. Each waits first until what was left to do is done, so that it counts to
 * what caused it. @figure is what the result will be called.
 */
void measure_begin(const char *figure);
uint64_t measure_end(void);

/*
 * Several measurements of the same, of which the middle one is told: what the machine
 * does by itself now and then strikes some of them.
 */
#define ROUNDS_MAX	64

struct rounds {
	int n;
	uint64_t took[ROUNDS_MAX];
};

void rounds_add(struct rounds *r, uint64_t took);
double rounds_median(struct rounds *r);

/* Waiting is free here: nothing is counted while the processor is idle. */
void nap_ms(unsigned int ms);

/* ---- main.c -------------------------------------------------------------- */

/*
 * One line of the results: what was measured, with which variation, of what size, and
 * what one of them cost; @unit says in what, and of what one is.
 */
void result(const char *figure, const char *variant, uint64_t size, double cost,
	    const char *unit);

/* ---- objects.c ----------------------------------------------------------- */

/* Asks for connections of one path, so many from the @first on, worth @priority. */
void objects_offload(uint64_t first, uint64_t n, uint32_t priority);

/* ---- rivals.c ------------------------------------------------------------ */

/* Administratively up or down, in this network namespace */
void link_set(const char *device, int up);

/* ---- the figures: each takes the arguments behind its name ----------------- */

/* objects flat|mixed|deep N: made-up connections of the null target */
void bench_objects(char **args);
/* routes DEVICE N: routes that go when the link does */
void bench_routes(char **args);
/* conntrack N: connections that are only watched, forgotten all at once */
void bench_conntrack(char **args);
/* routes-dump N: and are shown */
void bench_routes_dump(char **args);
/* victims N: of so many one has to go, for a better one */
void bench_victims(char **args);
/* rules N: of so many the last one counts */
void bench_rules(char **args);
/* dump N: so many objects are shown */
void bench_dump(char **args);
/* live SKBS SIZE: handed over and taken back, with so many buffers of so many octets */
void bench_live(char **args);
/* repair SKBS SIZE: read by TCP_REPAIR, and made anew */
void bench_repair(char **args);
/* reconnect: closed, and opened anew */
void bench_reconnect(char **args);
/* linkdown N: the link of the NIC that has them falls */
void bench_linkdown(char **args);
/* kill N: ss -K */
void bench_kill(char **args);
/* offloaded send|receive|ask SIZE: messages of a connection that is offloaded */
void bench_offloaded(char **args);
/* hosted send|receive|ask SIZE VARIANT PID: of one that is not; the NIC's task */
void bench_hosted(char **args);

#endif /* BENCH_H */
