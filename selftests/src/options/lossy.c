// SPDX-License-Identifier: GPL-2.0
/* Options that show when the wire loses everything: of timeouts */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>

#include "options.h"

/* An option is set, the connection offloaded; then nothing gets through. */
static bool begin(bool (*set)(struct conn *c))
{
	return pair_open() && conn_each(set) && conn_each(conn_pass) &&
	       conn_each(conn_quiet) && nic_offload(&moved, NULL) &&
	       conn_pass(&moved) && conn_quiet(&moved) && place_lossy(true) &&
	       conn_send(&moved, LEFT, 100) && conn_send(&twin, LEFT, 100);
}

/* ---- TCP_USER_TIMEOUT ---------------------------------------------------- */

#define TIMEOUT_MS	1500

static bool set_timeout(struct conn *c)
{
	return set_int(c, LEFT, IPPROTO_TCP, TCP_USER_TIMEOUT, TIMEOUT_MS);
}

/* @begun: before what is not acknowledged was sent */
static bool is_over(struct conn *c, uint64_t begun)
{
	struct pollfd p = { .fd = c->fd[LEFT] };
	uint64_t took;
	int err;

	if (poll(&p, 1, PATIENCE_MS) <= 0)
		return wrong("%s: it does not time out", c->name);
	took = now_ms() - begun;
	err = get_int(c, LEFT, SOL_SOCKET, SO_ERROR);
	if (err != ETIMEDOUT)
		return wrong("%s: %s", c->name, strerror(err));
	return took > TIMEOUT_MS * 3 / 4 ||
	       wrong("%s: it timed out after %llu ms, not %u", c->name,
		     (unsigned long long)took, TIMEOUT_MS);
}

static bool times_out(void)
{
	uint64_t begun = now_ms();

	return begin(set_timeout) && is_over(&twin, begun) &&
	       is_over(&moved, begun) && nic_came_home(&moved, "timeout-expired");
}

/* ---- TCP_THIN_LINEAR_TIMEOUTS -------------------------------------------- */

/* The timeout does not double for six times: so many in a while, or about three */
#define WHILE_MS	1800
#define LINEAR		5

/* A stream is thin after a loss, if the congestion control has learnt from it. */
static bool set_thin(struct conn *c)
{
	return (!setsockopt(c->fd[LEFT], IPPROTO_TCP, TCP_CONGESTION, "reno", 4) ||
		wrong("%s: reno: %s", c->name, strerror(errno))) &&
	       set_int(c, LEFT, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1);
}

static unsigned int retransmissions(struct conn *c)
{
	struct info i;

	return info_get(c, LEFT, &i) ? i.tcp.tcpi_total_retrans : 0;
}

/* What the NIC counted is known for sure when the connection is home. */
static bool is_lost_for_a_while(void)
{
	uint64_t end;

	if (!begin(set_thin))
		return false;
	for (end = in_ms(WHILE_MS); nap_until(end);)
		;
	return nic_has(&moved) && nic_terminate(&moved);
}

static bool goes_on(void)
{
	return place_lossy(false) && conn_take_all(&moved, LEFT) &&
	       conn_take_all(&twin, LEFT);
}

/* Once more if even the twin's are few: the machine is slow. */
static bool is_linear(void)
{
	unsigned int n, should;
	int tries = 3;

	do {
		if (!is_lost_for_a_while())
			return false;
		n = retransmissions(&moved);
		should = retransmissions(&twin);
		if (!goes_on())
			return false;
	} while (should < LINEAR && --tries);
	return (n >= LINEAR && tries) ||
	       wrong("%u retransmissions in %u ms, the twin's %u", n, WHILE_MS,
		     should);
}

/* ---- both ------------------------------------------------------------------ */

bool lossy(const char *what)
{
	bool ok = !strcmp(what, "TCP_USER_TIMEOUT") ? times_out() : is_linear();

	ok = place_lossy(false) && ok;
	pair_close();
	return ok;
}
