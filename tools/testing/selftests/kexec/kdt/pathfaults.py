# SPDX-License-Identifier: GPL-2.0-only
"""A fault in each step of the panic path itself.

QEMU stops the machine where a step calls something, and lets the CPU go on at
address 0. The step is given up, the ones after it are done, and the capture
kernel is entered, once; the dump is checked like any other.
"""
import contextlib
import secrets

from . import dumpchecks, elfcore, guest, kdumpnote
from .jump import Stopper
from .report import Failure

TIMEOUT_S = 120
CPUS, CRASHED = 2, 1
# What each step calls, by the name that the kernel gives the step; quiesce's is
# the machine's own (kdt/arch.py).
STEPS = (("freeze", "crash_save_vmcoreinfo"), ("verify", "kexec_digest_verify"),
         ("save", "crash_save_cpu"), ("stop", "crash_smp_send_stop"),
         ("quiesce", None), ("seal", "kdump_notes_seal"))
GIVEN_UP = "fault in the panic path, step {}: given up, going on after it"
ENTERING = "entering the capture kernel at"


@contextlib.contextmanager
def _crashing_at(setup, initrd, name, symbol, cpus=CPUS, crashed=CRASHED,
                 extra=()):
    """A machine whose crash stands at a symbol; its log holds the token."""
    with setup.boot(f"qemu/{name}", initrd, cpus=cpus, timeout_s=TIMEOUT_S,
                    gdb=True, extra=extra) as vm:
        vm.wait_hello("system")
        guest.load_crash(vm)
        token = "token-" + secrets.token_hex(8)
        vm.run(f"echo '{token}' > /dev/kmsg")
        stopper = Stopper(setup, vm)
        cpu = stopper.run_to(
            stopper.address(symbol), symbol, lambda: vm.start(
                f"taskset -c {crashed} sh -c 'echo c > /proc/sysrq-trigger'"))
        if cpu != crashed:
            raise Failure(f"CPU {cpu} is at {symbol}, CPU {crashed} crashed")
        yield vm, stopper, token


def _captured(vm):
    """The dump of the machine, and its log."""
    vm.wait_hello("capture")
    core = elfcore.Core(elfcore.Remote(vm))
    log = core.log()
    (vm.directory / "dmesg-of-dump.txt").write_text(log)
    return core, log


def _fault_in(setup, initrd, name, step, symbol):
    extra = ()
    if not symbol:
        symbol, extra = setup.arch.quiesce
    with _crashing_at(setup, initrd, name, symbol,
                      extra=extra) as (vm, stopper, token):
        stopper.fault(CRASHED)
        core, log = _captured(vm)
        verified = f"kdump: {'not ' if step == 'verify' else ''}verified in"
        dumpchecks.log_holds(log, token, [
            "sysrq triggered crash", GIVEN_UP.format(step), verified,
            ENTERING])
        for text in (ENTERING, GIVEN_UP.format(step)):
            if log.count(text) != 1:
                raise Failure(f"the log says {text!r} {log.count(text)} times")
        if step != "seal":
            _note_is_right(setup, core, CRASHED, entries=2)
            dumpchecks.cpus_are_right(setup, core, online=CPUS,
                                      crashed=CRASHED, silent=set())
        dumpchecks.is_clean("the capture kernel", vm.run("dmesg"))


def _note_is_right(setup, core, crashed, entries):
    said = dumpchecks.crashed_cpu(setup, core)
    if said != crashed:
        raise Failure(f"the dump says CPU {said} crashed, CPU {crashed} did")
    note = kdumpnote.KdumpNote(core)
    if note.crash.entries != entries:
        raise Failure(f"the KDUMP note says {note.crash.entries} entries of "
                      f"the panic path, {entries} are right")


def _save_faults_always(setup, initrd, name):
    """What faults each time costs its own part of the dump, nothing else."""
    symbol = "crash_save_cpu"
    with _crashing_at(setup, initrd, name, symbol, cpus=1,
                      crashed=0) as (vm, stopper, token):
        stopper.set_fault(0)
        stopper.run_to(stopper.address(symbol), symbol)
        stopper.fault(0)
        core, log = _captured(vm)
        dumpchecks.log_holds(log, token, [
            "sysrq triggered crash", GIVEN_UP.format("save"),
            GIVEN_UP.format("quiesce"), "kdump: verified in", ENTERING])
        if log.count(ENTERING) != 1:
            raise Failure(f"the log says {ENTERING!r} {log.count(ENTERING)} "
                          "times")
        _note_is_right(setup, core, crashed=0, entries=3)


def _fault_in_jump(setup, initrd, name):
    """Behind the point of no return: the machine is reset, and says why."""
    with _crashing_at(setup, initrd, name,
                      "machine_kexec") as (vm, stopper, _):
        stopper.fault(CRASHED)
        vm.wait_end()
        # The reset takes the log with it: what the console got is all.
        wanted = "step jump: given up, no dump; resetting the machine"
        if wanted not in vm.console_text():
            raise Failure(f"the console does not say {wanted!r}")


TESTS = [("fault-in-save-always", _save_faults_always),
         ("fault-in-jump", _fault_in_jump)]
TESTS += [(f"fault-in-{step}",
          lambda setup, initrd, name, step=step, symbol=symbol:
          _fault_in(setup, initrd, name, step, symbol))
         for step, symbol in STEPS]
