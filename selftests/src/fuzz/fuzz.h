/* SPDX-License-Identifier: GPL-2.0 */
/* A fuzzer of chimney's faces: netlink, and files. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Errnos that are counted one by one; the greatest on Linux is below */
#define ERRNO_MAX	134

/**
 * struct tally - what the cases of one kind came to
 * @acks: that succeeded
 * @errnos: that were refused, by errno
 */
struct tally {
	unsigned long	acks;
	unsigned long	errnos[ERRNO_MAX];
};

/* Each case has random numbers of its own, so that it can be repeated alone. */
void random_begin(uint64_t seed, uint64_t number);
uint64_t random_number(void);
/* From 0 to @n - 1 */
unsigned int below(unsigned int n);
/* True once in @n times */
bool once_in(unsigned int n);
/* Small, random, or at an edge */
uint64_t edgy(void);

/* Is it an errno with which a request may be refused? */
bool errno_allowed(int err);

/* netlink.c: one case; false: it failed, and said how */
bool netlink_open(const char *dev);
bool netlink_case(struct tally *tallies);
const char *netlink_name(unsigned int kind);
extern const unsigned int netlink_kinds;

/* liar.c: likewise; @dir: the target's folder in debugfs, @dev: its netdev */
bool liar_case(const char *dir, const char *dev, struct tally *tallies);
const char *liar_name(unsigned int kind);
extern const unsigned int liar_kinds;

/* files.c: likewise; a tally for each file */
bool files_case(char **files, unsigned int n, struct tally *tallies);

/* The failure that is being told: what and octets in hexadecimal */
void complain(const char *what, int err, const void *octets, size_t len);

#endif /* FUZZ_H */
