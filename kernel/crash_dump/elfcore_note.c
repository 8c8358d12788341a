// SPDX-License-Identifier: GPL-2.0-only
/*
 * ELF notes: walk over untrusted ones, write our own; the words of findings.
 *
 * A note is a header of three 32-bit words (Elf32_Nhdr and Elf64_Nhdr are the
 * same), the name and the content, the last two each padded to 4 bytes. The
 * walk stops at the first note that is unsound, because nothing after it can
 * be trusted to begin where it seems to; what lies before it stays usable.
 *
 * Interface: elfcore.h. Context: any, NMI and after a panic included. Pure.
 * Elsewhere: elfcore.c reads the headers in which PT_NOTEs stand.
 */
#include "elfcore.h"

#define NHDR_BYTES	sizeof(Elf64_Nhdr)

static u64 pad4(u64 bytes)
{
	return (bytes + 3) & ~3ULL;
}

void elfcore_note_walk(struct elfcore_note_iter *it, const void *buf,
		       size_t bytes)
{
	it->buf = buf;
	it->bytes = bytes;
	it->pos = 0;
	it->why = ELFCORE_OK;
}
EXPORT_SYMBOL_IF_KUNIT(elfcore_note_walk);

static bool only_zeros(const u8 *p, size_t bytes)
{
	while (bytes--) {
		if (*p++)
			return false;
	}
	return true;
}

static bool stop(struct elfcore_note_iter *it, enum elfcore_reason why)
{
	it->why = why;
	return false;
}

bool elfcore_note_next(struct elfcore_note_iter *it, struct elfcore_note *note)
{
	size_t left = it->bytes - it->pos;
	const u8 *p = it->buf + it->pos;
	u64 desc_at, end;
	Elf64_Nhdr n;

	if (it->why != ELFCORE_OK || !left)
		return false;
	if (left < NHDR_BYTES)
		return stop(it, only_zeros(p, left) ? ELFCORE_OK :
						      ELFCORE_NOTE_TRUNCATED);
	memcpy(&n, p, NHDR_BYTES);
	if (!n.n_namesz && !n.n_descsz && !n.n_type)
		return false;
	if (n.n_namesz > left - NHDR_BYTES)
		return stop(it, ELFCORE_NOTE_NAME);
	desc_at = NHDR_BYTES + pad4(n.n_namesz);
	end = desc_at + n.n_descsz;
	if (n.n_descsz && end > left)
		return stop(it, ELFCORE_NOTE_DESC);

	note->type = n.n_type;
	note->name = (const char *)p + NHDR_BYTES;
	note->name_bytes = n.n_namesz;
	note->desc = n.n_descsz ? p + desc_at : NULL;
	note->desc_bytes = n.n_descsz;
	note->off = it->pos;
	/* The last note may lack its padding. */
	end = pad4(end);
	it->pos += end < left ? end : left;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(elfcore_note_next);

bool elfcore_note_is(const struct elfcore_note *note, const char *name,
		     u32 type)
{
	size_t n = strlen(name);

	if (note->type != type || note->name_bytes < n ||
	    memcmp(note->name, name, n))
		return false;
	return note->name_bytes == n ||
	       (note->name_bytes == n + 1 && !note->name[n]);
}
EXPORT_SYMBOL_IF_KUNIT(elfcore_note_is);

size_t elfcore_note_size(const char *name, size_t desc_bytes)
{
	u64 bytes = NHDR_BYTES + pad4(strlen(name) + 1);

	if (desc_bytes > U32_MAX - 3 || bytes > U32_MAX ||
	    bytes + pad4(desc_bytes) > SIZE_MAX)
		return SIZE_MAX;
	return bytes + pad4(desc_bytes);
}

void *elfcore_note_put(void *buf, size_t cap, size_t *pos, const char *name,
		       u32 type, const void *desc, size_t desc_bytes)
{
	size_t size = elfcore_note_size(name, desc_bytes);
	Elf64_Nhdr n = {
		.n_namesz = strlen(name) + 1,
		.n_descsz = desc_bytes,
		.n_type = type,
	};
	u8 *p;

	if (*pos > cap || size > cap - *pos)
		return NULL;
	p = (u8 *)buf + *pos;
	memset(p, 0, size);
	memcpy(p, &n, NHDR_BYTES);
	memcpy(p + NHDR_BYTES, name, n.n_namesz);
	p += NHDR_BYTES + pad4(n.n_namesz);
	if (desc && desc_bytes)
		memcpy(p, desc, desc_bytes);
	*pos += size;
	return p;
}
EXPORT_SYMBOL_IF_KUNIT(elfcore_note_put);

static const char * const reason_text[ELFCORE_NR_REASONS] = {
	[ELFCORE_OK] = "nothing is wrong",
	[ELFCORE_TOO_SHORT] = "fewer bytes than an ELF header has",
	[ELFCORE_BAD_MAGIC] = "no ELF header: the magic number is missing",
	[ELFCORE_BAD_CLASS] = "neither ELF32 nor ELF64",
	[ELFCORE_BAD_DATA] = "not this machine's byte order",
	[ELFCORE_BAD_VERSION] = "not ELF version 1",
	[ELFCORE_BAD_TYPE] = "no core file: e_type is not ET_CORE",
	[ELFCORE_BAD_MACHINE] = "e_machine is not this architecture's",
	[ELFCORE_BAD_EHSIZE] = "e_ehsize is not the size of an ELF header",
	[ELFCORE_BAD_PHENTSIZE] =
		"e_phentsize is not the size of a program header",
	[ELFCORE_NO_PHDRS] = "there is no program header",
	[ELFCORE_BAD_PHOFF] =
		"e_phoff points into the ELF header or past all memory",
	[ELFCORE_BAD_SHDR] =
		"e_phnum is PN_XNUM, but section header 0 gives no count",
	[ELFCORE_TOO_MANY] =
		"more program headers than can be taken; the rest is left out",
	[ELFCORE_TABLE_CUT] =
		"the program headers end after the header's size; the rest is left out",
	[ELFCORE_SEG_TYPE] = "neither PT_LOAD nor PT_NOTE; left out",
	[ELFCORE_SEG_EMPTY] = "it has no bytes; left out",
	[ELFCORE_SEG_WRAPS] = "its address + size wraps; left out",
	[ELFCORE_SEG_FILESZ] =
		"p_filesz and p_memsz differ; the smaller one is taken",
	[ELFCORE_SEG_ABOVE_LIMIT] =
		"it starts above the highest physical address; left out",
	[ELFCORE_SEG_CUT] =
		"it ends above the highest physical address; cut there",
	[ELFCORE_SEG_OVERLAP] =
		"it repeats memory of an earlier segment; cut to the rest",
	[ELFCORE_SEG_COVERED] = "it only repeats an earlier segment; left out",
	[ELFCORE_SEG_VADDR] =
		"an earlier segment has its virtual addresses; kept without them",
	[ELFCORE_SEG_ORDER] = "it lies below the segment before it; kept",
	[ELFCORE_NOTE_SIZE] = "a PT_NOTE larger than allowed; left out",
	[ELFCORE_TOTAL_SIZE] =
		"the dump would be larger than a file can be; left out",
	[ELFCORE_NOTE_TRUNCATED] = "a note's header runs over the end",
	[ELFCORE_NOTE_NAME] = "a note's name runs over the end",
	[ELFCORE_NOTE_DESC] = "a note's content runs over the end",
};

const char *elfcore_reason_text(enum elfcore_reason reason)
{
	if ((unsigned int)reason >= ELFCORE_NR_REASONS)
		return "unknown reason";
	return reason_text[reason];
}
