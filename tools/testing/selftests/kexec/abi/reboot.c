// SPDX-License-Identifier: GPL-2.0-only
/*
 * reboot(LINUX_REBOOT_CMD_KEXEC) when it must not reboot: nothing is loaded, or what is loaded
 * was damaged. A kernel that goes ahead ends the guest, and the test with it.
 */
#include <linux/reboot.h>

#include "kexec_abi.h"

#define CONTENT		(2 * MIB)

static int reboot_kexec(void)
{
	return syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		       LINUX_REBOOT_CMD_KEXEC, NULL) ? errno : 0;
}

FIXTURE(reboot)
{
	int unused;
};

FIXTURE_SETUP(reboot)
{
	ASSERT_EQ(0, kexec_unload(0));
}

FIXTURE_TEARDOWN(reboot)
{
	EXPECT_EQ(0, kexec_unload(0));
}

TEST_F(reboot, nothing_loaded)
{
	EXPECT_EQ(EINVAL, reboot_kexec());
}

/* Flip one bit in each page of memory that starts with @mark; returns how many there were. */
static int damage(int mem, const unsigned long *mark, struct region ram)
{
	unsigned char *chunk = pages(MIB);
	unsigned long at, off;
	int hits = 0;

	for (at = ram.start; at + MIB <= ram.end; at += MIB) {
		if (pread(mem, chunk, MIB, at) != MIB)
			continue;
		for (off = 0; off < MIB; off += PAGE) {
			unsigned long *page = (unsigned long *)(chunk + off);

			/* A copy of our own is the mark inverted, so it is not found. */
			if (page[0] != ~mark[0] || page[1] != ~mark[1])
				continue;
			page[100] ^= 1UL << 17;
			if (pwrite(mem, &page[100], 8, at + off + 800) == 8)
				hits++;
		}
		memset(chunk, 0, MIB);
	}
	return hits;
}

/* The search reads all of memory. */
TEST_F_TIMEOUT(reboot, damaged_image, 120)
{
	unsigned long mark[2] = { 0x1122334455667788UL, 0x99aabbccddeeff01UL };
	unsigned long start, last;
	unsigned char *buf = pages(CONTENT);
	struct kexec_segment seg = segment(buf, CONTENT, DEST, CONTENT);
	unsigned long *page = (unsigned long *)(buf + CONTENT / 2);
	int mem = open("/dev/mem", O_RDWR), hits = 0;
	char line[256];
	FILE *f;

	ASSERT_LE(0, mem);
	fill(buf, CONTENT, 11);
	page[0] = ~mark[0];
	page[1] = ~mark[1];
	ASSERT_EQ(0, kexec_load(DEST, 1, &seg, 0));
	memset(buf, 0, CONTENT);

	f = fopen("/proc/iomem", "r");
	ASSERT_NE(NULL, f);
	while (fgets(line, sizeof(line), f))
		if (line[0] != ' ' && strstr(line, "System RAM") &&
		    sscanf(line, "%lx-%lx", &start, &last) == 2)
			hits += damage(mem, mark, (struct region){ start, last + 1 });
	fclose(f);
	ASSERT_LE(1, hits);

	EXPECT_EQ(EIO, reboot_kexec());
	/* It is good for nothing any more. */
	EXPECT_EQ(0, loaded());
	EXPECT_EQ(EINVAL, reboot_kexec());
}

TEST_HARNESS_MAIN
