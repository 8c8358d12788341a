// SPDX-License-Identifier: GPL-2.0-only
/*
 * The crash region is write-protected for this kernel while an image is armed, so that a stray
 * pointer can not spoil the capture kernel.
 *
 * The write goes through /dev/mem and ends in an oops that kills the child that tried; so this
 * needs panic_on_oops=0, and leaves the kernel tainted.
 */
#include <sys/wait.h>

#include "kexec_abi.h"

TEST(write_is_stopped)
{
	struct region region = crash_region();
	unsigned char *buf = pages(PAGE), now[PAGE];
	struct kexec_segment seg = segment(buf, PAGE, region.start, PAGE);
	int mem = open("/dev/mem", O_RDWR), status;
	pid_t child;

	if (region.start == region.end || read_number("/proc/sys/kernel/panic_on_oops"))
		SKIP(return, "needs crashkernel= and panic_on_oops=0");
	ASSERT_LE(0, mem);
	fill(buf, PAGE, 21);
	ASSERT_EQ(0, kexec_load(region.start, 1, &seg, KEXEC_ON_CRASH));

	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(pwrite(mem, "damaged", 7, region.start) == 7);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status) || !WEXITSTATUS(status));
	ASSERT_EQ(PAGE, pread(mem, now, PAGE, region.start));
	EXPECT_EQ(0, memcmp(now, buf, PAGE));

	/* It is writable again for the next image, and without one. */
	EXPECT_EQ(0, kexec_load(region.start, 1, &seg, KEXEC_ON_CRASH));
	EXPECT_EQ(0, kexec_unload(KEXEC_ON_CRASH));
	EXPECT_EQ(7, pwrite(mem, "allowed", 7, region.start));
}

TEST_HARNESS_MAIN
