// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device tree for the next kernel follows what was plugged in and out since boot, on ppc64.
 *
 * It starts as a copy of the flattened tree that this kernel was entered with. The hypervisor adds
 * and takes away cores and memory later, and only the live tree is told. A kernel that is entered
 * on a core that its tree does not have stops right away, and one that is told of
 * memory that is gone dies later. So nodes of /cpus and nodes of memory are made the same as
 * the live tree's, and so is the list of memory blocks of PAPR, by which devicetree.c
 * says block by block what a capture kernel may use.
 *
 * Nodes that both trees have stay as they are. Between hotplug and the next load a tree is old:
 * user space loads again after hotplug (there is no crash_hotplug file in sysfs).
 *
 * Contract: PAPR, "Dynamic Reconfiguration"; Devicetree Specification, 3.4 and 3.8.
 * Interface: ppc64_fdt_live_bytes(), ppc64_fdt_follow_live(). Context: process, may sleep;
 * kexec_lock() held. Hotplug is not locked out, as it waits for kexec_lock(): one that comes
 * while the tree is edited may make the load fail.
 */
#include <linux/libfdt.h>
#include <linux/of.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "loader.h"

/* A tag, lengths and padding, and a name in the table of strings. */
#define FDT_PROP_BYTES(name, len)	(24 + strlen(name) + (len))
#define FDT_NODE_BYTES(name)		(16 + strlen(name))

#define DRMEM_PATH	"/ibm,dynamic-reconfiguration-memory"

/* What hotplug changes there; the second one tells the blocks' nodes. */
static const char * const drmem_names[] = {
	"ibm,dynamic-memory", "ibm,dynamic-memory-v2", "ibm,associativity-lookup-arrays",
};

/* Where nodes come and go, and of which device_type; NULL: any */
static const struct {
	const char *path;
	const char *type;
} followed[] = {
	{ "/cpus", NULL },
	{ "/", "memory" },
};

static const char *live_name(const struct device_node *node)
{
	return kbasename(of_node_full_name(node));
}

/* The tree's own name of a node is no property in a flattened one. */
static bool live_is_flat(const struct property *prop)
{
	return strcmp(prop->name, "name");
}

static size_t live_node_bytes(const struct device_node *node)
{
	size_t bytes = FDT_NODE_BYTES(live_name(node));
	const struct property *prop;

	for_each_property_of_node(node, prop)
		bytes += FDT_PROP_BYTES(prop->name, prop->length);
	return bytes;
}

static size_t live_children_bytes(const char *path, const char *type)
{
	struct device_node *parent = of_find_node_by_path(path), *child;
	size_t bytes = 0;

	for_each_child_of_node(parent, child)
		if (!type || of_node_is_type(child, type))
			bytes += live_node_bytes(child);
	of_node_put(parent);
	return bytes;
}

/**
 * ppc64_fdt_live_bytes() - room that ppc64_fdt_follow_live() needs at most
 *
 * Context: process.
 * Return: bytes.
 */
size_t ppc64_fdt_live_bytes(void)
{
	struct device_node *drmem = of_find_node_by_path(DRMEM_PATH);
	size_t bytes = 0;
	unsigned int i;

	if (drmem)
		bytes += live_node_bytes(drmem);
	of_node_put(drmem);
	for (i = 0; i < ARRAY_SIZE(followed); i++)
		bytes += live_children_bytes(followed[i].path, followed[i].type);
	return bytes;
}

static bool live_has_child(const struct device_node *parent, const char *name)
{
	struct device_node *child;

	for_each_child_of_node(parent, child) {
		if (strcmp(live_name(child), name))
			continue;
		of_node_put(child);
		return true;
	}
	return false;
}

static bool fdt_is_type(const void *fdt, int node, const char *type)
{
	int len;
	const char *is = fdt_getprop(fdt, node, "device_type", &len);

	return !type || (is && len == strlen(type) + 1 && !memcmp(is, type, len));
}

/* A child that the live tree does not have any more; offsets change as it goes. */
static int fdt_find_gone(const void *fdt, const char *path, const char *type,
			 const struct device_node *live)
{
	int parent = fdt_path_offset(fdt, path), node;

	if (parent < 0)
		return parent;
	fdt_for_each_subnode(node, fdt, parent) {
		const char *name = fdt_get_name(fdt, node, NULL);

		if (name && fdt_is_type(fdt, node, type) && !live_has_child(live, name))
			return node;
	}
	return -FDT_ERR_NOTFOUND;
}

static int fdt_add_live_node(void *fdt, int parent, const struct device_node *live)
{
	int node = fdt_add_subnode(fdt, parent, live_name(live));
	const struct property *prop;
	int ret = 0;

	if (node < 0)
		return node;
	for_each_property_of_node(live, prop) {
		if (live_is_flat(prop))
			ret = fdt_setprop(fdt, node, prop->name, prop->value, prop->length);
		if (ret)
			break;
	}
	return ret;
}

static int fdt_add_new(void *fdt, const char *path, const char *type,
		       const struct device_node *live)
{
	struct device_node *child;
	int parent, ret = 0;

	for_each_child_of_node(live, child) {
		if (type && !of_node_is_type(child, type))
			continue;
		parent = fdt_path_offset(fdt, path);
		ret = parent < 0 ? parent : fdt_subnode_offset(fdt, parent, live_name(child));
		if (ret == -FDT_ERR_NOTFOUND && parent >= 0)
			ret = fdt_add_live_node(fdt, parent, child);
		if (ret < 0) {
			of_node_put(child);
			return ret;
		}
	}
	return 0;
}

static int fdt_follow_children(void *fdt, const char *path, const char *type)
{
	struct device_node *live = of_find_node_by_path(path);
	int node, ret = 0;

	if (!live)
		return 0;
	while (!ret) {
		node = fdt_find_gone(fdt, path, type, live);
		if (node < 0)
			break;
		ret = fdt_del_node(fdt, node);
	}
	if (!ret)
		ret = fdt_add_new(fdt, path, type, live);
	of_node_put(live);
	return ret;
}

static int fdt_follow_drmem(void *fdt)
{
	struct device_node *live = of_find_node_by_path(DRMEM_PATH);
	int node = fdt_path_offset(fdt, DRMEM_PATH), ret = 0;
	unsigned int i;

	for (i = 0; live && node >= 0 && i < ARRAY_SIZE(drmem_names) && !ret; i++) {
		const struct property *prop = of_find_property(live, drmem_names[i], NULL);

		if (prop)
			ret = fdt_setprop(fdt, node, prop->name, prop->value, prop->length);
	}
	of_node_put(live);
	return ret;
}

/**
 * ppc64_fdt_follow_live() - cores and memory as they are now
 * @fdt: a tree with ppc64_fdt_live_bytes() of room
 *
 * Context: process, may sleep.
 * Return: 0 or -FDT_ERR_*.
 */
int ppc64_fdt_follow_live(void *fdt)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(followed) && !ret; i++)
		ret = fdt_follow_children(fdt, followed[i].path, followed[i].type);
	return ret ? ret : fdt_follow_drmem(fdt);
}
