# SPDX-License-Identifier: GPL-2.0-only
"""What a pseries machine has that no other has, and what comes and goes in it.

Each test crashes a machine, and its dump is compared with the machine's own
memory at the jump, the registers' owners with the CPUs that were online
(truthtests.memory); or it is an orderly reboot, into a kernel that then crashes.

xics*        the older interrupt controller: the capture kernel gets interrupts
             from the disk, the port and the console, on whatever CPU it runs
cpu-*        a CPU comes after boot, and crashes; others are offline
memory-*     memory comes after boot
shrink-*     the reservation is made smaller, and used
reboot-*     kexec -e into a kernel with four CPUs and a large initrd
power8/10    another CPU; a kernel that is made for one runs on no older one
"""
import hashlib
import random
import re
import time

from . import arch, dumpchecks, elfcore, guest, truthtests
from .report import Failure

CPUS, SPARE_CPUS = 4, 2
CPU = "/sys/devices/system/cpu"
# Memory that is plugged in comes after that of the start; in blocks of this.
DIMM_MB = 256
MAX_MEM = "8G"
WAIT_S = 30
TIMEOUT_S = 240
# What is filled of memory that was given back, and what is left free where all
# is filled; what an initrd has more.
FILL_MB, LEFT_MB, LARGE_MB = 64, 128, 64
# One page of each so many is looked at.
LOOK_BYTES = 1 << 16
LARGE_SEED = 6
# What runs without --full.
USUAL = ("cpu-added-xics",)
XICS = ("-machine", "ic-mode=xics")
SPARE = ("-smp", f"{CPUS},maxcpus={CPUS + SPARE_CPUS}")
DIMMS = ("-m", f"slots=2,maxmem={MAX_MEM}")


def _await(vm, setup, what, script):
    deadline = time.monotonic() + setup.wait_s(WAIT_S)
    while vm.run(script, check=False)[0]:
        if time.monotonic() > deadline:
            raise Failure(f"{what} did not come" + vm.console_tail())
        time.sleep(0.2)


class Cpus(truthtests.Course):
    """A crash on a chosen CPU; the dump tells of each that was online."""

    idle = False

    def __init__(self, cpu, online=range(CPUS)):
        self.cpu, self.online = cpu, set(online)

    def check(self, setup, core):
        crashed = dumpchecks.crashed_cpu(setup, core)
        if crashed != self.cpu:
            raise Failure(f"the dump says CPU {crashed} crashed, CPU "
                          f"{self.cpu} did")
        dumpchecks.cpus_are_right(setup, core, self.online, crashed, set(),
                                  idle=self.idle)
        return f"registers of {len(self.online)} CPUs"


def interrupts(vm, name):
    """How many interrupts of that name there were."""
    counts = [sum(map(int, found[1].split())) for found in re.finditer(
        rf"^ *\d+:((?: +\d+)+) .*\b{name}\b.*$", vm.run("cat /proc/interrupts"),
        re.MULTILINE)]
    if not counts:
        raise Failure(f"/proc/interrupts has no {name}")
    return sum(counts)


def has_xics(vm):
    if not re.search(r"\bXICS\b.*hvc_console", vm.run("cat /proc/interrupts")):
        raise Failure("the console's interrupt is not XICS's")


def gets_interrupts(setup, vm):
    """In a capture kernel with a disk: each device's interrupt comes."""
    for name, act in (
            # Of virtio's devices, the names are those of their queues.
            ("virtio0-virtqueues", lambda: vm.run("true")),
            ("virtio1-req", lambda: vm.run("dd if=/dev/vda of=/dev/null "
                                           "bs=64k count=1 2>&1")),
            ("hvc_console", lambda: vm.console.sendall(b"\n"))):
        before = interrupts(vm, name)
        act()
        deadline = time.monotonic() + setup.wait_s(WAIT_S)
        while interrupts(vm, name) == before:
            if name != "hvc_console" or time.monotonic() > deadline:
                raise Failure(f"{name} has {before} interrupts before and "
                              "after it had one, in the capture kernel")
            time.sleep(0.2)


