// SPDX-License-Identifier: GPL-2.0-only
/*
 * How this kernel tells its pages apart, written down as data.
 *
 * Whoever filters a dump needs to know what a struct page looks like, and that changes with each
 * version and configuration. Here it stands beside the definitions that it depends on: offsets,
 * flags and types are the compiler's, addresses are those of this boot. Nothing is copied
 * that memory hotplug could change; only where it stands is said.
 *
 * The rules' order carries meaning. First comes what shows that the rest can not be believed, and
 * what must not be touched, then types:
 * a page with a type uses the other fields as it likes (an odd slab->slabs is in the place of
 * mapping, and would look like anonymous memory). Then come hints that only mean something for
 * what is left. What no rule names is kept; so are pages on free lists of single CPUs, which
 * carry no mark.
 *
 * A class whose option is off has no rule, and a reader can see that. A definition that goes away
 * breaks the build, and so does one that would no longer fit its rule.
 *
 * Interface: pagedesc.h. Context: boot.
 */
#include <linux/build_bug.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kexec_arch.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mm_types.h>
#include <linux/mmzone.h>
#include <linux/page-flags.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/vmstat.h>
#include <uapi/linux/kdump.h>

#include "pagedesc.h"
#include "pagefilter.h"

/* The format: every size is part of it. */
static_assert(sizeof(struct kdump_memory_ser) == 168);
static_assert(offsetof(struct kdump_memory_ser, max_pfn) == 24);
static_assert(offsetof(struct kdump_memory_ser, section_shift) == 88);
static_assert(offsetof(struct kdump_memory_ser, tables_pa) == 120);
static_assert(sizeof(struct kdump_map_ser) == 24);
static_assert(sizeof(struct kdump_level_ser) == 56);
static_assert(sizeof(struct kdump_field_ser) == 16);
static_assert(sizeof(struct kdump_test_ser) == 24);
static_assert(sizeof(struct kdump_compound_ser) == 96);
static_assert(sizeof(struct kdump_rule_ser) == 40);
static_assert(sizeof(struct kdump_count_ser) == 16);

/* The pure core has these numbers under names of its own. */
static_assert(PAGEFILTER_KEEP == (int)KDUMP_PAGE_KEEP);
static_assert(PAGEFILTER_FREE == (int)KDUMP_PAGE_FREE);
static_assert(PAGEFILTER_CACHE == (int)KDUMP_PAGE_CACHE);
static_assert(PAGEFILTER_CACHE_PRIVATE == (int)KDUMP_PAGE_CACHE_PRIVATE);
static_assert(PAGEFILTER_USER == (int)KDUMP_PAGE_USER);
static_assert(PAGEFILTER_HWPOISON == (int)KDUMP_PAGE_HWPOISON);
static_assert(PAGEFILTER_OFFLINE == (int)KDUMP_PAGE_OFFLINE);
static_assert(PAGEFILTER_NR_CLASSES == (int)KDUMP_PAGE_DAMAGED);

/*
 * A page's type is the top byte of a 32-bit field, above all that a map count can be. As
 * page_has_type() has it, any negative number is one but for what a map count of none begins with.
 */
#define TYPE_MASK	0xff000000U
#define TYPE_ANY_MASK	0x80000000U
static_assert(sizeof_field(struct page, page_type) == 4);
static_assert(PGTY_mapcount_underflow == 0xff);
#define ASSERT_TYPE(type) static_assert(((type) & 0x80) && (type) < PGTY_mapcount_underflow)
ASSERT_TYPE(PGTY_buddy);
ASSERT_TYPE(PGTY_offline);
ASSERT_TYPE(PGTY_table);
ASSERT_TYPE(PGTY_guard);
ASSERT_TYPE(PGTY_hugetlb);
ASSERT_TYPE(PGTY_slab);
ASSERT_TYPE(PGTY_zsmalloc);
ASSERT_TYPE(PGTY_unaccepted);

