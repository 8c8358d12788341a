// SPDX-License-Identifier: GPL-2.0-only
/* A crashed machine made of a buffer; see fake.h. */
#include <linux/elf.h>
#include <linux/elfcore.h>
#include <linux/mm.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>

#include "fake.h"

#define FAKE_SEGS	16

static void *fake_map(const struct oldmem_source *source, u64 pa, size_t bytes, bool encrypted)
{
	struct fake *fake = container_of(source, struct fake, source);

	KUNIT_EXPECT_TRUE(fake->test, IS_ALIGNED(pa, PAGE_SIZE) && IS_ALIGNED(bytes, PAGE_SIZE));
	if (pa < FAKE_BASE_PA || pa - FAKE_BASE_PA + bytes > FAKE_BYTES) {
		KUNIT_FAIL(fake->test, "wild mapping of %zu bytes at %#llx", bytes, pa);
		return NULL;
	}
	if (fake->refused_pa >= pa && fake->refused_pa - pa < bytes)
		KUNIT_FAIL(fake->test, "%zu bytes at %#llx are mapped, a callback refused %#llx",
			   bytes, pa, fake->refused_pa);
	if (bytes > fake->map_limit)
		return NULL;
	fake->maps++;
	return fake_va(fake, pa);
}

static void fake_unmap(const struct oldmem_source *source, void *vaddr, size_t bytes)
{
	struct fake *fake = container_of(source, struct fake, source);

	fake->unmaps++;
}

/* Kernel buffers only; stops at the line of the byte that can not be read. */
static size_t fake_copy(const struct oldmem_source *source, void *to, const void *from,
			size_t bytes, bool to_user, bool *unreadable)
{
	struct fake *fake = container_of(source, struct fake, source);
	const void *poison = fake_va(fake, round_down(fake->poison_pa, 64));
	u64 pa = FAKE_BASE_PA + (from - (void *)fake->mem);
	size_t good = bytes;

	KUNIT_EXPECT_FALSE(fake->test, to_user);
	for (u64 at = round_down(pa, PAGE_SIZE); at < pa + bytes; at += PAGE_SIZE)
		if (fake->untouched && fake->untouched(at))
			KUNIT_FAIL(fake->test, "%zu bytes at %#llx are read", bytes, pa);
	if (fake->poison_pa && poison < from + bytes && poison + 64 > from) {
		good = poison > from ? poison - from : 0;
		*unreadable = true;
		fake->poisoned_reads++;
	}
	memcpy(to, from, good);
	return bytes - good;
}

u64 fake_pa(unsigned int page)
{
	return FAKE_BASE_PA + (u64)page * PAGE_SIZE;
}

void *fake_va(struct fake *fake, u64 pa)
{
	return fake->mem + (pa - FAKE_BASE_PA);
}

static void free_mem(void *mem)
{
	vfree(mem);
}

static void end_reader(void *reader)
{
	oldmem_reader_exit(reader);
}

struct fake *fake_machine(struct kunit *test, bool is64)
{
	struct fake *fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fake);
	fake->test = test;
	fake->is64 = is64;
	fake->map_limit = SZ_1G;
	fake->source = (struct oldmem_source) {
		.name = "fake", .map = fake_map, .unmap = fake_unmap, .copy = fake_copy,
	};
	fake->mem = vzalloc(FAKE_BYTES);
	KUNIT_ASSERT_NOT_NULL(test, fake->mem);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, free_mem, fake->mem), 0);
	for (size_t i = FAKE_RAM_PAGE * PAGE_SIZE; i < FAKE_BYTES; i++)
		fake->mem[i] = i ^ (i >> 8) * 7 ^ (i >> 16) * 13;
	oldmem_reader_init(&fake->reader, &fake->source);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, end_reader, &fake->reader), 0);
	return fake;
}

static void write_ehdr(struct fake *fake)
{
	struct elf64_hdr *e64 = (void *)fake->mem;
	struct elf32_hdr *e32 = (void *)fake->mem;
	u8 ident[EI_NIDENT] = {
		0x7f, 'E', 'L', 'F', fake->is64 ? ELFCLASS64 : ELFCLASS32,
		ELF_DATA, EV_CURRENT,
	};

	if (fake->is64) {
		*e64 = (struct elf64_hdr) {
			.e_type = ET_CORE, .e_machine = ELF_ARCH, .e_version = EV_CURRENT,
			.e_phoff = sizeof(*e64), .e_ehsize = sizeof(*e64),
			.e_phentsize = sizeof(struct elf64_phdr), .e_phnum = fake->segs,
		};
	} else {
		*e32 = (struct elf32_hdr) {
			.e_type = ET_CORE, .e_machine = ELF_ARCH, .e_version = EV_CURRENT,
			.e_phoff = sizeof(*e32), .e_ehsize = sizeof(*e32),
			.e_phentsize = sizeof(struct elf32_phdr), .e_phnum = fake->segs,
		};
	}
	memcpy(fake->mem, ident, sizeof(ident));
}

