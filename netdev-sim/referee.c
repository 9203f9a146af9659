// SPDX-License-Identifier: GPL-2.0
/*
 * The referee: checks each request of the host against the rules of the driver
 * interface. What breaks a rule is counted and reported, and goes its way all
 * the same: whether the host survives it is for other tests to show.
 *
 * For every handle there is a record, from initiate on. After the object was
 * given back the record stays for a while, so that a stale handle is told from
 * one that never was. Giving back needs no memory.
 */
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include "journal.h"
#include "../targets/common/names.h"
#include "referee.h"

/* Records kept of objects that were given back */
#define RETIRED_MAX	8192

/**
 * enum record_state - where an object is, as told by what was said of it
 * @RECORD_COMING: its initiate is not completed
 * @RECORD_THERE: the target has it
 * @RECORD_LEAVING: its terminate is not completed
 * @RECORD_GONE: it was given back, or never came
 */
enum record_state {
	RECORD_COMING,
	RECORD_THERE,
	RECORD_LEAVING,
	RECORD_GONE,
};

/**
 * struct chimsim_record - what the referee knows of a handle
 * @list: place among the retired
 * @handle: the handle
 * @parent: what it depends on; NULL for a neighbor, or if that is unknown. A
 *          parent outlives its dependents here: see record_retire().
 * @new_parent: what it will depend on if the update in flight succeeds
 * @entry: number of the journal's entry of the request in flight
 * @batch: batch it was initiated with
 * @dependents: how many records name this one as their parent
 * @next_seq: where the next send has to begin
 * @saddr: host's address, of a path
 * @daddr: peer's address, of a path
 * @type: layer
 * @state: where it is
 * @op: operation in flight, CHIMNEY_OP_NUM if none
 * @playing: send, forward, credit or reset runs
 */
struct chimsim_record {
	struct list_head	list;
	u64			handle;
	struct chimsim_record	*parent;
	struct chimsim_record	*new_parent;
	u64			entry;
	u64			batch;
	unsigned int		dependents;
	u32			next_seq;
	struct in6_addr		saddr;
	struct in6_addr		daddr;
	enum chimney_type	type;
	enum record_state	state;
	enum chimney_op		op;
	bool			playing;
};

static const char * const rule_names[CHIMSIM_RULE_NUM] = {
	[CHIMSIM_RULE_DEPENDENTS] = "dependents",
	[CHIMSIM_RULE_PARENT] = "parent",
	[CHIMSIM_RULE_IN_FLIGHT] = "in-flight",
	[CHIMSIM_RULE_UNKNOWN] = "unknown",
	[CHIMSIM_RULE_STALE] = "stale",
	[CHIMSIM_RULE_REUSED] = "reused",
	[CHIMSIM_RULE_TYPE] = "type",
	[CHIMSIM_RULE_AFTER_TERMINATE] = "after-terminate",
	[CHIMSIM_RULE_EARLY] = "early",
	[CHIMSIM_RULE_CONCURRENT] = "concurrent",
	[CHIMSIM_RULE_GAP] = "gap",
	[CHIMSIM_RULE_BATCH] = "batch",
	[CHIMSIM_RULE_STATE] = "state",
	[CHIMSIM_RULE_REASON] = "reason",
	[CHIMSIM_RULE_STRAY] = "stray",
};

void chimsim_referee_init(struct chimsim_referee *ref, const char *name,
			  struct chimsim_journal *journal)
{
	memset(ref, 0, sizeof(*ref));
	xa_init_flags(&ref->objects, XA_FLAGS_LOCK_BH);
	INIT_LIST_HEAD(&ref->retired);
	ref->name = name;
	ref->journal = journal;
}

void chimsim_referee_destroy(struct chimsim_referee *ref)
{
	struct chimsim_record *rec;
	unsigned long handle;

	xa_for_each(&ref->objects, handle, rec)
		kfree(rec);
	xa_destroy(&ref->objects);
}

void chimsim_referee_violation(struct chimsim_referee *ref,
			       enum chimsim_rule rule, u64 handle)
{
	atomic_inc(&ref->violations[rule]);
	if (ref->name)
		pr_warn_ratelimited("chimsim: %s: the host broke the rule \"%s\" with handle %llu\n",
				    ref->name, rule_names[rule], handle);
}

unsigned int chimsim_referee_total(const struct chimsim_referee *ref)
{
	unsigned int rule, total = 0;

	for (rule = 0; rule < CHIMSIM_RULE_NUM; rule++)
		total += atomic_read(&ref->violations[rule]);
	return total;
}

