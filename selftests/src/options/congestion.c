// SPDX-License-Identifier: GPL-2.0
/*
 * A congestion control goes along: the NIC runs it, the socket and ss say so, and
 * octets pass. Set while the connection is offloaded, it brings it home first.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "options.h"

static const char *algorithm;

static int set(struct conn *c, const char *name)
{
	return setsockopt(c->fd[LEFT], IPPROTO_TCP, TCP_CONGESTION, name,
			  strlen(name)) ? errno : 0;
}

static bool choose(struct conn *c)
{
	int err = set(c, algorithm);

	return !err || wrong("%s: %s: %s", c->name, algorithm, strerror(err));
}

static bool is_told(struct conn *c)
{
	char name[16] = "";
	socklen_t len = sizeof(name);
	struct info i;

	getsockopt(c->fd[LEFT], IPPROTO_TCP, TCP_CONGESTION, name, &len);
	if (strcmp(name, algorithm))
		return wrong("%s: the socket says %s, not %s", c->name, name,
			     algorithm);
	if (!info_diag(c, &i))
		return false;
	return !strcmp(i.congestion, algorithm) ||
	       wrong("%s: ss says %s, not %s", c->name, i.congestion, algorithm);
}

static bool runs_there(void)
{
	struct nic_state s;

	if (!nic_offload(&moved, NULL) || !nic_query(&moved, &s) || !is_told(&moved))
		return false;
	if (strcmp(s.congestion, algorithm))
		return wrong("the NIC runs %s, not %s", s.congestion, algorithm);
	return conn_pass(&moved) && nic_has(&moved);
}

static bool comes_along(void)
{
	const char *wanted = algorithm;

	if (!conn_each(choose) || !conn_each(conn_pass) || !conn_each(is_told) ||
	    !runs_there() || !nic_terminate(&moved) || !is_told(&moved) ||
	    !conn_pass(&moved))
		return false;
	/* Another, and this one while offloaded */
	algorithm = strcmp(wanted, "reno") ? "reno" : "cubic";
	if (!choose(&moved) || !runs_there())
		return false;
	algorithm = wanted;
	return choose(&moved) && nic_came_home(&moved, "socket-option") &&
	       is_told(&moved) && conn_pass(&moved) && runs_there();
}

bool congestion(const char *name)
{
	bool ok = pair_open();

	if (ok && set(&twin, name) == ENOENT) {
		skipped("this kernel has no %s", name);
	} else if (ok) {
		algorithm = name;
		ok = comes_along();
	}
	pair_close();
	return ok;
}
