// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec_load(2) for an ordinary image: what it takes, what it refuses and with which error.
 *
 * Errors are those of the manual page; where it says nothing, those of Linux 6.12.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "kexec_abi.h"

FIXTURE(load)
{
	unsigned char *buf;
};

FIXTURE_SETUP(load)
{
	self->buf = pages(4 * MIB);
	ASSERT_NE(NULL, self->buf);
	fill(self->buf, 4 * MIB, 1);
	ASSERT_EQ(0, kexec_unload(0));
	ASSERT_EQ(0, loaded());
}

FIXTURE_TEARDOWN(load)
{
	munmap(self->buf, 4 * MIB);
	EXPECT_EQ(0, kexec_unload(0));
	EXPECT_EQ(0, loaded());
}

TEST_F(load, load_and_unload)
{
	struct kexec_segment seg = segment(self->buf, 4 * MIB, DEST, 4 * MIB);

	ASSERT_EQ(0, kexec_load(DEST, 1, &seg, 0));
	EXPECT_EQ(1, loaded());
	EXPECT_EQ(0, crash_loaded());
	ASSERT_EQ(0, kexec_load(DEST, 1, &seg, 0));
	EXPECT_EQ(1, loaded());
	ASSERT_EQ(0, kexec_unload(0));
	EXPECT_EQ(0, loaded());
	EXPECT_EQ(0, kexec_unload(0));
}

/* The flags say which image is unloaded; an ordinary one is left alone. */
TEST_F(load, unload_by_type)
{
	struct kexec_segment seg = segment(self->buf, PAGE, DEST, PAGE);

	ASSERT_EQ(0, kexec_load(DEST, 1, &seg, 0));
	EXPECT_EQ(0, kexec_unload(KEXEC_ON_CRASH));
	EXPECT_EQ(1, loaded());
}

TEST_F(load, segment_count)
{
	struct kexec_segment seg[KEXEC_SEGMENT_MAX + 1];
	int i;

	for (i = 0; i <= KEXEC_SEGMENT_MAX; i++)
		seg[i] = segment(self->buf + i * PAGE, PAGE, DEST + 2 * i * PAGE, PAGE);
	EXPECT_EQ(0, kexec_load(DEST, KEXEC_SEGMENT_MAX, seg, 0));
	EXPECT_EQ(EINVAL, kexec_load(DEST, KEXEC_SEGMENT_MAX + 1, seg, 0));
	EXPECT_EQ(EINVAL, kexec_load(DEST, ~0UL, seg, 0));
	EXPECT_EQ(EINVAL, kexec_load(DEST, 1UL << 63, seg, 0));
	EXPECT_EQ(1, loaded());
}

TEST_F(load, flags)
{
	struct kexec_segment seg = segment(self->buf, PAGE, DEST, PAGE);
	unsigned long flag;

	for (flag = 0x10; flag < 0x10000; flag <<= 1)
		EXPECT_EQ(EINVAL, kexec_load(DEST, 1, &seg, flag));
	for (flag = 1UL << 32; flag; flag <<= 1)
		EXPECT_EQ(EINVAL, kexec_load(DEST, 1, &seg, flag));
	EXPECT_EQ(EINVAL, kexec_load(DEST, 1, &seg, KEXEC_PRESERVE_CONTEXT));
	EXPECT_EQ(0, loaded());
	EXPECT_EQ(0, kexec_load(DEST, 1, &seg, KEXEC_UPDATE_ELFCOREHDR));
	EXPECT_EQ(0, kexec_load(DEST, 1, &seg, KEXEC_CRASH_HOTPLUG_SUPPORT));
}

TEST_F(load, architecture)
{
	static const unsigned long foreign[] = {
		KEXEC_ARCH_386, KEXEC_ARCH_68K, KEXEC_ARCH_PPC, KEXEC_ARCH_PPC64, KEXEC_ARCH_IA_64,
		KEXEC_ARCH_ARM, KEXEC_ARCH_S390, KEXEC_ARCH_SH, KEXEC_ARCH_MIPS,
		KEXEC_ARCH_MIPS_LE, KEXEC_ARCH_AARCH64, KEXEC_ARCH_MASK, 1UL << 16,
	};
	struct kexec_segment seg = segment(self->buf, PAGE, DEST, PAGE);
	unsigned int i;

	EXPECT_EQ(0, kexec_load(DEST, 1, &seg, KEXEC_ARCH_DEFAULT));
	EXPECT_EQ(0, kexec_load(DEST, 1, &seg, KEXEC_ARCH_X86_64));
	for (i = 0; i < ARRAY_SIZE(foreign); i++)
		EXPECT_EQ(EINVAL, kexec_load(DEST, 1, &seg, foreign[i]));
	EXPECT_EQ(1, loaded());
}

