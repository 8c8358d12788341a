# SPDX-License-Identifier: GPL-2.0-only
"""A crash while the kernel's one sender of NMI IPIs is taken for ever.

powerpc serves one sender at a time, under a lock. A system reset may meet a
CPU that is just sending, and the panic begins right there: the sender never
ends. So the test takes both, by the debugger, and then crashes; all CPUs have
to stop with the right registers nevertheless.
"""
import secrets

from . import dumpchecks, elfcore, guest
from .gdbstub import GdbStub
from .report import Failure

TIMEOUT_S = 120
CPUS, CRASHED = 4, 1
# A bool and an atomic_t.
TAKEN = {"nmi_ipi_busy": b"\1", "__nmi_ipi_lock": b"\1\0\0\0"}
# The linear map, of which the kernel's own addresses are a part.
PAGE_OFFSET = 0xc000000000000000


def sender_taken(setup, initrd, name, by_reset=False):
    with setup.boot(f"qemu/{name}", initrd, cpus=CPUS, timeout_s=TIMEOUT_S,
                    gdb=True) as vm:
        vm.wait_hello("system")
        guest.load_crash(vm)
        token = "token-" + secrets.token_hex(8)
        vm.run(f"echo '{token}' > /dev/kmsg")
        stub = GdbStub(vm)
        stub.interrupt()
        for symbol, value in TAKEN.items():
            stub.write_physical(setup.symbols[symbol] - PAGE_OFFSET, value)
        stub.resume()
        if by_reset:
            vm.inject_nmi()
        else:
            vm.start(f"taskset -c {CRASHED} sh -c "
                     "'echo c > /proc/sysrq-trigger'")
        vm.wait_hello("capture")
        core = elfcore.Core(elfcore.Remote(vm))
        log = core.log()
        (vm.directory / "dmesg-of-dump.txt").write_text(log)
        said = [] if by_reset else ["sysrq triggered crash"]
        dumpchecks.log_holds(log, token,
                             said + ["entering the capture kernel at"])
        for symbol, value in TAKEN.items():
            if core.virtual(setup.symbols[symbol], len(value)) != value:
                raise Failure(f"{symbol} is not set in the dump: the test "
                              "took nothing")
        if not by_reset and "crashed as well" in log.split(token)[1]:
            raise Failure("the log says of a CPU that was stopped that it "
                          "crashed as well")
        # A reset comes to all CPUs, idle or not; any may be the first.
        crashed = dumpchecks.crashed_cpu(setup, core)
        if not by_reset and crashed != CRASHED:
            raise Failure(f"the dump says CPU {crashed} crashed, CPU "
                          f"{CRASHED} did")
        dumpchecks.cpus_are_right(setup, core, online=CPUS, crashed=crashed,
                                  silent=set(), idle=by_reset)


def sender_taken_reset(setup, initrd, name):
    """The lock's owner is a CPU that a reset from outside met."""
    sender_taken(setup, initrd, name, by_reset=True)


# For the ports that name it in their Arch.flows.
TESTS = [("nmi-ipi-taken", sender_taken),
         ("nmi-ipi-taken-reset", sender_taken_reset)]
