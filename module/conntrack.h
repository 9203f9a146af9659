/* SPDX-License-Identifier: GPL-2.0 */
/* Connection tracking, where it is loaded: it sees nothing of an offload. */
#ifndef _CHIMNEY_CONNTRACK_H
#define _CHIMNEY_CONNTRACK_H

#include <linux/types.h>

struct chimney_key;

/* Is the connection under network address translation? Context: process. */
bool chimney_conntrack_nat(const struct chimney_key *key);
/*
 * The connection goes on in the host after segments that were not seen: they
 * must not count as a hole. Context: process.
 */
void chimney_conntrack_resume(const struct chimney_key *key);

#endif /* _CHIMNEY_CONNTRACK_H */
