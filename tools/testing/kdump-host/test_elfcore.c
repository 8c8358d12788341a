// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader of ELF core headers: each way in which a header can be bad, what
 * is said of it, and that the rest is kept.
 */
#include "image.h"
#include "test.h"

#define FINDINGS	32
#define DIRECT		0xffff888000000000ULL
#define TEXT		0xffffffff81000000ULL

static struct elfcore_finding finding[FINDINGS];
static struct elfcore_findings found = { finding, FINDINGS, 0, 0 };
static struct elfcore_seg seg[IMAGE_MAX];

/* Probe and read; returns the number of segments or a negative error. */
static int read_image(const void *from, size_t bytes,
		      const struct elfcore_limits *limits)
{
	struct elfcore_header hdr;
	u8 *buf = malloc(bytes);
	int ret;

	memcpy(buf, from, bytes);
	found.nr = 0;
	found.lost = 0;
	ret = elfcore_probe(buf, bytes, limits, &hdr, &found);
	if (!ret)
		ret = elfcore_segments(buf, bytes, limits, &hdr, seg,
				       IMAGE_MAX, &found);
	free(buf);
	return ret;
}

static void check_found(const char *row, size_t nr, enum elfcore_reason reason,
			u32 index)
{
	CHECK_ROW(row, found.nr, nr);
	if (!nr)
		return;
	CHECK_ROW(row, found.f[0].reason, reason);
	CHECK_ROW(row, found.f[0].index, index);
}

/* One changed field of an otherwise good ELF header. */

static const struct bad_field {
	const char *what;
	size_t at, bytes;
	u64 value;
	enum elfcore_reason reason;
} bad64[] = {
	{ "magic", 0, 1, 0x7e, ELFCORE_BAD_MAGIC },
	{ "magic end", 3, 1, 'f', ELFCORE_BAD_MAGIC },
	{ "class 0", EI_CLASS, 1, 0, ELFCORE_BAD_CLASS },
	{ "class 3", EI_CLASS, 1, 3, ELFCORE_BAD_CLASS },
	{ "byte order", EI_DATA, 1, 3 - KDUMP_ELFDATA, ELFCORE_BAD_DATA },
	{ "byte order 0", EI_DATA, 1, 0, ELFCORE_BAD_DATA },
	{ "ident version", EI_VERSION, 1, 2, ELFCORE_BAD_VERSION },
	{ "version", offsetof(Elf64_Ehdr, e_version), 4, 0, ELFCORE_BAD_VERSION },
	{ "type", offsetof(Elf64_Ehdr, e_type), 2, ET_EXEC, ELFCORE_BAD_TYPE },
	{ "machine", offsetof(Elf64_Ehdr, e_machine), 2, 3, ELFCORE_BAD_MACHINE },
	{ "no machine", offsetof(Elf64_Ehdr, e_machine), 2, 0, ELFCORE_BAD_MACHINE },
	{ "ehsize", offsetof(Elf64_Ehdr, e_ehsize), 2, 52, ELFCORE_BAD_EHSIZE },
	{ "phentsize", offsetof(Elf64_Ehdr, e_phentsize), 2, 55,
	  ELFCORE_BAD_PHENTSIZE },
	{ "phentsize 0", offsetof(Elf64_Ehdr, e_phentsize), 2, 0,
	  ELFCORE_BAD_PHENTSIZE },
	{ "phnum", offsetof(Elf64_Ehdr, e_phnum), 2, 0, ELFCORE_NO_PHDRS },
	{ "phoff 0", offsetof(Elf64_Ehdr, e_phoff), 8, 0, ELFCORE_BAD_PHOFF },
	{ "phoff inside", offsetof(Elf64_Ehdr, e_phoff), 8, 63, ELFCORE_BAD_PHOFF },
	{ "phoff wraps", offsetof(Elf64_Ehdr, e_phoff), 8, ~0ULL - 8,
	  ELFCORE_BAD_PHOFF },
	{ "xnum, no shdr", offsetof(Elf64_Ehdr, e_phnum), 2, PN_XNUM,
	  ELFCORE_BAD_SHDR },
};

