// SPDX-License-Identifier: GPL-2.0-only
/* The dump as a whole: from made-up memory to an ELF file whose every byte is checked. */
#include <linux/crash_dump.h>
#include <linux/elf.h>
#include <linux/elfcore.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/vmalloc.h>

#include "fake.h"
#include "tests.h"

#define SEGS	24

/* The exported file, read back by the parser of ELF core headers. */
static int parse(struct kunit *test, const u8 *all, size_t bytes, struct elfcore_header *header,
		 struct elfcore_seg *seg)
{
	struct elfcore_finding finding[SEGS];
	struct elfcore_findings found = { .f = finding, .cap = SEGS };
	struct elfcore_limits limits;
	int nr;

	kdump_crashed_limits(&limits);
	KUNIT_ASSERT_EQ(test, elfcore_probe(all, bytes, &limits, header, &found), 0);
	nr = elfcore_segments(all, bytes, &limits, header, seg, SEGS, &found);
	KUNIT_EXPECT_EQ(test, found.nr + found.lost, 0);
	return nr;
}

/* Each PT_LOAD shows what lies at its physical address, and stays inside the file. */
static void check_loads(struct fake *fake, const u8 *all, size_t bytes)
{
	struct kunit *test = fake->test;
	struct elfcore_header header;
	struct elfcore_seg *seg = kunit_kcalloc(test, SEGS, sizeof(*seg), GFP_KERNEL);
	int nr;

	KUNIT_ASSERT_NOT_NULL(test, seg);
	nr = parse(test, all, bytes, &header, seg);
	KUNIT_EXPECT_EQ(test, header.is64, fake->is64);
	KUNIT_ASSERT_GE(test, nr, 4);
	KUNIT_EXPECT_EQ(test, seg[0].type, PT_NOTE);
	for (int i = 1; i < nr; i++) {
		KUNIT_EXPECT_EQ(test, seg[i].type, PT_LOAD);
		KUNIT_ASSERT_LE(test, seg[i].offset + seg[i].filesz, bytes);
		KUNIT_EXPECT_EQ(test, offset_in_page(seg[i].offset), offset_in_page(seg[i].paddr));
		KUNIT_EXPECT_TRUE(test, !memcmp(all + seg[i].offset, fake_va(fake, seg[i].paddr),
						seg[i].filesz));
	}
	/* makedumpfile reads the base of the linear map from the last one. */
	if (fake->is64)
		KUNIT_EXPECT_EQ(test, seg[nr - 1].vaddr - seg[nr - 1].paddr, FAKE_LINEAR);
}

static void whole_file(struct kunit *test, bool is64)
{
	struct fake *fake = fake_machine(test, is64);
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	size_t bytes;
	u8 *all;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_usual(fake);
	KUNIT_ASSERT_EQ(test, fake_build(fake, dump), 0);
	all = fake_read_all(fake, &dump->file, &bytes);
	check_loads(fake, all, bytes);
	/* Text is in the linear map's pages: header, notes, 40 and 101 pages. */
	KUNIT_EXPECT_EQ(test, bytes, (2 + 40 + 101) * PAGE_SIZE);
	kdump_dump_free(dump);
	oldmem_reader_trim(&fake->reader);
	KUNIT_EXPECT_EQ(test, fake->maps, fake->unmaps);
}

static void test_elf64(struct kunit *test)
{
	whole_file(test, true);
}

static void test_elf32(struct kunit *test)
{
	whole_file(test, false);
}

