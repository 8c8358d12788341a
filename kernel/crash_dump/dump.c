// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dump: how the exported ELF core file is laid out.
 *
 * RAM stands in the file once, in whole pages sorted by physical address, whatever the ELF
 * core header says; a PT_LOAD names a place in it. So what the header shows twice (kernel text,
 * by itself and in the linear map) costs nothing twice, and the stacks can be shown a second
 * time too.
 *
 * The order of PT_LOADs matters: makedumpfile takes the linear map's base from the last one. The
 * linear map is told from the rest by its size: most of RAM lies at one distance between
 * virtual and physical address. Everything else comes before it, the stacks directly before.
 *
 * A device dump is one note in pages of its own, and stands before the merged notes: these end
 * inside a page, and nothing that could be taken for a note may follow.
 *
 * Interface: dump.h. Context: process context of the capture kernel; may sleep.
 */
#define pr_fmt(fmt) "vmcore: " fmt

#include <linux/elf.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "dump.h"

int dump_loads_add(struct dump_loads *loads, const struct dump_load *load)
{
	size_t cap = loads->cap ? 2 * loads->cap : 16;
	struct dump_load *grown;

	if (loads->nr == loads->cap) {
		grown = kvcalloc(cap, sizeof(*grown), GFP_KERNEL);
		if (!grown)
			return -ENOMEM;
		if (loads->nr)
			memcpy(grown, loads->l, loads->nr * sizeof(*grown));
		kvfree(loads->l);
		loads->l = grown;
		loads->cap = cap;
	}
	loads->l[loads->nr++] = *load;
	return 0;
}

static bool is_shown(const struct elfcore_seg *seg)
{
	return seg->type == PT_LOAD && seg->filesz;
}

/* Bytes that lie at one distance between virtual and physical address. */
static u64 bytes_at_distance(const struct kdump_crashed *crashed, u64 distance)
{
	const struct elfcore_seg *seg;
	u64 bytes = 0;

	for (size_t i = 0; i < crashed->nr; i++) {
		seg = &crashed->seg[i];
		if (is_shown(seg) && seg->vaddr != ELFCORE_NO_VADDR &&
		    seg->vaddr - seg->paddr == distance)
			bytes += seg->filesz;
	}
	return bytes;
}

/* The distance of the linear map: the one that shows most. False if no address is known. */
static bool linear_distance(const struct kdump_crashed *crashed, u64 *distance)
{
	const struct elfcore_seg *seg;
	u64 best = 0, bytes, d;

	for (size_t i = 0; i < crashed->nr; i++) {
		seg = &crashed->seg[i];
		if (!is_shown(seg) || seg->vaddr == ELFCORE_NO_VADDR)
			continue;
		d = seg->vaddr - seg->paddr;
		if (best && d == *distance)
			continue;
		bytes = bytes_at_distance(crashed, d);
		if (bytes > best) {
			best = bytes;
			*distance = d;
		}
	}
	return best;
}

static int add_segments(struct dump_loads *loads, const struct kdump_crashed *crashed,
			bool have_linear, u64 distance, bool linear)
{
	const struct elfcore_seg *seg;
	struct dump_load load;
	bool is_linear;
	int err;

	for (size_t i = 0; i < crashed->nr; i++) {
		seg = &crashed->seg[i];
		if (!is_shown(seg))
			continue;
		is_linear = have_linear && seg->vaddr != ELFCORE_NO_VADDR &&
			    seg->vaddr - seg->paddr == distance;
		if (is_linear != linear)
			continue;
		load = (struct dump_load) {
			.source_pa = seg->offset,
			.vaddr = seg->vaddr,
			.paddr = seg->paddr,
			.filesz = seg->filesz,
			.memsz = seg->memsz,
			.flags = seg->flags,
		};
		err = dump_loads_add(loads, &load);
		if (err)
			return err;
	}
	return 0;
}

int dump_loads_build(struct dump_loads *loads, const struct kdump_crashed *crashed,
		     const struct dump_notes *notes)
{
	u64 distance = 0;
	bool have_linear = linear_distance(crashed, &distance);
	int err;

	memset(loads, 0, sizeof(*loads));
	err = add_segments(loads, crashed, have_linear, distance, false);
	if (!err)
		err = dump_stacks_add(loads, crashed, notes);
	if (!err)
		err = add_segments(loads, crashed, have_linear, distance, true);
	return err;
}

/* All extents in the order of the file. */
static int lay_extents(const struct kdump_dump *dump, const void *header, size_t header_bytes,
		       struct kdump_extents *x)
{
	struct dump_device *device;
	int err;

	err = kdump_extents_add_buffer(x, header, header_bytes);
	list_for_each_entry(device, &dump->devices, node)
		if (!err)
			err = kdump_extents_add_buffer(x, device->note, device->bytes);
	if (!err)
		err = kdump_extents_add_buffer(x, dump->notes.buf, PAGE_ALIGN(dump->notes.bytes));
	for (size_t i = 0; i < dump->ram.nr && !err; i++)
		err = kdump_extents_add_oldmem(x, dump->ram.r[i].start,
					       dump->ram.r[i].end - dump->ram.r[i].start);
	return err;
}

