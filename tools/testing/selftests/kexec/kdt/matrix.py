# SPDX-License-Identifier: GPL-2.0-only
"""The crash matrix: every way to crash, on every kind of machine.

A cell is a trigger on a machine: on the boot CPU or another, with 1, 2 or 4
CPUs, and what else varies on a machine of its kind (kdt/arch.py): on x86_64
KASLR or none, 4- or 5-level page tables; on ppc64 either MMU. In each cell the
capture kernel must come up, and its /proc/vmcore is read and must hold the
very crash that was made: a token planted in this run, then the text of this
panic, the number of the CPU that crashed, and registers for each CPU.

A cell that cannot exist is listed with the reason (impossible()).
"""
import collections
import itertools
import secrets

from . import dumpchecks, elfcore, flows, guest
from .report import Failure

MEM_MB = 256
TIMEOUT_S = 120
# There are some 500 places: in so many boots not all get the same one.
KASLR_BOOTS = 4

DIMENSIONS = dict(where=("boot", "other"), cpus=(1, 2, 4))

# Where a CPU waits that a reset met while another one crashes.
WAITING = {"reset_wait", "nmi_panic_self_stop", "panic_smp_self_stop",
           "crash_kexec_secondary", "udelay", "__delay"}


class Trigger:
    """One way to crash.

    fire:     function(vm, run) that makes it happen
    text:     what the dump's log must show after the token, in order
    append:   kernel parameters it needs
    sysctl:   sysctls it needs, as name=value
    needs:    the number of CPUs without which it cannot be
    module:   whether it uses our test module
    silent:   whether the other CPU answers no NMI
    overflow: whether the stack pointer has left its stack
    any_cpu:  whether either of two CPUs may be the crashed one
    """

    def __init__(self, name, fire, text, append="", sysctl=(), needs=1,
                 module=True, silent=False, any_cpu=False, overflow=False,
                 why=None):
        self.name, self.fire, self.text = name, fire, text
        self.append, self.sysctl, self.needs = append, sysctl, needs
        self.module, self.silent, self.any_cpu = module, silent, any_cpu
        self.overflow, self.why = overflow, why


class Run:
    """One cell being run; offsets gets KASLR's of this boot."""

    def __init__(self, cell, offsets, irq):
        self.cell, self.offsets, self.irq = cell, offsets, irq
        self.token = "token-" + secrets.token_hex(8)
        self.cpu = 0 if cell.where == "boot" else cell.cpus - 1
        # Another CPU than the one that crashes, where there is one.
        self.other = (self.cpu + 1) % cell.cpus


def _insmod(action, on=None, cpu=None):
    """Load the test module on the crashing CPU (or one chosen here)."""
    def fire(vm, run):
        where = run.cpu if on is None else on(run)
        more = "" if cpu is None else f" cpu={cpu(run)}"
        vm.start(f"taskset -c {where} insmod /modules/kdtest.ko "
                 f"action={action} token={run.token}{more}")
    return fire


def _sysrq_proc(vm, run):
    vm.start(f"taskset -c {run.cpu} sh -c 'echo c > /proc/sysrq-trigger'")


def _sysrq_key(vm, run):
    """The I/O APIC moves an interrupt when the next one comes: output makes some."""
    if run.irq:
        vm.run(f"irq=$(sed -n 's/^ *\\([0-9]*\\):.* {run.irq}.*/\\1/p' "
               "/proc/interrupts); cd /proc/irq/$irq || exit; "
               f"echo {run.cpu} > smp_affinity_list; "
               "for i in $(seq 100); do echo . > /dev/console; "
               "[ \"$(cat effective_affinity_list)\" = "
               f"{run.cpu} ] && exit 0; done; exit 1")
    vm.sysrq("c")


def _init_death(vm, run):
    vm.exit_init(7, run.cpu)


def _nmi(vm, run):
    if run.cpu == 0:
        vm.inject_nmi()
    else:
        _insmod("nmi")(vm, run)


def _hung_task(vm, run):
    """khungtaskd is what panics, so it is put on the crashing CPU."""
    vm.run("for p in /proc/[0-9]*; do if [ \"$(cat $p/comm)\" = khungtaskd ]; "
           f"then taskset -p -c {run.cpu} ${{p#/proc/}}; fi; done")
    _insmod("hung-task", cpu=lambda r: r.other)(vm, run)


