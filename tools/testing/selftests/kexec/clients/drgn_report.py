# SPDX-License-Identifier: GPL-2.0-only
"""Run by drgn on the dump: print what the tests look at, section by section."""
from drgn.helpers.linux.cpumask import for_each_online_cpu
from drgn.helpers.linux.list import list_for_each_entry
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.printk import get_dmesg
from drgn.helpers.linux.sched import cpu_curr

print("== release")
print(prog["init_uts_ns"].name.release.string_().decode())
print("== panic")
print(prog["panic_cpu"].counter.value_())
print("== bt")
print(prog.crashed_thread().stack_trace())
for cpu in for_each_online_cpu(prog):
    print("== cpu", cpu)
    print(prog.stack_trace(cpu_curr(prog, cpu)))
print("== ps")
for task in for_each_task(prog):
    print(task.pid.value_(), task.comm.string_().decode())
print("== mod")
for module in list_for_each_entry("struct module",
                                  prog["modules"].address_of_(), "list"):
    print(module.name.string_().decode())
print("== log")
print(get_dmesg(prog).decode(errors="replace"))
