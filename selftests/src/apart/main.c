// SPDX-License-Identifier: GPL-2.0
/*
 * apart.so: for programs that talk to themselves over the loopback device, preloaded.
 * The end that listens lies in the network namespace APART_NETNS (a file, as setns()
 * takes it), and is reached there by APART_IPV4 and APART_IPV6; APART_HOME is where the
 * program runs, which itself stays as it is.
 *
 * A socket belongs to the namespace it was made in, when it is not known yet what will
 * become of it: what is bound is made once more, there. What was set on it before is
 * lost, but for SO_REUSEADDR.
 */

#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *setting(const char *name)
{
	const char *value = getenv(name);

	if (!value) {
		fprintf(stderr, "apart: %s is not set\n", name);
		exit(1);
	}
	return value;
}

/* The next one of that name is the C library's. */
static int (*libc(const char *name))(int, const struct sockaddr *, socklen_t)
{
	return (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, name);
}

static int enter(const char *netns)
{
	int fd = open(netns, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -1;
	err = setns(fd, CLONE_NEWNET);
	close(fd);
	return err;
}

/* Of this thread alone, which comes back. */
static int socket_there(int family, int type)
{
	int fd = -1;

	if (!enter(setting("APART_NETNS")))
		fd = socket(family, type, 0);
	if (enter(setting("APART_HOME"))) {
		perror("apart: APART_HOME");
		exit(1);
	}
	return fd;
}

static int move(int fd, int family)
{
	int one = 1, type, err;
	socklen_t len = sizeof(type);
	int there;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len))
		return -1;
	there = socket_there(family, type);
	if (there < 0)
		return -1;
	err = setsockopt(there, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!err)
		err = dup2(there, fd) < 0 ? -1 : 0;
	close(there);
	return err;
}

/* The address in a copy of addr that is not one of the loopback device any more */
static const struct sockaddr *translate(const struct sockaddr *addr, socklen_t len,
					struct sockaddr_storage *copy)
{
	struct sockaddr_in6 *in6 = (void *)copy;
	struct sockaddr_in *in = (void *)copy;

	if (len > sizeof(*copy))
		return addr;
	memcpy(copy, addr, len);
	if (addr->sa_family == AF_INET && in->sin_addr.s_addr == htonl(INADDR_LOOPBACK))
		inet_pton(AF_INET, setting("APART_IPV4"), &in->sin_addr);
	if (addr->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr))
		inet_pton(AF_INET6, setting("APART_IPV6"), &in6->sin6_addr);
	return (const struct sockaddr *)copy;
}

static int is_ip(const struct sockaddr *addr)
{
	return addr->sa_family == AF_INET || addr->sa_family == AF_INET6;
}

int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct sockaddr_storage copy;

	if (is_ip(addr) && move(fd, addr->sa_family))
		return -1;
	return libc("bind")(fd, translate(addr, len, &copy), len);
}

int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct sockaddr_storage copy;

	return libc("connect")(fd, translate(addr, len, &copy), len);
}
