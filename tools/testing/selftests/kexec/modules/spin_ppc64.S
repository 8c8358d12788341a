/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Put known values into the registers and spin for ever.
 *
 * The dump's notes are checked against these values, so they are distinct
 * in each register and on each CPU. The kernel's own are left as they are:
 * r1 (stack), r2 (TOC), r13 (paca).
 *
 * Interface: void kdtest_spin(u64 seed, bool irqs_off); rN gets seed + N.
 * [kdtest_spin_begin, kdtest_spin_end) is where the instruction pointer may
 * be once all are set. Interrupts are switched off by the CPU itself, not
 * by the kernel's mark that it defers them.
 * Context: any; does not return.
 */
#include <linux/linkage.h>
#include <asm/ppc_asm.h>
#include <asm/reg.h>

_GLOBAL(kdtest_spin)
	cmpwi	r4,0
	beq	1f
	li	r5,MSR_RI
	mtmsrd	r5,1
1:
	.irp	number,0,4,5,6,7,8,9,10,11,12,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	li	\number,\number
	add	\number,\number,r3
	.endr
	addi	r3,r3,3
	.globl	kdtest_spin_begin
kdtest_spin_begin:
	b	kdtest_spin_begin
	.globl	kdtest_spin_end
kdtest_spin_end:
	trap
