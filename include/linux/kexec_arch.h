/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an architecture provides for kexec and kdump: one const table, every slot filled.
 *
 * The generic code calls the architecture through this table and in no other way; nothing
 * is weak and nothing is overridden by a macro. A slot for which an architecture has
 * nothing to do names one of the kexec_generic_* functions below. Documentation/kdump/
 * porting.rst tells in which order a port fills it.
 */
#ifndef LINUX_KEXEC_ARCH_H
#define LINUX_KEXEC_ARCH_H

#include <linux/types.h>
#include <uapi/linux/kdump.h>

struct crash_stacks;
struct kdump_range;
struct kexec_file;
struct kimage;
struct pt_regs;
struct task_struct;

/**
 * struct kexec_paging - how a virtual address of this kernel becomes physical
 * @levels: of page tables
 * @level: these, from the root on
 * @maps: stretches that need no page table
 * @map: these; they must cover struct mem_section, and all that the memory map's look-up needs
 */
struct kexec_paging {
	unsigned int levels;
	struct kdump_level_ser level[5];
	unsigned int maps;
	struct kdump_map_ser map[4];
};

/**
 * struct kexec_arch_ops - the port contract
 * @name: as it stands in messages
 * @kexec_arch: KEXEC_ARCH_* that kexec_load(2) accepts beside KEXEC_ARCH_DEFAULT
 * @source_limit_pa: pages that hold an image's content end at or below this address
 * @dest_limit_pa: segments end at or below this address
 * @control_limit_pa: control pages end at or below this address
 * @control_pages: contiguous pages that the enter stub needs (code, stack), a power of two
 * @crash_control_pages: how many pages image_prepare() takes from
 *	kimage_alloc_control_pages() at most, in all, for a crash image
 * @backup_start_pa: low memory that a capture kernel uses, and that purgatory therefore copies
 * @backup_end_pa:	to a backup segment first; empty where there is none
 *
 * @image_prepare: Called once an image's content is in place, before it is sealed; builds what
 *	enter() needs (page tables, the copy of the stub). May sleep and allocate through
 *	kimage_alloc_control_pages(). Must leave the image such that enter() can not fail.
 * @image_release: Called once before the image's pages are freed, also after a failed
 *	image_prepare(). May sleep.
 * @control_pages_share: Called with fresh control or source pages, where memory is encrypted by
 *	default and the next kernel reads it before it knows. May sleep. Returns 0 or -errno.
 * @control_pages_unshare: Undoes it before the pages are freed. May sleep.
 * @crash_region_protect: Makes the crash region read-only for this kernel (@on) or writable again.
 *	Addresses are [start_pa, end_pa). May sleep. Leaves all CPUs with the new protection.
 *	Returns 0, or -errno with a line: then all or a part of it is as it was.
 *
 * @keep_out: Lists System RAM that no piece of an image for an orderly reboot may take: what this
 *	kernel needs until it has left, and what firmware left for every kernel. Fills at most
 *	@max entries of @out, in any order. Process context. Returns how many.
 * @file_load: Finds out the format of file->kernel, checks it, places what the kernel is entered
 *	with by kexec_add_buffer(), and sets image->start and image->start_arg_pa. Process
 *	context, may sleep; kexec_lock() held. What it gives to kexec_add_buffer() is vmalloc'ed or
 *	kmalloc'ed and belongs to the image then, if kexec_buf.own says so. Returns 0; -ENOEXEC for
 *	a file that is no kernel of a known format; for one that is damaged an errno from
 *	which user space does not fall back to kexec_load(2) (none of ENOSYS, EINVAL,
 *	ENOEXEC, EOPNOTSUPP), with a line that names the field.
 * @file_verify_sig: Verifies the signature that @kernel carries. Process context, may sleep.
 *	Returns 0; -ENODATA without one, also where the format has none; -EKEYREJECTED where it does
 *	not match the file; -ENOKEY where its key is not known or not trusted.
 *
 * @crash_save_regs: Fills @regs with the registers of the caller, where panic() has none from an
 *	exception. Panic context. Callable only from the function whose frame is to be seen.
 * @crash_shutdown: Leaves interrupt controllers, timers and virtualization extensions such that
 *	the next kernel starts. This CPU's registers are saved and the others are stopped by
 *	then: the architecture has a crash_smp_send_stop() in which each CPU calls
 *	crash_save_cpu() for itself, and which waits for a bounded time. Panic context,
 *	interrupts off. No way back after it. It may fault, since the kernel is broken: it is called
 *	again then, and goes on after the part that faulted, as crash_take_each() does.
 * @crash_current: What @cpu runs, read from outside and without a lock: it may be stuck with
 *	any lock held. Panic context.
 * @crash_stacks: Lists the kernel stacks of @cpu by crash_stack_add(), all but its task's:
 *	interrupt and exception stacks. Panic or NMI context, on any CPU.
 * @crash_va_to_pa: Finds the physical address of a byte of this kernel in its page tables, which it
 *	reads without a lock. Panic or NMI context. Returns false where nothing is mapped, for
 *	any @va.
 * @describe_paging: Fills @paging, and of @memory what is about look-up: lookup, flags, tables_pa,
 *	encryption_mask or the list. Boot, once the memory map is there; may be __init.
 * @orderly_shutdown: Stops the other CPUs and interrupts for kernel_kexec(), after devices are shut
 *	down. Process context.
 * @enter: Leaves this kernel: walks the copy list where no copy can hit what it runs on, and
 *	jumps to image->start. Interrupts off, one CPU. Does not return.
 *
 * @oldmem_map: Maps [pa, pa + bytes) of the crashed kernel's memory for reading; capture kernel;
 *	may sleep. Returns NULL where that can not be. @encrypted: as the crashed kernel saw it.
 * @oldmem_unmap: Undoes it. May sleep.
 * @oldmem_is_own: Whether any of [pa, pa + bytes), both page aligned, is memory that this kernel
 *	runs in, and so nothing of the crashed one: nobody may map it as old memory. May sleep.
 * @oldmem_copy: Copies out of what @oldmem_map gave, to this kernel or, with @to_user, to user
 *	space. Faults in pages there. Where the machine can tell that it can not read a place of its
 *	memory, this kernel survives that: the copy ends and *@unreadable is set. Returns how many
 *	bytes were not copied.
 */
