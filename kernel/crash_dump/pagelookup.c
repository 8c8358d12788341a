// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a page frame number to the bytes of its struct page.
 *
 * Sections say whether there is a struct page and at which virtual address; fixed mappings, page
 * tables or a list say where that is in physical memory. Both are looked up in the dump, so they
 * are as they were at the crash, with all memory that had come or gone.
 *
 * A walk over page tables goes down one record of the description a step, and a list has a largest
 * length: neither can run in a circle. Whatever address comes out is only given to the
 * source, which knows what is RAM. A negative answer also says how far it reaches, so that a
 * damaged table costs one look and not one for each page.
 *
 * Pure. Interface: pagefilter_impl.h.
 */
#include "pagefilter_impl.h"

/* Where even that is not known, as far as a page table's smallest entry. */
#define UNKNOWN_BYTES	PAGEFILTER_MIN_MAP_BYTES

static u64 get_word(const u8 *p, u32 bytes)
{
	u32 word32;
	u64 word;

	if (bytes == 4) {
		memcpy(&word32, p, sizeof(word32));
		return word32;
	}
	memcpy(&word, p, sizeof(word));
	return word;
}

static int read_pa(struct pagefilter *pf, u64 pa, size_t bytes, void *buf)
{
	int err;

	if (pa >> PAGEFILTER_MAX_PA_BITS)
		return -EIO;
	err = pf->src->read(pf->src->ctx, pa, bytes, buf);
	return err && err != -EINTR ? -EIO : err;
}

static bool translate_fixed(const struct pagefilter_desc *d, u64 va, u64 *pa, u64 *bytes)
{
	const struct pagefilter_map *map;

	for (u32 i = 0; i < d->maps; i++) {
		map = &d->map[i];
		if (va >= map->va && va - map->va < map->bytes) {
			*pa = map->pa + (va - map->va);
			*bytes = map->bytes - (va - map->va);
			return true;
		}
	}
	return false;
}

static int read_entry(struct pagefilter *pf, u64 pa, u64 *entry)
{
	const bool native_big = KDUMP_ELFDATA == ELFDATA2MSB;
	int err = read_pa(pf, pa, sizeof(*entry), entry);

	if (pf->desc.table_big_endian != native_big)
		*entry = __builtin_bswap64(*entry);
	return err;
}

static int translate_tables(struct pagefilter *pf, u64 va, u64 *pa, u64 *bytes)
{
	const struct pagefilter_desc *d = &pf->desc;
	const struct pagefilter_level *level;
	u64 table_pa = d->root_pa, entry = 0, rest;
	u32 i;
	int err;

	*bytes = UNKNOWN_BYTES;
	for (i = 0; i < d->levels; i++) {
		level = &d->level[i];
		rest = (1ULL << level->shift) - 1;
		err = read_entry(pf, table_pa + 8 * (va >> level->shift &
						     ((1ULL << level->index_bits) - 1)), &entry);
		if (err)
			return err;
		*bytes = rest + 1 - (va & rest);
		if ((entry & level->present_mask) != level->present_value)
			return -EIO;
		if ((entry & level->leaf_mask) == level->leaf_value) {
			*pa = (entry & level->leaf_pa_mask & ~rest) | (va & rest);
			return 0;
		}
		table_pa = entry & level->table_pa_mask;
	}
	return -EIO;
}

static int read_fixed_word(struct pagefilter *pf, u64 va, u64 *word)
{
	u8 raw[sizeof(u64)];
	u64 pa, bytes;
	int err;

	if (!translate_fixed(&pf->desc, va & pf->desc.va_mask, &pa, &bytes) ||
	    bytes < pf->desc.pointer_bytes)
		return -EIO;
	err = read_pa(pf, pa, pf->desc.pointer_bytes, raw);
	if (!err)
		*word = get_word(raw, pf->desc.pointer_bytes);
	return err;
}

/*
 * Where the blocks of a stretch lie, by one walk: who asks for one asks for the next ones soon. The
 * list itself lies in fixed mappings. One that comes back to a member has no end.
 */
static int walk_list(struct pagefilter *pf, struct pagefilter_stretch *s)
{
	const struct pagefilter_desc *d = &pf->desc;
	u64 member, start_va = 0, at, nr, seen = 0;
	u32 left = PAGEFILTER_STRETCH_BLOCKS;
	int err;

	memset(s->pa, 0xff, sizeof(s->pa));
	err = read_fixed_word(pf, d->list_va, &member);
	for (u32 i = 0; !err && member && left && i < PAGEFILTER_MAX_MEMBERS; i++) {
		err = read_fixed_word(pf, member + d->list_va_offset, &start_va);
		at = start_va - s->va;
		nr = at / d->list_bytes;
		if (!err && nr < PAGEFILTER_STRETCH_BLOCKS && at % d->list_bytes == 0 &&
		    s->pa[nr] == PAGEFILTER_NO_BLOCK) {
			err = read_fixed_word(pf, member + d->list_pa_offset, &s->pa[nr]);
			left--;
		}
		/* Each time as many members have passed as before: remember this one. */
		if (!(i & (i - 1)))
			seen = member;
		if (!err)
			err = read_fixed_word(pf, member + d->list_next_offset, &member);
		if (member == seen)
			break;
	}
	return err;
}

