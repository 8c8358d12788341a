// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a crashed kernel's memory through large mapped windows.
 *
 * What costs when old memory is read is not the copying but the mapping: a page at a time it is
 * seven eighths of the whole. So a window is as large as its extent and OLDMEM_WINDOW_BYTES
 * allow and stays mapped until its slot is needed: a long read maps once in 64 MiB, and many short
 * ones in one place map once. A window is aligned to its size, which lets the
 * architecture map it with large pages.
 *
 * Windows are counted: one that is being copied from is never unmapped. A reader that finds all
 * slots held maps one of its own; nobody waits for another's copying. Where mapping fails
 * (fragmented or scarce address space, memory that is partly another's), half the size is
 * tried, down to a page; after that, windows grow again.
 *
 * What a vmcore callback refuses is never mapped: a CPU may touch on its own accord what it can
 * address. So where there are callbacks a window is the accepted run within one large page, asked
 * when it is mapped. A window knows how many callbacks were asked for it; one that was mapped
 * before another registered serves nobody any more and is unmapped then and there.
 *
 * Interface: oldmem.h; kexec_generic_oldmem_is_own(). Context: process context of the capture
 * kernel; may sleep.
 */
#define pr_fmt(fmt) "oldmem: " fmt

#include <linux/cc_platform.h>
#include <linux/ioport.h>
#include <linux/kexec_arch.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "oldmem.h"
#include "pure.h"

/* Copied between two looks at signals and the scheduler. */
#define OLDMEM_STEP_BYTES	SZ_1M

/* All readers, for who comes with a callback. Taken before a reader's lock. */
static DEFINE_MUTEX(readers_lock);
static LIST_HEAD(readers);

static void *arch_source_map(const struct oldmem_source *source, u64 pa, size_t bytes,
			     bool encrypted)
{
	return kexec_arch_ops.oldmem_map(pa, bytes, encrypted);
}

static void arch_source_unmap(const struct oldmem_source *source, void *vaddr, size_t bytes)
{
	kexec_arch_ops.oldmem_unmap(vaddr, bytes);
}

static size_t arch_source_copy(const struct oldmem_source *source, void *to, const void *from,
			       size_t bytes, bool to_user, bool *unreadable)
{
	return kexec_arch_ops.oldmem_copy(to, from, bytes, to_user, unreadable);
}

static int found_ram(unsigned long start_pfn, unsigned long pages, void *unused)
{
	return 1;
}

/**
 * kexec_generic_oldmem_is_own() - is any of it this kernel's?
 * @pa: first byte, page aligned
 * @bytes: how many, whole pages
 *
 * For ports whose capture kernel is told of no memory but that which it may use.
 *
 * Context: process, may sleep.
 * Return: true if any of it is System RAM of this kernel.
 */
bool kexec_generic_oldmem_is_own(phys_addr_t pa, u64 bytes)
{
	return walk_system_ram_range(PHYS_PFN(pa), bytes >> PAGE_SHIFT, NULL, found_ram) > 0;
}

struct oldmem_source oldmem_arch_source = {
	.name = "old memory",
	.map = arch_source_map,
	.unmap = arch_source_unmap,
	.copy = arch_source_copy,
};

void oldmem_reader_init(struct oldmem_reader *reader, const struct oldmem_source *source)
{
	memset(reader, 0, sizeof(*reader));
	reader->source = source;
	reader->window_bytes = OLDMEM_WINDOW_BYTES;
	mutex_init(&reader->lock);
	spin_lock_init(&reader->unreadable.lock);
	mutex_lock(&readers_lock);
	list_add_tail(&reader->node, &readers);
	mutex_unlock(&readers_lock);
}
EXPORT_SYMBOL_IF_KUNIT(oldmem_reader_init);

void oldmem_reader_exit(struct oldmem_reader *reader)
{
	mutex_lock(&readers_lock);
	list_del(&reader->node);
	mutex_unlock(&readers_lock);
	oldmem_reader_trim(reader);
	free_page((unsigned long)reader->unreadable.page);
}
EXPORT_SYMBOL_IF_KUNIT(oldmem_reader_exit);

static void window_unmap(struct oldmem_reader *reader, struct oldmem_window *win)
{
	if (!win->end_pa)
		return;
	reader->source->unmap(reader->source, win->vaddr, win->end_pa - win->start_pa);
	win->end_pa = 0;
}

void oldmem_reader_trim(struct oldmem_reader *reader)
{
	mutex_lock(&reader->lock);
	for (size_t i = 0; i < ARRAY_SIZE(reader->window); i++)
		if (!reader->window[i].users)
			window_unmap(reader, &reader->window[i]);
	mutex_unlock(&reader->lock);
}
EXPORT_SYMBOL_IF_KUNIT(oldmem_reader_trim);

void oldmem_readers_trim(void)
{
	struct oldmem_reader *reader;

	mutex_lock(&readers_lock);
	list_for_each_entry(reader, &readers, node)
		oldmem_reader_trim(reader);
	mutex_unlock(&readers_lock);
}

/* What of the span may be mapped around @pa: the run that all callbacks accept. */
static bool span_accepted(struct oldmem_span *span, u64 pa)
{
	u64 base = round_down(pa, (u64)OLDMEM_ASKED_BYTES);
	u64 at = max(base, span->start_pa), run;
	u64 last = min(base + OLDMEM_ASKED_BYTES - 1, span->end_pa - 1);
	bool is_ram;

	for (;; at += run) {
		run = oldmem_ram_run(at, last - at + 1, &is_ram);
		if (pa - at < run)
			break;
	}
	span->start_pa = at;
	span->end_pa = at + run;
	return is_ram;
}

/* Maps the largest window around @pa that the span allows and the source manages. */
static bool window_map(struct oldmem_reader *reader, struct oldmem_window *win,
		       struct oldmem_span span, u64 pa)
{
	size_t bytes = reader->window_bytes;

	/* First, so that a callback which registers meanwhile makes this window a stale one. */
	win->callbacks = oldmem_callbacks();
	if (win->callbacks && !span_accepted(&span, pa)) {
		pr_err_ratelimited("%s: the page at %#llx was refused after it had been accepted\n",
				   reader->source->name, pa);
		return false;
	}
	for (; bytes >= PAGE_SIZE; bytes /= 2) {
		u64 base = round_down(pa, (u64)bytes);

		win->start_pa = max(base, span.start_pa);
		win->end_pa = min(base + bytes - 1, span.end_pa - 1) + 1;
		win->vaddr = reader->source->map(reader->source, win->start_pa,
						 win->end_pa - win->start_pa, span.encrypted);
		if (win->vaddr)
			break;
	}
	if (bytes < PAGE_SIZE) {
		win->end_pa = 0;
		pr_err_ratelimited("%s: the page at %#llx can not be mapped\n",
				   reader->source->name, pa);
		return false;
	}

	if (bytes < reader->window_bytes)
		pr_info_once("%s: a window of %zu KiB at %#llx can not be mapped, one of %zu KiB can\n",
			     reader->source->name, reader->window_bytes >> 10, pa, bytes >> 10);
	reader->window_bytes = min_t(size_t, 2 * bytes, OLDMEM_WINDOW_BYTES);
	win->encrypted = span.encrypted;
	win->users = 0;
	reader->maps++;
	return true;
}

static bool window_serves(const struct oldmem_window *win, const struct oldmem_span *span, u64 pa)
{
	return pa >= win->start_pa && pa < win->end_pa && win->encrypted == span->encrypted &&
	       win->callbacks == oldmem_callbacks();
}

/*
 * A window that holds @pa: one that is mapped, or a new one in the idle slot that was not used
 * for longest, or, with every slot held, in @own.
 */
static struct oldmem_window *window_get(struct oldmem_reader *reader, struct oldmem_window *own,
					const struct oldmem_span *span, u64 pa)
{
	struct oldmem_window *idle = NULL, *win;

	mutex_lock(&reader->lock);
	for (size_t i = 0; i < ARRAY_SIZE(reader->window); i++) {
		win = &reader->window[i];
		if (window_serves(win, span, pa))
			goto found;
		if (!win->users && (!idle || win->last_use < idle->last_use))
			idle = win;
	}

	win = idle ? idle : own;
	window_unmap(reader, win);
	if (!window_map(reader, win, *span, pa)) {
		mutex_unlock(&reader->lock);
		return NULL;
	}
found:
	win->users++;
	win->last_use = ++reader->clock;
	mutex_unlock(&reader->lock);
	return win;
}

static void window_put(struct oldmem_reader *reader, struct oldmem_window *win,
		       struct oldmem_window *own)
{
	mutex_lock(&reader->lock);
	win->users--;
	if (win == own || (!win->users && win->callbacks != oldmem_callbacks()))
		window_unmap(reader, win);
	mutex_unlock(&reader->lock);
}

/* Copies from one window; the one place where bytes of old memory are touched. */
static ssize_t copy_from_window(struct oldmem_reader *reader, const struct oldmem_span *span,
				u64 pa, size_t bytes, struct iov_iter *to)
{
	struct oldmem_window own = { }, *win = window_get(reader, &own, span, pa);
	ssize_t copied;

	if (!win)
		return -EIO;
	bytes = min_t(u64, bytes, win->end_pa - pa);
	copied = oldmem_copy_to_iter(reader, pa, win->vaddr + (pa - win->start_pa), bytes,
				     span->exact, to);
	window_put(reader, win, &own);
	return copied;
}

static ssize_t read_step(struct oldmem_reader *reader, const struct oldmem_span *span, u64 pa,
			 size_t bytes, struct iov_iter *to)
{
	unsigned int callbacks;
	ssize_t copied = 0;
	bool is_ram, readable;
	size_t zeroed;
	u64 run;

	do {
		callbacks = oldmem_callbacks();
		run = oldmem_ram_run(pa, bytes, &is_ram);
		if (!is_ram)
			break;
		run = oldmem_readable_run(reader, pa, run, &readable);
		if (!readable)
			return span->exact ? -EIO : oldmem_fill(pa, run, to);
		copied = copy_from_window(reader, span, pa, run, to);
		/* Refused by a callback that has registered meanwhile: ask again. */
	} while (copied == -EIO && callbacks != oldmem_callbacks());
	if (is_ram)
		return copied;
	if (span->exact)
		return -EIO;
	zeroed = iov_iter_zero(run, to);
	return zeroed ? zeroed : -EFAULT;
}

ssize_t oldmem_read(struct oldmem_reader *reader, const struct oldmem_span *span, u64 pa,
		    size_t bytes, struct iov_iter *to)
{
	size_t done = 0;
	ssize_t got = 0;

	while (done < bytes) {
		got = read_step(reader, span, pa + done,
				min_t(size_t, bytes - done, OLDMEM_STEP_BYTES), to);
		if (got < 0)
			break;
		done += got;
		if (fatal_signal_pending(current)) {
			got = -EINTR;
			break;
		}
		cond_resched();
	}
	return done ? done : got;
}

int oldmem_read_exact(struct oldmem_reader *reader, const struct oldmem_span *span, u64 pa,
		      size_t bytes, void *dst)
{
	struct kvec kvec = { .iov_base = dst, .iov_len = bytes };
	struct iov_iter to;

	iov_iter_kvec(&to, ITER_DEST, &kvec, 1, bytes);
	return oldmem_read(reader, span, pa, bytes, &to) == bytes ? 0 : -EIO;
}

int oldmem_read_kernel(struct oldmem_reader *reader, u64 pa, size_t bytes, bool encrypted,
		       void *dst)
{
	struct oldmem_span span = { .encrypted = encrypted, .exact = true };
	u64 end_pa;

	if (!bytes)
		return 0;
	if (check_add_overflow(pa, (u64)bytes, &end_pa) || end_pa > U64_MAX - PAGE_SIZE)
		return -EINVAL;
	span.start_pa = round_down(pa, (u64)PAGE_SIZE);
	span.end_pa = round_up(end_pa, (u64)PAGE_SIZE);
	return oldmem_read_exact(reader, &span, pa, bytes, dst);
}
EXPORT_SYMBOL_IF_KUNIT(oldmem_read_kernel);
