// SPDX-License-Identifier: GPL-2.0-only
/*
 * Read the header of a bzImage and check that the file is what the header says.
 *
 * Fields are read one by one at their offsets, since a file has no alignment
 * and this is built on the host too. Each check is a line that names what is
 * wrong and the two numbers that contradict each other.
 *
 * Pure; interface: bzimage_parse.h. Context: any.
 */
#include "bzimage_parse.h"

#define SECTOR_BYTES		512
#define PARAGRAPH_BYTES		16
/* A setup_sects of 0 means this. */
#define SETUP_SECTS_DEFAULT	4

#define HEADER_MAGIC		0x53726448	/* "HdrS" */
#define BOOT_FLAG		0xaa55
#define JUMP_SHORT		0xeb
/* The first protocol with xloadflags, hence with a 64-bit entry point. */
#define VERSION_MIN		0x020c
#define VERSION_KERNEL_INFO	0x020f
/* Ends of the last fields that these protocols have. */
#define HEADER_END_MIN		0x264
#define HEADER_END_KERNEL_INFO	0x26c

#define LOADFLAGS_HIGH		0x01
#define XLOADFLAGS_64		0x0001
#define XLOADFLAGS_ABOVE_4G	0x0002

#define PAGE_SHIFT_X86		12

#define KERNEL_INFO_MAGIC	0x506f544c	/* "LToP" */
#define KERNEL_INFO_TYPE_MAX	12
#define KERNEL_INFO_BYTES	16

/* An EFI stub puts these where a DOS program and UEFI look for them. */
#define DOS_MAGIC		0x5a4d
#define DOS_LINUX_MAGIC_AT	0x38
#define DOS_LINUX_MAGIC		0x818223cd

static const struct {
	const char *field;
	const char *rule;
	int ret;
} bzimage_reasons[BZIMAGE_NR_REASONS] = {
	[BZIMAGE_OK] = { "nothing", "" },
	[BZIMAGE_NONE] = {
		"header", "a bzImage has", -ENOEXEC
	},
	[BZIMAGE_CUT_HEADER] = {
		"length of the file", "its header alone takes", -EBADMSG
	},
	[BZIMAGE_BAD_BOOT_FLAG] = {
		"boot_flag", "right would be", -EBADMSG
	},
	[BZIMAGE_BAD_JUMP] = {
		"jump", "its first byte would be", -EBADMSG
	},
	[BZIMAGE_OLD_VERSION] = {
		"version (boot protocol)", "it has to be at least",
		-EPROTONOSUPPORT
	},
	[BZIMAGE_SHORT_HEADER] = {
		"end of the header (jump)", "by its version it is at least",
		-EBADMSG
	},
	[BZIMAGE_LONG_HEADER] = {
		"end of the header (jump)", "it can be at most", -EBADMSG
	},
	[BZIMAGE_NOT_HIGH] = {
		"loadflags", "a bzImage has bit", -EPROTONOSUPPORT
	},
	[BZIMAGE_NO_64] = {
		"xloadflags", "a 64-bit kernel has bit", -EPROTONOSUPPORT
	},
	[BZIMAGE_SMALL_SYSSIZE] = {
		"length of the code (syssize)", "its entry point is at",
		-EBADMSG
	},
	[BZIMAGE_CUT_CODE] = {
		"end of the code (syssize, setup_sects)",
		"cut short, the file ends at", -EBADMSG
	},
	[BZIMAGE_BAD_PAYLOAD] = {
		"end of the payload (payload_offset, payload_length)",
		"the code around it ends at", -EBADMSG
	},
	[BZIMAGE_SMALL_INIT_SIZE] = {
		"init_size", "its code alone takes", -EBADMSG
	},
	[BZIMAGE_BAD_ALIGNMENT] = {
		"kernel_alignment", "it is a power of two and at least",
		-EBADMSG
	},
	[BZIMAGE_BAD_MIN_ALIGNMENT] = {
		"min_alignment", "between 12 and the exponent of", -EBADMSG
	},
	[BZIMAGE_BAD_PREF_ADDRESS] = {
		"pref_address", "it would wrap around with an init_size of",
		-EBADMSG
	},
	[BZIMAGE_BAD_KERNEL_INFO] = {
		"end of kernel_info (kernel_info_offset)",
		"the code around it ends at", -EBADMSG
	},
	[BZIMAGE_BAD_KERNEL_INFO_MAGIC] = {
		"kernel_info.header", "right would be", -EBADMSG
	},
};