/* A tail is told by the lowest bit of the word that names its head, and by nothing else. */
#define TAIL_BIT	1UL
static_assert(offsetof(struct page, compound_head) == offsetof(struct page, lru));
static_assert(__alignof__(struct page) > TAIL_BIT);
/* A head's first struct page is the folio's. */
static_assert(offsetof(struct folio, flags) == offsetof(struct page, flags));
static_assert(offsetof(struct folio, mapping) == offsetof(struct page, mapping));
/* Anonymous memory is a bit of the pointer to the mapping. */
static_assert(PAGE_MAPPING_ANON == 1 && __alignof__(struct address_space) > PAGE_MAPPING_ANON);
/* What the capture kernel can take, see pagefilter_desc.h. */
static_assert(sizeof(struct page) >= PAGEFILTER_MIN_STRUCT_BYTES &&
	      sizeof(struct page) <= PAGEFILTER_MAX_STRUCT_BYTES);
static_assert(MAX_PAGE_ORDER <= PAGEFILTER_MAX_BLOCK_ORDER);

#define IN_FLAGS	.offset = offsetof(struct page, flags), .bytes = sizeof(long)
#define IN_TYPE		.offset = offsetof(struct page, page_type), .bytes = 4
#define IN_USERS	.offset = offsetof(struct page, _refcount), .bytes = 4
#define IN_MAPPING	.offset = offsetof(struct page, mapping), .bytes = sizeof(long)
#define IN_PRIVATE	.offset = offsetof(struct page, private), .bytes = sizeof(long)
#define IN_HEAD		.offset = offsetof(struct page, compound_head), .bytes = sizeof(long)
static_assert(sizeof_field(struct page, flags) == sizeof(long));
static_assert(sizeof_field(struct page, _refcount) == 4);
static_assert(sizeof_field(struct page, mapping) == sizeof(long));
static_assert(sizeof_field(struct page, private) == sizeof(long));
static_assert(sizeof_field(struct page, compound_head) == sizeof(long));

#define FLAG(nr)	{ IN_FLAGS, .mask = BIT(nr), .negate = 1 }
#define NO_FLAG(nr)	{ IN_FLAGS, .mask = BIT(nr) }
#define TYPE(type)	{ IN_TYPE, .mask = TYPE_MASK, .value = (u32)(type) << 24 }
/* Both together: any type. */
#define TYPED		{ IN_TYPE, .mask = TYPE_ANY_MASK, .value = TYPE_ANY_MASK }
#define NOT_UNTYPED	{ IN_TYPE, .mask = TYPE_MASK, .value = TYPE_MASK, .negate = 1 }
#define NO_USERS	{ IN_USERS, .mask = U32_MAX }
#define ANON		{ IN_MAPPING, .mask = PAGE_MAPPING_ANON, .negate = 1 }
/* Between the flags and the numbers at the word's end nothing is ever set. */
#define FLAGS_END	(LRU_GEN_PGOFF - __LRU_REFS_WIDTH)
#define UNUSED_FLAGS	(ULONG_MAX >> (BITS_PER_LONG - FLAGS_END) & ULONG_MAX << NR_PAGEFLAGS)
#define OUT_OF_PLACE	{ IN_FLAGS, .mask = UNUSED_FLAGS, .negate = 1 }
#define OF_DEVICE	{ IN_FLAGS, .mask = ZONES_MASK << ZONES_PGSHIFT,		\
			  .value = (u64)ZONE_DEVICE << ZONES_PGSHIFT }

#define MAX_TESTS	3

/**
 * struct page_rule - one rule with its tests
 * @class: enum kdump_page_class
 * @flags: KDUMP_RULE_*
 * @max_order: of a block
 * @order: where a block's order is
 * @test: all must hold; ended by one without a size
 */
