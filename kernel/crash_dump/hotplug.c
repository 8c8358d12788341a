// SPDX-License-Identifier: GPL-2.0-only
/*
 * The armed image's ELF core header, kept right while memory comes and goes.
 *
 * The capture kernel was told at load where its ELF core header lies, so that address is fixed,
 * and writing there would open a window in which a panic finds half a header. Instead there are
 * two slots: slot 0 is the place itself, slot 1 as many pages beside the control pages. One step of
 * the image's copy list copies the active slot to the place (slot 0 onto itself) on the way out.
 * A change is written to the idle slot, and one store of eight bytes, the step's source,
 * makes that the active one. At every moment one slot is complete, and its digest known.
 *
 * No slot is written once a panic has claimed the image, except that a change under way at that
 * moment is completed: the idle slot, whole by then, may become the active one after the panic has
 * verified the other, so what is entered may not be what was verified; both are sealed. The
 * region stays write-protected; the idle slot is written through a mapping of its own.
 *
 * CPUs need none of this. The header has a note for every possible CPU, and one that is offline
 * leaves it empty (headers.c). Memory is shown from before it comes online until after it went
 * offline, so that all that this kernel uses is always shown; also by an image that is loaded while
 * memory is about to come online.
 *
 * For kexec_file_load(2) this is always so. kexec_load(2) has to ask for it, because the digest in
 * its purgatory may cover the header; then the header is looked for among its segments, and
 * replaced right away by one that has all possible CPUs. Where user space had memory
 * copied away, that is kept.
 *
 * Interface: kexec_internal.h; crash_check_hotplug_support() and crash_get_elfcorehdr_size() for
 * sysfs. Context: process, may sleep.
 *
 * Elsewhere: kexec_digest.c picks the digest by the slot that the copy list names.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/elf.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <kunit/visibility.h>

#include "../kexec_internal.h"
#include "elfcore.h"
#include "headers.h"

/* Program headers of a header of user space's; comparing them is quadratic. */
#define HOTPLUG_MAX_PHDRS	SZ_4K

/* Memory between GOING_ONLINE and ONLINE, one range at a time; empty: none. By kexec_lock(). */
static struct kdump_range hotplug_coming;

/* User space's ELF core header is not followed; what it loaded is as good as without. */
static void hotplug_give_up(struct kimage *image, const char *why)
{
	pr_warn("the ELF core header will not follow memory hotplug: %s\n", why);
	image->hotplug_support = 0;
}

/**
 * kexec_hotplug_find() - find the ELF core header among kexec_load(2)'s segments
 * @image: a NEW crash image with its segments, whose caller asked for it
 *
 * Context: process, may sleep and fault; kexec_lock() held.
 * Return: 0, also where there is none that can be followed; -EFAULT.
 */
int kexec_hotplug_find(struct kimage *image)
{
	Elf64_Ehdr header;
	unsigned int i;

	if (image->type != KEXEC_TYPE_CRASH || !image->hotplug_support)
		return 0;
	for (i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *seg = &image->segment[i];

		if (seg->bufsz < sizeof(header))
			continue;
		if (copy_from_user(&header, seg->buf, sizeof(header)))
			return -EFAULT;
		if (memcmp(header.e_ident, ELFMAG, SELFMAG) || header.e_type != ET_CORE)
			continue;
		if (image->elfcorehdr_index >= 0) {
			hotplug_give_up(image, "more than one segment is an ELF core header");
			return 0;
		}
		image->elfcorehdr_index = i;
	}
	if (image->elfcorehdr_index < 0)
		hotplug_give_up(image, "no segment is an ELF core header");
	else
		image->role[image->elfcorehdr_index] = KEXEC_ROLE_ELFCOREHDR;
	return 0;
}

/**
 * kexec_hotplug_region_bytes() - room in the crash region for the second slot
 * @image: a crash image with its segments
 *
 * Context: process.
 * Return: bytes, a whole number of pages; 0 if it gets none.
 */
