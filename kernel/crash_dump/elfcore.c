// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read the ELF core header of a crashed kernel, as untrusted input.
 *
 * ELF32 and ELF64 differ only in where the fields stand, so each header is
 * first decoded into one wide form and all judgement is made on that. Every
 * program header is then judged by itself (sizes, sums, limits) and against
 * those that were kept (overlap), and is kept, cut or dropped; one bad entry
 * costs that entry and not the dump.
 *
 * Which overlap is unsound: a kernel's text is shown twice on purpose, once in
 * the linear map and once at its own addresses, so that two segments may show
 * the same memory as long as the distance between virtual and physical address
 * differs. With the same distance one of them is a repetition, and is cut. The
 * same virtual address twice makes the address meaningless, but not the memory:
 * the later segment is kept without its virtual address.
 *
 * Interface: elfcore.h. Context: any; the capture kernel uses it. Pure.
 * Elsewhere: elfcore_note.c has the notes, elfcore_build.c writes headers.
 */
#include "elfcore.h"

static void report(struct elfcore_findings *found, enum elfcore_reason reason,
		   u32 index, u64 value)
{
	if (found->nr == found->cap) {
		found->lost++;
		return;
	}
	found->f[found->nr].reason = reason;
	found->f[found->nr].index = index;
	found->f[found->nr].value = value;
	found->nr++;
}

static size_t ehdr_bytes(bool is64)
{
	return is64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
}

static size_t phdr_bytes(bool is64)
{
	return is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
}

static size_t shdr_bytes(bool is64)
{
	return is64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
}

/* The buffer need not be aligned for the structs. */
static void decode_ehdr(const u8 *buf, bool is64, Elf64_Ehdr *wide)
{
	Elf32_Ehdr e;

	if (is64) {
		memcpy(wide, buf, sizeof(*wide));
		return;
	}
	memcpy(&e, buf, sizeof(e));
	*wide = (Elf64_Ehdr){
		.e_type = e.e_type,
		.e_machine = e.e_machine,
		.e_version = e.e_version,
		.e_phoff = e.e_phoff,
		.e_shoff = e.e_shoff,
		.e_flags = e.e_flags,
		.e_ehsize = e.e_ehsize,
		.e_phentsize = e.e_phentsize,
		.e_phnum = e.e_phnum,
		.e_shentsize = e.e_shentsize,
	};
}

static void decode_phdr32(const u8 *raw, Elf64_Phdr *wide)
{
	Elf32_Phdr p;

	memcpy(&p, raw, sizeof(p));
	*wide = (Elf64_Phdr){
		.p_type = p.p_type,
		.p_flags = p.p_flags,
		.p_offset = p.p_offset,
		.p_vaddr = p.p_vaddr == U32_MAX ? ELFCORE_NO_VADDR : p.p_vaddr,
		.p_paddr = p.p_paddr,
		.p_filesz = p.p_filesz,
		.p_memsz = p.p_memsz,
	};
}

static void decode_phdr(const u8 *raw, bool is64, struct elfcore_seg *seg)
{
	Elf64_Phdr p;

	if (is64)
		memcpy(&p, raw, sizeof(p));
	else
		decode_phdr32(raw, &p);
	seg->type = p.p_type;
	seg->flags = p.p_flags;
	seg->offset = p.p_offset;
	seg->vaddr = p.p_vaddr;
	seg->paddr = p.p_paddr;
	seg->filesz = p.p_filesz;
	seg->memsz = p.p_memsz;
}

static u32 shdr_info(const u8 *raw, bool is64)
{
	Elf64_Shdr s64;
	Elf32_Shdr s32;

	if (is64) {
		memcpy(&s64, raw, sizeof(s64));
		return s64.sh_info;
	}
	memcpy(&s32, raw, sizeof(s32));
	return s32.sh_info;
}

static bool machine_accepted(const struct elfcore_limits *limits, u16 machine)
{
	size_t i;

	for (i = 0; i < ELFCORE_MAX_MACHINES && limits->machine[i]; i++) {
		if (limits->machine[i] == machine)
			return true;
	}
	return false;
}

