// SPDX-License-Identifier: GPL-2.0
/*
 * rules [-s SEED] [-n ROUNDS] [-w] DEV PEER PORT: random rules of admission against
 * a model.
 *
 * Opens connections to PEER, ports PORT to PORT + 2, with random SO_PRIORITY and
 * SO_MARK. Each round sets a random list of rules and asks the kernel what would
 * become of each connection (try); which rule, verdict and priority that is has to
 * be what the model below says, which knows the connections by what it gave them.
 *
 * -w: the model is wrong on purpose (the last rule that matches counts).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/nl.h"

#define CONNS	12
#define RULES	12
#define A(name)	CHIMNEY_A_ADMISSION_RULE_##name

struct conn {
	uint32_t saddr, daddr;		/* host order */
	uint16_t sport, dport;
	uint32_t priority, mark;
};

struct rule {
	bool offload;
	bool has_saddr, has_daddr, has_sport, has_dport, has_dev, has_uid;
	bool has_prio, has_mark, has_priority, has_cap;
	uint32_t saddr, daddr, slen, dlen;
	uint16_t sport[2], dport[2];
	bool right_dev, right_uid;
	uint32_t prio[2], mark, mask, priority;
};

static struct nl nl;
static unsigned int seed, rounds = 100, round_now;
static const char *dev;
static bool wrong;
static struct conn conns[CONNS];
static struct rule rules[RULES];
static unsigned int nrules;
static bool fallback;

static void __attribute__((noreturn, format(printf, 1, 2)))
give_up(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "rules: seed %u, round %u: ", seed, round_now);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static uint32_t below(uint32_t n)
{
	static uint32_t state;

	if (!state)
		state = seed * 2654435761u | 1;
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % n;
}

static uint32_t mask(uint32_t len)
{
	return len ? ~0u << (32 - len) : 0;
}

/* ---- connections --------------------------------------------------------- */

static void open_conn(struct conn *c, uint32_t peer, uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET }, own;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(own);

	c->priority = below(7);
	c->mark = below(16);
	to.sin_addr.s_addr = htonl(peer);
	to.sin_port = htons(port);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &c->priority, sizeof(c->priority)) ||
	    setsockopt(fd, SOL_SOCKET, SO_MARK, &c->mark, sizeof(c->mark)) ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    getsockname(fd, (struct sockaddr *)&own, &len))
		give_up("cannot connect: %s", strerror(errno));
	c->saddr = ntohl(own.sin_addr.s_addr);
	c->sport = ntohs(own.sin_port);
	c->daddr = peer;
	c->dport = port;
}

/* ---- rules --------------------------------------------------------------- */

static void make_range(uint16_t range[2], uint16_t near)
{
	range[0] = near - below(3);
	range[1] = range[0] + below(3);
}

static void make_rule(struct rule *r)
{
	const struct conn *c = &conns[below(CONNS)];

	memset(r, 0, sizeof(*r));
	r->offload = below(2);
	r->has_saddr = !below(3);
	r->has_daddr = !below(4);
	r->has_sport = !below(2);
	r->has_dport = !below(2);
	r->has_dev = !below(5);
	r->has_uid = !below(5);
	r->has_prio = !below(3);
	r->has_mark = !below(3);
	r->slen = below(33);
	r->saddr = (c->saddr ^ (below(3) ? 0 : 1u << below(32))) & mask(r->slen);
	r->dlen = below(33);
	r->daddr = (c->daddr ^ (below(3) ? 0 : 1u << below(32))) & mask(r->dlen);
	make_range(r->sport, c->sport);
	make_range(r->dport, c->dport);
	r->right_dev = below(3);
	r->right_uid = below(3);
	r->prio[0] = below(7);
	r->prio[1] = r->prio[0] + below(3);
	r->mask = below(16);
	r->mark = (below(3) ? c->mark : below(16)) & r->mask;
	if (r->offload) {
		r->has_cap = !below(3);
		r->has_priority = !r->has_cap && below(2);
		r->priority = below(6);
	}
	/* What matches everything may only be the last: the kernel says so. */
	if (!(r->has_saddr | r->has_daddr | r->has_sport | r->has_dport |
	      r->has_dev | r->has_uid | r->has_prio | r->has_mark))
		r->has_dport = true;
}