size_t kexec_hotplug_region_bytes(const struct kimage *image)
{
	if (!image->hotplug_support || image->elfcorehdr_index < 0)
		return 0;
	return image->segment[image->elfcorehdr_index].memsz;
}

/* Memory that user space's purgatory copies away: the header shows it somewhere else. */
static int hotplug_read_moved(struct kimage *image, const struct elfcore_seg *seg, int nr)
{
	int i;

	image->nr_moved = 0;
	for (i = 0; i < nr; i++) {
		if (seg[i].type != PT_LOAD || seg[i].offset == seg[i].paddr)
			continue;
		if (image->nr_moved == KEXEC_MOVED_MAX)
			return -E2BIG;
		image->moved[image->nr_moved++] = (struct kexec_moved){
			.start_pa = seg[i].paddr,
			.end_pa = seg[i].paddr + seg[i].filesz,
			.at_pa = seg[i].offset,
		};
	}
	return 0;
}

/*
 * Is what user space loaded an ELF core header of this machine, and what does it move? -EINVAL if
 * it is not; -E2BIG for too many program headers or moved ranges; -ENOMEM.
 */
static int hotplug_read_header(struct kimage *image)
{
	const struct kexec_segment *segment = &image->segment[image->elfcorehdr_index];
	const struct elfcore_limits limits = {
		.machine = { ELF_ARCH },
		.max_phnum = HOTPLUG_MAX_PHDRS,
		.max_note_bytes = SZ_32M,
		.max_total_bytes = S64_MAX,
	};
	const void *buf = phys_to_virt(segment->mem);
	struct elfcore_finding finding;
	struct elfcore_findings found = { .f = &finding, .cap = 1 };
	struct elfcore_header header;
	struct elfcore_seg *seg;
	int ret;

	ret = elfcore_probe(buf, segment->bufsz, &limits, &header, &found);
	/* Of a table that is cut only a part would be followed. */
	if (ret || header.need_bytes > segment->bufsz)
		return -EINVAL;
	/* The one finding of a probe that succeeds: it has cut phnum, and the rest counts too. */
	if (found.nr)
		return -E2BIG;
	found = (struct elfcore_findings){};
	seg = kvmalloc_array(header.phnum, sizeof(*seg), GFP_KERNEL);
	if (!seg)
		return -ENOMEM;
	ret = elfcore_segments(buf, segment->bufsz, &limits, &header, seg, header.phnum, &found);
	if (ret >= 0)
		ret = hotplug_read_moved(image, seg, ret);
	kvfree(seg);
	return ret;
}

/* The slots, slot 0 active. */
static int hotplug_make_slots(struct kimage *image)
{
	struct kexec_segment *seg = &image->segment[image->elfcorehdr_index];
	unsigned int i, pages = seg->memsz >> PAGE_SHIFT;
	phys_addr_t slot_pa = 0;

	for (i = 0; i < pages; i++) {
		void *page = kimage_alloc_control_pages(image, 0);

		if (!page)
			return -ENOMEM;
		/* One after the other, from the room that was left for them. */
		if (!i)
			slot_pa = virt_to_phys(page);
	}
	seg->bufsz = seg->memsz;
	image->slot[0].pa = seg->mem;
	image->slot[1].pa = slot_pa;
	sha256(phys_to_virt(seg->mem), seg->memsz, image->slot[0].digest);
	image->slot_bytes = seg->memsz;
	image->copy[0] = (struct kexec_copy){
		.dst_pa = seg->mem,
		.src_pa = seg->mem,
		.pages = pages,
	};
	return 0;
}

/**
 * kexec_hotplug_setup() - give a resident image its slots
 * @image: a resident image that is not armed yet, its content in place and its copy list empty
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0, also for an image that does not follow hotplug; -ENOMEM.
 */
