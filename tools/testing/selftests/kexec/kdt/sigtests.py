# SPDX-License-Identifier: GPL-2.0-only
"""Signatures of images: which ones kexec_file_load(2) takes, and with which
error it refuses the others.

The kernel under test is built with base/config/sig.config (with sigforce.config
over it, for the second table) and trusts the test key of base/keys.sh. The
images are its own bzImage: signed by that key, signed and changed afterwards,
signed by a key that nobody knows, and not signed.

Not run: the platform keyring, which needs firmware with enrolled keys.
"""
import shutil
import subprocess

from . import filetests, guest
from .report import Failure, Skip

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
    data = bytearray((target / "signed").read_bytes())
    # In the middle of the compressed kernel: no header says anything of it.
    data[len(data) // 2] ^= 1
    (target / "changed").write_bytes(data)
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


def run(setup, report, only, args):
    config = (setup.kernel_dir / "config").read_text()
    force = "CONFIG_KEXEC_SIG_FORCE=y" in config
    name = "sig.forced" if force else "sig.table"
    if only and not any(word in name for word in only):
        return True
    if args.list:
        print(f"runs {name}")
        return False

    def test():
        if "CONFIG_KEXEC_BZIMAGE_VERIFY_SIG=y" not in config:
            raise Skip("the kernel verifies no signatures; `make sig-kernel` "
                       "builds one that does")
        return forced(setup) if force else table(setup)

    report.run_all([(name, test)], setup.parallel)
    return True
