// SPDX-License-Identifier: GPL-2.0
/*
 * What is different in the operations of a parked socket.
 *
 * What would end the connection, or change it in a way that the target cannot
 * follow, first brings it home and then does what it always did.
 *
 * There is one struct proto for each address family, never one for each
 * socket: the kernel reads sk_prot without any lock, and no grace period tells
 * when it is done. They are copies, not registered, so that everything that is
 * not overridden is shared with TCP itself, its accounting included. How the
 * module is left nevertheless: see chimney_override_exit().
 */

#include "override.h"

#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/sockios.h>
#include <linux/wait_bit.h>
#include <net/inet_common.h>
#include <net/ip.h>
#include <net/tcp.h>
#include <net/transp_v6.h>
#include <asm/ioctls.h>
#include "conn.h"
#include "forward.h"
#include "park.h"
#include "pump.h"
#include "tcpstate.h"
#include "terminate.h"
#include "update.h"

/* How often an offload is ended for the sake of one call */
#define HOME_TRIES	3

/**
 * struct chimney_kind - a kind of TCP socket
 * @native: its address family operations; NULL: there is no such kind here, or none
 *          was seen yet
 * @af_ops: what they are while it is parked
 * @native_prot: its protocol operations
 * @prot: what they are while it is claimed
 * @ops: what the application calls; by the socket's family, so kind_mapped has none
 */
struct chimney_kind {
	const struct inet_connection_sock_af_ops *native;
	struct inet_connection_sock_af_ops	af_ops;
	struct proto				*native_prot;
	struct proto				*prot;
	const struct proto_ops			*ops;
};

static struct proto proto_v4 __ro_after_init;
static struct proto proto_v6 __ro_after_init;
static struct chimney_kind kind_v4 __ro_after_init = {
	.native_prot = &tcp_prot, .prot = &proto_v4,
};
static struct chimney_kind kind_v6 __ro_after_init = {
	.native_prot = &tcpv6_prot, .prot = &proto_v6,
};
/*
 * IPv6 sockets whose peer has an IPv4 address. Their operations cannot be
 * named from here; the first that look right are it, and no others.
 */
static struct chimney_kind kind_mapped = {
	.native_prot = &tcpv6_prot, .prot = &proto_v6,
};
static DEFINE_SPINLOCK(mapped_lock);

/* What callbacks every TCP socket has */
static void (*native_data_ready)(struct sock *sk) __ro_after_init;
static void (*native_write_space)(struct sock *sk) __ro_after_init;
static void (*native_state_change)(struct sock *sk) __ro_after_init;
static void (*native_error_report)(struct sock *sk) __ro_after_init;

static struct tcp_ulp_ops ulp_ops;

/* Callers that are in here and may sleep. */
static atomic_t inside = ATOMIC_INIT(0);

static void enter(void)
{
	atomic_inc(&inside);
	__module_get(THIS_MODULE);	/* rmmod is told, and does not wait */
}

static void leave(void)
{
	module_put(THIS_MODULE);
	if (atomic_dec_and_test(&inside))
		wake_up_var(&inside);
}

/*
 * The connection of a socket, with a reference. The ULP's data is read before
 * the ULP: if the slot is still ours then, the data was.
 */
static struct chimney_conn *conn_get(const struct sock *sk)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	struct chimney_conn *conn;

	rcu_read_lock();
	conn = rcu_dereference(icsk->icsk_ulp_data);
	smp_rmb();	/* pairs with claim and unclaim */
	if (READ_ONCE(icsk->icsk_ulp_ops) != &ulp_ops ||
	    (conn && !chimney_object_get_unless_zero(&conn->obj)))
		conn = NULL;
	rcu_read_unlock();
	return conn;
}

/*
 * The connection of a parked socket whose lock is held, by its owner or as a
 * spinlock: as long as it is parked there is a reference.
 */
static struct chimney_conn *parked_conn(const struct sock *sk)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	struct chimney_conn *conn;

	if (icsk->icsk_ulp_ops != &ulp_ops)
		return NULL;
	conn = rcu_dereference_protected(icsk->icsk_ulp_data,
					 lockdep_sock_is_held(sk));
	return conn && conn->parked.active ? conn : NULL;
}

/*
 * Ends the offload of a socket and waits for it. False: there is none, or it does not
 * come home in time. The caller goes on all the same then: what it does takes effect
 * when the socket is unparked.
 */
