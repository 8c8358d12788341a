# SPDX-License-Identifier: GPL-2.0-only
"""Ground-truth tests: memory and registers of a dump against the machine's.

memory       every page of the dump against RAM at the jump
regs-spin    registers of CPUs that spin with planted values
regs-panic   the crashing CPU's registers against QEMU's, where panic() has
             no exception frame and the crash path captures them itself
regs-oops    the same at the instruction that faults
"""
import secrets

from . import arch, demo, dumpchecks, elfcore, guest, truth
from .jump import REGS, Stopper
from .report import Failure

TIMEOUT_S = 180
# Of a disk for a dump, beside the machine's memory: headers, plugged memory.
ROOM_MB = 1024
GO = "/sys/module/kdtest/parameters/go"
SEED = 0x4b44000000000000
# A spinning CPU with interrupts on may be hit in its timer interrupt.
SPIN_ATTEMPTS = 3
# A CPU with interrupts replayed in the way of the one that is awaited.
SAVES_MAX = 100
# A debug kernel saves some 2 MB/s: one comparison of all memory is enough.
ORDINARY_ONLY = ("memory", "memory-nokaslr-4level")


def boot(setup, name, initrd, cpus=4, mem_mb=512, cpu=None, append="",
         disks=(), gdb=True, extra=()):
    return setup.boot(f"truth/{name}", initrd, append, cpus, mem_mb,
                      TIMEOUT_S, cpu=cpu, disks=disks, gdb=gdb, extra=extra)


class Course:
    """What happens to a machine before and after it crashes, beside that."""

    # The CPU that panics, None: any; memory [start, end) that was plugged in.
    cpu, plugged = None, ()

    def before_load(self, vm):
        pass

    def before_crash(self, vm):
        pass

    def crash(self, vm):
        on = "" if self.cpu is None else f"taskset -c {self.cpu} "
        vm.start(f"{on}sh -c 'echo c > /proc/sysrq-trigger'")

    def in_capture(self, vm):
        pass

    def check(self, setup, core):
        """Returns a remark."""
        return ""


def memory(setup, initrd, name, load="-c", kexec="kexec", course=Course(),
           **machine):
    """Every page of a dump, saved by the capture kernel, against RAM."""
    directory = setup.work / "truth" / name
    directory.mkdir(parents=True, exist_ok=True)
    ram = directory / "ram"
    disk = guest.make_disk(directory / "disk.img",
                           setup.mem_mb(machine.get("mem_mb", 512)) + ROOM_MB,
                           ext4=False)
    with boot(setup, name, initrd, disks=[(disk, False)], **machine) as vm:
        vm.wait_hello("system")
        course.before_load(vm)
        guest.load_crash(vm, load, kexec)
        course.before_crash(vm)
        iomem = vm.run("cat /proc/iomem")
        firmware = truth.firmware_ranges(vm)
        stopper = Stopper(setup, vm)
        stopper.run_to_jump(lambda: course.crash(vm))
        stopper.save_memory(ram, course.plugged)
        stopper.go_on()
        vm.wait_hello("capture")
        course.in_capture(vm)
        size = guest.save_raw(vm)
        vm.power_off()
    with open(disk, "r+b") as image:
        image.truncate(size)
    core = elfcore.Core(elfcore.File(disk))
    result = truth.compare(core, ram, setup, load, firmware)
    missing = truth.covered_ram(core, iomem, demo.crash_range(iomem))
    if result.different or missing or not result.pages:
        first = "; ".join(
            f"page {d.pa:#x}: {d.count} bytes in [{d.first:#x}, {d.last:#x})"
            for d in result.different[:4])
        gaps = "; ".join(f"RAM [{a:#x}, {b:#x}) is missing"
                         for a, b in missing[:4])
        raise Failure(f"{result.text()} {first} {gaps}; kept in {directory}")
    ram.unlink()
    remark = course.check(setup, core)
    disk.unlink()
    return result.text() + (f"; {remark}" if remark else "")


