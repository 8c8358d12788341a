// SPDX-License-Identifier: GPL-2.0-only
/*
 * The evaluation of page descriptions, on made-up kernels of several shapes.
 *
 * Memory is filled with pages of all kinds whose class is known, and classified in ranges of all
 * sizes. Then come contradictions, each of which must be kept and counted, and
 * struct pages that are random bytes, of which only is asked that nothing but memory is read,
 * and that it ends.
 */
#include "pagemem.h"
#include "test.h"

static const struct pagemem_shape shapes[] = {
	{ KDUMP_MODEL_SPARSE_VMEMMAP, KDUMP_LOOKUP_TABLES, 64, .roots = true },
	{ KDUMP_MODEL_SPARSE_VMEMMAP, KDUMP_LOOKUP_TABLES, 56, .big_endian_tables = true },
	{ KDUMP_MODEL_SPARSE_VMEMMAP, KDUMP_LOOKUP_LIST, 64, .roots = true },
	{ KDUMP_MODEL_SPARSE, KDUMP_LOOKUP_NONE, 80, .roots = true, .big_records = true },
	{ KDUMP_MODEL_SPARSE, KDUMP_LOOKUP_NONE, 36, .is32 = true },
	{ KDUMP_MODEL_FLAT, KDUMP_LOOKUP_NONE, 64 },
};

static u64 below(u64 *seed, u64 n)
{
	return test_random(seed) % n;
}

/* One thing of a random kind at @pfn, of at most 1 << @order pages; returns how many. */
static u64 put_something(struct pagemem *m, u64 pfn, u32 order, u64 *seed)
{
	const struct pagemem_layout *at = &m->at;

	if (order && below(seed, 3)) {
		order = 1 + below(seed, order);
		switch (below(seed, 5)) {
		case 0:
		case 1:
			pagemem_free(m, pfn, order);
			break;
		case 2: /* a slab whose own field looks like anonymous memory */
			pagemem_compound(m, pfn, order, PAGEFILTER_KEEP);
			pagemem_set(m, pfn, at->type, 4, PAGEMEM_TYPE_SLAB);
			pagemem_set(m, pfn, at->mapping, at->word, 7);
			break;
		case 3: /* anonymous, with a page that is damaged */
			pagemem_compound(m, pfn, order, PAGEFILTER_USER);
			pagemem_set(m, pfn, at->mapping, at->word, 0x4001);
			if (order < 2)
				break;
			pagemem_set(m, pfn + 3, at->flags, at->word, PAGEMEM_POISON);
			m->truth[pfn + 3] = PAGEFILTER_HWPOISON;
			break;
		default: /* its tails are not looked at */
			pagemem_compound(m, pfn, order, PAGEFILTER_USER);
			pagemem_set(m, pfn, at->type, 4, PAGEMEM_TYPE_HUGE);
			break;
		}
		return 1ULL << order;
	}
	switch (below(seed, 9)) {
	case 0:
		pagemem_free(m, pfn, 0);
		break;
	case 1:
	case 2:
		pagemem_anon(m, pfn);
		break;
	case 3:
		pagemem_flags(m, pfn, PAGEMEM_LRU, PAGEFILTER_CACHE);
		break;
	case 4:
		pagemem_flags(m, pfn, PAGEMEM_LRU | PAGEMEM_PRIVATE, PAGEFILTER_CACHE_PRIVATE);
		break;
	case 5:
		pagemem_type(m, pfn, PAGEMEM_TYPE_OFFLINE, PAGEFILTER_OFFLINE);
		break;
	case 6:
		pagemem_type(m, pfn, PAGEMEM_TYPE_SLAB, PAGEFILTER_KEEP);
		break;
	case 7:
		pagemem_anon(m, pfn);
		pagemem_flags(m, pfn, PAGEMEM_POISON | PAGEMEM_LRU, PAGEFILTER_HWPOISON);
		break;
	default: /* a class that is not known; or nothing at all */
		pagemem_flags(m, pfn, below(seed, 2), PAGEFILTER_KEEP);
		break;
	}
	return 1;
}

