/* SPDX-License-Identifier: GPL-2.0 */
/* The connections of a process. */
#ifndef PID_H
#define PID_H

#include <stdbool.h>
#include <sys/types.h>

struct selection;

/*
 * Adds them to a selection; with @offloaded those alone that are. false: there
 * are none, and it has complained.
 */
bool add_process(struct selection *s, pid_t pid, bool offloaded);

#endif /* PID_H */
