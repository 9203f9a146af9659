// SPDX-License-Identifier: GPL-2.0
/*
 * Connection objects: the way of a host socket to a target and back, and what
 * the target has to say of a connection meanwhile.
 */

#include "conn.h"

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sock_diag.h>
#include <net/tcp.h>
#include "admit.h"
#include "conntrack.h"
#include "forward.h"
#include "lock.h"
#include "override.h"
#include "policy.h"
#include "pump.h"
#include "queues.h"
#include "target.h"
#include "terminate.h"
#include "validate.h"

static const char in_use[] =
	"its application keeps the socket locked; try again";


static void back_work(struct work_struct *work);

static u64 socket_cookie(struct sock *sk)
{
	u32 cookie[2];

	sock_diag_save_cookie(sk, cookie);
	return cookie[0] | (u64)cookie[1] << 32;
}

struct chimney_conn *chimney_conn_create(struct chimney_tree *tree,
					 const struct chimney_key *key,
					 struct sock *sk)
{
	struct chimney_conn *conn = kzalloc(sizeof(*conn), GFP_KERNEL_ACCOUNT);

	if (!conn)
		return NULL;
	chimney_object_init(&conn->obj, tree, CHIMNEY_TYPE_CONN);
	atomic_inc(&chimney_tree_target(tree)->conns);
	INIT_LIST_HEAD(&conn->questions);
	conn->looked = jiffies - 60 * HZ;
	RB_CLEAR_NODE(&conn->worth);
	INIT_LIST_HEAD(&conn->watch);
	conn->watched = true;	/* until it is offloaded */
	conn->key = *key;
	spin_lock_init(&conn->lock);
	__skb_queue_head_init(&conn->divert);
	__skb_queue_head_init(&conn->rxq);
	__skb_queue_head_init(&conn->ooo);
	mutex_init(&conn->post);
	INIT_DELAYED_WORK(&conn->pump, chimney_pump_work);
	INIT_DELAYED_WORK(&conn->back, back_work);
	if (sk) {
		sock_hold(sk);
		conn->sk = sk;
		conn->cookie = socket_cookie(sk);
	}
	return conn;
}

void chimney_conn_free(struct chimney_conn *conn)
{
	WARN_ON(!skb_queue_empty(&conn->divert));
	WARN_ON(conn->parked.active || conn->parked.claimed ||
		conn->parked.kind);
	__skb_queue_purge(&conn->rxq);
	__skb_queue_purge(&conn->ooo);
	__skb_queue_purge(&conn->obj.req.sent);
	__skb_queue_purge(&conn->obj.req.ooo);
	WARN_ON(!list_empty(&conn->questions));
	kfree(conn->told);
	WARN_ON(!RB_EMPTY_NODE(&conn->worth) || !list_empty(&conn->watch));
	WARN_ON(conn->placed || conn->displaces || conn->coming);
	if (conn->sk)
		sock_put(conn->sk);
	atomic_dec(&chimney_object_target(&conn->obj)->conns);
	kfree_rcu(conn, obj.rcu);
}

/* ---- to the target ---------------------------------------------------------- */

int chimney_conn_divert(struct chimney_conn *conn, unsigned long until,
			const char **why)
{
	struct sock *sk = conn->sk;
	int err = -EOPNOTSUPP;

	*why = in_use;
	if (!chimney_lock_sock(sk, until))
		return -EBUSY;
	*why = chimney_admit(sk);
	if (!*why) {
		err = chimney_forward_add(conn);
		if (err == -EEXIST)
			*why = "it is on its way to a NIC, or home from one; try again";
		else if (err)
			*why = "out of memory";
	}
	release_sock(sk);
	return err;
}

static int claim_and_park(struct chimney_conn *conn, const char **why)
{
	int err;

	*why = chimney_admit_again(conn->sk);
	if (*why)
		return -EOPNOTSUPP;
	err = chimney_override_claim(conn);
	if (err) {
		*why = "a BPF sockmap has just taken the socket";
		return -EOPNOTSUPP;
	}
	err = chimney_park(conn);
	if (err) {
		*why = "out of memory";
		chimney_override_unclaim(conn);
	}
	return err;
}

