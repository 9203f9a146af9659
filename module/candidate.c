// SPDX-License-Identifier: GPL-2.0
/*
 * Automatic mode: which connections might be offloaded, and when.
 *
 * All candidates of the machine stand in one table, by their sockets, and those
 * that wait in one queue, by when they are due. A worker takes what is due, asks
 * the rules, and offloads what is ready, all of one kind by one request.
 */

#include "candidate.h"

#include <linux/mutex.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/timerqueue.h>
#include <linux/tracepoint.h>
#include <net/netns/generic.h>
#include <net/tcp.h>
#include "admit.h"
#include "conn.h"
#include "override.h"
#include "request.h"
#include "route.h"
#include "rules.h"
#include "target.h"

/* A new one is looked at after so many milliseconds, then at intervals */
#define FIRST_MS	20
#define INTERVAL_MIN_MS	50
#define INTERVAL_MAX_MS	30000
/* What the rules keep in the host: they may say otherwise of it later. */
#define NEVER_MAX_MS	(60 * 60 * 1000)
/* As many may be offloaded by one request, and so many are looked at for one */
#define AT_ONCE		64
#define LOOKS		1024

/**
 * struct candidate - a connection that might be offloaded
 * @node: place in the table
 * @due: place in the queue, if it waits
 * @ref: one of the table, one of who looks at it
 * @rcu: defers the free until lookups are over
 * @sk: its socket, held
 * @since: when it began, or came home last
 * @octets: octets that it had moved then
 * @interval_ms: until it is looked at again
 * @not_before: end of its time in the host after a terminate
 * @ended: when it was last terminated
 * @times: how often, less with time
 * @told: why it stayed in the host, as told last; NULL: not told
 * @hit: the rule that it was counted as decided by, of the rules of
 * @generation: this number
 * @away: is offloaded, or on its way
 * @gone: is not in the table any more
 *
 * Protected by the lock.
 */
struct candidate {
	struct rhash_head	node;
	struct timerqueue_node	due;
	refcount_t		ref;
	struct rcu_head		rcu;
	struct sock		*sk;
	ktime_t			since;
	u64			octets;
	u32			interval_ms;
	ktime_t			not_before;
	ktime_t			ended;
	unsigned int		times;
	const char		*told;
	u32			hit;
	u32			generation;
	bool			away;
	bool			gone;
};

/**
 * struct candidate_net - of a network namespace
 * @automatic: a target of it is in automatic mode
 * @count: candidates
 */
struct candidate_net {
	bool		automatic;
	atomic_t	count;
};

static const struct rhashtable_params params = {
	.head_offset		= offsetof(struct candidate, node),
	.key_offset		= offsetof(struct candidate, sk),
	.key_len		= sizeof(struct sock *),
	.automatic_shrinking	= true,
};

/* Protects the queue and what candidates say. Nothing is taken under it. */
static DEFINE_SPINLOCK(lock);
static struct timerqueue_head queue;
static struct rhashtable table;
static struct workqueue_struct *wq;
static unsigned int net_id;

/* Protects what follows: how many namespaces are automatic, and the probe. */
static DEFINE_MUTEX(mode_lock);
static unsigned int automatic;
static struct tracepoint *state_changes;

static void look(struct work_struct *work);
static DECLARE_DELAYED_WORK(looking, look);

static struct candidate_net *of_net(struct net *net)
{
	return net_generic(net, net_id);
}

/* ---- the queue; with the lock ------------------------------------------- */

static void arm(void)
{
	struct timerqueue_node *first = timerqueue_getnext(&queue);
	s64 ns;

	if (!first)
		return;
	ns = max_t(s64, ktime_to_ns(ktime_sub(first->expires, ktime_get())), 0);
	mod_delayed_work(wq, &looking, nsecs_to_jiffies(ns) + 1);
}

static void wait_no_more(struct candidate *c)
{
	if (!RB_EMPTY_NODE(&c->due.node))
		timerqueue_del(&queue, &c->due);
	RB_CLEAR_NODE(&c->due.node);
}

static void wait_until(struct candidate *c, ktime_t when)
{
	lockdep_assert_held(&lock);
	if (c->gone || c->away)
		return;
	wait_no_more(c);
	c->due.expires = when;
	if (timerqueue_add(&queue, &c->due))
		arm();
}

static void wait_ms(struct candidate *c, u32 ms)
{
	wait_until(c, ktime_add_ms(ktime_get(), ms));
}

