# SPDX-License-Identifier: GPL-2.0-only
"""What only a debug kernel can be asked: leaks, and allocations that fail.

leaks     kmemleak in the capture kernel after the dump was read in each way
          (in the system kernel it is asked after each program of abi/)
failnth   kexec_load(2) with each of its allocations failing in turn: what was
          armed stays armed, and captures at the end (guest/failnth.c)
"""
import errno
import re

from . import capturetests, elfcore, guest, initramfs
from .report import Failure, Skip

TIMEOUT_S = 300
KMEMLEAK = "/sys/kernel/debug/kmemleak"
# Younger objects are not reported: they may be in a register yet.
LEAK_AGE_S = 6
OURS = re.compile(r"\b_*(?:do_sys_)?(?:k?exec_load|kexec|kimage|crash|crashk|"
                  r"kdump|vmcore|vmcoreinfo|oldmem|elfcore|dump_load|kdtest_leak)\w*\+0x")
FAULTS = "/sys/kernel/debug"
# Of the debug kernel's two ways to fail, all allocations and not only those
# that may not sleep, and of single pages too.
FAIL_ALL = (f"echo N > {FAULTS}/failslab/ignore-gfp-wait;"
            f"echo N > {FAULTS}/fail_page_alloc/ignore-gfp-wait;"
            f"echo N > {FAULTS}/fail_page_alloc/ignore-gfp-highmem;"
            f"echo 0 > {FAULTS}/fail_page_alloc/min-order;"
            f"echo 0 > {FAULTS}/failslab/verbose;"
            f"echo 0 > {FAULTS}/fail_page_alloc/verbose")
# Fewer tries than this reach nothing.
TRIES_MIN = 5


def no_leaks(vm):
    """kmemleak's findings with a function of ours in them fail."""
    text = vm.run(f"echo scan > {KMEMLEAK}; sleep {LEAK_AGE_S}; "
                  f"echo scan > {KMEMLEAK}; cat {KMEMLEAK}")
    (vm.directory / "kmemleak.txt").write_text(text)
    found = ["unreferenced object" + part
             for part in text.split("unreferenced object")[1:]]
    ours = [part for part in found if OURS.search(part)]
    if ours:
        raise Failure(f"{len(ours)} leaks of ours, the first: {ours[0]}; "
                      f"all are in {vm.directory}/kmemleak.txt")
    return f"{len(found)} leaks, none of them ours"


def leaks_are_seen(vm):
    """no_leaks can fail: a leak that is made on purpose does it."""
    vm.run("insmod /modules/kdtest.ko action=leak token=leak")
    try:
        no_leaks(vm)
    except Failure as why:
        if "kdtest_leak" in str(why):
            return
        raise
    raise Failure("kmemleak does not see a leak that was made on purpose")


def capture_leaks(setup):
    with capturetests.boot(setup, "leaks") as vm:
        capturetests.capture(vm)
        if vm.run(f"test -e {KMEMLEAK}", check=False)[0]:
            raise Skip("the kernel has no CONFIG_DEBUG_KMEMLEAK")
        status, text = vm.run("capture 20260101", check=False)
        if status:
            raise Failure("capture: " + text.strip()[-300:])
        return no_leaks(vm)


def _tries(vm, how, *span):
    """failnth's lines as (N, errno, armed), and the one that was whole."""
    text = vm.run(" ".join(["failnth", how, *map(str, span)]))
    tries, whole = [], None
    for line in text.splitlines():
        words = line.split()
        if words[0] == "whole":
            whole = tuple(map(int, words[1:]))
        else:
            tries.append(tuple(map(int, words)))
    return tries, whole


def _all_tries(vm, how, armed=0):
    """Until none fails. Returns the numbers of the tries that failed.

    armed: whether an image is armed at the beginning; one stays, but for
    "unload", where it is taken away before each try.
    """
    tries, whole = _tries(vm, how)
    if not whole or whole[1:] != (0, 1):
        raise Failure(f"failnth {how}: the load in which no allocation failed "
                      f"gives {whole}")
    if len(tries) < TRIES_MIN:
        raise Failure(f"failnth {how}: only {len(tries)} allocations failed")
    for number, error, state in tries:
        right = 1 if not error else armed
        if error not in (0, errno.ENOMEM) or state != right:
            raise Failure(f"failnth {how}: with allocation {number} failing "
                          f"the load gives errno {error}, and armed is "
                          f"{state}, {right} is right")
        armed = 0 if how == "unload" else state
    failed = [number for number, error, _ in tries if error]
    if not failed:
        raise Failure(f"failnth {how}: no load failed")
    return failed


def _keep_real_image(vm, numbers):
    """What kexec-tools armed stays, whichever allocation fails.

    Not each load makes the same allocations as the one before. One that went
    well replaced the image, so that is loaded again.
    """
    kept = 0
    for number in numbers:
        tries, whole = _tries(vm, "crash", number, number)
        for _, error, armed in tries + [whole] * bool(whole):
            if error not in (0, errno.ENOMEM) or not armed:
                raise Failure("failnth crash with the real image armed: errno "
                              f"{error}, armed {armed}")
            kept += bool(error)
            if not error:
                guest.load_crash(vm)
    if kept < TRIES_MIN:
        raise Failure(f"only {kept} loads failed with the real image armed")


def failnth(setup):
    program = initramfs.build_guest_program(
        initramfs.HERE / "guest/failnth.c", setup.work / "guest/failnth")
    initrd = guest.system_initrd(setup, "failnth.cpio",
                                 files=[("bin/failnth", program)],
                                 modules=setup.test_modules())
    with setup.boot("debug/failnth", initrd, timeout_s=TIMEOUT_S) as vm:
        vm.wait_hello("system")
        if vm.run("test -e /proc/self/fail-nth -a -d "
                  f"{FAULTS}/failslab", check=False)[0]:
            raise Skip("the kernel has no failing allocations "
                       "(CONFIG_FAILSLAB)")
        vm.run(FAIL_ALL)
        counts = []
        # Nothing armed before; then one that must stay; then an ordinary one.
        counts.append(len(_all_tries(vm, "unload")))
        failed = _all_tries(vm, "crash", armed=1)
        counts.append(len(failed))
        vm.run("kexec -c -p -u")
        counts.append(len(_all_tries(vm, "normal")))
        guest.load_crash(vm)
        _keep_real_image(vm, failed)
        leaks = no_leaks(vm)
        leaks_are_seen(vm)
        vm.run("echo 'kdtest token failnth' > /dev/kmsg")
        vm.start("echo c > /proc/sysrq-trigger")
        vm.wait_hello("capture")
        if "kdtest token failnth" not in elfcore.Core(
                elfcore.Remote(vm)).log():
            raise Failure("the dump's log does not hold the token")
    return (f"{counts[0]}, {counts[1]}, {counts[2]} loads failed (none armed, "
            f"one armed, ordinary), {leaks}")


def run(setup, report, only, args):
    chosen = [(name, lambda test=test: test(setup)) for name, test in
              (("debug.leaks", capture_leaks), ("debug.failnth", failnth))
              if not only or any(word in name for word in only)]
    if args.list:
        for name, _ in chosen:
            print(f"runs {name}")
        return False
    report.run_all(chosen, setup.parallel)
    return True
