/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The driver interface of the chimney offload stack: all that an offload
 * target (a NIC and its driver) may know of the host stack, and all that the
 * host stack may know of a target.
 *
 * The host hands requests to a target through struct chimney_ops; the target
 * answers with the upcalls declared at the end of this file. No struct sock
 * crosses the interface: state crosses by value, payload as sk_buffs.
 *
 * Objects are named by a handle, a number that the host gives out once and
 * never again. A target that answers with a handle that is unknown, or no
 * longer current, is told so (-ENOENT) and counted; it can do no harm.
 */
#ifndef _NET_CHIMNEY_H
#define _NET_CHIMNEY_H

#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <linux/chimney.h>	/* object types, states, reasons, statuses */

/**
 * define CHIMNEY_API_VERSION - version of the driver interface
 *
 * Raised with every incompatible change of this file; a driver says by
 * &chimney_ops.version which one it was built for.
 */
#define CHIMNEY_API_VERSION	5

/**
 * define CHIMNEY_CA_PRIV - size of &chimney_tcp_state.ca_priv, in octets
 *
 * It is that of the private congestion control state of a socket.
 */
#define CHIMNEY_CA_PRIV		104

/**
 * define CHIMNEY_TIMER_OFF - the delta of a timer that is not running
 *
 * The other deltas of &struct chimney_tcp_state are microseconds from now, from
 * 0 on.
 */
#define CHIMNEY_TIMER_OFF	(-1)

struct chimney_target;

/**
 * DOC: addresses
 *
 * All addresses of layer 3 are of IPv6; those of IPv4 stand in their mapped form,
 * ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), which no packet carries. ipv6_addr_v4mapped()
 * tells which protocol an object is of, and s6_addr32[3] is the IPv4 address. What
 * depends on a path is of its protocol; a neighbor may be of either, since IPv4 is
 * routed over next hops with IPv6 addresses, too (RFC 8950).
 */

/**
 * struct chimney_neigh_state - what a neighbor object carries (layer 2)
 * @nexthop: (const) address of the next hop
 * @vlan: (const) VLAN id, 1..4094 (IEEE 802.1Q); 0 for none
 * @src: (const) source MAC address
 * @dst: (cached) destination MAC address
 * @host_reach_ms: milliseconds since the host last heard of the neighbor, at
 *                 the time of the request
 *
 * A const variable stays as it is while the object is offloaded. A cached one
 * the host alone may change, and tells the target by an update.
 */
struct chimney_neigh_state {
	struct in6_addr	nexthop;
	u16		vlan;
	u8		src[ETH_ALEN];
	u8		dst[ETH_ALEN];
	u32		host_reach_ms;
};

/**
 * struct chimney_path_state - what a path object carries (layer 3)
 * @saddr: (const) source address
 * @daddr: (const) destination address, of the same protocol
 * @mtu: (cached) path MTU in octets, IP header included (RFC 1191, RFC 8201), at
 *       least 68 (IPv4) or 1280 (IPv6)
 *
 * For const and cached see struct chimney_neigh_state.
 */
struct chimney_path_state {
	struct in6_addr	saddr;
	struct in6_addr	daddr;
	u32		mtu;
};

/**
 * DOC: flags of struct chimney_tcp_state
 *
 * What was agreed on with the peer (const):
 *
 * - %CHIMNEY_TCP_TIMESTAMPS: timestamps (RFC 7323, 3)
 * - %CHIMNEY_TCP_SACK: selective acknowledgments (RFC 2018)
 * - %CHIMNEY_TCP_WSCALE: window scaling (RFC 7323, 2)
 * - %CHIMNEY_TCP_USEC_TS: the host's timestamps count microseconds; else
 *   milliseconds
 *
 * What the host wants (cached):
 *
 * - %CHIMNEY_TCP_KEEPALIVE: keepalive probes (RFC 9293, 3.8.4)
 * - %CHIMNEY_TCP_NODELAY: Nagle's algorithm off (RFC 9293, 3.7.4)
 * - %CHIMNEY_TCP_CORK: hold back partial segments
 * - %CHIMNEY_TCP_LINEAR: timeouts of retransmission do not double while hardly
 *   anything is in flight (TCP_THIN_LINEAR_TIMEOUTS)
 *
 * And of the state itself:
 *
 * - %CHIMNEY_TCP_CA_PRIV: &chimney_tcp_state.ca_priv is valid for
 *   &chimney_tcp_state.ca_name
 */
