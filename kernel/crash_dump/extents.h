/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stands where in /proc/vmcore: one list of extents sorted by file offset.
 *
 * An extent says where the bytes of one stretch of the file come from: a buffer
 * of this kernel, the crashed kernel's memory, or nowhere (zeros). Extents are
 * appended in file order and leave no gap, so read, mmap, llseek and the size
 * are each one short walk.
 *
 * Pure: no allocation, no printing, no locking; the caller owns the storage and
 * keeps the list still while it is walked.
 */
#ifndef _KERNEL_CRASH_DUMP_EXTENTS_H
#define _KERNEL_CRASH_DUMP_EXTENTS_H

#include "pure.h"

/**
 * enum kdump_extent_kind - where an extent's bytes come from
 * @KDUMP_EXTENT_BUFFER: memory of this kernel, at a virtual address
 * @KDUMP_EXTENT_OLDMEM: memory of the crashed kernel, at a physical address
 * @KDUMP_EXTENT_ZERO: nowhere; reads give zeros
 */
enum kdump_extent_kind {
	KDUMP_EXTENT_BUFFER,
	KDUMP_EXTENT_OLDMEM,
	KDUMP_EXTENT_ZERO,
};

/**
 * struct kdump_extent - one stretch of the file
 * @file_off: file offset of its first byte
 * @bytes: length, never 0 in a list
 * @kind: what it is
 * @buf: first byte, for KDUMP_EXTENT_BUFFER
 * @pa: physical address of the first byte, for KDUMP_EXTENT_OLDMEM
 */
struct kdump_extent {
	u64 file_off;
	u64 bytes;
	enum kdump_extent_kind kind;
	union {
		const void *buf;
		u64 pa;
	};
};

/**
 * struct kdump_extents - the list
 * @e: the caller's storage
 * @nr: members in use
 * @cap: members that the storage holds
 */
struct kdump_extents {
	struct kdump_extent *e;
	size_t nr;
	size_t cap;
};

/**
 * struct kdump_extents_iter - a walk over one request, see kdump_extents_next()
 * @x: the list
 * @idx: next member
 * @off: next file offset
 * @end: file offset at which the walk ends
 */
struct kdump_extents_iter {
	const struct kdump_extents *x;
	size_t idx;
	u64 off;
	u64 end;
};

/**
 * kdump_extents_init() - make an empty list
 * @x: the list
 * @storage: room for @cap members; must outlive the list
 * @cap: how many
 */
void kdump_extents_init(struct kdump_extents *x, struct kdump_extent *storage,
			size_t cap);

/**
 * kdump_extents_add_buffer() - append bytes of a buffer to the file
 * @x: the list
 * @buf: first byte; must outlive the list
 * @bytes: how many; 0 appends nothing
 *
 * Return: 0; -ENOSPC if the list is full; -EFBIG if the file would grow above
 * S64_MAX bytes. The list is unchanged then.
 */
int kdump_extents_add_buffer(struct kdump_extents *x, const void *buf,
			     u64 bytes);

/**
 * kdump_extents_add_oldmem() - append old memory to the file
 * @x: the list
 * @pa: physical address of the first byte
 * @bytes: how many; 0 appends nothing
 *
 * Memory that continues the last extent is merged into it.
 *
 * Return: as kdump_extents_add_buffer(), and -EINVAL if @pa + @bytes wraps.
 */
int kdump_extents_add_oldmem(struct kdump_extents *x, u64 pa, u64 bytes);

/**
 * kdump_extents_add_zero() - append zeros to the file (padding)
 * @x: the list
 * @bytes: how many; 0 appends nothing
 *
 * Return: as kdump_extents_add_buffer().
 */
int kdump_extents_add_zero(struct kdump_extents *x, u64 bytes);

/**
 * kdump_extents_size() - size of the file
 * @x: the list
 *
 * Return: bytes, S64_MAX at most.
 */
u64 kdump_extents_size(const struct kdump_extents *x);

/**
 * kdump_extents_find() - the extent that holds a file offset
 * @x: the list
 * @off: file offset
 *
 * A binary search.
 *
 * Return: the extent, or NULL at and after the end of the file.
 */
const struct kdump_extent *kdump_extents_find(const struct kdump_extents *x,
					      u64 off);

/**
 * kdump_extents_walk() - begin a walk over [off, off + bytes) of the file
 * @it: the walk
 * @x: the list
 * @off: file offset of the first byte
 * @bytes: how many; what lies after the end of the file is left out
 */
void kdump_extents_walk(struct kdump_extents_iter *it,
			const struct kdump_extents *x, u64 off, u64 bytes);

/**
 * kdump_extents_next() - next piece of a walk
 * @it: the walk
 * @piece: on true, the part of the next extent that lies in the request;
 *         its file_off, bytes and pa or buf are those of the part
 *
 * Return: false at the end.
 */
bool kdump_extents_next(struct kdump_extents_iter *it,
			struct kdump_extent *piece);

/**
 * kdump_extents_pa_to_off() - file offset at which old memory is shown
 * @x: the list
 * @pa: physical address of the first byte
 * @bytes: how many; at least 1
 * @file_off: result
 *
 * For PT_LOADs that show again, at another virtual address, what is in the
 * file already. A linear search: it is asked a few times per CPU, once.
 *
 * Return: 0; -ENXIO if no single extent shows all of it.
 */
int kdump_extents_pa_to_off(const struct kdump_extents *x, u64 pa, u64 bytes,
			    u64 *file_off);

#endif /* _KERNEL_CRASH_DUMP_EXTENTS_H */
