// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find and keep the memory that crashkernel= asks for.
 *
 *	@offset		there and nowhere else
 *	plain size	below the low limit; if there is no room, above it
 *	,high		above the low limit; if there is no room, below it
 *
 * Whatever lands above the low limit gets a second, low region for DMA. Both
 * are had or none. Where there is no room, one line says for what, how much is
 * missing where, and the machine boots without.
 *
 * Interface: reserve_crashkernel_generic(), the name that setup code calls.
 * Context: boot, one CPU, memblock in use and all RAM known to it.
 * Elsewhere: limits and alignment are the architecture's (asm/crash_reserve.h).
 */
#define pr_fmt(fmt) "kdump: " fmt

#include <linux/crash_reserve.h>
#include <linux/kernel.h>
#include <linux/kmemleak.h>
#include <linux/memblock.h>
#include <linux/sizes.h>

#include <asm/crash_reserve.h>
#include <asm/setup.h>

#include "cmdline.h"
#include "reserve.h"

/* A search: where, and what to call it if it fails. */
struct window {
	u64 min_pa;
	u64 max_pa;
};

/* Address 0 is never given away: it means "nothing" to those who ask. */
static struct window __init low_window(void)
{
	return (struct window){ CRASH_ALIGN, CRASH_ADDR_LOW_MAX };
}

static struct window __init high_window(void)
{
	return (struct window){ CRASH_ADDR_LOW_MAX, CRASH_ADDR_HIGH_MAX };
}

/**
 * crash_reserve_default_low_bytes() - size of the low region if none is given
 *
 * Context: boot.
 * Return: bytes.
 */
u64 __init crash_reserve_default_low_bytes(void)
{
	return crash_low_size_default();
}

/* Returns the address, or 0. */
static u64 __init allocate(u64 bytes, u64 align, struct window w)
{
	u64 pa;

	if (w.max_pa <= w.min_pa || bytes > w.max_pa - w.min_pa)
		return 0;
	pa = memblock_phys_alloc_range(bytes, align, w.min_pa, w.max_pa);
	/* Nothing of this kernel points into it. */
	if (pa)
		kmemleak_ignore_phys(pa);
	return pa;
}

/* The text that asked for it, for messages; it could be read before. */
static int __init value_of(char *cmdline, const char **value)
{
	struct crashkernel_arg arg;
	struct kdump_arg_err err;

	*value = "";
	if (kdump_parse_crashkernel(cmdline, COMMAND_LINE_SIZE,
				    memblock_phys_mem_size(), 0, &arg, &err))
		return 0;
	*value = arg.value;
	return arg.value_bytes;
}

static void __init report_no_room(char *cmdline, u64 bytes, const char *part,
				  struct window w)
{
	u64 hole = crash_reserve_largest_hole(w.min_pa, w.max_pa);
	const char *value;
	int len = value_of(cmdline, &value);

	pr_err("crashkernel=%.*s: no room for %s of %llu KiB in [%#llx, %#llx): the largest hole has %llu KiB; nothing is reserved\n",
	       len, value, part, bytes / SZ_1K, w.min_pa, w.max_pa,
	       hole / SZ_1K);
}

/* The main region, or 0 after a line was printed. */
static u64 __init allocate_main(char *cmdline, u64 bytes, u64 base_pa,
				bool high)
{
	struct window first = high ? high_window() : low_window();
	struct window second = high ? low_window() : high_window();
	u64 pa;

	if (base_pa) {
		first = (struct window){ base_pa, base_pa + bytes };
		pa = allocate(bytes, PAGE_SIZE, first);
		if (!pa)
			report_no_room(cmdline, bytes, "the region", first);
		return pa;
	}

	pa = allocate(bytes, CRASH_ALIGN, first);
	if (!pa)
		pa = allocate(bytes, CRASH_ALIGN, second);
	if (!pa) {
		first.min_pa = min(first.min_pa, second.min_pa);
		first.max_pa = max(first.max_pa, second.max_pa);
		report_no_room(cmdline, bytes, "the region", first);
	}
	return pa;
}

/**
 * reserve_crashkernel_generic() - reserve the crash kernel's memory
 * @cmdline: the command line, for messages
 * @crash_size: bytes of the main region
 * @crash_base: where it must be, 0 for anywhere
 * @crash_low_size: bytes of the low region beside a high one (",high" only)
 * @high: look above the low limit first
 *
 * Context: boot, once, with what parse_crashkernel() gave.
 */
void __init reserve_crashkernel_generic(char *cmdline,
					unsigned long long crash_size,
					unsigned long long crash_base,
					unsigned long long crash_low_size,
					bool high)
{
	u64 bytes = PAGE_ALIGN(crash_size), low_bytes = 0;
	u64 pa, low_pa = 0;

	if (crash_base & ~PAGE_MASK) {
		const char *value;
		int len = value_of(cmdline, &value);

		pr_err("crashkernel=%.*s: the offset is not a multiple of the page size (%lu); nothing is reserved\n",
		       len, value, PAGE_SIZE);
		return;
	}
	pa = allocate_main(cmdline, bytes, crash_base, high);
	if (!pa)
		return;

	if (!crash_base && pa >= CRASH_ADDR_LOW_MAX)
		low_bytes = high ? crash_low_size :
				   crash_reserve_default_low_bytes();
	/* Rounded up it could wrap; too much is too much as it is. */
	if (low_bytes < CRASH_ADDR_LOW_MAX)
		low_bytes = PAGE_ALIGN(low_bytes);
	if (low_bytes) {
		low_pa = allocate(low_bytes, CRASH_ALIGN, low_window());
		if (!low_pa) {
			report_no_room(cmdline, low_bytes, "its low part",
				       low_window());
			memblock_phys_free(pa, bytes);
			return;
		}
		crash_reserve_set(&crashk_low_res, low_pa, low_pa + low_bytes);
		pr_info("Crash kernel: low %llu MiB at [%#llx, %#llx)\n",
			low_bytes / SZ_1M, low_pa, low_pa + low_bytes);
	}
	crash_reserve_set(&crashk_res, pa, pa + bytes);
	pr_info("Crash kernel: %llu MiB at [%#llx, %#llx)\n", bytes / SZ_1M,
		pa, pa + bytes);
}
