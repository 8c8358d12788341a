// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lockdown "integrity" refuses kexec_load(2), whose image nobody has signed. What is armed
 * stays armed. A new boot takes lockdown off again.
 */
#include "kexec_abi.h"

#include <sys/mount.h>

#define LOCKDOWN	"/sys/kernel/security/lockdown"

TEST(lockdown)
{
	unsigned char *buf = pages(PAGE);
	struct kexec_segment seg = segment(buf, PAGE, DEST, PAGE);
	struct region region = crash_region();
	struct kexec_segment crash = segment(buf, PAGE, region.start, PAGE);

	if (kexec_load(region.start, 1, &crash, KEXEC_ON_CRASH))
		SKIP(return, "loading is refused already; needs a fresh boot");
	mount("none", "/sys/kernel/security", "securityfs", 0, NULL);
	if (access(LOCKDOWN, W_OK))
		SKIP(return, "no lockdown in this kernel");

	ASSERT_EQ(0, write_text(LOCKDOWN, "integrity"));
	EXPECT_EQ(EPERM, kexec_load(DEST, 1, &seg, 0));
	EXPECT_EQ(EPERM, kexec_load(region.start, 1, &crash, KEXEC_ON_CRASH));
	EXPECT_EQ(EPERM, kexec_unload(KEXEC_ON_CRASH));
	EXPECT_EQ(1, crash_loaded());
	EXPECT_EQ(0, loaded());
}

TEST_HARNESS_MAIN
