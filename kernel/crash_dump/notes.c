// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each CPU leaves behind when the kernel dies: registers, state, stacks.
 *
 * Two places, for two kinds of reader. crash_notes holds one NT_PRSTATUS for each CPU, in the
 * form that crash and drgn read in memory; /sys/devices/system/cpu/cpuN/crash_notes tells where,
 * and kexec-tools points ELF headers there. A CPU writes only to its own buffer, so one that is
 * offline or silent leaves its own empty and moves nobody else's.
 *
 * The rest (uapi/linux/kdump.h) is collected in a block of fixed layout, a record for
 * each possible CPU, and copied behind VMCOREINFO by kdump_note_write(). The copy gets the
 * checksum: a CPU that answers late writes to the block and can not spoil what is sealed.
 *
 * All memory is taken at boot. The block and its copy are each physically contiguous, and the page
 * allocator's largest piece (4 MiB on x86_64, some 5200 CPUs) bounds them; where they do not fit
 * there are records for fewer stacks, the task's first, and a line says so.
 *
 * A CPU's record is written by that CPU; kdump_notes_seal() writes those of the CPUs that did
 * not.
 *
 * Interface: crash_notes, crash_save_cpu(), crash_cpu_saved(); notes.h for panic.c and
 * vmcoreinfo.c. Context: init at boot; all else in any, NMI included.
 */
#define pr_fmt(fmt) "kdump: " fmt

#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/crash_core.h>
#include <linux/crc32.h>
#include <linux/gfp.h>
#include <linux/kexec_arch.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <kunit/visibility.h>
#include <uapi/linux/kdump.h>

#include "notes.h"
#include "pagedesc.h"

/*
 * Pieces of stacks for each CPU. x86_64 with KASAN has the most: task and interrupt stacks of
 * 8 pages that may lie apart, 6 exception stacks, the entry stack.
 */
#define KDUMP_CPU_STACKS	24

/* Without a warning, since a smaller one is tried then. */
#define KDUMP_BLOCK_GFP		(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN)

/* The block's layout is the note's; every size is part of the format. */
static_assert(sizeof(struct kdump_header_ser) == 24);
static_assert(offsetof(struct kdump_header_ser, total_bytes) == 12);
static_assert(offsetof(struct kdump_header_ser, crc32) == 16);
static_assert(sizeof(struct kdump_section_ser) == 16);
static_assert(sizeof(struct kdump_crash_ser) == 40);
static_assert(offsetof(struct kdump_crash_ser, begin_ns) == 8);
static_assert(sizeof(struct kdump_cpu_ser) == 32);
static_assert(offsetof(struct kdump_cpu_ser, task_va) == 16);
static_assert(sizeof(struct kdump_stack_ser) == 32);
static_assert(offsetof(struct kdump_stack_ser, kind) == 24);

#define KDUMP_NOTE_NAME_BYTES	ALIGN(sizeof(KDUMP_NOTE_NAME), 4)
#define KDUMP_NOTE_HEAD_BYTES	(sizeof(struct elf_note) + KDUMP_NOTE_NAME_BYTES)

note_buf_t __percpu *crash_notes;
EXPORT_SYMBOL_IF_KUNIT(crash_notes);

/*
 * The block, and where its parts are. Set at boot (S), written by the CPU that a record is
 * for (C), by the crashing CPU (P).
 */
static struct {
	void *block;			/* S; NULL without memory */
	size_t bytes;			/* S */
	struct kdump_header_ser *head;	/* S, P */
	struct kdump_crash_ser *crash;	/* S, P */
	struct kdump_cpu_ser *cpu;	/* S, C; nr_cpu_ids of them */
	struct kdump_stack_ser *stack;	/* S, C; cpu_stacks for each CPU */
	unsigned int cpu_stacks;	/* S; at most KDUMP_CPU_STACKS */
} kdump;

/* Append a section with room for @records; returns the first of them. */
static void * __init section_begin(size_t *at, u32 type, u32 record_bytes, u32 records)
{
	struct kdump_section_ser *s = kdump.block + *at;

	s->type = type;
	s->record_bytes = record_bytes;
	s->records = records;
	s->bytes = sizeof(*s) + record_bytes * records;
	*at += s->bytes;
	return s + 1;
}

