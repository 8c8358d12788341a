// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/kexec/crash_start_pa: where the armed crash image begins.
 *
 * For tests, which stop a machine in front of its first instruction and look at memory. Empty
 * where no image is armed.
 *
 * Interface: the file. Context: process, may sleep.
 */
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/kexec.h>
#include <linux/seq_file.h>

static int crash_start_pa_show(struct seq_file *m, void *unused)
{
	int ret = kexec_lock();

	if (ret)
		return ret;
	if (kexec_crash_image)
		seq_printf(m, "0x%lx\n", kexec_crash_image->start);
	kexec_unlock();
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(crash_start_pa);

static int __init crash_debugfs_init(void)
{
	debugfs_create_file("crash_start_pa", 0400, debugfs_create_dir("kexec", NULL), NULL,
			    &crash_start_pa_fops);
	return 0;
}
late_initcall(crash_debugfs_init);
