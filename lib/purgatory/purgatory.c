// SPDX-License-Identifier: GPL-2.0-only
/*
 * Purgatory: is the image still what was loaded? Then keep low memory, and go on.
 *
 * The dying kernel checked the image too, but it is that kernel which is broken, and all that it
 * did since, the copy of an image included, is checked only here. What is found is told on the
 * serial port, the one thing that still works without a kernel, and the machine is reset: a wrong
 * kernel in charge of the disks is worse than no dump, and so is a machine that stands still.
 *
 * Low memory is copied after the checks, so that a reset leaves all as it was, and before the
 * kernel that will use it.
 *
 * Interface: purgatory_main(), called by the architecture's entry; include/linux/purgatory.h is
 * the contract with the kernel that loads.
 * Context: between the kernels. Nothing can be waited for and nobody can be called.
 */
#include "purgatory.h"

/* What sha256_update() is given at once; it counts in an unsigned int. */
#define PURGATORY_CHUNK_BYTES	0x40000000UL

static void purgatory_hash(struct sha256_state *sha, const u8 *data, u64 bytes)
{
	while (bytes) {
		u64 chunk = bytes < PURGATORY_CHUNK_BYTES ? bytes : PURGATORY_CHUNK_BYTES;

		sha256_update(sha, data, chunk);
		data += chunk;
		bytes -= chunk;
	}
}

static bool purgatory_digest_matches(struct sha256_state *sha, const u8 *want)
{
	u8 digest[PURGATORY_DIGEST_BYTES];

	sha256_final(sha, digest);
	return !memcmp(digest, want, sizeof(digest));
}

/* Is the header what the loader went by? Nothing here does. */
static bool purgatory_header_fits(const struct purgatory_header *self,
				  const struct purgatory_params *params, const u8 *end)
{
	const u8 *start = (const u8 *)self;

	return self->magic == PURGATORY_MAGIC &&
	       self->params_offset == (const u8 *)params - start &&
	       self->params_bytes == sizeof(*params) && self->blob_bytes == end - start;
}

/* The code and parameters that run here; the digest's own place counts as zero. */
static bool purgatory_self_matches(const struct purgatory_header *self,
				   const struct purgatory_params *params, const u8 *end)
{
	static const u8 zero[PURGATORY_DIGEST_BYTES];
	const u8 *start = (const u8 *)self, *digest = params->self_sha256;
	struct sha256_state sha;

	if (params->magic != PURGATORY_PARAMS_MAGIC ||
	    params->nr_segments > PURGATORY_SEGMENT_MAX)
		return false;

	sha256_init(&sha);
	purgatory_hash(&sha, start, digest - start);
	purgatory_hash(&sha, zero, sizeof(zero));
	digest += sizeof(zero);
	purgatory_hash(&sha, digest, end - digest);
	return purgatory_digest_matches(&sha, params->self_sha256);
}

static bool purgatory_content_matches(const struct purgatory_segment *seg)
{
	const u8 *start = (const u8 *)(unsigned long)seg->start_pa, *want = seg->sha256;
	u64 bytes = seg->content_bytes;
	struct sha256_state sha;

	if (seg->flags & PURGATORY_SELF_DIGEST) {
		if (bytes < PURGATORY_DIGEST_BYTES)
			return false;
		bytes -= PURGATORY_DIGEST_BYTES;
		want = start + bytes;
	}
	sha256_init(&sha);
	purgatory_hash(&sha, start, bytes);
	return purgatory_digest_matches(&sha, want);
}

/* The first byte in [start_pa, end_pa) that is not zero, or end_pa. */
static u64 purgatory_find_nonzero(u64 start_pa, u64 end_pa)
{
	while (start_pa < end_pa) {
		if (!(start_pa % sizeof(u64)) && end_pa - start_pa >= sizeof(u64) &&
		    !*(const u64 *)(unsigned long)start_pa)
			start_pa += sizeof(u64);
		else if (!*(const u8 *)(unsigned long)start_pa)
			start_pa++;
		else
			return start_pa;
	}
	return end_pa;
}

