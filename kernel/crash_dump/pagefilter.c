// SPDX-License-Identifier: GPL-2.0-only
/*
 * Evaluate the rules of a description for each page.
 *
 * Most pages are like the one before them in all that any test looks at; so a plain page's words
 * are compared with the last one's first, and rules are only evaluated where they differ.
 * Free blocks, and compound pages whose rule says so, are stepped over without a look at what
 * is in them. Struct pages are read into a buffer, little at first and more the longer they are
 * taken one after the other, so that who steps over memory does not read its struct pages.
 *
 * What a struct page claims is checked before it counts for others: a head's order must fit
 * the place of the tail that named it, and a block's must fit its own; of a compound page that is
 * stepped over, the last page must be a tail of it. The way from a tail to its head is one step,
 * and a block before the range is looked for at the few places where one can begin. So nothing
 * goes further than the largest order.
 *
 * Pure. Interface: pagefilter.h.
 */
#include "pagefilter_impl.h"

/* What is read first after a jump. */
#define FIRST_BYTES	512U

/**
 * struct range - the range being classified
 * @pfn: next page
 * @end_pfn: after the last page
 * @class: of @pfn
 * @block_end_pfn: @pfn lies in a free block if it is below this
 * @block_rule: the rule that says so
 */
struct range {
	u64 pfn;
	u64 end_pfn;
	u8 *class;
	u64 block_end_pfn;
	u32 block_rule;
};

