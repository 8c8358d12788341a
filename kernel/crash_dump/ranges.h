/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sorted list of address ranges over storage that the caller provides.
 *
 * Ranges are half-open, [start, end). The list is sorted, its members neither
 * overlap nor touch. An operation that would need more room than there is
 * leaves the list as it was.
 *
 * Pure: no state of its own, no allocation, no printing, no locking.
 */
#ifndef _KERNEL_CRASH_DUMP_RANGES_H
#define _KERNEL_CRASH_DUMP_RANGES_H

#include "pure.h"

/**
 * struct kdump_range - addresses from @start up to, not including, @end
 * @start: first address
 * @end: address after the last
 */
struct kdump_range {
	u64 start;
	u64 end;
};

/**
 * struct kdump_ranges - sorted list
 * @r: the caller's storage
 * @nr: members in use
 * @cap: members that the storage holds
 */
struct kdump_ranges {
	struct kdump_range *r;
	size_t nr;
	size_t cap;
};

/**
 * kdump_ranges_init() - make an empty list
 * @rs: the list
 * @storage: room for @cap members; must outlive the list
 * @cap: how many
 */
void kdump_ranges_init(struct kdump_ranges *rs, struct kdump_range *storage,
		       size_t cap);

/**
 * kdump_ranges_add() - unite the list with [start, end)
 * @rs: the list
 * @start: first address
 * @end: address after the last; equal to @start adds nothing
 *
 * Return: 0; -EINVAL if @end is below @start; -ENOSPC if the list is full
 * (unchanged then).
 */
int kdump_ranges_add(struct kdump_ranges *rs, u64 start, u64 end);

/**
 * kdump_ranges_subtract() - take [start, end) out of the list
 * @rs: the list
 * @start: first address
 * @end: address after the last
 *
 * Return: 0; -EINVAL if @end is below @start; -ENOSPC if a member would have
 * to be split and the list is full (unchanged then).
 */
int kdump_ranges_subtract(struct kdump_ranges *rs, u64 start, u64 end);

/**
 * kdump_ranges_clip() - keep only what lies in [start, end)
 * @rs: the list
 * @start: first address kept
 * @end: address after the last kept
 */
void kdump_ranges_clip(struct kdump_ranges *rs, u64 start, u64 end);

/**
 * kdump_ranges_find() - the member that holds an address
 * @rs: the list
 * @addr: the address
 *
 * Return: the member or NULL.
 */
const struct kdump_range *kdump_ranges_find(const struct kdump_ranges *rs,
					    u64 addr);

/**
 * kdump_ranges_contain() - is all of [start, end) inside one member?
 * @rs: the list
 * @start: first address
 * @end: address after the last
 *
 * Return: true if so; false for an empty or inverted range.
 */
bool kdump_ranges_contain(const struct kdump_ranges *rs, u64 start, u64 end);

/**
 * kdump_ranges_overlap() - does any member share an address with [start, end)?
 * @rs: the list
 * @start: first address
 * @end: address after the last
 *
 * Return: true if so; false for an empty or inverted range.
 */
bool kdump_ranges_overlap(const struct kdump_ranges *rs, u64 start, u64 end);

/**
 * kdump_ranges_total() - bytes that the members cover together
 * @rs: the list
 *
 * Cannot overflow: the members do not overlap.
 *
 * Return: bytes.
 */
u64 kdump_ranges_total(const struct kdump_ranges *rs);

/**
 * kdump_ranges_largest() - the largest member
 * @rs: the list
 *
 * Return: the member, the first one of several, or NULL in an empty list.
 */
const struct kdump_range *kdump_ranges_largest(const struct kdump_ranges *rs);

#endif /* _KERNEL_CRASH_DUMP_RANGES_H */
