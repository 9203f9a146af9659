/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Segments of offloaded connections that reach the host: a hook in every
 * network namespace catches them and lets them wait.
 */
#ifndef _CHIMNEY_FORWARD_H
#define _CHIMNEY_FORWARD_H

struct chimney_conn;
struct net;
struct sk_buff;

/*
 * Is all there that connections of @net over IPv6 need? NULL: it is; else what is
 * not. Context: process, may sleep long.
 */
const char *chimney_forward_ready(struct net *net);

/*
 * Publish, with its segments diverted. 0; -EEXIST: its 4-tuple is there
 * already; -ENOMEM. Context: process.
 */
int chimney_forward_add(struct chimney_conn *conn);

/*
 * Takes a segment that reached the parked socket itself; owns @skb, whose data
 * begins at the TCP header.
 */
void chimney_forward_stray(struct chimney_conn *conn, struct sk_buff *skb);
/* Under &chimney_conn.post, with &chimney_conn.live: what waits goes there. */
void chimney_forward_to_target(struct chimney_conn *conn);
/*
 * What waits goes to the socket, then all that comes; ends with the connection
 * unpublished. Context: process, the socket not locked.
 */
void chimney_forward_to_host(struct chimney_conn *conn);

int chimney_forward_init(void);
void chimney_forward_exit(void);

#endif /* _CHIMNEY_FORWARD_H */
