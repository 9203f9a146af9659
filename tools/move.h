/* SPDX-License-Identifier: GPL-2.0 */
/* What offload and terminate have in common: ask, wait, report. */
#ifndef MOVE_H
#define MOVE_H

#include <stdint.h>
#include <json-c/json.h>

/**
 * struct move - what is asked for
 * @cmd: the command
 * @goal: the state in which an object has arrived
 * @done: what to call it then
 * @nothing: what to say if there is nothing to do
 * @nothing_status: and the exit status of that
 */
struct move {
	uint8_t		cmd;
	const char	*goal;
	const char	*done;
	const char	*nothing;
	int		nothing_status;
};

/* Does it for the words @argv. Returns the exit status. */
int run_move(const struct move *m, char **argv);

#endif /* MOVE_H */
