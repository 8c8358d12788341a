// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of an image: source pages, control pages, and the copy list.
 *
 * Content waits in source pages until the enter stub moves it to its destination. The stub
 * has no memory to put anything aside, so no page that it still needs (a source, a control
 * page, a page of the list) may lie where a step writes to; then the steps can be done in
 * any order. The one exception pays off: a page that happens to be the destination of
 * the very content that it holds needs no step at all.
 *
 * Pages come in blocks as large as are to be had at once, so that most steps are long runs,
 * and are split and used one by one. A page that does not fit (in some destination, above
 * the architecture's limit, poisoned) is held by its number until the image is built, for two
 * reasons: the allocator would hand it out again at once, and its turn as the destination of
 * its own content may still come.
 *
 * Interface: kimage_copy(), kimage_alloc_control_pages(), kimage_drop_spares(),
 * kimage_free_pages(), kimage_is_destination(), kimage_check_poisoned(),
 * kimage_next_poisoned(), kimage_pgprot(); for IMA kimage_map_segment() and
 * kimage_unmap_segment().
 *
 * Context: process, may sleep; kexec_lock() held, except for the two of IMA.
 *
 * Elsewhere: kexec_digest.c reads the copy list, as does arch/.../kexec/enter.S.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <kunit/visibility.h>
#include <linux/cc_platform.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "kexec_internal.h"

/* Largest block that is tried: 2 MiB with pages of 4 KiB; what is left over goes back. */
#define KEXEC_BLOCK_ORDER	min(9, MAX_PAGE_ORDER)

/* Steps in one page of the list; the last entry of a page is a link, or the end. */
#define KEXEC_COPY_STEPS	(PAGE_SIZE / sizeof(struct kexec_copy) - 1)

/* No destination of its own: for pages that hold no content. */
#define KEXEC_NO_DEST		PHYS_ADDR_MAX

/**
 * struct kexec_copy_list - a copy list while it is built
 * @image: whose
 * @page: the current page of the list
 * @used: entries of it in use
 * @last: the last step, if another one may be joined to it
 */
struct kexec_copy_list {
	struct kimage *image;
	struct kexec_copy *page;
	unsigned int used;
	struct kexec_copy *last;
};

/**
 * kimage_is_destination() - will a part of the image be written here?
 * @image: an image with its segments
 * @start_pa: first byte
 * @end_pa: byte after the last
 *
 * Context: any.
 */
bool kimage_is_destination(const struct kimage *image, phys_addr_t start_pa, phys_addr_t end_pa)
{
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *seg = &image->segment[i];

		if (start_pa < (phys_addr_t)seg->mem + seg->memsz && end_pa > seg->mem)
			return true;
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(kimage_is_destination);

/**
 * kimage_pgprot() - how to map pages of an image once more
 *
 * As arch/.../kexec/memory.c shares them with the next kernel: where memory is encrypted, they
 * are not.
 *
 * Context: any.
 */
pgprot_t kimage_pgprot(void)
{
	if (cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT))
		return pgprot_decrypted(PAGE_KERNEL);
	return PAGE_KERNEL;
}

/**
 * kimage_next_poisoned() - look for a page that memory failure has taken out of use
 * @pa: first byte, page aligned; there need not be memory
 * @end_pa: byte after the last
 *
 * Context: process.
 * Return: the first such page; @end_pa if there is none.
 */
u64 kimage_next_poisoned(u64 pa, u64 end_pa)
{
	if (!IS_ENABLED(CONFIG_MEMORY_FAILURE) || !atomic_long_read(&num_poisoned_pages))
		return end_pa;
	for (; pa < end_pa; pa += PAGE_SIZE) {
		struct page *page = pfn_to_online_page(PHYS_PFN(pa));

		if (page && PageHWPoison(page))
			return pa;
	}
	return end_pa;
}

/**
 * kimage_check_poisoned() - refuse segments whose places were given and can not be used
 * @image: an image with its segments
 *
 * Context: process.
 * Return: 0; -EADDRNOTAVAIL, with a line.
 */
int kimage_check_poisoned(const struct kimage *image)
{
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++) {
		u64 end_pa = (u64)image->segment[i].mem + image->segment[i].memsz;
		u64 pa = kimage_next_poisoned(image->segment[i].mem, end_pa);

		if (pa == end_pa)
			continue;
		pr_info("load refused: segment %u [0x%lx, +0x%zx): the page at 0x%llx is poisoned\n",
			i, image->segment[i].mem, image->segment[i].memsz, pa);
		return -EADDRNOTAVAIL;
	}
	return 0;
}

