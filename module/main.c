// SPDX-License-Identifier: GPL-2.0
/* chimney.ko: TCP chimney offload, the host stack's side. Init ladder only. */

#include <linux/module.h>
#include "candidate.h"
#include "conn.h"
#include "events.h"
#include "memory.h"
#include "netlink.h"
#include "rules.h"
#include "settings.h"
#include "sysfs.h"
#include "target.h"

static int __init chimney_init(void)
{
	int err;

	chimney_sysfs_init();
	err = chimney_settings_register();
	if (err)
		return err;
	err = chimney_candidate_init();
	if (err)
		goto err_settings;
	err = chimney_rules_init();
	if (err)
		goto err_candidate;
	err = chimney_target_init();
	if (err)
		goto err_rules;
	err = chimney_conn_init();
	if (err)
		goto err_target;
	err = chimney_events_init();
	if (err)
		goto err_conn;
	err = chimney_memory_init();
	if (err)
		goto err_events;
	err = chimney_netlink_init();
	if (err)
		goto err_memory;
	return 0;

err_memory:
	chimney_memory_exit();
err_events:
	chimney_events_exit();
err_conn:
	chimney_conn_exit();
err_target:
	chimney_target_exit();
err_rules:
	chimney_rules_exit();
err_candidate:
	chimney_candidate_exit();
err_settings:
	chimney_settings_unregister();
	return err;
}

static void __exit chimney_exit(void)
{
	chimney_netlink_exit();
	chimney_memory_exit();
	chimney_events_exit();
	chimney_target_exit();
	chimney_conn_exit();
	chimney_rules_exit();
	chimney_candidate_exit();
	chimney_settings_unregister();
}

module_init(chimney_init);
module_exit(chimney_exit);
MODULE_DESCRIPTION("TCP chimney offload: the host stack");
MODULE_LICENSE("GPL");
MODULE_VERSION(CHIMNEY_VERSION);
