/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Purgatory's layout: from address 0 on, the header first; runs wherever it is put.
 *
 * The parameters are in the content, because the loader fills them. The stack is not: it is what
 * memory is needed for beyond the content. A table of addresses (.got, .toc) may only give a
 * pointer its place: one with an address in it has relocations, and is refused.
 *
 * An architecture has its jump in .head, and in .head.low what has to stand right behind the
 * header.
 */
#include <linux/purgatory.h>
#include <asm/page.h>

ENTRY(purgatory_start)

SECTIONS
{
	. = 0;
	.blob : {
		/* struct purgatory_header: the rest of it is what the linker knows. */
		*(.head)
		. = ALIGN(8);
		QUAD(PURGATORY_MAGIC)
		LONG(purgatory_params_start)
		LONG(purgatory_params_end - purgatory_params_start)
		LONG(purgatory_blob_end)
		LONG(purgatory_mem_end)
		purgatory_header_end = .;
		*(.head.low)
		*(.text .text.* .sfpr)
		*(.rodata .rodata.*)
		*(.data .data.*)
		. = ALIGN(8);
		purgatory_params_start = .;
		*(.params)
		purgatory_params_end = .;
		/* As ppc64's TOC pointer wants it. */
		. = ALIGN(256);
		*(.got .got.* .toc)
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
		*(.comment .note .note.* .gnu.attributes)
		*(.eh_frame* .sframe* .debug_* .stab .stabstr)
		*(.dynsym .dynstr .dynamic .dynbss .interp .opd)
		*(.hash .gnu.hash .gnu.version*)
	}

	ASSERT(purgatory_start == 0, "purgatory's header is not at its start")
	ASSERT(purgatory_header_end == PURGATORY_HEADER_BYTES,
	       "purgatory's header has the wrong size")
	ASSERT(SIZEOF(.rela.dyn) == 0, "purgatory has relocations: it could not be put anywhere")
	ASSERT(SIZEOF(.plt) == 0, "purgatory has calls by a table of addresses")
	ASSERT(purgatory_params_start % 8 == 0, "purgatory's parameters are not aligned")
}
