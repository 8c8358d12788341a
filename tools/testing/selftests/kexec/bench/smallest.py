# SPDX-License-Identifier: GPL-2.0-only
"""The smallest crashkernel= with which a capture succeeds.

A capture succeeds when the capture kernel comes up and the dump is on a
disk: with 1 GiB all of it, copied into a file system, with more memory pieces
from its whole length. The agent and busybox are all that runs beside; the
archive is that of the other tests.
"""
from kdt import arch, guest
from kdt.report import Failure
from kdt.vm import VmError

from . import machine

# The search is for whole MiB in (fails, succeeds]; other machines' kernels have
# larger pages, and what they are usually given is enough.
FAILS_MB, SUCCEEDS_MB = 12, 64
OTHER_FAILS_MB = 48
# A kernel short of memory may hang instead of ending.
TIMEOUT_S = 100
# A dump larger than this is saved in pieces.
WHOLE_MB = 1100
PIECES, PIECE_MB = 8, 64


def _save(vm):
    """Save the dump, or pieces of it; a VmError or Failure if that fails."""
    size = int(vm.run("stat -c %s /proc/vmcore"))
    if size <= WHOLE_MB << 20:
        guest.save_ext4(vm)
        saved = int(vm.run("mount -t ext4 /dev/vda /mnt && "
                           "stat -c %s /mnt/vmcore && umount /mnt"))
        if saved != size:
            raise Failure(f"{saved} bytes of {size} were saved")
        return
    last_mb = (size >> 20) - PIECE_MB
    for piece in range(PIECES):
        vm.run(f"dd if=/proc/vmcore of=/dev/vda bs=1M count={PIECE_MB} "
               f"skip={last_mb * piece // (PIECES - 1)} "
               f"seek={PIECE_MB * piece} 2>&1")
    vm.run("sync")


def captures(kernel, where, crashkernel_mb, log, method="-c"):
    """One machine: does it capture with so much memory?"""
    name = f"{kernel.name}-{where.mem_mb >> 10}GiB-{crashkernel_mb}M{method}"
    directory = kernel.setup.work / "smallest" / name
    directory.mkdir(parents=True, exist_ok=True)
    disk = guest.make_disk(directory / "disk", WHOLE_MB + 400)
    try:
        with machine.boot(kernel, directory, where, crashkernel_mb,
                          TIMEOUT_S + where.mem_mb // 512,
                          disks=((disk, False),)) as vm:
            vm.wait_hello("system")
            guest.load_crash(vm, method)
            vm.start("echo c >/proc/sysrq-trigger")
            vm.wait_hello("capture")
            _save(vm)
    except (VmError, Failure) as why:
        log(f"{name}: no ({str(why)[:160]})")
        return False
    finally:
        disk.unlink()
    log(f"{name}: yes")
    return True


def bounds_mb(kernel):
    if kernel.setup.arch is arch.X86_64:
        return FAILS_MB, SUCCEEDS_MB
    return OTHER_FAILS_MB, kernel.setup.arch.crashkernel_mb


def search(kernel, log, where, method="-c"):
    """Bisect; the answer has succeeded twice, one MiB less has failed."""
    fails, succeeds = bounds_mb(kernel)
    if not captures(kernel, where, succeeds, log, method):
        raise Failure(f"{kernel.name}: no capture with {succeeds}M")
    while succeeds - fails > 1:
        middle = (fails + succeeds) // 2
        if captures(kernel, where, middle, log, method):
            succeeds = middle
        else:
            fails = middle
    return grow(kernel, log, where, succeeds, method)


def grow(kernel, log, where, start_mb, method="-c"):
    """The first size from start_mb on that succeeds with this memory."""
    succeeds = bounds_mb(kernel)[1]
    for size in range(start_mb, succeeds + 1):
        if captures(kernel, where, size, log, method):
            return size
    raise Failure(f"{kernel.name}: no capture with {succeeds}M in a guest "
                  f"of {where.mem_mb >> 10} GiB")
