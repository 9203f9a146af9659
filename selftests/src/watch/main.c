// SPDX-License-Identifier: GPL-2.0
/*
 * watch [-v] DEVICE - sees every TCP segment over IPv4 or IPv6 that passes a device,
 * either way, and says what no peer may see of a connection that changes hands:
 *
 *	hole	an octet is left out: what follows the last segment is not next
 *	ack	an acknowledgement goes backwards
 *	edge	the right edge of the window goes backwards (RFC 9293, 3.8.6)
 *	tsval	a timestamp goes backwards (RFC 7323)
 *	hops	the hop limit (TTL) changes
 *	class	the traffic class (TOS) changes, ECN aside
 *	ecn	new octets come with ECN where they came without, or the other way
 *	label	the flow label changes, and nothing was sent again, for which a host
 *		may choose another (RFC 6438)
 *
 * Each direction by itself: which of two that cross is seen first says nothing. Of
 * connections whose beginning it has seen; until SIGTERM. A keepalive, a probe of
 * a window, and what is sent again are no faults, but counted. Headers are looked at
 * from the handshake to the end of either stream.
 *
 * The last line on stdout is the report, "key=value ..."; with -v there is one before
 * for each direction of a connection, of what its headers had. Exit status: 0 without
 * a fault, 1 with one or if frames were missed, 2 for usage.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/end.h"

#define FLOWS		1024
#define SHOWN		20
#define ROOM		(64 << 20)

enum fault { HOLE, ACK, EDGE, TSVAL, HOPS, CLASS, ECN, LABEL, FAULTS };

static const char *const fault_names[FAULTS] = {
	"hole", "ack", "edge", "tsval", "hops", "class", "ecn", "label",
};

/* What the header of the IP says of a packet */
struct header {
	uint8_t hops, class, ecn;
	uint32_t label;
};

struct segment {
	union end from, to;
	struct header header;
	const struct tcphdr *tcp;
	uint32_t len;		/* of its payload */
};

/* One direction of a connection */
struct flow {
	union end from, to;
	struct flow *reverse;	/* the other one */
	bool known;		/* from the beginning on */
	bool ended;		/* it, or the other one */
	bool again;		/* something was sent again, this way or the other */
	bool has_header, has_ecn;
	struct header header;
	unsigned int shift;	/* of its windows */
	uint32_t next;		/* behind the last octet that was sent */
	uint32_t ack, edge;
	bool has_ack, has_ts;
	uint32_t tsval;
};

struct options {
	int wscale;		/* -1: none */
	bool has_ts;
	uint32_t tsval;
};

static struct flow flows[FLOWS];
static unsigned int nflows, shown;
static unsigned long segments, again, probes, faults[FAULTS];
static volatile sig_atomic_t stopping;

