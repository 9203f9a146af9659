/* SPDX-License-Identifier: GPL-2.0 */
/* The lock of a host's socket, waited for within bounds. */
#ifndef _CHIMNEY_LOCK_H
#define _CHIMNEY_LOCK_H

#include <linux/jiffies.h>
#include <linux/types.h>

struct sock;

/* For how long a worker waits for a socket before it gives way to others ... */
#define CHIMNEY_LOCK_SPELL	(HZ / 50)
/* ... and when it comes again */
#define CHIMNEY_LOCK_RETRY	(HZ / 20)

/*
 * As lock_sock(), but gives up at @until (jiffies). Whoever has the lock may
 * keep it for as long as a page fault takes, and that may be the application's
 * to say: nothing that serves others may wait for it. Context: process.
 * false: not locked.
 */
bool chimney_lock_sock(struct sock *sk, unsigned long until);

#endif /* _CHIMNEY_LOCK_H */
