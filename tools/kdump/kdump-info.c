// SPDX-License-Identifier: GPL-2.0-only
/*
 * kdump-info: what a dump's KDUMP note says of the crashed kernel's pages, and how many there are
 * of each class.
 *
 * An example of a reader: it takes nothing but include/uapi/linux/kdump.h and the dump, and does
 * step by step what is written there, one page at a time. (The capture kernel's own reader, in
 * kernel/crash_dump/pagefilter.c, does the same in bulk.) Nothing here knows a kernel version.
 *
 *	cc -O2 -o kdump-info kdump-info.c
 *	kdump-info [-d] DUMP
 *
 * DUMP is a file or /proc/vmcore; -d: only the description. A dump that was copied from a filtered
 * /proc/vmcore still has all struct pages, so the totals are those of the whole memory; how
 * much of it is not in the file is said as well. Exits with 1 if the dump can not be read.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../include/uapi/linux/kdump.h"

#define CHUNK_BYTES	65536
#define CHUNKS		8
#define MAX_STRUCT_BYTES	1024
#define CLASSES		(KDUMP_PAGE_DAMAGED + 1)

static const char * const class_name[CLASSES] = {
	"keep", "free", "cache", "cache_private", "user", "hwpoison", "offline", "damaged",
};

static const char * const model_name[] = {
	"?", "flat", "sparse", "sparse with a virtual memory map",
};

static const char * const lookup_name[] = { "none", "page tables", "a list" };

/* The dump, and parts of it that were read before. */
static int fd;
static Elf64_Phdr *phdr;
static unsigned int phdrs;
static struct { uint64_t off; ssize_t bytes; uint8_t data[CHUNK_BYTES]; } chunk[CHUNKS];

/* The note, and its sections as arrays of our own records. */
static uint8_t *note;
static struct kdump_header_ser head;
static struct kdump_memory_ser memory;
static struct kdump_compound_ser compound;
static struct kdump_map_ser *map;
static struct kdump_level_ser *level;
static struct kdump_test_ser *test;
static struct kdump_rule_ser *rule;
static unsigned int maps, levels, tests, rules;

/* Says why, and ends. */
#define die(...)							\
	do {								\
		fprintf(stderr, "kdump-info: " __VA_ARGS__);		\
		fputc('\n', stderr);					\
		exit(1);						\
	} while (0)

static void *alloc(size_t bytes)
{
	void *p = calloc(1, bytes ? bytes : 1);

	if (!p)
		die("no memory for %zu bytes", bytes);
	return p;
}

/* Reading: by file offset, by physical address, by virtual address. */

static bool read_file(uint64_t off, void *to, size_t bytes)
{
	static unsigned int next;
	unsigned int i;
	size_t part;

	for (; bytes; bytes -= part, off += part, to = (char *)to + part) {
		uint64_t start = off - off % CHUNK_BYTES;

		for (i = 0; i < CHUNKS && !(chunk[i].bytes && chunk[i].off == start); i++)
			;
		if (i == CHUNKS) {
			i = next++ % CHUNKS;
			chunk[i].off = start;
			chunk[i].bytes = pread(fd, chunk[i].data, CHUNK_BYTES, start);
			if (chunk[i].bytes < 0)
				chunk[i].bytes = 0;
		}
		if (off - start >= (uint64_t)chunk[i].bytes)
			return false;
		part = chunk[i].bytes - (off - start);
		if (part > bytes)
			part = bytes;
		memcpy(to, chunk[i].data + (off - start), part);
	}
	return true;
}

static bool read_pa(uint64_t pa, void *to, size_t bytes)
{
	for (unsigned int i = 0; i < phdrs; i++) {
		if (phdr[i].p_type == PT_LOAD && pa >= phdr[i].p_paddr &&
		    pa - phdr[i].p_paddr < phdr[i].p_filesz &&
		    bytes <= phdr[i].p_filesz - (pa - phdr[i].p_paddr))
			return read_file(phdr[i].p_offset + (pa - phdr[i].p_paddr), to, bytes);
	}
	return false;
}

