// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ELF core header that this kernel writes, and the two slots that an image keeps it in.
 *
 * The header is of the kernel that the test runs in, read back by the parser of the capture side.
 * The image is a resident one in memory of the test's own; it is called armed, but never published.
 */
#include <crypto/sha2.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/vmcore_info.h>

#include "../../kexec_internal.h"
#include "../elfcore.h"
#include "../headers.h"
#include "tests.h"

#define MOVED_BYTES	(640 * SZ_1K)
#define MOVED_AT_PA	SZ_1G
#define MAX_SEGS	512

struct parsed {
	struct elfcore_header header;
	struct elfcore_seg *seg;
	int nr;
};

static struct kimage *moving_image(struct kunit *test)
{
	struct kimage *image = kunit_kzalloc(test, sizeof(*image), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, image);
	image->elfcorehdr_index = -1;
	image->nr_moved = 1;
	image->moved[0] = (struct kexec_moved){
		.end_pa = MOVED_BYTES,
		.at_pa = MOVED_AT_PA,
	};
	return image;
}

/* Every finding is a fault of the header's. */
static void parse(struct kunit *test, const void *buf, size_t bytes, struct parsed *p)
{
	const struct elfcore_limits limits = {
		.machine = { ELF_ARCH },
		.max_phnum = MAX_SEGS,
		.max_note_bytes = SZ_1M,
		.max_total_bytes = S64_MAX,
	};
	struct elfcore_findings found = {};

	p->seg = kunit_kcalloc(test, MAX_SEGS, sizeof(*p->seg), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p->seg);
	KUNIT_ASSERT_EQ(test, 0, elfcore_probe(buf, bytes, &limits, &p->header, &found));
	p->nr = elfcore_segments(buf, bytes, &limits, &p->header, p->seg, MAX_SEGS, &found);
	KUNIT_ASSERT_GT(test, p->nr, 0);
	KUNIT_EXPECT_EQ(test, 0, found.lost);
}

