// SPDX-License-Identifier: GPL-2.0
/*
 * chimsim.ko: a simulated NIC that TCP connections can be offloaded to.
 * The module comes and goes here.
 */
#include <linux/module.h>

#include "chimsim.h"

static int __init chimsim_init(void)
{
	return chimsim_bus_init();
}

static void __exit chimsim_exit(void)
{
	chimsim_bus_exit();
}

module_init(chimsim_init);
module_exit(chimsim_exit);
MODULE_DESCRIPTION("Simulated NIC with TCP offload");
MODULE_LICENSE("GPL");
