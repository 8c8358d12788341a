# SPDX-License-Identifier: GPL-2.0-only
"""Run by drgn on a dump: all that has to be the same whatever was left out."""
from drgn.helpers.linux.list import list_for_each_entry
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.printk import get_dmesg
from drgn.helpers.linux.slab import for_each_slab_cache, \
    slab_cache_for_each_allocated_object

# Walked object by object; the others by their counts.
WALKED = {"task_struct": "struct task_struct", "dentry": "struct dentry",
          "vm_area_struct": "struct vm_area_struct",
          "inode_cache": "struct inode", "cred_jar": "struct cred"}


def objects(cache, kind):
    """How many there are, and a sum over where they are."""
    found = [o.value_() for o in
             slab_cache_for_each_allocated_object(cache, kind)]
    return f"{len(found)} {sum(found) & (1 << 64) - 1:#x}"


print("== stacks")
for task in sorted(for_each_task(prog), key=lambda t: t.pid.value_()):
    print("--", task.pid.value_(), task.comm.string_().decode())
    print(prog.stack_trace(task))
print("== slab")
for cache in sorted(for_each_slab_cache(prog), key=lambda c: c.value_()):
    name = cache.name.string_().decode()
    nodes = [(n.nr_slabs.counter.value_(), n.total_objects.counter.value_(),
              n.nr_partial.value_()) for n in cache.node if n]
    print(name, cache.object_size.value_(), nodes,
          objects(cache, WALKED[name]) if name in WALKED else "")
print("== mod")
for module in list_for_each_entry("struct module",
                                  prog["modules"].address_of_(), "list"):
    print(hex(module.value_()), module.name.string_().decode(),
          module.state.value_())
print("== log")
print(get_dmesg(prog).decode(errors="replace"))
