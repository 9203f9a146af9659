// SPDX-License-Identifier: GPL-2.0
/*
 * nlraw [OPTIONS] COMMAND [ATTRIBUTE...] - sends one netlink request just as it
 * is told, right or wrong, and prints what the kernel says to it.
 *
 *   NAME=VALUE        an attribute with the type that the specification says
 *   NAME:TYPE=VALUE   with another one: u8 u16 u32 u64 be16 ip str flag hex; an ip
 *                     has 4 octets or 16, as it is written
 *   NAME[ ... ]       a nest; NAME{ ... } one without the flag that it is one
 *   COMMAND, NAME     as in the specification, or a number
 *
 *   -d     ask for a dump            -l N   hide the last N octets
 *   -v N   version of the family     -j N   N octets of junk at the end
 *   -r     use the reserved field    -e     wait for one event (10 s), no request
 *
 * Prints "errno NAME", the attribute that the kernel points at, its words, and
 * how many messages came before that. Exit status: 0 no error, 1 an error, 2
 * the command line, or no answer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "../../../tools/spec-gen.c"

#define SIZE	65536

static char request[SIZE], answer[SIZE];
static struct nlmsghdr *nlh = (struct nlmsghdr *)request;
static struct mnl_socket *sock;
static uint32_t group;

static void usage(const char *what)
{
	fprintf(stderr, "nlraw: '%s' makes no sense\n", what);
	exit(2);
}

/* ---- names ------------------------------------------------------------- */

static int number(const char *text)
{
	char *rest;
	long n = strtol(text, &rest, 0);

	return *text && !*rest ? n : -1;
}

static int command(const char *name)
{
	size_t i;

	for (i = 1; i <= CHIMNEY_CMD_MAX; i++) {
		if (!strcmp(spec_verbs[i], name))
			return i;
	}
	if (number(name) < 0)
		usage(name);
	return number(name);
}

/* In the tables words are joined by "_". */
static int attribute(const struct spec_set *set, const char *name)
{
	char joined[64];
	unsigned int i;

	snprintf(joined, sizeof(joined), "%s", name);
	for (i = 0; joined[i]; i++)
		joined[i] = joined[i] == '-' ? '_' : joined[i];
	for (i = 1; set && i <= set->max; i++) {
		if (set->attrs[i].name && !strcmp(set->attrs[i].name, joined))
			return i;
	}
	if (number(name) < 0)
		usage(name);
	return number(name);
}

/* ---- attributes -------------------------------------------------------- */

static const char *usual_type(const struct spec_set *set, int attr)
{
	const struct spec_attr *a;

	if (!set || attr < 1 || attr > (int)set->max)
		return "u32";
	a = &set->attrs[attr];
	switch (a->kind) {
	case SPEC_FLAG:
		return "flag";
	case SPEC_U16:
		return a->big_endian ? "be16" : "u16";
	case SPEC_U64:
		return "u64";
	case SPEC_STRING:
		return "str";
	case SPEC_BINARY:
		return a->hint == SPEC_IPV4 ? "ip" : "hex";
	default:
		return "u32";
	}
}

static void put_hex(int attr, const char *value)
{
	unsigned char octet[4096];
	unsigned int n = 0;

	while (n < sizeof(octet) && sscanf(value, "%2hhx", &octet[n]) == 1) {
		n++;
		value += 2;
	}
	mnl_attr_put(nlh, attr, n, octet);
}

static void put_ip(int attr, const char *value)
{
	unsigned char octet[16];

	if (inet_pton(AF_INET, value, octet) == 1)
		mnl_attr_put(nlh, attr, 4, octet);
	else if (inet_pton(AF_INET6, value, octet) == 1)
		mnl_attr_put(nlh, attr, 16, octet);
	else
		usage(value);
}

static void put(int attr, const char *type, const char *value)
{
	uint64_t n = strtoull(value, NULL, 0);

	if (!strcmp(type, "u8"))
		mnl_attr_put_u8(nlh, attr, n);
	else if (!strcmp(type, "u16"))
		mnl_attr_put_u16(nlh, attr, n);
	else if (!strcmp(type, "u32"))
		mnl_attr_put_u32(nlh, attr, n);
	else if (!strcmp(type, "u64"))
		mnl_attr_put_u64(nlh, attr, n);
	else if (!strcmp(type, "be16"))
		mnl_attr_put_u16(nlh, attr, htons(n));
	else if (!strcmp(type, "ip"))
		put_ip(attr, value);
	else if (!strcmp(type, "str"))
		mnl_attr_put_strz(nlh, attr, value);
	else if (!strcmp(type, "flag"))
		mnl_attr_put(nlh, attr, 0, NULL);
	else if (!strcmp(type, "hex"))
		put_hex(attr, value);
	else
		usage(type);
}

