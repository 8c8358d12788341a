// SPDX-License-Identifier: GPL-2.0-only
/*
 * The orderly kexec reboot: reboot(2) with LINUX_REBOOT_CMD_KEXEC.
 *
 * The running kernel is healthy, so everything is shut down as for a reboot, and then the
 * loaded image is entered where the firmware would be. The image is claimed and its digests
 * are compared first, while the call can still fail and leave the machine running; after
 * that there is no way back. The lock is given back there: to shut devices down waits for whoever
 * holds one, and memory that comes or goes holds one and waits for the lock (crash_dump/hotplug.c).
 *
 * Interface: kernel_kexec(). Context: process, may sleep.
 *
 * Elsewhere: crash_dump/panic.c enters the other image, that of a dying kernel.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/cpu.h>
#include <linux/kmsg_dump.h>
#include <linux/panic.h>
#include <linux/reboot.h>
#include <linux/syscore_ops.h>

#include "kexec_internal.h"

/* Make kexec_image ours: nobody else can enter or free it from here on. */
static struct kimage *kexec_reboot_claim(void)
{
	struct kimage *image = kexec_image;
	int bad;

	if (!image) {
		pr_err("reboot refused: no image is loaded; load one with kexec -l\n");
		return ERR_PTR(-EINVAL);
	}
	if (!kimage_move(image, KIMAGE_ARMED, KIMAGE_FIRING)) {
		pr_err("reboot refused: the image is %s, not armed\n",
		       kimage_state_name(READ_ONCE(image->state)));
		return ERR_PTR(-EBUSY);
	}

	bad = kexec_digest_check(image, kimage_relax);
	if (bad < 0)
		return image;

	pr_err("reboot refused: segment %d at 0x%lx (%s) changed since it was loaded; unloading the image, load it again\n",
	       bad, image->segment[bad].mem, kexec_role_name(image->role[bad]));
	kimage_move(image, KIMAGE_FIRING, KIMAGE_RETIRED);
	kimage_unload(KEXEC_TYPE_DEFAULT);
	return ERR_PTR(-EIO);
}

/**
 * kernel_kexec() - reboot into the loaded image
 *
 * Called by reboot(2) with system_transition_mutex held.
 *
 * Context: process, may sleep.
 * Return: only if it fails, and the machine runs on: -EINVAL if nothing is loaded, -EIO if
 * the image does not match its digests (it is unloaded then), -EINTR if the caller was
 * killed while a load was going on.
 */
int kernel_kexec(void)
{
	struct kimage *image;
	int ret;

	ret = kexec_lock();
	if (ret)
		return ret;
	image = kexec_reboot_claim();
	if (IS_ERR(image)) {
		kexec_unlock();
		return PTR_ERR(image);
	}

	kexec_in_progress = true;
	/* The image is FIRING, so nobody frees it; kexec_lock() turns loaders away now. */
	kexec_unlock();
	kernel_restart_prepare("kexec reboot");
	migrate_to_reboot_cpu();
	syscore_shutdown();
	/* Some architectures take the other CPUs down by hotplug, which the migration forbids. */
	cpu_hotplug_enable();
	pr_notice("Starting new kernel at 0x%lx\n", image->start);
	kmsg_dump(KMSG_DUMP_SHUTDOWN);
	kexec_arch_ops.orderly_shutdown();
	local_irq_disable();
	kexec_arch_ops.enter(image);
	panic("kexec: %s came back from entering the image\n", kexec_arch_ops.name);
}