static uint64_t word_of(const void *p, unsigned int bytes)
{
	uint64_t w64;
	uint32_t w32;
	uint16_t w16;

	switch (bytes) {
	case 1:
		return *(const uint8_t *)p;
	case 2:
		memcpy(&w16, p, 2);
		return w16;
	case 4:
		memcpy(&w32, p, 4);
		return w32;
	default:
		memcpy(&w64, p, 8);
		return w64;
	}
}

static bool is_big_endian(void)
{
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
}

static bool by_tables(uint64_t va, uint64_t *pa)
{
	uint64_t table = memory.tables_pa, entry, rest;

	for (unsigned int i = 0; i < levels; i++) {
		const struct kdump_level_ser *l = &level[i];

		rest = (1ULL << l->shift) - 1;
		if (!read_pa(table + 8 * (va >> l->shift & ((1ULL << l->index_bits) - 1)),
			     &entry, 8))
			return false;
		if (!!(memory.flags & KDUMP_TABLES_BIG_ENDIAN) != is_big_endian())
			entry = __builtin_bswap64(entry);
		if ((entry & l->present_mask) != l->present_value)
			return false;
		if ((entry & l->leaf_mask) == l->leaf_value) {
			*pa = (entry & l->leaf_pa_mask & ~rest) | (va & rest);
			return true;
		}
		table = entry & l->table_pa_mask;
	}
	return false;
}

static bool read_va(uint64_t va, void *to, size_t bytes);

static bool read_word(uint64_t va, uint64_t *word)
{
	uint8_t raw[8];

	if (!read_va(va, raw, memory.pointer_bytes))
		return false;
	*word = word_of(raw, memory.pointer_bytes);
	return true;
}

static bool by_list(uint64_t va, uint64_t *pa)
{
	uint64_t member, start;

	if (!read_word(memory.list_va, &member))
		return false;
	for (unsigned int i = 0; member && i < 100000; i++) {
		if (!read_word(member + memory.list_va_offset, &start))
			return false;
		if (va >= start && va - start < memory.list_bytes) {
			if (!read_word(member + memory.list_pa_offset, pa))
				return false;
			*pa += va - start;
			return true;
		}
		if (!read_word(member + memory.list_next_offset, &member))
			return false;
	}
	return false;
}

/* What a sum has above a pointer's size is dropped. */
static uint64_t as_pointer(uint64_t va)
{
	return memory.pointer_bytes == 4 ? (uint32_t)va : va;
}

static bool translate(uint64_t va, uint64_t *pa)
{
	static uint64_t last_va = 1, last_pa;
	const uint64_t in_page = (1ULL << memory.page_shift) - 1;
	bool found;

	va = as_pointer(va);
	for (unsigned int i = 0; i < maps; i++) {
		if (va >= map[i].va && va - map[i].va < map[i].bytes) {
			*pa = map[i].pa + (va - map[i].va);
			return true;
		}
	}
	if ((va & ~in_page) == last_va) {
		*pa = last_pa + (va & in_page);
		return true;
	}
	switch (memory.lookup) {
	case KDUMP_LOOKUP_TABLES:
		found = by_tables(va, pa);
		break;
	case KDUMP_LOOKUP_LIST:
		found = by_list(va, pa);
		break;
	default:
		return false;
	}
	if (found) {
		last_va = va & ~in_page;
		last_pa = *pa - (va & in_page);
	}
	return found;
}

static bool read_va(uint64_t va, void *to, size_t bytes)
{
	const uint64_t page = 1ULL << memory.page_shift;
	uint64_t pa;
	size_t part;

	for (; bytes; bytes -= part, va += part, to = (char *)to + part) {
		part = page - va % page < bytes ? page - va % page : bytes;
		if (!translate(va, &pa) || !read_pa(pa, to, part))
			return false;
	}
	return true;
}

/* Step 1: the struct page of a page frame number. */