struct page_rule {
	enum kdump_page_class class;
	u32 flags;
	u32 max_order;
	struct kdump_field_ser order;
	struct kdump_test_ser test[MAX_TESTS + 1];
};

static const struct page_rule page_rules[] __initconst = {
	/* Overwritten, or never filled in. */
	{ KDUMP_PAGE_DAMAGED, .test = { OUT_OF_PLACE } },
#ifdef CONFIG_ZONE_DEVICE
	/* A driver's, in a section that also has memory of ours: it uses all fields itself. */
	{ KDUMP_PAGE_KEEP, .test = { OF_DEVICE } },
#endif
#ifdef CONFIG_MEMORY_FAILURE
	{ KDUMP_PAGE_HWPOISON, .test = { FLAG(PG_hwpoison) } },
#ifdef CONFIG_HUGETLB_PAGE
	/* Which page of it is on a list of its own. */
	{ KDUMP_PAGE_HWPOISON, KDUMP_RULE_HEAD | KDUMP_RULE_WHOLE, .test = {
		TYPE(PGTY_hugetlb), FLAG(PG_hwpoison) } },
#endif
#endif
	{ KDUMP_PAGE_FREE, KDUMP_RULE_BLOCK, MAX_PAGE_ORDER,
	  { IN_PRIVATE, .mask = ULONG_MAX }, { TYPE(PGTY_buddy), NO_USERS } },
	{ KDUMP_PAGE_OFFLINE, .test = { TYPE(PGTY_offline) } },
#ifdef CONFIG_UNACCEPTED_MEMORY
	/* The hypervisor has not given it yet; always the largest blocks. */
	{ KDUMP_PAGE_OFFLINE, KDUMP_RULE_BLOCK, MAX_PAGE_ORDER, .test = {
		TYPE(PGTY_unaccepted) } },
#endif
#ifdef CONFIG_HUGETLB_PAGE
	{ KDUMP_PAGE_USER, KDUMP_RULE_HEAD | KDUMP_RULE_WHOLE, .test = { TYPE(PGTY_hugetlb) } },
#endif
	/* Slab, page tables, guard pages, zsmalloc, and types that are yet to come. */
	{ KDUMP_PAGE_KEEP, KDUMP_RULE_HEAD, .test = { TYPED, NOT_UNTYPED } },
	{ KDUMP_PAGE_USER, KDUMP_RULE_HEAD, .test = { ANON } },
	{ KDUMP_PAGE_CACHE_PRIVATE, KDUMP_RULE_HEAD, .test = { FLAG(PG_lru), FLAG(PG_private) } },
	{ KDUMP_PAGE_CACHE, KDUMP_RULE_HEAD, .test = { FLAG(PG_lru), NO_FLAG(PG_private) } },
#ifdef CONFIG_SWAP
	/* On its way out or in, not on a list just now. */
	{ KDUMP_PAGE_CACHE_PRIVATE, KDUMP_RULE_HEAD, .test = {
		FLAG(PG_swapcache), FLAG(PG_swapbacked), FLAG(PG_private) } },
	{ KDUMP_PAGE_CACHE, KDUMP_RULE_HEAD, .test = {
		FLAG(PG_swapcache), FLAG(PG_swapbacked), NO_FLAG(PG_private) } },
#endif
};

static_assert(ARRAY_SIZE(page_rules) <= PAGEFILTER_MAX_RULES);
static_assert(ARRAY_SIZE(page_rules) * MAX_TESTS <= PAGEFILTER_MAX_TESTS);

static const struct kdump_compound_ser compound __initconst = {
	.is_tail	= { IN_HEAD, .mask = TAIL_BIT, .value = TAIL_BIT },
	.head		= { IN_HEAD, .mask = ~TAIL_BIT },
	.is_head	= FLAG(PG_head),
	/* As folio_order() has it. */
	.order		= { offsetof(struct folio, _flags_1),
			    sizeof_field(struct folio, _flags_1), .mask = 0xff },
#ifdef CONFIG_HUGETLB_PAGE_OPTIMIZE_VMEMMAP
	.fake_align	= PAGE_SIZE,
#endif
};

