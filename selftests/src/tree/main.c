// SPDX-License-Identifier: GPL-2.0
/*
 * tree [-n OPERATIONS] [-s SEED] [-f OPERATION] DEVICE DEVICE - a random walk
 * over the offload trees of two null targets, against a model.
 *
 * An operation offloads connections that are made up, or terminates any
 * combination of objects. Some follow each other at once, so that they meet in
 * the kernel. After each the invariants are checked; when it has settled, the
 * tree must be the model's, and the journal must tell of nothing that may not
 * happen. -f makes the model wrong on purpose, from an operation on: a walk that
 * goes on then has checked nothing.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common/pattern.h"
#include "tree.h"

static struct model model;
static struct answer answer;
static struct object objects[OBJECTS];
static uint64_t seed = 1, random_state;
static unsigned long operation;
static char log_text[4096];
static unsigned int touched;	/* targets, as bits */
static unsigned long offloads, terminates, refusals, chains, conns, looks;

static uint32_t draw(uint32_t n)
{
	return (pattern_mix(++random_state) >> 16) % n;
}

void say(const char *format, ...)
{
	size_t len = strlen(log_text);
	va_list args;

	va_start(args, format);
	vsnprintf(log_text + len, sizeof(log_text) - len, format, args);
	va_end(args);
}

static void show_objects(void)
{
	size_t n = world_dump(objects), i;

	for (i = 0; i < n; i++)
		fprintf(stderr, "  target %d object %llu type %u parent %llu state %u%s count %u\n",
			objects[i].target, (unsigned long long)objects[i].id,
			objects[i].type, (unsigned long long)objects[i].parent,
			objects[i].state, objects[i].closing ? " closing" : "",
			objects[i].refcount);
}

