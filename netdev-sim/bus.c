// SPDX-License-Identifier: GPL-2.0
/*
 * The bus "chimsim", and its files, by which users make and join things:
 *
 *	new_device	"ID [PORTS]": makes the device chimsimID with PORTS
 *			ports (default 1), netdevs chsIDp0, chsIDp1 ... in the
 *			writer's network namespace
 *	del_device	"ID"
 *	link_device	"NETNSFD:IFINDEX NETNSFD:IFINDEX": makes a wire of two
 *			ports; NETNSFD is a file descriptor, open in the
 *			writer, of the network namespace that the port is in
 *	unlink_device	"NETNSFD:IFINDEX": takes away that port's wire
 *
 * Errors are the same for all: EINVAL: what was written is not of this form,
 * or out of range (new_device), or a port with itself (link_device). EEXIST,
 * ENOENT: there is one, there is none of that ID. EBADF: NETNSFD is not open;
 * EINVAL: it is, but is no network namespace. ENODEV: no netdev has this
 * IFINDEX there. EOPNOTSUPP: it is not one of ours. EBUSY: a wire is there.
 * ENOTCONN: none is.
 */
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string_helpers.h>
#include <net/net_namespace.h>

#include "chimsim.h"

/**
 * struct chimsim_where - where a netdev is, as written by a user
 * @net: the namespace; counted
 * @ifindex: its index in there
 */
struct chimsim_where {
	struct net	*net;
	int		ifindex;
};

/* Splits what was written into @min to @max words. */
static char **chimsim_words(const char *buf, int min, int max, int *count)
{
	char **words;

	words = argv_split(GFP_KERNEL, buf, count);
	if (!words)
		return ERR_PTR(-ENOMEM);
	if (*count < min || *count > max) {
		argv_free(words);
		return ERR_PTR(-EINVAL);
	}
	return words;
}

static ssize_t new_device_store(const struct bus_type *bus, const char *buf,
				size_t count)
{
	unsigned int id, nports = 1;
	char **words;
	int n, err;

	words = chimsim_words(buf, 1, 2, &n);
	if (IS_ERR(words))
		return PTR_ERR(words);
	err = kstrtouint(words[0], 0, &id);
	if (!err && n == 2)
		err = kstrtouint(words[1], 0, &nports);
	if (!err)
		err = chimsim_dev_new(id, nports, current->nsproxy->net_ns);
	argv_free(words);
	return err ? : count;
}
static BUS_ATTR_WO(new_device);

static ssize_t del_device_store(const struct bus_type *bus, const char *buf,
				size_t count)
{
	unsigned int id;
	int err;

	err = kstrtouint(buf, 0, &id);
	if (!err)
		err = chimsim_dev_del(id);
	return err ? : count;
}
static BUS_ATTR_WO(del_device);

/* Reads "NETNSFD:IFINDEX"; the namespace is the caller's to put. */
static int chimsim_where_get(char *word, struct chimsim_where *where)
{
	char *ifindex = word;
	const char *fd_text = strsep(&ifindex, ":");
	struct net *net;
	int err, fd;

	if (!ifindex)
		return -EINVAL;
	err = kstrtoint(fd_text, 10, &fd);
	if (!err)
		err = kstrtoint(ifindex, 10, &where->ifindex);
	if (err)
		return err;
	if (fd < 0 || where->ifindex <= 0)
		return -EINVAL;

	net = get_net_ns_by_fd(fd);
	if (IS_ERR(net))
		return PTR_ERR(net);
	where->net = net;
	return 0;
}

static struct chimsim_port *chimsim_where_port(const struct chimsim_where *where)
{
	struct net_device *netdev;

	netdev = __dev_get_by_index(where->net, where->ifindex);
	if (!netdev)
		return ERR_PTR(-ENODEV);
	if (!chimsim_is_port(netdev))
		return ERR_PTR(-EOPNOTSUPP);
	return chimsim_netdev_port(netdev);
}

static int chimsim_link(const struct chimsim_where *at_a,
			const struct chimsim_where *at_b)
{
	struct chimsim_port *a, *b;

	ASSERT_RTNL();

	a = chimsim_where_port(at_a);
	if (IS_ERR(a))
		return PTR_ERR(a);
	b = chimsim_where_port(at_b);
	if (IS_ERR(b))
		return PTR_ERR(b);
	return chimsim_wire_link(a, b);
}

static ssize_t link_device_store(const struct bus_type *bus, const char *buf,
				 size_t count)
{
	struct chimsim_where a, b;
	char **words;
	int n, err;

	words = chimsim_words(buf, 2, 2, &n);
	if (IS_ERR(words))
		return PTR_ERR(words);
	err = chimsim_where_get(words[0], &a);
	if (err)
		goto out_words;
	err = chimsim_where_get(words[1], &b);
	if (err)
		goto out_a;

	rtnl_lock();
	err = chimsim_link(&a, &b);
	rtnl_unlock();

	put_net(b.net);
out_a:
	put_net(a.net);
out_words:
	argv_free(words);
	return err ? : count;
}
static BUS_ATTR_WO(link_device);

static ssize_t unlink_device_store(const struct bus_type *bus, const char *buf,
				   size_t count)
{
	struct chimsim_where where;
	struct chimsim_port *port;
	char **words;
	int n, err;

	words = chimsim_words(buf, 1, 1, &n);
	if (IS_ERR(words))
		return PTR_ERR(words);
	err = chimsim_where_get(words[0], &where);
	if (err)
		goto out_words;

	rtnl_lock();
	port = chimsim_where_port(&where);
	err = IS_ERR(port) ? PTR_ERR(port) : chimsim_wire_unlink(port);
	rtnl_unlock();

	put_net(where.net);
out_words:
	argv_free(words);
	return err ? : count;
}
static BUS_ATTR_WO(unlink_device);

static struct attribute *chimsim_bus_attrs[] = {
	&bus_attr_new_device.attr,
	&bus_attr_del_device.attr,
	&bus_attr_link_device.attr,
	&bus_attr_unlink_device.attr,
	NULL,
};
ATTRIBUTE_GROUPS(chimsim_bus);

struct bus_type chimsim_bus = {
	.name		= CHIMSIM_NAME,
	.dev_name	= CHIMSIM_NAME,
	.bus_groups	= chimsim_bus_groups,
};

/**
 * chimsim_bus_init - make the bus and its files
 *
 * Return: 0, or what the bus's registration says.
 */
int chimsim_bus_init(void)
{
	return bus_register(&chimsim_bus);
}

/**
 * chimsim_bus_exit - remove all devices, then the bus
 */
void chimsim_bus_exit(void)
{
	chimsim_dev_del_all();
	bus_unregister(&chimsim_bus);
}
