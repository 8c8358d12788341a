# SPDX-License-Identifier: GPL-2.0-only
"""make demo: crash a machine, capture it, read it, prove it."""
import subprocess
import time

from . import elfcore, gdbthreads, guest, truth
from .jump import Stopper
from .report import Failure

MEM_MB, CPUS = 1024, 4
DISK_MB = 1400
GDB_TIMEOUT_S = 180


def _step(text):
    print(f"==> {text}", flush=True)


def gdb_read(setup, dump, offset, commands):
    """Run gdb on vmlinux and dump, with the symbols where KASLR put them."""
    args = [setup.arch.gdb, "-q", "-nx", "-batch", "-ex", "set pagination off",
            "-ex", "set width 0", "-ex", "set confirm off"]
    if offset:
        args += ["-ex", f"symbol-file {setup.vmlinux} -o {offset:#x}"]
    else:
        args += ["-ex", f"symbol-file {setup.vmlinux}"]
    args += ["-ex", f"core-file {dump}"]
    for command in commands:
        args += ["-ex", command]
    done = subprocess.run(args, capture_output=True, text=True,
                          timeout=setup.wait_s(GDB_TIMEOUT_S))
    return done.stdout + done.stderr


GDB_COMMANDS = (
    'printf "panic:   %s\\n", panic::buf',
    'printf "release: %s\\n", init_uts_ns.name.release',
    "thread apply all bt",
)


def run(setup):
    work = setup.work / "demo"
    work.mkdir(parents=True, exist_ok=True)
    dump, ram = work / "vmcore", work / "ram"
    times = []
    disk = guest.make_disk(work / "disk.img", DISK_MB + setup.arch.mem_mb)
    initrd = guest.system_initrd(setup, "demo.cpio")
    began = time.monotonic()

    _step(f"booting our kernel: {CPUS} CPUs, {MEM_MB} MiB, QEMU TCG")
    with setup.boot("demo", initrd, cpus=CPUS, mem_mb=MEM_MB,
                    disks=[(disk, False)], timeout_s=300, gdb=True) as vm:
        guest_ms = vm.wait_hello("system")
        times.append((f"boot to user space ({guest_ms} ms of guest time)",
                      vm.elapsed_s()))
        iomem = vm.run("cat /proc/iomem")
        kexec_version = vm.run("kexec --version").strip()

        _step(f"kexec -c -p with {kexec_version}, unmodified")
        start = vm.elapsed_s()
        guest.load_crash(vm, "-c")
        times.append(("kexec -c -p", vm.elapsed_s() - start))

        _step("echo c > /proc/sysrq-trigger")
        start = vm.elapsed_s()
        stopper = Stopper(setup, vm)
        cpu = stopper.run_to_jump(
            lambda: vm.start("echo c > /proc/sysrq-trigger"))
        stopped = vm.elapsed_s()
        times.append((f"panic to the jump (on CPU {cpu})", stopped - start))
        stopper.save_memory(ram)
        gone_on = vm.elapsed_s()
        stopper.go_on()
        times.append(("all of RAM saved as ground truth",
                      gone_on - stopped))

        guest_ms = vm.wait_hello("capture")
        times.append(("jump to capture user space "
                      f"({guest_ms} ms of guest time)",
                      vm.elapsed_s() - gone_on))
        _step("the capture kernel saves /proc/vmcore to a virtual disk")
        start = vm.elapsed_s()
        guest.save_ext4(vm)
        times.append(("save /proc/vmcore (ext4 on virtio-blk)",
                      vm.elapsed_s() - start))
        start = vm.elapsed_s()
        vm.power_off()
        times.append(("power off", vm.elapsed_s() - start))

    _step("reading the dump back from the disk")
    guest.take_file(disk, "vmcore", dump)
    core = elfcore.Core(elfcore.File(dump))
    offset = core.kaslr_offset()

    _step(f"gdb: symbols of vmlinux at KASLR offset {offset:#x}")
    start = time.monotonic()
    text = gdb_read(setup, dump, offset, GDB_COMMANDS)
    times.append(("gdb", time.monotonic() - start))
    (work / "gdb.txt").write_text(text)
    print(text)

    _step("comparing the dump with the machine's memory at the jump")
    start = time.monotonic()
    result = truth.compare(core, ram, setup)
    missing = truth.covered_ram(core, iomem, crash_range(iomem))
    times.append(("comparison", time.monotonic() - start))
    for difference in result.different[:10]:
        print(f"different: page {difference.pa:#x}, {difference.count} bytes "
              f"in [{difference.first:#x}, {difference.last:#x})")
    for difference, reason in result.excepted:
        print(f"excepted: page {difference.pa:#x}: {reason}")
    for piece in missing:
        print(f"missing: RAM [{piece[0]:#x}, {piece[1]:#x}) is in no PT_LOAD")
    ram.unlink()

    problems = []
    threads = gdbthreads.split(text)
    unwound = f"{len(threads)} threads"
    try:
        if not setup.stock:
            unwound = gdbthreads.check(core, threads)
    except Failure as why:
        unwound = "not all threads unwound"
        problems.append(str(why))
    panic = "sysrq triggered crash" in text
    size_mb = dump.stat().st_size / (1 << 20)
    rows = [("dump", str(dump)), ("size", f"{size_mb:.1f} MiB"),
            ("verified", result.text()),
            ("gdb", unwound)]
    rows += [(what, f"{seconds:.1f} s") for what, seconds in times]
    rows.append(("all together", f"{time.monotonic() - began:.1f} s"))
    width = max(len(what) for what, _ in rows)
    print()
    for what, value in rows:
        print(f"  {what:<{width}}  {value}")
    print(f"\n  gdb -ex 'symbol-file {setup.vmlinux} -o {offset:#x}' "
          f"-ex 'core-file {dump}'\n")
    if result.different:
        problems.append(f"{len(result.different)} pages differ")
    if missing:
        problems.append(f"{len(missing)} RAM ranges are missing")
    if len(threads) != CPUS:
        problems.append(f"gdb lists {len(threads)} threads, {CPUS} are right")
    if not panic:
        problems.append("gdb does not print the panic message")
    if "at " not in text or "panic.c:" not in text:
        problems.append("the crashed thread's backtrace has no file and line")
    if problems:
        raise Failure("; ".join(problems))


def crash_range(iomem):
    """The reserved region [start, end) in /proc/iomem."""
    for line in iomem.splitlines():
        if line.endswith(": Crash kernel"):
            start, end = line.split(" : ")[0].split("-")
            return int(start, 16), int(end, 16) + 1
    raise Failure("/proc/iomem has no \"Crash kernel\"")