/* Any offset, any size: the same bytes as in one go. */
static void test_boundaries(struct kunit *test)
{
	struct fake *fake = fake_machine(test, true);
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	size_t bytes, off, len, want;
	struct rnd_state rnd;
	u8 *all, *part;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_usual(fake);
	/* A small window makes many boundaries. */
	fake->map_limit = 4 * PAGE_SIZE;
	KUNIT_ASSERT_EQ(test, fake_build(fake, dump), 0);
	all = fake_read_all(fake, &dump->file, &bytes);
	part = kunit_kmalloc(test, 9 * PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, part);

	prandom_seed_state(&rnd, 20260101);
	for (int i = 0; i < 2000; i++) {
		off = prandom_u32_state(&rnd) % (bytes + PAGE_SIZE);
		len = prandom_u32_state(&rnd) % (9 * PAGE_SIZE);
		if (i & 1)
			off = max(1, (int)(round_down(off, PAGE_SIZE) + (i >> 1) % 3 - 1));
		want = off < bytes ? min(len, bytes - off) : 0;
		KUNIT_ASSERT_EQ(test, fake_read(&dump->file, off, part, len), want);
		KUNIT_ASSERT_TRUE(test, !memcmp(part, all + min(off, bytes), want));
	}
	kdump_dump_free(dump);
	oldmem_reader_trim(&fake->reader);
	KUNIT_EXPECT_EQ(test, fake->maps, fake->unmaps);
}

/* Thread numbers: what was 0 or repeats gets one of its own, the rest stays. */
static void test_threads(struct kunit *test)
{
	static const u32 given[] = { 0, 123, 0, 123, 77 };
	static const u32 wanted[] = { 4194305, 123, 4194307, 4194308, 77 };
	struct fake *fake = fake_machine(test, true);
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	struct elf_prstatus prstatus;
	struct elfcore_note_iter it;
	struct elfcore_note note;
	size_t nr = 0;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	for (size_t i = 0; i < ARRAY_SIZE(given); i++)
		fake_cpu_note(fake, given[i]);
	fake_segment(fake, PT_LOAD, FAKE_LINEAR + fake_pa(8), fake_pa(8), fake_pa(8), PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, fake_build(fake, dump), 0);

	elfcore_note_walk(&it, dump->notes.buf, dump->notes.bytes);
	while (elfcore_note_next(&it, &note)) {
		KUNIT_ASSERT_EQ(test, note.desc_bytes, sizeof(prstatus));
		KUNIT_ASSERT_LT(test, nr, ARRAY_SIZE(wanted));
		memcpy(&prstatus, note.desc, sizeof(prstatus));
		KUNIT_EXPECT_EQ(test, prstatus.common.pr_pid, wanted[nr++]);
	}
	KUNIT_EXPECT_EQ(test, nr, ARRAY_SIZE(wanted));
	kdump_dump_free(dump);
	oldmem_reader_trim(&fake->reader);
}

/* Unsound notes and headers cost what is unsound and no more. */
static void test_unsound_notes(struct kunit *test)
{
	struct fake *fake = fake_machine(test, true);
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	size_t bytes;
	u8 *all;
	u32 *wild;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_cpu_note(fake, 5);
	wild = fake_note(fake, "CORE", NT_PRSTATUS, NULL, 64);
	*(wild - 4) = 0xfffffff0;	/* n_descsz: after it n_type and the name's 8 bytes */
	fake_cpu_note(fake, 6);
	fake_segment(fake, PT_NOTE, 0, FAKE_BASE_PA, FAKE_BASE_PA, U64_MAX);
	fake_segment(fake, PT_LOAD, FAKE_LINEAR + fake_pa(8), fake_pa(8), fake_pa(8), PAGE_SIZE);
	fake_segment(fake, PT_LOAD, 0, U64_MAX - 5, U64_MAX - 5, PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, fake_build(fake, dump), 0);
	KUNIT_EXPECT_EQ(test, dump->notes.cpus, 2);
	all = fake_read_all(fake, &dump->file, &bytes);
	KUNIT_EXPECT_TRUE(test, !memcmp(all + bytes - PAGE_SIZE, fake_va(fake, fake_pa(8)),
					PAGE_SIZE));
	kdump_dump_free(dump);
	oldmem_reader_trim(&fake->reader);
}

static void test_unusable_header(struct kunit *test)
{
	struct fake *fake = fake_machine(test, true);
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, dump);
	KUNIT_EXPECT_EQ(test, fake_build(fake, dump), -EINVAL);
	fake_usual(fake);
	fake->mem[0] = 0;
	KUNIT_EXPECT_EQ(test, fake_build(fake, dump), -EINVAL);
	KUNIT_EXPECT_EQ(test, oldmem_file_size(&dump->file), 0);
	oldmem_reader_trim(&fake->reader);
	KUNIT_EXPECT_EQ(test, fake->maps, fake->unmaps);
}

