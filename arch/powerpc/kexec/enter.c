// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaving this kernel for an image, on ppc64.
 *
 * kexec_sequence() (arch/powerpc/kernel/misc_64.S) is the way out: off to a stack of its own,
 * copy, MMU off, the first 256 bytes of the image to address 0, where the other CPUs are
 * released to, translations cleared, jump. The copying is done here, by the list that the core
 * has built. Where it can be, the MMU is off by then; only a guest with a hash page table needs
 * its translations to reach all memory.
 *
 * Either way what is executed and touched is text, data and stack of the kernel image, where no
 * segment may be (image.c), and pages of the copy list. What lives elsewhere, the paca and struct
 * kimage, may be overwritten by the copy, so it is copied to where it can not. Nothing here calls
 * out to code that was patched for this CPU, and there is no per-CPU data.
 *
 * What the image finds is what head_64.S asks for: MMU and interrupts off, r3 the number of
 * this CPU, r4 the address of the image, r5 0; the others come to address 0x60, big-endian,
 * with their number in r3.
 *
 * Interface: kexec_arch_ops.enter; kexec_copy_flush() for misc_64.S. Context: one CPU,
 * interrupts off; also after a panic.
 */
#include <linux/kexec.h>

#include <asm/cache.h>
#include <asm/firmware.h>
#include <asm/hw_irq.h>
#include <asm/kexec.h>
#include <asm/mmu.h>
#include <asm/page.h>
#include <asm/paca.h>
#include <asm/purgatory_info.h>

#include "internal.h"

static u8 enter_stack[THREAD_SIZE] __aligned(THREAD_SIZE);
static struct paca_struct enter_paca __aligned(L1_CACHE_BYTES);
static struct kimage enter_image;

static void notrace enter_copy_pages(u64 dst_pa, u64 src_pa, u64 pages)
{
	const u64 *src = src_pa == KEXEC_COPY_ZERO ? NULL : __va(src_pa);
	u64 words = pages << (PAGE_SHIFT - 3);
	u64 *dst = __va(dst_pa);

	if (src) {
		while (words--)
			*dst++ = *src++;
	} else {
		while (words--)
			*dst++ = 0;
	}
}

/* What was written as data is going to be executed. */
static void notrace enter_flush(u64 start_pa, u64 bytes)
{
	const unsigned long step = L1_CACHE_BYTES;
	unsigned long start = (unsigned long)__va(start_pa) & ~(step - 1);
	unsigned long end = (unsigned long)__va(start_pa) + bytes;
	unsigned long at;

	for (at = start; at < end; at += step)
		asm volatile("dcbst 0, %0" : : "r" (at) : "memory");
	asm volatile("sync" : : : "memory");
	for (at = start; at < end; at += step)
		asm volatile("icbi 0, %0" : : "r" (at) : "memory");
	asm volatile("sync; isync" : : : "memory");
}

/*
 * kexec_sequence() is about to put the image's first bytes to address 0, before purgatory makes
 * its copy of low memory; purgatory puts what is saved here into that copy.
 */
static void notrace enter_save_low(const struct kimage *image)
{
	const struct kexec_segment *seg = &image->segment[image->purgatory_index];
	const u64 *from = __va(0);
	u64 *to = __va(seg->mem + seg->memsz - PURGATORY_LOW_BYTES);
	unsigned int i;

	for (i = 0; i < PURGATORY_LOW_BYTES / sizeof(*to); i++)
		to[i] = from[i];
}

/**
 * kexec_copy_flush() - bring an image to its place
 * @image: the copy that machine_kexec() made of it
 *
 * Context: called by kexec_sequence(), the MMU off or not.
 */
void notrace kexec_copy_flush(struct kimage *image)
{
	const struct kexec_copy *step = __va(image->copy_pa);
	unsigned int i;

	while (step->pages != KEXEC_COPY_END) {
		if (step->pages == KEXEC_COPY_LINK) {
			step = __va(step->src_pa);
			continue;
		}
		enter_copy_pages(step->dst_pa, step->src_pa, step->pages);
		step++;
	}
	if (image->purgatory_index >= 0 && image->nr_moved)
		enter_save_low(image);
	for (i = 0; i < image->nr_segments; i++)
		enter_flush(image->segment[i].mem, image->segment[i].bufsz);
}

/**
 * machine_kexec() - leave this kernel
 * @image: a claimed image
 *
 * The name is a contract with crash, which begins the backtrace of the CPU that crashed there.
 *
 * Context: one CPU, interrupts off; also after a panic. Does not return.
 */
void notrace machine_kexec(struct kimage *image)
{
	bool mmu_off = radix_enabled() || !firmware_has_feature(FW_FEATURE_LPAR);

	hard_irq_disable();
	enter_image = *image;
	enter_paca = *get_paca();
	setup_paca(&enter_paca);
	kexec_sequence(enter_stack, enter_image.start, &enter_image, NULL, mmu_cleanup_all,
		       mmu_off);
}
