// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz the grammar of crashkernel= and elfcorehdr=.
 *
 * The first byte of the input gives the amount of RAM (as a power of two), the
 * rest is a command line and, as it is, a value of elfcorehdr=. What must hold:
 * nothing outside of the text is read, a result is one that can be used, and
 * an error points into the text.
 */
#include "../../../kernel/crash_dump/cmdline.h"
#include "fuzz.h"

static void check_error(const struct kdump_arg_err *err, const char *text,
			size_t bytes)
{
	REQUIRE(err->reason > KDUMP_ARG_OK &&
		err->reason < KDUMP_ARG_NR_REASONS);
	REQUIRE(err->value >= text && err->value <= text + bytes);
	REQUIRE(err->value_bytes <= (size_t)(text + bytes - err->value));
	REQUIRE(err->at <= err->value_bytes);
}

static void one_cmdline(const char *text, size_t bytes, u64 ram,
			unsigned int flags)
{
	struct crashkernel_arg arg;
	struct kdump_arg_err err;
	int ret;

	ret = kdump_parse_crashkernel(text, bytes, ram, flags, &arg, &err);
	REQUIRE(ret == 0 || ret == -ENOENT || ret == -EINVAL);
	if (ret == -EINVAL)
		check_error(&err, text, bytes);
	if (ret)
		return;
	REQUIRE(arg.size_bytes && arg.size_bytes < ram);
	REQUIRE(arg.fixed == (arg.base_pa != 0));
	REQUIRE(arg.base_pa + arg.size_bytes >= arg.size_bytes);
	REQUIRE(!arg.high || !arg.fixed);
	REQUIRE(!arg.low_given || arg.high);
	REQUIRE(!(flags & KDUMP_ARG_PLAIN_ONLY) || !arg.high);
	REQUIRE(arg.value >= text &&
		arg.value_bytes <= (size_t)(text + bytes - arg.value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elfcorehdr_arg hdr;
	struct kdump_arg_err err;
	const char *text;
	u64 ram;

	if (!size)
		return 0;
	ram = 1ULL << (data[0] & 63);
	text = (const char *)data + 1;
	size--;
	one_cmdline(text, size, ram, 0);
	one_cmdline(text, size, ram, KDUMP_ARG_PLAIN_ONLY);
	if (kdump_parse_elfcorehdr(text, size, &hdr, &err)) {
		check_error(&err, text, size);
	} else {
		REQUIRE(hdr.sized == (hdr.bytes != 0));
		REQUIRE(hdr.pa + hdr.bytes >= hdr.pa);
	}
	return 0;
}
