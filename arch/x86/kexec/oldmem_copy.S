/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copying old memory, where a machine check may be in the way.
 *
 * The RAM of a machine that crashed may be the reason why it crashed. A load that consumes an
 * uncorrected error raises a machine check, and the kernel goes on after it only where its
 * exception table says that the load expects that; so the loads stand here by themselves. Words
 * are moved and not strings: real CPUs do both at the speed of memory, emulators, in which
 * machines are often tested, do strings byte by byte.
 *
 * Interface: internal.h. Context: capture kernel; the copy may fault where it writes.
 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/smap.h>

#include "internal.h"

.macro read from, to
.Lread\@:
	movq	\from, \to
	_ASM_EXTABLE_TYPE(.Lread\@, .Lunreadable, EX_TYPE_DEFAULT_MCE_SAFE)
.endm

/* A page fault: find out by single bytes how much can be written. */
.macro write from, to
.Lwrite\@:
	movq	\from, \to
	_ASM_EXTABLE_UA(.Lwrite\@, .Lbytes)
.endm

	.text
/*
 * unsigned long x86_oldmem_copy_words(void *to, const void *from, unsigned long bytes)
 *
 * Returns how many bytes were not copied, with X86_OLDMEM_UNREADABLE if reading ended it. @to may
 * be of user space, after access_ok().
 */
SYM_FUNC_START(x86_oldmem_copy_words)
	movq	%rdx, %rax
	ASM_STAC
	cmpq	$64, %rax
	jb	.Lbytes
/* A cache line is poisoned as a whole: what was counted before it is copied. */
SYM_INNER_LABEL(x86_oldmem_copy_block, SYM_L_GLOBAL)
	read	(%rsi), %r8
	read	8(%rsi), %r9
	read	16(%rsi), %r10
	read	24(%rsi), %r11
	write	%r8, (%rdi)
	write	%r9, 8(%rdi)
	write	%r10, 16(%rdi)
	write	%r11, 24(%rdi)
	read	32(%rsi), %r8
	read	40(%rsi), %r9
	read	48(%rsi), %r10
	read	56(%rsi), %r11
	write	%r8, 32(%rdi)
	write	%r9, 40(%rdi)
	write	%r10, 48(%rdi)
	write	%r11, 56(%rdi)
	addq	$64, %rsi
	addq	$64, %rdi
	subq	$64, %rax
	cmpq	$64, %rax
	jae	x86_oldmem_copy_block
.Lbytes:
	testq	%rax, %rax
	jz	.Lend
.Lread_byte:
	movb	(%rsi), %dl
.Lwrite_byte:
	movb	%dl, (%rdi)
	incq	%rsi
	incq	%rdi
	decq	%rax
	jmp	.Lbytes
.Lunreadable:
	btsq	$X86_OLDMEM_UNREADABLE_BIT, %rax
.Lend:
	ASM_CLAC
	RET
	_ASM_EXTABLE_TYPE(.Lread_byte, .Lunreadable, EX_TYPE_DEFAULT_MCE_SAFE)
	_ASM_EXTABLE_UA(.Lwrite_byte, .Lend)
SYM_FUNC_END(x86_oldmem_copy_words)