static bool end_offload(struct sock *sk, enum chimney_reason reason)
{
	struct chimney_conn *conn = conn_get(sk);
	int err;

	if (!conn)
		return false;
	err = chimney_terminate_wait(conn, reason);
	chimney_object_put(&conn->obj);
	return !err;
}

/* Somebody may offload it anew before its application has its turn. */
static void come_home(struct sock *sk, enum chimney_reason reason)
{
	int tries = HOME_TRIES;

	while (tries-- && end_offload(sk, reason))
		;
}

/* The same for callers that hold the socket's lock. */
static void come_home_locked(struct sock *sk, enum chimney_reason reason)
{
	int tries = HOME_TRIES;
	bool home = true;

	while (home && tries-- && chimney_override_claimed(sk)) {
		release_sock(sk);
		home = end_offload(sk, reason);
		lock_sock(sk);
	}
}

static void parked_close(struct sock *sk, long timeout)
{
	enter();
	come_home(sk, CHIMNEY_REASON_CLOSING);
	tcp_prot.close(sk, timeout);
	leave();
}

static void parked_shutdown(struct sock *sk, int how)
{
	enter();
	come_home_locked(sk, CHIMNEY_REASON_CLOSING);
	tcp_prot.shutdown(sk, how);
	leave();
}

static int parked_disconnect(struct sock *sk, int flags)
{
	int err;

	enter();
	come_home_locked(sk, CHIMNEY_REASON_CLOSING);
	err = tcp_prot.disconnect(sk, flags);
	leave();
	return err;
}

/* Options that only the host looks at, or that concern other states. */
static bool harmless(int level, int optname)
{
	if (level != SOL_TCP)
		return false;
	switch (optname) {
	case TCP_NODELAY:
	case TCP_CORK:
	case TCP_QUICKACK:
	case TCP_NOTSENT_LOWAT:
	case TCP_INQ:
	case TCP_LINGER2:
	case TCP_SYNCNT:
	case TCP_DEFER_ACCEPT:
	case TCP_SAVE_SYN:
	case TCP_FASTOPEN:
	case TCP_FASTOPEN_KEY:
	case TCP_MAXSEG:
		return true;
	default:
		return false;
	}
}

static int parked_setsockopt(struct sock *sk, int level, int optname,
			     sockptr_t optval, unsigned int optlen)
{
	int err;

	enter();
	if (!harmless(level, optname))
		come_home(sk, CHIMNEY_REASON_SOCKET_OPTION);
	err = tcp_prot.setsockopt(sk, level, optname, optval, optlen);
	leave();
	return err;
}

/*
 * SO_KEEPALIVE, with the socket locked. The timer is the target's for now;
 * that the flag changed is noticed when the lock is released.
 */
static void parked_keepalive(struct sock *sk, int on)
{
	if (!parked_conn(sk))
		tcp_prot.keepalive(sk, on);
}

/*
 * ss -K. A BPF program that calls it holds the lock and may not sleep; what
 * becomes of the socket is noticed when the lock is released.
 */
static int parked_diag_destroy(struct sock *sk, int err)
{
	if (has_current_bpf_ctx())
		return tcp_prot.diag_destroy(sk, err);

	enter();
	come_home(sk, CHIMNEY_REASON_SOCKET_DESTROYED);
	err = tcp_prot.diag_destroy(sk, err);
	leave();
	return err;
}

/* What the target says of a parked socket's connection, when it is asked; or NULL. */
static struct chimney_tcp_state *ask_target(struct sock *sk)
{
	struct chimney_conn *conn = conn_get(sk);
	struct chimney_tcp_state *st;

	if (!conn)
		return NULL;
	st = kmalloc(sizeof(*st), GFP_KERNEL_ACCOUNT);
	if (st && chimney_update_query(conn, st)) {
		kfree(st);
		st = NULL;
	}
	if (st) {
		lock_sock(sk);
		if (parked_conn(sk) == conn)
			chimney_tcp_show(sk, st);
		release_sock(sk);
	}
	chimney_object_put(&conn->obj);
	return st;
}

/* The windows of a parked socket are no windows, and it has nothing in flight. */
static int complete_info(const struct chimney_tcp_state *st, char __user *optval,
			 int __user *optlen)
{
	struct tcp_info info = {};
	int len;

	if (get_user(len, optlen))
		return -EFAULT;
	len = min_t(int, len, sizeof(info));
	if (copy_from_user(&info, optval, len))
		return -EFAULT;
	tcp_info_set_windows(&info, st->snd_wnd, st->rcv_wnd);
	info.tcpi_unacked = DIV_ROUND_UP(st->snd_nxt - st->snd_una,
					 max(st->mss_cache, 1U));
	return copy_to_user(optval, &info, len) ? -EFAULT : 0;
}

