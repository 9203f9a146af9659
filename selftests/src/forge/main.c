// SPDX-License-Identifier: GPL-2.0
/*
 * forge ADDRESS:PORT ADDRESS:PORT FLAGS SEQ ACK [options] - sends one TCP segment
 * that no stack has sent, to see what a receiver makes of it. Over IPv4 or IPv6;
 * the addresses of that are in brackets.
 *
 * FLAGS are letters: S(yn) A(ck) F(in) R(st) P(ush) U(rgent).
 *
 *	-l N	with so many octets of payload
 *	-o	with options that do nothing: of IP, or for the destination (IPv6)
 *	-f	in two fragments
 *	-c	with a wrong checksum
 *
 * Exit status: 0, 1 if it could not be sent, 2 for usage.
 */
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/end.h"

#define PAYLOAD_MAX	1000
/* Of any headers that come before TCP's */
#define HEAD_MAX	64
/* What the first fragment has: the TCP header, and some of the payload */
#define FIRST_FRAGMENT	32

static const uint8_t ip_options[4] = { IPOPT_NOP, IPOPT_NOP, IPOPT_NOP,
				       IPOPT_EOL };
/* A header whose only option is padding: four octets, and two that say so */
static const uint8_t ip6_options[8] = { IPPROTO_TCP, 0, IP6OPT_PADN, 4 };

static union end from, to;
static bool options, fragments, wrong;

static void usage(void)
{
	fputs("usage: forge ADDRESS:PORT ADDRESS:PORT FLAGS SEQ ACK [-l N] [-o | -f] [-c]\n",
	      stderr);
	exit(2);
}

static uint32_t add(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	if (len & 1)
		sum += p[len - 1] << 8;
	return sum;
}

static uint16_t finish(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum & 0xffff);
}

/* With the pseudo header, which sums up to the same in both protocols */
static uint16_t checksum(const struct tcphdr *th, size_t len)
{
	uint32_t sum = IPPROTO_TCP + len;
	const void *addr;
	size_t n;

	addr = end_addr(&from, &n);
	sum = add(sum, addr, n);
	addr = end_addr(&to, &n);
	sum = add(sum, addr, n);
	return finish(add(sum, th, len));
}

static void parse_flags(const char *text, struct tcphdr *th)
{
	th->syn = !!strchr(text, 'S');
	th->ack = !!strchr(text, 'A');
	th->fin = !!strchr(text, 'F');
	th->rst = !!strchr(text, 'R');
	th->psh = !!strchr(text, 'P');
	th->urg = !!strchr(text, 'U');
	th->urg_ptr = th->urg ? htons(1) : 0;
}

/* Each: octets of the header. @at: of the segment, where this part begins */
static size_t put_ip(uint8_t *packet, size_t len, size_t at, bool more)
{
	struct ip *ip = (struct ip *)packet;
	size_t head = sizeof(*ip);

	if (options) {
		memcpy(packet + head, ip_options, sizeof(ip_options));
		head += sizeof(ip_options);
	}
	ip->ip_v = 4;
	ip->ip_hl = head / 4;
	ip->ip_len = htons(head + len);
	ip->ip_id = htons(getpid());
	ip->ip_off = htons(fragments ? at / 8 | (more ? IP_MF : 0) : IP_DF);
	ip->ip_ttl = 64;
	ip->ip_p = IPPROTO_TCP;
	ip->ip_src = from.in.sin_addr;
	ip->ip_dst = to.in.sin_addr;
	return head;
}

static size_t put_ip6(uint8_t *packet, size_t len, size_t at, bool more)
{
	struct ip6_hdr *ip6 = (struct ip6_hdr *)packet;
	struct ip6_frag *frag = (struct ip6_frag *)(ip6 + 1);
	size_t more_heads = 0;

	ip6->ip6_nxt = IPPROTO_TCP;
	if (options) {
		memcpy(ip6 + 1, ip6_options, sizeof(ip6_options));
		ip6->ip6_nxt = IPPROTO_DSTOPTS;
		more_heads = sizeof(ip6_options);
	} else if (fragments) {
		frag->ip6f_nxt = IPPROTO_TCP;
		frag->ip6f_offlg = htons(at) | (more ? IP6F_MORE_FRAG : 0);
		frag->ip6f_ident = htonl(getpid());
		ip6->ip6_nxt = IPPROTO_FRAGMENT;
		more_heads = sizeof(*frag);
	}
	ip6->ip6_vfc = 6 << 4;
	ip6->ip6_plen = htons(more_heads + len);
	ip6->ip6_hlim = 64;
	ip6->ip6_src = from.in6.sin6_addr;
	ip6->ip6_dst = to.in6.sin6_addr;
	return sizeof(*ip6) + more_heads;
}

/* A part of the segment, in a packet of its own */
static int send_part(int fd, const uint8_t *segment, size_t at, size_t len,
		     bool more)
{
	uint8_t packet[HEAD_MAX + sizeof(struct tcphdr) + PAYLOAD_MAX] = { 0 };
	union end where = to;
	size_t head;

	if (to.sa.sa_family == AF_INET6)
		head = put_ip6(packet, len, at, more);
	else
		head = put_ip(packet, len, at, more);
	memcpy(packet + head, segment + at, len);
	where.in.sin_port = 0;	/* it would be a protocol */
	if (sendto(fd, packet, head + len, 0, &where.sa, end_size(&where)) ==
	    (ssize_t)(head + len))
		return 0;
	perror("forge: send");
	return 1;
}

int main(int argc, char **argv)
{
	uint8_t segment[sizeof(struct tcphdr) + PAYLOAD_MAX] = { 0 };
	struct tcphdr *th = (struct tcphdr *)segment;
	size_t len = sizeof(*th), first;
	int opt, fd, err;

	while ((opt = getopt(argc, argv, "l:ofc")) != -1) {
		switch (opt) {
		case 'l':
			len += strtoul(optarg, NULL, 0);
			break;
		case 'o':
			options = true;
			break;
		case 'f':
			fragments = true;
			break;
		case 'c':
			wrong = true;
			break;
		default:
			usage();
		}
	}
	argv += optind;
	if (argc - optind != 5 || len > sizeof(segment) ||
	    !end_parse(&from, argv[0]) || !end_parse(&to, argv[1]) ||
	    from.sa.sa_family != to.sa.sa_family || (options && fragments) ||
	    (fragments && len <= FIRST_FRAGMENT))
		usage();

	th->source = from.in.sin_port;
	th->dest = to.in.sin_port;
	parse_flags(argv[2], th);
	th->seq = htonl(strtoul(argv[3], NULL, 0));
	th->ack_seq = htonl(strtoul(argv[4], NULL, 0));
	th->doff = sizeof(*th) / 4;
	th->window = htons(1000);
	th->check = checksum(th, len);
	if (wrong)
		th->check ^= 0x5555;

	fd = socket(to.sa.sa_family, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0) {
		perror("forge: socket");
		return 1;
	}
	first = fragments ? FIRST_FRAGMENT : len;
	err = send_part(fd, segment, 0, first, fragments);
	if (!err && fragments)
		err = send_part(fd, segment, first, len - first, false);
	close(fd);
	return err;
}
