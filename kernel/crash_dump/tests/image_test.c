// SPDX-License-Identifier: GPL-2.0-only
/*
 * An image while it is built: the table of states, and what must hold of its memory.
 *
 * The images are built as a load builds them, up to SEALED, and are never armed. Their
 * destinations are free memory of this kernel, so that the allocator offers pages that must
 * not be taken; nothing is ever written there.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "../../kexec_internal.h"
#include "tests.h"

#define CONTENT_BYTES	SZ_8M
#define ZERO_BYTES	SZ_1M

struct built {
	struct kimage *image;
	u8 *content;
	phys_addr_t free_pa;
};

static u8 content_byte(size_t i)
{
	return (i * 2654435761u) >> 13;
}

/* Memory that was free a moment ago, and so is likely to be handed out again. */
static phys_addr_t free_memory(struct kunit *test)
{
	struct page *page = alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER);
	phys_addr_t pa;

	KUNIT_ASSERT_NOT_NULL(test, page);
	pa = page_to_phys(page);
	__free_pages(page, MAX_PAGE_ORDER);
	return pa;
}

static void built_release(void *data)
{
	struct built *b = data;

	kimage_free(b->image);
	vfree(b->content);
}

/* A NEW image: content and zero fill over free memory, and two pieces elsewhere. */
static struct built *new_image(struct kunit *test)
{
	struct built *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);
	struct kexec_segment *seg;
	size_t i;

	KUNIT_ASSERT_NOT_NULL(test, b);
	b->content = vmalloc(CONTENT_BYTES);
	KUNIT_ASSERT_NOT_NULL(test, b->content);
	for (i = 0; i < CONTENT_BYTES; i++)
		b->content[i] = content_byte(i);
	b->free_pa = ALIGN_DOWN(free_memory(test), SZ_4M);

	b->image = kimage_new(KEXEC_TYPE_DEFAULT, b->free_pa);
	KUNIT_ASSERT_NOT_NULL(test, b->image);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, built_release, b));

	b->image->file_mode = 1;
	b->image->nr_segments = 4;
	seg = b->image->segment;
	seg[0].kbuf = b->content;
	seg[0].bufsz = CONTENT_BYTES / 2 - 100;
	seg[0].mem = b->free_pa;
	seg[0].memsz = CONTENT_BYTES / 2 + ZERO_BYTES;
	/* The next one begins where the first ends: no step may join the two. */
	seg[1].kbuf = b->content + CONTENT_BYTES / 2;
	seg[1].bufsz = CONTENT_BYTES / 2;
	seg[1].mem = seg[0].mem + seg[0].memsz;
	seg[1].memsz = CONTENT_BYTES / 2;
	/* Lower than the others, all zero, and in pages of its own: as IMA's. */
	seg[2].mem = b->free_pa - SZ_1M;
	seg[2].memsz = 8 * PAGE_SIZE;
	b->image->digest_skip = BIT(2);
	seg[3].mem = b->free_pa - SZ_2M;
	seg[3].memsz = PAGE_SIZE;
	return b;
}

static struct built *copied_image(struct kunit *test)
{
	struct built *b = new_image(test);

	KUNIT_ASSERT_EQ(test, 0, kimage_place(b->image));
	KUNIT_ASSERT_EQ(test, 0, kimage_copy(b->image));
	KUNIT_ASSERT_EQ(test, KIMAGE_COPIED, b->image->state);
	return b;
}

static struct built *sealed_image(struct kunit *test)
{
	struct built *b = copied_image(test);

	KUNIT_ASSERT_EQ(test, 0, kimage_seal(b->image));
	KUNIT_ASSERT_EQ(test, KIMAGE_SEALED, b->image->state);
	return b;
}

