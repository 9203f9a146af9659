// SPDX-License-Identifier: GPL-2.0
/*
 * What socket options do to frames: class and time to live as the right host gets
 * them; priority and mark, which do not go over the wire, as packet taps of the left
 * host see them when they leave.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "options.h"

#define CLASS		0x48
#define ECN		3	/* bits of it that TCP sets itself */
#define HOPS		77
#define PRIORITY	5
#define MARK		0x77

/* ---- taps ---------------------------------------------------------------- */

static int tap_open(int side)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	int fd;

	if (!place_enter(side))
		return -1;
	to.sll_protocol = htons(ETH_P_ALL);
	to.sll_ifindex = if_nametoindex(place.dev[side]);
	fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)))
		wrong("cannot tap: %s", strerror(errno));
	return fd;
}

/* A filter for frames that have not both the mark and the priority */
static bool tap_filter(int fd)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1,
		  .off = offsetof(struct __sk_buff, mark) },
		{ .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 2, .off = 4,
		  .imm = MARK },
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1,
		  .off = offsetof(struct __sk_buff, priority) },
		{ .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 2, .off = 2,
		  .imm = PRIORITY },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 65535 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)program,
		.insn_cnt = sizeof(program) / sizeof(program[0]),
		.license = (uintptr_t)"GPL",
	};
	int prog = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	int err;

	if (prog < 0)
		return wrong("cannot load a filter: %s", strerror(errno));
	err = setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &prog, sizeof(prog));
	close(prog);
	return !err || wrong("cannot attach a filter: %s", strerror(errno));
}

/* ---- frames -------------------------------------------------------------- */

struct seen {
	unsigned int frames, class, hops;
};

static bool is_from(const struct conn *c, const uint8_t *tcp)
{
	uint16_t port;

	memcpy(&port, tcp, sizeof(port));
	return port == c->end[LEFT].in.sin_port;
}

/* Is it of this connection's left end? Then it counts. */
static void look(const struct conn *c, const uint8_t *frame, size_t n,
		 struct seen *s)
{
	const struct ip6_hdr *ip6 = (const void *)frame;
	const struct iphdr *ip = (const void *)frame;

	if (n < sizeof(*ip6) + 20)
		return;
	if (ip->version == 4) {
		if (ip->protocol != IPPROTO_TCP || !is_from(c, frame + 4 * ip->ihl))
			return;
		s->class = ip->tos & ~ECN;
		s->hops = ip->ttl;
	} else {
		if (ip6->ip6_nxt != IPPROTO_TCP || !is_from(c, frame + sizeof(*ip6)))
			return;
		s->class = ntohl(ip6->ip6_flow) >> 20 & 0xff & ~ECN;
		s->hops = ip6->ip6_hlim;
	}
	s->frames++;
}

/* All that the tap has; the last one counts, and how many there were. */
static void tap_read(int fd, const struct conn *c, struct seen *s)
{
	static uint8_t frame[65536];
	ssize_t n;

	while ((n = recv(fd, frame, sizeof(frame), MSG_DONTWAIT)) >= 0)
		look(c, frame, n, s);
}

/* ---- what is to be seen -------------------------------------------------- */

static int tap, unmarked;

static bool choose(struct conn *c)
{
	const bool v4 = family == AF_INET;

	return set_int(c, LEFT, v4 ? IPPROTO_IP : IPPROTO_IPV6,
		       v4 ? IP_TOS : IPV6_TCLASS, CLASS) &&
	       set_int(c, LEFT, v4 ? IPPROTO_IP : IPPROTO_IPV6,
		       v4 ? IP_TTL : IPV6_UNICAST_HOPS, HOPS) &&
	       set_int(c, LEFT, SOL_SOCKET, SO_PRIORITY, PRIORITY) &&
	       set_int(c, LEFT, SOL_SOCKET, SO_MARK, MARK);
}

static bool show(struct conn *c)
{
	struct seen right = {}, left = {}, old = {};

	tap_read(tap, c, &old);
	tap_read(unmarked, c, &old);
	if (!conn_pass(c))
		return false;
	tap_read(tap, c, &right);
	tap_read(unmarked, c, &left);
	if (!right.frames)
		return wrong("%s: the tap sees nothing", c->name);
	if (right.class != CLASS || right.hops != HOPS)
		return wrong("%s: frames have class %#x and %u hops", c->name,
			     right.class, right.hops);
	return !left.frames || wrong("%s: %u frames lack the mark or the priority",
				     c->name, left.frames);
}

static bool by_all(void)
{
	return pair_open() && conn_each(choose) && conn_each(show) &&
	       nic_offload(&moved, NULL) && show(&moved) && nic_has(&moved) &&
	       nic_terminate(&moved) && show(&moved);
}

bool tap_headers(void)
{
	bool ok;

	tap = tap_open(RIGHT);
	unmarked = tap_open(LEFT);
	ok = tap >= 0 && unmarked >= 0 && tap_filter(unmarked) && by_all();
	close(tap);
	close(unmarked);
	pair_close();
	return ok;
}
