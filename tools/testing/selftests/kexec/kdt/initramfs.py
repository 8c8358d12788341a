# SPDX-License-Identifier: GPL-2.0-only
"""What the guests boot: initramfs archives in the kernel's cpio format.

The format is that of Documentation/driver-api/early-userspace/buffer-format.rst
("newc"). A boot archive may be a chain of archives, compressed or not, so the
common part is compressed once and every test appends its own files.

capture archive  agent as /init and busybox: all that a capture kernel needs
system archive   the capture archive, then Debian's kexec with its libraries,
                 the kernel to load, the capture archive as a file, modules
"""
import gzip
import os
import pathlib
import re
import shutil
import stat
import subprocess
import threading

from . import arch as archs

HERE = pathlib.Path(__file__).resolve().parent.parent
APPLETS = ("sh cat cp dd dmesg echo grep head insmod ls mkdir mknod mount "
           "mv poweroff ps rm rmmod sed seq sha256sum sleep sync tail taskset "
           "test touch true tr umount uname usleep wc").split()


# The guests' architecture: one for all machines of a run.
_arch = archs.X86_64


def use(arch):
    """From now on guests are of this architecture."""
    global _arch
    _arch = arch


class Archive:
    """One cpio archive under construction."""

    def __init__(self):
        self._out = bytearray()
        self._inode = 0
        self._dirs = set()

    def _entry(self, name, mode, data=b"", major=0, minor=0):
        self._inode += 1
        raw = name.encode() + b"\0"
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, major,
                  minor, len(raw), 0)
        self._out += b"070701" + b"".join(b"%08X" % f for f in fields) + raw
        self._out += b"\0" * (-len(self._out) % 4)
        self._out += data
        self._out += b"\0" * (-len(self._out) % 4)

    def _parents(self, name):
        for parent in reversed(pathlib.PurePosixPath(name).parents):
            parent = str(parent)
            if parent != "." and parent not in self._dirs:
                self._dirs.add(parent)
                self._entry(parent, stat.S_IFDIR | 0o755)

    def directory(self, name):
        self._parents(name + "/x")

    def file(self, name, source, mode=None):
        """Add a file; source is a path or bytes."""
        if isinstance(source, (bytes, bytearray)):
            data, mode = source, mode or 0o644
        else:
            data = pathlib.Path(source).read_bytes()
            mode = mode or stat.S_IMODE(os.stat(source).st_mode)
        self._parents(name)
        self._entry(name, stat.S_IFREG | mode, data)

    def symlink(self, name, target):
        self._parents(name)
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def node(self, name, major, minor):
        self._parents(name)
        self._entry(name, stat.S_IFCHR | 0o600, b"", major, minor)

    def bytes(self):
        end = Archive()
        end._entry("TRAILER!!!", 0)
        return bytes(self._out) + bytes(end._out)


def program(name):
    """A program of the host; a user's PATH may lack the sbin directories."""
    path = shutil.which(name, path="/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                        "/usr/bin:/sbin:/bin")
    if not path:
        raise FileNotFoundError(f"{name} is not installed: apt-get install "
                                "busybox-static kexec-tools e2fsprogs")
    return path


def guest_program(name):
    """A program for the guest, from this host or from another's packages."""
    root = archs.root(_arch)
    if str(root) == "/":
        return program(name)
    for place in ("bin", "sbin", "usr/bin", "usr/sbin"):
        if (root / place / name).exists():
            return str(root / place / name)
    raise FileNotFoundError(f"{root} has no {name}")


def guest_libraries(path):
    """(name in the guest, file) of the shared libraries of a program."""
    root = archs.root(_arch)
    if str(root) == "/":
        return [(library, library) for library in libraries(path)]
    def target(path):
        """What a link leads to; an absolute one begins in that root."""
        while path.is_symlink():
            path = path.parent / os.readlink(path) if not os.path.isabs(
                os.readlink(path)) else root / os.readlink(path)[1:]
        return path

    files = {found.name: found for place in ("lib", "lib64", "usr/lib")
             for found in (root / place).rglob("*.so.*")}
    wanted, found = [path], {}
    while wanted:
        for name in needed(wanted.pop()):
            if name not in files:
                raise FileNotFoundError(f"{root} has no {name}, which {path} "
                                        "needs")
            if name not in found:
                found[name] = target(files[name])
                wanted.append(found[name])
    return [("/" + str(files[name].relative_to(root)), library)
            for name, library in sorted(found.items())]


def needed(path):
    """Names of the libraries that a program or library of any machine wants,
    and of its loader."""
    text = subprocess.run(["readelf", "-dlW", str(path)], check=True,
                          capture_output=True, text=True).stdout
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", text)) | {
        os.path.basename(name) for name in re.findall(
            r"program interpreter: (.*)\]", text)}


