// SPDX-License-Identifier: GPL-2.0
/*
 * icmp frag MTU FROM HOST:PORT PEER:PORT SEQ
 * icmp redirect GATEWAY FROM HOST:PORT PEER:PORT SEQ
 *
 * Sends HOST what a router FROM says about a segment that HOST sent to PEER: that
 * it is too long for a link of that MTU (RFC 1191), or that GATEWAY is a better next
 * hop (RFC 792). SEQ is the sequence number of the segment.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct message {
	struct ip	ip;
	struct icmphdr	icmp;
	struct ip	about;
	struct tcphdr	th;
};

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr, "usage: icmp frag MTU|redirect GATEWAY FROM HOST:PORT PEER:PORT SEQ\n");
	exit(2);
}

static void parse_addr(const char *text, struct in_addr *addr)
{
	if (inet_pton(AF_INET, text, addr) != 1)
		usage();
}

static void parse_end(char *text, struct in_addr *addr, uint16_t *port)
{
	char *colon = strchr(text, ':');

	if (!colon)
		usage();
	*colon = '\0';
	parse_addr(text, addr);
	*port = htons(atoi(colon + 1));
}

static uint16_t checksum(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static void fill_ip(struct ip *ip, size_t len, uint8_t protocol)
{
	ip->ip_v = 4;
	ip->ip_hl = sizeof(*ip) / 4;
	ip->ip_len = htons(len);
	ip->ip_ttl = 64;
	ip->ip_p = protocol;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct message m;
	struct in_addr gateway;
	int fd;

	if (argc != 7)
		usage();
	memset(&m, 0, sizeof(m));
	if (!strcmp(argv[1], "frag")) {
		m.icmp.type = ICMP_DEST_UNREACH;
		m.icmp.code = ICMP_FRAG_NEEDED;
		m.icmp.un.frag.mtu = htons(atoi(argv[2]));
	} else if (!strcmp(argv[1], "redirect")) {
		parse_addr(argv[2], &gateway);
		m.icmp.type = ICMP_REDIRECT;
		m.icmp.code = ICMP_REDIR_HOST;
		m.icmp.un.gateway = gateway.s_addr;
	} else {
		usage();
	}
	parse_addr(argv[3], &m.ip.ip_src);
	parse_end(argv[4], &m.about.ip_src, &m.th.source);
	parse_end(argv[5], &m.about.ip_dst, &m.th.dest);
	m.th.seq = htonl(strtoul(argv[6], NULL, 0));
	m.th.doff = sizeof(m.th) / 4;
	m.ip.ip_dst = m.about.ip_src;
	fill_ip(&m.ip, sizeof(m), IPPROTO_ICMP);
	fill_ip(&m.about, 1500, IPPROTO_TCP);
	m.about.ip_off = htons(IP_DF);
	m.about.ip_sum = checksum(&m.about, sizeof(m.about));
	m.icmp.checksum = checksum(&m.icmp, sizeof(m) - sizeof(m.ip));

	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	to.sin_addr = m.ip.ip_dst;
	if (fd < 0 || sendto(fd, &m, sizeof(m), 0, (struct sockaddr *)&to,
			     sizeof(to)) != sizeof(m)) {
		perror("icmp");
		return 1;
	}
	close(fd);
	return 0;
}
