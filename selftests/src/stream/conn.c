// SPDX-License-Identifier: GPL-2.0
/* One connection of stream: its greeting, octets, trailer and end. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "../common/pattern.h"
#include "stream.h"

struct greeting {
	uint64_t magic;
	uint64_t seed;
	uint64_t index;
};

static __thread uint8_t buffer[BUFFER + sizeof(struct trailer)];

static uint64_t draw(uint64_t *state)
{
	return pattern_mix(++*state);
}

/* Says it once. */
void complain(struct conn *c, const char *format, ...)
{
	char text[256];
	va_list args;

	if (__atomic_exchange_n(&c->dead, true, __ATOMIC_RELAXED))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(stderr, "stream: %s, connection %u (%s, %s), sent %" PRIu64
		", received %" PRIu64 ": %s\n", opt.server ? "server" : "client",
		c->index, user_names[c->user], call_names[c->calls], c->tx,
		c->rx, text);
	bump(errors);
	shutdown(c->fd, SHUT_RDWR);
}

/* The peer broke it off; may be what was wanted. */
static void cut_off(struct conn *c, const char *how)
{
	if (c->tx_ending && opt.ending != END_SHUTDOWN) {
		c->dead = true;
	} else if (!opt.tolerant) {
		complain(c, "%s", how);
	} else if (!__atomic_exchange_n(&c->dead, true, __ATOMIC_RELAXED)) {
		bump(cut);
		shutdown(c->fd, SHUT_RDWR);
	}
}

/* ---- sending ------------------------------------------------------------- */

static bool time_to_end(struct conn *c, uint64_t at)
{
	/* Then the process ends, and not the connection. */
	if (opt.ending >= END_RESET)
		return false;
	return stopping || c->peer_ended ||
	       (opt.octets && c->tx >= opt.octets) ||
	       (c->ends_at && at >= c->ends_at) ||
	       (opt.run && at >= started + opt.run);
}

/* When the next octet may be sent; 0: now */
static uint64_t not_before(struct conn *c, uint64_t at)
{
	uint64_t due;

	if (opt.idle || (c->index == 0 && opt.fault == FAULT_HANG &&
			 c->tx >= opt.fault_at))
		return at + 50 * MS;
	if (!opt.rate)
		return 0;
	due = c->began + (double)c->tx * (opt.connections ?: 1) * 1e9 / opt.rate;
	if (due <= at)
		return 0;
	/* Look up now and then: it may have become time to end. */
	return due < at + 50 * MS ? due : at + 50 * MS;
}

static size_t size_of_write(struct conn *c)
{
	uint64_t r = draw(&c->tx_random);
	enum sizes sizes = opt.sizes;

	if (sizes == MIXED)
		sizes = r & 1 ? SMALL : LARGE;
	r >>= 8;
	if (sizes == SMALL)
		return 1 + r % 100;
	return opt.sizes == LARGE ? BUFFER : 1 + r % (r & 1024 ? BUFFER : 8192);
}

/* What a test that must fail does to the first connection's octets */
static size_t spoil(struct conn *c, size_t len)
{
	uint64_t from = c->tx;

	if (c->index || opt.fault == FAULT_NONE)
		return len;
	if (c->tx < opt.fault_at && c->tx + len > opt.fault_at)
		len = opt.fault_at - c->tx;
	if (c->tx < opt.fault_at)
		return len;
	if (opt.fault == FAULT_DROP)
		from++;
	else if (opt.fault == FAULT_DOUBLE)
		from--;
	pattern_fill(c->tx_key, from, buffer, len);
	if (opt.fault == FAULT_FLIP && c->tx == opt.fault_at)
		buffer[0] ^= 0x40;
	if (opt.fault == FAULT_CUT)
		shutdown(c->fd, SHUT_RDWR);
	return len;
}

static void begin_ending(struct conn *c)
{
	c->tx_ending = true;
	c->tx_trailer.magic = c->tx_key ^ MAGIC;
	c->tx_trailer.total = c->tx;
}

static enum step send_failed(struct conn *c)
{
	if (errno == EAGAIN || errno == EINTR)
		return STEP_BLOCKED;
	if (errno == EPIPE || errno == ECONNRESET || errno == ECONNABORTED)
		cut_off(c, errno == ECONNABORTED ?
			"it was aborted" : "it was broken off");
	else
		complain(c, "send: %s", strerror(errno));
	return STEP_DONE;
}

