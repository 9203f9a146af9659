// SPDX-License-Identifier: GPL-2.0
/* Connections between the two hosts, both ends of which are ours */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../common/pattern.h"
#include "options.h"

#define PORT	"7100"

struct conn moved = { .name = "offloaded", .fd = { -1, -1 } };
struct conn twin = { .name = "twin", .fd = { -1, -1 } };
struct place place;
int family;

static int netns[2], listener;

/* ---- places -------------------------------------------------------------- */

bool place_enter(int side)
{
	return !setns(netns[side], CLONE_NEWNET) ||
	       wrong("%s: %s", place.netns[side], strerror(errno));
}

static bool open_netns(int side)
{
	char path[128];

	snprintf(path, sizeof(path), "/run/netns/%s", place.netns[side]);
	netns[side] = open(path, O_RDONLY | O_CLOEXEC);
	return netns[side] >= 0 || wrong("%s: %s", path, strerror(errno));
}

static bool begin_listening(void)
{
	union end end;
	int on = 1;

	if (!end_set(&end, place.host[RIGHT], PORT))
		return wrong("%s is no address", place.host[RIGHT]);
	family = end.sa.sa_family;
	if (!place_enter(RIGHT))
		return false;
	listener = socket(family, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return (!bind(listener, &end.sa, end_size(&end)) && !listen(listener, 8)) ||
	       wrong("cannot listen: %s", strerror(errno));
}

bool place_begin(void)
{
	return open_netns(LEFT) && open_netns(RIGHT) && begin_listening();
}

bool place_lossy(bool all)
{
	char path[128];
	int side;

	for (side = LEFT; side <= RIGHT; side++) {
		FILE *f;

		snprintf(path, sizeof(path), "%s/loss", place.port[side]);
		f = fopen(path, "w");
		if (!f || fputs(all ? "10000\n" : "0\n", f) < 0 || fclose(f))
			return wrong("%s: %s", path, strerror(errno));
	}
	return true;
}

/* ---- opening, closing ---------------------------------------------------- */

static void conn_close(struct conn *c)
{
	int side;

	for (side = LEFT; side <= RIGHT; side++) {
		if (c->fd[side] >= 0)
			close(c->fd[side]);
		c->fd[side] = -1;
	}
}

static bool conn_open(struct conn *c)
{
	union end to;
	socklen_t len;

	conn_close(c);
	memset(c->sent, 0, sizeof(c->sent));
	memset(c->got, 0, sizeof(c->got));
	c->id = 0;
	end_set(&to, place.host[RIGHT], PORT);
	if (!place_enter(LEFT))
		return false;
	c->fd[LEFT] = socket(family, SOCK_STREAM, 0);
	if (connect(c->fd[LEFT], &to.sa, end_size(&to)))
		return wrong("cannot connect: %s", strerror(errno));
	c->fd[RIGHT] = accept(listener, NULL, NULL);
	len = sizeof(c->end[LEFT]);
	getsockname(c->fd[LEFT], &c->end[LEFT].sa, &len);
	len = sizeof(c->end[RIGHT]);
	getpeername(c->fd[LEFT], &c->end[RIGHT].sa, &len);
	return c->fd[RIGHT] >= 0 || wrong("cannot accept: %s", strerror(errno));
}

bool conn_each(bool (*f)(struct conn *c))
{
	return f(&twin) && f(&moved);
}

bool pair_open(void)
{
	return conn_each(conn_open);
}

void pair_close(void)
{
	conn_close(&moved);
	conn_close(&twin);
}

/* ---- octets -------------------------------------------------------------- */

/* A stream for each connection and direction */
static uint64_t key_of(const struct conn *c, int side)
{
	return pattern_key(1, c == &moved, side);
}

uint8_t conn_octet(const struct conn *c, int side, uint64_t n)
{
	return pattern_octet(key_of(c, side), n);
}

size_t conn_push(struct conn *c, int side, size_t n)
{
	static uint8_t buf[65536];
	size_t len = n < sizeof(buf) ? n : sizeof(buf);
	ssize_t done;

	pattern_fill(key_of(c, side), c->sent[side], buf, len);
	done = send(c->fd[side], buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (done < 0 && errno != EAGAIN)
		wrong("%s: sending: %s", c->name, strerror(errno));
	if (done <= 0)
		return 0;
	c->sent[side] += done;
	return done;
}

bool conn_send(struct conn *c, int side, size_t n)
{
	uint64_t end = patience();

	for (;;) {
		n -= conn_push(c, side, n);
		if (!n)
			return true;
		if (!nap_until(end))
			return wrong("%s: %zu octets find no room", c->name, n);
	}
}

static bool verify(struct conn *c, int side, const uint8_t *buf, size_t n)
{
	size_t right = pattern_check(key_of(c, side), c->got[side], buf, n);

	c->got[side] += right;
	return right == n || wrong("%s: octet %llu is wrong", c->name,
				   (unsigned long long)c->got[side]);
}

bool conn_drain(struct conn *c, int side, size_t *n)
{
	static uint8_t buf[65536];
	ssize_t got;

	while (*n) {
		got = recv(c->fd[!side], buf,
			   *n < sizeof(buf) ? *n : sizeof(buf), MSG_DONTWAIT);
		if (!got)
			return wrong("%s: the stream ends", c->name);
		if (got < 0)
			return errno == EAGAIN || wrong("%s: receiving: %s",
							c->name, strerror(errno));
		if (!verify(c, side, buf, got))
			return false;
		*n -= got;
	}
	return true;
}

bool conn_take(struct conn *c, int side, size_t n)
{
	struct pollfd p = { .fd = c->fd[!side], .events = POLLIN };
	uint64_t end = patience();

	while (conn_drain(c, side, &n)) {
		if (!n)
			return true;
		if (now_ms() >= end)
			return wrong("%s: %zu octets do not come", c->name, n);
		poll(&p, 1, 2);
	}
	return false;
}

bool conn_take_all(struct conn *c, int side)
{
	return conn_take(c, side, c->sent[side] - c->got[side]);
}

int number(int fd, unsigned long request)
{
	int n = -1;

	return ioctl(fd, request, &n) ? -errno : n;
}

bool conn_quiet(struct conn *c)
{
	uint64_t end = patience();

	while (number(c->fd[LEFT], SIOCOUTQ) || number(c->fd[RIGHT], SIOCOUTQ)) {
		if (!nap_until(end))
			return wrong("%s: %d and %d octets stay unacknowledged", c->name,
				     number(c->fd[LEFT], SIOCOUTQ),
				     number(c->fd[RIGHT], SIOCOUTQ));
	}
	return true;
}

bool conn_pass(struct conn *c)
{
	return conn_send(c, LEFT, 5000) && conn_send(c, RIGHT, 7000) &&
	       conn_take_all(c, LEFT) && conn_take_all(c, RIGHT);
}

bool conn_waits(struct conn *c, int side, int n)
{
	uint64_t end = patience();
	int there;

	while ((there = number(c->fd[!side], SIOCINQ)) != n) {
		if (there > n || !nap_until(end))
			return wrong("%s: %d octets wait to be received, not %d",
				     c->name, there, n);
	}
	return true;
}

/* ---- options ------------------------------------------------------------- */

bool set_int(struct conn *c, int side, int level, int option, int value)
{
	return !setsockopt(c->fd[side], level, option, &value, sizeof(value)) ||
	       wrong("%s: option %d of level %d: %s", c->name, option, level,
		     strerror(errno));
}

int get_int(struct conn *c, int side, int level, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	if (getsockopt(c->fd[side], level, option, &value, &len))
		wrong("%s: option %d of level %d: %s", c->name, option, level,
		      strerror(errno));
	return value;
}
