# SPDX-License-Identifier: GPL-2.0-only
"""One machine of the bench: boot, load, crash, measure in the capture kernel.

The machine has sparse memory (reserve=off): a guest of 64 GiB takes from the
host only what its kernel writes. Figures come back as {name: [values]}.
"""
import collections
import gzip
import os
import pathlib
import time

from kdt import arch, guest, initramfs
from kdt.elfcore import Core, Remote
from kdt.kdumpnote import KdumpNote
from kdt.report import Failure
from kdt.vm import Vm

HERE = pathlib.Path(__file__).resolve().parent
CPUS = 2
# Room for the bench's own buffers beside the capture kernel.
CRASHKERNEL_MB = 256
# The sizes of guests, by name. QEMU's emulation does "rep movsb", with which
# the kernel copies where the CPU says ERMS, byte by byte; no real CPU does. So
# one guest goes without ERMS: in it stock's read() is slowed by mapping alone.
Guest = collections.namedtuple("Guest", "mem_mb cpu")
GUESTS = {"1 GiB": Guest(1024, "max"), "8 GiB": Guest(8192, "max"),
          "64 GiB": Guest(65536, "max"),
          "1 GiB, CPU without ERMS": Guest(1024, "max,-erms")}
# Other machines have neither; their emulation is slower.
OTHER_GUESTS = {"1 GiB": Guest(1024, None), "4 GiB": Guest(4096, None)}
# The C library copies with it too; memcpy is to be the limit, so not here.
NO_MOVSB = "GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=0x40000000"
PIECES, PIECE_MB = 4, 64
TURNS = 3
LOADS = 3
# The panic comes when the guest's answer has safely reached the host.
CRASH_DELAY_MS = 300
TIMEOUT_S = 420
# The host counts as quiet when others take less than this of its CPUs.
QUIET_SHARE, QUIET_WAIT_S = 0.25, 60
# A measured machine goes before others on the host, where that is permitted.
NICE = -15


def guests(setup):
    return GUESTS if setup.arch is arch.X86_64 else OTHER_GUESTS


class Kernel:
    """A kernel under test, with the archives that its machines boot."""

    def __init__(self, name, setup):
        self.name, self.setup = name, setup
        work = setup.work
        program = initramfs.build_guest_program(HERE / "guest.c",
                                                work / "guest/bench")
        plain = initramfs.capture_archive(work)
        timed = initramfs.Archive()
        timed.file("sbin/agent", work / "guest/agent")
        timed.file("init", program)
        timed.symlink("bin/kdump-bench", "/init")
        target = work / "timed.cpio.gz"
        data = plain.read_bytes()
        target.write_bytes(data + b"\0" * (-len(data) % 4)
                           + gzip.compress(timed.bytes(), 9, mtime=0))
        # The plain capture archive is what the smallest crashkernel= is
        # sought with; it reads the dump with busybox.
        self.initrd = guest.system_initrd(
            setup, files=(("boot/timed.cpio.gz", target),
                          ("bin/kdump-bench", program)))


def wait_for_quiet():
    """Wait, for a bounded time, until the host's CPUs are mostly idle."""
    def busy_and_all():
        with open("/proc/stat") as stat:
            ticks = [int(t) for t in stat.readline().split()[1:9]]
        return sum(ticks) - ticks[3] - ticks[4], sum(ticks)

    end = time.monotonic() + QUIET_WAIT_S
    while True:
        before = busy_and_all()
        time.sleep(1)
        after = busy_and_all()
        share = (after[0] - before[0]) / max(after[1] - before[1], 1)
        if share < QUIET_SHARE or time.monotonic() > end:
            return share


def go_first(vm):
    """Raise the priority of QEMU's threads; new ones inherit it."""
    for thread in os.listdir(f"/proc/{vm.process.pid}/task"):
        try:
            os.setpriority(os.PRIO_PROCESS, int(thread), NICE)
        except (PermissionError, ProcessLookupError):
            pass


