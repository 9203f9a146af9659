// SPDX-License-Identifier: GPL-2.0
/* The client of nl.h */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "nl.h"

static int take_family(const struct nlmsghdr *msg, void *arg)
{
	const struct nlattr *attr;
	uint16_t *family = arg;

	mnl_attr_for_each(attr, msg, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			*family = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static struct nlmsghdr *begin(struct nl *nl, uint16_t family, uint8_t cmd,
			      uint8_t version, uint16_t flags)
{
	struct nlmsghdr *msg = mnl_nlmsg_put_header(nl->out);
	struct genlmsghdr *genl;

	msg->nlmsg_type = family;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	msg->nlmsg_seq = ++nl->seq;
	genl = mnl_nlmsg_put_extra_header(msg, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
	return msg;
}

struct nlmsghdr *nl_begin(struct nl *nl, uint8_t cmd)
{
	return begin(nl, nl->family, cmd, CHIMNEY_GENL_VERSION, 0);
}

struct nlmsghdr *nl_begin_dump(struct nl *nl, uint8_t cmd)
{
	return begin(nl, nl->family, cmd, CHIMNEY_GENL_VERSION, NLM_F_DUMP);
}

int nl_open(struct nl *nl)
{
	struct nlmsghdr *msg;
	int one = 1, err;

	memset(nl, 0, sizeof(*nl));
	nl->sock = mnl_socket_open(NETLINK_GENERIC);
	if (!nl->sock || mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &one, sizeof(one));
	msg = begin(nl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, 0);
	mnl_attr_put_strz(msg, CTRL_ATTR_FAMILY_NAME, CHIMNEY_GENL_NAME);
	err = nl_talk(nl, msg, take_family, &nl->family);
	if (err)
		mnl_socket_close(nl->sock);
	return err;
}

void nl_close(struct nl *nl)
{
	mnl_socket_close(nl->sock);
}

/* What the kernel says to an error, if it does */
static void take_text(struct nl *nl, const struct nlmsghdr *msg)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(msg);
	const struct nlattr *attr;
	unsigned int offset = sizeof(*e);

	if (!(msg->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(msg->nlmsg_flags & NLM_F_CAPPED))
		offset += e->msg.nlmsg_len - sizeof(e->msg);
	mnl_attr_for_each(attr, msg, offset)
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			snprintf(nl->text, sizeof(nl->text), "%s",
				 mnl_attr_get_str(attr));
}

/* One message of the answer. 1: it was the last one */
static int take(struct nl *nl, const struct nlmsghdr *req,
		const struct nlmsghdr *msg, mnl_cb_t each, void *arg, int *err)
{
	if (msg->nlmsg_seq != req->nlmsg_seq)
		return 0;
	switch (msg->nlmsg_type) {
	case NLMSG_ERROR:
		*err = ((const struct nlmsgerr *)mnl_nlmsg_get_payload(msg))->error;
		take_text(nl, msg);
		return 1;
	case NLMSG_DONE:
		*err = *(const int *)mnl_nlmsg_get_payload(msg);
		/* Of a dump this is the end; else the ACK follows. */
		return *err || (req->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	case NLMSG_NOOP:
	case NLMSG_OVERRUN:
		return 0;
	default:
		if (each)
			each(msg, arg);
		return 0;
	}
}

int nl_talk(struct nl *nl, struct nlmsghdr *req, mnl_cb_t each, void *arg)
{
	const struct nlmsghdr *msg;
	ssize_t n;
	int len, err = 0;

	nl->text[0] = '\0';
	if (mnl_socket_sendto(nl->sock, req, req->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		n = mnl_socket_recvfrom(nl->sock, nl->in, sizeof(nl->in));
		if (n < 0)
			return -errno;
		len = n;
		for (msg = (void *)nl->in; mnl_nlmsg_ok(msg, len);
		     msg = mnl_nlmsg_next(msg, &len))
			if (take(nl, req, msg, each, arg, &err))
				return err;
	}
}

void nl_attrs(const struct nlmsghdr *msg, const struct nlattr **table, int max)
{
	const struct nlattr *attr;

	memset(table, 0, (max + 1) * sizeof(*table));
	mnl_attr_for_each(attr, msg, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) <= max)
			table[mnl_attr_get_type(attr)] = attr;
}

void nl_nested(const struct nlattr *nest, const struct nlattr **table, int max)
{
	const struct nlattr *attr;

	memset(table, 0, (max + 1) * sizeof(*table));
	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) <= max)
			table[mnl_attr_get_type(attr)] = attr;
}

uint16_t nl_u16(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_u16(attr) : 0;
}

uint32_t nl_u32(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_u32(attr) : 0;
}

uint64_t nl_u64(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_u64(attr) : 0;
}
