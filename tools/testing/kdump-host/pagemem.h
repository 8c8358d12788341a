/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A made-up crashed kernel: memory with struct pages, sections and page tables in it, the note
 * that describes them, and what each page truly is.
 *
 * The layout is chosen by struct pagemem_shape; nothing of it is any kernel's. Physical memory
 * begins at PAGEMEM_BASE_PA, so that a small number is no address by accident. What is not
 * memory can not be read, and each access to it counts as one that must not be. A piece of memory
 * that can not be read can be made as well.
 */
#ifndef KDUMP_HOST_PAGEMEM_H
#define KDUMP_HOST_PAGEMEM_H

#include <stdlib.h>

#include "../../../include/uapi/linux/kdump.h"
#include "../../../kernel/crash_dump/pagefilter.h"

#define PAGEMEM_BASE_PA		0x40000000ULL
#define PAGEMEM_BYTES		(6ULL << 20)
#define PAGEMEM_PAGE		4096ULL

#define PAGEMEM_SECTION_SHIFT	11	/* pages */
#define PAGEMEM_SECTIONS	8
#define PAGEMEM_SUBSECTION_SHIFT 8
#define PAGEMEM_PFNS		((u64)PAGEMEM_SECTIONS << PAGEMEM_SECTION_SHIFT)
#define PAGEMEM_PER_ROOT	4
#define PAGEMEM_MAX_ORDER	10
#define PAGEMEM_NOTE_BYTES	4096

#define PAGEMEM_LINEAR_VA	0xffff888000000000ULL
#define PAGEMEM_MEMMAP_VA	0xffffea0000000000ULL
#define PAGEMEM_LINEAR32_VA	0x80000000ULL

/* Bits of the flags word, and types; the numbers are this file's own. */
#define PAGEMEM_LRU		0x8ULL
#define PAGEMEM_PRIVATE		0x200ULL
#define PAGEMEM_HEAD		0x4000ULL
#define PAGEMEM_POISON		0x20000ULL
#define PAGEMEM_NEVER		0x40000000ULL	/* not set in any sound struct page */
#define PAGEMEM_TYPE_NONE	0xffffffffU
#define PAGEMEM_TYPE_FREE	0xe1000000U
#define PAGEMEM_TYPE_OFFLINE	0xe2000000U
#define PAGEMEM_TYPE_HUGE	0xe3000000U
#define PAGEMEM_TYPE_SLAB	0xe4000000U

/**
 * struct pagemem_shape - how this kernel is made
 * @model: KDUMP_MODEL_*
 * @lookup: KDUMP_LOOKUP_*
 * @struct_bytes: of a struct page
 * @big_endian_tables: byte order of page tables
 * @is32: pointers and words of 4 bytes
 * @roots: sections are reached through roots
 * @big_records: the note's records are longer than they are known here
 */
struct pagemem_shape {
	u32 model;
	u32 lookup;
	u32 struct_bytes;
	bool big_endian_tables;
	bool is32;
	bool roots;
	bool big_records;
};

/* Where things are in a struct page. */
struct pagemem_layout {
	u32 word;
	u32 flags;
	u32 head;
	u32 mapping;
	u32 order;
	u32 type;
	u32 users;
};

struct pagemem {
	struct pagemem_shape shape;
	struct pagemem_layout at;
	u8 *ram;
	u64 used;
	u64 memmap_va;
	u64 memmap_pa;
	u64 sections_va;
	u64 section_at[PAGEMEM_SECTIONS];
	u64 usage_at[PAGEMEM_SECTIONS];
	u64 root_pa;
	u64 list_va;
	u64 list_pa;
	u8 truth[PAGEMEM_PFNS];
	u8 note[PAGEMEM_NOTE_BYTES];
	u32 note_bytes;
	u64 reads;
	u64 read_bytes;
	u64 outside;
	u64 intr_at;
	u64 hole_pa;
	u64 hole_bytes;
	u64 counts_pa;
	struct pagefilter_source src;
	u64 buf[PAGEFILTER_BUF_BYTES / 8];
	struct pagefilter pf;
};

static inline int pagemem_read(void *ctx, u64 pa, size_t bytes, void *buf)
{
	struct pagemem *m = ctx;

	m->reads++;
	m->read_bytes += bytes;
	if (m->reads == m->intr_at)
		return -EINTR;
	if (pa < PAGEMEM_BASE_PA || pa - PAGEMEM_BASE_PA >= PAGEMEM_BYTES ||
	    bytes > PAGEMEM_BYTES - (pa - PAGEMEM_BASE_PA)) {
		m->outside++;
		return -ENXIO;
	}
	if (pa < m->hole_pa + m->hole_bytes && m->hole_pa < pa + bytes)
		return -ENXIO;
	memcpy(buf, m->ram + (pa - PAGEMEM_BASE_PA), bytes);
	return 0;
}

