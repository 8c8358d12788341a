# SPDX-License-Identifier: GPL-2.0-only
"""A crash while the kernel's one sender of NMI IPIs is taken for ever.

powerpc serves one sender at a time. A system reset may meet a CPU that is just
sending, and the panic begins right there: the sender never ends. So the test
takes it, by the debugger, and then crashes; all CPUs have to stop with the
right registers nevertheless.
"""
import secrets

from . import dumpchecks, elfcore, guest
from .gdbstub import GdbStub
from .report import Failure

TIMEOUT_S = 120
CPUS, CRASHED = 4, 1
TAKEN = "nmi_ipi_busy"
# The linear map, of which the kernel's own addresses are a part.
PAGE_OFFSET = 0xc000000000000000


def sender_taken(setup, initrd, name):
    with setup.boot(f"qemu/{name}", initrd, cpus=CPUS, timeout_s=TIMEOUT_S,
                    gdb=True) as vm:
        vm.wait_hello("system")
        guest.load_crash(vm)
        token = "token-" + secrets.token_hex(8)
        vm.run(f"echo '{token}' > /dev/kmsg")
        stub = GdbStub(vm)
        stub.interrupt()
        stub.write_physical(setup.symbols[TAKEN] - PAGE_OFFSET, b"\1")
        stub.resume()
        vm.start(f"taskset -c {CRASHED} sh -c 'echo c > /proc/sysrq-trigger'")
        vm.wait_hello("capture")
        core = elfcore.Core(elfcore.Remote(vm))
        log = core.log()
        (vm.directory / "dmesg-of-dump.txt").write_text(log)
        dumpchecks.log_holds(log, token, ["sysrq triggered crash",
                                          "entering the capture kernel at"])
        if core.virtual(setup.symbols[TAKEN], 1) != b"\1":
            raise Failure(f"{TAKEN} is not set in the dump: the test took "
                          "nothing")
        dumpchecks.cpus_are_right(setup, core, online=CPUS, crashed=CRASHED,
                                  silent=set())


# For the ports that name it in their Arch.flows.
TESTS = [("nmi-ipi-taken", sender_taken)]
