// SPDX-License-Identifier: GPL-2.0-only
/* What is no old memory; windows over it, vmcore callbacks, stacks, memory by physical address. */
#include <linux/crash_dump.h>
#include <linux/crc32.h>
#include <linux/elf.h>
#include <linux/jiffies.h>
#include <linux/kexec_arch.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include <uapi/linux/kdump.h>

#include "fake.h"
#include "tests.h"

static ssize_t read_pa(struct fake *fake, u64 pa, void *buf, size_t bytes)
{
	return oldmem_read_kernel(&fake->reader, pa, bytes, false, buf);
}

/* Many places in turn: windows are reused, replaced, and all given back. */
static void test_windows(struct kunit *test)
{
	struct fake *fake = fake_machine(test, true);
	u8 *buf = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);
	unsigned int maps;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	for (unsigned int page = FAKE_RAM_PAGE; page < FAKE_PAGES; page++) {
		KUNIT_ASSERT_EQ(test, read_pa(fake, fake_pa(page) + 3, buf, 100), 0);
		KUNIT_ASSERT_TRUE(test, !memcmp(buf, fake_va(fake, fake_pa(page) + 3), 100));
	}
	/* The last page's window is still there. */
	maps = fake->maps;
	KUNIT_ASSERT_EQ(test, read_pa(fake, fake_pa(FAKE_PAGES - 1), buf, 100), 0);
	KUNIT_EXPECT_EQ(test, fake->maps, maps);
	KUNIT_EXPECT_EQ(test, fake->maps - fake->unmaps, OLDMEM_WINDOWS);
	oldmem_reader_trim(&fake->reader);
	KUNIT_EXPECT_EQ(test, fake->maps, fake->unmaps);
}

static void test_unmappable(struct kunit *test)
{
	struct fake *fake = fake_machine(test, true);
	u8 buf[16];

	fake->map_limit = 0;
	KUNIT_EXPECT_EQ(test, read_pa(fake, fake_pa(9), buf, sizeof(buf)), -EIO);
	fake->map_limit = PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, read_pa(fake, fake_pa(9), buf, sizeof(buf)), 0);
	KUNIT_EXPECT_EQ(test, read_pa(fake, U64_MAX - 7, buf, sizeof(buf)), -EINVAL);
	oldmem_reader_trim(&fake->reader);
	KUNIT_EXPECT_EQ(test, fake->maps, fake->unmaps);
}

static u64 refused_pa;

static bool refuse_one(struct vmcore_cb *cb, unsigned long pfn)
{
	return PFN_PHYS(pfn) != refused_pa;
}

