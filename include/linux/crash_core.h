/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The dying side: how a kernel that can not go on enters its capture kernel.
 *
 * kernel/crash_dump/panic.c holds the path, notes.c what each CPU leaves behind. Everything
 * declared here but the hotplug part may be called in any context, NMI included.
 */
#ifndef LINUX_CRASH_CORE_H
#define LINUX_CRASH_CORE_H

#include <linux/elfcore.h>
#include <linux/linkage.h>
#include <linux/percpu.h>
#include <linux/types.h>

struct pt_regs;
struct task_struct;

/*
 * A CPU's note in memory: one NT_PRSTATUS named "CORE" and the empty note that ends the
 * list. The per-CPU buffer's type and content are read by crash and drgn; it is at most a
 * page and does not cross one.
 */
#define CRASH_CORE_NOTE_NAME		"CORE"
#define CRASH_CORE_NOTE_HEAD_BYTES	ALIGN(sizeof(struct elf_note), 4)
#define CRASH_CORE_NOTE_NAME_BYTES	ALIGN(sizeof(CRASH_CORE_NOTE_NAME), 4)
#define CRASH_CORE_NOTE_DESC_BYTES	ALIGN(sizeof(struct elf_prstatus), 4)
#define CRASH_CORE_NOTE_BYTES		(2 * CRASH_CORE_NOTE_HEAD_BYTES + \
					 CRASH_CORE_NOTE_NAME_BYTES + CRASH_CORE_NOTE_DESC_BYTES)

typedef u32 note_buf_t[CRASH_CORE_NOTE_BYTES / sizeof(u32)];

#ifdef CONFIG_CRASH_DUMP

extern note_buf_t __percpu *crash_notes;

asmlinkage void __crash_kexec(struct pt_regs *regs);
asmlinkage void crash_kexec(struct pt_regs *regs);
int kexec_should_crash(struct task_struct *task);
int kexec_crash_loaded(void);

/* What a CPU leaves behind: registers, state, stacks. Each CPU for itself. */
void crash_save_cpu(struct pt_regs *regs, int cpu);
bool crash_cpu_saved(int cpu);

ssize_t crash_get_memory_size(void);
int crash_shrink_memory(unsigned long new_size);

#else /* !CONFIG_CRASH_DUMP */

static inline void __crash_kexec(struct pt_regs *regs) { }
static inline void crash_kexec(struct pt_regs *regs) { }
static inline int kexec_should_crash(struct task_struct *task) { return 0; }
static inline int kexec_crash_loaded(void) { return 0; }
static inline void crash_save_cpu(struct pt_regs *regs, int cpu) { }

#endif /* CONFIG_CRASH_DUMP */

#ifdef CONFIG_CRASH_HOTPLUG
int crash_check_hotplug_support(void);
unsigned int crash_get_elfcorehdr_size(void);
#endif

#endif /* LINUX_CRASH_CORE_H */
