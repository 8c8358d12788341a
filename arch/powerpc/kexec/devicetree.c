// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device tree that a kernel is entered with on ppc64.
 *
 * It is the one that this kernel was entered with (drivers/of/kexec.c), with another command
 * line, initrd and, for a capture kernel, ELF core header, and with the cores and memory that
 * there are now (devicetree_live.c). What firmware reserved in it (RTAS, I/O tables) stays
 * reserved.
 *
 * A capture kernel may use the crash region, and the first 64 KiB for its exception vectors.
 * Its first block of memory has to begin at address 0, since that block is its real-mode area;
 * so it is told to have memory up to the end of the crash region, with the part of the crashed
 * kernel reserved. linux,usable-memory says so of each memory node, linux,drconf-usable-memory
 * of the memory blocks that PAPR lists in one property. OPAL's memory, on bare metal, is the
 * capture kernel's too, as reserved as it always was: it reads OPAL's log there.
 *
 * Interface: ppc64_fdt_build(). Context: process, may sleep; kexec_lock() held.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/crash_dump.h>
#include <linux/crash_reserve.h>
#include <linux/err.h>
#include <linux/kexec.h>
#include <linux/kexec_arch.h>
#include <linux/libfdt.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/of_fdt.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <asm/drmem.h>
#include <asm/plpks.h>

#include "../../../kernel/crash_dump/ranges.h"
#include "internal.h"
#include "loader.h"

/* A property with one range, or one of the memory reserve map. */
#define FDT_RANGE_BYTES		64

/* What is counted by firmware: a block's number of ranges, and the range. */
#define FDT_DRMEM_CELLS		6

/* [0, end of the crash region), OPAL's memory behind it. */
#define FDT_USABLE_MAX		2

/**
 * struct fdt_edit - a device tree for a capture kernel
 * @fdt: it
 * @usable: the memory that it is told of, in order
 * @nr_usable: how many
 */
struct fdt_edit {
	void *fdt;
	struct kdump_range usable[FDT_USABLE_MAX];
	unsigned int nr_usable;
};

/* Cells of a property that is being made. */
struct fdt_cells {
	__be32 *cell;
	int nr;
};

static size_t fdt_drmem_blocks(void)
{
#ifdef CONFIG_PPC_PSERIES
	return drmem_info ? drmem_info->n_lmbs : 0;
#else
	return 0;
#endif
}

/* Room for what is added here. */
static size_t fdt_extra_bytes(void)
{
	struct device_node *node;
	size_t nodes = 0;

	for_each_node_by_type(node, "memory")
		nodes++;
	return (nodes + 8) * FDT_RANGE_BYTES + ppc64_fdt_live_bytes() +
	       fdt_drmem_blocks() * FDT_DRMEM_CELLS * sizeof(__be32) + PAGE_SIZE +
	       (plpks_is_available() ? plpks_get_passwordlen() + FDT_RANGE_BYTES : 0);
}

static void fdt_put(struct fdt_cells *to, u64 value, int cells)
{
	memset(to->cell + to->nr, 0, cells * sizeof(*to->cell));
	to->nr += cells;
	to->cell[to->nr - 1] = cpu_to_be32(lower_32_bits(value));
	if (cells > 1)
		to->cell[to->nr - 2] = cpu_to_be32(upper_32_bits(value));
}

/* What of [start_pa, start_pa + bytes) the capture kernel is told of; of none an empty range. */
static void fdt_put_usable(const struct fdt_edit *edit, struct fdt_cells *to, u64 start_pa,
			   u64 bytes, int addr_cells, int size_cells)
{
	unsigned int i, nr = 0;

	for (i = 0; i < edit->nr_usable; i++) {
		u64 start = max(start_pa, edit->usable[i].start);
		u64 end = min(start_pa + bytes, edit->usable[i].end);

		if (start >= end)
			continue;
		fdt_put(to, start, addr_cells);
		fdt_put(to, end - start, size_cells);
		nr++;
	}
	if (nr)
		return;
	fdt_put(to, start_pa, addr_cells);
	fdt_put(to, 0, size_cells);
}

