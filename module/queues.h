/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP's queues of a host socket: taken apart when it is parked, put together
 * again when it comes home.
 *
 * While a socket is parked everything that the peer has not acknowledged lies
 * in its write queue, in order, sent or not.
 */
#ifndef _CHIMNEY_QUEUES_H
#define _CHIMNEY_QUEUES_H

#include <linux/types.h>

struct sk_buff;
struct sk_buff_head;
struct sock;

/* All with the socket locked. */

/*
 * Copies by reference what was sent and not acknowledged, from snd_una, with
 * struct chimney_seg. 0 or -ENOMEM; the socket does not change.
 */
int chimney_queues_copy_sent(struct sock *sk, struct sk_buff_head *sent);
/*
 * Trims overlaps among what was received out of order, and drops what others
 * cover. 0 or -ENOMEM; either way the socket may go on as it is.
 */
int chimney_queues_trim_ooo(struct sock *sk);
/* Takes from the socket, or gives back, what was received out of order. */
void chimney_queues_take_ooo(struct sock *sk, struct sk_buff_head *ooo);
void chimney_queues_give_ooo(struct sock *sk, struct sk_buff_head *ooo);

/* What was sent goes to the front of the write queue. */
void chimney_queues_unsend(struct sock *sk);
/*
 * What lies before @snd_nxt goes back from the write queue to the
 * retransmission queue, and snd_nxt is set. Needs no memory, but uses it.
 */
void chimney_queues_resend(struct sock *sk, u32 snd_nxt);

/*
 * The socket owns a received skb from now on, whatever its limits: what was
 * acknowledged must not be dropped.
 */
void chimney_queues_own(struct sock *sk, struct sk_buff *skb);

#endif /* _CHIMNEY_QUEUES_H */
