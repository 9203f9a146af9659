/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happens around a target: netdevice, neighbour and route events, and what
 * the target itself tells. They become a cause and a scope; the policy decides.
 */
#ifndef _CHIMNEY_EVENTS_H
#define _CHIMNEY_EVENTS_H

struct chimney_target;
struct work_struct;

/*
 * Looks at what is above the device of a target, a bridge or a bond, and tells the
 * policy. Context: process, may sleep, without RTNL.
 */
void chimney_events_upper(struct chimney_target *t);
/* Looks at the link of a target and tells the policy. */
void chimney_events_link(struct chimney_target *t);

/* Have it run soon. Context: any but hard interrupt. */
void chimney_events_kick(struct chimney_target *t);
/* The worker, &chimney_target.sweep: routes and neighbors that changed. */
void chimney_events_sweep(struct work_struct *work);

int chimney_events_init(void);
void chimney_events_exit(void);

#endif /* _CHIMNEY_EVENTS_H */
