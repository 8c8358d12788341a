# SPDX-License-Identifier: GPL-2.0-only
"""Signatures of images: which ones kexec_file_load(2) takes, and with which
error it refuses the others.

The kernel under test is built with base/config/sig.config (with sigforce.config
over it, for the second table) and trusts the test key of base/keys.sh. The
images are its own bzImage: signed by that key or by one that nobody knows,
each as it is and changed afterwards, and not signed.

The same kernel measures files (IMA): its list of measurements is a segment of
the image, and the next kernel's list begins with it. A load that is refused
after the list has grown leaves the armed image's segment as it was.

Not run: the platform keyring, which needs firmware with enrolled keys.
"""
import functools
import shutil
import subprocess

from . import filetests, guest
from .report import Failure, Skip

IMA_POLICY = "ima_policy=tcb"
# The list has room for half a page to one and a half beside what it holds at a
# load; so it has to grow by more for IMA to want a larger segment.
FILES = 20
GROW_FILES = 200
GROW_BYTES = 2 * 4096
LOADED = "is loaded"
ENODATA = "No data available"
ENOKEY = "Required key not available"
EKEYREJECTED = "Key was rejected by service"
EPERM = "Operation not permitted"

# Image: what is said in a kernel that is open, locked down, or forces.
TABLE = {
    "signed": (LOADED, LOADED, LOADED),
    "changed": (EKEYREJECTED, EKEYREJECTED, EKEYREJECTED),
    "unknown": (LOADED, ENOKEY, ENOKEY),
    # The key is looked for before the content is.
    "unknown-changed": (LOADED, ENOKEY, ENOKEY),
    "unsigned": (LOADED, EPERM, ENODATA),
}