def regs_spin(setup, initrd, action):
    """CPU 1 spins with planted registers; CPU 0 panics."""
    for attempt in range(1, SPIN_ATTEMPTS + 1):
        with boot(setup, f"regs-{action}", initrd, cpus=2, mem_mb=256,
                  gdb=False) as vm:
            vm.wait_hello("system")
            guest.load_crash(vm)
            token = "token-" + secrets.token_hex(8)
            vm.run(f"insmod /modules/kdtest.ko action=none token={token} "
                   f"cpu=1 seed={SEED:#x}")
            begin = guest.symbol_address(vm, ["kdtest_spin_begin"])[1]
            vm.start(f"taskset -c 0 sh -c 'echo {action} > {GO}'")
            vm.wait_hello("capture")
            core = elfcore.Core(elfcore.Remote(vm))
            dumpchecks.log_holds(core.log(), token, ["beside a CPU spinning"])
            regs = core.prstatus()[1]
        if not 0 <= regs["pc"] - begin < 4:
            if action == "spin-irqs-on" and attempt < SPIN_ATTEMPTS:
                continue
            raise Failure(f"CPU 1's pc is {regs['pc']:#x}, it spins at "
                          f"{begin:#x}")
        planted = setup.arch.planted
        wrong = [f"{name}={regs[name]:#x} not {SEED + number:#x}"
                 for name, number in planted.items()
                 if regs[name] != SEED + number]
        if wrong:
            raise Failure("planted registers differ: " + ", ".join(wrong))
        flags, bit = setup.arch.irqs
        interrupts = bool(regs[flags] & bit)
        if interrupts != (action == "spin-irqs-on"):
            raise Failure(f"{flags} {regs[flags]:#x} has interrupts "
                          f"{'on' if interrupts else 'off'}")
        return f"{len(planted)} registers, attempt {attempt}"
    return None


def _compare_registers(core, cpu, expected):
    regs = core.prstatus()[cpu]
    wrong = [f"{name}={regs[name]:#x} not {value:#x}"
             for name, value in expected.items() if regs[name] != value]
    if wrong:
        raise Failure(f"CPU {cpu}'s registers differ from QEMU's: "
                      + ", ".join(wrong))
    return f"{len(expected)} registers of CPU {cpu} equal QEMU's"


# Set by the trap itself or by the debugger's single step.
FLAGS_NOT_COMPARED = 0x10100


def _word(stopper, cpu, address):
    return int.from_bytes(stopper.read_memory(cpu, address, 8), "little")


def _caller_x86(stopper, cpu, expected):
    """The function stores its caller's view: after the return."""
    regs = stopper.registers
    expected["rip"] = _word(stopper, cpu, regs["rsp"])
    expected["rsp"] = regs["rsp"] + 8
    expected["eflags"] = regs["eflags"]


def _caller_ppc64(stopper, cpu, expected):
    """Its caller's, and what that one returns to: the third doubleword of the
    frame before its own (ELF V2 ABI, 2.2.2)."""
    regs = stopper.registers
    expected["nip"] = regs["link"]
    expected["link"] = _word(
        stopper, cpu, _word(stopper, cpu, regs["gpr1"]) + 16)
    # Where to store them; the base's code has moved it by then.
    del expected["gpr3"]


def _to_capture_x86(stopper, trigger):
    return stopper.run_to(stopper.address(REGS), REGS, trigger)


def _to_capture_ppc64(stopper, trigger):
    """ppc_save_regs() is also what interrupts are replayed by, on any CPU."""
    crashed = stopper.run_to(stopper.address("__crash_kexec"),
                             "__crash_kexec", trigger)
    for _ in range(SAVES_MAX):
        cpu = stopper.run_to(stopper.address("ppc_save_regs"),
                             "ppc_save_regs")
        if cpu == crashed:
            return cpu
    raise Failure(f"CPU {crashed} does not come to ppc_save_regs")


def regs_panic(setup, initrd):
    """panic() on CPU 1, stopped where the crash path captures registers."""
    x86 = setup.arch is arch.X86_64
    to_capture = _to_capture_x86 if x86 else _to_capture_ppc64
    with boot(setup, "regs-panic", initrd, cpus=2, mem_mb=256) as vm:
        vm.wait_hello("system")
        guest.load_crash(vm)
        stopper = Stopper(setup, vm)
        cpu = to_capture(stopper, lambda: vm.start(
            "taskset -c 1 sh -c 'echo c > /proc/sysrq-trigger'"))
        if cpu != 1:
            raise Failure(f"CPU {cpu} captures registers, CPU 1 crashed")
        expected = {name: stopper.registers[name]
                    for name in setup.arch.general}
        (_caller_x86 if x86 else _caller_ppc64)(stopper, cpu, expected)
        stopper.go_on()
        vm.wait_hello("capture")
        core = elfcore.Core(elfcore.Remote(vm))
        where = dumpchecks.nearest_symbol(core, setup.symbols,
                                          core.prstatus()[cpu]["pc"])
        if where != "__crash_kexec":
            raise Failure(f"the registers are those of {where}, "
                          "__crash_kexec calls")
        return _compare_registers(core, cpu, expected)


