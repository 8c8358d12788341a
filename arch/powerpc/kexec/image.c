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
 * Where this kernel chooses the addresses it keeps clear of all that firmware reserved. Of that
 * list a kernel is told nothing but addresses, and kexec-tools does not know all of it, so
 * kexec_load(2) is not held to it.
 *
 * Interface: kexec_arch_ops.image_prepare and keep_out. Context: process, may sleep.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/of_fdt.h>

#include <asm/iommu.h>
#include <asm/mmu.h>
#include <asm/rtas.h>
#include <asm/sections.h>

#include "../../../kernel/crash_dump/ranges.h"
#include "internal.h"
#include "reserved.h"

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

/**
 * ppc64_opal_region() - where OPAL's runtime is
 * @out: its memory; empty without one
 *
 * Context: process.
 * Return: whether there is one.
 */
bool ppc64_opal_region(struct kdump_range *out)
{
	struct device_node *node = of_find_node_by_path("/ibm,opal");
	u64 base_pa, bytes;
	bool found;

	found = node && !of_property_read_u64(node, "opal-base-address", &base_pa) &&
		!of_property_read_u64(node, "opal-runtime-size", &bytes) && bytes;
	of_node_put(node);
	*out = (struct kdump_range){ };
	if (found)
		*out = (struct kdump_range){ base_pa, base_pa + bytes };
	return found;
}

/* The hash MMU's setup makes it an address of the linear mapping. */
static u64 io_table_pa(unsigned long addr)
{
	return addr >= PAGE_OFFSET ? __pa(addr) : addr;
}

/* What there is; room for KEEPOUT_MAX. */
static unsigned int keepout_list(struct ppc64_keepout *list)
{
	struct kdump_range opal;
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
		list[nr++] = (struct ppc64_keepout){ "the I/O tables", io_table_pa(tce_alloc_start),
						     io_table_pa(tce_alloc_end) };
	if (ppc64_opal_region(&opal))
		list[nr++] = (struct ppc64_keepout){ "OPAL", opal.start, opal.end };
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
 * struct keepout_room - a list that is being made
 * @out: where to
 * @max: room in it
 * @nr: how many there are
 * @initrd_pa: what the loader before reserved for an initrd that is gone
 */
struct keepout_room {
	struct kdump_range *out;
	unsigned int max;
	unsigned int nr;
	u64 initrd_pa;
};

/* Without room the last one grows over it: too much is kept, but nothing is lost. */
static void keepout_add(struct keepout_room *room, u64 start_pa, u64 end_pa)
{
	struct kdump_range *last;

	if (room->nr < room->max) {
		room->out[room->nr++] = (struct kdump_range){ start_pa, end_pa };
		return;
	}
	last = &room->out[room->nr - 1];
	last->start = min(last->start, start_pa);
	last->end = max(last->end, end_pa);
}

/* This kernel's own device tree and initrd are no firmware's. */
static void keepout_reserved(u64 start_pa, u64 bytes, bool no_map, void *data)
{
	struct keepout_room *room = data;
	u64 end_pa = start_pa + bytes;

	if (end_pa <= start_pa)
		return;
	if (start_pa <= initial_boot_params_pa && end_pa > initial_boot_params_pa)
		return;
	if (room->initrd_pa && start_pa <= room->initrd_pa && end_pa > room->initrd_pa)
		return;
	keepout_add(room, start_pa, end_pa);
}

/* 64 or 32 bits, big-endian; 0 without one. */
static u64 keepout_initrd_pa(void)
{
	int len;
	const __be32 *cell = of_get_property(of_chosen, "linux,initrd-start", &len);

	return cell ? of_read_number(cell, len / sizeof(*cell)) : 0;
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
	struct keepout_room room = {
		.out = out,
		.max = max,
		.initrd_pa = keepout_initrd_pa(),
	};
	struct ppc64_keepout list[KEEPOUT_MAX];
	unsigned int i, nr = keepout_list(list);

	for (i = 0; i < nr; i++)
		keepout_add(&room, list[i].start_pa, list[i].end_pa);
	/* What purgatory, and a kernel at first, do not reach with the MMU off. */
	if (ppc64_rma_size < PHYS_ADDR_MAX)
		keepout_add(&room, ppc64_rma_size, U64_MAX);
	ppc64_reserved_walk(keepout_reserved, &room);
	return room.nr;
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
