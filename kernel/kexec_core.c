// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of an image: created, placed, sealed, armed, retired, freed.
 *
 * What state an image is in stands in one field, and kimage_move() is the only function that
 * writes it; it knows the legal steps and takes them with a cmpxchg. That makes the state
 * the ownership as well: a loader under kexec_lock() and a dying CPU without any lock can
 * both want an ARMED image, and exactly one of them gets it.
 *
 * Loading is a mutex, not a trylock: a second loader waits for the first. An armed image is
 * freed only after it can not be reached: unpublished, a grace period waited for (a panic
 * runs with preemption off and is the reader), and moved to RETIRED. If a dying CPU has
 * claimed it meanwhile, it is never freed: the machine is about to be gone.
 *
 * Interface: the image functions of kexec_internal.h; kimage_move(), kexec_lock() and the
 * published images of linux/kexec.h; the kexec_generic_* entries for a port's table.
 *
 * Context: process, may sleep; kimage_move() and kimage_state_name() any context, NMI and
 * panic included.
 *
 * Elsewhere: kexec_load.c (system call), kexec_limit.c (who may), kexec_pages.c (memory),
 * kexec_crash.c (arming without a window), kexec_digest.c, kexec_reboot.c, and the panic
 * path in crash_dump/panic.c.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <kunit/visibility.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "kexec_file.h"
#include "kexec_internal.h"
#include "kexec_place.h"

/* The published images. Written under kexec_lock(), read by anybody. */
struct kimage *kexec_image;
struct kimage *kexec_crash_image;

/* An orderly kexec reboot has begun; set once under kexec_lock(), tested by drivers too. */
bool kexec_in_progress;

/* The loader asked for kexec_dprintk() messages. */
bool kexec_file_dbg_print;

static DEFINE_MUTEX(kexec_mutex);

/**
 * kexec_lock() - become the one task that changes what is loaded
 *
 * Context: process, may sleep.
 * Return: 0; -EINTR if the caller was killed while it waited; -EBUSY if a kexec reboot has begun:
 * what it enters is chosen then, and IMA writes to that.
 */
int kexec_lock(void)
{
	int ret = mutex_lock_killable(&kexec_mutex);

	if (ret || !kexec_in_progress)
		return ret;
	mutex_unlock(&kexec_mutex);
	pr_info("refused: a kexec reboot has begun, and what is loaded stays as it is\n");
	return -EBUSY;
}
EXPORT_SYMBOL_IF_KUNIT(kexec_lock);

/**
 * kexec_lock_always() - kexec_lock() for who can not be turned away
 *
 * A kexec reboot may have begun. The lock is not held during that, so who waits here may hold
 * what drivers wait for when they shut down.
 *
 * Context: process, may sleep.
 */
void kexec_lock_always(void)
{
	mutex_lock(&kexec_mutex);
}

/**
 * kexec_unlock() - undo kexec_lock()
 *
 * Context: process.
 */
void kexec_unlock(void)
{
	mutex_unlock(&kexec_mutex);
}
EXPORT_SYMBOL_IF_KUNIT(kexec_unlock);

static const char * const kimage_state_names[] = {
	[KIMAGE_NEW]		= "new",
	[KIMAGE_PLACED]		= "placed",
	[KIMAGE_COPIED]		= "copied",
	[KIMAGE_SEALED]		= "sealed",
	[KIMAGE_ARMED]		= "armed",
	[KIMAGE_FIRING]		= "firing",
	[KIMAGE_RETIRED]	= "retired",
};

/* Which states each state may be followed by; see enum kimage_state. */
static const u8 kimage_legal_steps[] = {
	[KIMAGE_NEW]		= BIT(KIMAGE_PLACED) | BIT(KIMAGE_RETIRED),
	[KIMAGE_PLACED]		= BIT(KIMAGE_COPIED) | BIT(KIMAGE_RETIRED),
	[KIMAGE_COPIED]		= BIT(KIMAGE_SEALED) | BIT(KIMAGE_RETIRED),
	[KIMAGE_SEALED]		= BIT(KIMAGE_ARMED) | BIT(KIMAGE_RETIRED),
	[KIMAGE_ARMED]		= BIT(KIMAGE_FIRING) | BIT(KIMAGE_RETIRED),
	[KIMAGE_FIRING]		= BIT(KIMAGE_RETIRED),
	[KIMAGE_RETIRED]	= 0,
};

