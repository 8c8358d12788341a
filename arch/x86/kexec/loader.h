/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec_file_load(2) on x86: what its loader's files tell each other.
 *
 * loader.c takes a kernel file apart and places it, bootparams.c makes what it is entered
 * with. Both run in process context with kexec_lock() held, and may sleep.
 */
#ifndef _X86_KEXEC_LOADER_H
#define _X86_KEXEC_LOADER_H

#include <linux/kexec.h>

/**
 * struct x86_kernel - a kernel to be entered, whatever file it came in
 * @setup: a file with a setup header, or NULL (vmlinux)
 * @setup_end: end of that header
 * @pa: where the kernel was placed
 * @align: alignment that it was placed with, for its setup header
 * @initrd_pa: where the initrd was placed; 0 without one
 * @max_pa: highest address at which it finds anything that it is given
 * @initrd_max_pa: highest address of the initrd's last byte
 * @cmdline_max_bytes: longest command line, without the NUL
 * @setup_type_max: highest type of setup_data that it knows; 0: it does not say
 * @efi: it can take over EFI's runtime services
 */
struct x86_kernel {
	const void *setup;
	u32 setup_end;
	u64 pa;
	u64 align;
	u64 initrd_pa;
	u64 max_pa;
	u64 initrd_max_pa;
	u64 cmdline_max_bytes;
	u32 setup_type_max;
	bool efi;
};

int x86_boot_params_add(struct kimage *image, const struct kexec_file *file,
			const struct x86_kernel *kernel);

#endif /* _X86_KEXEC_LOADER_H */