/* The identification: magic, class, byte order, version. */
static enum elfcore_reason check_ident(const u8 *buf, size_t bytes, u64 *value)
{
	*value = bytes;
	if (bytes < EI_NIDENT)
		return ELFCORE_TOO_SHORT;
	memcpy(value, buf, SELFMAG);
	if (memcmp(buf, ELFMAG, SELFMAG))
		return ELFCORE_BAD_MAGIC;
	*value = buf[EI_CLASS];
	if (*value != ELFCLASS32 && *value != ELFCLASS64)
		return ELFCORE_BAD_CLASS;
	*value = bytes;
	if (bytes < ehdr_bytes(buf[EI_CLASS] == ELFCLASS64))
		return ELFCORE_TOO_SHORT;
	*value = buf[EI_DATA];
	if (*value != KDUMP_ELFDATA)
		return ELFCORE_BAD_DATA;
	*value = buf[EI_VERSION];
	return *value == EV_CURRENT ? ELFCORE_OK : ELFCORE_BAD_VERSION;
}

static enum elfcore_reason check_ehdr(const Elf64_Ehdr *e, bool is64,
				      const struct elfcore_limits *limits,
				      u64 *value)
{
	*value = e->e_version;
	if (e->e_version != EV_CURRENT)
		return ELFCORE_BAD_VERSION;
	*value = e->e_type;
	if (e->e_type != ET_CORE)
		return ELFCORE_BAD_TYPE;
	*value = e->e_machine;
	if (!machine_accepted(limits, e->e_machine))
		return ELFCORE_BAD_MACHINE;
	*value = e->e_ehsize;
	if (e->e_ehsize != ehdr_bytes(is64))
		return ELFCORE_BAD_EHSIZE;
	*value = e->e_phentsize;
	if (e->e_phentsize != phdr_bytes(is64))
		return ELFCORE_BAD_PHENTSIZE;
	*value = e->e_phnum;
	if (!e->e_phnum)
		return ELFCORE_NO_PHDRS;
	*value = e->e_phoff;
	if (e->e_phoff < ehdr_bytes(is64))
		return ELFCORE_BAD_PHOFF;
	return ELFCORE_OK;
}

/*
 * The number of program headers where e_phnum cannot hold it: sh_info of
 * section header 0 (System V ABI, "ELF header", PN_XNUM).
 */
static int read_xnum(const u8 *buf, size_t bytes, const Elf64_Ehdr *e,
		     struct elfcore_header *hdr)
{
	size_t size = shdr_bytes(hdr->is64);

	if (e->e_shoff < ehdr_bytes(hdr->is64) || e->e_shentsize != size ||
	    check_add_overflow(e->e_shoff, (u64)size, &hdr->need_bytes))
		return -EINVAL;
	if (bytes < hdr->need_bytes)
		return -EAGAIN;
	hdr->phnum = shdr_info(buf + e->e_shoff, hdr->is64);
	return 0;
}

int elfcore_probe(const void *buf, size_t bytes,
		  const struct elfcore_limits *limits,
		  struct elfcore_header *hdr, struct elfcore_findings *found)
{
	enum elfcore_reason reason;
	Elf64_Ehdr e;
	u64 value, xnum_need = 0;
	u32 count;
	int ret;

	memset(hdr, 0, sizeof(*hdr));
	reason = check_ident(buf, bytes, &value);
	if (reason == ELFCORE_OK) {
		hdr->is64 = ((const u8 *)buf)[EI_CLASS] == ELFCLASS64;
		decode_ehdr(buf, hdr->is64, &e);
		reason = check_ehdr(&e, hdr->is64, limits, &value);
	}
	if (reason != ELFCORE_OK)
		goto bad;

	hdr->machine = e.e_machine;
	hdr->e_flags = e.e_flags;
	hdr->phoff = e.e_phoff;
	hdr->phnum = e.e_phnum;
	if (e.e_phnum == PN_XNUM) {
		value = e.e_shoff;
		reason = ELFCORE_BAD_SHDR;
		ret = read_xnum(buf, bytes, &e, hdr);
		if (ret == -EAGAIN)
			return ret;
		if (ret || hdr->phnum < PN_XNUM)
			goto bad;
		xnum_need = hdr->need_bytes;
	}

