// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzz the reader of ELF core headers and the walk over notes.
 *
 * The first byte of the input chooses limits, the rest is a header and, as
 * it is, a buffer of notes. What must hold: nothing outside of the input is
 * read, and each guarantee that elfcore.h gives is true of the result.
 */
#include "../../../kernel/crash_dump/elfcore.h"
#include "fuzz.h"

#define SEGS		64
#define FINDINGS	8

static void check_findings(const struct elfcore_findings *found)
{
	size_t i;

	REQUIRE(found->nr <= FINDINGS);
	REQUIRE(!found->lost || found->nr == FINDINGS);
	for (i = 0; i < found->nr; i++) {
		REQUIRE(found->f[i].reason > ELFCORE_OK &&
			found->f[i].reason < ELFCORE_NR_REASONS);
		REQUIRE(elfcore_reason_text(found->f[i].reason));
	}
}

static void check_one(const struct elfcore_seg *s,
		      const struct elfcore_limits *limits)
{
	REQUIRE(s->type == PT_LOAD || s->type == PT_NOTE);
	REQUIRE(s->filesz && s->filesz == s->memsz);
	REQUIRE(s->offset + s->filesz >= s->filesz);
	REQUIRE(!limits->max_pa || s->offset + s->filesz <= limits->max_pa);
	if (s->type == PT_NOTE) {
		REQUIRE(s->filesz <= limits->max_note_bytes);
		return;
	}
	REQUIRE(s->paddr + s->memsz >= s->memsz);
	REQUIRE(s->vaddr == ELFCORE_NO_VADDR ||
		s->vaddr + (s->memsz - 1) >= s->vaddr);
}

static void check_pair(const struct elfcore_seg *a, const struct elfcore_seg *b)
{
	bool alias;

	if (a->type != b->type)
		return;
	if (a->type == PT_NOTE) {
		REQUIRE(a->offset + a->filesz <= b->offset ||
			b->offset + b->filesz <= a->offset);
		return;
	}
	alias = a->vaddr != ELFCORE_NO_VADDR && b->vaddr != ELFCORE_NO_VADDR;
	if (alias) {
		REQUIRE(a->vaddr + (a->memsz - 1) < b->vaddr ||
			b->vaddr + (b->memsz - 1) < a->vaddr);
		alias = a->vaddr - a->paddr != b->vaddr - b->paddr;
	}
	REQUIRE(alias || a->paddr + a->memsz <= b->paddr ||
		b->paddr + b->memsz <= a->paddr);
}

static void check_segments(const struct elfcore_seg *seg, int nr,
			   const struct elfcore_limits *limits)
{
	u64 total = 0;
	int i, k;

	for (i = 0; i < nr; i++) {
		check_one(&seg[i], limits);
		REQUIRE(!i || seg[i].index > seg[i - 1].index);
		total += seg[i].filesz;
		REQUIRE(total >= seg[i].filesz &&
			total <= limits->max_total_bytes);
		for (k = 0; k < i; k++)
			check_pair(&seg[i], &seg[k]);
	}
}

static void one_header(const uint8_t *data, size_t size, uint8_t how)
{
	struct elfcore_limits limits = {
		.machine = { EM_X86_64, EM_386 },
		.max_phnum = how & 1 ? 16 : 1 << 16,
		.max_pa = how & 2 ? 1ULL << 46 : 0,
		.max_note_bytes = how & 4 ? 4096 : U64_MAX >> 1,
		.max_total_bytes = how & 8 ? 1ULL << 32 : U64_MAX >> 1,
	};
	struct elfcore_finding finding[FINDINGS];
	struct elfcore_findings found = { .f = finding, .cap = FINDINGS };
	struct elfcore_seg seg[SEGS];
	size_t cap = how & 16 ? 4 : SEGS;
	struct elfcore_header hdr;
	int ret;

	ret = elfcore_probe(data, size, &limits, &hdr, &found);
	if (ret == -EAGAIN)
		REQUIRE(hdr.need_bytes > size);
	if (ret == -EINVAL)
		REQUIRE(found.nr == 1);
	if (!ret) {
		REQUIRE(hdr.phnum && hdr.phnum <= limits.max_phnum);
		ret = elfcore_segments(data, size, &limits, &hdr, seg, cap,
				       &found);
		REQUIRE(ret == -EINVAL || (ret > 0 && (size_t)ret <= cap));
		REQUIRE(ret > 0 || found.nr);
		check_segments(seg, ret, &limits);
	}
	check_findings(&found);
}

static void one_notes(const uint8_t *data, size_t size)
{
	struct elfcore_note_iter it;
	struct elfcore_note note;
	uint8_t sum = 0;
	size_t i;

	elfcore_note_walk(&it, data, size);
	while (elfcore_note_next(&it, &note)) {
		/* Touch all of it, so that the sanitizer looks. */
		for (i = 0; i < note.name_bytes; i++)
			sum += note.name[i];
		for (i = 0; i < note.desc_bytes; i++)
			sum += ((const uint8_t *)note.desc)[i];
		elfcore_note_is(&note, "CORE", 1);
		REQUIRE(it.pos > note.off && it.pos <= size);
	}
	REQUIRE(it.pos <= size);
	REQUIRE(it.why == ELFCORE_OK || it.why == ELFCORE_NOTE_TRUNCATED ||
		it.why == ELFCORE_NOTE_NAME || it.why == ELFCORE_NOTE_DESC);
	/* Keep the reads. */
	__asm__ volatile("" : : "r"(sum));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	one_header(data + 1, size - 1, data[0]);
	one_notes(data + 1, size - 1);
	return 0;
}
