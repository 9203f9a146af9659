// SPDX-License-Identifier: GPL-2.0
/* The first of many rules that matches; see classify.h. */

#include "classify.h"

#include <linux/jhash.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "addr.h"
#include "netlink-gen.h"
#include "rules.h"

/* Beyond so many shapes a look into each table would cost more than one at each rule. */
#define SHAPES_MAX	64

#define FIELD(name)	BIT(CHIMNEY_A_ADMISSION_RULE_##name)

/**
 * struct shape - what rules ask for: fields that have one value, and prefixes
 * @fields: which
 * @saddr_len: bits of the host's prefix, IPv4 addresses being mapped ones
 * @daddr_len: bits of the peer's
 * @mark_mask: bits of SO_MARK
 */
struct shape {
	u32	fields;
	u32	saddr_len, daddr_len;
	u32	mark_mask;
};

static const struct shape plain;

/**
 * struct value - what a rule asks for, and what a connection has
 * @saddr: prefix of the host's address
 * @daddr: prefix of the peer's
 * @number: ports, user, SO_PRIORITY, SO_MARK
 *
 * What the shape does not have is 0.
 */
struct value {
	struct in6_addr	saddr, daddr;
	u32		number[5];
};

/**
 * struct chimney_class - the rules of one shape
 * @shape: that
 * @first: the first of them, from 1 on
 * @n: how many they are
 * @mask: the hash table's size, less one
 * @head: hash table of chains, each ascending: the first rule's number, or 0
 */
struct chimney_class {
	struct shape	shape;
	u32		first;
	u32		n;
	u32		mask;
	u32		*head;
};

/**
 * struct chimney_classes - all rules, sorted
 * @rules: as they were set
 * @next: by a rule's number, the one that follows in its chain, or 0
 * @heads: memory for all hash tables
 * @n: how many classes
 * @class: those, by their first rule. What has no class of its own is taken for rules
 *         that ask for nothing: one after the other
 */
struct chimney_classes {
	const struct chimney_admit_rule	*rules;
	u32				*next;
	u32				*heads;
	u32				n;
	struct chimney_class		class[SHAPES_MAX + 1];
};

static unsigned int mapped_len(const struct in6_addr *addr, unsigned int len)
{
	return chimney_addr_v4(addr) ? len + 96 : len;
}

/* A range of one value is one value. */
static u32 if_one(u32 fields, u32 field, u32 least, u32 most)
{
	return least == most ? fields & field : 0;
}

static void shape_of(const struct chimney_admit_rule *a, struct shape *shape)
{
	u32 has = a->fields;

	memset(shape, 0, sizeof(*shape));
	shape->fields = (has & (FIELD(SADDR) | FIELD(DADDR))) |
		if_one(has, FIELD(SPORT_MIN), a->sport[0], a->sport[1]) |
		if_one(has, FIELD(DPORT_MIN), a->dport[0], a->dport[1]) |
		if_one(has, FIELD(UID_MIN), a->uid[0], a->uid[1]) |
		if_one(has, FIELD(SO_PRIORITY_MIN), a->so_priority[0],
		       a->so_priority[1]);
	if (has & FIELD(SADDR))
		shape->saddr_len = mapped_len(&a->saddr, a->saddr_len);
	if (has & FIELD(DADDR))
		shape->daddr_len = mapped_len(&a->daddr, a->daddr_len);
	shape->mark_mask = a->mark_mask;
}

static void take(struct value *v, const struct shape *shape,
		 const struct chimney_subject *s)
{
	u32 has = shape->fields;

	memset(v, 0, sizeof(*v));
	if (has & FIELD(SADDR))
		ipv6_addr_prefix(&v->saddr, &s->saddr, shape->saddr_len);
	if (has & FIELD(DADDR))
		ipv6_addr_prefix(&v->daddr, &s->daddr, shape->daddr_len);
	v->number[0] = has & FIELD(SPORT_MIN) ? s->sport : 0;
	v->number[1] = has & FIELD(DPORT_MIN) ? s->dport : 0;
	v->number[2] = has & FIELD(UID_MIN) ? s->uid : 0;
	v->number[3] = has & FIELD(SO_PRIORITY_MIN) ? s->so_priority : 0;
	v->number[4] = s->mark & shape->mark_mask;
}

static u32 hash(const struct value *v)
{
	BUILD_BUG_ON(sizeof(*v) % sizeof(u32));
	return jhash2((const u32 *)v, sizeof(*v) / sizeof(u32), 0);
}

