// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptions that can not be right: each is refused with an error of the right kind and a
 * reason, and none is believed because its checksum fits.
 */
#include "pagemem.h"
#include "test.h"

static const struct pagemem_shape shape = {
	KDUMP_MODEL_SPARSE_VMEMMAP, KDUMP_LOOKUP_TABLES, 64, .roots = true,
};

/* Where the first section of a type begins in the note. */
static u32 section_at(const struct pagemem *m, u32 type)
{
	struct kdump_section_ser s;

	for (u32 at = sizeof(struct kdump_header_ser); at < m->note_bytes; at += s.bytes) {
		memcpy(&s, m->note + at, sizeof(s));
		if (s.type == type)
			return at;
	}
	abort();
}

#define IN_HEADER	0

/**
 * struct place - of a number in the note
 * @section: in which section; IN_HEADER
 * @record: of that: 0 is the first; -1 the section's header
 * @offset: in it
 */
struct place {
	u32 section;
	int record;
	u32 offset;
};

/**
 * struct bad - a number that is changed
 * @name: what is wrong then
 * @at: where it is
 * @bytes: its size
 * @value: what it becomes
 * @err: what that leads to
 */
struct bad {
	const char *name;
	struct place at;
	u32 bytes;
	u64 value;
	int err;
};

#define PLACE(section, record, type, member)	{ section, record, offsetof(struct type, member) }
#define HEADER(member)	PLACE(IN_HEADER, 0, kdump_header_ser, member)
#define SECTION(type, member)	PLACE(type, -1, kdump_section_ser, member)
#define MEMORY(member)	PLACE(KDUMP_SECTION_MEMORY, 0, kdump_memory_ser, member)
#define MAP(member)	PLACE(KDUMP_SECTION_MAPS, 0, kdump_map_ser, member)
#define LEVEL(nr, member)	PLACE(KDUMP_SECTION_LEVELS, nr, kdump_level_ser, member)
#define COMPOUND(member)	PLACE(KDUMP_SECTION_COMPOUND, 0, kdump_compound_ser, member)
#define TEST(nr, member)	PLACE(KDUMP_SECTION_TESTS, nr, kdump_test_ser, member)
#define RULE(nr, member)	PLACE(KDUMP_SECTION_RULES, nr, kdump_rule_ser, member)
/* The rule about free blocks, and one about heads. */
#define FREE_RULE	2
#define HUGE_RULE	4