static void *build(struct kunit *test, const struct kimage *image, size_t bytes)
{
	void *buf = kunit_kzalloc(test, bytes, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	memset(buf, 0xaa, bytes);
	KUNIT_ASSERT_EQ(test, 0, crash_headers_build(image, NULL, buf, bytes));
	return buf;
}

static const struct elfcore_seg *shown(const struct parsed *p, u64 pa)
{
	int i;

	for (i = p->nr - 1; i >= 0; i--)
		if (p->seg[i].type == PT_LOAD && pa >= p->seg[i].paddr &&
		    pa < p->seg[i].paddr + p->seg[i].filesz)
			return &p->seg[i];
	return NULL;
}

static void headers_notes(struct kunit *test)
{
	size_t bytes = crash_headers_bytes();
	void *buf = build(test, moving_image(test), bytes);
	struct parsed p;
	int i;

	parse(test, buf, bytes, &p);
	for (i = 0; i < p.nr && p.seg[i].type == PT_NOTE; i++)
		;
	/* All of them first. */
	KUNIT_EXPECT_EQ(test, num_possible_cpus() + 1, i);
	KUNIT_EXPECT_EQ(test, virt_to_phys(vmcoreinfo_note), p.seg[i - 1].offset);
	KUNIT_EXPECT_EQ(test, VMCOREINFO_NOTE_SIZE, p.seg[i - 1].filesz);
	for (; i < p.nr; i++)
		KUNIT_EXPECT_EQ(test, PT_LOAD, p.seg[i].type);
}

static void headers_memory(struct kunit *test)
{
	size_t bytes = crash_headers_bytes();
	struct kimage *image = moving_image(test);
	void *buf = build(test, image, bytes);
	const unsigned long text = (unsigned long)crash_headers_build;
	const struct elfcore_seg *seg;
	struct parsed p;
	int texts = 0;
	u64 total = 0;
	int i;

	parse(test, buf, bytes, &p);
	/* In the linear map all but the kernel's text. */
	for (i = 0; i < p.nr; i++) {
		seg = &p.seg[i];
		if (seg->type != PT_LOAD)
			continue;
		if (text >= seg->vaddr && text < seg->vaddr + seg->filesz) {
			KUNIT_EXPECT_EQ(test, __pa_symbol(text), text - seg->vaddr + seg->paddr);
			texts++;
			continue;
		}
		KUNIT_EXPECT_EQ(test, (unsigned long)phys_to_virt(seg->paddr), seg->vaddr);
		if (seg->paddr)
			KUNIT_EXPECT_EQ(test, seg->paddr, seg->offset);
		total += seg->filesz;
	}
	/* makedumpfile takes the linear map from the last one. */
	KUNIT_EXPECT_EQ(test, (unsigned long)phys_to_virt(p.seg[p.nr - 1].paddr),
			p.seg[p.nr - 1].vaddr);
	KUNIT_EXPECT_EQ(test, 1, texts);
	KUNIT_EXPECT_GE(test, total, (u64)totalram_pages() << PAGE_SHIFT);

	seg = shown(&p, 0);
	KUNIT_ASSERT_NOT_NULL(test, seg);
	KUNIT_EXPECT_EQ(test, MOVED_BYTES, seg->filesz);
	KUNIT_EXPECT_EQ(test, MOVED_AT_PA, seg->offset);

	KUNIT_EXPECT_NOT_NULL(test, shown(&p, virt_to_phys(image)));
	if (crashk_res.end > crashk_res.start) {
		KUNIT_EXPECT_NULL(test, shown(&p, crashk_res.start));
		KUNIT_EXPECT_NULL(test, shown(&p, crashk_res.end));
	}
}

static void headers_room(struct kunit *test)
{
	struct kimage *image = moving_image(test);
	size_t bytes = crash_headers_bytes();
	u8 *buf = build(test, image, bytes);
	u8 digest[SHA256_DIGEST_SIZE];
	struct parsed p;
	size_t least;

	KUNIT_EXPECT_EQ(test, 0, bytes % PAGE_SIZE);
	sha256(buf, bytes - sizeof(digest), digest);
	KUNIT_EXPECT_MEMEQ(test, buf + bytes - sizeof(digest), digest, sizeof(digest));

	parse(test, buf, bytes, &p);
	least = sizeof(Elf64_Ehdr) + sizeof(Elf64_Shdr) + p.nr * sizeof(Elf64_Phdr) +
		sizeof(digest);
	KUNIT_EXPECT_EQ(test, 0, crash_headers_build(image, NULL, buf, least));
	KUNIT_EXPECT_EQ(test, -ENOSPC, crash_headers_build(image, NULL, buf, least - 1));
	KUNIT_EXPECT_EQ(test, -ENOSPC, crash_headers_build(image, NULL, buf, 0));
}

struct slots {
	struct kimage *image;
	struct page *pages;
	unsigned int order;
};

static void slots_release(void *data)
{
	struct slots *s = data;

	s->image->state = KIMAGE_RETIRED;
	kimage_free(s->image);
	__free_pages(s->pages, s->order);
}

/* A resident image of nothing but the header, in memory of our own. */
static struct slots *slots_image(struct kunit *test, size_t bytes)
{
	struct slots *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	struct kimage *image;
	void *at;

	KUNIT_ASSERT_NOT_NULL(test, s);
	s->order = get_order(2 * bytes + 2 * PAGE_SIZE);
	s->pages = alloc_pages(GFP_KERNEL, s->order);
	KUNIT_ASSERT_NOT_NULL(test, s->pages);
	image = kimage_new(KEXEC_TYPE_CRASH, 0);
	if (!image)
		__free_pages(s->pages, s->order);
	KUNIT_ASSERT_NOT_NULL(test, image);
	s->image = image;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, slots_release, s));

	at = page_address(s->pages);
	image->resident = 1;
	image->file_mode = 1;
	image->hotplug_support = 1;
	image->elfcorehdr_index = 0;
	image->role[0] = KEXEC_ROLE_ELFCOREHDR;
	image->nr_segments = 1;
	image->segment[0].mem = virt_to_phys(at);
	image->segment[0].memsz = bytes;
	image->segment[0].bufsz = bytes;
	image->region_start_pa = virt_to_phys(at + bytes);
	image->region_end_pa = image->region_start_pa + bytes + 2 * PAGE_SIZE;
	image->region_next = image->region_start_pa;
	KUNIT_ASSERT_EQ(test, 0, crash_headers_build(image, NULL, at, bytes));

	KUNIT_ASSERT_TRUE(test, kimage_move(image, KIMAGE_NEW, KIMAGE_PLACED));
	KUNIT_ASSERT_EQ(test, 0, kimage_copy(image));
	kexec_digest_seal(image, NULL);
	image->state = KIMAGE_ARMED;
	return s;
}

static u64 active_pa(const struct kimage *image)
{
	return image->copy->src_pa;
}

static void slots_flip(struct kunit *test)
{
	size_t bytes = crash_headers_bytes();
	struct kimage *image = slots_image(test, bytes)->image;
	struct parsed p;
	u64 first_pa;
	int i;

	KUNIT_ASSERT_EQ(test, bytes, image->slot_bytes);
	first_pa = active_pa(image);
	KUNIT_EXPECT_EQ(test, image->segment[0].mem, first_pa);
	KUNIT_EXPECT_EQ(test, image->segment[0].mem, image->copy->dst_pa);
	KUNIT_EXPECT_EQ(test, -1, kexec_digest_verify(image));

	/* Nothing has changed. */
	KUNIT_EXPECT_EQ(test, 0, kexec_hotplug_update(image, NULL));
	KUNIT_EXPECT_EQ(test, first_pa, active_pa(image));

	for (i = 1; i <= 4; i++) {
		image->nr_moved = i & 1;
		image->moved[0] = (struct kexec_moved){
			.end_pa = MOVED_BYTES,
			.at_pa = MOVED_AT_PA,
		};
		KUNIT_EXPECT_EQ(test, 0, kexec_hotplug_update(image, NULL));
		KUNIT_EXPECT_EQ(test, image->slot[i & 1].pa, active_pa(image));
		KUNIT_EXPECT_EQ(test, -1, kexec_digest_verify(image));
		parse(test, phys_to_virt(active_pa(image)), bytes, &p);
		KUNIT_EXPECT_EQ(test, i & 1, shown(&p, 0) && !shown(&p, 0)->paddr);
	}
}

