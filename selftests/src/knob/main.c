// SPDX-License-Identifier: GPL-2.0
/*
 * knob HOST PORT - a connected TCP socket that does what it is told
 *
 * Connects, prints "local ADDRESS:PORT peer ADDRESS:PORT", and then obeys a
 * line at a time from standard input, answering each with "ok" or the error:
 *
 *	int LEVEL OPTION VALUE	setsockopt() with a number
 *	str LEVEL OPTION TEXT	setsockopt() with a string
 *	hex LEVEL OPTION HEX	setsockopt() with octets
 *	filter, nofilter	attach a socket filter that passes all; detach
 *	sockmap			put it into a BPF sockmap
 *	send TEXT, oob TEXT	send; as urgent data
 *
 * It ends when its input does. Exit status: 0, 1 if it cannot connect, 2 usage.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fd;

static void show(const char *what, const struct sockaddr_storage *sa,
		 socklen_t len)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];

	getnameinfo((const struct sockaddr *)sa, len, host, sizeof(host), port,
		    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	printf("%s %s:%s ", what, host, port);
}

static int dial(const char *host, const char *port)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST,
	};
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct addrinfo *ai;

	if (getaddrinfo(host, port, &hints, &ai))
		return -1;
	fd = socket(ai->ai_family, ai->ai_socktype, 0);
	if (fd < 0 || connect(fd, ai->ai_addr, ai->ai_addrlen))
		return -1;
	getsockname(fd, (struct sockaddr *)&sa, &len);
	show("local", &sa, len);
	show("peer", (const struct sockaddr_storage *)ai->ai_addr,
	     ai->ai_addrlen);
	puts("");
	freeaddrinfo(ai);
	return 0;
}

static int filter(int on)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
	const struct sock_fprog prog = { .len = 1, .filter = &all };

	return setsockopt(fd, SOL_SOCKET, on ? SO_ATTACH_FILTER :
			  SO_DETACH_FILTER, &prog, sizeof(prog));
}

static int sockmap(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_SOCKMAP,
		.key_size = sizeof(int), .value_size = sizeof(int), .max_entries = 1,
	};
	int key = 0, map = syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));

	if (map < 0)
		return -1;
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;	/* and there it stays */
	attr.key = (unsigned long)&key;
	attr.value = (unsigned long)&fd;
	return syscall(__NR_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr));
}

static int set_hex(int level, int option, const char *hex)
{
	unsigned char octets[256];
	size_t n;

	for (n = 0; n < sizeof(octets) && hex[0] && hex[1]; n++, hex += 2)
		if (sscanf(hex, "%2hhx", &octets[n]) != 1)
			return -1;
	return setsockopt(fd, level, option, octets, n);
}

static int obey(const char *line)
{
	int level, option, value;
	char text[600];

	if (sscanf(line, "int %i %i %i", &level, &option, &value) == 3)
		return setsockopt(fd, level, option, &value, sizeof(value));
	if (sscanf(line, "str %i %i %599s", &level, &option, text) == 3)
		return setsockopt(fd, level, option, text, strlen(text));
	if (sscanf(line, "hex %i %i %599s", &level, &option, text) == 3)
		return set_hex(level, option, text);
	if (sscanf(line, "send %599s", text) == 1)
		return send(fd, text, strlen(text), MSG_NOSIGNAL) < 0 ? -1 : 0;
	if (sscanf(line, "oob %599s", text) == 1)
		return send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_OOB) < 0 ?
		       -1 : 0;
	if (!strncmp(line, "filter", 6))
		return filter(1);
	if (!strncmp(line, "nofilter", 8))
		return filter(0);
	if (!strncmp(line, "sockmap", 7))
		return sockmap();
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	char line[700];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 3) {
		fputs("usage: knob HOST PORT\n", stderr);
		return 2;
	}
	if (dial(argv[1], argv[2])) {
		perror("knob");
		return 1;
	}
	while (fgets(line, sizeof(line), stdin))
		puts(obey(line) ? strerror(errno) : "ok");
	return 0;
}
