// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arming a crash image with no moment in which none is armed.
 *
 * kexec_load(2) names the addresses in the crash region, the same ones each time, so a new
 * image can not be built beside the old one there. It is armed twice:
 *
 *	1. staged: content, copy list and control pages in ordinary memory. Nothing of the
 *	   region is touched, so whatever is armed stays so, and any error ends here;
 *	2. the staged image is published and its predecessor retired. A panic now would copy
 *	   the content into the region on its way out;
 *	3. the content is copied to its destination, control pages are built in the region, and
 *	   what stands there now is compared with the staged copy;
 *	4. this resident image is published, and the staged one retired and freed.
 *
 * A resident image is the better one: it depends on nothing outside of the region, and the
 * region is write-protected. If step 3 fails, the staged image simply stays.
 *
 * kexec_file_load(2) chooses the addresses itself. Where there is room beside the armed image, the
 * new one is resident from the start: only what it takes is made writable while it is built, and
 * arming it is step 4. Where there is not, it is staged like the others.
 *
 * Interface: kexec_crash_region(), kimage_region_busy(), kimage_find_region_room(),
 * kimage_arm_crash(), kimage_build_beside(), kimage_crash_unloaded(), kimage_free_resident().
 *
 * Context: process, may sleep; kexec_lock() held.
 *
 * Elsewhere: crash_dump/reserve.c keeps the region, crash_dump/panic.c enters the image.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <kunit/visibility.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "kexec_file.h"
#include "kexec_internal.h"
#include "kexec_place.h"

/* Copied between two looks at whether a panic has claimed the staged image. */
#define KEXEC_COPY_CHUNK_BYTES	SZ_1M

/**
 * kexec_crash_region() - where crash images go
 *
 * Context: process.
 * Return: the region, empty if there is none.
 */
struct kdump_range kexec_crash_region(void)
{
	struct kdump_range region = {};

	if (crashk_res.end > crashk_res.start) {
		region.start = crashk_res.start;
		region.end = crashk_res.end + 1;
	}
	return region;
}
EXPORT_SYMBOL_IF_KUNIT(kexec_crash_region);

static int kexec_crash_protect(bool on)
{
	struct kdump_range region = kexec_crash_region();

	if (region.end == region.start)
		return 0;
	return kexec_arch_ops.crash_region_protect(region.start, region.end, on);
}

static int kexec_region_poisoned(struct kdump_ranges *busy)
{
	struct kdump_range region = kexec_crash_region();
	u64 pa = kimage_next_poisoned(region.start, region.end);
	int ret = 0;

	for (; pa < region.end && !ret; pa = kimage_next_poisoned(pa + PAGE_SIZE, region.end))
		ret = kdump_ranges_add(busy, pa, pa + PAGE_SIZE);
	return ret;
}

static int kimage_add_taken(const struct kimage *image, struct kdump_ranges *busy)
{
	unsigned int i;
	int ret;

	ret = kdump_ranges_add(busy, image->region_start_pa, image->region_end_pa);
	for (i = 0; i < image->nr_segments && !ret; i++)
		ret = kdump_ranges_add(busy, image->segment[i].mem,
				       (u64)image->segment[i].mem + image->segment[i].memsz);
	return ret;
}

/**
 * kimage_region_busy() - what in the crash region an image has to keep clear of
 * @image: a crash image
 * @busy: where it is added; room for KEXEC_BUSY_MAX
 *
 * What the image takes already, and, if it is built beside the armed one, what that takes.
 *
 * Context: process; kexec_lock() held.
 * Return: 0; -ENOSPC if too many pages are poisoned.
 */
int kimage_region_busy(const struct kimage *image, struct kdump_ranges *busy)
{
	int ret = kimage_add_taken(image, busy);

	if (!ret && image->beside && kexec_crash_image)
		ret = kimage_add_taken(kexec_crash_image, busy);
	return ret ? ret : kexec_region_poisoned(busy);
}

