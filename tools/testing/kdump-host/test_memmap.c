// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the memory map for a capture kernel: a typical machine, and random
 * ones against a map with one byte a page.
 */
#include "../../../arch/x86/kexec/memmap.h"
#include "test.h"

#define CAP	64

struct lists {
	struct x86_memmap_entry fw[CAP], out[CAP];
	struct kdump_range usable[CAP], taken[CAP], ram[CAP], old[CAP];
	struct x86_memmap fw_map, out_map;
	struct kdump_ranges usable_list, taken_list, ram_list, old_list;
};

static void init(struct lists *l)
{
	l->fw_map = (struct x86_memmap){ .e = l->fw, .cap = CAP };
	l->out_map = (struct x86_memmap){ .e = l->out, .cap = CAP };
	kdump_ranges_init(&l->usable_list, l->usable, CAP);
	kdump_ranges_init(&l->taken_list, l->taken, CAP);
	kdump_ranges_init(&l->ram_list, l->ram, CAP);
	kdump_ranges_init(&l->old_list, l->old, CAP);
}

static int build(struct lists *l, u64 low_end)
{
	return x86_memmap_crash(&l->fw_map, low_end, &l->usable_list,
				&l->taken_list, &l->ram_list, &l->old_list,
				&l->out_map);
}

static void typical_firmware(struct lists *l)
{
	init(l);
	x86_memmap_add(&l->fw_map, 0, 0x9fc00, X86_MEMMAP_RAM);
	x86_memmap_add(&l->fw_map, 0x9fc00, 0xa0000, X86_MEMMAP_RESERVED);
	x86_memmap_add(&l->fw_map, 0xf0000, 0x100000, X86_MEMMAP_RESERVED);
	x86_memmap_add(&l->fw_map, 0x100000, 0x3ffe0000, X86_MEMMAP_RAM);
	x86_memmap_add(&l->fw_map, 0x3ffe0000, 0x40000000, 3);
	kdump_ranges_add(&l->usable_list, 0x2f000000, 0x3f000000);
	kdump_ranges_add(&l->taken_list, 0x3ee00000, 0x3ef00000);
}

static void test_typical(void)
{
	static const struct x86_memmap_entry want[] = {
		{ 0, 0x9fc00, 1 },
		{ 0x2f000000, 0x3ee00000, 1 },
		{ 0x3ef00000, 0x3f000000, 1 },
		{ 0x100000, 0x2f000000, 2 },
		{ 0x3ee00000, 0x3ef00000, 2 },
		{ 0x3f000000, 0x3ffe0000, 2 },
		{ 0x9fc00, 0xa0000, 2 },
		{ 0xf0000, 0x100000, 2 },
		{ 0x3ffe0000, 0x40000000, 3 },
	};
	struct lists l;
	size_t i;

	typical_firmware(&l);
	CHECK_EQ(build(&l, 0xa0000), 0);
	CHECK_EQ(l.out_map.nr, ARRAY_SIZE(want));
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		CHECK_EQ(l.out[i].start, want[i].start);
		CHECK_EQ(l.out[i].end, want[i].end);
		CHECK_EQ(l.out[i].type, want[i].type);
	}
}

/* Each list too short by any number of entries. */
static void test_no_room(void)
{
	struct lists l;
	size_t cap;

	for (cap = 0; cap < 9; cap++) {
		typical_firmware(&l);
		l.out_map.cap = cap;
		CHECK_EQ(build(&l, 0xa0000), -ENOSPC);
		CHECK_EQ(l.out_map.nr, cap);
	}
	for (cap = 0; cap < 3; cap++) {
		typical_firmware(&l);
		l.ram_list.cap = cap;
		CHECK_EQ(build(&l, 0xa0000), -ENOSPC);
		typical_firmware(&l);
		l.old_list.cap = cap;
		CHECK_EQ(build(&l, 0xa0000), -ENOSPC);
	}
	typical_firmware(&l);
	l.usable[0].end = 0;
	CHECK_EQ(build(&l, 0xa0000), -EINVAL);
}

#define PAGES	256

static void random_map(struct lists *l, u8 *want, u64 *state, u64 low_end)
{
	u64 at = 0, end, i;
	u32 type;

	memset(want, 0, PAGES);
	while (at < PAGES && l->fw_map.nr < CAP / 2) {
		at += test_random(state) % 8;
		end = at + test_random(state) % 32;
		if (end > PAGES)
			end = PAGES;
		type = 1 + test_random(state) % 3;
		x86_memmap_add(&l->fw_map, at, end, type);
		for (i = at; i < end; i++) {
			want[i] = type;
			if (type == 1 && i >= low_end)
				want[i] = 2;
		}
		at = end > at ? end : at;
	}
}

