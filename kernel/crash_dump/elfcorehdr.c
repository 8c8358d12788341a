// SPDX-License-Identifier: GPL-2.0-only
/*
 * elfcorehdr=: where the crashed kernel's ELF core header lies.
 *
 * A file of its own, because is_kdump_kernel() is asked by drivers in every configuration with
 * CONFIG_CRASH_DUMP, whether or not there is a /proc/vmcore.
 *
 * Interface: linux/crash_dump.h. Context: written by early boot code of the capture kernel (this
 * parameter, or drivers/of from the device tree), read by anyone. The grammar is in cmdline.c.
 */
#define pr_fmt(fmt) "elfcorehdr: " fmt

#include <linux/crash_dump.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "cmdline.h"

unsigned long long elfcorehdr_addr = ELFCORE_ADDR_MAX;
EXPORT_SYMBOL_GPL(elfcorehdr_addr);

unsigned long long elfcorehdr_size;

static int __init elfcorehdr_setup(char *value)
{
	struct elfcorehdr_arg arg;
	struct kdump_arg_err err;

	if (!value)
		value = "";

	if (kdump_parse_elfcorehdr(value, strlen(value), &arg, &err)) {
		pr_err("elfcorehdr=%s: wrong from character %zu on; [size[KMG]@]offset[KMG] is right; there will be no /proc/vmcore\n",
		       value, err.at + 1);
		/* Only a loader of capture kernels says elfcorehdr=: stay a frugal kernel. */
		elfcorehdr_addr = ELFCORE_ADDR_ERR;
		return 0;
	}

	elfcorehdr_addr = arg.pa;
	elfcorehdr_size = arg.sized ? arg.bytes : 0;
	return 0;
}
early_param("elfcorehdr", elfcorehdr_setup);
