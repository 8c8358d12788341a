// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write the seeds of the fuzzers of ELF core headers, of kernel files and of the page filter.
 *
 * usage: mkseeds DIR
 *
 * DIR has a directory for each fuzzer. The seeds are committed; this says what
 * they are and makes them again. Most begin with the byte that chooses limits
 * (fuzz_elfcore.c) or the machine (fuzz_kexecelf.c).
 */
#include "image.h"
#include "kernelfile.h"

#include <stdio.h>
#include <stdlib.h>

static const char *dir;

/* There is no first byte. */
#define PLAIN	(-1)

static void save_as(const char *fuzzer, const char *name, int how,
		    const void *data, size_t bytes)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/%s", dir, fuzzer, name);
	f = fopen(path, "wb");
	if (!f || (how != PLAIN && fputc(how, f) == EOF) ||
	    fwrite(data, 1, bytes, f) != bytes || fclose(f)) {
		perror(path);
		exit(1);
	}
}

static void save(const char *name, int how, const void *data, size_t bytes)
{
	save_as("elfcore", name, how, data, bytes);
}

/* As for a machine with two CPUs: notes, VMCOREINFO, text, RAM. */
static void typical(void)
{
	struct kdump_range storage[3];
	struct kdump_ranges ram;
	struct elfcore_builder b;
	u64 buf[128];
	size_t bytes;

	kdump_ranges_init(&ram, storage, 3);
	kdump_ranges_add(&ram, 0x1000, 0x9fc00);
	kdump_ranges_add(&ram, 0x100000, 0x2f000000);
	kdump_ranges_add(&ram, 0x3f000000, 0x3ffe0000);
	elfcore_begin(&b, buf, sizeof(buf), 7, IMAGE_MACHINE, 0);
	elfcore_add_note(&b, 0x3fa0000, 0x3fa0000, 0x164);
	elfcore_add_note(&b, 0x3fb0000, 0x3fb0000, 0x164);
	elfcore_add_note(&b, 0x123000, 0x123000, 0x1000);
	elfcore_add_load(&b, 0x1000000, 0xffffffff81000000ULL, 0x1000000,
			 0x2000000, 7);
	elfcore_add_ram(&b, &ram, 0xffff888000000000ULL);
	if (elfcore_end(&b, &bytes))
		exit(1);
	save("typical64", 0, buf, bytes);
	save("typical64-limits", 31, buf, bytes);
	save("cut64", 0, buf, bytes - 100);
}

static void typical32(void)
{
	struct {
		Elf32_Ehdr e;
		Elf32_Phdr p[3];
	} img = { .e = image_ehdr32(3) };

	img.p[0] = image_phdr32(PT_NOTE, 0x1000, 0, 0x200);
	img.p[1] = image_phdr32(PT_LOAD, 0, 0xc0000000, 0x9f000);
	img.p[2] = image_phdr32(PT_LOAD, 0x100000, 0xffffffff, 0x700000);
	img.p[2].p_memsz = 0x800000;
	save("typical32", 0, &img, sizeof(img));
}

static void overlapping(void)
{
	struct elfcore_builder b;
	u64 buf[128];
	size_t bytes;

	elfcore_begin(&b, buf, sizeof(buf), 5, IMAGE_MACHINE, 0);
	elfcore_add_load(&b, 0x10000, 0x10000, 0x10000, 0x10000, 7);
	elfcore_add_load(&b, 0x18000, 0x18000, 0x18000, 0x10000, 7);
	elfcore_add_load(&b, 0x1000, 0x1000, 0x1000, 0x90000, 7);
	elfcore_add_load(&b, 0x11000, 0x18000, 0x11000, 0x1000, 7);
	elfcore_add_load(&b, 0x500000, ~0ULL, 0x500000, 0x1000, 7);
	if (elfcore_end(&b, &bytes))
		exit(1);
	save("overlap64", 0, buf, bytes);
}

/* More program headers than e_phnum can say; the table itself is cut. */
static void many(void)
{
	struct {
		Elf64_Ehdr e;
		Elf64_Shdr s;
		Elf64_Phdr p[2];
	} img = { .e = image_ehdr64(PN_XNUM), .s = { .sh_info = 70000 } };

	img.e.e_shoff = offsetof(__typeof__(img), s);
	img.e.e_shentsize = sizeof(img.s);
	img.e.e_shnum = 1;
	img.e.e_phoff = offsetof(__typeof__(img), p);
	img.p[1].p_type = PT_LOAD;
	img.p[1].p_filesz = 0x1000;
	img.p[1].p_memsz = 0x1000;
	save("xnum64", 0, &img, sizeof(img));
	img.e.e_shoff = 100000;
	save("xnum64-far", 0, &img, sizeof(img));
}