static void test_ehdr64(void)
{
	struct elfcore_limits limits = image_limits();
	struct elfcore_header hdr;
	struct {
		Elf64_Ehdr e;
		Elf64_Phdr p[1];
	} img;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad64); i++) {
		const struct bad_field *b = &bad64[i];

		memset(&img, 0, sizeof(img));
		img.e = image_ehdr64(1);
		memcpy((u8 *)&img + b->at, &b->value, b->bytes);
		CHECK_ROW(b->what, read_image(&img, sizeof(img), &limits),
			  -EINVAL);
		check_found(b->what, 1, b->reason, ELFCORE_EHDR);
	}
	img.e = image_ehdr64(1);
	for (i = 0; i < sizeof(img.e); i++) {
		CHECK_EQ(read_image(&img, i, &limits), -EINVAL);
		check_found("short", 1, ELFCORE_TOO_SHORT, ELFCORE_EHDR);
	}
	/* The ELF header alone says how much must be read. */
	found.nr = 0;
	CHECK_EQ(elfcore_probe(&img, ELFCORE_PROBE_BYTES, &limits, &hdr,
			       &found), 0);
	CHECK_EQ(found.nr, 0);
	CHECK_EQ(hdr.need_bytes, sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr));
	CHECK(hdr.is64);
	CHECK_EQ(hdr.machine, IMAGE_MACHINE);
}

static void test_ehdr32(void)
{
	struct elfcore_limits limits = image_limits();
	struct {
		Elf32_Ehdr e;
		Elf32_Phdr p[3];
	} img = { .e = image_ehdr32(3) };

	limits.machine[0] = 3;
	limits.machine[1] = IMAGE_MACHINE;
	img.p[0] = image_phdr32(PT_NOTE, 0x100000, 0, 0x200);
	img.p[1] = image_phdr32(PT_LOAD, 0x1000, 0xc0001000, 0x9000);
	img.p[2] = image_phdr32(PT_LOAD, 0x40000000, U32_MAX, 0xbffff000);
	CHECK_EQ(read_image(&img, sizeof(img), &limits), 3);
	CHECK_EQ(found.nr, 0);
	CHECK_EQ(seg[0].type, PT_NOTE);
	CHECK_EQ(seg[0].offset, 0x100000);
	CHECK_EQ(seg[0].filesz, 0x200);
	CHECK_EQ(seg[1].vaddr, 0xc0001000);
	CHECK_EQ(seg[1].flags, PF_R);
	CHECK_EQ(seg[2].vaddr, ELFCORE_NO_VADDR);
	CHECK_EQ(seg[2].offset + seg[2].filesz, 0xfffff000);

	img.e.e_phentsize = sizeof(Elf64_Phdr);
	CHECK_EQ(read_image(&img, sizeof(img), &limits), -EINVAL);
	check_found("phentsize", 1, ELFCORE_BAD_PHENTSIZE, ELFCORE_EHDR);
	/* An ELF32 header is shorter than what the probe asks for. */
	CHECK_EQ(read_image(&img, sizeof(Elf32_Ehdr) - 1, &limits), -EINVAL);
	check_found("short", 1, ELFCORE_TOO_SHORT, ELFCORE_EHDR);
}

