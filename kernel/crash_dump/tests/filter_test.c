// SPDX-License-Identifier: GPL-2.0-only
/* The filter that says where the dump has holes, by a made-up kernel's description of its pages. */
#include <linux/bitfield.h>
#include <linux/crash_dump.h>
#include <linux/crc32.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <uapi/linux/kdump.h>

#include "../capture_filter.h"
#include "fake.h"
#include "tests.h"

/*
 * A kernel whose struct page is a word of flags and a word for the head of a compound page. Its
 * memory map is flat and stands in its own RAM.
 */
#define FAKE_MAP_PAGE		130
#define FAKE_MAP_VA		0xffffea0000000000ULL
#define FAKE_FREE		BIT(0)
#define FAKE_POISON		BIT(1)
#define FAKE_HEAD		BIT(2)
#define FAKE_BLOCK_ORDER	GENMASK(17, 16)

struct fake_page {
	u64 flags;
	u64 head;
};

struct fake_note {
	struct kdump_header_ser head;
	struct kdump_section_ser memory_section;
	struct kdump_memory_ser memory;
	struct kdump_section_ser map_section;
	struct kdump_map_ser map;
	struct kdump_section_ser level_section;
	struct kdump_level_ser level;
	struct kdump_section_ser compound_section;
	struct kdump_compound_ser compound;
	struct kdump_section_ser test_section;
	struct kdump_test_ser test[2];
	struct kdump_section_ser rule_section;
	struct kdump_rule_ser rule[2];
	struct kdump_section_ser count_section;
	struct kdump_count_ser count[2];
};

static const struct fake_note note_template = {
	.head = {
		.magic = KDUMP_MAGIC, .major = KDUMP_VERSION_MAJOR, .minor = KDUMP_VERSION_MINOR,
		.header_bytes = sizeof(struct kdump_header_ser),
		.total_bytes = sizeof(struct fake_note), .flags = KDUMP_SEALED,
	},
	.memory = {
		.model = KDUMP_MODEL_FLAT, .lookup = KDUMP_LOOKUP_NONE, .page_shift = PAGE_SHIFT,
		.page_struct_bytes = sizeof(struct fake_page), .pointer_bytes = 8,
		.max_pfn = (FAKE_BASE_PA + FAKE_BYTES) >> PAGE_SHIFT,
		.memmap_va = FAKE_MAP_VA, .memmap_pfn = FAKE_BASE_PA >> PAGE_SHIFT,
		.memmap_pages = FAKE_PAGES,
	},
	.map = {
		.va = FAKE_MAP_VA, .pa = FAKE_BASE_PA + FAKE_MAP_PAGE * PAGE_SIZE,
		.bytes = FAKE_PAGES * sizeof(struct fake_page),
	},
	.compound = {
		.is_tail = { .offset = 8, .bytes = 8, .mask = 1, .value = 1 },
		.head = { .offset = 8, .bytes = 8, .mask = ~1ULL },
		.is_head = { .bytes = 8, .mask = FAKE_HEAD, .value = FAKE_HEAD },
		.order = { .bytes = 8, .mask = 0xf000 },
		.max_order = 4,
	},
	.test = {
		{ .bytes = 8, .mask = FAKE_FREE, .value = FAKE_FREE },
		{ .bytes = 8, .mask = FAKE_POISON, .value = FAKE_POISON },
	},
	.rule = {
		{ .class = KDUMP_PAGE_HWPOISON, .first_test = 1, .tests = 1 },
		{
			.class = KDUMP_PAGE_FREE, .first_test = 0, .tests = 1,
			.flags = KDUMP_RULE_BLOCK, .max_order = 3,
			.order = { .bytes = 8, .mask = FAKE_BLOCK_ORDER },
		},
	},
	.count = {
		{ .class = KDUMP_PAGE_FREE, .pa = FAKE_BASE_PA + (FAKE_MAP_PAGE - 1) * PAGE_SIZE },
		{ .class = KDUMP_PAGE_HWPOISON,
		  .pa = FAKE_BASE_PA + (FAKE_MAP_PAGE - 1) * PAGE_SIZE + 8 },
	},
};

