// SPDX-License-Identifier: GPL-2.0
/* Words that several verbs understand. */

#include "words.h"

#include <net/if.h>
#include <string.h>
#include "chimney.h"
#include "parse.h"

unsigned int take_dev(const char *name)
{
	unsigned int ifindex = if_nametoindex(name);

	if (!ifindex)
		complain("there is no device '%s' in this network namespace",
			 name);
	return ifindex;
}

static bool knows(const char *known, const char *word)
{
	size_t len = strlen(word);
	const char *at = known;

	while ((at = strstr(at, word))) {
		if ((at == known || at[-1] == ' ') &&
		    (!at[len] || at[len] == ' '))
			return true;
		at += len;
	}
	return false;
}

int take_words(struct words *w, const char *known, char **argv)
{
	memset(w, 0, sizeof(*w));
	for (; *argv; argv += 2) {
		const char *word = argv[0], *value = argv[1];

		if (!*word || !knows(known, word))
			return usage("'%s' means nothing here", word);
		if (!value)
			return usage("'%s' wants something to follow", word);
		if (!strcmp(word, "dev")) {
			w->ifindex = take_dev(value);
			if (!w->ifindex)
				return FAILED;
		} else if (!parse_u64(value, !strcmp(word, "id") ? &w->id :
							&w->last)) {
			return usage("'%s' is no number", value);
		}
	}
	return DONE;
}
