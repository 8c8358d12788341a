/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registers of a caller that has none from an exception.
 *
 * void crash_capture_regs(struct pt_regs *regs): all registers as they are when this is
 * called, but RIP is the return address and RSP what it is after the return, so the caller's
 * frame can be unwound. No register but RAX is written, so each is stored as it was.
 *
 * Interface: kexec_arch_ops.crash_save_regs. Context: any.
 */
#include <linux/cfi_types.h>
#include <linux/linkage.h>
#include <asm/ptrace-abi.h>

	.text
SYM_TYPED_FUNC_START(crash_capture_regs)
	/* Tests stop here, and compare. */
SYM_INNER_LABEL(crash_capture_regs_begin, SYM_L_GLOBAL)
	movq	%rax, RAX(%rdi)
	movq	%rbx, RBX(%rdi)
	movq	%rcx, RCX(%rdi)
	movq	%rdx, RDX(%rdi)
	movq	%rsi, RSI(%rdi)
	movq	%rdi, RDI(%rdi)
	movq	%rbp, RBP(%rdi)
	movq	%r8, R8(%rdi)
	movq	%r9, R9(%rdi)
	movq	%r10, R10(%rdi)
	movq	%r11, R11(%rdi)
	movq	%r12, R12(%rdi)
	movq	%r13, R13(%rdi)
	movq	%r14, R14(%rdi)
	movq	%r15, R15(%rdi)
	pushfq
	popq	EFLAGS(%rdi)
	movq	(%rsp), %rax
	movq	%rax, RIP(%rdi)
	leaq	8(%rsp), %rax
	movq	%rax, RSP(%rdi)
	/* No exception, so no error code and no system call either. */
	movq	$-1, ORIG_RAX(%rdi)
	movl	%cs, %eax
	movq	%rax, CS(%rdi)
	movl	%ss, %eax
	movq	%rax, SS(%rdi)
	RET
SYM_FUNC_END(crash_capture_regs)
