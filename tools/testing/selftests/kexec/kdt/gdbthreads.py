# SPDX-License-Identifier: GPL-2.0-only
"""How far gdb unwinds each thread of a dump.

gdb follows DWARF CFI alone. An interrupt's entry moves to the CPU's hardirq
stack in inline assembly that has no CFI (arch/x86/include/asm/irq_stack.h), so
gdb cannot go back from there to the interrupted task; drgn and crash can, they
use the kernel's ORC tables. A thread may therefore end in the function that
moves, if its stack pointer lies on the hardirq stack that the KDUMP note says
its CPU has. Any other thread must end at its root.
"""
import re

from . import kdumpnote
from .report import Failure

# Where the stacks of tasks begin.
ROOTS = ("cpu_startup_entry", "system_call_vectored_common",
         "system_call_common", "start_kernel_thread",
         "ret_from_fork", "entry_SYSCALL",
         "asm_sysvec_", "asm_exc_", "asm_common_interrupt")
# What moves to the hardirq stack (asm/irq_stack.h, asm/idtentry.h).
SWITCH = re.compile(r"(sysvec_\w+|common_interrupt|spurious_interrupt|"
                    r"do_softirq)$")
FRAME = re.compile(r"^#\d+ +(?:0x[0-9a-f]+ in )?(\w+) \(", re.M)


def split(text):
    """What `thread apply all bt` printed, a text a thread."""
    return text.split("\nThread ")[1:]


def lwp(thread):
    found = re.match(r"\d+ \(LWP (\d+)\)", thread)
    if not found:
        raise Failure(f"gdb's thread has no LWP: {thread[:80]}")
    return int(found[1])


def on_irq_stack(note, cpu, rsp):
    """Whether an address lies on a hardirq stack of the CPU's own."""
    return any(s.cpu == cpu and s.kind == kdumpnote.STACK_IRQ and
               s.va < rsp <= s.va + s.bytes for s in note.stacks)


def ends_at_switch(core, thread):
    """Whether it can only end where its CPU moved to the hardirq stack."""
    note, statuses = kdumpnote.KdumpNote(core), core.prstatus()
    order = sorted(c.cpu for c in note.cpus.values()
                   if c.state in (kdumpnote.CRASHING, kdumpnote.STOPPED))
    pids = [status["pid"] for status in statuses]
    if len(order) != len(pids) or lwp(thread) not in pids:
        raise Failure(f"gdb's LWP {lwp(thread)} is none of the dump's {pids}, "
                      f"which are those of CPUs {order}")
    at = pids.index(lwp(thread))
    # What comes after the switch, if anything, has no function's name.
    named = FRAME.findall(thread)
    return note.cpus[order[at]].state == kdumpnote.STOPPED and \
        on_irq_stack(note, order[at], statuses[at]["sp"]) and \
        bool(named and SWITCH.match(named[-1]))


def check(core, threads):
    """Each thread is unwound as far as gdb can. Returns what to say of it."""
    short = [t for t in threads if not any(root in t for root in ROOTS)]
    for thread in short:
        if not ends_at_switch(core, thread):
            raise Failure(f"gdb does not unwind a thread of {len(threads)} to "
                          "its first frame, and it is not at the switch to a "
                          "hardirq stack: " + thread[:400])
    return f"{len(threads)} threads, " + (
        "unwound" if not short else
        f"{len(threads) - len(short)} unwound, {len(short)} as far as the "
        "switch to the hardirq stack")
