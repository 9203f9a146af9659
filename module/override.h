/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is different in the operations of a parked socket: its protocol, its address
 * family, its backlog, and the ULP slot that tells who has it.
 */
#ifndef _CHIMNEY_OVERRIDE_H
#define _CHIMNEY_OVERRIDE_H

#include <linux/types.h>

struct chimney_conn;
struct sock;

/* Are the operations of @sk those of plain TCP? Socket locked. */
bool chimney_override_plain(const struct sock *sk);
/* Are the callbacks of @sk those that TCP gives to every socket? */
bool chimney_override_plain_callbacks(const struct sock *sk);

/*
 * The ULP slot, with a reference on this module, and the protocol. Socket locked.
 * -EBUSY: somebody has a hand in the socket.
 */
int chimney_override_claim(struct chimney_conn *conn);
void chimney_override_unclaim(struct chimney_conn *conn);
/* Is the slot ours? */
bool chimney_override_claimed(const struct sock *sk);

/* The other operations, of a claimed socket. Socket locked. */
void chimney_override_park(struct chimney_conn *conn);
void chimney_override_unpark(struct chimney_conn *conn);

int chimney_override_init(void);
/* No socket is parked any more; waits until nobody is in here. */
void chimney_override_exit(void);

#endif /* _CHIMNEY_OVERRIDE_H */