/* What is verified is what will be copied, and nothing else. */
static void slots_digest(struct kunit *test)
{
	size_t bytes = crash_headers_bytes();
	struct kimage *image = slots_image(test, bytes)->image;
	u8 *idle, *active;

	image->nr_moved = 1;
	image->moved[0] = (struct kexec_moved){ .end_pa = MOVED_BYTES, .at_pa = MOVED_AT_PA };
	KUNIT_ASSERT_EQ(test, 0, kexec_hotplug_update(image, NULL));
	active = phys_to_virt(image->slot[1].pa);
	idle = phys_to_virt(image->slot[0].pa);

	idle[bytes / 2] ^= 1;
	KUNIT_EXPECT_EQ(test, -1, kexec_digest_verify(image));
	active[bytes - 1] ^= 1;
	KUNIT_EXPECT_EQ(test, 0, kexec_digest_verify(image));
	active[bytes - 1] ^= 1;
	KUNIT_EXPECT_EQ(test, -1, kexec_digest_verify(image));
}

/* Of the control pages, what no update writes to. */
static void control_digest(struct kunit *test)
{
	size_t bytes = crash_headers_bytes();
	struct kimage *image = slots_image(test, bytes)->image;
	u8 *control = kimage_alloc_control_pages(image, 0);

	KUNIT_ASSERT_NOT_NULL(test, control);
	kexec_digest_seal_control(image);
	KUNIT_EXPECT_EQ(test, -1, kexec_digest_verify(image));
	image->nr_moved = 1;
	image->moved[0] = (struct kexec_moved){ .end_pa = MOVED_BYTES, .at_pa = MOVED_AT_PA };
	KUNIT_ASSERT_EQ(test, 0, kexec_hotplug_update(image, NULL));
	KUNIT_EXPECT_EQ(test, -1, kexec_digest_verify(image));
	control[PAGE_SIZE - 1] ^= 1;
	KUNIT_EXPECT_EQ(test, KEXEC_DIGEST_CONTROL, kexec_digest_verify(image));
	control[PAGE_SIZE - 1] ^= 1;
	KUNIT_EXPECT_EQ(test, -1, kexec_digest_verify(image));
}

static void slots_kept(struct kunit *test)
{
	size_t bytes = crash_headers_bytes();
	struct kimage *image = slots_image(test, bytes)->image;
	u64 before_pa = active_pa(image);
	size_t slot_bytes = image->slot_bytes;

	image->nr_moved = 1;
	image->moved[0] = (struct kexec_moved){ .end_pa = MOVED_BYTES, .at_pa = MOVED_AT_PA };

	/* No room for all of it. */
	image->slot_bytes = 256;
	KUNIT_EXPECT_EQ(test, -ENOSPC, kexec_hotplug_update(image, NULL));
	image->slot_bytes = slot_bytes;
	KUNIT_EXPECT_EQ(test, before_pa, active_pa(image));
	KUNIT_EXPECT_EQ(test, -1, kexec_digest_verify(image));

	/* A panic has it. */
	image->state = KIMAGE_FIRING;
	KUNIT_EXPECT_EQ(test, -EBUSY, kexec_hotplug_update(image, NULL));
	KUNIT_EXPECT_EQ(test, before_pa, active_pa(image));
	KUNIT_EXPECT_EQ(test, -1, kexec_digest_verify(image));
}

LOCKED(headers_notes)
LOCKED(headers_memory)
LOCKED(headers_room)
LOCKED(slots_flip)
LOCKED(slots_digest)
LOCKED(slots_kept)
LOCKED(control_digest)

static struct kunit_case headers_cases[] = {
	LOCKED_CASE(headers_notes),
	LOCKED_CASE(headers_memory),
	LOCKED_CASE(headers_room),
	LOCKED_CASE(slots_flip),
	LOCKED_CASE(slots_digest),
	LOCKED_CASE(slots_kept),
	LOCKED_CASE(control_digest),
	{}
};

struct kunit_suite kdump_headers_suite = {
	.name = "kdump_headers",
	.test_cases = headers_cases,
};
