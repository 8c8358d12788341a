// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sorted list of address ranges over storage that the caller provides.
 *
 * An array, because it can live in any storage (the stack, a page, memblock
 * memory) and is searched in log n; lists of RAM have tens of members, so that
 * moving some of them costs nothing. Each operation first works out which
 * members are concerned, then whether the result fits, and only then writes.
 *
 * Interface: ranges.h. Context: any. Pure.
 */
#include "ranges.h"

void kdump_ranges_init(struct kdump_ranges *rs, struct kdump_range *storage,
		       size_t cap)
{
	rs->r = storage;
	rs->nr = 0;
	rs->cap = cap;
}

/* Index of the first member that ends at or after @addr. */
static size_t first_ending_from(const struct kdump_ranges *rs, u64 addr)
{
	size_t lo = 0, hi = rs->nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (rs->r[mid].end < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Replace members [from, to) by @nr new ones. */
static int splice(struct kdump_ranges *rs, size_t from, size_t to,
		  const struct kdump_range *new, size_t nr)
{
	if (rs->nr - (to - from) + nr > rs->cap)
		return -ENOSPC;
	memmove(rs->r + from + nr, rs->r + to,
		(rs->nr - to) * sizeof(*rs->r));
	memcpy(rs->r + from, new, nr * sizeof(*rs->r));
	rs->nr = rs->nr - (to - from) + nr;
	return 0;
}

int kdump_ranges_add(struct kdump_ranges *rs, u64 start, u64 end)
{
	struct kdump_range new = { start, end };
	size_t from, to;

	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;

	from = first_ending_from(rs, start);
	for (to = from; to < rs->nr && rs->r[to].start <= end; to++) {
		if (rs->r[to].start < new.start)
			new.start = rs->r[to].start;
		if (rs->r[to].end > new.end)
			new.end = rs->r[to].end;
	}
	return splice(rs, from, to, &new, 1);
}

int kdump_ranges_subtract(struct kdump_ranges *rs, u64 start, u64 end)
{
	struct kdump_range rest[2];
	size_t from, to, nr = 0;

	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;

	/* A member that only touches is replaced by itself. */
	from = first_ending_from(rs, start);
	for (to = from; to < rs->nr && rs->r[to].start < end; to++)
		;
	if (from == to)
		return 0;
	if (rs->r[from].start < start)
		rest[nr++] = (struct kdump_range){ rs->r[from].start, start };
	if (rs->r[to - 1].end > end)
		rest[nr++] = (struct kdump_range){ end, rs->r[to - 1].end };
	return splice(rs, from, to, rest, nr);
}

void kdump_ranges_clip(struct kdump_ranges *rs, u64 start, u64 end)
{
	size_t i, kept = 0;

	for (i = 0; i < rs->nr; i++) {
		struct kdump_range r = rs->r[i];

		if (r.start < start)
			r.start = start;
		if (r.end > end)
			r.end = end;
		if (r.start < r.end)
			rs->r[kept++] = r;
	}
	rs->nr = kept;
}

const struct kdump_range *kdump_ranges_find(const struct kdump_ranges *rs,
					    u64 addr)
{
	size_t i = first_ending_from(rs, addr);

	if (i < rs->nr && rs->r[i].end == addr)
		i++;
	if (i < rs->nr && rs->r[i].start <= addr)
		return &rs->r[i];
	return NULL;
}

bool kdump_ranges_contain(const struct kdump_ranges *rs, u64 start, u64 end)
{
	const struct kdump_range *r;

	if (end <= start)
		return false;
	r = kdump_ranges_find(rs, start);
	return r && end <= r->end;
}

bool kdump_ranges_overlap(const struct kdump_ranges *rs, u64 start, u64 end)
{
	size_t i;

	if (end <= start)
		return false;
	i = first_ending_from(rs, start);
	if (i < rs->nr && rs->r[i].end == start)
		i++;
	return i < rs->nr && rs->r[i].start < end;
}

u64 kdump_ranges_total(const struct kdump_ranges *rs)
{
	u64 total = 0;
	size_t i;

	for (i = 0; i < rs->nr; i++)
		total += rs->r[i].end - rs->r[i].start;
	return total;
}

const struct kdump_range *kdump_ranges_largest(const struct kdump_ranges *rs)
{
	const struct kdump_range *best = NULL;
	size_t i;

	for (i = 0; i < rs->nr; i++) {
		const struct kdump_range *r = &rs->r[i];

		if (!best || r->end - r->start > best->end - best->start)
			best = r;
	}
	return best;
}
