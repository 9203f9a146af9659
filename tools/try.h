/* SPDX-License-Identifier: GPL-2.0 */
/* What would become of a connection. */
#ifndef TRY_H
#define TRY_H

#include <stdio.h>
#include <json-c/json.h>
#include "nl.h"

/*
 * Asks the kernel about two ends that parse_end() takes. NULL: it complained, unless
 * @quiet is the error.
 */
struct json_object *try_conn(struct nl *nl, char **ends, int quiet);
/* The answer, as a sentence. */
void say_trial(FILE *out, struct json_object *t);

#endif /* TRY_H */
