/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The crashed kernel, as its ELF core header tells of it.
 *
 * The header is read once and everything in it is checked (elfcore.c); what is unsound is printed
 * and left out. What is left is a clean list of segments.
 *
 * Context: process context of the capture kernel; may sleep.
 */
#ifndef _KERNEL_CRASH_DUMP_CRASHED_H
#define _KERNEL_CRASH_DUMP_CRASHED_H

#include "elfcore.h"
#include "extents.h"
#include "oldmem.h"

/**
 * struct kdump_crashed - what the ELF core header says
 * @header: the ELF header
 * @seg: sound segments in the order of the header
 * @nr: how many
 */
struct kdump_crashed {
	struct elfcore_header header;
	struct elfcore_seg *seg;
	size_t nr;
};

/**
 * kdump_crashed_limits() - what this kernel accepts of an ELF core header
 * @limits: result
 */
void kdump_crashed_limits(struct elfcore_limits *limits);

/**
 * kdump_crashed_read() - read and check an ELF core header
 * @crashed: result, to be freed with kdump_crashed_free()
 * @reader: over the memory that holds it
 * @pa: physical address of the header
 * @bytes: its size, or 0 if that is not known
 * @limits: what is accepted
 *
 * Each unsound thing is one line in the log.
 *
 * Return: 0, -EINVAL if nothing of it can be used, -EIO, -ENOMEM.
 */
int kdump_crashed_read(struct kdump_crashed *crashed, struct oldmem_reader *reader, u64 pa,
		       u64 bytes, const struct elfcore_limits *limits);

/**
 * kdump_crashed_free() - give back what kdump_crashed_read() took
 * @crashed: may be all zeros
 */
void kdump_crashed_free(struct kdump_crashed *crashed);

/**
 * kdump_crashed_ram() - the pages that hold the crashed kernel's RAM
 * @crashed: the segments
 * @ram: result: where the bytes are now (p_offset), whole pages; storage for @crashed->nr ranges
 *
 * Return: 0 or -errno.
 */
int kdump_crashed_ram(const struct kdump_crashed *crashed, struct kdump_ranges *ram);

/**
 * kdump_crashed_physmem() - old memory as a file: offset = address that the crashed kernel used
 * @crashed: the segments
 * @x: result; storage for 2 * @crashed->nr extents
 * @limits: those that the segments were read with; one beyond them is left out, with a line
 *
 * Where two segments show one page at two places (a page of which a part was copied away), the
 * first one counts.
 *
 * Return: 0, -ENOMEM or -errno.
 */
int kdump_crashed_physmem(const struct kdump_crashed *crashed, struct kdump_extents *x,
			  const struct elfcore_limits *limits);

#endif /* _KERNEL_CRASH_DUMP_CRASHED_H */