static void fill(struct pagemem *m, u64 *seed)
{
	u64 pfn, pages, order;

	for (pfn = 0; pfn < PAGEMEM_PFNS; pfn += pages) {
		/* As large as the alignment allows; mostly small. */
		order = pfn ? __builtin_ctzll(pfn) : PAGEMEM_MAX_ORDER;
		if (order > PAGEMEM_MAX_ORDER)
			order = PAGEMEM_MAX_ORDER;
		if (below(seed, 4) && order > 4)
			order = 4;
		pages = put_something(m, pfn, order, seed);
	}
}

static void check_range(struct pagemem *m, u64 pfn, u64 pages)
{
	u8 *class = malloc(pages);

	CHECK_EQ(pagefilter_classify(&m->pf, pfn, pages, class), 0);
	for (u64 i = 0; i < pages; i++) {
		if (class[i] != m->truth[pfn + i])
			test_fail(__FILE__, __LINE__,
				  "model %u lookup %u struct %u: page %llu of [%llu, %llu) is %s, not %s",
				  m->shape.model, m->shape.lookup, m->shape.struct_bytes, pfn + i,
				  pfn, pfn + pages, pagefilter_class_name(class[i]),
				  pagefilter_class_name(m->truth[pfn + i]));
	}
	free(class);
}

static void check_stats(const struct pagemem *m)
{
	u64 want[PAGEFILTER_NR_CLASSES] = { 0 };

	for (u64 pfn = 0; pfn < PAGEMEM_PFNS; pfn++)
		want[m->truth[pfn]]++;
	for (u32 i = 0; i < PAGEFILTER_NR_CLASSES; i++)
		CHECK_ROW(pagefilter_class_name(i), m->pf.stats.pages[i], want[i]);
	CHECK_EQ(m->pf.stats.unclear, 0);
	CHECK_EQ(m->pf.stats.unreadable, 0);
	CHECK_EQ(m->pf.stats.absent, 0);
}

static void test_all_kinds(void)
{
	u64 seed = 88172645463325252ULL, pfn, pages;

	for (u32 i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct pagemem *m = pagemem_new(&shapes[i]);

		fill(m, &seed);
		CHECK_EQ(pagemem_init(m), 0);
		CHECK(m->pf.desc.words);
		check_range(m, 0, PAGEMEM_PFNS);
		check_stats(m);
		/* In ascending ranges that touch, then anywhere. */
		for (pfn = 0; pfn < PAGEMEM_PFNS; pfn += pages) {
			pages = 1 + below(&seed, 300);
			if (pages > PAGEMEM_PFNS - pfn)
				pages = PAGEMEM_PFNS - pfn;
			check_range(m, pfn, pages);
		}
		for (u32 k = 0; k < 300; k++) {
			pfn = below(&seed, PAGEMEM_PFNS);
			check_range(m, pfn, 1 + below(&seed, PAGEMEM_PFNS - pfn) % 500);
		}
		CHECK_EQ(m->outside, 0);
		pagemem_delete(m);
	}
}

/* Rules without the short cut of equal pages decide the same. */
static void test_without_words(void)
{
	u64 seed = 362436069ULL;
	struct pagemem *m = pagemem_new(&shapes[0]);

	fill(m, &seed);
	CHECK_EQ(pagemem_init(m), 0);
	m->pf.desc.words = 0;
	check_range(m, 0, PAGEMEM_PFNS);
	pagemem_delete(m);
}

/* What was freed a moment ago may be damaged: who reads free pages wants to know. */
static void test_inside(void)
{
	struct pagemem *m = pagemem_new(&shapes[0]);
	u8 class[64];

	pagemem_free(m, 64, 6);
	pagemem_set(m, 70, m->at.flags, 8, PAGEMEM_POISON);
	CHECK_EQ(pagemem_init(m), 0);
	check_range(m, 0, 256);
	m->pf.inside = true;
	m->truth[70] = PAGEFILTER_HWPOISON;
	check_range(m, 0, 256);
	CHECK_EQ(pagefilter_classify(&m->pf, 68, 4, class), 0);
	CHECK_EQ(class[1], PAGEFILTER_FREE);
	CHECK_EQ(class[2], PAGEFILTER_HWPOISON);
	pagemem_delete(m);
}

