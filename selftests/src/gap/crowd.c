// SPDX-License-Identifier: GPL-2.0
/*
 * A crowd in one socket: at each end of a connection several threads, or processes,
 * write at once, and several read, all of them in blocking calls. Readers are slow, so
 * that most of the time all writers wait for room. Who is not woken never comes back,
 * and the program does not end.
 *
 * Octets of several writers come in no order but each one's own; so each has its
 * writer's number in it. All readers wait in the socket; who takes what has come has
 * its turn, since nobody could say what the order was if two did.
 *
 * Ends when it gets SIGTERM, or the other end stops. The last line on stdout is the
 * report:
 *
 *	sent, received	octets
 *	least		of the writer that sent least
 *
 * Exit status: 0, or 1 if an octet was wrong or the connection broke.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/pattern.h"
#include "gap.h"

#define READERS		2
#define WRITE_MAX	3000
#define READ_MAX	1000
#define ROOM		32768
#define READ_EVERY	(5 * MS)
/* An octet: its writer, and so many bits of a pattern */
#define BITS		6
#define PATTERN_BITS	((1 << BITS) - 1)

/* All that they share, be they threads or processes */
struct shared {
	pthread_mutex_t reading;
	bool stop;
	unsigned int read_all, wrong;
	uint64_t sent[WRITERS_MAX], received[WRITERS_MAX];
};

struct member {
	void (*run)(unsigned int i);
	unsigned int i;
	pthread_t thread;
	pid_t pid;
};

static const struct crowd *opt;
static struct shared *shared;
static int fd;
static volatile sig_atomic_t stopping;

#define look(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define bump(x)		__atomic_add_fetch(&(x), 1, __ATOMIC_RELAXED)

static uint64_t key(bool server, unsigned int writer)
{
	return pattern_key(2, writer, server);
}

static uint8_t octet(uint64_t key, unsigned int writer, uint64_t at)
{
	return writer << BITS | (pattern_octet(key, at) & PATTERN_BITS);
}

static void complain(const char *what)
{
	fprintf(stderr, "gap: %s: %s\n", opt->server ? "server" : "client", what);
	bump(shared->wrong);
}

static void write_some(unsigned int writer)
{
	uint64_t k = key(opt->server, writer), at = shared->sent[writer];
	uint8_t buf[WRITE_MAX];
	size_t len = 1 + pattern_mix(k + at) % WRITE_MAX, i;
	ssize_t n;

	for (i = 0; i < len; i++)
		buf[i] = octet(k, writer, at + i);
	n = send(fd, buf, len, MSG_NOSIGNAL);
	if (n > 0) {
		__atomic_store_n(&shared->sent[writer], at + n, __ATOMIC_RELAXED);
	} else if (errno != EINTR) {
		complain(strerror(errno));
		__atomic_store_n(&shared->stop, true, __ATOMIC_RELAXED);
	}
}

static void run_writer(unsigned int i)
{
	while (!look(shared->stop))
		write_some(i);
}

static void check(const uint8_t *buf, size_t len)
{
	unsigned int writer;
	size_t i;

	for (i = 0; i < len; i++) {
		writer = buf[i] >> BITS;
		if (buf[i] != octet(key(!opt->server, writer), writer,
				    shared->received[writer]++)) {
			complain("a wrong octet");
			return;
		}
	}
}

/* false: there will be no more */
static bool read_some(void)
{
	uint8_t buf[READ_MAX];
	ssize_t n;

	pthread_mutex_lock(&shared->reading);
	n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (n > 0)
		check(buf, n);
	pthread_mutex_unlock(&shared->reading);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		complain(strerror(errno));
		return false;
	}
	return n;
}

static void run_reader(unsigned int i)
{
	char first;

	do {
		recv(fd, &first, 1, MSG_PEEK);
		sleep_until(now() + READ_EVERY);
	} while (read_some());
	bump(shared->read_all);
}

/* ---- threads, or processes -------------------------------------------------- */

static void *run_thread(void *arg)
{
	struct member *m = arg;

	m->run(m->i);
	return NULL;
}

static void run_process(struct member *m, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		m->run(m->i);
	_exit(0);
}

static void begin(struct member *m, void (*run)(unsigned int i), unsigned int i)
{
	pid_t parent = getpid();

	m->run = run;
	m->i = i;
	if (!opt->processes) {
		errno = pthread_create(&m->thread, NULL, run_thread, m);
		if (errno)
			die("thread");
		return;
	}
	m->pid = fork();
	if (m->pid < 0)
		die("process");
	if (!m->pid)
		run_process(m, parent);
}

static void wait_for_end(struct member *m)
{
	int status;

	if (!opt->processes) {
		pthread_join(m->thread, NULL);
		return;
	}
	while (waitpid(m->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status)
		complain("a process was ended");
}

/* ---- the connection ------------------------------------------------------------ */

static void connect_ends(void)
{
	int one = 1, room = ROOM, s;

	s = socket(opt->end.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		die("socket");
	/* What is under way when it ends is to be read soon. */
	setsockopt(s, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	setsockopt(s, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	fd = s;
	if (!opt->server) {
		if (connect(s, &opt->end.sa, end_size(&opt->end)))
			die("connect");
		puts("connected");
		fflush(stdout);
		return;
	}
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s, &opt->end.sa, end_size(&opt->end)) || listen(s, 1))
		die("listen");
	puts("listening");
	fflush(stdout);
	fd = accept4(s, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		die("accept");
	close(s);
}

static void share(void)
{
	pthread_mutexattr_t attr;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("memory");
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->reading, &attr);
}

static void on_signal(int signal)
{
	stopping = 1;
}

static void report_crowd(void)
{
	uint64_t sent = 0, received = 0, least = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < opt->writers; i++) {
		sent += shared->sent[i];
		received += shared->received[i];
		if (shared->sent[i] < least)
			least = shared->sent[i];
	}
	printf("sent=%" PRIu64 " received=%" PRIu64 " least=%" PRIu64 "\n", sent,
	       received, least);
}

int crowd(const struct crowd *c)
{
	struct sigaction act = { .sa_handler = on_signal };
	struct member writers[WRITERS_MAX], readers[READERS];
	unsigned int i;

	opt = c;
	share();
	sigaction(SIGTERM, &act, NULL);
	connect_ends();
	for (i = 0; i < c->writers; i++)
		begin(&writers[i], run_writer, i);
	for (i = 0; i < READERS; i++)
		begin(&readers[i], run_reader, i);
	while (!stopping && !look(shared->stop) && !look(shared->read_all))
		sleep_until(now() + 10 * MS);
	__atomic_store_n(&shared->stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < c->writers; i++)
		wait_for_end(&writers[i]);
	shutdown(fd, SHUT_WR);
	for (i = 0; i < READERS; i++)
		wait_for_end(&readers[i]);
	report_crowd();
	return shared->wrong ? 1 : 0;
}
