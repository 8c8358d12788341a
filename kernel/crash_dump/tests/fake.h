/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A crashed machine made of a buffer, for the tests of the capture side.
 *
 * The source hands out pointers into the buffer and fails the test on any mapping that reaches
 * outside of what it was told to allow, so every test checks that nothing else is touched.
 */
#ifndef _KERNEL_CRASH_DUMP_TESTS_FAKE_H
#define _KERNEL_CRASH_DUMP_TESTS_FAKE_H

#include <kunit/test.h>
#include <linux/sizes.h>

#include "../dump.h"

/* The machine's memory; RAM begins at FAKE_BASE_PA. */
#define FAKE_BASE_PA		SZ_16M
#define FAKE_PAGES		256
#define FAKE_BYTES		(FAKE_PAGES * PAGE_SIZE)
#define FAKE_LINEAR		0xffff888000000000ULL
#define FAKE_TEXT		0xffffffff80000000ULL

/* Where things lie in it, by page. */
#define FAKE_HEADER_PAGE	0
#define FAKE_NOTES_PAGE		1
#define FAKE_RAM_PAGE		8

/**
 * struct fake - the machine
 * @test: fails on a wild mapping
 * @source: of its memory
 * @reader: over @source
 * @mem: its memory, a pattern
 * @map_limit: larger mappings fail
 * @refused_pa: a page whose mapping fails the test; 0: none
 * @poison_pa: a byte that the machine can not read; 0: none
 * @untouched: says which addresses are not to be read, if set
 * @maps: mappings made
 * @unmaps: mappings undone
 * @poisoned_reads: how often @poison_pa was touched
 * @segs: program headers so far
 * @is64: class of the ELF core header
 * @notes_bytes: in use of the page of notes
 */
struct fake {
	struct kunit *test;
	struct oldmem_source source;
	struct oldmem_reader reader;
	u8 *mem;
	size_t map_limit;
	u64 refused_pa;
	u64 poison_pa;
	bool (*untouched)(u64 pa);
	unsigned int maps;
	unsigned int unmaps;
	unsigned int poisoned_reads;
	unsigned int segs;
	bool is64;
	size_t notes_bytes;
};

struct fake *fake_machine(struct kunit *test, bool is64);
u64 fake_pa(unsigned int page);
void *fake_va(struct fake *fake, u64 pa);
void fake_segment(struct fake *fake, u32 type, u64 vaddr, u64 paddr, u64 source_pa, u64 bytes);
/* Each becomes a PT_NOTE; @desc may be NULL for zeros. Returns the content in old memory. */
void *fake_note(struct fake *fake, const char *name, u32 type, const void *desc, size_t bytes);
void fake_cpu_note(struct fake *fake, u32 pid);
/* Three CPUs, VMCOREINFO, kernel text, and RAM in two pieces that do not end with a page. */
void fake_usual(struct fake *fake);
int fake_build(struct fake *fake, struct kdump_dump *dump);
/* Reads into a kernel buffer; returns what oldmem_file_read() does. */
ssize_t fake_read(struct oldmem_file *file, u64 off, void *buf, size_t bytes);
/* All of the file. */
u8 *fake_read_all(struct fake *fake, struct oldmem_file *file, size_t *bytes);
/* What tests leave out, by the page's number: single pages, pairs, and a long run. */
bool fake_left_out(u64 pa);

#endif /* _KERNEL_CRASH_DUMP_TESTS_FAKE_H */
