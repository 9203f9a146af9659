// SPDX-License-Identifier: GPL-2.0
/*
 * The target's files in /sys/kernel/debug/chimsim/chimsimID/portN/, for tests:
 *
 *	requests	the log, see journal.c; any write clears it
 *	violations	each rule and how often the host broke it; any write
 *			sets them to zero
 *	conns		the connections in the table, with what their engines
 *			have carried and where they are in the streams
 *	inject		a referee of its own for made-up requests, see inject.c
 *	upcall		the target lies to the host, see upcall.c
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/tcp.h>
#include "offload.h"
#include "upcall.h"

/* Longest line for "inject" and "upcall" */
#define LINE_MAX	1024

static struct dentry *root;

static int requests_open(struct inode *inode, struct file *file)
{
	struct chimsim_offload *off = inode->i_private;
	int err = seq_open(file, &chimsim_journal_seq);

	if (!err)
		((struct seq_file *)file->private_data)->private =
			&off->journal;
	return err;
}

static ssize_t requests_write(struct file *file, const char __user *buf,
			      size_t count, loff_t *pos)
{
	struct chimsim_offload *off = file_inode(file)->i_private;

	chimsim_journal_clear(&off->journal);
	return count;
}

static const struct file_operations requests_fops = {
	.owner = THIS_MODULE,
	.open = requests_open,
	.read = seq_read,
	.write = requests_write,
	.llseek = seq_lseek,
	.release = seq_release,
};

static int violations_show(struct seq_file *s, void *unused)
{
	struct chimsim_offload *off = s->private;

	chimsim_referee_show(s, &off->ref);
	return 0;
}

static int violations_open(struct inode *inode, struct file *file)
{
	return single_open(file, violations_show, inode->i_private);
}

static ssize_t violations_write(struct file *file, const char __user *buf,
				size_t count, loff_t *pos)
{
	struct chimsim_offload *off = file_inode(file)->i_private;

	chimsim_referee_clear(&off->ref);
	return count;
}

static const struct file_operations violations_fops = {
	.owner = THIS_MODULE,
	.open = violations_open,
	.read = seq_read,
	.write = violations_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/* As people write them: 10.0.0.1:80, [fd00::1]:80 */
static void show_end(struct seq_file *s, const struct in6_addr *addr,
		     __be16 port)
{
	if (chimsim_family(addr) == AF_INET)
		seq_printf(s, " %pI4:%u", &addr->s6_addr32[3], ntohs(port));
	else
		seq_printf(s, " [%pI6c]:%u", addr, ntohs(port));
}

static void show_conn(struct chimsim_conn *conn, void *arg)
{
	const struct sock *sk = READ_ONCE(conn->sk);
	const struct tcp_sock *tp = tcp_sk(sk);
	struct seq_file *s = arg;

	if (!sk)
		return;		/* it is just coming */
	/* Not locked: exact only while nothing moves. */
	seq_printf(s, "%llu", conn->obj.handle);
	show_end(s, &conn->key.saddr, conn->key.sport);
	show_end(s, &conn->key.daddr, conn->key.dport);
	seq_printf(s, " %s tx %llu %llu %llu rx %llu %llu seq %u %u %u %u\n",
		   conn->died ? "dead" : conn->diverting ? "diverting" :
		   conn->active ? "active" : "stopped",
		   conn->tx_segs, conn->tx_payload, conn->tx_retrans,
		   conn->rx_segs, conn->rx_payload,
		   READ_ONCE(tp->snd_una), READ_ONCE(tp->snd_nxt),
		   READ_ONCE(tp->rcv_nxt), tcp_receive_window(tp));
}

static int conns_show(struct seq_file *s, void *unused)
{
	seq_puts(s, "# handle local peer state tx segments octets retransmitted rx segments octets seq snd_una snd_nxt rcv_nxt window\n");
	chimsim_table_each_conn(s->private, show_conn, s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(conns);

static int inject_show(struct seq_file *s, void *unused)
{
	struct chimsim_offload *off = s->private;

	chimsim_inject_show(s, &off->inject);
	return 0;
}

static int inject_open(struct inode *inode, struct file *file)
{
	return single_open(file, inject_show, inode->i_private);
}

/* One line, for which @play is called; it may change it. */
static ssize_t write_line(struct file *file, const char __user *buf,
			  size_t count,
			  int (*play)(struct chimsim_offload *off, char *line))
{
	char *line;
	int err;

	if (count > LINE_MAX)
		return -E2BIG;
	line = memdup_user_nul(buf, count);
	if (IS_ERR(line))
		return PTR_ERR(line);
	err = play(file_inode(file)->i_private, line);
	kfree(line);
	return err ?: count;
}

static int inject_line(struct chimsim_offload *off, char *line)
{
	return chimsim_inject_line(&off->inject, line);
}

static ssize_t inject_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *pos)
{
	return write_line(file, buf, count, inject_line);
}

static const struct file_operations inject_fops = {
	.owner = THIS_MODULE,
	.open = inject_open,
	.read = seq_read,
	.write = inject_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static ssize_t upcall_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *pos)
{
	return write_line(file, buf, count, chimsim_upcall_line);
}

static const struct file_operations upcall_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = upcall_write,
};

/* The folder of the port's device, with a reference, or an error. */
static struct dentry *device_dir(const struct chimsim_port *port)
{
	const char *name = dev_name(&port->cdev->dev);
	struct dentry *dir = debugfs_lookup(name, root);

	if (dir)
		return dir;
	dir = debugfs_create_dir(name, root);
	return IS_ERR(dir) ? dir : dget(dir);
}

/* Debugging goes without: nothing here is worth failing for. */
void chimsim_probe_add(struct chimsim_offload *off)
{
	struct dentry *dir = device_dir(off->port);

	if (IS_ERR(dir))
		return;
	off->dir = debugfs_create_dir(dev_name(&off->port->dev), dir);
	dput(dir);

	debugfs_create_file("requests", 0600, off->dir, off, &requests_fops);
	debugfs_create_file("violations", 0600, off->dir, off,
			    &violations_fops);
	debugfs_create_file("conns", 0400, off->dir, off, &conns_fops);
	debugfs_create_file("inject", 0600, off->dir, off, &inject_fops);
	off->upcall = debugfs_create_file("upcall", 0200, off->dir, off,
					  &upcall_fops);
}

/* The host is about to let go: waits for upcalls, and lets no more through. */
void chimsim_probe_hush(struct chimsim_offload *off)
{
	debugfs_remove(off->upcall);
	off->upcall = NULL;
}

void chimsim_probe_remove(struct chimsim_offload *off)
{
	struct dentry *dir;

	debugfs_remove(off->dir);
	/* The first port comes first and goes last. */
	if (off->port->index)
		return;
	dir = device_dir(off->port);
	if (IS_ERR(dir))
		return;
	debugfs_remove(dir);
	dput(dir);
}

void chimsim_probe_init(void)
{
	root = debugfs_create_dir(CHIMSIM_NAME, NULL);
}

void chimsim_probe_exit(void)
{
	debugfs_remove(root);
}
