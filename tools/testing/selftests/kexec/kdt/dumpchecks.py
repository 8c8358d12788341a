# SPDX-License-Identifier: GPL-2.0-only
"""What the tests ask of a dump beside its memory: log, CPUs, registers."""
import bisect

from .report import Failure

# Where an idle CPU stands; a crashed CPU does not.
IDLE = {"pv_native_safe_halt", "default_idle", "native_safe_halt"}


def log_holds(log, token, texts):
    """The token of this run, and after it these texts, in this order."""
    at = log.find(token)
    if at < 0:
        raise Failure("the dump's log does not hold this run's token "
                      f"{token} (its last line: {log.splitlines()[-1]!r})")
    for text in texts:
        found = log.find(text, at)
        if found < 0:
            raise Failure(f"the dump's log does not hold {text!r} after the "
                          f"token (its last line: {log.splitlines()[-1]!r})")
        at = found


def kernel_symbol(core, symbols, name):
    """The run-time address of a symbol of vmlinux."""
    if name not in symbols:
        raise Failure(f"vmlinux has no symbol {name}")
    return symbols[name] + core.kaslr_offset()


def crashed_cpu(core, symbols):
    """The CPU that took the crash, as the kernel's own memory says."""
    return core.u32(kernel_symbol(core, symbols, "crashing_cpu"))


def nearest_symbol(core, symbols, address):
    """The name of the text symbol at or before an address, or None."""
    ordered = symbols.get("\0ordered")
    if ordered is None:
        ordered = sorted((value, name) for name, value in symbols.items()
                         if value >= 0xffffffff80000000)
        symbols["\0ordered"] = ordered
    at = bisect.bisect_right(ordered, (address - core.kaslr_offset(),
                                       "\x7f")) - 1
    return ordered[at][1] if at >= 0 else None


def cpus_are_right(core, symbols, online, crashed, silent, log):
    """Registers for each online CPU that could be stopped, and no other."""
    statuses = core.prstatus()
    expected = online - len(silent)
    if len(statuses) != expected:
        raise Failure(f"{len(statuses)} NT_PRSTATUS notes, {expected} CPUs "
                      f"were stopped ({online} online, silent: "
                      f"{sorted(silent) or 'none'})")
    order = [cpu for cpu in range(online) if cpu not in silent]
    status = statuses[order.index(crashed)]
    where = nearest_symbol(core, symbols, status["rip"])
    if where in IDLE:
        raise Failure(f"the registers of CPU {crashed} are those of an idle "
                      f"CPU ({where})")
    return ""
