// SPDX-License-Identifier: GPL-2.0
/*
 * What a target can be told to do wrong with the host's requests: the files in
 * faults/ of its folder in debugfs. All are off to begin with.
 *
 *	fail_OP		a status ("failure", "no-conn", ...): requests of this
 *			operation are not carried out and fail so; "ok": off. A
 *			terminate that fails has lost the state.
 *	fail_OP_nth	only each so-maniest of them; 0: each
 *	hang_OP		1: they are kept, and answered when it is 0 again
 *	stall_ms	each request takes so long (up to 10000), and the call with it
 *	layer		"neigh", "path", "conn": fail_ and hang_ are about these
 *			alone; "any"
 *	complete_twice	each answer to an initiate or terminate comes twice
 *	complete_wrong	before each answer comes one with a handle that never was
 *	complete_stale	before each answer the last one comes once more
 *	vanish		1: the device is gone without a word, for good: nothing is
 *			answered any more
 *	corrupt		a field that is wrong in each state that is given back;
 *			reading lists them, the one chosen in brackets; "none"
 *
 * An answer that the host takes makes the request the host's, so wrong answers
 * go only to what cannot be in flight: a driver that writes to memory that is
 * not its own is no test of the host.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "faults.h"
#include "names.h"

#define ANY_LAYER	(CHIMNEY_TYPE_MAX + 1)
/* No handle is that large. */
#define NEVER_WAS	(1ULL << 62)
#define STALL_MAX_MS	10000

/* ---- states that cannot be -------------------------------------------------- */

/**
 * struct corruption - a field, and what is wrong with it
 * @name: what users write
 * @spoil: makes it wrong
 */
struct corruption {
	const char	*name;
	void		(*spoil)(struct chimney_tcp_state *st);
};

#define SPOIL(_name, _what)						\
	static void spoil_##_name(struct chimney_tcp_state *st)		\
	{								\
		_what;							\
	}

SPOIL(none, (void)st)
SPOIL(rcv_nxt_back, st->rcv_nxt -= 1)
SPOIL(rcv_nxt_ahead, st->rcv_nxt += 1)
SPOIL(rcv_wup, st->rcv_wup = st->rcv_nxt + 1)
SPOIL(rcv_wnd, st->rcv_wnd = U32_MAX)
SPOIL(snd_una_back, st->snd_una -= 100000)
SPOIL(snd_una_ahead, st->snd_una = st->snd_nxt + 1)
SPOIL(snd_nxt_back, st->snd_nxt = st->snd_una - 1)
SPOIL(snd_nxt_ahead, st->snd_nxt += 1U << 30)
SPOIL(snd_wnd, st->snd_wnd = U32_MAX)
SPOIL(max_window, st->max_window = U32_MAX)
SPOIL(snd_wl1, st->snd_wl1 = st->rcv_nxt + (1U << 30))
SPOIL(cwnd_zero, st->cwnd = 0)
SPOIL(cwnd_huge, st->cwnd = U32_MAX)
SPOIL(srtt, st->srtt = U32_MAX)
SPOIL(mdev, st->mdev = U32_MAX)
SPOIL(mdev_max, st->mdev_max = U32_MAX)
SPOIL(rttvar, st->rttvar = U32_MAX)
SPOIL(rto_zero, st->rto = 0)
SPOIL(rto_huge, st->rto = U32_MAX)
SPOIL(mss_zero, st->mss_cache = 0)
SPOIL(mss_huge, st->mss_cache = U16_MAX)
SPOIL(mtup_high, st->mtup_high = U32_MAX)
SPOIL(reordering_zero, st->reordering = 0)
SPOIL(reordering_huge, st->reordering = U32_MAX)
SPOIL(ts_recent, st->ts_recent -= 1U << 30)
SPOIL(ecn_flags, st->ecn_flags = 0xff)
SPOIL(rcv_mss, st->rcv_mss = 0)
SPOIL(backoff, st->backoff = U8_MAX)
SPOIL(probes_out, st->probes_out = U8_MAX)
SPOIL(keepalive_delta, st->keepalive_delta = -2)
SPOIL(retransmit_delta, st->retransmit_delta = S64_MAX)
SPOIL(probe_delta, st->probe_delta = S64_MIN)
/* These are out of range and do no harm. */
SPOIL(ssthresh, st->ssthresh = 0)
SPOIL(rcv_ssthresh, st->rcv_ssthresh = 0)
SPOIL(window_clamp, st->window_clamp = 0)
SPOIL(ts_recent_age, st->ts_recent_age = U32_MAX - 1)
SPOIL(ato, st->ato = U32_MAX)
SPOIL(min_rtt, st->min_rtt = 0)
SPOIL(prior_cwnd, st->prior_cwnd = U32_MAX)
SPOIL(ca_priv, st->flags |= CHIMNEY_TCP_CA_PRIV; memset(st->ca_priv, 0xff, sizeof(st->ca_priv)))
SPOIL(keepalive_late, st->keepalive_delta = S64_MAX)

