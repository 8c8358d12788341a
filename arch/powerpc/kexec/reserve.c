// SPDX-License-Identifier: GPL-2.0-only
/*
 * crashkernel= on ppc64.
 *
 * A capture kernel is given [0, end of the region) as its first block of memory, since that
 * block is what it may use with the MMU off, with the crashed kernel's part of it reserved. The
 * lower the region, the less of that there is: so it is the lowest free place. Firmware's
 * tables, RTAS and the initrd are known to the device tree only by then; they are kept first,
 * as early_reserve_mem() does it once more.
 *
 * Interface: reserve_crashkernel(), overlaps_crashkernel(), for setup code. Context: boot, one
 * CPU, memblock in use.
 *
 * Elsewhere: kernel/crash_dump/reserve_generic.c, with the limits of asm/crash_reserve.h;
 * reserved.c knows what firmware reserved.
 */
#define pr_fmt(fmt) "kdump: " fmt

#include <linux/crash_reserve.h>
#include <linux/initrd.h>
#include <linux/libfdt.h>
#include <linux/memblock.h>
#include <linux/of_fdt.h>

#include <asm/kexec.h>
#include <asm/setup.h>

#include "reserved.h"

/* A range that is reserved could not be made one that is not mapped any more. */
static void __init reserve_range(u64 start_pa, u64 bytes, bool no_map, void *unused)
{
	if (no_map)
		memblock_mark_nomap(start_pa, bytes);
	else
		memblock_reserve(start_pa, bytes);
}

/* What setup code reserves a little later. */
static void __init reserve_known(void)
{
	ppc64_reserved_walk(reserve_range, NULL);
	memblock_reserve(__pa(initial_boot_params), fdt_totalsize(initial_boot_params));
#ifdef CONFIG_BLK_DEV_INITRD
	if (initrd_start && initrd_end > initrd_start)
		memblock_reserve(ALIGN_DOWN(__pa(initrd_start), PAGE_SIZE),
				 ALIGN(initrd_end, PAGE_SIZE) -
				 ALIGN_DOWN(initrd_start, PAGE_SIZE));
#endif
}

/**
 * reserve_crashkernel() - keep the memory that crashkernel= asks for
 *
 * Context: boot, once, before memory above mem= is cut off.
 */
void __init reserve_crashkernel(void)
{
	unsigned long long bytes, base_pa;
	bool bottom_up = memblock_bottom_up();

	/* Not what a loader copied from the device tree of the kernel before. */
	crashk_res.start = 0;
	crashk_res.end = 0;

	if (parse_crashkernel(boot_command_line, memblock_phys_mem_size(), &bytes, &base_pa,
			      NULL, NULL))
		return;
	if (base_pa && memory_limit && base_pa + bytes > memory_limit) {
		pr_err("crashkernel=: [0x%llx, 0x%llx) is not below mem= (0x%llx); nothing is reserved\n",
		       base_pa, base_pa + bytes, memory_limit);
		return;
	}

	reserve_known();
	memblock_set_bottom_up(true);
	reserve_crashkernel_generic(boot_command_line, bytes, base_pa, 0, false);
	memblock_set_bottom_up(bottom_up);
}

/**
 * overlaps_crashkernel() - does a range reach into the crash region?
 * @start: first byte, physical
 * @size: bytes
 *
 * Context: boot.
 * Return: 1 or 0.
 */
int __init overlaps_crashkernel(unsigned long start, unsigned long size)
{
	return crashk_res.end > crashk_res.start && start <= crashk_res.end &&
	       start + size > crashk_res.start;
}
