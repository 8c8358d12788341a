/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Read the header of a bzImage and check that the file is what the header says.
 *
 * The contract is the x86 boot protocol, Documentation/arch/x86/boot.rst. A
 * kernel that passes can be entered by the 64-bit protocol (2.12 or later); a
 * file that is cut short, whose fields contradict each other or that was built
 * for something else is refused with the field, its value and what would be
 * right. The checksum is not looked at, and a file may be longer than its
 * sizes say: signing a kernel changes both.
 *
 * Pure: no state, no allocation, no printing.
 */
#ifndef _X86_KEXEC_BZIMAGE_PARSE_H
#define _X86_KEXEC_BZIMAGE_PARSE_H

#include "../../../kernel/crash_dump/pure.h"

/*
 * Where the fields are, from the start of the file and of boot_params alike;
 * bzimage.c asserts that struct boot_params agrees.
 */
#define BZIMAGE_SETUP_SECTS		0x1f1
#define BZIMAGE_SYSSIZE			0x1f4
#define BZIMAGE_BOOT_FLAG		0x1fe
#define BZIMAGE_JUMP			0x200
#define BZIMAGE_HEADER			0x202
#define BZIMAGE_VERSION			0x206
#define BZIMAGE_LOADFLAGS		0x211
#define BZIMAGE_INITRD_ADDR_MAX		0x22c
#define BZIMAGE_KERNEL_ALIGNMENT	0x230
#define BZIMAGE_RELOCATABLE_KERNEL	0x234
#define BZIMAGE_MIN_ALIGNMENT		0x235
#define BZIMAGE_XLOADFLAGS		0x236
#define BZIMAGE_CMDLINE_SIZE		0x238
#define BZIMAGE_PAYLOAD_OFFSET		0x248
#define BZIMAGE_PAYLOAD_LENGTH		0x24c
#define BZIMAGE_PREF_ADDRESS		0x258
#define BZIMAGE_INIT_SIZE		0x260
#define BZIMAGE_KERNEL_INFO_OFFSET	0x268

/* Room for the setup header in boot_params; what follows is other fields'. */
#define BZIMAGE_HEADER_LIMIT		0x290

/* The 64-bit entry point, from the start of the protected-mode code. */
#define BZIMAGE_ENTRY_64		0x200

/**
 * struct bzimage - what a loader needs to know of a bzImage
 * @version: boot protocol, at least 0x020c
 * @header_end: end of the setup header, which begins at BZIMAGE_SETUP_SECTS
 * @code_offset: where the protected-mode code is in the file
 * @code_bytes: its length
 * @mem_bytes: memory that it takes until it knows its memory map
 * @align: alignment that it prefers, a power of two
 * @min_align: alignment that it can do with; not more than @align
 * @pref_pa: address that it prefers; it moves up to it if it is loaded below
 * @initrd_max_pa: highest address of the initrd's last byte, if not @above_4g
 * @cmdline_max_bytes: longest command line, without the NUL
 * @setup_type_max: highest type of setup_data that it knows; 0 if it does not
 *	say (before 2.15)
 * @xloadflags: as they are
 * @relocatable: it can be loaded elsewhere than at @pref_pa
 * @above_4g: it and all that it is given can be above 4 GiB
 */
struct bzimage {
	u16 version;
	u32 header_end;
	u64 code_offset;
	u64 code_bytes;
	u64 mem_bytes;
	u64 align;
	u64 min_align;
	u64 pref_pa;
	u64 initrd_max_pa;
	u64 cmdline_max_bytes;
	u32 setup_type_max;
	u16 xloadflags;
	bool relocatable;
	bool above_4g;
};