static void states(struct kunit *test)
{
	static const enum kimage_state legal[][2] = {
		{ KIMAGE_NEW, KIMAGE_PLACED },
		{ KIMAGE_PLACED, KIMAGE_COPIED },
		{ KIMAGE_COPIED, KIMAGE_SEALED },
		{ KIMAGE_SEALED, KIMAGE_ARMED },
		{ KIMAGE_ARMED, KIMAGE_FIRING },
		{ KIMAGE_ARMED, KIMAGE_RETIRED },
		{ KIMAGE_FIRING, KIMAGE_RETIRED },
		{ KIMAGE_NEW, KIMAGE_RETIRED },
		{ KIMAGE_PLACED, KIMAGE_RETIRED },
		{ KIMAGE_COPIED, KIMAGE_RETIRED },
		{ KIMAGE_SEALED, KIMAGE_RETIRED },
	};
	struct kimage *image = kunit_kzalloc(test, sizeof(*image), GFP_KERNEL);
	int from, to, i;

	KUNIT_ASSERT_NOT_NULL(test, image);
	for (from = KIMAGE_NEW; from <= KIMAGE_RETIRED; from++) {
		for (to = KIMAGE_NEW; to <= KIMAGE_RETIRED; to++) {
			bool want = false;

			for (i = 0; i < ARRAY_SIZE(legal); i++)
				want |= legal[i][0] == from && legal[i][1] == to;
			image->state = from;
			KUNIT_EXPECT_EQ_MSG(test, want, kimage_move(image, from, to),
					    "from %d to %d", from, to);
			KUNIT_EXPECT_EQ(test, want ? to : from, image->state);
		}
	}
}

/* Of two that want an armed image one gets it. */
static void states_one_owner(struct kunit *test)
{
	struct kimage *image = kunit_kzalloc(test, sizeof(*image), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, image);
	image->state = KIMAGE_ARMED;
	KUNIT_EXPECT_TRUE(test, kimage_move(image, KIMAGE_ARMED, KIMAGE_FIRING));
	KUNIT_EXPECT_FALSE(test, kimage_move(image, KIMAGE_ARMED, KIMAGE_FIRING));
	KUNIT_EXPECT_FALSE(test, kimage_move(image, KIMAGE_ARMED, KIMAGE_RETIRED));
	KUNIT_EXPECT_EQ(test, KIMAGE_FIRING, image->state);
}

static unsigned int overwritten(const struct kimage *image, const struct list_head *list)
{
	unsigned int nr = 0;
	struct page *page;

	list_for_each_entry(page, list, lru)
		nr += kimage_is_destination(image, page_to_phys(page),
					    page_to_phys(page) + PAGE_SIZE);
	return nr;
}

/* Nothing that the enter stub needs is where it writes. */
static void nothing_overwritten(struct kunit *test)
{
	struct kimage *image = sealed_image(test)->image;
	struct kexec_walk walk;
	unsigned int in_place = 0, bad = 0;

	KUNIT_EXPECT_EQ(test, 0, overwritten(image, &image->control_pages));
	KUNIT_EXPECT_EQ(test, 0, overwritten(image, &image->copy_pages));
	kexec_walk_start(&walk, image);
	while (kexec_walk_next(&walk)) {
		if (walk.zero)
			continue;
		if (walk.src_pa == walk.dst_pa) {
			in_place += walk.bytes >> PAGE_SHIFT;
			continue;
		}
		bad += kimage_is_destination(image, walk.src_pa, walk.src_pa + walk.bytes);
	}
	KUNIT_EXPECT_EQ(test, 0, bad);
	kunit_info(test, "%u pages in place\n", in_place);
	KUNIT_EXPECT_TRUE(test, list_empty(&image->spare_pages));
	KUNIT_EXPECT_TRUE(test, xa_empty(&image->held));
}

static u8 expected_byte(const struct built *b, unsigned int index, size_t offset)
{
	const struct kexec_segment *seg = &b->image->segment[index];

	return offset < seg->bufsz ? ((u8 *)seg->kbuf)[offset] : 0;
}

