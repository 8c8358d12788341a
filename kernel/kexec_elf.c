// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read a kernel that is an ELF executable (vmlinux).
 *
 * Both classes are read, so that a kernel for another machine is told from a
 * damaged one; what is not of this machine's byte order can not be read any
 * further than its first bytes. Headers are copied out of the file before they are
 * used, since a file's offsets promise no alignment.
 *
 * Pure; interface: kexec_elf.h. Context: any.
 */
#include "kexec_elf.h"

/* What of the two classes' headers is needed, in one form. */
struct elf_header {
	u64 entry;
	u64 phoff;
	u16 type;
	u16 machine;
	u16 phentsize;
	u16 phnum;
	u8 class;
};

static const struct {
	const char *field;
	const char *rule;
	int ret;
} elf_reasons[KEXEC_ELF_NR_REASONS] = {
	[KEXEC_ELF_OK] = { "nothing", "" },
	[KEXEC_ELF_NONE] = {
		"first word", "an ELF file has", -ENOEXEC
	},
	[KEXEC_ELF_NO_KERNEL] = {
		"number of its kernel segments", "a kernel has at least",
		-ENOEXEC
	},
	[KEXEC_ELF_CUT_HEADER] = {
		"length of the file", "its ELF header alone takes", -EBADMSG
	},
	[KEXEC_ELF_BAD_CLASS] = {
		"e_ident[EI_CLASS]", "it is at most", -EBADMSG
	},
	[KEXEC_ELF_OTHER_DATA] = {
		"e_ident[EI_DATA]", "this machine has", -EPROTONOSUPPORT
	},
	[KEXEC_ELF_BAD_TYPE] = {
		"e_type", "an executable has", -ENOEXEC
	},
	[KEXEC_ELF_BAD_PHENTSIZE] = {
		"e_phentsize", "right would be", -EBADMSG
	},
	[KEXEC_ELF_CUT_TABLE] = {
		"end of the program headers (e_phoff, e_phnum)",
		"cut short, the file ends at", -EBADMSG
	},
	[KEXEC_ELF_OTHER_CLASS] = {
		"e_ident[EI_CLASS]", "this machine's kernels have",
		-EPROTONOSUPPORT
	},
	[KEXEC_ELF_OTHER_MACHINE] = {
		"e_machine", "this machine's kernels have", -EPROTONOSUPPORT
	},
	[KEXEC_ELF_TOO_MANY] = {
		"number of PT_LOADs", "a kernel has at most", -EBADMSG
	},
	[KEXEC_ELF_BAD_FILESZ] = {
		"a PT_LOAD's p_filesz", "its p_memsz is only", -EBADMSG
	},
	[KEXEC_ELF_CUT_LOAD] = {
		"end of a PT_LOAD (p_offset, p_filesz)",
		"cut short, the file ends at", -EBADMSG
	},
	[KEXEC_ELF_BAD_PADDR] = {
		"a PT_LOAD's p_paddr", "it would wrap around with a p_memsz of",
		-EBADMSG
	},
	[KEXEC_ELF_OVERLAP] = {
		"a PT_LOAD's p_paddr", "it overlaps the one at", -EBADMSG
	},
	[KEXEC_ELF_TOO_LARGE] = {
		"memory from the first to the last PT_LOAD",
		"a kernel takes at most", -EBADMSG
	},
	[KEXEC_ELF_BAD_ENTRY] = {
		"e_entry", "it is in no PT_LOAD; the lowest begins at",
		-EBADMSG
	},
};

const char *kexec_elf_reason_field(enum kexec_elf_reason reason)
{
	return elf_reasons[reason].field;
}

const char *kexec_elf_reason_rule(enum kexec_elf_reason reason)
{
	return elf_reasons[reason].rule;
}

static int refuse(struct kexec_elf_error *err, enum kexec_elf_reason reason,
		  u64 value, u64 right)
{
	*err = (struct kexec_elf_error){
		.reason = reason,
		.value = value,
		.right = right,
	};
	return elf_reasons[reason].ret;
}

static void read_header32(const u8 *file, struct elf_header *h)
{
	Elf32_Ehdr e;

	memcpy(&e, file, sizeof(e));
	h->entry = e.e_entry;
	h->phoff = e.e_phoff;
	h->type = e.e_type;
	h->machine = e.e_machine;
	h->phentsize = e.e_phentsize;
	h->phnum = e.e_phnum;
}

static void read_header64(const u8 *file, struct elf_header *h)
{
	Elf64_Ehdr e;

	memcpy(&e, file, sizeof(e));
	h->entry = e.e_entry;
	h->phoff = e.e_phoff;
	h->type = e.e_type;
	h->machine = e.e_machine;
	h->phentsize = e.e_phentsize;
	h->phnum = e.e_phnum;
}

static u64 native_word(const u8 *file)
{
	u32 word;

	memcpy(&word, file, sizeof(word));
	return word;
}

