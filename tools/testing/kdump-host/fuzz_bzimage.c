// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz the bzImage parser. The input is a file.
 *
 * What must hold: nothing outside of it is read; what is taken is all there,
 * and its numbers can be placed; what is refused has a field, and an errno
 * that tells a damaged kernel from a file that is none.
 */
#include "../../../arch/x86/kexec/bzimage_parse.h"
#include "fuzz.h"

static void check_taken(const struct bzimage *bz, size_t size)
{
	REQUIRE(bz->version >= 0x020c);
	REQUIRE(bz->header_end >= BZIMAGE_INIT_SIZE + 4);
	REQUIRE(bz->header_end <= BZIMAGE_HEADER_LIMIT);
	REQUIRE(bz->header_end <= bz->code_offset);
	REQUIRE(bz->code_bytes > BZIMAGE_ENTRY_64);
	REQUIRE(bz->code_offset + bz->code_bytes <= size);
	REQUIRE(bz->mem_bytes >= bz->code_bytes);
	REQUIRE(bz->align >= 4096 && !(bz->align & (bz->align - 1)));
	REQUIRE(bz->min_align >= 4096 &&
		!(bz->min_align & (bz->min_align - 1)));
	REQUIRE(bz->min_align <= bz->align);
	REQUIRE(bz->pref_pa + bz->mem_bytes >= bz->pref_pa);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzimage_error err;
	struct bzimage bz;
	uint8_t sum = 0;
	size_t i;
	int ret;

	ret = bzimage_parse(data, size, &bz, &err);
	if (ret) {
		REQUIRE(ret == -ENOEXEC || ret == -EBADMSG ||
			ret == -EPROTONOSUPPORT);
		REQUIRE(err.reason > BZIMAGE_OK &&
			err.reason < BZIMAGE_NR_REASONS);
		REQUIRE((ret == -ENOEXEC) == (err.reason == BZIMAGE_NONE));
		return 0;
	}
	REQUIRE(err.reason == BZIMAGE_OK);
	check_taken(&bz, size);
	/* Touch all that would be loaded, so that the sanitizer looks. */
	for (i = BZIMAGE_SETUP_SECTS; i < bz.header_end; i++)
		sum += data[i];
	for (i = 0; i < bz.code_bytes; i++)
		sum += data[bz.code_offset + i];
	__asm__ volatile("" : : "r"(sum));
	return 0;
}
