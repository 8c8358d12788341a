/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where crashkernel= may be on powerpc: limits for kernel/crash_dump/reserve_generic.c, and who
 * wants to know when shrink.c gives some of it back.
 */
#ifndef _ASM_POWERPC_CRASH_RESERVE_H
#define _ASM_POWERPC_CRASH_RESERVE_H

#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include <asm/mmu.h>
#include <asm/setup.h>

/* The hash MMU maps memory by pages of 16 MiB, and a kernel's first megabytes with one. */
#define CRASH_ALIGN		SZ_16M

/**
 * crash_reserve_end() - end of the memory that a capture kernel can start in
 *
 * It starts with the MMU off, and under a hypervisor that reaches the real-mode area only, the
 * first block of memory. What mem= cuts off is not there either.
 *
 * Context: boot.
 * Return: physical address.
 */
static inline unsigned long long __init crash_reserve_end(void)
{
	unsigned long long end_pa = min_t(u64, ppc64_rma_size, memblock_end_of_DRAM());

	return memory_limit ? min(end_pa, memory_limit) : end_pa;
}

#define CRASH_ADDR_LOW_MAX	crash_reserve_end()

/* There is no memory above that helps. */
#define CRASH_ADDR_HIGH_MAX	crash_reserve_end()

/* Nothing of the capture kernel has to be lower than the region. */
static inline unsigned long __init crash_low_size_default(void)
{
	return 0;
}

/* arch/powerpc/kexec/chosen.c */
void crash_reserve_changed(void);

#endif /* _ASM_POWERPC_CRASH_RESERVE_H */
