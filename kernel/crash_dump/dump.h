/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The dump: an ELF core file that is nowhere stored.
 *
 *	ELF header, program headers	a buffer, whole pages
 *	PT_NOTE: device dumps		a buffer each, whole pages, one note each
 *	         merged notes		a buffer, whole pages, zeros after the last note
 *	PT_LOADs			the crashed kernel's RAM, sorted by physical address
 *
 * Several PT_LOADs may show the same bytes (the kernel's text and the linear map; a CPU's
 * stack at its virtual addresses): they name the same place of the file.
 *
 * notes.c merges the notes, stacks.c finds the stacks, dump.c lays the file out, oldfile.c
 * reads it and maps it.
 *
 * Context: process context of the capture kernel; may sleep.
 */
#ifndef _KERNEL_CRASH_DUMP_DUMP_H
#define _KERNEL_CRASH_DUMP_DUMP_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/oldmem.h>

#include "crashed.h"

struct vmcoredd_data;

/**
 * struct oldmem_filter - which old memory a file leaves out
 * @run: How far is one answer the right one, from @pa on, at most @bytes? It may stop earlier;
 *	*@run is at least 1 and ends where a page or @bytes end. In *@hole whether the memory is
 *	left out. May sleep; ends with -EINTR if a fatal signal is pending, otherwise 0.
 */
struct oldmem_filter {
	int (*run)(struct oldmem_filter *filter, u64 pa, u64 bytes, u64 *run, bool *hole);
};

/**
 * struct oldmem_file - a list of extents that can be read and mapped
 * @x: the extents; whole pages, but for the last one
 * @reader: for those that are old memory
 * @filter: what is left out of them, or NULL; does not change while anybody has the file open
 * @ref: counts the owner, every open file and every mapping
 * @release: called when the last of them leaves
 * @gone: the old memory was given back; set once
 */
struct oldmem_file {
	struct kdump_extents x;
	struct oldmem_reader *reader;
	struct oldmem_filter *filter;
	struct kref *ref;
	void (*release)(struct kref *ref);
	bool gone;
};

/**
 * struct dump_notes - the notes of all CPUs, VMCOREINFO and what stands beside it
 * @buf: vmalloc'ed, whole pages
 * @bytes: length of the notes
 * @cpus: how many of them are NT_PRSTATUS
 */
struct dump_notes {
	void *buf;
	size_t bytes;
	unsigned int cpus;
};

/**
 * struct dump_load - one PT_LOAD of the dump
 * @source_pa: where the bytes are now
 * @vaddr: p_vaddr or ELFCORE_NO_VADDR
 * @paddr: p_paddr
 * @filesz: p_filesz
 * @memsz: p_memsz
 * @flags: p_flags
 */
struct dump_load {
	u64 source_pa;
	u64 vaddr;
	u64 paddr;
	u64 filesz;
	u64 memsz;
	u32 flags;
};

/**
 * struct dump_loads - PT_LOADs in the order of the file
 * @l: kvmalloc'ed
 * @nr: in use
 * @cap: allocated
 */
struct dump_loads {
	struct dump_load *l;
	size_t nr;
	size_t cap;
};

/**
 * struct dump_device - one device dump
 * @node: in struct kdump_dump
 * @note: vmalloc'ed, the whole note
 * @bytes: its size, whole pages
 */
struct dump_device {
	struct list_head node;
	void *note;
	size_t bytes;
};

/**
 * struct kdump_dump - the dump and what it is made of
 * @file: the exported file
 * @crashed: the segments as the ELF core header gave them
 * @ram: pages of RAM, where the bytes are now
 * @notes: merged notes
 * @loads: PT_LOADs
 * @devices: struct dump_device
 * @header: exported ELF header and program headers; vmalloc'ed, whole pages
 * @header_bytes: size of @header
 */
struct kdump_dump {
	struct oldmem_file file;
	struct kdump_crashed crashed;
	struct kdump_ranges ram;
	struct dump_notes notes;
	struct dump_loads loads;
	struct list_head devices;
	void *header;
	size_t header_bytes;
};

