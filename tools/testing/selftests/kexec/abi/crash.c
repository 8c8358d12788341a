// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec_load(2) with KEXEC_ON_CRASH: the crash region, what stands there afterwards, and that
 * an armed image stays armed while it is replaced and when a load fails.
 */
#include <pthread.h>

#include "kexec_abi.h"

#define CONTENT		(2 * MIB)

FIXTURE(crash)
{
	unsigned char *buf;
	struct region region;
	struct kexec_segment good;
	int mem;
};

FIXTURE_SETUP(crash)
{
	self->region = crash_region();
	if (self->region.end - self->region.start < 32 * MIB)
		SKIP(return, "needs crashkernel=32M or more");
	self->buf = pages(CONTENT);
	ASSERT_NE(NULL, self->buf);
	fill(self->buf, CONTENT, 7);
	self->good = segment(self->buf, CONTENT, self->region.start + MIB, CONTENT + MIB);
	self->mem = open("/dev/mem", O_RDONLY);
	ASSERT_LE(0, self->mem);
	ASSERT_EQ(0, kexec_unload(KEXEC_ON_CRASH));
	ASSERT_EQ(0, crash_loaded());
}

FIXTURE_TEARDOWN(crash)
{
	close(self->mem);
	munmap(self->buf, CONTENT);
	EXPECT_EQ(0, kexec_unload(KEXEC_ON_CRASH));
	EXPECT_EQ(0, crash_loaded());
}

static int load_at(const struct kexec_segment *seg, int nr)
{
	return kexec_load((unsigned long)seg[0].mem, nr, seg, KEXEC_ON_CRASH);
}

/* Is the segment's content at its destination, with zeros behind it? */
static bool in_place(int mem, const struct kexec_segment *seg)
{
	unsigned char page[PAGE], zeros[PAGE] = {};
	size_t off;

	for (off = 0; off < seg->memsz; off += PAGE) {
		const void *want = off < seg->bufsz ? seg->buf + off : zeros;

		if (pread(mem, page, PAGE, (unsigned long)seg->mem + off) != PAGE)
			return false;
		if (memcmp(page, want, PAGE))
			return false;
	}
	return true;
}

TEST_F(crash, load_and_unload)
{
	ASSERT_EQ(0, load_at(&self->good, 1));
	EXPECT_EQ(1, crash_loaded());
	EXPECT_EQ(0, loaded());
	EXPECT_EQ(0, kexec_unload(0));
	EXPECT_EQ(1, crash_loaded());
	EXPECT_EQ(0, kexec_unload(KEXEC_ON_CRASH));
	EXPECT_EQ(0, crash_loaded());
}

TEST_F(crash, content_is_in_place)
{
	struct kexec_segment again = self->good;

	ASSERT_EQ(0, load_at(&self->good, 1));
	EXPECT_TRUE(in_place(self->mem, &self->good));
	/* Shorter content over longer: the rest must not show through. */
	fill(self->buf, CONTENT, 8);
	again.bufsz = 3 * PAGE;
	ASSERT_EQ(0, load_at(&again, 1));
	EXPECT_TRUE(in_place(self->mem, &again));
}

/* Every page of many segments, in an order that is not that of the addresses. */
TEST_F(crash, sixteen_segments)
{
	struct kexec_segment seg[KEXEC_SEGMENT_MAX];
	int i;

	for (i = 0; i < KEXEC_SEGMENT_MAX; i++)
		seg[i] = segment(self->buf + i * 8 * PAGE, (i % 3) * PAGE + (i > 8) * 2 * PAGE,
				 self->region.start + MIB + (i * 7 % 16) * 8 * PAGE,
				 (i % 4 + 4) * PAGE);
	ASSERT_EQ(0, load_at(seg, KEXEC_SEGMENT_MAX));
	for (i = 0; i < KEXEC_SEGMENT_MAX; i++)
		EXPECT_TRUE(in_place(self->mem, &seg[i]));
}