static inline u64 pagemem_alloc(struct pagemem *m, u64 bytes, u64 align)
{
	u64 at = (m->used + align - 1) & ~(align - 1);

	if (at + bytes > PAGEMEM_BYTES)
		abort();
	m->used = at + bytes;
	return PAGEMEM_BASE_PA + at;
}

static inline void pagemem_put(struct pagemem *m, u64 pa, u32 bytes, u64 value)
{
	memcpy(m->ram + (pa - PAGEMEM_BASE_PA), &value, bytes);
}

static inline u64 pagemem_get(const struct pagemem *m, u64 pa, u32 bytes)
{
	u64 value = 0;

	memcpy(&value, m->ram + (pa - PAGEMEM_BASE_PA), bytes);
	return value;
}

static inline u64 pagemem_linear(const struct pagemem *m, u64 pa)
{
	return pa - PAGEMEM_BASE_PA + (m->shape.is32 ? PAGEMEM_LINEAR32_VA : PAGEMEM_LINEAR_VA);
}

static inline u64 pagemem_entry(const struct pagemem *m, u64 entry)
{
	return m->shape.big_endian_tables ? __builtin_bswap64(entry) : entry;
}

/* Physical address of the entry of the last level for @va; tables are made on the way. */
static inline u64 pagemem_pte(struct pagemem *m, u64 va)
{
	u64 table_pa = m->root_pa, entry_pa, entry;

	for (int shift = 39; ; shift -= 9) {
		entry_pa = table_pa + 8 * (va >> shift & 511);
		if (shift == 12)
			return entry_pa;
		entry = pagemem_entry(m, pagemem_get(m, entry_pa, 8));
		if (!(entry & 1)) {
			entry = pagemem_alloc(m, PAGEMEM_PAGE, PAGEMEM_PAGE) | 1;
			pagemem_put(m, entry_pa, 8, pagemem_entry(m, entry));
		}
		table_pa = entry & ~0xfffULL;
	}
}

static inline void pagemem_map(struct pagemem *m, u64 va, u64 pa)
{
	pagemem_put(m, pagemem_pte(m, va), 8, pagemem_entry(m, pa | 1));
}

/* A list of stretches of one page each, in place of page tables. */
static inline void pagemem_list_add(struct pagemem *m, u64 va, u64 pa)
{
	u64 member = pagemem_alloc(m, 32, 32);

	pagemem_put(m, member, 8, pagemem_get(m, m->list_pa, 8));
	pagemem_put(m, member + 8, 8, pa);
	pagemem_put(m, member + 16, 8, va);
	pagemem_put(m, m->list_pa, 8, pagemem_linear(m, member));
}

static inline u64 pagemem_struct_va(const struct pagemem *m, u64 pfn)
{
	return m->memmap_va + pfn * m->shape.struct_bytes;
}

static inline u64 pagemem_struct_pa(const struct pagemem *m, u64 pfn)
{
	return m->memmap_pa + pfn * m->shape.struct_bytes;
}

static inline void pagemem_set(struct pagemem *m, u64 pfn, u32 offset, u32 bytes, u64 value)
{
	pagemem_put(m, pagemem_struct_pa(m, pfn) + offset, bytes, value);
}

static inline u64 pagemem_is(const struct pagemem *m, u64 pfn, u32 offset, u32 bytes)
{
	return pagemem_get(m, pagemem_struct_pa(m, pfn) + offset, bytes);
}

/* A page that is in use and has no mark, whatever it was. */
static inline void pagemem_plain(struct pagemem *m, u64 pfn)
{
	memset(m->ram + (pagemem_struct_pa(m, pfn) - PAGEMEM_BASE_PA), 0, m->shape.struct_bytes);
	pagemem_set(m, pfn, m->at.type, 4, PAGEMEM_TYPE_NONE);
	pagemem_set(m, pfn, m->at.users, 4, 1);
	m->truth[pfn] = PAGEFILTER_KEEP;
}

static inline void pagemem_flags(struct pagemem *m, u64 pfn, u64 flags, u8 truth)
{
	pagemem_set(m, pfn, m->at.flags, m->at.word, flags);
	m->truth[pfn] = truth;
}

static inline void pagemem_anon(struct pagemem *m, u64 pfn)
{
	pagemem_set(m, pfn, m->at.mapping, m->at.word, 0x1235);
	pagemem_flags(m, pfn, PAGEMEM_LRU, PAGEFILTER_USER);
}

static inline void pagemem_type(struct pagemem *m, u64 pfn, u32 type, u8 truth)
{
	pagemem_set(m, pfn, m->at.type, 4, type);
	m->truth[pfn] = truth;
}

/* A free block; what its pages were before is still in their struct pages. */
static inline void pagemem_free(struct pagemem *m, u64 pfn, u32 order)
{
	pagemem_plain(m, pfn);
	pagemem_set(m, pfn, m->at.type, 4, PAGEMEM_TYPE_FREE | 5);
	pagemem_set(m, pfn, m->at.users, 4, 0);
	pagemem_set(m, pfn, m->at.order, m->at.word, order);
	memset(m->truth + pfn, PAGEFILTER_FREE, 1ULL << order);
}