int chimney_conn_park(struct chimney_conn *conn, unsigned long until,
		      const char **why)
{
	struct sock *sk = conn->sk;
	int err;

	/* What the target passes up shall not look as if it came from nowhere. */
	chimney_conntrack_leave(conn);
	*why = in_use;
	if (!chimney_lock_sock(sk, until))
		return -EBUSY;
	/* Segments that came before they were diverted: the last it sees. */
	__sk_flush_backlog(sk);
	err = claim_and_park(conn, why);
	release_sock(sk);
	/*
	 * If the keepalive timer fired while the lock was held it has put
	 * itself off, and would find a silent peer some time.
	 */
	if (!err)
		sk_stop_timer_sync(sk, tcp_sock_keepalive_timer(sk));
	return err;
}

bool chimney_conn_sent(const struct chimney_conn *conn)
{
	return !conn->sk || sk_wmem_alloc_get(conn->sk) <= 0;
}

void chimney_conn_live(struct chimney_conn *conn)
{
	if (!conn->sk)
		return;
	spin_lock_bh(&conn->lock);
	/* Pairs with chimney_pump_send(): who sends finds what the target has made. */
	smp_store_release(&conn->live, true);
	conn->steer = CHIMNEY_STEER_TARGET;
	spin_unlock_bh(&conn->lock);
	chimney_pump_kick(conn);
}

/* ---- and back --------------------------------------------------------------- */

bool chimney_conn_stop(struct chimney_conn *conn, bool patient)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);

	if (!conn->sk)
		return true;
	if (patient) {
		mutex_lock(&conn->post);
	} else {
		smp_mb();	/* pairs with post_unlock() of pump.c */
		if (!mutex_trylock(&conn->post))
			return false;
	}
	/* Closed behind our back: what it sent to say so was dropped. */
	if (conn->live && inet_sk_state_load(conn->sk) == TCP_CLOSE)
		t->ops->reset(t, conn->obj.id);
	spin_lock_bh(&conn->lock);
	conn->live = false;
	conn->steer = CHIMNEY_STEER_DIVERT;
	spin_unlock_bh(&conn->lock);
	mutex_unlock(&conn->post);
	return true;
}

bool chimney_conn_fits(struct chimney_conn *conn,
		       const struct chimney_tcp_state *st)
{
	bool fits;

	if (!conn->sk)
		return chimney_validate_made_up(conn, st);
	spin_lock_bh(&conn->lock);
	fits = chimney_validate_present(conn, st);
	spin_unlock_bh(&conn->lock);
	return fits;
}

/* For want of memory it is not shown this time: nobody waits for it. */
void chimney_conn_told(struct chimney_conn *conn,
		       const struct chimney_tcp_state *st)
{
	struct chimney_tcp_state *told;

	if (!conn->sk)
		return;
	told = kmemdup(st, sizeof(*st), GFP_ATOMIC | __GFP_NOWARN);
	if (!told)
		return;
	spin_lock_bh(&conn->lock);
	swap(conn->told, told);
	spin_unlock_bh(&conn->lock);
	kfree(told);
	chimney_pump_kick(conn);
}

int chimney_conn_take_state(struct chimney_conn *conn,
			    const struct chimney_done *done)
{
	const struct chimney_tcp_state *st = done->tcp;
	int err = -EPROTO;

	if (!conn->sk)
		return st && chimney_validate_made_up(conn, st) ? 0 : err;
	spin_lock_bh(&conn->lock);
	if (st && chimney_validate_final(conn, st) &&
	    (!done->ooo || chimney_validate_ooo(conn, done->ooo))) {
		conn->tcp = *st;
		/* Nobody can tell whether it can be. */
		conn->tcp.flags &= ~CHIMNEY_TCP_CA_PRIV;
		conn->tcp.ca_name[sizeof(conn->tcp.ca_name) - 1] = '\0';
		conn->snd_una = st->snd_una;
		conn->snd_nxt = st->snd_nxt;
		conn->given_back = true;
		if (done->ooo)
			skb_queue_splice_tail_init(done->ooo, &conn->ooo);
		err = 0;
	}
	spin_unlock_bh(&conn->lock);
	if (err && done->ooo)
		__skb_queue_purge(done->ooo);
	return err;
}

void chimney_conn_return(struct chimney_conn *conn)
{
	struct chimney_target *t = chimney_object_target(&conn->obj);

	queue_delayed_work(t->wq, &conn->back, 0);
}

/*
 * The target did not take it over. What it said of the connection meanwhile is
 * not true then; what it was to get goes back.
 */