int kexec_hotplug_setup(struct kimage *image)
{
	int ret = 0;

	if (!kexec_hotplug_region_bytes(image))
		return 0;
	if (!image->file_mode)
		ret = hotplug_read_header(image);
	switch (ret) {
	case 0:
		return hotplug_make_slots(image);
	case -ENOMEM:
		hotplug_give_up(image, "no memory to read the one that was loaded");
		return 0;
	case -E2BIG:
		hotplug_give_up(image, "the one that was loaded has too many entries");
		return 0;
	}
	hotplug_give_up(image, "the one that was loaded is not sound");
	return 0;
}

static unsigned int hotplug_active_slot(const struct kimage *image)
{
	return image->copy->src_pa == image->slot[1].pa;
}

/*
 * From here on a panic takes the new header. Of its own, so that a test can stop a machine right
 * before it.
 */
static noinline void kexec_slot_flip(struct kexec_copy *step, u64 src_pa)
{
	/* Pairs with kexec_walk_next(), which verifies; slot and digest are complete before. */
	smp_store_release(&step->src_pa, src_pa);
	/* Before the next look at the image's state: see kexec_hotplug_update(). */
	smp_mb();
}

/* To read a page that memory failure has taken out of use would be a fault or a machine check. */
static bool hotplug_slot_poisoned(const struct kimage *image, unsigned int slot)
{
	u64 start_pa = image->slot[slot].pa, end_pa = start_pa + image->slot_bytes;
	u64 pa = kimage_next_poisoned(start_pa, end_pa);

	if (pa == end_pa)
		return false;
	pr_err("page 0x%llx of slot %u is poisoned\n", pa, slot);
	return true;
}

