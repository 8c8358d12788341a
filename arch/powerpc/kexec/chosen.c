// SPDX-License-Identifier: GPL-2.0-only
/*
 * What kexec-tools reads in /proc/device-tree/chosen of a running ppc64 kernel.
 *
 * linux,kernel-end is where memory begins that an image may use. linux,crashkernel-base and
 * -size are the crash region, linux,memory-limit what mem= left; linux,htab-base and -size the
 * hash page table, where it lies in this memory. Numbers are 64 bits, big-endian. What a former
 * kernel's device tree said of its own is replaced. When the crash region shrinks its size is
 * written over: one store, so that a reader sees the old one or the new one.
 *
 * Contract: the properties of "chosen", Documentation/devicetree/bindings and kexec-tools.
 * Interface: crash_reserve_changed(). Context: boot; process.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/crash_reserve.h>
#include <linux/init.h>
#include <linux/of.h>
#include <linux/slab.h>

#include <asm/crash_reserve.h>
#include <asm/mmu.h>
#include <asm/page.h>
#include <asm/sections.h>
#include <asm/setup.h>

static void __init chosen_remove(struct device_node *chosen, const char *name)
{
	struct property *old = of_find_property(chosen, name, NULL);

	if (old)
		of_remove_property(chosen, old);
}

/* Returns where the value is, as readers of the property see it; NULL if there is none. */
static __be64 * __init chosen_set(struct device_node *chosen, const char *name, u64 value)
{
	struct {
		struct property prop;
		__be64 value;
	} *entry = kzalloc(sizeof(*entry), GFP_KERNEL);

	chosen_remove(chosen, name);
	if (entry) {
		entry->value = cpu_to_be64(value);
		entry->prop.name = kstrdup(name, GFP_KERNEL);
		entry->prop.value = &entry->value;
		entry->prop.length = sizeof(entry->value);
		if (entry->prop.name && !of_add_property(chosen, &entry->prop))
			return &entry->value;
		kfree(entry->prop.name);
		kfree(entry);
	}
	pr_warn("/chosen/%s can not be set; kexec-tools will not work\n", name);
	return NULL;
}

#ifdef CONFIG_CRASH_RESERVE

static __be64 *chosen_crash_bytes;

static void __init chosen_set_crash(struct device_node *chosen)
{
	if (crashk_res.end <= crashk_res.start)
		return;
	chosen_set(chosen, "linux,crashkernel-base", crashk_res.start);
	chosen_crash_bytes = chosen_set(chosen, "linux,crashkernel-size",
					resource_size(&crashk_res));
}

/**
 * crash_reserve_changed() - let kexec-tools know how much is left of the crash region
 *
 * Context: process; kexec_lock() held.
 */
void crash_reserve_changed(void)
{
	u64 bytes = crashk_res.end > crashk_res.start ? resource_size(&crashk_res) : 0;

	if (chosen_crash_bytes)
		WRITE_ONCE(*chosen_crash_bytes, cpu_to_be64(bytes));
}

#else

static void __init chosen_set_crash(struct device_node *chosen)
{
}

#endif

static int __init chosen_init(void)
{
	struct device_node *chosen = of_find_node_by_path("/chosen");

	if (!chosen)
		return -ENOENT;

	chosen_set(chosen, "linux,kernel-end", __pa(_end));
	chosen_remove(chosen, "linux,crashkernel-base");
	chosen_remove(chosen, "linux,crashkernel-size");
	chosen_set_crash(chosen);
	chosen_set(chosen, "linux,memory-limit", memory_limit);

	chosen_remove(chosen, "linux,htab-base");
	chosen_remove(chosen, "linux,htab-size");
#ifdef CONFIG_PPC_64S_HASH_MMU
	if (htab_address) {
		chosen_set(chosen, "linux,htab-base", __pa(htab_address));
		chosen_set(chosen, "linux,htab-size", htab_size_bytes);
	}
#endif
	of_node_put(chosen);
	return 0;
}
late_initcall(chosen_init);
