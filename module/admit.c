// SPDX-License-Identifier: GPL-2.0
/*
 * May this socket be offloaded, and if not, why not.
 *
 * Whatever a target does not know of, or the hand-over does not carry, stands
 * against it: better a connection that stays in the host than one that changes
 * its behaviour. The sentences are for administrators; each names what stands
 * against the offload, and the remedy where there is one.
 */

#include "admit.h"

#include <linux/bpf-cgroup.h>
#include <linux/net_tstamp.h>
#include <net/mptcp.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include <net/xfrm.h>
#include "addr.h"
#include "conn.h"
#include "conntrack.h"
#include "override.h"
#include "tcpstate.h"

static const char *check_life(const struct sock *sk)
{
	const struct socket *sock = sk->sk_socket;

	if (sk->sk_state != TCP_ESTABLISHED)
		return "the connection is not in state ESTABLISHED";
	if (sock_flag(sk, SOCK_DEAD) || sk->sk_shutdown)
		return "the connection is being closed";
	if (!sock)
		return "no application has accepted the connection yet";
	if (sk->sk_kern_sock || !sock->file)
		return "the socket belongs to the kernel, not to an application";
	if (sk->sk_err)
		return "an error is pending on the socket";
	return NULL;
}

/* Somebody else has a hand in it. */
static const char *check_ownership(const struct sock *sk)
{
	if (sk_is_mptcp(sk))
		return "it is a subflow of Multipath TCP";
#if IS_ENABLED(CONFIG_SMC)
	if (tcp_sk(sk)->syn_smc)
		return "it was set up for SMC";
#endif
	if (inet_csk(sk)->icsk_ulp_ops)
		return "an upper layer protocol (such as kTLS) is attached to the socket";
	if (READ_ONCE(sk->sk_user_data))
		return "a kernel service or a BPF sockmap uses the socket";
	if (!chimney_override_plain(sk))
		return "the socket is not plain TCP";
	if (!chimney_override_plain_callbacks(sk))
		return "a kernel service has replaced the socket's callbacks";
	if (sock_flag(sk, SOCK_MEMALLOC))
		return "the kernel swaps over the socket";
	return NULL;
}

static const char *check_filters(struct sock *sk)
{
	if (rcu_access_pointer(sk->sk_filter))
		return "a socket filter is attached; detach it (SO_DETACH_FILTER)";
#ifdef CONFIG_BPF
	if (tcp_sk(sk)->bpf_sock_ops_cb_flags)
		return "a BPF program watches the socket";
#endif
#ifdef CONFIG_CGROUP_BPF
	if (cgroup_bpf_enabled(CGROUP_INET_INGRESS) &&
	    cgroup_bpf_sock_enabled(sk, CGROUP_INET_INGRESS))
		return "its cgroup filters what it receives by BPF (IPAddressDeny=, IPAccounting=)";
	if (cgroup_bpf_enabled(CGROUP_INET_EGRESS) &&
	    cgroup_bpf_sock_enabled(sk, CGROUP_INET_EGRESS))
		return "its cgroup filters what it sends by BPF (IPAddressDeny=, IPAccounting=)";
#endif
#ifdef CONFIG_XFRM
	if (rcu_access_pointer(sk->sk_policy[XFRM_POLICY_IN]) ||
	    rcu_access_pointer(sk->sk_policy[XFRM_POLICY_OUT]))
		return "an IPsec policy is attached to the socket";
	if (sock_net(sk)->xfrm.policy_count[XFRM_POLICY_IN])
		return "IPsec policies apply to what comes in";
#endif
	return NULL;
}

/* Options that change segments in a way that is not carried over: of layer 3, */
static const char *check_ipv4_options(const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);

	if (rcu_access_pointer(inet->inet_opt))
		return "IP options are set (IP_OPTIONS)";
	if (READ_ONCE(inet->min_ttl))
		return "a least TTL is set (IP_MINTTL)";
	if (inet->pmtudisc != IP_PMTUDISC_WANT &&
	    inet->pmtudisc != IP_PMTUDISC_DO)
		return "path MTU discovery is off or unusual (IP_MTU_DISCOVER, net.ipv4.ip_no_pmtu_disc)";
	return NULL;
}