#define CHIMNEY_TCP_TIMESTAMPS	BIT(0)
#define CHIMNEY_TCP_SACK	BIT(1)
#define CHIMNEY_TCP_WSCALE	BIT(2)
#define CHIMNEY_TCP_USEC_TS	BIT(3)
#define CHIMNEY_TCP_KEEPALIVE	BIT(4)
#define CHIMNEY_TCP_NODELAY	BIT(5)
#define CHIMNEY_TCP_CA_PRIV	BIT(6)
#define CHIMNEY_TCP_CORK	BIT(7)
#define CHIMNEY_TCP_LINEAR	BIT(8)

/**
 * struct chimney_tcp_state - what a connection object carries (layer 4)
 * @flags: (const, cached) CHIMNEY_TCP_* bits, see there
 * @saddr: (const) host's address
 * @daddr: (const) peer's address, of the same protocol
 * @sport: (const) host's port
 * @dport: (const) peer's port
 * @snd_wscale: (const) shift of windows the peer announces, 0..14 (RFC 7323, 2)
 * @rcv_wscale: (const) shift of windows the host announces, 0..14
 * @mss_clamp: (const) the peer's initial MSS in octets (RFC 9293, 3.7.1)
 * @advmss: (const) the MSS the host announced, in octets
 * @ts_offset: (const) added to the local clock to make timestamp values, in
 *             their unit
 * @ca_name: (cached) congestion control, NUL terminated
 * @rcvbuf: (cached) octets that the host buffers of what is received, counted
 *          by true size
 * @rcvroom: (cached) octets of them that are free now. The window that was
 *           promised stands; only so much more may be promised, each skb
 *           handed over takes its true size from it, and
 *           &chimney_ops.credit says how much it is again.
 * @sndbuf: (cached) octets of send data the host would have in flight
 * @keepalive_time: (cached) idle seconds before the first probe
 * @keepalive_intvl: (cached) seconds between probes
 * @keepalive_probes: (cached) probes before the connection is dead
 * @user_timeout_ms: (cached) TCP_USER_TIMEOUT (RFC 5482) in milliseconds, 0 for
 *                   the default
 * @rto_min: (cached) least retransmission timeout
 * @delack_max: (cached) longest time an ACK may be delayed
 * @max_pacing_rate: (cached) octets per second, ~0UL for unlimited
 * @txhash: (cached) flow hash for frames sent
 * @tos: (cached) IPv4 TOS or IPv6 traffic class, ECN bits excluded
 * @ttl: (cached) IPv4 TTL or IPv6 hop limit, 1..255
 * @flowlabel: (cached) IPv6 flow label, of 20 bits (RFC 6437); 0 for none
 * @priority: (cached) user priority of frames sent
 * @mark: (cached) socket mark
 * @scaling_ratio: (cached) payload share of a buffer, of 256; 0: not known
 * @rcv_nxt: next octet expected from the peer (RFC 9293, 3.3.1)
 * @rcv_wup: @rcv_nxt when the window was last announced; at most a greatest
 *           window before it
 * @rcv_wnd: window announced then, in octets
 * @rcv_ssthresh: present clamp of the window, in octets
 * @window_clamp: greatest window ever to be announced, in octets; each side
 *                keeps its own once it has one
 * @snd_una: oldest octet not acknowledged
 * @snd_nxt: next octet to send; what lies before it was sent
 * @snd_wnd: window the peer offers, in octets from @snd_una
 * @max_window: greatest window the peer ever offered, in octets
 * @snd_wl1: sequence number of the segment that last moved the window (RFC
 *           9293, 3.3.1); at most a greatest window after @rcv_nxt
 * @cwnd: congestion window in segments (RFC 5681); at least 1, at most what
 *        fits into a greatest window
 * @ssthresh: slow start threshold in segments (RFC 5681)
 * @prior_cwnd: congestion window before the last recovery, in segments
 * @srtt: smoothed round trip time, times 8 (RFC 6298)
 * @mdev: its mean deviation, times 4
 * @mdev_max: greatest @mdev in the last round trip, times 4
 * @rttvar: smoothed @mdev_max, times 4
 * @rtt_seq: sequence number at which @rttvar moves next
 * @rto: retransmission timeout, more than 0 and at most 120 seconds
 * @min_rtt: least round trip time seen, ~0 if none
 * @mss_cache: present MSS in octets, options excluded; 36..@mss_clamp,
 *             but may be 68 in any case
 * @pmtu_cookie: path MTU in octets that @mss_cache was made from
 * @mtup_low: lower bound of the path MTU search in octets (RFC 4821), 0: search
 *            not enabled
 * @mtup_high: upper bound of it
 * @reordering: segments by which the network is seen to reorder; 1..65535, or
 *              as the host gave it
 * @ts_recent: the peer's timestamp to echo (RFC 7323, 4.3); not before the one
 *             that the host gave
 * @ts_recent_age: seconds since it was taken, ~0 if none was
 * @last_sent_age_ms: milliseconds since data was last sent
 * @last_rcvd_age_ms: milliseconds since data was last received
 * @ecn_flags: RFC 3168 state, in the encoding of struct tcp_sock; whether ECN
 *             was agreed on does not change
 * @rcv_mss: estimate of the peer's segment size in octets, for delayed ACKs; at
 *           least 1
 * @ato: delayed ACK timeout estimate
 * @backoff: doublings of the timeout so far
 * @retransmits: timeouts without progress so far
 * @probes_out: unanswered window or keepalive probes so far; no more than those
 *              after which a connection is dead
 * @keepalive_delta: to the next keepalive probe
 * @retransmit_delta: to the next retransmission, at most 120 seconds
 * @probe_delta: to the next zero-window probe, at most 120 seconds
 * @ca_priv: private state of @ca_name, if CHIMNEY_TCP_CA_PRIV. Read at initiate
 *           only, since the host cannot tell whether one that is given back can
 *           be: at terminate its congestion control goes on with what it had, or,
 *           if there was congestion meanwhile, begins anew with the windows above.
 * @bytes_acked: octets the peer has acknowledged. This and the counters below:
 *               the total since the connection began
 * @bytes_received: octets received in order
 * @bytes_sent: octets sent, retransmissions included
 * @bytes_retrans: octets retransmitted
 * @segs_in: segments received
 * @segs_out: segments sent
 * @data_segs_in: segments received with payload
 * @data_segs_out: segments sent with payload
 * @delivered: segments the peer is known to have
 * @delivered_ce: of them, those of which the peer said that they met congestion (RFC
 *                3168)
 * @total_retrans: segments retransmitted
 *
 * The constant and cached variables are read by the target at initiate (and at
 * update); the delegated ones, from @rcv_nxt on, are the target's while the
 * connection is offloaded and come back at terminate. Sequence numbers are
 * those on the wire; windows are octets, not shifted. Times are in microseconds
 * unless a name or a line above says otherwise; timer deltas are in
 * microseconds from now, CHIMNEY_TIMER_OFF when not running, and 0 means that
 * the receiving side lets it fire at once.
 *
 * The ranges are those of what a target may say at terminate and query; the
 * greatest window is 65535 << 14 octets (RFC 7323, 2.2). A state outside of
 * them cannot be: it is counted as misbehaviour, and the operation has failed.
 */