/* Count above 65534: in section header 0, wherever that is. */
static void test_xnum(void)
{
	struct elfcore_limits limits = image_limits();
	size_t table = (size_t)70000 * sizeof(Elf64_Phdr);
	size_t shoff = sizeof(Elf64_Ehdr) + table;
	struct elfcore_header hdr;
	Elf64_Ehdr e = image_ehdr64(PN_XNUM);
	Elf64_Shdr s = { .sh_info = 70000 };
	u8 *buf = calloc(1, shoff + sizeof(s));

	e.e_shoff = shoff;
	e.e_shentsize = sizeof(s);
	e.e_shnum = 1;
	memcpy(buf, &e, sizeof(e));
	memcpy(buf + shoff, &s, sizeof(s));
	found.nr = 0;
	CHECK_EQ(elfcore_probe(buf, 64, &limits, &hdr, &found), -EAGAIN);
	CHECK_EQ(found.nr, 0);
	CHECK_EQ(hdr.need_bytes, shoff + sizeof(s));
	CHECK_EQ(elfcore_probe(buf, hdr.need_bytes, &limits, &hdr, &found), 0);
	CHECK_EQ(found.nr, 0);
	CHECK_EQ(hdr.phnum, 70000);
	CHECK_EQ(hdr.need_bytes, shoff + sizeof(s));

	/* Too many are cut off, and said. */
	limits.max_phnum = 1000;
	CHECK_EQ(elfcore_probe(buf, shoff + sizeof(s), &limits, &hdr, &found),
		 0);
	check_found("too many", 1, ELFCORE_TOO_MANY, ELFCORE_EHDR);
	CHECK_EQ(hdr.phnum, 1000);

	/* Both too many and in a bad place: an error is one finding. */
	found.nr = 0;
	e.e_phoff = ~0ULL - 8;
	memcpy(buf, &e, sizeof(e));
	CHECK_EQ(elfcore_probe(buf, shoff + sizeof(s), &limits, &hdr, &found),
		 -EINVAL);
	check_found("phoff wraps", 1, ELFCORE_BAD_PHOFF, ELFCORE_EHDR);
	e.e_phoff = sizeof(e);
	memcpy(buf, &e, sizeof(e));

	/* Section header 0 must be one, and its count too big for e_phnum. */
	found.nr = 0;
	s.sh_info = PN_XNUM - 1;
	memcpy(buf + shoff, &s, sizeof(s));
	CHECK_EQ(elfcore_probe(buf, shoff + sizeof(s), &limits, &hdr, &found),
		 -EINVAL);
	check_found("small count", 1, ELFCORE_BAD_SHDR, ELFCORE_EHDR);
	found.nr = 0;
	e.e_shentsize = 40;
	memcpy(buf, &e, sizeof(e));
	CHECK_EQ(elfcore_probe(buf, shoff + sizeof(s), &limits, &hdr, &found),
		 -EINVAL);
	check_found("shentsize", 1, ELFCORE_BAD_SHDR, ELFCORE_EHDR);
	found.nr = 0;
	e.e_shentsize = sizeof(s);
	e.e_shoff = ~0ULL - 10;
	memcpy(buf, &e, sizeof(e));
	CHECK_EQ(elfcore_probe(buf, shoff + sizeof(s), &limits, &hdr, &found),
		 -EINVAL);
	check_found("shoff wraps", 1, ELFCORE_BAD_SHDR, ELFCORE_EHDR);
	free(buf);
}

/* What one program header becomes, alone. */
static const struct alone {
	const char *what;
	Elf64_Phdr p;
	enum elfcore_reason reason;	/* ELFCORE_OK: nothing is said */
	bool kept;
	u64 offset, vaddr, paddr, size;
} alone[] = {
	{ "good", { .p_type = PT_LOAD, .p_offset = 0x1000, .p_paddr = 0x2000,
		    .p_vaddr = DIRECT + 0x2000, .p_filesz = 0x3000,
		    .p_memsz = 0x3000 }, ELFCORE_OK, true, 0x1000,
	  DIRECT + 0x2000, 0x2000, 0x3000 },
	{ "no vaddr", { .p_type = PT_LOAD, .p_vaddr = ~0ULL,
			.p_filesz = 0x3000, .p_memsz = 0x3000 }, ELFCORE_OK,
	  true, 0, ELFCORE_NO_VADDR, 0, 0x3000 },
	{ "last vaddr", { .p_type = PT_LOAD, .p_vaddr = ~0ULL - 0xfff,
			  .p_filesz = 0x1000, .p_memsz = 0x1000 }, ELFCORE_OK,
	  true, 0, ~0ULL - 0xfff, 0, 0x1000 },
	{ "note", { .p_type = PT_NOTE, .p_offset = 0x5000, .p_filesz = 100 },
	  ELFCORE_OK, true, 0x5000, 0, 0, 100 },
	{ "note, other memsz", { .p_type = PT_NOTE, .p_offset = 0x5000,
				 .p_filesz = 100, .p_memsz = 50 },
	  ELFCORE_OK, true, 0x5000, 0, 0, 100 },
	{ "PT_NULL", { .p_type = PT_NULL, .p_filesz = 1, .p_memsz = 1 },
	  ELFCORE_SEG_TYPE },
	{ "type", { .p_type = 0x6474e551, .p_filesz = 1, .p_memsz = 1 },
	  ELFCORE_SEG_TYPE },
	{ "no filesz", { .p_type = PT_LOAD, .p_memsz = 1 },
	  ELFCORE_SEG_EMPTY },
	{ "no memsz", { .p_type = PT_LOAD, .p_filesz = 1 },
	  ELFCORE_SEG_FILESZ },
	{ "empty note", { .p_type = PT_NOTE, .p_memsz = 1 },
	  ELFCORE_SEG_EMPTY },
	{ "filesz above memsz", { .p_type = PT_LOAD, .p_filesz = 0x3000,
				  .p_memsz = 0x2000 }, ELFCORE_SEG_FILESZ,
	  true, 0, 0, 0, 0x2000 },
	{ "filesz below memsz", { .p_type = PT_LOAD, .p_filesz = 0x1000,
				  .p_memsz = ~0ULL }, ELFCORE_SEG_FILESZ,
	  true, 0, 0, 0, 0x1000 },
	{ "offset wraps", { .p_type = PT_LOAD, .p_offset = ~0ULL - 10,
			    .p_filesz = 12, .p_memsz = 12 },
	  ELFCORE_SEG_WRAPS },
	{ "paddr wraps", { .p_type = PT_LOAD, .p_paddr = ~0ULL - 10,
			   .p_filesz = 12, .p_memsz = 12 },
	  ELFCORE_SEG_WRAPS },
	{ "vaddr wraps", { .p_type = PT_LOAD, .p_vaddr = ~0ULL - 10,
			   .p_filesz = 12, .p_memsz = 12 },
	  ELFCORE_SEG_WRAPS },
	{ "note wraps", { .p_type = PT_NOTE, .p_offset = ~0ULL - 10,
			  .p_filesz = 12 }, ELFCORE_SEG_WRAPS },
	{ "big note", { .p_type = PT_NOTE, .p_filesz = (1 << 20) + 1 },
	  ELFCORE_NOTE_SIZE },
	{ "above", { .p_type = PT_LOAD, .p_offset = 1ULL << 46,
		     .p_filesz = 1, .p_memsz = 1 }, ELFCORE_SEG_ABOVE_LIMIT },
	{ "across", { .p_type = PT_LOAD, .p_offset = (1ULL << 46) - 0x1000,
		      .p_paddr = 0x7000, .p_filesz = 0x2000,
		      .p_memsz = 0x2000 }, ELFCORE_SEG_CUT, true,
	  (1ULL << 46) - 0x1000, 0, 0x7000, 0x1000 },
	{ "up to", { .p_type = PT_LOAD, .p_offset = (1ULL << 46) - 0x1000,
		     .p_filesz = 0x1000, .p_memsz = 0x1000 }, ELFCORE_OK, true,
	  (1ULL << 46) - 0x1000, 0, 0, 0x1000 },
};

