/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What loader.c and devicetree.c share.
 */
#ifndef _POWERPC_KEXEC_LOADER_H
#define _POWERPC_KEXEC_LOADER_H

#include <linux/types.h>

struct kexec_file;
struct kimage;

/* devicetree.c: kvmalloc'ed, packed; or an ERR_PTR */
void *ppc64_fdt_build(const struct kimage *image, const struct kexec_file *file, u64 initrd_pa);

/* devicetree_live.c */
size_t ppc64_fdt_live_bytes(void);
int ppc64_fdt_follow_live(void *fdt);

#endif /* _POWERPC_KEXEC_LOADER_H */
