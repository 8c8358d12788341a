// SPDX-License-Identifier: GPL-2.0-only
/*
 * What firmware reserved in the device tree that this ppc64 kernel was entered with.
 *
 * Three places say so, and a kernel has to honour all: the memory reserve map of the flattened
 * tree (RTAS, I/O tables, the TPM's log), "reserved-ranges" of the root, and the children
 * of /reserved-memory (OPAL and what runs beside it). The flattened tree is read, because
 * setup code asks before there is another one, and it stays as it is while this kernel runs.
 *
 * Contract: Devicetree Specification, 5.3 and 3.5; skiboot, doc/device-tree.
 * Interface: ppc64_reserved_walk(). Context: boot, or process; does not sleep.
 */
#include <linux/libfdt.h>
#include <linux/of.h>
#include <linux/of_fdt.h>

#include "reserved.h"

/* Two cells each for address and length, whatever the root says. */
#define RESERVED_RANGE_CELLS	4

static void reserved_map(const void *fdt, ppc64_reserved_fn fn, void *data)
{
	int i, nr = fdt_num_mem_rsv(fdt);
	u64 start_pa, bytes;

	for (i = 0; i < nr; i++)
		if (!fdt_get_mem_rsv(fdt, i, &start_pa, &bytes) && bytes)
			fn(start_pa, bytes, false, data);
}

static void reserved_cells(const __be32 *cell, int len, int addr_cells, int size_cells,
			   bool no_map, ppc64_reserved_fn fn, void *data)
{
	int left = len / (int)sizeof(*cell);

	for (; left >= addr_cells + size_cells; left -= addr_cells + size_cells) {
		u64 start_pa = of_read_number(cell, addr_cells);
		u64 bytes = of_read_number(cell + addr_cells, size_cells);

		if (bytes)
			fn(start_pa, bytes, no_map, data);
		cell += addr_cells + size_cells;
	}
}

static void reserved_ranges(const void *fdt, ppc64_reserved_fn fn, void *data)
{
	const __be32 *cell;
	int len;

	cell = fdt_getprop(fdt, 0, "reserved-ranges", &len);
	if (cell)
		reserved_cells(cell, len, RESERVED_RANGE_CELLS / 2, RESERVED_RANGE_CELLS / 2,
			       false, fn, data);
}

static void reserved_nodes(const void *fdt, ppc64_reserved_fn fn, void *data)
{
	int parent = fdt_path_offset(fdt, "/reserved-memory");
	int node, len, addr_cells, size_cells;
	const __be32 *cell;

	if (parent < 0)
		return;
	addr_cells = fdt_address_cells(fdt, parent);
	size_cells = fdt_size_cells(fdt, parent);
	if (addr_cells < 1 || size_cells < 1)
		return;
	fdt_for_each_subnode(node, fdt, parent) {
		cell = fdt_getprop(fdt, node, "reg", &len);
		if (cell)
			reserved_cells(cell, len, addr_cells, size_cells,
				       fdt_getprop(fdt, node, "no-map", NULL), fn, data);
	}
}

/**
 * ppc64_reserved_walk() - name each range that firmware reserved
 * @fn: called with first byte, how many, whether they must not even be mapped, and @data
 * @data: for @fn
 *
 * The kernel before this one put its initrd and its device tree among them. One range may be
 * named more than once.
 *
 * Context: boot, or process; does not sleep.
 */
void ppc64_reserved_walk(ppc64_reserved_fn fn, void *data)
{
	const void *fdt = initial_boot_params;

	reserved_map(fdt, fn, data);
	reserved_ranges(fdt, fn, data);
	reserved_nodes(fdt, fn, data);
}