/* Each byte of each segment once, in order, as it was given, zero behind it. */
static void expect_content(struct kunit *test, const struct built *b)
{
	unsigned int index = 0, wrong = 0;
	struct kexec_walk walk;
	u64 offset = 0, i;

	kexec_walk_start(&walk, b->image);
	while (kexec_walk_next(&walk)) {
		const u8 *src = walk.zero ? NULL : phys_to_virt(walk.src_pa);

		if (walk.index != index) {
			KUNIT_EXPECT_EQ(test, offset, b->image->segment[index].memsz);
			KUNIT_EXPECT_EQ(test, index + 1, walk.index);
			index = walk.index;
			offset = 0;
		}
		KUNIT_EXPECT_EQ(test, b->image->segment[index].mem + offset, walk.dst_pa);
		for (i = 0; i < walk.bytes; i++)
			wrong += (src ? src[i] : 0) != expected_byte(b, index, offset + i);
		offset += walk.bytes;
	}
	KUNIT_EXPECT_EQ(test, b->image->nr_segments - 1, index);
	KUNIT_EXPECT_EQ(test, b->image->segment[index].memsz, offset);
	KUNIT_EXPECT_EQ(test, 0, wrong);
}

static void content(struct kunit *test)
{
	expect_content(test, copied_image(test));
}

/* Long enough for a list of several pages, as far as a block is. */
#define LIST_ORDER	min(MAX_PAGE_ORDER, 9)

/* A block in which no destination lies: what is its own destination needs no step. */
static struct page *block_elsewhere(const struct kimage *image)
{
	struct page *block = alloc_pages(GFP_KERNEL, LIST_ORDER), *other;

	if (!block || !kimage_is_destination(image, page_to_phys(block),
					     page_to_phys(block) + (PAGE_SIZE << LIST_ORDER)))
		return block;
	other = block_elsewhere(image);
	__free_pages(block, LIST_ORDER);
	return other;
}

/* Sources in falling order: no step can be joined, and the list takes many pages. */
static void long_list(struct kunit *test)
{
	const unsigned int pages = 1U << LIST_ORDER;
	struct built *b = new_image(test);
	struct page *block = block_elsewhere(b->image);
	struct page *page;
	unsigned int i, nr = 0;

	KUNIT_ASSERT_NOT_NULL(test, block);
	split_page(block, LIST_ORDER);
	for (i = 0; i < pages; i++)
		list_add(&block[i].lru, &b->image->spare_pages);
	KUNIT_ASSERT_EQ(test, 0, kimage_place(b->image));
	KUNIT_ASSERT_EQ(test, 0, kimage_copy(b->image));
	list_for_each_entry(page, &b->image->copy_pages, lru)
		nr++;
	KUNIT_EXPECT_GE(test, nr, pages * sizeof(struct kexec_copy) / PAGE_SIZE);
	expect_content(test, b);
}

/* One flipped bit is found, in the segment where it is. */
static void digests(struct kunit *test)
{
	struct kimage *image = sealed_image(test)->image;
	struct kexec_walk walk;

	KUNIT_EXPECT_EQ(test, -1, kexec_digest_check(image, NULL));
	KUNIT_EXPECT_EQ(test, -1, kexec_digest_verify(image));
	kexec_walk_start(&walk, image);
	while (kexec_walk_next(&walk)) {
		int want = image->digest_skip & BIT(walk.index) ? -1 : walk.index;
		u8 *last;

		if (walk.zero)
			continue;
		last = phys_to_virt(walk.src_pa + walk.bytes - 1);
		*last ^= 0x10;
		KUNIT_EXPECT_EQ(test, want, kexec_digest_verify(image));
		*last ^= 0x10;
	}
	KUNIT_EXPECT_EQ(test, -1, kexec_digest_verify(image));

	image->digest[3][31] ^= 1;
	KUNIT_EXPECT_EQ(test, 3, kexec_digest_verify(image));
}

