// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/kexec_crash_size: how much is reserved, and giving some back.
 *
 * The size is that of both regions together. The main region shrinks from its
 * end and the low one stays, because a capture kernel needs it as it is; when
 * less is asked for than the low region has, the main region goes altogether
 * and the low one takes its place (crashk_res is what all the others look at).
 *
 * An architecture that tells user space of the region in another place than
 * /proc/iomem has crash_reserve_changed() for it, in asm/crash_reserve.h.
 *
 * Interface: crash_get_memory_size(), crash_shrink_memory(); callers are in
 * kernel/ksysfs.c. Context: process, may sleep; holds the kexec lock, so no
 * image comes or goes meanwhile.
 */
#define pr_fmt(fmt) "kdump: " fmt

#include <kunit/visibility.h>
#include <linux/crash_reserve.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <asm/crash_reserve.h>

#include "reserve.h"

/**
 * crash_get_memory_size() - how much memory is reserved for the crash kernel
 *
 * Context: process, may sleep.
 * Return: bytes or a negative error.
 */
ssize_t crash_get_memory_size(void)
{
	ssize_t bytes;
	int ret;

	ret = kexec_lock();
	if (ret)
		return ret;
	bytes = crash_reserve_bytes(&crashk_res) +
		crash_reserve_bytes(&crashk_low_res);
	kexec_unlock();
	return bytes;
}
EXPORT_SYMBOL_IF_KUNIT(crash_get_memory_size);

static void free_pages_of(u64 start_pa, u64 end_pa)
{
	u64 pfn;

	for (pfn = PHYS_PFN(start_pa); pfn < PHYS_PFN(end_pa); pfn++) {
		free_reserved_page(pfn_to_page(pfn));
		cond_resched();
	}
}

/*
 * Cut a resource to @bytes from its start and free the rest. What is freed is
 * shown by the "System RAM" that the resource stands in; where it stands alone,
 * it gets one.
 */
static int shrink(struct resource *res, u64 bytes)
{
	u64 start_pa = res->start, end_pa = start_pa + resource_size(res);
	struct resource *ram = NULL;
	int ret;

	if (res->parent == &iomem_resource) {
		ram = kzalloc(sizeof(*ram), GFP_KERNEL);
		if (!ram)
			return -ENOMEM;
		ram->name = "System RAM";
		ram->flags = IORESOURCE_BUSY | IORESOURCE_SYSTEM_RAM;
		ram->start = start_pa + bytes;
		ram->end = end_pa - 1;
	}

	if (bytes) {
		ret = res->parent ? adjust_resource(res, start_pa, bytes) : 0;
		if (ret) {
			kfree(ram);
			return ret;
		}
	} else if (res->parent) {
		release_resource(res);
	}
	crash_reserve_set(res, start_pa, start_pa + bytes);
	free_pages_of(start_pa + bytes, end_pa);
	if (ram && insert_resource(&iomem_resource, ram)) {
		pr_warn("%pR is free again, but /proc/iomem has no place for it\n",
			ram);
		kfree(ram);
	}
	return 0;
}

/* The low region becomes the main one, which is empty. */
static void promote_low(void)
{
	u64 start_pa = crashk_low_res.start;
	u64 bytes = crash_reserve_bytes(&crashk_low_res);
	bool inserted = crashk_low_res.parent;

	if (inserted)
		release_resource(&crashk_low_res);
	crash_reserve_set(&crashk_low_res, 0, 0);
	crash_reserve_set(&crashk_res, start_pa, start_pa + bytes);
	if (inserted && insert_resource(&iomem_resource, &crashk_res))
		pr_warn("\"Crash kernel\" %pR is not shown in /proc/iomem any more\n",
			&crashk_res);
}

static int shrink_locked(unsigned long new_size)
{
	u64 low = crash_reserve_bytes(&crashk_low_res);
	u64 old = crash_reserve_bytes(&crashk_res) + low;
	u64 new = new_size;
	int ret;

	if (kexec_crash_image)
		return -ENOENT;
	if (new > old)
		return -EINVAL;
	/* The size is a whole number of pages, so this is not above it. */
	new = PAGE_ALIGN(new);
	if (new == old)
		return 0;
	if (new > low)
		return shrink(&crashk_res, new - low);

	ret = crashk_res.end ? shrink(&crashk_res, 0) : 0;
	if (ret || !low)
		return ret;
	promote_low();
	return new < low ? shrink(&crashk_res, new) : 0;
}

/**
 * crash_shrink_memory() - give back memory reserved for the crash kernel
 * @new_size: bytes to keep; rounded up to pages
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL if @new_size is more than is reserved; -ENOENT if a crash
 * image is loaded, which must be unloaded first; another negative error.
 */
int crash_shrink_memory(unsigned long new_size)
{
	int ret = kexec_lock();

	if (ret)
		return ret;
	ret = shrink_locked(new_size);
	/* Also after an error on the way. */
	crash_reserve_changed();
	kexec_unlock();
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(crash_shrink_memory);
