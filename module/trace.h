/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: what the journal gets, as it happens. System "chimney".
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM chimney

#if !defined(_CHIMNEY_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _CHIMNEY_TRACE_H

#include <linux/tracepoint.h>
#include <net/chimney_names.h>
#include "addr.h"
#include "target.h"

DECLARE_EVENT_CLASS(chimney_change,
	TP_PROTO(const struct chimney_target *t, const struct chimney_entry *e),

	TP_ARGS(t, e),

	TP_STRUCT__entry(
		__array(char, dev, IFNAMSIZ)
		__field(u64, id)
		__field(u64, took)
		__field(u32, type)
		__field(u32, from)
		__field(u32, to)
		__field(u32, reason)
		__field(u32, status)
		__array(u8, host, sizeof(struct sockaddr_in6))
		__array(u8, peer, sizeof(struct sockaddr_in6))
	),

	TP_fast_assign(
		strscpy(__entry->dev, t->gone ? "-" : t->dev->name, IFNAMSIZ);
		__entry->id = e->id;
		__entry->took = e->took;
		__entry->type = e->type;
		__entry->from = e->from;
		__entry->to = e->to;
		__entry->reason = e->reason;
		__entry->status = e->status;
		chimney_addr_sockaddr((struct sockaddr_in6 *)__entry->host,
				      &e->saddr, e->sport);
		chimney_addr_sockaddr((struct sockaddr_in6 *)__entry->peer,
				      &e->daddr, e->dport);
	),

	TP_printk("dev=%s %s=%llu %pISpc %pISpc %s->%s reason=%s status=%s took_ns=%llu",
		  __entry->dev,
		  __print_symbolic(__entry->type, CHIMNEY_TYPE_NAMES),
		  __entry->id, __entry->host, __entry->peer,
		  __print_symbolic(__entry->from, CHIMNEY_STATE_NAMES),
		  __print_symbolic(__entry->to, CHIMNEY_STATE_NAMES),
		  __print_symbolic(__entry->reason, CHIMNEY_REASON_NAMES),
		  __print_symbolic(__entry->status, CHIMNEY_STATUS_NAMES),
		  __entry->took)
);

/* An object is on its way to the target */
DEFINE_EVENT(chimney_change, chimney_initiate,
	TP_PROTO(const struct chimney_target *t, const struct chimney_entry *e),
	TP_ARGS(t, e)
);

/* An object is on its way back */
DEFINE_EVENT(chimney_change, chimney_terminate,
	TP_PROTO(const struct chimney_target *t, const struct chimney_entry *e),
	TP_ARGS(t, e)
);

/* An object has arrived, or failed to */
DEFINE_EVENT(chimney_change, chimney_complete,
	TP_PROTO(const struct chimney_target *t, const struct chimney_entry *e),
	TP_ARGS(t, e)
);

/* The policy has decided */
TRACE_EVENT(chimney_decision,
	TP_PROTO(const struct chimney_target *t, const struct chimney_entry *e),

	TP_ARGS(t, e),

	TP_STRUCT__entry(
		__array(char, dev, IFNAMSIZ)
		__field(u64, id)
		__field(u64, other)
		__field(u32, reason)
		__field(u32, action)
		__field(u32, hold_ms)
		__field(u32, by)
		__field(u32, count)
	),

	TP_fast_assign(
		strscpy(__entry->dev, t->gone ? "-" : t->dev->name, IFNAMSIZ);
		__entry->id = e->id;
		__entry->reason = e->reason;
		__entry->action = e->action;
		__entry->hold_ms = e->hold_ms;
		__entry->by = e->by;
		__entry->count = e->count;
		__entry->other = e->other;
	),

	TP_printk("dev=%s id=%llu reason=%s action=%s hold_ms=%u by=%s count=%u other=%llu",
		  __entry->dev, __entry->id,
		  __print_symbolic(__entry->reason, CHIMNEY_REASON_NAMES),
		  __print_symbolic(__entry->action, CHIMNEY_ACTION_NAMES),
		  __entry->hold_ms,
		  __print_symbolic(__entry->by, CHIMNEY_DECIDER_NAMES),
		  __entry->count, __entry->other)
);

/* A connection stays in the host, and there is no object of it */
TRACE_EVENT(chimney_refusal,
	TP_PROTO(const struct chimney_target *t, const struct chimney_entry *e),

	TP_ARGS(t, e),

	TP_STRUCT__entry(
		__array(char, dev, IFNAMSIZ)
		__array(u8, host, sizeof(struct sockaddr_in6))
		__array(u8, peer, sizeof(struct sockaddr_in6))
		__field(u32, by)
		__field(u32, rule)
		__array(char, why, 96)
	),

	TP_fast_assign(
		strscpy(__entry->dev, t->gone ? "-" : t->dev->name, IFNAMSIZ);
		chimney_addr_sockaddr((struct sockaddr_in6 *)__entry->host,
				      &e->saddr, e->sport);
		chimney_addr_sockaddr((struct sockaddr_in6 *)__entry->peer,
				      &e->daddr, e->dport);
		__entry->by = e->by;
		__entry->rule = e->rule;
		strscpy(__entry->why, e->why, sizeof(__entry->why));
	),

	TP_printk("dev=%s %pISpc %pISpc by=%s rule=%u why=\"%s\"",
		  __entry->dev, __entry->host, __entry->peer,
		  __print_symbolic(__entry->by, CHIMNEY_DECIDER_NAMES),
		  __entry->rule, __entry->why)
);

/* The event that fits an entry of the journal. Under the tree's lock. */
void chimney_trace(const struct chimney_target *t,
		   const struct chimney_entry *e);

#endif /* _CHIMNEY_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