static void __init block_layout(void)
{
	size_t at = sizeof(struct kdump_header_ser);
	unsigned int cpu;

	kdump.crash = section_begin(&at, KDUMP_SECTION_CRASH, sizeof(*kdump.crash), 1);
	kdump.cpu = section_begin(&at, KDUMP_SECTION_CPUS, sizeof(*kdump.cpu), nr_cpu_ids);
	kdump.stack = section_begin(&at, KDUMP_SECTION_STACKS, sizeof(*kdump.stack),
				    nr_cpu_ids * kdump.cpu_stacks);
	pagedesc_write(kdump.block + at);
	at += pagedesc_bytes();

	kdump.head = kdump.block;
	*kdump.head = (struct kdump_header_ser){
		.magic		= KDUMP_MAGIC,
		.major		= KDUMP_VERSION_MAJOR,
		.minor		= KDUMP_VERSION_MINOR,
		.header_bytes	= sizeof(*kdump.head),
		.total_bytes	= at,
	};
	kdump.crash->crashing_cpu = KDUMP_NO_CPU;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		kdump.cpu[cpu].cpu = cpu;
		kdump.cpu[cpu].state = KDUMP_CPU_RUNNING;
	}
}

/* Takes the block with room for as many stacks as the allocator has, at most @cpu_stacks. */
static void __init block_alloc(unsigned int cpu_stacks)
{
	for (;; cpu_stacks = cpu_stacks * 3 / 4) {
		kdump.cpu_stacks = cpu_stacks;
		kdump.bytes = sizeof(struct kdump_header_ser) +
			      3 * sizeof(struct kdump_section_ser) + sizeof(*kdump.crash) +
			      nr_cpu_ids * (sizeof(*kdump.cpu) +
					    cpu_stacks * sizeof(*kdump.stack)) +
			      pagedesc_bytes();
		kdump.block = alloc_pages_exact(kdump.bytes, KDUMP_BLOCK_GFP);
		if (kdump.block) {
			block_layout();
			return;
		}
		if (!cpu_stacks)
			return;
	}
}

/**
 * kdump_notes_init() - take all memory that a crash needs for its notes
 *
 * Context: boot, may sleep.
 */
void __init kdump_notes_init(void)
{
	/* A power of two keeps each CPU's buffer within a page, so it is physically contiguous. */
	crash_notes = __alloc_percpu(sizeof(note_buf_t), roundup_pow_of_two(sizeof(note_buf_t)));
	if (!crash_notes)
		pr_err("no memory for registers of %u CPUs; a dump will have none\n", nr_cpu_ids);
	BUILD_BUG_ON(sizeof(note_buf_t) > PAGE_SIZE);
	block_alloc(KDUMP_CPU_STACKS);
}

/**
 * kdump_notes_shrink() - there is no room for the KDUMP note: make it smaller
 *
 * With fewer stacks first, with none then, and in the end there is no such note.
 *
 * Context: boot, may sleep.
 * Return: false if there was no note any more.
 */
bool __init kdump_notes_shrink(void)
{
	if (!kdump.block)
		return false;
	free_pages_exact(kdump.block, kdump.bytes);
	kdump.block = NULL;
	if (kdump.cpu_stacks)
		block_alloc(kdump.cpu_stacks * 3 / 4);
	return true;
}

/**
 * kdump_notes_report() - say what found no room
 *
 * Context: boot.
 */
void __init kdump_notes_report(void)
{
	if (!kdump.block)
		pr_err("no contiguous memory for the KDUMP note of %u CPUs; a dump will not show stacks nor which CPU was silent\n",
		       nr_cpu_ids);
	else if (kdump.cpu_stacks < KDUMP_CPU_STACKS)
		pr_warn("the KDUMP note of %u CPUs has room for %u pieces of stack for each, not %u: the largest piece of contiguous memory is too small; a dump may not show all stacks\n",
			nr_cpu_ids, kdump.cpu_stacks, KDUMP_CPU_STACKS);
}

/**
 * kdump_note_bytes() - room that kdump_note_write() needs
 *
 * Context: any, after kdump_notes_init().
 * Return: bytes, a multiple of 4; 0 if there is no such note.
 */
size_t kdump_note_bytes(void)
{
	return kdump.block ? KDUMP_NOTE_HEAD_BYTES + kdump.bytes : 0;
}

/**
 * kdump_note_write() - write the KDUMP note as things are now
 * @to: kdump_note_bytes() of room, 4-byte aligned
 *
 * Context: any.
 */
