# SPDX-License-Identifier: GPL-2.0-only
"""crashkernel= as a machine boots with it: what is reserved, and what is said.

A boot each, of agent and busybox only. What is reserved must be what
/proc/iomem and kexec_crash_size show; a text that cannot be followed gives
one line that quotes it and says what is wrong, and the machine boots.
"""
import collections
import re

from . import dumpchecks, initramfs
from .report import Failure

TIMEOUT_S = 60
SMALL_MB, LARGE_MB = 256, 5120
# Much of it is never touched: the host need not have so much.
SPARSE = ("-machine", "memory-backend=ram", "-object",
          f"memory-backend-ram,id=ram,size={LARGE_MB}M,reserve=off")
MB, FOUR_GIB = 1 << 20, 1 << 32
ALIGN = 16 * MB
SIZE = "/sys/kernel/kexec_crash_size"
NOTHING = "nothing is reserved"
# What crashkernel=,high adds below 4 GiB unless ,low says otherwise.
LOW_DEFAULT_MB = 256

# regions: (MiB, where) of each, "low" and "high" of 4 GiB or an address.
# line: what the kernel must say, once, after the quoted text.
Case = collections.namedtuple("Case", "words regions line mem_mb append",
                              defaults=((), None, SMALL_MB, ""))

RANGES = "64M-192M:16M,192M-512M:32M,512M-:48M"
GOOD = {
    "size": Case(["48M"], [(48, "low")]),
    "size-kib": Case(["49153K"], [(48 + 4 / 1024, "low")]),
    "offset": Case(["32M@96M"], [(32, 96 * MB)], append="nokaslr"),
    "range-in": Case([RANGES], [(32, "low")]),
    "range-open": Case(["0-192M:16M,192M-:24M"], [(24, "low")]),
    "range-offset": Case(["0-:32M@96M"], [(32, 96 * MB)], append="nokaslr"),
    "high": Case(["64M,high"], [(64, "high"), (LOW_DEFAULT_MB, "low")],
                 mem_mb=LARGE_MB),
    "high-low": Case(["64M,high", "48M,low"], [(64, "high"), (48, "low")],
                     mem_mb=LARGE_MB),
    "high-no-low": Case(["64M,high", "0,low"], [(64, "high")],
                        mem_mb=LARGE_MB),
    "high-in-a-small-machine": Case(["48M,high"], [(48, "low")]),
    "plain-before-high": Case(["32M", "64M,high"], [(32, "low")]),
    "plain-after-high": Case(["64M,high", "32M"], [(32, "low")]),
    "last-plain": Case(["16M", "48M"], [(48, "low")]),
    "last-high": Case(["16M,high", "48M,high"], [(48, "low")]),
    "none": Case([], []),
}
HOLE = r"the largest hole has \d+ [KM]iB"
BAD = {
    "offset-taken": Case(["32M@16M"], line=r"no room for the region of 32768 "
                         r"KiB in \[0x1000000, 0x3000000\): " + HOLE,
                         append="nokaslr"),
    "offset-outside": Case(["32M@1T"], line="no room for the region of 32768 "
                           r"KiB in \[0x10000000000, 0x10002000000\): " + HOLE),
    "offset-unaligned": Case(["32M@0x6000001"], line="the offset is not a "
                             r"multiple of the page size \(4096\)"),
    "too-large": Case(["240M"], line=r"no room for the region of 245760 KiB "
                      r"in \[0x[0-9a-f]+, 0x[0-9a-f]+\): " + HOLE),
    "above-ram": Case(["300M"], line=r"the size is not smaller than the RAM "
                      r"\(\d+ MiB; " + HOLE + r"\)"),
    "range-below": Case(["512M-:64M"], line="no range holds this machine's "
                        r"amount of RAM \(255 MiB\)"),
    "range-above": Case(["64M-128M:16M"], line="no range holds this machine's "
                        r"amount of RAM \(255 MiB\)"),
    "suffix": Case(["64X"], line='at "X": unexpected text; after a number '
                   ".*"),
    "empty": Case([""], line="at its end: there is no value; write "
                  r"size\[KMG\]\[@offset\]"),
    "no-offset": Case(["64M@"], line="at its end: a number is expected here"),
    "no-size": Case(["1G-:"], line="at its end: a number is expected here"),
    "range-no-size": Case(["1G-2G"], line="at its end: a range must be "
                          "followed by :size"),
    "range-empty": Case(["2G-1G:64M"], line='at "1G:64M": the range\'s end is '
                        "not above its start"),
    "zero": Case(["0"], line="the size is 0"),
    "negative": Case(["-64M"], line='at "-64M": a number is expected here'),
    "overflow": Case(["99999999999999999999"], line='at "9{20}": the number '
                     "does not fit in 64 bits"),
    "high-offset": Case(["64M@1G,high"], line='at "@1G,high": @offset does '
                        "not go with ,high or ,low"),
    "high-bad-low": Case(["64M,high", "1Z,low"], line='at "Z,low": unexpected '
                         "text; .*"),
}


