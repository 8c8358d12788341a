/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec on x86: what the rest of arch/x86 and struct kimage need to know.
 *
 * The port itself is in arch/x86/kexec/; struct kexec_arch_ops is its only way in from the
 * generic code. The names below are those that stay-behind callers use: callthunks.c leaves
 * the enter stub alone, smp.c stops CPUs through kdump_nmi_shootdown_cpus().
 */
#ifndef _ASM_X86_KEXEC_H
#define _ASM_X86_KEXEC_H

/* Bytes that the copy of the enter stub takes in the control pages at most. */
#define KEXEC_CONTROL_CODE_MAX_SIZE	2048

#ifndef __ASSEMBLY__

#include <linux/types.h>

/* The enter stub: [relocate_kernel, relocate_kernel_end), less than the size above. */
extern const char relocate_kernel[];
extern const char relocate_kernel_end[];

/**
 * struct kimage_arch - what x86 keeps of an image
 * @pgd: top page table of the enter stub, one of the image's control pages
 * @table_pages: page-table pages taken so far
 */
struct kimage_arch {
	void *pgd;
	unsigned int table_pages;
};

#ifdef CONFIG_CRASH_DUMP
void kdump_nmi_shootdown_cpus(void);
#endif

#endif /* __ASSEMBLY__ */

#endif /* _ASM_X86_KEXEC_H */
