// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMCOREINFO: the lines that tell debuggers how this kernel's memory is read.
 *
 * The lines that are the same on every architecture stand in one table; the printk ring
 * buffer's and the architecture's are added by their owners. A line that this kernel has nothing
 * for (a symbol that 6.12 no longer has, a member that this configuration leaves out) is not there.
 * Documentation/kdump/abi.rst tells which tool reads which.
 *
 * One physically contiguous buffer holds, one behind the other, the VMCOREINFO note, the KDUMP
 * note (notes.c) and an empty note. It is complete from boot on, so a dump that is taken from
 * outside (by a hypervisor, by firmware) has it too. A crash appends its time, which moves the
 * KDUMP note; that is written again then, and once more when all CPUs have stopped.
 *
 * Interface: linux/vmcore_info.h. Context: built at boot; crash_save_vmcoreinfo() in a panic.
 */
#define pr_fmt(fmt) "vmcoreinfo: " fmt

#include <linux/buildid.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/kexec.h>
#include <linux/mmzone.h>
#include <linux/page-flags.h>
#include <linux/pgtable.h>
#include <linux/printk.h>
#include <linux/timekeeping.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>
#include <linux/vmcore_info.h>

#include <asm/sections.h>
#include <kunit/visibility.h>

#include "../kallsyms_internal.h"
#include "notes.h"

/* Room for the lines; 6.12 on x86_64 takes some 3700 bytes. */
#define VMCOREINFO_TEXT_MAX_BYTES	8192

#define VMCOREINFO_HEAD_BYTES	(sizeof(struct elf_note) + VMCOREINFO_NOTE_NAME_BYTES)
#define VMCOREINFO_END_BYTES	sizeof(struct elf_note)

/* S: set at boot. P: the text grows once more in a panic. */
unsigned char *vmcoreinfo_data;		/* S; the text, within the note */
EXPORT_SYMBOL_IF_KUNIT(vmcoreinfo_data);
size_t vmcoreinfo_size;			/* P */
EXPORT_SYMBOL_IF_KUNIT(vmcoreinfo_size);
u32 *vmcoreinfo_note;			/* S */
EXPORT_SYMBOL_IF_KUNIT(vmcoreinfo_note);
size_t vmcoreinfo_note_bytes;		/* S */
EXPORT_SYMBOL_IF_KUNIT(vmcoreinfo_note_bytes);

enum vmcoreinfo_format {
	VMCOREINFO_HEX,
	VMCOREINFO_DECIMAL,
	VMCOREINFO_UNSIGNED,
};

static const char * const vmcoreinfo_formats[] = {
	[VMCOREINFO_HEX]	= "%s=%lx\n",
	[VMCOREINFO_DECIMAL]	= "%s=%ld\n",
	[VMCOREINFO_UNSIGNED]	= "%s=%lu\n",
};

struct vmcoreinfo_line {
	const char *key;
	unsigned long value;
	enum vmcoreinfo_format format;
};