def regions(iomem):
    """The "Crash kernel" lines as [start, end), in order."""
    found = []
    for line in iomem.splitlines():
        if line.endswith(": Crash kernel"):
            start, last = line.split(" : ")[0].split("-")
            found.append((int(start, 16), int(last, 16) + 1))
    return found


def _fits(region, wanted):
    start, end = region
    size_mb, where = wanted
    if end - start != size_mb * MB:
        return False
    if isinstance(where, int):
        return start == where
    return start % ALIGN == 0 and (start >= FOUR_GIB) == (where == "high")


def _check_regions(vm, wanted):
    found = regions(vm.run("cat /proc/iomem"))
    text = ", ".join(f"[{a:#x}, {b:#x})" for a, b in found) or "none"
    if len(found) != len(wanted) or not all(
            _fits(*pair) for pair in zip(found, sorted(
                wanted, key=lambda one: one[1] == "high"))):
        raise Failure(f"/proc/iomem shows as \"Crash kernel\" {text}; "
                      f"{wanted or 'none'} are right")
    size = int(vm.run(f"cat {SIZE}"))
    if size != sum(end - start for start, end in found):
        raise Failure(f"kexec_crash_size is {size}, /proc/iomem shows {text}")


def _check_line(vm, case):
    lines = [line for line in vm.run("dmesg").splitlines()
             if re.search(r"\] (kdump: )?crashkernel=|kdump: .*eserve", line)]
    if not case.line:
        if lines:
            raise Failure("the kernel says of a good text: " + lines[0])
        return
    # The text that is at fault is quoted as it was written.
    right = re.compile(r"\] kdump: crashkernel=(?:"
                       + "|".join(map(re.escape, case.words)) + "): "
                       + case.line + f"[;,] {NOTHING}$")
    if len(lines) != 1 or not right.search(lines[0]):
        raise Failure(f"the kernel says {lines}, one line like "
                      f"{right.pattern!r} is right")


def _boot(setup, name, case):
    words = " ".join("crashkernel=" + word for word in case.words)
    return setup.boot(f"qemu/{name}", initramfs.capture_archive(setup.work),
                      case.append, cpus=1, mem_mb=case.mem_mb,
                      timeout_s=TIMEOUT_S, crashkernel=words, extra=SPARSE
                      if case.mem_mb == LARGE_MB else ())


def one(setup, name, case):
    with _boot(setup, name, case) as vm:
        vm.wait_hello("system")
        _check_regions(vm, case.regions)
        _check_line(vm, case)
        dumpchecks.is_clean("the kernel", vm.run("dmesg"))


def write_size(vm, size, error=None):
    status, text = vm.run(f"echo {size} > {SIZE}", check=False)
    if bool(status) != bool(error) or (error or "") not in text:
        raise Failure(f"writing {size} to kexec_crash_size gives {status}, "
                      f"{text.strip()!r}; {error or 'success'} is right")


def mem_total_kib(vm):
    return int(re.search(r"MemTotal: +(\d+) kB", vm.run("cat /proc/meminfo"))
               [1])


def shrink_pair(setup, name):
    """A high and a low part shrink from the high one on, and are memory again."""
    case = Case(["64M,high", "48M,low"], mem_mb=LARGE_MB)
    with _boot(setup, name, case) as vm:
        vm.wait_hello("system")
        before = mem_total_kib(vm)
        for size_mb, left in ((80, [(32, "high"), (48, "low")]),
                              (48, [(48, "low")]), (24, [(24, "low")]),
                              (0, [])):
            write_size(vm, size_mb * MB)
            _check_regions(vm, left)
            more = mem_total_kib(vm) - before
            if more != (112 - size_mb) << 10:
                raise Failure(f"MemTotal grew by {more} KiB with "
                              f"{112 - size_mb} MiB given back")
        write_size(vm, MB, "Invalid argument")
        dumpchecks.is_clean("the kernel", vm.run("dmesg"))


def tests(setup):
    """(name, function of the test's name) pairs."""
    found = [(f"crashkernel-{name}",
              lambda name, case=case: one(setup, name, case))
             for name, case in {**GOOD, **BAD}.items()]
    return found + [("crashkernel-shrink-pair",
                     lambda name: shrink_pair(setup, name))]