static const struct bad rows[] = {
	{ "magic", HEADER(magic), 4, 0x1234, -EBADMSG },
	{ "major", HEADER(major), 2, 2, -EPROTONOSUPPORT },
	{ "newer minor", HEADER(minor), 2, 77, 0 },
	{ "header too short", HEADER(header_bytes), 4, 16, -EBADMSG },
	{ "header not aligned", HEADER(header_bytes), 4, 28, -EBADMSG },
	{ "header behind the end", HEADER(header_bytes), 4, 1 << 20, -EBADMSG },
	{ "longer than the note", HEADER(total_bytes), 4, PAGEMEM_NOTE_BYTES, -EBADMSG },
	{ "longer than anything", HEADER(total_bytes), 4, U32_MAX, -EBADMSG },
	{ "nothing but the header", HEADER(total_bytes), 4, 24, -ENODATA },

	{ "section without end", SECTION(KDUMP_SECTION_MEMORY, bytes), 4, 1 << 20, -EBADMSG },
	{ "section without size", SECTION(KDUMP_SECTION_MEMORY, bytes), 4, 0, -EBADMSG },
	{ "section not aligned", SECTION(KDUMP_SECTION_MEMORY, bytes), 4, 188, -EBADMSG },
	{ "records longer than the section", SECTION(KDUMP_SECTION_MEMORY, record_bytes), 4,
	  4096, -EBADMSG },
	{ "more records than the section", SECTION(KDUMP_SECTION_TESTS, records), 4,
	  1000, -EBADMSG },
	{ "so many that it wraps", SECTION(KDUMP_SECTION_RULES, records), 4, 0x66666667, -EBADMSG },
	{ "no memory", SECTION(KDUMP_SECTION_MEMORY, records), 4, 0, -EBADMSG },
	{ "no section about memory", SECTION(KDUMP_SECTION_MEMORY, type), 4, 99, -ENODATA },
	{ "no section of rules", SECTION(KDUMP_SECTION_RULES, type), 4, 99, -ENODATA },
	{ "no compound", SECTION(KDUMP_SECTION_COMPOUND, records), 4, 0, -EBADMSG },
	{ "no levels", SECTION(KDUMP_SECTION_LEVELS, records), 4, 0, -ERANGE },
	{ "no rules", SECTION(KDUMP_SECTION_RULES, records), 4, 0, 0 },
	{ "no tests for the rules", SECTION(KDUMP_SECTION_TESTS, records), 4, 0, -ERANGE },

	{ "model", MEMORY(model), 4, 9, -EPROTONOSUPPORT },
	{ "lookup", MEMORY(lookup), 4, 9, -EPROTONOSUPPORT },
	{ "small pages", MEMORY(page_shift), 4, 9, -ERANGE },
	{ "large pages", MEMORY(page_shift), 4, 64, -ERANGE },
	{ "small struct page", MEMORY(page_struct_bytes), 4, 8, -ERANGE },
	{ "large struct page", MEMORY(page_struct_bytes), 4, 512, -ERANGE },
	{ "odd struct page", MEMORY(page_struct_bytes), 4, 63, -ERANGE },
	{ "pointers", MEMORY(pointer_bytes), 4, 6, -ERANGE },
	{ "no pages", MEMORY(max_pfn), 8, 0, -ERANGE },
	{ "too many pages", MEMORY(max_pfn), 8, 1ULL << 50, -ERANGE },
	{ "small sections", MEMORY(section_shift), 4, 1, -ERANGE },
	{ "large sections", MEMORY(section_shift), 4, 64, -ERANGE },
	{ "struct mem_section", MEMORY(section_bytes), 4, 4, -ERANGE },
	{ "the map behind it", MEMORY(section_map_offset), 4, 28, -ERANGE },
	{ "the usage behind it", MEMORY(section_usage_offset), 4, U32_MAX - 2, -ERANGE },
	{ "no flag", MEMORY(section_online_mask), 8, 0, -ERANGE },
	{ "too many subsections", MEMORY(subsection_shift), 4, 1, -ERANGE },
	{ "subsections too large", MEMORY(subsection_shift), 4, 30, -ERANGE },
	{ "the list's size", MEMORY(lookup), 4, KDUMP_LOOKUP_LIST, 0 },

	{ "empty map", MAP(bytes), 8, 0, -ERANGE },
	{ "wrapping map", MAP(pa), 8, U64_MAX - 5, -ERANGE },
	{ "map at the end of addresses", MAP(va), 8, U64_MAX - 5, -ERANGE },
	{ "level's shift", LEVEL(0, shift), 4, 64, -ERANGE },
	{ "levels' order", LEVEL(2, shift), 4, 39, -ERANGE },
	{ "no index", LEVEL(1, index_bits), 4, 0, -ERANGE },
	{ "wide index", LEVEL(1, index_bits), 4, 40, -ERANGE },
	{ "levels that map bytes", LEVEL(3, shift), 4, 0, -ERANGE },
	{ "levels that map half a page", LEVEL(3, shift), 4, 11, -ERANGE },
	{ "overlapping index", LEVEL(1, index_bits), 4, 10, -ERANGE },
	{ "no address of a table", LEVEL(1, table_pa_mask), 8, 0, -ERANGE },
	{ "no address of memory", LEVEL(3, leaf_pa_mask), 8, 0, -ERANGE },
	{ "a last level that is none", LEVEL(3, leaf_mask), 8, 0x80, -ERANGE },

	{ "tail's test", COMPOUND(is_tail.offset), 4, 60, -ERANGE },
	{ "tail's size", COMPOUND(is_tail.bytes), 2, 3, -ERANGE },
	{ "value outside of the mask", COMPOUND(is_tail.value), 8, 2, -ERANGE },
	{ "head's address", COMPOUND(head.offset), 4, 1 << 30, -ERANGE },
	{ "head's address too short", COMPOUND(head.bytes), 4, 4, -ERANGE },
	{ "no bits of head", COMPOUND(head.mask), 8, 0, -ERANGE },
	{ "order too far away", COMPOUND(order.offset), 4, 4 * 64, -ERANGE },
	{ "order without bits", COMPOUND(order.mask), 8, 0, -ERANGE },
	{ "order with holes", COMPOUND(order.mask), 8, 5, -ERANGE },
	{ "high order", COMPOUND(max_order), 4, 31, -ERANGE },
	{ "alignment of copies", COMPOUND(fake_align), 8, 3000, -ERANGE },
	{ "small alignment of copies", COMPOUND(fake_align), 8, 32, -ERANGE },

	{ "test behind the struct page", TEST(0, offset), 4, 57, -ERANGE },
	{ "test far behind it", TEST(0, offset), 4, U32_MAX - 1, -ERANGE },
	{ "test's size", TEST(0, bytes), 2, 5, -ERANGE },
	{ "negated twice", TEST(0, negate), 1, 2, -ERANGE },
	{ "test of more bits than there are", TEST(2, mask), 8, 1ULL << 32, -ERANGE },
	{ "test's value outside of its mask", TEST(2, value), 8, 1, -ERANGE },
	{ "rule's tests behind the last", RULE(0, first_test), 4, 1000, -ERANGE },
	{ "rule's number of tests", RULE(0, tests), 4, U32_MAX, -ERANGE },
	{ "a flag of the future", RULE(0, flags), 4, 1 << 7, -EPROTONOSUPPORT },
	{ "damage of heads", RULE(0, flags), 4, KDUMP_RULE_HEAD, -ERANGE },
	{ "whole compound pages without heads", RULE(HUGE_RULE, flags), 4,
	  KDUMP_RULE_WHOLE, -ERANGE },
	{ "blocks of heads", RULE(FREE_RULE, flags), 4,
	  KDUMP_RULE_BLOCK | KDUMP_RULE_HEAD, -ERANGE },
	{ "blocks too large", RULE(FREE_RULE, max_order), 4, 21, -ERANGE },
	{ "block's order", RULE(FREE_RULE, order.offset), 4, 62, -ERANGE },
	{ "a class of the future", RULE(0, class), 4, 99, 0 },
};

