/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What pagefilter is made of: the description as it is evaluated, and the state of a walk.
 *
 * Bounds are fixed, so that a struct pagefilter needs no further memory; a description that
 * exceeds them is refused with a reason. Fields of a struct page are read as 8 bytes at an
 * offset that lies within it, and the description's masks are shifted accordingly, once.
 *
 * Only pagefilter's own files look into these; see pagefilter.h.
 */
#ifndef _KERNEL_CRASH_DUMP_PAGEFILTER_DESC_H
#define _KERNEL_CRASH_DUMP_PAGEFILTER_DESC_H

#include "pure.h"

#define PAGEFILTER_MAX_TESTS		64
#define PAGEFILTER_MAX_RULES		32
#define PAGEFILTER_MAX_LEVELS		8
#define PAGEFILTER_MAX_MAPS		8
#define PAGEFILTER_MAX_SUBSECTION_WORDS	8
/* Of a struct page; the smallest holds what is read at once. */
#define PAGEFILTER_MIN_STRUCT_BYTES	16
#define PAGEFILTER_MAX_STRUCT_BYTES	256
/* Of a compound page or free block: pages by power of two. */
#define PAGEFILTER_MAX_ORDER		30
/* Of memory: page frame numbers and physical addresses stay far from wrapping. */
#define PAGEFILTER_MAX_PFN_SHIFT	52

/**
 * struct pagefilter_field - a number somewhere behind the start of a struct page
 * @offset: at which 8 bytes are read
 * @shift: by which they are shifted down then
 * @mask: what of that is the number
 */
struct pagefilter_field {
	u32 offset;
	u32 shift;
	u64 mask;
};

/**
 * struct pagefilter_test - one condition
 * @mask: which of the 8 bytes' bits
 * @value: what they are
 * @offset: at which 8 bytes are read
 * @negate: the condition is that they are not
 */
struct pagefilter_test {
	u64 mask;
	u64 value;
	u32 offset;
	bool negate;
};

/**
 * struct pagefilter_rule - a class, and what a page of it looks like
 * @class: enum pagefilter_class
 * @first: of its tests
 * @nr: how many; all must hold
 * @head: they look at the head of the compound page, not at the page itself
 * @block: it holds for a block of pages that are not marked themselves
 * @fixed_order: the block's order, if @order has no mask
 * @max_order: of the block
 * @order: where the block's order is
 */
struct pagefilter_rule {
	u8 class;
	u8 first;
	u8 nr;
	bool head;
	bool block;
	u8 fixed_order;
	u8 max_order;
	struct pagefilter_field order;
};

/**
 * struct pagefilter_level - one level of page tables, from the root on
 * @shift: bits of the address below its index
 * @index_bits: of the index
 * @present_mask: an entry is valid if these bits
 * @present_value: are so
 * @leaf_mask: it maps memory, not a further table, if these bits
 * @leaf_value: are so
 * @table_pa_mask: address of the next table
 * @leaf_pa_mask: address of the memory
 */
struct pagefilter_level {
	u32 shift;
	u32 index_bits;
	u64 present_mask;
	u64 present_value;
	u64 leaf_mask;
	u64 leaf_value;
	u64 table_pa_mask;
	u64 leaf_pa_mask;
};

/* A stretch of virtual addresses that maps physical ones without a look at page tables. */
struct pagefilter_map {
	u64 va;
	u64 pa;
	u64 bytes;
};

