/* SPDX-License-Identifier: GPL-2.0 */
/* What get_ownership of a kobj_type is given became constant in 6.2. */
#ifndef _CHIMNEY_COMPAT_LINUX_KOBJECT_H
#define _CHIMNEY_COMPAT_LINUX_KOBJECT_H

#include <linux/version.h>
#include_next <linux/kobject.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define kobject_owned struct kobject
#else
#define kobject_owned const struct kobject
#endif

#endif /* _CHIMNEY_COMPAT_LINUX_KOBJECT_H */
