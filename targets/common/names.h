/* SPDX-License-Identifier: GPL-2.0 */
/* The words that users read and write for the numbers of the interface. */
#ifndef _CHIMNEY_TARGET_NAMES_H
#define _CHIMNEY_TARGET_NAMES_H

#include <net/chimney.h>

/* The word, or "?" for a number that means nothing. */
const char *target_op_name(unsigned int op);
const char *target_type_name(unsigned int type);
const char *target_status_name(unsigned int status);
const char *target_reason_name(unsigned int reason);
const char *target_event_name(unsigned int event);
const char *target_dev_event_name(unsigned int event);

/* The number of a word, or -EINVAL. */
int target_op_parse(const char *word);
int target_type_parse(const char *word);
int target_status_parse(const char *word);
/* A reason may be given by its number too. */
int target_reason_parse(const char *word);

#endif /* _CHIMNEY_TARGET_NAMES_H */