void chimsim_referee_clear(struct chimsim_referee *ref)
{
	unsigned int rule;

	for (rule = 0; rule < CHIMSIM_RULE_NUM; rule++)
		atomic_set(&ref->violations[rule], 0);
}

void chimsim_referee_show(struct seq_file *s, const struct chimsim_referee *ref)
{
	unsigned int rule;

	for (rule = 0; rule < CHIMSIM_RULE_NUM; rule++)
		seq_printf(s, "%s %d\n", rule_names[rule],
			   atomic_read(&ref->violations[rule]));
}

static struct chimsim_record *record_find(struct chimsim_referee *ref,
					  u64 handle)
{
	lockdep_assert_held(&ref->objects.xa_lock);
	return xa_load(&ref->objects, handle);
}

/*
 * The object is gone. Its parent's record is let go, which makes it safe to
 * free the oldest retired record that no other names.
 */
static void record_retire(struct chimsim_referee *ref,
			  struct chimsim_record *rec)
{
	struct chimsim_record *old;

	lockdep_assert_held(&ref->objects.xa_lock);
	if (rec->parent)
		rec->parent->dependents--;
	rec->parent = NULL;
	rec->state = RECORD_GONE;
	list_add_tail(&rec->list, &ref->retired);
	if (++ref->nretired <= RETIRED_MAX)
		return;

	list_for_each_entry(old, &ref->retired, list) {
		if (old->dependents || old->op != CHIMNEY_OP_NUM ||
		    old->playing)
			continue;
		list_del(&old->list);
		ref->nretired--;
		__xa_erase(&ref->objects, old->handle);
		kfree(old);
		return;
	}
}

static void complete_update(struct chimsim_record *rec, bool ok)
{
	struct chimsim_record *dropped = ok ? rec->parent : rec->new_parent;

	if (!rec->new_parent)
		return;
	if (dropped)
		dropped->dependents--;
	if (ok)
		rec->parent = rec->new_parent;
	rec->new_parent = NULL;
}

/* Dependents before their parents, so that the counts come out even. */
void chimsim_referee_restart(struct chimsim_referee *ref)
{
	struct chimsim_record *rec;
	unsigned long handle;
	int type;

	xa_lock_bh(&ref->objects);
	for (type = CHIMNEY_TYPE_MAX; type >= 0; type--) {
		xa_for_each(&ref->objects, handle, rec) {
			if (rec->type != type || rec->state == RECORD_GONE)
				continue;
			rec->op = CHIMNEY_OP_NUM;
			complete_update(rec, false);
			record_retire(ref, rec);
		}
	}
	xa_unlock_bh(&ref->objects);
}

/* Sequence numbers of a queue: ascending, within, and without gaps if @dense. */
static bool queue_fits(const struct sk_buff_head *queue, u32 from, u32 to,
		       bool dense)
{
	struct sk_buff *skb;
	u32 at = from;

	skb_queue_walk(queue, skb) {
		const struct chimney_seg *seg = chimney_seg(skb);

		if (before(seg->seq, at) || (dense && seg->seq != at) ||
		    seg->end_seq - seg->seq != skb->len || !skb->len)
			return false;
		at = seg->end_seq;
	}
	return dense ? at == to : true;
}

static bool path_fits(const struct chimney_path_state *path)
{
	bool ipv4 = ipv6_addr_v4mapped(&path->saddr);

	return ipv6_addr_v4mapped(&path->daddr) == ipv4 &&
	       path->mtu >= (ipv4 ? IPV4_MIN_MTU : IPV6_MIN_MTU);
}

static bool state_fits(const struct chimney_req *req)
{
	const struct chimney_tcp_state *st = req->tcp;

	if (req->type == CHIMNEY_TYPE_PATH)
		return path_fits(&req->path);
	if (req->type != CHIMNEY_TYPE_CONN)
		return true;
	return st && !after(st->snd_una, st->snd_nxt) &&
	       !(htonl(st->flowlabel) & ~IPV6_FLOWLABEL_MASK) &&
	       queue_fits(&req->sent, st->snd_una, st->snd_nxt, true) &&
	       queue_fits(&req->ooo, st->rcv_nxt + 1, 0, false);
}

/* A connection is between the addresses of its path; their ports are its own. */
static bool addresses_fit(const struct chimney_req *req,
			  const struct chimsim_record *path)
{
	return ipv6_addr_equal(&req->tcp->saddr, &path->saddr) &&
	       ipv6_addr_equal(&req->tcp->daddr, &path->daddr);
}

