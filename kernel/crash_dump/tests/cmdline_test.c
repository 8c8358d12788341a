// SPDX-License-Identifier: GPL-2.0-only
/* The grammar of crashkernel= as it was built into this kernel. */
#include <linux/sizes.h>

#include "../cmdline.h"
#include "tests.h"

struct row {
	const char *text;
	int ret;
	enum kdump_arg_reason reason;
	u64 size, base, low;
	bool high;
};

static const struct row rows[] = {
	{ "a=1 crashkernel=64M", 0, .size = SZ_64M },
	{ "crashkernel=64M@16M", 0, .size = SZ_64M, .base = SZ_16M },
	{ "crashkernel=1G-4G:64M,4G-:128M", 0, .size = SZ_128M },
	{ "crashkernel=512M,high crashkernel=0x4000K,low", 0,
	  .size = SZ_512M, .high = true, .low = SZ_16M },
	{ "crashkernel=512M,high crashkernel=64M", 0, .size = SZ_64M },
	{ "quiet", -ENOENT },
	{ "crashkernel=64X", -EINVAL, KDUMP_ARG_TRAILING },
	{ "crashkernel=16E", -EINVAL, KDUMP_ARG_NUMBER_TOO_BIG },
	{ "crashkernel=64M@0xffffffffffffffff", -EINVAL, KDUMP_ARG_WRAPS },
	{ "crashkernel=1G-4G:64M", -EINVAL, KDUMP_ARG_RANGE_NONE },
	{ "crashkernel=4G", -EINVAL, KDUMP_ARG_SIZE_ABOVE_RAM },
};

static void test_rows(struct kunit *test)
{
	struct crashkernel_arg arg;
	struct kdump_arg_err err;
	const struct row *r;
	int ret;

	for (r = rows; r < rows + ARRAY_SIZE(rows); r++) {
		ret = kdump_parse_crashkernel(r->text, strlen(r->text), SZ_4G,
					      0, &arg, &err);
		KUNIT_EXPECT_EQ_MSG(test, ret, r->ret, "%s", r->text);
		KUNIT_EXPECT_EQ_MSG(test, err.reason, r->reason, "%s", r->text);
		if (ret || r->ret)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, arg.size_bytes, r->size, "%s",
				    r->text);
		KUNIT_EXPECT_EQ_MSG(test, arg.base_pa, r->base, "%s", r->text);
		KUNIT_EXPECT_EQ_MSG(test, arg.high, r->high, "%s", r->text);
		KUNIT_EXPECT_EQ_MSG(test, arg.low_bytes, r->low, "%s", r->text);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_rows),
	{}
};

struct kunit_suite kdump_cmdline_suite = {
	.name = "kdump_cmdline",
	.test_cases = cases,
};
