# SPDX-License-Identifier: GPL-2.0-only
"""An image's life as a user sees it, through kexec-tools: load, fail, replace,
unload, reboot, and what a panic does without an image."""
import re
import secrets

from . import capturetests, dumpchecks, elfcore, guest, machinecheck, \
    nmiipi, pathfaults, reservetests
from .gdbstub import GdbStub
from .report import Failure

TIMEOUT_S = 120
# The numbers of log records have 62 bits, and a panic prints less than this.
LOG_NUMBER_MASK, LOG_LINES = (1 << 62) - 1, 1000


def boot(setup, initrd, name, append="", cpus=2, **more):
    return setup.boot(f"qemu/{name}", initrd, append, cpus,
                      timeout_s=TIMEOUT_S, **more)


def _loaded(vm, kind):
    return int(vm.run(f"cat /sys/kernel/{kind}"))


def _want(what, found, right):
    if found != right:
        raise Failure(f"{what} is {found}, {right} is right")


def _crash_and_check(vm):
    """A sysrq crash, captured; the dump holds this run's token."""
    token = "token-" + secrets.token_hex(8)
    vm.run(f"echo '{token}' > /dev/kmsg")
    vm.start("echo c > /proc/sysrq-trigger")
    vm.wait_hello("capture")
    core = elfcore.Core(elfcore.Remote(vm))
    dumpchecks.log_holds(core.log(), token, ["sysrq triggered crash"])
    return core


def reboot(setup, initrd, name):
    """kexec -l, kexec -e: the new kernel comes up with the new command line."""
    with boot(setup, initrd, name) as vm:
        vm.wait_hello("system")
        mark = "mark-" + secrets.token_hex(4)
        vm.run("kexec -c -l /boot/bzImage --initrd=/boot/capture.cpio.gz "
               f"--append='console={vm.arch.console} {guest.CLOCK} {mark}'")
        _want("kexec_loaded", _loaded(vm, "kexec_loaded"), 1)
        vm.start("kexec -e")
        vm.wait_hello("system")
        line = vm.run("cat /proc/cmdline")
        if mark not in line:
            raise Failure(f"the new kernel's command line lacks {mark}: {line}")
        _want("online CPUs", vm.run("cat /sys/devices/system/cpu/online"
                                    ).strip(), "0-1")


def bad_load_keeps_image(setup, initrd, name):
    """What cannot be loaded is refused and the armed image still captures."""
    # kexec reads the large file into memory.
    with boot(setup, initrd, name, mem_mb=256 + 2 * setup.crashkernel_mb
              if setup.debug else 256) as vm:
        vm.wait_hello("system")
        guest.load_crash(vm)
        vm.run("head -c 100000 /dev/zero > /tmp/zeros; "
               "dd if=/dev/zero of=/tmp/large bs=1M count=0 "
               f"seek={setup.crashkernel_mb + 4} 2>/dev/null")
        for bad in ("/tmp/zeros", "/boot/bzImage --initrd=/tmp/large"):
            status, _ = vm.run(f"kexec -c -p {bad} --append=x", check=False)
            if not status:
                raise Failure(f"kexec -p {bad} ended well")
            _want("kexec_crash_loaded", _loaded(vm, "kexec_crash_loaded"), 1)
        _crash_and_check(vm)


def replace_and_unload(setup, initrd, name):
    """Load, load again, unload, load: each state is seen, the last captures."""
    with boot(setup, initrd, name) as vm:
        vm.wait_hello("system")
        _want("kexec_crash_loaded", _loaded(vm, "kexec_crash_loaded"), 0)
        guest.load_crash(vm)
        guest.load_crash(vm, append="second")
        vm.run("kexec -c -p -u")
        _want("kexec_crash_loaded", _loaded(vm, "kexec_crash_loaded"), 0)
        guest.load_crash(vm, append="third")
        _crash_and_check(vm)
        line = vm.run("cat /proc/cmdline")
        if "third" not in line:
            raise Failure(f"another image than the last ran: {line}")


def _said_after_panic(vm, token, text):
    """What the kernel printed after a token, from a reset machine's memory.

    A record of the log is a number and its text (kernel/printk); the numbers
    tell the line printed from the same words elsewhere in memory, where the
    number before them is none that followed the token's.
    """
    vm.wait_paused("shutdown")
    ram = vm.directory / "ram"
    vm.save_memory(ram)
    memory = ram.read_bytes()
    ram.unlink()

    def records(pattern):
        for found in re.finditer(pattern, memory):
            number = memory[found.start() - 8:found.start()]
            yield int.from_bytes(number, "little"), found[0].decode()

    tokens = [number for number, _ in records(re.escape(token.encode()))]
    for number, said in records(text):
        if any(0 < (number - first & LOG_NUMBER_MASK) < LOG_LINES
               for first in tokens):
            return said
    raise Failure("the kernel's log does not say after the token: "
                  + text.decode() + vm.console_tail())


def no_image(setup, initrd, name):
    """A panic without an image says so and reboots by panic=1."""
    with boot(setup, initrd, name, extra=["-no-shutdown"]) as vm:
        vm.wait_hello("system")
        token = "token-" + secrets.token_hex(8)
        vm.run(f"echo '{token}' > /dev/kmsg")
        vm.start("echo c > /proc/sysrq-trigger")
        if setup.stock:
            return vm.wait_paused("shutdown")
        return _said_after_panic(vm, token, rb"kdump: no capture kernel is "
                                 rb"loaded; the reserved memory stays unused")


