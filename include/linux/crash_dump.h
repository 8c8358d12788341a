/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The capture side, as the rest of the kernel sees it.
 *
 * A capture kernel is one that was entered by a crashed kernel and told, by elfcorehdr=, where the
 * ELF core header of that kernel's memory lies. Drivers ask here whether this is such a
 * kernel (to live on little memory, and to expect devices that nobody shut down), tell which old
 * memory must not be touched, and add what their hardware has to say to the dump.
 *
 * Where the values come from: kernel/crash_dump/elfcorehdr.c, or firmware code (drivers/of).
 * Context: the predicates, any; the rest as each kernel-doc says. All of it is there in every
 * configuration, so callers need no #ifdef.
 */
#ifndef LINUX_CRASH_DUMP_H
#define LINUX_CRASH_DUMP_H

#include <linux/elf.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/types.h>
#include <uapi/linux/vmcore.h>

/* Values of elfcorehdr_addr that are no address. */
#define ELFCORE_ADDR_MAX	(~0ULL)		/* no kernel crashed before this one */
#define ELFCORE_ADDR_ERR	(~1ULL)		/* one did, but there is no dump to be had */

/*
 * Physical address and size of the crashed kernel's ELF core header; size 0: not known. They exist
 * with CRASH_DUMP only; drivers/of names them under IS_ENABLED().
 */
extern unsigned long long elfcorehdr_addr;
extern unsigned long long elfcorehdr_size;

#ifdef CONFIG_CRASH_DUMP

/**
 * is_kdump_kernel() - was this kernel entered by a crashed one?
 *
 * Context: any, once early parameters are read.
 * Return: true in a capture kernel, also where the dump itself can not be used.
 */
static inline bool is_kdump_kernel(void)
{
	return elfcorehdr_addr != ELFCORE_ADDR_MAX;
}

/**
 * is_vmcore_usable() - is there a dump to be had?
 *
 * Return: true in a capture kernel that knows of an ELF core header and could use it so far.
 */
static inline bool is_vmcore_usable(void)
{
	return elfcorehdr_addr != ELFCORE_ADDR_MAX && elfcorehdr_addr != ELFCORE_ADDR_ERR;
}

/**
 * vmcore_unusable() - say that there is no dump to be had
 *
 * This stays a capture kernel; in any other kernel nothing happens.
 */
static inline void vmcore_unusable(void)
{
	if (is_kdump_kernel())
		elfcorehdr_addr = ELFCORE_ADDR_ERR;
}

#else /* !CONFIG_CRASH_DUMP */

static inline bool is_kdump_kernel(void)
{
	return false;
}

static inline bool is_vmcore_usable(void)
{
	return false;
}

static inline void vmcore_unusable(void)
{
}

#endif /* CONFIG_CRASH_DUMP */

/**
 * struct vmcore_cb - somebody who knows which old memory must not be touched
 * @pfn_is_ram: May the page be read? Called with a frame number of old memory before it is
 *	touched. May sleep. A page that any callback refuses reads as zeros. NULL allows all.
 * @node: for the list of callbacks
 */
struct vmcore_cb {
	bool (*pfn_is_ram)(struct vmcore_cb *cb, unsigned long pfn);
	struct list_head node;
};

/**
 * struct vmcoredd_data - what a driver adds to the dump
 * @dump_name: name of the dump, NUL-terminated, not empty
 * @size: bytes that @vmcoredd_callback writes; not 0
 * @vmcoredd_callback: Called once, from vmcore_add_device_dump(), with a zeroed buffer of
 *	@size bytes to fill. May sleep. Returns 0, or -errno: then nothing is added.
 */
struct vmcoredd_data {
	char dump_name[VMCOREDD_MAX_NAME_BYTES];
	unsigned int size;
	int (*vmcoredd_callback)(struct vmcoredd_data *data, void *buf);
};

#ifdef CONFIG_CRASH_DUMP

void register_vmcore_cb(struct vmcore_cb *cb);
void unregister_vmcore_cb(struct vmcore_cb *cb);

#else

static inline void register_vmcore_cb(struct vmcore_cb *cb)
{
}

static inline void unregister_vmcore_cb(struct vmcore_cb *cb)
{
}

#endif /* CONFIG_CRASH_DUMP */

#ifdef CONFIG_PROC_VMCORE

/* Takes /proc/vmcore away for good; for who gives the old memory back (fadump). May sleep. */
void vmcore_cleanup(void);

#else

static inline void vmcore_cleanup(void)
{
}

#endif /* CONFIG_PROC_VMCORE */

#ifdef CONFIG_PROC_VMCORE_DEVICE_DUMP
int vmcore_add_device_dump(struct vmcoredd_data *data);
#else
static inline int vmcore_add_device_dump(struct vmcoredd_data *data)
{
	return -EOPNOTSUPP;
}
#endif

/* /dev/oldmem, for the table of memory devices (drivers/char/mem.c) */
extern const struct file_operations oldmem_fops;

#endif /* LINUX_CRASH_DUMP_H */