struct chimney_tcp_state {
	u32	flags;
	struct in6_addr saddr, daddr;
	__be16	sport, dport;
	u8	snd_wscale, rcv_wscale;
	u16	mss_clamp, advmss;
	u32	ts_offset;
	char	ca_name[16];
	u32	rcvbuf, rcvroom, sndbuf;
	u32	keepalive_time, keepalive_intvl;
	u8	keepalive_probes;
	u32	user_timeout_ms;
	u32	rto_min, delack_max;
	unsigned long max_pacing_rate;
	u32	txhash;
	u8	tos, ttl;
	u32	flowlabel;
	u32	priority, mark;
	u8	scaling_ratio;

	u32	rcv_nxt, rcv_wup, rcv_wnd, rcv_ssthresh, window_clamp;
	u32	snd_una, snd_nxt, snd_wnd, max_window, snd_wl1;
	u32	cwnd, ssthresh, prior_cwnd;
	u32	srtt, mdev, mdev_max, rttvar, rtt_seq, rto, min_rtt;
	u32	mss_cache, pmtu_cookie, mtup_low, mtup_high;
	u32	reordering;
	u32	ts_recent, ts_recent_age;
	u32	last_sent_age_ms, last_rcvd_age_ms;
	u8	ecn_flags;
	u16	rcv_mss;
	u32	ato;
	u8	backoff, retransmits, probes_out;
	s64	keepalive_delta, retransmit_delta, probe_delta;
	u64	ca_priv[CHIMNEY_CA_PRIV / sizeof(u64)];