static void put_one(const struct spec_set *set, char *word)
{
	char *value = strchr(word, '='), *type;
	int attr;

	if (!value)
		usage(word);
	*value++ = 0;
	type = strchr(word, ':');
	if (type)
		*type++ = 0;
	attr = attribute(set, word);
	put(attr, type ? type : usual_type(set, attr), value);
}

/* Returns the word after the nest, or after the last one. */
static char **put_all(const struct spec_set *set, char **word)
{
	for (; *word; word++) {
		size_t len = strlen(*word);
		char last = len ? (*word)[len - 1] : 0;
		const struct spec_set *inner = NULL;
		struct nlattr *nest;
		int attr;

		if (len == 1 && (last == ']' || last == '}'))
			return word;
		if (last != '[' && last != '{') {
			put_one(set, *word);
			continue;
		}
		(*word)[len - 1] = 0;
		attr = attribute(set, *word);
		if (set && attr <= (int)set->max)
			inner = set->attrs[attr].nest;
		nest = mnl_attr_nest_start(nlh, attr);
		if (last == '{')
			nest->nla_type &= ~NLA_F_NESTED;
		word = put_all(inner, word + 1);
		if (!*word)
			usage("a nest without an end");
		mnl_attr_nest_end(nlh, nest);
	}
	return word;
}

/* ---- what the kernel says ---------------------------------------------- */

static void name_attr(const struct spec_set *set, char *at, char *end,
		      const char *where)
{
	while (set && mnl_attr_ok((struct nlattr *)at, end - at)) {
		struct nlattr *attr = (struct nlattr *)at;
		unsigned int type = mnl_attr_get_type(attr);
		const struct spec_attr *a;
		char *next = (char *)mnl_attr_next(attr);

		a = type <= set->max ? &set->attrs[type] : NULL;
		if (where < next) {
			printf(" %s", a && a->name ? a->name : "unknown");
			if (where != at && a && a->nest)
				name_attr(a->nest, mnl_attr_get_payload(attr),
					  next, where);
			return;
		}
		at = next;
	}
}

static int take_error(const struct nlmsghdr *msg, int messages)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct spec_set *set = genl->cmd <= CHIMNEY_CMD_MAX ?
				     spec_ops[genl->cmd] : NULL;
	int err = *(int *)mnl_nlmsg_get_payload(msg);
	size_t skip = sizeof(int);
	char *at, *end = mnl_nlmsg_get_payload_tail(msg);

	if (msg->nlmsg_type == NLMSG_ERROR) {
		skip = sizeof(struct nlmsgerr);
		if (!(msg->nlmsg_flags & NLM_F_CAPPED))
			skip += nlh->nlmsg_len - sizeof(*nlh);
	}
	printf("errno %s", err < 0 ? strerrorname_np(-err) : "0");
	at = mnl_nlmsg_get_payload_offset(msg, MNL_ALIGN(skip));
	while (msg->nlmsg_flags & NLM_F_ACK_TLVS &&
	       mnl_attr_ok((struct nlattr *)at, end - at)) {
		struct nlattr *attr = (struct nlattr *)at;

		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			printf(" '%s'", mnl_attr_get_str(attr));
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_OFFS) {
			printf(" at");
			name_attr(set, mnl_nlmsg_get_payload_offset(nlh,
						sizeof(struct genlmsghdr)),
				  mnl_nlmsg_get_payload_tail(nlh),
				  request + mnl_attr_get_u32(attr));
		}
		at = (char *)mnl_attr_next(attr);
	}
	printf(" messages %d\n", messages);
	return err < 0;
}