/* A connection that has just what the rule asks for stands for it. */
static u32 hash_of_rule(const struct chimney_admit_rule *a, const struct shape *shape)
{
	struct chimney_subject like = {
		.saddr = a->saddr, .daddr = a->daddr,
		.sport = a->sport[0], .dport = a->dport[0],
		.uid = a->uid[0], .so_priority = a->so_priority[0], .mark = a->mark,
	};
	struct value v;

	take(&v, shape, &like);
	return hash(&v);
}

/* ---- sorting ------------------------------------------------------------- */

static struct chimney_class *find_class(struct chimney_classes *c,
					const struct shape *shape)
{
	u32 i;

	for (i = 0; i < c->n; i++) {
		if (!memcmp(&c->class[i].shape, shape, sizeof(*shape)))
			return &c->class[i];
	}
	return NULL;
}

/* The class of a rule; @number is the rule's, should it be the first of it. */
static struct chimney_class *class_of(struct chimney_classes *c,
				      const struct shape *shape, u32 number)
{
	struct chimney_class *class = find_class(c, shape);

	if (!class && c->n >= SHAPES_MAX) {
		shape = &plain;
		class = find_class(c, shape);
	}
	if (!class) {
		class = &c->class[c->n++];
		class->shape = *shape;
		class->first = number;
	}
	return class;
}

/* Finds the classes, and how many rules each has. @next keeps each rule's for now. */
static void count(struct chimney_classes *c, u32 rules)
{
	struct chimney_class *class;
	struct shape shape;
	u32 i;

	for (i = 0; i < rules; i++) {
		shape_of(&c->rules[i], &shape);
		class = class_of(c, &shape, i + 1);
		class->n++;
		c->next[i + 1] = class - c->class;
		cond_resched();
	}
}

static u32 size_of(const struct chimney_class *class)
{
	return roundup_pow_of_two(class->n);
}

static bool share_heads(struct chimney_classes *c)
{
	u32 i, all = 0;

	for (i = 0; i < c->n; i++)
		all += size_of(&c->class[i]);
	c->heads = kvcalloc(all ?: 1, sizeof(*c->heads), GFP_KERNEL_ACCOUNT);
	if (!c->heads)
		return false;
	all = 0;
	for (i = 0; i < c->n; i++) {
		c->class[i].head = c->heads + all;
		c->class[i].mask = size_of(&c->class[i]) - 1;
		all += size_of(&c->class[i]);
	}
	return true;
}

/* From the last to the first, so that the chains ascend. */
static void chain(struct chimney_classes *c, u32 rules)
{
	struct chimney_class *class;
	u32 i, *head;

	for (i = rules; i; i--) {
		class = &c->class[c->next[i]];
		head = &class->head[hash_of_rule(&c->rules[i - 1], &class->shape) &
				    class->mask];
		c->next[i] = *head;
		*head = i;
		cond_resched();
	}
}

struct chimney_classes *chimney_classes_make(const struct chimney_admit_rule *rules,
					     u32 n)
{
	struct chimney_classes *c;

	c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
	if (!c)
		return NULL;
	c->rules = rules;
	c->next = kvcalloc(n + 1, sizeof(*c->next), GFP_KERNEL_ACCOUNT);
	if (!c->next)
		goto err;
	count(c, n);
	if (!share_heads(c))
		goto err;
	chain(c, n);
	return c;

err:
	chimney_classes_free(c);
	return NULL;
}

void chimney_classes_free(struct chimney_classes *c)
{
	if (!c)
		return;
	kvfree(c->heads);
	kvfree(c->next);
	kfree(c);
}

/* ---- finding ------------------------------------------------------------- */

/* The first of a class that matches, if it stands before @before; else @before. */
static u32 find_in(const struct chimney_classes *c, const struct chimney_class *class,
		   const struct chimney_subject *s, chimney_match_fn *match, u32 before)
{
	struct value v;
	u32 i;

	take(&v, &class->shape, s);
	for (i = class->head[hash(&v) & class->mask]; i && i < before; i = c->next[i]) {
		if (match(&c->rules[i - 1], s))
			return i;
	}
	return before;
}

u32 chimney_classes_find(const struct chimney_classes *c,
			 const struct chimney_subject *s, chimney_match_fn *match)
{
	u32 i, best = U32_MAX;

	for (i = 0; i < c->n && c->class[i].first < best; i++)
		best = find_in(c, &c->class[i], s, match, best);
	return best == U32_MAX ? 0 : best;
}
