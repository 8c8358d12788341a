// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stopping a dying ppc64 machine so that the next kernel starts.
 *
 * The other CPUs are stopped by an ordinary IPI first, which leaves firmware calls (RTAS, OPAL) to
 * come to their end; then, one by one, by a system reset where the platform can cause one (pseries
 * by a hypervisor call, powernv by OPAL), which gets through to a CPU that spins with interrupts
 * off. Each saves its registers, leaves the interrupt controller and goes to real mode, where it
 * waits for the next kernel, or back to firmware. One that does not answer in time is named, and
 * left alone. Where CPUs that are offline sleep in this kernel's text (powernv) they are woken, and
 * go as well: their way out of sleep is by the exception vectors, which the next kernel makes its
 * own.
 *
 * A soft reset from outside comes to all CPUs at once. The first of them takes the crash path;
 * the others come here from their system reset and wait for the IPI of the first. It finds them
 * in that exception, so the registers of where the reset met them are kept aside for it.
 *
 * Then this CPU: what drivers and platforms have registered; interrupt sources; and itself out of
 * the interrupt controller.
 *
 * Interface: kexec_arch_ops.crash_shutdown; the names that smp.c, traps.c, the platforms and
 * drivers call. Context: panic. No lock is waited for: XICS interrupts are masked by RTAS, and
 * that is left out where a CPU was stopped in it.
 */
#define pr_fmt(fmt) "kdump: " fmt

#include <linux/array_size.h>
#include <linux/cpumask.h>
#include <linux/crash_core.h>
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/irq.h>
#include <linux/kexec.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/time64.h>

#include <asm/hw_irq.h>
#include <asm/kexec.h>
#include <asm/machdep.h>
#include <asm/paca.h>
#include <asm/rtas.h>
#include <asm/smp.h>
#include <asm/xive.h>

#include "internal.h"

/* A CPU that takes interrupts does so by then. */
#define CRASH_IPI_DEADLINE_MS	100

/* All resets together; one of them has at most a part of that. */
#define CRASH_RESETS_DEADLINE_MS 1000
#define CRASH_ONE_RESET_MS	100

/* From a CPU's beginning to stop until it has left. */
#define CRASH_STOP_DEADLINE_MS	1000

/* A CPU that was reset waits that long for another one to begin the crash path. */
#define CRASH_RESET_DEADLINE_MS	10000

/* A silent CPU may be about to leave RTAS; one that was stopped is not. */
#define CRASH_RTAS_DEADLINE_MS	100

#define CRASH_HANDLERS		4

int crash_wake_offline;

static DEFINE_SPINLOCK(handlers_lock);
static crash_shutdown_t handlers[CRASH_HANDLERS];

/**
 * crash_shutdown_register() - have something done when the kernel dies
 * @handler: what; called in a panic, on one CPU, interrupts off; may fault
 *
 * Context: process.
 * Return: 0; 1 if there is no room for it.
 */
int crash_shutdown_register(crash_shutdown_t handler)
{
	unsigned int i;
	int ret = 1;

	spin_lock(&handlers_lock);
	for (i = 0; i < CRASH_HANDLERS && ret; i++) {
		if (handlers[i])
			continue;
		WRITE_ONCE(handlers[i], handler);
		ret = 0;
	}
	spin_unlock(&handlers_lock);
	if (ret)
		pr_err("no room for more than %d crash shutdown handlers\n", CRASH_HANDLERS);
	return ret;
}
EXPORT_SYMBOL(crash_shutdown_register);

/**
 * crash_shutdown_unregister() - undo crash_shutdown_register()
 * @handler: what
 *
 * Context: process.
 * Return: 0; 1 if it was not registered.
 */
int crash_shutdown_unregister(crash_shutdown_t handler)
{
	unsigned int i;
	int ret = 1;

	spin_lock(&handlers_lock);
	for (i = 0; i < CRASH_HANDLERS; i++) {
		if (handlers[i] != handler)
			continue;
		WRITE_ONCE(handlers[i], NULL);
		ret = 0;
	}
	spin_unlock(&handlers_lock);
	return ret;
}
EXPORT_SYMBOL(crash_shutdown_unregister);

#ifdef CONFIG_SMP

/*
 * Registers at the system reset in which this CPU waits. A copy, because the IPI comes as another
 * system reset, and that one begins at the top of the same emergency stack.
 */
static DEFINE_PER_CPU(struct pt_regs, reset_regs);
static DEFINE_PER_CPU(bool, reset_waits);

