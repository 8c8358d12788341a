/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ELF core headers: read those of a crashed kernel, write our own.
 *
 * Reading: what a crashed kernel left is untrusted. Each count, size, sum and
 * overlap is checked; what is unsound is dropped or cut, the rest is kept, and
 * each such decision is a finding that the caller prints. Nothing is read
 * outside [buf, buf + bytes).
 *
 *	elfcore_probe()		the ELF header: sound? how long is the table?
 *	elfcore_segments()	the program headers: a clean list of segments
 *	elfcore_note_next()	the notes of one PT_NOTE
 *
 * In a header that elfcorehdr= names, p_offset is the physical address at which
 * the bytes lie (it differs from p_paddr where memory was copied away before
 * the capture kernel could use it).
 *
 * Writing: ELF64 in native byte order, in one pass over the caller's buffer:
 * elfcore_size(), elfcore_begin(), elfcore_add_note() and elfcore_add_load(),
 * elfcore_end(). An error sticks; it is enough to look at elfcore_end().
 *
 * Pure: no state, no allocation, no printing.
 */
#ifndef _KERNEL_CRASH_DUMP_ELFCORE_H
#define _KERNEL_CRASH_DUMP_ELFCORE_H

#include "ranges.h"

/**
 * enum elfcore_reason - what was found unsound
 * @ELFCORE_OK: nothing
 * @ELFCORE_TOO_SHORT: fewer bytes than the ELF header
 * @ELFCORE_BAD_MAGIC: no ELF file
 * @ELFCORE_BAD_CLASS: neither ELF32 nor ELF64
 * @ELFCORE_BAD_DATA: not this machine's byte order
 * @ELFCORE_BAD_VERSION: not EV_CURRENT
 * @ELFCORE_BAD_TYPE: no core file
 * @ELFCORE_BAD_MACHINE: another architecture's
 * @ELFCORE_BAD_EHSIZE: e_ehsize is not this class's
 * @ELFCORE_BAD_PHENTSIZE: e_phentsize is not this class's
 * @ELFCORE_NO_PHDRS: no program header
 * @ELFCORE_BAD_PHOFF: the table overlaps the ELF header or its end wraps
 * @ELFCORE_BAD_SHDR: PN_XNUM without a section header 0 that gives the count
 * @ELFCORE_TOO_MANY: more program headers than allowed or than there is room
 * @ELFCORE_TABLE_CUT: the table ends after the buffer; the rest is lost
 * @ELFCORE_SEG_TYPE: neither PT_LOAD nor PT_NOTE; dropped
 * @ELFCORE_SEG_EMPTY: no bytes; dropped
 * @ELFCORE_SEG_WRAPS: offset, physical or virtual address + size wraps; dropped
 * @ELFCORE_SEG_FILESZ: a PT_LOAD's p_filesz is not p_memsz; the smaller counts
 * @ELFCORE_SEG_ABOVE_LIMIT: starts above the highest address; dropped
 * @ELFCORE_SEG_CUT: ends above the highest address; cut
 * @ELFCORE_SEG_OVERLAP: memory that an earlier one shows the same way; cut
 * @ELFCORE_SEG_COVERED: an earlier one shows all of it; dropped
 * @ELFCORE_SEG_VADDR: an earlier one has the virtual addresses; kept without
 * @ELFCORE_SEG_ORDER: below the one before it; kept
 * @ELFCORE_NOTE_SIZE: PT_NOTE larger than allowed; dropped
 * @ELFCORE_TOTAL_SIZE: the dump would be larger than allowed; dropped
 * @ELFCORE_NOTE_TRUNCATED: a note's header runs over the end
 * @ELFCORE_NOTE_NAME: a note's name runs over the end
 * @ELFCORE_NOTE_DESC: a note's content runs over the end
 * @ELFCORE_NR_REASONS: how many there are
 */