static bool section_of(uint64_t pfn, uint64_t *va)
{
	uint64_t nr = pfn >> memory.section_shift;

	*va = memory.sections_va;
	if (memory.sections_per_root) {
		if (!read_word(*va + nr / memory.sections_per_root * memory.pointer_bytes, va) ||
		    !*va)
			return false;
		nr %= memory.sections_per_root;
	}
	*va += nr * memory.section_bytes;
	return true;
}

static bool has_subsection(uint64_t pfn, uint64_t section)
{
	const unsigned int bits = 8 * memory.pointer_bytes;
	uint64_t nr = (pfn & ((1ULL << memory.section_shift) - 1)) >> memory.subsection_shift;
	uint64_t usage, word;

	return read_word(section + memory.section_usage_offset, &usage) && usage &&
	       read_word(usage + memory.subsection_map_offset +
			 nr / bits * memory.pointer_bytes, &word) &&
	       word >> nr % bits & 1;
}

static bool struct_page_of(uint64_t pfn, uint64_t *va)
{
	uint64_t section, word;

	if (pfn >= memory.max_pfn)
		return false;
	if (memory.model == KDUMP_MODEL_FLAT) {
		*va = as_pointer(memory.memmap_va +
				 (pfn - memory.memmap_pfn) * memory.page_struct_bytes);
		return pfn >= memory.memmap_pfn && pfn - memory.memmap_pfn < memory.memmap_pages;
	}
	if (!section_of(pfn, &section) ||
	    !read_word(section + memory.section_map_offset, &word) ||
	    (word & memory.section_online_mask) != memory.section_online_mask)
		return false;
	if (memory.subsection_shift && !has_subsection(pfn, section))
		return false;
	*va = memory.model == KDUMP_MODEL_SPARSE ? word & memory.section_map_mask :
						   memory.memmap_va;
	*va = as_pointer(*va + pfn * memory.page_struct_bytes);
	return true;
}

/* Steps 3 and 4: its head, and the rule that decides. */

static bool holds(const struct kdump_test_ser *t, const uint8_t *page)
{
	return ((word_of(page + t->offset, t->bytes) & t->mask) == t->value) != t->negate;
}

/* A number whose bytes are at @at. */
static uint64_t number(const struct kdump_field_ser *f, const uint8_t *at)
{
	return (word_of(at, f->bytes) & f->mask) >> __builtin_ctzll(f->mask);
}

/* The first rule that holds for a page, of those about pages themselves; -1 if none. */
static int page_rule(const uint8_t *page)
{
	for (unsigned int i = 0; i < rules; i++) {
		unsigned int k = 0;

		while (k < rule[i].tests && holds(&test[rule[i].first_test + k], page))
			k++;
		if (k == rule[i].tests && !(rule[i].flags & KDUMP_RULE_HEAD))
			return i;
	}
	return -1;
}

/* Can the head at @va, whose struct page is @head, be that of page @pfn? Nothing is believed. */
static bool head_fits(uint64_t pfn, uint64_t va, const uint8_t *head)
{
	int damaged = page_rule(head);
	uint64_t order, start_va;
	uint8_t raw[8];

	if (!holds(&compound.is_head, head) || holds(&compound.is_tail, head) ||
	    (damaged >= 0 && rule[damaged].class == KDUMP_PAGE_DAMAGED) ||
	    !read_va(va + compound.order.offset, raw, compound.order.bytes))
		return false;
	order = number(&compound.order, raw);
	return order && order <= compound.max_order &&
	       struct_page_of(pfn & ~((1ULL << order) - 1), &start_va) && start_va == va;
}

