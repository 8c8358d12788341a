/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between pagedesc_parse.c, pagelookup.c and pagefilter.c; nobody else's.
 */
#ifndef _KERNEL_CRASH_DUMP_PAGEFILTER_IMPL_H
#define _KERNEL_CRASH_DUMP_PAGEFILTER_IMPL_H

#ifdef __KERNEL__
#include <uapi/linux/kdump.h>
#else
#include "../../include/uapi/linux/kdump.h"
#endif

#include "pagefilter.h"

/* After the description was read: what evaluation wants to know beforehand. */
void pagefilter_prepare(struct pagefilter_desc *d);

/**
 * pagelookup_run() - virtual address of a struct page
 * @pf: the filter
 * @pfn: page frame number
 * @max_pages: how far to look, at least 1
 * @va: result
 * @pages: for how many pages from @pfn on the result holds; at least 1, whatever it is
 *
 * Return: 0; -ENXIO where there is none; -EIO if what says so can not be read; -EINTR.
 */
int pagelookup_run(struct pagefilter *pf, u64 pfn, u64 max_pages, u64 *va, u64 *pages);

/**
 * pagelookup_read() - read virtual memory of the crashed kernel
 * @pf: the filter
 * @va: virtual address
 * @bytes: how many, at least 1
 * @buf: where to
 * @got: how many of them were read; after -EIO at least 1 and how many can not be read
 *
 * Return: 0 if anything was read; -EIO; -EINTR.
 */
int pagelookup_read(struct pagefilter *pf, u64 va, size_t bytes, void *buf, u64 *got);

/* All of it, or -EIO. */
int pagelookup_read_all(struct pagefilter *pf, u64 va, size_t bytes, void *buf);

#endif /* _KERNEL_CRASH_DUMP_PAGEFILTER_IMPL_H */