static u64 load8(const u8 *at)
{
	u64 v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static bool holds(const struct pagefilter_test *t, const u8 *page)
{
	return ((load8(page + t->offset) & t->mask) == t->value) != t->negate;
}

static bool rule_holds(const struct pagefilter_desc *d, const struct pagefilter_rule *r,
		       const u8 *page)
{
	const struct pagefilter_test *t = d->test + r->first;

	for (u32 i = 0; i < r->nr; i++) {
		if (!holds(t + i, page))
			return false;
	}
	return true;
}

/* The first rule that holds for a page that is its own head; @d->rules if none. */
static u32 first_rule(const struct pagefilter_desc *d, const u8 *page)
{
	u32 i;

	for (i = 0; i < d->rules && !rule_holds(d, &d->rule[i], page); i++)
		;
	return i;
}

/* The same among the rules before @end about heads, or about pages themselves. */
static u32 first_rule_of(const struct pagefilter_desc *d, const u8 *page, bool head, u32 end)
{
	u32 i;

	for (i = 0; i < end; i++) {
		if (d->rule[i].head == head && rule_holds(d, &d->rule[i], page))
			break;
	}
	return i;
}

static u8 class_of_rule(const struct pagefilter_desc *d, u32 rule)
{
	return rule < d->rules ? d->rule[rule].class : PAGEFILTER_KEEP;
}

/* Up to @end_pfn all pages of the range are @class. */
static void mark(struct pagefilter *pf, struct range *r, u64 end_pfn, u8 class)
{
	u64 pages = (end_pfn < r->end_pfn ? end_pfn : r->end_pfn) - r->pfn;

	memset(r->class, class, pages);
	pf->stats.pages[class] += pages;
	r->class += pages;
	r->pfn += pages;
}

static void mark_one(struct pagefilter *pf, struct range *r, u8 class)
{
	*r->class++ = class;
	pf->stats.pages[class]++;
	r->pfn++;
}

static bool says_damaged(const struct pagefilter_desc *d, u32 rule)
{
	return rule < d->rules && d->rule[rule].damaged;
}

/* The page is of the class that @rule says. */
static void mark_rule(struct pagefilter *pf, struct range *r, u32 rule)
{
	pf->stats.unclear += says_damaged(&pf->desc, rule);
	mark_one(pf, r, class_of_rule(&pf->desc, rule));
}

/* A page that contradicts itself is kept, unless it is one not to be touched. */
static void mark_unclear(struct pagefilter *pf, struct range *r, const u8 *page)
{
	const struct pagefilter_desc *d = &pf->desc;
	u32 rule = first_rule_of(d, page, false, d->rules);

	if (class_of_rule(d, rule) == PAGEFILTER_HWPOISON) {
		mark_one(pf, r, PAGEFILTER_HWPOISON);
		return;
	}
	pf->stats.unclear++;
	mark_one(pf, r, PAGEFILTER_KEEP);
}

/* Part of the buffer that holds struct pages from @va on; *@have: bytes, at least one of them. */
static const u8 *in_buffer(const struct pagefilter *pf, u64 va, u64 bytes, u64 *have)
{
	const struct pagefilter_walk *w = &pf->walk;
	u64 skip = va - w->buf_va;

	if (!w->buf_bytes || va < w->buf_va || skip >= w->buf_bytes ||
	    w->buf_bytes - skip < bytes)
		return NULL;
	*have = w->buf_bytes - skip;
	return (const u8 *)pf->buf + skip;
}

/*
 * Struct pages from @va on. After 0 *@have tells how many bytes there are, at most about
 * @max_bytes; after -EIO how many can not be read.
 */
static int get_structs(struct pagefilter *pf, u64 va, u64 max_bytes, const u8 **at, u64 *have)
{
	struct pagefilter_walk *w = &pf->walk;
	const u32 one = pf->desc.struct_bytes;
	bool goes_on = w->buf_bytes && va >= w->buf_va && va - w->buf_va <= w->buf_bytes;
	int err;

	*at = in_buffer(pf, va, one, have);
	if (*at)
		return 0;
	if (!goes_on)
		w->want_bytes = FIRST_BYTES;
	else if (w->want_bytes < PAGEFILTER_BUF_BYTES)
		w->want_bytes = 4 * w->want_bytes < PAGEFILTER_BUF_BYTES ?
				4 * w->want_bytes : PAGEFILTER_BUF_BYTES;
	if (max_bytes > w->want_bytes)
		max_bytes = w->want_bytes;
	w->buf_va = va;
	w->buf_bytes = 0;
	err = pagelookup_read(pf, va, max_bytes, pf->buf, have);
	if (!err && *have < one)
		err = -EIO;
	if (err)
		return err;
	w->buf_bytes = *have;
	*at = pf->buf;
	return 0;
}

/* @bytes at @va, out of the buffer or into @to. */
static int get_bytes(struct pagefilter *pf, u64 va, u64 bytes, u8 *to)
{
	u64 have;
	const u8 *at = in_buffer(pf, va, bytes, &have);

	if (!at)
		return pagelookup_read_all(pf, va, bytes, to);
	memcpy(to, at, bytes);
	return 0;
}

static u64 named_head(const struct pagefilter_desc *d, const u8 *tail)
{
	return load8(tail + d->head_offset) >> d->head_shift & d->va_mask & d->head_mask;
}

/* Is the head at @h->va, whose structs are there, that of a compound page which holds @pfn? */
static int check_head(struct pagefilter *pf, u64 pfn, struct pagefilter_head *h)
{
	const struct pagefilter_desc *d = &pf->desc;
	u64 order, va, pages;
	int err;

	if (!holds(&d->is_head, h->structs) || holds(&d->is_tail, h->structs) ||
	    says_damaged(d, first_rule_of(d, h->structs, false, d->rules)))
		return -EIO;
	order = load8(h->structs + d->order.offset) >> d->order.shift & d->order.mask;
	if (!order || order > d->max_order)
		return -EIO;
	h->start_pfn = pfn & ~((1ULL << order) - 1);
	h->end_pfn = h->start_pfn + (1ULL << order);
	err = pagelookup_run(pf, h->start_pfn, 1, &va, &pages);
	if (!err && va != h->va)
		err = -EIO;
	return err;
}

/*
 * Is the last page that a head claims one of its tails? Where pages are taken without a look at
 * each, a struct page that was overwritten would otherwise decide for as many as it likes.
 */
static int check_last(struct pagefilter *pf, const struct pagefilter_head *h)
{
	const struct pagefilter_desc *d = &pf->desc;
	u8 last[PAGEFILTER_MAX_STRUCT_BYTES];
	u64 va, pages;
	int err;

	err = pagelookup_run(pf, h->end_pfn - 1, 1, &va, &pages);
	if (!err)
		err = get_bytes(pf, va, d->struct_bytes, last);
	if (!err && (!holds(&d->is_tail, last) || named_head(d, last) != h->va))
		err = -EIO;
	return err;
}

/* The compound page of @pfn by its head at @va: pf->walk.head. Only -EINTR is an error. */
static int get_head(struct pagefilter *pf, u64 pfn, u64 va)
{
	const struct pagefilter_desc *d = &pf->desc;
	struct pagefilter_head *h = &pf->walk.head;
	u64 bytes = d->order.offset + 8;
	int err;

	h->va = va;
	h->ok = false;
	if (bytes < d->struct_bytes)
		bytes = d->struct_bytes;
	err = get_bytes(pf, va, bytes, h->structs);
	if (!err)
		err = check_head(pf, pfn, h);
	if (!err) {
		h->rule = first_rule_of(d, h->structs, true, d->rules);
		if (h->rule < d->rules && d->rule[h->rule].whole)
			err = check_last(pf, h);
	}
	h->ok = !err;
	return err == -EINTR ? err : 0;
}

static bool head_is_of(const struct pagefilter_head *h, u64 pfn, u64 va)
{
	return h->va == va && h->ok && pfn >= h->start_pfn && pfn < h->end_pfn;
}

/* A page behind its head at @head_va. */
static int take_tail(struct pagefilter *pf, struct range *r, const u8 *page, u64 head_va)
{
	const struct pagefilter_desc *d = &pf->desc;
	const struct pagefilter_head *h = &pf->walk.head;
	u32 rule;
	int err;

	if (!head_is_of(h, r->pfn, head_va)) {
		err = get_head(pf, r->pfn, head_va);
		if (err)
			return err;
	}
	if (!head_is_of(h, r->pfn, head_va) || r->pfn == h->start_pfn) {
		mark_unclear(pf, r, page);
		return 0;
	}
	if (h->rule < d->rules && d->rule[h->rule].whole) {
		mark(pf, r, h->end_pfn, d->rule[h->rule].class);
		return 0;
	}
	rule = first_rule_of(d, page, false, h->rule);
	if (rule < h->rule && d->rule[rule].block)
		mark_unclear(pf, r, page);
	else
		mark_rule(pf, r, rule);
	return 0;
}

/* Is @page, at @va, a copy of its head? Then *@head_va is where that is. */
static int find_copied_head(struct pagefilter *pf, u64 va, u64 *head_va)
{
	const struct pagefilter_desc *d = &pf->desc;
	u8 next[PAGEFILTER_MAX_STRUCT_BYTES];
	int err;

	*head_va = va;
	if (!d->fake_align || va & (d->fake_align - 1))
		return 0;
	err = get_bytes(pf, va + d->struct_bytes, d->struct_bytes, next);
	if (!err && holds(&d->is_tail, next))
		*head_va = named_head(d, next);
	return err == -EINTR ? err : 0;
}

/* A page that says that it is a head, at @va. */
static int take_head(struct pagefilter *pf, struct range *r, const u8 *page, u64 va)
{
	const struct pagefilter_desc *d = &pf->desc;
	const struct pagefilter_head *h = &pf->walk.head;
	u64 head_va;
	u32 rule;
	int err;

	err = find_copied_head(pf, va, &head_va);
	if (err)
		return err;
	if (head_va != va)
		return take_tail(pf, r, page, head_va);

	if (!head_is_of(h, r->pfn, va)) {
		err = get_head(pf, r->pfn, va);
		if (err)
			return err;
	}
	rule = first_rule(d, page);
	if (!head_is_of(h, r->pfn, va) || (rule < d->rules && d->rule[rule].block))
		mark_unclear(pf, r, page);
	else if (rule < d->rules && d->rule[rule].whole)
		mark(pf, r, h->end_pfn, d->rule[rule].class);
	else
		mark_rule(pf, r, rule);
	return 0;
}

/* Pages of the block that begins with @page, by power of two; -1 if that can not be. */
static int block_order(const struct pagefilter_rule *rule, u64 pfn, const u8 *page)
{
	u64 order = rule->max_order;

	if (rule->order.mask)
		order = load8(page + rule->order.offset) >> rule->order.shift & rule->order.mask;
	if (order > rule->max_order || pfn & ((1ULL << order) - 1))
		return -1;
	return order;
}

static void take_block(struct pagefilter *pf, struct range *r, const u8 *page, u32 rule)
{
	const struct pagefilter_rule *block = &pf->desc.rule[rule];
	int order = block_order(block, r->pfn, page);

	if (order < 0) {
		mark_unclear(pf, r, page);
		return;
	}
	r->block_end_pfn = r->pfn + (1ULL << order);
	r->block_rule = rule;
	if (pf->inside)
		mark_one(pf, r, block->class);
	else
		mark(pf, r, r->block_end_pfn, block->class);
}

/* A page of a free block, if each is to be looked at. */
static void take_inside(struct pagefilter *pf, struct range *r, const u8 *page)
{
	mark_rule(pf, r, first_rule_of(&pf->desc, page, false, r->block_rule));
}

static bool is_same(const struct pagefilter *pf, const u8 *page)
{
	const struct pagefilter_desc *d = &pf->desc;
	const struct pagefilter_walk *w = &pf->walk;

	if (!w->same_valid)
		return false;
	for (u32 i = 0; i < d->words; i++) {
		if ((load8(page + d->word[i].offset) & d->word[i].mask) != w->same[i])
			return false;
	}
	return true;
}

static void remember(struct pagefilter *pf, const u8 *page, u8 class)
{
	const struct pagefilter_desc *d = &pf->desc;
	struct pagefilter_walk *w = &pf->walk;

	for (u32 i = 0; i < d->words; i++)
		w->same[i] = load8(page + d->word[i].offset) & d->word[i].mask;
	w->same_class = class;
	w->same_valid = d->words;
}

static int take_page(struct pagefilter *pf, struct range *r, const u8 *page, u64 va)
{
	const struct pagefilter_desc *d = &pf->desc;
	u32 rule;

	if (r->pfn < r->block_end_pfn) {
		take_inside(pf, r, page);
		return 0;
	}
	if (is_same(pf, page)) {
		mark_one(pf, r, pf->walk.same_class);
		return 0;
	}
	if (holds(&d->is_tail, page))
		return take_tail(pf, r, page, named_head(d, page));
	if (holds(&d->is_head, page))
		return take_head(pf, r, page, va);

	rule = first_rule(d, page);
	if (rule < d->rules && d->rule[rule].block) {
		take_block(pf, r, page, rule);
		return 0;
	}
	/* Each that is damaged is counted. */
	if (!says_damaged(d, rule))
		remember(pf, page, class_of_rule(d, rule));
	mark_rule(pf, r, rule);
	return 0;
}

/* Struct pages that are in the buffer, from @va on. */
static int take_structs(struct pagefilter *pf, struct range *r, u64 va, const u8 *at, u64 bytes)
{
	const u32 one = pf->desc.struct_bytes;
	u64 from_pfn, used;
	int err = 0;

	for (used = 0; !err && bytes - used >= one && r->pfn < r->end_pfn;
	     used += (r->pfn - from_pfn) * one) {
		from_pfn = r->pfn;
		err = take_page(pf, r, at + used, va + used);
		/* A step may lead beyond the buffer. */
		if ((r->pfn - from_pfn) > (bytes - used) / one)
			break;
	}
	return err;
}

/* The next pages for which one look-up is enough. */
static int take_run(struct pagefilter *pf, struct range *r)
{
	const u32 one = pf->desc.struct_bytes;
	u64 va, pages, bytes, before;
	const u8 *at;
	int err;

	err = pagelookup_run(pf, r->pfn, r->end_pfn - r->pfn, &va, &pages);
	if (!err) {
		err = get_structs(pf, va, pages * one, &at, &bytes);
		if (!err && bytes > pages * one)
			bytes = pages * one;
		if (!err)
			return take_structs(pf, r, va, at, bytes);
		/* Every struct page that has a byte in it. */
		if (err == -EIO && (bytes + one - 1) / one < pages)
			pages = (bytes + one - 1) / one;
	}
	if (err == -EINTR)
		return err;
	before = r->pfn;
	mark(pf, r, r->pfn + pages, PAGEFILTER_KEEP);
	if (err == -ENXIO)
		pf->stats.absent += r->pfn - before;
	else
		pf->stats.unreadable += r->pfn - before;
	return 0;
}

/* Does a free block of at least @order begin at @pfn, that holds the range's first page? */
static int look_for_block(struct pagefilter *pf, struct range *r, u64 pfn, u32 order)
{
	const struct pagefilter_desc *d = &pf->desc;
	u8 page[PAGEFILTER_MAX_STRUCT_BYTES];
	u64 va, pages;
	u32 rule;
	int err, is;

	err = pagelookup_run(pf, pfn, 1, &va, &pages);
	if (!err)
		err = get_bytes(pf, va, d->struct_bytes, page);
	if (err)
		return err == -EINTR ? err : 0;
	if (holds(&d->is_tail, page) || holds(&d->is_head, page))
		return 0;
	rule = first_rule(d, page);
	if (rule >= d->rules || !d->rule[rule].block)
		return 0;
	is = block_order(&d->rule[rule], pfn, page);
	if (is < (int)order)
		return 0;
	r->block_end_pfn = pfn + (1ULL << is);
	r->block_rule = rule;
	return 0;
}

/* The range may begin within a free block; the larger one counts. */
static int find_block_before(struct pagefilter *pf, struct range *r)
{
	int err = 0;
	u64 pfn;

	for (u32 order = pf->desc.max_block_order; order && !err; order--) {
		pfn = r->pfn & ~((1ULL << order) - 1);
		if (pfn == r->pfn)
			continue;
		err = look_for_block(pf, r, pfn, order);
		if (r->block_end_pfn > r->pfn)
			break;
	}
	if (!err && r->block_end_pfn > r->pfn && !pf->inside)
		mark(pf, r, r->block_end_pfn, class_of_rule(&pf->desc, r->block_rule));
	return err;
}

int pagefilter_classify(struct pagefilter *pf, u64 start_pfn, u64 nr_pages, u8 *class)
{
	struct range r = {
		.pfn = start_pfn,
		.end_pfn = start_pfn + nr_pages,
		.class = class,
	};
	int err = 0;

	if (!nr_pages)
		return 0;
	err = find_block_before(pf, &r);
	while (!err && r.pfn < r.end_pfn)
		err = take_run(pf, &r);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(pagefilter_classify);

/* Another word that a test looks at; 0 words mean that there are too many. */
static bool add_word(struct pagefilter_desc *d, const struct pagefilter_test *t)
{
	for (u32 i = 0; i < d->words; i++) {
		if (d->word[i].offset == t->offset) {
			d->word[i].mask |= t->mask;
			return true;
		}
	}
	if (d->words == PAGEFILTER_MAX_SIGNATURE)
		return false;
	d->word[d->words].offset = t->offset;
	d->word[d->words++].mask = t->mask;
	return true;
}

void pagefilter_prepare(struct pagefilter_desc *d)
{
	bool fits = add_word(d, &d->is_tail) && add_word(d, &d->is_head);

	for (u32 i = 0; i < d->tests && fits; i++)
		fits = add_word(d, &d->test[i]);
	if (!fits)
		d->words = 0;
}

u32 pagefilter_level_mask(unsigned int level)
{
	u32 mask = 1U << PAGEFILTER_HWPOISON;

	if (level)
		mask |= 1U << PAGEFILTER_OFFLINE;
	if (level & (PAGEFILTER_LEVEL_CACHE | PAGEFILTER_LEVEL_CACHE_PRIVATE))
		mask |= 1U << PAGEFILTER_CACHE;
	if (level & PAGEFILTER_LEVEL_CACHE_PRIVATE)
		mask |= 1U << PAGEFILTER_CACHE_PRIVATE;
	if (level & PAGEFILTER_LEVEL_USER)
		mask |= 1U << PAGEFILTER_USER;
	if (level & PAGEFILTER_LEVEL_FREE)
		mask |= 1U << PAGEFILTER_FREE;
	return mask;
}
EXPORT_SYMBOL_IF_KUNIT(pagefilter_level_mask);

const char *pagefilter_class_name(unsigned int class)
{
	static const char * const name[PAGEFILTER_NR_CLASSES] = {
		[PAGEFILTER_KEEP] = "keep",
		[PAGEFILTER_FREE] = "free",
		[PAGEFILTER_CACHE] = "cache",
		[PAGEFILTER_CACHE_PRIVATE] = "cache_private",
		[PAGEFILTER_USER] = "user",
		[PAGEFILTER_HWPOISON] = "hwpoison",
		[PAGEFILTER_OFFLINE] = "offline",
	};

	return class < PAGEFILTER_NR_CLASSES ? name[class] : "unknown";
}
EXPORT_SYMBOL_IF_KUNIT(pagefilter_class_name);
