// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ELF core header of this kernel's memory, written by this kernel.
 *
 * A capture kernel finds the crashed kernel's memory by the program headers that elfcorehdr= names.
 * Their order is what makedumpfile needs: notes, kernel text, linear map.
 *
 *	PT_NOTE	a note for each possible CPU. One that is offline leaves its note empty, and readers
 *		skip it; so nothing has to be written when CPUs come and go
 *	PT_NOTE	VMCOREINFO and what follows it
 *	PT_LOAD	kernel text, where it is mapped apart from the linear map
 *	PT_LOAD	memory that the capture kernel overwrites, at the copy that purgatory makes of it
 *	PT_LOAD	all other RAM that is online, in ascending order
 *
 * The crash regions are left out: they are the capture kernel's. So is memory that is
 * offline: this kernel keeps nothing in it, and once it is unplugged, reading it may be a machine
 * check. With sparse memory a section is online or not as a whole.
 *
 * Interface: headers.h. Context: process, may sleep and allocate.
 *
 * Elsewhere: elfcore_build.c (the format), notes.c and vmcoreinfo.c (the notes).
 */
#define pr_fmt(fmt) "kdump: " fmt

#include <linux/cpumask.h>
#include <linux/elf.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/memblock.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include <asm/sections.h>
#include <kunit/visibility.h>

#include "../kexec_ram.h"
#include "elfcore.h"
#include "headers.h"

/* Beside the memory: VMCOREINFO, kernel text. */
#define CRASH_HEADERS_FIXED	2

/* Ranges that may be added between counting and listing them, and by any later hotplug. */
#define CRASH_HEADERS_SPARE	64

/* A moved range, a crash region: each may split a range of RAM. */
#define CRASH_HEADERS_CUTS	(KEXEC_MOVED_MAX + 2)

/**
 * struct ram_walk - a walk over RAM
 * @ram: what was found; NULL: only count
 * @found: how many ranges, before those that touch were united
 * @coming: RAM that is about to come online
 */
struct ram_walk {
	struct kdump_ranges *ram;
	size_t found;
	const struct kdump_range *coming;
};

/* Is any of [start, end) about to come online? */
static bool ram_coming(const struct ram_walk *walk, u64 start_pa, u64 end_pa)
{
	return walk->coming && start_pa < walk->coming->end && end_pa > walk->coming->start;
}

static int ram_add(struct ram_walk *walk, u64 start_pa, u64 end_pa)
{
	if (start_pa == end_pa)
		return 0;
	walk->found++;
	return walk->ram ? kdump_ranges_add(walk->ram, start_pa, end_pa) : 0;
}

/* What of a resource is online, in whole pages: what is less is no memory to this kernel. */
static int ram_add_resource(struct resource *res, void *context)
{
	u64 start_pa = PAGE_ALIGN(res->start), end_pa = PAGE_ALIGN_DOWN(res->end + 1);
	struct ram_walk *walk = context;
	u64 pa, unit_end_pa, run_pa = start_pa;
	int ret;

	for (pa = start_pa; pa < end_pa; pa = unit_end_pa) {
		unit_end_pa = min(ram_unit_end(pa), end_pa);
		if (ram_online(pa) || ram_coming(walk, pa, unit_end_pa))
			continue;
		ret = ram_add(walk, run_pa, pa);
		if (ret)
			return ret;
		run_pa = unit_end_pa;
	}
	return run_pa < end_pa ? ram_add(walk, run_pa, end_pa) : 0;
}

static int ram_walk(struct ram_walk *walk)
{
	/* Returns -EINVAL where there is no RAM at all. */
	return walk_system_ram_res(0, U64_MAX, walk, ram_add_resource);
}

static size_t ram_count(const struct kdump_range *coming)
{
	struct ram_walk walk = { .coming = coming };

	ram_walk(&walk);
	return walk.found;
}

static int ram_leave_out(struct kdump_ranges *ram, const struct resource *res)
{
	if (res->end <= res->start)
		return 0;
	return kdump_ranges_subtract(ram, res->start, res->end + 1);
}

/* RAM that the capture kernel leaves as it is. */
static int ram_list(const struct kimage *image, const struct kdump_range *coming,
		    struct kdump_ranges *ram)
{
	struct ram_walk walk = { .ram = ram, .coming = coming };
	unsigned int i;
	int ret;

	ret = ram_walk(&walk);
	if (!ret)
		ret = ram_leave_out(ram, &crashk_res);
	if (!ret)
		ret = ram_leave_out(ram, &crashk_low_res);
	for (i = 0; i < image->nr_moved && !ret; i++)
		ret = kdump_ranges_subtract(ram, image->moved[i].start_pa, image->moved[i].end_pa);
	return ret;
}

static void put_notes(struct elfcore_builder *b)
{
	unsigned int cpu;
	u64 pa;

	for_each_possible_cpu(cpu) {
		if (!crash_notes)
			break;
		pa = per_cpu_ptr_to_phys(per_cpu_ptr(crash_notes, cpu));
		elfcore_add_note(b, pa, pa, sizeof(note_buf_t));
	}
	pa = paddr_vmcoreinfo_note();
	elfcore_add_note(b, pa, pa, VMCOREINFO_NOTE_SIZE);
}

