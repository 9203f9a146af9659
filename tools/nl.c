// SPDX-License-Identifier: GPL-2.0
/* Talking to the kernel: the family, requests, answers and events. */

#include "nl.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/genetlink.h>
#include "chimney.h"
#include "complaint.h"
#include "decode.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK	270
#endif

/* Answers to dumps come in messages of at most 32 KiB. */
#define BUFFER_SIZE	65536
/* Events of many connections come faster than they are read. */
#define RECEIVE_ROOM	(8 << 20)

/* ---- the family -------------------------------------------------------- */

static void find_group(struct nl *nl, const struct nlattr *groups)
{
	const struct nlattr *group, *attr;

	mnl_attr_for_each_nested(group, groups) {
		const char *name = "";
		uint32_t id = 0;

		mnl_attr_for_each_nested(attr, group) {
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
				name = mnl_attr_get_str(attr);
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				id = mnl_attr_get_u32(attr);
		}
		if (!strcmp(name, CHIMNEY_MCGRP_EVENTS))
			nl->group = id;
	}
}

static int take_family(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;
	struct nl *nl = arg;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			nl->family = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			find_group(nl, attr);
	}
	return MNL_CB_OK;
}

static bool find_family(struct nl *nl)
{
	char buf[BUFFER_SIZE];
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;
	ssize_t len;
	int ret = MNL_CB_OK;

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = GENL_ID_CTRL;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = ++nl->seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = CTRL_CMD_GETFAMILY;
	genl->version = 1;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, CHIMNEY_GENL_NAME);

	if (mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len) < 0)
		return false;
	while (ret == MNL_CB_OK) {
		len = mnl_socket_recvfrom(nl->sock, buf, sizeof(buf));
		if (len < 0)
			return false;
		ret = mnl_cb_run(buf, len, nl->seq, nl->portid, take_family,
				 nl);
	}
	return ret == MNL_CB_STOP;
}

/* As much as may be: forced by who may, asked for by others. */
static void set_room(struct nl *nl, int force, int ask, int size)
{
	int fd = mnl_socket_get_fd(nl->sock);

	if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, ask, &size, sizeof(size));
}

bool nl_open(struct nl *nl)
{
	int one = 1;

	memset(nl, 0, sizeof(*nl));
	nl->sock = mnl_socket_open(NETLINK_GENERIC);
	if (!nl->sock || mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		complain("cannot open a netlink socket: %s", strerror(errno));
		goto err;
	}
	nl->portid = mnl_socket_get_portid(nl->sock);
	if (!find_family(nl)) {
		if (errno == ENOENT)
			complain("the kernel does not know chimney: modprobe chimney");
		else
			complain("cannot find the netlink family: %s",
				 strerror(errno));
		goto err;
	}
	/* Answers and events come in bursts, and the kernel does not wait. */
	set_room(nl, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_ROOM);
	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl->sock, NETLINK_CAP_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl->sock, NETLINK_GET_STRICT_CHK, &one,
			      sizeof(one));
	return true;
err:
	nl_close(nl);
	return false;
}

void nl_close(struct nl *nl)
{
	if (nl->sock)
		mnl_socket_close(nl->sock);
	nl->sock = NULL;
}

/* ---- requests ---------------------------------------------------------- */

struct nlmsghdr *nl_request(struct nl *nl, uint8_t cmd, bool dump, size_t room)
{
	size_t size = MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct genlmsghdr)) +
		      room;
	struct nlmsghdr *nlh = calloc(1, size);
	struct genlmsghdr *genl;

	if (!nlh) {
		complain("out of memory");
		exit(FAILED);
	}
	mnl_nlmsg_put_header(nlh);
	nlh->nlmsg_type = nl->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK);
	nlh->nlmsg_seq = ++nl->seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = CHIMNEY_GENL_VERSION;
	return nlh;
}

/**
 * struct answer - an answer that is being read
 * @request: what it answers
 * @quiet: an errno that is not to be complained of
 * @message: what to do with its messages
 * @arg: for that
 * @ret: how it ended
 */
struct answer {
	const struct nlmsghdr	*request;
	int			quiet;
	nl_message_t		message;
	void			*arg;
	int			ret;
};

static struct json_object *decode_message(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	size_t head = MNL_ALIGN(sizeof(*genl));

	if (mnl_nlmsg_get_payload_len(nlh) < head ||
	    genl->cmd > CHIMNEY_CMD_MAX || !spec_ops[genl->cmd])
		return NULL;
	return decode(spec_ops[genl->cmd],
		      mnl_nlmsg_get_payload_offset(nlh, head),
		      mnl_nlmsg_get_payload_len(nlh) - head);
}