/**
 * dump_notes_merge() - fetch all notes into one buffer
 * @notes: result, to be freed with vfree(@notes->buf)
 * @crashed: the segments
 * @reader: over the memory that holds the notes
 *
 * What is unsound is printed and left out. A thread whose number is 0 (an idle CPU) or repeats
 * gets one of its own above every possible PID, so that gdb lists all CPUs.
 *
 * Return: 0 (also with no sound note at all) or -ENOMEM.
 */
int dump_notes_merge(struct dump_notes *notes, const struct kdump_crashed *crashed,
		     struct oldmem_reader *reader);

/**
 * dump_loads_build() - the PT_LOADs in the order that today's clients need
 * @loads: result, to be freed with kvfree(@loads->l)
 * @crashed: the segments
 * @notes: merged notes: tell of the stacks
 *
 * Return: 0 or -ENOMEM.
 */
int dump_loads_build(struct dump_loads *loads, const struct kdump_crashed *crashed,
		     const struct dump_notes *notes);

/**
 * dump_loads_add() - append a PT_LOAD
 * @loads: the list
 * @load: the PT_LOAD
 *
 * Return: 0 or -ENOMEM.
 */
int dump_loads_add(struct dump_loads *loads, const struct dump_load *load);

/**
 * dump_stacks_add() - append PT_LOADs for the stacks that the crashed kernel recorded
 * @loads: the list
 * @crashed: the segments; a stack outside of them is refused, one at a virtual address that
 *	they have is not shown again
 * @notes: merged notes
 *
 * Return: 0, also where there is no sound record of stacks (a line says why); -ENOMEM.
 */
int dump_stacks_add(struct dump_loads *loads, const struct kdump_crashed *crashed,
		    const struct dump_notes *notes);

/**
 * dump_header_narrow() - turn an ELF64 core header into an ELF32 one, where that is possible
 * @header: the header, as elfcore_end() left it
 * @bytes: size of the buffer
 *
 * Where a number needs more than 32 bits the header stays as it is, and a line says so: readers
 * of core files take an ELF64 dump of a 32-bit kernel rather than a truncated one.
 */
void dump_header_narrow(void *header, size_t bytes);

/**
 * kdump_dump_build() - from ELF core header to dump
 * @dump: result, to be freed with kdump_dump_free()
 * @reader: over old memory; must outlive the dump
 * @pa: physical address of the ELF core header
 * @bytes: its size, or 0 if that is not known
 * @limits: what is accepted
 *
 * Return: 0 or -errno.
 */
int kdump_dump_build(struct kdump_dump *dump, struct oldmem_reader *reader, u64 pa, u64 bytes,
		     const struct elfcore_limits *limits);

/**
 * kdump_dump_layout() - lay the file out anew, after @dump->devices changed
 * @dump: the dump; nobody has it open
 *
 * Return: 0 or -errno; then the dump is as it was.
 */
int kdump_dump_layout(struct kdump_dump *dump);

/**
 * kdump_dump_free() - give back what the dump is made of
 * @dump: built or all zeros
 */
void kdump_dump_free(struct kdump_dump *dump);

/**
 * dump_device_collect() - let a driver fill a device dump
 * @data: what the driver wants to add
 *
 * Return: the device dump, in no list; ERR_PTR(-EINVAL) for a bad name or size, the driver's
 * error, or -ENOMEM.
 */
struct dump_device *dump_device_collect(struct vmcoredd_data *data);

/**
 * dump_device_free() - give back a device dump
 * @device: in no list
 */
void dump_device_free(struct dump_device *device);

/**
 * kdump_dump_memory() - memory of this kernel that the dump takes
 * @dump: the dump
 *
 * Return: bytes.
 */
size_t kdump_dump_memory(const struct kdump_dump *dump);

#endif /* _KERNEL_CRASH_DUMP_DUMP_H */