/* A compound page: heads and tails, with the head's class and marks to be set by the caller. */
static inline void pagemem_compound(struct pagemem *m, u64 pfn, u32 order, u8 truth)
{
	for (u64 i = 0; i < 1ULL << order; i++) {
		pagemem_plain(m, pfn + i);
		if (i)
			pagemem_set(m, pfn + i, m->at.head, m->at.word,
				    pagemem_struct_va(m, pfn) | 1);
	}
	pagemem_set(m, pfn, m->at.flags, m->at.word, PAGEMEM_HEAD);
	pagemem_set(m, pfn + 1, m->at.flags, m->at.word, 0x700 | order);
	memset(m->truth + pfn, truth, 1ULL << order);
}

static inline void pagemem_make_sections(struct pagemem *m)
{
	const u32 word = m->at.word;
	u64 array = pagemem_alloc(m, PAGEMEM_SECTIONS * 32, 32), roots;
	u64 map = m->shape.model == KDUMP_MODEL_SPARSE ? m->memmap_va : 0;

	for (u32 i = 0; i < PAGEMEM_SECTIONS; i++) {
		m->section_at[i] = array + 32 * i;
		m->usage_at[i] = pagemem_alloc(m, 32, 32);
		pagemem_put(m, m->section_at[i] + 8, word, map | 7);
		pagemem_put(m, m->section_at[i] + 16, word, pagemem_linear(m, m->usage_at[i]));
		pagemem_put(m, m->usage_at[i] + 8, word, 0xff);
	}
	m->sections_va = pagemem_linear(m, array);
	if (!m->shape.roots)
		return;
	roots = pagemem_alloc(m, PAGEMEM_SECTIONS / PAGEMEM_PER_ROOT * word, 8);
	for (u32 i = 0; i < PAGEMEM_SECTIONS / PAGEMEM_PER_ROOT; i++)
		pagemem_put(m, roots + i * word, word,
			    m->sections_va + i * PAGEMEM_PER_ROOT * 32);
	m->sections_va = pagemem_linear(m, roots);
}

/* The memory map: in the linear map, or at addresses of its own. */
static inline void pagemem_make_memmap(struct pagemem *m)
{
	u64 bytes = PAGEMEM_PFNS * m->shape.struct_bytes;

	m->memmap_pa = pagemem_alloc(m, bytes, PAGEMEM_PAGE);
	if (m->shape.lookup == KDUMP_LOOKUP_NONE) {
		m->memmap_va = pagemem_linear(m, m->memmap_pa);
		return;
	}
	m->memmap_va = PAGEMEM_MEMMAP_VA;
	m->root_pa = pagemem_alloc(m, PAGEMEM_PAGE, PAGEMEM_PAGE);
	m->list_pa = pagemem_alloc(m, 8, 8);
	m->list_va = pagemem_linear(m, m->list_pa);
	for (u64 at = 0; at < bytes; at += PAGEMEM_PAGE) {
		if (m->shape.lookup == KDUMP_LOOKUP_TABLES)
			pagemem_map(m, m->memmap_va + at, m->memmap_pa + at);
		else
			pagemem_list_add(m, m->memmap_va + at, m->memmap_pa + at);
	}
}

#include "pagenote.h"

static inline struct pagemem *pagemem_new(const struct pagemem_shape *shape)
{
	static const struct pagemem_layout wide = { 8, 0, 8, 24, 40, 48, 52 };
	static const struct pagemem_layout narrow = { 4, 0, 4, 12, 20, 24, 28 };
	struct pagemem *m = calloc(1, sizeof(*m));

	m->ram = calloc(1, PAGEMEM_BYTES);
	m->shape = *shape;
	m->at = shape->is32 ? narrow : wide;
	m->src = (struct pagefilter_source) { .read = pagemem_read, .ctx = m };
	pagemem_make_memmap(m);
	pagemem_make_sections(m);
	m->counts_pa = pagemem_alloc(m, 32, 8);
	for (u64 pfn = 0; pfn < PAGEMEM_PFNS; pfn++)
		pagemem_plain(m, pfn);
	pagenote_make(m);
	return m;
}

static inline void pagemem_delete(struct pagemem *m)
{
	free(m->ram);
	free(m);
}

/* A copy of the note that ends with its heap block, so that a read past it is seen. */
static inline int pagemem_init(struct pagemem *m)
{
	void *copy = malloc(m->note_bytes);
	int err;

	memcpy(copy, m->note, m->note_bytes);
	err = pagefilter_init(&m->pf, copy, m->note_bytes, &m->src, m->buf);
	free(copy);
	return err;
}

#endif /* KDUMP_HOST_PAGEMEM_H */
