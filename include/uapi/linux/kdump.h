/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The KDUMP note: what a crashed kernel says of itself, beside VMCOREINFO.
 *
 * This is a contract between two kernels that may differ in version, and between a kernel and
 * the tools that read its dump. VMCOREINFO is text whose lines are fixed by today's tools;
 * this note is the place for what has no line there: for each CPU what became of it and where
 * its stacks lie, and when the crash path did what.
 *
 * Place: an ELF note, name KDUMP_NOTE_NAME, type KDUMP_NOTE_TYPE, behind the VMCOREINFO note in
 * the physically contiguous buffer that /sys/kernel/vmcoreinfo names. An empty note
 * (all zero) follows. Its content ("desc") is
 *
 *	struct kdump_header_ser
 *	struct kdump_section_ser, its records
 *	struct kdump_section_ser, its records
 *	...
 *
 * in the byte order of the kernel that wrote it, without gaps, each part a multiple of 8
 * bytes long. (An ELF note aligns its content to 4 bytes only: copy before use.)
 *
 * Version: a reader refuses a major that it does not know. A minor only adds: new section
 * types, or new members at the end of a header or record. All sizes are
 * given, so an old reader steps over what it does not know: it takes min(its own, the given)
 * size of a record, and treats members that are not there as zero.
 *
 * Commit: @crc32 covers all @total_bytes with @crc32 itself taken as zero. The note is written
 * at boot, again when a crash begins, and last when all CPUs have stopped; only that
 * last one has KDUMP_SEALED. Without it, CPUs have the state KDUMP_CPU_RUNNING and no
 * register note belongs to it. A bad checksum means that memory was overwritten: use nothing.
 *
 * It is untrusted input for whoever reads it: check every size before it is used. A stack's
 * @pa may lie outside of RAM, ranges may overlap.
 */
#ifndef _UAPI_LINUX_KDUMP_H
#define _UAPI_LINUX_KDUMP_H

#include <linux/types.h>

#define KDUMP_NOTE_NAME		"KDUMP"
/* Far from the types that gdb, crash and drgn know under any name. */
#define KDUMP_NOTE_TYPE		0x4b440001

#define KDUMP_MAGIC		0x504d444bU	/* "KDMP", little-endian */
#define KDUMP_VERSION_MAJOR	1
#define KDUMP_VERSION_MINOR	0

/* kdump_header_ser.flags */
#define KDUMP_SEALED		(1U << 0)	/* written after all CPUs had stopped */

/**
 * struct kdump_header_ser - begins the note's content
 * @magic: KDUMP_MAGIC
 * @major: KDUMP_VERSION_MAJOR
 * @minor: KDUMP_VERSION_MINOR
 * @header_bytes: size of this header; the first section follows
 * @total_bytes: size of all, this header included
 * @crc32: CRC-32 (polynomial 0xedb88320, initial value and final inversion ~0) over all bytes
 * @flags: KDUMP_SEALED
 */
struct kdump_header_ser {
	__u32 magic;
	__u16 major;
	__u16 minor;
	__u32 header_bytes;
	__u32 total_bytes;
	__u32 crc32;
	__u32 flags;
};

/* kdump_section_ser.type */
#define KDUMP_SECTION_CRASH	1	/* one struct kdump_crash_ser */
#define KDUMP_SECTION_CPUS	2	/* struct kdump_cpu_ser, one for each possible CPU */
#define KDUMP_SECTION_STACKS	3	/* struct kdump_stack_ser */

/**
 * struct kdump_section_ser - begins a section
 * @type: KDUMP_SECTION_*
 * @bytes: size of the section, this header included; the next one follows
 * @record_bytes: size of each record
 * @records: number of records, which follow this header
 */
struct kdump_section_ser {
	__u32 type;
	__u32 bytes;
	__u32 record_bytes;
	__u32 records;
};

/**
 * struct kdump_crash_ser - the crash as a whole
 * @crashing_cpu: the CPU that took the crash path, KDUMP_NO_CPU where there was none yet
 * @entries: how often the path was entered; more than 1: it faulted itself
 * @begin_ns: monotonic clock when the path was entered
 * @verify_ns: time that comparing the image's digests took
 * @stop_ns: time that stopping the CPUs and interrupt controllers took
 * @seal_ns: monotonic clock when the note was sealed
 */
struct kdump_crash_ser {
	__u32 crashing_cpu;
	__u32 entries;
	__u64 begin_ns;
	__u64 verify_ns;
	__u64 stop_ns;
	__u64 seal_ns;
};

#define KDUMP_NO_CPU		(~0U)

/**
 * enum kdump_cpu_state - what became of a CPU
 * @KDUMP_CPU_OFFLINE: not online when the crash began; it has no register note
 * @KDUMP_CPU_RUNNING: not known to have stopped (only in a note that is not sealed)
 * @KDUMP_CPU_CRASHING: took the crash path
 * @KDUMP_CPU_STOPPED: stopped when it was told to, and saved its registers
 * @KDUMP_CPU_SILENT: did not answer in time; it has no register note and may have run on
 */
enum kdump_cpu_state {
	KDUMP_CPU_OFFLINE,
	KDUMP_CPU_RUNNING,
	KDUMP_CPU_CRASHING,
	KDUMP_CPU_STOPPED,
	KDUMP_CPU_SILENT,
};

/**
 * struct kdump_cpu_ser - one CPU
 * @cpu: its number in the kernel
 * @state: enum kdump_cpu_state
 * @pid: of the task that it ran; 0 for its idle task
 * @stacks: how many records of KDUMP_SECTION_STACKS have this @cpu
 * @task_va: struct task_struct of that task; 0 if not known
 * @stopped_ns: monotonic clock when it saved its registers; 0 if it did not
 */
struct kdump_cpu_ser {
	__u32 cpu;
	__u32 state;
	__u32 pid;
	__u32 stacks;
	__u64 task_va;
	__u64 stopped_ns;
};

/**
 * enum kdump_stack_kind - which of a CPU's stacks
 * @KDUMP_STACK_NONE: the record is not used
 * @KDUMP_STACK_TASK: of the task that it ran
 * @KDUMP_STACK_IRQ: of hardware interrupts
 * @KDUMP_STACK_EXCEPTION: of one kind of exception (NMI, machine check, ...)
 * @KDUMP_STACK_ENTRY: of the way from user space into the kernel
 */
enum kdump_stack_kind {
	KDUMP_STACK_NONE,
	KDUMP_STACK_TASK,
	KDUMP_STACK_IRQ,
	KDUMP_STACK_EXCEPTION,
	KDUMP_STACK_ENTRY,
};

/**
 * struct kdump_stack_ser - a physically contiguous piece of a stack
 * @va: virtual address of its first byte, as it stands in registers and frames
 * @pa: physical address of its first byte
 * @bytes: its size
 * @cpu: whose it is
 * @kind: enum kdump_stack_kind; skip records with KDUMP_STACK_NONE
 * @reserved: zero
 */
struct kdump_stack_ser {
	__u64 va;
	__u64 pa;
	__u32 bytes;
	__u32 cpu;
	__u32 kind;
	__u32 reserved;
};

#endif /* _UAPI_LINUX_KDUMP_H */