static void undo_initiate(struct chimney_conn *conn)
{
	struct chimney_req *req = &conn->obj.req;

	spin_lock_bh(&conn->lock);
	__skb_queue_purge(&conn->rxq);
	WRITE_ONCE(conn->rxq_octets, 0);
	conn->rcv_nxt = conn->tcp.rcv_nxt;
	conn->snd_una = conn->tcp.snd_una;
	conn->snd_nxt = conn->tcp.snd_nxt;
	spin_unlock_bh(&conn->lock);
	__skb_queue_purge(&req->sent);
	skb_queue_splice_init(&req->ooo, &conn->ooo);
}

/*
 * Its state is lost: the application is told, while the peer hears nothing.
 * This and unpark() are called with the socket locked, and release it.
 */
static void abort_parked(struct chimney_conn *conn)
{
	struct sock *sk = conn->sk;

	chimney_pump_receive(conn);
	release_sock(sk);
	tcp_abort(sk, conn->lost);

	lock_sock(sk);
	chimney_unpark_dead(conn);
	chimney_override_unclaim(conn);
	release_sock(sk);
}

static void unpark(struct chimney_conn *conn)
{
	struct sock *sk = conn->sk;
	bool unread;

	if (!conn->given_back)
		undo_initiate(conn);
	chimney_pump_receive(conn);
	chimney_pump_acked(conn);
	chimney_unpark(conn);
	chimney_override_unclaim(conn);
	unread = sock_flag(sk, SOCK_DEAD) &&
		 !skb_queue_empty(&sk->sk_receive_queue);
	release_sock(sk);

	/* Nobody will read it; the peer has to know (RFC 2525, 2.17). */
	if (unread)
		tcp_abort(sk, ECONNRESET);
}

static void back_work(struct work_struct *work)
{
	struct chimney_conn *conn = container_of(to_delayed_work(work),
						 struct chimney_conn, back);
	struct chimney_target *t = chimney_object_target(&conn->obj);

	/* One that is lost to a query's deadline was not stopped. */
	if (conn->unstopped) {
		if (!chimney_conn_stop(conn, false)) {
			queue_delayed_work(t->wq, &conn->back,
					   CHIMNEY_LOCK_RETRY);
			return;
		}
		conn->unstopped = false;
		atomic_dec(&t->unstopped);
		chimney_tree_wake(&t->tree);
	}
	if (conn->sk) {
		if (!chimney_lock_sock(conn->sk, jiffies + CHIMNEY_LOCK_SPELL)) {
			queue_delayed_work(t->wq, &conn->back,
					   CHIMNEY_LOCK_RETRY);
			return;
		}
		chimney_conntrack_resume(conn);
		if (!conn->parked.active)
			release_sock(conn->sk);
		else if (conn->lost)
			abort_parked(conn);
		else
			unpark(conn);
		chimney_forward_to_host(conn);
	}
	chimney_terminate_home(conn);
}

/* ---- what the target says --------------------------------------------------- */

/* The connection of a handle, with a reference, if the target has it. */
static struct chimney_conn *current_conn(struct chimney_target *t, u64 handle)
{
	struct chimney_object *obj = chimney_tree_find(&t->tree, handle);

	if (obj && obj->type == CHIMNEY_TYPE_CONN && chimney_conn(obj)->sk) {
		switch (READ_ONCE(obj->state)) {
		case CHIMNEY_STATE_OFFLOADING:
		case CHIMNEY_STATE_OFFLOADED:
		case CHIMNEY_STATE_UPLOADING:
		case CHIMNEY_STATE_INVALID:
			return chimney_conn(obj);
		default:
			break;
		}
	}
	if (obj)
		chimney_object_put(obj);
	chimney_count(&t->stats, CHIMNEY_COUNT_BAD_HANDLE);
	return NULL;
}

static int take_payload(struct chimney_conn *conn, struct sk_buff *skb)
{
	const struct chimney_seg *seg = chimney_seg(skb);
	/* On its way home everything is taken: it was acknowledged. */
	bool must = READ_ONCE(conn->obj.state) == CHIMNEY_STATE_UPLOADING;

	lockdep_assert_held(&conn->lock);
	if (!skb->len || seg->seq != conn->rcv_nxt ||
	    seg->end_seq != seg->seq + skb->len)
		return -EPROTO;
	if (!must && chimney_pump_room(conn) < 0) {
		conn->rx_refused = true;
		return -ENOBUFS;
	}
	conn->rcv_nxt = seg->end_seq;
	WRITE_ONCE(conn->rxq_octets, conn->rxq_octets + skb->truesize);
	WRITE_ONCE(conn->room_told, conn->room_told - (int)skb->truesize);
	__skb_queue_tail(&conn->rxq, skb);
	return 0;
}