static bool kimage_pages_fit(const struct kimage *image, struct page *page, unsigned int order,
			     phys_addr_t limit_pa)
{
	phys_addr_t start_pa = page_to_phys(page);
	phys_addr_t end_pa = start_pa + (PAGE_SIZE << order);
	unsigned int i;

	for (i = 0; i < 1U << order; i++)
		if (PageHWPoison(page + i))
			return false;
	return end_pa <= limit_pa && !kimage_is_destination(image, start_pa, end_pa);
}

/* A block of single pages that the architecture has made fit for use; NULL if there is none. */
static struct page *kimage_alloc_block(unsigned int order, phys_addr_t limit_pa, gfp_t extra)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN | extra;
	struct page *page;

	if (IS_ENABLED(CONFIG_ZONE_DMA32) && limit_pa <= SZ_4G)
		gfp |= __GFP_DMA32;
	page = alloc_pages(gfp, order);
	if (!page)
		return NULL;
	if (kexec_arch_ops.control_pages_share(page_address(page), 1U << order)) {
		__free_pages(page, order);
		return NULL;
	}
	split_page(page, order);
	return page;
}

static void kimage_free_page(struct page *page)
{
	kexec_arch_ops.control_pages_unshare(page_address(page), 1);
	__free_page(page);
}

static void kimage_free_list(struct list_head *list)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, list, lru) {
		list_del(&page->lru);
		kimage_free_page(page);
	}
}

/* Keep single pages that do not fit until the image is built. */
static int kimage_hold(struct kimage *image, struct page *page, unsigned int pages)
{
	int ret = 0;

	for (; pages; pages--, page++) {
		if (!ret)
			ret = xa_err(xa_store(&image->held, page_to_pfn(page), page, GFP_KERNEL));
		if (ret)
			kimage_free_page(page);
	}
	return ret;
}

/**
 * kimage_drop_spares() - give back what was held while the image was built
 * @image: the image
 *
 * Context: process, may sleep.
 */
void kimage_drop_spares(struct kimage *image)
{
	struct page *page;
	unsigned long pfn;

	kimage_free_list(&image->spare_pages);
	xa_for_each(&image->held, pfn, page)
		kimage_free_page(page);
	xa_destroy(&image->held);
}

/**
 * kimage_free_pages() - free an image's memory
 * @image: an image that nobody can enter
 *
 * Context: process, may sleep.
 */
void kimage_free_pages(struct kimage *image)
{
	kimage_free_list(&image->source_pages);
	kimage_free_list(&image->copy_pages);
	kimage_free_list(&image->control_pages);
}

/* Large blocks as they come, without effort; a single page with all effort but a kill. */
static int kimage_refill(struct kimage *image)
{
	int order, i;

	if (fatal_signal_pending(current))
		return -EINTR;
	cond_resched();
	for (order = KEXEC_BLOCK_ORDER; order >= 0; order--) {
		struct page *page;

		if (order)
			page = kimage_alloc_block(order, kexec_arch_ops.source_limit_pa,
						  __GFP_NORETRY);
		else
			page = kimage_alloc_block(0, kexec_arch_ops.source_limit_pa,
						  __GFP_RETRY_MAYFAIL);
		if (!page)
			continue;
		for (i = 0; i < 1 << order; i++)
			list_add_tail(&page[i].lru, &image->spare_pages);
		return 0;
	}
	pr_err("load refused: no memory for the content of the image\n");
	return -ENOMEM;
}

/* A page for content that will be entered at @dst_pa; or any page, with KEXEC_NO_DEST. */
static struct page *kimage_source_page(struct kimage *image, phys_addr_t dst_pa)
{
	phys_addr_t limit_pa = kexec_arch_ops.source_limit_pa;
	struct page *page;
	int ret;

	page = xa_load(&image->held, PHYS_PFN(dst_pa));
	if (page && !PageHWPoison(page)) {
		xa_erase(&image->held, PHYS_PFN(dst_pa));
		return page;
	}

	for (;;) {
		page = list_first_entry_or_null(&image->spare_pages, struct page, lru);
		if (!page) {
			ret = kimage_refill(image);
			if (ret)
				return ERR_PTR(ret);
			continue;
		}
		list_del(&page->lru);
		if (page_to_phys(page) == dst_pa && !PageHWPoison(page))
			return page;
		if (kimage_pages_fit(image, page, 0, limit_pa))
			return page;
		ret = kimage_hold(image, page, 1);
		if (ret)
			return ERR_PTR(ret);
	}
}

