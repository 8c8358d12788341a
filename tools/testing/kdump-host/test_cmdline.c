// SPDX-License-Identifier: GPL-2.0-only
/* The grammar: tables of good and bad values, and how words are found. */
#include "../../../kernel/crash_dump/cmdline.h"
#include "test.h"

#define K	1024ULL
#define M	(1024 * K)
#define G	(1024 * M)

static int parse(const char *text, u64 ram, struct crashkernel_arg *arg,
		 struct kdump_arg_err *err)
{
	/* A copy without the NUL, so that reading past it is seen. */
	size_t n = strlen(text);
	char *copy = malloc(n);
	int ret;

	memcpy(copy, text, n);
	ret = kdump_parse_crashkernel(copy, n, ram, 0, arg, err);
	/* What points into the copy is moved to the caller's text. */
	if (arg->value)
		arg->value = text + (arg->value - copy);
	if (err->value)
		err->value = text + (err->value - copy);
	free(copy);
	return ret;
}

static const struct good {
	const char *text;
	u64 ram;
	u64 size, base, low;
	bool high, low_given;
} good[] = {
	{ "crashkernel=256M", 4 * G, 256 * M },
	{ "crashkernel=256m", 4 * G, 256 * M },
	{ "crashkernel=1G", 4 * G, G },
	{ "crashkernel=65536K", 4 * G, 64 * M },
	{ "crashkernel=0x10000000", 4 * G, 256 * M },
	{ "crashkernel=0X100M", 4 * G, 256 * M },
	{ "crashkernel=0400M", 4 * G, 256 * M },
	{ "crashkernel=134217728", 4 * G, 128 * M },
	{ "crashkernel=64M@16M", 4 * G, 64 * M, 16 * M },
	{ "crashkernel=64M@0", 4 * G, 64 * M, 0 },
	{ "crashkernel=64M@0x1000000", 4 * G, 64 * M, 16 * M },
	/* ranges: start-inclusive, end-exclusive, the first that holds wins */
	{ "crashkernel=512M-2G:64M,2G-:128M", 512 * M, 64 * M },
	{ "crashkernel=512M-2G:64M,2G-:128M", 2 * G - 128 * M, 64 * M },
	/* firmware keeps some of a machine's 2 GiB */
	{ "crashkernel=512M-2G:64M,2G-:128M", 2 * G - 128 * M + 1, 128 * M },
	{ "crashkernel=512M-2G:64M,2G-:128M", 2 * G - 1, 128 * M },
	{ "crashkernel=512M-2G:64M,2G-:128M", 2 * G, 128 * M },
	{ "crashkernel=512M-2G:64M,2G-:128M", ~0ULL, 128 * M },
	{ "crashkernel=4G-:512M", 4 * G, 512 * M },
	{ "crashkernel=0-:64M@16M", G, 64 * M, 16 * M },
	{ "crashkernel=1G-4G:64M,2G-8G:128M", 3 * G, 64 * M },
	{ "crashkernel=1G-4G:64M,2G-8G:128M", 5 * G, 128 * M },
	{ "crashkernel=512M-2G:64M,2G-:128M@32M", 8 * G, 128 * M, 32 * M },
	/* ,high and ,low */
	{ "crashkernel=512M,high", 8 * G, 512 * M, .high = true },
	{ "crashkernel=512M,high crashkernel=72M,low", 8 * G, 512 * M,
	  .high = true, .low_given = true, .low = 72 * M },
	{ "crashkernel=72M,low crashkernel=512M,high", 8 * G, 512 * M,
	  .high = true, .low_given = true, .low = 72 * M },
	{ "crashkernel=512M,high crashkernel=0,low", 8 * G, 512 * M,
	  .high = true, .low_given = true, .low = 0 },
	/* a plain form wins, whatever stands beside it and where */
	{ "crashkernel=512M,high crashkernel=64M", 8 * G, 64 * M },
	{ "crashkernel=64M crashkernel=512M,high", 8 * G, 64 * M },
	{ "crashkernel=64M crashkernel=bad,high crashkernel=bad,low", 8 * G,
	  64 * M },
	{ "crashkernel=0-:64M@16M crashkernel=512M,high", 8 * G, 64 * M,
	  16 * M },
	/* of the same form the last wins */
	{ "crashkernel=bad crashkernel=64M", 8 * G, 64 * M },
	{ "crashkernel=32M crashkernel=64M", 8 * G, 64 * M },
	{ "crashkernel=1G,high crashkernel=2G,high", 8 * G, 2 * G,
	  .high = true },
	{ "crashkernel=1G,high crashkernel=5M,low crashkernel=7M,low", 8 * G,
	  G, .high = true, .low_given = true, .low = 7 * M },
	/* words */
	{ "root=/dev/vda crashkernel=64M quiet", 8 * G, 64 * M },
	{ "\t crashkernel=64M\n", 8 * G, 64 * M },
	{ "\"crashkernel=64M\"", 8 * G, 64 * M },
	{ "crashkernel=\"64M\"", 8 * G, 64 * M },
	{ "x=\"crashkernel=32M\" crashkernel=64M y=\"crashkernel=16M\"", 8 * G,
	  64 * M },
	{ "crashkernel=64M xcrashkernel=32M foo.crashkernel=16M", 8 * G,
	  64 * M },
	{ "crashkernel=64M -- crashkernel=32M", 8 * G, 64 * M },
	{ "a=-- crashkernel=64M --b", 8 * G, 64 * M },
};

