// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel is entered with on x86_64: boot_params, command line, setup_data.
 *
 * This kernel stands in for the boot loader and the firmware behind it. What they told this
 * kernel of the machine, and what stays true, is told again: the memory map, ACPI's and EFI's
 * tables, the screen. The setup header is the next kernel's own, from its file.
 *
 * All of it is one segment. It is made by one walk over its parts, done twice: without a buffer
 * to measure it, and again when its place is known.
 *
 * Contract: Documentation/arch/x86/boot.rst, zero-page.rst. The next kernel reads boot_params
 * before it knows anything else, so a field that is not listed here is zero.
 *
 * Interface: x86_boot_params_add(). Context: process, may sleep; kexec_lock() held.
 *
 * Elsewhere: memmap.c (a capture kernel's memory map).
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/efi.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/screen_info.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/bootparam.h>
#include <asm/e820/api.h>
#include <asm/efi.h>
#include <asm/setup.h>
#include <asm/setup_data.h>

#include "bzimage_parse.h"
#include "internal.h"
#include "loader.h"
#include "memmap.h"

/* "Boot loader ID D: kexec-tools", and no version. */
#define X86_LOADER_TYPE		0xd0

/* Where boot_params says nothing of itself: a vmlinux never looks further. */
#define X86_HEADER_MAGIC	0x53726448
#define X86_BOOT_FLAG		0xaa55
#define X86_PROTOCOL		0x020f

#define X86_SEED_BYTES		32
#define X86_PART_ALIGN		16

/**
 * struct x86_params - the segment while it is made
 * @image: the image
 * @file: what was given
 * @kernel: the kernel, placed
 * @map: its memory map
 * @efi_map_bytes: length of EFI's runtime map; 0: EFI is not handed over
 * @buf: the segment; NULL while it is measured
 * @pa: where the segment will be
 * @bytes: how much of it is made
 * @setup_data_pa: the list of setup_data
 */
struct x86_params {
	struct kimage *image;
	const struct kexec_file *file;
	const struct x86_kernel *kernel;
	struct x86_memmap map;
	size_t efi_map_bytes;
	u8 *buf;
	u64 pa;
	size_t bytes;
	u64 setup_data_pa;
};

/* The next part: its address for the next kernel, and for this one if it is not only measured. */
static void *params_part(struct x86_params *p, size_t bytes, u64 *pa)
{
	size_t at = p->bytes;

	p->bytes += ALIGN(bytes, X86_PART_ALIGN);
	*pa = p->pa + at;
	return p->buf ? p->buf + at : NULL;
}

/* A part that the next kernel finds in the list of setup_data; NULL while it is measured. */
static void *params_setup_data(struct x86_params *p, u32 type, size_t bytes)
{
	struct setup_data *data;
	u64 pa;

	data = params_part(p, sizeof(*data) + bytes, &pa);
	if (!data)
		return NULL;
	data->next = p->setup_data_pa;
	data->type = type;
	data->len = bytes;
	p->setup_data_pa = pa;
	return data->data;
}

/* A kernel that says what it knows is not given more. */
static bool params_knows(const struct x86_params *p, u32 type)
{
	return !p->kernel->setup_type_max || type <= p->kernel->setup_type_max;
}

static void params_header(const struct x86_kernel *kernel, struct boot_params *bp)
{
	struct setup_header *hdr = &bp->hdr;

	if (kernel->setup) {
		memcpy((u8 *)bp + BZIMAGE_SETUP_SECTS, kernel->setup + BZIMAGE_SETUP_SECTS,
		       kernel->setup_end - BZIMAGE_SETUP_SECTS);
		hdr->kernel_alignment = kernel->align;
	} else {
		hdr->boot_flag = X86_BOOT_FLAG;
		hdr->header = X86_HEADER_MAGIC;
		hdr->version = X86_PROTOCOL;
		hdr->loadflags = LOADED_HIGH;
		/* As in every bzImage: the root file system is mounted read-only first. */
		hdr->root_flags = 1;
	}
	hdr->type_of_loader = X86_LOADER_TYPE;
	hdr->ext_loader_ver = 0;
	hdr->ext_loader_type = 0;
	hdr->code32_start = kernel->pa;
	hdr->hardware_subarch = boot_params.hdr.hardware_subarch;
	hdr->hardware_subarch_data = boot_params.hdr.hardware_subarch_data;
}

/*
 * ACPI's root pointer. EFI's boot stub leaves it out of boot_params, because EFI's
 * tables have it; but the next kernel may not be given EFI.
 */
static u64 params_acpi_rsdp(void)
{
	u64 rsdp_pa = boot_params.acpi_rsdp_addr;

#ifdef CONFIG_EFI
	if (!rsdp_pa && efi.acpi20 != EFI_INVALID_TABLE_ADDR)
		rsdp_pa = efi.acpi20;
	if (!rsdp_pa && efi.acpi != EFI_INVALID_TABLE_ADDR)
		rsdp_pa = efi.acpi;
#endif
	return rsdp_pa;
}

/* What this kernel was told of the machine. */
static void params_machine(struct boot_params *bp)
{
	/* Not as it was told: it follows the frame buffer when PCI moves that. */
	bp->screen_info = screen_info;
	bp->edid_info = boot_params.edid_info;
	bp->apm_bios_info = boot_params.apm_bios_info;
	bp->ist_info = boot_params.ist_info;
	bp->olpc_ofw_header = boot_params.olpc_ofw_header;
	bp->acpi_rsdp_addr = params_acpi_rsdp();
	bp->cc_blob_address = boot_params.cc_blob_address;
	bp->kbd_status = boot_params.kbd_status;
	bp->secure_boot = boot_params.secure_boot;

	bp->eddbuf_entries = boot_params.eddbuf_entries;
	bp->edd_mbr_sig_buf_entries = boot_params.edd_mbr_sig_buf_entries;
	memcpy(bp->eddbuf, boot_params.eddbuf, sizeof(bp->eddbuf));
	memcpy(bp->edd_mbr_sig_buffer, boot_params.edd_mbr_sig_buffer,
	       sizeof(bp->edd_mbr_sig_buffer));
}

static void params_cmdline(struct x86_params *p, struct boot_params *bp)
{
	/* There always is one; without a word in it if none was given. */
	size_t bytes = max_t(size_t, p->file->cmdline_bytes, 1);
	char *cmdline;
	u64 pa;

	cmdline = params_part(p, bytes, &pa);
	if (!cmdline)
		return;
	memcpy(cmdline, p->file->cmdline, p->file->cmdline_bytes);
	bp->hdr.cmd_line_ptr = lower_32_bits(pa);
	bp->ext_cmd_line_ptr = upper_32_bits(pa);
}

static void params_initrd(const struct x86_params *p, struct boot_params *bp)
{
	u64 bytes = p->file->initrd_bytes;

	/* Without one all are 0, whatever the file's header says. */
	bp->hdr.ramdisk_image = lower_32_bits(p->kernel->initrd_pa);
	bp->ext_ramdisk_image = upper_32_bits(p->kernel->initrd_pa);
	bp->hdr.ramdisk_size = lower_32_bits(bytes);
	bp->ext_ramdisk_size = upper_32_bits(bytes);
}

static_assert(sizeof(struct boot_e820_entry) == X86_MEMMAP_E820_BYTES);

static void params_map(struct x86_params *p, struct boot_params *bp)
{
	size_t more = x86_memmap_put(&p->map, E820_MAX_ENTRIES_ZEROPAGE, NULL, NULL);
	void *ext = NULL;

	if (more)
		ext = params_setup_data(p, SETUP_E820_EXT, more * X86_MEMMAP_E820_BYTES);
	if (!p->buf)
		return;
	bp->e820_entries = p->map.nr - more;
	x86_memmap_put(&p->map, E820_MAX_ENTRIES_ZEROPAGE, bp->e820_table, ext);
}

#ifdef CONFIG_EFI

/*
 * EFI's services were moved to virtual addresses, and can not be moved again: the next kernel
 * maps them as they are in this one. It is told where the tables are that the firmware has at
 * virtual addresses by now.
 */
static size_t params_efi_bytes(const struct x86_kernel *kernel)
{
	if (!kernel->efi || !efi_enabled(EFI_RUNTIME_SERVICES) || efi_is_mixed())
		return 0;
	return efi_get_runtime_map_size();
}

static void params_efi(struct x86_params *p, struct boot_params *bp)
{
	struct efi_setup_data *data;
	struct efi_info *info;
	void *map;
	u64 pa;

	if (!p->efi_map_bytes)
		return;
	map = params_part(p, p->efi_map_bytes, &pa);
	data = params_setup_data(p, SETUP_EFI, sizeof(*data));
	if (!p->buf)
		return;

	efi_runtime_map_copy(map, p->efi_map_bytes);
	memset(data, 0, sizeof(*data));
	data->fw_vendor = efi_fw_vendor;
	data->tables = efi_config_table;
	if (efi.smbios != EFI_INVALID_TABLE_ADDR)
		data->smbios = efi.smbios;

	info = &bp->efi_info;
	*info = boot_params.efi_info;
	info->efi_memmap = lower_32_bits(pa);
	info->efi_memmap_hi = upper_32_bits(pa);
	info->efi_memmap_size = p->efi_map_bytes;
	info->efi_memdesc_size = efi_get_runtime_map_desc_size();
}

#else

static size_t params_efi_bytes(const struct x86_kernel *kernel)
{
	return 0;
}

static void params_efi(struct x86_params *p, struct boot_params *bp) { }

#endif /* CONFIG_EFI */

static void params_seed(struct x86_params *p)
{
	void *seed;

	if (!params_knows(p, SETUP_RNG_SEED))
		return;
	seed = params_setup_data(p, SETUP_RNG_SEED, X86_SEED_BYTES);
	if (seed)
		get_random_bytes(seed, X86_SEED_BYTES);
}

/*
 * The next kernel, choosing a place for itself (KASLR), goes around the initrd, boot_params and
 * setup_data, but not around what a SETUP_IMA points to. The order of the segments keeps the list
 * whole: purgatory is placed first, at the top; the list next below it, then the initrd, then
 * this segment. What is above the initrd, or above this segment, up to the end of that RAM is too
 * small for a kernel. Who places a segment above the list has to see to that.
 */
static void params_ima(struct x86_params *p)
{
	struct ima_setup_data *data;

	if (!p->image->ima_buffer_addr || !params_knows(p, SETUP_IMA))
		return;
	data = params_setup_data(p, SETUP_IMA, sizeof(*data));
	if (!data)
		return;
	data->addr = p->image->ima_buffer_addr;
	data->size = p->image->ima_buffer_size;
}

/* All of it: measured without a buffer, made with one. */
static void params_make(struct x86_params *p)
{
	struct boot_params *bp;
	u64 pa;

	p->bytes = 0;
	p->setup_data_pa = 0;
	bp = params_part(p, sizeof(*bp), &pa);
	if (bp) {
		params_header(p->kernel, bp);
		params_machine(bp);
		params_initrd(p, bp);
	}
	params_cmdline(p, bp);
	params_map(p, bp);
	params_efi(p, bp);
	params_seed(p);
	params_ima(p);
	if (bp)
		bp->hdr.setup_data = p->setup_data_pa;
}

/* What the firmware said; memory that this kernel set aside for itself is RAM to the next. */
static int params_firmware_map(struct x86_memmap *map)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < e820_table_kexec->nr_entries && !ret; i++) {
		const struct e820_entry *e = &e820_table_kexec->entries[i];
		u32 type = e->type == E820_TYPE_RESERVED_KERN ? E820_TYPE_RAM : e->type;

		ret = x86_memmap_add(map, e->addr, e->addr + e->size, type);
	}
	return ret;
}

