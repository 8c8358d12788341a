// SPDX-License-Identifier: GPL-2.0-only
/*
 * Crash the kernel in a chosen way, place and context.
 *
 * LKDTM has many ways to crash, but not these: in a chosen context on a
 * chosen CPU, with CPUs that cannot be stopped, and with a fault inside the
 * panic path itself. Every panic message carries a token, so that the dump
 * can be told from the dump of any other run.
 *
 * Interface: insmod kdtest.ko action=NAME token=TEXT [cpu=N]; the CPU that
 * crashes is the one that insmod runs on (taskset), "cpu" is the other one
 * where an action has two. Actions stand in the table at the end.
 * Context: module load, process context; does not return where it crashes.
 */
#define pr_fmt(fmt) "kdtest: " fmt

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/irq_work.h>
#include <linux/kdebug.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/panic_notifier.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "nmi.h"
#include "spin.h"

/* Long enough for any detector that a test sets to panic. */
#define DETECTOR_WAIT_MS 60000

/* How long to wait for another CPU to take its place. */
#define PLACE_WAIT_MS 5000

/* From "about to spin" to spinning with all registers set. */
#define SETTLE_MS 10

static char *action = "";
module_param(action, charp, 0444);
MODULE_PARM_DESC(action, "what to do, see the table");

static char *token = "none";
module_param(token, charp, 0444);
MODULE_PARM_DESC(token, "text that goes into the panic message");

static int cpu = -1;
module_param(cpu, int, 0444);
MODULE_PARM_DESC(cpu, "the other CPU, for actions that have one");

static unsigned long seed = 0x4b44000000000000;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "first of the planted register values");

static unsigned long pa;
module_param(pa, ulong, 0444);
MODULE_PARM_DESC(pa, "the physical address that is written to, by the action that writes");

static int set_go(const char *text, const struct kernel_param *param);
static const struct kernel_param_ops go_ops = { .set = set_go };
module_param_cb(go, &go_ops, NULL, 0200);
MODULE_PARM_DESC(go, "written while loaded: an action to do then");

static atomic_t placed = ATOMIC_INIT(0);
static struct irq_work irq_work;
static bool faulted;

static noinline void kdtest_null_dereference(void)
{
	int *nowhere = NULL;

	/* The compiler must not see where this points. */
	OPTIMIZER_HIDE_VAR(nowhere);
	*nowhere = 1;
}

static noinline void kdtest_panic(const char *where)
{
	panic("kdtest %s %s on CPU %d", token, where, raw_smp_processor_id());
}

static int start_on(int (*function)(void *), int on, const char *name)
{
	struct task_struct *task;

	if (on < 0 || on >= nr_cpu_ids || !cpu_online(on)) {
		pr_err("cpu=%d is not online\n", on);
		return -EINVAL;
	}
	task = kthread_create(function, NULL, "%s", name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, on);
	wake_up_process(task);
	return 0;
}

static int wait_placed(int count)
{
	int waited_ms;

	for (waited_ms = 0; waited_ms < PLACE_WAIT_MS; waited_ms++) {
		if (atomic_read(&placed) >= count)
			return 0;
		mdelay(1);
	}
	pr_err("the other CPU did not get ready in %d ms\n", PLACE_WAIT_MS);
	return -ETIMEDOUT;
}

static int do_panic(void)
{
	kdtest_panic("in a task");
	return 0;
}

static int do_oops(void)
{
	kdtest_null_dereference();
	return 0;
}

static void irq_panic(struct irq_work *work)
{
	kdtest_panic("in hardirq");
}

static void irq_null(struct irq_work *work)
{
	kdtest_null_dereference();
}

static int run_in_irq(void (*function)(struct irq_work *))
{
	init_irq_work(&irq_work, function);
	irq_work_queue(&irq_work);
	msleep(PLACE_WAIT_MS);
	return -ETIMEDOUT;
}

static int do_irq_panic(void)
{
	return run_in_irq(irq_panic);
}

static int do_irq_null(void)
{
	return run_in_irq(irq_null);
}

static int do_nmi(void)
{
	int error = kdtest_nmi_self();

	if (!error)
		msleep(PLACE_WAIT_MS);
	return error ? error : -ETIMEDOUT;
}

static int __noreturn soft_lockup(void *unused)
{
	preempt_disable();
	for (;;)
		cpu_relax();
}

static int __noreturn hard_lockup(void *unused)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static int hung_task(void *unused)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule();
	return 0;
}

static int detector(int (*function)(void *), const char *name)
{
	int error = start_on(function, cpu, name);

	if (!error)
		msleep(DETECTOR_WAIT_MS);
	return error ? error : -ETIMEDOUT;
}

static int do_soft_lockup(void)
{
	return detector(soft_lockup, "kdtest_soft");
}

static int do_hard_lockup(void)
{
	return detector(hard_lockup, "kdtest_hard");
}

static int do_hung_task(void)
{
	return detector(hung_task, "kdtest_hung");
}

static int panic_together(void *unused)
{
	local_irq_disable();
	atomic_inc(&placed);
	while (atomic_read(&placed) < 2)
		cpu_relax();
	kdtest_panic("together");
	return 0;
}

static int do_together(void)
{
	int error = start_on(panic_together, cpu, "kdtest_other");

	if (error)
		return error;
	error = wait_placed(1);
	return error ? error : panic_together(NULL);
}

