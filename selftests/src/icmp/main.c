// SPDX-License-Identifier: GPL-2.0
/*
 * icmp frag MTU FROM HOST:PORT PEER:PORT SEQ
 * icmp redirect GATEWAY FROM HOST:PORT PEER:PORT SEQ
 *
 * Sends HOST what a router FROM says about a segment that HOST sent to PEER: that
 * it is too long for a link of that MTU (RFC 1191, RFC 8201), or that GATEWAY is a
 * better next hop (RFC 792, RFC 4861; over IPv6 both are addresses of the link). SEQ
 * is the sequence number of the segment.
 */
#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common/end.h"

/* The message as it grows; what is put there is zero. */
static uint8_t message[256];
static size_t length;

static void *put(size_t n)
{
	void *p = message + length;

	length += n;
	return p;
}

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr, "usage: icmp frag MTU|redirect GATEWAY FROM HOST:PORT PEER:PORT SEQ\n");
	exit(2);
}

static uint16_t checksum(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static void put_tcp(const union end *host, const union end *peer, uint32_t seq)
{
	struct tcphdr *th = put(sizeof(*th));

	th->source = host->in.sin_port;
	th->dest = peer->in.sin_port;
	th->seq = htonl(seq);
	th->doff = sizeof(*th) / 4;
}

/* ---- IPv4 ---------------------------------------------------------------- */

static struct ip *put_ip(const union end *from, const union end *to, size_t len,
			 uint8_t protocol)
{
	struct ip *ip = put(sizeof(*ip));

	ip->ip_v = 4;
	ip->ip_hl = sizeof(*ip) / 4;
	ip->ip_len = htons(len);
	ip->ip_ttl = 64;
	ip->ip_p = protocol;
	ip->ip_src = from->in.sin_addr;
	ip->ip_dst = to->in.sin_addr;
	return ip;
}

static void make_icmp(const union end *gateway, unsigned int mtu,
		      const union end *from, const union end *host,
		      const union end *peer, uint32_t seq)
{
	const size_t len = 2 * sizeof(struct ip) + sizeof(struct icmphdr) +
			   sizeof(struct tcphdr);
	struct icmphdr *icmp;
	struct ip *about;

	put_ip(from, host, len, IPPROTO_ICMP);
	icmp = put(sizeof(*icmp));
	if (gateway) {
		icmp->type = ICMP_REDIRECT;
		icmp->code = ICMP_REDIR_HOST;
		icmp->un.gateway = gateway->in.sin_addr.s_addr;
	} else {
		icmp->type = ICMP_DEST_UNREACH;
		icmp->code = ICMP_FRAG_NEEDED;
		icmp->un.frag.mtu = htons(mtu);
	}
	about = put_ip(host, peer, 1500, IPPROTO_TCP);
	about->ip_off = htons(IP_DF);
	about->ip_sum = checksum(about, sizeof(*about), 0);
	put_tcp(host, peer, seq);
	icmp->checksum = checksum(icmp, len - sizeof(struct ip), 0);
}

/* ---- IPv6 ---------------------------------------------------------------- */

static struct ip6_hdr *put_ip6(const union end *from, const union end *to,
			       size_t len, uint8_t next, uint8_t hops)
{
	struct ip6_hdr *ip6 = put(sizeof(*ip6));

	ip6->ip6_vfc = 6 << 4;
	ip6->ip6_plen = htons(len);
	ip6->ip6_nxt = next;
	ip6->ip6_hlim = hops;
	ip6->ip6_src = from->in6.sin6_addr;
	ip6->ip6_dst = to->in6.sin6_addr;
	return ip6;
}

static struct icmp6_hdr *put_too_big(unsigned int mtu)
{
	struct icmp6_hdr *icmp = put(sizeof(*icmp));

	icmp->icmp6_type = ICMP6_PACKET_TOO_BIG;
	icmp->icmp6_mtu = htonl(mtu);
	return icmp;
}

/* The packet that it is about follows as an option, of whole units of 8 octets. */
static struct icmp6_hdr *put_redirect(const union end *gateway,
				      const union end *peer)
{
	const size_t about = sizeof(struct ip6_hdr) + sizeof(struct tcphdr);
	struct nd_redirect *nd = put(sizeof(*nd));
	struct nd_opt_rd_hdr *option = put(sizeof(*option));

	nd->nd_rd_type = ND_REDIRECT;
	nd->nd_rd_target = gateway->in6.sin6_addr;
	nd->nd_rd_dst = peer->in6.sin6_addr;
	option->nd_opt_rh_type = ND_OPT_REDIRECTED_HEADER;
	option->nd_opt_rh_len = (sizeof(*option) + about + 7) / 8;
	return &nd->nd_rd_hdr;
}

static void make_icmp6(const union end *gateway, unsigned int mtu,
		       const union end *from, const union end *host,
		       const union end *peer, uint32_t seq)
{
	/* A neighbor's word has not been forwarded. */
	struct ip6_hdr *ip6 = put_ip6(from, host, 0, IPPROTO_ICMPV6, 255);
	struct icmp6_hdr *icmp = gateway ? put_redirect(gateway, peer) :
					   put_too_big(mtu);
	size_t len;

	put_ip6(host, peer, 1460, IPPROTO_TCP, 64);
	put_tcp(host, peer, seq);
	length = (length + 7) & ~7UL;
	len = length - sizeof(*ip6);
	ip6->ip6_plen = htons(len);
	/* The pseudo header: both addresses, the length, the protocol */
	icmp->icmp6_cksum = checksum(&ip6->ip6_src, 32 + len,
				     len + IPPROTO_ICMPV6);
}

int main(int argc, char **argv)
{
	union end gateway, from, host, peer;
	unsigned int mtu = 0;
	bool redirect, ip6;
	uint32_t seq;
	int fd;

	if (argc != 7)
		usage();
	redirect = !strcmp(argv[1], "redirect");
	if (redirect ? !end_set(&gateway, argv[2], NULL) :
		       strcmp(argv[1], "frag"))
		usage();
	if (!end_set(&from, argv[3], NULL) || !end_parse(&host, argv[4]) ||
	    !end_parse(&peer, argv[5]) ||
	    host.sa.sa_family != from.sa.sa_family ||
	    host.sa.sa_family != peer.sa.sa_family ||
	    (redirect && host.sa.sa_family != gateway.sa.sa_family))
		usage();
	if (!redirect)
		mtu = atoi(argv[2]);
	seq = strtoul(argv[6], NULL, 0);
	ip6 = host.sa.sa_family == AF_INET6;
	(ip6 ? make_icmp6 : make_icmp)(redirect ? &gateway : NULL, mtu, &from,
				       &host, &peer, seq);

	fd = socket(host.sa.sa_family, SOCK_RAW, IPPROTO_RAW);
	host.in.sin_port = 0;	/* it would be a protocol */
	if (fd < 0 || sendto(fd, message, length, 0, &host.sa,
			     end_size(&host)) != (ssize_t)length) {
		perror("icmp");
		return 1;
	}
	close(fd);
	return 0;
}
