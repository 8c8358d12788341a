/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel files for tests and seeds: small ones that are right, to be made wrong.
 *
 * The numbers are those of a 6.12 kernel, the lengths are not: 1 KiB of setup
 * part, 1 KiB of code.
 */
#ifndef KDUMP_HOST_KERNELFILE_H
#define KDUMP_HOST_KERNELFILE_H

#include "../../../arch/x86/kexec/bzimage_parse.h"
#include "../../../kernel/kexec_elf.h"

#define BZ_SETUP_BYTES	1024
#define BZ_CODE_BYTES	1024
#define BZ_BYTES	(BZ_SETUP_BYTES + BZ_CODE_BYTES)
#define BZ_INFO		0x300	/* kernel_info, in the code */

/* Little-endian, whatever the host is. */
static inline void kernelfile_put(u8 *file, size_t at, unsigned int bytes,
				  u64 value)
{
	while (bytes--) {
		file[at++] = value;
		value >>= 8;
	}
}

/* @file holds BZ_BYTES. */
static inline void kernelfile_bzimage(u8 *file)
{
	u8 *info = file + BZ_SETUP_BYTES + BZ_INFO;

	memset(file, 0, BZ_BYTES);
	kernelfile_put(file, 0, 2, 0x5a4d);
	kernelfile_put(file, 0x38, 4, 0x818223cd);
	kernelfile_put(file, BZIMAGE_SETUP_SECTS, 1, BZ_SETUP_BYTES / 512 - 1);
	kernelfile_put(file, BZIMAGE_SYSSIZE, 4, BZ_CODE_BYTES / 16);
	kernelfile_put(file, BZIMAGE_BOOT_FLAG, 2, 0xaa55);
	kernelfile_put(file, BZIMAGE_JUMP, 2, 0x6aeb);
	kernelfile_put(file, BZIMAGE_HEADER, 4, 0x53726448);
	kernelfile_put(file, BZIMAGE_VERSION, 2, 0x020f);
	kernelfile_put(file, BZIMAGE_LOADFLAGS, 1, 1);
	kernelfile_put(file, BZIMAGE_INITRD_ADDR_MAX, 4, 0x7fffffff);
	kernelfile_put(file, BZIMAGE_KERNEL_ALIGNMENT, 4, 0x1000000);
	kernelfile_put(file, BZIMAGE_RELOCATABLE_KERNEL, 1, 1);
	kernelfile_put(file, BZIMAGE_MIN_ALIGNMENT, 1, 21);
	kernelfile_put(file, BZIMAGE_XLOADFLAGS, 2, 0x7f);
	kernelfile_put(file, BZIMAGE_CMDLINE_SIZE, 4, 2047);
	kernelfile_put(file, BZIMAGE_PAYLOAD_OFFSET, 4, 0x240);
	kernelfile_put(file, BZIMAGE_PAYLOAD_LENGTH, 4, 0x80);
	kernelfile_put(file, BZIMAGE_PREF_ADDRESS, 8, 0x1000000);
	kernelfile_put(file, BZIMAGE_INIT_SIZE, 4, 0x2a5d000);
	kernelfile_put(file, BZIMAGE_KERNEL_INFO_OFFSET, 4, BZ_INFO);
	kernelfile_put(info, 0, 4, 0x506f544c);
	kernelfile_put(info, 4, 4, 16);
	kernelfile_put(info, 8, 4, 16);
	kernelfile_put(info, 12, 4, 0x80000009);
}

#define VMLINUX_LOADS	3

/* A note, text, data with bss behind it, and what per-CPU data was once. */
struct vmlinux64 {
	Elf64_Ehdr e;
	Elf64_Phdr p[1 + VMLINUX_LOADS];
	u8 text[64];
	u8 data[32];
	u8 percpu[16];
};

struct vmlinux32 {
	Elf32_Ehdr e;
	Elf32_Phdr p[1];
	u8 text[64];
};

static inline void kernelfile_ident(u8 *ident, u8 class)
{
	memcpy(ident, ELFMAG, SELFMAG);
	ident[EI_CLASS] = class;
	ident[EI_DATA] = KDUMP_ELFDATA;
	ident[EI_VERSION] = EV_CURRENT;
}

static inline Elf64_Phdr kernelfile_load64(u64 offset, u64 va, u64 pa,
					   u64 file_bytes, u64 mem_bytes)
{
	return (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_offset = offset,
		.p_vaddr = va,
		.p_paddr = pa,
		.p_filesz = file_bytes,
		.p_memsz = mem_bytes,
		.p_align = 0x200000,
	};
}

static inline struct vmlinux64 kernelfile_vmlinux64(void)
{
	struct vmlinux64 f = {
		.e = {
			.e_type = ET_EXEC,
			.e_machine = EM_X86_64,
			.e_version = EV_CURRENT,
			.e_entry = 0x1000010,
			.e_phoff = offsetof(struct vmlinux64, p),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 1 + VMLINUX_LOADS,
		},
		.text = { [0 ... 63] = 0x90 },
		.data = { [0 ... 31] = 0xda },
		.percpu = { [0 ... 15] = 0xcc },
	};

	kernelfile_ident(f.e.e_ident, ELFCLASS64);
	f.p[0] = kernelfile_load64(offsetof(struct vmlinux64, text),
				   0xffffffff81000000ULL, 0x1000000,
				   sizeof(f.text), sizeof(f.text));
	f.p[1] = kernelfile_load64(offsetof(struct vmlinux64, data),
				   0xffffffff82000000ULL, 0x2000000,
				   sizeof(f.data), 0x10000);
	f.p[2] = kernelfile_load64(offsetof(struct vmlinux64, percpu), 0,
				   0x2010000, sizeof(f.percpu), 0x1000);
	f.p[3].p_type = PT_NOTE;
	return f;
}

static inline struct vmlinux32 kernelfile_vmlinux32(void)
{
	struct vmlinux32 f = {
		.e = {
			.e_type = ET_EXEC,
			.e_machine = EM_386,
			.e_version = EV_CURRENT,
			.e_entry = 0x1000000,
			.e_phoff = offsetof(struct vmlinux32, p),
			.e_ehsize = sizeof(Elf32_Ehdr),
			.e_phentsize = sizeof(Elf32_Phdr),
			.e_phnum = 1,
		},
		.p = { {
			.p_type = PT_LOAD,
			.p_offset = offsetof(struct vmlinux32, text),
			.p_vaddr = 0xc1000000,
			.p_paddr = 0x1000000,
			.p_filesz = sizeof(f.text),
			.p_memsz = 0x4000,
		} },
		.text = { [0 ... 63] = 0x90 },
	};

	kernelfile_ident(f.e.e_ident, ELFCLASS32);
	return f;
}

#endif /* KDUMP_HOST_KERNELFILE_H */
