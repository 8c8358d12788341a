# SPDX-License-Identifier: GPL-2.0-only
"""The capture side as a reader sees it: all ways of reading give the same,
device dumps stand in the notes, refused pages are zeros and others are not."""
import gzip
import threading

from . import arch, dumpchecks, elfcore, guest, initramfs
from .report import Failure

TIMEOUT_S = 120
DUMP_BYTES = 70001
REFUSED_PAGES = 3
BACKUP_BYTES = 1 << 20          # what is copied of low memory is less
NT_VMCOREDD = 0x700             # include/uapi/linux/elf.h
START_KERNEL_MAP = 0xffffffff80000000
NAME_BYTES = 44                 # VMCOREDD_MAX_NAME_BYTES


_built = {}
_built_lock = threading.Lock()


def _initrd(setup):
    """The archives of these tests, built once: tests run side by side."""
    with _built_lock:
        if setup.work not in _built:
            _built[setup.work] = _build_initrd(setup)
        return _built[setup.work]


def _build_initrd(setup):
    """The usual archives, the capture one with the program and the module."""
    program = initramfs.build_guest_program(
        initramfs.HERE / "guest/capture.c", setup.work / "guest/capture")
    plain = initramfs.capture_archive(setup.work).read_bytes()
    more = initramfs.Archive()
    more.file("bin/capture", program)
    for module in setup.test_modules():
        if module.stem == "kdcapture":
            more.file("modules/kdcapture.ko", module)
    archive = setup.work / "capturetests.cpio.gz"
    archive.write_bytes(plain + b"\0" * (-len(plain) % 4)
                        + gzip.compress(more.bytes(), 6, mtime=0))
    dirty = initramfs.build_guest_program(
        initramfs.HERE / "guest/dirty.c", setup.work / "guest/dirty")
    return guest.system_initrd(setup, "capturetests.cpio", files=(
        ("boot/capturetests.cpio.gz", archive), ("bin/dirty", dirty)))


def capture(vm, append="", before=""):
    vm.wait_hello("system")
    if before:
        vm.run(before)
    guest.load_crash(vm, initrd="/boot/capturetests.cpio.gz", append=append)
    vm.start("echo c > /proc/sysrq-trigger")
    vm.wait_hello("capture")


def boot(setup, name, **more):
    return setup.boot(f"qemu/{name}", _initrd(setup), cpus=2,
                      timeout_s=TIMEOUT_S, **more)


def readers(setup, initrd, name, level=0):
    """read, mmap, sendfile, lseek and /dev/oldmem agree wherever one looks."""
    with boot(setup, name, mem_mb=512) as vm:
        # What is no level is named, and nothing is left out.
        capture(vm, append=f"vmcore.filter={level or 99}",
                before="dirty 60 8 /tmp/file" if level else "")
        if not level and ("filter=99: not a number from 0 to 31"
                          not in vm.run("dmesg")):
            raise Failure("vmcore.filter=99 is not named in a line")
        status, text = vm.run("capture 20260101", check=False)
        bad = [line for line in text.splitlines() if line.startswith("not ok")]
        if status or bad or "ok readers-at-once" not in text:
            raise Failure("; ".join(bad) or f"capture ended with {status}: "
                          + text.strip()[-200:])
        said = next((line[2:] for line in text.splitlines()
                     if line.startswith("# level")), "no level")
        if not said.startswith(f"level {level}: "):
            raise Failure(f"{said}, {level} is right")
        return said


def readers_filtered(setup, initrd, name):
    """The same of a dump with holes, of a machine whose memory has a past."""
    return readers(setup, initrd, name, 31)


def _page_bytes(core):
    """Both kernels': they are the same one."""
    return int(core.vmcoreinfo["PAGESIZE"])


def _text_pa(setup, core):
    """Where the crashed kernel's text begins, or well within it."""
    if setup.arch is not arch.X86_64:
        # The linear map has it. What comes first is in the backup.
        start = dumpchecks.kernel_symbol(core, setup.symbols, "_stext") \
            + BACKUP_BYTES
        segment = next(s for s in core.loads
                       if s.vaddr <= start < s.vaddr + s.filesz)
        return start - segment.vaddr + segment.paddr
    return next(s for s in core.loads if s.vaddr >= START_KERNEL_MAP).paddr


