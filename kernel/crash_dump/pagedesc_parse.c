// SPDX-License-Identifier: GPL-2.0-only
/*
 * The description of pages in a KDUMP note, checked and made ready for use.
 *
 * The note comes from a kernel that has crashed, so nothing in it is believed: sizes are compared
 * with what holds them, and each value with the bounds within which evaluation
 * stays in its memory and ends. Whoever evaluates needs no check of the description any more.
 * Sizes of records are taken from the note; members that it does not have are zero.
 *
 * Every number in a struct page becomes 8 bytes at an offset, of which the masks choose:
 * one kind of access, whatever the size was. (The bytes lie within the struct page.)
 *
 * Pure. Interface: pagefilter_init(), pagefilter_reason().
 */
#include "pagefilter_impl.h"

/**
 * struct desc_section - records of one section, within the note
 * @at: the first of them
 * @record_bytes: size of each in the note
 * @nr: how many
 */
struct desc_section {
	const u8 *at;
	u32 record_bytes;
	u32 nr;
};

static int bad(struct pagefilter_desc *d, int err, const char *reason)
{
	d->reason = reason;
	return err;
}

/* CRC-32 over what follows itself being taken as zero; four bits a step. */
static u32 crc_update(u32 crc, const u8 *p, size_t bytes)
{
	static const u32 step[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	for (; bytes; bytes--) {
		crc ^= *p++;
		crc = crc >> 4 ^ step[crc & 15];
		crc = crc >> 4 ^ step[crc & 15];
	}
	return crc;
}

static u32 note_crc(const u8 *note, size_t bytes)
{
	const size_t at = offsetof(struct kdump_header_ser, crc32);
	const u8 zero[sizeof(u32)] = { 0 };
	u32 crc;

	crc = crc_update(U32_MAX, note, at);
	crc = crc_update(crc, zero, sizeof(zero));
	return ~crc_update(crc, note + at + sizeof(zero), bytes - at - sizeof(zero));
}

static int check_header(struct pagefilter_desc *d, const void *note, size_t bytes,
			struct kdump_header_ser *head)
{
	if (bytes < sizeof(*head))
		return bad(d, -EBADMSG, "it is shorter than its header");
	memcpy(head, note, sizeof(*head));
	if (head->magic != KDUMP_MAGIC)
		return bad(d, -EBADMSG, "it does not begin with \"KDMP\"");
	if (head->major != KDUMP_VERSION_MAJOR)
		return bad(d, -EPROTONOSUPPORT, "its version is not one that is known here");
	if (head->header_bytes < sizeof(*head) || head->header_bytes % 8 ||
	    head->header_bytes > head->total_bytes || head->total_bytes > bytes)
		return bad(d, -EBADMSG, "its sizes run over its end");
	if (note_crc(note, head->total_bytes) != head->crc32)
		return bad(d, -EBADMSG, "its checksum does not match, so it was overwritten");
	return 0;
}

/* The first section of a type. Sections of the description come once. */
static int find_section(struct pagefilter_desc *d, const u8 *note,
			const struct kdump_header_ser *head, u32 type, struct desc_section *found)
{
	size_t at = head->header_bytes;
	struct kdump_section_ser s;

	while (head->total_bytes - at >= sizeof(s)) {
		memcpy(&s, note + at, sizeof(s));
		if (s.bytes < sizeof(s) || s.bytes % 8 || s.bytes > head->total_bytes - at ||
		    (u64)s.record_bytes * s.records > s.bytes - sizeof(s))
			return bad(d, -EBADMSG, "a section runs over its end");
		if (s.type == type) {
			found->at = note + at + sizeof(s);
			found->record_bytes = s.record_bytes;
			found->nr = s.records;
			return 0;
		}
		at += s.bytes;
	}
	return -ENODATA;
}

/* Record @i; what the note's is too short for is zero. */
static void get_record(const struct desc_section *s, u32 i, void *to, size_t bytes)
{
	size_t have = s->record_bytes < bytes ? s->record_bytes : bytes;

	memset(to, 0, bytes);
	memcpy(to, s->at + (size_t)i * s->record_bytes, have);
}

/* @bytes at @offset, as bits of 8 bytes at another offset that ends at or before @room. */
static bool widen(u32 offset, u32 bytes, u32 room, u32 *at, u32 *shift)
{
	if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)
		return false;
	if (room < 8 || offset > room - bytes)
		return false;
	*at = offset & ~7U;
	if (*at > room - 8)
		*at = room - 8;
	/* An unaligned number may end behind these 8 bytes. */
	if (offset + bytes > *at + 8)
		*at = offset + bytes - 8;
	*shift = 8 * (offset - *at);
	if (KDUMP_ELFDATA == ELFDATA2MSB)
		*shift = 64 - 8 * bytes - *shift;
	return true;
}

