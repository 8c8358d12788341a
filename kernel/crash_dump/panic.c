// SPDX-License-Identifier: GPL-2.0-only
/*
 * The panic path: from a kernel that can not go on into its capture kernel.
 *
 * Interface: crash_kexec(), __crash_kexec(), kexec_should_crash(), kexec_crash_loaded(), for
 * die(), panic() and NMI handlers. Context: any, NMI included. Nothing here allocates, takes a
 * sleeping lock or waits without bound, and every way out prints why, but for one: a kernel
 * that has no crash region and no image is not meant to be dumped, and panics as ever.
 *
 * Elsewhere: notes.c (what CPUs leave), vmcoreinfo.c, ../kexec_digest.c, and kexec_arch_ops
 * for what depends on the architecture.
 */
#define pr_fmt(fmt) "kdump: " fmt

#include <linux/array_size.h>
#include <linux/cache.h>
#include <linux/crash_core.h>
#include <linux/console.h>
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/kexec.h>
#include <linux/kexec_arch.h>
#include <linux/kprobes.h>
#include <linux/panic.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/ptrace.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>
#include <kunit/visibility.h>

#include "notes.h"
#include "tests/pageflags.h"

/**
 * DOC: The panic path
 *
 * One CPU takes the path; it owns ``panic_cpu`` (as for any panic) and claims the armed image by
 * one cmpxchg, ``ARMED`` to ``FIRING``. It then takes these steps, each begun at most once:
 *
 * ``claim``
 *	The image is ours, or we leave: none loaded, or not armed. Next: freeze.
 * ``freeze``
 *	VMCOREINFO gets the time of the crash, the KDUMP note says who crashed. Next: verify.
 * ``verify``
 *	The segments and the control pages are compared with their digests. The last step that
 *	can fail: a mismatch retires the image and gives the machine back to panic(), which
 *	logs, stores the log (pstore) and reboots by ``panic=``. Next: save, or out.
 * ``save``
 *	The registers of the fault become this CPU's note. Next: stop.
 * ``stop``
 *	The other CPUs are told to stop, each saves its own registers; those that do not answer
 *	in time are named and left. No way back from here. Next: quiesce.
 * ``quiesce``
 *	Interrupt controllers, timers and virtualization are put into the state that the next
 *	kernel expects. Next: seal.
 * ``seal``
 *	The KDUMP note gets the state of each CPU and its checksum. Next: jump.
 * ``jump``
 *	The architecture's enter(). Does not return.
 *
 * A second entry:
 *
 * by another CPU
 *	It leaves a mark, from which the owner says so, and goes on to panic(), where it waits (in
 *	an NMI it waits at once); the NMI of the ``stop`` step finds it and saves its registers.
 * by the owner, through a fault of its own in a step
 *	That step is given up, whatever was done before is kept, and the path goes on with the next
 *	one. If verify is given up, the image is entered unverified: purgatory checks again. In
 *	quiesce only the part that faulted is given up; before its own it has those of save and
 *	stop, which do nothing if they were done.
 * by the owner for the ninth time, or out of ``jump``
 *	Given up. Before ``stop`` panic() goes on; after it the machine is reset, since
 *	interrupts and the other CPUs are gone.
 *
 * With ``crash_kexec_post_notifiers`` panic() has stopped the other CPUs before the path
 * begins; ``stop`` does the rest then.
 */

/**
 * DOC: Ways out
 *
 * ``no capture kernel is loaded; the reserved memory stays unused``
 *	crashkernel= reserved memory, but nothing was loaded, or it was unloaded.
 * ``the capture kernel can not be entered: it is ..., not armed``
 *	The image is being entered already, or was found damaged before.
 * ``no dump: segment ... was overwritten after it was loaded``, or ``control pages ...``
 *	The digest taken at the load does not match. panic() goes on: the log, pstore, ``panic=``.
 * ``fault in the panic path, step ...: given up, going on after it``
 *	The step faulted. What it should have left may be missing in the dump.
 * ``entry ... of the panic path, step ...: given up, no dump``
 *	The path faulted again. Before the other CPUs are stopped panic() goes on, after it the
 *	machine is reset.
 * ``CPU ... crashed as well and was stopped``
 *	Two crashes at once; the dump has the first one and both CPUs' registers. The owner
 *	says it: nobody else's messages are kept while it panics.
 * ``CPU ... did not answer the NMI within ... ms; its registers are not in the dump``
 *	The CPU is stuck where not even an NMI gets through. The others are in the dump.
 * ``verified in ... ms, stopped in ... ms, entering the capture kernel at ...``
 *	The way it should be. What comes next is the capture kernel's own log.
 * ``the capture kernel could not be entered; resetting the machine``
 *	The architecture's last step came back, which it must not.
 *
 * Nothing is printed where neither memory is reserved nor an image loaded: that kernel was not
 * meant to be dumped.
 */

