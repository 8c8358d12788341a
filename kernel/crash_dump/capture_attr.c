// SPDX-License-Identifier: GPL-2.0-only
/*
 * The filter of /proc/vmcore as a user sets it and looks at it.
 *
 *	vmcore.filter=LEVEL		on the capture kernel's command line
 *	/sys/kernel/vmcore/filter	the same later, while nobody has /proc/vmcore open
 *	/sys/kernel/vmcore/pages	what was found of the pages that were looked at so far
 *	/sys/kernel/vmcore/unreadable	pages that the machine can not read, one address a line
 *
 * A level is a sum of 1 (pages of zeros: nothing to do here, who copies punches them), 2 (page
 * cache without private data), 4 (page cache), 8 (user memory) and 16 (free memory), as
 * makedumpfile's -d. A text that is none is named in a line and the dump is whole: better too
 * large than without what somebody wanted.
 *
 * Interface: Documentation/kdump/abi.rst. Context: process context of the capture kernel.
 */
#define pr_fmt(fmt) "vmcore: " fmt

#include <linux/crash_dump.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/moduleparam.h>
#include <linux/oldmem.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "capture_filter.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "vmcore."

static int read_level(const char *text, unsigned int *level)
{
	unsigned int number;

	if (text && !kstrtouint(text, 0, &number) && number <= PAGEFILTER_LEVEL_MAX) {
		*level = number;
		return 0;
	}
	if (!text)
		text = "";
	pr_err("filter=%.*s: not a number from 0 to %u (a sum of 1 zero pages, 2 cache, 4 private cache too, 8 user, 16 free); nothing changes\n",
	       (int)strcspn(text, "\n"), text, PAGEFILTER_LEVEL_MAX);
	return -EINVAL;
}

static int filter_param_set(const char *text, const struct kernel_param *param)
{
	return read_level(text, param->arg);
}

static const struct kernel_param_ops filter_param_ops = {
	.set = filter_param_set,
};

/* Not in /sys/module: what is set there later would come too late. */
module_param_cb(filter, &filter_param_ops, &kdump_filter_wanted, 0);

static ssize_t filter_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	int level = kdump_vmcore_filter();

	return level < 0 ? level : sysfs_emit(buf, "%d\n", level);
}

static ssize_t filter_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			    size_t bytes)
{
	unsigned int level;
	int err = read_level(buf, &level);

	if (!err)
		err = kdump_vmcore_set_filter(level);
	return err ? err : bytes;
}

static ssize_t pages_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct filter_counts counts;
	u64 looked_at = 0;
	ssize_t at;
	int err;

	err = kdump_vmcore_counts(&counts);
	if (err)
		return err;
	for (unsigned int i = 0; i < PAGEFILTER_NR_CLASSES; i++)
		looked_at += counts.stats.pages[i];
	at = sysfs_emit(buf, "ram %llu\nlooked_at %llu\n", counts.ram_pages, looked_at);
	for (unsigned int i = 0; i < PAGEFILTER_NR_CLASSES; i++)
		at += sysfs_emit_at(buf, at, "%s %llu\n", pagefilter_class_name(i),
				    counts.stats.pages[i]);
	at += sysfs_emit_at(buf, at, "unclear %llu\nno_answer %llu\nabsent %llu\n",
			    counts.stats.unclear, counts.stats.unreadable, counts.stats.absent);
	at += sysfs_emit_at(buf, at, "unreadable %llu\n", counts.unreadable);
	return at;
}

static ssize_t unreadable_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return kdump_vmcore_unreadable(buf);
}

static struct kobj_attribute filter_attr = __ATTR_RW_MODE(filter, 0600);
static struct kobj_attribute pages_attr = __ATTR_RO_MODE(pages, 0400);
static struct kobj_attribute unreadable_attr = __ATTR_RO_MODE(unreadable, 0400);

static struct attribute *vmcore_attrs[] = {
	&filter_attr.attr,
	&pages_attr.attr,
	&unreadable_attr.attr,
	NULL
};

static const struct attribute_group vmcore_group = {
	.attrs = vmcore_attrs,
};

static int __init capture_attr_init(void)
{
	struct kobject *kobj;

	if (!is_vmcore_usable() || !kdump_vmcore_size())
		return 0;
	kobj = kobject_create_and_add("vmcore", kernel_kobj);
	if (!kobj || sysfs_create_group(kobj, &vmcore_group)) {
		pr_err("no memory for /sys/kernel/vmcore: the filter stays as the command line set it\n");
		kobject_put(kobj);
		return -ENOMEM;
	}
	return 0;
}
late_initcall(capture_attr_init);