/* A refused page is zeros and not mapped, its neighbours are what they were. */
static void test_callback(struct kunit *test)
{
	struct vmcore_cb cb = { .pfn_is_ram = refuse_one };
	struct fake *fake = fake_machine(test, true);
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	size_t bytes;
	u8 *all;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_segment(fake, PT_LOAD, FAKE_LINEAR + fake_pa(8), fake_pa(8), fake_pa(8),
		     3 * PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, fake_build(fake, dump), 0);

	refused_pa = fake_pa(9);
	fake->refused_pa = refused_pa;
	register_vmcore_cb(&cb);
	all = fake_read_all(fake, &dump->file, &bytes);
	unregister_vmcore_cb(&cb);
	all += bytes - 3 * PAGE_SIZE;
	KUNIT_EXPECT_TRUE(test, !memcmp(all, fake_va(fake, fake_pa(8)), PAGE_SIZE));
	KUNIT_EXPECT_NULL(test, memchr_inv(all + PAGE_SIZE, 0, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, !memcmp(all + 2 * PAGE_SIZE, fake_va(fake, fake_pa(10)),
					PAGE_SIZE));
	kdump_dump_free(dump);
	oldmem_reader_trim(&fake->reader);
}

/* A window from before a callback does not outlive its registration; the next ones are cut. */
static void test_callback_late(struct kunit *test)
{
	struct vmcore_cb cb = { .pfn_is_ram = refuse_one };
	struct fake *fake = fake_machine(test, true);
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	const u64 asked = OLDMEM_ASKED_BYTES;
	unsigned int maps, stretches;
	u8 buf[64];
	u64 off;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_segment(fake, PT_LOAD, FAKE_LINEAR + fake_pa(8), fake_pa(8), fake_pa(8),
		     100 * PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, fake_build(fake, dump), 0);
	KUNIT_ASSERT_EQ(test, kdump_extents_pa_to_off(&dump->file.x, fake_pa(8), PAGE_SIZE, &off),
			0);
	KUNIT_ASSERT_EQ(test, fake_read(&dump->file, off, buf, sizeof(buf)), sizeof(buf));
	KUNIT_ASSERT_GT(test, fake->maps, fake->unmaps);

	refused_pa = fake_pa(50);
	fake->refused_pa = refused_pa;
	register_vmcore_cb(&cb);
	KUNIT_EXPECT_EQ(test, fake->maps, fake->unmaps);

	/*
	 * A window for each stretch for which callbacks are asked; in that of the refused page one
	 * on each side, and none for the page itself.
	 */
	stretches = (round_up(fake_pa(108), asked) - round_down(fake_pa(8), asked)) / asked;
	maps = fake->maps;
	for (unsigned int page = 8; page < 108; page++) {
		u64 at = off + (page - 8) * PAGE_SIZE;

		KUNIT_ASSERT_EQ(test, fake_read(&dump->file, at, buf, sizeof(buf)), sizeof(buf));
		if (page == 50)
			KUNIT_EXPECT_NULL(test, memchr_inv(buf, 0, sizeof(buf)));
		else
			KUNIT_EXPECT_TRUE(test, !memcmp(buf, fake_va(fake, fake_pa(page)),
							sizeof(buf)));
	}
	KUNIT_EXPECT_EQ(test, fake->maps - maps, stretches + 1);
	unregister_vmcore_cb(&cb);
	kdump_dump_free(dump);
	oldmem_reader_trim(&fake->reader);
	KUNIT_EXPECT_EQ(test, fake->maps, fake->unmaps);
}

/* By physical address: holes are zeros, what was copied away is at its old place. */
static void test_physmem(struct kunit *test)
{
	struct fake *fake = fake_machine(test, true);
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	struct elfcore_limits limits;
	struct kdump_extent storage[8];
	struct oldmem_file file = { };
	size_t bytes;
	u8 *all;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_segment(fake, PT_LOAD, FAKE_LINEAR + fake_pa(8), fake_pa(8), fake_pa(8),
		     2 * PAGE_SIZE);
	/* The first two pages of the machine, copied to page 100. */
	fake_segment(fake, PT_LOAD, FAKE_LINEAR, 0, fake_pa(100), 2 * PAGE_SIZE - 0x100);
	KUNIT_ASSERT_EQ(test, fake_build(fake, dump), 0);
	kdump_extents_init(&file.x, storage, ARRAY_SIZE(storage));
	file.reader = &fake->reader;
	kdump_crashed_limits(&limits);
	KUNIT_ASSERT_EQ(test, kdump_crashed_physmem(&dump->crashed, &file.x, &limits), 0);
	KUNIT_EXPECT_EQ(test, oldmem_file_size(&file), fake_pa(10));

	all = fake_read_all(fake, &file, &bytes);
	KUNIT_EXPECT_TRUE(test, !memcmp(all, fake_va(fake, fake_pa(100)), 2 * PAGE_SIZE));
	KUNIT_EXPECT_NULL(test, memchr_inv(all + 2 * PAGE_SIZE, 0, fake_pa(8) - 2 * PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, !memcmp(all + fake_pa(8), fake_va(fake, fake_pa(8)),
					2 * PAGE_SIZE));
	kdump_dump_free(dump);
	oldmem_reader_trim(&fake->reader);
}

#define STACK_VA	0xffffc90000010000ULL

struct stack_record {
	struct kdump_header_ser head;
	struct kdump_section_ser section;
	struct kdump_stack_ser stack[4];
} __packed;

/* A record of four pieces: two that are one stack, one outside of RAM, one unused. */
static void add_record(struct fake *fake, u32 damage)
{
	struct stack_record record = {
		.head = {
			.magic = KDUMP_MAGIC, .major = KDUMP_VERSION_MAJOR,
			.header_bytes = sizeof(record.head), .total_bytes = sizeof(record),
			.flags = KDUMP_SEALED,
		},
		.section = {
			.type = KDUMP_SECTION_STACKS,
			.bytes = sizeof(record.section) + sizeof(record.stack),
			.record_bytes = sizeof(record.stack[0]), .records = 4,
		},
		.stack = {
			{ .va = STACK_VA, .pa = fake_pa(20), .bytes = PAGE_SIZE,
			  .kind = KDUMP_STACK_TASK },
			{ .va = STACK_VA + PAGE_SIZE, .pa = fake_pa(21), .bytes = PAGE_SIZE,
			  .kind = KDUMP_STACK_TASK },
			{ .va = STACK_VA + SZ_1M, .pa = fake_pa(60), .bytes = PAGE_SIZE,
			  .kind = KDUMP_STACK_IRQ },
		},
	};

	record.head.crc32 = ~crc32_le(~0, (void *)&record, sizeof(record)) + damage;
	fake_note(fake, KDUMP_NOTE_NAME, KDUMP_NOTE_TYPE, &record, sizeof(record));
}

static void stacks_of(struct kunit *test, u32 damage, size_t loads)
{
	struct fake *fake = fake_machine(test, true);
	struct kdump_dump *dump = kunit_kzalloc(test, sizeof(*dump), GFP_KERNEL);
	const struct dump_load *stack;
	u8 buf[64];
	u64 off;

	KUNIT_ASSERT_NOT_NULL(test, dump);
	fake_usual(fake);
	add_record(fake, damage);
	KUNIT_ASSERT_EQ(test, fake_build(fake, dump), 0);
	KUNIT_ASSERT_EQ(test, dump->loads.nr, loads);
	/* No growth: as in the dump without it. */
	KUNIT_EXPECT_EQ(test, oldmem_file_size(&dump->file), (2 + 40 + 101) * PAGE_SIZE);
	if (loads == 4) {
		stack = &dump->loads.l[1];
		KUNIT_EXPECT_EQ(test, stack->vaddr, STACK_VA);
		KUNIT_EXPECT_EQ(test, stack->filesz, 2 * PAGE_SIZE);
		KUNIT_ASSERT_EQ(test, kdump_extents_pa_to_off(&dump->file.x, stack->source_pa,
							      stack->filesz, &off), 0);
		KUNIT_EXPECT_EQ(test, fake_read(&dump->file, off, buf, sizeof(buf)), sizeof(buf));
		KUNIT_EXPECT_TRUE(test, !memcmp(buf, fake_va(fake, fake_pa(20)), sizeof(buf)));
	}
	kdump_dump_free(dump);
	oldmem_reader_trim(&fake->reader);
}

static void test_stacks(struct kunit *test)
{
	stacks_of(test, 0, 4);
}

static void test_stacks_damaged(struct kunit *test)
{
	stacks_of(test, 1, 3);
}

static void expect_own(struct kunit *test, phys_addr_t pa)
{
	KUNIT_EXPECT_TRUE(test, kexec_arch_ops.oldmem_is_own(pa, PAGE_SIZE));
	KUNIT_EXPECT_NULL(test, kexec_arch_ops.oldmem_map(pa, PAGE_SIZE, false));
}

/* This kernel's own is no old memory: what it allocates, and its image, which is reserved. */
static void test_own(struct kunit *test)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	expect_own(test, __pa(page));
	free_page((unsigned long)page);
	expect_own(test, round_down(__pa_symbol(&jiffies), PAGE_SIZE));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_own),
	KUNIT_CASE(test_windows),
	KUNIT_CASE(test_unmappable),
	KUNIT_CASE(test_callback),
	KUNIT_CASE(test_callback_late),
	KUNIT_CASE(test_physmem),
	KUNIT_CASE(test_stacks),
	KUNIT_CASE(test_stacks_damaged),
	{}
};

struct kunit_suite kdump_oldmem_suite = {
	.name = "kdump_oldmem",
	.test_cases = cases,
};