static void test_good(void)
{
	struct crashkernel_arg arg;
	struct kdump_arg_err err;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		const struct good *g = &good[i];

		CHECK_ROW(g->text, parse(g->text, g->ram, &arg, &err), 0);
		CHECK_ROW(g->text, arg.size_bytes, g->size);
		CHECK_ROW(g->text, arg.base_pa, g->base);
		CHECK_ROW(g->text, arg.fixed, g->base != 0);
		CHECK_ROW(g->text, arg.high, g->high);
		CHECK_ROW(g->text, arg.low_given, g->low_given);
		CHECK_ROW(g->text, arg.low_bytes, g->low);
		CHECK_ROW(g->text, err.reason, KDUMP_ARG_OK);
	}
}

/* @rest: what the position of the fault points at, up to the value's end. */
static const struct bad {
	const char *text;
	enum kdump_arg_reason reason;
	const char *value;
	const char *rest;
} bad[] = {
	{ "crashkernel=", KDUMP_ARG_NO_VALUE, "", "" },
	{ "crashkernel", KDUMP_ARG_NO_VALUE, "", "" },
	{ "crashkernel=,high", KDUMP_ARG_NO_VALUE, ",high", ",high" },
	{ "crashkernel=64M,high crashkernel=,low", KDUMP_ARG_NO_VALUE, ",low",
	  ",low" },
	{ "crashkernel=M", KDUMP_ARG_NO_NUMBER, "M", "M" },
	{ "crashkernel=-64M", KDUMP_ARG_NO_NUMBER, "-64M", "-64M" },
	{ "crashkernel=auto", KDUMP_ARG_NO_NUMBER, "auto", "auto" },
	{ "crashkernel=64M@", KDUMP_ARG_NO_NUMBER, "64M@", "" },
	{ "crashkernel=64M@x", KDUMP_ARG_NO_NUMBER, "64M@x", "x" },
	{ "crashkernel=0x", KDUMP_ARG_TRAILING, "0x", "x" },
	{ "crashkernel=08M", KDUMP_ARG_TRAILING, "08M", "8M" },
	{ "crashkernel=64MM", KDUMP_ARG_TRAILING, "64MM", "M" },
	{ "crashkernel=64M,hihg", KDUMP_ARG_TRAILING, "64M,hihg", ",hihg" },
	{ "crashkernel=64M,", KDUMP_ARG_TRAILING, "64M,", "," },
	{ "crashkernel=64M@16M,", KDUMP_ARG_TRAILING, "64M@16M,", "," },
	{ "crashkernel=64M@16M@1M", KDUMP_ARG_TRAILING, "64M@16M@1M", "@1M" },
	{ "crashkernel=64Mx,high", KDUMP_ARG_TRAILING, "64Mx,high", "x,high" },
	{ "crashkernel=64M:1", KDUMP_ARG_TRAILING, "64M:1", ":1" },
	{ "crashkernel=18446744073709551616", KDUMP_ARG_NUMBER_TOO_BIG,
	  "18446744073709551616", "18446744073709551616" },
	{ "crashkernel=0x10000000000000000", KDUMP_ARG_NUMBER_TOO_BIG,
	  "0x10000000000000000", "0x10000000000000000" },
	{ "crashkernel=16E", KDUMP_ARG_NUMBER_TOO_BIG, "16E", "16E" },
	{ "crashkernel=64M@17179869184G", KDUMP_ARG_NUMBER_TOO_BIG,
	  "64M@17179869184G", "17179869184G" },
	{ "crashkernel=0", KDUMP_ARG_SIZE_ZERO, "0", "0" },
	{ "crashkernel=0M,high", KDUMP_ARG_SIZE_ZERO, "0M,high", "0M,high" },
	{ "crashkernel=0-:0", KDUMP_ARG_SIZE_ZERO, "0-:0", "0" },
	{ "crashkernel=4G", KDUMP_ARG_SIZE_ABOVE_RAM, "4G", "4G" },
	{ "crashkernel=4G,high", KDUMP_ARG_SIZE_ABOVE_RAM, "4G,high",
	  "4G,high" },
	{ "crashkernel=0-1G:64M,1G-:8G", KDUMP_ARG_SIZE_ABOVE_RAM,
	  "0-1G:64M,1G-:8G", "8G" },
	{ "crashkernel=64M@0xfffffffffffff000", KDUMP_ARG_WRAPS,
	  "64M@0xfffffffffffff000", "0xfffffffffffff000" },
	{ "crashkernel=2G-2G:64M", KDUMP_ARG_RANGE_EMPTY, "2G-2G:64M",
	  "2G:64M" },
	{ "crashkernel=2G-1G:64M", KDUMP_ARG_RANGE_EMPTY, "2G-1G:64M",
	  "1G:64M" },
	{ "crashkernel=1G-2G", KDUMP_ARG_RANGE_NO_SIZE, "1G-2G", "" },
	{ "crashkernel=1G-", KDUMP_ARG_RANGE_NO_SIZE, "1G-", "" },
	{ "crashkernel=1G-2G,3G-:64M", KDUMP_ARG_RANGE_NO_SIZE,
	  "1G-2G,3G-:64M", ",3G-:64M" },
	{ "crashkernel=1G-2G:", KDUMP_ARG_NO_NUMBER, "1G-2G:", "" },
	{ "crashkernel=1G-x:64M", KDUMP_ARG_NO_NUMBER, "1G-x:64M", "x:64M" },
	{ "crashkernel=1G-:64M,", KDUMP_ARG_NO_NUMBER, "1G-:64M,", "" },
	{ "crashkernel=1G-:64M,2G", KDUMP_ARG_RANGE_NO_DASH, "1G-:64M,2G",
	  "" },
	{ "crashkernel=1G-:64M,2G:3", KDUMP_ARG_RANGE_NO_DASH, "1G-:64M,2G:3",
	  ":3" },
	/* all of the list is read, not only up to the range that holds */
	{ "crashkernel=0-:64M,5G-6G:y", KDUMP_ARG_NO_NUMBER, "0-:64M,5G-6G:y",
	  "y" },
	{ "crashkernel=8G-:64M", KDUMP_ARG_RANGE_NONE, "8G-:64M", "8G-:64M" },
	{ "crashkernel=1G-4G:64M", KDUMP_ARG_RANGE_NONE, "1G-4G:64M",
	  "1G-4G:64M" },
	{ "crashkernel=64M@16M,high", KDUMP_ARG_OFFSET_WITH_SUFFIX,
	  "64M@16M,high", "@16M,high" },
	{ "crashkernel=64M,high crashkernel=1M@2M,low",
	  KDUMP_ARG_OFFSET_WITH_SUFFIX, "1M@2M,low", "@2M,low" },
	{ "crashkernel=0-:64M,high", KDUMP_ARG_RANGE_WITH_SUFFIX,
	  "0-:64M,high", "-:64M,high" },
	/* the last counts, also when it is the faulty one */
	{ "crashkernel=64M crashkernel=bad", KDUMP_ARG_NO_NUMBER, "bad",
	  "bad" },
	{ "crashkernel=bad crashkernel=64M,high", KDUMP_ARG_NO_NUMBER, "bad",
	  "bad" },
	{ "crashkernel=\"64M 1\"", KDUMP_ARG_TRAILING, "64M 1", " 1" },
};

