// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an image needs to be entered on ppc64: that it leaves alone what the way out runs on.
 *
 * There are no page tables to build: the copy is done with the MMU off, or on the linear
 * mapping (enter.c). The code and data of the way out are this kernel's own, and so is its hash
 * page table on bare metal; RTAS and the I/O tables that firmware made belong to the next
 * kernel as well. An image with a segment there is refused, by a line that says where it can
 * not go.
 *
 * Interface: kexec_arch_ops.image_prepare and keep_out. Context: process, may sleep.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/of.h>

#include <asm/iommu.h>
#include <asm/mmu.h>
#include <asm/rtas.h>
#include <asm/sections.h>

#include "../../../kernel/crash_dump/ranges.h"
#include "internal.h"

/* This kernel, hash page table, RTAS, I/O tables, OPAL. */
#define KEEPOUT_MAX	5

/**
 * struct ppc64_keepout - memory that has to stay
 * @what: whose it is, as words for a message
 * @start_pa: first byte
 * @end_pa: byte after the last
 */
struct ppc64_keepout {
	const char *what;
	u64 start_pa;
	u64 end_pa;
};

/* OPAL's runtime, as the device tree names it. */
static bool opal_region(struct ppc64_keepout *out)
{
	struct device_node *node = of_find_node_by_path("/ibm,opal");
	u64 base_pa, bytes;
	bool found;

	found = node && !of_property_read_u64(node, "opal-base-address", &base_pa) &&
		!of_property_read_u64(node, "opal-runtime-size", &bytes) && bytes;
	of_node_put(node);
	if (found)
		*out = (struct ppc64_keepout){ "OPAL", base_pa, base_pa + bytes };
	return found;
}

/* What there is; room for KEEPOUT_MAX. */
static unsigned int keepout_list(struct ppc64_keepout *list)
{
	unsigned int nr = 0;

	list[nr++] = (struct ppc64_keepout){ "this kernel", __pa(_stext), __pa(_end) };
#ifdef CONFIG_PPC_64S_HASH_MMU
	if (htab_address)
		list[nr++] = (struct ppc64_keepout){ "the hash page table", __pa(htab_address),
						     __pa(htab_address) + htab_size_bytes };
#endif
#ifdef CONFIG_PPC_RTAS
	if (rtas.base && rtas.size)
		list[nr++] = (struct ppc64_keepout){ "RTAS", rtas.base, rtas.base + rtas.size };
#endif
	if (tce_alloc_start && tce_alloc_end > tce_alloc_start)
		list[nr++] = (struct ppc64_keepout){ "the I/O tables", tce_alloc_start,
						     tce_alloc_end };
	if (opal_region(&list[nr]))
		nr++;
	return nr;
}

static const char *keepout_of(const struct kexec_segment *seg, u64 *start_pa, u64 *end_pa)
{
	struct ppc64_keepout list[KEEPOUT_MAX];
	unsigned int i, nr = keepout_list(list);

	for (i = 0; i < nr; i++) {
		if (seg->mem >= list[i].end_pa || (u64)seg->mem + seg->memsz <= list[i].start_pa)
			continue;
		*start_pa = list[i].start_pa;
		*end_pa = list[i].end_pa;
		return list[i].what;
	}
	return NULL;
}

/**
 * ppc64_keep_out() - memory that no image may take
 * @out: where to
 * @max: room in @out
 *
 * Context: process.
 * Return: how many there are.
 */
unsigned int ppc64_keep_out(struct kdump_range *out, unsigned int max)
{
	struct ppc64_keepout list[KEEPOUT_MAX];
	unsigned int i, nr = min(keepout_list(list), max);

	for (i = 0; i < nr; i++)
		out[i] = (struct kdump_range){ list[i].start_pa, list[i].end_pa };
	/* What purgatory, and a kernel at first, do not reach with the MMU off. */
	if (nr < max && ppc64_rma_size < PHYS_ADDR_MAX)
		out[nr++] = (struct kdump_range){ ppc64_rma_size, U64_MAX };
	return nr;
}

/**
 * ppc64_image_prepare() - check that the image can be entered
 * @image: an image whose segments are placed
 *
 * Context: process, may sleep.
 * Return: 0; -EADDRNOTAVAIL.
 */
int ppc64_image_prepare(struct kimage *image)
{
	u64 start_pa, end_pa;
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *seg = &image->segment[i];
		const char *what = keepout_of(seg, &start_pa, &end_pa);

		if (!what)
			continue;
		pr_info("load refused: segment %u [0x%lx, +0x%zx) overlaps %s [0x%llx, 0x%llx), which has to stay\n",
			i, seg->mem, seg->memsz, what, start_pa, end_pa);
		return -EADDRNOTAVAIL;
	}
	return 0;
}