const char *bzimage_reason_field(enum bzimage_reason reason)
{
	return bzimage_reasons[reason].field;
}

const char *bzimage_reason_rule(enum bzimage_reason reason)
{
	return bzimage_reasons[reason].rule;
}

/* Little-endian; the caller knows that it is inside of the file. */
static u64 get(const u8 *file, u64 at, unsigned int bytes)
{
	u64 value = 0;

	while (bytes--)
		value = value << 8 | file[at + bytes];
	return value;
}

static int refuse(struct bzimage_error *err, enum bzimage_reason reason,
		  u64 value, u64 right)
{
	*err = (struct bzimage_error){
		.reason = reason,
		.value = value,
		.right = right,
	};
	return bzimage_reasons[reason].ret;
}

/* Shorter than a header, but the head of a kernel with an EFI stub. */
static bool is_stub(const u8 *file, size_t bytes)
{
	return bytes >= DOS_LINUX_MAGIC_AT + 4 &&
	       get(file, 0, 2) == DOS_MAGIC &&
	       get(file, DOS_LINUX_MAGIC_AT, 4) == DOS_LINUX_MAGIC;
}

static int check_identity(const u8 *file, size_t bytes,
			  struct bzimage_error *err)
{
	if (bytes < BZIMAGE_HEADER + 4)
		return refuse(err, is_stub(file, bytes) ? BZIMAGE_CUT_HEADER :
							   BZIMAGE_NONE,
			      bytes, HEADER_END_MIN);
	if (get(file, BZIMAGE_HEADER, 4) != HEADER_MAGIC)
		return refuse(err, BZIMAGE_NONE, get(file, BZIMAGE_HEADER, 4),
			      HEADER_MAGIC);
	if (bytes < HEADER_END_MIN)
		return refuse(err, BZIMAGE_CUT_HEADER, bytes, HEADER_END_MIN);
	if (get(file, BZIMAGE_BOOT_FLAG, 2) != BOOT_FLAG)
		return refuse(err, BZIMAGE_BAD_BOOT_FLAG,
			      get(file, BZIMAGE_BOOT_FLAG, 2), BOOT_FLAG);
	if (file[BZIMAGE_JUMP] != JUMP_SHORT)
		return refuse(err, BZIMAGE_BAD_JUMP, file[BZIMAGE_JUMP],
			      JUMP_SHORT);
	return 0;
}

/* Is it a kernel for this protocol, and is all of the header there? */
static int check_header(const u8 *file, size_t bytes, struct bzimage *out,
			struct bzimage_error *err)
{
	u32 least = HEADER_END_MIN;

	out->version = get(file, BZIMAGE_VERSION, 2);
	if (out->version < VERSION_MIN)
		return refuse(err, BZIMAGE_OLD_VERSION, out->version,
			      VERSION_MIN);
	if (out->version >= VERSION_KERNEL_INFO)
		least = HEADER_END_KERNEL_INFO;
	out->header_end = BZIMAGE_HEADER + file[BZIMAGE_JUMP + 1];
	if (out->header_end < least)
		return refuse(err, BZIMAGE_SHORT_HEADER, out->header_end,
			      least);
	if (out->header_end > BZIMAGE_HEADER_LIMIT)
		return refuse(err, BZIMAGE_LONG_HEADER, out->header_end,
			      BZIMAGE_HEADER_LIMIT);
	if (out->header_end > bytes)
		return refuse(err, BZIMAGE_CUT_HEADER, bytes, out->header_end);
	if (!(file[BZIMAGE_LOADFLAGS] & LOADFLAGS_HIGH))
		return refuse(err, BZIMAGE_NOT_HIGH, file[BZIMAGE_LOADFLAGS],
			      LOADFLAGS_HIGH);
	out->xloadflags = get(file, BZIMAGE_XLOADFLAGS, 2);
	if (!(out->xloadflags & XLOADFLAGS_64))
		return refuse(err, BZIMAGE_NO_64, out->xloadflags,
			      XLOADFLAGS_64);
	out->above_4g = out->xloadflags & XLOADFLAGS_ABOVE_4G;
	return 0;
}

/*
 * What the file consists of. None of the sums can wrap: all are of 32 bits. The
 * smallest setup part, two sectors, holds the longest header.
 */
