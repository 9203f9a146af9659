/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shrinkers are allocated by the kernel from 6.7 on, and published without fail;
 * before, they are embedded, and publishing wants memory.
 */
#ifndef _CHIMNEY_COMPAT_LINUX_SHRINKER_H
#define _CHIMNEY_COMPAT_LINUX_SHRINKER_H

#include <linux/slab.h>
#include <linux/version.h>
#include_next <linux/shrinker.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)

static inline struct shrinker *shrinker_alloc(unsigned int flags,
					      const char *name)
{
	struct shrinker *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (s) {
		s->flags = flags;
		s->seeks = DEFAULT_SEEKS;
	}
	return s;
}

static inline int shrinker_publish(struct shrinker *s, const char *name)
{
	return register_shrinker(s, "%s", name);
}

static inline void shrinker_free(struct shrinker *s)
{
	unregister_shrinker(s);	/* nothing, if it was not published */
	kfree(s);
}

#else

static inline int shrinker_publish(struct shrinker *s, const char *name)
{
	shrinker_register(s);
	return 0;
}

#endif
#endif /* _CHIMNEY_COMPAT_LINUX_SHRINKER_H */
