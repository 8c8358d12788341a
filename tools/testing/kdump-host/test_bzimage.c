// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the bzImage parser: what is right, each field made wrong, every cut.
 */
#include "kernelfile.h"
#include "test.h"

/* Parses a copy in a block of just its size, so that reading past it is seen. */
static int parse(const u8 *file, size_t bytes, struct bzimage *bz,
		 struct bzimage_error *err)
{
	u8 *copy = malloc(bytes ? bytes : 1);
	int ret;

	memcpy(copy, file, bytes);
	memset(bz, 0xee, sizeof(*bz));
	ret = bzimage_parse(copy, bytes, bz, err);
	free(copy);
	return ret;
}

static void test_good(void)
{
	struct bzimage_error err;
	u8 file[BZ_BYTES];
	struct bzimage bz;

	kernelfile_bzimage(file);
	CHECK_EQ(parse(file, sizeof(file), &bz, &err), 0);
	CHECK_EQ(err.reason, BZIMAGE_OK);
	CHECK_EQ(bz.version, 0x020f);
	CHECK_EQ(bz.header_end, 0x26c);
	CHECK_EQ(bz.code_offset, BZ_SETUP_BYTES);
	CHECK_EQ(bz.code_bytes, BZ_CODE_BYTES);
	CHECK_EQ(bz.mem_bytes, 0x2a5d000);
	CHECK_EQ(bz.align, 0x1000000);
	CHECK_EQ(bz.min_align, 0x200000);
	CHECK_EQ(bz.pref_pa, 0x1000000);
	CHECK_EQ(bz.initrd_max_pa, 0x7fffffff);
	CHECK_EQ(bz.cmdline_max_bytes, 2047);
	CHECK_EQ(bz.setup_type_max, 0x80000009);
	CHECK_EQ(bz.xloadflags, 0x7f);
	CHECK(bz.relocatable);
	CHECK(bz.above_4g);
}

/* A signature follows the code; the checksum is anything. */
static void test_longer(void)
{
	u8 file[BZ_BYTES + 1000];
	struct bzimage_error err;
	struct bzimage bz;

	memset(file, 0xa5, sizeof(file));
	kernelfile_bzimage(file);
	CHECK_EQ(parse(file, sizeof(file), &bz, &err), 0);
	CHECK_EQ(bz.code_bytes, BZ_CODE_BYTES);
	kernelfile_put(file, BZ_BYTES - 4, 4, 0x12345678);
	CHECK_EQ(parse(file, sizeof(file), &bz, &err), 0);
}

/* Protocols between 2.12 and 2.15 have no kernel_info. */
static void test_older(void)
{
	struct bzimage_error err;
	u8 file[BZ_BYTES];
	struct bzimage bz;

	kernelfile_bzimage(file);
	kernelfile_put(file, BZIMAGE_VERSION, 2, 0x020c);
	kernelfile_put(file, BZIMAGE_JUMP + 1, 1, 0x62);
	kernelfile_put(file, BZIMAGE_KERNEL_INFO_OFFSET, 4, 0x90909090);
	CHECK_EQ(parse(file, sizeof(file), &bz, &err), 0);
	CHECK_EQ(bz.setup_type_max, 0);
	CHECK_EQ(bz.header_end, 0x264);

	kernelfile_bzimage(file);
	kernelfile_put(file, BZIMAGE_KERNEL_INFO_OFFSET, 4, 0);
	CHECK_EQ(parse(file, sizeof(file), &bz, &err), 0);
	CHECK_EQ(bz.setup_type_max, 0);
}

static void test_defaults(void)
{
	/* setup_sects of 0 means 4. */
	static u8 file[5 * 512 + BZ_CODE_BYTES];
	struct bzimage_error err;
	struct bzimage bz;

	kernelfile_bzimage(file);
	kernelfile_put(file, BZIMAGE_SETUP_SECTS, 1, 0);
	kernelfile_put(file, BZIMAGE_KERNEL_INFO_OFFSET, 4, 0);
	kernelfile_put(file, BZIMAGE_MIN_ALIGNMENT, 1, 0);
	kernelfile_put(file, BZIMAGE_RELOCATABLE_KERNEL, 1, 0);
	kernelfile_put(file, BZIMAGE_XLOADFLAGS, 2, 1);
	CHECK_EQ(parse(file, sizeof(file), &bz, &err), 0);
	CHECK_EQ(bz.code_offset, 5 * 512);
	CHECK_EQ(bz.min_align, bz.align);
	CHECK(!bz.relocatable);
	CHECK(!bz.above_4g);
	CHECK_EQ(parse(file, sizeof(file) - 1, &bz, &err), -EBADMSG);
	CHECK_EQ(err.reason, BZIMAGE_CUT_CODE);
}

