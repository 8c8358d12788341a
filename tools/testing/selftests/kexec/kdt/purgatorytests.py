# SPDX-License-Identifier: GPL-2.0-only
"""What guards an image of kexec_file_load(2), and what it keeps of low memory.

Each piece of the image is damaged in three places of its way:

stray      by this kernel, through a pointer: the write faults, which is a
           crash like any other, and the dump shows who wrote
behind     from outside, behind the write protection: the dying kernel finds
           it before it stops anything, says so, and goes on as without image
at-jump    from outside, after that check: purgatory finds it, says so on the
           serial port, and resets the machine

In each case the machine comes back by itself. There is no stray where the crash
region is not write-protected.

low-memory the first 640 KiB as /proc/vmcore and /dev/oldmem show them, against
           RAM at the jump; the capture kernel starts its other CPU (x86_64)
"""
import collections
import re
import secrets
import struct

from . import arch, dumpchecks, elfcore, guest
from .demo import crash_range
from .flows import _said_after_panic
from .gdbstub import GdbStub
from .jump import Stopper
from .report import Failure

TIMEOUT_S = 180
# include/linux/purgatory.h
HEADER_MAGIC, PARAMS_MAGIC = b"PURGATOR", b"PURGARGS"
HEADER_BYTES = 32
PARAMS_OFFSET, BLOB_BYTES = 16, 24      # of its fields
PARAMS = struct.Struct("<8s32s6Q4I")
SEGMENT = struct.Struct("<3Q32s16sII")
SEGMENTS_MAX = 16
ELF_CORE, ET_CORE = b"\x7fELF\2\1\1", 4
LOW_BYTES = 640 << 10
PAGE = 4096
BIOS_EBDA_SEGMENT = 0x40e       # a word; IBM's PC/AT Technical Reference

Segment = collections.namedtuple(
    "Segment", "start_pa content_bytes mem_bytes sha256 name flags reserved")


class Told:
    """What the armed image's purgatory is told, found in the crash region."""

    def __init__(self, vm):
        start, end = crash_range(vm.run("cat /proc/iomem"))
        path = vm.directory / "region"
        vm.save_memory(path, start, end)
        self.start, self.memory = start, path.read_bytes()
        path.unlink()
        # A kernel that is not compressed shows its own purgatory's parameters
        # there as well: those are told of no segment.
        found = [at for at in self._places(PARAMS_MAGIC) if not at % 8 and
                 PARAMS.unpack_from(self.memory, at)[-2]]
        if len(found) != 1:
            raise Failure(f"{len(found)} purgatories in the crash region")
        (_, _, self.entry_pa, self.arg_pa, self.backup_src_pa,
         self.backup_dst_pa, self.backup_bytes, self.serial_port,
         self.serial_kind, _, count, _) = PARAMS.unpack_from(self.memory,
                                                             found[0])
        if not 0 < count <= SEGMENTS_MAX:
            raise Failure(f"purgatory is told of {count} segments")
        self.params_pa = start + found[0]
        heads = [at for at in self._places(HEADER_MAGIC) if at % PAGE == 8
                 and at - 8 + int.from_bytes(
                     self.memory[at + 8:at + 12], "little") == found[0]]
        if len(heads) != 1:
            raise Failure(f"{len(heads)} headers of a purgatory")
        self.code_pa = start + heads[0] - 8 + HEADER_BYTES
        self.segments = []
        for number in range(count):
            raw = SEGMENT.unpack_from(
                self.memory, found[0] + PARAMS.size + number * SEGMENT.size)
            self.segments.append(Segment(*raw)._replace(
                name=raw[4].split(b"\0")[0].decode()))

    def _places(self, what):
        at = self.memory.find(what)
        while at >= 0:
            yield at
            at = self.memory.find(what, at + 1)

    def core_headers(self):
        """ELF core headers: that of the image, and the slots that replace it
        when CPUs or memory come and go."""
        return [self.start + at for at in self._places(ELF_CORE)
                if not at % PAGE and self.memory[at + 16] == ET_CORE]

    def segment(self, name):
        found = [s for s in self.segments if s.name == name]
        if len(found) != 1:
            raise Failure(f"purgatory is told of {len(found)} pieces named "
                          f"{name}: {[s.name for s in self.segments]}")
        return found[0]

    def byte(self, pa):
        return self.memory[pa - self.start]

    def damage(self, vm, stub, pa):
        """One bit of one byte."""
        stub.write_physical(pa, bytes([self.byte(pa) ^ 0x10]))
        vm.note(f"damaged the byte at {pa:#x}")


