/* SPDX-License-Identifier: GPL-2.0 */
/* Netlink messages that show something. */
#ifndef _CHIMNEY_SHOW_H
#define _CHIMNEY_SHOW_H

#include <net/genetlink.h>

struct chimney_entry;
struct chimney_object;
struct chimney_target;
struct chimney_tcp_state;
struct net_device;

extern struct genl_family chimney_nl_family;

/**
 * struct chimney_asker - who is shown something
 * @portid: the socket; 0: everyone
 * @seq: number of the request
 * @flags: of the message
 * @cmd: the command that is answered
 */
struct chimney_asker {
	u32	portid;
	u32	seq;
	int	flags;
	u8	cmd;
};

/*
 * Each adds one message. The target is one that was looked up. 0, or -EMSGSIZE
 * if there is no room for it; then nothing is added.
 */
int chimney_show_target(struct sk_buff *msg, struct chimney_target *t,
			const struct chimney_asker *a);
/* What is set in @net for targets to come. */
int chimney_show_defaults(struct sk_buff *msg, struct net *net,
			  const struct chimney_asker *a);
int chimney_show_object(struct sk_buff *msg, struct chimney_target *t,
			struct chimney_object *obj,
			const struct chimney_asker *a);
int chimney_show_stats(struct sk_buff *msg, struct chimney_target *t,
		       const struct chimney_asker *a);
int chimney_show_entry(struct sk_buff *msg, const struct net_device *dev,
		       const struct chimney_entry *e,
		       const struct chimney_asker *a);
int chimney_show_check(struct sk_buff *msg, struct chimney_target *t,
		       const struct chimney_asker *a);
/* What the target says of a connection. */
int chimney_show_tcp(struct sk_buff *msg, struct chimney_target *t, u64 id,
		     const struct chimney_tcp_state *st,
		     const struct chimney_asker *a);

#endif /* _CHIMNEY_SHOW_H */
