// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a CPU's kernel stacks are, as the dump has to show them, on ppc64.
 *
 * Emergency stacks are in the linear mapping; they are listed all the same, since a dump may be
 * read without one.
 *
 * Interface: kexec_arch_ops.crash_stacks, crash_current and crash_va_to_pa. Context: panic, NMI.
 */
#include <linux/kexec.h>
#include <linux/mm.h>
#include <uapi/linux/kdump.h>

#include <asm/irq.h>
#include <asm/paca.h>
#include <asm/pte-walk.h>

#include "internal.h"

/**
 * ppc64_crash_va_to_pa() - where in memory a byte of the kernel is
 * @va: its address, or any other
 * @pa: its physical address
 *
 * Context: panic, NMI. Page tables are only read, and without a lock.
 * Return: false if nothing is mapped there.
 */
bool ppc64_crash_va_to_pa(unsigned long va, u64 *pa)
{
	unsigned int shift = 0;
	pte_t *ptep;

	if (va >= PAGE_OFFSET && va < (unsigned long)high_memory) {
		*pa = __pa(va);
		return true;
	}
	if (va < VMALLOC_START || va >= VMALLOC_END)
		return false;
	ptep = find_init_mm_pte(va, &shift);
	if (!ptep || !pte_present(*ptep))
		return false;
	if (!shift)
		shift = PAGE_SHIFT;
	*pa = PFN_PHYS(pte_pfn(*ptep)) + (va & ((1UL << shift) - 1));
	return true;
}

/* The paca has the address behind its last byte. */
static void stack_add_emergency(struct crash_stacks *to, const void *top)
{
	if (top)
		crash_stack_add(to, KDUMP_STACK_EXCEPTION, (unsigned long)top - THREAD_SIZE,
				THREAD_SIZE);
}

/**
 * ppc64_crash_current() - what a CPU runs
 * @cpu: the CPU
 *
 * Context: panic. No lock: a silent CPU may hold that of its run queue.
 */
struct task_struct *ppc64_crash_current(unsigned int cpu)
{
	return READ_ONCE(paca_ptrs[cpu]->__current);
}

/**
 * ppc64_crash_stacks() - list a CPU's own stacks
 * @cpu: the CPU
 * @to: where to
 *
 * Context: panic, NMI.
 */
void ppc64_crash_stacks(unsigned int cpu, struct crash_stacks *to)
{
	const struct paca_struct *paca = paca_ptrs[cpu];

	if (hardirq_ctx[cpu])
		crash_stack_add(to, KDUMP_STACK_IRQ, (unsigned long)hardirq_ctx[cpu], THREAD_SIZE);
	if (softirq_ctx[cpu])
		crash_stack_add(to, KDUMP_STACK_IRQ, (unsigned long)softirq_ctx[cpu], THREAD_SIZE);
	stack_add_emergency(to, paca->emergency_sp);
	stack_add_emergency(to, paca->nmi_emergency_sp);
	stack_add_emergency(to, paca->mc_emergency_sp);
}
