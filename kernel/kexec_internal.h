/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the loading side share with each other, and with nobody else.
 *
 * An image is built by one task under kexec_lock():
 *
 *	kimage_new()	  kexec_core.c	 -> NEW
 *	kimage_place()	  kexec_core.c	 -> PLACED	segments checked, control pages held
 *	kimage_copy()	  kexec_pages.c	 -> COPIED	content in kernel memory, copy list built
 *	kimage_seal()	  kexec_core.c	 -> SEALED	architecture prepared, digests taken
 *	kimage_arm()	  kexec_core.c	 -> ARMED	published; its predecessor retired and freed
 *
 * and until it is armed, kimage_free() undoes whatever was done.
 */
#ifndef _KERNEL_KEXEC_INTERNAL_H
#define _KERNEL_KEXEC_INTERNAL_H

#include <linux/kexec.h>
#include <linux/kexec_arch.h>
#include <linux/pgtable.h>

#include "crash_dump/ranges.h"

/*
 * What a piece of an image may have to keep clear of: the segments of two images, their control
 * pages, two crash regions, and some poisoned pages.
 */
#define KEXEC_BUSY_MAX	(2 * KEXEC_SEGMENT_MAX + 4 + 32)

/* kexec_core.c: an image's life. All may sleep; all but kimage_new() want kexec_lock(). */
struct kimage *kimage_new(int type, unsigned long entry);
void kimage_free(struct kimage *image);
int kimage_place(struct kimage *image);
int kimage_prepare(struct kimage *image);
int kimage_seal(struct kimage *image);
int kimage_arm(struct kimage *image);
void kimage_publish(struct kimage **slot, struct kimage *image);
int kimage_retire(struct kimage *image);
int kimage_unload(int type);
void kimage_relax(void);

/* kexec_pages.c: memory of an image; may sleep. */
pgprot_t kimage_pgprot(void);
u64 kimage_next_poisoned(u64 pa, u64 end_pa);
int kimage_check_poisoned(const struct kimage *image);
bool kimage_is_destination(const struct kimage *image, phys_addr_t start_pa, phys_addr_t end_pa);
int kimage_copy(struct kimage *image);
void kimage_drop_spares(struct kimage *image);
void kimage_free_pages(struct kimage *image);

/* kexec_crash.c: a crash image, staged and resident; may sleep. */
#ifdef CONFIG_CRASH_DUMP
struct kdump_range kexec_crash_region(void);
int kimage_region_busy(const struct kimage *image, struct kdump_ranges *busy);
int kimage_find_region_room(struct kimage *image);
int kimage_arm_crash(struct kimage *image);
int kimage_build_beside(struct kimage *image);
void kimage_crash_unloaded(void);
void kimage_free_resident(struct kimage *image);
#else
static inline struct kdump_range kexec_crash_region(void)
{
	return (struct kdump_range){};
}

static inline int kimage_region_busy(const struct kimage *image, struct kdump_ranges *busy)
{
	return -EADDRNOTAVAIL;
}

static inline int kimage_find_region_room(struct kimage *image)
{
	return -EADDRNOTAVAIL;
}

static inline int kimage_build_beside(struct kimage *image)
{
	return -EINVAL;
}

static inline int kimage_arm_crash(struct kimage *image)
{
	return -EINVAL;
}

static inline void kimage_crash_unloaded(void) { }
static inline void kimage_free_resident(struct kimage *image) { }
#endif

/* crash_dump/hotplug.c: the ELF core header's slots; may sleep, want kexec_lock(). */
#ifdef CONFIG_CRASH_HOTPLUG
int kexec_hotplug_find(struct kimage *image);
size_t kexec_hotplug_region_bytes(const struct kimage *image);
int kexec_hotplug_setup(struct kimage *image);
int kexec_hotplug_update(struct kimage *image, const struct kdump_range *coming);
const struct kdump_range *kexec_hotplug_coming(void);
void kexec_hotplug_refresh(void);
#else
static inline int kexec_hotplug_find(struct kimage *image)
{
	return 0;
}

static inline size_t kexec_hotplug_region_bytes(const struct kimage *image)
{
	return 0;
}

static inline int kexec_hotplug_setup(struct kimage *image)
{
	return 0;
}

static inline const struct kdump_range *kexec_hotplug_coming(void)
{
	return NULL;
}

static inline void kexec_hotplug_refresh(void) { }
#endif

/* kexec_limit.c: who may load; may sleep. */
int kexec_load_permitted(int type);

/**
 * struct kexec_walk - a walk over an image's content, in the order of its segments
 * @image: the image
 * @step: next step of the copy list
 * @index: segment of the current piece
 * @dst_pa: destination of the current piece
 * @src_pa: where its content is now; equal to @dst_pa where it is in place
 * @bytes: its length, a whole number of pages
 * @zero: it is all zero, and there is no source
 *
 * A piece is contiguous in source and destination and inside one segment.
 */
struct kexec_walk {
	const struct kimage *image;
	const struct kexec_copy *step;
	unsigned int index;
	u64 dst_pa;
	u64 src_pa;
	u64 bytes;
	bool zero;
};

/* kexec_digest.c: any context, a panic's included, as long as @relax is NULL. */
void kexec_walk_start(struct kexec_walk *walk, const struct kimage *image);
bool kexec_walk_next(struct kexec_walk *walk);
void kexec_digest_seal(struct kimage *image, void (*relax)(void));
void kexec_digest_seal_one(struct kimage *image, unsigned int index, void (*relax)(void));
void kexec_digest_seal_control(struct kimage *image);
int kexec_digest_check(const struct kimage *image, void (*relax)(void));

#endif /* _KERNEL_KEXEC_INTERNAL_H */