/* Struct pages of a HugeTLB page share memory: each page of them looks like the first. */
static void test_copied_heads(void)
{
	const u64 per_page = PAGEMEM_PAGE / 64, pfn = 512;
	struct pagemem *m = pagemem_new(&shapes[0]);
	u64 seed = 7, pages = 512;

	pagemem_compound(m, pfn, 9, PAGEFILTER_USER);
	pagemem_set(m, pfn, m->at.type, 4, PAGEMEM_TYPE_HUGE);
	for (u64 at = per_page; at < pages; at += per_page)
		pagemem_map(m, pagemem_struct_va(m, pfn + at), pagemem_struct_pa(m, pfn));
	CHECK_EQ(pagemem_init(m), 0);
	check_range(m, 0, 2048);
	for (u64 i = 0; i < 1000; i++)
		check_range(m, 400 + below(&seed, 600), 1 + below(&seed, 200));

	/* The same for one whose tails are each looked at. */
	pagemem_set(m, pfn, m->at.type, 4, PAGEMEM_TYPE_NONE);
	pagemem_set(m, pfn, m->at.mapping, 8, 0x801);
	CHECK_EQ(pagemem_init(m), 0);
	check_range(m, 0, 2048);
	for (u64 i = 0; i < 1000; i++)
		check_range(m, 400 + below(&seed, 600), 1 + below(&seed, 200));
	CHECK_EQ(m->pf.stats.unclear, 0);
	pagemem_delete(m);
}

/* Sections and subsections that are not there, and such whose memory is not there. */
static void test_absent(void)
{
	struct pagemem *m = pagemem_new(&shapes[0]);
	const u64 section = 1ULL << PAGEMEM_SECTION_SHIFT;
	u8 class[1];

	for (u64 pfn = 0; pfn < PAGEMEM_PFNS; pfn++)
		pagemem_anon(m, pfn);
	/* Section 1 is offline, of section 2 one subsection is missing, 3 has no usage. */
	pagemem_put(m, m->section_at[1] + 8, 8, 5);
	memset(m->truth + section, PAGEFILTER_KEEP, section);
	pagemem_put(m, m->usage_at[2] + 8, 8, 0xfb);
	memset(m->truth + 2 * section + 512, PAGEFILTER_KEEP, 256);
	pagemem_put(m, m->section_at[3] + 16, 8, 0);
	memset(m->truth + 3 * section, PAGEFILTER_KEEP, section);
	CHECK_EQ(pagemem_init(m), 0);
	check_range(m, 0, 4 * section);
	CHECK_EQ(m->pf.stats.absent, 2 * section + 256);
	CHECK_EQ(m->pf.stats.unreadable, 0);
	/* Beyond all of it. */
	m->reads = 0;
	CHECK_EQ(pagefilter_classify(&m->pf, PAGEMEM_PFNS + 5, 1, class), 0);
	CHECK_EQ(m->reads, 0);
	CHECK_EQ(class[0], PAGEFILTER_KEEP);
	CHECK_EQ(m->pf.stats.absent, 2 * section + 257);

	/* The second root is missing, one root and one usage lead nowhere. */
	pagemem_put(m, m->sections_va - PAGEMEM_LINEAR_VA + PAGEMEM_BASE_PA + 8, 8, 0);
	pagemem_put(m, m->section_at[0] + 16, 8, 0x4141414141414141ULL);
	memset(m->truth, PAGEFILTER_KEEP, section);
	memset(m->truth + 4 * section, PAGEFILTER_KEEP, 4 * section);
	CHECK_EQ(pagemem_init(m), 0);
	check_range(m, 0, PAGEMEM_PFNS);
	CHECK_EQ(m->pf.stats.absent, 6 * section + 256);
	CHECK_EQ(m->pf.stats.unreadable, section);
	pagemem_delete(m);
}

