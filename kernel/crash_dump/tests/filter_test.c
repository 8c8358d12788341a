// SPDX-License-Identifier: GPL-2.0-only
/* Holes in the dump, the filter that says where they are, and memory that can not be read. */
#include <linux/crc32.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <uapi/linux/kdump.h>

#include "../capture_filter.h"
#include "fake.h"
#include "tests.h"

/* What is left out is decided by the page's number: single pages, pairs, and a long run. */
static bool left_out(u64 pa)
{
	unsigned int page = (pa - FAKE_BASE_PA) / PAGE_SIZE;

	return page % 5 == 3 || page % 7 < 2 || (page >= 70 && page < 90);
}

/* Answers page by page now and then, as a filter may. */
static int fake_run(struct oldmem_filter *filter, u64 pa, u64 bytes, u64 *run, bool *hole)
{
	u64 end = pa + bytes, at = round_down(pa, PAGE_SIZE) + PAGE_SIZE;

	*hole = left_out(pa);
	while (at < end && left_out(at) == *hole && pa % (11 * PAGE_SIZE) > PAGE_SIZE)
		at += PAGE_SIZE;
	*run = min(at, end) - pa;
	return 0;
}

static int interrupted_run(struct oldmem_filter *filter, u64 pa, u64 bytes, u64 *run, bool *hole)
{
	return -EINTR;
}

/* A machine whose dump is filtered, and the dump as it has to read. */
static struct kdump_dump *filtered(struct kunit *test, struct fake **fake, u8 **right,
				   size_t *bytes)
{
	static struct oldmem_filter filter = { .run = fake_run };
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	const struct kdump_extent *e;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	*fake = fake_machine(test, true);
	fake_usual(*fake);
	KUNIT_ASSERT_EQ(test, fake_build(*fake, dump), 0);
	*right = fake_read_all(*fake, &dump->file, bytes);
	for (size_t i = 0; i < dump->file.x.nr; i++) {
		e = &dump->file.x.e[i];
		for (u64 at = 0; e->kind == KDUMP_EXTENT_OLDMEM && at < e->bytes; at += PAGE_SIZE)
			if (left_out(e->pa + at))
				memset(*right + e->file_off + at, 0,
				       min_t(u64, PAGE_SIZE, e->bytes - at));
	}
	dump->file.filter = &filter;
	(*fake)->untouched = left_out;
	return dump;
}

static void test_holes_read(struct kunit *test)
{
	size_t bytes, off, len, want;
	struct kdump_dump *dump;
	struct rnd_state rnd;
	struct fake *fake;
	u8 *right, *part;

	dump = filtered(test, &fake, &right, &bytes);
	part = kunit_kmalloc(test, 9 * PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, part);
	prandom_seed_state(&rnd, 20260102);
	for (int i = 0; i < 2000; i++) {
		off = prandom_u32_state(&rnd) % (bytes + PAGE_SIZE);
		len = prandom_u32_state(&rnd) % (9 * PAGE_SIZE);
		if (i & 1)
			off = round_down(off, PAGE_SIZE);
		want = off < bytes ? min(len, bytes - off) : 0;
		KUNIT_ASSERT_EQ(test, fake_read(&dump->file, off, part, len), want);
		KUNIT_ASSERT_TRUE(test, !memcmp(part, right + min(off, bytes), want));
	}
	kdump_dump_free(dump);
}

/* Is the byte at @off in a hole, by what the filter says of its page? */
static bool is_hole(const struct kdump_dump *dump, u64 off)
{
	const struct kdump_extent *e = kdump_extents_find(&dump->file.x, off);

	return !e || e->kind == KDUMP_EXTENT_ZERO ||
	       (e->kind == KDUMP_EXTENT_OLDMEM && left_out(e->pa + (off - e->file_off)));
}