TEST_F(crash, region_bounds)
{
	unsigned long start = self->region.start, end = self->region.end;
	struct kexec_segment seg[2] = { self->good };

	seg[1] = segment(self->buf, PAGE, start - PAGE, PAGE);
	EXPECT_EQ(EADDRNOTAVAIL, load_at(seg, 2));
	seg[1] = segment(self->buf, PAGE, end, PAGE);
	EXPECT_EQ(EADDRNOTAVAIL, load_at(seg, 2));
	seg[1] = segment(self->buf, PAGE, start - PAGE, 2 * PAGE);
	EXPECT_EQ(EADDRNOTAVAIL, load_at(seg, 2));
	seg[1] = segment(self->buf, PAGE, end - PAGE, 2 * PAGE);
	EXPECT_EQ(EADDRNOTAVAIL, load_at(seg, 2));
	seg[1] = segment(self->buf, PAGE, 0, PAGE);
	EXPECT_EQ(EADDRNOTAVAIL, load_at(seg, 2));
	EXPECT_EQ(0, crash_loaded());
	seg[1] = segment(self->buf, PAGE, start, PAGE);
	EXPECT_EQ(0, load_at(seg, 2));
	seg[1] = segment(self->buf, PAGE, end - PAGE, PAGE);
	EXPECT_EQ(0, load_at(seg, 2));
	EXPECT_TRUE(in_place(self->mem, &seg[1]));
}

TEST_F(crash, entry_outside)
{
	struct kexec_segment *good = &self->good;

	EXPECT_EQ(EADDRNOTAVAIL, kexec_load(0, 1, good, KEXEC_ON_CRASH));
	EXPECT_EQ(EADDRNOTAVAIL, kexec_load(self->region.start - 1, 1, good, KEXEC_ON_CRASH));
	EXPECT_EQ(EADDRNOTAVAIL, kexec_load(self->region.end, 1, good, KEXEC_ON_CRASH));
	EXPECT_EQ(0, crash_loaded());
}

/* The kernel needs some pages of the region for itself. */
TEST_F(crash, no_room_left)
{
	struct kexec_segment seg = segment(self->buf, PAGE, self->region.start,
					   self->region.end - self->region.start);

	ASSERT_EQ(0, load_at(&self->good, 1));
	EXPECT_EQ(ENOMEM, load_at(&seg, 1));
	EXPECT_EQ(1, crash_loaded());
	EXPECT_TRUE(in_place(self->mem, &self->good));
}

/* A load that fails leaves what was armed before, and its content, as it was. */
TEST_F(crash, failure_keeps_armed)
{
	unsigned char *other = pages(CONTENT);
	unsigned long at = (unsigned long)self->good.mem;
	const struct {
		struct kexec_segment seg;
		unsigned long entry, nr, flags;
		int error;
	} bad[] = {
		{ segment(other, PAGE, at + 1, PAGE), at, 1, 0, EADDRNOTAVAIL },
		{ segment(other, PAGE, at, PAGE + 1), at, 1, 0, EADDRNOTAVAIL },
		{ segment(other, 2 * PAGE, at, PAGE), at, 1, 0, EINVAL },
		{ segment(other, PAGE, DEST, PAGE), at, 1, 0, EADDRNOTAVAIL },
		{ segment(other, PAGE, at, PAGE), DEST, 1, 0, EADDRNOTAVAIL },
		{ segment(other, PAGE, at, PAGE), at, 17, 0, EINVAL },
		{ segment(other, PAGE, at, PAGE), at, 1, 0x8000, EINVAL },
		{ segment(other, PAGE, at, PAGE), at, 1, KEXEC_PRESERVE_CONTEXT, EINVAL },
		{ segment(other, PAGE, at, PAGE), at, 1, KEXEC_ARCH_PPC64, EINVAL },
		{ segment(NULL, PAGE, at, PAGE), at, 1, 0, EFAULT },
		/* Half of the content is there: the error comes in the middle of the copy. */
		{ segment(other, CONTENT + PAGE, at, 2 * CONTENT), at, 1, 0, EFAULT },
	};
	unsigned int i;

	ASSERT_NE(NULL, other);
	fill(other, CONTENT, 99);
	munmap(other + CONTENT / 2, CONTENT / 2);
	ASSERT_EQ(0, load_at(&self->good, 1));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(bad[i].error, kexec_load(bad[i].entry, bad[i].nr, &bad[i].seg,
						   bad[i].flags | KEXEC_ON_CRASH)) {
			TH_LOG("bad load %u", i);
		}
		EXPECT_EQ(1, crash_loaded());
		EXPECT_TRUE(in_place(self->mem, &self->good));
	}
	EXPECT_EQ(EFAULT, kexec_load(at, 1, (void *)PAGE, KEXEC_ON_CRASH));
	EXPECT_EQ(1, crash_loaded());
	munmap(other, CONTENT / 2);
}

