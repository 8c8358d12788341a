// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaving this kernel for an image, on x86_64.
 *
 * By now all of it was prepared (image.c): page tables, the stub, the copy list. What
 * remains is what is this CPU's alone: debug registers and control-flow enforcement off, and CR4
 * to a known state. Of it stay PAE; LA57, which can not change in long mode; and MCE in TDX
 * guests, where clearing it is an error.
 *
 * Interface: kexec_arch_ops.enter. Context: one CPU, interrupts off; also after a panic.
 */
#include <linux/cc_platform.h>
#include <linux/hw_breakpoint.h>
#include <linux/io.h>
#include <linux/kexec.h>

#include <asm/cpu.h>
#include <asm/cpufeature.h>
#include <asm/debugreg.h>
#include <asm/special_insns.h>

#include "internal.h"

static unsigned long x86_entry_cr4(void)
{
	unsigned long keep = X86_CR4_LA57;

	if (cpu_feature_enabled(X86_FEATURE_TDX_GUEST))
		keep |= X86_CR4_MCE;
	return X86_CR4_PAE | (native_read_cr4() & keep);
}

/**
 * machine_kexec() - leave this kernel
 * @image: a claimed image
 *
 * The name is a contract: crash looks for a return address in machine_kexec on the stack of the
 * CPU that crashed, and begins its backtrace there. Without one it begins in panic(), whose
 * frame can not be found without its callee's, and ends there.
 *
 * Context: one CPU, interrupts off; also after a panic. Does not return.
 */
void notrace machine_kexec(struct kimage *image)
{
	hw_breakpoint_disable();
	cet_disable();
	kexec_enter_switch(image->copy_pa, image->start, __pa(image->arch.pgd), image->control_pa,
			   x86_entry_cr4(), cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT));
}