	count = hdr->phnum;
	if (hdr->phnum > limits->max_phnum)
		hdr->phnum = limits->max_phnum;
	value = hdr->phoff;
	reason = ELFCORE_BAD_PHOFF;
	if (check_add_overflow(hdr->phoff,
			       hdr->phnum * (u64)phdr_bytes(hdr->is64),
			       &hdr->need_bytes))
		goto bad;
	if (count != hdr->phnum)
		report(found, ELFCORE_TOO_MANY, ELFCORE_EHDR, count);
	if (hdr->need_bytes < xnum_need)
		hdr->need_bytes = xnum_need;
	return 0;

bad:
	report(found, reason, ELFCORE_EHDR, value);
	return -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(elfcore_probe);

/* What elfcore_segments() works on. */
struct seg_list {
	const struct elfcore_limits *limits;
	struct elfcore_findings *found;
	struct elfcore_seg *seg;
	size_t nr;
	size_t cap;
	u64 total;
};

static bool wraps(u64 addr, u64 bytes)
{
	return addr > U64_MAX - bytes;
}

/* Virtual addresses may well end with the last byte of the address space. */
static bool vaddr_wraps(const struct elfcore_seg *seg)
{
	return seg->vaddr != ELFCORE_NO_VADDR && seg->memsz &&
	       wraps(seg->vaddr, seg->memsz - 1);
}

/* Keep @bytes from the start. */
static void cut_tail(struct elfcore_seg *seg, u64 bytes)
{
	seg->filesz = bytes;
	seg->memsz = bytes;
}

/* Cut @bytes, fewer than there are, off the start. */
static void cut_front(struct elfcore_seg *seg, u64 bytes)
{
	seg->offset += bytes;
	seg->paddr += bytes;
	if (seg->vaddr != ELFCORE_NO_VADDR)
		seg->vaddr += bytes;
	cut_tail(seg, seg->memsz - bytes);
}

/*
 * One size for both: no memory of the crashed kernel is shown that is not there
 * (p_memsz larger), and none twice (p_filesz larger). A PT_NOTE need not be in
 * memory, so that its p_memsz says nothing.
 */
static void settle_size(struct seg_list *list, struct elfcore_seg *seg)
{
	if (seg->type == PT_LOAD && seg->filesz != seg->memsz)
		report(list->found, ELFCORE_SEG_FILESZ, seg->index,
		       seg->filesz);
	if (seg->type == PT_LOAD && seg->memsz < seg->filesz)
		seg->filesz = seg->memsz;
	seg->memsz = seg->filesz;
}

static bool any_wraps(const struct elfcore_seg *seg)
{
	if (wraps(seg->offset, seg->filesz))
		return true;
	return seg->type == PT_LOAD &&
	       (wraps(seg->paddr, seg->memsz) || vaddr_wraps(seg));
}

/* Judge a segment by itself. Returns false if it is dropped. */
static bool judge_alone(struct seg_list *list, struct elfcore_seg *seg)
{
	const struct elfcore_limits *limits = list->limits;
	enum elfcore_reason reason = ELFCORE_OK;
	u64 value = seg->filesz;

	if (seg->type != PT_LOAD && seg->type != PT_NOTE) {
		reason = ELFCORE_SEG_TYPE;
		value = seg->type;
		goto drop;
	}
	if (seg->filesz)
		settle_size(list, seg);
	if (!seg->filesz) {
		reason = ELFCORE_SEG_EMPTY;
	} else if (any_wraps(seg)) {
		reason = ELFCORE_SEG_WRAPS;
	} else if (seg->type == PT_NOTE &&
		   seg->filesz > limits->max_note_bytes) {
		reason = ELFCORE_NOTE_SIZE;
	} else if (limits->max_pa && seg->offset >= limits->max_pa) {
		reason = ELFCORE_SEG_ABOVE_LIMIT;
		value = seg->offset;
	} else if (limits->max_pa &&
		   seg->filesz > limits->max_pa - seg->offset) {
		report(list->found, ELFCORE_SEG_CUT, seg->index, seg->filesz);
		cut_tail(seg, limits->max_pa - seg->offset);
	}
	if (reason == ELFCORE_OK)
		return true;
drop:
	report(list->found, reason, seg->index, value);
	return false;
}

static bool pa_overlap(const struct elfcore_seg *a, const struct elfcore_seg *b)
{
	return a->paddr < b->paddr + b->memsz && b->paddr < a->paddr + a->memsz;
}

/* Shown at another distance from the virtual address: text beside linear map. */
static bool is_alias(const struct elfcore_seg *a, const struct elfcore_seg *b)
{
	return a->vaddr != ELFCORE_NO_VADDR && b->vaddr != ELFCORE_NO_VADDR &&
	       a->vaddr - a->paddr != b->vaddr - b->paddr;
}

static bool va_overlap(const struct elfcore_seg *a, const struct elfcore_seg *b)
{
	if (a->vaddr == ELFCORE_NO_VADDR || b->vaddr == ELFCORE_NO_VADDR)
		return false;
	return a->vaddr <= b->vaddr + (b->memsz - 1) &&
	       b->vaddr <= a->vaddr + (a->memsz - 1);
}

/*
 * Cut @seg so that it does not show again what @old shows. Where it sticks out
 * on both sides, the larger side is kept. Returns false if nothing is left.
 */
static bool cut_repetition(struct seg_list *list, struct elfcore_seg *seg,
			   const struct elfcore_seg *old)
{
	u64 old_end = old->paddr + old->memsz, end = seg->paddr + seg->memsz;
	u64 below = seg->paddr < old->paddr ? old->paddr - seg->paddr : 0;
	u64 above = end > old_end ? end - old_end : 0;

	if (!below && !above) {
		report(list->found, ELFCORE_SEG_COVERED, seg->index,
		       seg->paddr);
		return false;
	}
	report(list->found, ELFCORE_SEG_OVERLAP, seg->index, seg->paddr);
	if (below >= above)
		cut_tail(seg, below);
	else
		cut_front(seg, seg->memsz - above);
	return true;
}

/* Cut what is repeated of any segment. Returns false if nothing is left. */
static bool cut_repetitions(struct seg_list *list, struct elfcore_seg *seg)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		const struct elfcore_seg *old = &list->seg[i];

