/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The description of this kernel's pages, between pagedesc.c and notes.c.
 */
#ifndef _KERNEL_CRASH_DUMP_PAGEDESC_H
#define _KERNEL_CRASH_DUMP_PAGEDESC_H

#include <linux/types.h>

/* Boot: size of the sections, and the sections. The same kernel always gives the same size. */
size_t pagedesc_bytes(void);
void pagedesc_write(void *to);

#endif /* _KERNEL_CRASH_DUMP_PAGEDESC_H */