TEST_F(load, bad_pointers)
{
	struct kexec_segment seg[2] = {
		segment(self->buf, PAGE, DEST, PAGE),
		segment(self->buf + 4 * MIB - PAGE, 2 * PAGE, DEST + MIB, 2 * PAGE),
	};

	ASSERT_EQ(0, kexec_load(DEST, 1, seg, 0));
	EXPECT_EQ(EFAULT, kexec_load(DEST, 1, NULL, 0));
	EXPECT_EQ(EFAULT, kexec_load(DEST, 1, (void *)~0xfffUL, 0));
	/* The content ends in the middle of the second segment. */
	munmap(self->buf + 4 * MIB - PAGE, PAGE);
	EXPECT_EQ(EFAULT, kexec_load(DEST, 2, seg, 0));
	seg[1] = segment(NULL, 1, DEST + MIB, PAGE);
	EXPECT_EQ(EFAULT, kexec_load(DEST, 2, seg, 0));
	seg[1] = segment((void *)0xffff888000000000UL, PAGE, DEST + MIB, PAGE);
	EXPECT_EQ(EFAULT, kexec_load(DEST, 2, seg, 0));
	EXPECT_EQ(1, loaded());
	/* No content is fine. */
	seg[1] = segment(NULL, 0, DEST + MIB, PAGE);
	EXPECT_EQ(0, kexec_load(DEST, 2, seg, 0));
	seg[1] = segment(NULL, 0, DEST + MIB, 0);
	EXPECT_EQ(0, kexec_load(DEST, 2, seg, 0));
}

TEST_F(load, alignment)
{
	static const unsigned long off[] = { 1, 8, 512, PAGE - 1 };
	struct kexec_segment seg;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(off); i++) {
		seg = segment(self->buf, PAGE, DEST + off[i], PAGE);
		EXPECT_EQ(EADDRNOTAVAIL, kexec_load(DEST, 1, &seg, 0));
		seg = segment(self->buf, PAGE, DEST, PAGE + off[i]);
		EXPECT_EQ(EADDRNOTAVAIL, kexec_load(DEST, 1, &seg, 0));
	}
	/* The content may have any place and any size. */
	for (i = 0; i < ARRAY_SIZE(off); i++) {
		seg = segment(self->buf + off[i], PAGE + off[i], DEST, 2 * PAGE);
		EXPECT_EQ(0, kexec_load(DEST, 1, &seg, 0));
	}
}

TEST_F(load, address_limits)
{
	struct kexec_segment seg;

	seg = segment(self->buf, PAGE, ~0UL - PAGE + 1, PAGE);
	EXPECT_EQ(EADDRNOTAVAIL, kexec_load(DEST, 1, &seg, 0));
	seg = segment(self->buf, PAGE, ~0UL - PAGE + 1, 2 * PAGE);
	EXPECT_EQ(EADDRNOTAVAIL, kexec_load(DEST, 1, &seg, 0));
	seg = segment(self->buf, PAGE, DEST, ~0UL - PAGE + 1);
	EXPECT_EQ(EADDRNOTAVAIL, kexec_load(DEST, 1, &seg, 0));
	/* No machine has physical addresses of 60 bits. */
	seg = segment(self->buf, PAGE, 1UL << 60, PAGE);
	EXPECT_EQ(EADDRNOTAVAIL, kexec_load(DEST, 1, &seg, 0));
	EXPECT_EQ(0, loaded());
}

TEST_F(load, overlap)
{
	struct kexec_segment seg[3] = {
		segment(self->buf, PAGE, DEST, 4 * PAGE),
		segment(self->buf, PAGE, DEST + MIB, 4 * PAGE),
	};

	seg[2] = segment(self->buf, PAGE, DEST + 3 * PAGE, 4 * PAGE);
	EXPECT_EQ(EINVAL, kexec_load(DEST, 3, seg, 0));
	seg[2] = segment(self->buf, PAGE, DEST + MIB + PAGE, PAGE);
	EXPECT_EQ(EINVAL, kexec_load(DEST, 3, seg, 0));
	seg[2] = segment(self->buf, PAGE, DEST - PAGE, 2 * MIB);
	EXPECT_EQ(EINVAL, kexec_load(DEST, 3, seg, 0));
	seg[2] = seg[0];
	EXPECT_EQ(EINVAL, kexec_load(DEST, 3, seg, 0));
	EXPECT_EQ(0, loaded());
	/* Side by side is fine, in any order. */
	seg[2] = segment(self->buf, PAGE, DEST - PAGE, PAGE);
	EXPECT_EQ(0, kexec_load(DEST, 3, seg, 0));
	seg[2] = segment(self->buf, PAGE, DEST + 4 * PAGE, PAGE);
	EXPECT_EQ(0, kexec_load(DEST, 3, seg, 0));
}

TEST_F(load, more_content_than_room)
{
	struct kexec_segment seg[2] = {
		segment(self->buf, PAGE, DEST, PAGE),
		segment(self->buf, PAGE + 1, DEST + MIB, PAGE),
	};

	EXPECT_EQ(EINVAL, kexec_load(DEST, 2, seg, 0));
	seg[1] = segment(self->buf, 1, DEST + MIB, 0);
	EXPECT_EQ(EINVAL, kexec_load(DEST, 2, seg, 0));
	seg[1] = segment(self->buf, ~0UL, DEST + MIB, PAGE);
	EXPECT_EQ(EINVAL, kexec_load(DEST, 2, seg, 0));
	EXPECT_EQ(0, loaded());
}