/**
 * kimage_find_region_room() - find room for what is the resident image's own
 * @image: a crash image whose segments are checked
 *
 * Control pages, the copy list, and the second slot of the ELF core header (crash_dump/hotplug.c).
 * As high as possible: the low end of the region is where kernels like to be.
 *
 * Context: process; kexec_lock() held.
 * Return: 0; -EADDRNOTAVAIL if a segment has a poisoned page; -ENOSPC if too many pages are; if
 * there is no room left -ENOMEM, or -EADDRNOTAVAIL for kexec_file_load(2), without a line where
 * replacing the armed image instead of standing beside it may help.
 */
int kimage_find_region_room(struct kimage *image)
{
	const unsigned int pages = kexec_arch_ops.control_pages +
				   kexec_arch_ops.crash_control_pages + 1 +
				   (kexec_hotplug_region_bytes(image) >> PAGE_SHIFT);
	struct kdump_range region = kexec_crash_region();
	struct kdump_range taken[KEXEC_BUSY_MAX];
	const struct kdump_ranges avail = { .r = &region, .nr = 1, .cap = 1 };
	struct kdump_ranges busy;
	const struct kexec_room want = {
		.bytes = (u64)pages << PAGE_SHIFT,
		.align = (u64)kexec_arch_ops.control_pages << PAGE_SHIFT,
		.max = kexec_arch_ops.control_limit_pa,
		.top_down = true,
	};
	u64 room_pa;
	int ret;

	ret = kimage_check_poisoned(image);
	if (ret)
		return ret;
	kdump_ranges_init(&busy, taken, ARRAY_SIZE(taken));
	ret = kimage_region_busy(image, &busy);
	if (ret) {
		pr_info("load refused: too many poisoned pages in the crash region (%d)\n", ret);
		return ret;
	}
	ret = kexec_place_find(&avail, &busy, &want, &room_pa);
	if (ret && image->beside && kexec_crash_image)
		return ret;
	if (ret) {
		pr_info("load refused: the segments leave no %u free pages in one piece in the crash region [0x%llx, 0x%llx); reserve more with crashkernel=\n",
			pages, region.start, region.end);
		return image->file_mode ? -EADDRNOTAVAIL : -ENOMEM;
	}
	image->region_start_pa = room_pa;
	image->region_end_pa = room_pa + want.bytes;
	image->region_next = room_pa;
	return 0;
}

/* What of the region the image takes, made readable for a next kernel without encryption. */
static int kimage_share_region(struct kimage *image)
{
	unsigned int i;
	int ret;

	ret = kexec_arch_ops.control_pages_share(phys_to_virt(image->region_start_pa),
		(image->region_end_pa - image->region_start_pa) >> PAGE_SHIFT);
	for (i = 0; i < image->nr_segments && !ret; i++)
		ret = kexec_arch_ops.control_pages_share(phys_to_virt(image->segment[i].mem),
			image->segment[i].memsz >> PAGE_SHIFT);
	return ret;
}

/**
 * kimage_free_resident() - undo what a resident image did to the crash region
 * @image: a resident image that nobody can enter
 *
 * Context: process, may sleep; kexec_lock() held.
 */
void kimage_free_resident(struct kimage *image)
{
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++)
		kexec_arch_ops.control_pages_unshare(phys_to_virt(image->segment[i].mem),
			image->segment[i].memsz >> PAGE_SHIFT);
	kexec_arch_ops.control_pages_unshare(phys_to_virt(image->region_start_pa),
		(image->region_end_pa - image->region_start_pa) >> PAGE_SHIFT);
}

/* @src is NULL where the destination is to be zero. */
typedef int (*chunk_fn)(void *dst, const void *src, size_t bytes);

static int chunk_copy(void *dst, const void *src, size_t bytes)
{
	if (!src)
		memset(dst, 0, bytes);
	else if (src != dst)
		memcpy(dst, src, bytes);
	return 0;
}

static int chunk_compare(void *dst, const void *src, size_t bytes)
{
	if (src ? !memcmp(dst, src, bytes) : !memchr_inv(dst, 0, bytes))
		return 0;
	pr_err("memory at 0x%llx does not read back as it was written; bad memory?\n",
	       (u64)virt_to_phys(dst));
	return -EIO;
}

