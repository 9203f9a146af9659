/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which of many rules of admission is the first that matches: found without a look at
 * all of them.
 *
 * Rules that ask for the same (prefixes of the same lengths, single ports, a single user,
 * ...) have one shape. The rules of a shape are in a hash table, by what they ask for; so
 * that a connection looks once into the table of each shape, of which there are few. If
 * there are many, the rules of the latest are looked at one by one.
 */
#ifndef _CHIMNEY_CLASSIFY_H
#define _CHIMNEY_CLASSIFY_H

#include <linux/if.h>
#include <linux/in6.h>
#include <linux/types.h>

struct chimney_admit_rule;
struct chimney_classes;
struct sock;

/**
 * struct chimney_subject - what is matched
 * @sk: the socket
 * @saddr: its own address
 * @daddr: its peer's
 * @sport: its own port
 * @dport: its peer's
 * @uid: whom it belongs to, as its network namespace has it
 * @so_priority: SO_PRIORITY
 * @mark: SO_MARK
 * @dev: name of the device that its packets leave by
 */
struct chimney_subject {
	const struct sock	*sk;
	struct in6_addr		saddr, daddr;
	u16			sport, dport;
	u32			uid;
	u32			so_priority;
	u32			mark;
	char			dev[IFNAMSIZ];
};

/* Does that rule match it? All of it is looked at, whatever the hash has told before. */
typedef bool chimney_match_fn(const struct chimney_admit_rule *a,
			      const struct chimney_subject *s);

/*
 * Sorts @n rules, which must not change after. Context: process. NULL: there is no
 * memory.
 */
struct chimney_classes *chimney_classes_make(const struct chimney_admit_rule *rules,
					     u32 n);
void chimney_classes_free(struct chimney_classes *c);

/* The number of the first rule that matches, from 1 on; 0: none. Context: any. */
u32 chimney_classes_find(const struct chimney_classes *c,
			 const struct chimney_subject *s, chimney_match_fn *match);

#endif /* _CHIMNEY_CLASSIFY_H */