int chimney_received(struct chimney_target *t, u64 handle, struct sk_buff *skb)
{
	struct chimney_conn *conn = current_conn(t, handle);
	unsigned int len = skb->len;
	int err;

	if (!conn)
		return -ENOENT;
	spin_lock_bh(&conn->lock);
	err = take_payload(conn, skb);
	spin_unlock_bh(&conn->lock);

	switch (err) {
	case 0:
		atomic64_add(len, &conn->rx_octets);
		chimney_count_add(&t->stats, CHIMNEY_COUNT_RX_OCTETS, len);
		break;
	case -ENOBUFS:
		chimney_count(&t->stats, CHIMNEY_COUNT_RX_REFUSED);
		break;
	default:
		chimney_count(&t->stats, CHIMNEY_COUNT_BAD_DATA);
		break;
	}
	/* After a refusal too: the application may just have read. */
	chimney_pump_kick(conn);
	chimney_object_put(&conn->obj);
	return err;
}
EXPORT_SYMBOL_GPL(chimney_received);

/* Answers may overtake each other; only what is newer counts. */
static int take_ack(struct chimney_conn *conn, u32 snd_una, u32 snd_nxt)
{
	lockdep_assert_held(&conn->lock);
	if (!chimney_validate_sent(conn, snd_una, snd_nxt))
		return -EPROTO;
	if (after(snd_una, conn->snd_una))
		WRITE_ONCE(conn->snd_una, snd_una);
	if (after(snd_nxt, conn->snd_nxt))
		conn->snd_nxt = snd_nxt;
	return 0;
}

int chimney_acked(struct chimney_target *t, u64 handle, u32 snd_una,
		  u32 snd_nxt)
{
	struct chimney_conn *conn = current_conn(t, handle);
	int err;

	if (!conn)
		return -ENOENT;
	spin_lock_bh(&conn->lock);
	err = take_ack(conn, snd_una, snd_nxt);
	spin_unlock_bh(&conn->lock);
	if (err)
		chimney_count(&t->stats, CHIMNEY_COUNT_BAD_ACK);
	else
		chimney_pump_kick(conn);
	chimney_object_put(&conn->obj);
	return err;
}
EXPORT_SYMBOL_GPL(chimney_acked);

static int take_event(struct chimney_conn *conn, enum chimney_event event,
		      u32 arg)
{
	switch (event) {
	case CHIMNEY_EVENT_SEND_SPACE:
		chimney_pump_kick(conn);
		return 0;
	case CHIMNEY_EVENT_DISCONNECT:
		chimney_terminate(&conn->obj, CHIMNEY_REASON_PEER_FIN, false);
		return 0;
	case CHIMNEY_EVENT_ABORT:
		chimney_terminate(&conn->obj, CHIMNEY_REASON_PEER_RESET, false);
		return 0;
	case CHIMNEY_EVENT_RETRIEVE:
		if (arg < CHIMNEY_REASON_LOW_ACTIVITY ||
		    arg > CHIMNEY_REASON_HARDWARE_FAILURE)
			return -EINVAL;
		chimney_policy_asked(conn, arg);
		return 0;
	case CHIMNEY_EVENT_DEAD:
		if (!arg || arg > MAX_ERRNO)
			return -EINVAL;
		WRITE_ONCE(conn->lost, arg);
		chimney_terminate(&conn->obj, CHIMNEY_REASON_TIMEOUT_EXPIRED,
				  false);
		return 0;
	default:
		return -EINVAL;
	}
}

int chimney_event(struct chimney_target *t, u64 handle,
		  enum chimney_event event, u32 arg)
{
	struct chimney_conn *conn = current_conn(t, handle);
	int err;

	if (!conn)
		return -ENOENT;
	err = take_event(conn, event, arg);
	if (err)
		chimney_count(&t->stats, CHIMNEY_COUNT_BAD_EVENT);
	chimney_object_put(&conn->obj);
	return err;
}
EXPORT_SYMBOL_GPL(chimney_event);

int __init chimney_conn_init(void)
{
	int err;

	err = chimney_override_init();
	if (err)
		return err;
	return chimney_forward_init();
}

void chimney_conn_exit(void)
{
	chimney_forward_exit();
	chimney_override_exit();
}
