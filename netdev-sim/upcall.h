/* SPDX-License-Identifier: GPL-2.0 */
/* A target that lies: upcalls made up by the user. */
#ifndef _CHIMSIM_UPCALL_H
#define _CHIMSIM_UPCALL_H

struct chimsim_offload;

/*
 * Makes the upcall that a line describes; changes the line. Returns what the
 * host said to it, or -EINVAL: it makes no sense; -EBUSY: the target must not,
 * see upcall.c. Not after the target has been unregistered.
 */
int chimsim_upcall_line(struct chimsim_offload *off, char *line);

#endif /* _CHIMSIM_UPCALL_H */
