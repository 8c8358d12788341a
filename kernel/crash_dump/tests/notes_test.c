// SPDX-License-Identifier: GPL-2.0-only
/*
 * The notes of a kernel that has not crashed: are they where and what their readers expect?
 *
 * VMCOREINFO and KDUMP are complete from boot on, so their form can be looked at here; the
 * registers and states of a real crash are looked at in the dumps of the crash matrix.
 *
 * The reader of the KDUMP note below knows uapi/linux/kdump.h and nothing of notes.c.
 */
#include <linux/crash_core.h>
#include <linux/crc32.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/kexec.h>
#include <linux/kexec_arch.h>
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmcore_info.h>
#include <uapi/linux/kdump.h>

#include "../notes.h"
#include "tests.h"

#define MAX_STACKS	32

/* The note at *@at of the buffer; *@at is moved behind it. */
static const struct elf_note *next_note(struct kunit *test, size_t *at, const char **name,
					const void **desc)
{
	const struct elf_note *note = (const void *)vmcoreinfo_note + *at;

	KUNIT_ASSERT_LE(test, *at + sizeof(*note), vmcoreinfo_note_bytes);
	*name = (const char *)(note + 1);
	*desc = *name + ALIGN(note->n_namesz, 4);
	*at += sizeof(*note) + ALIGN(note->n_namesz, 4) + ALIGN(note->n_descsz, 4);
	KUNIT_ASSERT_LE(test, *at, vmcoreinfo_note_bytes);
	return note;
}

static void test_vmcoreinfo(struct kunit *test)
{
	static const char * const wanted[] = {
		"OSRELEASE=", "\nBUILD-ID=", "\nSYMBOL(init_uts_ns)=",
		"\nOFFSET(page.flags)=0\n", "\nSYMBOL(prb)=", "\nLENGTH(zone.free_area)=",
	};
	const struct elf_note *note;
	const char *name;
	const void *desc;
	unsigned int i;
	size_t at = 0;
	char *text, page_size[32];

	note = next_note(test, &at, &name, &desc);
	KUNIT_EXPECT_STREQ(test, name, "VMCOREINFO");
	KUNIT_EXPECT_EQ(test, note->n_type, 0);
	KUNIT_EXPECT_EQ(test, note->n_descsz, vmcoreinfo_size);
	KUNIT_EXPECT_PTR_EQ(test, desc, (const void *)vmcoreinfo_data);

	text = kunit_kzalloc(test, note->n_descsz + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, text);
	memcpy(text, desc, note->n_descsz);
	KUNIT_EXPECT_EQ(test, strlen(text), note->n_descsz);
	KUNIT_EXPECT_EQ(test, text[note->n_descsz - 1], '\n');
	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(text, wanted[i]), "no line %s", wanted[i]);
	snprintf(page_size, sizeof(page_size), "\nPAGESIZE=%lu\n", PAGE_SIZE);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, page_size));
	/* That comes with the crash. */
	KUNIT_EXPECT_NULL(test, strstr(text, "CRASHTIME="));
}

static void check_cpus(struct kunit *test, const struct kdump_section_ser *section)
{
	const struct kdump_cpu_ser *cpu = (const void *)(section + 1);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, section->record_bytes, sizeof(*cpu));
	KUNIT_EXPECT_GE(test, section->records, num_possible_cpus());
	for (i = 0; i < section->records; i++) {
		KUNIT_EXPECT_EQ(test, cpu[i].cpu, i);
		KUNIT_EXPECT_EQ(test, cpu[i].state, KDUMP_CPU_RUNNING);
		KUNIT_EXPECT_EQ(test, cpu[i].stopped_ns, 0);
	}
}

static void check_crash(struct kunit *test, const struct kdump_section_ser *section)
{
	const struct kdump_crash_ser *crash = (const void *)(section + 1);

	KUNIT_EXPECT_EQ(test, section->record_bytes, sizeof(*crash));
	KUNIT_EXPECT_EQ(test, section->records, 1);
	KUNIT_EXPECT_EQ(test, crash->crashing_cpu, KDUMP_NO_CPU);
	KUNIT_EXPECT_EQ(test, crash->entries, 0);
}

static void check_sections(struct kunit *test, const void *all, u32 at, u32 total)
{
	const struct kdump_section_ser *section;
	unsigned int seen = 0;

	for (; at < total; at += section->bytes) {
		section = all + at;
		KUNIT_ASSERT_LE(test, at + sizeof(*section), total);
		KUNIT_ASSERT_GE(test, section->bytes, sizeof(*section));
		KUNIT_ASSERT_LE(test, at + section->bytes, total);
		KUNIT_EXPECT_EQ(test, section->bytes, sizeof(*section) +
				section->records * section->record_bytes);
		KUNIT_EXPECT_EQ(test, section->bytes % 8, 0);
		seen |= 1U << section->type;
		if (section->type == KDUMP_SECTION_CPUS)
			check_cpus(test, section);
		else if (section->type == KDUMP_SECTION_CRASH)
			check_crash(test, section);
	}
	KUNIT_EXPECT_EQ(test, at, total);
	KUNIT_EXPECT_EQ(test, seen, GENMASK(KDUMP_SECTION_COUNTS, KDUMP_SECTION_CRASH));
}