/* The head of page @pfn, whose struct page is @page, at @va: read to @to. */
static bool head_of(uint64_t pfn, const uint8_t *page, uint64_t va, uint8_t *to)
{
	uint8_t next[MAX_STRUCT_BYTES];
	const uint8_t *tail = NULL;

	memcpy(to, page, memory.page_struct_bytes);
	if (holds(&compound.is_tail, page))
		tail = page;
	else if (!holds(&compound.is_head, page))
		return true;
	else if (compound.fake_align && !(va % compound.fake_align) &&
		 read_va(va + memory.page_struct_bytes, next, memory.page_struct_bytes) &&
		 holds(&compound.is_tail, next))
		tail = next;
	if (tail) {
		va = word_of(tail + compound.head.offset, compound.head.bytes) & compound.head.mask;
		if (!read_va(va, to, memory.page_struct_bytes))
			return false;
	}
	return head_fits(pfn, va, to);
}

/* Of a page that contradicts itself only one thing is believed: that it must not be touched. */
static unsigned int class_of_unclear(const uint8_t *page)
{
	int i = page_rule(page);

	return i >= 0 && rule[i].class == KDUMP_PAGE_HWPOISON ? KDUMP_PAGE_HWPOISON :
								KDUMP_PAGE_KEEP;
}

/* The class of page @pfn; *@pages: how many from it on are of it. */
static unsigned int class_of(uint64_t pfn, uint64_t *pages)
{
	uint8_t page[MAX_STRUCT_BYTES], headed[MAX_STRUCT_BYTES];
	uint64_t va, order;

	*pages = 1;
	if (!struct_page_of(pfn, &va) || !read_va(va, page, memory.page_struct_bytes))
		return KDUMP_PAGE_KEEP;
	if (!head_of(pfn, page, va, headed))
		return class_of_unclear(page);
	for (unsigned int i = 0; i < rules; i++) {
		const struct kdump_rule_ser *r = &rule[i];
		unsigned int k = 0;

		while (k < r->tests && holds(&test[r->first_test + k],
					     r->flags & KDUMP_RULE_HEAD ? headed : page))
			k++;
		if (k < r->tests)
			continue;
		if (r->flags & KDUMP_RULE_BLOCK) {
			order = r->order.bytes ? number(&r->order, page + r->order.offset) :
						 r->max_order;
			if (order > r->max_order || pfn & ((1ULL << order) - 1))
				return KDUMP_PAGE_KEEP;
			*pages = 1ULL << order;
		}
		return r->class < CLASSES ? r->class : KDUMP_PAGE_KEEP;
	}
	return KDUMP_PAGE_KEEP;
}

/* The dump and its note. */

static void open_dump(const char *name)
{
	Elf64_Ehdr ehdr;
	Elf64_Shdr shdr;

	fd = open(name, O_RDONLY);
	if (fd < 0)
		die("%s: %s", name, strerror(errno));
	if (!read_file(0, &ehdr, sizeof(ehdr)) || memcmp(ehdr.e_ident, ELFMAG, SELFMAG) ||
	    ehdr.e_ident[EI_CLASS] != ELFCLASS64 || ehdr.e_type != ET_CORE ||
	    ehdr.e_ident[EI_DATA] != (is_big_endian() ? ELFDATA2MSB : ELFDATA2LSB) ||
	    ehdr.e_phentsize != sizeof(*phdr))
		die("%s is not an ELF64 core file of this machine's byte order", name);
	phdrs = ehdr.e_phnum;
	if (phdrs == PN_XNUM) {
		if (!read_file(ehdr.e_shoff, &shdr, sizeof(shdr)))
			die("%s has no section header that gives e_phnum", name);
		phdrs = shdr.sh_info;
	}
	phdr = alloc(phdrs * sizeof(*phdr));
	if (!read_file(ehdr.e_phoff, phdr, phdrs * sizeof(*phdr)))
		die("%s ends within its program headers", name);
}