/* Faults once: what the fault leads to may come by here again. */
static int faulting_notifier(struct notifier_block *block, unsigned long event,
			     void *data)
{
	if (!faulted) {
		faulted = true;
		kdtest_null_dereference();
	}
	return NOTIFY_DONE;
}

static struct notifier_block fault_block = {
	.notifier_call = faulting_notifier,
	.priority = INT_MAX,
};

static int do_notifier_fault(void)
{
	atomic_notifier_chain_register(&panic_notifier_list, &fault_block);
	kdtest_panic("before a faulting notifier");
	return 0;
}

static int do_die_fault(void)
{
	register_die_notifier(&fault_block);
	kdtest_null_dereference();
	return 0;
}

static int spin_irqs_off(void *unused)
{
	atomic_inc(&placed);
	kdtest_spin(seed, true);
	return 0;
}

static int spin_irqs_on(void *unused)
{
	atomic_inc(&placed);
	preempt_disable();
	kdtest_spin(seed, false);
	return 0;
}

/* Crash while another CPU is in the state that it was just put in. */
static int panic_beside(int error, const char *where)
{
	if (!error)
		error = wait_placed(1);
	if (error)
		return error;
	mdelay(SETTLE_MS);
	kdtest_panic(where);
	return 0;
}

static int do_spin_irqs_off(void)
{
	return panic_beside(start_on(spin_irqs_off, cpu, "kdtest_spin"),
			    "beside a CPU spinning with interrupts off");
}

static int do_spin_irqs_on(void)
{
	return panic_beside(start_on(spin_irqs_on, cpu, "kdtest_spin"),
			    "beside a CPU spinning with interrupts on");
}

/* In the handler of an interrupt, so on the CPU's hardirq stack. */
static void kdtest_spin_in_irq(void *unused)
{
	atomic_inc(&placed);
	for (;;)
		cpu_relax();
}

static call_single_data_t spin_call =
	CSD_INIT(kdtest_spin_in_irq, NULL);

static int do_spin_in_irq(void)
{
	int error;

	if (cpu < 0 || cpu >= nr_cpu_ids || cpu == raw_smp_processor_id()) {
		pr_err("cpu=%d is not another CPU\n", cpu);
		return -EINVAL;
	}
	error = smp_call_function_single_async(cpu, &spin_call);
	return panic_beside(error, "beside a CPU spinning in an interrupt");
}

static int do_deaf(void)
{
	if (cpu < 0 || cpu >= nr_cpu_ids || !cpu_online(cpu)) {
		pr_err("cpu=%d is not online\n", cpu);
		return -EINVAL;
	}
	return panic_beside(kdtest_deafen(cpu, &placed), "beside a CPU that hears no NMI");
}

/* Where nobody may write. */
static noinline int kdtest_stray_write(void)
{
	u8 *byte = phys_to_virt(pa);

	WRITE_ONCE(*byte, READ_ONCE(*byte) ^ 0xff);
	pr_err("the byte at %#lx could be written\n", pa);
	return -EPERM;
}

/* For a test of the test: does it see memory that is lost? */
static noinline int kdtest_leak(void)
{
	void *lost = kmalloc(PAGE_SIZE / 2, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(lost);
	return lost ? 0 : -ENOMEM;
}

/* Only be there: a dump is to list a module, or a write to "go" follows. */
static int do_none(void)
{
	return 0;
}

static const struct {
	const char *name;
	int (*function)(void);
} actions[] = {
	{ "none", do_none },			/* stay loaded */
	{ "stray-write", kdtest_stray_write },	/* to pa */
	{ "leak", kdtest_leak },		/* lose memory, stay loaded */
	{ "panic", do_panic },			/* panic() in a task */
	{ "oops", do_oops },			/* NULL dereference in a task */
	{ "irq-panic", do_irq_panic },		/* panic() in hardirq */
	{ "irq-null", do_irq_null },		/* NULL dereference in hardirq */
	{ "nmi", do_nmi },			/* an NMI that nobody knows */
	{ "soft-lockup", do_soft_lockup },	/* on cpu */
	{ "hard-lockup", do_hard_lockup },	/* on cpu */
	{ "hung-task", do_hung_task },		/* on cpu */
	{ "together", do_together },		/* panic() here and on cpu */
	{ "notifier-fault", do_notifier_fault },/* in a panic notifier */
	{ "die-fault", do_die_fault },		/* in a die notifier */
	{ "spin-irqs-off", do_spin_irqs_off },	/* panic() beside cpu */
	{ "spin-irqs-on", do_spin_irqs_on },	/* panic() beside cpu */
	{ "spin-in-irq", do_spin_in_irq },	/* panic() beside cpu */
	{ "deaf", do_deaf },			/* panic() beside cpu */
};

static int do_action(const char *name)
{
	size_t i;

	pr_emerg("token %s action %s on CPU %d\n", token, name,
		 raw_smp_processor_id());
	for (i = 0; i < ARRAY_SIZE(actions); i++) {
		if (sysfs_streq(name, actions[i].name))
			return actions[i].function();
	}
	pr_err("action=%s is not known\n", name);
	return -EINVAL;
}

/* An action after the load, when the module's symbols have addresses. */
static int set_go(const char *text, const struct kernel_param *param)
{
	return do_action(text);
}

static int __init kdtest_init(void)
{
	return do_action(action);
}
module_init(kdtest_init);

MODULE_DESCRIPTION("Crash the kernel in a chosen way");
MODULE_LICENSE("GPL");