static int fdt_limit_node(const struct fdt_edit *edit, int node)
{
	int len, ret = 0, addr_cells, size_cells;
	const __be32 *reg = fdt_getprop(edit->fdt, node, "reg", &len);
	struct fdt_cells usable = { };
	const __be32 *end;

	if (!reg)
		return 0;
	addr_cells = fdt_address_cells(edit->fdt, 0);
	size_cells = fdt_size_cells(edit->fdt, 0);
	if (addr_cells < 1 || size_cells < 1)
		return -FDT_ERR_BADNCELLS;
	usable.cell = kvmalloc_array(len, FDT_USABLE_MAX, GFP_KERNEL);
	if (!usable.cell)
		return -FDT_ERR_NOSPACE;

	/* reg moves when the tree grows; it is read to its end first. */
	end = reg + len / sizeof(*reg);
	for (; end - reg >= addr_cells + size_cells; reg += addr_cells + size_cells)
		fdt_put_usable(edit, &usable, of_read_number(reg, addr_cells),
			       of_read_number(reg + addr_cells, size_cells), addr_cells,
			       size_cells);
	ret = fdt_setprop(edit->fdt, node, "linux,usable-memory", usable.cell,
			  usable.nr * sizeof(*usable.cell));
	kvfree(usable.cell);
	return ret;
}

static int fdt_limit_nodes(const struct fdt_edit *edit)
{
	int node, ret;

	for (node = fdt_node_offset_by_prop_value(edit->fdt, -1, "device_type", "memory",
						  sizeof("memory"));
	     node >= 0;
	     node = fdt_node_offset_by_prop_value(edit->fdt, node, "device_type", "memory",
						  sizeof("memory"))) {
		ret = fdt_limit_node(edit, node);
		if (ret)
			return ret;
	}
	return node == -FDT_ERR_NOTFOUND ? 0 : node;
}

#ifdef CONFIG_PPC_PSERIES

/* How much of a block the capture kernel may use. Where PAPR is there is no OPAL. */
static u64 fdt_drmem_usable(const struct fdt_edit *edit, const struct drmem_lmb *lmb)
{
	u64 end_pa = edit->usable[0].end;

	return lmb->base_addr >= end_pa ? 0 : min_t(u64, drmem_lmb_size(), end_pa - lmb->base_addr);
}

/* One count and one range for each block that is memory of this machine. */
static int fdt_limit_drmem(const struct fdt_edit *edit)
{
	int node = fdt_path_offset(edit->fdt, "/ibm,dynamic-reconfiguration-memory");
	struct drmem_lmb *lmb;
	__be32 *cells;
	int nr = 0, ret;

	if (node < 0 || !fdt_drmem_blocks())
		return 0;
	cells = kvmalloc_array(fdt_drmem_blocks(), FDT_DRMEM_CELLS * sizeof(*cells), GFP_KERNEL);
	if (!cells)
		return -FDT_ERR_NOSPACE;
	for_each_drmem_lmb(lmb) {
		u64 bytes = fdt_drmem_usable(edit, lmb);

		if ((lmb->flags & DRCONF_MEM_RESERVED) || !(lmb->flags & DRCONF_MEM_ASSIGNED))
			continue;
		cells[nr++] = 0;
		cells[nr++] = cpu_to_be32(bytes ? 1 : 0);
		if (!bytes)
			continue;
		cells[nr++] = cpu_to_be32(upper_32_bits(lmb->base_addr));
		cells[nr++] = cpu_to_be32(lower_32_bits(lmb->base_addr));
		cells[nr++] = cpu_to_be32(upper_32_bits(bytes));
		cells[nr++] = cpu_to_be32(lower_32_bits(bytes));
	}
	ret = fdt_setprop(edit->fdt, node, "linux,drconf-usable-memory", cells,
			  nr * sizeof(*cells));
	kvfree(cells);
	return ret;
}

#else

static int fdt_limit_drmem(const struct fdt_edit *edit)
{
	return 0;
}

#endif

/*
 * What the crashed kernel had, the copy of its first part, and purgatory: a CPU that was slow
 * to leave it may still wait there.
 */
static int fdt_reserve_old(const struct fdt_edit *edit, const struct kimage *image)
{
	const struct kexec_segment *purgatory = &image->segment[image->purgatory_index];
	unsigned int i;
	int ret;

	ret = fdt_add_mem_rsv(edit->fdt, kexec_arch_ops.backup_end_pa,
			      crashk_res.start - kexec_arch_ops.backup_end_pa);
	if (!ret)
		ret = fdt_add_mem_rsv(edit->fdt, purgatory->mem, purgatory->memsz);
	for (i = 0; i < image->nr_moved && !ret; i++)
		ret = fdt_add_mem_rsv(edit->fdt, image->moved[i].at_pa,
				      image->moved[i].end_pa - image->moved[i].start_pa);
	return ret;
}

