// SPDX-License-Identifier: GPL-2.0
/* Messages as JSON, by the tables of the spec. */

#include "decode.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>
#include "addr.h"

const struct spec_name *names_of(const char *name)
{
	const struct spec_enum *e;

	for (e = spec_enums; e->name; e++) {
		if (!strcmp(e->name, name))
			return e->names;
	}
	return NULL;
}

const struct spec_name *by_name(const char *of, const char *name)
{
	const struct spec_name *n;

	for (n = names_of(of); n && n->name; n++) {
		if (!strcmp(n->name, name))
			return n;
	}
	return NULL;
}

unsigned int attr_number(const struct spec_set *set, const char *name)
{
	unsigned int i;

	for (i = 1; i <= set->max; i++) {
		if (set->attrs[i].name && !strcmp(set->attrs[i].name, name))
			return i;
	}
	return 0;
}

/* A number that a newer kernel knows and we do not stays a number. */
static struct json_object *decode_name(const struct spec_name *names,
				       uint32_t value)
{
	for (; names->name; names++) {
		if (names->value == value)
			return json_object_new_string(names->name);
	}
	return json_object_new_uint64(value);
}

static struct json_object *decode_flags(const struct spec_name *names,
					uint32_t value)
{
	struct json_object *list = json_object_new_array();

	for (; list && names->name; names++) {
		if (value & names->value)
			json_object_array_add(list,
					      json_object_new_string(names->name));
	}
	return list;
}

static struct json_object *decode_number(const struct spec_attr *a,
					 uint64_t value)
{
	if (a->flags)
		return decode_flags(a->names, value);
	if (a->names)
		return decode_name(a->names, value);
	return json_object_new_uint64(value);
}

static struct json_object *decode_u32(const struct spec_attr *a,
				      const struct nlattr *attr)
{
	uint32_t value = mnl_attr_get_u32(attr);

	return decode_number(a, a->big_endian ? be32toh(value) : value);
}

/* An address, if it has the length of one; else octets */
static struct json_object *decode_binary(const struct spec_attr *a,
					 const struct nlattr *attr)
{
	const unsigned char *octet = mnl_attr_get_payload(attr);
	unsigned int i, len = mnl_attr_get_payload_len(attr);
	char text[3 * 32 + 1] = "";
	struct in6_addr addr;

	if (a->hint == SPEC_IPV4 && take_addr(&addr, octet, len)) {
		format_addr(text, sizeof(text), &addr);
		return json_object_new_string(text);
	}
	for (i = 0; i < len && i < 32; i++)
		sprintf(text + 3 * i, "%02x%s", octet[i],
			i + 1 < len ? ":" : "");
	return json_object_new_string(text);
}

static const enum mnl_attr_data_type mnl_types[] = {
	[SPEC_FLAG]	= MNL_TYPE_FLAG,
	[SPEC_U16]	= MNL_TYPE_U16,
	[SPEC_U32]	= MNL_TYPE_U32,
	[SPEC_U64]	= MNL_TYPE_U64,
	[SPEC_STRING]	= MNL_TYPE_NUL_STRING,
	[SPEC_BINARY]	= MNL_TYPE_BINARY,
	[SPEC_NEST]	= MNL_TYPE_NESTED,
};

struct json_object *decode_attr(const struct spec_attr *a,
				const struct nlattr *attr)
{
	uint16_t value;

	if (mnl_attr_validate(attr, mnl_types[a->kind]) < 0)
		return NULL;
	switch (a->kind) {
	case SPEC_FLAG:
		return json_object_new_boolean(true);
	case SPEC_U16:
		value = mnl_attr_get_u16(attr);
		return decode_number(a, a->big_endian ? be16toh(value) : value);
	case SPEC_U32:
		return decode_u32(a, attr);
	case SPEC_U64:
		return decode_number(a, mnl_attr_get_u64(attr));
	case SPEC_STRING:
		return json_object_new_string(mnl_attr_get_str(attr));
	case SPEC_BINARY:
		return decode_binary(a, attr);
	case SPEC_NEST:
		return decode(a->nest, mnl_attr_get_payload(attr),
			      mnl_attr_get_payload_len(attr));
	default:
		return NULL;
	}
}

static void add(struct json_object *obj, const struct spec_attr *a,
		struct json_object *value)
{
	struct json_object *list;

	if (!a->multi) {
		json_object_object_add(obj, a->name, value);
		return;
	}
	if (!json_object_object_get_ex(obj, a->name, &list)) {
		list = json_object_new_array();
		json_object_object_add(obj, a->name, list);
	}
	json_object_array_add(list, value);
}

/* A flag that is not there is false. */
static void add_flags(struct json_object *obj, const struct spec_set *set)
{
	unsigned int i;

	for (i = 1; i <= set->max; i++) {
		const struct spec_attr *a = &set->attrs[i];

		if (a->name && a->kind == SPEC_FLAG &&
		    !json_object_object_get_ex(obj, a->name, NULL))
			json_object_object_add(obj, a->name,
					       json_object_new_boolean(false));
	}
}

struct json_object *decode(const struct spec_set *set, const void *attrs,
			   size_t len)
{
	struct json_object *obj = json_object_new_object();
	const char *end = (const char *)attrs + len;
	const struct nlattr *attr = attrs;
	const struct spec_attr *a;
	struct json_object *value;
	unsigned int type;

	while (obj && mnl_attr_ok(attr, end - (const char *)attr)) {
		type = mnl_attr_get_type(attr);
		a = type <= set->max ? &set->attrs[type] : NULL;
		if (a && a->name && a->kind != SPEC_PAD) {
			value = decode_attr(a, attr);
			if (value)
				add(obj, a, value);
		}
		attr = mnl_attr_next(attr);
	}
	if (obj)
		add_flags(obj, set);
	return obj;
}