static void test_alone(void)
{
	struct elfcore_limits limits = image_limits();
	struct {
		Elf64_Ehdr e;
		Elf64_Phdr p[2];
	} img = { .e = image_ehdr64(2) };
	size_t i;

	limits.max_pa = 1ULL << 46;
	/* A second one, far from all of them, is kept each time. */
	img.p[1] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = 0x1000000000,
				 .p_paddr = 0x1000000000,
				 .p_vaddr = 0x1000000000, .p_filesz = 0x10000,
				 .p_memsz = 0x10000 };
	for (i = 0; i < ARRAY_SIZE(alone); i++) {
		const struct alone *a = &alone[i];
		int nr;

		img.p[0] = a->p;
		nr = read_image(&img, sizeof(img), &limits);
		CHECK_ROW(a->what, nr, 1 + a->kept);
		CHECK_ROW(a->what, seg[nr - 1].index, 1);
		CHECK_ROW(a->what, seg[nr - 1].filesz, 0x10000);
		CHECK_ROW(a->what, found.nr > 0, a->reason != ELFCORE_OK);
		if (found.nr) {
			CHECK_ROW(a->what, found.f[0].reason, a->reason);
			CHECK_ROW(a->what, found.f[0].index, 0);
		}
		if (!a->kept)
			continue;
		CHECK_ROW(a->what, seg[0].offset, a->offset);
		CHECK_ROW(a->what, seg[0].vaddr, a->vaddr);
		CHECK_ROW(a->what, seg[0].paddr, a->paddr);
		CHECK_ROW(a->what, seg[0].filesz, a->size);
		CHECK_ROW(a->what, seg[0].memsz, a->size);
	}
}

static Elf64_Phdr load(u64 paddr, u64 vaddr, u64 bytes)
{
	Elf64_Phdr p = {
		.p_type = PT_LOAD, .p_offset = paddr, .p_paddr = paddr,
		.p_vaddr = vaddr, .p_filesz = bytes, .p_memsz = bytes,
	};

	return p;
}

