// SPDX-License-Identifier: GPL-2.0
/*
 * What an option is for happens, whoever has the connection: looked at on the twin
 * first, so that what is looked for is what the host's stack does, then while the
 * connection is offloaded, then when it is home again. Where times matter, a slow
 * machine gets several tries.
 */
#include <errno.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

/* It knows no timespec by itself. */
#include <linux/errqueue.h>

#include "options.h"

#define TRIES	10

static bool set_tcp(struct conn *c, int option, int value)
{
	return set_int(c, LEFT, IPPROTO_TCP, option, value);
}

static bool is_ready(int fd, short events, int ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, ms) > 0;
}

/* Told of what happens to the socket from here on; of what is already, once. */
static int watch(int fd, uint32_t events)
{
	struct epoll_event e = { .events = events | EPOLLET };
	int watcher = epoll_create1(0);

	epoll_ctl(watcher, EPOLL_CTL_ADD, fd, &e);
	epoll_wait(watcher, &e, 1, 0);
	return watcher;
}

static bool is_told(int watcher, int ms)
{
	struct epoll_event e;

	return epoll_wait(watcher, &e, 1, ms) > 0;
}

/* ---- segments ------------------------------------------------------------ */

static uint32_t segments(struct conn *c, int side)
{
	struct info i;

	return info_get(c, side, &i) ? i.tcp.tcpi_data_segs_in : 0;
}

/* Segments of all kinds that the right end has sent */
static uint32_t answers(struct conn *c)
{
	struct info i;

	return info_get(c, RIGHT, &i) ? i.tcp.tcpi_segs_out : 0;
}

/* Corked data does not leave, but for the limit. 0: it did, 1: not; -1: too slow */
static int is_held(struct conn *c)
{
	uint64_t begun = now_ms();

	if (!conn_send(c, LEFT, 100))
		return 0;
	if (!is_ready(c->fd[RIGHT], POLLIN, 100))
		return 1;
	return now_ms() - begun < 150 ? 0 : -1;
}

static bool corked(struct conn *c)
{
	int tries = TRIES, held;
	uint64_t begun;

	do {
		begun = now_ms();
		held = is_held(c);
		if (!conn_take_all(c, LEFT))
			return false;
	} while (held < 0 && tries--);
	if (held <= 0)
		return wrong("%s: corked data left at once", c->name);
	begun = now_ms() - begun;
	return begun < 3000 || wrong("%s: corked data was held for %llu ms", c->name,
				     (unsigned long long)begun);
}

static bool write_small(struct conn *c, int n)
{
	while (n--)
		if (!conn_send(c, LEFT, 100))
			return false;
	return true;
}

/* What is corked leaves in one segment, as soon as it is not any more. */
static bool uncorked(struct conn *c)
{
	uint32_t before, n = 0;
	uint64_t begun, took = 0;
	int tries;

	for (tries = TRIES; tries; tries--) {
		before = segments(c, RIGHT);
		if (!set_tcp(c, TCP_CORK, 1) || !write_small(c, 10))
			return false;
		begun = now_ms();
		if (!set_tcp(c, TCP_CORK, 0) || !conn_take_all(c, LEFT))
			return false;
		took = now_ms() - begun;
		n = segments(c, RIGHT) - before;
		if (n == 1 && took < 150)
			return true;
	}
	return wrong("%s: what was corked came in %u segments, after %llu ms",
		     c->name, n, (unsigned long long)took);
}

static bool see_cork(struct conn *c)
{
	return set_tcp(c, TCP_CORK, 1) && corked(c) && uncorked(c);
}

/* Setting TCP_NODELAY sends what is corked, see tcp(7). */
static bool see_flush(struct conn *c)
{
	uint64_t begun, took = 0;
	int tries;

	for (tries = TRIES; tries; tries--) {
		if (!set_tcp(c, TCP_NODELAY, 0) || !set_tcp(c, TCP_CORK, 1) ||
		    !conn_send(c, LEFT, 100))
			return false;
		begun = now_ms();
		if (!set_tcp(c, TCP_NODELAY, 1) || !conn_take_all(c, LEFT))
			return false;
		took = now_ms() - begun;
		if (took < 100)
			return set_tcp(c, TCP_CORK, 0);
	}
	return wrong("%s: what was corked was held for %llu ms after TCP_NODELAY",
		     c->name, (unsigned long long)took);
}

