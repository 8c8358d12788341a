/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the powerpc port share: the entries of its kexec_arch_ops.
 *
 * include/linux/kexec_arch.h says what each has to do, and in which context.
 */
#ifndef _POWERPC_KEXEC_INTERNAL_H
#define _POWERPC_KEXEC_INTERNAL_H

#include <linux/kexec_arch.h>

struct kdump_range;
struct kexec_file;

/* image.c */
int ppc64_image_prepare(struct kimage *image);
unsigned int ppc64_keep_out(struct kdump_range *out, unsigned int max);
bool ppc64_opal_region(struct kdump_range *out);

/* loader.c */
int ppc64_file_load(struct kimage *image, const struct kexec_file *file);

/* enter.c */
void machine_kexec(struct kimage *image);

/* orderly.c */
void ppc64_orderly_shutdown(void);

/* crash.c */
void ppc64_crash_shutdown(struct pt_regs *regs);

/* crash_stacks.c */
struct task_struct *ppc64_crash_current(unsigned int cpu);
void ppc64_crash_stacks(unsigned int cpu, struct crash_stacks *to);
bool ppc64_crash_va_to_pa(unsigned long va, u64 *pa);

/* paging.c */
void ppc64_describe_paging(struct kexec_paging *paging, struct kdump_memory_ser *memory);

/* oldmem.c */
void *ppc64_oldmem_map(phys_addr_t pa, size_t bytes, bool encrypted);
void ppc64_oldmem_unmap(void *vaddr, size_t bytes);
bool ppc64_oldmem_is_own(phys_addr_t pa, u64 bytes);

#endif /* _POWERPC_KEXEC_INTERNAL_H */
