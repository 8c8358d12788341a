# SPDX-License-Identifier: GPL-2.0-only
"""Images that the kernel builds itself: kexec_file_load(2) through kexec-tools.

memory        kexec -s -p: every page of the dump against RAM at the jump, the
              first 640 KiB among them, at one and at several CPUs
replace       images of both system calls in the place of each other; the last
              one captures
bad-files     what is no kernel, or a damaged one, is refused with a word on
              why, and the image that was armed captures
no-room       a region with room for one image only: it is replaced, an image
              too large for it is not loaded, and the last one captures
vmlinux       an ELF kernel captures; kexec-tools is not asked, since its own
              loader would take it apart
high          the region is above 4 GiB, with the small one below it: samples
              of RAM on both sides of 4 GiB against RAM at the jump
handover      what the capture kernel's boot_params say of the machine is what
              the crashed kernel's say
reboots       kexec -s -l and kexec -e, kernel to kernel; each finds in its
              initrd the pattern that it was given
large-initrd  the same once with an initrd of 500 MB
"""
import errno
import hashlib
import os
import random
import secrets
import subprocess

from . import arch, dumpchecks, elfcore, guest, initramfs, truth, truthtests
from .jump import Stopper
from .report import Failure

TIMEOUT_S = 240
REBOOTS = 20
PATTERN_BYTES = 256 << 10
LARGE_BYTES = 500 << 20
# randbytes() can not give more than 256 MiB at once.
RANDOM_BYTES = 64 << 20
KEXEC_FILE_ON_CRASH = 2         # linux/kexec.h
HIGH_MEM_MB = 5 << 10
SAMPLE_BYTES = 1 << 20
FOUR_GIB = 4 << 30
# Fields of boot_params that are handed over, [start, end): zero-page.rst. The
# first two of screen_info are where a decompressor has written to.
HANDED_OVER = {"screen_info": (0x002, 0x040), "apm_bios_info": (0x040, 0x054),
               "ist_info": (0x060, 0x070), "acpi_rsdp_addr": (0x070, 0x078),
               "edid_info": (0x140, 0x1c0), "secure_boot": (0x1ec, 0x1ed),
               "edd_mbr_sig_buffer": (0x290, 0x2d0),
               "eddbuf": (0xd00, 0xeec)}
BOOT_PARAMS = "/sys/kernel/boot_params"
LOADER_TYPE_AT, LOADER_TYPE = 0x210, 0xd0
SETUP_RNG_SEED = 9
# kexec-tools' -a falls back to kexec_load(2) on these.
FALL_BACK = ("Function not implemented", "Invalid argument",
             "Exec format error", "Operation not supported")


def boot(setup, initrd, name, **more):
    more.setdefault("timeout_s", TIMEOUT_S)
    return setup.boot(f"file/{name}", initrd, **more)


def loaded(vm, kind="kexec_crash_loaded"):
    return int(vm.run(f"cat /sys/kernel/{kind}"))


def capture(vm, mark=None):
    """A sysrq crash; the dump holds this run's token, and `mark` the command
    line of the kernel that took it."""
    token = "token-" + secrets.token_hex(8)
    vm.run(f"echo '{token}' > /dev/kmsg")
    vm.start("echo c > /proc/sysrq-trigger")
    vm.wait_hello("capture")
    core = elfcore.Core(elfcore.Remote(vm))
    dumpchecks.log_holds(core.log(), token, ["sysrq triggered crash"])
    line = vm.run("cat /proc/cmdline")
    if mark and mark not in line.split():
        raise Failure(f"another image than that with {mark} ran: {line}")
    return core


def _fileload_initrd(setup, name, files=()):
    program = initramfs.build_guest_program(
        initramfs.HERE / "guest/fileload.c", setup.work / f"guest/{name}.fl")
    return guest.system_initrd(
        setup, name, files=[("bin/fileload", program), *files])


def replace(setup, initrd):
    """-s beside -s, -c over -s, -s over -c, after an unload; -a is -s."""
    with boot(setup, initrd, "replace") as vm:
        vm.wait_hello("system")
        for number, method in enumerate("-s -s -c -s -a -s".split()):
            guest.load_crash(vm, method, append=f"mark{number}")
        vm.run("kexec -s -p -u")
        if loaded(vm):
            raise Failure("kexec -s -p -u leaves an image armed")
        guest.load_crash(vm, "-s", append="unloaded")
        vm.run("dmesg -c > /dev/null")
        guest.load_crash(vm, "-s", append="last")
        said = vm.run("dmesg")
        if "beside the one before" not in said:
            raise Failure("the second image is not beside the first: "
                          + said.strip()[-200:])
        capture(vm, "last")


def _loaded_bytes(kernel):
    """What of the file is loaded: of an ELF file, not its symbols."""
    ends = elfcore.file_ends(kernel)
    return max(ends) if ends else kernel.stat().st_size


