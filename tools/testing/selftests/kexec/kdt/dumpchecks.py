# SPDX-License-Identifier: GPL-2.0-only
"""What the tests ask of a dump beside its memory: log, CPUs, registers."""
import bisect
import re
import threading

from . import kdumpnote
from .elfcore import DumpError
from .report import Failure

# Where an idle CPU stands; a crashed CPU does not.
IDLE = {"pv_native_safe_halt", "default_idle", "native_safe_halt",
        "plpar_hcall_norets_notrace", "pseries_cede_processor"}
# Where the kernel's half of virtual addresses begins, on any machine.
START_KERNEL = 1 << 63


# What the kernel's own checkers say, and what any kernel says of a fault.
SANITIZERS = ("BUG: KASAN", "UBSAN: ", "possible circular locking",
              "possible recursive locking", "inconsistent lock state",
              "invalid context", "suspicious RCU usage", "ODEBUG: ",
              "list_add corruption", "list_del corruption")
FAULTS = SANITIZERS + ("WARNING: ", "BUG: ", "Oops: ", "Kernel panic")


def is_clean(whose, log, words=FAULTS):
    """The log holds no complaint of the kernel's."""
    for line in log.splitlines():
        if any(word in line for word in words):
            raise Failure(f"{whose} complains: {line.strip()}")


def log_holds(log, token, texts):
    """The token of this run, and after it these texts, in this order.

    A text may be a tuple of regular expressions, of which one has to be there.
    """
    at = log.find(token)
    if at < 0:
        raise Failure("the dump's log does not hold this run's token "
                      f"{token} (its last line: {log.splitlines()[-1]!r})")
    for text in texts:
        words = (re.escape(text),) if isinstance(text, str) else text
        found = [place for one in words
                 if (place := re.compile(one).search(log, at))]
        if not found:
            raise Failure(f"the dump's log does not hold {text!r} after the "
                          f"token (its last line: {log.splitlines()[-1]!r})")
        at = min(place.start() for place in found)


def kernel_symbol(core, symbols, name):
    """The run-time address of a symbol of vmlinux."""
    if name not in symbols:
        raise Failure(f"vmlinux has no symbol {name}")
    return symbols[name] + core.kaslr_offset()


# Of each symbol table, the text symbols by address; tests run side by side.
_ordered = {}
_ordered_lock = threading.Lock()


def nearest_symbol(core, symbols, address):
    """The name of the text symbol at or before an address, or None."""
    with _ordered_lock:
        ordered = _ordered.get(id(symbols))
        if ordered is None:
            ordered = sorted((value, name) for name, value in symbols.items()
                             if value >= START_KERNEL)
            _ordered[id(symbols)] = ordered
    at = bisect.bisect_right(ordered, (address - core.kaslr_offset(),
                                       "\x7f")) - 1
    return ordered[at][1] if at >= 0 else None


def crashed_cpu(setup, core):
    """The CPU that crashed: as the KDUMP note says, and as memory says."""
    memory = core.u32(kernel_symbol(core, setup.symbols, "crashing_cpu"))
    if setup.stock:
        return memory
    note = kdumpnote.KdumpNote(core)
    if note.crash.crashing_cpu != memory:
        raise Failure(f"the KDUMP note says CPU {note.crash.crashing_cpu} "
                      f"crashed, the variable crashing_cpu says {memory}")
    return memory


def cpus_are_right(setup, core, online, crashed, silent, overflow=False,
                   idle=False):
    """Registers for each online CPU that could be stopped, and no other.

    online: their number, or which they are

    With idle, the crash may have met the CPU while it did nothing.

    With overflow, the crashed CPU's stack pointer may be in the guard page
    below its stack, which has no memory; the page above it is looked at then.
    """
    if isinstance(online, int):
        online = range(online)
    statuses = core.prstatus()
    order = [cpu for cpu in sorted(online) if cpu not in silent]
    if len(statuses) != len(order):
        raise Failure(f"{len(statuses)} NT_PRSTATUS notes, {len(order)} CPUs "
                      f"were stopped ({len(online)} online, silent: "
                      f"{sorted(silent) or 'none'})")
    where = nearest_symbol(core, setup.symbols,
                           statuses[order.index(crashed)]["pc"])
    if where in IDLE and not idle:
        raise Failure(f"the registers of CPU {crashed} are those of an idle "
                      f"CPU ({where})")
    if setup.stock:
        return
    note_is_right(core, online, crashed, silent)
    for cpu, status in zip(order, statuses):
        stack = status["sp"]
        if stack < START_KERNEL:
            continue                    # it ran in user space
        if overflow and cpu == crashed:
            stack = (stack + 4096) & ~4095
        try:
            core.virtual(stack, 8)
        except DumpError as why:
            raise Failure(f"the stack of CPU {cpu} is not in the dump: {why}"
                          ) from why
    pids = [status["pid"] for status in statuses]
    if len(set(pids)) != len(pids) or 0 in pids:
        raise Failure(f"gdb would drop threads: pr_pid are {pids}")


def note_is_right(core, online, crashed, silent):
    """The KDUMP note gives each CPU its state."""
    note = kdumpnote.KdumpNote(core)
    if not note.sealed:
        raise Failure("the KDUMP note is not sealed")
    for number, cpu in note.cpus.items():
        if number == crashed:
            right = kdumpnote.CRASHING
        elif number in silent:
            right = kdumpnote.SILENT
        elif number in online:
            right = kdumpnote.STOPPED
        else:
            right = kdumpnote.OFFLINE
        if cpu.state != right:
            state = kdumpnote.STATES[cpu.state] if cpu.state < len(
                kdumpnote.STATES) else cpu.state
            raise Failure(f"the KDUMP note says CPU {number} is {state}, "
                          f"{kdumpnote.STATES[right]} is right")
    missing = set(online) - set(note.cpus)
    if missing:
        raise Failure(f"the KDUMP note lacks CPUs {sorted(missing)}")
