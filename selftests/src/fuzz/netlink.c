// SPDX-License-Identifier: GPL-2.0
/*
 * Requests made from the tables of the specification, and the look at their
 * answers. The kernel answers within the call that sends a request, and goes
 * on with a dump within the calls that read it: when nothing is left to read,
 * nothing comes any more.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../../tools/spec.h"
#include "../common/nl.h"
#include "fuzz.h"

#define IDS_MAX		256
#define MESSAGES_MAX	3
#define MESSAGE_MAX	16384
#define DEPTH_MAX	4

/**
 * struct sent - a message that waits for its answer
 * @seq: its number
 * @cmd: its verb
 * @dump: asks for a dump
 * @whole: its headers are sound: it is answered, in words
 * @answered: it was
 */
struct sent {
	uint32_t	seq;
	unsigned int	cmd;
	bool		dump;
	bool		whole;
	bool		answered;
};

/* Verbs, and one that there is not */
const unsigned int netlink_kinds = CHIMNEY_CMD_MAX + 2;

static struct nl nl;
static unsigned int ifindex;
static uint64_t ids[IDS_MAX];
static unsigned int nids;
/* Attributes that a verb takes, a bit for each; 0: not known */
static uint64_t taken[CHIMNEY_CMD_MAX + 1];
static unsigned int verb;
static char datagram[MESSAGES_MAX * MESSAGE_MAX];
static size_t datagram_len;
static struct sent sent[MESSAGES_MAX];
static unsigned int nsent;

const char *netlink_name(unsigned int kind)
{
	static char other[32];

	if (kind <= CHIMNEY_CMD_MAX && spec_verbs[kind])
		return spec_verbs[kind];
	if (kind && kind <= CHIMNEY_CMD_MAX) {
		snprintf(other, sizeof(other), "verb %u", kind);
		return other;
	}
	return kind ? "unknown" : NULL;
}

static int take_id(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *tb[CHIMNEY_A_OBJECT_MAX + 1];

	nl_attrs(msg, tb, CHIMNEY_A_OBJECT_MAX);
	if (nids < IDS_MAX && tb[CHIMNEY_A_OBJECT_ID])
		ids[nids++] = nl_u64(tb[CHIMNEY_A_OBJECT_ID]);
	return MNL_CB_OK;
}

static void take_ids(void)
{
	nids = 0;
	nl_talk(&nl, nl_begin_dump(&nl, CHIMNEY_CMD_OBJECT_GET), take_id, NULL);
}

/*
 * Which attributes a verb takes, asked of the kernel: one message tells the
 * number of the verb's policy, each of the others an attribute of a policy.
 */
static int take_policy(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *attr, *op, *way, *policy;
	unsigned int *cmd = arg;
	static uint32_t number;

	mnl_attr_for_each(attr, msg, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_OP_POLICY) {
			mnl_attr_for_each_nested(op, attr)
				mnl_attr_for_each_nested(way, op)
					number = mnl_attr_get_u32(way);
		} else if (mnl_attr_get_type(attr) == CTRL_ATTR_POLICY) {
			mnl_attr_for_each_nested(policy, attr)
				if (mnl_attr_get_type(policy) == number)
					mnl_attr_for_each_nested(op, policy)
						taken[*cmd] |= 1ull <<
							(mnl_attr_get_type(op) & 63);
		}
	}
	return MNL_CB_OK;
}

static void take_policies(void)
{
	struct genlmsghdr *genl;
	struct nlmsghdr *msg;
	unsigned int cmd;

	for (cmd = 1; cmd <= CHIMNEY_CMD_MAX; cmd++) {
		msg = mnl_nlmsg_put_header(nl.out);
		msg->nlmsg_type = GENL_ID_CTRL;
		msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		msg->nlmsg_seq = ++nl.seq;
		genl = mnl_nlmsg_put_extra_header(msg, sizeof(*genl));
		genl->cmd = CTRL_CMD_GETPOLICY;
		genl->version = 1;
		mnl_attr_put_u16(msg, CTRL_ATTR_FAMILY_ID, nl.family);
		mnl_attr_put_u32(msg, CTRL_ATTR_OP, cmd);
		nl_talk(&nl, msg, take_policy, &cmd);
	}
}