	u64	bytes_acked, bytes_received, bytes_sent, bytes_retrans;
	u32	segs_in, segs_out, data_segs_in, data_segs_out;
	u32	delivered, delivered_ce, total_retrans;
};

/**
 * struct chimney_seg - the control block of skbs that cross the interface
 * @seq: sequence number of the first octet
 * @end_seq: sequence number after the last octet
 *
 * Lies at the start of skb->cb of send data and of received data; skb->data
 * points at the payload. (A segment given to &chimney_ops.forward has none:
 * it is a whole packet, skb->data at the IP header.)
 */
struct chimney_seg {
	u32	seq;
	u32	end_seq;
};

/**
 * chimney_seg - the control block of an skb that crosses the interface
 * @skb: send data or received data
 *
 * Context: any.
 * Return: its struct chimney_seg, which lies in @skb.
 */
static inline struct chimney_seg *chimney_seg(struct sk_buff *skb)
{
	return (struct chimney_seg *)skb->cb;
}

/**
 * enum chimney_op - a state operation
 * @CHIMNEY_OP_INITIATE: take the object over
 * @CHIMNEY_OP_TERMINATE: give the object back
 * @CHIMNEY_OP_UPDATE: take over changed cached variables
 * @CHIMNEY_OP_QUERY: tell the object's variables, disturb nothing
 * @CHIMNEY_OP_INVALIDATE: stop sending at once on what depends on the object
 * @CHIMNEY_OP_NUM: number of operations
 */
enum chimney_op {
	CHIMNEY_OP_INITIATE,
	CHIMNEY_OP_TERMINATE,
	CHIMNEY_OP_UPDATE,
	CHIMNEY_OP_QUERY,
	CHIMNEY_OP_INVALIDATE,
	CHIMNEY_OP_NUM,
};

/**
 * struct chimney_req - one object's part in a batch
 * @list: links the requests of a batch, then is the target's to use
 * @batch: number of the batch, for logs
 * @handle: names the object, from initiate to the end of terminate; never 0
 * @parent: handle of the object this one depends on, 0 for a neighbor
 * @op: what is asked
 * @type: layer of the object
 * @reason: why (terminate)
 * @neigh: (initiate, update) state of a neighbor
 * @path: (initiate, update) state of a path
 * @tcp: (initiate, update) state of a connection
 * @sent: (initiate, connection) octets snd_una..snd_nxt, sent before and not
 *        acknowledged yet, in order, each with struct chimney_seg. The target
 *        takes the skbs (clones of the host's, read only) when it completes
 *        with success; else the host frees them.
 * @ooo: (initiate, connection) received out of order, ascending, not
 *       overlapping; the target takes the skbs with success only.
 *
 * A request belongs to the target from the call that submits it until the
 * target completes it; the host keeps it allocated meanwhile, and does not
 * touch it. After chimney_complete() for it the target must not touch it.
 */
