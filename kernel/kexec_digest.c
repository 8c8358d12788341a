// SPDX-License-Identifier: GPL-2.0-only
/*
 * SHA-256 over the segments of an image.
 *
 * An image lies in memory for months before a dying kernel enters it. The digests are taken
 * once, when the image is complete, and compared before anything is stopped, while a panic
 * can still go on in the ordinary way. What is checked is what the next kernel will find: all
 * memsz bytes of a segment, read from where the enter stub would read them. The pages with
 * content are hashed. The zero fill behind them, most of a compressed kernel's segment, is
 * compared with zero, which is as strict and many times faster; and there is nothing to
 * check where the stub itself will clear it.
 *
 * A crash image in the crash region has one more digest, over its control pages: page tables
 * and the stub. Not covered are the copy list and the slot that is idle, which change while it
 * is armed; and a staged image's control pages, which are ordinary memory of this kernel.
 *
 * Interface: kexec_digest_verify() and kexec_role_name() for the panic path and the reboot;
 * kexec_digest_seal(), kexec_digest_seal_one(), kexec_digest_seal_control(),
 * kexec_digest_check() and the walk over an image's content for the loading side.
 *
 * Context: any, NMI and panic included: no allocation, no lock, no FPU; the work is bounded
 * by the size of the image. Only a @relax function of the caller may sleep.
 *
 * Elsewhere: kexec_pages.c builds the copy list that is read here.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <kunit/visibility.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "kexec_internal.h"

/* Checked between two calls of @relax: some milliseconds on a slow CPU. */
#define KEXEC_DIGEST_CHUNK_BYTES	SZ_1M

static const char * const kexec_role_names[] = {
	[KEXEC_ROLE_UNKNOWN]		= "role unknown",
	[KEXEC_ROLE_KERNEL]		= "kernel",
	[KEXEC_ROLE_INITRD]		= "initrd",
	[KEXEC_ROLE_CMDLINE]		= "cmdline",
	[KEXEC_ROLE_BOOT_PARAMS]	= "boot params",
	[KEXEC_ROLE_FDT]		= "device tree",
	[KEXEC_ROLE_ELFCOREHDR]		= "elfcorehdr",
	[KEXEC_ROLE_PURGATORY]		= "purgatory",
	[KEXEC_ROLE_BACKUP]		= "backup",
	[KEXEC_ROLE_IMA]		= "IMA",
};

/**
 * kexec_role_name() - what a segment is for, as a word for a message
 * @role: a member of enum kexec_role
 *
 * Context: any.
 */
const char *kexec_role_name(unsigned int role)
{
	return role < ARRAY_SIZE(kexec_role_names) ? kexec_role_names[role] : "no role";
}

/**
 * kexec_walk_start() - begin a walk
 * @walk: the walk
 * @image: an image that is COPIED or later
 *
 * Context: any.
 */
void kexec_walk_start(struct kexec_walk *walk, const struct kimage *image)
{
	*walk = (struct kexec_walk){
		.image = image,
		.step = image->copy,
	};
	if (image->nr_segments)
		walk->dst_pa = image->segment[0].mem;
}
EXPORT_SYMBOL_IF_KUNIT(kexec_walk_start);

/* The step that comes next in the list, behind any link; NULL at the end. */
static const struct kexec_copy *kexec_walk_step(struct kexec_walk *walk)
{
	while (walk->step->pages == KEXEC_COPY_LINK)
		walk->step = phys_to_virt(walk->step->src_pa);

	return walk->step->pages == KEXEC_COPY_END ? NULL : walk->step;
}

/**
 * kexec_walk_next() - go to the next piece
 * @walk: the walk; its members describe the piece afterwards
 *
 * The steps of the copy list come in the order of the segments and none reaches over the end
 * of its segment; what no step writes to is in place already.
 *
 * Context: any.
 * Return: false when there is no further piece.
 */
