/* SPDX-License-Identifier: GPL-2.0 */
/* Octets between a parked socket and its target. */
#ifndef _CHIMNEY_PUMP_H
#define _CHIMNEY_PUMP_H

#include <linux/types.h>

struct chimney_conn;
struct work_struct;

/* Have the pump run. Context: any but hard interrupt. */
void chimney_pump_kick(struct chimney_conn *conn);
/* The worker, &chimney_conn.pump. */
void chimney_pump_work(struct work_struct *work);
/*
 * The lock of a parked socket is being released: is there something to do?
 * With the socket's spinlock.
 */
void chimney_pump_doorbell(struct chimney_conn *conn);
/*
 * What an application has just written is given to the target, by the application itself:
 * to wake the worker for each write would cost more than the write. What cannot be given
 * now is the worker's. Socket locked, process context.
 */
void chimney_pump_send(struct chimney_conn *conn);
/* Payload the target handed up goes to the socket, all of it. Socket locked. */
void chimney_pump_receive(struct chimney_conn *conn);
/* What the peer has acknowledged leaves the socket's queue. Socket locked. */
void chimney_pump_acked(struct chimney_conn *conn);
/* What the socket has room for, in octets of true size; negative: none. */
int chimney_pump_room(const struct chimney_conn *conn);

#endif /* _CHIMNEY_PUMP_H */
