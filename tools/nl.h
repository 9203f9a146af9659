/* SPDX-License-Identifier: GPL-2.0 */
/* Talking to the kernel: the family, requests, answers and their errors. */
#ifndef NL_H
#define NL_H

#include <stddef.h>
#include <stdint.h>
#include <json-c/json.h>
#include <libmnl/libmnl.h>

/**
 * struct nl - a netlink socket
 * @sock: the socket
 * @portid: its number
 * @family: number of the family
 * @group: number of the group of events
 * @seq: number of the last request
 */
struct nl {
	struct mnl_socket	*sock;
	unsigned int		portid;
	uint16_t		family;
	uint32_t		group;
	uint32_t		seq;
};

/* Opens a socket and finds the family. false: it has complained. */
bool nl_open(struct nl *nl);
void nl_close(struct nl *nl);

/* A request of @cmd, with room for @room octets of attributes; free() it. */
struct nlmsghdr *nl_request(struct nl *nl, uint8_t cmd, bool dump, size_t room);

/*
 * What to do with a message of the answer. Takes over @msg; a return other than
 * 0 ends the answer.
 */
typedef int (*nl_message_t)(struct json_object *msg, void *arg);

/*
 * Sends a request and hands over the messages of its answer. Frees the request.
 * Returns 0, or a negative errno; then it has complained, unless @quiet is that
 * errno.
 */
int nl_talk(struct nl *nl, struct nlmsghdr *request, int quiet,
	    nl_message_t message, void *arg);

/*
 * Dumps what @cmd shows, of one netdev if @ifindex is not 0, as a list. NULL: it
 * has complained.
 */
struct json_object *nl_dump(struct nl *nl, uint8_t cmd, unsigned int ifindex);

/*
 * The one message that answers a request, which it frees. NULL: it complained, unless
 * @quiet is the error.
 */
struct json_object *nl_get(struct nl *nl, struct nlmsghdr *request, int quiet);

/* From now on the socket gets events. false: it has complained. */
bool nl_subscribe(struct nl *nl);
/*
 * Hands over the events that are there, or come within @ms milliseconds (-1:
 * waits for ever). 0; -ETIMEDOUT: none came; -ENOBUFS: some were lost; or what
 * @message returned.
 */
int nl_events(struct nl *nl, int ms, nl_message_t message, void *arg);

#endif /* NL_H */
