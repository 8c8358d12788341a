// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the vmlinux parser: what is right, what is no kernel, each field
 * made wrong, every cut.
 */
#include "kernelfile.h"
#include "test.h"

static const struct kexec_elf_want x86_64 = {
	.machine = EM_X86_64,
	.class = ELFCLASS64,
	.max_bytes = 1 << 30,
};

/* Parses a copy in a block of just its size, so that reading past it is seen. */
static int parse_for(const struct kexec_elf_want *want, const void *file,
		     size_t bytes, struct kexec_elf *elf,
		     struct kexec_elf_error *err)
{
	u8 *copy = malloc(bytes ? bytes : 1);
	int ret;

	memcpy(copy, file, bytes);
	memset(elf, 0xee, sizeof(*elf));
	ret = kexec_elf_parse(copy, bytes, want, elf, err);
	free(copy);
	return ret;
}

static int parse(const void *file, size_t bytes, struct kexec_elf *elf,
		 struct kexec_elf_error *err)
{
	return parse_for(&x86_64, file, bytes, elf, err);
}

static void test_good(void)
{
	struct vmlinux64 f = kernelfile_vmlinux64();
	struct kexec_elf_error err;
	struct kexec_elf elf;

	CHECK_EQ(parse(&f, sizeof(f), &elf, &err), 0);
	CHECK_EQ(err.reason, KEXEC_ELF_OK);
	CHECK_EQ(elf.nr_loads, VMLINUX_LOADS);
	CHECK_EQ(elf.start_pa, 0x1000000);
	CHECK_EQ(elf.mem_bytes, 0x1011000);
	CHECK_EQ(elf.content_bytes, 0x1010010);
	CHECK_EQ(elf.entry_offset, 0x10);
	CHECK_EQ(elf.load[1].offset, offsetof(struct vmlinux64, data));
	CHECK_EQ(elf.load[1].va, 0xffffffff82000000ULL);
	CHECK_EQ(elf.load[1].pa, 0x2000000);
	CHECK_EQ(elf.load[1].file_bytes, 32);
	CHECK_EQ(elf.load[1].mem_bytes, 0x10000);
}

static void test_copy(void)
{
	struct vmlinux64 f = kernelfile_vmlinux64();
	struct kexec_elf_error err;
	struct kexec_elf elf;
	u64 i, set = 0;
	u8 *dst;

	CHECK_EQ(parse(&f, sizeof(f), &elf, &err), 0);
	dst = calloc(1, elf.content_bytes);
	kexec_elf_copy(&f, &elf, dst);
	CHECK(!memcmp(dst, f.text, sizeof(f.text)));
	CHECK(!memcmp(dst + 0x1000000, f.data, sizeof(f.data)));
	CHECK(!memcmp(dst + 0x1010000, f.percpu, sizeof(f.percpu)));
	for (i = 0; i < elf.content_bytes; i++)
		set += !!dst[i];
	CHECK_EQ(set, sizeof(f.text) + sizeof(f.data) + sizeof(f.percpu));
	free(dst);
}

/* As powerpc has it: linked at 0, the entry point is a virtual address. */
static void test_virtual_entry(void)
{
	static const struct kexec_elf_want ppc64 = {
		.machine = EM_PPC64,
		.class = ELFCLASS64,
		.max_bytes = 1 << 30,
	};
	struct vmlinux64 f = kernelfile_vmlinux64();
	struct kexec_elf_error err;
	struct kexec_elf elf;

	f.e.e_type = ET_DYN;
	f.e.e_machine = EM_PPC64;
	f.e.e_entry = 0xc000000000000020ULL;
	f.p[0].p_vaddr = 0xc000000000000000ULL;
	f.p[0].p_paddr = 0;
	CHECK_EQ(parse_for(&ppc64, &f, sizeof(f), &elf, &err), 0);
	CHECK_EQ(elf.start_pa, 0);
	CHECK_EQ(elf.entry_offset, 0x20);

	/* The segment with the entry point is not the lowest one. */
	f.p[0].p_paddr = 0x4000000;
	CHECK_EQ(parse_for(&ppc64, &f, sizeof(f), &elf, &err), 0);
	CHECK_EQ(elf.start_pa, 0x2000000);
	CHECK_EQ(elf.entry_offset, 0x2000020);
}

static void test_class32(void)
{
	static const struct kexec_elf_want i386 = {
		.machine = EM_386,
		.class = ELFCLASS32,
		.max_bytes = 1 << 30,
	};
	struct vmlinux32 f = kernelfile_vmlinux32();
	struct kexec_elf_error err;
	struct kexec_elf elf;

	CHECK_EQ(parse_for(&i386, &f, sizeof(f), &elf, &err), 0);
	CHECK_EQ(elf.nr_loads, 1);
	CHECK_EQ(elf.start_pa, 0x1000000);
	CHECK_EQ(elf.load[0].va, 0xc1000000);
	CHECK_EQ(elf.mem_bytes, 0x4000);
	CHECK_EQ(elf.content_bytes, 64);

	CHECK_EQ(parse(&f, sizeof(f), &elf, &err), -EPROTONOSUPPORT);
	CHECK_EQ(err.reason, KEXEC_ELF_OTHER_MACHINE);
	CHECK_EQ(err.value, EM_386);
	f.e.e_machine = EM_X86_64;
	CHECK_EQ(parse(&f, sizeof(f), &elf, &err), -EPROTONOSUPPORT);
	CHECK_EQ(err.reason, KEXEC_ELF_OTHER_CLASS);
	f.e.e_phentsize = sizeof(Elf64_Phdr);
	CHECK_EQ(parse(&f, sizeof(f), &elf, &err), -EBADMSG);
	CHECK_EQ(err.reason, KEXEC_ELF_BAD_PHENTSIZE);
}

