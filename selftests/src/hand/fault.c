// SPDX-License-Identifier: GPL-2.0
/* See userfaultfd(2). */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int uffd, from;
static uint8_t *page;
static size_t wanted;
static ssize_t got;
static pthread_t thread;

static void *receive_there(void *unused)
{
	got = recv(from, page, wanted, MSG_WAITALL);
	if (got < 0)
		got = -errno;
	return unused;
}

static int register_page(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api))
		return errno;
	page = mmap(NULL, FAULT_MAX, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return errno;
	range.range.start = (uintptr_t)page;
	range.range.len = FAULT_MAX;
	return ioctl(uffd, UFFDIO_REGISTER, &range) ? errno : 0;
}

int fault_begin(int fd, size_t n, int ms)
{
	struct pollfd p = { .events = POLLIN };
	int err = n && n <= FAULT_MAX ? register_page() : EMSGSIZE;

	if (err)
		return err;
	from = fd;
	wanted = n;
	err = pthread_create(&thread, NULL, receive_there, NULL);
	if (err)
		return err;
	p.fd = uffd;
	return poll(&p, 1, ms) > 0 ? 0 : ETIMEDOUT;
}

int fault_end(const uint8_t **data, size_t *n)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (uintptr_t)page, .len = FAULT_MAX },
	};

	if (ioctl(uffd, UFFDIO_ZEROPAGE, &zero))
		return errno;
	pthread_join(thread, NULL);
	close(uffd);
	if (got < 0)
		return -got;
	*data = page;
	*n = got;
	return 0;
}