bool kexec_walk_next(struct kexec_walk *walk)
{
	const struct kimage *image = walk->image;
	const struct kexec_copy *step;
	u64 end_pa;

	walk->dst_pa += walk->bytes;
	walk->bytes = 0;
	for (;;) {
		const struct kexec_segment *seg;

		if (walk->index >= image->nr_segments)
			return false;
		seg = &image->segment[walk->index];
		end_pa = (u64)seg->mem + seg->memsz;
		if (walk->dst_pa < end_pa)
			break;
		if (++walk->index < image->nr_segments)
			walk->dst_pa = image->segment[walk->index].mem;
	}

	step = kexec_walk_step(walk);
	if (step && step->dst_pa == walk->dst_pa) {
		/*
		 * Once: the ELF core header's may change under us. Pairs with kexec_slot_flip()
		 * (crash_dump/hotplug.c): the slot and its digest are as it left them.
		 */
		walk->src_pa = smp_load_acquire(&step->src_pa);
		walk->zero = walk->src_pa == KEXEC_COPY_ZERO;
		walk->bytes = step->pages << PAGE_SHIFT;
		walk->step++;
		return true;
	}

	/* In place, up to the next step that belongs to this segment. */
	if (step && step->dst_pa > walk->dst_pa && step->dst_pa < end_pa)
		end_pa = step->dst_pa;
	walk->zero = false;
	walk->src_pa = walk->dst_pa;
	walk->bytes = end_pa - walk->dst_pa;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(kexec_walk_next);

/* Reading a poisoned page would be a machine check: the segment is lost without it. */
static bool kexec_digest_poisoned(u64 start_pa, u64 bytes)
{
	u64 pa;

	if (!IS_ENABLED(CONFIG_MEMORY_FAILURE))
		return false;
	for (pa = start_pa; pa < start_pa + bytes; pa += PAGE_SIZE)
		if (pfn_valid(PHYS_PFN(pa)) && PageHWPoison(pfn_to_page(PHYS_PFN(pa))))
			return true;
	return false;
}

/*
 * Check the piece from @start_pa on, a part of the current piece of the walk: hash it, or, if
 * there is nothing to update, see that it is zero. False when it is not, or can not be read.
 */
static bool kexec_digest_part(struct sha256_state *sha, u64 start_pa, u64 bytes,
			      void (*relax)(void))
{
	u64 pa, chunk, end_pa = start_pa + bytes;

	for (pa = start_pa; pa < end_pa; pa += chunk) {
		const void *data = phys_to_virt(pa);

		chunk = min_t(u64, end_pa - pa, KEXEC_DIGEST_CHUNK_BYTES);
		if (kexec_digest_poisoned(pa, chunk))
			return false;
		if (sha)
			sha256_update(sha, data, chunk);
		else if (memchr_inv(data, 0, chunk))
			return false;
		if (relax)
			relax();
	}
	return true;
}

/* The current piece of the walk: content up to where the segment's ends, zero behind it. */
static bool kexec_digest_piece(struct sha256_state *sha, const struct kexec_walk *walk,
			       void (*relax)(void))
{
	const struct kexec_segment *seg = &walk->image->segment[walk->index];
	u64 content_end_pa = (u64)seg->mem + PAGE_ALIGN(seg->bufsz);
	u64 content_bytes = 0;

	if (walk->zero)
		return true;
	if (walk->dst_pa < content_end_pa)
		content_bytes = min(walk->bytes, content_end_pa - walk->dst_pa);
	return kexec_digest_part(sha, walk->src_pa, content_bytes, relax) &&
	       kexec_digest_part(NULL, walk->src_pa + content_bytes,
				 walk->bytes - content_bytes, relax);
}

/* The sealed digest of the segment whose last piece the walk is at; each slot has its own. */
static const u8 *kexec_digest_sealed(const struct kimage *image, const struct kexec_walk *walk)
{
	unsigned int i;

	if (image->slot_bytes && walk->index == image->elfcorehdr_index)
		for (i = 0; i < ARRAY_SIZE(image->slot); i++)
			if (image->slot[i].pa == walk->src_pa)
				return image->slot[i].digest;
	return image->digest[walk->index];
}

/*
 * Check segment after segment, leaving out those with a bit in @skip. Each digest is written to
 * @out if there is one, and compared with the sealed digest otherwise. Returns the first
 * segment that is wrong, or -1.
 */
static int kexec_digest_run(const struct kimage *image, unsigned long skip,
			    u8 (*out)[SHA256_DIGEST_SIZE], void (*relax)(void))
{
	u8 digest[SHA256_DIGEST_SIZE];
	struct sha256_state sha;
	struct kexec_walk walk;
	u64 seg_end_pa;

	kexec_walk_start(&walk, image);
	while (kexec_walk_next(&walk)) {
		const struct kexec_segment *seg = &image->segment[walk.index];

		if (skip & BIT(walk.index))
			continue;
		if (walk.dst_pa == seg->mem)
			sha256_init(&sha);
		if (!kexec_digest_piece(&sha, &walk, relax) && !out)
			return walk.index;

		seg_end_pa = (u64)seg->mem + seg->memsz;
		if (walk.dst_pa + walk.bytes < seg_end_pa)
			continue;
		sha256_final(&sha, digest);
		if (out)
			memcpy(out[walk.index], digest, sizeof(digest));
		else if (memcmp(kexec_digest_sealed(image, &walk), digest, sizeof(digest)))
			return walk.index;
	}
	return -1;
}

/**
 * kexec_digest_seal() - take the digests of an image
 * @image: an image that is COPIED
 * @relax: called now and then, may sleep; NULL for none
 *
 * Context: any, as far as @relax allows.
 */
void kexec_digest_seal(struct kimage *image, void (*relax)(void))
{
	kexec_digest_run(image, image->digest_skip, image->digest, relax);
}
EXPORT_SYMBOL_IF_KUNIT(kexec_digest_seal);

/**
 * kexec_digest_seal_one() - take the digest of one segment again
 * @image: an image that is COPIED
 * @index: the segment
 * @relax: called now and then, may sleep; NULL for none
 *
 * Context: any, as far as @relax allows.
 */
void kexec_digest_seal_one(struct kimage *image, unsigned int index, void (*relax)(void))
{
	kexec_digest_run(image, ~BIT(index), image->digest, relax);
}

/* May this page of the room for control pages change while the image is armed? */
static bool kexec_control_changes(const struct kimage *image, u64 pa)
{
	return pa == image->copy_pa ||
	       (pa >= image->slot[1].pa && pa < image->slot[1].pa + image->slot_bytes);
}

/* False if they can not be read. */
static bool kexec_digest_control(const struct kimage *image, u8 *digest)
{
	struct sha256_state sha;
	u64 pa;

	sha256_init(&sha);
	for (pa = image->region_start_pa; pa < image->region_next; pa += PAGE_SIZE)
		if (!kexec_control_changes(image, pa) &&
		    !kexec_digest_part(&sha, pa, PAGE_SIZE, NULL))
			return false;
	sha256_final(&sha, digest);
	return true;
}

/**
 * kexec_digest_seal_control() - take the digest of an image's control pages
 * @image: an image that is COPIED and prepared; nothing is done for one that is not resident
 *
 * Context: any.
 */
void kexec_digest_seal_control(struct kimage *image)
{
	if (image->resident)
		image->control_sealed = kexec_digest_control(image, image->control_digest);
}
EXPORT_SYMBOL_IF_KUNIT(kexec_digest_seal_control);

/**
 * kexec_digest_check() - compare an image with its digests
 * @image: an image that has digests
 * @relax: called now and then, may sleep; NULL for none
 *
 * Context: any, as far as @relax allows.
 * Return: index of the first segment that differs or can not be read, -1 if all match.
 */
int kexec_digest_check(const struct kimage *image, void (*relax)(void))
{
	return kexec_digest_run(image, image->digest_skip, NULL, relax);
}
EXPORT_SYMBOL_IF_KUNIT(kexec_digest_check);

/**
 * kexec_digest_verify() - compare an image with its digests, in a panic
 * @image: an image that is SEALED or later
 *
 * Segments that are rewritten after sealing (image->digest_skip) are left out.
 *
 * Context: any.
 * Return: index of the first segment that differs or can not be read, KEXEC_DIGEST_CONTROL if the
 * control pages do, -1 if all match.
 */
int kexec_digest_verify(const struct kimage *image)
{
	int bad = kexec_digest_run(image, image->digest_skip, NULL, NULL);
	u8 digest[SHA256_DIGEST_SIZE];

	if (bad >= 0 || !image->control_sealed)
		return bad;
	if (!kexec_digest_control(image, digest) ||
	    memcmp(image->control_digest, digest, sizeof(digest)))
		return KEXEC_DIGEST_CONTROL;
	return -1;
}
EXPORT_SYMBOL_IF_KUNIT(kexec_digest_verify);
