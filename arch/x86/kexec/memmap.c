// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory map that a capture kernel is given.
 *
 * The entries do not overlap: a decompressor looks for room in each RAM entry by itself,
 * long before anything has compared them with each other.
 *
 * Pure; interface: memmap.h. Context: any.
 */
#include "memmap.h"

int x86_memmap_add(struct x86_memmap *map, u64 start, u64 end, u32 type)
{
	if (start >= end)
		return 0;
	if (map->nr == map->cap)
		return -ENOSPC;
	map->e[map->nr++] = (struct x86_memmap_entry){
		.start = start,
		.end = end,
		.type = type,
	};
	return 0;
}

static int subtract_all(struct kdump_ranges *from,
			const struct kdump_ranges *what)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < what->nr && !ret; i++)
		ret = kdump_ranges_subtract(from, what->r[i].start,
					    what->r[i].end);
	return ret;
}

static int emit(const struct kdump_ranges *rs, u32 type, struct x86_memmap *out)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < rs->nr && !ret; i++)
		ret = x86_memmap_add(out, rs->r[i].start, rs->r[i].end, type);
	return ret;
}

/* Split the firmware's RAM into the capture kernel's and the crashed one's. */
static int split_ram(const struct x86_memmap *firmware, u64 low_end,
		     const struct kdump_ranges *usable,
		     const struct kdump_ranges *taken,
		     struct kdump_ranges *ram, struct kdump_ranges *old)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < firmware->nr && !ret; i++) {
		const struct x86_memmap_entry *e = &firmware->e[i];

		if (e->type != X86_MEMMAP_RAM)
			continue;
		ret = kdump_ranges_add(old, e->start, e->end);
		if (!ret && e->start < low_end)
			ret = kdump_ranges_add(ram, e->start,
					       e->end < low_end ? e->end :
								  low_end);
	}
	for (i = 0; i < usable->nr && !ret; i++)
		ret = kdump_ranges_add(ram, usable->r[i].start,
				       usable->r[i].end);
	if (!ret)
		ret = subtract_all(ram, taken);
	if (!ret)
		ret = subtract_all(old, ram);
	return ret;
}

int x86_memmap_crash(const struct x86_memmap *firmware, u64 low_end,
		     const struct kdump_ranges *usable,
		     const struct kdump_ranges *taken,
		     struct kdump_ranges *ram, struct kdump_ranges *old,
		     struct x86_memmap *out)
{
	size_t i;
	int ret;

	ret = split_ram(firmware, low_end, usable, taken, ram, old);
	if (!ret)
		ret = emit(ram, X86_MEMMAP_RAM, out);
	if (!ret)
		ret = emit(old, X86_MEMMAP_RESERVED, out);
	for (i = 0; i < firmware->nr && !ret; i++) {
		const struct x86_memmap_entry *e = &firmware->e[i];

		if (e->type != X86_MEMMAP_RAM)
			ret = x86_memmap_add(out, e->start, e->end, e->type);
	}
	return ret;
}

static void put_e820(const struct x86_memmap_entry *e, u8 *out)
{
	const u64 size = e->end - e->start;

	memcpy(out, &e->start, sizeof(e->start));
	memcpy(out + 8, &size, sizeof(size));
	memcpy(out + 16, &e->type, sizeof(e->type));
}

size_t x86_memmap_put(const struct x86_memmap *map, size_t cap, void *table,
		      void *ext)
{
	const size_t nr = map->nr < cap ? map->nr : cap;
	size_t i;

	if (!table)
		return map->nr - nr;
	for (i = 0; i < nr; i++)
		put_e820(&map->e[i], (u8 *)table + i * X86_MEMMAP_E820_BYTES);
	for (; i < map->nr; i++)
		put_e820(&map->e[i],
			 (u8 *)ext + (i - nr) * X86_MEMMAP_E820_BYTES);
	return map->nr - nr;
}
