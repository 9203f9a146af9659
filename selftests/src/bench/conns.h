/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live connections: between two hosts, with both ends ours, or of one host alone; and
 * the target that they go to.
 */
#ifndef BENCH_CONNS_H
#define BENCH_CONNS_H

#include <stddef.h>
#include <stdint.h>

/* Ends of a connection */
enum { LEFT, RIGHT };

/**
 * struct conns - connections
 * @n: how many
 * @fd: their sockets, by end; [RIGHT] is NULL if there is no peer
 */
struct conns {
	uint64_t n;
	int *fd[2];
};

/*
 * The process makes sockets, and sees devices, in that host from here on. The left one
 * has the target.
 */
void host_enter(int side);

/*
 * Makes @n of them out of nothing, by TCP_REPAIR: there is no peer, and what is sent to it
 * is lost. @skbs buffers of @size octets wait in each of their queues, to be sent and to
 * be read, and nobody tries to send them any more.
 */
void conns_make(struct conns *c, uint64_t n, unsigned int skbs, size_t size);
/* Opens @n of them, between the two hosts. */
void conns_open(struct conns *c, uint64_t n);
/* Closes them: with a RST */
void conns_close(struct conns *c);

/* They go to the target, and are there; all come home, and are there. */
void target_offload(const struct conns *c);
void target_terminate(void);
/* A number that sysfs has of the target; @name is a literal */
uint64_t target_number(const char *name);
/* Waits until it is that. */
void target_until(const char *name, uint64_t value);
/* The name of the target's device */
const char *target_device(void);

#endif /* BENCH_CONNS_H */