static void put(struct pagemem *m, const struct bad *row)
{
	struct kdump_section_ser s;
	u32 at = 0;

	if (row->at.section != IN_HEADER) {
		at = section_at(m, row->at.section);
		memcpy(&s, m->note + at, sizeof(s));
		if (row->at.record >= 0)
			at += sizeof(s) + row->at.record * s.record_bytes;
	}
	at += row->at.offset;
	memcpy(m->note + at, &row->value, row->bytes);
	pagenote_seal(m);
}

static void test_bad(void)
{
	struct pagemem *m = pagemem_new(&shape);
	u8 note[PAGEMEM_NOTE_BYTES];

	memcpy(note, m->note, sizeof(note));
	CHECK_EQ(pagemem_init(m), 0);
	CHECK(!strcmp(pagefilter_reason(&m->pf), "nothing is wrong"));
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		memcpy(m->note, note, sizeof(note));
		put(m, &rows[i]);
		CHECK_ROW(rows[i].name, pagemem_init(m), rows[i].err);
		CHECK_ROW(rows[i].name, !m->pf.desc.reason, !rows[i].err);
	}
	CHECK_EQ(m->outside, 0);
	pagemem_delete(m);
}

/* Members of a list map whole pages, and no more than there is memory. */
static void test_list(void)
{
	static const struct { u64 bytes; int err; } sizes[] = {
		{ 0, -ERANGE }, { 16, -ERANGE }, { 2048, -ERANGE }, { 12288, -ERANGE },
		{ 1ULL << 40, -ERANGE }, { 4096, 0 }, { 1ULL << 24, 0 },
	};
	struct pagemem_shape listed = shape;
	struct pagemem *m;

	listed.lookup = KDUMP_LOOKUP_LIST;
	m = pagemem_new(&listed);
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		put(m, &(struct bad) { "", MEMORY(list_bytes), 8, sizes[i].bytes });
		CHECK_EQ(pagemem_init(m), sizes[i].err);
	}
	pagemem_delete(m);
}

static void test_checksum(void)
{
	struct pagemem *m = pagemem_new(&shape);

	for (u32 at = 0; at < m->note_bytes; at += 13) {
		m->note[at] ^= 0x40;
		CHECK(pagemem_init(m) < 0);
		m->note[at] ^= 0x40;
	}
	CHECK_EQ(pagemem_init(m), 0);
	pagemem_delete(m);
}

/* A note of which only the beginning is there. */
static void test_cut(void)
{
	struct pagemem *m = pagemem_new(&shape);
	u32 all = m->note_bytes;

	for (m->note_bytes = 0; m->note_bytes < all; m->note_bytes += 7)
		CHECK_EQ(pagemem_init(m), -EBADMSG);
	m->note_bytes = all;
	CHECK_EQ(pagemem_init(m), 0);
	pagemem_delete(m);
}

