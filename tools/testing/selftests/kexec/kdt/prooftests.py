# SPDX-License-Identifier: GPL-2.0-only
"""The page filter against the crashed kernel's own word on each page.

When all CPUs have stopped, the crashed kernel saves stable_page_flags() of
every page (CONFIG_KDUMP_TEST_PAGEFLAGS). The capture side tells the class of
each page by where /proc/vmcore has holes, at levels that leave out one class
each. Both have to agree on every page of the dump. Memory is dirtied and freed
first: a freshly booted machine's free pages hide errors.

balloon      with pages that the host took
hotplug      with memory that was plugged in
huge         with HugeTLB pages of 2 MiB and 1 GiB, where the kernel has them
cross        captured by a kernel of another configuration (--other)
garbage-N    the same with N struct pages overwritten with random bytes, after
             their flags were saved: the capture has to end, and what
             else is in the dump has to be readable
"""
import gzip
import pathlib
import re
import time

from . import arch, dumpchecks, elfcore, guest, initramfs
from .report import Failure

TOP = initramfs.HERE.parents[3]
MEM_MB, CPUS = 384, 2
TIMEOUT_S = 300
DIRTY = "dirty 60 8 /tmp/file /mnt/file && sync"
USUAL = ("free", "user", "cache", "cache_private")
# A capture kernel must not take the DIMMs for its own memory, nor give its own
# to the balloon.
CAPTURE_APPEND = ("acpi_no_memhotplug "
                  "initcall_blacklist=virtio_balloon_driver_init")
DIMM_MB, DIMM_PA = 256, 4 << 30
HASH = "disable_radix"
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
    programs = [(f"bin/{name}", initramfs.build_guest_program(
        initramfs.HERE / f"guest/{name}.c", setup.work / f"guest/{name}"))
                for name in ("dirty", "pages")]
    files = [("boot/proof.cpio.gz", capture_initrd(setup))] + programs
    if capture_kernel:
        files.append(("boot/other", capture_kernel))
    return guest.system_initrd(setup, "prooftests.cpio", files=files)


class Proof:
    """One machine that crashes, and what its capture kernel finds."""

    def __init__(self, setup, archive, name, mem_mb=MEM_MB, cpu=None,
                 append="", extra=(), space_mb=None, kernel="/boot/bzImage",
                 load="-c"):
        self.setup, self.kernel, self.load = setup, kernel, load
        self.head_pa = None
        directory = setup.work / "proof" / name
        directory.mkdir(parents=True, exist_ok=True)
        disk = guest.make_disk(directory / "disk.img", 64)
        # Below 4 GiB q35 keeps a hole for devices: the rest lies above it.
        space_mb = space_mb or setup.mem_mb(mem_mb)
        self.vm = setup.boot(
            f"proof/{name}", archive,
            f"kdump_pageflags={space_mb}M {append}", CPUS, mem_mb, TIMEOUT_S,
            cpu=cpu, disks=[(disk, False)], extra=extra)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.vm.close()

    def crash(self, before):
        """Use memory, load, crash. before: a script, or a function."""
        vm = self.vm
        vm.wait_hello("system")
        found = re.search(r"page flags will be saved at (0x[0-9a-f]+)",
                          vm.run("dmesg"))
        if not found:
            raise Failure("the kernel saves no page flags: "
                          "CONFIG_KDUMP_TEST_PAGEFLAGS is off")
        self.head_pa = found[1]
        vm.run("mount -t ext4 /dev/vda /mnt")
        if callable(before):
            before(vm)
        elif before:
            vm.run(before)
        output = vm.run(
            f"kexec {self.load} -p {self.kernel} --initrd=/boot/proof.cpio.gz "
            f"--append='{guest.CAPTURE_CMDLINE} {CAPTURE_APPEND}' 2>&1")
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


def proof(setup, archive, name, want=USUAL, **machine):
    """All pages agree, and there are pages of the classes that are meant."""
    before = machine.pop("before", DIRTY)
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


def garbage(setup, archive, number, append=""):
    """Struct pages overwritten: the capture ends, notes and log are there."""
    with Proof(setup, archive, f"garbage-{number}",
               append=f"kdump_pageflags_garbage={number} {append}") as machine:
        machine.crash(DIRTY)
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