static bool reopen(void)
{
	int bytes = 16 << 20;

	if (nl_open(&nl))
		return false;
	setsockopt(mnl_socket_get_fd(nl.sock), SOL_SOCKET, SO_RCVBUFFORCE,
		   &bytes, sizeof(bytes));
	return true;
}

bool netlink_open(const char *dev)
{
	ifindex = *dev ? if_nametoindex(dev) : 0;
	if (reopen()) {
		take_policies();
		return true;
	}
	fprintf(stderr, "fuzz: the family does not answer\n");
	return false;
}

/* ---- what is sent -------------------------------------------------------- */

static bool ends_in_ms(const char *name)
{
	size_t len = strlen(name);

	return len > 3 && !strcmp(name + len - 3, "_ms");
}

/*
 * A value that may well be right. Deadlines are never short ones: a target that
 * is too slow for them loses connections, and rightly.
 */
static uint64_t right_value(const struct spec_attr *attr)
{
	unsigned int which = below(IDS_MAX);

	if (!strcmp(attr->name, "ifindex") && ifindex)
		return ifindex;
	if ((!strcmp(attr->name, "id") || !strcmp(attr->name, "parent")) && nids)
		return ids[which % nids];
	if (ends_in_ms(attr->name))
		return 20000 + below(10000);
	if (attr->names)
		return below(4);
	return below(20000);
}

static uint64_t any_value(const struct spec_attr *attr)
{
	if (!once_in(4) || (ends_in_ms(attr->name) && !once_in(8)))
		return right_value(attr);
	return ends_in_ms(attr->name) ? 0 : edgy();
}

static void put_octets(struct nlmsghdr *msg, unsigned int type, size_t len)
{
	unsigned char octets[2048];
	size_t i;

	for (i = 0; i < len; i++)
		octets[i] = random_number();
	mnl_attr_put(msg, type, len, octets);
}

/* Of IPv4, of IPv6, of IPv4 as one of IPv6, or of a length that none has */
static void put_address(struct nlmsghdr *msg, unsigned int type)
{
	unsigned char octets[16] = {};
	uint32_t ipv4 = htonl(0x0a4d0000 + below(4));

	switch (below(8)) {
	case 0 ... 2:
		mnl_attr_put(msg, type, sizeof(ipv4), &ipv4);
		break;
	case 3 ... 4:
		inet_pton(AF_INET6, "fd77::", octets);
		octets[15] = below(4);
		mnl_attr_put(msg, type, sizeof(octets), octets);
		break;
	case 5:
		memset(octets + 10, 0xff, 2);
		memcpy(octets + 12, &ipv4, sizeof(ipv4));
		mnl_attr_put(msg, type, sizeof(octets), octets);
		break;
	case 6:
		put_octets(msg, type, once_in(2) ? 4 : 16);
		break;
	default:
		put_octets(msg, type, below(20));
		break;
	}
}

static void put_attrs(struct nlmsghdr *msg, const struct spec_set *set,
		      unsigned int depth);

static void put_right(struct nlmsghdr *msg, const struct spec_attr *attr,
		      unsigned int type, unsigned int depth)
{
	uint64_t value = any_value(attr);
	uint16_t value16 = value;
	uint32_t value32 = value;
	struct nlattr *nest;

	switch (attr->kind) {
	case SPEC_FLAG:
		mnl_attr_put(msg, type, 0, NULL);
		break;
	case SPEC_U16:
		mnl_attr_put(msg, type, sizeof(value16), &value16);
		break;
	case SPEC_U32:
		mnl_attr_put(msg, type, sizeof(value32), &value32);
		break;
	case SPEC_U64:
		mnl_attr_put(msg, type, sizeof(value), &value);
		break;
	case SPEC_NEST:
		nest = mnl_attr_nest_start(msg, type);
		if (depth < DEPTH_MAX)
			put_attrs(msg, attr->nest, depth + 1);
		mnl_attr_nest_end(msg, nest);
		break;
	default:
		if (attr->hint == SPEC_IPV4)
			put_address(msg, type);
		else
			put_octets(msg, type, below(16));
		break;
	}
}

