# SPDX-License-Identifier: GPL-2.0-only
"""System-call ABI self-tests: programs of abi/, run in a guest of their own.

A program may leave the kernel in a state that cannot be undone
(kexec_load_disabled, lockdown, load limits), so each boots afresh. Programs
speak TAP; each of their lines becomes a line of ours.
"""
import os
import pathlib
import subprocess

from . import debugtests, guest, tap
from .report import Failure

HERE = pathlib.Path(__file__).resolve().parent.parent
TIMEOUT_S = 180
LOCKED_DOWN = "7_lockdown"


def programs(setup):
    """Build abi/ by its own Makefile and list what it made."""
    source, target = HERE / "abi", setup.work / "abi"
    if (source / "Makefile").exists():
        target.mkdir(parents=True, exist_ok=True)
        log = target / "build.log"
        with open(log, "wb") as out:
            done = subprocess.run(["make", "-C", source, f"OUT={target}"],
                                  stdout=out, stderr=out)
        if done.returncode:
            tail = log.read_text(errors="replace").splitlines()[-2:]
            raise Failure("abi/ does not build: " + " | ".join(tail))
    found = {}
    for place in (target, source / "build"):
        if not place.is_dir():
            continue
        for path in sorted(place.iterdir()):
            with open(path, "rb") as f:
                if os.access(path, os.X_OK) and f.read(4) == b"\x7fELF" \
                        and path.suffix != ".o":
                    found.setdefault(path.name, path)
    return list(found.values())


def run_program(setup, report, initrd, name):
    with setup.boot(f"abi-runs/{name}", initrd, timeout_s=TIMEOUT_S) as vm:
        vm.wait_hello("system")
        start = vm.elapsed_s()
        status, text = vm.run(f"cd /abi && ./{name}", check=False)
        (vm.directory / "tap.txt").write_text(text)
        before = report.failed
        count = tap.relay(report, f"abi.{name}", text,
                          vm.elapsed_s() - start)
        if not count:
            raise Failure(f"no result came, status {status}: {text[-300:]}")
        if status and report.failed == before:
            raise Failure(f"ended with {status} though each result was ok")
        # Lockdown closes debugfs.
        if name != LOCKED_DOWN and not vm.run(
                f"test -e {debugtests.KMEMLEAK}", check=False)[0]:
            report.run(f"abi.{name}.leaks", lambda: debugtests.no_leaks(vm))
        vm.power_off()
    return f"{count} results"


def run(setup, report, only, args):
    found = programs(setup)
    if only:
        found = [p for p in found if any(w in f"abi.{p.name}" for w in only)]
    if args.list:
        for path in found:
            print(f"runs abi.{path.name}")
        return False
    if only and not found:
        return True
    if not found:
        raise Failure("abi/ holds no program; build it first")
    initrd = guest.system_initrd(
        setup, "abi.cpio", files=[(f"abi/{p.name}", p) for p in found])
    report.run_all([(f"abi.{p.name}", lambda p=p: run_program(
        setup, report, initrd, p.name)) for p in found], setup.parallel)
    return True