/* Page tables that are damaged: what they map is kept, and the look does not take long. */
static void test_damaged_tables(void)
{
	static const struct { const char *name; u64 entry; } rows[] = {
		{ "not present", 0 },
		{ "outside of memory", 0x7f00000001ULL },
		{ "a large page outside of memory", 0x7f00000081ULL },
		{ "all ones", ~0ULL },
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pagemem *m = pagemem_new(&shapes[0]);
		u64 at = m->root_pa + 8 * (PAGEMEM_MEMMAP_VA >> 39 & 511);

		for (u64 pfn = 0; pfn < PAGEMEM_PFNS; pfn++)
			pagemem_anon(m, pfn);
		memset(m->truth, PAGEFILTER_KEEP, PAGEMEM_PFNS);
		pagemem_put(m, at, 8, rows[i].entry);
		CHECK_EQ(pagemem_init(m), 0);
		check_range(m, 0, PAGEMEM_PFNS);
		CHECK_ROW(rows[i].name, m->pf.stats.unreadable, PAGEMEM_PFNS);
		CHECK(m->reads < 6 * PAGEMEM_PFNS / 64 + 100);
		pagemem_delete(m);
	}
}

/* A root that leads to itself: the walk ends after as many levels as there are. */
static void test_table_loop(void)
{
	struct pagemem *m = pagemem_new(&shapes[0]);
	u8 *class = malloc(PAGEMEM_PFNS);

	for (u32 i = 0; i < 512; i++)
		pagemem_put(m, m->root_pa + 8 * i, 8, m->root_pa | 1);
	CHECK_EQ(pagemem_init(m), 0);
	CHECK_EQ(pagefilter_classify(&m->pf, 0, PAGEMEM_PFNS, class), 0);
	CHECK_EQ(m->outside, 0);
	free(class);
	pagemem_delete(m);
}

/* The list is not walked for each of its blocks. */
static void test_list_reads(void)
{
	const u64 blocks = PAGEMEM_PFNS * 64 / PAGEMEM_PAGE;
	struct pagemem *m = pagemem_new(&shapes[2]);
	u64 seed = 1234567ULL;

	fill(m, &seed);
	CHECK_EQ(pagemem_init(m), 0);
	check_range(m, 0, PAGEMEM_PFNS);
	CHECK(m->reads < blocks * blocks / 8);
	pagemem_delete(m);
}

/* What the list says before it breaks off holds, the rest of the memory map can not be read. */
static void test_list_broken(void)
{
	static const struct {
		const char *name;
		u64 offset;
		u64 value;
		bool ends;
	} rows[] = {
		{ "no successor",		0,  0, true },
		{ "a successor outside",	0,  4096, true },
		{ "a block outside",		8,  4096 },
		{ "an address within a block",	16, PAGEMEM_MEMMAP_VA + 64 },
		{ "the address of the one before", 16,
		  PAGEMEM_MEMMAP_VA + PAGEMEM_PFNS * 64 - 10 * PAGEMEM_PAGE },
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pagemem *m = pagemem_new(&shapes[2]);
		u64 last = PAGEMEM_PFNS - 64 * 11, member = m->list_pa;

		for (u64 pfn = 0; pfn < 64; pfn++) {
			pagemem_anon(m, pfn);
			pagemem_anon(m, last + pfn);
		}
		/* The first member maps the last block; the eleventh is meant. */
		for (u32 nr = 0; nr < 11; nr++)
			member = pagemem_get(m, member, 8) - PAGEMEM_LINEAR_VA + PAGEMEM_BASE_PA;
		if (rows[i].ends)
			memset(m->truth, PAGEFILTER_KEEP, last);
		else
			memset(m->truth + last, PAGEFILTER_KEEP, 64);
		pagemem_put(m, member + rows[i].offset, 8, rows[i].value);
		CHECK_EQ(pagemem_init(m), 0);
		check_range(m, 0, PAGEMEM_PFNS);
		CHECK_ROW(rows[i].name, m->pf.stats.unreadable, rows[i].ends ? last : 64);
		pagemem_delete(m);
	}
}

