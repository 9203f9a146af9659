// SPDX-License-Identifier: GPL-2.0
/* chimney terminate: take objects back, with all that depends on them. */

#include "chimney.h"
#include "move.h"

int verb_terminate(int argc, char **argv)
{
	/* That nothing is offloaded is what was asked for. */
	static const struct move terminate = {
		.cmd = CHIMNEY_CMD_TERMINATE,
		.goal = "inhost",
		.done = "uploaded",
		.nothing = "Nothing of that is offloaded.",
		.nothing_status = DONE,
	};

	return run_move(&terminate, argv);
}