static int take_message(const struct nlmsghdr *nlh, void *arg)
{
	struct json_object *msg = decode_message(nlh);
	struct answer *a = arg;

	if (!msg)
		return MNL_CB_OK;
	if (!a->message) {
		json_object_put(msg);
		return MNL_CB_OK;
	}
	a->ret = a->message(msg, a->arg);
	return a->ret ? MNL_CB_STOP : MNL_CB_OK;
}

/* An acknowledgement, or the end of a dump: an errno and what goes with it. */
static int take_end(const struct nlmsghdr *nlh, void *arg)
{
	const int *err = mnl_nlmsg_get_payload(nlh);
	struct answer *a = arg;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err)) {
		a->ret = 0;
		return MNL_CB_STOP;
	}
	a->ret = *err > 0 ? 0 : *err;
	if (a->ret && a->ret != a->quiet)
		complain_kernel(a->request, nlh, a->ret);
	return MNL_CB_STOP;
}

static mnl_cb_t control[] = {
	[NLMSG_ERROR]	= take_end,
	[NLMSG_DONE]	= take_end,
};

int nl_talk(struct nl *nl, struct nlmsghdr *request, int quiet,
	    nl_message_t message, void *arg)
{
	struct answer a = {
		.request = request,
		.quiet = quiet,
		.message = message,
		.arg = arg,
	};
	char buf[BUFFER_SIZE];
	int ret = MNL_CB_OK;
	ssize_t len;

	/* A request is one message; the kernel wants some room to spare. */
	if (request->nlmsg_len > BUFFER_SIZE)
		set_room(nl, SO_SNDBUFFORCE, SO_SNDBUF, request->nlmsg_len);
	if (mnl_socket_sendto(nl->sock, request, request->nlmsg_len) < 0)
		goto err;
	while (ret == MNL_CB_OK) {
		len = mnl_socket_recvfrom(nl->sock, buf, sizeof(buf));
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			goto err;
		ret = mnl_cb_run2(buf, len, request->nlmsg_seq, nl->portid,
				  take_message, &a, control, MNL_ARRAY_SIZE(control));
		if (ret < 0)
			goto err;
	}
	free(request);
	return a.ret;
err:
	a.ret = -errno;
	complain("netlink: %s", strerror(errno));
	free(request);
	return a.ret;
}

static int collect(struct json_object *msg, void *arg)
{
	return json_object_array_add(arg, msg);
}

struct json_object *nl_dump(struct nl *nl, uint8_t cmd, unsigned int ifindex)
{
	struct json_object *list = json_object_new_array();
	struct nlmsghdr *request = nl_request(nl, cmd, true, 64);

	if (ifindex)
		mnl_attr_put_u32(request, attr_number(spec_ops[cmd], "ifindex"),
				 ifindex);
	if (nl_talk(nl, request, 0, collect, list)) {
		json_object_put(list);
		return NULL;
	}
	return list;
}

static int keep_one(struct json_object *msg, void *arg)
{
	struct json_object **one = arg;

	json_object_put(*one);
	*one = msg;
	return 0;
}

struct json_object *nl_get(struct nl *nl, struct nlmsghdr *request, int quiet)
{
	struct json_object *one = NULL;

	if (!nl_talk(nl, request, quiet, keep_one, &one))
		return one;
	json_object_put(one);
	return NULL;
}

/* ---- events ------------------------------------------------------------ */

bool nl_subscribe(struct nl *nl)
{
	if (!mnl_socket_setsockopt(nl->sock, NETLINK_ADD_MEMBERSHIP, &nl->group,
				   sizeof(nl->group)))
		return true;
	complain("cannot listen to events: %s", errno == EPERM ?
		 "this takes root, or CAP_NET_ADMIN over the network namespace" :
		 strerror(errno));
	return false;
}

int nl_events(struct nl *nl, int ms, nl_message_t message, void *arg)
{
	struct pollfd pfd = {
		.fd = mnl_socket_get_fd(nl->sock),
		.events = POLLIN,
	};
	struct answer a = { .message = message, .arg = arg };
	char buf[BUFFER_SIZE];
	ssize_t len;
	int ret;

	ret = poll(&pfd, 1, ms);
	if (!ret)
		return -ETIMEDOUT;
	if (ret < 0)
		return errno == EINTR ? 0 : -errno;
	len = mnl_socket_recvfrom(nl->sock, buf, sizeof(buf));
	if (len < 0)
		return errno == EINTR ? 0 : -errno;
	mnl_cb_run2(buf, len, 0, 0, take_message, &a, control,
		    MNL_ARRAY_SIZE(control));
	return a.ret;
}
