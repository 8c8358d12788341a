/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files that keep the crash kernel's memory know of each other.
 *
 *	reserve.c		crashkernel= and the resources; every architecture
 *	reserve_generic.c	where the memory is, for most architectures
 *	shrink.c		/sys/kernel/kexec_crash_size
 *
 * Context: reserve*.c boot only, one CPU; see there for shrink.c.
 */
#ifndef _KERNEL_CRASH_DUMP_RESERVE_H
#define _KERNEL_CRASH_DUMP_RESERVE_H

#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/types.h>

/**
 * crash_reserve_set() - make a resource say [start_pa, end_pa)
 * @res: crashk_res or crashk_low_res, not inserted
 * @start_pa: first address
 * @end_pa: address after the last; equal to @start_pa empties the resource
 */
static inline void crash_reserve_set(struct resource *res, u64 start_pa,
				     u64 end_pa)
{
	/* An empty one is 0, 0: that is what its users test for. */
	res->start = start_pa == end_pa ? 0 : start_pa;
	res->end = start_pa == end_pa ? 0 : end_pa - 1;
}

/**
 * crash_reserve_bytes() - size of a resource of ours
 * @res: crashk_res or crashk_low_res
 *
 * Return: bytes, 0 if it is empty.
 */
static inline u64 crash_reserve_bytes(const struct resource *res)
{
	return res->end ? resource_size(res) : 0;
}

u64 __init crash_reserve_largest_hole(u64 min_pa, u64 max_pa);

#ifdef CONFIG_ARCH_HAS_GENERIC_CRASHKERNEL_RESERVATION
u64 __init crash_reserve_default_low_bytes(void);
#else
static inline u64 __init crash_reserve_default_low_bytes(void)
{
	return 0;
}
#endif

#endif /* _KERNEL_CRASH_DUMP_RESERVE_H */
