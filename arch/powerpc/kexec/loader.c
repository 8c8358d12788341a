// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec_file_load(2) on ppc64: take a vmlinux apart, place it, and make its device tree.
 *
 * A kernel finds out where it was loaded. A capture kernel is told to stay there, by the word at
 * 0x5c of its image; another one moves itself down to address 0. Each is entered at its first
 * byte with the device tree; the other CPUs are let go by purgatory.
 *
 * The real-mode area, the first block of memory, is all that a kernel may use at first, so its
 * pieces lie in it. For a capture kernel that is the crash region. What a kernel still needs once
 * it has moved itself down lies above the end that it has then.
 *
 * Interface: kexec_arch_ops.file_load. Context: process, may sleep; kexec_lock() held.
 *
 * Elsewhere: kernel/kexec_elf.c checks the file, devicetree.c makes the device tree,
 * arch/powerpc/purgatory runs between the kernels.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/elf.h>
#include <linux/err.h>
#include <linux/kexec.h>
#include <linux/libfdt.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/purgatory.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include <asm/firmware.h>
#include <asm/mmu.h>
#include <asm/purgatory_info.h>
#include <asm/rtas.h>
#include <asm/setup.h>

#include "../../../kernel/kexec_elf.h"
#include "../../../kernel/kexec_file.h"
#include "internal.h"
#include "loader.h"

/* arch/powerpc/kernel/head_64.S: __run_at_load, and what it says in a kernel that can stay */
#define RUN_AT_LOAD_OFFSET	0x5c
#define RUN_AT_LOAD_CAN		0x72756e30
#define RUN_AT_LOAD_DO		1

/* More than a kernel with all options on takes. */
#define KERNEL_MAX_BYTES	SZ_512M

/* Hash page tables map the kernel by pages of 16 MiB. */
#define KERNEL_ALIGN_BYTES	SZ_16M

static const struct kexec_elf_want ppc64_vmlinux = {
	.machine = EM_PPC64,
	.class = ELFCLASS64,
	.max_bytes = KERNEL_MAX_BYTES,
};

static int ppc64_stay_there(void *kernel, u64 bytes)
{
	u32 *word = kernel + RUN_AT_LOAD_OFFSET;

	if (bytes < PURGATORY_LOW_BYTES || (*word != RUN_AT_LOAD_CAN && *word != RUN_AT_LOAD_DO)) {
		pr_info("load refused: vmlinux: the word at 0x%x is 0x%x, in a relocatable kernel it is 0x%x\n",
			RUN_AT_LOAD_OFFSET, bytes < PURGATORY_LOW_BYTES ? 0 : *word,
			RUN_AT_LOAD_CAN);
		return -EPROTONOSUPPORT;
	}
	*word = RUN_AT_LOAD_DO;
	return 0;
}

/* @keep_pa: from where on a piece that the kernel is entered with outlives its start */
static int ppc64_load_kernel(struct kimage *image, const struct kexec_file *file, u64 *keep_pa)
{
	struct kexec_elf elf;
	struct kexec_buf kbuf = {
		.image = image,
		.buf_align = KERNEL_ALIGN_BYTES,
		.buf_max = ppc64_rma_size - 1,
		.own = true,
		.role = KEXEC_ROLE_KERNEL,
	};
	int ret;

	ret = kexec_file_parse_elf(file, &ppc64_vmlinux, "no vmlinux", &elf);
	if (ret)
		return ret;
	kbuf.bufsz = elf.content_bytes;
	kbuf.memsz = PAGE_ALIGN(elf.mem_bytes);
	kbuf.buffer = vzalloc(kbuf.bufsz);
	if (!kbuf.buffer)
		return -ENOMEM;
	kexec_elf_copy(file->kernel, &elf, kbuf.buffer);
	if (image->type == KEXEC_TYPE_CRASH)
		ret = ppc64_stay_there(kbuf.buffer, kbuf.bufsz);
	if (!ret)
		ret = kexec_add_buffer(&kbuf);
	if (ret) {
		vfree(kbuf.buffer);
		return ret;
	}
	image->start = kbuf.mem + elf.entry_offset;
	*keep_pa = image->type == KEXEC_TYPE_CRASH ? 0 : kbuf.memsz;
	return 0;
}

