// SPDX-License-Identifier: GPL-2.0
/*
 * stream - TCP connections that carry a known octet stream both ways at once,
 * and check every octet at both ends.
 *
 * A connection begins with a greeting of the client, which names the seed and
 * the connection. Then both ends send their pattern (pattern.h) until they
 * stop, a trailer that tells how many octets there were, and the end of the
 * stream. An end stops when its time or its octets are up, when it gets
 * SIGTERM, or when the other one has stopped.
 *
 * The last line on stdout is the report, "key=value ...". Exit status: 0 if
 * every octet was right, 1 if not, 2 for usage.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <linux/sockios.h>

#include "stream.h"

struct options opt = { .connections = 1, .seed = 1, .sizes = MIXED, .watchdog = 60000 * MS };

volatile sig_atomic_t stopping;
uint64_t started;
pthread_mutex_t conns_lock = PTHREAD_MUTEX_INITIALIZER;
struct conn *conns;
unsigned int opened, active, errors, cut;
uint64_t past_tx, past_rx, past_gap, zerocopied, pages;

const char *const user_names[] = {
	"block", "nonblock", "poll", "epoll", "select", "level", "threads",
	"processes", "mixed", NULL };
static const char *const size_names[] = { "small", "large", "mixed", NULL };
static const char *const ending_names[] = {
	"shutdown", "close", "reset", "exit", NULL };
static const char *const fault_names[] = {
	"none", "flip", "drop", "double", "cut", "hang", NULL };

uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 * MS + ts.tv_nsec;
}

void sleep_until(uint64_t when)
{
	struct timespec ts = { when / (1000 * MS), when % (1000 * MS) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

void die(const char *what)
{
	fprintf(stderr, "stream: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- the monitor, and main ----------------------------------------------- */

static void report(FILE *out, int width)
{
	uint64_t tx, rx, gap;
	struct conn *c;
	char line[256];

	pthread_mutex_lock(&conns_lock);
	tx = past_tx;
	rx = past_rx;
	gap = past_gap;
	for (c = conns; c; c = c->next) {
		tx += look(c->tx);
		rx += look(c->rx);
		if (look(c->rx_gap) > gap)
			gap = look(c->rx_gap);
	}
	pthread_mutex_unlock(&conns_lock);
	snprintf(line, sizeof(line), "role=%s connections=%u active=%u tx=%"
		 PRIu64 " rx=%" PRIu64 " gap_ms=%" PRIu64 " cut=%u errors=%u zerocopied=%"
		 PRIu64 " pages=%" PRIu64,
		 opt.server ? "server" : "client", look(opened), look(active),
		 tx, rx, (uint64_t)(gap / MS), look(cut), look(errors),
		 look(zerocopied), look(pages));
	fprintf(out, "%-*s\n", width, line);
	fflush(out);
}

/*
 * Connections on which nothing has moved for too long. What counts is what
 * comes in: an end that cannot send is noticed by the other one.
 */
static void watch(void)
{
	uint64_t at, moved;
	int queued, unsent;
	struct conn *c;

	pthread_mutex_lock(&conns_lock);
	at = now();	/* no connection in the list has begun later */
	for (c = conns; c; c = c->next) {
		moved = c->peer_ended ? look(c->tx) : look(c->rx);
		if (moved != c->moved || (opt.idle && !stopping) ||
		    c->stall_until) {
			c->moved = moved;
			c->moved_at = at;
		}
		if (at - c->moved_at < opt.watchdog || c->dead)
			continue;
		ioctl(c->fd, SIOCINQ, &queued);
		ioctl(c->fd, SIOCOUTQ, &unsent);
		complain(c, "nothing moves; %d octets to be read, %d not acknowledged, %s, %s",
			 queued, unsent, c->tx_done ? "sent all" : "sending",
			 c->peer_ended ? "peer ended" : "peer did not end");
	}
	pthread_mutex_unlock(&conns_lock);
}

/* Ends that leave the kernel to clean up */
static void end_abruptly(void)
{
	struct linger hard = { .l_onoff = 1 };
	struct conn *c;

	report(stdout, 0);
	pthread_mutex_lock(&conns_lock);
	for (c = conns; c && opt.ending == END_RESET; c = c->next)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	_exit(look(errors) ? 1 : 0);
}

static void tick(FILE *progress)
{
	bool over = stopping || (opt.run && now() >= started + opt.run);

	watch();
	if (progress) {
		rewind(progress);
		report(progress, 160);
	}
	if (over && opt.ending >= END_RESET)
		end_abruptly();
}

static void *monitor(void *arg)
{
	FILE *progress = opt.progress ? fopen(opt.progress, "w") : NULL;

	if (opt.progress && !progress)
		die(opt.progress);
	for (;;) {
		tick(progress);
		sleep_until(now() + 100 * MS);
	}
	return NULL;
}

static void serve(void)
{
	struct pollfd pfd = { .events = POLLIN };
	struct conn *c;
	pthread_t thread;
	int one = 1, fd = new_socket(), new;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &opt.addr.sa, end_size(&opt.addr)) ||
	    listen(fd, 1024))
		die("listen");
	printf("listening\n");
	fflush(stdout);
	pfd.fd = fd;
	while (!stopping && (!opt.connections || opened < opt.connections)) {
		if (poll(&pfd, 1, 100) <= 0)
			continue;
		new = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (new < 0)
			die("accept");
		c = accept_conn(new);
		bump(opened);
		if (c && !opt.connections)
			spawn(&thread, block_user, c);
	}
	close(fd);
	if (opt.connections)
		start_users();
}

