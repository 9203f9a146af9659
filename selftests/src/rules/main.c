// SPDX-License-Identifier: GPL-2.0
/*
 * rules [-s SEED] [-n ROUNDS] [-w] DEV PEER PORT [PEER...]: random rules of
 * admission against a model.
 *
 * Opens connections to each PEER in turn, an address of IPv4 or IPv6, ports PORT to
 * PORT + 2, with random SO_PRIORITY and SO_MARK. Each round sets a random list of
 * rules, short or with more kinds of them than the kernel sorts, with prefixes of both
 * protocols, and asks the kernel what would become of
 * each connection (try); which rule, verdict and priority that is has to be what
 * the model below says, which knows the connections by what it gave them.
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

#include "../common/end.h"
#include "../common/nl.h"

#define CONNS	12
#define RULES	250
#define FEW	12
#define A(name)	CHIMNEY_A_ADMISSION_RULE_##name

/* @size is 4 or 16: IPv4, IPv6 */
struct addr {
	unsigned int size;
	unsigned char octet[16];
};

struct conn {
	struct addr saddr, daddr;
	uint16_t sport, dport;
	uint32_t priority, mark;
};

/* @mapped: of IPv4, and told as one of IPv6, ::ffff:a.b.c.d, which is the same */
struct prefix {
	struct addr addr;
	unsigned int len;
	bool mapped;
};

struct rule {
	bool offload;
	bool has_saddr, has_daddr, has_sport, has_dport, has_dev, has_uid;
	bool has_prio, has_mark, has_priority, has_cap;
	struct prefix saddr, daddr;
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

/* ---- connections --------------------------------------------------------- */

static struct addr addr_of(const union end *end)
{
	struct addr a = { 0 };
	size_t n;
	const void *octets = end_addr(end, &n);

	memcpy(a.octet, octets, n);
	a.size = n;
	return a;
}

static void open_conn(struct conn *c, const char *peer, unsigned int port)
{
	socklen_t len = sizeof(union end);
	union end to, own;
	char text[16];
	int fd;

	snprintf(text, sizeof(text), "%u", port);
	if (!end_set(&to, peer, text))
		give_up("'%s' and '%s' are no address and port", peer, text);
	fd = socket(to.sa.sa_family, SOCK_STREAM, 0);
	c->priority = below(7);
	c->mark = below(16);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &c->priority, sizeof(c->priority)) ||
	    setsockopt(fd, SOL_SOCKET, SO_MARK, &c->mark, sizeof(c->mark)) ||
	    connect(fd, &to.sa, end_size(&to)) || getsockname(fd, &own.sa, &len))
		give_up("cannot connect to %s: %s", peer, strerror(errno));
	c->saddr = addr_of(&own);
	c->daddr = addr_of(&to);
	/* The port is at the same place in both kinds. */
	c->sport = ntohs(own.in.sin_port);
	c->dport = port;
}

/* ---- rules --------------------------------------------------------------- */

static void make_range(uint16_t range[2], uint16_t near)
{
	range[0] = near - below(3);
	range[1] = range[0] + below(3);
}

static unsigned int bit(const struct addr *a, unsigned int n)
{
	return a->octet[n / 8] >> (7 - n % 8) & 1;
}

static void flip(struct addr *a, unsigned int n)
{
	a->octet[n / 8] ^= 1u << (7 - n % 8);
}

/* Around an address, or close to it; or :: and 0.0.0.0, if it is @other. */
static void make_prefix(struct prefix *p, const struct addr *near, bool other)
{
	unsigned int bits, i;

	memset(p, 0, sizeof(*p));
	if (other)
		p->addr.size = near->size == 4 ? 16 : 4;
	else
		p->addr = *near;
	bits = 8 * p->addr.size;
	/* All of a protocol is a case of its own. */
	p->len = below(8) ? below(bits + 1) : 0;
	if (!below(3))
		flip(&p->addr, below(bits));
	for (i = p->len; i < bits; i++)
		if (bit(&p->addr, i))
			flip(&p->addr, i);
	p->mapped = p->addr.size == 4 && !below(4);
}

