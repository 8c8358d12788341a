// SPDX-License-Identifier: GPL-2.0-only
/* Holes in the dump, and memory that can not be read. */
#include <linux/crash_dump.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/prandom.h>

#include "fake.h"
#include "tests.h"

/* Answers page by page now and then, as a filter may. */
static int fake_run(struct oldmem_filter *filter, u64 pa, u64 bytes, u64 *run, bool *hole)
{
	u64 end = pa + bytes, at = round_down(pa, PAGE_SIZE) + PAGE_SIZE;

	*hole = fake_left_out(pa);
	while (at < end && fake_left_out(at) == *hole && pa % (11 * PAGE_SIZE) > PAGE_SIZE)
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
			if (fake_left_out(e->pa + at))
				memset(*right + e->file_off + at, 0,
				       min_t(u64, PAGE_SIZE, e->bytes - at));
	}
	dump->file.filter = &filter;
	(*fake)->untouched = fake_left_out;
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
	       (e->kind == KDUMP_EXTENT_OLDMEM && fake_left_out(e->pa + (off - e->file_off)));
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

static bool refuse_two(struct vmcore_cb *cb, unsigned long pfn)
{
	return pfn != PHYS_PFN(fake_pa(20)) && pfn != PHYS_PFN(fake_pa(21));
}

/* What a callback refuses is a hole at every level, for as long as it is there. */
static void test_seek_refused(struct kunit *test)
{
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	struct vmcore_cb cb = { .pfn_is_ram = refuse_two };
	struct fake *fake = fake_machine(test, true);
	size_t bytes;
	u64 off;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_usual(fake);
	KUNIT_ASSERT_EQ(test, fake_build(fake, dump), 0);
	bytes = oldmem_file_size(&dump->file);
	KUNIT_ASSERT_EQ(test, kdump_extents_pa_to_off(&dump->file.x, fake_pa(20), 2 * PAGE_SIZE,
						      &off), 0);
	register_vmcore_cb(&cb);
	KUNIT_EXPECT_EQ(test, oldmem_file_seek(&dump->file, 0, SEEK_HOLE), off);
	KUNIT_EXPECT_EQ(test, oldmem_file_seek(&dump->file, off + 1, SEEK_HOLE), off + 1);
	KUNIT_EXPECT_EQ(test, oldmem_file_seek(&dump->file, off, SEEK_DATA), off + 2 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, oldmem_file_seek(&dump->file, off + 2 * PAGE_SIZE, SEEK_HOLE),
			bytes);
	unregister_vmcore_cb(&cb);
	KUNIT_EXPECT_EQ(test, oldmem_file_seek(&dump->file, 0, SEEK_HOLE), bytes);
	kdump_dump_free(dump);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_holes_read),
	KUNIT_CASE(test_holes_seek),
	KUNIT_CASE(test_seek_unfiltered),
	KUNIT_CASE(test_seek_refused),
	KUNIT_CASE(test_unreadable),
	KUNIT_CASE(test_unreadable_many),
	{}
};

struct kunit_suite kdump_holes_suite = {
	.name = "kdump_holes",
	.test_cases = cases,
};