#ifdef CONFIG_CRASH_DUMP

static_assert(X86_MEMMAP_RAM == E820_TYPE_RAM);
static_assert(X86_MEMMAP_RESERVED == E820_TYPE_RESERVED);

/* The crash regions. */
#define X86_CRASH_REGIONS	2

static int params_add_region(struct kdump_ranges *regions, const struct resource *res)
{
	if (res->end <= res->start)
		return 0;
	return kdump_ranges_add(regions, res->start, res->end + 1);
}

/* What is needed after the capture kernel has begun to use its memory. */
static int params_add_taken(struct kdump_ranges *taken, const struct kimage *image)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < image->nr_segments && !ret; i++) {
		const struct kexec_segment *seg = &image->segment[i];

		switch (image->role[i]) {
		case KEXEC_ROLE_ELFCOREHDR:
		case KEXEC_ROLE_BACKUP:
		case KEXEC_ROLE_PURGATORY:
			ret = kdump_ranges_add(taken, seg->mem, (u64)seg->mem + seg->memsz);
		}
	}
	return ret;
}

static int params_crash_map(const struct kimage *image, const struct x86_memmap *firmware,
			    struct x86_memmap *out)
{
	const size_t cap = firmware->nr + X86_CRASH_REGIONS + KEXEC_SEGMENT_MAX;
	struct kdump_range region_storage[X86_CRASH_REGIONS];
	struct kdump_range taken_storage[KEXEC_SEGMENT_MAX];
	struct kdump_ranges regions, taken, ram, old;
	struct kdump_range *storage;
	int ret;