class Xics(Cpus):
    """Both kernels have XICS, and the second one gets its interrupts."""

    def __init__(self, setup, cpu):
        super().__init__(cpu)
        self.setup = setup

    def before_load(self, vm):
        has_xics(vm)

    def in_capture(self, vm):
        has_xics(vm)
        gets_interrupts(self.setup, vm)


class XicsSpin(Xics):
    """One of the CPUs takes no interrupts when another one crashes."""

    def before_crash(self, vm):
        vm.run("insmod /modules/kdtest.ko action=none token=spin "
               f"cpu={self.cpu - 1}")
        self.begin = guest.symbol_address(vm, ["kdtest_spin_begin"])[1]

    def crash(self, vm):
        vm.start(f"taskset -c {self.cpu} sh -c 'echo spin-irqs-off > "
                 f"{truthtests.GO}'")

    def check(self, setup, core):
        text = super().check(setup, core)
        found = core.prstatus()[self.cpu - 1]["pc"]
        if found != self.begin:
            raise Failure(f"CPU {self.cpu - 1} spins at {self.begin:#x}, its "
                          f"registers say {found:#x}")
        return f"{text}, of one that spins"


class CpuAdded(Cpus):
    """One CPU comes; the capture kernel is loaded again; that CPU crashes."""

    def __init__(self, setup, load):
        super().__init__(CPUS, range(CPUS + 1))
        self.setup, self.load = setup, load

    def before_load(self, vm):
        guest.load_crash(vm, self.load)
        core = vm.qmp("query-hotpluggable-cpus")
        spare = next(c for c in core if "qom-path" not in c and
                     c["props"]["core-id"] == CPUS)
        vm.qmp("device_add", driver=spare["type"], id="spare",
               **spare["props"])
        _await(vm, self.setup, f"CPU {CPUS}",
               f"grep -q 1 {CPU}/cpu{CPUS}/online")


class CpuAddedXics(CpuAdded):
    """The same, and the capture kernel gets interrupts on that CPU."""

    def before_load(self, vm):
        has_xics(vm)
        super().before_load(vm)

    def in_capture(self, vm):
        has_xics(vm)
        gets_interrupts(self.setup, vm)


class CpusOffline(Cpus):
    """One CPU goes before the load, one after it."""

    def __init__(self):
        super().__init__(0, (0, 3))

    def before_load(self, vm):
        vm.run(f"echo 0 > {CPU}/cpu1/online")

    def before_crash(self, vm):
        vm.run(f"echo 0 > {CPU}/cpu2/online")


class SoftReset(CpusOffline):
    """As well, and all CPUs are reset from outside; any may be the first."""

    idle = True

    def crash(self, vm):
        vm.inject_nmi()

    def check(self, setup, core):
        self.cpu = dumpchecks.crashed_cpu(setup, core)
        return super().check(setup, core)


class MemoryAdded(Cpus):
    """Memory comes; the capture kernel is loaded again; it is in the dump.

    By kexec_file_load(2): the headers that kexec-tools 2.0.25 makes itself for
    kexec_load(2) have only what the memory@ nodes of the device tree have.
    """

    def __init__(self, setup):
        super().__init__(0)
        self.setup = setup

    def before_load(self, vm):
        guest.load_crash(vm, "-s")
        vm.qmp("object-add", **{"qom-type": "memory-backend-ram",
                                "id": "ram0", "size": DIMM_MB << 20})
        vm.qmp("device_add", driver="pc-dimm", id="dimm0", memdev="ram0")
        start = vm.qmp("query-memory-devices")[0]["data"]["addr"]
        self.plugged = ((start, start + (DIMM_MB << 20)),)
        _await(vm, self.setup, "the memory", "grep -q "
               f"'^{start:x}-.*System RAM' /proc/iomem")

    def before_crash(self, vm):
        # It is given out last.
        vm.run("mount -t tmpfs -o size=100% none /mnt && cd /mnt && i=0 && "
               "while [ $(sed -n 's/^MemFree: *\\([0-9]*\\).*/\\1/p' "
               f"/proc/meminfo) -gt {LEFT_MB << 10} ]; do "
               "cat /boot/bzImage > $i && i=$((i + 1)) || exit 1; done")

    def check(self, setup, core):
        (start, end), = self.plugged
        pages = (end - start) // LOOK_BYTES
        used = sum(any(core.physical(pa, 4096))
                   for pa in range(start, end, LOOK_BYTES))
        if not used:
            raise Failure(f"nothing was ever in [{start:#x}, {end:#x})")
        return (f"{super().check(setup, core)}, {used} of {pages} pages "
                "looked at in what came are in use")