/* Each way out of purgatory but the kernel's ends here: one line, then reset. */
static void __noreturn purgatory_give_up(struct purgatory_console *console, const char *why)
{
	purgatory_put_text(console, why);
	purgatory_put_text(console, "; there will be no dump; resetting the machine\r\n");
	purgatory_drain(console);
	purgatory_reset();
}

static void purgatory_begin_line(struct purgatory_console *console,
				 const struct purgatory_params *params)
{
	console->params = params;
	console->stuck = false;
	/* The dying kernel's last line may not have ended. */
	purgatory_put_text(console, "\r\nkdump: purgatory: ");
}

static void __noreturn purgatory_self_damaged(const struct purgatory_header *self,
					      const struct purgatory_params *params,
					      const char *why)
{
	struct purgatory_console console;

	purgatory_begin_line(&console, params);
	purgatory_put_text(&console, "purgatory at 0x");
	purgatory_put_hex(&console, (unsigned long)self);
	purgatory_put_text(&console, " is damaged: ");
	purgatory_give_up(&console, why);
}

/* @nonzero_pa: the byte that is wrong behind the content; 0 if the content is. */
static void __noreturn purgatory_segment_damaged(const struct purgatory_params *params,
						 const struct purgatory_segment *seg,
						 u64 nonzero_pa)
{
	struct purgatory_console console;

	purgatory_begin_line(&console, params);
	purgatory_put_text(&console, seg->name);
	purgatory_put_text(&console, " at [0x");
	purgatory_put_hex(&console, seg->start_pa);
	purgatory_put_text(&console, ", 0x");
	purgatory_put_hex(&console, seg->start_pa + seg->mem_bytes);
	if (!nonzero_pa)
		purgatory_give_up(&console,
				  ") is damaged: it does not match the SHA-256 taken when it was loaded");
	purgatory_put_text(&console, ") is damaged: the byte at 0x");
	purgatory_put_hex(&console, nonzero_pa);
	purgatory_give_up(&console, ", behind its content, is not zero");
}

static void purgatory_check(const struct purgatory_params *params)
{
	u32 i;

	for (i = 0; i < params->nr_segments; i++) {
		const struct purgatory_segment *seg = &params->segment[i];
		u64 end_pa = seg->start_pa + seg->mem_bytes;
		u64 pa;

		if (seg->content_bytes > seg->mem_bytes || !purgatory_content_matches(seg))
			purgatory_segment_damaged(params, seg, 0);
		pa = purgatory_find_nonzero(seg->start_pa + seg->content_bytes, end_pa);
		if (pa < end_pa)
			purgatory_segment_damaged(params, seg, pa);
	}
}

/**
 * purgatory_main() - all of purgatory but the jump
 * @self: the first byte of purgatory
 * @params: its parameters
 * @end: the byte behind its content
 *
 * The code knows where it was linked to be, so the last two are not read from memory: until the
 * digest was compared, what stands there may be anything.
 *
 * Context: between the kernels; memory is mapped to itself, interrupts are off.
 * Return: only if every segment is as it was loaded and low memory is copied. The caller enters
 * the kernel at params->entry_pa.
 */
void purgatory_main(const struct purgatory_header *self, const struct purgatory_params *params,
		    const void *end)
{
	if (!purgatory_header_fits(self, params, end))
		purgatory_self_damaged(self, params, "its header is not the one it was built with");
	if (!purgatory_self_matches(self, params, end))
		purgatory_self_damaged(self, params, "it does not match its own SHA-256");
	purgatory_check(params);
	if (params->backup_bytes)
		memcpy((void *)(unsigned long)params->backup_dst_pa,
		       (const void *)(unsigned long)params->backup_src_pa,
		       params->backup_bytes);
}
