/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What messages of the netlink family look like, as tables: spec-gen.c, which is
 * generated from netlink/specs/chimney.yaml.
 */
#ifndef SPEC_H
#define SPEC_H

#include <stdbool.h>
#include <linux/chimney.h>

enum spec_kind {
	SPEC_UNKNOWN,
	SPEC_PAD,
	SPEC_FLAG,
	SPEC_U16,
	SPEC_U32,
	SPEC_U64,
	SPEC_STRING,
	SPEC_BINARY,
	SPEC_NEST,
};

enum spec_hint {
	SPEC_PLAIN,
	SPEC_IPV4,	/* an address; its length says which of IPv4 and IPv6 */
	SPEC_MAC,
};

/**
 * struct spec_name - the name of a number, and what it means
 * @value: the number
 * @name: its name; NULL ends a table
 * @doc: its meaning, may be empty
 */
struct spec_name {
	unsigned int	value;
	const char	*name;
	const char	*doc;
};

struct spec_set;

/**
 * struct spec_attr - an attribute
 * @name: its name, and its key in JSON; NULL: there is none of this number
 * @kind: its type
 * @hint: how it is written
 * @big_endian: its octet order, if not the machine's
 * @multi: may be there more than once
 * @flags: a number that consists of the bits @names names
 * @names: names of its values
 * @nest: what is inside
 */
struct spec_attr {
	const char		*name;
	enum spec_kind		kind;
	enum spec_hint		hint;
	bool			big_endian;
	bool			multi;
	bool			flags;
	const struct spec_name	*names;
	const struct spec_set	*nest;
};

/**
 * struct spec_set - the attributes of a message or a nest
 * @name: its name
 * @max: greatest number
 * @attrs: by number
 */
struct spec_set {
	const char		*name;
	unsigned int		max;
	const struct spec_attr	*attrs;
};

/**
 * struct spec_enum - numbers with names
 * @name: what they are; NULL ends the table
 * @names: the names
 */
struct spec_enum {
	const char		*name;
	const struct spec_name	*names;
};

extern const struct spec_enum spec_enums[];
/* By command: the attributes that it takes, and what the specification calls it */
extern const struct spec_set *const spec_ops[CHIMNEY_CMD_MAX + 1];
extern const char *const spec_verbs[CHIMNEY_CMD_MAX + 1];

#endif /* SPEC_H */
