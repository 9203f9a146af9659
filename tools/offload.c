// SPDX-License-Identifier: GPL-2.0
/* chimney offload: hand connections over to their NIC. */

#include "chimney.h"
#include "move.h"

int verb_offload(int argc, char **argv)
{
	static const struct move offload = {
		.cmd = CHIMNEY_CMD_OFFLOAD,
		.goal = "offloaded",
		.done = "offloaded",
		.nothing = "No established TCP connection is like that.",
		.nothing_status = FAILED,
	};

	if (options.if_unused)
		return usage("--if-unused goes with terminate");
	return run_move(&offload, argv);
}