/* Ours is not the application's to see, which has set none. */
static int no_ulp(int __user *optlen)
{
	int len;

	if (get_user(len, optlen))
		return -EFAULT;
	return len < 0 ? -EINVAL : put_user(0, optlen);
}

static int answer_getsockopt(struct sock *sk, int level, int optname,
			     char __user *optval, int __user *optlen)
{
	struct chimney_tcp_state *st = NULL;
	int err;

	if (level == SOL_TCP && optname == TCP_ULP &&
	    chimney_override_claimed(sk))
		return no_ulp(optlen);
	if (level == SOL_TCP && optname == TCP_INFO)
		st = ask_target(sk);
	err = tcp_prot.getsockopt(sk, level, optname, optval, optlen);
	if (!err && st)
		err = complete_info(st, optval, optlen);
	kfree(st);
	return err;
}

static int parked_getsockopt(struct sock *sk, int level, int optname,
			     char __user *optval, int __user *optlen)
{
	int err;

	enter();
	err = answer_getsockopt(sk, level, optname, optval, optlen);
	leave();
	return err;
}

/* What the peer lacks: snd_una of a parked socket is where an skb begins. */
static int parked_ioctl(struct sock *sk, int cmd, sk_ioctl_arg arg)
{
	const struct chimney_conn *conn;
	int err, unacked = 0;

	enter();
	if (cmd == SIOCOUTQ) {
		lock_sock(sk);
		conn = parked_conn(sk);
		if (conn)
			unacked = tcp_sk(sk)->write_seq -
				  READ_ONCE(conn->snd_una);
		release_sock(sk);
	}
	err = unacked > 0 ? sk_ioctl_answer(arg, unacked) :
			    tcp_prot.ioctl(sk, cmd, arg);
	leave();
	return err;
}

static int parked_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	struct chimney_conn *conn;
	int ret;

	enter();
	lock_sock(sk);
	ret = tcp_sendmsg_locked(sk, msg, size);
	conn = parked_conn(sk);
	if (conn && ret > 0)
		chimney_pump_send(conn);
	release_sock(sk);
	leave();
	return ret;
}

/* The doorbell. With the socket's spinlock, softirqs off. */
static void parked_release_cb(struct sock *sk)
{
	struct chimney_conn *conn;

	tcp_prot.release_cb(sk);
	conn = parked_conn(sk);
	if (conn)
		chimney_pump_doorbell(conn);
}

/*
 * A segment got past the forwarder, or lay in the backlog before it was there.
 * The socket must not see it: its window, and what it expects, are not true.
 */
static int parked_backlog_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct chimney_conn *conn = parked_conn(sk);

	if (conn)
		chimney_forward_stray(conn, skb);
	else
		kfree_skb(skb);
	return 0;
}

/* What a parked socket sends nobody may see: its sequence numbers are stale. */
static int parked_queue_xmit(struct sock *sk, struct sk_buff *skb,
			     struct flowi *fl)
{
	kfree_skb(skb);
	return 0;
}

/*
 * The socket is being destroyed, parked or not: somebody closed it by a
 * function that was loaded before it was parked. The slot's reference on this
 * module is dropped by the caller.
 */
static void ulp_release(struct sock *sk)
{
	struct chimney_conn *conn = conn_get(sk);

	rcu_assign_pointer(inet_csk(sk)->icsk_ulp_data, NULL);
	if (!conn)
		return;
	conn->parked.claimed = false;
	chimney_terminate(&conn->obj, CHIMNEY_REASON_CLOSING, false);
	chimney_object_put(&conn->obj);
}

/* ss has just been shown what the socket knows; it knows more when it looks again. */
static int ulp_get_info(struct sock *sk, struct sk_buff *skb)
{
	struct chimney_conn *conn = conn_get(sk);

	if (conn) {
		chimney_update_look(conn);
		chimney_object_put(&conn->obj);
	}
	return 0;
}

/*
 * Not registered: it is not to be had by setsockopt. Without @clone the stack
 * refuses to listen on such a socket; while it is there nobody else (kTLS,
 * sockmap) builds upon the overridden operations.
 */
