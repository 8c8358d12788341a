/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Crash dumps on x86.
 *
 * arch/x86/realmode/init.c includes this; what it reserves of low memory, it reserves in
 * every kernel. The crash side of the port is arch/x86/kexec/crash.c.
 */
#ifndef _ASM_X86_CRASH_H
#define _ASM_X86_CRASH_H

#endif /* _ASM_X86_CRASH_H */