static void on_signal(int signal)
{
	stopping = 1;
}

static int word(const char *const *names, const char *arg)
{
	int i;

	for (i = 0; names[i]; i++)
		if (!strcmp(names[i], arg))
			return i;
	fprintf(stderr, "stream: what is '%s'?\n", arg);
	exit(2);
}

static void parse_address(const char *arg)
{
	if (end_parse(&opt.addr, arg))
		return;
	fprintf(stderr, "stream: ADDRESS:PORT or [ADDRESS]:PORT wanted\n");
	exit(2);
}

static void usage(void)
{
	fputs("usage: stream -l|-c ADDRESS:PORT [options]\n"
	      "           of IPv6 [ADDRESS]:PORT; [::] listens for both protocols\n"
	      "  -n N     connections; server: 0 = all that come, until SIGTERM\n"
	      "  -s SEED  seed of the octets (the client's counts)\n"
	      "  -w small|large|mixed  sizes of writes\n"
	      "  -u block|nonblock|poll|epoll|select|level|threads|processes|mixed\n"
	      "           how the sockets are used; epoll: by edges; threads, processes:\n"
	      "           several share each\n"
	      "  -m plain|vector|more|file|splice|peek|waitall|uring|zerocopy|mapped|mixed\n"
	      "           calls that move octets; mixed: of each connection others\n"
	      "  -r RATE  octets a second and direction, of all connections; with -n 0\n"
	      "           of each\n"
	      "  -b N     octets that each connection sends; -t MS  for so long\n"
	      "  -i       idle: send nothing until the end\n"
	      "  -S EVERY:FOR  the reader pauses, in ms\n"
	      "  -L MS    each connection ends after a random time up to that\n"
	      "  -C       and is replaced by a new one (blocking users)\n"
	      "  -e shutdown|close|reset|exit  how connections end\n"
	      "  -x       a connection that the peer breaks off is no error\n"
	      "  -W MS    give up a connection on which nothing moves (60000)\n"
	      "  -P FILE  keep a report of the progress there\n"
	      "  -R N     SO_RCVBUF\n"
	      "  -f flip|drop|double|cut|hang:OFFSET  do wrong, on connection 0\n",
	      stderr);
	exit(2);
}

static void parse_fault(char *arg)
{
	char *at = strchr(arg, ':');

	if (!at)
		usage();
	*at++ = '\0';
	opt.fault = word(fault_names, arg);
	opt.fault_at = strtoull(at, NULL, 0);
}

static void parse_stall(const char *arg)
{
	unsigned int every, length;

	if (sscanf(arg, "%u:%u", &every, &length) != 2 || !every || !length)
		usage();
	opt.stall_every = every * MS;
	opt.stall_for = length * MS;
}

static void parse(int argc, char **argv)
{
	int o;

	while ((o = getopt(argc, argv,
			   "l:c:n:s:w:m:u:r:b:t:iS:L:Ce:xW:P:R:f:")) != -1) {
		switch (o) {
		case 'l':
		case 'c':
			opt.server = o == 'l';
			parse_address(optarg);
			break;
		case 'n': opt.connections = strtoul(optarg, NULL, 0); break;
		case 's': opt.seed = strtoull(optarg, NULL, 0); break;
		case 'w': opt.sizes = word(size_names, optarg); break;
		case 'm': opt.calls = word(call_names, optarg); break;
		case 'u': opt.user = word(user_names, optarg); break;
		case 'r': opt.rate = strtoull(optarg, NULL, 0); break;
		case 'b': opt.octets = strtoull(optarg, NULL, 0); break;
		case 't': opt.run = strtoull(optarg, NULL, 0) * MS; break;
		case 'i': opt.idle = true; break;
		case 'S': parse_stall(optarg); break;
		case 'L': opt.lifetime = strtoull(optarg, NULL, 0) * MS; break;
		case 'C': opt.churn = true; break;
		case 'e': opt.ending = word(ending_names, optarg); break;
		case 'x': opt.tolerant = true; break;
		case 'W': opt.watchdog = strtoull(optarg, NULL, 0) * MS; break;
		case 'P': opt.progress = optarg; break;
		case 'R': opt.rcvbuf = strtol(optarg, NULL, 0); break;
		case 'f': parse_fault(optarg); break;
		default: usage();
		}
	}
	if (optind < argc || !opt.addr.sa.sa_family ||
	    (!opt.server && !opt.connections) ||
	    (opt.churn && !opt.server && opt.user != BLOCK))
		usage();
}

int main(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_signal };
	pthread_t thread;
	unsigned int i;

	parse(argc, argv);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	started = now();
	spawn(&thread, monitor, NULL);
	if (opt.server) {
		serve();
	} else {
		for (i = 0; i < opt.connections; i++)
			open_conn(i);
		printf("connected\n");
		fflush(stdout);
		start_users();
	}
	while (look(active))
		sleep_until(now() + 10 * MS);
	report(stdout, 0);
	return look(errors) ? 1 : 0;
}