/* Nothing has become of it: the next look comes later, after @most at the latest. */
static void wait_longer(struct candidate *c, u32 most)
{
	c->interval_ms = clamp(c->interval_ms * 2, INTERVAL_MIN_MS, most);
	wait_ms(c, c->interval_ms);
}

/* ---- their life --------------------------------------------------------- */

static u64 octets_moved(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return READ_ONCE(tp->bytes_acked) + READ_ONCE(tp->bytes_received);
}

static void put(struct candidate *c)
{
	if (!refcount_dec_and_test(&c->ref))
		return;
	sock_put(c->sk);
	kfree_rcu(c, rcu);
}

static bool is_tcp(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP &&
	       (sk->sk_family == AF_INET || sk->sk_family == AF_INET6);
}

/* From softirq, or with the socket's lock: it takes no time and no sleep. */
static void add(struct sock *sk)
{
	struct candidate_net *cn = of_net(sock_net(sk));
	struct candidate *c;

	/* A socket of the kernel's does not keep its network namespace. */
	if (!READ_ONCE(cn->automatic) || !is_tcp(sk) ||
	    sk->sk_kern_sock || !sk->sk_net_refcnt ||
	    atomic_read(&cn->count) >= CHIMNEY_CANDIDATES_MAX)
		return;
	c = kzalloc(sizeof(*c), GFP_ATOMIC | __GFP_NOWARN);
	if (!c)
		return;		/* it stays in the host, as if it had no rule */
	timerqueue_init(&c->due);
	refcount_set(&c->ref, 1);
	c->sk = sk;
	c->since = ktime_get();
	c->octets = octets_moved(sk);
	sock_hold(sk);
	if (rhashtable_insert_fast(&table, &c->node, params)) {
		sock_put(sk);
		kfree(c);
		return;
	}
	atomic_inc(&cn->count);
	spin_lock_bh(&lock);
	wait_ms(c, FIRST_MS);
	spin_unlock_bh(&lock);
}

static void forget(struct candidate *c)
{
	bool gone;

	spin_lock_bh(&lock);
	gone = c->gone;
	c->gone = true;
	wait_no_more(c);
	spin_unlock_bh(&lock);
	if (gone)
		return;
	rhashtable_remove_fast(&table, &c->node, params);
	atomic_dec(&of_net(sock_net(c->sk))->count);
	put(c);
}

/* With a reference */
static struct candidate *find(const struct sock *sk)
{
	struct candidate *c;

	rcu_read_lock();
	c = rhashtable_lookup(&table, &sk, params);
	if (c && !refcount_inc_not_zero(&c->ref))
		c = NULL;
	rcu_read_unlock();
	return c;
}

static void on_state(void *data, const struct sock *csk, const int from,
		     const int to)
{
	struct sock *sk = (struct sock *)csk;
	struct candidate *c;

	if (from == to || (from != TCP_ESTABLISHED && to != TCP_ESTABLISHED))
		return;
	if (to == TCP_ESTABLISHED) {
		add(sk);
		return;
	}
	c = find(sk);
	if (c) {
		forget(c);
		put(c);
	}
}

/* ---- looking at those that are due -------------------------------------- */

/**
 * struct pick - a candidate that is ready
 * @c: the candidate, referenced
 * @key: its addresses and ports
 * @origin: the rule that chose it, and the priority that it gets
 */
struct pick {
	struct candidate	*c;
	struct chimney_key	key;
	struct chimney_origin	origin;
};

static void later(struct candidate *c)
{
	spin_lock_bh(&lock);
	wait_longer(c, INTERVAL_MAX_MS);
	spin_unlock_bh(&lock);
}

static void much_later(struct candidate *c)
{
	spin_lock_bh(&lock);
	wait_longer(c, NEVER_MAX_MS);
	spin_unlock_bh(&lock);
}

static void at_time(struct candidate *c, ktime_t when)
{
	spin_lock_bh(&lock);
	wait_until(c, when);
	spin_unlock_bh(&lock);
}