static const char *check_ipv6_options(const struct sock *sk)
{
	const struct ipv6_devconf *all = sock_net(sk)->ipv6.devconf_all;
	const struct ipv6_pinfo *np = inet6_sk(sk);

	/* Packets for other addresses of the host would get past forward.c. */
	if (READ_ONCE(all->seg6_enabled) || READ_ONCE(all->rpl_seg_enabled))
		return "segment routing is on (net.ipv6.conf.all.seg6_enabled, rpl_seg_enabled)";
	if (rcu_access_pointer(np->opt))
		return "IPv6 options are set (IPV6_HOPOPTS, IPV6_DSTOPTS, IPV6_RTHDR)";
	if (np->rxopt.all)
		return "IPv6 packet information is asked for (IPV6_RECVPKTINFO and the like)";
	if (!np->hop_limit)
		return "its hop limit is 0 (IPV6_UNICAST_HOPS)";
	if (READ_ONCE(np->min_hopcount))
		return "a least hop limit is set (IPV6_MINHOPCOUNT)";
	if (np->pmtudisc != IPV6_PMTUDISC_WANT &&
	    np->pmtudisc != IPV6_PMTUDISC_DO)
		return "path MTU discovery is off or unusual (IPV6_MTU_DISCOVER)";
	return NULL;
}

/* and of all others. */
static const char *check_options(struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	const char *why;

	why = chimney_addr_sock_v4(sk) ? check_ipv4_options(sk) :
					 check_ipv6_options(sk);
	if (why)
		return why;

#ifdef CONFIG_TCP_MD5SIG
	if (rcu_access_pointer(tp->md5sig_info))
		return "segments are signed with MD5 (TCP_MD5SIG)";
#endif
#ifdef CONFIG_TCP_AO
	if (rcu_access_pointer(tp->ao_info))
		return "segments are authenticated (TCP_AO)";
#endif
	if (READ_ONCE(sk->sk_tsflags) & SOF_TIMESTAMPING_TX_RECORD_MASK ||
	    sock_flag(sk, SOCK_TXTIME))
		return "transmit time stamps are asked for (SO_TIMESTAMPING, SO_TXTIME)";
	if (sock_flag(sk, SOCK_RCVTSTAMP) || READ_ONCE(sk->sk_tsflags))
		return "receive time stamps are asked for (SO_TIMESTAMP, SO_TIMESTAMPING)";
	if (sock_flag(sk, SOCK_LOCALROUTE))
		return "routing is switched off (SO_DONTROUTE)";
	if (READ_ONCE(tp->tcp_tx_delay))
		return "a transmit delay is set (TCP_TX_DELAY)";
	if (tp->repair)
		return "the socket is in repair mode (TCP_REPAIR)";
	if (rcu_access_pointer(tp->fastopen_rsk) || tp->fastopen_req)
		return "TCP fast open is not complete yet; try again";
	if (!chimney_tcp_ca_travels(inet_csk(sk)->icsk_ca_ops))
		return "its congestion control cannot be handed over; choose another (TCP_CONGESTION)";
	return NULL;
}

static const char *check_sending(const struct sock *sk)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	const struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb;

	/* Probes of a window that is shut back off too: that is no loss. */
	if (icsk->icsk_ca_state > TCP_CA_CWR || icsk->icsk_retransmits ||
	    (icsk->icsk_backoff && tp->packets_out))
		return "it is recovering from loss; try again";
	/* It counts from the first probe, which the target does not know. */
	if (icsk->icsk_backoff && icsk->icsk_user_timeout)
		return "the peer's window is shut, with TCP_USER_TIMEOUT running; try again";
	if (before(tp->snd_una, tp->snd_up))
		return "urgent data is on its way (MSG_OOB)";
	skb_rbtree_walk(skb, &((struct sock *)sk)->tcp_rtx_queue) {
		if (skb_zcopy(skb))
			return "zero-copy data is in flight (MSG_ZEROCOPY); try again";
	}
	skb_queue_walk(&sk->sk_write_queue, skb) {
		if (skb_zcopy(skb))
			return "zero-copy data waits to be sent (MSG_ZEROCOPY); try again";
	}
	return NULL;
}

static const char *check_receiving(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct sk_buff *skb;

	if (tp->urg_data)
		return "urgent data was received (MSG_OOB)";
	skb_rbtree_walk(skb, &tp->out_of_order_queue) {
		if (TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN)
			return "the peer is closing the connection";
	}
	return NULL;
}

const char *chimney_admit_again(struct sock *sk)
{
	const char *why;

	sock_owned_by_me(sk);
	why = check_life(sk);
	if (!why)
		why = check_ownership(sk);
	if (!why)
		why = check_filters(sk);
	if (!why)
		why = check_options(sk);
	if (!why)
		why = check_sending(sk);
	if (!why)
		why = check_receiving(sk);
	return why;
}

const char *chimney_admit(struct sock *sk)
{
	struct chimney_key key;

	sock_owned_by_me(sk);
	if (chimney_override_claimed(sk))
		return "it is offloaded already";
	chimney_admit_key(sk, &key);
	if (sk->sk_state == TCP_ESTABLISHED && chimney_conntrack_nat(&key))
		return "its addresses are translated (NAT)";
	return chimney_admit_again(sk);
}
