// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec on ppc64: the table.
 *
 * Every entry of the port contract in include/linux/kexec_arch.h, by name; the files beside
 * this one hold them. With the MMU off, or with the kernel's own linear mapping, all memory is
 * reached, so there are no limits but those of physical addresses.
 */
#include <linux/kexec.h>
#include <linux/kexec_arch.h>
#include <linux/sizes.h>
#include <kunit/visibility.h>

#include <asm/reg.h>

#include "internal.h"

const struct kexec_arch_ops kexec_arch_ops = {
	.name			= "ppc64",
	.kexec_arch		= KEXEC_ARCH_PPC64,
	.source_limit_pa	= 1ULL << MAX_PHYSMEM_BITS,
	.dest_limit_pa		= 1ULL << MAX_PHYSMEM_BITS,
	.control_limit_pa	= 1ULL << MAX_PHYSMEM_BITS,
	/* The way out is kernel text, see enter.c; one page is the least that there is. */
	.control_pages		= 1,
	.crash_control_pages	= 0,
	/* A kernel copies its exception vectors there, wherever it runs itself. */
	.backup_end_pa		= SZ_64K,

	.image_prepare		= ppc64_image_prepare,
	.image_release		= kexec_generic_image_release,
	.control_pages_share	= kexec_generic_pages_share,
	.control_pages_unshare	= kexec_generic_pages_unshare,
	/* The linear mapping has pages of 2 MiB to 1 GiB, which this kernel can not split. */
	.crash_region_protect	= kexec_generic_region_protect,

#ifdef CONFIG_KEXEC_FILE
	.keep_out		= ppc64_keep_out,
	.file_load		= ppc64_file_load,
	/* A vmlinux carries none. */
	.file_verify_sig	= kexec_generic_verify_sig,
#endif

	.orderly_shutdown	= ppc64_orderly_shutdown,
	.enter			= machine_kexec,

	/* Without CRASH_DUMP nobody calls these. */
#ifdef CONFIG_CRASH_DUMP
	.crash_save_regs	= ppc_save_regs,
	.crash_shutdown		= ppc64_crash_shutdown,
	.crash_current		= ppc64_crash_current,
	.crash_stacks		= ppc64_crash_stacks,
	.crash_va_to_pa		= ppc64_crash_va_to_pa,
	.describe_paging	= ppc64_describe_paging,
	.oldmem_map		= ppc64_oldmem_map,
	.oldmem_unmap		= ppc64_oldmem_unmap,
	.oldmem_is_own		= ppc64_oldmem_is_own,
	/* copy_mc_to_kernel() is this architecture's. */
	.oldmem_copy		= kexec_generic_oldmem_copy,
#endif
};
EXPORT_SYMBOL_IF_KUNIT(kexec_arch_ops);
