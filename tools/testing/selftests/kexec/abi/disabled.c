// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel.kexec_load_disabled: from 0 to 1 and never back. What is armed stays armed.
 */
#include "kexec_abi.h"

#define DISABLED	"/proc/sys/kernel/kexec_load_disabled"

TEST(disabled)
{
	unsigned char *buf = pages(PAGE);
	struct kexec_segment seg = segment(buf, PAGE, DEST, PAGE);
	struct region region = crash_region();
	struct kexec_segment crash = segment(buf, PAGE, region.start, PAGE);
	int before;

	ASSERT_EQ(0, read_number(DISABLED));
	EXPECT_EQ(EINVAL, write_text(DISABLED, "0"));
	EXPECT_EQ(EINVAL, write_text(DISABLED, "2"));
	EXPECT_EQ(EINVAL, write_text(DISABLED, "-1"));
	EXPECT_EQ(0, read_number(DISABLED));

	if (kexec_load(region.start, 1, &crash, KEXEC_ON_CRASH))
		TH_LOG("loading is refused already; the effect needs a fresh boot");
	before = crash_loaded();

	ASSERT_EQ(0, write_text(DISABLED, "1"));
	EXPECT_EQ(1, read_number(DISABLED));
	EXPECT_EQ(EINVAL, write_text(DISABLED, "0"));
	EXPECT_EQ(1, read_number(DISABLED));
	EXPECT_EQ(EPERM, kexec_load(DEST, 1, &seg, 0));
	EXPECT_EQ(EPERM, kexec_load(region.start, 1, &crash, KEXEC_ON_CRASH));
	EXPECT_EQ(EPERM, kexec_unload(KEXEC_ON_CRASH));
	EXPECT_EQ(before, crash_loaded());
}

TEST_HARNESS_MAIN
