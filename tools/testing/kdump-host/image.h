/* SPDX-License-Identifier: GPL-2.0-only */
/* ELF core headers for tests: made field by field, so that they can be bad. */
#ifndef KDUMP_HOST_IMAGE_H
#define KDUMP_HOST_IMAGE_H

#include "../../../kernel/crash_dump/elfcore.h"

#define IMAGE_MACHINE	62	/* EM_X86_64 */
#define IMAGE_MAX	16

/* An image in its own heap block, so that reading past it is seen. */
struct image {
	u8 *buf;
	size_t bytes;
};

static inline Elf64_Ehdr image_ehdr64(unsigned int phnum)
{
	Elf64_Ehdr e = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, KDUMP_ELFDATA,
			     EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = IMAGE_MACHINE,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = phnum,
	};

	return e;
}

static inline Elf32_Ehdr image_ehdr32(unsigned int phnum)
{
	Elf32_Ehdr e = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, KDUMP_ELFDATA,
			     EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = IMAGE_MACHINE,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(Elf32_Ehdr),
		.e_ehsize = sizeof(Elf32_Ehdr),
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = phnum,
	};

	return e;
}

static inline Elf32_Phdr image_phdr32(u32 type, u32 paddr, u32 vaddr, u32 bytes)
{
	Elf32_Phdr p = {
		.p_type = type,
		.p_offset = paddr,
		.p_vaddr = vaddr,
		.p_paddr = paddr,
		.p_filesz = bytes,
		.p_memsz = bytes,
		.p_flags = PF_R,
	};

	return p;
}

static inline struct elfcore_limits image_limits(void)
{
	struct elfcore_limits limits = {
		.machine = { IMAGE_MACHINE },
		.max_phnum = 1 << 20,
		.max_note_bytes = 1 << 20,
		.max_total_bytes = U64_MAX >> 1,
	};

	return limits;
}

#endif /* KDUMP_HOST_IMAGE_H */
