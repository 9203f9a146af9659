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
 * @st: written whole
 *
 * Timers are read, not stopped.
 */
void chimney_tcp_read(struct sock *sk, struct chimney_tcp_state *st);

/**
 * chimney_tcp_write - delegated variables of a state to a socket
 * @sk: a TCP socket, locked by the caller
 * @st: where they come from
 *
 * Neither queues nor snd_nxt, nor timers are touched: the caller builds the
 * queues to fit and starts the timers, see chimney_tcp_write_const().
 */
void chimney_tcp_write(struct sock *sk, const struct chimney_tcp_state *st);

/**
 * chimney_tcp_write_const - constant and cached variables to a new socket
 * @sk: a TCP socket that was never used, locked by the caller
 * @st: where they come from
 *
 * Return: 0, or -ENOENT if the congestion control is not there.
 */
int chimney_tcp_write_const(struct sock *sk, const struct chimney_tcp_state *st);

#endif /* _NET_CHIMNEY_TCP_H */
