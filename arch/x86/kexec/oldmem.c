// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping and copying the memory of the kernel that crashed, on x86_64.
 *
 * Old memory is RAM that this kernel does not manage, so it is mapped like a device's, but
 * write-back cached. Such mappings use 2-MiB and 1-GiB pages where address and size allow
 * it: ask for large, aligned windows.
 *
 * Interface: kexec_arch_ops.oldmem_{map,unmap,copy}. Context: process of the capture kernel, may
 * sleep.
 */
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kexec.h>
#include <linux/pfn.h>
#include <linux/uaccess.h>
#include <asm/processor.h>

#include "internal.h"

/*
 * Only whole pages count: a page that the memory map splits between old memory and this kernel
 * is not managed by it. (kexec-tools gives it what follows the copy of low memory.)
 */
static int found_ram(unsigned long start_pfn, unsigned long pages, void *unused)
{
	return 1;
}

/**
 * x86_oldmem_map() - map old memory for reading
 * @pa: first byte
 * @bytes: how many
 * @encrypted: it belonged to a kernel that had its memory encrypted
 *
 * Context: process, may sleep.
 * Return: its address; NULL where it can not be mapped, or is this kernel's own RAM.
 */
void *x86_oldmem_map(phys_addr_t pa, size_t bytes, bool encrypted)
{
	unsigned long start_pfn = PFN_DOWN(pa);
	void __iomem *va;

	/* What a damaged header names may be no address at all. */
	if ((pa + bytes - 1) >> boot_cpu_data.x86_phys_bits)
		return NULL;
	/* Without any RAM in the range the walk returns -EINVAL. */
	if (walk_system_ram_range(start_pfn, PFN_UP(pa + bytes) - start_pfn, NULL, found_ram) > 0)
		return NULL;
	va = encrypted ? ioremap_encrypted(pa, bytes) : ioremap_cache(pa, bytes);
	return (__force void *)va;
}

/**
 * x86_oldmem_unmap() - undo x86_oldmem_map()
 * @vaddr: what it returned
 * @bytes: as it was called
 *
 * Context: process, may sleep.
 */
void x86_oldmem_unmap(void *vaddr, size_t bytes)
{
	iounmap((__force void __iomem *)vaddr);
}

/**
 * x86_oldmem_copy() - copy mapped old memory
 * @to: where to
 * @from: in what x86_oldmem_map() gave
 * @bytes: how many
 * @to_user: @to is an address of user space
 * @unreadable: set where a machine check ended the copy
 *
 * Context: process; faults in pages of user space.
 * Return: how many bytes were not copied.
 */
size_t x86_oldmem_copy(void *to, const void *from, size_t bytes, bool to_user, bool *unreadable)
{
	unsigned long left;

	if (to_user && !access_ok((__force void __user *)to, bytes))
		return bytes;
	left = x86_oldmem_copy_words(to, from, bytes);
	if (left & BIT(X86_OLDMEM_UNREADABLE_BIT)) {
		*unreadable = true;
		left &= ~BIT(X86_OLDMEM_UNREADABLE_BIT);
	}
	return left;
}