def _lkdtm(kind):
    """The base kernel's own crash module, loaded and told on this CPU."""
    def fire(vm, run):
        vm.run("insmod /modules/lkdtm.ko")
        vm.start(f"taskset -c {run.cpu} sh -c 'echo {kind} > "
                 "/sys/kernel/debug/provoke-crash/DIRECT'")
    return fire


PANIC = "Kernel panic - not syncing: "
# Words of an architecture: Arch.null, .irq_mark, .nmi, .lockup.
NULL, IRQ_MARK, NMI, LOCKUP = "{null}", "{irq_mark}", "{nmi}", "{lockup}"
WATCHDOG = ("kernel.watchdog_thresh=1",)

TRIGGERS = [Trigger(*args, **more) for args, more in (
    (("sysrq-proc", _sysrq_proc, [PANIC + "sysrq triggered crash"]),
     dict(module=False)),
    (("sysrq-key", _sysrq_key, [PANIC + "sysrq triggered crash"]),
     dict(module=False)),
    (("panic", _insmod("panic"),
      [PANIC + "kdtest {token} in a task on CPU {cpu}"]), {}),
    (("oops", _insmod("oops"), [NULL, "kdtest_null_dereference"]),
     dict(sysctl=("kernel.panic_on_oops=1",))),
    (("irq-panic", _insmod("irq-panic"),
      [PANIC + "kdtest {token} in hardirq on CPU {cpu}"]), {}),
    (("irq-null", _insmod("irq-null"), [NULL, IRQ_MARK]), {}),
    (("init-death", _init_death,
      [PANIC + "Attempted to kill init! exitcode=0x00000700"]),
     dict(module=False)),
    (("nmi", _nmi, [NMI]), dict(sysctl=("kernel.unknown_nmi_panic=1",))),
    (("soft-lockup", _insmod("soft-lockup", on=lambda r: r.other,
                             cpu=lambda r: r.cpu),
      ["BUG: soft lockup - CPU#{cpu} stuck", PANIC + "softlockup: hung tasks"]),
     dict(sysctl=WATCHDOG + ("kernel.softlockup_panic=1",))),
    # The buddy of a CPU is the one before it; the buddy is what panics.
    (("hard-lockup", _insmod("hard-lockup", cpu=lambda r: r.other),
      [LOCKUP, PANIC + "Hard LOCKUP"]),
     dict(sysctl=WATCHDOG + ("kernel.hardlockup_panic=1",), needs=2,
          why="a CPU without a buddy is watched by nobody")),
    (("hung-task", _hung_task, [PANIC + "hung_task: blocked tasks"]),
     dict(sysctl=("kernel.hung_task_timeout_secs=1",
                  "kernel.hung_task_panic=1"))),
    (("together", _insmod("together", cpu=lambda r: r.other),
      [PANIC + "kdtest {token} together on CPU {crashed}"]),
     dict(needs=2, any_cpu=True, why="two CPUs crash at once")),
    (("notifier-fault", _insmod("notifier-fault"),
      [PANIC + "kdtest {token} before a faulting notifier", NULL]),
     dict(append="crash_kexec_post_notifiers",
          sysctl=("kernel.panic_on_oops=1",))),
    (("die-fault", _insmod("die-fault"), [NULL, "faulting_notifier"]),
     dict(sysctl=("kernel.panic_on_oops=1",))),
    (("lkdtm-bug", _lkdtm("BUG"), ["kernel BUG at"]),
     dict(sysctl=("kernel.panic_on_oops=1",))),
    (("lkdtm-warn", _lkdtm("WARNING"),
      ["WARNING: CPU: {cpu}", PANIC + "kernel: panic_on_warn set"]),
     dict(sysctl=("kernel.panic_on_warn=1",))),
    # The double fault has a stack of its own; the task's is full.
    (("lkdtm-stack", _lkdtm("EXHAUST_STACK"), ["stack guard page was hit"]),
     dict(overflow=True, sysctl=("kernel.panic_on_oops=1",))),
    (("post-notifiers", _sysrq_proc, [PANIC + "sysrq triggered crash"]),
     dict(append="crash_kexec_post_notifiers", module=False)),
    (("spin-irqs-off", _insmod("spin-irqs-off", cpu=lambda r: r.other),
      [PANIC + "kdtest {token} beside a CPU spinning"]),
     dict(needs=2, why="the only CPU cannot both spin and crash")),
    (("deaf-cpu", _insmod("deaf", cpu=lambda r: r.other),
      [PANIC + "kdtest {token} beside a CPU that hears no NMI"]),
     dict(needs=2, silent=True,
          why="the only CPU cannot both ignore NMIs and crash")),
)]
BY_NAME = {trigger.name: trigger for trigger in TRIGGERS}