static int read_header(const u8 *file, size_t bytes, struct elf_header *h,
		       struct kexec_elf_error *err)
{
	size_t least = sizeof(Elf32_Ehdr);

	if (bytes < SELFMAG || memcmp(file, ELFMAG, SELFMAG))
		return refuse(err, KEXEC_ELF_NONE,
			      bytes < SELFMAG ? 0 : native_word(file),
			      native_word((const u8 *)ELFMAG));
	if (bytes >= least) {
		h->class = file[EI_CLASS];
		if (h->class != ELFCLASS32 && h->class != ELFCLASS64)
			return refuse(err, KEXEC_ELF_BAD_CLASS, h->class,
				      ELFCLASS64);
		if (h->class == ELFCLASS64)
			least = sizeof(Elf64_Ehdr);
	}
	if (bytes < least)
		return refuse(err, KEXEC_ELF_CUT_HEADER, bytes, least);
	if (file[EI_DATA] != KDUMP_ELFDATA)
		return refuse(err, KEXEC_ELF_OTHER_DATA, file[EI_DATA],
			      KDUMP_ELFDATA);
	if (h->class == ELFCLASS64)
		read_header64(file, h);
	else
		read_header32(file, h);
	return 0;
}

/* Is it an executable, and is its table in the file? */
static int check_header(const struct elf_header *h, size_t bytes,
			struct kexec_elf_error *err)
{
	size_t entry = h->class == ELFCLASS64 ? sizeof(Elf64_Phdr) :
						sizeof(Elf32_Phdr);
	u64 table_end;

	if (h->type != ET_EXEC && h->type != ET_DYN)
		return refuse(err, KEXEC_ELF_BAD_TYPE, h->type, ET_EXEC);
	if (!h->phnum)
		return refuse(err, KEXEC_ELF_NO_KERNEL, 0, 1);
	if (h->phentsize != entry)
		return refuse(err, KEXEC_ELF_BAD_PHENTSIZE, h->phentsize,
			      entry);
	if (check_add_overflow(h->phoff, (u64)h->phnum * entry, &table_end) ||
	    table_end > bytes)
		return refuse(err, KEXEC_ELF_CUT_TABLE,
			      h->phoff + (u64)h->phnum * entry, bytes);
	return 0;
}

static u32 read_load32(const u8 *at, struct kexec_elf_load *load)
{
	Elf32_Phdr p;

	memcpy(&p, at, sizeof(p));
	*load = (struct kexec_elf_load){
		.offset = p.p_offset,
		.va = p.p_vaddr,
		.pa = p.p_paddr,
		.file_bytes = p.p_filesz,
		.mem_bytes = p.p_memsz,
	};
	return p.p_type;
}

static u32 read_load64(const u8 *at, struct kexec_elf_load *load)
{
	Elf64_Phdr p;

	memcpy(&p, at, sizeof(p));
	*load = (struct kexec_elf_load){
		.offset = p.p_offset,
		.va = p.p_vaddr,
		.pa = p.p_paddr,
		.file_bytes = p.p_filesz,
		.mem_bytes = p.p_memsz,
	};
	return p.p_type;
}

/* True if it is a PT_LOAD that takes memory. */
static bool read_load(const u8 *file, const struct elf_header *h,
		      unsigned int index, struct kexec_elf_load *load)
{
	const u8 *at = file + h->phoff + (u64)index * h->phentsize;
	u32 type = h->class == ELFCLASS64 ? read_load64(at, load) :
					    read_load32(at, load);

	return type == PT_LOAD && (load->mem_bytes || load->file_bytes);
}

/* A kernel has the upper half of the address space for itself. */
static int check_kernel(const u8 *file, const struct elf_header *h,
			const struct kexec_elf_want *want,
			struct kexec_elf_error *err)
{
	unsigned int top = h->class == ELFCLASS64 ? 63 : 31;
	struct kexec_elf_load load;
	bool kernel = false;
	unsigned int i;

	for (i = 0; i < h->phnum && !kernel; i++)
		kernel = read_load(file, h, i, &load) && load.va >> top;
	if (!kernel)
		return refuse(err, KEXEC_ELF_NO_KERNEL, 0, 1);
	if (h->machine != want->machine)
		return refuse(err, KEXEC_ELF_OTHER_MACHINE, h->machine,
			      want->machine);
	if (h->class != want->class)
		return refuse(err, KEXEC_ELF_OTHER_CLASS, h->class,
			      want->class);
	return 0;
}

/* One PT_LOAD by itself. */
static int check_load(const struct kexec_elf_load *load, size_t bytes,
		      struct kexec_elf_error *err)
{
	u64 end;

