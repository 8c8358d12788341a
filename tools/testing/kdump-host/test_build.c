// SPDX-License-Identifier: GPL-2.0-only
/* The builder: what it writes is read back by the reader, and errors stick. */
#include "image.h"
#include "test.h"

#define DIRECT	0xffff888000000000ULL

static struct elfcore_finding finding[4];
static struct elfcore_findings found = { finding, 4, 0, 0 };

static void test_round_trip(void)
{
	struct kdump_range ram_storage[2] = { { 0x1000, 0x9f000 },
					      { 0x100000, 0x40000000 } };
	struct kdump_ranges ram = { ram_storage, 2, 2 };
	struct elfcore_limits limits = image_limits();
	struct elfcore_seg seg[8];
	struct elfcore_builder b;
	struct elfcore_header hdr;
	size_t size = elfcore_size(8), bytes, i;
	u8 *buf = malloc(size);

	CHECK_EQ(size, 64 + 8 * 56);
	memset(buf, 0xaa, size);
	CHECK_EQ(elfcore_begin(&b, buf, size, 8, IMAGE_MACHINE, 5), 0);
	CHECK_EQ(elfcore_add_note(&b, 0x1000, 0x77000, 0x400), 0);
	CHECK_EQ(elfcore_add_load(&b, 0x1000000, 0xffffffff81000000ULL,
				  0x1000000, 0x2000000, PF_R | PF_X), 0);
	CHECK_EQ(elfcore_add_ram(&b, &ram, DIRECT), 0);
	CHECK_EQ(elfcore_end(&b, &bytes), 0);
	CHECK_EQ(bytes, size);

	CHECK_EQ(elfcore_probe(buf, size, &limits, &hdr, &found), 0);
	CHECK_EQ(hdr.phnum, 4);
	CHECK_EQ(hdr.e_flags, 5);
	CHECK_EQ(elfcore_segments(buf, size, &limits, &hdr, seg, 8, &found),
		 4);
	CHECK_EQ(found.nr, 0);
	CHECK_EQ(seg[0].type, PT_NOTE);
	CHECK_EQ(seg[0].offset, 0x1000);
	CHECK_EQ(seg[0].paddr, 0x77000);
	CHECK_EQ(seg[1].vaddr, 0xffffffff81000000ULL);
	CHECK_EQ(seg[1].flags, PF_R | PF_X);
	CHECK_EQ(seg[2].offset, 0x1000);
	CHECK_EQ(seg[2].filesz, 0x9e000);
	CHECK_EQ(seg[3].vaddr, DIRECT + 0x100000);
	CHECK_EQ(seg[3].paddr + seg[3].memsz, 0x40000000);
	/* Room that was not used is zero. */
	for (i = elfcore_size(4); i < size; i++)
		CHECK_EQ(buf[i], 0);
	free(buf);
}

static void test_errors(void)
{
	struct elfcore_builder b;
	u8 *buf = malloc(elfcore_size(2));
	size_t bytes = 77;

	CHECK_EQ(elfcore_begin(&b, buf, elfcore_size(2), 0, 1, 0), -EINVAL);
	CHECK_EQ(elfcore_begin(&b, buf, elfcore_size(2) - 1, 2, 1, 0),
		 -ENOSPC);
	/* An error sticks. */
	CHECK_EQ(elfcore_add_note(&b, 0, 0, 1), -ENOSPC);
	CHECK_EQ(elfcore_end(&b, &bytes), -ENOSPC);
	CHECK_EQ(bytes, 77);
	/* One too many */
	CHECK_EQ(elfcore_begin(&b, buf, elfcore_size(2), 2, 1, 0), 0);
	CHECK_EQ(elfcore_add_note(&b, 0, 0, 1), 0);
	CHECK_EQ(elfcore_add_load(&b, 0, 0, 0, 1, 0), 0);
	CHECK_EQ(elfcore_add_load(&b, 0, 0, 0, 1, 0), -ENOSPC);
	CHECK_EQ(elfcore_end(&b, &bytes), -ENOSPC);
	/* Sums that wrap */
	CHECK_EQ(elfcore_begin(&b, buf, elfcore_size(2), 2, 1, 0), 0);
	CHECK_EQ(elfcore_add_load(&b, U64_MAX, 0, 0, 2, 0), -EINVAL);
	CHECK_EQ(elfcore_begin(&b, buf, elfcore_size(2), 2, 1, 0), 0);
	CHECK_EQ(elfcore_add_load(&b, 0, 0, U64_MAX, 2, 0), -EINVAL);
	/* Nothing in it */
	CHECK_EQ(elfcore_begin(&b, buf, elfcore_size(2), 2, 1, 0), 0);
	CHECK_EQ(elfcore_end(&b, NULL), -EINVAL);
	free(buf);
}

static void test_many(void)
{
	struct elfcore_limits limits = image_limits();
	struct elfcore_builder b;
	struct elfcore_header hdr;
	size_t size = elfcore_size(PN_XNUM), bytes;
	u8 *buf = malloc(size);
	u32 i, nr;

	CHECK_EQ(elfcore_size(PN_XNUM - 1), 64 + (PN_XNUM - 1) * 56);
	CHECK_EQ(size, 64 + 64 + PN_XNUM * 56);
	/* With the room for so many, and just as many or one fewer in it */
	for (nr = PN_XNUM - 1; nr <= PN_XNUM; nr++) {
		CHECK_EQ(elfcore_begin(&b, buf, size, PN_XNUM, IMAGE_MACHINE,
				       0), 0);
		for (i = 0; i < nr; i++)
			CHECK_EQ(elfcore_add_load(&b, i << 12, i << 12,
						  i << 12, 1, 0), 0);
		CHECK_EQ(elfcore_end(&b, &bytes), 0);
		CHECK_EQ(elfcore_probe(buf, bytes, &limits, &hdr, &found), 0);
		CHECK_EQ(found.nr, 0);
		CHECK_EQ(hdr.phnum, nr);
		CHECK(hdr.need_bytes <= bytes);
	}
	free(buf);
}

const struct test build_tests[] = {
	{ "build.round_trip", test_round_trip },
	{ "build.errors", test_errors },
	{ "build.many", test_many },
	{ NULL, NULL },
};
