/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory map that a capture kernel is given.
 *
 * RAM is what it may use: the crash regions but for what has to outlive its start,
 * and low memory, which purgatory has saved. All other RAM is the crashed kernel's:
 * it is told as reserved, so that the capture kernel neither uses it nor takes
 * the room for free and puts a device there. What the firmware said of the rest
 * is handed on.
 *
 * Pure: no state, no allocation, no printing.
 */
#ifndef _X86_KEXEC_MEMMAP_H
#define _X86_KEXEC_MEMMAP_H

#include "../../../kernel/crash_dump/ranges.h"

/* Types of E820; the others are only handed on. */
#define X86_MEMMAP_RAM		1
#define X86_MEMMAP_RESERVED	2

/**
 * struct x86_memmap_entry - one range and what is there
 * @start: first address
 * @end: address after the last
 * @type: type of E820
 */
struct x86_memmap_entry {
	u64 start;
	u64 end;
	u32 type;
};

/**
 * struct x86_memmap - a map over storage of the caller
 * @e: the storage
 * @nr: entries in use
 * @cap: entries that it holds
 */
struct x86_memmap {
	struct x86_memmap_entry *e;
	size_t nr;
	size_t cap;
};

/**
 * x86_memmap_add() - add an entry
 * @map: the map
 * @start: first address
 * @end: address after the last; not above @start adds nothing
 * @type: type of E820
 *
 * Context: any.
 * Return: 0; -ENOSPC without room for it.
 */
int x86_memmap_add(struct x86_memmap *map, u64 start, u64 end, u32 type);

/**
 * x86_memmap_crash() - the map for a capture kernel
 * @firmware: what the firmware said
 * @low_end: RAM below this address is the capture kernel's, too
 * @usable: the crash regions
 * @taken: what in them it must not use
 * @ram: storage for its RAM; room for the entries of @firmware, and one more for
 *	each member of @usable and @taken
 * @old: the same for the RAM that is not its own
 * @out: result, empty at first; its RAM entries overlap no other entry, if those of
 *	@firmware do not overlap
 *
 * Context: any.
 * Return: 0; -ENOSPC if one of the lists is too short; -EINVAL if a range in them ends
 * before it starts.
 */
int x86_memmap_crash(const struct x86_memmap *firmware, u64 low_end,
		     const struct kdump_ranges *usable,
		     const struct kdump_ranges *taken,
		     struct kdump_ranges *ram, struct kdump_ranges *old,
		     struct x86_memmap *out);

/* An entry as boot_params has it: address, size and type, without padding. */
#define X86_MEMMAP_E820_BYTES	20

/**
 * x86_memmap_put() - write a map as boot_params has it
 * @map: the map
 * @cap: entries that the table in boot_params holds
 * @table: that table; NULL only counts
 * @ext: the place for what is left; not used if that is nothing
 *
 * Context: any.
 * Return: how many entries are left for @ext.
 */
size_t x86_memmap_put(const struct x86_memmap *map, size_t cap, void *table,
		      void *ext);

#endif /* _X86_KEXEC_MEMMAP_H */