static bool matches(const struct rule *r, const struct conn *c)
{
	return (!r->has_saddr || (c->saddr & mask(r->slen)) == r->saddr) &&
	       (!r->has_daddr || (c->daddr & mask(r->dlen)) == r->daddr) &&
	       (!r->has_sport || (c->sport >= r->sport[0] && c->sport <= r->sport[1])) &&
	       (!r->has_dport || (c->dport >= r->dport[0] && c->dport <= r->dport[1])) &&
	       (!r->has_dev || r->right_dev) && (!r->has_uid || r->right_uid) &&
	       (!r->has_prio || (c->priority >= r->prio[0] && c->priority <= r->prio[1])) &&
	       (!r->has_mark || (c->mark & r->mask) == r->mark);
}

static unsigned int model(const struct conn *c)
{
	unsigned int i, found = 0;

	for (i = 0; i < nrules; i++) {
		if (!matches(&rules[i], c))
			continue;
		found = i + 1;
		if (!wrong)
			break;
	}
	return found;
}

static void put_range16(struct nlmsghdr *req, uint16_t attr, const uint16_t range[2])
{
	mnl_attr_put_u16(req, attr, range[0]);
	mnl_attr_put_u16(req, attr + 1, range[1]);
}

static void put_rule(struct nlmsghdr *req, const struct rule *r)
{
	struct nlattr *nest = mnl_attr_nest_start(req, CHIMNEY_A_RULES_RULE);

	mnl_attr_put_u32(req, A(VERDICT), r->offload ? CHIMNEY_VERDICT_OFFLOAD :
						       CHIMNEY_VERDICT_NEVER);
	if (r->has_saddr) {
		mnl_attr_put_u32(req, A(SADDR), htonl(r->saddr));
		mnl_attr_put_u32(req, A(SADDR_LEN), r->slen);
	}
	if (r->has_daddr) {
		mnl_attr_put_u32(req, A(DADDR), htonl(r->daddr));
		mnl_attr_put_u32(req, A(DADDR_LEN), r->dlen);
	}
	if (r->has_sport)
		put_range16(req, A(SPORT_MIN), r->sport);
	if (r->has_dport)
		put_range16(req, A(DPORT_MIN), r->dport);
	if (r->has_dev)
		mnl_attr_put_strz(req, A(DEV), r->right_dev ? dev : "eth9");
	if (r->has_uid) {
		mnl_attr_put_u32(req, A(UID_MIN), r->right_uid ? 0 : 1);
		mnl_attr_put_u32(req, A(UID_MAX), 1000);
	}
	if (r->has_prio) {
		mnl_attr_put_u32(req, A(SO_PRIORITY_MIN), r->prio[0]);
		mnl_attr_put_u32(req, A(SO_PRIORITY_MAX), r->prio[1]);
	}
	if (r->has_mark) {
		mnl_attr_put_u32(req, A(MARK), r->mark);
		mnl_attr_put_u32(req, A(MARK_MASK), r->mask);
	}
	if (r->has_priority)
		mnl_attr_put_u32(req, A(PRIORITY), r->priority);
	if (r->has_cap)
		mnl_attr_put_u32(req, A(PRIORITY_CAP), r->priority);
	mnl_attr_nest_end(req, nest);
}

static void set_rules(void)
{
	struct nlmsghdr *req = nl_begin(&nl, CHIMNEY_CMD_RULES_SET);
	unsigned int i;
	int err;

	for (i = 0; i < nrules; i++)
		put_rule(req, &rules[i]);
	mnl_attr_put_u32(req, CHIMNEY_A_RULES_DEFAULT,
			 fallback ? CHIMNEY_VERDICT_OFFLOAD : CHIMNEY_VERDICT_NEVER);
	err = nl_talk(&nl, req, NULL, NULL);
	if (err)
		give_up("rules-set: %s: %s", strerror(-err), nl.text);
}