/* Does it have all that the rule wants? If not, it waits for that. */
static bool ready(struct candidate *c, struct chimney_target *t,
		  const struct chimney_judgment *j)
{
	ktime_t now = ktime_get();
	ktime_t old_enough = ktime_add_ms(c->since, j->min_age_ms);
	ktime_t rests = chimney_policy_rests(t);

	if (ktime_before(now, c->not_before)) {
		chimney_count(&t->stats, CHIMNEY_COUNT_BACKED_OFF);
		at_time(c, c->not_before);
	} else if (ktime_before(now, old_enough)) {
		at_time(c, old_enough);
	} else if (ktime_before(now, rests)) {
		at_time(c, rests);
	} else if (octets_moved(c->sk) - c->octets < j->min_octets ||
		   chimney_policy_closed(t) ||
		   chimney_policy_hopeless(t, j->priority)) {
		later(c);
	} else {
		return true;
	}
	return false;
}

/* It is decided: a rule counts it once, however often it is looked at. */
static void count_hit(struct candidate *c, const struct chimney_judgment *j)
{
	if (c->hit == j->rule && c->generation == j->generation)
		return;
	c->hit = j->rule;
	c->generation = j->generation;
	chimney_rules_hit(sock_net(c->sk), j);
}

/*
 * What the rules keep in the host is due again when there are others. They look at
 * what may change, such as SO_PRIORITY: it is looked at again, ever more rarely.
 */
static bool judge(struct candidate *c, struct chimney_target *t, struct pick *p)
{
	struct chimney_judgment j;

	if (READ_ONCE(t->settings.admission) != CHIMNEY_ADMISSION_AUTO) {
		later(c);
		return false;
	}
	chimney_rules_judge(c->sk, t->dev, &j);
	if (j.verdict != CHIMNEY_VERDICT_OFFLOAD) {
		count_hit(c, &j);
		much_later(c);
		return false;
	}
	if (!ready(c, t, &j))
		return false;
	count_hit(c, &j);
	p->origin = (struct chimney_origin) {
		.automatic = true, .rule = j.rule, .priority = j.priority,
	};
	return true;
}

/* Is @c to be offloaded now? Else it waits, as long as it makes sense. */
static bool consider(struct candidate *c, struct pick *p)
{
	struct chimney_target *t = NULL;
	struct chimney_route route;
	bool go = false;

	if (inet_sk_state_load(c->sk) != TCP_ESTABLISHED) {
		forget(c);	/* it ended before anybody could be told */
		return false;
	}
	/* One that an administrator has offloaded is due when it comes home. */
	if (chimney_override_claimed(c->sk))
		return false;
	/*
	 * Its application may not have accepted it yet, whose user is the socket's
	 * from then on, and its neighbour may be unresolved.
	 */
	if (READ_ONCE(c->sk->sk_socket) && !chimney_route_sock(c->sk, &route)) {
		t = chimney_target_get_by_dev(route.dev);
		chimney_route_put(&route);
	}
	if (!t) {
		later(c);
		return false;
	}
	if (net_eq(dev_net(t->dev), sock_net(c->sk)))
		go = judge(c, t, p);
	chimney_target_put(t);
	if (!go)
		return false;
	p->c = c;
	memset(&p->key, 0, sizeof(p->key));
	chimney_admit_key(c->sk, &p->key);
	return true;
}

static bool same_kind(const struct pick *a, const struct pick *b)
{
	return net_eq(a->key.net, b->key.net) &&
	       a->origin.rule == b->origin.rule &&
	       a->origin.priority == b->origin.priority;
}

static struct pick *find_pick(struct pick *picks, unsigned int n,
			      const struct chimney_key *key)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!memcmp(&picks[i].key, key, sizeof(*key)))
			return &picks[i];
	}
	return NULL;
}

/* What was refused is looked at again, later each time. */
static void take_results(struct chimney_request *r, struct pick *picks,
			 unsigned int n)
{
	struct chimney_result *res;
	struct pick *p;

	list_for_each_entry(res, &r->results, list) {
		p = res->err ? find_pick(picks, n, &res->key) : NULL;
		if (!p)
			continue;
		spin_lock_bh(&lock);
		p->c->away = false;
		wait_longer(p->c, INTERVAL_MAX_MS);
		spin_unlock_bh(&lock);
	}
}

