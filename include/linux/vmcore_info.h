/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMCOREINFO: the ELF note in which a kernel tells debuggers what they need to find their
 * way through its memory. One line a fact, "KEY=value\n".
 *
 * The text is a contract with crash, drgn and makedumpfile; Documentation/kdump/abi.rst
 * lists the lines. It is built once at boot (kernel/crash_dump/vmcoreinfo.c), exported by
 * /sys/kernel/vmcoreinfo and /proc/kcore, and gets the time of the crash when there is one.
 */
#ifndef LINUX_VMCORE_INFO_H
#define LINUX_VMCORE_INFO_H

#include <linux/elf.h>
#include <linux/elfcore.h>
#include <linux/linkage.h>
#include <linux/stringify.h>
#include <linux/types.h>

#define VMCOREINFO_NOTE_NAME		"VMCOREINFO"
#define VMCOREINFO_NOTE_NAME_BYTES	ALIGN(sizeof(VMCOREINFO_NOTE_NAME), 4)
/* Bytes of note space at paddr_vmcoreinfo_note(): VMCOREINFO, what follows it, the end mark. */
#define VMCOREINFO_NOTE_SIZE		vmcoreinfo_note_bytes

extern unsigned char *vmcoreinfo_data;
extern size_t vmcoreinfo_size;
extern u32 *vmcoreinfo_note;
extern size_t vmcoreinfo_note_bytes;

void crash_save_vmcoreinfo(void);
void arch_crash_save_vmcoreinfo(void);
phys_addr_t paddr_vmcoreinfo_note(void);
__printf(1, 2) void vmcoreinfo_append_str(const char *fmt, ...);

/*
 * The kinds of line. The keys are those that the tools look for; a name is written as the
 * C identifier that it has in the kernel.
 */
#define VMCOREINFO_KEY(kind, key, fmt, value) \
	vmcoreinfo_append_str(kind "(" key ")=" fmt "\n", value)

#define VMCOREINFO_OSRELEASE(text)	vmcoreinfo_append_str("OSRELEASE=%s\n", text)
#define VMCOREINFO_PAGESIZE(bytes)	vmcoreinfo_append_str("PAGESIZE=%lu\n", (ulong)(bytes))
#define VMCOREINFO_CONFIG(option)	vmcoreinfo_append_str("CONFIG_%s=y\n", #option)

#define VMCOREINFO_NUMBER(var) \
	VMCOREINFO_KEY("NUMBER", #var, "%ld", (long)(var))
#define VMCOREINFO_LENGTH(what, count) \
	VMCOREINFO_KEY("LENGTH", #what, "%lu", (ulong)(count))

#define VMCOREINFO_SYMBOL_ARRAY(array) \
	VMCOREINFO_KEY("SYMBOL", #array, "%lx", (ulong)(array))
#define VMCOREINFO_SYMBOL(var) \
	VMCOREINFO_KEY("SYMBOL", #var, "%lx", (ulong)&(var))

#define VMCOREINFO_SIZE(type) \
	VMCOREINFO_KEY("SIZE", #type, "%lu", (ulong)sizeof(type))
#define VMCOREINFO_STRUCT_SIZE(tag) \
	VMCOREINFO_KEY("SIZE", #tag, "%lu", (ulong)sizeof(struct tag))

#define VMCOREINFO_TYPE_OFFSET(type, member) \
	VMCOREINFO_KEY("OFFSET", #type "." #member, "%lu", (ulong)offsetof(type, member))
#define VMCOREINFO_OFFSET(tag, member) \
	VMCOREINFO_KEY("OFFSET", #tag "." #member, "%lu", (ulong)offsetof(struct tag, member))

#endif /* LINUX_VMCORE_INFO_H */