/* What this CPU was stopped in; set as soon as it begins to stop. */
static DEFINE_PER_CPU(struct pt_regs *, stop_regs);

/**
 * crash_ipi_callback() - stop this CPU
 * @regs: where it was interrupted
 *
 * Context: IPI or system reset, on any CPU but the one that crashed; does not return.
 */
void crash_ipi_callback(struct pt_regs *regs)
{
	int cpu = raw_smp_processor_id();

	/* A reset that comes while an IPI is served finds this code: the first is the right one. */
	if (!__this_cpu_read(stop_regs))
		__this_cpu_write(stop_regs, __this_cpu_read(reset_waits) ?
					    this_cpu_ptr(&reset_regs) : regs);
	hard_irq_disable();
	/* Registers are given to the CPUs that are online: one that only was woken has none. */
	if (cpu_online(cpu))
		crash_save_cpu(__this_cpu_read(stop_regs), cpu);
	if (ppc_md.kexec_cpu_down)
		ppc_md.kexec_cpu_down(1, 1);
	kexec_smp_wait();
}

/* Is it one that has to stop? Those that never started are with firmware. */
static bool crash_cpu_called(unsigned int cpu)
{
	if (cpu == raw_smp_processor_id())
		return false;
	return cpu_online(cpu) ||
	       (crash_wake_offline && READ_ONCE(paca_ptrs[cpu]->cpu_start));
}

static bool crash_cpu_begun(unsigned int cpu)
{
	return READ_ONCE(per_cpu(stop_regs, cpu));
}

static bool crash_cpu_gone(unsigned int cpu)
{
	return (crash_cpu_saved(cpu) || !cpu_online(cpu)) &&
	       READ_ONCE(paca_ptrs[cpu]->kexec_state) == KEXEC_STATE_REAL_MODE;
}

/* All that have not begun to stop. One that is offline wakes up in crash_ipi_callback(). */
static void crash_reset_others(void)
{
	unsigned int cpu, ms, left_ms = CRASH_RESETS_DEADLINE_MS;

	for_each_present_cpu(cpu) {
		if (!crash_cpu_called(cpu) || crash_cpu_begun(cpu))
			continue;
		ms = cpu_online(cpu) ? min(left_ms, CRASH_ONE_RESET_MS) : 0;
		/* 0 would be: without end. */
		if (!smp_send_nmi_ipi(cpu, crash_ipi_callback, ms * USEC_PER_MSEC ?: 1))
			left_ms -= ms;
	}
}

/*
 * Past smp_send_nmi_ipi(), which serves one sender at a time: that may be this very CPU, where the
 * crash is a reset that met it in there. The others take this for a reset from outside.
 */
static void crash_reset_unheard(void)
{
	unsigned int cpu;

	if (!smp_ops || !smp_ops->cause_nmi_ipi)
		return;
	for_each_online_cpu(cpu) {
		if (crash_cpu_called(cpu) && !crash_cpu_begun(cpu))
			smp_ops->cause_nmi_ipi(cpu);
	}
}

/* True: they are gone. */
static bool crash_wait_gone(void)
{
	unsigned int cpu, ms = 0;

	for_each_present_cpu(cpu) {
		if (!crash_cpu_called(cpu))
			continue;
		for (; !crash_cpu_gone(cpu) && ms < CRASH_STOP_DEADLINE_MS; ms++)
			mdelay(1);
		if (!crash_cpu_gone(cpu))
			return false;
	}
	return true;
}

static void crash_report_silent(void)
{
	unsigned int cpu;

	for_each_present_cpu(cpu) {
		if (!crash_cpu_called(cpu) || crash_cpu_gone(cpu))
			continue;
		if (!cpu_online(cpu))
			pr_emerg("CPU %u is offline and did not wake up within %u ms; the next kernel may not start it\n",
				 cpu, CRASH_STOP_DEADLINE_MS);
		else if (crash_cpu_saved(cpu))
			pr_emerg("CPU %u did not leave the interrupt controller within %u ms\n",
				 cpu, CRASH_STOP_DEADLINE_MS);
		else
			pr_emerg("CPU %u did not answer the NMI within %u ms; its registers are not in the dump\n",
				 cpu, CRASH_STOP_DEADLINE_MS);
	}
}

/**
 * crash_kexec_prepare() - stop the other CPUs
 *
 * crash_smp_send_stop() calls it, once.
 *
 * Context: panic. Waits for little more than three seconds at most.
 */