static u64 low_bits(u32 bytes)
{
	return bytes == 8 ? U64_MAX : (1ULL << 8 * bytes) - 1;
}

static bool take_field(const struct kdump_field_ser *ser, u32 room, struct pagefilter_field *f)
{
	u64 mask = ser->mask;
	u32 shift;

	if (!widen(ser->offset, ser->bytes, room, &f->offset, &shift))
		return false;
	if (!mask || mask & ~low_bits(ser->bytes))
		return false;
	for (; !(mask & 1); mask >>= 1)
		shift++;
	/* Contiguous, so that the number has no holes. */
	if (mask & (mask + 1))
		return false;
	f->shift = shift;
	f->mask = mask;
	return true;
}

static bool take_test(const struct kdump_test_ser *ser, u32 room, struct pagefilter_test *t)
{
	u32 shift;

	if (!widen(ser->offset, ser->bytes, room, &t->offset, &shift))
		return false;
	if (ser->negate > 1 || ser->mask & ~low_bits(ser->bytes) || ser->value & ~ser->mask)
		return false;
	t->mask = ser->mask << shift;
	t->value = ser->value << shift;
	t->negate = ser->negate;
	return true;
}

static bool is_power_of_two(u64 n)
{
	return n && !(n & (n - 1));
}

static int take_sections(struct pagefilter_desc *d, const struct kdump_memory_ser *m)
{
	u32 last = m->pointer_bytes;

	d->section_shift = m->section_shift;
	d->subsection_shift = m->subsection_shift;
	d->sections_va = m->sections_va;
	d->sections_per_root = m->sections_per_root;
	d->section_bytes = m->section_bytes;
	d->section_map_offset = m->section_map_offset;
	d->section_map_mask = m->section_map_mask;
	d->section_online_mask = m->section_online_mask;
	d->section_usage_offset = m->section_usage_offset;
	d->subsection_map_offset = m->subsection_map_offset;

	if (m->section_shift < 4 || m->section_shift > PAGEFILTER_MAX_ORDER)
		return bad(d, -ERANGE, "the size of a section makes no sense");
	if (m->section_bytes < last || m->section_bytes > 4096 ||
	    m->section_map_offset > m->section_bytes - last)
		return bad(d, -ERANGE, "the size of struct mem_section makes no sense");
	if (!m->section_online_mask)
		return bad(d, -ERANGE, "no bit says that a section is in use");
	if (!m->subsection_shift)
		return 0;
	if (m->subsection_shift > m->section_shift ||
	    m->section_shift - m->subsection_shift > PAGEFILTER_SUBSECTIONS_SHIFT ||
	    m->section_usage_offset > m->section_bytes - last || m->subsection_map_offset > 4096)
		return bad(d, -ERANGE, "the bitmap of subsections makes no sense");
	return 0;
}

