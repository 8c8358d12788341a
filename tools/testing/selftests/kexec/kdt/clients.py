# SPDX-License-Identifier: GPL-2.0-only
"""Today's readers of a dump, unmodified, on one dump of the kernel under test.

They come from a Debian 13 root (clients-root.sh). The checks are of content:
the functions that must be in a backtrace, this run's token in the log, the
name of a loaded module, memory equal byte for byte.
"""
import os
import pathlib
import re
import secrets
import shlex
import subprocess

from . import elfcore, gdbthreads, guest, initramfs, truthtests
from .report import Failure

HERE = pathlib.Path(__file__).resolve().parent.parent
MEM_MB, CPUS = 256, 4
DISK_MB = 400
CLIENT_TIMEOUT_S = 240
# From the system call to the panic: what a sysrq by /proc goes through.
BACKTRACE = ("panic", "sysrq_handle_crash", "write_sysrq_trigger",
             "vfs_write", "do_syscall_64")
# crash attributes a return address past a call that never returns to the next
# function, so it does not name sysrq_handle_crash.
CRASH_BACKTRACE = tuple(name for name in BACKTRACE
                        if name != "sysrq_handle_crash")
# A CPU that was stopped in an interrupt, from there to what was interrupted.
IRQ_CPUS, IRQ_CPU = 2, 1
# crash knows the module's symbols, and adds kdtest_spin_in_irq.
IRQ_FRAMES = ("__flush_smp_call_function_queue", "sysvec_call_function_single")
IRQ_ROOTS = ("asm_sysvec_call_function_single", "cpu_startup_entry")
CHUNK_BYTES = 1 << 20


def debian_root(args, report):
    cache = pathlib.Path(args.cache) if args.cache else pathlib.Path(
        os.environ.get("XDG_CACHE_HOME")
        or os.path.expanduser("~/.cache")) / "kdump"
    root = cache / "trixie"
    if not (root / ".complete").exists():
        report.info("making the Debian 13 root of the clients, once")
        done = subprocess.run([*initramfs.as_root(),
                               HERE / "clients-root.sh", root])
        if done.returncode:
            raise Failure("the Debian 13 root could not be made, see above")
    return root


def _initrd(setup, root, name, new):
    """A system archive, and what kexec is called there; new: Debian 13's."""
    more = {}
    if new:
        more["extra"] = lambda a: initramfs.add_kexec_from(a, root, "new")
    return (guest.system_initrd(setup, name + ".cpio",
                                modules=setup.test_modules(), **more),
            "/new/kexec" if new else "kexec")


