// SPDX-License-Identifier: GPL-2.0
/*
 * The connections of a process: the sockets among its open files, looked up in
 * the kernel's list of TCP sockets.
 */

#include "pid.h"

#include <dirent.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "addr.h"
#include "chimney.h"
#include "nl.h"
#include "output.h"
#include "selection.h"

/**
 * struct inodes - of sockets
 * @list: them
 * @n: how many
 */
struct inodes {
	unsigned long	*list;
	size_t		n;
};

static int compare(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a;
	unsigned long y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

static void add_inode(struct inodes *inodes, unsigned long inode)
{
	unsigned long *list = realloc(inodes->list,
				      (inodes->n + 1) * sizeof(*list));

	if (!list) {
		complain("out of memory");
		exit(FAILED);
	}
	inodes->list = list;
	list[inodes->n++] = inode;
}

/* Open files are links: "socket:[INODE]" */
static bool find_sockets(struct inodes *inodes, pid_t pid)
{
	char path[64], link[64];
	struct dirent *file;
	unsigned long inode;
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir) {
		complain("process %d: %s", (int)pid,
			 errno == ENOENT ? "there is none" : strerror(errno));
		return false;
	}
	while ((file = readdir(dir))) {
		len = readlinkat(dirfd(dir), file->d_name, link,
				 sizeof(link) - 1);
		if (len < 0)
			continue;
		link[len] = 0;
		if (sscanf(link, "socket:[%lu]", &inode) == 1)
			add_inode(inodes, inode);
	}
	closedir(dir);
	qsort(inodes->list, inodes->n, sizeof(*inodes->list), compare);
	return true;
}

/* The lists write addresses as 32 bit words of the machine, in hexadecimal. */
static bool parse_tcp(const char *line, struct match *m, unsigned int *state,
		      unsigned long *inode)
{
	uint32_t saddr, daddr;
	unsigned int sport, dport;

	m->has = HAS_TUPLE;
	if (sscanf(line, " %*u: %8X:%4X %8X:%4X %2X %*s %*s %*s %*u %*u %lu",
		   &saddr, &sport, &daddr, &dport, state, inode) != 6)
		return false;
	take_addr(&m->saddr, &saddr, sizeof(saddr));
	take_addr(&m->daddr, &daddr, sizeof(daddr));
	m->sport = htons(sport);
	m->dport = htons(dport);
	return true;
}

/* Sockets of IPv6 that have an IPv4 connection list its addresses as mapped ones. */
static bool parse_tcp6(const char *line, struct match *m, unsigned int *state,
		       unsigned long *inode)
{
	uint32_t *s = m->saddr.s6_addr32, *d = m->daddr.s6_addr32;
	unsigned int sport, dport;

	m->has = HAS_TUPLE;
	if (sscanf(line,
		   " %*u: %8X%8X%8X%8X:%4X %8X%8X%8X%8X:%4X %2X %*s %*s %*s %*u %*u %lu",
		   &s[0], &s[1], &s[2], &s[3], &sport,
		   &d[0], &d[1], &d[2], &d[3], &dport, state, inode) != 12)
		return false;
	m->sport = htons(sport);
	m->dport = htons(dport);
	return true;
}

static size_t add_from(struct selection *s, const struct inodes *inodes,
		       const char *path,
		       bool (*parse)(const char *line, struct match *m,
				     unsigned int *state,
				     unsigned long *inode))
{
	FILE *file = fopen(path, "r");
	unsigned int state;
	unsigned long inode;
	struct match m;
	char line[512];
	size_t n = 0;

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (!parse(line, &m, &state, &inode) ||
		    state != TCP_ESTABLISHED ||
		    !bsearch(&inode, inodes->list, inodes->n,
			     sizeof(inode), compare))
			continue;
		add_match(s, &m);
		n++;
	}
	fclose(file);
	return n;
}

/* Requests are about our own network namespace. */
static bool same_netns(pid_t pid)
{
	struct stat theirs, ours;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	return stat(path, &theirs) || stat("/proc/self/ns/net", &ours) ||
	       (theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino);
}

static bool is_conn(struct json_object *obj, const struct match *m)
{
	struct in6_addr saddr, daddr;

	return !strcmp(text_of(obj, "type"), "conn") &&
	       htons(number_of(obj, "sport")) == m->sport &&
	       htons(number_of(obj, "dport")) == m->dport &&
	       parse_addr(text_of(obj, "saddr"), &saddr) &&
	       parse_addr(text_of(obj, "daddr"), &daddr) &&
	       addr_same(&saddr, &m->saddr) && addr_same(&daddr, &m->daddr);
}

/* Keeps those of the last @n matches that are offloaded. */
static bool keep_offloaded(struct selection *s, size_t n, pid_t pid)
{
	size_t first = s->matches - n, i, j;
	struct json_object *list;
	struct nl nl;

	if (!nl_open(&nl))
		return false;
	list = nl_dump(&nl, CHIMNEY_CMD_OBJECT_GET, 0);
	nl_close(&nl);
	if (!list)
		return false;
	s->matches = first;
	for (i = first; i < first + n; i++) {
		for (j = 0; j < length_of(list); j++) {
			if (!is_conn(json_object_array_get_idx(list, j),
				     &s->match[i]))
				continue;
			s->match[s->matches++] = s->match[i];
			break;
		}
	}
	json_object_put(list);
	if (s->matches == first)
		complain("no connection of process %d is offloaded", (int)pid);
	return s->matches > first;
}

bool add_process(struct selection *s, pid_t pid, bool offloaded)
{
	struct inodes inodes = {};
	size_t n;

	if (!find_sockets(&inodes, pid))
		return false;
	if (!same_netns(pid)) {
		complain("process %d is in another network namespace: nsenter -t %d -n chimney ...",
			 (int)pid, (int)pid);
		free(inodes.list);
		return false;
	}
	n = add_from(s, &inodes, "/proc/self/net/tcp", parse_tcp);
	n += add_from(s, &inodes, "/proc/self/net/tcp6", parse_tcp6);
	free(inodes.list);
	if (!n)
		complain("process %d has no established TCP connection",
			 (int)pid);
	return n && (!offloaded || keep_offloaded(s, n, pid));
}