/* In place, as in the crash region, the zero fill is there to be checked as well. */
static void zero_fill_in_place(struct kunit *test)
{
	const unsigned int order = 4, content_pages = 3;
	struct kimage *image = kunit_kzalloc(test, sizeof(*image), GFP_KERNEL);
	struct kexec_copy end = {};
	u8 *home = kunit_kzalloc(test, PAGE_SIZE << order, GFP_KERNEL);
	size_t i;

	KUNIT_ASSERT_NOT_NULL(test, image);
	KUNIT_ASSERT_NOT_NULL(test, home);
	KUNIT_ASSERT_TRUE(test, PAGE_ALIGNED(home));
	memset(home, 0x77, content_pages * PAGE_SIZE - 10);
	image->copy = &end;
	image->nr_segments = 1;
	image->segment[0].mem = virt_to_phys(home);
	image->segment[0].memsz = PAGE_SIZE << order;
	image->segment[0].bufsz = content_pages * PAGE_SIZE - 10;

	kexec_digest_seal(image, NULL);
	KUNIT_EXPECT_EQ(test, -1, kexec_digest_verify(image));
	for (i = 0; i < PAGE_SIZE << order; i += PAGE_SIZE / 2 - 1) {
		home[i] ^= 1;
		KUNIT_EXPECT_EQ(test, 0, kexec_digest_verify(image));
		home[i] ^= 1;
	}
	home[(PAGE_SIZE << order) - 1] = 1;
	KUNIT_EXPECT_EQ(test, 0, kexec_digest_verify(image));
}

/* What is rewritten after sealing has pages to be written to. */
static void mapped_segment(struct kunit *test)
{
	struct kimage *image = sealed_image(test)->image;
	const struct kexec_segment *seg = &image->segment[2];
	struct kexec_walk walk;
	char *map;

	map = kimage_map_segment(image, seg->mem, seg->memsz);
	KUNIT_ASSERT_NOT_NULL(test, map);
	KUNIT_EXPECT_TRUE(test, !memchr_inv(map, 0, seg->memsz));
	strscpy(map + 5 * PAGE_SIZE, "measured", 9);
	kimage_unmap_segment(map);

	kexec_walk_start(&walk, image);
	while (kexec_walk_next(&walk)) {
		u64 at = seg->mem + 5 * PAGE_SIZE;

		if (walk.dst_pa > at || walk.dst_pa + walk.bytes <= at)
			continue;
		KUNIT_EXPECT_STREQ(test, "measured",
				   (char *)phys_to_virt(walk.src_pa + at - walk.dst_pa));
	}
	KUNIT_EXPECT_EQ(test, -1, kexec_digest_verify(image));
	/* Zero fill elsewhere has none. */
	KUNIT_EXPECT_NULL(test, kimage_map_segment(image, image->segment[3].mem, PAGE_SIZE));
}

static void placement_refused(struct kunit *test)
{
	struct built *b = new_image(test);
	struct kexec_segment *seg = b->image->segment;

	seg[3].mem += 1;
	KUNIT_EXPECT_EQ(test, -EADDRNOTAVAIL, kimage_place(b->image));
	seg[3].mem = seg[1].mem;
	KUNIT_EXPECT_EQ(test, -EINVAL, kimage_place(b->image));
	seg[3].mem = b->free_pa - SZ_2M;
	seg[3].memsz = (u64)totalram_pages() << PAGE_SHIFT;
	seg[3].mem = SZ_1T;
	/* As its manual page says for kexec_load(2). */
	KUNIT_EXPECT_EQ(test, -EFBIG, kimage_place(b->image));
	b->image->file_mode = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, kimage_place(b->image));
	b->image->file_mode = 1;
	KUNIT_EXPECT_EQ(test, KIMAGE_NEW, b->image->state);
}

LOCKED(states)
LOCKED(states_one_owner)
LOCKED(nothing_overwritten)
LOCKED(content)
LOCKED(long_list)
LOCKED(digests)
LOCKED(zero_fill_in_place)
LOCKED(mapped_segment)
LOCKED(placement_refused)

static struct kunit_case image_cases[] = {
	LOCKED_CASE(states),
	LOCKED_CASE(states_one_owner),
	LOCKED_CASE(nothing_overwritten),
	LOCKED_CASE(content),
	LOCKED_CASE(long_list),
	LOCKED_CASE_SLOW(digests),
	LOCKED_CASE(zero_fill_in_place),
	LOCKED_CASE(mapped_segment),
	LOCKED_CASE(placement_refused),
	{}
};

struct kunit_suite kdump_image_suite = {
	.name = "kexec_image",
	.test_cases = image_cases,
};
