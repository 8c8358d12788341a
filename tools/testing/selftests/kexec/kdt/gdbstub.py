# SPDX-License-Identifier: GPL-2.0-only
"""The few requests of GDB's remote protocol that the ground truth needs.

A hardware breakpoint stops the whole machine at one instruction; then the
registers of each CPU are read, and memory through QMP. Protocol: "GDB Remote
Serial Protocol" in GDB's manual.
"""
import collections
import select
import struct
import time

from .vm import VmError

# The "g" packet of each machine, as far as it is read: how it is packed, and
# the names that kdt/elfcore.py has for its registers.
Packet = collections.namedtuple("Packet", "layout names pc sp")
PACKETS = {
    "x86_64": Packet("<17Q7I", (
        "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip "
        "eflags cs ss ds es fs gs").split(), "rip", "rsp"),
    # QEMU sends them in the CPU's byte order of the moment.
    "ppc64le": Packet("<34QI2QI", [f"gpr{n}" for n in range(32)] + (
        "nip msr ccr link ctr xer").split(), "nip", "gpr1"),
}
# QEMU 7.2 fails over its ppc64 packet, unless the client has asked for this.
DESCRIPTION = {"ppc64le": "qXfer:features:read:target.xml:0,40"}


class GdbStub:
    """QEMU's debugger port. The machine stands still while we talk."""

    def __init__(self, vm):
        self._vm, self._sock, self._buf = vm, vm.gdb_socket, b""
        self._packet = PACKETS[vm.arch.name]
        self._described = vm.arch.name not in DESCRIPTION
        self.stopped_cpu = None

    def _byte(self, what):
        while not self._buf:
            left = self._vm.deadline - time.monotonic()
            if left <= 0:
                raise VmError(f"timeout waiting for {what}"
                              + self._vm.console_tail())
            if select.select([self._sock], [], [], min(left, 0.5))[0]:
                self._buf = self._sock.recv(65536)
                if not self._buf:
                    raise VmError(f"QEMU ended, waiting for {what}"
                                  + self._vm.console_tail())
            elif self._vm.process.poll() is not None:
                raise VmError(f"QEMU ended, waiting for {what}"
                              + self._vm.console_tail())
        byte, self._buf = self._buf[:1], self._buf[1:]
        return byte

    def _receive(self, what):
        while self._byte(what) != b"$":
            pass
        data = b""
        while (byte := self._byte(what)) != b"#":
            data += byte
        self._byte(what)
        self._byte(what)
        self._sock.sendall(b"+")
        return data.decode()

    def _send(self, text):
        raw = text.encode()
        self._sock.sendall(b"$" + raw + b"#%02x" % (sum(raw) % 256))

    def _ask(self, text):
        self._send(text)
        return self._receive(f"the answer to {text}")

    def _expect_ok(self, text):
        answer = self._ask(text)
        if answer != "OK":
            raise VmError(f"the debugger port answered {answer!r} to {text}")

    def interrupt(self):
        """Stop the running machine."""
        self._sock.sendall(b"\x03")
        self._stop_reply(self._receive("the machine to stand"))

    def set_break(self, address):
        self._expect_ok(f"Z1,{address:x},1")

    def clear_break(self, address):
        self._expect_ok(f"z1,{address:x},1")

    def resume(self):
        self._send("c")

    def wait_break(self, what):
        """Wait for a breakpoint; returns the number of the CPU that hit it."""
        return self._stop_reply(self._receive(what))

    def _stop_reply(self, reply):
        if reply[:1] != "T":
            raise VmError(f"the debugger port said {reply!r} instead of a stop")
        for field in reply[3:].split(";"):
            if field.startswith("thread:"):
                # QEMU counts from 1; "p01.03" with multiprocess on.
                self.stopped_cpu = int(field[7:].split(".")[-1], 16) - 1
        return self.stopped_cpu

    def read_memory(self, cpu, address, size):
        """Memory as a CPU sees it."""
        self._expect_ok(f"Hg{cpu + 1:x}")
        return bytes.fromhex(self._ask(f"m{address:x},{size:x}"))

    def _general(self, cpu):
        """The "g" packet of a CPU."""
        if not self._described:
            self._ask(DESCRIPTION[self._vm.arch.name])
            self._described = True
        self._expect_ok(f"Hg{cpu + 1:x}")
        return bytearray.fromhex(self._ask("g"))

    def set_pc(self, cpu, address):
        """Where a CPU goes on."""
        raw = self._general(cpu)
        values = list(struct.unpack_from(self._packet.layout, raw))
        values[self._packet.names.index(self._packet.pc)] = address
        struct.pack_into(self._packet.layout, raw, 0, *values)
        self._expect_ok("G" + raw.hex())

    def write_physical(self, address, data):
        """Change the guest's memory behind its back."""
        self._expect_ok("Qqemu.PhyMemMode:1")
        self._expect_ok(f"M{address:x},{len(data):x}:{data.hex()}")
        self._expect_ok("Qqemu.PhyMemMode:0")

    def registers(self, cpu):
        """General registers of a CPU, by name; pc and sp as the dump's reader
        has them."""
        raw = self._general(cpu)
        values = dict(zip(self._packet.names,
                          struct.unpack_from(self._packet.layout, raw)))
        values["pc"] = values[self._packet.pc]
        values["sp"] = values[self._packet.sp]
        return values
