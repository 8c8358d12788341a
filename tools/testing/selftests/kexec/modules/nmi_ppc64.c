// SPDX-License-Identifier: GPL-2.0-only
/*
 * ppc64: the system reset interrupt, which a hypervisor sends.
 *
 * There is no state in which a CPU does not take it.
 *
 * Interface: nmi.h. Context: process.
 */
#include <linux/errno.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <asm/hvcall.h>
#include <asm/smp.h>

#include "nmi.h"

int kdtest_nmi_self(void)
{
	long ret;

	preempt_disable();
	ret = plpar_hcall_norets(H_SIGNAL_SYS_RESET, get_hard_smp_processor_id(smp_processor_id()));
	preempt_enable();
	return ret == H_SUCCESS ? 0 : -EOPNOTSUPP;
}

int kdtest_deafen(int cpu, atomic_t *placed)
{
	return -EOPNOTSUPP;
}