static void notes(void)
{
	u8 buf[128] = { 0 };
	size_t pos = 0;

	elfcore_note_put(buf, sizeof(buf), &pos, "CORE", 1, "register", 8);
	elfcore_note_put(buf, sizeof(buf), &pos, "VMCOREINFO", 0, "A=1\n", 4);
	save("note", 0, buf, pos);
	save("note-zeros", 0, buf, sizeof(buf));
	save("note-cut", 0, buf, pos - 5);
}

static void bzimages(void)
{
	u8 file[BZ_BYTES + 64] = { 0 };

	kernelfile_bzimage(file);
	save_as("bzimage", "typical", PLAIN, file, BZ_BYTES);
	save_as("bzimage", "longer", PLAIN, file, sizeof(file));
	save_as("bzimage", "cut", PLAIN, file, BZ_BYTES - 1);
	save_as("bzimage", "cut-header", PLAIN, file, 0x210);
	save_as("bzimage", "stub", PLAIN, file, 0x100);
	kernelfile_put(file, BZIMAGE_XLOADFLAGS, 2, 0);
	save_as("bzimage", "i386", PLAIN, file, BZ_BYTES);
	kernelfile_bzimage(file);
	kernelfile_put(file, BZIMAGE_VERSION, 2, 0x020c);
	kernelfile_put(file, BZIMAGE_JUMP + 1, 1, 0x62);
	save_as("bzimage", "protocol-2.12", PLAIN, file, BZ_BYTES);
	kernelfile_bzimage(file);
	kernelfile_put(file, BZIMAGE_SYSSIZE, 4, 0xffffffff);
	save_as("bzimage", "syssize", PLAIN, file, BZ_BYTES);
}

static void vmlinuxes(void)
{
	struct vmlinux64 f = kernelfile_vmlinux64();
	struct vmlinux32 f32 = kernelfile_vmlinux32();

	save_as("kexecelf", "typical64", 0, &f, sizeof(f));
	save_as("kexecelf", "small-limit", 2, &f, sizeof(f));
	save_as("kexecelf", "cut64", 0, &f, sizeof(f) - 1);
	save_as("kexecelf", "typical32", 1, &f32, sizeof(f32));
	save_as("kexecelf", "other-machine", 0, &f32, sizeof(f32));
	f.e.e_entry = 0xffffffff81000004ULL;
	f.p[1].p_paddr = 0x1001000;
	f.p[2].p_paddr = 0x1000100;
	save_as("kexecelf", "small64", 2, &f, sizeof(f));
	f.p[2].p_paddr = 0x1000000;
	save_as("kexecelf", "overlap", 0, &f, sizeof(f));
	f.p[0].p_vaddr = 0x400000;
	f.p[1].p_vaddr = 0x500000;
	save_as("kexecelf", "program", 0, &f, sizeof(f));
}

/* A change as fuzz_pagefilter.c takes it. */
static size_t put_change(u8 *to, u8 where, u32 off, const void *bytes, u8 size)
{
	const u8 head[] = { where, off, off >> 8, off >> 16, size };

	memcpy(to, head, sizeof(head));
	memcpy(to + sizeof(head), bytes, size);
	return sizeof(head) + size;
}

static void pages(void)
{
	static const u64 head_va = 0xffffea0000000401ULL, odd = 1, ones = U64_MAX;
	static const u32 free_type = 0xe1000000, order = 40, absurd = 0x7fffffff;
	u8 in[256] = { 0 };
	size_t n;

	for (u8 shape = 0; shape < 6; shape++) {
		char name[32];

		in[0] = shape;
		n = 2;
		n += put_change(in + n, 1, 64 * 5 + 8, &head_va, 8);
		n += put_change(in + n, 1, 64 * 60 + 48, &free_type, 4);
		n += put_change(in + n, 1, 64 * 70 + 24, &odd, 8);
		n += put_change(in + n, 2, 0x1000 + shape, &ones, 8);
		snprintf(name, sizeof(name), "shape%u", shape);
		save_as("pagefilter", name, PLAIN, in, n);
	}
	in[0] = 0;
	n = 2 + put_change(in + 2, 1, 40, &order, 4);
	save_as("pagefilter", "block-order", PLAIN, in, n);
	n = 2 + put_change(in + 2, 0, 60, &absurd, 4);
	save_as("pagefilter", "memory-record", PLAIN, in, n);
	in[1] = 1;
	save_as("pagefilter", "bad-checksum", PLAIN, in, n);
	in[1] = 0;
	/* The last level's shift: entries that map a byte each. */
	n = 2 + put_change(in + 2, 0, 456, "", 1);
	save_as("pagefilter", "level-shift", PLAIN, in, n);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s DIR\n", argv[0]);
		return 2;
	}
	dir = argv[1];
	typical();
	typical32();
	overlapping();
	many();
	notes();
	bzimages();
	vmlinuxes();
	pages();
	return 0;
}