	if (load->file_bytes > load->mem_bytes)
		return refuse(err, KEXEC_ELF_BAD_FILESZ, load->file_bytes,
			      load->mem_bytes);
	if (check_add_overflow(load->offset, load->file_bytes, &end) ||
	    end > bytes)
		return refuse(err, KEXEC_ELF_CUT_LOAD,
			      load->offset + load->file_bytes, bytes);
	if (check_add_overflow(load->pa, load->mem_bytes, &end))
		return refuse(err, KEXEC_ELF_BAD_PADDR, load->pa,
			      load->mem_bytes);
	return 0;
}

/* One PT_LOAD beside those that came before. */
static int check_overlap(const struct kexec_elf *elf,
			 const struct kexec_elf_load *load,
			 struct kexec_elf_error *err)
{
	unsigned int i;

	for (i = 0; i < elf->nr_loads; i++) {
		const struct kexec_elf_load *other = &elf->load[i];

		if (load->pa < other->pa + other->mem_bytes &&
		    other->pa < load->pa + load->mem_bytes)
			return refuse(err, KEXEC_ELF_OVERLAP, load->pa,
				      other->pa);
	}
	return 0;
}

static int read_loads(const u8 *file, size_t bytes, const struct elf_header *h,
		      struct kexec_elf *elf, struct kexec_elf_error *err)
{
	struct kexec_elf_load load;
	unsigned int i;
	int ret;

	elf->nr_loads = 0;
	for (i = 0; i < h->phnum; i++) {
		if (!read_load(file, h, i, &load))
			continue;
		if (elf->nr_loads == KEXEC_ELF_LOADS_MAX)
			return refuse(err, KEXEC_ELF_TOO_MANY,
				      KEXEC_ELF_LOADS_MAX + 1,
				      KEXEC_ELF_LOADS_MAX);
		ret = check_load(&load, bytes, err);
		if (!ret)
			ret = check_overlap(elf, &load, err);
		if (ret)
			return ret;
		elf->load[elf->nr_loads++] = load;
	}
	return 0;
}

static int measure(struct kexec_elf *elf, u64 max_bytes,
		   struct kexec_elf_error *err)
{
	u64 end_pa = 0, content_end_pa = 0;
	unsigned int i;

	elf->start_pa = U64_MAX;
	for (i = 0; i < elf->nr_loads; i++) {
		const struct kexec_elf_load *load = &elf->load[i];

		if (load->pa < elf->start_pa)
			elf->start_pa = load->pa;
		if (load->pa + load->mem_bytes > end_pa)
			end_pa = load->pa + load->mem_bytes;
		if (load->file_bytes &&
		    load->pa + load->file_bytes > content_end_pa)
			content_end_pa = load->pa + load->file_bytes;
	}
	elf->mem_bytes = end_pa - elf->start_pa;
	elf->content_bytes = content_end_pa ? content_end_pa - elf->start_pa :
					      0;
	if (elf->mem_bytes > max_bytes)
		return refuse(err, KEXEC_ELF_TOO_LARGE, elf->mem_bytes,
			      max_bytes);
	return 0;
}

static int find_entry(struct kexec_elf *elf, u64 entry,
		      struct kexec_elf_error *err)
{
	unsigned int i;

	for (i = 0; i < elf->nr_loads; i++) {
		const struct kexec_elf_load *load = &elf->load[i];

		if (entry >= load->pa && entry - load->pa < load->file_bytes) {
			elf->entry_offset = entry - elf->start_pa;
			return 0;
		}
	}
	for (i = 0; i < elf->nr_loads; i++) {
		const struct kexec_elf_load *load = &elf->load[i];

		if (entry >= load->va && entry - load->va < load->file_bytes) {
			elf->entry_offset = load->pa - elf->start_pa +
					    (entry - load->va);
			return 0;
		}
	}
	return refuse(err, KEXEC_ELF_BAD_ENTRY, entry, elf->start_pa);
}

int kexec_elf_parse(const void *file, size_t bytes,
		    const struct kexec_elf_want *want, struct kexec_elf *out,
		    struct kexec_elf_error *err)
{
	struct elf_header h = {};
	int ret;

	refuse(err, KEXEC_ELF_OK, 0, 0);
	ret = read_header(file, bytes, &h, err);
	if (!ret)
		ret = check_header(&h, bytes, err);
	if (!ret)
		ret = check_kernel(file, &h, want, err);
	if (!ret)
		ret = read_loads(file, bytes, &h, out, err);
	if (!ret)
		ret = measure(out, want->max_bytes, err);
	if (!ret)
		ret = find_entry(out, h.entry, err);
	return ret;
}

void kexec_elf_copy(const void *file, const struct kexec_elf *elf, void *dst)
{
	unsigned int i;

	for (i = 0; i < elf->nr_loads; i++) {
		const struct kexec_elf_load *load = &elf->load[i];

		memcpy((u8 *)dst + (load->pa - elf->start_pa),
		       (const u8 *)file + load->offset, load->file_bytes);
	}
}
