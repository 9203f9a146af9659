// SPDX-License-Identifier: GPL-2.0
/*
 * One socket option at three moments: before an offload, while the connection is
 * offloaded, and when it is home again. The twin's socket is asked the same, in the
 * same order, and answers the same: the return value or the error of each call, and
 * afterwards all options that can be read, octet by octet. Octets pass both ways all
 * the time.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

#define VALUE	64
#define ECN	3
#define LOCAL_PORT	52	/* of newer kernels */

struct row {
	int level, option;
	const char *kind;
	const char *before, *during, *after, *neutral;
	bool home;
};

struct value {
	uint8_t octets[VALUE];
	socklen_t len;
	int err;
};

/* ---- reading ------------------------------------------------------------- */

/*
 * What measures, names the socket, says whose it is, or looks at more than it gives.
 * The buffers and what they clamp grow by themselves; the delay of acknowledgments is
 * up to who receives.
 */
static const struct {
	int level, option;
} measures[] = {
	{ SOL_SOCKET, SO_SNDBUF }, { SOL_SOCKET, SO_RCVBUF },
	{ SOL_SOCKET, SO_INCOMING_CPU }, { SOL_SOCKET, SO_INCOMING_NAPI_ID },
	{ SOL_SOCKET, SO_COOKIE }, { SOL_SOCKET, SO_MEMINFO },
	{ IPPROTO_TCP, TCP_INFO }, { IPPROTO_TCP, TCP_CC_INFO },
	{ IPPROTO_TCP, TCP_TIMESTAMP },
	{ IPPROTO_TCP, TCP_WINDOW_CLAMP }, { IPPROTO_TCP, TCP_QUICKACK },
	{ IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE }, { IPPROTO_IP, LOCAL_PORT },
};

static bool is_measure(int level, int option)
{
	size_t i;

	for (i = 0; i < sizeof(measures) / sizeof(measures[0]); i++)
		if (measures[i].level == level && measures[i].option == option)
			return true;
	return false;
}

static void read_value(int fd, int level, int option, struct value *v)
{
	memset(v, 0, sizeof(*v));
	v->len = sizeof(v->octets);
	v->err = getsockopt(fd, level, option, v->octets, &v->len) ? errno : 0;
	/* TCP sets the bits of ECN itself, from segment to segment. */
	if ((level == IPPROTO_IP && option == IP_TOS) ||
	    (level == IPPROTO_IPV6 && option == IPV6_TCLASS))
		v->octets[0] &= ~ECN;
}

static void write_hex(const struct value *v, char *text, size_t size)
{
	size_t at = 0, i;

	if (v->err)
		snprintf(text, size, "%s", strerror(v->err));
	for (i = 0; !v->err && i < v->len && at + 3 < size; i++)
		at += snprintf(text + at, size - at, "%02x", v->octets[i]);
}

static bool same_option(const char *when, int level, int option)
{
	char text[2][2 * VALUE + 1] = {};
	struct value v[2];

	read_value(twin.fd[LEFT], level, option, &v[0]);
	read_value(moved.fd[LEFT], level, option, &v[1]);
	if (!memcmp(&v[0], &v[1], sizeof(v[0])))
		return true;
	write_hex(&v[0], text[0], sizeof(text[0]));
	write_hex(&v[1], text[1], sizeof(text[1]));
	return wrong("%s: option %d of level %d is %s, the twin's %s", when, option,
		     level, text[1], text[0]);
}

static bool same_level(const char *when, int level, int most)
{
	int option;

	for (option = 1; option <= most; option++)
		if (!is_measure(level, option) && !same_option(when, level, option))
			return false;
	return true;
}

/* All that there are; from 64 on netfilter answers at the level of IP. */
static bool all_same(const char *when)
{
	return same_level(when, SOL_SOCKET, 90) &&
	       same_level(when, IPPROTO_TCP, 50) &&
	       same_level(when, IPPROTO_IP, 60) &&
	       (family == AF_INET || same_level(when, IPPROTO_IPV6, 80));
}

