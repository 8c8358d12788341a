# SPDX-License-Identifier: GPL-2.0-only
"""A fault in each step of the panic path itself.

QEMU stops the machine where a step calls something, and lets the CPU go on at
address 0. The step is given up, the ones after it are done, and the capture
kernel is entered, once; the dump is checked like any other.
"""
import secrets

from . import dumpchecks, elfcore, guest, kdumpnote
from .jump import Stopper
from .report import Failure

TIMEOUT_S = 120
CPUS, CRASHED = 2, 1
# What each step calls, by the name that the kernel gives the step.
STEPS = (("freeze", "crash_save_vmcoreinfo"), ("verify", "kexec_digest_verify"),
         ("save", "crash_save_cpu"), ("stop", "crash_smp_send_stop"),
         ("quiesce", "clear_IO_APIC"), ("seal", "kdump_notes_seal"))
GIVEN_UP = "fault in the panic path, step {}: given up, going on after it"
ENTERING = "entering the capture kernel at"


def _fault_in(setup, initrd, name, step, symbol):
    with setup.boot(f"qemu/{name}", initrd, cpus=CPUS, timeout_s=TIMEOUT_S,
                    gdb=True) as vm:
        vm.wait_hello("system")
        guest.load_crash(vm)
        token = "token-" + secrets.token_hex(8)
        vm.run(f"echo '{token}' > /dev/kmsg")
        stopper = Stopper(setup, vm)
        cpu = stopper.run_to(
            stopper.address(symbol), symbol, lambda: vm.start(
                f"taskset -c {CRASHED} sh -c 'echo c > /proc/sysrq-trigger'"))
        if cpu != CRASHED:
            raise Failure(f"CPU {cpu} is at {symbol}, CPU {CRASHED} crashed")
        stopper.fault(cpu)
        vm.wait_hello("capture")
        core = elfcore.Core(elfcore.Remote(vm))
        log = core.log()
        (vm.directory / "dmesg-of-dump.txt").write_text(log)
        verified = "verified in" if step != "verify" else "not verified in"
        dumpchecks.log_holds(log, token, [
            "sysrq triggered crash", GIVEN_UP.format(step), verified,
            ENTERING])
        for text in (ENTERING, GIVEN_UP.format(step)):
            if log.count(text) != 1:
                raise Failure(f"the log says {text!r} {log.count(text)} times")
        if step != "seal":
            _note_is_right(setup, core)
        dumpchecks.is_clean("the capture kernel", vm.run("dmesg"))


def _note_is_right(setup, core):
    crashed = dumpchecks.crashed_cpu(setup, core)
    if crashed != CRASHED:
        raise Failure(f"the dump says CPU {crashed} crashed, CPU {CRASHED} did")
    note = kdumpnote.KdumpNote(core)
    if note.crash.entries != 2:
        raise Failure(f"the KDUMP note says {note.crash.entries} entries of "
                      "the panic path, 2 are right")
    dumpchecks.cpus_are_right(setup, core, online=CPUS, crashed=crashed,
                              silent=set())


def _save_faults_always(setup, initrd, name):
    """What faults each time costs its own part of the dump, nothing else."""
    symbol = "crash_save_cpu"
    with setup.boot(f"qemu/{name}", initrd, cpus=1, timeout_s=TIMEOUT_S,
                    gdb=True) as vm:
        vm.wait_hello("system")
        guest.load_crash(vm)
        token = "token-" + secrets.token_hex(8)
        vm.run(f"echo '{token}' > /dev/kmsg")
        stopper = Stopper(setup, vm)
        stopper.run_to(stopper.address(symbol), symbol,
                       lambda: vm.start("echo c > /proc/sysrq-trigger"))
        stopper.set_fault(0)
        stopper.run_to(stopper.address(symbol), symbol)
        stopper.fault(0)
        vm.wait_hello("capture")
        core = elfcore.Core(elfcore.Remote(vm))
        log = core.log()
        (vm.directory / "dmesg-of-dump.txt").write_text(log)
        dumpchecks.log_holds(log, token, [
            "sysrq triggered crash", GIVEN_UP.format("save"),
            GIVEN_UP.format("quiesce"), "verified in", ENTERING])
        if log.count(ENTERING) != 1:
            raise Failure(f"the log says {ENTERING!r} {log.count(ENTERING)} "
                          "times")
        note = kdumpnote.KdumpNote(core)
        if note.crash.entries != 3:
            raise Failure(f"the KDUMP note says {note.crash.entries} entries "
                          "of the panic path, 3 are right")
        crashed = dumpchecks.crashed_cpu(setup, core)
        if crashed != 0:
            raise Failure(f"the dump says CPU {crashed} crashed, CPU 0 did")


def _fault_in_jump(setup, initrd, name):
    """Behind the point of no return: the machine is reset, and says why."""
    with setup.boot(f"qemu/{name}", initrd, cpus=CPUS, timeout_s=TIMEOUT_S,
                    gdb=True) as vm:
        vm.wait_hello("system")
        guest.load_crash(vm)
        stopper = Stopper(setup, vm)
        cpu = stopper.run_to(
            stopper.address("machine_kexec"), "machine_kexec", lambda: vm.start(
                f"taskset -c {CRASHED} sh -c 'echo c > /proc/sysrq-trigger'"))
        stopper.fault(cpu)
        vm.wait_end()
        # The reset takes the log with it: what the console got is all.
        text = vm.console_text()
        wanted = "step jump: given up, no dump; resetting the machine"
        if wanted not in text:
            raise Failure(f"the console does not say {wanted!r}")


TESTS = [("fault-in-save-always", _save_faults_always),
         ("fault-in-jump", _fault_in_jump)]
TESTS += [(f"fault-in-{step}",
          lambda setup, initrd, name, step=step, symbol=symbol:
          _fault_in(setup, initrd, name, step, symbol))
         for step, symbol in STEPS]