#define CORRUPTION(_name) { #_name, spoil_##_name }
static const struct corruption corruptions[] = {
	CORRUPTION(none), CORRUPTION(rcv_nxt_back), CORRUPTION(rcv_nxt_ahead),
	CORRUPTION(rcv_wup), CORRUPTION(rcv_wnd), CORRUPTION(snd_una_back),
	CORRUPTION(snd_una_ahead), CORRUPTION(snd_nxt_back),
	CORRUPTION(snd_nxt_ahead), CORRUPTION(snd_wnd), CORRUPTION(max_window),
	CORRUPTION(snd_wl1), CORRUPTION(cwnd_zero), CORRUPTION(cwnd_huge),
	CORRUPTION(srtt), CORRUPTION(mdev), CORRUPTION(mdev_max),
	CORRUPTION(rttvar), CORRUPTION(rto_zero), CORRUPTION(rto_huge),
	CORRUPTION(mss_zero), CORRUPTION(mss_huge), CORRUPTION(mtup_high),
	CORRUPTION(reordering_zero), CORRUPTION(reordering_huge),
	CORRUPTION(ts_recent), CORRUPTION(ecn_flags), CORRUPTION(rcv_mss),
	CORRUPTION(backoff), CORRUPTION(probes_out),
	CORRUPTION(keepalive_delta), CORRUPTION(retransmit_delta),
	CORRUPTION(probe_delta), CORRUPTION(ssthresh),
	CORRUPTION(rcv_ssthresh), CORRUPTION(window_clamp),
	CORRUPTION(ts_recent_age), CORRUPTION(ato), CORRUPTION(min_rtt),
	CORRUPTION(prior_cwnd), CORRUPTION(keepalive_late),
	CORRUPTION(ca_priv),
};

void target_fault_corrupt(const struct target_faults *f,
			  struct chimney_tcp_state *st)
{
	corruptions[READ_ONCE(f->corrupt)].spoil(st);
}

/* ---- requests and answers --------------------------------------------------- */

static bool layer_meant(const struct target_faults *f,
			const struct chimney_req *req)
{
	unsigned int layer = READ_ONCE(f->layer);

	return layer == ANY_LAYER || layer == req->type;
}

bool target_fault_hangs(struct target_faults *f, struct chimney_req *req)
{
	u32 ms = READ_ONCE(f->stall_ms);

	lockdep_assert_held(f->lock);
	if (ms)
		msleep(ms);
	if (!READ_ONCE(*f->vanished) &&
	    (!READ_ONCE(f->hang[req->op]) || !layer_meant(f, req)))
		return false;
	list_add_tail(&req->list, &f->hung);
	f->has_hung = true;
	return true;
}

enum chimney_status target_fault_status(struct target_faults *f,
					const struct chimney_req *req)
{
	enum chimney_status status = READ_ONCE(f->fail[req->op]);
	u32 nth = READ_ONCE(f->nth[req->op]);

	lockdep_assert_held(f->lock);
	if (status == CHIMNEY_STATUS_OK || !layer_meant(f, req))
		return CHIMNEY_STATUS_OK;
	if (nth && ++f->seen[req->op] % nth)
		return CHIMNEY_STATUS_OK;
	return status;
}

