# SPDX-License-Identifier: GPL-2.0-only
"""kexec_file_load(2) on a machine with UEFI firmware (Debian package ovmf).

capture   the capture kernel has EFI's runtime services, with the map that the
          crashed kernel gave it, and takes a dump
capture-noruntime  without EFI's services (efi=noruntime) nothing of EFI is
          handed over; ACPI is up in the capture kernel all the same
reboots   kernel to kernel; each reads a variable of the firmware
"""
import pathlib

from . import filetests, guest
from .report import Failure, Skip

CODE = pathlib.Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
VARS = pathlib.Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
REBOOTS = 3
# Set by the firmware at every boot.
VARIABLE = "BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c"


def machine_initrd(setup):
    return guest.system_initrd(setup, "efi.cpio",
                               modules=[setup.module("efivarfs", must=True)])


def boot(setup, name, disks=(), append=""):
    for path in (CODE, VARS):
        if not path.exists():
            raise Skip(f"{path} is missing: apt-get install ovmf")
    directory = setup.work / "file"
    directory.mkdir(parents=True, exist_ok=True)
    variables = directory / f"{name}.vars"
    variables.write_bytes(VARS.read_bytes())
    return filetests.boot(
        setup, machine_initrd(setup), name, mem_mb=512, disks=disks,
        append=append, extra=(
            "-drive", f"if=pflash,format=raw,readonly=on,file={CODE}",
            "-drive", f"if=pflash,format=raw,file={variables}"))


def runtime_map(vm):
    """Type, addresses and length of each region, a line each."""
    return sorted(vm.run(
        "cd /sys/firmware/efi/runtime-map && for n in *; do "
        "echo $(cat $n/type $n/phys_addr $n/virt_addr $n/num_pages); done"
    ).splitlines())


def services_work(vm, where, given=None):
    """The map is the one that was given, and a service answers."""
    found = runtime_map(vm)
    if not found or (given and found != given):
        raise Failure(f"{where}: EFI's runtime map is {found}, not {given}")
    status, said = vm.run(
        "mkdir -p /tmp/efi && insmod /modules/efivarfs.ko && "
        "mount -t efivarfs none /tmp/efi && "
        f"dd if=/tmp/efi/{VARIABLE} bs=1 2>/dev/null | wc -c", check=False)
    # Four bytes of attributes and one number at least.
    if status or int(said.split()[-1]) < 6:
        raise Failure(f"{where}: the firmware's variable {VARIABLE} can not "
                      f"be read: {said.strip()}")
    return found


def capture(setup):
    with boot(setup, "efi-capture") as vm:
        vm.wait_hello("system")
        given = services_work(vm, "the system kernel")
        guest.load_crash(vm, "-s", append="efi")
        filetests.capture(vm, "efi")
        found = runtime_map(vm)
        if found != given:
            raise Failure(f"the capture kernel's EFI runtime map is {found}, "
                          f"not {given}")
    return f"{len(given)} runtime regions"


def capture_noruntime(setup):
    with boot(setup, "efi-capture-noruntime", append="efi=noruntime") as vm:
        vm.wait_hello("system")
        if vm.run("ls /sys/firmware/efi/runtime-map 2>/dev/null",
                  check=False)[1].strip():
            raise Failure("efi=noruntime leaves EFI's services on")
        given = acpi_tables(vm, "the system kernel")
        guest.load_crash(vm, "-s", append="noruntime")
        filetests.capture(vm, "noruntime")
        found = acpi_tables(vm, "the capture kernel")
        if found != given:
            raise Failure(f"the capture kernel has ACPI's tables {found}, the "
                          f"system kernel had {given}")
    return " ".join(given)


def acpi_tables(vm, where):
    found = sorted(vm.run("cd /sys/firmware/acpi/tables 2>/dev/null && ls",
                          check=False)[1].split())
    if "APIC" not in found:
        raise Failure(f"{where}: no APIC among ACPI's tables: {found}")
    return found


def reboots(setup):
    disk = setup.work / "file" / "efi-next.img"
    disk.parent.mkdir(parents=True, exist_ok=True)
    archive = machine_initrd(setup).read_bytes()
    # Zeros behind an archive are padding.
    disk.write_bytes(archive + bytes(-len(archive) % 512))
    with boot(setup, "efi-reboots", [(disk, True)]) as vm:
        vm.wait_hello("system")
        given = services_work(vm, "the first kernel")
        for number in range(REBOOTS):
            vm.run("cat /dev/vda > /tmp/next")
            vm.run("kexec -s -l /boot/bzImage --initrd=/tmp/next --append="
                   f"'console=ttyS0 {guest.SYSTEM_CMDLINE} boot{number}'")
            vm.start("kexec -e")
            vm.wait_hello("system")
            services_work(vm, f"kernel {number + 1}", given)
    return f"{REBOOTS} reboots"


def run(setup, report, only, args):
    tests = [(f"efi.{name}", lambda test=test: test(setup))
             for name, test in (("capture", capture),
                                ("capture-noruntime", capture_noruntime),
                                ("reboots", reboots))]
    report.run_chosen(tests, only, args, setup.parallel)