static void test_list_loop(void)
{
	struct pagemem *m = pagemem_new(&shapes[2]);
	u64 member_va = pagemem_get(m, m->list_pa, 8);
	u8 class[1];

	/* The first member's successor is itself; it maps the last page of struct pages. */
	pagemem_put(m, member_va - PAGEMEM_LINEAR_VA + PAGEMEM_BASE_PA, 8, member_va);
	CHECK_EQ(pagemem_init(m), 0);
	CHECK_EQ(pagefilter_classify(&m->pf, 5, 1, class), 0);
	CHECK_EQ(class[0], PAGEFILTER_KEEP);
	CHECK_EQ(m->pf.stats.unreadable, 1);
	CHECK(m->reads < 100);
	check_range(m, PAGEMEM_PFNS - 8, 8);
	pagemem_delete(m);
}

/* Pages that contradict themselves. Each is kept and counted, and only it. */
struct unclear {
	const char *name;
	u64 pfn;
	u64 head;
	u64 order;
};

static void one_unclear(const struct unclear *row, u64 unclear)
{
	struct pagemem *m = pagemem_new(&shapes[0]);
	u8 *class = malloc(PAGEMEM_PFNS);
	bool inside = row->pfn >= 64 && row->pfn < 80;

	pagemem_compound(m, 64, 4, PAGEFILTER_USER);
	pagemem_set(m, 64, m->at.mapping, 8, 1);
	if (row->order)
		pagemem_set(m, 65, m->at.flags, 8, row->order);
	if (row->head)
		pagemem_set(m, row->pfn, m->at.head, 8, row->head);
	CHECK_EQ(pagemem_init(m), 0);
	CHECK_EQ(pagefilter_classify(&m->pf, 0, PAGEMEM_PFNS, class), 0);
	CHECK_ROW(row->name, m->pf.stats.unclear, unclear);
	CHECK_ROW(row->name, m->pf.stats.pages[PAGEFILTER_USER], 16 - (inside ? unclear : 0));
	for (u64 i = 0; i < PAGEMEM_PFNS; i++)
		CHECK(class[i] == PAGEFILTER_KEEP || (i >= 64 && i < 80));
	free(class);
	pagemem_delete(m);
}

static void test_unclear_compound(void)
{
	const u64 va = PAGEMEM_MEMMAP_VA;

	one_unclear(&(struct unclear) { "wild head", 70, 0x4141414141414141ULL }, 1);
	one_unclear(&(struct unclear) { "head at the end of addresses", 70, ~0ULL }, 1);
	one_unclear(&(struct unclear) { "itself", 70, (va + 70 * 64) | 1 }, 1);
	one_unclear(&(struct unclear) { "a tail", 70, (va + 69 * 64) | 1 }, 1);
	one_unclear(&(struct unclear) { "no head", 70, (va + 16 * 64) | 1 }, 1);
	one_unclear(&(struct unclear) { "not a struct page's address", 70, (va + 4100) | 1 }, 1);
	one_unclear(&(struct unclear) { "not one of its pages", 200, (va + 64 * 64) | 1 }, 1);
	one_unclear(&(struct unclear) { "before it", 60, (va + 64 * 64) | 1 }, 1);
	/* The head as well, then. */
	one_unclear(&(struct unclear) { "order 0", 64, 0, 0x300 }, 16);
	one_unclear(&(struct unclear) { "order too large", 64, 0, 0x3ff }, 16);
	one_unclear(&(struct unclear) { "order that does not fit its place", 64, 0, 9 }, 16);
}

