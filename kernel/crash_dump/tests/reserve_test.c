// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory that crashkernel= reserved: is it what was asked for, does
 * /proc/iomem show it, and does it come back?
 *
 * Needs a kernel that was booted with crashkernel=, of at least MIN_BYTES, and
 * into which no image is loaded; without, all but the refusals are skipped.
 * The last test gives memory back and so changes the machine that it runs on.
 */
#include <linux/crash_core.h>
#include <linux/crash_reserve.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ioport.h>
#include <linux/kexec.h>
#include <linux/kexec_arch.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "../cmdline.h"
#include "../reserve.h"
#include "tests.h"

#define MIN_BYTES	SZ_1M

static u64 reserved(void)
{
	return crash_reserve_bytes(&crashk_res) +
	       crash_reserve_bytes(&crashk_low_res);
}

static void need_reservation(struct kunit *test)
{
	if (crash_reserve_bytes(&crashk_res) < MIN_BYTES)
		kunit_skip(test, "booted without crashkernel=");
	if (kexec_crash_loaded())
		kunit_skip(test, "a crash image is loaded");
}

/* This kernel's command line; saved_command_line is not exported. */
static ssize_t read_cmdline(char *buf, size_t bytes)
{
	struct file *file = filp_open("/proc/cmdline", O_RDONLY, 0);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_read(file, buf, bytes, &pos);
	fput(file);
	return n;
}

static void test_as_asked(struct kunit *test)
{
	struct crashkernel_arg arg;
	struct kdump_arg_err err;
	char *text;
	ssize_t n;
	int ret;

	need_reservation(test);
	text = kunit_kzalloc(test, SZ_4K, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, text);
	n = read_cmdline(text, SZ_4K);
	KUNIT_ASSERT_GT(test, n, 0);
	ret = kdump_parse_crashkernel(text, n, S64_MAX, 0, &arg, &err);
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, PAGE_ALIGN(arg.size_bytes),
			crash_reserve_bytes(&crashk_res));
	if (arg.fixed)
		KUNIT_EXPECT_EQ(test, arg.base_pa, (u64)crashk_res.start);
}

static int count_ours(struct resource *res, void *bytes)
{
	*(u64 *)bytes += resource_size(res);
	return 0;
}

static void test_in_iomem(struct kunit *test)
{
	u64 bytes = 0;

	need_reservation(test);
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(crashk_res.start, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED(crashk_res.end + 1, PAGE_SIZE));
	KUNIT_ASSERT_NOT_NULL(test, crashk_res.parent);
	KUNIT_EXPECT_STREQ(test, crashk_res.name, "Crash kernel");
	KUNIT_EXPECT_STREQ(test, crashk_res.parent->name, "System RAM");
	walk_iomem_res_desc(IORES_DESC_CRASH_KERNEL,
			    IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, 0, -1,
			    &bytes, count_ours);
	KUNIT_EXPECT_EQ(test, bytes, reserved());
}

static void test_size(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, crash_get_memory_size(), (ssize_t)reserved());
}

static void test_no_growing(struct kunit *test)
{
	u64 before = reserved();

	if (kexec_crash_loaded())
		kunit_skip(test, "a crash image is loaded");
	KUNIT_EXPECT_EQ(test, crash_shrink_memory(before + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, crash_shrink_memory(ULONG_MAX), -EINVAL);
	KUNIT_EXPECT_EQ(test, crash_shrink_memory(before), 0);
	KUNIT_EXPECT_EQ(test, reserved(), before);
}

static void test_shrink(struct kunit *test)
{
	u64 main_bytes, keep, start;
	unsigned long before, gained, freed;

	need_reservation(test);
	main_bytes = crash_reserve_bytes(&crashk_res);
	start = crashk_res.start;
	/* Not a whole number of pages: rounded up. */
	keep = reserved() - main_bytes / 2 - PAGE_SIZE + 1;
	freed = (reserved() - PAGE_ALIGN(keep)) / PAGE_SIZE;
	before = totalram_pages();
	KUNIT_ASSERT_EQ(test, crash_shrink_memory(keep), 0);
	gained = totalram_pages() - before;

	KUNIT_EXPECT_EQ(test, gained, freed);
	KUNIT_EXPECT_EQ(test, (u64)crashk_res.start, start);
	KUNIT_EXPECT_EQ(test, reserved(), PAGE_ALIGN(keep));
	KUNIT_EXPECT_EQ(test, crash_get_memory_size(),
			(ssize_t)PAGE_ALIGN(keep));
	/* The pages are ordinary ones now. */
	KUNIT_EXPECT_FALSE(test, PageReserved(pfn_to_page(PHYS_PFN(crashk_res.end + 1))));
	KUNIT_EXPECT_TRUE(test, PageReserved(pfn_to_page(PHYS_PFN(crashk_res.end))));
	KUNIT_EXPECT_TRUE(test, kexec_arch_ops.oldmem_is_own(crashk_res.end + 1, PAGE_SIZE));
	/* And what was given back cannot be had again. */
	KUNIT_EXPECT_EQ(test, crash_shrink_memory(PAGE_ALIGN(keep) + PAGE_SIZE),
			-EINVAL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_as_asked),
	KUNIT_CASE(test_in_iomem),
	KUNIT_CASE(test_size),
	KUNIT_CASE(test_no_growing),
	KUNIT_CASE(test_shrink),
	{}
};

struct kunit_suite kdump_reserve_suite = {
	.name = "kdump_reserve",
	.test_cases = cases,
};
