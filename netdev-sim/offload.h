/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The offload target that a port is: what its parts know of each other.
 *
 *	target.c	life of a target; the host's requests, when they are
 *			carried out and when completed
 *	table.c		the table of neighbors, paths and connections
 *	engine.c	a connection's engine: made, loaded, stopped, read out
 *	engine_tx.c	what goes from the host to the wire
 *	engine_rx.c	what goes from the wire to the host
 *	steer.c		which frames go to an engine
 *	knobs.c		the target's files in sysfs: limits, delays, events
 *	referee.c journal.c inject.c  who watches the host
 *	faults.c	what it can be told to do wrong
 *	probe.c		the target's files in debugfs
 *
 * Lock order, outermost first:
 *
 *	chimsim_offload.lock, a mutex: the table
 *	lock_sock() of an engine's socket, or its spinlock
 *	chimsim_neigh.lock, the referee's and the journal's, spinlocks
 *
 * Upcalls to the host are made under any of the first two.
 */
#ifndef _CHIMSIM_OFFLOAD_H
#define _CHIMSIM_OFFLOAD_H

#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/chimney.h>
#include <net/ipv6.h>
#include "chimsim.h"
#include "faults.h"
#include "inject.h"
#include "journal.h"
#include "referee.h"

struct dentry;
struct inet_connection_sock_af_ops;
struct socket;

/* What found no memory is tried again after so many milliseconds. */
#define CHIMSIM_RETRY_MS	20

/* So long what came from the wire waits for what the host had before. */
#define CHIMSIM_HOLD_MS		100
#define CHIMSIM_HOLD_MAX	256

/* Longest delay of a completion, in milliseconds */
#define CHIMSIM_DELAY_MAX	60000

/**
 * struct chimsim_object - an entry of the target's table
 * @handle: the host's name for it
 * @node: place in &chimsim_offload.objects; &chimsim_offload.lock
 * @rcu: frees it after a grace period
 * @ref: one of the table, one of each dependent, one of each user
 * @type: layer
 * @parent: what it depends on; holds a reference. Written under
 *          &chimsim_offload.lock, read under RCU by who sends.
 * @off: the target
 * @gone: given back: nothing can be built from it any more
 * @invalid: nothing may be sent that depends on it
 */
struct chimsim_object {
	u64				handle;
	struct rhash_head		node;
	struct rcu_head			rcu;
	refcount_t			ref;
	enum chimney_type		type;
	struct chimsim_object __rcu	*parent;
	struct chimsim_offload		*off;
	bool				gone;
	bool				invalid;
};

/**
 * struct chimsim_neigh - layer 2: how to reach the next hop
 * @obj: the entry
 * @lock: protects @state; softirqs off
 * @state: addresses and VLAN
 */
struct chimsim_neigh {
	struct chimsim_object		obj;
	spinlock_t			lock;
	struct chimney_neigh_state	state;
};

/**
 * struct chimsim_path - layer 3: between which addresses
 * @obj: the entry
 * @saddr: host's address
 * @daddr: peer's address
 * @mtu: path MTU
 */
struct chimsim_path {
	struct chimsim_object	obj;
	struct in6_addr		saddr;
	struct in6_addr		daddr;
	u32			mtu;
};

/**
 * struct chimsim_key - which frames belong to a connection
 * @saddr: host's address
 * @daddr: peer's address
 * @sport: host's port
 * @dport: peer's port
 * @vlan: VLAN id, 0 for none
 *
 * It is hashed and compared as it lies in memory, and so has no holes.
 */
struct chimsim_key {
	struct in6_addr	saddr, daddr;
	__be16		sport, dport;
	u32		vlan;
};

/**
 * struct chimsim_conn - layer 4: a connection and its engine
 * @obj: the entry
 * @key: which frames are steered to it
 * @steer: place in &chimsim_offload.steers, while @steered; changed by the
 *         operation in flight alone
 * @steered: it is in that table
 * @sock: the engine, a socket that nobody else knows. All below, where nothing
 *        else is said, is under its lock (owned, or spinlock and not owned).
 * @sk: the same
 * @net: the namespace it is in; holds a reference
 * @dead_node: place in &chimsim_offload.dead
 *
 * @active: the engine has the connection. Cleared under the spinlock, so that
 *          who receives sees it there.
 * @diverting: a segment came that the engine must not handle: it and all that
 *             follow are passed up. Written as @active is.
 * @died: the engine gave up
 * @held: what came from the wire while packets that came before wait in the host
 * @holding: it does; written as @active is
 * @full: the host had no room for what was received
 * @rcvbuf: octets that the host buffers, the most it was ever said to be
 * @rcvroom: octets of them that are free
 * @rcv_ssthresh: what tcp_sock.rcv_ssthresh would be, had the host all the room
 * @window_clamp: the application's own limit of the window; ~0: none
 * @final: the last of what was received is handed over
 * @starved: the host gave more than was taken
 * @lost: octets could not be handed over: the state is lost
 * @forgotten: the board is restarted: not a word to host or peer
 * @una: what the host was told the peer has
 * @nxt: what the host was told was sent
 * @tx_high: the octet after the highest that was ever put on the wire
 * @ip_id: identification of the next IPv4 header
 * @ttl: of IPv4 headers; hop limit of IPv6 headers
 * @flowlabel: of IPv6 headers
 * @retry: sees to it that neither host nor engine waits for the other
 *
 * @state: what the engine was when it stopped or was asked
 * @stopped: when that was
 * @ooo: received out of order, taken out when it stopped
 *
 * @tx_payload: octets sent for the first time
 * @tx_retrans: octets sent again
 * @rx_payload: octets handed to the host
 * @tx_segs: segments sent
 * @rx_segs: segments received
 */
