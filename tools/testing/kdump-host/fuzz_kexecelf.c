// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz the vmlinux parser. The first byte of the input chooses the machine, the
 * rest is the file.
 *
 * What must hold: nothing outside of it is read; what is taken can be copied
 * into a block of the size that was announced; what is refused has a field.
 */
#include "../../../kernel/kexec_elf.h"
#include "fuzz.h"

/* Larger ones are only measured. */
#define COPY_MAX	0x100000

static void check_taken(const struct kexec_elf *elf, size_t size, u64 max)
{
	unsigned int i, k;

	REQUIRE(elf->nr_loads && elf->nr_loads <= KEXEC_ELF_LOADS_MAX);
	REQUIRE(elf->mem_bytes && elf->mem_bytes <= max);
	REQUIRE(elf->content_bytes && elf->content_bytes <= elf->mem_bytes);
	REQUIRE(elf->entry_offset < elf->content_bytes);
	for (i = 0; i < elf->nr_loads; i++) {
		const struct kexec_elf_load *a = &elf->load[i];

		REQUIRE(a->mem_bytes && a->file_bytes <= a->mem_bytes);
		REQUIRE(a->offset <= size && a->file_bytes <= size - a->offset);
		REQUIRE(a->pa >= elf->start_pa);
		REQUIRE(a->pa - elf->start_pa + a->mem_bytes <=
			elf->mem_bytes);
		REQUIRE(!a->file_bytes ||
			a->pa - elf->start_pa + a->file_bytes <=
			elf->content_bytes);
		for (k = 0; k < i; k++) {
			const struct kexec_elf_load *b = &elf->load[k];

			REQUIRE(a->pa + a->mem_bytes <= b->pa ||
				b->pa + b->mem_bytes <= a->pa);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kexec_elf_want want = { .max_bytes = 1 << 30 };
	struct kexec_elf_error err;
	struct kexec_elf elf;
	uint8_t *dst;
	int ret;

	if (!size)
		return 0;
	want.class = data[0] & 1 ? ELFCLASS32 : ELFCLASS64;
	want.machine = data[0] & 1 ? EM_386 : EM_X86_64;
	if (data[0] & 2)
		want.max_bytes = 1 << 16;
	ret = kexec_elf_parse(data + 1, size - 1, &want, &elf, &err);
	if (ret) {
		REQUIRE(ret == -ENOEXEC || ret == -EBADMSG ||
			ret == -EPROTONOSUPPORT);
		REQUIRE(err.reason > KEXEC_ELF_OK &&
			err.reason < KEXEC_ELF_NR_REASONS);
		return 0;
	}
	REQUIRE(err.reason == KEXEC_ELF_OK);
	check_taken(&elf, size - 1, want.max_bytes);
	if (elf.content_bytes <= COPY_MAX) {
		dst = calloc(1, elf.content_bytes);
		kexec_elf_copy(data + 1, &elf, dst);
		free(dst);
	}
	return 0;
}
