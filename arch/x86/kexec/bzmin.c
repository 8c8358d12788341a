// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands in for the bzImage loader until that is there: enough of the boot protocol to try the
 * rest of kexec_file_load(2) with a kernel that is right. Goes when bzimage.c comes.
 */
#include <linux/kexec.h>
#include <linux/kexec_arch.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/bootparam.h>
#include <asm/e820/api.h>
#include <asm/setup.h>
#include "internal.h"

static void ent(struct boot_params *bp, u64 s, u64 e, u32 type)
{
	if (e <= s || bp->e820_entries >= E820_MAX_ENTRIES_ZEROPAGE)
		return;
	bp->e820_table[bp->e820_entries++] = (struct boot_e820_entry){ s, e - s, type };
}

static void region(struct boot_params *bp, const struct kimage *image)
{
	u64 at = crashk_res.start;

	for (;;) {
		u64 best = crashk_res.end + 1, end = 0;
		int i;

		for (i = 0; i < image->nr_segments; i++) {
			int r = image->role[i];

			if (r != KEXEC_ROLE_PURGATORY && r != KEXEC_ROLE_BACKUP &&
			    r != KEXEC_ROLE_ELFCOREHDR)
				continue;
			if (image->segment[i].mem >= at && image->segment[i].mem < best) {
				best = image->segment[i].mem;
				end = best + image->segment[i].memsz;
			}
		}
		ent(bp, at, best, E820_TYPE_RAM);
		if (!end)
			break;
		ent(bp, best, end, E820_TYPE_RESERVED);
		at = end;
	}
}

int x86_file_load(struct kimage *image, const struct kexec_file *file)
{
	const struct setup_header *h = file->kernel + 0x1f1;
	struct kexec_buf k = { .image = image, .buf_align = 0, .buf_min = 0x100000,
		.buf_max = ULONG_MAX, .role = KEXEC_ROLE_KERNEL };
	struct kexec_buf r = { .image = image, .buf_align = 4096, .buf_min = 0x100000,
		.buf_max = ULONG_MAX, .top_down = true, .role = KEXEC_ROLE_INITRD };
	struct kexec_buf b = { .image = image, .buf_align = 4096, .buf_min = 0x100000,
		.buf_max = ULONG_MAX, .top_down = true, .own = true, .role = KEXEC_ROLE_BOOT_PARAMS };
	struct boot_params *bp;
	size_t setup;
	int ret, i;

	if (file->kernel_bytes < 0x1000 || h->header != 0x53726448)
		return -ENOEXEC;
	setup = (h->setup_sects + 1) * 512;
	if ((u64)h->syssize * 16 + setup > file->kernel_bytes) {
		pr_info("kexec: load refused: syssize\n");
		return -EBADMSG;
	}
	k.buffer = (void *)file->kernel + setup;
	k.bufsz = file->kernel_bytes - setup;
	k.memsz = max_t(size_t, k.bufsz, h->init_size);
	k.buf_align = h->kernel_alignment;
	b.bufsz = sizeof(*bp) + file->cmdline_bytes;
	b.memsz = b.bufsz;
	b.buffer = bp = kvzalloc(b.bufsz, GFP_KERNEL);
	if (!bp)
		return -ENOMEM;
	ret = kexec_add_buffer(&b);
	if (ret) {
		kvfree(bp);
		return ret;
	}
	memcpy(&bp->hdr, h, sizeof(*h));
	if (file->cmdline_bytes) {
		memcpy(bp + 1, file->cmdline, file->cmdline_bytes);
		bp->hdr.cmd_line_ptr = b.mem + sizeof(*bp);
		bp->ext_cmd_line_ptr = (u64)(b.mem + sizeof(*bp)) >> 32;
	}
	bp->hdr.type_of_loader = 0xd0;
	bp->hdr.setup_data = 0;
	bp->screen_info = boot_params.screen_info;
	bp->acpi_rsdp_addr = boot_params.acpi_rsdp_addr;
	ret = kexec_add_buffer(&k);
	if (ret)
		return ret;
	if (file->initrd_bytes) {
		r.buffer = (void *)file->initrd;
		r.bufsz = r.memsz = file->initrd_bytes;
		ret = kexec_add_buffer(&r);
		if (ret)
			return ret;
		bp->hdr.ramdisk_image = r.mem;
		bp->ext_ramdisk_image = (u64)r.mem >> 32;
		bp->hdr.ramdisk_size = r.bufsz;
	}
	for (i = 0; i < e820_table_kexec->nr_entries; i++) {
		struct e820_entry *e = &e820_table_kexec->entries[i];

		if (image->type == KEXEC_TYPE_CRASH && e->type == E820_TYPE_RAM) {
			if (e->addr < 0xa0000)
				ent(bp, e->addr, min(e->addr + e->size, 0xa0000ULL), e->type);
			continue;
		}
		ent(bp, e->addr, e->addr + e->size, e->type);
	}
	if (image->type == KEXEC_TYPE_CRASH) {
		region(bp, image);
		if (crashk_low_res.end)
			ent(bp, crashk_low_res.start, crashk_low_res.end + 1, E820_TYPE_RAM);
	}
	image->start = k.mem + 0x200;
	image->start_arg_pa = b.mem;
	return 0;
}