struct chimney_req {
	struct list_head	list;
	u64			batch;
	u64			handle;
	u64			parent;
	enum chimney_op		op;
	enum chimney_type	type;
	enum chimney_reason	reason;
	union {
		struct chimney_neigh_state	neigh;
		struct chimney_path_state	path;
		const struct chimney_tcp_state	*tcp;
	};
	struct sk_buff_head	sent;
	struct sk_buff_head	ooo;
};

/**
 * struct chimney_batch - requests that are submitted together
 * @id: number of the batch
 * @op: the operation, the same for all
 * @n: number of requests
 * @reqs: the requests. Initiate: parents stand before their dependents.
 *        Terminate: what stands here does not depend on each other.
 *
 * The batch itself lives only as long as the call that submits it. A target
 * that does not complete everything within the call moves the requests to a
 * list of its own (list_splice_init()).
 */
struct chimney_batch {
	u64			id;
	enum chimney_op		op;
	unsigned int		n;
	struct list_head	reqs;
};

/**
 * struct chimney_done - the answer to one request
 * @handle: names the object
 * @op: the operation that is complete
 * @status: how it ended. Terminate knows only CHIMNEY_STATUS_OK and
 *          CHIMNEY_STATUS_FAILURE, where failure means that the state is lost.
 * @tcp: (terminate and query of a connection, status ok) its state; copied
 * @ooo: (terminate of a connection, status ok) received out of order and only
 *       SACKed, each with struct chimney_seg, ascending, not overlapping, after
 *       &chimney_tcp_state.rcv_nxt. The host takes them off the list (dropping
 *       SACKed data would be reneging, RFC 2018, 8); what is on it after
 *       chimney_complete() is the target's. NULL: none.
 */
struct chimney_done {
	u64				handle;
	enum chimney_op			op;
	enum chimney_status		status;
	const struct chimney_tcp_state	*tcp;
	struct sk_buff_head		*ooo;
};

/**
 * struct chimney_ops - what a target does for the host
 * @version: CHIMNEY_API_VERSION, so that a driver that was built for another
 *           version of this interface is refused
 * @owner: module of the target
 * @name: its kind, as users see it ("chimsim")
 * @initiate: take a batch over. Parents before dependents; a failed parent
 *            fails its dependents with CHIMNEY_STATUS_NOT_ATTEMPTED; the rest
 *            goes on. A connection is live once the target has it, which may
 *            be before its completion reaches the host.
 * @terminate: give a batch back. Of a connection: hand over every received
 *             octet that was acknowledged (chimney_received() takes all now),
 *             stop timers, pass its frames up the ordinary way from then on,
 *             then complete with its state.
 * @update: take over changed cached variables. Of a path that depends on another
 *          neighbor from now on &chimney_req.parent is that one's handle: it is
 *          relinked, with all that depends on it. Until the update is complete
 *          neither neighbor is terminated.
 * @query: tell the variables
 * @invalidate: stop sending on what depends on the objects, and ask for the
 *              connections among it (CHIMNEY_REASON_INVALID_STATE)
 * @send: send data of a connection. @skb is the host's, never to be written
 *        to, and not to be kept: a target that needs the data for longer
 *        clones it, or takes references on its pages (skb_get() is not
 *        enough). The data is @len octets from @offset and begins with sequence
 *        number @seq, which is always the octet after the last one taken. If
 *        @more, further data follows at once. Returns the octets taken,
 *        0..@len; after less than @len the target calls chimney_event() with
 *        CHIMNEY_EVENT_SEND_SPACE when there is room again. Negative errno:
 *        the connection is not there (any more). As a rule it is the application
 *        that calls, from within its own system call, with its signals and limits.
 * @forward: take a packet of a connection that reached the host another way;
 *           the target owns @skb, whose data begins at the IP header, and
 *           which may have been merged from several (GRO)
 * @caught_up: all packets of a connection that reached the host before it was
 *             offloaded have been forwarded. Once after initiate; not if the
 *             connection has to come home first. Until then a target may keep back
 *             what it receives itself, which is later, so that its TCP sees all in
 *             order; but not for long, since the call may never come. May be NULL.
 * @credit: the application has read: @room octets are free now, as in
 *          &chimney_tcp_state.rcvroom. What chimney_received() refused before
 *          is to be offered again.
 * @reset: send a RST to the peer (RFC 9293, 3.5.2). The host terminates the
 *         connection next.
 * @restart: reset the whole device, which did not answer in time. Forget every
 *           object without a word to its peer, and every request: the host
 *           frees them all when this returns 0, and takes the device for a new
 *           one, that does not pause. A negative errno: it cannot, and stays in
 *           quarantine.
 *
 * Context: all are called in process context with no spinlock held, and may
 * sleep, but not wait for the host: @send and @credit come with the socket of
 * the connection locked. Any may come before chimney_register() has returned,
 * and upcalls may be made from within all.
 *
 * The batch operations may complete at once, from within the call, or later.
 * @send, @forward, @caught_up, @credit and @reset of one connection are never called
 * at the same time, and never after a terminate of it was submitted. No batch of one
 * object comes while another of it is not complete. @update, @query and
 * @invalidate may be NULL: instead of an update or an invalidate the host
 * terminates, a query is refused. Without @restart a quarantine lasts until the
 * target is unregistered; while it runs no other operation does.
 */
