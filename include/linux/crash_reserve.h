/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crashkernel=: the memory that is kept for the capture kernel.
 *
 * kernel/crash_dump/cmdline.c reads the text, reserve.c finds and keeps the memory. The
 * two functions have the names and shapes that the architectures' setup code calls.
 */
#ifndef LINUX_CRASH_RESERVE_H
#define LINUX_CRASH_RESERVE_H

#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/types.h>

extern struct resource crashk_res;
extern struct resource crashk_low_res;

int __init parse_crashkernel(char *cmdline, unsigned long long system_ram,
			     unsigned long long *crash_size, unsigned long long *crash_base,
			     unsigned long long *low_size, bool *high);

#ifdef CONFIG_CRASH_RESERVE
void __init reserve_crashkernel_generic(char *cmdline, unsigned long long crash_size,
					unsigned long long crash_base,
					unsigned long long crash_low_size, bool high);
#else
static inline void __init reserve_crashkernel_generic(char *cmdline,
						      unsigned long long crash_size,
						      unsigned long long crash_base,
						      unsigned long long crash_low_size,
						      bool high)
{
}
#endif

#endif /* LINUX_CRASH_RESERVE_H */