/*
 * Two small segments, to a peer that delays acknowledgments. Did the second wait until
 * the first was acknowledged? 1: it did, 0: not, -1: that cannot be told
 */
static int waited(struct conn *c)
{
	uint32_t before;

	if (!conn_take_all(c, LEFT) || !conn_quiet(c) ||
	    !set_int(c, RIGHT, IPPROTO_TCP, TCP_QUICKACK, 0))
		return -1;
	before = answers(c);
	if (!conn_send(c, LEFT, 50) || !conn_waits(c, LEFT, 50) ||
	    !conn_send(c, LEFT, 50) || !conn_waits(c, LEFT, 100))
		return -1;
	return answers(c) != before;
}

static bool see_nodelay(struct conn *c)
{
	int tries;

	if (!set_tcp(c, TCP_NODELAY, 0))
		return false;
	for (tries = 3; tries; tries--)
		if (waited(c) != 1)
			return wrong("%s: two small segments were on their way",
				     c->name);
	if (!set_tcp(c, TCP_NODELAY, 1))
		return false;
	for (tries = TRIES; tries; tries--)
		if (!waited(c))
			return conn_take_all(c, LEFT);
	return wrong("%s: each small segment waited, with TCP_NODELAY", c->name);
}

/* ---- when there is room, when there is something ------------------------- */

#define LOWAT	16384

/* Writes as long as there is room, until there has been none for a while. */
static void fill(struct conn *c)
{
	while (is_ready(c->fd[LEFT], POLLOUT, 150))
		conn_push(c, LEFT, 1024);
}

/* The socket is writable while less than half of it is not sent. */
static bool is_bounded(struct conn *c, int lowat)
{
	int unsent = number(c->fd[LEFT], SIOCOUTQNSD);

	return (unsent >= lowat / 2 && unsent < lowat / 2 + 2048) ||
	       wrong("%s: %d octets are unsent, with a mark of %d", c->name, unsent,
		     lowat);
}

static bool is_told_of_room(struct conn *c)
{
	int watcher = watch(c->fd[LEFT], EPOLLOUT);
	bool told;

	/* It is said as soon as the mark is higher, */
	if (!set_tcp(c, TCP_NOTSENT_LOWAT, 4 * LOWAT) || !is_told(watcher, 0))
		return wrong("%s: nobody is told of the higher mark", c->name);
	fill(c);
	if (!is_bounded(c, 4 * LOWAT))
		return false;
	/* and when the peer reads. */
	is_told(watcher, 0);
	if (!conn_take(c, LEFT, c->sent[LEFT] - c->got[LEFT]))
		return false;
	told = is_told(watcher, PATIENCE_MS);
	close(watcher);
	return told || wrong("%s: nobody is told of the room", c->name);
}

static bool see_notsent_lowat(struct conn *c)
{
	if (!set_tcp(c, TCP_NOTSENT_LOWAT, LOWAT))
		return false;
	fill(c);
	return is_bounded(c, LOWAT) && is_told_of_room(c) &&
	       set_tcp(c, TCP_NOTSENT_LOWAT, -1);
}

static bool is_told_of_data(struct conn *c, int watcher)
{
	if (!conn_send(c, RIGHT, 999) || !conn_waits(c, RIGHT, 999))
		return false;
	if (is_told(watcher, 0) || is_ready(c->fd[LEFT], POLLIN, 0))
		return wrong("%s: it is readable with less than SO_RCVLOWAT",
			     c->name);
	if (!conn_send(c, RIGHT, 1) || !conn_waits(c, RIGHT, 1000))
		return false;
	if (!is_told(watcher, PATIENCE_MS) || !is_ready(c->fd[LEFT], POLLIN, 0))
		return wrong("%s: it is not readable with SO_RCVLOWAT", c->name);
	return conn_take_all(c, RIGHT);
}

static bool see_rcvlowat(struct conn *c)
{
	int watcher;
	bool ok;

	if (!set_int(c, LEFT, SOL_SOCKET, SO_RCVLOWAT, 1000))
		return false;
	watcher = watch(c->fd[LEFT], EPOLLIN);
	ok = is_told_of_data(c, watcher);
	close(watcher);
	return ok && set_int(c, LEFT, SOL_SOCKET, SO_RCVLOWAT, 1);
}

