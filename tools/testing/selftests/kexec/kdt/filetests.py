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
reboots       kexec -s -l and kexec -e, kernel to kernel; each finds in its
              initrd the pattern that it was given
large-initrd  the same once with an initrd of 500 MB
"""
import hashlib
import random
import secrets
import subprocess

from . import dumpchecks, elfcore, guest, initramfs, truthtests
from .report import Failure

TIMEOUT_S = 240
REBOOTS = 20
PATTERN_BYTES = 256 << 10
LARGE_BYTES = 500 << 20
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


def bad_files(setup, initrd):
    """Each is refused with a line that says why; what is armed captures."""
    size = setup.bzimage.stat().st_size
    cuts = {f"cut to {bytes_}": f"dd if=/boot/bzImage of=/tmp/bad bs=1024 "
            f"count={bytes_ // 1024}" for bytes_ in
            (4 << 10, 32 << 10, 100 << 10, size // 2, size - (64 << 10))}
    other = {"zeros": "dd if=/dev/zero of=/tmp/bad bs=1024 count=100",
             "another program": "cp /bin/busybox /tmp/bad"}
    with boot(setup, initrd, "bad-files") as vm:
        vm.wait_hello("system")
        guest.load_crash(vm, "-s", append="good")
        for what, make in {**cuts, **other}.items():
            vm.run(f"{make} 2>/dev/null; dmesg -c > /dev/null")
            status, said = vm.run(
                "kexec -s -p /tmp/bad --initrd=/boot/capture.cpio.gz "
                "--append=bad 2>&1", check=False)
            log = vm.run("dmesg")
            if not status:
                raise Failure(f"a kernel that is {what} was loaded")
            if what in cuts and any(word in said for word in FALL_BACK):
                raise Failure(f"{what}: kexec -a would fall back: {said}")
            if "kexec" not in log or "refused" not in log:
                raise Failure(f"{what}: the log does not say why: {log}")
            if not loaded(vm):
                raise Failure(f"{what}: the armed image is gone")
        capture(vm, "good")
    return f"{len(cuts)} cut, {len(other)} of another kind"


def no_room(setup, initrd):
    """The region holds one image with its initrd, not two."""
    fill_mb = setup.crashkernel_mb * 5 // 8
    with boot(setup, initrd, "no-room", mem_mb=512) as vm:
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


KEXEC_FILE_ON_CRASH = 2


def _elf_kernel(setup):
    """vmlinux without what only a debugger wants."""
    target = setup.work / "file" / "vmlinux"
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["objcopy", "-S", setup.vmlinux, target], check=True)
    return target


def vmlinux(setup, _):
    program = initramfs.build_guest_program(
        initramfs.HERE / "guest/fileload.c", setup.work / "guest/fileload")
    initrd = guest.system_initrd(
        setup, "file-vmlinux.cpio",
        files=[("bin/fileload", program), ("boot/vmlinux",
                                           _elf_kernel(setup))])
    with boot(setup, initrd, "vmlinux", mem_mb=768) as vm:
        vm.wait_hello("system")
        errno = vm.run("fileload /boot/vmlinux /boot/capture.cpio.gz "
                       f"'console=ttyS0 {guest.CAPTURE_CMDLINE} elf' "
                       f"{KEXEC_FILE_ON_CRASH}").strip()
        if errno != "0":
            raise Failure(f"vmlinux is refused with errno {errno}: "
                          + vm.run("dmesg").strip()[-300:])
        capture(vm, "elf")


def _patterns(setup, target, numbers, size, seed):
    """A disk image: the system archive, then an archive with a pattern for
    each number, each beginning at a MiB. Returns [(offset, bytes, digest)]."""
    archive = guest.system_initrd(setup, "file-next.cpio").read_bytes()
    pieces = [archive]
    digests = [None]
    for number in numbers:
        data = random.Random(f"{seed}-{number}").randbytes(size)
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

    return [
        memory("memory", "-s"),
        memory("memory-nokaslr-4level", "-s", cpus=2, mem_mb=256,
               cpu="max,la57=off", append="nokaslr"),
        memory("memory-1cpu", "-s", cpus=1, mem_mb=256),
        memory("memory-auto", "-a", cpus=2, mem_mb=256),
    ] + [(f"file.{name}", lambda test=test: test(setup, get_initrd()))
         for name, test in (("replace", replace), ("bad-files", bad_files),
                            ("no-room", no_room), ("vmlinux", vmlinux),
                            ("reboots", reboots),
                            ("large-initrd", large_initrd))]


def run(setup, report, only, args):
    initrd = None
    chosen = [(name, test) for name, test in tests(setup, lambda: initrd)
              if not only or any(word in name for word in only)]
    if args.list:
        for name, _ in chosen:
            print(f"runs {name}")
        return False
    if chosen:
        initrd = guest.system_initrd(setup, "file.cpio",
                                     modules=setup.test_modules())
        report.run_all(chosen, setup.parallel)
    return True