/**
 * kimage_state_name() - a state as a word for a message
 * @state: a member of enum kimage_state
 *
 * Context: any.
 */
const char *kimage_state_name(int state)
{
	if (state < 0 || state >= ARRAY_SIZE(kimage_state_names))
		return "in no valid state";
	return kimage_state_names[state];
}

/**
 * kimage_move() - take an image from one state to another
 * @image: the image
 * @from: the state that the caller takes it to be in
 * @to: the state that it shall be in
 *
 * Full memory barrier where it succeeds: what was written to the image before is visible to
 * whoever sees the new state.
 *
 * Context: any.
 * Return: true if the caller moved it; false if it was not in @from (somebody else was
 * faster) or if there is no such step.
 */
bool kimage_move(struct kimage *image, enum kimage_state from, enum kimage_state to)
{
	if (from >= ARRAY_SIZE(kimage_legal_steps) || to > KIMAGE_RETIRED ||
	    !(kimage_legal_steps[from] & BIT(to))) {
		pr_err("refused: no image goes from %s to %s; see enum kimage_state\n",
		       kimage_state_name(from), kimage_state_name(to));
		return false;
	}
	return cmpxchg(&image->state, (int)from, (int)to) == from;
}
EXPORT_SYMBOL_IF_KUNIT(kimage_move);

/* A step of the loader, whose image nobody else knows yet: it fails only by a bug. */
static int kimage_step(struct kimage *image, enum kimage_state from, enum kimage_state to)
{
	if (kimage_move(image, from, to))
		return 0;
	pr_err("image is %s where it has to be %s; load given up\n",
	       kimage_state_name(READ_ONCE(image->state)), kimage_state_name(from));
	return -EINVAL;
}

/**
 * kimage_relax() - let others run during long work
 *
 * Context: process, may sleep.
 */
void kimage_relax(void)
{
	cond_resched();
}

/**
 * kimage_new() - create an image
 * @type: KEXEC_TYPE_DEFAULT or KEXEC_TYPE_CRASH
 * @entry: physical address at which it is entered
 *
 * Context: process, may sleep.
 * Return: the image, NEW and without segments; NULL if there is no memory.
 */
struct kimage *kimage_new(int type, unsigned long entry)
{
	struct kimage *image = kzalloc(sizeof(*image), GFP_KERNEL);

	if (!image)
		return NULL;
	image->state = KIMAGE_NEW;
	image->type = type;
	image->start = entry;
	image->elfcorehdr_index = -1;
	image->purgatory_index = -1;
	INIT_LIST_HEAD(&image->control_pages);
	INIT_LIST_HEAD(&image->source_pages);
	INIT_LIST_HEAD(&image->copy_pages);
	INIT_LIST_HEAD(&image->spare_pages);
	xa_init(&image->held);
	return image;
}
EXPORT_SYMBOL_IF_KUNIT(kimage_new);

/**
 * kimage_free() - free an image that nobody can enter
 * @image: an image that was never armed, or is RETIRED; NULL is fine
 *
 * Context: process, may sleep.
 */
void kimage_free(struct kimage *image)
{
	int state;

	if (!image)
		return;
	state = READ_ONCE(image->state);
	if (state < KIMAGE_ARMED)
		kimage_move(image, state, KIMAGE_RETIRED);
	state = READ_ONCE(image->state);
	if (state != KIMAGE_RETIRED) {
		pr_err("image is %s and not freed; only a retired one may be\n",
		       kimage_state_name(state));
		return;
	}

	if (image->prepared)
		kexec_arch_ops.image_release(image);
	if (image->resident)
		kimage_free_resident(image);
	kimage_drop_spares(image);
	kexec_drop_buffers(image);
	kimage_free_pages(image);
	kfree(image);
}
EXPORT_SYMBOL_IF_KUNIT(kimage_free);