static void begin_section(struct kdump_section_ser *section, u32 type, u32 record_bytes, u32 nr)
{
	*section = (struct kdump_section_ser) {
		.type = type, .bytes = sizeof(*section) + record_bytes * nr,
		.record_bytes = record_bytes, .records = nr,
	};
}

/* A machine whose first page has a number of its own. */
static void fake_describe_from(struct fake *fake, u64 first_pfn)
{
	struct fake_note *n = kunit_kmalloc(fake->test, sizeof(*n), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(fake->test, n);
	*n = note_template;
	n->memory.memmap_pfn = first_pfn;
	n->memory.max_pfn = first_pfn + FAKE_PAGES;
	begin_section(&n->memory_section, KDUMP_SECTION_MEMORY, sizeof(n->memory), 1);
	begin_section(&n->map_section, KDUMP_SECTION_MAPS, sizeof(n->map), 1);
	begin_section(&n->level_section, KDUMP_SECTION_LEVELS, sizeof(n->level), 1);
	begin_section(&n->compound_section, KDUMP_SECTION_COMPOUND, sizeof(n->compound), 1);
	begin_section(&n->test_section, KDUMP_SECTION_TESTS, sizeof(n->test[0]), 2);
	begin_section(&n->rule_section, KDUMP_SECTION_RULES, sizeof(n->rule[0]), 2);
	begin_section(&n->count_section, KDUMP_SECTION_COUNTS, sizeof(n->count[0]), 2);
	n->head.crc32 = ~crc32_le(~0, (void *)n, sizeof(*n));
	fake_note(fake, KDUMP_NOTE_NAME, KDUMP_NOTE_TYPE, n, sizeof(*n));
}

static void fake_describe(struct fake *fake)
{
	fake_describe_from(fake, FAKE_BASE_PA >> PAGE_SHIFT);
}

/* All kept but for what fake_left_out() says; returns the counts that the kernel keeps. */
static u64 *fake_fill_map(struct fake *fake)
{
	struct fake_page *page = fake_va(fake, fake_pa(FAKE_MAP_PAGE));
	u64 *count = fake_va(fake, fake_pa(FAKE_MAP_PAGE - 1));

	count[0] = 0;
	count[1] = 0;
	for (unsigned int i = 0; i < FAKE_PAGES; i++) {
		page[i] = (struct fake_page) { .flags = fake_left_out(fake_pa(i)) ? FAKE_FREE : 0 };
		count[0] += page[i].flags == FAKE_FREE;
	}
	return count;
}

static void free_filter(void *cf)
{
	capture_filter_free(cf);
}

static struct capture_filter *fake_filter(struct fake *fake, struct kdump_dump *dump)
{
	struct capture_filter *cf = kunit_kzalloc(fake->test, sizeof(*cf), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(fake->test, cf);
	KUNIT_ASSERT_EQ(fake->test, fake_build(fake, dump), 0);
	KUNIT_ASSERT_EQ(fake->test, capture_filter_build(cf, dump, &fake->reader), 0);
	KUNIT_ASSERT_EQ(fake->test, kunit_add_action_or_reset(fake->test, free_filter, cf), 0);
	return cf;
}

/* Every page of the file is a hole or not, as its number says; page 8 has moved to page 20. */
static void check_filtered(struct kunit *test, struct kdump_dump *dump, unsigned int moved,
			   bool poisoned, bool free)
{
	const struct kdump_extent *e;
	u64 off, pa, seen = 0;
	bool hole;

	for (size_t i = 0; i < dump->file.x.nr; i++) {
		e = &dump->file.x.e[i];
		for (u64 at = 0; e->kind == KDUMP_EXTENT_OLDMEM && at < e->bytes; at += PAGE_SIZE) {
			pa = e->pa + at;
			if (moved && pa >= fake_pa(20) && pa < fake_pa(20 + moved))
				pa -= 12 * PAGE_SIZE;
			hole = (free && fake_left_out(pa)) || (poisoned && pa == fake_pa(66));
			off = e->file_off + at;
			KUNIT_EXPECT_EQ_MSG(test, oldmem_file_seek(&dump->file, off, SEEK_DATA) !=
					    off, hole, "page at %#llx", pa);
			seen++;
		}
	}
	KUNIT_EXPECT_GT(test, seen, 50);
}

static void test_filter_levels(struct kunit *test)
{
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	struct fake *fake = fake_machine(test, true);
	struct capture_filter *cf;
	struct filter_counts counts;
	u64 *count;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_describe(fake);
	fake_segment(fake, PT_LOAD, FAKE_LINEAR + fake_pa(60), fake_pa(60), fake_pa(60),
		     100 * PAGE_SIZE - 0x80);
	count = fake_fill_map(fake);
	cf = fake_filter(fake, dump);
	KUNIT_EXPECT_TRUE(test, cf->usable);

	KUNIT_ASSERT_EQ(test, capture_filter_set(cf, &dump->file, 16), 0);
	/* The last page is one in part, which is kept whatever it is. */
	KUNIT_EXPECT_FALSE(test, fake_left_out(fake_pa(159)));
	check_filtered(test, dump, 0, false, true);
	KUNIT_EXPECT_EQ(test, capture_filter_left_out(cf), min(count[0], 99) * PAGE_SIZE);
	capture_filter_counts(cf, &counts);
	KUNIT_EXPECT_EQ(test, counts.ram_pages, 99);
	KUNIT_EXPECT_EQ(test, counts.stats.pages[PAGEFILTER_KEEP] +
			counts.stats.pages[PAGEFILTER_FREE], 99);

	/* What was seen at one level does not stay at the next. */
	KUNIT_ASSERT_EQ(test, capture_filter_set(cf, &dump->file, 8), 0);
	check_filtered(test, dump, 0, false, false);
	KUNIT_ASSERT_EQ(test, capture_filter_set(cf, &dump->file, 0), 0);
	KUNIT_EXPECT_NULL(test, dump->file.filter);
	/* Each page is counted once. */
	capture_filter_counts(cf, &counts);
	KUNIT_EXPECT_EQ(test, counts.stats.pages[PAGEFILTER_KEEP] +
			counts.stats.pages[PAGEFILTER_FREE], 99);
	kdump_dump_free(dump);
}

/* At level 0 too, and only if the crashed kernel has counted one. */
static void test_filter_poison(struct kunit *test)
{
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	struct fake *fake = fake_machine(test, true);
	struct capture_filter *cf;
	struct fake_page *page;
	u64 *count;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_describe(fake);
	fake_segment(fake, PT_LOAD, FAKE_LINEAR + fake_pa(60), fake_pa(60), fake_pa(60),
		     100 * PAGE_SIZE);
	count = fake_fill_map(fake);
	page = fake_va(fake, fake_pa(FAKE_MAP_PAGE));
	page[66].flags = FAKE_POISON;
	count[1] = 1;
	cf = fake_filter(fake, dump);
	KUNIT_ASSERT_EQ(test, capture_filter_set(cf, &dump->file, 0), 0);
	KUNIT_EXPECT_NOT_NULL(test, dump->file.filter);
	check_filtered(test, dump, 0, true, false);
	KUNIT_ASSERT_EQ(test, capture_filter_set(cf, &dump->file, 31), 0);
	check_filtered(test, dump, 0, true, true);
	kdump_dump_free(dump);
}

/* One that was found in a free block: only who leaves out free memory steps over it. */
static void test_filter_poison_in_block(struct kunit *test)
{
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	struct fake *fake = fake_machine(test, true);
	static const unsigned int levels[] = { 0, 8, 16 };
	struct capture_filter *cf;
	struct fake_page *page;
	u64 off;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_describe(fake);
	fake_segment(fake, PT_LOAD, FAKE_LINEAR + fake_pa(60), fake_pa(60), fake_pa(60),
		     100 * PAGE_SIZE);
	fake_fill_map(fake)[1] = 1;
	page = fake_va(fake, fake_pa(FAKE_MAP_PAGE));
	memset(page + 96, 0, 8 * sizeof(*page));
	page[96].flags = FAKE_FREE | FIELD_PREP(FAKE_BLOCK_ORDER, 3);
	page[98].flags = FAKE_POISON;
	cf = fake_filter(fake, dump);
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		KUNIT_ASSERT_EQ(test, capture_filter_set(cf, &dump->file, levels[i]), 0);
		for (unsigned int p = 96; p < 104; p++) {
			KUNIT_ASSERT_EQ(test, kdump_extents_pa_to_off(&dump->file.x, fake_pa(p),
								      PAGE_SIZE, &off), 0);
			KUNIT_EXPECT_EQ_MSG(test, oldmem_file_seek(&dump->file, off, SEEK_DATA) !=
					    off, levels[i] == 16 || p == 98,
					    "page %u at level %u", p, levels[i]);
		}
	}
	kdump_dump_free(dump);
}

static bool refuse_map(struct vmcore_cb *cb, unsigned long pfn)
{
	return PFN_PHYS(pfn) != fake_pa(FAKE_MAP_PAGE);
}

/* Struct pages that a callback refuses are no zeros to go by: unknown, and so is what they tell. */
static void test_filter_refused(struct kunit *test)
{
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	struct vmcore_cb cb = { .pfn_is_ram = refuse_map };
	struct fake *fake = fake_machine(test, true);
	struct filter_counts counts;
	struct capture_filter *cf;
	u64 off;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_describe(fake);
	fake_segment(fake, PT_LOAD, FAKE_LINEAR + fake_pa(60), fake_pa(60), fake_pa(60),
		     100 * PAGE_SIZE);
	fake_fill_map(fake);
	cf = fake_filter(fake, dump);
	oldmem_reader_trim(&fake->reader);
	fake->refused_pa = fake_pa(FAKE_MAP_PAGE);
	register_vmcore_cb(&cb);
	KUNIT_EXPECT_EQ(test, capture_filter_set(cf, &dump->file, 31), 0);
	KUNIT_EXPECT_EQ(test, kdump_extents_pa_to_off(&dump->file.x, fake_pa(60), PAGE_SIZE, &off),
			0);
	/* Data up to the page itself, which is a hole of one page. */
	KUNIT_EXPECT_EQ(test, oldmem_file_seek(&dump->file, off, SEEK_HOLE),
			off + (FAKE_MAP_PAGE - 60) * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, oldmem_file_seek(&dump->file, off + (FAKE_MAP_PAGE - 60) * PAGE_SIZE,
					       SEEK_DATA), off + (FAKE_MAP_PAGE - 59) * PAGE_SIZE);
	unregister_vmcore_cb(&cb);
	capture_filter_counts(cf, &counts);
	KUNIT_EXPECT_EQ(test, counts.stats.unreadable, 100);
	KUNIT_EXPECT_EQ(test, counts.stats.pages[PAGEFILTER_KEEP], 100);
	kdump_dump_free(dump);
}

/* Struct pages that the machine can not read: those pages are kept, and it is tried once. */
static void test_filter_unreadable(struct kunit *test)
{
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	struct fake *fake = fake_machine(test, true);
	struct filter_counts counts;
	struct capture_filter *cf;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_describe(fake);
	fake_segment(fake, PT_LOAD, FAKE_LINEAR + fake_pa(60), fake_pa(60), fake_pa(60),
		     100 * PAGE_SIZE);
	fake_fill_map(fake);
	cf = fake_filter(fake, dump);
	fake->poison_pa = fake_pa(FAKE_MAP_PAGE) + 61 * sizeof(struct fake_page);
	KUNIT_ASSERT_EQ(test, capture_filter_set(cf, &dump->file, 31), 0);
	check_filtered(test, dump, 0, false, false);
	capture_filter_counts(cf, &counts);
	KUNIT_EXPECT_EQ(test, counts.stats.unreadable, 100);
	KUNIT_EXPECT_EQ(test, fake->poisoned_reads, 1);
	KUNIT_EXPECT_EQ(test, oldmem_unreadable_count(&fake->reader), 1);
	kdump_dump_free(dump);
}

static unsigned int maps_in_use(const struct capture_filter *cf)
{
	unsigned int maps = 0;

	for (u32 i = 0; i < cf->slots; i++)
		maps += !!cf->slot[i].map;
	return maps;
}

/* From both ends by turns: half of the pages are of another window. */
static void check_by_turns(struct kunit *test, struct kdump_dump *dump, struct capture_filter *cf)
{
	u64 off;

	for (unsigned int i = 0; i < 100; i++) {
		u64 pa = fake_pa(60 + (i & 1 ? 99 - i / 2 : i / 2));

		KUNIT_ASSERT_EQ(test, kdump_extents_pa_to_off(&dump->file.x, pa, PAGE_SIZE, &off),
				0);
		KUNIT_EXPECT_EQ_MSG(test, oldmem_file_seek(&dump->file, off, SEEK_DATA) != off,
				    fake_left_out(pa), "page at %#llx", pa);
		KUNIT_EXPECT_LE(test, maps_in_use(cf), 1);
	}
}

/* Windows that share a slot, or find no more bitmaps, are forgotten; the answer stays right. */
static void test_filter_forgets(struct kunit *test)
{
	const u64 edge = 3 * FILTER_WINDOW_PAGES;
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	struct fake *fake = fake_machine(test, true);
	struct filter_counts counts;
	struct capture_filter *cf;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_describe_from(fake, edge - 110);
	fake_segment(fake, PT_LOAD, FAKE_LINEAR + PFN_PHYS(edge - 50), PFN_PHYS(edge - 50),
		     fake_pa(60), 100 * PAGE_SIZE);
	fake_fill_map(fake);
	cf = fake_filter(fake, dump);
	KUNIT_ASSERT_EQ(test, cf->slots, 4);
	KUNIT_ASSERT_EQ(test, capture_filter_set(cf, &dump->file, 16), 0);
	cf->slots = 1;
	check_by_turns(test, dump, cf);

	/* Forgets what is in the only one. */
	KUNIT_ASSERT_EQ(test, capture_filter_set(cf, &dump->file, 16), 0);
	cf->slots = 4;
	cf->bitmaps = FILTER_BITMAPS;
	check_by_turns(test, dump, cf);
	capture_filter_counts(cf, &counts);
	KUNIT_EXPECT_EQ(test, counts.stats.pages[PAGEFILTER_KEEP] +
			counts.stats.pages[PAGEFILTER_FREE], 100);
	kdump_dump_free(dump);
}

/* Pages 8 to 11, of the last only a part, were copied to pages 20 to 23. */
static void test_filter_moved(struct kunit *test)
{
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	struct fake *fake = fake_machine(test, true);
	struct capture_filter *cf;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_describe(fake);
	fake_segment(fake, PT_LOAD, FAKE_LINEAR + fake_pa(8), fake_pa(8), fake_pa(20),
		     4 * PAGE_SIZE - 0x400);
	fake_segment(fake, PT_LOAD, FAKE_LINEAR + fake_pa(60), fake_pa(60), fake_pa(60),
		     100 * PAGE_SIZE);
	fake_fill_map(fake);
	/* Of the last piece: kept, as all that is a page only in part. */
	KUNIT_ASSERT_FALSE(test, fake_left_out(fake_pa(11)));
	KUNIT_ASSERT_TRUE(test, fake_left_out(fake_pa(8)) && !fake_left_out(fake_pa(20)));
	cf = fake_filter(fake, dump);
	KUNIT_ASSERT_EQ(test, capture_filter_set(cf, &dump->file, 31), 0);
	check_filtered(test, dump, 4, false, true);
	kdump_dump_free(dump);
}

/* Without a description, or with a damaged one, the dump is whole and a level is refused. */
static void test_filter_absent(struct kunit *test)
{
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	struct fake *fake = fake_machine(test, true);
	struct capture_filter *cf;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_usual(fake);
	cf = fake_filter(fake, dump);
	KUNIT_EXPECT_FALSE(test, cf->usable);
	KUNIT_EXPECT_EQ(test, capture_filter_set(cf, &dump->file, 31), -ENODATA);
	KUNIT_EXPECT_EQ(test, capture_filter_set(cf, &dump->file, 0), 0);
	KUNIT_EXPECT_NULL(test, dump->file.filter);
	KUNIT_EXPECT_EQ(test, capture_filter_left_out(cf), 0);
	kdump_dump_free(dump);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_filter_levels),
	KUNIT_CASE(test_filter_poison),
	KUNIT_CASE(test_filter_poison_in_block),
	KUNIT_CASE(test_filter_refused),
	KUNIT_CASE(test_filter_unreadable),
	KUNIT_CASE(test_filter_forgets),
	KUNIT_CASE(test_filter_moved),
	KUNIT_CASE(test_filter_absent),
	{}
};

struct kunit_suite kdump_filter_suite = {
	.name = "kdump_filter",
	.test_cases = cases,
};