/* As a kernel wrote it that did not know of pages. */
static void test_none(void)
{
	struct pagemem *m = pagemem_new(&shape);
	struct kdump_header_ser head;
	u32 at;

	memcpy(&head, m->note, sizeof(head));
	m->note_bytes = sizeof(head);
	at = pagenote_section(m, KDUMP_SECTION_CRASH, 40);
	pagenote_add(m, at, m->note + 1000, 40);
	head.minor = 0;
	head.total_bytes = m->note_bytes;
	memcpy(m->note, &head, sizeof(head));
	pagenote_seal(m);
	CHECK_EQ(pagemem_init(m), -ENODATA);
	pagemem_delete(m);
}

/* The test holds for the number at @offset in page 1; with any bit of it changed it does not. */
static void check_each_bit(struct pagemem *m, u32 offset, u32 bytes, u64 mask)
{
	u64 is = pagemem_is(m, 1, offset, bytes);
	u8 class;

	for (u32 bit = 0; bit < 8 * bytes; bit++) {
		/* What makes it a tail, a head or damaged decides before. */
		if (!(mask >> bit & 1) || (8 * offset + bit == 8 * m->at.head) ||
		    (8 * offset + bit < 64 &&
		     (1ULL << (8 * offset + bit) & (PAGEMEM_HEAD | PAGEMEM_NEVER))))
			continue;
		pagemem_set(m, 1, offset, bytes, is ^ 1ULL << bit);
		CHECK_EQ(pagefilter_classify(&m->pf, 1, 1, &class), 0);
		CHECK(class != PAGEFILTER_HWPOISON);
		/* It is a buffer of what memory was. */
		m->pf.walk.buf_bytes = 0;
	}
	pagemem_set(m, 1, offset, bytes, is);
	m->pf.walk.buf_bytes = 0;
}

/* Numbers of all sizes and places are read as 8 bytes; the bits have to be the same ones. */
static void test_fields(void)
{
	static const u32 sizes[] = { 1, 2, 4, 8 };
	struct pagemem *m = pagemem_new(&shape);
	u64 seed = 99, value, mask;
	u8 note[PAGEMEM_NOTE_BYTES], class;

	memcpy(note, m->note, sizeof(note));
	for (u32 i = 0; i < 2000; i++) {
		u32 bytes = sizes[test_random(&seed) % 4];
		u32 offset = test_random(&seed) % (64 - bytes + 1);

		mask = test_random(&seed) & (bytes == 8 ? U64_MAX : (1ULL << 8 * bytes) - 1);
		/* The first rule becomes: damaged memory is where the number is so. */
		memcpy(m->note, note, sizeof(note));
		for (u64 at = 0; at < 8; at++)
			pagemem_set(m, 1, 8 * at, 8, 0);
		pagemem_set(m, 1, m->at.type, 4, PAGEMEM_TYPE_NONE);
		value = pagemem_is(m, 1, offset, bytes);
		pagemem_set(m, 1, offset, bytes, test_random(&seed) & ~1ULL);
		if (offset <= m->at.head && offset + bytes > m->at.head)
			pagemem_set(m, 1, m->at.head, 1, 0);
		if (pagemem_is(m, 1, 0, 8) & (PAGEMEM_HEAD | PAGEMEM_NEVER))
			continue;
		value = pagemem_is(m, 1, offset, bytes) & mask;
		put(m, &(struct bad) { "", TEST(1, offset), 4, offset });
		put(m, &(struct bad) { "", TEST(1, bytes), 2, bytes });
		put(m, &(struct bad) { "", TEST(1, mask), 8, mask });
		put(m, &(struct bad) { "", TEST(1, value), 8, value });
		CHECK_EQ(pagemem_init(m), 0);
		CHECK_EQ(pagefilter_classify(&m->pf, 1, 1, &class), 0);
		m->pf.walk.buf_bytes = 0;
		CHECK_EQ(class, PAGEFILTER_HWPOISON);
		check_each_bit(m, offset, bytes, mask);
		put(m, &(struct bad) { "", TEST(1, negate), 1, 1 });
		CHECK_EQ(pagemem_init(m), 0);
		CHECK_EQ(pagefilter_classify(&m->pf, 1, 1, &class), 0);
		CHECK(class != PAGEFILTER_HWPOISON);
	}
	pagemem_delete(m);
}

const struct test pagedesc_tests[] = {
	{ "pagedesc.bad", test_bad },
	{ "pagedesc.list", test_list },
	{ "pagedesc.checksum", test_checksum },
	{ "pagedesc.cut", test_cut },
	{ "pagedesc.none", test_none },
	{ "pagedesc.fields", test_fields },
	{ NULL, NULL },
};
