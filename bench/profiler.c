// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU that counts what the machine executes between two marks, by address:
 * after "nopl 0x43484941(%rax)" and before "nopl 0x43484942(%rax)", which do nothing and
 * which nobody else says. Exact, and nothing in the machine is changed for it.
 *
 *	-plugin profiler.so,out=FILE
 *
 * FILE gets a line for each block of instructions, "B" address, instructions executed;
 * and one for each way from one block to another, "E" from, to, how often. Which of these
 * are calls is for those to tell who know where functions begin.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu-plugin.h"

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

/* ---- counting ------------------------------------------------------------------- */

#define EDGES		(1U << 21)

/**
 * struct block - a run of instructions without a branch
 * @addr: the first
 * @size: how many there are
 * @count: instructions executed between the marks
 * @next: another one
 */
struct block {
	uint64_t addr, size, count;
	struct block *next;
};

/* The way from one block to another */
struct edge {
	uint64_t from, to, count;
};

static struct block *blocks;
static struct edge edges[EDGES];
static uint64_t last, lost;
static bool counting;
static char *out;

static void count_edge(uint64_t from, uint64_t to)
{
	uint64_t i = (from * 0x9e3779b97f4a7c15 ^ to * 0xc2b2ae3d27d4eb4f) >> 32;
	int tries;

	for (tries = 0; tries < 64; tries++) {
		struct edge *e = &edges[(i + tries) % EDGES];

		if (!e->count) {
			e->from = from;
			e->to = to;
		}
		if (e->from == from && e->to == to) {
			e->count++;
			return;
		}
	}
	lost++;
}

static void at_block(unsigned int vcpu, void *arg)
{
	struct block *b = arg;

	if (!counting)
		return;
	b->count += b->size;
	count_edge(last, b->addr);
	last = b->addr;
}

static void at_begin(unsigned int vcpu, void *arg)
{
	counting = true;
}

static void at_end(unsigned int vcpu, void *arg)
{
	counting = false;
}

static void look_for_marks(struct qemu_plugin_insn *insn)
{
	static const uint8_t begin[] = { 0x0f, 0x1f, 0x80, 0x41, 0x49, 0x48, 0x43 };
	static const uint8_t end[] = { 0x0f, 0x1f, 0x80, 0x42, 0x49, 0x48, 0x43 };
	const void *code = qemu_plugin_insn_data(insn);

	if (qemu_plugin_insn_size(insn) != sizeof(begin))
		return;
	if (!memcmp(code, begin, sizeof(begin)))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, at_begin, CB_NO_REGS,
						       NULL);
	if (!memcmp(code, end, sizeof(end)))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, at_end, CB_NO_REGS,
						       NULL);
}

/* A block may be translated more than once; each has an entry of its own. */
static void at_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);
	struct block *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	b->addr = qemu_plugin_tb_vaddr(tb);
	b->size = n;
	b->next = blocks;
	blocks = b;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, at_block, CB_NO_REGS, b);
	for (i = 0; i < n; i++)
		look_for_marks(qemu_plugin_tb_get_insn(tb, i));
}

static void at_exit_of_qemu(qemu_plugin_id_t id, void *arg)
{
	FILE *f = fopen(out, "w");
	struct block *b;
	struct edge *e;

	if (!f) {
		perror(out);
		return;
	}
	for (b = blocks; b; b = b->next)
		if (b->count)
			fprintf(f, "B %016" PRIx64 " %" PRIu64 "\n", b->addr, b->count);
	for (e = edges; e < edges + EDGES; e++)
		if (e->count)
			fprintf(f, "E %016" PRIx64 " %016" PRIx64 " %" PRIu64 "\n",
				e->from, e->to, e->count);
	if (lost)
		fprintf(stderr, "profiler: %" PRIu64 " ways were not counted\n", lost);
	fclose(f);
}

__attribute__((visibility("default")))
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc,
			char **argv)
{
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "profiler: out=FILE is missing\n");
		return -1;
	}
	out = strdup(argv[0] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(id, at_translation);
	qemu_plugin_register_atexit_cb(id, at_exit_of_qemu, NULL);
	return 0;
}
