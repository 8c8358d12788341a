// SPDX-License-Identifier: GPL-2.0-only
/*
 * The stacks on which the crashed kernel's CPUs were, as PT_LOADs at their virtual addresses.
 *
 * With CONFIG_VMAP_STACK a stack lies at addresses that no PT_LOAD of an ELF core header has, and
 * gdb, which knows nothing of page tables, stops at the first frame. The crashed kernel noted
 * where they are (uapi/linux/kdump.h). Each piece becomes a PT_LOAD that names the place which
 * its page has in the file anyway, so the dump does not grow.
 *
 * The record is untrusted input. It is used as a whole (checksum, version) or not at all; then
 * each piece must lie in the dump's RAM. Without it the dump is complete but for these.
 *
 * Interface: dump.h. Context: process context of the capture kernel; may sleep.
 */
#define pr_fmt(fmt) "vmcore: " fmt

#include <linux/crc32.h>
#include <linux/elf.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <uapi/linux/kdump.h>

#include "dump.h"

/*
 * PT_LOADs of stacks at most: some 1600 CPUs with all their stacks in single pages. It keeps the
 * number of program headers below PN_XNUM, above which not every reader can follow.
 */
#define STACK_LOADS		32768

/**
 * struct stack_walk - the stacks being added
 * @loads: where to
 * @crashed: the segments
 * @added: PT_LOADs so far
 * @outside: pieces that do not lie in the dump's RAM
 * @lost: pieces above STACK_LOADS
 */
struct stack_walk {
	struct dump_loads *loads;
	const struct kdump_crashed *crashed;
	unsigned int added;
	unsigned int outside;
	unsigned int lost;
};

static bool checksum_fits(void *record, size_t bytes)
{
	struct kdump_header_ser *head = record;
	u32 said = head->crc32;

	head->crc32 = 0;
	return said == ~crc32_le(~0, record, bytes);
}

/* What is wrong with the record as a whole, or NULL. */
static const char *check_record(void *record, size_t bytes)
{
	const struct kdump_header_ser *head = record;

	if (bytes < sizeof(*head) || head->magic != KDUMP_MAGIC)
		return "it does not begin with \"KDMP\"";
	if (head->major != KDUMP_VERSION_MAJOR)
		return "its version is not one that this kernel knows";
	if (head->header_bytes < sizeof(*head) || !IS_ALIGNED(head->header_bytes, 8) ||
	    head->header_bytes > head->total_bytes || head->total_bytes > bytes)
		return "its sizes run over its end";
	if (!checksum_fits(record, head->total_bytes))
		return "its checksum does not match, so it was overwritten";
	return NULL;
}

/* The segment that holds all of [pa, pa + bytes) in the file. */
static const struct elfcore_seg *segment_of(const struct kdump_crashed *crashed, u64 pa, u64 bytes)
{
	const struct elfcore_seg *seg;

	for (size_t i = 0; i < crashed->nr; i++) {
		seg = &crashed->seg[i];
		if (seg->type == PT_LOAD && pa >= seg->paddr && pa - seg->paddr < seg->filesz &&
		    bytes <= seg->filesz - (pa - seg->paddr))
			return seg;
	}
	return NULL;
}

static bool va_is_shown(const struct kdump_crashed *crashed, u64 va, u64 bytes)
{
	const struct elfcore_seg *seg;

	for (size_t i = 0; i < crashed->nr; i++) {
		seg = &crashed->seg[i];
		if (seg->type == PT_LOAD && seg->vaddr != ELFCORE_NO_VADDR &&
		    va < seg->vaddr + seg->memsz && seg->vaddr < va + bytes)
			return true;
	}
	return false;
}

/* Lengthens the last PT_LOAD if the piece continues it. */
static bool continues_last(struct stack_walk *w, u64 va, u64 source_pa, u64 pa, u64 bytes)
{
	struct dump_load *last;

	if (!w->added)
		return false;
	last = &w->loads->l[w->loads->nr - 1];
	if (last->vaddr + last->filesz != va || last->paddr + last->filesz != pa ||
	    last->source_pa + last->filesz != source_pa)
		return false;
	last->filesz += bytes;
	last->memsz += bytes;
	return true;
}

