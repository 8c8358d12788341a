# SPDX-License-Identifier: GPL-2.0-only
"""The ppc64 kernel on a machine without a hypervisor, by QEMU's powernv9.

Firmware is OPAL: other CPUs go back to it on the way out, offline ones sleep in
the kernel's text and are woken for that, XIVE is the machine's own, and
purgatory reports to OPAL's console.

memory*      every page of the dump against RAM at the jump, either MMU
cpus-*       CPUs are offline, which sleep in the kernel's text
nmi          all CPUs are reset at once
reboot-*     kexec -e, then a crash
at-jump-*    an image damaged at the jump
"""
import copy

from . import arch, guest, pseriestests, purgatorytests, truthtests

# The at-jump cases: a piece of the image, purgatory itself.
DAMAGED = ("kernel", "purgatory")
# The emulation of its devices is slower than a hypervisor's.
SLOWNESS = 2


def machine(setup):
    """The same kernel, another machine."""
    other = copy.copy(setup)
    other.arch, other.work = arch.POWERNV, setup.work / "powernv"
    other.slow = setup.slow * SLOWNESS
    other.work.mkdir(parents=True, exist_ok=True)
    return other


class Mmu(pseriestests.Mmu):
    """Without a hypervisor each kernel chooses by its own command line."""

    def in_capture(self, vm):
        pseriestests.mmu_is(vm, "radix")


def tests(setup, get_initrd, archives):
    def memory(name, course, load="-c", append=""):
        return lambda: truthtests.memory(
            setup, get_initrd(), f"powernv-{name}", load, course=course,
            append=append)

    found = []
    for mmu, append in (("", ""), ("-hash", "disable_radix")):
        for name, load in (("memory", "-c"), ("memory-file", "-s")):
            found.append((name + mmu, memory(
                name + mmu, Mmu(append and "hash" or "radix"), load,
                append)))
    found += [(name, memory(name, course, load)) for name, course, load in (
        ("cpus-offline", pseriestests.CpusOffline(), "-c"),
        ("cpus-offline-file", pseriestests.CpusOffline(), "-s"),
        ("nmi", pseriestests.SoftReset(), "-s"))]
    found += [(f"reboot-{name}", lambda name=name, load=load, append=append:
               pseriestests.reboot(setup, archives, f"powernv-{name}", load,
                                   append))
              for name, load, append in (("load", "-c", ""),
                                         ("file-hash", "-s",
                                          "disable_radix"))]
    found += [(f"at-jump-{case[0]}", lambda case=case: purgatorytests.at_jump(
        setup, get_initrd(), *case))
              for case in purgatorytests.jump_cases(setup)
              if case[0] in DAMAGED]
    return [("powernv." + name, test) for name, test in found]


def run(setup, report, only, args):
    if setup.arch is not arch.PPC64LE:
        report.info("powernv: these machines are for ppc64le")
        return
    setup, made = machine(setup), {}

    def prepare():
        made["initrd"] = guest.system_initrd(setup, "powernv.cpio",
                                             modules=setup.test_modules())
        if any("reboot" in name for name, _ in some):
            made["large"] = pseriestests.large_archives(setup)

    some = [(name, test) for name, test in
            tests(setup, lambda: made["initrd"], lambda: made["large"])
            if only or args.command != "port" or name in setup.arch.few]
    report.run_chosen(some, only, args, setup.parallel, prepare)
