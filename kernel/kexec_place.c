// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find room for a segment, and check a table of segments that was given.
 *
 * Room is looked for gap by gap: inside each available range the taken ranges
 * leave gaps, and an aligned place in a gap is a matter of arithmetic. Nothing
 * steps through addresses, so the time does not depend on how much RAM there
 * is, only on how many ranges.
 *
 * Interface: kexec_place.h. Context: any. Pure.
 */
#include "kexec_place.h"

static u64 align_down(u64 addr, u64 align)
{
	return addr & ~(align - 1);
}

/* An aligned place in [start, end), if there is one. */
static bool fits(const struct kexec_room *want, u64 start, u64 end, u64 *addr)
{
	u64 first;

	if (start < want->min)
		start = want->min;
	if (end > want->max)
		end = want->max;
	if (start >= end || end - start < want->bytes)
		return false;

	if (check_add_overflow(start, want->align - 1, &first))
		return false;
	first = align_down(first, want->align);
	if (first > end || end - first < want->bytes)
		return false;
	*addr = want->top_down ? align_down(end - want->bytes, want->align) :
				 first;
	return true;
}

/* Look through the gaps that @busy leaves in one available range. */
static bool find_in(const struct kdump_range *r,
		    const struct kdump_ranges *busy,
		    const struct kexec_room *want, u64 *addr)
{
	u64 gap = r->start;
	bool found = false;
	size_t i;

	for (i = 0; busy && i < busy->nr && busy->r[i].start < r->end; i++) {
		if (busy->r[i].end <= gap)
			continue;
		if (busy->r[i].start > gap &&
		    fits(want, gap, busy->r[i].start, addr)) {
			found = true;
			if (!want->top_down)
				return true;
		}
		gap = busy->r[i].end;
	}
	if (gap < r->end && fits(want, gap, r->end, addr))
		found = true;
	return found;
}

int kexec_place_find(const struct kdump_ranges *avail,
		     const struct kdump_ranges *busy,
		     const struct kexec_room *want, u64 *addr)
{
	size_t i;

	if (!want->bytes || !want->align || (want->align & (want->align - 1)))
		return -EINVAL;

	for (i = 0; i < avail->nr; i++) {
		size_t at = want->top_down ? avail->nr - 1 - i : i;

		if (find_in(&avail->r[at], busy, want, addr))
			return 0;
	}
	return -EADDRNOTAVAIL;
}

static enum kexec_place_reason check_one(const struct kexec_place_seg *seg,
					 const struct kexec_place_rules *rules)
{
	u64 end;

	if ((seg->mem | seg->mem_bytes) & (rules->page_bytes - 1))
		return KEXEC_PLACE_UNALIGNED;
	if (check_add_overflow(seg->mem, seg->mem_bytes, &end))
		return KEXEC_PLACE_WRAPS;
	if (end > rules->limit)
		return KEXEC_PLACE_ABOVE_LIMIT;
	if (rules->within && seg->mem_bytes &&
	    !kdump_ranges_contain(rules->within, seg->mem, end))
		return KEXEC_PLACE_OUTSIDE;
	return KEXEC_PLACE_OK;
}

/* Neither wraps. */
static bool overlap(const struct kexec_place_seg *a,
		    const struct kexec_place_seg *b)
{
	return a->mem_bytes && b->mem_bytes &&
	       a->mem < b->mem + b->mem_bytes && b->mem < a->mem + a->mem_bytes;
}

int kexec_place_check(const struct kexec_place_seg *seg, size_t nr,
		      const struct kexec_place_rules *rules,
		      struct kexec_place_err *err)
{
	size_t i, k;

	err->other = 0;
	for (i = 0; i < nr; i++) {
		err->index = i;
		err->reason = check_one(&seg[i], rules);
		if (err->reason != KEXEC_PLACE_OK)
			return -EADDRNOTAVAIL;
	}
	for (i = 0; i < nr; i++) {
		err->index = i;
		if (seg[i].buf_bytes > seg[i].mem_bytes) {
			err->reason = KEXEC_PLACE_BUF_TOO_BIG;
			return -EINVAL;
		}
		for (k = 0; k < i; k++) {
			if (overlap(&seg[i], &seg[k])) {
				err->reason = KEXEC_PLACE_OVERLAP;
				err->other = k;
				return -EINVAL;
			}
		}
	}
	err->index = 0;
	return 0;
}

static const char * const reason_text[KEXEC_PLACE_NR_REASONS] = {
	[KEXEC_PLACE_OK] = "nothing is wrong",
	[KEXEC_PLACE_UNALIGNED] =
		"its address or size is not a multiple of the page size",
	[KEXEC_PLACE_WRAPS] = "its address + size wraps",
	[KEXEC_PLACE_ABOVE_LIMIT] =
		"it ends above the highest address that can be used",
	[KEXEC_PLACE_OUTSIDE] = "it is not inside the reserved memory",
	[KEXEC_PLACE_OVERLAP] = "it overlaps another segment",
	[KEXEC_PLACE_BUF_TOO_BIG] = "more bytes are given than it has room for",
};

const char *kexec_place_reason_text(enum kexec_place_reason reason)
{
	if ((unsigned int)reason >= KEXEC_PLACE_NR_REASONS)
		return "unknown reason";
	return reason_text[reason];
}
