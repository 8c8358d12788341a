# SPDX-License-Identifier: GPL-2.0-only
"""The page filter against the crashed kernel's own word on each page.

When all CPUs have stopped, the crashed kernel saves stable_page_flags() of
every page (CONFIG_KDUMP_TEST_PAGEFLAGS). The capture side tells the class of
each page by where /proc/vmcore has holes, at levels that leave out one class
each. Both have to agree on every page of the dump. Memory is dirtied and freed
first: a freshly booted machine's free pages hide errors.

swap         with anonymous and shared memory on its way to a disk
balloon      with pages that the host took
hotplug      with memory that was plugged in, and some of it offline again
numa         with memory of two nodes
guard        with guard pages around what is allocated
slub-debug   with red zones and histories in all slabs
huge         with HugeTLB pages of 2 MiB and 1 GiB
cross-NAME   captured by a kernel of another configuration (--other)
garbage-N    the same with N struct pages overwritten with random bytes, after
             their flags were saved: the capture has to end, and what
             else is in the dump has to be readable
lies-N       one word of N struct pages is one that means something
             elsewhere: here the capture only has to end

What the kernel under test does not have is not run.
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
USUAL = ("free", "user", "cache", "cache_private")
# A capture kernel must not take the DIMMs for its own memory, nor give its own
# to the balloon, nor half of it to bounce buffers for what may be plugged in.
CAPTURE_APPEND = ("acpi_no_memhotplug swiotlb=noforce "
                  "initcall_blacklist=virtio_balloon_driver_init")
DIMM_MB, DIMM_PA = 256, 4 << 30
HASH = "disable_radix"
SWAP_MB = 256
GARBAGE = (3, 10, 100, 1000, 5000, 20000, 50000, 90000, 200000)
LIES = (10, 300, 1000, 3000, 10000, 30000, 90000)
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


def initrd(setup, others):
    programs = [(f"bin/{name}", initramfs.build_guest_program(
        initramfs.HERE / f"guest/{name}.c", setup.work / f"guest/{name}"))
                for name in ("dirty", "pages")]
    files = [("boot/proof.cpio.gz", capture_initrd(setup))] + programs
    files += [(f"boot/{name}", kernel) for name, kernel in others.items()]
    return guest.system_initrd(setup, "prooftests.cpio", files=files)


def dirty(setup, share_percent=60):
    """A script. A debug kernel takes a millisecond for a page."""
    share_percent //= 6 if setup.debug else 1
    return f"dirty {share_percent} 8 /tmp/file /mnt/file && sync"


class Proof:
    """One machine that crashes, and what its capture kernel finds."""

    def __init__(self, setup, archive, name, mem_mb=MEM_MB, cpu=None,
                 append="", extra=(), space_mb=None, kernel="/boot/bzImage",
                 load="-c", swap=False):
        self.setup, self.kernel, self.load = setup, kernel, load
        self.head_pa = None
        directory = setup.work / "proof" / name
        directory.mkdir(parents=True, exist_ok=True)
        disks = [(guest.make_disk(directory / "disk.img", 64), False)]
        if swap:
            disks.append((directory / "swap.img", False))
            with open(disks[-1][0], "wb") as file:
                file.truncate(SWAP_MB << 20)
        # Below 4 GiB q35 keeps a hole for devices: the rest lies above it.
        space_mb = space_mb or setup.mem_mb(mem_mb)
        self.vm = setup.boot(
            f"proof/{name}", archive,
            f"kdump_pageflags={space_mb}M {append}", CPUS, mem_mb, TIMEOUT_S,
            cpu=cpu, disks=disks, extra=extra)

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
    before = machine.pop("before", dirty(setup))
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


def garbage(setup, archive, kind, number, name="", append=""):
    """Struct pages overwritten: the capture ends, notes and log are there."""
    with Proof(setup, archive, name or f"{kind}-{number}",
               append=f"kdump_pageflags_{kind}={number} {append}") as machine:
        machine.crash(dirty(setup))
        result = machine.compare("garbage")
        vm = machine.vm
        vm.run("echo 31 > /sys/kernel/vmcore/filter && "
               "cat /proc/vmcore > /dev/null")
        counts = vm.run("cat /sys/kernel/vmcore/pages")
        if kind == "lies":
            # The log's pages may be among those that are said to be free.
            vm.run("echo 0 > /sys/kernel/vmcore/filter")
        core = elfcore.Core(elfcore.Remote(vm))
        dumpchecks.log_holds(core.log(), "sysrq triggered crash",
                             [f"{number} struct pages were "])
        if len(core.prstatus()) != CPUS:
            raise Failure(f"the dump has registers of {len(core.prstatus())} "
                          f"CPUs, not {CPUS}")
    if kind == "garbage" and result[2] > number * HIDDEN_SHARE:
        raise Failure(f"{result[2]} pages that the kernel needs are left out")
    return text_of(*result) + "; " + " ".join(
        line for line in counts.splitlines() if line.startswith("un"))


def has(setup, option):
    config = (setup.kernel_dir / "config").read_text().splitlines()
    return f"CONFIG_{option}=y" in config


def use_more(setup):
    """A script that uses all kinds of pages that the kernel has."""
    script = dirty(setup) + " && pages lock 100"
    if has(setup, "KSM"):
        script += (" && echo 1 > /sys/kernel/mm/ksm/run"
                   " && echo 10000 > /sys/kernel/mm/ksm/pages_to_scan"
                   " && pages merge 500 && sleep 3")
    if has(setup, "MEMORY_FAILURE"):
        script += " && pages poison 20"
    return script


def huge(setup, archive, name, more=""):
    """HugeTLB pages of both sizes, used and free, one of them broken.

    Below 2 GiB there is no whole GiB for one of 1 GiB; above 4 GiB there is.
    """
    script = "pages huge 2048 5 && pages huge 1048576 1"
    if has(setup, "MEMORY_FAILURE"):
        script += " && pages poison-huge 2048"
    return proof(setup, archive, name, mem_mb=3400, space_mb=6144,
                 before=f"{script} && {dirty(setup, 10)}",
                 append="hugepagesz=1G hugepages=1 "
                 f"hugepagesz=2M hugepages=12 {more}")


def balloon(setup, archive, name):
    """Pages that a balloon has given to the host."""
    def inflate(vm):
        vm.run(dirty(setup))
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
        here, next_one = (f"{blocks}{first + i}/state" for i in (0, 1))
        deadline = time.monotonic() + setup.wait_s(30)
        while vm.run(f"test -e {next_one}", check=False)[0]:
            if time.monotonic() > deadline:
                raise Failure("the DIMM did not come")
            time.sleep(0.2)
        vm.run(f"echo online_movable > {next_one}")
        vm.run(f"echo online_movable > {here}")
        vm.run(dirty(setup))
        vm.run(f"echo offline > {here}")

    return proof(setup, archive, name, before=plug,
                 space_mb=(DIMM_PA >> 20) + DIMM_MB,
                 extra=["-m", "slots=1,maxmem=8G"])


def swap(setup, archive, name):
    """Memory that is being written to a disk, or was just read from there."""
    return proof(setup, archive, name, swap=True, before=(
        "busybox mkswap /dev/vdb && busybox swapon /dev/vdb && "
        f"mkdir /shared && mount -t tmpfs -o size={MEM_MB}M none /shared && "
        f"dd if=/dev/urandom of=/shared/big bs=1M count={MEM_MB // 2} && "
        f"{dirty(setup)} && dd if=/shared/big of=/dev/null bs=1M"))


def numa(setup, archive, name):
    """Pages whose flags have another node in them."""
    extra = []
    for node in range(2):
        extra += ["-object", f"memory-backend-ram,id=node{node},"
                  f"size={setup.mem_mb(MEM_MB) // 2}M",
                  "-numa", f"node,memdev=node{node},cpus={node}"]
    return proof(setup, archive, name, extra=extra)


def run(setup, report, only, args):
    archive = None
    others = {pathlib.Path(path).name: pathlib.Path(path, "bzImage").resolve()
              for path in args.other}

    def usual(name, **machine):
        return name, lambda: proof(setup, archive, name, **machine)

    def special(function, name, **more):
        return name, lambda: function(setup, archive, name, **more)

    def ppc64():
        """Page tables and the list that stands in for them."""
        yield usual("dirtied-hash", before=use_more(setup), append=HASH)
        if args.full:
            yield usual("fresh", before="", want=("free",))
            yield special(balloon, "balloon")
            for number in GARBAGE[3:6]:
                name = f"garbage-{number}-hash"
                yield name, lambda name=name, number=number: garbage(
                    setup, archive, "garbage", number, name, HASH)

    def tests():
        yield usual("dirtied", before=use_more(setup))
        if setup.arch is arch.PPC64LE:
            yield from ppc64()
            return
        if not args.full:
            return
        yield usual("fresh", before="", want=("free",))
        if has(setup, "X86_5LEVEL") and not setup.debug:
            yield usual("4level", cpu="max,la57=off")
        yield usual("nokaslr", append="nokaslr")
        yield special(balloon, "balloon")
        yield special(hotplug, "hotplug")
        if has(setup, "SWAP"):
            yield special(swap, "swap")
        if has(setup, "NUMA"):
            yield special(numa, "numa")
        if has(setup, "DEBUG_PAGEALLOC"):
            yield usual("guard", append="debug_guardpage_minorder=1")
        if has(setup, "SLUB_DEBUG"):
            yield usual("slub-debug", append="slab_debug=FZPU")
        if has(setup, "HUGETLBFS"):
            yield special(huge, "huge", more="hugetlb_free_vmemmap=off")
            yield special(huge, "huge-optimized",
                          more="hugetlb_free_vmemmap=on")
        for other in others:
            yield usual(f"cross-{other}", kernel=f"/boot/{other}")
        for kind, numbers in (("garbage", GARBAGE), ("lies", LIES)):
            for number in numbers:
                yield (f"{kind}-{number}", lambda kind=kind, number=number:
                       garbage(setup, archive, kind, number))

    def prepare():
        nonlocal archive
        archive = initrd(setup, others)

    report.run_chosen(((f"proof.{name}", test) for name, test in tests()),
                      only, args, setup.parallel, prepare)
