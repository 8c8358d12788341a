# SPDX-License-Identifier: GPL-2.0-only
"""A page of old memory that the machine can not read.

QEMU stops the capture kernel at the load with which it is about to read one
page of the dump, and raises the machine check that a CPU raises there when
the memory behind the load is damaged. The page has to be listed and to read
as a pattern; everything else reads as before, and the dump goes on.
"""
from . import capturetests, elfcore, jump
from .report import Failure, Skip

# A machine check needs the CPU of a vendor that recovers in the kernel, and a
# family and model of which the kernel takes it; the emulated one has neither.
CPU = "max,vendor=GenuineIntel,family=6,model=85"
LOAD = "x86_oldmem_copy_block"
PATTERN = b"KDUMP-UNREADABLE" * (elfcore.PAGE_BYTES // 16)
MIB = 1 << 20
# IA32_MCi_STATUS: valid, uncorrected, enabled, address and more known,
# signalled, action required; a data load (Intel SDM 3B, 17.3.2.2, 17.9.3).
STATUS = (1 << 63 | 1 << 61 | 1 << 60 | 1 << 59 | 1 << 58 | 1 << 56 | 1 << 55
          | 0x134)
# IA32_MCG_STATUS: in progress, the instruction pointer is the error's, restart.
MCG_STATUS = 7
# IA32_MCi_MISC: a physical address, good to a page.
MISC = 2 << 6 | 12
BANK = 3


def _raise(vm, cpu, pa):
    said = vm.qmp("human-monitor-command", **{
        "command-line": f"mce {cpu} {BANK} {STATUS:#x} {MCG_STATUS:#x} {pa:#x} "
                        f"{MISC:#x}"})
    if said.strip():
        raise Failure(f"QEMU does not raise the machine check: {said.strip()}")


def _whole_mib(core):
    """A segment with 4 MiB whose file offset begins with a whole one."""
    for segment in core.loads:
        start = -(-segment.offset // MIB)
        if (start + 4) * MIB <= segment.offset + segment.filesz:
            return start, segment.paddr + start * MIB - segment.offset
    raise Failure("no PT_LOAD has 4 MiB")


def _copy(vm, start, name):
    vm.run(f"dd if=/proc/vmcore of=/tmp/{name} bs=1M skip={start} count=3 "
           "2>&1")
    return vm.read(f"/tmp/{name}", 0, 3 * MIB)


def machine_check(setup, initrd, name):
    """The page is the pattern, and listed; its neighbours are what they were."""
    if "CONFIG_MEMORY_FAILURE=y" not in \
            (setup.kernel_dir / "config").read_text():
        raise Skip("without CONFIG_MEMORY_FAILURE no machine check is survived")
    with capturetests.boot(setup, name, gdb=True, cpu=CPU) as vm:
        capturetests.capture(vm)
        start, pa = _whole_mib(elfcore.Core(elfcore.Remote(vm)))
        before = _copy(vm, start, "before")
        stopper = jump.Stopper(setup, vm)
        script = (f"dd if=/proc/vmcore of=/tmp/after bs=1M skip={start} "
                  "count=3 2>&1")
        cpu = stopper.run_to(stopper.address(LOAD), "the load of the page",
                             lambda: vm.start(script))
        _raise(vm, cpu, pa)
        stopper.go_on()
        status, text = vm.finish()
        if status:
            raise Failure(f"dd ended with {status}: {text.strip()[-200:]}")
        after = vm.read("/tmp/after", 0, 3 * MIB)
        page = elfcore.PAGE_BYTES
        if after[:page] != PATTERN:
            raise Failure(f"the page reads as {after[:32]!r}...")
        if after[page:] != before[page:]:
            raise Failure("what follows the page reads differently")
        if _copy(vm, start, "again") != after:
            raise Failure("it reads differently the second time")
        _is_listed(vm, pa)
        log = vm.run("dmesg")
        if f"the page at {pa:#x} can not be read" not in log:
            raise Failure("the capture kernel's log does not name the page")
        _is_the_same_everywhere(vm)


def _is_the_same_everywhere(vm):
    """By read, mmap and /dev/oldmem; and no way of reading trips over it."""
    # The copies take memory.
    status, text = vm.run("rm /tmp/before /tmp/after /tmp/again && "
                          "capture 20260103", check=False)
    if status or "# 1 pages that can not be read" not in text:
        raise Failure("; ".join(line for line in text.splitlines()
                                if line.startswith("not ok")) or text[-200:])


def _is_listed(vm, pa):
    listed = vm.run("cat /sys/kernel/vmcore/unreadable").split()
    if [int(a, 16) for a in listed] != [pa]:
        raise Failure(f"listed are {' '.join(listed)}, {pa:#x} is right")
    counted = vm.run("grep '^unreadable ' /sys/kernel/vmcore/pages").split()[1]
    if counted != "1":
        raise Failure(f"{counted} unreadable pages are counted, 1 is right")


TESTS = [("machine-check", machine_check)]
