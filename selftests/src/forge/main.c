// SPDX-License-Identifier: GPL-2.0
/*
 * forge SADDR:SPORT DADDR:DPORT FLAGS SEQ ACK [options] - sends one TCP segment
 * that no stack has sent, to see what a receiver makes of it.
 *
 * FLAGS are letters: S(yn) A(ck) F(in) R(st) P(ush) U(rgent).
 *
 *	-l N	with so many octets of payload
 *	-o	with IP options, which do nothing
 *	-c	with a wrong checksum
 *
 * Exit status: 0, 1 if it could not be sent, 2 for usage.
 */
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAYLOAD_MAX	1000

static const uint8_t nop_options[4] = { IPOPT_NOP, IPOPT_NOP, IPOPT_NOP,
					IPOPT_EOL };

struct pseudo {
	uint32_t saddr, daddr;
	uint8_t zero, protocol;
	uint16_t len;
};

static void usage(void)
{
	fputs("usage: forge SADDR:SPORT DADDR:DPORT FLAGS SEQ ACK [-l N] [-o] [-c]\n",
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

static void parse_end(char *text, struct in_addr *addr, uint16_t *port)
{
	char *colon = strchr(text, ':');

	if (!colon)
		usage();
	*colon = '\0';
	if (inet_pton(AF_INET, text, addr) != 1)
		usage();
	*port = htons(atoi(colon + 1));
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

int main(int argc, char **argv)
{
	uint8_t packet[sizeof(struct ip) + sizeof(nop_options) +
		       sizeof(struct tcphdr) + PAYLOAD_MAX] = { 0 };
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct ip *ip = (struct ip *)packet;
	bool options = false, wrong = false;
	size_t head = sizeof(*ip), len = sizeof(struct tcphdr);
	struct pseudo pseudo = { 0 };
	struct tcphdr *th;
	int opt, fd;

	while ((opt = getopt(argc, argv, "l:oc")) != -1) {
		switch (opt) {
		case 'l':
			len += strtoul(optarg, NULL, 0);
			break;
		case 'o':
			options = true;
			break;
		case 'c':
			wrong = true;
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 5 || len > sizeof(*th) + PAYLOAD_MAX)
		usage();
	argv += optind;

	if (options) {
		memcpy(packet + head, nop_options, sizeof(nop_options));
		head += sizeof(nop_options);
	}
	th = (struct tcphdr *)(packet + head);
	parse_end(argv[0], &ip->ip_src, &th->source);
	parse_end(argv[1], &ip->ip_dst, &th->dest);
	parse_flags(argv[2], th);
	th->seq = htonl(strtoul(argv[3], NULL, 0));
	th->ack_seq = htonl(strtoul(argv[4], NULL, 0));
	th->doff = sizeof(*th) / 4;
	th->window = htons(1000);

	pseudo.saddr = ip->ip_src.s_addr;
	pseudo.daddr = ip->ip_dst.s_addr;
	pseudo.protocol = IPPROTO_TCP;
	pseudo.len = htons(len);
	th->check = finish(add(add(0, &pseudo, sizeof(pseudo)), th, len));
	if (wrong)
		th->check ^= 0x5555;

	ip->ip_v = 4;
	ip->ip_hl = head / 4;
	ip->ip_len = htons(head + len);
	ip->ip_off = htons(IP_DF);
	ip->ip_ttl = 64;
	ip->ip_p = IPPROTO_TCP;

	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0) {
		perror("forge: socket");
		return 1;
	}
	to.sin_addr = ip->ip_dst;
	if (sendto(fd, packet, head + len, 0, (struct sockaddr *)&to,
		   sizeof(to)) != (ssize_t)(head + len)) {
		perror("forge: send");
		return 1;
	}
	close(fd);
	return 0;
}
