/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Put known values into the registers and spin for ever.
 *
 * The dump's notes are checked against these values, so they are distinct
 * in each register and on each CPU. The stack pointer stays as it is.
 *
 * Interface: void kdtest_spin(u64 seed, bool irqs_off); register number i
 * gets seed + i, in the order below. [kdtest_spin_begin, kdtest_spin_end)
 * is where the instruction pointer may be once all are set.
 * Context: any; does not return.
 */
#include <linux/linkage.h>
#include <asm/unwind_hints.h>

SYM_CODE_START(kdtest_spin)
	UNWIND_HINT_UNDEFINED
	ENDBR
	testb	%sil, %sil
	jz	1f
	cli
1:	leaq	0(%rdi), %rax
	leaq	1(%rdi), %rbx
	leaq	2(%rdi), %rcx
	leaq	3(%rdi), %rdx
	leaq	4(%rdi), %rsi
	leaq	6(%rdi), %rbp
	leaq	7(%rdi), %r8
	leaq	8(%rdi), %r9
	leaq	9(%rdi), %r10
	leaq	10(%rdi), %r11
	leaq	11(%rdi), %r12
	leaq	12(%rdi), %r13
	leaq	13(%rdi), %r14
	leaq	14(%rdi), %r15
	leaq	5(%rdi), %rdi
SYM_INNER_LABEL(kdtest_spin_begin, SYM_L_GLOBAL)
	pause
	jmp	kdtest_spin_begin
SYM_INNER_LABEL(kdtest_spin_end, SYM_L_GLOBAL)
	int3
SYM_CODE_END(kdtest_spin)