/* From the room that kimage_find_region_room() left, in order and never given back. */
static void *kimage_region_pages(struct kimage *image, unsigned int order)
{
	phys_addr_t start_pa = ALIGN(image->region_next, PAGE_SIZE << order);
	phys_addr_t end_pa = start_pa + (PAGE_SIZE << order);

	if (end_pa > image->region_end_pa) {
		pr_err("%s takes more control pages than the %u it asked for\n",
		       kexec_arch_ops.name,
		       kexec_arch_ops.control_pages + kexec_arch_ops.crash_control_pages);
		return NULL;
	}
	image->region_next = end_pa;
	memset(phys_to_virt(start_pa), 0, PAGE_SIZE << order);
	return phys_to_virt(start_pa);
}

/**
 * kimage_alloc_control_pages() - pages that the enter stub uses while it copies
 * @image: the image; it keeps the pages until it is freed
 * @order: log2 of how many contiguous pages, aligned to their size
 *
 * For a resident crash image they come from the crash region.
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: zeroed pages in the linear mapping, or NULL.
 */
void *kimage_alloc_control_pages(struct kimage *image, unsigned int order)
{
	phys_addr_t limit_pa = kexec_arch_ops.control_limit_pa;
	struct page *page;
	unsigned int i;

	if (image->resident)
		return kimage_region_pages(image, order);

	for (;;) {
		if (fatal_signal_pending(current))
			return NULL;
		page = kimage_alloc_block(order, limit_pa, __GFP_ZERO | __GFP_RETRY_MAYFAIL);
		if (!page) {
			pr_err("load refused: no %u contiguous pages below 0x%llx for the way out of this kernel\n",
			       1U << order, (u64)limit_pa);
			return NULL;
		}
		if (kimage_pages_fit(image, page, order, limit_pa))
			break;
		if (kimage_hold(image, page, 1U << order))
			return NULL;
	}
	for (i = 0; i < 1U << order; i++)
		list_add_tail(&page[i].lru, &image->control_pages);
	return page_address(page);
}
EXPORT_SYMBOL_IF_KUNIT(kimage_alloc_control_pages);

/* A fresh page of the list; a zeroed entry is KEXEC_COPY_END. */
static int kexec_copy_list_page(struct kexec_copy_list *list)
{
	struct kimage *image = list->image;
	struct kexec_copy *entries;
	phys_addr_t entries_pa;

	if (image->resident) {
		entries = kimage_region_pages(image, 0);
		if (!entries)
			return -ENOMEM;
	} else {
		struct page *page = kimage_source_page(image, KEXEC_NO_DEST);

		if (IS_ERR(page))
			return PTR_ERR(page);
		list_add_tail(&page->lru, &image->copy_pages);
		entries = page_address(page);
		clear_page(entries);
	}

	entries_pa = virt_to_phys(entries);
	if (list->page) {
		list->page[list->used] = (struct kexec_copy){
			.src_pa = entries_pa,
			.pages = KEXEC_COPY_LINK,
		};
	} else {
		image->copy = entries;
		image->copy_pa = entries_pa;
	}
	list->page = entries;
	list->used = 0;
	list->last = NULL;
	return 0;
}

/* Append a step, or make the last one longer. @src_pa may be KEXEC_COPY_ZERO. */
static int kexec_copy_list_add(struct kexec_copy_list *list, u64 dst_pa, u64 src_pa, u64 pages)
{
	struct kexec_copy *last = list->last;
	int ret;

	if (last && last->dst_pa + (last->pages << PAGE_SHIFT) == dst_pa &&
	    src_pa != KEXEC_COPY_ZERO && last->src_pa != KEXEC_COPY_ZERO &&
	    last->src_pa + (last->pages << PAGE_SHIFT) == src_pa) {
		last->pages += pages;
		return 0;
	}
	if (list->used == KEXEC_COPY_STEPS) {
		ret = kexec_copy_list_page(list);
		if (ret)
			return ret;
	}
	list->last = &list->page[list->used++];
	*list->last = (struct kexec_copy){
		.dst_pa = dst_pa,
		.src_pa = src_pa,
		.pages = pages,
	};
	return 0;
}

