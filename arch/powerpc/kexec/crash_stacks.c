// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a CPU's kernel stacks are, as the dump has to show them, on ppc64.
 *
 * With VMAP_STACK task and interrupt stacks lie in vmalloc space, page by page; the kernel's
 * page tables say where. They are only read, without locks, so this works in an NMI and for
 * another CPU. Emergency stacks are in the linear mapping; they are listed all the same, since
 * a dump may be read without one.
 *
 * Interface: kexec_arch_ops.crash_stacks and crash_current. Context: panic, NMI.
 */
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/sched/task_stack.h>
#include <uapi/linux/kdump.h>

#include <asm/irq.h>
#include <asm/paca.h>
#include <asm/pte-walk.h>

#include "internal.h"

struct stack_pieces {
	struct kdump_stack_ser *out;
	unsigned int max;
	unsigned int nr;
};

static bool kernel_va_to_pa(unsigned long va, u64 *pa)
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

static void stack_add(struct stack_pieces *p, unsigned int kind, unsigned long va,
		      unsigned long bytes)
{
	unsigned long end = va + bytes, next;
	struct kdump_stack_ser *last;
	u64 pa;

	for (; va < end; va = next) {
		next = min(end, (va & PAGE_MASK) + PAGE_SIZE);
		if (!kernel_va_to_pa(va, &pa))
			continue;
		last = p->nr ? &p->out[p->nr - 1] : NULL;
		if (last && last->kind == kind && last->va + last->bytes == va &&
		    last->pa + last->bytes == pa) {
			last->bytes += next - va;
		} else if (p->nr < p->max) {
			p->out[p->nr++] = (struct kdump_stack_ser){
				.va = va,
				.pa = pa,
				.bytes = next - va,
				.kind = kind,
			};
		}
	}
}

/* The paca has the address behind its last byte. */
static void stack_add_emergency(struct stack_pieces *p, const void *top)
{
	if (top)
		stack_add(p, KDUMP_STACK_EXCEPTION, (unsigned long)top - THREAD_SIZE, THREAD_SIZE);
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
 * ppc64_crash_stacks() - list the kernel stacks of a CPU
 * @cpu: the CPU
 * @task: what it ran
 * @regs: its registers; not needed here, all its stacks are listed
 * @out: where to
 * @max: room in @out
 *
 * Context: panic, NMI.
 * Return: how many of @out were filled; what did not fit is left out.
 */
unsigned int ppc64_crash_stacks(unsigned int cpu, struct task_struct *task,
				const struct pt_regs *regs, struct kdump_stack_ser *out,
				unsigned int max)
{
	struct stack_pieces p = { .out = out, .max = max };
	const struct paca_struct *paca = paca_ptrs[cpu];

	if (task)
		stack_add(&p, KDUMP_STACK_TASK, (unsigned long)task_stack_page(task), THREAD_SIZE);
	if (hardirq_ctx[cpu])
		stack_add(&p, KDUMP_STACK_IRQ, (unsigned long)hardirq_ctx[cpu], THREAD_SIZE);
	if (softirq_ctx[cpu])
		stack_add(&p, KDUMP_STACK_IRQ, (unsigned long)softirq_ctx[cpu], THREAD_SIZE);
	stack_add_emergency(&p, paca->emergency_sp);
	stack_add_emergency(&p, paca->nmi_emergency_sp);
	stack_add_emergency(&p, paca->mc_emergency_sp);
	return p.nr;
}
