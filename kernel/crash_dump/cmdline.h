/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The grammar of crashkernel= and elfcorehdr=.
 *
 * The forms are those of Documentation/admin-guide/kernel-parameters.txt:
 *
 *	crashkernel=size[@offset]
 *	crashkernel=start-[end]:size[,start-[end]:size...][@offset]
 *	crashkernel=size,high
 *	crashkernel=size,low
 *	elfcorehdr=[size@]offset
 *
 * Every number may be decimal, 0x hexadecimal or 0 octal and may end in one of
 * K, M, G, T, P, E in either case. A range is start-inclusive, end-exclusive;
 * the first one that holds the amount of RAM decides.
 *
 * Pure: no state, no allocation, no printing. The caller prints the error.
 */
#ifndef _KERNEL_CRASH_DUMP_CMDLINE_H
#define _KERNEL_CRASH_DUMP_CMDLINE_H

#include "pure.h"

/**
 * enum kdump_arg_reason - what is wrong with a parameter's value
 * @KDUMP_ARG_OK: nothing
 * @KDUMP_ARG_NO_VALUE: nothing stands after the "="
 * @KDUMP_ARG_NO_NUMBER: a number was expected
 * @KDUMP_ARG_NUMBER_TOO_BIG: the number does not fit in 64 bits
 * @KDUMP_ARG_SIZE_ZERO: the size is 0, so nothing is to be reserved
 * @KDUMP_ARG_SIZE_ABOVE_RAM: the size is not smaller than the RAM
 * @KDUMP_ARG_WRAPS: offset + size does not fit in 64 bits
 * @KDUMP_ARG_TRAILING: text that no form allows here
 * @KDUMP_ARG_RANGE_EMPTY: the range's end is not above its start
 * @KDUMP_ARG_RANGE_NO_SIZE: a range is not followed by ":size"
 * @KDUMP_ARG_RANGE_NO_DASH: a list's element is not of the form start-[end]
 * @KDUMP_ARG_RANGE_NONE: no range of the list holds this amount of RAM
 * @KDUMP_ARG_OFFSET_WITH_SUFFIX: "@offset" beside ",high" or ",low"
 * @KDUMP_ARG_RANGE_WITH_SUFFIX: a range list beside ",high" or ",low"
 * @KDUMP_ARG_PLAIN_WANTED: ",high" where KDUMP_ARG_PLAIN_ONLY
 * @KDUMP_ARG_NR_REASONS: how many there are
 */
enum kdump_arg_reason {
	KDUMP_ARG_OK,
	KDUMP_ARG_NO_VALUE,
	KDUMP_ARG_NO_NUMBER,
	KDUMP_ARG_NUMBER_TOO_BIG,
	KDUMP_ARG_SIZE_ZERO,
	KDUMP_ARG_SIZE_ABOVE_RAM,
	KDUMP_ARG_WRAPS,
	KDUMP_ARG_TRAILING,
	KDUMP_ARG_RANGE_EMPTY,
	KDUMP_ARG_RANGE_NO_SIZE,
	KDUMP_ARG_RANGE_NO_DASH,
	KDUMP_ARG_RANGE_NONE,
	KDUMP_ARG_OFFSET_WITH_SUFFIX,
	KDUMP_ARG_RANGE_WITH_SUFFIX,
	KDUMP_ARG_PLAIN_WANTED,
	KDUMP_ARG_NR_REASONS,
};

/**
 * struct kdump_arg_err - what is wrong and where
 * @reason: why the value is refused
 * @value: the value at fault, inside the caller's text (not NUL-terminated)
 * @value_bytes: its length
 * @at: offset of the fault from @value; may equal @value_bytes
 */
struct kdump_arg_err {
	enum kdump_arg_reason reason;
	const char *value;
	size_t value_bytes;
	size_t at;
};

/**
 * struct crashkernel_arg - what crashkernel= asks for
 * @size_bytes: main region
 * @base_pa: where it must be; meaningful if @fixed
 * @fixed: "@offset" was given and is not 0 (0 means "anywhere", by contract)
 * @high: the form was ",high"
 * @low_given: a ",low" stood beside the ",high"
 * @low_bytes: its size; 0 asks for no low region at all
 * @value: the value that counted (not the ",low" one), inside the caller's text
 * @value_bytes: its length
 */
struct crashkernel_arg {
	u64 size_bytes;
	u64 base_pa;
	bool fixed;
	bool high;
	bool low_given;
	u64 low_bytes;
	const char *value;
	size_t value_bytes;
};

/**
 * struct elfcorehdr_arg - what elfcorehdr= says
 * @pa: physical address of the crashed kernel's ELF core header
 * @bytes: its size; meaningful if @sized
 * @sized: the size was given
 */
struct elfcorehdr_arg {
	u64 pa;
	u64 bytes;
	bool sized;
};

/* Flags of kdump_parse_crashkernel(). */
#define KDUMP_ARG_PLAIN_ONLY	1	/* ,high beside no plain form is an error */

/**
 * kdump_parse_crashkernel() - find and read crashkernel= on a command line
 * @text: the command line; ends at @text_bytes or at a NUL
 * @text_bytes: its length at most
 * @ram_bytes: RAM of this machine, for the range form
 * @flags: KDUMP_ARG_PLAIN_ONLY or 0
 * @arg: result
 * @err: on -EINVAL, what is wrong
 *
 * Words are split at blanks outside double quotes, as the kernel does it, and
 * end at a bare "--". A plain form wins over ",high" in any order; ",low"
 * counts only beside ",high"; of the same form the last one wins, also when it
 * is the faulty one.
 *
 * Context: any.
 * Return: 0; -ENOENT if there is no such parameter; -EINVAL, see @err.
 */
int kdump_parse_crashkernel(const char *text, size_t text_bytes, u64 ram_bytes,
			    unsigned int flags, struct crashkernel_arg *arg,
			    struct kdump_arg_err *err);

/**
 * kdump_parse_elfcorehdr() - read the value of elfcorehdr=
 * @value: the text after the "="; ends at @value_bytes or at a NUL
 * @value_bytes: its length at most
 * @arg: result
 * @err: on -EINVAL, what is wrong
 *
 * Context: any.
 * Return: 0 or -EINVAL, see @err.
 */
int kdump_parse_elfcorehdr(const char *value, size_t value_bytes,
			   struct elfcorehdr_arg *arg,
			   struct kdump_arg_err *err);

/**
 * kdump_arg_reason_text() - a reason as words for a message
 * @reason: a member of the enum
 *
 * Return: what is wrong and what would be right, without a newline.
 */
const char *kdump_arg_reason_text(enum kdump_arg_reason reason);

#endif /* _KERNEL_CRASH_DUMP_CMDLINE_H */
