// SPDX-License-Identifier: GPL-2.0-only
/* ELF core headers: what this kernel writes, this kernel reads. */
#include <linux/sizes.h>

#include "../elfcore.h"
#include "tests.h"

#define SEGS	4

static const struct elfcore_limits limits = {
	.machine = { EM_X86_64 },
	.max_phnum = SEGS,
	.max_note_bytes = SZ_64K,
	.max_total_bytes = S64_MAX,
};

static void *build(struct kunit *test, size_t *bytes)
{
	size_t cap = elfcore_size(SEGS);
	struct elfcore_builder b;
	void *buf = kunit_kzalloc(test, cap, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_EQ(test, elfcore_begin(&b, buf, cap, SEGS, EM_X86_64, 0),
			0);
	elfcore_add_note(&b, SZ_1M, SZ_1M, SZ_4K);
	elfcore_add_load(&b, SZ_16M, 0xffffffff81000000ULL, SZ_16M, SZ_16M,
			 PF_R | PF_X);
	elfcore_add_load(&b, SZ_1M, 0xffff888000100000ULL, SZ_1M, SZ_64M,
			 PF_R);
	KUNIT_ASSERT_EQ(test, elfcore_end(&b, bytes), 0);
	return buf;
}

static void test_round_trip(struct kunit *test)
{
	struct elfcore_finding finding[SEGS];
	struct elfcore_findings found = { .f = finding, .cap = SEGS };
	struct elfcore_seg seg[SEGS];
	struct elfcore_header hdr;
	size_t bytes;
	void *buf = build(test, &bytes);

	KUNIT_ASSERT_EQ(test, elfcore_probe(buf, bytes, &limits, &hdr, &found),
			0);
	KUNIT_ASSERT_EQ(test, elfcore_segments(buf, bytes, &limits, &hdr, seg,
					       SEGS, &found), 3);
	KUNIT_EXPECT_EQ(test, found.nr, 0);
	KUNIT_EXPECT_EQ(test, seg[0].type, PT_NOTE);
	KUNIT_EXPECT_EQ(test, seg[1].vaddr, 0xffffffff81000000ULL);
	KUNIT_EXPECT_EQ(test, seg[2].paddr, SZ_1M);
	KUNIT_EXPECT_EQ(test, seg[2].filesz, SZ_64M);
}

static void test_damaged(struct kunit *test)
{
	struct elfcore_finding finding[SEGS];
	struct elfcore_findings found = { .f = finding, .cap = SEGS };
	struct elfcore_seg seg[SEGS];
	struct elfcore_header hdr;
	size_t bytes;
	Elf64_Ehdr *e = build(test, &bytes);
	Elf64_Phdr *p = (void *)(e + 1);

	/* One wraps: it goes, the others stay. */
	p[1].p_offset = U64_MAX - 100;
	KUNIT_ASSERT_EQ(test, elfcore_probe(e, bytes, &limits, &hdr, &found),
			0);
	KUNIT_EXPECT_EQ(test, elfcore_segments(e, bytes, &limits, &hdr, seg,
					       SEGS, &found), 2);
	KUNIT_ASSERT_EQ(test, found.nr, 1);
	KUNIT_EXPECT_EQ(test, found.f[0].reason, ELFCORE_SEG_WRAPS);
	KUNIT_EXPECT_EQ(test, found.f[0].index, 1);

	e->e_machine = EM_386;
	KUNIT_EXPECT_EQ(test, elfcore_probe(e, bytes, &limits, &hdr, &found),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, found.f[1].reason, ELFCORE_BAD_MACHINE);
}

static void test_notes(struct kunit *test)
{
	struct elfcore_note_iter it;
	struct elfcore_note note;
	size_t pos = 0;
	u32 buf[16] = { 0 };

	KUNIT_ASSERT_NOT_NULL(test, elfcore_note_put(buf, sizeof(buf), &pos,
						     "CORE", 1, "regs", 4));
	elfcore_note_walk(&it, buf, sizeof(buf));
	KUNIT_ASSERT_TRUE(test, elfcore_note_next(&it, &note));
	KUNIT_EXPECT_TRUE(test, elfcore_note_is(&note, "CORE", 1));
	KUNIT_EXPECT_FALSE(test, elfcore_note_next(&it, &note));
	KUNIT_EXPECT_EQ(test, it.why, ELFCORE_OK);
	KUNIT_EXPECT_EQ(test, it.pos, pos);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_round_trip),
	KUNIT_CASE(test_damaged),
	KUNIT_CASE(test_notes),
	{}
};

struct kunit_suite kdump_elfcore_suite = {
	.name = "kdump_elfcore",
	.test_cases = cases,
};
