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

#include "options.h"

/* Of <netinet/tcp.h>, which does not go with <linux/tcp.h> */
enum { MAXSEG = 2, WINDOW = 3, SACK_PERM = 4, TIMESTAMP = 8 };

#define ROOM		(1 << 20)
#define UNREAD		3000
#define WRITTEN		400000

/**
 * struct dump - a socket at rest
 * @info: its state
 * @window: both windows
 * @seq: where each of its queues ends, by TCP_RECV_QUEUE and TCP_SEND_QUEUE
 * @octets: what is in them
 * @n: how many octets that are
 * @unsent: how many of the send queue's were not sent yet
 * @mss: the peer's
 * @stamp: the clock of its timestamps
 */
struct dump {
	struct info info;
	struct tcp_repair_window window;
	uint32_t seq[TCP_QUEUES_NR];
	uint8_t octets[TCP_QUEUES_NR][ROOM];
	int n[TCP_QUEUES_NR];
	int unsent;
	int mss;
	int stamp;
};

static bool tcp(struct conn *c, int side, int option, int value)
{
	return set_int(c, side, IPPROTO_TCP, option, value);
}

/* ---- dumping ------------------------------------------------------------- */

static bool read_seq(struct conn *c, int side, int queue, uint32_t *seq)
{
	if (!tcp(c, side, TCP_REPAIR_QUEUE, queue))
		return false;
	*seq = get_int(c, side, IPPROTO_TCP, TCP_QUEUE_SEQ);
	return true;
}

static bool read_queue(struct conn *c, int queue, struct dump *d)
{
	ssize_t n;

	if (!read_seq(c, LEFT, queue, &d->seq[queue]))
		return false;
	if (d->n[queue] > ROOM)
		return wrong("%s: %d octets wait", c->name, d->n[queue]);
	n = recv(c->fd[LEFT], d->octets[queue], ROOM, MSG_PEEK | MSG_DONTWAIT);
	return n == d->n[queue] || wrong("%s: queue %d has %zd octets, not %d",
					 c->name, queue, n, d->n[queue]);
}

static bool read_window(struct conn *c, struct dump *d)
{
	socklen_t len = sizeof(d->window);

	return !getsockopt(c->fd[LEFT], IPPROTO_TCP, TCP_REPAIR_WINDOW, &d->window,
			   &len) ||
	       wrong("%s: TCP_REPAIR_WINDOW: %s", c->name, strerror(errno));
}

static bool dump(struct conn *c, struct dump *d)
{
	if (!tcp(c, LEFT, TCP_REPAIR, 1) || !info_get(c, LEFT, &d->info))
		return false;
	if (c == &moved && !nic_came_home(c, "socket-option"))
		return false;
	d->n[TCP_RECV_QUEUE] = number(c->fd[LEFT], SIOCINQ);
	d->n[TCP_SEND_QUEUE] = number(c->fd[LEFT], SIOCOUTQ);
	d->unsent = number(c->fd[LEFT], SIOCOUTQNSD);
	d->mss = get_int(c, LEFT, IPPROTO_TCP, TCP_MAXSEG);
	d->stamp = get_int(c, LEFT, IPPROTO_TCP, TCP_TIMESTAMP);
	return read_window(c, d) && read_queue(c, TCP_RECV_QUEUE, d) &&
	       read_queue(c, TCP_SEND_QUEUE, d);
}

/* ---- is it true? --------------------------------------------------------- */