struct chimsim_conn {
	struct chimsim_object	obj;
	struct chimsim_key	key;
	struct rhash_head	steer;
	bool			steered;
	struct socket		*sock;
	struct sock		*sk;
	struct net		*net;
	struct llist_node	dead_node;

	bool			active;
	bool			diverting;
	bool			died;
	struct sk_buff_head	held;
	bool			holding;
	bool			full;
	bool			final;
	bool			starved;
	bool			lost;
	bool			forgotten;
	int			rcvbuf;
	int			rcvroom;
	u32			rcv_ssthresh;
	u32			window_clamp;
	u32			una;
	u32			nxt;
	u32			tx_high;
	u16			ip_id;
	u8			ttl;
	u32			flowlabel;
	struct delayed_work	retry;

	struct chimney_tcp_state state;
	ktime_t			stopped;
	struct sk_buff_head	ooo;

	u64			tx_payload;
	u64			tx_retrans;
	u64			rx_payload;
	u64			tx_segs;
	u64			rx_segs;
};

/**
 * struct chimsim_offload - a port as an offload target
 * @port: the port
 * @name: the port's name, "chimsim0/port0"
 * @target: as the host knows it; set before the first request is carried out,
 *          NULL when the host has let go
 * @announce: link events are passed on; RTNL
 * @lock: protects the table and the counts; held while requests are carried out
 * @objects: struct chimsim_object by handle
 * @steers: struct chimsim_conn by 4-tuple; read under RCU
 * @nsteers: how many are in it
 * @count: objects in the table, by layer
 * @max: most of each layer; written under @lock
 * @max_sent: most octets that a connection brings along as sent
 * @delay: milliseconds from a request to its completion, by operation
 * @split: complete a delayed batch so many requests at a time; 0: in one go
 * @paused: the device said it pauses; for show
 * @wq: where delayed requests are carried out
 * @jobs_lock: protects the two below, and writing of @delay
 * @jobs: batches whose time has not come
 * @leaving: nothing is delayed any more
 * @idle: woken when @jobs becomes empty
 * @dead: connections that were given back
 * @reap: frees them, a grace period later
 * @faults: what it does wrong on purpose
 * @ref: the referee
 * @journal: the log
 * @inject: a referee for tests
 * @dir: the target's folder in debugfs
 * @upcall: the file in it that makes upcalls; goes first
 */
struct chimsim_offload {
	struct chimsim_port	*port;
	char			name[32];
	struct chimney_target	*target;
	bool			announce;

	struct mutex		lock;
	struct rhashtable	objects;
	struct rhashtable	steers;
	atomic_t		nsteers;
	unsigned int		count[CHIMNEY_TYPE_MAX + 1];
	unsigned int		max[CHIMNEY_TYPE_MAX + 1];

	unsigned int		max_sent;
	unsigned int		delay[CHIMNEY_OP_NUM];
	unsigned int		split;
	bool			paused;
	struct workqueue_struct	*wq;
	spinlock_t		jobs_lock;
	struct list_head	jobs;
	bool			leaving;
	wait_queue_head_t	idle;

	struct llist_head	dead;
	struct work_struct	reap;

	struct chimsim_faults	faults;

	struct chimsim_referee	ref;
	struct chimsim_journal	journal;
	struct chimsim_inject	inject;
	struct dentry		*dir;
	struct dentry		*upcall;
};

static inline struct chimsim_neigh *to_chimsim_neigh(struct chimsim_object *obj)
{
	return container_of(obj, struct chimsim_neigh, obj);
}

static inline struct chimsim_path *to_chimsim_path(struct chimsim_object *obj)
{
	return container_of(obj, struct chimsim_path, obj);
}

static inline struct chimsim_conn *to_chimsim_conn(struct chimsim_object *obj)
{
	return container_of(obj, struct chimsim_conn, obj);
}

/* Of which protocol is an address of the driver interface? */
static inline int chimsim_family(const struct in6_addr *addr)
{
	return ipv6_addr_v4mapped(addr) ? AF_INET : AF_INET6;
}

/* It is not heard of any more: the board was restarted, or is gone. */
static inline bool chimsim_silent(const struct chimsim_conn *conn)
{
	return READ_ONCE(conn->forgotten) ||
	       READ_ONCE(conn->obj.off->port->vanished);
}

