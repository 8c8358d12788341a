/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a crashed kernel's memory through large mapped windows.
 *
 * A source maps old memory; the real one asks the architecture, tests bring their own. A reader
 * keeps a few windows of a source mapped, so that a long read maps once per window and not once
 * per page. A span says what a window may cover: an extent of RAM, never what lies beside it.
 *
 * Context: process context of the capture kernel; everything may sleep.
 */
#ifndef _KERNEL_CRASH_DUMP_OLDMEM_H
#define _KERNEL_CRASH_DUMP_OLDMEM_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct iov_iter;

/**
 * struct oldmem_source - who can map old memory
 * @name: as it stands in messages
 * @encrypted: the crashed kernel's RAM was encrypted for it
 * @map: Maps [pa, pa + bytes), both page aligned, for reading. May sleep. NULL where that can
 *	not be.
 * @unmap: Undoes it. May sleep.
 * @copy: Copies out of what @map gave; see kexec_arch_ops.oldmem_copy.
 */
struct oldmem_source {
	const char *name;
	bool encrypted;
	void *(*map)(const struct oldmem_source *source, u64 pa, size_t bytes, bool encrypted);
	void (*unmap)(const struct oldmem_source *source, void *vaddr, size_t bytes);
	size_t (*copy)(const struct oldmem_source *source, void *to, const void *from,
		       size_t bytes, bool to_user, bool *unreadable);
};

/*
 * Size of a window, a power of two. A window that is aligned to its size is mapped with large
 * pages and costs no page tables of its own; what it saves in mapping does not grow any more
 * above this. Where virtual addresses are scarce, modest.
 */
#define OLDMEM_WINDOW_BYTES	(IS_ENABLED(CONFIG_64BIT) ? SZ_64M : SZ_4M)

/* A window's size where each of its pages has to be asked for: still mapped as one large page. */
#define OLDMEM_ASKED_BYTES	SZ_2M

/* Windows that stay mapped: as many readers at once do not disturb each other. */
#define OLDMEM_WINDOWS		8

/**
 * struct oldmem_window - one mapped stretch
 * @start_pa: first address
 * @end_pa: address after the last; 0 if the slot is empty
 * @vaddr: where @start_pa is mapped
 * @users: readers that hold it
 * @last_use: the reader's clock when it was last taken
 * @callbacks: oldmem_callbacks() when it was mapped; it serves only while that is so
 * @encrypted: how it is mapped
 */
struct oldmem_window {
	u64 start_pa;
	u64 end_pa;
	void *vaddr;
	unsigned int users;
	u64 last_use;
	unsigned int callbacks;
	bool encrypted;
};

/* Pages of which the place is known; more than a machine that still runs will have. */
#define OLDMEM_UNREADABLE_MAX	128

/**
 * struct oldmem_unreadable - pages that the machine can not read
 * @lock: for all but @page
 * @count: how many were found
 * @nr: how many of them are in @pa
 * @pa: where they are, in the order in which they were found
 * @page: one page of what stands in for them; allocated when a mapping needs it
 */
struct oldmem_unreadable {
	spinlock_t lock; /* for all but @page */
	u64 count;
	unsigned int nr;
	u64 pa[OLDMEM_UNREADABLE_MAX];
	void *page;
};

/**
 * struct oldmem_reader - windows over one source
 * @node: in the list of all readers
 * @source: who maps; set once
 * @lock: for what follows; held while a window is mapped
 * @window_bytes: size to try next, at most OLDMEM_WINDOW_BYTES
 * @clock: counts takings
 * @maps: windows mapped so far
 * @window: the slots
 * @unreadable: what was found that can not be read
 */
struct oldmem_reader {
	struct list_head node;
	const struct oldmem_source *source;
	struct mutex lock; /* for what follows */
	size_t window_bytes;
	u64 clock;
	u64 maps;
	struct oldmem_window window[OLDMEM_WINDOWS];
	struct oldmem_unreadable unreadable;
};

/**
 * struct oldmem_span - what a window may cover
 * @start_pa: first address, page aligned
 * @end_pa: address after the last, page aligned
 * @encrypted: how to map it
 * @exact: the bytes or an error; nothing may stand in for a page that can not be read, or that a
 *	callback refuses
 */
struct oldmem_span {
	u64 start_pa;
	u64 end_pa;
	bool encrypted;
	bool exact;
};

/**
 * oldmem_reader_init() - begin to use a source
 * @reader: the reader
 * @source: must outlive it
 */
void oldmem_reader_init(struct oldmem_reader *reader, const struct oldmem_source *source);

/**
 * oldmem_reader_exit() - end of use; nobody reads any more
 * @reader: the reader
 */
void oldmem_reader_exit(struct oldmem_reader *reader);

/**
 * oldmem_reader_trim() - unmap the windows that nobody holds
 * @reader: the reader
 */
void oldmem_reader_trim(struct oldmem_reader *reader);

