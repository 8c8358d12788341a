// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec_file_load(2): load an image from files; this kernel works out pieces and addresses.
 *
 * The caller hands over two file descriptors and a command line. The files are read, and the
 * kernel's signature is verified before anything else is looked at; the architecture's loader takes
 * the kernel apart; and what a capture kernel needs in addition is made here: the ELF core
 * header, elfcorehdr= on its command line, the place that low memory is saved to, and purgatory.
 *
 * A crash image is tried twice. The first try looks for room beside the image that is armed
 * (or anywhere in the region if none is): it is built right there, and arming it is one
 * pointer. Where the region has no room for both, it is staged in ordinary memory, as images of
 * kexec_load(2) are (kexec_crash.c). Either way all that can fail is done before the armed
 * image is touched.
 *
 * Contract: kexec_file_load(2) of man-pages 6, include/uapi/linux/kexec.h.
 * Interface: the system call; for kexec_core.c what concerns IMA's segment.
 * Context: process, may sleep.
 * Elsewhere: kexec_sig.c (is the kernel what it should be), kexec_buffer.c (where the pieces go),
 * kexec_purgatory.c, kexec_limit.c (who may load), crash_dump/headers.c, and
 * kexec_arch_ops.file_load of each architecture.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/cc_platform.h>
#include <linux/ima.h>
#include <linux/kernel_read_file.h>
#include <linux/mm.h>
#include <linux/security.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/vmalloc.h>

#include "crash_dump/headers.h"
#include "kexec_elf.h"
#include "kexec_file.h"
#include "kexec_internal.h"

#define KEXEC_FILE_FLAGS	(KEXEC_FILE_UNLOAD | KEXEC_FILE_ON_CRASH | \
				 KEXEC_FILE_NO_INITRAMFS | KEXEC_FILE_DEBUG)

/* No kernel takes more; a longer one is a mistake of the caller. */
#define KEXEC_CMDLINE_MAX_BYTES	SZ_64K

/* A file larger than half of the memory could not be loaded anyway (kimage_check_size()). */
static int kexec_file_read(int fd, const void **content, size_t *bytes,
			   enum kernel_read_file_id id)
{
	const size_t max_bytes = (totalram_pages() / 2) << PAGE_SHIFT;
	void *buf = NULL;
	ssize_t ret;

	ret = kernel_read_file_from_fd(fd, 0, &buf, max_bytes, NULL, id);
	if (ret < 0) {
		pr_info("load refused: %s can not be read: %zd%s\n",
			id == READING_KEXEC_IMAGE ? "kernel" : "initrd", ret,
			ret == -EFBIG ? ", it is larger than half of the memory" : "");
		return ret;
	}
	*content = buf;
	*bytes = ret;
	return 0;
}

static int kexec_file_read_cmdline(const char __user *user, size_t bytes, struct kexec_file *file)
{
	char *cmdline;

	if (!bytes)
		return 0;
	if (bytes > KEXEC_CMDLINE_MAX_BYTES) {
		pr_info("load refused: command line of %zu bytes, at most %d are possible\n",
			bytes, KEXEC_CMDLINE_MAX_BYTES);
		return -E2BIG;
	}
	cmdline = memdup_user(user, bytes);
	if (IS_ERR(cmdline))
		return PTR_ERR(cmdline);
	if (cmdline[bytes - 1]) {
		pr_info("load refused: the last of the command line's %zu bytes is 0x%02x, not NUL\n",
			bytes, (u8)cmdline[bytes - 1]);
		kfree(cmdline);
		return -EINVAL;
	}
	file->cmdline = cmdline;
	file->cmdline_bytes = bytes;
	return 0;
}

static void kexec_file_free(struct kexec_file *file)
{
	vfree(file->kernel);
	vfree(file->initrd);
	kfree(file->cmdline);
}

static int kexec_file_read_all(int kernel_fd, int initrd_fd, unsigned long cmdline_bytes,
			       const char __user *cmdline, unsigned long flags,
			       struct kexec_file *file)
{
	int ret;

