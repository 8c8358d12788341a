// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write an ELF64 core header.
 *
 * The room for all program headers is set aside at the beginning, because the
 * caller knows how many there may be, and file offsets of what follows the
 * header must not depend on how many there are. Errors stick, so that a caller
 * adds what it has and looks at the end.
 *
 *	ELF header
 *	section header 0, only for PN_XNUM and more program headers
 *	program headers
 *
 * Interface: elfcore.h. Context: any. Pure.
 * Used by the capture kernel for /proc/vmcore; fits a loader's elfcorehdr= too.
 */
#include "elfcore.h"

static size_t table_offset(u32 nr_phdr)
{
	return sizeof(Elf64_Ehdr) +
	       (nr_phdr >= PN_XNUM ? sizeof(Elf64_Shdr) : 0);
}

size_t elfcore_size(u32 nr_phdr)
{
	u64 bytes = table_offset(nr_phdr) + (u64)nr_phdr * sizeof(Elf64_Phdr);

	return bytes > SIZE_MAX ? SIZE_MAX : bytes;
}
EXPORT_SYMBOL_IF_KUNIT(elfcore_size);

int elfcore_begin(struct elfcore_builder *b, void *buf, size_t cap,
		  u32 nr_phdr, u16 machine, u32 e_flags)
{
	Elf64_Ehdr *e = buf;

	memset(b, 0, sizeof(*b));
	b->buf = buf;
	b->max = nr_phdr;
	b->phoff = table_offset(nr_phdr);
	if (!nr_phdr) {
		b->err = -EINVAL;
		return b->err;
	}
	if (cap < elfcore_size(nr_phdr)) {
		b->err = -ENOSPC;
		return b->err;
	}

	memset(buf, 0, elfcore_size(nr_phdr));
	memcpy(e->e_ident, ELFMAG, SELFMAG);
	e->e_ident[EI_CLASS] = ELFCLASS64;
	e->e_ident[EI_DATA] = KDUMP_ELFDATA;
	e->e_ident[EI_VERSION] = EV_CURRENT;
	e->e_ident[EI_OSABI] = ELFOSABI_NONE;
	e->e_type = ET_CORE;
	e->e_machine = machine;
	e->e_version = EV_CURRENT;
	e->e_phoff = b->phoff;
	e->e_flags = e_flags;
	e->e_ehsize = sizeof(Elf64_Ehdr);
	e->e_phentsize = sizeof(Elf64_Phdr);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(elfcore_begin);

static int add(struct elfcore_builder *b, const Elf64_Phdr *p)
{
	u64 end;

	if (b->err)
		return b->err;
	if (check_add_overflow((u64)p->p_offset, (u64)p->p_filesz, &end) ||
	    check_add_overflow((u64)p->p_paddr, (u64)p->p_memsz, &end))
		b->err = -EINVAL;
	else if (b->nr == b->max)
		b->err = -ENOSPC;
	else
		memcpy(b->buf + b->phoff + b->nr++ * sizeof(*p), p, sizeof(*p));
	return b->err;
}

int elfcore_add_note(struct elfcore_builder *b, u64 offset, u64 paddr,
		     u64 bytes)
{
	Elf64_Phdr p = {
		.p_type = PT_NOTE,
		.p_offset = offset,
		.p_paddr = paddr,
		.p_filesz = bytes,
		.p_memsz = bytes,
		.p_align = 4,
	};

	return add(b, &p);
}
EXPORT_SYMBOL_IF_KUNIT(elfcore_add_note);

int elfcore_add_load(struct elfcore_builder *b, u64 offset, u64 vaddr,
		     u64 paddr, u64 bytes, u32 flags)
{
	Elf64_Phdr p = {
		.p_type = PT_LOAD,
		.p_flags = flags,
		.p_offset = offset,
		.p_vaddr = vaddr,
		.p_paddr = paddr,
		.p_filesz = bytes,
		.p_memsz = bytes,
	};

	return add(b, &p);
}
EXPORT_SYMBOL_IF_KUNIT(elfcore_add_load);

int elfcore_add_ram(struct elfcore_builder *b, const struct kdump_ranges *ram,
		    u64 direct_map_base)
{
	size_t i;

	for (i = 0; !b->err && i < ram->nr; i++) {
		const struct kdump_range *r = &ram->r[i];

		elfcore_add_load(b, r->start, direct_map_base + r->start,
				 r->start, r->end - r->start,
				 PF_R | PF_W | PF_X);
	}
	return b->err;
}

int elfcore_end(struct elfcore_builder *b, size_t *bytes)
{
	Elf64_Ehdr *e = (Elf64_Ehdr *)b->buf;
	Elf64_Shdr *s = (Elf64_Shdr *)(e + 1);

	if (!b->err && !b->nr)
		b->err = -EINVAL;
	if (b->err)
		return b->err;

	if (b->nr < PN_XNUM) {
		e->e_phnum = b->nr;
	} else {
		e->e_phnum = PN_XNUM;
		e->e_shoff = sizeof(*e);
		e->e_shentsize = sizeof(*s);
		e->e_shnum = 1;
		s->sh_info = b->nr;
	}
	if (bytes)
		*bytes = elfcore_size(b->max);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(elfcore_end);
