/* SPDX-License-Identifier: GPL-2.0 */
/* What the two halves of request.h share: request.c and selection.c. */
#ifndef _CHIMNEY_SELECTION_H
#define _CHIMNEY_SELECTION_H

#include "request.h"

/* A new result of @r, last in its list; NULL: no memory. */
struct chimney_result *chimney_result_new(struct chimney_request *r);
/* Takes it out of the list and frees it. */
void chimney_result_drop(struct chimney_result *res);

/* Does the match name one connection? */
bool chimney_match_one(const struct chimney_match *m);
/* Does a connection match? */
bool chimney_match_key(const struct chimney_match *m,
		       const struct chimney_key *key);

/* Is nothing chosen but a device, or all? */
bool chimney_request_whole(const struct chimney_request *r);
/* What no request may be; 0, or a negative errno with a complaint. */
int chimney_request_check(const struct chimney_request *r);

#endif /* _CHIMNEY_SELECTION_H */