static int translate_list(struct pagefilter *pf, u64 va, u64 *pa, u64 *bytes)
{
	const u64 block_bytes = pf->desc.list_bytes;
	const u64 stretch_bytes = PAGEFILTER_STRETCH_BLOCKS * block_bytes;
	struct pagefilter_stretch *s = &pf->walk.stretch;
	u64 in_block = va & (block_bytes - 1), nr;

	*bytes = block_bytes - in_block;
	if (!s->known || s->va != (va & ~(stretch_bytes - 1))) {
		s->va = va & ~(stretch_bytes - 1);
		s->known = walk_list(pf, s) != -EINTR;
		if (!s->known)
			return -EINTR;
	}
	nr = (va - s->va) / block_bytes;
	if (s->pa[nr] == PAGEFILTER_NO_BLOCK)
		return -EIO;
	*pa = s->pa[nr] + in_block;
	return 0;
}

/* Physical address of @va; *@bytes: how far the answer reaches, also a negative one. */
static int translate(struct pagefilter *pf, u64 va, u64 *pa, u64 *bytes)
{
	struct pagefilter_walk *w = &pf->walk;
	struct pagefilter_tlb *t;
	int err;

	if (translate_fixed(&pf->desc, va, pa, bytes))
		return 0;
	for (t = w->tlb; t < w->tlb + PAGEFILTER_TLB_ENTRIES; t++) {
		if (va >= t->va && va - t->va < t->bytes) {
			*pa = t->pa + (va - t->va);
			*bytes = t->bytes - (va - t->va);
			return 0;
		}
	}
	*bytes = UNKNOWN_BYTES;
	switch (pf->desc.lookup) {
	case KDUMP_LOOKUP_TABLES:
		err = translate_tables(pf, va, pa, bytes);
		break;
	case KDUMP_LOOKUP_LIST:
		err = translate_list(pf, va, pa, bytes);
		break;
	default:
		return -EIO;
	}
	if (err)
		return err;
	w->tlb[w->tlb_next] = (struct pagefilter_tlb) { .va = va, .pa = *pa, .bytes = *bytes };
	w->tlb_next = (w->tlb_next + 1) % PAGEFILTER_TLB_ENTRIES;
	return 0;
}

/* *@bytes at @pa, or fewer: of a long run perhaps only the end is not RAM. */
static int read_page_wise(struct pagefilter *pf, u64 pa, u64 *bytes, void *buf)
{
	u64 rest = UNKNOWN_BYTES - pa % UNKNOWN_BYTES;
	int err = read_pa(pf, pa, *bytes, buf);

	if (err != -EIO)
		return err;
	if (*bytes > rest)
		err = read_pa(pf, pa, rest, buf);
	*bytes = rest;
	return err;
}

int pagelookup_read(struct pagefilter *pf, u64 va, size_t bytes, void *buf, u64 *got)
{
	u64 pa = 0, run;
	int err;

	for (*got = 0; *got < bytes; *got += run) {
		err = translate(pf, (va + *got) & pf->desc.va_mask, &pa, &run);
		if (!err) {
			run = run < bytes - *got ? run : bytes - *got;
			err = read_page_wise(pf, pa, &run, (u8 *)buf + *got);
		}
		if (err == -EINTR)
			return err;
		if (err) {
			if (*got)
				return 0;
			*got = run;
			return err;
		}
	}
	return 0;
}

int pagelookup_read_all(struct pagefilter *pf, u64 va, size_t bytes, void *buf)
{
	u64 got;
	int err = pagelookup_read(pf, va, bytes, buf, &got);

	if (!err && got < bytes)
		return -EIO;
	return err;
}

static int read_word(struct pagefilter *pf, u64 va, u64 *word)
{
	u8 raw[sizeof(u64)];
	int err = pagelookup_read_all(pf, va, pf->desc.pointer_bytes, raw);

	if (!err)
		*word = get_word(raw, pf->desc.pointer_bytes);
	return err;
}

static int read_subsections(struct pagefilter *pf, u64 section_va, u8 *to)
{
	const struct pagefilter_desc *d = &pf->desc;
	u32 bytes = (1U << (d->section_shift - d->subsection_shift)) / 8;
	u64 usage;
	int err;

	if (bytes < d->pointer_bytes)
		bytes = d->pointer_bytes;
	err = read_word(pf, section_va + d->section_usage_offset, &usage);
	if (!err && !usage)
		err = -ENXIO;
	if (!err)
		err = pagelookup_read_all(pf, usage + d->subsection_map_offset, bytes, to);
	return err;
}