enum crash_step {
	CRASH_CLAIM,
	CRASH_FREEZE,
	CRASH_VERIFY,
	CRASH_SAVE,
	CRASH_STOP,
	CRASH_QUIESCE,
	CRASH_SEAL,
	CRASH_JUMP,
};

static const char * const crash_step_names[] = {
	[CRASH_CLAIM]	= "claim",
	[CRASH_FREEZE]	= "freeze",
	[CRASH_VERIFY]	= "verify",
	[CRASH_SAVE]	= "save",
	[CRASH_STOP]	= "stop",
	[CRASH_QUIESCE]	= "quiesce",
	[CRASH_SEAL]	= "seal",
	[CRASH_JUMP]	= "jump",
};

/*
 * How often the owner may enter: the first time, and again out of faults of its own. Each entry
 * begins with another step, or part of one, than that which faulted: it ends in any case.
 */
#define CRASH_MAX_ENTRIES	8

#define CRASH_NO_OWNER		(-1)

/* The path, of which there is one. Only @owner is looked at by others. */
static struct {
	atomic_t owner;			/* CPU that claimed the image, or CRASH_NO_OWNER */
	enum crash_step step;		/* the last that was begun */
	struct kimage *image;		/* claimed */
	bool verified;			/* its digests match */
	struct pt_regs regs;		/* of the first entry: the crash */
	struct kdump_crash_times times;
} path = {
	.owner = ATOMIC_INIT(CRASH_NO_OWNER),
};

/* Crashed while another CPU already had the path; the owner says so. */
static struct cpumask crashed_as_well;

static bool crash_path_is_mine(void)
{
	return atomic_read(&path.owner) == raw_smp_processor_id();
}

/* As panic() does it; its helpers for this are younger than some 6.12.y. */
static bool panic_is_mine(void)
{
	return atomic_read(&panic_cpu) == raw_smp_processor_id();
}

static bool panic_begin(void)
{
	return atomic_cmpxchg(&panic_cpu, PANIC_CPU_INVALID, raw_smp_processor_id()) ==
	       PANIC_CPU_INVALID;
}

static void panic_give_back(void)
{
	atomic_set(&panic_cpu, PANIC_CPU_INVALID);
}

/* What was printed in an NMI is only stored, and would be gone with the memory. */
static void crash_reset_machine(void)
{
	console_flush_on_panic(CONSOLE_FLUSH_PENDING);
	emergency_restart();
}

/**
 * kexec_crash_loaded() - is there a capture kernel?
 *
 * Context: any.
 * Return: 1 or 0.
 */
int kexec_crash_loaded(void)
{
	struct kimage *image;
	bool loaded;

	/* The image lives for as long; one whose digests did not match is no capture kernel. */
	rcu_read_lock();
	image = READ_ONCE(kexec_crash_image);
	loaded = image && READ_ONCE(image->state) != KIMAGE_RETIRED;
	rcu_read_unlock();
	return loaded;
}
EXPORT_SYMBOL_GPL(kexec_crash_loaded);

/**
 * kexec_should_crash() - does this fault end the kernel, so that it is to be dumped now?
 * @p: the task that faulted
 *
 * die() asks before it decides itself; a task whose death is a panic, and a fault in interrupt
 * context or with panic_on_oops, must be dumped with the registers of the fault. If notifiers
 * are to run first, panic() does it. A fault while this CPU panics always ends it.
 *
 * Context: any.
 * Return: 1 or 0.
 */
int kexec_should_crash(struct task_struct *p)
{
	if (panic_is_mine())
		return 1;
	if (crash_kexec_post_notifiers)
		return 0;
	return in_interrupt() || !p->pid || is_global_init(p) || panic_on_oops;
}
EXPORT_SYMBOL_IF_KUNIT(kexec_should_crash);

