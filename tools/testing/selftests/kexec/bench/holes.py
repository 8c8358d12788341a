# SPDX-License-Identifier: GPL-2.0-only
"""Filtered dumps: time, size and memory, beside today's filter on stock.

Ours is measured as a user has it: the time to find all holes (that is to
classify all of memory), then cp at level 31. Beside it stand makedumpfile of
Debian 12 (1.7.2) and of Debian 13 (1.7.6), -E -d 31, on a stock kernel's dump
of a guest with the same past. A guest is fresh, with free pages of zeros as
they never occur in production, or most of its memory was written with random
data and freed.
"""
import collections
import gzip
import re

from kdt import arch, guest, initramfs
from kdt.report import Failure

from . import machine

Past = collections.namedtuple("Past", "mem_mb dirty")
GUESTS = {"1 GiB fresh": Past(1024, 0), "1 GiB dirtied": Past(1024, 80),
          "4 GiB dirtied": Past(4096, 80), "8 GiB fresh": Past(8192, 0), "8 GiB dirtied": Past(8192, 80),
          "64 GiB fresh": Past(65536, 0), "256 GiB fresh": Past(262144, 0)}
# A filter that takes longer is cut off; the time until then is its figure.
FILTER_S = 300
# What timeout(1) ends with then: coreutils', busybox'.
TIMED_OUT = (124, 143)
# In guests above this much, makedumpfile is cut off before it has an end.
COMPARED_MB = 8192
SHARE_MB = 4096
DISK_MB = 14000
LEVEL = 31
# Of makedumpfile: what it prints usually, and its times.
MESSAGES = 1 + 2 + 4 + 16
GOAL_SIZE, GOAL_SCAN, GOAL_KIB = 1 / 15, 3, 8192
STEP = re.compile(r"STEP \[([^\]]*)\] : ([0-9.]+) seconds")
SCAN_STEPS = ("Checking for memory holes", "Excluding unnecessary pages",
              "Excluding free pages", "Creating 2nd-cycle bitmap")


def guests(setup):
    if setup.arch is arch.X86_64:
        return GUESTS
    return {name: past for name, past in GUESTS.items()
            if past.dirty and past.mem_mb <= SHARE_MB}


class Kernel:
    """A kernel, and archives with what is measured in its machines."""

    def __init__(self, name, setup, root):
        self.name, self.setup = name, setup
        work = setup.work
        program = initramfs.build_guest_program(machine.HERE / "guest.c",
                                                work / "guest/bench")
        dirty = initramfs.build_guest_program(
            initramfs.HERE / "guest/dirty.c", work / "guest/dirty")
        plain = initramfs.capture_archive(work).read_bytes()
        more = initramfs.Archive()
        more.file("bin/kdump-bench", program)
        if setup.stock and not root:
            # Another architecture's, of Debian 12.
            more.symlink("1.7.2/makedumpfile", "/usr/bin/makedumpfile")
            initramfs.add_guest_program(more, "makedumpfile")
        elif setup.stock:
            initramfs.add_program_from(more, root, "1.7.6",
                                       "/usr/bin/makedumpfile")
            initramfs.add_program_from(
                more, initramfs.pathlib.Path("/"), "1.7.2",
                initramfs.program("makedumpfile"))
        else:
            initramfs.add_guest_program(more, "cp")
        self.versions = ("1.7.6", "1.7.2") if root else ("1.7.2",)
        target = work / "holes.cpio.gz"
        target.write_bytes(plain + b"\0" * (-len(plain) % 4)
                           + gzip.compress(more.bytes(), 6, mtime=0))
        self.initrd = guest.system_initrd(
            setup, "holes-system.cpio",
            files=(("boot/holes.cpio.gz", target), ("bin/dirty", dirty)))


def _crash(vm, past, append=""):
    vm.wait_hello("system")
    guest.load_crash(vm, initrd="/boot/holes.cpio.gz", append=append)
    if past.dirty:
        vm.run(f"dirty {past.dirty} 16 /tmp/file")
    vm.start("echo c >/proc/sysrq-trigger")
    vm.wait_hello("capture")
    vm.run("mount -t ext4 /dev/vda /mnt")


def _stored_mib(vm, name):
    return int(vm.run(f"stat -c %b /mnt/{name}")) * 512 / (1 << 20)


def _timed(vm, command):
    """Seconds, and what the command said."""
    text = vm.run(f"kdump-bench time 1 sh -c '{command}'")
    for words in machine.figures(text):
        if words[0] == "time":
            return int(words[2]) / 1e9, text
    raise Failure(f"{command} was not timed: {text[-200:]}")


def _ours(vm, found):
    seen = collections.defaultdict(dict)
    for words in machine.figures(vm.run("kdump-bench holes")):
        if words[0] == "memory":
            seen[words[1]][words[2]] = int(words[3])
            continue
        found[f"classify {words[1]}"].append(int(words[2]) / 1e9)
        found["runs"].append(int(words[3]))
        found["truth"].append(int(words[4]) / (1 << 20))
    # What it took at boot for the dump as a whole, and then for the filter.
    at_boot = re.search(r"takes (\d+) KiB of memory", vm.run("dmesg"))
    found["filter KiB"].append(int(at_boot[1]) + seen["before"]["MemFree"]
                               - seen["holes"]["MemFree"])
    seconds, _ = _timed(vm, "/usr/bin/cp /proc/vmcore /mnt/copy")
    found["copy"].append(seconds)
    found["size"].append(_stored_mib(vm, "copy"))
    counts = dict(line.split() for line in
                  vm.run("cat /sys/kernel/vmcore/pages").splitlines())
    if counts["looked_at"] != counts["ram"]:
        raise Failure(f"{counts['looked_at']} of {counts['ram']} pages were "
                      "looked at")
    found["pages"].append(int(counts["ram"]))
    found["unclear"].append(int(counts["unclear"]))