/* Programs are no kernels, for whatever machine. */
static void test_program(void)
{
	struct vmlinux64 f = kernelfile_vmlinux64();
	struct kexec_elf_error err;
	struct kexec_elf elf;
	int i;

	for (i = 0; i < VMLINUX_LOADS; i++) {
		f.p[i].p_vaddr = 0x400000 + i * 0x100000;
		f.p[i].p_paddr = f.p[i].p_vaddr;
	}
	f.e.e_entry = 0x400000;
	CHECK_EQ(parse(&f, sizeof(f), &elf, &err), -ENOEXEC);
	CHECK_EQ(err.reason, KEXEC_ELF_NO_KERNEL);
	f.e.e_machine = EM_AARCH64;
	CHECK_EQ(parse(&f, sizeof(f), &elf, &err), -ENOEXEC);

	/* What is not loaded makes no kernel. */
	f.p[3].p_vaddr = ~0ULL;
	CHECK_EQ(parse(&f, sizeof(f), &elf, &err), -ENOEXEC);
	f.p[3].p_type = PT_LOAD;
	CHECK_EQ(parse(&f, sizeof(f), &elf, &err), -ENOEXEC);
	f.p[3].p_memsz = 1;
	CHECK_EQ(parse(&f, sizeof(f), &elf, &err), -EPROTONOSUPPORT);
	f.e.e_phnum = 0;
	CHECK_EQ(parse(&f, sizeof(f), &elf, &err), -ENOEXEC);
	CHECK_EQ(parse("#!/bin/sh\n", 10, &elf, &err), -ENOEXEC);
	CHECK_EQ(parse("", 0, &elf, &err), -ENOEXEC);
}

static void wrong_ident(struct vmlinux64 *f)
{
	f->e.e_ident[EI_CLASS] = 3;
}

static void wrong_data(struct vmlinux64 *f)
{
	f->e.e_ident[EI_DATA] = 3 - KDUMP_ELFDATA;
}

static void wrong_type(struct vmlinux64 *f)
{
	f->e.e_type = ET_REL;
}

static void wrong_core(struct vmlinux64 *f)
{
	f->e.e_type = ET_CORE;
}

static void wrong_phentsize(struct vmlinux64 *f)
{
	f->e.e_phentsize = sizeof(Elf32_Phdr);
}

static void wrong_phoff(struct vmlinux64 *f)
{
	f->e.e_phoff = ~0ULL - 8;
}

static void wrong_phnum(struct vmlinux64 *f)
{
	f->e.e_phnum = 0xffff;
}

static void wrong_machine(struct vmlinux64 *f)
{
	f->e.e_machine = EM_AARCH64;
}

static void wrong_filesz(struct vmlinux64 *f)
{
	f->p[1].p_filesz = f->p[1].p_memsz + 1;
}

static void wrong_offset(struct vmlinux64 *f)
{
	f->p[2].p_offset++;
}

static void wrong_offset_wraps(struct vmlinux64 *f)
{
	f->p[0].p_offset = ~0ULL;
}

static void wrong_paddr(struct vmlinux64 *f)
{
	f->p[1].p_paddr = ~0ULL;
}

static void wrong_overlap(struct vmlinux64 *f)
{
	f->p[2].p_paddr = 0x200ffff;
}

static void wrong_overlap_below(struct vmlinux64 *f)
{
	f->p[2].p_paddr = 0x1fff001;
}

static void wrong_span(struct vmlinux64 *f)
{
	f->p[2].p_paddr = 0x1000000 + (1 << 30) - 0xfff;
}

static void wrong_entry(struct vmlinux64 *f)
{
	f->e.e_entry = 0x1000040;
}

/* In bss there is no code. */
static void wrong_entry_bss(struct vmlinux64 *f)
{
	f->e.e_entry = 0xffffffff82000020ULL;
}

