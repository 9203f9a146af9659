/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A path that leads over another next hop: the new neighbor is offloaded, the path
 * is relinked to it by an update, and the old neighbor goes when nothing depends on
 * it any more. Connections stay where they are.
 *
 * Until the update is complete both neighbors are pinned: the new one has no
 * dependents yet, and the old one is what the target knows.
 */
#ifndef _CHIMNEY_RELINK_H
#define _CHIMNEY_RELINK_H

#include <net/chimney.h>

struct chimney_object;
struct chimney_path;
struct chimney_route;
struct chimney_target;

/*
 * Have @path lead over the next hop of @r, which is valid, for @reason. Context:
 * process; the target's worker. 0: it is under way, or it is not the time for it
 * and is to be asked for again; -ENOMEM.
 */
int chimney_relink(struct chimney_target *t, struct chimney_path *path,
		   const struct chimney_route *r, enum chimney_reason reason);

/* With the tree's lock: is the path on its way to another neighbor? */
bool chimney_relink_pending(const struct chimney_path *path);
/*
 * With the tree's lock: may the update of @path be submitted? It is given to its
 * new neighbor then. False: that is not with the target yet.
 */
bool chimney_relink_switch(struct chimney_path *path);
/* With the tree's lock: the update succeeded, the old neighbor is free. */
void chimney_relink_done(struct chimney_path *path);
/* With the tree's lock: the path need not go to another neighbor after all. */
void chimney_relink_cancel(struct chimney_path *path);
/* With the tree's lock: the path leaves the tree, or what it waits for failed. */
void chimney_relink_forget(struct chimney_path *path);
/*
 * With the tree's lock: paths whose new neighbor could not be offloaded are
 * terminated.
 */
void chimney_relink_review(struct chimney_target *t);

#endif /* _CHIMNEY_RELINK_H */
