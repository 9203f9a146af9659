/* SPDX-License-Identifier: GPL-2.0 */
/* Settings as words. */
#ifndef SET_H
#define SET_H

#include "nl.h"

/*
 * The request that "set" with these words is, to be sent with nl_talk(). NULL: it
 * has complained; @status says how to end.
 */
struct nlmsghdr *set_request(struct nl *nl, char **argv, int *status);

#endif /* SET_H */