	storage = kvmalloc_array(2 * cap, sizeof(*storage), GFP_KERNEL);
	if (!storage)
		return -ENOMEM;
	kdump_ranges_init(&regions, region_storage, ARRAY_SIZE(region_storage));
	kdump_ranges_init(&taken, taken_storage, ARRAY_SIZE(taken_storage));
	kdump_ranges_init(&ram, storage, cap);
	kdump_ranges_init(&old, storage + cap, cap);

	ret = params_add_region(&regions, &crashk_res);
	if (!ret)
		ret = params_add_region(&regions, &crashk_low_res);
	if (!ret)
		ret = params_add_taken(&taken, image);
	if (!ret)
		ret = x86_memmap_crash(firmware, kexec_arch_ops.backup_end_pa, &regions, &taken,
				       &ram, &old, out);
	kvfree(storage);
	return ret;
}

#else

#define X86_CRASH_REGIONS	0

static int params_crash_map(const struct kimage *image, const struct x86_memmap *firmware,
			    struct x86_memmap *out)
{
	return -EINVAL;
}

#endif /* CONFIG_CRASH_DUMP */

/* Fills @p->map; the caller frees @p->map.e. */
static int params_memory(struct x86_params *p)
{
	const size_t nr = e820_table_kexec->nr_entries;
	struct x86_memmap firmware = { .cap = nr };
	int ret = -ENOMEM;

	/* A capture kernel's has each entry once, and its RAM twice. */
	p->map.cap = 3 * nr + 2 * (X86_CRASH_REGIONS + KEXEC_SEGMENT_MAX);
	p->map.e = kvmalloc_array(p->map.cap, sizeof(*p->map.e), GFP_KERNEL);
	if (!p->map.e)
		return -ENOMEM;
	if (p->image->type != KEXEC_TYPE_CRASH)
		return params_firmware_map(&p->map);

	firmware.e = kvmalloc_array(nr, sizeof(*firmware.e), GFP_KERNEL);
	if (firmware.e)
		ret = params_firmware_map(&firmware);
	if (!ret)
		ret = params_crash_map(p->image, &firmware, &p->map);
	kvfree(firmware.e);
	return ret;
}

