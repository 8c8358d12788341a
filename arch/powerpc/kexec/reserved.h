/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What firmware reserved; for the reservation of the crash region and for image.c.
 */
#ifndef _POWERPC_KEXEC_RESERVED_H
#define _POWERPC_KEXEC_RESERVED_H

#include <linux/types.h>

typedef void (*ppc64_reserved_fn)(u64 start_pa, u64 bytes, bool no_map, void *data);

/* reserved.c */
void ppc64_reserved_walk(ppc64_reserved_fn fn, void *data);

#endif /* _POWERPC_KEXEC_RESERVED_H */
