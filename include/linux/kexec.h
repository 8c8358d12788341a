/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An image: another kernel, held ready to be entered.
 *
 * This is what the rest of the kernel knows of kexec. An image is built by one of the load
 * system calls, kept armed, and entered either in order (reboot(2), kernel_kexec()) or by a
 * dying kernel (crash_kexec(), in linux/crash_core.h). Its life is one state field that one
 * function moves; see enum kimage_state.
 *
 * What an architecture provides stands in linux/kexec_arch.h, what crosses to the capture
 * kernel in uapi/linux/kdump.h.
 */
#ifndef LINUX_KEXEC_H
#define LINUX_KEXEC_H

#include <linux/crash_core.h>
#include <linux/crash_reserve.h>
#include <linux/vmcore_info.h>
#include <linux/types.h>
#include <uapi/linux/kexec.h>

struct kimage;

#ifdef CONFIG_KEXEC_CORE

#include <crypto/sha2.h>
#include <linux/list.h>
#include <linux/xarray.h>
#include <asm/kexec.h>

/**
 * enum kimage_state - the life of an image
 * @KIMAGE_NEW: allocated; may have segments, but no memory of its own
 * @KIMAGE_PLACED: segments validated, destinations fixed, control pages held
 * @KIMAGE_COPIED: the content is in kernel memory
 * @KIMAGE_SEALED: digests taken, architecture state built; from here on nothing is written to but
 *	the ELF core header (crash_dump/hotplug.c) and IMA's segment
 * @KIMAGE_ARMED: published; a reboot or a panic may claim it at any moment
 * @KIMAGE_FIRING: claimed by the one CPU that will enter it; never freed
 * @KIMAGE_RETIRED: not reachable for a panic any more; its memory may go
 *
 * Legal steps: each state to the next one up to ARMED; ARMED to FIRING or RETIRED; FIRING to
 * RETIRED where the path gave up before the point of no return (a digest that does not
 * match); every state before ARMED to RETIRED (a load that failed).
 */
enum kimage_state {
	KIMAGE_NEW,
	KIMAGE_PLACED,
	KIMAGE_COPIED,
	KIMAGE_SEALED,
	KIMAGE_ARMED,
	KIMAGE_FIRING,
	KIMAGE_RETIRED,
};

/* image->type, as IMA and drivers/of read it */
#define KEXEC_TYPE_DEFAULT	0
#define KEXEC_TYPE_CRASH	1

/**
 * enum kexec_role - what a segment is for, known where it is made
 * @KEXEC_ROLE_UNKNOWN: kexec_load(2) does not say
 * @KEXEC_ROLE_KERNEL: the kernel to be entered
 * @KEXEC_ROLE_INITRD: its initial RAM disk
 * @KEXEC_ROLE_CMDLINE: its command line
 * @KEXEC_ROLE_BOOT_PARAMS: what the boot protocol hands over
 * @KEXEC_ROLE_FDT: the device tree
 * @KEXEC_ROLE_ELFCOREHDR: the ELF core header that elfcorehdr= names
 * @KEXEC_ROLE_PURGATORY: code between the kernels
 * @KEXEC_ROLE_BACKUP: where low memory is copied to
 * @KEXEC_ROLE_IMA: IMA's measurements; rewritten after sealing
 */
enum kexec_role {
	KEXEC_ROLE_UNKNOWN,
	KEXEC_ROLE_KERNEL,
	KEXEC_ROLE_INITRD,
	KEXEC_ROLE_CMDLINE,
	KEXEC_ROLE_BOOT_PARAMS,
	KEXEC_ROLE_FDT,
	KEXEC_ROLE_ELFCOREHDR,
	KEXEC_ROLE_PURGATORY,
	KEXEC_ROLE_BACKUP,
	KEXEC_ROLE_IMA,
};

/**
 * struct kexec_segment - one contiguous piece of an image
 * @buf: the content in user space (kexec_load)
 * @kbuf: the content in kernel space (kexec_file_load)
 * @bufsz: bytes of content
 * @mem: physical address that the piece is entered at
 * @memsz: bytes at @mem, a whole number of pages; what @bufsz does not cover is zero
 */
struct kexec_segment {
	/* Where the content comes from. */
	union {
		void __user *buf;
		void *kbuf;
	};
	size_t bufsz;

	/* Where it goes. */
	unsigned long mem;
	size_t memsz;
};

/**
 * struct kexec_copy - one step of the copy list that the enter stub walks
 * @dst_pa: destination, page aligned; a KEXEC_COPY_LINK has 0 here
 * @src_pa: source, page aligned; for a link the next page of the list
 * @pages: how many pages to copy, or one of the markers below
 *
 * The list lives in whole pages, each an array of these. A source page is never a
 * destination of another step, so the order of the steps does not matter. There always is
 * a first page; for a resident image it holds the step of the ELF core header's slot, if there
 * is one, and the end.
 * The format is a contract between kernel/kexec_pages.c and arch/.../kexec/enter.S.
 */