/**
 * struct pagefilter_desc - the description
 * @reason: what was wrong with it; NULL if nothing
 * @page_shift: of a page
 * @struct_bytes: of a struct page
 * @model: KDUMP_MODEL_*
 * @lookup: KDUMP_LOOKUP_*
 * @pointer_bytes: 4 or 8
 * @memmap_va: struct page of @memmap_pfn (flat) or of PFN 0 (virtual memory map)
 * @memmap_pfn: first one (flat)
 * @pfns: there are none from here on
 * @section_shift: pages of a section, by power of two
 * @subsection_shift: pages of a subsection; 0: there are none
 * @sections_va: array of pointers to roots, or of sections
 * @sections_per_root: 0 if there are no roots
 * @section_bytes: size of a struct mem_section
 * @section_map_offset: of the word with flags and the encoded map
 * @section_map_mask: of the encoded map in that word
 * @section_online_mask: flags that all are set where there are struct pages
 * @section_usage_offset: of the pointer to the usage
 * @subsection_map_offset: of the bitmap in the usage
 * @root_pa: top page table
 * @table_big_endian: byte order of its entries
 * @levels: of page tables
 * @level: these
 * @list_va: of the pointer to the list's first member
 * @list_next_offset: of the pointer to the next member
 * @list_pa_offset: of a member's physical address
 * @list_va_offset: of a member's virtual address
 * @list_bytes: that a member covers
 * @maps: stretches with fixed addresses
 * @map: these
 * @tail_offset: of the word by which a tail is told, and that leads to its head
 * @tail_mask: it is a tail if these bits
 * @tail_value: are so
 * @head_mask: the head's address in that word
 * @is_head: a head is told by it (one test)
 * @order: of a compound page, from the head's struct page on
 * @max_order: of a compound page
 * @fake_align: a struct page at such an address may be a copy of its head; 0: never
 * @tests: how many
 * @rules: how many
 * @max_block_order: the largest of any rule
 * @test: the rules' tests
 * @rule: in the order in which they decide
 */
struct pagefilter_desc {
	const char *reason;
	u32 page_shift;
	u32 struct_bytes;
	u32 model;
	u32 lookup;
	u32 pointer_bytes;
	u64 memmap_va;
	u64 memmap_pfn;
	u64 pfns;
	u32 section_shift;
	u32 subsection_shift;
	u64 sections_va;
	u32 sections_per_root;
	u32 section_bytes;
	u32 section_map_offset;
	u64 section_map_mask;
	u64 section_online_mask;
	u32 section_usage_offset;
	u32 subsection_map_offset;
	u64 root_pa;
	bool table_big_endian;
	u32 levels;
	struct pagefilter_level level[PAGEFILTER_MAX_LEVELS];
	u64 list_va;
	u32 list_next_offset;
	u32 list_pa_offset;
	u32 list_va_offset;
	u64 list_bytes;
	u32 maps;
	struct pagefilter_map map[PAGEFILTER_MAX_MAPS];
	u32 tail_offset;
	u64 tail_mask;
	u64 tail_value;
	u64 head_mask;
	struct pagefilter_test is_head;
	struct pagefilter_field order;
	u32 max_order;
	u64 fake_align;
	u32 tests;
	u32 rules;
	u32 max_block_order;
	struct pagefilter_test test[PAGEFILTER_MAX_TESTS];
	struct pagefilter_rule rule[PAGEFILTER_MAX_RULES];
};

/* A stretch of virtual memory that was translated. */
struct pagefilter_tlb {
	u64 va;
	u64 pa;
	u64 bytes;
};

#define PAGEFILTER_TLB_ENTRIES	4

/**
 * struct pagefilter_section - the section that was looked at last
 * @nr: its number
 * @known: the rest is valid
 * @online: there are struct pages
 * @readable: its description could be read
 * @map: encoded memory map
 * @subsections: a bit for each subsection that has struct pages
 */
struct pagefilter_section {
	u64 nr;
	bool known;
	bool online;
	bool readable;
	u64 map;
	u64 subsections[PAGEFILTER_MAX_SUBSECTION_WORDS];
};

/**
 * struct pagefilter_walk - where a walk is
 * @tlb: last translations
 * @tlb_next: whose turn it is
 * @section: last section
 * @buf_va: what is in the buffer
 * @buf_bytes: how much; 0: nothing
 * @want_bytes: how much to read next
 * @head_va: head of the compound page that was looked at last; 0: none
 * @head_ok: it is sound
 * @head_start: its first page
 * @head_end: after its last page
 * @head_rule: first of the rules about heads that holds for it, or @desc.rules
 */
struct pagefilter_walk {
	struct pagefilter_tlb tlb[PAGEFILTER_TLB_ENTRIES];
	u32 tlb_next;
	struct pagefilter_section section;
	u64 buf_va;
	u32 buf_bytes;
	u32 want_bytes;
	u64 head_va;
	bool head_ok;
	u64 head_start;
	u64 head_end;
	u32 head_rule;
};

#endif /* _KERNEL_CRASH_DUMP_PAGEFILTER_DESC_H */
