// SPDX-License-Identifier: GPL-2.0
/*
 * Connection tracking, where it is loaded.
 *
 * It is a module, and often absent, so nothing here may make ours depend on
 * it. Only the default zone is looked at.
 */

#include "conntrack.h"

#include <linux/module.h>
#include <linux/netfilter.h>
#include <net/tcp.h>
#include "addr.h"
#include "conn.h"

#if IS_ENABLED(CONFIG_NF_CONNTRACK)

#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_zones.h>

/* The least time an entry stays after its connection came home, in seconds */
#define RESUME_TIMEOUT	300
/* And while it is away, when nothing that is seen renews it: 30 days */
#define AWAY_TIMEOUT	(30 * 24 * 60 * 60)
/* RFC 7323, 2.2: a window of 16 bits, shifted by at most 14 */
#define WINDOW_MAX	((u32)U16_MAX << TCP_MAX_WSCALE)

static void set_addr(union nf_inet_addr *u3, const struct in6_addr *addr)
{
	if (chimney_addr_v4(addr))
		u3->ip = chimney_addr_in(addr);
	else
		u3->in6 = *addr;
}

/*
 * The entry as the socket sees the connection, with a reference that
 * nf_conntrack_put() gives back: unlike nf_ct_put() it is not part of the
 * module. @from_host: the tuple from the host to the peer, or the other one; @dir
 * which of the entry's two directions that is.
 */
static struct nf_conn *lookup(const struct chimney_key *key, bool from_host,
			      enum ip_conntrack_dir *dir)
{
	const struct nf_conntrack_zone zone = {
		.id	= NF_CT_DEFAULT_ZONE_ID,
		.dir	= NF_CT_DEFAULT_ZONE_DIR,
	};
	struct nf_conntrack_tuple tuple = {};
	struct nf_conntrack_tuple_hash *hash;
	typeof(nf_conntrack_find_get) *find;

	/* To look for the module takes a while, and often there is none. */
	if (!rcu_access_pointer(nf_ct_hook))
		return NULL;
	find = symbol_get(nf_conntrack_find_get);
	if (!find)
		return NULL;
	tuple.src.l3num = chimney_addr_v4(&key->saddr) ? AF_INET : AF_INET6;
	tuple.dst.protonum = IPPROTO_TCP;
	set_addr(&tuple.src.u3, from_host ? &key->saddr : &key->daddr);
	tuple.src.u.tcp.port = from_host ? key->sport : key->dport;
	set_addr(&tuple.dst.u3, from_host ? &key->daddr : &key->saddr);
	tuple.dst.u.tcp.port = from_host ? key->dport : key->sport;
	hash = find(key->net, &zone, &tuple);
	symbol_put(nf_conntrack_find_get);
	if (!hash)
		return NULL;
	*dir = NF_CT_DIRECTION(hash);
	return nf_ct_tuplehash_to_ctrack(hash);
}

bool chimney_conntrack_nat(const struct chimney_key *key)
{
	enum ip_conntrack_dir dir;
	bool nat = false;
	int i;

	/* Translated on one side, an entry is found by the other only. */
	for (i = 0; i < 2 && !nat; i++) {
		struct nf_conn *ct = lookup(key, i, &dir);

		if (!ct)
			continue;
		nat = READ_ONCE(ct->status) & IPS_NAT_MASK;
		nf_conntrack_put(&ct->ct_general);
	}
	return nat;
}

/*
 * While a connection is away some segments are seen and most are not: windows count
 * for nothing, or what comes by the host at last is out of them. Returns the
 * directions in which they counted, as bits.
 */
static u8 look_away(struct nf_conn *ct)
{
	u8 strict = 0;
	int i;

	spin_lock_bh(&ct->lock);
	for (i = 0; i < IP_CT_DIR_MAX; i++) {
		struct ip_ct_tcp_state *seen = &ct->proto.tcp.seen[i];

		if (!(seen->flags & IP_CT_TCP_FLAG_BE_LIBERAL))
			strict |= BIT(i);
		seen->flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
		seen->flags &= ~IP_CT_TCP_FLAG_MAXACK_SET;
	}
	spin_unlock_bh(&ct->lock);
	return strict;
}

/*
 * What it has seen last may be gigabytes old, so that only what is near counts: an
 * acknowledgment that waits to be taken in by the host may have opened the window.
 */
static void set_end(struct ip_ct_tcp_state *seen, u32 end, u32 most, u32 window)
{
	seen->td_end = end;
	if (seen->td_maxend - most > WINDOW_MAX)
		seen->td_maxend = most;
	seen->td_maxwin = max3(seen->td_maxwin, window, 1U);
	seen->flags &= ~IP_CT_TCP_FLAG_MAXACK_SET;
}

/*
 * As if it had seen all that was sent meanwhile. The peer may have filled the window
 * already, with what waits or came out of order: it is taken to have sent all that,
 * and what was sent before by as much is in the window yet.
 */
static void catch_up(struct nf_conn *ct, enum ip_conntrack_dir dir,
		     const struct chimney_tcp_state *st, u8 strict)
{
	struct ip_ct_tcp_state *seen = ct->proto.tcp.seen;
	u32 edge = st->rcv_wup + st->rcv_wnd;
	int i;

	spin_lock_bh(&ct->lock);
	set_end(&seen[dir], st->snd_nxt, st->snd_una + st->snd_wnd,
		2 * st->rcv_wnd);
	set_end(&seen[!dir], edge, edge, st->max_window);
	ct->proto.tcp.retrans = 0;
	for (i = 0; i < IP_CT_DIR_MAX; i++) {
		if (strict & BIT(i))
			seen[i].flags &= ~IP_CT_TCP_FLAG_BE_LIBERAL;
	}
	spin_unlock_bh(&ct->lock);
}

void chimney_conntrack_leave(struct chimney_conn *conn)
{
	enum ip_conntrack_dir dir;
	struct nf_conn *ct = lookup(&conn->key, true, &dir);
	s32 left;

	if (!ct)
		return;
	conn->strict = look_away(ct);
	/* One that somebody else has offloaded is his to look after. */
	if (!test_and_set_bit(IPS_OFFLOAD_BIT, &ct->status)) {
		left = READ_ONCE(ct->timeout) - nfct_time_stamp;
		conn->tracked = max(left, RESUME_TIMEOUT * HZ);
		WRITE_ONCE(ct->timeout, nfct_time_stamp + AWAY_TIMEOUT * HZ);
	}
	nf_conntrack_put(&ct->ct_general);
}

void chimney_conntrack_resume(struct chimney_conn *conn)
{
	enum ip_conntrack_dir dir;
	struct nf_conn *ct = lookup(&conn->key, true, &dir);

	if (!ct)
		return;
	catch_up(ct, dir, &conn->tcp, conn->strict);
	conn->strict = 0;
	if (conn->tracked) {
		WRITE_ONCE(ct->timeout, nfct_time_stamp + conn->tracked);
		clear_bit(IPS_OFFLOAD_BIT, &ct->status);
		conn->tracked = 0;
	}
	nf_conntrack_put(&ct->ct_general);
}

#else

bool chimney_conntrack_nat(const struct chimney_key *key)
{
	return false;
}

void chimney_conntrack_leave(struct chimney_conn *conn)
{
}

void chimney_conntrack_resume(struct chimney_conn *conn)
{
}

#endif