struct kexec_copy {
	u64 dst_pa;
	u64 src_pa;
	u64 pages;
};

#define KEXEC_COPY_END		0ULL		/* pages: the list ends */
#define KEXEC_COPY_LINK		(~0ULL)		/* pages: go on at src_pa */
#define KEXEC_COPY_ZERO		(~0ULL)		/* src_pa: clear dst_pa .. + pages */

/**
 * struct kexec_moved - memory that is copied away before the next kernel is entered
 * @start_pa: first byte
 * @end_pa: byte after the last
 * @at_pa: where the copy is; 0: nowhere, it will be overwritten
 */
struct kexec_moved {
	u64 start_pa;
	u64 end_pa;
	u64 at_pa;
};

#define KEXEC_MOVED_MAX		4

/**
 * struct kexec_slot - one of two places for the ELF core header
 * @pa: physical address
 * @digest: SHA-256 of what is there
 */
struct kexec_slot {
	phys_addr_t pa;
	u8 digest[SHA256_DIGEST_SIZE];
};

/**
 * struct kimage - an image
 * @state: enum kimage_state; moved by kimage_move() alone
 * @type: KEXEC_TYPE_DEFAULT or KEXEC_TYPE_CRASH
 * @start: physical address at which the image is entered
 * @start_arg_pa: kexec_file_load: what the kernel is entered with (boot_params or device tree)
 * @nr_segments: how many of @segment, @role and @digest are in use
 * @segment: the pieces
 * @role: enum kexec_role of each piece
 * @digest: SHA-256 of each piece over its pages with content; the rest of memsz is zero
 * @digest_skip: bit i: segment i is rewritten after sealing (IMA), leave it out
 * @elfcorehdr_index: the segment that holds the ELF core header, or -1
 * @purgatory_index: the segment that holds our own purgatory, or -1
 * @moved: memory that purgatory copies away, for the ELF core header
 * @nr_moved: how many of them are in use
 * @owned: bit i: segment[i].kbuf is the image's, freed once the content is copied
 * @resident: the content already is at its destination; the copy list is empty but for the ELF
 *	core header's slot
 * @beside: a crash image that is built where it will run, clear of the one that is armed
 * @prepared: image_prepare() was called, so image_release() has to be
 * @file_mode: built by kexec_file_load(2)
 * @hotplug_support: the ELF core header is replaced when memory comes or goes; the caller's
 *	purgatory bears that
 * @copy: virtual address of the first page of the copy list
 * @copy_pa: the same, physical
 * @control: virtual address of the control pages (kexec_arch_ops.control_pages of them)
 * @control_pa: the same, physical
 * @control_sealed: @control_digest is there; a resident image has it
 * @control_digest: SHA-256 of all control pages, those of image_prepare() too, without what may
 *	change: the copy list and the slots
 * @control_pages: all pages that the enter stub uses, by page->lru
 * @source_pages: all pages that hold content, by page->lru; a resident image has none
 * @copy_pages: the pages of the copy list, by page->lru
 * @spare_pages: pages taken from the allocator and not used yet, by page->lru
 * @held: pages that do not fit, by pfn; held so that they are not handed out again while
 *	the image is built
 * @region_start_pa: room in the crash region for the control pages of the resident image
 * @region_end_pa: end of that room
 * @region_next: next free byte of it
 * @rcu: an image is freed a grace period after it was unpublished; the panic path, which
 *       runs with preemption off, is the reader
 * @slot: the ELF core header's slots of a resident image; the first is at its destination, and
 *	copy[0].src_pa says which one is active
 * @slot_bytes: size of one; 0: no slots
 * @elf_load_addr: physical address of the ELF core header
 * @elf_headers_sz: its bytes
 * @ima_buffer: IMA's measurements, before they are copied
 * @ima_buffer_addr: physical address that they are entered at
 * @ima_buffer_size: their bytes
 * @ima_segment_index: the segment that holds them
 * @is_ima_segment_index_set: there is such a segment
 * @arch: state of the architecture
 */
struct kimage {
	int state;
	int type;
	unsigned long start;
	unsigned long start_arg_pa;

	unsigned int nr_segments;
	struct kexec_segment segment[KEXEC_SEGMENT_MAX];
	u8 role[KEXEC_SEGMENT_MAX];
	u8 digest[KEXEC_SEGMENT_MAX][SHA256_DIGEST_SIZE];
	unsigned long digest_skip;
	int elfcorehdr_index;
	int purgatory_index;
	unsigned long owned;
	struct kexec_moved moved[KEXEC_MOVED_MAX];
	unsigned int nr_moved;