static int kimage_check_segments(const struct kimage *image)
{
	struct kexec_place_seg seg[KEXEC_SEGMENT_MAX];
	struct kdump_range region = kexec_crash_region();
	const struct kdump_ranges within = { .r = &region, .nr = 1, .cap = 1 };
	const struct kexec_place_rules rules = {
		.page_bytes = PAGE_SIZE,
		.limit = kexec_arch_ops.dest_limit_pa,
		.within = image->type == KEXEC_TYPE_CRASH ? &within : NULL,
	};
	struct kexec_place_err err;
	unsigned int i;
	int ret;

	for (i = 0; i < image->nr_segments; i++)
		seg[i] = (struct kexec_place_seg){
			.mem = image->segment[i].mem,
			.mem_bytes = image->segment[i].memsz,
			.buf_bytes = image->segment[i].bufsz,
		};
	ret = kexec_place_check(seg, image->nr_segments, &rules, &err);
	if (!ret)
		return 0;

	i = err.index;
	if (err.reason == KEXEC_PLACE_OVERLAP)
		pr_info("load refused: segments %u [0x%llx, +0x%llx) and %zu [0x%llx, +0x%llx) overlap\n",
			i, seg[i].mem, seg[i].mem_bytes,
			err.other, seg[err.other].mem, seg[err.other].mem_bytes);
	else if (err.reason == KEXEC_PLACE_OUTSIDE)
		pr_info("load refused: segment %u [0x%llx, +0x%llx) is not inside the crash region [0x%llx, 0x%llx)\n",
			i, seg[i].mem, seg[i].mem_bytes, region.start, region.end);
	else
		pr_info("load refused: segment %u [0x%llx, +0x%llx), 0x%llx bytes of content: %s\n",
			i, seg[i].mem, seg[i].mem_bytes, seg[i].buf_bytes,
			kexec_place_reason_text(err.reason));
	return ret;
}

/* An ordinary image may not take more than half of the memory: the rest has to go on. */
static int kimage_check_size(const struct kimage *image)
{
	unsigned long limit_pages = totalram_pages() / 2;
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++) {
		unsigned long seg_pages = image->segment[i].memsz >> PAGE_SHIFT;

		if (seg_pages > limit_pages - pages) {
			pr_info("load refused: segments 0 to %u take more than %lu pages, half of the memory\n",
				i, limit_pages);
			return image->file_mode ? -EFBIG : -EINVAL;
		}
		pages += seg_pages;
	}
	return 0;
}

static int kimage_check_entry(const struct kimage *image)
{
	struct kdump_range region = kexec_crash_region();

	if (image->start >= region.start && image->start < region.end)
		return 0;
	pr_info("load refused: entry 0x%lx is not inside the crash region [0x%llx, 0x%llx)\n",
		image->start, region.start, region.end);
	return -EADDRNOTAVAIL;
}

/**
 * kimage_place() - check the segments and hold what the enter stub needs
 * @image: a NEW image with its segments
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0, the image is PLACED; -EADDRNOTAVAIL or -EINVAL for segments that can not be
 * (as kexec_load(2) tells); -ENOMEM, also if they leave no room for control pages in the
 * crash region. For kexec_file_load(2) that is -EADDRNOTAVAIL, and too large is -EFBIG.
 */
int kimage_place(struct kimage *image)
{
	unsigned int order = order_base_2(kexec_arch_ops.control_pages);
	int ret;

	if (image->type == KEXEC_TYPE_CRASH) {
		ret = kimage_check_entry(image);
		if (ret)
			return ret;
	}
	ret = kimage_check_segments(image);
	if (ret)
		return ret;
	if (image->type == KEXEC_TYPE_CRASH)
		ret = image->resident ? 0 : kimage_find_region_room(image);
	else
		ret = kimage_check_size(image);
	if (!ret && image->type != KEXEC_TYPE_CRASH)
		ret = kimage_check_poisoned(image);
	if (ret)
		return ret;

	image->control = kimage_alloc_control_pages(image, order);
	if (!image->control)
		return -ENOMEM;
	image->control_pa = virt_to_phys(image->control);
	return kimage_step(image, KIMAGE_NEW, KIMAGE_PLACED);
}
EXPORT_SYMBOL_IF_KUNIT(kimage_place);

/**
 * kimage_prepare() - let the architecture build what enter() needs
 * @image: a COPIED image
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0 or -errno of the architecture.
 */
int kimage_prepare(struct kimage *image)
{
	int ret;

	image->prepared = 1;
	ret = kexec_arch_ops.image_prepare(image);
	if (ret)
		pr_err("%s could not prepare the image: %d\n", kexec_arch_ops.name, ret);
	return ret;
}

/**
 * kimage_seal() - finish an image, and take its digests
 * @image: a COPIED image
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0, the image is SEALED; -errno.
 */