static bool queue_is(struct conn *c, const struct dump *d, int queue, int side,
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
static bool fits_peer(struct conn *c, const struct dump *d)
{
	uint32_t expects, sent;

	if (!tcp(c, RIGHT, TCP_REPAIR, TCP_REPAIR_ON) ||
	    !read_seq(c, RIGHT, TCP_RECV_QUEUE, &expects) ||
	    !read_seq(c, RIGHT, TCP_SEND_QUEUE, &sent) ||
	    !tcp(c, RIGHT, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP))
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

static bool is_true(struct conn *c, const struct dump *d)
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

static bool begins_at(struct conn *c, const struct dump *d, int queue)
{
	return tcp(c, LEFT, TCP_REPAIR_QUEUE, queue) &&
	       tcp(c, LEFT, TCP_QUEUE_SEQ, d->seq[queue] - d->n[queue]);
}

static bool connects(struct conn *c)
{
	const union end *own = &c->end[LEFT], *peer = &c->end[RIGHT];

	return (!bind(c->fd[LEFT], &own->sa, end_size(own)) &&
		!connect(c->fd[LEFT], &peer->sa, end_size(peer))) ||
	       wrong("%s: connecting in repair mode: %s", c->name, strerror(errno));
}

static bool has_options(struct conn *c, const struct dump *d)
{
	const struct tcp_info *i = &d->info.tcp;
	struct tcp_repair_opt all[4];
	int n = 0;

	all[n++] = (struct tcp_repair_opt){ MAXSEG, d->mss };
	if (i->tcpi_options & TCPI_OPT_SACK)
		all[n++] = (struct tcp_repair_opt){ SACK_PERM, 0 };
	if (i->tcpi_options & TCPI_OPT_WSCALE)
		all[n++] = (struct tcp_repair_opt){
			WINDOW, i->tcpi_snd_wscale | i->tcpi_rcv_wscale << 16
		};
	if (i->tcpi_options & TCPI_OPT_TIMESTAMPS)
		all[n++] = (struct tcp_repair_opt){ TIMESTAMP, 0 };
	return !setsockopt(c->fd[LEFT], IPPROTO_TCP, TCP_REPAIR_OPTIONS, all,
			   n * sizeof(all[0])) ||
	       wrong("%s: TCP_REPAIR_OPTIONS: %s", c->name, strerror(errno));
}

static bool gives(struct conn *c, const uint8_t *octets, size_t n)
{
	uint64_t end = patience();
	ssize_t done;

	while (n) {
		done = send(c->fd[LEFT], octets, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (done < 0 && (errno != EAGAIN || !nap_until(end)))
			return wrong("%s: restoring: %s", c->name, strerror(errno));
		if (done > 0) {
			octets += done;
			n -= done;
		}
	}
	return true;
}

static bool fills(struct conn *c, const struct dump *d, int queue, int n)
{
	return tcp(c, LEFT, TCP_REPAIR_QUEUE, queue) &&
	       gives(c, d->octets[queue], n);
}

static bool has_window(struct conn *c, const struct dump *d)
{
	return !setsockopt(c->fd[LEFT], IPPROTO_TCP, TCP_REPAIR_WINDOW, &d->window,
			   sizeof(d->window)) ||
	       wrong("%s: setting the windows: %s", c->name, strerror(errno));
}

static bool new_socket(struct conn *c)
{
	close(c->fd[LEFT]);
	c->id = 0;
	if (!place_enter(LEFT))
		return false;
	c->fd[LEFT] = socket(family, SOCK_STREAM, 0);
	return tcp(c, LEFT, TCP_REPAIR, TCP_REPAIR_ON) &&
	       set_int(c, LEFT, SOL_SOCKET, SO_SNDBUFFORCE, ROOM) &&
	       set_int(c, LEFT, SOL_SOCKET, SO_RCVBUFFORCE, ROOM);
}

static bool restore(struct conn *c, const struct dump *d)
{
	int sent = d->n[TCP_SEND_QUEUE] - d->unsent;

	return new_socket(c) && begins_at(c, d, TCP_RECV_QUEUE) &&
	       begins_at(c, d, TCP_SEND_QUEUE) && connects(c) &&
	       has_options(c, d) && tcp(c, LEFT, TCP_TIMESTAMP, d->stamp) &&
	       fills(c, d, TCP_RECV_QUEUE, d->n[TCP_RECV_QUEUE]) &&
	       fills(c, d, TCP_SEND_QUEUE, sent) && has_window(c, d) &&
	       tcp(c, LEFT, TCP_REPAIR, TCP_REPAIR_OFF) &&
	       gives(c, d->octets[TCP_SEND_QUEUE] + sent, d->unsent);
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
	static struct dump d;

	if (!fill_queues(c) || !is_at_rest(c))
		return false;
	if (c == &moved && !nic_has(c))
		return false;
	return dump(c, &d) && is_true(c, &d) && restore(c, &d) && goes_on(c);
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
