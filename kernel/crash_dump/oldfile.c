// SPDX-License-Identifier: GPL-2.0-only
/*
 * A list of extents as a file: read, seek and map.
 *
 * One implementation for /proc/vmcore and /dev/oldmem. Reading walks the extents that the request
 * touches. Old memory that the file's filter or a vmcore callback leaves out is a hole: zeros, for
 * which nothing is touched. Mapping fills the page tables at once, in runs as long as an extent: a
 * reader that maps a window reads all of it, and a fault per page would cost more than the copy.
 *
 * The runs are mapped without asking the memory-type tracking: what lies in an extent is RAM, it
 * is write-back like the windows that read() uses, and no driver owns it; asking costs a look-up
 * per page.
 *
 * Interface: linux/oldmem.h. Context: process context of the capture kernel; may sleep.
 */
#define pr_fmt(fmt) "oldmem: " fmt

#include <linux/fs.h>
#include <linux/kexec_arch.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>

#include "dump.h"

u64 oldmem_file_size(const struct oldmem_file *file)
{
	return kdump_extents_size(&file->x);
}
EXPORT_SYMBOL_IF_KUNIT(oldmem_file_size);

/* Done between two looks at signals and the scheduler, where nothing is copied. */
#define FILE_STEP_BYTES		SZ_64M
#define FILE_ZERO_BYTES		SZ_1M

/* How far from @pa on is old memory all there, or all left out? */
static int hole_run(struct oldmem_file *file, u64 pa, u64 bytes, u64 *run, bool *hole)
{
	bool is_ram;
	int err = 0;

	cond_resched();
	if (fatal_signal_pending(current))
		return -EINTR;
	*run = min_t(u64, bytes, FILE_STEP_BYTES);
	*hole = false;
	if (file->filter)
		err = file->filter->run(file->filter, pa, *run, run, hole);
	if (err || *hole)
		return err;
	*run = oldmem_ram_run(pa, *run, &is_ram);
	*hole = !is_ram;
	return 0;
}

