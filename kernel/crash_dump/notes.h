/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The KDUMP note and the notes of each CPU, between notes.c, panic.c and vmcoreinfo.c.
 *
 * notes.c collects; vmcoreinfo.c owns the buffer that the dump shows; panic.c says when.
 */
#ifndef _KERNEL_CRASH_DUMP_NOTES_H
#define _KERNEL_CRASH_DUMP_NOTES_H

#include <linux/types.h>

struct kdump_stack_ser;
struct task_struct;

/**
 * struct kdump_crash_times - what panic.c knows of the crash
 * @entries: how often the path was entered
 * @begin_ns: monotonic clock when it was entered first
 * @verify_ns: time that comparing digests took
 * @stop_ns: time that stopping the machine took
 */
struct kdump_crash_times {
	unsigned int entries;
	u64 begin_ns;
	u64 verify_ns;
	u64 stop_ns;
};

#ifdef CONFIG_CRASH_DUMP

/*
 * Boot, may sleep. The KDUMP note is as large as memory allows; who finds no room for its copy
 * has it made smaller, until there is none (false), and then has said what was left out.
 */
void kdump_notes_init(void);
bool kdump_notes_shrink(void);
void kdump_notes_report(void);
size_t kdump_note_bytes(void);

/* Any context: write the note as it is now to @to, which has kdump_note_bytes(). */
void kdump_note_write(void *to);

/* Panic: who crashed; and, when all have stopped, that nothing changes any more. */
void kdump_notes_begin(unsigned int crashing_cpu);
void kdump_notes_seal(const struct kdump_crash_times *times);

/* Panic, NMI: what @cpu leaves of its stacks; how many. */
unsigned int crash_list_stacks(unsigned int cpu, struct task_struct *task,
			       struct kdump_stack_ser *out, unsigned int max);

#else

static inline void kdump_notes_init(void) { }
static inline bool kdump_notes_shrink(void) { return false; }
static inline void kdump_notes_report(void) { }
static inline size_t kdump_note_bytes(void) { return 0; }
static inline void kdump_note_write(void *to) { }

#endif

/* vmcoreinfo.c: write the KDUMP note again behind VMCOREINFO. Panic. */
void vmcoreinfo_refresh(void);

#endif /* _KERNEL_CRASH_DUMP_NOTES_H */