/* One that the verb takes, mostly, and else any of the set */
static unsigned int pick_type(const struct spec_set *set, unsigned int depth)
{
	unsigned int type = 1 + below(set->max);
	unsigned int tries = 100;

	if (depth || once_in(8))
		return type;
	while (tries-- && !(taken[verb] & 1ull << type))
		type = 1 + below(set->max);
	return type;
}

/* One attribute: right, of a wrong length or kind, or unknown */
static void put_attr(struct nlmsghdr *msg, const struct spec_set *set,
		     unsigned int depth)
{
	unsigned int type = pick_type(set, depth);
	const struct spec_attr *attr = &set->attrs[type];

	if (!attr->name || once_in(24))
		put_octets(msg, type, below(once_in(8) ? 2048 : 24));
	else if (once_in(32))
		put_octets(msg, set->max + 1 + below(60000) % 16000, below(16));
	else if (once_in(32))
		put_attrs(msg, set, DEPTH_MAX);
	else
		put_right(msg, attr, type, depth);
}

static void put_attrs(struct nlmsghdr *msg, const struct spec_set *set,
		      unsigned int depth)
{
	unsigned int n = once_in(16) ? below(32) : below(4);

	/* Room for the longest is left. */
	while (n-- && msg->nlmsg_len < MESSAGE_MAX / 2)
		if (depth < DEPTH_MAX + 1)
			put_attr(msg, set, depth + (depth == DEPTH_MAX));
}

/* Octets turned over behind the headers, or an end too early */
static void spoil(struct nlmsghdr *msg)
{
	size_t head = NLMSG_HDRLEN + GENL_HDRLEN;
	unsigned int n = 1 + below(4);

	if (msg->nlmsg_len <= head)
		return;
	if (once_in(2)) {
		msg->nlmsg_len = head + below(msg->nlmsg_len - head);
		return;
	}
	while (n--)
		((char *)msg)[head + below(msg->nlmsg_len - head)] =
			random_number();
}

