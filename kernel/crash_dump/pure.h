/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The little that the pure files need, in the kernel and on the host.
 *
 * Pure files hold no state, allocate nothing and print nothing, so the same
 * source is linked into the kernel and into the host's unit tests and fuzzers.
 * This header is the only place that knows which of the two it is.
 *
 * Context: whatever the pure files are called in: any.
 */
#ifndef _KERNEL_CRASH_DUMP_PURE_H
#define _KERNEL_CRASH_DUMP_PURE_H

#ifdef __KERNEL__

#include <kunit/visibility.h>
#include <linux/export.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/types.h>
#include <uapi/linux/elf.h>

#else /* the host's tests */

#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define EXPORT_SYMBOL_IF_KUNIT(symbol)	_Static_assert(1, #symbol)
#define U64_MAX (~0ULL)
#define U32_MAX (~0U)
#define check_add_overflow(a, b, d) __builtin_add_overflow(a, b, d)
#define check_mul_overflow(a, b, d) __builtin_mul_overflow(a, b, d)

#endif

/* The byte order of ELF files that this machine makes. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define KDUMP_ELFDATA	ELFDATA2MSB
#else
#define KDUMP_ELFDATA	ELFDATA2LSB
#endif

#endif /* _KERNEL_CRASH_DUMP_PURE_H */