	ret = kexec_file_read(kernel_fd, &file->kernel, &file->kernel_bytes,
			      READING_KEXEC_IMAGE);
	if (ret)
		return ret;
	if (!(flags & KEXEC_FILE_NO_INITRAMFS)) {
		ret = kexec_file_read(initrd_fd, &file->initrd, &file->initrd_bytes,
				      READING_KEXEC_INITRAMFS);
		if (ret)
			return ret;
	}
	ret = kexec_file_read_cmdline(cmdline, cmdline_bytes, file);
	if (ret)
		return ret;
	/* What it measures is the text, without the NUL. */
	if (file->cmdline_bytes)
		ima_kexec_cmdline(kernel_fd, file->cmdline, file->cmdline_bytes - 1);
	return 0;
}

#ifdef CONFIG_CRASH_DUMP

/*
 * Purgatory saves low memory there before the capture kernel uses it. Not with SME: what is
 * encrypted depends on its address, and purgatory, which has no encryption bit, would
 * copy what nobody can read.
 */
static int kexec_file_add_backup(struct kimage *image)
{
	struct kexec_buf kbuf = {
		.image = image,
		.memsz = kexec_arch_ops.backup_end_pa - kexec_arch_ops.backup_start_pa,
		.buf_align = PAGE_SIZE,
		.buf_max = ULONG_MAX,
		.top_down = true,
		.role = KEXEC_ROLE_BACKUP,
	};
	int ret = 0;

	if (!kbuf.memsz)
		return 0;
	if (cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT))
		pr_notice("memory is encrypted (SME): low memory, [0x%llx, 0x%llx), can not be copied and will not be in a dump\n",
			  (u64)kexec_arch_ops.backup_start_pa, (u64)kexec_arch_ops.backup_end_pa);
	else
		ret = kexec_add_buffer(&kbuf);
	if (ret)
		return ret;
	image->moved[image->nr_moved++] = (struct kexec_moved){
		.start_pa = kexec_arch_ops.backup_start_pa,
		.end_pa = kexec_arch_ops.backup_end_pa,
		.at_pa = kbuf.mem,
	};
	return 0;
}

static int kexec_file_add_headers(struct kimage *image)
{
	struct kexec_buf kbuf = {
		.image = image,
		.bufsz = crash_headers_bytes(),
		.buf_align = PAGE_SIZE,
		.buf_max = ULONG_MAX,
		.top_down = true,
		.own = true,
		.role = KEXEC_ROLE_ELFCOREHDR,
	};
	int ret;

	kbuf.memsz = kbuf.bufsz;
	kbuf.buffer = vzalloc(kbuf.bufsz);
	if (!kbuf.buffer)
		return -ENOMEM;
	ret = crash_headers_build(image, kexec_hotplug_coming(), kbuf.buffer, kbuf.bufsz);
	if (!ret)
		ret = kexec_add_buffer(&kbuf);
	if (ret) {
		vfree(kbuf.buffer);
		return ret;
	}
	image->elfcorehdr_index = image->nr_segments - 1;
	image->elf_load_addr = kbuf.mem;
	image->elf_headers_sz = kbuf.bufsz;
	return 0;
}

/*
 * In front of what was given, because words behind "--" are not the kernel's.
 * The caller frees file->cmdline.
 */
static int kexec_file_crash_cmdline(const struct kimage *image, const struct kexec_file *given,
				    struct kexec_file *file)
{
	const char *rest = given->cmdline ? given->cmdline : "";
	char *cmdline;

	if (strstr(rest, "elfcorehdr="))
		pr_warn("the command line has an elfcorehdr= of its own; where it differs from 0x%lx there will be no /proc/vmcore\n",
			image->elf_load_addr);
	cmdline = kasprintf(GFP_KERNEL, "elfcorehdr=0x%lx%s%s", image->elf_load_addr,
			    *rest ? " " : "", rest);
	if (!cmdline)
		return -ENOMEM;
	file->cmdline = cmdline;
	file->cmdline_bytes = strlen(cmdline) + 1;
	return 0;
}

static int kexec_file_place_crash(struct kimage *image, const struct kexec_file *given)
{
	struct kexec_file file = *given;
	int ret;

	ret = kexec_file_add_backup(image);
	if (!ret)
		ret = kexec_file_add_headers(image);
	if (!ret)
		ret = kexec_file_crash_cmdline(image, given, &file);
	if (ret)
		return ret;
	ret = kexec_arch_ops.file_load(image, &file);
	kfree(file.cmdline);
	return ret;
}

static int kexec_file_check_region(void)
{
	struct kdump_range region = kexec_crash_region();

	if (region.end > region.start)
		return 0;
	pr_info("load refused: no memory is reserved for a capture kernel; boot with crashkernel=\n");
	return -EADDRNOTAVAIL;
}

