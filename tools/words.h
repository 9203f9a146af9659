/* SPDX-License-Identifier: GPL-2.0 */
/* Words that several verbs understand. */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <json-c/json.h>

/**
 * struct words - what "dev DEV", "id ID", "last N" said
 * @ifindex: of the netdev; 0: not said
 * @id: of the object; 0: not said
 * @last: how many; 0: not said
 */
struct words {
	unsigned int	ifindex;
	uint64_t	id;
	uint64_t	last;
};

/*
 * Takes these words; @known lists those that the verb understands ("dev id").
 * DONE, FAILED if there is no such device, USAGE.
 */
int take_words(struct words *w, const char *known, char **argv);

/* The number of a netdev; 0: it has complained. */
unsigned int take_dev(const char *name);

#endif /* WORDS_H */
