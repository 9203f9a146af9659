// SPDX-License-Identifier: GPL-2.0
/*
 * The referee's own test: requests made up by the user run through a referee
 * with books of its own, behind which there is neither host nor target. So a
 * test can break each rule and see that it bites.
 *
 * One write, one call of the host:
 *
 *	initiate TYPE:HANDLE:PARENT[:BROKEN] ... [n=N] [op=OP] [batch=N]
 *	terminate|query|invalidate TYPE:HANDLE ... [reason=R] [n=N] [op=OP]
 *						   [batch=N]
 *	update TYPE:HANDLE:PARENT ...
 *	complete OP HANDLE STATUS
 *	send HANDLE SEQ LEN, forward HANDLE, credit HANDLE, reset HANDLE
 *	begin HANDLE: an operation of the connection begins and does not end
 *	stray HANDLE: a frame is to be sent without a path
 *	clear: new books
 *
 * n= says what the batch claims to hold, op= and batch= what its requests claim
 * to be. A connection's first octet to send is 1000, and all is IPv6. BROKEN may be
 * "addresses": those of a path are of two protocols, or those of a connection not
 * its path's. With anything else a path's MTU is too small, or a connection's state
 * does not agree with its queues. Reading shows the violations.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/ipv6.h>
#include "inject.h"
#include "../targets/common/names.h"

#define WORDS_MAX	16
#define FIRST_SEQ	1000

/**
 * struct injection - a batch made up from words
 * @b: the batch
 * @st: state of all its connections
 * @broken: a state that cannot be
 * @elsewhere: one of a connection between other addresses
 * @reqs: its requests
 * @used: how many
 */
struct injection {
	struct chimney_batch		b;
	struct chimney_tcp_state	st;
	struct chimney_tcp_state	broken;
	struct chimney_tcp_state	elsewhere;
	struct chimney_req		reqs[WORDS_MAX];
	unsigned int			used;
};

static int split(char *line, char *words[WORDS_MAX])
{
	char *word;
	int n = 0;

	line = strim(line);
	while ((word = strsep(&line, " \t\n")) != NULL) {
		if (!*word)
			continue;
		if (n == WORDS_MAX)
			return -E2BIG;
		words[n++] = word;
	}
	return n;
}

static void add_state(struct injection *in, struct chimney_req *req,
		      const char *broken)
{
	bool addresses = broken && !strcmp(broken, "addresses");

	if (req->type == CHIMNEY_TYPE_PATH) {
		req->path.mtu = broken && !addresses ? IPV6_MIN_MTU - 1 : 1500;
		if (addresses)
			ipv6_addr_set_v4mapped(0, &req->path.daddr);
	} else if (req->type == CHIMNEY_TYPE_CONN) {
		req->tcp = addresses ? &in->elsewhere :
			   broken ? &in->broken : &in->st;
	}
}

/* TYPE:HANDLE[:PARENT[:BROKEN]] */
static int add_request(struct injection *in, char *word)
{
	struct chimney_req *req = &in->reqs[in->used];
	char *type = strsep(&word, ":");
	char *handle = strsep(&word, ":");
	char *parent = strsep(&word, ":");
	int t = target_type_parse(type);

	if (t < 0 || !handle || kstrtou64(handle, 0, &req->handle) ||
	    (parent && kstrtou64(parent, 0, &req->parent)))
		return -EINVAL;

	req->op = in->b.op;
	req->type = t;
	req->batch = in->b.id;
	req->reason = CHIMNEY_REASON_ADMINISTRATOR;
	__skb_queue_head_init(&req->sent);
	__skb_queue_head_init(&req->ooo);
	add_state(in, req, word);
	list_add_tail(&req->list, &in->b.reqs);
	in->used++;
	in->b.n++;
	return 0;
}

/* NAME=VALUE; meant for the requests that stand before it */
static int apply_option(struct injection *in, char *name, char *value)
{
	unsigned int i;
	u64 number = 0;
	int word;

	if (!strcmp(name, "reason"))
		word = target_reason_parse(value);
	else if (!strcmp(name, "op"))
		word = target_op_parse(value);
	else
		word = kstrtou64(value, 0, &number);
	if (word < 0)
		return -EINVAL;

	if (!strcmp(name, "n")) {
		in->b.n = number;
		return 0;
	}
	for (i = 0; i < in->used; i++) {
		if (!strcmp(name, "reason"))
			in->reqs[i].reason = word;
		else if (!strcmp(name, "op"))
			in->reqs[i].op = word;
		else if (!strcmp(name, "batch"))
			in->reqs[i].batch = number;
		else
			return -EINVAL;
	}
	return 0;
}

