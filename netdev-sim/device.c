// SPDX-License-Identifier: GPL-2.0
/*
 * Life of a device: it is made with all its ports and goes with all of them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "chimsim.h"

/* Which devices there are: by id, and whether there may be more. */
static DEFINE_MUTEX(chimsim_devs_lock);
static DEFINE_XARRAY(chimsim_devs);
static bool chimsim_devs_closed;

/*
 * Devices whose memory is not freed yet, and one for the module: its code must
 * not go before the last has been released.
 */
static refcount_t chimsim_devs_alive = REFCOUNT_INIT(1);
static DECLARE_COMPLETION(chimsim_devs_released);

static void chimsim_devs_put(void)
{
	if (refcount_dec_and_test(&chimsim_devs_alive))
		complete(&chimsim_devs_released);
}

static void chimsim_dev_release(struct device *dev)
{
	kfree(to_chimsim_dev(dev));
	chimsim_devs_put();
}

static const struct device_type chimsim_dev_type = {
	.name		= "chimsim_device",
	.release	= chimsim_dev_release,
};

static void chimsim_dev_del_ports(struct chimsim_dev *cdev)
{
	while (cdev->nports)
		chimsim_port_del(cdev->ports[--cdev->nports]);
}

static int chimsim_dev_add_ports(struct chimsim_dev *cdev, unsigned int nports,
				 struct net *net)
{
	struct chimsim_port *port;

	while (cdev->nports < nports) {
		port = chimsim_port_new(cdev, cdev->nports, net);
		if (IS_ERR(port)) {
			chimsim_dev_del_ports(cdev);
			return PTR_ERR(port);
		}
		cdev->ports[cdev->nports++] = port;
	}
	return 0;
}

static struct chimsim_dev *chimsim_dev_alloc(unsigned int id,
					     unsigned int nports)
{
	struct chimsim_dev *cdev;

	cdev = kzalloc(struct_size(cdev, ports, nports), GFP_KERNEL);
	if (!cdev)
		return NULL;
	refcount_inc(&chimsim_devs_alive);	/* put by chimsim_dev_release() */
	cdev->id = id;
	cdev->dev.id = id;
	cdev->dev.bus = &chimsim_bus;
	cdev->dev.type = &chimsim_dev_type;
	device_initialize(&cdev->dev);
	return cdev;
}

static int __chimsim_dev_new(unsigned int id, unsigned int nports,
			     struct net *net)
{
	struct chimsim_dev *cdev;
	int err;

	lockdep_assert_held(&chimsim_devs_lock);

	if (chimsim_devs_closed)
		return -ENODEV;
	if (xa_load(&chimsim_devs, id))
		return -EEXIST;

	cdev = chimsim_dev_alloc(id, nports);
	if (!cdev)
		return -ENOMEM;
	err = device_add(&cdev->dev);
	if (err)
		goto err_put_device;
	err = chimsim_dev_add_ports(cdev, nports, net);
	if (err)
		goto err_device_del;
	err = xa_insert(&chimsim_devs, id, cdev, GFP_KERNEL);
	if (err)
		goto err_del_ports;
	return 0;

err_del_ports:
	chimsim_dev_del_ports(cdev);
err_device_del:
	device_del(&cdev->dev);
err_put_device:
	put_device(&cdev->dev);
	return err;
}

static void __chimsim_dev_del(struct chimsim_dev *cdev)
{
	lockdep_assert_held(&chimsim_devs_lock);

	xa_erase(&chimsim_devs, cdev->id);
	chimsim_dev_del_ports(cdev);
	device_unregister(&cdev->dev);
}

/**
 * chimsim_dev_new - make a device
 * @id: its number
 * @nports: how many ports it shall have
 * @net: where their netdevs shall be
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL for numbers out of range; -EEXIST if there is one of that
 * number, or a netdev of the name of one of its ports; -ENODEV if the module
 * is on its way out; -ENOMEM; or what registering comes up with.
 */
int chimsim_dev_new(unsigned int id, unsigned int nports, struct net *net)
{
	int err;

	if (id > CHIMSIM_ID_MAX || !nports || nports > CHIMSIM_PORTS_MAX)
		return -EINVAL;

	mutex_lock(&chimsim_devs_lock);
	err = __chimsim_dev_new(id, nports, net);
	mutex_unlock(&chimsim_devs_lock);
	return err;
}

/**
 * chimsim_dev_del - remove a device
 * @id: its number
 *
 * Context: process, may sleep.
 * Return: 0; -ENOENT if there is none of that number.
 */
int chimsim_dev_del(unsigned int id)
{
	struct chimsim_dev *cdev;
	int err = -ENOENT;

	mutex_lock(&chimsim_devs_lock);
	cdev = xa_load(&chimsim_devs, id);
	if (cdev) {
		__chimsim_dev_del(cdev);
		err = 0;
	}
	mutex_unlock(&chimsim_devs_lock);
	return err;
}

/**
 * chimsim_dev_del_all - remove all devices, for good
 *
 * Waits until the last one's memory is freed: that may be held up by whoever
 * keeps a reference to it in sysfs, and cannot be given up, since it is the
 * module's code that frees it.
 *
 * Context: process, may sleep; the module goes.
 */
void chimsim_dev_del_all(void)
{
	struct chimsim_dev *cdev;
	unsigned long id;

	mutex_lock(&chimsim_devs_lock);
	chimsim_devs_closed = true;
	xa_for_each(&chimsim_devs, id, cdev)
		__chimsim_dev_del(cdev);
	mutex_unlock(&chimsim_devs_lock);

	chimsim_devs_put();
	while (!wait_for_completion_timeout(&chimsim_devs_released, 10 * HZ))
		pr_warn("waiting for a device to be released\n");
}