void give_up(const char *format, ...)
{
	static bool again;
	va_list args;

	fprintf(stderr, "tree: seed %llu, operation %lu: ",
		(unsigned long long)seed, operation);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n%s", log_text);
	if (!again && ifindex[0]) {
		again = true;
		show_objects();
	}
	exit(1);
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/* Waits until the tree is what the model says. */
static void settle(void)
{
	uint64_t end = now_ms() + 10000;
	struct timespec pause = { .tv_nsec = 100000 };
	const char *bad;
	size_t n;

	for (;;) {
		n = world_dump(objects);
		looks++;
		bad = model_compare(&model, objects, n);
		if (!bad)
			break;
		if (now_ms() > end)
			give_up("not as in the model: %s", bad);
		nanosleep(&pause, NULL);
	}
	world_journal(objects, n, operation % 50 ? touched : ~0U);
	world_check();
	touched = 0;
	log_text[0] = '\0';
}

/* ---- choosing ------------------------------------------------------------ */

static struct place random_place(void)
{
	struct place p = { draw(TARGETS), draw(NEIGHS), draw(PATHS), draw(CONNS) };

	return p;
}

/* The first connection from a random place on for which @want holds */
static bool find_conn(struct place *p, bool (*want)(const struct conn *c))
{
	int all = TARGETS * NEIGHS * PATHS * CONNS, i = draw(all), tries;

	for (tries = 0; tries < all; tries++, i = (i + 1) % all) {
		p->target = i / (NEIGHS * PATHS * CONNS);
		p->neigh = i / (PATHS * CONNS) % NEIGHS;
		p->path = i / CONNS % PATHS;
		p->conn = i % CONNS;
		if (want(model_conn(&model, *p)))
			return true;
	}
	return false;
}

static bool is_there(const struct conn *c)
{
	return c->id && !c->maybe;
}

static bool is_there_and_old(const struct conn *c)
{
	return c->id && c->old;
}

static unsigned int total(void)
{
	const struct conn *c = &model.conn[0][0][0][0];
	unsigned int n = 0, i;

	for (i = 0; i < sizeof(model.conn) / sizeof(*c); i++)
		n += !!c[i].id;
	return n;
}

/* ---- offload ------------------------------------------------------------- */

static void take_offloaded(const struct place *p, unsigned int n,
			   uint32_t priority)
{
	unsigned int i, k;
	struct conn *c;

	if (answer.err || answer.accepted != n || answer.refused)
		give_up("offload: %d (%s), %u accepted, %u refused (%s)",
			answer.err, request_text(), answer.accepted,
			answer.refused, answer.why);
	for (i = 0; i < answer.n; i++) {
		for (k = 0; k < n; k++)
			if (!memcmp(&answer.conn[i], &p[k], sizeof(*p)))
				break;
		if (k == n || !answer.id[i])
			give_up("offload: result %u is of nothing asked for", i);
		if (answer.id[i] <= model.highest)
			give_up("id %llu is given out again",
				(unsigned long long)answer.id[i]);
		c = model_conn(&model, answer.conn[i]);
		if (c->id)
			give_up("offload: a result came twice");
		c->id = answer.id[i];
		touched |= 1 << answer.conn[i].target;
		c->priority = priority;
		say(" %llu", (unsigned long long)c->id);
	}
	if (answer.n != n)
		give_up("offload: %zu results for %u connections", answer.n, n);
}

static void offload(void)
{
	unsigned int want = 1 + draw(6), n = 0, i, k;
	struct place place[6], p = random_place();
	uint32_t priority = draw(3);

	request_begin(CHIMNEY_CMD_OFFLOAD);
	request_target(p.target);
	if (priority)
		request_priority(priority);
	say("offload target %d:", p.target);
	for (i = 0; i < want; i++) {
		/* Near each other, so that they share parents */
		place[n] = random_place();
		place[n].target = p.target;
		if (draw(2))
			place[n].neigh = p.neigh;
		if (draw(2))
			place[n].path = p.path;
		for (k = 0; k < n; k++)
			if (!memcmp(&place[k], &place[n], sizeof(*place)))
				break;
		if (k < n || model_conn(&model, place[n])->id)
			continue;
		say(" %d/%d/%d", place[n].neigh, place[n].path, place[n].conn);
		request_conn(place[n++]);
	}
	if (n) {
		say(" ->");
		request_send(&answer);
		take_offloaded(place, n, priority);
		offloads++;
		conns += n;
	}
	say("\n");
}

/* ---- terminate ----------------------------------------------------------- */

/* Connections that the answer names are caught for sure. */
static void take_listed(void)
{
	struct conn *c;
	size_t i;

	for (i = 0; i < answer.n; i++) {
		if (answer.conn[i].target < 0)
			continue;
		c = model_conn(&model, answer.conn[i]);
		if (c->id == answer.id[i])
			model_remove(&model, answer.conn[i]);
	}
}

/*
 * What depended on a path that was taken along has gone. A connection that was
 * on its way there may have been caught as well, if it had got far enough: it
 * is named then, or it is not and both is right.
 */
static void path_has_gone(struct place p)
{
	bool left = false;

	for (p.conn = 0; p.conn < CONNS; p.conn++) {
		struct conn *c = model_conn(&model, p);

		if (!c->id)
			continue;
		if (c->old)
			model_remove(&model, p);
		else
			c->maybe = left = true;
	}
	model.path[p.target][p.neigh][p.path].must_go = true;
	if (!left)
		model_remove_path(&model, p);
}

static void neigh_has_gone(struct place p)
{
	for (p.path = 0; p.path < PATHS; p.path++)
		path_has_gone(p);
	model.neigh[p.target][p.neigh].must_go = true;
}

static void expect_terminated(void)
{
	if (answer.err || answer.refused)
		give_up("terminate: %d (%s), %u refused", answer.err,
			request_text(), answer.refused);
	take_listed();
	touched = ~0U;
	terminates++;
}

/* The ids of a path and a neighbor, if they are still what they were */
static uint64_t path_id(struct place p)
{
	struct parent *parent = &model.path[p.target][p.neigh][p.path];

	return parent->was_empty || parent->must_go ? 0 : parent->id;
}

static uint64_t neigh_id(struct place p)
{
	struct parent *parent = &model.neigh[p.target][p.neigh];

	return parent->was_empty || parent->must_go ? 0 : parent->id;
}

/* Any combination: what was drawn is asked for in one request. */
static void terminate_some(void)
{
	unsigned int want = 1 + draw(5), n = 0, i, layer;
	struct place gone[5], p;
	unsigned int layers[5];
	uint64_t id;

	request_begin(CHIMNEY_CMD_TERMINATE);
	say("terminate");
	for (i = 0; i < want; i++) {
		if (!find_conn(&p, is_there))
			break;
		layer = draw(8);
		id = layer < 5 ? model_conn(&model, p)->id :
		     layer < 7 ? path_id(p) : neigh_id(p);
		if (!id)
			continue;
		say(" %s %llu", layer < 5 ? "connection" :
		    layer < 7 ? "path" : "neighbor", (unsigned long long)id);
		request_id(id);
		layers[n] = layer;
		gone[n++] = p;
	}
	say("\n");
	if (!n)
		return;
	request_send(&answer);
	expect_terminated();
	for (i = 0; i < n; i++) {
		if (layers[i] < 5)
			model_remove(&model, gone[i]);
		else if (layers[i] < 7)
			path_has_gone(gone[i]);
		else
			neigh_has_gone(gone[i]);
	}
}

static void all_have_gone(int target)
{
	struct place p = { .target = target };

	for (p.neigh = 0; p.neigh < NEIGHS; p.neigh++)
		model_remove_neigh(&model, p);
}

static void terminate_target(void)
{
	int target = draw(TARGETS);

	say("terminate target %d\n", target);
	request_begin(CHIMNEY_CMD_TERMINATE);
	request_target(target);
	request_send(&answer);
	expect_terminated();
	all_have_gone(target);
}

static void terminate_everything(void)
{
	int t;

	say("terminate everything\n");
	request_begin(CHIMNEY_CMD_TERMINATE);
	request_flag(CHIMNEY_A_REQUEST_ALL);
	request_send(&answer);
	expect_terminated();
	for (t = 0; t < TARGETS; t++)
		all_have_gone(t);
}

static void terminate_port(void)
{
	struct place p = random_place();

	say("terminate target %d port %u\n", p.target, place_dport(p));
	request_begin(CHIMNEY_CMD_TERMINATE);
	request_target(p.target);
	request_filter_dport(place_dport(p));
	request_send(&answer);
	expect_terminated();
	for (p.neigh = 0; p.neigh < NEIGHS; p.neigh++)
		for (p.path = 0; p.path < PATHS; p.path++)
			for (p.conn &= 1; p.conn < CONNS; p.conn += 2)
				model_remove(&model, p);
}

/* The same twice: one request in the end */
static void terminate_twice(void)
{
	struct place p;
	uint64_t id;

	if (!find_conn(&p, is_there_and_old))
		return;
	id = path_id(p);
	if (!id)
		return;
	say("terminate path %llu twice\n", (unsigned long long)id);
	request_begin(CHIMNEY_CMD_TERMINATE);
	request_id(id);
	request_send(&answer);
	expect_terminated();
	path_has_gone(p);
	request_begin(CHIMNEY_CMD_TERMINATE);
	request_id(id);
	request_send(&answer);
	if (answer.err && answer.err != -ENOENT)
		give_up("terminate again: %d (%s)", answer.err, request_text());
	take_listed();
}

/* ---- what is refused, and changes nothing --------------------------------- */

static void refuse_unused(void)
{
	bool path = draw(2);
	struct place p;
	unsigned int n;

	if (!find_conn(&p, is_there_and_old))
		return;
	n = path ? model_path_count(&model, p) : model_neigh_count(&model, p);
	say("terminate, if unused, what has %u dependents\n", n);
	request_begin(CHIMNEY_CMD_TERMINATE);
	request_id(path ? path_id(p) : neigh_id(p));
	request_id(model_conn(&model, p)->id);
	request_flag(CHIMNEY_A_REQUEST_IF_UNUSED);
	request_send(&answer);
	if (answer.err != -EBUSY || answer.dependents != n)
		give_up("if-unused: %d (%s), %u dependents named, not %u",
			answer.err, request_text(), answer.dependents, n);
	refusals++;
}

static void unused_conn(void)
{
	struct place p;

	if (!find_conn(&p, is_there_and_old))
		return;
	say("terminate, if unused, connection %llu\n",
	    (unsigned long long)model_conn(&model, p)->id);
	request_begin(CHIMNEY_CMD_TERMINATE);
	request_id(model_conn(&model, p)->id);
	request_flag(CHIMNEY_A_REQUEST_IF_UNUSED);
	request_send(&answer);
	expect_terminated();
	model_remove(&model, p);
}

static void refuse_unknown(void)
{
	struct place p;

	say("terminate an object that is not there\n");
	request_begin(CHIMNEY_CMD_TERMINATE);
	if (find_conn(&p, is_there_and_old))
		request_id(model_conn(&model, p)->id);
	request_id(draw(2) ? model.highest + 1000000 : 0);
	request_send(&answer);
	if (answer.err != -ENOENT || !request_text()[0])
		give_up("unknown object: %d (%s)", answer.err, request_text());
	refusals++;
}

/* ---- the walk ------------------------------------------------------------ */

static bool is_undecided(const struct conn *c)
{
	return c->maybe;
}

/*
 * Operations that may follow each other before the tree has settled; what
 * becomes of a connection that is undecided only the tree can tell.
 */
static void chain(void)
{
	unsigned int n = 2 + draw(3);
	struct place p;

	chains++;
	while (n-- && !find_conn(&p, is_undecided)) {
		switch (draw(6)) {
		case 0:
		case 1:
		case 2:
			offload();
			break;
		case 3:
		case 4:
			terminate_some();
			break;
		default:
			if (draw(2))
				terminate_target();
			else
				terminate_port();
			break;
		}
		world_check();
	}
}

static void one_operation(void)
{
	unsigned int r = draw(100), n = total();

	if (n < 6 || (n < 24 && r < 40))
		offload();
	else if (r < 65)
		terminate_some();
	else if (r < 80)
		chain();
	else if (r < 83)
		terminate_port();
	else if (r < 86)
		terminate_twice();
	else if (r < 90)
		refuse_unused();
	else if (r < 93)
		unused_conn();
	else if (r < 96)
		refuse_unknown();
	else if (r < 99)
		terminate_target();
	else
		terminate_everything();
}

/* A walk that does not notice this has checked nothing. false: nothing is there. */
static bool do_wrong(void)
{
	struct place p;

	if (!find_conn(&p, is_there))
		return false;
	model_conn(&model, p)->id++;
	return true;
}

/* An earlier walk may have broken off and left something. */
static void clear(void)
{
	uint64_t end = now_ms() + 10000;
	struct timespec pause = { .tv_nsec = 1000000 };
	size_t n, i;

	terminate_everything();
	while ((n = world_dump(objects))) {
		if (now_ms() > end)
			give_up("something of before does not go");
		nanosleep(&pause, NULL);
		for (i = 0; i < n; i++)
			if (objects[i].id > model.highest)
				model.highest = objects[i].id;
	}
	world_skip_journal();
	memset(&model.path, 0, sizeof(model.path));
	memset(&model.neigh, 0, sizeof(model.neigh));
	settle();
}

int main(int argc, char **argv)
{
	unsigned long operations = 10000, wrong = 0;
	uint64_t began = now_ms();
	int o;

	while ((o = getopt(argc, argv, "n:s:f:")) != -1) {
		switch (o) {
		case 'n': operations = strtoul(optarg, NULL, 0); break;
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 'f': wrong = strtoul(optarg, NULL, 0); break;
		default: optind = argc; break;
		}
	}
	if (argc - optind != TARGETS) {
		fputs("usage: tree [-n OPERATIONS] [-s SEED] [-f OPERATION] DEVICE DEVICE\n",
		      stderr);
		return 2;
	}
	random_state = pattern_mix(seed);
	world_open(argv + optind);
	clear();
	for (operation = 1; operation <= operations; operation++) {
		one_operation();
		if (wrong && operation >= wrong && do_wrong())
			wrong = 0;
		settle();
	}
	terminate_everything();
	settle();
	if (world_dump(objects))
		give_up("something is left");
	printf("seed=%llu operations=%lu offloads=%lu connections=%lu terminates=%lu refusals=%lu chains=%lu looks=%lu entries=%llu ms=%llu\n",
	       (unsigned long long)seed, operations, offloads, conns, terminates,
	       refusals, chains, looks, (unsigned long long)world_entries(),
	       (unsigned long long)(now_ms() - began));
	return 0;
}
