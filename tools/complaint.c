// SPDX-License-Identifier: GPL-2.0
/* What the kernel refuses, and why, for a person to read. */

#include "complaint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include "chimney.h"
#include "decode.h"
#include "output.h"

/**
 * struct details - what comes with an error
 * @text: the kernel's words
 * @offset: where the attribute is in the request that it points at
 * @missing: number of an attribute that is missing
 * @min: least value of that attribute
 * @max: greatest value
 * @has_range: these two are known
 */
struct details {
	const char	*text;
	uint32_t	offset;
	uint32_t	missing;
	uint64_t	min;
	uint64_t	max;
	bool		has_range;
};

static void take_policy(struct details *d, const struct nlattr *policy)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, policy) {
		switch (mnl_attr_get_type(attr)) {
		case NL_POLICY_TYPE_ATTR_MIN_VALUE_U:
			d->min = mnl_attr_get_u64(attr);
			break;
		case NL_POLICY_TYPE_ATTR_MAX_VALUE_U:
			d->max = mnl_attr_get_u64(attr);
			d->has_range = true;
			break;
		}
	}
}

static void take_details(struct details *d, const struct nlattr *attr,
			 const void *end)
{
	while (mnl_attr_ok(attr, (char *)end - (char *)attr)) {
		switch (mnl_attr_get_type(attr)) {
		case NLMSGERR_ATTR_MSG:
			d->text = mnl_attr_get_str(attr);
			break;
		case NLMSGERR_ATTR_OFFS:
			d->offset = mnl_attr_get_u32(attr);
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			d->missing = mnl_attr_get_u32(attr);
			break;
		case NLMSGERR_ATTR_POLICY:
			take_policy(d, attr);
			break;
		}
		attr = mnl_attr_next(attr);
	}
}

/* Where the details begin: behind the errno, or behind what it was about. */
static const struct nlattr *first_detail(const struct nlmsghdr *answer)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(answer);
	size_t skip = sizeof(*err);

	if (answer->nlmsg_type == NLMSG_DONE)
		skip = sizeof(int);
	else if (!(answer->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&err->msg);
	return mnl_nlmsg_get_payload_offset(answer, MNL_ALIGN(skip));
}

/* The name and value of an attribute, as far as it is one we know. */
static void describe(char *text, size_t size, const struct spec_attr *a,
		     const struct nlattr *attr)
{
	struct json_object *value = decode_attr(a, attr);

	if (value && a->kind == SPEC_NEST && !strcmp(a->name, "match"))
		match_name(text, size, value);
	else if (value && a->kind == SPEC_NEST && member_of(value, "reason"))
		snprintf(text, size, "%s", text_of(value, "reason"));
	else if (value && !strcmp(a->name, "ifindex"))
		snprintf(text, size, "dev %s",
			 dev_name(json_object_get_int(value)));
	else if (value && a->kind != SPEC_NEST && a->kind != SPEC_FLAG)
		snprintf(text, size, "%s %s", a->name,
			 json_object_get_string(value));
	else
		snprintf(text, size, "%s", a->name);
	json_object_put(value);
}

/* Which of its kind it is, where there may be many: rules have numbers. */
static void number(char *text, size_t size, const struct nlattr *first,
		   const struct nlattr *attr)
{
	size_t len = strlen(text);
	unsigned int n = 1;

	for (; first < attr; first = mnl_attr_next(first))
		n += mnl_attr_get_type(first) == mnl_attr_get_type(attr);
	snprintf(text + len, size - len, " %u", n);
}

/* Finds the attribute at @where, at any depth. */
static bool find_attr(char *text, size_t size, const struct spec_set *set,
		      const struct nlattr *attr, const void *end,
		      const void *where)
{
	const struct nlattr *first = attr;

	for (; mnl_attr_ok(attr, (char *)end - (char *)attr);
	     attr = mnl_attr_next(attr)) {
		unsigned int type = mnl_attr_get_type(attr);
		const struct spec_attr *a;
		const void *next = mnl_attr_next(attr);

		if (where >= next || type > set->max || !set->attrs[type].name)
			continue;
		a = &set->attrs[type];
		if (where == attr) {
			describe(text, size, a, attr);
			if (!strcmp(text, "rule"))
				number(text, size, first, attr);
			return true;
		}
		if (a->kind == SPEC_NEST)
			return find_attr(text, size, a->nest,
					 mnl_attr_get_payload(attr), next,
					 where);
	}
	return false;
}

void complain_kernel(const struct nlmsghdr *request,
		     const struct nlmsghdr *answer, int err)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(request);
	const struct spec_set *set = spec_ops[genl->cmd];
	struct details d = { .max = UINT64_MAX };
	char what[128] = "", range[64] = "";

	if (answer->nlmsg_flags & NLM_F_ACK_TLVS)
		take_details(&d, first_detail(answer),
			     mnl_nlmsg_get_payload_tail(answer));
	if (d.offset && d.offset < request->nlmsg_len)
		find_attr(what, sizeof(what), set,
			  mnl_nlmsg_get_payload_offset(request, sizeof(*genl)),
			  mnl_nlmsg_get_payload_tail(request),
			  (char *)request + d.offset);
	else if (d.missing && d.missing <= set->max)
		snprintf(what, sizeof(what), "%s", set->attrs[d.missing].name);
	if (d.has_range)
		snprintf(range, sizeof(range), " (%llu to %llu)",
			 (unsigned long long)d.min, (unsigned long long)d.max);
	if (!d.text && err == -EPERM)
		d.text = "this takes root, or CAP_NET_ADMIN over the network namespace";
	complain("%s%s%s%s", what, *what ? ": " : "",
		 d.text ? d.text : strerror(-err), range);
}
