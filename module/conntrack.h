/* SPDX-License-Identifier: GPL-2.0 */
/* Connection tracking, where it is loaded: it sees nothing of an offload. */
#ifndef _CHIMNEY_CONNTRACK_H
#define _CHIMNEY_CONNTRACK_H

#include <linux/types.h>

struct chimney_conn;
struct chimney_key;

/* Is the connection under network address translation? Context: process. */
bool chimney_conntrack_nat(const struct chimney_key *key);
/*
 * The connection leaves for the target: its entry, if it has one, is shown as
 * offloaded, stays, though nothing that is seen renews it, and looks at no windows,
 * which it does not see move. Context: process.
 */
void chimney_conntrack_leave(struct chimney_conn *conn);
/*
 * It goes on in the host, with the state in &chimney_conn.tcp, after segments that
 * were not seen: they must not count as a hole. The entry stays as long as it would
 * have when the connection left, and looks at windows again. Context: process.
 */
void chimney_conntrack_resume(struct chimney_conn *conn);

#endif /* _CHIMNEY_CONNTRACK_H */
