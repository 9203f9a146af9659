// SPDX-License-Identifier: GPL-2.0
/*
 * send() and recv() by io_uring, one request at a time: the socket's operations run
 * in the kernel's task work, or are retried by its poll. See io_uring(7).
 */
#include <errno.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stream.h"

/* Of a thread; its rings are one mapping (IORING_FEAT_SINGLE_MMAP, Linux 5.4) */
struct ring {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array;
	unsigned int *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	char *rings;
	size_t rings_size, sqes_size;
};

static __thread struct ring ring = { .fd = -1 };

static void *map(int fd, size_t size, off_t what)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, fd, what);

	if (p == MAP_FAILED)
		die("io_uring");
	return p;
}

static void open_ring(void)
{
	struct io_uring_params p = {};
	size_t sq, cq;

	ring.fd = syscall(SYS_io_uring_setup, 2, &p);
	if (ring.fd < 0 || !(p.features & IORING_FEAT_SINGLE_MMAP))
		die("io_uring");
	sq = p.sq_off.array + p.sq_entries * sizeof(unsigned int);
	cq = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	ring.rings_size = sq > cq ? sq : cq;
	ring.rings = map(ring.fd, ring.rings_size, IORING_OFF_SQ_RING);
	ring.sqes_size = p.sq_entries * sizeof(*ring.sqes);
	ring.sqes = map(ring.fd, ring.sqes_size, IORING_OFF_SQES);
	ring.sq_tail = (void *)(ring.rings + p.sq_off.tail);
	ring.sq_mask = (void *)(ring.rings + p.sq_off.ring_mask);
	ring.sq_array = (void *)(ring.rings + p.sq_off.array);
	ring.cq_head = (void *)(ring.rings + p.cq_off.head);
	ring.cq_tail = (void *)(ring.rings + p.cq_off.tail);
	ring.cq_mask = (void *)(ring.rings + p.cq_off.ring_mask);
	ring.cqes = (void *)(ring.rings + p.cq_off.cqes);
}

static ssize_t result(void)
{
	unsigned int head = *ring.cq_head;
	int res;

	while (__atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE) == head) {
		if (syscall(SYS_io_uring_enter, ring.fd, 0, 1,
			    IORING_ENTER_GETEVENTS, NULL, 0) < 0 && errno != EINTR)
			die("io_uring");
	}
	res = ring.cqes[head & *ring.cq_mask].res;
	__atomic_store_n(ring.cq_head, head + 1, __ATOMIC_RELEASE);
	if (res >= 0)
		return res;
	errno = -res;
	return -1;
}

ssize_t uring(int op, int fd, void *buf, size_t len, int flags)
{
	unsigned int tail, at;

	if (ring.fd < 0)
		open_ring();
	tail = *ring.sq_tail;
	at = tail & *ring.sq_mask;
	ring.sqes[at] = (struct io_uring_sqe) {
		.opcode = op,
		.fd = fd,
		.addr = (uintptr_t)buf,
		.len = len,
		.msg_flags = flags,
	};
	ring.sq_array[at] = at;
	__atomic_store_n(ring.sq_tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) < 0 && errno != EINTR)
		die("io_uring");
	return result();
}

void uring_end(void)
{
	if (ring.fd < 0)
		return;
	munmap(ring.rings, ring.rings_size);
	munmap(ring.sqes, ring.sqes_size);
	close(ring.fd);
	ring.fd = -1;
}
