# SPDX-License-Identifier: GPL-2.0-only
"""A machine without a user space: one static program does all (guest/alone.c).

It loads a capture kernel by kexec_file_load(2), fills memory, crashes, and
reads the dump in the capture kernel. One test for each way to start the
machine (Arch.variants).
"""
import secrets

from . import initramfs
from .report import Failure

CPUS, MEM_MB, TIMEOUT_S = 4, 512, 240
# guest/alone.c: PLANTED
PLANTED = 4096
ELFDATA = {"little": 1, "big": 2}
EM_PPC64 = 21


def archives(setup):
    """The capture archive, and the system's with all that is loaded."""
    program = initramfs.build_guest_program(
        initramfs.HERE / "guest/alone.c", setup.work / "guest/alone")

    def archive():
        made = initramfs.Archive()
        for name in ("proc", "sys", "dev"):
            made.directory(name)
        made.node("dev/console", 5, 1)
        made.file("init", program)
        return made

    capture = setup.work / "alone-capture.cpio"
    capture.write_bytes(archive().bytes())
    system = archive()
    system.file("boot/kernel", setup.bzimage)
    system.file("boot/capture", capture)
    target = setup.work / "alone.cpio"
    target.write_bytes(system.bytes())
    return target


def alone(setup, initrd, name, append):
    token = "token-" + secrets.token_hex(8)
    found = {}
    with setup.boot(f"alone/{name}", initrd,
                    f"alone_token={token} {append}", CPUS, MEM_MB,
                    TIMEOUT_S) as vm:
        vm.wait_hello("system")
        vm.wait_hello("capture")
        while "end" not in found:
            words = vm.port.line("what the capture kernel finds").split()
            vm.note("< " + " ".join(words))
            if words[:2] == ["alone", "failed"]:
                raise Failure(" ".join(words))
            if words[:1] == ["alone"]:
                found[words[1]] = int(words[2])
    right = {"elfdata": ELFDATA[setup.arch.byte_order], "machine": EM_PPC64,
             "registers": CPUS, "sane": CPUS, "crashed": 1, "vmcoreinfo": 1, "found": PLANTED,
             "damaged": 0}
    wrong = [f"{what} is {found.get(what)}, {value} is right"
             for what, value in right.items() if found.get(what) != value]
    if wrong:
        raise Failure("; ".join(wrong))
    return (f"{found['units']} pages of 4 KiB read, {PLANTED} planted ones "
            "found")


def run(setup, report, only, args):
    chosen = []
    for values in setup.arch.variants.values():
        chosen += [(f"alone.{name}", name, append)
                   for name, (append, _) in values.items()
                   if not only or any(w in f"alone.{name}" for w in only)]
    if args.list:
        for name, _, _ in chosen:
            print(f"runs {name}")
        return False
    if chosen:
        initrd = archives(setup)
        report.run_all([(title, lambda name=name, append=append: alone(
            setup, initrd, name, append)) for title, name, append in chosen],
                       setup.parallel)
    return True
