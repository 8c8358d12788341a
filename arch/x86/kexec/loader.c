// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec_file_load(2) on x86_64: take a bzImage or a vmlinux apart and place it.
 *
 * Both are entered by the 64-bit boot protocol, Documentation/arch/x86/boot.rst: a bzImage at
 * its 64-bit entry point, a vmlinux at its own, startup_64(), which expects the same. Both find
 * out where they were loaded, so a crash image can be anywhere in the crash region.
 *
 * A kernel is placed as low as possible, but not below the address that it was linked for:
 * a bzImage would move itself up to it, over what is there. What it is given goes to the top.
 *
 * Interface: kexec_arch_ops.file_load. Context: process, may sleep; kexec_lock() held.
 *
 * Elsewhere: bzimage_parse.c and kernel/kexec_elf.c check the files, bootparams.c makes
 * boot_params.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/elf.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include <asm/bootparam.h>
#include <asm/page_types.h>
#include <asm/pgtable.h>
#include <asm/setup.h>

#include "../../../kernel/kexec_elf.h"
#include "../../../kernel/kexec_file.h"
#include "bzimage_parse.h"
#include "internal.h"
#include "loader.h"

#define CHECK_OFFSET(name, field) \
	static_assert(BZIMAGE_##name == offsetof(struct boot_params, hdr.field))

CHECK_OFFSET(SETUP_SECTS, setup_sects);
CHECK_OFFSET(SYSSIZE, syssize);
CHECK_OFFSET(BOOT_FLAG, boot_flag);
CHECK_OFFSET(JUMP, jump);
CHECK_OFFSET(HEADER, header);
CHECK_OFFSET(VERSION, version);
CHECK_OFFSET(LOADFLAGS, loadflags);
CHECK_OFFSET(INITRD_ADDR_MAX, initrd_addr_max);
CHECK_OFFSET(KERNEL_ALIGNMENT, kernel_alignment);
CHECK_OFFSET(RELOCATABLE_KERNEL, relocatable_kernel);
CHECK_OFFSET(MIN_ALIGNMENT, min_alignment);
CHECK_OFFSET(XLOADFLAGS, xloadflags);
CHECK_OFFSET(CMDLINE_SIZE, cmdline_size);
CHECK_OFFSET(PAYLOAD_OFFSET, payload_offset);
CHECK_OFFSET(PAYLOAD_LENGTH, payload_length);
CHECK_OFFSET(PREF_ADDRESS, pref_address);
CHECK_OFFSET(INIT_SIZE, init_size);
CHECK_OFFSET(KERNEL_INFO_OFFSET, kernel_info_offset);
static_assert(offsetof(struct boot_params, edd_mbr_sig_buffer) == BZIMAGE_HEADER_LIMIT);

static int x86_place_kernel(struct kexec_buf *kbuf, struct x86_kernel *kernel, u64 entry_offset)
{
	int ret = kexec_add_buffer(kbuf);

	if (ret)
		return ret;
	kernel->pa = kbuf->mem;
	kbuf->image->start = kbuf->mem + entry_offset;
	return 0;
}

/*
 * Long mode can not switch between 4 and 5 levels of page tables, so this kernel's are the next
 * one's until it has a way around that.
 */
static int x86_check_bzimage(const struct bzimage *bz)
{
	if (pgtable_l5_enabled() && !(bz->xloadflags & XLF_5LEVEL)) {
		pr_info("load refused: bzImage: xloadflags is 0x%x, on a machine with 5-level paging it has bit 0x%x\n",
			bz->xloadflags, XLF_5LEVEL);
		return -EPROTONOSUPPORT;
	}
	return 0;
}

static int x86_load_bzimage(struct kimage *image, const struct kexec_file *file,
			    const struct bzimage *bz, struct x86_kernel *kernel)
{
	struct kexec_buf kbuf = {
		.image = image,
		.buffer = (void *)file->kernel + bz->code_offset,
		.bufsz = bz->code_bytes,
		.memsz = PAGE_ALIGN(bz->mem_bytes),
		.buf_align = bz->align,
		.buf_min = bz->pref_pa,
		.buf_max = bz->above_4g ? ULONG_MAX : U32_MAX,
		.role = KEXEC_ROLE_KERNEL,
	};
	int ret;

	ret = x86_check_bzimage(bz);
	if (ret)
		return ret;
	if (!bz->relocatable) {
		kbuf.buf_align = PAGE_SIZE;
		kbuf.buf_max = bz->pref_pa + kbuf.memsz - 1;
	} else if (image->type == KEXEC_TYPE_CRASH) {
		/* The crash region is small, and this one costs a 64-bit kernel nothing. */
		kbuf.buf_align = bz->min_align;
	}

	*kernel = (struct x86_kernel){
		.setup = file->kernel,
		.setup_end = bz->header_end,
		.align = bz->relocatable ? kbuf.buf_align : bz->align,
		.max_pa = bz->above_4g ? ULONG_MAX : U32_MAX,
		.initrd_max_pa = bz->above_4g ? ULONG_MAX : bz->initrd_max_pa,
		.cmdline_max_bytes = bz->cmdline_max_bytes,
		.setup_type_max = bz->setup_type_max & ~SETUP_INDIRECT,
		.efi = bz->xloadflags & XLF_EFI_KEXEC,
	};
	return x86_place_kernel(&kbuf, kernel, BZIMAGE_ENTRY_64);
}

static int x86_load_vmlinux(struct kimage *image, const struct kexec_file *file,
			    const struct kexec_elf *elf, struct x86_kernel *kernel)
{
	struct kexec_buf kbuf = {
		.image = image,
		.bufsz = elf->content_bytes,
		.memsz = PAGE_ALIGN(elf->mem_bytes),
		/* It maps itself with 2-MiB pages from there. */
		.buf_align = PMD_SIZE,
		.buf_min = elf->start_pa,
		.buf_max = ULONG_MAX,
		.own = true,
		.role = KEXEC_ROLE_KERNEL,
	};
	int ret;

	if (elf->start_pa & ~PMD_MASK) {
		pr_info("load refused: vmlinux: the lowest p_paddr is 0x%llx, a multiple of 0x%lx is right\n",
			elf->start_pa, PMD_SIZE);
		return -EBADMSG;
	}
	/* A bzImage says whether it can; an ELF file has no place for it. */
	if (pgtable_l5_enabled())
		pr_warn("vmlinux: this machine runs with 5-level paging; a kernel built without CONFIG_X86_5LEVEL will not start, and the file does not say how it was built\n");
	*kernel = (struct x86_kernel){
		.max_pa = ULONG_MAX,
		.initrd_max_pa = ULONG_MAX,
		.cmdline_max_bytes = COMMAND_LINE_SIZE - 1,
		.efi = true,
	};
	kbuf.buffer = vzalloc(kbuf.bufsz);
	if (!kbuf.buffer)
		return -ENOMEM;
	kexec_elf_copy(file->kernel, elf, kbuf.buffer);
	ret = x86_place_kernel(&kbuf, kernel, elf->entry_offset);
	if (ret)
		vfree(kbuf.buffer);
	return ret;
}

static const struct kexec_elf_want x86_vmlinux = {
	.machine = EM_X86_64,
	.class = ELFCLASS64,
	.max_bytes = KERNEL_IMAGE_SIZE,
};

static int x86_load_kernel(struct kimage *image, const struct kexec_file *file,
			   struct x86_kernel *kernel)
{
	struct bzimage_error err;
	struct kexec_elf elf;
	struct bzimage bz;
	int ret;

	ret = bzimage_parse(file->kernel, file->kernel_bytes, &bz, &err);
	if (!ret)
		return x86_load_bzimage(image, file, &bz, kernel);
	if (err.reason != BZIMAGE_NONE) {
		pr_info("load refused: bzImage: %s is 0x%llx, %s 0x%llx\n",
			bzimage_reason_field(err.reason), err.value,
			bzimage_reason_rule(err.reason), err.right);
		return ret;
	}
	ret = kexec_file_parse_elf(file, &x86_vmlinux, "neither a bzImage nor a vmlinux", &elf);
	if (ret)
		return ret;
	return x86_load_vmlinux(image, file, &elf, kernel);
}

static int x86_load_initrd(struct kimage *image, const struct kexec_file *file,
			   struct x86_kernel *kernel)
{
	struct kexec_buf kbuf = {
		.image = image,
		.buf_max = kernel->initrd_max_pa,
		.top_down = true,
	};
	int ret = kexec_file_add_initrd(file, &kbuf);

	kernel->initrd_pa = kbuf.mem;
	return ret;
}

/**
 * x86_file_load() - place a kernel and all that it is entered with
 * @image: a NEW image; a crash image has what outlives its start already
 * @file: what was given
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0; -ENOEXEC if the file is no kernel; -EBADMSG if it is damaged; -EPROTONOSUPPORT if
 * it can not be entered by the 64-bit protocol; -E2BIG if the command line is too long for it;
 * -ENOMEM; what kexec_add_buffer() returns.
 */
int x86_file_load(struct kimage *image, const struct kexec_file *file)
{
	struct x86_kernel kernel;
	int ret;

	ret = x86_load_kernel(image, file, &kernel);
	if (ret)
		return ret;
	ret = kexec_file_check_cmdline(image, file, kernel.cmdline_max_bytes);
	if (ret)
		return ret;
	ret = x86_load_initrd(image, file, &kernel);
	if (ret)
		return ret;
	return x86_boot_params_add(image, file, &kernel);
}