static int ppc64_load_initrd(struct kimage *image, const struct kexec_file *file, u64 keep_pa,
			     u64 *initrd_pa)
{
	struct kexec_buf kbuf = {
		.image = image,
		.buf_min = keep_pa,
		.buf_max = ppc64_rma_size - 1,
	};
	int ret = kexec_file_add_initrd(file, &kbuf);

	*initrd_pa = kbuf.mem;
	return ret;
}

static int ppc64_load_fdt(struct kimage *image, const struct kexec_file *file, u64 keep_pa,
			  u64 initrd_pa)
{
	struct kexec_buf kbuf = {
		.image = image,
		.buf_align = PAGE_SIZE,
		.buf_min = keep_pa,
		.buf_max = ppc64_rma_size - 1,
		.top_down = true,
		.own = true,
		.role = KEXEC_ROLE_FDT,
	};
	int ret;

	kbuf.buffer = ppc64_fdt_build(image, file, initrd_pa);
	if (IS_ERR(kbuf.buffer))
		return PTR_ERR(kbuf.buffer);
	kbuf.bufsz = fdt_totalsize(kbuf.buffer);
	kbuf.memsz = kbuf.bufsz;
	ret = kexec_add_buffer(&kbuf);
	if (ret) {
		kvfree(kbuf.buffer);
		return ret;
	}
	image->start_arg_pa = kbuf.mem;
	return 0;
}

/* The terminal that the console is on, the hypervisor's or OPAL's: as plain characters. */
static void ppc64_find_terminal(struct purgatory_info *info)
{
	const char *kind = info->firmware_is_opal ? "ibm,opal-console-raw" : "hvterm1";
	u32 number;

	if (!info->firmware_is_opal && !firmware_has_feature(FW_FEATURE_LPAR))
		return;
	if (!of_stdout || !of_device_is_compatible(of_stdout, kind) ||
	    of_property_read_u32(of_stdout, "reg", &number))
		return;
	info->terminal = number;
	info->has_terminal = 1;
}

static void ppc64_find_firmware(struct purgatory_info *info)
{
	struct device_node *opal;
	u64 entry_pa, base_pa;

#ifdef CONFIG_PPC_RTAS
	if (rtas.entry) {
		s32 token = rtas_function_token(RTAS_FN_SYSTEM_REBOOT);

		/* Without one, purgatory has no firmware to reset the machine by. */
		if (token == RTAS_UNKNOWN_SERVICE)
			return;
		info->firmware_entry = rtas.entry;
		info->firmware_base = rtas.base;
		info->reboot_token = token;
		return;
	}
#endif
	opal = of_find_node_by_path("/ibm,opal");
	if (opal && !of_property_read_u64(opal, "opal-entry-address", &entry_pa) &&
	    !of_property_read_u64(opal, "opal-base-address", &base_pa)) {
		info->firmware_entry = entry_pa;
		info->firmware_base = base_pa;
		info->firmware_is_opal = 1;
	}
	of_node_put(opal);
}

static void ppc64_fill_purgatory(struct kimage *image)
{
	const struct kexec_segment *seg = &image->segment[image->purgatory_index];
	struct purgatory_info *info = seg->kbuf + PURGATORY_INFO_OFFSET;

	*info = (struct purgatory_info){ .self_pa = seg->mem };
	if (image->nr_moved)
		info->low_saved = seg->memsz - PURGATORY_LOW_BYTES;
	ppc64_find_firmware(info);
	ppc64_find_terminal(info);
}

/**
 * ppc64_file_load() - place a kernel and all that it is entered with
 * @image: a NEW image; a crash image has what outlives its start already
 * @file: what was given
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0; -ENOEXEC if the file is no kernel; -EBADMSG if it is damaged; -EPROTONOSUPPORT if it
 * is for another machine or can not run where it is to be; -E2BIG if the command line is too long;
 * -ENOMEM; what kexec_add_buffer() returns.
 */
int ppc64_file_load(struct kimage *image, const struct kexec_file *file)
{
	u64 keep_pa, initrd_pa;
	int ret;

	ret = kexec_file_check_cmdline(image, file, COMMAND_LINE_SIZE - 1);
	if (!ret)
		ret = ppc64_load_kernel(image, file, &keep_pa);
	if (!ret)
		ret = ppc64_load_initrd(image, file, keep_pa, &initrd_pa);
	if (!ret)
		ret = ppc64_load_fdt(image, file, keep_pa, initrd_pa);
	if (!ret)
		ppc64_fill_purgatory(image);
	return ret;
}