class Clients:
    """One dump, and a way to run a client on it."""

    def __init__(self, setup, root, name="clients", load="-c", new=False):
        """load: how kexec-tools is told to load; new: Debian 13's"""
        self.setup, self.root, self.name = setup, root, name
        self.load, self.new = load, new
        self.work = setup.work / name
        self.work.mkdir(parents=True, exist_ok=True)
        self.dump = self.work / "vmcore"
        self.token = "token-" + secrets.token_hex(8)

    def take_dump(self):
        """Crash a guest with a module loaded and keep its dump."""
        def fire(vm):
            vm.run("insmod /modules/kdtest.ko action=none token="
                   + self.token)
            vm.start("taskset -c 2 sh -c 'echo c > /proc/sysrq-trigger'")
        return self._take(fire, CPUS)

    def take_irq_dump(self):
        """The same while another CPU is in an interrupt, on its stack."""
        def fire(vm):
            vm.start("taskset -c 0 insmod /modules/kdtest.ko "
                     f"action=spin-in-irq cpu={IRQ_CPU} token={self.token}")
        return self._take(fire, IRQ_CPUS)

    def _take(self, fire, cpus):
        initrd, kexec = _initrd(self.setup, self.root, self.name, self.new)
        disk = guest.make_disk(self.work / "disk.img", DISK_MB, ext4=False)
        with self.setup.boot(f"{self.name}/vm", initrd, cpus=cpus,
                             mem_mb=MEM_MB, disks=[(disk, False)]) as vm:
            vm.wait_hello("system")
            guest.load_crash(vm, self.load, kexec)
            fire(vm)
            vm.wait_hello("capture")
            size = guest.save_raw(vm)
            vm.power_off()
        os.truncate(disk, size)
        os.replace(disk, self.dump)
        self.core = elfcore.Core(elfcore.File(self.dump))
        self.offset = self.core.kaslr_offset()
        return (f"kexec {self.load}, {size >> 20} MiB, KASLR offset "
                f"{self.offset:#x}")

    def client(self, name, command, stdin="", makes=None):
        """Run a command in the Debian root, the dump under /mnt.

        makes: a file that it makes beside the dump, as root; it becomes ours.
        """
        mounts = [(self.work, "dump"),
                  (self.setup.vmlinux.resolve(), "vmlinux"),
                  (HERE / "clients/drgn_report.py", "drgn_report.py")]
        place = shlex.quote(str(self.root / "mnt"))
        script = ("set -e; mount --make-rprivate /\n"
                  f"mount -t tmpfs tmpfs {place}\n"
                  f"cd {place}; touch vmlinux drgn_report.py; mkdir dump\n")
        for source, place in mounts:
            script += (f"mount --bind {shlex.quote(str(source))} "
                       f"{shlex.quote(str(self.root / 'mnt' / place))}\n")
        script += (f"mount -t proc proc {shlex.quote(str(self.root))}/proc\n"
                   f"mount --bind /dev {shlex.quote(str(self.root))}/dev\n"
                   f"chroot {shlex.quote(str(self.root))} /usr/bin/env "
                   "-i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp "
                   "TERM=dumb LC_ALL=C.UTF-8 " + command)
        if makes:
            script += (f"\nchown {os.getuid()}:{os.getgid()} dump/{makes}; "
                       f"chmod 600 dump/{makes}")
        done = subprocess.run([*initramfs.as_root(), "unshare", "-m", "sh", "-c", script],
                              input=stdin, capture_output=True, text=True,
                              timeout=self.setup.wait_s(CLIENT_TIMEOUT_S),
                              errors="replace")
        text = done.stdout + done.stderr
        (self.work / f"{name}.txt").write_text(text)
        if done.returncode:
            raise Failure(f"{name} ended with {done.returncode}: "
                          + text.strip()[-300:])
        return text


def _holds(what, text, wanted):
    missing = [word for word in wanted if word not in text]
    if missing:
        raise Failure(f"{what} lacks {', '.join(missing)}; it says: "
                      + text.strip()[-400:])


def _in_order(what, text, names):
    at = 0
    for name in names:
        found = re.compile(rf"\b{name}\b").search(text, at)
        if not found:
            raise Failure(f"{what} lacks {name} at its place; it says: "
                          + text.strip()[-600:])
        at = found.end()


def _gdb(clients):
    """gdb's text, and of it the threads."""
    text = clients.client(
        "gdb", "gdb -q -nx -batch -ex 'set pagination off' -ex 'set width 0' "
        "-ex 'set confirm off' -ex 'symbol-file /mnt/vmlinux -o "
        f"{clients.offset:#x}' -ex 'core-file /mnt/dump/vmcore' "
        "-ex 'printf \"panic: %s\\n\", panic::buf' "
        "-ex 'printf \"release: %s\\n\", init_uts_ns.name.release' "
        "-ex 'echo == threads\\n' -ex 'thread apply all bt' "
        "</dev/null")
    return text, gdbthreads.split(text.split("== threads")[1])


def check_gdb(clients):
    text, threads = _gdb(clients)
    _holds("gdb", text, ["panic: sysrq triggered crash"])
    if len(threads) != CPUS:
        raise Failure(f"gdb lists {len(threads)} threads, {CPUS} CPUs are "
                      "right")
    crashed = [t for t in threads if "sysrq_handle_crash" in t]
    if len(crashed) != 1:
        raise Failure(f"{len(crashed)} of gdb's threads are in "
                      "sysrq_handle_crash, 1 is right: " + text[-300:])
    _in_order("gdb's backtrace of the crashed thread", crashed[0], BACKTRACE)
    if not re.search(r"\bpanic \(.*\bat \S*panic\.c:\d+", crashed[0]):
        raise Failure("gdb's backtrace has no file and line")
    return gdbthreads.check(clients.core, threads)


