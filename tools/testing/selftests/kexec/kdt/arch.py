# SPDX-License-Identifier: GPL-2.0-only
"""What differs between the machines that kernels of each architecture run in.

One table; nothing else of the harness asks which architecture it is. A kernel's
own configuration says what it is for, so no option has to name it.
"""
import dataclasses
import os
import pathlib


@dataclasses.dataclass(frozen=True)
class Arch:
    """name:     as `make kernel ARCH=` calls it
    config:   lines of a kernel's configuration that only this one has
    qemu:     QEMU's program
    machine:  its arguments that choose the machine
    cpu:      the CPU's model, unless a test asks for another
    console:  the console's name
    kernel:   the file that is booted and loaded, in the kernel's directory
    compiler: makes programs for the guest
    make:     arguments with which its kernel's modules are built
    gdb:      a debugger that knows the machine
    stub:     a breakpoint at the enter stub needs the stub's place from a
              register; without, debugfs tells where the image begins
    low:      (bytes from address 0, why): the way out overwrites them before the
              jump, and kexec-tools' purgatory copies them only then; 0: none
    variants: how a machine of this kind may be started, for the crash matrix:
              what varies, and for each value (kernel parameters, CPU's model)
    cannot:   triggers of the crash matrix that do not exist there, and why
    null:     how this kernel calls a NULL dereference
    irq_mark: what a backtrace has between an interrupt and what it hit
    nmi:      what the log says of an interrupt that can not be masked
    lockup:   what it says of a CPU that is stuck with interrupts off; a tuple:
              regular expressions, one of them
    irq:      the console's name in /proc/interrupts, where its interrupt can be
              moved to a CPU
    sysrq:    what is sent to the console before a sysrq key; none: a break
    flows:    of kdt/flows.py, those that are for this machine; none: all
    quiesce:  (function that the last step of stopping this machine calls, and
              nothing before it; QEMU's arguments for one where it does)
    planted:  by register, what modules/spin_*.S adds to the seed for it
    irqs:     (register, its bit): interrupts are on
    general:  registers that a note has as QEMU has them, but for pc and sp
    pieces:   of an image of kexec_file_load(2), those that have a content
    by_any:   triggers of which any CPU may be the crashed one
    traps:    by trigger, the exception that its registers must be of
    few:      tests of the matrix, of lives, of purgatory and of other machines
              that stand for all of them in `make check`
    debian:   Debian's name, where programs are not this host's own
    no_kernel: what a load is refused with whose file is none
    crashkernel_mb: what a capture kernel of the usual size takes
    mem_mb:   added to what a test asks for its machine
    mem_step_mb: a machine's memory is a multiple of this
    byte_order: the kernel's
    bus:      where QEMU's PCI devices go; {} is the number of each
    firmware: in the guest's /proc, the nodes of the memory that firmware writes to
              while a kernel runs
    """
    name: str
    config: tuple
    qemu: str
    machine: tuple
    cpu: str
    console: str
    kernel: tuple
    compiler: str
    make: tuple
    gdb: str
    stub: bool
    low: tuple
    variants: dict
    cannot: dict
    null: str
    irq_mark: str
    nmi: tuple
    lockup: tuple
    irq: str
    sysrq: str
    flows: tuple
    quiesce: tuple
    planted: dict
    irqs: tuple
    general: tuple
    pieces: tuple
    by_any: tuple
    traps: dict
    few: tuple
    debian: str
    no_kernel: str
    crashkernel_mb: int
    mem_mb: int
    mem_step_mb: int
    byte_order: str = "little"
    bus: str = ""
    firmware: str = ""


X86_64 = Arch(
    name="x86_64", config=("CONFIG_X86_64=y",),
    qemu="qemu-system-x86_64", machine=("-machine", "q35"), cpu="max",
    console="ttyS0", kernel=("bzImage", "arch/x86/boot/bzImage"),
    compiler="gcc", make=(), gdb="gdb", stub=True, low=(0, ""), debian="",
    no_kernel="neither a bzImage nor a vmlinux", crashkernel_mb=64, mem_mb=0, mem_step_mb=1,
    variants={"kaslr": {"kaslr": ("", ""), "nokaslr": ("nokaslr", "")},
              "level": {"4level": ("", "max,la57=off"), "5level": ("", "max")}},
    cannot={}, null="BUG: kernel NULL pointer dereference", irq_mark="<IRQ>",
    nmi=("on CPU {cpu}", "Kernel panic - not syncing: NMI: Not continuing"),
    lockup=("detected hard LOCKUP on cpu {other}",),
    irq="ttyS0", sysrq="", flows=(), quiesce=("clear_IO_APIC", ()),
    planted={name: number for number, name in enumerate(
        "rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15".split())},
    irqs=("eflags", 0x200),
    general=tuple("rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15 "
                  "cs ss".split()),
    pieces=("kernel", "initrd", "boot params", "elfcorehdr"),
    by_any=(), traps={}, few=())