#else

static int kexec_file_place_crash(struct kimage *image, const struct kexec_file *given)
{
	return -EINVAL;
}

static int kexec_file_check_region(void)
{
	pr_info("load refused: this kernel is built without CONFIG_CRASH_DUMP\n");
	return -EINVAL;
}

#endif /* CONFIG_CRASH_DUMP */

/* IMA adds its measurements as a segment that it rewrites at the reboot. */
static void kexec_file_add_ima(struct kimage *image)
{
	ima_add_kexec_buffer(image);
	if (!image->is_ima_segment_index_set)
		return;
	image->role[image->ima_segment_index] = KEXEC_ROLE_IMA;
	image->digest_skip |= BIT(image->ima_segment_index);
}

#ifdef CONFIG_IMA_KEXEC

/**
 * kexec_ima_armed() - let IMA find its segment of an image that is armed now
 * @image: the image
 *
 * Context: process, may sleep; kexec_lock() held.
 */
void kexec_ima_armed(struct kimage *image)
{
	if (image->ima_buffer_addr)
		ima_kexec_post_load(image);
}

/**
 * kexec_ima_forget() - keep IMA from writing to an image that is about to be freed
 * @image: an image that is not armed any more
 *
 * Context: process, may sleep; kexec_lock() held.
 */
void kexec_ima_forget(struct kimage *image)
{
	if (!image->ima_buffer_addr)
		return;
	/* Without an address it drops its mapping. */
	image->ima_buffer_addr = 0;
	ima_kexec_post_load(image);
}

#endif /* CONFIG_IMA_KEXEC */

/* All segments, from none to an image that kimage_place() can check. */
static int kexec_file_place(struct kimage *image, const struct kexec_file *file)
{
	int ret;

	ret = kexec_purgatory_add(image);
	if (ret)
		return ret;
	if (image->type == KEXEC_TYPE_CRASH) {
		ret = kexec_file_place_crash(image, file);
	} else {
		kexec_file_add_ima(image);
		ret = kexec_arch_ops.file_load(image, file);
	}
	if (ret)
		return ret;
	kexec_purgatory_enter(image);
	if (image->beside)
		return kimage_find_region_room(image);
	return 0;
}

/* A NEW image with its segments placed, beside the armed one if there is room. */
static struct kimage *kexec_file_image(int type, const struct kexec_file *file)
{
	bool beside = type == KEXEC_TYPE_CRASH;
	struct kimage *image;
	int ret;

	for (;;) {
		image = kimage_new(type, 0);
		if (!image)
			return ERR_PTR(-ENOMEM);
		image->file_mode = 1;
		image->hotplug_support = IS_ENABLED(CONFIG_CRASH_HOTPLUG) &&
					 type == KEXEC_TYPE_CRASH;
		image->beside = beside;
		ret = kexec_file_place(image, file);
		if (!ret)
			return image;
		kimage_free(image);
		if (ret != -EADDRNOTAVAIL || !beside || !kexec_crash_image)
			return ERR_PTR(ret);
		kexec_dprintk("no room beside the armed image; it will be replaced\n");
		beside = false;
	}
}

static void kexec_file_debug(const struct kimage *image)
{
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++)
		kexec_dprintk("segment %u: %-12s [0x%lx, +0x%zx), 0x%zx bytes of content\n", i,
			      kexec_role_name(image->role[i]), image->segment[i].mem,
			      image->segment[i].memsz, image->segment[i].bufsz);
	kexec_dprintk("%s image, entry 0x%lx%s\n",
		      image->type == KEXEC_TYPE_CRASH ? "crash" : "reboot", image->start,
		      image->beside ? ", built where it will run" : "");
}

/* From NEW, with segments, to ARMED. */
static int kexec_file_build(struct kimage *image)
{
	int ret;

	if (image->beside)
		return kimage_build_beside(image);
	ret = kimage_place(image);
	if (!ret)
		ret = kimage_copy(image);
	if (!ret)
		ret = kimage_seal(image);
	if (ret)
		return ret;
	kexec_drop_buffers(image);
	return kimage_arm(image);
}

static int kexec_file_load_image(int type, const struct kexec_file *file)
{
	struct kimage *image;
	int ret;

	image = kexec_file_image(type, file);
	if (IS_ERR(image))
		return PTR_ERR(image);
	kexec_file_debug(image);
	ret = kexec_file_build(image);
	if (ret)
		kimage_free(image);
	return ret;
}

