/* SPDX-License-Identifier: GPL-2.0 */
/* Words of the command line as numbers. All return false for what is none. */
#ifndef PARSE_H
#define PARSE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

bool parse_u64(const char *text, uint64_t *value);
bool parse_u32(const char *text, uint32_t *value);
/* "300ms", "2s", "5m"; a number alone counts in @unit milliseconds. */
bool parse_time(const char *text, unsigned int unit, uint32_t *ms);
/* "65536", "64k", "4m": octets */
bool parse_size(const char *text, uint32_t *octets);
/* "22" or ":22"; in network order */
bool parse_port(const char *text, in_port_t *port);

#endif /* PARSE_H */
