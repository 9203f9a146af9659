/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Since 6.4 a bus's files get their bus const. Where they do not, this hands
 * it on as if they did.
 */
#ifndef _CHIMNEY_COMPAT_LINUX_DEVICE_BUS_H
#define _CHIMNEY_COMPAT_LINUX_DEVICE_BUS_H

#include <linux/version.h>
#include_next <linux/device/bus.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)

/* To be used as the original, behind "static": so what comes first is static. */
#undef BUS_ATTR_WO
#define BUS_ATTR_WO(_name)						\
	struct bus_attribute bus_attr_##_name;				\
	static ssize_t _name##_store_any(struct bus_type *bus,		\
					 const char *buf, size_t count)	\
	{								\
		return _name##_store(bus, buf, count);			\
	}								\
	static struct bus_attribute bus_attr_##_name =			\
		__ATTR(_name, 0200, NULL, _name##_store_any)

#endif

#endif /* _CHIMNEY_COMPAT_LINUX_DEVICE_BUS_H */
