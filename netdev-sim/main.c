// SPDX-License-Identifier: GPL-2.0
/*
 * chimsim.ko: a simulated NIC that TCP connections can be offloaded to.
 * The module comes and goes here.
 */
#include <linux/module.h>

#include "chimsim.h"
#include "offload.h"

static int __init chimsim_init(void)
{
	int err;

	err = chimsim_offload_init();
	if (err)
		return err;
	err = chimsim_bus_init();
	if (err)
		chimsim_offload_exit();
	return err;
}

static void __exit chimsim_exit(void)
{
	chimsim_bus_exit();
	chimsim_offload_exit();
}

module_init(chimsim_init);
module_exit(chimsim_exit);
MODULE_DESCRIPTION("Simulated NIC with TCP offload");
MODULE_LICENSE("GPL");
MODULE_VERSION(CHIMNEY_VERSION);
