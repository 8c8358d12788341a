# SPDX-License-Identifier: GPL-2.0-only
"""Load, crash and capture in a running machine: the steps that tests share.

Also what the harness knows of its surroundings (Setup): the kernel under
test, where files go, how many machines may run at once.
"""
import os
import pathlib
import subprocess
import threading

from . import arch, elfcore, hostclock, initramfs
from .report import Failure
from .vm import Vm

CLOCK = hostclock.kernel_parameter()
CAPTURE_CMDLINE = f"nr_cpus=1 loglevel=5 panic=1 {CLOCK}"
# A debug kernel is slower and larger than the one that is measured; KASAN
# keeps an eighth of each mapped window of old memory beside.
DEBUG_CRASHKERNEL_MB = 448
DEBUG_MORE_MEM_MB = 768
DEBUG_SLOWNESS = 6
# What the system kernel does with itself when a capture does not start.
SYSTEM_CMDLINE = f"panic=1 loglevel=7 {CLOCK}"


class Setup:
    """The kernel under test and the work directory."""

    def __init__(self, kernel_dir, work, kbuild=None, parallel=2,
                 stock=False, slow=1):
        self.kernel_dir = pathlib.Path(kernel_dir).resolve()
        self.work = pathlib.Path(work).resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self.kbuild = pathlib.Path(kbuild).resolve() if kbuild else None
        self.parallel, self.stock, self.slow = parallel, stock, slow
        self.arch = arch.of_kernel(self.kernel_dir)
        initramfs.use(self.arch)
        self.bzimage = self._file(*self.arch.kernel)
        self.vmlinux = self._file("vmlinux")
        self._symbols = self._local_entries = None
        self._modules = None
        self._modules_lock = threading.Lock()
        self.debug = self.has_config("CONFIG_KASAN")
        self.crashkernel_mb = (DEBUG_CRASHKERNEL_MB if self.debug
                               else self.arch.crashkernel_mb)

    def has_config(self, option):
        """Whether the kernel has it built in."""
        config = self.kernel_dir / "config"
        return config.exists() and \
            f"{option}=y" in config.read_text().splitlines()

    def mem_mb(self, mem_mb):
        """The memory of a machine that wants so much of an ordinary kernel."""
        mem_mb += self.arch.mem_mb + (DEBUG_MORE_MEM_MB if self.debug else 0)
        return -(-mem_mb // self.arch.mem_step_mb) * self.arch.mem_step_mb

    def wait_s(self, seconds):
        """How long to wait, on this host, for what else takes so long."""
        return seconds * self.slow * (DEBUG_SLOWNESS if self.debug else 1)

    def boot(self, name, initrd, append="", cpus=2, mem_mb=256,
             timeout_s=120, crashkernel=None, **more):
        """A machine with the kernel under test; logs in work/NAME.

        crashkernel: the parameters, if not one of the usual size.
        """
        if crashkernel is None:
            crashkernel = f"crashkernel={self.crashkernel_mb}M"
        if self.debug:
            # While identify_cpu() writes the CPU's features anew, LA57 is
            # gone, and KASAN calls what an interrupt touches then wild.
            more["cpu"] = (more.get("cpu") or self.arch.cpu) + ",la57=off"
        return Vm(self.work / name, self.bzimage, initrd, cpus=cpus,
                  mem_mb=self.mem_mb(mem_mb),
                  timeout_s=self.wait_s(timeout_s), arch=self.arch,
                  append=f"{crashkernel} {SYSTEM_CMDLINE} {append}", **more)

    def _file(self, *names):
        for name in names:
            if (self.kernel_dir / name).exists():
                return self.kernel_dir / name
        raise FileNotFoundError(f"{self.kernel_dir}/{names[0]} is missing; "
                                "build it with `make kernel`")

    @property
    def symbols(self):
        if self._symbols is None:
            self._symbols = elfcore.symbols(self.vmlinux)
        return self._symbols

    def entry(self, symbol):
        """Where every call of a kernel function comes by, at link time."""
        if symbol not in self.symbols:
            raise Failure(f"vmlinux has no symbol {symbol}")
        if self._local_entries is None:
            self._local_entries = (
                {} if self.arch is arch.X86_64
                else elfcore.local_entries(self.vmlinux))
        return self.symbols[symbol] + self._local_entries.get(symbol, 0)

    def module(self, name, must=False):
        """A module of the kernel under test, or None."""
        places = [self.kernel_dir / "modules", self.kernel_dir]
        for place in places:
            for found in sorted(place.rglob(f"{name}.ko")):
                return found
        if must:
            raise FileNotFoundError(f"{places[0]} holds no {name}.ko; build "
                                    "the kernel's modules")
        return None

    def kunit_modules(self):
        """KUnit's core first, then every module named *kunit* that has tests."""
        found = {p.name: p for place in (self.kernel_dir / "modules",)
                 for p in sorted(place.rglob("*kunit*.ko"))
                 if not p.stem.endswith("_helpers")}
        core = found.pop("kunit.ko", None) or self.module("kunit")
        return core, sorted(found.values())

    def test_modules(self):
        """Our modules (modules/), built against the kernel's build tree."""
        with self._modules_lock:        # tests run side by side
            if self._modules is None:
                self._modules = self._build_modules()
            return self._modules

    def _build_modules(self):
        source = pathlib.Path(__file__).resolve().parent.parent / "modules"
        target = self.work / "modules"
        tree = self.kbuild or self.kernel_dir
        if not (tree / "Module.symvers").exists():
            raise FileNotFoundError(
                f"{tree} is no kernel build tree (Module.symvers is missing); "
                "say --kbuild DIR")
        target.mkdir(parents=True, exist_ok=True)
        for name in os.listdir(source):
            if name == "Kbuild" or name.endswith((".c", ".h", ".S")):
                data = (source / name).read_bytes()
                copy = target / name
                if not copy.exists() or copy.read_bytes() != data:
                    copy.write_bytes(data)
        log = target / "build.log"
        with open(log, "wb") as out:
            done = subprocess.run(["make", "-C", tree, *self.arch.make,
                                   f"M={target}", "modules"], stdout=out,
                                  stderr=out)
        if done.returncode:
            tail = log.read_text(errors="replace").splitlines()[-3:]
            raise Failure("the test modules do not build: " + " | ".join(tail)
                          + f"; log in {log}")
        return sorted(target.glob("*.ko"))


def load_crash(vm, method="-c", kexec="kexec", append="",
               initrd="/boot/capture.cpio.gz", check=True):
    """Load the capture kernel with kexec-tools."""
    output = vm.run(f"{kexec} {method} -p /boot/bzImage --initrd={initrd} "
                    f"--append='{CAPTURE_CMDLINE} {append}'", check=check)
    if check:
        loaded = vm.run("cat /sys/kernel/kexec_crash_loaded").strip()
        if loaded != "1":
            raise Failure("kexec -p ended well, but kexec_crash_loaded is "
                          + loaded)
    return output


def symbol_address(vm, names):
    """Where the running kernel has the first of these symbols."""
    pattern = "|".join(names)
    found = {}
    for line in vm.run(f"grep -E ' ({pattern})([[:space:]]|$)' /proc/kallsyms",
                       check=False)[1].splitlines():
        address, _, name = line.split()[:3]
        found[name] = int(address, 16)
    for name in names:
        if found.get(name):
            return name, found[name]
    raise Failure(f"/proc/kallsyms has none of {', '.join(names)}")


def make_disk(path, size_mb, ext4=True):
    """A sparse raw image, with an ext4 file system or empty."""
    with open(path, "wb") as image:
        image.truncate(size_mb << 20)
    if ext4:
        subprocess.run([initramfs.program("mke2fs"), "-q", "-F", "-t", "ext4",
                        "-m", "0", "-O", "^has_journal", str(path)],
                       check=True)
    return path


def take_file(image, name, target):
    """Copy a file out of an ext4 image without mounting it."""
    if os.path.exists(target):
        os.unlink(target)
    done = subprocess.run([initramfs.program("debugfs"), "-R",
                           f"dump -p /{name} {target}", str(image)],
                          capture_output=True, text=True)
    if done.returncode or not os.path.exists(target) or \
            not os.path.getsize(target):
        raise Failure(f"/{name} cannot be read from {image}: "
                      + done.stderr.strip())
    return target


def save_ext4(vm, device="/dev/vda", name="vmcore"):
    """In the capture kernel: save the dump as a file on a disk."""
    # busybox's cp would read 4 KiB at a time.
    vm.run(f"mount -t ext4 {device} /mnt && dd if=/proc/vmcore "
           f"of=/mnt/{name} bs=1M 2>&1 && umount /mnt")


def save_raw(vm, device="/dev/vda"):
    """In the capture kernel: the dump onto a bare disk. Returns its size."""
    size = int(vm.run("stat -c %s /proc/vmcore"))
    vm.run(f"dd if=/proc/vmcore of={device} bs=1M 2>&1")
    vm.run("sync")
    return size


def system_initrd(setup, name="system.cpio", **more):
    return initramfs.system_archive(setup.work, name, setup.bzimage, **more)