/**
 * struct pagedesc_out - where the next section goes
 * @at: there; NULL: only count
 * @bytes: so far
 */
struct pagedesc_out {
	void *at;
	size_t bytes;
};

static void __init put_section(struct pagedesc_out *out, u32 type, const void *records,
			       u32 record_bytes, u32 nr)
{
	struct kdump_section_ser s = {
		.type = type,
		.bytes = sizeof(s) + record_bytes * nr,
		.record_bytes = record_bytes,
		.records = nr,
	};

	if (out->at) {
		memcpy(out->at + out->bytes, &s, sizeof(s));
		memcpy(out->at + out->bytes + sizeof(s), records, record_bytes * nr);
	}
	out->bytes += s.bytes;
}

#ifdef CONFIG_SPARSEMEM
static void __init describe_sections(struct kdump_memory_ser *m)
{
	m->sections_va = (unsigned long)mem_section;
#ifdef CONFIG_SPARSEMEM_EXTREME
	m->sections_per_root = SECTIONS_PER_ROOT;
#endif
	m->section_shift = PFN_SECTION_SHIFT;
	m->section_bytes = sizeof(struct mem_section);
	m->section_map_offset = offsetof(struct mem_section, section_mem_map);
	m->section_map_mask = SECTION_MAP_MASK;
	m->section_online_mask = SECTION_HAS_MEM_MAP | SECTION_IS_ONLINE;
	m->section_early_mask = SECTION_IS_EARLY;
	m->section_usage_offset = offsetof(struct mem_section, usage);
	/* All pages of a section that was there from boot have a struct page. */
#if defined(CONFIG_SPARSEMEM_VMEMMAP) && defined(CONFIG_MEMORY_HOTPLUG)
	m->subsection_shift = PFN_SUBSECTION_SHIFT;
	m->subsection_map_offset = offsetof(struct mem_section_usage, subsection_map);
#endif
	m->max_pfn = (u64)NR_MEM_SECTIONS << PFN_SECTION_SHIFT;
}
#endif

static void __init describe_memmap(struct kdump_memory_ser *m)
{
	m->page_shift = PAGE_SHIFT;
	m->page_struct_bytes = sizeof(struct page);
	m->pointer_bytes = sizeof(void *);
#if defined(CONFIG_FLATMEM)
	m->model = KDUMP_MODEL_FLAT;
	m->memmap_va = (unsigned long)mem_map;
	m->memmap_pfn = ARCH_PFN_OFFSET;
	m->memmap_pages = max_mapnr;
	m->max_pfn = m->memmap_pfn + m->memmap_pages;
#elif defined(CONFIG_SPARSEMEM_VMEMMAP)
	m->model = KDUMP_MODEL_SPARSE_VMEMMAP;
	m->memmap_va = (unsigned long)vmemmap;
	describe_sections(m);
#else
	m->model = KDUMP_MODEL_SPARSE;
	describe_sections(m);
#endif
}

/**
 * kexec_generic_describe_paging() - the linear map
 * @paging: result
 * @memory: result: nothing is looked up elsewhere
 *
 * Where the memory map is not in it, a dump of this kernel can not be filtered: all is kept.
 *
 * Context: boot.
 */
void __init kexec_generic_describe_paging(struct kexec_paging *paging,
					  struct kdump_memory_ser *memory)
{
	memory->lookup = KDUMP_LOOKUP_NONE;
	paging->map[0] = (struct kdump_map_ser) {
		.va = PAGE_OFFSET,
		.pa = __pa(PAGE_OFFSET),
		.bytes = (unsigned long)high_memory - PAGE_OFFSET,
	};
	paging->maps = 1;
}

