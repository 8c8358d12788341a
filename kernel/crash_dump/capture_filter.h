/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The filter of /proc/vmcore: which pages of the crashed kernel are holes.
 *
 * What a page is used for, pagefilter.h finds out; this asks it for windows of memory and keeps
 * the answers, a bit a page, for readers that come back: cp looks for data, then for its end,
 * then reads it; tar looks for all data first and reads after that.
 *
 * Context: process context of the capture kernel; may sleep.
 */
#ifndef _KERNEL_CRASH_DUMP_CAPTURE_FILTER_H
#define _KERNEL_CRASH_DUMP_CAPTURE_FILTER_H

#include <linux/mutex.h>

#include "dump.h"
#include "pagefilter.h"

/* Pages of which one window knows; a bitmap of them is a page. */
#define FILTER_WINDOW_PAGES	(8 * PAGE_SIZE)

/* Windows that are remembered, and bitmaps of such: with 4-KiB pages, of 512 GiB and of 128 GiB. */
#define FILTER_WINDOWS		4096
#define FILTER_BITMAPS		(SZ_4M / PAGE_SIZE)

/**
 * struct filter_window - what is known of FILTER_WINDOW_PAGES pages
 * @nr: number of the first one / FILTER_WINDOW_PAGES
 * @last_use: the filter's clock when it was last looked at
 * @map: what is left out, a bit a page; NULL where all pages are alike
 * @state: enum filter_window_state
 */
struct filter_window {
	u64 nr;
	u64 last_use;
	unsigned long *map;
	unsigned int state;
};

/**
 * struct filter_moved - memory that was copied away before the capture kernel used it
 * @pa: where it was
 * @source_pa: where it is
 * @bytes: how much
 */
struct filter_moved {
	u64 pa;
	u64 source_pa;
	u64 bytes;
};

/**
 * struct filter_counts - what has been looked at
 * @stats: pages by class
 * @ram_pages: how many pages there are
 * @unreadable: pages found that the machine can not read
 */
struct filter_counts {
	struct pagefilter_stats stats;
	u64 ram_pages;
	u64 unreadable;
};

/**
 * struct capture_filter - the filter
 * @filter: as the file sees it
 * @usable: the crashed kernel says how its pages are told apart
 * @level: as makedumpfile's -d
 * @mask: classes that are left out at this level
 * @reader: over old memory
 * @ram: where memory is now, for windows over it
 * @pages: page frame numbers of all RAM, as the crashed kernel knew them
 * @moved: what is elsewhere now
 * @moved_nr: how many
 * @lock: for all below
 * @source: by which @pf reads
 * @pf: finds the class of a page
 * @buf: room for @pf
 * @class: classes of a part of a window
 * @slot: windows; number n is in slot n % @slots
 * @slots: how many
 * @bitmaps: how many were allocated
 * @spare: a bitmap that nobody uses
 * @clock: counts uses
 * @counted: windows whose pages are in @stats, by number
 * @windows: how many numbers there are
 * @stats: counts of all windows so far, each once
 */
struct capture_filter {
	struct oldmem_filter filter;
	bool usable;
	unsigned int level;
	u32 mask;
	struct oldmem_reader *reader;
	const struct kdump_ranges *ram;
	struct kdump_ranges pages;
	struct filter_moved *moved;
	size_t moved_nr;

	struct mutex lock; /* for all below */
	struct pagefilter_source source;
	struct pagefilter pf;
	void *buf;
	u8 *class;
	struct filter_window *slot;
	u32 slots;
	unsigned int bitmaps;
	unsigned long *spare;
	u64 clock;
	unsigned long *counted;
	u64 windows;
	struct pagefilter_stats stats;
};

/**
 * capture_filter_build() - get ready to filter a dump
 * @cf: result, to be freed with capture_filter_free()
 * @dump: the dump; must outlive it
 * @reader: over old memory
 *
 * The dump is not filtered yet: capture_filter_set().
 *
 * Return: 0, also where the crashed kernel does not describe its pages (a line says so);
 * -ENOMEM.
 */
int capture_filter_build(struct capture_filter *cf, const struct kdump_dump *dump,
			 struct oldmem_reader *reader);

/**
 * capture_filter_free() - give back what it took
 * @cf: built or all zeros
 */
void capture_filter_free(struct capture_filter *cf);

/**
 * capture_filter_set() - filter at a level from now on
 * @cf: the filter
 * @file: whose filter it is; nobody has it open
 * @level: 0..PAGEFILTER_LEVEL_MAX
 *
 * Return: 0; -ENODATA for a level above 0 where the crashed kernel does not describe its pages.
 */
int capture_filter_set(struct capture_filter *cf, struct oldmem_file *file, unsigned int level);

/**
 * capture_filter_left_out() - about how many bytes are left out of the dump
 * @cf: the filter
 *
 * From the crashed kernel's own counts, without looking at pages.
 *
 * Return: bytes; 0 if nothing is known.
 */
u64 capture_filter_left_out(struct capture_filter *cf);

/**
 * capture_filter_counts() - what has been looked at so far
 * @cf: the filter
 * @counts: result
 */
void capture_filter_counts(struct capture_filter *cf, struct filter_counts *counts);

/**
 * capture_filter_memory() - memory that the filter takes now
 * @cf: the filter
 *
 * Return: bytes.
 */
size_t capture_filter_memory(const struct capture_filter *cf);

/* capture.c: this kernel's one dump, for capture_attr.c. */

/* The level that the command line asked for. */
extern unsigned int kdump_filter_wanted;

/**
 * kdump_vmcore_filter() - the level at which the dump is filtered
 *
 * Return: the level; -ENODEV where there is no dump.
 */
int kdump_vmcore_filter(void);

/**
 * kdump_vmcore_set_filter() - filter at another level
 * @level: 0..PAGEFILTER_LEVEL_MAX
 *
 * Return: 0; -EBUSY while /proc/vmcore is open; -ENODATA where the crashed kernel does not say how
 * its pages are told apart; -ENODEV.
 */
int kdump_vmcore_set_filter(unsigned int level);

/**
 * kdump_vmcore_counts() - what was found so far
 * @counts: result
 *
 * Return: 0 or -ENODEV.
 */
int kdump_vmcore_counts(struct filter_counts *counts);

/**
 * kdump_vmcore_unreadable() - pages that the machine can not read, one address a line
 * @buf: of sysfs
 *
 * Return: bytes or -ENODEV.
 */
ssize_t kdump_vmcore_unreadable(char *buf);

#endif /* _KERNEL_CRASH_DUMP_CAPTURE_FILTER_H */