static enum step send_trailer(struct conn *c)
{
	ssize_t n;

	if (opt.ending != END_SHUTDOWN) {
		c->dead = true;
		/* Wakes who receives; those that do not block just close. */
		if (blocks(c))
			shutdown(c->fd, SHUT_RDWR);
		return STEP_DONE;
	}
	n = send(c->fd, (uint8_t *)&c->tx_trailer + c->tx_trailer_sent,
		 sizeof(c->tx_trailer) - c->tx_trailer_sent, MSG_NOSIGNAL);
	if (n < 0)
		return send_failed(c);
	c->tx_trailer_sent += n;
	if (c->tx_trailer_sent < sizeof(c->tx_trailer))
		return STEP_MOVED;
	if (shutdown(c->fd, SHUT_WR) && !c->dead)
		cut_off(c, "shutdown failed");
	return STEP_DONE;
}

enum step step_send(struct conn *c)
{
	uint64_t at = now();
	size_t len;
	ssize_t n;

	if (c->dead)
		return STEP_DONE;
	if (!c->tx_ending && time_to_end(c, at))
		begin_ending(c);
	if (c->tx_ending)
		return send_trailer(c);
	c->tx_later = not_before(c, at);
	if (c->tx_later)
		return STEP_LATER;

	if (!c->tx_want)
		c->tx_want = size_of_write(c);
	len = c->tx_want;
	if (opt.octets && len > opt.octets - c->tx)
		len = opt.octets - c->tx;
	pattern_fill(c->tx_key, c->tx, buffer, len);
	len = spoil(c, len);
	n = put_octets(c, buffer, len);
	if (n < 0)
		return send_failed(c);
	__atomic_store_n(&c->tx, c->tx + n, __ATOMIC_RELAXED);
	c->tx_want = (size_t)n < c->tx_want ? c->tx_want - n : 0;
	return STEP_MOVED;
}

/* ---- receiving ----------------------------------------------------------- */

static void wrong_octet(struct conn *c, const uint8_t *buf, size_t good,
			size_t len)
{
	uint64_t at = c->rx + good;
	uint64_t limit = at + (64ULL << 20);
	uint64_t from = pattern_locate(c->rx_key, buf + good, len - good, limit);
	char guess[64] = "of no place near it in this stream";

	if (from < limit)
		snprintf(guess, sizeof(guess), "what belongs at %" PRIu64, from);
	complain(c, "octet %" PRIu64 " is 0x%02x, not 0x%02x: %s", at, buf[good],
		 pattern_octet(c->rx_key, at), guess);
}

/* Checks all but the last octets, which may be the trailer. */
static void take(struct conn *c, uint8_t *buf, size_t len)
{
	size_t check, good;

	check = len > sizeof(c->held) ? len - sizeof(c->held) : 0;
	good = pattern_check(c->rx_key, c->rx, buf, check);
	if (good < check)
		wrong_octet(c, buf, good, len);
	__atomic_store_n(&c->rx, c->rx + check, __ATOMIC_RELAXED);
	c->nheld = len - check;
	memcpy(c->held, buf + check, c->nheld);
}

static void end_of_stream(struct conn *c)
{
	struct trailer t;

	c->peer_ended = true;
	if (c->dead)
		return;
	memcpy(&t, c->held, sizeof(t));
	if (c->nheld < sizeof(t) || t.magic != (c->rx_key ^ MAGIC))
		cut_off(c, "the stream ends without its trailer");
	else if (t.total != c->rx)
		complain(c, "the peer sent %" PRIu64 " octets", t.total);
}

/* A reader that has something else to do: the window will close. */
static bool stalled(struct conn *c, uint64_t at)
{
	if (!opt.stall_for || stopping)
		return false;
	if (at < c->stall_until)
		return true;
	if (c->stall_until) {
		c->stall_until = 0;
		c->rx_last = at;
	}
	if (at < c->stall_at)
		return false;
	if (c->stall_at)
		c->stall_until = at + opt.stall_for;
	c->stall_at = at + opt.stall_for +
		      draw(&c->rx_random) % (2 * opt.stall_every);
	return c->stall_until;
}

enum step step_receive(struct conn *c)
{
	uint64_t at = now();
	size_t size = BUFFER;
	ssize_t n;

