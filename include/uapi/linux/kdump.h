/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The KDUMP note: what a crashed kernel says of itself, beside VMCOREINFO.
 *
 * This is a contract between two kernels that may differ in version, and between a kernel and
 * the tools that read its dump. VMCOREINFO is text whose lines are fixed by today's tools;
 * this note is the place for what has no line there: for each CPU what became of it and where
 * its stacks lie, when the crash path did what, and how pages are told apart.
 *
 * Place: an ELF note, name KDUMP_NOTE_NAME, type KDUMP_NOTE_TYPE, behind the VMCOREINFO note in
 * the physically contiguous buffer that /sys/kernel/vmcoreinfo names. An empty note
 * (all zero) follows. Its content ("desc") is
 *
 *	struct kdump_header_ser
 *	struct kdump_section_ser, its records
 *	struct kdump_section_ser, its records
 *	...
 *
 * in the byte order of the kernel that wrote it, without gaps, each part a multiple of 8
 * bytes long. (An ELF note aligns its content to 4 bytes only: copy before use.)
 *
 * Version: a reader refuses a major that it does not know. A minor only adds: new section
 * types, or new members at the end of a header or record. All sizes are
 * given, so an old reader steps over what it does not know: it takes min(its own, the given)
 * size of a record, and treats members that are not there as zero.
 *
 * Commit: @crc32 covers all @total_bytes with @crc32 itself taken as zero. The note is written
 * at boot, again when a crash begins, and last when all CPUs have stopped; only that
 * last one has KDUMP_SEALED. Without it, CPUs have the state KDUMP_CPU_RUNNING and no
 * register note belongs to it. A bad checksum means that memory was overwritten: use nothing.
 *
 * It is untrusted input for whoever reads it: check every size before it is used. A stack's
 * @pa may lie outside of RAM, ranges may overlap.
 */
#ifndef _UAPI_LINUX_KDUMP_H
#define _UAPI_LINUX_KDUMP_H

#include <linux/types.h>

#define KDUMP_NOTE_NAME		"KDUMP"
/* Far from the types that gdb, crash and drgn know under any name. */
#define KDUMP_NOTE_TYPE		0x4b440001

#define KDUMP_MAGIC		0x504d444bU	/* "KDMP", little-endian */
#define KDUMP_VERSION_MAJOR	1
#define KDUMP_VERSION_MINOR	1

/* kdump_header_ser.flags */
#define KDUMP_SEALED		(1U << 0)	/* written after all CPUs had stopped */

/**
 * struct kdump_header_ser - begins the note's content
 * @magic: KDUMP_MAGIC
 * @major: KDUMP_VERSION_MAJOR
 * @minor: KDUMP_VERSION_MINOR
 * @header_bytes: size of this header; the first section follows
 * @total_bytes: size of all, this header included
 * @crc32: CRC-32 (polynomial 0xedb88320, initial value and final inversion ~0) over all bytes
 * @flags: KDUMP_SEALED
 */
struct kdump_header_ser {
	__u32 magic;
	__u16 major;
	__u16 minor;
	__u32 header_bytes;
	__u32 total_bytes;
	__u32 crc32;
	__u32 flags;
};

/* kdump_section_ser.type */
#define KDUMP_SECTION_CRASH	1	/* one struct kdump_crash_ser */
#define KDUMP_SECTION_CPUS	2	/* struct kdump_cpu_ser, one for each possible CPU */
#define KDUMP_SECTION_STACKS	3	/* struct kdump_stack_ser */
/* Since minor 1: how its pages are told apart; all of them, or none */
#define KDUMP_SECTION_MEMORY	4	/* one struct kdump_memory_ser */
#define KDUMP_SECTION_MAPS	5	/* struct kdump_map_ser */
#define KDUMP_SECTION_LEVELS	6	/* struct kdump_level_ser, from the root on */
#define KDUMP_SECTION_COMPOUND	7	/* one struct kdump_compound_ser */
#define KDUMP_SECTION_TESTS	8	/* struct kdump_test_ser */
#define KDUMP_SECTION_RULES	9	/* struct kdump_rule_ser, in the order they decide in */
/* Since minor 1, may be absent */
#define KDUMP_SECTION_COUNTS	10	/* struct kdump_count_ser */

