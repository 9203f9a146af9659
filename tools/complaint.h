/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel refuses, and why, for a person to read. */
#ifndef COMPLAINT_H
#define COMPLAINT_H

#include <libmnl/libmnl.h>

/*
 * Complains of @err, which the kernel answered to @request with @answer: with
 * its own words, and with the attribute it points at.
 */
void complain_kernel(const struct nlmsghdr *request,
		     const struct nlmsghdr *answer, int err);

#endif /* COMPLAINT_H */