static void test_bad(void)
{
	struct crashkernel_arg arg;
	struct kdump_arg_err err;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		const struct bad *b = &bad[i];
		size_t n = strlen(b->value), rest = strlen(b->rest);

		CHECK_ROW(b->text, parse(b->text, 4 * G, &arg, &err), -EINVAL);
		CHECK_ROW(b->text, err.reason, b->reason);
		CHECK_ROW(b->text, err.value_bytes, n);
		CHECK_ROW(b->text, memcmp(err.value, b->value, n), 0);
		CHECK_ROW(b->text, err.at, n - rest);
	}
}

static void test_absent(void)
{
	static const char * const absent[] = {
		"", " ", "quiet", "crashkernels=64M", "xcrashkernel=64M",
		"crash kernel=64M", "-- crashkernel=64M", "=crashkernel=64M",
		"crashkernel=64M,low", "a=\"b crashkernel=64M\"",
		"\"a crashkernel=64M", "CRASHKERNEL=64M",
	};
	struct crashkernel_arg arg;
	struct kdump_arg_err err;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(absent); i++)
		CHECK_ROW(absent[i], parse(absent[i], 4 * G, &arg, &err),
			  -ENOENT);
}

static void test_bounds(void)
{
	static const char text[] = "crashkernel=64M\0crashkernel=32M";
	struct crashkernel_arg arg;
	struct kdump_arg_err err;

	/* A NUL ends the text, and so does the length. */
	CHECK_EQ(kdump_parse_crashkernel(text, sizeof(text), 4 * G, 0, &arg,
					 &err), 0);
	CHECK_EQ(arg.size_bytes, 64 * M);
	CHECK_EQ(kdump_parse_crashkernel(text, strlen(text) - 1, 4 * G, 0,
					 &arg, &err), 0);
	CHECK_EQ(arg.size_bytes, 64);
	/* The value is where it says. */
	CHECK(arg.value == text + 12);
	CHECK_EQ(arg.value_bytes, 2);
}

