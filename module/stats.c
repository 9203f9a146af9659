// SPDX-License-Identifier: GPL-2.0
/* Counters of a target. */

#include "stats.h"

#include <linux/log2.h>

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

/* The inverse of the above: which quarter of which octave */
static unsigned int span_of(u64 ns)
{
	u64 n = ns / (CHIMNEY_SPAN_FIRST / 4);
	unsigned int octave;

	if (n < 4)
		return 0;
	octave = ilog2(n) - 2;
	return min_t(u64, 4 * octave + (n >> octave) - 4 + 1, CHIMNEY_SPANS - 1);
}

void chimney_stats_span(struct chimney_stats *s, u64 ns)
{
	atomic64_inc(&s->span[span_of(ns)]);
}