static void on_signal(int sig)
{
	stopping = 1;
}

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* Both have zeroes where there is nothing to be said. */
static bool same(const union end *a, const union end *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static struct flow *look_for(const union end *from, const union end *to)
{
	unsigned int i;

	for (i = 0; i < nflows; i++) {
		if (same(&flows[i].from, from) && same(&flows[i].to, to))
			return &flows[i];
	}
	return NULL;
}

static struct flow *find(const struct segment *s)
{
	struct flow *f = look_for(&s->from, &s->to);

	if (f || nflows == FLOWS)
		return f;
	f = &flows[nflows];
	*f = (struct flow) {
		.from = s->from,
		.to = s->to,
		.reverse = look_for(&s->to, &s->from),
	};
	if (f->reverse)
		f->reverse->reverse = f;
	nflows++;
	return f;
}

static void parse_options(const struct tcphdr *tcp, struct options *o)
{
	const uint8_t *p = (const uint8_t *)(tcp + 1);
	const uint8_t *end = (const uint8_t *)tcp + tcp->doff * 4;

	*o = (struct options) { .wscale = -1 };
	while (p < end && *p != TCPOPT_EOL) {
		if (*p == TCPOPT_NOP) {
			p++;
			continue;
		}
		if (p + 1 >= end || p[1] < 2 || p + p[1] > end)
			return;
		if (*p == TCPOPT_WINDOW)
			o->wscale = p[2];
		if (*p == TCPOPT_TIMESTAMP) {
			o->has_ts = true;
			o->tsval = ntohl(*(const uint32_t *)(p + 2));
		}
		p += p[1];
	}
}

static void fault(enum fault what, const struct flow *f, uint32_t was,
		  uint32_t is)
{
	char name[END_NAME];

	faults[what]++;
	if (shown++ >= SHOWN)
		return;
	end_name(&f->from, name);
	printf("%s: of %s, was %u, is %u\n", fault_names[what], name, was, is);
}

static void begin(struct flow *f, const struct tcphdr *tcp,
		  const struct options *o)
{
	f->known = true;
	f->ended = false;
	f->again = false;
	f->has_header = false;
	f->has_ecn = false;
	f->shift = o->wscale < 0 ? 0 : o->wscale;
	f->next = ntohl(tcp->seq) + 1;
	f->has_ack = false;
	f->has_ts = o->has_ts;
	f->tsval = o->tsval;
}

static void sent_again(struct flow *f)
{
	again++;
	f->again = true;
	if (f->reverse)
		f->reverse->again = true;
}

static void judge_octets(struct flow *f, const struct segment *s)
{
	uint32_t seq = ntohl(s->tcp->seq), end = seq + s->len + s->tcp->fin;

	if (before(f->next, seq))
		fault(HOLE, f, f->next, seq);
	if (end == seq && seq == f->next - 1)
		probes++;
	else if (end != seq && before(seq, f->next))
		sent_again(f);
	if (before(f->next, end))
		f->next = end;
}

/* @fresh: it has octets that were not sent before, and no others. */
static void judge_header(struct flow *f, const struct header *h, bool fresh)
{
	struct header *was = &f->header;

	if (!f->has_header) {
		*was = *h;
		f->has_header = true;
	}
	if (fresh && !f->has_ecn) {
		was->ecn = h->ecn;
		f->has_ecn = true;
	}
	if (h->hops != was->hops)
		fault(HOPS, f, was->hops, h->hops);
	if (h->class != was->class)
		fault(CLASS, f, was->class, h->class);
	/* A router may have marked it. */
	if (fresh && !h->ecn != !was->ecn)
		fault(ECN, f, was->ecn, h->ecn);
	if (h->label == was->label)
		return;
	if (!f->again)
		fault(LABEL, f, was->label, h->label);
	was->label = h->label;
	f->again = false;
}

static void judge_window(struct flow *f, const struct tcphdr *tcp)
{
	uint32_t ack = ntohl(tcp->ack_seq);
	uint32_t edge = ack + ((uint32_t)ntohs(tcp->window) << f->shift);

	if (f->has_ack && before(ack, f->ack))
		fault(ACK, f, f->ack, ack);
	/* By less than what the scale cuts off is none. */
	if (f->has_ack && before(edge + (1U << f->shift), f->edge + 1))
		fault(EDGE, f, f->edge, edge);
	if (!f->has_ack || before(f->ack, ack))
		f->ack = ack;
	if (!f->has_ack || before(f->edge, edge))
		f->edge = edge;
	f->has_ack = true;
}

static void judge_stamps(struct flow *f, const struct options *o)
{
	if (!o->has_ts || !f->has_ts)
		return;
	if (before(o->tsval, f->tsval))
		fault(TSVAL, f, f->tsval, o->tsval);
	else
		f->tsval = o->tsval;
}

/* Each: the TCP header of a packet that begins at @p, NULL: it has none. */
static const uint8_t *take_ip(const uint8_t *p, size_t size, struct segment *s)
{
	const struct iphdr *ip = (const struct iphdr *)p;

	if (size < sizeof(*ip) || ip->protocol != IPPROTO_TCP)
		return NULL;
	s->from.in.sin_family = AF_INET;
	s->from.in.sin_addr.s_addr = ip->saddr;
	s->to.in.sin_family = AF_INET;
	s->to.in.sin_addr.s_addr = ip->daddr;
	s->header.hops = ip->ttl;
	s->header.class = ip->tos & ~3;
	s->header.ecn = ip->tos & 3;
	s->len = ntohs(ip->tot_len) - ip->ihl * 4;
	return p + ip->ihl * 4;
}

static const uint8_t *take_ip6(const uint8_t *p, size_t size, struct segment *s)
{
	const struct ip6_hdr *ip = (const struct ip6_hdr *)p;
	uint32_t flow;

	if (size < sizeof(*ip) || ip->ip6_nxt != IPPROTO_TCP)
		return NULL;
	s->from.in6.sin6_family = AF_INET6;
	s->from.in6.sin6_addr = ip->ip6_src;
	s->to.in6.sin6_family = AF_INET6;
	s->to.in6.sin6_addr = ip->ip6_dst;
	flow = ntohl(ip->ip6_flow);
	s->header.hops = ip->ip6_hlim;
	s->header.class = flow >> 20 & 0xfc;
	s->header.ecn = flow >> 20 & 3;
	s->header.label = flow & 0xfffff;
	s->len = ntohs(ip->ip6_plen);
	return p + sizeof(*ip);
}

static bool take_packet(uint16_t type, const uint8_t *p, const uint8_t *end,
			struct segment *s)
{
	memset(s, 0, sizeof(*s));
	p = type == htons(ETH_P_IP) ? take_ip(p, end - p, s) :
	    type == htons(ETH_P_IPV6) ? take_ip6(p, end - p, s) : NULL;
	s->tcp = (const struct tcphdr *)p;
	if (!p || (const uint8_t *)(s->tcp + 1) > end ||
	    p + s->tcp->doff * 4 > end)
		return false;
	s->len -= s->tcp->doff * 4;
	s->from.in.sin_port = s->tcp->source;
	s->to.in.sin_port = s->tcp->dest;
	return true;
}

static void judge(struct flow *f, const struct segment *s)
{
	bool fresh = s->len && ntohl(s->tcp->seq) == f->next;
	struct options o;

	segments++;
	parse_options(s->tcp, &o);
	judge_octets(f, s);
	if (s->tcp->ack)
		judge_window(f, s->tcp);
	judge_stamps(f, &o);
	if (s->tcp->fin) {
		f->ended = true;
		if (f->reverse)
			f->reverse->ended = true;
	}
	if (!f->ended)
		judge_header(f, &s->header, fresh);
}

static void take(const uint8_t *frame, size_t size)
{
	const struct ethhdr *eth = (const struct ethhdr *)frame;
	const uint8_t *p = frame + ETH_HLEN;
	uint16_t type = eth->h_proto;
	struct segment s;
	struct options o;
	struct flow *f;

	/* The tag of a VLAN, and the type of what follows */
	if (type == htons(ETH_P_8021Q)) {
		type = *(const uint16_t *)(p + 2);
		p += 4;
	}
	if (p > frame + size || !take_packet(type, p, frame + size, &s))
		return;
	f = find(&s);
	if (!f || s.tcp->rst)
		return;
	if (s.tcp->syn) {
		parse_options(s.tcp, &o);
		begin(f, s.tcp, &o);
	} else if (f->known) {
		judge(f, &s);
	}
}

static int listen_at(const char *device)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(device),
	};
	const int room = ROOM;
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0 || !sll.sll_ifindex ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll))) {
		fprintf(stderr, "watch: %s: %s\n", device, strerror(errno));
		exit(1);
	}
	return fd;
}

