/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Receiving into memory that is not there yet: the kernel waits for it with the
 * socket locked, for as long as we like.
 */
#ifndef HAND_FAULT_H
#define HAND_FAULT_H

#include <stddef.h>
#include <stdint.h>

/* As much as one page, to have one fault */
#define FAULT_MAX	4096

/*
 * Has another thread receive @n octets from @fd, and returns when it waits in
 * the fault, or after @ms milliseconds. 0, or an errno.
 */
int fault_begin(int fd, size_t n, int ms);

/* Lets it go on, and waits for it; *@data has what it received. */
int fault_end(const uint8_t **data, size_t *n);

#endif