static int read_section(struct pagefilter *pf, u64 nr, struct pagefilter_section *s)
{
	const struct pagefilter_desc *d = &pf->desc;
	u64 va = d->sections_va;
	int err = 0;

	if (d->sections_per_root) {
		err = read_word(pf, va + nr / d->sections_per_root * d->pointer_bytes, &va);
		if (!err && !va)
			err = -ENXIO;
		nr %= d->sections_per_root;
	}
	va += nr * d->section_bytes;
	if (!err)
		err = read_word(pf, va + d->section_map_offset, &s->map);
	if (err)
		return err;
	if ((s->map & d->section_online_mask) != d->section_online_mask)
		return -ENXIO;
	s->map &= d->section_map_mask;
	return d->subsection_shift ? read_subsections(pf, va, s->subsections) : 0;
}

static int load_section(struct pagefilter *pf, u64 nr)
{
	struct pagefilter_section *s = &pf->walk.section;

	if (!s->known || s->nr != nr) {
		s->nr = nr;
		s->err = read_section(pf, nr, s);
		s->known = s->err != -EINTR;
	}
	return s->err;
}

static bool has_structs(const struct pagefilter *pf, u64 subsection)
{
	u32 word_bytes = pf->desc.pointer_bytes, word_bits = 8 * word_bytes;
	const u8 *word = pf->walk.section.subsections + subsection / word_bits * word_bytes;

	return get_word(word, word_bytes) >> subsection % word_bits & 1;
}

/* How far the subsections' answer reaches within the section. */
static int subsection_run(const struct pagefilter *pf, u64 pfn, u64 *pages)
{
	const struct pagefilter_desc *d = &pf->desc;
	u64 in_section = pfn & ((1ULL << d->section_shift) - 1);
	u64 nr = in_section >> d->subsection_shift;
	u64 end = 1ULL << (d->section_shift - d->subsection_shift);
	bool has = has_structs(pf, nr);
	u64 run;

	do {
		nr++;
		run = (nr << d->subsection_shift) - in_section;
	} while (run < *pages && nr < end && has_structs(pf, nr) == has);
	if (run < *pages)
		*pages = run;
	return has ? 0 : -ENXIO;
}

static int flat_run(const struct pagefilter_desc *d, u64 pfn, u64 *va, u64 *pages)
{
	u64 nr = pfn - d->memmap_pfn;

	if (pfn < d->memmap_pfn) {
		if (d->memmap_pfn - pfn < *pages)
			*pages = d->memmap_pfn - pfn;
		return -ENXIO;
	}
	if (nr >= d->flat_pages)
		return -ENXIO;
	if (d->flat_pages - nr < *pages)
		*pages = d->flat_pages - nr;
	*va = d->memmap_va + nr * d->struct_bytes;
	return 0;
}

int pagelookup_run(struct pagefilter *pf, u64 pfn, u64 max_pages, u64 *va, u64 *pages)
{
	const struct pagefilter_desc *d = &pf->desc;
	u64 in_section, base;
	int err;

	*pages = max_pages;
	if (pfn >= d->pfns)
		return -ENXIO;
	if (d->model == KDUMP_MODEL_FLAT)
		return flat_run(d, pfn, va, pages);

	in_section = pfn & ((1ULL << d->section_shift) - 1);
	if ((1ULL << d->section_shift) - in_section < *pages)
		*pages = (1ULL << d->section_shift) - in_section;
	err = load_section(pf, pfn >> d->section_shift);
	if (!err && d->subsection_shift)
		err = subsection_run(pf, pfn, pages);
	if (err)
		return err;
	base = d->model == KDUMP_MODEL_SPARSE ? pf->walk.section.map : d->memmap_va;
	*va = (base + pfn * d->struct_bytes) & d->va_mask;
	return 0;
}

int pagefilter_count(struct pagefilter *pf, unsigned int class, u64 *pages)
{
	const struct pagefilter_desc *d = &pf->desc;
	int err = -ENODATA;
	u8 word[8];
	u64 found;

	*pages = 0;
	for (u32 i = 0; i < d->counts; i++) {
		if (d->count[i].class != class)
			continue;
		err = read_pa(pf, d->count[i].pa, d->pointer_bytes, word);
		if (err)
			return err;
		found = get_word(word, d->pointer_bytes);
		/* Below zero: what one CPU has not added, another has taken away. */
		if (!(found >> (8 * d->pointer_bytes - 1)))
			*pages += found;
	}
	return err;
}