struct chimney_ops {
	u32		version;
	struct module	*owner;
	const char	*name;

	void (*initiate)(struct chimney_target *t, struct chimney_batch *b);
	void (*terminate)(struct chimney_target *t, struct chimney_batch *b);
	void (*update)(struct chimney_target *t, struct chimney_batch *b);
	void (*query)(struct chimney_target *t, struct chimney_batch *b);
	void (*invalidate)(struct chimney_target *t, struct chimney_batch *b);

	int (*send)(struct chimney_target *t, u64 handle, u32 seq,
		    struct sk_buff *skb, unsigned int offset, unsigned int len,
		    bool more);
	void (*forward)(struct chimney_target *t, u64 handle,
			struct sk_buff *skb);
	void (*caught_up)(struct chimney_target *t, u64 handle);
	void (*credit)(struct chimney_target *t, u64 handle, u32 room);
	void (*reset)(struct chimney_target *t, u64 handle);
	int (*restart)(struct chimney_target *t);
};

/**
 * struct chimney_caps - what a target can hold
 * @flags: bits of enum chimney_cap
 * @max: most objects of each layer, by enum chimney_type; 0: no limit known
 *
 * Advertised, not promised: an initiate may fail before a limit is reached.
 */
struct chimney_caps {
	u32	flags;
	u32	max[CHIMNEY_TYPE_MAX + 1];
};

/**
 * enum chimney_event - what a target has to say of one connection
 * @CHIMNEY_EVENT_SEND_SPACE: send has room again
 * @CHIMNEY_EVENT_DISCONNECT: a FIN was seen (and passed up, not processed)
 * @CHIMNEY_EVENT_ABORT: a RST was seen (and passed up, not processed), one that
 *                       ends the connection (RFC 5961, 3.2)
 * @CHIMNEY_EVENT_RETRIEVE: please terminate, for the reason given
 * @CHIMNEY_EVENT_DEAD: the target gave the connection up (retransmission, RFC
 *                      9293, 3.8.3, or keepalive, 3.8.4, ran out), for an errno
 *                      that the application gets. It keeps the connection until
 *                      the host terminates it.
 */
enum chimney_event {
	CHIMNEY_EVENT_SEND_SPACE,
	CHIMNEY_EVENT_DISCONNECT,
	CHIMNEY_EVENT_ABORT,
	CHIMNEY_EVENT_RETRIEVE,
	CHIMNEY_EVENT_DEAD,
};

