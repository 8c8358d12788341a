/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the x86 port share: the entries of its kexec_arch_ops.
 *
 * include/linux/kexec_arch.h says what each has to do, and in which context.
 */
#ifndef _X86_KEXEC_INTERNAL_H
#define _X86_KEXEC_INTERNAL_H

/* Contiguous control pages: the stub's code, its stack. */
#define X86_KEXEC_CONTROL_PAGES		2

/* GDT selectors that the 64-bit boot protocol wants, see Documentation/arch/x86/boot.rst. */
#define X86_KEXEC_BOOT_CS		0x10
#define X86_KEXEC_BOOT_DS		0x18

/* x86_oldmem_copy_words() returns a number of bytes, and this beside. */
#define X86_OLDMEM_UNREADABLE_BIT	63

#ifndef __ASSEMBLY__

#include <linux/kexec_arch.h>

struct kexec_file;

/* image.c */
int x86_image_prepare(struct kimage *image);

/* loader.c */
int x86_file_load(struct kimage *image, const struct kexec_file *file);

/* signature.c */
int x86_file_verify_sig(const void *kernel, size_t bytes);

/* memory.c */
int x86_pages_share(void *vaddr, unsigned int pages);
void x86_pages_unshare(void *vaddr, unsigned int pages);
int x86_region_protect(phys_addr_t start_pa, phys_addr_t end_pa, bool on);

/* enter.c, enter_stub.S */
void machine_kexec(struct kimage *image);
void kexec_enter_switch(phys_addr_t copy_pa, unsigned long start, phys_addr_t pgd_pa,
			phys_addr_t stub_pa, unsigned long cr4, bool flush);

/* crash_regs.S */
void crash_capture_regs(struct pt_regs *regs);

/* crash_stacks.c */
struct task_struct *x86_crash_current(unsigned int cpu);
void x86_crash_stacks(unsigned int cpu, struct crash_stacks *to);
bool x86_crash_va_to_pa(unsigned long va, u64 *pa);

/* paging.c */
void x86_describe_paging(struct kexec_paging *paging, struct kdump_memory_ser *memory);

/* oldmem.c */
void *x86_oldmem_map(phys_addr_t pa, size_t bytes, bool encrypted);
void x86_oldmem_unmap(void *vaddr, size_t bytes);
size_t x86_oldmem_copy(void *to, const void *from, size_t bytes, bool to_user, bool *unreadable);

/* oldmem_copy.S */
unsigned long x86_oldmem_copy_words(void *to, const void *from, unsigned long bytes);
extern const char x86_oldmem_copy_block[];

#endif /* __ASSEMBLY__ */

#endif /* _X86_KEXEC_INTERNAL_H */