/**
 * struct kdump_section_ser - begins a section
 * @type: KDUMP_SECTION_*
 * @bytes: size of the section, this header included; the next one follows
 * @record_bytes: size of each record
 * @records: number of records, which follow this header
 */
struct kdump_section_ser {
	__u32 type;
	__u32 bytes;
	__u32 record_bytes;
	__u32 records;
};

/**
 * struct kdump_crash_ser - the crash as a whole
 * @crashing_cpu: the CPU that took the crash path, KDUMP_NO_CPU where there was none yet
 * @entries: how often the path was entered; more than 1: it faulted itself
 * @begin_ns: monotonic clock when the path was entered
 * @verify_ns: time that comparing the image's digests took
 * @stop_ns: time that stopping the CPUs and interrupt controllers took
 * @seal_ns: monotonic clock when the note was sealed
 */
struct kdump_crash_ser {
	__u32 crashing_cpu;
	__u32 entries;
	__u64 begin_ns;
	__u64 verify_ns;
	__u64 stop_ns;
	__u64 seal_ns;
};

#define KDUMP_NO_CPU		(~0U)

/**
 * enum kdump_cpu_state - what became of a CPU
 * @KDUMP_CPU_OFFLINE: not online when the crash began; it has no register note
 * @KDUMP_CPU_RUNNING: not known to have stopped (only in a note that is not sealed)
 * @KDUMP_CPU_CRASHING: took the crash path
 * @KDUMP_CPU_STOPPED: stopped when it was told to, and saved its registers
 * @KDUMP_CPU_SILENT: did not answer in time; it has no register note and may have run on
 */
enum kdump_cpu_state {
	KDUMP_CPU_OFFLINE,
	KDUMP_CPU_RUNNING,
	KDUMP_CPU_CRASHING,
	KDUMP_CPU_STOPPED,
	KDUMP_CPU_SILENT,
};

/**
 * struct kdump_cpu_ser - one CPU
 * @cpu: its number in the kernel
 * @state: enum kdump_cpu_state
 * @pid: of the task that it ran; 0 for its idle task
 * @stacks: how many records of KDUMP_SECTION_STACKS have this @cpu
 * @task_va: struct task_struct of that task; 0 if not known
 * @stopped_ns: monotonic clock when it saved its registers; 0 if it did not
 */
struct kdump_cpu_ser {
	__u32 cpu;
	__u32 state;
	__u32 pid;
	__u32 stacks;
	__u64 task_va;
	__u64 stopped_ns;
};

/**
 * enum kdump_stack_kind - which of a CPU's stacks
 * @KDUMP_STACK_NONE: the record is not used
 * @KDUMP_STACK_TASK: of the task that it ran
 * @KDUMP_STACK_IRQ: of hardware interrupts
 * @KDUMP_STACK_EXCEPTION: of one kind of exception (NMI, machine check, ...)
 * @KDUMP_STACK_ENTRY: of the way from user space into the kernel
 */
enum kdump_stack_kind {
	KDUMP_STACK_NONE,
	KDUMP_STACK_TASK,
	KDUMP_STACK_IRQ,
	KDUMP_STACK_EXCEPTION,
	KDUMP_STACK_ENTRY,
};

/**
 * struct kdump_stack_ser - a physically contiguous piece of a stack
 * @va: virtual address of its first byte, as it stands in registers and frames
 * @pa: physical address of its first byte
 * @bytes: its size
 * @cpu: whose it is
 * @kind: enum kdump_stack_kind; skip records with KDUMP_STACK_NONE
 * @reserved: zero
 */
struct kdump_stack_ser {
	__u64 va;
	__u64 pa;
	__u32 bytes;
	__u32 cpu;
	__u32 kind;
	__u32 reserved;
};

