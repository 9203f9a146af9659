// SPDX-License-Identifier: GPL-2.0
/*
 * hand [-l] [-H HOPS] [-C CLASS] [-F LABEL] ADDRESS PORT - one end of a TCP
 * connection, moved by hand
 *
 * Connects, or with -l accepts one connection, prints "ADDRESS:PORT
 * ADDRESS:PORT", its own address first, and then obeys a line at a time from
 * standard input. It answers each with "ok" and what there is to say, or with
 * the name of the error. Of an IPv6 connection the hop limit, the traffic class and,
 * if it connects, the flow label may be chosen.
 *
 *	send N		send N octets of a stream whose octets are known
 *	more N		the same, and say that more will follow
 *	drip N		the same, each octet in a segment of its own
 *	sendfile N	the same, by sendfile() from a file
 *	zerocopy N	the same, with MSG_ZEROCOPY; answers how the kernel did it
 *	oob		send an urgent octet
 *	recv N		receive N octets of the peer's stream, and check them;
 *			answers how many milliseconds that took
 *	fault N		let a thread receive N octets into memory that is not
 *			there; done when the thread waits for that memory
 *	serve		let it have the memory, and check what it received
 *	urgent		receive an urgent octet
 *	quiet MS	see that nothing comes for so long
 *	end		see the peer's stream end
 *	error		wait until the socket has an error, and answer it
 *	shutdown	end the own stream
 *	disconnect	connect() to no address
 *	listen		listen()
 *	linger		closing means aborting
 *	rcvbuf N	SO_RCVBUF
 *	patience MS	TCP_USER_TIMEOUT
 *	alive S		keepalive: a probe after so many seconds, then one a
 *			second, three without an answer
 *	options		put IP options into every packet from here on; over IPv6
 *			destination options
 *
 * When its input ends it closes. Exit status: 0; 1 if there is no connection; 2
 * usage.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <linux/errqueue.h>
#include <linux/in6.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "../common/end.h"
#include "fault.h"

#define PATIENCE_MS	30000
#define CHUNK		65536

/* What goes wrong without the kernel saying so has errors of its own */
enum { WRONG_OCTET = EBADMSG, NO_SUCH_VERB = EINVAL };

static int fd;
static uint32_t sent, received;	/* places in the two streams */
static long hops = -1, class = -1;	/* -1: as the kernel has them */
static uint32_t label;
static char answer[128];

/* Octet n of a stream. The period is no power of two, nor any size in use. */
static uint8_t octet(uint32_t n)
{
	return n % 251 ^ n >> 16;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000L + ts.tv_nsec / 1000000;
}

static void fill(uint8_t *buf, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = octet(sent + i);
}

/* 0, or an errno */
static int send_all(size_t n, int flags)
{
	static uint8_t buf[CHUNK];

	while (n) {
		size_t len = n < CHUNK ? n : CHUNK;
		ssize_t done;

		fill(buf, len);
		done = send(fd, buf, len, flags | MSG_NOSIGNAL);
		if (done < 0)
			return errno;
		sent += done;
		n -= done;
	}
	return 0;
}

static int set_number(int level, int option, int n)
{
	return setsockopt(fd, level, option, &n, sizeof(n)) ? errno : 0;
}

static int send_singly(size_t n)
{
	int err = set_number(IPPROTO_TCP, TCP_NODELAY, 1);

	while (n-- && !err)
		err = send_all(1, 0);
	return err;
}

static int send_file(size_t n)
{
	FILE *file = tmpfile();
	off_t at = 0;
	uint32_t i;
	int err = 0;

	if (!file)
		return errno;
	for (i = 0; i < n; i++)
		putc(octet(sent + i), file);
	fflush(file);
	while (n && !err) {
		ssize_t done = sendfile(fd, fileno(file), &at, n);

		if (done <= 0) {
			err = done ? errno : EPIPE;
		} else {
			sent += done;
			n -= done;
		}
	}
	fclose(file);
	return err;
}

static int wait_readable(short events, long ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, ms) > 0 ? 0 : ETIMEDOUT;
}