/**
 * enum chimney_dev_event - what a target has to say of itself
 * @CHIMNEY_DEV_LINK_DOWN: the medium is lost. The target asks for nothing and
 *                         drops nothing: the host decides.
 * @CHIMNEY_DEV_LINK_UP: the medium is back, as the netdev says by now: the host
 *                       looks there
 * @CHIMNEY_DEV_PAUSE: the device is about to pause (NetEventPause)
 * @CHIMNEY_DEV_RESTART: and goes on
 * @CHIMNEY_DEV_UPLOAD_ALL: terminate everything, and no new offloads until
 *                          CHIMNEY_DEV_OFFLOAD_RESUME
 * @CHIMNEY_DEV_OFFLOAD_PAUSE: no new offloads; those there go on
 * @CHIMNEY_DEV_OFFLOAD_RESUME: offload again; capabilities may have changed
 * @CHIMNEY_DEV_CAPS: capabilities have changed
 * @CHIMNEY_DEV_FILTER: a native XDP program or tc filters were attached, which do
 *                      not see the frames of what is offloaded
 * @CHIMNEY_DEV_FILTER_GONE: the last of them is gone
 * @CHIMNEY_DEV_PROMISC: the device is to receive what others are sent
 * @CHIMNEY_DEV_PROMISC_GONE: no more
 */
enum chimney_dev_event {
	CHIMNEY_DEV_LINK_DOWN,
	CHIMNEY_DEV_LINK_UP,
	CHIMNEY_DEV_PAUSE,
	CHIMNEY_DEV_RESTART,
	CHIMNEY_DEV_UPLOAD_ALL,
	CHIMNEY_DEV_OFFLOAD_PAUSE,
	CHIMNEY_DEV_OFFLOAD_RESUME,
	CHIMNEY_DEV_CAPS,
	CHIMNEY_DEV_FILTER,
	CHIMNEY_DEV_FILTER_GONE,
	CHIMNEY_DEV_PROMISC,
	CHIMNEY_DEV_PROMISC_GONE,
};

/**
 * chimney_register - make a netdev's driver an offload target
 * @dev: the netdev; registered
 * @ops: what the target does; must outlive the registration
 * @caps: what it can hold; copied
 * @priv: for the driver, see chimney_priv(); must outlive the registration
 *
 * Operations may be called before this returns.
 *
 * Context: process, may sleep; without RTNL.
 * Return: the target, or ERR_PTR: -EINVAL if a mandatory operation, the owner
 * or the name is missing or the version is not ours, -EEXIST if @dev has a
 * target already, -ENODEV if @dev is not registered or is being unregistered,
 * -ENOMEM, or what sysfs says to the folder "chimney" of @dev.
 */
struct chimney_target *chimney_register(struct net_device *dev,
					const struct chimney_ops *ops,
					const struct chimney_caps *caps,
					void *priv);

/**
 * chimney_unregister - stop being a target
 * @t: from chimney_register(); once
 *
 * Uploads everything that is offloaded first, and waits for it; what the
 * target does not give back within the deadlines is taken as lost. When this
 * returns the host calls no operation any more, and has no request
 * outstanding. @t is not to be used after it, for upcalls neither.
 *
 * Context: process, may sleep, without RTNL and without any lock that the
 * target's operations take.
 */
void chimney_unregister(struct chimney_target *t);

/**
 * chimney_priv - the driver's own pointer, as given to chimney_register()
 * @t: the target
 *
 * Context: any.
 * Return: that pointer.
 */
void *chimney_priv(const struct chimney_target *t);

/*
 * Upcalls. The caller may hold locks of its own that its operations take (the
 * host calls no operation from within an upcall), but see chimney_unregister().
 */

/**
 * chimney_complete - a request is complete
 * @t: the target
 * @done: which, and how; copied, except for skbs on @done->ooo
 *
 * A state that is missing from a successful terminate or query of a connection,
 * or cannot be, is no error here: it is counted as misbehaviour, and the
 * operation has failed.
 *
 * Context: process or softirq; never hard interrupt or interrupts disabled.
 * Return: 0; -ENOENT for a handle that is not current; -EPROTO if no such
 * operation is in flight on it, or if the status is none. Errors are counted
 * as misbehaviour. A terminate or a failed initiate that comes after its
 * deadline is taken, once; an initiate that succeeds so late is not wanted any
 * more: -ENOENT, and the target has to drop the object.
 */
