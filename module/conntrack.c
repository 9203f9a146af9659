// SPDX-License-Identifier: GPL-2.0
/*
 * Connection tracking, where it is loaded.
 *
 * It is a module, and often absent, so nothing here may make ours depend on
 * it. Only the default zone is looked at.
 */

#include "conntrack.h"

#include <linux/module.h>
#include <net/tcp.h>
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

	find = symbol_get(nf_conntrack_find_get);
	if (!find)
		return NULL;
	tuple.src.l3num = AF_INET;
	tuple.dst.protonum = IPPROTO_TCP;
	tuple.src.u3.ip = from_host ? key->saddr : key->daddr;
	tuple.src.u.tcp.port = from_host ? key->sport : key->dport;
	tuple.dst.u3.ip = from_host ? key->daddr : key->saddr;
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

/* Windows are learnt anew from the next segments. */
static void learn_anew(struct nf_conn *ct)
{
	int i;

	spin_lock_bh(&ct->lock);
	for (i = 0; i < IP_CT_DIR_MAX; i++) {
		ct->proto.tcp.seen[i].td_maxwin = 0;
		ct->proto.tcp.seen[i].flags &= ~IP_CT_TCP_FLAG_MAXACK_SET;
	}
	spin_unlock_bh(&ct->lock);
}

/* It may have seen more already: of what waits to be taken in by the host. */
static void set_end(struct ip_ct_tcp_state *seen, u32 end, u32 most, u32 window)
{
	if (before(seen->td_end, end))
		seen->td_end = end;
	if (before(seen->td_maxend, most))
		seen->td_maxend = most;
	seen->td_maxwin = max3(seen->td_maxwin, window, 1U);
	seen->flags &= ~IP_CT_TCP_FLAG_MAXACK_SET;
}

/* As if it had seen all that was sent meanwhile. */
static void catch_up(struct nf_conn *ct, enum ip_conntrack_dir dir,
		     const struct chimney_tcp_state *st)
{
	struct ip_ct_tcp_state *seen = ct->proto.tcp.seen;

	spin_lock_bh(&ct->lock);
	set_end(&seen[dir], st->snd_nxt, st->snd_una + st->snd_wnd, st->rcv_wnd);
	set_end(&seen[!dir], st->rcv_nxt, st->rcv_wup + st->rcv_wnd,
		st->max_window);
	ct->proto.tcp.retrans = 0;
	spin_unlock_bh(&ct->lock);
}

void chimney_conntrack_leave(struct chimney_conn *conn)
{
	enum ip_conntrack_dir dir;
	struct nf_conn *ct = lookup(&conn->key, true, &dir);
	s32 left;

	if (!ct)
		return;
	learn_anew(ct);
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
	catch_up(ct, dir, &conn->tcp);
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
