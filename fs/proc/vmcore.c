// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/vmcore: the crashed kernel's memory as an ELF core file.
 *
 * Only the face is here: the entry, its operations and the door for device dumps. What the
 * file holds and how old memory is reached is in kernel/crash_dump/ and shared with /dev/oldmem.
 *
 * The entry exists where there is a dump, and only there: scripts take it as the sign of a capture
 * kernel. Its size is that of the dump, whatever is left out of it: that reads as zeros, is a hole
 * to lseek(2), and not counted in st_blocks. A device dump makes it grow, possible only while
 * nobody has the file open; so that no old size lives on in the dentry cache, the name is
 * looked up anew each time.
 *
 * Interface: linux/crash_dump.h. Context: process context of the capture kernel; may sleep.
 */
#define pr_fmt(fmt) "vmcore: " fmt

#include <linux/blk_types.h>
#include <linux/crash_dump.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/mutex.h>
#include <linux/oldmem.h>
#include <linux/proc_fs.h>
#include <linux/uio.h>

#include "internal.h"

static struct proc_dir_entry *vmcore_entry;
static DEFINE_MUTEX(vmcore_entry_lock);

static int vmcore_open(struct inode *inode, struct file *file)
{
	struct oldmem_file *dump = kdump_vmcore_open();

	if (IS_ERR(dump))
		return PTR_ERR(dump);
	file->private_data = dump;
	/* The name may have been looked up before a device dump and opened after it. */
	i_size_write(inode, oldmem_file_size(dump));
	return 0;
}

static int vmcore_release(struct inode *inode, struct file *file)
{
	kdump_file_close(file->private_data);
	return 0;
}

static ssize_t vmcore_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return oldmem_file_read(iocb->ki_filp->private_data, &iocb->ki_pos, to);
}

static loff_t vmcore_lseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_DATA || whence == SEEK_HOLE) {
		offset = oldmem_file_seek(file->private_data, offset, whence);
		return offset < 0 ? offset : vfs_setpos(file, offset, MAX_LFS_FILESIZE);
	}
	return generic_file_llseek_size(file, offset, whence, MAX_LFS_FILESIZE,
					oldmem_file_size(file->private_data));
}

static int vmcore_mmap(struct file *file, struct vm_area_struct *vma)
{
	return oldmem_file_mmap(file->private_data, vma);
}

static const struct proc_ops vmcore_proc_ops = {
	.proc_open = vmcore_open,
	.proc_release = vmcore_release,
	.proc_read_iter = vmcore_read_iter,
	.proc_lseek = vmcore_lseek,
	.proc_mmap = vmcore_mmap,
};

/* Those of every entry; only what stat(2) says is our own. */
static const struct inode_operations *usual_inode_ops;

static int vmcore_setattr(struct mnt_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	return usual_inode_ops->setattr(idmap, dentry, attr);
}

/*
 * Copying programs look for holes where a file has fewer blocks than its size needs; tar stores
 * nothing of one that has none.
 */
static int vmcore_getattr(struct mnt_idmap *idmap, const struct path *path, struct kstat *stat,
			  u32 request_mask, unsigned int query_flags)
{
	generic_fillattr(idmap, request_mask, d_inode(path->dentry), stat);
	stat->blocks = DIV_ROUND_UP_ULL(kdump_vmcore_stored(), SECTOR_SIZE);
	return 0;
}

static const struct inode_operations vmcore_inode_ops = {
	.getattr = vmcore_getattr,
	.setattr = vmcore_setattr,
};

static int __init vmcore_init(void)
{
	u64 bytes = is_vmcore_usable() ? kdump_vmcore_size() : 0;

	if (!bytes)
		return 0;
	vmcore_entry = proc_create("vmcore", 0400, NULL, &vmcore_proc_ops);
	if (!vmcore_entry) {
		pr_err("no memory for the entry /proc/vmcore: the dump can not be read\n");
		return -ENOMEM;
	}
	usual_inode_ops = vmcore_entry->proc_iops;
	vmcore_entry->proc_iops = &vmcore_inode_ops;
	pde_force_lookup(vmcore_entry);
	proc_set_size(vmcore_entry, bytes);
	return 0;
}
fs_initcall(vmcore_init);

/* Takes the dump away for good, because the old memory is given back. */
void vmcore_cleanup(void)
{
	mutex_lock(&vmcore_entry_lock);
	proc_remove(vmcore_entry);
	vmcore_entry = NULL;
	mutex_unlock(&vmcore_entry_lock);
	kdump_forget();
}

#ifdef CONFIG_PROC_VMCORE_DEVICE_DUMP
static bool vmcoredd_disabled;

static int __init vmcoredd_disable(char *value)
{
	vmcoredd_disabled = true;
	return 1;
}
__setup("novmcoredd", vmcoredd_disable);

/**
 * vmcore_add_device_dump() - add what a driver's hardware has to say to the dump
 * @data: name, size and the callback that fills the buffer
 *
 * To be called while the driver probes, before user space reads /proc/vmcore.
 *
 * Context: process context of the capture kernel; may sleep.
 * Return: 0; -EOPNOTSUPP with "novmcoredd" on the command line; -EBUSY while /proc/vmcore is open;
 * -ENODEV where there is no dump; -EINVAL for a bad name or size; -ENOMEM; or the callback's error.
 */
int vmcore_add_device_dump(struct vmcoredd_data *data)
{
	int err;

	if (vmcoredd_disabled) {
		pr_info_once("device dumps are off (novmcoredd)\n");
		return -EOPNOTSUPP;
	}
	if (!data)
		return -EINVAL;

	err = kdump_vmcore_add_device(data);
	mutex_lock(&vmcore_entry_lock);
	if (!err && vmcore_entry)
		proc_set_size(vmcore_entry, kdump_vmcore_size());
	mutex_unlock(&vmcore_entry_lock);
	return err;
}
EXPORT_SYMBOL_GPL(vmcore_add_device_dump);
#endif
