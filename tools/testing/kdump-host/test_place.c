// SPDX-License-Identifier: GPL-2.0-only
/* Placement: by hand at the edges, and against trying every address. */
#include "../../../kernel/kexec_place.h"
#include "test.h"

#define CAP	16
#define SPACE	96

static void test_bad_wishes(void)
{
	struct kdump_range storage[1] = { { 0, 100 } };
	struct kdump_ranges avail = { storage, 1, 1 };
	struct kexec_room want = { .bytes = 0, .align = 1, .max = U64_MAX };
	u64 addr;

	CHECK_EQ(kexec_place_find(&avail, NULL, &want, &addr), -EINVAL);
	want.bytes = 1;
	want.align = 0;
	CHECK_EQ(kexec_place_find(&avail, NULL, &want, &addr), -EINVAL);
	want.align = 3;
	CHECK_EQ(kexec_place_find(&avail, NULL, &want, &addr), -EINVAL);
	want.align = 1;
	want.bytes = 101;
	CHECK_EQ(kexec_place_find(&avail, NULL, &want, &addr),
		 -EADDRNOTAVAIL);
	want.bytes = 100;
	CHECK_EQ(kexec_place_find(&avail, NULL, &want, &addr), 0);
	CHECK_EQ(addr, 0);
}

static void test_top_of_space(void)
{
	struct kdump_range storage[1] = { { U64_MAX - 0x1800, U64_MAX } };
	struct kdump_ranges avail = { storage, 1, 1 };
	struct kexec_room want = {
		.bytes = 0x800, .align = 0x1000, .max = U64_MAX,
	};
	u64 addr;

	CHECK_EQ(kexec_place_find(&avail, NULL, &want, &addr), 0);
	CHECK_EQ(addr, 0xfffffffffffff000ULL);
	want.top_down = true;
	CHECK_EQ(kexec_place_find(&avail, NULL, &want, &addr), 0);
	CHECK_EQ(addr, 0xfffffffffffff000ULL);
	/* rounding up would wrap */
	want.align = 1ULL << 63;
	CHECK_EQ(kexec_place_find(&avail, NULL, &want, &addr),
		 -EADDRNOTAVAIL);
}

static bool free_at(const struct kdump_ranges *avail,
		    const struct kdump_ranges *busy,
		    const struct kexec_room *want, u64 addr)
{
	return !(addr & (want->align - 1)) && addr >= want->min &&
	       addr + want->bytes <= want->max &&
	       kdump_ranges_contain(avail, addr, addr + want->bytes) &&
	       !kdump_ranges_overlap(busy, addr, addr + want->bytes);
}

static void test_against_all(void)
{
	u64 seed = 0x2545f4914f6cdd1d;
	int round, found = 0, none = 0;

	for (round = 0; round < 20000; round++) {
		struct kdump_range as[CAP], bs[CAP];
		struct kdump_ranges avail, busy;
		struct kexec_room want;
		u64 a, addr, best = U64_MAX;
		int i, ret;

		kdump_ranges_init(&avail, as, CAP);
		kdump_ranges_init(&busy, bs, CAP);
		for (i = 0; i < 4; i++) {
			a = test_random(&seed) % SPACE;
			kdump_ranges_add(&avail, a,
					 a + test_random(&seed) % 24);
			a = test_random(&seed) % SPACE;
			kdump_ranges_add(&busy, a, a + test_random(&seed) % 8);
		}
		want.bytes = 1 + test_random(&seed) % 8;
		want.align = 1ULL << (test_random(&seed) % 4);
		want.min = test_random(&seed) % 32;
		want.max = SPACE / 2 + test_random(&seed) % SPACE;
		want.top_down = test_random(&seed) % 2;

		for (a = 0; a < 2 * SPACE; a++) {
			if (!free_at(&avail, &busy, &want, a))
				continue;
			if (best == U64_MAX || want.top_down)
				best = a;
		}
		ret = kexec_place_find(&avail, &busy, &want, &addr);
		if (best == U64_MAX) {
			CHECK_EQ(ret, -EADDRNOTAVAIL);
			none++;
		} else {
			CHECK_EQ(ret, 0);
			CHECK_EQ(addr, best);
			found++;
		}
	}
	CHECK(found > 1000 && none > 100);
}

