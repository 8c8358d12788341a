/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Read a kernel that is an ELF executable (vmlinux).
 *
 * What is loaded are its PT_LOADs, at their physical addresses or, all of them,
 * moved by the same distance. An executable that has no segment in the upper
 * half of the address space is some program and no kernel. A kernel that is
 * cut short, contradicts itself or was built for another machine is refused
 * with the field, its value and what would be right.
 *
 * Pure: no state, no allocation, no printing.
 */
#ifndef _KERNEL_KEXEC_ELF_H
#define _KERNEL_KEXEC_ELF_H

#include "crash_dump/pure.h"

/* Kernels have four or five. */
#define KEXEC_ELF_LOADS_MAX	16

/**
 * struct kexec_elf_load - one PT_LOAD that takes memory
 * @offset: where its content is in the file
 * @va: virtual address
 * @pa: physical address
 * @file_bytes: bytes of content
 * @mem_bytes: bytes in memory; what @file_bytes does not cover is zero
 */
struct kexec_elf_load {
	u64 offset;
	u64 va;
	u64 pa;
	u64 file_bytes;
	u64 mem_bytes;
};

/**
 * struct kexec_elf - what a loader needs to know of a vmlinux
 * @start_pa: lowest physical address that it was linked for
 * @mem_bytes: memory from there to the end of its last PT_LOAD
 * @content_bytes: the part of it up to the last byte that is in the file
 * @entry_offset: its entry point, from @start_pa
 * @nr_loads: how many of @load are in use
 * @load: its PT_LOADs, in the order of the file
 */
struct kexec_elf {
	u64 start_pa;
	u64 mem_bytes;
	u64 content_bytes;
	u64 entry_offset;
	unsigned int nr_loads;
	struct kexec_elf_load load[KEXEC_ELF_LOADS_MAX];
};

/**
 * struct kexec_elf_want - which kernels can be loaded
 * @machine: their e_machine
 * @class: ELFCLASS32 or ELFCLASS64
 * @max_bytes: what they take in memory at most
 */
struct kexec_elf_want {
	u16 machine;
	u8 class;
	u64 max_bytes;
};

/**
 * enum kexec_elf_reason - why a file is refused
 * @KEXEC_ELF_OK: it is not
 * @KEXEC_ELF_NONE: it is no ELF file
 * @KEXEC_ELF_NO_KERNEL: it is some other program
 * @KEXEC_ELF_CUT_HEADER: it ends inside of the ELF header
 * @KEXEC_ELF_BAD_CLASS: neither 32 nor 64 bits
 * @KEXEC_ELF_OTHER_DATA: of the other byte order
 * @KEXEC_ELF_BAD_TYPE: neither ET_EXEC nor ET_DYN
 * @KEXEC_ELF_BAD_PHENTSIZE: e_phentsize is not that of its class
 * @KEXEC_ELF_CUT_TABLE: it ends inside of the program headers
 * @KEXEC_ELF_OTHER_CLASS: a kernel of the other class
 * @KEXEC_ELF_OTHER_MACHINE: a kernel for another machine
 * @KEXEC_ELF_TOO_MANY: too many PT_LOADs
 * @KEXEC_ELF_BAD_FILESZ: more content than memory
 * @KEXEC_ELF_CUT_LOAD: the file ends inside of a PT_LOAD
 * @KEXEC_ELF_BAD_PADDR: a PT_LOAD wraps around the address space
 * @KEXEC_ELF_OVERLAP: two PT_LOADs take the same memory
 * @KEXEC_ELF_TOO_LARGE: all of them together take more than a kernel may
 * @KEXEC_ELF_BAD_ENTRY: the entry point is in no PT_LOAD's content
 * @KEXEC_ELF_NR_REASONS: how many there are
 */
enum kexec_elf_reason {
	KEXEC_ELF_OK,
	KEXEC_ELF_NONE,
	KEXEC_ELF_NO_KERNEL,
	KEXEC_ELF_CUT_HEADER,
	KEXEC_ELF_BAD_CLASS,
	KEXEC_ELF_OTHER_DATA,
	KEXEC_ELF_BAD_TYPE,
	KEXEC_ELF_BAD_PHENTSIZE,
	KEXEC_ELF_CUT_TABLE,
	KEXEC_ELF_OTHER_CLASS,
	KEXEC_ELF_OTHER_MACHINE,
	KEXEC_ELF_TOO_MANY,
	KEXEC_ELF_BAD_FILESZ,
	KEXEC_ELF_CUT_LOAD,
	KEXEC_ELF_BAD_PADDR,
	KEXEC_ELF_OVERLAP,
	KEXEC_ELF_TOO_LARGE,
	KEXEC_ELF_BAD_ENTRY,
	KEXEC_ELF_NR_REASONS,
};

/**
 * struct kexec_elf_error - which field is wrong, and how
 * @reason: why
 * @value: what the field says
 * @right: what it is measured by
 */
struct kexec_elf_error {
	enum kexec_elf_reason reason;
	u64 value;
	u64 right;
};

/**
 * kexec_elf_parse() - read and check a vmlinux
 * @file: the file
 * @bytes: its length
 * @want: which kernels can be loaded
 * @out: result
 * @err: what is wrong with it, if something is
 *
 * The entry point is looked for among the physical addresses first (x86) and
 * then among the virtual ones (powerpc).
 *
 * Context: any.
 * Return: 0: each PT_LOAD's content is inside of the file, none overlaps
 * another one, the entry point is in one; -ENOEXEC if it is no kernel;
 * -EPROTONOSUPPORT if it is one for another machine; -EBADMSG if it is damaged.
 */
int kexec_elf_parse(const void *file, size_t bytes,
		    const struct kexec_elf_want *want, struct kexec_elf *out,
		    struct kexec_elf_error *err);

/**
 * kexec_elf_copy() - put the content of a kernel in its order
 * @file: the file
 * @elf: what kexec_elf_parse() said of it
 * @dst: @elf->content_bytes bytes, zero; stands for start_pa and what follows
 *
 * Context: any.
 */
void kexec_elf_copy(const void *file, const struct kexec_elf *elf, void *dst);

/**
 * kexec_elf_reason_field() - the field that is wrong
 * @reason: a member of the enum
 *
 * Return: words for "%s is VALUE".
 */
const char *kexec_elf_reason_field(enum kexec_elf_reason reason);

/**
 * kexec_elf_reason_rule() - what it is measured by
 * @reason: a member of the enum
 *
 * Return: words for "%s RIGHT".
 */
const char *kexec_elf_reason_rule(enum kexec_elf_reason reason);

#endif /* _KERNEL_KEXEC_ELF_H */
