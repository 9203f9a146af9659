// SPDX-License-Identifier: GPL-2.0
/* Stand-ins until the socket side lands; delete this file then. */
#include <linux/module.h>
#include <linux/slab.h>
#include "conn.h"
#include "target.h"
#include "terminate.h"
static void back(struct work_struct *w)
{
	chimney_terminate_home(container_of(w, struct chimney_conn, back));
}
struct chimney_conn *chimney_conn_create(struct chimney_tree *tree, const struct chimney_key *key, struct sock *sk)
{
	struct chimney_conn *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	chimney_object_init(&c->obj, tree, CHIMNEY_TYPE_CONN);
	c->key = *key;
	INIT_WORK(&c->back, back);
	return c;
}
void chimney_conn_free(struct chimney_conn *conn) { kfree_rcu(conn, obj.rcu); }
int chimney_conn_claim(struct chimney_conn *conn, const char **why) { return 0; }
void chimney_conn_unclaim(struct chimney_conn *conn) { }
int chimney_conn_park(struct chimney_conn *conn, const char **why) { return 0; }
void chimney_conn_live(struct chimney_conn *conn) { }
void chimney_conn_stop(struct chimney_conn *conn) { }
void chimney_conn_return(struct chimney_conn *conn)
{
	queue_work(chimney_object_target(&conn->obj)->wq, &conn->back);
}
int chimney_conn_take_state(struct chimney_conn *conn, const struct chimney_done *done) { return 0; }
int chimney_conn_init(void) { return 0; }
void chimney_conn_exit(void) { }
int chimney_received(struct chimney_target *t, u64 handle, struct sk_buff *skb) { return -ENOENT; }
EXPORT_SYMBOL_GPL(chimney_received);
int chimney_acked(struct chimney_target *t, u64 handle, u32 a, u32 b) { return -ENOENT; }
EXPORT_SYMBOL_GPL(chimney_acked);
int chimney_event(struct chimney_target *t, u64 handle, enum chimney_event event, u32 arg) { return -ENOENT; }
EXPORT_SYMBOL_GPL(chimney_event);
#include "admit.h"
struct sock *chimney_admit_find(const struct chimney_key *key) { return NULL; }
int chimney_admit_walk(struct net *net, int (*found)(struct sock *sk, void *arg), void *arg) { return 0; }
void chimney_admit_key(const struct sock *sk, struct chimney_key *key) { }
const char *chimney_admit_route(struct sock *sk, struct chimney_route *r) { return "not yet"; }
void chimney_route_put(struct chimney_route *r) { }