static int fill_device(struct vmcoredd_data *data, void *buf)
{
	memset(buf, 0x5a, data->size);
	return 0;
}

static int refuse_device(struct vmcoredd_data *data, void *buf)
{
	return -EIO;
}

static void test_device_dump(struct kunit *test)
{
	struct vmcoredd_data data = {
		.dump_name = "device", .size = PAGE_SIZE + 904, .vmcoredd_callback = fill_device,
	};
	struct fake *fake = fake_machine(test, true);
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	struct dump_device *device;
	struct elfcore_note_iter it;
	struct elfcore_note note;
	size_t bytes, before, nr = 0;
	struct elf64_phdr *phdr;
	u8 *all;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_usual(fake);
	KUNIT_ASSERT_EQ(test, fake_build(fake, dump), 0);
	before = oldmem_file_size(&dump->file);

	device = dump_device_collect(&data);
	KUNIT_ASSERT_FALSE(test, IS_ERR(device));
	list_add_tail(&device->node, &dump->devices);
	KUNIT_ASSERT_EQ(test, kdump_dump_layout(dump), 0);

	all = fake_read_all(fake, &dump->file, &bytes);
	KUNIT_EXPECT_EQ(test, bytes, before + 2 * PAGE_SIZE);
	check_loads(fake, all, bytes);

	/* The first note is the device's, the others follow without a gap. */
	phdr = (void *)all + sizeof(struct elf64_hdr);
	elfcore_note_walk(&it, all + phdr->p_offset, phdr->p_filesz);
	KUNIT_ASSERT_TRUE(test, elfcore_note_next(&it, &note));
	KUNIT_EXPECT_TRUE(test, elfcore_note_is(&note, VMCOREDD_NOTE_NAME, NT_VMCOREDD));
	KUNIT_EXPECT_STREQ(test, (const char *)note.desc, "device");
	KUNIT_EXPECT_EQ(test, ((u8 *)note.desc)[VMCOREDD_MAX_NAME_BYTES + data.size - 1], 0x5a);
	while (elfcore_note_next(&it, &note))
		nr++;
	KUNIT_EXPECT_EQ(test, nr, 4);
	KUNIT_EXPECT_EQ(test, it.why, ELFCORE_OK);
	kdump_dump_free(dump);
	oldmem_reader_trim(&fake->reader);
}

static void test_device_refused(struct kunit *test)
{
	struct vmcoredd_data data = {
		.dump_name = "device", .size = 16, .vmcoredd_callback = refuse_device,
	};

	KUNIT_EXPECT_EQ(test, PTR_ERR(dump_device_collect(&data)), -EIO);
	data.vmcoredd_callback = NULL;
	KUNIT_EXPECT_EQ(test, PTR_ERR(dump_device_collect(&data)), -EINVAL);
	data.vmcoredd_callback = fill_device;
	data.size = 0;
	KUNIT_EXPECT_EQ(test, PTR_ERR(dump_device_collect(&data)), -EINVAL);
	data.size = U32_MAX;
	KUNIT_EXPECT_EQ(test, PTR_ERR(dump_device_collect(&data)), -EINVAL);
	data.size = 16;
	memset(data.dump_name, 'x', sizeof(data.dump_name));
	KUNIT_EXPECT_EQ(test, PTR_ERR(dump_device_collect(&data)), -EINVAL);
	data.dump_name[0] = '\0';
	KUNIT_EXPECT_EQ(test, PTR_ERR(dump_device_collect(&data)), -EINVAL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_elf64),
	KUNIT_CASE(test_elf32),
	KUNIT_CASE(test_boundaries),
	KUNIT_CASE(test_threads),
	KUNIT_CASE(test_unsound_notes),
	KUNIT_CASE(test_unusable_header),
	KUNIT_CASE(test_device_dump),
	KUNIT_CASE(test_device_refused),
	{}
};

struct kunit_suite kdump_dump_suite = {
	.name = "kdump_dump",
	.test_cases = cases,
};
