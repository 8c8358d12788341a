// SPDX-License-Identifier: GPL-2.0-only
/*
 * The crashed kernel, as its ELF core header tells of it.
 *
 * The header was written by a loader or by the crashed kernel and may have been overwritten by
 * what crashed it. The pure parser decides what is sound; this file fetches the bytes, prints the
 * parser's findings and derives the two views of RAM: where the bytes are now (/proc/vmcore),
 * and by the address that the crashed kernel knew them by (/dev/oldmem). The two differ where
 * the capture kernel needed the memory and it was copied away before.
 *
 * Pages are shown whole: a segment that begins or ends inside a page is rounded out, so that
 * everything can be mapped. Two segments that meet inside a page share it.
 *
 * Interface: crashed.h. Context: process context of the capture kernel; may sleep.
 */
#define pr_fmt(fmt) "vmcore: " fmt

#include <linux/bits.h>
#include <linux/elf.h>
#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "crashed.h"

/* Findings of one header that are printed; a header full of noise must not fill the log. */
#define CRASHED_FINDINGS	24

/*
 * Largest PT_NOTE: VMCOREINFO and the KDUMP note share one, which grows with the number of CPUs up
 * to the page allocator's largest piece (4 MiB); a CPU's has less than a page.
 */
#define CRASHED_NOTE_BYTES	SZ_16M

/* A PT_NOTE for each CPU that Linux can have, and as many pieces of RAM. */
#define CRASHED_PHNUM		16384

/* Keeps every file offset below S64_MAX, headers and notes included. */
#define CRASHED_TOTAL_BYTES	BIT_ULL(62)

void kdump_crashed_limits(struct elfcore_limits *limits)
{
	*limits = (struct elfcore_limits) {
		.machine = {
			ELF_ARCH,
			/* A 64-bit capture kernel can read what an i386 one left. */
			IS_ENABLED(CONFIG_X86_64) ? EM_386 : EM_NONE,
		},
		.max_phnum = CRASHED_PHNUM,
		.max_note_bytes = CRASHED_NOTE_BYTES,
		.max_total_bytes = CRASHED_TOTAL_BYTES,
	};
#ifdef MAX_PHYSMEM_BITS
	limits->max_pa = BIT_ULL(MAX_PHYSMEM_BITS);
#else
	limits->max_pa = BIT_ULL(sizeof(phys_addr_t) > 4 ? 52 : 32);
#endif
	/* What this very CPU can not address: a page table entry of it is a fault, too. */
	limits->max_pa = min(limits->max_pa - 1, (u64)iomem_resource.end) + 1;
}
EXPORT_SYMBOL_IF_KUNIT(kdump_crashed_limits);

static void print_finding(const struct elfcore_finding *f)
{
	if (f->index == ELFCORE_EHDR)
		pr_warn("ELF core header: %s (%#llx)\n", elfcore_reason_text(f->reason), f->value);
	else
		pr_warn("ELF core header, program header %u: %s (%#llx)\n", f->index,
			elfcore_reason_text(f->reason), f->value);
}

static void print_findings(const struct elfcore_findings *found)
{
	for (size_t i = 0; i < found->nr; i++)
		print_finding(&found->f[i]);
	if (found->lost)
		pr_warn("ELF core header: %zu more findings of that kind\n", found->lost);
}

/* Fetches the first @want bytes of the header, or all that there are. */
static void *fetch_header(struct oldmem_reader *reader, u64 pa, u64 bytes, u64 want, size_t *got)
{
	void *buf;
	int err;

	/* The largest header that the limits let through is far below this. */
	if (want > SZ_4M) {
		pr_warn("ELF core header: its tables are said to end at byte %llu\n", want);
		return ERR_PTR(-EINVAL);
	}
	*got = bytes ? min(bytes, want) : want;

	buf = kvzalloc(*got, GFP_KERNEL);
	if (!buf)
		return ERR_PTR(-ENOMEM);
	err = oldmem_read_kernel(reader, pa, *got, false, buf);
	if (err) {
		kvfree(buf);
		return ERR_PTR(err);
	}
	return buf;
}

/*
 * The whole header: it tells only step by step how long it is (the ELF header, in rare cases
 * a section header, the table).
 */
static void *fetch_all(struct kdump_crashed *crashed, struct oldmem_reader *reader, u64 pa,
		       u64 bytes, const struct elfcore_limits *limits, size_t *got,
		       struct elfcore_findings *found)
{
	u64 want = ELFCORE_PROBE_BYTES;
	void *buf;
	int err;

	for (int step = 0; step < 3; step++) {
		buf = fetch_header(reader, pa, bytes, want, got);
		if (IS_ERR(buf))
			return buf;
		err = elfcore_probe(buf, *got, limits, &crashed->header, found);
		if (err && err != -EAGAIN)
			break;
		want = crashed->header.need_bytes;
		if (!err && (*got >= want || *got == bytes))
			return buf;
		kvfree(buf);
		buf = NULL;
		if (err && bytes && want > bytes) {
			pr_warn("ELF core header: %llu bytes long, elfcorehdr= says %llu\n",
				want, bytes);
			break;
		}
	}
	kvfree(buf);
	return ERR_PTR(-EINVAL);
}