/* The second program header against the first. */
static const struct pair {
	const char *what;
	u64 paddr, vaddr, bytes;
	enum elfcore_reason reason;
	bool kept;
	u64 kept_paddr, kept_vaddr, kept_bytes;
} pairs[] = {
	/* the first is 0x10000..0x20000 of the linear map */
	{ "after", 0x20000, DIRECT + 0x20000, 0x1000, ELFCORE_OK, true,
	  0x20000, DIRECT + 0x20000, 0x1000 },
	{ "before", 0xf000, DIRECT + 0xf000, 0x1000, ELFCORE_SEG_ORDER, true,
	  0xf000, DIRECT + 0xf000, 0x1000 },
	{ "same", 0x10000, DIRECT + 0x10000, 0x10000, ELFCORE_SEG_COVERED },
	{ "inside", 0x11000, DIRECT + 0x11000, 0x1000, ELFCORE_SEG_COVERED },
	{ "over the end", 0x18000, DIRECT + 0x18000, 0x10000,
	  ELFCORE_SEG_OVERLAP, true, 0x20000, DIRECT + 0x20000, 0x8000 },
	{ "over the start", 0x8000, DIRECT + 0x8000, 0x10000,
	  ELFCORE_SEG_OVERLAP, true, 0x8000, DIRECT + 0x8000, 0x8000 },
	{ "around, more after", 0x8000, DIRECT + 0x8000, 0x28000,
	  ELFCORE_SEG_OVERLAP, true, 0x20000, DIRECT + 0x20000, 0x10000 },
	{ "around, more before", 0x1000, DIRECT + 0x1000, 0x20000,
	  ELFCORE_SEG_OVERLAP, true, 0x1000, DIRECT + 0x1000, 0xf000 },
	{ "text is no repetition", 0x11000, TEXT, 0x1000, ELFCORE_OK, true,
	  0x11000, TEXT, 0x1000 },
	{ "no vaddr is one", 0x18000, ELFCORE_NO_VADDR, 0x10000,
	  ELFCORE_SEG_OVERLAP, true, 0x20000, ELFCORE_NO_VADDR, 0x8000 },
	{ "vaddr taken", 0x90000, DIRECT + 0x18000, 0x1000, ELFCORE_SEG_VADDR,
	  true, 0x90000, ELFCORE_NO_VADDR, 0x1000 },
	{ "vaddr taken by one byte", 0x90000, DIRECT + 0x1ffff, 0x1000,
	  ELFCORE_SEG_VADDR, true, 0x90000, ELFCORE_NO_VADDR, 0x1000 },
	{ "vaddr free by one byte", 0x90000, DIRECT + 0x20000, 0x1000,
	  ELFCORE_OK, true, 0x90000, DIRECT + 0x20000, 0x1000 },
	/* an alias without its address is a repetition */
	{ "vaddr taken, alias", 0x11000, DIRECT + 0x18000, 0x1000,
	  ELFCORE_SEG_VADDR },
};

static void test_pairs(void)
{
	struct elfcore_limits limits = image_limits();
	struct {
		Elf64_Ehdr e;
		Elf64_Phdr p[2];
	} img = { .e = image_ehdr64(2) };
	size_t i;

	img.p[0] = load(0x10000, DIRECT + 0x10000, 0x10000);
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		const struct pair *t = &pairs[i];

		img.p[1] = load(t->paddr, t->vaddr, t->bytes);
		CHECK_ROW(t->what, read_image(&img, sizeof(img), &limits),
			  1 + t->kept);
		CHECK_ROW(t->what, found.nr > 0, t->reason != ELFCORE_OK);
		if (found.nr) {
			CHECK_ROW(t->what, found.f[0].reason, t->reason);
			CHECK_ROW(t->what, found.f[0].index, 1);
		}
		CHECK_ROW(t->what, seg[0].filesz, 0x10000);
		if (!t->kept)
			continue;
		CHECK_ROW(t->what, seg[1].paddr, t->kept_paddr);
		CHECK_ROW(t->what, seg[1].offset, t->kept_paddr);
		CHECK_ROW(t->what, seg[1].vaddr, t->kept_vaddr);
		CHECK_ROW(t->what, seg[1].filesz, t->kept_bytes);
	}
}