static void find_note(void)
{
	Elf64_Nhdr n;
	uint64_t at, end, desc;
	char id[8] = "";

	for (unsigned int i = 0; i < phdrs; i++) {
		if (phdr[i].p_type != PT_NOTE)
			continue;
		end = phdr[i].p_offset + phdr[i].p_filesz;
		for (at = phdr[i].p_offset; at + sizeof(n) <= end;
		     at = desc + (((uint64_t)n.n_descsz + 3) & ~3ULL)) {
			if (!read_file(at, &n, sizeof(n)) || (!n.n_namesz && !n.n_descsz))
				break;
			desc = at + sizeof(n) + (((uint64_t)n.n_namesz + 3) & ~3ULL);
			if (n.n_type != KDUMP_NOTE_TYPE || n.n_namesz != sizeof(KDUMP_NOTE_NAME) ||
			    !read_file(at + sizeof(n), id, sizeof(KDUMP_NOTE_NAME)) ||
			    memcmp(id, KDUMP_NOTE_NAME, sizeof(KDUMP_NOTE_NAME)))
				continue;
			if (n.n_descsz < sizeof(head) || desc + n.n_descsz > end)
				die("the KDUMP note is cut");
			note = alloc(n.n_descsz);
			if (!read_file(desc, note, n.n_descsz))
				die("the KDUMP note can not be read");
			memcpy(&head, note, sizeof(head));
			if (head.total_bytes > n.n_descsz)
				die("the KDUMP note is longer than its place");
			return;
		}
	}
	die("the dump has no KDUMP note");
}

static uint32_t crc32_of(const uint8_t *p, size_t bytes)
{
	uint32_t crc = ~0U;

	while (bytes--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
	}
	return ~crc;
}

static void check_note(void)
{
	uint32_t said = head.crc32;

	if (head.magic != KDUMP_MAGIC)
		die("the KDUMP note does not begin with its magic number");
	if (head.major != KDUMP_VERSION_MAJOR)
		die("the KDUMP note's version is %u.%u, %u.x is known here", head.major,
		    head.minor, KDUMP_VERSION_MAJOR);
	if (head.header_bytes < sizeof(head) || head.header_bytes > head.total_bytes)
		die("the KDUMP note's header has %u bytes of %u", head.header_bytes,
		    head.total_bytes);
	memset(note + offsetof(struct kdump_header_ser, crc32), 0, sizeof(said));
	if (crc32_of(note, head.total_bytes) != said)
		die("the KDUMP note's checksum does not match: it was overwritten");
}

/* All records of a section, each in @bytes, whatever its size in the note. */
static void *records_of(uint32_t type, size_t bytes, unsigned int *nr)
{
	struct kdump_section_ser s;
	uint8_t *records;

	for (size_t at = head.header_bytes; at + sizeof(s) <= head.total_bytes; at += s.bytes) {
		memcpy(&s, note + at, sizeof(s));
		if (s.bytes < sizeof(s) || s.bytes > head.total_bytes - at ||
		    (uint64_t)s.record_bytes * s.records > s.bytes - sizeof(s))
			die("a section of the KDUMP note runs over its end");
		if (s.type != type)
			continue;
		records = alloc(bytes * s.records);
		for (uint32_t i = 0; i < s.records; i++)
			memcpy(records + i * bytes, note + at + sizeof(s) + i * s.record_bytes,
			       bytes < s.record_bytes ? bytes : s.record_bytes);
		*nr = s.records;
		return records;
	}
	*nr = 0;
	return NULL;
}

/* Of a number in a struct page. */
static bool size_is_sound(uint32_t bytes)
{
	return bytes && bytes <= 8 && !(bytes & (bytes - 1));
}

static bool test_is_sound(const struct kdump_test_ser *t)
{
	return size_is_sound(t->bytes) && t->offset <= memory.page_struct_bytes - t->bytes;
}

static bool field_is_sound(const struct kdump_field_ser *f)
{
	return size_is_sound(f->bytes) && f->mask &&
	       f->offset <= memory.page_struct_bytes - f->bytes;
}

