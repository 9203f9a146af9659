// SPDX-License-Identifier: GPL-2.0
/*
 * A module that misbehaves on request, so that the test harness can be seen to
 * notice. It is built for "make test-harness" alone.
 */
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/stop_machine.h>

static bool warn;
module_param(warn, bool, 0);
MODULE_PARM_DESC(warn, "print a kernel warning");

static bool freeze;
module_param(freeze, bool, 0);
MODULE_PARM_DESC(freeze, "stop all processors for ever");

static int bite_freeze(void *unused)
{
	for (;;)
		cpu_relax();
	return 0;
}

static int __init bite_init(void)
{
	WARN(warn, "made on purpose\n");
	if (freeze)
		stop_machine(bite_freeze, NULL, cpu_online_mask);
	return 0;
}

static void __exit bite_exit(void)
{
}

module_init(bite_init);
module_exit(bite_exit);
MODULE_DESCRIPTION("Misbehaves on request");
MODULE_LICENSE("GPL");
