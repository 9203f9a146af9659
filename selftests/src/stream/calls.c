// SPDX-License-Identifier: GPL-2.0
/* Calls that move octets: what an application may use instead of send and recv. */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../common/pattern.h"
#include "stream.h"

const char *const call_names[] = {
	"plain", "vector", "more", "file", "splice", "peek", "waitall",
	"uring", "mixed", NULL };

/* A connection's sender and receiver may be two threads; each has its own. */
static __thread int tube[2] = { -1, -1 };
static __thread uint8_t peeked[BUFFER];

/* What is in the pipe and did not go anywhere */
static void empty_tube(size_t len)
{
	uint8_t scratch[4096];
	ssize_t n;

	for (; len; len -= n) {
		n = read(tube[0], scratch, len < sizeof(scratch) ? len :
								   sizeof(scratch));
		if (n <= 0)
			die("pipe");
	}
}

static void open_tube(void)
{
	if (tube[0] < 0 && pipe2(tube, O_CLOEXEC))
		die("pipe");
}

static ssize_t put_vector(int fd, const uint8_t *buf, size_t len)
{
	size_t third = len / 3;
	struct iovec parts[] = {
		{ (void *)buf, third },
		{ (void *)(buf + third), third },
		{ (void *)(buf + 2 * third), len - 2 * third },
	};
	struct msghdr msg = { .msg_iov = parts, .msg_iovlen = 3 };

	return sendmsg(fd, &msg, MSG_NOSIGNAL);
}

/*
 * Its pages are the socket's until they are acknowledged, and what is sent again is
 * what they have then: the octets must not change, so each has a place of its own.
 */
static ssize_t put_file(struct conn *c, const uint8_t *buf, size_t len)
{
	int memory = memfd_create("stream", MFD_CLOEXEC), err;
	off_t at = 0;
	ssize_t n;

	if (memory < 0 || pwrite(memory, buf, len, 0) != (ssize_t)len)
		die("memfd");
	n = sendfile(c->fd, memory, &at, len);
	err = errno;
	close(memory);
	errno = err;
	return n;
}

static ssize_t put_spliced(int fd, const uint8_t *buf, size_t len)
{
	ssize_t in, out;
	int err;

	open_tube();
	/* The pipe is empty, and has room for this much at least. */
	in = write(tube[1], buf, len < 4096 ? len : 4096);
	if (in < 0)
		die("pipe");
	out = splice(tube[0], NULL, fd, NULL, in, 0);
	err = errno;
	empty_tube(in - (out > 0 ? out : 0));
	errno = err;
	return out;
}

ssize_t put_octets(struct conn *c, const uint8_t *buf, size_t len)
{
	int wait = c->user == BLOCK ? 0 : MSG_DONTWAIT;
	int more = 0;

	switch (c->calls) {
	case VECTOR:
		return put_vector(c->fd, buf, len);
	case SENDFILE:
		return put_file(c, buf, len);
	case SPLICE:
		return put_spliced(c->fd, buf, len);
	case URING:
		return uring(IORING_OP_SEND, c->fd, (void *)buf, len,
			     MSG_NOSIGNAL | wait);
	case MORE:
		/* By the place in the stream, so that some is always let go. */
		more = pattern_mix(c->tx) & 1 ? MSG_MORE : 0;
		break;
	default:
		break;
	}
	return send(c->fd, buf, len, MSG_NOSIGNAL | more);
}

static ssize_t get_vector(int fd, uint8_t *buf, size_t len)
{
	struct iovec parts[] = {
		{ buf, len / 2 }, { buf + len / 2, len - len / 2 },
	};
	struct msghdr msg = { .msg_iov = parts, .msg_iovlen = 2 };

	return recvmsg(fd, &msg, 0);
}

static ssize_t get_spliced(int fd, uint8_t *buf, size_t len)
{
	size_t got = 0;
	ssize_t n, in;

	open_tube();
	in = splice(fd, NULL, tube[1], NULL, len < 4096 ? len : 4096, 0);
	if (in <= 0)
		return in;
	while (got < (size_t)in) {
		n = read(tube[0], buf + got, in - got);
		if (n <= 0)
			die("pipe");
		got += n;
	}
	return in;
}

/* What was looked at must be what comes. */
static ssize_t get_peeked(struct conn *c, uint8_t *buf, size_t len)
{
	ssize_t seen, n;

	seen = recv(c->fd, peeked, len < BUFFER ? len : BUFFER, MSG_PEEK);
	if (seen <= 0)
		return seen;
	n = recv(c->fd, buf, seen, 0);
	if (n != seen || memcmp(buf, peeked, seen))
		complain(c, "%zd octets were looked at, and %zd others came",
			 seen, n);
	return n;
}

ssize_t get_octets(struct conn *c, uint8_t *buf, size_t len)
{
	int wait = c->user == BLOCK ? 0 : MSG_DONTWAIT;

	switch (c->calls) {
	case VECTOR:
		return get_vector(c->fd, buf, len);
	case SPLICE:
		return get_spliced(c->fd, buf, len);
	case URING:
		return uring(IORING_OP_RECV, c->fd, buf, len, wait);
	case PEEK:
		return get_peeked(c, buf, len);
	case WAITALL:
		/* As much as comes soon: the peer may be a slow one. */
		return recv(c->fd, buf, len < 256 ? len : 256, MSG_WAITALL);
	default:
		return recv(c->fd, buf, len, 0);
	}
}

void calls_end(void)
{
	if (tube[0] >= 0) {
		close(tube[0]);
		close(tube[1]);
		tube[0] = -1;
	}
	uring_end();
}