/* From every page's first, second and last byte on: found by looking at each page. */
static void test_holes_seek(struct kunit *test)
{
	static const unsigned int places[] = { 0, 1, PAGE_SIZE - 1 };
	struct kdump_dump *dump;
	struct fake *fake;
	size_t bytes;
	u8 *right;
	u64 data, hole;

	dump = filtered(test, &fake, &right, &bytes);
	for (u64 off = 0; off < bytes; off += PAGE_SIZE) {
		for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
			u64 at = off + places[i];

			for (data = at; data < bytes && is_hole(dump, data);)
				data = round_down(data, PAGE_SIZE) + PAGE_SIZE;
			for (hole = at; hole < bytes && !is_hole(dump, hole);)
				hole = round_down(hole, PAGE_SIZE) + PAGE_SIZE;
			KUNIT_ASSERT_EQ(test, oldmem_file_seek(&dump->file, at, SEEK_DATA),
					data < bytes ? data : -ENXIO);
			KUNIT_ASSERT_EQ(test, oldmem_file_seek(&dump->file, at, SEEK_HOLE),
					min_t(u64, hole, bytes));
		}
	}
	KUNIT_EXPECT_EQ(test, oldmem_file_seek(&dump->file, bytes, SEEK_DATA), -ENXIO);
	KUNIT_EXPECT_EQ(test, oldmem_file_seek(&dump->file, bytes, SEEK_HOLE), -ENXIO);
	KUNIT_EXPECT_EQ(test, oldmem_file_seek(&dump->file, -1, SEEK_DATA), -ENXIO);
	kdump_dump_free(dump);
}

/* Without a filter all is data, and an interrupted one says so. */
static void test_seek_unfiltered(struct kunit *test)
{
	struct oldmem_filter interrupted = { .run = interrupted_run };
	struct kdump_dump *dump;
	struct fake *fake;
	size_t bytes;
	u8 *right;
	u8 buf[8];

	dump = filtered(test, &fake, &right, &bytes);
	dump->file.filter = NULL;
	KUNIT_EXPECT_EQ(test, oldmem_file_seek(&dump->file, 5, SEEK_DATA), 5);
	KUNIT_EXPECT_EQ(test, oldmem_file_seek(&dump->file, 5, SEEK_HOLE), bytes);
	dump->file.filter = &interrupted;
	KUNIT_EXPECT_EQ(test, oldmem_file_seek(&dump->file, 0, SEEK_HOLE), -EINTR);
	KUNIT_EXPECT_EQ(test, fake_read(&dump->file, bytes - 8, buf, 8), -EINTR);
	kdump_dump_free(dump);
}

static bool is_pattern(const u8 *page)
{
	for (size_t at = 0; at < PAGE_SIZE; at += 16)
		if (memcmp(page + at, "KDUMP-UNREADABLE", 16))
			return false;
	return true;
}

/* The page is the pattern, as a whole, from then on; nothing else changes; it is tried once. */
static void test_unreadable(struct kunit *test)
{
	struct fake *fake = fake_machine(test, true);
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	size_t bytes, bad;
	u8 *before, *after, part[100];
	u64 off;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_usual(fake);
	KUNIT_ASSERT_EQ(test, fake_build(fake, dump), 0);
	before = fake_read_all(fake, &dump->file, &bytes);
	fake->poison_pa = fake_pa(75) + 1000;
	KUNIT_ASSERT_EQ(test, kdump_extents_pa_to_off(&dump->file.x, fake_pa(75), PAGE_SIZE, &off),
			0);
	bad = off;
	after = fake_read_all(fake, &dump->file, &bytes);
	KUNIT_EXPECT_TRUE(test, !memcmp(before, after, bad));
	KUNIT_EXPECT_TRUE(test, is_pattern(after + bad));
	KUNIT_EXPECT_TRUE(test, !memcmp(before + bad + PAGE_SIZE, after + bad + PAGE_SIZE,
					bytes - bad - PAGE_SIZE));
	/* Across its start, within it, and by the way that takes nothing in its place. */
	KUNIT_EXPECT_EQ(test, fake_read(&dump->file, bad - 50, part, 100), 100);
	KUNIT_EXPECT_TRUE(test, !memcmp(part, after + bad - 50, 100));
	KUNIT_EXPECT_EQ(test, fake_read(&dump->file, bad + 777, part, 100), 100);
	KUNIT_EXPECT_TRUE(test, !memcmp(part, after + bad + 777, 100));
	KUNIT_EXPECT_EQ(test, oldmem_read_kernel(&fake->reader, fake_pa(75), 100, false, part),
			-EIO);
	KUNIT_EXPECT_EQ(test, fake->poisoned_reads, 1);
	KUNIT_EXPECT_EQ(test, oldmem_unreadable_count(&fake->reader), 1);
	kdump_dump_free(dump);
}

