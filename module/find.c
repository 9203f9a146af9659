// SPDX-License-Identifier: GPL-2.0
/* Sockets by 4-tuple, and all sockets of a namespace. */

#include "admit.h"

#include <net/inet6_hashtables.h>
#include <net/inet_hashtables.h>
#include <net/tcp.h>
#include "addr.h"
#include "conn.h"

void chimney_admit_key(const struct sock *sk, struct chimney_key *key)
{
	const struct inet_sock *inet = inet_sk(sk);

	memset(key, 0, sizeof(*key));
	key->net = sock_net(sk);
	chimney_addr_sock(sk, &key->saddr, &key->daddr);
	key->sport = inet->inet_sport;
	key->dport = inet->inet_dport;
	/* Whoever has an address of a link is bound to that. */
	if (__ipv6_addr_needs_scope_id(ipv6_addr_type(&key->daddr)))
		key->scope = READ_ONCE(sk->sk_bound_dev_if);
}

static struct sock *lookup(const struct chimney_key *key, int ifindex)
{
	struct inet_hashinfo *info = key->net->ipv4.tcp_death_row.hashinfo;

	if (!chimney_addr_v4(&key->daddr))
		return __inet6_lookup_established(key->net, info, &key->daddr,
						  key->dport, &key->saddr,
						  ntohs(key->sport), ifindex, 0);
	return __inet_lookup_established(key->net, info,
					 chimney_addr_in(&key->daddr),
					 key->dport,
					 chimney_addr_in(&key->saddr),
					 ntohs(key->sport), ifindex, 0);
}

static struct sock *find_on(const struct chimney_key *key, int ifindex)
{
	struct sock *sk = lookup(key, ifindex);

	if (sk && !sk_fullsock(sk)) {
		sock_gen_put(sk);
		sk = NULL;
	}
	return sk;
}

struct sock *chimney_admit_find(const struct chimney_key *key)
{
	struct net_device *dev;
	struct sock *sk;

	rcu_read_lock();
	sk = find_on(key, 0);
	if (!sk) {
		/* It may be bound to a device. */
		for_each_netdev_rcu(key->net, dev) {
			sk = find_on(key, dev->ifindex);
			if (sk)
				break;
		}
	}
	rcu_read_unlock();
	return sk;
}

#define WALK_BATCH	32

/*
 * Collects established sockets of a hash chain, after the first @skip of them.
 * Returns how many.
 */
static unsigned int collect(struct net *net, struct inet_hashinfo *info,
			    unsigned int slot, unsigned int skip,
			    struct sock *batch[WALK_BATCH])
{
	spinlock_t *lock = inet_ehash_lockp(info, slot);
	struct hlist_nulls_node *node;
	unsigned int n = 0;
	struct sock *sk;

	spin_lock_bh(lock);
	sk_nulls_for_each(sk, node, &info->ehash[slot].chain) {
		if (!net_eq(sock_net(sk), net) ||
		    sk->sk_state != TCP_ESTABLISHED)
			continue;
		if (skip) {
			skip--;
			continue;
		}
		if (n == WALK_BATCH)
			break;
		sock_hold(sk);
		batch[n++] = sk;
	}
	spin_unlock_bh(lock);
	return n;
}

/* One chain; sockets that come or go meanwhile may be seen twice or not. */
static int walk_chain(struct net *net, struct inet_hashinfo *info,
		      unsigned int slot,
		      int (*found)(struct sock *sk, void *arg), void *arg)
{
	struct sock *batch[WALK_BATCH];
	unsigned int i, n, seen = 0;
	int err = 0;

	do {
		n = collect(net, info, slot, seen, batch);
		seen += n;
		for (i = 0; i < n; i++) {
			if (!err)
				err = found(batch[i], arg);
			sock_put(batch[i]);
		}
	} while (!err && n == WALK_BATCH);
	return err;
}

int chimney_admit_walk(struct net *net,
		       int (*found)(struct sock *sk, void *arg), void *arg)
{
	struct inet_hashinfo *info = net->ipv4.tcp_death_row.hashinfo;
	unsigned int slot;
	int err = 0;

	might_sleep();
	for (slot = 0; slot <= info->ehash_mask && !err; slot++) {
		if (!hlist_nulls_empty(&info->ehash[slot].chain))
			err = walk_chain(net, info, slot, found, arg);
		cond_resched();
	}
	return err;
}
