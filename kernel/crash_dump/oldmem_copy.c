// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying old memory, and what stands in for a page of it that the machine can not read.
 *
 * A machine check may be why the machine crashed, and the bad memory is still bad. Where the
 * architecture survives a load from it, the page is written down, reads as a pattern from then
 * on, as a whole and without a second try, and the dump goes on. The pattern is text, so that
 * nobody takes it for content: not zeros, which a hole has.
 *
 * The list is bounded. Pages above it are read again each time that they are asked for, and give
 * the pattern from the first bad line on.
 *
 * Interface: oldmem.h. Context: process context of the capture kernel; may sleep.
 */
#define pr_fmt(fmt) "oldmem: " fmt

#include <linux/gfp.h>
#include <linux/iov_iter.h>
#include <linux/kernel.h>
#include <linux/kexec_arch.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "oldmem.h"
#include "pure.h"

static const char pattern[] = "KDUMP-UNREADABLE";

#define PATTERN_BYTES	(sizeof(pattern) - 1)

/* How far is one answer the right one? False in @readable for a page of the list. */
u64 oldmem_readable_run(struct oldmem_reader *reader, u64 pa, u64 bytes, bool *readable)
{
	struct oldmem_unreadable *bad = &reader->unreadable;
	u64 page_pa = round_down(pa, (u64)PAGE_SIZE), end = pa + bytes;

	*readable = true;
	if (!READ_ONCE(bad->nr))
		return bytes;
	spin_lock(&bad->lock);
	for (unsigned int i = 0; i < bad->nr; i++) {
		if (bad->pa[i] == page_pa)
			*readable = false;
		else if (bad->pa[i] > pa)
			end = min(end, bad->pa[i]);
	}
	spin_unlock(&bad->lock);
	if (!*readable)
		end = min(pa + bytes, page_pa + PAGE_SIZE);
	return end - pa;
}

static void fill_page(char *page)
{
	BUILD_BUG_ON(PAGE_SIZE % PATTERN_BYTES);
	for (size_t at = 0; at < PAGE_SIZE; at += PATTERN_BYTES)
		memcpy(page + at, pattern, PATTERN_BYTES);
}

void *oldmem_unreadable_page(struct oldmem_reader *reader)
{
	struct oldmem_unreadable *bad = &reader->unreadable;
	void *page = READ_ONCE(bad->page), *other;

	if (page)
		return page;
	page = (void *)__get_free_page(GFP_KERNEL);
	if (!page)
		return NULL;
	fill_page(page);
	other = cmpxchg(&bad->page, NULL, page);
	if (!other)
		return page;
	free_page((unsigned long)page);
	return other;
}

static void unreadable_add(struct oldmem_reader *reader, u64 page_pa)
{
	struct oldmem_unreadable *bad = &reader->unreadable;
	bool known = false;

	spin_lock(&bad->lock);
	for (unsigned int i = 0; i < bad->nr; i++)
		known |= bad->pa[i] == page_pa;
	if (!known) {
		bad->count++;
		if (bad->nr < OLDMEM_UNREADABLE_MAX)
			bad->pa[bad->nr++] = page_pa;
	}
	spin_unlock(&bad->lock);
	if (!known)
		pr_err_ratelimited("%s: the page at %#llx can not be read, the machine reports an error in it; \"%s\" stands in for it\n",
				   reader->source->name, page_pa, pattern);
}

u64 oldmem_unreadable_count(struct oldmem_reader *reader)
{
	struct oldmem_unreadable *bad = &reader->unreadable;
	u64 count;

	spin_lock(&bad->lock);
	count = bad->count;
	spin_unlock(&bad->lock);
	return count;
}
EXPORT_SYMBOL_IF_KUNIT(oldmem_unreadable_count);

ssize_t oldmem_unreadable_show(struct oldmem_reader *reader, char *buf)
{
	struct oldmem_unreadable *bad = &reader->unreadable;
	ssize_t at = 0;

	spin_lock(&bad->lock);
	for (unsigned int i = 0; i < bad->nr; i++)
		at += sysfs_emit_at(buf, at, "%#llx\n", bad->pa[i]);
	spin_unlock(&bad->lock);
	return at;
}

ssize_t oldmem_fill(u64 pa, size_t bytes, struct iov_iter *to)
{
	size_t done = 0, skip, step, got;

	while (done < bytes) {
		skip = (pa + done) % PATTERN_BYTES;
		step = min(bytes - done, PATTERN_BYTES - skip);
		got = copy_to_iter(pattern + skip, step, to);
		done += got;
		if (got < step)
			break;
	}
	return done ? done : -EFAULT;
}

/* For ports without a copy of their own; what goes to user space is copied as anything is. */
size_t kexec_generic_oldmem_copy(void *to, const void *from, size_t bytes, bool to_user,
				 bool *unreadable)
{
	size_t left;

	if (to_user)
		return copy_to_user((__force void __user *)to, from, bytes);
	left = copy_mc_to_kernel(to, from, bytes);
	*unreadable = left;
	return left;
}

/* What the iterator's steps need. */
struct copying {
	const struct oldmem_source *source;
	const void *from;
	bool unreadable;
};

static __always_inline size_t to_user(void __user *to, size_t progress, size_t bytes, void *priv,
				      void *unused)
{
	struct copying *c = priv;

	return c->source->copy(c->source, (__force void *)to, c->from + progress, bytes, true,
			       &c->unreadable);
}

static __always_inline size_t to_kernel(void *to, size_t progress, size_t bytes, void *priv,
					void *unused)
{
	struct copying *c = priv;

	return c->source->copy(c->source, to, c->from + progress, bytes, false, &c->unreadable);
}

/* The page in which the copy ended: none of it is shown, however much of it could be read. */
static ssize_t give_up_page(struct oldmem_reader *reader, u64 pa, size_t bytes, size_t copied,
			    bool exact, struct iov_iter *to)
{
	u64 page_pa = round_down(pa + copied, (u64)PAGE_SIZE);
	size_t before = page_pa > pa ? page_pa - pa : 0;
	ssize_t filled;

	unreadable_add(reader, page_pa);
	iov_iter_revert(to, copied - before);
	if (exact)
		return -EIO;
	filled = oldmem_fill(pa + before,
			     min_t(u64, bytes - before, page_pa + PAGE_SIZE - (pa + before)), to);
	if (filled < 0)
		return before ? before : filled;
	return before + filled;
}

ssize_t oldmem_copy_to_iter(struct oldmem_reader *reader, u64 pa, const void *from, size_t bytes,
			    bool exact, struct iov_iter *to)
{
	struct copying c = { .source = reader->source, .from = from };
	size_t copied;

	if (WARN_ON_ONCE(to->data_source))
		return -EFAULT;
	if (user_backed_iter(to))
		might_fault();
	copied = iterate_and_advance(to, bytes, &c, to_user, to_kernel);
	if (c.unreadable)
		return give_up_page(reader, pa, bytes, copied, exact, to);
	return copied ? copied : -EFAULT;
}
