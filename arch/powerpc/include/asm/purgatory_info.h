/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What purgatory on ppc64 has to know beside struct purgatory_params.
 *
 * It lies in the first 256 bytes of purgatory, of which kexec_sequence() puts a copy at
 * address 0: there the other CPUs find out where purgatory is. The loader
 * (arch/powerpc/kexec/loader.c) fills it.
 */
#ifndef _ASM_POWERPC_PURGATORY_INFO_H
#define _ASM_POWERPC_PURGATORY_INFO_H

/* Behind struct purgatory_header. */
#define PURGATORY_INFO_OFFSET	0x20
#define PURGATORY_INFO_BYTES	0x38

/* Where the other CPUs are released to; what of an image's start is copied to address 0. */
#define PURGATORY_HOLD_OFFSET	0x60
#define PURGATORY_LOW_BYTES	0x100

#ifndef __ASSEMBLY__

#include <linux/types.h>

/**
 * struct purgatory_info - what ppc64 adds
 * @self_pa: where purgatory is
 * @low_saved: bytes from there to a copy of the first PURGATORY_LOW_BYTES of memory, as they
 *	were before the image's start took their place; 0: none was made
 * @firmware_entry: RTAS or OPAL; 0 for none
 * @firmware_base: what it is called with
 * @reboot_token: RTAS' function that resets the machine
 * @firmware_is_opal: OPAL and not RTAS
 * @has_terminal: there is a terminal for reports, the hypervisor's or OPAL's
 * @terminal: its number
 */
struct purgatory_info {
	u64 self_pa;
	u64 low_saved;
	u64 firmware_entry;
	u64 firmware_base;
	u32 reboot_token;
	u32 firmware_is_opal;
	u32 has_terminal;
	u32 terminal;
	u64 reserved;
};

#endif /* __ASSEMBLY__ */

#endif /* _ASM_POWERPC_PURGATORY_INFO_H */