class Shrunk(Cpus):
    """A part of the reservation is given back, then a kernel loaded."""

    def __init__(self, setup):
        super().__init__(2)
        self.bytes = (setup.crashkernel_mb - 32) << 20

    def before_load(self, vm):
        vm.run(f"echo {self.bytes} > /sys/kernel/kexec_crash_size")
        found = int.from_bytes(vm.read(
            "/proc/device-tree/chosen/linux,crashkernel-size", 0, 8), "big")
        if found != self.bytes:
            raise Failure(f"linux,crashkernel-size is {found:#x}, "
                          f"{self.bytes:#x} is right")
        # What is free again is used.
        vm.run(f"dd if=/dev/urandom of=/tmp/fill bs=1M count={FILL_MB} 2>&1")


def mmu_is(vm, mmu):
    found = vm.run("sed -n 's/^MMU[^:]*: //p' /proc/cpuinfo").strip()
    if found.lower() != mmu:
        raise Failure(f"the kernel runs on the {found} MMU, not {mmu}")


class Mmu(Cpus):
    """The kernel runs on the MMU that this CPU has."""

    def __init__(self, mmu):
        super().__init__(1)
        self.mmu = mmu

    def before_load(self, vm):
        mmu_is(vm, self.mmu)

    in_capture = before_load


def registers(setup, initrd, name, load, course, extra):
    """A crash, and what the dump says of the CPUs; its memory is not read."""
    directory = setup.work / "pseries" / name
    directory.mkdir(parents=True, exist_ok=True)
    disk = guest.make_disk(directory / "disk.img", 1, ext4=False)
    with setup.boot(f"pseries/{name}", initrd, "", CPUS, 256, TIMEOUT_S,
                    disks=[(disk, False)], extra=extra) as vm:
        vm.wait_hello("system")
        course.before_load(vm)
        guest.load_crash(vm, load)
        course.before_crash(vm)
        course.crash(vm)
        vm.wait_hello("capture")
        course.in_capture(vm)
        return course.check(setup, elfcore.Core(elfcore.Remote(vm)))


def large_archives(setup):
    """A system's initrd with one in it that has more: for kexec -e."""
    data = random.Random(LARGE_SEED).randbytes(LARGE_MB << 20)
    inner = guest.system_initrd(
        setup, "pseries-inner.cpio",
        extra=lambda archive: archive.file("large", data))
    outer = guest.system_initrd(setup, "pseries-outer.cpio",
                                files=[("boot/inner.cpio", inner)])
    return outer, hashlib.sha256(data).hexdigest()