/**
 * DOC: how pages are told apart
 *
 * To find out what the page with the frame number PFN was used for:
 *
 * 1. Find its struct page. With KDUMP_MODEL_FLAT its virtual address is
 *    memmap_va + (PFN - memmap_pfn) * page_struct_bytes, for memmap_pages pages from memmap_pfn on.
 *    Otherwise memory comes in sections of (1 << section_shift) pages. The struct mem_section of
 *    section N lies at sections_va + N * section_bytes; or, where sections_per_root is not 0, at
 *    R + (N % sections_per_root) * section_bytes, with R the pointer number N / sections_per_root
 *    of the array at sections_va, and there is none where R is 0. There is a struct page if in the
 *    word at section_map_offset all bits of section_online_mask are set and, if subsection_shift is
 *    not 0, in the bitmap at U + subsection_map_offset the bit (PFN within the section) >>
 *    subsection_shift is set, with U the pointer at section_usage_offset; none where U is 0. A
 *    bitmap is an array of words of pointer_bytes. With KDUMP_MODEL_SPARSE the struct page is
 *    at (word & section_map_mask) + PFN * page_struct_bytes; with KDUMP_MODEL_SPARSE_VMEMMAP at
 *    memmap_va + PFN * page_struct_bytes. All this is read in the dump, so it is as it was at the
 *    crash. A page without struct page is KDUMP_PAGE_KEEP.
 * 2. Virtual addresses: the first record of KDUMP_SECTION_MAPS that holds one gives its physical
 *    address; those that none holds are looked up as struct kdump_memory_ser.lookup says. They
 *    have pointer_bytes: what a sum has above that is dropped.
 * 3. Find the head of the compound page that it belongs to: see struct kdump_compound_ser. A page
 *    of none is its own head.
 * 4. The first rule decides of which all tests hold; without one it is KDUMP_PAGE_KEEP. A rule
 *    with KDUMP_RULE_BLOCK also holds for the pages behind the one that it is true for: for
 *    (1 << order) pages, the first of them aligned to that number. These are not marked themselves.
 *    What is in them is left from earlier use, so step over them. A rule with KDUMP_RULE_WHOLE that
 *    holds for a head decides for all pages of the compound page, without a look at each.
 *
 * Only the place and the meaning of things is written down here, at boot; memory that comes and
 * goes changes none of it. A reader that finds a contradiction keeps the page.
 */

/* kdump_memory_ser.model */
#define KDUMP_MODEL_FLAT		1
#define KDUMP_MODEL_SPARSE		2	/* a memory map for each section */
#define KDUMP_MODEL_SPARSE_VMEMMAP	3	/* a virtually contiguous one */

/* kdump_memory_ser.lookup: of virtual addresses outside of KDUMP_SECTION_MAPS */
#define KDUMP_LOOKUP_NONE		0	/* there are none */
#define KDUMP_LOOKUP_TABLES		1	/* page tables: KDUMP_SECTION_LEVELS */
#define KDUMP_LOOKUP_LIST		2	/* a list of stretches that no page table shows */

/* kdump_memory_ser.flags */
#define KDUMP_TABLES_BIG_ENDIAN		(1U << 0)	/* the entries of page tables are */