def boot(setup, initrd, name, **more):
    return setup.boot(f"purgatory/{name}", initrd, timeout_s=TIMEOUT_S, **more)


def _load(vm, append=""):
    """The system kernel, with an image and a token in its log."""
    vm.wait_hello("system")
    guest.load_crash(vm, "-s", append=append)
    token = "token-" + secrets.token_hex(8)
    vm.run(f"echo '{token}' > /dev/kmsg")
    return token


def _crash(vm):
    vm.start("taskset -c 0 sh -c 'echo c > /proc/sysrq-trigger'")


def _inside(segment):
    """A byte of the content, not its first or last one."""
    return segment.start_pa + segment.content_bytes * 3 // 5


def stray(setup, initrd):
    """Through the kernel's own mapping: a write of /dev/mem is an oops that
    ends the writer; one of a driver is made a panic, and the dump shows it."""
    with boot(setup, initrd, "stray") as vm:
        _load(vm)
        told = Told(vm)
        targets = [(s.name, _inside(s)) for s in told.segments]
        targets.append(("purgatory", told.params_pa + 8))
        for name, pa in targets:
            vm.run(f"printf damage | dd of=/dev/mem bs=1 seek={pa} count=6 "
                   "conv=notrunc 2>&1", check=False)
            if vm.read("/dev/mem", pa, 6) != told.memory[
                    pa - told.start:pa - told.start + 6]:
                raise Failure(f"{name} at {pa:#x} could be written")
        token = "token-" + secrets.token_hex(8)
        vm.run("echo 1 > /proc/sys/kernel/panic_on_oops")
        vm.start(f"insmod /modules/kdtest.ko action=stray-write token={token} "
                 f"pa={_inside(told.segment('kernel'))}")
        vm.wait_hello("capture")
        core = elfcore.Core(elfcore.Remote(vm))
        dumpchecks.log_holds(core.log(), token, [
            "supervisor write access", "kdtest_stray_write"])
    return f"{len(targets)} pieces not written, the writer is in the dump"


def behind(setup, initrd, name):
    """Damaged while armed, behind the protection."""
    slug = "behind-" + name.replace(" ", "-")
    with boot(setup, initrd, slug, gdb=True, extra=["-no-shutdown"]) as vm:
        token = _load(vm)
        told = Told(vm)
        if name == "purgatory":
            places = [told.params_pa + 48]
        elif name == "elfcorehdr":
            places = [at + 100 for at in told.core_headers()]
        else:
            places = [_inside(told.segment(name))]
        stub = GdbStub(vm)
        stub.interrupt()
        for pa in places:
            told.damage(vm, stub, pa)
        stub.resume()
        _crash(vm)
        return _said_after_panic(
            vm, token, rb"kdump: no dump: segment \d+ of the capture kernel "
            rb"at 0x[0-9a-f]+ \(\d+ bytes\) was overwritten after it was "
            rb"loaded \(" + name.encode() + rb"\)")


def _console_line(vm, begins):
    """A whole line of the serial port: here that line is what is tested."""
    for line in vm.console_text().splitlines():
        found = re.search(re.escape(begins) + ".*", line)
        if found:
            return found[0].strip()
    raise Failure(f"no line \"{begins}\" on the serial port"
                  + vm.console_tail())


