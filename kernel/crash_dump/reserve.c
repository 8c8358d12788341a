// SPDX-License-Identifier: GPL-2.0-only
/*
 * crashkernel= as the architectures' setup code asks for it, and the resources.
 *
 * The reserved memory is known at once (crashk_res, crashk_low_res) but enters
 * the resource tree in an initcall: setup code of some architectures
 * requests "System RAM" only after the reservation, and a request fails where
 * something stands already. Inserted later, ours becomes a child of that RAM.
 *
 * Interface: parse_crashkernel(), with the name and shape that setup code calls.
 * Context: boot, one CPU, may use memblock.
 * Elsewhere: cmdline.c knows the grammar, reserve_generic.c finds the memory.
 */
#define pr_fmt(fmt) "kdump: " fmt

#include <kunit/visibility.h>
#include <linux/crash_reserve.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/memblock.h>
#include <linux/numa.h>
#include <linux/sizes.h>

#include <asm/setup.h>

#include "cmdline.h"
#include "reserve.h"

/* The two parts of the reserved memory; the second only below a high first. */
struct resource crashk_res = {
	.name = "Crash kernel",
	.flags = IORESOURCE_BUSY | IORESOURCE_SYSTEM_RAM,
	.desc = IORES_DESC_CRASH_KERNEL,
};
EXPORT_SYMBOL_IF_KUNIT(crashk_res);

struct resource crashk_low_res = {
	.name = "Crash kernel",
	.flags = IORESOURCE_BUSY | IORESOURCE_SYSTEM_RAM,
	.desc = IORES_DESC_CRASH_KERNEL,
};
EXPORT_SYMBOL_IF_KUNIT(crashk_low_res);

/**
 * crash_reserve_largest_hole() - the largest free range, for messages
 * @min_pa: lowest address that counts
 * @max_pa: end of the addresses that count
 *
 * Context: boot, while memblock is in use.
 * Return: bytes, rounded down to pages.
 */
u64 __init crash_reserve_largest_hole(u64 min_pa, u64 max_pa)
{
	phys_addr_t start, end;
	u64 i, best = 0;

	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end,
				NULL) {
		u64 from = max_t(u64, PAGE_ALIGN(start), min_pa);
		u64 to = min_t(u64, PAGE_ALIGN_DOWN(end), max_pa);

		if (from < to)
			best = max(best, to - from);
	}
	return best;
}

/* One line: the text, what is wrong and where, and what comes of it. */
static void __init report_bad(const struct kdump_arg_err *err, u64 ram_bytes)
{
	int len = err->value_bytes, rest = err->value_bytes - err->at;
	const char *why = kdump_arg_reason_text(err->reason);

	switch (err->reason) {
	case KDUMP_ARG_SIZE_ZERO:
		pr_info("crashkernel=%.*s: the size is 0, nothing is reserved\n",
			len, err->value);
		break;
	case KDUMP_ARG_RANGE_NONE:
		pr_info("crashkernel=%.*s: %s (%llu MiB), nothing is reserved\n",
			len, err->value, why, ram_bytes / SZ_1M);
		break;
	case KDUMP_ARG_SIZE_ABOVE_RAM:
		pr_err("crashkernel=%.*s: %s (%llu MiB; the largest hole has %llu MiB); nothing is reserved\n",
		       len, err->value, why, ram_bytes / SZ_1M,
		       crash_reserve_largest_hole(0, U64_MAX) / SZ_1M);
		break;
	default:
		if (rest)
			pr_err("crashkernel=%.*s: at \"%.*s\": %s; nothing is reserved\n",
			       len, err->value, rest, err->value + err->at,
			       why);
		else
			pr_err("crashkernel=%.*s: at its end: %s; nothing is reserved\n",
			       len, err->value, why);
	}
}

/**
 * parse_crashkernel() - what the command line asks for
 * @cmdline: the command line
 * @system_ram: bytes of RAM
 * @crash_size: result: bytes of the main region
 * @crash_base: result: where it must be, 0 for anywhere
 * @low_size: result: bytes of the low region beside a high one; NULL if the
 *	architecture knows no ",high" and ",low": ",high" by itself is faulty then
 * @high: result: the form was ",high"; NULL as @low_size
 *
 * A value that cannot be used is reported here, in one line.
 *
 * Context: boot.
 * Return: 0; -ENOENT without a crashkernel=; -EINVAL if nothing is to be
 * reserved because the value is faulty, 0 or has no range for this machine.
 */
int __init parse_crashkernel(char *cmdline, unsigned long long system_ram,
			     unsigned long long *crash_size,
			     unsigned long long *crash_base,
			     unsigned long long *low_size, bool *high)
{
	struct crashkernel_arg arg;
	struct kdump_arg_err err;
	bool plain_only = !low_size || !high;
	int ret;

	*crash_size = 0;
	*crash_base = 0;
	if (!plain_only) {
		*low_size = 0;
		*high = false;
	}

	ret = kdump_parse_crashkernel(cmdline, COMMAND_LINE_SIZE, system_ram,
				      plain_only ? KDUMP_ARG_PLAIN_ONLY : 0,
				      &arg, &err);
	if (ret == -EINVAL)
		report_bad(&err, system_ram);
	if (ret)
		return ret;

	*crash_size = arg.size_bytes;
	*crash_base = arg.base_pa;
	if (!plain_only && arg.high) {
		*high = true;
		*low_size = arg.low_given ? arg.low_bytes :
					    crash_reserve_default_low_bytes();
	}
	return 0;
}

static void __init insert(struct resource *res)
{
	if (!res->end || res->parent)
		return;
	if (insert_resource(&iomem_resource, res))
		pr_warn("\"Crash kernel\" %pR overlaps a resource in part; it is reserved, but /proc/iomem does not show it and kexec cannot find it\n",
			res);
}

static int __init insert_resources(void)
{
	insert(&crashk_low_res);
	insert(&crashk_res);
	return 0;
}

/* Behind the subsystems: powerpc requests its RAM in one. */
subsys_initcall_sync(insert_resources);
