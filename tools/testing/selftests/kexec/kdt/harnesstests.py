# SPDX-License-Identifier: GPL-2.0-only
"""The harness's own judgement, on made-up input: it must see what is wrong."""
import types

from . import arch, debugtests, elfcore, tap, truth
from .report import Failure, Report

SUITE = """KTAP version 1
1..1
    KTAP version 1
    # Subtest: suite
    1..2
    ok 1 one
    ok 2 two
# suite: initialization failed
{}ok 1 suite
"""


class _Quiet(Report):
    """Counts, and prints nothing."""

    def _line(self, text):
        pass


def _tap_counts(text, passed, failed):
    report = _Quiet()
    tap.relay(report, "made-up", text)
    if (report.passed, report.failed) != (passed, failed):
        raise Failure(f"{report.passed} ok and {report.failed} not ok in a "
                      f"made-up output; {passed} and {failed} are right")


def tap_is_read():
    """Each way in which a suite can fail counts, and once."""
    good = SUITE.format("")
    for text, passed, failed in (
            (good, 2, 0), (SUITE.format("not "), 2, 1),
            (good.replace("    ok 2", "    not ok 2"), 1, 1),
            (SUITE.format("not ").replace("    ok 2", "    not ok 2"), 1, 1),
            (good.replace("    ok 2 two\n", ""), 1, 1),
            ("1..2\nok 1 a\n", 1, 1), ("1..1\nnot ok 1 a\n", 0, 1)):
        _tap_counts(text, passed, failed)


class _Core:
    """A dump of one segment at address 0."""

    vmcoreinfo = {}

    def __init__(self, data):
        self.data, self.source = data, self
        self.loads = [elfcore.Segment(elfcore.PT_LOAD, 0, 0, 0, 0, len(data),
                                      len(data))]

    def read(self, offset, size):
        return self.data[offset:offset + size]

    @staticmethod
    def kaslr_offset():
        return 0

    @staticmethod
    def info(kind, name):
        return 0


def differences_are_seen(work):
    """One byte is found; a wholly wrong dump ends the comparison."""
    ram = work / "harness-ram"
    right = bytearray((truth.DIFFERENT_MAX + 1000) * elfcore.PAGE_BYTES)
    ram.write_bytes(right)
    setup = types.SimpleNamespace(arch=arch.X86_64, symbols={
        s: elfcore.START_KERNEL_MAP for s, _, _ in truth.exceptions()})
    same = truth.compare(_Core(bytes(right)), ram, setup)
    right[5000] = 1
    one = truth.compare(_Core(bytes(right)), ram, setup)
    all_of_them = truth.compare(_Core(b"\1" * len(right)), ram, setup)
    ram.unlink()
    found = [(d.pa, d.first, d.count) for d in one.different]
    if same.different or found != [(4096, 5000, 1)] or not all_of_them.full \
            or all_of_them.pages == same.pages:
        raise Failure(f"the comparison finds {same.text()}, {found}, "
                      f"{all_of_them.text()}")


def exceptions_name_symbols():
    """An exception for a symbol that is not there is refused."""
    real = truth.exceptions
    truth.exceptions = lambda: [("no_such_symbol", 8, "a test")]
    try:
        truth.excepted_ranges(_Core(b""), types.SimpleNamespace(
            arch=arch.X86_64, symbols={}))
    except Failure:
        return
    finally:
        truth.exceptions = real
    raise Failure("an exception for an unknown symbol is taken")


class _Vm:
    """A machine that says what it is told to."""

    def __init__(self, text, directory=None):
        self.text, self.directory = text, directory

    def run(self, script):
        return self.text


def _refuses(what, function):
    try:
        function()
    except Failure:
        return
    raise Failure(f"the harness takes {what}")


TRIES = "1 12 1\n2 12 1\n3 0 1\n4 12 1\n5 12 1\n6 12 1\nwhole 7 0 1\n"


def failing_loads_are_judged():
    """An image lost, another errno, no load that is whole: each is refused."""
    def judge(text, armed=1):
        return debugtests._all_tries(_Vm(text), "crash", armed)

    if judge(TRIES) != [1, 2, 4, 5, 6]:
        raise Failure(f"of {TRIES!r}, {judge(TRIES)} are said to have failed")
    for what, text, armed in (
            ("a lost image", TRIES.replace("4 12 1", "4 12 0"), 1),
            ("another errno than ENOMEM", TRIES.replace("2 12", "2 14"), 1),
            ("a load that fails with all its memory",
             TRIES.replace("7 0", "7 12"), 1),
            ("tries without an end", TRIES.split("whole", maxsplit=1)[0], 1),
            ("an image from nowhere", TRIES, 0),
            ("loads that never fail", TRIES.replace(" 12 ", " 0 "), 1)):
        _refuses(what, lambda text=text, armed=armed: judge(text, armed))


LEAK = """unreferenced object 0xffff888003c1a000 (size 2048):
  comm "insmod", pid 42, jiffies 4294900000
  backtrace (crc 1234):
    [<0000000012345678>] __kmalloc_cache_noprof+0x1b5/0x2d0
    [<0000000012345678>] {}+0x2e/0x60
"""


def leaks_are_ours_or_not(work):
    """By the functions in the trace."""
    debugtests.no_leaks(_Vm(LEAK.format("acpi_ds_create_operand"), work))
    for name in ("kimage_alloc", "__do_sys_kexec_load", "vmcore_open",
                 "kdump_physmem_open", "crash_shrink_memory"):
        _refuses(f"a leak of {name}", lambda name=name: debugtests.no_leaks(
            _Vm(LEAK.format("slab") + LEAK.format(name), work)))
    (work / "kmemleak.txt").unlink()


def chosen_are_there():
    """What a port chooses by name among the tests is there."""
    from . import flows, matrix, powernvtests, purgatorytests
    ours = types.SimpleNamespace(arch=arch.PPC64LE)
    lives = {name for name, _ in
             flows.FLOWS + flows.OUR_FLOWS + flows.nmiipi.TESTS}
    others = {matrix.name_of(cell) for cell in matrix.all_cells(ours.arch)}
    others |= {name for name, _ in purgatorytests.tests(ours, None)
               + powernvtests.tests(ours, None, None)}
    missing = set(ours.arch.flows) - lives \
        | set(ours.arch.few) - lives - others
    if missing:
        raise Failure(f"no test is named {', '.join(sorted(missing))}")


def tests(setup):
    return [("harness.tap", tap_is_read),
            ("harness.chosen", chosen_are_there),
            ("harness.differences", lambda: differences_are_seen(setup.work)),
            ("harness.exceptions", exceptions_name_symbols),
            ("harness.failnth", failing_loads_are_judged),
            ("harness.leaks", lambda: leaks_are_ours_or_not(setup.work))]