static int add_stack(struct stack_walk *w, const struct kdump_stack_ser *stack)
{
	const struct elfcore_seg *seg;
	struct dump_load load;
	u64 end;
	int err;

	if (stack->kind == KDUMP_STACK_NONE || !stack->bytes)
		return 0;
	if (check_add_overflow(stack->va, (u64)stack->bytes, &end) ||
	    (!w->crashed->header.is64 && end > U32_MAX)) {
		w->outside++;
		return 0;
	}
	seg = segment_of(w->crashed, stack->pa, stack->bytes);
	if (!seg) {
		if (!w->outside++)
			pr_warn("a stack of CPU %u, %u bytes at %#llx, lies outside of the dump's RAM; not shown\n",
				stack->cpu, stack->bytes, stack->pa);
		return 0;
	}
	if (va_is_shown(w->crashed, stack->va, stack->bytes))
		return 0;

	load = (struct dump_load) {
		.source_pa = seg->offset + (stack->pa - seg->paddr),
		.vaddr = stack->va,
		.paddr = stack->pa,
		.filesz = stack->bytes,
		.memsz = stack->bytes,
		.flags = PF_R | PF_W,
	};
	if (continues_last(w, load.vaddr, load.source_pa, load.paddr, load.filesz))
		return 0;
	if (w->added == STACK_LOADS) {
		w->lost++;
		return 0;
	}
	err = dump_loads_add(w->loads, &load);
	if (!err)
		w->added++;
	return err;
}

static int add_section(struct stack_walk *w, const struct kdump_section_ser *section)
{
	struct kdump_stack_ser stack;
	const void *record = section + 1;
	u32 known = min_t(u32, section->record_bytes, sizeof(stack));
	int err = 0;

	for (u32 i = 0; i < section->records && !err; i++) {
		memset(&stack, 0, sizeof(stack));
		memcpy(&stack, record + (size_t)i * section->record_bytes, known);
		err = add_stack(w, &stack);
	}
	return err;
}

/* A section whose records end inside of it. */
static bool section_is_sound(const struct kdump_section_ser *section, size_t room)
{
	return section->bytes >= sizeof(*section) && section->bytes <= room &&
	       IS_ALIGNED(section->bytes, 8) && section->record_bytes &&
	       (u64)section->records * section->record_bytes <= section->bytes - sizeof(*section);
}

static int walk_sections(struct stack_walk *w, const void *record)
{
	const struct kdump_header_ser *head = record;
	const struct kdump_section_ser *section;
	u32 pos = head->header_bytes;
	int err = 0;

	while (!err && head->total_bytes - pos >= sizeof(*section)) {
		section = record + pos;
		if (!section_is_sound(section, head->total_bytes - pos)) {
			pr_warn("KDUMP note: the section at byte %u has wrong sizes; the rest is left out\n",
				pos);
			break;
		}
		if (section->type == KDUMP_SECTION_STACKS)
			err = add_section(w, section);
		pos += section->bytes;
	}
	return err;
}

static int use_record(struct dump_loads *loads, const struct kdump_crashed *crashed, void *record,
		      size_t bytes)
{
	const struct kdump_header_ser *head = record;
	struct stack_walk w = { .loads = loads, .crashed = crashed };
	const char *fault = check_record(record, bytes);
	int err;

	if (fault) {
		pr_warn("KDUMP note: %s; the dump does not show the CPUs' stacks\n", fault);
		return 0;
	}
	if (!(head->flags & KDUMP_SEALED))
		pr_warn("KDUMP note: written before all CPUs had stopped; some stacks may be missing\n");

	err = walk_sections(&w, record);
	if (w.outside)
		pr_warn("KDUMP note: %u pieces of stacks are not in the dump's RAM\n", w.outside);
	if (w.lost)
		pr_warn("KDUMP note: %u pieces of stacks left out, there may be %u\n", w.lost,
			STACK_LOADS);
	return err;
}

int dump_stacks_add(struct dump_loads *loads, const struct kdump_crashed *crashed,
		    const struct dump_notes *notes)
{
	struct elfcore_note_iter it;
	struct elfcore_note note;
	void *record;
	int err;

	elfcore_note_walk(&it, notes->buf, notes->bytes);
	do {
		if (!elfcore_note_next(&it, &note)) {
			pr_info("no KDUMP note: the dump does not show the CPUs' stacks\n");
			return 0;
		}
	} while (!elfcore_note_is(&note, KDUMP_NOTE_NAME, KDUMP_NOTE_TYPE));

	/* A note aligns its content to 4 bytes only. */
	record = kvmalloc(note.desc_bytes, GFP_KERNEL);
	if (!record)
		return -ENOMEM;
	memcpy(record, note.desc, note.desc_bytes);
	err = use_record(loads, crashed, record, note.desc_bytes);
	kvfree(record);
	return err;
}
