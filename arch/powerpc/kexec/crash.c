// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stopping a dying ppc64 machine so that the next kernel starts.
 *
 * The other CPUs are stopped by an ordinary IPI first, which leaves firmware calls (RTAS, OPAL) to
 * come to their end; then by a system reset where the platform can cause one (pseries by a
 * hypervisor call, powernv by OPAL), which gets through to a CPU that spins with interrupts off.
 * Neither takes its turn among the senders of NMI IPIs: the crash may have met one of them, with
 * its lock. Each CPU saves its registers, leaves the interrupt controller and goes to real mode,
 * where it waits for the next kernel, or back to firmware. One that does not answer in time is
 * named, and left alone. Where CPUs that are offline sleep in this kernel's text (powernv) they are
 * woken, and go as well: their way out of sleep is by the exception vectors, which the next kernel
 * makes its own.
 *
 * A soft reset from outside comes to all CPUs at once. The first of them takes the crash path;
 * the others come here from their system reset and wait until the first has them stop. The
 * registers are those of the first exception, whatever comes to a CPU while it waits.
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
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/crash_core.h>
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/irq.h>
#include <linux/kexec.h>
#include <linux/panic.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

#include <asm/hw_irq.h>
#include <asm/irq_regs.h>
#include <asm/kexec.h>
#include <asm/machdep.h>
#include <asm/paca.h>
#include <asm/rtas.h>
#include <asm/smp.h>
#include <asm/xive.h>

#include "internal.h"

/* A CPU that takes interrupts does so by then. */
#define CRASH_IPI_DEADLINE_MS	100

/* From there until all have left, by a reset if need be; and so long again after a second one. */
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

/* From here on, whatever comes to another CPU stops it. */
static bool crash_stops;

/*
 * Registers at the system reset in which this CPU waits. A copy, because one more reset begins at
 * the top of the same emergency stack.
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

/**
 * crash_stop_if_wanted() - stop this CPU if the kernel dies
 * @regs: where it was interrupted
 *
 * Context: any IPI that is sent as an NMI, or a system reset. Returns if the kernel does not die,
 * or does so on this CPU.
 */
void crash_stop_if_wanted(struct pt_regs *regs)
{
	/* Pairs with the release in crash_kexec_prepare(). */
	if (smp_load_acquire(&crash_stops) && READ_ONCE(crashing_cpu) != raw_smp_processor_id())
		crash_ipi_callback(regs);
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

static void crash_ipi_others(void)
{
	unsigned int cpu;

	for_each_present_cpu(cpu) {
		if (crash_cpu_called(cpu))
			crash_send_ipi(cpu);
	}
}

/* Those that have not begun to stop. */
static void crash_reset_others(void)
{
	unsigned int cpu;

	if (!smp_ops || !smp_ops->cause_nmi_ipi)
		return;
	for_each_present_cpu(cpu) {
		if (crash_cpu_called(cpu) && !crash_cpu_begun(cpu))
			smp_ops->cause_nmi_ipi(cpu);
	}
}

/* Until they all are as they should be, and not longer. True: they are. */
static bool crash_wait_for(bool (*is)(unsigned int cpu), unsigned int deadline_ms)
{
	unsigned int cpu, ms = 0;

	for_each_present_cpu(cpu) {
		if (!crash_cpu_called(cpu))
			continue;
		for (; !is(cpu); ms++) {
			if (ms == deadline_ms)
				return false;
			mdelay(1);
		}
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
 * Context: panic. Waits for 2.1 seconds at most.
 */
void crash_kexec_prepare(void)
{
	hard_irq_disable();
	WRITE_ONCE(crashing_cpu, raw_smp_processor_id());
	/* Pairs with the acquire in crash_stop_if_wanted(); whoever is called has to see it. */
	smp_store_release(&crash_stops, true);
	/* Not only by one that happens to look, but by each that gets the IPI. */
	smp_mb();
	crash_ipi_others();
	if (!crash_wait_for(crash_cpu_begun, CRASH_IPI_DEADLINE_MS))
		crash_reset_others();
	if (crash_wait_for(crash_cpu_gone, CRASH_STOP_DEADLINE_MS))
		return;
	crash_reset_others();
	if (!crash_wait_for(crash_cpu_gone, CRASH_STOP_DEADLINE_MS))
		crash_report_silent();
}

/*
 * Until the CPU that has the crash path stops this one: from there, there is no way back. Verifying
 * the image may take it seconds; as long as nobody panics, the wait is a bounded one.
 */
static void reset_wait(struct pt_regs *regs)
{
	unsigned int ms = 0;
	int panics;

	/* The second of two resets met this very function. */
	if (!__this_cpu_read(reset_waits))
		*this_cpu_ptr(&reset_regs) = *regs;
	barrier();
	__this_cpu_write(reset_waits, true);
	while (ms < CRASH_RESET_DEADLINE_MS) {
		crash_stop_if_wanted(regs);
		mdelay(1);
		panics = atomic_read(&panic_cpu);
		if (panics == PANIC_CPU_INVALID || panics == raw_smp_processor_id())
			ms++;
	}
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
 * @regs: where the NMI met it; NULL: where an interrupt met it, if one did
 *
 * Context: NMI; does not return.
 */
void __noreturn nmi_panic_self_stop(struct pt_regs *regs)
{
	struct pt_regs own = { };

	if (!regs)
		regs = get_irq_regs();
	if (!regs) {
		ppc_save_regs(&own);
		regs = &own;
	}
	reset_wait(regs);
	panic_smp_self_stop();
}

#else

void crash_ipi_callback(struct pt_regs *regs)
{
}

void crash_stop_if_wanted(struct pt_regs *regs)
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
