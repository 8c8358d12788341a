/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way out of this kernel: onto other page tables, copy, jump.
 *
 * Two pieces. kexec_enter_switch is kernel text. The stub's page tables map the text page that
 * it is in at the same address, so it can load CR3 and go on. (This needs no executable alias of
 * data: the control pages stay NX in the kernel's own page tables.) The stub proper,
 * [relocate_kernel, relocate_kernel_end), is data to this kernel; image.c copied it to the
 * control pages, and it runs there, identity mapped. It refers to nothing outside of itself.
 *
 * What the image finds is what Documentation/arch/x86/boot.rst, "64-bit Boot Protocol", asks
 * for: long mode, identity mapping of its own memory and of low memory, flat segments at __BOOT_CS
 * and __BOOT_DS, interrupts off; and all general registers zero but RSP, which points to a
 * zero word in the control pages. CR4.LA57 is as it was, it can not change in long mode.
 *
 * No IDT from the switch on: an NMI or machine check here resets the machine. The window ends
 * when the next kernel has an IDT. It is the time to copy, for a resident crash image some
 * microseconds; and for an image of kexec_file_load(2) purgatory's time to hash all of it, which is
 * some hundred milliseconds for 100 MB.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/kexec.h>
#include <asm/nospec-branch.h>
#include <asm/page_types.h>
#include <asm/processor-flags.h>
#include <asm/unwind_hints.h>

#include "internal.h"

/* struct kexec_copy */
#define COPY_DST_PA	0
#define COPY_SRC_PA	8
#define COPY_PAGES	16
#define COPY_BYTES	24

/* Pages to quadwords. */
#define QUADS_SHIFT	(PAGE_SHIFT - 3)

	.text
	/* One cache line, so that it does not cross a page. */
	.balign 64
/*
 * RDI: physical address of the copy list	RSI: where to jump
 * RDX: physical address of the top page table	RCX: physical address of the stub
 * R8: CR4 to be					R9: write caches back first
 */
SYM_CODE_START(kexec_enter_switch)
	UNWIND_HINT_END_OF_STACK
	ENDBR
	/* PCID 0 while PCIDs are on; CR4 without PGE then drops what is left in the TLB. */
	movq	%rdx, %cr3
	movq	%r8, %cr4
	ANNOTATE_RETPOLINE_SAFE
	jmp	*%rcx
	int3
SYM_CODE_END(kexec_enter_switch)

	.section .rodata.kexec_stub, "a"
	.balign 64
SYM_DATA_START(relocate_kernel)
	leaq	(X86_KEXEC_CONTROL_PAGES * PAGE_SIZE)(%rcx), %rsp
	movq	%rdi, %rbx
	movq	%rsi, %rbp

	/* Paging on, write protection off, no task switch or FPU emulation pending. */
	movl	$(X86_CR0_PG | X86_CR0_NE | X86_CR0_ET | X86_CR0_MP | X86_CR0_PE), %eax
	movq	%rax, %cr0

	subq	$16, %rsp
	leaq	.Lgdt(%rip), %rax
	movw	$(.Lgdt_end - .Lgdt - 1), (%rsp)
	movq	%rax, 2(%rsp)
	lgdt	(%rsp)
	movw	$0, (%rsp)
	movq	$0, 2(%rsp)
	lidt	(%rsp)
	addq	$16, %rsp

	movl	$X86_KEXEC_BOOT_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	leaq	.Lflat(%rip), %rax
	pushq	$X86_KEXEC_BOOT_CS
	pushq	%rax
	lretq

.Lflat:
	/*
	 * With SME the same memory may be cached twice, with and without the encryption bit.
	 * What was cached with it must not be written back over the copies made here.
	 */
	testb	%r9b, %r9b
	jz	.Lcopy
	wbinvd
.Lcopy:
	cld
.Lstep:
	movq	COPY_DST_PA(%rbx), %rdi
	movq	COPY_SRC_PA(%rbx), %rsi
	movq	COPY_PAGES(%rbx), %rcx
	addq	$COPY_BYTES, %rbx
	testq	%rcx, %rcx			/* KEXEC_COPY_END */
	jz	.Lleave
	cmpq	$-1, %rcx			/* KEXEC_COPY_LINK */
	je	.Llink
	shlq	$QUADS_SHIFT, %rcx
	cmpq	$-1, %rsi			/* KEXEC_COPY_ZERO */
	je	.Lzero
	rep movsq
	jmp	.Lstep
.Lzero:
	xorl	%eax, %eax
	rep stosq
	jmp	.Lstep
.Llink:
	movq	%rsi, %rbx
	jmp	.Lstep

.Lleave:
	/* Purgatories take the word at RSP for the address of a way back; there is none. */
	pushq	$0
	pushq	%rbp
	.irp	reg, eax, ebx, ecx, edx, esi, edi, ebp, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d
	xorl	%\reg, %\reg
	.endr
	/* All is copied, nothing of the image has run: here tests stop the machine. */
SYM_INNER_LABEL(kexec_enter_jump, SYM_L_GLOBAL)
	retq
	int3

	.balign 16
.Lgdt:
	.quad	0
	.quad	0
	.quad	0x00af9a000000ffff		/* X86_KEXEC_BOOT_CS: 64-bit code */
	.quad	0x00cf92000000ffff		/* X86_KEXEC_BOOT_DS: data */
.Lgdt_end:
	/* Does not assemble if the stub is larger. */
	.org	relocate_kernel + KEXEC_CONTROL_CODE_MAX_SIZE, 0xcc
SYM_DATA_END_LABEL(relocate_kernel, SYM_L_GLOBAL, relocate_kernel_end)
