// SPDX-License-Identifier: GPL-2.0
/*
 * How many octets wait: to be received (SIOCINQ, FIONREAD), for an acknowledgment or
 * to be sent (SIOCOUTQ, TIOCOUTQ), to be sent (SIOCOUTQNSD). At rest that is what was
 * sent without what the peer has, which its own socket tells.
 */

#include "options.h"

_Static_assert(SIOCINQ == FIONREAD, "one and the same");
_Static_assert(SIOCOUTQ == TIOCOUTQ, "one and the same");

static bool reads_partly(struct conn *c)
{
	return conn_send(c, RIGHT, 3000) && conn_waits(c, RIGHT, 3000) &&
	       conn_take(c, RIGHT, 1000) && conn_waits(c, RIGHT, 2000) &&
	       conn_take_all(c, RIGHT) && conn_waits(c, RIGHT, 0);
}

/* What the left end has sent and the right end's host has not */
static int missing(struct conn *c)
{
	struct info i;

	if (!info_get(c, RIGHT, &i))
		return -1;
	return c->sent[LEFT] - i.tcp.tcpi_bytes_received;
}

static bool counts(struct conn *c, const char *what)
{
	uint64_t end = in_ms(3000);
	int all, unsent;

	/* What is on its way arrives, and so does its acknowledgment. */
	do {
		all = number(c->fd[LEFT], SIOCOUTQ);
		unsent = number(c->fd[LEFT], SIOCOUTQNSD);
		if (all == missing(c) && unsent == all)
			return true;
	} while (nap_until(end));
	return wrong("%s, %s: SIOCOUTQ is %d, SIOCOUTQNSD %d, and the peer lacks %d",
		     c->name, what, all, unsent, missing(c));
}

/* Until nothing has moved for a while */
static bool stalls(struct conn *c)
{
	uint64_t end = patience(), since = now_ms();
	int before = -1, now;

	while (now_ms() < since + 200) {
		if (now_ms() > end)
			return wrong("%s: it never stalls", c->name);
		now = conn_push(c, LEFT, 65536) ? -1 : missing(c);
		if (now != before || now < 0)
			since = now_ms();
		before = now;
		nap_until(end);
	}
	return true;
}

static bool is_read(struct conn *c)
{
	return conn_send(c, LEFT, 5000) && conn_take_all(c, LEFT) &&
	       conn_quiet(c) && counts(c, "read");
}

static bool is_not_read(struct conn *c)
{
	return stalls(c) && counts(c, "not read");
}

static bool is_read_late(struct conn *c)
{
	return conn_take_all(c, LEFT) && conn_quiet(c) && counts(c, "read late");
}

bool queues_check(void)
{
	bool ok = pair_open() && conn_each(conn_pass) &&
		  nic_offload(&moved, NULL) && conn_each(reads_partly) &&
		  conn_each(is_read) && conn_each(is_not_read) &&
		  nic_has(&moved) && nic_terminate(&moved) &&
		  counts(&moved, "not read, home again") &&
		  nic_offload(&moved, NULL) &&
		  counts(&moved, "not read, offloaded again") &&
		  conn_each(is_read_late) && conn_each(reads_partly) &&
		  nic_has(&moved) && nic_terminate(&moved) &&
		  conn_each(is_not_read) && conn_each(is_read_late);

	pair_close();
	return ok;
}