/* What would make this program read elsewhere, or for ever. */
static void check_description(void)
{
	bool ok = memory.page_shift >= 10 && memory.page_shift < 32 &&
		  memory.page_struct_bytes >= 8 && memory.page_struct_bytes <= MAX_STRUCT_BYTES &&
		  (memory.pointer_bytes == 4 || memory.pointer_bytes == 8) &&
		  memory.section_shift < 64 && memory.subsection_shift <= memory.section_shift &&
		  memory.model && memory.model <= KDUMP_MODEL_SPARSE_VMEMMAP &&
		  memory.lookup <= KDUMP_LOOKUP_LIST;

	ok = ok && test_is_sound(&compound.is_tail) && test_is_sound(&compound.is_head) &&
	     field_is_sound(&compound.head) && size_is_sound(compound.order.bytes) &&
	     compound.order.mask && compound.max_order < 32;
	for (unsigned int i = 0; i < tests && ok; i++)
		ok = test_is_sound(&test[i]);
	for (unsigned int i = 0; i < levels && ok; i++)
		ok = level[i].shift < 64 && level[i].index_bits < 32;
	for (unsigned int i = 0; i < rules && ok; i++)
		ok = rule[i].tests <= tests && rule[i].first_test <= tests - rule[i].tests &&
		     rule[i].max_order < 32 &&
		     (!rule[i].order.bytes || field_is_sound(&rule[i].order)) &&
		     !(rule[i].flags & ~(KDUMP_RULE_HEAD | KDUMP_RULE_BLOCK | KDUMP_RULE_WHOLE));
	if (!ok)
		die("the description has values that make no sense");
}

static void read_description(void)
{
	unsigned int nr;
	void *p;

	p = records_of(KDUMP_SECTION_MEMORY, sizeof(memory), &nr);
	if (nr != 1)
		die("the KDUMP note (version %u.%u) does not describe pages", head.major,
		    head.minor);
	memory = *(struct kdump_memory_ser *)p;
	free(p);
	p = records_of(KDUMP_SECTION_COMPOUND, sizeof(compound), &nr);
	if (nr != 1)
		die("the KDUMP note does not say how compound pages are built");
	compound = *(struct kdump_compound_ser *)p;
	free(p);
	map = records_of(KDUMP_SECTION_MAPS, sizeof(*map), &maps);
	level = records_of(KDUMP_SECTION_LEVELS, sizeof(*level), &levels);
	test = records_of(KDUMP_SECTION_TESTS, sizeof(*test), &tests);
	rule = records_of(KDUMP_SECTION_RULES, sizeof(*rule), &rules);
	check_description();
}

static void print_test(const struct kdump_test_ser *t)
{
	printf("\t\t%u bytes at %u: & 0x%llx %s 0x%llx\n", t->bytes, t->offset,
	       (unsigned long long)t->mask, t->negate ? "!=" : "==", (unsigned long long)t->value);
}

static void print_rules(void)
{
	unsigned int has = 1 << KDUMP_PAGE_KEEP | 1 << KDUMP_PAGE_DAMAGED;

	for (unsigned int i = 0; i < rules; i++) {
		const struct kdump_rule_ser *r = &rule[i];

		printf("\t%s, by the %s%s%s\n", r->class < CLASSES ? class_name[r->class] : "?",
		       r->flags & KDUMP_RULE_HEAD ? "head" : "page",
		       r->flags & KDUMP_RULE_BLOCK ? ", a block" : "",
		       r->flags & KDUMP_RULE_WHOLE ? ", all of it" : "");
		for (unsigned int k = 0; k < r->tests; k++)
			print_test(&test[r->first_test + k]);
		if (r->flags & KDUMP_RULE_BLOCK && r->order.bytes)
			printf("\t\torder: %u bytes at %u, at most %u\n", r->order.bytes,
			       r->order.offset, r->max_order);
		has |= r->class < CLASSES ? 1U << r->class : 0;
	}
	for (unsigned int i = 0; i < CLASSES; i++)
		if (!(has >> i & 1))
			printf("\t%s: no rule, the kernel has no such pages\n", class_name[i]);
}

