// SPDX-License-Identifier: GPL-2.0
/*
 * The places are where bench/lib.sh has put them: the environment has BENCH_LEFT and
 * BENCH_RIGHT (network namespaces, files), BENCH_OWN (an address of the left host),
 * BENCH_PEER (one that is reached through the target's device: of the right host, or of
 * nobody) and BENCH_TARGET (the target's folder in the left host's sysfs).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/nl.h"
#include "../common/repair.h"
#include "bench.h"
#include "conns.h"

#define PORT		7200
/* As many fit into one message */
#define AT_ONCE		400
/* An end with one port has so many connections, each to another port. */
#define PORTS		20000

static const char *setting(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		give_up("%s is not set", name);
	return value;
}

/* ---- hosts --------------------------------------------------------------- */

void host_enter(int side)
{
	static int netns[2] = { -1, -1 };

	if (netns[side] < 0)
		netns[side] = open(setting(side == LEFT ? "BENCH_LEFT" :
							  "BENCH_RIGHT"),
				   O_RDONLY | O_CLOEXEC);
	if (setns(netns[side], CLONE_NEWNET))
		give_up("cannot enter a host: %s", strerror(errno));
}

/* ---- connections --------------------------------------------------------- */

static void set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		give_up("option %d/%d: %s", level, option, strerror(errno));
}

static struct sockaddr_in an_end(const char *addr, uint64_t port)
{
	struct sockaddr_in end = {
		.sin_family = AF_INET, .sin_port = htons(port)
	};

	inet_pton(AF_INET, setting(addr), &end.sin_addr);
	return end;
}

/* Room for @n */
static void begin(struct conns *c, uint64_t n, int ends)
{
	struct rlimit files = { ends * n + 100, ends * n + 100 };

	if (setrlimit(RLIMIT_NOFILE, &files))
		give_up("cannot have %llu files", (unsigned long long)ends * n);
	c->n = n;
	c->fd[LEFT] = calloc(n, sizeof(int));
	c->fd[RIGHT] = ends > 1 ? calloc(n, sizeof(int)) : NULL;
	host_enter(LEFT);
}

/* ---- without a peer ------------------------------------------------------ */

/* The window is shut, so that what is to be sent waits. */
static const struct repair at_rest = {
	.info = {
		.tcpi_options = TCPI_OPT_SACK | TCPI_OPT_WSCALE | TCPI_OPT_TIMESTAMPS,
		.tcpi_snd_wscale = 7,
		.tcpi_rcv_wscale = 7,
	},
	.window = {
		.snd_wl1 = 2000000, .max_window = 65536, .rcv_wnd = 65536,
		.rcv_wup = 2000000,
	},
	.mss = 1448,
};

static void fill(int fd, unsigned int skbs, size_t size)
{
	static uint8_t octets[1 << 16];
	int i;

	for (i = 0; i < (int)skbs; i++)
		if (send(fd, octets, size, MSG_EOR | MSG_NOSIGNAL) != (ssize_t)size)
			give_up("cannot fill a queue: %s", strerror(errno));
}

static int make(uint64_t i, unsigned int skbs, size_t size)
{
	struct repair r = at_rest;
	int fd, err;

	r.end[0].in = an_end("BENCH_OWN", PORT + i / PORTS);
	r.end[1].in = an_end("BENCH_PEER", 10000 + i % PORTS);
	r.seq[TCP_SEND_QUEUE] = 1000000;
	r.seq[TCP_RECV_QUEUE] = 2000000;
	err = repair_restore(&r, &fd);
	if (err)
		give_up("cannot make a connection: %s: %s", r.failed, strerror(-err));
	if (!skbs)
		return fd;
	set(fd, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_ON);
	set(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, TCP_RECV_QUEUE);
	fill(fd, skbs, size);
	set(fd, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP);
	fill(fd, skbs, size);
	return fd;
}

void conns_make(struct conns *c, uint64_t n, unsigned int skbs, size_t size)
{
	uint64_t i;

	begin(c, n, 1);
	for (i = 0; i < n; i++)
		c->fd[LEFT][i] = make(i, skbs, size);
	/* The probes of the window are minutes apart by then. */
	if (skbs)
		nap_ms(600000);
}

/* ---- between two hosts --------------------------------------------------- */

static int listen_at(uint64_t group)
{
	struct sockaddr_in end = an_end("BENCH_PEER", PORT + group);
	int fd;

	host_enter(RIGHT);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, (void *)&end, sizeof(end)) || listen(fd, 64))
		give_up("cannot listen: %s", strerror(errno));
	host_enter(LEFT);
	return fd;
}

