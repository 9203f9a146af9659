/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When the host is short of memory it may take connections back, where that is
 * set (CHIMNEY_REASON_MEMORY_PRESSURE): those of least worth first, as many as
 * the kernel's reclaim asks for.
 */
#ifndef _CHIMNEY_MEMORY_H
#define _CHIMNEY_MEMORY_H

int chimney_memory_init(void);
void chimney_memory_exit(void);

#endif /* _CHIMNEY_MEMORY_H */