/* One page of content, zero behind its end. */
static int kimage_fill_page(const struct kimage *image, const struct kexec_segment *seg,
			    size_t offset, void *dst)
{
	size_t bytes = 0;

	if (offset < seg->bufsz)
		bytes = min_t(size_t, seg->bufsz - offset, PAGE_SIZE);
	if (image->file_mode)
		memcpy(dst, seg->kbuf + offset, bytes);
	else if (copy_from_user(dst, seg->buf + offset, bytes))
		return -EFAULT;
	memset(dst + bytes, 0, PAGE_SIZE - bytes);
	return 0;
}

static int kimage_copy_segment(struct kexec_copy_list *list, unsigned int index)
{
	struct kimage *image = list->image;
	const struct kexec_segment *seg = &image->segment[index];
	size_t offset, filled = PAGE_ALIGN(seg->bufsz);
	int ret;

	/* What is rewritten later (IMA) needs pages even where it is zero now. */
	if (image->digest_skip & BIT(index))
		filled = seg->memsz;

	list->last = NULL;
	for (offset = 0; offset < filled; offset += PAGE_SIZE) {
		phys_addr_t dst_pa = seg->mem + offset;
		struct page *page = kimage_source_page(image, dst_pa);

		if (IS_ERR(page))
			return PTR_ERR(page);
		list_add_tail(&page->lru, &image->source_pages);
		ret = kimage_fill_page(image, seg, offset, page_address(page));
		if (ret) {
			pr_info("load refused: segment %u can not be read at byte %zu\n",
				index, offset);
			return ret;
		}
		if (page_to_phys(page) == dst_pa)
			continue;
		ret = kexec_copy_list_add(list, dst_pa, page_to_phys(page), 1);
		if (ret)
			return ret;
	}
	if (filled == seg->memsz)
		return 0;
	return kexec_copy_list_add(list, seg->mem + filled, KEXEC_COPY_ZERO,
				   (seg->memsz - filled) >> PAGE_SHIFT);
}

/**
 * kimage_copy() - bring the content into kernel memory and build the copy list
 * @image: a PLACED image; for a resident one the content is in place, and the list empty but for
 *	the ELF core header's slot
 *
 * Context: process, may sleep and fault; kexec_lock() held.
 * Return: 0, the image is COPIED; -EFAULT, -ENOMEM, -EINTR.
 */
int kimage_copy(struct kimage *image)
{
	struct kexec_copy_list list = { .image = image };
	unsigned int i;
	int ret;

	ret = kexec_copy_list_page(&list);
	if (ret)
		return ret;
	for (i = 0; i < image->nr_segments && !image->resident; i++) {
		ret = kimage_copy_segment(&list, i);
		if (ret)
			return ret;
	}
	if (image->resident) {
		ret = kexec_hotplug_setup(image);
		if (ret)
			return ret;
	}
	return kimage_move(image, KIMAGE_PLACED, KIMAGE_COPIED) ? 0 : -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(kimage_copy);

/**
 * kimage_map_segment() - map what will be entered at an address, to rewrite it
 * @image: a COPIED image or later
 * @addr: physical destination, page aligned
 * @size: bytes
 *
 * Only for a segment in image->digest_skip; IMA puts its measurements there at the reboot.
 *
 * Context: process, may sleep.
 * Return: virtual address, undone by kimage_unmap_segment(); NULL if a page of it has no
 * source, or for want of memory.
 */
void *kimage_map_segment(struct kimage *image, unsigned long addr, unsigned long size)
{
	unsigned int nr = DIV_ROUND_UP(size, PAGE_SIZE), found = 0;
	u64 end_pa = (u64)addr + (u64)nr * PAGE_SIZE;
	struct kexec_walk walk;
	struct page **pages;
	void *vaddr = NULL;

	pages = kvmalloc_array(nr, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return NULL;
	kexec_walk_start(&walk, image);
	while (kexec_walk_next(&walk)) {
		u64 done;

		if (walk.zero)
			continue;
		for (done = 0; done < walk.bytes; done += PAGE_SIZE)
			if (walk.dst_pa + done >= addr && walk.dst_pa + done < end_pa)
				pages[found++] = pfn_to_page(PHYS_PFN(walk.src_pa + done));
	}
	if (found == nr)
		vaddr = vmap(pages, nr, VM_MAP, kimage_pgprot());
	kvfree(pages);
	return vaddr;
}
EXPORT_SYMBOL_IF_KUNIT(kimage_map_segment);

/**
 * kimage_unmap_segment() - undo kimage_map_segment()
 * @buffer: what it returned
 *
 * Context: process, may sleep.
 */
void kimage_unmap_segment(void *buffer)
{
	vunmap(buffer);
}
EXPORT_SYMBOL_IF_KUNIT(kimage_unmap_segment);
