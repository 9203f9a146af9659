// SPDX-License-Identifier: GPL-2.0
/*
 * What else there is by the hundred thousand in the kernel's network, and goes away all
 * at once: routes when the link falls, and the entries of a connection tracker.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "bench.h"

/* So many requests go with one call. */
#define AT_ONCE		100

static struct mnl_socket *sock;
static uint8_t room[AT_ONCE * 256];

/* Only failures are answered. */
static void open_netlink(int protocol)
{
	struct timeval soon = { .tv_usec = 1000 };

	sock = mnl_socket_open(protocol);
	if (!sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID))
		give_up("cannot open netlink %d", protocol);
	setsockopt(mnl_socket_get_fd(sock), SOL_SOCKET, SO_RCVTIMEO, &soon,
		   sizeof(soon));
}

static void check_answers(void)
{
	static uint8_t answer[8192];
	const struct nlmsghdr *msg = (void *)answer;
	const struct nlmsgerr *e;

	if (mnl_socket_recvfrom(sock, answer, sizeof(answer)) < 0) {
		if (errno != EAGAIN)
			give_up("netlink: %s", strerror(errno));
		return;
	}
	e = mnl_nlmsg_get_payload(msg);
	give_up("a request of %u octets fails: %s", e->msg.nlmsg_len,
		strerror(-e->error));
}

/* Has the kernel make @n things, each of a request that @put writes. */
static void make(uint64_t n, void (*put)(struct nlmsghdr *req, uint64_t i,
					 uint32_t arg), uint32_t arg)
{
	struct nlmsghdr *req;
	uint64_t i = 0, end;
	size_t used;

	while (i < n) {
		used = 0;
		for (end = i + AT_ONCE; i < end && i < n; i++) {
			req = mnl_nlmsg_put_header(room + used);
			put(req, i, arg);
			used += MNL_ALIGN(req->nlmsg_len);
		}
		if (mnl_socket_sendto(sock, room, used) < 0)
			give_up("netlink: %s", strerror(errno));
	}
	check_answers();
}

/* ---- routes -------------------------------------------------------------- */

static void put_route(struct nlmsghdr *req, uint64_t i, uint32_t ifindex)
{
	struct rtmsg *rt;

	req->nlmsg_type = RTM_NEWROUTE;
	req->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL;
	rt = mnl_nlmsg_put_extra_header(req, sizeof(*rt));
	rt->rtm_family = AF_INET;
	rt->rtm_dst_len = 32;
	rt->rtm_table = RT_TABLE_MAIN;
	rt->rtm_protocol = RTPROT_STATIC;
	rt->rtm_scope = RT_SCOPE_LINK;
	rt->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(req, RTA_DST, htonl(0x20000000 + i));
	mnl_attr_put_u32(req, RTA_OIF, ifindex);
}

void link_set(const char *device, int up)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { 0 };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", device);
	if (ioctl(fd, SIOCGIFFLAGS, &ifr))
		give_up("%s: %s", device, strerror(errno));
	if (up)
		ifr.ifr_flags |= IFF_UP;
	else
		ifr.ifr_flags &= ~IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		give_up("%s: %s", device, strerror(errno));
	close(fd);
}

void bench_routes(char **args)
{
	uint64_t n = strtoull(args[1], NULL, 10);

	open_netlink(NETLINK_ROUTE);
	measure_begin("routes-add");
	make(n, put_route, if_nametoindex(args[0]));
	result("routes-add", "-", n, (double)measure_end() / n,
	       "instructions/route");
	measure_begin("routes-flush");
	link_set(args[0], 0);
	result("routes-flush", "-", n, (double)measure_end() / n,
	       "instructions/route");
	link_set(args[0], 1);
}

