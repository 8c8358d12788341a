// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges: the edges by hand, everything else against a bitmap that cannot be
 * wrong.
 */
#include "../../../kernel/crash_dump/ranges.h"
#include "test.h"

#define CAP	16

static void check_form(const struct kdump_ranges *rs)
{
	size_t i;

	CHECK(rs->nr <= rs->cap);
	for (i = 0; i < rs->nr; i++) {
		CHECK(rs->r[i].start < rs->r[i].end);
		/* sorted, and neither overlapping nor touching */
		CHECK(!i || rs->r[i - 1].end < rs->r[i].start);
	}
}

/* The whole list as "start-end start-end ...", U64_MAX as "max". */
static void check_is(const struct kdump_ranges *rs, const char *want)
{
	char text[256] = "";
	size_t i, n = 0;

	check_form(rs);
	for (i = 0; i < rs->nr; i++) {
		n += snprintf(text + n, sizeof(text) - n,
			      rs->r[i].end == U64_MAX ? "%s%llu-max" :
							"%s%llu-%llu",
			      i ? " " : "", rs->r[i].start, rs->r[i].end);
	}
	if (strcmp(text, want))
		test_fail(__FILE__, __LINE__, "the list is \"%s\", not \"%s\"",
			  text, want);
}

static void test_add(void)
{
	struct kdump_range storage[3];
	struct kdump_ranges rs;

	kdump_ranges_init(&rs, storage, 3);
	CHECK_EQ(kdump_ranges_add(&rs, 10, 9), -EINVAL);
	CHECK_EQ(kdump_ranges_add(&rs, 10, 10), 0);
	CHECK_EQ(rs.nr, 0);
	CHECK_EQ(kdump_ranges_add(&rs, 20, 30), 0);
	CHECK_EQ(kdump_ranges_add(&rs, 0, 10), 0);
	check_is(&rs, "0-10 20-30");
	CHECK_EQ(kdump_ranges_add(&rs, 40, U64_MAX), 0);
	/* full: refused and unchanged, unless it merges */
	CHECK_EQ(kdump_ranges_add(&rs, 12, 15), -ENOSPC);
	check_is(&rs, "0-10 20-30 40-max");
	CHECK_EQ(kdump_ranges_add(&rs, 10, 12), 0);
	check_is(&rs, "0-12 20-30 40-max");
	CHECK_EQ(kdump_ranges_add(&rs, 12, 20), 0);
	check_is(&rs, "0-30 40-max");
	CHECK_EQ(kdump_ranges_add(&rs, 5, 50), 0);
	check_is(&rs, "0-max");
	CHECK_EQ(kdump_ranges_total(&rs), U64_MAX);
}

static void test_subtract(void)
{
	struct kdump_range storage[2];
	struct kdump_ranges rs;

	kdump_ranges_init(&rs, storage, 2);
	CHECK_EQ(kdump_ranges_add(&rs, 10, 40), 0);
	CHECK_EQ(kdump_ranges_subtract(&rs, 5, 4), -EINVAL);
	CHECK_EQ(kdump_ranges_subtract(&rs, 0, 10), 0);
	CHECK_EQ(kdump_ranges_subtract(&rs, 40, 50), 0);
	check_is(&rs, "10-40");
	CHECK_EQ(kdump_ranges_subtract(&rs, 20, 30), 0);
	check_is(&rs, "10-20 30-40");
	/* full: a split is refused, a cut is not */
	CHECK_EQ(kdump_ranges_subtract(&rs, 12, 13), -ENOSPC);
	check_is(&rs, "10-20 30-40");
	CHECK_EQ(kdump_ranges_subtract(&rs, 15, 35), 0);
	check_is(&rs, "10-15 35-40");
	CHECK_EQ(kdump_ranges_subtract(&rs, 0, U64_MAX), 0);
	CHECK_EQ(rs.nr, 0);
	CHECK(!kdump_ranges_largest(&rs));
}

static void test_largest(void)
{
	struct kdump_range storage[CAP];
	struct kdump_ranges rs;

	kdump_ranges_init(&rs, storage, CAP);
	CHECK_EQ(kdump_ranges_add(&rs, 0, 10), 0);
	CHECK_EQ(kdump_ranges_add(&rs, 20, 40), 0);
	CHECK_EQ(kdump_ranges_add(&rs, 50, 70), 0);
	CHECK_EQ(kdump_ranges_largest(&rs)->start, 20);
	kdump_ranges_clip(&rs, 5, 25);
	check_is(&rs, "5-10 20-25");
	kdump_ranges_clip(&rs, 10, 20);
	CHECK_EQ(rs.nr, 0);
	CHECK(!kdump_ranges_contain(&rs, 1, 2));
}

/* The oracle: one byte per address of a small space. */
#define SPACE	64

/* Few enough for the list to be full now and then. */
#define SMALL_CAP	6

static void check_against(const struct kdump_ranges *rs, const u8 *map)
{
	u64 total = 0, a, e;

	check_form(rs);
	for (a = 0; a < SPACE; a++) {
		const struct kdump_range *r = kdump_ranges_find(rs, a);
		bool all = true, any = false;

		CHECK_EQ(!!r, map[a]);
		CHECK(!r || (r->start <= a && a < r->end));
		total += map[a];
		for (e = a + 1; e <= SPACE; e++) {
			all &= map[e - 1];
			any |= map[e - 1];
			CHECK_EQ(kdump_ranges_contain(rs, a, e), all);
			CHECK_EQ(kdump_ranges_overlap(rs, a, e), any);
		}
		CHECK(!kdump_ranges_contain(rs, a, a));
		CHECK(!kdump_ranges_overlap(rs, a, a));
	}
	CHECK_EQ(kdump_ranges_total(rs), total);
}

static void test_random_ops(void)
{
	struct kdump_range storage[SMALL_CAP], before[SMALL_CAP];
	u64 seed = 0x9e3779b97f4a7c15;
	u8 map[SPACE] = { 0 }, want[SPACE];
	struct kdump_ranges rs;
	int i, full = 0;

	memset(storage, 0, sizeof(storage));
	kdump_ranges_init(&rs, storage, SMALL_CAP);
	for (i = 0; i < 4000; i++) {
		u64 start = test_random(&seed) % SPACE;
		u64 end = start + test_random(&seed) % 6;
		size_t nr = rs.nr;
		int op, ret;

		if (end > SPACE)
			end = SPACE;
		op = test_random(&seed) % 16;
		memcpy(want, map, SPACE);
		memcpy(before, storage, sizeof(before));
		if (op == 0) {
			memset(want, 0, 4);
			memset(want + SPACE - 4, 0, 4);
			kdump_ranges_clip(&rs, 4, SPACE - 4);
			ret = 0;
		} else if (op < 8) {
			memset(want + start, 0, end - start);
			ret = kdump_ranges_subtract(&rs, start, end);
		} else {
			memset(want + start, 1, end - start);
			ret = kdump_ranges_add(&rs, start, end);
		}
		if (ret) {
			full++;
			CHECK_EQ(ret, -ENOSPC);
			CHECK_EQ(rs.nr, nr);
			CHECK(!memcmp(before, storage, sizeof(before)));
		} else {
			memcpy(map, want, SPACE);
		}
		check_against(&rs, map);
	}
	/* Both a full list and one with room were tried, many times. */
	CHECK(full > 100 && full < i - 1000);
}

const struct test ranges_tests[] = {
	{ "ranges.add", test_add },
	{ "ranges.subtract", test_subtract },
	{ "ranges.largest", test_largest },
	{ "ranges.random", test_random_ops },
	{ NULL, NULL },
};