static int take_memory(struct pagefilter_desc *d, const struct kdump_memory_ser *m)
{
	d->page_shift = m->page_shift;
	d->struct_bytes = m->page_struct_bytes;
	d->model = m->model;
	d->lookup = m->lookup;
	d->pointer_bytes = m->pointer_bytes;
	d->va_mask = m->pointer_bytes == 4 ? U32_MAX : U64_MAX;
	d->memmap_va = m->memmap_va;
	d->memmap_pfn = m->memmap_pfn;
	d->pfns = m->max_pfn;

	if (m->page_shift < 10 || m->page_shift > 24)
		return bad(d, -ERANGE, "the size of a page makes no sense");
	if (m->page_struct_bytes < PAGEFILTER_MIN_STRUCT_BYTES ||
	    m->page_struct_bytes > PAGEFILTER_MAX_STRUCT_BYTES || m->page_struct_bytes % 4)
		return bad(d, -ERANGE, "the size of struct page makes no sense");
	if (m->pointer_bytes != 4 && m->pointer_bytes != 8)
		return bad(d, -ERANGE, "the size of a pointer makes no sense");
	if (!m->max_pfn || m->max_pfn > 1ULL << (PAGEFILTER_MAX_PA_BITS - m->page_shift))
		return bad(d, -ERANGE, "the number of pages makes no sense");
	if (m->lookup > KDUMP_LOOKUP_LIST)
		return bad(d, -EPROTONOSUPPORT, "its lookup is not one that is known here");

	switch (m->model) {
	case KDUMP_MODEL_FLAT:
		d->flat_pages = m->memmap_pages;
		if (m->memmap_pfn > m->max_pfn || m->memmap_pages > m->max_pfn - m->memmap_pfn)
			return bad(d, -ERANGE, "its flat memory map makes no sense");
		return 0;
	case KDUMP_MODEL_SPARSE:
	case KDUMP_MODEL_SPARSE_VMEMMAP:
		return take_sections(d, m);
	default:
		return bad(d, -EPROTONOSUPPORT, "its memory model is not one that is known here");
	}
}

static int take_list(struct pagefilter_desc *d, const struct kdump_memory_ser *m)
{
	const u32 max = PAGEFILTER_MAX_MEMBER_BYTES - m->pointer_bytes;

	d->list_va = m->list_va;
	d->list_bytes = m->list_bytes;
	d->list_next_offset = m->list_next_offset;
	d->list_pa_offset = m->list_pa_offset;
	d->list_va_offset = m->list_va_offset;
	if (!is_power_of_two(m->list_bytes) || m->list_bytes < PAGEFILTER_MIN_MAP_BYTES ||
	    m->list_bytes >> 40 || m->list_next_offset > max || m->list_pa_offset > max ||
	    m->list_va_offset > max)
		return bad(d, -ERANGE, "its list of memory map pages makes no sense");
	return 0;
}

static int take_levels(struct pagefilter_desc *d, const struct kdump_memory_ser *m,
		       const struct desc_section *s)
{
	struct kdump_level_ser ser;
	u32 above = 64;

	d->root_pa = m->tables_pa;
	d->table_big_endian = m->flags & KDUMP_TABLES_BIG_ENDIAN;
	d->levels = s->nr;
	if (!s->nr || s->nr > PAGEFILTER_MAX_LEVELS)
		return bad(d, -ERANGE, "the number of page-table levels makes no sense");
	for (u32 i = 0; i < s->nr; i++) {
		get_record(s, i, &ser, sizeof(ser));
		if (ser.shift >= above || 1ULL << ser.shift < PAGEFILTER_MIN_MAP_BYTES ||
		    !ser.index_bits || ser.index_bits > 24 ||
		    ser.index_bits > above - ser.shift || !ser.leaf_pa_mask ||
		    (i < s->nr - 1 && !ser.table_pa_mask))
			return bad(d, -ERANGE, "a page-table level makes no sense");
		if (i == s->nr - 1 && (ser.leaf_mask || ser.leaf_value))
			return bad(d, -ERANGE, "the last page-table level leads further down");
		above = ser.shift;
		d->level[i] = (struct pagefilter_level) {
			.shift = ser.shift,
			.index_bits = ser.index_bits,
			.present_mask = ser.present_mask,
			.present_value = ser.present_value,
			.leaf_mask = ser.leaf_mask,
			.leaf_value = ser.leaf_value,
			.table_pa_mask = ser.table_pa_mask,
			.leaf_pa_mask = ser.leaf_pa_mask,
		};
	}
	return 0;
}