def reboot(setup, archives, name, load, append):
    """kexec -e; all is there in the second kernel, and it can crash."""
    initrd, digest = archives()
    mark = "mark-" + name
    line = f"console={setup.arch.console} crashkernel=" \
        f"{setup.crashkernel_mb}M {guest.SYSTEM_CMDLINE} {append} {mark}"
    with setup.boot(f"pseries/{name}", initrd, append, CPUS, 1024,
                    TIMEOUT_S) as vm:
        vm.wait_hello("system")
        vm.run(f"kexec {load} -l /boot/bzImage --initrd=/boot/inner.cpio "
               f"--append='{line}'")
        # The CPU that it is asked on is not the one that enters.
        vm.start("taskset -c 3 kexec -e")
        vm.wait_hello("system")
        found = vm.run("cat /proc/cmdline").strip()
        if mark not in found.split():
            raise Failure(f"the second kernel's command line is {found}")
        online = vm.run(f"cat {CPU}/online").strip()
        if online != f"0-{CPUS - 1}":
            raise Failure(f"CPUs {online} are online in the second kernel")
        for cpu in range(CPUS):
            vm.run(f"taskset -c {cpu} true")
        vm.run("test ! -e /proc/vmcore")
        if vm.run("sha256sum /large").split()[0] != digest:
            raise Failure("the initrd came damaged")
        mmu = "hash" if append else "radix"
        mmu_is(vm, mmu)
        dumpchecks.is_clean("the second kernel", vm.run("dmesg"))
        guest.load_crash(vm, load)
        vm.start("taskset -c 1 sh -c 'echo c > /proc/sysrq-trigger'")
        vm.wait_hello("capture")
        return f"{LARGE_MB} MiB in the initrd, then a crash: " \
            + Cpus(1).check(setup, elfcore.Core(elfcore.Remote(vm)))


def tests(setup, get_initrd, archives):
    """(name, function) pairs."""
    def memory(name, course, load="-c", extra=(), append="", cpu=None):
        return lambda: truthtests.memory(
            setup, get_initrd(), f"pseries-{name}", load, course=course,
            extra=extra, append=append, cpu=cpu)

    found = [("xics", Xics(setup, 0), dict(extra=XICS)),
             ("xics-other", Xics(setup, 3), dict(extra=XICS, load="-s")),
             ("xics-hash", Xics(setup, 3), dict(extra=XICS,
                                                append="disable_radix")),
             ("xics-spin", XicsSpin(setup, 3), dict(extra=XICS)),
             ("cpus-offline", CpusOffline(), {}),
             ("cpus-offline-file", CpusOffline(), dict(load="-s")),
             ("cpus-offline-nmi", SoftReset(), {}),
             ("cpus-unused", Cpus(1, (0, 1)), dict(append="maxcpus=2")),
             ("shrink-load", Shrunk(setup), {}),
             ("shrink-file", Shrunk(setup), dict(load="-s")),
             ("power10", Mmu("radix"), dict(cpu="power10")),
             ("power10-file", Mmu("radix"), dict(cpu="power10", load="-s"))]
    if setup.has_config("CONFIG_POWER8_CPU"):
        found += [("power8", Mmu("hash"), dict(cpu="power8")),
                  ("power8-file", Mmu("hash"), dict(cpu="power8", load="-s"))]
    for mmu, append in (("", ""), ("-hash", "disable_radix")):
        found += [(f"cpu-added-{name}{mmu}", CpuAdded(setup, load),
                   dict(load=load, extra=SPARE, append=append))
                  for name, load in (("load", "-c"), ("file", "-s"))]
        found.append((f"memory-added-file{mmu}", MemoryAdded(setup),
                      dict(load="-s", extra=DIMMS, append=append)))
    return [("pseries.cpu-added-xics", lambda: registers(
        setup, get_initrd(), "cpu-added-xics", "-s",
        CpuAddedXics(setup, "-s"), XICS + SPARE))] + [
            (f"pseries.{name}", memory(name, course, **how))
            for name, course, how in found] + [
        (f"pseries.reboot-{name}", lambda name=name, load=load, append=append:
         reboot(setup, archives, f"reboot-{name}", load, append))
        for name, load, append in (
            ("load-hash", "-c", "disable_radix"),
            ("file", "-s", ""), ("file-hash", "-s", "disable_radix"))]


def run(setup, report, only, args):
    if setup.arch is not arch.PPC64LE:
        report.info("pseries: these machines are for ppc64le")
        return
    made = {}

    def prepare():
        made["initrd"] = guest.system_initrd(setup, "pseries.cpio",
                                             modules=setup.test_modules())
        if any("reboot" in name for name, _ in some):
            made["large"] = large_archives(setup)

    some = [(name, test) for name, test in
            tests(setup, lambda: made["initrd"], lambda: made["large"])
            if only or args.full or name.removeprefix("pseries.") in USUAL]
    report.run_chosen(some, only, args, setup.parallel, prepare)