static u64 device_bytes(const struct kdump_dump *dump)
{
	struct dump_device *device;
	u64 bytes = 0;

	list_for_each_entry(device, &dump->devices, node)
		bytes += device->bytes;
	return bytes;
}

static int add_one_load(struct elfcore_builder *b, const struct kdump_extents *x,
			const struct dump_load *load)
{
	struct elf64_phdr *phdr;
	u64 off;
	int err;

	err = kdump_extents_pa_to_off(x, load->source_pa, load->filesz, &off);
	if (!err)
		err = elfcore_add_load(b, off, load->vaddr, load->paddr, load->filesz,
				       load->flags);
	if (err)
		return err;

	/* The builder knows no memory beyond the file's; what there is of it is zero. */
	phdr = (struct elf64_phdr *)(b->buf + b->phoff) + b->nr - 1;
	phdr->p_memsz = load->memsz;
	return 0;
}

static int write_header(const struct kdump_dump *dump, void *header, size_t header_bytes,
			const struct kdump_extents *x)
{
	const struct elfcore_header *in = &dump->crashed.header;
	struct elfcore_builder b;
	int err;

	err = elfcore_begin(&b, header, header_bytes, 1 + dump->loads.nr, in->machine, in->e_flags);
	if (!err)
		err = elfcore_add_note(&b, header_bytes, 0,
				       device_bytes(dump) + dump->notes.bytes);
	for (size_t i = 0; i < dump->loads.nr && !err; i++)
		err = add_one_load(&b, x, &dump->loads.l[i]);
	if (!err)
		err = elfcore_end(&b, NULL);
	if (!err && !in->is64)
		dump_header_narrow(header, header_bytes);
	return err;
}

int kdump_dump_layout(struct kdump_dump *dump)
{
	size_t header_bytes = PAGE_ALIGN(elfcore_size(1 + dump->loads.nr));
	size_t cap = 2 + list_count_nodes(&dump->devices) + dump->ram.nr;
	struct kdump_extent *storage;
	struct kdump_extents x;
	void *header;
	int err = -ENOMEM;

	header = vzalloc(header_bytes);
	storage = kvcalloc(cap, sizeof(*storage), GFP_KERNEL);
	if (!header || !storage)
		goto fail;

	kdump_extents_init(&x, storage, cap);
	err = lay_extents(dump, header, header_bytes, &x);
	if (!err)
		err = write_header(dump, header, header_bytes, &x);
	if (err)
		goto fail;

	vfree(dump->header);
	kvfree(dump->file.x.e);
	dump->header = header;
	dump->header_bytes = header_bytes;
	dump->file.x = x;
	return 0;
fail:
	vfree(header);
	kvfree(storage);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(kdump_dump_layout);

static int find_ram(struct kdump_dump *dump)
{
	struct kdump_range *storage;

	storage = kvcalloc(dump->crashed.nr, sizeof(*storage), GFP_KERNEL);
	if (!storage)
		return -ENOMEM;
	kdump_ranges_init(&dump->ram, storage, dump->crashed.nr);
	return kdump_crashed_ram(&dump->crashed, &dump->ram);
}

int kdump_dump_build(struct kdump_dump *dump, struct oldmem_reader *reader, u64 pa, u64 bytes,
		     const struct elfcore_limits *limits)
{
	int err;

	memset(dump, 0, sizeof(*dump));
	INIT_LIST_HEAD(&dump->devices);
	dump->file.reader = reader;

	err = kdump_crashed_read(&dump->crashed, reader, pa, bytes, limits);
	if (!err)
		err = find_ram(dump);
	if (!err)
		err = dump_notes_merge(&dump->notes, &dump->crashed, reader);
	if (!err)
		err = dump_loads_build(&dump->loads, &dump->crashed, &dump->notes);
	if (!err)
		err = kdump_dump_layout(dump);
	if (err)
		kdump_dump_free(dump);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(kdump_dump_build);

void kdump_dump_free(struct kdump_dump *dump)
{
	struct dump_device *device, *next;

	list_for_each_entry_safe(device, next, &dump->devices, node) {
		list_del(&device->node);
		dump_device_free(device);
	}
	kvfree(dump->file.x.e);
	kdump_extents_init(&dump->file.x, NULL, 0);
	vfree(dump->header);
	dump->header = NULL;
	kvfree(dump->loads.l);
	memset(&dump->loads, 0, sizeof(dump->loads));
	vfree(dump->notes.buf);
	memset(&dump->notes, 0, sizeof(dump->notes));
	kvfree(dump->ram.r);
	kdump_ranges_init(&dump->ram, NULL, 0);
	kdump_crashed_free(&dump->crashed);
}
EXPORT_SYMBOL_IF_KUNIT(kdump_dump_free);

size_t kdump_dump_memory(const struct kdump_dump *dump)
{
	return sizeof(*dump) + dump->header_bytes + device_bytes(dump) +
	       PAGE_ALIGN(dump->notes.bytes) +
	       dump->file.x.cap * sizeof(*dump->file.x.e) +
	       dump->loads.cap * sizeof(*dump->loads.l) +
	       dump->ram.cap * sizeof(*dump->ram.r) +
	       dump->crashed.nr * sizeof(*dump->crashed.seg);
}
