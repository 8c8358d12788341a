// SPDX-License-Identifier: GPL-2.0-only
/*
 * How virtual addresses of this kernel become physical, as data for whoever reads its dump.
 *
 * The linear mapping holds this kernel's image, too, so one stretch names all but the virtual
 * memory map. With radix tables that is in init_mm's page tables, whose entries are big endian
 * whatever this kernel is. With a hash table it is in no table of Linux: the pieces that back it
 * stand in a list, which memory hotplug makes longer and shorter.
 *
 * Interface: kexec_arch_ops. Context: boot.
 */
#include <linux/kernel.h>
#include <linux/kexec_arch.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/stddef.h>

#include <asm/mmu.h>
#include <asm/pgalloc.h>

#include "internal.h"

/* Each level's entries map 2^shift bytes; a table of the last level has base pages. */
static void __init add_level(struct kexec_paging *paging, u32 shift, u32 bits)
{
	const bool last = shift == PAGE_SHIFT;

	paging->level[paging->levels++] = (struct kdump_level_ser) {
		.shift		= shift,
		.index_bits	= bits,
		.present_mask	= _PAGE_PRESENT,
		.present_value	= _PAGE_PRESENT,
		.leaf_mask	= last ? 0 : _PAGE_PTE,
		.leaf_value	= last ? 0 : _PAGE_PTE,
		.table_pa_mask	= ~PMD_MASKED_BITS,
		.leaf_pa_mask	= PTE_RPN_MASK,
	};
}

static void __init describe_radix(struct kexec_paging *paging, struct kdump_memory_ser *memory)
{
	const u32 pmd_shift = PAGE_SHIFT + RADIX_PTE_INDEX_SIZE;
	const u32 pud_shift = pmd_shift + RADIX_PMD_INDEX_SIZE;

	BUILD_BUG_ON(PMD_MASKED_BITS != PUD_MASKED_BITS || PUD_MASKED_BITS != P4D_MASKED_BITS);
	memory->lookup = KDUMP_LOOKUP_TABLES;
	memory->flags = KDUMP_TABLES_BIG_ENDIAN;
	memory->tables_pa = __pa(init_mm.pgd);
	add_level(paging, pud_shift + RADIX_PUD_INDEX_SIZE, RADIX_PGD_INDEX_SIZE);
	add_level(paging, pud_shift, RADIX_PUD_INDEX_SIZE);
	add_level(paging, pmd_shift, RADIX_PMD_INDEX_SIZE);
	add_level(paging, PAGE_SHIFT, RADIX_PTE_INDEX_SIZE);
}

/* Without a virtual memory map all struct pages are in the linear mapping. */
static void __init describe_hash(struct kdump_memory_ser *memory)
{
#ifdef CONFIG_SPARSEMEM_VMEMMAP
	memory->lookup = KDUMP_LOOKUP_LIST;
	memory->list_va = (unsigned long)&vmemmap_list;
	memory->list_bytes = 1ULL << mmu_psize_defs[mmu_vmemmap_psize].shift;
	memory->list_next_offset = offsetof(struct vmemmap_backing, list);
	memory->list_pa_offset = offsetof(struct vmemmap_backing, phys);
	memory->list_va_offset = offsetof(struct vmemmap_backing, virt_addr);
#else
	memory->lookup = KDUMP_LOOKUP_NONE;
#endif
}

/**
 * ppc64_describe_paging() - see struct kexec_arch_ops
 * @paging: page tables and the linear mapping
 * @memory: root, or the list
 *
 * Context: boot.
 */
void __init ppc64_describe_paging(struct kexec_paging *paging, struct kdump_memory_ser *memory)
{
	if (radix_enabled())
		describe_radix(paging, memory);
	else
		describe_hash(memory);
	/* With a hash page table and small pages the memory map lies nearer than memory may end. */
	paging->map[0] = (struct kdump_map_ser) {
		.va = PAGE_OFFSET,
		.pa = 0,
		.bytes = min_t(u64, 1ULL << MAX_PHYSMEM_BITS, KERN_VIRT_START - PAGE_OFFSET),
	};
	paging->maps = 1;
}