/* How the kernel has done it: by reference, or by copying after all */
static int zerocopy_done(void)
{
	const struct sock_extended_err *e;
	char control[256];
	struct msghdr msg = {
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int err = wait_readable(0, PATIENCE_MS);

	if (err)
		return err;
	if (recvmsg(fd, &msg, MSG_ERRQUEUE) < 0)
		return errno;
	e = (const struct sock_extended_err *)CMSG_DATA(CMSG_FIRSTHDR(&msg));
	snprintf(answer, sizeof(answer), "%s",
		 e->ee_code & SO_EE_CODE_ZEROCOPY_COPIED ?
		 "copied" : "referred");
	return 0;
}

/* The buffer is another's as soon as the kernel says that it has copied it. */
static int send_zerocopy(size_t n)
{
	uint8_t *buf = aligned_alloc(4096, (n + 4095) / 4096 * 4096);
	int on = 1, err;

	if (!buf || setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)))
		return errno;
	fill(buf, n);
	if (send(fd, buf, n, MSG_ZEROCOPY | MSG_NOSIGNAL) != (ssize_t)n)
		return errno ?: EMSGSIZE;
	sent += n;
	err = zerocopy_done();
	memset(buf, 0xff, n);
	return err;
}

static int check_octets(const uint8_t *buf, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (buf[i] != octet(received + i))
			return WRONG_OCTET;
	}
	received += n;
	return 0;
}

static int receive(size_t n)
{
	static uint8_t buf[CHUNK];
	long begin = now_ms();

	while (n) {
		ssize_t got;
		int err = wait_readable(POLLIN, PATIENCE_MS);

		if (err)
			return err;
		got = recv(fd, buf, n < CHUNK ? n : CHUNK, 0);
		if (got <= 0)
			return got ? errno : EPIPE;
		err = check_octets(buf, got);
		if (err)
			return err;
		n -= got;
	}
	snprintf(answer, sizeof(answer), "%ld", now_ms() - begin);
	return 0;
}

static int serve(void)
{
	const uint8_t *data;
	size_t n;
	int err = fault_end(&data, &n);

	return err ?: check_octets(data, n);
}

static int receive_urgent(void)
{
	char c;
	int err = wait_readable(POLLPRI, PATIENCE_MS);

	if (err)
		return err;
	if (recv(fd, &c, 1, MSG_OOB) != 1)
		return errno;
	return c == '!' ? 0 : WRONG_OCTET;
}

static int receive_end(void)
{
	char c;
	int err = wait_readable(POLLIN, PATIENCE_MS);
	ssize_t got;

	if (err)
		return err;
	got = recv(fd, &c, 1, 0);
	return got < 0 ? errno : got ? WRONG_OCTET : 0;
}

static int wait_error(void)
{
	socklen_t len = sizeof(int);
	int err = wait_readable(0, 2 * PATIENCE_MS), error = 0;

	if (err)
		return err;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	snprintf(answer, sizeof(answer), "%s", strerrorname_np(error) ?: "0");
	return 0;
}

static int disconnect(void)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	return connect(fd, &none, sizeof(none)) ? errno : 0;
}

static int set_linger(void)
{
	const struct linger l = { .l_onoff = 1 };

	return setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)) ? errno : 0;
}

static int set_keepalive(int seconds)
{
	return set_number(IPPROTO_TCP, TCP_KEEPIDLE, seconds) ?:
	       set_number(IPPROTO_TCP, TCP_KEEPINTVL, 1) ?:
	       set_number(IPPROTO_TCP, TCP_KEEPCNT, 3) ?:
	       set_number(SOL_SOCKET, SO_KEEPALIVE, 1);
}

static int family(void)
{
	union end own;
	socklen_t len = sizeof(own);

	return getsockname(fd, &own.sa, &len) ? -1 : own.sa.sa_family;
}

/* Options that do nothing: three of nothing, or padding of six octets */
static int set_options(void)
{
	const uint8_t nops[4] = { 1, 1, 1, 1 };
	const uint8_t padding[8] = { 0, 0, IP6OPT_PADN, 4 };
	int err;

	err = family() == AF_INET6 ?
	      setsockopt(fd, IPPROTO_IPV6, IPV6_DSTOPTS, padding, sizeof(padding)) :
	      setsockopt(fd, IPPROTO_IP, IP_OPTIONS, nops, sizeof(nops));
	return err ? errno : 0;
}

