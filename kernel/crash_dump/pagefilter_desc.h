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
#define PAGEFILTER_MAX_COUNTS		8
#define PAGEFILTER_MAX_LEVELS		8
#define PAGEFILTER_MAX_MAPS		8
#define PAGEFILTER_MAX_SIGNATURE	6
/* A bitmap of 512 subsections. */
#define PAGEFILTER_SUBSECTIONS_SHIFT	9
#define PAGEFILTER_SUBSECTION_BYTES	((1U << PAGEFILTER_SUBSECTIONS_SHIFT) / 8)
/* Of a list: members (memory maps of 64 GiB in blocks of 4 KiB), and the size of one. */
#define PAGEFILTER_MAX_MEMBERS		262144
#define PAGEFILTER_MAX_MEMBER_BYTES	256
/* Of a struct page; the smallest holds what is read at once. */
#define PAGEFILTER_MIN_STRUCT_BYTES	16
#define PAGEFILTER_MAX_STRUCT_BYTES	256
/* Struct pages of a head in which its order is. */
#define PAGEFILTER_HEAD_STRUCTS		4
/* Of a compound page or section, and of a free block: pages by power of two. */
#define PAGEFILTER_MAX_ORDER		30
#define PAGEFILTER_MAX_BLOCK_ORDER	20
/* No physical address is longer. */
#define PAGEFILTER_MAX_PA_BITS		56
/* Page tables and lists map no less at once, so a look-up is worth a page's structs, not a byte. */
#define PAGEFILTER_MIN_MAP_BYTES	4096U

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
 * @damaged: the struct page can not be right; such a page is kept and counted
 * @whole: what holds for the head holds for all of its pages
 * @block: it holds for a block of pages that are not marked themselves
 * @max_order: of the block; its order, if @order has no mask
 * @order: where the block's order is
 */
struct pagefilter_rule {
	u8 class;
	u8 first;
	u8 nr;
	bool head;
	bool damaged;
	bool whole;
	bool block;
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

/* Part of a struct page that tells pages apart. */
struct pagefilter_word {
	u32 offset;
	u64 mask;
};

/* A stretch of virtual addresses that maps physical ones without a look at page tables. */
struct pagefilter_map {
	u64 va;
	u64 pa;
	u64 bytes;
};

/**
 * struct pagefilter_count - where the number of a class' pages is
 * @class: enum pagefilter_class
 * @pa: a word of that many bytes as a pointer has
 */
struct pagefilter_count {
	u32 class;
	u64 pa;
};

/**
 * struct pagefilter_desc - the description
 * @reason: what was wrong with it; NULL if nothing
 * @page_shift: of a page
 * @struct_bytes: of a struct page
 * @model: KDUMP_MODEL_*
 * @lookup: KDUMP_LOOKUP_*
 * @pointer_bytes: 4 or 8
 * @va_mask: bits of a virtual address
 * @memmap_va: struct page of @memmap_pfn (flat) or of PFN 0 (virtual memory map)
 * @memmap_pfn: first one (flat)
 * @flat_pages: how many (flat)
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
 * @is_tail: a tail is told by it
 * @is_head: a head is told by it
 * @head_offset: of the word in a tail that leads to its head
 * @head_shift: by which it is shifted down
 * @head_mask: the head's address in it then
 * @order: of a compound page, from the head's struct page on
 * @max_order: of a compound page
 * @fake_align: a struct page at such an address may be a copy of its head; 0: never
 * @tests: how many
 * @rules: how many
 * @max_block_order: the largest of any rule
 * @test: the rules' tests
 * @rule: in the order in which they decide
 * @words: how many of @word; 0: too many to compare
 * @word: all that any test looks at: pages that are equal in these are of one class
 * @counts: how many @count has
 * @count: the crashed kernel's own numbers
 */
struct pagefilter_desc {
	const char *reason;
	u32 page_shift;
	u32 struct_bytes;
	u32 model;
	u32 lookup;
	u32 pointer_bytes;
	u64 va_mask;
	u64 memmap_va;
	u64 memmap_pfn;
	u64 flat_pages;
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
	struct pagefilter_test is_tail;
	struct pagefilter_test is_head;
	u32 head_offset;
	u32 head_shift;
	u64 head_mask;
	struct pagefilter_field order;
	u32 max_order;
	u64 fake_align;
	u32 tests;
	u32 rules;
	u32 max_block_order;
	struct pagefilter_test test[PAGEFILTER_MAX_TESTS];
	struct pagefilter_rule rule[PAGEFILTER_MAX_RULES];
	u32 words;
	struct pagefilter_word word[PAGEFILTER_MAX_SIGNATURE];
	u32 counts;
	struct pagefilter_count count[PAGEFILTER_MAX_COUNTS];
};

/* A stretch of virtual memory that was translated. */
struct pagefilter_tlb {
	u64 va;
	u64 pa;
	u64 bytes;
};

#define PAGEFILTER_TLB_ENTRIES	4

#define PAGEFILTER_STRETCH_BLOCKS	64
#define PAGEFILTER_NO_BLOCK		(~0ULL)

/**
 * struct pagefilter_stretch - blocks that the list was walked for last
 * @va: of the first, aligned to all of them
 * @known: the rest is valid
 * @pa: where each block lies, or PAGEFILTER_NO_BLOCK
 */
struct pagefilter_stretch {
	u64 va;
	bool known;
	u64 pa[PAGEFILTER_STRETCH_BLOCKS];
};

/**
 * struct pagefilter_section - the section that was looked at last
 * @nr: its number
 * @known: the rest is valid
 * @err: 0; -ENXIO: there are no struct pages; -EIO: what says so can not be read
 * @map: encoded memory map
 * @subsections: a bit for each subsection that has struct pages, in the kernel's words
 */
struct pagefilter_section {
	u64 nr;
	bool known;
	int err;
	u64 map;
	u8 subsections[PAGEFILTER_SUBSECTION_BYTES];
};

/**
 * struct pagefilter_head - the compound page that was looked at last
 * @va: struct page of its head; 0: none
 * @ok: it is sound
 * @start_pfn: its first page
 * @end_pfn: after its last page
 * @rule: the first rule about heads that holds for it; the number of rules: none
 * @structs: the head's struct page, and as many behind it as its order needs
 */
struct pagefilter_head {
	u64 va;
	bool ok;
	u64 start_pfn;
	u64 end_pfn;
	u32 rule;
	u8 structs[PAGEFILTER_HEAD_STRUCTS * PAGEFILTER_MAX_STRUCT_BYTES];
};

/**
 * struct pagefilter_walk - where a walk is
 * @tlb: last translations
 * @tlb_next: whose turn it is
 * @stretch: last stretch of a list
 * @section: last section
 * @buf_va: what is in the buffer
 * @buf_bytes: how much; 0: nothing
 * @want_bytes: how much to read next
 * @head: last compound page
 * @same_valid: @same and @same_class are of a page
 * @same: its words, by the description's masks
 * @same_class: its class
 */
struct pagefilter_walk {
	struct pagefilter_tlb tlb[PAGEFILTER_TLB_ENTRIES];
	u32 tlb_next;
	struct pagefilter_stretch stretch;
	struct pagefilter_section section;
	u64 buf_va;
	u32 buf_bytes;
	u32 want_bytes;
	struct pagefilter_head head;
	bool same_valid;
	u64 same[PAGEFILTER_MAX_SIGNATURE];
	u8 same_class;
};

#endif /* _KERNEL_CRASH_DUMP_PAGEFILTER_DESC_H */
