// SPDX-License-Identifier: GPL-2.0
/* A peer that is not there; see traffic.h. */

#include "traffic.h"

#include <linux/gfp.h>
#include <linux/skbuff.h>

/* What a card that merges segments hands up at once */
#define CHUNK_ORDER	4
#define CHUNK		(PAGE_SIZE << CHUNK_ORDER)

/*
 * A peer whose NIC merges segments acknowledges so many octets together; or so many
 * writes, since the host has memory for each until then.
 */
#define ACK_OCTETS	16384
#define ACK_WRITES	16

/* The octets of all that is received */
static struct page *zeroes;

int traffic_init(void)
{
	zeroes = alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_ZERO, CHUNK_ORDER);
	return zeroes ? 0 : -ENOMEM;
}

/* What is not read yet holds references. */
void traffic_exit(void)
{
	__free_pages(zeroes, CHUNK_ORDER);
}

void traffic_begin(struct traffic *tr, struct chimney_target *t, u64 handle,
		   struct chimney_tcp_state *st)
{
	tr->t = t;
	tr->handle = handle;
	tr->st = st;
	spin_lock_init(&tr->lock);
	tr->owed = 0;
	tr->writes = 0;
}

static struct sk_buff *chunk(u32 seq, u32 len)
{
	struct sk_buff *skb = alloc_skb(0, GFP_ATOMIC);

	if (!skb)
		return NULL;
	get_page(zeroes);
	skb_add_rx_frag(skb, 0, zeroes, 0, len, len);
	chimney_seg(skb)->seq = seq;
	chimney_seg(skb)->end_seq = seq + len;
	return skb;
}

/* What finds no room, or no memory, is offered again when the application has read. */
static void deliver(struct traffic *tr)
{
	struct chimney_tcp_state *st = tr->st;
	struct sk_buff *skb;
	u32 len;

	lockdep_assert_held(&tr->lock);
	while (tr->owed) {
		len = min_t(u64, tr->owed, CHUNK);
		skb = chunk(st->rcv_nxt, len);
		if (!skb)
			return;
		if (chimney_received(tr->t, tr->handle, skb)) {
			kfree_skb(skb);
			return;
		}
		st->rcv_nxt += len;
		st->rcv_wup = st->rcv_nxt;
		st->snd_wl1 = st->rcv_nxt;
		st->bytes_received += len;
		tr->owed -= len;
	}
}

void traffic_feed(struct traffic *tr, u64 n)
{
	spin_lock_bh(&tr->lock);
	tr->owed += n;
	deliver(tr);
	spin_unlock_bh(&tr->lock);
}

void traffic_credit(struct traffic *tr)
{
	traffic_feed(tr, 0);
}

int traffic_send(struct traffic *tr, enum traffic_peer peer, u32 seq, unsigned int len)
{
	struct chimney_tcp_state *st = tr->st;

	if (peer == TRAFFIC_NONE)
		return 0;
	st->snd_nxt = seq + len;
	st->bytes_sent += len;
	tr->writes++;
	if (peer == TRAFFIC_ECHO || tr->writes >= ACK_WRITES ||
	    st->snd_nxt - st->snd_una >= ACK_OCTETS) {
		tr->writes = 0;
		st->bytes_acked += st->snd_nxt - st->snd_una;
		st->snd_una = st->snd_nxt;
		chimney_acked(tr->t, tr->handle, st->snd_una, st->snd_nxt);
	}
	if (peer == TRAFFIC_ECHO)
		traffic_feed(tr, len);
	return len;
}
