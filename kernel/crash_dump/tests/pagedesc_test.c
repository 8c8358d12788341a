// SPDX-License-Identifier: GPL-2.0-only
/*
 * The description of pages, held against the kernel that it describes: the one that runs.
 *
 * Each page of memory is classified by the description, and asked by the kernel's own helpers what
 * it is. Memory does not stand still meanwhile, so a page for which the two do not agree is asked
 * again a few times. (It does stand still after a crash; that is what the proof in
 * tools/testing/selftests/kexec is for. Here a definition that does not fit is found at once.)
 */
#include <linux/elf.h>
#include <linux/io.h>
#include <linux/kexec.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmcore_info.h>
#include <uapi/linux/kdump.h>

#include "../elfcore.h"
#include "../pagefilter.h"
#include "tests.h"

/* A page that changes is asked so often. */
#define TRIES	50
/* Pages that are asked for at once. */
#define PART	256

struct own_memory {
	struct pagefilter pf;
	struct pagefilter_source src;
	u8 class[PART];
};

static int read_own(void *ctx, u64 pa, size_t bytes, void *buf)
{
	u64 last = pa + bytes - 1;

	if (!pfn_to_online_page(PHYS_PFN(pa)) || !pfn_to_online_page(PHYS_PFN(last)))
		return -ENXIO;
	memcpy(buf, __va(pa), bytes);
	return 0;
}

static struct own_memory *own_memory(struct kunit *test)
{
	struct own_memory *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	void *buf = kunit_kmalloc(test, PAGEFILTER_BUF_BYTES, GFP_KERNEL);
	struct elfcore_note_iter it;
	struct elfcore_note note;

	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	m->src.read = read_own;
	elfcore_note_walk(&it, vmcoreinfo_note, vmcoreinfo_note_bytes);
	while (elfcore_note_next(&it, &note)) {
		if (!elfcore_note_is(&note, KDUMP_NOTE_NAME, KDUMP_NOTE_TYPE))
			continue;
		KUNIT_ASSERT_EQ_MSG(test, pagefilter_init(&m->pf, note.desc, note.desc_bytes,
							  &m->src, buf), 0,
				    "%s", pagefilter_reason(&m->pf));
		return m;
	}
	KUNIT_ASSERT_TRUE_MSG(test, false, "there is no KDUMP note");
	return NULL;
}

static u8 class_of(struct kunit *test, struct own_memory *m, struct page *page)
{
	u8 class = PAGEFILTER_NR_CLASSES;

	KUNIT_EXPECT_EQ(test, pagefilter_classify(&m->pf, page_to_pfn(page), 1, &class), 0);
	return class;
}

/* As the kernel's helpers have it; what is free but for a head of a block is not asked for. */
static u8 truth_of(struct page *page)
{
	struct folio *folio = page_folio(page);

#ifdef CONFIG_MEMORY_FAILURE
	if (PageHWPoison(page))
		return PAGEFILTER_HWPOISON;
#endif
	if (PageBuddy(page))
		return PAGEFILTER_FREE;
	if (PageOffline(page))
		return PAGEFILTER_OFFLINE;
	if (folio_test_slab(folio) || PageTable(page) || PageGuard(page))
		return PAGEFILTER_KEEP;
	if (folio_test_hugetlb(folio) || folio_test_anon(folio))
		return PAGEFILTER_USER;
	if (folio_test_lru(folio) || folio_test_swapcache(folio))
		return folio_test_private(folio) ? PAGEFILTER_CACHE_PRIVATE : PAGEFILTER_CACHE;
	return PAGEFILTER_KEEP;
}

static bool agrees(struct kunit *test, struct own_memory *m, struct page *page)
{
	for (unsigned int i = 0; i < TRIES; i++) {
		u8 before = truth_of(page), class = class_of(test, m, page);

		/* Within a free block only the filter knows. */
		if (class == before || (class == PAGEFILTER_FREE && !page_count(page)))
			return true;
		cond_resched();
	}
	return false;
}

static int check_part(struct kunit *test, struct own_memory *m, u64 pfn)
{
	struct page *page;
	int bad = 0;

	KUNIT_ASSERT_EQ(test, pagefilter_classify(&m->pf, pfn, PART, m->class), 0);
	for (unsigned int i = 0; i < PART; i++) {
		u8 class = m->class[i];

		page = pfn_to_online_page(pfn + i);
		if (!page || truth_of(page) == class || agrees(test, m, page))
			continue;
		if (!bad++)
			kunit_err(test, "page %#llx is %s, not %s", pfn + i,
				  pagefilter_class_name(class),
				  pagefilter_class_name(truth_of(page)));
	}
	return bad;
}

static void test_all_memory(struct kunit *test)
{
	struct own_memory *m = own_memory(test);
	int node, bad = 0;
	u64 pfn, end;

	for_each_online_node(node) {
		pfn = round_down(NODE_DATA(node)->node_start_pfn, PART);
		end = NODE_DATA(node)->node_start_pfn + NODE_DATA(node)->node_spanned_pages;
		for (; pfn < end && bad < 10; pfn += PART) {
			bad += check_part(test, m, pfn);
			cond_resched();
		}
	}
	KUNIT_EXPECT_EQ(test, bad, 0);
	for (unsigned int i = 0; i < PAGEFILTER_NR_CLASSES; i++)
		kunit_info(test, "%s: %llu pages", pagefilter_class_name(i),
			   m->pf.stats.pages[i]);
	/* There always is some of these. */
	KUNIT_EXPECT_GT(test, m->pf.stats.pages[PAGEFILTER_KEEP], 0);
	KUNIT_EXPECT_GT(test, m->pf.stats.pages[PAGEFILTER_FREE], 0);
	KUNIT_EXPECT_GT(test, m->pf.stats.pages[PAGEFILTER_USER], 0);
	KUNIT_EXPECT_EQ(test, m->pf.stats.unreadable, 0);
}

/* Pages whose use is known, because they are ours. */
static void test_own_pages(struct kunit *test)
{
	struct own_memory *m = own_memory(test);
	struct page *large = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);
	struct page *page = alloc_page(GFP_KERNEL);
	void *slab = kmalloc(64, GFP_KERNEL);

	if (page)
		KUNIT_EXPECT_EQ(test, class_of(test, m, page), PAGEFILTER_KEEP);
	for (unsigned int i = 0; large && i < 8; i++)
		KUNIT_EXPECT_EQ(test, class_of(test, m, large + i), PAGEFILTER_KEEP);
	if (slab)
		KUNIT_EXPECT_EQ(test, class_of(test, m, virt_to_page(slab)), PAGEFILTER_KEEP);
	KUNIT_EXPECT_EQ(test, class_of(test, m, ZERO_PAGE(0)), PAGEFILTER_KEEP);
	KUNIT_EXPECT_EQ(test, m->pf.stats.unclear, 0);
	KUNIT_EXPECT_EQ(test, m->pf.stats.absent, 0);
	KUNIT_EXPECT_EQ(test, m->pf.stats.unreadable, 0);
	kfree(slab);
	if (large)
		__free_pages(large, 3);
	if (page)
		__free_page(page);
}

static struct kunit_case pagedesc_cases[] = {
	KUNIT_CASE_SLOW(test_all_memory),
	KUNIT_CASE(test_own_pages),
	{}
};

struct kunit_suite kdump_pagedesc_suite = {
	.name = "kdump_pagedesc",
	.test_cases = pagedesc_cases,
};