int kdump_crashed_read(struct kdump_crashed *crashed, struct oldmem_reader *reader, u64 pa,
		       u64 bytes, const struct elfcore_limits *limits)
{
	struct elfcore_finding *storage;
	struct elfcore_findings found = { .cap = CRASHED_FINDINGS };
	size_t got;
	void *buf;
	int nr;

	memset(crashed, 0, sizeof(*crashed));
	storage = kcalloc(CRASHED_FINDINGS, sizeof(*storage), GFP_KERNEL);
	if (!storage)
		return -ENOMEM;
	found.f = storage;

	buf = fetch_all(crashed, reader, pa, bytes, limits, &got, &found);
	if (IS_ERR(buf)) {
		nr = PTR_ERR(buf);
		pr_err("the ELF core header at %#llx can not be used (%d)\n", pa, nr);
		goto out;
	}

	nr = -ENOMEM;
	crashed->seg = kvcalloc(crashed->header.phnum, sizeof(*crashed->seg), GFP_KERNEL);
	if (crashed->seg)
		nr = elfcore_segments(buf, got, limits, &crashed->header, crashed->seg,
				      crashed->header.phnum, &found);
	if (nr > 0)
		crashed->nr = nr;
	kvfree(buf);
out:
	print_findings(&found);
	kfree(storage);
	if (nr < 0)
		kdump_crashed_free(crashed);
	return nr < 0 ? nr : 0;
}

void kdump_crashed_free(struct kdump_crashed *crashed)
{
	kvfree(crashed->seg);
	memset(crashed, 0, sizeof(*crashed));
}

int kdump_crashed_ram(const struct kdump_crashed *crashed, struct kdump_ranges *ram)
{
	const struct elfcore_seg *seg;
	int err;

	for (size_t i = 0; i < crashed->nr; i++) {
		seg = &crashed->seg[i];
		if (seg->type != PT_LOAD || !seg->filesz)
			continue;
		err = kdump_ranges_add(ram, round_down(seg->offset, (u64)PAGE_SIZE),
				       round_up(seg->offset + seg->filesz, (u64)PAGE_SIZE));
		if (err)
			return err;
	}
	return 0;
}

/* By physical address; of equal ones, the first of the header first. */
static int by_paddr(const void *a, const void *b)
{
	const struct elfcore_seg *left = *(const struct elfcore_seg **)a;
	const struct elfcore_seg *right = *(const struct elfcore_seg **)b;

	if (left->paddr != right->paddr)
		return left->paddr < right->paddr ? -1 : 1;
	return left->index < right->index ? -1 : left->index > right->index;
}

/* Appends the pages of one segment, as far as the file does not have these addresses already. */
static int add_physmem(struct kdump_extents *x, const struct elfcore_seg *seg,
		       const struct elfcore_limits *limits)
{
	u64 start = round_down(seg->paddr, (u64)PAGE_SIZE);
	u64 end = round_up(seg->paddr + seg->filesz, (u64)PAGE_SIZE);
	u64 source = round_down(seg->offset, (u64)PAGE_SIZE);
	u64 size = kdump_extents_size(x);
	int err;

	if (limits->max_pa &&
	    (seg->paddr >= limits->max_pa || seg->filesz > limits->max_pa - seg->paddr)) {
		pr_warn("program header %u: physical address %#llx is beyond what can be; not in /dev/oldmem\n",
			seg->index, seg->paddr);
		return 0;
	}
	if (end <= size)
		return 0;
	if (offset_in_page(seg->paddr) != offset_in_page(seg->offset)) {
		pr_warn("program header %u: %#llx and %#llx lie at different places in a page; not in /dev/oldmem\n",
			seg->index, seg->paddr, seg->offset);
		return 0;
	}
	if (start < size) {
		source += size - start;
		start = size;
	}
	err = kdump_extents_add_zero(x, start - size);
	return err ? err : kdump_extents_add_oldmem(x, source, end - start);
}

int kdump_crashed_physmem(const struct kdump_crashed *crashed, struct kdump_extents *x,
			  const struct elfcore_limits *limits)
{
	const struct elfcore_seg **sorted;
	size_t nr = 0;
	int err = 0;

	sorted = kvcalloc(crashed->nr, sizeof(*sorted), GFP_KERNEL);
	if (!sorted)
		return -ENOMEM;

	for (size_t i = 0; i < crashed->nr; i++)
		if (crashed->seg[i].type == PT_LOAD && crashed->seg[i].filesz)
			sorted[nr++] = &crashed->seg[i];
	sort(sorted, nr, sizeof(*sorted), by_paddr, NULL);

	for (size_t i = 0; i < nr && !err; i++)
		err = add_physmem(x, sorted[i], limits);
	kvfree(sorted);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(kdump_crashed_physmem);