int target_fault_complete(struct target_faults *f, struct chimney_target *t,
			  const struct chimney_done *done)
{
	struct chimney_done other = *done;
	int err;

	lockdep_assert_held(f->lock);
	other.ooo = NULL;
	if (READ_ONCE(f->complete_wrong)) {
		other.handle = NEVER_WAS + done->handle;
		chimney_complete(t, &other);
		other.handle = done->handle;
	}
	if (READ_ONCE(f->complete_stale) && f->last.handle)
		chimney_complete(t, &f->last);

	err = chimney_complete(t, done);

	/* Another query of the same object may be in flight by now. */
	if (done->op != CHIMNEY_OP_INITIATE && done->op != CHIMNEY_OP_TERMINATE)
		return err;
	if (READ_ONCE(f->complete_twice))
		chimney_complete(t, &other);
	f->last = other;
	f->last.tcp = NULL;
	return err;
}

void target_faults_forget(struct target_faults *f)
{
	INIT_LIST_HEAD(&f->hung);
	f->has_hung = false;
}

/* ---- knobs ------------------------------------------------------------------- */

/* One word from the user; sscanf() would take the first of several. */
static int read_word(const char __user *from, size_t count, char *word,
		     size_t size)
{
	if (count >= size)
		return -EINVAL;
	if (copy_from_user(word, from, count))
		return -EFAULT;
	word[count] = '\0';
	strim(word);
	return 0;
}

static ssize_t say_word(char __user *to, size_t count, loff_t *pos,
			const char *word)
{
	char text[32];
	int len = scnprintf(text, sizeof(text), "%s\n", word);

	return simple_read_from_buffer(to, count, pos, text, len);
}

#define WORD_KNOB(_name)						\
static const struct file_operations _name##_fops = {			\
	.owner = THIS_MODULE,						\
	.open = simple_open,						\
	.read = _name##_read,						\
	.write = _name##_write,						\
	.llseek = default_llseek,					\
}

static ssize_t fail_read(struct file *file, char __user *to, size_t count,
			 loff_t *pos)
{
	enum chimney_status *status = file->private_data;

	return say_word(to, count, pos, target_status_name(READ_ONCE(*status)));
}

static ssize_t fail_write(struct file *file, const char __user *from,
			  size_t count, loff_t *pos)
{
	enum chimney_status *status = file->private_data;
	char word[32];
	int value = read_word(from, count, word, sizeof(word));

	if (!value)
		value = target_status_parse(word);
	/* What comes after these is the host's to say. */
	if (value < 0 || value > CHIMNEY_STATUS_NOT_ATTEMPTED)
		return value == -EFAULT ? value : -EINVAL;
	WRITE_ONCE(*status, value);
	return count;
}
WORD_KNOB(fail);

static ssize_t layer_read(struct file *file, char __user *to, size_t count,
			  loff_t *pos)
{
	struct target_faults *f = file->private_data;
	unsigned int layer = READ_ONCE(f->layer);

	return say_word(to, count, pos, layer == ANY_LAYER ?
			"any" : target_type_name(layer));
}

static ssize_t layer_write(struct file *file, const char __user *from,
			   size_t count, loff_t *pos)
{
	struct target_faults *f = file->private_data;
	char word[32];
	int layer = read_word(from, count, word, sizeof(word));

	if (!layer)
		layer = strcmp(word, "any") ? target_type_parse(word) :
					      ANY_LAYER;
	if (layer < 0)
		return layer;
	WRITE_ONCE(f->layer, layer);
	return count;
}
WORD_KNOB(layer);

static ssize_t corrupt_read(struct file *file, char __user *to, size_t count,
			    loff_t *pos)
{
	struct target_faults *f = file->private_data;
	unsigned int i, chosen = READ_ONCE(f->corrupt);
	char *text = kmalloc(PAGE_SIZE, GFP_KERNEL);
	ssize_t len = 0;

	if (!text)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(corruptions); i++)
		len += scnprintf(text + len, PAGE_SIZE - len,
				 i == chosen ? "[%s]\n" : "%s\n",
				 corruptions[i].name);
	len = simple_read_from_buffer(to, count, pos, text, len);
	kfree(text);
	return len;
}

static ssize_t corrupt_write(struct file *file, const char __user *from,
			     size_t count, loff_t *pos)
{
	struct target_faults *f = file->private_data;
	char word[32];
	unsigned int i;
	int err = read_word(from, count, word, sizeof(word));

	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(corruptions); i++) {
		if (strcmp(word, corruptions[i].name))
			continue;
		WRITE_ONCE(f->corrupt, i);
		return count;
	}
	return -EINVAL;
}
WORD_KNOB(corrupt);