def as_root():
    """What runs a command as root."""
    return [] if os.geteuid() == 0 else ["sudo", "-E"]


def libraries(program, root="/"):
    """The shared libraries of an x86_64 program, its loader included."""
    command = ["ldd", program] if root == "/" else [
        *as_root(), "chroot", root, "ldd", program]
    text = subprocess.run(command, check=True, capture_output=True,
                          text=True).stdout
    return sorted(set(re.findall(r"(/\S+) \(0x", text)))


def _partial(target):
    """Where a file is written before it gets its name; tests run in threads."""
    return target.with_suffix(f".{os.getpid()}-{threading.get_ident()}")


def build_guest_program(source, target, kind=("-static",)):
    """Compile a guest program, static by default, unless it is up to date."""
    source, target = pathlib.Path(source), pathlib.Path(target)
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial(target)
    subprocess.run([_arch.compiler, *kind, "-O2", "-s", "-Wall", "-Wextra",
                    "-Werror", "-o", partial, source], check=True)
    partial.rename(target)
    return target


def capture_archive(work):
    """The capture initramfs, compressed. Returns its path."""
    agent = build_guest_program(HERE / "guest/agent.c", work / "guest/agent")
    busybox = guest_program("busybox")
    target = work / "capture.cpio.gz"
    newest = max(os.stat(f).st_mtime for f in (agent, busybox, __file__))
    if target.exists() and target.stat().st_mtime >= newest:
        return target
    archive = Archive()
    for name in ("proc", "sys", "tmp", "mnt"):
        archive.directory(name)
    # The kernel opens /dev/console before devtmpfs is mounted.
    archive.node("dev/console", 5, 1)
    archive.node("dev/null", 1, 3)
    archive.file("init", agent)
    archive.file("bin/busybox", busybox)
    for applet in APPLETS:
        archive.symlink("bin/" + applet, "busybox")
    partial = _partial(target)
    partial.write_bytes(gzip.compress(archive.bytes(), 9, mtime=0))
    partial.rename(target)
    return target


def add_guest_program(archive, name, place="usr/bin"):
    """A program of Debian's, with the libraries that it needs."""
    found = guest_program(name)
    archive.file(f"{place}/{name}", found)
    for name, library in guest_libraries(found):
        archive.file(name.lstrip("/"), library)


def add_kexec(archive):
    """Debian's unmodified kexec-tools."""
    add_guest_program(archive, "kexec", "sbin")


def add_kexec_from(archive, root, prefix):
    """kexec-tools of another Debian root; it appears as /PREFIX/kexec."""
    add_program_from(archive, root, prefix, "/usr/sbin/kexec")


def add_program_from(archive, root, prefix, path):
    """A program of another Debian root, run by its own loader.

    It appears as a script /PREFIX/NAME, beside its libraries.
    """
    program_name = os.path.basename(path)
    names = libraries(path, str(root))
    archive.file(f"{prefix}/{program_name}.bin", root / path.lstrip("/"))
    loader = None
    for library in names:
        base = os.path.basename(library)
        archive.file(f"{prefix}/lib/{base}",
                     (root / library.lstrip("/")).resolve())
        if base.startswith("ld-"):
            loader = base
    archive.file(f"{prefix}/{program_name}",
                 (f"#!/bin/sh\nexec /{prefix}/lib/{loader} --library-path "
                  f"/{prefix}/lib /{prefix}/{program_name}.bin \"$@\"\n"
                  ).encode(), 0o755)


def system_archive(work, name, kernel, files=(), modules=(), extra=None):
    """The initramfs of a system kernel: a chain, written to work/NAME.

    files:   (path in the guest, path on the host) pairs
    modules: .ko files, put in /modules
    extra:   a function that adds more to the Archive
    """
    capture = capture_archive(work)
    archive = Archive()
    add_kexec(archive)
    archive.file("boot/bzImage", kernel)
    archive.file("boot/capture.cpio.gz", capture)
    for path, source in files:
        archive.file(path, source)
    for module in modules:
        archive.file("modules/" + os.path.basename(module), module)
    if extra:
        extra(archive)
    head = capture.read_bytes()
    target = work / name
    partial = _partial(target)
    partial.write_bytes(head + b"\0" * (-len(head) % 4) + archive.bytes())
    partial.rename(target)
    return target