/**
 * enum bzimage_reason - why a file is refused
 * @BZIMAGE_OK: it is not
 * @BZIMAGE_NONE: it is no bzImage
 * @BZIMAGE_CUT_HEADER: it ends inside of its header
 * @BZIMAGE_BAD_BOOT_FLAG: the boot sector's mark is not there
 * @BZIMAGE_BAD_JUMP: the header does not begin with a jump
 * @BZIMAGE_OLD_VERSION: the boot protocol is too old
 * @BZIMAGE_SHORT_HEADER: the header ends before fields that its version has
 * @BZIMAGE_LONG_HEADER: the header is longer than boot_params has room for
 * @BZIMAGE_NOT_HIGH: a zImage
 * @BZIMAGE_NO_64: no 64-bit entry point
 * @BZIMAGE_SMALL_SYSSIZE: the code ends before its entry point
 * @BZIMAGE_CUT_CODE: the file ends inside of the code
 * @BZIMAGE_BAD_PAYLOAD: the payload ends behind the code
 * @BZIMAGE_SMALL_INIT_SIZE: it asks for less memory than its code takes
 * @BZIMAGE_BAD_ALIGNMENT: no power of two, or smaller than a page
 * @BZIMAGE_BAD_MIN_ALIGNMENT: smaller than a page, or more than is preferred
 * @BZIMAGE_BAD_PREF_ADDRESS: the preferred memory wraps around
 * @BZIMAGE_BAD_KERNEL_INFO: kernel_info is not inside of the code
 * @BZIMAGE_BAD_KERNEL_INFO_MAGIC: what is there is no kernel_info
 * @BZIMAGE_NR_REASONS: how many there are
 */
enum bzimage_reason {
	BZIMAGE_OK,
	BZIMAGE_NONE,
	BZIMAGE_CUT_HEADER,
	BZIMAGE_BAD_BOOT_FLAG,
	BZIMAGE_BAD_JUMP,
	BZIMAGE_OLD_VERSION,
	BZIMAGE_SHORT_HEADER,
	BZIMAGE_LONG_HEADER,
	BZIMAGE_NOT_HIGH,
	BZIMAGE_NO_64,
	BZIMAGE_SMALL_SYSSIZE,
	BZIMAGE_CUT_CODE,
	BZIMAGE_BAD_PAYLOAD,
	BZIMAGE_SMALL_INIT_SIZE,
	BZIMAGE_BAD_ALIGNMENT,
	BZIMAGE_BAD_MIN_ALIGNMENT,
	BZIMAGE_BAD_PREF_ADDRESS,
	BZIMAGE_BAD_KERNEL_INFO,
	BZIMAGE_BAD_KERNEL_INFO_MAGIC,
	BZIMAGE_NR_REASONS,
};

/**
 * struct bzimage_error - which field is wrong, and how
 * @reason: why
 * @value: what the field says
 * @right: what it is measured by
 */
struct bzimage_error {
	enum bzimage_reason reason;
	u64 value;
	u64 right;
};

/**
 * bzimage_parse() - read and check a bzImage
 * @file: the file
 * @bytes: its length
 * @out: result
 * @err: what is wrong with it, if something is
 *
 * Context: any.
 * Return: 0: all of [code_offset, code_offset + code_bytes) and of the header
 * is inside of the file; -ENOEXEC if it is no bzImage; -EPROTONOSUPPORT if it
 * is one that can not be entered by the 64-bit protocol; -EBADMSG if it is
 * damaged.
 */
int bzimage_parse(const void *file, size_t bytes, struct bzimage *out,
		  struct bzimage_error *err);

/**
 * bzimage_reason_field() - the field that is wrong
 * @reason: a member of the enum
 *
 * Return: words for "%s is VALUE".
 */
const char *bzimage_reason_field(enum bzimage_reason reason);

/**
 * bzimage_reason_rule() - what it is measured by
 * @reason: a member of the enum
 *
 * Return: words for "%s RIGHT".
 */
const char *bzimage_reason_rule(enum bzimage_reason reason);

#endif /* _X86_KEXEC_BZIMAGE_PARSE_H */
