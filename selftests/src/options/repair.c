// SPDX-License-Identifier: GPL-2.0
/*
 * A checkpoint, as CRIU makes it: the socket is put into repair mode, which brings the
 * connection home, its state and its queues are read and compared with the peer's, it
 * is closed without a word, and a new socket is made of what was read. The streams go
 * on, and the new socket can be offloaded.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "../common/repair.h"
#include "options.h"

#define UNREAD		3000
#define WRITTEN		400000

/* The same of an ordinary socket, which only lends its numbers */
static bool read_seq(struct conn *c, int side, int queue, uint32_t *seq)
{
	if (!set_int(c, side, IPPROTO_TCP, TCP_REPAIR_QUEUE, queue))
		return false;
	*seq = get_int(c, side, IPPROTO_TCP, TCP_QUEUE_SEQ);
	return true;
}

static bool dump(struct conn *c, struct repair *r)
{
	int err = repair_dump(c->fd[LEFT], r);

	if (err)
		return wrong("%s: dumping: %s: %s", c->name, r->failed, strerror(-err));
	return c != &moved || nic_came_home(c, "socket-option");
}

/* ---- is it true? --------------------------------------------------------- */

static bool queue_is(struct conn *c, const struct repair *d, int queue, int side,
		     uint64_t from)
{
	int i;

	for (i = 0; i < d->n[queue]; i++)
		if (d->octets[queue][i] != conn_octet(c, side, from + i))
			return wrong("%s: octet %d of queue %d is wrong", c->name, i,
				     queue);
	return true;
}

/* The peer's sequence numbers are those of an ordinary socket. */
static bool fits_peer(struct conn *c, const struct repair *d)
{
	uint32_t expects, sent;

	if (!set_int(c, RIGHT, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_ON) ||
	    !read_seq(c, RIGHT, TCP_RECV_QUEUE, &expects) ||
	    !read_seq(c, RIGHT, TCP_SEND_QUEUE, &sent) ||
	    !set_int(c, RIGHT, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP))
		return false;
	if (d->seq[TCP_SEND_QUEUE] - d->n[TCP_SEND_QUEUE] != expects)
		return wrong("%s: its first unacknowledged octet is %u, the peer expects %u",
			     c->name,
			     d->seq[TCP_SEND_QUEUE] - d->n[TCP_SEND_QUEUE],
			     expects);
	return d->seq[TCP_RECV_QUEUE] == sent ||
	       wrong("%s: it expects octet %u, the peer sends %u", c->name,
		     d->seq[TCP_RECV_QUEUE], sent);
}

static bool is_true(struct conn *c, const struct repair *d)
{
	struct info peer;

	if (!info_get(c, RIGHT, &peer))
		return false;
	if (d->n[TCP_RECV_QUEUE] != UNREAD || d->unsent <= 0)
		return wrong("%s: %d octets unread, %d unsent", c->name,
			     d->n[TCP_RECV_QUEUE], d->unsent);
	if (d->window.rcv_wnd < peer.tcp.tcpi_snd_wnd ||
	    d->window.snd_wnd > d->window.max_window)
		return wrong("%s: windows of %u and %u cannot be", c->name,
			     d->window.rcv_wnd, d->window.snd_wnd);
	return queue_is(c, d, TCP_RECV_QUEUE, RIGHT, c->got[RIGHT]) &&
	       queue_is(c, d, TCP_SEND_QUEUE, LEFT,
			c->sent[LEFT] - d->n[TCP_SEND_QUEUE]) &&
	       fits_peer(c, d);
}

/* ---- restoring ----------------------------------------------------------- */

static bool restore(struct conn *c, struct repair *r)
{
	int err;

	close(c->fd[LEFT]);
	c->id = 0;
	if (!place_enter(LEFT))
		return false;
	err = repair_restore(r, &c->fd[LEFT]);
	return !err || wrong("%s: restoring: %s: %s", c->name, r->failed,
			     strerror(-err));
}

/* ---- all of it ----------------------------------------------------------- */

/* Octets wait to be read at the left end; at the right end, more than have room. */
static bool fill_queues(struct conn *c)
{
	uint64_t end = patience();
	int before = -1, now, still = 0;

	if (!conn_send(c, RIGHT, UNREAD) || !conn_waits(c, RIGHT, UNREAD))
		return false;
	while (c->sent[LEFT] < WRITTEN && still < 20) {
		now = conn_push(c, LEFT, WRITTEN - c->sent[LEFT]) ? -1 :
		      number(c->fd[RIGHT], SIOCINQ);
		still = now >= 0 && now == before ? still + 1 : 0;
		before = now;
		if (!nap_until(end))
			return wrong("%s: it never stalls", c->name);
	}
	return true;
}

/* What is in flight has arrived, and as a rule its acknowledgment too. */
static bool is_at_rest(struct conn *c)
{
	uint64_t end = patience(), acked = in_ms(1000);

	while (number(c->fd[LEFT], SIOCOUTQNSD) !=
	       (int)c->sent[LEFT] - number(c->fd[RIGHT], SIOCINQ)) {
		if (!nap_until(end))
			return wrong("%s: something stays in flight", c->name);
	}
	while (number(c->fd[LEFT], SIOCOUTQ) != number(c->fd[LEFT], SIOCOUTQNSD) &&
	       nap_until(acked))
		;
	return true;
}

static bool goes_on(struct conn *c)
{
	return conn_take_all(c, LEFT) && conn_take_all(c, RIGHT) && conn_pass(c);
}

static bool checkpoint(struct conn *c)
{
	struct repair d = { 0 };
	bool ok;

	if (!fill_queues(c) || !is_at_rest(c))
		return false;
	if (c == &moved && !nic_has(c))
		return false;
	ok = dump(c, &d) && is_true(c, &d) && restore(c, &d) && goes_on(c);
	repair_free(&d);
	return ok;
}

bool repair(void)
{
	bool ok = pair_open() && checkpoint(&twin) && nic_offload(&moved, NULL) &&
		  checkpoint(&moved) && nic_offload(&moved, NULL) &&
		  conn_pass(&moved) && nic_has(&moved) && nic_terminate(&moved) &&
		  conn_pass(&moved);

	pair_close();
	return ok;
}