/* Reads until the kernel has said its last word. */
static int listen_to(int limit_ms)
{
	struct pollfd pfd = {
		.fd = mnl_socket_get_fd(sock), .events = POLLIN,
	};
	int messages = 0;
	ssize_t len;

	for (;;) {
		struct nlmsghdr *msg = (struct nlmsghdr *)answer;
		int rest;

		if (poll(&pfd, 1, limit_ms) <= 0) {
			printf("no answer messages %d\n", messages);
			return 2;
		}
		len = mnl_socket_recvfrom(sock, answer, sizeof(answer));
		if (len < 0) {
			printf("errno %s receiving\n", strerrorname_np(errno));
			return 1;
		}
		for (rest = len; mnl_nlmsg_ok(msg, rest);
		     msg = mnl_nlmsg_next(msg, &rest)) {
			if (msg->nlmsg_type == NLMSG_ERROR ||
			    msg->nlmsg_type == NLMSG_DONE)
				return take_error(msg, messages);
			messages++;
		}
	}
}

/* ---- the family -------------------------------------------------------- */

static int take_group(const struct nlattr *attr, void *arg)
{
	if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
		group = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int take_groups(const struct nlattr *attr, void *arg)
{
	return mnl_attr_parse_nested(attr, take_group, NULL);
}

static int take_attr(const struct nlattr *attr, void *arg)
{
	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
		*(uint16_t *)arg = mnl_attr_get_u16(attr);
	if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
		mnl_attr_parse_nested(attr, take_groups, NULL);
	return MNL_CB_OK;
}

static int take_family(const struct nlmsghdr *msg, void *arg)
{
	return mnl_attr_parse(msg, sizeof(struct genlmsghdr), take_attr, arg);
}

static void begin(uint16_t type, int flags, int cmd, int version)
{
	struct genlmsghdr *genl;

	memset(request, 0, sizeof(request));
	mnl_nlmsg_put_header(request);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = 1;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
}

static uint16_t find_family(void)
{
	uint16_t family = 0;
	ssize_t len;

	begin(GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, CHIMNEY_GENL_NAME);
	mnl_socket_sendto(sock, nlh, nlh->nlmsg_len);
	len = mnl_socket_recvfrom(sock, answer, sizeof(answer));
	if (len > 0)
		mnl_cb_run(answer, len, 1, 0, take_family, &family);
	if (!family) {
		fprintf(stderr, "nlraw: no netlink family\n");
		exit(2);
	}
	return family;
}

static int wait_event(void)
{
	struct pollfd pfd = {
		.fd = mnl_socket_get_fd(sock), .events = POLLIN,
	};

	if (mnl_socket_setsockopt(sock, NETLINK_ADD_MEMBERSHIP, &group,
				  sizeof(group)) < 0) {
		printf("errno %s listening\n", strerrorname_np(errno));
		return 1;
	}
	puts("listening");
	fflush(stdout);
	if (poll(&pfd, 1, 10000) <= 0) {
		puts("no event");
		return 2;
	}
	puts("event");
	return 0;
}

int main(int argc, char **argv)
{
	int c, dump = 0, version = 1, reserved = 0, hide = 0, junk = 0, one = 1;
	struct genlmsghdr *genl;
	const struct spec_set *set;
	bool events = false;
	uint16_t family;
	int cmd;

	while ((c = getopt(argc, argv, "+dl:v:j:re")) != -1) {
		switch (c) {
		case 'd':
			dump = 1;
			break;
		case 'l':
			hide = atoi(optarg);
			break;
		case 'v':
			version = atoi(optarg);
			break;
		case 'j':
			junk = atoi(optarg);
			break;
		case 'r':
			reserved = 1;
			break;
		case 'e':
			events = true;
			break;
		default:
			return 2;
		}
	}
	sock = mnl_socket_open(NETLINK_GENERIC);
	if (!sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0)
		return 2;
	family = find_family();
	if (events)
		return wait_event();
	if (optind >= argc)
		usage("no command");
	mnl_socket_setsockopt(sock, NETLINK_EXT_ACK, &one, sizeof(one));
	cmd = command(argv[optind]);
	set = cmd <= CHIMNEY_CMD_MAX ? spec_ops[cmd] : NULL;
	begin(family, dump ? NLM_F_DUMP : NLM_F_ACK, cmd, version);
	genl = mnl_nlmsg_get_payload(nlh);
	genl->reserved = reserved;
	put_all(set, argv + optind + 1);
	memset(request + nlh->nlmsg_len, 0xff, junk);
	nlh->nlmsg_len += junk - hide;
	if (mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0) {
		printf("errno %s sending\n", strerrorname_np(errno));
		return 1;
	}
	return listen_to(10000);
}
