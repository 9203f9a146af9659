// SPDX-License-Identifier: GPL-2.0
/* Counters of a target. */

#include "stats.h"

const char *const chimney_counter_names[CHIMNEY_COUNT_NUM] = {
#define X(name, text) [CHIMNEY_COUNT_##name] = text,
	CHIMNEY_COUNTERS(X)
#undef X
};

void chimney_stats_time(atomic64_t *sum, atomic64_t *max, u64 ns)
{
	s64 old = atomic64_read(max);

	atomic64_add(ns, sum);
	while (old < (s64)ns && !atomic64_try_cmpxchg(max, &old, ns))
		;
}

u64 chimney_stats_span_end(unsigned int span)
{
	if (span >= CHIMNEY_SPANS - 1)
		return U64_MAX;
	return ((4ULL + span % 4) * (CHIMNEY_SPAN_FIRST / 4)) << (span / 4);
}

void chimney_stats_span(struct chimney_stats *s, u64 ns)
{
	unsigned int span = 0;

	while (ns >= chimney_stats_span_end(span))
		span++;
	atomic64_inc(&s->span[span]);
}
