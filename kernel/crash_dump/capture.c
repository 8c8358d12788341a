// SPDX-License-Identifier: GPL-2.0-only
/*
 * This kernel's one dump: made on first use, opened, added to, forgotten.
 *
 * Everything below this file takes its input as arguments and can be tested with made-up memory.
 * Here it meets the real thing: the address that elfcorehdr= gave and the architecture's way to
 * old memory.
 *
 * What is open does not change: /proc/vmcore is laid out anew only while nobody has it open, so
 * file offsets and sizes that a reader has seen stay true. The windows over old memory are
 * kept while anybody reads and unmapped with the last close.
 *
 * Interface: linux/oldmem.h. Context: process context of the capture kernel; may sleep.
 */
#define pr_fmt(fmt) "vmcore: " fmt

#include <linux/cc_platform.h>
#include <linux/crash_dump.h>
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/oldmem.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "capture_filter.h"
#include "dump.h"

/**
 * struct capture - all there is
 * @ref: one while it can be opened, one for each open file and each mapping
 * @reader: windows over old memory
 * @dump: the ELF core file
 * @filter: what of its memory is left out
 * @physmem: old memory by physical address
 * @vmcore_opens: how many have the ELF core file open; capture_lock
 * @opens: how many have any of the two open; capture_lock
 */
struct capture {
	struct kref ref;
	struct oldmem_reader reader;
	struct kdump_dump dump;
	struct capture_filter filter;
	struct oldmem_file physmem;
	unsigned int vmcore_opens;
	unsigned int opens;
};

static struct capture *the_capture;
static DEFINE_MUTEX(capture_lock);

/* vmcore.filter= */
unsigned int kdump_filter_wanted;

static void capture_release(struct kref *ref)
{
	struct capture *c = container_of(ref, struct capture, ref);

	oldmem_reader_exit(&c->reader);
	capture_filter_free(&c->filter);
	kdump_dump_free(&c->dump);
	kvfree(c->physmem.x.e);
	kfree(c);
}

static int build_physmem(struct capture *c, const struct elfcore_limits *limits)
{
	size_t cap = 2 * c->dump.crashed.nr;
	struct kdump_extent *storage;

	storage = kvcalloc(cap, sizeof(*storage), GFP_KERNEL);
	if (!storage)
		return -ENOMEM;
	kdump_extents_init(&c->physmem.x, storage, cap);
	return kdump_crashed_physmem(&c->dump.crashed, &c->physmem.x, limits);
}

static int build(struct capture *c)
{
	struct elfcore_limits limits;
	int err;

	oldmem_arch_source.encrypted = cc_platform_has(CC_ATTR_MEM_ENCRYPT);
	oldmem_reader_init(&c->reader, &oldmem_arch_source);
	kdump_crashed_limits(&limits);
	err = kdump_dump_build(&c->dump, &c->reader, elfcorehdr_addr, elfcorehdr_size, &limits);
	if (!err)
		err = build_physmem(c, &limits);

	c->dump.file.reader = &c->reader;
	c->dump.file.ref = &c->ref;
	c->dump.file.release = capture_release;
	c->physmem.reader = &c->reader;
	c->physmem.ref = &c->ref;
	c->physmem.release = capture_release;
	return err;
}

/* Without a filter there is still a dump. */
static void build_filter(struct capture *c)
{
	int err = capture_filter_build(&c->filter, &c->dump, &c->reader);

	if (!err)
		err = capture_filter_set(&c->filter, &c->dump.file, kdump_filter_wanted);
	if (err)
		pr_err("filter=%u: %s (%d); the dump is not filtered\n", kdump_filter_wanted,
		       err == -ENODATA ? "the crashed kernel does not describe its pages" :
					 "no memory", err);
	else if (kdump_filter_wanted)
		pr_info("filtered at level %u\n", kdump_filter_wanted);
}

static void report(const struct capture *c)
{
	size_t memory = sizeof(*c) + kdump_dump_memory(&c->dump) +
			capture_filter_memory(&c->filter) +
			c->physmem.x.cap * sizeof(*c->physmem.x.e);

	pr_info("%llu MiB in %zu pieces of RAM, %zu PT_LOADs, %zu bytes of notes (%u CPUs); takes %zu KiB of memory\n",
		kdump_extents_size(&c->dump.file.x) >> 20, c->dump.ram.nr, c->dump.loads.nr,
		c->dump.notes.bytes, c->dump.notes.cpus, memory >> 10);
}

/* The capture, made if need be; capture_lock is held. */
static struct capture *capture_get(void)
{
	struct capture *c;
	int err;

	lockdep_assert_held(&capture_lock);
	if (the_capture)
		return the_capture;
	if (!is_vmcore_usable())
		return ERR_PTR(-ENODEV);

	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return ERR_PTR(-ENOMEM);
	kref_init(&c->ref);
	err = build(c);
	oldmem_reader_trim(&c->reader);
	if (err) {
		pr_err("no dump can be made of the crashed kernel's memory (%d)\n", err);
		/* Memory may be there the next time. */
		if (err == -ENOMEM) {
			kref_put(&c->ref, capture_release);
			return ERR_PTR(err);
		}
		vmcore_unusable();
		kref_put(&c->ref, capture_release);
		return ERR_PTR(-ENODEV);
	}
	build_filter(c);
	oldmem_reader_trim(&c->reader);
	report(c);
	the_capture = c;
	return c;
}