	if (c->dead)
		return STEP_DONE;
	if (stalled(c, at))
		return STEP_LATER;
	if (opt.sizes != LARGE)
		size = 1 + draw(&c->rx_random) % BUFFER;
	memcpy(buffer, c->held, c->nheld);
	n = get_octets(c, buffer + c->nheld, size);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return STEP_BLOCKED;
	if (n < 0) {
		if (errno == ECONNRESET || errno == EPIPE ||
		    errno == ECONNABORTED)
			cut_off(c, errno == ECONNABORTED ?
				"it was aborted" : "it was reset");
		else
			complain(c, "receive: %s", strerror(errno));
		return STEP_DONE;
	}
	if (n == 0) {
		end_of_stream(c);
		return STEP_DONE;
	}
	at = now();
	if (c->rx_last && at - c->rx_last > c->rx_gap)
		__atomic_store_n(&c->rx_gap, at - c->rx_last, __ATOMIC_RELAXED);
	c->rx_last = at;
	take(c, buffer, c->nheld + n);
	return STEP_MOVED;
}

/* ---- opening and closing ------------------------------------------------- */

static void set_up(struct conn *c, int fd, uint64_t seed, uint32_t index)
{
	int one = 1;

	c->fd = fd;
	c->index = index;
	c->user = opt.user < USERS ? opt.user : (seed + index) % USERS;
	c->calls = opt.calls < CALLS ? opt.calls : (seed / USERS + index / USERS +
						    index) % CALLS;
	if (opt.server && !opt.connections)
		c->user = BLOCK;
	/* A process has its own memory, which these calls are about. */
	if (c->user == PROCESSES && c->calls >= ZEROCOPY)
		c->calls = PLAIN;
	c->tx_key = pattern_key(seed, index, opt.server);
	c->rx_key = pattern_key(seed, index, !opt.server);
	c->tx_random = pattern_mix(c->tx_key);
	c->rx_random = pattern_mix(c->rx_key);
	c->began = now();
	c->moved_at = c->began;
	if (opt.lifetime)
		c->ends_at = c->began + draw(&c->tx_random) % opt.lifetime;
	if (index & 1)
		setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (!blocks(c))
		fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) | O_NONBLOCK);
	c->readable = true;
	c->writable = true;
}

/* Processes may share it, and their locks. */
static struct conn *new_conn(void)
{
	struct conn *c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t shared;

	if (c == MAP_FAILED)
		die("memory");
	pthread_mutexattr_init(&shared);
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&c->sending, &shared);
	pthread_mutex_init(&c->receiving, &shared);
	return c;
}

/* The monitor looks at it from here on. */
static struct conn *add_conn(int fd, uint64_t seed, uint32_t index)
{
	struct conn *c = new_conn();

	set_up(c, fd, seed, index);
	bump(active);
	pthread_mutex_lock(&conns_lock);
	c->next = conns;
	conns = c;
	pthread_mutex_unlock(&conns_lock);
	return c;
}

int new_socket(void)
{
	int fd = socket(opt.addr.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	if (opt.rcvbuf)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &opt.rcvbuf,
			   sizeof(opt.rcvbuf));
	return fd;
}

struct conn *open_conn(uint32_t index)
{
	struct greeting g = { MAGIC, opt.seed, index };
	struct conn *c;
	int fd = new_socket();

	while (connect(fd, &opt.addr.sa, end_size(&opt.addr)))
		if (errno != EINTR)
			die("connect");
	if (send(fd, &g, sizeof(g), MSG_NOSIGNAL) != sizeof(g))
		die("greeting");
	c = add_conn(fd, opt.seed, index);
	bump(opened);
	return c;
}

struct conn *accept_conn(int fd)
{
	struct timeval limit = { .tv_sec = 30 }, none = {};
	struct greeting g;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (recv(fd, &g, sizeof(g), MSG_WAITALL) != sizeof(g) ||
	    g.magic != MAGIC) {
		if (!opt.tolerant) {
			fprintf(stderr, "stream: server: no greeting\n");
			bump(errors);
		}
		close(fd);
		return NULL;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &none, sizeof(none));
	return add_conn(fd, g.seed, g.index);
}

void close_conn(struct conn *c)
{
	struct conn **p;

	pthread_mutex_lock(&conns_lock);
	for (p = &conns; *p != c; p = &(*p)->next)
		;
	*p = c->next;
	past_tx += c->tx;
	past_rx += c->rx;
	if (c->rx_gap > past_gap)
		past_gap = c->rx_gap;
	pthread_mutex_unlock(&conns_lock);
	calls_close(c);
	close(c->fd);
	munmap(c, sizeof(*c));
	drop(active);
}
