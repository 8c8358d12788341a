// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a CPU's kernel stacks are, as the dump has to show them.
 *
 * A stack is contiguous where the CPU uses it, but with VMAP_STACK its pages are anywhere. The
 * page tables say where: they are only read, by a walk without locks, so this works in an NMI
 * and also for another CPU. What is not mapped (a stack that this configuration does not
 * have, or garbage in a silent CPU's data) is left out.
 *
 * Interface: kexec_arch_ops.crash_stacks and crash_current. Context: panic, NMI.
 */
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched/task_stack.h>
#include <uapi/linux/kdump.h>

#include <asm/cpu_entry_area.h>
#include <asm/current.h>
#include <asm/pgtable.h>
#include <asm/processor.h>

#include "internal.h"

struct stack_pieces {
	struct kdump_stack_ser *out;
	unsigned int max;
	unsigned int nr;
};

static bool kernel_va_to_pa(unsigned long va, u64 *pa)
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

/* One more page or part of a page: longer, if it goes on where the last one ends. */
static void piece_add(struct stack_pieces *p, unsigned int kind, u64 va, u64 pa, u32 bytes)
{
	struct kdump_stack_ser *s = p->nr ? &p->out[p->nr - 1] : NULL;

	if (s && s->kind == kind && s->va + s->bytes == va && s->pa + s->bytes == pa) {
		s->bytes += bytes;
		return;
	}
	if (p->nr == p->max)
		return;
	p->out[p->nr++] = (struct kdump_stack_ser){
		.va = va,
		.pa = pa,
		.bytes = bytes,
		.kind = kind,
	};
}

static void stack_add(struct stack_pieces *p, unsigned int kind, unsigned long va,
		      unsigned long bytes)
{
	unsigned long end = va + bytes;
	unsigned long next;
	u64 pa;

	for (; va < end; va = next) {
		next = min(end, (va & PAGE_MASK) + PAGE_SIZE);
		if (kernel_va_to_pa(va, &pa))
			piece_add(p, kind, va, pa, next - va);
	}
}

static void stack_add_exceptions(struct stack_pieces *p, unsigned int cpu)
{
	struct cea_exception_stacks *cea = per_cpu(cea_exception_stacks, cpu);

	if (!cea)
		return;
	stack_add(p, KDUMP_STACK_EXCEPTION, CEA_ESTACK_BOT(cea, DF), CEA_ESTACK_SIZE(DF));
	stack_add(p, KDUMP_STACK_EXCEPTION, CEA_ESTACK_BOT(cea, NMI), CEA_ESTACK_SIZE(NMI));
	stack_add(p, KDUMP_STACK_EXCEPTION, CEA_ESTACK_BOT(cea, DB), CEA_ESTACK_SIZE(DB));
	stack_add(p, KDUMP_STACK_EXCEPTION, CEA_ESTACK_BOT(cea, MCE), CEA_ESTACK_SIZE(MCE));
	stack_add(p, KDUMP_STACK_EXCEPTION, CEA_ESTACK_BOT(cea, VC), CEA_ESTACK_SIZE(VC));
	stack_add(p, KDUMP_STACK_EXCEPTION, CEA_ESTACK_BOT(cea, VC2), CEA_ESTACK_SIZE(VC2));
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
 * x86_crash_stacks() - list the kernel stacks of a CPU
 * @cpu: the CPU
 * @task: what it ran
 * @regs: its registers; not needed here, all its stacks are listed
 * @out: where to
 * @max: room in @out
 *
 * Context: panic, NMI.
 * Return: how many of @out were filled; what did not fit is left out.
 */
unsigned int x86_crash_stacks(unsigned int cpu, struct task_struct *task,
			      const struct pt_regs *regs, struct kdump_stack_ser *out,
			      unsigned int max)
{
	struct stack_pieces p = { .out = out, .max = max };
	unsigned long irq_stack_top = (unsigned long)per_cpu(pcpu_hot.hardirq_stack_ptr, cpu);

	if (task)
		stack_add(&p, KDUMP_STACK_TASK, (unsigned long)task_stack_page(task), THREAD_SIZE);
	/* The pointer is that of the topmost word. */
	if (irq_stack_top)
		stack_add(&p, KDUMP_STACK_IRQ,
			  irq_stack_top + sizeof(long) - IRQ_STACK_SIZE, IRQ_STACK_SIZE);
	stack_add_exceptions(&p, cpu);
	stack_add(&p, KDUMP_STACK_ENTRY, (unsigned long)cpu_entry_stack(cpu),
		  sizeof(struct entry_stack));
	return p.nr;
}