/* ---- what the kernel says ------------------------------------------------ */

struct said {
	bool answered;
	uint32_t rule, verdict, priority;
};

static int take_trial(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *a[CHIMNEY_A_TRIAL_MAX + 1];
	struct said *said = arg;

	nl_attrs(msg, a, CHIMNEY_A_TRIAL_MAX);
	said->answered = a[CHIMNEY_A_TRIAL_IFINDEX];
	said->rule = nl_u32(a[CHIMNEY_A_TRIAL_RULE]);
	said->verdict = nl_u32(a[CHIMNEY_A_TRIAL_VERDICT]);
	said->priority = nl_u32(a[CHIMNEY_A_TRIAL_PRIORITY]);
	return MNL_CB_OK;
}

static void compare(const struct conn *c)
{
	struct nlmsghdr *req = nl_begin(&nl, CHIMNEY_CMD_TRY);
	unsigned int want = model(c);
	const struct rule *r = want ? &rules[want - 1] : NULL;
	bool offload = r ? r->offload : fallback;
	uint32_t priority = 0;
	struct said said = { 0 };
	int err;

	mnl_attr_put_u32(req, CHIMNEY_A_TRIAL_SADDR, htonl(c->saddr));
	mnl_attr_put_u32(req, CHIMNEY_A_TRIAL_DADDR, htonl(c->daddr));
	mnl_attr_put_u16(req, CHIMNEY_A_TRIAL_SPORT, htons(c->sport));
	mnl_attr_put_u16(req, CHIMNEY_A_TRIAL_DPORT, htons(c->dport));
	err = nl_talk(&nl, req, take_trial, &said);
	if (err || !said.answered)
		give_up("try: %s: %s", strerror(-err), nl.text);
	if (r && r->has_priority)
		priority = r->priority;
	else if (r && r->has_cap)
		priority = c->priority < r->priority ? c->priority : r->priority;
	if (said.rule != want || said.priority != priority ||
	    (said.verdict == CHIMNEY_VERDICT_OFFLOAD) != offload)
		give_up("not as in the model: rule %u, priority %u; wanted rule %u, priority %u",
			said.rule, said.priority, want, priority);
}

int main(int argc, char **argv)
{
	unsigned int i, matched = 0;
	struct in_addr peer;
	int c, err;

	while ((c = getopt(argc, argv, "s:n:w")) != -1) {
		switch (c) {
		case 's':
			seed = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			rounds = strtoul(optarg, NULL, 0);
			break;
		case 'w':
			wrong = true;
			break;
		default:
			return 2;
		}
	}
	if (optind != argc - 3 || inet_pton(AF_INET, argv[optind + 1], &peer) != 1) {
		fprintf(stderr, "usage: rules [-s SEED] [-n ROUNDS] [-w] DEV PEER PORT\n");
		return 2;
	}
	dev = argv[optind];
	err = nl_open(&nl);
	if (err)
		give_up("no chimney netlink family: %s", strerror(-err));
	for (i = 0; i < CONNS; i++)
		open_conn(&conns[i], ntohl(peer.s_addr), atoi(argv[optind + 2]) + i % 3);
	for (round_now = 1; round_now <= rounds; round_now++) {
		nrules = below(RULES + 1);
		fallback = below(2);
		for (i = 0; i < nrules; i++)
			make_rule(&rules[i]);
		set_rules();
		for (i = 0; i < CONNS; i++) {
			compare(&conns[i]);
			matched += model(&conns[i]) > 0;
		}
	}
	printf("%u rounds, %u of %u matched a rule\n", rounds, matched, rounds * CONNS);
	return 0;
}
