# SPDX-License-Identifier: GPL-2.0-only
"""CPUs and memory come and go while a capture kernel is armed.

The ELF core header has to follow, and at no moment may a panic find no image.
Each test ends in a dump that is compared, page by page, with the machine's
own memory at the jump; all memory that was online has to be in it, and the
registers of each CPU that was online.

contract     the sysfs files that tell user space about it
memory       plugged in, online, offline, unplugged
cpus         online for the first time, offline
storm        both, in random order
middle-*     the machine is stopped in the middle of a change, and panics
while-busy   a panic while changes go on

Those whose name ends in -load take kexec_load(2), from a kexec-tools that asks
for it (--hotplug); the others kexec_file_load(2).
"""
import random
import secrets
import time

from . import demo, dumpchecks, elfcore, guest, initramfs, truth
from .clients import debian_root
from .jump import Stopper
from .report import Failure
from .vm import VmError

TIMEOUT_S = 240
MEM_MB, DIMM_MB, SLOTS = 384, 256, 2
# Without KVM the base kernel takes no CPU that was not there at boot, so the
# later ones are there and wait (maxcpus=) until they are brought online.
CPUS, START_CPUS = 4, 2
# Where q35 puts the memory that is plugged in.
DIMM_BASE = 4 << 30
MEMORY = "/sys/devices/system/memory"
CPU = "/sys/devices/system/cpu"
WAIT_S = 30
REPLACED = "ELF core header replaced"
STORM_STEPS = 40
# What runs without --full: each kind of change, load and panic once.
USUAL = ("contract", "memory-load", "cpus", "storm", "while-busy",
         "middle-online-before-flip", "middle-offline-after-flip")
# Of pages that may be in movable memory, which is taken first.
FILL_MB = 64