/* Begin a step, unless it was begun by an earlier entry: then it is done, or it faulted. */
static bool crash_begin(enum crash_step step)
{
	if (path.step >= step)
		return false;
	path.step = step;
	/* A fault in the step must find it begun. */
	barrier();
	return true;
}

/* The image, if it is armed; the loader may put its successor there meanwhile. */
static struct kimage *crash_claim_image(void)
{
	struct kimage *image = READ_ONCE(kexec_crash_image);
	struct kimage *seen;

	do {
		if (!image) {
			if (crashk_res.end > crashk_res.start)
				pr_emerg("no capture kernel is loaded; the reserved memory stays unused\n");
			return NULL;
		}
		if (kimage_move(image, KIMAGE_ARMED, KIMAGE_FIRING))
			return image;
		seen = image;
		image = READ_ONCE(kexec_crash_image);
	} while (image != seen);

	pr_emerg("the capture kernel can not be entered: it is %s, not armed\n",
		 kimage_state_name(READ_ONCE(image->state)));
	return NULL;
}

static bool crash_claim(void)
{
	struct kimage *image = crash_claim_image();

	if (!image)
		return false;
	path.image = image;
	path.step = CRASH_CLAIM;
	path.times.entries = 1;
	/* From here on a fault of ours finds the path claimed. */
	atomic_set_release(&path.owner, raw_smp_processor_id());
	path.times.begin_ns = ktime_get_mono_fast_ns();
	return true;
}

/* Entered again by a fault in the path itself. */
static bool crash_claim_again(void)
{
	const char *step = crash_step_names[path.step];

	path.times.entries++;
	if (path.times.entries <= CRASH_MAX_ENTRIES && path.step != CRASH_JUMP) {
		pr_emerg("fault in the panic path, step %s: given up, going on after it\n", step);
		return true;
	}
	if (path.step < CRASH_STOP) {
		pr_emerg("entry %u of the panic path, step %s: given up, no dump\n",
			 path.times.entries, step);
		return false;
	}
	pr_emerg("entry %u of the panic path, step %s: given up, no dump; resetting the machine\n",
		 path.times.entries, step);
	crash_reset_machine();
	return false;
}

static void crash_freeze(void)
{
	kdump_notes_begin(raw_smp_processor_id());
	crash_save_vmcoreinfo();
}

/* The last thing that may fail, and the machine still is whole. */
static bool crash_verify(void)
{
	struct kimage *image = path.image;
	u64 start_ns = ktime_get_mono_fast_ns();
	int bad = kexec_digest_verify(image);

	path.times.verify_ns = ktime_get_mono_fast_ns() - start_ns;
	path.verified = bad < 0;
	if (path.verified)
		return true;

	if (bad == KEXEC_DIGEST_CONTROL)
		pr_emerg("no dump: control pages of the capture kernel in [0x%llx, 0x%llx) were overwritten after it was loaded (stub, page tables)\n",
			 (u64)image->region_start_pa, (u64)image->region_next);
	else
		pr_emerg("no dump: segment %d of the capture kernel at 0x%lx (%zu bytes) was overwritten after it was loaded (%s)\n",
			 bad, image->segment[bad].mem, image->segment[bad].memsz,
			 kexec_role_name(image->role[bad]));
	kimage_move(image, KIMAGE_FIRING, KIMAGE_RETIRED);
	atomic_set(&path.owner, CRASH_NO_OWNER);
	return false;
}

static void crash_stop(void)
{
	int cpu;

	crash_smp_send_stop();
	for_each_cpu(cpu, &crashed_as_well)
		pr_emerg("CPU %d crashed as well and was stopped\n", cpu);
}

/**
 * crash_take_each() - take steps that may fault, each at most once
 * @next: how many were begun; must outlive this call
 * @steps: in this order
 * @nr: how many there are
 *
 * For kexec_arch_ops.crash_shutdown(). A step that faults brings the path there again; called
 * again, this goes on with the next one.
 *
 * Context: panic.
 */
void crash_take_each(unsigned int *next, const crash_step_t *steps, unsigned int nr)
{
	while (*next < nr) {
		unsigned int step = (*next)++;

		/* A fault in the step must find it begun. */
		barrier();
		steps[step]();
	}
}