static struct tcp_ulp_ops ulp_ops = {
	.name		= "chimney",
	.owner		= THIS_MODULE,
	.release	= ulp_release,
	.get_info	= ulp_get_info,
};

bool chimney_override_claimed(const struct sock *sk)
{
	return READ_ONCE(inet_csk(sk)->icsk_ulp_ops) == &ulp_ops;
}

/* Do they lead to IPv4 in every way that a connection uses? */
static bool looks_mapped(const struct inet_connection_sock_af_ops *ops)
{
	const struct inet_connection_sock_af_ops *v4 = kind_v4.native;

	return ops->queue_xmit == ip_queue_xmit &&
	       ops->send_check == v4->send_check &&
	       ops->rebuild_header == v4->rebuild_header &&
	       ops->sk_rx_dst_set == v4->sk_rx_dst_set &&
	       ops->mtu_reduced == v4->mtu_reduced &&
	       ops->net_header_len == v4->net_header_len;
}

/*
 * What applications call. A socket that Multipath TCP has accepted has its operations
 * until it is found to be plain TCP, by its protocol, which is to be the native one.
 */
static bool plain_ops(const struct sock *sk)
{
	const struct chimney_kind *kind =
		sk->sk_family == AF_INET6 ? &kind_v6 : &kind_v4;

	return sk->sk_socket && READ_ONCE(sk->sk_socket->ops) == kind->ops;
}

static bool is_mapped(const struct inet_connection_sock_af_ops *ops)
{
	bool same;

	if (!looks_mapped(ops))
		return false;
	spin_lock_bh(&mapped_lock);
	if (!kind_mapped.native) {
		kind_mapped.af_ops = *ops;
		kind_mapped.af_ops.queue_xmit = parked_queue_xmit;
		kind_mapped.native = ops;
	}
	same = ops == kind_mapped.native;
	spin_unlock_bh(&mapped_lock);
	return same;
}

/* Which kind a socket is of; NULL: somebody has a hand in its operations. */
static const struct chimney_kind *kind_of(const struct sock *sk)
{
	const struct inet_connection_sock_af_ops *ops =
		inet_csk(sk)->icsk_af_ops;
	const struct chimney_kind *kind = &kind_v4;

	if (sk->sk_family == AF_INET6)
		kind = ops == kind_v6.native ? &kind_v6 :
		       is_mapped(ops) ? &kind_mapped : NULL;
	if (!kind || !kind->prot->close || ops != kind->native ||
	    sk->sk_prot != kind->native_prot || !plain_ops(sk))
		return NULL;
	/* Segments of IPv4 are IPv4's, whatever the socket's own family. */
	if (sk->sk_backlog_rcv != (kind == &kind_v6 ? tcpv6_prot.backlog_rcv :
						      tcp_prot.backlog_rcv))
		return NULL;
	return kind;
}

bool chimney_override_plain(const struct sock *sk)
{
	return kind_of(sk);
}

bool chimney_override_plain_callbacks(const struct sock *sk)
{
	return sk->sk_data_ready == native_data_ready &&
	       sk->sk_write_space == native_write_space &&
	       sk->sk_state_change == native_state_change &&
	       sk->sk_error_report == native_error_report;
}

/*
 * sockmap takes a socket without its lock, but looks for a ULP under this one, and
 * leaves its mark in sk_user_data. The protocol's operations change with the slot, so
 * that an application does not see it taken.
 */
int chimney_override_claim(struct chimney_conn *conn)
{
	struct sock *sk = conn->sk;
	struct inet_connection_sock *icsk = inet_csk(sk);
	const struct chimney_kind *kind;
	int err = -EBUSY;

	sock_owned_by_me(sk);
	write_lock_bh(&sk->sk_callback_lock);
	kind = kind_of(sk);
	if (kind && !sk->sk_user_data && !icsk->icsk_ulp_ops) {
		__module_get(THIS_MODULE);
		conn->parked.kind = kind;
		WRITE_ONCE(sk->sk_prot, kind->prot);
		rcu_assign_pointer(icsk->icsk_ulp_data, conn);
		smp_wmb();	/* pairs with conn_get() */
		WRITE_ONCE(icsk->icsk_ulp_ops, &ulp_ops);
		conn->parked.claimed = true;
		err = 0;
	}
	write_unlock_bh(&sk->sk_callback_lock);
	return err;
}