/* One field of a good file, made wrong. */
struct wrong {
	const char *name;
	size_t at;
	unsigned int bytes;
	u64 value;
	int ret;
	enum bzimage_reason reason;
	u64 shown;
};

static const struct wrong wrongs[] = {
	{ "no magic", BZIMAGE_HEADER, 4, 0x53726449, -ENOEXEC, BZIMAGE_NONE,
	  0x53726449 },
	{ "boot_flag", BZIMAGE_BOOT_FLAG, 2, 0xaa54, -EBADMSG,
	  BZIMAGE_BAD_BOOT_FLAG, 0xaa54 },
	{ "jump", BZIMAGE_JUMP, 1, 0xe9, -EBADMSG, BZIMAGE_BAD_JUMP, 0xe9 },
	{ "2.11", BZIMAGE_VERSION, 2, 0x020b, -EPROTONOSUPPORT,
	  BZIMAGE_OLD_VERSION, 0x020b },
	{ "no version", BZIMAGE_VERSION, 2, 0, -EPROTONOSUPPORT,
	  BZIMAGE_OLD_VERSION, 0 },
	{ "header without kernel_info_offset", BZIMAGE_JUMP + 1, 1, 0x69,
	  -EBADMSG, BZIMAGE_SHORT_HEADER, 0x26b },
	{ "no header", BZIMAGE_JUMP + 1, 1, 0, -EBADMSG, BZIMAGE_SHORT_HEADER,
	  0x202 },
	{ "header into the next field", BZIMAGE_JUMP + 1, 1, 0x8f, -EBADMSG,
	  BZIMAGE_LONG_HEADER, 0x291 },
	{ "longest header", BZIMAGE_JUMP + 1, 1, 0xff, -EBADMSG,
	  BZIMAGE_LONG_HEADER, 0x301 },
	{ "zImage", BZIMAGE_LOADFLAGS, 1, 0xfe, -EPROTONOSUPPORT,
	  BZIMAGE_NOT_HIGH, 0xfe },
	{ "i386", BZIMAGE_XLOADFLAGS, 2, 0x7e, -EPROTONOSUPPORT,
	  BZIMAGE_NO_64, 0x7e },
	{ "setup_sects", BZIMAGE_SETUP_SECTS, 1, 2, -EBADMSG, BZIMAGE_CUT_CODE,
	  BZ_BYTES + 512 },
	{ "most setup_sects", BZIMAGE_SETUP_SECTS, 1, 255, -EBADMSG,
	  BZIMAGE_CUT_CODE, 256 * 512 + BZ_CODE_BYTES },
	{ "no syssize", BZIMAGE_SYSSIZE, 4, 0, -EBADMSG, BZIMAGE_SMALL_SYSSIZE,
	  0 },
	{ "syssize to the entry", BZIMAGE_SYSSIZE, 4, 0x20, -EBADMSG,
	  BZIMAGE_SMALL_SYSSIZE, 0x200 },
	{ "syssize", BZIMAGE_SYSSIZE, 4, BZ_CODE_BYTES / 16 + 1, -EBADMSG,
	  BZIMAGE_CUT_CODE, BZ_BYTES + 16 },
	{ "largest syssize", BZIMAGE_SYSSIZE, 4, 0xffffffff, -EBADMSG,
	  BZIMAGE_CUT_CODE, BZ_SETUP_BYTES + 0xffffffff0ULL },
	{ "payload_offset", BZIMAGE_PAYLOAD_OFFSET, 4, BZ_CODE_BYTES, -EBADMSG,
	  BZIMAGE_BAD_PAYLOAD, BZ_CODE_BYTES + 0x80 },
	{ "payload_length", BZIMAGE_PAYLOAD_LENGTH, 4, 0xffffffff, -EBADMSG,
	  BZIMAGE_BAD_PAYLOAD, 0x10000023fULL },
	{ "init_size", BZIMAGE_INIT_SIZE, 4, BZ_CODE_BYTES - 1, -EBADMSG,
	  BZIMAGE_SMALL_INIT_SIZE, BZ_CODE_BYTES - 1 },
	{ "no init_size", BZIMAGE_INIT_SIZE, 4, 0, -EBADMSG,
	  BZIMAGE_SMALL_INIT_SIZE, 0 },
	{ "kernel_alignment", BZIMAGE_KERNEL_ALIGNMENT, 4, 0x300000, -EBADMSG,
	  BZIMAGE_BAD_ALIGNMENT, 0x300000 },
	{ "no kernel_alignment", BZIMAGE_KERNEL_ALIGNMENT, 4, 0, -EBADMSG,
	  BZIMAGE_BAD_ALIGNMENT, 0 },
	{ "small kernel_alignment", BZIMAGE_KERNEL_ALIGNMENT, 4, 0x800,
	  -EBADMSG, BZIMAGE_BAD_ALIGNMENT, 0x800 },
	{ "small min_alignment", BZIMAGE_MIN_ALIGNMENT, 1, 11, -EBADMSG,
	  BZIMAGE_BAD_MIN_ALIGNMENT, 11 },
	{ "min_alignment above the preferred", BZIMAGE_MIN_ALIGNMENT, 1, 25,
	  -EBADMSG, BZIMAGE_BAD_MIN_ALIGNMENT, 25 },
	{ "min_alignment past the word", BZIMAGE_MIN_ALIGNMENT, 1, 76, -EBADMSG,
	  BZIMAGE_BAD_MIN_ALIGNMENT, 76 },
	{ "pref_address", BZIMAGE_PREF_ADDRESS, 8, 0xffffffffff000000ULL,
	  -EBADMSG, BZIMAGE_BAD_PREF_ADDRESS, 0xffffffffff000000ULL },
	{ "kernel_info_offset", BZIMAGE_KERNEL_INFO_OFFSET, 4,
	  BZ_CODE_BYTES - 15, -EBADMSG, BZIMAGE_BAD_KERNEL_INFO,
	  BZ_CODE_BYTES + 1 },
	{ "largest kernel_info_offset", BZIMAGE_KERNEL_INFO_OFFSET, 4,
	  0xffffffff, -EBADMSG, BZIMAGE_BAD_KERNEL_INFO, 0x10000000fULL },
	{ "kernel_info", BZ_SETUP_BYTES + BZ_INFO, 4, 0x506f544d, -EBADMSG,
	  BZIMAGE_BAD_KERNEL_INFO_MAGIC, 0x506f544d },
};