static unsigned int missed(int fd)
{
	struct tpacket_stats stats = {};
	socklen_t len = sizeof(stats);

	getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len);
	return stats.tp_drops;
}

static void show_flows(void)
{
	char from[END_NAME], to[END_NAME];
	unsigned int i;

	for (i = 0; i < nflows; i++) {
		const struct flow *f = &flows[i];

		if (!f->has_header)
			continue;
		end_name(&f->from, from);
		end_name(&f->to, to);
		printf("%s %s hops %u class 0x%02x ecn %u label 0x%05x\n", from,
		       to, f->header.hops, f->header.class, f->header.ecn,
		       f->header.label);
	}
}

int main(int argc, char **argv)
{
	const struct sigaction act = { .sa_handler = on_signal };
	/* Headers are all that is looked at. */
	uint8_t frame[256];
	unsigned long bad = 0;
	unsigned int drops;
	ssize_t n;
	bool verbose = argc > 1 && !strcmp(argv[1], "-v");
	int fd, i;

	if (argc != 2 + verbose) {
		fprintf(stderr, "usage: watch [-v] DEVICE\n");
		return 2;
	}
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	fd = listen_at(argv[1 + verbose]);
	printf("watching\n");
	fflush(stdout);
	while (!stopping) {
		n = recv(fd, frame, sizeof(frame), 0);
		if (n > 0)
			take(frame, n);
	}
	drops = missed(fd);
	for (i = 0; i < FAULTS; i++)
		bad += faults[i];
	if (verbose)
		show_flows();
	printf("segments=%lu again=%lu probes=%lu missed=%u", segments, again, probes,
	       drops);
	for (i = 0; i < FAULTS; i++)
		printf(" %s=%lu", fault_names[i], faults[i]);
	printf("\n");
	return bad || drops;
}
