// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where kexec_add_buffer() puts the pieces of an image.
 *
 * The images are never placed or copied; nothing is written to what is found.
 */
#include <linux/io.h>
#include <linux/kexec.h>
#include <linux/kexec_arch.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "../../kexec_internal.h"
#include "tests.h"

static void image_release(void *image)
{
	kimage_free(image);
}

/* A NEW image as kexec_file_load(2) has it. */
static struct kimage *new_file_image(struct kunit *test, int type)
{
	struct kimage *image;

	image = kimage_new(type, 0);
	KUNIT_ASSERT_NOT_NULL(test, image);
	image->file_mode = 1;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, image_release, image));
	return image;
}

static struct kexec_buf piece(struct kimage *image, unsigned long bytes)
{
	return (struct kexec_buf){
		.image = image,
		.memsz = bytes,
		.buf_align = PAGE_SIZE,
		.buf_min = SZ_1M,
		.buf_max = ULONG_MAX,
	};
}

static void check_segments(struct kunit *test, const struct kimage *image)
{
	unsigned int i, k;

	for (i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *a = &image->segment[i];

		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(a->mem | a->memsz, PAGE_SIZE));
		for (k = 0; k < i; k++) {
			const struct kexec_segment *b = &image->segment[k];

			KUNIT_EXPECT_TRUE(test, a->mem >= b->mem + b->memsz ||
					  b->mem >= a->mem + a->memsz);
		}
	}
}

static bool in_crash_region(const struct kexec_segment *seg)
{
	return crashk_res.end > crashk_res.start && seg->mem <= crashk_res.end &&
	       seg->mem + seg->memsz > crashk_res.start;
}

/* From the bottom and from the top, with an alignment, and never in the crash region. */
static void places_in_ram(struct kunit *test)
{
	struct kimage *image = new_file_image(test, KEXEC_TYPE_DEFAULT);
	struct kexec_buf low = piece(image, SZ_2M - 1), low2 = piece(image, SZ_1M);
	struct kexec_buf high = piece(image, 1), high2 = piece(image, SZ_4M);
	unsigned int i;

	low.buf_align = SZ_2M;
	high.top_down = true;
	high2.top_down = true;
	KUNIT_ASSERT_EQ(test, 0, kexec_add_buffer(&low));
	KUNIT_ASSERT_EQ(test, 0, kexec_add_buffer(&low2));
	KUNIT_ASSERT_EQ(test, 0, kexec_add_buffer(&high));
	KUNIT_ASSERT_EQ(test, 0, kexec_add_buffer(&high2));
	KUNIT_EXPECT_EQ(test, 4, image->nr_segments);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(low.mem, SZ_2M));
	KUNIT_EXPECT_EQ(test, SZ_2M, low.memsz);
	KUNIT_EXPECT_EQ(test, PAGE_SIZE, high.memsz);
	KUNIT_EXPECT_GE(test, low2.mem, SZ_1M);
	KUNIT_EXPECT_GT(test, high.mem, high2.mem);
	KUNIT_EXPECT_GT(test, high2.mem, low.mem);
	check_segments(test, image);
	for (i = 0; i < image->nr_segments; i++) {
		KUNIT_EXPECT_FALSE(test, in_crash_region(&image->segment[i]));
		KUNIT_EXPECT_TRUE(test, pfn_valid(PHYS_PFN(image->segment[i].mem)));
	}
}

/* buf_max is the last byte that may be used. */
static void keeps_limits(struct kunit *test)
{
	struct kimage *image = new_file_image(test, KEXEC_TYPE_DEFAULT);
	struct kexec_buf any = piece(image, PAGE_SIZE), same, above;

	any.top_down = true;
	KUNIT_ASSERT_EQ(test, 0, kexec_add_buffer(&any));
	/* Just below it, and nowhere else. */
	same = piece(image, PAGE_SIZE);
	same.buf_min = any.mem - PAGE_SIZE;
	same.buf_max = any.mem - 1;
	KUNIT_EXPECT_EQ(test, 0, kexec_add_buffer(&same));
	KUNIT_EXPECT_EQ(test, any.mem - PAGE_SIZE, same.mem);
	/* That place is taken now. */
	KUNIT_EXPECT_EQ(test, -EADDRNOTAVAIL, kexec_add_buffer(&same));
	same.buf_max--;
	KUNIT_EXPECT_EQ(test, -EADDRNOTAVAIL, kexec_add_buffer(&same));
	above = piece(image, PAGE_SIZE);
	above.buf_min = kexec_arch_ops.dest_limit_pa;
	KUNIT_EXPECT_EQ(test, -EADDRNOTAVAIL, kexec_add_buffer(&above));
	above = piece(image, ULONG_MAX / 2);
	KUNIT_EXPECT_EQ(test, -EADDRNOTAVAIL, kexec_add_buffer(&above));
	KUNIT_EXPECT_EQ(test, 2, image->nr_segments);
}