/* As kexec-tools makes it: CPU notes, VMCOREINFO, text, backup, RAM. */
static void test_typical(void)
{
	struct elfcore_limits limits = image_limits();
	struct {
		Elf64_Ehdr e;
		Elf64_Phdr p[7];
	} img = { .e = image_ehdr64(7) };

	img.p[0] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = 0x3fa00000,
				 .p_paddr = 0x3fa00000, .p_filesz = 0x164,
				 .p_memsz = 0x164 };
	img.p[1] = img.p[0];
	img.p[1].p_offset = 0x3fb00000;
	img.p[2] = img.p[0];
	img.p[2].p_offset = 0x1234000;
	img.p[2].p_filesz = 4096;
	img.p[3] = load(0x1000000, TEXT, 0x2000000);
	img.p[4] = load(0, DIRECT, 0xa0000);
	img.p[4].p_offset = 0x2ff00000;		/* the backup */
	img.p[5] = load(0x100000, DIRECT + 0x100000, 0x2ff00000);
	img.p[6] = load(0x3a000000, DIRECT + 0x3a000000, 0x6000000);
	CHECK_EQ(read_image(&img, sizeof(img), &limits), 7);
	CHECK_EQ(found.nr, 0);
	CHECK_EQ(seg[4].offset, 0x2ff00000);
	CHECK_EQ(seg[4].paddr, 0);

	/* Two PT_NOTEs that share bytes would show a CPU twice. */
	img.p[1].p_offset = img.p[0].p_offset + 0x163;
	CHECK_EQ(read_image(&img, sizeof(img), &limits), 6);
	check_found("notes", 1, ELFCORE_SEG_COVERED, 1);

	/* The table is cut: what is there counts. */
	CHECK_EQ(read_image(&img, sizeof(img) - 1, &limits), 5);
	CHECK_EQ(found.nr, 2);
	CHECK_EQ(found.f[1].reason, ELFCORE_TABLE_CUT);
	CHECK_EQ(found.f[1].index, 6);
	CHECK_EQ(read_image(&img, sizeof(img.e), &limits), -EINVAL);
	check_found("no table", 1, ELFCORE_TABLE_CUT, 0);

	/* A dump larger than allowed: what fits counts. */
	img.p[1].p_offset = 0x3fb00000;
	limits.max_total_bytes = 0x30000000;
	CHECK_EQ(read_image(&img, sizeof(img), &limits), 6);
	check_found("total", 1, ELFCORE_TOTAL_SIZE, 5);
}

static void test_room(void)
{
	struct elfcore_limits limits = image_limits();
	struct elfcore_header hdr;
	struct {
		Elf64_Ehdr e;
		Elf64_Phdr p[4];
	} img = { .e = image_ehdr64(4) };
	struct elfcore_findings few = { finding, 1, 0, 0 };
	int i;

	for (i = 0; i < 4; i++)
		img.p[i] = load(0x10000 * i, DIRECT + 0x10000 * i, 0x1000);
	/* Room for fewer segments than there are. */
	CHECK_EQ(elfcore_probe(&img, sizeof(img), &limits, &hdr, &few), 0);
	CHECK_EQ(elfcore_segments(&img, sizeof(img), &limits, &hdr, seg, 2,
				  &few), 2);
	CHECK_EQ(few.nr, 1);
	CHECK_EQ(few.f[0].reason, ELFCORE_TOO_MANY);
	CHECK_EQ(few.f[0].index, 2);
	/* Room for fewer findings than there are: the rest is counted. */
	few.nr = 0;
	for (i = 0; i < 4; i++)
		img.p[i].p_type = PT_NULL;
	CHECK_EQ(elfcore_segments(&img, sizeof(img), &limits, &hdr, seg, 2,
				  &few), -EINVAL);
	CHECK_EQ(few.nr, 1);
	CHECK_EQ(few.lost, 3);
}

static void test_words_of_reasons(void)
{
	int i, k;

	for (i = 0; i < ELFCORE_NR_REASONS; i++) {
		CHECK(elfcore_reason_text(i));
		for (k = 0; k < i; k++)
			CHECK(strcmp(elfcore_reason_text(i),
				     elfcore_reason_text(k)));
	}
	CHECK(elfcore_reason_text(ELFCORE_NR_REASONS));
}

const struct test elfcore_tests[] = {
	{ "elfcore.ehdr64", test_ehdr64 },
	{ "elfcore.ehdr32", test_ehdr32 },
	{ "elfcore.xnum", test_xnum },
	{ "elfcore.alone", test_alone },
	{ "elfcore.pairs", test_pairs },
	{ "elfcore.typical", test_typical },
	{ "elfcore.room", test_room },
	{ "elfcore.reasons", test_words_of_reasons },
	{ NULL, NULL },
};