/**
 * oldmem_readers_trim() - unmap the windows of all readers that nobody holds
 */
void oldmem_readers_trim(void);

/**
 * oldmem_read() - copy old memory
 * @reader: the reader
 * @span: what may be mapped; holds all of the request
 * @pa: physical address of the first byte
 * @bytes: how many
 * @to: where to
 *
 * A page that a vmcore callback refuses gives zeros, is not touched, and not mapped. One that the
 * machine can not read gives a pattern.
 *
 * Return: bytes copied, less than asked for only after a fault or a fatal signal; if nothing was
 * copied -EFAULT, -EINTR, or -EIO where even one page can not be mapped, or (@span->exact) read.
 */
ssize_t oldmem_read(struct oldmem_reader *reader, const struct oldmem_span *span, u64 pa,
		    size_t bytes, struct iov_iter *to);

/**
 * oldmem_read_kernel() - copy old memory into a buffer of this kernel
 * @reader: the reader
 * @pa: physical address of the first byte
 * @bytes: how many
 * @encrypted: how to map it
 * @dst: where to
 *
 * For ELF headers and notes, before there are extents.
 *
 * Return: 0, -EINVAL (wraps) or -EIO.
 */
int oldmem_read_kernel(struct oldmem_reader *reader, u64 pa, size_t bytes, bool encrypted,
		       void *dst);

/**
 * oldmem_read_exact() - copy old memory of a known span into a buffer of this kernel
 * @reader: the reader
 * @span: what may be mapped; holds all of the request; @span->exact
 * @pa: physical address of the first byte
 * @bytes: how many
 * @dst: where to
 *
 * Return: 0 or -EIO.
 */
int oldmem_read_exact(struct oldmem_reader *reader, const struct oldmem_span *span, u64 pa,
		      size_t bytes, void *dst);

/**
 * oldmem_copy_to_iter() - copy out of a window, whatever the memory does
 * @reader: the reader
 * @pa: physical address of the first byte
 * @from: where that is mapped
 * @bytes: how many
 * @exact: as in struct oldmem_span
 * @to: where to
 *
 * Return: bytes copied or filled in, which may end with a page that can not be read; -EFAULT
 * for none; -EIO for such a page with @exact.
 */
ssize_t oldmem_copy_to_iter(struct oldmem_reader *reader, u64 pa, const void *from, size_t bytes,
			    bool exact, struct iov_iter *to);

/**
 * oldmem_fill() - what stands in for memory that can not be read
 * @pa: physical address of the first byte
 * @bytes: how many
 * @to: where to
 *
 * Return: bytes or -EFAULT.
 */
ssize_t oldmem_fill(u64 pa, size_t bytes, struct iov_iter *to);

/**
 * oldmem_readable_run() - how far can it be read, or not, as far as is known?
 * @reader: the reader
 * @pa: physical address
 * @bytes: how far to look, at least 1
 * @readable: result
 *
 * Return: bytes from @pa on, at most @bytes, for which @readable holds.
 */
u64 oldmem_readable_run(struct oldmem_reader *reader, u64 pa, u64 bytes, bool *readable);

/**
 * oldmem_unreadable_page() - a page of what oldmem_fill() gives
 * @reader: whose oldmem_reader_exit() frees it
 *
 * Return: its address in the linear map, or NULL without memory.
 */
void *oldmem_unreadable_page(struct oldmem_reader *reader);

/**
 * oldmem_unreadable_count() - pages found that can not be read
 * @reader: the reader
 *
 * Return: how many.
 */
u64 oldmem_unreadable_count(struct oldmem_reader *reader);

/**
 * oldmem_unreadable_show() - the first of them, one address a line
 * @reader: the reader
 * @buf: of sysfs
 *
 * Return: bytes.
 */
ssize_t oldmem_unreadable_show(struct oldmem_reader *reader, char *buf);

/**
 * oldmem_ram_run() - how far does one answer of the vmcore callbacks reach?
 * @pa: physical address
 * @bytes: how far to look, at least 1
 * @is_ram: result: may the memory be touched?
 *
 * Return: bytes from @pa on, at most @bytes, for which @is_ram holds. All of them, without a
 * look at the pages, while no callback is registered.
 */
u64 oldmem_ram_run(u64 pa, u64 bytes, bool *is_ram);

/**
 * oldmem_shown() - user space reads old memory
 *
 * Drivers register their callbacks while the kernel boots; one that comes or goes after this is
 * named in a warning.
 */
void oldmem_shown(void);

/**
 * oldmem_callbacks() - how many vmcore callbacks have registered so far?
 *
 * Return: the number, also of those that have left; 0: nobody ever refused anything.
 */
unsigned int oldmem_callbacks(void);

/* The crashed kernel's memory, by way of the architecture. */
extern struct oldmem_source oldmem_arch_source;

#endif /* _KERNEL_CRASH_DUMP_OLDMEM_H */