#define LINE_SYMBOL(var)	{ "SYMBOL(" #var ")", (ulong)&(var), VMCOREINFO_HEX }
#define LINE_ARRAY(array)	{ "SYMBOL(" #array ")", (ulong)(array), VMCOREINFO_HEX }
#define LINE_TYPE(type)		{ "SIZE(" #type ")", sizeof(type), VMCOREINFO_UNSIGNED }
#define LINE_STRUCT(tag)	{ "SIZE(" #tag ")", sizeof(struct tag), VMCOREINFO_UNSIGNED }
#define LINE_OFFSET(tag, member) \
	{ "OFFSET(" #tag "." #member ")", offsetof(struct tag, member), VMCOREINFO_UNSIGNED }
#define LINE_LENGTH(what, count) { "LENGTH(" #what ")", (count), VMCOREINFO_UNSIGNED }
#define LINE_NUMBER(name, value) { "NUMBER(" #name ")", (ulong)(value), VMCOREINFO_DECIMAL }
/* struct page's 32-bit type, as tools compare it: signed, like the map count in its place. */
#define LINE_PAGE_TYPE(name, type) LINE_NUMBER(name, (int)((unsigned int)(type) << 24))

static const struct vmcoreinfo_line vmcoreinfo_lines[] __initconst = {
	/* Which kernel, and where its top page table is. */
	LINE_SYMBOL(init_uts_ns),
	LINE_OFFSET(uts_namespace, name),
	LINE_SYMBOL(node_online_map),
#ifdef CONFIG_MMU
	LINE_ARRAY(swapper_pg_dir),
#endif
	LINE_SYMBOL(_stext),

	/* From a page frame number to its struct page. */
#ifndef CONFIG_NUMA
	LINE_SYMBOL(mem_map),
	LINE_SYMBOL(contig_page_data),
#endif
#ifdef CONFIG_SPARSEMEM
#ifdef CONFIG_SPARSEMEM_EXTREME
	LINE_SYMBOL(mem_section),
#else
	LINE_ARRAY(mem_section),
#endif
	LINE_STRUCT(mem_section),
	LINE_OFFSET(mem_section, section_mem_map),
	LINE_NUMBER(SECTION_SIZE_BITS, SECTION_SIZE_BITS),
#endif

	/* struct page and what its flags and types mean. */
	LINE_STRUCT(page),
	LINE_OFFSET(page, flags),
	LINE_OFFSET(page, _refcount),
	LINE_OFFSET(page, mapping),
	LINE_OFFSET(page, lru),
	LINE_OFFSET(page, _mapcount),
	LINE_OFFSET(page, private),
	LINE_OFFSET(page, compound_head),
	LINE_NUMBER(PG_lru, PG_lru),
	LINE_NUMBER(PG_private, PG_private),
	LINE_NUMBER(PG_swapcache, PG_swapcache),
	LINE_NUMBER(PG_swapbacked, PG_swapbacked),
#ifdef CONFIG_MEMORY_FAILURE
	LINE_NUMBER(PG_hwpoison, PG_hwpoison),
#endif
	LINE_NUMBER(PG_head_mask, 1UL << PG_head),
	LINE_PAGE_TYPE(PAGE_BUDDY_MAPCOUNT_VALUE, PGTY_buddy),
	LINE_PAGE_TYPE(PAGE_SLAB_MAPCOUNT_VALUE, PGTY_slab),
	LINE_PAGE_TYPE(PAGE_OFFLINE_MAPCOUNT_VALUE, PGTY_offline),
	LINE_PAGE_TYPE(PAGE_HUGETLB_MAPCOUNT_VALUE, PGTY_hugetlb),
#ifdef CONFIG_UNACCEPTED_MEMORY
	LINE_PAGE_TYPE(PAGE_UNACCEPTED_MAPCOUNT_VALUE, PGTY_unaccepted),
#endif

	/* Nodes, zones and the lists of free pages. */
	{ "SIZE(pglist_data)", sizeof(pg_data_t), VMCOREINFO_UNSIGNED },
	LINE_OFFSET(pglist_data, node_zones),
	LINE_OFFSET(pglist_data, nr_zones),
#ifdef CONFIG_FLATMEM
	LINE_OFFSET(pglist_data, node_mem_map),
#endif
	LINE_OFFSET(pglist_data, node_start_pfn),
	LINE_OFFSET(pglist_data, node_spanned_pages),
	LINE_OFFSET(pglist_data, node_id),
	LINE_STRUCT(zone),
	LINE_OFFSET(zone, free_area),
	LINE_OFFSET(zone, vm_stat),
	LINE_OFFSET(zone, spanned_pages),
	LINE_LENGTH(zone.free_area, NR_PAGE_ORDERS),
	LINE_STRUCT(free_area),
	LINE_OFFSET(free_area, free_list),
	LINE_LENGTH(free_area.free_list, MIGRATE_TYPES),
	LINE_STRUCT(list_head),
	LINE_OFFSET(list_head, next),
	LINE_OFFSET(list_head, prev),
	LINE_TYPE(nodemask_t),
	LINE_NUMBER(NR_FREE_PAGES, NR_FREE_PAGES),

#ifdef CONFIG_KALLSYMS
	/* The kernel's own symbol table, for readers without vmlinux. */
	LINE_ARRAY(kallsyms_names),
	LINE_SYMBOL(kallsyms_num_syms),
	LINE_ARRAY(kallsyms_token_table),
	LINE_ARRAY(kallsyms_token_index),
	LINE_ARRAY(kallsyms_offsets),
	LINE_SYMBOL(kallsyms_relative_base),
#endif
};

/**
 * vmcoreinfo_append_str() - append to VMCOREINFO
 * @fmt: format of a whole line, with its newline
 *
 * Context: boot.
 */
void vmcoreinfo_append_str(const char *fmt, ...)
{
	size_t room = VMCOREINFO_TEXT_MAX_BYTES - vmcoreinfo_size;
	va_list args;
	int bytes;

	if (!vmcoreinfo_data)
		return;
	va_start(args, fmt);
	bytes = vsnprintf(vmcoreinfo_data + vmcoreinfo_size, room, fmt, args);
	va_end(args);
	if (bytes >= room) {
		pr_err("no room for the line beginning \"%.32s\": %u bytes are taken; raise VMCOREINFO_TEXT_MAX_BYTES\n",
		       vmcoreinfo_data + vmcoreinfo_size, VMCOREINFO_TEXT_MAX_BYTES);
		memset(vmcoreinfo_data + vmcoreinfo_size, 0, room);
		return;
	}
	vmcoreinfo_size += bytes;
}

/**
 * vmcoreinfo_refresh() - make the buffer's notes whole again, behind each other
 *
 * Context: any, but only one CPU.
 */
void vmcoreinfo_refresh(void)
{
	struct elf_note *note = (struct elf_note *)vmcoreinfo_note;
	size_t text_end = VMCOREINFO_HEAD_BYTES + ALIGN(vmcoreinfo_size, 4);
	void *next = (void *)vmcoreinfo_note + text_end;

	if (!note)
		return;
	note->n_namesz = sizeof(VMCOREINFO_NOTE_NAME);
	note->n_descsz = vmcoreinfo_size;
	note->n_type = 0;
	memcpy(note + 1, VMCOREINFO_NOTE_NAME, sizeof(VMCOREINFO_NOTE_NAME));

	memset(vmcoreinfo_data + vmcoreinfo_size, 0, ALIGN(vmcoreinfo_size, 4) - vmcoreinfo_size);
	kdump_note_write(next);
	next += kdump_note_bytes();
	memset(next, 0, (void *)vmcoreinfo_note + vmcoreinfo_note_bytes - next);
}

/**
 * crash_save_vmcoreinfo() - the crash happens now
 *
 * Appends the time of the crash; only the first call does something.
 *
 * Context: panic.
 */
void crash_save_vmcoreinfo(void)
{
	static bool saved;

	if (saved || !vmcoreinfo_note)
		return;
	saved = true;
	vmcoreinfo_append_str("CRASHTIME=%lld\n", (long long)__ktime_get_real_seconds());
	vmcoreinfo_refresh();
}

/*
 * Where the notes are. A Xen PV guest answers with the machine address, and has a
 * definition of its own (arch/x86/xen/mmu_pv.c).
 */
#ifndef CONFIG_XEN_PV
/**
 * paddr_vmcoreinfo_note() - physical address of the buffer with the notes
 *
 * Context: any.
 */
phys_addr_t paddr_vmcoreinfo_note(void)
{
	return __pa(vmcoreinfo_note);
}
#endif

static void __init vmcoreinfo_build(void)
{
	unsigned int i;

	VMCOREINFO_OSRELEASE(init_uts_ns.name.release);
	vmcoreinfo_append_str("BUILD-ID=%20phN\n", vmlinux_build_id);
	VMCOREINFO_PAGESIZE(PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(vmcoreinfo_lines); i++) {
		const struct vmcoreinfo_line *line = &vmcoreinfo_lines[i];

		vmcoreinfo_append_str(vmcoreinfo_formats[line->format], line->key, line->value);
	}
#ifdef CONFIG_SPARSEMEM
	/* No constants where the level of the page tables is chosen at boot. */
	VMCOREINFO_LENGTH(mem_section, NR_SECTION_ROOTS);
	VMCOREINFO_NUMBER(MAX_PHYSMEM_BITS);
#endif
#ifdef CONFIG_SPARSEMEM_VMEMMAP
	VMCOREINFO_SYMBOL_ARRAY(vmemmap);
#endif
#ifdef CONFIG_MMU
	VMCOREINFO_KEY("NUMBER", "VMALLOC_START", "0x%lx", (ulong)VMALLOC_START);
#endif
	log_buf_vmcoreinfo_setup();
#ifdef CONFIG_ARCH_SAVES_VMCOREINFO
	arch_crash_save_vmcoreinfo();
#endif
}

static int __init vmcoreinfo_init(void)
{
	size_t bytes;

	kdump_notes_init();
	/* VMCOREINFO alone fits everywhere; the KDUMP note of thousands of CPUs may not. */
	do {
		bytes = VMCOREINFO_HEAD_BYTES + VMCOREINFO_TEXT_MAX_BYTES + kdump_note_bytes() +
			VMCOREINFO_END_BYTES;
		vmcoreinfo_note = alloc_pages_exact(bytes,
						    GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	} while (!vmcoreinfo_note && kdump_notes_shrink());
	kdump_notes_report();
	if (!vmcoreinfo_note) {
		pr_err("no %zu contiguous bytes for the notes; a dump can not be read\n", bytes);
		return -ENOMEM;
	}
	vmcoreinfo_note_bytes = bytes;
	vmcoreinfo_data = (unsigned char *)vmcoreinfo_note + VMCOREINFO_HEAD_BYTES;
	vmcoreinfo_build();
	vmcoreinfo_refresh();
	return 0;
}
subsys_initcall(vmcoreinfo_init);
