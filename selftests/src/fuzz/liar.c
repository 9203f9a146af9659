// SPDX-License-Identifier: GPL-2.0
/*
 * A simulated target that lies: lines for its file "upcall" in debugfs, with
 * handles and sequence numbers from its file "conns", or close to them.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define CONNS_MAX	64

/* Of enum chimney_dev_event, the kernel's own: offloads are taken again */
#define DEV_RESUME	6

/**
 * struct conn - a connection that the target has
 * @handle: its name
 * @una: oldest octet not acknowledged
 * @nxt: next octet to send
 * @rcv: next octet to receive
 */
struct conn {
	uint64_t	handle;
	uint32_t	una, nxt, rcv;
};

/* What is told of: a verb each */
static const char * const verbs[] = {
	"complete", "received", "acked", "event", "dev-event",
};

const unsigned int liar_kinds = sizeof(verbs) / sizeof(*verbs);

const char *liar_name(unsigned int kind)
{
	return verbs[kind];
}

static unsigned int read_conns(const char *dir, struct conn *conns)
{
	char path[256], line[512];
	unsigned int n = 0;
	const char *seq;
	FILE *file;

	snprintf(path, sizeof(path), "%s/conns", dir);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (n < CONNS_MAX && fgets(line, sizeof(line), file)) {
		struct conn *c = &conns[n];

		seq = strstr(line, " seq ");
		if (seq && sscanf(line, "%" SCNu64, &c->handle) == 1 &&
		    sscanf(seq, " seq %u %u %u", &c->una, &c->nxt, &c->rcv) == 3)
			n++;
	}
	fclose(file);
	return n;
}

/* Right, nearly right, or anything */
static uint32_t near(uint32_t right)
{
	switch (below(8)) {
	case 0:		return right;
	case 1 ... 4:	return right + below(4096) - 2048;
	default:	return edgy();
	}
}

static void make_line(char *line, size_t size, const struct conn *c,
		      unsigned int verb)
{
	switch (verb) {
	case 0:
		snprintf(line, size, "complete %" PRIu64 " %u %u%s", c->handle,
			 below(8), once_in(4) ? (uint32_t)edgy() : below(16),
			 once_in(2) ? " state" : "");
		break;
	case 1:
		snprintf(line, size, "received %" PRIu64 " %u %u", c->handle,
			 near(c->rcv), below(4096));
		break;
	case 2:
		snprintf(line, size, "acked %" PRIu64 " %u %u", c->handle,
			 near(c->una), near(c->nxt));
		break;
	case 3:
		snprintf(line, size, "event %" PRIu64 " %u %u", c->handle,
			 once_in(4) ? (uint32_t)edgy() : below(8),
			 once_in(4) ? (uint32_t)edgy() : below(40));
		break;
	default:
		snprintf(line, size, "dev-event %u",
			 once_in(2) ? DEV_RESUME :
			 once_in(4) ? (uint32_t)edgy() : below(14));
		break;
	}
}

/* A target may be told all this, and that it has said nothing that is right. */
static bool answer_allowed(int err)
{
	return errno_allowed(err) || err == EPROTO || err == ENOBUFS;
}

/* With nothing offloaded all lies are the same. */
static void offload(const char *dev)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/sys/class/net/%s/chimney/offload", dev);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* It fails while the target is paused. */
	if (write(fd, "all", 3) < 0)
		usleep(10000);
	close(fd);
	usleep(10000);
}

bool liar_case(const char *dir, const char *dev, struct tally *tallies)
{
	/* Of the device seldom: it ends all that goes on. */
	unsigned int verb = once_in(64) ? 4 : below(4);
	struct conn conns[CONNS_MAX], c = { .handle = edgy() };
	unsigned int n = read_conns(dir, conns);
	char path[256], line[256];
	int fd, err = 0;

	if (!n)
		offload(dev);
	if (n && !once_in(8))
		c = conns[below(n)];
	else if (n)
		c.handle = conns[below(n)].handle - 1 - below(8);
	make_line(line, sizeof(line), &c, verb);
	snprintf(path, sizeof(path), "%s/upcall", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		complain("no target to lie with", errno, line, strlen(line));
		return false;
	}
	if (write(fd, line, strlen(line)) < 0)
		err = errno;
	close(fd);
	if (!err)
		tallies[verb].acks++;
	else
		tallies[verb].errnos[err]++;
	if (err && !answer_allowed(err)) {
		complain(line, err, line, strlen(line));
		return false;
	}
	return true;
}