def check_gdb_irq_stack(clients):
    """gdb comes as far as the switch of stacks, and that is what ends it."""
    _, threads = _gdb(clients)
    said = gdbthreads.check(clients.core, threads)
    number = clients.core.prstatus()[IRQ_CPU]["pid"]
    spinning = [t for t in threads if gdbthreads.lwp(t) == number]
    if len(threads) != IRQ_CPUS or len(spinning) != 1:
        raise Failure(f"{len(spinning)} of gdb's {len(threads)} threads are "
                      f"LWP {number}, 1 of {IRQ_CPUS} is right")
    _in_order("gdb's backtrace of the spinning CPU", spinning[0], IRQ_FRAMES)
    return said


def check_drgn(clients):
    text = clients.client("drgn", "drgn -q -c /mnt/dump/vmcore "
                          "-s /mnt/vmlinux /mnt/drgn_report.py")
    parts = dict(part.split("\n", 1) for part in text.split("== ")[1:])
    _in_order("drgn's backtrace of the crashed thread", parts["bt"], BACKTRACE)
    if parts["panic"].strip() != "2":
        raise Failure(f"drgn says CPU {parts['panic'].strip()} panicked, CPU 2"
                      " did")
    _holds("drgn's task list", parts["ps"], ["1 init", "khungtaskd"])
    _holds("drgn's module list", parts["mod"], ["kdtest"])
    _holds("drgn's log", parts["log"],
           [clients.token, "Kernel panic - not syncing: sysrq triggered crash"])
    return "backtrace, log, tasks, modules"


def check_crash(clients):
    text = clients.client(
        "crash", "crash -s --no_scroll /mnt/vmlinux /mnt/dump/vmcore",
        "echo == sys\nsys\necho == bt\nbt\necho == bta\nbt -a\necho == ps\nps\n"
        "echo == mod\nmod\necho == log\nlog\nquit\n"
        .replace("echo == ", "!echo == "))
    parts = dict(part.split("\n", 1) for part in text.split("== ")[1:])
    _holds("crash's sys", parts["sys"],
           ['PANIC: "Kernel panic - not syncing: sysrq triggered crash"',
            f"CPUS: {CPUS}"])
    _holds("crash's bt", parts["bt"], ["CPU: 2"])
    _in_order("crash's backtrace of the crashed thread", parts["bt"],
              CRASH_BACKTRACE)
    found = parts["bta"].count("PID: ")
    if found != CPUS:
        raise Failure(f"crash's bt -a shows {found} CPUs, {CPUS} are right")
    _holds("crash's task list", parts["ps"], ["init", "khungtaskd"])
    _holds("crash's module list", parts["mod"], ["kdtest"])
    _holds("crash's log", parts["log"],
           [clients.token, "Kernel panic - not syncing: sysrq triggered crash"])
    return "backtrace, log, tasks, modules"


def check_drgn_irq_stack(clients):
    """drgn unwinds past the switch, by ORC."""
    text = clients.client("drgn", "drgn -q -c /mnt/dump/vmcore "
                          "-s /mnt/vmlinux /mnt/drgn_report.py")
    parts = dict(part.split("\n", 1) for part in text.split("== ")[1:])
    _in_order(f"drgn's backtrace of CPU {IRQ_CPU}", parts[f"cpu {IRQ_CPU}"],
              IRQ_FRAMES + IRQ_ROOTS)
    return "unwound past the switch"


def check_crash_irq_stack(clients):
    """crash unwinds past the switch, by ORC."""
    text = clients.client(
        "crash", "crash -s --no_scroll /mnt/vmlinux /mnt/dump/vmcore",
        f"bt -c {IRQ_CPU}\nquit\n")
    _in_order(f"crash's backtrace of CPU {IRQ_CPU}", text,
              ("kdtest_spin_in_irq",) + IRQ_FRAMES + IRQ_ROOTS)
    return "unwound past the switch"


