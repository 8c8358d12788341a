// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exported ELF core header in 32 bits.
 *
 * A loader that was asked for it writes an ELF32 core header, and its readers expect the dump to
 * be of the same class. Everything is laid out in the wide form first and narrowed here in
 * place, so that there is one layout and one check of what fits.
 *
 * Interface: dump.h. Context: process context of the capture kernel.
 */
#define pr_fmt(fmt) "vmcore: " fmt

#include <linux/elf.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "dump.h"

static bool fits(const struct elf64_phdr *p)
{
	return upper_32_bits(p->p_offset + p->p_filesz) == 0 &&
	       upper_32_bits(p->p_paddr + p->p_memsz - (p->p_memsz ? 1 : 0)) == 0 &&
	       upper_32_bits(p->p_filesz) == 0 && upper_32_bits(p->p_memsz) == 0 &&
	       (p->p_vaddr == ELFCORE_NO_VADDR || upper_32_bits(p->p_vaddr) == 0);
}

static void narrow_phdr(const struct elf64_phdr *wide, struct elf32_phdr *narrow)
{
	narrow->p_type = wide->p_type;
	narrow->p_flags = wide->p_flags;
	narrow->p_offset = wide->p_offset;
	narrow->p_vaddr = wide->p_vaddr;
	narrow->p_paddr = wide->p_paddr;
	narrow->p_filesz = wide->p_filesz;
	narrow->p_memsz = wide->p_memsz;
	narrow->p_align = wide->p_align;
}

static void narrow_ehdr(const struct elf64_hdr *wide, struct elf32_hdr *narrow)
{
	memcpy(narrow->e_ident, wide->e_ident, EI_NIDENT);
	narrow->e_ident[EI_CLASS] = ELFCLASS32;
	narrow->e_type = wide->e_type;
	narrow->e_machine = wide->e_machine;
	narrow->e_version = wide->e_version;
	narrow->e_phoff = sizeof(*narrow);
	narrow->e_flags = wide->e_flags;
	narrow->e_ehsize = sizeof(*narrow);
	narrow->e_phentsize = sizeof(struct elf32_phdr);
	narrow->e_phnum = wide->e_phnum;
}

void dump_header_narrow(void *header, size_t bytes)
{
	const struct elf64_hdr ehdr = *(struct elf64_hdr *)header;
	const struct elf64_phdr *wide = header + ehdr.e_phoff;
	struct elf32_phdr *narrow = header + sizeof(struct elf32_hdr);
	struct elf32_hdr ehdr32 = { };
	struct elf32_phdr phdr32 = { };

	for (unsigned int i = 0; i < ehdr.e_phnum; i++) {
		if (ehdr.e_phnum != PN_XNUM && fits(&wide[i]))
			continue;
		pr_warn("the dump is ELF64 although the ELF core header is ELF32: program header %u needs more than 32 bits\n",
			i);
		return;
	}

	/* Each narrow one ends before the next wide one begins. */
	for (unsigned int i = 0; i < ehdr.e_phnum; i++) {
		narrow_phdr(&wide[i], &phdr32);
		memcpy(&narrow[i], &phdr32, sizeof(phdr32));
	}
	narrow_ehdr(&ehdr, &ehdr32);
	memcpy(header, &ehdr32, sizeof(ehdr32));
	memset(&narrow[ehdr.e_phnum], 0, header + bytes - (void *)&narrow[ehdr.e_phnum]);
}
