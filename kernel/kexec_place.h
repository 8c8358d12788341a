/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Find room for a segment, and check a table of segments that was given.
 *
 * The same arithmetic serves the crash region (control pages, kexec_file_load)
 * and all of RAM; what is available and what is taken are lists of the caller.
 *
 * Pure: no state, no allocation, no printing.
 */
#ifndef _KERNEL_KEXEC_PLACE_H
#define _KERNEL_KEXEC_PLACE_H

#include "crash_dump/ranges.h"

/**
 * struct kexec_room - what room is wanted
 * @bytes: size, at least 1
 * @align: alignment in bytes, a power of two
 * @min: lowest address allowed
 * @max: end of the addresses allowed (the room ends at or below it);
 *       U64_MAX for no limit
 * @top_down: the highest fitting address is wanted, otherwise the lowest
 */
struct kexec_room {
	u64 bytes;
	u64 align;
	u64 min;
	u64 max;
	bool top_down;
};

/**
 * kexec_place_find() - find room
 * @avail: where room may be, for example RAM or the crash region
 * @busy: what is taken; may be NULL
 * @want: what is wanted
 * @addr: result
 *
 * Context: any.
 * Return: 0; -EINVAL if @want makes no sense; -EADDRNOTAVAIL if there is none.
 */
int kexec_place_find(const struct kdump_ranges *avail,
		     const struct kdump_ranges *busy,
		     const struct kexec_room *want, u64 *addr);

/**
 * enum kexec_place_reason - what is wrong with a table of segments
 * @KEXEC_PLACE_OK: nothing
 * @KEXEC_PLACE_UNALIGNED: address or size is not a multiple of the page size
 * @KEXEC_PLACE_WRAPS: address + size wraps
 * @KEXEC_PLACE_ABOVE_LIMIT: it ends above the highest usable address
 * @KEXEC_PLACE_OUTSIDE: it is not inside one of the allowed regions
 * @KEXEC_PLACE_OVERLAP: it overlaps another segment
 * @KEXEC_PLACE_BUF_TOO_BIG: more bytes are given than the segment holds
 * @KEXEC_PLACE_NR_REASONS: how many there are
 */
enum kexec_place_reason {
	KEXEC_PLACE_OK,
	KEXEC_PLACE_UNALIGNED,
	KEXEC_PLACE_WRAPS,
	KEXEC_PLACE_ABOVE_LIMIT,
	KEXEC_PLACE_OUTSIDE,
	KEXEC_PLACE_OVERLAP,
	KEXEC_PLACE_BUF_TOO_BIG,
	KEXEC_PLACE_NR_REASONS,
};

/**
 * struct kexec_place_seg - a segment as far as placement is concerned
 * @mem: address
 * @mem_bytes: room at @mem; 0 makes a segment that takes no room
 * @buf_bytes: bytes that are copied there
 */
struct kexec_place_seg {
	u64 mem;
	u64 mem_bytes;
	u64 buf_bytes;
};

/**
 * struct kexec_place_rules - what a table is checked against
 * @page_bytes: page size, a power of two
 * @limit: end of the usable addresses; U64_MAX for none
 * @within: each segment must be inside one member; NULL for no such rule
 */
struct kexec_place_rules {
	u64 page_bytes;
	u64 limit;
	const struct kdump_ranges *within;
};

/**
 * struct kexec_place_err - which segment is wrong and why
 * @reason: why
 * @index: which
 * @other: the one it overlaps, for KEXEC_PLACE_OVERLAP
 */
struct kexec_place_err {
	enum kexec_place_reason reason;
	size_t index;
	size_t other;
};

/**
 * kexec_place_check() - check a table of segments
 * @seg: the table
 * @nr: its length; each is compared with each, so keep it small
 * @rules: what to check against
 * @err: on error, what is wrong
 *
 * Context: any.
 * Return: 0; -EADDRNOTAVAIL for a place that cannot be used (unaligned, wraps,
 * above the limit, outside); -EINVAL for a contradiction (overlap, more bytes
 * than room). The split is that of kexec_load(2).
 */
int kexec_place_check(const struct kexec_place_seg *seg, size_t nr,
		      const struct kexec_place_rules *rules,
		      struct kexec_place_err *err);

/**
 * kexec_place_reason_text() - a reason as words for a message
 * @reason: a member of the enum
 *
 * Return: what is wrong, without a newline.
 */
const char *kexec_place_reason_text(enum kexec_place_reason reason);

#endif /* _KERNEL_KEXEC_PLACE_H */
