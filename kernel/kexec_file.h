/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of kexec_file_load(2) share: pieces of an image, and its purgatory.
 *
 * kexec_file.c leads, kexec_sig.c says which kernels may be loaded, kexec_buffer.c finds room for
 * pieces, kexec_purgatory.c makes the one that is entered first. All may sleep; all but
 * kexec_verify_file() want kexec_lock().
 */
#ifndef _KERNEL_KEXEC_FILE_H
#define _KERNEL_KEXEC_FILE_H

#include <linux/kexec.h>

struct kexec_elf;
struct kexec_elf_want;

/* kexec_file.c: IMA rewrites its segment of an armed image, and of no other one. */
#ifdef CONFIG_IMA_KEXEC
void kexec_ima_armed(struct kimage *image);
void kexec_ima_forget(struct kimage *image);
#else
static inline void kexec_ima_armed(struct kimage *image) { }
static inline void kexec_ima_forget(struct kimage *image) { }
#endif

#ifdef CONFIG_KEXEC_FILE

/* kexec_buffer.c */
void kexec_drop_buffers(struct kimage *image);

/* kexec_sig.c */
int kexec_verify_file(const struct kexec_file *file, bool debug);

/* kexec_purgatory.c */
int kexec_purgatory_add(struct kimage *image);
void kexec_purgatory_enter(struct kimage *image);
int kexec_purgatory_fill(struct kimage *image);

#else

static inline void kexec_drop_buffers(struct kimage *image) { }

static inline int kexec_purgatory_fill(struct kimage *image)
{
	return 0;
}

#endif

/* kexec_file.c; for a port's file_load() */
int kexec_file_parse_elf(const struct kexec_file *file, const struct kexec_elf_want *want,
			 const char *no_kernel, struct kexec_elf *elf);
int kexec_file_check_cmdline(const struct kimage *image, const struct kexec_file *file,
			     u64 max_bytes);

/* kexec_buffer.c; for a port's file_load() */
int kexec_file_add_initrd(const struct kexec_file *file, struct kexec_buf *kbuf);

#endif /* _KERNEL_KEXEC_FILE_H */
