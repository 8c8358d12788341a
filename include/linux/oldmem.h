/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A crashed kernel's memory, shown as a file.
 *
 * /proc/vmcore and /dev/oldmem are two lists of extents over the same old memory, one sorted by the
 * place in the ELF file, one by physical address. What differs is who may open them and how they
 * are named; fs/proc/vmcore.c and drivers/char/oldmem.c hold just that. Everything else is here.
 *
 * Implemented by kernel/crash_dump/{capture,oldfile}.c. Context: process context of the capture
 * kernel; everything may sleep.
 */
#ifndef LINUX_OLDMEM_H
#define LINUX_OLDMEM_H

#include <linux/types.h>

struct iov_iter;
struct oldmem_file;
struct vm_area_struct;
struct vmcoredd_data;

/**
 * kdump_vmcore_open() - the dump as an ELF core file
 *
 * While it is open, nothing of it changes: device dumps are refused.
 *
 * Return: the file, to be closed with kdump_file_close(), or an ERR_PTR: -ENODEV where there is no
 * dump to be had.
 */
struct oldmem_file *kdump_vmcore_open(void);

/**
 * kdump_physmem_open() - old memory by physical address
 *
 * What the ELF core header does not call RAM reads as zeros. The end of the file is the end of
 * the highest RAM.
 *
 * Return: as kdump_vmcore_open().
 */
struct oldmem_file *kdump_physmem_open(void);

/**
 * kdump_file_close() - end of use
 * @file: the file
 */
void kdump_file_close(struct oldmem_file *file);

/**
 * kdump_vmcore_size() - size of the ELF core file
 *
 * Return: bytes; 0 where there is no dump.
 */
u64 kdump_vmcore_size(void);

/**
 * kdump_vmcore_stored() - about how many bytes a copy with holes takes
 *
 * From counts that need no look at pages. At level 0 the whole size; above it more than 0 and less
 * than the size.
 *
 * Return: bytes; 0 where there is no dump.
 */
u64 kdump_vmcore_stored(void);

/**
 * kdump_vmcore_add_device() - add a device dump
 * @data: what the driver wants to add
 *
 * Return: 0; -EBUSY while /proc/vmcore is open; -ENODEV where there is no dump; -EINVAL for a bad
 * name or size; -ENOMEM; or the driver's error. The dump is as it was then.
 */
int kdump_vmcore_add_device(struct vmcoredd_data *data);

/**
 * kdump_forget() - stop showing old memory, for good
 *
 * For who gives that memory back. Nothing is read any more when a read that has begun is over;
 * mappings that are there already stay.
 */
void kdump_forget(void);

/**
 * oldmem_file_size() - size of a file
 * @file: the file
 *
 * Return: bytes.
 */
u64 oldmem_file_size(const struct oldmem_file *file);

/**
 * oldmem_file_read() - read from any place, any number of bytes
 * @file: the file
 * @pos: file offset of the first byte; advanced by what was read
 * @to: where to
 *
 * What is left out (oldmem_file_seek()) reads as zeros and is not touched.
 *
 * Return: bytes read, 0 at and after the end of the file; -EFAULT; -EIO where old memory can
 * not be mapped; -EINTR.
 */
ssize_t oldmem_file_read(struct oldmem_file *file, loff_t *pos, struct iov_iter *to);

/**
 * oldmem_file_seek() - the next place with data, or without
 * @file: the file
 * @offset: where to begin
 * @whence: SEEK_DATA or SEEK_HOLE
 *
 * The end of the file is a hole.
 *
 * Return: the offset; -ENXIO at and after the end of the file, and where no data follows;
 * -EINTR; -ENODEV.
 */
loff_t oldmem_file_seek(struct oldmem_file *file, loff_t offset, int whence);

/**
 * oldmem_file_mmap() - map a part of the file for reading
 * @file: the file
 * @vma: what mmap(2) asks for
 *
 * Return: 0; -EINVAL if it does not lie in the file; -EPERM if it asks to write or execute.
 */
int oldmem_file_mmap(struct oldmem_file *file, struct vm_area_struct *vma);

#endif /* LINUX_OLDMEM_H */
