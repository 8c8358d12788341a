// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec_load(2): load an image whose pieces and addresses user space has worked out.
 *
 * The call checks everything it was given before it takes anything, and takes everything
 * before it disarms anything: on an error what was armed before still is. A second caller
 * waits for the first one.
 *
 * KEXEC_PRESERVE_CONTEXT is refused with EINVAL, as the manual page tells for a kernel
 * without CONFIG_KEXEC_JUMP: to jump to a kernel and come back is hibernation's cousin, shares
 * next to nothing with a crash dump or a reboot, and would make every state of an image
 * reversible.
 *
 * KEXEC_UPDATE_ELFCOREHDR and KEXEC_CRASH_HOTPLUG_SUPPORT tell that the caller's purgatory leaves
 * the ELF core header out of its digest, so that it may be replaced when memory comes and goes.
 * The first names the header alone, the second whatever has to follow; here the header is all.
 *
 * Contract: kexec_load(2) of man-pages 6, include/uapi/linux/kexec.h.
 * Interface: the system call and its 32-bit form. Context: process, may sleep.
 * Elsewhere: kexec_limit.c (who may load), kexec_core.c and the others (what is done).
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/compat.h>
#include <linux/security.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

#include "kexec_internal.h"

#define KEXEC_HOTPLUG_FLAGS	(KEXEC_UPDATE_ELFCOREHDR | KEXEC_CRASH_HOTPLUG_SUPPORT)
#define KEXEC_LOAD_FLAGS	(KEXEC_ON_CRASH | KEXEC_HOTPLUG_FLAGS)

static int kexec_load_type(unsigned long flags)
{
	return flags & KEXEC_ON_CRASH ? KEXEC_TYPE_CRASH : KEXEC_TYPE_DEFAULT;
}

/* All that can be said before the segments are read. */
static int kexec_load_check(unsigned long nr_segments, unsigned long flags)
{
	unsigned long arch = flags & KEXEC_ARCH_MASK;
	int ret;

	ret = kexec_load_permitted(kexec_load_type(flags));
	if (ret)
		return ret;
	ret = security_kernel_load_data(LOADING_KEXEC_IMAGE, false);
	if (ret)
		return ret;
	ret = security_locked_down(LOCKDOWN_KEXEC);
	if (ret)
		return ret;

	if (flags & ~(KEXEC_LOAD_FLAGS | (unsigned long)KEXEC_ARCH_MASK)) {
		pr_info("load refused: flags 0x%lx, known are 0x%x and the architecture\n",
			flags, KEXEC_LOAD_FLAGS);
		return -EINVAL;
	}
	if (!IS_ENABLED(CONFIG_CRASH_DUMP) && (flags & KEXEC_ON_CRASH)) {
		pr_info("load refused: this kernel is built without CONFIG_CRASH_DUMP\n");
		return -EINVAL;
	}
	if (arch != KEXEC_ARCH_DEFAULT && arch != kexec_arch_ops.kexec_arch) {
		pr_info("load refused: image is for architecture %lu, this is %s (%u)\n",
			arch >> 16, kexec_arch_ops.name, kexec_arch_ops.kexec_arch >> 16);
		return -EINVAL;
	}
	if (nr_segments > KEXEC_SEGMENT_MAX) {
		pr_info("load refused: %lu segments, at most %d are possible\n",
			nr_segments, KEXEC_SEGMENT_MAX);
		return -EINVAL;
	}
	return 0;
}

static int kexec_load_unreadable(unsigned long nr_segments)
{
	pr_info("load refused: the table of %lu segments can not be read\n", nr_segments);
	return -EFAULT;
}

/* From NEW, with segments, to ARMED. */
static int kexec_load_build(struct kimage *image)
{
	int ret;

	ret = kimage_place(image);
	if (ret)
		return ret;
	ret = kimage_copy(image);
	if (ret)
		return ret;
	ret = kimage_seal(image);
	if (ret)
		return ret;
	return kimage_arm(image);
}

static int kexec_load_image(unsigned long entry, unsigned long nr_segments,
			    const struct kexec_segment *segments, unsigned long flags)
{
	struct kimage *image;
	int ret;

	ret = kexec_lock();
	if (ret)
		return ret;
	if (!nr_segments) {
		ret = kimage_unload(kexec_load_type(flags));
		goto out_unlock;
	}

	ret = -ENOMEM;
	image = kimage_new(kexec_load_type(flags), entry);
	if (!image)
		goto out_unlock;
	image->nr_segments = nr_segments;
	memcpy(image->segment, segments, nr_segments * sizeof(*segments));
	image->hotplug_support = IS_ENABLED(CONFIG_CRASH_HOTPLUG) && (flags & KEXEC_HOTPLUG_FLAGS);

	ret = kexec_hotplug_find(image);
	if (!ret)
		ret = kexec_load_build(image);
	if (ret)
		kimage_free(image);
out_unlock:
	kexec_unlock();
	return ret;
}

/**
 * sys_kexec_load() - load an image, or unload with no segments
 * @entry: physical address at which it is entered
 * @nr_segments: how many pieces
 * @segments: the pieces
 * @flags: KEXEC_*
 *
 * Return: 0 or -errno; see kexec_load(2).
 */
SYSCALL_DEFINE4(kexec_load, unsigned long, entry, unsigned long, nr_segments,
		struct kexec_segment __user *, segments, unsigned long, flags)
{
	struct kexec_segment ksegments[KEXEC_SEGMENT_MAX];
	int ret;

	ret = kexec_load_check(nr_segments, flags);
	if (ret)
		return ret;
	if (copy_from_user(ksegments, segments, nr_segments * sizeof(*ksegments)))
		return kexec_load_unreadable(nr_segments);
	return kexec_load_image(entry, nr_segments, ksegments, flags);
}

#ifdef CONFIG_COMPAT

/**
 * struct compat_kexec_segment - struct kexec_segment as a 32-bit program lays it out
 * @buf: the content
 * @bufsz: bytes of content
 * @mem: physical address
 * @memsz: bytes at @mem
 */
struct compat_kexec_segment {
	compat_uptr_t buf;
	compat_size_t bufsz;
	compat_ulong_t mem;
	compat_size_t memsz;
};

/*
 * The default architecture of a 32-bit program would be its own, which this kernel can not
 * enter; so it has to name ours.
 */
COMPAT_SYSCALL_DEFINE4(kexec_load, compat_ulong_t, entry, compat_ulong_t, nr_segments,
		       struct compat_kexec_segment __user *, segments, compat_ulong_t, flags)
{
	struct compat_kexec_segment in[KEXEC_SEGMENT_MAX];
	struct kexec_segment ksegments[KEXEC_SEGMENT_MAX];
	unsigned int i;
	int ret;

	ret = kexec_load_check(nr_segments, flags);
	if (ret)
		return ret;
	if ((flags & KEXEC_ARCH_MASK) == KEXEC_ARCH_DEFAULT) {
		pr_info("load refused: a 32-bit caller has to name architecture %u (%s)\n",
			kexec_arch_ops.kexec_arch >> 16, kexec_arch_ops.name);
		return -EINVAL;
	}
	if (copy_from_user(in, segments, nr_segments * sizeof(*in)))
		return kexec_load_unreadable(nr_segments);

	for (i = 0; i < nr_segments; i++)
		ksegments[i] = (struct kexec_segment){
			.buf = compat_ptr(in[i].buf),
			.bufsz = in[i].bufsz,
			.mem = in[i].mem,
			.memsz = in[i].memsz,
		};
	return kexec_load_image(entry, nr_segments, ksegments, flags);
}

#endif /* CONFIG_COMPAT */
