// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of the memory that an image takes.
 *
 * Sharing: with SME this kernel's memory is encrypted by a bit in its page tables, but the next
 * kernel and the enter stub's tables start without it. So all pages that they read are mapped
 * without it from the moment they belong to an image. In SEV and TDX guests memory stays private:
 * the next kernel runs in the same guest, with the same key, and knows it.
 *
 * Protection: an armed crash image is read-only in the direct map, so a stray write of a
 * dying kernel faults instead of spoiling it. (The digests find what gets around that: DMA.)
 *
 * Interface: three entries of kexec_arch_ops. Context: process, may sleep.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/cc_platform.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/set_memory.h>

#include "internal.h"

/**
 * x86_pages_share() - make pages readable without the encryption bit
 * @vaddr: first page, in the direct map
 * @pages: how many
 *
 * Context: process, may sleep.
 * Return: 0 or -errno; their content is lost where encryption changed.
 */
int x86_pages_share(void *vaddr, unsigned int pages)
{
	if (!cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT))
		return 0;
	return set_memory_decrypted((unsigned long)vaddr, pages);
}

/**
 * x86_pages_unshare() - undo x86_pages_share()
 * @vaddr: first page, in the direct map
 * @pages: how many
 *
 * Context: process, may sleep.
 */
void x86_pages_unshare(void *vaddr, unsigned int pages)
{
	if (!cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT))
		return;
	if (set_memory_encrypted((unsigned long)vaddr, pages))
		pr_err("%u pages at 0x%llx stay unencrypted\n", pages, (u64)__pa(vaddr));
}

/**
 * x86_region_protect() - make a range of the direct map read-only, or writable again
 * @start_pa: first byte, page aligned
 * @end_pa: end, page aligned
 * @on: read-only?
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM if a large page could not be split.
 */
int x86_region_protect(phys_addr_t start_pa, phys_addr_t end_pa, bool on)
{
	unsigned long va = (unsigned long)__va(start_pa);
	int pages = PFN_DOWN(end_pa - start_pa);
	int ret;

	ret = on ? set_memory_ro(va, pages) : set_memory_rw(va, pages);
	if (ret)
		pr_err("crash region [0x%llx, 0x%llx) could not be made %s: %d\n",
		       (u64)start_pa, (u64)end_pa, on ? "read-only" : "writable", ret);
	return ret;
}
