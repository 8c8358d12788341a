/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of a crashed kernel's pages nobody needs, by its own description of them.
 *
 * The KDUMP note (uapi/linux/kdump.h) says where each page's struct page lies and by which bits
 * it is told what the page is used for. Nothing here knows a kernel version: what is looked at,
 * and what follows from it, is data.
 *
 *	pagefilter_init()	the description: whole and sound?
 *	pagefilter_classify()	a range of pages: the class of each
 *	pagefilter_level_mask()	which classes a level leaves out
 *
 * Everything that is read is untrusted. Memory is only read through the source, whose owner says
 * what is RAM; no walk is longer than the description's own bounds, which are checked.
 * Where a page's state contradicts itself or can not be read, the page is kept and counted.
 *
 * pagedesc_parse.c reads the description, pagelookup.c finds a page's struct page, pagefilter.c
 * evaluates.
 *
 * Pure: no state but the caller's, no allocation, no printing, no locking. Context: any in which
 * the source's read may be called; one caller at a time for each struct pagefilter.
 */
#ifndef _KERNEL_CRASH_DUMP_PAGEFILTER_H
#define _KERNEL_CRASH_DUMP_PAGEFILTER_H

#include "pure.h"

/**
 * enum pagefilter_class - what a page is used for; the values are the note's KDUMP_PAGE_*
 * @PAGEFILTER_KEEP: the kernel's own, or not known: always in the dump
 * @PAGEFILTER_FREE: in the page allocator's free blocks
 * @PAGEFILTER_CACHE: page cache (also of tmpfs), without private data of its file system
 * @PAGEFILTER_CACHE_PRIVATE: page cache with such data
 * @PAGEFILTER_USER: anonymous memory and HugeTLB pages
 * @PAGEFILTER_HWPOISON: the hardware reported an error; reading it may kill
 * @PAGEFILTER_OFFLINE: given to the hypervisor (balloon) or never taken into use
 * @PAGEFILTER_NR_CLASSES: how many there are
 */
enum pagefilter_class {
	PAGEFILTER_KEEP,
	PAGEFILTER_FREE,
	PAGEFILTER_CACHE,
	PAGEFILTER_CACHE_PRIVATE,
	PAGEFILTER_USER,
	PAGEFILTER_HWPOISON,
	PAGEFILTER_OFFLINE,
	PAGEFILTER_NR_CLASSES,
};

/**
 * struct pagefilter_source - who reads the crashed kernel's memory
 * @read: Copies [pa, pa + bytes) to @buf. Anything but 0 where not all of it is RAM that may be
 *	read: nothing of @buf is used then. -EINTR ends pagefilter_classify() at once.
 * @ctx: its first argument
 */
struct pagefilter_source {
	int (*read)(void *ctx, u64 pa, size_t bytes, void *buf);
	void *ctx;
};

/**
 * struct pagefilter_stats - what was classified so far
 * @pages: pages of each class
 * @unclear: of those kept: what belongs to them contradicts itself
 * @unreadable: of those kept: their struct page could not be read
 * @absent: of those kept: the crashed kernel had no struct page for them
 */
struct pagefilter_stats {
	u64 pages[PAGEFILTER_NR_CLASSES];
	u64 unclear;
	u64 unreadable;
	u64 absent;
};

/*
 * Room that pagefilter_init() wants for struct pages, and that is read at once where it pays.
 * For 64 byte a page this is 4 MiB of memory.
 */
#define PAGEFILTER_BUF_BYTES	(64U << 10)

#include "pagefilter_desc.h"

/**
 * struct pagefilter - a description, ready for use, and where the last walk was
 * @desc: what the note said, checked
 * @src: who reads
 * @buf: PAGEFILTER_BUF_BYTES for struct pages
 * @inside: look at each page of a free block too: one may have been found damaged a moment ago.
 *	For who reads free pages; false after pagefilter_init()
 * @stats: counts; the caller may read and clear them
 * @walk: where the last walk was
 */
struct pagefilter {
	struct pagefilter_desc desc;
	const struct pagefilter_source *src;
	void *buf;
	bool inside;
	struct pagefilter_stats stats;
	struct pagefilter_walk walk;
};

/**
 * pagefilter_init() - read and check a description
 * @pf: result
 * @note: content of the KDUMP note (what follows its name), 4-byte aligned or not
 * @bytes: its size
 * @src: who reads memory; must outlive @pf
 * @buf: PAGEFILTER_BUF_BYTES of memory, 8-byte aligned; must outlive @pf
 *
 * Return: 0; -ENODATA where the note has no description of pages; -EPROTONOSUPPORT for a major
 * version, memory model or lookup that is not known here; -EBADMSG where the checksum or a size
 * is wrong; -ERANGE where a value makes no sense. pagefilter_reason() says which.
 */
int pagefilter_init(struct pagefilter *pf, const void *note, size_t bytes,
		    const struct pagefilter_source *src, void *buf);

/**
 * pagefilter_reason() - what pagefilter_init() found wrong
 * @pf: as given to it
 *
 * Return: a few words for a message; never NULL.
 */
const char *pagefilter_reason(const struct pagefilter *pf);

/**
 * pagefilter_classify() - the class of each page of a range
 * @pf: from pagefilter_init()
 * @start_pfn: first page
 * @nr_pages: how many
 * @class: result, one enum pagefilter_class for each page
 *
 * Ranges in ascending order that touch each other are fastest; any order is right.
 * @pf->stats grows by @nr_pages.
 *
 * Return: 0 or -EINTR, from the source; then nothing of @class is valid.
 */
int pagefilter_classify(struct pagefilter *pf, u64 start_pfn, u64 nr_pages, u8 *class);

/**
 * pagefilter_count() - about how many pages there are of a class, by the crashed kernel's own count
 * @pf: from pagefilter_init()
 * @class: which
 * @pages: result
 *
 * Return: 0; -ENODATA where the crashed kernel does not count them; -EIO or -EINTR.
 */
int pagefilter_count(struct pagefilter *pf, unsigned int class, u64 *pages);

/* Levels as makedumpfile's -d has them; zero pages (1) are accepted and change nothing here. */
#define PAGEFILTER_LEVEL_ZERO		1
#define PAGEFILTER_LEVEL_CACHE		2
#define PAGEFILTER_LEVEL_CACHE_PRIVATE	4
#define PAGEFILTER_LEVEL_USER		8
#define PAGEFILTER_LEVEL_FREE		16
#define PAGEFILTER_LEVEL_MAX		31

/**
 * pagefilter_level_mask() - classes that a level leaves out
 * @level: 0..PAGEFILTER_LEVEL_MAX
 *
 * Pages with a hardware error are left out at every level, those that are offline at every
 * level above 0.
 *
 * Return: a bit (1 << enum pagefilter_class) for each; never PAGEFILTER_KEEP's.
 */
u32 pagefilter_level_mask(unsigned int level);

/**
 * pagefilter_class_name() - name of a class for messages and files
 * @class: enum pagefilter_class
 *
 * Return: "keep", "free", "cache", "cache_private", "user", "hwpoison", "offline".
 */
const char *pagefilter_class_name(unsigned int class);

#endif /* _KERNEL_CRASH_DUMP_PAGEFILTER_H */