/* When it is off again, what was kept is answered. */
static int hang_set(struct target_faults *f, enum chimney_op op, bool on)
{
	struct chimney_req *req, *next;
	LIST_HEAD(loose);

	WRITE_ONCE(f->hang[op], on);
	if (on)
		return 0;
	mutex_lock(f->lock);
	list_for_each_entry_safe(req, next, &f->hung, list) {
		if (req->op == op)
			list_move_tail(&req->list, &loose);
	}
	f->run(f, &loose);
	mutex_unlock(f->lock);
	return 0;
}

static int turn(bool *flag, bool on)
{
	WRITE_ONCE(*flag, on);
	return 0;
}

/* For good: a device that is gone does not come back. */
static int vanish(struct target_faults *f, u64 value)
{
	return value ? turn(f->vanished, true) : -EINVAL;
}

static int stall(struct target_faults *f, u32 ms)
{
	WRITE_ONCE(f->stall_ms, ms);
	return 0;
}

/* A knob with a range, which debugfs_create_u32() and _bool() do not have */
#define NUMBER(_name, _field, _max, _do)				\
static int _name##_set(void *data, u64 value)				\
{									\
	struct target_faults *f = data;					\
									\
	return value > (_max) ? -EINVAL : _do;				\
}									\
static int _name##_get(void *data, u64 *value)				\
{									\
	struct target_faults *f = data;					\
									\
	*value = READ_ONCE(f->_field);					\
	return 0;							\
}									\
DEFINE_DEBUGFS_ATTRIBUTE(_name##_fops, _name##_get, _name##_set, "%llu\n")

#define SWITCH(_name, _field, _do) NUMBER(_name, _field, 1, _do)

#define HANG(_name, _op) \
	SWITCH(hang_##_name, hang[_op], hang_set(f, _op, value))

HANG(initiate, CHIMNEY_OP_INITIATE);
HANG(terminate, CHIMNEY_OP_TERMINATE);
HANG(update, CHIMNEY_OP_UPDATE);
HANG(query, CHIMNEY_OP_QUERY);
HANG(invalidate, CHIMNEY_OP_INVALIDATE);

#define FLAG(_name) SWITCH(_name, _name, turn(&f->_name, value))

FLAG(complete_twice);
FLAG(complete_wrong);
FLAG(complete_stale);
SWITCH(vanish, vanished[0], vanish(f, value));
NUMBER(stall_ms, stall_ms, STALL_MAX_MS, stall(f, value));

#define KNOB(_name) { #_name, &_name##_fops }
static const struct {
	const char			*name;
	const struct file_operations	*fops;
} knobs[] = {
	KNOB(hang_initiate), KNOB(hang_terminate), KNOB(hang_update),
	KNOB(hang_query), KNOB(hang_invalidate),
	KNOB(complete_twice), KNOB(complete_wrong), KNOB(complete_stale),
	KNOB(vanish), KNOB(stall_ms),
};

void target_faults_add(struct target_faults *f, struct dentry *parent)
{
	struct dentry *dir = debugfs_create_dir("faults", parent);
	unsigned int i;
	char name[32];
	int op;

	f->dir = dir;
	for (op = 0; op < CHIMNEY_OP_NUM; op++) {
		snprintf(name, sizeof(name), "fail_%s", target_op_name(op));
		debugfs_create_file(name, 0600, dir, &f->fail[op], &fail_fops);
		strlcat(name, "_nth", sizeof(name));
		debugfs_create_u32(name, 0600, dir, &f->nth[op]);
	}
	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		debugfs_create_file_unsafe(knobs[i].name, 0600, dir, f,
					   knobs[i].fops);
	debugfs_create_file("layer", 0600, dir, f, &layer_fops);
	debugfs_create_file("corrupt", 0600, dir, f, &corrupt_fops);
}

void target_faults_remove(struct target_faults *f)
{
	debugfs_remove(f->dir);
}

void target_faults_init(struct target_faults *f, struct mutex *lock,
			bool *vanished,
			void (*run)(struct target_faults *f,
				    struct list_head *reqs))
{
	f->lock = lock;
	f->vanished = vanished;
	f->run = run;
	f->layer = ANY_LAYER;
	INIT_LIST_HEAD(&f->hung);
}
