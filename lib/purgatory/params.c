// SPDX-License-Identifier: GPL-2.0-only
/*
 * What purgatory is told, in the place where the kernel that loads it fills it in.
 *
 * And what assembler and linker scripts take for granted of the structures.
 *
 * Interface: include/linux/purgatory.h. Context: data.
 */
#include <linux/build_bug.h>
#include <linux/stddef.h>

#include "purgatory.h"

struct purgatory_params purgatory_params __section(".params") = {
	.magic = PURGATORY_PARAMS_MAGIC,
};

static_assert(offsetof(struct purgatory_header, magic) == 8);
static_assert(offsetof(struct purgatory_header, params_offset) == 16);
static_assert(offsetof(struct purgatory_header, params_bytes) == 20);
static_assert(offsetof(struct purgatory_header, blob_bytes) == 24);
static_assert(offsetof(struct purgatory_header, mem_bytes) == 28);
static_assert(sizeof(struct purgatory_header) == PURGATORY_HEADER_BYTES);
static_assert(offsetof(struct purgatory_params, entry_pa) == PURGATORY_PARAMS_ENTRY_PA);
static_assert(offsetof(struct purgatory_params, arg_pa) == PURGATORY_PARAMS_ARG_PA);