/* target.c */
int chimsim_offload_init(void);
void chimsim_offload_exit(void);
void chimsim_offload_caps(struct chimsim_offload *off,
			  struct chimney_caps *caps);
/* Also for the requests that wait: their time begins anew. */
void chimsim_offload_delay(struct chimsim_offload *off, enum chimney_op op,
			   unsigned int ms);
/* Carries requests out and completes them; with the table's lock. */
void chimsim_offload_run(struct chimsim_offload *off, struct list_head *reqs);
/* Say something to the host, and log it. */
int chimsim_offload_event(struct chimsim_conn *conn, enum chimney_event event,
			  u32 arg);
void chimsim_offload_dev_event(struct chimsim_offload *off,
			       enum chimney_dev_event event);

/* table.c; all but the last three under &chimsim_offload.lock */
int chimsim_table_init(struct chimsim_offload *off);
void chimsim_table_destroy(struct chimsim_offload *off);
struct chimsim_object *chimsim_table_find(struct chimsim_offload *off,
					  u64 handle);
enum chimney_status chimsim_table_initiate(struct chimsim_offload *off,
					   struct chimney_req *req);
enum chimney_status chimsim_table_update(struct chimsim_offload *off,
					 const struct chimney_req *req);
enum chimney_status chimsim_table_invalidate(struct chimsim_offload *off,
					     const struct chimney_req *req);
void chimsim_table_remove(struct chimsim_offload *off,
			  struct chimsim_object *obj);
/* The board is restarted: nothing is there any more. */
void chimsim_table_clear(struct chimsim_offload *off);
/* A connection by handle, with a reference; NULL: there is none. Any context. */
struct chimsim_conn *chimsim_table_get_conn(struct chimsim_offload *off,
					    u64 handle);
/* Context: process, may sleep; not with an engine's socket locked. */
void chimsim_object_put(struct chimsim_object *obj);
/* Calls @visit for each connection. Context: process, no lock below @lock. */
void chimsim_table_each_conn(struct chimsim_offload *off,
			     void (*visit)(struct chimsim_conn *conn,
					   void *arg),
			     void *arg);

/* engine.c; all take the socket's lock themselves */
enum chimney_status chimsim_engine_start(struct chimsim_conn *conn,
					 struct chimney_req *req);
void chimsim_engine_stop(struct chimsim_conn *conn);
void chimsim_engine_forget(struct chimsim_conn *conn);
void chimsim_engine_query(struct chimsim_conn *conn);
void chimsim_engine_update(struct chimsim_conn *conn,
			   const struct chimney_tcp_state *st);
void chimsim_engine_set_mtu(struct chimsim_conn *conn, u32 mtu);
void chimsim_engine_release(struct chimsim_conn *conn);
void chimsim_engine_init(struct chimsim_conn *conn);
void chimsim_engine_exit(struct chimsim_conn *conn);
/* This one with the lock. */
void chimsim_engine_room(struct chimsim_conn *conn, int room);

/* engine_tx.c */
int chimsim_engine_tx_init(void);
/* What engines of a family do; NULL: the kernel lacks it, and so does the NIC. */
const struct inet_connection_sock_af_ops *chimsim_engine_af_ops(int family);
void chimsim_engine_size(struct chimsim_conn *conn);
int chimsim_engine_send(struct chimsim_conn *conn, u32 seq,
			struct sk_buff *skb, unsigned int offset,
			unsigned int len, bool more);
void chimsim_engine_reset(struct chimsim_conn *conn);

/* engine_rx.c; the first four with the socket locked by the caller */
int chimsim_engine_rcv(struct sock *sk, struct sk_buff *skb);
void chimsim_engine_release_held(struct chimsim_conn *conn);
void chimsim_engine_drain(struct chimsim_conn *conn);
void chimsim_engine_report(struct chimsim_conn *conn);
void chimsim_engine_credit(struct chimsim_conn *conn, u32 room);
void chimsim_engine_caught_up(struct chimsim_conn *conn);

/* steer.c */
extern const struct rhashtable_params chimsim_steer_params;
/*
 * Under RCU. Takes a segment whose data is at the IP header, or returns false.
 * @forwarded: the host had it before
 */
bool chimsim_steer_input(struct chimsim_conn *conn, struct sk_buff *skb,
			 bool forwarded);
/* Back to the stack, as if it had just come. Data is at the TCP header. */
void chimsim_steer_pass_up(struct chimsim_conn *conn, struct sk_buff *skb);

/* knobs.c */
extern const struct attribute_group chimsim_offload_group;

/* probe.c */
void chimsim_probe_init(void);
void chimsim_probe_exit(void);
void chimsim_probe_add(struct chimsim_offload *off);
void chimsim_probe_hush(struct chimsim_offload *off);
void chimsim_probe_remove(struct chimsim_offload *off);

#endif /* _CHIMSIM_OFFLOAD_H */
