// SPDX-License-Identifier: GPL-2.0
/* Tracepoints: which one an entry of the journal is. */

#include <linux/module.h>

#define CREATE_TRACE_POINTS
#include "trace.h"

void chimney_trace(const struct chimney_target *t,
		   const struct chimney_entry *e)
{
	if (e->note == CHIMNEY_NOTE_DECISION)
		trace_chimney_decision(t, e);
	else if (e->note == CHIMNEY_NOTE_REFUSAL)
		trace_chimney_refusal(t, e);
	else if (e->to == CHIMNEY_STATE_OFFLOADING)
		trace_chimney_initiate(t, e);
	else if (e->to == CHIMNEY_STATE_UPLOADING)
		trace_chimney_terminate(t, e);
	else
		trace_chimney_complete(t, e);
}
