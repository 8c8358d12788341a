/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec on powerpc: what the rest of arch/powerpc and struct kimage need to know.
 *
 * The port itself is in arch/powerpc/kexec/, for 64-bit Book3S; struct kexec_arch_ops is its
 * only way in from the generic code. The names below are those that callers in setup, smp,
 * traps, the platforms and drivers use. They exist in every configuration, so that 32-bit and
 * Book3E, which have no kexec, build with the same callers.
 */
#ifndef _ASM_POWERPC_KEXEC_H
#define _ASM_POWERPC_KEXEC_H

/* paca->kexec_state: how far a CPU is on its way out of this kernel. */
#define KEXEC_STATE_NONE	0	/* runs as ever */
#define KEXEC_STATE_IRQS_OFF	1	/* takes no interrupt any more */
#define KEXEC_STATE_REAL_MODE	2	/* MMU off, waits at kexec_wait for the next kernel */

#ifndef __ASSEMBLY__

#include <linux/init.h>
#include <linux/types.h>
#include <asm/reg.h>

struct kimage;
struct pt_regs;

/* Of an image powerpc keeps nothing: the way out is this kernel's own text. */
struct kimage_arch { };

/* What a driver or a platform does when this kernel dies: quiet a device. Panic context. */
typedef void (*crash_shutdown_t)(void);

#ifdef CONFIG_KEXEC_CORE
/* arch/powerpc/kernel/misc_64.S: to real mode, wait for the next kernel; does not return */
void kexec_smp_wait(void);
/* The way out: copy while the MMU is as @copy_with_mmu_off says, then clear_all() and jump. */
void kexec_sequence(void *newstack, unsigned long start, void *image, void *control,
		    void (*clear_all)(void), bool copy_with_mmu_off);
void kexec_copy_flush(struct kimage *image);
#endif

#ifdef CONFIG_CRASH_DUMP

extern int crashing_cpu;
/* A platform whose offline CPUs have to be woken for a crash sets it. */
extern int crash_wake_offline;

int crash_shutdown_register(crash_shutdown_t handler);
int crash_shutdown_unregister(crash_shutdown_t handler);
void crash_ipi_callback(struct pt_regs *regs);
void crash_stop_if_wanted(struct pt_regs *regs);
void crash_send_ipi(int cpu);
void crash_kexec_prepare(void);
void crash_kexec_secondary(struct pt_regs *regs);

static inline bool kdump_in_progress(void)
{
	return crashing_cpu >= 0;
}

#else

static inline int crash_shutdown_register(crash_shutdown_t handler)
{
	return 0;
}

static inline int crash_shutdown_unregister(crash_shutdown_t handler)
{
	return 0;
}

static inline void crash_ipi_callback(struct pt_regs *regs) { }
static inline void crash_stop_if_wanted(struct pt_regs *regs) { }
static inline void crash_kexec_secondary(struct pt_regs *regs) { }

static inline bool kdump_in_progress(void)
{
	return false;
}

#endif /* CONFIG_CRASH_DUMP */

#ifdef CONFIG_CRASH_RESERVE
void __init reserve_crashkernel(void);
int __init overlaps_crashkernel(unsigned long start, unsigned long size);
#else
static inline void reserve_crashkernel(void) { }
static inline int overlaps_crashkernel(unsigned long start, unsigned long size)
{
	return 0;
}
#endif

#ifdef CONFIG_FA_DUMP
u32 *append_elf_note(u32 *buf, char *name, unsigned int type, void *data, size_t data_len);
void final_note(u32 *buf);
#endif

#ifdef CONFIG_PPC_BOOK3S_64

#include <asm/cputable.h>

/**
 * reset_sprs() - registers that the next kernel expects as firmware leaves them
 *
 * It takes its first storage keys as open: with a key closed in one of these it would fault on
 * its own memory once it turns on the MMU.
 *
 * Context: MMU off, on the way out.
 */
static __always_inline void reset_sprs(void)
{
	if (early_cpu_has_feature(CPU_FTR_ARCH_207S))
		mtspr(SPRN_IAMR, 0);
	if (early_cpu_has_feature(CPU_FTR_ARCH_206)) {
		mtspr(SPRN_UAMOR, 0);
		mtspr(SPRN_AMR, 0);
	}
}

#endif /* CONFIG_PPC_BOOK3S_64 */

#endif /* __ASSEMBLY__ */

#endif /* _ASM_POWERPC_KEXEC_H */