int chimney_complete(struct chimney_target *t, const struct chimney_done *done);

/**
 * chimney_received - payload received in order
 * @t: the target
 * @handle: the connection
 * @skb: the data, at least one octet, with struct chimney_seg; belongs to
 *       nobody (orphaned)
 *
 * Takes the true size of @skb from the room, see &chimney_tcp_state.rcvroom.
 * After any error @skb is the target's yet.
 *
 * Context: process or softirq; never hard interrupt or interrupts disabled.
 * Return: 0: the host has taken @skb. -ENOBUFS: no room; the target keeps it,
 * and offers it again after &chimney_ops.credit. While the connection is being
 * terminated everything is taken. -ENOENT: handle not current, or not of a
 * socket's connection. -EPROTO: not the next octets. The last two are counted
 * as misbehaviour.
 */
int chimney_received(struct chimney_target *t, u64 handle, struct sk_buff *skb);

/**
 * chimney_acked - the peer has acknowledged
 * @t: the target
 * @handle: the connection
 * @snd_una: oldest octet not acknowledged
 * @snd_nxt: next octet to send
 *
 * Both as of RFC 9293, 3.4. Calls may overtake each other: what is older than
 * what was told before does nothing.
 *
 * Context: process or softirq; never hard interrupt or interrupts disabled.
 * Return: 0; -ENOENT: handle not current, or not of a socket's connection;
 * -EPROTO if @snd_una lies beyond @snd_nxt, or @snd_nxt beyond what the host
 * gave. Errors are counted as misbehaviour.
 */
int chimney_acked(struct chimney_target *t, u64 handle, u32 snd_una,
		  u32 snd_nxt);

/**
 * chimney_event - something happened to a connection
 * @t: the target
 * @handle: the connection
 * @event: what
 * @arg: CHIMNEY_EVENT_RETRIEVE: enum chimney_reason, one of the target's
 *       (CHIMNEY_REASON_LOW_ACTIVITY .. CHIMNEY_REASON_HARDWARE_FAILURE);
 *       CHIMNEY_EVENT_DEAD: errno, 1..4095; else 0
 *
 * Context: process or softirq; never hard interrupt or interrupts disabled.
 * Return: 0; -ENOENT: handle not current, or not of a socket's connection;
 * -EINVAL for an unknown event, reason or errno. Errors are counted as
 * misbehaviour.
 */
int chimney_event(struct chimney_target *t, u64 handle,
		  enum chimney_event event, u32 arg);

/**
 * chimney_neigh_reachable - is a neighbor reachable?
 * @t: the target
 * @handle: the neighbor
 * @nic_ms: how long ago the target last heard of it, milliseconds; U32_MAX: never
 * @host_ms: (answer) how long ago the host did, at least 1; 0: it does not know and
 *           looks for it. If it does not answer, the host takes back what depends
 *           on it, for CHIMNEY_REASON_NEIGH_UNREACHABLE.
 *
 * What the target has heard recently the host takes for heard as well.
 *
 * Context: process or softirq; never hard interrupt or interrupts disabled.
 * Return: 0; -ENOENT: handle not current, or not of a real neighbor, which is
 * counted as misbehaviour.
 */
int chimney_neigh_reachable(struct chimney_target *t, u64 handle, u32 nic_ms,
			    u32 *host_ms);

/**
 * chimney_dev_event - something happened to the device
 * @t: the target
 * @event: what
 * @caps: CHIMNEY_DEV_OFFLOAD_RESUME, CHIMNEY_DEV_CAPS: the new capabilities,
 *        copied, NULL if they are the old ones; else NULL
 *
 * An unknown event does nothing, and is counted as misbehaviour.
 *
 * Context: process or softirq; never hard interrupt or interrupts disabled.
 */
void chimney_dev_event(struct chimney_target *t, enum chimney_dev_event event,
		       const struct chimney_caps *caps);

#endif /* _NET_CHIMNEY_H */