/* What @req wants to depend on, if it may. */
static bool parent_fits(struct chimsim_referee *ref,
			const struct chimney_req *req,
			struct chimsim_record **parent)
{
	struct chimsim_record *rec;

	*parent = NULL;
	if (req->type == CHIMNEY_TYPE_NEIGH)
		return !req->parent;

	rec = record_find(ref, req->parent);
	if (!rec || rec->type + 1 != req->type)
		return false;
	*parent = rec;
	return rec->state == RECORD_THERE ||
	       (rec->state == RECORD_COMING && rec->batch == req->batch);
}

/* What is to be remembered of the state that came along. */
static void note_state(struct chimsim_referee *ref,
		       const struct chimney_req *req,
		       struct chimsim_record *rec)
{
	if (req->type == CHIMNEY_TYPE_PATH) {
		rec->saddr = req->path.saddr;
		rec->daddr = req->path.daddr;
	} else if (req->type == CHIMNEY_TYPE_CONN && req->tcp) {
		rec->next_seq = req->tcp->snd_nxt;
		if (rec->parent && !addresses_fit(req, rec->parent))
			chimsim_referee_violation(ref, CHIMSIM_RULE_STATE,
						  req->handle);
	}
}

static void submit_initiate(struct chimsim_referee *ref,
			    const struct chimney_req *req, u64 entry,
			    struct chimsim_record *rec)
{
	if (!state_fits(req))
		chimsim_referee_violation(ref, CHIMSIM_RULE_STATE, req->handle);

	xa_lock_bh(&ref->objects);
	if (record_find(ref, req->handle)) {
		chimsim_referee_violation(ref, CHIMSIM_RULE_REUSED,
					  req->handle);
		kfree(rec);
		goto out;
	}
	if (!parent_fits(ref, req, &rec->parent))
		chimsim_referee_violation(ref, CHIMSIM_RULE_PARENT,
					  req->handle);
	if (rec->parent)
		rec->parent->dependents++;
	rec->handle = req->handle;
	rec->type = req->type;
	rec->batch = req->batch;
	rec->entry = entry;
	rec->state = RECORD_COMING;
	rec->op = CHIMNEY_OP_INITIATE;
	note_state(ref, req, rec);
	/* The slot was reserved: this allocates nothing. */
	__xa_store(&ref->objects, req->handle, rec, GFP_NOWAIT);
out:
	xa_unlock_bh(&ref->objects);
}

/* The record that a request other than initiate is about. */
static struct chimsim_record *submit_find(struct chimsim_referee *ref,
					  const struct chimney_req *req)
{
	struct chimsim_record *rec = record_find(ref, req->handle);
	enum chimsim_rule rule;

	if (!rec)
		rule = CHIMSIM_RULE_UNKNOWN;
	else if (rec->state == RECORD_GONE)
		rule = CHIMSIM_RULE_STALE;
	else if (rec->op != CHIMNEY_OP_NUM)
		rule = CHIMSIM_RULE_IN_FLIGHT;
	else if (rec->type != req->type)
		rule = CHIMSIM_RULE_TYPE;
	else
		return rec;
	chimsim_referee_violation(ref, rule, req->handle);
	return NULL;
}

static void submit_other(struct chimsim_referee *ref,
			 const struct chimney_req *req, u64 entry)
{
	struct chimsim_record *rec, *parent;

	xa_lock_bh(&ref->objects);
	rec = submit_find(ref, req);
	if (!rec)
		goto out;
	rec->op = req->op;
	rec->entry = entry;

	if (req->op == CHIMNEY_OP_TERMINATE) {
		rec->state = RECORD_LEAVING;
		if (rec->playing)
			chimsim_referee_violation(ref, CHIMSIM_RULE_CONCURRENT,
						  req->handle);
		if (rec->dependents)
			chimsim_referee_violation(ref, CHIMSIM_RULE_DEPENDENTS,
						  req->handle);
		if (req->reason <= CHIMNEY_REASON_NONE ||
		    req->reason > CHIMNEY_REASON_MAX)
			chimsim_referee_violation(ref, CHIMSIM_RULE_REASON,
						  req->handle);
	} else if (req->op == CHIMNEY_OP_UPDATE && req->parent &&
		   (!rec->parent || rec->parent->handle != req->parent)) {
		/* Only a path moves, and only to a neighbor that is there. */
		if (req->type != CHIMNEY_TYPE_PATH ||
		    !parent_fits(ref, req, &parent))
			chimsim_referee_violation(ref, CHIMSIM_RULE_PARENT,
						  req->handle);
		else
			rec->new_parent = parent;
		if (rec->new_parent)
			rec->new_parent->dependents++;
	}
out:
	xa_unlock_bh(&ref->objects);
}