static void __init put_memory(struct pagedesc_out *out)
{
	struct kdump_memory_ser memory = {};
	struct kexec_paging paging = {};

	describe_memmap(&memory);
	kexec_arch_ops.describe_paging(&paging, &memory);
	memory.levels = paging.levels;

	put_section(out, KDUMP_SECTION_MEMORY, &memory, sizeof(memory), 1);
	put_section(out, KDUMP_SECTION_MAPS, paging.map, sizeof(*paging.map), paging.maps);
	put_section(out, KDUMP_SECTION_LEVELS, paging.level, sizeof(*paging.level),
		    paging.levels);
}

static u32 __init tests_of(const struct page_rule *rule)
{
	u32 nr = 0;

	while (rule->test[nr].bytes)
		nr++;
	return nr;
}

/* Where page tables differ from boot to boot, so does the largest folio. */
static void __init put_compound(struct pagedesc_out *out)
{
	struct kdump_compound_ser ser = compound;

	ser.max_order = min_t(u32, ilog2(MAX_FOLIO_NR_PAGES), PAGEFILTER_MAX_ORDER);
	put_section(out, KDUMP_SECTION_COMPOUND, &ser, sizeof(ser), 1);
}

static void __init put_rules(struct pagedesc_out *out)
{
	struct kdump_test_ser test[ARRAY_SIZE(page_rules) * MAX_TESTS];
	struct kdump_rule_ser rule[ARRAY_SIZE(page_rules)];
	const struct page_rule *from;
	u32 i, nr, tests = 0;

	for (i = 0; i < ARRAY_SIZE(page_rules); i++) {
		from = &page_rules[i];
		nr = tests_of(from);
		memcpy(test + tests, from->test, nr * sizeof(*test));
		rule[i] = (struct kdump_rule_ser) {
			.class = from->class,
			.flags = from->flags,
			.first_test = tests,
			.tests = nr,
			.order = from->order,
			.max_order = from->max_order,
		};
		tests += nr;
	}
	put_section(out, KDUMP_SECTION_TESTS, test, sizeof(*test), tests);
	put_section(out, KDUMP_SECTION_RULES, rule, sizeof(*rule), ARRAY_SIZE(page_rules));
}

#define COUNT(of, counter) { .class = (of), .pa = __pa_symbol(&(counter)) }

static void __init put_counts(struct pagedesc_out *out)
{
	const struct kdump_count_ser count[] = {
		COUNT(KDUMP_PAGE_FREE, vm_zone_stat[NR_FREE_PAGES]),
		COUNT(KDUMP_PAGE_CACHE, vm_node_stat[NR_FILE_PAGES]),
		COUNT(KDUMP_PAGE_USER, vm_node_stat[NR_ANON_MAPPED]),
#ifdef CONFIG_MEMORY_FAILURE
		COUNT(KDUMP_PAGE_HWPOISON, num_poisoned_pages),
#endif
	};

	static_assert(sizeof(vm_zone_stat[0]) == sizeof(long));
	static_assert(ARRAY_SIZE(count) <= PAGEFILTER_MAX_COUNTS);
	put_section(out, KDUMP_SECTION_COUNTS, count, sizeof(*count), ARRAY_SIZE(count));
}

static size_t __init put_all(void *to)
{
	struct pagedesc_out out = { .at = to };

	put_memory(&out);
	put_compound(&out);
	put_rules(&out);
	put_counts(&out);
	return out.bytes;
}

/**
 * pagedesc_bytes() - size of the description
 *
 * Context: boot, once the memory map is there.
 * Return: bytes, a multiple of 8.
 */
size_t __init pagedesc_bytes(void)
{
	return put_all(NULL);
}

/**
 * pagedesc_write() - write the description
 * @to: pagedesc_bytes() of room
 *
 * Context: boot, once the memory map is there.
 */
void __init pagedesc_write(void *to)
{
	put_all(to);
}
