/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Purgatory's layout: from address 0 on, the header first; runs wherever it is put.
 *
 * The parameters are in the content, because the loader fills them. The stack is not, nor is
 * the flag that lets the other CPUs go: they are what memory is needed for beyond the content.
 * The table of addresses is empty but for the word that the linker reserves in it, and only
 * gives the TOC pointer its place.
 */
#include <asm/page.h>
#include <asm/purgatory_info.h>

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
		*(.head.low)
		*(.text .text.* .sfpr)
		*(.rodata .rodata.*)
		*(.data .data.*)
		. = ALIGN(8);
		purgatory_params_start = .;
		*(.params)
		purgatory_params_end = .;
		. = ALIGN(256);
		*(.got .toc)
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
	.plt : {
		*(.plt .plt.* .iplt .igot .igot.* .glink .branch_lt)
	}
	/DISCARD/ : {
		*(.modinfo .discard .discard.* .export_symbol)
		*(.comment .note .note.* .gnu.attributes .eh_frame* .debug_* .stab .stabstr)
		*(.dynsym .dynstr .dynamic .dynbss .hash .gnu.hash .gnu.version* .interp .opd)
	}

	ASSERT(purgatory_start == 0, "purgatory's header is not at its start")
	ASSERT(purgatory_info == PURGATORY_INFO_OFFSET, "purgatory's header has another size")
	ASSERT(SIZEOF(.rela.dyn) == 0, "purgatory has relocations: it could not be put anywhere")
	ASSERT(SIZEOF(.plt) == 0, "purgatory has calls by a table of addresses")
	ASSERT(purgatory_params_start % 8 == 0, "purgatory's parameters are not aligned")
}
