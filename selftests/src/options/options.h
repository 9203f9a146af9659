/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of options share: two connections that are made alike and
 * used alike, one of which is offloaded now and then, and what the NIC and the
 * kernel tell of them.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "../common/end.h"

/* Ends of a connection; as a direction: the end that sends */
enum { LEFT, RIGHT };

/**
 * struct conn - one of the two connections
 * @name: for complaints
 * @end: addresses and ports
 * @fd: the sockets
 * @sent: octets that each end has given to its socket
 * @got: octets of each end that the other one has received, and found right
 * @id: of its object; 0: it was never offloaded
 */
struct conn {
	const char *name;
	union end end[2];
	int fd[2];
	uint64_t sent[2];
	uint64_t got[2];
	uint64_t id;
};

/* The one that is offloaded, and its twin, which stays in the host */
extern struct conn moved, twin;

/* ---- main.c: what is wrong, and time ------------------------------------- */

/* Keeps the first complaint; false, for the sake of whoever calls. */
bool __attribute__((format(printf, 1, 2))) wrong(const char *format, ...);
/* The kernel cannot do it; true */
bool __attribute__((format(printf, 1, 2))) skipped(const char *format, ...);
/* What there is to say though nothing is wrong; true */
bool __attribute__((format(printf, 1, 2))) answer(const char *format, ...);

/* What does not come within that does not come; longer on slow kernels */
#define PATIENCE_MS	20000

uint64_t now_ms(void);
uint64_t in_ms(unsigned int ms);
uint64_t patience(void);
/* false: it is over; else a moment has passed */
bool nap_until(uint64_t end);

/* ---- conn.c: connections ------------------------------------------------- */

struct place {
	const char *netns[2];
	const char *dev[2];
	const char *host[2];
	const char *port[2];	/* folders of the simulated ports in sysfs */
};

extern struct place place;
extern int family;

bool place_begin(void);
/* The process makes sockets in the left host or the right one from here on. */
bool place_enter(int side);
/* The wire loses what either end sends, all of it or nothing. */
bool place_lossy(bool all);

bool pair_open(void);
void pair_close(void);
bool conn_each(bool (*f)(struct conn *c));	/* the twin first */

/* Give an end octets to send; without waiting for room, and then how many */
bool conn_send(struct conn *c, int side, size_t n);
size_t conn_push(struct conn *c, int side, size_t n);
/* Receive octets of that end's, and check them; those that are there, or so many */
bool conn_drain(struct conn *c, int side, size_t *n);
bool conn_take(struct conn *c, int side, size_t n);
/* All that was sent there was received. */
bool conn_take_all(struct conn *c, int side);
bool conn_pass(struct conn *c);	/* both ways */
bool conn_quiet(struct conn *c);	/* all that was sent is acknowledged */
/* So many octets wait to be received at the end that does not send. */
bool conn_waits(struct conn *c, int side, int n);
/* Octet n of what an end sends */
uint8_t conn_octet(const struct conn *c, int side, uint64_t n);

int number(int fd, unsigned long request);	/* ioctl() */
bool set_int(struct conn *c, int side, int level, int option, int value);
int get_int(struct conn *c, int side, int level, int option);

/* ---- nic.c: offloading --------------------------------------------------- */

/**
 * struct nic_state - what the NIC tells of a connection
 * @rcv_wnd: window that is announced, in octets
 * @snd_wnd: window that the peer offers
 * @cwnd: congestion window, in segments
 * @ssthresh: slow start threshold
 * @mss: size of segments, in octets
 * @rtt_us: round trip time, in microseconds
 * @rttvar_us: its variation
 * @rto_us: timeout of retransmission
 * @congestion: name of the congestion control
 */
struct nic_state {
	uint32_t rcv_wnd, snd_wnd;
	uint32_t cwnd, ssthresh, mss;
	uint32_t rtt_us, rttvar_us, rto_us;
	char congestion[16];
};

bool nic_begin(void);
/* @why: NULL, or where it says why it was refused; then it is no complaint */
bool nic_offload(struct conn *c, const char **why);
bool nic_terminate(struct conn *c);
bool nic_has(struct conn *c);
/* It comes home, or came, for that reason. */
bool nic_came_home(struct conn *c, const char *reason);
bool nic_query(struct conn *c, struct nic_state *state);

/* ---- info.c -------------------------------------------------------------- */

/**
 * struct info - what the kernel tells of a connection
 * @tcp: by TCP_INFO, or by what ss uses
 * @rcv_wnd: what is too new for our headers; 0: for this kernel as well
 * @congestion: (ss) the algorithm
 */
struct info {
	struct tcp_info tcp;
	uint32_t rcv_wnd;
	char congestion[16];
};

bool info_begin(void);
bool info_get(struct conn *c, int side, struct info *info);
bool info_diag(struct conn *c, struct info *info);
bool info_learn(void);
bool info_check(const char *what, const char *source);
bool info_cycles(void);

/* ---- the other parts ----------------------------------------------------- */

bool matrix_row(char *line);
bool works(const char *what);
bool lossy(const char *what);
bool tap_headers(void);
bool queues_check(void);
bool congestion(const char *name);
bool repair(void);

#endif