enum elfcore_reason {
	ELFCORE_OK,
	ELFCORE_TOO_SHORT,
	ELFCORE_BAD_MAGIC,
	ELFCORE_BAD_CLASS,
	ELFCORE_BAD_DATA,
	ELFCORE_BAD_VERSION,
	ELFCORE_BAD_TYPE,
	ELFCORE_BAD_MACHINE,
	ELFCORE_BAD_EHSIZE,
	ELFCORE_BAD_PHENTSIZE,
	ELFCORE_NO_PHDRS,
	ELFCORE_BAD_PHOFF,
	ELFCORE_BAD_SHDR,
	ELFCORE_TOO_MANY,
	ELFCORE_TABLE_CUT,
	ELFCORE_SEG_TYPE,
	ELFCORE_SEG_EMPTY,
	ELFCORE_SEG_WRAPS,
	ELFCORE_SEG_FILESZ,
	ELFCORE_SEG_ABOVE_LIMIT,
	ELFCORE_SEG_CUT,
	ELFCORE_SEG_OVERLAP,
	ELFCORE_SEG_COVERED,
	ELFCORE_SEG_VADDR,
	ELFCORE_SEG_ORDER,
	ELFCORE_NOTE_SIZE,
	ELFCORE_TOTAL_SIZE,
	ELFCORE_NOTE_TRUNCATED,
	ELFCORE_NOTE_NAME,
	ELFCORE_NOTE_DESC,
	ELFCORE_NR_REASONS,
};

/* Index of a finding that concerns the ELF header, not a program header. */
#define ELFCORE_EHDR	U32_MAX

/* A segment whose virtual address is not known (kexec-tools writes -1). */
#define ELFCORE_NO_VADDR	U64_MAX

/**
 * struct elfcore_finding - one unsound thing
 * @reason: what
 * @index: number of the program header, or ELFCORE_EHDR
 * @value: the offending number: the field's value or the address
 */
struct elfcore_finding {
	enum elfcore_reason reason;
	u32 index;
	u64 value;
};

/**
 * struct elfcore_findings - all of them, as far as there is room
 * @f: the caller's storage
 * @cap: members that it holds
 * @nr: members in use; start with 0
 * @lost: findings for which there was no room; start with 0
 */
struct elfcore_findings {
	struct elfcore_finding *f;
	size_t cap;
	size_t nr;
	size_t lost;
};

/* Machines that a capture kernel may accept, EM_NONE-terminated. */
#define ELFCORE_MAX_MACHINES	4

/**
 * struct elfcore_limits - what is accepted
 * @machine: e_machine values, up to the first EM_NONE
 * @max_phnum: program headers at most; comparing is quadratic, so be modest
 * @max_pa: end of the physical addresses that exist; 0 for no limit
 * @max_note_bytes: size of one PT_NOTE at most
 * @max_total_bytes: sum of all p_filesz at most (so that file offsets fit)
 */
struct elfcore_limits {
	u16 machine[ELFCORE_MAX_MACHINES];
	u32 max_phnum;
	u64 max_pa;
	u64 max_note_bytes;
	u64 max_total_bytes;
};

/**
 * struct elfcore_header - the ELF header, decoded
 * @is64: ELF64, otherwise ELF32
 * @machine: e_machine
 * @e_flags: e_flags
 * @phoff: where the table of program headers starts
 * @phnum: its length, PN_XNUM resolved
 * @need_bytes: bytes from the start of the file that the caller must have read
 *	for elfcore_segments() (or, after -EAGAIN, for elfcore_probe() again)
 */
struct elfcore_header {
	bool is64;
	u16 machine;
	u32 e_flags;
	u64 phoff;
	u32 phnum;
	u64 need_bytes;
};

/**
 * struct elfcore_seg - one sound segment
 * @type: PT_LOAD or PT_NOTE
 * @flags: p_flags
 * @index: number of its program header
 * @offset: p_offset: physical address of the bytes
 * @vaddr: p_vaddr or ELFCORE_NO_VADDR
 * @paddr: p_paddr: physical address that the crashed kernel knew them by
 * @filesz: bytes at @offset
 * @memsz: the same number
 */
struct elfcore_seg {
	u32 type;
	u32 flags;
	u32 index;
	u64 offset;
	u64 vaddr;
	u64 paddr;
	u64 filesz;
	u64 memsz;
};