/**
 * struct kdump_memory_ser - where struct pages are
 * @model: KDUMP_MODEL_*
 * @lookup: KDUMP_LOOKUP_*
 * @flags: KDUMP_TABLES_*
 * @page_shift: a page has (1 << page_shift) bytes
 * @page_struct_bytes: distance of struct pages
 * @pointer_bytes: size of pointers and of the words of flags: 4 or 8
 * @max_pfn: no page frame number is this or higher, whatever is plugged in
 * @memmap_va: struct page of @memmap_pfn (flat), of page frame number 0 (virtually contiguous)
 * @memmap_pfn: first one of a flat memory map
 * @memmap_pages: how many a flat memory map has
 * @sections_va: array of pointers, or of struct mem_section
 * @section_map_mask: the memory map's address in the word at @section_map_offset
 * @section_online_mask: bits of that word that all are set if pages are in use
 * @section_early_mask: a bit of that word that is set in sections from boot (for information)
 * @section_shift: pages of a section: 1 << @section_shift
 * @section_bytes: size of struct mem_section
 * @section_map_offset: in struct mem_section: word with flags and memory map
 * @section_usage_offset: in struct mem_section: pointer to the usage
 * @subsection_map_offset: in the usage: bitmap of the subsections that have struct pages
 * @subsection_shift: pages of a subsection: 1 << @subsection_shift; 0: the bitmap says nothing
 * @sections_per_root: 0: @sections_va is an array of struct mem_section
 * @levels: of the page tables (for information: the number of KDUMP_SECTION_LEVELS' records)
 * @tables_pa: top page table
 * @encryption_mask: bits of a page-table entry that say that memory is encrypted; they are in none
 *	of the masks for addresses
 * @list_va: where a pointer to the first member of the list is; the list ends with NULL
 * @list_bytes: that each member maps: a power of two, never below 4096
 * @list_next_offset: in a member: pointer to the next one
 * @list_pa_offset: in a member: physical address, a word of @pointer_bytes
 * @list_va_offset: in a member: virtual address, a word of @pointer_bytes
 * @reserved: zero
 */
struct kdump_memory_ser {
	__u32 model;
	__u32 lookup;
	__u32 flags;
	__u32 page_shift;
	__u32 page_struct_bytes;
	__u32 pointer_bytes;
	__u64 max_pfn;
	__u64 memmap_va;
	__u64 memmap_pfn;
	__u64 memmap_pages;
	__u64 sections_va;
	__u64 section_map_mask;
	__u64 section_online_mask;
	__u64 section_early_mask;
	__u32 section_shift;
	__u32 section_bytes;
	__u32 section_map_offset;
	__u32 section_usage_offset;
	__u32 subsection_map_offset;
	__u32 subsection_shift;
	__u32 sections_per_root;
	__u32 levels;
	__u64 tables_pa;
	__u64 encryption_mask;
	__u64 list_va;
	__u64 list_bytes;
	__u32 list_next_offset;
	__u32 list_pa_offset;
	__u32 list_va_offset;
	__u32 reserved;
};

/**
 * struct kdump_map_ser - virtual addresses that map physical ones one by one
 * @va: first virtual address
 * @pa: its physical address
 * @bytes: how far; there need not be memory everywhere
 */
struct kdump_map_ser {
	__u64 va;
	__u64 pa;
	__u64 bytes;
};

/**
 * struct kdump_level_ser - one level of page tables
 * @shift: the table's index is (va >> @shift) & ((1 << @index_bits) - 1); entries have 8 bytes;
 *	never below 12
 * @index_bits: see there
 * @present_mask: an entry is valid if (entry & @present_mask) == @present_value
 * @present_value: see there
 * @leaf_mask: a valid entry maps (1 << @shift) bytes if (entry & @leaf_mask) == @leaf_value;
 *	otherwise it leads to a table of the next record
 * @leaf_value: see there. In the last record both are 0.
 * @table_pa_mask: address of the next table
 * @leaf_pa_mask: address of the memory
 */
struct kdump_level_ser {
	__u32 shift;
	__u32 index_bits;
	__u64 present_mask;
	__u64 present_value;
	__u64 leaf_mask;
	__u64 leaf_value;
	__u64 table_pa_mask;
	__u64 leaf_pa_mask;
};

/**
 * struct kdump_field_ser - a number in a struct page
 * @offset: where it is; in a compound page's head this may lie behind the first struct page
 * @bytes: its size: 1, 2, 4 or 8
 * @mask: the bits of it that count; they are contiguous, and the number begins at the lowest
 */
struct kdump_field_ser {
	__u32 offset;
	__u32 bytes;
	__u64 mask;
};

/**
 * struct kdump_test_ser - a condition
 * @offset: of a number in struct page
 * @bytes: its size: 1, 2, 4 or 8
 * @negate: 0 or 1
 * @reserved: zero
 * @mask: the condition is ((number & @mask) == @value) != @negate
 * @value: see there
 */