class Machine:
    """A machine whose CPUs and memory can be plugged."""

    def __init__(self, setup, name, initrd, kexec=None):
        self.setup, self.name, self.kexec = setup, name, kexec
        self.directory = setup.work / "hotplug" / name
        self.directory.mkdir(parents=True, exist_ok=True)
        self.disk = guest.make_disk(
            self.directory / "disk.img",
            setup.mem_mb(MEM_MB) + SLOTS * DIMM_MB + 64, ext4=False)
        self.vm = setup.boot(
            f"hotplug/{name}", initrd, f"maxcpus={START_CPUS}", CPUS, MEM_MB,
            TIMEOUT_S, disks=[(self.disk, False)], gdb=True,
            extra=["-m", f"slots={SLOTS},maxmem=4G"])
        # DIMMs that are there; of them, online; CPUs that are online.
        self.plugged, self.dimms, self.cpus = set(), set(), set(range(START_CPUS))
        self.changes = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.vm.close()

    def load(self):
        self.vm.wait_hello("system")
        if self.kexec:
            guest.load_crash(self.vm, "-c --hotplug", self.kexec)
        else:
            guest.load_crash(self.vm, "-s")
        for place in (CPU, MEMORY):
            found = self.vm.run(f"cat {place}/crash_hotplug").strip()
            if found != "1":
                raise Failure(f"{place}/crash_hotplug is {found} with a "
                              "capture kernel that follows hotplug, 1 is right")

    # What is done to it.

    def _await(self, what, script):
        deadline = time.monotonic() + self.setup.wait_s(WAIT_S)
        while self.vm.run(script, check=False)[0]:
            if time.monotonic() > deadline:
                raise Failure(f"{what} did not come" + self.vm.console_tail())
            time.sleep(0.1)

    def blocks(self, number):
        """The memory blocks of a DIMM, as a shell word list."""
        size = int(self.vm.run(f"cat {MEMORY}/block_size_bytes"), 16)
        start = DIMM_BASE + number * (DIMM_MB << 20)
        return " ".join(f"{MEMORY}/memory{start // size + at}"
                        for at in range((DIMM_MB << 20) // size))

    def plug(self, number):
        self.vm.qmp("object-add", **{"qom-type": "memory-backend-ram",
                                     "id": f"ram{number}",
                                     "size": DIMM_MB << 20})
        self.vm.qmp("device_add", driver="pc-dimm", id=f"dimm{number}",
                    memdev=f"ram{number}",
                    addr=DIMM_BASE + number * (DIMM_MB << 20))
        self._await(f"DIMM {number}",
                    f"for b in {self.blocks(number)}; do "
                    "test -e $b/state || exit 1; done")
        self.plugged.add(number)
        self.changes += 1

    def unplug(self, number):
        self.vm.qmp("device_del", id=f"dimm{number}")
        self._await(f"the end of DIMM {number}",
                    f"for b in {self.blocks(number)}; do "
                    "test -e $b && exit 1; done; true")
        deadline = time.monotonic() + self.setup.wait_s(WAIT_S)
        while True:
            try:
                self.vm.qmp("object-del", id=f"ram{number}")
                break
            except VmError:
                # QEMU still has the DIMM for a moment.
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.1)
        self.plugged.discard(number)
        self.changes += 1

    def online(self, number, kind="online_movable"):
        self.vm.run(f"for b in {self.blocks(number)}; do "
                    f"echo {kind} > $b/state || exit 1; done")
        self.dimms.add(number)
        self.changes += 1

    def offline(self, number):
        self.vm.run(f"for b in {self.blocks(number)}; do "
                    "echo offline > $b/state || exit 1; done")
        self.dimms.discard(number)
        self.changes += 1

    def set_cpu(self, number, on):
        self.vm.run(f"echo {int(on)} > {CPU}/cpu{number}/online")
        (self.cpus.add if on else self.cpus.discard)(number)
        self.changes += 1

    def use_memory(self):
        """Fill memory, so that pages of the DIMMs hold something."""
        self.vm.run(f"dd if=/dev/urandom of=/tmp/fill bs=1M count={FILL_MB} "
                    "2>&1")

    # The end.

    def dimm_ranges(self):
        return [(DIMM_BASE + number * (DIMM_MB << 20),
                 DIMM_BASE + (number + 1) * (DIMM_MB << 20))
                for number in sorted(self.plugged)]

    def online_ram(self):
        """/proc/iomem, with what of the DIMMs is offline left out."""
        kept, size = [], DIMM_MB << 20
        for line in self.vm.run("cat /proc/iomem").splitlines():
            start, dash, _ = line.partition("-")
            if dash and line.endswith(": System RAM") and \
                    int(start, 16) >= DIMM_BASE:
                continue
            kept.append(line)
        for number in self.dimms:
            at = DIMM_BASE + number * size
            kept.append(f"{at:x}-{at + size - 1:x} : System RAM")
        return "\n".join(kept)

    def crash(self, go, iomem=None):
        """Panic by go(stopper), capture, and compare."""
        vm, ram = self.vm, self.directory / "ram"
        iomem = iomem or self.online_ram()
        stopper = Stopper(self.setup, vm)
        go(stopper)
        stopper.save_memory(ram, self.dimm_ranges())
        stopper.go_on()
        vm.wait_hello("capture")
        size = guest.save_raw(vm)
        vm.power_off()
        with open(self.disk, "r+b") as image:
            image.truncate(size)
        core = elfcore.Core(elfcore.File(self.disk))
        result = truth.compare(core, ram, self.setup)
        missing = truth.covered_ram(core, iomem, demo.crash_range(iomem))
        if result.different or missing or not result.pages:
            gaps = "; ".join(f"RAM [{a:#x}, {b:#x}) is missing"
                             for a, b in missing[:4])
            first = "; ".join(f"page {d.pa:#x}: {d.count} bytes"
                              for d in result.different[:4])
            raise Failure(f"{result.text()} {first} {gaps}; kept in "
                          f"{self.directory}")
        ram.unlink()
        self._check_cpus(core)
        self.disk.unlink()
        return core, f"{self.changes} changes, {result.text()}"

    def _check_cpus(self, core):
        found = len(core.prstatus())
        if found != len(self.cpus):
            raise Failure(f"{found} NT_PRSTATUS notes, {len(self.cpus)} CPUs "
                          f"were online: {sorted(self.cpus)}")
        note = dumpchecks.kdumpnote.KdumpNote(core)
        for number, cpu in note.cpus.items():
            offline = cpu.state == dumpchecks.kdumpnote.OFFLINE
            if offline == (number in self.cpus):
                raise Failure(f"the KDUMP note has CPU {number} as "
                              f"{dumpchecks.kdumpnote.STATES[cpu.state]}, "
                              f"online were {sorted(self.cpus)}")


def _sysrq(machine):
    """To the jump, by a panic on the boot CPU."""
    def go(stopper):
        stopper.run_to_jump(lambda: machine.vm.start(
            "taskset -c 0 sh -c 'echo c > /proc/sysrq-trigger'"))
    return go


def _dimm_loads(core):
    return [s for s in core.loads if s.paddr >= DIMM_BASE]


def _no_dimm(core):
    if found := _dimm_loads(core):
        raise Failure("the dump shows memory that is not there: "
                      + ", ".join(f"{s.paddr:#x}" for s in found))


def contract(setup, initrd, name, kexec):
    """crash_hotplug: 0, 1 with an image, 0 again; crash_elfcorehdr_size."""
    with Machine(setup, name, initrd) as machine:
        vm = machine.vm
        vm.wait_hello("system")
        files = [f"{place}/crash_hotplug" for place in (CPU, MEMORY)]

        def want(right, when):
            for path in files:
                found = vm.run(f"cat {path}").strip()
                if found != right:
                    raise Failure(f"{path} is {found} {when}, {right} is right")
        want("0", "without an image")
        size = int(vm.run("cat /sys/kernel/crash_elfcorehdr_size"))
        if size < 56 * CPUS or size % 4096:
            raise Failure(f"crash_elfcorehdr_size is {size}")
        guest.load_crash(vm, "-s")
        want("1", "with one of kexec_file_load")
        vm.run("kexec -s -p -u")
        want("0", "after it was unloaded")
        guest.load_crash(vm, "-c")
        want("0", "with one of kexec_load that did not ask for it")
        guest.load_crash(vm, "-c --hotplug", kexec=kexec)
        want("1", "with one of kexec_load that did")
        return f"crash_elfcorehdr_size {size}"


def memory(setup, initrd, name, kexec=None):
    """Two DIMMs: one comes, one comes and goes; both are used."""
    with Machine(setup, name, initrd, kexec) as machine:
        machine.load()
        for number in range(SLOTS):
            machine.plug(number)
            machine.online(number)
        machine.use_memory()
        machine.vm.run("rm /tmp/fill; sync; echo 3 > /proc/sys/vm/drop_caches")
        machine.offline(0)
        machine.unplug(0)
        machine.use_memory()
        core, text = machine.crash(_sysrq(machine))
        if len(_dimm_loads(core)) != 1:
            raise Failure(f"{len(_dimm_loads(core))} PT_LOADs show DIMMs, "
                          "1 is right")
        return text


def memory_gone(setup, initrd, name, kexec=None):
    """All that came has gone again: the dump is as if it had not been."""
    with Machine(setup, name, initrd, kexec) as machine:
        machine.load()
        for _ in range(3):
            machine.plug(0)
            machine.online(0)
            machine.offline(0)
            machine.unplug(0)
        core, text = machine.crash(_sysrq(machine))
        _no_dimm(core)
        return text


def cpus(setup, initrd, name, kexec=None):
    """One CPU goes, one comes: registers of those that were there."""
    with Machine(setup, name, initrd, kexec) as machine:
        machine.load()
        machine.set_cpu(2, True)
        machine.set_cpu(1, False)
        machine.set_cpu(3, True)
        machine.set_cpu(3, False)
        return machine.crash(_sysrq(machine))[1]


def storm(setup, initrd, name, kexec=None):
    """Any order of all of it."""
    seed = secrets.randbits(32)
    rand = random.Random(seed)
    with Machine(setup, name, initrd, kexec) as machine:
        machine.load()
        for _ in range(STORM_STEPS):
            number = rand.randrange(SLOTS)
            if rand.random() < 0.3:
                cpu = rand.randrange(1, CPUS)
                machine.set_cpu(cpu, cpu not in machine.cpus)
            elif number not in machine.plugged:
                machine.plug(number)
            elif number in machine.dimms:
                machine.offline(number)
            elif rand.random() < 0.5:
                machine.online(number)
            else:
                machine.unplug(number)
        core, text = machine.crash(_sysrq(machine))
        wrong = [s for s in _dimm_loads(core) if not any(
            s.paddr < DIMM_BASE + (number + 1) * (DIMM_MB << 20) and
            s.paddr + s.filesz > DIMM_BASE + number * (DIMM_MB << 20)
            for number in machine.dimms)]
        if wrong:
            raise Failure(f"the dump shows offline memory {wrong[0].paddr:#x}"
                          f" (seed {seed})")
        return f"{text}, seed {seed}"


def middle(setup, initrd, name, where, after, going, kexec=None):
    """A change is stopped at a symbol, or after its return, and panics."""
    with Machine(setup, name, initrd, kexec) as machine:
        machine.load()
        vm = machine.vm
        vm.run("echo 1 > /proc/sys/kernel/unknown_nmi_panic")
        machine.plug(0)
        if going == "offline":
            machine.online(0)
        iomem = machine.online_ram()
        state = "online_movable" if going == "online" else "offline"

        def go(stopper):
            blocks = machine.blocks(0)
            cpu = stopper.run_to(
                stopper.address(where), where,
                # On the CPU that gets the NMI, which then comes right there.
                lambda: vm.start(f"taskset -c 0 sh -c 'for b in {blocks}; do "
                                 f"echo {state} > $b/state; done'"))
            if after:
                back = stopper.read_memory(cpu, stopper.registers["rsp"], 8)
                stopper.run_to(int.from_bytes(back, "little"),
                               f"the return from {where}")
            if cpu != 0:
                raise Failure(f"CPU {cpu} is at {where}, CPU 0 should be")
            # Delivered as soon as the machine goes on.
            vm.inject_nmi()
            stopper.run_to_jump()

        # What was offline may be shown: it is there, but nobody's.
        if going == "offline":
            machine.dimms.clear()
            iomem = machine.online_ram()
        return machine.crash(go, iomem)[1]


def while_busy(setup, initrd, name, kexec=None):
    """Changes go on and on; a panic comes at some moment."""
    with Machine(setup, name, initrd, kexec) as machine:
        machine.load()
        vm = machine.vm
        vm.run("echo 1 > /proc/sys/kernel/unknown_nmi_panic")
        machine.plug(0)
        iomem = machine.online_ram()
        blocks = machine.blocks(0)
        vm.run(f"(while :; do for b in {blocks}; do "
               "echo online_movable > $b/state; done; "
               f"for b in {blocks}; do echo offline > $b/state; done; "
               "done) > /dev/null 2>&1 &")
        time.sleep(setup.wait_s(random.uniform(1, 4)))
        core, text = machine.crash(
            lambda stopper: stopper.run_to_jump(vm.inject_nmi), iomem)
        replaced = core.log().count(REPLACED)
        if replaced < 2:
            raise Failure(f"the dump's log has \"{REPLACED}\" {replaced} "
                          "times, at least 2 are right: nothing went on")
        return f"{text}, {replaced} headers replaced"


def tests(setup, get):
    """(name, function) pairs; get() gives the initrd."""
    new = "/kexec13/kexec"
    found = [
        ("contract", lambda name: contract(setup, get(), name, new)),
        ("memory", lambda name: memory(setup, get(), name)),
        ("memory-load", lambda name: memory(setup, get(), name, new)),
        ("memory-gone", lambda name: memory_gone(setup, get(), name)),
        ("cpus", lambda name: cpus(setup, get(), name)),
        ("cpus-load", lambda name: cpus(setup, get(), name, new)),
        ("storm", lambda name: storm(setup, get(), name)),
        ("storm-load", lambda name: storm(setup, get(), name, new)),
        ("while-busy", lambda name: while_busy(setup, get(), name)),
        ("while-busy-load", lambda name: while_busy(setup, get(), name, new)),
    ]
    for where, after in (("crash_headers_build", False),
                         ("kexec_slot_flip", False), ("kexec_slot_flip", True)):
        for going in ("online", "offline"):
            part = "after-flip" if after else {
                "crash_headers_build": "before-write",
                "kexec_slot_flip": "before-flip"}[where]
            found.append((f"middle-{going}-{part}",
                          lambda name, w=where, a=after, g=going: middle(
                              setup, get(), name, w, a, g)))
    return [(f"hotplug.{name}", lambda name=name, test=test: test(name))
            for name, test in found]


def run(setup, report, only, args):
    initrd = None

    def prepare():
        nonlocal initrd
        root = debian_root(args, report)
        initrd = guest.system_initrd(
            setup, "hotplug.cpio",
            extra=lambda archive: initramfs.add_kexec_from(archive, root,
                                                           "kexec13"))

    some = [(name, test) for name, test in tests(setup, lambda: initrd)
            if only or args.full or name.removeprefix("hotplug.") in USUAL]
    report.run_chosen(some, only, args, setup.parallel, prepare)
