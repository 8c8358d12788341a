// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lines of VMCOREINFO that only ppc64 has: where the kernel runs, its nodes, and, for the
 * hash MMU, the list by which a struct page is found.
 *
 * With the hash MMU the memory map's translations are in no page table; vmemmap_list tells which
 * physical block backs which part of it. With radix the page tables do.
 *
 * Interface: arch_crash_save_vmcoreinfo(). Context: boot.
 */
#include <linux/mmzone.h>
#include <linux/pgtable.h>
#include <linux/vmcore_info.h>

#include <asm/cputable.h>
#include <asm/mmu.h>
#include <asm/pgalloc.h>
#include <asm/sections.h>
#include <asm/setup.h>

/**
 * arch_crash_save_vmcoreinfo() - append ppc64's lines
 *
 * Context: boot, once.
 */
void __init arch_crash_save_vmcoreinfo(void)
{
#ifdef CONFIG_SPARSEMEM_VMEMMAP
	/* An entry of the list, and where the list begins. */
	VMCOREINFO_OFFSET(vmemmap_backing, virt_addr);
	VMCOREINFO_OFFSET(vmemmap_backing, phys);
	VMCOREINFO_OFFSET(vmemmap_backing, list);
	VMCOREINFO_STRUCT_SIZE(vmemmap_backing);
	VMCOREINFO_SYMBOL(vmemmap_list);
	/* The size of the blocks, by an index into a table. */
	VMCOREINFO_OFFSET(mmu_psize_def, shift);
	VMCOREINFO_STRUCT_SIZE(mmu_psize_def);
	VMCOREINFO_SYMBOL_ARRAY(mmu_psize_defs);
	VMCOREINFO_SYMBOL(mmu_vmemmap_psize);
#endif
#ifdef CONFIG_NUMA
	VMCOREINFO_LENGTH(node_data, MAX_NUMNODES);
	VMCOREINFO_SYMBOL(node_data);
#endif
	VMCOREINFO_SYMBOL(cur_cpu_spec);
	VMCOREINFO_OFFSET(cpu_spec, cpu_features);
	VMCOREINFO_OFFSET(cpu_spec, mmu_features);
	vmcoreinfo_append_str("NUMBER(RADIX_MMU)=%d\n", early_radix_enabled());
	vmcoreinfo_append_str("KERNELOFFSET=%lx\n", kaslr_offset());
}