/* What the head and its tails say of each other does not fit. */
static void test_unclear_pair(void)
{
	struct pagemem *m = pagemem_new(&shapes[0]);

	pagemem_compound(m, 64, 4, PAGEFILTER_KEEP);
	pagemem_set(m, 64, m->at.mapping, 8, 1);
	pagemem_set(m, 64, m->at.flags, 8, 0);
	m->truth[64] = PAGEFILTER_USER;
	/* A tail that says it is the first of a free block. */
	pagemem_compound(m, 128, 4, PAGEFILTER_USER);
	pagemem_set(m, 128, m->at.mapping, 8, 1);
	pagemem_set(m, 132, m->at.type, 4, PAGEMEM_TYPE_FREE);
	pagemem_set(m, 132, m->at.users, 4, 0);
	pagemem_set(m, 132, m->at.order, 8, 2);
	m->truth[132] = PAGEFILTER_KEEP;
	CHECK_EQ(pagemem_init(m), 0);
	check_range(m, 0, 512);
	CHECK_EQ(m->pf.stats.unclear, 15 + 1);
	pagemem_delete(m);
}

/* What is stepped over as a whole must end with a tail of it: no order is believed alone. */
static void test_unclear_whole(void)
{
	struct pagemem *m = pagemem_new(&shapes[0]);

	/* A head that claims 64 pages and has 16. */
	pagemem_compound(m, 64, 4, PAGEFILTER_KEEP);
	pagemem_set(m, 64, m->at.type, 4, PAGEMEM_TYPE_HUGE);
	pagemem_set(m, 65, m->at.flags, 8, 0x706);
	pagemem_anon(m, 100);
	/* The last of what this one claims is another one's tail. */
	pagemem_compound(m, 256, 4, PAGEFILTER_KEEP);
	pagemem_set(m, 256, m->at.type, 4, PAGEMEM_TYPE_HUGE);
	pagemem_set(m, 257, m->at.flags, 8, 0x705);
	pagemem_compound(m, 272, 4, PAGEFILTER_USER);
	pagemem_set(m, 272, m->at.mapping, 8, 1);
	/* One that has no tails at all, and one whose claim ends where no struct page is. */
	pagemem_flags(m, 1024, PAGEMEM_HEAD, PAGEFILTER_KEEP);
	pagemem_set(m, 1024, m->at.type, 4, PAGEMEM_TYPE_HUGE);
	pagemem_flags(m, 1025, 10, PAGEFILTER_CACHE);
	pagemem_compound(m, 3072, 4, PAGEFILTER_KEEP);
	pagemem_set(m, 3072, m->at.type, 4, PAGEMEM_TYPE_HUGE);
	pagemem_set(m, 3073, m->at.flags, 8, 0x70a);
	pagemem_put(m, m->usage_at[1] + 8, 8, 0x7f);
	CHECK_EQ(pagemem_init(m), 0);
	check_range(m, 0, PAGEMEM_PFNS);
	CHECK_EQ(m->pf.stats.unclear, 16 + 16 + 1 + 16);
	check_range(m, 70, 100);
	check_range(m, 260, 100);
	pagemem_delete(m);
}

