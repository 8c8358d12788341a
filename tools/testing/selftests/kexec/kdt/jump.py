# SPDX-License-Identifier: GPL-2.0-only
"""Stop a crashing machine at one instruction, and look at it.

Two places matter: where the crash path stores the registers of the CPU that
crashed, and the last instruction before the new kernel owns the memory. The
first is kernel text. The second is in the enter stub, which runs from a copy
in the image's control pages, identity mapped; kexec_enter_switch is told that
copy's physical address in RCX, so the machine is stopped there first.
"""
import shutil

from . import guest
from .gdbstub import GdbStub
from .report import Failure

SWITCH, JUMP, STUB = "kexec_enter_switch", "kexec_enter_jump", "relocate_kernel"
# A stock kernel has no such names; this is as near as its symbols come.
STOCK_JUMP = "machine_kexec"
# Of a port without such a stub: where it begins to leave.
LEAVE = "machine_kexec"
REGS = "crash_capture_regs_begin"


class Stopper:
    """The debugger port of a machine, and the addresses of this boot."""

    def __init__(self, setup, vm):
        self._vm = vm
        self._stub = GdbStub(vm)
        self._setup, self._symbols = setup, setup.symbols
        self._arch = setup.arch
        self._stock = setup.stock
        self.registers, self._low = None, b""
        # KASLR's offset of this boot, through the virtio port.
        self._offset = (guest.symbol_address(vm, ["_text"])[1]
                        - setup.symbols["_text"])

    def address(self, symbol):
        """Where to stop in a function."""
        return self._setup.entry(symbol) + self._offset

    def run_to(self, address, what, trigger=None):
        """Let the machine run to an address. Returns the CPU that hit it.

        With a trigger, the machine runs now, and it is what makes it go
        there; without, the machine stands from an earlier stop.
        """
        if trigger:
            self._stub.interrupt()
        self._stub.set_break(address)
        self._stub.resume()
        if trigger:
            trigger()
        cpu = self._stub.wait_break(what)
        self._stub.clear_break(address)
        self.registers = self._stub.registers(cpu)
        if self.registers["pc"] != address:
            raise Failure(f"the machine stands at {self.registers['pc']:#x}, "
                          f"{what} is at {address:#x}")
        return cpu

    def _image_start(self):
        """Where the armed crash image begins, as debugfs says."""
        text = self._vm.run(
            "mount -t debugfs none /mnt && cat /mnt/kexec/crash_start_pa; "
            "umount /mnt")
        if not text.startswith("0x"):
            raise Failure(f"kexec/crash_start_pa names no image: {text!r}")
        return int(text, 16)

    def _run_to_image(self, trigger):
        """What the way out overwrites is looked at before."""
        start = self._image_start()
        if self._arch.low[0]:
            self.run_to(self.address(LEAVE), LEAVE, trigger)
            path = self._vm.directory / "low"
            self._vm.save_memory(path, 0, self._arch.low[0])
            self._low = path.read_bytes()
            trigger = None
        return self.run_to(start, "the image", trigger)

    def save_memory(self, path, plugged=()):
        """All of RAM as it was when this kernel was about to leave.

        plugged: ranges [start, end) of memory that came later
        """
        self._vm.save_memory(path)
        piece = self._vm.directory / "piece"
        with open(path, "r+b") as ram:
            ram.write(self._low)
            for start, end in plugged:
                self._vm.save_memory(piece, start, end)
                ram.seek(start)
                with open(piece, "rb") as data:
                    shutil.copyfileobj(data, ram)
                piece.unlink()

    def run_to_jump(self, trigger=None):
        if self._stock:
            return self.run_to(self.address(STOCK_JUMP), STOCK_JUMP, trigger)
        if not self._arch.stub:
            return self._run_to_image(trigger)
        self.run_to(self.address(SWITCH), SWITCH, trigger)
        stub_pa = self.registers["rcx"]
        at = stub_pa + self._symbols[JUMP] - self._symbols[STUB]
        return self.run_to(at, JUMP)

    def read_memory(self, cpu, address, size):
        return self._stub.read_memory(cpu, address, size)

    def set_fault(self, cpu):
        """Make a CPU, which stands, go on at address 0, where nothing is."""
        self._stub.set_pc(cpu, 0)

    def fault(self, cpu):
        self.set_fault(cpu)
        self._stub.resume()

    def write_physical(self, address, data):
        self._stub.write_physical(address, data)

    def go_on(self):
        self._stub.resume()
