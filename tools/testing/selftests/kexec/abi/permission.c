// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec_load(2) and who may call it: CAP_SYS_BOOT and nothing else counts.
 */
#include <linux/capability.h>
#include <sys/wait.h>

#include "kexec_abi.h"

#define NOBODY	65534

/* Without CAP_SYS_BOOT, in this process from here on. */
static int drop_sys_boot(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return errno;
	data[0].effective &= ~(1U << CAP_SYS_BOOT);
	return syscall(SYS_capset, &head, data) ? errno : 0;
}

/* Nothing but CAP_SYS_BOOT. */
static int keep_sys_boot_only(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	data[0].effective = 1U << CAP_SYS_BOOT;
	data[0].permitted = 1U << CAP_SYS_BOOT;
	return syscall(SYS_capset, &head, data) ? errno : 0;
}

static void *content(void)
{
	void *buf = pages(PAGE);

	fill(buf, PAGE, 5);
	return buf;
}

/* Each test runs in a process of its own, so nothing has to be restored. */
TEST(without_capability)
{
	struct kexec_segment seg = segment(content(), PAGE, DEST, PAGE);

	ASSERT_EQ(0, kexec_load(DEST, 1, &seg, 0));
	ASSERT_EQ(0, drop_sys_boot());
	EXPECT_EQ(EPERM, kexec_load(DEST, 1, &seg, 0));
	EXPECT_EQ(EPERM, kexec_unload(0));
	EXPECT_EQ(EPERM, kexec_load(DEST, 1, &seg, KEXEC_ON_CRASH));
	EXPECT_EQ(EPERM, kexec_unload(KEXEC_ON_CRASH));
	/* Not even what is wrong with the arguments. */
	EXPECT_EQ(EPERM, kexec_load(DEST, 17, NULL, ~0UL));
	EXPECT_EQ(1, loaded());
}

TEST(as_nobody)
{
	struct kexec_segment seg = segment(content(), PAGE, DEST, PAGE);

	ASSERT_EQ(0, setgid(NOBODY));
	ASSERT_EQ(0, setuid(NOBODY));
	EXPECT_EQ(EPERM, kexec_load(DEST, 1, &seg, 0));
	EXPECT_EQ(EPERM, kexec_unload(KEXEC_ON_CRASH));
}

TEST(capability_is_enough)
{
	struct kexec_segment seg = segment(content(), PAGE, DEST, PAGE);

	ASSERT_EQ(0, keep_sys_boot_only());
	EXPECT_EQ(0, kexec_load(DEST, 1, &seg, 0));
	EXPECT_EQ(0, kexec_unload(0));
	EXPECT_EQ(0, loaded());
}

TEST_HARNESS_MAIN