def use_more(setup):
    """A script that uses all kinds of pages that the kernel has."""
    config = (setup.kernel_dir / "config").read_text()
    script = DIRTY + " && pages lock 100"
    if "CONFIG_KSM=y" in config:
        script += (" && echo 1 > /sys/kernel/mm/ksm/run"
                   " && echo 10000 > /sys/kernel/mm/ksm/pages_to_scan"
                   " && pages merge 500 && sleep 3")
    if "CONFIG_MEMORY_FAILURE=y" in config:
        script += " && pages poison 20"
    return script


def huge(setup, archive, name, more=""):
    """HugeTLB pages of both sizes, used and free, one of them broken."""
    config = (setup.kernel_dir / "config").read_text()
    script = "pages huge 2048 5 && pages huge 1048576 1"
    if "CONFIG_MEMORY_FAILURE=y" in config:
        script += " && pages poison-huge 2048"
    return proof(setup, archive, name, before=f"{script} && {DIRTY}",
                 mem_mb=2000, append="hugepagesz=1G hugepages=1 "
                 f"hugepagesz=2M hugepages=12 {more}")


def balloon(setup, archive, name):
    """Pages that a balloon has given to the host."""
    def inflate(vm):
        vm.run(DIRTY)
        vm.qmp("balloon", value=(vm.mem_mb - 100) << 20)
        deadline = time.monotonic() + setup.wait_s(30)
        while vm.qmp("query-balloon")["actual"] > (vm.mem_mb - 90) << 20:
            if time.monotonic() > deadline:
                raise Failure("the balloon does not grow")
            time.sleep(0.2)

    return proof(setup, archive, name, USUAL + ("offline",), before=inflate,
                 extra=["-device", "virtio-balloon-pci"])


def hotplug(setup, archive, name):
    """Memory that came later, a part of it online, in both kinds of zones."""
    def plug(vm):
        size = int(vm.run("cat /sys/devices/system/memory/block_size_bytes"),
                   16)
        first = DIMM_PA // size
        vm.qmp("object-add", **{"qom-type": "memory-backend-ram", "id": "ram0",
                                "size": DIMM_MB << 20})
        vm.qmp("device_add", driver="pc-dimm", id="dimm0", memdev="ram0",
               addr=DIMM_PA)
        blocks = "/sys/devices/system/memory/memory"
        deadline = time.monotonic() + setup.wait_s(30)
        while vm.run(f"test -e {blocks}{first + 1}/state", check=False)[0]:
            if time.monotonic() > deadline:
                raise Failure("the DIMM did not come")
            time.sleep(0.2)
        vm.run(f"echo online_movable > {blocks}{first + 1}/state")
        vm.run(DIRTY)

    return proof(setup, archive, name, before=plug,
                 space_mb=(DIMM_PA >> 20) + DIMM_MB,
                 extra=["-m", "slots=1,maxmem=8G"])


def run(setup, report, only, args):
    archive = None
    other = args.other and pathlib.Path(args.other, "bzImage").resolve()

    def ppc64():
        """Page tables and the list that stands in for them."""
        yield "dirtied-hash", lambda: proof(
            setup, archive, "dirtied-hash", before=use_more(setup),
            append=HASH)
        if args.full:
            yield "fresh", lambda: proof(setup, archive, "fresh", before="",
                                         want=("free",))
            yield "balloon", lambda: balloon(setup, archive, "balloon")
            for number in GARBAGE[1:3]:
                yield f"garbage-{number}-hash", lambda number=number: garbage(
                    setup, archive, number, HASH)

    def tests():
        yield "dirtied", lambda: proof(setup, archive, "dirtied",
                                       before=use_more(setup))
        if setup.arch is arch.PPC64LE:
            yield from ppc64()
            return
        if not args.full:
            return
        yield "fresh", lambda: proof(setup, archive, "fresh", before="",
                                     want=("free",))
        yield "4level", lambda: proof(setup, archive, "4level",
                                      cpu="max,la57=off")
        yield "nokaslr", lambda: proof(setup, archive, "nokaslr",
                                       append="nokaslr")
        yield "balloon", lambda: balloon(setup, archive, "balloon")
        yield "hotplug", lambda: hotplug(setup, archive, "hotplug")
        if "CONFIG_HUGETLBFS=y" in (setup.kernel_dir / "config").read_text():
            yield "huge", lambda: huge(setup, archive, "huge")
            yield "huge-optimized", lambda: huge(
                setup, archive, "huge-optimized",
                more="hugetlb_free_vmemmap=on")
        if other:
            yield "cross", lambda: proof(setup, archive, "cross",
                                         kernel="/boot/other")
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
        archive = initrd(setup, other)
        report.run_all(chosen, setup.parallel)
    return True
