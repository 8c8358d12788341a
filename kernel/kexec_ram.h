/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which System RAM may be used, of what the resource tree lists: blocks of it go offline and
 * come back, and are listed all the time.
 *
 * With sparse memory a section comes and goes as a whole; without, all memory stays.
 *
 * Context: any; what it says holds as long as memory hotplug is kept out.
 */
#ifndef _KERNEL_KEXEC_RAM_H
#define _KERNEL_KEXEC_RAM_H

#include <linux/align.h>
#include <linux/mmzone.h>
#include <linux/pfn.h>
#include <linux/types.h>

#ifdef CONFIG_SPARSEMEM

/* The end of what comes and goes together with @pa. */
static inline u64 ram_unit_end(u64 pa)
{
	return ALIGN_DOWN(pa, 1ULL << PA_SECTION_SHIFT) + (1ULL << PA_SECTION_SHIFT);
}

static inline bool ram_online(u64 pa)
{
	return online_section_nr(pfn_to_section_nr(PHYS_PFN(pa)));
}

/* Was it there when this kernel was booted? @pa is online. */
static inline bool ram_since_boot(u64 pa)
{
	return early_section(__pfn_to_section(PHYS_PFN(pa)));
}

#else

static inline u64 ram_unit_end(u64 pa)
{
	return U64_MAX;
}

static inline bool ram_online(u64 pa)
{
	return true;
}

static inline bool ram_since_boot(u64 pa)
{
	return true;
}

#endif

#endif /* _KERNEL_KEXEC_RAM_H */