/* Bytes with which elfcore_probe() can always start: the larger ELF header. */
#define ELFCORE_PROBE_BYTES	64

/**
 * elfcore_probe() - check an ELF core header
 * @buf: its first bytes
 * @bytes: how many; ELFCORE_PROBE_BYTES is a good start
 * @limits: what is accepted
 * @hdr: result
 * @found: one finding is added on error, and one (ELFCORE_TOO_MANY) if only
 *	the first @limits->max_phnum program headers will be looked at
 *
 * Context: any.
 * Return: 0; -EAGAIN if section header 0 is needed and lies after @bytes: read
 * @hdr->need_bytes and ask again; -EINVAL if nothing of it can be used.
 */
int elfcore_probe(const void *buf, size_t bytes,
		  const struct elfcore_limits *limits,
		  struct elfcore_header *hdr, struct elfcore_findings *found);

/**
 * elfcore_segments() - make a clean list of the segments
 * @buf: the header from its first byte
 * @bytes: how many; should be @hdr->need_bytes or more
 * @limits: what is accepted
 * @hdr: as elfcore_probe() gave it for the same bytes
 * @seg: room for the result, in the order of the file
 * @cap: members that it holds
 * @found: findings are added
 *
 * Guarantees for each result: size not 0, no sum wraps, inside the limits;
 * filesz == memsz; of PT_LOADs, no two show the same physical memory at the
 * same distance from the virtual address, and no two the same virtual address.
 *
 * Context: any; quadratic in the number of segments.
 * Return: the number of segments, or -EINVAL if none is left.
 */
int elfcore_segments(const void *buf, size_t bytes,
		     const struct elfcore_limits *limits,
		     const struct elfcore_header *hdr, struct elfcore_seg *seg,
		     size_t cap, struct elfcore_findings *found);

/**
 * elfcore_reason_text() - a reason as words for a message
 * @reason: a member of the enum
 *
 * Return: what is wrong and what is done about it, without a newline.
 */
const char *elfcore_reason_text(enum elfcore_reason reason);

/**
 * struct elfcore_note - one note, pointing into the walked buffer
 * @type: n_type
 * @name: its name, usually with a terminating NUL, not always: use
 *	elfcore_note_is()
 * @name_bytes: n_namesz
 * @desc: its content; 4-byte aligned if the buffer is
 * @desc_bytes: n_descsz
 * @off: where in the buffer the note starts
 */
struct elfcore_note {
	u32 type;
	const char *name;
	u32 name_bytes;
	const void *desc;
	u32 desc_bytes;
	size_t off;
};

/**
 * struct elfcore_note_iter - a walk over notes
 * @buf: the notes
 * @bytes: their length
 * @pos: where the next note starts; after the end of the walk, the number of
 *	bytes, from the start, that are sound notes
 * @why: ELFCORE_OK, or after the end of the walk what was unsound at @pos
 */
struct elfcore_note_iter {
	const u8 *buf;
	size_t bytes;
	size_t pos;
	enum elfcore_reason why;
};

/**
 * elfcore_note_walk() - begin a walk over notes
 * @it: the walk
 * @buf: the notes (of ELF32 and ELF64 alike)
 * @bytes: length of @buf
 */
void elfcore_note_walk(struct elfcore_note_iter *it, const void *buf,
		       size_t bytes);

/**
 * elfcore_note_next() - next note
 * @it: the walk
 * @note: on true, the note
 *
 * A header of zeros ends the notes, as in the kernel's per-CPU notes.
 *
 * Context: any.
 * Return: false at the end and at the first unsound note, see @it->why.
 */
bool elfcore_note_next(struct elfcore_note_iter *it, struct elfcore_note *note);

/**
 * elfcore_note_is() - has a note this name and type?
 * @note: the note
 * @name: NUL-terminated
 * @type: n_type
 *
 * Return: true if so; the note's own terminating NUL is optional.
 */
bool elfcore_note_is(const struct elfcore_note *note, const char *name,
		     u32 type);