TEST_F(load, more_than_half_of_memory)
{
	unsigned long ram = sysconf(_SC_PHYS_PAGES) * PAGE;
	unsigned long third = ram / 3 / PAGE * PAGE;
	struct kexec_segment seg[2];

	seg[0] = segment(self->buf, PAGE, DEST, ram / 2 / PAGE * PAGE + 2 * PAGE);
	EXPECT_EQ(EINVAL, kexec_load(DEST, 1, seg, 0));
	seg[0] = segment(self->buf, PAGE, DEST, third);
	seg[1] = segment(self->buf, PAGE, 4 * ram, third);
	EXPECT_EQ(EINVAL, kexec_load(DEST, 2, seg, 0));
	EXPECT_EQ(0, loaded());
}

/* Neither a load, nor one that is replaced, nor one that fails keeps memory. */
TEST_F_TIMEOUT(load, memory_comes_back, 120)
{
	struct kexec_segment seg[2] = {
		segment(self->buf, 2 * MIB, DEST, 3 * MIB),
		segment(NULL, PAGE, DEST + 16 * MIB, PAGE),
	};
	long before = 0, after;
	int i;

	for (i = -3; i < 15; i++) {
		if (!i)
			before = free_pages();
		ASSERT_EQ(0, kexec_load(DEST, 1, seg, 0));
		ASSERT_EQ(0, kexec_load(DEST, 1, seg, 0));
		ASSERT_EQ(EFAULT, kexec_load(DEST, 2, seg, 0));
		ASSERT_EQ(0, kexec_unload(0));
	}
	after = free_pages();
	/* 15 rounds with 4 MiB each; a little of the rest of the system in between. */
	EXPECT_GT((long)(8 * MIB / PAGE), before - after);
}

/*
 * A segment over much of memory: many of the pages that the content could wait in are
 * themselves to be written to. They are used in place, or held and given back.
 */
TEST_F_TIMEOUT(load, destination_in_use, 120)
{
	unsigned long bytes = sysconf(_SC_PHYS_PAGES) * PAGE / 4;
	unsigned char *big = pages(bytes);
	struct kexec_segment seg;
	long before, after;

	bytes &= ~(PAGE - 1);
	ASSERT_NE(NULL, big);
	fill(big, bytes, 3);
	seg = segment(big, bytes, 16 * MIB, bytes);
	before = free_pages();
	EXPECT_EQ(0, kexec_load(16 * MIB, 1, &seg, 0));
	EXPECT_EQ(1, loaded());
	after = free_pages();
	EXPECT_GT((long)((bytes + 8 * MIB) / PAGE), before - after);
	EXPECT_EQ(0, kexec_unload(0));
	after = free_pages();
	EXPECT_GT((long)(8 * MIB / PAGE), before - after);
	munmap(big, bytes);
}

/* A caller that is killed in the middle of a load leaves neither the lock nor its pages taken. */
TEST_F_TIMEOUT(load, killed_loader, 120)
{
	unsigned long bytes = sysconf(_SC_PHYS_PAGES) * PAGE / 8 & ~(PAGE - 1);
	unsigned char *big = pages(bytes);
	struct kexec_segment seg[2] = {
		segment(big, bytes, 16 * MIB, bytes),
		segment(NULL, 1, 8 * MIB, PAGE),
	};
	long before, after;
	pid_t child;
	int i;

	ASSERT_NE(NULL, big);
	fill(big, bytes, 4);
	before = free_pages();
	for (i = 0; i < 8; i++) {
		child = fork();
		ASSERT_LE(0, child);
		while (!child)
			kexec_load(16 * MIB, 2, seg, 0);
		usleep(20000 + 7000 * i);
		ASSERT_EQ(0, kill(child, SIGKILL));
		ASSERT_EQ(child, waitpid(child, NULL, 0));
	}
	seg[0] = segment(self->buf, PAGE, DEST, PAGE);
	EXPECT_EQ(0, kexec_load(DEST, 1, seg, 0));
	after = free_pages();
	EXPECT_GT((long)(8 * MIB / PAGE), before - after);
	munmap(big, bytes);
}

struct loader {
	struct kexec_segment seg;
	int bad;
};

static void *loader(void *arg)
{
	struct loader *l = arg;
	int i;

	for (i = 0; i < 10; i++)
		if (kexec_load(DEST, 1, &l->seg, 0))
			l->bad++;
	return NULL;
}

/* A second loader waits; it is not told that the call is busy. */
TEST_F_TIMEOUT(load, loaders_wait, 120)
{
	struct loader l[4];
	pthread_t t[4];
	int i;

	for (i = 0; i < 4; i++) {
		l[i] = (struct loader){ .seg = segment(self->buf, MIB, DEST, MIB) };
		ASSERT_EQ(0, pthread_create(&t[i], NULL, loader, &l[i]));
	}
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		EXPECT_EQ(0, l[i].bad);
	}
	EXPECT_EQ(1, loaded());
}

TEST_HARNESS_MAIN