/* The kernel's own mapping, with KASLR's offset in it. */
static void put_text(struct elfcore_builder *b)
{
	u64 va = (unsigned long)_text, pa = __pa_symbol(_text);

	if (va != (unsigned long)phys_to_virt(pa))
		elfcore_add_load(b, pa, va, pa, _end - _text, PF_R | PF_W | PF_X);
}

static void put_memory(struct elfcore_builder *b, const struct kimage *image,
		       const struct kdump_ranges *ram)
{
	u64 direct_map_base = (unsigned long)phys_to_virt(0);
	unsigned int i;

	for (i = 0; i < image->nr_moved; i++) {
		const struct kexec_moved *moved = &image->moved[i];

		if (!moved->at_pa)
			continue;
		elfcore_add_load(b, moved->at_pa, direct_map_base + moved->start_pa,
				 moved->start_pa, moved->end_pa - moved->start_pa,
				 PF_R | PF_W | PF_X);
	}
	elfcore_add_ram(b, ram, direct_map_base);
}

/* Ranges of RAM that there may be one day. */
static size_t ram_count_max(void)
{
	size_t nr = ram_count(NULL) + CRASH_HEADERS_CUTS;

#if defined(CONFIG_CRASH_HOTPLUG) && defined(CONFIG_MEMORY_HOTPLUG)
	u64 blocks = PFN_PHYS(max_possible_pfn) >> ilog2(memory_block_size_bytes());
	u64 more = max_t(u64, blocks / 2, CRASH_HEADERS_SPARE);

	/* Most ranges come from every other block being online. */
	nr = max_t(u64, nr, min_t(u64, nr + more, CONFIG_CRASH_MAX_MEMORY_RANGES));
#endif
	return nr;
}

/**
 * crash_headers_bytes() - room that the ELF core header takes
 *
 * With CRASH_HOTPLUG there is room for the memory that may be plugged in later, as far as firmware
 * tells of it, up to CRASH_MAX_MEMORY_RANGES.
 *
 * Context: process.
 * Return: bytes, a whole number of pages.
 */
size_t crash_headers_bytes(void)
{
	size_t nr = num_possible_cpus() + CRASH_HEADERS_FIXED + ram_count_max();

	return PAGE_ALIGN(elfcore_size(nr) + CRASH_HEADERS_DIGEST_BYTES);
}
EXPORT_SYMBOL_IF_KUNIT(crash_headers_bytes);

/**
 * crash_headers_build() - write the ELF core header
 * @image: the image that will read it; its moved[] is shown where it will be
 * @coming: RAM that is about to come online and is to be shown already; NULL for none
 * @buf: where to; 8-byte aligned
 * @bytes: room at @buf; crash_headers_bytes() is enough
 *
 * All of @buf is written: the header, zero, the digest.
 *
 * Context: process, may sleep.
 * Return: 0; -ENOSPC if @bytes are too few; -ENOMEM; each with a line.
 */
int crash_headers_build(const struct kimage *image, const struct kdump_range *coming,
			void *buf, size_t bytes)
{
	size_t cap = ram_count(coming) + CRASH_HEADERS_CUTS + CRASH_HEADERS_SPARE;
	const size_t fixed = sizeof(Elf64_Ehdr) + sizeof(Elf64_Shdr) + CRASH_HEADERS_DIGEST_BYTES;
	struct kdump_range *storage;
	struct elfcore_builder b;
	struct kdump_ranges ram;
	int ret;

	if (bytes < fixed + sizeof(Elf64_Phdr)) {
		pr_err("ELF core header not written: %zu bytes of room, the least is %zu\n", bytes,
		       fixed + sizeof(Elf64_Phdr));
		return -ENOSPC;
	}
	storage = kvmalloc_array(cap, sizeof(*storage), GFP_KERNEL);
	kdump_ranges_init(&ram, storage, storage ? cap : 0);
	ret = storage ? ram_list(image, coming, &ram) : -ENOMEM;
	if (ret)
		goto out;

	memset(buf, 0, bytes);
	elfcore_begin(&b, buf, bytes - CRASH_HEADERS_DIGEST_BYTES,
		      (bytes - fixed) / sizeof(Elf64_Phdr), ELF_ARCH, 0);
	put_notes(&b);
	put_text(&b);
	put_memory(&b, image, &ram);
	ret = elfcore_end(&b, NULL);
	if (ret)
		goto out;
	sha256(buf, bytes - CRASH_HEADERS_DIGEST_BYTES, buf + bytes - CRASH_HEADERS_DIGEST_BYTES);
	kexec_dprintk("ELF core header: %u program headers, %zu ranges of RAM with %llu KiB\n",
		      b.nr, ram.nr, kdump_ranges_total(&ram) >> 10);
out:
	if (ret)
		pr_err("ELF core header not written: %zu bytes of room for %u CPUs and %zu ranges of RAM (%d)\n",
		       bytes, num_possible_cpus(), ram.nr, ret);
	kvfree(storage);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(crash_headers_build);
