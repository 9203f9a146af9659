// SPDX-License-Identifier: GPL-2.0
/*
 * watch DEVICE - sees every TCP segment over IPv4 that passes a device, either way,
 * and says what no peer may see of a connection that changes hands:
 *
 *	hole	an octet is left out: what follows the last segment is not next
 *	ack	an acknowledgement goes backwards
 *	edge	the right edge of the window goes backwards (RFC 9293, 3.8.6)
 *	tsval	a timestamp goes backwards (RFC 7323)
 *
 * Each direction by itself: which of two that cross is seen first says nothing. Of
 * connections whose beginning it has seen; until SIGTERM. A keepalive, a probe of
 * a window, and what is sent again are no faults, but counted.
 *
 * The last line on stdout is the report, "key=value ...". Exit status: 0 without a
 * fault, 1 with one or if frames were missed, 2 for usage.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FLOWS		1024
#define SHOWN		20
#define ROOM		(64 << 20)

enum fault { HOLE, ACK, EDGE, TSVAL, FAULTS };

static const char *const fault_names[FAULTS] = {
	"hole", "ack", "edge", "tsval",
};

/* One direction of a connection */
struct flow {
	uint32_t saddr, daddr;
	uint16_t sport, dport;
	bool known;		/* from the beginning on */
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

static struct flow *find(const struct iphdr *ip, const struct tcphdr *tcp)
{
	unsigned int i;

	for (i = 0; i < nflows; i++) {
		struct flow *f = &flows[i];

		if (f->saddr == ip->saddr && f->daddr == ip->daddr &&
		    f->sport == tcp->source && f->dport == tcp->dest)
			return f;
	}
	if (nflows == FLOWS)
		return NULL;
	flows[nflows] = (struct flow) {
		.saddr = ip->saddr, .daddr = ip->daddr,
		.sport = tcp->source, .dport = tcp->dest,
	};
	return &flows[nflows++];
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
	struct in_addr saddr = { f->saddr };

	faults[what]++;
	if (shown++ < SHOWN)
		printf("%s: of %s:%u, was %u, is %u\n", fault_names[what],
		       inet_ntoa(saddr), ntohs(f->sport), was, is);
}

static void begin(struct flow *f, const struct tcphdr *tcp,
		  const struct options *o)
{
	f->known = true;
	f->shift = o->wscale < 0 ? 0 : o->wscale;
	f->next = ntohl(tcp->seq) + 1;
	f->has_ack = false;
	f->has_ts = o->has_ts;
	f->tsval = o->tsval;
}

static void judge_octets(struct flow *f, const struct tcphdr *tcp, uint32_t len)
{
	uint32_t seq = ntohl(tcp->seq), end = seq + len + tcp->fin;

	if (before(f->next, seq))
		fault(HOLE, f, f->next, seq);
	if (end == seq && seq == f->next - 1)
		probes++;
	else if (end != seq && before(seq, f->next))
		again++;
	if (before(f->next, end))
		f->next = end;
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

static void take(const uint8_t *frame, size_t size)
{
	const struct iphdr *ip = (const struct iphdr *)(frame + ETH_HLEN);
	const struct ethhdr *eth = (const struct ethhdr *)frame;
	const struct tcphdr *tcp;
	struct flow *f;
	struct options o;
	uint32_t len;

	if (size < ETH_HLEN + sizeof(*ip) || eth->h_proto != htons(ETH_P_IP) ||
	    ip->protocol != IPPROTO_TCP)
		return;
	tcp = (const struct tcphdr *)((const uint8_t *)ip + ip->ihl * 4);
	if ((const uint8_t *)(tcp + 1) > frame + size ||
	    (const uint8_t *)tcp + tcp->doff * 4 > frame + size)
		return;
	len = ntohs(ip->tot_len) - ip->ihl * 4 - tcp->doff * 4;
	parse_options(tcp, &o);
	f = find(ip, tcp);
	if (!f || tcp->rst)
		return;
	if (tcp->syn) {
		begin(f, tcp, &o);
		return;
	}
	if (!f->known)
		return;
	segments++;
	judge_octets(f, tcp, len);
	if (tcp->ack)
		judge_window(f, tcp);
	judge_stamps(f, &o);
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

int main(int argc, char **argv)
{
	const struct sigaction act = { .sa_handler = on_signal };
	/* Headers are all that is looked at. */
	uint8_t frame[256];
	unsigned long bad = 0;
	unsigned int drops;
	ssize_t n;
	int fd, i;

	if (argc != 2) {
		fprintf(stderr, "usage: watch DEVICE\n");
		return 2;
	}
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	fd = listen_at(argv[1]);
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
	printf("segments=%lu again=%lu probes=%lu missed=%u", segments, again, probes,
	       drops);
	for (i = 0; i < FAULTS; i++)
		printf(" %s=%lu", fault_names[i], faults[i]);
	printf("\n");
	return bad || drops;
}