static void test_plain_only(void)
{
	static const char both[] = "crashkernel=64M,high crashkernel=1M,low";
	static const char plain[] = "crashkernel=1G,high crashkernel=64M";
	static const char low[] = "crashkernel=64M,low";
	struct crashkernel_arg arg;
	struct kdump_arg_err err;

	CHECK_EQ(kdump_parse_crashkernel(both, sizeof(both), 4 * G,
					 KDUMP_ARG_PLAIN_ONLY, &arg, &err),
		 -EINVAL);
	CHECK_EQ(err.reason, KDUMP_ARG_PLAIN_WANTED);
	CHECK(err.value == both + 12);
	CHECK_EQ(err.value_bytes, 8);
	CHECK_EQ(err.at, 3);
	CHECK_EQ(kdump_parse_crashkernel(low, sizeof(low), 4 * G,
					 KDUMP_ARG_PLAIN_ONLY, &arg, &err),
		 -ENOENT);
	CHECK_EQ(kdump_parse_crashkernel(plain, sizeof(plain), 4 * G,
					 KDUMP_ARG_PLAIN_ONLY, &arg, &err), 0);
	CHECK_EQ(arg.size_bytes, 64 * M);
}

static const struct hdr {
	const char *text;
	int ret;
	enum kdump_arg_reason reason;
	size_t at;
	u64 pa, bytes;
	bool sized;
} hdrs[] = {
	{ "0x7f000000", 0, .pa = 0x7f000000 },
	{ "867692K", 0, .pa = 867692 * K },
	{ "1024K@867692K", 0, .pa = 867692 * K, .bytes = M, .sized = true },
	{ "0x1000@0x2000", 0, .pa = 0x2000, .bytes = 0x1000, .sized = true },
	{ "1@0xfffffffffffffffe", 0, .pa = ~0ULL - 1, .bytes = 1,
	  .sized = true },
	{ "", -EINVAL, KDUMP_ARG_NO_VALUE, 0 },
	{ "@1M", -EINVAL, KDUMP_ARG_NO_NUMBER, 0 },
	{ "x", -EINVAL, KDUMP_ARG_NO_NUMBER, 0 },
	{ "1M@", -EINVAL, KDUMP_ARG_NO_NUMBER, 3 },
	{ "1M@2M@3M", -EINVAL, KDUMP_ARG_TRAILING, 5 },
	{ "1M,", -EINVAL, KDUMP_ARG_TRAILING, 2 },
	{ "0@1M", -EINVAL, KDUMP_ARG_SIZE_ZERO, 0 },
	{ "2@0xffffffffffffffff", -EINVAL, KDUMP_ARG_WRAPS, 2 },
	{ "0x10000000000000000", -EINVAL, KDUMP_ARG_NUMBER_TOO_BIG, 0 },
};

