/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where crashkernel= may be on x86_64: limits for kernel/crash_dump/reserve_generic.c.
 */
#ifndef _ASM_X86_CRASH_RESERVE_H
#define _ASM_X86_CRASH_RESERVE_H

#include <linux/init.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/swiotlb.h>

/* A relocatable kernel is placed at a multiple of CONFIG_PHYSICAL_ALIGN, 16 MiB at most. */
#define CRASH_ALIGN		SZ_16M

/* Below: every device and a 32-bit purgatory reach it. */
#define CRASH_ADDR_LOW_MAX	((unsigned long long)SZ_4G)

/* The direct map of 4-level page tables, and so the boot protocol's reach. */
#define CRASH_ADDR_HIGH_MAX	((unsigned long long)SZ_64T)

/* Beside the bounce buffers: what drivers want of memory below 4 GiB. */
#define CRASH_LOW_EXTRA_BYTES	SZ_8M
#define CRASH_LOW_MIN_BYTES	SZ_256M

/**
 * crash_low_size_default() - memory below 4 GiB beside a region above
 *
 * Context: boot.
 * Return: bytes.
 */
static inline unsigned long __init crash_low_size_default(void)
{
	return max(swiotlb_size_or_default() + CRASH_LOW_EXTRA_BYTES,
		   (unsigned long)CRASH_LOW_MIN_BYTES);
}

/**
 * crash_reserve_changed() - a part of the region was given back
 *
 * /proc/iomem says so; nobody looks elsewhere.
 *
 * Context: process; kexec_lock() held.
 */
static inline void crash_reserve_changed(void)
{
}

#endif /* _ASM_X86_CRASH_RESERVE_H */
