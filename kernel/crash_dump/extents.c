// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands where in /proc/vmcore: one list of extents sorted by file offset.
 *
 * Appending is the only way to make the list, so it is sorted and without gaps
 * by construction, and an offset is found by a binary search.
 *
 * Interface: extents.h. Context: any. Pure.
 * Elsewhere: fs/proc/vmcore.c builds and serves the list.
 */
#include "extents.h"

/* File offsets are signed 64-bit numbers to the rest of the system. */
#define FILE_MAX_BYTES	(U64_MAX >> 1)

void kdump_extents_init(struct kdump_extents *x, struct kdump_extent *storage,
			size_t cap)
{
	x->e = storage;
	x->nr = 0;
	x->cap = cap;
}
EXPORT_SYMBOL_IF_KUNIT(kdump_extents_init);

u64 kdump_extents_size(const struct kdump_extents *x)
{
	const struct kdump_extent *last;

	if (!x->nr)
		return 0;
	last = &x->e[x->nr - 1];
	return last->file_off + last->bytes;
}

/* Is @new the continuation of @last? */
static bool continues(const struct kdump_extent *last,
		      const struct kdump_extent *new)
{
	if (last->kind != new->kind)
		return false;
	switch (new->kind) {
	case KDUMP_EXTENT_OLDMEM:
		return last->pa + last->bytes == new->pa;
	case KDUMP_EXTENT_ZERO:
		return true;
	case KDUMP_EXTENT_BUFFER:
		return false;
	}
	return false;
}

static int append(struct kdump_extents *x, struct kdump_extent *new)
{
	u64 size = kdump_extents_size(x);

	if (!new->bytes)
		return 0;
	if (new->bytes > FILE_MAX_BYTES - size)
		return -EFBIG;
	if (x->nr && continues(&x->e[x->nr - 1], new)) {
		x->e[x->nr - 1].bytes += new->bytes;
		return 0;
	}
	if (x->nr == x->cap)
		return -ENOSPC;
	new->file_off = size;
	x->e[x->nr++] = *new;
	return 0;
}

int kdump_extents_add_buffer(struct kdump_extents *x, const void *buf,
			     u64 bytes)
{
	struct kdump_extent new = {
		.bytes = bytes, .kind = KDUMP_EXTENT_BUFFER, .buf = buf,
	};

	return append(x, &new);
}

int kdump_extents_add_oldmem(struct kdump_extents *x, u64 pa, u64 bytes)
{
	struct kdump_extent new = {
		.bytes = bytes, .kind = KDUMP_EXTENT_OLDMEM, .pa = pa,
	};
	u64 end;

	if (check_add_overflow(pa, bytes, &end))
		return -EINVAL;
	return append(x, &new);
}

int kdump_extents_add_zero(struct kdump_extents *x, u64 bytes)
{
	struct kdump_extent new = {
		.bytes = bytes, .kind = KDUMP_EXTENT_ZERO,
	};

	return append(x, &new);
}

/* Index of the extent that holds @off, or x->nr. */
static size_t index_of(const struct kdump_extents *x, u64 off)
{
	size_t lo = 0, hi = x->nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (x->e[mid].file_off + x->e[mid].bytes <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct kdump_extent *kdump_extents_find(const struct kdump_extents *x,
					      u64 off)
{
	size_t i = index_of(x, off);

	return i < x->nr ? &x->e[i] : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(kdump_extents_find);

void kdump_extents_walk(struct kdump_extents_iter *it,
			const struct kdump_extents *x, u64 off, u64 bytes)
{
	u64 size = kdump_extents_size(x);

	it->x = x;
	it->idx = index_of(x, off);
	it->off = off;
	it->end = off;
	if (off < size)
		it->end = bytes < size - off ? off + bytes : size;
}

bool kdump_extents_next(struct kdump_extents_iter *it,
			struct kdump_extent *piece)
{
	const struct kdump_extent *e;
	u64 skip, left;

	if (it->off >= it->end || it->idx >= it->x->nr)
		return false;

	e = &it->x->e[it->idx++];
	skip = it->off - e->file_off;
	left = it->end - it->off;
	*piece = *e;
	piece->file_off = it->off;
	piece->bytes = e->bytes - skip;
	if (piece->bytes > left)
		piece->bytes = left;
	if (e->kind == KDUMP_EXTENT_OLDMEM)
		piece->pa = e->pa + skip;
	else if (e->kind == KDUMP_EXTENT_BUFFER)
		piece->buf = (const u8 *)e->buf + skip;
	it->off += piece->bytes;
	return true;
}

int kdump_extents_pa_to_off(const struct kdump_extents *x, u64 pa, u64 bytes,
			    u64 *file_off)
{
	size_t i;

	for (i = 0; bytes && i < x->nr; i++) {
		const struct kdump_extent *e = &x->e[i];

		if (e->kind != KDUMP_EXTENT_OLDMEM || pa < e->pa)
			continue;
		if (pa - e->pa < e->bytes && bytes <= e->bytes - (pa - e->pa)) {
			*file_off = e->file_off + (pa - e->pa);
			return 0;
		}
	}
	return -ENXIO;
}
EXPORT_SYMBOL_IF_KUNIT(kdump_extents_pa_to_off);
