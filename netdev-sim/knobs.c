// SPDX-License-Identifier: GPL-2.0
/*
 * The target's files in /sys/bus/chimsim/devices/chimsimID/portN/offload/:
 *
 *	neighs, paths, conns		how many objects are in its table
 *	max_neighs, max_paths, max_conns  how many may be; what is there already
 *					stays. The host is told.
 *	max_sent			octets of a connection that may be in
 *					flight when it comes; more does not fit
 *	delay_initiate, delay_terminate, delay_update, delay_query,
 *	delay_invalidate		milliseconds until a request is
 *					completed, 0 to 60000; 0: within the call.
 *					What waits already waits anew for so long
 *	split				a delayed batch is completed so many
 *					requests at a time; 0: in one go
 *	pause				1: the device pauses; 0: it restarts
 *	upload_all			any write: everything shall go back
 *	offload_pause			any write: no new offloads
 *	offload_resume			any write: new offloads again
 *	retrieve			"HANDLE REASON": one connection shall go
 *					back; a reason by name or number, 1 to 11
 *	violations			how often the host broke the rules
 *
 * All that these events do is to tell the host. The medium is unplugged with
 * the file "link" of the port.
 */
#include <linux/string.h>
#include <linux/sysfs.h>
#include "../targets/common/names.h"
#include "offload.h"

static struct chimsim_offload *to_offload(struct device *dev)
{
	/* There as long as its files: see chimsim_port_new(). */
	return to_chimsim_port(dev)->offload;
}

static int parse_uint(const char *buf, unsigned int max, unsigned int *value)
{
	int err = kstrtouint(buf, 0, value);

	if (err)
		return err;
	return *value <= max ? 0 : -ERANGE;
}

static ssize_t count_show(struct device *dev, enum chimney_type type, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_offload(dev)->count[type]));
}

static ssize_t max_show(struct device *dev, enum chimney_type type, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_offload(dev)->max[type]));
}

static ssize_t max_store(struct device *dev, enum chimney_type type,
			 const char *buf, size_t count)
{
	struct chimsim_offload *off = to_offload(dev);
	unsigned int value;
	int err;

	err = parse_uint(buf, INT_MAX, &value);
	if (err)
		return err;
	mutex_lock(&off->lock);
	WRITE_ONCE(off->max[type], value);
	mutex_unlock(&off->lock);
	chimsim_offload_dev_event(off, CHIMNEY_DEV_CAPS);
	return count;
}

#define LAYER(_name, _type)						\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	return count_show(dev, _type, buf);				\
}									\
static DEVICE_ATTR_RO(_name);						\
static ssize_t max_##_name##_show(struct device *dev,			\
				  struct device_attribute *attr,	\
				  char *buf)				\
{									\
	return max_show(dev, _type, buf);				\
}									\
static ssize_t max_##_name##_store(struct device *dev,			\
				   struct device_attribute *attr,	\
				   const char *buf, size_t count)	\
{									\
	return max_store(dev, _type, buf, count);			\
}									\
static DEVICE_ATTR_RW(max_##_name)

LAYER(neighs, CHIMNEY_TYPE_NEIGH);
LAYER(paths, CHIMNEY_TYPE_PATH);
LAYER(conns, CHIMNEY_TYPE_CONN);

static ssize_t delay_store(struct device *dev, enum chimney_op op,
			   const char *buf, size_t count)
{
	unsigned int value;
	int err;

	err = parse_uint(buf, CHIMSIM_DELAY_MAX, &value);
	if (err)
		return err;
	chimsim_offload_delay(to_offload(dev), op, value);
	return count;
}

#define DELAY(_name, _op)						\
static ssize_t delay_##_name##_show(struct device *dev,			\
				    struct device_attribute *attr,	\
				    char *buf)				\
{									\
	return sysfs_emit(buf, "%u\n",					\
			  READ_ONCE(to_offload(dev)->delay[_op]));	\
}									\
static ssize_t delay_##_name##_store(struct device *dev,		\
				     struct device_attribute *attr,	\
				     const char *buf, size_t count)	\
{									\
	return delay_store(dev, _op, buf, count);			\
}									\
static DEVICE_ATTR_RW(delay_##_name)

DELAY(initiate, CHIMNEY_OP_INITIATE);
DELAY(terminate, CHIMNEY_OP_TERMINATE);
DELAY(update, CHIMNEY_OP_UPDATE);
DELAY(query, CHIMNEY_OP_QUERY);
DELAY(invalidate, CHIMNEY_OP_INVALIDATE);

#define NUMBER(_name)							\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_offload(dev)->_name)); \
}									\
static ssize_t _name##_store(struct device *dev,			\
			     struct device_attribute *attr,		\
			     const char *buf, size_t count)		\
{									\
	return number_store(&to_offload(dev)->_name, buf, count);	\
}									\
static DEVICE_ATTR_RW(_name)

