// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extents: random files of random extents, of which every request is compared
 * with the file written out byte by byte.
 */
#include "../../../kernel/crash_dump/extents.h"
#include "test.h"

#define CAP	12
#define FILE_BYTES	256

/* Old memory as it may be read: byte at physical address pa. */
static u8 old_byte(u64 pa)
{
	return pa * 7 + 3;
}

/* Read through the list; returns how many bytes. */
static size_t read_at(const struct kdump_extents *x, u64 off, size_t bytes,
		      u8 *out)
{
	struct kdump_extents_iter it;
	struct kdump_extent p;
	size_t done = 0, i;

	kdump_extents_walk(&it, x, off, bytes);
	while (kdump_extents_next(&it, &p)) {
		CHECK(p.bytes);
		CHECK_EQ(p.file_off, off + done);
		CHECK(p.bytes <= bytes - done);
		for (i = 0; i < p.bytes; i++) {
			u8 b = 0;

			if (p.kind == KDUMP_EXTENT_BUFFER)
				b = ((const u8 *)p.buf)[i];
			else if (p.kind == KDUMP_EXTENT_OLDMEM)
				b = old_byte(p.pa + i);
			out[done++] = b;
		}
	}
	return done;
}

static void test_random_files(void)
{
	u64 seed = 0xd1b54a32d192ed03;
	u8 buf[FILE_BYTES], file[FILE_BYTES], out[FILE_BYTES];
	int round;
	size_t i;

	for (i = 0; i < sizeof(buf); i++)
		buf[i] = 0x80 | i;
	for (round = 0; round < 300; round++) {
		struct kdump_extent storage[CAP];
		struct kdump_extents x;
		size_t size = 0, off, n;

		kdump_extents_init(&x, storage, CAP);
		while (size < FILE_BYTES - 40) {
			u64 pa = test_random(&seed) % 4096;
			int ret, kind = test_random(&seed) % 3;

			n = test_random(&seed) % 40;
			if (kind == 0)
				ret = kdump_extents_add_buffer(&x, buf, n);
			else if (kind == 1)
				ret = kdump_extents_add_oldmem(&x, pa, n);
			else
				ret = kdump_extents_add_zero(&x, n);
			if (ret) {
				CHECK_EQ(ret, -ENOSPC);
				break;
			}
			for (i = 0; i < n; i++)
				file[size + i] = kind == 0 ? buf[i] :
						 kind == 1 ? old_byte(pa + i) :
							     0;
			size += n;
		}
		CHECK_EQ(kdump_extents_size(&x), size);
		for (off = 0; off <= size + 2; off++) {
			const struct kdump_extent *e;

			e = kdump_extents_find(&x, off);
			CHECK_EQ(!!e, off < size);
			CHECK(!e || (e->file_off <= off &&
				     off - e->file_off < e->bytes));
			for (n = 0; n <= size + 2 - off; n += 1 + n / 4) {
				size_t left = off < size ? size - off : 0;

				CHECK_EQ(read_at(&x, off, n, out),
					 n < left ? n : left);
				CHECK(!memcmp(out, file + off,
					      n < left ? n : left));
			}
		}
	}
}

static void test_merge(void)
{
	struct kdump_extent storage[3];
	struct kdump_extents x;

	kdump_extents_init(&x, storage, 3);
	CHECK_EQ(kdump_extents_add_oldmem(&x, 0x1000, 0x1000), 0);
	CHECK_EQ(kdump_extents_add_oldmem(&x, 0x2000, 0x1000), 0);
	CHECK_EQ(x.nr, 1);
	CHECK_EQ(kdump_extents_add_oldmem(&x, 0x4000, 0x1000), 0);
	CHECK_EQ(x.nr, 2);
	CHECK_EQ(kdump_extents_add_zero(&x, 5), 0);
	CHECK_EQ(kdump_extents_add_zero(&x, 5), 0);
	CHECK_EQ(x.nr, 3);
	CHECK_EQ(x.e[2].bytes, 10);
	/* full, and nothing changed */
	CHECK_EQ(kdump_extents_add_oldmem(&x, 0x9000, 1), -ENOSPC);
	CHECK_EQ(x.nr, 3);
	CHECK_EQ(kdump_extents_size(&x), 0x3000 + 10);
}

static void test_limits(void)
{
	struct kdump_extent storage[4];
	struct kdump_extents_iter it;
	struct kdump_extent p;
	struct kdump_extents x;

	kdump_extents_init(&x, storage, 4);
	CHECK(!kdump_extents_find(&x, 0));
	kdump_extents_walk(&it, &x, 0, U64_MAX);
	CHECK(!kdump_extents_next(&it, &p));
	CHECK_EQ(kdump_extents_add_oldmem(&x, U64_MAX, 2), -EINVAL);
	CHECK_EQ(kdump_extents_add_oldmem(&x, 0, 1ULL << 63), -EFBIG);
	CHECK_EQ(kdump_extents_add_oldmem(&x, 0, (1ULL << 63) - 2), 0);
	CHECK_EQ(kdump_extents_add_zero(&x, 2), -EFBIG);
	CHECK_EQ(kdump_extents_add_zero(&x, 1), 0);
	CHECK_EQ(kdump_extents_size(&x), U64_MAX >> 1);
	/* a request that would wrap is cut at the end of the file */
	kdump_extents_walk(&it, &x, 10, U64_MAX);
	CHECK(kdump_extents_next(&it, &p));
	CHECK_EQ(p.pa, 10);
	CHECK_EQ(p.bytes, (1ULL << 63) - 12);
	CHECK(kdump_extents_next(&it, &p));
	CHECK_EQ(p.bytes, 1);
	CHECK(!kdump_extents_next(&it, &p));
	kdump_extents_walk(&it, &x, U64_MAX, 1);
	CHECK(!kdump_extents_next(&it, &p));
}

static void test_pa_to_off(void)
{
	struct kdump_extent storage[4];
	struct kdump_extents x;
	u64 off;

	kdump_extents_init(&x, storage, 4);
	CHECK_EQ(kdump_extents_add_buffer(&x, storage, 0x1000), 0);
	CHECK_EQ(kdump_extents_add_oldmem(&x, 0x100000, 0x4000), 0);
	CHECK_EQ(kdump_extents_add_oldmem(&x, 0, 0x2000), 0);
	CHECK_EQ(kdump_extents_pa_to_off(&x, 0x101000, 0x1000, &off), 0);
	CHECK_EQ(off, 0x2000);
	CHECK_EQ(kdump_extents_pa_to_off(&x, 0x100000, 0x4000, &off), 0);
	CHECK_EQ(off, 0x1000);
	CHECK_EQ(kdump_extents_pa_to_off(&x, 0x1fff, 1, &off), 0);
	CHECK_EQ(off, 0x6fff);
	CHECK_EQ(kdump_extents_pa_to_off(&x, 0x1fff, 2, &off), -ENXIO);
	CHECK_EQ(kdump_extents_pa_to_off(&x, 0x103000, U64_MAX, &off), -ENXIO);
	CHECK_EQ(kdump_extents_pa_to_off(&x, 0xfffff, 1, &off), -ENXIO);
	CHECK_EQ(kdump_extents_pa_to_off(&x, U64_MAX, 1, &off), -ENXIO);
	CHECK_EQ(kdump_extents_pa_to_off(&x, 0x100000, 0, &off), -ENXIO);
}

const struct test extents_tests[] = {
	{ "extents.random", test_random_files },
	{ "extents.merge", test_merge },
	{ "extents.limits", test_limits },
	{ "extents.pa_to_off", test_pa_to_off },
	{ NULL, NULL },
};