static void add_message(void)
{
	static char buffer[MESSAGE_MAX];
	unsigned int cmd = 1 + below(CHIMNEY_CMD_MAX);
	const struct spec_set *set = spec_ops[cmd];
	struct sent *s = &sent[nsent++];
	struct genlmsghdr *genl;
	struct nlmsghdr *msg;

	verb = cmd;
	memset(buffer, 0, sizeof(buffer));
	msg = mnl_nlmsg_put_header(buffer);
	msg->nlmsg_type = nl.family;
	msg->nlmsg_seq = ++nl.seq;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (once_in(4))
		msg->nlmsg_flags |= NLM_F_DUMP;
	if (once_in(16))
		msg->nlmsg_flags |= random_number();
	genl = mnl_nlmsg_put_extra_header(msg, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = once_in(16) ? random_number() : CHIMNEY_GENL_VERSION;
	genl->reserved = once_in(32) ? random_number() : 0;
	if (once_in(32))
		genl->cmd = random_number();
	if (set)
		put_attrs(msg, set, 0);
	if (once_in(8))
		spoil(msg);
	*s = (struct sent) {
		.seq = msg->nlmsg_seq,
		.cmd = genl->cmd && genl->cmd <= CHIMNEY_CMD_MAX ?
		       genl->cmd : CHIMNEY_CMD_MAX + 1,
		.dump = (msg->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP,
		.whole = true,
	};
	if (once_in(64)) {
		msg->nlmsg_len = NLMSG_HDRLEN + below(GENL_HDRLEN);
		s->whole = false;
	}
	memcpy(datagram + datagram_len, buffer, NLMSG_ALIGN(msg->nlmsg_len));
	datagram_len += NLMSG_ALIGN(msg->nlmsg_len);
}

/* ---- what is answered ---------------------------------------------------- */

static bool failed(const char *what, int err)
{
	complain(what, err, datagram, datagram_len);
	return false;
}

/* Does the kernel say why? */
static bool in_words(const struct nlmsghdr *msg, size_t offset)
{
	const struct nlattr *attr;

	if (!(msg->nlmsg_flags & NLM_F_ACK_TLVS))
		return false;
	mnl_attr_for_each(attr, msg, offset) {
		switch (mnl_attr_get_type(attr)) {
		case NLMSGERR_ATTR_MSG:
		case NLMSGERR_ATTR_OFFS:
		case 5:		/* NLMSGERR_ATTR_MISS_TYPE, since 6.1 */
			return true;
		}
	}
	return false;
}

/* A verb that there is not, a second dump: netlink itself has no words. */
static bool look_error(struct sent *s, const struct nlmsghdr *msg, int err,
		       size_t offset, struct tally *tallies)
{
	s->answered = true;
	if (!err) {
		tallies[s->cmd].acks++;
		return true;
	}
	if (err > 0 || -err >= ERRNO_MAX || !errno_allowed(-err))
		return failed("an errno that may not be", -err);
	tallies[s->cmd].errnos[-err]++;
	if (s->whole && err != -EPERM && err != -EOPNOTSUPP &&
	    !(s->dump && err == -EBUSY) && !in_words(msg, offset))
		return failed("refused without a word", -err);
	return true;
}

static bool look(const struct nlmsghdr *msg, struct tally *tallies)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(msg);
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(msg);
	struct sent *s = NULL;
	size_t offset = sizeof(*e);
	unsigned int i;

	for (i = 0; i < nsent; i++)
		if (sent[i].seq == msg->nlmsg_seq)
			s = &sent[i];
	if (!s)
		return failed("an answer to nothing", 0);
	switch (msg->nlmsg_type) {
	case NLMSG_ERROR:
		if (mnl_nlmsg_get_payload_len(msg) < sizeof(*e))
			return failed("a short error", 0);
		if (!(msg->nlmsg_flags & NLM_F_CAPPED))
			offset += e->msg.nlmsg_len - sizeof(e->msg);
		return look_error(s, msg, e->error, offset, tallies);
	case NLMSG_DONE:
		return look_error(s, msg, *(const int *)e, sizeof(int), tallies);
	default:
		if (msg->nlmsg_type != nl.family || genl->cmd != s->cmd)
			return failed("an answer of another kind", 0);
		return true;
	}
}

static bool look_all(struct tally *tallies)
{
	int fd = mnl_socket_get_fd(nl.sock), len;
	const struct nlmsghdr *msg;
	unsigned int i;
	ssize_t n;

	while ((n = recv(fd, nl.in, sizeof(nl.in), MSG_DONTWAIT)) >= 0) {
		len = n;
		for (msg = (void *)nl.in; mnl_nlmsg_ok(msg, len);
		     msg = mnl_nlmsg_next(msg, &len))
			if (!look(msg, tallies))
				return false;
		if (len)
			return failed("an answer that is not well-formed", 0);
	}
	if (errno != EAGAIN && errno != ENOBUFS)
		return failed("receive", errno);
	for (i = 0; i < nsent && errno == EAGAIN; i++)
		if (!sent[i].answered)
			return failed("no answer", 0);
	return true;
}

/* Somebody who listens, and goes without having read anything */
static void listen_and_go(void)
{
	struct mnl_socket *monitor = mnl_socket_open(NETLINK_GENERIC);
	int group;

	if (!monitor)
		return;
	/* Groups of genetlink have low numbers. */
	for (group = 2; group < 40; group++)
		mnl_socket_setsockopt(monitor, NETLINK_ADD_MEMBERSHIP, &group,
				      sizeof(group));
	mnl_socket_close(monitor);
}

bool netlink_case(struct tally *tallies)
{
	unsigned int messages = once_in(4) ? 1 + below(MESSAGES_MAX) : 1;

	if (once_in(64)) {
		nl_close(&nl);
		if (!reopen()) {
			fprintf(stderr, "fuzz: the family has gone\n");
			return false;
		}
	}
	if (once_in(64))
		listen_and_go();
	/* What is drawn must not hang on what came before. */
	if (once_in(16) || !nids)
		take_ids();
	datagram_len = 0;
	nsent = 0;
	while (messages--)
		add_message();
	if (send(mnl_socket_get_fd(nl.sock), datagram, datagram_len, 0) < 0)
		return failed("send", errno);
	return look_all(tallies);
}