static void test_wrong(void)
{
	struct bzimage_error err;
	u8 file[BZ_BYTES];
	struct bzimage bz;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrongs); i++) {
		const struct wrong *w = &wrongs[i];

		kernelfile_bzimage(file);
		kernelfile_put(file, w->at, w->bytes, w->value);
		CHECK_ROW(w->name, parse(file, sizeof(file), &bz, &err),
			  w->ret);
		CHECK_ROW(w->name, err.reason, w->reason);
		CHECK_ROW(w->name, err.value, w->shown);
	}
}

/* No length but the whole one is taken. */
static void test_cut(void)
{
	struct bzimage_error err;
	u8 file[BZ_BYTES];
	struct bzimage bz;
	size_t bytes;
	int ret;

	kernelfile_bzimage(file);
	for (bytes = 0; bytes < sizeof(file); bytes++) {
		ret = parse(file, bytes, &bz, &err);
		CHECK_EQ(ret, bytes < 0x3c ? -ENOEXEC : -EBADMSG);
		if (bytes < 0x3c)
			CHECK_EQ(err.reason, BZIMAGE_NONE);
		else if (bytes < 0x26c)
			CHECK_EQ(err.reason, BZIMAGE_CUT_HEADER);
		else
			CHECK_EQ(err.reason, BZIMAGE_CUT_CODE);
		CHECK_EQ(err.value,
			 err.reason == BZIMAGE_CUT_CODE ? BZ_BYTES : bytes);
	}
	/* Without an EFI stub a short head is no kernel's. */
	kernelfile_put(file, 0, 2, 0);
	CHECK_EQ(parse(file, 0x205, &bz, &err), -ENOEXEC);
	CHECK_EQ(parse(file, 0x206, &bz, &err), -EBADMSG);
}

/* Every reason can be said. */
static void test_reasons(void)
{
	int r;

	for (r = 0; r < BZIMAGE_NR_REASONS; r++) {
		CHECK(bzimage_reason_field(r) && bzimage_reason_field(r)[0]);
		CHECK(bzimage_reason_rule(r));
		CHECK(r == BZIMAGE_OK || bzimage_reason_rule(r)[0]);
	}
}

const struct test bzimage_tests[] = {
	{ "bzimage.good", test_good },
	{ "bzimage.longer", test_longer },
	{ "bzimage.older", test_older },
	{ "bzimage.defaults", test_defaults },
	{ "bzimage.wrong", test_wrong },
	{ "bzimage.cut", test_cut },
	{ "bzimage.reasons", test_reasons },
	{ }
};