static void refuses(struct kunit *test)
{
	struct kimage *image = new_file_image(test, KEXEC_TYPE_DEFAULT);
	struct kexec_buf none = piece(image, 0), wraps = piece(image, ULONG_MAX);
	struct kexec_buf full = piece(image, PAGE_SIZE), one = piece(image, PAGE_SIZE);
	unsigned int i;

	full.bufsz = PAGE_SIZE + 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, kexec_add_buffer(&none));
	KUNIT_EXPECT_EQ(test, -EINVAL, kexec_add_buffer(&wraps));
	KUNIT_EXPECT_EQ(test, -EINVAL, kexec_add_buffer(&full));
	image->file_mode = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, kexec_add_buffer(&one));
	image->file_mode = 1;
	KUNIT_EXPECT_EQ(test, 0, image->nr_segments);
	for (i = 0; i < KEXEC_SEGMENT_MAX; i++)
		KUNIT_EXPECT_EQ(test, 0, kexec_add_buffer(&one));
	KUNIT_EXPECT_EQ(test, -E2BIG, kexec_add_buffer(&one));
	check_segments(test, image);
}

/* In the crash region until it is full, and nowhere else. */
static void fills_the_region(struct kunit *test)
{
	struct kimage *image = new_file_image(test, KEXEC_TYPE_CRASH);
	struct kdump_range region = kexec_crash_region();
	u64 bytes = region.end - region.start;
	struct kexec_buf half = piece(image, bytes / 2), one = piece(image, PAGE_SIZE);
	unsigned int i;

	if (!bytes)
		kunit_skip(test, "needs crashkernel=");
	half.role = KEXEC_ROLE_INITRD;
	KUNIT_ASSERT_EQ(test, 0, kexec_add_buffer(&half));
	KUNIT_EXPECT_EQ(test, region.start, half.mem);
	KUNIT_EXPECT_EQ(test, KEXEC_ROLE_INITRD, image->role[0]);
	one.top_down = true;
	KUNIT_ASSERT_EQ(test, 0, kexec_add_buffer(&one));
	KUNIT_EXPECT_EQ(test, region.end - PAGE_SIZE, one.mem);
	KUNIT_EXPECT_EQ(test, -EADDRNOTAVAIL, kexec_add_buffer(&half));
	KUNIT_EXPECT_EQ(test, 2, image->nr_segments);
	check_segments(test, image);
	for (i = 0; i < image->nr_segments; i++)
		KUNIT_EXPECT_TRUE(test, in_crash_region(&image->segment[i]));
}

/* What the image owns is freed with it, or when it is told to; what it does not, is not. */
static void owns_buffers(struct kunit *test)
{
	struct kimage *image = new_file_image(test, KEXEC_TYPE_DEFAULT);
	struct kexec_buf mine = piece(image, PAGE_SIZE), theirs = piece(image, PAGE_SIZE);
	u8 *kept = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, kept);
	mine.buffer = vzalloc(PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, mine.buffer);
	mine.bufsz = PAGE_SIZE;
	mine.own = true;
	theirs.buffer = kept;
	theirs.bufsz = PAGE_SIZE;
	KUNIT_ASSERT_EQ(test, 0, kexec_add_buffer(&mine));
	KUNIT_ASSERT_EQ(test, 0, kexec_add_buffer(&theirs));
	KUNIT_EXPECT_EQ(test, 1, image->owned);
	KUNIT_EXPECT_PTR_EQ(test, mine.buffer, image->segment[0].kbuf);
}

LOCKED(places_in_ram)
LOCKED(keeps_limits)
LOCKED(refuses)
LOCKED(fills_the_region)
LOCKED(owns_buffers)

static struct kunit_case file_cases[] = {
	LOCKED_CASE(places_in_ram),
	LOCKED_CASE(keeps_limits),
	LOCKED_CASE(refuses),
	LOCKED_CASE(fills_the_region),
	LOCKED_CASE(owns_buffers),
	{}
};

struct kunit_suite kdump_file_suite = {
	.name = "kdump_file",
	.test_cases = file_cases,
};
