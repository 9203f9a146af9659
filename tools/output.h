/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Printing: JSON as it is, and text that is made from the same JSON, so that
 * both say the same.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <json-c/json.h>

/* Members of a JSON object; what is not there is "", 0, false, NULL. */
const char *text_of(struct json_object *obj, const char *key);
uint64_t number_of(struct json_object *obj, const char *key);
bool truth_of(struct json_object *obj, const char *key);
struct json_object *member_of(struct json_object *obj, const char *key);
size_t length_of(struct json_object *list);

/* Prints JSON as the options say, with a newline. */
void print_json(struct json_object *obj);

/*
 * Numbers as people write them. The result lies in one of a few static buffers,
 * so that several can be used in one printf().
 */
const char *show_time(uint64_t ns);
const char *show_size(uint64_t octets);
const char *show_count(uint64_t n, const char *what);

/*
 * "10.0.0.1:22 10.0.0.2:3456", "[2001:db8::1]:22 [2001:db8::2]:3456", or what of it
 * a match has
 */
void match_name(char *text, size_t size, struct json_object *match);
/* "conn 7 10.0.0.1:22 10.0.0.2:3456" */
const char *object_name(struct json_object *obj);
/* The name of a netdev, or "#" and its number */
const char *dev_name(unsigned int ifindex);

/* Every member: "key value key value", for those who want all. */
void print_members(struct json_object *obj);

#endif /* OUTPUT_H */
