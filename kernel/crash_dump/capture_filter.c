// SPDX-License-Identifier: GPL-2.0-only
/*
 * The filter of /proc/vmcore: which pages of the crashed kernel are holes.
 *
 * Pages are looked at in windows of 128 MiB, when somebody asks for one of them; what is left
 * out is then a bit each, and nothing where a window is all the same. That is remembered for as
 * many windows as FILTER_WINDOWS and FILTER_BITMAPS allow, so memory does not grow with the
 * machine. A number of windows shares a slot; which bitmap goes first is a matter of use. A
 * window that was forgotten is looked at again: the crashed kernel's memory does not change.
 *
 * Only whole pages of RAM are looked at. All else, and what is in doubt, is kept.
 *
 * Memory that was copied away before this kernel used it is shown by its old address: that is
 * where its struct page is found.
 *
 * Interface: capture_filter.h. Context: process context of the capture kernel; may sleep.
 */
#define pr_fmt(fmt) "vmcore: " fmt

#include <linux/bitmap.h>
#include <linux/elf.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <uapi/linux/kdump.h>

#include "capture_filter.h"

/* Classified at once, between two looks at signals and the scheduler. */
#define CLASS_PAGES	PAGE_SIZE

/* Counts are kept for machines of up to 128 TiB. */
#define COUNTED_MAX	SZ_1M

enum filter_window_state {
	WINDOW_UNKNOWN,
	WINDOW_KEPT,
	WINDOW_LEFT_OUT,
	WINDOW_MIXED,
};

/* Where memory that the crashed kernel knew at @pa is now; *@bytes is cut to what is there. */
static u64 to_source(const struct capture_filter *cf, u64 pa, u64 *bytes)
{
	const struct filter_moved *m;

	for (size_t i = 0; i < cf->moved_nr; i++) {
		m = &cf->moved[i];
		if (pa >= m->pa && pa - m->pa < m->bytes) {
			*bytes = min(*bytes, m->bytes - (pa - m->pa));
			return m->source_pa + (pa - m->pa);
		}
		if (pa < m->pa)
			*bytes = min(*bytes, m->pa - pa);
	}
	return pa;
}

/* The same the other way round. */
static u64 from_source(const struct capture_filter *cf, u64 source_pa, u64 *bytes)
{
	const struct filter_moved *m;

	for (size_t i = 0; i < cf->moved_nr; i++) {
		m = &cf->moved[i];
		if (source_pa >= m->source_pa && source_pa - m->source_pa < m->bytes) {
			*bytes = min(*bytes, m->bytes - (source_pa - m->source_pa));
			return m->pa + (source_pa - m->source_pa);
		}
		if (source_pa < m->source_pa)
			*bytes = min(*bytes, m->source_pa - source_pa);
	}
	return source_pa;
}

static int read_piece(struct capture_filter *cf, u64 source_pa, u64 bytes, void *buf)
{
	const struct kdump_range *ram = kdump_ranges_find(cf->ram, source_pa);
	struct oldmem_span span = { .encrypted = cf->reader->source->encrypted, .exact = true };

	if (!ram || bytes > ram->end - source_pa)
		return -EIO;
	span.start_pa = ram->start;
	span.end_pa = ram->end;
	return oldmem_read_exact(cf->reader, &span, source_pa, bytes, buf);
}

/* The page filter's way to memory: RAM and nothing else. */
static int source_read(void *ctx, u64 pa, size_t bytes, void *buf)
{
	struct capture_filter *cf = ctx;
	u64 source_pa, step, end;
	int err = 0;

	if (fatal_signal_pending(current))
		return -EINTR;
	cond_resched();
	if (check_add_overflow(pa, (u64)bytes, &end))
		return -EIO;
	for (; bytes && !err; pa += step, buf += step, bytes -= step) {
		step = bytes;
		source_pa = to_source(cf, pa, &step);
		err = read_piece(cf, source_pa, step, buf);
	}
	return err;
}

static void map_put(struct capture_filter *cf, struct filter_window *win)
{
	if (!win->map)
		return;
	if (cf->spare) {
		free_page((unsigned long)win->map);
		cf->bitmaps--;
	} else {
		cf->spare = win->map;
	}
	win->map = NULL;
}

static struct filter_window *oldest(struct capture_filter *cf)
{
	struct filter_window *win = NULL;

	for (size_t i = 0; i < cf->slots; i++)
		if (cf->slot[i].map && (!win || cf->slot[i].last_use < win->last_use))
			win = &cf->slot[i];
	return win;
}

