// SPDX-License-Identifier: GPL-2.0
/*
 * The target's log: every request of the host, when it came and how it ended,
 * and every event the target raised, in one order. Tests prove from it who
 * decided what, and that dependents went first.
 *
 * One line an entry:
 *
 *	NUMBER AT COMPLETED WHAT TYPE HANDLE PARENT BATCH ARG STATUS
 *
 * with times in nanoseconds of the monotonic clock, and "-" for what an entry
 * has not. WHAT is the operation, "reset", or an event with a leading "!".
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include "journal.h"
#include "../targets/common/names.h"

int chimsim_journal_init(struct chimsim_journal *j)
{
	spin_lock_init(&j->lock);
	j->last = 0;
	j->first = 1;
	j->entries = kvcalloc(CHIMSIM_JOURNAL_SIZE, sizeof(*j->entries),
			      GFP_KERNEL);
	return j->entries ? 0 : -ENOMEM;
}

void chimsim_journal_destroy(struct chimsim_journal *j)
{
	kvfree(j->entries);
}

void chimsim_journal_clear(struct chimsim_journal *j)
{
	spin_lock_bh(&j->lock);
	j->first = j->last + 1;
	spin_unlock_bh(&j->lock);
}

static struct chimsim_entry *entry_at(struct chimsim_journal *j, u64 number)
{
	return &j->entries[number & (CHIMSIM_JOURNAL_SIZE - 1)];
}

/* The oldest entry that is there and shown. */
static u64 oldest(const struct chimsim_journal *j)
{
	u64 kept = j->last >= CHIMSIM_JOURNAL_SIZE ?
		   j->last - CHIMSIM_JOURNAL_SIZE + 1 : 1;

	return max(kept, j->first);
}

u64 chimsim_journal_add(struct chimsim_journal *j,
			const struct chimsim_entry *entry)
{
	struct chimsim_entry *e;
	u64 number;

	BUILD_BUG_ON_NOT_POWER_OF_2(CHIMSIM_JOURNAL_SIZE);

	spin_lock_bh(&j->lock);
	number = ++j->last;
	e = entry_at(j, number);
	*e = *entry;
	e->number = number;
	e->at = ktime_get();
	e->completed = 0;
	spin_unlock_bh(&j->lock);
	return number;
}

void chimsim_journal_complete(struct chimsim_journal *j, u64 number,
			      enum chimney_status status)
{
	struct chimsim_entry *e;

	spin_lock_bh(&j->lock);
	e = entry_at(j, number);
	if (e->number == number) {
		e->completed = ktime_get();
		e->status = status;
	}
	spin_unlock_bh(&j->lock);
}

/*
 * A position is the number of the entry that comes next. The entry is copied,
 * since it may be overwritten while it is shown.
 */
static void *seq_entry(struct seq_file *s, loff_t *pos)
{
	struct chimsim_journal *j = s->private;
	struct chimsim_entry *copy = NULL;

	spin_lock_bh(&j->lock);
	if (*pos < oldest(j))
		*pos = oldest(j);
	if (*pos <= j->last)
		copy = kmemdup(entry_at(j, *pos), sizeof(*copy), GFP_ATOMIC);
	spin_unlock_bh(&j->lock);
	return copy;
}

static void *seq_start(struct seq_file *s, loff_t *pos)
{
	if (!*pos)
		return SEQ_START_TOKEN;
	return seq_entry(s, pos);
}

static void *seq_next(struct seq_file *s, void *v, loff_t *pos)
{
	if (v != SEQ_START_TOKEN)
		kfree(v);
	++*pos;
	return seq_entry(s, pos);
}

static void seq_stop(struct seq_file *s, void *v)
{
	if (v != SEQ_START_TOKEN)
		kfree(v);
}

static void show_number(struct seq_file *s, u64 number)
{
	if (number)
		seq_printf(s, " %llu", number);
	else
		seq_puts(s, " -");
}

static void show_request(struct seq_file *s, const struct chimsim_entry *e)
{
	show_number(s, ktime_to_ns(e->completed));
	seq_printf(s, " %s %s", target_op_name(e->what),
		   target_type_name(e->type));
	show_number(s, e->handle);
	show_number(s, e->parent);
	show_number(s, e->batch);
	seq_printf(s, " %s %s\n", target_reason_name(e->arg),
		   e->completed ? target_status_name(e->status) : "pending");
}

static void show_event(struct seq_file *s, const struct chimsim_entry *e)
{
	seq_puts(s, " -");
	if (e->kind == CHIMSIM_ENTRY_RESET)
		seq_puts(s, " reset conn");
	else if (e->kind == CHIMSIM_ENTRY_EVENT)
		seq_printf(s, " !%s conn", target_event_name(e->what));
	else
		seq_printf(s, " !%s -", target_dev_event_name(e->what));
	show_number(s, e->handle);
	seq_puts(s, " - -");
	if (e->kind == CHIMSIM_ENTRY_EVENT &&
	    e->what == CHIMNEY_EVENT_RETRIEVE)
		seq_printf(s, " %s", target_reason_name(e->arg));
	else
		show_number(s, e->arg);
	seq_puts(s, " -\n");
}

static int seq_show(struct seq_file *s, void *v)
{
	const struct chimsim_entry *e = v;

	if (v == SEQ_START_TOKEN) {
		seq_puts(s, "# number at completed what type handle parent batch arg status\n");
		return 0;
	}
	seq_printf(s, "%llu %lld", e->number, ktime_to_ns(e->at));
	if (e->kind == CHIMSIM_ENTRY_REQUEST)
		show_request(s, e);
	else
		show_event(s, e);
	return 0;
}

const struct seq_operations chimsim_journal_seq = {
	.start = seq_start,
	.next = seq_next,
	.stop = seq_stop,
	.show = seq_show,
};