struct watch {
	int stop;
	long seen, gaps;
};

static void *watch(void *arg)
{
	struct watch *w = arg;

	while (!__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
		w->seen++;
		if (crash_loaded() != 1)
			w->gaps++;
	}
	return NULL;
}

/* At every moment of a re-load an image is armed. */
TEST_F_TIMEOUT(crash, reload_without_a_gap, 120)
{
	struct watch w = {};
	pthread_t t;
	int i;

	ASSERT_EQ(0, load_at(&self->good, 1));
	ASSERT_EQ(0, pthread_create(&t, NULL, watch, &w));
	for (i = 0; i < 12; i++) {
		fill(self->buf, CONTENT, i);
		EXPECT_EQ(0, load_at(&self->good, 1));
	}
	__atomic_store_n(&w.stop, 1, __ATOMIC_RELEASE);
	pthread_join(t, NULL);
	TH_LOG("%ld looks, %ld without an armed image", w.seen, w.gaps);
	EXPECT_LT(0, w.seen);
	EXPECT_EQ(0, w.gaps);
	EXPECT_TRUE(in_place(self->mem, &self->good));
}

TEST_F(crash, both_kinds_at_once)
{
	struct kexec_segment seg = segment(self->buf, PAGE, DEST, PAGE);

	ASSERT_EQ(0, load_at(&self->good, 1));
	ASSERT_EQ(0, kexec_load(DEST, 1, &seg, 0));
	EXPECT_EQ(1, crash_loaded());
	EXPECT_EQ(1, loaded());
	EXPECT_EQ(0, kexec_unload(0));
	EXPECT_EQ(1, crash_loaded());
	EXPECT_EQ(0, loaded());
}

TEST_F(crash, region_size_is_kept)
{
	long size = read_number("/sys/kernel/kexec_crash_size");
	char text[32];

	EXPECT_EQ((long)(self->region.end - self->region.start), size);
	ASSERT_EQ(0, load_at(&self->good, 1));
	EXPECT_NE(0, write_text("/sys/kernel/kexec_crash_size", "0"));
	snprintf(text, sizeof(text), "%ld", size - (long)MIB);
	EXPECT_NE(0, write_text("/sys/kernel/kexec_crash_size", text));
	snprintf(text, sizeof(text), "%ld", size + (long)MIB);
	EXPECT_NE(0, write_text("/sys/kernel/kexec_crash_size", text));
	EXPECT_EQ(size, read_number("/sys/kernel/kexec_crash_size"));
	EXPECT_EQ(1, crash_loaded());
}

TEST_F_TIMEOUT(crash, memory_comes_back, 120)
{
	struct kexec_segment seg[2] = {
		self->good,
		segment(NULL, 1, self->region.end - MIB, PAGE),
	};
	long before = 0, after;
	int i;

	for (i = -3; i < 15; i++) {
		if (!i)
			before = free_pages();
		ASSERT_EQ(0, load_at(&self->good, 1));
		ASSERT_EQ(0, load_at(&self->good, 1));
		ASSERT_EQ(EFAULT, load_at(seg, 2));
		ASSERT_EQ(0, kexec_unload(KEXEC_ON_CRASH));
	}
	after = free_pages();
	/* 15 rounds with 4 MiB each. */
	EXPECT_GT((long)(8 * MIB / PAGE), before - after);
}

TEST_HARNESS_MAIN