void kdump_note_write(void *to)
{
	struct elf_note *note = to;
	void *desc = to + KDUMP_NOTE_HEAD_BYTES;
	u32 crc;

	if (!kdump.block)
		return;
	memset(to, 0, KDUMP_NOTE_HEAD_BYTES);
	note->n_namesz = sizeof(KDUMP_NOTE_NAME);
	note->n_descsz = kdump.bytes;
	note->n_type = KDUMP_NOTE_TYPE;
	memcpy(note + 1, KDUMP_NOTE_NAME, sizeof(KDUMP_NOTE_NAME));

	memcpy(desc, kdump.block, kdump.bytes);
	crc = ~crc32_le(~0U, desc, kdump.bytes);
	memcpy(desc + offsetof(struct kdump_header_ser, crc32), &crc, sizeof(crc));
}

/* An NT_PRSTATUS, then nothing: the buffer's rest is zero, which ends the list of notes. */
static void save_registers(struct pt_regs *regs, int cpu)
{
	struct elf_prstatus *status;
	struct elf_note *note;
	char *name;

	if (!crash_notes)
		return;
	note = (struct elf_note *)per_cpu_ptr(crash_notes, cpu);
	name = (char *)note + CRASH_CORE_NOTE_HEAD_BYTES;
	status = (struct elf_prstatus *)(name + CRASH_CORE_NOTE_NAME_BYTES);

	memset(note, 0, sizeof(note_buf_t));
	status->common.pr_pid = current->pid;
	elf_core_copy_regs(&status->pr_reg, regs);
	memcpy(name, CRASH_CORE_NOTE_NAME, sizeof(CRASH_CORE_NOTE_NAME));
	note->n_descsz = sizeof(*status);
	note->n_type = NT_PRSTATUS;
	/* Last: a note without a name is none, so a fault on the way leaves none. */
	barrier();
	note->n_namesz = sizeof(CRASH_CORE_NOTE_NAME);
}

/**
 * struct crash_stacks - a list of one CPU's stacks that is being made
 * @cpu: the CPU
 * @out: the list
 * @max: room in it
 * @nr: how many pieces there are
 */
struct crash_stacks {
	unsigned int cpu;
	struct kdump_stack_ser *out;
	unsigned int max;
	unsigned int nr;
};

/* One more page or part of a page: longer, if it goes on where the last one ends. */
static void stack_add_piece(struct crash_stacks *to, unsigned int kind, u64 va, u64 pa, u32 bytes)
{
	struct kdump_stack_ser *last = to->nr ? &to->out[to->nr - 1] : NULL;

	if (last && last->kind == kind && last->va + last->bytes == va &&
	    last->pa + last->bytes == pa) {
		last->bytes += bytes;
		return;
	}
	if (to->nr == to->max)
		return;
	to->out[to->nr++] = (struct kdump_stack_ser){
		.va = va,
		.pa = pa,
		.bytes = bytes,
		.kind = kind,
		.cpu = to->cpu,
	};
}

/**
 * crash_stack_add() - list a stack
 * @to: where to
 * @kind: KDUMP_STACK_*
 * @va: where the CPU uses it
 * @bytes: its size
 *
 * It is contiguous there, but with VMAP_STACK its pages are anywhere. What is not mapped (a stack
 * that this configuration does not have, garbage in a silent CPU's data) and what the list has
 * no room for is left out.
 *
 * Context: panic, NMI.
 */
void crash_stack_add(struct crash_stacks *to, unsigned int kind, unsigned long va,
		     unsigned long bytes)
{
	unsigned long end = va + bytes, next;
	u64 pa;

	for (; va < end; va = next) {
		next = min(end, (va & PAGE_MASK) + PAGE_SIZE);
		if (kexec_arch_ops.crash_va_to_pa(va, &pa))
			stack_add_piece(to, kind, va, pa, next - va);
	}
}

/**
 * crash_list_stacks() - list the stacks of a CPU
 * @cpu: the CPU
 * @task: what it runs
 * @out: where to
 * @max: room in @out
 *
 * Context: panic, NMI.
 * Return: how many of @out were filled.
 */
unsigned int crash_list_stacks(unsigned int cpu, struct task_struct *task,
			       struct kdump_stack_ser *out, unsigned int max)
{
	struct crash_stacks to = { .cpu = cpu, .out = out, .max = max };