def bad_files(setup, _):
    """Each is refused with a line that says why; what is armed captures."""
    size = _loaded_bytes(setup.bzimage)
    # What the line has to name.
    cut, other_file = ["cut short"], [setup.arch.no_kernel]
    cuts = {f"cut to {bytes_}": f"dd if=/boot/bzImage of=/tmp/bad bs=1024 "
            f"count={bytes_ // 1024}" for bytes_ in
            (4 << 10, 32 << 10, 100 << 10, size // 2, size - (64 << 10))}
    other = {"zeros": "dd if=/dev/zero of=/tmp/bad bs=1024 count=100",
             "another program": "cp /bin/busybox /tmp/bad"}
    with boot(setup, _fileload_initrd(setup, "file-bad.cpio"),
              "bad-files") as vm:
        vm.wait_hello("system")
        guest.load_crash(vm, "-s", append="good")

        def refused(what, load, names):
            vm.run("dmesg -c > /dev/null")
            _, said = vm.run(load + " 2>&1", check=False)
            log = vm.run("dmesg")
            lines = [line for line in log.splitlines()
                     if "kexec: load refused: " in line]
            if not any(name in line for line in lines for name in names):
                raise Failure(f"{what}: no line \"load refused\" with \""
                              + "\" or \"".join(names) + f"\": {log}")
            if not loaded(vm):
                raise Failure(f"{what}: the armed image is gone")
            return said.strip()

        # kexec-tools looks at a file before it asks the kernel, and at an ELF
        # file closely.
        direct = "fileload /tmp/bad /boot/capture.cpio.gz bad " \
            f"{KEXEC_FILE_ON_CRASH}"
        load = direct if setup.arch is not arch.X86_64 else \
            "kexec -s -p /tmp/bad --append=bad --initrd=/boot/capture.cpio.gz"
        for what, make in cuts.items():
            vm.run(make + " 2>/dev/null")
            said = refused(what, load, cut)
            if load == direct and said.isdigit():
                said = os.strerror(int(said))
            if not said or any(word in said for word in FALL_BACK):
                raise Failure(f"{what}: kexec -a would fall back: {said}")
        for what, make in other.items():
            vm.run(make + " 2>/dev/null")
            said = refused(what, direct, other_file)
            if said != str(errno.ENOEXEC):
                raise Failure(f"{what}: errno {said}, not ENOEXEC")
        capture(vm, "good")
    return f"{len(cuts)} cut, {len(other)} of another kind"


def no_room(setup, initrd):
    """The region holds one image with its initrd, not two."""
    fill_mb = setup.crashkernel_mb * 5 // 8
    # Half of it is what files may take.
    with boot(setup, initrd, "no-room",
              mem_mb=256 + 4 * setup.crashkernel_mb) as vm:
        vm.wait_hello("system")
        # Zeros behind an archive are padding to the next kernel.
        vm.run("cp /boot/capture.cpio.gz /tmp/large; "
               f"dd if=/dev/zero bs=1M count={fill_mb} >> /tmp/large; "
               "cp /tmp/large /tmp/huge; dd if=/dev/zero bs=1M "
               f"count={setup.crashkernel_mb} >> /tmp/huge")
        guest.load_crash(vm, "-s", append="first")
        for number in range(2):
            guest.load_crash(vm, "-s", append=f"large{number}",
                             initrd="/tmp/large")
        said = vm.run("dmesg")
        if "moved into the crash region" not in said:
            raise Failure("the second large image did not replace the first "
                          "one: " + said.strip()[-200:])
        status, said = vm.run(
            "kexec -s -p /boot/bzImage --initrd=/tmp/huge --append=huge 2>&1",
            check=False)
        if not status or any(word in said for word in FALL_BACK):
            raise Failure(f"an image too large for the region: {status}, "
                          + said)
        guest.load_crash(vm, "-s", append="last")
        capture(vm, "last")


def _regions(iomem):
    """The crash regions [start, end)."""
    found = []
    for line in iomem.splitlines():
        if line.endswith(": Crash kernel"):
            start, end = line.split(" : ")[0].split("-")
            found.append((int(start, 16), int(end, 16) + 1))
    return sorted(found)


def high(setup, initrd):
    directory = setup.work / "file"
    directory.mkdir(parents=True, exist_ok=True)
    sample = directory / "high.sample"
    with boot(setup, initrd, "high", mem_mb=HIGH_MEM_MB, gdb=True,
              crashkernel=f"crashkernel={setup.crashkernel_mb}M,high") as vm:
        vm.wait_hello("system")
        regions = _regions(vm.run("cat /proc/iomem"))
        if len(regions) != 2 or regions[0][1] > FOUR_GIB or \
                regions[1][0] < FOUR_GIB:
            raise Failure(f"crash regions {regions}, one below 4 GiB and one "
                          "above are right")
        guest.load_crash(vm, "-s", append="high")
        # In movable memory, which is above 4 GiB first.
        vm.run("dd if=/dev/urandom of=/tmp/fill bs=1M count=64 2>/dev/null")
        stopper = Stopper(setup, vm)
        stopper.run_to_jump(lambda: vm.start("echo c > /proc/sysrq-trigger"))
        saved = []
        for start in (0, 1 << 30, FOUR_GIB, regions[1][1],
                      regions[1][0] - SAMPLE_BYTES):
            size = min(SAMPLE_BYTES, 640 << 10) if not start else SAMPLE_BYTES
            if start + size > FOUR_GIB + ((HIGH_MEM_MB - 2048) << 20):
                continue
            vm.save_memory(sample, start, start + size)
            saved.append((start, sample.read_bytes()))
        sample.unlink()
        stopper.go_on()
        vm.wait_hello("capture")
        core = elfcore.Core(elfcore.Remote(vm))
        allowed = truth.excepted_ranges(core, setup)
        used = 0
        for start, real in saved:
            end = start + len(real)
            if any(a < end and start < b for a, b, _ in allowed):
                continue
            if core.physical(start, len(real)) != real:
                raise Failure(f"[{start:#x}, {end:#x}) differs from RAM at "
                              "the jump")
            used += bool(real.strip(b"\0"))
        if not used:
            raise Failure("all samples are zero: nothing was proved")
        if "high" not in vm.run("cat /proc/cmdline").split():
            raise Failure("another image ran")
        return (f"region [{regions[1][0]:#x}, {regions[1][1]:#x}), "
                f"{len(saved)} samples, {used} of them not zero")


def _boot_params(vm):
    """boot_params, and the types of its setup_data."""
    types = vm.run(f"cat {BOOT_PARAMS}/setup_data/*/type 2>/dev/null; true")
    return (vm.read(f"{BOOT_PARAMS}/data", 0, 4096),
            [int(word, 0) for word in types.split()])


def handover(setup, initrd):
    with boot(setup, initrd, "handover") as vm:
        vm.wait_hello("system")
        told, _ = _boot_params(vm)
        guest.load_crash(vm, "-s", append="handover")
        capture(vm, "handover")
        found, types = _boot_params(vm)
    for name, (start, end) in HANDED_OVER.items():
        if found[start:end] != told[start:end]:
            raise Failure(f"{name} is {found[start:end].hex()} in the capture "
                          f"kernel, {told[start:end].hex()} in the crashed")
    start, end = HANDED_OVER["acpi_rsdp_addr"]
    if not any(found[start:end]):
        raise Failure("acpi_rsdp_addr is 0 in both: nothing was proved")
    if found[LOADER_TYPE_AT] != LOADER_TYPE:
        raise Failure(f"type_of_loader is {found[LOADER_TYPE_AT]:#x}")
    if SETUP_RNG_SEED not in types:
        raise Failure(f"setup_data has types {types}, without a seed")
    return f"{len(HANDED_OVER)} fields, setup_data of types {types}"


def _elf_kernel(setup):
    """vmlinux without what only a debugger wants."""
    target = setup.work / "file" / "vmlinux.stripped"
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["objcopy", "-S", setup.vmlinux, target], check=True)
    return target


def vmlinux(setup, _):
    initrd = _fileload_initrd(setup, "file-vmlinux.cpio",
                              [("boot/vmlinux", _elf_kernel(setup))])
    with boot(setup, initrd, "vmlinux", mem_mb=768) as vm:
        vm.wait_hello("system")
        error = vm.run("fileload /boot/vmlinux /boot/capture.cpio.gz "
                       f"'{guest.CAPTURE_CMDLINE} elf' "
                       f"{KEXEC_FILE_ON_CRASH}").strip()
        if error != "0":
            raise Failure(f"vmlinux is refused with errno {error}: "
                          + vm.run("dmesg").strip()[-300:])
        capture(vm, "elf")


def _patterns(setup, target, numbers, size, seed):
    """A disk image: the system archive, then an archive with a pattern for
    each number, each beginning at a MiB. Returns [(offset, bytes, digest)]."""
    archive = guest.system_initrd(setup, "file-next.cpio").read_bytes()
    pieces = [archive]
    digests = [None]
    for number in numbers:
        source = random.Random(f"{seed}-{number}")
        data = b"".join(source.randbytes(min(size - at, RANDOM_BYTES))
                        for at in range(0, size, RANDOM_BYTES))
        piece = initramfs.Archive()
        piece.file("pattern", data)
        pieces.append(piece.bytes())
        digests.append(hashlib.sha256(data).hexdigest())
    where, at = [], 0
    with open(target, "wb") as out:
        for piece, digest in zip(pieces, digests):
            out.seek(at)
            out.write(piece)
            where.append((at, len(piece), digest))
            at = -(-(at + len(piece)) // (1 << 20)) * (1 << 20)
        out.truncate(at)
    return where


def _next_initrd(vm, system, pattern):
    """In the guest: /tmp/next, the system archive and one pattern."""
    for (at, size, _), into in ((system, ">"), (pattern, ">>")):
        vm.run(f"dd if=/dev/vda bs=1M skip={at >> 20} 2>/dev/null | "
               f"head -c {size} {into} /tmp/next; "
               # newc archives begin at multiples of 4.
               f"head -c {-size % 4} /dev/zero >> /tmp/next")


def _reboot_into(vm, pattern, mark):
    """kexec -s -l and -e; the kernel that comes up has what it was given."""
    vm.run(f"kexec -s -l /boot/bzImage --initrd=/tmp/next "
           f"--append='console=ttyS0 {guest.SYSTEM_CMDLINE} {mark}'")
    if not loaded(vm, "kexec_loaded"):
        raise Failure("kexec -s -l ended well, but kexec_loaded is 0")
    vm.start("kexec -e")
    vm.wait_hello("system")
    line = vm.run("cat /proc/cmdline")
    if mark not in line.split():
        raise Failure(f"the new kernel's command line lacks {mark}: {line}")
    digest = vm.run("sha256sum /pattern").split()[0]
    if digest != pattern[2]:
        raise Failure(f"{mark}: /pattern is {digest}, {pattern[2]} is right")


def reboots(setup, initrd):
    directory = setup.work / "file"
    directory.mkdir(parents=True, exist_ok=True)
    seed = secrets.token_hex(8)
    disk = directory / "reboots.img"
    system, *patterns = _patterns(setup, disk, range(REBOOTS), PATTERN_BYTES,
                                  seed)
    try:
        with boot(setup, initrd, "reboots", disks=[(disk, True)],
                  timeout_s=2 * TIMEOUT_S) as vm:
            vm.wait_hello("system")
            cpus = vm.run("cat /sys/devices/system/cpu/online")
            for number, pattern in enumerate(patterns):
                _next_initrd(vm, system, pattern)
                _reboot_into(vm, pattern, f"boot{number}")
                if vm.run("cat /sys/devices/system/cpu/online") != cpus:
                    raise Failure(f"after reboot {number} other CPUs are "
                                  "online than before")
    finally:
        disk.unlink()
    return f"{REBOOTS} reboots, {PATTERN_BYTES} bytes each"


def large_initrd(setup, initrd):
    directory = setup.work / "file"
    directory.mkdir(parents=True, exist_ok=True)
    disk = directory / "large.img"
    system, pattern = _patterns(setup, disk, [0], LARGE_BYTES,
                                secrets.token_hex(8))
    try:
        with boot(setup, initrd, "large-initrd", disks=[(disk, True)],
                  mem_mb=3072, timeout_s=2 * TIMEOUT_S) as vm:
            vm.wait_hello("system")
            vm.run("mount -o remount,size=90% /tmp")
            _next_initrd(vm, system, pattern)
            start = vm.elapsed_s()
            _reboot_into(vm, pattern, "large")
            return f"{pattern[1]} bytes, {vm.elapsed_s() - start:.1f} s"
    finally:
        disk.unlink()


def tests(setup, get_initrd):
    def memory(name, load, **machine):
        return (f"file.{name}", lambda: truthtests.memory(
            setup, get_initrd(), f"file-{name}", load, **machine))

    def each(*found):
        return [(f"file.{name}", lambda test=test: test(setup, get_initrd()))
                for name, test in found]

    found = each(("replace", replace), ("bad-files", bad_files),
                 ("no-room", no_room))
    if setup.arch is not arch.X86_64:
        # Memory and reboots: kdt/truthtests.py, kdt/pseriestests.py.
        return found
    return [
        memory("memory", "-s"),
        memory("memory-nokaslr-4level", "-s", cpus=2, mem_mb=256,
               cpu="max,la57=off", append="nokaslr"),
        memory("memory-1cpu", "-s", cpus=1, mem_mb=256),
        memory("memory-auto", "-a", cpus=2, mem_mb=256),
    ] + found + each(("vmlinux", vmlinux), ("high", high),
                     ("handover", handover), ("reboots", reboots),
                     ("large-initrd", large_initrd))


def run(setup, report, only, args):
    initrd = None

    def prepare():
        nonlocal initrd
        initrd = guest.system_initrd(setup, "file.cpio",
                                     modules=setup.test_modules())

    report.run_chosen(tests(setup, lambda: initrd), only, args,
                      setup.parallel, prepare)
