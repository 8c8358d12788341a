/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A powerpc kernel that captures a dump.
 *
 * It runs where it was loaded, with its exception vectors copied down to address 0 by its own
 * start-up code, since CRASH_DUMP selects RELOCATABLE. So there are no trampolines to set up;
 * the two functions are what setup code calls. Kernels that are not relocatable have no kexec.
 */
#ifndef _ASM_POWERPC_KDUMP_H
#define _ASM_POWERPC_KDUMP_H

/* Of a TCE table that the crashed kernel filled, this many entries are taken for the dump's DMA. */
#define KDUMP_MIN_TCE_ENTRIES	2048

static inline void reserve_kdump_trampoline(void) { }
static inline void setup_kdump_trampoline(void) { }

#endif /* _ASM_POWERPC_KDUMP_H */
