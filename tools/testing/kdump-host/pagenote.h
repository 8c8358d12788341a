/* SPDX-License-Identifier: GPL-2.0-only */
/* The note of a made-up crashed kernel; included by pagemem.h, which see. */
#ifndef KDUMP_HOST_PAGENOTE_H
#define KDUMP_HOST_PAGENOTE_H

/* Bit by bit, unlike the one that is tested. */
static inline u32 pagenote_crc(const u8 *p, size_t bytes)
{
	u32 crc = ~0U;

	while (bytes--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* The checksum again, after the note was changed. */
static inline void pagenote_seal(struct pagemem *m)
{
	struct kdump_header_ser head;

	memcpy(&head, m->note, sizeof(head));
	head.crc32 = 0;
	memcpy(m->note, &head, sizeof(head));
	if (head.total_bytes > sizeof(m->note))
		return;
	head.crc32 = pagenote_crc(m->note, head.total_bytes);
	memcpy(m->note, &head, sizeof(head));
}

/* Begins a section; records follow with pagenote_add(). Returns where it is. */
static inline u32 pagenote_section(struct pagemem *m, u32 type, u32 record_bytes)
{
	struct kdump_section_ser s = {
		.type = type, .bytes = sizeof(s), .record_bytes = record_bytes,
	};
	u32 at = m->note_bytes;

	if (m->shape.big_records)
		s.record_bytes += 24;
	memcpy(m->note + at, &s, sizeof(s));
	m->note_bytes += sizeof(s);
	return at;
}

static inline void pagenote_add(struct pagemem *m, u32 section, const void *record, u32 bytes)
{
	struct kdump_section_ser s;

	memcpy(&s, m->note + section, sizeof(s));
	memcpy(m->note + m->note_bytes, record, bytes);
	memset(m->note + m->note_bytes + bytes, 0x5a, s.record_bytes - bytes);
	m->note_bytes += s.record_bytes;
	s.bytes += s.record_bytes;
	s.records++;
	memcpy(m->note + section, &s, sizeof(s));
}

static inline void pagenote_one(struct pagemem *m, u32 type, const void *record, u32 bytes)
{
	pagenote_add(m, pagenote_section(m, type, bytes), record, bytes);
}

static inline void pagenote_memory(struct pagemem *m)
{
	const struct pagemem_shape *shape = &m->shape;
	struct kdump_memory_ser s = {
		.model = shape->model,
		.lookup = shape->lookup,
		.flags = shape->big_endian_tables ? KDUMP_TABLES_BIG_ENDIAN : 0,
		.page_shift = 12,
		.page_struct_bytes = shape->struct_bytes,
		.pointer_bytes = m->at.word,
		.max_pfn = PAGEMEM_PFNS,
		.memmap_va = shape->model == KDUMP_MODEL_SPARSE ? 0x123000 : m->memmap_va,
		.memmap_pages = PAGEMEM_PFNS,
		.sections_va = m->sections_va,
		.section_map_mask = ~7ULL,
		.section_online_mask = 3,
		.section_early_mask = 4,
		.section_shift = PAGEMEM_SECTION_SHIFT,
		.section_bytes = 32,
		.section_map_offset = 8,
		.section_usage_offset = 16,
		.subsection_map_offset = 8,
		.subsection_shift = PAGEMEM_SUBSECTION_SHIFT,
		.sections_per_root = shape->roots ? PAGEMEM_PER_ROOT : 0,
		.levels = 4,
		.tables_pa = m->root_pa,
		.list_va = m->list_va,
		.list_bytes = PAGEMEM_PAGE,
		.list_next_offset = 0,
		.list_pa_offset = 8,
		.list_va_offset = 16,
	};
	struct kdump_map_ser map = {
		.va = pagemem_linear(m, PAGEMEM_BASE_PA),
		.pa = PAGEMEM_BASE_PA,
		.bytes = PAGEMEM_BYTES,
	};
	u32 at;

	pagenote_one(m, KDUMP_SECTION_MEMORY, &s, sizeof(s));
	pagenote_one(m, KDUMP_SECTION_MAPS, &map, sizeof(map));
	at = pagenote_section(m, KDUMP_SECTION_LEVELS, sizeof(struct kdump_level_ser));
	for (u32 shift = 39; shift >= 12; shift -= 9) {
		struct kdump_level_ser level = {
			.shift = shift,
			.index_bits = 9,
			.present_mask = 1,
			.present_value = 1,
			.leaf_mask = shift > 12 ? 0x80 : 0,
			.leaf_value = shift > 12 ? 0x80 : 0,
			.table_pa_mask = 0x000ffffffffff000ULL,
			.leaf_pa_mask = 0x000ffffffffff000ULL,
		};

		pagenote_add(m, at, &level, sizeof(level));
	}
}

static inline struct kdump_test_ser pagenote_test(u32 offset, u32 bytes, u64 mask, u64 value,
						  bool negate)
{
	return (struct kdump_test_ser) {
		.offset = offset, .bytes = bytes, .mask = mask, .value = value, .negate = negate,
	};
}

static inline struct kdump_field_ser pagenote_field(u32 offset, u32 bytes, u64 mask)
{
	return (struct kdump_field_ser) { .offset = offset, .bytes = bytes, .mask = mask };
}

static inline void pagenote_compound(struct pagemem *m)
{
	const struct pagemem_layout *l = &m->at;
	struct kdump_compound_ser s = {
		.is_tail = pagenote_test(l->head, l->word, 1, 1, false),
		.head = pagenote_field(l->head, l->word, l->word == 4 ? 0xfffffffe : ~1ULL),
		.is_head = pagenote_test(l->flags, l->word, PAGEMEM_HEAD, PAGEMEM_HEAD, false),
		.order = pagenote_field(m->shape.struct_bytes + l->flags, l->word, 0xff),
		.max_order = PAGEMEM_MAX_ORDER,
		.fake_align = PAGEMEM_PAGE,
	};

	pagenote_one(m, KDUMP_SECTION_COMPOUND, &s, sizeof(s));
}

struct pagenote_rule {
	u32 class;
	u32 flags;
	u32 tests;
	struct kdump_test_ser test[2];
};

static inline void pagenote_rules(struct pagemem *m)
{
	const struct pagemem_layout *l = &m->at;
	const u32 whole = KDUMP_RULE_HEAD | KDUMP_RULE_WHOLE;
#define FLAGS(bits, are)	pagenote_test(l->flags, l->word, bits, are, false)
#define TYPED(is)		pagenote_test(l->type, 4, 0xff000000, is, false)
	const struct pagenote_rule rules[] = {
		{ KDUMP_PAGE_DAMAGED, 0, 1, { FLAGS(PAGEMEM_NEVER, PAGEMEM_NEVER) } },
		{ KDUMP_PAGE_HWPOISON, 0, 1, { FLAGS(PAGEMEM_POISON, PAGEMEM_POISON) } },
		{ KDUMP_PAGE_FREE, KDUMP_RULE_BLOCK, 2, {
			TYPED(PAGEMEM_TYPE_FREE),
			pagenote_test(l->users, 4, 0xffffffff, 0, false) } },
		{ KDUMP_PAGE_OFFLINE, 0, 1, { TYPED(PAGEMEM_TYPE_OFFLINE) } },
		{ KDUMP_PAGE_USER, whole, 1, { TYPED(PAGEMEM_TYPE_HUGE) } },
		/* One byte of the type, negated: any other type. */
		{ KDUMP_PAGE_KEEP, KDUMP_RULE_HEAD, 1, {
			pagenote_test(l->type + 3, 1, 0xff, 0xff, true) } },
		{ KDUMP_PAGE_USER, KDUMP_RULE_HEAD, 1, {
			pagenote_test(l->mapping, l->word, 1, 1, false) } },
		{ KDUMP_PAGE_CACHE_PRIVATE, KDUMP_RULE_HEAD, 1, {
			FLAGS(PAGEMEM_LRU | PAGEMEM_PRIVATE, PAGEMEM_LRU | PAGEMEM_PRIVATE) } },
		{ KDUMP_PAGE_CACHE, KDUMP_RULE_HEAD, 1, { FLAGS(PAGEMEM_LRU, PAGEMEM_LRU) } },
		/* A class that only a newer reader knows. */
		{ 77, 0, 1, { FLAGS(1, 1) } },
	};
#undef FLAGS
#undef TYPED
	const u32 nr = sizeof(rules) / sizeof(*rules);
	u32 tests = 0, at;

	at = pagenote_section(m, KDUMP_SECTION_TESTS, sizeof(struct kdump_test_ser));
	for (u32 i = 0; i < nr; i++) {
		for (u32 k = 0; k < rules[i].tests; k++)
			pagenote_add(m, at, &rules[i].test[k], sizeof(rules[i].test[k]));
	}
	at = pagenote_section(m, KDUMP_SECTION_RULES, sizeof(struct kdump_rule_ser));
	for (u32 i = 0; i < nr; i++) {
		struct kdump_rule_ser rule = {
			.class = rules[i].class,
			.flags = rules[i].flags,
			.first_test = tests,
			.tests = rules[i].tests,
			.max_order = PAGEMEM_MAX_ORDER,
		};

		if (rule.flags & KDUMP_RULE_BLOCK)
			rule.order = pagenote_field(l->order, l->word, 0xffffffff);
		pagenote_add(m, at, &rule, sizeof(rule));
		tests += rules[i].tests;
	}
}

/* Where the first record of a section that is there stands in the note. */
static inline u8 *pagenote_first(struct pagemem *m, u32 type)
{
	struct kdump_section_ser s;

	for (u32 at = sizeof(struct kdump_header_ser); at < m->note_bytes; at += s.bytes) {
		memcpy(&s, m->note + at, sizeof(s));
		if (s.type == type)
			return m->note + at + sizeof(s);
	}
	abort();
}

static inline void pagenote_get(struct pagemem *m, u32 type, void *record, u32 bytes)
{
	memcpy(record, pagenote_first(m, type), bytes);
}

/* Another record in its place. */
static inline void pagenote_put(struct pagemem *m, u32 type, const void *record, u32 bytes)
{
	memcpy(pagenote_first(m, type), record, bytes);
	pagenote_seal(m);
}

/* Free pages are counted in two places; nobody is there to count bad ones. */
static inline void pagenote_counts(struct pagemem *m)
{
	const struct kdump_count_ser counts[] = {
		{ .class = KDUMP_PAGE_FREE, .pa = m->counts_pa },
		{ .class = 77, .pa = m->counts_pa + 16 },
		{ .class = KDUMP_PAGE_FREE, .pa = m->counts_pa + 8 },
		{ .class = KDUMP_PAGE_HWPOISON, .pa = 0x1000 },
		{ .class = KDUMP_PAGE_CACHE, .pa = m->counts_pa + 24 },
	};
	u32 at = pagenote_section(m, KDUMP_SECTION_COUNTS, sizeof(counts[0]));

	for (u32 i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		pagenote_add(m, at, &counts[i], sizeof(counts[i]));
}

static inline void pagenote_make(struct pagemem *m)
{
	struct kdump_header_ser head = {
		.magic = KDUMP_MAGIC,
		.major = KDUMP_VERSION_MAJOR,
		.minor = KDUMP_VERSION_MINOR,
		.header_bytes = sizeof(head),
	};
	u32 at;

	m->note_bytes = sizeof(head);
	/* A section that is none of ours comes first. */
	at = pagenote_section(m, 4711, 8);
	pagenote_add(m, at, "whatever", 8);
	pagenote_memory(m);
	pagenote_compound(m);
	pagenote_rules(m);
	pagenote_counts(m);
	head.total_bytes = m->note_bytes;
	memcpy(m->note, &head, sizeof(head));
	pagenote_seal(m);
}

#endif /* KDUMP_HOST_PAGENOTE_H */
