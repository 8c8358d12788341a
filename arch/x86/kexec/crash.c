// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stopping a dying x86 machine so that the next kernel starts.
 *
 * The other CPUs are stopped by an NMI, since they may spin with interrupts off. Each saves its
 * registers, leaves virtualization (a CPU in VMX operation ignores INIT, so the next kernel
 * could not start it) and halts. One that does not answer within the time that nmi_shootdown_cpus()
 * waits is named, and left alone: it must not keep the others from being dumped.
 *
 * Then this CPU: virtualization and tracing off; the I/O APICs before the local one, and both
 * as the firmware left them, because the next kernel calibrates its timers in that mode.
 * IOMMUs stay on: devices still do DMA, and the next kernel takes over their tables.
 *
 * Interface, under the names that the base kernel's tables use: kdump_nmi_shootdown_cpus()
 * (smp_ops), crash_smp_send_stop() (panic(), for crash_kexec_post_notifiers),
 * native_machine_crash_shutdown() (machine_ops; hypervisor guests wrap it).
 * Context: panic. No lock is taken that another CPU may hold.
 *
 * Elsewhere: arch/x86/kernel/reboot.c sends the NMI and waits.
 */
#define pr_fmt(fmt) "kdump: " fmt

#include <linux/array_size.h>
#include <linux/cpumask.h>
#include <linux/crash_core.h>
#include <linux/kexec.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/smp.h>

#include <asm/apic.h>
#include <asm/hpet.h>
#include <asm/hw_irq.h>
#include <asm/intel_pt.h>
#include <asm/io_apic.h>
#include <asm/reboot.h>
#include <asm/sev.h>
#include <asm/smp.h>
#include <asm/x86_init.h>

#include "internal.h"

#ifdef CONFIG_SMP

/* As long as nmi_shootdown_cpus() waits; for the message. */
#define X86_NMI_DEADLINE_MS	1000

/* On each of the other CPUs, in its NMI handler, which then leaves virtualization and halts. */
static void crash_stop_this_cpu(int cpu, struct pt_regs *regs)
{
	crash_save_cpu(regs, cpu);
	kdump_sev_callback();
	cpu_emergency_stop_pt();
	disable_local_APIC();
}

static void crash_report_silent(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (cpu == raw_smp_processor_id() || crash_cpu_saved(cpu))
			continue;
		pr_emerg("CPU %u did not answer the NMI within %u ms; its registers are not in the dump\n",
			 cpu, X86_NMI_DEADLINE_MS);
	}
}

/**
 * kdump_nmi_shootdown_cpus() - stop the other CPUs by NMI, each saving its state
 *
 * Context: panic, interrupts off. Waits for a second at most.
 */
void kdump_nmi_shootdown_cpus(void)
{
	nmi_shootdown_cpus(crash_stop_this_cpu);
	crash_report_silent();
}

/**
 * crash_smp_send_stop() - stop the other CPUs in a panic that will be dumped
 *
 * panic() calls this before its notifiers if crash_kexec_post_notifiers is set; the crash
 * path calls it in any case. Only the first call does something.
 *
 * Context: panic, on the one CPU that goes on.
 */
void crash_smp_send_stop(void)
{
	static bool stopped;

	if (stopped)
		return;
	stopped = true;
	if (smp_ops.crash_stop_other_cpus)
		smp_ops.crash_stop_other_cpus();
	else
		smp_send_stop();
}

#endif /* CONFIG_SMP */

/* While page attributes can be changed at all; see x86_guest.enc_kexec_begin. */
static void quiesce_guest_begin(void)
{
	x86_platform.guest.enc_kexec_begin();
}

static void quiesce_cpu(void)
{
	cpu_emergency_disable_virtualization();
	kdump_sev_callback();
	cpu_emergency_stop_pt();
}

static void quiesce_ioapic(void)
{
#ifdef CONFIG_X86_IO_APIC
	/* A CPU that was stopped may hold the lock. */
	ioapic_zap_locks();
	clear_IO_APIC();
#endif
}

static void quiesce_hpet(void)
{
#ifdef CONFIG_HPET_TIMER
	hpet_disable();
#endif
}

static void quiesce_guest_finish(void)
{
	x86_platform.guest.enc_kexec_finish();
}

static const crash_step_t quiesce_steps[] = {
	quiesce_guest_begin,
	quiesce_cpu,
	quiesce_ioapic,
	lapic_shutdown,
	restore_boot_irq_mode,
	quiesce_hpet,
	quiesce_guest_finish,
};

/**
 * native_machine_crash_shutdown() - leave the machine such that the next kernel starts
 * @regs: registers of this CPU at the crash
 *
 * Context: panic, interrupts off. Bounded. No way back: interrupts do not work after it.
 */
void native_machine_crash_shutdown(struct pt_regs *regs)
{
	static unsigned int next;

	crash_take_each(&next, quiesce_steps, ARRAY_SIZE(quiesce_steps));
}
