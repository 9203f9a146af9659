// SPDX-License-Identifier: GPL-2.0
/*
 * What decisions cost, by how much there is to decide among: which connection has to make
 * room for a better one, and which rule a connection is for; and to show all there is.
 */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../common/nl.h"
#include "bench.h"
#include "conns.h"

/* Each is measured so often, together. */
#define TIMES		64

static struct nl nl;
static uint8_t large[4 << 20];

static void open_nl(void)
{
	int room = sizeof(large);

	if (nl_open(&nl))
		give_up("no chimney");
	setsockopt(mnl_socket_get_fd(nl.sock), SOL_SOCKET, SO_SNDBUFFORCE, &room,
		   sizeof(room));
	setsockopt(mnl_socket_get_fd(nl.sock), SOL_SOCKET, SO_RCVBUFFORCE, &room,
		   sizeof(room));
}

static void talk(struct nlmsghdr *req, mnl_cb_t each, void *arg)
{
	int err = nl_talk(&nl, req, each, arg);

	if (err)
		give_up("%s: %s", strerror(-err), nl.text);
}

/* ---- victims ------------------------------------------------------------- */

/* A target that has no room for more than @args[0] connections has as many. */
void bench_victims(char **args)
{
	uint64_t n = strtoull(args[0], NULL, 10), before;
	int i;

	open_nl();
	before = target_number("initiated/ok");
	objects_offload(0, n, 0);
	target_until("initiated/ok", before + n);
	measure_begin("victims");
	for (i = 0; i < TIMES; i++) {
		objects_offload(n + i, 1, 1 + i);
		target_until("initiated/ok", before + n + i + 1);
	}
	result("victims", "-", n, (double)measure_end() / TIMES,
	       "instructions/displacement");
	link_set(target_device(), 0);
	target_until("neighs", 0);
	link_set(target_device(), 1);
}

/* ---- rules --------------------------------------------------------------- */

/* None of them is for the connection but the last. */
static void put_rules(struct nlmsghdr *req, uint64_t n)
{
	struct nlattr *rule;
	uint64_t i;

	for (i = 0; i < n; i++) {
		rule = mnl_attr_nest_start(req, CHIMNEY_A_RULES_RULE);
		mnl_attr_put_u32(req, CHIMNEY_A_ADMISSION_RULE_VERDICT,
				 CHIMNEY_VERDICT_NEVER);
		if (i < n - 1) {
			mnl_attr_put_u32(req, CHIMNEY_A_ADMISSION_RULE_DADDR,
					 htonl(0x20000000 + i));
			mnl_attr_put_u32(req, CHIMNEY_A_ADMISSION_RULE_DADDR_LEN, 32);
		}
		mnl_attr_nest_end(req, rule);
	}
	mnl_attr_put_u32(req, CHIMNEY_A_RULES_DEFAULT, CHIMNEY_VERDICT_NEVER);
}

static void set_rules(uint64_t n)
{
	struct nlmsghdr *req = (void *)large;
	const struct nlmsghdr *head = nl_begin(&nl, CHIMNEY_CMD_RULES_SET);

	memcpy(req, head, head->nlmsg_len);
	put_rules(req, n);
	talk(req, NULL, NULL);
}

static int take_rule(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a[CHIMNEY_A_TRIAL_MAX + 1];

	nl_attrs(msg, a, CHIMNEY_A_TRIAL_MAX);
	*(uint32_t *)arg = nl_u32(a[CHIMNEY_A_TRIAL_RULE]);
	return MNL_CB_OK;
}

static uint32_t try(int fd)
{
	struct nlmsghdr *req = nl_begin(&nl, CHIMNEY_CMD_TRY);
	struct sockaddr_in own, peer;
	socklen_t len = sizeof(own);
	uint32_t rule = 0;

	getsockname(fd, (void *)&own, &len);
	getpeername(fd, (void *)&peer, &len);
	mnl_attr_put_u32(req, CHIMNEY_A_TRIAL_SADDR, own.sin_addr.s_addr);
	mnl_attr_put_u32(req, CHIMNEY_A_TRIAL_DADDR, peer.sin_addr.s_addr);
	mnl_attr_put_u16(req, CHIMNEY_A_TRIAL_SPORT, own.sin_port);
	mnl_attr_put_u16(req, CHIMNEY_A_TRIAL_DPORT, peer.sin_port);
	talk(req, take_rule, &rule);
	return rule;
}

void bench_rules(char **args)
{
	uint64_t n = strtoull(args[0], NULL, 10);
	struct conns c;
	int i;

	open_nl();
	conns_make(&c, 1, 0, 0);
	set_rules(n);
	measure_begin("rules");
	for (i = 0; i < TIMES; i++)
		if (try(c.fd[LEFT][0]) != n)
			give_up("another rule counts than the last");
	result("rules", "-", n, (double)measure_end() / TIMES, "instructions/match");
	set_rules(1);
	conns_close(&c);
}

/* ---- showing all --------------------------------------------------------- */

static int count(const struct nlmsghdr *msg, void *arg)
{
	++*(uint64_t *)arg;
	return MNL_CB_OK;
}

void bench_dump(char **args)
{
	uint64_t n = strtoull(args[0], NULL, 10), before, seen = 0;

	open_nl();
	before = target_number("initiated/ok");
	objects_offload(0, n, 0);
	target_until("initiated/ok", before + n);
	measure_begin("dump");
	talk(nl_begin_dump(&nl, CHIMNEY_CMD_OBJECT_GET), count, &seen);
	if (seen < n)
		give_up("%llu objects are shown of %llu", (unsigned long long)seen,
			(unsigned long long)n);
	result("dump", "-", n, (double)measure_end() / seen, "instructions/object");
	link_set(target_device(), 0);
	target_until("neighs", 0);
	link_set(target_device(), 1);
}