static int take_maps(struct pagefilter_desc *d, const struct desc_section *s)
{
	struct kdump_map_ser ser;
	u64 end;

	if (s->nr > PAGEFILTER_MAX_MAPS)
		return bad(d, -ERANGE, "there are more fixed mappings than can be taken");
	d->maps = s->nr;
	for (u32 i = 0; i < s->nr; i++) {
		get_record(s, i, &ser, sizeof(ser));
		if (!ser.bytes || check_add_overflow(ser.pa, ser.bytes, &end) ||
		    check_add_overflow(ser.va, ser.bytes - 1, &end))
			return bad(d, -ERANGE, "a fixed mapping wraps");
		d->map[i] = (struct pagefilter_map) {
			.va = ser.va, .pa = ser.pa, .bytes = ser.bytes,
		};
	}
	return 0;
}

static int take_compound(struct pagefilter_desc *d, const struct kdump_compound_ser *c)
{
	struct pagefilter_field head;
	u32 shift;

	if (!take_test(&c->is_tail, d->struct_bytes, &d->is_tail) ||
	    !take_test(&c->is_head, d->struct_bytes, &d->is_head))
		return bad(d, -ERANGE, "the tests for heads and tails make no sense");
	if (!widen(c->head.offset, c->head.bytes, d->struct_bytes, &d->head_offset, &shift) ||
	    c->head.bytes != d->pointer_bytes || !c->head.mask)
		return bad(d, -ERANGE, "the way from tail to head makes no sense");
	d->head_shift = shift;
	d->head_mask = c->head.mask;

	/* The order may lie behind the first struct page. */
	if (!take_field(&c->order, PAGEFILTER_HEAD_STRUCTS * d->struct_bytes, &head) ||
	    c->max_order > PAGEFILTER_MAX_ORDER)
		return bad(d, -ERANGE, "the order of compound pages makes no sense");
	d->order = head;
	d->max_order = c->max_order;

	if (c->fake_align && (!is_power_of_two(c->fake_align) ||
			      c->fake_align < d->struct_bytes || c->fake_align >> 32))
		return bad(d, -ERANGE, "the alignment of copied heads makes no sense");
	d->fake_align = c->fake_align;
	return 0;
}

static int take_tests(struct pagefilter_desc *d, const struct desc_section *s)
{
	struct kdump_test_ser ser;

	if (s->nr > PAGEFILTER_MAX_TESTS)
		return bad(d, -ERANGE, "there are more tests than can be taken");
	d->tests = s->nr;
	for (u32 i = 0; i < s->nr; i++) {
		get_record(s, i, &ser, sizeof(ser));
		if (!take_test(&ser, d->struct_bytes, &d->test[i]))
			return bad(d, -ERANGE, "a test makes no sense");
	}
	return 0;
}

static int take_rule(struct pagefilter_desc *d, const struct kdump_rule_ser *ser,
		     struct pagefilter_rule *r)
{
	const u32 known = KDUMP_RULE_HEAD | KDUMP_RULE_BLOCK | KDUMP_RULE_WHOLE;

	if (ser->flags & ~known)
		return bad(d, -EPROTONOSUPPORT, "a rule has a meaning that is not known here");
	if (ser->tests > d->tests || ser->first_test > d->tests - ser->tests)
		return bad(d, -ERANGE, "a rule names tests that there are not");
	r->class = ser->class < PAGEFILTER_NR_CLASSES ? ser->class : PAGEFILTER_KEEP;
	r->first = ser->first_test;
	r->nr = ser->tests;
	r->damaged = ser->class == KDUMP_PAGE_DAMAGED;
	r->head = ser->flags & KDUMP_RULE_HEAD;
	r->whole = ser->flags & KDUMP_RULE_WHOLE;
	r->block = ser->flags & KDUMP_RULE_BLOCK;
	if (r->damaged && ser->flags)
		return bad(d, -ERANGE, "a rule about damage makes no sense");
	if (r->whole && !r->head)
		return bad(d, -ERANGE, "a rule about whole compound pages does not look at heads");
	if (!r->block)
		return 0;
	if (r->head || ser->max_order > PAGEFILTER_MAX_BLOCK_ORDER)
		return bad(d, -ERANGE, "a rule about blocks makes no sense");
	r->max_order = ser->max_order;
	if (ser->order.bytes && !take_field(&ser->order, d->struct_bytes, &r->order))
		return bad(d, -ERANGE, "the order of blocks makes no sense");
	if (r->max_order > d->max_block_order)
		d->max_block_order = r->max_order;
	return 0;
}

