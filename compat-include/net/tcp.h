/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP internals that came or moved between the supported kernels. What a
 * kernel lacks reads as if it were off.
 */
#ifndef _CHIMNEY_COMPAT_NET_TCP_H
#define _CHIMNEY_COMPAT_NET_TCP_H

#include <linux/version.h>
#include_next <net/tcp.h>

/* Older kernels use one timer of the socket's for keepalive and more. */
static inline struct timer_list *tcp_sock_keepalive_timer(struct sock *sk)
{
#ifdef HAVE_ICSK_KEEPALIVE_TIMER
	return &inet_csk(sk)->icsk_keepalive_timer;
#else
	return &sk->sk_timer;
#endif
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)

/* No microsecond timestamps, and no measured ratio of payload to buffer yet. */
static inline bool tcp_sock_usec_ts(const struct tcp_sock *tp)
{
	return false;
}

static inline void tcp_sock_set_usec_ts(struct tcp_sock *tp, bool on)
{
}

static inline u8 tcp_sock_scaling_ratio(const struct tcp_sock *tp)
{
	return 0;
}

static inline void tcp_sock_set_scaling_ratio(struct tcp_sock *tp, u8 ratio)
{
}

/* Ticks of the timestamp option in a second */
static inline u32 tcp_sock_ts_hz(const struct tcp_sock *tp)
{
	return TCP_TS_HZ;
}

static inline u32 tcp_time_stamp_ts(const struct tcp_sock *tp)
{
	return tcp_time_stamp(tp);
}

#else

static inline bool tcp_sock_usec_ts(const struct tcp_sock *tp)
{
	return tp->tcp_usec_ts;
}

static inline void tcp_sock_set_usec_ts(struct tcp_sock *tp, bool on)
{
	tp->tcp_usec_ts = on;
}

static inline u8 tcp_sock_scaling_ratio(const struct tcp_sock *tp)
{
	return tp->scaling_ratio;
}

static inline void tcp_sock_set_scaling_ratio(struct tcp_sock *tp, u8 ratio)
{
	tp->scaling_ratio = ratio;
}

static inline u32 tcp_sock_ts_hz(const struct tcp_sock *tp)
{
	return tp->tcp_usec_ts ? USEC_PER_SEC : MSEC_PER_SEC;
}

#endif

/* The window that is announced is told from 6.2 on. */
static inline void tcp_info_set_windows(struct tcp_info *info, u32 snd, u32 rcv)
{
	info->tcpi_snd_wnd = snd;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	info->tcpi_rcv_wnd = rcv;
#endif
}

/* An ACK, now */
static inline void tcp_sock_send_ack(struct sock *sk)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
	__tcp_send_ack(sk, tcp_sk(sk)->rcv_nxt);
#else
	__tcp_send_ack(sk, tcp_sk(sk)->rcv_nxt, 0);
#endif
}

#endif /* _CHIMNEY_COMPAT_NET_TCP_H */
