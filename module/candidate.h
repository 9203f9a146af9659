/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Automatic mode: which connections might be offloaded, and when.
 *
 * A connection becomes a candidate when it becomes ESTABLISHED, of which the
 * kernel's tracepoint inet_sock_set_state tells, while some target of its network
 * namespace is in automatic mode. It is looked at when it is due, and then again
 * at intervals that double: nothing is done for a packet, and nobody walks all
 * sockets. It stays a candidate while it is offloaded, so that coming home needs
 * no memory, and is forgotten when it is not ESTABLISHED any more.
 */
#ifndef _CHIMNEY_CANDIDATE_H
#define _CHIMNEY_CANDIDATE_H

#include <linux/types.h>

struct chimney_conn;
struct net;
struct sock;

/* Candidates of a network namespace at most; what exceeds them is missed. */
#define CHIMNEY_CANDIDATES_MAX	(256 * 1024)

/*
 * A target of @net came, went, or has another mode. Context: process, may sleep,
 * without locks.
 */
void chimney_candidate_mode(struct net *net);
/* The rules of @net are others: all its candidates are due. Context: process. */
void chimney_candidate_review(struct net *net);
/*
 * A connection's socket is free again. @offloaded: it had been with the target,
 * else the target or the host did not take it. Context: process or softirq, with
 * or without the tree's lock. Needs no memory.
 */
void chimney_candidate_home(struct chimney_conn *conn, bool offloaded);

/*
 * @sk stays in the host, because of @why (a constant). Is that news, or the same as
 * the last time? Remembers it. Context: as above; any socket, true for what is no
 * candidate.
 */
bool chimney_candidate_news(const struct sock *sk, const char *why);
/* A target came to another network namespace. Context: process, under RTNL. */
void chimney_candidate_moved(void);

/**
 * struct chimney_prospect - what is known of a candidate
 * @octets: octets moved, of those that count
 * @age_ms: milliseconds that count
 * @backoff_ms: milliseconds that are left of its time in the host
 */
struct chimney_prospect {
	u64	octets;
	u32	age_ms;
	u32	backoff_ms;
};

/* False: @sk is no candidate. Context: process. */
bool chimney_candidate_prospect(struct sock *sk, struct chimney_prospect *p);

int chimney_candidate_init(void);
void chimney_candidate_exit(void);

#endif /* _CHIMNEY_CANDIDATE_H */
