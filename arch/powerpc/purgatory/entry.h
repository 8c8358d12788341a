/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What entry.S and machine.c are to each other.
 */
#ifndef _POWERPC_PURGATORY_ENTRY_H
#define _POWERPC_PURGATORY_ENTRY_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/purgatory_info.h>

/* entry.S: what the loader filled in */
extern struct purgatory_info purgatory_info;

/* entry.S: into the hypervisor or OPAL and back; into RTAS, which does not come back */
long purgatory_hcall(u64 function, u64 a, u64 b, u64 c, u64 d);
long purgatory_opal(u64 base, u64 entry, u64 token, u64 a, u64 b, u64 c);
void __noreturn purgatory_rtas(__be32 *args, u64 base, u64 entry);

/* machine.c: called by entry.S */
void purgatory_keep_low(void);

#endif /* _POWERPC_PURGATORY_ENTRY_H */
