/* SPDX-License-Identifier: GPL-2.0 */
/* Counters of a target. */
#ifndef _CHIMNEY_STATS_H
#define _CHIMNEY_STATS_H

#include <linux/atomic.h>
#include <net/chimney.h>

/* Single counters: C name, name that users see. One list, so that they agree. */
#define CHIMNEY_COUNTERS(X)						\
	X(REFUSED,		"refused")	/* not admitted */	\
	X(TX_OCTETS,		"tx-octets")	/* given to the target */ \
	X(RX_OCTETS,		"rx-octets")	/* taken from it */	\
	X(FORWARDED,		"forwarded")	/* strays forwarded */	\
	X(DIVERTED,		"diverted")	/* segments that waited */ \
	X(DIVERT_DROPS,		"divert-drops")	/* no room to wait */	\
	X(RX_REFUSED,		"rx-refused")	/* socket had no room */ \
	X(LOST,			"lost")		/* states not come back */ \
	X(OVERDUE,		"overdue")	/* not answered in time */ \
	X(LATE,			"late")		/* answered after that */ \
	X(RESETS,		"resets")	/* quarantines ended */	\
	X(UPDATES,		"updates")	/* taken over */	\
	X(QUERIES,		"queries")	/* answered */		\
	X(INVALIDATES,		"invalidates")	/* carried out */	\
	X(OP_FAILED,		"op-failed")	/* these three, failed */ \
	X(BAD_HANDLE,		"bad-handle")	/* unknown or stale */	\
	X(BAD_COMPLETION,	"bad-completion") /* not in flight */	\
	X(BAD_STATE,		"bad-state")	/* a state that cannot be */ \
	X(BAD_DATA,		"bad-data")	/* octets out of place */ \
	X(BAD_ACK,		"bad-ack")	/* beyond what was sent */ \
	X(BAD_EVENT,		"bad-event")	/* unknown event */	\
	X(CAUSES,		"causes")	/* causes reported */	\
	X(HOLDS_KEPT,		"holds-kept")	/* ended before the hold */ \
	X(BACKED_OFF,		"backed-off")	/* (auto) kept waiting */ \
	X(RESTS,		"rests")	/* (auto) after failures */

enum chimney_counter {
#define X(name, text) CHIMNEY_COUNT_##name,
	CHIMNEY_COUNTERS(X)
#undef X
	CHIMNEY_COUNT_NUM,
};

/*
 * Spans of time: four for each doubling, so that what is told by them is right
 * within a fifth; the last is for all that took longer.
 */
#define CHIMNEY_SPANS		128
/* The first ends here, nanoseconds */
#define CHIMNEY_SPAN_FIRST	4096

/**
 * struct chimney_stats - counters of a target
 * @count: single counters
 * @initiated: connections by how their initiate ended
 * @terminated: connections by why they were terminated
 * @asked: how often each reason was given
 * @held: how often it was decided to hold, by reason
 * @honoured: how often to terminate, at once or after a hold
 * @refused: how often to ignore
 * @failed: connections that were lost while they were terminated
 * @span: terminates of connections, by how long they took
 * @initiate_ns: sum of the times of initiates that succeeded
 * @initiate_max_ns: the longest
 * @terminate_ns: sum of the times of terminates of connections
 * @terminate_max_ns: the longest
 */
struct chimney_stats {
	atomic64_t	count[CHIMNEY_COUNT_NUM];
	atomic64_t	initiated[CHIMNEY_STATUS_MAX + 1];
	atomic64_t	terminated[CHIMNEY_REASON_MAX + 1];
	atomic64_t	asked[CHIMNEY_REASON_MAX + 1];
	atomic64_t	held[CHIMNEY_REASON_MAX + 1];
	atomic64_t	honoured[CHIMNEY_REASON_MAX + 1];
	atomic64_t	refused[CHIMNEY_REASON_MAX + 1];
	atomic64_t	failed[CHIMNEY_REASON_MAX + 1];
	atomic64_t	span[CHIMNEY_SPANS];
	atomic64_t	initiate_ns, initiate_max_ns;
	atomic64_t	terminate_ns, terminate_max_ns;
};

extern const char *const chimney_counter_names[CHIMNEY_COUNT_NUM];

static inline void chimney_count(struct chimney_stats *s, enum chimney_counter c)
{
	atomic64_inc(&s->count[c]);
}

static inline void chimney_count_add(struct chimney_stats *s,
				     enum chimney_counter c, u64 n)
{
	atomic64_add(n, &s->count[c]);
}

/* Adds a time to a sum and keeps the maximum. */
void chimney_stats_time(atomic64_t *sum, atomic64_t *max, u64 ns);

/* Counts a terminate that took so long. */
void chimney_stats_span(struct chimney_stats *s, u64 ns);
/* Where a span ends, nanoseconds; the last one does not. */
u64 chimney_stats_span_end(unsigned int span);

#endif /* _CHIMNEY_STATS_H */