static void make_rule(struct rule *r)
{
	const struct conn *c = &conns[below(CONNS)];
	bool other;

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
	/* One of each protocol in a rule would be refused. */
	other = !below(6);
	make_prefix(&r->saddr, &c->saddr, other);
	make_prefix(&r->daddr, &c->daddr, other);
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

/* None of ours is like that: so that in a long list a late one may count. */
static void set_aside(struct rule *r)
{
	switch (below(3)) {
	case 0:
		r->has_sport = true;
		r->sport[0] = 1;
		r->sport[1] = 1 + below(2);
		break;
	case 1:
		r->has_uid = true;
		r->right_uid = false;
		break;
	default:
		r->has_dev = true;
		r->right_dev = false;
		break;
	}
}

static bool within(const struct prefix *p, const struct addr *a)
{
	unsigned int i;

	for (i = 0; i < p->len && p->addr.size == a->size; i++)
		if (bit(&p->addr, i) != bit(a, i))
			return false;
	return p->addr.size == a->size;
}

static bool matches(const struct rule *r, const struct conn *c)
{
	return (!r->has_saddr || within(&r->saddr, &c->saddr)) &&
	       (!r->has_daddr || within(&r->daddr, &c->daddr)) &&
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

/* The length of a prefix follows its address. */
static void put_prefix(struct nlmsghdr *req, uint16_t attr, const struct prefix *p)
{
	unsigned char mapped[16] = { [10] = 0xff, [11] = 0xff };

	memcpy(mapped + 12, p->addr.octet, 4);
	if (p->mapped)
		mnl_attr_put(req, attr, sizeof(mapped), mapped);
	else
		mnl_attr_put(req, attr, p->addr.size, p->addr.octet);
	mnl_attr_put_u32(req, attr + 1, p->len);
}

static void put_rule(struct nlmsghdr *req, const struct rule *r)
{
	struct nlattr *nest = mnl_attr_nest_start(req, CHIMNEY_A_RULES_RULE);

	mnl_attr_put_u32(req, A(VERDICT), r->offload ? CHIMNEY_VERDICT_OFFLOAD :
						       CHIMNEY_VERDICT_NEVER);
	if (r->has_saddr)
		put_prefix(req, A(SADDR), &r->saddr);
	if (r->has_daddr)
		put_prefix(req, A(DADDR), &r->daddr);
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

	mnl_attr_put(req, CHIMNEY_A_TRIAL_SADDR, c->saddr.size, c->saddr.octet);
	mnl_attr_put(req, CHIMNEY_A_TRIAL_DADDR, c->daddr.size, c->daddr.octet);
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

static unsigned int one_round(void)
{
	unsigned int i, matched = 0;

	nrules = below((below(3) ? FEW : RULES) + 1);
	fallback = below(2);
	for (i = 0; i < nrules; i++) {
		make_rule(&rules[i]);
		if (nrules > FEW && below(nrules / 4))
			set_aside(&rules[i]);
	}
	set_rules();
	for (i = 0; i < CONNS; i++) {
		compare(&conns[i]);
		matched += model(&conns[i]) > 0;
	}
	return matched;
}

int main(int argc, char **argv)
{
	unsigned int i, n, port, matched = 0;
	char **peers;
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
	if (argc - optind < 3) {
		fprintf(stderr, "usage: rules [-s SEED] [-n ROUNDS] [-w] DEV PEER PORT [PEER...]\n");
		return 2;
	}
	dev = argv[optind];
	port = atoi(argv[optind + 2]);
	/* The peers, one behind the other */
	peers = &argv[optind + 2];
	peers[0] = argv[optind + 1];
	n = argc - optind - 2;
	err = nl_open(&nl);
	if (err)
		give_up("no chimney netlink family: %s", strerror(-err));
	for (i = 0; i < CONNS; i++)
		open_conn(&conns[i], peers[i % n], port + i / n % 3);
	for (round_now = 1; round_now <= rounds; round_now++)
		matched += one_round();
	printf("%u rounds, %u of %u matched a rule\n", rounds, matched, rounds * CONNS);
	return 0;
}
