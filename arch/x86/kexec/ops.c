// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec on x86_64: the table.
 *
 * Every entry of the port contract in include/linux/kexec_arch.h, by name; the files beside
 * this one hold them. Limits follow from the enter stub's identity mapping: the lower half
 * of 4-level page tables reaches further than the direct map, so the direct map's 64 TiB are
 * the limit for all that the stub touches.
 */
#include <linux/kexec.h>
#include <linux/kexec_arch.h>
#include <linux/reboot.h>
#include <linux/sizes.h>
#include <kunit/visibility.h>

#include "internal.h"

/*
 * Page tables of a resident crash image: 1 top table, 2 (level 4) and 2 (level 3) for the
 * identity mapping and the kernel's text; level 2 where 1-GiB pages do not fit: 1 for the
 * text, 1 for low memory, up to 4 for firmware tables below 4 GiB, 2 for the ends of each crash
 * region. The rest lets CPUs without 1-GiB pages map regions of up to 16 GiB.
 */
#define X86_CRASH_CONTROL_PAGES		32

const struct kexec_arch_ops kexec_arch_ops = {
	.name			= "x86_64",
	.kexec_arch		= KEXEC_ARCH_X86_64,
	.source_limit_pa	= SZ_64T,
	.dest_limit_pa		= SZ_64T,
	.control_limit_pa	= SZ_64T,
	.control_pages		= X86_KEXEC_CONTROL_PAGES,
	.crash_control_pages	= X86_CRASH_CONTROL_PAGES,
	/* What the capture kernel's set-up and its other CPUs' start use, and the EBDA. */
	.backup_end_pa		= 640 * SZ_1K,

	.image_prepare		= x86_image_prepare,
	.image_release		= kexec_generic_image_release,
	.control_pages_share	= x86_pages_share,
	.control_pages_unshare	= x86_pages_unshare,
	.crash_region_protect	= x86_region_protect,

#ifdef CONFIG_KEXEC_FILE
	.keep_out		= kexec_generic_keep_out,
	.file_load		= x86_file_load,
#ifdef CONFIG_KEXEC_BZIMAGE_VERIFY_SIG
	.file_verify_sig	= x86_file_verify_sig,
#else
	.file_verify_sig	= kexec_generic_verify_sig,
#endif
#endif

	.orderly_shutdown	= machine_shutdown,
	.enter			= machine_kexec,

	/* Without CRASH_DUMP nobody calls these. */
#ifdef CONFIG_CRASH_DUMP
	.crash_save_regs	= crash_capture_regs,
	.crash_shutdown		= machine_crash_shutdown,
	.crash_current		= x86_crash_current,
	.crash_stacks		= x86_crash_stacks,
	.crash_va_to_pa		= x86_crash_va_to_pa,
	.describe_paging	= x86_describe_paging,
	.oldmem_map		= x86_oldmem_map,
	.oldmem_unmap		= x86_oldmem_unmap,
	.oldmem_is_own		= kexec_generic_oldmem_is_own,
	.oldmem_copy		= x86_oldmem_copy,
#endif
};
EXPORT_SYMBOL_IF_KUNIT(kexec_arch_ops);
