// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a capture kernel has to do otherwise on ppc64.
 *
 * Where XICS spreads interrupts, a kernel whose present CPUs are all online leaves the choice to
 * the hypervisor: the queue that all CPUs share. A capture kernel that is told of one CPU is such
 * a one, but the others are still members of that queue, or stand for it (QEMU gives its
 * interrupts to CPU 0), and they take none. So its interrupts go to the CPU that it runs on, as
 * with noirqdistrib.
 *
 * Contract: PAPR, "Global Interrupt Queue". Interface: none. Context: boot, before any device has
 * an interrupt.
 */
#include <linux/crash_dump.h>
#include <linux/init.h>

#include <asm/irq.h>

static int __init capture_interrupts_stay(void)
{
	if (is_kdump_kernel())
		distribute_irqs = 0;
	return 0;
}
early_initcall(capture_interrupts_stay);