void fake_segment(struct fake *fake, u32 type, u64 vaddr, u64 paddr, u64 source_pa, u64 bytes)
{
	struct elf64_phdr *p64 = (void *)fake->mem + sizeof(struct elf64_hdr);
	struct elf32_phdr *p32 = (void *)fake->mem + sizeof(struct elf32_hdr);

	KUNIT_ASSERT_LT(fake->test, fake->segs, FAKE_SEGS);
	if (fake->is64)
		p64[fake->segs] = (struct elf64_phdr) {
			.p_type = type, .p_flags = PF_R | PF_W | PF_X, .p_offset = source_pa,
			.p_vaddr = vaddr, .p_paddr = paddr, .p_filesz = bytes, .p_memsz = bytes,
		};
	else
		p32[fake->segs] = (struct elf32_phdr) {
			.p_type = type, .p_flags = PF_R | PF_W | PF_X, .p_offset = source_pa,
			.p_vaddr = vaddr, .p_paddr = paddr, .p_filesz = bytes, .p_memsz = bytes,
		};
	fake->segs++;
	write_ehdr(fake);
}

void *fake_note(struct fake *fake, const char *name, u32 type, const void *desc, size_t bytes)
{
	u64 pa = fake_pa(FAKE_NOTES_PAGE) + fake->notes_bytes;
	size_t room = (FAKE_RAM_PAGE - FAKE_NOTES_PAGE) * PAGE_SIZE - fake->notes_bytes;
	size_t pos = 0;
	void *at = elfcore_note_put(fake_va(fake, pa), room, &pos, name, type, desc, bytes);

	KUNIT_ASSERT_NOT_NULL(fake->test, at);
	/* As in memory: an empty note ends the list. */
	pos += sizeof(struct elf_note);
	fake_segment(fake, PT_NOTE, 0, pa, pa, pos);
	fake->notes_bytes += ALIGN(pos, 8);
	return at;
}

void fake_cpu_note(struct fake *fake, u32 pid)
{
	struct elf_prstatus prstatus = { };

	prstatus.common.pr_pid = pid;
	fake_note(fake, "CORE", NT_PRSTATUS, &prstatus, sizeof(prstatus));
}

void fake_usual(struct fake *fake)
{
	static const char text[] = "OSRELEASE=fake\n";
	/* An ELF32 header has no room for the addresses of a 64-bit kernel. */
	u64 linear = fake->is64 ? FAKE_LINEAR : 0xc0000000;
	u64 kernel = fake->is64 ? FAKE_TEXT : 0xf0000000;

	fake_cpu_note(fake, 0);
	fake_cpu_note(fake, 123);
	fake_cpu_note(fake, 0);
	fake_note(fake, "VMCOREINFO", 0, text, sizeof(text));
	fake_segment(fake, PT_LOAD, kernel + fake_pa(100), fake_pa(100), fake_pa(100),
		     20 * PAGE_SIZE);
	fake_segment(fake, PT_LOAD, linear + fake_pa(8) + 0x400, fake_pa(8) + 0x400,
		     fake_pa(8) + 0x400, 40 * PAGE_SIZE - 0x700);
	fake_segment(fake, PT_LOAD, linear + fake_pa(64), fake_pa(64), fake_pa(64),
		     100 * PAGE_SIZE + 0x80);
}

int fake_build(struct fake *fake, struct kdump_dump *dump)
{
	struct elfcore_limits limits;

	kdump_crashed_limits(&limits);
	return kdump_dump_build(dump, &fake->reader, FAKE_BASE_PA, 0, &limits);
}

ssize_t fake_read(struct oldmem_file *file, u64 off, void *buf, size_t bytes)
{
	struct kvec kvec = { .iov_base = buf, .iov_len = bytes };
	struct iov_iter to;
	loff_t pos = off;

	iov_iter_kvec(&to, ITER_DEST, &kvec, 1, bytes);
	return oldmem_file_read(file, &pos, &to);
}

u8 *fake_read_all(struct fake *fake, struct oldmem_file *file, size_t *bytes)
{
	u8 *all;

	*bytes = oldmem_file_size(file);
	all = vzalloc(*bytes + 1);
	KUNIT_ASSERT_NOT_NULL(fake->test, all);
	KUNIT_ASSERT_EQ(fake->test, kunit_add_action_or_reset(fake->test, free_mem, all), 0);
	/* One byte more is asked for than there is. */
	KUNIT_ASSERT_EQ(fake->test, fake_read(file, 0, all, *bytes + 1), *bytes);
	return all;
}

bool fake_left_out(u64 pa)
{
	unsigned int page = (pa - FAKE_BASE_PA) / PAGE_SIZE;

	return page % 5 == 3 || page % 7 < 2 || (page >= 70 && page < 90);
}