static void test_elfcorehdr(void)
{
	struct elfcorehdr_arg arg;
	struct kdump_arg_err err;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hdrs); i++) {
		const struct hdr *h = &hdrs[i];
		size_t n = strlen(h->text);
		char *copy = malloc(n + 1);
		int ret;

		memcpy(copy, h->text, n);
		copy[n] = 'K';		/* must not be read */
		ret = kdump_parse_elfcorehdr(copy, n, &arg, &err);
		CHECK_ROW(h->text, ret, h->ret);
		CHECK_ROW(h->text, err.reason, h->reason);
		if (ret) {
			CHECK_ROW(h->text, err.at, h->at);
		} else {
			CHECK_ROW(h->text, arg.pa, h->pa);
			CHECK_ROW(h->text, arg.sized, h->sized);
			CHECK_ROW(h->text, arg.bytes, h->bytes);
		}
		free(copy);
	}
}

static void test_words_of_reasons(void)
{
	int i, k;

	for (i = 0; i < KDUMP_ARG_NR_REASONS; i++) {
		CHECK(kdump_arg_reason_text(i));
		for (k = 0; k < i; k++)
			CHECK(strcmp(kdump_arg_reason_text(i),
				     kdump_arg_reason_text(k)));
	}
	CHECK(kdump_arg_reason_text(KDUMP_ARG_NR_REASONS));
}

const struct test cmdline_tests[] = {
	{ "cmdline.good", test_good },
	{ "cmdline.bad", test_bad },
	{ "cmdline.absent", test_absent },
	{ "cmdline.bounds", test_bounds },
	{ "cmdline.plain_only", test_plain_only },
	{ "cmdline.elfcorehdr", test_elfcorehdr },
	{ "cmdline.reasons", test_words_of_reasons },
	{ NULL, NULL },
};