static int inject_batch(struct chimsim_inject *inject, int op, char **words,
			int n)
{
	struct injection *in;
	int i, err = 0;
	char *value;

	in = kzalloc(sizeof(*in), GFP_KERNEL);
	if (!in)
		return -ENOMEM;
	INIT_LIST_HEAD(&in->b.reqs);
	in->b.op = op;
	in->b.id = ++inject->batches;
	in->st.snd_una = FIRST_SEQ;
	in->st.snd_nxt = FIRST_SEQ;
	in->broken = in->st;
	in->broken.snd_nxt++;
	in->elsewhere = in->st;
	in->elsewhere.daddr.s6_addr[15] = 1;

	for (i = 0; i < n && !err; i++) {
		value = strchr(words[i], '=');
		if (value) {
			*value++ = '\0';
			err = apply_option(in, words[i], value);
		} else {
			err = add_request(in, words[i]);
		}
	}
	if (!err)
		chimsim_referee_submit(&inject->ref, &in->b);
	kfree(in);
	return err;
}

static int inject_complete(struct chimsim_inject *inject, char **words, int n)
{
	int op, status;
	u64 handle;

	if (n != 3)
		return -EINVAL;
	op = target_op_parse(words[0]);
	status = target_status_parse(words[2]);
	if (op < 0 || status < 0 || kstrtou64(words[1], 0, &handle))
		return -EINVAL;
	chimsim_referee_complete(&inject->ref, handle, op, status);
	return 0;
}

static int inject_play(struct chimsim_inject *inject, const char *what,
		       char **words, int n)
{
	bool send = !strcmp(what, "send");
	struct chimsim_play play;
	u32 seq = 0, len = 0;
	u64 handle;

	if (n != (send ? 3 : 1) || kstrtou64(words[0], 0, &handle))
		return -EINVAL;
	if (send && (kstrtou32(words[1], 0, &seq) ||
		     kstrtou32(words[2], 0, &len)))
		return -EINVAL;

	chimsim_referee_begin(&inject->ref, &play, handle, send ? &seq : NULL);
	if (strcmp(what, "begin"))
		chimsim_referee_end(&inject->ref, &play, len);
	return 0;
}

static void inject_clear(struct chimsim_inject *inject)
{
	chimsim_referee_destroy(&inject->ref);
	chimsim_referee_init(&inject->ref, NULL, NULL);
}

static int inject_words(struct chimsim_inject *inject, char **words, int n)
{
	static const char * const plays[] = {
		"send", "forward", "credit", "reset", "begin",
	};
	u64 handle;
	int op;

	if (!strcmp(words[0], "clear") && n == 1) {
		inject_clear(inject);
		return 0;
	}
	if (!strcmp(words[0], "complete"))
		return inject_complete(inject, words + 1, n - 1);
	if (!strcmp(words[0], "stray") && n == 2 &&
	    !kstrtou64(words[1], 0, &handle)) {
		chimsim_referee_violation(&inject->ref, CHIMSIM_RULE_STRAY,
					  handle);
		return 0;
	}
	if (match_string(plays, ARRAY_SIZE(plays), words[0]) >= 0)
		return inject_play(inject, words[0], words + 1, n - 1);

	op = target_op_parse(words[0]);
	return op < 0 ? op : inject_batch(inject, op, words + 1, n - 1);
}

int chimsim_inject_line(struct chimsim_inject *inject, char *line)
{
	char *words[WORDS_MAX];
	int n, err;

	n = split(line, words);
	if (n <= 0)
		return n ? n : -EINVAL;
	mutex_lock(&inject->lock);
	err = inject_words(inject, words, n);
	mutex_unlock(&inject->lock);
	return err;
}

void chimsim_inject_show(struct seq_file *s, struct chimsim_inject *inject)
{
	mutex_lock(&inject->lock);
	chimsim_referee_show(s, &inject->ref);
	mutex_unlock(&inject->lock);
}

void chimsim_inject_init(struct chimsim_inject *inject)
{
	mutex_init(&inject->lock);
	inject->batches = 0;
	chimsim_referee_init(&inject->ref, NULL, NULL);
}

void chimsim_inject_destroy(struct chimsim_inject *inject)
{
	chimsim_referee_destroy(&inject->ref);
	mutex_destroy(&inject->lock);
}