def overwritten_image(setup, initrd, name):
    """An image damaged after it was loaded is not entered; panic() goes on.

    The damage is done from outside, behind every protection. There is no
    dump, so the reason is looked for in the machine's memory after it reset.
    """
    with boot(setup, initrd, name, gdb=True, extra=["-no-shutdown"]) as vm:
        vm.wait_hello("system")
        guest.load_crash(vm)
        start, end = _crash_range(vm)
        stub = GdbStub(vm)
        stub.interrupt()
        region = vm.directory / "region"
        vm.save_memory(region, start, end)
        loaded = region.read_bytes()
        region.unlink()
        with open(setup.bzimage, "rb") as image:
            image.seek(1 << 20)
            sample = image.read(64)
        at = loaded.find(sample)
        if at < 0:
            raise Failure("the loaded kernel is not found in the crash region")
        stub.write_physical(start + at, bytes(b ^ 0xff for b in sample))
        stub.resume()
        token = "token-" + secrets.token_hex(8)
        vm.run(f"echo '{token}' > /dev/kmsg")
        vm.start("echo c > /proc/sysrq-trigger")
        return _said_after_panic(
            vm, token, rb"kdump: no dump: segment \d+ of the capture kernel "
            rb"at 0x[0-9a-f]+ \(\d+ bytes\) was overwritten after it was "
            rb"loaded")


def shrink(setup, initrd, name):
    """kexec_crash_size shrinks, refuses to grow, and refuses when loaded."""
    with boot(setup, initrd, name) as vm:
        vm.wait_hello("system")
        size = _loaded(vm, "kexec_crash_size")
        _want("kexec_crash_size", size, setup.crashkernel_mb << 20)
        smaller = (setup.crashkernel_mb - 8) << 20
        before = reservetests.mem_total_kib(vm)
        reservetests.write_size(vm, size * 2, "Invalid argument")
        reservetests.write_size(vm, smaller)
        _want("MemTotal's growth in KiB",
              reservetests.mem_total_kib(vm) - before, (size - smaller) >> 10)
        _want("kexec_crash_size", _loaded(vm, "kexec_crash_size"), smaller)
        start, end = _crash_range(vm)
        _want("\"Crash kernel\" in /proc/iomem", end - start, smaller)
        guest.load_crash(vm)
        # ENOENT, as ever.
        reservetests.write_size(vm, smaller // 2, "No such file or directory")
        _want("kexec_crash_size", _loaded(vm, "kexec_crash_size"), smaller)
        _crash_and_check(vm)


def _crash_range(vm):
    from .demo import crash_range
    return crash_range(vm.run("cat /proc/iomem"))


def oldmem(setup, initrd, name):
    """/dev/oldmem shows what /proc/vmcore shows, and zeros elsewhere."""
    with boot(setup, initrd, name) as vm:
        vm.wait_hello("system")
        guest.load_crash(vm)
        core = _crash_and_check(vm)
        if vm.run("test -c /dev/oldmem", check=False)[0]:
            raise Failure("there is no /dev/oldmem")
        for segment in core.loads[-2:]:
            for at in (0, segment.filesz // 2 & -4096, segment.filesz - 4096):
                pa, size = segment.paddr + at & -4096, 4096
                if pa < segment.paddr:
                    continue
                mine = vm.read("/dev/oldmem", pa, size)
                if mine != core.physical(pa, size):
                    raise Failure(f"/dev/oldmem at {pa:#x} is not what "
                                  "/proc/vmcore shows")
        # The local APIC's page, a device, or where nothing is: zeros and no
        # access.
        if vm.read("/dev/oldmem", 0xfee00000, 4096).strip(b"\0"):
            raise Failure("/dev/oldmem at 0xfee00000 reads a device")
        _oldmem_is_guarded(vm)


def _oldmem_is_guarded(vm):
    """Who wants to write is told that; a node made by hand works.

    guest/capture.c looks at who may open it.
    """
    tries = (("dd if=/dev/oldmem of=/dev/null bs=4k count=1", None),
             ("mknod /tmp/oldmem c 1 12; dd if=/tmp/oldmem of=/dev/null bs=4k "
              "count=1", None),
             ("echo x > /dev/oldmem", "Permission denied"),
             ("dd if=/dev/zero of=/dev/oldmem bs=4k count=1 conv=notrunc",
              "Permission denied"),
             ("sh -c 'exec 3<>/dev/oldmem'", "Permission denied"))
    for script, error in tries:
        status, text = vm.run(script + " 2>&1", check=False)
        if bool(status) != bool(error) or (error or "") not in text:
            raise Failure(f"{script} ends with {status}, {text.strip()!r}; "
                          f"{error or 'success'} is right")


FLOWS = [("reboot", reboot), ("bad-load-keeps-image", bad_load_keeps_image),
         ("replace-and-unload", replace_and_unload), ("no-image", no_image),
         ("shrink", shrink)]
# What a stock kernel does not do, or not so.
OUR_FLOWS = [("overwritten-image", overwritten_image), ("oldmem", oldmem)] \
    + capturetests.TESTS + machinecheck.TESTS + pathfaults.TESTS


def tests(setup, get_initrd):
    """(name, function) pairs for the runner."""
    if setup.arch.flows:
        return [(f"qemu.{name}", lambda name=name, flow=flow: flow(
            setup, get_initrd(), name))
                for name, flow in FLOWS + OUR_FLOWS + nmiipi.TESTS
                if name in setup.arch.flows]
    found = [(f"qemu.{name}", lambda name=name, flow=flow: flow(
        setup, get_initrd(), name))
             for name, flow in FLOWS + ([] if setup.stock else OUR_FLOWS)]
    if setup.stock or setup.debug:
        return found        # a debug kernel needs other sizes
    return found + [(f"qemu.{name}", lambda name=name, test=test: test(name))
                    for name, test in reservetests.tests(setup)]
