/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The x86 half of purgatory in assembler: in, a stack and a GDT of its own, and out to the kernel.
 *
 * The enter stub (arch/x86/kexec/enter_stub.S) leaves long mode, memory mapped to itself, flat
 * segments, interrupts off and no IDT: a fault here resets the machine. The stub's GDT and stack
 * lie in control pages of the kernel that died; those here are covered by purgatory's own digest.
 *
 * Out of here goes what "64-bit Boot Protocol" in Documentation/arch/x86/boot.rst asks for:
 * RSI points to boot_params, CS is __BOOT_CS, the other segments __BOOT_DS, interrupts are off.
 */
#include <linux/linkage.h>
#include <linux/purgatory.h>

#define PURGATORY_STACK_BYTES	4096

/* GDT selectors of the boot protocol. */
#define BOOT_CS	0x10
#define BOOT_DS	0x18

	.section .head, "ax"
	/* struct purgatory_header; what follows is put there by the linker script. */
SYM_DATA_START(purgatory_start)
	jmp	purgatory_begin
	.balign 8, 0xcc
SYM_DATA_END(purgatory_start)

	.text
	.code64
SYM_CODE_START(purgatory_begin)
	cli
	cld
	leaq	purgatory_stack_end(%rip), %rsp

	subq	$16, %rsp
	leaq	.Lgdt(%rip), %rax
	movw	$(.Lgdt_end - .Lgdt - 1), (%rsp)
	movq	%rax, 2(%rsp)
	lgdt	(%rsp)
	addq	$16, %rsp

	movl	$BOOT_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	leaq	.Lflat(%rip), %rax
	pushq	$BOOT_CS
	pushq	%rax
	lretq
.Lflat:
	leaq	purgatory_start(%rip), %rdi
	leaq	purgatory_params(%rip), %rsi
	leaq	purgatory_blob_end(%rip), %rdx
	call	purgatory_main

	/* The kernel has a stack until it takes its own. */
	movq	(purgatory_params + PURGATORY_PARAMS_ARG_PA)(%rip), %rsi
	pushq	(purgatory_params + PURGATORY_PARAMS_ENTRY_PA)(%rip)
	.irp	reg, eax, ebx, ecx, edx, edi, ebp, r8d, r9d, r10d, r11d, r12d, r13d, r14d, r15d
	xorl	%\reg, %\reg
	.endr
	retq
	int3
SYM_CODE_END(purgatory_begin)

	.section .rodata, "a"
	/* With their accessed bits, so that the CPU does not write here. */
	.balign 16
.Lgdt:
	.quad	0
	.quad	0
	.quad	0x00af9b000000ffff		/* BOOT_CS: 64-bit code */
	.quad	0x00cf93000000ffff		/* BOOT_DS: data */
.Lgdt_end:

	.bss
	.balign 16
SYM_DATA_START_LOCAL(purgatory_stack)
	.skip	PURGATORY_STACK_BYTES
SYM_DATA_END_LABEL(purgatory_stack, SYM_L_LOCAL, purgatory_stack_end)
