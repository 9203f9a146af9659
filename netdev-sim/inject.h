/* SPDX-License-Identifier: GPL-2.0 */
/* Requests made up by the user, for a referee with books of its own. */
#ifndef _CHIMSIM_INJECT_H
#define _CHIMSIM_INJECT_H

#include <linux/mutex.h>
#include "referee.h"

/**
 * struct chimsim_inject - a referee to be tested
 * @lock: one line at a time
 * @ref: the referee; replaced under @lock
 * @batches: number of the last batch
 */
struct chimsim_inject {
	struct mutex		lock;
	struct chimsim_referee	ref;
	u64			batches;
};

void chimsim_inject_init(struct chimsim_inject *inject);
void chimsim_inject_destroy(struct chimsim_inject *inject);

/* Plays a line; changes it. -EINVAL: it makes no sense, and did nothing. */
int chimsim_inject_line(struct chimsim_inject *inject, char *line);
void chimsim_inject_show(struct seq_file *s, struct chimsim_inject *inject);

#endif /* _CHIMSIM_INJECT_H */
