/* SPDX-License-Identifier: GPL-2.0 */
/* Entries of the journal, as monitor and history print them. */
#ifndef ENTRY_H
#define ENTRY_H

#include <json-c/json.h>

/* As a line of text, with the time of day. */
void print_entry(struct json_object *entry);

#endif /* ENTRY_H */
