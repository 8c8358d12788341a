// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz the page filter: its description, and the memory that it looks at.
 *
 * The first byte of the input chooses a made-up kernel (pagemem.h), the second whether the note
 * gets a right checksum again. The rest are changes: where (one byte: note, struct pages, all
 * memory), at which offset (three bytes), how many bytes (one), and these. What must hold: it ends
 * after a number of reads that the range bounds, each class is one, the counts add up, and a range
 * gives the same when it is asked for again.
 */
#include "pagemem.h"
#include "fuzz.h"

#define SHAPES		6
#define MAX_CHANGES	64
#define CHANGE_BYTES	5
/* Look-ups for each page: sections, page tables, a head, a copy of it. */
#define READS_EACH	64
/* Over some pages of struct pages; the rest is more of the same and takes time. */
#define RANGE		400

static const struct pagemem_shape shapes[SHAPES] = {
	{ KDUMP_MODEL_SPARSE_VMEMMAP, KDUMP_LOOKUP_TABLES, 64, .roots = true },
	{ KDUMP_MODEL_SPARSE_VMEMMAP, KDUMP_LOOKUP_TABLES, 56, .big_endian_tables = true },
	{ KDUMP_MODEL_SPARSE, KDUMP_LOOKUP_NONE, 80, .roots = true, .big_records = true },
	{ KDUMP_MODEL_SPARSE, KDUMP_LOOKUP_NONE, 36, .is32 = true },
	{ KDUMP_MODEL_FLAT, KDUMP_LOOKUP_NONE, 64 },
	{ KDUMP_MODEL_SPARSE_VMEMMAP, KDUMP_LOOKUP_LIST, 64 },
};

/* A change, and what was there. */
struct change {
	u8 *at;
	u32 bytes;
	u8 old[255];
};

static struct pagemem *machine[SHAPES];

/* Something of everything, so that changes meet it. */
static struct pagemem *make(const struct pagemem_shape *shape)
{
	struct pagemem *m = pagemem_new(shape);

	for (u64 pfn = 0; pfn < PAGEMEM_PFNS; pfn += 64) {
		pagemem_free(m, pfn, 4);
		pagemem_compound(m, pfn + 16, 3, PAGEFILTER_USER);
		pagemem_set(m, pfn + 16, m->at.mapping, m->at.word, 1);
		pagemem_compound(m, pfn + 32, 4, PAGEFILTER_USER);
		pagemem_set(m, pfn + 32, m->at.type, 4, PAGEMEM_TYPE_HUGE);
		pagemem_anon(m, pfn + 50);
		pagemem_flags(m, pfn + 51, PAGEMEM_LRU, PAGEFILTER_CACHE);
	}
	return m;
}

static void change(struct pagemem *m, const uint8_t *data, struct change *c)
{
	u64 off = data[1] | data[2] << 8 | data[3] << 16;
	u64 start, size;

	switch (data[0] % 3) {
	case 0:
		c->at = m->note;
		start = 0;
		size = m->note_bytes;
		break;
	case 1:
		c->at = m->ram;
		start = m->memmap_pa - PAGEMEM_BASE_PA;
		size = PAGEMEM_PFNS * m->shape.struct_bytes;
		break;
	default:
		c->at = m->ram;
		start = 0;
		size = m->used;
		break;
	}
	off %= size;
	c->at += start + off;
	c->bytes = data[4] < size - off ? data[4] : size - off;
	memcpy(c->old, c->at, c->bytes);
	memcpy(c->at, data + CHANGE_BYTES, c->bytes);
}

static void check_range(struct pagemem *m, u64 pfn, u64 pages)
{
	static u8 class[RANGE], again[RANGE];
	u64 sum = 0;

	memset(class, 0xee, pages);
	memset(&m->pf.stats, 0, sizeof(m->pf.stats));
	m->reads = 0;
	REQUIRE(!pagefilter_classify(&m->pf, pfn, pages, class));
	if (m->pf.desc.lookup != KDUMP_LOOKUP_LIST)
		REQUIRE(m->reads <= READS_EACH * (pages + 32));
	for (u64 i = 0; i < pages; i++)
		REQUIRE(class[i] < PAGEFILTER_NR_CLASSES);
	for (u32 i = 0; i < PAGEFILTER_NR_CLASSES; i++)
		sum += m->pf.stats.pages[i];
	REQUIRE(sum == pages);
	REQUIRE(m->pf.stats.unclear + m->pf.stats.unreadable + m->pf.stats.absent <=
		m->pf.stats.pages[PAGEFILTER_KEEP]);
	REQUIRE(!pagefilter_classify(&m->pf, pfn, pages, again));
	REQUIRE(!memcmp(class, again, pages));
}

static void one(struct pagemem *m)
{
	int err = pagemem_init(m);

	REQUIRE(pagefilter_reason(&m->pf));
	if (err) {
		REQUIRE(err == -ENODATA || err == -EPROTONOSUPPORT || err == -EBADMSG ||
			err == -ERANGE);
		REQUIRE(m->pf.desc.reason);
		return;
	}
	check_range(m, 0, RANGE);
	check_range(m, PAGEMEM_PFNS - RANGE / 2 + 7, RANGE);
	m->pf.inside = true;
	/* From one section into the next. */
	check_range(m, (1ULL << PAGEMEM_SECTION_SHIFT) - 87, RANGE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct change changes[MAX_CHANGES];
	u32 nr = 0, shape;
	struct pagemem *m;

	if (size < 2)
		return 0;
	shape = data[0] % SHAPES;
	if (!machine[shape])
		machine[shape] = make(&shapes[shape]);
	m = machine[shape];
	for (size_t at = 2; nr < MAX_CHANGES && at + CHANGE_BYTES <= size;) {
		if (data[at + 4] > size - at - CHANGE_BYTES)
			break;
		change(m, data + at, &changes[nr++]);
		at += CHANGE_BYTES + data[at + 4];
	}
	if (!(data[1] & 1))
		pagenote_seal(m);
	one(m);
	while (nr--)
		memcpy(changes[nr].at, changes[nr].old, changes[nr].bytes);
	pagenote_seal(m);
	return 0;
}
