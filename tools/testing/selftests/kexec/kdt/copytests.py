# SPDX-License-Identifier: GPL-2.0-only
"""A filtered dump as a user makes one: cp, tar and rsync of /proc/vmcore.

One machine, whose memory was dirtied and freed, crashes; its capture kernel
saves the whole dump, then sets level 31 and lets Debian's own programs copy
it. The copies are compared with the whole dump, page by page; gdb, drgn and
crash have to find in them what they find in it.
"""
import hashlib
import os
import secrets
import subprocess

from . import elfcore, gdbthreads, guest, initramfs
from .clients import HERE, Clients, _holds, debian_root
from .report import Failure

MEM_MB, CPUS, CRASHKERNEL_MB = 448, 4, 112
# Sparse files; what is written of them counts.
DISK_MB, COPIES_MB = 600, 2000
TIMEOUT_S = 300
LEVEL = 31
CHUNK_BYTES = 1 << 20
ZEROS = bytes(elfcore.PAGE_BYTES)
# What each does, and what makes a file of it again on the host.
COPIES = {
    "cp": ("/usr/bin/cp /proc/vmcore /mnt/cp", None),
    "tar": ("/usr/bin/tar -S -cf /mnt/tar -C /proc vmcore",
            ("tar", "-xSf")),
    "rsync": ("LD_PRELOAD=/usr/lib/socketpair.so "
              "/usr/bin/rsync -S /proc/vmcore /mnt/rsync", None),
}


def _initrd(setup):
    """Debian's copying programs beside what a capture kernel needs."""
    archive = initramfs.Archive()
    libraries = set()
    for name in COPIES:
        path = initramfs.program(name)
        archive.file(f"usr/bin/{name}", path)
        libraries |= set(initramfs.libraries(path))
    for library in sorted(libraries):
        archive.file(library.lstrip("/"), library)
    archive.file("usr/lib/socketpair.so", initramfs.build_guest_program(
        HERE / "guest/socketpair.c", setup.work / "guest/socketpair.so",
        ("-shared", "-fPIC")))
    copying = setup.work / "copying.cpio"
    copying.write_bytes(archive.bytes())
    dirty = initramfs.build_guest_program(HERE / "guest/dirty.c",
                                          setup.work / "guest/dirty")
    plain = initramfs.capture_archive(setup.work).read_bytes()
    both = setup.work / "copying-capture.cpio"
    both.write_bytes(plain + b"\0" * (-len(plain) % 4)
                     + copying.read_bytes())
    return guest.system_initrd(
        setup, "copytests.cpio", modules=setup.test_modules(),
        files=(("boot/copying.cpio", both), ("bin/dirty", dirty)))


def _counts(vm):
    """The classes of the pages that were looked at."""
    return {name: int(number) for name, number in
            (line.split() for line in
             vm.run("cat /sys/kernel/vmcore/pages").splitlines())}


class Copies:
    """The whole dump, and the copies with holes."""

    def __init__(self, setup, root):
        self.setup = setup
        self.whole = Clients(setup, root, "copies/whole")
        self.copies = {name: Clients(setup, root, f"copies/{name}")
                       for name in COPIES}
        self.work = self.whole.work.parent
        self.token = "token-" + secrets.token_hex(8)
        self.stored, self.counts = {}, {}
        self._said = {}

    def take(self):
        disk = guest.make_disk(self.work / "whole.img", DISK_MB, ext4=False)
        copies = guest.make_disk(self.work / "copies.img", COPIES_MB)
        with self.setup.boot(
                "copies/vm", _initrd(self.setup), cpus=CPUS, mem_mb=MEM_MB,
                timeout_s=TIMEOUT_S, disks=[(disk, False), (copies, False)],
                crashkernel=f"crashkernel={CRASHKERNEL_MB}M") as vm:
            vm.wait_hello("system")
            guest.load_crash(vm, initrd="/boot/copying.cpio")
            vm.run("dirty 70 10 /tmp/file")
            vm.run(f"insmod /modules/kdtest.ko action=none token={self.token}")
            vm.start("taskset -c 2 sh -c 'echo c > /proc/sysrq-trigger'")
            vm.wait_hello("capture")
            size = guest.save_raw(vm)
            vm.run(f"echo {LEVEL} > /sys/kernel/vmcore/filter && "
                   "mount -t ext4 /dev/vdb /mnt")
            for name, (command, _) in COPIES.items():
                vm.run(command)
                self.stored[name] = 512 * int(vm.run(
                    f"stat -c %b /mnt/{name}"))
            self.counts = _counts(vm)
            vm.run("umount /mnt")
            vm.power_off()
        os.truncate(disk, size)
        os.replace(disk, self.whole.dump)
        for name, (_, unpack) in COPIES.items():
            self._fetch(copies, name, unpack)
        for clients in [self.whole, *self.copies.values()]:
            clients.core = elfcore.Core(elfcore.File(clients.dump))
            clients.offset = clients.core.kaslr_offset()
        return (f"{size >> 20} MiB; " + ", ".join(
            f"{name} {stored >> 20} MiB"
            for name, stored in self.stored.items()))

    def _fetch(self, image, name, unpack):
        target = self.copies[name].work / "vmcore"
        if not unpack:
            guest.take_file(image, name, target)
            return
        packed = self.work / name / "packed"
        guest.take_file(image, name, packed)
        subprocess.run([*unpack, packed, "-C", target.parent], check=True)
        os.chmod(target, 0o600)
        packed.unlink()

    def said(self, clients, name, command, stdin=""):
        """What a client says of one dump; asked once."""
        key = clients.name, name
        if key not in self._said:
            self._said[key] = clients.client(name, command, stdin)
        return self._said[key]


