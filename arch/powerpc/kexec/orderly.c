// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other CPUs on an orderly kexec reboot, on ppc64.
 *
 * Each is told to leave: interrupts off, out of the interrupt controller, and into real mode,
 * where it waits for the next kernel (misc_64.S: kexec_wait). kexec_sequence() lets all of them
 * go to address 0x60 of that kernel. A platform may take them back into firmware instead.
 *
 * CPUs that are offline are with the hypervisor, and are started from there. But on OPAL they sleep
 * in this kernel's text, and where this kernel was itself entered by kexec, those that it never
 * started (maxcpus=) spin there. That text is about to be overwritten, so they are brought up
 * first, all threads of a core.
 *
 * Waiting is bounded: a CPU that does not come is reset, where the platform can do that; one that
 * does not even come then is named, and left behind.
 *
 * Interface: kexec_arch_ops.orderly_shutdown. Context: process, devices are shut down.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/cpu.h>
#include <linux/cpu_smt.h>
#include <linux/delay.h>
#include <linux/irq.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <linux/smp.h>

#include <asm/cputhreads.h>
#include <asm/firmware.h>
#include <asm/hw_irq.h>
#include <asm/kexec.h>
#include <asm/machdep.h>
#include <asm/paca.h>
#include <asm/rtas.h>
#include <asm/smp.h>

#include "internal.h"

#ifdef CONFIG_SMP

#define ORDERLY_DEADLINE_MS	2000

/* PAPR, query-cpu-stopped-state: neither with firmware nor on its way there */
#define RTAS_CPU_NOT_STOPPED	2

/* Threads that the administrator took out of use could not be brought up else. */
static void orderly_allow_threads(void)
{
#ifdef CONFIG_HOTPLUG_SMT
	if (cpu_smt_control == CPU_SMT_NOT_SUPPORTED)
		return;
	cpu_smt_num_threads = threads_per_core;
	cpu_smt_control = CPU_SMT_ENABLED;
#endif
}

/* Is an offline CPU in this kernel's text? Where nobody can tell, it may be. */
static bool orderly_cpu_is_here(unsigned int cpu)
{
#ifdef CONFIG_PPC_PSERIES
	int token = rtas_function_token(RTAS_FN_QUERY_CPU_STOPPED_STATE);
	int state;

	if (firmware_has_feature(FW_FEATURE_LPAR) && token != RTAS_UNKNOWN_SERVICE &&
	    !rtas_call(token, 1, 2, &state, get_hard_smp_processor_id(cpu)))
		return state == RTAS_CPU_NOT_STOPPED;
#endif
	return true;
}

static void orderly_wake_offline(void)
{
	unsigned int cpu;

	for_each_present_cpu(cpu) {
		if (cpu_online(cpu) || !orderly_cpu_is_here(cpu))
			continue;
		orderly_allow_threads();
		if (add_cpu(cpu))
			pr_warn("CPU %u is offline and can not be brought up; the next kernel will not find it\n",
				cpu);
	}
}

/* On each of the other CPUs, in an IPI. */
static void orderly_leave(void *unused)
{
	local_irq_disable();
	hard_irq_disable();
	/* All that it did is seen before its state. */
	mb();
	get_paca()->kexec_state = KEXEC_STATE_IRQS_OFF;
	if (ppc_md.kexec_cpu_down)
		ppc_md.kexec_cpu_down(0, 1);
	kexec_smp_wait();
}

static void orderly_leave_nmi(struct pt_regs *regs)
{
	orderly_leave(NULL);
}

static bool orderly_has_left(unsigned int cpu, u8 state)
{
	return cpu == raw_smp_processor_id() ||
	       READ_ONCE(paca_ptrs[cpu]->kexec_state) >= state;
}

static void orderly_wait(u8 state)
{
	unsigned int cpu, ms = 0;

	for_each_online_cpu(cpu)
		for (; !orderly_has_left(cpu, state) && ms < ORDERLY_DEADLINE_MS; ms++)
			mdelay(1);
}

/* One that takes no interrupts may take a system reset, and must not stay in this kernel. */
static void orderly_reset_stuck(void)
{
	bool any = false;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (orderly_has_left(cpu, KEXEC_STATE_IRQS_OFF))
			continue;
		pr_warn("CPU %u did not stop within %u ms; resetting it\n", cpu,
			ORDERLY_DEADLINE_MS);
		smp_send_nmi_ipi(cpu, orderly_leave_nmi, USEC_PER_SEC);
		any = true;
	}
	if (any)
		orderly_wait(KEXEC_STATE_IRQS_OFF);
}

static void orderly_report(u8 state, const char *what)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (!orderly_has_left(cpu, state))
			pr_warn("CPU %u did not %s; it is left behind\n", cpu, what);
}

static void orderly_stop_others(void)
{
	orderly_wake_offline();
	preempt_disable();
	smp_call_function(orderly_leave, NULL, 0);
	local_irq_disable();
	hard_irq_disable();
	orderly_wait(KEXEC_STATE_IRQS_OFF);
	orderly_reset_stuck();
	orderly_report(KEXEC_STATE_IRQS_OFF, "stop");
	/* Nobody takes an interrupt now. */
	machine_kexec_mask_interrupts();
	if (ppc_md.kexec_cpu_down)
		ppc_md.kexec_cpu_down(0, 0);
	orderly_wait(KEXEC_STATE_REAL_MODE);
	orderly_report(KEXEC_STATE_REAL_MODE, "leave for real mode");
}

#else

static void orderly_stop_others(void)
{
	local_irq_disable();
	hard_irq_disable();
	machine_kexec_mask_interrupts();
	if (ppc_md.kexec_cpu_down)
		ppc_md.kexec_cpu_down(0, 0);
	/* CPUs that this kernel never started wait in its text. */
	smp_release_cpus();
}

#endif

/**
 * ppc64_orderly_shutdown() - let the other CPUs go and quiet interrupts
 *
 * Context: process; with interrupts off afterwards.
 */
void ppc64_orderly_shutdown(void)
{
	machine_shutdown();
	orderly_stop_others();
}
