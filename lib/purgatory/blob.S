/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Purgatory in the kernel's read-only data, to be copied and filled for each image.
 *
 * include/linux/purgatory.h says how.
 */
#include <linux/linkage.h>

	.section .rodata, "a"
	.balign 8
SYM_DATA_START(kexec_purgatory_start)
	.incbin "purgatory.bin"
SYM_DATA_END_LABEL(kexec_purgatory_start, SYM_L_GLOBAL, kexec_purgatory_end)
