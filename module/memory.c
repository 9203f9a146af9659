// SPDX-License-Identifier: GPL-2.0
/* A shrinker: memory pressure becomes terminates. */

#include "memory.h"

#include <linux/shrinker.h>
#include "target.h"

static struct shrinker *shrinker;

/* Nothing is reclaimed of a target that is not to hear of it. */
static bool wanted(const struct chimney_target *t)
{
	return READ_ONCE(t->settings.rule[CHIMNEY_REASON_MEMORY_PRESSURE].action) ==
	       CHIMNEY_ACTION_TERMINATE;
}

/* Reclaim calls from wherever memory is asked for: no lock of ours is held. */
static unsigned long count(struct shrinker *s, struct shrink_control *sc)
{
	struct chimney_target *t;
	unsigned long n = 0;
	u32 id = 0;

	while ((t = chimney_target_next(NULL, id))) {
		id = t->id;
		if (wanted(t))
			n += READ_ONCE(t->policy.places);
		chimney_target_put(t);
	}
	return n ? n : SHRINK_EMPTY;
}

/* Their memory is free when they are home, which is soon. */
static unsigned long scan(struct shrinker *s, struct shrink_control *sc)
{
	struct chimney_target *t;
	unsigned long n = 0;
	u32 id = 0;

	while (n < sc->nr_to_scan && (t = chimney_target_next(NULL, id))) {
		id = t->id;
		if (wanted(t))
			n += chimney_policy_evict(t, sc->nr_to_scan - n,
						  CHIMNEY_REASON_MEMORY_PRESSURE);
		chimney_target_put(t);
	}
	sc->nr_scanned = n;
	return n ? n : SHRINK_STOP;
}

int __init chimney_memory_init(void)
{
	int err;

	shrinker = shrinker_alloc(0, "chimney");
	if (!shrinker)
		return -ENOMEM;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	err = shrinker_publish(shrinker, "chimney");
	if (err)
		shrinker_free(shrinker);
	return err;
}

void chimney_memory_exit(void)
{
	shrinker_free(shrinker);
}