void chimney_override_unclaim(struct chimney_conn *conn)
{
	struct sock *sk = conn->sk;
	struct inet_connection_sock *icsk = inet_csk(sk);
	const struct chimney_kind *kind = conn->parked.kind;

	sock_owned_by_me(sk);
	if (!kind)
		return;
	write_lock_bh(&sk->sk_callback_lock);
	if (conn->parked.claimed) {
		WRITE_ONCE(icsk->icsk_ulp_ops, NULL);
		smp_wmb();	/* pairs with conn_get() */
		rcu_assign_pointer(icsk->icsk_ulp_data, NULL);
	}
	WARN_ON_ONCE(sk->sk_prot != kind->prot);
	WRITE_ONCE(sk->sk_prot, kind->native_prot);
	write_unlock_bh(&sk->sk_callback_lock);
	conn->parked.kind = NULL;
	if (conn->parked.claimed)
		module_put(THIS_MODULE);
	conn->parked.claimed = false;
}

void chimney_override_park(struct chimney_conn *conn)
{
	struct sock *sk = conn->sk;
	struct inet_connection_sock *icsk = inet_csk(sk);

	sock_owned_by_me(sk);
	conn->parked.backlog_rcv = sk->sk_backlog_rcv;
	sk->sk_backlog_rcv = parked_backlog_rcv;
	icsk->icsk_af_ops = &conn->parked.kind->af_ops;
}

void chimney_override_unpark(struct chimney_conn *conn)
{
	struct sock *sk = conn->sk;

	sock_owned_by_me(sk);
	sk->sk_backlog_rcv = conn->parked.backlog_rcv;
	inet_csk(sk)->icsk_af_ops = conn->parked.kind->native;
}

static void __init override(struct proto *p, const struct proto *native)
{
	*p = *native;
	p->close = parked_close;
	p->shutdown = parked_shutdown;
	p->ioctl = parked_ioctl;
	p->sendmsg = parked_sendmsg;
	p->disconnect = parked_disconnect;
	p->setsockopt = parked_setsockopt;
	p->getsockopt = parked_getsockopt;
	p->keepalive = parked_keepalive;
	p->release_cb = parked_release_cb;
	p->diag_destroy = parked_diag_destroy;
#ifdef CONFIG_BPF_SYSCALL
	p->psock_update_sk_prot = NULL;
#endif
}

/* The overrides go on with tcp_prot's: is that right for this one? */
static bool __init same_as_tcp(const struct proto *p)
{
	return p->close == tcp_prot.close && p->shutdown == tcp_prot.shutdown &&
	       p->disconnect == tcp_prot.disconnect &&
	       p->setsockopt == tcp_prot.setsockopt &&
	       p->getsockopt == tcp_prot.getsockopt &&
	       p->ioctl == tcp_prot.ioctl &&
	       p->sendmsg == tcp_prot.sendmsg &&
	       p->keepalive == tcp_prot.keepalive &&
	       p->release_cb == tcp_prot.release_cb &&
	       p->diag_destroy == tcp_prot.diag_destroy;
}

/* A socket like any other shows what cannot be named. */
static int __init learn(struct chimney_kind *kind, int family)
{
	struct socket *sock;
	int err;

	err = sock_create_kern(&init_net, family, SOCK_STREAM, IPPROTO_TCP,
			       &sock);
	if (err)
		return err;
	kind->native = inet_csk(sock->sk)->icsk_af_ops;
	kind->ops = sock->ops;
	kind->af_ops = *kind->native;
	kind->af_ops.queue_xmit = parked_queue_xmit;
	native_data_ready = sock->sk->sk_data_ready;
	native_write_space = sock->sk->sk_write_space;
	native_state_change = sock->sk->sk_state_change;
	native_error_report = sock->sk->sk_error_report;
	sock_release(sock);
	override(kind->prot, kind->native_prot);
	return 0;
}

int __init chimney_override_init(void)
{
	int err = learn(&kind_v4, AF_INET);

	if (err || !same_as_tcp(&tcpv6_prot))
		return err;
	/* It may have been switched off when the machine was started. */
	err = learn(&kind_v6, AF_INET6);
	return err == -EAFNOSUPPORT ? 0 : err;
}

/*
 * Somebody may have loaded one of our functions from a socket that was parked
 * then. After the first grace period he is through, or sleeps and is counted;
 * after the second nobody executes the last instructions either.
 */
void chimney_override_exit(void)
{
	synchronize_rcu_tasks();
	wait_var_event(&inside, !atomic_read(&inside));
	synchronize_rcu_tasks();
	synchronize_rcu();
}
