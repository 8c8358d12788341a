// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping the memory of the kernel that crashed, on ppc64.
 *
 * The capture kernel's first block of memory reaches from address 0 to the end of the crash
 * region (reserve.c), so part of the old memory is in its linear mapping, reserved, and so is
 * OPAL's memory; that is read there. The rest it does not know as memory, and maps like a
 * device's, but cached.
 *
 * What is in the linear mapping and not reserved belongs to this kernel and is refused, and so is
 * its image. After a firmware-assisted dump all that has to be read is in the linear mapping.
 *
 * Interface: kexec_arch_ops.oldmem_{map,unmap,is_own}. Context: process of the capture kernel,
 * may sleep.
 */
#include <linux/io.h>
#include <linux/kexec.h>
#include <linux/memblock.h>
#include <linux/mm.h>

#include <asm/sections.h>

#include "internal.h"

/* Reserved as well, but for what was freed of it after the start. */
static bool oldmem_is_image(phys_addr_t pa, phys_addr_t end_pa)
{
	return pa < __pa(_end) && end_pa > __pa(_stext);
}

/*
 * Is none of it the page allocator's? Firmware and the kernel before keep pages from it by
 * reserving them, firmware-assisted dump by marking its headers and notes so. What was freed
 * later, a part of a crash region or an initrd, may still be reserved in memblock's lists, but
 * not by this mark.
 */
static bool oldmem_is_reserved(phys_addr_t pa, phys_addr_t end_pa)
{
	for (pa = PAGE_ALIGN_DOWN(pa); pa < end_pa; pa += PAGE_SIZE)
		if (!PageReserved(pfn_to_page(PHYS_PFN(pa))))
			return false;
	return true;
}

static bool oldmem_is_linear(const void *vaddr)
{
	unsigned long va = (unsigned long)vaddr;

	return va >= PAGE_OFFSET && va < (unsigned long)high_memory;
}

/**
 * ppc64_oldmem_map() - map old memory for reading
 * @pa: first byte
 * @bytes: how many
 * @encrypted: there is no such memory here
 *
 * Context: process, may sleep.
 * Return: its address; NULL where it can not be mapped as one, or is this kernel's own RAM.
 */
void *ppc64_oldmem_map(phys_addr_t pa, size_t bytes, bool encrypted)
{
	phys_addr_t end_pa = pa + bytes;

	if (end_pa <= pa || end_pa > 1ULL << MAX_PHYSMEM_BITS)
		return NULL;
	if (!memblock_overlaps_region(&memblock.memory, pa, bytes))
		return (__force void *)ioremap_cache(pa, bytes);
	if (!memblock_is_region_memory(pa, bytes) || !oldmem_is_reserved(pa, end_pa) ||
	    oldmem_is_image(pa, end_pa))
		return NULL;
	return __va(pa);
}

/**
 * ppc64_oldmem_unmap() - undo ppc64_oldmem_map()
 * @vaddr: what it returned
 * @bytes: as it was called
 *
 * Context: process, may sleep.
 */
void ppc64_oldmem_unmap(void *vaddr, size_t bytes)
{
	if (!oldmem_is_linear(vaddr))
		iounmap((__force void __iomem *)vaddr);
}

/**
 * ppc64_oldmem_is_own() - is any of it this kernel's?
 * @pa: first byte
 * @bytes: how many
 *
 * The crashed kernel's part of the first block of memory is System RAM here too, but reserved.
 * What this kernel itself has reserved beside its image, such as its memory map, is not told from
 * that; no headers but damaged ones lead there.
 *
 * Context: process.
 * Return: true or false.
 */
bool ppc64_oldmem_is_own(phys_addr_t pa, u64 bytes)
{
	phys_addr_t start, end;
	u64 i;

	if (oldmem_is_image(pa, pa + bytes))
		return true;
	for_each_mem_range(i, &start, &end) {
		start = max(start, pa);
		end = min_t(u64, end, pa + bytes);
		if (start < end && !oldmem_is_reserved(start, end))
			return true;
	}
	return false;
}
