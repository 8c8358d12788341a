// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pieces of an image that kexec_file_load(2) builds: find room, make a segment.
 *
 * Room for a crash image is in the crash region, and nowhere else; while an image is armed
 * there, a first try keeps clear of all that it takes. Room for an ordinary one is in any
 * System RAM that was there at boot and is online: it is copied to its place when this kernel is
 * not needed any more. Memory that was plugged in later, or that a driver added
 * (IORESOURCE_SYSRAM_DRIVER_MANAGED), is none of it, since the next kernel does not find it in the
 * firmware's map; neither are poisoned pages.
 *
 * Interface: kexec_add_buffer(), also for drivers and IMA; kexec_drop_buffers().
 *
 * Context: process, may sleep; kexec_lock() held.
 *
 * Elsewhere: kexec_place.c (arithmetic).
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <kunit/visibility.h>
#include <linux/array_size.h>
#include <linux/ioport.h>
#include <linux/kexec.h>
#include <linux/kexec_arch.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "kexec_file.h"
#include "kexec_internal.h"
#include "kexec_ram.h"
#include "kexec_place.h"

/* What an architecture may ask for at most; there is room in KEXEC_BUSY_MAX. */
#define KEXEC_KEEP_OUT_MAX	32

/* What a piece must not overlap. */
static int kexec_buffer_busy(const struct kimage *image, struct kdump_ranges *busy)
{
	struct kdump_range keep[KEXEC_KEEP_OUT_MAX];
	unsigned int i, nr;
	int ret = 0;

	if (image->type == KEXEC_TYPE_CRASH)
		return kimage_region_busy(image, busy);

	nr = kexec_arch_ops.keep_out(keep, ARRAY_SIZE(keep));
	for (i = 0; i < nr && !ret; i++)
		ret = kdump_ranges_add(busy, keep[i].start, keep[i].end);

	for (i = 0; i < image->nr_segments && !ret; i++)
		ret = kdump_ranges_add(busy, image->segment[i].mem,
				       (u64)image->segment[i].mem + image->segment[i].memsz);
	if (!IS_ENABLED(CONFIG_CRASH_RESERVE))
		return ret;
	if (!ret && crashk_res.end > crashk_res.start)
		ret = kdump_ranges_add(busy, crashk_res.start, crashk_res.end + 1);
	if (!ret && crashk_low_res.end > crashk_low_res.start)
		ret = kdump_ranges_add(busy, crashk_low_res.start, crashk_low_res.end + 1);
	return ret;
}

/**
 * struct kexec_search - a walk over System RAM for room
 * @want: how much
 * @busy: what is taken
 * @found_pa: where it is
 */
struct kexec_search {
	const struct kexec_room *want;
	const struct kdump_ranges *busy;
	u64 found_pa;
};

/* The first part of [pa, end_pa) that an ordinary image has to keep clear of; empty if none. */
static struct kdump_range kexec_ram_unfit(u64 pa, u64 end_pa)
{
	struct kdump_range unfit = { .start = end_pa, .end = end_pa };
	u64 at_pa, unit_end_pa;

	for (at_pa = pa; at_pa < end_pa; at_pa = unit_end_pa) {
		unit_end_pa = min(ram_unit_end(at_pa), end_pa);
		if (ram_online(at_pa) && ram_since_boot(at_pa))
			continue;
		unfit.start = at_pa;
		unfit.end = unit_end_pa;
		break;
	}
	at_pa = kimage_next_poisoned(pa, unfit.start);
	if (at_pa < unfit.start) {
		unfit.start = at_pa;
		unfit.end = at_pa + PAGE_SIZE;
	}
	return unfit;
}

/*
 * One piece of System RAM; 1 ends the walk. A place with an unfit part is no place, and neither are
 * those between it and the nearest one that is clear of that part.
 */
static int kexec_search_ram(struct resource *res, void *arg)
{
	struct kexec_search *search = arg;
	struct kexec_room want = *search->want;
	struct kdump_range ram = { .start = res->start, .end = res->end + 1 };
	const struct kdump_ranges avail = { .r = &ram, .nr = 1, .cap = 1 };

	if (res->flags & IORESOURCE_SYSRAM_DRIVER_MANAGED)
		return 0;
	while (!kexec_place_find(&avail, search->busy, &want, &search->found_pa)) {
		struct kdump_range unfit = kexec_ram_unfit(search->found_pa,
							   search->found_pa + want.bytes);

		if (unfit.start == unfit.end)
			return 1;
		if (want.top_down)
			want.max = unfit.start;
		else
			want.min = unfit.end;
		cond_resched();
	}
	return 0;
}

static int kexec_find_in_ram(const struct kexec_room *want, const struct kdump_ranges *busy,
			     u64 *found_pa)
{
	struct kexec_search search = { .want = want, .busy = busy };
	int ret;

	if (want->top_down)
		ret = walk_system_ram_res_rev(0, ULONG_MAX, &search, kexec_search_ram);
	else
		ret = walk_system_ram_res(0, ULONG_MAX, &search, kexec_search_ram);
	*found_pa = search.found_pa;
	if (ret == 1)
		return 0;
	/* Top-down makes a list first; without memory for that, and only then, it gives -1. */
	return want->top_down && ret < 0 ? -ENOMEM : -EADDRNOTAVAIL;
}