/* One more range, by whole pages, but for what the first one has. */
static void fdt_tell_of(struct fdt_edit *edit, const struct kdump_range *range)
{
	u64 start = max(PAGE_ALIGN_DOWN(range->start), edit->usable[0].end);
	u64 end = PAGE_ALIGN(range->end);

	if (start < end)
		edit->usable[edit->nr_usable++] = (struct kdump_range){ start, end };
}

static int fdt_for_capture(void *fdt, const struct kimage *image)
{
	struct fdt_edit edit = {
		.fdt = fdt,
		.usable = { { 0, crashk_res.end + 1 } },
		.nr_usable = 1,
	};
	int chosen = fdt_path_offset(fdt, "/chosen");
	struct kdump_range opal;
	int ret;

	if (ppc64_opal_region(&opal))
		fdt_tell_of(&edit, &opal);
	/* That one has one range for all, which would take the first 64 KiB away. */
	if (chosen >= 0)
		fdt_delprop(fdt, chosen, "linux,usable-memory-range");
	ret = fdt_limit_nodes(&edit);
	if (!ret)
		ret = fdt_limit_drmem(&edit);
	if (!ret)
		ret = fdt_reserve_old(&edit, image);
	/* The device tree of a good firmware says so too. */
	if (!ret && opal.end)
		ret = fdt_add_mem_rsv(fdt, opal.start, opal.end - opal.start);
	return ret;
}

/* How memory of a driver is told not to be the kernel's; the property says so on its own. */
static bool fdt_is_driver_memory(const void *fdt, int node)
{
	return !fdt_node_check_compatible(fdt, node, "ibm,coherent-device-memory");
}

/*
 * A capture kernel was told to leave alone what the crashed kernel had. The one after it is
 * told of all memory.
 */
static void fdt_forget_capture(void *fdt)
{
	int node, i;
	u64 start_pa, bytes;

	fdt_for_each_subnode(node, fdt, 0)
		if (!fdt_is_driver_memory(fdt, node))
			fdt_delprop(fdt, node, "linux,usable-memory");
	node = fdt_path_offset(fdt, "/ibm,dynamic-reconfiguration-memory");
	if (node >= 0)
		fdt_delprop(fdt, node, "linux,drconf-usable-memory");
	/* What fdt_reserve_old() begins with; the rest is small. */
	for (i = fdt_num_mem_rsv(fdt) - 1; i >= 0; i--)
		if (!fdt_get_mem_rsv(fdt, i, &start_pa, &bytes) &&
		    start_pa == kexec_arch_ops.backup_end_pa)
			fdt_del_mem_rsv(fdt, i);
}

/* Of this kernel, not of the next one. */
static void fdt_forget(void *fdt)
{
	static const char * const names[] = {
		"linux,crashkernel-base", "linux,crashkernel-size", "linux,kernel-end",
		"linux,memory-limit", "linux,htab-base", "linux,htab-size",
	};
	int chosen = fdt_path_offset(fdt, "/chosen");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names) && chosen >= 0; i++)
		fdt_delprop(fdt, chosen, names[i]);
	if (is_kdump_kernel())
		fdt_forget_capture(fdt);
}

/**
 * ppc64_fdt_build() - make the device tree for an image
 * @image: the image
 * @file: its command line and the length of its initrd
 * @initrd_pa: where the initrd will be; 0 without one
 *
 * Context: process, may sleep.
 * Return: the tree, packed, to be freed by kvfree(); -ENOMEM; -EBADMSG where this kernel's own
 * tree can not be edited.
 */
void *ppc64_fdt_build(const struct kimage *image, const struct kexec_file *file, u64 initrd_pa)
{
	void *fdt;
	int ret;

	fdt = of_kexec_alloc_and_setup_fdt(image, initrd_pa, file->initrd_bytes, file->cmdline,
					   fdt_extra_bytes());
	if (!fdt)
		return ERR_PTR(-ENOMEM);
	fdt_forget(fdt);
	ret = ppc64_fdt_follow_live(fdt);
	if (!ret && IS_ENABLED(CONFIG_CRASH_DUMP) && image->type == KEXEC_TYPE_CRASH)
		ret = fdt_for_capture(fdt, image);
	/* The hypervisor's key store takes one password for as long as the machine runs. */
	if (!ret && plpks_is_available())
		ret = plpks_populate_fdt(fdt);
	if (!ret)
		ret = fdt_pack(fdt);
	if (!ret)
		return fdt;
	pr_err("load refused: the device tree can not be edited: %s\n", fdt_strerror(ret));
	kvfree(fdt);
	return ERR_PTR(-EBADMSG);
}