def check_makedumpfile_copy(clients):
    copy = clients.work / "copy"
    copy.unlink(missing_ok=True)
    clients.client("makedumpfile-copy", "makedumpfile -E -d 0 "
                   "/mnt/dump/vmcore /mnt/dump/copy", makes="copy")
    ours = elfcore.Core(elfcore.File(clients.dump))
    theirs = elfcore.Core(elfcore.File(copy))
    pages = 0
    for segment in ours.loads:
        # makedumpfile copies whole pages; RAM may end within one.
        whole = segment.filesz // elfcore.PAGE_BYTES * elfcore.PAGE_BYTES
        for at in range(0, whole, CHUNK_BYTES):
            size = min(CHUNK_BYTES, whole - at)
            mine = ours.source.read(segment.offset + at, size)
            if mine != theirs.physical(segment.paddr + at, size):
                raise Failure("makedumpfile's copy differs from the dump in "
                              f"[{segment.paddr + at:#x}, "
                              f"{segment.paddr + at + size:#x})")
            pages += size // elfcore.PAGE_BYTES
    if theirs.vmcoreinfo_raw != ours.vmcoreinfo_raw:
        raise Failure("makedumpfile's copy has another VMCOREINFO")
    copy.unlink()
    return f"{pages} pages equal"


def check_makedumpfile_dmesg(clients):
    target = clients.work / "dmesg"
    target.unlink(missing_ok=True)
    clients.client("makedumpfile-dmesg", "makedumpfile --dump-dmesg "
                   "/mnt/dump/vmcore /mnt/dump/dmesg", makes="dmesg")
    text = target.read_text(errors="replace")
    _holds("makedumpfile's dmesg", text,
           [clients.token, "Kernel panic - not syncing: sysrq triggered crash"])
    return f"{len(text.splitlines())} lines"


def check_new_kexec(setup, root, method):
    """Debian 13's kexec-tools loads; every page of the dump against RAM."""
    initrd, kexec = _initrd(setup, root, f"new-kexec{method}", True)
    return truthtests.memory(setup, initrd, f"new-kexec{method}", method,
                             kexec, cpus=CPUS, mem_mb=MEM_MB)


CHECKS = (("gdb", check_gdb), ("drgn", check_drgn), ("crash", check_crash),
          ("makedumpfile-copy", check_makedumpfile_copy),
          ("makedumpfile-dmesg", check_makedumpfile_dmesg))
# On a dump of its own.
IRQ_CHECKS = (("gdb-irq-stack", check_gdb_irq_stack),
              ("drgn-irq-stack", check_drgn_irq_stack),
              ("crash-irq-stack", check_crash_irq_stack))
# -a is its default: kexec_file_load, or kexec_load where the kernel has none.
LOADS = ("-c", "-s", "-a")
# The dump that all clients open was loaded by Debian 12's with -c; these by
# Debian 13's.
FILE_LOADS = ("-s", "-a")


def _on_dump(report, clients, name, take, checks):
    """The tests on one dump, once there is one."""
    before = report.failed
    if checks:
        report.run(name, take)
    if report.failed != before:
        return []
    return [(f"clients.{name}", lambda check=check: check(clients))
            for name, check in checks]


def _areas(chosen):
    """Dumps and the checks on each: (suffix, Clients' arguments, how the dump
    is taken, checks)."""
    areas = [("", {}, Clients.take_dump, chosen(CHECKS)),
             ("-irq-stack", {}, Clients.take_irq_dump, chosen(IRQ_CHECKS))]
    for load in FILE_LOADS:
        areas.append((load, {"load": load, "new": True}, Clients.take_dump,
                      chosen([(name + load, check)
                              for name, check in CHECKS])))
    return areas


def run(setup, report, only, args):
    def chosen(names):
        return [(name, *more) for name, *more in names
                if not only or any(w in "clients." + name for w in only)]

    areas = _areas(chosen)
    loads = chosen([("kexec" + method, method) for method in LOADS])
    names = [name for area in areas for name, _ in area[3]]
    names += [name for name, _ in loads]
    if args.list:
        for name in names:
            print(f"runs clients.{name}")
        return False
    if not names:
        return True
    root = debian_root(args, report)
    tests = []
    for suffix, how, take, checks in areas:
        clients = Clients(setup, root, "clients" + suffix, **how)
        tests += _on_dump(report, clients, "clients.dump" + suffix,
                          lambda take=take, c=clients: take(c), checks)
    tests += [(f"clients.{name}",
               lambda method=method: check_new_kexec(setup, root, method))
              for name, method in loads]
    report.run_all(tests, setup.parallel)
    return True
