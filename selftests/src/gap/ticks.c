// SPDX-License-Identifier: GPL-2.0
/*
 * Connections that tick: both ends send a few octets at fixed times, so that what
 * a receiver waits for longer than that is due to what is between them. The octets
 * are checked.
 *
 * Each connection's time is cut into windows; of each window the longest wait that
 * ended in it is kept: a stall, however rare among many octets, counts as one of a
 * few windows. The last line on stdout is the report:
 *
 *	octets	received by all
 *	windows	how many there were; but for those of which the program itself missed
 *		a good part, and cannot tell
 *	p50_us, p99_us, max_us	of the longest waits of the windows
 *	late_us	by how much the program was late, at most
 *	stood	how often it missed that much: the machine may have stood still
 *
 * Exit status: 0, or 1 if an octet was wrong or a connection broke.
 */
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../common/pattern.h"
#include "gap.h"

#define WINDOW		(100 * MS)
#define STOOD		(100 * MS)
#define WINDOWS_MAX	65536

struct tick {
	uint64_t tx, rx;		/* octets */
	uint64_t last;			/* when it received the last; 0: none yet */
	uint64_t window_ends, longest;
	bool missed;			/* a part of this window */
	bool sent_all, ended;
};

static const struct ticks *opt;
static volatile sig_atomic_t stopping;
static struct tick *all;
static struct pollfd *fds;
static unsigned int live, wrong;
static uint32_t waits[WINDOWS_MAX];	/* us */
static size_t windows;
static uint64_t latest;
static unsigned int stood;

static uint64_t key(bool server)
{
	return pattern_key(1, 0, server);
}

static void complain(unsigned int i, const char *what)
{
	fprintf(stderr, "gap: connection %u, received %" PRIu64 ": %s\n", i,
		all[i].rx, what);
	wrong++;
}

static void end(unsigned int i)
{
	if (all[i].ended)
		return;
	all[i].ended = true;
	close(fds[i].fd);
	fds[i].fd = -1;
	live--;
}

static void end_window(struct tick *t, uint64_t at)
{
	if (t->window_ends && !t->missed && windows < WINDOWS_MAX)
		waits[windows++] = t->longest / 1000;
	t->longest = 0;
	t->missed = false;
	t->window_ends = at + WINDOW;
}

static void measure(struct tick *t)
{
	uint64_t at = now();

	if (t->last && at - t->last > t->longest)
		t->longest = at - t->last;
	t->last = at;
	if (at >= t->window_ends)
		end_window(t, at);
}

static void receive(unsigned int i)
{
	static uint8_t buf[65536];
	struct tick *t = &all[i];
	ssize_t n = recv(fds[i].fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0)
		complain(i, strerror(errno));
	if (n <= 0) {
		fds[i].events = 0;
		if (n < 0 || t->sent_all)
			end(i);
		else
			stopping = 1;
		return;
	}
	measure(t);
	if (pattern_check(key(!opt->server), t->rx, buf, n) < (size_t)n) {
		complain(i, "a wrong octet");
		end(i);
	}
	t->rx += n;
}

/* What there is no room for now goes with the next. */
static void send_some(unsigned int i)
{
	uint8_t buf[OCTETS_MAX];
	struct tick *t = &all[i];
	ssize_t n;

	if (t->ended || t->sent_all)
		return;
	pattern_fill(key(opt->server), t->tx, buf, opt->octets);
	n = send(fds[i].fd, buf, opt->octets, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0) {
		t->tx += n;
	} else if (errno != EAGAIN && errno != EINTR) {
		complain(i, strerror(errno));
		end(i);
	}
}

static void stop_sending(void)
{
	unsigned int i;

	for (i = 0; i < opt->connections; i++) {
		if (all[i].ended || all[i].sent_all)
			continue;
		all[i].sent_all = true;
		shutdown(fds[i].fd, SHUT_WR);
		if (!fds[i].events)	/* the peer has ended before */
			end(i);
	}
}

/* Since it looked last, it should have looked again by now. */
static void was_late(uint64_t by)
{
	unsigned int i;

	if (by > latest)
		latest = by;
	if (by < STOOD)
		return;
	stood++;
	for (i = 0; i < opt->connections; i++)
		all[i].missed = true;
}

static void wait_until(uint64_t due)
{
	uint64_t at = now(), left = due > at ? due - at : 0;
	struct timespec limit = { left / SECOND, left % SECOND };
	unsigned int i;
	int n;

	n = ppoll(fds, opt->connections, &limit, NULL);
	at = now();
	was_late(at > due ? at - due : 0);
	for (i = 0; n > 0 && i < opt->connections; i++) {
		if (!all[i].ended && fds[i].revents)
			receive(i);
	}
}

static void run(void)
{
	uint64_t due = now(), at;
	unsigned int i;

	while (live) {
		wait_until(due);
		if (stopping)
			stop_sending();
		at = now();
		if (at < due)
			continue;
		for (i = 0; i < opt->connections; i++)
			send_some(i);
		due = at + opt->every;
	}
}

static void set_up(unsigned int i, int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fds[i] = (struct pollfd) { .fd = fd, .events = POLLIN };
	live++;
}

static int new_socket(void)
{
	int fd = socket(opt->end.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static void serve(void)
{
	int one = 1, fd = new_socket(), new;
	unsigned int i;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &opt->end.sa, end_size(&opt->end)) || listen(fd, 128))
		die("listen");
	puts("listening");
	fflush(stdout);
	for (i = 0; i < opt->connections; i++) {
		new = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (new < 0)
			die("accept");
		set_up(i, new);
	}
	close(fd);
}

static void call(void)
{
	unsigned int i;
	int fd;

	for (i = 0; i < opt->connections; i++) {
		fd = new_socket();
		if (connect(fd, &opt->end.sa, end_size(&opt->end)))
			die("connect");
		set_up(i, fd);
	}
	puts("connected");
	fflush(stdout);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* So many of a hundred windows have none longer. */
static uint32_t percentile(unsigned int percent)
{
	return windows ? waits[(windows * percent + 99) / 100 - 1] : 0;
}

static void report_ticks(void)
{
	uint64_t octets = 0;
	unsigned int i;

	for (i = 0; i < opt->connections; i++)
		octets += all[i].rx;
	qsort(waits, windows, sizeof(*waits), compare);
	printf("octets=%" PRIu64 " windows=%zu p50_us=%u p99_us=%u max_us=%u late_us=%"
	       PRIu64 " stood=%u\n", octets, windows, percentile(50),
	       percentile(99), percentile(100), latest / 1000, stood);
}

static void on_signal(int signal)
{
	stopping = 1;
}

int ticks(const struct ticks *t)
{
	struct sigaction act = { .sa_handler = on_signal };

	opt = t;
	all = calloc(t->connections, sizeof(*all));
	fds = calloc(t->connections, sizeof(*fds));
	if (!all || !fds)
		die("memory");
	sigaction(SIGTERM, &act, NULL);
	if (t->server)
		serve();
	else
		call();
	run();
	report_ticks();
	return wrong ? 1 : 0;
}
