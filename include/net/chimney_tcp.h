/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For targets whose engine is a Linux TCP socket of their own, and for the
 * host stack itself: TCP state between a struct sock and the form in which it
 * crosses the driver interface. A target with real hardware needs none of it.
 */
#ifndef _NET_CHIMNEY_TCP_H
#define _NET_CHIMNEY_TCP_H

#include <net/chimney.h>

struct sock;

/**
 * chimney_tcp_read - socket to state: every variable but those of its queues
 * @sk: a TCP socket, locked by the caller
 * @st: written whole, &chimney_tcp_state.rcvroom with 0: the caller knows what
 *      else lies in the buffer
 *
 * Timers are read, not stopped. The congestion control's private state is read
 * if the algorithm is one of those that may travel.
 *
 * Context: process or softirq, @sk locked.
 */
void chimney_tcp_read(struct sock *sk, struct chimney_tcp_state *st);

/**
 * chimney_tcp_write - delegated variables of a state to a socket
 * @sk: a TCP socket, locked by the caller
 * @st: where they come from
 *
 * Loss recovery begins anew, with the retransmission count and timeout as they
 * were. Congestion control is initialized if it was not, or if the threshold is
 * another than the socket's. Neither queues, nor the counts of segments in flight,
 * nor snd_nxt, write_seq and copied_seq, nor timers are touched: the caller builds
 * the queues to fit and starts the timers. The window clamp is the socket's own, see chimney_tcp_write_const().
 * What could do harm is bounded: round trip times and the retransmission
 * timeout by 120 seconds (RFC 6298, 2.5), the backoff by 31 doublings, the
 * delayed ACK's estimate by the stack's own limit; the congestion window is at
 * least 1.
 *
 * Context: process or softirq, @sk locked.
 */
void chimney_tcp_write(struct sock *sk, const struct chimney_tcp_state *st);

/**
 * chimney_tcp_write_const - constant and cached variables to a new socket
 * @sk: a TCP socket that was never used, known to nobody else, locked by the
 *      caller with lock_sock(); unlocked for a moment if the congestion control
 *      changes. Of the family AF_INET6 if the state's addresses are of IPv6, of
 *      AF_INET if they are IPv4's in their mapped form.
 * @st: where they come from
 *
 * The addresses and ports are written, inet_num is not: the socket is in no
 * hash table. Its buffers get the sizes of the state, within what a socket may
 * have, and do not grow.
 *
 * Context: process, may sleep (the congestion control may be a module).
 * Return: 0, or -ENOENT if the congestion control is not to be had; then
 * nothing is written.
 */
int chimney_tcp_write_const(struct sock *sk, const struct chimney_tcp_state *st);

#endif /* _NET_CHIMNEY_TCP_H */