def name_of(cell):
    return ".".join([cell.trigger, cell.where, f"{cell.cpus}cpu", *cell[3:]])


def impossible(cell, arch):
    """Why a cell cannot exist, or None."""
    trigger = BY_NAME[cell.trigger]
    if cell.trigger in arch.cannot:
        return arch.cannot[cell.trigger]
    if cell.cpus < trigger.needs:
        return trigger.why
    if cell.where == "other" and cell.cpus == 1:
        return "there is no other CPU"
    return None


def all_cells(arch):
    dimensions = DIMENSIONS | {name: tuple(values) for name, values
                               in arch.variants.items()}
    kind = collections.namedtuple("Cell", ("trigger", *dimensions))
    return [kind(trigger.name, *values) for trigger in TRIGGERS
            for values in itertools.product(*dimensions.values())]


def texts_of(trigger, run, arch, crashed):
    """What the log must hold, with this machine's words."""
    words = dict(token=run.token, cpu=run.cpu, other=run.other,
                 crashed=crashed)
    for text in trigger.text:
        for part in {NMI: arch.nmi, LOCKUP: arch.lockup}.get(text, (text,)):
            if isinstance(part, tuple):
                yield tuple(one.format(**words) for one in part)
            else:
                yield part.format(null=arch.null, irq_mark=arch.irq_mark,
                                  **words)


def covering(cells, together=2):
    """A small subset with every pair of values that occur in one cell.

    together=1: with every value, by preference on many CPUs.
    """
    def parts(cell):
        return set(itertools.combinations(enumerate(cell), together))

    wanted = set().union(*map(parts, cells))
    chosen = []
    while wanted:
        best = max(reversed(cells) if together == 1 else cells,
                   key=lambda cell: len(parts(cell) & wanted))
        chosen.append(best)
        wanted -= parts(best)
    return sorted(chosen, key=cells.index)


def run_cell(setup, initrd, cell, offsets):
    trigger = BY_NAME[cell.trigger]
    run = Run(cell, offsets, setup.arch.irq)
    append, cpu = trigger.append, None
    for name, values in setup.arch.variants.items():
        parameters, model = values[getattr(cell, name)]
        append, cpu = f"{append} {parameters}", model or cpu
    with setup.boot(f"qemu/{name_of(cell)}", initrd, append, cell.cpus,
                    MEM_MB, TIMEOUT_S, cpu=cpu) as vm:
        vm.wait_hello("system")
        guest.load_crash(vm)
        for setting in trigger.sysctl:
            key, value = setting.split("=")
            path = "/proc/sys/" + key.replace(".", "/")
            vm.run(f"[ ! -e {path} ] || echo {value} > {path}")
        vm.run(f"echo 'kdtest token {run.token}' > /dev/kmsg")
        fired_s = vm.elapsed_s()
        trigger.fire(vm, run)
        vm.wait_hello("capture")
        captured_s = vm.elapsed_s() - fired_s
        core = elfcore.Core(elfcore.Remote(vm))
        check_dump(setup, vm, core, trigger, run)
        dumpchecks.is_clean("the capture kernel", vm.run("dmesg"))
    return f"{captured_s:.1f} s to capture"


def check_dump(setup, vm, core, trigger, run):
    """The verdict: the dump holds the very crash that was made."""
    cell = run.cell
    log = core.log()
    (vm.directory / "dmesg-of-dump.txt").write_text(log)
    # Before the token all is as it should be; after it, the crash is.
    dumpchecks.is_clean("the crashed kernel", log.split(run.token)[0])
    dumpchecks.is_clean("the crashed kernel", log, dumpchecks.SANITIZERS)
    crashed = dumpchecks.crashed_cpu(setup, core)
    candidates = (run.cpu, run.other) if trigger.any_cpu else (run.cpu,)
    if trigger.name in setup.arch.by_any:
        candidates = range(cell.cpus)
    if crashed not in candidates:
        raise Failure(f"the dump says CPU {crashed} crashed, CPU "
                      f"{' or '.join(map(str, candidates))} did")
    dumpchecks.log_holds(log, run.token,
                         texts_of(trigger, run, setup.arch, crashed))
    machine_is_right(core, cell, run)
    dumpchecks.cpus_are_right(
        setup, core, online=cell.cpus, crashed=crashed,
        silent={run.other} if trigger.silent else set(),
        overflow=trigger.overflow,
        idle=trigger.name in setup.arch.by_any)
    if trigger.name in setup.arch.traps:
        exception_is(core, setup.symbols, crashed,
                     setup.arch.traps[trigger.name])


