// SPDX-License-Identifier: GPL-2.0
/* Calls that move octets: what an application may use instead of send and recv. */
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/io_uring.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
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
	"uring", "zerocopy", "mapped", "mixed", NULL };

#define PAGE		4096

/* Octets that the kernel sends from where they are, and until when they lie there */
#define SLOTS		4
#define SLOT		16384

struct zerocopy {
	uint8_t octets[SLOTS][SLOT];
	bool busy[SLOTS];
	uint32_t next;		/* number of the next such call, as the kernel counts */
};

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

/* What the kernel needs of it after it is closed, it keeps. */
static void zerocopy_open(struct conn *c)
{
	int one = 1;

	c->zerocopy = mmap(NULL, sizeof(*c->zerocopy), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (c->zerocopy == MAP_FAILED ||
	    setsockopt(c->fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		die("zero copy");
}

/* The octets of these calls are ours again: what is sent from there now is wrong. */
static void zerocopy_done(struct zerocopy *z, uint32_t from, uint32_t to)
{
	for (; (int32_t)(to - from) >= 0; from++) {
		memset(z->octets[from % SLOTS], 0xa5, SLOT);
		z->busy[from % SLOTS] = false;
	}
}

static void zerocopy_tend(struct conn *c)
{
	char control[128];
	struct msghdr msg;
	struct sock_extended_err *e;
	struct cmsghdr *cmsg;

	for (;;) {
		msg = (struct msghdr) { .msg_control = control,
					.msg_controllen = sizeof(control) };
		if (recvmsg(c->fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return;
		cmsg = CMSG_FIRSTHDR(&msg);
		e = cmsg ? (void *)CMSG_DATA(cmsg) : NULL;
		if (!e || e->ee_origin != SO_EE_ORIGIN_ZEROCOPY)
			complain(c, "an error, and not of a zero copy");
		else
			zerocopy_done(c->zerocopy, e->ee_info, e->ee_data);
	}
}

/*
 * Now and then, and only if there is a place: a connection with such octets under
 * way stays in the host, and this one is to move.
 */
static ssize_t put_zerocopy(struct conn *c, const uint8_t *buf, size_t len)
{
	struct zerocopy *z;
	uint32_t slot;
	ssize_t n;

	if (!c->zerocopy)
		zerocopy_open(c);
	zerocopy_tend(c);
	z = c->zerocopy;
	slot = z->next % SLOTS;
	if (z->busy[slot] || pattern_mix(c->tx) & 3)
		return send(c->fd, buf, len, MSG_NOSIGNAL);
	if (len > SLOT)
		len = SLOT;
	memcpy(z->octets[slot], buf, len);
	n = send(c->fd, z->octets[slot], len, MSG_NOSIGNAL | MSG_ZEROCOPY);
	if (n < 0 && errno == ENOBUFS)	/* too much is to be told already */
		return send(c->fd, buf, len, MSG_NOSIGNAL);
	if (n > 0) {
		z->busy[slot] = true;
		z->next++;
		__atomic_add_fetch(&zerocopied, n, __ATOMIC_RELAXED);
	}
	return n;
}

ssize_t put_octets(struct conn *c, const uint8_t *buf, size_t len)
{
	int wait = blocks(c) ? 0 : MSG_DONTWAIT;
	int more = 0;

	switch (c->calls) {
	case VECTOR:
		return put_vector(c->fd, buf, len);
	case SENDFILE:
		return put_file(c, buf, len);
	case SPLICE:
	case MAPPED:	/* whole pages, which the peer can map */
		return put_spliced(c->fd, buf, len);
	case URING:
		return uring(IORING_OP_SEND, c->fd, (void *)buf, len,
			     MSG_NOSIGNAL | wait);
	case ZEROCOPY:
		return put_zerocopy(c, buf, len);
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

/*
 * The pages in which octets were received, if there are whole ones and at once; what
 * lies before them, or is all there is, is received as ever.
 */
static ssize_t get_mapped(struct conn *c, uint8_t *buf, size_t len)
{
	struct tcp_zerocopy_receive zc = { .length = len & ~(PAGE - 1) };
	struct pollfd there = { .fd = c->fd, .events = POLLIN };
	socklen_t size = sizeof(zc);

	if (!c->mapped) {
		c->mapped = mmap(NULL, BUFFER, PROT_READ, MAP_SHARED, c->fd, 0);
		/* Another process must not hold on to the socket by it. */
		if (c->mapped == MAP_FAILED ||
		    madvise(c->mapped, BUFFER, MADV_DONTFORK))
			die("mapping the socket");
	}
	zc.address = (uintptr_t)c->mapped;
	if (blocks(c))		/* which the next call does not */
		poll(&there, 1, -1);
	if (zc.length && getsockopt(c->fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE,
				    &zc, &size))
		zc.length = 0;	/* why, the next call tells */
	if (!zc.length)
		return recv(c->fd, buf, zc.recv_skip_hint &&
			    zc.recv_skip_hint < len ? zc.recv_skip_hint : len, 0);
	memcpy(buf, c->mapped, zc.length);
	__atomic_add_fetch(&pages, zc.length, __ATOMIC_RELAXED);
	return zc.length;
}

ssize_t get_octets(struct conn *c, uint8_t *buf, size_t len)
{
	int wait = blocks(c) ? 0 : MSG_DONTWAIT;

	switch (c->calls) {
	case VECTOR:
		return get_vector(c->fd, buf, len);
	case SPLICE:
		return get_spliced(c->fd, buf, len);
	case URING:
		return uring(IORING_OP_RECV, c->fd, buf, len, wait);
	case MAPPED:
		return get_mapped(c, buf, len);
	case PEEK:
		return get_peeked(c, buf, len);
	case WAITALL:
		/* As much as comes soon: the peer may be a slow one. */
		return recv(c->fd, buf, len < 256 ? len : 256, MSG_WAITALL);
	default:
		return recv(c->fd, buf, len, 0);
	}
}

void calls_tend(struct conn *c)
{
	if (c->zerocopy)
		zerocopy_tend(c);
}

void calls_close(struct conn *c)
{
	if (c->zerocopy)
		munmap(c->zerocopy, sizeof(*c->zerocopy));
	if (c->mapped)
		munmap(c->mapped, BUFFER);
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