def _left_out(whole, copy):
    """How many pages of the whole dump are zeros in the copy instead."""
    left_out = 0
    if copy.size != whole.size:
        raise Failure(f"the copy has {copy.size} bytes, the dump {whole.size}")
    for at in range(0, whole.size, CHUNK_BYTES):
        right, found = whole.read(at, CHUNK_BYTES), copy.read(at, CHUNK_BYTES)
        if right == found:
            continue
        for page in range(0, len(right), elfcore.PAGE_BYTES):
            mine = found[page:page + elfcore.PAGE_BYTES]
            if mine == right[page:page + elfcore.PAGE_BYTES]:
                continue
            if mine != ZEROS[:len(mine)]:
                raise Failure(f"the page at {at + page:#x} of the copy is "
                              "neither the dump's nor left out")
            left_out += 1
    return left_out


def _digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() \
            if hasattr(hashlib, "file_digest") else _digest_by_hand(file)


def _digest_by_hand(file):
    digest = hashlib.sha256()
    while data := file.read(CHUNK_BYTES):
        digest.update(data)
    return digest.hexdigest()


def check_content(copies, name):
    """Each page is the dump's or a hole, and the file is small."""
    copy = copies.copies[name]
    left_out = _left_out(copies.whole.core.source, copy.core.source)
    counts = copies.counts
    kept = (counts["ram"] - sum(counts[c] for c in
                                ("free", "cache", "cache_private", "user",
                                 "hwpoison", "offline"))) * elfcore.PAGE_BYTES
    # The header and the notes are no RAM; ext4 and tar have maps of their own.
    if copies.stored[name] > kept * 1.02 + (1 << 20):
        raise Failure(f"{copies.stored[name]} bytes are stored, of what is "
                      f"kept there are {kept}")
    if counts["looked_at"] != counts["ram"] or counts["no_answer"]:
        raise Failure(f"of {counts['ram']} pages {counts['looked_at']} were "
                      f"looked at, {counts['no_answer']} gave no answer")
    if left_out < counts["ram"] / 2:
        raise Failure(f"only {left_out} of {counts['ram']} pages are left out")
    names = list(COPIES)
    other = names[names.index(name) - 1]
    if _digest(copy.dump) != _digest(copies.copies[other].dump):
        raise Failure(f"the copies of {name} and of {other} differ")
    return (f"{left_out} of {counts['ram']} pages left out, "
            f"{counts['unclear']} unclear")


GDB = ("gdb -q -nx -batch -ex 'set pagination off' -ex 'set width 0' "
       "-ex 'symbol-file /mnt/vmlinux -o {offset:#x}' "
       "-ex 'core-file /mnt/dump/vmcore' "
       "-ex 'printf \"panic: %s\\n\", panic::buf' "
       "-ex 'echo == threads\\n' -ex 'thread apply all bt' </dev/null")
DRGN = "drgn -q -c /mnt/dump/vmcore -s /mnt/vmlinux /mnt/dump/whole.py"
CRASH = "crash -s --no_scroll /mnt/vmlinux /mnt/dump/vmcore"
CRASH_STDIN = ("foreach bt\n!echo == slab\nkmem -s\n!echo == mod\nmod\n"
               "!echo == log\nlog\n!echo == ps\nps\nquit\n")


def _same(copies, name, client, command, stdin="", wanted=()):
    whole = copies.said(copies.whole, client, command, stdin)
    _holds(f"{client} on the whole dump", whole, wanted)
    mine = copies.said(copies.copies[name], client, command, stdin)
    if mine == whole:
        return f"{len(whole.splitlines())} lines, the same"
    for right, found in zip(whole.splitlines(), mine.splitlines()):
        if right != found:
            raise Failure(f"{client} says {found!r}, of the whole dump "
                          f"{right!r}")
    raise Failure(f"{client} says {len(mine)} characters, of the whole dump "
                  f"{len(whole)}")


def check_gdb(copies, name):
    said = _same(copies, name, "gdb",
                 GDB.format(offset=copies.whole.offset),
                 wanted=["panic: sysrq triggered crash",
                         "sysrq_handle_crash"])
    text = copies.said(copies.copies[name], "gdb", "")
    threads = gdbthreads.split(text.split("== threads")[1])
    if len(threads) != CPUS:
        raise Failure(f"gdb lists {len(threads)} threads, {CPUS} are right")
    return said


def check_drgn(copies, name):
    for clients in (copies.whole, copies.copies[name]):
        (clients.work / "whole.py").write_bytes(
            (HERE / "clients/drgn_whole.py").read_bytes())
    return _same(copies, name, "drgn", DRGN,
                 wanted=["-- 1 init", "khungtaskd", "task_struct", "kdtest",
                         copies.token, "schedule"])


def check_crash(copies, name):
    return _same(copies, name, "crash", CRASH, CRASH_STDIN,
                 wanted=["khungtaskd", "schedule", "task_struct", "kdtest",
                         copies.token])


CHECKS = (("content", check_content), ("gdb", check_gdb),
          ("drgn", check_drgn), ("crash", check_crash))


def run(setup, report, only, args):
    names = [(f"filter.{name}-{what}", name, check) for name in COPIES
             for what, check in CHECKS]
    names = [entry for entry in names
             if not only or any(w in entry[0] for w in only)]
    if args.list:
        for name, *_ in names:
            print(f"runs {name}")
        return False
    if not names:
        return True
    copies = Copies(setup, debian_root(args, report))
    before = report.failed
    report.run("filter.copies", copies.take)
    if report.failed == before:
        for name, copy, check in names:
            report.run(name, lambda copy=copy, check=check: check(copies,
                                                                  copy))
    return True
