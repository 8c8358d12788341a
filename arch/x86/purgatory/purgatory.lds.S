/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Purgatory's layout: from address 0 on, the header first; runs wherever it is put.
 *
 * The parameters are in the content, because the loader fills them. The stack is not: it is what
 * memory is needed for beyond the content.
 */
#include <asm/page_types.h>

OUTPUT_FORMAT(elf64-x86-64)
OUTPUT_ARCH(i386:x86-64)
ENTRY(purgatory_start)

SECTIONS
{
	. = 0;
	.blob : {
		*(.head)
		/* The rest of the header, from params_offset on. */
		LONG(purgatory_params_start)
		LONG(purgatory_params_end - purgatory_params_start)
		LONG(purgatory_blob_end)
		LONG(purgatory_mem_end)
		*(.text .text.*)
		*(.rodata .rodata.*)
		*(.data .data.*)
		. = ALIGN(8);
		purgatory_params_start = .;
		*(.params)
		purgatory_params_end = .;
		. = ALIGN(8);
		purgatory_blob_end = .;
	}
	.bss (NOLOAD) : {
		*(.bss .bss.*)
		*(COMMON)
		. = ALIGN(PAGE_SIZE);
		purgatory_mem_end = .;
	}
	.rela.dyn : {
		*(.rela.*)
	}
	.got : {
		*(.got .got.* .plt .plt.* .iplt .igot .igot.*)
	}
	/DISCARD/ : {
		*(.modinfo .discard .discard.* .export_symbol)
		*(.comment .note .note.* .eh_frame* .sframe* .debug_* .stab .stabstr)
		*(.dynsym .dynstr .dynamic .dynbss .hash .gnu.hash .gnu.version* .interp)
	}

	ASSERT(purgatory_start == 0, "purgatory's header is not at its start")
	ASSERT(SIZEOF(.rela.dyn) == 0, "purgatory has relocations: it could not be put anywhere")
	ASSERT(SIZEOF(.got) == 0, "purgatory has a table of addresses")
	ASSERT(purgatory_params_start % 8 == 0, "purgatory's parameters are not aligned")
}