static u64 submit_log(struct chimsim_referee *ref,
		      const struct chimney_req *req)
{
	const struct chimsim_entry entry = {
		.kind = CHIMSIM_ENTRY_REQUEST,
		.what = req->op,
		.type = req->type,
		.handle = req->handle,
		.parent = req->parent,
		.batch = req->batch,
		.arg = req->reason,
	};

	return ref->journal ? chimsim_journal_add(ref->journal, &entry) : 0;
}

/* Room for a record. Who is short of memory must not blame the host for it. */
static struct chimsim_record *submit_reserve(struct chimsim_referee *ref,
					     u64 handle)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOFAIL;
	struct chimsim_record *rec = kzalloc(sizeof(*rec), gfp);

	WARN_ON_ONCE(xa_reserve_bh(&ref->objects, handle, gfp));
	return rec;
}

void chimsim_referee_submit(struct chimsim_referee *ref,
			    const struct chimney_batch *b)
{
	const struct chimney_req *req;
	struct chimsim_record *rec;
	unsigned int n = 0;
	u64 entry;

	list_for_each_entry(req, &b->reqs, list) {
		n++;
		entry = submit_log(ref, req);
		if (req->op != b->op || req->batch != b->id ||
		    req->type > CHIMNEY_TYPE_MAX || !req->handle) {
			chimsim_referee_violation(ref, CHIMSIM_RULE_BATCH,
						  req->handle);
			continue;
		}
		if (req->op != CHIMNEY_OP_INITIATE) {
			submit_other(ref, req, entry);
			continue;
		}
		rec = submit_reserve(ref, req->handle);
		submit_initiate(ref, req, entry, rec);
	}
	if (!n || n != b->n)
		chimsim_referee_violation(ref, CHIMSIM_RULE_BATCH, 0);
}

void chimsim_referee_complete(struct chimsim_referee *ref, u64 handle,
			      enum chimney_op op, enum chimney_status status)
{
	struct chimsim_record *rec;

	xa_lock_bh(&ref->objects);
	rec = record_find(ref, handle);
	if (!rec || rec->op != op)
		goto out;
	if (ref->journal)
		chimsim_journal_complete(ref->journal, rec->entry, status);
	rec->op = CHIMNEY_OP_NUM;

	switch (op) {
	case CHIMNEY_OP_INITIATE:
		if (status == CHIMNEY_STATUS_OK)
			rec->state = RECORD_THERE;
		else
			record_retire(ref, rec);
		break;
	case CHIMNEY_OP_TERMINATE:
		record_retire(ref, rec);
		break;
	case CHIMNEY_OP_UPDATE:
		complete_update(rec, status == CHIMNEY_STATUS_OK);
		break;
	default:
		break;
	}
out:
	xa_unlock_bh(&ref->objects);
}

void chimsim_referee_begin(struct chimsim_referee *ref,
			   struct chimsim_play *play, u64 handle,
			   const u32 *seq)
{
	enum chimsim_rule rule = CHIMSIM_RULE_NUM;
	struct chimsim_record *rec;

	play->handle = handle;
	play->counted = false;

	xa_lock_bh(&ref->objects);
	rec = record_find(ref, handle);
	if (!rec)
		rule = CHIMSIM_RULE_UNKNOWN;
	else if (rec->type != CHIMNEY_TYPE_CONN)
		rule = CHIMSIM_RULE_TYPE;
	else if (rec->state == RECORD_COMING)
		rule = CHIMSIM_RULE_EARLY;
	else if (rec->state != RECORD_THERE)
		rule = CHIMSIM_RULE_AFTER_TERMINATE;
	else if (rec->playing)
		rule = CHIMSIM_RULE_CONCURRENT;
	else if (seq && *seq != rec->next_seq)
		rule = CHIMSIM_RULE_GAP;

	if (rule != CHIMSIM_RULE_NUM)
		chimsim_referee_violation(ref, rule, handle);
	if (rec && !rec->playing) {
		rec->playing = true;
		play->counted = true;
	}
	xa_unlock_bh(&ref->objects);
}

void chimsim_referee_end(struct chimsim_referee *ref,
			 const struct chimsim_play *play, u32 taken)
{
	struct chimsim_record *rec;

	if (!play->counted)
		return;
	xa_lock_bh(&ref->objects);
	rec = record_find(ref, play->handle);
	if (rec) {
		rec->playing = false;
		rec->next_seq += taken;
	}
	xa_unlock_bh(&ref->objects);
}
