# SPDX-License-Identifier: GPL-2.0-only
"""KUnit suites, loaded as modules in a guest; a result line a test.

The results come from KUnit's files in debugfs, over the virtio port. The guest
runs with panic_on_warn: a warning is a failure.
"""
import re

from . import guest, harnesstests, tap
from .report import Failure

TIMEOUT_S = 180


def run(setup, report, only, args):
    core, modules = setup.kunit_modules()
    own = [t for t in harnesstests.tests(setup)
           if not only or any(w in t[0] for w in only)]
    if only:
        modules = [m for m in modules if any(w in "kunit." + m.stem
                                              for w in only)]
    if args.list:
        for name in [t[0] for t in own] + ["kunit." + m.stem
                                           for m in modules]:
            print(f"runs {name}")
        return False
    for name, function in own:
        report.run(name, function)
    if not core:
        raise Failure("kunit.ko is missing; the kernel needs CONFIG_KUNIT=m")
    if only and not modules:
        return True
    if not modules:
        raise Failure(f"no module named *kunit* in {setup.kernel_dir}/modules")
    initrd = guest.system_initrd(setup, "kunit.cpio",
                                 modules=[core, *modules])
    with setup.boot("kunit", initrd, "panic_on_warn=1",
                    timeout_s=TIMEOUT_S) as vm:
        vm.wait_hello("system")
        vm.run("insmod /modules/kunit.ko")
        known = set()
        for module in modules:
            start = vm.elapsed_s()
            status, output = vm.run(f"insmod /modules/{module.name}",
                                    check=False)
            if status:
                report.not_ok(f"kunit.{module.stem}",
                              f"insmod failed: {output.strip()}")
                continue
            suites = set(vm.run("ls /sys/kernel/debug/kunit").split())
            ran = 0
            for suite in sorted(suites - known):
                text = vm.run(f"cat /sys/kernel/debug/kunit/{suite}/results")
                (vm.directory / f"{suite}.txt").write_text(text)
                if not re.search(r"1\.\.[1-9]", text):
                    report.not_ok(f"kunit.{suite}", "no test in the suite")
                    continue
                ran += tap.relay(report, "kunit", text,
                                 vm.elapsed_s() - start)
            if not ran:
                report.not_ok(f"kunit.{module.stem}", "no result came")
            known |= suites
        vm.power_off()
    return True
