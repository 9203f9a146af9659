// SPDX-License-Identifier: GPL-2.0
/* Words of the command line as numbers. */

#include "parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A number and what follows it. */
static bool parse_number(const char *text, uint64_t *value, char **rest)
{
	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, rest, 10);
	return !errno;
}

bool parse_u64(const char *text, uint64_t *value)
{
	char *rest;

	return parse_number(text, value, &rest) && !*rest;
}

bool parse_u32(const char *text, uint32_t *value)
{
	uint64_t number;

	if (!parse_u64(text, &number) || number > UINT32_MAX)
		return false;
	*value = number;
	return true;
}

bool parse_time(const char *text, unsigned int unit, uint32_t *ms)
{
	uint64_t number;
	char *rest;

	if (!parse_number(text, &number, &rest))
		return false;
	if (!strcmp(rest, "ms"))
		unit = 1;
	else if (!strcmp(rest, "s"))
		unit = 1000;
	else if (!strcmp(rest, "m"))
		unit = 60000;
	else if (*rest)
		return false;
	if (number > UINT32_MAX / unit)
		return false;
	*ms = number * unit;
	return true;
}

bool parse_size(const char *text, uint32_t *octets)
{
	uint64_t number;
	unsigned int shift = 0;
	char *rest;

	if (!parse_number(text, &number, &rest))
		return false;
	if (!strcasecmp(rest, "k"))
		shift = 10;
	else if (!strcasecmp(rest, "m"))
		shift = 20;
	else if (*rest)
		return false;
	if (number > (UINT32_MAX >> shift))
		return false;
	*octets = number << shift;
	return true;
}

bool parse_port(const char *text, in_port_t *port)
{
	uint32_t number;

	if (*text == ':')
		text++;
	if (!parse_u32(text, &number) || !number || number > UINT16_MAX)
		return false;
	*port = htons(number);
	return true;
}