/*
 * Does something to every chunk of a staged image and its destination. Given up if a panic goes for
 * the image.
 */
static int kimage_walk_chunks(const struct kimage *staged, chunk_fn chunk)
{
	struct kexec_walk walk;
	u64 done, bytes;
	int ret;

	kexec_walk_start(&walk, staged);
	while (kexec_walk_next(&walk)) {
		for (done = 0; done < walk.bytes; done += bytes) {
			if (READ_ONCE(staged->state) != KIMAGE_ARMED) {
				pr_err("a panic has claimed the staged image; copying stops\n");
				return -EBUSY;
			}
			bytes = min_t(u64, walk.bytes - done, KEXEC_COPY_CHUNK_BYTES);
			ret = chunk(phys_to_virt(walk.dst_pa + done),
				    walk.zero ? NULL : phys_to_virt(walk.src_pa + done), bytes);
			if (ret)
				return ret;
			cond_resched();
		}
	}
	return 0;
}

static struct kimage *kimage_new_resident(const struct kimage *staged)
{
	struct kimage *image = kimage_new(KEXEC_TYPE_CRASH, staged->start);

	if (!image)
		return NULL;
	image->resident = 1;
	image->file_mode = staged->file_mode;
	image->hotplug_support = staged->hotplug_support;
	image->nr_segments = staged->nr_segments;
	memcpy(image->segment, staged->segment, sizeof(image->segment));
	memcpy(image->role, staged->role, sizeof(image->role));
	memcpy(image->digest, staged->digest, sizeof(image->digest));
	image->digest_skip = staged->digest_skip;
	image->elfcorehdr_index = staged->elfcorehdr_index;
	image->purgatory_index = staged->purgatory_index;
	memcpy(image->moved, staged->moved, sizeof(image->moved));
	image->nr_moved = staged->nr_moved;
	image->elf_load_addr = staged->elf_load_addr;
	image->elf_headers_sz = staged->elf_headers_sz;
	image->region_start_pa = staged->region_start_pa;
	image->region_end_pa = staged->region_end_pa;
	image->region_next = staged->region_next;
	return image;
}

/* Steps 3 and 4 up to the point where the resident image could be published. */
static int kimage_build_resident(struct kimage *image, const struct kimage *staged)
{
	int ret;

	ret = kimage_share_region(image);
	if (ret)
		return ret;
	ret = kimage_place(image);
	if (ret)
		return ret;
	ret = kimage_walk_chunks(staged, chunk_copy);
	if (ret)
		return ret;
	ret = kimage_copy(image);
	if (ret)
		return ret;
	ret = kimage_prepare(image);
	if (ret)
		return ret;
	kexec_digest_seal_control(image);
	/* Compared with what was sealed; hashing it again would only take longer. */
	ret = kimage_walk_chunks(staged, chunk_compare);
	if (ret)
		return ret;
	return kimage_move(image, KIMAGE_COPIED, KIMAGE_SEALED) ? 0 : -EINVAL;
}

static u64 kimage_bytes(const struct kimage *image)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++)
		bytes += image->segment[i].memsz;
	return bytes;
}

/**
 * kimage_arm_crash() - arm a staged crash image, then its resident twin
 * @staged: a SEALED crash image in ordinary memory; on success no longer the caller's
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0, @staged or its resident twin is armed. A predecessor that a dying CPU has
 * claimed keeps the region untouched.
 */