def at_jump(setup, initrd, name, where, says):
    """Damaged after the dying kernel looked; `where` chooses the byte, `says`
    purgatory's line, or is what another line ends in. The machine is not told
    to stay off: it comes up again."""
    slug = "at-jump-" + name.replace(" ", "-")
    with boot(setup, initrd, slug, gdb=True,
              extra=["-action", "reboot=reset"]) as vm:
        _load(vm)
        told = Told(vm)
        stopper = Stopper(setup, vm)
        stopper.run_to_jump(lambda: _crash(vm))
        pa = where(told)
        told.damage(vm, stopper, pa)
        before = vm.elapsed_s()
        stopper.go_on()
        # Not "capture": it must not have been entered.
        vm.wait_hello("system")
        back_s = vm.elapsed_s() - before
        if not says:
            return f"no word, back after {back_s:.1f} s"
        if isinstance(says, str):
            return f"\"{_console_line(vm, says)}\", back after {back_s:.1f} s"
        line = _console_line(vm, "kdump: purgatory: " + says(told, pa))
        if not line.endswith("there will be no dump; resetting the machine"):
            raise Failure(f"the line on the serial port ends early: {line}")
        return f"\"{line}\", back after {back_s:.1f} s"


def _range(segment):
    return (f"{segment.name} at [{segment.start_pa:#x}, "
            f"{segment.start_pa + segment.mem_bytes:#x}) is damaged: ")


def jump_cases(setup):
    """(name, function that gives the address, function that gives the text)"""
    cases = [(piece, lambda told, piece=piece: _inside(told.segment(piece)),
              lambda told, pa, piece=piece: _range(told.segment(piece))
              + "it does not match the SHA-256 taken when it was loaded")
             for piece in setup.arch.pieces]

    def fill(told):
        kernel = told.segment("kernel")
        return kernel.start_pa + kernel.content_bytes + 5 * PAGE + 123

    def header(told, _):
        start = told.code_pa - HEADER_BYTES
        return (f"purgatory at {start:#x} is damaged: its header is not the "
                "one it was built with")

    cases += [
        ("zero fill", fill,
         lambda told, pa: _range(told.segment("kernel"))
         + f"the byte at {pa:#x}, behind its content, is not zero"),
        # A digest that it is told.
        ("purgatory", lambda told: told.params_pa + PARAMS.size + 30,
         lambda told, pa: "purgatory at 0x"),
        # The address of the kernel.
        ("purgatory entry", lambda told: told.params_pa + 41,
         lambda told, pa: "purgatory at 0x"),
        # Where its parameters lie, and how long it is.
        ("purgatory params offset",
         lambda told: told.code_pa - HEADER_BYTES + PARAMS_OFFSET, header),
        ("purgatory length",
         lambda told: told.code_pa - HEADER_BYTES + BLOB_BYTES, header),
        # Its first instructions: whatever they are now, there is no IDT.
        ("purgatory code", lambda told: told.code_pa, None)
        if setup.arch is arch.X86_64 else
        # The first one is none now; the vectors still are the dead kernel's,
        # which knows that it was leaving.
        ("purgatory code", lambda told: told.code_pa - HEADER_BYTES + 3,
         "step jump: given up, no dump; resetting the machine"),
    ]
    return cases