def images(setup):
    """The files of the table: [(path in the guest, path here)]."""
    keys = setup.kernel_dir.parent / "keys"
    if not (keys / "trusted.key").exists():
        raise Failure(f"{keys} holds no test keys; `make sig-kernel` makes "
                      "them")
    if not shutil.which("sbsign"):
        raise Failure("sbsign is not installed: apt-get install sbsigntool")
    target = setup.work / "sig"
    target.mkdir(parents=True, exist_ok=True)
    for name, key in (("signed", "trusted"), ("unknown", "unknown")):
        done = subprocess.run(
            ["sbsign", "--key", keys / f"{key}.key", "--cert",
             keys / f"{key}.pem", "--output", target / name, setup.bzimage],
            capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"sbsign: {done.stderr.strip()[-300:]}")
    for name, changed in (("signed", "changed"),
                          ("unknown", "unknown-changed")):
        data = bytearray((target / name).read_bytes())
        # In the middle of the compressed kernel: no header says anything of
        # it.
        data[len(data) // 2] ^= 1
        (target / changed).write_bytes(data)
    shutil.copyfile(setup.bzimage, target / "unsigned")
    return [(f"boot/{name}", target / name) for name in TABLE]


def load(vm, name, method="-s"):
    """What kexec -p says about an image, in one of the words above."""
    status, said = vm.run(
        f"kexec {method} -p /boot/{name} --initrd=/boot/capture.cpio.gz "
        f"--append='console=ttyS0 {guest.CAPTURE_CMDLINE} {name}' 2>&1", check=False)
    if not status:
        return LOADED
    for word in (ENODATA, ENOKEY, EKEYREJECTED, EPERM):
        if word in said:
            return word
    return said.strip()[-200:]


def column(vm, number):
    """Load each image; the one that is armed stays so."""
    for name, words in TABLE.items():
        found = load(vm, name)
        if found != words[number]:
            raise Failure(f"{name}: {found}; \"{words[number]}\" is right")
        if not filetests.loaded(vm):
            raise Failure(f"{name}: no image is armed after it")


def boot(setup, name):
    initrd = guest.system_initrd(setup, "sig.cpio", files=images(setup))
    return setup.boot(f"sig/{name}", initrd, mem_mb=512,
                      timeout_s=filetests.TIMEOUT_S)


def table(setup):
    with boot(setup, "table") as vm:
        vm.wait_hello("system")
        column(vm, 0)
        vm.run("echo integrity > /sys/kernel/security/lockdown")
        column(vm, 1)
        if load(vm, "signed", "-c") != EPERM:
            raise Failure("kexec_load(2) is not refused under lockdown")
        if load(vm, "signed") != LOADED:
            raise Failure("the signed image is not loaded at the end")
        filetests.capture(vm, "signed")
    return f"{len(TABLE)} images, open and locked down; the signed one captures"


def forced(setup):
    with boot(setup, "forced") as vm:
        vm.wait_hello("system")
        column(vm, 2)
        filetests.capture(vm, "signed")
    return f"{len(TABLE)} images; the signed one captures"


def _measurements(vm):
    return vm.run("cat /sys/kernel/security/ima/ascii_runtime_measurements"
                  ).splitlines()


def _measure_files(vm, where, count):
    """Have so many new files measured: as root, from a file system that the
    policy does not leave out."""
    vm.run(f"mkdir {where}; mount -t ramfs none {where}; "
           f"for i in $(seq {count}); do "
           f"echo $i > {where}/$i; cat {where}/$i; done > /dev/null")


def _refused_when_grown(vm):
    """A load that is refused only after IMA has added its segment, which is
    by then larger than that of the image that stays armed."""
    size = "wc -c < /sys/kernel/security/ima/binary_runtime_measurements"
    before = int(vm.run(size))
    _measure_files(vm, "/grow", GROW_FILES)
    grown = int(vm.run(size)) - before
    if grown < GROW_BYTES:
        raise Failure(f"the list grew by {grown} bytes, not {GROW_BYTES}: "
                      f"{GROW_FILES} new files were read and not measured")
    vm.run("dmesg -c > /dev/null")
    # No kernel takes such a command line.
    status, said = vm.run("kexec -s -l /boot/bzImage "
                          "--append=$(printf %04000d 0) 2>&1", check=False)
    log = vm.run("dmesg")
    if not status or "kexec: load refused: " not in log:
        raise Failure(f"the long command line is not refused: {said} {log}")
    if not filetests.loaded(vm, "kexec_loaded"):
        raise Failure("no image is armed after the load that was refused")
    return grown


def ima(setup, refused=False):
    """The next kernel's list of measurements begins with this one's, also if a
    later load was refused."""
    name = "ima-refused" if refused else "ima"
    initrd = guest.system_initrd(setup, f"{name}.cpio")
    with setup.boot(f"sig/{name}", initrd, IMA_POLICY, mem_mb=512,
                    timeout_s=filetests.TIMEOUT_S) as vm:
        vm.wait_hello("system")
        _measure_files(vm, "/files", FILES)
        before = _measurements(vm)
        if len(before) <= FILES:
            raise Failure(f"IMA lists {len(before)} measurements after {FILES} "
                          "files: " + " | ".join(before))
        vm.run("kexec -s -l /boot/bzImage --initrd=/boot/capture.cpio.gz "
               f"--append='console=ttyS0 {guest.SYSTEM_CMDLINE} "
               f"{IMA_POLICY}'")
        grown = _refused_when_grown(vm) if refused else 0
        vm.start("kexec -e")
        vm.wait_hello("system")
        after = _measurements(vm)
    if after[:len(before)] != before:
        raise Failure(f"the list of {len(before)} measurements is not what "
                      f"the next kernel's {len(after)} begin with")
    if len(after) == len(before):
        raise Failure("the next kernel measures nothing")
    return (f"{len(before)} measurements handed over, {len(after)} then"
            + (f"; {grown} bytes more at a load that was refused"
               if refused else ""))


def run(setup, report, only, args):
    config = (setup.kernel_dir / "config").read_text()
    force = "CONFIG_KEXEC_SIG_FORCE=y" in config

    def needs(option, test):
        def checked():
            if f"CONFIG_{option}=y" not in config:
                raise Skip(f"the kernel is built without {option}; "
                           "`make sig-kernel` builds one with it")
            return test(setup)
        return checked

    tests = [("sig.forced", needs("KEXEC_SIG_FORCE", forced))] if force else [
        ("sig.table", needs("KEXEC_BZIMAGE_VERIFY_SIG", table)),
        ("sig.ima", needs("IMA_KEXEC", ima)),
        ("sig.ima-refused", needs("IMA_KEXEC", functools.partial(
            ima, refused=True)))]
    report.run_chosen(tests, only, args, setup.parallel)
