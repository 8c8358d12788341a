// SPDX-License-Identifier: GPL-2.0-only
/*
 * The edges of a memory map, on made-up kernels: where a flat one begins and ends, where a piece of
 * it can not be read, and the numbers that need no look at it.
 */
#include "pagemem.h"
#include "test.h"

static const struct pagemem_shape shapes[] = {
	{ KDUMP_MODEL_FLAT, KDUMP_LOOKUP_NONE, 64 },
	{ KDUMP_MODEL_FLAT, KDUMP_LOOKUP_NONE, 72 },
	{ KDUMP_MODEL_SPARSE, KDUMP_LOOKUP_NONE, 80, .roots = true },
	{ KDUMP_MODEL_SPARSE, KDUMP_LOOKUP_NONE, 36, .is32 = true },
	{ KDUMP_MODEL_SPARSE_VMEMMAP, KDUMP_LOOKUP_TABLES, 56, .roots = true },
	{ KDUMP_MODEL_SPARSE_VMEMMAP, KDUMP_LOOKUP_LIST, 64 },
};

/* All user memory, but for pages of which nothing is known. */
static void check_all(struct pagemem *m, u64 start_pfn, u64 unknown_pfn, u64 unknown_end_pfn)
{
	u8 *class = malloc(PAGEMEM_PFNS);
	u64 pages = PAGEMEM_PFNS - start_pfn;

	CHECK_EQ(pagefilter_classify(&m->pf, start_pfn, pages, class), 0);
	for (u64 i = 0; i < pages; i++) {
		bool unknown = start_pfn + i >= unknown_pfn && start_pfn + i < unknown_end_pfn;

		if (class[i] != (unknown ? PAGEFILTER_KEEP : PAGEFILTER_USER))
			test_fail(__FILE__, __LINE__, "struct page of %u: page %llu is %s",
				  m->shape.struct_bytes, start_pfn + i,
				  pagefilter_class_name(class[i]));
	}
	free(class);
}

static struct pagemem *all_anon(const struct pagemem_shape *shape)
{
	struct pagemem *m = pagemem_new(shape);

	for (u64 pfn = 0; pfn < PAGEMEM_PFNS; pfn++)
		pagemem_anon(m, pfn);
	return m;
}

/* Part of the memory map is not RAM: the pages that have a byte there are kept, no others. */
static void test_hole(void)
{
	static const struct { u64 at, bytes; } holes[] = {
		{ 5 * PAGEMEM_PAGE, PAGEMEM_PAGE },
		{ 40 * PAGEMEM_PAGE, 3 * PAGEMEM_PAGE },
		{ 0, PAGEMEM_PAGE },
	};

	for (u32 i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct pagemem *m = all_anon(&shapes[i]);
		const u64 one = m->shape.struct_bytes;

		for (u32 k = 0; k < ARRAY_SIZE(holes); k++) {
			u64 from = holes[k].at / one;
			u64 to = (holes[k].at + holes[k].bytes + one - 1) / one;

			CHECK_EQ(pagemem_init(m), 0);
			m->hole_pa = m->memmap_pa + holes[k].at;
			m->hole_bytes = holes[k].bytes;
			check_all(m, 0, from, to);
			CHECK_EQ(m->pf.stats.unreadable, to - from);
			CHECK_EQ(m->pf.stats.unclear, 0);
			/* Also for who begins in it. */
			check_all(m, from + 1, from, to);
		}
		CHECK_EQ(m->outside, 0);
		pagemem_delete(m);
	}
}

/* A flat memory map that begins later and ends earlier than memory. */
static void test_flat(void)
{
	struct pagemem *m = all_anon(&shapes[0]);
	struct kdump_memory_ser memory;
	u8 class[PAGEMEM_PFNS];

	pagenote_get(m, KDUMP_SECTION_MEMORY, &memory, sizeof(memory));
	memory.memmap_pfn = 100;
	memory.memmap_va += 100 * m->shape.struct_bytes;
	memory.memmap_pages = PAGEMEM_PFNS - 250;
	pagenote_put(m, KDUMP_SECTION_MEMORY, &memory, sizeof(memory));
	CHECK_EQ(pagemem_init(m), 0);
	CHECK_EQ(pagefilter_classify(&m->pf, 0, PAGEMEM_PFNS, class), 0);
	for (u64 pfn = 0; pfn < PAGEMEM_PFNS; pfn++)
		CHECK_EQ(class[pfn], pfn < 100 || pfn >= PAGEMEM_PFNS - 150 ? PAGEFILTER_KEEP :
									     PAGEFILTER_USER);
	CHECK_EQ(m->pf.stats.absent, 250);
	CHECK_EQ(pagefilter_classify(&m->pf, 98, 4, class), 0);
	CHECK_EQ(class[1], PAGEFILTER_KEEP);
	CHECK_EQ(class[2], PAGEFILTER_USER);

	memory.memmap_pages = PAGEMEM_PFNS;
	pagenote_put(m, KDUMP_SECTION_MEMORY, &memory, sizeof(memory));
	CHECK_EQ(pagemem_init(m), -ERANGE);
	pagemem_delete(m);
}

/* The crashed kernel's own numbers. */
static void test_counts(void)
{
	static const u32 words[] = { 0, 3 };

	for (u32 i = 0; i < ARRAY_SIZE(words); i++) {
		struct pagemem *m = pagemem_new(&shapes[words[i]]);
		const u32 word = m->at.word;
		u64 pages;

		pagemem_put(m, m->counts_pa, word, 70000);
		pagemem_put(m, m->counts_pa + 8, word, 5);
		pagemem_put(m, m->counts_pa + 24, word, ~2ULL);
		CHECK_EQ(pagemem_init(m), 0);
		CHECK_EQ(pagefilter_count(&m->pf, PAGEFILTER_FREE, &pages), 0);
		CHECK_EQ(pages, 70005);
		/* Below zero is none. */
		CHECK_EQ(pagefilter_count(&m->pf, PAGEFILTER_CACHE, &pages), 0);
		CHECK_EQ(pages, 0);
		CHECK_EQ(pagefilter_count(&m->pf, PAGEFILTER_USER, &pages), -ENODATA);
		CHECK_EQ(m->outside, 0);
		CHECK_EQ(pagefilter_count(&m->pf, PAGEFILTER_HWPOISON, &pages), -EIO);
		CHECK_EQ(m->outside, 1);
		m->reads = 0;
		m->intr_at = 2;
		CHECK_EQ(pagefilter_count(&m->pf, PAGEFILTER_FREE, &pages), -EINTR);
		pagemem_delete(m);
	}
}

const struct test pagelookup_tests[] = {
	{ "pagelookup.hole", test_hole },
	{ "pagelookup.flat", test_flat },
	{ "pagelookup.counts", test_counts },
	{ NULL, NULL },
};