static int params_place(struct x86_params *p)
{
	struct kexec_buf kbuf = {
		.image = p->image,
		.buf_align = PAGE_SIZE,
		.buf_max = p->kernel->max_pa,
		.top_down = true,
		.own = true,
		.role = KEXEC_ROLE_BOOT_PARAMS,
	};
	int ret;

	params_make(p);
	kbuf.bufsz = p->bytes;
	kbuf.memsz = p->bytes;
	kbuf.buffer = kvzalloc(kbuf.bufsz, GFP_KERNEL);
	if (!kbuf.buffer)
		return -ENOMEM;
	ret = kexec_add_buffer(&kbuf);
	if (ret) {
		kvfree(kbuf.buffer);
		return ret;
	}
	p->buf = kbuf.buffer;
	p->pa = kbuf.mem;
	params_make(p);
	p->image->start_arg_pa = p->pa;
	return 0;
}

static void params_debug(const struct x86_params *p)
{
	size_t i;

	for (i = 0; i < p->map.nr; i++)
		kexec_dprintk("memory map: [0x%llx, 0x%llx) type %u\n", p->map.e[i].start,
			      p->map.e[i].end, p->map.e[i].type);
	kexec_dprintk("kernel 0x%llx, initrd 0x%llx, boot_params 0x%llx, EFI %s\n",
		      p->kernel->pa, p->kernel->initrd_pa, p->pa,
		      p->efi_map_bytes ? "handed over" : "not handed over");
}

/**
 * x86_boot_params_add() - make what the kernel is entered with, and place it
 * @image: an image with all its other segments
 * @file: what was given
 * @kernel: the kernel, placed
 *
 * Sets image->start_arg_pa.
 *
 * Context: process, may sleep; kexec_lock() held.
 * Return: 0; -ENOMEM; what kexec_add_buffer() returns.
 */
int x86_boot_params_add(struct kimage *image, const struct kexec_file *file,
			const struct x86_kernel *kernel)
{
	struct x86_params p = {
		.image = image,
		.file = file,
		.kernel = kernel,
		.efi_map_bytes = params_efi_bytes(kernel),
	};
	int ret;

	ret = params_memory(&p);
	if (!ret)
		ret = params_place(&p);
	if (!ret)
		params_debug(&p);
	kvfree(p.map.e);
	return ret;
}