struct kdump_test_ser {
	__u32 offset;
	__u16 bytes;
	__u8 negate;
	__u8 reserved;
	__u64 mask;
	__u64 value;
};

/**
 * struct kdump_compound_ser - how struct pages belong together
 * @is_tail: it is behind its head
 * @head: if so: the head's virtual address, the bits of @head.mask in their place
 * @is_head: it is the head of a compound page
 * @order: in a head: it has (1 << order) pages, and is aligned to that number
 * @max_order: no order is higher
 * @reserved: zero
 * @fake_align: 0, or: a struct page whose virtual address is a multiple of this, for which
 *	@is_head holds, and behind which stands one for which @is_tail holds, is a copy of
 *	the head that the latter names (memory of HugeTLB pages' struct pages is saved so)
 */
struct kdump_compound_ser {
	struct kdump_test_ser is_tail;
	struct kdump_field_ser head;
	struct kdump_test_ser is_head;
	struct kdump_field_ser order;
	__u32 max_order;
	__u32 reserved;
	__u64 fake_align;
};

/**
 * enum kdump_page_class - what a page is used for
 * @KDUMP_PAGE_KEEP: the kernel's, or not known; also what lies on free lists of single CPUs
 * @KDUMP_PAGE_FREE: free memory
 * @KDUMP_PAGE_CACHE: page cache, and the like of tmpfs
 * @KDUMP_PAGE_CACHE_PRIVATE: page cache with private data of its file system
 * @KDUMP_PAGE_USER: anonymous memory and HugeTLB pages
 * @KDUMP_PAGE_HWPOISON: damaged memory: do not touch
 * @KDUMP_PAGE_OFFLINE: not this kernel's at present (balloons): do not touch
 * @KDUMP_PAGE_DAMAGED: its struct page holds what no kernel writes there: keep it, and what it says
 *	of other pages counts for nothing. (These rules never have KDUMP_RULE_HEAD.)
 *
 * A class that a reader does not know is KDUMP_PAGE_KEEP for it.
 */
enum kdump_page_class {
	KDUMP_PAGE_KEEP,
	KDUMP_PAGE_FREE,
	KDUMP_PAGE_CACHE,
	KDUMP_PAGE_CACHE_PRIVATE,
	KDUMP_PAGE_USER,
	KDUMP_PAGE_HWPOISON,
	KDUMP_PAGE_OFFLINE,
	KDUMP_PAGE_DAMAGED,
};

/* kdump_rule_ser.flags */
#define KDUMP_RULE_HEAD		(1U << 0)	/* tests look at the head, not at the page itself */
#define KDUMP_RULE_BLOCK	(1U << 1)	/* holds for a block of pages; not with RULE_HEAD */
#define KDUMP_RULE_WHOLE	(1U << 2)	/* with RULE_HEAD: no rule before it needs tails */

/**
 * struct kdump_rule_ser - a class and how its pages look
 * @class: enum kdump_page_class
 * @flags: KDUMP_RULE_*; a rule with other bits means something that you do not know: refuse
 * @first_test: number of its first test
 * @tests: how many; all must hold
 * @order: a block's order; with @order.bytes 0 it is @max_order
 * @max_order: no order is higher
 * @reserved: zero
 */
struct kdump_rule_ser {
	__u32 class;
	__u32 flags;
	__u32 first_test;
	__u32 tests;
	struct kdump_field_ser order;
	__u32 max_order;
	__u32 reserved;
};

/**
 * struct kdump_count_ser - about how many pages there are of a class
 * @class: enum kdump_page_class; KDUMP_PAGE_CACHE counts private cache as well
 * @reserved: zero
 * @pa: where the number is, a signed word of kdump_memory_ser.pointer_bytes
 *
 * For estimates that need no look at pages: what single CPUs have not added yet is missing, and
 * not everything of a class need be in its number. A class may have several. Where there is one of
 * KDUMP_PAGE_HWPOISON and it is 0, no page is of that class.
 */
struct kdump_count_ser {
	__u32 class;
	__u32 reserved;
	__u64 pa;
};

#endif /* _UAPI_LINUX_KDUMP_H */
