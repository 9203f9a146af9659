// SPDX-License-Identifier: GPL-2.0
/* Ways to use a socket: what an application may do while it is offloaded. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "stream.h"

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

/* One step each way, if it is allowed to; true if something moved */
static bool turn(struct conn *c, bool send, bool receive)
{
	bool moved = false;
	enum step step;

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

/* Closes what is done. */
static void sweep(struct conn **list)
{
	struct conn *c;

	while ((c = *list)) {
		if (c->tx_done && c->rx_done) {
			*list = c->next_in_loop;
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
		sweep(&list);
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

static void *poll_user(void *arg)
{
	struct conn *list = arg, *c;
	struct pollfd *fds = calloc(opt.connections, sizeof(*fds));
	uint64_t at;
	int n;

	if (!fds)
		die("memory");
	while (list) {
		n = 0;
		at = now();
		for (c = list; c; c = c->next_in_loop, n++) {
			fds[n].fd = c->fd;
			fds[n].events = 0;
			if (!c->rx_done && at >= c->stall_until)
				fds[n].events |= POLLIN;
			if (!c->tx_done && at >= c->tx_later)
				fds[n].events |= POLLOUT;
		}
		poll(fds, n, poll_timeout(list));
		n = 0;
		for (c = list; c; c = c->next_in_loop, n++)
			turn(c, (fds[n].revents & ~POLLIN) || c->peer_ended ||
			     stopping || c->dead, fds[n].revents & ~POLLOUT);
		sweep(&list);
	}
	free(fds);
	return NULL;
}

/* Edge triggered: a wake-up that is missed shows */
static void *epoll_user(void *arg)
{
	struct conn *list = arg, *c;
	struct epoll_event ev, evs[32];
	int fd = epoll_create1(EPOLL_CLOEXEC), n;
	bool moved;

	for (c = list; c; c = c->next_in_loop) {
		ev.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
		ev.data.ptr = c;
		if (epoll_ctl(fd, EPOLL_CTL_ADD, c->fd, &ev))
			die("epoll");
	}
	while (list) {
		moved = false;
		for (c = list; c; c = c->next_in_loop)
			moved |= turn(c, c->writable || c->dead,
				      c->readable || c->dead);
		sweep(&list);
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
	static void *(*const run[])(void *) = {
		block_user, nonblock_user, poll_user, epoll_user };
	struct conn *lists[USERS] = {}, *c;
	pthread_t thread;
	int user;

	pthread_mutex_lock(&conns_lock);
	for (c = conns; c; c = c->next) {
		c->next_in_loop = lists[c->user];
		lists[c->user] = c;
	}
	pthread_mutex_unlock(&conns_lock);
	while ((c = lists[BLOCK])) {
		lists[BLOCK] = c->next_in_loop;
		spawn(&thread, block_user, c);
	}
	for (user = NONBLOCK; user < USERS; user++)
		if (lists[user])
			spawn(&thread, run[user], lists[user]);
}
