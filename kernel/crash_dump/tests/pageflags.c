// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests only: stable_page_flags() of every page, saved at the crash.
 *
 * What the page filter finds out from the description is compared with what this kernel itself
 * says of its pages (/proc/kpageflags), at the same moment: when all CPUs have stopped, so nothing
 * changes any more. The memory for it is taken at boot, if the command line asks for it:
 *
 *	kdump_pageflags=SIZE		for pages at physical addresses below SIZE
 *	kdump_pageflags_garbage=N	then overwrite N struct pages with random bytes, and the
 *					filter has to live with what it finds
 *	kdump_pageflags_lies=N		then change one word of N struct pages to what means
 *					something elsewhere: heads that are none, others' orders
 *
 * A line of the log names the place: a struct pageflags_head, which the capture side finds by
 * its magic number.
 *
 * Interface: pageflags.h. Context: boot; panic.
 */
#define pr_fmt(fmt) "kdump: " fmt

#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/prandom.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "pageflags.h"

#define CHUNK_BYTES	(PAGE_SIZE << min(MAX_PAGE_ORDER, 10))
#define CHUNK_PFNS	(CHUNK_BYTES / sizeof(u64))
#define MAX_CHUNKS	64

#define PAGEFLAGS_MAGIC	0x5347414c46504b44ULL	/* "DKPFLAGS" */

/**
 * struct pageflags_head - what the capture side finds
 * @magic: PAGEFLAGS_MAGIC
 * @pfns: how many have their flags saved; 0 before the crash
 * @chunk_pfns: of these in each chunk
 * @chunk_pa: where each chunk is
 */
struct pageflags_head {
	u64 magic;
	u64 pfns;
	u64 chunk_pfns;
	u64 chunk_pa[MAX_CHUNKS];
};

static struct pageflags_head *head;
static u64 *chunk[MAX_CHUNKS];
static u64 wanted_bytes;
static unsigned int garbage, lies;

static int __init pageflags_setup(char *text)
{
	wanted_bytes = memparse(text, NULL);
	return 1;
}
__setup("kdump_pageflags=", pageflags_setup);

static int __init garbage_setup(char *text)
{
	return !kstrtouint(text, 0, &garbage);
}
__setup("kdump_pageflags_garbage=", garbage_setup);

static int __init lies_setup(char *text)
{
	return !kstrtouint(text, 0, &lies);
}
__setup("kdump_pageflags_lies=", lies_setup);

static int __init pageflags_init(void)
{
	u64 chunks = DIV_ROUND_UP_ULL(wanted_bytes >> PAGE_SHIFT, CHUNK_PFNS);

	if (!wanted_bytes)
		return 0;
	head = (void *)get_zeroed_page(GFP_KERNEL);
	if (!head || chunks > MAX_CHUNKS)
		goto fail;
	for (u64 i = 0; i < chunks; i++) {
		chunk[i] = alloc_pages_exact(CHUNK_BYTES, GFP_KERNEL | __GFP_ZERO);
		if (!chunk[i])
			goto fail;
		head->chunk_pa[i] = __pa(chunk[i]);
	}
	head->chunk_pfns = CHUNK_PFNS;
	head->magic = PAGEFLAGS_MAGIC;
	pr_info("page flags will be saved at 0x%llx\n", (u64)__pa(head));
	return 0;
fail:
	/* A test kernel: what was taken stays. */
	pr_err("kdump_pageflags=%llu: no memory for that, at most %llu\n", wanted_bytes,
	       (u64)MAX_CHUNKS * CHUNK_PFNS << PAGE_SHIFT);
	head = NULL;
	return -ENOMEM;
}
subsys_initcall_sync(pageflags_init);

/* A page that has a struct page, at random. */
static struct page *random_page(struct rnd_state *rnd, u64 pfns)
{
	struct page *page;

	for (unsigned int tries = 0; tries < 1000; tries++) {
		page = pfn_to_online_page(prandom_u32_state(rnd) % pfns);
		if (page)
			return page;
	}
	return NULL;
}

static void make_garbage(u64 pfns)
{
	struct rnd_state rnd;
	struct page *page;

	prandom_seed_state(&rnd, (u64)garbage << 32 | (u32)jiffies);
	for (unsigned int i = 0; i < garbage; i++) {
		page = random_page(&rnd, pfns);
		if (page)
			prandom_bytes_state(&rnd, page, sizeof(*page));
	}
	pr_emerg("%u struct pages were overwritten\n", garbage);
}

static void tell_lie(struct rnd_state *rnd, struct page *page, struct page *other)
{
	const unsigned int words = sizeof(*page) / sizeof(unsigned long);
	unsigned int nr = prandom_u32_state(rnd) % words;
	unsigned long *word = (unsigned long *)page + nr;

	switch (prandom_u32_state(rnd) % 4) {
	case 0:
		*word = ((unsigned long *)other)[nr];
		break;
	case 1:
		*word = ((unsigned long *)other)[prandom_u32_state(rnd) % words];
		break;
	case 2:
		page->compound_head = (unsigned long)other | 1;
		break;
	default:
		*word ^= prandom_u32_state(rnd) % 256;
	}
}

static void make_lies(u64 pfns)
{
	struct page *page, *other;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, (u64)lies << 32 | (u32)jiffies);
	for (unsigned int i = 0; i < lies; i++) {
		page = random_page(&rnd, pfns);
		other = random_page(&rnd, pfns);
		if (page && other)
			tell_lie(&rnd, page, other);
	}
	pr_emerg("%u struct pages were changed\n", lies);
}

/**
 * kdump_test_save_pageflags() - save what this kernel says of each page
 *
 * Context: panic, all CPUs have stopped.
 */
void kdump_test_save_pageflags(void)
{
	u64 pfns = wanted_bytes >> PAGE_SHIFT, pfn;

	if (!head || head->pfns)
		return;
	for (pfn = 0; pfn < pfns; pfn++)
		chunk[pfn / CHUNK_PFNS][pfn % CHUNK_PFNS] =
			stable_page_flags(pfn_to_online_page(pfn));
	head->pfns = pfns;
	pr_emerg("page flags of %llu pages are saved\n", pfns);
	if (garbage)
		make_garbage(pfns);
	if (lies)
		make_lies(pfns);
}
