// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/oldmem: the crashed kernel's memory by physical address.
 *
 * For who looks for something that no ELF reader knows how to find. A file offset is an
 * address as the crashed kernel knew it: what was copied away before the capture kernel could
 * use the memory is found at its old place. Only what the ELF core header calls RAM is ever
 * touched; the rest reads as zeros, so that no offset can disturb a device.
 *
 * Read-only; the file ends with the highest RAM. What stands behind it is in
 * kernel/crash_dump/, shared with /proc/vmcore.
 *
 * Interface: oldmem_fops, for the table of memory devices (minor 12 in mem.c). Context: process
 * context of the capture kernel; may sleep.
 */
#define pr_fmt(fmt) "oldmem: " fmt

#include <linux/capability.h>
#include <linux/crash_dump.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/oldmem.h>
#include <linux/printk.h>
#include <linux/splice.h>
#include <linux/uio.h>

static int oldmem_open(struct inode *inode, struct file *file)
{
	struct oldmem_file *mem;

	if (!capable(CAP_SYS_RAWIO))
		return -EPERM;
	if (file->f_mode & FMODE_WRITE)
		return -EACCES;

	mem = kdump_physmem_open();
	if (IS_ERR(mem)) {
		pr_info_ratelimited("/dev/oldmem can not be opened: this is no capture kernel, or there is no dump\n");
		return PTR_ERR(mem);
	}
	file->private_data = mem;
	return 0;
}

static int oldmem_release(struct inode *inode, struct file *file)
{
	kdump_file_close(file->private_data);
	return 0;
}

static ssize_t oldmem_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return oldmem_file_read(iocb->ki_filp->private_data, &iocb->ki_pos, to);
}

static loff_t oldmem_llseek(struct file *file, loff_t offset, int whence)
{
	return generic_file_llseek_size(file, offset, whence, MAX_LFS_FILESIZE,
					oldmem_file_size(file->private_data));
}

static int oldmem_mmap(struct file *file, struct vm_area_struct *vma)
{
	return oldmem_file_mmap(file->private_data, vma);
}

const struct file_operations oldmem_fops = {
	.open = oldmem_open,
	.release = oldmem_release,
	.read_iter = oldmem_read_iter,
	.splice_read = copy_splice_read,
	.llseek = oldmem_llseek,
	.mmap = oldmem_mmap,
};