/* The pages of a slot and of the copy list, writable. */
static void *hotplug_map(const struct kimage *image, unsigned int slot)
{
	unsigned int i, nr = image->slot_bytes >> PAGE_SHIFT;
	struct page **pages;
	void *vaddr;

	pages = kvmalloc_array(nr + 1, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return NULL;
	for (i = 0; i < nr; i++)
		pages[i] = pfn_to_page(PHYS_PFN(image->slot[slot].pa) + i);
	pages[nr] = pfn_to_page(PHYS_PFN(image->copy_pa));
	vaddr = vmap(pages, nr + 1, VM_MAP, kimage_pgprot());
	kvfree(pages);
	return vaddr;
}

/* Write a header to the idle slot and make that the active one. */
static int hotplug_replace(struct kimage *image, const void *headers)
{
	unsigned int idle = !hotplug_active_slot(image);
	void *vaddr;
	int ret = 0;

	if (hotplug_slot_poisoned(image, idle))
		return -EIO;
	vaddr = hotplug_map(image, idle);
	if (!vaddr)
		return -ENOMEM;
	memcpy(vaddr, headers, image->slot_bytes);
	if (memcmp(phys_to_virt(image->slot[idle].pa), headers, image->slot_bytes)) {
		pr_err("slot %u at 0x%llx does not read back as it was written; bad memory?\n",
		       idle, (u64)image->slot[idle].pa);
		ret = -EIO;
	} else {
		sha256(headers, image->slot_bytes, image->slot[idle].digest);
		kexec_slot_flip(vaddr + image->slot_bytes, image->slot[idle].pa);
	}
	vunmap(vaddr);
	return ret;
}

/**
 * kexec_hotplug_update() - bring the ELF core header of an image up to date
 * @image: an armed image with slots
 * @coming: memory that is about to come online; NULL for none
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0; -EBUSY if a panic has claimed the image; else why it is as it was: -ENOSPC, -ENOMEM,
 * -EIO.
 */
int kexec_hotplug_update(struct kimage *image, const struct kdump_range *coming)
{
	unsigned int active = hotplug_active_slot(image);
	void *headers;
	int ret;

	/*
	 * Looked at before a slot is touched. A panic that claims the image after this may still
	 * see one flip, but none of the slots that it can have chosen is written to.
	 */
	if (READ_ONCE(image->state) != KIMAGE_ARMED) {
		pr_err("a panic has claimed the image; its ELF core header stays as it is\n");
		return -EBUSY;
	}
	headers = kvmalloc(image->slot_bytes, GFP_KERNEL);
	if (!headers)
		return -ENOMEM;
	ret = crash_headers_build(image, coming, headers, image->slot_bytes);
	if (!ret && (hotplug_slot_poisoned(image, active) ||
		     memcmp(headers, phys_to_virt(image->slot[active].pa), image->slot_bytes))) {
		ret = hotplug_replace(image, headers);
		if (!ret)
			pr_info("ELF core header replaced, slot %u\n", !active);
	}
	kvfree(headers);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(kexec_hotplug_update);

/**
 * kexec_hotplug_coming() - memory that is about to come online, and is to be shown already
 *
 * Context: process; kexec_lock() held.
 * Return: the range; NULL if there is none.
 */
const struct kdump_range *kexec_hotplug_coming(void)
{
	return hotplug_coming.start < hotplug_coming.end ? &hotplug_coming : NULL;
}

/**
 * kexec_hotplug_refresh() - make the armed image show the memory that there is
 *
 * If that fails, what was active stays so; the crash_hotplug files say 0 from then on, and
 * user space is to load again.
 *
 * Context: process, may sleep; kexec_lock() held.
 */
void kexec_hotplug_refresh(void)
{
	struct kimage *image = kexec_crash_image;
	int ret;

	if (!image || !image->hotplug_support || !image->slot_bytes)
		return;
	ret = kexec_hotplug_update(image, kexec_hotplug_coming());
	if (!ret || ret == -EBUSY)
		return;
	pr_err("the ELF core header could not follow a change of memory (%d): the armed capture kernel shows memory as it was before; load it again\n",
	       ret);
	image->hotplug_support = 0;
}

/*
 * Online memory is shown before it is used. ONLINE and the CANCELs see no change, unless an image
 * was loaded meanwhile.
 */
static int hotplug_memory_event(struct notifier_block *nb, unsigned long action, void *data)
{
	const struct memory_notify *event = data;
	struct kdump_range coming = {};

	switch (action) {
	case MEM_GOING_ONLINE:
		coming.start = PFN_PHYS(event->start_pfn);
		coming.end = PFN_PHYS(event->start_pfn + event->nr_pages);
		fallthrough;
	case MEM_ONLINE:
	case MEM_CANCEL_ONLINE:
	case MEM_OFFLINE:
		kexec_lock_always();
		hotplug_coming = coming;
		kexec_hotplug_refresh();
		kexec_unlock();
		break;
	}
	return NOTIFY_OK;
}

static int __init hotplug_init(void)
{
	return hotplug_memory_notifier(hotplug_memory_event, DEFAULT_CALLBACK_PRI);
}
subsys_initcall(hotplug_init);

/**
 * crash_check_hotplug_support() - does the armed image follow CPU and memory hotplug?
 *
 * For the crash_hotplug files of sysfs, by which udev rules decide whether to load again.
 *
 * Context: any but NMI.
 * Return: 1 or 0; 0 without an image.
 */
int crash_check_hotplug_support(void)
{
	const struct kimage *image;
	int ret;

	/* An image that is retired is freed a grace period later. */
	rcu_read_lock();
	image = READ_ONCE(kexec_crash_image);
	ret = image && image->hotplug_support && image->slot_bytes;
	rcu_read_unlock();
	return ret;
}

/**
 * crash_get_elfcorehdr_size() - how large kexec_load(2)'s ELF core header segment should be
 *
 * For /sys/kernel/crash_elfcorehdr_size: with so much room the kernel can show what is plugged in
 * later.
 *
 * Context: process.
 * Return: bytes.
 */
unsigned int crash_get_elfcorehdr_size(void)
{
	return crash_headers_bytes();
}
