// SPDX-License-Identifier: GPL-2.0
/* Checkpoints; see repair.h */
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "repair.h"

/* Of <netinet/tcp.h>, which does not go with <linux/tcp.h> */
enum { MAXSEG = 2, WINDOW = 3, SACK_PERM = 4, TIMESTAMP = 8 };

#define PATIENCE_MS	20000

static int failed(struct repair *r, const char *what)
{
	r->failed = what;
	return errno ? -errno : -EPROTO;
}

static int set(struct repair *r, int fd, int option, int value)
{
	return setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value)) ?
	       failed(r, "setting an option") : 0;
}

static int get(struct repair *r, int fd, int option, void *value, socklen_t len)
{
	return getsockopt(fd, IPPROTO_TCP, option, value, &len) ?
	       failed(r, "reading an option") : 0;
}

/* ---- dumping ------------------------------------------------------------- */

static int dump_ends(int fd, struct repair *r)
{
	socklen_t own = sizeof(r->end[0]), peer = sizeof(r->end[1]);

	return getsockname(fd, &r->end[0].sa, &own) ||
	       getpeername(fd, &r->end[1].sa, &peer) ? failed(r, "naming it") : 0;
}

static int dump_queue(int fd, struct repair *r, int queue)
{
	int err = set(r, fd, TCP_REPAIR_QUEUE, queue);

	if (!err)
		err = get(r, fd, TCP_QUEUE_SEQ, &r->seq[queue], sizeof(r->seq[queue]));
	if (err || !r->n[queue])
		return err;
	if (r->n[queue] > REPAIR_ROOM) {
		r->failed = "room for a queue";
		return -EMSGSIZE;
	}
	if (!r->octets[queue])
		r->octets[queue] = malloc(REPAIR_ROOM);
	if (!r->octets[queue])
		return -ENOMEM;
	errno = 0;
	return recv(fd, r->octets[queue], REPAIR_ROOM, MSG_PEEK | MSG_DONTWAIT) ==
	       r->n[queue] ? 0 : failed(r, "reading a queue");
}

static int count(int fd, struct repair *r)
{
	return ioctl(fd, SIOCINQ, &r->n[TCP_RECV_QUEUE]) ||
	       ioctl(fd, SIOCOUTQ, &r->n[TCP_SEND_QUEUE]) ||
	       ioctl(fd, SIOCOUTQNSD, &r->unsent) ? failed(r, "counting") : 0;
}

int repair_dump(int fd, struct repair *r)
{
	int err;

	(void)((err = set(r, fd, TCP_REPAIR, TCP_REPAIR_ON)) ||
	       (err = dump_ends(fd, r)) || (err = count(fd, r)) ||
	       (err = get(r, fd, TCP_INFO, &r->info, sizeof(r->info))) ||
	       (err = get(r, fd, TCP_MAXSEG, &r->mss, sizeof(r->mss))) ||
	       (err = get(r, fd, TCP_TIMESTAMP, &r->stamp, sizeof(r->stamp))) ||
	       (err = get(r, fd, TCP_REPAIR_WINDOW, &r->window, sizeof(r->window))) ||
	       (err = dump_queue(fd, r, TCP_RECV_QUEUE)) ||
	       (err = dump_queue(fd, r, TCP_SEND_QUEUE)));
	return err;
}

/* ---- restoring ----------------------------------------------------------- */

static int begin_at(struct repair *r, int fd, int queue)
{
	int err = set(r, fd, TCP_REPAIR_QUEUE, queue);

	return err ?: set(r, fd, TCP_QUEUE_SEQ, r->seq[queue] - r->n[queue]);
}

static int join(struct repair *r, int fd)
{
	return bind(fd, &r->end[0].sa, end_size(&r->end[0])) ||
	       connect(fd, &r->end[1].sa, end_size(&r->end[1])) ?
	       failed(r, "connecting in repair mode") : 0;
}

static int restore_options(struct repair *r, int fd)
{
	const struct tcp_info *i = &r->info;
	struct tcp_repair_opt all[4];
	int n = 0;

	all[n++] = (struct tcp_repair_opt){ MAXSEG, r->mss };
	if (i->tcpi_options & TCPI_OPT_SACK)
		all[n++] = (struct tcp_repair_opt){ SACK_PERM, 0 };
	if (i->tcpi_options & TCPI_OPT_WSCALE)
		all[n++] = (struct tcp_repair_opt){
			WINDOW, i->tcpi_snd_wscale | i->tcpi_rcv_wscale << 16
		};
	if (i->tcpi_options & TCPI_OPT_TIMESTAMPS)
		all[n++] = (struct tcp_repair_opt){ TIMESTAMP, 0 };
	return setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_OPTIONS, all,
			  n * sizeof(all[0])) ? failed(r, "setting TCP's options") : 0;
}

static int give(struct repair *r, int fd, const uint8_t *octets, size_t n)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	ssize_t done;

	while (n) {
		done = send(fd, octets, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (done < 0 && (errno != EAGAIN || poll(&room, 1, PATIENCE_MS) != 1))
			return failed(r, "filling a queue");
		if (done > 0) {
			octets += done;
			n -= done;
		}
	}
	return 0;
}

static int fill(struct repair *r, int fd, int queue, int n)
{
	int err = set(r, fd, TCP_REPAIR_QUEUE, queue);

	return err ?: give(r, fd, r->octets[queue], n);
}

static int restore_window(struct repair *r, int fd)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_WINDOW, &r->window,
			  sizeof(r->window)) ? failed(r, "setting the windows") : 0;
}

static int room_for_all(struct repair *r, int fd)
{
	int room = REPAIR_ROOM;

	return setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) ||
	       setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ?
	       failed(r, "making room") : 0;
}

int repair_restore(struct repair *r, int *fd)
{
	int sent = r->n[TCP_SEND_QUEUE] - r->unsent, err, s;

	*fd = s = socket(r->end[0].sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)((err = set(r, s, TCP_REPAIR, TCP_REPAIR_ON)) ||
	       (err = room_for_all(r, s)) ||
	       (err = begin_at(r, s, TCP_RECV_QUEUE)) ||
	       (err = begin_at(r, s, TCP_SEND_QUEUE)) ||
	       (err = join(r, s)) || (err = restore_options(r, s)) ||
	       (err = set(r, s, TCP_TIMESTAMP, r->stamp)) ||
	       (err = fill(r, s, TCP_RECV_QUEUE, r->n[TCP_RECV_QUEUE])) ||
	       (err = fill(r, s, TCP_SEND_QUEUE, sent)) ||
	       (err = restore_window(r, s)) ||
	       (err = set(r, s, TCP_REPAIR, TCP_REPAIR_OFF)) ||
	       (r->unsent && (err = give(r, s, r->octets[TCP_SEND_QUEUE] + sent,
					 r->unsent))));
	return err;
}

void repair_free(struct repair *r)
{
	free(r->octets[TCP_RECV_QUEUE]);
	free(r->octets[TCP_SEND_QUEUE]);
	r->octets[TCP_RECV_QUEUE] = r->octets[TCP_SEND_QUEUE] = NULL;
}
