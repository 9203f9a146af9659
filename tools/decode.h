/* SPDX-License-Identifier: GPL-2.0 */
/* Messages as JSON, by the tables of the spec. */
#ifndef DECODE_H
#define DECODE_H

#include <stddef.h>
#include <json-c/json.h>
#include <libmnl/libmnl.h>
#include "spec.h"

/* The attributes that lie in @len octets from @attrs; NULL: no memory. */
struct json_object *decode(const struct spec_set *set, const void *attrs,
			   size_t len);

/* One attribute; NULL: it is not as the table says, or no memory. */
struct json_object *decode_attr(const struct spec_attr *a,
				const struct nlattr *attr);

/* The number of an attribute of a set; 0: there is none of this name. */
unsigned int attr_number(const struct spec_set *set, const char *name);

/* The table of an enum of the spec ("reason"). */
const struct spec_name *names_of(const char *name);
/* The entry of a name in an enum; NULL: there is none. */
const struct spec_name *by_name(const char *of, const char *name);

#endif /* DECODE_H */
