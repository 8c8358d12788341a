# SPDX-License-Identifier: GPL-2.0-only
"""Ground truth: a dump against the machine's own memory at the jump.

QEMU stops the guest on the last instruction before the new kernel owns the
memory and saves all of RAM. Every page of every PT_LOAD of the dump is then
compared with it. A page may differ only where exceptions.list says so.
"""
import collections
import pathlib

from .elfcore import PAGE_BYTES
from .report import Failure

HERE = pathlib.Path(__file__).resolve().parent.parent
CHUNK_BYTES = 1 << 20
# A dump that differs in so many pages is wrong as a whole.
DIFFERENT_MAX = 1000

Difference = collections.namedtuple("Difference", "pa first last count")


class Result:
    def __init__(self):
        self.pages = 0
        self.absent_pages = 0
        self.different = []     # Difference: not in the list
        self.excepted = []      # (Difference, reason)

    def text(self):
        text = (f"{self.pages} pages compared, {len(self.different)} different"
                f", {len(self.excepted)} excepted")
        return text + ("; not compared further" if self.full else "")

    @property
    def full(self):
        return len(self.different) >= DIFFERENT_MAX


def exceptions():
    """exceptions.list: (symbol, size_bytes, reason) triples."""
    found = []
    for line in (HERE / "exceptions.list").read_text().splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            symbol, size, reason = line.split(None, 2)
            found.append((symbol, int(size, 0), reason))
    return found


def _page_difference(pa, ours, truth):
    at = [i for i in range(len(truth)) if ours[i] != truth[i]]
    return Difference(pa, pa + at[0], pa + at[-1] + 1, len(at))


def excepted_ranges(core, setup, load="-c"):
    """The physical ranges [start, end) that may differ, and why."""
    low_bytes, reason = setup.arch.low
    if low_bytes:
        return [(0, low_bytes, reason)] if load == "-c" else []
    symbols = setup.symbols
    offset = core.kaslr_offset()
    phys_base = core.info("NUMBER", "phys_base")
    found = []
    for symbol, size, reason in exceptions():
        if symbol not in symbols:
            raise Failure(f"exceptions.list: vmlinux has no symbol {symbol}; "
                          "an exception must name what it excepts")
        pa = symbols[symbol] + offset - 0xffffffff80000000 + phys_base
        found.append((pa, pa + size, f"{symbol}: {reason}"))
    return found


def firmware_ranges(vm):
    """What firmware that runs on the machine's CPUs goes on to write to."""
    where = vm.arch.firmware
    if not where:
        return []
    found = []
    for node in vm.run(f"ls -d {where}").split():
        # Two cells each: address, size.
        start, size = (int.from_bytes(vm.read(f"{node}/reg", at, 8), "big")
                       for at in (0, 8))
        found.append((start, start + size, "OPAL runs between the jump and "
                      "the capture, and in the capture kernel"))
    return found


def compare(core, ram_path, setup, load="-c", more=()):
    """Compare a dump with the saved RAM, page by page.

    load: how kexec-tools was told to load the capture kernel
    more: ranges as of excepted_ranges(), of this machine
    """
    allowed = excepted_ranges(core, setup, load) + list(more)
    result = Result()
    with open(ram_path, "rb") as ram:
        ram.seek(0, 2)
        ram_bytes = ram.tell()
        for segment in core.loads:
            done = 0
            while done < segment.filesz and not result.full:
                size = min(CHUNK_BYTES, segment.filesz - done)
                pa = segment.paddr + done
                ours = core.source.read(segment.offset + done, size)
                ram.seek(pa)
                truth = ram.read(size) if pa < ram_bytes else b""
                if len(ours) != size or len(truth) != size:
                    result.different.append(Difference(pa, pa, pa + size,
                                                       size))
                elif ours != truth:
                    _compare_pages(result, allowed, pa, ours, truth)
                result.pages += -(-size // PAGE_BYTES)
                done += size
    return result


def _compare_pages(result, allowed, pa, ours, truth):
    for at in range(0, len(ours), PAGE_BYTES):
        mine, real = ours[at:at + PAGE_BYTES], truth[at:at + PAGE_BYTES]
        if mine == real:
            continue
        difference = _page_difference(pa + at, mine, real)
        for start, end, reason in allowed:
            if start <= difference.first and difference.last <= end:
                result.excepted.append((difference, reason))
                break
        else:
            result.different.append(difference)


def covered_ram(core, iomem_text, crash_range):
    """RAM ranges of the system kernel's /proc/iomem that no PT_LOAD shows.

    The dump must hold all of "System RAM" but the reserved region itself.
    """
    missing = []
    spans = sorted((s.paddr, s.paddr + s.filesz) for s in core.loads)
    for line in iomem_text.splitlines():
        if line.startswith(" ") or not line.rstrip().endswith(": System RAM"):
            continue
        start, end = (int(x, 16) for x in line.split(" : ")[0].split("-"))
        # A page that RAM fills only partly is no page of the kernel's.
        start, end = -(-start // PAGE_BYTES) * PAGE_BYTES, (end + 1) & -4096
        pieces = [(start, end)]
        for cut_start, cut_end in spans + [crash_range]:
            pieces = [piece for a, b in pieces for piece in
                      ((a, min(b, cut_start)), (max(a, cut_end), b))
                      if piece[0] < piece[1]]
        missing += pieces
    return missing