# TCG has none of the mitigations that the machine would announce by default. The kernel tells the
# hypervisor of a panic (RTAS: ibm,os-term), and goes on then.
PPC64LE = Arch(
    name="ppc64le", config=("CONFIG_PPC64=y", "CONFIG_CPU_LITTLE_ENDIAN=y"),
    qemu="qemu-system-ppc64",
    machine=("-machine", "pseries,cap-cfpc=broken,cap-sbbc=broken,"
             "cap-ibs=broken,cap-ccf-assist=off", "-action", "panic=none"),
    cpu="power9", console="hvc0", kernel=("vmlinux.boot", "vmlinux"),
    compiler="powerpc64le-linux-gnu-gcc",
    make=("ARCH=powerpc", "CROSS_COMPILE=powerpc64le-linux-gnu-"),
    gdb="gdb-multiarch", stub=False,
    low=(256, "kexec_sequence() puts the image's first bytes there for the other "
         "CPUs, and the purgatory of kexec-tools saves low memory after that"),
    debian="ppc64el", no_kernel="the file is no vmlinux", crashkernel_mb=192, mem_mb=512, mem_step_mb=256,
    variants={"mmu": {"radix": ("", ""), "hash": ("disable_radix", "")}},
    cannot={"lkdtm-stack": "without a guard page below it, a stack runs into "
            "other memory, and nothing says when",
            "deaf-cpu": "a CPU takes a system reset in any state"},
    null="BUG: Kernel NULL pointer dereference", irq_mark="irq_work_run",
    # system_reset_exception() says nothing on its way to the capture kernel.
    nmi=("entering the capture kernel at",),
    # Noticed by the CPU itself or by any other.
    lockup=(("CPU {other} self-detected hard LOCKUP", "detected hard LOCKUP "
             r"on other CPUs (?:[\d,-]*[,-])?{other}\b"),),
    irq="", sysrq="\x0f",
    flows=("reboot", "bad-load-keeps-image", "replace-and-unload", "no-image",
           "shrink", "overwritten-image", "nmi-ipi-taken",
           "nmi-ipi-taken-reset", "fault-in-freeze", "fault-in-verify",
           "fault-in-save", "fault-in-stop", "fault-in-quiesce",
           "fault-in-seal", "fault-in-jump", "fault-in-save-always",
           "oldmem", "readers", "readers-filtered", "device-dumps",
           "device-dumps-off", "refused-pages"),
    # XIVE has nothing to do there.
    quiesce=("machine_kexec_mask_interrupts", ("-machine", "ic-mode=xics")),
    planted={f"gpr{n}": n for n in range(32) if n not in (1, 2, 13)},
    irqs=("msr", 0x8000),
    general=tuple([f"gpr{n}" for n in range(32)]
                  + "msr link ctr xer ccr".split()),
    pieces=("kernel", "initrd", "device tree", "elfcorehdr"),
    by_any=("nmi", "hard-lockup", "sysrq-key"), traps={"nmi": 0x100},
    few=("reboot", "nmi-ipi-taken-reset", "nmi.boot.4cpu.radix",
         "sysrq-proc.other.4cpu.hash", "fault-in-stop", "fault-in-quiesce",
         "readers", "purgatory.at-jump-kernel", "powernv.memory-file"))

# The same kernel without a hypervisor: firmware is OPAL. Each PCI device has a
# host bridge and a root port of its own, as that takes no other. Cores have one
# thread, and one CPU alone can not be reset: more is not in this emulation.
POWERNV_BRIDGES = 3
POWERNV = dataclasses.replace(
    PPC64LE, machine=("-machine", "powernv9", "-action", "panic=none", *(
        word for n in range(POWERNV_BRIDGES) for word in (
            "-device", f"pnv-phb,chip-id=0,index={n}",
            "-device", f"pnv-phb-root-port,bus=pnv-phb4-root.{n}")),
        "-device", "ipmi-bmc-sim,id=bmc", "-device",
        "isa-ipmi-bt,bmc=bmc,irq=10"),
    mem_mb=768, bus=",bus=pcie.{}",
    firmware="/proc/device-tree/reserved-memory/ibm,firmware-*")

# No Debian user space is of this byte order.
PPC64 = dataclasses.replace(
    PPC64LE, name="ppc64", config=("CONFIG_PPC64=y", "CONFIG_CPU_BIG_ENDIAN=y"),
    compiler="powerpc64-linux-gnu-gcc", debian="", byte_order="big")


def of_kernel(directory):
    """The architecture of the kernel in a directory, by its configuration."""
    for name in ("config", ".config"):
        path = pathlib.Path(directory) / name
        if path.exists():
            lines = set(path.read_text().splitlines())
            for arch in (PPC64LE, PPC64, X86_64):
                if lines.issuperset(arch.config):
                    return arch
            raise FileNotFoundError(f"{path} is for no architecture that the "
                                    "harness knows")
    return X86_64


def root(arch):
    """Where another architecture's programs lie; / where they are ours."""
    if not arch.debian:
        return pathlib.Path("/")
    cache = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    path = pathlib.Path(cache) / "kdump" / arch.debian
    if not (path / "sbin/kexec").exists():
        raise FileNotFoundError(f"{path} is not there; make it with "
                                f"base/foreign.sh {arch.debian}")
    return path