static int kexec_find_room(const struct kexec_buf *kbuf, u64 *found_pa)
{
	struct kdump_range region = kexec_crash_region();
	const struct kdump_ranges avail = { .r = &region, .nr = 1, .cap = 1 };
	struct kdump_range taken[KEXEC_BUSY_MAX];
	struct kdump_ranges busy;
	const struct kexec_room want = {
		.bytes = kbuf->memsz,
		.align = kbuf->buf_align,
		.min = kbuf->buf_min,
		/* Theirs is the last byte that may be used. */
		.max = min_t(u64, kbuf->buf_max, kexec_arch_ops.dest_limit_pa - 1) + 1,
		.top_down = kbuf->top_down,
	};
	int ret;

	kdump_ranges_init(&busy, taken, ARRAY_SIZE(taken));
	ret = kexec_buffer_busy(kbuf->image, &busy);
	if (ret)
		return ret;
	if (kbuf->image->type == KEXEC_TYPE_CRASH)
		return kexec_place_find(&avail, &busy, &want, found_pa);
	return kexec_find_in_ram(&want, &busy, found_pa);
}

static void kexec_say_no_room(const struct kexec_buf *kbuf, int err)
{
	const struct kimage *image = kbuf->image;

	if (err == -EADDRNOTAVAIL) {
		/* Beside the armed image is the first try only. */
		if (image->beside && kexec_crash_image)
			return;
		pr_info("load refused: no room for 0x%lx bytes (%s), aligned to 0x%lx, in %s[0x%lx, 0x%lx]\n",
			kbuf->memsz, kexec_role_name(kbuf->role), kbuf->buf_align,
			image->type == KEXEC_TYPE_CRASH ? "the crash region, " : "",
			kbuf->buf_min, kbuf->buf_max);
		return;
	}
	pr_info("load refused: room for 0x%lx bytes (%s) can not be looked for (%d)%s\n",
		kbuf->memsz, kexec_role_name(kbuf->role), err,
		err == -ENOSPC ? ": too many pages of the crash region are poisoned" : "");
}

/**
 * kexec_add_buffer() - give a piece of an image its place, and make it a segment
 * @kbuf: the piece; its size and alignment are rounded up to whole pages, mem is set
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0; -EADDRNOTAVAIL if there is no room for it; -ENOSPC if too many pages of the crash
 * region are poisoned; -ENOMEM; -E2BIG if there are too many; -EINVAL for one that can not be, or
 * for an image that kexec_file_load(2) does not build.
 */
int kexec_add_buffer(struct kexec_buf *kbuf)
{
	struct kimage *image = kbuf->image;
	unsigned int index = image->nr_segments;
	u64 found_pa;
	int ret;

	if (!image->file_mode || READ_ONCE(image->state) != KIMAGE_NEW)
		return -EINVAL;
	if (index == KEXEC_SEGMENT_MAX) {
		pr_err("load refused: no more than %d segments are possible\n", KEXEC_SEGMENT_MAX);
		return -E2BIG;
	}
	if (!kbuf->memsz || kbuf->memsz > ULONG_MAX - PAGE_SIZE || kbuf->bufsz > kbuf->memsz) {
		pr_err("load refused: segment %u (%s) with 0x%lx bytes of content in 0x%lx bytes\n",
		       index, kexec_role_name(kbuf->role), kbuf->bufsz, kbuf->memsz);
		return -EINVAL;
	}

	kbuf->memsz = PAGE_ALIGN(kbuf->memsz);
	kbuf->buf_align = max(kbuf->buf_align, PAGE_SIZE);
	ret = kexec_find_room(kbuf, &found_pa);
	if (ret) {
		kexec_say_no_room(kbuf, ret);
		return ret;
	}

	kbuf->mem = found_pa;
	image->segment[index] = (struct kexec_segment){
		.kbuf = kbuf->buffer,
		.bufsz = kbuf->bufsz,
		.mem = kbuf->mem,
		.memsz = kbuf->memsz,
	};
	image->role[index] = kbuf->role;
	if (kbuf->own)
		image->owned |= BIT(index);
	image->nr_segments++;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(kexec_add_buffer);

/**
 * kexec_file_add_initrd() - place the initrd, if there is one
 * @file: what is loaded
 * @kbuf: for which image, and where it may be (buf_min, buf_max, top_down); mem is set, to 0
 *	without an initrd
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0; what kexec_add_buffer() returns.
 */
int kexec_file_add_initrd(const struct kexec_file *file, struct kexec_buf *kbuf)
{
	kbuf->mem = 0;
	if (!file->initrd_bytes)
		return 0;
	kbuf->buffer = (void *)file->initrd;
	kbuf->bufsz = file->initrd_bytes;
	kbuf->memsz = file->initrd_bytes;
	kbuf->role = KEXEC_ROLE_INITRD;
	return kexec_add_buffer(kbuf);
}

/**
 * kexec_generic_keep_out() - for a port whose way out is in control pages
 * @out: not used
 * @max: not used
 *
 * Context: process. Return: 0.
 */
unsigned int kexec_generic_keep_out(struct kdump_range *out, unsigned int max)
{
	return 0;
}

/**
 * kexec_drop_buffers() - free the content that was handed over, once it is copied
 * @image: an image that nothing will be copied into any more
 *
 * Context: process, may sleep; kexec_lock() held.
 */
void kexec_drop_buffers(struct kimage *image)
{
	unsigned int i;

	if (!image->file_mode)
		return;
	for (i = 0; i < image->nr_segments; i++) {
		if (image->owned & BIT(i))
			kvfree(image->segment[i].kbuf);
		image->segment[i].kbuf = NULL;
	}
	image->owned = 0;
}