static int kexec_file_check(unsigned long flags)
{
	int type = flags & KEXEC_FILE_ON_CRASH ? KEXEC_TYPE_CRASH : KEXEC_TYPE_DEFAULT;
	int ret;

	ret = kexec_load_permitted(type);
	if (ret)
		return ret;
	if (flags & ~(unsigned long)KEXEC_FILE_FLAGS) {
		pr_info("load refused: flags 0x%lx, known are 0x%x\n", flags, KEXEC_FILE_FLAGS);
		return -EINVAL;
	}
	if (type == KEXEC_TYPE_CRASH && !(flags & KEXEC_FILE_UNLOAD))
		return kexec_file_check_region();
	return 0;
}

/**
 * kexec_file_parse_elf() - read and check what has to be a vmlinux, and say what is wrong
 * @file: what is loaded
 * @want: which kernels this machine can load
 * @no_kernel: what a file is that is no ELF file, as in "the file is no vmlinux"
 * @elf: what it is made of
 *
 * Context: process.
 * Return: as kexec_elf_parse(); after an error a line has said why.
 */
int kexec_file_parse_elf(const struct kexec_file *file, const struct kexec_elf_want *want,
			 const char *no_kernel, struct kexec_elf *elf)
{
	struct kexec_elf_error err;
	int ret;

	ret = kexec_elf_parse(file->kernel, file->kernel_bytes, want, elf, &err);
	if (ret == -ENOEXEC)
		pr_info("load refused: the file is %s\n", no_kernel);
	else if (ret)
		pr_info("load refused: vmlinux: %s is 0x%llx, %s 0x%llx\n",
			kexec_elf_reason_field(err.reason), err.value,
			kexec_elf_reason_rule(err.reason), err.right);
	return ret;
}

/**
 * kexec_file_check_cmdline() - is the command line one that the kernel can take?
 * @image: the image that it is for
 * @file: what is loaded
 * @max_bytes: the longest one, without the NUL
 *
 * Context: process.
 * Return: 0; -E2BIG with a line.
 */
int kexec_file_check_cmdline(const struct kimage *image, const struct kexec_file *file,
			     u64 max_bytes)
{
	if (file->cmdline_bytes <= max_bytes + 1)
		return 0;
	pr_info("load refused: command line of %zu bytes%s, this kernel takes at most %llu\n",
		file->cmdline_bytes - 1,
		image->type == KEXEC_TYPE_CRASH ? " with elfcorehdr=" : "", max_bytes);
	return -E2BIG;
}

/**
 * sys_kexec_file_load() - load an image from files, or unload one
 * @kernel_fd: the kernel
 * @initrd_fd: its initial RAM disk; ignored with KEXEC_FILE_NO_INITRAMFS
 * @cmdline_len: bytes of the command line with the NUL; 0 for none
 * @cmdline_ptr: the command line
 * @flags: KEXEC_FILE_*
 *
 * Return: 0 or -errno; see kexec_file_load(2).
 */
SYSCALL_DEFINE5(kexec_file_load, int, kernel_fd, int, initrd_fd, unsigned long, cmdline_len,
		const char __user *, cmdline_ptr, unsigned long, flags)
{
	int type = flags & KEXEC_FILE_ON_CRASH ? KEXEC_TYPE_CRASH : KEXEC_TYPE_DEFAULT;
	struct kexec_file file = {};
	int ret;

	ret = kexec_file_check(flags);
	if (ret)
		return ret;
	/*
	 * Not under the lock: a file system may take its time, and to verify may load a module,
	 * which waits for CPU hotplug.
	 */
	if (!(flags & KEXEC_FILE_UNLOAD)) {
		ret = kexec_file_read_all(kernel_fd, initrd_fd, cmdline_len, cmdline_ptr, flags,
					  &file);
		if (!ret)
			ret = kexec_verify_file(&file, flags & KEXEC_FILE_DEBUG);
	}
	if (!ret)
		ret = kexec_lock();
	if (ret)
		goto out_free;

	kexec_file_dbg_print = !!(flags & KEXEC_FILE_DEBUG);
	if (flags & KEXEC_FILE_UNLOAD)
		ret = kimage_unload(type);
	else
		ret = kexec_file_load_image(type, &file);
	kexec_file_dbg_print = false;
	kexec_unlock();
out_free:
	kexec_file_free(&file);
	return ret;
}
