/* SPDX-License-Identifier: GPL-2.0 */
/* Rules of admission as words. */
#ifndef RULES_H
#define RULES_H

#include <stdbool.h>
#include <stdio.h>
#include <json-c/json.h>
#include <libmnl/libmnl.h>

/* Room that a rule takes in a request, at most */
#define RULE_ROOM	256

/*
 * Adds "offload ..." or "never ..." to a request. false: it has complained.
 */
bool put_rule_words(struct nlmsghdr *request, char **argv);

/* Writes a rule of a rules-get as such words, or "default ...". */
void print_rule_words(FILE *out, struct json_object *rule);

#endif /* RULES_H */