static void crash_save(void)
{
	crash_save_cpu(&path.regs, raw_smp_processor_id());
}

/* Done already, but for a fault; then they have a second chance. */
static const crash_step_t crash_again[] = {
	crash_save,
	crash_smp_send_stop,
};

static void crash_quiesce(u64 start_ns)
{
	static unsigned int again;

	crash_take_each(&again, crash_again, ARRAY_SIZE(crash_again));
	kexec_arch_ops.crash_shutdown(&path.regs);
	path.times.stop_ns = ktime_get_mono_fast_ns() - start_ns;
}

/* The steps in their order; returns only where verify says that there is nothing to enter. */
static void crash_take_steps(void)
{
	int warn = panic_on_warn;
	u64 start_ns;

	/* A warning on the way must not start another panic. */
	panic_on_warn = 0;

	if (crash_begin(CRASH_FREEZE))
		crash_freeze();
	if (crash_begin(CRASH_VERIFY) && !crash_verify()) {
		panic_on_warn = warn;
		return;
	}
	/* Code that is also called without a crash tries its locks instead of waiting for them. */
	bust_spinlocks(1);
	if (crash_begin(CRASH_SAVE))
		crash_save();
	start_ns = ktime_get_mono_fast_ns();
	if (crash_begin(CRASH_STOP))
		crash_stop();
	/* Also if the last entry faulted in it: what did not fault is needed all the same. */
	if (crash_begin(CRASH_QUIESCE) || path.step == CRASH_QUIESCE)
		crash_quiesce(start_ns);
	if (crash_begin(CRASH_SEAL)) {
		kdump_test_save_pageflags();
		kdump_notes_seal(&path.times);
	}

	crash_begin(CRASH_JUMP);
	pr_emerg("%s in %llu ms, stopped in %llu ms, entering the capture kernel at 0x%lx\n",
		 path.verified ? "verified" : "not verified",
		 div_u64(path.times.verify_ns, NSEC_PER_MSEC),
		 div_u64(path.times.stop_ns, NSEC_PER_MSEC), path.image->start);
	kexec_arch_ops.enter(path.image);

	pr_emerg("the capture kernel could not be entered; resetting the machine\n");
	crash_reset_machine();
}

/**
 * __crash_kexec() - enter the capture kernel
 * @regs: registers of the fault; NULL: those of this call
 *
 * For panic() and crash_kexec(), whose caller owns panic_cpu.
 *
 * Context: any. Returns only where no capture kernel can be entered, having said why.
 */
asmlinkage noinline void __crash_kexec(struct pt_regs *regs)
{
	unsigned long flags;

	/* Also what keeps the image from being freed: the loader waits for an RCU grace period. */
	local_irq_save(flags);
	if (crash_path_is_mine()) {
		if (crash_claim_again())
			crash_take_steps();
	} else if (crash_claim()) {
		/* Here and not in a function of its own: this frame is the one to be seen. */
		if (regs)
			path.regs = *regs;
		else
			kexec_arch_ops.crash_save_regs(&path.regs);
		crash_take_steps();
	}
	local_irq_restore(flags);
}

NOKPROBE_SYMBOL(__crash_kexec);

/*
 * Another CPU is on its way. In an NMI, wait for it here, where the registers of the fault are;
 * else the caller has locks to release that the owner may need, and waits in panic().
 */
static void crash_yield(struct pt_regs *regs)
{
	cpumask_set_cpu(raw_smp_processor_id(), &crashed_as_well);
	if (regs && in_nmi())
		nmi_panic_self_stop(regs);
}

/**
 * crash_kexec() - enter the capture kernel, if this CPU is the first to want that
 * @regs: registers of the fault, or NULL
 *
 * Context: any. Returns where no capture kernel can be entered, or another CPU panics: the
 * caller goes on to panic() then.
 */
asmlinkage void crash_kexec(struct pt_regs *regs)
{
	if (panic_begin()) {
		__crash_kexec(regs);
		panic_give_back();
	} else if (panic_is_mine()) {
		__crash_kexec(regs);
	} else if (atomic_read_acquire(&path.owner) != CRASH_NO_OWNER) {
		crash_yield(regs);
	}
}

NOKPROBE_SYMBOL(crash_kexec);