int kimage_arm_crash(struct kimage *staged)
{
	struct kimage *old = kexec_crash_image;
	struct kimage *resident;
	ktime_t start;
	int ret;

	kimage_publish(&kexec_crash_image, staged);
	ret = kimage_retire(old);
	if (ret)
		return 0;

	start = ktime_get();
	resident = kimage_new_resident(staged);
	ret = resident ? kexec_crash_protect(false) : -ENOMEM;
	if (!ret)
		ret = kimage_build_resident(resident, staged);
	kexec_crash_protect(true);
	if (ret) {
		pr_warn("crash image armed, but not moved into the crash region (%d); a panic will move it\n",
			ret);
		kimage_free(resident);
		return 0;
	}

	kimage_publish(&kexec_crash_image, resident);
	pr_info("crash image armed: %u segments, %llu KiB, entry 0x%lx; moved into the crash region in %lld us\n",
		resident->nr_segments, kimage_bytes(resident) >> 10, resident->start,
		ktime_us_delta(ktime_get(), start));
	kimage_retire(staged);
	/* User space wrote it, for the CPUs of the moment. */
	if (!resident->file_mode)
		kexec_hotplug_refresh();
	return 0;
}

/* What a resident image takes, writable or read-only. */
static int kimage_protect(const struct kimage *image, bool on)
{
	unsigned int i;
	int ret;

	ret = kexec_arch_ops.crash_region_protect(image->region_start_pa, image->region_end_pa, on);
	for (i = 0; i < image->nr_segments && !ret; i++)
		ret = kexec_arch_ops.crash_region_protect(image->segment[i].mem,
			(u64)image->segment[i].mem + image->segment[i].memsz, on);
	return ret;
}

/* Does something to every chunk of the content that was handed over, and its destination. */
static int kimage_walk_buffers(const struct kimage *image, chunk_fn chunk)
{
	size_t done, bytes;
	unsigned int i;
	int ret;

	for (i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *seg = &image->segment[i];
		void *dst = phys_to_virt(seg->mem);

		for (done = 0; done < seg->memsz; done += bytes) {
			bool filled = done < seg->bufsz;

			if (fatal_signal_pending(current))
				return -EINTR;
			bytes = min_t(size_t, (filled ? seg->bufsz : seg->memsz) - done,
				      KEXEC_COPY_CHUNK_BYTES);
			ret = chunk(dst + done, filled ? seg->kbuf + done : NULL, bytes);
			if (ret)
				return ret;
			cond_resched();
		}
	}
	return 0;
}

/*
 * The content, to where it will be found. The digests are taken from there, so it is compared
 * first, after all was written: what was just written may only be in a cache.
 */
static int kimage_fill_resident(const struct kimage *image)
{
	int ret = kimage_walk_buffers(image, chunk_copy);

	return ret ? ret : kimage_walk_buffers(image, chunk_compare);
}

/* From NEW to SEALED, in the crash region. */
static int kimage_seal_beside(struct kimage *image)
{
	int ret;

	ret = kimage_share_region(image);
	if (!ret)
		ret = kimage_place(image);
	if (!ret)
		ret = kimage_fill_resident(image);
	if (!ret)
		ret = kimage_copy(image);
	if (!ret)
		ret = kimage_seal(image);
	return ret;
}

/**
 * kimage_build_beside() - build a crash image where it will run, and arm it
 * @image: a NEW crash image, whose segments and room in the region are clear of what is armed;
 *	on success it belongs to its slot
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0; -errno if the image is not armed: what was armed before still is.
 */
int kimage_build_beside(struct kimage *image)
{
	struct kimage *old = kexec_crash_image;
	ktime_t start = ktime_get();
	int ret;

	image->resident = 1;
	ret = kimage_protect(image, false);
	if (!ret)
		ret = kimage_seal_beside(image);
	if (ret) {
		if (old)
			kexec_crash_protect(true);
		return ret;
	}
	kexec_drop_buffers(image);
	kexec_crash_protect(true);

	kimage_publish(&kexec_crash_image, image);
	pr_info("crash image armed: %u segments, %llu KiB, entry 0x%lx; built in the crash region in %lld us%s\n",
		image->nr_segments, kimage_bytes(image) >> 10, image->start,
		ktime_us_delta(ktime_get(), start), old ? ", beside the one before" : "");
	kimage_retire(old);
	return 0;
}

/**
 * kimage_crash_unloaded() - the crash region is nobody's now
 *
 * Context: process, may sleep; kexec_lock() held.
 */
void kimage_crash_unloaded(void)
{
	kexec_crash_protect(false);
}
