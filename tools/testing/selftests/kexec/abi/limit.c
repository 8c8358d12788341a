// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel.kexec_load_limit_panic and kernel.kexec_load_limit_reboot: they go down only, so this
 * test leaves them at 0.
 */
#include "kexec_abi.h"

#define PANIC	"/proc/sys/kernel/kexec_load_limit_panic"
#define REBOOT	"/proc/sys/kernel/kexec_load_limit_reboot"

static int set(const char *path, int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", value);
	return write_text(path, text);
}

/* One test, for its steps can not be repeated. */
TEST(limits)
{
	struct region region = crash_region();
	unsigned char *buf = pages(PAGE);
	struct kexec_segment seg = segment(buf, PAGE, DEST, PAGE);
	struct kexec_segment crash = segment(buf, PAGE, region.start, PAGE);

	ASSERT_LT(region.start, region.end);
	ASSERT_EQ(-1, read_number(REBOOT));
	ASSERT_EQ(-1, read_number(PANIC));
	EXPECT_EQ(EINVAL, set(REBOOT, -1));
	EXPECT_EQ(EINVAL, set(REBOOT, -2));
	EXPECT_EQ(EINVAL, write_text(REBOOT, "two"));
	EXPECT_EQ(0, kexec_load(DEST, 1, &seg, 0));
	EXPECT_EQ(-1, read_number(REBOOT));

	ASSERT_EQ(0, set(REBOOT, 3));
	EXPECT_EQ(EINVAL, set(REBOOT, 3));
	EXPECT_EQ(EINVAL, set(REBOOT, 4));
	EXPECT_EQ(EINVAL, set(REBOOT, -1));
	EXPECT_EQ(3, read_number(REBOOT));

	/* Each call counts, also one that fails and one that unloads. */
	EXPECT_EQ(0, kexec_load(DEST, 1, &seg, 0));
	EXPECT_EQ(2, read_number(REBOOT));
	EXPECT_EQ(EINVAL, kexec_load(DEST, 17, &seg, 0));
	EXPECT_EQ(1, read_number(REBOOT));
	EXPECT_EQ(0, kexec_unload(0));
	EXPECT_EQ(0, read_number(REBOOT));
	EXPECT_EQ(EPERM, kexec_load(DEST, 1, &seg, 0));
	EXPECT_EQ(EPERM, kexec_unload(0));
	EXPECT_EQ(0, read_number(REBOOT));

	/* The other kind has a limit of its own. */
	EXPECT_EQ(-1, read_number(PANIC));
	EXPECT_EQ(0, kexec_load(region.start, 1, &crash, KEXEC_ON_CRASH));
	ASSERT_EQ(0, set(PANIC, 1));
	EXPECT_EQ(0, kexec_load(region.start, 1, &crash, KEXEC_ON_CRASH));
	EXPECT_EQ(0, read_number(PANIC));
	EXPECT_EQ(EPERM, kexec_load(region.start, 1, &crash, KEXEC_ON_CRASH));
	EXPECT_EQ(EPERM, kexec_unload(KEXEC_ON_CRASH));
	EXPECT_EQ(1, crash_loaded());
}

TEST_HARNESS_MAIN
