/* SPDX-License-Identifier: GPL-2.0 */
/* Which sockets there are, and may this one be offloaded; if not, why not. */
#ifndef _CHIMNEY_ADMIT_H
#define _CHIMNEY_ADMIT_H

#include <linux/types.h>

struct chimney_key;
struct net;
struct sock;

/*
 * The established socket of a 4-tuple; takes a reference. NULL: there is none.
 */
struct sock *chimney_admit_find(const struct chimney_key *key);

/*
 * Calls @found for every established TCP socket of @net, with a
 * reference that lasts for the call; a non-zero return ends the walk and is
 * returned. Context: process, may sleep.
 */
int chimney_admit_walk(struct net *net,
		       int (*found)(struct sock *sk, void *arg), void *arg);

/* Fills in the key of a socket. */
void chimney_admit_key(const struct sock *sk, struct chimney_key *key);

/*
 * May @sk be offloaded? Call with the socket locked. NULL: yes; else what
 * stands against it, for a person to read: it reads on after "not offloaded:".
 */
const char *chimney_admit(struct sock *sk);
/* The same of what may have changed since. */
const char *chimney_admit_again(struct sock *sk);

#endif /* _CHIMNEY_ADMIT_H */
