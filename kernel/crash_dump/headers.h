/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ELF core header that this kernel writes for its own dump.
 *
 * What is written is what elfcorehdr= of the capture kernel names, and fills a buffer of whole
 * pages: the header, zero, and in the last CRASH_HEADERS_DIGEST_BYTES the SHA-256 of all before
 * them. With that digest in it, the header can be replaced while an image is armed, and purgatory
 * (PURGATORY_SELF_DIGEST) still knows whether it is whole.
 *
 * headers.c writes it, for kexec_file_load(2) and for memory hotplug (hotplug.c).
 */
#ifndef _KERNEL_CRASH_DUMP_HEADERS_H
#define _KERNEL_CRASH_DUMP_HEADERS_H

#include <linux/kexec.h>

#include "ranges.h"

#define CRASH_HEADERS_DIGEST_BYTES	SHA256_DIGEST_SIZE

size_t crash_headers_bytes(void);
int crash_headers_build(const struct kimage *image, const struct kdump_range *coming,
			void *buf, size_t bytes);

#endif /* _KERNEL_CRASH_DUMP_HEADERS_H */
