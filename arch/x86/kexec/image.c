// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an image needs to be entered on x86_64: page tables and a copy of the enter stub.
 *
 * All is built when the image is loaded, from its control pages; enter() only loads CR3.
 * The page tables map memory to itself:
 *
 *   - for an image that still has to be copied, all RAM, since the source pages are anywhere;
 *   - for one that stands at its destination, the crash regions and low memory. It depends
 *     on nothing else, and its tables fit into the crash region;
 *   - in both cases the firmware's tables, which a kernel reads before it has page tables
 *     of its own, and the segments.
 *
 * and the one page of kernel text with the switch, at its kernel address.
 *
 * Interface: kexec_arch_ops.image_prepare. Context: process, may sleep.
 *
 * Elsewhere: enter.c and enter_stub.S use what is built here.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/efi.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/range.h>

#include <asm/coco.h>
#include <asm/e820/api.h>
#include <asm/efi.h>
#include <asm/init.h>
#include <asm/pgtable.h>
#include <asm/setup.h>

#include "internal.h"

/* What the real-mode part of a kernel and a purgatory may touch. */
#define X86_LOW_MEMORY_BYTES	SZ_1M

static void *x86_table_alloc(void *context)
{
	struct kimage *image = context;

	image->arch.table_pages++;
	return kimage_alloc_control_pages(image, 0);
}

/*
 * With SME the control pages and the image are not encrypted (memory.c), because the next
 * kernel starts without. In a guest whose memory is private all of it stays so.
 */
static unsigned long x86_encryption_mask(void)
{
	return cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT) ? cc_mkenc(0) : 0;
}

static int x86_map_identity(struct kimage *image, u64 start_pa, u64 end_pa)
{
	struct x86_mapping_info info = {
		.alloc_pgt_page	= x86_table_alloc,
		.context	= image,
		.page_flag	= __PAGE_KERNEL_LARGE_EXEC | x86_encryption_mask(),
		.kernpg_flag	= _KERNPG_TABLE_NOENC | x86_encryption_mask(),
		.direct_gbpages	= boot_cpu_has(X86_FEATURE_GBPAGES),
	};

	return kernel_ident_mapping_init(&info, image->arch.pgd, start_pa, end_pa);
}

/* The 2 MiB of kernel text with the switch, where this kernel has them. */
static int x86_map_switch(struct kimage *image)
{
	const unsigned long table_flags = _KERNPG_TABLE_NOENC | x86_encryption_mask();
	unsigned long va = (unsigned long)kexec_enter_switch & PMD_MASK;
	/* Text is encrypted where this kernel runs so, SME included. */
	unsigned long leaf = __pa_symbol(va) | __PAGE_KERNEL_LARGE_EXEC | sme_me_mask |
			     x86_encryption_mask();
	pgd_t *pgd = (pgd_t *)image->arch.pgd + pgd_index(va);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;

	if (pgtable_l5_enabled()) {
		p4d = x86_table_alloc(image);
		if (!p4d)
			return -ENOMEM;
		set_pgd(pgd, __pgd(__pa(p4d) | table_flags | _PAGE_NOPTISHADOW));
		p4d += p4d_index(va);
	} else {
		p4d = (p4d_t *)pgd;
	}

	pud = x86_table_alloc(image);
	pmd = x86_table_alloc(image);
	if (!pud || !pmd)
		return -ENOMEM;
	set_p4d(p4d, __p4d(__pa(pud) | table_flags | _PAGE_NOPTISHADOW));
	set_pud(pud + pud_index(va), __pud(__pa(pmd) | table_flags));
	set_pmd(pmd + pmd_index(va), __pmd(leaf));
	return 0;
}

/* EFI's configuration table has some ten entries of 24 bytes. */
#define X86_EFI_CONFIG_TABLE_BYTES	PAGE_SIZE

/*
 * ACPI tables, EFI's system table and the configuration table that it points to: a kernel on an
 * AMD CPU looks for SEV-SNP's page there before it has page tables of its own. The rest a kernel
 * maps by itself when it needs it.
 */
static int x86_map_firmware(struct kimage *image)
{
	unsigned int i;
	int ret;

	for (i = 0; i < e820_table->nr_entries; i++) {
		const struct e820_entry *entry = &e820_table->entries[i];

		if (entry->type != E820_TYPE_ACPI && entry->type != E820_TYPE_NVS)
			continue;
		ret = x86_map_identity(image, entry->addr, entry->addr + entry->size);
		if (ret)
			return ret;
	}
#ifdef CONFIG_EFI
	if (efi_enabled(EFI_BOOT)) {
		u64 systab_pa = (u64)boot_params.efi_info.efi_systab_hi << 32 |
				boot_params.efi_info.efi_systab;

		ret = x86_map_identity(image, systab_pa, systab_pa + sizeof(efi_system_table_t));
		if (!ret)
			ret = x86_map_identity(image, efi_config_table,
					       efi_config_table + X86_EFI_CONFIG_TABLE_BYTES);
		if (ret)
			return ret;
	}
#endif
	return 0;
}

static int x86_map_resource(struct kimage *image, const struct resource *res)
{
	if (res->end <= res->start)
		return 0;
	return x86_map_identity(image, res->start, res->end + 1);
}

static int x86_map_memory(struct kimage *image)
{
	unsigned int i;
	int ret;

	if (IS_ENABLED(CONFIG_CRASH_DUMP) && image->resident) {
		ret = x86_map_identity(image, 0, X86_LOW_MEMORY_BYTES);
		if (!ret)
			ret = x86_map_resource(image, &crashk_low_res);
		if (!ret)
			ret = x86_map_resource(image, &crashk_res);
		return ret;
	}
	for (i = 0; i < nr_pfn_mapped; i++) {
		ret = x86_map_identity(image, PFN_PHYS(pfn_mapped[i].start),
				       PFN_PHYS(pfn_mapped[i].end));
		if (ret)
			return ret;
	}
	return 0;
}

static int x86_map_segments(struct kimage *image)
{
	unsigned int i;
	int ret;

	for (i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *seg = &image->segment[i];

		ret = x86_map_identity(image, seg->mem, (u64)seg->mem + seg->memsz);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * x86_image_prepare() - build page tables and place the stub
 * @image: an image whose control pages are there and whose content is in place
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOMEM where kimage_alloc_control_pages() had no page (it said why).
 */
int x86_image_prepare(struct kimage *image)
{
	int ret;

	image->arch.pgd = x86_table_alloc(image);
	if (!image->arch.pgd)
		return -ENOMEM;
	ret = x86_map_switch(image);
	if (!ret)
		ret = x86_map_memory(image);
	if (!ret)
		ret = x86_map_segments(image);
	if (!ret)
		ret = x86_map_firmware(image);
	if (ret)
		return ret;

	memcpy(image->control, relocate_kernel, relocate_kernel_end - relocate_kernel);
	pr_debug("%s image: stub at 0x%llx, %u page tables\n",
		 image->type == KEXEC_TYPE_CRASH ? "crash" : "reboot",
		 (u64)image->control_pa, image->arch.table_pages);
	return 0;
}