/* One request for the first of @picks and all that are like it; returns how many. */
static unsigned int offload_kind(struct pick *picks, unsigned int n)
{
	static struct chimney_match match[AT_ONCE];	/* the worker's own */
	struct chimney_request r = {
		.net = picks->key.net,
		.match = match,
		.origin = picks->origin,
	};
	unsigned int i;

	INIT_LIST_HEAD(&r.results);
	for (i = 0; i < n && same_kind(picks, &picks[i]); i++) {
		match[i] = (struct chimney_match) {
			.fields = CHIMNEY_MATCH_TUPLE, .key = picks[i].key,
		};
		r.matches++;
		spin_lock_bh(&lock);
		picks[i].c->away = true;
		spin_unlock_bh(&lock);
	}
	if (chimney_request_offload(&r)) {
		/* One that is gone, or no memory: none was begun without a result. */
		for (n = 0; n < i; n++) {
			spin_lock_bh(&lock);
			picks[n].c->away = false;
			wait_longer(picks[n].c, INTERVAL_MAX_MS);
			spin_unlock_bh(&lock);
		}
	}
	take_results(&r, picks, i);
	chimney_request_free(&r);
	return i;
}

/* Takes a candidate that is due, with a reference; NULL: none is. */
static struct candidate *take_due(void)
{
	struct timerqueue_node *first;
	struct candidate *c = NULL;

	spin_lock_bh(&lock);
	first = timerqueue_getnext(&queue);
	if (first && !ktime_after(first->expires, ktime_get())) {
		c = container_of(first, struct candidate, due);
		wait_no_more(c);
		refcount_inc(&c->ref);
	} else {
		arm();
	}
	spin_unlock_bh(&lock);
	return c;
}

static void look(struct work_struct *work)
{
	static struct pick picks[AT_ONCE];	/* the worker's own */
	unsigned int n = 0, looks = 0, i;
	struct candidate *c;

	/* Those that are ready do not wait until all are looked at. */
	while (n < AT_ONCE && looks++ < LOOKS && (c = take_due())) {
		if (consider(c, &picks[n]))
			n++;
		else
			put(c);
		cond_resched();
	}
	for (i = 0; i < n; )
		i += offload_kind(&picks[i], n - i);
	for (i = 0; i < n; i++)
		put(picks[i].c);
	spin_lock_bh(&lock);
	arm();
	spin_unlock_bh(&lock);
}

/* ---- coming home -------------------------------------------------------- */

/* Twice as long with each terminate, half as long with time that passes. */
static void back_off(struct candidate *c, const struct chimney_settings *s)
{
	u32 decay = READ_ONCE(s->backoff_decay_ms);
	u64 most = READ_ONCE(s->backoff_max_ms);
	u64 ms = READ_ONCE(s->backoff_ms);
	ktime_t now = ktime_get();
	s64 halves = div_s64(ktime_ms_delta(now, c->ended), decay);

	c->times = c->times >> min_t(s64, halves, 31);
	ms = min(ms << min(c->times, 31U), most);
	if (c->times < 31)
		c->times++;
	c->ended = now;
	c->not_before = ktime_add_ms(now, ms);
}

void chimney_candidate_home(struct chimney_conn *conn, bool offloaded)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);
	struct candidate *c;

	if (!conn->sk)
		return;
	c = find(conn->sk);
	if (!c)
		return;
	spin_lock_bh(&lock);
	c->away = false;
	if (offloaded) {
		back_off(c, &t->settings);
		c->since = ktime_get();
		c->octets = octets_moved(conn->sk);
		c->interval_ms = 0;
		c->told = NULL;
		wait_until(c, c->not_before);
	} else {
		wait_longer(c, INTERVAL_MAX_MS);
	}
	spin_unlock_bh(&lock);
	put(c);
}

bool chimney_candidate_news(const struct sock *sk, const char *why)
{
	struct candidate *c = find(sk);
	bool news;

	if (!c)
		return true;
	spin_lock_bh(&lock);
	news = c->told != why;
	c->told = why;
	spin_unlock_bh(&lock);
	put(c);
	return news;
}

bool chimney_candidate_prospect(struct sock *sk, struct chimney_prospect *p)
{
	struct candidate *c = find(sk);
	ktime_t now = ktime_get();

	memset(p, 0, sizeof(*p));
	if (!c)
		return false;
	spin_lock_bh(&lock);
	p->octets = octets_moved(sk) - c->octets;
	p->age_ms = min_t(s64, ktime_ms_delta(now, c->since), U32_MAX);
	p->backoff_ms = max_t(s64, ktime_ms_delta(c->not_before, now), 0);
	spin_unlock_bh(&lock);
	put(c);
	return true;
}

/* ---- mode --------------------------------------------------------------- */