	crash_stack_add(&to, KDUMP_STACK_TASK, (unsigned long)task_stack_page(task), THREAD_SIZE);
	kexec_arch_ops.crash_stacks(cpu, &to);
	return to.nr;
}
EXPORT_SYMBOL_IF_KUNIT(crash_list_stacks);

static void save_task(unsigned int cpu, struct task_struct *task)
{
	struct kdump_cpu_ser *rec = &kdump.cpu[cpu];

	rec->task_va = (unsigned long)task;
	rec->pid = task->pid;
	rec->stacks = crash_list_stacks(cpu, task, kdump.stack + cpu * kdump.cpu_stacks,
					kdump.cpu_stacks);
}

/**
 * crash_save_cpu() - save the registers, state and stacks of this CPU
 * @regs: its registers at the crash, or where it was interrupted
 * @cpu: its number
 *
 * A CPU that calls this twice keeps what it saved first.
 *
 * Context: panic or NMI, on @cpu.
 */
void crash_save_cpu(struct pt_regs *regs, int cpu)
{
	struct kdump_cpu_ser *rec;

	if (cpu < 0 || cpu >= nr_cpu_ids)
		return;
	if (!kdump.block) {
		save_registers(regs, cpu);
		return;
	}
	if (crash_cpu_saved(cpu))
		return;
	rec = &kdump.cpu[cpu];
	save_registers(regs, cpu);
	save_task(cpu, current);
	rec->stopped_ns = ktime_get_mono_fast_ns();
	/* Pairs with smp_load_acquire() in crash_cpu_saved(): all of the above comes with it. */
	smp_store_release(&rec->state, kdump.crash->crashing_cpu == cpu ?
			  KDUMP_CPU_CRASHING : KDUMP_CPU_STOPPED);
}

/**
 * crash_cpu_saved() - has a CPU stopped and left its registers?
 * @cpu: its number, below nr_cpu_ids
 *
 * Context: panic.
 */
bool crash_cpu_saved(int cpu)
{
	u32 state;

	if (!kdump.block)
		return crash_notes &&
		       ((struct elf_note *)per_cpu_ptr(crash_notes, cpu))->n_namesz;
	/* Pairs with smp_store_release() in crash_save_cpu(). */
	state = smp_load_acquire(&kdump.cpu[cpu].state);
	return state == KDUMP_CPU_CRASHING || state == KDUMP_CPU_STOPPED;
}

/**
 * kdump_notes_begin() - a crash has begun
 * @crashing_cpu: the CPU that takes the crash path
 *
 * Context: panic.
 */
void kdump_notes_begin(unsigned int crashing_cpu)
{
	if (kdump.block)
		kdump.crash->crashing_cpu = crashing_cpu;
}

/* A CPU that did not save itself: say why. */
static void seal_absent(unsigned int cpu)
{
	if (crash_cpu_saved(cpu))
		return;
	if (!cpu_online(cpu)) {
		kdump.cpu[cpu].state = KDUMP_CPU_OFFLINE;
		return;
	}
	if (cpu == raw_smp_processor_id()) {
		/* It faulted when it saved itself, and would again. */
		kdump.cpu[cpu].state = KDUMP_CPU_CRASHING;
		return;
	}
	/* Its stacks help even without registers; what it ran can only be read from outside. */
	save_task(cpu, kexec_arch_ops.crash_current(cpu));
	kdump.cpu[cpu].state = KDUMP_CPU_SILENT;
}

/**
 * kdump_notes_seal() - all CPUs have stopped that will; write the note for the last time
 * @times: what panic.c measured
 *
 * Context: panic, on the crashing CPU.
 */
void kdump_notes_seal(const struct kdump_crash_times *times)
{
	unsigned int cpu;

	if (!kdump.block)
		return;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (cpu_possible(cpu))
			seal_absent(cpu);
		else
			kdump.cpu[cpu].state = KDUMP_CPU_OFFLINE;
	}
	kdump.crash->entries = times->entries;
	kdump.crash->begin_ns = times->begin_ns;
	kdump.crash->verify_ns = times->verify_ns;
	kdump.crash->stop_ns = times->stop_ns;
	kdump.crash->seal_ns = ktime_get_mono_fast_ns();
	kdump.head->flags |= KDUMP_SEALED;
	vmcoreinfo_refresh();
}
