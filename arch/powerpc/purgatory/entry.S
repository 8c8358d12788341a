/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ppc64 half of purgatory in assembler: in, a stack and a TOC pointer, and out to the kernel.
 *
 * kexec_sequence() (arch/powerpc/kernel/misc_64.S) comes here with the MMU and interrupts off
 * and the number of this CPU in r3. It has put the first 256 bytes to address 0 and let the
 * other CPUs go to 0x60 there, big-endian, with their numbers in r3. That place is going to be
 * the kernel's, so all they do in it is find out where purgatory is and come here. They wait
 * until the kernel's first 256 bytes are at address 0, and enter them at 0x60 in turn.
 *
 * Out of here goes what head_64.S asks for: r3 points to the device tree, r4 to the kernel,
 * r5 is 0. The device tree names the CPU that starts.
 */
#include <linux/linkage.h>
#include <linux/purgatory.h>
#include <asm/hvcall.h>
#include <asm/ppc_asm.h>
#include <asm/processor.h>
#include <asm/purgatory_info.h>
#include <asm/reg.h>

#define PURGATORY_STACK_BYTES	8192
#define FRAME_BYTES		112

/* struct fdt_header: boot_cpuid_phys, big-endian */
#define FDT_BOOT_CPUID		28

#ifdef __BIG_ENDIAN__
#define STORE_BE32	stwx
#else
#define STORE_BE32	stwbrx
#endif

	.section .head, "ax"
	/* struct purgatory_header; what follows is put there by the linker script. */
	.globl	purgatory_start
purgatory_start:
	b	purgatory_begin
	.balign	8

	/* At PURGATORY_INFO_OFFSET. */
	.section .head.low, "awx"
	.globl	purgatory_info
purgatory_info:
	.skip	PURGATORY_INFO_BYTES
	.org	purgatory_info + PURGATORY_HOLD_OFFSET - PURGATORY_INFO_OFFSET
	/* Runs at address 0x60. */
	FIXUP_ENDIAN
	ld	r4,PURGATORY_INFO_OFFSET(0)	/* self_pa */
	addi	r4,r4,(purgatory_hold - purgatory_info) + PURGATORY_INFO_OFFSET
	mtctr	r4
	bctr
	/* Runs in purgatory's own memory. */
purgatory_hold:
	bcl	20,31,$+4
0:	mflr	r5
	addis	r5,r5,(purgatory_released - 0b)@ha
	addi	r5,r5,(purgatory_released - 0b)@l
1:	HMT_LOW
	lwz	r4,0(r5)
	cmpwi	r4,0
	beq	1b
	HMT_MEDIUM
	isync
	li	r6,PURGATORY_HOLD_OFFSET
	mfmsr	r7
	clrrdi	r7,r7,1				/* MSR_LE */
	mtsrr0	r6
	mtsrr1	r7
	rfid
	/* What kexec_sequence() copies. */
	.org	purgatory_info + PURGATORY_LOW_BYTES - PURGATORY_INFO_OFFSET

	.text
purgatory_begin:
	mr	r30,r3
	bcl	20,31,$+4
0:	mflr	r29
	addis	r2,r29,(.TOC. - 0b)@ha
	addi	r2,r2,(.TOC. - 0b)@l
	addis	r1,r29,(purgatory_stack_end - 0b)@ha
	addi	r1,r1,(purgatory_stack_end - 0b)@l
	addis	r31,r29,(purgatory_params - 0b)@ha
	addi	r31,r31,(purgatory_params - 0b)@l
	addis	r3,r29,(purgatory_start - 0b)@ha
	addi	r3,r3,(purgatory_start - 0b)@l
	mr	r4,r31
	addis	r5,r29,(purgatory_blob_end - 0b)@ha
	addi	r5,r5,(purgatory_blob_end - 0b)@l
	li	r0,0
	stdu	r0,-FRAME_BYTES(r1)
	bl	purgatory_main
	nop
	bl	purgatory_keep_low
	nop

	ld	r28,PURGATORY_PARAMS_ENTRY_PA(r31)
	ld	r27,PURGATORY_PARAMS_ARG_PA(r31)
	li	r5,FDT_BOOT_CPUID
	STORE_BE32 r30,r27,r5

	/* The kernel's first 256 bytes, eight at a time. */
	li	r5,PURGATORY_LOW_BYTES / 8
	mtctr	r5
	addi	r6,r28,-8
	li	r7,-8
2:	ldu	r8,8(r6)
	stdu	r8,8(r7)
	bdnz	2b
	li	r7,0
3:	dcbst	0,r7
	sync
	icbi	0,r7
	addi	r7,r7,32
	cmpwi	r7,PURGATORY_LOW_BYTES
	blt	3b
	sync
	isync

	addis	r5,r29,(purgatory_released - 0b)@ha
	addi	r5,r5,(purgatory_released - 0b)@l
	li	r6,1
	stw	r6,0(r5)
	sync

	mr	r3,r27
	mr	r4,r28
	li	r5,0
	mtctr	r4
	bctr

/*
 * void purgatory_rtas(u32 *args, u64 base, u64 entry): calls RTAS, in 32 bits and big-endian;
 * does not come back.
 */
	.globl	purgatory_rtas
purgatory_rtas:
	mfmsr	r6
	clrrdi	r6,r6,1				/* MSR_LE */
	clrldi	r6,r6,1				/* MSR_SF */
	mtsrr0	r5
	mtsrr1	r6
	rfid

/*
 * long purgatory_opal(u64 base, u64 entry, u64 token, u64 a, u64 b, u64 c): calls OPAL, which is
 * big-endian, and comes back with what it answers (skiboot, doc/opal-api).
 */
	.globl	purgatory_opal
purgatory_opal:
	mflr	r0
	std	r0,16(r1)
	stdu	r1,-(FRAME_BYTES + 16)(r1)
	std	r2,FRAME_BYTES(r1)
	bcl	20,31,$+4
0:	mflr	r11
	addi	r11,r11,1f - 0b
	mtlr	r11
	mfmsr	r11
	clrrdi	r11,r11,1			/* MSR_LE */
	mtspr	SPRN_HSRR0,r4
	mtspr	SPRN_HSRR1,r11
	mr	r2,r3
	mr	r0,r5
	mr	r3,r6
	mr	r4,r7
	mr	r5,r8
	hrfid
1:	FIXUP_ENDIAN_HV
	ld	r2,FRAME_BYTES(r1)
	addi	r1,r1,FRAME_BYTES + 16
	ld	r0,16(r1)
	mtlr	r0
	blr

/*
 * long purgatory_hcall(u64 function, u64 a, u64 b, u64 c, u64 d)
 */
	.globl	purgatory_hcall
purgatory_hcall:
	HVSC
	blr

	.bss
	.balign	16
purgatory_stack:
	.skip	PURGATORY_STACK_BYTES
purgatory_stack_end:
purgatory_released:
	.skip	8
	/* Behind all else, at the end of the last page: info.low_saved. */
	.skip	PURGATORY_LOW_BYTES
