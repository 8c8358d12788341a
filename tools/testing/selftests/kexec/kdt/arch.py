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
    gdb:      a debugger that knows the machine
    stub:     a breakpoint at the enter stub needs the stub's place from a
              register; without, debugfs tells where the image begins
    low:      (bytes from address 0, why) that may differ from memory at the jump
    debian:   Debian's name, where programs are not this host's own
    crashkernel_mb: what a capture kernel of the usual size takes
    mem_mb:   added to what a test asks for its machine
    """
    name: str
    config: tuple
    qemu: str
    machine: tuple
    cpu: str
    console: str
    kernel: tuple
    compiler: str
    gdb: str
    stub: bool
    low: tuple
    debian: str
    crashkernel_mb: int
    mem_mb: int


X86_64 = Arch(
    name="x86_64", config=("CONFIG_X86_64=y",),
    qemu="qemu-system-x86_64", machine=("-machine", "q35"), cpu="max",
    console="ttyS0", kernel=("bzImage", "arch/x86/boot/bzImage"),
    compiler="gcc", gdb="gdb", stub=True, low=(0, ""), debian="", crashkernel_mb=64, mem_mb=0)

# TCG has none of the mitigations that the machine would announce by default.
PPC64LE = Arch(
    name="ppc64le", config=("CONFIG_PPC64=y", "CONFIG_CPU_LITTLE_ENDIAN=y"),
    qemu="qemu-system-ppc64",
    machine=("-machine", "pseries,cap-cfpc=broken,cap-sbbc=broken,"
             "cap-ibs=broken,cap-ccf-assist=off"),
    cpu="power9", console="hvc0", kernel=("vmlinux.boot", "vmlinux"),
    compiler="powerpc64le-linux-gnu-gcc", gdb="gdb-multiarch", stub=False,
    low=(256, "the image's first bytes are put there for the other CPUs"),
    debian="ppc64el",
    crashkernel_mb=192, mem_mb=512)


def of_kernel(directory):
    """The architecture of the kernel in a directory, by its configuration."""
    for name in ("config", ".config"):
        path = pathlib.Path(directory) / name
        if path.exists():
            lines = set(path.read_text().splitlines())
            for arch in (PPC64LE, X86_64):
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