static struct oldmem_file *file_open(bool vmcore)
{
	struct capture *c;

	mutex_lock(&capture_lock);
	c = capture_get();
	if (!IS_ERR(c)) {
		kref_get(&c->ref);
		c->opens++;
		c->vmcore_opens += vmcore;
	}
	mutex_unlock(&capture_lock);
	if (IS_ERR(c))
		return ERR_CAST(c);
	return vmcore ? &c->dump.file : &c->physmem;
}

struct oldmem_file *kdump_vmcore_open(void)
{
	return file_open(true);
}

struct oldmem_file *kdump_physmem_open(void)
{
	return file_open(false);
}

void kdump_file_close(struct oldmem_file *file)
{
	struct capture *c = container_of(file->ref, struct capture, ref);

	mutex_lock(&capture_lock);
	c->vmcore_opens -= file == &c->dump.file;
	if (!--c->opens)
		oldmem_reader_trim(&c->reader);
	mutex_unlock(&capture_lock);
	kref_put(&c->ref, capture_release);
}

u64 kdump_vmcore_size(void)
{
	struct capture *c;
	u64 bytes = 0;

	mutex_lock(&capture_lock);
	c = capture_get();
	if (!IS_ERR(c))
		bytes = oldmem_file_size(&c->dump.file);
	mutex_unlock(&capture_lock);
	return bytes;
}

/* What asks without reading leaves no windows behind. */
static void capture_trim(struct capture *c)
{
	lockdep_assert_held(&capture_lock);
	if (!c->opens)
		oldmem_reader_trim(&c->reader);
}

/* At least something is stored, and with a filter at least something is not: who copies notices. */
u64 kdump_vmcore_stored(void)
{
	u64 bytes = 0, size, left_out;
	struct capture *c;

	mutex_lock(&capture_lock);
	c = capture_get();
	if (!IS_ERR(c)) {
		size = oldmem_file_size(&c->dump.file);
		left_out = c->filter.level ? capture_filter_left_out(&c->filter) : 0;
		bytes = size - min(left_out, size);
		if (c->filter.level)
			bytes = clamp(bytes, PAGE_SIZE, max(size - PAGE_SIZE, PAGE_SIZE));
		capture_trim(c);
	}
	mutex_unlock(&capture_lock);
	return bytes;
}

int kdump_vmcore_filter(void)
{
	struct capture *c;
	int level;

	mutex_lock(&capture_lock);
	c = capture_get();
	level = IS_ERR(c) ? PTR_ERR(c) : c->filter.level;
	mutex_unlock(&capture_lock);
	return level;
}

int kdump_vmcore_set_filter(unsigned int level)
{
	struct capture *c;
	int err;

	mutex_lock(&capture_lock);
	c = capture_get();
	if (IS_ERR(c))
		err = PTR_ERR(c);
	else if (c->vmcore_opens)
		err = -EBUSY;
	else
		err = capture_filter_set(&c->filter, &c->dump.file, level);
	if (!IS_ERR(c))
		capture_trim(c);
	mutex_unlock(&capture_lock);
	return err;
}

int kdump_vmcore_counts(struct filter_counts *counts)
{
	struct capture *c;

	mutex_lock(&capture_lock);
	c = capture_get();
	if (!IS_ERR(c)) {
		capture_filter_counts(&c->filter, counts);
		counts->unreadable = oldmem_unreadable_count(&c->reader);
	}
	mutex_unlock(&capture_lock);
	return PTR_ERR_OR_ZERO(c);
}

ssize_t kdump_vmcore_unreadable(char *buf)
{
	struct capture *c;
	ssize_t bytes;

	mutex_lock(&capture_lock);
	c = capture_get();
	bytes = IS_ERR(c) ? PTR_ERR(c) : oldmem_unreadable_show(&c->reader, buf);
	mutex_unlock(&capture_lock);
	return bytes;
}

static int add_device(struct capture *c, struct vmcoredd_data *data)
{
	struct dump_device *device;
	int err;

	if (c->vmcore_opens) {
		pr_err("device dump %.*s: /proc/vmcore is being read, add it before; left out\n",
		       (int)sizeof(data->dump_name), data->dump_name);
		return -EBUSY;
	}
	device = dump_device_collect(data);
	if (IS_ERR(device))
		return PTR_ERR(device);

	list_add_tail(&device->node, &c->dump.devices);
	err = kdump_dump_layout(&c->dump);
	if (err) {
		pr_err("device dump %s: the dump can not be laid out with it (%d); left out\n",
		       data->dump_name, err);
		list_del(&device->node);
		dump_device_free(device);
		return err;
	}
	pr_info("device dump %s: %u bytes\n", data->dump_name, data->size);
	return 0;
}

int kdump_vmcore_add_device(struct vmcoredd_data *data)
{
	struct capture *c;
	int err;

	mutex_lock(&capture_lock);
	c = capture_get();
	err = IS_ERR(c) ? PTR_ERR(c) : add_device(c, data);
	mutex_unlock(&capture_lock);
	return err;
}

void kdump_forget(void)
{
	struct capture *c;

	mutex_lock(&capture_lock);
	c = the_capture;
	the_capture = NULL;
	vmcore_unusable();
	if (c) {
		WRITE_ONCE(c->dump.file.gone, true);
		WRITE_ONCE(c->physmem.gone, true);
	}
	mutex_unlock(&capture_lock);
	if (c)
		kref_put(&c->ref, capture_release);
}