/* A send buffer of that size is full, and not with much less or more. */
static bool see_sndbuf(struct conn *c)
{
	const int size = 65536;
	int used;

	if (!set_int(c, LEFT, SOL_SOCKET, SO_SNDBUF, size / 2))
		return false;
	while (is_ready(c->fd[LEFT], POLLOUT, 150))
		conn_push(c, LEFT, 4096);
	used = number(c->fd[LEFT], SIOCOUTQ);
	if (used < size / 8 || used > size + 4096)
		return wrong("%s: %d octets fill a send buffer of %d", c->name, used,
			     size);
	return conn_take_all(c, LEFT);
}

/* ---- what is told with the octets ---------------------------------------- */

/* Receives octets at the left end, with what control message is given. */
static bool receive(struct conn *c, size_t n, struct msghdr *msg)
{
	uint8_t buf[4096];
	struct iovec iov = { buf, n };
	size_t i;

	msg->msg_iov = &iov;
	msg->msg_iovlen = 1;
	if (recvmsg(c->fd[LEFT], msg, MSG_DONTWAIT) != (ssize_t)n)
		return wrong("%s: receiving: %s", c->name, strerror(errno));
	for (i = 0; i < n; i++)
		if (buf[i] != conn_octet(c, RIGHT, c->got[RIGHT]++))
			return wrong("%s: an octet is wrong", c->name);
	return true;
}

static const void *message(struct msghdr *msg, int level, int type)
{
	struct cmsghdr *m;

	for (m = CMSG_FIRSTHDR(msg); m; m = CMSG_NXTHDR(msg, m))
		if (m->cmsg_level == level && m->cmsg_type == type)
			return CMSG_DATA(m);
	return NULL;
}

static bool see_inq(struct conn *c)
{
	char control[256];
	struct msghdr msg = { .msg_control = control,
			      .msg_controllen = sizeof(control) };
	const int *left;

	if (!set_tcp(c, TCP_INQ, 1) || !conn_send(c, RIGHT, 3000) ||
	    !conn_waits(c, RIGHT, 3000) || !receive(c, 1000, &msg))
		return false;
	left = message(&msg, IPPROTO_TCP, TCP_CM_INQ);
	if (!left || *left != 2000)
		return wrong("%s: TCP_INQ tells of %d octets, not 2000", c->name,
			     left ? *left : -1);
	return set_tcp(c, TCP_INQ, 0) && conn_take_all(c, RIGHT);
}

static bool is_stamped(struct conn *c)
{
	char control[256];
	struct msghdr msg = { .msg_control = control,
			      .msg_controllen = sizeof(control) };
	const struct scm_timestamping *t;

	if (!conn_send(c, RIGHT, 100) || !conn_waits(c, RIGHT, 100) ||
	    !receive(c, 100, &msg))
		return false;
	t = message(&msg, SOL_SOCKET, SO_TIMESTAMPING);
	return t && t->ts[0].tv_sec;
}

/* The kernel begins to take them some time after the first socket wants them. */
static bool see_timestamps(struct conn *c)
{
	uint64_t end = in_ms(5000);

	if (!set_int(c, LEFT, SOL_SOCKET, SO_TIMESTAMPING,
		     SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE))
		return false;
	if (c == &moved && !nic_came_home(c, "socket-option"))
		return false;
	while (!is_stamped(c))
		if (!nap_until(end))
			return wrong("%s: there is no time stamp", c->name);
	return true;
}

/* ---- how fast ------------------------------------------------------------ */

#define RATE	200000

static bool set_pacing(struct conn *c)
{
	return set_int(c, LEFT, SOL_SOCKET, SO_MAX_PACING_RATE, RATE);
}

/* Half of the time that it should take, for bursts; how slow is up to the machine. */
static bool see_pacing(struct conn *c)
{
	const unsigned int octets = 80000, ms = octets * 1000ULL / RATE;
	uint64_t took = now_ms();

	if (!conn_send(c, LEFT, octets) || !conn_take_all(c, LEFT))
		return false;
	took = now_ms() - took;
	return (took >= ms / 2 && took < ms * 10) ||
	       wrong("%s: %u octets took %llu ms, at %u a second", c->name, octets,
		     (unsigned long long)took, RATE);
}