/* ---- setting ------------------------------------------------------------- */

static void parse_hex(const char *hex, struct value *v)
{
	while (v->len < VALUE && *hex &&
	       sscanf(hex, "%2hhx", &v->octets[v->len]) == 1) {
		v->len++;
		hex += 2;
	}
}

static bool parse_value(const char *kind, const char *text, struct value *v)
{
	const long long n = strtoll(text, NULL, 0);

	memset(v, 0, sizeof(*v));
	if (!strcmp(kind, "int") || !strcmp(kind, "short")) {
		/* short: of too few octets for a number */
		v->len = *kind == 'i' ? sizeof(int) : 2;
		memcpy(v->octets, &n, v->len);
	} else if (!strcmp(kind, "str")) {
		v->len = strlen(text);
		memcpy(v->octets, text, v->len < VALUE ? v->len : VALUE);
	} else if (!strcmp(kind, "hex")) {
		parse_hex(text, v);
	} else {
		return wrong("what is '%s'?", kind);
	}
	return true;
}

static int set_value(struct conn *c, const struct row *r, const struct value *v)
{
	return setsockopt(c->fd[LEFT], r->level, r->option, v->octets, v->len) ?
	       errno : 0;
}

static bool set(const char *when, const struct row *r, const char *text)
{
	struct value v;
	int expected, err;

	if (!strcmp(text, "-"))
		return true;
	if (!parse_value(r->kind, text, &v))
		return false;
	expected = set_value(&twin, r, &v);
	err = set_value(&moved, r, &v);
	if (err != expected)
		return wrong("%s: setting it to %s: %s, on the twin: %s", when, text,
			     strerror(err), strerror(expected));
	return same_option(when, r->level, r->option);
}

/* ---- the three moments --------------------------------------------------- */

static bool goes_on(const char *when, const struct row *r)
{
	if (!conn_each(conn_pass))
		return wrong("%s: the octets do not pass", when);
	/* A buffer that was set does not grow any more. */
	if (r->option == SO_RCVBUF || r->option == SO_SNDBUF)
		return same_option(when, r->level, r->option) && all_same(when);
	return all_same(when);
}

static bool before(const struct row *r)
{
	const char *why;

	if (!pair_open() || !set("before", r, r->before) || !goes_on("before", r))
		return false;
	if (nic_offload(&moved, &why))
		return true;
	if (!why)
		return false;
	/* What is refused for its sake is not any more when it is unset. */
	answer("refused: %s", why);
	return set("before", r, r->neutral) && nic_offload(&moved, NULL);
}

static bool during(const struct row *r)
{
	if (!goes_on("offloaded", r) || !set("offloaded", r, r->during) ||
	    !goes_on("set while offloaded", r))
		return false;
	if (r->home && !nic_came_home(&moved, "socket-option"))
		return false;
	return !r->home ||
	       (goes_on("home for its sake", r) && set("home", r, r->neutral) &&
		nic_offload(&moved, NULL) && goes_on("offloaded again", r));
}

static bool after(const struct row *r)
{
	return nic_has(&moved) && nic_terminate(&moved) &&
	       set("after", r, r->after) && goes_on("after", r) &&
	       set("after", r, r->neutral) && nic_offload(&moved, NULL) &&
	       goes_on("offloaded once more", r);
}

bool matrix_row(char *line)
{
	struct row r = {
		.level = strtol(strsep(&line, " "), NULL, 0),
		.option = strtol(strsep(&line, " "), NULL, 0),
		.kind = strsep(&line, " "),
		.before = strsep(&line, " "),
		.during = strsep(&line, " "),
		.after = strsep(&line, " "),
		.neutral = strsep(&line, " "),
	};
	bool ok;

	r.home = !strcmp(line, "home");
	ok = before(&r) && during(&r) && after(&r);
	pair_close();
	return ok;
}