static void test_kdump_note(struct kunit *test)
{
	const struct kdump_header_ser *head;
	const struct elf_note *note;
	struct kdump_header_ser *copy;
	const char *name;
	const void *desc;
	size_t at = 0;
	u32 crc;

	next_note(test, &at, &name, &desc);
	note = next_note(test, &at, &name, &desc);
	KUNIT_ASSERT_STREQ(test, name, KDUMP_NOTE_NAME);
	KUNIT_EXPECT_EQ(test, note->n_type, KDUMP_NOTE_TYPE);

	copy = kunit_kmalloc(test, note->n_descsz, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy, desc, note->n_descsz);
	head = copy;
	KUNIT_EXPECT_EQ(test, head->magic, KDUMP_MAGIC);
	KUNIT_EXPECT_EQ(test, head->major, KDUMP_VERSION_MAJOR);
	KUNIT_EXPECT_EQ(test, head->flags, 0);
	KUNIT_ASSERT_EQ(test, head->total_bytes, note->n_descsz);
	KUNIT_ASSERT_EQ(test, head->header_bytes, sizeof(*head));
	check_sections(test, copy, head->header_bytes, head->total_bytes);

	crc = head->crc32;
	copy->crc32 = 0;
	KUNIT_EXPECT_EQ(test, crc, ~crc32_le(~0U, (u8 *)copy, copy->total_bytes));

	/* An empty note ends the list, and nothing follows. */
	KUNIT_EXPECT_NULL(test, memchr_inv((void *)vmcoreinfo_note + at, 0,
					   vmcoreinfo_note_bytes - at));
	KUNIT_EXPECT_GE(test, vmcoreinfo_note_bytes - at, sizeof(*note));
}

static void test_cpu_buffers(struct kunit *test)
{
	unsigned int cpu;

	KUNIT_ASSERT_NOT_NULL(test, (void __force *)crash_notes);
	for_each_possible_cpu(cpu) {
		void *buf = per_cpu_ptr(crash_notes, cpu);

		KUNIT_EXPECT_LE(test, offset_in_page(buf) + sizeof(note_buf_t), PAGE_SIZE);
		KUNIT_EXPECT_NULL(test, memchr_inv(buf, 0, sizeof(note_buf_t)));
	}
}

static u64 stack_pa(const void *va)
{
	if (is_vmalloc_addr(va))
		return PFN_PHYS(vmalloc_to_pfn(va)) + offset_in_page(va);
	return virt_to_phys((void *)va);
}

/* The pieces of this CPU's stacks must hold the place where we stand. */
static void test_stacks(struct kunit *test)
{
	struct kdump_stack_ser *s;
	unsigned int cpu, nr, i, hits = 0;
	unsigned long here;

	s = kunit_kcalloc(test, MAX_STACKS, sizeof(*s), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s);
	cpu = get_cpu();
	nr = crash_list_stacks(cpu, current, s, MAX_STACKS);
	put_cpu();

	KUNIT_ASSERT_GT(test, nr, 0);
	KUNIT_ASSERT_LT(test, nr, MAX_STACKS);
	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_GT(test, s[i].bytes, 0);
		KUNIT_EXPECT_EQ(test, s[i].va % PAGE_SIZE, s[i].pa % PAGE_SIZE);
		here = (unsigned long)&here;
		if (here < s[i].va || here >= s[i].va + s[i].bytes)
			continue;
		hits++;
		KUNIT_EXPECT_EQ(test, s[i].kind, KDUMP_STACK_TASK);
		KUNIT_EXPECT_EQ(test, s[i].pa + (here - s[i].va), stack_pa(&here));
	}
	KUNIT_EXPECT_EQ(test, hits, 1);
}

/* Fewer entries than there are pieces: no more may be written. */
static void test_stacks_bounded(struct kunit *test)
{
	struct kdump_stack_ser *s = kunit_kcalloc(test, 2, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_EQ(test, crash_list_stacks(raw_smp_processor_id(), current, s, 1), 1);
	KUNIT_EXPECT_NULL(test, memchr_inv(&s[1], 0, sizeof(s[1])));
}

static noinline void capture(struct pt_regs *regs, unsigned long *frame)
{
	*frame = (unsigned long)__builtin_frame_address(0);
	kexec_arch_ops.crash_save_regs(regs);
	barrier();
}

static void test_registers(struct kunit *test)
{
	struct pt_regs *regs = kunit_kzalloc(test, sizeof(*regs), GFP_KERNEL);
	unsigned long frame, offset;

	KUNIT_ASSERT_NOT_NULL(test, regs);
	capture(regs, &frame);
	offset = instruction_pointer(regs) - (unsigned long)capture;
	KUNIT_EXPECT_GT(test, offset, 0);
	KUNIT_EXPECT_LT(test, offset, 256);
	KUNIT_EXPECT_LE(test, kernel_stack_pointer(regs), frame);
	KUNIT_EXPECT_GT(test, kernel_stack_pointer(regs), frame - 256);
	KUNIT_EXPECT_FALSE(test, user_mode(regs));
}

/* Of the documented cases the one that a test can make: the idle task's death is a panic. */
static void test_should_crash(struct kunit *test)
{
	struct task_struct *idle = kunit_kzalloc(test, sizeof(*idle), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, idle);
	/* A zeroed task has pid 0. */
	KUNIT_EXPECT_TRUE(test, kexec_should_crash(idle));
}

static struct kunit_case notes_cases[] = {
	KUNIT_CASE(test_vmcoreinfo),
	KUNIT_CASE(test_kdump_note),
	KUNIT_CASE(test_cpu_buffers),
	KUNIT_CASE(test_stacks),
	KUNIT_CASE(test_stacks_bounded),
	KUNIT_CASE(test_registers),
	KUNIT_CASE(test_should_crash),
	{}
};

struct kunit_suite kdump_notes_suite = {
	.name = "kdump_notes",
	.test_cases = notes_cases,
};
