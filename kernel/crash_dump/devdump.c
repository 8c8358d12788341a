// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device dumps: what a driver's hardware has to say, as a note in the dump.
 *
 * A device dump is one ELF note of the form that uapi/linux/vmcore.h gives. It is made to fill its
 * pages to the end, so that notes follow each other without a gap that a reader would take
 * for the end.
 *
 * Interface: dump.h. Context: process context of the capture kernel; may sleep for as long as
 * the driver takes.
 */
#define pr_fmt(fmt) "vmcore: " fmt

#include <linux/crash_dump.h>
#include <linux/elf.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "dump.h"

/* A note's content is at most 32 bits long; whole pages of it, below 2 GiB. */
#define DEVICE_DUMP_BYTES	(SZ_2G - 2 * PAGE_SIZE)

static int check(const struct vmcoredd_data *data)
{
	size_t name_bytes = strnlen(data->dump_name, sizeof(data->dump_name));

	if (!name_bytes || name_bytes == sizeof(data->dump_name)) {
		pr_err("device dump: its name must have 1 to %zu characters; left out\n",
		       sizeof(data->dump_name) - 1);
		return -EINVAL;
	}
	if (!data->vmcoredd_callback) {
		pr_err("device dump %s: no callback that would fill it; left out\n",
		       data->dump_name);
		return -EINVAL;
	}
	if (!data->size || data->size > DEVICE_DUMP_BYTES) {
		pr_err("device dump %s: its size is %u, must be 1 to %lu bytes; left out\n",
		       data->dump_name, data->size, (unsigned long)DEVICE_DUMP_BYTES);
		return -EINVAL;
	}
	return 0;
}

static void write_head(struct vmcoredd_header *head, const struct vmcoredd_data *data,
		       size_t note_bytes)
{
	head->n_namesz = sizeof(VMCOREDD_NOTE_NAME);
	head->n_descsz = note_bytes - offsetof(struct vmcoredd_header, dump_name);
	head->n_type = NT_VMCOREDD;
	strscpy_pad(head->name, VMCOREDD_NOTE_NAME, sizeof(head->name));
	strscpy_pad(head->dump_name, data->dump_name, sizeof(head->dump_name));
}

struct dump_device *dump_device_collect(struct vmcoredd_data *data)
{
	struct dump_device *device;
	int err = check(data);

	if (err)
		return ERR_PTR(err);

	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device)
		return ERR_PTR(-ENOMEM);
	device->bytes = PAGE_ALIGN(sizeof(struct vmcoredd_header) + data->size);
	device->note = vzalloc(device->bytes);
	if (!device->note) {
		pr_err("device dump %s: no memory for its %u bytes; left out\n", data->dump_name,
		       data->size);
		err = -ENOMEM;
		goto fail;
	}

	err = data->vmcoredd_callback(data, device->note + sizeof(struct vmcoredd_header));
	if (err) {
		pr_err("device dump %s: the driver could not fill it (%d); left out\n",
		       data->dump_name, err);
		goto fail;
	}
	write_head(device->note, data, device->bytes);
	return device;
fail:
	dump_device_free(device);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_IF_KUNIT(dump_device_collect);

void dump_device_free(struct dump_device *device)
{
	vfree(device->note);
	kfree(device);
}
EXPORT_SYMBOL_IF_KUNIT(dump_device_free);
