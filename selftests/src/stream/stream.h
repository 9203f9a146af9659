/* SPDX-License-Identifier: GPL-2.0 */
/* stream: what its parts share. conn.c: one connection; users.c: ways to wait
 * for a socket; calls.c: calls that move octets; main.c: options, the monitor,
 * the report.
 */
#ifndef CHIMNEY_STREAM_H
#define CHIMNEY_STREAM_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../common/end.h"

#define MS		1000000ULL
#define BUFFER		65536
#define MAGIC		0x63686d6e79ULL

enum user { BLOCK, NONBLOCK, POLL, EPOLL, SELECT, LEVEL, THREADS, PROCESSES,
	    USERS };
enum calls { PLAIN, VECTOR, MORE, SENDFILE, SPLICE, PEEK, WAITALL,
	     URING, ZEROCOPY, MAPPED, CALLS };
enum sizes { SMALL, LARGE, MIXED };
enum ending { END_SHUTDOWN, END_CLOSE, END_RESET, END_EXIT };
enum fault { FAULT_NONE, FAULT_FLIP, FAULT_DROP, FAULT_DOUBLE, FAULT_CUT,
	     FAULT_HANG };
enum step { STEP_MOVED, STEP_BLOCKED, STEP_LATER, STEP_DONE };

struct trailer {
	uint64_t magic;
	uint64_t total;
};

struct zerocopy;			/* see calls.c */

/*
 * One end of a connection. The sender and the receiver may be two threads, or several
 * of each, in one process or in several: it lies in memory that those share.
 */
struct conn {
	struct conn *next;		/* all, and of one loop: next_in_loop */
	struct conn *next_in_loop;
	int fd;
	uint32_t index;
	enum user user;
	enum calls calls;
	uint64_t began;
	uint64_t ends_at;		/* 0: when all end */

	/* the sender's */
	uint64_t tx_key, tx, tx_random, tx_later;
	size_t tx_want;			/* what is left of this write */
	struct trailer tx_trailer;
	size_t tx_trailer_sent;
	bool tx_ending, tx_done, writable;

	/* the receiver's */
	uint64_t rx_key, rx, rx_random, rx_last, rx_gap;
	uint64_t stall_at, stall_until;
	uint8_t held[sizeof(struct trailer)];	/* may be the trailer */
	size_t nheld;
	bool rx_done, readable;

	bool peer_ended;		/* set by the receiver */
	bool dead;			/* set by whoever finds an error */
	bool gone;			/* the monitor need not look at it */
	uint64_t moved, moved_at;	/* the monitor's */

	pthread_mutex_t sending, receiving;	/* of who share it */
	uint32_t events;		/* that epoll looks for */
	struct zerocopy *zerocopy;	/* the sender's */
	uint8_t *mapped;		/* the receiver's */
};

struct options {
	bool server, idle, churn, tolerant;
	union end addr;
	unsigned int connections;
	uint64_t seed, rate, octets, run, lifetime, watchdog;
	uint64_t stall_every, stall_for;
	enum user user;
	enum calls calls;
	enum sizes sizes;
	enum ending ending;
	enum fault fault;
	uint64_t fault_at;
	int rcvbuf;
	const char *progress;
};

extern struct options opt;
extern volatile sig_atomic_t stopping;
extern uint64_t started;

/* All connections that are open, and what those brought that were freed */
extern pthread_mutex_t conns_lock;
extern struct conn *conns;
extern uint64_t past_tx, past_rx, past_gap;
extern unsigned int opened, active, errors, cut;
/* Octets that were sent as zero copies, and that were received in pages */
extern uint64_t zerocopied, pages;
extern const char *const user_names[], *const call_names[];

#define bump(counter)	__atomic_add_fetch(&(counter), 1, __ATOMIC_RELAXED)
#define drop(counter)	__atomic_sub_fetch(&(counter), 1, __ATOMIC_RELAXED)
#define look(counter)	__atomic_load_n(&(counter), __ATOMIC_RELAXED)

uint64_t now(void);
void sleep_until(uint64_t when);
void die(const char *what) __attribute__((noreturn));

int new_socket(void);
struct conn *open_conn(uint32_t index);
struct conn *accept_conn(int fd);
void close_conn(struct conn *c);
enum step step_send(struct conn *c);
enum step step_receive(struct conn *c);
/* The connection is over, for a reason that must not be */
void complain(struct conn *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* As send() and recv(), by the connection's calls */
ssize_t put_octets(struct conn *c, const uint8_t *buf, size_t len);
ssize_t get_octets(struct conn *c, uint8_t *buf, size_t len);
/* @op: IORING_OP_SEND or IORING_OP_RECV. What blocks waits, whatever the file says. */
ssize_t uring(int op, int fd, void *buf, size_t len, int flags);
/* What the kernel has to tell of earlier calls is read: else poll() tells of it. */
void calls_tend(struct conn *c);
/* Before it is closed */
void calls_close(struct conn *c);
/* A thread ends: what it has opened for its calls is closed. */
void calls_end(void);
void uring_end(void);

/* Do its calls block? */
bool blocks(const struct conn *c);
void spawn(pthread_t *thread, void *(*run)(void *), void *arg);
void *block_user(void *arg);
void start_users(void);

#endif /* CHIMNEY_STREAM_H */