		if (old->type == PT_LOAD && pa_overlap(seg, old) &&
		    !is_alias(seg, old) && !cut_repetition(list, seg, old))
			return false;
	}
	return true;
}

static bool vaddr_taken(const struct seg_list *list,
			const struct elfcore_seg *seg)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (list->seg[i].type == PT_LOAD &&
		    va_overlap(seg, &list->seg[i]))
			return true;
	}
	return false;
}

/* Judge a PT_LOAD against those kept. Returns false if it is dropped. */
static bool judge_load(struct seg_list *list, struct elfcore_seg *seg)
{
	const struct elfcore_seg *last = list->nr ? &list->seg[list->nr - 1] :
						    NULL;

	if (!cut_repetitions(list, seg))
		return false;
	if (vaddr_taken(list, seg)) {
		report(list->found, ELFCORE_SEG_VADDR, seg->index, seg->vaddr);
		seg->vaddr = ELFCORE_NO_VADDR;
		/* Without the address it is no alias any more. */
		if (!cut_repetitions(list, seg))
			return false;
	}
	if (last && last->type == PT_LOAD && !is_alias(seg, last) &&
	    seg->paddr < last->paddr)
		report(list->found, ELFCORE_SEG_ORDER, seg->index, seg->paddr);
	return true;
}

/* Judge a PT_NOTE against those kept. Returns false if it is dropped. */
static bool judge_note(struct seg_list *list, struct elfcore_seg *seg)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		const struct elfcore_seg *old = &list->seg[i];

		if (old->type == PT_NOTE &&
		    seg->offset < old->offset + old->filesz &&
		    old->offset < seg->offset + seg->filesz) {
			report(list->found, ELFCORE_SEG_COVERED, seg->index,
			       seg->offset);
			return false;
		}
	}
	return true;
}

/* Keep a segment if it is sound. Returns false if the list is full. */
static bool take(struct seg_list *list, struct elfcore_seg *seg)
{
	u64 total;

	if (!judge_alone(list, seg))
		return true;
	if (seg->type == PT_NOTE ? !judge_note(list, seg) :
				   !judge_load(list, seg))
		return true;
	if (check_add_overflow(list->total, seg->filesz, &total) ||
	    total > list->limits->max_total_bytes) {
		report(list->found, ELFCORE_TOTAL_SIZE, seg->index,
		       seg->filesz);
		return true;
	}
	if (list->nr == list->cap) {
		report(list->found, ELFCORE_TOO_MANY, seg->index, list->cap);
		return false;
	}
	list->total = total;
	list->seg[list->nr++] = *seg;
	return true;
}

int elfcore_segments(const void *buf, size_t bytes,
		     const struct elfcore_limits *limits,
		     const struct elfcore_header *hdr, struct elfcore_seg *seg,
		     size_t cap, struct elfcore_findings *found)
{
	struct seg_list list = {
		.limits = limits, .found = found, .seg = seg, .cap = cap,
	};
	size_t size = phdr_bytes(hdr->is64);
	u64 at = hdr->phoff;
	u32 i;

	for (i = 0; i < hdr->phnum; i++, at += size) {
		struct elfcore_seg one = { .index = i };

		if (at > bytes || bytes - at < size) {
			report(found, ELFCORE_TABLE_CUT, i, bytes);
			break;
		}
		decode_phdr((const u8 *)buf + at, hdr->is64, &one);
		if (!take(&list, &one))
			break;
	}
	return list.nr ? (int)list.nr : -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(elfcore_segments);