/* An empty bitmap: the spare one, a new one, or that of the window not used for longest. */
static unsigned long *map_get(struct capture_filter *cf)
{
	unsigned long *map = cf->spare;
	struct filter_window *win;

	cf->spare = NULL;
	if (map) {
		bitmap_zero(map, FILTER_WINDOW_PAGES);
		return map;
	}
	if (cf->bitmaps < FILTER_BITMAPS) {
		map = (void *)get_zeroed_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
		if (map) {
			cf->bitmaps++;
			return map;
		}
	}
	/* There is one at least: it was allocated when the filter was built. */
	win = oldest(cf);
	map = win->map;
	win->map = NULL;
	win->state = WINDOW_UNKNOWN;
	bitmap_zero(map, FILTER_WINDOW_PAGES);
	return map;
}

/* Sets bits from @first on for the classes that are left out. */
static void mark(const struct capture_filter *cf, unsigned long *map, unsigned int first,
		 unsigned int nr)
{
	unsigned int at = 0, begin;

	while (at < nr) {
		begin = at;
		if (cf->mask >> cf->class[at] & 1) {
			while (at < nr && cf->mask >> cf->class[at] & 1)
				at++;
			bitmap_set(map, first + begin, at - begin);
		} else {
			at++;
		}
	}
}

