# SPDX-License-Identifier: GPL-2.0-only
"""The page filter against the crashed kernel's own word on each page.

When all CPUs have stopped, the crashed kernel saves stable_page_flags() of every
page (CONFIG_KDUMP_TEST_PAGEFLAGS). The capture side tells the class of each page
by where /proc/vmcore has holes, at levels that leave out one class each. Both have
to agree on every page of the dump. Memory is dirtied and freed first: a
freshly booted machine's free pages hide errors.

garbage-N    the same with N struct pages overwritten with random bytes, after
             their flags were saved: the capture has to end, and what
             else is in the dump has to be readable
"""
import gzip
import re

from . import dumpchecks, elfcore, guest, initramfs
from .report import Failure

TOP = initramfs.HERE.parents[3]
MEM_MB, CPUS = 384, 2
TIMEOUT_S = 300
GARBAGE = (10, 1000, 20000, 90000)
RESULT = re.compile(r"pageflags (\d+) compared, (\d+) mismatches, "
                    r"(\d+) hidden; (.*)")
# Of struct pages that are random bytes, those that may look sound.
HIDDEN_SHARE = 0.01


def capture_initrd(setup):
    """The capture archive with the program that compares."""
    program = initramfs.build_guest_program(
        initramfs.HERE / "guest/pageflags.c", setup.work / "guest/pageflags")
    plain = initramfs.capture_archive(setup.work).read_bytes()
    more = initramfs.Archive()
    more.file("bin/pageflags", program)
    more.file("bin/kdump-info", initramfs.build_guest_program(
        TOP / "tools/kdump/kdump-info.c", setup.work / "guest/kdump-info"))
    target = setup.work / "prooftests-capture.cpio.gz"
    target.write_bytes(plain + b"\0" * (-len(plain) % 4)
                       + gzip.compress(more.bytes(), 6, mtime=0))
    return target


def initrd(setup, capture_kernel=None):
    dirty = initramfs.build_guest_program(initramfs.HERE / "guest/dirty.c",
                                          setup.work / "guest/dirty")
    files = [("boot/proof.cpio.gz", capture_initrd(setup)),
             ("bin/dirty", dirty)]
    if capture_kernel:
        files.append(("boot/other", capture_kernel))
    return guest.system_initrd(setup, "prooftests.cpio", files=files)


class Proof:
    """One machine that crashes, and what its capture kernel finds."""

    def __init__(self, setup, archive, name, mem_mb=MEM_MB, cpu="max",
                 append="", extra=(), space_mb=None, kernel="/boot/bzImage"):
        self.setup, self.kernel = setup, kernel
        # Below 4 GiB q35 keeps a hole for devices: the rest lies above it.
        space_mb = space_mb or setup.mem_mb(mem_mb)
        self.vm = setup.boot(
            f"proof/{name}", archive,
            f"kdump_pageflags={space_mb}M {append}", CPUS, mem_mb, TIMEOUT_S,
            cpu=cpu, extra=extra)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.vm.close()

    def crash(self, before="dirty 60 8 /tmp/file"):
        """Load, use memory, crash."""
        vm = self.vm
        vm.wait_hello("system")
        found = re.search(r"page flags will be saved at (0x[0-9a-f]+)",
                          vm.run("dmesg"))
        if not found:
            raise Failure("the kernel saves no page flags: "
                          "CONFIG_KDUMP_TEST_PAGEFLAGS is off")
        self.head_pa = found[1]
        if before:
            vm.run(before)
        output = vm.run(
            f"kexec -c -p {self.kernel} --initrd=/boot/proof.cpio.gz "
            f"--append='{guest.CAPTURE_CMDLINE}' 2>&1")
        if vm.run("cat /sys/kernel/kexec_crash_loaded").strip() != "1":
            raise Failure("no capture kernel is loaded: " + output)
        vm.start("echo c > /proc/sysrq-trigger")
        vm.wait_hello("capture")

    def info(self):
        """Pages of each class as kdump-info counts them."""
        text = self.vm.run("kdump-info /proc/vmcore")
        return {name: int(number) for name, number in
                re.findall(r"^\t(\w+) +(\d+)$", text, re.M)}

    def compare(self, mode=""):
        """Returns (pages, mismatches, hidden, classes by the flags)."""
        status, text = self.vm.run(f"pageflags {self.head_pa} {mode}",
                                   check=False)
        found = RESULT.search(text)
        if not found:
            raise Failure(f"pageflags ended with {status}: {text[-300:]}")
        classes = {name: int(number) for name, number in
                   (item.split() for item in found[4].split(", "))}
        if status:
            raise Failure(f"{found[0]}: " + "; ".join(
                text.splitlines()[:8]))
        return int(found[1]), int(found[2]), int(found[3]), classes


def text_of(pages, bad, hidden, classes):
    return (f"{pages} pages, {bad} mismatches, {hidden} hidden ("
            + ", ".join(f"{name} {number}" for name, number in classes.items()
                        if number) + ")")


def proof(setup, archive, name, want=("free", "user", "cache"), **machine):
    """All pages agree, and there are pages of the classes that are meant."""
    before = machine.pop("before", "dirty 60 8 /tmp/file")
    with Proof(setup, archive, name, **machine) as machine:
        machine.crash(before)
        result = machine.compare()
        info = machine.info()
    if {name: info.get(name) for name in result[3]} != result[3]:
        raise Failure(f"kdump-info counts {info}, but: {text_of(*result)}")
    for kind in want:
        if not result[3][kind]:
            raise Failure(f"no page is {kind}: {text_of(*result)}")
    return text_of(*result)


def garbage(setup, archive, number):
    """Struct pages overwritten: the capture ends, notes and log are there."""
    with Proof(setup, archive, f"garbage-{number}",
               append=f"kdump_pageflags_garbage={number}") as machine:
        machine.crash()
        result = machine.compare("garbage")
        vm = machine.vm
        vm.run("echo 31 > /sys/kernel/vmcore/filter && "
               "cat /proc/vmcore > /dev/null")
        core = elfcore.Core(elfcore.Remote(vm))
        dumpchecks.log_holds(core.log(), "sysrq triggered crash", [])
        if len(core.prstatus()) != CPUS:
            raise Failure(f"the dump has registers of {len(core.prstatus())} "
                          f"CPUs, not {CPUS}")
        counts = vm.run("cat /sys/kernel/vmcore/pages")
    if result[2] > number * HIDDEN_SHARE:
        raise Failure(f"{result[2]} pages that the kernel needs are left out")
    return text_of(*result) + "; " + " ".join(
        line for line in counts.splitlines() if line.startswith("un"))


def run(setup, report, only, args):
    archive = None

    def tests():
        yield "dirtied", lambda: proof(setup, archive, "dirtied")
        if not args.full:
            return
        yield "fresh", lambda: proof(setup, archive, "fresh", before="",
                                     want=("free",))
        yield "4level", lambda: proof(setup, archive, "4level",
                                      cpu="max,la57=off")
        yield "nokaslr", lambda: proof(setup, archive, "nokaslr",
                                       append="nokaslr")
        for number in GARBAGE:
            yield f"garbage-{number}", lambda number=number: garbage(
                setup, archive, number)

    chosen = [(f"proof.{name}", function) for name, function in tests()
              if not only or any(w in f"proof.{name}" for w in only)]
    if args.list:
        for name, _ in chosen:
            print(f"runs {name}")
        return False
    if chosen:
        archive = initrd(setup)
        report.run_all(chosen, setup.parallel)
    return True
