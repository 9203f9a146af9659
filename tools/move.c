// SPDX-License-Identifier: GPL-2.0
/*
 * What offload and terminate have in common: ask, wait, report.
 *
 * The kernel answers at once which objects it accepts; what becomes of them it
 * tells by events. So we listen before we ask. Should events be lost, the
 * journals have them: they are read again, and taken in the same way.
 *
 * A result is the kernel's own (ids, addresses, why), to which we add:
 * "result", which is "offloaded" or "uploaded" for what has arrived, "refused",
 * "failed" or "pending"; and of the last event its status, reason, took_ns.
 */

#include "move.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "chimney.h"
#include "nl.h"
#include "output.h"
#include "selection.h"

/**
 * struct progress - how far a request is
 * @m: what was asked for
 * @results: one for each object, sorted by id
 * @pending: how many have not ended
 * @complete: the kernel said all it had to say
 * @begun: when it was asked, CLOCK_BOOTTIME
 */
struct progress {
	const struct move	*m;
	struct json_object	*results;
	size_t			pending;
	bool			complete;
	uint64_t		begun;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void set_text(struct json_object *obj, const char *key, const char *text)
{
	json_object_object_add(obj, key, json_object_new_string(text));
}

/* ---- asking ------------------------------------------------------------ */

static void take_result(struct progress *p, struct json_object *result)
{
	bool refused = number_of(result, "errno");

	set_text(result, "result", refused ? "refused" : "pending");
	p->pending += !refused;
	json_object_array_add(p->results, json_object_get(result));
}

static int take_answer(struct json_object *msg, void *arg)
{
	struct json_object *list = member_of(msg, "result");
	struct progress *p = arg;
	size_t i;

	for (i = 0; i < length_of(list); i++)
		take_result(p, json_object_array_get_idx(list, i));
	if (member_of(msg, "accepted"))
		p->complete = true;
	json_object_put(msg);
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	uint64_t x = number_of(*(struct json_object *const *)a, "id");
	uint64_t y = number_of(*(struct json_object *const *)b, "id");

	return x < y ? -1 : x > y;
}

static bool ask(struct progress *p, const struct selection *s)
{
	struct nlmsghdr *request;
	struct nl nl;
	int err;

	if (!nl_open(&nl))
		return false;
	request = nl_request(&nl, p->m->cmd, false, selection_room(s));
	put_selection(request, s);
	p->begun = now_ns();
	err = nl_talk(&nl, request, 0, take_answer, p);
	nl_close(&nl);
	if (!err && !p->complete)
		complain("the kernel's answer is not complete: see chimney show");
	json_object_array_sort(p->results, compare_ids);
	return !err;
}

/* ---- waiting ----------------------------------------------------------- */

static struct json_object *find_result(struct progress *p,
				       struct json_object *event)
{
	return json_object_array_bsearch(event, p->results, compare_ids);
}

static void keep(struct json_object *result, struct json_object *event,
		 const char *key)
{
	struct json_object *value = member_of(event, key);

	if (value)
		json_object_object_add(result, key, json_object_get(value));
}

/*
 * An offload that came to nothing leaves its object where a terminate wants it,
 * unless the target did not answer: then the connection's state is not known.
 */
static bool unharmed(struct json_object *event)
{
	return !strcmp(text_of(event, "status"), "ok") ||
	       (!strcmp(text_of(event, "to"), "inhost") &&
		strcmp(text_of(event, "from"), "uploading") &&
		strcmp(text_of(event, "status"), "timeout"));
}

/* Has an object got where it should, or where it stays? */
static const char *outcome(const struct move *m, struct json_object *event)
{
	const char *to = text_of(event, "to");

	if (!strcmp(to, m->goal) && unharmed(event))
		return m->done;
	if (!strcmp(to, "inhost") || !strcmp(to, "quarantined"))
		return "failed";
	return NULL;
}

static int take_event(struct json_object *event, void *arg)
{
	struct progress *p = arg;
	struct json_object *result;
	const char *how;

	result = member_of(event, "id") && member_of(event, "to") ?
		 find_result(p, event) : NULL;
	how = result ? outcome(p->m, event) : NULL;
	if (how && !strcmp(text_of(result, "result"), "pending") &&
	    number_of(event, "at_ns") >= p->begun) {
		set_text(result, "result", how);
		keep(result, event, "status");
		keep(result, event, "reason");
		keep(result, event, "why");
		keep(result, event, "took_ns");
		p->pending--;
	}
	json_object_put(event);
	return 0;
}

/* Reads the journals in place of events that were lost. */
static void catch_up(struct progress *p)
{
	struct nl nl;

	if (!nl_open(&nl))
		return;
	nl_talk(&nl, nl_request(&nl, CHIMNEY_CMD_JOURNAL_GET, true, 64), 0,
		take_event, p);
	nl_close(&nl);
}

static void wait_for_all(struct progress *p, struct nl *events)
{
	uint64_t end = p->begun + options.timeout_ms * 1000000ULL;
	uint64_t now;
	int ret;

	while (p->pending) {
		now = now_ns();
		if (now >= end)
			break;
		ret = nl_events(events, (end - now + 999999) / 1000000,
				take_event, p);
		if (ret == -ENOBUFS)
			catch_up(p);
		else if (ret && ret != -ETIMEDOUT)
			break;
	}
	/* A target that went away took its last words with it. */
	if (p->pending)
		catch_up(p);
}

/* ---- reporting --------------------------------------------------------- */

static void print_refusal(struct json_object *result)
{
	struct json_object *list = member_of(result, "dependent");
	size_t i;

	printf(": %s", text_of(result, "why"));
	for (i = 0; i < length_of(list); i++)
		printf("%s%s", i ? " " : ": ",
		       json_object_get_string(json_object_array_get_idx(list,
									i)));
}

static void print_result(struct json_object *result)
{
	const char *how = text_of(result, "result");

	printf("%s: %s", object_name(result), how);
	if (!strcmp(how, "refused")) {
		print_refusal(result);
	} else if (!strcmp(how, "failed")) {
		printf(", %s", text_of(result, "status"));
		if (*text_of(result, "why"))
			printf(": %s", text_of(result, "why"));
	} else if (member_of(result, "took_ns")) {
		printf(" in %s", show_time(number_of(result, "took_ns")));
	}
	putchar('\n');
}

static size_t count(const struct progress *p, const char *how)
{
	size_t i, n = 0;

	for (i = 0; i < length_of(p->results); i++)
		n += !strcmp(text_of(json_object_array_get_idx(p->results, i),
				     "result"), how);
	return n;
}

static void print_text(const struct progress *p)
{
	static const char *const ways[] = { "refused", "failed", "pending" };
	size_t i, n;

	for (i = 0; i < length_of(p->results); i++)
		print_result(json_object_array_get_idx(p->results, i));
	if (!length_of(p->results)) {
		if (p->complete)
			puts(p->m->nothing);
		return;
	}
	printf("%zu %s", count(p, p->m->done), p->m->done);
	for (i = 0; i < 3; i++) {
		n = count(p, ways[i]);
		if (n)
			printf(", %zu %s", n, ways[i]);
	}
	putchar('\n');
}

static void print_all(const struct progress *p)
{
	if (options.json)
		print_json(p->results);
	else
		print_text(p);
}

static int exit_status(const struct progress *p)
{
	if (!p->complete)
		return FAILED;
	if (!length_of(p->results))
		return p->m->nothing_status;
	if (count(p, "refused") || count(p, "failed"))
		return FAILED;
	return options.no_wait || !p->pending ? DONE : FAILED;
}

int run_move(const struct move *m, char **argv)
{
	struct progress p = { .m = m };
	struct selection s;
	struct nl events;
	int status;

	status = take_selection(&s, argv, m->cmd == CHIMNEY_CMD_OFFLOAD);
	if (status)
		goto out_selection;
	status = FAILED;
	if (!nl_open(&events))
		goto out_selection;
	p.results = json_object_new_array();
	if (!options.no_wait && !nl_subscribe(&events))
		goto out_events;

	if (ask(&p, &s)) {
		if (!options.no_wait)
			wait_for_all(&p, &events);
		print_all(&p);
		status = exit_status(&p);
	} else if (length_of(p.results)) {
		print_all(&p);		/* they say why */
	}
out_events:
	json_object_put(p.results);
	nl_close(&events);
out_selection:
	free_selection(&s);
	return status;
}