static const struct row {
	const char *what;
	struct kexec_place_seg seg[3];
	size_t nr;
	int ret;
	enum kexec_place_reason reason;
	size_t index, other;
} rows[] = {
	{ "nothing", .nr = 0, .ret = 0 },
	{ "good", { { 0x1000, 0x2000, 0x1fff }, { 0x3000, 0x1000, 0x1000 },
		    { 0x8000, 0x1000, 0 } }, 3, 0 },
	{ "ends with the region", { { 0xf000, 0x1000, 1 } }, 1, 0 },
	{ "no room needed", { { 0x1000, 0, 0 }, { 0x1000, 0x1000, 1 } }, 2,
	  0 },
	{ "address", { { 0x1001, 0x1000, 1 } }, 1, -EADDRNOTAVAIL,
	  KEXEC_PLACE_UNALIGNED },
	{ "size", { { 0x1000, 0x1000, 1 }, { 0x2000, 0x1800, 1 } }, 2,
	  -EADDRNOTAVAIL, KEXEC_PLACE_UNALIGNED, 1 },
	{ "wraps", { { 0xfffffffffffff000, 0x2000, 1 } }, 1, -EADDRNOTAVAIL,
	  KEXEC_PLACE_WRAPS },
	{ "limit", { { 0x20000, 0x1000, 1 } }, 1, -EADDRNOTAVAIL,
	  KEXEC_PLACE_ABOVE_LIMIT },
	{ "before the region", { { 0, 0x2000, 1 } }, 1, -EADDRNOTAVAIL,
	  KEXEC_PLACE_OUTSIDE },
	{ "after the region", { { 0xf000, 0x2000, 1 } }, 1, -EADDRNOTAVAIL,
	  KEXEC_PLACE_OUTSIDE },
	{ "same", { { 0x2000, 0x1000, 1 }, { 0x4000, 0x1000, 1 },
		    { 0x2000, 0x1000, 1 } }, 3, -EINVAL, KEXEC_PLACE_OVERLAP,
	  2, 0 },
	{ "inside", { { 0x2000, 0x4000, 1 }, { 0x3000, 0x1000, 1 } }, 2,
	  -EINVAL, KEXEC_PLACE_OVERLAP, 1, 0 },
	{ "around", { { 0x3000, 0x1000, 1 }, { 0x2000, 0x4000, 1 } }, 2,
	  -EINVAL, KEXEC_PLACE_OVERLAP, 1, 0 },
	{ "by one page", { { 0x2000, 0x2000, 1 }, { 0x3000, 0x2000, 1 } }, 2,
	  -EINVAL, KEXEC_PLACE_OVERLAP, 1, 0 },
	{ "too much", { { 0x2000, 0x1000, 0x1001 } }, 1, -EINVAL,
	  KEXEC_PLACE_BUF_TOO_BIG },
};

static void test_check(void)
{
	struct kdump_range region[1] = { { 0x1000, 0x10000 } };
	struct kdump_ranges within = { region, 1, 1 };
	struct kexec_place_rules rules = { 0x1000, 0x20000, &within };
	struct kexec_place_err err;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];

		memset(&err, 0, sizeof(err));
		CHECK_ROW(r->what, kexec_place_check(r->seg, r->nr, &rules,
						     &err), r->ret);
		CHECK_ROW(r->what, err.reason, r->reason);
		if (!r->ret)
			continue;
		CHECK_ROW(r->what, err.index, r->index);
		CHECK_ROW(r->what, err.other, r->other);
	}
	/* Without a region, anything below the limit goes. */
	rules.within = NULL;
	CHECK_EQ(kexec_place_check(&(struct kexec_place_seg){ 0, 0x20000, 1 },
				   1, &rules, &err), 0);
	for (i = 0; i < KEXEC_PLACE_NR_REASONS; i++)
		CHECK(kexec_place_reason_text(i));
}

const struct test place_tests[] = {
	{ "place.bad_wishes", test_bad_wishes },
	{ "place.top_of_space", test_top_of_space },
	{ "place.against_all", test_against_all },
	{ "place.check", test_check },
	{ NULL, NULL },
};