def exception_is(core, symbols, crashed, number):
    """The crash is of that exception, and no CPU is seen where it waited."""
    for cpu, status in enumerate(core.prstatus()):
        where = dumpchecks.nearest_symbol(core, symbols, status["pc"])
        if where in WAITING:
            raise Failure(f"CPU {cpu} is in {where}, where it only waited "
                          "until it was stopped")
        # The lowest bits of "trap" are flags.
        if cpu == crashed and status["trap"] & ~0xf != number:
            raise Failure(f"CPU {cpu} crashed by exception "
                          f"{status['trap']:#x}, {number:#x} is right")


def machine_is_right(core, cell, run):
    """What the dump says of what varies is what was asked for."""
    offset = core.kaslr_offset()        # a dump without it is refused here
    if getattr(cell, "kaslr", "nokaslr") == "nokaslr":
        if offset:
            raise Failure(f"KERNELOFFSET is {offset:#x} without KASLR")
    else:
        run.offsets.append(offset)
    if hasattr(cell, "level"):
        level5 = core.info("NUMBER", "pgtable_l5_enabled")
        if level5 != (cell.level == "5level"):
            raise Failure(f"pgtable_l5_enabled is {level5} with {cell.level}")
    if hasattr(cell, "mmu") and \
            f"{cell.mmu}-mmu:" not in core.log():
        raise Failure(f"the log has no line of the {cell.mmu} MMU")


def cannot_run(setup, cell):
    """Why this kernel does not run a cell, or None."""
    if setup.debug and getattr(cell, "level", "") == "5level":
        return "see Setup.boot()"
    return impossible(cell, setup.arch)


def run(setup, report, only, args):
    cells = all_cells(setup.arch)
    possible = [cell for cell in cells if not cannot_run(setup, cell)]
    # A cell of a debug kernel takes minutes: each trigger once.
    chosen = possible if args.full else covering(possible,
                                                 1 if setup.debug else 2)
    if args.command == "port":
        chosen = [cell for cell in possible if name_of(cell) in setup.arch.few]
    if only:
        pool = chosen + [cell for cell in possible if cell not in chosen]
        exact = [cell for cell in pool if "qemu." + name_of(cell) in only
                 or name_of(cell) in only]
        chosen = exact or [
            cell for cell in chosen
            if any(word in "qemu." + name_of(cell) for word in only)]
    lives = [(name, test) for name, test in flows.tests(setup, lambda: initrd)
             if not only or any(word in name for word in only)]
    if args.command == "port":
        lives = [(name, test) for name, test in lives
                 if name.removeprefix("qemu.") in setup.arch.few]
    if args.list:
        for cell in cells:
            why = impossible(cell, setup.arch)
            if not why and cannot_run(setup, cell):
                continue
            if why:
                print(f"cannot exist {name_of(cell)}: {why}")
            elif cell in chosen:
                print(f"runs {name_of(cell)}")
            else:
                print(f"full {name_of(cell)}")
        for name, _ in lives:
            print(f"runs {name}")
        return False
    if not chosen and not lives:
        return True
    never = sum(1 for cell in cells if impossible(cell, setup.arch))
    report.info(f"crash matrix: {len(cells)} cells, {never} cannot exist, "
                f"{len(chosen)} run here")
    initrd = guest.system_initrd(setup, "qemu.cpio",
                                 modules=[*setup.test_modules(),
                                          setup.module("lkdtm", must=True)])
    report.run_all(lives, setup.parallel)
    before, offsets = report.passed, []
    report.run_all([(f"qemu.{name_of(cell)}",
                     lambda cell=cell: run_cell(setup, initrd, cell, offsets))
                    for cell in chosen], setup.parallel)
    report.info(f"captures: {report.passed - before} of {len(chosen)} cells")
    if len(offsets) >= KASLR_BOOTS:
        report.run("qemu.kaslr-differs", lambda: kaslr_differs(offsets))
    return True


def kaslr_differs(offsets):
    """KERNELOFFSET is this boot's, not a constant."""
    if len(set(offsets)) < 2:
        raise Failure(f"KERNELOFFSET is {offsets[0]:#x} in each of "
                      f"{len(offsets)} boots with KASLR")
    return f"{len(set(offsets))} KERNELOFFSETs in {len(offsets)} boots"