struct kexec_arch_ops {
	const char *name;
	u32 kexec_arch;
	phys_addr_t source_limit_pa;
	phys_addr_t dest_limit_pa;
	phys_addr_t control_limit_pa;
	unsigned int control_pages;
	unsigned int crash_control_pages;
	phys_addr_t backup_start_pa;
	phys_addr_t backup_end_pa;

	int (*image_prepare)(struct kimage *image);
	void (*image_release)(struct kimage *image);
	int (*control_pages_share)(void *vaddr, unsigned int pages);
	void (*control_pages_unshare)(void *vaddr, unsigned int pages);
	int (*crash_region_protect)(phys_addr_t start_pa, phys_addr_t end_pa, bool on);

	/* Called with CONFIG_KEXEC_FILE only. */
	unsigned int (*keep_out)(struct kdump_range *out, unsigned int max);
	int (*file_load)(struct kimage *image, const struct kexec_file *file);
	int (*file_verify_sig)(const void *kernel, size_t bytes);

	void (*crash_save_regs)(struct pt_regs *regs);
	void (*crash_shutdown)(struct pt_regs *regs);
	struct task_struct *(*crash_current)(unsigned int cpu);
	void (*crash_stacks)(unsigned int cpu, struct crash_stacks *to);
	bool (*crash_va_to_pa)(unsigned long va, u64 *pa);
	void (*describe_paging)(struct kexec_paging *paging, struct kdump_memory_ser *memory);
	void (*orderly_shutdown)(void);
	void (*enter)(struct kimage *image);

	void *(*oldmem_map)(phys_addr_t pa, size_t bytes, bool encrypted);
	void (*oldmem_unmap)(void *vaddr, size_t bytes);
	bool (*oldmem_is_own)(phys_addr_t pa, u64 bytes);
	size_t (*oldmem_copy)(void *to, const void *from, size_t bytes, bool to_user,
			      bool *unreadable);
};

extern const struct kexec_arch_ops kexec_arch_ops;

/* Defaults for a port that has nothing to do; kernel/kexec_core.c */
int kexec_generic_pages_share(void *vaddr, unsigned int pages);
void kexec_generic_pages_unshare(void *vaddr, unsigned int pages);
int kexec_generic_region_protect(phys_addr_t start_pa, phys_addr_t end_pa, bool on);
void kexec_generic_image_release(struct kimage *image);
unsigned int kexec_generic_keep_out(struct kdump_range *out, unsigned int max);
/* kernel/crash_dump/pagedesc.c; the linear map alone: enough without a virtual memory map. */
void kexec_generic_describe_paging(struct kexec_paging *paging, struct kdump_memory_ser *memory);
int kexec_generic_verify_sig(const void *kernel, size_t bytes);
/* kernel/crash_dump/oldmem.c: own is what is System RAM in /proc/iomem. */
bool kexec_generic_oldmem_is_own(phys_addr_t pa, u64 bytes);

/* kernel/crash_dump/oldmem_copy.c; a machine check is survived where copy_mc_to_kernel() does. */
size_t kexec_generic_oldmem_copy(void *to, const void *from, size_t bytes, bool to_user,
				 bool *unreadable);

/* kernel/crash_dump/panic.c; for crash_shutdown(), whose steps may fault. */
typedef void (*crash_step_t)(void);
void crash_take_each(unsigned int *next, const crash_step_t *steps, unsigned int nr);

/* kernel/crash_dump/notes.c; for crash_stacks(). */
void crash_stack_add(struct crash_stacks *to, unsigned int kind, unsigned long va,
		     unsigned long bytes);

#endif /* LINUX_KEXEC_ARCH_H */
