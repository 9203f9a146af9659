// SPDX-License-Identifier: GPL-2.0
/* Reads and writes of files that the kernel makes up */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define TEXT_MAX	8192

/* Deadlines are files too: none that a target could miss, as in netlink.c. */
static uint64_t any_number(void)
{
	uint64_t number = edgy();

	return number > 7 && number < 20000 ? 20000 : number;
}

static size_t put_word(char *text)
{
	static const char * const words[] = {
		"all", "terminate", "ignore", "hold", "ready", "on", "-1",
		"10.77.0.1:5000", "10.77.0.2:65535", "1.2.3.4:99999", "0x10",
		"[fd77::1]:5000", "[fd77::2]:65535", "[::ffff:10.77.0.1]:5000",
		"[::]:99999", "[fe80::1%1]:1", "[1:2:3:4:5:6:7:8:9]:1", "[::1",
		"[]:1", "::1:1", "%n%s", "..", "\n", "1:2", "4:3", ":", "99999999999999999999",
	};

	switch (below(3)) {
	case 0:
		return sprintf(text, "%" PRIu64, any_number());
	case 1:
		return sprintf(text, "hold %" PRIu64, any_number());
	default:
		return sprintf(text, "%s", words[below(sizeof(words) /
						       sizeof(*words))]);
	}
}

/* Words, octets, nothing, or far too much */
static size_t make_text(char *text)
{
	unsigned int words = below(4);
	size_t len = 0, i;

	switch (below(8)) {
	case 0:
		return 0;
	case 1:
		len = below(TEXT_MAX);
		memset(text, 'a' + below(26), len);
		return len;
	case 2:
		len = 1 + below(80);
		for (i = 0; i < len; i++)
			text[i] = random_number();
		return len;
	default:
		while (words--) {
			len += put_word(text + len);
			text[len++] = once_in(16) ? '\0' : ' ';
		}
		if (once_in(2))
			text[len++] = '\n';
		return len;
	}
}

bool files_case(char **files, unsigned int n, struct tally *tallies)
{
	unsigned int which = below(n);
	bool reads = once_in(3);
	char text[TEXT_MAX];
	size_t len = 0;
	ssize_t done;
	int fd;

	fd = open(files[which], (reads ? O_RDONLY : O_WRONLY) | O_CLOEXEC);
	if (fd < 0)
		/* It cannot be opened so, or has just gone. */
		return errno == EACCES || errno == ENOENT || errno == ENODEV ||
		       (complain(files[which], errno, "", 0), false);
	if (!reads)
		len = make_text(text);
	done = reads ? read(fd, text, sizeof(text)) : write(fd, text, len);
	if (done < 0)
		tallies[which].errnos[errno]++;
	else
		tallies[which].acks++;
	/* Where the simulator takes a descriptor, it may be a bad one. */
	if (done < 0 && errno != EBADF && !errno_allowed(errno)) {
		complain(files[which], errno, text, len);
		close(fd);
		return false;
	}
	close(fd);
	return true;
}
