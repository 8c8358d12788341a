// SPDX-License-Identifier: GPL-2.0-only
/*
 * Purgatory as a piece of an image: placed first, told last what to do.
 *
 * Where it lies has to be known before anything else is placed, because the memory map that the
 * capture kernel is given leaves it out. What it is told (digests, the kernel's entry)
 * is known only when all of the image stands in memory. So it is made a segment as it was
 * linked, and its parameters are filled in when the image is sealed, with the digests that were
 * just taken: no content is hashed twice.
 *
 * Interface: kexec_file.h. Context: process, may sleep; kexec_lock() held.
 *
 * Elsewhere: lib/purgatory and arch/.../purgatory (the code), include/linux/purgatory.h (the
 * contract), kexec_serial.c (where it reports to).
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <crypto/sha2.h>
#include <linux/io.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/purgatory.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "kexec_file.h"
#include "kexec_internal.h"

static_assert(PURGATORY_SEGMENT_MAX >= KEXEC_SEGMENT_MAX);
static_assert(PURGATORY_DIGEST_BYTES == SHA256_DIGEST_SIZE);

static size_t purgatory_bytes(void)
{
	return kexec_purgatory_end - kexec_purgatory_start;
}

/* The parameters in the copy that the image still owns. */
static struct purgatory_params *purgatory_params(const struct kimage *image)
{
	void *blob = image->segment[image->purgatory_index].kbuf;
	const struct purgatory_header *header = blob;

	return blob + header->params_offset;
}

/**
 * kexec_purgatory_add() - make purgatory a segment
 * @image: a NEW image
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0; -ENOMEM; what kexec_add_buffer() returns.
 */
int kexec_purgatory_add(struct kimage *image)
{
	const struct purgatory_header *header = (const void *)kexec_purgatory_start;
	struct kexec_buf kbuf = {
		.image = image,
		.bufsz = purgatory_bytes(),
		.memsz = header->mem_bytes,
		.buf_align = PAGE_SIZE,
		.buf_max = ULONG_MAX,
		.top_down = true,
		.own = true,
		.role = KEXEC_ROLE_PURGATORY,
	};
	int ret;

	kbuf.buffer = vmalloc(kbuf.bufsz);
	if (!kbuf.buffer)
		return -ENOMEM;
	memcpy(kbuf.buffer, kexec_purgatory_start, kbuf.bufsz);
	ret = kexec_add_buffer(&kbuf);
	if (ret) {
		vfree(kbuf.buffer);
		return ret;
	}
	image->purgatory_index = image->nr_segments - 1;
	return 0;
}

/**
 * kexec_purgatory_enter() - let the image begin in purgatory, and the kernel behind it
 * @image: an image whose start and start_arg_pa are the kernel's
 *
 * Context: process; kexec_lock() held.
 */
void kexec_purgatory_enter(struct kimage *image)
{
	struct purgatory_params *params = purgatory_params(image);

	params->entry_pa = image->start;
	params->arg_pa = image->start_arg_pa;
	image->start = image->segment[image->purgatory_index].mem;
}

static void purgatory_add_segment(struct purgatory_params *params, const struct kimage *image,
				  unsigned int index)
{
	const struct kexec_segment *seg = &image->segment[index];
	struct purgatory_segment *out = &params->segment[params->nr_segments++];

	*out = (struct purgatory_segment){
		.start_pa = seg->mem,
		.content_bytes = PAGE_ALIGN(seg->bufsz),
		.mem_bytes = seg->memsz,
	};
	memcpy(out->sha256, image->digest[index], sizeof(out->sha256));
	strscpy(out->name, kexec_role_name(image->role[index]));
	/* It is replaced when memory comes or goes, and brings its digest along. */
	if (index == image->elfcorehdr_index)
		out->flags = PURGATORY_SELF_DIGEST;
}

/* Write the finished copy to where the image keeps purgatory. */
static void purgatory_write(const struct kimage *image)
{
	const struct kexec_segment *seg = &image->segment[image->purgatory_index];
	struct kexec_walk walk;

	kexec_walk_start(&walk, image);
	while (kexec_walk_next(&walk)) {
		u64 offset = walk.dst_pa - seg->mem;

		if (walk.index != image->purgatory_index || walk.zero || offset >= seg->bufsz)
			continue;
		memcpy(phys_to_virt(walk.src_pa), seg->kbuf + offset,
		       min_t(u64, walk.bytes, seg->bufsz - offset));
	}
}

/**
 * kexec_purgatory_fill() - tell purgatory what it is to do
 * @image: a COPIED image that has the digests of all other segments
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0; -EINVAL if purgatory is not of this kernel's making.
 */
int kexec_purgatory_fill(struct kimage *image)
{
	const struct kexec_segment *seg = &image->segment[image->purgatory_index];
	const struct purgatory_header *header = seg->kbuf;
	struct purgatory_params *params = purgatory_params(image);
	unsigned int i;

	if (header->magic != PURGATORY_MAGIC || header->params_bytes != sizeof(*params) ||
	    params->magic != PURGATORY_PARAMS_MAGIC) {
		pr_err("load refused: purgatory has magic 0x%llx, 0x%llx and 0x%x bytes of parameters; 0x%llx, 0x%llx and 0x%zx are right\n",
		       header->magic, params->magic, header->params_bytes, PURGATORY_MAGIC,
		       PURGATORY_PARAMS_MAGIC, sizeof(*params));
		return -EINVAL;
	}
	purgatory_set_serial(params);
	if (image->nr_moved && image->moved[0].at_pa) {
		params->backup_src_pa = image->moved[0].start_pa;
		params->backup_dst_pa = image->moved[0].at_pa;
		params->backup_bytes = image->moved[0].end_pa - image->moved[0].start_pa;
	}
	params->nr_segments = 0;
	for (i = 0; i < image->nr_segments; i++) {
		if (i == image->purgatory_index || image->role[i] == KEXEC_ROLE_BACKUP ||
		    image->digest_skip & BIT(i))
			continue;
		purgatory_add_segment(params, image, i);
	}
	memset(params->self_sha256, 0, sizeof(params->self_sha256));
	sha256(seg->kbuf, seg->bufsz, params->self_sha256);
	purgatory_write(image);
	return 0;
}
