// SPDX-License-Identifier: GPL-2.0
/* Ways to use a socket: what an application may do while it is offloaded. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stream.h"

/* How many share a socket, beside the first sender */
#define OTHERS		3

bool blocks(const struct conn *c)
{
	return c->user == BLOCK || c->user == THREADS || c->user == PROCESSES;
}

static void *reader(void *arg)
{
	struct conn *c = arg;
	enum step step;

	do {
		step = step_receive(c);
		if (step == STEP_LATER)
			sleep_until(now() + 10 * MS);
	} while (step != STEP_DONE);
	calls_end();
	return NULL;
}

void spawn(pthread_t *thread, void *(*run)(void *), void *arg)
{
	static pthread_attr_t attr;
	static bool ready;

	if (!ready) {
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, 256 * 1024);
		ready = true;
	}
	errno = pthread_create(thread, &attr, run, arg);
	if (errno)
		die("thread");
}

/* Blocking calls: one thread that sends, one that receives */
void *block_user(void *arg)
{
	struct conn *c = arg;
	uint32_t index = c->index;
	pthread_t thread;
	enum step step;

	for (;;) {
		spawn(&thread, reader, c);
		do {
			step = step_send(c);
			if (step == STEP_LATER)
				sleep_until(c->tx_later);
		} while (step != STEP_DONE);
		pthread_join(thread, NULL);
		if (!opt.churn || opt.server || stopping ||
		    (opt.run && now() >= started + opt.run))
			break;
		close_conn(c);
		c = open_conn(index);
	}
	close_conn(c);
	calls_end();
	return NULL;
}

/* ---- several that share a socket ----------------------------------------- */

/*
 * Senders wait for room together; then one sends, and may block in that, while the
 * others wait for their turn: octets of two at once would be in no order.
 */
static void take_turns(struct conn *c, uint64_t rest)
{
	struct pollfd room = { .fd = c->fd, .events = POLLOUT };
	uint64_t later;

	while (!look(c->tx_done)) {
		poll(&room, 1, 50);
		pthread_mutex_lock(&c->sending);
		if (!c->tx_done)
			c->tx_done = step_send(c) == STEP_DONE;
		later = c->tx_later;
		pthread_mutex_unlock(&c->sending);
		if (later)
			sleep_until(later + rest);
	}
}

static void *sharing_sender(void *arg)
{
	take_turns(arg, 0);
	return NULL;
}

/* It need not keep the time: somebody else does. */
static void *sharing_helper(void *arg)
{
	take_turns(arg, 200 * MS);
	return NULL;
}

/*
 * All readers block in the socket at once: one of them to take what comes, the others
 * to look at it.
 */
static void *sharing_reader(void *arg)
{
	struct conn *c = arg;
	enum step step = STEP_MOVED;
	char octet;

	while (!look(c->rx_done)) {
		recv(c->fd, &octet, 1, MSG_PEEK);
		pthread_mutex_lock(&c->receiving);
		if (!c->rx_done) {
			step = step_receive(c);
			c->rx_done = step == STEP_DONE;
		}
		pthread_mutex_unlock(&c->receiving);
		if (step == STEP_LATER)
			sleep_until(now() + 10 * MS);
	}
	return NULL;
}

static void *(*const sharers[OTHERS])(void *arg) = {
	sharing_reader, sharing_reader, sharing_helper };

struct share {
	struct conn *c;
	void *(*run)(void *arg);
};

static void *sharing_thread(void *arg)
{
	struct share *s = arg;

	s->run(s->c);
	calls_end();
	return NULL;
}

static void *threads_user(void *arg)
{
	struct conn *c = arg;
	struct share share[OTHERS];
	pthread_t thread[OTHERS];
	int i;

	for (i = 0; i < OTHERS; i++) {
		share[i].c = c;
		share[i].run = sharers[i];
		spawn(&thread[i], sharing_thread, &share[i]);
	}
	sharing_sender(c);
	for (i = 0; i < OTHERS; i++)
		pthread_join(thread[i], NULL);
	close_conn(c);
	calls_end();
	return NULL;
}

/*
 * A process of its own: with no file but the socket and what it complains to, so that
 * others are closed when their owner closes them; it ends with its parent.
 */