static int obey(const char *verb, size_t n)
{
	if (!strcmp(verb, "send"))
		return send_all(n, 0);
	if (!strcmp(verb, "more"))
		return send_all(n, MSG_MORE);
	if (!strcmp(verb, "drip"))
		return send_singly(n);
	if (!strcmp(verb, "sendfile"))
		return send_file(n);
	if (!strcmp(verb, "zerocopy"))
		return send_zerocopy(n);
	if (!strcmp(verb, "oob"))
		return send(fd, "!", 1, MSG_OOB) == 1 ? 0 : errno;
	if (!strcmp(verb, "recv"))
		return receive(n);
	if (!strcmp(verb, "fault"))
		return fault_begin(fd, n, PATIENCE_MS);
	if (!strcmp(verb, "serve"))
		return serve();
	if (!strcmp(verb, "urgent"))
		return receive_urgent();
	if (!strcmp(verb, "quiet"))
		return wait_readable(POLLIN, n) ? 0 : WRONG_OCTET;
	if (!strcmp(verb, "end"))
		return receive_end();
	if (!strcmp(verb, "error"))
		return wait_error();
	if (!strcmp(verb, "shutdown"))
		return shutdown(fd, SHUT_WR) ? errno : 0;
	if (!strcmp(verb, "disconnect"))
		return disconnect();
	if (!strcmp(verb, "listen"))
		return listen(fd, 1) ? errno : 0;
	if (!strcmp(verb, "linger"))
		return set_linger();
	if (!strcmp(verb, "rcvbuf"))
		return set_number(SOL_SOCKET, SO_RCVBUF, n);
	if (!strcmp(verb, "patience"))
		return set_number(IPPROTO_TCP, TCP_USER_TIMEOUT, n);
	if (!strcmp(verb, "alive"))
		return set_keepalive(n);
	if (!strcmp(verb, "options"))
		return set_options();
	return NO_SUCH_VERB;
}

/* A label is leased from the kernel first. */
static int lease_label(int s, struct sockaddr_in6 *to)
{
	struct in6_flowlabel_req req = {
		.flr_dst = to->sin6_addr,
		.flr_label = htonl(label),
		.flr_action = IPV6_FL_A_GET,
		.flr_share = IPV6_FL_S_ANY,
		.flr_flags = IPV6_FL_F_CREATE,
	};
	const int on = 1;

	to->sin6_flowinfo = htonl(label);
	return setsockopt(s, IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, &req,
			  sizeof(req)) ?:
	       setsockopt(s, IPPROTO_IPV6, IPV6_FLOWINFO_SEND, &on, sizeof(on));
}

/* What is to be chosen of its packets' headers; accepted connections inherit it. */
static int set_header(int s, union end *to)
{
	const int h = hops, c = class;

	if (h >= 0 && setsockopt(s, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &h, sizeof(h)))
		return -1;
	if (c >= 0 && setsockopt(s, IPPROTO_IPV6, IPV6_TCLASS, &c, sizeof(c)))
		return -1;
	return label ? lease_label(s, &to->in6) : 0;
}

static int establish(bool passive, const char *host, const char *port)
{
	union end end;
	int s, on = 1;

	if (!end_set(&end, host, port))
		return -1;
	s = socket(end.sa.sa_family, SOCK_STREAM, 0);
	if (s < 0 || set_header(s, &end))
		return -1;
	if (!passive)
		return connect(s, &end.sa, end_size(&end)) ? -1 : s;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(s, &end.sa, end_size(&end)) || listen(s, 1))
		return -1;
	puts("listening");
	fd = accept(s, NULL, NULL);
	close(s);
	return fd;
}

static void show_name(int (*name)(int, struct sockaddr *, socklen_t *),
		      const char *after)
{
	char text[END_NAME];
	union end end = {};
	socklen_t len = sizeof(end);

	name(fd, &end.sa, &len);
	end_name(&end, text);
	printf("%s%s", text, after);
}

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: hand [-l] [-H HOPS] [-C CLASS] [-F LABEL] ADDRESS PORT\n",
	      stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	char line[128], verb[32];
	bool passive = false;
	int o;

	while ((o = getopt(argc, argv, "lH:C:F:")) != -1) {
		switch (o) {
		case 'l': passive = true; break;
		case 'H': hops = strtol(optarg, NULL, 0); break;
		case 'C': class = strtol(optarg, NULL, 0); break;
		case 'F': label = strtoul(optarg, NULL, 0); break;
		default: usage();
		}
	}
	if (argc - optind != 2)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = establish(passive, argv[optind], argv[optind + 1]);
	if (fd < 0) {
		perror("hand");
		return 1;
	}
	show_name(getsockname, " ");
	show_name(getpeername, "\n");

	while (fgets(line, sizeof(line), stdin)) {
		size_t n = 0;
		int err;

		if (sscanf(line, "%31s %zu", verb, &n) < 1)
			continue;
		answer[0] = '\0';
		err = obey(verb, n);
		if (err)
			printf("%s\n", strerrorname_np(err) ?: "?");
		else
			printf("ok%s%s\n", *answer ? " " : "", answer);
	}
	close(fd);
	return 0;
}