#define CLAMP	8192
#define RCVBUF	65536

static bool set_clamp(struct conn *c)
{
	/* A buffer that grows would take the clamp along. */
	return set_int(c, LEFT, SOL_SOCKET, SO_RCVBUF, RCVBUF) &&
	       set_tcp(c, TCP_WINDOW_CLAMP, CLAMP);
}

/*
 * What was promised before stays promised; then the window is no wider. Newer kernels
 * forget the clamp when they learn how much memory segments take: so does the twin then.
 */
static bool see_clamp(struct conn *c)
{
	static uint32_t most;
	struct info i;
	int n;

	for (n = 0; n < 40; n++)
		if (!conn_send(c, RIGHT, 4096) || !conn_take_all(c, RIGHT))
			return false;
	if (!info_get(c, RIGHT, &i))
		return false;
	if (c == &twin)
		most = i.tcp.tcpi_snd_wnd > CLAMP ? 2 * RCVBUF : CLAMP;
	return i.tcp.tcpi_snd_wnd <= most ||
	       wrong("%s: the peer is promised %u octets, with a clamp of %u",
		     c->name, i.tcp.tcpi_snd_wnd, CLAMP);
}

/* ---- buffers that grow --------------------------------------------------- */

#define MUCH	3000000

static bool stream(struct conn *c, int side)
{
	uint64_t end = patience(), todo = MUCH;
	size_t most;

	while (todo || c->got[side] < c->sent[side]) {
		todo -= conn_push(c, side, todo);
		most = c->sent[side] - c->got[side];
		if (!conn_drain(c, side, &most))
			return false;
		if (now_ms() > end)
			return wrong("%s: %u octets take too long", c->name, MUCH);
	}
	return true;
}

/* What the twin's were, and have grown to */
static int first[2], grown[2];

static bool grows(struct conn *c, int side, int option)
{
	int before = get_int(c, LEFT, SOL_SOCKET, option), now;

	if (!stream(c, side))
		return false;
	now = get_int(c, LEFT, SOL_SOCKET, option);
	if (c == &twin) {
		first[side] = before;
		grown[side] = now;
	}
	/* How far is a matter of how fast it went; the twin's may not grow at all. */
	return now >= 2 * first[side] || now >= grown[side] / 4 ||
	       wrong("%s: a buffer grew from %d to %d, the twin's from %d to %d",
		     c->name, before, now, first[side], grown[side]);
}

static bool see_autotuning(struct conn *c)
{
	return grows(c, LEFT, SO_SNDBUF) && grows(c, RIGHT, SO_RCVBUF);
}

/* ---- all of them --------------------------------------------------------- */

static bool nothing(struct conn *c)
{
	return true;
}

static const struct work {
	const char *name;
	bool (*set)(struct conn *c);	/* before the offload */
	bool (*see)(struct conn *c);
	bool leaves;			/* it ends the offload */
} all[] = {
	{ "TCP_NODELAY", nothing, see_nodelay, false },
	{ "TCP_CORK", nothing, see_cork, false },
	{ "TCP_NODELAY-corked", nothing, see_flush, false },
	{ "TCP_NOTSENT_LOWAT", nothing, see_notsent_lowat, false },
	{ "SO_RCVLOWAT", nothing, see_rcvlowat, false },
	{ "SO_SNDBUF", nothing, see_sndbuf, false },
	{ "TCP_INQ", nothing, see_inq, false },
	{ "SO_TIMESTAMPING", nothing, see_timestamps, true },
	{ "SO_MAX_PACING_RATE", set_pacing, see_pacing, false },
	{ "TCP_WINDOW_CLAMP", set_clamp, see_clamp, false },
	{ "autotuning", nothing, see_autotuning, false },
};

static bool work(const struct work *w)
{
	if (!pair_open() || !conn_each(w->set) || !conn_each(conn_pass) ||
	    !w->see(&twin) || !nic_offload(&moved, NULL) || !w->see(&moved))
		return false;
	if (!w->leaves && (!nic_has(&moved) || !nic_terminate(&moved)))
		return false;
	/* Back in the host */
	return w->leaves || w->see(&moved) || wrong("home again");
}

bool works(const char *what)
{
	bool ok = false;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!strcmp(what, all[i].name))
			ok = work(&all[i]);
	pair_close();
	return ok;
}