def low_memory(setup, initrd):
    """Bit for bit what the crashed kernel had, and nothing lost to SMP."""
    directory = setup.work / "purgatory/low-memory"
    with boot(setup, initrd, "low-memory", cpus=2, gdb=True) as vm:
        vm.wait_hello("system")
        cmdline = guest.CAPTURE_CMDLINE.replace("nr_cpus=1", "nr_cpus=2")
        vm.run("kexec -s -p /boot/bzImage --initrd=/boot/capture.cpio.gz "
               f"--append='console=ttyS0 {cmdline}'")
        stopper = Stopper(setup, vm)
        stopper.run_to_jump(lambda: _crash(vm))
        truth = _saved(vm, directory / "low")
        stopper.go_on()
        vm.wait_hello("capture")
        online = vm.run("cat /sys/devices/system/cpu/online").strip()
        if online != "0-1":
            raise Failure(f"the capture kernel runs on CPUs {online}, not 0-1")
        core = elfcore.Core(elfcore.Remote(vm))
        _compare("/proc/vmcore", core.physical(0, LOW_BYTES), truth)
        _compare("/dev/oldmem", vm.read("/dev/oldmem", 0, LOW_BYTES), truth)
        first = [s for s in core.loads if not s.paddr]
        if len(first) != 1 or first[0].filesz < LOW_BYTES:
            raise Failure(f"low memory is shown by {first}")
        now = _saved(vm, directory / "low")
        used = sum(now[at:at + PAGE] != truth[at:at + PAGE]
                   for at in range(0, LOW_BYTES, PAGE))
        if not used:
            raise Failure("the capture kernel did not use low memory: "
                          "nothing was proved")
        ebda = int.from_bytes(truth[BIOS_EBDA_SEGMENT:BIOS_EBDA_SEGMENT + 2],
                              "little") << 4
        trampoline = _trampoline(setup, core)
    for what, pa in (("EBDA", ebda), ("trampoline", trampoline)):
        if not 0 < pa < LOW_BYTES or not truth[pa:pa + PAGE].strip(b"\0"):
            raise Failure(f"the {what} at {pa:#x} is not in what was compared")
    return (f"{LOW_BYTES} bytes compared twice, 0 different; EBDA {ebda:#x}, "
            f"trampoline {trampoline:#x}; {used} pages used since")


def _saved(vm, path):
    vm.save_memory(path, 0, LOW_BYTES)
    data = path.read_bytes()
    path.unlink()
    return data


def _compare(what, ours, truth):
    if len(ours) != len(truth):
        raise Failure(f"{what} shows {len(ours)} bytes of low memory")
    different = [at for at in range(len(truth)) if ours[at] != truth[at]]
    if different:
        raise Failure(f"{what}: {len(different)} bytes of low memory differ, "
                      f"from {different[0]:#x} to {different[-1]:#x}")


def _trampoline(setup, core):
    """Where the crashed kernel had its real-mode code, physically."""
    at = dumpchecks.kernel_symbol(core, setup.symbols, "real_mode_header")
    header = int.from_bytes(core.virtual(at, 8), "little")
    for segment in core.loads:
        if segment.vaddr <= header < segment.vaddr + segment.filesz:
            return header - segment.vaddr + segment.paddr
    raise Failure(f"real_mode_header {header:#x} is in no PT_LOAD")


def tests(setup, get_initrd):
    x86 = setup.arch is arch.X86_64
    found = [("stray", lambda: stray(setup, get_initrd()))] if x86 else []
    found += [(f"behind-{name}", lambda name=name: behind(
        setup, get_initrd(), name))
        for name in (*setup.arch.pieces, "purgatory")]
    found += [(f"at-jump-{case[0]}", lambda case=case: at_jump(
        setup, get_initrd(), *case)) for case in jump_cases(setup)]
    if x86:
        found.append(("low-memory", lambda: low_memory(setup, get_initrd())))
    return [("purgatory." + name.replace(" ", "-"), test)
            for name, test in found]


def run(setup, report, only, args):
    initrd = None

    def prepare():
        nonlocal initrd
        initrd = guest.system_initrd(setup, "purgatory.cpio",
                                     modules=setup.test_modules())

    some = [(name, test) for name, test in tests(setup, lambda: initrd)
            if only or args.command != "port"
            or name in setup.arch.few]
    report.run_chosen(some, only, args, setup.parallel, prepare)
