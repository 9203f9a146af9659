/* SPDX-License-Identifier: GPL-2.0 */
/* Netlink requests that look and change nothing. */
#ifndef _CHIMNEY_QUERY_H
#define _CHIMNEY_QUERY_H

struct chimney_target;
struct genl_info;

/*
 * The target that a request names by the attribute @attr, looked up; or ERR_PTR
 * with a complaint.
 */
struct chimney_target *chimney_query_target(struct genl_info *info,
					    int attr);

#endif /* _CHIMNEY_QUERY_H */