/*
 * For each candidate of @net. One that comes meanwhile, and one that stands behind
 * one that goes meanwhile, may be missed; one that is moved in the table may be
 * seen twice.
 */
static void each(struct net *net, void (*what)(struct candidate *c))
{
	struct rhashtable_iter iter;
	struct candidate *c;

	rhashtable_walk_enter(&table, &iter);
	rhashtable_walk_start(&iter);
	while ((c = rhashtable_walk_next(&iter))) {
		if (IS_ERR(c))
			continue;
		if (!net_eq(sock_net(c->sk), net) ||
		    !refcount_inc_not_zero(&c->ref))
			continue;
		rhashtable_walk_stop(&iter);
		what(c);
		put(c);
		cond_resched();
		rhashtable_walk_start(&iter);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
}

static void due_now(struct candidate *c)
{
	spin_lock_bh(&lock);
	c->interval_ms = 0;
	c->told = NULL;
	wait_until(c, ktime_get());
	spin_unlock_bh(&lock);
}

void chimney_candidate_review(struct net *net)
{
	each(net, due_now);
}

static void find_state_changes(struct tracepoint *tp, void *priv)
{
	if (!strcmp(tp->name, "inet_sock_set_state"))
		state_changes = tp;
}

static void watch_sockets(bool on)
{
	lockdep_assert_held(&mode_lock);
	if (on) {
		WARN_ON(tracepoint_probe_register(state_changes, on_state, NULL));
	} else {
		tracepoint_probe_unregister(state_changes, on_state, NULL);
		tracepoint_synchronize_unregister();
	}
}

static void find_automatic(struct chimney_target *t, void *arg)
{
	bool *found = arg;

	if (READ_ONCE(t->settings.admission) == CHIMNEY_ADMISSION_AUTO)
		*found = true;
}

static void set_mode(struct net *net, bool on)
{
	struct candidate_net *cn = of_net(net);

	lockdep_assert_held(&mode_lock);
	if (on == cn->automatic)
		return;
	WRITE_ONCE(cn->automatic, on);
	automatic += on ? 1 : -1;
	if (automatic == on)	/* the first came, or the last went */
		watch_sockets(on);
	/* Until nobody adds any more there may be one that is too late. */
	if (!on) {
		tracepoint_synchronize_unregister();
		while (atomic_read(&cn->count)) {
			each(net, forget);
			cond_resched();
		}
	}
}

void chimney_candidate_mode(struct net *net)
{
	bool on = false;

	mutex_lock(&mode_lock);
	chimney_target_each(net, find_automatic, &on);
	set_mode(net, on);
	mutex_unlock(&mode_lock);
}

/*
 * A target may have left one namespace and come to another: all are asked. Those
 * that are being cleaned up are not listed any more.
 */
static void review_modes(struct work_struct *work)
{
	struct net *net;

	down_read(&net_rwsem);
	for_each_net(net)
		chimney_candidate_mode(net);
	up_read(&net_rwsem);
}

static DECLARE_WORK(reviewing_modes, review_modes);

void chimney_candidate_moved(void)
{
	queue_work(wq, &reviewing_modes);
}

/* Its devices may have gone to another namespace, and with them their targets. */
static void __net_exit net_exit(struct net *net)
{
	mutex_lock(&mode_lock);
	set_mode(net, false);
	mutex_unlock(&mode_lock);
}

static struct pernet_operations net_ops = {
	.exit	= net_exit,
	.id	= &net_id,
	.size	= sizeof(struct candidate_net),
};

int __init chimney_candidate_init(void)
{
	int err;

	timerqueue_init_head(&queue);
	for_each_kernel_tracepoint(find_state_changes, NULL);
	if (!state_changes)
		return -ENOENT;
	err = rhashtable_init(&table, &params);
	if (err)
		return err;
	err = -ENOMEM;
	wq = alloc_workqueue("chimney-auto", WQ_UNBOUND, 1);
	if (!wq)
		goto err_table;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_wq;
	return 0;

err_wq:
	destroy_workqueue(wq);
err_table:
	rhashtable_destroy(&table);
	return err;
}

/* With the last namespace nothing is automatic any more. */
void chimney_candidate_exit(void)
{
	cancel_work_sync(&reviewing_modes);
	unregister_pernet_subsys(&net_ops);
	cancel_delayed_work_sync(&looking);
	destroy_workqueue(wq);
	rhashtable_destroy(&table);
	rcu_barrier();
}
