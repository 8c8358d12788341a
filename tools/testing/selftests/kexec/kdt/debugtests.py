# SPDX-License-Identifier: GPL-2.0-only
"""What only a debug kernel can be asked: leaks, and allocations that fail.

leaks     kmemleak in the capture kernel after the dump was read in each way
          (in the system kernel it is asked after each program of abi/)
failnth   kexec_load(2) with each of its allocations failing in turn: what was
          armed stays armed, and captures at the end (guest/failnth.c)
failnth-file  the same with kexec_file_load(2); a panic at the end, and others
          after some of the tries
"""
import errno
import re

from . import capturetests, elfcore, guest, initramfs
from .report import Failure, Skip

TIMEOUT_S = 300
FILE_TIMEOUT_S = 1200
# Panics after a try of kexec_file_load(2) that failed, over all of the call.
FILE_PANICS = 3
FILE_SAMPLE_STEP = 16
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


def _failnth_machine(setup, name):
    program = initramfs.build_guest_program(
        initramfs.HERE / "guest/failnth.c", setup.work / "guest/failnth")
    initrd = guest.system_initrd(setup, "failnth-file.cpio",
                                 files=[("bin/failnth", program)])
    vm = setup.boot(f"debug/{name}", initrd, timeout_s=FILE_TIMEOUT_S)
    try:
        vm.wait_hello("system")
        if vm.run("test -e /proc/self/fail-nth -a -d "
                  f"{FAULTS}/failslab", check=False)[0]:
            raise Skip("the kernel has no failing allocations "
                       "(CONFIG_FAILSLAB)")
        vm.run(FAIL_ALL)
    except BaseException:
        vm.close()
        raise
    return vm


def _captures(vm, token):
    vm.run(f"echo '{token}' > /dev/kmsg")
    vm.start("echo c > /proc/sysrq-trigger")
    vm.wait_hello("capture")
    if token not in elfcore.Core(elfcore.Remote(vm)).log():
        raise Failure(f"the dump's log does not hold {token}")


def failnth_file(setup):
    """Every allocation of kexec_file_load(2), beside an image that is armed
    all the time; then a panic."""
    with _failnth_machine(setup, "failnth-file") as vm:
        guest.load_crash(vm, "-s")
        failed = _all_tries(vm, "file-crash", armed=1)
        ordinary = _all_tries(vm, "file-normal")
        guest.load_crash(vm, "-s")
        # It need not fail again, and failnth's own image can not capture.
        tries, whole = _tries(vm, "file-crash", failed[-1], failed[-1])
        for number, error, armed in tries + [whole] * bool(whole):
            if error not in (0, errno.ENOMEM) or not armed:
                raise Failure(f"allocation {number}, the real image armed: "
                              f"errno {error}, armed {armed}")
            if not error:
                guest.load_crash(vm, "-s")
        _captures(vm, "token-failnth-file")
        (vm.directory / "failed").write_text(
            "\n".join(map(str, failed)) + "\n")
    return (f"{len(failed)} loads failed beside an armed image, "
            f"{len(ordinary)} ordinary ones")


def failnth_file_panic(setup, part):
    """The same up to some allocation, and a panic with the image that was
    there before the load that failed."""
    with _failnth_machine(setup, f"failnth-panic{part}") as vm:
        guest.load_crash(vm, "-s", append="kept")
        tries, _ = _tries(vm, "file-crash", 1, 100000, FILE_SAMPLE_STEP)
        failed = [number for number, error, _ in tries if error]
        # An allocation's number is not the same in each load: the next one
        # that fails will do, or else one before it.
        middle = len(failed) * part // FILE_PANICS
        for number in failed[middle:] + failed[:middle][::-1]:
            guest.load_crash(vm, "-s", append="kept")
            (_, error, armed), *_ = _tries(vm, "file-crash", number, number)[0]
            if error:
                break
        if error != errno.ENOMEM or not armed:
            raise Failure(f"allocation {number}: errno {error}, armed {armed}")
        _captures(vm, f"token-failnth-panic{part}")
        if "kept" not in vm.run("cat /proc/cmdline").split():
            raise Failure("another image than the one that was kept ran")
    return f"after allocation {number} failed"


def run(setup, report, only, args):
    tests = [(name, lambda test=test: test(setup)) for name, test in
             [("debug.leaks", capture_leaks), ("debug.failnth", failnth),
              ("debug.failnth-file", failnth_file)] +
             [(f"debug.failnth-panic{part}",
               lambda setup, part=part: failnth_file_panic(setup, part))
              for part in range(FILE_PANICS)]]
    report.run_chosen(tests, only, args, setup.parallel)
