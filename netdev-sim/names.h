/* SPDX-License-Identifier: GPL-2.0 */
/* The words that users read and write for the numbers of the interface. */
#ifndef _CHIMSIM_NAMES_H
#define _CHIMSIM_NAMES_H

#include <net/chimney.h>

/* The word, or "?" for a number that means nothing. */
const char *chimsim_op_name(unsigned int op);
const char *chimsim_type_name(unsigned int type);
const char *chimsim_status_name(unsigned int status);
const char *chimsim_reason_name(unsigned int reason);
const char *chimsim_event_name(unsigned int event);
const char *chimsim_dev_event_name(unsigned int event);

/* The number of a word, or -EINVAL. */
int chimsim_op_parse(const char *word);
int chimsim_type_parse(const char *word);
int chimsim_status_parse(const char *word);
/* A reason may be given by its number too. */
int chimsim_reason_parse(const char *word);

#endif /* _CHIMSIM_NAMES_H */