/* How many messages the answer to a dump has */
static uint64_t count_dump(struct nlmsghdr *req)
{
	static uint8_t answer[65536];
	const struct nlmsghdr *msg;
	struct timeval long_enough = { .tv_sec = 10 };
	uint64_t n = 0;
	int len;

	setsockopt(mnl_socket_get_fd(sock), SOL_SOCKET, SO_RCVTIMEO, &long_enough,
		   sizeof(long_enough));
	mnl_socket_sendto(sock, req, req->nlmsg_len);
	for (;;) {
		len = mnl_socket_recvfrom(sock, answer, sizeof(answer));
		if (len < 0)
			give_up("netlink: %s", strerror(errno));
		for (msg = (void *)answer; mnl_nlmsg_ok(msg, len);
		     msg = mnl_nlmsg_next(msg, &len)) {
			if (msg->nlmsg_type == NLMSG_DONE)
				return n;
			n++;
		}
	}
}

void bench_routes_dump(char **args)
{
	uint64_t n = strtoull(args[1], NULL, 10), seen;
	struct nlmsghdr *req;
	struct rtmsg *rt;

	open_netlink(NETLINK_ROUTE);
	make(n, put_route, if_nametoindex(args[0]));
	measure_begin("routes-dump");
	req = mnl_nlmsg_put_header(room);
	req->nlmsg_type = RTM_GETROUTE;
	req->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	rt = mnl_nlmsg_put_extra_header(req, sizeof(*rt));
	rt->rtm_family = AF_INET;
	seen = count_dump(req);
	if (seen < n)
		give_up("%llu routes are shown", (unsigned long long)seen);
	result("routes-dump", "-", n, (double)measure_end() / seen,
	       "instructions/route");
	link_set(args[0], 0);
	link_set(args[0], 1);
}

/* ---- conntrack ----------------------------------------------------------- */

static void put_tuple(struct nlmsghdr *req, uint16_t type, uint32_t src, uint32_t dst)
{
	struct nlattr *tuple = mnl_attr_nest_start(req, type);
	struct nlattr *part;

	part = mnl_attr_nest_start(req, CTA_TUPLE_IP);
	mnl_attr_put_u32(req, CTA_IP_V4_SRC, htonl(src));
	mnl_attr_put_u32(req, CTA_IP_V4_DST, htonl(dst));
	mnl_attr_nest_end(req, part);
	part = mnl_attr_nest_start(req, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(req, CTA_PROTO_NUM, IPPROTO_UDP);
	mnl_attr_put_u16(req, CTA_PROTO_SRC_PORT, htons(1));
	mnl_attr_put_u16(req, CTA_PROTO_DST_PORT, htons(1));
	mnl_attr_nest_end(req, part);
	mnl_attr_nest_end(req, tuple);
}

static void put_tracked(struct nlmsghdr *req, uint64_t i, uint32_t unused)
{
	struct nfgenmsg *nfg;

	req->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
	req->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL;
	nfg = mnl_nlmsg_put_extra_header(req, sizeof(*nfg));
	nfg->nfgen_family = AF_INET;
	nfg->version = NFNETLINK_V0;
	put_tuple(req, CTA_TUPLE_ORIG | NLA_F_NESTED, 0x20000000 + i, 0x0a000001);
	put_tuple(req, CTA_TUPLE_REPLY | NLA_F_NESTED, 0x0a000001, 0x20000000 + i);
	mnl_attr_put_u32(req, CTA_STATUS,
			 htonl(IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED));
	mnl_attr_put_u32(req, CTA_TIMEOUT, htonl(86400));
}

static void put_flush(struct nlmsghdr *req, uint64_t i, uint32_t unused)
{
	struct nfgenmsg *nfg;

	req->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
	req->nlmsg_flags = NLM_F_REQUEST;
	nfg = mnl_nlmsg_put_extra_header(req, sizeof(*nfg));
	nfg->nfgen_family = AF_INET;
	nfg->version = NFNETLINK_V0;
}

void bench_conntrack(char **args)
{
	uint64_t n = strtoull(args[0], NULL, 10);

	open_netlink(NETLINK_NETFILTER);
	measure_begin("conntrack-add");
	make(n, put_tracked, 0);
	result("conntrack-add", "-", n, (double)measure_end() / n,
	       "instructions/entry");
	measure_begin("conntrack-flush");
	make(1, put_flush, 0);
	result("conntrack-flush", "-", n, (double)measure_end() / n,
	       "instructions/entry");
}