def _flags_are(found, right):
    if (found ^ right) & ~FLAGS_NOT_COMPARED:
        raise Failure(f"CPU 1's eflags {found:#x} differ from QEMU's "
                      f"{right:#x}")


def regs_oops(setup, initrd):
    """A NULL dereference on CPU 1, stopped at the instruction that faults.

    A first run's dump says where in the function that instruction is.
    """
    inside = None
    for attempt in (1, 2):
        with boot(setup, "regs-oops", initrd, cpus=2, mem_mb=256) as vm:
            vm.wait_hello("system")
            guest.load_crash(vm)
            vm.run("echo 1 > /proc/sys/kernel/panic_on_oops")
            vm.run("insmod /modules/kdtest.ko action=none token=regs")
            base = guest.symbol_address(vm, ["kdtest_null_dereference"])[1]
            stopper = Stopper(setup, vm)

            def go(vm=vm):
                vm.start(f"taskset -c 1 sh -c 'echo oops > {GO}'")
            if attempt == 1:
                go()
            else:
                cpu = stopper.run_to(base + inside, "the faulting instruction",
                                     go)
                if cpu != 1:
                    raise Failure(f"CPU {cpu} faults, CPU 1 should")
                regs = stopper.registers
                stopper.go_on()
            vm.wait_hello("capture")
            core = elfcore.Core(elfcore.Remote(vm))
            if attempt == 1:
                inside = core.prstatus()[1]["pc"] - base
                if not 0 <= inside < 64:
                    raise Failure(f"CPU 1's pc is {inside:#x} from "
                                  "kdtest_null_dereference")
                continue
            expected = {name: regs[name] for name in
                        setup.arch.general + ("pc", "sp")}
            if setup.arch is arch.X86_64:
                _flags_are(core.prstatus()[1]["eflags"], regs["eflags"])
            return _compare_registers(core, 1, expected)
    return None


def run(setup, report, only, args):
    initrd = None

    def registers():
        return [
            ("regs-spin-irqs-off", lambda: regs_spin(setup, initrd,
                                                     "spin-irqs-off")),
            ("regs-spin-irqs-on", lambda: regs_spin(setup, initrd,
                                                    "spin-irqs-on")),
            ("regs-panic", lambda: regs_panic(setup, initrd)),
            ("regs-oops", lambda: regs_oops(setup, initrd)),
        ]

    def ppc64():
        return [(name, lambda name=name, load=load, append=append: memory(
                    setup, initrd, name, load=load, append=append))
                for name, load, append in (
                    ("memory", "-c", ""), ("memory-file", "-s", ""),
                    ("memory-hash", "-c", "disable_radix"),
                    ("memory-file-hash", "-s", "disable_radix"))]

    def tests():
        if setup.arch is arch.PPC64LE:
            return ppc64() + registers()
        return [
            ("memory", lambda: memory(setup, initrd, "memory")),
            ("memory-nokaslr-4level", lambda: memory(
                setup, initrd, "memory-nokaslr-4level", cpus=2, mem_mb=256,
                cpu="max,la57=off", append="nokaslr")),
            ("memory-1cpu", lambda: memory(
                setup, initrd, "memory-1cpu", cpus=1, mem_mb=256)),
            *registers(),
        ]

    chosen = [(f"truth.{name}", function) for name, function in tests()
              if not (setup.debug and name in ORDINARY_ONLY)
              and (not only or any(w in f"truth.{name}" for w in only))]
    if args.list:
        for name, _ in chosen:
            print(f"runs {name}")
        return False
    if chosen:
        initrd = guest.system_initrd(setup, "truth.cpio",
                                     modules=setup.test_modules())
        report.run_all(chosen, setup.parallel)
    return True