static void test_unclear_block(void)
{
	static const struct { const char *name; u64 pfn, order; } rows[] = {
		{ "too large", 2048, PAGEMEM_MAX_ORDER + 1 },
		{ "absurd", 1024, 0xfffffff0 },
		{ "does not fit its place", 1026, 2 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pagemem *m = pagemem_new(&shapes[0]);

		pagemem_free(m, rows[i].pfn, 0);
		pagemem_set(m, rows[i].pfn, m->at.order, 8, rows[i].order);
		m->truth[rows[i].pfn] = PAGEFILTER_KEEP;
		CHECK_EQ(pagemem_init(m), 0);
		check_range(m, 0, PAGEMEM_PFNS);
		CHECK_ROW(rows[i].name, m->pf.stats.unclear, 1);
		check_range(m, rows[i].pfn + 1, 100);
		pagemem_delete(m);
	}
}

/* A damaged page is not to be touched, whatever else is wrong with it. */
static void test_unclear_poison(void)
{
	struct pagemem *m = pagemem_new(&shapes[0]);

	pagemem_flags(m, 100, PAGEMEM_POISON, PAGEFILTER_HWPOISON);
	pagemem_set(m, 100, m->at.head, 8, 0x777);
	CHECK_EQ(pagemem_init(m), 0);
	check_range(m, 0, 256);
	CHECK_EQ(m->pf.stats.unclear, 0);
	pagemem_delete(m);
}

/* A struct page that can not be right decides nothing, neither for its page nor for others. */
static void test_damaged(void)
{
	struct pagemem *m = pagemem_new(&shapes[0]);
	const u64 bad = PAGEMEM_NEVER | PAGEMEM_POISON | PAGEMEM_HEAD;

	pagemem_anon(m, 50);
	pagemem_flags(m, 50, bad & ~PAGEMEM_HEAD, PAGEFILTER_KEEP);
	pagemem_anon(m, 51);
	pagemem_flags(m, 51, bad & ~PAGEMEM_HEAD, PAGEFILTER_KEEP);
	/* The head of 16, a tail of 8. */
	pagemem_compound(m, 64, 4, PAGEFILTER_KEEP);
	pagemem_set(m, 64, m->at.mapping, 8, 1);
	pagemem_set(m, 64, m->at.flags, 8, bad);
	pagemem_compound(m, 128, 3, PAGEFILTER_USER);
	pagemem_set(m, 128, m->at.mapping, 8, 1);
	pagemem_set(m, 130, m->at.flags, 8, bad);
	m->truth[130] = PAGEFILTER_KEEP;
	/* The first of a free block. */
	pagemem_free(m, 256, 4);
	pagemem_set(m, 256, m->at.flags, 8, PAGEMEM_NEVER);
	memset(m->truth + 256, PAGEFILTER_KEEP, 16);
	CHECK_EQ(pagemem_init(m), 0);
	check_range(m, 0, 512);
	CHECK_EQ(m->pf.stats.unclear, 2 + 16 + 1 + 1);
	check_range(m, 260, 20);
	pagemem_delete(m);
}

static void interrupted(const struct pagemem_shape *shape)
{
	struct pagemem *m = pagemem_new(shape);
	u64 seed = 11, reads, at;
	u8 *class = malloc(PAGEMEM_PFNS);

	fill(m, &seed);
	CHECK_EQ(pagemem_init(m), 0);
	m->reads = 0;
	CHECK_EQ(pagefilter_classify(&m->pf, 3, PAGEMEM_PFNS - 3, class), 0);
	reads = m->reads;
	for (u32 i = 0; i < 60; i++) {
		CHECK_EQ(pagemem_init(m), 0);
		m->reads = 0;
		at = 1 + below(&seed, reads);
		m->intr_at = at;
		CHECK_EQ(pagefilter_classify(&m->pf, 3, PAGEMEM_PFNS - 3, class), -EINTR);
		CHECK_EQ(m->reads, at);
		m->intr_at = 0;
		check_range(m, 0, PAGEMEM_PFNS);
	}
	free(class);
	pagemem_delete(m);
}

static void test_interrupted(void)
{
	interrupted(&shapes[0]);
	/* By a list: a walk that was cut short counts for nothing. */
	interrupted(&shapes[2]);
}

/* Who steps over memory does not read its struct pages. */
static void test_work(void)
{
	struct pagemem *m = pagemem_new(&shapes[0]);

	for (u64 pfn = 0; pfn < PAGEMEM_PFNS; pfn += 1024)
		pagemem_free(m, pfn, 10);
	CHECK_EQ(pagemem_init(m), 0);
	check_range(m, 0, PAGEMEM_PFNS);
	CHECK(m->read_bytes < PAGEMEM_PFNS * 64 / 50);

	for (u64 pfn = 0; pfn < PAGEMEM_PFNS; pfn++) {
		pagemem_plain(m, pfn);
		pagemem_anon(m, pfn);
	}
	CHECK_EQ(pagemem_init(m), 0);
	m->read_bytes = 0;
	check_range(m, 0, PAGEMEM_PFNS);
	CHECK(m->read_bytes < PAGEMEM_PFNS * 64 * 11 / 10);
	pagemem_delete(m);
}

static void test_garbage(void)
{
	u64 seed = 1234567, at, end, pages;
	u8 *class = malloc(PAGEMEM_PFNS);

	for (u32 round = 0; round < 12; round++) {
		struct pagemem *m = pagemem_new(&shapes[round % ARRAY_SIZE(shapes)]);

		fill(m, &seed);
		at = m->memmap_pa - PAGEMEM_BASE_PA;
		end = at + PAGEMEM_PFNS * m->shape.struct_bytes;
		/* Struct pages; every other time also sections and tables. */
		for (u64 i = 0; i < (PAGEMEM_PFNS << (round % 5)); i++)
			m->ram[at + below(&seed, (round & 1 ? m->used : end) - at)] =
				test_random(&seed);
		CHECK_EQ(pagemem_init(m), 0);
		m->reads = 0;
		CHECK_EQ(pagefilter_classify(&m->pf, 0, PAGEMEM_PFNS, class), 0);
		for (u64 pfn = 0; pfn < PAGEMEM_PFNS; pfn++)
			CHECK(class[pfn] < PAGEFILTER_NR_CLASSES);
		if (m->shape.lookup != KDUMP_LOOKUP_LIST)
			CHECK(m->reads < 40 * PAGEMEM_PFNS);
		for (u32 i = 0; i < 10; i++) {
			at = below(&seed, PAGEMEM_PFNS);
			pages = 1 + below(&seed, PAGEMEM_PFNS - at);
			CHECK_EQ(pagefilter_classify(&m->pf, at, pages, class), 0);
		}
		pagemem_delete(m);
	}
	free(class);
}

static void test_levels(void)
{
	CHECK_EQ(pagefilter_level_mask(0), 1 << PAGEFILTER_HWPOISON);
	for (u32 level = 0; level <= PAGEFILTER_LEVEL_MAX; level++) {
		u32 mask = pagefilter_level_mask(level);

		CHECK(!(mask & 1 << PAGEFILTER_KEEP));
		CHECK(mask & 1 << PAGEFILTER_HWPOISON);
		CHECK_EQ(!!(mask & 1 << PAGEFILTER_OFFLINE), level > 0);
		CHECK_EQ(!!(mask & 1 << PAGEFILTER_CACHE), !!(level & 6));
		CHECK_EQ(!!(mask & 1 << PAGEFILTER_CACHE_PRIVATE), !!(level & 4));
		CHECK_EQ(!!(mask & 1 << PAGEFILTER_USER), !!(level & 8));
		CHECK_EQ(!!(mask & 1 << PAGEFILTER_FREE), !!(level & 16));
	}
	CHECK(!strcmp(pagefilter_class_name(PAGEFILTER_USER), "user"));
	CHECK(!strcmp(pagefilter_class_name(PAGEFILTER_NR_CLASSES), "unknown"));
}

const struct test pagefilter_tests[] = {
	{ "pagefilter.all_kinds", test_all_kinds },
	{ "pagefilter.without_words", test_without_words },
	{ "pagefilter.inside", test_inside },
	{ "pagefilter.copied_heads", test_copied_heads },
	{ "pagefilter.absent", test_absent },
	{ "pagefilter.damaged_tables", test_damaged_tables },
	{ "pagefilter.table_loop", test_table_loop },
	{ "pagefilter.list_reads", test_list_reads },
	{ "pagefilter.list_broken", test_list_broken },
	{ "pagefilter.list_loop", test_list_loop },
	{ "pagefilter.unclear_compound", test_unclear_compound },
	{ "pagefilter.unclear_pair", test_unclear_pair },
	{ "pagefilter.unclear_whole", test_unclear_whole },
	{ "pagefilter.unclear_block", test_unclear_block },
	{ "pagefilter.unclear_poison", test_unclear_poison },
	{ "pagefilter.damaged", test_damaged },
	{ "pagefilter.interrupted", test_interrupted },
	{ "pagefilter.work", test_work },
	{ "pagefilter.garbage", test_garbage },
	{ "pagefilter.levels", test_levels },
	{ NULL, NULL },
};