	unsigned int resident : 1;
	unsigned int beside : 1;
	unsigned int prepared : 1;
	unsigned int control_sealed : 1;
	unsigned int file_mode : 1;
	unsigned int hotplug_support : 1;

	struct kexec_copy *copy;
	phys_addr_t copy_pa;
	void *control;
	phys_addr_t control_pa;
	u8 control_digest[SHA256_DIGEST_SIZE];
	struct list_head control_pages;
	struct list_head source_pages;
	struct list_head copy_pages;
	struct list_head spare_pages;
	struct xarray held;
	phys_addr_t region_start_pa;
	phys_addr_t region_end_pa;
	phys_addr_t region_next;
	struct rcu_head rcu;

	struct kexec_slot slot[2];
	size_t slot_bytes;

	/* kexec_file_load: what IMA and drivers/of read and write */
	unsigned long elf_load_addr;
	unsigned long elf_headers_sz;
	void *ima_buffer;
	phys_addr_t ima_buffer_addr;
	size_t ima_buffer_size;
	unsigned long ima_segment_index;
	bool is_ima_segment_index_set;

	struct kimage_arch arch;
};

/**
 * struct kexec_buf - a piece that kexec_file_load(2) still has to place
 * @image: the image that it becomes a segment of
 * @buffer: the content, in kernel memory until the image is copied
 * @bufsz: bytes of content
 * @mem: where it was placed (out)
 * @memsz: bytes that it takes
 * @buf_align: smallest alignment of @mem
 * @buf_min: lowest address
 * @buf_max: highest address of its last byte
 * @top_down: as high as possible
 * @own: @buffer came from kvmalloc() and belongs to the image once kexec_add_buffer() returns 0
 * @role: what it is for
 */
struct kexec_buf {
	struct kimage *image;
	void *buffer;
	unsigned long bufsz;
	unsigned long mem;
	unsigned long memsz;
	unsigned long buf_align;
	unsigned long buf_min;
	unsigned long buf_max;
	bool top_down;
	bool own;
	enum kexec_role role;
};

/**
 * struct kexec_file - what kexec_file_load(2) was given
 * @kernel: the kernel file
 * @kernel_bytes: its length
 * @initrd: the initial RAM disk; NULL without one
 * @initrd_bytes: its length
 * @cmdline: the command line for the next kernel, complete: a crash image's has elfcorehdr=
 * @cmdline_bytes: its length with the NUL; 0: none was given
 *
 * All of it is kernel memory that stays until the image is copied, but for @cmdline, which stays
 * until file_load() returns; nothing but the terminating NUL of @cmdline was looked at.
 */
struct kexec_file {
	const void *kernel;
	size_t kernel_bytes;
	const void *initrd;
	size_t initrd_bytes;
	const char *cmdline;
	size_t cmdline_bytes;
};

extern struct kimage *kexec_image;
extern struct kimage *kexec_crash_image;
extern bool kexec_in_progress;
extern bool kexec_file_dbg_print;

#define kexec_dprintk(fmt, arg...) \
	do { if (kexec_file_dbg_print) pr_info(fmt, ##arg); } while (0)

int kernel_kexec(void);
int kexec_add_buffer(struct kexec_buf *kbuf);

void *kimage_map_segment(struct kimage *image, unsigned long addr, unsigned long size);
void kimage_unmap_segment(void *buffer);

/* The loading side: one sleeping lock for all that changes what is armed. */
int kexec_lock(void);
void kexec_lock_always(void);
void kexec_unlock(void);

/* An image's state; the only functions that write image->state. */
bool kimage_move(struct kimage *image, enum kimage_state from, enum kimage_state to);
const char *kimage_state_name(int state);

/* For the architecture, while it prepares an image: zeroed pages that no copy step writes to. */
void *kimage_alloc_control_pages(struct kimage *image, unsigned int order);

/*
 * The segments, all of their memsz bytes, and a resident image's control pages, against what was
 * sealed: the index of the first segment that differs, KEXEC_DIGEST_CONTROL, or -1 when all
 * match. Any context, a panic's included.
 */
#define KEXEC_DIGEST_CONTROL	KEXEC_SEGMENT_MAX
int kexec_digest_verify(const struct kimage *image);

/* What a segment is for, as a word for a message. Any context. */
const char *kexec_role_name(unsigned int role);

#else /* !CONFIG_KEXEC_CORE */

struct pt_regs;
struct task_struct;

#define kexec_in_progress	false

#endif /* CONFIG_KEXEC_CORE */

/* For IMA, where CONFIG_KEXEC_SIG: kernels without a valid signature are refused from now on. */
void set_kexec_sig_enforced(void);

#endif /* LINUX_KEXEC_H */