static const struct {
	const char *name;
	void (*make)(struct vmlinux64 *f);
	int ret;
	enum kexec_elf_reason reason;
} wrongs[] = {
	{ "class", wrong_ident, -EBADMSG, KEXEC_ELF_BAD_CLASS },
	{ "byte order", wrong_data, -EPROTONOSUPPORT, KEXEC_ELF_OTHER_DATA },
	{ "object file", wrong_type, -ENOEXEC, KEXEC_ELF_BAD_TYPE },
	{ "core file", wrong_core, -ENOEXEC, KEXEC_ELF_BAD_TYPE },
	{ "phentsize", wrong_phentsize, -EBADMSG, KEXEC_ELF_BAD_PHENTSIZE },
	{ "phoff", wrong_phoff, -EBADMSG, KEXEC_ELF_CUT_TABLE },
	{ "phnum", wrong_phnum, -EBADMSG, KEXEC_ELF_CUT_TABLE },
	{ "machine", wrong_machine, -EPROTONOSUPPORT, KEXEC_ELF_OTHER_MACHINE },
	{ "filesz", wrong_filesz, -EBADMSG, KEXEC_ELF_BAD_FILESZ },
	{ "offset", wrong_offset, -EBADMSG, KEXEC_ELF_CUT_LOAD },
	{ "offset wraps", wrong_offset_wraps, -EBADMSG, KEXEC_ELF_CUT_LOAD },
	{ "paddr wraps", wrong_paddr, -EBADMSG, KEXEC_ELF_BAD_PADDR },
	{ "overlap", wrong_overlap, -EBADMSG, KEXEC_ELF_OVERLAP },
	{ "overlap below", wrong_overlap_below, -EBADMSG, KEXEC_ELF_OVERLAP },
	{ "span", wrong_span, -EBADMSG, KEXEC_ELF_TOO_LARGE },
	{ "entry", wrong_entry, -EBADMSG, KEXEC_ELF_BAD_ENTRY },
	{ "entry in bss", wrong_entry_bss, -EBADMSG, KEXEC_ELF_BAD_ENTRY },
};

static void test_wrong(void)
{
	struct kexec_elf_error err;
	struct kexec_elf elf;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrongs); i++) {
		struct vmlinux64 f = kernelfile_vmlinux64();

		wrongs[i].make(&f);
		CHECK_ROW(wrongs[i].name, parse(&f, sizeof(f), &elf, &err),
			  wrongs[i].ret);
		CHECK_ROW(wrongs[i].name, err.reason, wrongs[i].reason);
	}
}

static void test_too_many(void)
{
	struct {
		Elf64_Ehdr e;
		Elf64_Phdr p[KEXEC_ELF_LOADS_MAX + 2];
		u8 text[16];
	} f = { .e = kernelfile_vmlinux64().e };
	struct kexec_elf_error err;
	struct kexec_elf elf;
	int i;

	f.e.e_phnum = KEXEC_ELF_LOADS_MAX + 1;
	f.e.e_entry = 0x1000000;
	for (i = 0; i < KEXEC_ELF_LOADS_MAX; i++)
		f.p[i] = kernelfile_load64(offsetof(__typeof__(f), text),
					   0xffffffff81000000ULL + i * 16,
					   0x1000000 + i * 16, 16, 16);
	/* One that takes no memory does not count. */
	f.p[i].p_type = PT_LOAD;
	CHECK_EQ(parse(&f, sizeof(f), &elf, &err), 0);
	CHECK_EQ(elf.nr_loads, KEXEC_ELF_LOADS_MAX);
	f.e.e_phnum++;
	f.p[i + 1] = f.p[0];
	CHECK_EQ(parse(&f, sizeof(f), &elf, &err), -EBADMSG);
	CHECK_EQ(err.reason, KEXEC_ELF_TOO_MANY);
}

/* No length but the whole one is taken. */
static void test_cut(void)
{
	struct vmlinux64 f = kernelfile_vmlinux64();
	const size_t table_end = offsetof(struct vmlinux64, text);
	struct kexec_elf_error err;
	struct kexec_elf elf;
	size_t bytes;

	for (bytes = 0; bytes < sizeof(f); bytes++) {
		CHECK_EQ(parse(&f, bytes, &elf, &err),
			 bytes < SELFMAG ? -ENOEXEC : -EBADMSG);
		if (bytes < SELFMAG)
			CHECK_EQ(err.reason, KEXEC_ELF_NONE);
		else if (bytes < sizeof(f.e))
			CHECK_EQ(err.reason, KEXEC_ELF_CUT_HEADER);
		else if (bytes < table_end)
			CHECK_EQ(err.reason, KEXEC_ELF_CUT_TABLE);
		else
			CHECK_EQ(err.reason, KEXEC_ELF_CUT_LOAD);
	}
}

/* Every reason can be said. */
static void test_reasons(void)
{
	int r;

	for (r = 0; r < KEXEC_ELF_NR_REASONS; r++) {
		CHECK(kexec_elf_reason_field(r) &&
		      kexec_elf_reason_field(r)[0]);
		CHECK(kexec_elf_reason_rule(r));
		CHECK(r == KEXEC_ELF_OK || kexec_elf_reason_rule(r)[0]);
	}
}

const struct test kexecelf_tests[] = {
	{ "kexec-elf.good", test_good },
	{ "kexec-elf.copy", test_copy },
	{ "kexec-elf.virtual-entry", test_virtual_entry },
	{ "kexec-elf.class32", test_class32 },
	{ "kexec-elf.program", test_program },
	{ "kexec-elf.wrong", test_wrong },
	{ "kexec-elf.too-many", test_too_many },
	{ "kexec-elf.cut", test_cut },
	{ "kexec-elf.reasons", test_reasons },
	{ }
};