static pid_t sharing_process(struct conn *c, void *(*run)(void *arg))
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		die("process");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	if (c->fd > 3)
		close_range(3, c->fd - 1, 0);
	close_range(c->fd + 1, ~0U, 0);
	errors = 0;
	cut = 0;
	run(c);
	_exit((errors ? 1 : 0) | (cut ? 2 : 0));
}

static void *processes_user(void *arg)
{
	struct conn *c = arg;
	pid_t pid[OTHERS];
	int i, status;

	for (i = 0; i < OTHERS; i++)
		pid[i] = sharing_process(c, sharers[i]);
	sharing_sender(c);
	for (i = 0; i < OTHERS; i++) {
		while (waitpid(pid[i], &status, 0) < 0 && errno == EINTR)
			;
		if (!WIFEXITED(status) || WEXITSTATUS(status) & 1)
			bump(errors);
		else if (WEXITSTATUS(status) & 2)
			bump(cut);
	}
	close_conn(c);
	calls_end();
	return NULL;
}

/* ---- one that does not block, for many ----------------------------------- */

/* One step each way, if it is allowed to; true if something moved */
static bool turn(struct conn *c, bool send, bool receive)
{
	bool moved = false;
	enum step step;

	calls_tend(c);
	if (!c->tx_done && send) {
		step = step_send(c);
		c->tx_done = step == STEP_DONE;
		c->writable = step != STEP_BLOCKED;
		moved = step == STEP_MOVED;
	}
	if (!c->rx_done && receive) {
		step = step_receive(c);
		c->rx_done = step == STEP_DONE;
		c->readable = step != STEP_BLOCKED;
		moved |= step == STEP_MOVED;
	}
	return moved || (c->tx_done && c->rx_done);
}

/*
 * Closes what is done. @epoll: what waits for it, or -1; it forgets a file that is
 * closed only once no process has it any more.
 */
static void sweep(struct conn **list, int epoll)
{
	struct conn *c;

	while ((c = *list)) {
		if (c->tx_done && c->rx_done) {
			*list = c->next_in_loop;
			if (epoll >= 0)
				epoll_ctl(epoll, EPOLL_CTL_DEL, c->fd, NULL);
			close_conn(c);
		} else {
			list = &c->next_in_loop;
		}
	}
}

static void *nonblock_user(void *arg)
{
	struct conn *list = arg, *c;
	bool moved;

	while (list) {
		moved = false;
		for (c = list; c; c = c->next_in_loop)
			moved |= turn(c, true, true);
		sweep(&list, -1);
		if (!moved)
			sleep_until(now() + 2 * MS);
	}
	return NULL;
}

/* Something to wait for besides events: rate, stall, the end */
static int poll_timeout(struct conn *list)
{
	uint64_t at = now(), least = 50 * MS;
	struct conn *c;

	for (c = list; c; c = c->next_in_loop)
		if (!c->tx_done && c->tx_later > at && c->tx_later - at < least)
			least = c->tx_later - at;
	return least / MS + 1;
}

/* What to wait for: as poll() has it, and epoll alike */
static uint32_t wanted(const struct conn *c)
{
	uint64_t at = now();
	uint32_t events = 0;

	if (!c->rx_done && at >= c->stall_until)
		events |= POLLIN;
	if (!c->tx_done && at >= c->tx_later)
		events |= POLLOUT;
	return events;
}

/* What has come of that. An end is to be noticed without octets that move. */
static void serve_events(struct conn *c, uint32_t events)
{
	turn(c, (events & ~POLLIN) || c->peer_ended || stopping || c->dead,
	     events & ~POLLOUT);
}

static void *poll_user(void *arg)
{
	struct conn *list = arg, *c;
	struct pollfd *fds = calloc(opt.connections, sizeof(*fds));
	int n;

	if (!fds)
		die("memory");
	while (list) {
		n = 0;
		for (c = list; c; c = c->next_in_loop, n++) {
			fds[n].fd = c->fd;
			fds[n].events = wanted(c);
		}
		poll(fds, n, poll_timeout(list));
		n = 0;
		for (c = list; c; c = c->next_in_loop, n++)
			serve_events(c, fds[n].revents);
		sweep(&list, -1);
	}
	free(fds);
	return NULL;
}