static ssize_t read_zeros(u64 bytes, struct iov_iter *to)
{
	size_t done = 0, step, zeroed;

	while (done < bytes) {
		step = min_t(u64, bytes - done, FILE_ZERO_BYTES);
		zeroed = iov_iter_zero(step, to);
		done += zeroed;
		if (zeroed < step || fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return done ? done : -EFAULT;
}

/* Old memory of one extent; @piece is the part of it that is wanted. */
static ssize_t read_oldmem(struct oldmem_file *file, const struct kdump_extent *piece,
			   struct iov_iter *to)
{
	const struct kdump_extent *whole = kdump_extents_find(&file->x, piece->file_off);
	struct oldmem_span span = {
		.start_pa = whole->pa,
		.end_pa = whole->pa + whole->bytes,
		.encrypted = file->reader->source->encrypted,
	};

	u64 done = 0, run;
	ssize_t got = 0;
	bool hole;

	/* Without a filter only callbacks have to be asked, and oldmem_read() does that. */
	if (!file->filter)
		return oldmem_read(file->reader, &span, piece->pa, piece->bytes, to);
	while (done < piece->bytes) {
		got = hole_run(file, piece->pa + done, piece->bytes - done, &run, &hole);
		if (got)
			break;
		got = hole ? read_zeros(run, to) :
			     oldmem_read(file->reader, &span, piece->pa + done, run, to);
		if (got < 0)
			break;
		done += got;
		if (got < run)
			break;
	}
	return done ? done : got;
}

static ssize_t read_piece(struct oldmem_file *file, const struct kdump_extent *piece,
			  struct iov_iter *to)
{
	size_t copied;

	switch (piece->kind) {
	case KDUMP_EXTENT_OLDMEM:
		return read_oldmem(file, piece, to);
	case KDUMP_EXTENT_BUFFER:
		copied = copy_to_iter(piece->buf, piece->bytes, to);
		break;
	default:
		return read_zeros(piece->bytes, to);
	}
	return copied ? copied : -EFAULT;
}

ssize_t oldmem_file_read(struct oldmem_file *file, loff_t *pos, struct iov_iter *to)
{
	struct kdump_extents_iter it;
	struct kdump_extent piece;
	ssize_t got = 0, done = 0;

	if (*pos < 0)
		return -EINVAL;
	if (READ_ONCE(file->gone))
		return -ENODEV;
	oldmem_shown();
	kdump_extents_walk(&it, &file->x, *pos, iov_iter_count(to));
	while (kdump_extents_next(&it, &piece)) {
		got = read_piece(file, &piece, to);
		if (got < 0)
			break;
		done += got;
		if (got < piece.bytes)
			break;
	}
	*pos += done;
	return done ? done : got;
}
EXPORT_SYMBOL_IF_KUNIT(oldmem_file_read);

/* Where in the piece the first byte in a hole is, or in data; the piece's size without one. */
static int seek_piece(struct oldmem_file *file, const struct kdump_extent *piece, bool want_hole,
		      u64 *at)
{
	bool hole = piece->kind == KDUMP_EXTENT_ZERO;
	u64 run = piece->bytes;
	int err = 0;

	for (*at = 0; *at < piece->bytes; *at += run) {
		if (piece->kind == KDUMP_EXTENT_OLDMEM)
			err = hole_run(file, piece->pa + *at, piece->bytes - *at, &run, &hole);
		if (err || hole == want_hole)
			break;
	}
	return err;
}

loff_t oldmem_file_seek(struct oldmem_file *file, loff_t offset, int whence)
{
	u64 size = oldmem_file_size(file), at;
	bool want_hole = whence == SEEK_HOLE;
	struct kdump_extents_iter it;
	struct kdump_extent piece;
	int err;

	if (READ_ONCE(file->gone))
		return -ENODEV;
	if (offset < 0 || offset >= size)
		return -ENXIO;
	oldmem_shown();
	kdump_extents_walk(&it, &file->x, offset, size - offset);
	while (kdump_extents_next(&it, &piece)) {
		err = seek_piece(file, &piece, want_hole, &at);
		if (err)
			return err;
		if (at < piece.bytes)
			return piece.file_off + at;
	}
	return want_hole ? size : -ENXIO;
}
EXPORT_SYMBOL_IF_KUNIT(oldmem_file_seek);

static int map_run(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn, u64 bytes)
{
	return remap_pfn_range_notrack(vma, addr, pfn, bytes, vma->vm_page_prot);
}

static int map_buffer(struct vm_area_struct *vma, unsigned long addr,
		      const struct kdump_extent *piece)
{
	int err = 0;

	for (u64 at = 0; at < piece->bytes && !err; at += PAGE_SIZE)
		err = map_run(vma, addr + at, vmalloc_to_pfn(piece->buf + at), PAGE_SIZE);
	return err;
}

static int map_zeros(struct vm_area_struct *vma, unsigned long addr, u64 bytes)
{
	int err = 0;

	for (u64 at = 0; at < bytes && !err; at += PAGE_SIZE) {
		err = map_run(vma, addr + at, my_zero_pfn(addr + at), PAGE_SIZE);
		if (fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	return err;
}

static int map_unreadable(struct oldmem_file *file, struct vm_area_struct *vma, unsigned long addr)
{
	void *page = oldmem_unreadable_page(file->reader);

	return page ? map_run(vma, addr, page_to_pfn(virt_to_page(page)), PAGE_SIZE) : -ENOMEM;
}

static int map_ram(struct oldmem_file *file, struct vm_area_struct *vma, unsigned long addr,
		   u64 pa, u64 bytes, pgprot_t prot)
{
	bool readable;
	int err = 0;
	u64 run;

	/* What read() refuses as well. */
	if (kexec_arch_ops.oldmem_is_own(pa, bytes))
		return -EIO;
	for (u64 at = 0; at < bytes && !err; at += run) {
		run = oldmem_readable_run(file->reader, pa + at, bytes - at, &readable);
		if (readable)
			err = remap_pfn_range_notrack(vma, addr + at, PHYS_PFN(pa + at), run, prot);
		else
			err = map_unreadable(file, vma, addr + at);
	}
	return err;
}

static int map_oldmem(struct oldmem_file *file, struct vm_area_struct *vma, unsigned long addr,
		      const struct kdump_extent *piece)
{
	pgprot_t prot = vma->vm_page_prot;
	bool hole;
	int err = 0;
	u64 run;

	if (file->reader->source->encrypted)
		prot = pgprot_encrypted(prot);
	for (u64 at = 0; at < piece->bytes && !err; at += run) {
		err = hole_run(file, piece->pa + at, piece->bytes - at, &run, &hole);
		if (!err && hole)
			err = map_zeros(vma, addr + at, run);
		else if (!err)
			err = map_ram(file, vma, addr + at, piece->pa + at, run, prot);
	}
	return err;
}

static int map_piece(struct oldmem_file *file, struct vm_area_struct *vma, unsigned long addr,
		     const struct kdump_extent *piece)
{
	switch (piece->kind) {
	case KDUMP_EXTENT_OLDMEM:
		return map_oldmem(file, vma, addr, piece);
	case KDUMP_EXTENT_BUFFER:
		return map_buffer(vma, addr, piece);
	default:
		return map_zeros(vma, addr, piece->bytes);
	}
}

/* A mapping outlives the open file where the dump is taken away (vmcore_cleanup()). */
static void oldmem_vma_open(struct vm_area_struct *vma)
{
	struct oldmem_file *file = vma->vm_private_data;

	kref_get(file->ref);
}

static void oldmem_vma_close(struct vm_area_struct *vma)
{
	struct oldmem_file *file = vma->vm_private_data;

	kref_put(file->ref, file->release);
}

static const struct vm_operations_struct oldmem_vm_ops = {
	.open = oldmem_vma_open,
	.close = oldmem_vma_close,
};

int oldmem_file_mmap(struct oldmem_file *file, struct vm_area_struct *vma)
{
	u64 bytes = vma->vm_end - vma->vm_start, off, end;
	struct kdump_extents_iter it;
	struct kdump_extent piece;
	int err = 0;

	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EPERM;
	if (READ_ONCE(file->gone))
		return -ENODEV;
	if (vma->vm_pgoff > U64_MAX >> PAGE_SHIFT)
		return -EINVAL;
	off = (u64)vma->vm_pgoff << PAGE_SHIFT;
	if (check_add_overflow(off, bytes, &end) || end > oldmem_file_size(file))
		return -EINVAL;

	vm_flags_clear(vma, VM_MAYWRITE | VM_MAYEXEC);
	oldmem_shown();
	kdump_extents_walk(&it, &file->x, off, bytes);
	while (!err && kdump_extents_next(&it, &piece))
		err = map_piece(file, vma, vma->vm_start + (piece.file_off - off), &piece);
	if (err)
		return err;

	kref_get(file->ref);
	vma->vm_private_data = file;
	vma->vm_ops = &oldmem_vm_ops;
	return 0;
}
