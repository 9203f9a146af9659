/* SPDX-License-Identifier: GPL-2.0 */
/* What show and target both print. */
#ifndef SHOW_H
#define SHOW_H

#include <json-c/json.h>

/* A target, its state and counts. */
void print_target_line(struct json_object *t);

#endif /* SHOW_H */