static int take_rules(struct pagefilter_desc *d, const struct desc_section *s)
{
	struct kdump_rule_ser ser;
	int err = 0;

	if (s->nr > PAGEFILTER_MAX_RULES)
		return bad(d, -ERANGE, "there are more rules than can be taken");
	d->rules = s->nr;
	for (u32 i = 0; i < s->nr && !err; i++) {
		get_record(s, i, &ser, sizeof(ser));
		err = take_rule(d, &ser, &d->rule[i]);
	}
	return err;
}

/* What there is to know without a look at pages. A kernel that does not say is no error. */
static int take_counts(struct pagefilter_desc *d, const u8 *note,
		       const struct kdump_header_ser *head)
{
	struct kdump_count_ser ser;
	struct desc_section s;
	int err;

	err = find_section(d, note, head, KDUMP_SECTION_COUNTS, &s);
	if (err)
		return err == -ENODATA ? 0 : err;
	for (u32 i = 0; i < s.nr && d->counts < PAGEFILTER_MAX_COUNTS; i++) {
		get_record(&s, i, &ser, sizeof(ser));
		if (ser.class >= PAGEFILTER_NR_CLASSES)
			continue;
		d->count[d->counts].class = ser.class;
		d->count[d->counts++].pa = ser.pa;
	}
	return 0;
}

/* All sections of the description. */
static int take_all(struct pagefilter_desc *d, const u8 *note, const struct kdump_header_ser *head)
{
	struct desc_section s[KDUMP_SECTION_RULES + 1];
	struct kdump_compound_ser compound;
	struct kdump_memory_ser memory;
	int err;

	for (u32 type = KDUMP_SECTION_MEMORY; type <= KDUMP_SECTION_RULES; type++) {
		err = find_section(d, note, head, type, &s[type]);
		if (err == -ENODATA)
			return bad(d, err, "it does not describe pages");
		if (err)
			return err;
	}
	if (s[KDUMP_SECTION_MEMORY].nr != 1 || s[KDUMP_SECTION_COMPOUND].nr != 1)
		return bad(d, -EBADMSG, "a section of one record has none or more");

	get_record(&s[KDUMP_SECTION_MEMORY], 0, &memory, sizeof(memory));
	err = take_memory(d, &memory);
	if (!err)
		err = take_maps(d, &s[KDUMP_SECTION_MAPS]);
	if (!err && memory.lookup == KDUMP_LOOKUP_TABLES)
		err = take_levels(d, &memory, &s[KDUMP_SECTION_LEVELS]);
	if (!err && memory.lookup == KDUMP_LOOKUP_LIST)
		err = take_list(d, &memory);
	if (err)
		return err;
	get_record(&s[KDUMP_SECTION_COMPOUND], 0, &compound, sizeof(compound));
	err = take_compound(d, &compound);
	if (!err)
		err = take_tests(d, &s[KDUMP_SECTION_TESTS]);
	if (!err)
		err = take_counts(d, note, head);
	return err ? err : take_rules(d, &s[KDUMP_SECTION_RULES]);
}

int pagefilter_init(struct pagefilter *pf, const void *note, size_t bytes,
		    const struct pagefilter_source *src, void *buf)
{
	struct kdump_header_ser head;
	int err;

	memset(pf, 0, sizeof(*pf));
	pf->src = src;
	pf->buf = buf;
	err = check_header(&pf->desc, note, bytes, &head);
	if (!err)
		err = take_all(&pf->desc, note, &head);
	if (!err)
		pagefilter_prepare(&pf->desc);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(pagefilter_init);

const char *pagefilter_reason(const struct pagefilter *pf)
{
	return pf->desc.reason ? pf->desc.reason : "nothing is wrong";
}
EXPORT_SYMBOL_IF_KUNIT(pagefilter_reason);