/**
 * elfcore_note_size() - bytes that a note takes, padding included
 * @name: NUL-terminated
 * @desc_bytes: size of the content
 *
 * Return: bytes, a multiple of 4; SIZE_MAX if it cannot be expressed.
 */
size_t elfcore_note_size(const char *name, size_t desc_bytes);

/**
 * elfcore_note_put() - append a note to a buffer
 * @buf: the buffer
 * @cap: its size
 * @pos: where to write; advanced, always by a multiple of 4
 * @name: NUL-terminated
 * @type: n_type
 * @desc: the content; NULL writes zeros for the caller to fill in
 * @desc_bytes: its size
 *
 * Context: any, NMI and after a panic included.
 * Return: where in @buf the content was written, or NULL if it does not fit.
 */
void *elfcore_note_put(void *buf, size_t cap, size_t *pos, const char *name,
		       u32 type, const void *desc, size_t desc_bytes);

/**
 * struct elfcore_builder - an ELF64 core header in the making
 * @buf: where it is written
 * @phoff: where the program headers start
 * @max: program headers for which there is room
 * @nr: program headers written
 * @err: first error, or 0
 */
struct elfcore_builder {
	u8 *buf;
	size_t phoff;
	u32 max;
	u32 nr;
	int err;
};

/**
 * elfcore_size() - bytes that a core header with so many program headers takes
 * @nr_phdr: how many; above PN_XNUM - 1 a section header is counted too
 *
 * Return: bytes.
 */
size_t elfcore_size(u32 nr_phdr);

/**
 * elfcore_begin() - begin a core header
 * @b: the builder
 * @buf: where to write, 8-byte aligned
 * @cap: its size
 * @nr_phdr: program headers at most; their room is set aside now
 * @machine: e_machine
 * @e_flags: e_flags
 *
 * Return: 0; -EINVAL for no program header; -ENOSPC if @cap is below
 * elfcore_size(@nr_phdr).
 */
int elfcore_begin(struct elfcore_builder *b, void *buf, size_t cap,
		  u32 nr_phdr, u16 machine, u32 e_flags);

/**
 * elfcore_add_note() - add a PT_NOTE
 * @b: the builder
 * @offset: p_offset: file offset, or physical address for elfcorehdr=
 * @paddr: p_paddr: physical address, or 0
 * @bytes: size
 *
 * Return: 0; -ENOSPC, -EINVAL (wraps); or an earlier error.
 */
int elfcore_add_note(struct elfcore_builder *b, u64 offset, u64 paddr,
		     u64 bytes);

/**
 * elfcore_add_load() - add a PT_LOAD
 * @b: the builder
 * @offset: p_offset: file offset, or physical address for elfcorehdr=
 * @vaddr: p_vaddr, or ELFCORE_NO_VADDR
 * @paddr: p_paddr
 * @bytes: size, in the file and in memory
 * @flags: p_flags, for example PF_R | PF_W | PF_X
 *
 * The order is the caller's and matters to makedumpfile: PT_NOTE, kernel text,
 * others, and the linear map last.
 *
 * Return: as elfcore_add_note().
 */
int elfcore_add_load(struct elfcore_builder *b, u64 offset, u64 vaddr,
		     u64 paddr, u64 bytes, u32 flags);

/**
 * elfcore_add_ram() - add a PT_LOAD of the linear map for each range
 * @b: the builder
 * @ram: physical ranges; p_offset becomes the physical address
 * @direct_map_base: virtual address of physical address 0
 *
 * Return: as elfcore_add_note().
 */
int elfcore_add_ram(struct elfcore_builder *b, const struct kdump_ranges *ram,
		    u64 direct_map_base);

/**
 * elfcore_end() - finish the header
 * @b: the builder
 * @bytes: result: size of the header, elfcore_size() of what was asked for;
 *	may be NULL
 *
 * Fewer program headers than asked for are fine: the count says how many there
 * are, the room that is left over is zero.
 *
 * Return: 0 or the first error; the buffer is no ELF file then.
 */
int elfcore_end(struct elfcore_builder *b, size_t *bytes);

#endif /* _KERNEL_CRASH_DUMP_ELFCORE_H */
