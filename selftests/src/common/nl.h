/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small client of the chimney netlink family, for tests that ask so often
 * that a process for each question would take too long.
 */
#ifndef CHIMNEY_NL_H
#define CHIMNEY_NL_H

#include <libmnl/libmnl.h>
#include <stdint.h>
#include <linux/chimney.h>

#define NL_BUFFER	65536

/**
 * struct nl - a connection to the kernel
 * @sock: the socket
 * @family: number of the family
 * @seq: number of the last request
 * @text: what the kernel said to the last error, or ""
 * @out: the request under way
 * @in: the answer under way
 */
struct nl {
	struct mnl_socket *sock;
	uint16_t family;
	uint32_t seq;
	char text[256];
	char out[NL_BUFFER];
	char in[NL_BUFFER];
};

/* 0 or a negative errno, as all that follow */
int nl_open(struct nl *nl);
void nl_close(struct nl *nl);

/* Begin a request; attributes are added with mnl_attr_put_*(). */
struct nlmsghdr *nl_begin(struct nl *nl, uint8_t cmd);
struct nlmsghdr *nl_begin_dump(struct nl *nl, uint8_t cmd);

/*
 * Send it, and call @each (NULL: none) with every message of the answer;
 * @each returns MNL_CB_OK.
 */
int nl_talk(struct nl *nl, struct nlmsghdr *req, mnl_cb_t each, void *arg);

/* Sort the attributes of a message, or of a nest, by type. */
void nl_attrs(const struct nlmsghdr *msg, const struct nlattr **table, int max);
void nl_nested(const struct nlattr *nest, const struct nlattr **table, int max);

/* Values; 0 if the attribute is absent */
uint16_t nl_u16(const struct nlattr *attr);
uint32_t nl_u32(const struct nlattr *attr);
uint64_t nl_u64(const struct nlattr *attr);

#endif /* CHIMNEY_NL_H */
