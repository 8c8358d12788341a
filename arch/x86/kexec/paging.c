// SPDX-License-Identifier: GPL-2.0-only
/*
 * How virtual addresses of this kernel become physical, as data for whoever reads its dump.
 *
 * What KASLR, the CPU and memory encryption decide (bases, levels, the encryption bit) is known
 * when this runs and does not change any more. The linear map and the kernel's image are named as
 * stretches, so that only the virtual memory map needs page tables: damage to those costs the
 * filter and nothing else.
 *
 * Interface: kexec_arch_ops. Context: boot.
 */
#include <linux/kernel.h>
#include <linux/kexec_arch.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

#include <asm/sections.h>

#include "internal.h"

static void __init add_level(struct kexec_paging *paging, u32 shift, u32 bits, bool may_be_leaf)
{
	/* An entry that can be no leaf is none: no bit of 0 is _PAGE_PSE. */
	const bool last = shift == PAGE_SHIFT;

	paging->level[paging->levels++] = (struct kdump_level_ser) {
		.shift		= shift,
		.index_bits	= bits,
		.present_mask	= _PAGE_PRESENT,
		.present_value	= _PAGE_PRESENT,
		.leaf_mask	= !last && may_be_leaf ? _PAGE_PSE : 0,
		.leaf_value	= last ? 0 : _PAGE_PSE,
		.table_pa_mask	= PTE_PFN_MASK,
		.leaf_pa_mask	= PTE_PFN_MASK,
	};
}

/**
 * x86_describe_paging() - see struct kexec_arch_ops
 * @paging: page tables and stretches
 * @memory: root and encryption
 *
 * Context: boot.
 */
void __init x86_describe_paging(struct kexec_paging *paging, struct kdump_memory_ser *memory)
{
	memory->lookup = KDUMP_LOOKUP_TABLES;
	memory->tables_pa = __pa_symbol(swapper_pg_dir);
	memory->encryption_mask = sme_get_me_mask();

	if (pgtable_l5_enabled())
		add_level(paging, PGDIR_SHIFT, ilog2(PTRS_PER_PGD), false);
	add_level(paging, P4D_SHIFT, ilog2(PTRS_PER_PGD), false);
	add_level(paging, PUD_SHIFT, ilog2(PTRS_PER_PUD), true);
	add_level(paging, PMD_SHIFT, ilog2(PTRS_PER_PMD), true);
	add_level(paging, PAGE_SHIFT, ilog2(PTRS_PER_PTE), true);

	paging->map[0] = (struct kdump_map_ser) {
		.va = PAGE_OFFSET,
		.pa = 0,
		.bytes = VMALLOC_START - PAGE_OFFSET,
	};
	paging->map[1] = (struct kdump_map_ser) {
		.va = (unsigned long)_text,
		.pa = __pa_symbol(_text),
		.bytes = _end - _text,
	};
	paging->maps = 2;
}
