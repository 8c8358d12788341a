// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lines of VMCOREINFO that only x86 has: where the kernel is (KASLR), how its page tables
 * are built, and what encrypts memory.
 *
 * crash, drgn and makedumpfile need them to translate any address at all.
 *
 * Interface: arch_crash_save_vmcoreinfo(). Context: boot. i386 has them as well, for /proc/kcore.
 */
#include <linux/mem_encrypt.h>
#include <linux/mmzone.h>
#include <linux/pgtable.h>
#include <linux/vmcore_info.h>

#include <asm/page.h>
#include <asm/setup.h>

static void __init vmcoreinfo_numa(void)
{
#ifdef CONFIG_NUMA
	VMCOREINFO_SYMBOL(node_data);
	VMCOREINFO_LENGTH(node_data, MAX_NUMNODES);
#endif
}

#ifdef CONFIG_X86_64

/**
 * arch_crash_save_vmcoreinfo() - append x86's lines
 *
 * Context: boot, once.
 */
void __init arch_crash_save_vmcoreinfo(void)
{
	vmcoreinfo_numa();
	VMCOREINFO_NUMBER(phys_base);
	VMCOREINFO_SYMBOL(init_top_pgt);
	VMCOREINFO_KEY("NUMBER", "pgtable_l5_enabled", "%d", pgtable_l5_enabled());
	VMCOREINFO_KEY("NUMBER", "sme_mask", "%llu", (u64)sme_get_me_mask());
	VMCOREINFO_NUMBER(KERNEL_IMAGE_SIZE);
	vmcoreinfo_append_str("KERNELOFFSET=%lx\n", kaslr_offset());
}

#else

/**
 * arch_crash_save_vmcoreinfo() - append x86's lines
 *
 * Context: boot, once.
 */
void __init arch_crash_save_vmcoreinfo(void)
{
	vmcoreinfo_numa();
#ifdef CONFIG_X86_PAE
	VMCOREINFO_CONFIG(X86_PAE);
#endif
}

#endif