static int check_sizes(const u8 *file, size_t bytes, struct bzimage *out,
		       struct bzimage_error *err)
{
	u64 sects = file[BZIMAGE_SETUP_SECTS], payload;

	out->code_offset = ((sects ? sects : SETUP_SECTS_DEFAULT) + 1) *
			   SECTOR_BYTES;
	out->code_bytes = get(file, BZIMAGE_SYSSIZE, 4) * PARAGRAPH_BYTES;
	if (out->code_bytes <= BZIMAGE_ENTRY_64)
		return refuse(err, BZIMAGE_SMALL_SYSSIZE, out->code_bytes,
			      BZIMAGE_ENTRY_64);
	if (out->code_offset + out->code_bytes > bytes)
		return refuse(err, BZIMAGE_CUT_CODE,
			      out->code_offset + out->code_bytes, bytes);
	payload = get(file, BZIMAGE_PAYLOAD_OFFSET, 4) +
		  get(file, BZIMAGE_PAYLOAD_LENGTH, 4);
	if (payload > out->code_bytes)
		return refuse(err, BZIMAGE_BAD_PAYLOAD, payload,
			      out->code_bytes);
	return 0;
}

/* What memory it wants. */
static int check_memory(const u8 *file, struct bzimage *out,
			struct bzimage_error *err)
{
	unsigned int min_shift = file[BZIMAGE_MIN_ALIGNMENT];

	out->mem_bytes = get(file, BZIMAGE_INIT_SIZE, 4);
	if (out->mem_bytes < out->code_bytes)
		return refuse(err, BZIMAGE_SMALL_INIT_SIZE, out->mem_bytes,
			      out->code_bytes);
	out->align = get(file, BZIMAGE_KERNEL_ALIGNMENT, 4);
	if (out->align & (out->align - 1) || out->align >> PAGE_SHIFT_X86 == 0)
		return refuse(err, BZIMAGE_BAD_ALIGNMENT, out->align,
			      1 << PAGE_SHIFT_X86);
	out->min_align = out->align;
	if (min_shift) {
		if (min_shift < PAGE_SHIFT_X86 || min_shift > 31 ||
		    1ULL << min_shift > out->align)
			return refuse(err, BZIMAGE_BAD_MIN_ALIGNMENT,
				      min_shift, out->align);
		out->min_align = 1ULL << min_shift;
	}
	out->pref_pa = get(file, BZIMAGE_PREF_ADDRESS, 8);
	if (out->pref_pa + out->mem_bytes < out->pref_pa)
		return refuse(err, BZIMAGE_BAD_PREF_ADDRESS, out->pref_pa,
			      out->mem_bytes);
	out->relocatable = file[BZIMAGE_RELOCATABLE_KERNEL];
	out->initrd_max_pa = get(file, BZIMAGE_INITRD_ADDR_MAX, 4);
	out->cmdline_max_bytes = get(file, BZIMAGE_CMDLINE_SIZE, 4);
	return 0;
}

static int check_kernel_info(const u8 *file, struct bzimage *out,
			     struct bzimage_error *err)
{
	u64 info, magic;

	out->setup_type_max = 0;
	if (out->version < VERSION_KERNEL_INFO)
		return 0;
	info = get(file, BZIMAGE_KERNEL_INFO_OFFSET, 4);
	if (!info)
		return 0;
	if (info + KERNEL_INFO_BYTES > out->code_bytes)
		return refuse(err, BZIMAGE_BAD_KERNEL_INFO,
			      info + KERNEL_INFO_BYTES, out->code_bytes);
	info += out->code_offset;
	magic = get(file, info, 4);
	if (magic != KERNEL_INFO_MAGIC)
		return refuse(err, BZIMAGE_BAD_KERNEL_INFO_MAGIC, magic,
			      KERNEL_INFO_MAGIC);
	out->setup_type_max = get(file, info + KERNEL_INFO_TYPE_MAX, 4);
	return 0;
}

int bzimage_parse(const void *file, size_t bytes, struct bzimage *out,
		  struct bzimage_error *err)
{
	int ret;

	refuse(err, BZIMAGE_OK, 0, 0);
	ret = check_identity(file, bytes, err);
	if (!ret)
		ret = check_header(file, bytes, out, err);
	if (!ret)
		ret = check_sizes(file, bytes, out, err);
	if (!ret)
		ret = check_memory(file, out, err);
	if (!ret)
		ret = check_kernel_info(file, out, err);
	return ret;
}