int kimage_seal(struct kimage *image)
{
	int ret;

	ret = kimage_prepare(image);
	if (ret)
		return ret;
	kimage_drop_spares(image);
	kexec_digest_seal(image, kimage_relax);
	kexec_digest_seal_control(image);
	if (image->purgatory_index >= 0) {
		ret = kexec_purgatory_fill(image);
		if (ret)
			return ret;
		kexec_digest_seal_one(image, image->purgatory_index, kimage_relax);
	}
	return kimage_step(image, KIMAGE_COPIED, KIMAGE_SEALED);
}
EXPORT_SYMBOL_IF_KUNIT(kimage_seal);

/**
 * kimage_publish() - arm an image
 * @slot: kexec_image or kexec_crash_image; what it held before is the caller's to retire
 * @image: a SEALED image
 *
 * Context: process; kexec_lock() held.
 */
void kimage_publish(struct kimage **slot, struct kimage *image)
{
	kimage_step(image, KIMAGE_SEALED, KIMAGE_ARMED);
	/* Pairs with READ_ONCE() in the panic path: the image is complete before it is seen. */
	smp_store_release(slot, image);
}

/**
 * kimage_retire() - free an image that was just unpublished
 * @image: an image that no published pointer leads to any more; NULL is fine
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0, the image is gone; -EBUSY if a dying CPU has claimed it. Then it stays as it
 * is, its memory too, and so must the memory that it will be copied to.
 */
int kimage_retire(struct kimage *image)
{
	int state;

	if (!image)
		return 0;
	/* A panic that has read the pointer runs with preemption off until it claims. */
	synchronize_rcu();
	kimage_move(image, KIMAGE_ARMED, KIMAGE_RETIRED);
	state = READ_ONCE(image->state);
	if (state != KIMAGE_RETIRED) {
		pr_err("the old image is %s: this machine is going down; the image is left alone\n",
		       kimage_state_name(state));
		return -EBUSY;
	}
	kexec_ima_forget(image);
	kimage_free(image);
	return 0;
}

/**
 * kimage_arm() - put an image in the place of the one that is armed
 * @image: a SEALED image; on success it belongs to its slot
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0; -errno if the image is not armed: then the caller still has it, and what was
 * armed before still is.
 */
int kimage_arm(struct kimage *image)
{
	struct kimage *old = kexec_image;

	if (image->type == KEXEC_TYPE_CRASH)
		return kimage_arm_crash(image);

	kimage_publish(&kexec_image, image);
	kimage_retire(old);
	kexec_ima_armed(image);
	pr_info("image armed: %u segments, entry 0x%lx\n", image->nr_segments, image->start);
	return 0;
}

/**
 * kimage_unload() - disarm and free what is loaded
 * @type: KEXEC_TYPE_DEFAULT or KEXEC_TYPE_CRASH
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0, also if nothing was loaded; -EBUSY if a dying CPU has claimed the image.
 */
int kimage_unload(int type)
{
	struct kimage **slot = type == KEXEC_TYPE_CRASH ? &kexec_crash_image : &kexec_image;
	struct kimage *image = *slot;
	int ret;

	if (!image)
		return 0;
	WRITE_ONCE(*slot, NULL);
	ret = kimage_retire(image);
	if (!ret && type == KEXEC_TYPE_CRASH)
		kimage_crash_unloaded();
	return ret;
}

/**
 * kexec_generic_pages_share() - for a port whose memory is not encrypted
 * @vaddr: first page
 * @pages: how many
 *
 * Context: process. Return: 0.
 */
int kexec_generic_pages_share(void *vaddr, unsigned int pages)
{
	return 0;
}

/**
 * kexec_generic_pages_unshare() - for a port whose memory is not encrypted
 * @vaddr: first page
 * @pages: how many
 *
 * Context: process.
 */
void kexec_generic_pages_unshare(void *vaddr, unsigned int pages)
{
}

/**
 * kexec_generic_region_protect() - for a port that can not change its linear mapping
 * @start_pa: first byte
 * @end_pa: byte after the last
 * @on: read-only or writable
 *
 * Context: process. Return: 0.
 */
int kexec_generic_region_protect(phys_addr_t start_pa, phys_addr_t end_pa, bool on)
{
	return 0;
}

/**
 * kexec_generic_image_release() - for a port that needs control pages and nothing else
 * @image: the image
 *
 * Context: process.
 */
void kexec_generic_image_release(struct kimage *image)
{
}