def _device_note(core):
    for note in core.notes:
        if note.type == NT_VMCOREDD:
            return note
    raise Failure("the dump has no note of a device")


def device_dumps(setup, initrd, name):
    """A device dump is the driver's bytes; bad ones are refused; others stay."""
    with boot(setup, name) as vm:
        capture(vm)
        before = elfcore.Core(elfcore.Remote(vm))
        text_pa = _text_pa(setup, before)
        code = before.physical(text_pa, 65536)
        if not vm.run("insmod /modules/kdcapture.ko dump=1 fail=1",
                      check=False)[0]:
            raise Failure("a device dump that its driver can not fill is taken")
        if not vm.run("insmod /modules/kdcapture.ko dump=4294967295",
                      check=False)[0]:
            raise Failure("a device dump of 4 GiB is taken")
        if not vm.run("exec 3< /proc/vmcore; "
                      "insmod /modules/kdcapture.ko dump=5", check=False)[0]:
            raise Failure("a device dump is taken while the dump is read")
        vm.run(f"insmod /modules/kdcapture.ko dump={DUMP_BYTES}")
        core = elfcore.Core(elfcore.Remote(vm))
        note = _device_note(core)
        right = bytes((i * 7 + 3) & 0xff for i in range(DUMP_BYTES))
        if not note.desc.startswith(b"kdcapture\0"):
            raise Failure(f"the device dump's name is {note.desc[:44]!r}")
        if note.desc[NAME_BYTES:NAME_BYTES + DUMP_BYTES] != right:
            raise Failure("the device dump's bytes are not the driver's")
        if len(core.notes) != len(before.notes) + 1:
            raise Failure(f"{len(before.notes)} notes became "
                          f"{len(core.notes)} with one device dump")
        grown = core.source.size - before.source.size
        if not DUMP_BYTES < grown < DUMP_BYTES + 2 * _page_bytes(core):
            raise Failure(f"the dump grew by {grown} bytes")
        if core.physical(text_pa, 65536) != code:
            raise Failure("memory reads differently beside a device dump")


def device_dumps_off(setup, initrd, name):
    """novmcoredd: none is taken."""
    with boot(setup, name) as vm:
        capture(vm, "novmcoredd")
        if not vm.run("insmod /modules/kdcapture.ko dump=5", check=False)[0]:
            raise Failure("a device dump is taken in spite of novmcoredd")
        core = elfcore.Core(elfcore.Remote(vm))
        if any(note.type == NT_VMCOREDD for note in core.notes):
            raise Failure("the dump has a note of a device")


def refused_pages(setup, initrd, name):
    """What a vmcore callback refuses is zeros by read and mmap."""
    with boot(setup, name) as vm:
        capture(vm)
        core = elfcore.Core(elfcore.Remote(vm))
        # The kernel's text is surely not zeros. Its second page: what stands
        # before the first may be the crash region.
        page = _page_bytes(core)
        first = _text_pa(setup, core) // page + 1
        before = core.physical((first - 1) * page, (REFUSED_PAGES + 2) * page)
        if not before[page:2 * page].strip(b"\0"):
            raise Failure(f"page {first:#x} was zeros before")
        vm.run(f"insmod /modules/kdcapture.ko refuse_pfn={first} "
               f"refuse_pages={REFUSED_PAGES}")
        after = core.physical((first - 1) * page, (REFUSED_PAGES + 2) * page)
        if after[page:-page].strip(b"\0"):
            raise Failure("refused pages are not zeros")
        if (after[:page], after[-page:]) != (before[:page], before[-page:]):
            raise Failure("pages beside the refused ones changed")
        for level in (0, 31):
            status, text = vm.run(
                f"echo {level} > /sys/kernel/vmcore/filter && "
                f"capture 3 {REFUSED_PAGES}", check=False)
            if status:
                raise Failure(f"with refused pages, at level {level}: "
                              + text.strip()[-300:])


TESTS = [("readers", readers), ("readers-filtered", readers_filtered),
         ("device-dumps", device_dumps),
         ("device-dumps-off", device_dumps_off),
         ("refused-pages", refused_pages)]