/* More than the list holds: each still gives the pattern, from the bad line on at least. */
static void test_unreadable_many(struct kunit *test)
{
	struct fake *fake = fake_machine(test, true);
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	u8 *page = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);
	u64 off;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	KUNIT_ASSERT_NOT_NULL(test, page);
	fake_segment(fake, PT_LOAD, FAKE_LINEAR + fake_pa(8), fake_pa(8), fake_pa(8),
		     (OLDMEM_UNREADABLE_MAX + 8) * PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, fake_build(fake, dump), 0);
	KUNIT_ASSERT_EQ(test, kdump_extents_pa_to_off(&dump->file.x, fake_pa(8), PAGE_SIZE, &off),
			0);
	for (unsigned int i = 0; i < OLDMEM_UNREADABLE_MAX + 8; i++) {
		fake->poison_pa = fake_pa(8 + i) + 64;
		KUNIT_ASSERT_EQ(test, fake_read(&dump->file, off + i * PAGE_SIZE, page, PAGE_SIZE),
				PAGE_SIZE);
		KUNIT_ASSERT_TRUE(test, is_pattern(page));
	}
	KUNIT_EXPECT_EQ(test, oldmem_unreadable_count(&fake->reader), OLDMEM_UNREADABLE_MAX + 8);
	KUNIT_EXPECT_EQ(test, fake->reader.unreadable.nr, OLDMEM_UNREADABLE_MAX);
	kdump_dump_free(dump);
}

/*
 * A kernel whose struct page is a word of flags and a word for the head of a compound page. Its
 * memory map is flat and stands in its own RAM.
 */
#define FAKE_MAP_PAGE		130
#define FAKE_MAP_VA		0xffffea0000000000ULL
#define FAKE_FREE		BIT(0)
#define FAKE_POISON		BIT(1)
#define FAKE_HEAD		BIT(2)

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
		{ .class = KDUMP_PAGE_FREE, .first_test = 0, .tests = 1 },
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

static void fake_describe(struct fake *fake)
{
	struct fake_note *n = kunit_kmalloc(fake->test, sizeof(*n), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(fake->test, n);
	*n = note_template;
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

/* All kept but for what left_out() says; returns the counts that the kernel keeps. */
static u64 *fake_fill_map(struct fake *fake)
{
	struct fake_page *page = fake_va(fake, fake_pa(FAKE_MAP_PAGE));
	u64 *count = fake_va(fake, fake_pa(FAKE_MAP_PAGE - 1));

	count[0] = 0;
	count[1] = 0;
	for (unsigned int i = 0; i < FAKE_PAGES; i++) {
		page[i] = (struct fake_page) { .flags = left_out(fake_pa(i)) ? FAKE_FREE : 0 };
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
			hole = (free && left_out(pa)) || (poisoned && pa == fake_pa(66));
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
	KUNIT_EXPECT_FALSE(test, left_out(fake_pa(159)));
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
	KUNIT_ASSERT_FALSE(test, left_out(fake_pa(11)));
	KUNIT_ASSERT_TRUE(test, left_out(fake_pa(8)) && !left_out(fake_pa(20)));
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
	KUNIT_CASE(test_holes_read),
	KUNIT_CASE(test_holes_seek),
	KUNIT_CASE(test_seek_unfiltered),
	KUNIT_CASE(test_unreadable),
	KUNIT_CASE(test_unreadable_many),
	KUNIT_CASE(test_filter_levels),
	KUNIT_CASE(test_filter_poison),
	KUNIT_CASE(test_filter_moved),
	KUNIT_CASE(test_filter_absent),
	{}
};

struct kunit_suite kdump_filter_suite = {
	.name = "kdump_filter",
	.test_cases = cases,
};
