/* SPDX-License-Identifier: GPL-2.0 */
/* What a target says of a connection's state: can it be? */
#ifndef _CHIMNEY_VALIDATE_H
#define _CHIMNEY_VALIDATE_H

#include <linux/skbuff.h>
#include <net/chimney.h>

struct chimney_conn;

/*
 * What has been sent and acknowledged, as it says meanwhile: of what the target was
 * given, and not long past. With &chimney_conn.lock.
 */
bool chimney_validate_sent(const struct chimney_conn *conn, u32 snd_una,
			   u32 snd_nxt);
/*
 * At the end of a terminate: everything was handed up and reported, so that the
 * state has to agree with it to the octet. With &chimney_conn.lock.
 */
bool chimney_validate_final(const struct chimney_conn *conn,
			    const struct chimney_tcp_state *st);
/*
 * In answer to a query: the target may have handed up and reported more since.
 * With &chimney_conn.lock.
 */
bool chimney_validate_present(const struct chimney_conn *conn,
			      const struct chimney_tcp_state *st);
/*
 * Of a connection that was made up: it has no peer, so that nothing can have
 * moved. Needs no lock: what the target was given does not change.
 */
bool chimney_validate_made_up(const struct chimney_conn *conn,
			      const struct chimney_tcp_state *st);
/* What it gives back that came out of order. With &chimney_conn.lock. */
bool chimney_validate_ooo(const struct chimney_conn *conn,
			  const struct sk_buff_head *ooo);

#endif /* _CHIMNEY_VALIDATE_H */
