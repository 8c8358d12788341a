// SPDX-License-Identifier: GPL-2.0-only
/*
 * x86: NMIs of the local APIC.
 *
 * A CPU inside an NMI handler takes no further NMI.
 *
 * Interface: nmi.h. Context: process.
 */
#include <linux/cpumask.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/smp.h>
#include <asm/apic.h>
#include <asm/nmi.h>

#include "nmi.h"

static int deaf_cpu = -1;
static atomic_t *deaf_placed;

int kdtest_nmi_self(void)
{
	preempt_disable();
	__apic_send_IPI_mask(cpumask_of(raw_smp_processor_id()), NMI_VECTOR);
	preempt_enable();
	return 0;
}

static int deaf_nmi(unsigned int type, struct pt_regs *regs)
{
	if (raw_smp_processor_id() != deaf_cpu)
		return NMI_DONE;
	atomic_inc(deaf_placed);
	for (;;)
		cpu_relax();
}

int kdtest_deafen(int cpu, atomic_t *placed)
{
	int error;

	deaf_cpu = cpu;
	deaf_placed = placed;
	error = register_nmi_handler(NMI_LOCAL, deaf_nmi, 0, "kdtest");
	if (!error)
		__apic_send_IPI_mask(cpumask_of(cpu), NMI_VECTOR);
	return error;
}