/* A stretch of pages of one window. */
static int look_at_pages(struct capture_filter *cf, unsigned long *map, u64 pfn, u64 end_pfn)
{
	u64 nr;
	int err;

	for (; pfn < end_pfn; pfn += nr) {
		nr = min_t(u64, end_pfn - pfn, CLASS_PAGES);
		err = pagefilter_classify(&cf->pf, pfn, nr, cf->class);
		if (err)
			return err;
		mark(cf, map, pfn % FILTER_WINDOW_PAGES, nr);
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

static void count_once(struct capture_filter *cf, u64 nr)
{
	const struct pagefilter_stats *new = &cf->pf.stats;

	if (!cf->counted || nr >= cf->windows || test_and_set_bit(nr, cf->counted))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(new->pages); i++)
		cf->stats.pages[i] += new->pages[i];
	cf->stats.unclear += new->unclear;
	cf->stats.unreadable += new->unreadable;
	cf->stats.absent += new->absent;
}

/* What is left out of the pages of a window; what is no RAM is kept. */
static int look_at_window(struct capture_filter *cf, u64 nr, unsigned long *map)
{
	u64 start_pfn = nr * FILTER_WINDOW_PAGES, end_pfn = start_pfn + FILTER_WINDOW_PAGES;
	const struct kdump_range *r;
	int err = 0;

	memset(&cf->pf.stats, 0, sizeof(cf->pf.stats));
	for (size_t i = 0; i < cf->pages.nr && !err; i++) {
		r = &cf->pages.r[i];
		if (r->start >= end_pfn)
			break;
		err = look_at_pages(cf, map, max(r->start, start_pfn), min(r->end, end_pfn));
	}
	if (!err)
		count_once(cf, nr);
	return err;
}

static unsigned int state_of(const unsigned long *map)
{
	if (bitmap_empty(map, FILTER_WINDOW_PAGES))
		return WINDOW_KEPT;
	return bitmap_full(map, FILTER_WINDOW_PAGES) ? WINDOW_LEFT_OUT : WINDOW_MIXED;
}

/* The window with a number, looked at if need be. */
static struct filter_window *window_get(struct capture_filter *cf, u64 nr)
{
	struct filter_window *win;
	unsigned long *map;
	u32 slot;
	int err;

	div_u64_rem(nr, cf->slots, &slot);
	win = &cf->slot[slot];
	if (win->state == WINDOW_UNKNOWN || win->nr != nr) {
		map_put(cf, win);
		win->state = WINDOW_UNKNOWN;
		map = map_get(cf);
		err = look_at_window(cf, nr, map);
		win->map = map;
		if (!err)
			win->state = state_of(map);
		if (win->state != WINDOW_MIXED)
			map_put(cf, win);
		if (err)
			return ERR_PTR(err);
		win->nr = nr;
	}
	win->last_use = ++cf->clock;
	return win;
}

static unsigned int run_in_window(const struct filter_window *win, unsigned int first, bool *hole)
{
	if (win->state != WINDOW_MIXED) {
		*hole = win->state == WINDOW_LEFT_OUT;
		return FILTER_WINDOW_PAGES - first;
	}
	*hole = test_bit(first, win->map);
	if (*hole)
		return find_next_zero_bit(win->map, FILTER_WINDOW_PAGES, first) - first;
	return find_next_bit(win->map, FILTER_WINDOW_PAGES, first) - first;
}

static int filter_run(struct oldmem_filter *filter, u64 source_pa, u64 bytes, u64 *run,
		      bool *hole)
{
	struct capture_filter *cf = container_of(filter, struct capture_filter, filter);
	u64 pa = from_source(cf, source_pa, &bytes), pfn = PHYS_PFN(pa), pages;
	struct filter_window *win;

	if (mutex_lock_killable(&cf->lock))
		return -EINTR;
	win = window_get(cf, pfn / FILTER_WINDOW_PAGES);
	if (IS_ERR(win)) {
		mutex_unlock(&cf->lock);
		return PTR_ERR(win);
	}
	pages = run_in_window(win, pfn % FILTER_WINDOW_PAGES, hole);
	mutex_unlock(&cf->lock);

	*run = min(bytes, (pages << PAGE_SHIFT) - offset_in_page(pa));
	return 0;
}

/* As the file has them: whole pages, whatever is in the rest of the last one. */
static struct filter_moved moved_pages(const struct elfcore_seg *seg)
{
	u64 before = offset_in_page(seg->paddr);

	return (struct filter_moved) {
		.pa = seg->paddr - before,
		.source_pa = seg->offset - before,
		.bytes = PAGE_ALIGN(seg->filesz + before),
	};
}

/* Whole pages of RAM, by the numbers that the crashed kernel knew them by. */
static int find_pages(struct capture_filter *cf, const struct kdump_crashed *crashed)
{
	const struct elfcore_seg *seg;
	struct kdump_range *storage;
	u64 start, end;
	int err = 0;

	storage = kvcalloc(crashed->nr + 1, sizeof(*storage), GFP_KERNEL);
	cf->moved = kvcalloc(crashed->nr + 1, sizeof(*cf->moved), GFP_KERNEL);
	kdump_ranges_init(&cf->pages, storage, crashed->nr + 1);
	if (!storage || !cf->moved)
		return -ENOMEM;
	for (size_t i = 0; i < crashed->nr && !err; i++) {
		seg = &crashed->seg[i];
		if (seg->type != PT_LOAD || !seg->filesz)
			continue;
		start = DIV_ROUND_UP_ULL(seg->paddr, PAGE_SIZE);
		end = PHYS_PFN(seg->paddr + seg->filesz);
		if (start < end)
			err = kdump_ranges_add(&cf->pages, start, end);
		if (seg->offset != seg->paddr)
			cf->moved[cf->moved_nr++] = moved_pages(seg);
	}
	return err;
}

static int make_room(struct capture_filter *cf)
{
	u64 end_pfn = cf->pages.nr ? cf->pages.r[cf->pages.nr - 1].end : 1;

	cf->windows = DIV_ROUND_UP_ULL(end_pfn, FILTER_WINDOW_PAGES);
	cf->slot = kvcalloc(min_t(u64, cf->windows, FILTER_WINDOWS), sizeof(*cf->slot),
			    GFP_KERNEL);
	if (cf->slot)
		cf->slots = min_t(u64, cf->windows, FILTER_WINDOWS);
	cf->buf = kvmalloc(PAGEFILTER_BUF_BYTES, GFP_KERNEL);
	cf->class = kmalloc(CLASS_PAGES, GFP_KERNEL);
	cf->spare = (void *)get_zeroed_page(GFP_KERNEL);
	if (cf->windows <= COUNTED_MAX)
		cf->counted = bitmap_zalloc(cf->windows, GFP_KERNEL);
	if (!cf->slot || !cf->buf || !cf->class || !cf->spare)
		return -ENOMEM;
	cf->bitmaps = 1;
	return 0;
}

/* The KDUMP note, and what it says of pages. */
static void read_description(struct capture_filter *cf, const struct dump_notes *notes)
{
	struct elfcore_note_iter it;
	struct elfcore_note note;
	int err = -ENODATA;

	elfcore_note_walk(&it, notes->buf, notes->bytes);
	while (elfcore_note_next(&it, &note)) {
		if (!elfcore_note_is(&note, KDUMP_NOTE_NAME, KDUMP_NOTE_TYPE))
			continue;
		err = pagefilter_init(&cf->pf, note.desc, note.desc_bytes, &cf->source, cf->buf);
		if (err)
			pr_warn("KDUMP note: %s (%d): pages can not be told apart, the dump is whole\n",
				pagefilter_reason(&cf->pf), err);
		else if (cf->pf.desc.page_shift != PAGE_SHIFT)
			pr_warn("KDUMP note: pages of %llu bytes, this kernel has %lu: the dump is whole\n",
				1ULL << cf->pf.desc.page_shift, PAGE_SIZE);
		else
			cf->usable = true;
		return;
	}
	pr_info("no KDUMP note: pages can not be told apart, the dump is whole\n");
}

int capture_filter_build(struct capture_filter *cf, const struct kdump_dump *dump,
			 struct oldmem_reader *reader)
{
	int err;

	memset(cf, 0, sizeof(*cf));
	mutex_init(&cf->lock);
	cf->filter.run = filter_run;
	cf->source = (struct pagefilter_source) { .read = source_read, .ctx = cf };
	cf->reader = reader;
	cf->ram = &dump->ram;
	err = find_pages(cf, &dump->crashed);
	if (!err)
		err = make_room(cf);
	if (err) {
		capture_filter_free(cf);
		/* It can still be asked: it leaves out nothing. */
		mutex_init(&cf->lock);
		return err;
	}
	read_description(cf, &dump->notes);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(capture_filter_build);

static void forget_windows(struct capture_filter *cf)
{
	for (size_t i = 0; i < cf->slots; i++) {
		map_put(cf, &cf->slot[i]);
		cf->slot[i].state = WINDOW_UNKNOWN;
	}
}

void capture_filter_free(struct capture_filter *cf)
{
	forget_windows(cf);
	free_page((unsigned long)cf->spare);
	bitmap_free(cf->counted);
	kfree(cf->class);
	kvfree(cf->buf);
	kvfree(cf->slot);
	kvfree(cf->moved);
	kvfree(cf->pages.r);
	memset(cf, 0, sizeof(*cf));
}
EXPORT_SYMBOL_IF_KUNIT(capture_filter_free);

/* Has the crashed kernel met memory errors? Only then level 0 has to look at pages at all. */
static bool has_poison(struct capture_filter *cf)
{
	u64 pages;

	switch (pagefilter_count(&cf->pf, PAGEFILTER_HWPOISON, &pages)) {
	case 0:
		return pages;
	case -ENODATA:
		return false;
	default:
		return true;
	}
}

int capture_filter_set(struct capture_filter *cf, struct oldmem_file *file, unsigned int level)
{
	bool needed;

	if (!cf->usable)
		return level ? -ENODATA : 0;
	mutex_lock(&cf->lock);
	forget_windows(cf);
	cf->level = level;
	cf->mask = pagefilter_level_mask(level);
	/* Free pages that are shown are read. */
	cf->pf.inside = !(cf->mask & BIT(PAGEFILTER_FREE));
	needed = level || has_poison(cf);
	mutex_unlock(&cf->lock);
	if (needed && !level)
		pr_warn("the crashed kernel met memory errors: those pages are left out at every level\n");
	file->filter = needed ? &cf->filter : NULL;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(capture_filter_set);

u64 capture_filter_left_out(struct capture_filter *cf)
{
	u64 pages = 0, all = kdump_ranges_total(&cf->pages), found;

	mutex_lock(&cf->lock);
	for (unsigned int i = 0; i < PAGEFILTER_NR_CLASSES; i++)
		if (cf->mask >> i & 1 && !pagefilter_count(&cf->pf, i, &found))
			pages += min(found, all - pages);
	mutex_unlock(&cf->lock);
	return pages << PAGE_SHIFT;
}
EXPORT_SYMBOL_IF_KUNIT(capture_filter_left_out);

void capture_filter_counts(struct capture_filter *cf, struct filter_counts *counts)
{
	mutex_lock(&cf->lock);
	counts->stats = cf->stats;
	mutex_unlock(&cf->lock);
	counts->ram_pages = kdump_ranges_total(&cf->pages);
}
EXPORT_SYMBOL_IF_KUNIT(capture_filter_counts);

size_t capture_filter_memory(const struct capture_filter *cf)
{
	return cf->slots * sizeof(*cf->slot) + PAGEFILTER_BUF_BYTES + CLASS_PAGES +
	       cf->pages.cap * (sizeof(*cf->pages.r) + sizeof(*cf->moved)) +
	       (cf->counted ? BITS_TO_LONGS(cf->windows) * sizeof(long) : 0) +
	       (size_t)cf->bitmaps * PAGE_SIZE;
}