void crash_kexec_prepare(void)
{
	hard_irq_disable();
	WRITE_ONCE(crashing_cpu, raw_smp_processor_id());
	smp_send_safe_nmi_ipi(NMI_IPI_ALL_OTHERS, crash_ipi_callback,
			      CRASH_IPI_DEADLINE_MS * USEC_PER_MSEC);
	/* One that is between taking the IPI and saying so. */
	mdelay(1);
	crash_reset_others();
	if (crash_wait_gone())
		return;
	crash_reset_unheard();
	if (!crash_wait_gone())
		crash_report_silent();
}

/* Until the IPI of the CPU that has the crash path comes; from there, there is no way back. */
static void reset_wait(struct pt_regs *regs)
{
	unsigned int ms;

	*this_cpu_ptr(&reset_regs) = *regs;
	barrier();
	__this_cpu_write(reset_waits, true);
	for (ms = 0; ms < CRASH_RESET_DEADLINE_MS; ms++) {
		/* On its way to us; where it can not interrupt a reset, we come ourselves. */
		if (kdump_in_progress() && !smp_handle_nmi_ipi(regs))
			break;
		mdelay(1);
	}
	/* Still here: the IPI was sent before we waited, or timed out. */
	if (kdump_in_progress())
		crash_ipi_callback(regs);
	__this_cpu_write(reset_waits, false);
}

/**
 * crash_kexec_secondary() - a CPU that was reset, and is not the one that takes the crash path
 * @regs: where the reset met it
 *
 * Context: system reset. Returns where no other CPU begins a dump in time: die() goes on then.
 */
void crash_kexec_secondary(struct pt_regs *regs)
{
	unsigned long flags;

	if (!kexec_crash_loaded())
		return;
	local_irq_save(flags);
	reset_wait(regs);
	local_irq_restore(flags);
}

/**
 * nmi_panic_self_stop() - a CPU that wants to panic in an NMI, while another one does
 * @regs: where the NMI met it
 *
 * Context: NMI; does not return.
 */
void __noreturn nmi_panic_self_stop(struct pt_regs *regs)
{
	reset_wait(regs);
	panic_smp_self_stop();
}

#else

void crash_ipi_callback(struct pt_regs *regs)
{
}

void crash_kexec_secondary(struct pt_regs *regs)
{
}

#endif /* CONFIG_SMP */

/* Without SMP there was no crash_kexec_prepare(). */
static void quiesce_begin(void)
{
	hard_irq_disable();
	WRITE_ONCE(crashing_cpu, raw_smp_processor_id());
}

/* One that faults is not called again. */
static void quiesce_handlers(void)
{
	static unsigned int next;

	while (next < CRASH_HANDLERS) {
		crash_shutdown_t handler = READ_ONCE(handlers[next++]);

		if (handler)
			handler();
	}
}

static bool quiesce_rtas_is_free(void)
{
#ifdef CONFIG_PPC_RTAS
	unsigned int ms;

	for (ms = 0; rtas_is_busy(); ms++) {
		if (ms == CRASH_RTAS_DEADLINE_MS)
			return false;
		mdelay(1);
	}
#endif
	return true;
}

/*
 * XIVE's reset, in kexec_cpu_down(), takes all sources with it. XICS's have to be masked, which
 * on pseries takes RTAS and so its lock, whose owner is stopped. Without that the next kernel
 * masks those that it gets an interrupt from and does not know.
 */
static void quiesce_sources(void)
{
	if (xive_enabled())
		return;
	if (quiesce_rtas_is_free())
		machine_kexec_mask_interrupts();
	else
		pr_emerg("a CPU was stopped in RTAS, or while it waited for it; interrupt sources stay unmasked\n");
}

static void quiesce_cpu(void)
{
	if (ppc_md.kexec_cpu_down)
		ppc_md.kexec_cpu_down(1, 0);
}

static const crash_step_t quiesce_steps[] = {
	quiesce_begin,
	quiesce_handlers,
	/* Again: if one of them faulted, for the others. */
	quiesce_handlers,
	quiesce_sources,
	quiesce_cpu,
};

/**
 * ppc64_crash_shutdown() - leave the machine such that the next kernel starts
 * @regs: registers of this CPU at the crash
 *
 * Context: panic, interrupts off. Bounded. No way back: interrupts do not work after it.
 */
void ppc64_crash_shutdown(struct pt_regs *regs)
{
	static unsigned int next;

	crash_take_each(&next, quiesce_steps, ARRAY_SIZE(quiesce_steps));
}