def _makedumpfile(vm, version, found):
    seconds, text = _timed(
        vm, f"timeout {FILTER_S} /{version}/makedumpfile -E -d {LEVEL} "
        f"--message-level {MESSAGES} /proc/vmcore /mnt/{version} 2>&1 "
        "; echo ended with $?")
    status = int(re.search(r"^ended with (\d+)$", text, re.MULTILINE)[1])
    if status not in (0, *TIMED_OUT):
        said = [line.strip() for line in
                re.split(r"[\r\n]+", text.split("ended with ")[0])]
        found[f"{version} failed"].append(" / ".join(filter(None, said))[-300:])
        return
    found[f"{version} scan"].append(sum(
        float(seconds) for step, seconds in STEP.findall(text)
        if step.strip() in SCAN_STEPS))
    found[f"{version} all"].append(seconds)
    found[f"{version} size"].append(_stored_mib(vm, version))
    found[f"{version} cut off"].append(int(status in TIMED_OUT))
    vm.run(f"rm -f /mnt/{version}")


def measure(kernel, directory, past):
    """One machine. Returns {name: [values]}."""
    found = collections.defaultdict(list)
    directory.mkdir(parents=True, exist_ok=True)
    disk = guest.make_disk(directory / "disk", DISK_MB)
    where = machine.Guest(past.mem_mb, None)
    try:
        with machine.boot(kernel, directory, where, machine.CRASHKERNEL_MB,
                          timeout_s=900 + past.mem_mb // 128,
                          disks=((disk, False),)) as vm:
            _crash(vm, past, "" if kernel.setup.stock
                   else f"vmcore.filter={LEVEL}")
            if kernel.setup.stock:
                for version in kernel.versions:
                    _makedumpfile(vm, version, found)
            else:
                _ours(vm, found)
    finally:
        disk.unlink()
    return found


def _value(figures, kernel, key):
    values = figures.get(kernel, {}).get(key)
    return values[-1] if values else None


def _met(right):
    return "met" if right else "not met"


def _row(figures):
    """Cells of one guest."""
    ours = {key: _value(figures, "ours", key) for key in (
        "classify first", "classify again", "copy", "size", "truth", "pages",
        "filter KiB")}
    cells = ["-" if ours["classify first"] is None else text for text in (
        "{classify first:.2f} s", "{classify again:.2f} s", "{copy:.1f} s",
        "{size:.0f} MiB", "{filter KiB} KiB")]
    if ours["classify first"] is not None:
        cells = [text.format(**ours) for text in cells]
    for version in ("1.7.6", "1.7.2"):
        for key, unit in (("scan", "{:.2f} s"), ("all", "{:.1f} s"),
                          ("size", "{:.0f} MiB")):
            value = _value(figures, "stock", f"{version} {key}")
            cells.append("-" if value is None else unit.format(value) + (
                "+" if _value(figures, "stock", f"{version} cut off")
                else ""))
    return cells, ours


def _goals(name, figures, ours):
    if ours["size"] is None:
        return
    yield (f"{name}: {ours['size']:.0f} MiB, the truth {ours['truth']:.0f} "
           f"MiB, goal + 2 %: {_met(ours['size'] <= ours['truth'] * 1.02 + 1)}"
           f"; {ours['filter KiB']} KiB, goal {GOAL_KIB}: "
           f"{_met(ours['filter KiB'] <= GOAL_KIB)}; "
           f"{ours['classify first'] / ours['pages'] * 1e9:.0f} ns a page")
    theirs = _value(figures, "stock", "1.7.6 size")
    # A smaller one has too little that could be left out.
    if theirs and GUESTS[name].dirty and GUESTS[name].mem_mb >= SHARE_MB:
        yield (f"{name}: 1/{theirs / ours['size']:.1f} of 1.7.6's file, goal "
               f"1/15: {_met(ours['size'] <= theirs * GOAL_SIZE)}")
    for version in ("1.7.6", "1.7.2"):
        failed = _value(figures, "stock", f"{version} failed")
        if failed:
            yield f"{name}: {version} makes no dump of it: {failed}"
        scan = _value(figures, "stock", f"{version} scan")
        if scan:
            ratio = scan / ours["classify first"]
            yield (f"{name}: classification {ratio:.1f} x {version}'s, goal "
                   f"{GOAL_SCAN}: {_met(ratio >= GOAL_SCAN)}")


def render(results):
    """The table as text."""
    head = ("guest", "classify", "again", "cp", "size", "memory",
            "1.7.6 scan", "all", "size", "1.7.2 scan", "all", "size")
    rows, goals = [head], []
    for name, figures in results.items():
        cells, ours = _row(figures)
        rows.append((name, *cells))
        goals += _goals(name, figures, ours)
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in
                       zip(row, widths)).rstrip() for row in rows]
    return "\n".join(
        [f"Level {LEVEL}. Ours: classify is lseek(2) from hole to hole, then "
         "again when all is known. Theirs: makedumpfile -E -d 31 on stock; + "
         f"was cut off after {FILTER_S} s."] + lines + goals) + "\n"