static ssize_t number_store(unsigned int *number, const char *buf, size_t count)
{
	unsigned int value;
	int err;

	err = parse_uint(buf, INT_MAX, &value);
	if (err)
		return err;
	WRITE_ONCE(*number, value);
	return count;
}

NUMBER(max_sent);
NUMBER(split);

static ssize_t pause_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(to_offload(dev)->paused));
}

static ssize_t pause_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t count)
{
	struct chimsim_offload *off = to_offload(dev);
	bool pause;
	int err;

	err = kstrtobool(buf, &pause);
	if (err)
		return err;
	WRITE_ONCE(off->paused, pause);
	chimsim_offload_dev_event(off, pause ? CHIMNEY_DEV_PAUSE :
					       CHIMNEY_DEV_RESTART);
	return count;
}
static DEVICE_ATTR_RW(pause);

#define EVENT(_name, _event)						\
static ssize_t _name##_store(struct device *dev,			\
			     struct device_attribute *attr,		\
			     const char *buf, size_t count)		\
{									\
	chimsim_offload_dev_event(to_offload(dev), _event);		\
	return count;							\
}									\
static DEVICE_ATTR_WO(_name)

EVENT(upload_all, CHIMNEY_DEV_UPLOAD_ALL);
EVENT(offload_pause, CHIMNEY_DEV_OFFLOAD_PAUSE);
EVENT(offload_resume, CHIMNEY_DEV_OFFLOAD_RESUME);

static ssize_t retrieve_store(struct device *dev, struct device_attribute *attr,
			      const char *buf, size_t count)
{
	struct chimsim_conn *conn;
	char word[32];
	int reason, err;
	u64 handle;

	if (sscanf(buf, "%llu %31s", &handle, word) != 2)
		return -EINVAL;
	reason = target_reason_parse(word);
	if (reason < CHIMNEY_REASON_LOW_ACTIVITY ||
	    reason > CHIMNEY_REASON_HARDWARE_FAILURE)
		return -EINVAL;
	conn = chimsim_table_get_conn(to_offload(dev), handle);
	if (!conn)
		return -ENOENT;
	err = chimsim_offload_event(conn, CHIMNEY_EVENT_RETRIEVE, reason);
	chimsim_object_put(&conn->obj);
	return err ?: count;
}
static DEVICE_ATTR_WO(retrieve);

static ssize_t violations_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  chimsim_referee_total(&to_offload(dev)->ref));
}
static DEVICE_ATTR_RO(violations);

static struct attribute *offload_attrs[] = {
	&dev_attr_neighs.attr,
	&dev_attr_paths.attr,
	&dev_attr_conns.attr,
	&dev_attr_max_neighs.attr,
	&dev_attr_max_paths.attr,
	&dev_attr_max_conns.attr,
	&dev_attr_max_sent.attr,
	&dev_attr_delay_initiate.attr,
	&dev_attr_delay_terminate.attr,
	&dev_attr_delay_update.attr,
	&dev_attr_delay_query.attr,
	&dev_attr_delay_invalidate.attr,
	&dev_attr_split.attr,
	&dev_attr_pause.attr,
	&dev_attr_upload_all.attr,
	&dev_attr_offload_pause.attr,
	&dev_attr_offload_resume.attr,
	&dev_attr_retrieve.attr,
	&dev_attr_violations.attr,
	NULL,
};

const struct attribute_group chimsim_offload_group = {
	.name = "offload",
	.attrs = offload_attrs,
};
