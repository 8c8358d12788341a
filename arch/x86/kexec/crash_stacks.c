// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a CPU's kernel stacks are, as the dump has to show them.
 *
 * Page tables are only read, by a walk without locks, so this works in an NMI and also for
 * another CPU.
 *
 * Interface: kexec_arch_ops.crash_stacks, crash_current and crash_va_to_pa. Context: panic, NMI.
 */
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <uapi/linux/kdump.h>

#include <asm/cpu_entry_area.h>
#include <asm/current.h>
#include <asm/pgtable.h>
#include <asm/processor.h>

#include "internal.h"

/**
 * x86_crash_va_to_pa() - where in memory a byte of the kernel is
 * @va: its address, or any other
 * @pa: its physical address
 *
 * Context: panic, NMI. Page tables are only read, and without a lock.
 * Return: false if nothing is mapped there.
 */
bool x86_crash_va_to_pa(unsigned long va, u64 *pa)
{
	unsigned int level;
	pte_t *pte = lookup_address(va, &level);
	unsigned long mask;

	if (!pte || !pte_present(*pte))
		return false;
	switch (level) {
	case PG_LEVEL_4K:
		*pa = PFN_PHYS(pte_pfn(*pte));
		break;
	case PG_LEVEL_2M:
		*pa = PFN_PHYS(pmd_pfn(*(pmd_t *)pte));
		break;
	case PG_LEVEL_1G:
		*pa = PFN_PHYS(pud_pfn(*(pud_t *)pte));
		break;
	default:
		return false;
	}
	mask = page_level_size(level) - 1;
	*pa += va & mask;
	return true;
}

static void stack_add_exceptions(struct crash_stacks *to, unsigned int cpu)
{
	struct cea_exception_stacks *cea = per_cpu(cea_exception_stacks, cpu);

	if (!cea)
		return;
	crash_stack_add(to, KDUMP_STACK_EXCEPTION, CEA_ESTACK_BOT(cea, DF), CEA_ESTACK_SIZE(DF));
	crash_stack_add(to, KDUMP_STACK_EXCEPTION, CEA_ESTACK_BOT(cea, NMI), CEA_ESTACK_SIZE(NMI));
	crash_stack_add(to, KDUMP_STACK_EXCEPTION, CEA_ESTACK_BOT(cea, DB), CEA_ESTACK_SIZE(DB));
	crash_stack_add(to, KDUMP_STACK_EXCEPTION, CEA_ESTACK_BOT(cea, MCE), CEA_ESTACK_SIZE(MCE));
	crash_stack_add(to, KDUMP_STACK_EXCEPTION, CEA_ESTACK_BOT(cea, VC), CEA_ESTACK_SIZE(VC));
	crash_stack_add(to, KDUMP_STACK_EXCEPTION, CEA_ESTACK_BOT(cea, VC2), CEA_ESTACK_SIZE(VC2));
}

/**
 * x86_crash_current() - what a CPU runs
 * @cpu: the CPU
 *
 * Context: panic. No lock: a silent CPU may hold that of its run queue.
 */
struct task_struct *x86_crash_current(unsigned int cpu)
{
	return READ_ONCE(per_cpu(pcpu_hot.current_task, cpu));
}

/**
 * x86_crash_stacks() - list a CPU's own stacks
 * @cpu: the CPU
 * @to: where to
 *
 * Context: panic, NMI.
 */
void x86_crash_stacks(unsigned int cpu, struct crash_stacks *to)
{
	unsigned long irq_stack_top = (unsigned long)per_cpu(pcpu_hot.hardirq_stack_ptr, cpu);

	/* The pointer is that of the topmost word. */
	if (irq_stack_top)
		crash_stack_add(to, KDUMP_STACK_IRQ,
				irq_stack_top + sizeof(long) - IRQ_STACK_SIZE, IRQ_STACK_SIZE);
	stack_add_exceptions(to, cpu);
	crash_stack_add(to, KDUMP_STACK_ENTRY, (unsigned long)cpu_entry_stack(cpu),
			sizeof(struct entry_stack));
}