static void random_regions(struct lists *l, u8 *want, u64 *state, u64 low_end)
{
	u64 i, k, start, end;

	for (i = 0; i < 3; i++) {
		const struct x86_memmap_entry *e =
			&l->fw[test_random(state) % l->fw_map.nr];

		if (e->type != 1)
			continue;
		start = e->start + test_random(state) % (e->end - e->start);
		end = start + test_random(state) % (e->end - start + 1);
		kdump_ranges_add(&l->usable_list, start, end);
		for (k = start; k < end; k++)
			want[k] = 1;
	}
	for (i = 0; i < 4 && l->usable_list.nr; i++) {
		const struct kdump_range *r =
			&l->usable[test_random(state) % l->usable_list.nr];

		start = r->start + test_random(state) % (r->end - r->start);
		end = start + test_random(state) % (r->end - start + 1);
		if (start < low_end)
			continue;
		kdump_ranges_add(&l->taken_list, start, end);
		for (k = start; k < end; k++)
			want[k] = 2;
	}
}

static void test_random_maps(void)
{
	u64 state = 0x9e3779b97f4a7c15, round, i, k;
	u8 want[PAGES], got[PAGES];
	struct lists l;

	for (round = 0; round < 5000; round++) {
		u64 low_end = test_random(&state) % 64;

		init(&l);
		random_map(&l, want, &state, low_end);
		if (!l.fw_map.nr)
			continue;
		random_regions(&l, want, &state, low_end);
		CHECK_EQ(build(&l, low_end), 0);
		memset(got, 0, sizeof(got));
		for (i = 0; i < l.out_map.nr; i++) {
			CHECK(l.out[i].start < l.out[i].end);
			for (k = l.out[i].start; k < l.out[i].end; k++) {
				CHECK(!got[k]);
				got[k] = l.out[i].type;
			}
		}
		CHECK(!memcmp(got, want, sizeof(got)));
	}
}

/* Field by field, little endian, from wherever the entry went. */
static u64 e820_field(const u8 *e, size_t at, size_t bytes)
{
	u64 value = 0;

	while (bytes--)
		value = value << 8 | e[at + bytes];
	return value;
}

/* As many entries as boot_params holds, fewer, and more: none is lost or written twice. */
static void test_put(void)
{
	enum { TABLE = 128, MOST = 3 * TABLE, END = 0xa5 };
	static const size_t lengths[] = { 0, 1, TABLE - 1, TABLE, TABLE + 1, 300, MOST };
	static struct x86_memmap_entry e[MOST];
	static u8 table[(TABLE + 1) * X86_MEMMAP_E820_BYTES];
	static u8 ext[(MOST - TABLE + 1) * X86_MEMMAP_E820_BYTES];
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct x86_memmap map = { .e = e, .cap = MOST };
		size_t nr = lengths[i], left = nr > TABLE ? nr - TABLE : 0;

		for (k = 0; k < nr; k++)
			CHECK_EQ(x86_memmap_add(&map, k << 33, (k << 33) + 0x1234567890 + k,
						k % 5 + 1), 0);
		memset(table, END, sizeof(table));
		memset(ext, END, sizeof(ext));
		CHECK_EQ(x86_memmap_put(&map, TABLE, NULL, NULL), left);
		CHECK_EQ(x86_memmap_put(&map, TABLE, table, left ? ext : NULL), left);
		for (k = 0; k < nr; k++) {
			const u8 *at = k < TABLE ? table + k * X86_MEMMAP_E820_BYTES :
						   ext + (k - TABLE) * X86_MEMMAP_E820_BYTES;

			CHECK_EQ(e820_field(at, 0, 8), k << 33);
			CHECK_EQ(e820_field(at, 8, 8), 0x1234567890 + k);
			CHECK_EQ(e820_field(at, 16, 4), k % 5 + 1);
		}
		CHECK_EQ(table[(nr - left) * X86_MEMMAP_E820_BYTES], END);
		CHECK_EQ(ext[left * X86_MEMMAP_E820_BYTES], END);
	}
}

const struct test memmap_tests[] = {
	{ "memmap.put", test_put },
	{ "memmap.typical", test_typical },
	{ "memmap.no-room", test_no_room },
	{ "memmap.random", test_random_maps },
	{ }
};