/* Sets the files to wait for; returns the highest, plus one. */
static int fill_sets(struct conn *list, fd_set *in, fd_set *out)
{
	struct conn *c;
	int n = 0;

	FD_ZERO(in);
	FD_ZERO(out);
	for (c = list; c; c = c->next_in_loop) {
		if (c->fd >= FD_SETSIZE)
			die("select");
		if (wanted(c) & POLLIN)
			FD_SET(c->fd, in);
		if (wanted(c) & POLLOUT)
			FD_SET(c->fd, out);
		if (c->fd >= n)
			n = c->fd + 1;
	}
	return n;
}

static void *select_user(void *arg)
{
	struct conn *list = arg, *c;
	struct timeval limit;
	fd_set in, out;
	int n;

	while (list) {
		n = fill_sets(list, &in, &out);
		limit = (struct timeval) {
			.tv_usec = poll_timeout(list) * 1000 };
		if (select(n, &in, &out, NULL, &limit) < 0)
			continue;
		for (c = list; c; c = c->next_in_loop)
			serve_events(c, (FD_ISSET(c->fd, &in) ? POLLIN : 0) |
				     (FD_ISSET(c->fd, &out) ? POLLOUT : 0));
		sweep(&list, -1);
	}
	return NULL;
}

static void watch_for(int fd, int op, struct conn *c, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = c };

	c->events = events;
	if (epoll_ctl(fd, op, c->fd, &ev))
		die("epoll");
}

/* By level: what is wanted changes all the time. */
static void *level_user(void *arg)
{
	struct conn *list = arg, *c;
	struct epoll_event evs[32];
	int fd = epoll_create1(EPOLL_CLOEXEC), n;

	for (c = list; c; c = c->next_in_loop)
		watch_for(fd, EPOLL_CTL_ADD, c, 0);
	while (list) {
		for (c = list; c; c = c->next_in_loop)
			if (c->events != wanted(c))
				watch_for(fd, EPOLL_CTL_MOD, c, wanted(c));
		n = epoll_wait(fd, evs, 32, poll_timeout(list));
		while (n-- > 0)
			serve_events(evs[n].data.ptr, evs[n].events);
		for (c = list; c; c = c->next_in_loop)
			serve_events(c, 0);
		sweep(&list, fd);
	}
	close(fd);
	return NULL;
}

/* Edge triggered: a wake-up that is missed shows */
static void *epoll_user(void *arg)
{
	struct conn *list = arg, *c;
	struct epoll_event evs[32];
	int fd = epoll_create1(EPOLL_CLOEXEC), n;
	bool moved;

	for (c = list; c; c = c->next_in_loop)
		watch_for(fd, EPOLL_CTL_ADD, c,
			  EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
	while (list) {
		moved = false;
		for (c = list; c; c = c->next_in_loop)
			moved |= turn(c, c->writable || c->dead,
				      c->readable || c->dead);
		sweep(&list, fd);
		n = epoll_wait(fd, evs, 32, moved ? 0 : poll_timeout(list));
		while (n-- > 0) {
			c = evs[n].data.ptr;
			c->readable |= !!(evs[n].events & ~EPOLLOUT);
			c->writable |= !!(evs[n].events & ~EPOLLIN);
		}
	}
	close(fd);
	return NULL;
}

void start_users(void)
{
	/* Those that block serve one connection each, the others all. */
	static void *(*const run[])(void *) = {
		[BLOCK] = block_user, [NONBLOCK] = nonblock_user,
		[POLL] = poll_user, [EPOLL] = epoll_user,
		[SELECT] = select_user, [LEVEL] = level_user,
		[THREADS] = threads_user, [PROCESSES] = processes_user };
	struct conn *lists[USERS] = {}, *c;
	pthread_t thread;
	int user;

	pthread_mutex_lock(&conns_lock);
	for (c = conns; c; c = c->next) {
		c->next_in_loop = lists[c->user];
		lists[c->user] = c;
	}
	pthread_mutex_unlock(&conns_lock);
	for (user = 0; user < USERS; user++)
		while ((c = lists[user])) {
			lists[user] = blocks(c) ? c->next_in_loop : NULL;
			spawn(&thread, run[user], c);
		}
}