def boot(kernel, directory, where, crashkernel_mb, timeout_s=TIMEOUT_S,
         disks=()):
    return Vm(directory, kernel.setup.bzimage, kernel.initrd,
              append=f"{guest.SYSTEM_CMDLINE} crashkernel={crashkernel_mb}M",
              cpus=CPUS, cpu=where.cpu, mem_mb=where.mem_mb,
              arch=kernel.setup.arch,
              timeout_s=kernel.setup.wait_s(timeout_s), disks=disks,
              extra=("-machine", "memory-backend=ram", "-object",
                     f"memory-backend-ram,id=ram,size={where.mem_mb}M,"
                     "reserve=off"))


def figures(output):
    """The "bench" lines of the guest program, as lists of words."""
    return [line.split()[1:] for line in output.splitlines()
            if line.startswith("bench ")]


def host_memory_mb(vm):
    """The most that QEMU has held of the host's memory."""
    with open(f"/proc/{vm.process.pid}/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    raise Failure("/proc/PID/status of QEMU has no VmHWM")



def _load(vm, found):
    """kexec -p, LOADS times with each system call, timed.

    What stays armed is of kexec_load(2).
    """
    command = "/tmp/load"
    for method, key in (("-s", "load -s"), ("-c", "load")):
        vm.run(f"cat >{command} <<'END'\n#!/bin/sh\nexec kexec {method} -p "
               "/boot/bzImage --initrd=/boot/timed.cpio.gz --append="
               f"'console={vm.arch.console} {guest.CAPTURE_CMDLINE}'\nEND\n"
               f"chmod 755 {command}")
        for words in figures(vm.run(f"kdump-bench time {LOADS} {command}")):
            found[key].append(int(words[2]) / 1e9)


def _crash(vm, found):
    """Panic; the way to the capture kernel's init, by guest and by host."""
    said = []
    vm.start(f"kdump-bench crash {CRASH_DELAY_MS}")
    while not said:
        line = vm.port.line("the time of the panic")
        if line.startswith("out "):
            text = vm.port.exactly(int(line.split()[1]), "that time").decode()
            said = [int(words[1]) for words in figures(text)
                    if words[0] == "crash"]
        elif line.startswith("done"):
            raise Failure("sysrq-c did not panic")
    start_s = time.monotonic() + CRASH_DELAY_MS / 1000
    found["boot uptime"].append(vm.wait_hello("capture") / 1000)
    found["crash host"].append(time.monotonic() - start_s)
    for words in figures(vm.run("kdump-bench tsc")):
        found["crash"].append((int(words[1]) - said[0]) / int(words[2]))


def _verification(vm, found):
    """How long the digests took on the panic path, by our own ELF note."""
    crash = KdumpNote(Core(Remote(vm))).crash
    found["verify"].append(crash.verify_ns / 1e9)


def _memory(vm, found):
    """What reading takes of the capture kernel's memory, in KiB."""
    seen = collections.defaultdict(dict)
    for _, when, field, kib in figures(
            vm.run(f"kdump-bench memory {PIECES} {PIECE_MB}")):
        seen[when][field] = int(kib)
    found["mem total"].append(seen["before"]["MemTotal"])
    found["mem free"].append(seen["before"]["MemFree"])
    for when in ("read", "mmap", "closed"):
        found[f"mem {when}"].append(seen["before"]["MemFree"]
                                    - seen[when]["MemFree"])
        for field in ("Slab", "PageTables", "VmallocUsed"):
            found[f"mem {when} {field}"].append(seen[when][field]
                                                - seen["before"][field])


def _speed(vm, found):
    for name, block, size, ns in figures(
            vm.run(f"{NO_MOVSB} kdump-bench speed {TURNS} {PIECES} "
                   f"{PIECE_MB}")):
        found[f"{name} {int(block) >> 10}"].append(
            int(size) / int(ns) * 1e9 / 1e6)


def measure(kernel, directory, where):
    """One machine, all figures. Returns {name: [values]}."""
    found = collections.defaultdict(list)
    found["host busy before"].append(wait_for_quiet())
    with boot(kernel, directory, where, CRASHKERNEL_MB) as vm:
        go_first(vm)
        vm.wait_hello("system")
        _load(vm, found)
        _crash(vm, found)
        _memory(vm, found)
        _speed(vm, found)
        if not kernel.setup.stock:
            _verification(vm, found)
        found["host memory"].append(host_memory_mb(vm))
    return found