static void print_description(void)
{
	printf("note: version %u.%u, %u bytes, %s\n", head.major, head.minor, head.total_bytes,
	       head.flags & KDUMP_SEALED ? "sealed" : "not sealed");
	printf("memory: %s; virtual addresses by %s\n", model_name[memory.model],
	       lookup_name[memory.lookup]);
	printf("\tpages of %llu bytes, struct page of %u\n", 1ULL << memory.page_shift,
	       memory.page_struct_bytes);
	if (memory.model != KDUMP_MODEL_SPARSE)
		printf("\tmemory map at 0x%llx\n", (unsigned long long)memory.memmap_va);
	if (memory.model != KDUMP_MODEL_FLAT)
		printf("\tsections of %llu pages at 0x%llx, %u per root\n",
		       1ULL << memory.section_shift, (unsigned long long)memory.sections_va,
		       memory.sections_per_root);
	if (memory.lookup == KDUMP_LOOKUP_TABLES)
		printf("\t%u levels of page tables from 0x%llx on\n", levels,
		       (unsigned long long)memory.tables_pa);
	if (memory.encryption_mask)
		printf("\tencrypted: 0x%llx\n", (unsigned long long)memory.encryption_mask);
	for (unsigned int i = 0; i < maps; i++)
		printf("\t0x%llx: 0x%llx, 0x%llx bytes\n", (unsigned long long)map[i].va,
		       (unsigned long long)map[i].pa, (unsigned long long)map[i].bytes);
	printf("tail:\n");
	print_test(&compound.is_tail);
	printf("head:\n");
	print_test(&compound.is_head);
	printf("rules, the first that holds decides:\n");
	print_rules();
}

static int by_address(const void *a, const void *b)
{
	const Elf64_Phdr *p = a, *q = b;

	return p->p_paddr < q->p_paddr ? -1 : p->p_paddr > q->p_paddr;
}

static void print_totals(void)
{
	uint64_t total[CLASSES] = { 0 }, all = 0, next = 0, block_end = 0, pages;
	unsigned int class = KDUMP_PAGE_KEEP;

	qsort(phdr, phdrs, sizeof(*phdr), by_address);
	for (unsigned int i = 0; i < phdrs; i++) {
		uint64_t pfn = phdr[i].p_paddr >> memory.page_shift;
		uint64_t end = (phdr[i].p_paddr + phdr[i].p_filesz +
				((1ULL << memory.page_shift) - 1)) >> memory.page_shift;

		if (phdr[i].p_type != PT_LOAD)
			continue;
		/* What an earlier PT_LOAD shows is counted. */
		for (pfn = pfn > next ? pfn : next; pfn < end; pfn++) {
			if (pfn >= block_end) {
				class = class_of(pfn, &pages);
				block_end = pfn + pages;
			}
			total[class]++;
			all++;
			next = pfn + 1;
		}
	}
	printf("pages: %llu\n", (unsigned long long)all);
	for (unsigned int i = 0; i < CLASSES; i++)
		printf("\t%-14s %12llu\n", class_name[i], (unsigned long long)total[i]);
}

/* How much of the file is not stored. */
static void print_holes(void)
{
	uint64_t holes = 0;
	struct stat st;
	off_t at = 0, data;

	if (fstat(fd, &st))
		return;
	while (at < st.st_size) {
		data = lseek(fd, at, SEEK_DATA);
		if (data < 0)
			data = st.st_size;
		holes += data - at;
		at = data < st.st_size ? lseek(fd, data, SEEK_HOLE) : st.st_size;
		if (at < 0)
			return;
	}
	if (holes)
		printf("filtered: %llu MiB of %llu MiB are holes\n",
		       (unsigned long long)holes >> 20, (unsigned long long)st.st_size >> 20);
}

int main(int argc, char **argv)
{
	bool only_description = argc == 3 && !strcmp(argv[1], "-d");

	if (argc != 2 && !only_description) {
		fprintf(stderr, "usage: kdump-info [-d] DUMP\n");
		return 2;
	}
	open_dump(argv[argc - 1]);
	find_note();
	check_note();
	read_description();
	print_description();
	if (!only_description) {
		print_totals();
		print_holes();
	}
	return 0;
}
