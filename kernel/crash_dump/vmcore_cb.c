// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmcore callbacks: which old memory must not be touched.
 *
 * A balloon, a hot-plugged device or a hypervisor may know that a page which the crashed kernel
 * called RAM has nothing behind it: touching it would kill the capture kernel, or cost the host
 * a page. Such a page reads as zeros. Callbacks may sleep and may talk to a device, so they are
 * asked page by page only while there are any, and never while old memory is being copied.
 *
 * Interface: linux/crash_dump.h (register), oldmem.h (ask). Context: registering is possible from
 * the very start of the boot on and may sleep; asking may sleep.
 */
#define pr_fmt(fmt) "vmcore: " fmt

#include <linux/crash_dump.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/rwsem.h>

#include "oldmem.h"

static DECLARE_RWSEM(vmcore_cb_lock);
static LIST_HEAD(vmcore_cb_list);

/* Only grows, so that it tells also that there is another one. */
static unsigned int vmcore_cb_registered;

/* User space has read memory already: a callback that comes now may come too late. */
static bool vmcore_cb_late;

/**
 * register_vmcore_cb() - be asked before a page of old memory is touched
 * @cb: stays with the caller, must live until unregister_vmcore_cb()
 *
 * When this returns, nothing that was mapped without asking @cb is still mapped, but for what
 * is being read at this moment and for mappings of user space.
 *
 * Context: may sleep.
 */
void register_vmcore_cb(struct vmcore_cb *cb)
{
	down_write(&vmcore_cb_lock);
	list_add_tail(&cb->node, &vmcore_cb_list);
	WRITE_ONCE(vmcore_cb_registered, vmcore_cb_registered + 1);
	if (READ_ONCE(vmcore_cb_late))
		pr_warn("%ps registered after old memory was first read: it was not asked then\n",
			cb->pfn_is_ram);
	up_write(&vmcore_cb_lock);
	oldmem_readers_trim();
}
EXPORT_SYMBOL_GPL(register_vmcore_cb);

/**
 * unregister_vmcore_cb() - be asked no more
 * @cb: not called any more when this returns
 *
 * Context: may sleep; not from the callback itself.
 */
void unregister_vmcore_cb(struct vmcore_cb *cb)
{
	down_write(&vmcore_cb_lock);
	list_del(&cb->node);
	if (READ_ONCE(vmcore_cb_late))
		pr_warn("%ps left after old memory was first read: what it refused will be touched\n",
			cb->pfn_is_ram);
	up_write(&vmcore_cb_lock);
}
EXPORT_SYMBOL_GPL(unregister_vmcore_cb);

static bool may_be_read(unsigned long pfn)
{
	struct vmcore_cb *cb;

	list_for_each_entry(cb, &vmcore_cb_list, node)
		if (cb->pfn_is_ram && !cb->pfn_is_ram(cb, pfn))
			return false;
	return true;
}

unsigned int oldmem_callbacks(void)
{
	return READ_ONCE(vmcore_cb_registered);
}

void oldmem_shown(void)
{
	if (!READ_ONCE(vmcore_cb_late))
		WRITE_ONCE(vmcore_cb_late, true);
}

u64 oldmem_ram_run(u64 pa, u64 bytes, bool *is_ram)
{
	u64 end = pa + bytes, at;

	down_read(&vmcore_cb_lock);
	if (list_empty(&vmcore_cb_list)) {
		up_read(&vmcore_cb_lock);
		*is_ram = true;
		return bytes;
	}
	*is_ram = may_be_read(pa >> PAGE_SHIFT);
	for (at = round_down(pa, (u64)PAGE_SIZE) + PAGE_SIZE; at < end; at += PAGE_SIZE)
		if (may_be_read(at >> PAGE_SHIFT) != *is_ram)
			break;
	up_read(&vmcore_cb_lock);
	return min(at, end) - pa;
}