static int connect_to(uint64_t group)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in end = an_end("BENCH_PEER", PORT + group);

	if (connect(fd, (void *)&end, sizeof(end)))
		give_up("cannot connect: %s", strerror(errno));
	return fd;
}

void conns_open(struct conns *c, uint64_t n)
{
	int listener = -1;
	uint64_t i;

	begin(c, n, 2);
	for (i = 0; i < n; i++) {
		if (i % PORTS == 0) {
			close(listener);
			listener = listen_at(i / PORTS);
		}
		c->fd[LEFT][i] = connect_to(i / PORTS);
		c->fd[RIGHT][i] = accept(listener, NULL, NULL);
		if (c->fd[RIGHT][i] < 0)
			give_up("cannot accept: %s", strerror(errno));
	}
	close(listener);
}

void conns_close(struct conns *c)
{
	struct linger abort = { 1, 0 };
	uint64_t i;
	int side;

	for (side = LEFT; side <= RIGHT; side++) {
		for (i = 0; c->fd[side] && i < c->n; i++) {
			setsockopt(c->fd[side][i], SOL_SOCKET, SO_LINGER, &abort,
				   sizeof(abort));
			close(c->fd[side][i]);
		}
		free(c->fd[side]);
	}
}

/* ---- the target ---------------------------------------------------------- */

static int target_file(const char *name, int flags)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", setting("BENCH_TARGET"), name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		give_up("%s: %s", path, strerror(errno));
	return fd;
}

static void target_write(const char *name, const char *text)
{
	int fd = target_file(name, O_WRONLY);

	if (write(fd, text, strlen(text)) < 0)
		give_up("%s %s: %s", name, text, strerror(errno));
	close(fd);
}

/* A file that was read last stays open: asking shall cost little. */
uint64_t target_number(const char *name)
{
	static const char *last;
	static int fd = -1;
	char text[64] = "";

	if (name != last) {
		close(fd);
		fd = target_file(name, O_RDONLY);
		last = name;
	}
	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		give_up("%s: %s", name, strerror(errno));
	return strtoull(text, NULL, 10);
}

void target_until(const char *name, uint64_t value)
{
	unsigned int tries = 0;

	while (target_number(name) != value) {
		if (tries++ > 1000)
			give_up("%s is %llu, and does not become %llu", name,
				(unsigned long long)target_number(name),
				(unsigned long long)value);
		nap_ms(200);
	}
}

const char *target_device(void)
{
	static char path[256];
	char *end;

	snprintf(path, sizeof(path), "%s", setting("BENCH_TARGET"));
	end = strrchr(path, '/');
	*end = '\0';
	return strrchr(path, '/') + 1;
}

/* Named one by one: to look for all means to look at every socket of the host. */
static void put_match(struct nlmsghdr *req, int fd)
{
	struct nlattr *nest = mnl_attr_nest_start(req, CHIMNEY_A_REQUEST_MATCH);
	struct sockaddr_in own, peer;
	socklen_t len = sizeof(own);

	if (getsockname(fd, (void *)&own, &len) || getpeername(fd, (void *)&peer, &len))
		give_up("a connection has no name: %s", strerror(errno));
	mnl_attr_put_u32(req, CHIMNEY_A_MATCH_SADDR, own.sin_addr.s_addr);
	mnl_attr_put_u32(req, CHIMNEY_A_MATCH_DADDR, peer.sin_addr.s_addr);
	mnl_attr_put_u16(req, CHIMNEY_A_MATCH_SPORT, own.sin_port);
	mnl_attr_put_u16(req, CHIMNEY_A_MATCH_DPORT, peer.sin_port);
	mnl_attr_nest_end(req, nest);
}

void target_offload(const struct conns *c)
{
	uint64_t before = target_number("initiated/ok"), i = 0, end;
	static struct nl nl;
	struct nlmsghdr *req;
	int err;

	host_enter(LEFT);
	if (!nl.sock && nl_open(&nl))
		give_up("no chimney");
	while (i < c->n) {
		end = i + AT_ONCE < c->n ? i + AT_ONCE : c->n;
		req = nl_begin(&nl, CHIMNEY_CMD_OFFLOAD);
		mnl_attr_put_u32(req, CHIMNEY_A_REQUEST_IFINDEX,
				 if_nametoindex(target_device()));
		for (; i < end; i++)
			put_match(req, c->fd[LEFT][i]);
		err = nl_talk(&nl, req, NULL, NULL);
		if (err)
			give_up("cannot offload: %s: %s", strerror(-err), nl.text);
		/* Not side by side: who has to wait for whom would be chance. */
		target_until("initiated/ok", before + i);
	}
}

void target_terminate(void)
{
	target_write("terminate", "all");
	target_until("neighs", 0);
}
